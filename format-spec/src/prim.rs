//! Primitive operators: the vocabulary that instructions are written in.
//!
//! Each primitive's name, signature, effects and meaning stand here once. The compiler's IR is made of
//! these operators and folds constants with [`meaning`]; a row of the instruction table
//! ([`crate::isa`]) is a tree of them; the VM's handlers evaluate that tree with the same functions.
//!
//! Values travel as [`Bits`]: untyped 64-bit cells of which a 32-bit value uses the low half.

use crate::trap::TrapCode;

/// An untyped 64-bit cell. A 32-bit value occupies the low half and readers ignore the high half.
pub type Bits = u64;

/// The type of a primitive's argument or result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// 32-bit IEEE 754 number.
    F32,
    /// 64-bit IEEE 754 number.
    F64,
    /// Any of the others: the operator only moves the cell.
    Any,
    /// No value: the operator is executed for its effect.
    None,
}

/// A Rust type that a cell can be read as.
pub trait Cell: Copy {
    /// The WebAssembly type it stands for.
    const TYPE: Type;
    /// Reads the cell, ignoring bits outside the type.
    fn from_bits(bits: Bits) -> Self;
    /// The cell of this value; bits outside the type are zero.
    fn into_bits(self) -> Bits;
}

macro_rules! cells { ($( $rust:ty, $wasm:ident, |$b:ident| $from:expr, |$v:ident| $into:expr; )*) => { $(
    impl Cell for $rust {
        const TYPE: Type = Type::$wasm;
        #[inline(always)]
        fn from_bits($b: Bits) -> Self { $from }
        #[inline(always)]
        fn into_bits(self) -> Bits { let $v = self; $into }
    }
)* } }
cells! {
    u32, I32, |b| b as u32, |v| v as u64;
    i32, I32, |b| b as i32, |v| v as u32 as u64;
    bool, I32, |b| b as u32 != 0, |v| v as u64;
    u64, I64, |b| b, |v| v;
    i64, I64, |b| b as i64, |v| v as u64;
    f32, F32, |b| f32::from_bits(b as u32), |v| v.to_bits() as u64;
    f64, F64, |b| f64::from_bits(b), |v| v.to_bits();
    Raw, Any, |b| Raw(b), |v| v.0;
    (), None, |_b| (), |_v| 0;
}

/// A cell whose type doesn't matter to the operator.
#[derive(Clone, Copy)]
pub struct Raw(pub Bits);

/// What primitives may reach beyond their arguments.
pub trait Machine {
    /// Reads `N` bytes at `address + offset` of memory 0.
    fn load<const N: usize>(&self, address: u64, offset: u64) -> Result<[u8; N], TrapCode>;
    /// Writes `N` bytes at `address + offset` of memory 0.
    fn store<const N: usize>(&self, address: u64, offset: u64, bytes: [u8; N]) -> Result<(), TrapCode>;
    /// The size of memory 0 in pages.
    fn memory_size(&self) -> u64;
    /// Reads a number global that the module defines itself.
    fn global(&self, index: u32) -> Bits;
    /// Writes a number global that the module defines itself.
    fn set_global(&self, index: u32, value: Bits);
    /// Reads a number global that the module imports.
    fn imported_global(&self, index: u32) -> Bits;
    /// Writes a number global that the module imports.
    fn set_imported_global(&self, index: u32, value: Bits);
}

/// Effects of a primitive, as far as reordering and removal are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Effects {
    /// Reads memory bytes.
    pub reads_memory: bool,
    /// Writes memory bytes.
    pub writes_memory: bool,
    /// Reads the size of a memory.
    pub reads_size: bool,
    /// Reads a global.
    pub reads_global: bool,
    /// Writes a global.
    pub writes_global: bool,
    /// May trap.
    pub traps: bool,
}

impl Effects {
    const PURE: Effects = Effects {
        reads_memory: false,
        writes_memory: false,
        reads_size: false,
        reads_global: false,
        writes_global: false,
        traps: false,
    };

    /// No effects at all: the operator may be moved, duplicated and removed freely.
    pub const fn is_pure(self) -> bool {
        !(self.reads_memory
            || self.writes_memory
            || self.reads_size
            || self.reads_global
            || self.writes_global
            || self.traps)
    }

    /// Writes nothing and cannot trap: it may be removed when its result is unused.
    pub const fn is_removable(self) -> bool {
        !(self.writes_memory || self.writes_global || self.traps)
    }
}

const fn effects_of(word: &str) -> Effects {
    let mut e = Effects::PURE;
    match word.as_bytes() {
        b"pure" | b"commutes" => {}
        b"traps" => e.traps = true,
        b"load" => {
            e.reads_memory = true;
            e.traps = true
        }
        b"store" => {
            e.writes_memory = true;
            e.traps = true
        }
        b"size" => e.reads_size = true,
        b"reads_global" => e.reads_global = true,
        b"writes_global" => e.writes_global = true,
        _ => panic!("unknown effect"),
    }
    e
}

const fn is_word(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

macro_rules! primitives { ($(
    $(#[$doc:meta])*
    $effect:ident $name:ident ( $m:ident $(, $arg:ident : $argty:ty)* ) -> $res:ty $body:block
)*) => {
    /// A primitive operator.
    #[allow(non_camel_case_types)]
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
    #[repr(u8)]
    pub enum Prim { $( $(#[$doc])* #[doc = concat!("`", stringify!($name), "`, whose meaning is the function of that name in [`meaning`].")] $name ),* }

    impl Prim {
        /// Every primitive, in the order of declaration.
        pub const ALL: &'static [Prim] = &[ $( Prim::$name ),* ];

        /// The name as it stands in the instruction table.
        pub const fn name(self) -> &'static str { match self { $( Prim::$name => stringify!($name) ),* } }

        /// Types of the arguments.
        pub const fn params(self) -> &'static [Type] {
            match self { $( Prim::$name => const { &[ $( <$argty as Cell>::TYPE ),* ] } ),* }
        }

        /// Type of the result, [`Type::None`] if there is none.
        pub const fn result(self) -> Type { match self { $( Prim::$name => <$res as Cell>::TYPE ),* } }

        /// What it reads, writes and risks.
        pub const fn effects(self) -> Effects { match self { $( Prim::$name => const { effects_of(stringify!($effect)) } ),* } }

        /// Whether its two arguments may be exchanged.
        pub const fn commutes(self) -> bool { match self { $( Prim::$name => const { is_word(stringify!($effect), "commutes") } ),* } }

        /// Whether it takes or gives a float.
        pub const fn is_float(self) -> bool {
            let params = self.params();
            let (mut float, mut i) = (matches!(self.result(), Type::F32 | Type::F64), 0);
            while i < params.len() {
                float = float || matches!(params[i], Type::F32 | Type::F64);
                i += 1;
            }
            float
        }

        /// Which parameter is a constant of the instruction (an offset or an index), never a computed value.
        pub const fn constant_param(self) -> Option<usize> {
            let e = self.effects();
            if e.reads_memory || e.writes_memory {
                Some(1)
            } else if e.reads_global || e.writes_global {
                Some(0)
            } else {
                None
            }
        }

        /// Applies the operator to cells.
        pub fn eval<M: Machine>(self, machine: &M, args: &[Bits]) -> Result<Bits, TrapCode> {
            match self { $( Prim::$name => {
                let [$($arg),*] = *args else { panic!("{} takes other arguments", stringify!($name)) };
                meaning::$name(machine $(, $arg)*)
            } ),* }
        }
    }

    /// The meaning of each primitive, on cells. Types and effects are [`Prim`]'s.
    pub mod meaning {
        use super::*;
        $(
            $(#[$doc])*
            #[doc = concat!("`", stringify!($name), "` on cells.")]
            #[inline(always)]
            pub fn $name<M: Machine>($m: &M $(, $arg: Bits)*) -> Result<Bits, TrapCode> {
                let _ = $m;
                $( let $arg = <$argty as Cell>::from_bits($arg); )*
                let result: Result<$res, TrapCode> = Returned::from($body).0;
                match result { Ok(value) => Ok(value.into_bits()), Err(trap) => Err(trap) }
            }
        )*
    }
}}

/// Lets a body be either a plain value or a result.
struct Returned<T>(Result<T, TrapCode>);
impl<T: Cell> From<T> for Returned<T> {
    #[inline(always)]
    fn from(v: T) -> Self {
        Returned(Ok(v))
    }
}
impl<T> From<Result<T, TrapCode>> for Returned<T> {
    #[inline(always)]
    fn from(v: Result<T, TrapCode>) -> Self {
        Returned(v)
    }
}

macro_rules! load {
    ($m:ident $a:ident $o:ident $from:ty) => {
        match $m.load::<{ size_of::<$from>() }>($a as u64, $o as u64) {
            Ok(b) => Ok(<$from>::from_le_bytes(b) as _),
            Err(t) => Err(t),
        }
    };
}
macro_rules! store {
    ($m:ident $a:ident $o:ident $v:expr) => {
        $m.store($a as u64, $o as u64, ($v).to_le_bytes())
    };
}

primitives! {
    /// Moves a cell.
    pure copy(_m, a: Raw) -> Raw { a }
    /// `a` if the condition is not zero, else `b`.
    pure select(_m, a: Raw, b: Raw, c: bool) -> Raw { if c { a } else { b } }

    commutes i32_add(_m, a: u32, b: u32) -> u32 { a.wrapping_add(b) }
    pure i32_sub(_m, a: u32, b: u32) -> u32 { a.wrapping_sub(b) }
    commutes i32_mul(_m, a: u32, b: u32) -> u32 { a.wrapping_mul(b) }
    traps i32_div_s(_m, a: i32, b: i32) -> i32 {
        if b == 0 { Err(TrapCode::IntegerDivideByZero) } else { a.checked_div(b).ok_or(TrapCode::IntegerOverflow) }
    }
    traps i32_div_u(_m, a: u32, b: u32) -> u32 { a.checked_div(b).ok_or(TrapCode::IntegerDivideByZero) }
    traps i32_rem_s(_m, a: i32, b: i32) -> i32 {
        if b == 0 { Err(TrapCode::IntegerDivideByZero) } else { Ok(a.wrapping_rem(b)) }
    }
    traps i32_rem_u(_m, a: u32, b: u32) -> u32 { a.checked_rem(b).ok_or(TrapCode::IntegerDivideByZero) }
    commutes i32_and(_m, a: u32, b: u32) -> u32 { a & b }
    commutes i32_or(_m, a: u32, b: u32) -> u32 { a | b }
    commutes i32_xor(_m, a: u32, b: u32) -> u32 { a ^ b }
    pure i32_shl(_m, a: u32, b: u32) -> u32 { a.wrapping_shl(b) }
    pure i32_shr_s(_m, a: i32, b: u32) -> i32 { a.wrapping_shr(b) }
    pure i32_shr_u(_m, a: u32, b: u32) -> u32 { a.wrapping_shr(b) }
    pure i32_rotl(_m, a: u32, b: u32) -> u32 { a.rotate_left(b & 31) }
    pure i32_rotr(_m, a: u32, b: u32) -> u32 { a.rotate_right(b & 31) }
    pure i32_clz(_m, a: u32) -> u32 { a.leading_zeros() }
    pure i32_ctz(_m, a: u32) -> u32 { a.trailing_zeros() }
    pure i32_popcnt(_m, a: u32) -> u32 { a.count_ones() }
    pure i32_eqz(_m, a: u32) -> bool { a == 0 }
    commutes i32_eq(_m, a: u32, b: u32) -> bool { a == b }
    commutes i32_ne(_m, a: u32, b: u32) -> bool { a != b }
    pure i32_lt_s(_m, a: i32, b: i32) -> bool { a < b }
    pure i32_lt_u(_m, a: u32, b: u32) -> bool { a < b }
    pure i32_gt_s(_m, a: i32, b: i32) -> bool { a > b }
    pure i32_gt_u(_m, a: u32, b: u32) -> bool { a > b }
    pure i32_le_s(_m, a: i32, b: i32) -> bool { a <= b }
    pure i32_le_u(_m, a: u32, b: u32) -> bool { a <= b }
    pure i32_ge_s(_m, a: i32, b: i32) -> bool { a >= b }
    pure i32_ge_u(_m, a: u32, b: u32) -> bool { a >= b }

    commutes i64_add(_m, a: u64, b: u64) -> u64 { a.wrapping_add(b) }
    pure i64_sub(_m, a: u64, b: u64) -> u64 { a.wrapping_sub(b) }
    commutes i64_mul(_m, a: u64, b: u64) -> u64 { a.wrapping_mul(b) }
    traps i64_div_s(_m, a: i64, b: i64) -> i64 {
        if b == 0 { Err(TrapCode::IntegerDivideByZero) } else { a.checked_div(b).ok_or(TrapCode::IntegerOverflow) }
    }
    traps i64_div_u(_m, a: u64, b: u64) -> u64 { a.checked_div(b).ok_or(TrapCode::IntegerDivideByZero) }
    traps i64_rem_s(_m, a: i64, b: i64) -> i64 {
        if b == 0 { Err(TrapCode::IntegerDivideByZero) } else { Ok(a.wrapping_rem(b)) }
    }
    traps i64_rem_u(_m, a: u64, b: u64) -> u64 { a.checked_rem(b).ok_or(TrapCode::IntegerDivideByZero) }
    commutes i64_and(_m, a: u64, b: u64) -> u64 { a & b }
    commutes i64_or(_m, a: u64, b: u64) -> u64 { a | b }
    commutes i64_xor(_m, a: u64, b: u64) -> u64 { a ^ b }
    pure i64_shl(_m, a: u64, b: u64) -> u64 { a.wrapping_shl(b as u32) }
    pure i64_shr_s(_m, a: i64, b: u64) -> i64 { a.wrapping_shr(b as u32) }
    pure i64_shr_u(_m, a: u64, b: u64) -> u64 { a.wrapping_shr(b as u32) }
    pure i64_rotl(_m, a: u64, b: u64) -> u64 { a.rotate_left(b as u32 & 63) }
    pure i64_rotr(_m, a: u64, b: u64) -> u64 { a.rotate_right(b as u32 & 63) }
    pure i64_clz(_m, a: u64) -> u64 { a.leading_zeros() as u64 }
    pure i64_ctz(_m, a: u64) -> u64 { a.trailing_zeros() as u64 }
    pure i64_popcnt(_m, a: u64) -> u64 { a.count_ones() as u64 }
    pure i64_eqz(_m, a: u64) -> bool { a == 0 }
    commutes i64_eq(_m, a: u64, b: u64) -> bool { a == b }
    commutes i64_ne(_m, a: u64, b: u64) -> bool { a != b }
    pure i64_lt_s(_m, a: i64, b: i64) -> bool { a < b }
    pure i64_lt_u(_m, a: u64, b: u64) -> bool { a < b }
    pure i64_gt_s(_m, a: i64, b: i64) -> bool { a > b }
    pure i64_gt_u(_m, a: u64, b: u64) -> bool { a > b }
    pure i64_le_s(_m, a: i64, b: i64) -> bool { a <= b }
    pure i64_le_u(_m, a: u64, b: u64) -> bool { a <= b }
    pure i64_ge_s(_m, a: i64, b: i64) -> bool { a >= b }
    pure i64_ge_u(_m, a: u64, b: u64) -> bool { a >= b }

    pure f32_abs(_m, a: f32) -> f32 { f32::from_bits(a.to_bits() & 0x7fff_ffff) }
    pure f32_neg(_m, a: f32) -> f32 { f32::from_bits(a.to_bits() ^ 0x8000_0000) }
    pure f32_ceil(_m, a: f32) -> f32 { float::ceil32(a) }
    pure f32_floor(_m, a: f32) -> f32 { float::floor32(a) }
    pure f32_trunc(_m, a: f32) -> f32 { float::trunc32(a) }
    pure f32_nearest(_m, a: f32) -> f32 { float::nearest32(a) }
    pure f32_sqrt(_m, a: f32) -> f32 { float::sqrt32(a) }
    commutes f32_add(_m, a: f32, b: f32) -> f32 { a + b }
    pure f32_sub(_m, a: f32, b: f32) -> f32 { a - b }
    commutes f32_mul(_m, a: f32, b: f32) -> f32 { a * b }
    pure f32_div(_m, a: f32, b: f32) -> f32 { a / b }
    pure f32_min(_m, a: f32, b: f32) -> f32 { float::min32(a, b) }
    pure f32_max(_m, a: f32, b: f32) -> f32 { float::max32(a, b) }
    pure f32_copysign(_m, a: f32, b: f32) -> f32 {
        f32::from_bits(a.to_bits() & 0x7fff_ffff | b.to_bits() & 0x8000_0000)
    }
    commutes f32_eq(_m, a: f32, b: f32) -> bool { a == b }
    commutes f32_ne(_m, a: f32, b: f32) -> bool { a != b }
    pure f32_lt(_m, a: f32, b: f32) -> bool { a < b }
    pure f32_gt(_m, a: f32, b: f32) -> bool { a > b }
    pure f32_le(_m, a: f32, b: f32) -> bool { a <= b }
    pure f32_ge(_m, a: f32, b: f32) -> bool { a >= b }

    pure f64_abs(_m, a: f64) -> f64 { f64::from_bits(a.to_bits() & 0x7fff_ffff_ffff_ffff) }
    pure f64_neg(_m, a: f64) -> f64 { f64::from_bits(a.to_bits() ^ 0x8000_0000_0000_0000) }
    pure f64_ceil(_m, a: f64) -> f64 { float::ceil64(a) }
    pure f64_floor(_m, a: f64) -> f64 { float::floor64(a) }
    pure f64_trunc(_m, a: f64) -> f64 { float::trunc64(a) }
    pure f64_nearest(_m, a: f64) -> f64 { float::nearest64(a) }
    pure f64_sqrt(_m, a: f64) -> f64 { float::sqrt64(a) }
    commutes f64_add(_m, a: f64, b: f64) -> f64 { a + b }
    pure f64_sub(_m, a: f64, b: f64) -> f64 { a - b }
    commutes f64_mul(_m, a: f64, b: f64) -> f64 { a * b }
    pure f64_div(_m, a: f64, b: f64) -> f64 { a / b }
    pure f64_min(_m, a: f64, b: f64) -> f64 { float::min64(a, b) }
    pure f64_max(_m, a: f64, b: f64) -> f64 { float::max64(a, b) }
    pure f64_copysign(_m, a: f64, b: f64) -> f64 {
        f64::from_bits(a.to_bits() & 0x7fff_ffff_ffff_ffff | b.to_bits() & 0x8000_0000_0000_0000)
    }
    commutes f64_eq(_m, a: f64, b: f64) -> bool { a == b }
    commutes f64_ne(_m, a: f64, b: f64) -> bool { a != b }
    pure f64_lt(_m, a: f64, b: f64) -> bool { a < b }
    pure f64_gt(_m, a: f64, b: f64) -> bool { a > b }
    pure f64_le(_m, a: f64, b: f64) -> bool { a <= b }
    pure f64_ge(_m, a: f64, b: f64) -> bool { a >= b }

    pure i32_wrap_i64(_m, a: u64) -> u32 { a as u32 }
    pure i64_extend_i32_s(_m, a: i32) -> i64 { a as i64 }
    pure i64_extend_i32_u(_m, a: u32) -> u64 { a as u64 }
    pure i32_extend8_s(_m, a: u32) -> i32 { a as i8 as i32 }
    pure i32_extend16_s(_m, a: u32) -> i32 { a as i16 as i32 }
    pure i64_extend8_s(_m, a: u64) -> i64 { a as i8 as i64 }
    pure i64_extend16_s(_m, a: u64) -> i64 { a as i16 as i64 }
    pure i64_extend32_s(_m, a: u64) -> i64 { a as i32 as i64 }
    traps i32_trunc_f32_s(_m, a: f32) -> i32 {
        if a.is_nan() { Err(TrapCode::InvalidConversionToInteger) }
        else if (-2147483648.0..2147483648.0).contains(&a) { Ok(a as i32) } else { Err(TrapCode::IntegerOverflow) }
    }
    traps i32_trunc_f32_u(_m, a: f32) -> u32 {
        if a.is_nan() { Err(TrapCode::InvalidConversionToInteger) }
        else if a > -1.0 && a < 4294967296.0 { Ok(a as u32) } else { Err(TrapCode::IntegerOverflow) }
    }
    traps i32_trunc_f64_s(_m, a: f64) -> i32 {
        if a.is_nan() { Err(TrapCode::InvalidConversionToInteger) }
        else if a > -2147483649.0 && a < 2147483648.0 { Ok(a as i32) } else { Err(TrapCode::IntegerOverflow) }
    }
    traps i32_trunc_f64_u(_m, a: f64) -> u32 {
        if a.is_nan() { Err(TrapCode::InvalidConversionToInteger) }
        else if a > -1.0 && a < 4294967296.0 { Ok(a as u32) } else { Err(TrapCode::IntegerOverflow) }
    }
    traps i64_trunc_f32_s(_m, a: f32) -> i64 {
        if a.is_nan() { Err(TrapCode::InvalidConversionToInteger) }
        else if (-9223372036854775808.0..9223372036854775808.0).contains(&a) { Ok(a as i64) } else { Err(TrapCode::IntegerOverflow) }
    }
    traps i64_trunc_f32_u(_m, a: f32) -> u64 {
        if a.is_nan() { Err(TrapCode::InvalidConversionToInteger) }
        else if a > -1.0 && a < 18446744073709551616.0 { Ok(a as u64) } else { Err(TrapCode::IntegerOverflow) }
    }
    traps i64_trunc_f64_s(_m, a: f64) -> i64 {
        if a.is_nan() { Err(TrapCode::InvalidConversionToInteger) }
        else if (-9223372036854775808.0..9223372036854775808.0).contains(&a) { Ok(a as i64) } else { Err(TrapCode::IntegerOverflow) }
    }
    traps i64_trunc_f64_u(_m, a: f64) -> u64 {
        if a.is_nan() { Err(TrapCode::InvalidConversionToInteger) }
        else if a > -1.0 && a < 18446744073709551616.0 { Ok(a as u64) } else { Err(TrapCode::IntegerOverflow) }
    }
    pure i32_trunc_sat_f32_s(_m, a: f32) -> i32 { a as i32 }
    pure i32_trunc_sat_f32_u(_m, a: f32) -> u32 { a as u32 }
    pure i32_trunc_sat_f64_s(_m, a: f64) -> i32 { a as i32 }
    pure i32_trunc_sat_f64_u(_m, a: f64) -> u32 { a as u32 }
    pure i64_trunc_sat_f32_s(_m, a: f32) -> i64 { a as i64 }
    pure i64_trunc_sat_f32_u(_m, a: f32) -> u64 { a as u64 }
    pure i64_trunc_sat_f64_s(_m, a: f64) -> i64 { a as i64 }
    pure i64_trunc_sat_f64_u(_m, a: f64) -> u64 { a as u64 }
    pure f32_convert_i32_s(_m, a: i32) -> f32 { a as f32 }
    pure f32_convert_i32_u(_m, a: u32) -> f32 { a as f32 }
    pure f32_convert_i64_s(_m, a: i64) -> f32 { a as f32 }
    pure f32_convert_i64_u(_m, a: u64) -> f32 { a as f32 }
    pure f64_convert_i32_s(_m, a: i32) -> f64 { a as f64 }
    pure f64_convert_i32_u(_m, a: u32) -> f64 { a as f64 }
    pure f64_convert_i64_s(_m, a: i64) -> f64 { a as f64 }
    pure f64_convert_i64_u(_m, a: u64) -> f64 { a as f64 }
    pure f32_demote_f64(_m, a: f64) -> f32 { a as f32 }
    pure f64_promote_f32(_m, a: f32) -> f64 { a as f64 }
    pure i32_reinterpret_f32(_m, a: f32) -> u32 { a.to_bits() }
    pure i64_reinterpret_f64(_m, a: f64) -> u64 { a.to_bits() }
    pure f32_reinterpret_i32(_m, a: u32) -> f32 { f32::from_bits(a) }
    pure f64_reinterpret_i64(_m, a: u64) -> f64 { f64::from_bits(a) }

    /// Loads take the address and the constant offset; the sum is computed without wrapping.
    load i32_load(m, a: u32, o: u64) -> u32 { load!(m a o u32) }
    load i64_load(m, a: u32, o: u64) -> u64 { load!(m a o u64) }
    load f32_load(m, a: u32, o: u64) -> f32 {
        match m.load::<4>(a as u64, o) { Ok(b) => Ok(f32::from_bits(u32::from_le_bytes(b))), Err(t) => Err(t) }
    }
    load f64_load(m, a: u32, o: u64) -> f64 {
        match m.load::<8>(a as u64, o) { Ok(b) => Ok(f64::from_bits(u64::from_le_bytes(b))), Err(t) => Err(t) }
    }
    load i32_load8_s(m, a: u32, o: u64) -> i32 { load!(m a o i8) }
    load i32_load8_u(m, a: u32, o: u64) -> u32 { load!(m a o u8) }
    load i32_load16_s(m, a: u32, o: u64) -> i32 { load!(m a o i16) }
    load i32_load16_u(m, a: u32, o: u64) -> u32 { load!(m a o u16) }
    load i64_load8_s(m, a: u32, o: u64) -> i64 { load!(m a o i8) }
    load i64_load8_u(m, a: u32, o: u64) -> u64 { load!(m a o u8) }
    load i64_load16_s(m, a: u32, o: u64) -> i64 { load!(m a o i16) }
    load i64_load16_u(m, a: u32, o: u64) -> u64 { load!(m a o u16) }
    load i64_load32_s(m, a: u32, o: u64) -> i64 { load!(m a o i32) }
    load i64_load32_u(m, a: u32, o: u64) -> u64 { load!(m a o u32) }
    /// Stores take the address, the constant offset and the value.
    store i32_store(m, a: u32, o: u64, v: u32) -> () { store!(m a o v) }
    store i64_store(m, a: u32, o: u64, v: u64) -> () { store!(m a o v) }
    store f32_store(m, a: u32, o: u64, v: f32) -> () { store!(m a o v.to_bits()) }
    store f64_store(m, a: u32, o: u64, v: f64) -> () { store!(m a o v.to_bits()) }
    store i32_store8(m, a: u32, o: u64, v: u32) -> () { store!(m a o v as u8) }
    store i32_store16(m, a: u32, o: u64, v: u32) -> () { store!(m a o v as u16) }
    store i64_store8(m, a: u32, o: u64, v: u64) -> () { store!(m a o v as u8) }
    store i64_store16(m, a: u32, o: u64, v: u64) -> () { store!(m a o v as u16) }
    store i64_store32(m, a: u32, o: u64, v: u64) -> () { store!(m a o v as u32) }
    size memory_size(m) -> u32 { m.memory_size() as u32 }

    reads_global global_get(m, g: u32) -> Raw { Raw(m.global(g)) }
    writes_global global_set(m, g: u32, v: Raw) -> () { m.set_global(g, v.0) }
    reads_global imported_global_get(m, g: u32) -> Raw { Raw(m.imported_global(g)) }
    writes_global imported_global_set(m, g: u32, v: Raw) -> () { m.set_imported_global(g, v.0) }
}

/// A machine with no memory and no globals, for folding constants.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoMachine;

impl Machine for NoMachine {
    fn load<const N: usize>(&self, _: u64, _: u64) -> Result<[u8; N], TrapCode> {
        Err(TrapCode::MemoryOutOfBounds)
    }
    fn store<const N: usize>(&self, _: u64, _: u64, _: [u8; N]) -> Result<(), TrapCode> {
        Err(TrapCode::MemoryOutOfBounds)
    }
    fn memory_size(&self) -> u64 {
        0
    }
    fn global(&self, _: u32) -> Bits {
        0
    }
    fn set_global(&self, _: u32, _: Bits) {}
    fn imported_global(&self, _: u32) -> Bits {
        0
    }
    fn set_imported_global(&self, _: u32, _: Bits) {}
}

/// Rounding and extrema as WebAssembly defines them (core spec 4.3.3).
mod float {
    macro_rules! rounding { ($( $name:ident $t:ty, $std:ident, $libm:ident; )*) => { $(
        #[inline(always)]
        pub fn $name(a: $t) -> $t {
            // Adding zero turns a signalling NaN into a quiet one and changes nothing else that rounding keeps.
            if a != a { return a + a }
            #[cfg(feature = "std")]
            { a.$std() }
            #[cfg(not(feature = "std"))]
            { libm::$libm(a) }
        }
    )* } }
    rounding! {
        ceil32 f32, ceil, ceilf; floor32 f32, floor, floorf; trunc32 f32, trunc, truncf;
        nearest32 f32, round_ties_even, rintf;
        ceil64 f64, ceil, ceil; floor64 f64, floor, floor; trunc64 f64, trunc, trunc;
        nearest64 f64, round_ties_even, rint;
    }
    #[inline(always)]
    pub fn sqrt32(a: f32) -> f32 {
        #[cfg(feature = "std")]
        return a.sqrt();
        #[cfg(not(feature = "std"))]
        return libm::sqrtf(a);
    }
    #[inline(always)]
    pub fn sqrt64(a: f64) -> f64 {
        #[cfg(feature = "std")]
        return a.sqrt();
        #[cfg(not(feature = "std"))]
        return libm::sqrt(a);
    }
    macro_rules! extrema {
        ($min:ident $max:ident $t:ty) => {
            #[inline(always)]
            pub fn $min(a: $t, b: $t) -> $t {
                if a < b {
                    a
                } else if b < a {
                    b
                } else if a == b {
                    <$t>::from_bits(a.to_bits() | b.to_bits())
                } else {
                    a + b
                }
            }
            #[inline(always)]
            pub fn $max(a: $t, b: $t) -> $t {
                if a > b {
                    a
                } else if b > a {
                    b
                } else if a == b {
                    <$t>::from_bits(a.to_bits() & b.to_bits())
                } else {
                    a + b
                }
            }
        };
    }
    extrema!(min32 max32 f32);
    extrema!(min64 max64 f64);
}
