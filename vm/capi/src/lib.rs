//! The C API of [`hardtack_vm`]: everything that its Rust API offers and that makes sense in C.
//!
//! `include/hardtack.h` is made of these sources and says who owns what. Each file here is the boundary of one file of the VM.
//! Behind the boundary nothing unwinds ([`boundary::guarded`]), pointers are checked for null, handles for their store, strings
//! for UTF-8; what can't be checked, that a pointer points to what its type says, is the caller's part of the contract.
#![deny(missing_docs)]
#![allow(non_camel_case_types)]

mod boundary;
mod context;
mod engine;
mod error;
mod externref;
mod func;
mod global;
mod instance;
mod limits;
mod linker;
mod memory;
mod module;
mod store;
mod table;
mod types;
mod val;
#[cfg(feature = "wasi")]
mod wasi;

pub use crate::boundary::*;
pub use crate::context::*;
pub use crate::engine::*;
pub use crate::error::*;
pub use crate::externref::*;
pub use crate::func::*;
pub use crate::global::*;
pub use crate::instance::*;
pub use crate::limits::*;
pub use crate::linker::*;
pub use crate::memory::*;
pub use crate::module::*;
pub use crate::store::*;
pub use crate::table::*;
pub use crate::types::*;
pub use crate::val::*;
#[cfg(feature = "wasi")]
pub use crate::wasi::*;
