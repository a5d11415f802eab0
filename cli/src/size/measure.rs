//! What is where in a file: sections, functions, and what their code comes from.

use crate::names::FuncNames;
use crate::origin::origin;
use crate::sets::{self, Sets};
use crate::symbols::SymbolFile;
use anyhow::Result;
use hardtack_compiler::isa::InstructionSet;
use hardtack_compiler::symbols::demangle;
use hardtack_format::disasm;
use hardtack_format::meta::ExternKind;
use hardtack_format::module::{FuncRecord, ShownId};
use hardtack_format::symbols::Symbols;
use std::collections::BTreeMap;
use std::ops::Range;

/// The namespace of functions whose names begin with none.
const NO_NAMESPACE: &str = "(no namespace)";
/// The namespace of functions without names.
const NO_NAME: &str = "(no name)";
/// The source file of code of which the symbols don't say where it comes from.
const NO_FILE: &str = "(no file)";

/// What is where.
pub struct Sizes {
    /// Length of the WebAssembly that it was compiled from.
    pub wasm: Option<usize>,
    /// Length of the file.
    pub bytes: usize,
    pub build_id: ShownId,
    /// Header and section table, then the sections; what is left is padding.
    pub sections: Vec<(String, usize)>,
    /// In the order of the file.
    pub functions: Vec<Function>,
    /// Whether it is known from which source files code comes.
    pub has_files: bool,
}

/// A function that the module defines.
pub struct Function {
    pub index: u32,
    pub name: Option<String>,
    /// The crate or namespace that its name begins with.
    pub namespace: String,
    /// Bytes of its code.
    pub bytes: usize,
    pub instructions: usize,
    pub slots: u16,
    pub ref_slots: u16,
    /// Bytes of its code by source file, if that is known: that of the innermost function, where functions were inlined.
    pub files: BTreeMap<String, usize>,
}

/// Bytes that come from one place, and how many functions have any.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Share {
    pub bytes: usize,
    pub functions: usize,
}

impl Sizes {
    /// Measures a file that is safe to load, for the standard instructions or these.
    pub fn new(
        tack: &[u8],
        wasm: Option<usize>,
        symbols: Option<&SymbolFile>,
        sets: Sets<'_>,
        isa: Option<InstructionSet>,
    ) -> Result<Sizes> {
        sets.check(tack)?;
        let file = sets::parse(tack)?;
        let isa = sets::instructions(&file, isa)?;
        let symbols = match symbols {
            None => Symbols::default(),
            Some(symbols) => {
                symbols.check(file.header.build_id)?;
                symbols.get()?
            }
        };
        let has_files = symbols.locations.iter().any(|location| location.file.is_some());
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

        let mut start = FuncRecord::PROLOGUE.end;
        let functions = file.funcs.iter().zip(imported..).map(|(record, index)| {
            let units = std::mem::replace(&mut start, record.end)..record.end;
            let (begin, end) = (2 * units.start as usize, 2 * units.end as usize);
            // The file's own names come first: a symbol file knows no more exports than it does.
            let name = names.get(index).or_else(|| symbols.function(index)).map(|name| demangle(name).into_owned());
            let namespace = name.as_deref().map_or(NO_NAME, |name| origin(name).unwrap_or(NO_NAMESPACE)).to_string();
            Function {
                index,
                name,
                namespace,
                bytes: end - begin,
                instructions: disasm::iter(isa, &file.code[..end], begin).count(),
                slots: record.frame,
                ref_slots: record.ref_frame,
                files: if has_files { by_file(&symbols, index, units) } else { BTreeMap::new() },
            }
        });
        Ok(Sizes {
            wasm,
            bytes: tack.len(),
            build_id: ShownId(file.header.build_id),
            sections,
            functions: functions.collect(),
            has_files,
        })
    }

    /// By the crates or namespaces that functions' names begin with, most bytes first.
    pub fn namespaces(&self) -> Vec<(&str, Share)> {
        shares(self.functions.iter().map(|f| (&*f.namespace, f.bytes)))
    }

    /// By source files, most bytes first.
    pub fn files(&self) -> Vec<(&str, Share)> {
        shares(self.functions.iter().flat_map(|f| f.files.iter().map(|(file, bytes)| (&**file, *bytes))))
    }
}

/// Bytes of the code of a function by source file.
fn by_file(symbols: &Symbols<'_>, function: u32, units: Range<u32>) -> BTreeMap<String, usize> {
    let first = symbols.positions.partition_point(|position| position.unit < units.start);
    let own = symbols.positions[first..].iter().take_while(|position| position.unit < units.end);
    let ends = own.clone().skip(1).map(|position| position.unit).chain([units.end]);
    let mut files: BTreeMap<String, usize> = BTreeMap::new();
    let mut add = |file: &str, units: Range<u32>| {
        if !units.is_empty() {
            *files.entry(file.to_string()).or_default() += 2 * units.len();
        }
    };
    add(NO_FILE, units.start..own.clone().next().map_or(units.end, |position| position.unit));
    for (position, end) in own.zip(ends) {
        let file = symbols.frames(function, 2 * position.unit).find_map(|frame| frame.file);
        add(file.unwrap_or(NO_FILE), position.unit..end);
    }
    files
}

/// Adds up what has the same name, most bytes first.
fn shares<'a>(parts: impl Iterator<Item = (&'a str, usize)>) -> Vec<(&'a str, Share)> {
    let mut shares: BTreeMap<&str, Share> = BTreeMap::new();
    for (name, bytes) in parts {
        let share = shares.entry(name).or_default();
        *share = Share { bytes: share.bytes + bytes, functions: share.functions + 1 };
    }
    let mut shares: Vec<_> = shares.into_iter().collect();
    shares.sort_by_key(|(_, share)| std::cmp::Reverse(share.bytes));
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use hardtack_format::meta::Text;
    use hardtack_format::symbols::{Location, Position};

    #[test]
    fn bytes_belong_to_the_innermost_file_that_is_known() {
        let location = |file, caller| Location { file, line: 1, caller, ..Location::default() };
        let position = |unit, location| Position { unit, wasm: 0, location };
        let symbols = Symbols {
            texts: ["main.c", "list.h"].map(|text| Text { text: text.into() }).into(),
            locations: vec![location(Some(0), None), location(Some(1), Some(0)), location(None, Some(0))],
            // The function before ends at 10, and the one at hand at 40.
            positions: vec![
                position(2, Some(0)),
                position(12, Some(0)),
                position(20, Some(1)),
                position(21, Some(2)),
                position(30, None),
                position(40, Some(1)),
            ],
            ..Symbols::default()
        };
        let expected = [("(no file)", 2 * (2 + 10)), ("list.h", 2), ("main.c", 2 * (8 + 9))];
        let expected: BTreeMap<String, usize> = expected.map(|(file, bytes)| (file.to_string(), bytes)).into();
        assert_eq!(by_file(&symbols, 0, 10..40), expected);
        assert_eq!(by_file(&symbols, 0, 50..52), [("(no file)".to_string(), 4)].into());
        assert_eq!(by_file(&symbols, 0, 50..50), BTreeMap::new());
    }
}
