//! What a function became, as text to keep beside the tests of whoever wrote it.
//!
//! A snapshot shows in review what a change of a guest, or a new version of the compiler, does to a function that matters:
//!
//! ```
//! let wasm = r#"(module (func (export "next") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))"#;
//! let code = hardtack_compiler::snapshot::function(wasm.as_bytes(), "next")?;
//! // insta::assert_snapshot!(code);
//! assert!(code.starts_with("function 0\n  i32_add "));
//! assert!(code.ends_with(" slots · 0 moves\n"));
//! # Ok::<(), hardtack_compiler::Error>(())
//! ```

use crate::ir::Module;
use crate::ir::module::ExportKind;
use crate::{Error, Options, Stage, frontend, stage, text};

/// Most names to mention when one is not found.
const MOST: usize = 10;

/// The instructions of a function with the default options, one a line, with labels and a line about its size. The function is named by
/// an export, by its name in the module, or by its index among all functions.
///
/// The text holds nothing volatile: it is the same on every machine, for the same version of the compiler.
///
/// # Errors
/// As [`compile`](crate::compile()), and if the module defines no function of that name.
pub fn function(wasm: &[u8], name: &str) -> Result<String, Error> {
    function_at(wasm, name, Stage::Tack, &Options::default())
}

/// A function after a stage of compilation, with options.
///
/// # Errors
/// As [`function`].
pub fn function_at(wasm: &[u8], name: &str, stage: Stage, options: &Options) -> Result<String, Error> {
    let wasm = text::to_binary(wasm)?;
    let index = {
        let (module, _) = frontend::parse(&wasm)?;
        find(&module, name)?
    };
    stage::print_function(&wasm, options, stage, Some(index))
}

/// The index of the function that is meant.
fn find(module: &Module, name: &str) -> Result<u32, Error> {
    let exported = module.exports.iter().filter(|e| e.kind == ExportKind::Func).map(|e| (&*e.name, e.index));
    let named = module.func_names.iter().map(|(index, own)| (&**own, *index));
    let defined = |index: &u32| (module.imported_funcs..module.funcs.len() as u32).contains(index);
    let mut known: Vec<(&str, u32)> = exported.chain(named).filter(|(_, index)| defined(index)).collect();
    let meant = known.iter().find(|(known, _)| *known == name).map(|(_, index)| *index);
    if let Some(index) = meant.or_else(|| name.parse().ok()).filter(defined) {
        return Ok(index);
    }
    known.sort_unstable();
    known.dedup_by_key(|(name, _)| *name);
    let more = if known.len() > MOST { " and more" } else { "" };
    let known: Vec<&str> = known.iter().take(MOST).map(|(name, _)| *name).collect();
    Err(Error::UnknownFunction { name: name.into(), known: known.join(", ") + more })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAT: &str = r#"(module
        (import "env" "log" (func $log (param i32)))
        (func $double (export "twice") (param i32) (result i32) (i32.shl (local.get 0) (i32.const 1)))
        (func (export "show") (param i32) (call $log (call $double (local.get 0)))))"#;

    #[test]
    fn functions_are_found_by_every_name() {
        let double = function(WAT.as_bytes(), "double").unwrap();
        assert_eq!(double, function(WAT.as_bytes(), "twice").unwrap());
        assert_eq!(double, function(WAT.as_bytes(), "1").unwrap());
        assert!(double.starts_with("function 1 $double\n"), "{double}");
        assert!(function(WAT.as_bytes(), "show").unwrap().contains("call"));
        let ir = function_at(WAT.as_bytes(), "double", Stage::Opt, &Options::default()).unwrap();
        assert!(ir.contains("i32_shl") && ir != double, "{ir}");
    }

    #[test]
    fn other_names_are_an_error_that_lists_them() {
        for name in ["log", "0", "3", "Double", ""] {
            let error = function(WAT.as_bytes(), name).unwrap_err();
            assert_eq!(error, Error::UnknownFunction { name: name.into(), known: "double, show, twice".into() });
        }
    }
}
