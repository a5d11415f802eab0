//! The command line of Hardtack: one file per subcommand.
#![forbid(unsafe_code)]

mod compile;
mod dump;
mod exit;
mod input;
mod names;
mod progress;
mod run;
mod suggest;
mod verify;

use clap::{Parser, Subcommand};

const EXAMPLES: &str = "\
Examples:
  hardtack run app.wasm                      compile in memory and run
  hardtack compile app.wasm                  bake app.tack
  hardtack run app.tack --dir data -- x y    run it in the directory data, with arguments x and y
  hardtack verify app.tack                   check that it is safe to load
  hardtack dump app.tack --func main         look at the code of a function

Exit codes:
  0 done; 1 failed; 2 wrong usage; 134 the guest trapped. `run` exits with the guest's own code.";

/// Bakes WebAssembly ahead of time into small, verified .tack files, and runs them.
#[derive(Parser)]
#[command(name = "hardtack", version, after_help = EXAMPLES, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Compile(compile::Compile),
    Run(Box<run::Run>),
    Verify(verify::Verify),
    Dump(dump::Dump),
}

fn main() {
    let result = match Cli::parse().command {
        Command::Compile(command) => command.execute(),
        Command::Run(command) => command.execute(),
        Command::Verify(command) => command.execute(),
        Command::Dump(command) => command.execute(),
    };
    exit::with(result)
}
