//! Rules for operators of one argument: extensions, wrapping, reinterpretation, signs.

use super::integer::{IntOp, Width};
use super::{Rewrite, Simplifier};
use crate::ir::Value;
use hardtack_format::prim::Prim;

impl Simplifier<'_> {
    pub(super) fn unary(&mut self, op: IntOp, width: Width, a: Value) -> Option<Rewrite> {
        match op {
            IntOp::Eqz => self.negation(width, a),
            IntOp::Extend8 => self.extend(op, width, 8, a),
            IntOp::Extend16 => self.extend(op, width, 16, a),
            _ => None,
        }
    }

    /// Sign extension from the low `from` bits within a type.
    fn extend(&mut self, op: IntOp, width: Width, from: u32, a: Value) -> Option<Rewrite> {
        if self.possible_bits(a) >> (from - 1) == 0 || self.sign_bits_start(a) <= from {
            return Some(Rewrite::Value(a));
        }
        // Bits that the extension overwrites needn't be prepared.
        let (inner, x, y) = self.int(a, width)?;
        let low = (1 << from) - 1;
        match inner {
            IntOp::And if self.constant(y)? & low == low => Rewrite::one(op.prim(width), x),
            IntOp::Extend16 if from == 8 => Rewrite::one(op.prim(width), x),
            _ => None,
        }
    }

    /// The number of low bits that a value is known to be the sign extension of.
    fn sign_bits_start(&self, a: Value) -> u32 {
        match self.prim(a) {
            Some((Prim::i32_load8_s | Prim::i64_load8_s | Prim::i32_extend8_s | Prim::i64_extend8_s, _)) => 8,
            Some((Prim::i32_load16_s | Prim::i64_load16_s | Prim::i32_extend16_s | Prim::i64_extend16_s, _)) => 16,
            Some((Prim::i64_load32_s | Prim::i64_extend32_s | Prim::i64_extend_i32_s, _)) => 32,
            _ => 64,
        }
    }

    /// Operators that aren't of one integer type.
    pub(super) fn convert(&mut self, prim: Prim, a: Value) -> Option<Rewrite> {
        if prim == Prim::i64_extend32_s && (self.possible_bits(a) >> 31 == 0 || self.sign_bits_start(a) <= 32) {
            return Some(Rewrite::Value(a));
        }
        let (inner, [x, y, _]) = self.prim(a)?;
        let x = x?;
        match (prim, inner) {
            (Prim::i32_wrap_i64, Prim::i64_extend_i32_s | Prim::i64_extend_i32_u)
            | (Prim::i32_reinterpret_f32, Prim::f32_reinterpret_i32)
            | (Prim::f32_reinterpret_i32, Prim::i32_reinterpret_f32)
            | (Prim::i64_reinterpret_f64, Prim::f64_reinterpret_i64)
            | (Prim::f64_reinterpret_i64, Prim::i64_reinterpret_f64)
            | (Prim::f32_neg, Prim::f32_neg)
            | (Prim::f64_neg, Prim::f64_neg) => Some(Rewrite::Value(x)),
            (Prim::f32_abs, Prim::f32_neg | Prim::f32_abs) => Rewrite::one(Prim::f32_abs, x),
            (Prim::f64_abs, Prim::f64_neg | Prim::f64_abs) => Rewrite::one(Prim::f64_abs, x),
            (Prim::i64_extend_i32_u, Prim::i32_wrap_i64) => {
                if self.possible_bits(x) >> 32 == 0 {
                    return Some(Rewrite::Value(x));
                }
                self.with_constant(IntOp::And, Width::W64, x, u32::MAX.into())
            }
            (Prim::i64_extend_i32_s, Prim::i32_wrap_i64) => Rewrite::one(Prim::i64_extend32_s, x),
            (Prim::i32_wrap_i64, Prim::i64_and) | (Prim::i64_extend32_s, Prim::i64_and) => {
                let low = u64::from(u32::MAX);
                if self.constant(y?)? & low == low { Rewrite::one(prim, x) } else { None }
            }
            (Prim::i32_wrap_i64, Prim::i64_extend32_s) => Rewrite::one(prim, x),
            _ => None,
        }
    }
}
