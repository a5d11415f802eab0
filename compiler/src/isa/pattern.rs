//! Rows made of instructions that follow one another.

use super::apply::is_also_slot;
use crate::select::rows;
use hardtack_format::disasm::Decoded;
use hardtack_format::isa::{Body, Expr, Flow, MAX_OPERANDS, Stmt};
use hardtack_format::operand::{Kind, Sort};
use hardtack_format::prim::Prim;
use std::fmt::Write;

/// The operands, kinds and statements of a row, in the table's notation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pattern {
    /// `{ operands } [(kinds)]`
    pub operands: String,
    /// `{ statements }`
    pub body: String,
}

/// What a row is made of, so far.
#[derive(Default)]
struct Maker {
    kinds: Vec<Kind>,
    /// Slots that operands stand for: what an operand wrote or read last, by slot.
    slots: Vec<(u64, usize)>,
    body: String,
}

/// Whether an instruction can be part of a row: it consists of statements, and a branch in it is short and through no table.
pub fn is_open(decoded: &Decoded<'_>) -> bool {
    matches!(decoded.row.body, Body::Statements(_))
        && decoded.instr.operands().iter().all(|kind| match kind.sort() {
            Sort::Forward | Sort::Backward => kind.size() < 4,
            Sort::Targets => false,
            _ => true,
        })
}

/// Primitives in an instruction's statements.
pub fn size(decoded: &Decoded<'_>) -> usize {
    let Body::Statements(stmts) = decoded.row.body else { return 0 };
    let sizes = stmts.iter().map(|stmt| match stmt {
        Stmt::Assign { value: expr, .. } | Stmt::Effect(expr) | Stmt::BranchIf { cond: expr, .. } => rows::size(expr),
        Stmt::Goto(_) => 1,
        Stmt::GotoTable { index, .. } => 1 + rows::size(index),
    });
    sizes.sum()
}

impl Pattern {
    /// The row that does what these instructions do, one after the other; `None` if it would have too many operands or would go
    /// on after a jump. A value that one of them computes and a later one reads is one operand of the row.
    pub fn new(instructions: &[Decoded<'_>]) -> Option<Pattern> {
        let mut maker = Maker::default();
        let (_, others) = instructions.split_last()?;
        if others.iter().any(|d| d.flow() == Flow::ends) {
            return None;
        }
        for decoded in instructions {
            maker.instruction(decoded)?;
        }
        let names: Vec<String> = (0..maker.kinds.len()).map(name).collect();
        let kinds: Vec<&str> = maker.kinds.iter().map(|kind| kind.name()).collect();
        let operands = format!("{{ {} }} [({})]", names.join(", "), kinds.join(", "));
        Some(Pattern { operands, body: format!("{{ {} }}", maker.body) })
    }
}

/// The name of an operand: a letter, then letters with a number. Not `if`, nor anything else that means something.
fn name(operand: usize) -> String {
    let letter = char::from(b'a' + (operand % 26) as u8);
    if operand < 26 { letter.to_string() } else { format!("{letter}{}", operand / 26) }
}

impl Maker {
    fn instruction(&mut self, decoded: &Decoded<'_>) -> Option<()> {
        let Body::Statements(stmts) = decoded.row.body else { return None };
        // For each operand of the instruction the row's.
        let mut own: Vec<Option<usize>> = vec![None; decoded.row.operands.len()];
        for stmt in stmts {
            if !self.body.is_empty() {
                self.body.push_str("; ");
            }
            match stmt {
                Stmt::Assign { to, value } => {
                    let value = self.expr(value, decoded, &mut own)?;
                    let to = self.written(*to, decoded, &mut own)?;
                    let _ = write!(self.body, "{} = {value}", name(to));
                }
                Stmt::Effect(expr) => {
                    let expr = self.expr(expr, decoded, &mut own)?;
                    self.body.push_str(&expr);
                }
                Stmt::BranchIf { cond, to } => {
                    let cond = self.expr(cond, decoded, &mut own)?;
                    let to = self.fresh(*to, decoded, &mut own)?;
                    let _ = write!(self.body, "if {cond} goto {}", name(to));
                }
                Stmt::Goto(to) => {
                    let to = self.fresh(*to, decoded, &mut own)?;
                    let _ = write!(self.body, "goto {}", name(to));
                }
                Stmt::GotoTable { .. } => return None,
            }
        }
        Some(())
    }

    fn expr(&mut self, expr: &Expr, decoded: &Decoded<'_>, own: &mut [Option<usize>]) -> Option<String> {
        match expr {
            Expr::Operand(operand) => self.read(*operand, decoded, own).map(name),
            Expr::Prim { prim, args } => {
                let mut text = format!("{}(", Prim::name(*prim));
                for (i, arg) in args.iter().enumerate() {
                    if i > 0 {
                        text.push_str(", ");
                    }
                    text.push_str(&self.expr(arg, decoded, own)?);
                }
                text.push(')');
                Some(text)
            }
        }
    }

    /// A new operand; but each accumulator is one operand, however often it is read and written.
    fn fresh(&mut self, operand: usize, decoded: &Decoded<'_>, own: &mut [Option<usize>]) -> Option<usize> {
        let kind = decoded.instr.kinds[operand];
        if matches!(kind.sort(), Sort::Acc | Sort::FAcc)
            && let Some(known) = self.kinds.iter().position(|known| *known == kind)
        {
            own[operand] = Some(known);
            return Some(known);
        }
        let new = self.kinds.len();
        self.kinds.push(decoded.instr.kinds[operand]);
        own[operand] = Some(new);
        (new < MAX_OPERANDS).then_some(new)
    }

    fn slot(decoded: &Decoded<'_>, operand: usize) -> Option<u64> {
        (decoded.instr.kinds[operand].sort() == Sort::Slot).then(|| decoded.values[operand])
    }

    fn read(&mut self, operand: usize, decoded: &Decoded<'_>, own: &mut [Option<usize>]) -> Option<usize> {
        if let Some(own) = own[operand] {
            return Some(own);
        }
        let slot = Self::slot(decoded, operand);
        if let Some(slot) = slot
            && let Some((_, known)) = self.slots.iter().find(|(s, _)| *s == slot)
            && (self.kinds[*known] == decoded.instr.kinds[operand]
                || is_also_slot(self.kinds[*known], decoded.instr.kinds[operand]))
        {
            own[operand] = Some(*known);
            return Some(*known);
        }
        self.fresh(operand, decoded, own)
    }

    fn written(&mut self, operand: usize, decoded: &Decoded<'_>, own: &mut [Option<usize>]) -> Option<usize> {
        let slot = Self::slot(decoded, operand);
        // What the same instruction has just read it may write in place.
        let in_place = own.iter().enumerate().find_map(|(other, own)| {
            let own = (*own)?;
            let same = slot.is_some() && Self::slot(decoded, other) == slot;
            (same && self.kinds[own] == decoded.instr.kinds[operand]).then_some(own)
        });
        let to = match (own[operand], in_place) {
            (Some(own), _) => own,
            (None, Some(own_operand)) => {
                own[operand] = Some(own_operand);
                own_operand
            }
            (None, None) => self.fresh(operand, decoded, own)?,
        };
        if let Some(slot) = slot {
            self.slots.retain(|(s, _)| *s != slot);
            self.slots.push((slot, to));
        }
        Some(to)
    }
}
