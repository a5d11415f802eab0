//! Which bits of a value may be set.

use super::Simplifier;
use super::integer::{IntOp, Width};
use crate::ir::{Block, Type, Value, ValueDef};
use hardtack_format::prim::Prim;

/// How far definitions are followed.
const MAX_DEPTH: usize = 4;
/// Walks over all edges in which the bits of parameters are gathered as they come; a parameter that still gains some later is taken
/// to have all.
const EXACT_WALKS: usize = 2;
/// Walks over all edges at most.
const MAX_WALKS: usize = 8;

impl Simplifier<'_> {
    /// Finds out which bits of block parameters may be set. Optimistic: at first none is, and the arguments of all edges add theirs
    /// until none adds any more, so that what goes around in a loop is what came into it.
    pub(super) fn bits_of_params(&mut self, order: &[Block]) {
        self.params = vec![0; self.f.value_count()];
        for param in &self.f[self.f.entry()].params {
            self.params[param.index()] = u64::MAX;
        }
        let mut edges = vec![];
        for walk in 0..MAX_WALKS {
            let mut changed = false;
            for block in order {
                edges.clear();
                self.f.for_each_edge(*block, |edge| edges.push(edge));
                for edge in &edges {
                    for (&param, &arg) in self.f[edge.block].params.iter().zip(self.f.values(edge.args)) {
                        let (known, all) = (self.params[param.index()], self.all_bits(param));
                        if known & all == all {
                            continue;
                        }
                        let with = known | self.possible_bits(self.f.resolve(arg));
                        if with != known {
                            changed = true;
                            self.params[param.index()] = if walk < EXACT_WALKS { with } else { all };
                        }
                    }
                }
            }
            if !changed {
                return;
            }
        }
        // Where the walks would have led isn't known.
        self.params.clear();
    }

    /// All bits of a value's type.
    fn all_bits(&self, value: Value) -> u64 {
        match self.f.ty(value) {
            Type::I32 => Width::W32.mask(),
            Type::I64 | Type::F32 | Type::F64 | Type::FuncRef | Type::ExternRef => Width::W64.mask(),
        }
    }

    /// A mask of the bits of an integer that may be set; the others are zero for certain.
    pub(super) fn possible_bits(&self, value: Value) -> u64 {
        self.possible(value, MAX_DEPTH)
    }

    fn possible(&self, value: Value, depth: usize) -> u64 {
        let all = self.all_bits(value);
        if !matches!(self.f.ty(value), Type::I32 | Type::I64) {
            return all;
        }
        if let Some(bits) = self.constant(value) {
            return bits & all;
        }
        if let ValueDef::Param(..) = self.f.def(value) {
            return self.params.get(value.index()).map_or(all, |bits| bits & all);
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
