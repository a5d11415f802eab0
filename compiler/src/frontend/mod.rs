//! WebAssembly binaries to IR. Only this directory names the validator's crate.
//!
//! [`parse`] reads and validates everything but the function bodies; [`translate`] validates one body
//! and translates it, so that bodies can be done in parallel and only those under way take memory.

mod calls;
mod control;
mod custom;
mod features;
mod operators;
#[cfg(test)]
pub(crate) mod samples;
mod sections;
mod ssa;
#[cfg(test)]
mod tests;
mod translate;

pub use calls::{Calls, calls};
pub use custom::{DebugInfo, debug_info, operators};
pub use sections::{Body, parse};
pub use translate::{Scratch, translate};
