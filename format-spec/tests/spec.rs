//! SPEC.md agrees with the code: its generated parts are what the tables say. `HARDTACK_BLESS=1` rewrites them.

use hardtack_format::disasm::meaning;
use hardtack_format::isa::{Body, Flow, Group, ROWS, RowInfo, STANDARD};
use hardtack_format::operand::{Kind, Sort};
use hardtack_format::prim::{Prim, Type};
use hardtack_format::rules::Rule;
use hardtack_format::trap::TrapCode;
use std::fmt::Write;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/SPEC.md");
const LOCK: &str = include_str!("../opcodes.lock");

fn rules() -> String {
    let mut out = String::from("| Rule | What it demands |\n|---|---|\n");
    for rule in Rule::ALL {
        writeln!(out, "| {rule} | {} |", rule.text()).unwrap();
    }
    out
}

fn traps() -> String {
    let mut out = String::from("| Number | Trap |\n|---|---|\n");
    for code in TrapCode::ALL {
        writeln!(out, "| {} | {} |", *code as u8, code.message()).unwrap();
    }
    out
}

fn groups() -> String {
    let mut out = String::from("| Bit | Group |\n|---|---|\n");
    for group in Group::ALL {
        writeln!(out, "| {} | {} |", *group as u8, group.name()).unwrap();
    }
    out
}

/// What a sort of operand is on the wire and what the verifier asks of it.
fn sort_text(sort: Sort) -> &'static str {
    match sort {
        Sort::Slot => "number slot (V20)",
        Sort::RefSlot => "reference slot (V21)",
        Sort::Acc => "integer accumulator",
        Sort::FAcc => "float accumulator",
        Sort::Signed => "constant, sign-extended to 64 bits",
        Sort::Unsigned => "constant, zero-extended to 64 bits",
        Sort::Forward => "distance forwards (V30, V33)",
        Sort::Backward => "distance backwards (V31, V33)",
        Sort::Targets => "branch table (V32, V33)",
        Sort::Func => "function that the module defines (V40)",
        Sort::ImportedFunc => "imported function (V41)",
        Sort::AnyFunc => "function, imported ones first (V42)",
        Sort::TypeIndex => "type (V43)",
        Sort::Table => "table (V44)",
        Sort::Global => "number global that the module defines (V45)",
        Sort::ImportedGlobal => "imported number global (V46)",
        Sort::RefGlobal => "reference global (V47)",
        Sort::Data => "data segment (V48)",
        Sort::Elem => "element segment (V49)",
        Sort::Window => "number window of a call (V50)",
        Sort::RefWindow => "reference window of a call (V51)",
    }
}

fn kinds() -> String {
    let mut out = String::from("| Letter | Kind | Bytes | What it names or carries |\n|---|---|---|---|\n");
    for kind in Kind::ALL {
        let also = match kind {
            Kind::SlotAcc => ", written together with the integer accumulator",
            Kind::SlotFAcc => ", written together with the float accumulator",
            _ => "",
        };
        let (letter, name, size) = (kind.letter() as char, kind.name(), kind.size());
        writeln!(out, "| `{letter}` | {name} | {size} | {}{also} |", sort_text(kind.sort())).unwrap();
    }
    out
}

fn prims() -> String {
    let ty = |ty: Type| match ty {
        Type::I32 => "i32",
        Type::I64 => "i64",
        Type::F32 => "f32",
        Type::F64 => "f64",
        Type::Any => "cell",
        Type::None => "nothing",
    };
    let mut out = String::from("| Primitive | Takes | Gives | Effects |\n|---|---|---|---|\n");
    for prim in Prim::ALL {
        let params: Vec<&str> = prim.params().iter().map(|t| ty(*t)).collect();
        let e = prim.effects();
        let effects: Vec<&str> = [
            (e.reads_memory, "reads memory"),
            (e.writes_memory, "writes memory"),
            (e.reads_size, "reads the memory's size"),
            (e.reads_global, "reads a global"),
            (e.writes_global, "writes a global"),
            (e.traps, "may trap"),
        ]
        .into_iter()
        .filter_map(|(has, text)| has.then_some(text))
        .collect();
        let (params, effects) = (params.join(", "), effects.join(", "));
        writeln!(out, "| `{}` | {params} | {} | {effects} |", prim.name(), ty(prim.result())).unwrap();
    }
    out
}

/// What a row written by hand does to operands and control.
fn by_hand(row: &RowInfo) -> String {
    let Body::Hand { uses, defs, flow, clobbers, .. } = row.body else { return String::new() };
    let names = |list: &[usize]| list.iter().map(|i| row.operands[*i]).collect::<Vec<_>>().join(", ");
    let mut parts = vec![];
    if !uses.is_empty() {
        parts.push(format!("reads {}", names(uses)));
    }
    if !defs.is_empty() {
        parts.push(format!("writes {}", names(defs)));
    }
    if flow == Flow::ends {
        parts.push("does not go on".into());
    }
    if clobbers {
        parts.push("leaves both accumulators to the callee".into());
    }
    format!("*see above*{}{}", if parts.is_empty() { "" } else { ": " }, parts.join("; "))
}

fn opcodes() -> String {
    let mut out = String::from("| Row | Group | Operands | What it does | Opcodes |\n|---|---|---|---|---|\n");
    let mut numbers = STANDARD.numbers.iter();
    for row in ROWS {
        let text = match row.body {
            Body::Statements(_) => format!("`{}`", meaning(row)),
            Body::Hand { .. } => by_hand(row),
        };
        let modes: Vec<String> = row
            .modes
            .iter()
            .zip(&mut numbers)
            .map(|(mode, number)| {
                let letters: String = mode.iter().map(|k| k.letter() as char).collect();
                if letters.is_empty() { format!("{number}") } else { format!("{number} `{letters}`") }
            })
            .collect();
        let operands = row.operands.join(", ");
        writeln!(out, "| `{}` | {} | {operands} | {text} | {} |", row.name, row.groups, modes.join(", ")).unwrap();
    }
    out
}

/// Numbers of the lock file that no row has any more.
fn retired() -> String {
    let known: Vec<String> = (0..STANDARD.instrs.len() as u16).filter_map(|n| STANDARD.name(n)).collect();
    let gone: Vec<String> = LOCK
        .lines()
        .enumerate()
        .filter(|(_, name)| !known.iter().any(|k| k == name))
        .map(|(number, name)| format!("{number} `{name}`"))
        .collect();
    if gone.is_empty() { "None.\n".into() } else { format!("{}.\n", gone.join(", ")) }
}

#[test]
fn the_spec_is_up_to_date() {
    let text = std::fs::read_to_string(PATH).unwrap();
    let mut wanted = text.clone();
    for (name, part) in [
        ("rules", rules()),
        ("groups", groups()),
        ("kinds", kinds()),
        ("primitives", prims()),
        ("traps", traps()),
        ("opcodes", opcodes()),
        ("retired", retired()),
    ] {
        let (begin, end) = (format!("<!-- begin {name} -->\n"), format!("<!-- end {name} -->"));
        let start = wanted.find(&begin).unwrap_or_else(|| panic!("SPEC.md has no part {name}")) + begin.len();
        let stop = start + wanted[start..].find(&end).unwrap_or_else(|| panic!("part {name} of SPEC.md has no end"));
        wanted.replace_range(start..stop, &part);
    }
    if text == wanted {
        return;
    }
    if std::env::var_os("HARDTACK_BLESS").is_some() {
        std::fs::write(PATH, wanted).unwrap();
        return;
    }
    let line = text.lines().zip(wanted.lines()).position(|(a, b)| a != b).unwrap_or_default();
    panic!("SPEC.md is stale from line {} on: run the test with HARDTACK_BLESS=1", line + 1);
}

/// What the table doesn't tell, SPEC.md does.
#[test]
fn rows_by_hand_are_described() {
    let text = std::fs::read_to_string(PATH).unwrap();
    for row in ROWS.iter().filter(|row| matches!(row.body, Body::Hand { .. })) {
        assert!(text.contains(&format!("**`{}", row.name)), "SPEC.md doesn't describe `{}`", row.name);
    }
}
