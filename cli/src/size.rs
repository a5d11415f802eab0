//! `hardtack size`: where the bytes of a file go.

use crate::compile::CompileOptions;
use crate::exit::SUCCESS;
use crate::input::{Input, is_tack};
use crate::names::FuncNames;
use crate::origin::origin;
use anstyle::Style;
use anyhow::{Context, Result};
use clap::{Args, ValueHint};
use hardtack_compiler::symbols::demangle;
use hardtack_format::disasm;
use hardtack_format::isa::STANDARD;
use hardtack_format::meta::ExternKind;
use hardtack_format::module::{FuncRecord, ShownId};
use hardtack_format::read::{File, Reader};
use hardtack_vm::Module;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::{BufWriter, Write};

const EXAMPLES: &str = "\
Examples:
  hardtack size app.tack               sections, the largest functions, and where they come from
  hardtack size app.wasm --top 100     compiled in memory first
  hardtack size app.tack --json | jq '.functions[] | select(.bytes > 4096) | .name'

Bytes of a function are those of its code. Where it comes from is the crate or namespace that its name begins with: it is known \
if the file has names.";

const TITLE: Style = Style::new().bold();

/// What functions without a path in their names come from.
const NO_PATH: &str = "(no path)";
/// What functions without names come from.
const NO_NAME: &str = "(no name)";

/// Show where the bytes of a file go
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Size {
    /// A .tack file, or WebAssembly to compile first; `-` is standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    input: Input,

    /// How many functions and sources to list; 0 lists all
    #[arg(long, value_name = "N", default_value_t = 20)]
    top: usize,

    /// Print JSON, with all functions
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    options: CompileOptions,
}

/// What is where.
struct Sizes {
    /// Length of the WebAssembly that it was compiled from.
    wasm: Option<usize>,
    /// Length of the file.
    bytes: usize,
    build_id: ShownId,
    /// Header and section table, then the sections; what is left is padding.
    sections: Vec<(String, usize)>,
    /// In the order of the file.
    functions: Vec<Function>,
}

struct Function {
    index: u32,
    name: Option<String>,
    origin: String,
    bytes: usize,
    instructions: usize,
    slots: u16,
    ref_slots: u16,
}

impl Size {
    /// Does it.
    pub fn execute(self) -> Result<i32> {
        let bytes = self.input.read()?;
        let sizes = if is_tack(&bytes) {
            Sizes::new(&bytes, None)
        } else {
            Sizes::new(&self.input.compile(&bytes, &self.options.get())?, Some(bytes.len()))
        };
        let sizes = sizes.with_context(|| self.input.to_string())?;
        let mut out = BufWriter::new(anstream::stdout().lock());
        if self.json {
            self.print_json(&sizes, &mut out)?
        } else {
            self.print(&sizes, &mut out)?
        }
        out.flush()?;
        Ok(SUCCESS)
    }

    fn print(&self, sizes: &Sizes, out: &mut impl Write) -> Result<()> {
        let from = sizes.wasm.map_or_else(String::new, |len| format!(", from {len} bytes of WebAssembly"));
        writeln!(out, "{TITLE}{}: {} bytes{from}{TITLE:#}", self.input, sizes.bytes)?;
        let share = |bytes: usize| 100.0 * bytes as f64 / sizes.bytes as f64;
        let top = if self.top == 0 { usize::MAX } else { self.top };

        writeln!(out, "\n{TITLE}{:>10} {:>6}  section{TITLE:#}", "bytes", "%")?;
        for (name, bytes) in &sizes.sections {
            writeln!(out, "{bytes:>10} {:>6.1}  {name}", share(*bytes))?;
        }
        if sizes.functions.is_empty() {
            return Ok(());
        }

        writeln!(
            out,
            "\n{TITLE}{:>10} {:>6} {:>12} {:>6}  function ({} in all){TITLE:#}",
            "bytes",
            "%",
            "instructions",
            "slots",
            sizes.functions.len()
        )?;
        let mut functions: Vec<&Function> = sizes.functions.iter().collect();
        functions.sort_by_key(|f| std::cmp::Reverse(f.bytes));
        for f in functions.iter().take(top) {
            let name = f.name.as_ref().map_or_else(|| format!("function {}", f.index), |name| name.to_string());
            writeln!(out, "{:>10} {:>6.1} {:>12} {:>6}  {name}", f.bytes, share(f.bytes), f.instructions, f.slots)?;
        }
        if let Some(rest) = functions.get(top..).filter(|rest| !rest.is_empty()) {
            let bytes = rest.iter().map(|f| f.bytes).sum();
            writeln!(out, "{bytes:>10} {:>6.1} {:>19}  {} more", share(bytes), "", rest.len())?;
        }

        let origins = sizes.origins();
        writeln!(out, "\n{TITLE}{:>10} {:>6} {:>12}  source{TITLE:#}", "bytes", "%", "functions")?;
        for (name, (bytes, count)) in origins.iter().take(top) {
            writeln!(out, "{bytes:>10} {:>6.1} {count:>12}  {name}", share(*bytes))?;
        }
        if let Some(rest) = origins.get(top..).filter(|rest| !rest.is_empty()) {
            let bytes = rest.iter().map(|(_, (bytes, _))| bytes).sum();
            let count: usize = rest.iter().map(|(_, (_, count))| count).sum();
            writeln!(out, "{bytes:>10} {:>6.1} {count:>12}  {} more", share(bytes), rest.len())?;
        }
        Ok(())
    }

    fn print_json(&self, sizes: &Sizes, out: &mut impl Write) -> Result<()> {
        let sections = sizes.sections.iter().map(|(name, bytes)| json!({ "name": name, "bytes": bytes }));
        let functions = sizes.functions.iter().map(|f| {
            json!({
                "index": f.index,
                "name": f.name,
                "source": f.origin,
                "bytes": f.bytes,
                "instructions": f.instructions,
                "slots": f.slots,
                "ref_slots": f.ref_slots,
            })
        });
        let sources = sizes
            .origins()
            .into_iter()
            .map(|(name, (bytes, count))| json!({ "name": name, "bytes": bytes, "functions": count }));
        let json = json!({
            "file": self.input.to_string(),
            "bytes": sizes.bytes,
            "wasm_bytes": sizes.wasm,
            "build_id": sizes.build_id.to_string(),
            "sections": sections.collect::<Vec<_>>(),
            "functions": functions.collect::<Vec<_>>(),
            "sources": sources.collect::<Vec<_>>(),
        });
        writeln!(out, "{json}")?;
        Ok(())
    }
}

impl Sizes {
    /// Measures a file that is safe to load.
    fn new(tack: &[u8], wasm: Option<usize>) -> Result<Sizes> {
        Module::from_slice(tack)?;
        let file = File::parse(tack, &Reader::default())?;
        let meta = file.decode_meta()?;
        // Nothing depends on names, so damaged ones are as good as none.
        let names = file.decode_names().and_then(Result::ok).unwrap_or_default();
        let (names, imported) = (FuncNames::new(&meta, &names), meta.imported(ExternKind::Func));

        let named = file.sections().map(|section| (section.id.to_string(), section.len as usize));
        let head = file.meta_offset;
        let mut sections: Vec<(String, usize)> = [("header".to_string(), head)].into_iter().chain(named).collect();
        let padding = tack.len() - sections.iter().map(|(_, len)| len).sum::<usize>();
        sections.push(("padding".to_string(), padding));
        sections.retain(|(_, len)| *len > 0);

        let mut start = 2 * FuncRecord::PROLOGUE.end as usize;
        let functions = file.funcs.iter().zip(imported..).map(|(record, index)| {
            let end = 2 * record.end as usize;
            let instructions = disasm::iter(&STANDARD, &file.code[..end], start).count();
            let bytes = end - std::mem::replace(&mut start, end);
            let name = names.get(index).map(|name| demangle(name).into_owned());
            let origin = name.as_deref().map_or(NO_NAME, |name| origin(name).unwrap_or(NO_PATH)).to_string();
            Function { index, name, origin, bytes, instructions, slots: record.frame, ref_slots: record.ref_frame }
        });
        Ok(Sizes {
            wasm,
            bytes: tack.len(),
            build_id: ShownId(file.header.build_id),
            sections,
            functions: functions.collect(),
        })
    }

    /// Bytes and functions by where they come from, most bytes first.
    fn origins(&self) -> Vec<(&str, (usize, usize))> {
        let mut origins: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for f in &self.functions {
            let (bytes, count) = origins.entry(&f.origin).or_default();
            (*bytes, *count) = (*bytes + f.bytes, *count + 1);
        }
        let mut origins: Vec<_> = origins.into_iter().collect();
        origins.sort_by_key(|(_, (bytes, _))| std::cmp::Reverse(*bytes));
        origins
    }
}
