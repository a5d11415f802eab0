//! `hardtack symbolize`: a backtrace from a device, with names and lines.

use crate::exit::{FAILURE, SUCCESS, report};
use crate::input::Input;
use crate::symbols::SymbolFile;
use anyhow::{Context, Result};
use clap::Args;
use hardtack_format::symbols::{Symbols, report::symbolize};
use std::io::Write;

const EXAMPLES: &str = "\
Examples:
  hardtack compile app.wasm --no-names --symbols app.tacksym   when it is built; the file is kept
  hardtack symbolize report.txt --symbols app.tacksym          when a device has sent a report
  adb logcat | hardtack symbolize - --symbols a.tacksym --symbols b.tacksym

A report is any text that has the frames of a backtrace in it, as the VM's traps show them with {:?}:

    build 5d5f0c2b7d2c0e1f9a3b4c5d6e7f8091
     0: function 12 at code offset 0x1a4

The build says which of the symbol files is meant; without it there must be one only. All other lines stay as they are.

Exit codes: 0 all frames were found; 1 some belong to a build without symbols here; 2 wrong usage.";

/// Turn a device's backtrace into names, files and lines
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Symbolize {
    /// Text with a backtrace in it; `-` is standard input
    #[arg(value_name = "TRACE")]
    input: Input,

    /// Symbol files of `hardtack compile --symbols`, or .tack files with names
    #[arg(long, value_name = "FILE", required = true)]
    symbols: Vec<Input>,
}

impl Symbolize {
    /// Does it.
    pub fn execute(self) -> Result<i32> {
        let files = self.symbols.iter().map(SymbolFile::read).collect::<Result<Vec<SymbolFile>>>()?;
        let symbols = files.iter().map(SymbolFile::get).collect::<Result<Vec<Symbols<'_>>>>()?;
        let bytes = self.input.read()?;
        let done = symbolize(&String::from_utf8_lossy(&bytes), &symbols);
        let mut out = std::io::stdout().lock();
        out.write_all(done.text.as_bytes()).context("can't write to standard output")?;
        out.flush()?;
        for build in &done.missing {
            match build.as_str() {
                "unknown" => report("error", "the report doesn't say which build it is of: give one symbol file only"),
                build => report("error", &format!("no symbols of build {build}")),
            }
        }
        if done.resolved == 0 && done.unresolved == 0 {
            report("error", &format!("{} has no frames of a backtrace in it", self.input));
        }
        Ok(if done.unresolved > 0 || done.resolved == 0 { FAILURE } else { SUCCESS })
    }
}
