//! Values that have been computed, loaded or stored before are used again.
//!
//! Requires: nothing. Ensures: no pure primitive or constant is computed where an equal one is available
//! from a dominating block; along runs of blocks with one predecessor each, no load or read of a number
//! global repeats one whose result is known, and no copy reads what has just been filled. Preserves: blocks and edges; effects and their order, but for
//! stores of what is there already.
//!
//! Pure values are kept in a table that is rolled back on the way out of a dominator's subtree. What is
//! known of memory and globals is a short list of facts, handed on only to blocks whose sole predecessor
//! it holds at the end of.

use crate::ir::cfg::{Cfg, Dominators};
use crate::ir::{Block, Function, Inst, Module, Op, Type, Value};
use hardtack_format::prim::Prim;
use hashbrown::HashMap;
use std::rc::Rc;

/// How many facts about memory and how many about globals are kept: more are rarely used, and each store
/// looks at all of them.
const MAX_FACTS: usize = 32;

/// Runs the pass.
pub fn run(f: &mut Function, module: &Module) {
    let cfg = Cfg::new(f);
    let dominators = Dominators::new(&cfg);
    let mut known: HashMap<Key, Value> = HashMap::new();
    // Keys in the order they were added, and for each block under way how many there were before it.
    let mut added: Vec<Key> = vec![];
    let mut open: Vec<(Block, usize)> = vec![];
    let mut at_end: HashMap<Block, Rc<Facts>> = HashMap::new();
    for block in dominators.preorder() {
        while let Some((last, before)) = open.last()
            && !dominators.dominates(*last, *block)
        {
            for key in added.drain(before..) {
                known.remove(&key);
            }
            at_end.remove(last);
            open.pop();
        }
        open.push((*block, added.len()));
        let mut facts = match cfg.predecessors(*block) {
            [only] => at_end.get(only).map_or_else(Facts::default, |facts| Facts::clone(facts)),
            _ => Facts::default(),
        };
        let insts = std::mem::take(&mut f[*block].insts);
        let mut kept = Vec::with_capacity(insts.len());
        for inst in insts {
            resolve_args(f, inst);
            if let Some(fill) = facts.fill_for(f, inst) {
                f[inst].op = Op::MemoryFill;
                f[inst].args = f.list(&fill);
            }
            if let Some(value) = reuse(f, module, inst, &mut known, &mut added, &mut facts) {
                match value {
                    Reuse::Value(value) => {
                        let result = f.result(inst);
                        f.alias(result, value);
                    }
                    Reuse::Nothing => {}
                }
            } else {
                kept.push(inst);
            }
        }
        f[*block].insts = kept;
        at_end.insert(*block, Rc::new(facts));
    }
    f.resolve_all();
}

fn resolve_args(f: &mut Function, inst: Inst) {
    let args = f[inst].args;
    for nth in 0..args.len() {
        let value = f.values(args)[nth];
        let resolved = f.resolve_shortening(value);
        f.values_mut(args)[nth] = resolved;
    }
}

/// What makes two instructions compute the same value.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    op: Op,
    ty: Type,
    args: [Option<Value>; 3],
}

/// An instruction that isn't needed.
enum Reuse {
    /// Its result is this value.
    Value(Value),
    /// It has no result and no effect.
    Nothing,
}

fn reuse(
    f: &Function,
    module: &Module,
    inst: Inst,
    known: &mut HashMap<Key, Value>,
    added: &mut Vec<Key>,
    facts: &mut Facts,
) -> Option<Reuse> {
    let op = f[inst].op;
    let args = f.args(inst);
    match op {
        Op::Prim(prim, imm) => {
            let effects = prim.effects();
            if effects.reads_memory || effects.writes_memory {
                return facts.access(f, inst, prim, imm);
            }
            if effects.reads_size {
                return Facts::remember(&mut facts.size, f.result(inst));
            }
            match prim {
                Prim::imported_global_get if !module.globals[imm as usize].mutable => {}
                Prim::global_get | Prim::imported_global_get => {
                    return facts.read_global(prim, imm, f.result(inst));
                }
                Prim::global_set | Prim::imported_global_set => {
                    facts.write_global(prim, imm, args[0], f.ty(args[0]), module);
                    return None;
                }
                // Traps may go too: what has been computed before hasn't trapped.
                _ => {}
            }
        }
        Op::Const(_) | Op::RefNull | Op::RefFunc(_) | Op::RefIsNull => {}
        Op::Call(_) | Op::CallIndirect { .. } => {
            *facts = Facts::default();
            return None;
        }
        Op::MemoryGrow => {
            facts.size = None;
            return None;
        }
        Op::MemoryFill | Op::MemoryCopy | Op::MemoryInit(_) => {
            facts.memory.clear();
            facts.filled = if op == Op::MemoryFill { args.try_into().ok() } else { None };
            return None;
        }
        // None of these touches memory or number globals, and they are too rare to be worth remembering.
        Op::RefGlobalGet(_)
        | Op::RefGlobalSet(_)
        | Op::DataDrop(_)
        | Op::TableGet(_)
        | Op::TableSet(_)
        | Op::TableSize(_)
        | Op::TableGrow(_)
        | Op::TableFill(_)
        | Op::TableCopy { .. }
        | Op::TableInit { .. }
        | Op::ElemDrop(_) => return None,
    }
    let mut key = Key { op, ty: f.ty(f.result(inst)), args: [None; 3] };
    for (slot, arg) in key.args.iter_mut().zip(args) {
        *slot = Some(*arg);
    }
    if let Op::Prim(prim, _) = op
        && prim.commutes()
    {
        key.args[..2].sort();
    }
    if let Some(value) = known.get(&key) {
        return Some(Reuse::Value(*value));
    }
    known.insert(key.clone(), f.result(inst));
    added.push(key);
    None
}

/// What is known about state at a point.
#[derive(Clone, Default)]
struct Facts {
    memory: Vec<MemoryFact>,
    globals: Vec<GlobalFact>,
    size: Option<Value>,
    /// What the last fill of memory was given, if nothing has been written since.
    filled: Option<[Value; 3]>,
}

/// A load of this kind from `base + offset` would give `value` without trapping.
#[derive(Clone)]
struct MemoryFact {
    load: Prim,
    base: Value,
    offset: u64,
    value: Value,
}

/// A global has this value.
#[derive(Clone)]
struct GlobalFact {
    get: Prim,
    index: u64,
    value: Value,
}

impl Facts {
    /// What to fill memory with in place of a copy, if it would read just what has been filled: it traps in the same cases, for its
    /// source is known to lie in memory.
    fn fill_for(&self, f: &Function, inst: Inst) -> Option<[Value; 3]> {
        let [from, value, count] = self.filled?;
        let (Op::MemoryCopy, &[to, source, copied]) = (f[inst].op, f.args(inst)) else { return None };
        ((source, copied) == (from, count)).then_some([to, value, count])
    }

    fn remember(fact: &mut Option<Value>, value: Value) -> Option<Reuse> {
        if let Some(known) = fact {
            return Some(Reuse::Value(*known));
        }
        *fact = Some(value);
        None
    }

    fn access(&mut self, f: &Function, inst: Inst, prim: Prim, offset: u64) -> Option<Reuse> {
        let args = f.args(inst);
        let base = args[0];
        let Some(load) = load_of_store(prim) else {
            let found = |fact: &&MemoryFact| (fact.load, fact.base, fact.offset) == (prim, base, offset);
            if let Some(fact) = self.memory.iter().find(found) {
                return Some(Reuse::Value(fact.value));
            }
            self.learn(MemoryFact { load: prim, base, offset, value: f.result(inst) });
            return None;
        };
        self.filled = None;
        let value = args[1];
        let size = access_size(prim);
        if let Load::Whole(load) = load {
            let is_there =
                |fact: &MemoryFact| (fact.load, fact.base, fact.offset, fact.value) == (load, base, offset, value);
            if self.memory.iter().any(is_there) {
                return Some(Reuse::Nothing);
            }
        }
        // Two accesses from one base don't meet if their ranges don't; of other bases nothing is known.
        self.memory.retain(|fact| {
            fact.base == base && (fact.offset + access_size(fact.load) <= offset || offset + size <= fact.offset)
        });
        if let Load::Whole(load) = load {
            self.learn(MemoryFact { load, base, offset, value });
        }
        None
    }

    fn learn(&mut self, fact: MemoryFact) {
        if self.memory.len() == MAX_FACTS {
            self.memory.remove(0);
        }
        self.memory.push(fact);
    }

    fn read_global(&mut self, get: Prim, index: u64, value: Value) -> Option<Reuse> {
        if let Some(fact) = self.globals.iter().find(|fact| (fact.get, fact.index) == (get, index)) {
            return Some(Reuse::Value(fact.value));
        }
        self.learn_global(GlobalFact { get, index, value });
        None
    }

    fn write_global(&mut self, set: Prim, index: u64, value: Value, ty: Type, module: &Module) {
        let get = if set == Prim::global_set { Prim::global_get } else { Prim::imported_global_get };
        // Imports of one type may all be the same global; the module's own are none of them.
        self.globals.retain(|fact| {
            let same_type = || module.globals[fact.index as usize].ty == ty;
            fact.get != get || if get == Prim::global_get { fact.index != index } else { !same_type() }
        });
        self.learn_global(GlobalFact { get, index, value });
    }

    fn learn_global(&mut self, fact: GlobalFact) {
        if self.globals.len() == MAX_FACTS {
            self.globals.remove(0);
        }
        self.globals.push(fact);
    }
}

/// The load that reads back what a store wrote.
enum Load {
    /// This one gives the very value.
    Whole(Prim),
    /// None does: the store cuts bits off.
    Part,
}

/// None for loads themselves.
fn load_of_store(prim: Prim) -> Option<Load> {
    Some(match prim {
        Prim::i32_store => Load::Whole(Prim::i32_load),
        Prim::i64_store => Load::Whole(Prim::i64_load),
        Prim::f32_store => Load::Whole(Prim::f32_load),
        Prim::f64_store => Load::Whole(Prim::f64_load),
        _ if prim.effects().writes_memory => Load::Part,
        _ => return None,
    })
}

/// Number of bytes that a load or store touches.
fn access_size(prim: Prim) -> u64 {
    match prim {
        Prim::i64_load | Prim::f64_load | Prim::i64_store | Prim::f64_store => 8,
        Prim::i32_load8_s
        | Prim::i32_load8_u
        | Prim::i64_load8_s
        | Prim::i64_load8_u
        | Prim::i32_store8
        | Prim::i64_store8 => 1,
        Prim::i32_load16_s
        | Prim::i32_load16_u
        | Prim::i64_load16_s
        | Prim::i64_load16_u
        | Prim::i32_store16
        | Prim::i64_store16 => 2,
        // 32 bits, extended or not.
        _ => 4,
    }
}
