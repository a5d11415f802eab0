//! The text of instruction sets and profiles: what is read, and what is refused where.

use hardtack_compiler::isa::InstructionSet;
use hardtack_compiler::isa::profile::Profile;
use hardtack_compiler::isa::tailor::{Budget, Input, Options as Choice, tailor};
use hardtack_compiler::{Error, Options, compile};
use hardtack_format::disasm;
use hardtack_format::isa::{Group, STANDARD};
use hardtack_format::own;
use hardtack_format::read::{File, Reader};

fn row(operands: &str, kinds: &str, body: &str) -> String {
    format!("rows! {{\n    family base {{ {operands} }} [({kinds})] {{ r => {{ {body} }} }}\n}}\n")
}

#[test]
fn rows_are_read() {
    let text = row("d, a, k, to", "SlotAcc, Slot, S8, Back16", "d = i32_add(a, k); if i32_eqz(d) goto to");
    let set = InstructionSet::parse(&text).expect("it is well-formed");
    assert_eq!(set.len(), 1);
    let isa = set.isa();
    assert_eq!(isa.name(own::opcode(0)).as_deref(), Some("r.Ssbk"));
    assert_eq!(disasm::meaning(&isa.own.rows[0]), "d = i32_add(a, k); if i32_eqz(d) goto to");
    // Comments, spaces and names don't count; what rows do and their order does.
    let same = text.replace("r =>", "other =>").replace("    family", "// a comment\nfamily");
    assert_eq!(InstructionSet::parse(&same).expect("it is well-formed"), set);
    let other = text.replace("i32_eqz", "i64_eqz");
    assert_ne!(InstructionSet::parse(&other).expect("it is well-formed"), set);
    assert_eq!(InstructionSet::parse("rows! {}").expect("it is well-formed").len(), 0);
}

#[test]
fn what_cannot_be_a_row_is_refused_where_it_stands() {
    let cases = [
        (String::new(), (1, 1), "`rows`"),
        ("rows! {".into(), (1, 8), "`family`"),
        ("rows! {} x".into(), (1, 10), "the end of the file"),
        ("rows! { # }".into(), (1, 9), "a row"),
        (row("d, d", "Slot, Slot", "d = copy(d)"), (2, 22), "another name"),
        (row("d, a", "Slot", "d = copy(a)"), (2, 33), "a kind for each operand"),
        (row("d, a", "Slot, Window", "d = copy(a)"), (2, 34), "a kind of operand"),
        (row("d, a", "Slot, Fwd32", "d = copy(a)"), (2, 34), "a kind of operand"),
        (row("d, a", "S8, Slot", "d = copy(a)"), (2, 48), "a destination"),
        (row("d, a", "Slot, Slot", "d = i32_nonsense(a)"), (2, 54), "a primitive"),
        (row("d, a", "Slot, Slot", "d = i32_add(a)"), (2, 54), "2 arguments"),
        (row("d, a", "Slot, Slot", "d = i32_load(a, a)"), (2, 66), "an operand of a kind"),
        (row("d, a", "Slot, Slot", "i32_add(d, a)"), (2, 50), "a primitive that fits here"),
        (row("d, a", "Slot, Slot", "d = copy(d)"), (2, 43), "operands that occur"),
        (row("d, a, t", "Slot, Slot, Fwd16", "goto t; d = copy(a)"), (2, 68), "nothing after a jump"),
        (row("d, a, t", "Slot, Slot, Slot", "d = copy(a); goto t"), (2, 77), "a target"),
        ("rows! { without [1] }".into(), (1, 18), "a fused instruction"),
        ("rows! { without [65535] }".into(), (1, 18), "a fused instruction"),
    ];
    for (text, place, says) in cases {
        let error = InstructionSet::parse(&text).expect_err(&text);
        let Error::InstructionSet { line, column, expected, .. } = &error else { panic!("{text}: {error}") };
        assert_eq!((*line, *column), place, "{text}: {error}");
        assert!(expected.contains(says), "{text}: {error}");
    }
}

#[test]
fn what_is_left_out_is_fused_and_whole() {
    let fused = |row: &str| {
        let of = |opcode: &u16| STANDARD.name(*opcode).is_some_and(|name| name.split('.').next() == Some(row));
        (0..STANDARD.instrs.len() as u16).filter(of).collect::<Vec<_>>()
    };
    let list = |opcodes: &[u16]| {
        let numbers: Vec<String> = opcodes.iter().map(u16::to_string).collect();
        InstructionSet::parse(&format!("rows! {{ without [{}] }}", numbers.join(" ")))
    };
    let branches = fused("br_if_global");
    assert_eq!(branches.len(), 2);
    assert_eq!(list(&branches).expect("both directions").isa().own.without, branches);
    assert!(list(&branches[..1]).expect_err("one direction").to_string().contains("its other direction"));
    assert!(list(&[branches[1], branches[0]]).expect_err("in order").to_string().contains("ascending"));
}

#[test]
fn the_list_that_vms_are_tested_without_is_one() {
    let set = InstructionSet::parse(include_str!("../../tests/tests/sets/pruned.isa")).expect("it is well-formed");
    assert!(set.isa().own.without.len() > 3 && set.is_empty());
}

/// Two loops with sums, bytes and floats.
const SOURCE: &str = r#"(module
    (memory (export "memory") 1)
    (func (export "f") (param $n i32) (result f64) (local $s f64) (local $i i32)
        (loop $outer
            (local.set $s (f64.add (f64.mul (local.get $s) (f64.const 0.5)) (f64.convert_i32_u (i32.load8_u (local.get $i)))))
            (i32.store8 (local.get $i) (i32.xor (local.get $n) (i32.shl (local.get $i) (i32.const 3))))
            (br_if $outer (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
        (local.get $s)))"#;

#[test]
fn a_pruned_set_is_enough_for_its_files_and_others() {
    let tack = compile(SOURCE.as_bytes(), &Options::default()).expect("the module is valid");
    let choice = Choice { budget: Budget::Rows(2), profile: None, common: 1, prune: true };
    let found = tailor(&[Input { name: "source", tack: &tack }], &choice).expect("the file is sound");
    assert!(found.without > 1000, "{}", found.without);
    let set = InstructionSet::parse(&found.text).expect("it is well-formed");
    let without = set.isa().own.without;
    assert_eq!(without.len(), found.without);
    assert!(without.iter().all(|o| STANDARD.row(STANDARD.get(*o).expect("it exists")).group == Group::fused));
    // Another module, which would use some of those.
    let other = "(module (func (param i32 i32) (result i32)
        (if (i32.eq (i32.and (local.get 0) (i32.const 7)) (local.get 1)) (then (return (i32.const 1))))
        (i32.add (i32.shl (local.get 0) (i32.const 2)) (local.get 1))))";
    let used = |options: &Options, text: &str| {
        let tack = compile(text.as_bytes(), options).expect("the module is valid");
        let isa = options.isa.map_or(&STANDARD, |set| set.isa());
        let reader = Reader { isa: isa.own.identity, ..Reader::default() };
        let file = File::parse(&tack, &reader).expect("it is whole");
        disasm::iter(isa, file.code, 0).map(|d| d.expect("the code is whole").opcode).collect::<Vec<_>>()
    };
    let pruned = Options { isa: Some(set), ..Options::default() };
    let is_left_out = |opcode: &u16| without.binary_search(opcode).is_ok();
    assert!(used(&Options::default(), other).iter().any(is_left_out));
    assert!(!used(&pruned, other).iter().any(is_left_out));
    let own = used(&pruned, SOURCE);
    assert!(!own.iter().any(is_left_out) && own.iter().any(|opcode| own::position(*opcode).is_some()));
}

#[test]
fn a_profile_decides() {
    let tack = compile(SOURCE.as_bytes(), &Options::default()).expect("the module is valid");
    let file = File::parse(&tack, &Reader::default()).expect("it is whole");
    let mut profile = Profile::default();
    // Only the first two instructions of the function were ever executed.
    profile.add(file.header.build_id, &[0, 5, 0, 5, 5, 5, 5, 5]);
    let choice = Choice { budget: Budget::Rows(50), profile: Some(&profile), common: 1, prune: false };
    let input = Input { name: "source", tack: &tack };
    let by_profile = tailor(&[input], &choice).expect("the file is sound");
    let by_loops = tailor(&[input], &Choice { profile: None, ..choice.clone() }).expect("the file is sound");
    assert!(by_profile.text.contains("by profile") && by_loops.text.contains("by its loops"));
    assert!(by_profile.rows <= by_loops.rows, "{} and {}", by_profile.rows, by_loops.rows);
    // A budget of bytes is kept.
    let small = Choice { budget: Budget::Bytes(200), profile: None, ..choice };
    let small = tailor(&[input], &small).expect("the file is sound");
    assert!(small.rows > 0 && small.bytes <= 200, "{small:?}");
    assert!(small.remain[0] > by_loops.remain[0]);
}

#[test]
fn profiles_are_refused_by_line() {
    let head = "hardtack profile 1\n";
    let id = "file 000102030405060708090a0b0c0d0e0f\n";
    for (text, at) in [
        (String::new(), 1),
        ("profile\n".into(), 1),
        (format!("{head}1 2\n"), 2),
        (format!("{head}file 12\n"), 2),
        (format!("{head}{id}1\n"), 3),
        (format!("{head}{id}1 x\n"), 3),
    ] {
        let error = Profile::parse(&text).expect_err(&text);
        assert!(matches!(error, Error::Profile { line, .. } if line == at), "{text}: {error}");
    }
    assert!(Profile::parse(&format!("{head}{id}1 2\n")).is_ok());
}
