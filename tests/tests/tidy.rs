//! The house's rules, read from manifests and sources: who depends on whom, and what may stand where.

use hardtack_tests::{cases, workspace};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Longest source file, in lines.
const LONGEST: usize = 900;
/// Files that may be longer: data that reads as a table.
const TABLES: [&str; 1] = ["format-spec/src/table.rs"];

/// Fails with everything that breaks a rule.
fn check(rule: &str, broken: Vec<String>) {
    assert!(broken.is_empty(), "{rule}:\n  {}", broken.join("\n  "));
}

/// A source file without its comments, by its path in the workspace.
type Sources = BTreeMap<String, String>;

/// Sources below any of these directories or files.
fn sources(places: &[&str]) -> Sources {
    let paths = places.iter().flat_map(|place| {
        let path = workspace::root().join(place);
        if path.is_dir() { workspace::files(&path, "rs") } else { vec![path] }
    });
    paths.map(|path| (workspace::relative(&path), without_comments(&read(&path)))).collect()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Blanks lines that are comments: what is written there is no dependency.
fn without_comments(text: &str) -> String {
    let lines = text.lines().map(|line| if line.trim_start().starts_with("//") { "" } else { line });
    lines.collect::<Vec<_>>().join("\n")
}

/// Where a word stands in sources.
fn naming(word: &str, sources: &Sources) -> Vec<String> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let names = |line: &str| {
        line.match_indices(word)
            .any(|(at, _)| !line[..at].ends_with(is_part) && !line[at + word.len()..].starts_with(is_part))
    };
    let places = sources.iter().flat_map(|(path, text)| {
        text.lines().enumerate().filter(|(_, line)| names(line)).map(move |(i, _)| format!("{path}:{}", i + 1))
    });
    places.collect()
}

/// Packages that a crate depends on, development aside.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    fn of(table: &toml::Table, out: &mut BTreeSet<String>) {
        for key in ["dependencies", "build-dependencies"] {
            let names = table.get(key).and_then(toml::Value::as_table).into_iter().flat_map(|t| t.keys().cloned());
            out.extend(names);
        }
    }
    let manifest: toml::Table =
        read(&workspace::root().join(manifest)).parse().unwrap_or_else(|e| panic!("{manifest}: {e}"));
    let mut out = BTreeSet::new();
    of(&manifest, &mut out);
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    for target in targets.into_iter().flat_map(|t| t.values()).filter_map(toml::Value::as_table) {
        of(target, &mut out);
    }
    out
}

#[test]
fn crates_depend_one_way() {
    // compiler → format-spec ← vm ← wasi
    let forbidden: [(&str, &[&str]); 5] = [
        ("format-spec/Cargo.toml", &["hardtack-compiler", "hardtack-vm", "hardtack-wasi", "wasmparser", "wat"]),
        ("vm/Cargo.toml", &["hardtack-compiler", "hardtack-wasi", "wasmparser", "wat", "bincode"]),
        ("vm/wasi/Cargo.toml", &["hardtack-compiler", "wasmparser", "wat"]),
        ("vm/capi/Cargo.toml", &["hardtack-compiler", "hardtack-format", "wasmparser", "wat"]),
        ("compiler/Cargo.toml", &["hardtack-vm", "hardtack-wasi", "bincode"]),
    ];
    let broken = forbidden.iter().flat_map(|(manifest, names)| {
        let found = dependencies(manifest);
        names.iter().filter(move |n| found.contains(**n)).map(move |name| format!("{manifest} depends on {name}"))
    });
    check("dependencies run compiler → format-spec ← vm", broken.collect());
}

#[test]
fn only_the_frontend_names_wasmparser() {
    let mut sources = sources(&["compiler/src", "format-spec/src", "vm/src", "vm/wasi/src", "cli/src"]);
    sources.retain(|path, _| !path.starts_with("compiler/src/frontend/"));
    check("wasmparser is named outside compiler/src/frontend", naming("wasmparser", &sources));
}

#[test]
fn only_the_metadata_names_bincode() {
    let mut sources = sources(&["compiler/src", "format-spec/src", "vm/src", "vm/wasi/src", "cli/src"]);
    sources.remove("format-spec/src/meta.rs");
    check("bincode is named outside format-spec/src/meta.rs", naming("bincode", &sources));
}

#[test]
fn passes_know_primitives_not_instructions() {
    let sources = sources(&["compiler/src/ir", "compiler/src/opt"]);
    let named = ["isa", "Row", "STANDARD"].iter().flat_map(|word| naming(word, &sources));
    check("instructions are named in ir or opt", named.collect());
}

#[test]
fn the_allocator_sees_roles_not_opcodes() {
    let sources = sources(&["compiler/src/regalloc"]);
    let named = ["isa", "Row", "STANDARD"].iter().flat_map(|word| naming(word, &sources));
    check("instructions are named in regalloc", named.collect());
}

#[test]
fn passes_call_no_passes() {
    let dir = workspace::root().join("compiler/src/opt");
    let passes: BTreeSet<String> = std::fs::read_dir(&dir)
        .expect("compiler/src/opt exists")
        .flatten()
        .map(|entry| entry.path().with_extension("").file_name().unwrap_or_default().to_string_lossy().into_owned())
        .filter(|name| name != "mod" && name != "tests")
        .collect();
    let mut broken = Vec::new();
    for (path, text) in sources(&["compiler/src/opt"]) {
        let own = path.trim_start_matches("compiler/src/opt/").split(['/', '.']).next().unwrap_or_default().to_string();
        if own == "mod" || own == "tests" {
            continue;
        }
        for other in passes.iter().filter(|other| **other != own) {
            for form in [format!("super::{other}::"), format!("opt::{other}::")] {
                if text.contains(&form) {
                    broken.push(format!("{path} uses {form}"));
                }
            }
        }
    }
    check("a pass calls a pass", broken);
}

#[test]
fn unsafe_code_is_the_vms_alone() {
    let roots = ["compiler/src/lib.rs", "cli/src/lib.rs", "cli/src/main.rs", "vm/wasi/src/lib.rs"];
    let sources = sources(&roots);
    let broken = sources.iter().filter(|(_, text)| !text.contains("#![forbid(unsafe_code)]"));
    check("these crates don't forbid unsafe code", broken.map(|(path, _)| path.clone()).collect());
}

#[test]
fn unsafe_blocks_name_what_they_rest_on() {
    let broken = all_sources()
        .into_iter()
        .filter(|(_, text)| text.to_lowercase().contains(&["valid by", "construction"].join(" ")));
    check("a SAFETY comment names no rule and no constructor", broken.map(|(path, _)| path).collect());
}

#[test]
fn files_fit_under_one_caption() {
    let long = all_sources()
        .into_iter()
        .filter(|(path, text)| text.lines().count() > LONGEST && !TABLES.contains(&path.as_str()));
    check(&format!("files of more than {LONGEST} lines"), long.map(|(path, _)| path).collect());
}

#[test]
fn nothing_is_kept_in_step_by_hand() {
    let phrase = ["keep in", "sync"].join(" ");
    let broken = all_sources().into_iter().filter(|(_, text)| text.to_lowercase().contains(&phrase));
    check("comments ask to keep things in step", broken.map(|(path, _)| path).collect());
}

/// Every source, comments included.
fn all_sources() -> Vec<(String, String)> {
    let paths = workspace::files(workspace::root(), "rs").into_iter();
    paths.map(|path| (workspace::relative(&path), read(&path))).collect()
}

#[test]
fn every_snapshot_belongs_to_a_test() {
    let cases: BTreeSet<String> = cases::all().into_iter().map(|case| case.name).collect();
    let sources = all_sources();
    let mut broken = Vec::new();
    for path in workspace::files(workspace::root(), "snap") {
        let (place, stem) = (workspace::relative(&path), path.file_stem().unwrap_or_default().to_string_lossy());
        let named = || sources.iter().any(|(_, text)| text.contains(&format!("\"{stem}\"")));
        if path.parent() != Some(&workspace::root().join("snapshots")) {
            broken.push(format!("{place} lies outside snapshots/"));
        } else if !cases.contains(&*stem) && !named() {
            broken.push(format!("{place} belongs to no case and is named by no test"));
        }
    }
    check("snapshots", broken);
}

/// A type or trait that a crate offers.
struct Offered {
    /// Where it is defined.
    place: String,
    name: String,
    doc: String,
}

/// The types and traits that a file defines at its outermost level for others, with their documentation.
fn definitions(place: &str, text: &str) -> Vec<Offered> {
    let (mut found, mut doc) = (Vec::new(), String::new());
    for line in text.lines() {
        if let Some(text) = line.strip_prefix("///") {
            doc += text;
            doc.push('\n');
            continue;
        }
        // Attributes stand between a comment and what it is about, over several lines at times.
        if line.starts_with("#[") || line.starts_with([' ', ')']) {
            continue;
        }
        let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
        let is_type =
            words.next() == Some("pub") && words.next().is_some_and(|w| ["struct", "enum", "trait"].contains(&w));
        if let Some(name) = words.next().filter(|_| is_type) {
            found.push(Offered { place: place.into(), name: name.into(), doc: std::mem::take(&mut doc) });
        }
        doc.clear();
    }
    found
}

/// Code without the items that documentation doesn't show.
fn shown(code: &str) -> String {
    let mut parts = code.split("#[doc(hidden)]");
    let first = parts.next().unwrap_or_default().to_string();
    parts.fold(first, |shown, part| {
        let end = match part.find(['{', ';']) {
            Some(at) if part[at..].starts_with('{') => part.find("\n}").map_or(part.len(), |end| end + 2),
            Some(at) => at + 1,
            None => part.len(),
        };
        shown + &part[end..]
    })
}

/// What can be named in a crate from outside: what its public modules define, and what they take from elsewhere with `pub use`.
fn offered(source: &str) -> Vec<Offered> {
    let module = |dir: &Path, name: &str| {
        let (file, nested) = (dir.join(format!("{name}.rs")), dir.join(name).join("mod.rs"));
        if file.exists() { file } else { nested }
    };
    let format = workspace::root().join("format-spec/src");
    let (mut files, mut names) = (vec![workspace::root().join(source).join("lib.rs")], BTreeSet::new());
    let mut all = Vec::new();
    let mut next = 0;
    while let Some(path) = files.get(next).cloned() {
        next += 1;
        let text = read(&path);
        let stem = path.file_stem().unwrap_or_default();
        let dir = path.parent().unwrap_or(&path);
        let below = if stem == "lib" || stem == "mod" { dir.to_path_buf() } else { dir.join(stem) };
        let code = shown(&without_comments(&text));
        for name in code.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')) {
            files.push(module(&below, name));
        }
        for path in code.split(';').filter_map(|item| item.split_once("pub use ")).map(|(_, path)| path.trim()) {
            match path.strip_prefix("hardtack_format::") {
                Some(name) if name.chars().all(|c| c.is_lowercase() || c == '_') => files.push(module(&format, name)),
                _ => names.extend(path.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_string)),
            }
        }
        all.extend(definitions(&workspace::relative(&path), &text));
    }
    let known: BTreeSet<String> = all.iter().map(|item| item.name.clone()).collect();
    let others = [workspace::root().join(source), format].into_iter().flat_map(|dir| workspace::files(&dir, "rs"));
    let others = others.flat_map(|path| definitions(&workspace::relative(&path), &read(&path)));
    // The format's own types have names of the VM's at times: what the crate defines itself comes first.
    for item in others.filter(|item| names.contains(&item.name) && !known.contains(&item.name)) {
        if all.iter().all(|known| known.name != item.name) {
            all.push(item);
        }
    }
    all
}

#[test]
fn every_public_type_has_an_example() {
    for (source, least) in [("vm/src", 55), ("vm/wasi/src", 15), ("compiler/src", 10)] {
        let all = offered(source);
        assert!(all.len() >= least, "{source}: {:?}", all.iter().map(|item| &item.name).collect::<Vec<_>>());
        let missing = all.iter().filter(|item| !item.doc.contains("```"));
        check("types without an example", missing.map(|item| format!("{}: {}", item.place, item.name)).collect());
    }
}

#[test]
fn instruction_groups_are_features_of_the_vm() {
    use hardtack_format::isa::Group;
    let manifest: toml::Table = read(&workspace::root().join("vm/Cargo.toml")).parse().expect("it is TOML");
    let features = manifest["features"].as_table().expect("a table of features");
    let default = features["default"].as_array().expect("a list of features");
    let mut broken = Vec::new();
    for group in Group::ALL.iter().filter(|group| **group != Group::base) {
        if !features.contains_key(group.name()) {
            broken.push(format!("vm/Cargo.toml has no feature `{}`", group.name()));
        } else if !default.iter().any(|feature| feature.as_str() == Some(group.name())) {
            broken.push(format!("`{}` is not among the default features", group.name()));
        }
    }
    check("each group but the base is a feature, on by default", broken);
}
