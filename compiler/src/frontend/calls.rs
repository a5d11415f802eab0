//! Which functions a body calls, found without validating or translating it.

use super::sections::Body;
use wasmparser::{BinaryReader, FunctionBody, Operator};

/// What a body does with functions of its module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// The functions that it calls by number, once for each call, in order.
    pub called: Vec<u32>,
    /// The functions that it takes references to.
    pub referred: Vec<u32>,
}

/// Reads a body's calls. Of one that isn't well formed it is those up to the fault, which [`super::translate`] will report; numbers of
/// functions may be any then.
pub fn calls(body: &Body, wasm: &[u8]) -> Calls {
    let mut found = Calls::default();
    let bytes = &wasm[body.range.clone()];
    let body = FunctionBody::new(BinaryReader::new(bytes, body.range.start as u64));
    let Ok(operators) = body.get_operators_reader() else { return found };
    for operator in operators.into_iter().map_while(Result::ok) {
        match operator {
            Operator::Call { function_index } => found.called.push(function_index),
            Operator::RefFunc { function_index } => found.referred.push(function_index),
            _ => {}
        }
    }
    found
}
