//! How handlers read and write operands: the run-time side of [`hardtack_format::operand`].

use hardtack_format::operand::{OperandKind, kind::*};
use hardtack_format::prim::Bits;

/// What dispatch keeps in machine registers besides the program counter and pointers that no operand reaches.
pub(crate) struct Registers {
    pub frame: *mut Bits,
    pub acc: Bits,
    pub facc: f64,
}

/// An operand kind that handlers can use. Methods that make no sense for a kind are never instantiated: the table's rows assign
/// only to destinations and branch only to targets.
pub(crate) trait Operand: OperandKind {
    /// The operand as decoded, before anything is written.
    type Raw: Copy;

    /// Decodes the operand.
    ///
    /// # Safety
    /// `at` is where the instruction's layout places it, in verified code (rule V23: the instruction lies within its function).
    unsafe fn fetch(at: *const u8) -> Self::Raw;

    /// Reads its value.
    ///
    /// # Safety
    /// `raw` was fetched from code verified for the current frame (rule V20: slots are within the frame).
    #[inline(always)]
    unsafe fn get(_raw: Self::Raw, _r: &Registers) -> Bits {
        unreachable!("not a source")
    }

    /// Writes its value.
    ///
    /// # Safety
    /// As for `get`.
    #[inline(always)]
    unsafe fn put(_raw: Self::Raw, _r: &mut Registers, _value: Bits) {
        unreachable!("not a destination")
    }

    /// Distance of a branch in bytes, and whether it goes backwards.
    #[inline(always)]
    fn distance(_raw: Self::Raw) -> (usize, bool) {
        unreachable!("not a target")
    }

    /// The number it carries: an index, a count, or the first slot of a window.
    #[inline(always)]
    fn number(_raw: Self::Raw) -> usize {
        unreachable!("not a number")
    }
}

/// Reads a little-endian integer of the code at any alignment.
macro_rules! read {
    ($at:ident $t:ty) => {
        // SAFETY: the caller's promise that the operand lies here (rule V23).
        <$t>::from_le(unsafe { $at.cast::<$t>().read_unaligned() })
    };
}

macro_rules! slot_get {
    () => {
        #[inline(always)]
        unsafe fn get(raw: Self::Raw, r: &Registers) -> Bits {
            // SAFETY: rule V20, the slot is within the frame, and the frame within the stack (checked on entry).
            unsafe { *r.frame.add(raw as usize) }
        }
    };
}
macro_rules! slot_put { ($r:ident $v:ident $($also:tt)*) => {
    #[inline(always)]
    unsafe fn put(raw: Self::Raw, $r: &mut Registers, $v: Bits) {
        // SAFETY: as in `get`.
        unsafe { *$r.frame.add(raw as usize) = $v }
        $($also)*
    }
} }
macro_rules! fetch { ($t:ty) => {
    type Raw = $t;
    #[inline(always)]
    unsafe fn fetch(at: *const u8) -> $t { read!(at $t) }
} }
macro_rules! number {
    () => {
        #[inline(always)]
        fn number(raw: Self::Raw) -> usize {
            raw as usize
        }
    };
}

impl Operand for Slot {
    fetch!(u8);
    slot_get!();
    slot_put!(r v);
}
impl Operand for SlotW {
    fetch!(u16);
    slot_get!();
    slot_put!(r v);
}
impl Operand for SlotAcc {
    fetch!(u8);
    slot_put!(r v r.acc = v);
}
impl Operand for SlotFAcc {
    fetch!(u8);
    slot_put!(r v r.facc = f64::from_bits(v));
}
impl Operand for Acc {
    type Raw = ();
    #[inline(always)]
    unsafe fn fetch(_: *const u8) {}
    #[inline(always)]
    unsafe fn get(_: (), r: &Registers) -> Bits {
        r.acc
    }
    #[inline(always)]
    unsafe fn put(_: (), r: &mut Registers, v: Bits) {
        r.acc = v
    }
}
impl Operand for FAcc {
    type Raw = ();
    #[inline(always)]
    unsafe fn fetch(_: *const u8) {}
    #[inline(always)]
    unsafe fn get(_: (), r: &Registers) -> Bits {
        r.facc.to_bits()
    }
    #[inline(always)]
    unsafe fn put(_: (), r: &mut Registers, v: Bits) {
        r.facc = f64::from_bits(v)
    }
}

macro_rules! constants { ($( $kind:ident $t:ty, $wide:ty; )*) => { $(
    impl Operand for $kind {
        fetch!($t);
        #[inline(always)]
        unsafe fn get(raw: $t, _: &Registers) -> Bits { raw as $wide as Bits }
        number!();
    }
)* } }
constants! {
    S8 i8, i64; S16 i16, i64; S32 i32, i64; S64 i64, i64; U8 u8, u64; U16 u16, u64; U32 u32, u64;
    Global u16, u64; ImportedGlobal u16, u64;
}

macro_rules! numbers { ($( $kind:ident $t:ty; )*) => { $(
    impl Operand for $kind { fetch!($t); number!(); }
)* } }
numbers! {
    RefSlot u16; Func16 u16; Func32 u32; ImportedFunc u16; AnyFunc u32; TypeIndex u16; Table u16; RefGlobal u16; Data u32; Elem u32;
    Window u16; RefWindow u16; Targets16 u16; Targets32 u16;
}

macro_rules! targets { ($( $kind:ident $t:ty, $back:literal; )*) => { $(
    impl Operand for $kind {
        fetch!($t);
        #[inline(always)]
        fn distance(raw: $t) -> (usize, bool) { (raw as usize * 2, $back) }
    }
)* } }
targets! { Fwd16 u16, false; Fwd32 u32, false; Back16 u16, true; Back32 u32, true; }
