//! The branch that is taken exactly when another isn't, found by the shape of the rows.

use super::rows::{Rows, same_expr, same_stmts};
use hardtack_format::isa::{Body, Expr, Stmt};
use hardtack_format::prim::Prim;

/// How to turn a branch around.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inverse {
    /// The row to use instead.
    pub row: usize,
    /// Operands that change places.
    pub swap: Option<(usize, usize)>,
    /// What to add to the constant.
    pub step: i64,
    /// Whether the comparison looks at the low half of the constant only.
    pub narrow: bool,
}

/// The inverse of a branch row, if there is one: the same statements but for the condition of the last. `constant` is the last
/// operand, if that is a constant.
pub fn inverse(rows: &Rows, row: usize, constant: Option<i64>) -> Option<Inverse> {
    use Prim::*;
    let isa = rows.isa;
    let (before, cond) = branch(&isa.rows[row].body)?;
    let find = |wanted: &dyn Fn(&Expr) -> bool| {
        rows.branching.iter().copied().find(|row| match branch(&isa.rows[*row].body) {
            Some((other, cond)) => wanted(cond) && same_stmts(other, before, 0),
            None => false,
        })
    };
    let plain = |row: Option<usize>| Some(Inverse { row: row?, swap: None, step: 0, narrow: false });
    let Expr::Prim { prim, args } = cond else { return None };
    if let (i32_eqz, [inner @ Expr::Prim { .. }]) = (*prim, *args) {
        return plain(find(&|cond| same_expr(cond, inner, 0)));
    }
    let written = |o: usize| before.iter().any(|stmt| matches!(stmt, Stmt::Assign { to, .. } if *to == o));
    let direct = match *args {
        [Expr::Operand(a), Expr::Operand(b)] => Some((*a, *b)),
        _ => None,
    };
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
        (i32_lt_s, None) if direct.is_some() => (i32_le_s, true, 0),
        (i32_lt_u, None) if direct.is_some() => (i32_le_u, true, 0),
        (i32_le_s, None) if direct.is_some() => (i32_lt_s, true, 0),
        (i32_le_u, None) if direct.is_some() => (i32_lt_u, true, 0),
        (i64_lt_s, None) if direct.is_some() => (i64_le_s, true, 0),
        (i64_lt_u, None) if direct.is_some() => (i64_le_u, true, 0),
        (i64_le_s, None) if direct.is_some() => (i64_lt_s, true, 0),
        (i64_le_u, None) if direct.is_some() => (i64_lt_u, true, 0),
        (i32_lt_s, Some(k)) if k as i32 != i32::MIN => (i32_gt_s, false, -1),
        (i32_gt_s, Some(k)) if k as i32 != i32::MAX => (i32_lt_s, false, 1),
        (i32_lt_u, Some(k)) if k as u32 != 0 => (i32_gt_u, false, -1),
        (i32_gt_u, Some(k)) if k as u32 != u32::MAX => (i32_lt_u, false, 1),
        (i64_lt_s, Some(k)) if k != i64::MIN => (i64_gt_s, false, -1),
        (i64_gt_s, Some(k)) if k != i64::MAX => (i64_lt_s, false, 1),
        (i64_lt_u, Some(k)) if k != 0 => (i64_gt_u, false, -1),
        (i64_gt_u, Some(k)) if k as u64 != u64::MAX => (i64_lt_u, false, 1),
        // Whatever else a condition is, the table may have the branch on its being zero.
        _ => {
            return plain(find(
                &|other| matches!(other, Expr::Prim { prim: i32_eqz, args: [inner] } if same_expr(inner, cond, 0)),
            ));
        }
    };
    let wanted = |other: &Expr| match other {
        Expr::Prim { prim, args: others } => {
            *prim == opposite && others.iter().zip(*args).all(|(a, b)| same_expr(a, b, 0))
        }
        Expr::Operand(_) => false,
    };
    let narrow = opposite.params()[0] == hardtack_format::prim::Type::I32;
    if !swap {
        return Some(Inverse { row: find(&wanted)?, swap: None, step, narrow });
    }
    // The table may have the comparison the other way round; else the operands change places, unless the row writes one.
    let reversed = |other: &Expr| match other {
        Expr::Prim { prim, args: others } => {
            *prim == opposite && others.iter().rev().zip(*args).all(|(a, b)| same_expr(a, b, 0))
        }
        Expr::Operand(_) => false,
    };
    if let Some(row) = find(&reversed) {
        return plain(Some(row));
    }
    let (a, b) = direct.filter(|(a, b)| !written(*a) && !written(*b))?;
    Some(Inverse { row: find(&wanted)?, swap: Some((a, b)), step, narrow })
}

/// The statements before a branch at the end of a row, and its condition.
fn branch(body: &Body) -> Option<(&'static [Stmt], &'static Expr)> {
    match body {
        Body::Statements([before @ .., Stmt::BranchIf { cond, .. }]) => Some((before, cond)),
        Body::Statements(_) | Body::Hand { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hardtack_format::isa::STANDARD;
    use hardtack_format::prim::{Bits, NoMachine};

    /// The value of an expression, unless it reads memory or globals.
    fn eval(expr: &Expr, operands: &[Bits]) -> Option<Bits> {
        match expr {
            Expr::Operand(o) => Some(operands[*o]),
            Expr::Prim { prim, args } => {
                let mut cells = [0; 4];
                for (cell, arg) in cells.iter_mut().zip(*args) {
                    *cell = eval(arg, operands)?;
                }
                prim.eval(&NoMachine, &cells[..args.len()]).ok()
            }
        }
    }

    /// Whether a row's branch is taken.
    fn taken(row: usize, operands: &[Bits]) -> Option<bool> {
        let (before, cond) = branch(&STANDARD.rows[row].body)?;
        let mut operands = operands.to_vec();
        for stmt in before {
            let Stmt::Assign { to, value } = stmt else { return None };
            operands[*to] = eval(value, &operands)?;
        }
        Some(eval(cond, &operands)? as u32 != 0)
    }

    #[test]
    fn inverses_branch_exactly_otherwise() {
        let numbers: [i64; 7] = [0, 1, -1, 5, 0x7FFF_FFFF, -0x8000_0000, 100];
        let mut tried = 0;
        for (row, info) in STANDARD.rows.iter().enumerate() {
            if branch(&info.body).is_none() {
                continue;
            }
            for constant in [None, Some(5)] {
                let Some(inverse) = inverse(Rows::standard(), row, constant) else { continue };
                let count = info.operands.len();
                for seed in 0..7usize.pow(3) {
                    let mut operands: Vec<Bits> =
                        (0..count).map(|i| numbers[seed / 7usize.pow(i as u32 % 3) % 7] as Bits).collect();
                    if let Some(k) = constant {
                        operands[count - 1] = k as Bits;
                    }
                    let mut other = operands.clone();
                    if let Some((a, b)) = inverse.swap {
                        other.swap(a, b);
                    }
                    other[count - 1] = other[count - 1].wrapping_add(inverse.step as u64);
                    let (Some(one), Some(two)) = (taken(row, &operands), taken(inverse.row, &other)) else { continue };
                    assert_ne!(one, two, "{} and {} of {operands:?}", info.name, STANDARD.rows[inverse.row].name);
                    tried += 1;
                }
            }
        }
        assert!(tried > 10_000, "tried {tried}");
    }
}
