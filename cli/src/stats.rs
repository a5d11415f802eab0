//! `hardtack stats`: what a program's time goes to, in executed instructions.

use crate::counts::{Counts, Executed};
use crate::fit::Fit;
use crate::input::Output;
use crate::run::{Program, Ran};
use crate::sets::Sets;
use crate::symbols::SymbolFile;
use anyhow::{Context, Result, bail};
use clap::Args;
use hardtack_compiler::isa::InstructionSet;
use hardtack_compiler::isa::profile::Profile;
use hardtack_compiler::symbols::demangle;
use hardtack_format::isa::{Flow, Isa};
use hardtack_format::symbols::Symbols;
use hardtack_vm::Config;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  hardtack stats app.wasm -- in.txt              runs the program, then reports
  hardtack stats --top 30 lib.wasm --invoke fib 25
  hardtack stats --json -o stats.json app.tack   as JSON, apart from what the program prints

The program runs in the VM's counting mode, one instruction at a time: several times slower, with the same handlers. `hardtack
run` is the same VM with the counting left out, and isn't slowed by it. Counts depend on program and input alone.

Of a program that was compiled with --isa, on a VM that has the set, it also says how well the set fits: how many of the executed \
instructions are the set's, and which part remains of the dispatches that the program would have needed without it. Given as \
WebAssembly, the program is compiled without the set too, and a new set found for this very run, for comparison; and what \
--record writes is of the program without the set.

An executed instruction is one dispatch. Sequences are instructions that follow one another within a block, so fusing
them saves a dispatch each time. How often conditional branches are taken is inferred from the counts around them.";

/// Why there is no profile of a tailored program.
const NOT_RECORDED: &str = "a profile is of programs as they are without --isa, and this one's can't be told: \
    give it as WebAssembly, or record it without --isa";

/// Run a program and report executed instructions, hot sequences, functions and loops
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Stats {
    /// One line of JSON rather than tables
    #[arg(long)]
    json: bool,

    /// Where to write the report; standard output by default, after what the program writes
    #[arg(short, long, value_name = "OUT", default_value = "-")]
    output: Output,

    /// Add what was executed how often to this profile, for `hardtack tailor`; it is made if it isn't there
    #[arg(long, value_name = "PROFILE", value_hint = clap::ValueHint::FilePath)]
    record: Option<PathBuf>,

    /// Entries of each list
    #[arg(long, value_name = "N", default_value_t = 15)]
    top: usize,

    /// Tell instructions apart by where their operands lie
    #[arg(long)]
    modes: bool,

    #[command(flatten)]
    program: Program,
}

impl Stats {
    /// Does it.
    pub fn execute(self, sets: Sets<'_>) -> Result<i32> {
        let mut config = Config::default();
        config.count_instructions(true);
        // Before the program runs, so that a mistake has no effects.
        let profile = self.record.as_deref().map(recorded).transpose()?;
        let ran = self.program.run_counting(&config, sets)?;
        let counts = Counts::new(ran.isa, ran.module.code(), ran.ends.iter().copied(), &ran.counts);
        let set = self.program.options().isa.filter(|set| set.identity() == ran.isa.own.identity);
        let fit = match set {
            Some(set) => Some((set, Fit::new(set, &self.program, &ran, &counts)?)),
            None => None,
        };
        let mut recorded = true;
        if let (Some(path), Some(mut profile)) = (&self.record, profile) {
            match &fit {
                None => profile.add(ran.module.build_id(), &ran.counts),
                Some((_, Fit { without: Some(without), .. })) => without.add_to(&mut profile),
                Some(_) => recorded = false,
            }
            std::fs::write(path, profile.to_string()).with_context(|| path.display().to_string())?;
        }
        let mut report = self.report(&ran, &counts)?;
        report["isa"] = match &fit {
            None => Value::Null,
            Some((set, fit)) => self.fit(*set, fit, counts.executed())?,
        };
        let text = if self.json { format!("{report}\n") } else { text(&report) };
        self.output.write(text.as_bytes())?;
        if !recorded {
            bail!("{}: {NOT_RECORDED}", self.program.input());
        }
        Ok(ran.code)
    }

    /// What there is to say of the set that the program was compiled for.
    fn fit(&self, set: InstructionSet, fit: &Fit, executed: u64) -> Result<Value> {
        let name = self.program.input().to_string();
        let new = fit.without.as_ref().map(|without| without.remain(&name, set.len())).transpose()?;
        Ok(json!({
            "identity": format!("{:032x}", set.identity()),
            "instructions": set.len(),
            "used": fit.used,
            "executed": fit.own,
            "share": share(fit.own, executed),
            "standard": fit.standard,
            "standard_is_bound": fit.at_most,
            "remain": share(executed, fit.standard),
            "remain_with_new": new.map(|part| (part * 1e4).round() / 100.0),
        }))
    }

    fn name(&self, isa: &Isa, executed: &Executed<'_>) -> String {
        match self.modes {
            true => isa.name(executed.decoded.opcode).unwrap_or_default(),
            false => executed.decoded.row.name.to_string(),
        }
    }

    fn report(&self, ran: &Ran, counts: &Counts<'_>) -> Result<Value> {
        let symbols = ran.symbols.as_ref().map(SymbolFile::get).transpose()?.unwrap_or_default();
        let all = counts.executed();
        let total = |keep: &dyn Fn(&Executed<'_>) -> bool| -> u64 {
            counts.instructions.iter().filter(|e| keep(e)).map(|e| e.count).sum()
        };
        let branches = total(&|e| e.decoded.targets().next().is_some());
        let taken = counts.instructions.iter().filter_map(|e| e.taken).sum::<u64>();
        let untold = total(&|e| e.taken.is_none());
        let operators = ran.explained.as_ref().map(|explained| counts.operators(explained));

        let mut opcodes: HashMap<String, u64> = HashMap::new();
        for executed in counts.instructions.iter().filter(|e| e.count > 0) {
            *opcodes.entry(self.name(ran.isa, executed)).or_default() += executed.count;
        }
        let mut opcodes: Vec<(String, u64)> = opcodes.into_iter().collect();
        opcodes.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let kinds = opcodes.len();
        let list = |entries: Vec<(String, u64)>| -> Vec<Value> {
            let entries = entries.into_iter().take(self.top);
            entries.map(|(name, count)| json!({ "name": name, "count": count, "share": share(count, all) })).collect()
        };
        let [two, three, four] = counts.sequences(|executed| self.name(ran.isa, executed));
        Ok(json!({
            "file": self.program.input().to_string(),
            "exit": ran.code,
            "executed": all,
            "wasm_operators": operators,
            "per_wasm_operator": operators.filter(|n| *n > 0).map(|n| all as f64 / n as f64),
            "copies": total(&|e| e.is_copy()),
            "branches": branches,
            "branches_taken": taken,
            "branches_untold": untold,
            "jumps": total(&|e| e.decoded.flow() == Flow::ends && e.decoded.targets().next().is_some()),
            "calls": total(&|e| e.is_call()),
            "opcodes_used": kinds,
            "opcodes": list(opcodes),
            "sequences": { "2": list(two), "3": list(three), "4": list(four) },
            "functions": self.functions(ran, counts, &symbols, all),
            "loops": self.loops(ran, counts, &symbols, all),
        }))
    }

    fn functions(&self, ran: &Ran, counts: &Counts<'_>, symbols: &Symbols<'_>, all: u64) -> Vec<Value> {
        let own = |func: usize| counts.instructions[counts.starts[func]..counts.starts[func + 1]].iter();
        let mut funcs: Vec<(usize, u64)> =
            (0..counts.starts.len() - 1).map(|func| (func, own(func).map(|e| e.count).sum())).collect();
        funcs.retain(|(_, executed)| *executed > 0);
        funcs.sort_by_key(|(func, executed)| (std::cmp::Reverse(*executed), *func));
        let imported = ran.imported;
        funcs
            .into_iter()
            .take(self.top)
            .map(|(func, executed)| {
                let index = imported + func as u32;
                json!({
                    "function": index,
                    "name": func_name(ran, symbols, index),
                    "executed": executed,
                    "share": share(executed, all),
                    "entered": counts.entered(func),
                })
            })
            .collect()
    }

    fn loops(&self, ran: &Ran, counts: &Counts<'_>, symbols: &Symbols<'_>, all: u64) -> Vec<Value> {
        let imported = ran.imported;
        counts
            .loops()
            .into_iter()
            .take(self.top)
            .map(|l| {
                let header = &counts.instructions[l.header];
                let (index, offset) = (imported + header.func as u32, header.decoded.at as u32);
                let place = symbols.frames(index, offset).find_map(|frame| Some((frame.file?, frame.line?)));
                json!({
                    "function": index,
                    "name": func_name(ran, symbols, index),
                    "code_offset": offset,
                    "source": place.map(|(file, line)| format!("{file}:{line}")),
                    "instructions": l.last - l.header + 1,
                    "iterations": l.iterations,
                    "executed": l.executed,
                    "share": share(l.executed, all),
                })
            })
            .collect()
    }
}

/// The profile in a file, an empty one if there is none.
fn recorded(path: &Path) -> Result<Profile> {
    match std::fs::read_to_string(path) {
        Ok(text) => Profile::parse(&text).with_context(|| path.display().to_string()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Profile::default()),
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}

/// The name of a function, by whoever knows it.
pub fn func_name(ran: &Ran, symbols: &Symbols<'_>, index: u32) -> Option<String> {
    let known = symbols.function(index).map(str::to_string);
    known.or_else(|| ran.module.func_name(index).map(|name| demangle(name).into_owned()))
}

/// A part of a whole, in percent.
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 * 1e4 / whole as f64).round() / 100.0 }
}

/// Lines about the instruction set, if the program was compiled for one.
fn set_text(isa: &Value, out: &mut String) {
    let number = |key: &str| isa[key].as_u64();
    let (Some(own), Some(standard), Some(rows), Some(used)) =
        (number("executed"), number("standard"), number("instructions"), number("used"))
    else {
        return;
    };
    let percent = |key: &str| isa[key].as_f64().unwrap_or(0.0);
    let bound = if isa["standard_is_bound"].as_bool().unwrap_or(false) { "at most: " } else { "" };
    // Writing to a string can't fail.
    let _ = writeln!(
        out,
        "{own:>16}  of them of the instruction set ({:.2} %), {used} of its {rows} different ones",
        percent("share")
    );
    let _ = writeln!(
        out,
        "{standard:>16}  {bound}instructions without the set: {:.2} % of those dispatches remain",
        percent("remain")
    );
    match isa["remain_with_new"].as_f64() {
        Some(new) => {
            let _ = writeln!(
                out,
                "{:>16}  would remain with a new set for this run, of as many instructions",
                format!("{new:.2} %")
            );
        }
        None => {
            out.push_str("                   (`hardtack tailor` on the module says what would remain with a new set)\n")
        }
    }
}

/// The report as tables.
fn text(report: &Value) -> String {
    let mut out = String::new();
    let number = |key: &str| report[key].as_u64().unwrap_or(0);
    let all = number("executed");
    // Writing to a string can't fail.
    let _ = writeln!(out, "{:>16}  instructions executed", all);
    match (report["wasm_operators"].as_u64(), report["per_wasm_operator"].as_f64()) {
        (Some(operators), Some(per)) => {
            let _ = writeln!(out, "{operators:>16}  WebAssembly operators: {per:.3} instructions for each");
        }
        _ => out
            .push_str("                   (WebAssembly operators are counted if the module is given as WebAssembly)\n"),
    }
    set_text(&report["isa"], &mut out);
    for (key, what) in [
        ("copies", "copies"),
        ("branches", "branches"),
        ("branches_taken", "of them taken"),
        ("jumps", "of them unconditional"),
        ("calls", "calls"),
    ] {
        let _ = writeln!(out, "{:>16}  {what} ({:.2} %)", number(key), share(number(key), all));
    }
    if number("branches_untold") > 0 {
        let _ = writeln!(out, "{:>16}  branches of which counts don't tell where they went", number("branches_untold"));
    }
    let mut table = |title: &str, rows: &Value, line: &dyn Fn(&Value) -> String| {
        let rows = rows.as_array().map(Vec::as_slice).unwrap_or_default();
        if rows.is_empty() {
            return;
        }
        let _ = writeln!(out, "\n{title}");
        for row in rows {
            let count = row["count"].as_u64().or(row["executed"].as_u64()).unwrap_or(0);
            let _ = writeln!(out, "{count:>16} {:>6.2} %  {}", row["share"].as_f64().unwrap_or(0.0), line(row));
        }
    };
    let name = |row: &Value| row["name"].as_str().unwrap_or_default().to_string();
    table(&format!("by instruction ({} different ones)", number("opcodes_used")), &report["opcodes"], &name);
    for length in ["2", "3", "4"] {
        table(&format!("sequences of {length}"), &report["sequences"][length], &name);
    }
    let function = |row: &Value| match row["name"].as_str() {
        Some(name) => format!("{} (function {})", name.escape_debug(), row["function"]),
        None => format!("function {}", row["function"]),
    };
    let entered = |row: &Value| format!("{}, entered {} times", function(row), row["entered"]);
    table("functions", &report["functions"], &entered);
    table("loops", &report["loops"], &|row| {
        let place = row["source"].as_str().map(|s| format!(" at {}", s.escape_debug())).unwrap_or_default();
        let offset = row["code_offset"].as_u64().unwrap_or(0);
        let size = &row["instructions"];
        let iterations = row["iterations"].as_u64().map(|n| format!(", {n} times round")).unwrap_or_default();
        format!("{}{place}, code offset {offset:#x}, {size} instructions{iterations}", function(row))
    });
    out
}
