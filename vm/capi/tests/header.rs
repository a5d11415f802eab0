//! The header that is kept is the one that the sources make.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

fn home() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = home().join(path);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The header as the sources make it. With HARDTACK_BLESS set it is written.
fn made() -> &'static str {
    static MADE: OnceLock<String> = OnceLock::new();
    MADE.get_or_init(|| {
        let made = make();
        if std::env::var_os("HARDTACK_BLESS").is_some() {
            fs::write(home().join("include/hardtack.h"), &made).expect("the header can be written");
        }
        made
    })
}

fn make() -> String {
    let config = cbindgen::Config::from_file(home().join("cbindgen.toml")).expect("cbindgen.toml is sound");
    let bindings = cbindgen::Builder::new().with_crate(home()).with_config(config).generate();
    let mut made = Vec::new();
    bindings.expect("the sources have bindings").write(&mut made);
    // Rust's contract of unsafe functions is the header's preamble.
    without_safety(&String::from_utf8(made).expect("headers are text"))
}

#[test]
fn is_current() {
    let (made, kept) = (made(), read("include/hardtack.h"));
    let line = kept.lines().zip(made.lines()).position(|(kept, made)| kept != made);
    assert!(
        kept == made,
        "include/hardtack.h differs from what the sources make, first in line {:?}: HARDTACK_BLESS=1 writes it anew",
        line.map(|line| line + 1)
    );
}

/// Drops the `# Safety` sections of comments, which are meant for readers of the Rust sources.
fn without_safety(header: &str) -> String {
    let mut out: Vec<&str> = Vec::new();
    let mut dropping = false;
    for line in header.lines() {
        let text = line.trim();
        if text == "* # Safety" {
            dropping = true;
            while out.last().is_some_and(|line| line.trim() == "*") {
                out.pop();
            }
        }
        if text.starts_with("*/") {
            dropping = false;
        }
        if !dropping {
            out.push(line);
        }
    }
    out.join("\n") + "\n"
}

/// Names after `before`, as far as they are names.
fn names(text: &str, before: &str) -> BTreeSet<String> {
    let name = |rest: &str| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    text.match_indices(before).map(|(at, _)| name(&text[at + before.len()..])).collect()
}

/// All functions that the sources export.
fn functions() -> BTreeSet<String> {
    let sources: Vec<PathBuf> =
        fs::read_dir(home().join("src")).expect("there are sources").flatten().map(|entry| entry.path()).collect();
    let found = sources.iter().flat_map(|path| names(&read(path), "extern \"C\" fn "));
    found.filter(|name| name.starts_with("hardtack_")).collect()
}

#[test]
fn declares_every_function() {
    let header = made();
    let missing: Vec<String> = functions().into_iter().filter(|name| !header.contains(&format!("{name}("))).collect();
    assert!(missing.is_empty(), "the header lacks {missing:?}");
    assert!(functions().len() > 100, "the search for functions finds them");
}

#[test]
fn every_function_is_called_by_a_program_of_the_tests() {
    let programs = ["tests/c/api.c", "tests/c/wasi.c", "examples/plugin.c", "examples/plugin.cpp"];
    let programs: String = programs.iter().map(read).collect();
    let uncalled: Vec<String> =
        functions().into_iter().filter(|name| !programs.contains(&format!("{name}("))).collect();
    assert!(uncalled.is_empty(), "no C program of the tests calls {uncalled:?}");
}

#[test]
fn says_its_version() {
    let header = read("include/hardtack.h");
    assert!(header.contains(concat!("#define HARDTACK_VERSION \"", env!("CARGO_PKG_VERSION"), "\"")));
}
