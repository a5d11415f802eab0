//! Optimisation: one pass a file, run in the order that stands in [`optimise`].
//!
//! A pass takes a function that [`crate::ir::check`] accepts and leaves one. None calls another, and none
//! relies on what another found out: what they share is the function.

mod branches;
mod dce;
mod gvn;
mod params;
mod simplify;
mod steps;
#[cfg(test)]
mod tests;
mod unroll;

use crate::ir::{Function, Module};

/// Which passes run; all do by default.
///
/// ```
/// use hardtack_compiler::{Options, compile, opt};
///
/// let wat = b"(module (func (export \"two\") (result i32) (i32.add (i32.const 1) (i32.const 1))))";
/// let unfolded = Options { passes: opt::Options { simplify: false, ..opt::Options::default() }, ..Options::default() };
/// assert!(compile(wat, &unfolded)?.len() > compile(wat, &Options::default())?.len());
/// # Ok::<(), hardtack_compiler::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Removes block parameters that always have the same value.
    pub params: bool,
    /// Folds constants and simplifies operators by algebra.
    pub simplify: bool,
    /// Folds decided branches, threads jumps, merges blocks.
    pub branches: bool,
    /// Reuses values that have been computed, loaded or stored before.
    pub gvn: bool,
    /// Steps what loops step as late as possible.
    pub steps: bool,
    /// Repeats short loops.
    pub unroll: bool,
    /// Removes what nothing needs.
    pub dce: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { params: true, simplify: true, branches: true, gvn: true, steps: true, unroll: true, dce: true }
    }
}

impl Options {
    /// No pass at all.
    pub const NONE: Options = Options {
        params: false,
        simplify: false,
        branches: false,
        gvn: false,
        steps: false,
        unroll: false,
        dce: false,
    };

    /// The passes of a level, as `hardtack compile -O` has them: 0 none, 1 what is cheap, [`LEVELS`](Self::LEVELS) and more all.
    ///
    /// ```
    /// use hardtack_compiler::opt::Options;
    ///
    /// assert_eq!(Options::level(0), Options::NONE);
    /// assert!(!Options::level(1).gvn && Options::level(1).simplify);
    /// assert_eq!(Options::level(Options::LEVELS), Options::default());
    /// ```
    pub fn level(level: u8) -> Options {
        match level {
            0 => Options::NONE,
            1 => Options { gvn: false, ..Options::default() },
            _ => Options::default(),
        }
    }

    /// The highest level.
    pub const LEVELS: u8 = 2;
}

/// Optimises a function.
pub(crate) fn optimise(f: &mut Function, module: &Module, options: &Options) {
    let mut pass = |name: &str, enabled: bool, run: &dyn Fn(&mut Function)| {
        if !enabled {
            return;
        }
        run(f);
        if cfg!(debug_assertions)
            && let Err(problem) = crate::ir::check::check(f, module)
        {
            panic!("after {name}: {problem}\n{f}");
        }
    };
    pass("params", options.params, &params::run);
    pass("simplify", options.simplify, &simplify::run);
    pass("branches", options.branches, &branches::run);
    pass("gvn", options.gvn, &|f| gvn::run(f, module));
    pass("steps", options.steps, &steps::run);
    pass("unroll", options.unroll, &unroll::run);
    pass("dce", options.dce, &dce::run);
    pass("branches", options.branches, &branches::run);
}
