//! The compiler's intermediate representation: SSA with block parameters over primitives.

pub mod cfg;
pub mod check;
pub mod entities;
#[cfg(test)]
pub(crate) mod eval;
pub mod function;
pub mod module;
pub mod print;

pub use entities::{Block, Inst, Value, ValueList};
pub use function::{Edge, Function, Op, Signature, Terminator, Type, ValueDef};
pub use module::Module;
