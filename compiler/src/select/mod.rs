//! Instruction selection: SSA to instructions of the table over virtual registers.
//!
//! *Requires* optimised IR that its checker accepts.
//! *Ensures* a [`MachFunction`] without critical edges in which every IR effect happens once and in order, and every constant
//! that an instruction can carry is carried by it.
//! *Preserves* the order of effects: an operator moves down into the instruction of its only user when nothing between conflicts.

mod acc;
mod block;
mod constants;
mod control;
mod fuse;
pub mod invert;
mod node;
pub mod rows;

use crate::ir::cfg::{Cfg, Dominators, Loops};
use crate::ir::{Block, Function, Module, Op, Type, Value, ValueDef};
use crate::mach::{Bank, MachBlock, MachBlockData, MachEnd, MachFunction, Source, Vreg, Window};
use hardtack_format::isa::Row;
use hardtack_format::prim::{Bits, Prim};
use hashbrown::HashMap;
use rows::Rows;
use smallvec::SmallVec;

/// A function after selection, with what only emission needs to know.
#[derive(Clone, Debug)]
pub struct Selected {
    /// The function.
    pub mach: MachFunction,
    /// For each block that ends in a branch table, the edge of each entry, the default's last.
    pub tables: HashMap<MachBlock, Vec<usize>>,
    /// Operators that became part of another's instruction: their wasm offset, and the one that the instruction has.
    pub absorbed: Vec<(u32, u32)>,
}

/// An operand before its mode is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bind {
    /// Reads a register; from an accumulator if so assigned.
    Use(Vreg, Place),
    /// Writes a register; to an accumulator too, or instead.
    Def(Vreg, Place),
    /// Reads the first register and writes the second in the same slot.
    UseDef(Vreg, Vreg),
    /// A constant or an index.
    Const {
        /// Its value.
        bits: Bits,
        /// Whether only the low 32 bits matter.
        narrow: bool,
    },
    /// An edge of the block.
    Target(usize),
    /// All edges of a branch table.
    Targets,
    /// The number window.
    Window,
    /// The reference window.
    RefWindow,
}

/// Where a register is read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In its slot.
    Slot,
    /// In the accumulator of its type.
    Acc,
    /// In both (destinations only).
    Both,
}

/// What the operands of an instruction are.
pub(crate) type Binds = SmallVec<[Bind; 4]>;

/// An instruction before its mode is known.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub row: usize,
    pub binds: Binds,
    pub window: Option<Box<Window>>,
    pub offset: u32,
}

impl Pending {
    fn new(row: Row, binds: Binds, offset: u32) -> Pending {
        Pending { row: row.index(), binds, window: None, offset }
    }

    /// The registers that it reads, each as often as it does.
    pub(crate) fn reads(&self) -> impl Iterator<Item = Vreg> {
        let operands = self.binds.iter().filter_map(|bind| match bind {
            Bind::Use(v, _) | Bind::UseDef(v, _) => Some(*v),
            _ => None,
        });
        let args =
            self.window.iter().flat_map(|w| w.args.iter().chain(&w.ref_args)).filter_map(|source| match source {
                Source::Reg(v) => Some(*v),
                Source::Const(_) | Source::Null => None,
            });
        operands.chain(args)
    }

    /// Whether it reads what an operand of another writes.
    pub(crate) fn reads_result_of(&self, other: &Pending) -> bool {
        let defines = |v| other.binds.iter().any(|b| matches!(b, Bind::Def(d, _) | Bind::UseDef(_, d) if *d == v));
        self.reads().any(defines)
    }
}

/// A block under construction: its instructions, and apart from them the one that ends it, so that constants for later
/// blocks can be appended.
#[derive(Clone, Debug)]
pub(crate) struct PendingBlock {
    pub params: Vec<Vreg>,
    pub body: Vec<Pending>,
    pub last: Option<Pending>,
    pub end: MachEnd,
    pub edges: Vec<crate::mach::MachEdge>,
    pub weight: f32,
}

/// What a walk over a block notes of a register. Kept from one block to the next, so that a block costs no more than its size.
#[derive(Clone, Copy, Default)]
pub(crate) struct Seen {
    /// The walk that noted this: else it's of no meaning.
    walk: u32,
    /// Reads.
    count: u32,
    /// Where it was read last, or which of a list it is.
    at: u32,
}

/// State of selection for one function.
pub(crate) struct Selector<'a> {
    f: &'a Function,
    m: &'a Module,
    /// Whether the function holds references of its own.
    has_refs: bool,
    rows: &'a Rows,
    loops: Loops,
    dominators: Dominators,
    /// Uses of each value by instructions and terminators, seen through operators that cost nothing.
    uses: Vec<u32>,
    /// Instructions that became part of another one.
    folded: Vec<bool>,
    /// Where each instruction is: its block, and the position there.
    positions: Vec<(Block, u32)>,
    vregs: Vec<Option<Vreg>>,
    banks: Vec<Bank>,
    types: Vec<Type>,
    /// Blocks in layout order.
    blocks: Vec<PendingBlock>,
    /// Where each IR block is.
    placed: Vec<Option<MachBlock>>,
    /// Edges into each IR block.
    entries: Vec<u32>,
    /// Constants kept in slots: the block that defines them and their bits.
    hoisted: HashMap<(MachBlock, Bits, Type), Vreg>,
    /// Reads of each register, once they are counted.
    reads: Vec<u32>,
    /// What a walk over a block notes of registers.
    seen: Vec<Seen>,
    tables: HashMap<MachBlock, Vec<usize>>,
    /// See [`Selected::absorbed`].
    absorbed: Vec<(u32, u32)>,
}

/// Selects instructions for a function: those of `rows`, and of others only what has no equivalent there.
pub fn select(f: &Function, m: &Module, rows: &Rows) -> Selected {
    let cfg = Cfg::new(f);
    let dominators = Dominators::of_loops(&cfg);
    let loops = Loops::new(&cfg, &dominators);
    let mut s = Selector {
        f,
        m,
        has_refs: (0..f.value_count()).any(|i| f.ty(Value::new(i)).is_ref()),
        rows,
        loops,
        dominators,
        uses: vec![0; f.value_count()],
        folded: vec![false; f.inst_count()],
        positions: vec![(f.entry(), u32::MAX); f.inst_count()],
        vregs: vec![None; f.value_count()],
        banks: vec![],
        types: vec![],
        blocks: vec![],
        placed: vec![None; f.blocks.len()],
        entries: vec![],
        hoisted: HashMap::new(),
        reads: vec![],
        seen: vec![],
        tables: HashMap::new(),
        absorbed: vec![],
    };
    s.count_uses(&cfg);
    s.lay_out(&cfg);
    for &block in cfg.order() {
        s.block(block);
    }
    s.finish()
}

impl<'a> Selector<'a> {
    /// Sees through operators that cost nothing because readers take the bits they need.
    pub(crate) fn see_through(&self, mut value: Value) -> Value {
        while let ValueDef::Inst(inst, _) = self.f.def(value) {
            match self.f[inst].op {
                Op::Prim(
                    Prim::i32_wrap_i64
                    | Prim::i32_reinterpret_f32
                    | Prim::i64_reinterpret_f64
                    | Prim::f32_reinterpret_i32
                    | Prim::f64_reinterpret_i64,
                    _,
                ) => value = self.f.args(inst)[0],
                _ => break,
            }
        }
        value
    }

    fn is_free(op: Op) -> bool {
        matches!(
            op,
            Op::Prim(
                Prim::i32_wrap_i64
                    | Prim::i32_reinterpret_f32
                    | Prim::i64_reinterpret_f64
                    | Prim::f32_reinterpret_i32
                    | Prim::f64_reinterpret_i64,
                _
            )
        )
    }

    fn count_uses(&mut self, cfg: &Cfg) {
        let mut uses = std::mem::take(&mut self.uses);
        for &block in cfg.order() {
            for (position, &inst) in self.f[block].insts.iter().enumerate() {
                self.positions[inst.index()] = (block, position as u32);
                if Self::is_free(self.f[inst].op) {
                    continue;
                }
                for &arg in self.f.args(inst) {
                    uses[self.see_through(arg).index()] += 1;
                }
            }
            self.f.for_each_terminator_use(block, |v| uses[self.see_through(v).index()] += 1);
        }
        self.uses = uses;
    }

    /// The constant that a value is, if it is one.
    pub(crate) fn constant(&self, value: Value) -> Option<Bits> {
        self.f.constant(self.see_through(value))
    }

    fn new_vreg(&mut self, ty: Type) -> Vreg {
        let vreg = Vreg(self.banks.len() as u32);
        self.banks.push(if ty.is_ref() { Bank::Ref } else { Bank::Number });
        self.types.push(ty);
        vreg
    }

    /// The register of a value that isn't a constant.
    pub(crate) fn vreg(&mut self, value: Value) -> Vreg {
        let value = self.see_through(value);
        if let Some(vreg) = self.vregs[value.index()] {
            return vreg;
        }
        let vreg = self.new_vreg(self.f.ty(value));
        self.vregs[value.index()] = Some(vreg);
        vreg
    }

    /// A value as the source of a move.
    pub(crate) fn source(&mut self, value: Value) -> Source {
        if let Some(bits) = self.constant(value) {
            // Where only the low half matters, negative numbers are shortest with their sign in the high one.
            let narrow = Self::is_narrow(self.f.ty(value));
            return Source::Const(if narrow { bits as i32 as i64 as Bits } else { bits });
        }
        if let ValueDef::Inst(inst, _) = self.f.def(value)
            && matches!(self.f[inst].op, Op::RefNull)
        {
            return Source::Null;
        }
        Source::Reg(self.vreg(value))
    }

    /// Whether only the low half of a value's cell matters.
    pub(crate) fn is_narrow(ty: Type) -> bool {
        matches!(ty, Type::I32 | Type::F32)
    }

    fn finish(mut self) -> Selected {
        for index in 0..self.blocks.len() {
            self.fuse(index);
        }
        for index in 0..self.blocks.len() {
            self.assign_accumulators(index);
        }
        let f = self.f;
        let blocks = std::mem::take(&mut self.blocks);
        let mut done = Vec::with_capacity(blocks.len());
        for block in blocks {
            let insts = block.body.into_iter().chain(block.last).map(|p| self.settle(p)).collect();
            done.push(MachBlockData {
                params: block.params,
                insts,
                end: block.end,
                edges: block.edges,
                weight: block.weight,
            });
        }
        let words = |types: &[Type]| {
            let refs = types.iter().filter(|t| t.is_ref()).count();
            (types.len() - refs, refs)
        };
        let (params, results) = (words(&f.signature.params), words(&f.signature.results));
        Selected {
            mach: MachFunction {
                index: f.index,
                blocks: done,
                vregs: self.banks,
                params: (params.0, results.0),
                ref_params: (params.1, results.1),
            },
            tables: self.tables,
            absorbed: self.absorbed,
        }
    }

    /// The weight of a block: how often it is executed for each entry of the function, by its loop depth.
    fn weight(&self, block: Block) -> f32 {
        8f32.powi(self.loops.depth(block).min(6) as i32)
    }
}
