//! Symbol files, and backtraces with what they know.

use crate::exit::Usage;
use crate::input::Input;
use anyhow::{Context, Result, bail};
use hardtack_compiler::symbols::demangle;
use hardtack_format::module::ShownId;
use hardtack_format::symbols::{Symbols, report};
use hardtack_vm::Trap;
use std::fmt::Write;

/// The bytes of a symbol file.
#[derive(Clone)]
pub struct SymbolFile {
    bytes: Vec<u8>,
}

impl SymbolFile {
    /// Bytes that the compiler made.
    pub fn new(bytes: Vec<u8>) -> SymbolFile {
        SymbolFile { bytes }
    }

    /// Reads a symbol file, or a `.tack` file with names in it.
    pub fn read(input: &Input) -> Result<SymbolFile> {
        let file = SymbolFile::new(input.read()?);
        file.get().with_context(|| input.to_string())?;
        Ok(file)
    }

    /// What is in it.
    pub fn get(&self) -> Result<Symbols<'_>> {
        Ok(Symbols::decode(&self.bytes)?)
    }

    /// Refuses symbols of another build.
    pub fn check(&self, build_id: [u8; 16]) -> Result<()> {
        let symbols = self.get()?;
        if symbols.build_id != build_id {
            let own = ShownId(build_id);
            bail!(Usage(format!("the symbols belong to build {}, the program is build {own}", symbols.build())));
        }
        Ok(())
    }
}

/// Whether a module has debug information, as far as can be told without parsing it.
pub fn has_debug_info(wasm: &[u8]) -> bool {
    let name = b".debug_info";
    wasm.windows(name.len()).any(|window| window == name)
}

/// The functions that were under way, one a line, each line after a line break.
pub fn backtrace(trap: &Trap, symbols: Option<&SymbolFile>) -> String {
    let none = Symbols::default();
    let symbols = symbols.and_then(|file| file.get().ok()).unwrap_or(none);
    let mut text = String::new();
    let mut build = None;
    for (depth, frame) in trap.frames().iter().enumerate() {
        let own = frame.module().build_id();
        // Writing to a string can't fail.
        if build.replace(own) != Some(own) {
            let _ = write!(text, "\n  build {}", ShownId(own));
        }
        let name = frame.function_name().map(demangle);
        let lines = report::lines(&symbols, frame.function(), frame.code_offset(), name.as_deref());
        for (nth, line) in lines.iter().enumerate() {
            let _ = if nth == 0 { write!(text, "\n  {depth:>2}: {line}") } else { write!(text, "\n      {line}") };
        }
    }
    if trap.is_truncated() {
        text.push_str("\n      and more");
    }
    text
}
