//! How handlers read and write operands: the run-time side of [`hardtack_format::operand`].

use super::predict::Head;
use core::marker::PhantomData;
use hardtack_format::operand::{Kind, OperandKind, Sort, kind::*};
use hardtack_format::prim::Bits;

/// What dispatch keeps in machine registers besides the program counter and pointers that no operand reaches.
pub struct Registers {
    pub frame: *mut Bits,
    pub acc: Bits,
    pub facc: f64,
    pub head: Head,
}

/// An operand kind that handlers can use. Each function takes where the operand lies and decodes it when it is needed, not before: a
/// row of several statements would otherwise need more registers than a handler may use freely. Functions that make no sense
/// for a kind are never instantiated: the table's rows assign only to destinations and branch only to targets.
pub trait Operand: OperandKind {
    /// Reads its value.
    ///
    /// # Safety
    /// `at` is where the instruction's layout places the operand (rule V23: the instruction lies within its function), in
    /// code verified for the current frame (rule V20: slots are within the frame).
    #[inline(always)]
    unsafe fn get(_at: *const u8, _r: &Registers) -> Bits {
        unreachable!("not a source")
    }

    /// Writes its value.
    ///
    /// # Safety
    /// As for `get`.
    #[inline(always)]
    unsafe fn put(_at: *const u8, _r: &mut Registers, _value: Bits) {
        unreachable!("not a destination")
    }

    /// Distance of a branch in bytes, and whether it goes backwards.
    ///
    /// # Safety
    /// As for `get`.
    #[inline(always)]
    unsafe fn distance(_at: *const u8) -> (usize, bool) {
        unreachable!("not a target")
    }

    /// The number it carries: an index, a count, or the first slot of a window.
    ///
    /// # Safety
    /// As for `get`.
    #[inline(always)]
    unsafe fn number(_at: *const u8) -> usize {
        unreachable!("not a number")
    }
}

/// An operand of a row under way: where it lies in the code.
pub struct At<O>(*const u8, PhantomData<O>);

/// An operand that the row has written. Read again it is the value itself, which needn't come from memory, whatever has been written
/// to the same slot by another operand since: statements name operands, not slots.
pub struct Written<O>(At<O>, Bits);

impl<O: Operand> At<O> {
    /// The operand at this place of the code.
    #[inline(always)]
    pub fn new(at: *const u8) -> At<O> {
        At(at, PhantomData)
    }

    /// Where it lies.
    #[inline(always)]
    pub fn place(&self) -> *const u8 {
        self.0
    }

    /// Reads it.
    ///
    /// # Safety
    /// As for [`Operand::get`].
    #[inline(always)]
    pub unsafe fn get(&self, r: &Registers) -> Bits {
        // SAFETY: the caller's promise.
        unsafe { O::get(self.0, r) }
    }

    /// Writes it.
    ///
    /// # Safety
    /// As for [`Operand::put`].
    #[inline(always)]
    pub unsafe fn put(&self, r: &mut Registers, value: Bits) -> Written<O> {
        // SAFETY: the caller's promise.
        unsafe { O::put(self.0, r, value) };
        Written(At::new(self.0), value)
    }
}

impl<O: Operand> Written<O> {
    /// Reads it. An accumulator may have been written by way of another operand since, and is a register anyway.
    ///
    /// # Safety
    /// As for [`Operand::get`].
    #[inline(always)]
    pub unsafe fn get(&self, r: &Registers) -> Bits {
        // SAFETY: the caller's promise.
        if O::KIND.size() > 0 { self.1 } else { unsafe { self.0.get(r) } }
    }

    /// Writes it once more.
    ///
    /// # Safety
    /// As for [`Operand::put`].
    #[inline(always)]
    pub unsafe fn put(&self, r: &mut Registers, value: Bits) -> Written<O> {
        // SAFETY: the caller's promise.
        unsafe { self.0.put(r, value) }
    }
}

/// Reads a little-endian integer of the code at any alignment.
macro_rules! read {
    ($at:ident $t:ty) => {
        // SAFETY: the caller's promise that the operand lies here (rule V23).
        <$t>::from_le(unsafe { $at.cast::<$t>().read_unaligned() })
    };
}

/// How many bytes forwards the entry of this number of a branch table leads. `kind` is that of the table's operand.
///
/// # Safety
/// The table's entries lie at `entries`, and there are more than `index`.
#[inline(always)]
pub(crate) unsafe fn entry(kind: Kind, entries: *const u8, index: usize) -> usize {
    // SAFETY: the caller's promise.
    let at = unsafe { entries.add(index * if matches!(kind, Kind::Targets16) { 2 } else { 4 }) };
    let units = if matches!(kind, Kind::Targets16) { read!(at u16) as usize } else { read!(at u32) as usize };
    units * 2
}

/// The bits of an operand as they stand in the code, extended as its kind says: for those who learn the kind when they run.
///
/// # Safety
/// An operand of this kind lies at `at`.
#[inline(always)]
pub(crate) unsafe fn raw(kind: Kind, at: *const u8) -> Bits {
    let signed = matches!(kind.sort(), Sort::Signed);
    match (kind.size(), signed) {
        (0, _) => 0,
        (1, false) => read!(at u8) as Bits,
        (1, true) => read!(at i8) as i64 as Bits,
        (2, false) => read!(at u16) as Bits,
        (2, true) => read!(at i16) as i64 as Bits,
        (4, false) => read!(at u32) as Bits,
        (4, true) => read!(at i32) as i64 as Bits,
        _ => read!(at u64),
    }
}

macro_rules! slot_get { ($t:ty) => {
    #[inline(always)]
    unsafe fn get(at: *const u8, r: &Registers) -> Bits {
        let slot = read!(at $t) as usize;
        // SAFETY: rule V20, the slot is within the frame, and the frame within the stack (checked on entry).
        unsafe { *r.frame.add(slot) }
    }
} }
macro_rules! slot_put { ($t:ty, $r:ident $v:ident $($also:tt)*) => {
    #[inline(always)]
    unsafe fn put(at: *const u8, $r: &mut Registers, $v: Bits) {
        let slot = read!(at $t) as usize;
        // SAFETY: as in `get`.
        unsafe { *$r.frame.add(slot) = $v }
        $($also)*
    }
} }
macro_rules! number { ($t:ty) => {
    #[inline(always)]
    unsafe fn number(at: *const u8) -> usize { read!(at $t) as usize }
} }

impl Operand for Slot {
    slot_get!(u8);
    slot_put!(u8, r v);
}
impl Operand for SlotW {
    slot_get!(u16);
    slot_put!(u16, r v);
}
impl Operand for SlotAcc {
    slot_get!(u8);
    slot_put!(u8, r v r.acc = v);
}
impl Operand for SlotFAcc {
    slot_get!(u8);
    slot_put!(u8, r v r.facc = f64::from_bits(v));
}
impl Operand for Acc {
    #[inline(always)]
    unsafe fn get(_: *const u8, r: &Registers) -> Bits {
        r.acc
    }
    #[inline(always)]
    unsafe fn put(_: *const u8, r: &mut Registers, v: Bits) {
        r.acc = v
    }
}
impl Operand for FAcc {
    #[inline(always)]
    unsafe fn get(_: *const u8, r: &Registers) -> Bits {
        r.facc.to_bits()
    }
    #[inline(always)]
    unsafe fn put(_: *const u8, r: &mut Registers, v: Bits) {
        r.facc = f64::from_bits(v)
    }
}

macro_rules! constants { ($( $kind:ident $t:ty, $wide:ty; )*) => { $(
    impl Operand for $kind {
        #[inline(always)]
        unsafe fn get(at: *const u8, _: &Registers) -> Bits { read!(at $t) as $wide as Bits }
        number!($t);
    }
)* } }
constants! {
    S8 i8, i64; S16 i16, i64; S32 i32, i64; S64 i64, i64; U8 u8, u64; U16 u16, u64; U32 u32, u64;
    Global u16, u64; ImportedGlobal u16, u64;
}

macro_rules! numbers { ($( $kind:ident $t:ty; )*) => { $(
    impl Operand for $kind { number!($t); }
)* } }
numbers! {
    RefSlot u16; Func16 u16; Func32 u32; ImportedFunc u16; AnyFunc u32; TypeIndex u16; Table u16; RefGlobal u16; Data u32; Elem u32;
    Window u16; RefWindow u16; Targets16 u16; Targets32 u16;
}

macro_rules! targets { ($( $kind:ident $t:ty, $back:literal; )*) => { $(
    impl Operand for $kind {
        #[inline(always)]
        unsafe fn distance(at: *const u8) -> (usize, bool) { (read!(at $t) as usize * 2, $back) }
    }
)* } }
targets! { Fwd16 u16, false; Fwd32 u32, false; Back16 u16, true; Back32 u32, true; }
