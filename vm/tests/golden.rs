//! Files written by this format version, kept: what loads and runs today must do so tomorrow.
//!
//! Each `tests/golden/NAME.tack` was compiled from `tests/golden/NAME.wat` when the format had its present version; its `check` answers 42. While the
//! version is 0.x a change of the format rewrites them with `HARDTACK_BLESS=1`; from 1.0 on files are only ever added.

use hardtack_format::read::{File, Reader};
use hardtack_format::version::CURRENT;
use hardtack_vm::{Engine, Linker, Module, Store};
use std::path::PathBuf;

/// The golden file of this name and extension.
fn golden(name: &str, extension: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden")).join(name).with_extension(extension)
}

fn check(name: &str) {
    let path = golden(name, "tack");
    if std::env::var_os("HARDTACK_BLESS").is_some() {
        let wat = std::fs::read(golden(name, "wat")).expect("the source is there");
        let options = hardtack_compiler::Options { names: false, ..Default::default() };
        let tack = hardtack_compiler::compile(&wat, &options).expect("the source compiles");
        std::fs::write(&path, tack).expect("the file can be written");
    }
    let bytes = std::fs::read(&path).expect("the golden file is there");
    let version = File::parse(&bytes, &Reader::default()).expect("it is read").header.version;
    assert_eq!(version.major, CURRENT.major);

    let module = Module::load(bytes).expect("it loads");
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    linker.func_wrap("host", "seven", || 7i32).expect("nothing is linked twice");
    let instance = linker.instantiate(&mut store, &module).expect("it is instantiated");
    let answer = instance.get_typed_func::<(), i32>(&store, "check").expect("it exports `check`");
    assert_eq!(answer.call(&mut store, ()).expect("it runs"), 42);
}

#[test]
fn everyday() {
    check("everyday");
}

#[test]
fn numbers() {
    check("numbers");
}

#[test]
fn references() {
    check("references");
}

/// A file of a later minor or another major is refused by name, not misread.
#[test]
fn later_versions_are_refused() {
    let bytes = std::fs::read(golden("everyday", "tack")).expect("the golden file is there");
    for (offset, needle) in [(8, "1."), (10, "0.2")] {
        let mut later = bytes.clone();
        later[offset] += 1;
        let error = Module::load(later).expect_err("a later version").to_string();
        assert!(error.contains(needle) && error.contains("0.1"), "{error}");
    }
}
