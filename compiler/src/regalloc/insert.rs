//! Writes slots into operands and inserts the moves that coalescing couldn't avoid.

use super::assign::Assignment;
use super::coalesce::Classes;
use super::live::{Point, Program, Segment, Site, Stage};
use super::moves::ParallelMove;
use super::spill::Reserve;
use super::{BANKS, Bank, MAX_FRAME, NARROW_SLOTS, PerBank, TooLarge, refuse};
use crate::mach::{
    Allocation, InstAllocation, MachBlock, MachEnd, MachInst, Move, MoveSource, Operand, Slot, Source, Vreg,
};

/// Builds the allocation from the assignment.
///
/// **Requires** an assignment in which operands without a wide form name low slots, unless `reserve` has scratch slots
/// for them.
///
/// **Ensures** that a move is inserted only where a value has to be in another slot than that of its class.
///
/// # Errors
///
/// [`TooLarge`] if a frame would be too large.
pub(super) fn insert(
    program: &Program<'_>,
    classes: &Classes,
    assignment: &Assignment,
    reserve: &Reserve,
) -> Result<Allocation, TooLarge> {
    let blocks = program.f.blocks.len();
    let mut inserter = Inserter {
        program,
        classes,
        assignment,
        reserve,
        frame: PerBank::new(|_| 0),
        starts: vec![Vec::new(); blocks],
        ends: vec![Vec::new(); blocks],
    };
    inserter.measure_frame();
    let mut insts = Vec::with_capacity(blocks);
    let mut site = 0;
    for block in program.blocks() {
        let data = &program.f.blocks[block.index()];
        let mut of_block = Vec::with_capacity(data.insts.len());
        for (i, inst) in data.insts.iter().enumerate() {
            let own_site = inst.window.is_some().then_some(Site(site));
            site += u32::from(inst.window.is_some());
            let (inst, stores) = inserter.inst(program.inst(block, i), inst, own_site);
            of_block.push(inst);
            // A branch can't be followed by stores; they go to where it leads. A return's are of no use.
            let last = i + 1 == data.insts.len();
            match data.end {
                MachEnd::Branch | MachEnd::Table if last => {
                    for edge in &data.edges {
                        inserter.starts[edge.block.index()].extend_from_slice(&stores);
                    }
                }
                MachEnd::Return if last => {}
                MachEnd::Jump | MachEnd::Branch | MachEnd::Table | MachEnd::Return | MachEnd::Trap(_) => {
                    of_block[i].after = stores
                }
            }
        }
        insts.push(of_block);
    }
    inserter.params();
    for block in program.blocks() {
        inserter.edges(block);
    }

    let Inserter { frame, starts, ends, .. } = inserter;
    for bank in BANKS {
        refuse(bank, frame[bank])?;
    }
    Ok(Allocation { insts, starts, ends, frame: frame.number as u16, ref_frame: frame.reference as u16 })
}

/// A slot number as it is written. Larger numbers come with a frame that is refused in the end.
fn slot(number: u32) -> Slot {
    Slot(number.min(MAX_FRAME) as u16)
}

struct Inserter<'a> {
    program: &'a Program<'a>,
    classes: &'a Classes,
    assignment: &'a Assignment,
    reserve: &'a Reserve,
    frame: PerBank<u32>,
    starts: Vec<Vec<Move>>,
    ends: Vec<Vec<Move>>,
}

impl Inserter<'_> {
    /// What the frame has to hold before moves need more.
    fn measure_frame(&mut self) {
        let f = self.program.f;
        for bank in BANKS {
            let (params, results) = match bank {
                Bank::Number => f.params,
                Bank::Ref => f.ref_params,
            };
            let mut need = self.assignment.tables[bank].used();
            need = need.max(params as u32).max(results as u32);
            for (index, site) in self.program.sites.iter().enumerate() {
                let (args, results) = (site.window.args_in(bank), site.window.results_in(bank));
                let start = self.assignment.window(Site(index as u32), bank);
                need = need.max(start + args.len().max(results.len()) as u32);
            }
            self.frame[bank] = need;
        }
    }

    /// The slot of a register's class; `None` if it needs none.
    fn slot_of(&self, reg: Vreg) -> Option<u32> {
        self.classes.of(reg).map(|class| self.assignment.slot(class))
    }

    /// Where a source is.
    fn source(&self, source: Source) -> MoveSource {
        match source {
            Source::Reg(reg) => MoveSource::Slot(slot(self.slot_of(reg).unwrap_or(0))),
            Source::Const(bits) => MoveSource::Const(bits),
            Source::Null => MoveSource::Null,
        }
    }

    /// Appends parallel moves of both banks that happen from `first` up to `last`.
    fn sequentialize(&mut self, parallel: PerBank<ParallelMove>, first: Point, last: Point, moves: &mut Vec<Move>) {
        let during = [Segment { start: first, end: last.next() }];
        let PerBank { number, reference } = parallel;
        for (bank, parallel) in [(Bank::Number, number), (Bank::Ref, reference)] {
            let table = &self.assignment.tables[bank];
            let frame = &mut self.frame[bank];
            parallel.sequentialize(moves, |taken| {
                let free = |n: &u32| table.fits(*n, &during) && !taken.contains(&slot(*n));
                let scratch = (0..=MAX_FRAME).find(free).unwrap_or(MAX_FRAME);
                *frame = (*frame).max(scratch + 1);
                slot(scratch)
            });
        }
    }

    /// Allocates an instruction: moves before it, operands, window; and the moves after it.
    fn inst(&mut self, position: Point, inst: &MachInst, site: Option<Site>) -> (InstAllocation, Vec<Move>) {
        let mut allocation = InstAllocation::default();
        let mut before = PerBank::new(ParallelMove::new);
        let mut after = PerBank::new(ParallelMove::new);
        let mut reloads: Vec<Move> = Vec::new();
        let mut scratch = PerBank::new(|bank| self.reserve.scratch(bank));
        let mut high = |number: u32, wide: bool, bank: Bank| {
            let out_of_reach = !wide && number >= NARROW_SLOTS;
            out_of_reach.then(|| slot(scratch[bank].next().unwrap_or(NARROW_SLOTS)))
        };
        for operand in &inst.operands {
            let taken = match *operand {
                Operand::Use { reg, wide, .. } => {
                    let bank = self.program.f.vregs[reg.index()];
                    let home = self.slot_of(reg).unwrap_or(0);
                    let from = MoveSource::Slot(slot(home));
                    let loaded = reloads.iter().find(|m| m.bank == bank && m.from == from);
                    match loaded.map(|m| m.to) {
                        Some(loaded) if !wide => Some(loaded),
                        _ => Some(match high(home, wide, bank) {
                            None => slot(home),
                            Some(to) => {
                                reloads.push(Move { bank, to, from });
                                to
                            }
                        }),
                    }
                }
                Operand::Def { reg, wide, .. } => {
                    let bank = self.program.f.vregs[reg.index()];
                    let home = self.slot_of(reg).unwrap_or(0);
                    let written = high(home, wide, bank);
                    if let Some(written) = written {
                        after[bank].add(slot(home), MoveSource::Slot(written));
                    }
                    Some(written.unwrap_or(slot(home)))
                }
                Operand::UseDef { from, to, wide } => {
                    let bank = self.program.f.vregs[to.index()];
                    let home = self.slot_of(to).unwrap_or(0);
                    let written = high(home, wide, bank);
                    let tied = written.unwrap_or(slot(home));
                    before[bank].add(tied, self.source(Source::Reg(from)));
                    after[bank].add(slot(home), MoveSource::Slot(tied));
                    Some(tied)
                }
                Operand::Imm(_)
                | Operand::Implicit
                | Operand::Window
                | Operand::RefWindow
                | Operand::Target(_)
                | Operand::Targets(_) => None,
            };
            allocation.slots.push(taken);
        }
        if let (Some(window), Some(site)) = (&inst.window, site) {
            for bank in BANKS {
                let start = self.assignment.window(site, bank);
                for (to, arg) in (start..).zip(window.args_in(bank)) {
                    before[bank].add(slot(to), self.source(*arg));
                }
                for (from, result) in (start..).zip(window.results_in(bank)) {
                    if let Some(to) = self.slot_of(*result) {
                        after[bank].add(slot(to), MoveSource::Slot(slot(from)));
                    }
                }
            }
            let start = |bank| slot(self.assignment.window(site, bank)).0;
            allocation.window = (start(Bank::Number), start(Bank::Ref));
        }
        let (first, last) = (position.at(Stage::Before), position.at(Stage::Read));
        self.sequentialize(before, first, last, &mut allocation.before);
        allocation.before.append(&mut reloads);
        let mut stores = Vec::new();
        let (first, last) = (position.at(Stage::Write), position.at(Stage::After));
        self.sequentialize(after, first, last, &mut stores);
        (allocation, stores)
    }

    /// Moves function parameters to where they are wanted.
    fn params(&mut self) {
        let mut parallel = PerBank::new(ParallelMove::new);
        let mut arrived = PerBank::new(|_| 0);
        for param in &self.program.f.blocks[0].params {
            let bank = self.program.f.vregs[param.index()];
            if let Some(to) = self.slot_of(*param) {
                parallel[bank].add(slot(to), MoveSource::Slot(slot(arrived[bank])));
            }
            arrived[bank] += 1;
        }
        self.edge_moves(parallel, MachBlock(0));
    }

    /// Moves the arguments of the edges of a block.
    fn edges(&mut self, block: MachBlock) {
        let f = self.program.f;
        let data = &f.blocks[block.index()];
        for edge in &data.edges {
            let mut parallel = PerBank::new(ParallelMove::new);
            for (param, arg) in f.blocks[edge.block.index()].params.iter().zip(&edge.args) {
                if let Some(to) = self.slot_of(*param) {
                    let bank = f.vregs[param.index()];
                    parallel[bank].add(slot(to), self.source(*arg));
                }
            }
            match data.end {
                MachEnd::Jump => {
                    let exit = self.program.exit(block);
                    let mut moves = Vec::new();
                    let (first, last) = (exit.at(Stage::Before), exit.at(Stage::After));
                    self.sequentialize(parallel, first, last, &mut moves);
                    self.ends[block.index()] = moves;
                }
                MachEnd::Branch | MachEnd::Table | MachEnd::Return | MachEnd::Trap(_) => {
                    self.edge_moves(parallel, edge.block);
                }
            }
        }
    }

    /// Appends moves to the start of a block with one predecessor.
    fn edge_moves(&mut self, parallel: PerBank<ParallelMove>, block: MachBlock) {
        let entry = self.program.entry(block);
        let mut moves = std::mem::take(&mut self.starts[block.index()]);
        let (first, last) = (entry.at(Stage::Before), entry.at(Stage::After));
        self.sequentialize(parallel, first, last, &mut moves);
        self.starts[block.index()] = moves;
    }
}
