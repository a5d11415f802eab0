//! Chooses the dispatcher: threaded where the handlers' tail calls are known to be compiled as jumps.

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
}
