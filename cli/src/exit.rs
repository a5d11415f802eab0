//! How the program ends: exit codes, and errors on standard error.

use anstyle::{AnsiColor, Style};
use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

/// Done.
pub const SUCCESS: i32 = 0;
/// It didn't work: the input is wrong, or the system said no. For `diff`: the files differ.
pub const FAILURE: i32 = 1;
/// The command line is wrong. The same as clap's own.
pub const USAGE: i32 = 2;
/// The guest trapped: what a shell reports of a process that aborted.
pub const TRAP: i32 = 134;

/// A mistake in the command line that shows only when the file is known.
#[derive(Debug)]
pub struct Usage(pub String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// A subcommand's exit code, or that of its error, which it reports.
pub fn with(result: anyhow::Result<i32>) -> ExitCode {
    let code = match result {
        Ok(code) => code,
        Err(error) => {
            // Whoever read our output has had enough: not worth a word.
            if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
                return code_of(FAILURE);
            }
            report("error", &format!("{error:#}"));
            if error.downcast_ref::<Usage>().is_some() { USAGE } else { FAILURE }
        }
    };
    code_of(code)
}

/// What the system is given. Guests may have larger ones, which some systems know.
fn code_of(code: i32) -> ExitCode {
    match u8::try_from(code) {
        Ok(code) => code.into(),
        Err(_) => std::process::exit(code),
    }
}

/// Writes a message to standard error, its kind in colour on a terminal.
pub fn report(kind: &str, message: &str) {
    const KIND: Style = AnsiColor::Red.on_default().bold();
    // There is nowhere left to complain about standard error.
    let _ = writeln!(anstream::stderr(), "{KIND}{kind}:{KIND:#} {message}");
}
