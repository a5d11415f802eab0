//! `hardtack stats` and `hardtack profile`.

mod hardtack;

use hardtack::{file, hardtack, scratch};
use serde_json::Value;
use std::path::Path;

/// A loop of known counts around a call of known counts.
const WORK: &str = r#"(module
    (memory 1)
    (func $inner (param $n i32) (result i32) (local $total i32)
        (loop $next
            (local.set $total (i32.xor (local.get $total) (i32.load (local.get $n))))
            (local.set $n (i32.sub (local.get $n) (i32.const 1)))
            (br_if $next (local.get $n)))
        (local.get $total))
    (func $outer (export "run") (param $n i32) (result i32) (local $total i32)
        (loop $next
            (local.set $total (i32.add (local.get $total) (call $inner (i32.const 50))))
            (local.set $n (i32.sub (local.get $n) (i32.const 1)))
            (br_if $next (local.get $n)))
        (local.get $total)))"#;

fn stats(args: &[&str], code: i32) -> Value {
    let args = ["stats", "--json"].iter().chain(args);
    let ran = hardtack(args).exits(code);
    let last = ran.stdout.lines().last().unwrap_or_else(|| panic!("no report: {ran:?}"));
    serde_json::from_str(last).unwrap_or_else(|e| panic!("{e}: {last}"))
}

/// The sum over entries of a list whose names contain a text.
fn count(list: &Value, name: &str) -> u64 {
    let entries = list.as_array().unwrap().iter();
    entries.filter(|e| e["name"].as_str().unwrap().contains(name)).map(|e| e["count"].as_u64().unwrap()).sum()
}

#[test]
fn counts_are_those_of_the_program() {
    let dir = scratch("counts_are_those_of_the_program");
    let input = file(&dir, "work.wat", WORK);
    // Without optimisation, so that nothing is unrolled or inlined.
    let report = stats(&["--top", "100", "-O0", "--invoke", "run", &input, "20"], 0);
    let all = report["executed"].as_u64().unwrap();
    let opcodes = report["opcodes"].as_array().unwrap();
    assert_eq!(opcodes.iter().map(|o| o["count"].as_u64().unwrap()).sum::<u64>(), all);
    // 20 calls of 50 rounds each, with a load in each round.
    assert_eq!(count(&report["opcodes"], "load"), 1000, "{report}");
    assert_eq!(report["calls"], 20, "{report}");
    let functions = report["functions"].as_array().unwrap();
    assert_eq!((functions[0]["name"].as_str(), functions[0]["entered"].as_u64()), (Some("inner"), Some(20)));
    assert_eq!((functions[1]["name"].as_str(), functions[1]["entered"].as_u64()), (Some("outer"), Some(1)));
    let loops = report["loops"].as_array().unwrap();
    // Every round but the last of each goes back.
    let of = |name: &str| loops.iter().find(|l| l["name"] == name).unwrap_or_else(|| panic!("{report}"));
    assert_eq!((of("inner")["iterations"].as_u64(), of("outer")["iterations"].as_u64()), (Some(980), Some(19)));
    assert_eq!(report["branches_untold"], 0, "{report}");
    assert!(report["branches_taken"].as_u64().unwrap() >= 980 + 19, "{report}");
    // The operators of the loops as they stand in the text: ten in a round inside, nine in one outside, and a few around.
    let operators = report["wasm_operators"].as_u64().unwrap();
    assert!((9_000..14_000).contains(&operators), "{report}");
    // Pairs are no more often than their parts.
    for pair in report["sequences"]["2"].as_array().unwrap() {
        let (first, _) = pair["name"].as_str().unwrap().split_once("; ").unwrap();
        let part = opcodes.iter().find(|o| o["name"] == first).unwrap();
        assert!(pair["count"].as_u64() <= part["count"].as_u64(), "{report}");
    }
}

#[test]
fn counting_changes_nothing_else() {
    let dir = scratch("counting_changes_nothing_else");
    let input = file(&dir, "hello.wat", include_str!("../examples/hello.wat"));
    let plain = hardtack(["run", &input]).exits(0);
    let out = dir.join("report.json").to_str().unwrap().to_string();
    hardtack(["stats", "--json", "-o", &out, &input]).exits(0).prints(&plain.stdout);
    let report: Value = serde_json::from_str(&std::fs::read_to_string(&out).unwrap()).unwrap();
    assert!(report["executed"].as_u64().unwrap() > 100, "{report}");
    hardtack(["stats", &input]).exits(0).mentions(&plain.stdout).mentions("by instruction").mentions("loops");
    // The same file without its source gives the same counts, but for what only the source tells.
    let tack = dir.join("hello.tack").to_str().unwrap().to_string();
    hardtack(["compile", &input]).exits(0);
    let baked = stats(&[&tack], 0);
    assert_eq!(baked["executed"], report["executed"]);
    assert!(baked["wasm_operators"].is_null() && report["wasm_operators"].is_u64());
    // A run that fails is counted as far as it went.
    let crash = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/wasi-programs/built/crash.wasm");
    let failed = stats(&["--invoke", "run", crash.to_str().unwrap(), "5"], 134);
    assert!(failed["executed"].as_u64().unwrap() > 10, "{failed}");
    assert_eq!(failed["exit"], 134);
}

#[test]
fn a_profile_shows_who_called_whom() {
    let dir = scratch("a_profile_shows_who_called_whom");
    let input = file(&dir, "work.wat", WORK);
    let path = |name: &str| dir.join(name).to_str().unwrap().to_string();
    let (folded, again, svg) = (path("stacks.txt"), path("again.txt"), path("flame.svg"));
    for to in [&folded, &again] {
        let args = ["profile", "-O0", "--every", "7", "--folded", to, "-o", &svg, "--invoke", "run", &input, "20"];
        hardtack(args).exits(0).complains("samples").complains("inner");
    }
    let stacks = std::fs::read_to_string(&folded).unwrap();
    assert_eq!(stacks, std::fs::read_to_string(&again).unwrap(), "profiles repeat");
    let found = |stack: &str| -> u64 {
        let lines = stacks.lines().filter_map(|line| line.rsplit_once(' '));
        lines.filter(|(own, _)| *own == stack).map(|(_, count)| count.parse::<u64>().unwrap()).sum()
    };
    let report = stats(&["-O0", "--invoke", "run", &input, "20"], 0);
    let all = found("outer;inner") + found("outer");
    let expected = report["executed"].as_u64().unwrap() / 7;
    assert!(all.abs_diff(expected) <= expected / 50 + 2, "{all} samples, {expected} expected:\n{stacks}");
    assert!(found("outer;inner") > 10 * found("outer"), "{stacks}");
    let svg = std::fs::read_to_string(svg).unwrap();
    assert!(svg.contains("<svg") && svg.contains("inner"), "{svg}");
    hardtack(["profile", "--invoke", "run", "-o", &path("none.svg"), &input, "1", "--every", "1000000"]).exits(2);
    let few = ["profile", "--every", "1000000", "-o", &path("none.svg"), "--invoke", "run", &input, "1"];
    hardtack(few).exits(1).complains("too few");
}
