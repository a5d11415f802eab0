//! Symbol files and backtraces: `hardtack compile --symbols`, `run --symbols`, `symbolize`.

mod hardtack;

use hardtack::{file, hardtack, scratch, with_input};
use std::path::Path;

/// A C program with debug information that fails some calls deep; see the script beside its source.
fn crash() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/wasi-programs/built/crash.wasm");
    path.to_str().expect("a path that is text").to_string()
}

/// The line of the source on which a comment stands, from 1.
fn line_of(comment: &str) -> usize {
    let source = include_str!("../../tests/wasi-programs/c/crash.c");
    1 + source.lines().position(|line| line.contains(comment)).expect("the comment is there")
}

/// What the backtrace must say, from the inside out.
fn expected() -> [String; 4] {
    let at = |comment| format!("c/crash.c:{}", line_of(comment));
    [
        format!("value_of (inlined) at {}", at("where it ends")),
        format!("sum (function 0) at {}", at("inlined here")),
        format!("build_and_sum (function 1) at {}", at("called here")),
        format!("run (function 2) at {}", at("and here")),
    ]
}

/// Fails unless the texts stand in this order, each on a line of its own.
#[track_caller]
fn has_in_order(text: &str, texts: &[String]) {
    let mut lines = text.lines();
    for wanted in texts {
        // The compiler's paths may begin with a directory.
        let wanted = wanted.replace(" at c/", " at ");
        let shown = |line: &str| line.replace(" at ./c/", " at ").replace(" at c/", " at ");
        assert!(lines.any(|line| shown(line).contains(&wanted)), "no {wanted:?}, or not there, in:\n{text}");
    }
}

#[test]
fn a_trap_in_c_is_shown_with_files_and_lines() {
    let dir = scratch("a_trap_in_c_is_shown_with_files_and_lines");
    let path = |name: &str| dir.join(name).to_str().unwrap().to_string();
    let (tack, symbols) = (path("crash.tack"), path("crash.tacksym"));
    hardtack(["run", &crash(), "--invoke", "run", "3"]).exits(0).prints("8\n");

    // With the module at hand no symbol file is needed.
    let ran = hardtack(["run", "--no-inline", &crash(), "--invoke", "run", "5"]).exits(134).complains("unreachable");
    has_in_order(&ran.stderr, &expected());

    for level in ["-O0", "-O2"] {
        let args = ["compile", &crash(), "--no-names", "--no-inline", level, "-o", &tack, "--symbols", &symbols];
        hardtack(args).exits(0).prints("");
        // What is shipped says numbers only.
        let ran = hardtack(["run", &tack, "--invoke", "run", "5"]).exits(134).complains("  build ");
        assert!(!ran.stderr.contains("crash.c") && !ran.stderr.contains("sum"), "{}", ran.stderr);
        // At the desk they become names and lines, beforehand or afterwards.
        let known = hardtack(["run", "--symbols", &symbols, "--invoke", "run", &tack, "5"]).exits(134);
        has_in_order(&known.stderr, &expected());
        let report = file(&dir, "report.txt", &ran.stderr);
        let afterwards = hardtack(["symbolize", &report, "--symbols", &symbols]).exits(0);
        assert_eq!(afterwards.stdout, known.stderr);
        let piped = with_input(["symbolize", "-", "--symbols", &symbols], ran.stderr.as_bytes()).exits(0);
        assert_eq!(piped.stdout, known.stderr);
    }
}

#[test]
fn the_file_is_the_same_with_symbols_beside_it() {
    let dir = scratch("the_file_is_the_same_with_symbols_beside_it");
    let path = |name: &str| dir.join(name).to_str().unwrap().to_string();
    hardtack(["compile", "--no-inline", &crash(), "-o", &path("a.tack")]).exits(0);
    hardtack(["compile", "--no-inline", &crash(), "-o", &path("b.tack"), "--symbols", &path("b.tacksym")]).exits(0);
    assert_eq!(std::fs::read(path("a.tack")).unwrap(), std::fs::read(path("b.tack")).unwrap());
    hardtack(["compile", "--no-inline", &crash(), "-o", &path("c.tack"), "--symbols", &path("c.tacksym")]).exits(0);
    assert_eq!(std::fs::read(path("b.tacksym")).unwrap(), std::fs::read(path("c.tacksym")).unwrap());
    // Names within the file work as symbols too, as far as they go.
    let ran = hardtack(["run", &path("a.tack"), "--invoke", "run", "5"]).exits(134);
    with_input(["symbolize", "-", "--symbols", &path("a.tack")], ran.stderr.as_bytes())
        .exits(0)
        .mentions("build_and_sum (function 1)")
        .mentions("wasm offset 0x");
}

#[test]
fn symbols_of_another_build_are_refused() {
    let dir = scratch("symbols_of_another_build_are_refused");
    let path = |name: &str| dir.join(name).to_str().unwrap().to_string();
    let other = file(&dir, "other.wat", "(module (func (export \"run\") (param i32) unreachable))");
    hardtack(["compile", &other, "--symbols", &path("other.tacksym")]).exits(0);
    hardtack(["compile", &crash(), "-o", &path("crash.tack")]).exits(0);
    let run = ["run", "--symbols", &path("other.tacksym"), "--invoke", "run", &path("crash.tack"), "5"];
    hardtack(run).exits(2).complains("belong to build");
    let ran = hardtack(["run", &path("crash.tack"), "--invoke", "run", "5"]).exits(134);
    let symbolize = ["symbolize", "-", "--symbols", &path("other.tacksym")];
    let left = with_input(symbolize, ran.stderr.as_bytes()).exits(1).complains("no symbols of build");
    assert_eq!(left.stdout, ran.stderr);
    with_input(symbolize, b"nothing\n").exits(1).complains("no frames").prints("nothing\n");
    // Without debug information there are names all the same.
    let ran = hardtack(["run", &path("other.tack"), "--invoke", "run", "5"]).exits(134);
    with_input(symbolize, ran.stderr.as_bytes()).exits(0).mentions("run (function 0)");
}

#[test]
fn damaged_symbol_files_are_refused() {
    let dir = scratch("damaged_symbol_files_are_refused");
    let path = |name: &str| dir.join(name).to_str().unwrap().to_string();
    hardtack(["compile", &crash(), "-o", &path("crash.tack"), "--symbols", &path("crash.tacksym")]).exits(0);
    let bytes = std::fs::read(path("crash.tacksym")).unwrap();
    let trace = b"0: function 0 at code offset 0x2";
    for damaged in [&bytes[..bytes.len() / 2], &[&bytes[..], b"x"].concat(), b"", b"hello"] {
        let damaged = file(&dir, "damaged.tacksym", damaged);
        with_input(["symbolize", "-", "--symbols", &damaged], trace).exits(1).complains("damaged.tacksym");
        hardtack(["run", "--symbols", &damaged, "--invoke", "run", &path("crash.tack"), "3"]).exits(1);
    }
}

#[test]
fn names_are_demangled() {
    let dir = scratch("names_are_demangled");
    let wat = r#"(module (func $_ZN5shape4areaEd unreachable)
        (func $_RNvNtC4code5inner4work call $_ZN5shape4areaEd)
        (func (export "run") call $_RNvNtC4code5inner4work))"#;
    let input = file(&dir, "names.wat", wat);
    hardtack(["run", &input, "--invoke", "run", "-O0"])
        .exits(134)
        .complains("shape::area(double) (function 0)")
        .complains("code::inner::work (function 1)");
}
