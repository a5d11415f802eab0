//! The case library as it is compiled: for each function its text, its optimised IR and its instructions.
//!
//! Snapshots lie in `snapshots/`. Look at what a change does to them with `cargo insta review`, or accept it with
//! `INSTA_UPDATE=always`.

use hardtack_compiler::{Stage, compile, print_function};
use hardtack_format::disasm;
use hardtack_format::isa::{Opcode, Row, STANDARD};
use hardtack_format::read::{File, Reader};
use hardtack_tests::cases::{self, Case};
use std::collections::BTreeSet;

#[test]
fn cases_compile_as_shown() {
    let changed: Vec<String> = cases::all().iter().filter(|case| !check(case)).map(|case| case.name.clone()).collect();
    assert!(changed.is_empty(), "these snapshots changed: {}", changed.join(", "));
}

/// Compares a case with its snapshot; whether they agree.
fn check(case: &Case) -> bool {
    let shown = show(case);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    // The comment at the top of the case says what to look for.
    settings.set_description(comment(&case.text));
    let compare = || settings.bind(|| insta::assert_snapshot!(case.name.as_str(), shown));
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(compare)).is_ok()
}

fn comment(text: &str) -> String {
    text.lines().map_while(|line| line.strip_prefix(";; ")).collect::<Vec<_>>().join(" ")
}

/// A case's functions one after the other, each with its text, IR and instructions.
fn show(case: &Case) -> String {
    let stage = |stage| {
        let text = print_function(case.text.as_bytes(), &case.options(), stage, None);
        functions(&text.unwrap_or_else(|e| panic!("{}: {e}", case.name)), "function ")
    };
    let (texts, irs, codes) = (functions(&case.text, "  (func "), stage(Stage::Opt), stage(Stage::Tack));
    assert_eq!((texts.len(), irs.len()), (codes.len(), codes.len()), "{}: each function begins its line", case.name);
    let mut shown = Vec::new();
    for ((text, ir), code) in texts.iter().zip(&irs).zip(&codes) {
        shown.push(format!("{text}\n\n{ir}\n\n{code}"));
    }
    shown.join("\n\n\n")
}

/// Splits a text at the lines that begin a function.
fn functions(text: &str, begins: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in text.lines() {
        if line.starts_with(begins) {
            found.push(String::new());
        }
        if let Some(last) = found.last_mut() {
            last.push_str(line);
            last.push('\n');
        }
    }
    // The last one of a module ends with the module's own parenthesis.
    found.iter().map(|text| text.trim_end().to_string()).collect()
}

#[test]
fn every_instruction_occurs_in_a_case() {
    let mut seen = BTreeSet::new();
    for case in cases::all() {
        let file = compile(case.text.as_bytes(), &case.options()).unwrap_or_else(|e| panic!("{}: {e}", case.name));
        seen.extend(opcodes(&file));
    }
    let rows: BTreeSet<usize> = seen.iter().filter_map(|opcode| STANDARD.get(*opcode)).map(|i| i.row.into()).collect();
    let rare: Vec<String> = STANDARD
        .instrs
        .iter()
        .enumerate()
        .filter(|(number, instr)| instr.is_some() && !seen.contains(&(*number as Opcode)))
        .filter_map(|(number, _)| STANDARD.name(number as Opcode))
        .collect();
    println!("{} of {} instructions occur in a case; not: {}", seen.len(), seen.len() + rare.len(), rare.join(" "));
    let missing: Vec<&str> =
        Row::ALL.iter().filter(|row| !rows.contains(&row.index())).map(|row| row.info().name).collect();
    assert!(missing.is_empty(), "these rows of the table occur in no case: {}", missing.join(" "));
}

/// The instructions of a file, by number.
fn opcodes(file: &[u8]) -> BTreeSet<Opcode> {
    let file = File::parse(file, &Reader::default()).expect("the compiler writes whole files");
    disasm::iter(&STANDARD, file.code, 0).map(|decoded| decoded.expect("the code is whole").opcode).collect()
}
