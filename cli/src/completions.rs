//! `hardtack completions`: scripts by which shells complete command lines.

use crate::Cli;
use crate::exit::SUCCESS;
use crate::input::Output;
use anyhow::Result;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

const EXAMPLES: &str = "\
Examples:
  hardtack completions bash > ~/.local/share/bash-completion/completions/hardtack
  hardtack completions zsh > ~/.zfunc/_hardtack        with fpath+=~/.zfunc before compinit
  hardtack completions fish > ~/.config/fish/completions/hardtack.fish
  hardtack completions powershell >> $PROFILE";

/// Print a script that makes a shell complete command lines
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    /// Does it.
    pub fn execute(self) -> Result<i32> {
        let mut command = Cli::command();
        let name = command.get_name().to_string();
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, name, &mut script);
        Output::Stdout.write(&script)?;
        Ok(SUCCESS)
    }
}
