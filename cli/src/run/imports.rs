//! Imports that nobody has: all of them at once, with their types, what may have been meant, and what there is.

use super::Host;
use crate::suggest::close_matches;
use anyhow::{Result, bail};
use hardtack_vm::{ImportType, Linker, Module, Store};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Most imports to list.
const MOST: usize = 20;
/// Most names of a module to list.
const MOST_NAMES: usize = 60;

/// What the linker has: by module and name, with types as text.
type Known<'a> = BTreeMap<&'a str, BTreeMap<&'a str, String>>;

/// Fails if a module needs what the linker hasn't.
pub fn check(linker: &Linker<Host>, store: &mut Store<Host>, module: &Module) -> Result<()> {
    let missing: Vec<_> =
        module.imports().filter(|import| linker.get(&mut *store, import.module(), import.name()).is_none()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let mut known = Known::new();
    let definitions: Vec<_> = linker.iter(&mut *store).collect();
    for (module, name, item) in definitions {
        known.entry(module).or_default().insert(name, item.ty(&*store).to_string());
    }
    bail!(describe(&missing, &known))
}

fn describe(missing: &[ImportType<'_>], known: &Known<'_>) -> String {
    let mut text = String::from(if missing.len() == 1 { "an import is missing:" } else { "imports are missing:" });
    for import in missing.iter().take(MOST) {
        let (from, name) = (import.module(), import.name());
        // Writing to a string can't fail.
        let _ = write!(text, "\n  {from:?} {name:?}: {}", import.ty());
        let meant: Vec<String> = match known.get(from) {
            Some(names) => {
                let close = close_matches(name, names.keys().copied());
                close.iter().map(|close| format!("{close:?}: {}", names[close])).collect()
            }
            None => {
                close_matches(from, known.keys().copied()).iter().map(|close| format!("module {close:?}")).collect()
            }
        };
        if !meant.is_empty() {
            let _ = write!(text, "\n      did you mean {}?", meant.join(", or "));
        }
    }
    if missing.len() > MOST {
        let _ = write!(text, "\n  and {} more", missing.len() - MOST);
    }
    for (module, names) in known {
        let more = names.len().saturating_sub(MOST_NAMES);
        let list: Vec<&str> = names.keys().copied().take(MOST_NAMES).collect();
        let _ = write!(text, "\nthere is {module:?} with {}", list.join(", "));
        if more > 0 {
            let _ = write!(text, " and {more} more");
        }
    }
    text.push_str("\nIf it can do without, use --unknown-imports=trap or --unknown-imports=zero.");
    text
}
