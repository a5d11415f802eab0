//! The branch that is taken exactly when another isn't, found by the shape of the rows.

use hardtack_format::isa::{Body, Expr, Isa, Stmt};
use hardtack_format::prim::Prim;

/// How to turn a branch around.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inverse {
    /// The row to use instead.
    pub row: usize,
    /// Whether its second and third operand change places.
    pub swap: bool,
    /// What to add to the constant.
    pub step: i64,
}

/// The inverse of a branch row, if the table has it. `constant` says whether the last operand is a constant.
pub fn inverse(isa: &Isa, row: usize, constant: Option<i64>) -> Option<Inverse> {
    use Prim::*;
    let Body::Statements([Stmt::BranchIf { cond: Expr::Prim { prim, args }, .. }]) = isa.rows[row].body else {
        return None;
    };
    let find = |wanted: Prim, inner: Option<Prim>| {
        isa.rows.iter().position(|info| match info.body {
            Body::Statements([Stmt::BranchIf { cond: Expr::Prim { prim, args }, .. }]) => {
                *prim == wanted
                    && match (inner, args) {
                        (None, args) => args.iter().all(|a| matches!(a, Expr::Operand(_))),
                        (Some(p), [Expr::Prim { prim, args }]) => {
                            *prim == p && args.iter().all(|a| matches!(a, Expr::Operand(_)))
                        }
                        _ => false,
                    }
            }
            _ => false,
        })
    };
    let plain = |row: Option<usize>| Some(Inverse { row: row?, swap: false, step: 0 });
    if let [Expr::Prim { prim: inner, .. }] = args {
        return if *prim == i32_eqz { plain(find(*inner, None)) } else { None };
    }
    let (opposite, swap, step) = match (*prim, constant) {
        (copy, _) => (i32_eqz, false, 0),
        (i32_eqz, _) => (copy, false, 0),
        (i32_eq, _) => (i32_ne, false, 0),
        (i32_ne, _) => (i32_eq, false, 0),
        (i64_eq, _) => (i64_ne, false, 0),
        (i64_ne, _) => (i64_eq, false, 0),
        (f32_eq, _) => (f32_ne, false, 0),
        (f32_ne, _) => (f32_eq, false, 0),
        (f64_eq, _) => (f64_ne, false, 0),
        (f64_ne, _) => (f64_eq, false, 0),
        (i32_lt_s, None) => (i32_le_s, true, 0),
        (i32_lt_u, None) => (i32_le_u, true, 0),
        (i32_le_s, None) => (i32_lt_s, true, 0),
        (i32_le_u, None) => (i32_lt_u, true, 0),
        (i64_lt_s, None) => (i64_le_s, true, 0),
        (i64_lt_u, None) => (i64_le_u, true, 0),
        (i64_le_s, None) => (i64_lt_s, true, 0),
        (i64_le_u, None) => (i64_lt_u, true, 0),
        (i32_lt_s, Some(k)) if k as i32 != i32::MIN => (i32_gt_s, false, -1),
        (i32_gt_s, Some(k)) if k as i32 != i32::MAX => (i32_lt_s, false, 1),
        (i32_lt_u, Some(k)) if k as u32 != 0 => (i32_gt_u, false, -1),
        (i32_gt_u, Some(k)) if k as u32 != u32::MAX => (i32_lt_u, false, 1),
        (i64_lt_s, Some(k)) if k != i64::MIN => (i64_gt_s, false, -1),
        (i64_gt_s, Some(k)) if k != i64::MAX => (i64_lt_s, false, 1),
        (i64_lt_u, Some(k)) if k != 0 => (i64_gt_u, false, -1),
        (i64_gt_u, Some(k)) if k as u64 != u64::MAX => (i64_lt_u, false, 1),
        (f32_lt | f32_le | f64_lt | f64_le | i32_and, _) => return plain(find(i32_eqz, Some(*prim))),
        _ => return None,
    };
    Some(Inverse { row: find(opposite, None)?, swap, step })
}
