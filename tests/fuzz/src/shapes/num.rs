//! Types of numbers, and the operators on each.

use Num::*;
use wasm_encoder::Instruction::{self, *};
use wasm_encoder::{ConstExpr, MemArg, ValType};

/// A type of numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Num {
    I32,
    I64,
    F32,
    F64,
}

pub const NUMS: [Num; 4] = [I32, I64, F32, F64];

impl Num {
    pub fn ty(self) -> ValType {
        match self {
            I32 => ValType::I32,
            I64 => ValType::I64,
            F32 => ValType::F32,
            F64 => ValType::F64,
        }
    }

    pub fn is_float(self) -> bool {
        matches!(self, F32 | F64)
    }

    pub fn zero(self) -> ConstExpr {
        match self {
            I32 => ConstExpr::i32_const(0),
            I64 => ConstExpr::i64_const(0),
            F32 => ConstExpr::f32_const(0.0.into()),
            F64 => ConstExpr::f64_const(0.0.into()),
        }
    }

    /// The constant that is nearest to a small number.
    pub fn constant(self, value: i32) -> Instruction<'static> {
        match self {
            I32 => I32Const(value),
            I64 => I64Const(value.into()),
            F32 => F32Const((value as f32).into()),
            F64 => F64Const(f64::from(value).into()),
        }
    }

    pub fn add(self) -> Instruction<'static> {
        match self {
            I32 => I32Add,
            I64 => I64Add,
            F32 => F32Add,
            F64 => F64Add,
        }
    }

    pub fn sub(self) -> Instruction<'static> {
        match self {
            I32 => I32Sub,
            I64 => I64Sub,
            F32 => F32Sub,
            F64 => F64Sub,
        }
    }

    /// Operators on two of it that don't trap. Those that compiled programs use most come first.
    pub fn binary(self) -> &'static [Instruction<'static>] {
        match self {
            I32 => &[I32Add, I32Sub, I32Mul, I32And, I32Shl, I32ShrU, I32Xor, I32Or, I32ShrS, I32Rotl, I32Rotr],
            I64 => &[I64Add, I64Sub, I64Mul, I64And, I64Shl, I64ShrU, I64Xor, I64Or, I64ShrS, I64Rotl, I64Rotr],
            F32 => &[F32Add, F32Sub, F32Mul, F32Div, F32Min, F32Max],
            F64 => &[F64Add, F64Sub, F64Mul, F64Div, F64Min, F64Max],
        }
    }

    pub fn division(self) -> &'static [Instruction<'static>] {
        match self {
            I32 => &[I32DivU, I32DivS, I32RemU, I32RemS],
            I64 => &[I64DivU, I64DivS, I64RemU, I64RemS],
            F32 => &[F32Div],
            F64 => &[F64Div],
        }
    }

    pub fn unary(self) -> &'static [Instruction<'static>] {
        match self {
            I32 => &[I32Extend8S, I32Extend16S, I32Clz, I32Ctz, I32Popcnt],
            I64 => &[I64Extend8S, I64Extend16S, I64Extend32S, I64Clz, I64Ctz, I64Popcnt],
            F32 => &[F32Neg, F32Abs, F32Sqrt, F32Ceil, F32Floor, F32Trunc, F32Nearest],
            F64 => &[F64Neg, F64Abs, F64Sqrt, F64Ceil, F64Floor, F64Trunc, F64Nearest],
        }
    }

    pub fn comparisons(self) -> &'static [Instruction<'static>] {
        match self {
            I32 => &[I32LtS, I32LtU, I32Eq, I32Ne, I32GtS, I32GtU, I32LeS, I32LeU, I32GeS, I32GeU],
            I64 => &[I64LtS, I64LtU, I64Eq, I64Ne, I64GtS, I64GtU, I64LeS, I64LeU, I64GeS, I64GeU],
            F32 => &[F32Lt, F32Gt, F32Eq, F32Ne, F32Le, F32Ge],
            F64 => &[F64Lt, F64Gt, F64Eq, F64Ne, F64Le, F64Ge],
        }
    }

    /// `<` and `>`, `<=` and `>=`: comparisons of a counter with its end, and of the end with the counter.
    pub fn orders(self) -> &'static [[Instruction<'static>; 4]] {
        match self {
            I32 => &[[I32LtS, I32GtS, I32LeS, I32GeS], [I32LtU, I32GtU, I32LeU, I32GeU]],
            I64 => &[[I64LtS, I64GtS, I64LeS, I64GeS], [I64LtU, I64GtU, I64LeU, I64GeU]],
            F32 => &[[F32Lt, F32Gt, F32Le, F32Ge]],
            F64 => &[[F64Lt, F64Gt, F64Le, F64Ge]],
        }
    }

    /// Conversions to it, with what they are from.
    pub fn conversions(self) -> &'static [(Num, Instruction<'static>)] {
        match self {
            I32 => &[
                (I64, I32WrapI64),
                (F32, I32TruncSatF32S),
                (F32, I32TruncSatF32U),
                (F64, I32TruncSatF64S),
                (F64, I32TruncSatF64U),
                (F32, I32ReinterpretF32),
            ],
            I64 => &[
                (I32, I64ExtendI32U),
                (I32, I64ExtendI32S),
                (F32, I64TruncSatF32S),
                (F32, I64TruncSatF32U),
                (F64, I64TruncSatF64S),
                (F64, I64TruncSatF64U),
                (F64, I64ReinterpretF64),
            ],
            F32 => &[
                (I32, F32ConvertI32S),
                (I32, F32ConvertI32U),
                (I64, F32ConvertI64S),
                (I64, F32ConvertI64U),
                (F64, F32DemoteF64),
                (I32, F32ReinterpretI32),
            ],
            F64 => &[
                (I32, F64ConvertI32S),
                (I32, F64ConvertI32U),
                (I64, F64ConvertI64S),
                (I64, F64ConvertI64U),
                (F32, F64PromoteF32),
                (I64, F64ReinterpretI64),
            ],
        }
    }

    pub fn load(self, which: usize, at: MemArg) -> Instruction<'static> {
        match (self, which % 7) {
            (I32, 0 | 5 | 6) => I32Load(at),
            (I32, 1) => I32Load8U(at),
            (I32, 2) => I32Load8S(at),
            (I32, 3) => I32Load16U(at),
            (I32, _) => I32Load16S(at),
            (I64, 0) => I64Load(at),
            (I64, 1) => I64Load8U(at),
            (I64, 2) => I64Load8S(at),
            (I64, 3) => I64Load16U(at),
            (I64, 4) => I64Load16S(at),
            (I64, 5) => I64Load32U(at),
            (I64, _) => I64Load32S(at),
            (F32, _) => F32Load(at),
            (F64, _) => F64Load(at),
        }
    }

    pub fn store(self, which: usize, at: MemArg) -> Instruction<'static> {
        match (self, which % 4) {
            (I32, 0 | 3) => I32Store(at),
            (I32, 1) => I32Store8(at),
            (I32, _) => I32Store16(at),
            (I64, 0) => I64Store(at),
            (I64, 1) => I64Store8(at),
            (I64, 2) => I64Store16(at),
            (I64, _) => I64Store32(at),
            (F32, _) => F32Store(at),
            (F64, _) => F64Store(at),
        }
    }
}
