//! Rules for comparisons of integers and their negations.

use super::integer::{IntOp, Width};
use super::{Rewrite, Simplifier};
use crate::ir::Value;
use hardtack_format::prim::Prim;

impl Simplifier<'_> {
    /// Constants stand to the right already.
    pub(super) fn comparison(&mut self, op: IntOp, width: Width, a: Value, b: Value) -> Option<Rewrite> {
        if a == b
            && let Some(result) = op.reflexive()
        {
            return self.value_bool(result);
        }
        if let Some(narrow) = self.compare_narrow(op, width, a, b) {
            return Some(narrow);
        }
        let c = self.constant(b)? & width.mask();
        if let Some(rewrite) = self.compare_extreme(op, width, a, c) {
            return Some(rewrite);
        }
        let equality = matches!(op, IntOp::Eq | IntOp::Ne);
        if !equality {
            return None;
        }
        let boolean = self.possible_bits(a) == 1 && width == Width::W32;
        match (op, c) {
            (IntOp::Ne, 0) | (IntOp::Eq, 1) if boolean => return Some(Rewrite::Value(a)),
            (IntOp::Ne, 1) if boolean => return Rewrite::one(Prim::i32_eqz, a),
            (IntOp::Eq, 0) => return Rewrite::one(IntOp::Eqz.prim(width), a),
            _ => {}
        }
        if c & !self.possible_bits(a) != 0 {
            return self.value_bool(op == IntOp::Ne);
        }
        match self.int(a, width)? {
            (IntOp::Add, x, y) => {
                let added = self.constant(y)?;
                self.with_constant(op, width, x, c.wrapping_sub(added))
            }
            (IntOp::Xor, x, y) if self.is_constant(y) => {
                let flipped = self.constant(y)?;
                self.with_constant(op, width, x, c ^ flipped)
            }
            (IntOp::Sub, x, y) if self.is_constant(x) => {
                let from = self.constant(x)?;
                self.with_constant(op, width, y, from.wrapping_sub(c))
            }
            (IntOp::Sub | IntOp::Xor, x, y) if c == 0 => Rewrite::two(op.prim(width), x, y),
            _ => None,
        }
    }

    /// Comparisons with the smallest or largest value of the type, or next to it.
    fn compare_extreme(&mut self, op: IntOp, width: Width, a: Value, c: u64) -> Option<Rewrite> {
        let all = width.mask();
        let (least, most) = (1 << (width.bits() - 1), all >> 1);
        match (op, c) {
            (IntOp::LtU, 0) => self.value_bool(false),
            (IntOp::GeU, 0) => self.value_bool(true),
            (IntOp::LtU, 1) | (IntOp::LeU, 0) => Rewrite::one(IntOp::Eqz.prim(width), a),
            (IntOp::GeU, 1) | (IntOp::GtU, 0) => self.with_constant(IntOp::Ne, width, a, 0),
            (IntOp::GtU, c) if c == all => self.value_bool(false),
            (IntOp::LeU, c) if c == all => self.value_bool(true),
            (IntOp::LtS, c) if c == least => self.value_bool(false),
            (IntOp::GeS, c) if c == least => self.value_bool(true),
            (IntOp::GtS, c) if c == most => self.value_bool(false),
            (IntOp::LeS, c) if c == most => self.value_bool(true),
            _ => None,
        }
    }

    /// Comparisons of extended values compare what was extended.
    fn compare_narrow(&mut self, op: IntOp, width: Width, a: Value, b: Value) -> Option<Rewrite> {
        if width != Width::W64 {
            return None;
        }
        let (extend, [x, ..]) = self.prim(a)?;
        let x = x?;
        let signed = matches!(op, IntOp::LtS | IntOp::GtS | IntOp::LeS | IntOp::GeS);
        let equality = matches!(op, IntOp::Eq | IntOp::Ne);
        let fits = match extend {
            Prim::i64_extend_i32_u => !signed,
            Prim::i64_extend_i32_s => signed || equality,
            _ => return None,
        };
        if !fits {
            return None;
        }
        if let Some(c) = self.constant(b) {
            let survives = match extend {
                Prim::i64_extend_i32_u => c <= u32::MAX.into(),
                _ => c as i64 == i64::from(c as i32),
            };
            return if survives { self.with_constant(op, Width::W32, x, c) } else { None };
        }
        match self.prim(b)? {
            (other, [Some(y), ..]) if other == extend => Rewrite::two(op.prim(Width::W32), x, y),
            _ => None,
        }
    }

    /// `eqz(a)`.
    pub(super) fn negation(&mut self, width: Width, a: Value) -> Option<Rewrite> {
        if width == Width::W32
            && let Some((prim, [x, y, _])) = self.prim(a)
        {
            match prim {
                Prim::i32_eqz | Prim::i64_eqz => {
                    let x = x?;
                    let width = if prim == Prim::i32_eqz { Width::W32 } else { Width::W64 };
                    return if width == Width::W32 && self.possible_bits(x) == 1 {
                        Some(Rewrite::Value(x))
                    } else {
                        self.with_constant(IntOp::Ne, width, x, 0)
                    };
                }
                Prim::f32_eq => return Rewrite::two(Prim::f32_ne, x?, y?),
                Prim::f32_ne => return Rewrite::two(Prim::f32_eq, x?, y?),
                Prim::f64_eq => return Rewrite::two(Prim::f64_ne, x?, y?),
                Prim::f64_ne => return Rewrite::two(Prim::f64_eq, x?, y?),
                _ => {
                    if let Some((op, of)) = IntOp::of(prim)
                        && let Some(inverse) = op.inverse()
                    {
                        return Rewrite::two(inverse.prim(of), x?, y?);
                    }
                }
            }
        }
        if width == Width::W64
            && let Some((Prim::i64_extend_i32_u | Prim::i64_extend_i32_s, [x, ..])) = self.prim(a)
        {
            return Rewrite::one(Prim::i32_eqz, x?);
        }
        match self.int(a, width)? {
            (IntOp::Sub | IntOp::Xor, x, y) => Rewrite::two(IntOp::Eq.prim(width), x, y),
            (IntOp::Add, x, y) => {
                let added = self.constant(y)?;
                self.with_constant(IntOp::Eq, width, x, added.wrapping_neg())
            }
            _ => None,
        }
    }
}
