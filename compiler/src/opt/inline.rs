//! Calls are replaced by what they call.
//!
//! Requires: callees that [`crate::ir::check`] accepts, without aliases. Ensures: calls that were chosen are gone, the callee's blocks
//! in their place, its parameters the call's arguments; which are chosen depends on the caller and the callees alone. Preserves:
//! effects and their order; the offset of each copied instruction, which lies in the callee's body.
//!
//! What is chosen first is what runs most often for its size: calls in inner loops, then small callees. A caller may grow only so
//! far, since files should stay small and code in a large frame takes longer to write. Calls of imports and through tables have no
//! callee that is known. The IR has no tail calls and no handlers of exceptions, so that any function that it can hold can be copied.

use crate::ir::cfg::{Cfg, Dominators, Loops};
use crate::ir::{Block, Edge, Function, Op, Terminator, Value, ValueList};
use hardtack_format::trap::TrapCode;
use std::cmp::Reverse;

/// A function that callers may take in.
#[derive(Clone, Debug)]
pub struct Callee {
    /// Its IR, without aliases.
    pub function: Function,
    /// What [`size`] says of it.
    pub size: usize,
    /// Whether there is one call of it in the module, so that taking it in makes nothing larger.
    pub once: bool,
}

/// Most of a callee's size where the call isn't in a loop.
const SMALL: usize = 6;
/// The same where it is.
const SMALL_IN_LOOP: usize = 16;
/// The same where it is the only call of the callee: nothing gets larger then, but for the caller's frame.
const ONCE: usize = 300;
/// How much a caller may grow: a tenth of its size, and this.
const GROWTH: usize = 20;
/// The same in all.
const MOST_GROWTH: usize = 300;
/// The size from which on a caller takes in only what costs less than the call of it: its values compete for the low slots already.
const LARGE: usize = 500;
/// The size from which on it takes in nothing: what it grows by is only about right, and code may not be longer than the format allows.
const HUGE: usize = 50_000;
/// Most of the size of a function that its own body has been copied into.
const MOST_UNFOLDED: usize = 100;
/// How many times over.
const ROUNDS: usize = 2;

/// How much code a function makes, roughly in instructions; what the frame costs aside.
pub fn size(f: &Function) -> usize {
    Cfg::new(f).order().iter().map(|block| size_of_block(f, *block)).sum()
}

fn size_of_block(f: &Function, block: Block) -> usize {
    let inst = |op: Op, args: usize| match op {
        Op::Const(_) | Op::RefNull => 0,
        // Arguments are moved to where the callee has them.
        Op::Call(_) | Op::CallIndirect { .. } => 1 + args,
        _ => 1,
    };
    let insts: usize = f[block].insts.iter().map(|i| inst(f[*i].op, f.args(*i).len())).sum();
    insts
        + match &f[block].terminator {
            Terminator::Jump(_) | Terminator::Branch { .. } | Terminator::Trap(_) => 1,
            Terminator::BrTable { targets, .. } => 2 + targets.len(),
            Terminator::Return(_) => 0,
        }
}

/// A call that may be replaced.
struct Site<'c> {
    block: Block,
    /// Of the call in the block.
    position: usize,
    /// Number of loops around it.
    depth: u32,
    callee: &'c Callee,
}

/// Whether a function may come back from a call. Where none does, a copy saves nothing, and backtraces show less.
pub fn returns(f: &Function) -> bool {
    Cfg::new(f).order().iter().any(|block| matches!(f[*block].terminator, Terminator::Return(_)))
}

/// Runs the pass: `callee` says what is known of the function with an index.
pub fn run<'c>(f: &mut Function, callee: impl Fn(u32) -> Option<&'c Callee>) {
    let cfg = Cfg::new(f);
    let mut sites = sites(f, &cfg, callee);
    if sites.is_empty() {
        return;
    }
    let loops = Loops::new(&cfg, &Dominators::new(&cfg));
    for site in &mut sites {
        site.depth = loops.depth(site.block);
    }
    let own: usize = cfg.order().iter().map(|block| size_of_block(f, *block)).sum();
    let mut chosen = choose(f, own, sites);
    // The last of a block first, so that positions before it stay.
    chosen.sort_by_key(|site| Reverse((site.block, site.position)));
    for site in &chosen {
        take_in(f, site.block, site.position, &site.callee.function);
    }
    f.resolve_all();
}

/// Puts a function's own body in the place of its calls of itself, and once more in those of the copies, while that is short enough.
pub fn unfold(f: &mut Function) {
    let body = Callee { size: size(f), function: f.clone(), once: false };
    for _ in 0..ROUNDS {
        let (own, cfg) = (f.index, Cfg::new(f));
        let sites = sites(f, &cfg, |index| (index == own).then_some(&body));
        if sites.is_empty() || size(f) + body.size * sites.len() > MOST_UNFOLDED {
            return;
        }
        for site in sites.iter().rev() {
            take_in(f, site.block, site.position, &body.function);
        }
        f.resolve_all();
    }
}

/// The calls of known functions, by block and position.
fn sites<'c>(f: &Function, cfg: &Cfg, callee: impl Fn(u32) -> Option<&'c Callee>) -> Vec<Site<'c>> {
    let mut sites = vec![];
    for index in 0..f.blocks.len() {
        let block = Block::new(index);
        if !cfg.is_reachable(block) {
            continue;
        }
        for (position, inst) in f[block].insts.iter().enumerate() {
            if let Op::Call(index) = f[*inst].op
                && let Some(callee) = callee(index)
            {
                sites.push(Site { block, position, depth: 0, callee });
            }
        }
    }
    sites
}

/// The calls that are worth it, within what a caller of this size may grow.
fn choose<'c>(f: &Function, own: usize, mut sites: Vec<Site<'c>>) -> Vec<Site<'c>> {
    if own > HUGE {
        return vec![];
    }
    sites.sort_by_key(|site| (Reverse(site.depth), site.callee.size));
    let mut left = (own / 10 + GROWTH).min(MOST_GROWTH);
    sites.retain(|site| {
        let call = f[site.block].insts[site.position];
        // What the call itself takes. About every other argument needs no instruction to get to where the callee has it.
        let saved = 1 + f.args(call).len() / 2;
        let Callee { size, once, .. } = *site.callee;
        if size <= saved {
            return true;
        }
        // What ends in a trap doesn't run often.
        if own > LARGE || matches!(f[site.block].terminator, Terminator::Trap(_)) {
            return false;
        }
        if once {
            return size <= ONCE;
        }
        let growth = size - saved;
        if size > if site.depth > 0 { SMALL_IN_LOOP } else { SMALL } || growth > left {
            return false;
        }
        left -= growth;
        true
    });
    sites
}

/// Puts a copy of a function in the place of a call of it. Values of the call may be aliases afterwards.
fn take_in(f: &mut Function, block: Block, position: usize, callee: &Function) {
    let rest = f[block].insts.split_off(position + 1);
    let call = f[block].insts.pop().expect("a call stands there");
    let offset = f[call].offset;
    let (args, results) = (f.args(call).to_vec(), f.results(call).to_vec());

    let after = f.new_block();
    let terminator = std::mem::replace(&mut f[block].terminator, Terminator::Trap(TrapCode::Unreachable));
    (f[after].insts, f[after].terminator, f[after].offset) = (rest, terminator, f[block].offset);
    for result in results {
        let param = f.add_param(after, f.ty(result));
        f.alias(result, param);
    }

    let cfg = Cfg::new(callee);
    // The entry has no predecessors: its copy is the end of the block that calls.
    let mut blocks = vec![block; callee.blocks.len()];
    // Values of unreachable code are never asked for.
    let mut values: Vec<Option<Value>> = vec![None; callee.value_count()];
    for (param, arg) in callee[callee.entry()].params.iter().zip(&args) {
        values[param.index()] = Some(*arg);
    }
    for old in cfg.order().iter().filter(|old| **old != callee.entry()) {
        let new = f.new_block();
        blocks[old.index()] = new;
        for param in &callee[*old].params {
            values[param.index()] = Some(f.add_param(new, callee.ty(*param)));
        }
    }
    // In this order definitions come before uses, but for what edges pass.
    for old in cfg.order() {
        for inst in &callee[*old].insts {
            let data = &callee[*inst];
            let args = copied(callee.args(*inst), &values);
            let types: Vec<_> = callee.results(*inst).iter().map(|v| callee.ty(*v)).collect();
            let new = f.push(blocks[old.index()], data.op, &args, &types, data.offset);
            for (old, new) in callee.results(*inst).iter().zip(f.results(new)) {
                values[old.index()] = Some(*new);
            }
        }
    }
    for old in cfg.order() {
        let new = blocks[old.index()];
        let mut terminator = callee[*old].terminator.clone();
        f[new].offset = callee[*old].offset;
        if let Terminator::Return(list) = terminator {
            let args = copied(callee.values(list), &values);
            terminator = Terminator::Jump(Edge { block: after, args: f.list(&args) });
            f[new].offset = offset;
        } else {
            copy_uses(f, &mut terminator, callee, &blocks, &values);
        }
        f[new].terminator = terminator;
    }
}

/// Makes a terminator of the callee one of the caller.
fn copy_uses(
    f: &mut Function,
    terminator: &mut Terminator,
    callee: &Function,
    blocks: &[Block],
    values: &[Option<Value>],
) {
    if let Terminator::Branch { cond: value, .. } | Terminator::BrTable { index: value, .. } = terminator {
        *value = copied(&[*value], values)[0];
    }
    // Edges of a table to one block share their list.
    let mut last: Option<(ValueList, ValueList)> = None;
    terminator.for_each_edge_mut(|edge| {
        edge.block = blocks[edge.block.index()];
        edge.args = match last {
            Some((old, new)) if old == edge.args => new,
            _ => {
                let new = f.list(&copied(callee.values(edge.args), values));
                last = Some((edge.args, new));
                new
            }
        };
    });
}

fn copied(list: &[Value], values: &[Option<Value>]) -> Vec<Value> {
    list.iter().map(|value| values[value.index()].expect("definitions were copied before")).collect()
}
