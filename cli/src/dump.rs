//! `hardtack dump`: what is in a file, to be read.

use crate::compile::CompileOptions;
use crate::exit::{SUCCESS, Usage};
use crate::input::{Input, is_tack};
use crate::names::{FuncArg, FuncNames};
use crate::sets::{self, Sets};
use crate::types::Types;
use anyhow::{Context, Result, bail};
use clap::{Args, ValueHint};
use hardtack_format::disasm::{self, Decoded, Labels, Style, Text};
use hardtack_format::isa::Isa;
use hardtack_format::meta::{ExternKind, Meta};
use hardtack_format::module::ShownId;
use hardtack_format::operand::Sort;
use hardtack_format::read::File;
use std::io::{BufWriter, Write};

const EXAMPLES: &str = "\
Examples:
  hardtack dump app.tack                  everything
  hardtack dump app.tack --func main      one function
  hardtack dump app.tack --bytes          with offsets and bytes
  hardtack dump app.wasm --func 12        compiled in memory first
  hardtack dump app.tack --isa app.isa    one that was compiled for this instruction set

A line is an instruction: name, operands, and after an arrow the labels that it may jump to. `s3` is slot 3 of the \
frame, `acc` and `facc` are the accumulators, `#7` is a constant, `w4` says where a callee's frame begins.";

/// Show the contents of a .tack file
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Dump {
    /// A .tack file, or WebAssembly to compile first; `-` is standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    input: Input,

    /// Show the offset (in the code section) and the bytes of each instruction
    #[arg(long)]
    bytes: bool,

    /// Show only the function with this index (imported ones count) or name
    #[arg(long, value_name = "N|NAME")]
    func: Option<FuncArg>,

    #[command(flatten)]
    options: CompileOptions,
}

impl Dump {
    /// Does it.
    pub fn execute(self, sets: Sets<'_>) -> Result<i32> {
        let mut bytes = self.input.read()?;
        if !is_tack(&bytes) {
            bytes = self.input.compile(&bytes, &self.options.get())?;
        }
        let mut out = BufWriter::new(std::io::stdout().lock());
        self.print(&bytes, sets, &mut out)?;
        out.flush()?;
        Ok(SUCCESS)
    }

    fn print(&self, bytes: &[u8], sets: Sets<'_>, out: &mut impl Write) -> Result<()> {
        let name = || self.input.to_string();
        let file = sets::parse(bytes).with_context(name)?;
        let isa = sets::instructions(&file, self.options.get().isa).with_context(name)?;
        let meta = file.decode_meta().with_context(name)?;
        let names = file.decode_names().transpose().with_context(name)?.unwrap_or_default();
        let view = View {
            file: &file,
            isa,
            names: FuncNames::new(&meta, &names),
            imported: meta.imported(ExternKind::Func),
            bytes: self.bytes,
        };
        match &self.func {
            Some(func) => {
                let index = view.names.resolve(func)?;
                let count = view.imported + file.funcs.len();
                if index >= count {
                    bail!(Usage(format!("there is no function {index}: the module has {count}")));
                }
                if index < view.imported {
                    bail!(Usage(format!("function {index} is imported, so it has no code")));
                }
                view.function(index, out)
            }
            None => {
                view.header(out)?;
                view.declarations(&meta, sets, out)?;
                for index in view.imported..view.imported + file.funcs.len() {
                    writeln!(out)?;
                    view.function(index, out)?;
                }
                Ok(())
            }
        }
    }
}

/// A file and what is needed to show it.
struct View<'a> {
    file: &'a File<'a>,
    isa: &'static Isa,
    names: FuncNames<'a>,
    /// Number of imported functions.
    imported: u32,
    bytes: bool,
}

impl View<'_> {
    fn header(&self, out: &mut impl Write) -> Result<()> {
        let header = &self.file.header;
        writeln!(out, "format {}, groups {}", header.version, header.groups)?;
        writeln!(out, "build {}", ShownId(header.build_id))?;
        if header.isa != 0 {
            writeln!(out, "instruction set {:032x}", header.isa)?;
        }
        for section in self.file.sections() {
            let name = section.id.to_string();
            writeln!(out, "{name:<9} {:>9} bytes at {:#x}", section.len, section.offset)?;
        }
        Ok(())
    }

    fn declarations(&self, meta: &Meta<'_>, sets: Sets<'_>, out: &mut impl Write) -> Result<()> {
        // A file that isn't safe to load is worth a look all the same.
        match sets.check(self.file.bytes) {
            Ok(()) => {
                let types = Types::new(self.file, meta)?;
                for import in &meta.imports {
                    writeln!(out, "import {:?} {:?}: {}", import.module, import.name, types.import(import))?;
                }
                for export in &meta.exports {
                    writeln!(out, "export {:?}: {}", export.name, types.export(export))?;
                }
            }
            Err(error) => writeln!(out, "; not safe to load: {error}")?,
        }
        writeln!(
            out,
            "{} types, {} tables, {} memories, {} globals, {} element segments, {} data segments",
            meta.types.len(),
            meta.tables.len(),
            meta.memories.len(),
            meta.globals.len(),
            meta.elems.len(),
            meta.datas.len()
        )?;
        Ok(())
    }

    /// A function that the module defines, by its index among all.
    fn function(&self, index: u32, out: &mut impl Write) -> Result<()> {
        let own = index - self.imported;
        let (Some(record), Some(start)) = (self.file.funcs.get(own), self.file.funcs.start(own)) else {
            bail!("function {index} has no record");
        };
        write!(out, "function {index}")?;
        if let Some(name) = self.names.get(index) {
            write!(out, " ${name}")?;
        }
        for export in self.names.exports(index) {
            write!(out, " (export {export:?})")?;
        }
        writeln!(out)?;

        let (start, end) = (2 * start as usize, 2 * record.end as usize);
        let code = self.file.code.get(..end).unwrap_or(self.file.code);
        let labels = Labels::of(self.isa, code, start);
        for decoded in disasm::iter(self.isa, code, start) {
            match decoded {
                Ok(decoded) => {
                    if let Some(label) = labels.at(decoded.at) {
                        writeln!(out, "L{label}:")?;
                    }
                    self.instruction(&decoded, &labels, code, out)?;
                }
                Err(error) => writeln!(out, "  ; {error}")?,
            }
        }
        write!(out, "; {} bytes · {} slots", end.saturating_sub(start), record.frame)?;
        if record.ref_frame > 0 {
            write!(out, " · {} reference slots", record.ref_frame)?;
        }
        writeln!(out)?;
        Ok(())
    }

    fn instruction(&self, decoded: &Decoded<'_>, labels: &Labels, code: &[u8], out: &mut impl Write) -> Result<()> {
        let text = Text { decoded, labels, style: Style::default() };
        if self.bytes {
            let bytes = code.get(decoded.at..decoded.at + decoded.len).unwrap_or_default();
            // Bytes of long branch tables would only be in the way.
            let shown: String = bytes.iter().take(16).map(|byte| format!("{byte:02x} ")).collect();
            let more = if bytes.len() > 16 { "…" } else { "" };
            write!(out, "  {:06x}  {:<49} {text}", decoded.at, shown + more)?;
        } else {
            write!(out, "  {text}")?;
        }
        for (_, kind, value) in decoded.operands() {
            let index = match kind.sort() {
                Sort::Func => u32::try_from(value).ok().and_then(|value| value.checked_add(self.imported)),
                Sort::ImportedFunc | Sort::AnyFunc => u32::try_from(value).ok(),
                _ => None,
            };
            // Instructions count functions in their own ways; everything else counts them like WebAssembly.
            match index.map(|index| (index, self.names.get(index))) {
                Some((_, Some(name))) => write!(out, "  ; {name}")?,
                Some((index, None)) => write!(out, "  ; function {index}")?,
                None => {}
            }
        }
        writeln!(out)?;
        Ok(())
    }
}
