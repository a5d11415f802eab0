//! What a module says about its own sources, in custom sections.

use wasmparser::{Parser, Payload};

/// Custom sections, and what addresses in them count from.
#[derive(Clone, Debug, Default)]
pub struct DebugInfo<'a> {
    /// Offset in the file that address 0 stands for: where the contents of the code section begin.
    pub code_start: u32,
    /// Names and contents of the custom sections.
    pub sections: Vec<(&'a str, &'a [u8])>,
}

/// Finds the custom sections of a module that [`super::parse`] has accepted.
pub fn debug_info(wasm: &[u8]) -> DebugInfo<'_> {
    let mut info = DebugInfo::default();
    // What can't be read any more is left out: nothing depends on it.
    for payload in Parser::new(0).parse_all(wasm).map_while(Result::ok) {
        match payload {
            Payload::CodeSectionStart { unchecked_range, .. } => info.code_start = unchecked_range.start as u32,
            Payload::CustomSection(section) => info.sections.push((section.name(), section.data())),
            _ => {}
        }
    }
    info
}
