//! What a loop steps is stepped as late as possible, so that the old and the new value can share a slot.
//!
//! Requires: nothing. Ensures: a loop parameter's next value, if an operator without effects computes it from the parameter and
//! from values of outside the loop, and only the block that jumps back uses it, is computed after that block's last use of
//! the parameter; a comparison for equality with a constant that would be the only later use of the parameter is one of the next
//! value instead. If the parameter is needed where that block goes on otherwise, and the next value by the jump back alone, it is
//! computed in a block of its own on the way back. Preserves: blocks and edges but for such blocks in the middle of edges, and effects.
//!
//! Where both values are alive at once the jump back needs a copy, and a latch that steps, compares and branches can't be one
//! instruction. A step in the middle of the edge takes the place of the copy, and is one instruction with the jump where there is such.

use crate::ir::cfg::{Cfg, Dominators, Loops};
use crate::ir::{Block, Edge, Function, Inst, Op, Terminator, Type, Value, ValueDef};
use hardtack_format::prim::Prim;
use hashbrown::{HashMap, HashSet};

/// Blocks that are looked at to find out whether a value is needed; if it is only farther away, the step stays where it is.
const NEAR: usize = 64;

/// Runs the pass.
pub fn run(f: &mut Function) {
    let cfg = Cfg::new(f);
    if !cfg.has_cycles() {
        return;
    }
    let dominators = Dominators::new(&cfg);
    let loops = Loops::new(&cfg, &dominators);
    let steps = steps(f, &cfg, &loops);
    if steps.is_empty() {
        return;
    }
    let uses = uses(f, &cfg, &steps);
    let none = vec![];
    let of = |v: Value| uses.get(&v).unwrap_or(&none);
    let kept: Vec<Step> =
        steps.into_iter().filter(|step| !delay(f, &loops, step, of(step.old), of(step.new))).collect();
    let mut ways_back = HashMap::new();
    for step in kept {
        let header = loops.all()[step.number].header;
        if let Some(way) = way_back(f, header, &step, &ways_back)
            && goes_back_alone(f, &step, of(step.new), &way)
            && is_needed(f, &cfg, header, &step, of(step.old), way.other)
        {
            step_on_the_way(f, &step, &way, &mut ways_back);
        }
    }
}

/// A loop parameter and the value that one jump back gives it.
#[derive(Clone, Copy, Debug)]
struct Step {
    /// The loop.
    number: usize,
    /// The block that jumps back.
    latch: Block,
    old: Value,
    new: Value,
    /// The instruction that makes one of the other.
    inst: Inst,
    /// Where that is.
    from: Block,
}

fn steps(f: &Function, cfg: &Cfg, loops: &Loops) -> Vec<Step> {
    let mut home: HashMap<Inst, Block> = HashMap::new();
    let mut found = vec![];
    for &latch in cfg.order() {
        let Some(number) = loops.innermost(latch) else { continue };
        let header = loops.all()[number].header;
        f.for_each_edge(latch, |edge| {
            if edge.block != header {
                return;
            }
            for (&old, &new) in f[header].params.iter().zip(f.values(edge.args)) {
                let ValueDef::Inst(inst, _) = f.def(new) else { continue };
                let Op::Prim(prim, _) = f[inst].op else { continue };
                if prim.effects().is_pure() && f.args(inst).contains(&old) {
                    found.push(Step { number, latch, old, new, inst, from: latch });
                    home.insert(inst, latch);
                }
            }
        });
    }
    if found.is_empty() {
        return found;
    }
    let mut defined: HashMap<Value, Block> = HashMap::new();
    for &block in cfg.order() {
        for inst in &f[block].insts {
            if let Some(at) = home.get_mut(inst) {
                *at = block;
            }
            for result in f.results(*inst) {
                defined.insert(*result, block);
            }
        }
    }
    found.retain_mut(|step| {
        step.from = home[&step.inst];
        // Executed as often as the jump back, or more.
        loops.innermost(step.from) == Some(step.number)
            && f.args(step.inst).iter().all(|arg| {
                let at = match f.def(*arg) {
                    ValueDef::Param(block, _) => block,
                    ValueDef::Inst(inst, _) if matches!(f[inst].op, Op::Const(_)) => return true,
                    ValueDef::Inst(..) => defined[arg],
                    ValueDef::Alias(_) => return false,
                };
                *arg == step.old || !loops.contains(step.number, at)
            })
    });
    found
}

/// The blocks that use the values that are stepped and their next values.
fn uses(f: &Function, cfg: &Cfg, steps: &[Step]) -> HashMap<Value, Vec<Block>> {
    let mut uses: HashMap<Value, Vec<Block>> = steps.iter().flat_map(|s| [(s.old, vec![]), (s.new, vec![])]).collect();
    for &block in cfg.order() {
        f.for_each_use(block, |v| {
            if let Some(list) = uses.get_mut(&v) {
                list.push(block);
            }
        });
    }
    uses
}

/// Moves a step as far down its latch as it may go; whether it may.
fn delay(f: &mut Function, loops: &Loops, step: &Step, old: &[Block], new: &[Block]) -> bool {
    let Step { number, latch, .. } = *step;
    // After the latch the old value is dead: it is another in the next round, and not used outside or out of reach.
    let only_back = matches!(f[latch].terminator, Terminator::Jump(_));
    if !only_back && !old.iter().all(|block| loops.contains(number, *block)) {
        return false;
    }
    let mut leaves = true;
    let header = loops.all()[number].header;
    f.for_each_edge(latch, |edge| leaves &= edge.block == header || !loops.contains(number, edge.block));
    if !leaves || !new.iter().all(|block| *block == latch) {
        return false;
    }
    // An earlier step may have moved instructions: positions are looked up again.
    let args = |f: &Function, inst: &Inst, v: Value| f.args(*inst).contains(&v);
    let insts = &f[latch].insts;
    let test = comparison(f, step);
    let last_old =
        insts.iter().rposition(|i| *i != step.inst && Some(*i) != test.map(|t| t.inst) && args(f, i, step.old));
    let first_new = insts.iter().position(|i| args(f, i, step.new));
    let tested = test.is_some_and(|t| t.is_branch);
    let mut at_end = 0;
    f.for_each_terminator_use(latch, |v| at_end += (v == step.old) as usize);
    if at_end > tested as usize {
        return false;
    }
    if let (Some(old), Some(new)) = (last_old, first_new)
        && new <= old
    {
        return false;
    }
    // The test may come before or after: what it reads is made before it.
    let inst = step.inst;
    let from = &mut f[step.from].insts;
    let Some(position) = from.iter().position(|i| *i == inst) else { return false };
    let after = last_old.map_or(0, |old| old + 1);
    if step.from != latch {
        from.remove(position);
        f[latch].insts.insert(after, inst);
    } else if position < after {
        from.remove(position);
        from.insert(after - 1, inst);
    }
    if let Some(test) = test {
        test_next(f, step, test);
    }
    true
}

/// Where a latch goes on: back, with the next value, or elsewhere.
#[derive(Clone, Copy, Debug)]
struct WayBack {
    back: Edge,
    other: Edge,
    /// Whether the branch goes back if its condition holds.
    is_then: bool,
}

/// The edge back of a latch that goes back in one of two cases.
fn way_back(f: &Function, header: Block, step: &Step, ways_back: &HashMap<Block, Block>) -> Option<WayBack> {
    let Terminator::Branch { then, otherwise, .. } = f[step.latch].terminator else { return None };
    // A loop of one block is better off repeated.
    if step.latch == header {
        return None;
    }
    let goes_back = |edge: Edge| edge.block == header || ways_back.get(&step.latch) == Some(&edge.block);
    match (goes_back(then), goes_back(otherwise)) {
        (true, false) => Some(WayBack { back: then, other: otherwise, is_then: true }),
        (false, true) => Some(WayBack { back: otherwise, other: then, is_then: false }),
        _ => None,
    }
}

/// Whether the old value is still needed where its latch leads but back.
fn is_needed(f: &Function, cfg: &Cfg, header: Block, step: &Step, old: &[Block], other: Edge) -> bool {
    if f.values(other.args).contains(&step.old) {
        return true;
    }
    let mut seen: HashSet<Block> = [other.block].into_iter().collect();
    let mut work = vec![other.block];
    while let Some(block) = work.pop() {
        if old.contains(&block) {
            return true;
        }
        for &next in cfg.successors(block) {
            // At the header there is another value.
            if next != header && seen.insert(next) {
                work.push(next);
            }
        }
        if seen.len() > NEAR {
            return false;
        }
    }
    false
}

/// Whether nothing but the way back looks at the next value.
fn goes_back_alone(f: &Function, step: &Step, new: &[Block], way: &WayBack) -> bool {
    let Terminator::Branch { cond, .. } = f[step.latch].terminator else { return false };
    cond != step.new
        && new.iter().all(|block| *block == step.latch)
        && !f.values(way.other.args).contains(&step.new)
        && !f[step.latch].insts.iter().any(|inst| f.args(*inst).contains(&step.new))
}

/// Moves a step into a block in the middle of the way back, which is made for the first.
fn step_on_the_way(f: &mut Function, step: &Step, way: &WayBack, ways_back: &mut HashMap<Block, Block>) {
    let from = &mut f[step.from].insts;
    let Some(position) = from.iter().position(|inst| *inst == step.inst) else { return };
    from.remove(position);
    let middle = *ways_back.entry(step.latch).or_insert_with(|| {
        let middle = f.new_block();
        f[middle].offset = f[step.latch].offset;
        f[middle].terminator = Terminator::Jump(way.back);
        let edge = Edge { block: middle, args: f.list(&[]) };
        if let Terminator::Branch { then, otherwise, .. } = &mut f[step.latch].terminator {
            *if way.is_then { then } else { otherwise } = edge;
        }
        middle
    });
    f[middle].insts.push(step.inst);
}

/// A latch's test of the old value for equality with a constant, used by nothing else.
#[derive(Clone, Copy, Debug)]
struct Test {
    /// The comparison; the step itself if the branch looks at the old value as such.
    inst: Inst,
    is_branch: bool,
    prim: Prim,
    constant: u64,
    /// What the step adds.
    added: u64,
}

fn comparison(f: &Function, step: &Step) -> Option<Test> {
    let Terminator::Branch { cond, .. } = f[step.latch].terminator else { return None };
    let Op::Prim(Prim::i32_add | Prim::i64_add, _) = f[step.inst].op else { return None };
    let added = match f.args(step.inst) {
        [x, k] if *x == step.old => f.constant(*k)?,
        _ => return None,
    };
    if cond == step.old {
        return Some(Test { inst: step.inst, is_branch: true, prim: Prim::i32_ne, constant: 0, added });
    }
    let ValueDef::Inst(inst, _) = f.def(cond) else { return None };
    let (prim, constant) = match (f[inst].op, f.args(inst)) {
        (Op::Prim(prim @ (Prim::i32_eq | Prim::i32_ne | Prim::i64_eq | Prim::i64_ne), _), [x, c]) if *x == step.old => {
            (prim, f.constant(*c)?)
        }
        (Op::Prim(Prim::i64_eqz, _), [x]) if *x == step.old => (Prim::i64_eq, 0),
        _ => return None,
    };
    // In the latch, for the branch alone.
    let in_latch = f[step.latch].insts.contains(&inst);
    let users = f[step.latch].insts.iter().filter(|i| f.args(**i).contains(&cond)).count();
    let mut at_end = 0;
    f.for_each_terminator_use(step.latch, |v| at_end += (v == cond) as usize);
    (in_latch && users == 0 && at_end == 1).then_some(Test { inst, is_branch: false, prim, constant, added })
}

fn test_next(f: &mut Function, step: &Step, test: Test) {
    let (ty, sum) = match test.prim {
        Prim::i64_eq | Prim::i64_ne => (Type::I64, test.constant.wrapping_add(test.added)),
        _ => (Type::I32, u64::from((test.constant as u32).wrapping_add(test.added as u32))),
    };
    let offset = f[test.inst].offset;
    let constant = f.push(step.latch, Op::Const(sum), &[], &[ty], offset);
    let constant = f.result(constant);
    let compare = f.push(step.latch, Op::Prim(test.prim, 0), &[step.new, constant], &[Type::I32], offset);
    let compare = f.result(compare);
    if let Terminator::Branch { cond, .. } = &mut f[step.latch].terminator {
        *cond = compare;
    }
}
