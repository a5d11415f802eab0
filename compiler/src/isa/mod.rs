//! Instruction sets of applications: their files, and their use.
//!
//! A file holds rows of the instruction table's notation, one mode each, inside `rows! { … }`: the VM's macro `isa!` includes it as it is.
//!
//! ```
//! use hardtack_compiler::isa::InstructionSet;
//!
//! let set = InstructionSet::parse("
//!     rows! {
//!         // Comments are for people.
//!         family base { d, a, b, o, v } [(Slot, Slot, Slot, U16, Slot)] {
//!             add_then_store => { d = i32_add(a, b); i32_store(d, o, v) }
//!         }
//!     }
//! ")?;
//! assert_eq!(set.len(), 1);
//! # Ok::<(), hardtack_compiler::Error>(())
//! ```

pub(crate) mod apply;
mod parse;
mod parts;
mod pattern;
pub mod profile;
pub mod tailor;

use crate::Error;
use hardtack_format::isa::Isa;
use std::path::Path;

/// The instruction set of an application: the standard instructions and its own.
///
/// ```
/// use hardtack_compiler::isa::InstructionSet;
/// use hardtack_compiler::{Options, compile};
///
/// let set = InstructionSet::parse("rows! {
///     family base { d, a, b, c } [(Slot, Slot, Slot, Slot)] { f => { d = i32_mul(a, b); d = i32_xor(d, c) } }
/// }")?;
/// let wat = b"(module (func (param i32) (result i32) (i32.xor (i32.mul (local.get 0) (local.get 0)) (local.get 0))))";
/// let tack = compile(wat, &Options { isa: Some(set), ..Options::default() })?;
/// # assert!(!tack.is_empty());
/// # Ok::<(), hardtack_compiler::Error>(())
/// ```
///
/// Cheap to copy. The rows of each different set stay in memory for as long as the process runs.
#[derive(Clone, Copy, Debug)]
pub struct InstructionSet {
    isa: &'static Isa,
    /// The same with what it leaves out.
    whole: &'static Isa,
}

impl PartialEq for InstructionSet {
    fn eq(&self, other: &InstructionSet) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for InstructionSet {}

impl InstructionSet {
    /// Reads the text of a file.
    ///
    /// # Errors
    /// If the text isn't in the notation, or a row can't be an instruction: with line and column.
    pub fn parse(text: &str) -> Result<InstructionSet, Error> {
        parse::parse(text)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), with the file's name; and if the file can't be read.
    pub fn read(path: impl AsRef<Path>) -> Result<InstructionSet, Error> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|e| Error::file("read", path, &e))?;
        InstructionSet::parse(&text).map_err(|e| e.in_file(path))
    }

    /// What files that are compiled for it name in their header, and VMs look for.
    pub fn identity(&self) -> u128 {
        self.isa.own.identity
    }

    /// How many instructions it adds to the standard ones.
    pub fn len(&self) -> usize {
        self.isa.own.rows.len()
    }

    /// Whether it adds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All its instructions, as data.
    pub fn isa(&self) -> &'static Isa {
        self.isa
    }

    /// The same with the standard instructions that it leaves out.
    pub(crate) fn whole(&self) -> &'static Isa {
        self.whole
    }
}
