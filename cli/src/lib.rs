//! The command line of Hardtack: one file per subcommand.
//!
//! It is a library so that a program can be the whole command line with an application's own instructions built in: what
//! `hardtack tailor --runner` writes is such a program.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod compile;
mod completions;
mod counts;
mod diff;
mod dump;
mod exit;
mod explore;
mod fit;
mod input;
mod keygen;
mod keys;
mod man;
mod names;
mod origin;
mod profile;
mod progress;
mod run;
mod runner;
mod sets;
mod sign;
mod size;
mod stats;
mod symbolize;
mod symbols;
mod tailor;
mod types;
mod verify;

use clap::{Parser, Subcommand};
use hardtack_vm::InstructionSet;
use sets::Sets;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  hardtack run app.wasm                      compile in memory and run
  hardtack compile app.wasm                  bake app.tack
  hardtack run app.tack --dir data -- x y    run it in the directory data, with arguments x and y
  hardtack verify app.tack                   check that it is safe to load
  hardtack dump app.tack --func main         look at the code of a function
  hardtack diff old.wasm new.wasm            see what a change of the program changes in its code
  hardtack size app.tack                     see where the bytes go
  hardtack explore app.wasm                  see what became of each function, in a browser
  hardtack stats app.wasm                    see what its time goes to
  hardtack tailor app.wasm -o app.isa        find instructions for its own VM
  hardtack keygen release                    make a pair of keys
  hardtack sign app.tack --key release.key   sign with it

FILE may be `-`, standard input, and what is written may go to `-`, standard output. Each subcommand has examples of its own: \
`hardtack help run`.

Exit codes:
  0    done
  1    failed: the input is wrong, or the system said no; for `diff`, the files differ
  2    wrong usage; for `diff`, any failure
  134  the guest trapped, or ran out of fuel or time
  `run` exits with the guest's own code otherwise.

Environment:
  NO_COLOR=1            no colours on terminals; CLICOLOR_FORCE=1: colours everywhere
  RAYON_NUM_THREADS=N   compile with at most N threads; the result is the same with any number";

/// Bakes WebAssembly ahead of time into small, verified .tack files, and runs them.
#[derive(Parser)]
#[command(name = "hardtack", version, after_help = EXAMPLES, propagate_version = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// In the order in which `--help` lists them.
#[derive(Subcommand)]
enum Command {
    Compile(compile::Compile),
    Run(Box<run::Run>),
    Verify(verify::Verify),
    Dump(dump::Dump),
    Diff(diff::Diff),
    Size(size::Size),
    Keygen(keygen::Keygen),
    Sign(sign::Sign),
    Completions(completions::Completions),
    Man(man::Man),
    Symbolize(symbolize::Symbolize),
    Stats(Box<stats::Stats>),
    Profile(Box<profile::Profile>),
    Tailor(tailor::Tailor),
    Explore(explore::Explore),
}

/// Does what the process's arguments say, as `hardtack` does, on a VM that has these instruction sets beside the standard one.
///
/// Give what it returns to the system; exit codes that the system can't be given that way end the process here.
///
/// ```no_run
/// use hardtack_vm::InstructionSet;
/// use std::process::ExitCode;
///
/// // In a program: `hardtack_vm::isa!(APP = "app.isa");` and `main_with(&[&APP])`.
/// fn main_of_a_runner(app: &'static InstructionSet) -> ExitCode {
///     hardtack_cli::main_with(&[app])
/// }
/// ```
pub fn main_with(sets: &[&'static InstructionSet]) -> ExitCode {
    let sets = Sets::new(sets);
    exit::with(match Cli::parse().command {
        Command::Compile(command) => command.execute(),
        Command::Run(command) => command.execute(sets),
        Command::Verify(command) => command.execute(sets),
        Command::Dump(command) => command.execute(sets),
        Command::Diff(command) => command.execute(sets),
        Command::Size(command) => command.execute(sets),
        Command::Keygen(command) => command.execute(),
        Command::Sign(command) => command.execute(sets),
        Command::Completions(command) => command.execute(),
        Command::Man(command) => command.execute(),
        Command::Symbolize(command) => command.execute(),
        Command::Stats(command) => command.execute(sets),
        Command::Profile(command) => command.execute(sets),
        Command::Tailor(command) => command.execute(),
        Command::Explore(command) => command.execute(),
    })
}
