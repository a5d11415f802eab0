//! `hardtack man`: the manual, a page for each subcommand, from the same text as `--help`.

use crate::Cli;
use crate::exit::{SUCCESS, Usage};
use crate::input::Output;
use crate::suggest::did_you_mean;
use anyhow::{Context, Result, bail};
use clap::{Args, Command, CommandFactory, ValueHint};
use clap_mangen::Man as Page;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  hardtack man | man -l -                             reads the page of hardtack
  hardtack man run | man -l -                         that of hardtack run
  hardtack man --dir ~/.local/share/man/man1          writes all pages";

/// Print or write man pages
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Man {
    /// The subcommand whose page to print; the page of hardtack itself if there is none
    #[arg(value_name = "COMMAND", conflicts_with = "dir")]
    command: Option<String>,

    /// Write all pages into this directory instead
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    dir: Option<PathBuf>,
}

impl Man {
    /// Does it.
    pub fn execute(self) -> Result<i32> {
        // As `generate_to` has it: nobody needs a page about help.
        let mut command = Cli::command().disable_help_subcommand(true);
        // Gives subcommands their full names and the options that they inherit.
        command.build();
        match (&self.dir, &self.command) {
            (Some(dir), _) => {
                let written = std::fs::create_dir_all(dir).and_then(|()| clap_mangen::generate_to(command, dir));
                written.with_context(|| format!("can't write into {}", dir.display()))?;
            }
            (None, None) => print(&command)?,
            (None, Some(name)) => {
                let Some(found) = command.find_subcommand(name) else {
                    let hint = did_you_mean(name, command.get_subcommands().map(Command::get_name));
                    bail!(Usage(format!("there is no subcommand `{name}`{hint}")));
                };
                print(found)?;
            }
        }
        Ok(SUCCESS)
    }
}

fn print(command: &Command) -> Result<()> {
    let mut page = Vec::new();
    Page::new(command.clone()).render(&mut page)?;
    Output::Stdout.write(&page)
}
