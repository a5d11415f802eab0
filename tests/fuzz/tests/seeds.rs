//! The targets that compare random modules, with seeds instead of a fuzzer. They need no nightly.
//!
//! `cargo test --release --features wasmtime` runs them; `HARDTACK_SEEDS=10000` tries more than usual. Those that need only the VM are in
//! `vm/tests/seeds.rs`.

#[path = "../src/noise.rs"]
mod noise;

use hardtack_fuzz as targets;
use noise::bytes;

const SEEDS: u64 = 200;

/// Runs a target over all seeds. Most of the modules must have something to compare, by far not only one thing.
fn run(name: &str, target: fn(&[u8]) -> usize) {
    let seeds = std::env::var("HARDTACK_SEEDS").map_or(SEEDS, |v| v.parse().expect("a number of seeds"));
    let compared: Vec<usize> = (0..seeds).map(|seed| target(&bytes(seed, 2000))).collect();
    let some = compared.iter().filter(|compared| **compared > 0).count();
    let all: usize = compared.iter().sum();
    println!("{name}: {all} calls, memories and globals of {some} modules of {seeds} seeds compared");
    assert!(some as u64 > seeds / 2 && all as u64 > 5 * seeds, "{name}: too little was compared");
}

/// One after the other: the compiler works in the thread that called it first, as it does when a fuzzer runs.
#[test]
fn targets_of_random_modules() {
    run("wasmi", targets::wasmi);
    run("passes", targets::passes);
    #[cfg(feature = "wasmtime")]
    run("wasmtime", targets::wasmtime);
}
