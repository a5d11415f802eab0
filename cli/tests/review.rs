//! `hardtack diff` and `hardtack size`, and snapshots that users keep of their functions.

mod hardtack;

use hardtack::{Ran, file, hardtack, scratch, with_input};

/// A module with these functions after an import.
fn module(functions: &[&str]) -> String {
    format!("(module (import \"env\" \"log\" (func $log (param i32))) (memory 1) {})", functions.join("\n"))
}

const SUM: &str = r#"(func $sum (export "sum") (param $n i32) (result i32) (local $total i32)
    (loop $next
        (local.set $total (i32.add (local.get $total) (local.get $n)))
        (call $log (local.get $total))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br_if $next (local.get $n)))
    (local.get $total))"#;
const TWICE: &str = r#"(func $twice (export "twice") (param i32) (result i32)
    (i32.mul (call $sum (local.get 0)) (i32.const 2)))"#;
const NEW: &str = r#"(func $new (param i32) (call $log (i32.const 7)))"#;

/// Runs `hardtack diff` on two modules in the text format.
fn diff(test: &str, a: &str, b: &str, options: &[&str]) -> Ran {
    let dir = scratch(test);
    let (a, b) = (file(&dir, "a.wat", a), file(&dir, "b.wat", b));
    hardtack(["diff", &a, &b].into_iter().chain(options.iter().copied()))
}

/// The lines that a diff adds and removes, their indentation left out.
fn changes(ran: &Ran) -> Vec<String> {
    let hunks = ran.stdout.lines().filter(|line| !line.starts_with("+++") && !line.starts_with("---"));
    // The summary before the first hunk has signs of its own.
    let hunks = hunks.skip_while(|line| !line.starts_with("@@"));
    let signed = hunks.filter(|line| line.starts_with(['+', '-']));
    signed.map(|line| format!("{} {}", &line[..1], line[1..].trim())).collect()
}

#[test]
fn equal_files_are_the_same() {
    let text = module(&[SUM, TWICE]);
    diff("equal_files_are_the_same", &text, &text, &[])
        .exits(0)
        .mentions("2 the same (0 moved), 0 changed, 0 removed, 0 added")
        .mentions("The same build.");
}

#[test]
fn names_and_signatures_are_no_difference() {
    let dir = scratch("names_and_signatures_are_no_difference");
    let input = file(&dir, "a.wat", module(&[SUM]));
    let path = |name: &str| dir.join(name).to_str().unwrap().to_string();
    hardtack(["compile", &input, "-o", &path("a.tack")]).exits(0);
    hardtack(["compile", &input, "-o", &path("b.tack"), "--no-names"]).exits(0);
    hardtack(["diff", &path("a.tack"), &path("b.tack")])
        .exits(0)
        .mentions("only debug information or signature differ");
}

#[test]
fn a_changed_function_is_shown_line_by_line() {
    let changed = SUM.replace("(i32.const 1)", "(i32.const 3)");
    let ran =
        diff("a_changed_function", &module(&[SUM, TWICE]), &module(&[&changed, TWICE]), &["--no-inline"]).exits(1);
    let ran =
        ran.mentions("1 the same (0 moved), 1 changed, 0 removed, 0 added").mentions("b.wat $sum (function 1)\n@@ ");
    let changes = changes(&ran);
    assert!(changes.iter().all(|line| !line.contains("twice")), "{changes:?}");
    assert!(changes.iter().any(|line| line.starts_with("- ") && line.contains("#-1")), "{changes:?}");
    assert!(changes.iter().any(|line| line.starts_with("+ ") && line.contains("#-3")), "{changes:?}");
    assert_eq!(changes.len(), 2, "{ran:#?}");
}

#[test]
fn a_function_that_is_added_changes_none_of_its_neighbours() {
    let ran = diff("a_function_that_is_added", &module(&[SUM, TWICE]), &module(&[NEW, SUM, TWICE]), &[]).exits(1);
    let ran = ran.mentions("2 the same (2 moved), 0 changed, 0 removed, 1 added").mentions("only in");
    assert_eq!(changes(&ran), Vec::<String>::new(), "{ran:#?}");
    diff("a_function_that_is_removed", &module(&[NEW, SUM, TWICE]), &module(&[SUM, TWICE]), &["--stat"])
        .exits(1)
        .mentions("2 the same (2 moved), 0 changed, 1 removed, 0 added")
        .mentions("$new (function 1)");
}

#[test]
fn functions_are_recognised_by_their_content() {
    // Another name, and another place.
    let renamed = SUM.replace("$sum (export \"sum\")", "$total (export \"sum\")");
    let twice = TWICE.replace("$sum", "$total");
    diff("renamed", &module(&[SUM, TWICE]), &module(&[&twice, &renamed]), &["--stat"])
        .exits(0)
        .mentions("2 the same (2 moved), 0 changed, 0 removed, 0 added, 1 renamed");
    // No names at all: one is the same, one changed, one is new, and their order is another.
    let without = |text: &str| text.replace("(func $sum (export \"sum\")", "(func").replace("(func $new", "(func");
    let long = without(SUM);
    let changed = long.replace("(i32.const 1)", "(i32.const 9)");
    let other = "(func (param f64) (result f64) (f64.sqrt (local.get 0)))";
    let ran = diff("without_names", &module(&[&long, other]), &module(&[&without(NEW), other, &changed]), &["--stat"]);
    ran.exits(1).mentions("1 the same (0 moved), 1 changed, 0 removed, 1 added").mentions("function 1 → 3");
}

#[test]
fn a_branch_to_another_place_is_a_change() {
    let body = |target: u32| {
        format!(
            "(func (export \"f\") (param i32) (result i32)
                (block (block (block (br_table {target} 1 2 (local.get 0)))
                    (return (i32.const 10))) (return (i32.const 20))) (i32.const 30))"
        )
    };
    let ran = diff("a_branch_to_another_place", &module(&[&body(0)]), &module(&[&body(2)]), &[]).exits(1);
    assert!(changes(&ran).iter().any(|line| line.contains("→ L")), "{ran:#?}");
}

#[test]
fn declarations_and_data_are_compared() {
    let a = r#"(module (memory (export "memory") 1) (data (i32.const 8) "one") (table 2 funcref) (elem (i32.const 0) $f $g)
        (func $f (result i32) (i32.const 1)) (func $g (result i32) (i32.const 2)))"#;
    let ran = diff("declarations", a, &a.replace("$f $g)", "$g $f)"), &[]).exits(1).mentions("b.wat declarations");
    assert_eq!(changes(&ran).len(), 2, "{ran:#?}");
    diff("memory", a, &a.replace("1) (data", "1 5) (data"), &[]).exits(1).mentions("1 to 5 pages");
    diff("data", a, &a.replace("one", "two"), &[]).exits(1).mentions("data differ from byte 0x0");
    diff("offset", a, &a.replace("(i32.const 8)", "(i32.const 16)"), &[]).exits(1).mentions("into memory 0 at 16");
}

#[test]
fn one_function_can_be_asked_for() {
    let (a, b) = (module(&[SUM, TWICE]), module(&[&SUM.replace("(i32.const 1)", "(i32.const 3)"), TWICE]));
    let ran = diff("one_function_changed", &a, &b, &["--func", "sum"]).exits(1);
    assert!(ran.stdout.trim_start().starts_with("---"), "{ran:#?}");
    diff("one_function_same", &a, &b, &["--no-inline", "--func", "twice"])
        .exits(0)
        .mentions("$twice (function 2): the same");
    diff("one_function_misspelt", &a, &b, &["--func", "twicce"]).exits(2).complains("did you mean `twice`?");
    let short = diff("one_function_short", &a, &b, &["--func", "sum", "-U0"]).exits(1);
    assert!(short.stdout.len() < ran.stdout.len());
}

#[test]
fn what_cannot_be_compared_exits_2() {
    let dir = scratch("what_cannot_be_compared_exits_2");
    let good = file(&dir, "good.wat", module(&[SUM]));
    let bad = file(&dir, "bad.tack", b"\x7ftack\r\n\x1a and more");
    hardtack(["diff", &good, &bad]).exits(2).complains("bad.tack");
    hardtack(["diff", &good, dir.join("missing").to_str().unwrap()]).exits(2).complains("can't read");
    hardtack(["diff", "-", "-"]).exits(2).complains("only one");
    with_input(["diff", "-", &good], module(&[SUM]).as_bytes()).exits(0).mentions("standard input");
}

#[test]
fn the_summary_fits_on_a_screen() {
    let functions = |value: usize| -> Vec<String> {
        (0..200).map(|i| format!("(func (export \"f{i}\") (result i32) (i32.const {}))", i * 100 + value)).collect()
    };
    let text = |value| module(&functions(value).iter().map(|f| &**f).collect::<Vec<_>>());
    let ran = diff("the_summary_fits_on_a_screen", &text(1), &text(2), &["--stat"]).exits(1);
    assert!(ran.stdout.lines().count() <= 30, "{ran:#?}");
    ran.mentions("200 changed").mentions("and 188 more");
}

#[test]
fn size_says_where_the_bytes_go() {
    let dir = scratch("size_says_where_the_bytes_go");
    let functions = [
        SUM,
        r#"(func $_ZN4core3fmt5write17h0123456789abcdefE (result i32) (i32.const 1))"#,
        r#"(func $_ZN5audio5mixer3mixEi (result i32) (i32.const 2))"#,
        r#"(func (result i32) (i32.const 3))"#,
    ];
    let input = file(&dir, "a.wat", module(&functions));
    let tack = dir.join("a.tack").to_str().unwrap().to_string();
    hardtack(["compile", &input]).exits(0);
    let len = std::fs::metadata(&tack).unwrap().len();
    let ran = hardtack(["size", &tack]).exits(0).mentions(&format!("a.tack: {len} bytes\n"));
    let ran = ran.mentions("  core::fmt::write\n").mentions("  audio::mixer::mix(int)\n").mentions("  function 4\n");
    for source in ["core", "audio", "(no namespace)", "(no name)"] {
        assert!(ran.stdout.lines().any(|line| line.ends_with(&format!("  {source}"))), "{source}: {ran:#?}");
    }
    // The largest first.
    let at = |name: &str| ran.stdout.find(name).unwrap_or_else(|| panic!("{name}: {ran:#?}"));
    assert!(at("  sum\n") < at("  core::fmt::write\n"));
    hardtack(["size", &tack, "--top", "1"]).exits(0).mentions("  3 more\n");
    hardtack(["size", &input]).exits(0).mentions("of WebAssembly");
    with_input(["size", "-"], &std::fs::read(&tack).unwrap()).exits(0).mentions("standard input: ");
}

#[test]
fn sizes_add_up() {
    let dir = scratch("sizes_add_up");
    let input = file(&dir, "a.wat", module(&[SUM, TWICE, NEW]));
    let tack = dir.join("a.tack").to_str().unwrap().to_string();
    hardtack(["compile", &input]).exits(0);
    let json = |args: &[&str]| -> serde_json::Value {
        serde_json::from_str(&hardtack(args).exits(0).stdout).expect("it prints JSON")
    };
    let size = json(&["size", &tack, "--json"]);
    let sum = |list: &str| -> u64 {
        let items = size[list].as_array().unwrap_or_else(|| panic!("no {list} in {size}"));
        items.iter().map(|item| item["bytes"].as_u64().unwrap()).sum()
    };
    assert_eq!(size["bytes"], std::fs::metadata(&tack).unwrap().len());
    assert_eq!(size["bytes"], sum("sections"));
    let code = size["sections"].as_array().unwrap().iter().find(|s| s["name"] == "CODE").unwrap();
    // CODE begins with an instruction of no function.
    assert_eq!(code["bytes"], sum("functions") + 2);
    assert_eq!(sum("functions"), sum("namespaces"));
    let functions = size["functions"].as_array().unwrap();
    assert_eq!(functions.iter().map(|f| f["name"].as_str().unwrap()).collect::<Vec<_>>(), ["sum", "twice", "new"]);
    assert_eq!(functions[0]["index"], 1);
    let verified = json(&["verify", &tack, "--json"]);
    assert_eq!(verified["build_id"], size["build_id"]);
    assert_eq!(json(&["size", &input, "--json"])["wasm_bytes"], std::fs::metadata(&input).unwrap().len());
}

/// A C program with debug information, and the only source file it was made from.
#[test]
fn bytes_are_told_by_source_file() {
    let dir = scratch("bytes_are_told_by_source_file");
    let path = |name: &str| dir.join(name).to_str().unwrap().to_string();
    let crash = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/wasi-programs/built/crash.wasm");
    hardtack(["compile", crash, "--no-names", "-o", &path("crash.tack"), "--symbols", &path("crash.tacksym")]).exits(0);
    let json = |args: &[&str]| -> serde_json::Value {
        serde_json::from_str(&hardtack(args).exits(0).stdout).expect("it prints JSON")
    };
    // Found beside the file, named, or made of the module's debug information.
    let beside = json(&["size", "--json", &path("crash.tack")]);
    let baked = json(&["size", "--json", "--no-names", crash]);
    assert_eq!(beside["files"], baked["files"]);
    std::fs::rename(path("crash.tacksym"), path("kept.tacksym")).unwrap();
    let named = json(&["size", "--json", "--symbols", &path("kept.tacksym"), &path("crash.tack")]);
    assert_eq!(beside, named);
    let sum = |list: &serde_json::Value| -> u64 {
        list.as_array().unwrap_or_else(|| panic!("{named}")).iter().map(|item| item["bytes"].as_u64().unwrap()).sum()
    };
    assert_eq!(sum(&named["files"]), sum(&named["functions"]));
    let mut files = named["files"].as_array().unwrap().iter();
    let share = files.find(|file| file["name"].as_str().unwrap().ends_with("c/crash.c"));
    let share = share.unwrap_or_else(|| panic!("{named}"));
    assert!(share["bytes"].as_u64().unwrap() * 10 > sum(&named["functions"]) * 9, "{named}");
    assert_eq!(share["functions"], 3);
    // The shipped file has no names; the symbols do.
    let names: Vec<_> = named["functions"].as_array().unwrap().iter().map(|f| f["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["sum", "build_and_sum", "run"]);
    hardtack(["size", "--symbols", &path("kept.tacksym"), &path("crash.tack")])
        .exits(0)
        .mentions("  source file\n")
        .mentions("c/crash.c\n");

    // Nothing is known without; and symbols of another build are refused, or left alone if nobody asked for them.
    assert!(json(&["size", "--json", &path("crash.tack")])["files"].is_null());
    let other = file(&dir, "other.wat", module(&[SUM]));
    hardtack(["compile", &other, "-o", &path("other.tack")]).exits(0);
    hardtack(["size", "--symbols", &path("kept.tacksym"), &path("other.tack")]).exits(2).complains("belong to build");
    std::fs::copy(path("kept.tacksym"), path("other.tacksym")).unwrap();
    let left = hardtack(["size", &path("other.tack")]).exits(0).complains("other.tacksym isn't used");
    assert!(!left.stdout.contains("source file"), "{left:?}");
}

/// The recipe of the documentation. It is the project's own test as well: the guest is the one of `examples/workspace`.
#[test]
fn a_function_can_be_kept_as_a_snapshot() {
    let guest = include_bytes!("../examples/workspace/guests/score.wat");
    let code = hardtack_compiler::snapshot::function(guest, "score").expect("the guest has it");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("example_score", code));
}
