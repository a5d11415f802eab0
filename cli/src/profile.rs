//! `hardtack profile`: which functions a program's instructions are executed in, on whose behalf.

use crate::exit::Usage;
use crate::input::Output;
use crate::run::Program;
use crate::sets::Sets;
use crate::stats::func_name;
use crate::symbols::SymbolFile;
use anyhow::{Context, Result, bail};
use clap::Args;
use hardtack_vm::{Config, Trap};
use inferno::flamegraph::{self, Options};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write;

const EXAMPLES: &str = "\
Examples:
  hardtack profile app.wasm -- in.txt               runs the program and writes app.svg, to be opened in a browser
  hardtack profile -o flame.svg --folded stacks.txt app.wasm
  hardtack profile --every 100 lib.wasm --invoke fib 25

The functions under way are noted after every so many executed instructions, so the same run gives the same profile. Time in
host functions and within bulk memory operations doesn't count. Functions that the guest's compiler inlined
are shown as frames of their own if the module carries debug information.";

/// Run a program and draw a flame graph of it
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Profile {
    /// Where to write the flame graph (SVG); by default FILE with the extension .svg
    #[arg(short, long, value_name = "OUT")]
    output: Option<Output>,

    /// Write the stacks too, folded: a line for each stack, functions from the outside in, and how often it was found
    #[arg(long, value_name = "OUT")]
    folded: Option<Output>,

    /// Executed instructions from one sample to the next
    #[arg(long, value_name = "N", default_value_t = 997, value_parser = clap::value_parser!(u64).range(1..))]
    every: u64,

    /// Functions in the summary
    #[arg(long, value_name = "N", default_value_t = 10)]
    top: usize,

    #[command(flatten)]
    program: Program,
}

impl Profile {
    /// Does it.
    pub fn execute(self, sets: Sets<'_>) -> Result<i32> {
        let output = match (&self.output, self.program.input().path()) {
            (Some(output), _) => output.clone(),
            (None, Some(path)) => Output::File(path.with_extension("svg")),
            (None, None) => {
                bail!(Usage("a program from standard input has no name: name the flame graph with -o".into()))
            }
        };
        let mut config = Config::default();
        config.count_instructions(true).sample_every(self.every);
        let ran = self.program.run_counting(&config, sets)?;
        let symbols = ran.symbols.as_ref().map(SymbolFile::get).transpose()?.unwrap_or_default();

        let mut stacks: BTreeMap<Vec<String>, u64> = BTreeMap::new();
        for (frames, count) in &ran.samples {
            let mut stack = vec![];
            for frame in frames {
                for shown in symbols.frames(frame.function(), frame.code_offset()) {
                    let index = frame.function();
                    let own = || func_name(&ran, &symbols, index).unwrap_or_else(|| format!("function {index}"));
                    let name = shown.function.map(str::to_string);
                    stack.push(clean(&name.unwrap_or_else(|| if shown.inlined { "inlined".into() } else { own() })));
                }
            }
            if frames.len() > Trap::MOST_FRAMES {
                stack.push("(more)".into());
            }
            stack.reverse();
            *stacks.entry(stack).or_default() += count;
        }
        let samples: u64 = stacks.values().sum();
        let executed: u64 = ran.counts.iter().sum();
        if samples == 0 {
            let why = format!("{executed} instructions were executed, too few for a sample every {}", self.every);
            crate::exit::report("error", &format!("{why}: try --every 1"));
            return Ok(if ran.code == 0 { crate::exit::FAILURE } else { ran.code });
        }
        let lines: Vec<String> = stacks.iter().map(|(stack, count)| format!("{} {count}", stack.join(";"))).collect();
        if let Some(folded) = &self.folded {
            folded.write((lines.join("\n") + "\n").as_bytes())?;
        }
        let mut options = Options::default();
        options.title = self.program.input().to_string();
        options.subtitle = Some(format!("{executed} instructions executed, one sample every {}", self.every));
        options.count_name = "samples".into();
        options.name_type = "Function:".into();
        // The same run gives the same picture.
        options.deterministic = true;
        let mut svg = vec![];
        flamegraph::from_lines(&mut options, lines.iter().map(String::as_str), &mut svg)
            .context("the flame graph can't be drawn")?;
        eprint!("{}", self.summary(&stacks, samples));
        output.write_for_viewer(&svg)?;
        Ok(ran.code)
    }

    /// The functions with most samples of their own.
    fn summary(&self, stacks: &BTreeMap<Vec<String>, u64>, samples: u64) -> String {
        let mut functions: HashMap<&str, (u64, u64)> = HashMap::new();
        for (stack, count) in stacks {
            if let Some(innermost) = stack.last() {
                functions.entry(innermost).or_default().0 += count;
            }
            for name in stack.iter().map(String::as_str).collect::<HashSet<&str>>() {
                functions.entry(name).or_default().1 += count;
            }
        }
        let mut functions: Vec<(&str, (u64, u64))> = functions.into_iter().collect();
        functions.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        let mut out = format!("{samples} samples\n   self   total\n");
        for (name, (own, total)) in functions.into_iter().take(self.top) {
            let percent = |part: u64| part as f64 * 100.0 / samples as f64;
            // Writing to a string can't fail.
            let _ = writeln!(out, "{:>5.1} % {:>5.1} %  {name}", percent(own), percent(total));
        }
        out
    }
}

/// A name that doesn't break the lines of folded stacks.
fn clean(name: &str) -> String {
    name.chars().map(|c| if c == ';' || c.is_control() { '_' } else { c }).collect()
}
