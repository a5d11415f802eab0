//! The command line of Hardtack: one file per subcommand.
#![forbid(unsafe_code)]

mod compile;
mod completions;
mod counts;
mod diff;
mod dump;
mod exit;
mod explore;
mod input;
mod keygen;
mod keys;
mod man;
mod names;
mod origin;
mod profile;
mod progress;
mod run;
mod sign;
mod size;
mod stats;
mod symbolize;
mod symbols;
mod tailor;
mod verify;

use clap::{Parser, Subcommand};

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

fn main() {
    let result = match Cli::parse().command {
        Command::Compile(command) => command.execute(),
        Command::Run(command) => command.execute(),
        Command::Verify(command) => command.execute(),
        Command::Dump(command) => command.execute(),
        Command::Diff(command) => command.execute(),
        Command::Size(command) => command.execute(),
        Command::Keygen(command) => command.execute(),
        Command::Sign(command) => command.execute(),
        Command::Completions(command) => command.execute(),
        Command::Man(command) => command.execute(),
        Command::Symbolize(command) => command.execute(),
        Command::Stats(command) => command.execute(),
        Command::Profile(command) => command.execute(),
        Command::Tailor(command) => command.execute(),
        Command::Explore(command) => command.execute(),
    };
    exit::with(result)
}
