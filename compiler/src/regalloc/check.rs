//! The allocation checker.
//!
//! It follows *demands* backwards: "slot s must hold value c here", where c is a register's value or a constant. An
//! operand or window argument that reads register r in slot s demands r in s.
//!
//! | Going backwards over                | a demand of c in s                                              |
//! |-------------------------------------|-----------------------------------------------------------------|
//! | a move t → s                        | becomes a demand of c in t                                      |
//! | a constant move d → s               | is met if c is d, else refuted                                  |
//! | a definition of r in s              | is met if c is r, else refuted                                  |
//! | a call that clobbers s              | is refuted                                                      |
//! | an edge to a block with parameter c | becomes a demand of the argument in s                           |
//! | another edge                        | stays as it is                                                  |
//! | the function's entry                | is met if c is the parameter that arrives in s, else refuted    |
//! | anything else                       | stays as it is                                                  |
//!
//! Demands only accumulate, so this ends; if none is refuted, then on every path each operand reads the value it
//! should. (A stale value, from an earlier definition of the same register in a loop, can't meet a demand: the path that
//! reaches the definition for the first time would carry the demand up to the entry.)
//!
//! Everything else is checked instruction by instruction: what operands can name, frames, windows, and that nothing is
//! written over an operand before it is read.

use super::{BANKS, NARROW_SLOTS, PerBank};
use crate::mach::{
    Allocation, Bank, InstAllocation, MachBlock, MachEnd, MachFunction, MachInst, Move, MoveSource, Operand, Slot,
    Source, Vreg, When,
};
use hardtack_format::prim::Bits;
use std::collections::BTreeSet;

/// Proves that `a` allocates `f` correctly: that each operand and window argument reads the value it should on every
/// path, and that the rules about windows, frames, narrow operands and the order of writes are kept.
///
/// Shares nothing with the allocator.
///
/// # Errors
///
/// What is wrong, and where.
pub fn check(f: &MachFunction, a: &Allocation) -> Result<(), String> {
    let frame = PerBank { number: a.frame, reference: a.ref_frame };
    check_shape(f, a)?;
    check_frame(f, frame)?;
    for (index, (block, insts)) in f.blocks.iter().zip(&a.insts).enumerate() {
        let edge_moves = a.starts[index].iter().chain(&a.ends[index]);
        check_moves(frame, edge_moves).map_err(|e| format!("block{index}, edge moves: {e}"))?;
        for (i, (inst, allocation)) in block.insts.iter().zip(insts).enumerate() {
            let at = |e| format!("block{index}, instruction {i}: {e}");
            check_inst(f, frame, inst, allocation).map_err(at)?;
        }
    }
    Demands::new(f, a).follow()
}

/// A condition that has to hold.
macro_rules! ensure {
    ($condition:expr, $($message:tt)*) => {
        if !$condition {
            return Err(format!($($message)*));
        }
    };
}

/// Checks that there is one of everything and that moves are where they may be.
fn check_shape(f: &MachFunction, a: &Allocation) -> Result<(), String> {
    ensure!(a.insts.len() == f.blocks.len(), "allocations of {} blocks", a.insts.len());
    ensure!(a.starts.len() == f.blocks.len(), "starts of {} blocks", a.starts.len());
    ensure!(a.ends.len() == f.blocks.len(), "ends of {} blocks", a.ends.len());
    let mut predecessors = vec![0; f.blocks.len()];
    let mut after_branch = vec![false; f.blocks.len()];
    for block in &f.blocks {
        for edge in &block.edges {
            predecessors[edge.block.index()] += 1;
            after_branch[edge.block.index()] |= !matches!(block.end, MachEnd::Jump);
        }
    }
    for (index, block) in f.blocks.iter().enumerate() {
        ensure!(a.insts[index].len() == block.insts.len(), "block{index}: other instructions");
        ensure!(
            a.ends[index].is_empty() || matches!(block.end, MachEnd::Jump),
            "block{index}: moves at the end of a block that doesn't end in a jump"
        );
        ensure!(
            a.starts[index].is_empty() || index == 0 || predecessors[index] == 1 && after_branch[index],
            "block{index}: moves at the start of a block that isn't reached by one branch"
        );
        match block.end {
            MachEnd::Branch | MachEnd::Table | MachEnd::Return => ensure!(
                a.insts[index].last().is_none_or(|last| last.after.is_empty()),
                "block{index}: moves after its last instruction"
            ),
            MachEnd::Jump | MachEnd::Trap(_) => {}
        }
    }
    Ok(())
}

/// Checks that the frame has room for parameters and results.
fn check_frame(f: &MachFunction, frame: PerBank<u16>) -> Result<(), String> {
    let of_bank = |bank| match bank {
        Bank::Number => f.params,
        Bank::Ref => f.ref_params,
    };
    for bank in BANKS {
        let (params, results) = of_bank(bank);
        ensure!(params.max(results) <= usize::from(frame[bank]), "{bank:?} frame too small for parameters or results");
    }
    Ok(())
}

/// Checks that moves stay in the frame and their bank.
fn check_moves<'a>(frame: PerBank<u16>, moves: impl Iterator<Item = &'a Move>) -> Result<(), String> {
    for m in moves {
        let fine = match m.from {
            MoveSource::Slot(from) => from.0 < frame[m.bank],
            MoveSource::Const(_) => m.bank == Bank::Number,
            MoveSource::Null => m.bank == Bank::Ref,
        };
        ensure!(fine && m.to.0 < frame[m.bank], "{m:?} leaves the frame or its bank");
    }
    Ok(())
}

/// Checks what doesn't depend on other instructions.
fn check_inst(
    f: &MachFunction,
    frame: PerBank<u16>,
    inst: &MachInst,
    allocation: &InstAllocation,
) -> Result<(), String> {
    check_moves(frame, allocation.before.iter().chain(&allocation.after))?;
    ensure!(allocation.slots.len() == inst.operands.len(), "other operands");

    // Slots that are read late, that are written before that, and all that are written.
    let mut read: Vec<(Bank, Slot)> = Vec::new();
    let mut written_early: Vec<(Bank, Slot)> = Vec::new();
    let mut written: Vec<(Bank, Slot)> = Vec::new();
    for (operand, slot) in inst.operands.iter().zip(&allocation.slots) {
        let (reg, wide) = match *operand {
            Operand::Use { reg, wide, .. } | Operand::Def { reg, wide, .. } => (reg, wide),
            Operand::UseDef { from, to, wide } => {
                ensure!(f.vregs[from.index()] == f.vregs[to.index()], "{operand:?} ties registers of different banks");
                (to, wide)
            }
            Operand::Imm(_)
            | Operand::Implicit
            | Operand::Window
            | Operand::RefWindow
            | Operand::Target(_)
            | Operand::Targets(_) => {
                ensure!(slot.is_none(), "{operand:?} has slot {slot:?}");
                continue;
            }
        };
        let Some(slot) = *slot else {
            return Err(format!("{operand:?} has no slot"));
        };
        let bank = f.vregs[reg.index()];
        ensure!(slot.0 < frame[bank], "{operand:?} leaves the frame with {slot:?}");
        ensure!(wide || u32::from(slot.0) < NARROW_SLOTS, "{operand:?} can't name {slot:?}");
        match *operand {
            Operand::Use { when: When::Early, .. } => {}
            Operand::Use { when: When::Late, .. } => read.push((bank, slot)),
            Operand::Def { when: When::Late, .. } => written.push((bank, slot)),
            _ => {
                written_early.push((bank, slot));
                written.push((bank, slot));
            }
        }
    }

    if let Some(window) = &inst.window {
        let (start, ref_start) = allocation.window;
        let starts = PerBank { number: start, reference: ref_start };
        match window.fixed_at_zero {
            true => ensure!(allocation.window == (0, 0), "a return's window isn't at 0"),
            false => ensure!(start >= 1, "no room for the header below the window"),
        }
        let passed = [
            (Bank::Number, window.args.len(), window.results.len()),
            (Bank::Ref, window.ref_args.len(), window.ref_results.len()),
        ];
        for (bank, args, results) in passed {
            let start = usize::from(starts[bank]);
            let end = start + args.max(results);
            ensure!(end <= usize::from(frame[bank]), "the {bank:?} window leaves the frame");
            read.extend((start..start + args).map(|slot| (bank, Slot(slot as u16))));
            written.extend((start..start + results).map(|slot| (bank, Slot(slot as u16))));
        }
    } else {
        ensure!(allocation.window == (0, 0), "a window where there should be none");
    }
    for slot in written_early {
        ensure!(!read.contains(&slot), "{slot:?} is written before it is read");
    }
    written.sort_unstable_by_key(|(bank, slot)| (*bank as u8, *slot));
    ensure!(written.windows(2).all(|pair| pair[0] != pair[1]), "two results in one slot");
    Ok(())
}

/// What a slot may have to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Content {
    Reg(Vreg),
    Const(Bits),
    Null,
}

impl From<Source> for Content {
    fn from(source: Source) -> Content {
        match source {
            Source::Reg(reg) => Content::Reg(reg),
            Source::Const(bits) => Content::Const(bits),
            Source::Null => Content::Null,
        }
    }
}

/// The demands at one point. A slot may have to hold several registers, of the same value.
type DemandSet = PerBank<BTreeSet<(Slot, Content)>>;

/// The least and greatest of all contents.
const FIRST: Content = Content::Reg(Vreg(0));
const LAST: Content = Content::Null;

/// What `slot` has to hold, taken out of `demands`.
fn take(demands: &mut BTreeSet<(Slot, Content)>, slot: Slot) -> Vec<Content> {
    let range = demands.range((slot, FIRST)..=(slot, LAST));
    let contents: Vec<Content> = range.map(|(_, content)| *content).collect();
    for content in &contents {
        demands.remove(&(slot, *content));
    }
    contents
}

/// Takes demands back over a definition of `reg` in `slot`.
fn define(demands: &mut DemandSet, bank: Bank, slot: Slot, reg: Vreg) -> Result<(), String> {
    for content in take(&mut demands[bank], slot) {
        ensure!(content == Content::Reg(reg), "{slot:?} should hold {content:?} but gets {reg:?}");
    }
    Ok(())
}

/// Takes demands back over moves.
fn undo(demands: &mut DemandSet, moves: &[Move]) -> Result<(), String> {
    for m in moves.iter().rev() {
        for content in take(&mut demands[m.bank], m.to) {
            let met = match m.from {
                MoveSource::Slot(from) => {
                    demands[m.bank].insert((from, content));
                    true
                }
                MoveSource::Const(bits) => content == Content::Const(bits),
                MoveSource::Null => content == Content::Null,
            };
            ensure!(met, "{m:?} where the slot should hold {content:?}");
        }
    }
    Ok(())
}

/// The demands of a function.
struct Demands<'a> {
    f: &'a MachFunction,
    a: &'a Allocation,
    /// For each register that is a block parameter, its block and position.
    params: Vec<Option<(MachBlock, usize)>>,
    /// For each block, its predecessors and the positions of the edges from there.
    predecessors: Vec<Vec<(MachBlock, usize)>>,
    /// For each block, demands at its end that have been or will be followed.
    known: Vec<DemandSet>,
    /// Those of them that are yet to be followed.
    pending: Vec<DemandSet>,
    /// Blocks to visit.
    queue: BTreeSet<MachBlock>,
}

impl<'a> Demands<'a> {
    fn new(f: &'a MachFunction, a: &'a Allocation) -> Demands<'a> {
        let blocks = || (0..f.blocks.len() as u32).map(MachBlock);
        let mut params = vec![None; f.vregs.len()];
        let mut predecessors = vec![Vec::new(); f.blocks.len()];
        for block in blocks() {
            let data = &f.blocks[block.index()];
            for (i, param) in data.params.iter().enumerate() {
                params[param.index()] = Some((block, i));
            }
            for (i, edge) in data.edges.iter().enumerate() {
                predecessors[edge.block.index()].push((block, i));
            }
        }
        Demands {
            f,
            a,
            params,
            predecessors,
            known: vec![DemandSet::default(); f.blocks.len()],
            pending: vec![DemandSet::default(); f.blocks.len()],
            queue: blocks().collect(),
        }
    }

    /// Follows all demands to where they are met.
    fn follow(mut self) -> Result<(), String> {
        let mut visited = vec![false; self.f.blocks.len()];
        while let Some(block) = self.queue.pop_last() {
            let index = block.index();
            let mut demands = std::mem::take(&mut self.pending[index]);
            let at = |place: &str, e| format!("{block:?}, {place}: {e}");
            undo(&mut demands, &self.a.ends[index]).map_err(|e| at("end", e))?;
            let insts = self.f.blocks[index].insts.iter().zip(&self.a.insts[index]);
            for (i, (inst, allocation)) in insts.enumerate().rev() {
                // What instructions demand themselves is followed once.
                self.inst(&mut demands, inst, allocation, !visited[index])
                    .map_err(|e| at(&format!("instruction {i}"), e))?;
            }
            visited[index] = true;
            match index {
                0 => self.entry(demands),
                _ => self.enter(block, &demands),
            }
            .map_err(|e| at("start", e))?;
        }
        Ok(())
    }

    /// Takes demands back over an instruction and adds its own.
    fn inst(
        &self,
        demands: &mut DemandSet,
        inst: &MachInst,
        allocation: &InstAllocation,
        first_visit: bool,
    ) -> Result<(), String> {
        let bank_of = |reg: Vreg| self.f.vregs[reg.index()];
        let (start, ref_start) = allocation.window;
        undo(demands, &allocation.after)?;
        if let Some(window) = &inst.window {
            for (slot, result) in (start..).zip(&window.results) {
                define(demands, Bank::Number, Slot(slot), *result)?;
            }
            for (slot, result) in (ref_start..).zip(&window.ref_results) {
                define(demands, Bank::Ref, Slot(slot), *result)?;
            }
        }
        let operands = || {
            let pairs = inst.operands.iter().zip(&allocation.slots);
            pairs.filter_map(|(operand, slot)| Some((*operand, (*slot)?)))
        };
        for (operand, slot) in operands() {
            if let Operand::Def { reg, when: When::Late, .. } = operand {
                define(demands, bank_of(reg), slot, reg)?;
            }
        }
        if inst.window.as_ref().is_some_and(|window| !window.fixed_at_zero) {
            for (bank, clobbered) in [(Bank::Number, start - 1), (Bank::Ref, ref_start)] {
                let lost = demands[bank].range((Slot(clobbered), FIRST)..).next();
                ensure!(lost.is_none(), "the call clobbers {lost:?}");
            }
        }
        for (operand, slot) in operands() {
            match operand {
                Operand::Def { reg, when: When::Early, .. } | Operand::UseDef { to: reg, .. } => {
                    define(demands, bank_of(reg), slot, reg)?;
                }
                _ => {}
            }
        }
        if first_visit {
            for (operand, slot) in operands() {
                match operand {
                    Operand::Use { reg, .. } | Operand::UseDef { from: reg, .. } => {
                        demands[bank_of(reg)].insert((slot, Content::Reg(reg)));
                    }
                    _ => {}
                }
            }
            if let Some(window) = &inst.window {
                for (slot, arg) in (start..).zip(&window.args) {
                    demands.number.insert((Slot(slot), Content::from(*arg)));
                }
                for (slot, arg) in (ref_start..).zip(&window.ref_args) {
                    demands.reference.insert((Slot(slot), Content::from(*arg)));
                }
            }
        }
        undo(demands, &allocation.before)
    }

    /// Checks that the parameters meet what is demanded at the function's entry.
    fn entry(&self, mut demands: DemandSet) -> Result<(), String> {
        undo(&mut demands, &self.a.starts[0])?;
        for bank in BANKS {
            let params = self.f.blocks[0].params.iter().copied();
            let arrived: Vec<Vreg> = params.filter(|param| self.f.vregs[param.index()] == bank).collect();
            for (slot, content) in &demands[bank] {
                let param = arrived.get(usize::from(slot.0));
                ensure!(
                    param.is_some_and(|param| *content == Content::Reg(*param)),
                    "{slot:?} should hold {content:?}"
                );
            }
        }
        Ok(())
    }

    /// Carries demands over the edges into a block. Moves at its start are part of its only edge: before them, a
    /// parameter is still the argument.
    fn enter(&mut self, block: MachBlock, demands: &DemandSet) -> Result<(), String> {
        for &(predecessor, edge) in &self.predecessors[block.index()] {
            let args = &self.f.blocks[predecessor.index()].edges[edge].args;
            let renamed = |&(slot, content): &(Slot, Content)| match content {
                Content::Reg(reg) => match self.params[reg.index()] {
                    Some((home, i)) if home == block => (slot, Content::from(args[i])),
                    _ => (slot, content),
                },
                Content::Const(_) | Content::Null => (slot, content),
            };
            let mut before = PerBank::new(|bank| demands[bank].iter().map(renamed).collect());
            undo(&mut before, &self.a.starts[block.index()])?;
            for bank in BANKS {
                for demand in &before[bank] {
                    if self.known[predecessor.index()][bank].insert(*demand) {
                        self.pending[predecessor.index()][bank].insert(*demand);
                        self.queue.insert(predecessor);
                    }
                }
            }
        }
        Ok(())
    }
}
