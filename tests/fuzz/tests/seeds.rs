//! The targets that compare random modules, with seeds instead of a fuzzer. They need no nightly.
//!
//! `cargo test --release --features wasmtime` runs them; `HARDTACK_SEEDS=10000` tries more than usual. Those that need only the VM are in
//! `vm/tests/seeds.rs`.

use hardtack_fuzz as targets;

const SEEDS: u64 = 200;

/// Bytes of a seed (SplitMix64).
fn bytes(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    (0..len.div_ceil(8)).flat_map(|_| next().to_le_bytes()).take(len).collect()
}

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
