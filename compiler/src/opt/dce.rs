//! What nothing needs goes: instructions and block parameters.
//!
//! Requires: nothing. Ensures: every instruction left has an effect or a result that something with an
//! effect, a branch or a return needs; every parameter likewise, cycles through parameters included.
//! Preserves: blocks and edges, and the order of instructions.

use crate::ir::cfg::Cfg;
use crate::ir::{Function, Inst, Op, Terminator, Value, ValueDef, ValueList};
use fixedbitset::FixedBitSet;
use hardtack_format::prim::Prim;

/// Runs the pass.
pub fn run(f: &mut Function) {
    let cfg = Cfg::new(f);
    let live = mark(f, &cfg);
    for block in cfg.order() {
        let mut insts = std::mem::take(&mut f[*block].insts);
        insts.retain(|inst| !is_removable(f, *inst) || f.results(*inst).iter().any(|v| live.contains(v.index())));
        f[*block].insts = insts;
    }
    let entry = f.entry();
    f.remove_params(|f, value| {
        let ValueDef::Param(block, _) = f.def(value) else { return false };
        block != entry && cfg.is_reachable(block) && !live.contains(value.index())
    });
}

fn mark(f: &Function, cfg: &Cfg) -> FixedBitSet {
    let mut live = FixedBitSet::with_capacity(f.value_count());
    let mut work: Vec<Value> = vec![];
    let mut incoming: Vec<Vec<ValueList>> = vec![vec![]; f.blocks.len()];
    for block in cfg.order() {
        for inst in &f[*block].insts {
            if !is_removable(f, *inst) {
                work.extend(f.args(*inst));
            }
        }
        match &f[*block].terminator {
            Terminator::Branch { cond: value, .. } | Terminator::BrTable { index: value, .. } => work.push(*value),
            Terminator::Return(values) => work.extend(f.values(*values)),
            Terminator::Jump(_) | Terminator::Trap(_) => {}
        }
        f.for_each_edge(*block, |edge| {
            let lists = &mut incoming[edge.block.index()];
            if !edge.args.is_empty() && lists.last() != Some(&edge.args) {
                lists.push(edge.args);
            }
        });
    }
    while let Some(value) = work.pop() {
        if live.put(value.index()) {
            continue;
        }
        match f.def(value) {
            ValueDef::Inst(inst, _) if is_removable(f, inst) => work.extend(f.args(inst)),
            // Its arguments are needed in any case.
            ValueDef::Inst(..) => {}
            ValueDef::Param(block, position) => {
                work.extend(incoming[block.index()].iter().map(|list| f.values(*list)[position as usize]));
            }
            ValueDef::Alias(target) => work.push(target),
        }
    }
    live
}

/// Whether an instruction may go when its results aren't needed.
fn is_removable(f: &Function, inst: Inst) -> bool {
    match f[inst].op {
        Op::Prim(prim, _) => prim.effects().is_removable() || divides_safely(f, prim, f.args(inst)),
        Op::Const(_) | Op::RefNull | Op::RefFunc(_) | Op::RefIsNull | Op::RefGlobalGet(_) | Op::TableSize(_) => true,
        Op::Call(_)
        | Op::CallIndirect { .. }
        | Op::RefGlobalSet(_)
        | Op::MemoryGrow
        | Op::MemoryFill
        | Op::MemoryCopy
        | Op::MemoryInit(_)
        | Op::DataDrop(_)
        | Op::TableGet(_)
        | Op::TableSet(_)
        | Op::TableGrow(_)
        | Op::TableFill(_)
        | Op::TableCopy { .. }
        | Op::TableInit { .. }
        | Op::ElemDrop(_) => false,
    }
}

/// Whether this is a division by a constant with which it can't trap.
fn divides_safely(f: &Function, prim: Prim, args: &[Value]) -> bool {
    let divisor = || f.constant(args[1]);
    match prim {
        Prim::i32_div_u | Prim::i32_rem_u | Prim::i32_rem_s => divisor().is_some_and(|d| d as u32 != 0),
        Prim::i64_div_u | Prim::i64_rem_u | Prim::i64_rem_s => divisor().is_some_and(|d| d != 0),
        Prim::i32_div_s => divisor().is_some_and(|d| !matches!(d as i32, 0 | -1)),
        Prim::i64_div_s => divisor().is_some_and(|d| !matches!(d as i64, 0 | -1)),
        _ => false,
    }
}
