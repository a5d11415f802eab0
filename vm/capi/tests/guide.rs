//! The guide's blocks in C compile without warnings.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

#[test]
fn blocks_in_c_compile() {
    if !Command::new("gcc").arg("--version").output().is_ok_and(|output| output.status.success()) {
        println!("skipped: there is no `gcc`");
        return;
    }
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(home.join("../../docs/guide/src/c-api.md")).expect("the page is there");
    let blocks: Vec<&str> = page.split("```c\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(!blocks.is_empty(), "there is code on the page");
    for (i, block) in blocks.iter().enumerate() {
        let source = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("guide{i}.c"));
        fs::write(&source, block).expect("files can be written");
        let mut gcc = Command::new("gcc");
        gcc.args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only", "-I"]);
        let output = gcc.arg(home.join("include")).arg(&source).output().expect("gcc runs");
        assert!(output.status.success(), "{}\n{block}", String::from_utf8_lossy(&output.stderr));
    }
}
