//! Where a branch has found a value to be a constant, the value is passed on rather than the constant.
//!
//! Requires: nothing. Ensures: in functions with loops, an edge passes the value itself where it passed a constant
//! that the branch at its beginning, or one just before a block that does nothing, has found that value to be; and
//! an edge back to a loop's head passes a parameter of the head on where it passed a constant which a branch on the
//! only way there has found the parameter to be. Preserves: everything else.
//!
//! The optimisers that wrote the input prefer constants: `if (x == 0) continue;` passes 0 for `x`. But here it costs
//! nothing to leave a slot as it is, while a constant must be written to it.
//!
//! Only values that are in a slot whatever becomes of the branch are passed: parameters, and results of loads and
//! calls. A sum that only the branch uses may never need a slot.

use crate::ir::cfg::Cfg;
use crate::ir::{Block, Function, Op, Terminator, Value, ValueDef};
use hardtack_format::prim::{Bits, Prim};

/// How many branches are looked at.
const FAR: usize = 16;
/// Edges of a table that are searched for one.
const MANY: usize = 64;

/// Runs the pass.
pub fn run(f: &mut Function) {
    let cfg = Cfg::new(f);
    if !cfg.has_cycles() {
        return;
    }
    for block in cfg.order() {
        let mut edges = vec![];
        f.for_each_edge(*block, |edge| edges.push(edge));
        let mut changed = false;
        for (nth, edge) in edges.iter_mut().enumerate() {
            if !f.values(edge.args).iter().any(|arg| f.constant(*arg).is_some()) {
                continue;
            }
            let is_back = cfg.is_back(*block, edge.block);
            let found = fact(f, *block, nth).or_else(|| just_before(f, &cfg, *block));
            let args: Vec<Value> = f
                .values(edge.args)
                .iter()
                .zip(&f[edge.block].params)
                .map(|(arg, param)| match f.constant(*arg) {
                    Some(bits) if is_back && is_known(f, &cfg, *block, nth, (*param, bits)) => *param,
                    Some(bits) => match found {
                        Some((value, known)) if known == bits && f.ty(value) == f.ty(*arg) => value,
                        _ => *arg,
                    },
                    None => *arg,
                })
                .collect();
            if args != f.values(edge.args) {
                edge.args = f.list(&args);
                changed = true;
            }
        }
        if changed {
            let mut edges = edges.into_iter();
            f.for_each_edge_mut(*block, |edge| *edge = edges.next().expect("one for each"));
        }
    }
}

/// What is known at the end of a block that does nothing, by how the one before it ends.
fn just_before(f: &Function, cfg: &Cfg, block: Block) -> Option<(Value, Bits)> {
    let [from] = cfg.predecessors(block) else { return None };
    let does_nothing = f[block].insts.iter().all(|inst| matches!(f[*inst].op, Op::Const(_)));
    if does_nothing { fact(f, *from, only_edge(f, *from, block)?) } else { None }
}

/// Whether a value is known to be a constant on the edge of this number, of those that leave a block.
fn is_known(f: &Function, cfg: &Cfg, block: Block, nth: usize, fact: (Value, Bits)) -> bool {
    if self::fact(f, block, nth) == Some(fact) {
        return true;
    }
    let mut at = block;
    for _ in 0..FAR {
        let [from] = cfg.predecessors(at) else { return false };
        if only_edge(f, *from, at).is_some_and(|nth| self::fact(f, *from, nth) == Some(fact)) {
            return true;
        }
        at = *from;
    }
    false
}

/// The number of the edge from one block to another, if there is one only, and if they aren't too many to look at.
fn only_edge(f: &Function, from: Block, to: Block) -> Option<usize> {
    if matches!(&f[from].terminator, Terminator::BrTable { targets, .. } if targets.len() > MANY) {
        return None;
    }
    let (mut found, mut count, mut nth) = (0, 0, 0);
    f.for_each_edge(from, |edge| {
        if edge.block == to {
            (found, count) = (nth, count + 1);
        }
        nth += 1;
    });
    (count == 1).then_some(found)
}

/// What the way that a block ends says of this edge: a value is a constant. Only of values that are in a slot whatever is made of the
/// branch: others may need none, if the branch is all that uses them.
fn fact(f: &Function, block: Block, nth: usize) -> Option<(Value, Bits)> {
    let (value, bits) = said(f, block, nth)?;
    match f.def(value) {
        ValueDef::Inst(inst, _) if matches!(f[inst].op, Op::Prim(..) | Op::Const(_)) => None,
        _ => Some((value, bits)),
    }
}

/// What the way that a block ends says of this edge.
fn said(f: &Function, block: Block, nth: usize) -> Option<(Value, Bits)> {
    match &f[block].terminator {
        Terminator::Branch { cond, .. } => {
            let compared = match f.def(*cond) {
                ValueDef::Inst(inst, _) => match f[inst].op {
                    Op::Prim(Prim::i32_eq | Prim::i64_eq, _) => Some((inst, 0)),
                    Op::Prim(Prim::i32_ne | Prim::i64_ne, _) => Some((inst, 1)),
                    _ => None,
                },
                ValueDef::Param(..) | ValueDef::Alias(_) => None,
            };
            match compared {
                Some((inst, equal)) => {
                    let bits = f.constant(f.args(inst)[1])?;
                    (nth == equal).then_some((f.args(inst)[0], bits))
                }
                None => (nth == 1).then_some((*cond, 0)),
            }
        }
        Terminator::BrTable { index, targets, .. } => (nth < targets.len()).then_some((*index, nth as Bits)),
        Terminator::Jump(_) | Terminator::Return(_) | Terminator::Trap(_) => None,
    }
}
