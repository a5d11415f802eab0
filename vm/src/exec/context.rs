//! The state that handlers and driver share.

use super::predict::Targets;
use hardtack_format::prim::Bits;
use hardtack_format::trap::TrapCode;

/// Why the dispatch loop was left. One word, so that handlers return in a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct Exit(pub u32);

impl Exit {
    /// Looped dispatch, and counting: go on at [`Context::pc`].
    pub const CONTINUE: Exit = Exit(0);
    /// The bottom frame returned: `pc` is at the `leave` instruction.
    pub const LEAVE: Exit = Exit(1);
    /// `pc` is at an instruction that the driver carries out, then goes on after it.
    pub const SLOW: Exit = Exit(2);
    /// The fuel of the slice is used up (it is negative): `pc` is where execution goes on.
    pub const FUEL: Exit = Exit(3);
    /// `pc` is at a `call_indirect` whose element is checked and belongs to another instance or to the host.
    pub const CROSS: Exit = Exit(4);

    /// Counting only: it is time to look which functions are under way.
    #[cfg(feature = "stats")]
    pub const SAMPLE: Exit = Exit(5);

    /// The bit that marks traps; the code is in the low byte.
    pub const TRAP: u32 = 0x100;

    /// A trap: `pc` is at the instruction at fault.
    pub const fn trap(code: TrapCode) -> Exit {
        Exit(Self::TRAP | code as u32)
    }

    /// The exit in the place of a memory base: see [`super::handlers::depart`].
    #[inline(always)]
    pub const fn as_base(self) -> *mut u8 {
        core::ptr::without_provenance_mut(self.0 as usize)
    }

    /// The trap, if it is one.
    pub const fn as_trap(self) -> Option<TrapCode> {
        if self.0 & Self::TRAP != 0 { TrapCode::from_number(self.0 as u8) } else { None }
    }
}

/// What `call_indirect` needs to know of a function, by its store-wide number.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct FuncEntry {
    /// Store-wide number of the instance that defines it, [`FuncEntry::HOST`] for a host function.
    pub instance: u32,
    /// Its number among the functions that the instance defines.
    pub func: u32,
    /// Store-wide number of its type: equal exactly for structurally equal types.
    pub ty: u32,
}

impl FuncEntry {
    /// The `instance` of host functions.
    pub const HOST: u32 = u32::MAX;
}

/// A table as the handlers see it.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct TableView {
    /// Its elements: references as [`crate::exec::reference`] packs them.
    pub base: *const u64,
    /// Number of elements.
    pub len: u64,
}

/// [`Context::last_starts`] of a memory of `len` bytes.
pub fn last_starts(len: usize) -> [i64; 4] {
    [1, 2, 4, 8].map(|size| len as i64 - size)
}

/// The state of one activation of an instance, apart from what dispatch keeps in machine registers.
///
/// The driver fills the upper part before each entry from the store (growth, host calls and other instances may have moved
/// anything); the lower part is where the dispatch loop leaves its registers.
#[derive(Debug)]
#[repr(C)]
pub struct Context {
    /// The largest addresses at which accesses of 1, 2, 4 and 8 bytes to memory 0 begin; negative where none fits. With these
    /// an access costs one sum and one compare.
    pub last_starts: [i64; 4],
    /// The handlers of the instance's instruction set: at 0 that of opcode 0. The small dispatcher has a
    /// table of its own.
    pub handlers: *const super::handlers::Handler,
    /// What is left of the granted slice; negative when it is used up.
    pub fuel: i64,
    /// One past the last number slot.
    pub stack_end: *mut Bits,
    /// First byte of the CODE section.
    pub code: *const u8,
    /// First record of the FUNCS section; the record before it ends where the first function begins.
    pub funcs: *const u8,
    /// Number globals that the module defines, by [`hardtack_format::operand::Sort::Global`] number.
    pub globals: *mut Bits,
    /// Where imported number globals lie, by index in the global index space (imports come first).
    pub imported_globals: *const *mut Bits,
    /// The current reference frame.
    pub refs: *mut u64,
    /// One past the last reference slot.
    pub refs_end: *mut u64,
    /// Tables by index.
    pub tables: *const *const TableView,
    /// Store-wide number of each of the module's types.
    pub types: *const u32,
    /// Functions of the store by number.
    pub func_entries: *const FuncEntry,
    /// Number of `func_entries`.
    pub func_count: u32,
    /// Store-wide number of the instance.
    pub instance: u32,
    /// First byte of memory 0.
    pub memory: *mut u8,
    /// Next instruction, or as the [`Exit`] says.
    pub pc: *const u8,
    /// The current number frame.
    pub frame: *mut Bits,
    /// The integer accumulator.
    pub acc: Bits,
    /// The float accumulator.
    pub facc: f64,
    /// Where jumps went last.
    pub targets: Targets,
    /// What the running instruction is made of, for handlers that find out when they run.
    #[cfg(feature = "compact")]
    pub form: &'static crate::forms::Form,
    /// What it applies, likewise.
    #[cfg(feature = "compact")]
    pub primitive: super::compact::Primitive,
    /// The trap that a primitive has just met, else [`Exit::CONTINUE`].
    #[cfg(feature = "compact")]
    pub trapped: Exit,
}
