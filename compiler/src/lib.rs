//! Bakes WebAssembly into `.tack` files.
//!
//! ```
//! let wat = "(module (func (export \"answer\") (result i32) i32.const 42))";
//! let tack: Vec<u8> = hardtack_compiler::compile(wat.as_bytes(), &Default::default())?;
//! # assert!(!tack.is_empty());
//! # Ok::<(), hardtack_compiler::Error>(())
//! ```
#![forbid(unsafe_code)]

mod alike;
mod build;
mod callees;
mod emit;
pub mod error;
pub mod explain;
mod frontend;
mod ir;
pub mod isa;
mod mach;
pub mod opt;
mod pack;
mod regalloc;
mod select;
#[cfg(feature = "snapshot")]
pub mod snapshot;
pub mod stage;
pub mod symbols;
mod text;

pub use build::Build;
pub use error::Error;
pub use hardtack_format::version::Groups;
pub use stage::{Stage, print_function};

use callees::Callees;
use emit::Code;
use hardtack_format::module::Header;
use ir::Module;
use ir::cfg::Cfg;
use rayon::prelude::*;
use select::rows::Target;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How to compile.
///
/// ```
/// use hardtack_compiler::{Options, compile};
///
/// let wat = b"(module (func $answer (export \"answer\") (result i32) i32.const 42))";
/// let small = compile(wat, &Options { names: false, ..Options::default() })?;
/// assert!(small.len() < compile(wat, &Options::default())?.len());
/// # Ok::<(), hardtack_compiler::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Which optimisations run.
    pub passes: opt::Options,
    /// Whether the file carries function names and a map from code to wasm offsets (a section that can be stripped).
    pub names: bool,
    /// The instruction groups that the file may use, for VMs that are built without some. `base` is always among them.
    pub groups: Groups,
    /// The instruction set of the application whose VM is to run the file; else any VM can.
    pub isa: Option<isa::InstructionSet>,
}

impl Default for Options {
    fn default() -> Self {
        Options { passes: opt::Options::default(), names: true, groups: Groups::STANDARD, isa: None }
    }
}

/// Compiles a module, binary or text, to the bytes of a `.tack` file.
///
/// The same input and options give the same bytes, on any machine and with any number of threads.
///
/// # Errors
/// If the input is malformed or invalid, uses a proposal that isn't supported, needs a group that [`Options::groups`] lacks, or
/// exceeds a limit of the format.
pub fn compile(input: &[u8], options: &Options) -> Result<Vec<u8>, Error> {
    compile_with_progress(input, options, &|_, _| {})
}

/// Like [`compile`]; `progress` is told how many functions are done and how many there are, from any thread.
pub fn compile_with_progress(
    input: &[u8],
    options: &Options,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Vec<u8>, Error> {
    build(input, options, progress, Keep::Code, |_, _, _, tack| tack)
}

/// A module baked, and its symbols.
///
/// ```
/// use hardtack_compiler::{Compiled, Options, compile_with_symbols};
/// use hardtack_format::symbols::Symbols;
///
/// let wat = b"(module (func $answer (export \"answer\") (result i32) i32.const 42))";
/// let Compiled { tack, symbols } = compile_with_symbols(wat, &Options::default(), &|_, _| {})?;
/// assert!(!tack.is_empty());
/// assert_eq!(Symbols::decode(&symbols).expect("they were just made").function(0), Some("answer"));
/// # Ok::<(), hardtack_compiler::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiled {
    /// The bytes of the `.tack` file.
    pub tack: Vec<u8>,
    /// The bytes of the symbol file (`.tacksym`) that belongs to it: see [`hardtack_format::symbols`].
    pub symbols: Vec<u8>,
}

/// Like [`compile_with_progress`], with a symbol file beside: names of functions, and files and lines if the module carries
/// DWARF. The `.tack` file is the same as without.
///
/// # Errors
/// As for [`compile`]. Debug information that can't be read is none.
pub fn compile_with_symbols(
    input: &[u8],
    options: &Options,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Compiled, Error> {
    build(input, options, progress, Keep::Code, |wasm, module, code, tack| {
        let header = tack.first_chunk().map(Header::read).expect("what was just written has a header");
        let symbols = symbols::symbols(module, code, &frontend::debug_info(wasm), header.build_id).encode();
        Compiled { tack, symbols }
    })
}

/// What compiling a function leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keep {
    /// Its code.
    Code,
    /// What it was made from as well.
    Origin,
}

/// The pipeline; `done` makes the result of what came out of it.
fn build<R>(
    input: &[u8],
    options: &Options,
    progress: &(dyn Fn(usize, usize) + Sync),
    keep: Keep,
    done: impl FnOnce(&[u8], &Module, &[Code], Vec<u8>) -> R,
) -> Result<R, Error> {
    let wasm = text::to_binary(input)?;
    let (module, bodies) = frontend::parse(&wasm)?;
    pack::check_limits(&module)?;
    let target = Target::new(options.isa, options.groups);
    let callees = Callees::find(&module, &bodies, &wasm, &options.passes);
    let compiler = Compiler { module: &module, wasm: &wasm, passes: &options.passes, callees, target, keep };
    let code = compiler.functions(&bodies, progress)?;
    let extras = pack::Extras { names: options.names };
    let tack = pack::pack(&module, &code, &wasm, compiler.target.rows.isa, extras)?;
    Ok(done(&wasm, &module, &code, tack))
}

/// What compiling a function takes to know.
struct Compiler<'a> {
    module: &'a Module,
    wasm: &'a [u8],
    passes: &'a opt::Options,
    callees: Callees,
    target: Target,
    keep: Keep,
}

impl Compiler<'_> {
    /// All functions that the module defines, in order.
    fn functions(
        &self,
        bodies: &[frontend::Body],
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<Vec<Code>, Error> {
        let finished = AtomicUsize::new(0);
        let progress = || progress(finished.fetch_add(1, Ordering::Relaxed) + 1, bodies.len());
        let mut all: Vec<Option<Result<Code, Error>>> = bodies.iter().map(|_| None).collect();
        // Functions that are needed only if a call of them is left wait until one is found.
        let mut needed: Vec<usize> = (0..bodies.len()).filter(|own| !self.callees.is_optional(*own)).collect();
        while !needed.is_empty() {
            let done: Vec<_> = needed
                .into_par_iter()
                .map_init(frontend::Scratch::default, |scratch, own| {
                    let done = self.function(&bodies[own], scratch);
                    progress();
                    (own, done)
                })
                .collect();
            needed = vec![];
            for (own, done) in done {
                all[own] = Some(done.map(|(code, called)| {
                    needed.extend(called);
                    code
                }));
            }
            needed.retain(|own| all[*own].is_none());
            needed.sort_unstable();
            needed.dedup();
        }
        let unused = |body: &frontend::Body| {
            progress();
            self.unused(body)
        };
        // In the order of functions, so that of several errors always the first is reported.
        all.into_iter().zip(bodies).map(|(code, body)| code.unwrap_or_else(|| unused(body))).collect()
    }

    /// One function, from its body to code, and the functions that it calls, by their number among those that the module defines.
    fn function(&self, body: &frontend::Body, scratch: &mut frontend::Scratch) -> Result<(Code, Vec<usize>), Error> {
        let mut function = self.callees.translate(self.module, body, self.wasm, scratch, self.passes)?;
        opt::optimise(&mut function, self.module, self.passes);
        Ok((self.finish(&function)?, called(&function, self.module)))
    }

    /// What stands in the place of a function that nothing calls any more.
    fn unused(&self, body: &frontend::Body) -> Result<Code, Error> {
        let module = self.module;
        let signature = module.types[module.funcs[body.index() as usize] as usize].clone();
        let mut function = ir::Function::new(body.index(), signature);
        function.blocks[0].offset = body.last();
        self.finish(&function)
    }

    /// From optimised IR to code, and what is kept beside it.
    fn finish(&self, function: &ir::Function) -> Result<Code, Error> {
        let (selected, _, code) = generate(function, self.module, &self.target)?;
        let origin = (self.keep == Keep::Origin).then(|| explain::Origin::new(function, &selected));
        Ok(Code { origin, ..code })
    }
}

/// The functions that one calls, by their number among those that the module defines.
fn called(function: &ir::Function, module: &Module) -> Vec<usize> {
    let mut called = vec![];
    for block in Cfg::new(function).order() {
        for inst in &function[*block].insts {
            if let ir::Op::Call(index) = function[*inst].op {
                called.extend(module.own(index));
            }
        }
    }
    called
}

/// From optimised IR to code.
fn generate(
    function: &ir::Function,
    module: &Module,
    target: &Target,
) -> Result<(select::Selected, mach::Allocation, Code), Error> {
    let with = |rows| {
        let selected = select::select(function, module, rows);
        let allocation = allocate(&selected)?;
        let code = emit::emit(&selected, &allocation, rows, target.without())?;
        Ok((selected, allocation, code))
    };
    match (with(&target.rows)?, &target.strict) {
        ((.., Code { left_out: true, .. }), Some(strict)) => with(strict),
        (done, _) => Ok(done),
    }
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
