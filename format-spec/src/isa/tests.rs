use super::*;
use std::vec::Vec;

/// The lock file names every instruction; with `HARDTACK_BLESS=1` missing lines are appended to it.
#[test]
fn every_instruction_is_locked() {
    let locked: Vec<&str> = LOCK.lines().collect();
    let mut missing = Vec::new();
    for row in ROWS {
        for mode in 0..row.modes.len() {
            let name = instr_name(row, mode);
            if !locked.contains(&name.as_str()) {
                missing.push(name);
            }
        }
    }
    if !missing.is_empty() && std::env::var_os("HARDTACK_BLESS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/opcodes.lock");
        let mut text = std::fs::read_to_string(path).unwrap();
        for name in &missing {
            text.push_str(name);
            text.push('\n');
        }
        std::fs::write(path, text).unwrap();
        return;
    }
    assert!(missing.is_empty(), "append to opcodes.lock (or run with HARDTACK_BLESS=1): {missing:#?}");
}

/// Emission turns branches to the side where their target lies.
#[test]
fn branches_go_both_ways() {
    for row in ROWS {
        for kinds in row.modes {
            let Some(at) = kinds.iter().position(|k| matches!(k.sort(), Sort::Forward | Sort::Backward)) else {
                continue;
            };
            let other = match kinds[at] {
                Kind::Fwd16 => Kind::Back16,
                Kind::Back16 => Kind::Fwd16,
                Kind::Fwd32 => Kind::Back32,
                _ => Kind::Fwd32,
            };
            let mut wanted = kinds.to_vec();
            wanted[at] = other;
            assert!(row.modes.iter().any(|m| *m == wanted), "{} lacks {wanted:?}", row.name);
        }
    }
}

/// Emission makes the entries of a table as long as they must be.
#[test]
fn tables_have_both_widths() {
    for row in ROWS {
        for kinds in row.modes {
            let mut wanted = kinds.to_vec();
            for kind in &mut wanted {
                *kind = match *kind {
                    Kind::Targets16 => Kind::Targets32,
                    Kind::Targets32 => Kind::Targets16,
                    other => other,
                };
            }
            assert!(row.modes.iter().any(|m| *m == wanted), "{} lacks {wanted:?}", row.name);
        }
    }
}

#[test]
fn layouts_are_sound() {
    for (number, instr) in STANDARD.instrs.iter().enumerate() {
        let Some(instr) = instr else { continue };
        let row = STANDARD.row(instr);
        assert_eq!(row.operands.len(), instr.count as usize, "{}", row.name);
        assert!((number as u16) < PRIVATE);
        let mut bytes = std::vec![false; instr.units as usize * 2];
        for (kind, at) in instr.operands().iter().zip(instr.offsets) {
            for b in &mut bytes[at as usize..at as usize + kind.size()] {
                assert!(!*b, "{} overlaps", row.name);
                *b = true;
            }
        }
    }
}
