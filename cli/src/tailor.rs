//! `hardtack tailor`: an instruction set for an application's own modules.

use crate::compile::CompileOptions;
use crate::exit::{SUCCESS, Usage};
use crate::input::{Input, Output, is_tack};
use anyhow::{Context, Result, bail};
use clap::{Args, ValueHint};
use hardtack_compiler::isa::profile::Profile;
use hardtack_compiler::isa::tailor::{Budget, Options, tailor};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  hardtack tailor app.wasm -o app.isa                          200 instructions, by the loops in the code
  hardtack stats app.wasm --record app.profile -- in.txt       records what a run executes
  hardtack tailor app.wasm --profile app.profile -o app.isa    by that record
  hardtack tailor a.wasm b.wasm --budget 24 -o app.isa         for two modules, in 24 KiB of handlers
  hardtack compile app.wasm --isa app.isa                      bakes a file that uses them

The set is Rust as well as text: `hardtack_vm::isa!(APP = \"app.isa\")` in the application makes the VM's part of it.";

/// Find instructions for an application's own modules, and write them as an instruction set
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Tailor {
    /// Modules to find them for: WebAssembly (binary or text), or .tack files compiled without --isa
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
    inputs: Vec<Input>,

    /// Judge by what runs executed, as `hardtack stats --record` wrote it, not by the loops in the code
    #[arg(long, value_name = "PROFILE", value_hint = ValueHint::FilePath)]
    profile: Option<PathBuf>,

    /// At most this many instructions
    #[arg(long, value_name = "N", default_value_t = 200, conflicts_with = "budget")]
    rows: usize,

    /// At most this much VM code, in KiB, as estimated for a 64-bit host
    #[arg(long, value_name = "KIB")]
    budget: Option<usize>,

    /// Only instructions that at least this many of the modules gain by: for a set that is to serve further modules as well
    #[arg(long, value_name = "N", default_value_t = 1)]
    common: usize,

    /// Leave out the fused standard instructions that these modules don't use
    #[arg(long)]
    prune: bool,

    /// Where to write the set
    #[arg(short, long, value_name = "OUT", default_value = "-")]
    output: Output,

    #[command(flatten)]
    options: CompileOptions,
}

impl Tailor {
    /// Does it.
    pub fn execute(self) -> Result<i32> {
        let options = self.options.get();
        if options.isa.is_some() {
            bail!(Usage("an instruction set is found in what is compiled without one: leave out --isa".into()));
        }
        let profile = self.profile.as_ref().map(|path| {
            let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
            Profile::parse(&text).with_context(|| path.display().to_string())
        });
        let profile = profile.transpose()?;
        let files = self
            .inputs
            .iter()
            .map(|input| {
                let bytes = input.read()?;
                let tack = if is_tack(&bytes) { bytes } else { input.compile(&bytes, &options)? };
                Ok((input.to_string(), tack))
            })
            .collect::<Result<Vec<(String, Vec<u8>)>>>()?;
        let inputs: Vec<_> =
            files.iter().map(|(name, tack)| hardtack_compiler::isa::tailor::Input { name, tack }).collect();
        let budget = self.budget.map_or(Budget::Rows(self.rows), |kib| Budget::Bytes(kib << 10));
        let choice = Options { budget, profile: profile.as_ref(), common: self.common, prune: self.prune };
        let found = tailor(&inputs, &choice)?;
        self.output.write(found.text.as_bytes())?;
        eprintln!("{} instructions, about {} bytes of handlers", found.rows, found.bytes);
        for ((name, _), remain) in files.iter().zip(&found.remain) {
            eprintln!("{:>6.1} % of the dispatches of {name} are expected to remain", remain * 100.0);
        }
        Ok(SUCCESS)
    }
}
