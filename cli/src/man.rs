//! `hardtack man`: the manual, a page for each subcommand, from the same text as `--help`.

use crate::Cli;
use crate::exit::{SUCCESS, Usage};
use crate::input::Output;
use anyhow::{Context, Result, bail};
use clap::{Args, Command, CommandFactory, ValueHint};
use clap_mangen::Man as Page;
use hardtack_vm::suggest::did_you_mean;
use std::iter;
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
        // Nobody needs a page about help.
        let mut command = Cli::command().disable_help_subcommand(true);
        // Gives subcommands their full names and the options that they inherit.
        command.build();
        match (&self.dir, &self.command) {
            (Some(dir), _) => {
                std::fs::create_dir_all(dir).with_context(|| format!("can't create {}", dir.display()))?;
                for command in iter::once(&command).chain(command.get_subcommands()) {
                    let name = Page::new(command.clone()).get_filename();
                    Output::File(dir.join(name)).write(&page(command)?)?;
                }
            }
            (None, None) => Output::Stdout.write(&page(&command)?)?,
            (None, Some(name)) => {
                let Some(found) = command.find_subcommand(name) else {
                    let hint = did_you_mean(name, command.get_subcommands().map(Command::get_name));
                    bail!(Usage(format!("there is no subcommand `{name}`{hint}")));
                };
                Output::Stdout.write(&page(found)?)?;
            }
        }
        Ok(SUCCESS)
    }
}

/// The page of a subcommand: the parts that are the same for every command line, then what stands after its help.
fn page(command: &Command) -> Result<Vec<u8>> {
    let page = Page::new(command.clone());
    let mut out = Vec::new();
    page.render_title(&mut out)?;
    page.render_name_section(&mut out)?;
    page.render_synopsis_section(&mut out)?;
    page.render_description_section(&mut out)?;
    page.render_options_section(&mut out)?;
    if command.has_subcommands() {
        page.render_subcommands_section(&mut out)?;
    }
    let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    out.extend(notes(&after).into_bytes());
    page.render_version_section(&mut out)?;
    Ok(out)
}

/// Text with headings, examples (which are indented, and stay as they are) and paragraphs (which are filled), for the page.
fn notes(text: &str) -> String {
    let mut out = String::new();
    let mut verbatim = false;
    for line in text.lines() {
        let indented = line.starts_with("  ");
        if indented != verbatim {
            out.push_str(if indented { ".nf\n" } else { ".fi\n" });
            verbatim = indented;
        }
        match line.strip_suffix(':') {
            Some(heading) if !indented => out.push_str(&format!(".SH {}\n", heading.to_uppercase())),
            _ if line.is_empty() => out.push_str(".PP\n"),
            _ => {
                // What begins with a dot or a quotation mark would be a request.
                let guard = if line.starts_with(['.', '\'']) { "\\&" } else { "" };
                out.push_str(&format!("{guard}{}\n", line.replace('\\', "\\e").replace('-', "\\-")));
            }
        }
    }
    if verbatim { out + ".fi\n" } else { out }
}
