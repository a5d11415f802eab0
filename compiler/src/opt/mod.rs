//! Optimisation: one pass a file, run in the order that stands in [`optimise`].
//!
//! A pass takes a function that [`crate::ir::check`] accepts and leaves one. None calls another, and none
//! relies on what another found out: what they share is the function.

mod branches;
mod dce;
mod gvn;
pub(crate) mod inline;
mod offsets;
mod params;
mod simplify;
mod steps;
#[cfg(test)]
mod tests;
mod unchanged;
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
    /// Replaces calls by what they call, where that is small or called only once.
    pub inline: bool,
    /// Removes block parameters that always have the same value.
    pub params: bool,
    /// Folds constants and simplifies operators by algebra.
    pub simplify: bool,
    /// Folds decided branches, threads jumps, merges blocks.
    pub branches: bool,
    /// Reuses values that have been computed, loaded or stored before.
    pub gvn: bool,
    /// Keeps what loops step in its slot: steps it as late as possible, computes what is another parameter plus a constant from that, and
    /// passes on what is known to be the constant passed instead.
    pub steps: bool,
    /// Repeats short loops.
    pub unroll: bool,
    /// Removes what nothing needs.
    pub dce: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            inline: true,
            params: true,
            simplify: true,
            branches: true,
            gvn: true,
            steps: true,
            unroll: true,
            dce: true,
        }
    }
}

impl Options {
    /// No pass at all.
    pub const NONE: Options = Options {
        inline: false,
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
            1 => Options { inline: false, gvn: false, ..Options::default() },
            _ => Options::default(),
        }
    }

    /// The highest level.
    pub const LEVELS: u8 = 2;
}

/// Optimises a function, once what it calls has been taken in.
pub(crate) fn optimise(f: &mut Function, module: &Module, options: &Options) {
    let mut pass = Passes { f, module };
    pass.fold(options);
    pass.run("offsets", options.steps, offsets::run);
    pass.run("unchanged", options.steps, unchanged::run);
    pass.run("steps", options.steps, steps::run);
    pass.run("unroll", options.unroll, unroll::run);
    pass.run("dce", options.dce, dce::run);
    pass.run("branches", options.branches, branches::run);
}

/// Makes a function short, before it is copied into others.
pub(crate) fn prepare(f: &mut Function, module: &Module, options: &Options) {
    let mut pass = Passes { f, module };
    pass.fold(options);
    pass.run("dce", options.dce, dce::run);
}

/// Copies what a function calls into it; `callee` knows what can be.
pub(crate) fn take_in<'c>(
    f: &mut Function,
    module: &Module,
    options: &Options,
    callee: impl Fn(u32) -> Option<&'c inline::Callee>,
) {
    Passes { f, module }.run("inline", options.inline, |f| inline::run(f, callee));
}

/// Copies a function that calls itself into itself.
pub(crate) fn unfold(f: &mut Function, module: &Module, options: &Options) {
    Passes { f, module }.run("inline", options.inline, inline::unfold);
}

/// Runs passes over a function, and checks what they leave in builds with debug assertions.
struct Passes<'f> {
    f: &'f mut Function,
    module: &'f Module,
}

impl Passes<'_> {
    /// What makes a function shorter wherever it is.
    fn fold(&mut self, options: &Options) {
        let module = self.module;
        self.run("params", options.params, params::run);
        self.run("simplify", options.simplify, simplify::run);
        self.run("branches", options.branches, branches::run);
        self.run("gvn", options.gvn, |f| gvn::run(f, module));
    }

    fn run(&mut self, name: &str, enabled: bool, run: impl FnOnce(&mut Function)) {
        if !enabled {
            return;
        }
        run(self.f);
        if cfg!(debug_assertions)
            && let Err(problem) = crate::ir::check::check(self.f, self.module)
        {
            panic!("after {name}: {problem}\n{}", self.f);
        }
    }
}
