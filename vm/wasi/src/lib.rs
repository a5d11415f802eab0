//! WASI preview 1 for [`hardtack_vm`]: what programs built for `wasm32-wasip1` expect of a system, and nothing else.
//!
//! A guest reaches what its [`WasiCtx`] holds. To begin with that is nothing but clocks and random bytes; arguments,
//! streams, directories and sockets are given to it one by one. A directory is a capability: no path, no symbolic link
//! and no trick with names leads out of it ([`cap_std`] sees to that).
//!
//! ```no_run
//! use hardtack_vm::{Engine, Error, Linker, Module, Store};
//! use hardtack_wasi::{Access, Exit, MemoryOutput, WasiCtx, WasiCtxBuilder};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let output = MemoryOutput::new();
//!     let ctx = WasiCtxBuilder::new()
//!         .args(["app", "--fast"])
//!         .env("HOME", "/")
//!         .stdout(output.clone())
//!         .preopened_host_dir("data", ".", Access::ReadOnly)?
//!         .build()?;
//!
//!     let engine = Engine::default();
//!     let mut linker = Linker::<WasiCtx>::new(&engine);
//!     hardtack_wasi::add_to_linker(&mut linker, |ctx| ctx)?;
//!     let module = Module::from_slice(&std::fs::read("app.tack")?)?;
//!     let mut store = Store::new(&engine, ctx);
//!     let start = linker.instantiate(&mut store, &module)?.get_typed_func::<(), ()>(&store, "_start")?;
//!     match start.call(&mut store, ()) {
//!         Ok(()) => println!("done"),
//!         Err(error) => match error.downcast_ref::<Exit>() {
//!             Some(Exit(code)) => println!("exited with {code}"),
//!             None => return Err(error.into()),
//!         },
//!     }
//!     println!("{}", String::from_utf8_lossy(&output.contents()));
//!     Ok(())
//! }
//! ```
//!
//! Where there are no files to give, a [`MemoryDir`] stands in. [`WasiCtxBuilder::deterministic`] makes runs equal,
//! [`WasiCtxBuilder::interrupt_when`] ends a guest's waiting, and [`add_some_to_linker`] links only what is wanted.
//!
//! All 46 functions of `wasi_snapshot_preview1` are there, and those of `wasi_unstable` with their older layouts. What
//! the host can't do returns the error number that the specification has for it.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod clocks;
mod ctx;
mod dir;
mod errno;
mod fd;
mod file;
mod linker;
mod memory;
mod memory_fs;
mod node;
mod os;
mod path;
mod pipe;
mod poll;
mod process;
mod random;
mod rights;
mod sock;
mod table;
#[cfg(test)]
mod tests;
mod types;

pub use crate::clocks::{Clocks, DeterministicClocks, SystemClocks};
pub use crate::ctx::{Access, BuildError, WasiCtx, WasiCtxBuilder};
pub use crate::errno::Errno;
pub use crate::linker::{NoMemory, add_some_to_linker, add_to_linker};
pub use crate::memory_fs::MemoryDir;
pub use crate::pipe::MemoryOutput;
pub use crate::process::Exit;
pub use crate::random::{RandomSource, SeededRandom, SystemRandom};
pub use crate::types::Version;
pub use cap_std;
