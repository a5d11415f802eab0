//! Whole files: what is written is read again, the layout of payloads is frozen, damage is refused.

use hardtack_format::check::{TypeWords, Words, check};
use hardtack_format::constexpr::{self, ConstOp};
use hardtack_format::encode::encode;
use hardtack_format::error::Error;
use hardtack_format::isa::{Group, Row, STANDARD};
use hardtack_format::meta::*;
use hardtack_format::module::SectionId;
use hardtack_format::read::{File, Reader, stated_len};
use hardtack_format::rules::Rule;
use hardtack_format::signature;
use hardtack_format::version::Groups;
use hardtack_format::write::{Function, Writer, reseal, with_section};

fn expr(ops: &[ConstOp]) -> std::borrow::Cow<'static, [u8]> {
    let mut out = vec![];
    constexpr::encode(ops, &mut out);
    out.into()
}

/// Something of everything.
fn sample() -> Meta<'static> {
    Meta {
        types: vec![
            FuncType { kind: TypeKind::Func, params: vec![0x7f, 0x70].into(), results: vec![0x7e].into() },
            FuncType { kind: TypeKind::Func, params: vec![].into(), results: vec![].into() },
        ],
        imports: vec![
            Import { module: "env".into(), name: "f".into(), kind: ExternKind::Func, ty: 1 },
            Import { module: "env".into(), name: "g".into(), kind: ExternKind::Global, ty: 0 },
        ],
        tables: vec![Table { elem: ValType::FuncRef, flags: limits::HAS_MAX, min: 2, max: 3 }],
        memories: vec![Memory { flags: 0, page_log2: PAGE_LOG2, min: 1, max: 0 }],
        globals: vec![
            Global { ty: ValType::I32, mutability: Mutability::Const, init: vec![].into() },
            Global { ty: ValType::I32, mutability: Mutability::Var, init: expr(&[ConstOp::GlobalGet(0)]) },
        ],
        exports: vec![Export { name: "main".into(), kind: ExternKind::Func, index: 1 }],
        elems: vec![Elem {
            ty: ValType::FuncRef,
            mode: SegmentMode::Active,
            table: 0,
            offset: expr(&[ConstOp::I32(1)]),
            items: ItemKind::Funcs,
            count: 1,
            bytes: vec![1, 0, 0, 0].into(),
        }],
        datas: vec![Data { mode: SegmentMode::Passive, memory: 0, offset: vec![].into(), end: 5 }],
        start: Some(0),
    }
}

fn file(meta: &Meta<'_>) -> Vec<u8> {
    let mut code = vec![];
    let ret = STANDARD.find(Row::ret.index(), &[]).unwrap();
    encode(&STANDARD, ret, &[], &[], &mut code).unwrap();
    let funcs = [Function { ty: 0, frame: 2, ref_frame: 1, code: code.into() }];
    let names = Names { funcs: vec![FuncName { index: 1, name: "main".into() }], lines: vec![] };
    let groups = Groups::default().with(Group::base);
    Writer { groups, meta, funcs: &funcs, data: b"bytes", names: Some(&names) }.finish(&STANDARD).unwrap()
}

#[test]
fn what_is_written_is_read() {
    let meta = sample();
    let bytes = file(&meta);
    let read = File::parse(&bytes, &Reader::default()).unwrap();
    assert_eq!(read.decode_meta().unwrap(), meta);
    let checked = check(&read, &meta).unwrap();
    assert_eq!(checked.func_types, [1, 0]);
    let words = TypeWords { params: Words { numbers: 1, refs: 1 }, results: Words { numbers: 1, refs: 0 } };
    assert_eq!(checked.words, [words, TypeWords::default()]);
    assert_eq!(read.data, b"bytes");
    assert_eq!(read.decode_names().unwrap().unwrap().func(1), Some("main"));
    assert_eq!(stated_len(&bytes), Some(bytes.len() as u32));
    assert_eq!(read.sections().count(), 5);
    assert_eq!(file(&meta), bytes);
}

/// The first bytes of a file, field by field: the layout is frozen.
#[test]
fn golden_header() {
    let bytes = file(&sample());
    assert_eq!(&bytes[..8], b"\x7ftack\r\n\x1a");
    assert_eq!(bytes[8..16], [0, 0, 1, 0, 72, 0, 0, 0]);
    assert_eq!(bytes[16..32], 1u128.to_le_bytes());
    assert_eq!(bytes[48..56], [bytes.len() as u8, (bytes.len() >> 8) as u8, 0, 0, 5, 0, 0, 0]);
    assert_eq!(bytes[56..72], [0; 16]);
    // META: id 1, required, at the first multiple of 8 after five entries of 12 bytes.
    assert_eq!(bytes[72..80], [1, 0, 1, 0, 136, 0, 0, 0]);
}

fn payload(meta: &Meta<'_>, id: u16) -> Vec<u8> {
    let section = meta.encode();
    let entry = entries(&section, 0).map(|e| e.unwrap()).find(|e| e.id == id).unwrap();
    entry.payload.to_vec()
}

/// The layout of every payload, byte by byte: it never changes.
#[test]
fn golden_payloads() {
    let meta = sample();
    let golden: &[(u16, &[&[u8]])] = &[
        (
            id::TYPES,
            &[
                &[2, 0, 0, 0, 0, 0, 0, 0],
                &[0x60, 2, 0, 0, 0, 0, 0, 0, 0, 0x7f, 0x70, 1, 0, 0, 0, 0, 0, 0, 0, 0x7e],
                &[0x60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            ],
        ),
        (
            id::IMPORTS,
            &[
                &[2, 0, 0, 0, 0, 0, 0, 0],
                &[3, 0, 0, 0, 0, 0, 0, 0, b'e', b'n', b'v', 1, 0, 0, 0, 0, 0, 0, 0, b'f', 0, 1, 0, 0, 0],
                &[3, 0, 0, 0, 0, 0, 0, 0, b'e', b'n', b'v', 1, 0, 0, 0, 0, 0, 0, 0, b'g', 3, 0, 0, 0, 0],
            ],
        ),
        (id::TABLES, &[&[1, 0, 0, 0, 0, 0, 0, 0], &[0x70, 1, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0]]),
        (id::MEMORIES, &[&[1, 0, 0, 0, 0, 0, 0, 0], &[0, 16, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]),
        (
            id::GLOBALS,
            &[
                &[2, 0, 0, 0, 0, 0, 0, 0],
                &[0x7f, 0, 0, 0, 0, 0, 0, 0, 0, 0],
                &[0x7f, 1, 6, 0, 0, 0, 0, 0, 0, 0, 0x23, 0, 0, 0, 0, 0x0b],
            ],
        ),
        (id::EXPORTS, &[&[1, 0, 0, 0, 0, 0, 0, 0], &[4, 0, 0, 0, 0, 0, 0, 0, b'm', b'a', b'i', b'n', 0, 1, 0, 0, 0]]),
        (
            id::ELEMS,
            &[
                &[1, 0, 0, 0, 0, 0, 0, 0],
                &[0x70, 1, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0x41, 1, 0, 0, 0, 0x0b],
                &[0, 1, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0],
            ],
        ),
        (id::DATAS, &[&[1, 0, 0, 0, 0, 0, 0, 0], &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0]]),
        (id::START, &[&[0, 0, 0, 0]]),
    ];
    for (id, parts) in golden {
        assert_eq!(payload(&meta, *id), parts.concat(), "payload {id}");
    }
    let names = Names { funcs: vec![FuncName { index: 2, name: "f".into() }], lines: vec![Line { unit: 3, wasm: 4 }] };
    let golden: &[&[u8]] = &[
        &[1, 0, 1, 0, 21, 0, 0, 0],
        &[1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, b'f'],
        &[2, 0, 1, 0, 16, 0, 0, 0],
        &[1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0],
    ];
    assert_eq!(names.encode(), golden.concat());
}

fn read(bytes: &[u8], integrity: bool) -> Result<(), Error> {
    let file = File::parse(bytes, &Reader { integrity, ..Reader::default() })?;
    let meta = file.decode_meta()?;
    check(&file, &meta)?;
    file.decode_names().transpose()?;
    Ok(())
}

#[test]
fn truncated_files_are_refused() {
    let bytes = file(&sample());
    read(&bytes, true).unwrap();
    for len in 0..bytes.len() {
        assert!(read(&bytes[..len], false).is_err(), "{len}");
        // Also where the header agrees with the length.
        let mut cut = bytes[..len].to_vec();
        if len >= 52 {
            cut[48..52].copy_from_slice(&(len as u32).to_le_bytes());
        }
        assert!(read(&cut, false).is_err(), "{len}");
    }
    let mut long = bytes.clone();
    long.push(0);
    assert_eq!(read(&long, false).unwrap_err().rule(), Some(Rule::FileLength));
}

/// Every flipped bit is found while the build id is checked, and none panics while it is not.
#[test]
fn flipped_bits_are_found() {
    let bytes = file(&sample());
    let mut unnoticed = 0;
    // The id of DEBUG may become that of another section that readers may skip.
    let debug_id = 120..122;
    for bit in 0..bytes.len() * 8 {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(read(&bytes, true).is_err() || debug_id.contains(&(bit / 8)), "bit {bit}");
        unnoticed += usize::from(read(&bytes, false).is_ok());
    }
    // Flips in names and constants make other files that are as good.
    assert!(unnoticed > 0);
}

/// Counts that promise more than there is are refused before anything is allocated for them.
#[test]
fn hostile_counts() {
    for id in 1..=9u16 {
        for count in [1u64 << 20, 1 << 40, u64::MAX] {
            let mut section = vec![];
            section.extend_from_slice(&id.to_le_bytes());
            section.extend_from_slice(&1u16.to_le_bytes());
            section.extend_from_slice(&24u32.to_le_bytes());
            for _ in 0..3 {
                section.extend_from_slice(&count.to_le_bytes());
            }
            let error = Meta::decode(&section, 0).unwrap_err();
            assert_eq!(error.rule(), Some(Rule::MetaPayload), "{error}");
        }
    }
}

#[test]
fn resealed_files_are_read_again() {
    let mut bytes = file(&sample());
    let last = bytes.len() - 1;
    let data = File::parse(&bytes, &Reader::default()).unwrap().data_offset;
    let before = bytes.clone();
    bytes[data] ^= 1;
    assert_eq!(File::parse(&bytes, &Reader::default()).unwrap_err().rule(), Some(Rule::BuildId));
    assert!(reseal(&mut bytes));
    assert!(File::parse(&bytes, &Reader::default()).is_ok());
    bytes[data] ^= 1;
    assert!(reseal(&mut bytes));
    assert_eq!(bytes, before);
    for len in 0..last {
        assert!(!reseal(&mut bytes.clone()[..len]), "{len}");
    }
    bytes[52..56].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(!reseal(&mut bytes));
}

fn broken(change: impl FnOnce(&mut Meta<'static>), rule: Rule) {
    let mut meta = sample();
    change(&mut meta);
    let bytes = file(&meta);
    let error = read(&bytes, true).unwrap_err();
    assert_eq!(error.rule(), Some(rule), "{error}");
}

#[test]
fn declarations_are_checked() {
    broken(|m| m.types[1].results = vec![0x7b].into(), Rule::Types);
    broken(|m| m.imports[0].ty = 2, Rule::Imports);
    broken(|m| m.imports[1].ty = 1, Rule::Imports);
    broken(
        |m| m.imports.extend(vec![Import { module: "".into(), name: "".into(), kind: ExternKind::Table, ty: 0 }; 2]),
        Rule::Imports,
    );
    broken(|m| m.tables[0].max = 1, Rule::Limits);
    broken(|m| m.tables[0].elem = ValType::I32, Rule::Limits);
    broken(|m| m.tables[0].flags = limits::INDEX_64, Rule::Limits);
    broken(|m| m.memories[0].min = 65537, Rule::Limits);
    broken(|m| m.memories[0].max = 1, Rule::Limits);
    broken(|m| m.memories[0].page_log2 = 0, Rule::Limits);
    broken(|m| m.memories.push(m.memories[0]), Rule::Limits);
    broken(|m| m.globals[0].init = expr(&[ConstOp::I32(0)]), Rule::Globals);
    broken(|m| m.globals[1].init = expr(&[ConstOp::GlobalGet(1)]), Rule::ConstExpr);
    broken(|m| m.globals[1].init = vec![].into(), Rule::ConstExpr);
    broken(|m| m.globals[1].init = [expr(&[ConstOp::I32(1)]), vec![0].into()].concat().into(), Rule::ConstExpr);
    broken(|m| m.exports[0].index = 2, Rule::Exports);
    broken(|m| m.exports.push(m.exports[0].clone()), Rule::Exports);
    broken(|m| m.elems[0].bytes = vec![2, 0, 0, 0].into(), Rule::Elements);
    broken(|m| m.elems[0].count = 2, Rule::Elements);
    broken(|m| m.elems[0].table = 1, Rule::Elements);
    broken(|m| m.elems[0].mode = SegmentMode::Passive, Rule::MetaPayload);
    broken(|m| (m.elems[0].items, m.elems[0].bytes) = (ItemKind::Exprs, expr(&[ConstOp::I32(0)])), Rule::ConstExpr);
    broken(|m| m.datas[0].end = 4, Rule::DataSegments);
    broken(|m| m.datas[0].mode = SegmentMode::Declared, Rule::DataSegments);
    broken(|m| (m.datas[0].mode, m.datas[0].offset) = (SegmentMode::Active, expr(&[ConstOp::I64(0)])), Rule::ConstExpr);
    broken(|m| m.start = Some(1), Rule::Start);
    broken(|m| m.start = Some(2), Rule::Start);
}

#[test]
fn names_are_utf8() {
    let sound = file(&sample());
    let meta = File::parse(&sound, &Reader::default()).unwrap().meta;
    for name in ["env", "f", "g", "main"] {
        // With its length before it.
        let stored = [&(name.len() as u64).to_le_bytes(), name.as_bytes()].concat();
        let at = meta.windows(stored.len()).position(|bytes| bytes == stored).unwrap();
        let mut section = meta.to_vec();
        section[at + 8] = 0xff;
        let error = with_meta(&section);
        assert_eq!(error.rule(), Some(Rule::MetaPayload), "{error}");
        assert!(error.to_string().contains("a string is not UTF-8"), "{error}");
    }
}

/// Rewrites META of a file and gives what reading it says.
fn with_meta(section: &[u8]) -> Error {
    Meta::decode(section, 0).unwrap_err()
}

#[test]
fn unknown_entries() {
    // 14 is not known: refused if required, skipped if not.
    assert_eq!(with_meta(&[14, 0, 1, 0, 0, 0, 0, 0]).rule(), Some(Rule::MetaEntries));
    assert_eq!(Meta::decode(&[14, 0, 0, 0, 1, 0, 0, 0, 9], 0).unwrap(), Meta::default());
    // Known entries are required; ids ascend; flags beyond the first are not known.
    assert_eq!(with_meta(&[9, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0]).rule(), Some(Rule::MetaEntries));
    let start = [9, 0, 1, 0, 4, 0, 0, 0, 0, 0, 0, 0];
    assert!(Meta::decode(&start, 0).is_ok());
    assert_eq!(with_meta(&[start, start].concat()).rule(), Some(Rule::MetaEntries));
    assert_eq!(with_meta(&[14, 0, 2, 0, 0, 0, 0, 0]).rule(), Some(Rule::MetaEntries));
    // Empty lists, trailing bytes and unknown kinds are refused.
    assert_eq!(with_meta(&[1, 0, 1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).rule(), Some(Rule::MetaPayload));
    assert_eq!(with_meta(&[9, 0, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0]).rule(), Some(Rule::MetaPayload));
}

#[test]
fn optional_sections_come_and_go() {
    let bytes = file(&sample());
    let parse = |bytes| File::parse(bytes, &Reader::default());
    let with = parse(&bytes).unwrap();
    let debug = with.debug.unwrap().0;
    let bare = with_section(&with, SectionId::DEBUG, None).unwrap();
    let without = parse(&bare).unwrap();
    assert_eq!((without.debug, without.header.build_id), (None, with.header.build_id));
    assert_eq!((without.meta, without.code, without.data), (with.meta, with.code, with.data));
    // Back to the same bytes, since a file has one form for given contents.
    assert_eq!(with_section(&without, SectionId::DEBUG, Some(debug)).unwrap(), bytes);
    assert!(with_section(&with, SectionId::CODE, None).is_err());
}

#[test]
fn a_signature_ends_the_file_and_signs_all_before_it() {
    let bytes = file(&sample());
    let plain = File::parse(&bytes, &Reader::default()).unwrap();
    assert_eq!(signature::read(&plain), Ok(None));
    let mut message = vec![];
    let sign = |fill: u8| {
        move |signed: &[u8], message: &mut Vec<u8>| {
            *message = signed.to_vec();
            [fill; 64]
        }
    };
    let signed = signature::attach(&plain, &[7; 32], |m| sign(9)(m, &mut message)).unwrap();
    assert_eq!(signed.len(), message.len() + 64);
    assert_eq!(signed[..message.len()], message);
    let file = File::parse(&signed, &Reader::default()).unwrap();
    let read = signature::read(&file).unwrap().unwrap();
    assert_eq!((read.key, read.signature, read.signed), (&[7; 32], &[9; 64], &message[..]));
    assert_eq!(file.header.build_id, plain.header.build_id);
    assert_eq!(file.decode_names().unwrap().unwrap(), plain.decode_names().unwrap().unwrap());
    // A second signature takes the place of the first.
    let again = signature::attach(&file, &[8; 32], |m| sign(1)(m, &mut message)).unwrap();
    assert_eq!(again.len(), signed.len());
    assert_eq!(with_section(&file, SectionId::SIGNATURE, None).unwrap(), bytes);
}

#[test]
fn sections_that_are_no_signature_are_told_from_one() {
    let bytes = file(&sample());
    let plain = File::parse(&bytes, &Reader::default()).unwrap();
    let read = |contents: &[u8], after: bool| {
        let mut bytes = with_section(&plain, SectionId::SIGNATURE, Some(contents)).unwrap();
        if after {
            let file = File::parse(&bytes, &Reader::default()).unwrap();
            assert!(signature::attach(&file, &[0; 32], |_| [0; 64]).is_ok());
            bytes = with_section(&file, SectionId(0x12), Some(b"more")).unwrap();
            let file = File::parse(&bytes, &Reader::default()).unwrap();
            assert!(signature::attach(&file, &[0; 32], |_| [0; 64]).is_err());
        }
        signature::read(&File::parse(&bytes, &Reader::default()).unwrap()).map(|found| found.is_some())
    };
    let mut good = [0; signature::LEN];
    good[0] = 1;
    assert_eq!(read(&good, false), Ok(true));
    assert_eq!(read(&good, true), Err(signature::SectionError::NotLast));
    assert_eq!(read(&good[1..], false), Err(signature::SectionError::Length(signature::LEN - 1)));
    assert_eq!(read(&[], false), Err(signature::SectionError::Length(0)));
    let mut other = good;
    other[0] = 2;
    assert_eq!(read(&other, false), Err(signature::SectionError::Algorithm(2)));
    let mut reserved = good;
    reserved[7] = 1;
    assert!(read(&reserved, false).is_err());
}
