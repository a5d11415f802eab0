//! One instruction's bytes.

use crate::isa::{Isa, Opcode};
use crate::operand::{Kind, Sort};
use alloc::vec::Vec;

/// Why an instruction can't be encoded: all of these are the encoder's caller's fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The set has no such instruction.
    #[error("opcode {0} is not in the instruction set")]
    Opcode(Opcode),
    /// There must be a value for each operand.
    #[error("{found} values for {expected} operands")]
    Count {
        /// Values given.
        found: usize,
        /// Operands of the instruction.
        expected: usize,
    },
    /// A value is outside of what its operand's kind can say.
    #[error("operand {operand} of opcode {opcode}: {value:#x} does not fit a {}", kind.name())]
    Range {
        /// The instruction.
        opcode: Opcode,
        /// Position of the operand.
        operand: usize,
        /// Its kind.
        kind: Kind,
        /// The value.
        value: u64,
    },
    /// A branch table has from 1 to 2^16 entries, other instructions none.
    #[error("{0} branch table entries")]
    Entries(usize),
}

/// Whether a value fits a kind of operand. Signed constants are given sign-extended to 64 bits.
pub const fn fits(kind: Kind, value: u64) -> bool {
    let bits = kind.size() as u32 * 8;
    if bits == 0 || bits == 64 {
        return true;
    }
    match kind.sort() {
        Sort::Signed => {
            let shift = 64 - bits;
            ((value << shift) as i64 >> shift) as u64 == value
        }
        _ => value >> bits == 0,
    }
}

/// Appends an instruction.
///
/// There is one value for each operand of the row; those of accumulators and of the branch table are ignored. Signed constants
/// are sign-extended to 64 bits, distances are in units from the instruction's start, and `entries` are the distances of a
/// branch table, the default last.
pub fn encode(
    isa: &Isa,
    opcode: Opcode,
    values: &[u64],
    entries: &[u32],
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let instr = isa.get(opcode).ok_or(EncodeError::Opcode(opcode))?;
    let kinds = instr.operands();
    if values.len() != kinds.len() {
        return Err(EncodeError::Count { found: values.len(), expected: kinds.len() });
    }
    let start = out.len();
    out.resize(start + usize::from(instr.units) * 2, 0);
    out[start..start + 2].copy_from_slice(&opcode.to_le_bytes());
    let mut table = None;
    for (operand, (kind, value)) in kinds.iter().copied().zip(values.iter().copied()).enumerate() {
        let value = match kind.sort() {
            Sort::Targets => {
                table = Some(kind);
                if entries.is_empty() || entries.len() > 1 << 16 {
                    return Err(EncodeError::Entries(entries.len()));
                }
                entries.len() as u64 - 1
            }
            _ => value,
        };
        if !fits(kind, value) {
            return Err(EncodeError::Range { opcode, operand, kind, value });
        }
        let at = start + usize::from(instr.offsets[operand]);
        out[at..at + kind.size()].copy_from_slice(&value.to_le_bytes()[..kind.size()]);
    }
    let Some(kind) = table else {
        return if entries.is_empty() { Ok(()) } else { Err(EncodeError::Entries(entries.len())) };
    };
    for entry in entries {
        if kind == Kind::Targets16 {
            let Ok(short) = u16::try_from(*entry) else {
                return Err(EncodeError::Range { opcode, operand: 0, kind, value: u64::from(*entry) });
            };
            out.extend_from_slice(&short.to_le_bytes());
        } else {
            out.extend_from_slice(&entry.to_le_bytes());
        }
    }
    Ok(())
}
