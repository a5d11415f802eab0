//! What the compiler and the VM of Hardtack agree on: primitives, the instruction table and the file.
#![no_std]
#![deny(missing_docs)]

#[doc(hidden)]
pub extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

pub mod check;
pub mod constexpr;
pub mod debug;
pub mod disasm;
pub mod encode;
pub mod error;
pub mod isa;
pub mod meta;
pub mod module;
pub mod operand;
pub mod own;
pub mod prim;
pub mod read;
pub mod rules;
pub mod signature;
pub mod symbols;
pub mod table;
pub mod trap;
pub mod version;
#[cfg(feature = "integrity")]
pub mod write;
