//! Bakes the module that the page on build scripts includes, and takes the README's Rust blocks out of it: rustdoc would take its
//! indented commands for Rust as well.

use std::path::Path;

fn main() {
    hardtack_compiler::Build::new("plugin.wat").compile();

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
