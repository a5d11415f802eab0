//! The fuzz targets that need only the VM, with seeds instead of a fuzzer. `HARDTACK_SEEDS=1000000` tries more than usual.

#[path = "../../tests/fuzz/src/hostile.rs"]
mod hostile;
#[path = "../../tests/fuzz/src/noise.rs"]
mod noise;

use hardtack_compiler::Options;
use hardtack_compiler::isa::InstructionSet;
use hardtack_format::module::{HEADER_LEN, SECTION_LEN};
use hostile::Source;
use noise::bytes;
use std::path::{Path, PathBuf};

const SEEDS: u64 = 3_000;

fn seeds() -> u64 {
    std::env::var("HARDTACK_SEEDS").map_or(SEEDS, |v| v.parse().expect("a number of seeds"))
}

fn sound(names: bool) -> Vec<u8> {
    compiled(&Options { names, ..Options::default() })
}

fn compiled(options: &Options) -> Vec<u8> {
    let wat = include_bytes!("../../tests/fuzz/src/sound.wat");
    hardtack_compiler::compile(wat, options).expect("the module is valid")
}

/// How to compile for the VM's instructions of an application's own, which the small dispatcher hasn't.
fn tailored() -> Options {
    if cfg!(feature = "compact") {
        return Options::default();
    }
    let isa = InstructionSet::parse(hostile::SET_TEXT).expect("the set is well-formed");
    Options { isa: Some(isa), ..Options::default() }
}

#[test]
fn arbitrary_bytes() {
    let head = sound(false);
    for seed in 0..seeds() {
        let noise = bytes(seed, (seed % 300) as usize);
        assert_eq!(hostile::load(&noise, &mut Source(&noise)), None);
        // After a header that is right.
        let mut file = head[..(seed as usize / 7) % head.len()].to_vec();
        file.extend(noise);
        assert_eq!(hostile::load(&file, &mut Source(&[])), None);
    }
    assert!(hostile::load(&head, &mut Source(&[])) > Some(5));
}

#[test]
fn mutations() {
    let files = [sound(true), sound(false), compiled(&tailored())];
    let mut reached = Reached::default();
    for seed in 0..seeds() {
        reached.count(hostile::mutate(&files[seed as usize % files.len()], &bytes(!seed, 100)));
    }
    println!("{reached:?}");
    assert!(reached.executed > seeds() / 20, "too few mutations are executed: {reached:?}");
}

/// Small programs of every sort of instruction, changed as a fuzzer changes them: places exchanged, repeated, or written over with what
/// stands elsewhere in this file or in another.
#[test]
fn resealed() {
    let files = cases();
    let mut reached = Reached::default();
    for seed in 0..seeds() {
        let noise = bytes(seed ^ 0x0c0f_fee0, 64);
        let mut source = Source(&noise);
        let mut file = files[seed as usize % files.len()].clone();
        let other = &files[source.below(files.len())];
        for _ in 0..=source.below(3) {
            change(&mut file, other, &mut source);
        }
        reached.count(hostile::resealed(&file));
    }
    println!("{reached:?} of {} files", files.len());
    assert!(reached.executed > seeds() / 5, "too few changed files are executed: {reached:?}");
    // Nor are they so little changed that nothing is refused.
    assert!(reached.refused > seeds() / 4, "too few changed files are refused: {reached:?}");
}

/// Writes to a place in META, FUNCS, CODE or DATA.
fn change(file: &mut [u8], other: &[u8], source: &mut Source<'_>) {
    let first = HEADER_LEN + 4 * SECTION_LEN;
    let at = first + source.below(file.len() - first);
    let len = 1 + source.below(8);
    let len = len.min(file.len() - at);
    match source.below(4) {
        0 => file[at] ^= 1 << source.below(8),
        1 => file[at] = source.below(256) as u8,
        2 => {
            let from = first + source.below(file.len() - first - len + 1);
            file.copy_within(from..from + len, at);
        }
        _ => {
            let from = source.below(other.len() - len + 1);
            file[at..at + len].copy_from_slice(&other[from..from + len]);
        }
    }
}

/// The case library, compiled.
fn cases() -> Vec<Vec<u8>> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cases");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(&dir).expect("the cases are there").map(|entry| entry.expect("a case").path()).collect();
    paths.sort();
    let wat = paths.iter().filter(|path| path.extension().is_some_and(|e| e == "wat"));
    let (plain, tailored) = (Options::default(), tailored());
    let compile = |(number, path): (usize, &PathBuf)| {
        let text = std::fs::read(path).expect("a case can be read");
        let options = if number % 3 == 0 { &tailored } else { &plain };
        hardtack_compiler::compile(&text, options).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    };
    let files: Vec<Vec<u8>> = wat.enumerate().map(compile).collect();
    assert!(files.len() > 50, "{} has {} cases", dir.display(), files.len());
    files
}

/// How far files got.
#[derive(Debug, Default)]
struct Reached {
    refused: u64,
    /// Loaded, but could not be instantiated, or has no function to call.
    loaded: u64,
    /// At least one function was called.
    executed: u64,
}

impl Reached {
    fn count(&mut self, calls: Option<usize>) {
        match calls {
            None => self.refused += 1,
            Some(0) => self.loaded += 1,
            Some(_) => self.executed += 1,
        }
    }
}
