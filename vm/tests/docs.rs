//! Every public type and trait shows how it is used.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// All sources below a directory.
fn sources(directory: &Path, out: &mut Vec<String>) {
    for entry in fs::read_dir(directory).expect("the sources are there").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            out.push(fs::read_to_string(&path).expect("sources are text"));
        }
    }
}

/// Names of `pub use crate::` lines of the crate's root, functions and modules aside.
fn exported(root: &str) -> Vec<String> {
    let uses = root.split(';').filter_map(|item| item.split_once("pub use crate::")).map(|(_, path)| path);
    let names = uses.flat_map(|path| {
        let (_, names) = path.split_once("::").unwrap_or(("", path));
        names
            .trim_matches(['{', '}', '\n', ' '])
            .split(',')
            .map(|name| name.trim().trim_matches(['{', '}']).to_string())
            .collect::<Vec<_>>()
    });
    names.map(|name| name.trim().to_string()).filter(|name| name.starts_with(char::is_uppercase)).collect()
}

/// The doc comment before each definition, by name.
fn docs(source: &str) -> BTreeMap<String, String> {
    let (mut found, mut doc) = (BTreeMap::new(), String::new());
    for line in source.lines() {
        if let Some(text) = line.strip_prefix("///") {
            doc.push_str(text);
            doc.push('\n');
            continue;
        }
        // Attributes stand between a comment and what it is about, over several lines at times.
        if line.starts_with("#[") || line.starts_with(' ') || line.starts_with(')') {
            continue;
        }
        let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
        let definition =
            words.next() == Some("pub") && words.next().is_some_and(|word| ["struct", "enum", "trait"].contains(&word));
        if let Some(name) = words.next().filter(|_| definition) {
            found.insert(name.to_string(), std::mem::take(&mut doc));
        }
        doc.clear();
    }
    found
}

#[test]
fn every_public_type_has_an_example() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let root = fs::read_to_string(home.join("lib.rs")).expect("the root is there");
    let mut all = Vec::new();
    sources(&home, &mut all);
    let docs: BTreeMap<String, String> = all.iter().flat_map(|source| docs(source)).collect();
    let names = exported(&root);
    assert!(names.len() > 30, "the search finds what is exported: {names:?}");
    // Types of the format's are shown where they are defined.
    let missing: Vec<&String> =
        names.iter().filter(|name| docs.get(*name).is_some_and(|doc| !doc.contains("```"))).collect();
    assert!(missing.is_empty(), "no example in the documentation of {missing:?}");
}
