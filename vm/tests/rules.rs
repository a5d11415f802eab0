//! A hand-made file against every rule of the format.

#[allow(dead_code)]
mod asm;

use asm::{Build, asm, expr};
use hardtack_format::constexpr::ConstOp;
use hardtack_format::encode::encode;
use hardtack_format::error::Error;
use hardtack_format::isa::{Row, STANDARD};
use hardtack_format::meta::*;
use hardtack_format::module::{HEADER_LEN, SECTION_LEN, Section};
use hardtack_format::operand::{Kind, Sort};
use hardtack_format::read::{File, Reader};
use hardtack_format::rules::Rule;
use hardtack_format::version::Groups;
use hardtack_format::write::{Function, Writer, reseal};
use hardtack_vm::Module;
use std::borrow::Cow;
use std::collections::BTreeSet;

const READER: Reader = Reader { groups: Groups::STANDARD, isa: 0, integrity: true };
const FRAME: u16 = 4;
const REF_FRAME: u16 = 2;

/// A module with one of each thing, whose function 0 has this code.
fn with(code: Vec<u8>) -> Build {
    let mut b = Build::default();
    let unit = b.ty(&[], &[]);
    let refs = b.ty(&[ValType::FuncRef], &[ValType::I32]);
    b.import("m", "f", ExternKind::Func, unit);
    b.import("m", "g", ExternKind::Global, 0);
    b.global(ValType::I32, Mutability::Var, &[]);
    b.global(ValType::I32, Mutability::Var, &[ConstOp::I32(1)]);
    b.global(ValType::FuncRef, Mutability::Var, &[ConstOp::RefNull(ValType::FuncRef)]);
    b.memory(1, 1);
    b.table(ValType::FuncRef, 1, 1);
    b.elem(None, &[0]);
    b.data(None, b"data");
    b.func("first", unit, FRAME, REF_FRAME, code);
    b.func("second", refs, 1, 1, asm! { ret; });
    b
}

fn file(b: &Build, groups: Groups) -> Vec<u8> {
    Writer { groups, meta: &b.meta, funcs: &b.funcs, data: &b.data, names: None }.finish(&STANDARD).unwrap()
}

fn ret() -> Vec<u8> {
    asm! { ret; }
}

/// The instruction, with an operand of a sort that has this value and others that are fine, then `ret`.
fn operand(row: Row, sort: Sort, value: u64) -> Vec<u8> {
    let kinds = row.info().modes.iter().find(|kinds| kinds.iter().any(|k| k.sort() == sort)).expect("such a mode");
    let values: Vec<u64> = kinds
        .iter()
        .map(|kind| match kind.sort() {
            same if same == sort => value,
            Sort::Window => 1,
            _ => 0,
        })
        .collect();
    let entries = kinds.iter().any(|k| k.sort() == Sort::Targets).then_some(0);
    let mut code = vec![];
    encode(&STANDARD, STANDARD.find(row.index(), kinds).unwrap(), &values, entries.as_slice(), &mut code).unwrap();
    code.extend(ret());
    code
}

fn section(bytes: &[u8], index: usize) -> Section {
    let (entries, _) = bytes[HEADER_LEN..].as_chunks::<SECTION_LEN>();
    Section::read(&entries[index])
}

/// A sound file after a change of its bytes.
fn changed(change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut bytes = file(&with(ret()), Groups::STANDARD);
    change(&mut bytes);
    reseal(&mut bytes);
    bytes
}

/// A file of which a declaration was changed.
fn declared(change: impl FnOnce(&mut Build)) -> Vec<u8> {
    let mut b = with(ret());
    change(&mut b);
    file(&b, Groups::STANDARD)
}

fn coded(code: Vec<u8>) -> Vec<u8> {
    file(&with(code), Groups::STANDARD)
}

/// A file that breaks the rule, and no other before it.
fn broken(rule: Rule) -> Vec<u8> {
    const META: usize = 0;
    const FUNCS: usize = 1;
    const CODE: usize = 2;
    let start = |bytes: &[u8], index| section(bytes, index).offset as usize;
    match rule {
        Rule::Magic => changed(|b| b[0] ^= 1),
        Rule::Version => changed(|b| b[8..10].fill(0xff)),
        Rule::Groups => changed(|b| b[31] |= 0x80),
        Rule::InstructionSet => changed(|b| b[60] = 1),
        Rule::Header => changed(|b| b[12] += 1),
        Rule::FileLength => changed(|b| b[48] ^= 1),
        Rule::SectionOrder => changed(|b| b[HEADER_LEN + SECTION_LEN] = b[HEADER_LEN]),
        Rule::SectionPlace => changed(|b| b[HEADER_LEN + SECTION_LEN + 4] += 8),
        Rule::SectionPresent => changed(|b| b[HEADER_LEN + 2] = 0),
        Rule::BuildId => {
            let mut bytes = changed(|_| ());
            bytes[32] ^= 1;
            bytes
        }

        Rule::FuncsShape => changed(|b| {
            let at = start(b, FUNCS);
            b[at + 4] = 1;
        }),
        Rule::FuncEnds => declared(|b| b.funcs[0].code = Cow::Borrowed(&[])),
        Rule::FuncLength => coded(ret().repeat((1 << 20) + 1)),
        Rule::FuncWords => changed(|b| {
            let at = start(b, FUNCS);
            b[at + 16 + 10] = 1;
        }),
        Rule::FrameSize => declared(|b| b.funcs[1].frame = 0),
        Rule::Leave => changed(|b| {
            let at = start(b, CODE);
            b.copy_within(at + 2..at + 4, at);
        }),

        Rule::Slot => coded(operand(Row::copy, Sort::Slot, FRAME.into())),
        Rule::RefSlot => coded(operand(Row::ref_null, Sort::RefSlot, REF_FRAME.into())),
        Rule::Opcode => coded(vec![0xff, 0x7f]),
        Rule::InstrEnd => coded(operand(Row::copy, Sort::Slot, 0)[..2].to_vec()),
        Rule::Padding => {
            let mut code = operand(Row::trap, Sort::Unsigned, 1);
            code[3] = 1;
            coded(code)
        }
        Rule::TrapNumber => coded(operand(Row::trap, Sort::Unsigned, 255)),
        Rule::RetValue => coded(operand(Row::ret_value, Sort::Acc, 0)),
        Rule::GroupNamed => file(&with(operand(Row::ref_null, Sort::RefSlot, 0)), Groups::default()),

        Rule::Forward => coded(operand(Row::br, Sort::Forward, 0)),
        Rule::Backward => coded(operand(Row::br, Sort::Backward, 1)),
        Rule::Targets => coded(operand(Row::br_table, Sort::Targets, 0)),
        Rule::TargetStart => coded([operand(Row::br, Sort::Forward, 4), asm! { copy Slot Slot = 0, 0; ret; }].concat()),
        Rule::FallsOff => coded(asm! { copy Slot Slot = 0, 0; }),

        Rule::Func => coded(operand(Row::call_refs, Sort::Func, 2)),
        Rule::ImportedFunc => coded(operand(Row::call_import, Sort::ImportedFunc, 1)),
        Rule::AnyFunc => coded(operand(Row::ref_func, Sort::AnyFunc, 3)),
        Rule::TypeIndex => coded(operand(Row::call_indirect, Sort::TypeIndex, 2)),
        Rule::Table => coded(operand(Row::table_size, Sort::Table, 1)),
        Rule::Global => coded(operand(Row::global_get, Sort::Global, 1)),
        Rule::ImportedGlobal => coded(operand(Row::imported_global_get, Sort::ImportedGlobal, 1)),
        Rule::RefGlobal => coded(operand(Row::ref_global_get, Sort::RefGlobal, 0)),
        Rule::Data => coded(operand(Row::data_drop, Sort::Data, 1)),
        Rule::Elem => coded(operand(Row::elem_drop, Sort::Elem, 1)),
        Rule::Window => coded(operand(Row::call_refs, Sort::Window, 0)),
        Rule::RefWindow => coded(operand(Row::call_refs, Sort::RefWindow, u64::from(REF_FRAME) + 1)),
        Rule::PlainCall => coded(operand(Row::call, Sort::Window, 1)),

        Rule::MetaEntries => changed(|b| {
            let at = start(b, META);
            b[at + 2] = 0;
        }),
        // The count of the first list: 2^40 elements.
        Rule::MetaPayload => changed(|b| {
            let at = start(b, META);
            b[at + 8 + 5] = 1;
        }),
        Rule::Types => declared(|b| {
            b.ty(&[], &[]);
            b.meta.types[2].params = vec![0].into();
        }),
        Rule::Imports => declared(|b| b.meta.imports[0].ty = 2),
        Rule::Limits => declared(|b| b.memory(1, 1)),
        Rule::Globals => declared(|b| b.meta.globals[0].init = expr(&[ConstOp::I32(0)])),
        Rule::ConstExpr => declared(|b| b.meta.globals[1].init = expr(&[ConstOp::I64(0)])),
        Rule::Exports => declared(|b| b.export("first", ExternKind::Memory, 0)),
        Rule::Elements => declared(|b| b.meta.elems[0].ty = ValType::ExternRef),
        Rule::DataSegments => declared(|b| b.meta.datas[0].end += 1),
        Rule::Start => declared(|b| b.meta.start = Some(2)),
        Rule::Debug => {
            let b = with(ret());
            let names = Names { funcs: vec![FuncName { index: 1, name: "first".into() }], lines: vec![] };
            let parts =
                Writer { groups: Groups::STANDARD, meta: &b.meta, funcs: &b.funcs, data: &b.data, names: Some(&names) };
            let mut bytes = parts.finish(&STANDARD).unwrap();
            *bytes.last_mut().unwrap() ^= 1;
            bytes
        }
        other => panic!("{other} has no file that breaks it: {}", other.text()),
    }
}

/// What loading the file says; of DEBUG, which loading doesn't look at, what reading the names says.
fn refusal(rule: Rule, bytes: Vec<u8>) -> Option<Error> {
    if rule == Rule::Debug {
        let module = Module::load(bytes.clone()).unwrap();
        assert_eq!(module.func_name(1), None);
        return File::parse(&bytes, &READER).unwrap().decode_names().unwrap().err();
    }
    Module::load(bytes).err().map(|error| error.format_error().clone())
}

#[test]
fn each_rule_refuses_a_file() {
    Module::load(coded(ret())).unwrap();
    let mut offsets = BTreeSet::new();
    for rule in Rule::ALL.iter().copied() {
        let Some(error) = refusal(rule, broken(rule)) else {
            panic!("{rule} is broken and the file loads: {}", rule.text())
        };
        assert_eq!(error.rule(), Some(rule), "{error}");
        let Error::Malformed(malformed) = &error else { continue };
        // Rule, place, function and what was found.
        let text = error.to_string();
        assert!(text.contains(&format!("(rule {rule}: {})", rule.text())), "{text}");
        assert!(text.contains(&format!("at offset {:#x}", malformed.offset)), "{text}");
        assert!(!malformed.detail.is_empty(), "{text}");
        let in_code = (20..60).contains(&rule.number()) && rule != Rule::GroupNamed;
        assert_eq!(malformed.func, in_code.then_some(0), "{text}");
        assert_eq!(text.contains("in function 0"), in_code, "{text}");
        offsets.insert(malformed.offset);
    }
    assert!(offsets.len() > 10, "offsets tell places apart: {offsets:?}");
}

/// Each kind of operand that has a rule is one that the table-driven test in `verify.rs` knows bad values of.
#[test]
fn kinds_have_rules() {
    for kind in Kind::ALL {
        let free = matches!(kind.sort(), Sort::Acc | Sort::FAcc | Sort::Signed | Sort::Unsigned);
        assert_eq!(free, kind.size() == 0 || matches!(kind.letter(), b'b' | b'h' | b'i' | b'l' | b'B' | b'H' | b'I'));
    }
}

/// Sections that overlap, leave gaps, change places or end elsewhere than the file: refused with a build id that fits.
#[test]
fn sections_lie_one_after_the_other() {
    const META: usize = 0;
    const DATA: usize = 3;
    let refused = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = changed(|_| ());
        change(&mut bytes);
        reseal(&mut bytes);
        Module::load(bytes).err().and_then(|error| error.format_error().rule())
    };
    let set = |bytes: &mut Vec<u8>, index: usize, section: Section| {
        let at = HEADER_LEN + index * SECTION_LEN;
        bytes[at..at + SECTION_LEN].copy_from_slice(&section.bytes());
    };
    let set_length = |bytes: &mut Vec<u8>| {
        let len = (bytes.len() as u32).to_le_bytes();
        bytes[48..52].copy_from_slice(&len);
    };
    assert_eq!(refused(&|_| ()), None);
    for index in META..=DATA {
        // Upon the one before, or upon the header; into the next; behind a gap; far away.
        for offset in [-8, 8, 16, i32::MAX] {
            let place = |b: &mut Vec<u8>| {
                let section = section(b, index);
                set(b, index, Section { offset: section.offset.wrapping_add_signed(offset), ..section });
            };
            assert_eq!(refused(&place), Some(Rule::SectionPlace), "section {index} moved by {offset}");
        }
        for len in [1 << 16, u32::MAX, u32::MAX - 7] {
            let length = |b: &mut Vec<u8>| {
                let section = section(b, index);
                set(b, index, Section { len, ..section });
            };
            assert_eq!(refused(&length), Some(Rule::SectionPlace), "section {index} of {len} bytes");
        }
        for other in META..index {
            let exchange = |b: &mut Vec<u8>| {
                let (one, another) = (section(b, index), section(b, other));
                set(b, index, another);
                set(b, other, one);
            };
            assert_eq!(refused(&exchange), Some(Rule::SectionPlace), "sections {other} and {index} exchanged");
            let rename = |b: &mut Vec<u8>| {
                let (one, another) = (section(b, index), section(b, other));
                set(b, index, Section { id: another.id, ..one });
                set(b, other, Section { id: one.id, ..another });
            };
            assert_eq!(refused(&rename), Some(Rule::SectionOrder), "ids of sections {other} and {index} exchanged");
        }
    }
    // Bytes after the last section, whether the header knows of them or not.
    for trailing in [1, 4, 8, 64] {
        assert_eq!(refused(&|b| b.extend(vec![0; trailing])), Some(Rule::FileLength), "{trailing} bytes");
        let known = |b: &mut Vec<u8>| {
            b.extend(vec![0; trailing]);
            set_length(b);
        };
        assert_eq!(refused(&known), Some(Rule::SectionPlace), "{trailing} bytes that the header knows of");
    }
}

/// A function of the most slots that there can be: windows at the very end, sums beyond 16 bits.
#[test]
fn the_largest_frames() {
    let unit = |code: Vec<u8>| {
        let mut b = with(ret());
        b.funcs[0] = Function { ty: 0, frame: u16::MAX, ref_frame: u16::MAX, code: code.into() };
        Module::load(file(&b, Groups::STANDARD)).map_err(|e| e.format_error().rule())
    };
    let call = |func, window, refs| asm! { call_refs Func32 Window RefWindow = func, window, refs; ret; };
    // Function 1 takes a reference and returns a number.
    assert!(unit(call(1, 65534, 65534)).is_ok());
    assert_eq!(unit(call(1, 65535, 0)).unwrap_err(), Some(Rule::Window));
    assert_eq!(unit(call(1, 1, 65535)).unwrap_err(), Some(Rule::RefWindow));
    // Function 0 takes and returns nothing, so its window may be past the last slot.
    assert!(unit(call(0, 65535, 65535)).is_ok());
    assert!(unit(asm! { copy SlotW SlotW = 65534, 0; ret; }).is_ok());
    assert_eq!(unit(asm! { copy SlotW SlotW = 65535, 0; ret; }).unwrap_err(), Some(Rule::Slot));
}
