//! Integer operators without their width, so that each rule is written once for both.

use hardtack_format::prim::Prim;

/// Width of an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Width {
    W32,
    W64,
}

impl Width {
    pub(super) fn bits(self) -> u64 {
        match self {
            Width::W32 => 32,
            Width::W64 => 64,
        }
    }

    /// All bits of the width.
    pub(super) fn mask(self) -> u64 {
        match self {
            Width::W32 => u32::MAX.into(),
            Width::W64 => u64::MAX,
        }
    }

    pub(super) fn ty(self) -> crate::ir::Type {
        match self {
            Width::W32 => crate::ir::Type::I32,
            Width::W64 => crate::ir::Type::I64,
        }
    }
}

macro_rules! integer_ops { ($($op:ident $narrow:ident $wide:ident,)*) => {
    /// An operator of either width.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(super) enum IntOp { $($op),* }

    impl IntOp {
        /// The operator and width of a primitive, if it is one of these.
        pub(super) fn of(prim: Prim) -> Option<(IntOp, Width)> {
            match prim {
                $(Prim::$narrow => Some((IntOp::$op, Width::W32)), Prim::$wide => Some((IntOp::$op, Width::W64)),)*
                _ => None,
            }
        }

        /// The primitive of a width.
        pub(super) fn prim(self, width: Width) -> Prim {
            match (self, width) {
                $((IntOp::$op, Width::W32) => Prim::$narrow, (IntOp::$op, Width::W64) => Prim::$wide,)*
            }
        }
    }
} }

integer_ops! {
    Add i32_add i64_add,
    Sub i32_sub i64_sub,
    Mul i32_mul i64_mul,
    DivS i32_div_s i64_div_s,
    DivU i32_div_u i64_div_u,
    RemS i32_rem_s i64_rem_s,
    RemU i32_rem_u i64_rem_u,
    And i32_and i64_and,
    Or i32_or i64_or,
    Xor i32_xor i64_xor,
    Shl i32_shl i64_shl,
    ShrS i32_shr_s i64_shr_s,
    ShrU i32_shr_u i64_shr_u,
    Rotl i32_rotl i64_rotl,
    Rotr i32_rotr i64_rotr,
    Clz i32_clz i64_clz,
    Ctz i32_ctz i64_ctz,
    Popcnt i32_popcnt i64_popcnt,
    Eqz i32_eqz i64_eqz,
    Eq i32_eq i64_eq,
    Ne i32_ne i64_ne,
    LtS i32_lt_s i64_lt_s,
    LtU i32_lt_u i64_lt_u,
    GtS i32_gt_s i64_gt_s,
    GtU i32_gt_u i64_gt_u,
    LeS i32_le_s i64_le_s,
    LeU i32_le_u i64_le_u,
    GeS i32_ge_s i64_ge_s,
    GeU i32_ge_u i64_ge_u,
    Extend8 i32_extend8_s i64_extend8_s,
    Extend16 i32_extend16_s i64_extend16_s,
}

impl IntOp {
    /// The comparison that holds when this one doesn't.
    pub(super) fn inverse(self) -> Option<IntOp> {
        Some(match self {
            IntOp::Eq => IntOp::Ne,
            IntOp::Ne => IntOp::Eq,
            IntOp::LtS => IntOp::GeS,
            IntOp::GeS => IntOp::LtS,
            IntOp::LtU => IntOp::GeU,
            IntOp::GeU => IntOp::LtU,
            IntOp::GtS => IntOp::LeS,
            IntOp::LeS => IntOp::GtS,
            IntOp::GtU => IntOp::LeU,
            IntOp::LeU => IntOp::GtU,
            _ => return None,
        })
    }

    /// The comparison that says the same of its arguments exchanged.
    pub(super) fn mirrored(self) -> Option<IntOp> {
        Some(match self {
            IntOp::Eq => IntOp::Eq,
            IntOp::Ne => IntOp::Ne,
            IntOp::LtS => IntOp::GtS,
            IntOp::GtS => IntOp::LtS,
            IntOp::LtU => IntOp::GtU,
            IntOp::GtU => IntOp::LtU,
            IntOp::LeS => IntOp::GeS,
            IntOp::GeS => IntOp::LeS,
            IntOp::LeU => IntOp::GeU,
            IntOp::GeU => IntOp::LeU,
            _ => return None,
        })
    }

    /// What a comparison of a value with itself gives.
    pub(super) fn reflexive(self) -> Option<bool> {
        match self {
            IntOp::Eq | IntOp::LeS | IntOp::LeU | IntOp::GeS | IntOp::GeU => Some(true),
            IntOp::Ne | IntOp::LtS | IntOp::LtU | IntOp::GtS | IntOp::GtU => Some(false),
            _ => None,
        }
    }
}
