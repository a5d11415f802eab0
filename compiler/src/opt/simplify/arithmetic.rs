//! Rules for integer arithmetic, bit operations and shifts.

use super::integer::{IntOp, Width};
use super::{Rewrite, Simplifier};
use crate::ir::Value;

impl Simplifier<'_> {
    pub(super) fn binary(&mut self, op: IntOp, width: Width, a: Value, b: Value) -> Option<Rewrite> {
        let (left, right) = (self.constant(a), self.constant(b));
        if left.is_some() && right.is_none() {
            if op.prim(width).commutes() {
                return Rewrite::two(op.prim(width), b, a);
            }
            if let Some(mirrored) = op.mirrored() {
                return Rewrite::two(mirrored.prim(width), b, a);
            }
            let constant = left? & width.mask();
            if op == IntOp::Sub {
                return self.subtracted_from(width, constant, b);
            }
            return self.zero_with(op, width, a, constant);
        }
        if op.inverse().is_some() {
            return self.comparison(op, width, a, b);
        }
        if a == b
            && let Some(same) = self.with_itself(op, width, a)
        {
            return Some(same);
        }
        match right {
            Some(c) => self.with_right(op, width, a, c & width.mask()),
            None if op == IntOp::Sub => {
                let (x, y) = (self.complemented(a, width)?, self.complemented(b, width)?);
                Rewrite::two(op.prim(width), y, x)
            }
            None => self.shift_by_masked(op, width, a, b),
        }
    }

    /// `constant - b`, which is a complement or goes together with a sum, difference or complement.
    fn subtracted_from(&mut self, width: Width, constant: u64, b: Value) -> Option<Rewrite> {
        let (add, sub) = (IntOp::Add, IntOp::Sub);
        match self.int(b, width) {
            Some((IntOp::Add, x, y)) if self.is_constant(y) => {
                let rest = constant.wrapping_sub(self.constant(y)?);
                self.constant_with(sub, width, rest, x)
            }
            Some((IntOp::Sub, x, y)) if self.is_constant(x) => {
                let rest = constant.wrapping_sub(self.constant(x)?);
                self.with_constant(add, width, y, rest)
            }
            _ => match self.complemented(b, width) {
                Some(x) => self.with_constant(add, width, x, constant.wrapping_add(1)),
                None if constant == width.mask() => self.with_constant(IntOp::Xor, width, b, constant),
                None => None,
            },
        }
    }

    /// What a value is the bitwise complement of.
    fn complemented(&self, value: Value, width: Width) -> Option<Value> {
        let (op, x, c) = self.int_with_constant(value, width)?;
        (op == IntOp::Xor && c & width.mask() == width.mask()).then_some(x)
    }

    /// The bitwise complement of a sum, difference, conjunction or disjunction, where it is as short as that. What is complemented
    /// may be needed besides: no rule makes two operators of the one.
    fn complement(&mut self, width: Width, a: Value) -> Option<Rewrite> {
        let (op, x, y) = self.int(a, width)?;
        match op {
            IntOp::Add if self.is_constant(y) => {
                let rest = !self.constant(y)?;
                self.constant_with(IntOp::Sub, width, rest, x)
            }
            IntOp::Sub if self.is_constant(x) => {
                let rest = !self.constant(x)?;
                self.with_constant(IntOp::Add, width, y, rest)
            }
            IntOp::And | IntOp::Or => {
                let (x, y) = (self.complemented(x, width)?, self.complemented(y, width)?);
                let other = if op == IntOp::And { IntOp::Or } else { IntOp::And };
                Rewrite::two(other.prim(width), x, y)
            }
            _ => None,
        }
    }

    /// `op(constant, a)` in place of the current instruction.
    fn constant_with(&mut self, op: IntOp, width: Width, constant: u64, a: Value) -> Option<Rewrite> {
        let constant = self.make_int(width, constant);
        Rewrite::two(op.prim(width), constant, a)
    }

    /// `op(0, x)`, where that is known.
    fn zero_with(&mut self, op: IntOp, width: Width, zero: Value, constant: u64) -> Option<Rewrite> {
        let stays = match op {
            IntOp::Shl | IntOp::ShrU | IntOp::Rotl | IntOp::Rotr => constant == 0,
            IntOp::ShrS => constant == 0 || constant == width.mask(),
            _ => false,
        };
        stays.then_some(Rewrite::Value(zero))
    }

    fn with_itself(&mut self, op: IntOp, width: Width, a: Value) -> Option<Rewrite> {
        match op {
            IntOp::And | IntOp::Or => Some(Rewrite::Value(a)),
            IntOp::Sub | IntOp::Xor => self.value_int(width, 0),
            _ => None,
        }
    }

    /// Operators with a constant to the right.
    fn with_right(&mut self, op: IntOp, width: Width, a: Value, c: u64) -> Option<Rewrite> {
        let same = Some(Rewrite::Value(a));
        let (all, bits) = (width.mask(), width.bits());
        let inner = self.int_with_constant(a, width).map(|(op, x, c)| (op, x, c & all));
        match (op, c) {
            (IntOp::Add | IntOp::Sub | IntOp::Or | IntOp::Xor, 0) => return same,
            (IntOp::Mul | IntOp::DivU | IntOp::DivS, 1) => return same,
            (IntOp::Mul | IntOp::And, 0) | (IntOp::RemU | IntOp::RemS, 1) => return self.value_int(width, 0),
            (IntOp::And, c) if self.possible_bits(a) & !c == 0 => return same,
            (IntOp::And, c) if self.possible_bits(a) & c == 0 => return self.value_int(width, 0),
            (IntOp::Or, c) if c == all => return self.value_int(width, all),
            (IntOp::Sub, c) => return self.with_constant(IntOp::Add, width, a, c.wrapping_neg()),
            // The other truth value.
            (IntOp::Xor, 1) if width == Width::W32 && self.possible_bits(a) == 1 => {
                return Rewrite::one(IntOp::Eqz.prim(width), a);
            }
            (IntOp::Xor, c)
                if c == all
                    && let Some(shorter) = self.complement(width, a) =>
            {
                return Some(shorter);
            }
            (IntOp::Add, c)
                if let Some((IntOp::Sub, x, y)) = self.int(a, width)
                    && let Some(from) = self.constant(x) =>
            {
                return self.constant_with(IntOp::Sub, width, from.wrapping_add(c), y);
            }
            (IntOp::Mul, c) if c.is_power_of_two() => {
                return self.with_constant(IntOp::Shl, width, a, c.trailing_zeros().into());
            }
            (IntOp::DivU, c) if c.is_power_of_two() => {
                return self.with_constant(IntOp::ShrU, width, a, c.trailing_zeros().into());
            }
            (IntOp::RemU, c) if c.is_power_of_two() => return self.with_constant(IntOp::And, width, a, c - 1),
            (IntOp::Shl | IntOp::ShrS | IntOp::ShrU | IntOp::Rotl | IntOp::Rotr, c) if c % bits == 0 => return same,
            (IntOp::Shl | IntOp::ShrS | IntOp::ShrU | IntOp::Rotl | IntOp::Rotr, c) if c >= bits => {
                return self.with_constant(op, width, a, c % bits);
            }
            _ => {}
        }
        let (inner_op, x, inner) = inner?;
        match (op, inner_op) {
            (IntOp::Add, IntOp::Xor) if inner == all => self.constant_with(IntOp::Sub, width, c.wrapping_sub(1), x),
            (IntOp::Add, IntOp::Add) => self.with_constant(op, width, x, inner.wrapping_add(c)),
            (IntOp::Mul, IntOp::Mul) => self.with_constant(op, width, x, inner.wrapping_mul(c)),
            (IntOp::And, IntOp::And) => self.with_constant(op, width, x, inner & c),
            (IntOp::Or, IntOp::Or) => self.with_constant(op, width, x, inner | c),
            (IntOp::Xor, IntOp::Xor) => self.with_constant(op, width, x, inner ^ c),
            // Arithmetic shifts by more than the width are shifts by all but one.
            (IntOp::ShrS, IntOp::ShrS) => self.with_constant(op, width, x, (inner % bits + c).min(bits - 1)),
            (IntOp::Shl, IntOp::Shl) | (IntOp::ShrU, IntOp::ShrU) => {
                let sum = inner % bits + c;
                if sum < bits { self.with_constant(op, width, x, sum) } else { self.value_int(width, 0) }
            }
            (IntOp::ShrU, IntOp::Shl) if inner % bits == c => self.with_constant(IntOp::And, width, x, all >> c),
            (IntOp::Shl, IntOp::ShrU | IntOp::ShrS) if inner % bits == c => {
                self.with_constant(IntOp::And, width, x, all << c)
            }
            (IntOp::ShrS, IntOp::Shl) if inner % bits == c => match bits - c {
                8 => Rewrite::one(IntOp::Extend8.prim(width), x),
                16 => Rewrite::one(IntOp::Extend16.prim(width), x),
                32 => Rewrite::one(hardtack_format::prim::Prim::i64_extend32_s, x),
                _ => None,
            },
            _ => None,
        }
    }

    /// Shifts take their distance modulo the width: a mask that does the same is superfluous.
    fn shift_by_masked(&mut self, op: IntOp, width: Width, a: Value, by: Value) -> Option<Rewrite> {
        if !matches!(op, IntOp::Shl | IntOp::ShrS | IntOp::ShrU | IntOp::Rotl | IntOp::Rotr) {
            return None;
        }
        let (inner, distance, mask) = self.int_with_constant(by, width)?;
        let keeps = width.bits() - 1;
        (inner == IntOp::And && mask & keeps == keeps).then(|| Rewrite::two(op.prim(width), a, distance)).flatten()
    }
}
