//! What an application's own instructions would be without them: standard instructions, one after the other.

use super::InstructionSet;
use super::apply::is_also_slot;
use hardtack_format::isa::{Body, Expr, Instr, Opcode, STANDARD, Stmt};
use hardtack_format::own;

impl InstructionSet {
    /// The fewest standard instructions that, one after the other, do what one of the set's own does, by the number of statements of each;
    /// `None` if the opcode is none of its own, or standard instructions can't do it.
    ///
    /// ```
    /// use hardtack_compiler::isa::InstructionSet;
    ///
    /// let set = InstructionSet::parse("
    ///     rows! {
    ///         family base { d, a, b, o, v } [(Slot, Slot, Slot, U16, Slot)] {
    ///             add_then_store => { d = i32_add(a, b); i32_store(d, o, v) }
    ///         }
    ///     }
    /// ")?;
    /// assert_eq!(set.parts(0xffff), Some(vec![1, 1]));
    /// assert_eq!(set.parts(0), None);
    /// # Ok::<(), hardtack_compiler::Error>(())
    /// ```
    pub fn parts(&self, opcode: Opcode) -> Option<Vec<usize>> {
        let position = own::position(opcode)?;
        let (row, instr) = (self.isa().own.rows.get(position)?, self.isa().own.instrs.get(position)?);
        let Body::Statements(stmts) = row.body else { return None };
        // From each statement on: how many instructions, and statements of the first of them.
        let mut best: Vec<Option<(usize, usize)>> = vec![None; stmts.len() + 1];
        best[stmts.len()] = Some((0, 0));
        for at in (0..stmts.len()).rev() {
            let found = standard().filter(|(part, part_stmts)| Part::begins(instr, &stmts[at..], part, part_stmts));
            best[at] = found.filter_map(|(_, part)| Some((best[at + part.len()]?.0 + 1, part.len()))).min();
        }
        let (mut at, mut parts) = (0, vec![]);
        while at < stmts.len() {
            let (_, len) = best[at]?;
            parts.push(len);
            at += len;
        }
        Some(parts)
    }
}

/// The standard instructions that consist of statements, with those.
fn standard() -> impl Iterator<Item = (&'static Instr, &'static [Stmt])> {
    STANDARD.instrs.iter().flatten().filter_map(|instr| match STANDARD.row(instr).body {
        Body::Statements(stmts) => Some((instr, stmts)),
        Body::Hand { .. } => None,
    })
}

/// A standard instruction as a part of an application's: which of that one's operands each of its own stands for, so far.
struct Part<'a> {
    own: &'a Instr,
    part: &'a Instr,
    operands: Vec<Option<usize>>,
}

impl Part<'_> {
    /// Whether the statements begin with those of the standard instruction.
    fn begins(own: &Instr, stmts: &[Stmt], part: &Instr, part_stmts: &[Stmt]) -> bool {
        let mut found = Part { own, part, operands: vec![None; usize::from(part.count)] };
        stmts.len() >= part_stmts.len() && stmts.iter().zip(part_stmts).all(|(own, part)| found.stmt(own, part))
    }

    fn stmt(&mut self, own: &Stmt, part: &Stmt) -> bool {
        match (own, part) {
            (Stmt::Assign { to, value }, Stmt::Assign { to: part_to, value: part_value }) => {
                self.expr(value, part_value) && self.operand(*to, *part_to, true)
            }
            (Stmt::Effect(expr), Stmt::Effect(part)) => self.expr(expr, part),
            (Stmt::BranchIf { cond, to }, Stmt::BranchIf { cond: part_cond, to: part_to }) => {
                self.expr(cond, part_cond) && self.operand(*to, *part_to, false)
            }
            (Stmt::Goto(to), Stmt::Goto(part_to)) => self.operand(*to, *part_to, false),
            (Stmt::Assign { .. } | Stmt::Effect(_) | Stmt::BranchIf { .. } | Stmt::Goto(_), _) => false,
        }
    }

    fn expr(&mut self, own: &Expr, part: &Expr) -> bool {
        match (own, part) {
            (Expr::Prim { prim, args }, Expr::Prim { prim: part_prim, args: part_args }) => {
                prim == part_prim && args.iter().zip(*part_args).all(|(own, part)| self.expr(own, part))
            }
            (Expr::Operand(own), Expr::Operand(part)) => self.operand(*own, *part, false),
            (Expr::Prim { .. } | Expr::Operand(_), _) => false,
        }
    }

    fn operand(&mut self, own: usize, part: usize, written: bool) -> bool {
        let (kind, part_kind) = (self.own.kinds[own], self.part.kinds[part]);
        let known = *self.operands[part].get_or_insert(own);
        known == own && (kind == part_kind || (!written && is_also_slot(kind, part_kind)))
    }
}
