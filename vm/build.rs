//! Chooses the dispatcher: threaded where the handlers' tail calls are known to be compiled as jumps. And leaves out the standard
//! instructions that an application's set says it can do without, if the environment names its file.

use std::env::var;

/// Architecture and operating system (`None` for any) on which LLVM turns a call in tail position of a handler into a jump,
/// with the calling convention that `exec::handlers` uses there. Each was compiled and its machine code read.
const THREADED: &[(&str, Option<&str>)] =
    &[("x86_64", None), ("aarch64", None), ("riscv64", None), ("riscv32", None), ("loongarch64", None)];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let arch = var("CARGO_CFG_TARGET_ARCH").unwrap_or_default();
    let os = var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    let listed = THREADED.iter().any(|(a, o)| *a == arch && o.is_none_or(|o| o == os));
    // Without optimisation a tail call is a call, and the native stack would grow with every instruction.
    let optimised = var("OPT_LEVEL").is_ok_and(|level| level != "0");
    // The small dispatcher is a loop.
    let compact = var("CARGO_FEATURE_COMPACT").is_ok();
    if listed && optimised && !compact && var("CARGO_CFG_HARDTACK_LOOPED").is_err() {
        println!("cargo::rustc-cfg=hardtack_threaded");
    }
    leave_out();
}

/// The variable that names the file of an instruction set whose `without` list is left out of this VM.
const PRUNE: &str = "HARDTACK_PRUNE";

/// Writes the opcodes that are left out. The compiler checks such lists when it reads the file; here numbers are all that matters.
fn leave_out() {
    println!("cargo::rerun-if-env-changed={PRUNE}");
    let mut opcodes: Vec<u16> = vec![];
    if let Some(path) = std::env::var_os(PRUNE) {
        println!("cargo::rerun-if-changed={}", path.display());
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{PRUNE} is {}: {e}", path.display()));
        let code: Vec<&str> = text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
        let code = code.join("\n");
        let list = code.split_once("without").and_then(|(_, rest)| rest.split_once('[')?.1.split_once(']'));
        let numbers = list.map_or("", |(list, _)| list).split_whitespace();
        opcodes = numbers.map(|n| n.parse().unwrap_or_else(|e| panic!("{}: `{n}`: {e}", path.display()))).collect();
    }
    let out = std::env::var_os("OUT_DIR").expect("cargo sets it");
    let text = format!(
        "/// Opcodes of standard instructions that this VM is built without.\npub(crate) const LEFT_OUT: &[u16] = &{opcodes:?};\n"
    );
    std::fs::write(std::path::Path::new(&out).join("left_out.rs"), text)
        .expect("the output directory can be written to");
}
