//! Parameters of a loop's head that always are another of its parameters plus a constant become that sum.
//!
//! Requires: nothing. Ensures: no two number parameters of a block that is jumped back to differ by the same constant on all edges, as far as
//! sums with constants tell, unless a jump back changes neither. Preserves: blocks and edges; effects.
//!
//! Where a pointer and the next one are both kept, each way around the loop writes two slots. One sum at the head takes the place of a copy or
//! a sum on each of them, and often becomes part of another instruction.

use crate::ir::cfg::Cfg;
use crate::ir::{Block, Function, Op, Type, Value, ValueDef, ValueList};
use hardtack_format::prim::{Bits, Prim};
use hashbrown::HashMap;

/// Sums with constants that are followed.
const FAR: usize = 4;

/// Runs the pass.
pub fn run(f: &mut Function) {
    let cfg = Cfg::new(f);
    if !cfg.has_cycles() {
        return;
    }
    let mut edges: HashMap<Block, Vec<(bool, ValueList)>> = HashMap::new();
    for block in cfg.order() {
        f.for_each_edge(*block, |edge| {
            if f[edge.block].params.len() > 1 {
                let lists = edges.entry(edge.block).or_default();
                let found = (cfg.is_back(*block, edge.block), edge.args);
                if lists.last() != Some(&found) {
                    lists.push(found);
                }
            }
        });
    }
    let mut changed = false;
    for block in cfg.order() {
        let Some(edges) = edges.get(block) else { continue };
        if edges.iter().any(|(is_back, _)| *is_back) {
            changed |= reduce(f, *block, edges);
        }
    }
    if changed {
        f.remove_params(|f, value| matches!(f.def(value), ValueDef::Alias(_)));
        f.resolve_all();
    }
}

/// A value as another one, if any, plus a constant.
type Sum = (Option<Value>, Bits);

fn sum(f: &Function, mut value: Value) -> Sum {
    let mut constant: Bits = 0;
    for _ in 0..FAR {
        if let Some(bits) = f.constant(value) {
            return (None, narrow(f.ty(value), constant.wrapping_add(bits)));
        }
        let ValueDef::Inst(inst, _) = f.def(value) else { break };
        let Op::Prim(Prim::i32_add | Prim::i64_add, _) = f[inst].op else { break };
        let [a, b] = f.args(inst)[..] else { break };
        let Some(bits) = f.constant(b) else { break };
        constant = narrow(f.ty(value), constant.wrapping_add(bits));
        value = a;
    }
    (Some(value), constant)
}

fn narrow(ty: Type, bits: Bits) -> Bits {
    if ty == Type::I32 { bits as u32 as Bits } else { bits }
}

/// Replaces parameters of a block by sums of others.
fn reduce(f: &mut Function, block: Block, edges: &[(bool, ValueList)]) -> bool {
    let params = f[block].params.clone();
    let Some((_, first)) = edges.iter().find(|(is_back, _)| !is_back) else { return false };
    let first: Vec<Sum> = f.values(*first).iter().map(|v| sum(f, *v)).collect();
    let mut gone = vec![false; params.len()];
    let mut made = vec![];
    for kept in 0..params.len() {
        let ty = f.ty(params[kept]);
        if gone[kept] || !matches!(ty, Type::I32 | Type::I64) {
            continue;
        }
        for other in 0..params.len() {
            if other == kept || gone[other] || f.ty(params[other]) != ty || first[other].0 != first[kept].0 {
                continue;
            }
            let step = narrow(ty, first[other].1.wrapping_sub(first[kept].1));
            let follows = edges.iter().all(|(is_back, args)| {
                let args = f.values(*args);
                let in_terms_of_kept = |value: Value| match sum(f, value) {
                    (Some(root), bits) if root == params[other] => {
                        (Some(params[kept]), narrow(ty, bits.wrapping_add(step)))
                    }
                    sum => sum,
                };
                let ((a, m), (b, n)) = (in_terms_of_kept(args[kept]), in_terms_of_kept(args[other]));
                let stays = *is_back && args[kept] == params[kept] && args[other] == params[other];
                !stays && a == b && narrow(ty, n.wrapping_sub(m)) == step
            });
            if follows {
                gone[other] = true;
                let offset = f[block].offset;
                let constant = f.new_inst(Op::Const(step), &[], &[ty], offset);
                let prim = if ty == Type::I32 { Prim::i32_add } else { Prim::i64_add };
                let args = [params[kept], f.result(constant)];
                let add = f.new_inst(Op::Prim(prim, 0), &args, &[ty], offset);
                let result = f.result(add);
                f.alias(params[other], result);
                made.extend([constant, add]);
            }
        }
    }
    let changed = !made.is_empty();
    f[block].insts.splice(0..0, made);
    changed
}
