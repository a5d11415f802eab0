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
}

/// Optimises a function.
pub fn optimise(f: &mut Function, module: &Module, options: &Options) {
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
    // What has become one value or known only now.
    pass("params", options.params, &params::run);
    pass("simplify", options.simplify, &simplify::run);
    pass("branches", options.branches, &branches::run);
    pass("gvn", options.gvn, &|f| gvn::run(f, module));
    pass("steps", options.steps, &steps::run);
    pass("unroll", options.unroll, &unroll::run);
    pass("dce", options.dce, &dce::run);
    pass("branches", options.branches, &branches::run);
}
