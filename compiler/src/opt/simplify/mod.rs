//! Constants are folded and operators simplified by algebra.
//!
//! Requires: nothing. Ensures: no rule below applies to an operator whose arguments were final when it was
//! met (a second run may find more); constants stand to the right of operators that commute and of
//! comparisons of integers; conditions are neither `eqz` nor comparisons with zero nor truth values with
//! their bit flipped. Preserves: blocks and edges (but the two of a branch may change places), effects, their
//! order and whether they trap. Nothing is folded to a NaN, whose bits are the machine's choice.

mod arithmetic;
mod bits;
mod compare;
mod convert;
mod integer;

use crate::ir::cfg::Cfg;
use crate::ir::{Block, Function, Inst, Op, Terminator, Type, Value, ValueDef};
use hardtack_format::prim::{Bits, NoMachine, Prim};
use integer::{IntOp, Width};

/// Runs the pass.
pub fn run(f: &mut Function) {
    let order = Cfg::order_of(f);
    let mut simplifier = Simplifier { f, params: vec![], placed: vec![], offset: 0 };
    simplifier.bits_of_params(&order);
    for block in order {
        simplifier.block(block);
    }
    f.resolve_all();
}

/// How often one instruction is simplified again with what the last rule made of it.
const MAX_ROUNDS: usize = 16;

/// What an instruction may be replaced by.
enum Rewrite {
    /// A value that exists.
    Value(Value),
    /// Another primitive.
    Prim(Prim, u64, [Option<Value>; 3]),
}

impl Rewrite {
    fn one(prim: Prim, a: Value) -> Option<Rewrite> {
        Some(Rewrite::Prim(prim, 0, [Some(a), None, None]))
    }

    fn two(prim: Prim, a: Value, b: Value) -> Option<Rewrite> {
        Some(Rewrite::Prim(prim, 0, [Some(a), Some(b), None]))
    }
}

struct Simplifier<'a> {
    f: &'a mut Function,
    /// Bits that may be set in each block parameter of integer type, by its index among the values; empty if that isn't known.
    params: Vec<u64>,
    /// The instructions of the current block so far.
    placed: Vec<Inst>,
    /// Offset in the wasm file given to new instructions: that of the one under work.
    offset: u32,
}

impl Simplifier<'_> {
    fn block(&mut self, block: Block) {
        let insts = std::mem::take(&mut self.f[block].insts);
        self.placed.reserve(insts.len());
        for inst in insts {
            self.inst(inst);
        }
        self.offset = self.f[block].offset;
        self.terminator(block);
        self.f[block].insts = std::mem::take(&mut self.placed);
    }

    fn inst(&mut self, inst: Inst) {
        self.offset = self.f[inst].offset;
        let list = self.f[inst].args;
        for nth in 0..list.len() {
            let value = self.f.values(list)[nth];
            let resolved = self.f.resolve_shortening(value);
            self.f.values_mut(list)[nth] = resolved;
        }
        for _ in 0..MAX_ROUNDS {
            let Op::Prim(prim, imm) = self.f[inst].op else { break };
            let mut args = [None; 3];
            for (slot, arg) in args.iter_mut().zip(self.f.args(inst)) {
                *slot = Some(*arg);
            }
            match self.rewrite(inst, prim, imm, args) {
                Some(Rewrite::Value(value)) => {
                    let result = self.f.result(inst);
                    self.f.alias(result, value);
                    return;
                }
                Some(Rewrite::Prim(prim, imm, args)) => {
                    let args: Vec<Value> = args.into_iter().flatten().collect();
                    let list = self.f.list(&args);
                    let data = &mut self.f[inst];
                    data.op = Op::Prim(prim, imm);
                    data.args = list;
                }
                None => break,
            }
        }
        self.placed.push(inst);
    }

    fn rewrite(&mut self, inst: Inst, prim: Prim, imm: u64, args: [Option<Value>; 3]) -> Option<Rewrite> {
        if let Some(folded) = self.fold(inst, prim) {
            return Some(folded);
        }
        let effects = prim.effects();
        if effects.reads_memory || effects.writes_memory {
            return self.constant_address(prim, imm, args);
        }
        if prim == Prim::select {
            let [Some(a), Some(b), Some(cond)] = args else { unreachable!("takes three") };
            return self.select(a, b, cond);
        }
        if let Some((op, width)) = IntOp::of(prim) {
            return match args {
                [Some(a), None, None] => self.unary(op, width, a),
                [Some(a), Some(b), None] => self.binary(op, width, a, b),
                _ => None,
            };
        }
        match args {
            [Some(a), None, None] => self.convert(prim, a),
            [Some(a), Some(b), None] if prim.commutes() && self.is_constant(a) && !self.is_constant(b) => {
                Rewrite::two(prim, b, a)
            }
            _ => None,
        }
    }

    /// Computes a primitive of constants.
    fn fold(&mut self, inst: Inst, prim: Prim) -> Option<Rewrite> {
        let effects = prim.effects();
        let only_traps = !(effects.reads_memory
            || effects.writes_memory
            || effects.reads_size
            || effects.reads_global
            || effects.writes_global);
        // A selection needs no constants but its condition.
        if !only_traps || prim == Prim::select {
            return None;
        }
        let mut cells = [0; 3];
        let args = self.f.args(inst);
        let count = args.len();
        for (cell, arg) in cells.iter_mut().zip(args) {
            *cell = self.constant(*arg)?;
        }
        // What traps must go on to.
        let bits = prim.eval(&NoMachine, &cells[..count]).ok()?;
        let ty = self.f.ty(self.f.result(inst));
        let is_nan = match ty {
            Type::F32 => f32::from_bits(bits as u32).is_nan(),
            Type::F64 => f64::from_bits(bits).is_nan(),
            Type::I32 | Type::I64 | Type::FuncRef | Type::ExternRef => false,
        };
        if is_nan { None } else { Some(Rewrite::Value(self.make_constant(ty, bits))) }
    }

    /// Moves a constant address into the offset: absolute accesses then differ in nothing but that.
    fn constant_address(&mut self, prim: Prim, imm: u64, args: [Option<Value>; 3]) -> Option<Rewrite> {
        let address = self.constant(args[0].expect("accesses have addresses"))? & u64::from(u32::MAX);
        let offset = address.checked_add(imm).filter(|sum| address != 0 && *sum <= u32::MAX.into())?;
        let zero = self.make_constant(Type::I32, 0);
        Some(Rewrite::Prim(prim, offset, [Some(zero), args[1], args[2]]))
    }

    fn select(&mut self, a: Value, b: Value, cond: Value) -> Option<Rewrite> {
        if a == b {
            return Some(Rewrite::Value(a));
        }
        if let Some(c) = self.constant(cond) {
            return Some(Rewrite::Value(if c as u32 != 0 { a } else { b }));
        }
        let (plain, inverted) = self.condition(cond);
        if plain != cond {
            let (a, b) = if inverted { (b, a) } else { (a, b) };
            return Some(Rewrite::Prim(Prim::select, 0, [Some(a), Some(b), Some(plain)]));
        }
        if self.f.ty(a) == Type::I32 && self.possible_bits(cond) == 1 {
            match (self.constant(a)?, self.constant(b)?) {
                (1, 0) => return Some(Rewrite::Value(cond)),
                (0, 1) => return Rewrite::one(Prim::i32_eqz, cond),
                _ => {}
            }
        }
        None
    }

    fn terminator(&mut self, block: Block) {
        let (value, is_branch) = match &self.f[block].terminator {
            Terminator::Branch { cond, .. } => (*cond, true),
            Terminator::BrTable { index, .. } => (*index, false),
            Terminator::Jump(_) | Terminator::Return(_) | Terminator::Trap(_) => return,
        };
        let value = self.f.resolve_shortening(value);
        let (plain, inverted) = if is_branch { self.condition(value) } else { (value, false) };
        match &mut self.f[block].terminator {
            Terminator::Branch { cond, then, otherwise } => {
                *cond = plain;
                if inverted {
                    std::mem::swap(then, otherwise);
                }
            }
            Terminator::BrTable { index, .. } => *index = plain,
            Terminator::Jump(_) | Terminator::Return(_) | Terminator::Trap(_) => {}
        }
    }

    /// A simpler value that is zero exactly when a condition is, or (then true) exactly when it isn't.
    fn condition(&self, value: Value) -> (Value, bool) {
        let (mut value, mut inverted) = (value, false);
        loop {
            value = match self.prim(value) {
                Some((Prim::i32_eqz, [Some(inner), ..])) => {
                    inverted = !inverted;
                    inner
                }
                Some((Prim::i32_ne, [Some(inner), Some(other), _])) if self.constant(other) == Some(0) => inner,
                Some((Prim::i32_eq, [Some(inner), Some(other), _])) if self.constant(other) == Some(0) => {
                    inverted = !inverted;
                    inner
                }
                Some((Prim::i32_xor, [Some(inner), Some(other), _]))
                    if self.constant(other) == Some(1) && self.possible_bits(inner) == 1 =>
                {
                    inverted = !inverted;
                    inner
                }
                // Neither extension makes zero of anything else.
                Some((Prim::i32_wrap_i64, [Some(wide), ..])) => match self.prim(wide) {
                    Some((Prim::i64_extend_i32_u | Prim::i64_extend_i32_s, [Some(inner), ..])) => inner,
                    _ => return (value, inverted),
                },
                _ => return (value, inverted),
            };
        }
    }

    /// The primitive that defines a value, and its arguments.
    fn prim(&self, value: Value) -> Option<(Prim, [Option<Value>; 3])> {
        let ValueDef::Inst(inst, _) = self.f.def(value) else { return None };
        let Op::Prim(prim, _) = self.f[inst].op else { return None };
        let mut args = [None; 3];
        for (slot, arg) in args.iter_mut().zip(self.f.args(inst)) {
            *slot = Some(self.f.resolve(*arg));
        }
        Some((prim, args))
    }

    /// The integer operator of this width that defines a value, and its arguments (the first twice if it
    /// has only one).
    fn int(&self, value: Value, width: Width) -> Option<(IntOp, Value, Value)> {
        let (prim, [a, b, _]) = self.prim(value)?;
        let (op, of) = IntOp::of(prim)?;
        (of == width).then_some((op, a?, b.or(a)?))
    }

    /// The integer operator of this width with a constant to the right that defines a value.
    fn int_with_constant(&self, value: Value, width: Width) -> Option<(IntOp, Value, u64)> {
        let (op, a, b) = self.int(value, width)?;
        Some((op, a, self.constant(b)?))
    }

    fn constant(&self, value: Value) -> Option<Bits> {
        self.f.constant(value)
    }

    fn is_constant(&self, value: Value) -> bool {
        self.constant(value).is_some()
    }

    fn make_constant(&mut self, ty: Type, bits: Bits) -> Value {
        let inst = self.f.new_inst(Op::Const(bits), &[], &[ty], self.offset);
        self.placed.push(inst);
        self.f.result(inst)
    }

    /// A new integer constant, cut to the width.
    fn make_int(&mut self, width: Width, bits: u64) -> Value {
        self.make_constant(width.ty(), bits & width.mask())
    }

    fn value_int(&mut self, width: Width, bits: u64) -> Option<Rewrite> {
        Some(Rewrite::Value(self.make_int(width, bits)))
    }

    fn value_bool(&mut self, value: bool) -> Option<Rewrite> {
        self.value_int(Width::W32, value.into())
    }

    /// `op(a, constant)` in place of the current instruction.
    fn with_constant(&mut self, op: IntOp, width: Width, a: Value, constant: u64) -> Option<Rewrite> {
        let b = self.make_int(width, constant);
        Rewrite::two(op.prim(width), a, b)
    }
}
