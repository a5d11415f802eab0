//! `hardtack diff`: what changed between two files, function by function.

mod declarations;
mod listing;
mod matching;
mod report;

use crate::compile::CompileOptions;
use crate::exit::{SUCCESS, USAGE, Usage, report as complain};
use crate::input::{Input, is_tack};
use crate::sets::Sets;
use anyhow::{Context, Result, bail};
use clap::{Args, ValueHint};
use listing::Side;
use matching::Pairs;
use std::io::{BufWriter, Error, ErrorKind, Write};

/// The files differ.
const DIFFERENT: i32 = 1;
/// They could not be compared. Not the same as for other subcommands, since 1 has a meaning here.
const TROUBLE: i32 = USAGE;

const EXAMPLES: &str = "\
Examples:
  hardtack diff old.tack new.tack             a summary, then what changed in each function
  hardtack diff old.wasm new.wasm --stat      the summary alone
  hardtack diff old.wasm new.wasm --func fib  only this function
  hardtack diff -O0 app.wasm app.tack         WebAssembly is compiled first, with the options given
  git show HEAD:app.wasm | hardtack diff - app.wasm

Functions are matched by name, then by content; those without names that changed by their place among the others and by likeness. \
What moved or was renamed and is the same otherwise is no change. Calls show names, so that a function that is added changes none \
of its callers. Labels of B are named as in A where they stand for the same place.

Exit codes: 0 the same code and declarations; 1 they differ; 2 they could not be compared. Debug information and signatures don't count.";

/// Compare two files function by function
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Diff {
    /// WebAssembly or .tack; `-` is standard input
    #[arg(value_name = "A", value_hint = ValueHint::FilePath)]
    a: Input,

    /// What A is compared with
    #[arg(value_name = "B", value_hint = ValueHint::FilePath)]
    b: Input,

    /// Only the summary
    #[arg(long)]
    stat: bool,

    /// Only the function with this name, or this index in one of the files (imported ones count)
    #[arg(long, value_name = "N|NAME")]
    func: Option<crate::names::FuncArg>,

    /// Lines of context around a change
    #[arg(short = 'U', long, value_name = "LINES", default_value_t = 3)]
    unified: usize,

    #[command(flatten)]
    options: CompileOptions,
}

impl Diff {
    /// Does it.
    pub fn execute(self, sets: Sets<'_>) -> Result<i32> {
        match self.compare(sets) {
            Ok(code) => Ok(code),
            // Whoever reads the output has had enough: the others' way of ending will do.
            Err(error) if error.downcast_ref().is_some_and(|e: &Error| e.kind() == ErrorKind::BrokenPipe) => Err(error),
            Err(error) => {
                complain("error", &format!("{error:#}"));
                Ok(TROUBLE)
            }
        }
    }

    fn compare(&self, sets: Sets<'_>) -> Result<i32> {
        if self.a == Input::Stdin && self.b == Input::Stdin {
            bail!(Usage("only one of the files can be standard input".into()));
        }
        let (a, b) = (self.read(&self.a)?, self.read(&self.b)?);
        let side = |input: &Input, tack: &[u8]| {
            let isa = self.options.get().isa;
            Side::new(input.to_string(), tack, sets, isa).with_context(|| input.to_string())
        };
        let (a, b) = (side(&self.a, &a)?, side(&self.b, &b)?);
        let pairs = Pairs::new(&a, &b);
        let only = match &self.func {
            None => None,
            Some(func) => Some(pairs.find(&a, &b, func)?),
        };
        let compared = listing::compare(&a, &b, &pairs);
        let report = report::Report { a: &a, b: &b, compared: &compared, context: self.unified };
        let mut out = BufWriter::new(anstream::stdout().lock());
        let different = match only {
            Some(at) => {
                report.function(&compared.functions[at], &mut out)?;
                compared.functions[at].differs()
            }
            None => {
                let different = report.summary(&mut out)?;
                if !self.stat {
                    report.details(&mut out)?;
                }
                different
            }
        };
        out.flush()?;
        Ok(if different { DIFFERENT } else { SUCCESS })
    }

    /// The bytes given, and those of the `.tack` file that they are or compile to.
    fn read(&self, input: &Input) -> Result<Vec<u8>> {
        let bytes = input.read()?;
        if is_tack(&bytes) { Ok(bytes) } else { input.compile(&bytes, &self.options.get()) }
    }
}
