//! Imports that nobody has: all of them at once, with their types and what may have been meant.

use super::Host;
use crate::suggest::did_you_mean;
use anyhow::{Result, bail};
use hardtack_vm::{Linker, Module, Store};
use hardtack_wasi::Version;
use std::cell::RefCell;
use std::fmt::Write;

/// Most imports to list.
const MOST: usize = 20;

/// Fails if a module needs what the linker hasn't.
pub fn check(linker: &Linker<Host>, store: &mut Store<Host>, module: &Module) -> Result<()> {
    let missing: Vec<_> =
        module.imports().filter(|import| linker.get(&mut *store, import.module(), import.name()).is_none()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let known = known();
    let mut text = String::from(if missing.len() == 1 { "an import is missing:" } else { "imports are missing:" });
    for import in missing.iter().take(MOST) {
        let (from, name) = (import.module(), import.name());
        let hint = match known.iter().any(|(module, _)| *module == from) {
            true => did_you_mean(name, known.iter().filter(|(module, _)| *module == from).map(|(_, name)| &**name)),
            false => did_you_mean(from, [Version::Preview1.module(), Version::Unstable.module()]),
        };
        // Writing to a string can't fail.
        let _ = write!(text, "\n  {from:?} {name:?}: {}{hint}", import.ty());
    }
    if missing.len() > MOST {
        let _ = write!(text, "\n  and {} more", missing.len() - MOST);
    }
    text.push_str("\nIf it can do without, use --unknown-imports=trap or --unknown-imports=zero.");
    bail!(text)
}

/// What the linker has: the names of the modules and of the functions in them.
fn known() -> Vec<(&'static str, String)> {
    let names = RefCell::new(Vec::new());
    let note = |version: Version, name: &str| {
        names.borrow_mut().push((version.module(), name.to_string()));
        false
    };
    // Nothing is defined, so nothing can be defined twice.
    let result = hardtack_wasi::add_some_to_linker(&mut Linker::<Host>::default(), note, |host| &mut host.wasi);
    debug_assert!(result.is_ok());
    names.into_inner()
}
