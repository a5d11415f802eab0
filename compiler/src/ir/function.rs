//! One function in SSA form.

use super::{Block, Inst, Value, ValueList};
use hardtack_format::prim::{self, Bits, Prim};
use hardtack_format::trap::TrapCode;

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
    /// Reference to a function, or null.
    FuncRef,
    /// Reference to something of the host's, or null.
    ExternRef,
}

impl Type {
    /// Whether the value lives on the reference stack.
    pub fn is_ref(self) -> bool {
        matches!(self, Type::FuncRef | Type::ExternRef)
    }
    /// Whether it is a floating-point number.
    pub fn is_float(self) -> bool {
        matches!(self, Type::F32 | Type::F64)
    }
    /// The type of a primitive's argument or result, unless that leaves it open.
    pub fn from_prim(ty: prim::Type) -> Option<Type> {
        match ty {
            prim::Type::I32 => Some(Type::I32),
            prim::Type::I64 => Some(Type::I64),
            prim::Type::F32 => Some(Type::F32),
            prim::Type::F64 => Some(Type::F64),
            prim::Type::Any | prim::Type::None => None,
        }
    }
}

/// Parameter and result types of a function.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Signature {
    /// Types of the parameters.
    pub params: Vec<Type>,
    /// Types of the results.
    pub results: Vec<Type>,
}

/// What an instruction does. Indices are the module's own index spaces (imports first).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// A primitive on numbers. Its constant parameter ([`Prim::constant_param`]) is in `imm` and not among the arguments.
    /// `select` also selects references; `copy` isn't used in the IR.
    Prim(Prim, u64),
    /// A constant of the type of its result; the cell is as [`prim::Cell::into_bits`] makes it.
    Const(Bits),
    /// The null reference of the type of its result.
    RefNull,
    /// A reference to the function with this index.
    RefFunc(u32),
    /// `(ref) -> i32`.
    RefIsNull,
    /// Calls a function, imported or not: arguments and results as its type says.
    Call(u32),
    /// Calls through a table: arguments as the type says, then the i32 element index.
    CallIndirect {
        /// Index of the table.
        table: u32,
        /// Index of the type.
        ty: u32,
    },
    /// Reads a reference global.
    RefGlobalGet(u32),
    /// Writes a reference global.
    RefGlobalSet(u32),
    /// `(pages: i32) -> i32`.
    MemoryGrow,
    /// `(to, value, length)`.
    MemoryFill,
    /// `(to, from, length)`.
    MemoryCopy,
    /// `(to, from, length)` from this data segment.
    MemoryInit(u32),
    /// Drops this data segment.
    DataDrop(u32),
    /// `(index) -> ref`.
    TableGet(u32),
    /// `(index, ref)`.
    TableSet(u32),
    /// `() -> i32`.
    TableSize(u32),
    /// `(ref, elements: i32) -> i32`.
    TableGrow(u32),
    /// `(to, ref, length)`.
    TableFill(u32),
    /// `(to, from, length)`.
    TableCopy {
        /// Table written.
        to: u32,
        /// Table read.
        from: u32,
    },
    /// `(to, from, length)`.
    TableInit {
        /// Table written.
        table: u32,
        /// Element segment read.
        elem: u32,
    },
    /// Drops this element segment.
    ElemDrop(u32),
}

/// An instruction.
#[derive(Clone, Debug)]
pub struct InstData {
    /// What it does.
    pub op: Op,
    /// Its arguments.
    pub args: ValueList,
    /// The values it defines.
    pub results: ValueList,
    /// Offset in the wasm file of the operator it came from.
    pub offset: u32,
}

/// A control-flow edge: a block and the values for its parameters.
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    /// The successor.
    pub block: Block,
    /// One value for each of its parameters.
    pub args: ValueList,
}

/// How a block ends.
#[derive(Clone, Debug)]
pub enum Terminator {
    /// Goes on in another block.
    Jump(Edge),
    /// Takes the first edge if the i32 condition is not zero, else the second.
    Branch {
        /// The condition, an i32.
        cond: Value,
        /// Taken if it is not zero.
        then: Edge,
        /// Taken if it is zero.
        otherwise: Edge,
    },
    /// Takes the edge that the i32 index selects, the default one if it is past the end.
    BrTable {
        /// The index, an i32 read as unsigned.
        index: Value,
        /// The numbered edges.
        targets: Vec<Edge>,
        /// The edge for all other indices.
        default: Edge,
    },
    /// Returns these values.
    Return(ValueList),
    /// Traps.
    Trap(TrapCode),
}

impl Terminator {
    /// Calls `f` with each edge, to be changed.
    pub fn for_each_edge_mut(&mut self, mut f: impl FnMut(&mut Edge)) {
        match self {
            Terminator::Jump(edge) => f(edge),
            Terminator::Branch { then, otherwise, .. } => {
                f(then);
                f(otherwise)
            }
            Terminator::BrTable { targets, default, .. } => {
                targets.iter_mut().for_each(&mut f);
                f(default)
            }
            Terminator::Return(_) | Terminator::Trap(_) => {}
        }
    }
}

/// A basic block.
#[derive(Clone, Debug)]
pub struct BlockData {
    /// Its parameters.
    pub params: Vec<Value>,
    /// Its instructions, in order.
    pub insts: Vec<Inst>,
    /// How it ends.
    pub terminator: Terminator,
    /// Offset in the wasm file of the operator that ends it.
    pub offset: u32,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueDef {
    /// A result of an instruction.
    Inst(Inst, u32),
    /// A parameter of a block.
    Param(Block, u32),
    /// Replaced by another value; see [`Function::resolve`]. No reachable code names it after [`Function::resolve_all`].
    Alias(Value),
}

#[derive(Clone, Copy, Debug)]
struct ValueData {
    ty: Type,
    def: ValueDef,
}

/// A function. Blocks not reachable from the entry may exist but hold nothing that matters.
#[derive(Clone, Debug)]
pub struct Function {
    /// Index in the module's function index space.
    pub index: u32,
    /// Types of parameters and results.
    pub signature: Signature,
    /// All blocks; the entry is block 0, whose parameters are the function's.
    pub blocks: Vec<BlockData>,
    insts: Vec<InstData>,
    values: Vec<ValueData>,
    pool: Vec<Value>,
    /// Whether values have become aliases since all uses of them were last replaced.
    has_aliases: bool,
}

impl Function {
    /// A function of one empty block that traps, its parameters defined.
    pub fn new(index: u32, signature: Signature) -> Self {
        let params = signature.params.clone();
        let mut f = Function {
            index,
            signature,
            blocks: vec![],
            insts: vec![],
            values: vec![],
            pool: vec![],
            has_aliases: false,
        };
        let entry = f.new_block();
        for ty in params {
            f.add_param(entry, ty);
        }
        f
    }

    /// The entry block.
    pub fn entry(&self) -> Block {
        Block::new(0)
    }

    /// Adds an empty block that traps as unreachable.
    pub fn new_block(&mut self) -> Block {
        let block = Block::new(self.blocks.len());
        let terminator = Terminator::Trap(TrapCode::Unreachable);
        self.blocks.push(BlockData { params: vec![], insts: vec![], terminator, offset: 0 });
        block
    }

    /// Appends a parameter to a block.
    pub fn add_param(&mut self, block: Block, ty: Type) -> Value {
        let value = Value::new(self.values.len());
        let index = self[block].params.len() as u32;
        self.values.push(ValueData { ty, def: ValueDef::Param(block, index) });
        self[block].params.push(value);
        value
    }

    /// Keeps only the parameters of a block for which `keep` holds; the caller mends the edges.
    pub fn retain_params(&mut self, block: Block, mut keep: impl FnMut(usize, Value) -> bool) {
        let mut params = std::mem::take(&mut self[block].params);
        let mut position = 0;
        params.retain(|value| {
            let kept = keep(position, *value);
            position += 1;
            kept
        });
        for (i, value) in params.iter().enumerate() {
            self.values[value.index()].def = ValueDef::Param(block, i as u32);
        }
        self[block].params = params;
    }

    /// Removes parameters from their blocks, and the arguments for them from all edges.
    pub fn remove_params(&mut self, is_removed: impl Fn(&Function, Value) -> bool) {
        // For each block that loses some, which parameters stay.
        let mut kept: Vec<Option<Vec<bool>>> = vec![None; self.blocks.len()];
        for (index, kept) in kept.iter_mut().enumerate() {
            let block = Block::new(index);
            if self[block].params.iter().any(|value| is_removed(self, *value)) {
                let keep: Vec<bool> = self[block].params.iter().map(|value| !is_removed(self, *value)).collect();
                self.retain_params(block, |position, _| keep[position]);
                *kept = Some(keep);
            }
        }
        // Edges that share a list go on sharing one: a `br_table` may have very many to one block.
        let mut shorter: hashbrown::HashMap<(Block, u32), ValueList> = hashbrown::HashMap::new();
        for index in 0..self.blocks.len() {
            let mut terminator =
                std::mem::replace(&mut self.blocks[index].terminator, Terminator::Trap(TrapCode::Unreachable));
            terminator.for_each_edge_mut(|edge| {
                if let Some(keep) = &kept[edge.block.index()] {
                    let key = (edge.block, edge.args.start);
                    edge.args = *shorter.entry(key).or_insert_with(|| {
                        let start = self.pool.len() as u32;
                        for (nth, keep) in keep.iter().enumerate() {
                            if *keep {
                                self.pool.push(self.pool[edge.args.start as usize + nth]);
                            }
                        }
                        ValueList { start, len: self.pool.len() as u32 - start }
                    });
                }
            });
            self.blocks[index].terminator = terminator;
        }
    }

    /// Creates an instruction without placing it in a block.
    pub fn new_inst(&mut self, op: Op, args: &[Value], results: &[Type], offset: u32) -> Inst {
        let inst = Inst::new(self.insts.len());
        let args = self.list(args);
        let start = self.pool.len() as u32;
        for (i, ty) in results.iter().enumerate() {
            let value = Value::new(self.values.len());
            self.values.push(ValueData { ty: *ty, def: ValueDef::Inst(inst, i as u32) });
            self.pool.push(value);
        }
        let results = ValueList { start, len: results.len() as u32 };
        self.insts.push(InstData { op, args, results, offset });
        inst
    }

    /// Appends a new instruction to a block.
    pub fn push(&mut self, block: Block, op: Op, args: &[Value], results: &[Type], offset: u32) -> Inst {
        let inst = self.new_inst(op, args, results, offset);
        self[block].insts.push(inst);
        inst
    }

    /// Stores a list of values.
    pub fn list(&mut self, values: &[Value]) -> ValueList {
        let start = u32::try_from(self.pool.len()).expect("fewer than 2^32 uses in a function");
        self.pool.extend_from_slice(values);
        ValueList { start, len: values.len() as u32 }
    }

    /// The values of a list.
    pub fn values(&self, list: ValueList) -> &[Value] {
        &self.pool[list.start as usize..][..list.len as usize]
    }

    /// The values of a list, to be changed. Edges may share a list (those of a `br_table` to one block, and
    /// edges that were threaded through the same block), so changes must bear being made once for all of
    /// them; where they don't, make a new list.
    pub fn values_mut(&mut self, list: ValueList) -> &mut [Value] {
        &mut self.pool[list.start as usize..][..list.len as usize]
    }

    /// Arguments of an instruction.
    pub fn args(&self, inst: Inst) -> &[Value] {
        self.values(self[inst].args)
    }

    /// Results of an instruction.
    pub fn results(&self, inst: Inst) -> &[Value] {
        self.values(self[inst].results)
    }

    /// The only result of an instruction.
    pub fn result(&self, inst: Inst) -> Value {
        self.results(inst)[0]
    }

    /// Type of a value.
    pub fn ty(&self, value: Value) -> Type {
        self.values[value.index()].ty
    }

    /// Definition of a value.
    pub fn def(&self, value: Value) -> ValueDef {
        self.values[value.index()].def
    }

    /// Number of values ever made.
    pub fn value_count(&self) -> usize {
        self.values.len()
    }

    /// Number of instructions ever made.
    pub fn inst_count(&self) -> usize {
        self.insts.len()
    }

    /// Makes `value` another name of `target`.
    pub fn alias(&mut self, value: Value, target: Value) {
        debug_assert_ne!(self.resolve(target), value, "alias cycle");
        self.values[value.index()].def = ValueDef::Alias(target);
        self.has_aliases = true;
    }

    /// Follows aliases.
    pub fn resolve(&self, mut value: Value) -> Value {
        while let ValueDef::Alias(target) = self.def(value) {
            value = target;
        }
        value
    }

    /// Follows aliases like [`Function::resolve`], and shortens the chain for the next time.
    pub fn resolve_shortening(&mut self, value: Value) -> Value {
        let target = self.resolve(value);
        let mut at = value;
        while let ValueDef::Alias(next) = self.def(at) {
            self.values[at.index()].def = ValueDef::Alias(target);
            at = next;
        }
        target
    }

    /// The cell of a value that is a constant.
    pub fn constant(&self, value: Value) -> Option<Bits> {
        let ValueDef::Inst(inst, _) = self.def(value) else { return None };
        match self[inst].op {
            Op::Const(bits) => Some(bits),
            _ => None,
        }
    }

    /// Number of uses and results in all lists ever made: what the function takes in memory, roughly.
    pub fn list_size(&self) -> usize {
        self.pool.len()
    }

    /// Replaces every use of an alias by what it stands for.
    pub fn resolve_all(&mut self) {
        if !std::mem::take(&mut self.has_aliases) {
            return;
        }
        // Shortens chains first, so that the whole takes time linear in the number of values.
        for i in 0..self.values.len() {
            let value = Value::new(i);
            self.resolve_shortening(value);
        }
        for i in 0..self.pool.len() {
            // Results are definitions: an instruction whose result is an alias is dead and goes with the next clean-up.
            let value = self.pool[i];
            if let ValueDef::Alias(target) = self.def(value) {
                self.pool[i] = target;
            }
        }
        for block in &mut self.blocks {
            let value = match &mut block.terminator {
                Terminator::Branch { cond, .. } => cond,
                Terminator::BrTable { index, .. } => index,
                Terminator::Jump(_) | Terminator::Return(_) | Terminator::Trap(_) => continue,
            };
            if let ValueDef::Alias(target) = self.values[value.index()].def {
                *value = target;
            }
        }
    }

    /// Calls `f` with each edge that leaves a block.
    pub fn for_each_edge(&self, block: Block, mut f: impl FnMut(Edge)) {
        match &self[block].terminator {
            Terminator::Jump(edge) => f(*edge),
            Terminator::Branch { then, otherwise, .. } => {
                f(*then);
                f(*otherwise)
            }
            Terminator::BrTable { targets, default, .. } => {
                targets.iter().copied().for_each(&mut f);
                f(*default)
            }
            Terminator::Return(_) | Terminator::Trap(_) => {}
        }
    }

    /// Calls `f` with each edge that leaves a block, to be changed.
    pub fn for_each_edge_mut(&mut self, block: Block, f: impl FnMut(&mut Edge)) {
        self[block].terminator.for_each_edge_mut(f);
    }

    /// Calls `f` with each value that a terminator uses, edge arguments included.
    pub fn for_each_terminator_use(&self, block: Block, mut f: impl FnMut(Value)) {
        match &self[block].terminator {
            Terminator::Branch { cond, .. } => f(*cond),
            Terminator::BrTable { index, .. } => f(*index),
            Terminator::Return(values) => self.values(*values).iter().copied().for_each(&mut f),
            Terminator::Jump(_) | Terminator::Trap(_) => {}
        }
        self.for_each_edge(block, |edge| self.values(edge.args).iter().copied().for_each(&mut f));
    }

    /// Calls `f` with each value that a block uses: arguments of its instructions, then as [`Function::for_each_terminator_use`].
    pub fn for_each_use(&self, block: Block, mut f: impl FnMut(Value)) {
        for inst in &self[block].insts {
            self.args(*inst).iter().copied().for_each(&mut f);
        }
        self.for_each_terminator_use(block, f);
    }

    /// Puts in the place of each value that a block uses what `f` says. Lists that other blocks share keep what they have.
    pub fn replace_uses(&mut self, block: Block, f: impl Fn(Value) -> Value) {
        for nth in 0..self[block].insts.len() {
            let inst = self[block].insts[nth];
            self[inst].args = self.replaced(self[inst].args, &f);
        }
        let mut terminator = std::mem::replace(&mut self[block].terminator, Terminator::Trap(TrapCode::Unreachable));
        match &mut terminator {
            Terminator::Branch { cond: value, .. } | Terminator::BrTable { index: value, .. } => *value = f(*value),
            Terminator::Return(values) => *values = self.replaced(*values, &f),
            Terminator::Jump(_) | Terminator::Trap(_) => {}
        }
        // Those that edges of the block share they go on sharing.
        let mut known: hashbrown::HashMap<(u32, u32), ValueList> = hashbrown::HashMap::new();
        terminator.for_each_edge_mut(|edge| {
            let list = edge.args;
            edge.args = *known.entry((list.start, list.len)).or_insert_with(|| self.replaced(list, &f));
        });
        self[block].terminator = terminator;
    }

    /// The list itself if `f` changes none of its values, else a new one.
    fn replaced(&mut self, list: ValueList, f: impl Fn(Value) -> Value) -> ValueList {
        if self.values(list).iter().all(|value| f(*value) == *value) {
            return list;
        }
        let values: Vec<Value> = self.values(list).iter().map(|value| f(*value)).collect();
        self.list(&values)
    }
}

macro_rules! index {
    ($key:ty, $field:ident, $data:ty) => {
        impl std::ops::Index<$key> for Function {
            type Output = $data;
            fn index(&self, key: $key) -> &$data {
                &self.$field[key.index()]
            }
        }
        impl std::ops::IndexMut<$key> for Function {
            fn index_mut(&mut self, key: $key) -> &mut $data {
                &mut self.$field[key.index()]
            }
        }
    };
}
index!(Block, blocks, BlockData);
index!(Inst, insts, InstData);

#[cfg(test)]
mod tests {
    use super::*;

    /// Threading leaves edges of several blocks with one list; what is replaced in one block isn't replaced in the others.
    #[test]
    fn values_are_replaced_in_one_block() {
        let signature = Signature { params: vec![Type::I32, Type::I32], results: vec![] };
        let mut f = Function::new(0, signature);
        let (entry, other, join) = (f.entry(), f.new_block(), f.new_block());
        let [old, new] = f[entry].params[..] else { panic!("the function has two parameters") };
        f.add_param(join, Type::I32);
        f.add_param(join, Type::I32);
        let edge = Edge { block: join, args: f.list(&[old, new]) };
        f[other].terminator = Terminator::Jump(edge);
        f[entry].terminator = Terminator::Branch { cond: new, then: edge, otherwise: edge };
        f.replace_uses(entry, |value| if value == old { new } else { value });
        let Terminator::Branch { cond, then, otherwise } = f[entry].terminator else { panic!("it still branches") };
        assert_eq!((cond, f.values(then.args)), (new, &[new, new][..]));
        assert_eq!(then.args.start, otherwise.args.start, "edges of one block share a list still");
        assert_eq!(f.values(edge.args), [old, new]);
    }
}
