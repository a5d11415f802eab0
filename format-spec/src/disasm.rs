//! From bytes to instructions and their text. Total: any bytes give an instruction or an error.

use crate::isa::{Body, Expr, Flow, Instr, Isa, MAX_OPERANDS, Opcode, RowInfo, Stmt};
use crate::operand::{Kind, Sort};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};

/// An instruction taken apart.
#[derive(Clone, Copy, Debug)]
pub struct Decoded<'a> {
    /// Its number.
    pub opcode: Opcode,
    /// Its layout.
    pub instr: &'a Instr,
    /// Its row.
    pub row: &'static RowInfo,
    /// Byte offset in the code.
    pub at: usize,
    /// Length in bytes, with its branch table.
    pub len: usize,
    /// Values of its operands: constants extended to 64 bits as their kind says, 0 for accumulators.
    pub values: [u64; MAX_OPERANDS],
    /// Bytes of its branch table.
    table: &'a [u8],
}

/// Why bytes are not an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The code ends inside the instruction.
    #[error("the code ends inside an instruction")]
    End,
    /// The set has no such instruction.
    #[error("{0:#06x} is not an opcode")]
    Opcode(Opcode),
}

/// The value of an operand in its instruction's bytes.
fn value(kind: Kind, bytes: &[u8]) -> u64 {
    let mut wide = [0; 8];
    wide[..kind.size()].copy_from_slice(&bytes[..kind.size()]);
    let value = u64::from_le_bytes(wide);
    match kind.sort() {
        Sort::Signed if kind.size() < 8 => {
            let shift = 64 - 8 * kind.size() as u32;
            ((value << shift) as i64 >> shift) as u64
        }
        _ => value,
    }
}

/// Decodes the instruction at a byte offset.
pub fn decode<'a>(isa: &'a Isa, code: &'a [u8], at: usize) -> Result<Decoded<'a>, DecodeError> {
    let rest = code.get(at..).ok_or(DecodeError::End)?;
    let opcode = u16::from_le_bytes(*rest.first_chunk().ok_or(DecodeError::End)?);
    let instr = isa.get(opcode).ok_or(DecodeError::Opcode(opcode))?;
    let mut len = usize::from(instr.units) * 2;
    let bytes = rest.get(..len).ok_or(DecodeError::End)?;
    let mut values = [0; MAX_OPERANDS];
    let mut table: &[u8] = &[];
    for (i, kind) in instr.operands().iter().enumerate() {
        values[i] = value(*kind, &bytes[usize::from(instr.offsets[i])..]);
        if kind.sort() == Sort::Targets {
            let size = entry_size(*kind) * (values[i] as usize + 1);
            table = rest.get(len..len + size).ok_or(DecodeError::End)?;
        }
    }
    len += table.len();
    Ok(Decoded { opcode, instr, row: isa.row(instr), at, len, values, table })
}

/// Bytes of a branch table's entry.
pub const fn entry_size(kind: Kind) -> usize {
    match kind {
        Kind::Targets32 => 4,
        _ => 2,
    }
}

/// Decodes instructions one after the other, until the end of the code or the first error.
pub fn iter<'a>(isa: &'a Isa, code: &'a [u8], start: usize) -> impl Iterator<Item = Result<Decoded<'a>, DecodeError>> {
    let mut at = start;
    core::iter::from_fn(move || {
        if at >= code.len() {
            return None;
        }
        let decoded = decode(isa, code, at);
        at = match &decoded {
            Ok(d) => at + d.len,
            Err(_) => code.len(),
        };
        Some(decoded)
    })
}

impl<'a> Decoded<'a> {
    /// Its operands: name, kind, value.
    pub fn operands(&self) -> impl Iterator<Item = (&'static str, Kind, u64)> + '_ {
        let kinds = self.instr.operands().iter();
        self.row.operands.iter().zip(kinds).zip(self.values).map(|((name, kind), value)| (*name, *kind, value))
    }

    /// The value of the operand with a name in the row.
    pub fn operand(&self, name: &str) -> Option<u64> {
        self.operands().find(|(n, ..)| *n == name).map(|(_, _, value)| value)
    }

    /// Distances in its branch table, the default last.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = u32> + use<'a> {
        let kind = self.instr.operands().iter().find(|k| k.sort() == Sort::Targets);
        let size = kind.map_or(2, |k| entry_size(*k));
        self.table.chunks_exact(size).map(|b| {
            let mut wide = [0; 4];
            wide[..b.len()].copy_from_slice(b);
            u32::from_le_bytes(wide)
        })
    }

    /// Byte offsets that it may branch to, in the order of its operands. A backward distance past the start gives none.
    pub fn targets(&self) -> impl Iterator<Item = Option<usize>> + '_ {
        self.operands().flat_map(move |(_, kind, value)| {
            let one = match kind.sort() {
                Sort::Forward => Some(self.at.checked_add(2 * value as usize)),
                Sort::Backward => Some(self.at.checked_sub(2 * value as usize)),
                _ => None,
            };
            let many = (kind.sort() == Sort::Targets)
                .then(|| self.entries().map(|d| self.at.checked_add(2 * d as usize)))
                .into_iter()
                .flatten();
            one.into_iter().chain(many)
        })
    }

    /// Where control goes after it.
    pub fn flow(&self) -> Flow {
        self.instr.flow
    }
}

/// Branch targets of a function, numbered in the order of the code.
#[derive(Clone, Debug, Default)]
pub struct Labels(Vec<usize>);

impl Labels {
    /// Finds the targets of the instructions in a range of code.
    pub fn of(isa: &Isa, code: &[u8], start: usize) -> Labels {
        let mut targets: Vec<usize> =
            iter(isa, code, start).flatten().flat_map(|d| d.targets().flatten().collect::<Vec<_>>()).collect();
        targets.sort_unstable();
        targets.dedup();
        Labels(targets)
    }

    /// The number of the label at a byte offset.
    pub fn at(&self, offset: usize) -> Option<usize> {
        self.0.binary_search(&offset).ok()
    }
}

/// How instructions are printed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// Names with the letters of their modes.
    pub modes: bool,
}

/// An instruction's text: name, operands, `→` and targets.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// The instruction.
    pub decoded: &'a Decoded<'a>,
    /// Names of targets.
    pub labels: &'a Labels,
    /// How it is printed.
    pub style: Style,
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let d = self.decoded;
        f.write_str(d.row.name)?;
        if self.style.modes {
            for (i, kind) in d.instr.operands().iter().enumerate() {
                if i == 0 {
                    f.write_char('.')?;
                }
                f.write_char(kind.letter() as char)?;
            }
        }
        let mut separator = "  ";
        for (_, kind, value) in d.operands() {
            if crate::isa::Isa::is_target(kind) {
                continue;
            }
            f.write_str(separator)?;
            separator = ", ";
            write_operand(f, kind, value)?;
        }
        let mut separator = " → ";
        for target in d.targets() {
            f.write_str(separator)?;
            separator = ", ";
            match target.map(|t| (t, self.labels.at(t))) {
                Some((_, Some(label))) => write!(f, "L{label}")?,
                Some((target, None)) => write!(f, "{target:#x}")?,
                None => f.write_str("before the start")?,
            }
        }
        Ok(())
    }
}

/// Prints an operand that is not a target.
fn write_operand(f: &mut impl Write, kind: Kind, value: u64) -> fmt::Result {
    match kind.sort() {
        Sort::Slot => match kind {
            Kind::SlotAcc => write!(f, "s{value}+acc"),
            Kind::SlotFAcc => write!(f, "s{value}+facc"),
            _ => write!(f, "s{value}"),
        },
        Sort::RefSlot => write!(f, "r{value}"),
        Sort::Acc => f.write_str("acc"),
        Sort::FAcc => f.write_str("facc"),
        Sort::Signed => write!(f, "#{}", value as i64),
        Sort::Unsigned => write!(f, "#{value}"),
        Sort::Forward | Sort::Backward | Sort::Targets => Ok(()),
        Sort::Func => write!(f, "func {value}"),
        Sort::ImportedFunc => write!(f, "import {value}"),
        Sort::AnyFunc => write!(f, "function {value}"),
        Sort::TypeIndex => write!(f, "type {value}"),
        Sort::Table => write!(f, "table {value}"),
        Sort::Global => write!(f, "global {value}"),
        Sort::ImportedGlobal => write!(f, "imported global {value}"),
        Sort::RefGlobal => write!(f, "ref global {value}"),
        Sort::Data => write!(f, "data {value}"),
        Sort::Elem => write!(f, "elem {value}"),
        Sort::Window => write!(f, "w{value}"),
        Sort::RefWindow => write!(f, "rw{value}"),
    }
}

/// What a row does, in the words of the table; nothing for rows whose handler is written by hand.
pub fn meaning(row: &RowInfo) -> String {
    let Body::Statements(stmts) = row.body else { return String::new() };
    let mut out = String::new();
    for (i, stmt) in stmts.iter().enumerate() {
        if i > 0 {
            out.push_str("; ");
        }
        match stmt {
            Stmt::Assign { to, value } => {
                out.push_str(row.operands[*to]);
                out.push_str(" = ");
                write_expr(&mut out, row, value);
            }
            Stmt::Effect(e) => write_expr(&mut out, row, e),
            Stmt::BranchIf { cond, to } => {
                out.push_str("if ");
                write_expr(&mut out, row, cond);
                out.push_str(" goto ");
                out.push_str(row.operands[*to]);
            }
            Stmt::Goto(to) => {
                out.push_str("goto ");
                out.push_str(row.operands[*to]);
            }
            Stmt::GotoTable { index, to } => {
                out.push_str("goto ");
                out.push_str(row.operands[*to]);
                out.push('[');
                write_expr(&mut out, row, index);
                out.push(']');
            }
        }
    }
    out
}

fn write_expr(out: &mut String, row: &RowInfo, e: &Expr) {
    match e {
        Expr::Operand(operand) => out.push_str(row.operands[*operand]),
        Expr::Prim { prim, args } => {
            out.push_str(prim.name());
            out.push('(');
            for (i, arg) in args.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write_expr(out, row, arg);
            }
            out.push(')');
        }
    }
}

/// Lists a function whose code is bytes `start..end` of CODE: labels on lines of their own, one instruction a line.
pub fn listing(isa: &Isa, code: &[u8], start: usize, end: usize, style: Style) -> String {
    let code = code.get(..end).unwrap_or(code);
    let labels = Labels::of(isa, code, start);
    let mut out = String::new();
    for decoded in iter(isa, code, start) {
        // Writing to a string cannot fail.
        let _ = match decoded {
            Ok(d) => {
                if let Some(label) = labels.at(d.at) {
                    let _ = writeln!(out, "L{label}:");
                }
                writeln!(out, "  {}", Text { decoded: &d, labels: &labels, style })
            }
            Err(error) => writeln!(out, "  ; {error}"),
        };
    }
    out
}
