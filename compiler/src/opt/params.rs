//! Block parameters that always have the same value become that value.
//!
//! Requires: nothing. Ensures: no parameter of a reachable block has one value on all its edges, cycles
//! through parameters included, nor do two parameters of a block have the same arguments on each edge.
//! Preserves: blocks, edges and instructions, apart from new constants at the start of blocks.
//!
//! Optimistic: at first every parameter is assumed to be whatever first reaches it, and set apart when
//! something else does. So parameters that only pass each other around in loops are found too.

use crate::ir::cfg::Cfg;
use crate::ir::{Block, Function, Op, Type, Value, ValueDef, ValueList};
use hashbrown::HashMap;

/// Runs the pass.
pub fn run(f: &mut Function) {
    let cfg = Cfg::new(f);
    let incoming = incoming(f, &cfg);
    let Some(same) = solve(f, &cfg, &incoming) else { return };
    replace(f, &cfg, &incoming, same);
}

/// The argument lists of the edges to each block that has parameters; shared lists once.
fn incoming(f: &Function, cfg: &Cfg) -> Vec<Vec<ValueList>> {
    let mut incoming: Vec<Vec<ValueList>> = vec![vec![]; f.blocks.len()];
    for block in cfg.order() {
        f.for_each_edge(*block, |edge| {
            let lists = &mut incoming[edge.block.index()];
            if !edge.args.is_empty() && lists.last() != Some(&edge.args) {
                lists.push(edge.args);
            }
        });
    }
    incoming
}

/// What each value is the same as. Equal constants are the same as the first of them. None if nothing is
/// known to reach it.
type Same = Vec<Option<Value>>;

fn solve(f: &Function, cfg: &Cfg, incoming: &[Vec<ValueList>]) -> Option<Same> {
    let mut same: Same = vec![None; f.value_count()];
    let mut constants: HashMap<(Type, u64), Value> = HashMap::new();
    for (index, same) in same.iter_mut().enumerate() {
        let value = Value::new(index);
        *same = match f.def(value) {
            ValueDef::Param(block, _) if block != f.entry() => None,
            ValueDef::Inst(inst, _) => match f[inst].op {
                Op::Const(bits) => Some(*constants.entry((f.ty(value), bits)).or_insert(value)),
                _ => Some(value),
            },
            ValueDef::Param(..) | ValueDef::Alias(_) => Some(value),
        };
    }
    // Which parameters each parameter is an argument for.
    let mut uses: HashMap<Value, Vec<Value>> = HashMap::new();
    let mut work = vec![];
    for block in cfg.order().iter().rev() {
        for (position, param) in f[*block].params.iter().enumerate() {
            if *block != f.entry() {
                work.push(*param);
            }
            for list in &incoming[block.index()] {
                let arg = f.values(*list)[position];
                if same[arg.index()].is_none() {
                    uses.entry(arg).or_default().push(*param);
                }
            }
        }
    }
    // Each round trip costs time; input that needs absurdly many isn't worth it.
    let mut budget = 64 * work.len() + 1024;
    while let Some(param) = work.pop() {
        if same[param.index()] == Some(param) {
            continue;
        }
        let ValueDef::Param(block, position) = f.def(param) else { unreachable!() };
        let lists = &incoming[block.index()];
        budget = budget.checked_sub(1)?;
        let mut met = None;
        for list in lists {
            let Some(value) = same[f.values(*list)[position as usize].index()] else { continue };
            match met {
                None => met = Some(value),
                Some(other) if other == value => {}
                Some(_) => {
                    met = Some(param);
                    break;
                }
            }
        }
        if met != same[param.index()] {
            same[param.index()] = met;
            if let Some(users) = uses.get(&param) {
                work.extend(users.iter().rev());
            }
        }
    }
    Some(same)
}

fn replace(f: &mut Function, cfg: &Cfg, incoming: &[Vec<ValueList>], same: Same) {
    let mut changed = false;
    let mut twins: HashMap<Vec<Value>, Value> = HashMap::new();
    for block in cfg.order() {
        if *block == f.entry() {
            continue;
        }
        twins.clear();
        let mut constants = vec![];
        for (position, param) in f[*block].params.clone().into_iter().enumerate() {
            match same[param.index()] {
                Some(value) if value == param => {
                    let lists = incoming[block.index()].iter();
                    let args = lists.map(|list| {
                        let arg = f.values(*list)[position];
                        same[arg.index()].unwrap_or(arg)
                    });
                    let twin = *twins.entry(args.collect()).or_insert(param);
                    if twin != param {
                        f.alias(param, twin);
                        changed = true;
                    }
                }
                Some(value) => {
                    let value = available(f, *block, value, &mut constants);
                    f.alias(param, value);
                    changed = true;
                }
                // Nothing reaches the block, whatever its edges say.
                None => {}
            }
        }
        f[*block].insts.splice(0..0, constants);
    }
    if changed {
        f.remove_params(|f, value| matches!(f.def(value), ValueDef::Alias(_)));
        f.resolve_all();
    }
}

/// A value that may be used in a block: another value as it is, a constant made anew, for the one that
/// stands for all its equals may be anywhere.
fn available(f: &mut Function, block: Block, value: Value, constants: &mut Vec<crate::ir::Inst>) -> Value {
    let ValueDef::Inst(inst, _) = f.def(value) else { return value };
    let Op::Const(bits) = f[inst].op else { return value };
    let (ty, offset) = (f.ty(value), f[block].offset);
    let inst = f.new_inst(Op::Const(bits), &[], &[ty], offset);
    constants.push(inst);
    f.result(inst)
}
