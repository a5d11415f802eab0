//! A tiny VM that verifies `.tack` files and runs them in place.
//!
//! `hardtack compile` bakes WebAssembly into a `.tack` file ahead of time. This crate loads such a file, whatever its bytes, with
//! one linear verification, and then executes the very bytes: it doesn't parse or validate WebAssembly, and it generates no code.
//!
//! ```no_run
//! use hardtack_vm::{Caller, Engine, Error, Linker, Module, Store};
//!
//! fn main() -> Result<(), Error> {
//!     let module = Module::from_slice(&std::fs::read("hello.tack").expect("a file"))?;
//!     let engine = Engine::default();
//!     let mut linker = Linker::new(&engine);
//!     linker.func_wrap("host", "print", |mut caller: Caller<'_, u32>, number: i32| {
//!         *caller.data_mut() += 1;
//!         println!("the guest says {number}");
//!     })?;
//!     let mut store = Store::new(&engine, 0);
//!     let instance = linker.instantiate(&mut store, &module)?;
//!     let run = instance.get_typed_func::<i32, i32>(&store, "run")?;
//!     println!("run(7) = {}, after {} calls", run.call(&mut store, 7)?, store.data());
//!     Ok(())
//! }
//! ```
//!
//! What a guest may do is what its imports let it do. How long it may run is a matter of [fuel](Store#fuel) and of
//! [`InterruptHandle`]; how much memory it may have, of [`StoreLimits`] and [`Config`].
//!
//! The crate is `no_std` and needs `alloc`; the feature `std` only adds conveniences.
#![no_std]
#![deny(missing_docs)]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

mod embed;
mod engine;
mod entities;
mod error;
mod exec;
mod externref;
mod few;
mod forms;
mod func;
mod global;
mod instance;
mod instantiate;
// The small dispatcher has the standard set alone.
#[cfg_attr(feature = "compact", allow(dead_code))]
pub mod isa;
mod limits;
mod linker;
mod memory;
mod module;
mod raw;
#[cfg(feature = "signature")]
pub mod signature;
mod store;
#[cfg(feature = "std")]
pub mod suggest;
mod sync;
mod table;
mod trap;
mod types;
mod val;
mod verify;

/// Symbol files, for backtraces with names and lines: [`report::lines`](symbols::report::lines) takes what [`Frame`] knows.
pub use hardtack_format::symbols;

pub use crate::engine::{Config, Engine};
pub use crate::error::{Candidate, Error, HostError, LinkError, MemoryAccessError, UnknownImport};
pub use crate::externref::ExternRef;
pub use crate::func::{Caller, Func, IntoFunc, ResumableCall, SuspendedCall, TypedFunc};
pub use crate::func::{WasmParams, WasmResults, WasmRet, WasmTy, WasmTyList};
pub use crate::global::Global;
pub use crate::instance::{Export, Extern, Instance};
pub use crate::isa::InstructionSet;
pub use crate::limits::{ResourceLimiter, StoreLimits, StoreLimitsBuilder};
pub use crate::linker::Linker;
pub use crate::memory::Memory;
pub use crate::module::{LoadError, Module, ModuleBytes};
pub use crate::raw::RawHandle;
#[cfg(feature = "signature")]
pub use crate::signature::SignatureError;
pub use crate::store::{AsContext, AsContextMut, InterruptHandle, Store, StoreContext, StoreContextMut};
pub use crate::table::Table;
pub use crate::trap::{Frame, Trap, TrapCode};
pub use crate::types::{
    ExportType, ExternType, FuncType, GlobalType, ImportType, MemoryType, Mutability, TableType, ValType,
};
pub use crate::val::{Ref, Val};
#[doc(hidden)]
pub use hardtack_format::{row_body, row_expr, row_info, row_stmts};
