//! A module together with what each function was made from, for people who want to see what became of their code.

use crate::ir::Function;
use crate::select::Selected;
use crate::{Error, Keep, Options, build, frontend, symbols};
use hardtack_format::module::Header;
use hardtack_format::symbols::Symbols;
use std::ops::Range;

pub use crate::ir::print::Line;

/// What a function's code was made from.
///
/// ```
/// use hardtack_compiler::explain::{Line, Origin, explain};
///
/// /// The lines of the optimised IR that came from an operator of the WebAssembly.
/// fn lines(origin: &Origin, wasm: u32) -> Vec<&str> {
///     let own = |line: &&Line| line.offset == Some(wasm);
///     origin.ir.iter().filter(own).map(|line| line.text.trim()).collect()
/// }
/// let wat = b"(module (func (param i32) (result i32) (i32.mul (local.get 0) (local.get 0))))";
/// let explained = explain(wat, &Default::default(), &|_, _| {})?;
/// let function = &explained.functions[0];
/// let operators = explained.operators(function);
/// assert!(operators.iter().any(|operator| lines(&function.origin, *operator) == ["v1 = i32_mul v0, v0"]));
/// # Ok::<(), hardtack_compiler::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The optimised IR.
    pub ir: Vec<Line>,
    /// Operators that became part of another's instruction: their wasm offset, and the one that the instruction has (or that
    /// became part of a further one in turn).
    pub absorbed: Vec<(u32, u32)>,
}

impl Origin {
    pub(crate) fn new(function: &Function, selected: &Selected) -> Origin {
        let mut absorbed: Vec<(u32, u32)> =
            selected.absorbed.iter().copied().filter(|(own, other)| own != other).collect();
        absorbed.sort_unstable();
        absorbed.dedup();
        Origin { ir: function.listing(), absorbed }
    }
}

/// A function that a module defines.
///
/// ```
/// use hardtack_compiler::explain::{ExplainedFunction, explain};
///
/// /// The operator that a unit of a function's code came from.
/// fn operator(function: &ExplainedFunction, unit: u32) -> Option<u32> {
///     let after = function.map.partition_point(|(from, _)| *from <= unit);
///     Some(function.map[after.checked_sub(1)?].1)
/// }
/// let wat = b"(module (func (param i32) (result i32) (i32.div_u (i32.const 7) (local.get 0))))";
/// let function = &explain(wat, &Default::default(), &|_, _| {})?.functions[0];
/// assert!(function.body.contains(&(operator(function, 0).unwrap() as usize)));
/// # Ok::<(), hardtack_compiler::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainedFunction {
    /// Its index, imported functions first.
    pub index: u32,
    /// Where its body lies in the WebAssembly file, in bytes.
    pub body: Range<usize>,
    /// What its code was made from.
    pub origin: Origin,
    /// For each instruction that came from the input, its unit from the function's first on, and the wasm offset; ascending.
    pub map: Vec<(u32, u32)>,
}

/// A module with what it was made from.
///
/// ```
/// use hardtack_compiler::{compile, explain::explain};
///
/// let wat = b"(module (func (export \"answer\") (result i32) i32.const 42))";
/// let explained = explain(wat, &Default::default(), &|_, _| {})?;
/// assert_eq!(explained.tack, compile(wat, &Default::default())?);
/// assert!(explained.functions[0].origin.ir.iter().any(|line| line.text.contains("const 42")));
/// # Ok::<(), hardtack_compiler::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Explained {
    /// The module as binary WebAssembly; wasm offsets are offsets in it.
    pub wasm: Vec<u8>,
    /// The bytes of the `.tack` file: the same as [`crate::compile`] gives.
    pub tack: Vec<u8>,
    /// Its symbols.
    pub symbols: Symbols<'static>,
    /// The functions that the module defines, in order.
    pub functions: Vec<ExplainedFunction>,
}

impl Explained {
    /// Wasm offsets of a function's operators, ascending, but for those that only give structure (`block`, `end`, …).
    pub fn operators(&self, function: &ExplainedFunction) -> Vec<u32> {
        frontend::operators(&self.wasm, function.body.clone())
    }
}

/// Compiles a module and keeps what each function was made from.
///
/// # Errors
/// As for [`crate::compile`].
pub fn explain(input: &[u8], options: &Options, progress: &(dyn Fn(usize, usize) + Sync)) -> Result<Explained, Error> {
    build(input, options, progress, Keep::Origin, |wasm, module, code, tack| {
        let header = tack.first_chunk().map(Header::read).expect("what was just written has a header");
        let functions = code
            .iter()
            .zip(&module.bodies)
            .enumerate()
            .map(|(own, (code, body))| ExplainedFunction {
                index: module.imported_funcs + own as u32,
                body: body.clone(),
                origin: code.origin.clone().expect("it was asked for"),
                map: code.map.clone(),
            })
            .collect();
        let symbols = symbols::symbols(module, code, &frontend::debug_info(wasm), header.build_id);
        Explained { wasm: wasm.to_vec(), tack, symbols, functions }
    })
}
