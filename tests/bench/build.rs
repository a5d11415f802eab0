//! Which instruction set the benchmark's VM has: that of the file named by `HARDTACK_BENCH_ISA`, else an empty one.

use std::path::Path;

fn main() {
    println!("cargo::rerun-if-env-changed=HARDTACK_BENCH_ISA");
    let text = match std::env::var_os("HARDTACK_BENCH_ISA") {
        Some(path) => {
            println!("cargo::rerun-if-changed={}", Path::new(&path).display());
            std::fs::read_to_string(&path).expect("HARDTACK_BENCH_ISA names a file")
        }
        None => "rows! {}".into(),
    };
    let out = std::env::var_os("OUT_DIR").expect("cargo sets it");
    std::fs::write(Path::new(&out).join("bench.isa"), text).expect("it can be written");
}
