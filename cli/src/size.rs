//! `hardtack size`: where the bytes of a file go.

mod measure;

use crate::compile::CompileOptions;
use crate::exit::{SUCCESS, report};
use crate::input::{Input, is_tack};
use crate::sets::Sets;
use crate::symbols::SymbolFile;
use anstyle::Style;
use anyhow::{Context, Result};
use clap::{Args, ValueHint};
use hardtack_format::module::{Header, ShownId};
use measure::{Function, Share, Sizes};
use serde_json::{Value, json};
use std::io::{BufWriter, Write};

const EXAMPLES: &str = "\
Examples:
  hardtack size app.tack                          sections, the largest functions, and where they come from
  hardtack size app.tack --symbols app.tacksym    by source file, if it was built with debug information
  hardtack size app.wasm --top 100                compiled in memory first
  hardtack size app.tack --json | jq '.functions[] | select(.bytes > 4096) | .name'

Bytes of a function are those of its code. The crate or namespace is what its name begins with, if it has one. Source files are \
known from debug information: that of the WebAssembly given, or that in a symbol file; app.tacksym is found beside app.tack. \
What was inlined counts where it was written.";

const TITLE: Style = Style::new().bold();

/// Show where the bytes of a file go
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Size {
    /// A .tack file, or WebAssembly to compile first; `-` is standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    input: Input,

    /// A symbol file of `hardtack compile --symbols`. By default FILE with the extension .tacksym, if it belongs to it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    symbols: Option<Input>,

    /// How many functions, namespaces and files to list; 0 lists all
    #[arg(long, value_name = "N", default_value_t = 20)]
    top: usize,

    /// Print JSON, with all functions
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    options: CompileOptions,
}

impl Size {
    /// Does it.
    pub fn execute(self, sets: Sets<'_>) -> Result<i32> {
        let bytes = self.input.read()?;
        let given = self.symbols.as_ref().map(SymbolFile::read).transpose()?;
        let isa = self.options.get().isa;
        let sizes = if is_tack(&bytes) {
            let symbols = given.or_else(|| self.symbols_beside(&bytes));
            Sizes::new(&bytes, None, symbols.as_ref(), sets, isa)
        } else {
            let compiled = self.input.compile_with_symbols(&bytes, &self.options.get())?;
            let symbols = given.unwrap_or_else(|| SymbolFile::new(compiled.symbols));
            Sizes::new(&compiled.tack, Some(bytes.len()), Some(&symbols), sets, isa)
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

    /// The symbol file beside a `.tack` file, unless it belongs to another build.
    fn symbols_beside(&self, tack: &[u8]) -> Option<SymbolFile> {
        let beside = self.input.path()?.with_extension("tacksym");
        if !beside.exists() {
            return None;
        }
        let beside = Input::File(beside);
        let own = tack.first_chunk().map(|header| Header::read(header).build_id);
        let symbols = SymbolFile::read(&beside);
        let belongs = symbols.as_ref().is_ok_and(|file| file.get().is_ok_and(|s| Some(s.build_id) == own));
        if !belongs {
            let own = own.map(ShownId).map_or_else(String::new, |own| format!(" {own}"));
            report("note", &format!("{beside} isn't used: it has no symbols of build{own}"));
            return None;
        }
        symbols.ok()
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
            let name = f.name.clone().unwrap_or_else(|| format!("function {}", f.index));
            writeln!(out, "{:>10} {:>6.1} {:>12} {:>6}  {name}", f.bytes, share(f.bytes), f.instructions, f.slots)?;
        }
        if let Some(rest) = functions.get(top..).filter(|rest| !rest.is_empty()) {
            let bytes = rest.iter().map(|f| f.bytes).sum();
            writeln!(out, "{bytes:>10} {:>6.1} {:>19}  {} more", share(bytes), "", rest.len())?;
        }

        let mut table = |title: &str, shares: Vec<(&str, Share)>| -> Result<()> {
            writeln!(out, "\n{TITLE}{:>10} {:>6} {:>12}  {title}{TITLE:#}", "bytes", "%", "functions")?;
            for (name, Share { bytes, functions }) in shares.iter().take(top) {
                writeln!(out, "{bytes:>10} {:>6.1} {functions:>12}  {name}", share(*bytes))?;
            }
            if let Some(rest) = shares.get(top..).filter(|rest| !rest.is_empty()) {
                let bytes = rest.iter().map(|(_, share)| share.bytes).sum();
                writeln!(out, "{bytes:>10} {:>6.1} {:>12}  {} more", share(bytes), "", rest.len())?;
            }
            Ok(())
        };
        table("crate or namespace", sizes.namespaces())?;
        if sizes.has_files {
            table("source file", sizes.files())?;
        }
        Ok(())
    }

    fn print_json(&self, sizes: &Sizes, out: &mut impl Write) -> Result<()> {
        let sections = sizes.sections.iter().map(|(name, bytes)| json!({ "name": name, "bytes": bytes }));
        let functions = sizes.functions.iter().map(|f| {
            json!({
                "index": f.index,
                "name": f.name,
                "namespace": f.namespace,
                "files": sizes.has_files.then_some(&f.files),
                "bytes": f.bytes,
                "instructions": f.instructions,
                "slots": f.slots,
                "ref_slots": f.ref_slots,
            })
        });
        let list = |shares: Vec<(&str, Share)>| -> Value {
            let parts = shares.into_iter();
            parts.map(|(name, s)| json!({ "name": name, "bytes": s.bytes, "functions": s.functions })).collect()
        };
        let json = json!({
            "file": self.input.to_string(),
            "bytes": sizes.bytes,
            "wasm_bytes": sizes.wasm,
            "build_id": sizes.build_id.to_string(),
            "sections": sections.collect::<Vec<_>>(),
            "functions": functions.collect::<Vec<_>>(),
            "namespaces": list(sizes.namespaces()),
            "files": sizes.has_files.then(|| list(sizes.files())),
        });
        writeln!(out, "{json}")?;
        Ok(())
    }
}
