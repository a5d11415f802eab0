//! Whether statements of two rows say the same, up to what their operands stand for.

use hardtack_format::isa::{Expr, Stmt};

/// What a statement does with an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Reads it.
    Read,
    /// Writes it.
    Written,
    /// Branches to it.
    Target,
}

/// Whether two statements are the same where `operand` says so of each pair of operands: it is told of reads before the write or the
/// branch that they are for.
pub fn alike(a: &Stmt, b: &Stmt, operand: &mut dyn FnMut(usize, usize, Use) -> bool) -> bool {
    match (a, b) {
        (Stmt::Assign { to: t, value: a }, Stmt::Assign { to: u, value: b }) => {
            alike_exprs(a, b, operand) && operand(*t, *u, Use::Written)
        }
        (Stmt::Effect(a), Stmt::Effect(b)) => alike_exprs(a, b, operand),
        (Stmt::BranchIf { cond: a, to: t }, Stmt::BranchIf { cond: b, to: u }) => {
            alike_exprs(a, b, operand) && operand(*t, *u, Use::Target)
        }
        (Stmt::Goto(t), Stmt::Goto(u)) => operand(*t, *u, Use::Target),
        (Stmt::GotoTable { index: a, to: t }, Stmt::GotoTable { index: b, to: u }) => {
            alike_exprs(a, b, operand) && operand(*t, *u, Use::Target)
        }
        (Stmt::Assign { .. } | Stmt::Effect(_) | Stmt::BranchIf { .. } | Stmt::Goto(_) | Stmt::GotoTable { .. }, _) => {
            false
        }
    }
}

/// The same of expressions.
pub fn alike_exprs(a: &Expr, b: &Expr, operand: &mut dyn FnMut(usize, usize, Use) -> bool) -> bool {
    match (a, b) {
        (Expr::Operand(a), Expr::Operand(b)) => operand(*a, *b, Use::Read),
        (Expr::Prim { prim: p, args: a }, Expr::Prim { prim: q, args: b }) => {
            p == q && a.len() == b.len() && a.iter().zip(*b).all(|(a, b)| alike_exprs(a, b, operand))
        }
        (Expr::Operand(_), Expr::Prim { .. }) | (Expr::Prim { .. }, Expr::Operand(_)) => false,
    }
}
