//! `hardtack tailor`: an instruction set for an application's own modules.

use crate::compile::CompileOptions;
use crate::exit::{SUCCESS, Usage};
use crate::input::{Input, Output, is_tack};
use crate::runner::Runner;
use anyhow::{Context, Result, bail};
use clap::{Args, ValueHint};
use hardtack_compiler::isa::profile::Profile;
use hardtack_compiler::isa::tailor::{Budget, Options, tailor};
use hardtack_format::module::ShownId;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  hardtack tailor app.wasm -o app.isa                          200 instructions, by the loops in the code
  hardtack stats app.wasm --record app.profile -- in.txt       records what a run executes
  hardtack tailor app.wasm --profile app.profile -o app.isa    by that record
  hardtack tailor a.wasm b.wasm --budget 24 -o app.isa         for two modules, in 24 KiB of handlers
  hardtack compile app.wasm --isa app.isa                      bakes a file that uses them
  hardtack tailor app.wasm -o app.isa --runner runner          a project, too, whose binary runs such files
  hardtack tailor --isa app.isa --runner runner                such a project for a set that is there

The set is Rust as well as text: `hardtack_vm::isa!(APP = \"app.isa\")` in the application makes the VM's part of it.";

/// Find instructions for an application's own modules, and write them as an instruction set
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Tailor {
    /// Modules to find them for: WebAssembly (binary or text), or .tack files compiled without --isa
    #[arg(value_name = "FILE", required_unless_present = "isa", value_hint = ValueHint::FilePath)]
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

    /// Where to write the set; standard output by default, unless there is a --runner, which has it
    #[arg(short, long, value_name = "OUT", value_hint = ValueHint::FilePath)]
    output: Option<Output>,

    /// Write a cargo project as well: this command line on a VM that has the set, for benchmarks and CI. DIR is new, empty, or
    /// such a project already. Without files, for the set named by --isa
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    runner: Option<PathBuf>,

    #[command(flatten)]
    options: CompileOptions,
}

impl Tailor {
    /// Does it.
    pub fn execute(self) -> Result<i32> {
        // Before anything takes time.
        let runner = self.runner.as_deref().map(Runner::new).transpose()?;
        if let Some(file) = self.options.set_file() {
            let Some(runner) = runner.filter(|_| self.inputs.is_empty()) else {
                bail!(Usage(
                    "an instruction set is found in what is compiled without one: leave out --isa; or the files, for a --runner of that set".into()
                ));
            };
            let text = std::fs::read_to_string(&file.path).with_context(|| file.path.display().to_string())?;
            return self.runner_for(&runner, &text);
        }
        let options = self.options.get();
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
        if let Some((path, profile)) = self.profile.as_ref().zip(profile.as_ref()) {
            known(path, profile, &files)?;
        }
        let inputs: Vec<_> =
            files.iter().map(|(name, tack)| hardtack_compiler::isa::tailor::Input { name, tack }).collect();
        let budget = self.budget.map_or(Budget::Rows(self.rows), |kib| Budget::Bytes(kib << 10));
        let choice = Options { budget, profile: profile.as_ref(), common: self.common, prune: self.prune };
        let found = tailor(&inputs, &choice)?;
        match (&self.output, &runner) {
            (Some(output), _) => output.write(found.text.as_bytes())?,
            (None, None) => Output::Stdout.write(found.text.as_bytes())?,
            (None, Some(_)) => {}
        }
        eprintln!("{} instructions, about {} bytes of handlers", found.rows, found.bytes);
        for ((name, _), remain) in files.iter().zip(&found.remain) {
            eprintln!("{:>6.1} % of the dispatches of {name} are expected to remain", remain * 100.0);
        }
        match runner {
            Some(runner) => self.runner_for(&runner, &found.text),
            None => Ok(SUCCESS),
        }
    }

    /// Writes a runner, and says what it is good for.
    fn runner_for(&self, runner: &Runner<'_>, set: &str) -> Result<i32> {
        runner.write(set)?;
        if let Some(dir) = &self.runner {
            eprintln!("`cargo build --release` in {} makes a hardtack-runner for files of this set", dir.display());
        }
        Ok(SUCCESS)
    }
}

/// Says which files a profile doesn't know; fails if it knows none.
fn known(path: &Path, profile: &Profile, files: &[(String, Vec<u8>)]) -> Result<()> {
    let path = path.display();
    let mut unknown = vec![];
    for (name, tack) in files {
        let build = crate::sets::parse(tack).with_context(|| name.clone())?.header.build_id;
        if profile.counts(build).is_none() {
            unknown.push(format!("{path} knows no run of {name} (build {})", ShownId(build)));
        }
    }
    if unknown.len() == files.len() {
        let record = "record it with `hardtack stats --record`, compiled with the same options";
        bail!("{}: {record}", unknown.join("; "));
    }
    for unknown in unknown {
        eprintln!("{unknown}: that file is judged by its loops");
    }
    Ok(())
}
