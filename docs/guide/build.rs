//! Bakes the modules that the pages on build scripts and on instruction sets include, and takes the README's Rust blocks out of it: rustdoc would take its
//! indented commands for Rust as well.

use hardtack_compiler::isa::tailor::{Budget, Input, Options, tailor};
use std::path::Path;

/// The module that the page shows, an instruction set for it, and the module baked for that.
fn tailored() {
    let page = "src/tailored.md";
    println!("cargo::rerun-if-changed={page}");
    let text = std::fs::read_to_string(page).expect("the page is there");
    let (_, module) = text.split_once("\n```wat,app.wat\n").expect("the page shows a module");
    let (module, _) = module.split_once("\n```").expect("the block ends");

    let tack = hardtack_compiler::compile(module.as_bytes(), &Default::default()).expect("the module is sound");
    let options = Options { budget: Budget::Rows(200), profile: None, common: 1, prune: false };
    let set = tailor(&[Input { name: "app.wasm", tack: &tack }], &options).expect("it was just compiled").text;
    let out = std::env::var_os("OUT_DIR").expect("cargo says where to write");
    let write = |name: &str, text: &str| {
        let path = Path::new(&out).join(name);
        std::fs::write(&path, text).expect("it can be written");
        path
    };
    hardtack_compiler::Build::new(write("app.wat", module)).isa(write("app.isa", &set)).compile();
}

fn main() {
    hardtack_compiler::Build::new("plugin.wat").compile();
    tailored();

    let readme = "../../README.md";
    println!("cargo::rerun-if-changed={readme}");
    let text = std::fs::read_to_string(readme).expect("the README is there");
    let parts = text.split("\n```rust").skip(1);
    let blocks: Vec<String> =
        parts.filter_map(|part| Some(format!("```rust{}\n```\n", part.split_once("\n```")?.0))).collect();
    assert!(!blocks.is_empty(), "the README shows Rust");
    let out = std::env::var_os("OUT_DIR").expect("cargo says where to write");
    std::fs::write(Path::new(&out).join("readme.md"), blocks.concat()).expect("it can be written");
}
