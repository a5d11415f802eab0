//! Imports that nobody has: all of them at once, with their types, what may have been meant, and what there is.

use super::Host;
use anyhow::{Result, bail};
use hardtack_vm::{LinkError, Linker, Module, Store};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Most names of a module to list.
const MOST_NAMES: usize = 60;

/// Fails if a module needs what the linker hasn't.
pub fn check(linker: &Linker<Host>, store: &mut Store<Host>, module: &Module) -> Result<()> {
    let unknown = linker.unknown_imports(&*store, module);
    if unknown.is_empty() {
        return Ok(());
    }
    let mut text = LinkError::UnknownImports(unknown).to_string();
    let mut known: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (module, name, _) in linker.iter(&mut *store) {
        known.entry(module).or_default().push(name);
    }
    for (module, names) in known {
        let (listed, more) = (&names[..names.len().min(MOST_NAMES)], names.len().saturating_sub(MOST_NAMES));
        // Writing to a string can't fail.
        let _ = write!(text, "\nthere is `{module}` with {}", listed.join(", "));
        if more > 0 {
            let _ = write!(text, " and {more} more");
        }
    }
    text.push_str("\nIf it can do without, use --unknown-imports=trap or --unknown-imports=zero.");
    bail!(text)
}
