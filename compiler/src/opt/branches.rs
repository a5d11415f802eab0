//! Branches that are decided, jumps to jumps, and blocks that are one.
//!
//! Requires: nothing. Ensures: no terminator decides by a constant or between equal edges; no jump leads
//! to a block that only jumps on; no block has the only edge to a block that it jumps to; unreachable
//! blocks are empty. Preserves: instructions and their order along every path.

use crate::ir::cfg::Cfg;
use crate::ir::{Block, Edge, Function, Op, Terminator, Value, ValueDef, ValueList};
use hardtack_format::prim::Prim;
use hardtack_format::trap::TrapCode;
use hashbrown::HashMap;

/// Entries that a table may gain at its front, whatever its size.
const FEW: usize = 32;

/// Runs the pass.
pub fn run(f: &mut Function) {
    let order = Cfg::order_of(f);
    for block in &order {
        fold(f, *block);
    }
    thread(f, &order);
    for block in &order {
        // Threading may have made edges equal.
        fold(f, *block);
        return_early(f, *block);
    }
    let cfg = Cfg::new(f);
    merge(f, &cfg);
    clear_unreachable(f, &cfg);
}

fn constant(f: &Function, value: Value) -> Option<u32> {
    f.constant(f.resolve(value)).map(|bits| bits as u32)
}

fn same(f: &Function, a: Edge, b: Edge) -> bool {
    a.block == b.block && (a.args == b.args || f.values(a.args) == f.values(b.args))
}

/// Simplifies a terminator that leaves less choice than it seems.
fn fold(f: &mut Function, block: Block) {
    let folded = match &f[block].terminator {
        Terminator::Branch { cond, then, otherwise } => {
            if same(f, *then, *otherwise) {
                Some(Terminator::Jump(*then))
            } else {
                constant(f, *cond).map(|c| Terminator::Jump(if c != 0 { *then } else { *otherwise }))
            }
        }
        Terminator::BrTable { index, targets, default } => {
            if let Some(index) = constant(f, *index) {
                Some(Terminator::Jump(*targets.get(index as usize).unwrap_or(default)))
            } else {
                // Targets at the end that are the default need no entry.
                let needed = targets.iter().rposition(|edge| !same(f, *edge, *default)).map_or(0, |at| at + 1);
                match (&targets[..needed], *index) {
                    ([], _) => Some(Terminator::Jump(*default)),
                    ([only], cond) => Some(Terminator::Branch { cond, then: *default, otherwise: *only }),
                    (kept, index) => match counted_from(f, index, kept.len()) {
                        Some((index, before)) => {
                            let targets = std::iter::repeat_n(*default, before).chain(kept.iter().copied()).collect();
                            Some(Terminator::BrTable { index, targets, default: *default })
                        }
                        None if kept.len() < targets.len() => {
                            Some(Terminator::BrTable { index, targets: kept.to_vec(), default: *default })
                        }
                        None => None,
                    },
                }
            }
        }
        Terminator::Jump(_) | Terminator::Return(_) | Terminator::Trap(_) => None,
    };
    if let Some(folded) = folded {
        f[block].terminator = folded;
    }
}

/// If the index of a table is a number less a constant: the number, and the constant. The table can be indexed by the number with as
/// many more entries at its front, since an index that wraps goes where those go, if they are few beside the others.
fn counted_from(f: &Function, index: Value, entries: usize) -> Option<(Value, usize)> {
    let ValueDef::Inst(inst, _) = f.def(f.resolve(index)) else { return None };
    if !matches!(f[inst].op, Op::Prim(Prim::i32_add, _)) {
        return None;
    }
    let (number, first) = (f.args(inst)[0], (constant(f, f.args(inst)[1])? as i32).checked_neg()?);
    let first = usize::try_from(first).ok()?;
    (first > 0 && first <= FEW.max(entries)).then_some((number, first))
}

/// Leads edges past blocks that have no parameters and only jump on.
fn thread(f: &mut Function, order: &[Block]) {
    // Where an edge to each block ends up: unknown, being found out, or known.
    #[derive(Clone, Copy)]
    enum Goal {
        Unknown,
        Open,
        Known(Option<Edge>),
    }
    let mut goals = vec![Goal::Unknown; f.blocks.len()];
    let mut path = vec![];
    for start in order {
        let mut at = *start;
        let goal = loop {
            match goals[at.index()] {
                Goal::Known(goal) => break goal.unwrap_or(Edge { block: at, args: ValueList::default() }),
                // An endless loop of nothing: whoever comes here stays.
                Goal::Open => break Edge { block: at, args: ValueList::default() },
                Goal::Unknown => {}
            }
            let data = &f[at];
            match data.terminator {
                Terminator::Jump(edge) if data.params.is_empty() && data.insts.is_empty() && at != f.entry() => {
                    goals[at.index()] = Goal::Open;
                    path.push(at);
                    if !edge.args.is_empty() {
                        // The next block has parameters: edges to it aren't led on.
                        break edge;
                    }
                    at = edge.block;
                }
                _ => {
                    goals[at.index()] = Goal::Known(None);
                }
            }
        };
        for block in path.drain(..) {
            goals[block.index()] = Goal::Known((block != goal.block).then_some(goal));
        }
    }
    for block in order {
        f.for_each_edge_mut(*block, |edge| {
            if let Goal::Known(Some(goal)) = goals[edge.block.index()] {
                *edge = goal;
            }
        });
    }
}

/// Replaces a jump to a block that only returns or traps by the return or trap.
fn return_early(f: &mut Function, block: Block) {
    let Terminator::Jump(edge) = f[block].terminator else { return };
    let target = &f[edge.block];
    if !target.insts.is_empty() {
        return;
    }
    let offset = target.offset;
    let terminator = match &target.terminator {
        Terminator::Trap(code) => Terminator::Trap(*code),
        Terminator::Return(values) => {
            let params: HashMap<Value, Value> =
                target.params.iter().copied().zip(f.values(edge.args).iter().copied()).collect();
            let values: Vec<Value> = f.values(*values).iter().map(|v| *params.get(v).unwrap_or(v)).collect();
            Terminator::Return(f.list(&values))
        }
        Terminator::Jump(_) | Terminator::Branch { .. } | Terminator::BrTable { .. } => return,
    };
    f[block].terminator = terminator;
    f[block].offset = offset;
}

/// Appends blocks to those that they alone follow.
fn merge(f: &mut Function, cfg: &Cfg) {
    let mut edges = vec![0u32; f.blocks.len()];
    for block in cfg.order() {
        f.for_each_edge(*block, |edge| edges[edge.block.index()] += 1);
    }
    let mut merged = vec![false; f.blocks.len()];
    for block in cfg.order() {
        if merged[block.index()] {
            continue;
        }
        while let Terminator::Jump(edge) = f[*block].terminator
            && edges[edge.block.index()] == 1
            && edge.block != *block
        {
            let next = edge.block;
            merged[next.index()] = true;
            let params = std::mem::take(&mut f[next].params);
            for (nth, param) in params.into_iter().enumerate() {
                let arg = f.values(edge.args)[nth];
                f.alias(param, arg);
            }
            let mut insts = std::mem::take(&mut f[next].insts);
            f[*block].insts.append(&mut insts);
            let trap = Terminator::Trap(TrapCode::Unreachable);
            f[*block].terminator = std::mem::replace(&mut f[next].terminator, trap);
            f[*block].offset = f[next].offset;
        }
    }
    f.resolve_all();
}

/// Empties blocks that control doesn't reach. (Merging leaves those that it takes apart empty itself.)
fn clear_unreachable(f: &mut Function, cfg: &Cfg) {
    for index in 0..f.blocks.len() {
        let block = Block::new(index);
        if !cfg.is_reachable(block) {
            let data = &mut f[block];
            data.params.clear();
            data.insts.clear();
            data.terminator = Terminator::Trap(TrapCode::Unreachable);
        }
    }
}
