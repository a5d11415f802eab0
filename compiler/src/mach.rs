//! Functions after instruction selection: instructions of the table over virtual registers.
//!
//! Selection builds this form, the slot allocator fills in slots, windows and moves, and `emit` encodes it.
//! The allocator sees banks, roles and windows here, never opcodes.

use hardtack_format::prim::Bits;
use hardtack_format::trap::TrapCode;
use smallvec::SmallVec;
use std::fmt;

/// A virtual register. It is defined once (a block parameter, an operand, or a call result).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Vreg(pub u32);

impl Vreg {
    /// Its number, for indexing.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Debug for Vreg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "r{}", self.0)
    }
}

/// A block of a [`MachFunction`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MachBlock(pub u32);

impl MachBlock {
    /// Its number, for indexing.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Debug for MachBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "block{}", self.0)
    }
}

/// Which of the two stacks a virtual register lives on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bank {
    /// Numbers, 64-bit cells.
    Number,
    /// References.
    Ref,
}

/// A slot of a frame; its bank follows from the context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot(pub u16);

/// Something that can be put into a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// The value of a virtual register.
    Reg(Vreg),
    /// A number.
    Const(Bits),
    /// The null reference.
    Null,
}

/// When an operand is read or written, relative to the others of the same instruction. In order: early uses are read, early
/// definitions written, late uses read, late definitions written. So only a late use and an early definition must not
/// share a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum When {
    /// In the first half.
    Early,
    /// In the second half.
    Late,
}

/// An operand, in the order of the row's operand list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// Reads a register.
    Use {
        /// The register.
        reg: Vreg,
        /// Whether the wire form can name all 65,536 slots; else only the first 256.
        wide: bool,
        /// When it is read.
        when: When,
    },
    /// Writes a register.
    Def {
        /// The register.
        reg: Vreg,
        /// As for `Use`.
        wide: bool,
        /// When it is written.
        when: When,
    },
    /// Reads a register and writes another in the same slot. It is written early.
    UseDef {
        /// The register read.
        from: Vreg,
        /// The register written.
        to: Vreg,
        /// As for `Use`.
        wide: bool,
    },
    /// A constant, in the width the operand's kind has.
    Imm(Bits),
    /// An operand without wire form: an accumulator.
    Implicit,
    /// The first number slot of the instruction's window.
    Window,
    /// The first reference slot of the instruction's window.
    RefWindow,
    /// A branch target: the edge with this position among the edges of the block.
    Target(usize),
    /// The targets of a branch table: edges from this position to the last, the default being the last.
    Targets(usize),
}

/// Arguments and results that pass through slots in sequence.
///
/// Number arguments go, in order, to the number slots from the window's first on, reference arguments likewise
/// to reference slots; results are found likewise after the instruction.
#[derive(Clone, Debug, Default)]
pub struct Window {
    /// Where the window begins: chosen by the allocator (a call), or slot 0 of both banks (a return).
    pub fixed_at_zero: bool,
    /// Number arguments.
    pub args: Vec<Source>,
    /// Reference arguments.
    pub ref_args: Vec<Source>,
    /// Number results.
    pub results: Vec<Vreg>,
    /// Reference results.
    pub ref_results: Vec<Vreg>,
}

/// An instruction.
#[derive(Clone, Debug)]
pub struct MachInst {
    /// Opcode in the instruction set in use.
    pub opcode: u16,
    /// One for each operand of the row.
    pub operands: SmallVec<[Operand; 5]>,
    /// The window of a call or return.
    ///
    /// With `fixed_at_zero == false` the instruction is a call: every number slot from `window − 1` on (the word below the window
    /// is the callee's header) and every reference slot from the reference window's first on is dead across it, and a frame
    /// must reach at least to `window + max(args, results)` on each stack.
    pub window: Option<Box<Window>>,
    /// Offset in the wasm file of the operator it came from.
    pub offset: u32,
}

/// An edge: successor and what its parameters receive.
#[derive(Clone, Debug)]
pub struct MachEdge {
    /// The successor.
    pub block: MachBlock,
    /// One for each parameter of the successor.
    pub args: SmallVec<[Source; 3]>,
}

/// How a block ends.
#[derive(Clone, Debug)]
pub enum MachEnd {
    /// Goes on in edge 0.
    Jump,
    /// The block's last instruction branches to edge 0 or falls through; then control goes on in edge 1.
    Branch,
    /// The block's last instruction leaves by one of the edges.
    Table,
    /// The block's last instruction leaves the function.
    Return,
    /// Traps.
    Trap(TrapCode),
}

/// A block.
#[derive(Clone, Debug)]
pub struct MachBlockData {
    /// Parameters. Those of block 0 are the function's: number parameters arrive in number slots 0, 1, …, reference
    /// parameters in reference slots 0, 1, ….
    pub params: Vec<Vreg>,
    /// Instructions, the ending one included.
    pub insts: Vec<MachInst>,
    /// How it ends.
    pub end: MachEnd,
    /// Successors. No edge is critical: a block with several edges has only successors with one predecessor edge.
    pub edges: Vec<MachEdge>,
    /// Estimated executions for each entry of the function.
    pub weight: f32,
}

/// A function after selection.
#[derive(Clone, Debug)]
pub struct MachFunction {
    /// Index in the module's function index space.
    pub index: u32,
    /// Blocks in layout order; block 0 is the entry and has no predecessors.
    pub blocks: Vec<MachBlockData>,
    /// Bank of each virtual register.
    pub vregs: Vec<Bank>,
    /// Number words among the parameters and results: the frame is at least their maximum.
    pub params: (usize, usize),
    /// Reference words among the parameters and results.
    pub ref_params: (usize, usize),
}

#[cfg(test)]
impl MachFunction {
    /// Makes a virtual register.
    pub fn new_vreg(&mut self, bank: Bank) -> Vreg {
        self.vregs.push(bank);
        Vreg(self.vregs.len() as u32 - 1)
    }
}

/// A slot-to-slot or constant-to-slot move, made by the allocator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// Bank of both ends.
    pub bank: Bank,
    /// Slot written.
    pub to: Slot,
    /// What is written.
    pub from: MoveSource,
}

/// Source of a [`Move`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoveSource {
    /// A slot of the same bank.
    Slot(Slot),
    /// A number.
    Const(Bits),
    /// The null reference.
    Null,
}

/// What the allocator decided for one instruction.
#[derive(Clone, Debug, Default)]
pub struct InstAllocation {
    /// Moves to execute before it, one after the other.
    pub before: Vec<Move>,
    /// For each operand the slot, where it is a register (`None` for the others).
    pub slots: SmallVec<[Option<Slot>; 6]>,
    /// First number slot and first reference slot of its window (zeros without one).
    pub window: (u16, u16),
    /// Moves to execute after it, one after the other.
    pub after: Vec<Move>,
}

/// What the allocator decided for a function.
#[derive(Clone, Debug)]
pub struct Allocation {
    /// For each block, for each instruction.
    pub insts: Vec<Vec<InstAllocation>>,
    /// For each block, moves to execute at its start, one after the other (for edges into blocks with one predecessor).
    pub starts: Vec<Vec<Move>>,
    /// For each block that ends in `Jump`, moves to execute at its end, one after the other.
    pub ends: Vec<Vec<Move>>,
    /// Size of the frame in number slots.
    pub frame: u16,
    /// Size of the frame in reference slots.
    pub ref_frame: u16,
}
