//! The fuzz targets that need only the VM, with seeds instead of a fuzzer. `HARDTACK_SEEDS=1000000` tries more than usual.

#[path = "../../tests/fuzz/src/hostile.rs"]
mod hostile;

use hardtack_compiler::Options;
use hostile::Source;

const SEEDS: u64 = 3_000;

fn seeds() -> u64 {
    std::env::var("HARDTACK_SEEDS").map_or(SEEDS, |v| v.parse().expect("a number of seeds"))
}

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

fn sound(names: bool) -> Vec<u8> {
    let wat = include_bytes!("../../tests/fuzz/src/sound.wat");
    hardtack_compiler::compile(wat, &Options { names, ..Options::default() }).expect("the module is valid")
}

#[test]
fn arbitrary_bytes() {
    let head = sound(false);
    for seed in 0..seeds() {
        let noise = bytes(seed, (seed % 300) as usize);
        assert!(!hostile::load(&noise, &mut Source(&noise)));
        // After a header that is right.
        let mut file = head[..(seed as usize / 7) % head.len()].to_vec();
        file.extend(noise);
        assert!(!hostile::load(&file, &mut Source(&[])));
    }
    assert!(hostile::load(&head, &mut Source(&[])));
}

#[test]
fn mutations() {
    let files = [sound(true), sound(false)];
    let loaded = (0..seeds()).filter(|seed| hostile::mutate(&files[*seed as usize % 2], &bytes(!seed, 100))).count();
    assert!(loaded as u64 > seeds() / 50, "too few mutations load: {loaded}");
}
