//! Instruction sets of applications: the standard instructions, and some of the application's own.
//!
//! `hardtack tailor` finds instructions for an application's modules and writes them, as rows of the instruction table's notation,
//! into a file. [`isa!`](crate::isa!) makes handlers and verification rules of that file, in the application's crate, by the very macros that
//! make those of the standard instructions, which all sets share.

use crate::exec::handlers::{self, Handler};
use crate::forms::{Form, Operand};
use crate::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use hardtack_format::isa::Opcode;
use hardtack_format::own;

/// Makes the instruction set of a file that `hardtack tailor` wrote: `isa!(pub APP = "app.isa")` defines `pub static APP:
/// InstructionSet`.
///
/// ```ignore
/// hardtack_vm::isa!(APP = "../app.isa");
///
/// let engine = Engine::default().with_isa(&APP);
/// let module = engine.load(PLUGIN)?;
/// ```
///
/// The path is one for `include!`: from the file where this stands, unless it is absolute.
///
/// The handlers are compiled as part of the crate where this stands, and are as fast as that crate is optimised. They are unsafe code: a
/// crate that forbids it can't have this line, but can depend on one that does.
#[macro_export]
macro_rules! isa {
    ($(#[$attr:meta])* $vis:vis $name:ident = $path:expr $(,)?) => {
        #[doc(hidden)]
        #[allow(non_snake_case, missing_docs, unsafe_code, clippy::all)]
        mod $name {
            use $crate::isa_rows as rows;
            ::core::include!($path);
        }
        $(#[$attr])*
        $vis static $name: $crate::InstructionSet = $name::SET;
    };
}

/// What a file of an instruction set says: handlers and tables of its rows.
#[doc(hidden)]
#[macro_export]
macro_rules! isa_rows {
    (
        $(without [ $($without:literal)* ])?
        $( family $group:ident $ops:tt [ ($($mode:ident),*) ] { $name:ident => $body:tt } )*
    ) => {
        #[allow(unused_imports)]
        use $crate::isa::parts::*;

        $( $crate::row_handler!(anywhere $name $ops $body); )*
        // Rows as data are for what is made of them here; none of it becomes part of the program.
        const ROWS: &[RowInfo] = &[ $( $crate::row_info!($group $name $ops [($($mode),*)] $body) ),* ];
        const INSTRS: [Instr; ROWS.len()] = own::instrs(ROWS);
        static FORMS: [Form; ROWS.len()] = own_forms(ROWS, &INSTRS);
        static OPERANDS: [FormOperand; own_operand_count(&INSTRS)] = own_operands(&INSTRS);
        static HANDLERS: [Handler; ROWS.len()] = [ $( $name::<$(kind::$mode),*> as Handler ),* ];
        const IDENTITY: u128 = own::identity(ROWS, &[ $( $($without),* )? ]);
        pub(super) const SET: $crate::InstructionSet =
            $crate::InstructionSet::__new(IDENTITY, &FORMS, &OPERANDS, &HANDLERS);
    };
}

/// What the macros above name in the crates where they stand. Not for anybody else: it changes without notice.
#[doc(hidden)]
pub mod parts {
    pub use crate::exec::context::{Context, Exit};
    pub use crate::exec::handlers::{Handler, Hands, THREADED, anywhere, hand_on, jump, trap};
    pub use crate::exec::operand::{At, Operand};
    pub use crate::exec::predict::{Head, site};
    pub use crate::forms::{Form, Operand as FormOperand, own_forms, own_operand_count, own_operands};
    pub use hardtack_format::isa::{
        Body, Expr, Flow, Group, Instr, Opcode, RowInfo, Stmt, groups_of, length, offset, position,
    };
    pub use hardtack_format::operand::{Kind, OperandKind, kind};
    pub use hardtack_format::own;
    pub use hardtack_format::prim::{Bits, Prim, meaning};
}

/// An instruction set that was made by [`isa!`](crate::isa!).
///
/// ```
/// use hardtack_vm::Engine;
///
/// hardtack_vm::isa!(MINE = "../../tests/tests/sets/first.isa");
///
/// let engine = Engine::default().with_isa(&MINE);
/// println!("{} instructions of our own, in files for {:032x}", MINE.len(), MINE.identity());
/// # assert_eq!(MINE.len(), 1);
/// ```
pub struct InstructionSet {
    identity: u128,
    forms: &'static [Form],
    operands: &'static [Operand],
    handlers: &'static [Handler],
}

impl fmt::Debug for InstructionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (identity, rows) = (format_args!("{:032x}", self.identity()), self.len());
        f.debug_struct("InstructionSet").field("identity", &identity).field("rows", &rows).finish_non_exhaustive()
    }
}

impl InstructionSet {
    #[doc(hidden)]
    pub const fn __new(
        identity: u128,
        forms: &'static [Form],
        operands: &'static [Operand],
        handlers: &'static [Handler],
    ) -> InstructionSet {
        InstructionSet { identity, forms, operands, handlers }
    }

    /// What files that are compiled for it name in their header.
    pub const fn identity(&self) -> u128 {
        self.identity
    }

    /// How many instructions it adds to the standard ones.
    pub const fn len(&self) -> usize {
        self.handlers.len()
    }

    /// Whether it adds none.
    pub const fn is_empty(&self) -> bool {
        self.handlers.is_empty()
    }

    /// The form of one of its own instructions, if there is one with this opcode.
    #[inline(always)]
    pub(crate) fn form(&self, opcode: Opcode) -> Option<&'static Form> {
        self.forms.get(own::position(opcode)?)
    }

    /// The operands that its forms are about.
    pub(crate) fn operands(&self) -> &'static [Operand] {
        self.operands
    }
}

/// An instruction set with its handler table.
#[derive(Clone, Debug)]
pub(crate) struct Installed {
    pub set: &'static InstructionSet,
    table: Arc<[Handler]>,
}

impl Installed {
    /// Puts the table together: its own handlers, the last first, then those that all sets share.
    pub fn new(set: &'static InstructionSet) -> Installed {
        let own = set.handlers.iter().rev().copied();
        let table: Vec<Handler> = own.chain(handlers::standard().iter().copied()).collect();
        Installed { set, table: table.into() }
    }

    /// The handler of opcode 0.
    pub fn handlers(&self) -> *const Handler {
        self.table[self.set.handlers.len()..].as_ptr()
    }
}
