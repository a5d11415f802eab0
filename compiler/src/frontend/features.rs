//! Which proposals are supported, and which one an invalid module would have needed.

use crate::error::Error;
use wasmparser::{FuncValidatorAllocations, FunctionBody, Parser, ValidPayload, Validator, WasmFeatures};

/// WebAssembly 2.0 without SIMD, and extended constant expressions. Floats and GC types are no
/// proposals: the validator wants the one for all floating point and the other for `externref`.
pub(super) const SUPPORTED: WasmFeatures = WasmFeatures::MUTABLE_GLOBAL
    .union(WasmFeatures::SIGN_EXTENSION)
    .union(WasmFeatures::SATURATING_FLOAT_TO_INT)
    .union(WasmFeatures::MULTI_VALUE)
    .union(WasmFeatures::BULK_MEMORY)
    .union(WasmFeatures::REFERENCE_TYPES)
    .union(WasmFeatures::EXTENDED_CONST)
    .union(WasmFeatures::FLOATS)
    .union(WasmFeatures::GC_TYPES);

/// Proposals that are refused by name. Where one builds on another, that one comes first, so that the
/// simplest explanation is found first.
const PROPOSALS: &[(WasmFeatures, &str)] = &[
    (WasmFeatures::SIMD, "SIMD"),
    (WasmFeatures::RELAXED_SIMD, "relaxed SIMD"),
    (WasmFeatures::THREADS, "threads"),
    (WasmFeatures::TAIL_CALL, "tail calls"),
    (WasmFeatures::EXCEPTIONS, "exception handling"),
    (WasmFeatures::LEGACY_EXCEPTIONS, "legacy exception handling"),
    (WasmFeatures::MULTI_MEMORY, "multi-memory"),
    (WasmFeatures::MEMORY64, "memory64"),
    (WasmFeatures::FUNCTION_REFERENCES, "typed function references"),
    (WasmFeatures::GC, "garbage collection"),
    (WasmFeatures::CUSTOM_PAGE_SIZES, "custom page sizes"),
    (WasmFeatures::WIDE_ARITHMETIC, "wide arithmetic"),
    (WasmFeatures::STACK_SWITCHING, "stack switching"),
    (WasmFeatures::SHARED_EVERYTHING_THREADS, "shared-everything threads"),
    (WasmFeatures::MEMORY_CONTROL, "memory control"),
    (WasmFeatures::CUSTOM_DESCRIPTORS, "custom descriptors"),
    (WasmFeatures::COMPACT_IMPORTS, "compact import section"),
    (WasmFeatures::ACQUIRE_RELEASE_ATOMICS, "acquire-release atomics"),
    (WasmFeatures::MULTIBYTE_ARRAY_ACCESS, "multibyte array access"),
];

/// Features without which some proposals' own flag means nothing.
fn with_prerequisites(feature: WasmFeatures) -> WasmFeatures {
    let mut all = SUPPORTED | feature;
    if feature.intersects(WasmFeatures::RELAXED_SIMD) {
        all |= WasmFeatures::SIMD;
    }
    if feature.intersects(WasmFeatures::GC | WasmFeatures::STACK_SWITCHING | WasmFeatures::CUSTOM_DESCRIPTORS) {
        all |= WasmFeatures::FUNCTION_REFERENCES | WasmFeatures::GC | WasmFeatures::EXCEPTIONS;
    }
    if feature.intersects(WasmFeatures::SHARED_EVERYTHING_THREADS | WasmFeatures::ACQUIRE_RELEASE_ATOMICS) {
        all |= WasmFeatures::THREADS;
    }
    all
}

/// Whether the file is a component rather than a module: the header's layer field says so.
pub(super) fn is_component(wasm: &[u8]) -> bool {
    wasm.starts_with(b"\0asm") && wasm.get(6..8) == Some(&[1, 0])
}

/// Turns what the validator says into our error: either the module is invalid, or it needs a proposal.
/// `function` is the one whose body the error is in.
pub(super) fn explain(wasm: &[u8], function: Option<u32>, error: &wasmparser::Error) -> Error {
    let (message, offset) = (error.message().to_string(), error.offset());
    let proposal = error
        .missing_wasm_feature()
        .and_then(|missing| PROPOSALS.iter().find(|(flag, _)| missing.contains(*flag)))
        .or_else(|| {
            // Not every check of the validator says which feature it is about: see what each changes.
            PROPOSALS.iter().find(|(flag, _)| match progress(wasm, function, with_prerequisites(*flag)) {
                Ok(()) => true,
                Err(later) => later > offset,
            })
        });
    match proposal {
        Some((_, proposal)) => Error::Unsupported { proposal, message, function, offset },
        None => Error::Invalid { message, function, offset },
    }
}

/// Validates everything up to and including the body of `function` (no body if there is none, for then
/// the error is outside), and says where that ends early.
fn progress(wasm: &[u8], function: Option<u32>, features: WasmFeatures) -> Result<(), u64> {
    let mut parser = Parser::new(0);
    parser.set_features(features);
    let mut validator = Validator::new_with_features(features);
    for payload in parser.parse_all(wasm) {
        let payload = payload.map_err(|e| e.offset())?;
        let valid = validator.payload(&payload).map_err(|e| e.offset())?;
        if let ValidPayload::Func(func, body) = valid
            && Some(func.index) == function
        {
            let mut validator = func.into_validator(FuncValidatorAllocations::default());
            return validate_body(&mut validator, &body).map_err(|e| e.offset());
        }
    }
    Ok(())
}

fn validate_body(
    validator: &mut wasmparser::FuncValidator<wasmparser::ValidatorResources>,
    body: &FunctionBody<'_>,
) -> wasmparser::Result<()> {
    validator.validate(body)
}
