//! Short loops of one block are repeated, so that most rounds end without a taken branch.
//!
//! Requires: nothing. Ensures: a loop of one block, with few instructions and no calls, is followed by copies of itself, each entered
//! only from the one before; what such a loop computes reaches the code after it through the parameters of one block. Preserves:
//! effects and their order.
//!
//! In an interpreter a taken branch makes the address of the next instruction wait for a load; one that isn't taken doesn't.

use crate::ir::cfg::Cfg;
use crate::ir::{Block, Edge, Function, Inst, Op, Terminator, Value, ValueDef};
use hardtack_format::prim::{Bits, Prim};
use hashbrown::{HashMap, HashSet};

/// Instructions, constants aside, up to which a loop becomes four rounds.
const TINY: usize = 5;
/// Instructions up to which it becomes two.
const SHORT: usize = 14;

/// Runs the pass.
pub fn run(f: &mut Function) {
    let cfg = Cfg::new(f);
    let old = f.blocks.len();
    let loops: Vec<(Block, usize)> =
        cfg.order().iter().filter_map(|block| Some((*block, rounds(f, *block)?))).collect();
    if loops.is_empty() {
        return;
    }
    // For each loop the values that code after it uses.
    let escaping = escaping(f, &cfg, &loops);
    let mut replaced = Replaced::new();
    let mut own: HashMap<Block, Block> = HashMap::new();
    for (block, rounds) in &loops {
        let values = escaping.get(block).map_or(&[][..], |values| values);
        if !values.is_empty() {
            land(f, *block, values, &mut replaced);
        }
        repeat(f, *block, *rounds, &mut own);
    }
    if !replaced.is_empty() {
        let blocks: Vec<Block> = cfg.order().iter().copied().chain((old..f.blocks.len()).map(Block::new)).collect();
        substitute(f, &blocks, &replaced, &own);
    }
}

/// For each value of a loop that code after it uses, the loop's block and the parameter that takes its place.
type Replaced = HashMap<Value, (Block, Value)>;

/// How many rounds of a block there should be, if it is a loop that is worth it.
fn rounds(f: &Function, block: Block) -> Option<usize> {
    let Terminator::Branch { then, otherwise, .. } = &f[block].terminator else { return None };
    if (then.block == block) == (otherwise.block == block) || block == f.entry() {
        return None;
    }
    let mut count = 0;
    for inst in &f[block].insts {
        match f[*inst].op {
            Op::Const(_) | Op::RefNull => {}
            Op::Prim(..) => count += 1,
            _ => return None,
        }
    }
    match count {
        count if count <= TINY => Some(4),
        count if count <= SHORT => Some(2),
        _ => None,
    }
}

/// Values of the loops that other blocks use, but for what their edges pass.
fn escaping(f: &Function, cfg: &Cfg, loops: &[(Block, usize)]) -> HashMap<Block, Vec<Value>> {
    let mut home: HashMap<Value, Block> = HashMap::new();
    for (block, _) in loops {
        home.extend(defined(f, *block).into_iter().map(|value| (value, *block)));
    }
    let mut found: HashMap<Block, Vec<Value>> = HashMap::new();
    let mut seen: HashSet<Value> = HashSet::new();
    for &block in cfg.order() {
        f.for_each_use(block, |v| {
            if let Some(at) = home.get(&v)
                && *at != block
                && seen.insert(v)
            {
                found.entry(*at).or_default().push(v);
            }
        });
    }
    found
}

/// What is another value in each round of a loop.
fn defined(f: &Function, block: Block) -> Vec<Value> {
    let insts = f[block].insts.iter().filter(|inst| !is_fixed(f[**inst].op));
    f[block].params.iter().chain(insts.flat_map(|inst| f.results(*inst))).copied().collect()
}

/// Whether it is the same in each round.
fn is_fixed(op: Op) -> bool {
    matches!(op, Op::Const(_) | Op::RefNull)
}

/// Puts a block behind a loop's exit, with a parameter for each value that is used there.
fn land(f: &mut Function, block: Block, values: &[Value], replaced: &mut Replaced) {
    let defined = defined(f, block);
    let landing = f.new_block();
    f[landing].offset = f[block].offset;
    for value in values {
        let param = f.add_param(landing, f.ty(*value));
        replaced.insert(*value, (block, param));
    }
    // What the exit passes is passed on from here.
    let Terminator::Branch { then, otherwise, .. } = &f[block].terminator else { unreachable!("rounds") };
    let exit = if then.block == block { *otherwise } else { *then };
    let mut args = f.values(exit.args).to_vec();
    let mut passed = values.to_vec();
    for arg in &mut args {
        match passed.iter().position(|value| value == arg) {
            Some(nth) => *arg = f[landing].params[nth],
            None if defined.contains(arg) => {
                let param = f.add_param(landing, f.ty(*arg));
                passed.push(*arg);
                *arg = param;
            }
            None => {}
        }
    }
    let args = f.list(&args);
    f[landing].terminator = Terminator::Jump(Edge { block: exit.block, args });
    let passed = f.list(&passed);
    let to_landing = Edge { block: landing, args: passed };
    let Terminator::Branch { then, otherwise, .. } = &mut f[block].terminator else { unreachable!("rounds") };
    *if then.block == block { otherwise } else { then } = to_landing;
}

/// Appends copies of a loop's block, each entered from the one before.
fn repeat(f: &mut Function, block: Block, rounds: usize, own: &mut HashMap<Block, Block>) {
    own.insert(block, block);
    let params = f[block].params.clone();
    let insts = f[block].insts.clone();
    let Terminator::Branch { cond, then, otherwise } = f[block].terminator.clone() else { unreachable!("rounds") };
    let again_first = then.block == block;
    let (again, exit) = if again_first { (then, otherwise) } else { (otherwise, then) };
    let mut now: HashMap<Value, Value> = HashMap::new();
    let mut last = block;
    for _ in 1..rounds {
        // A round's parameters are what the round before passed.
        let passed: Vec<Value> = f.values(again.args).iter().map(|v| *now.get(v).unwrap_or(v)).collect();
        let mut next: HashMap<Value, Value> = params.iter().copied().zip(passed).collect();
        let copy = f.new_block();
        own.insert(copy, block);
        f[copy].offset = f[block].offset;
        for inst in &insts {
            clone(f, copy, *inst, &mut next);
        }
        let to_copy = Edge { block: copy, args: f.list(&[]) };
        match &mut f[last].terminator {
            Terminator::Branch { then, .. } if again_first => *then = to_copy,
            Terminator::Branch { otherwise, .. } => *otherwise = to_copy,
            _ => unreachable!("rounds"),
        }
        let map = |f: &mut Function, edge: Edge| {
            let args: Vec<Value> = f.values(edge.args).iter().map(|v| *next.get(v).unwrap_or(v)).collect();
            Edge { block: edge.block, args: f.list(&args) }
        };
        let (again, exit) = (map(f, again), map(f, exit));
        let (then, otherwise) = if again_first { (again, exit) } else { (exit, again) };
        let cond = *next.get(&cond).unwrap_or(&cond);
        f[copy].terminator = Terminator::Branch { cond, then, otherwise };
        now = next;
        last = copy;
    }
}

fn clone(f: &mut Function, to: Block, inst: Inst, map: &mut HashMap<Value, Value>) {
    let op = f[inst].op;
    // The original dominates the copy.
    if is_fixed(op) {
        return;
    }
    let mut args: Vec<Value> = f.args(inst).iter().map(|v| *map.get(v).unwrap_or(v)).collect();
    if let Some((from, step)) = steps_at_once(f, op, &args) {
        let offset = f[inst].offset;
        let ty = f.ty(args[1]);
        let constant = f.push(to, Op::Const(step), &[], &[ty], offset);
        args = vec![from, f.result(constant)];
    }
    let results = f.results(inst).to_vec();
    let types: Vec<_> = results.iter().map(|v| f.ty(*v)).collect();
    let offset = f[inst].offset;
    let new = f.push(to, op, &args, &types, offset);
    let made = f.results(new).to_vec();
    map.extend(results.into_iter().zip(made));
}

/// What an addition adds a constant to, and how much, if it steps what an addition of a constant before it stepped: one doesn't wait
/// for the other then. Only while the sum is as short to write as the constants.
fn steps_at_once(f: &Function, op: Op, args: &[Value]) -> Option<(Value, Bits)> {
    let Op::Prim(prim @ (Prim::i32_add | Prim::i64_add), _) = op else { return None };
    let ValueDef::Inst(before, _) = f.def(args[0]) else { return None };
    if !matches!(f[before].op, Op::Prim(p, _) if p == prim) {
        return None;
    }
    let (from, first) = (f.args(before)[0], f.constant(f.args(before)[1])?);
    let bits = first.wrapping_add(f.constant(args[1])?);
    let (step, bits) = match prim {
        Prim::i32_add => (bits as i32 as i64, bits as u32 as Bits),
        _ => (bits as i64, bits),
    };
    i8::try_from(step).ok().map(|_| (from, bits))
}

/// Makes the code after loops use the parameters of the blocks behind them.
fn substitute(f: &mut Function, blocks: &[Block], replaced: &Replaced, own: &HashMap<Block, Block>) {
    for &block in blocks {
        let at = own.get(&block);
        f.replace_uses(block, |value| match replaced.get(&value) {
            Some((home, param)) if at != Some(home) => *param,
            _ => value,
        });
    }
}
