//! Encoding: allocated instructions to bytes.
//!
//! *Requires* a selected function and an allocation that its checker accepts.
//! *Ensures* code that the verifier accepts: blocks in order, empty ones gone, each branch in the direction and width its
//! distance needs, no falling off the end.
//! *Preserves* the order of instructions within blocks.

use crate::error::Error;
use crate::isa::apply::{Fused, OwnRows, Plain};
use crate::mach::{Allocation, Bank, InstAllocation, MachBlock, MachEnd, MachInst, Move, MoveSource, Operand, Slot};
use crate::select::Selected;
use crate::select::invert::inverse;
use crate::select::rows::{Need, Needs, Rows, find_mode, holds};
use hardtack_format::isa::{Flow, Instr, Isa, Opcode, Row, RowInfo};
use hardtack_format::operand::{Kind, Sort};
use hardtack_format::version::Groups;
use smallvec::{SmallVec, smallvec};

/// Values of an instruction's operands.
type Values = SmallVec<[u64; 6]>;

/// Most units that a function's code may have.
pub const MAX_UNITS: usize = 1 << 20;

/// A function's code.
#[derive(Clone, Debug, Default)]
pub struct Code {
    /// The instructions.
    pub bytes: Vec<u8>,
    /// Number slots of its frame.
    pub frame: u16,
    /// Reference slots of its frame.
    pub ref_frame: u16,
    /// Instructions that only move values.
    pub moves: usize,
    /// Groups of the instructions used, one bit each.
    pub groups: u128,
    /// Whether it has an instruction that the target leaves out.
    pub left_out: bool,
    /// For each instruction that came from the input, its unit and the wasm offset; ascending.
    pub map: Vec<(u32, u32)>,
    /// What it was made from, if that was asked for.
    pub origin: Option<crate::explain::Origin>,
}

/// An instruction whose branch distances are not known yet.
#[derive(Clone, Debug)]
struct Item {
    opcode: Opcode,
    values: Values,
    /// Target of a branch, and whether it needs 32 bits.
    branch: Option<(MachBlock, bool)>,
    /// Targets of a table, and whether they need 32 bits.
    table: Option<(Vec<MachBlock>, bool)>,
    /// Targets of one of an application's own instructions: the operand, and where it goes. They are near.
    near: Vec<(usize, MachBlock)>,
    offset: Option<u32>,
}

impl Item {
    /// One that goes nowhere.
    fn new(opcode: Opcode, values: Values, offset: Option<u32>) -> Item {
        Item { opcode, values, branch: None, table: None, near: vec![], offset }
    }
}

struct Emitter<'a> {
    s: &'a Selected,
    a: &'a Allocation,
    rows: &'a Rows,
    without: &'a [Opcode],
    /// Blocks without any instruction: their place is taken by their successor.
    empty: Vec<bool>,
    items: Vec<Vec<Item>>,
    moves: usize,
}

/// Encodes a function. Instructions of the opcodes in `without` are encoded as well, and the code says so.
pub fn emit(s: &Selected, a: &Allocation, rows: &Rows, without: &[Opcode]) -> Result<Code, Error> {
    let blocks = &s.mach.blocks;
    let empty = (0..blocks.len())
        .map(|i| {
            i != 0
                && matches!(blocks[i].end, MachEnd::Jump)
                && blocks[i].insts.is_empty()
                && a.starts[i].is_empty()
                && a.ends[i].is_empty()
        })
        .collect();
    let mut e = Emitter { s, a, rows, without, empty, items: vec![vec![]; blocks.len()], moves: 0 };
    let kept = e.kept();
    for (position, &block) in kept.iter().enumerate() {
        e.block(block, kept.get(position + 1).copied());
    }
    if let Some(own) = &rows.own {
        e.apply(own, &kept);
    }
    let offsets = e.relax(&kept);
    let units = offsets[kept.len()];
    if units > MAX_UNITS {
        return Err(Error::Limit { what: "code size in units", function: Some(s.mach.index), limit: MAX_UNITS as u64 });
    }
    let code = e.encode(&kept, &offsets);
    if !Groups(code.groups).without(rows.groups).is_empty() {
        let row = e.foreign(&kept);
        let (instruction, groups) = (row.name.into(), row.groups.without(rows.groups));
        return Err(Error::Group { instruction, groups, function: s.mach.index });
    }
    Ok(code)
}

impl Emitter<'_> {
    /// Where control really goes when it goes to a block.
    fn through(&self, mut block: MachBlock) -> MachBlock {
        // A cycle of empty blocks is an endless loop: it keeps one of them.
        for _ in 0..self.empty.len() {
            if !self.empty[block.index()] {
                break;
            }
            block = self.s.mach.blocks[block.index()].edges[0].block;
        }
        block
    }

    /// Where an entry of a branch table goes: forwards only, if need be through an empty block.
    fn through_forward(&self, from: MachBlock, block: MachBlock) -> MachBlock {
        let target = self.through(block);
        if target > from { target } else { block }
    }

    /// Blocks that are emitted, in order: those that control reaches.
    fn kept(&mut self) -> Vec<MachBlock> {
        let blocks = &self.s.mach.blocks;
        let mut reached = vec![false; blocks.len()];
        let mut work = vec![MachBlock(0)];
        reached[0] = true;
        while let Some(block) = work.pop() {
            for edge in &blocks[block.index()].edges {
                let target = match blocks[block.index()].end {
                    MachEnd::Table => self.through_forward(block, edge.block),
                    _ => self.through(edge.block),
                };
                if !reached[target.index()] {
                    reached[target.index()] = true;
                    work.push(target);
                }
            }
        }
        for (i, reached) in reached.iter().enumerate() {
            if *reached {
                self.empty[i] = false;
            }
        }
        (0..blocks.len()).filter(|i| reached[*i]).map(|i| MachBlock(i as u32)).collect()
    }

    /// The row of the first instruction that the target's groups don't suffice for; there is one.
    fn foreign(&self, kept: &[MachBlock]) -> &'static RowInfo {
        let items = kept.iter().flat_map(|block| &self.items[block.index()]);
        let mut rows = items.map(|item| self.rows.isa.row(self.instr(item.opcode)));
        rows.find(|row| !self.rows.offers(row)).expect("an instruction brought the group into the code")
    }

    fn push(&mut self, block: MachBlock, opcode: Opcode, values: Values, offset: Option<u32>) {
        self.items[block.index()].push(Item::new(opcode, values, offset));
    }

    fn block(&mut self, block: MachBlock, next: Option<MachBlock>) {
        let data = &self.s.mach.blocks[block.index()];
        let (a, s) = (self.a, self.s);
        self.moves_of(block, &a.starts[block.index()]);
        let insts = &data.insts;
        let branches = matches!(data.end, MachEnd::Branch | MachEnd::Table);
        let plain = insts.len() - branches as usize;
        for (inst, allocation) in insts[..plain].iter().zip(&a.insts[block.index()]) {
            self.moves_of(block, &allocation.before);
            let values = self.values(inst, allocation);
            self.push(block, inst.opcode, values, Some(inst.offset));
            self.moves_of(block, &allocation.after);
        }
        match data.end {
            MachEnd::Jump => {
                self.moves_of(block, &a.ends[block.index()]);
                self.jump(block, self.through(data.edges[0].block), next);
            }
            MachEnd::Branch => {
                let (inst, allocation) = (&insts[plain], &a.insts[block.index()][plain]);
                self.moves_of(block, &allocation.before);
                let (taken, falls) = (self.through(data.edges[0].block), self.through(data.edges[1].block));
                let mut values = self.values(inst, allocation);
                let inverted = (Some(taken) == next).then(|| self.inverted(inst.opcode, &mut values)).flatten();
                let (opcode, target) = inverted.map_or((inst.opcode, taken), |opcode| (opcode, falls));
                let item = Item::new(opcode, values, Some(inst.offset));
                self.items[block.index()].push(Item { branch: Some((target, false)), ..item });
                if inverted.is_none() {
                    self.jump(block, falls, next);
                }
            }
            MachEnd::Table => {
                let (inst, allocation) = (&insts[plain], &a.insts[block.index()][plain]);
                self.moves_of(block, &allocation.before);
                let targets: Vec<MachBlock> =
                    s.tables[&block].iter().map(|edge| self.through_forward(block, data.edges[*edge].block)).collect();
                let values = self.values(inst, allocation);
                let item = Item::new(inst.opcode, values, Some(inst.offset));
                self.items[block.index()].push(Item { table: Some((targets, false)), ..item });
            }
            MachEnd::Return | MachEnd::Trap(_) => {}
        }
    }

    fn jump(&mut self, block: MachBlock, target: MachBlock, next: Option<MachBlock>) {
        if Some(target) != next {
            // What stands right before the jump goes along, if there is a row for both.
            let isa = self.rows.isa;
            if let Some(item) = self.items[block.index()].last_mut()
                && item.branch.is_none()
                && let Some(instr) = isa.get(item.opcode)
                && let Some(row) = self.rows.jumping(instr.row as usize)
                && let kinds = [&[Kind::Fwd16], instr.operands()].concat()
                && let Some(opcode) = isa.find(row, &kinds)
            {
                let values = std::iter::once(0).chain(item.values.iter().copied()).collect();
                *item = Item { branch: Some((target, false)), ..Item::new(opcode, values, item.offset) };
                return;
            }
            let opcode = self.find(Row::br, &[Kind::Fwd16]);
            let item = Item::new(opcode, smallvec![0], None);
            self.items[block.index()].push(Item { branch: Some((target, false)), ..item });
        }
    }

    fn find(&self, row: Row, kinds: &[Kind]) -> Opcode {
        self.rows.isa.find(row.index(), kinds).expect("the table has this mode")
    }

    /// The branch for the opposite condition: its opcode, its operands in `values`.
    fn inverted(&self, opcode: Opcode, values: &mut [u64]) -> Option<Opcode> {
        let instr = self.rows.isa.get(opcode)?;
        let mut kinds = instr.operands().to_vec();
        let constant =
            kinds.last().filter(|k| k.sort() == Sort::Signed).map(|_| *values.last().expect("an operand each") as i64);
        let inverse = inverse(self.rows, instr.row as usize, constant)?;
        let mut new = values.to_vec();
        if let Some((a, b)) = inverse.swap {
            new.swap(a, b);
            kinds.swap(a, b);
        }
        if inverse.step != 0 {
            let last = new.len() - 1;
            new[last] = new[last].wrapping_add(inverse.step as u64);
            if !holds(kinds[last], new[last], inverse.narrow) {
                return None;
            }
        }
        let opcode = self.rows.isa.find(inverse.row, &kinds)?;
        values.copy_from_slice(&new);
        Some(opcode)
    }

    /// The operand values of an instruction; those of targets come later.
    fn values(&self, inst: &MachInst, allocation: &InstAllocation) -> Values {
        inst.operands
            .iter()
            .enumerate()
            .map(|(i, operand)| match operand {
                Operand::Use { .. } | Operand::Def { .. } | Operand::UseDef { .. } => {
                    allocation.slots[i].expect("registers have slots").0 as u64
                }
                Operand::Imm(bits) => *bits,
                Operand::Implicit | Operand::Target(_) => 0,
                Operand::Window => allocation.window.0 as u64,
                Operand::RefWindow => allocation.window.1 as u64,
                // The count is filled in with the targets.
                Operand::Targets(_) => 0,
            })
            .collect()
    }

    /// Emits moves, several number moves to an instruction where the table has one.
    fn moves_of(&mut self, block: MachBlock, mut moves: &[Move]) {
        while !moves.is_empty() {
            let taken = self.batch(block, Row::copy3, 3, moves) || self.batch(block, Row::copy2, 2, moves);
            let count = match taken {
                true => self.items[block.index()].last().expect("just pushed").values.len() / 2,
                false => {
                    self.single(block, moves[0]);
                    1
                }
            };
            self.moves += 1;
            moves = &moves[count..];
        }
    }

    /// Emits the next moves as one instruction, if all are of the number bank and a mode fits.
    fn batch(&mut self, block: MachBlock, row: Row, count: usize, moves: &[Move]) -> bool {
        if moves.len() < count {
            return false;
        }
        let (mut needs, mut values) = (Needs::new(), Values::new());
        for m in &moves[..count] {
            if m.bank != Bank::Number || m.to.0 > 255 {
                return false;
            }
            needs.push(Need::Slot);
            values.push(m.to.0 as u64);
            match m.from {
                MoveSource::Slot(Slot(slot)) if slot <= 255 => {
                    needs.push(Need::Slot);
                    values.push(slot as u64);
                }
                MoveSource::Const(bits) => {
                    needs.push(Need::Const { bits, narrow: false });
                    values.push(bits);
                }
                MoveSource::Slot(_) | MoveSource::Null => return false,
            }
        }
        match find_mode(self.rows.isa, row.index(), &needs) {
            Some(opcode) => {
                self.push(block, opcode, values, None);
                true
            }
            None => false,
        }
    }

    fn single(&mut self, block: MachBlock, m: Move) {
        let to = m.to.0 as u64;
        let narrow = |slot: u16| slot <= 255;
        let (opcode, values) = match (m.bank, m.from) {
            (Bank::Ref, MoveSource::Slot(from)) => {
                (self.find(Row::ref_copy, &[Kind::RefSlot; 2]), smallvec![to, from.0 as u64])
            }
            (Bank::Ref, _) => (self.find(Row::ref_null, &[Kind::RefSlot]), smallvec![to]),
            (Bank::Number, MoveSource::Slot(from)) => {
                let kind = if narrow(m.to.0) && narrow(from.0) { Kind::Slot } else { Kind::SlotW };
                (self.find(Row::copy, &[kind; 2]), smallvec![to, from.0 as u64])
            }
            (Bank::Number, MoveSource::Const(bits)) => {
                let slot = if narrow(m.to.0) { Kind::Slot } else { Kind::SlotW };
                let opcode = [Kind::S8, Kind::S16, Kind::S32, Kind::U32, Kind::S64]
                    .into_iter()
                    .filter(|kind| holds(*kind, bits, false))
                    .find_map(|kind| self.rows.isa.find(Row::constant.index(), &[slot, kind]))
                    .expect("64 bits hold every constant");
                (opcode, smallvec![to, bits])
            }
            (Bank::Number, MoveSource::Null) => unreachable!("a null is a reference"),
        };
        self.push(block, opcode, values, None);
    }

    /// Uses an application's own instructions.
    fn apply(&mut self, own: &OwnRows, kept: &[MachBlock]) {
        // Their branches have no long form.
        let units: usize = kept.iter().flat_map(|block| &self.items[block.index()]).map(|item| self.units(item)).sum();
        if units > usize::from(u16::MAX) {
            return;
        }
        let mut entered = vec![false; self.items.len()];
        for item in kept.iter().flat_map(|block| &self.items[block.index()]) {
            let table = item.table.iter().flat_map(|(targets, _)| targets);
            for target in item.branch.iter().map(|(target, _)| target).chain(table) {
                entered[target.index()] = true;
            }
        }
        // A block that control comes to from the one before alone goes on with its line.
        let mut rest = kept;
        while !rest.is_empty() {
            let further = rest[1..].iter().take_while(|block| !entered[block.index()]).count();
            let (line, others) = rest.split_at(further + 1);
            self.apply_to(own, line);
            rest = others;
        }
    }

    /// Uses them in blocks that are one straight line.
    fn apply_to(&mut self, own: &OwnRows, line: &[MachBlock]) {
        let items: Vec<(MachBlock, Item)> = line
            .iter()
            .flat_map(|block| std::mem::take(&mut self.items[block.index()]).into_iter().map(|item| (*block, item)))
            .collect();
        let plain: Vec<Plain<'_>> = items
            .iter()
            .map(|(block, item)| {
                let target = item.branch.as_ref().map(|(target, _)| (target.index(), target > block));
                Plain { opcode: item.opcode, values: &item.values, target }
            })
            .collect();
        let mut cover = own.cover(&plain).into_iter().peekable();
        let mut at = 0;
        while let Some((block, item)) = items.get(at) {
            let item = match cover.next_if(|(from, _)| *from == at) {
                Some((_, fused)) => {
                    let parts = &items[at..at + fused.count];
                    at += fused.count;
                    self.fused(fused, parts)
                }
                None => {
                    at += 1;
                    item.clone()
                }
            };
            self.items[block.index()].push(item);
        }
    }

    /// Several instructions as one. It came from where the first of them that may trap did.
    fn fused(&self, fused: Fused, parts: &[(MachBlock, Item)]) -> Item {
        let traps = |item: &&Item| self.rows.isa.row(self.instr(item.opcode)).may_trap();
        let items = || parts.iter().map(|(_, item)| item);
        let offset = items().find(traps).and_then(|item| item.offset).or_else(|| items().find_map(|item| item.offset));
        let near = fused.targets.into_iter().map(|(operand, target)| (operand, MachBlock(target as u32))).collect();
        Item { near, ..Item::new(fused.opcode, fused.values.into(), offset) }
    }

    /// Widens branches until all reach; returns the unit at which each kept block begins, and the end.
    fn relax(&mut self, kept: &[MachBlock]) -> Vec<usize> {
        let mut place = vec![usize::MAX; self.items.len()];
        loop {
            let mut offsets = Vec::with_capacity(kept.len() + 1);
            let mut at = 0;
            for &block in kept {
                place[block.index()] = at;
                offsets.push(at);
                at += self.items[block.index()].iter().map(|i| self.units(i)).sum::<usize>();
            }
            offsets.push(at);
            let mut grown = false;
            for &block in kept {
                let mut items = std::mem::take(&mut self.items[block.index()]);
                let mut at = place[block.index()];
                for item in &mut items {
                    let end = at + self.units(item);
                    // The long form of a conditional branch jumps from somewhat further on; a margin covers that.
                    let far = |target: MachBlock| place[target.index()].abs_diff(at) > u16::MAX as usize - 16;
                    match (&mut item.branch, &mut item.table) {
                        (Some((target, long)), _) if !*long && far(*target) => {
                            *long = true;
                            grown = true;
                        }
                        (_, Some((targets, long))) if !*long && targets.iter().any(|t| far(*t)) => {
                            *long = true;
                            grown = true;
                        }
                        _ => {}
                    }
                    at = end;
                }
                self.items[block.index()] = items;
            }
            if !grown {
                return offsets;
            }
        }
    }

    fn instr(&self, opcode: Opcode) -> &'static Instr {
        self.rows.isa.get(opcode).expect("selected opcodes exist")
    }

    /// Length of an item in its present form.
    fn units(&self, item: &Item) -> usize {
        let base = self.instr(item.opcode).units as usize;
        match (&item.branch, &item.table) {
            (Some((_, false)), _) | (None, None) => base,
            (Some((_, true)), _) if self.is_plain_branch(item) => LONG_BR_UNITS,
            // The instruction → the long branch; over it, if the instruction may fall through; the long branch.
            (Some((_, true)), _) => base + over(self.instr(item.opcode)) + LONG_BR_UNITS,
            (None, Some((targets, long))) => base + targets.len() * if *long { 2 } else { 1 },
        }
    }

    fn is_plain_branch(&self, item: &Item) -> bool {
        self.instr(item.opcode).row as usize == Row::br.index()
    }

    fn encode(&self, kept: &[MachBlock], offsets: &[usize]) -> Code {
        let mut place = vec![0; self.items.len()];
        for (block, offset) in kept.iter().zip(offsets) {
            place[block.index()] = *offset;
        }
        let mut code = Code { frame: self.a.frame, ref_frame: self.a.ref_frame, moves: self.moves, ..Code::default() };
        for block in kept {
            for item in &self.items[block.index()] {
                let at = code.bytes.len() / 2;
                if let Some(offset) = item.offset {
                    code.map.push((at as u32, offset));
                }
                match (&item.branch, &item.table) {
                    (Some((target, long)), _) => self.encode_branch(item, at, place[target.index()], *long, &mut code),
                    (None, Some((targets, long))) => {
                        let instr = self.instr(item.opcode);
                        let mut kinds = instr.operands().to_vec();
                        let table = kinds.iter().position(|k| k.sort() == Sort::Targets).expect("it has a table");
                        kinds[table] = if *long { Kind::Targets32 } else { Kind::Targets16 };
                        let mut values = item.values.clone();
                        values[table] = targets.len() as u64 - 1;
                        let opcode = self.rows.isa.find(instr.row as usize, &kinds).expect("tables have both widths");
                        self.put(opcode, &values, &mut code);
                        for target in targets {
                            let distance = (place[target.index()] - at) as u32;
                            match long {
                                true => code.bytes.extend(distance.to_le_bytes()),
                                false => code.bytes.extend((distance as u16).to_le_bytes()),
                            }
                        }
                    }
                    (None, None) if item.near.is_empty() => self.put(item.opcode, &item.values, &mut code),
                    (None, None) => {
                        let mut values = item.values.clone();
                        for (operand, target) in &item.near {
                            values[*operand] = place[target.index()].abs_diff(at) as u64;
                        }
                        self.put(item.opcode, &values, &mut code);
                    }
                }
            }
        }
        code
    }

    fn encode_branch(&self, item: &Item, at: usize, target: usize, long: bool, code: &mut Code) {
        let toward = |from: usize, long: bool| {
            let kind = match (target > from, long) {
                (true, false) => Kind::Fwd16,
                (true, true) => Kind::Fwd32,
                (false, false) => Kind::Back16,
                (false, true) => Kind::Back32,
            };
            (kind, target.abs_diff(from) as u64)
        };
        if self.is_plain_branch(item) {
            let (kind, distance) = toward(at, long);
            self.put(self.find(Row::br, &[kind]), &[distance], code);
            return;
        }
        let instr = self.instr(item.opcode);
        let mut kinds = instr.operands().to_vec();
        let operand = kinds.iter().position(|k| Isa::is_target(*k)).expect("a branch has a target");
        let mut values = item.values.clone();
        let (length, over) = (instr.units as usize, over(instr));
        if long {
            (kinds[operand], values[operand]) = (Kind::Fwd16, (length + over) as u64);
        } else {
            (kinds[operand], values[operand]) = toward(at, false);
        }
        let opcode = self.rows.isa.find(instr.row as usize, &kinds).expect("branches have both directions");
        self.put(opcode, &values, code);
        if long {
            if over != 0 {
                self.put(self.find(Row::br, &[Kind::Fwd16]), &[(SHORT_BR_UNITS + LONG_BR_UNITS) as u64], code);
            }
            let (kind, distance) = toward(at + length + over, true);
            self.put(self.find(Row::br, &[kind]), &[distance], code);
        }
    }

    fn put(&self, opcode: Opcode, values: &[u64], code: &mut Code) {
        let instr = self.instr(opcode);
        code.groups |= self.rows.isa.row(instr).groups.0;
        code.left_out |= self.without.binary_search(&opcode).is_ok();
        let bytes = &mut code.bytes;
        let start = bytes.len();
        bytes.resize(start + instr.units as usize * 2, 0);
        bytes[start..start + 2].copy_from_slice(&opcode.to_le_bytes());
        for (i, kind) in instr.operands().iter().enumerate() {
            let at = start + instr.offsets[i] as usize;
            bytes[at..at + kind.size()].copy_from_slice(&values[i].to_le_bytes()[..kind.size()]);
        }
    }
}

/// Units of the branch that leads over an instruction's long branch: none after one that never falls through, where nothing may follow.
fn over(instr: &Instr) -> usize {
    if instr.flow == Flow::ends { 0 } else { SHORT_BR_UNITS }
}

const SHORT_BR_UNITS: usize = 2;
const LONG_BR_UNITS: usize = 3;
