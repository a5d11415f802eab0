//! Which bits of a value may be set.

use super::Simplifier;
use super::integer::{IntOp, Width};
use crate::ir::{Type, Value, ValueDef};
use hardtack_format::prim::Prim;

/// How far definitions are followed.
const MAX_DEPTH: usize = 4;

impl Simplifier<'_> {
    /// A mask of the bits of an integer that may be set; the others are zero for certain.
    pub(super) fn possible_bits(&self, value: Value) -> u64 {
        self.possible(value, MAX_DEPTH)
    }

    fn possible(&self, value: Value, depth: usize) -> u64 {
        let all = match self.f.ty(value) {
            Type::I32 => Width::W32.mask(),
            Type::I64 => Width::W64.mask(),
            Type::F32 | Type::F64 | Type::FuncRef | Type::ExternRef => return u64::MAX,
        };
        if let Some(bits) = self.constant(value) {
            return bits & all;
        }
        if depth == 0 {
            return all;
        }
        let Some((prim, [a, b, _])) = self.prim(value) else {
            let is_null_test = matches!(self.f.def(value), ValueDef::Inst(inst, _)
                if matches!(self.f[inst].op, crate::ir::Op::RefIsNull));
            return if is_null_test { 1 } else { all };
        };
        let of = |value: Option<Value>| value.map_or(all, |value| self.possible(value, depth - 1));
        let bits = match prim {
            Prim::i32_load8_u | Prim::i64_load8_u => 0xff,
            Prim::i32_load16_u | Prim::i64_load16_u => 0xffff,
            Prim::i64_load32_u => u32::MAX.into(),
            Prim::i64_extend_i32_u | Prim::i32_wrap_i64 => of(a) & u64::from(u32::MAX),
            Prim::select => of(a) | of(b),
            _ if matches!(prim.effects(), e if e.is_pure()) && is_comparison(prim) => 1,
            _ => match (IntOp::of(prim), b.and_then(|b| self.constant(b))) {
                (Some((IntOp::And, _)), _) => of(a) & of(b),
                (Some((IntOp::Or | IntOp::Xor, _)), _) => of(a) | of(b),
                (Some((IntOp::Shl, width)), Some(by)) => of(a) << (by % width.bits()),
                (Some((IntOp::ShrU, width)), Some(by)) => of(a) >> (by % width.bits()),
                (Some((IntOp::Clz | IntOp::Ctz | IntOp::Popcnt, _)), _) => 0x7f,
                _ => all,
            },
        };
        bits & all
    }
}

/// Whether the result is a truth value.
fn is_comparison(prim: Prim) -> bool {
    if let Some((op, _)) = IntOp::of(prim) {
        return op == IntOp::Eqz || op.inverse().is_some();
    }
    matches!(
        prim,
        Prim::f32_eq
            | Prim::f32_ne
            | Prim::f32_lt
            | Prim::f32_gt
            | Prim::f32_le
            | Prim::f32_ge
            | Prim::f64_eq
            | Prim::f64_ne
            | Prim::f64_lt
            | Prim::f64_gt
            | Prim::f64_le
            | Prim::f64_ge
    )
}
