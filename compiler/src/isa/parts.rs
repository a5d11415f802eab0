//! What an application's own instructions would be without them: standard instructions, one after the other.

use super::InstructionSet;
use super::apply::is_also_slot;
use crate::alike::{Use, alike};
use hardtack_format::isa::{Body, Instr, Opcode, STANDARD, Stmt};
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
            let found = standard().filter(|(part, part_stmts)| begins(instr, &stmts[at..], part, part_stmts));
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

/// Whether the statements of a row begin with those of a standard instruction, each of whose operands stands for one of the row's.
fn begins(own: &Instr, stmts: &[Stmt], part: &Instr, part_stmts: &[Stmt]) -> bool {
    let mut operands: Vec<Option<usize>> = vec![None; usize::from(part.count)];
    let mut fits = |o: usize, p: usize, used| {
        let (kind, part_kind) = (own.kinds[o], part.kinds[p]);
        let known = *operands[p].get_or_insert(o);
        known == o && (kind == part_kind || (used == Use::Read && is_also_slot(kind, part_kind)))
    };
    stmts.len() >= part_stmts.len() && stmts.iter().zip(part_stmts).all(|(own, part)| alike(own, part, &mut fits))
}
