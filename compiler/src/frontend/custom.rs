//! What a module says about its own sources, in custom sections.

use wasmparser::{BinaryReader, FunctionBody, Operator, Parser, Payload};

/// Custom sections, and what addresses in them count from.
#[derive(Clone, Debug, Default)]
pub struct DebugInfo<'a> {
    /// Offset in the file that address 0 stands for: where the contents of the code section begin.
    pub code_start: u32,
    /// Names and contents of the custom sections.
    pub sections: Vec<(&'a str, &'a [u8])>,
}

/// Offsets of the operators of a function whose body lies there, but for those that only give structure (`block`, `end`, …).
pub fn operators(wasm: &[u8], body: std::ops::Range<usize>) -> Vec<u32> {
    let Some(bytes) = wasm.get(body.clone()) else { return vec![] };
    let body = FunctionBody::new(BinaryReader::new(bytes, body.start as u64));
    let Ok(operators) = body.get_operators_reader() else { return vec![] };
    let operators = operators.into_iter_with_offsets().map_while(Result::ok);
    let counts = |op: &Operator<'_>| {
        !matches!(op, Operator::Block { .. } | Operator::Loop { .. } | Operator::Else | Operator::End | Operator::Nop)
    };
    operators.filter(|(op, _)| counts(op)).map(|(_, offset)| offset as u32).collect()
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
