//! Bakes WebAssembly into `.tack` files.
//!
//! ```
//! let wat = "(module (func (export \"answer\") (result i32) i32.const 42))";
//! let tack: Vec<u8> = hardtack_compiler::compile(wat.as_bytes(), &Default::default())?;
//! # assert!(!tack.is_empty());
//! # Ok::<(), hardtack_compiler::Error>(())
//! ```
#![forbid(unsafe_code)]

mod build;
pub mod emit;
pub mod error;
pub mod frontend;
pub mod ir;
pub mod mach;
pub mod opt;
mod pack;
pub mod regalloc;
pub mod select;
#[cfg(feature = "snapshot")]
pub mod snapshot;
pub mod stage;
mod text;

pub use build::Build;
pub use error::Error;
pub use stage::{Stage, print_function};

use emit::Code;
use ir::Module;
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How to compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Which optimisations run.
    pub passes: opt::Options,
    /// Whether the file carries function names and a map from code to wasm offsets (a section that can be stripped).
    pub names: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { passes: opt::Options::default(), names: true }
    }
}

/// Compiles a module, binary or text, to the bytes of a `.tack` file.
///
/// The same input and options give the same bytes, on any machine and with any number of threads.
///
/// # Errors
/// If the input is malformed or invalid, uses a proposal that isn't supported, or exceeds a limit of the format.
pub fn compile(input: &[u8], options: &Options) -> Result<Vec<u8>, Error> {
    compile_with_progress(input, options, &|_, _| {})
}

/// Like [`compile`]; `progress` is told how many functions are done and how many there are, from any thread.
pub fn compile_with_progress(
    input: &[u8],
    options: &Options,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Vec<u8>, Error> {
    let wasm = text::to_binary(input)?;
    let (module, bodies) = frontend::parse(&wasm)?;
    pack::check_limits(&module)?;
    let (done, count) = (AtomicUsize::new(0), bodies.len());
    let code = bodies
        .par_iter()
        .map_init(frontend::Scratch::default, |scratch, body| {
            let code = compile_function(&module, body, &wasm, scratch, options);
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, count);
            code
        })
        .collect::<Vec<Result<Code, Error>>>()
        // In the order of functions, so that of several errors always the first is reported.
        .into_iter()
        .collect::<Result<Vec<Code>, Error>>()?;
    pack::pack(&module, &code, &wasm, pack::Extras { names: options.names })
}

/// One function, from its body to code.
fn compile_function(
    module: &Module,
    body: &frontend::Body,
    wasm: &[u8],
    scratch: &mut frontend::Scratch,
    options: &Options,
) -> Result<Code, Error> {
    let mut function = frontend::translate(module, body, wasm, scratch)?;
    opt::optimise(&mut function, module, &options.passes);
    let selected = select::select(&function, module);
    drop(function);
    let allocation = allocate(&selected)?;
    emit::emit(&selected, &allocation)
}

fn allocate(selected: &select::Selected) -> Result<mach::Allocation, Error> {
    let allocation = regalloc::allocate(&selected.mach).map_err(|e| Error::Limit {
        what: e.what,
        function: Some(selected.mach.index),
        limit: u16::MAX as u64,
    })?;
    if cfg!(debug_assertions)
        && let Err(problem) = regalloc::check(&selected.mach, &allocation)
    {
        panic!("function {}: {problem}", selected.mach.index);
    }
    Ok(allocation)
}
