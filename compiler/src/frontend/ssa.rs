//! SSA construction while translating, after Braun et al., "Simple and Efficient Construction of Static
//! Single Assignment Form" (CC 2013).
//!
//! A local is looked up through the predecessors of a block when it is read. Where several meet, the
//! block gets a parameter; where not all are known yet (the header of a loop that is still open), it
//! gets one to be filled in when the block is sealed. Parameters that turn out to have one value become
//! aliases of it. Lookups run on a stack of their own, for the input decides how far they reach.

use crate::ir::{Block, Edge, Function, Inst, Op, Signature, Terminator, Type, Value, ValueList};
use hashbrown::HashMap;

/// Blocks of a chain between two in which a local is noted.
const STRIDE: usize = 8;

/// A function under construction.
pub(super) struct Builder {
    /// The function. Its edges have no arguments until [`Builder::finish`].
    pub(super) f: Function,
    locals: Vec<Type>,
    /// What a local is at the end of a block, as far as known.
    definitions: HashMap<(Block, u32), Value>,
    blocks: Vec<BlockState>,
    /// Arguments of local parameters: see [`LocalParam`].
    arguments: Vec<Value>,
    /// The default value of each type in use, and its instruction in the entry block.
    defaults: Vec<(Type, Value, Inst)>,
    /// Offset in the file given to the defaults.
    start: u32,
    steps: Vec<Step>,
    found: Vec<Value>,
}

#[derive(Default)]
struct BlockState {
    predecessors: Vec<Predecessor>,
    /// Whether all predecessors are known.
    sealed: bool,
    /// Parameters for locals, to be filled in when the block is sealed.
    incomplete: Vec<(u32, Value)>,
    /// Parameters for locals that have been filled in.
    params: Vec<LocalParam>,
}

struct Predecessor {
    block: Block,
    /// Arguments for the parameters that come from the operand stack; they are the block's first.
    operands: ValueList,
}

struct LocalParam {
    param: Value,
    /// Where its arguments start in `arguments`: one for each predecessor, in order.
    arguments: usize,
}

enum Step {
    /// Finds the local in this block and pushes it on `found`.
    Find(Block),
    /// Pops as many values as the block has predecessors, completes the parameter with them, and pushes
    /// what it stands for.
    Complete(Block, Value),
}

impl Builder {
    /// A function whose entry block is empty. `locals` starts with the parameters.
    pub(super) fn new(index: u32, signature: Signature, locals: Vec<Type>, start: u32) -> Self {
        let mut builder = Builder {
            f: Function::new(index, signature),
            locals,
            definitions: HashMap::new(),
            blocks: vec![BlockState { sealed: true, ..BlockState::default() }],
            arguments: vec![],
            defaults: vec![],
            start,
            steps: vec![],
            found: vec![],
        };
        let entry = builder.f.entry();
        for (local, value) in builder.f[entry].params.iter().enumerate() {
            builder.definitions.insert((entry, local as u32), *value);
        }
        builder
    }

    /// Adds an empty block with parameters for values of the operand stack.
    pub(super) fn new_block(&mut self, operands: &[Type]) -> Block {
        let block = self.f.new_block();
        self.blocks.push(BlockState::default());
        for ty in operands {
            self.f.add_param(block, *ty);
        }
        block
    }

    /// An edge that is about to end `from`. Several edges from one block to another (of a `br_table`) must
    /// be asked for one after the other and be given the same operands.
    pub(super) fn edge(&mut self, from: Block, to: Block, operands: &[Value]) -> Edge {
        let known = self.blocks[to.index()].predecessors.last().is_some_and(|last| last.block == from);
        if !known {
            debug_assert!(!self.blocks[to.index()].sealed, "{to} gets a predecessor after it was sealed");
            let operands = self.f.list(operands);
            self.blocks[to.index()].predecessors.push(Predecessor { block: from, operands });
        }
        Edge { block: to, args: ValueList::default() }
    }

    /// Ends a block.
    pub(super) fn terminate(&mut self, block: Block, terminator: Terminator, offset: u32) {
        let data = &mut self.f[block];
        data.terminator = terminator;
        data.offset = offset;
    }

    /// Declares that a block has got all its predecessors.
    pub(super) fn seal(&mut self, block: Block) {
        let state = &mut self.blocks[block.index()];
        state.sealed = true;
        for (local, param) in std::mem::take(&mut state.incomplete) {
            self.begin_completion(block, param);
            self.run(local);
        }
    }

    /// Sets a local.
    pub(super) fn write(&mut self, block: Block, local: u32, value: Value) {
        self.definitions.insert((block, local), value);
    }

    /// The value of a local.
    pub(super) fn read(&mut self, block: Block, local: u32) -> Value {
        if let Some(value) = self.definitions.get(&(block, local)) {
            return self.f.resolve_shortening(*value);
        }
        self.steps.push(Step::Find(block));
        self.run(local)
    }

    /// How much has been made so far, to keep hostile input in bounds.
    pub(super) fn size(&self) -> usize {
        self.f.value_count() + self.f.list_size() + self.arguments.len() + self.definitions.len()
    }

    fn run(&mut self, local: u32) -> Value {
        while let Some(step) = self.steps.pop() {
            match step {
                Step::Find(block) => self.find(block, local),
                Step::Complete(block, param) => self.complete(block, param),
            }
        }
        let value = self.found.pop().expect("each lookup finds a value");
        debug_assert!(self.found.is_empty());
        value
    }

    fn find(&mut self, start: Block, local: u32) {
        // Chains of single predecessors need no parameters: walk to their end.
        let mut block = start;
        let value = loop {
            if let Some(value) = self.definitions.get(&(block, local)) {
                break *value;
            }
            if block == self.f.entry() {
                break self.default(self.locals[local as usize]);
            }
            let state = &mut self.blocks[block.index()];
            if state.sealed && state.predecessors.len() == 1 {
                block = state.predecessors[0].block;
                continue;
            }
            let param = self.f.add_param(block, self.locals[local as usize]);
            self.definitions.insert((block, local), param);
            if state.sealed {
                self.begin_completion(block, param);
                self.remember(start, block, local, param);
                return; // its completion pushes the value
            }
            state.incomplete.push((local, param));
            break param;
        };
        let value = self.f.resolve_shortening(value);
        self.remember(start, block, local, value);
        self.found.push(value);
    }

    /// Notes the value of a local in a chain of single predecessors: at its start, where it is likely to be read again, and often enough
    /// on the way for no later walk to be long.
    fn remember(&mut self, start: Block, end: Block, local: u32, value: Value) {
        let mut block = start;
        for step in 0.. {
            if step % STRIDE == 0 {
                self.definitions.insert((block, local), value);
            }
            if block == end {
                break;
            }
            block = self.blocks[block.index()].predecessors[0].block;
        }
    }

    fn begin_completion(&mut self, block: Block, param: Value) {
        self.steps.push(Step::Complete(block, param));
        let predecessors = &self.blocks[block.index()].predecessors;
        self.steps.extend(predecessors.iter().rev().map(|p| Step::Find(p.block)));
    }

    fn complete(&mut self, block: Block, param: Value) {
        let count = self.blocks[block.index()].predecessors.len();
        let first = self.found.len() - count;
        let mut only = None;
        let mut differ = false;
        for i in first..self.found.len() {
            let value = self.f.resolve_shortening(self.found[i]);
            self.found[i] = value;
            if value != param {
                differ |= only.is_some_and(|other| other != value);
                only = Some(value);
            }
        }
        match only {
            Some(value) if !differ => {
                self.found.truncate(first);
                self.f.alias(param, value);
                self.found.push(value);
            }
            _ => {
                let arguments = self.arguments.len();
                self.arguments.extend(self.found.drain(first..));
                self.blocks[block.index()].params.push(LocalParam { param, arguments });
                self.found.push(param);
            }
        }
    }

    /// What locals of a type are at first. The instruction goes to the start of the entry block at the end.
    fn default(&mut self, ty: Type) -> Value {
        if let Some((_, value, _)) = self.defaults.iter().find(|(t, ..)| *t == ty) {
            return *value;
        }
        let op = if ty.is_ref() { Op::RefNull } else { Op::Const(0) };
        let inst = self.f.new_inst(op, &[], &[ty], self.start);
        let value = self.f.result(inst);
        self.defaults.push((ty, value, inst));
        value
    }

    /// The finished function: edges get their arguments, aliases are gone.
    pub(super) fn finish(mut self) -> Function {
        let f = &mut self.f;
        let mut edges: Vec<(Block, Block, ValueList)> = vec![];
        let mut args = vec![];
        for (index, state) in self.blocks.iter().enumerate() {
            debug_assert!(state.sealed || state.predecessors.is_empty());
            let block = Block::new(index);
            let is_alias = |f: &Function, value| matches!(f.def(value), crate::ir::ValueDef::Alias(_));
            if f[block].params.iter().any(|value| is_alias(f, *value)) {
                let keep: Vec<bool> = f[block].params.iter().map(|value| !is_alias(f, *value)).collect();
                f.retain_params(block, |position, _| keep[position]);
            }
            for (nth, predecessor) in state.predecessors.iter().enumerate() {
                args.clear();
                args.extend_from_slice(f.values(predecessor.operands));
                args.resize(f[block].params.len(), Value::new(0));
                for param in &state.params {
                    let crate::ir::ValueDef::Param(_, position) = f.def(param.param) else { unreachable!() };
                    args[position as usize] = self.arguments[param.arguments + nth];
                }
                let list = f.list(&args);
                edges.push((predecessor.block, block, list));
            }
        }
        edges.sort_unstable_by_key(|(from, to, _)| (*from, *to));
        let mut rest = &edges[..];
        for index in 0..self.blocks.len() {
            let from = Block::new(index);
            let (own, others) = rest.split_at(rest.partition_point(|(block, ..)| *block == from));
            rest = others;
            f.for_each_edge_mut(from, |edge| {
                let at = own.binary_search_by_key(&edge.block, |(_, to, _)| *to).expect("edges were registered");
                edge.args = own[at].2;
            });
        }
        let entry = f.entry();
        f[entry].insts.splice(0..0, self.defaults.iter().map(|(.., inst)| *inst));
        f.resolve_all();
        self.f
    }
}
