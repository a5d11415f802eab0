//! Every instruction's encoding: what is encoded is decoded again, and any bytes decode to something or to an error.

use hardtack_format::disasm::{self, Labels, Style, Text, decode};
use hardtack_format::encode::{EncodeError, encode, fits};
use hardtack_format::isa::{Instr, Row, STANDARD};
use hardtack_format::operand::{Kind, Sort};

/// Values at the edges of a kind.
fn edges(kind: Kind) -> Vec<u64> {
    let bits = kind.size() as u32 * 8;
    match (kind.sort(), bits) {
        (Sort::Targets, _) | (_, 0) => vec![0],
        (Sort::Signed, _) => vec![0, 1, u64::MAX, (i64::MIN >> (64 - bits)) as u64, (i64::MAX >> (64 - bits)) as u64],
        (_, 64) => vec![0, u64::MAX],
        _ => vec![0, 1, (1 << bits) - 1],
    }
}

fn table_of(instr: &Instr) -> Vec<u32> {
    match instr.operands().iter().find(|k| k.sort() == Sort::Targets) {
        Some(Kind::Targets16) => vec![1, 0xffff, 7],
        Some(_) => vec![1, u32::MAX, 0x1_0000, 7],
        None => vec![],
    }
}

#[test]
fn every_instruction_round_trips() {
    for (opcode, instr) in STANDARD.instrs.iter().enumerate() {
        let Some(instr) = instr else { continue };
        let kinds = instr.operands();
        let rounds = kinds.iter().map(|k| edges(*k).len()).max().unwrap_or(1);
        for round in 0..rounds {
            let values: Vec<u64> = kinds.iter().map(|k| edges(*k)[round % edges(*k).len()]).collect();
            let entries = table_of(instr);
            let mut bytes = vec![0xee; 4];
            encode(&STANDARD, opcode as u16, &values, &entries, &mut bytes).unwrap();
            let decoded = decode(&STANDARD, &bytes, 4).unwrap();
            assert_eq!(decoded.opcode as usize, opcode);
            assert_eq!(decoded.len, bytes.len() - 4);
            assert_eq!(decoded.len % 2, 0);
            assert_eq!(decoded.entries().collect::<Vec<_>>(), entries);
            for ((name, kind, value), expected) in decoded.operands().zip(&values) {
                let expected = if kind.sort() == Sort::Targets { entries.len() as u64 - 1 } else { *expected };
                assert_eq!(value, expected, "{name} of {:?}", STANDARD.name(opcode as u16));
            }
            // Shorter bytes are no instruction.
            for len in 4..bytes.len() {
                assert!(decode(&STANDARD, &bytes[..len], 4).is_err());
            }
            let text = Text { decoded: &decoded, labels: &Labels::default(), style: Style { modes: true } }.to_string();
            assert!(text.starts_with(&STANDARD.name(opcode as u16).unwrap()), "{text}");
        }
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    assert!(fits(Kind::S8, -128i64 as u64) && !fits(Kind::S8, 128) && !fits(Kind::S8, 0xff));
    assert!(fits(Kind::U8, 255) && !fits(Kind::U8, 256) && !fits(Kind::Slot, u64::MAX));
    assert!(fits(Kind::S64, u64::MAX));
    let add = STANDARD.find(Row::i32_add.index(), &[Kind::Slot, Kind::Slot, Kind::S16]).unwrap();
    let mut out = vec![];
    let mut try_encode = |values: &[u64], entries: &[u32]| encode(&STANDARD, add, values, entries, &mut out);
    assert!(matches!(try_encode(&[0, 0, 0x8000], &[]), Err(EncodeError::Range { operand: 2, kind: Kind::S16, .. })));
    assert!(matches!(try_encode(&[256, 0, 0], &[]), Err(EncodeError::Range { operand: 0, .. })));
    assert!(matches!(try_encode(&[0, 0], &[]), Err(EncodeError::Count { found: 2, expected: 3 })));
    assert!(matches!(try_encode(&[0, 0, 0], &[1]), Err(EncodeError::Entries(1))));
    let table = STANDARD.find(Row::br_table.index(), &[Kind::Targets16, Kind::Slot]).unwrap();
    assert!(matches!(encode(&STANDARD, table, &[0, 0], &[], &mut vec![]), Err(EncodeError::Entries(0))));
    assert!(encode(&STANDARD, table, &[0, 0], &[0x1_0000], &mut vec![]).is_err());
    assert!(matches!(encode(&STANDARD, 0x7fff, &[], &[], &mut vec![]), Err(EncodeError::Opcode(0x7fff))));
}

#[test]
fn listings_name_targets() {
    let mut code = vec![];
    let mut push = |row: Row, kinds: &[Kind], values: &[u64], entries: &[u32]| {
        let opcode = STANDARD.find(row.index(), kinds).unwrap();
        encode(&STANDARD, opcode, values, entries, &mut code).unwrap();
    };
    push(Row::i32_add, &[Kind::Slot, Kind::Slot, Kind::S16], &[3, 3, -5i64 as u64], &[]);
    push(Row::br_table, &[Kind::Targets16, Kind::Slot], &[0, 3], &[5, 6]);
    push(Row::ret, &[], &[], &[]);
    push(Row::br_i32_lt_s, &[Kind::Back16, Kind::Acc, Kind::Slot], &[9, 0, 1], &[]);
    push(Row::ret_value, &[Kind::Acc], &[0], &[]);
    let text = disasm::listing(&STANDARD, &code, 0, code.len(), Style::default());
    assert_eq!(
        text,
        "L0:\n  i32_add  s3, s3, #-5\n  br_table  s3 → L1, L2\nL1:\n  ret\nL2:\n  br_i32_lt_s  acc, s1 → L0\n  ret_value  acc\n"
    );
}

#[test]
fn any_bytes_decode_or_fail() {
    let mut state = 0x1234_5678_9abc_def0u64;
    let bytes: Vec<u8> = (0..1 << 16)
        .map(|_| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            // Mostly small numbers, so that many opcodes exist.
            if state >> 62 == 0 { (state >> 40) as u8 } else { (state >> 40) as u8 & 7 }
        })
        .collect();
    let mut decoded = 0;
    for at in 0..bytes.len() + 2 {
        if let Ok(d) = decode(&STANDARD, &bytes, at) {
            decoded += 1;
            let labels = Labels::default();
            let _ = Text { decoded: &d, labels: &labels, style: Style::default() }.to_string();
        }
    }
    assert!(decoded > 1000);
    disasm::listing(&STANDARD, &bytes, 0, bytes.len(), Style::default());
}
