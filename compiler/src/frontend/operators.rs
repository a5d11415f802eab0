//! Operators of WebAssembly that are primitives, one for one.

use hardtack_format::prim::Prim;
use wasmparser::Operator;

macro_rules! operators {
    (plain { $($plain:ident $plain_prim:ident,)* } memory { $($memory:ident $memory_prim:ident,)* }) => {
        /// The primitive that an operator is, and its constant offset (zero if it has none).
        pub(super) fn prim(op: &Operator<'_>) -> Option<(Prim, u64)> {
            Some(match op {
                $(Operator::$plain => (Prim::$plain_prim, 0),)*
                $(Operator::$memory { memarg } => (Prim::$memory_prim, memarg.offset),)*
                // Everything else is either translated by hand or refused by the validator.
                _ => return None,
            })
        }
    };
}

operators! {
    plain {
        I32Eqz i32_eqz, I32Eq i32_eq, I32Ne i32_ne, I32LtS i32_lt_s, I32LtU i32_lt_u, I32GtS i32_gt_s,
        I32GtU i32_gt_u, I32LeS i32_le_s, I32LeU i32_le_u, I32GeS i32_ge_s, I32GeU i32_ge_u, I64Eqz i64_eqz,
        I64Eq i64_eq, I64Ne i64_ne, I64LtS i64_lt_s, I64LtU i64_lt_u, I64GtS i64_gt_s, I64GtU i64_gt_u,
        I64LeS i64_le_s, I64LeU i64_le_u, I64GeS i64_ge_s, I64GeU i64_ge_u, F32Eq f32_eq, F32Ne f32_ne,
        F32Lt f32_lt, F32Gt f32_gt, F32Le f32_le, F32Ge f32_ge, F64Eq f64_eq, F64Ne f64_ne, F64Lt f64_lt,
        F64Gt f64_gt, F64Le f64_le, F64Ge f64_ge, I32Clz i32_clz, I32Ctz i32_ctz, I32Popcnt i32_popcnt,
        I32Add i32_add, I32Sub i32_sub, I32Mul i32_mul, I32DivS i32_div_s, I32DivU i32_div_u,
        I32RemS i32_rem_s, I32RemU i32_rem_u, I32And i32_and, I32Or i32_or, I32Xor i32_xor, I32Shl i32_shl,
        I32ShrS i32_shr_s, I32ShrU i32_shr_u, I32Rotl i32_rotl, I32Rotr i32_rotr, I64Clz i64_clz,
        I64Ctz i64_ctz, I64Popcnt i64_popcnt, I64Add i64_add, I64Sub i64_sub, I64Mul i64_mul,
        I64DivS i64_div_s, I64DivU i64_div_u, I64RemS i64_rem_s, I64RemU i64_rem_u, I64And i64_and,
        I64Or i64_or, I64Xor i64_xor, I64Shl i64_shl, I64ShrS i64_shr_s, I64ShrU i64_shr_u, I64Rotl i64_rotl,
        I64Rotr i64_rotr, F32Abs f32_abs, F32Neg f32_neg, F32Ceil f32_ceil, F32Floor f32_floor,
        F32Trunc f32_trunc, F32Nearest f32_nearest, F32Sqrt f32_sqrt, F32Add f32_add, F32Sub f32_sub,
        F32Mul f32_mul, F32Div f32_div, F32Min f32_min, F32Max f32_max, F32Copysign f32_copysign,
        F64Abs f64_abs, F64Neg f64_neg, F64Ceil f64_ceil, F64Floor f64_floor, F64Trunc f64_trunc,
        F64Nearest f64_nearest, F64Sqrt f64_sqrt, F64Add f64_add, F64Sub f64_sub, F64Mul f64_mul,
        F64Div f64_div, F64Min f64_min, F64Max f64_max, F64Copysign f64_copysign, I32WrapI64 i32_wrap_i64,
        I32TruncF32S i32_trunc_f32_s, I32TruncF32U i32_trunc_f32_u, I32TruncF64S i32_trunc_f64_s,
        I32TruncF64U i32_trunc_f64_u, I64ExtendI32S i64_extend_i32_s, I64ExtendI32U i64_extend_i32_u,
        I64TruncF32S i64_trunc_f32_s, I64TruncF32U i64_trunc_f32_u, I64TruncF64S i64_trunc_f64_s,
        I64TruncF64U i64_trunc_f64_u, F32ConvertI32S f32_convert_i32_s, F32ConvertI32U f32_convert_i32_u,
        F32ConvertI64S f32_convert_i64_s, F32ConvertI64U f32_convert_i64_u, F32DemoteF64 f32_demote_f64,
        F64ConvertI32S f64_convert_i32_s, F64ConvertI32U f64_convert_i32_u, F64ConvertI64S f64_convert_i64_s,
        F64ConvertI64U f64_convert_i64_u, F64PromoteF32 f64_promote_f32,
        I32ReinterpretF32 i32_reinterpret_f32, I64ReinterpretF64 i64_reinterpret_f64,
        F32ReinterpretI32 f32_reinterpret_i32, F64ReinterpretI64 f64_reinterpret_i64,
        I32Extend8S i32_extend8_s, I32Extend16S i32_extend16_s, I64Extend8S i64_extend8_s,
        I64Extend16S i64_extend16_s, I64Extend32S i64_extend32_s, I32TruncSatF32S i32_trunc_sat_f32_s,
        I32TruncSatF32U i32_trunc_sat_f32_u, I32TruncSatF64S i32_trunc_sat_f64_s,
        I32TruncSatF64U i32_trunc_sat_f64_u, I64TruncSatF32S i64_trunc_sat_f32_s,
        I64TruncSatF32U i64_trunc_sat_f32_u, I64TruncSatF64S i64_trunc_sat_f64_s,
        I64TruncSatF64U i64_trunc_sat_f64_u,
    }
    memory {
        I32Load i32_load, I64Load i64_load, F32Load f32_load, F64Load f64_load, I32Load8S i32_load8_s,
        I32Load8U i32_load8_u, I32Load16S i32_load16_s, I32Load16U i32_load16_u, I64Load8S i64_load8_s,
        I64Load8U i64_load8_u, I64Load16S i64_load16_s, I64Load16U i64_load16_u, I64Load32S i64_load32_s,
        I64Load32U i64_load32_u, I32Store i32_store, I64Store i64_store, F32Store f32_store,
        F64Store f64_store, I32Store8 i32_store8, I32Store16 i32_store16, I64Store8 i64_store8,
        I64Store16 i64_store16, I64Store32 i64_store32,
    }
}
