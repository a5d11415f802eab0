//! Small fills and copies of memory, which handlers carry out themselves: leaving for the driver would cost more than the work.
//!
//! What is out of bounds, larger than one piece of a bulk operation, or costs more than the slice of fuel still has is left to the driver;
//! what is done here costs the same.

#![allow(non_camel_case_types)]

use super::context::Context;
use super::handlers::{CHARGED, fetch, handler_fn, len, next, slow};
use super::operand::{Operand, Registers};
use super::slow::{BYTES, PIECE};

/// Charges a bulk operation on so many bytes, from each of these addresses on, if it can be done at once.
///
/// # Safety
/// `cx` is the running context.
#[inline(always)]
unsafe fn begin(cx: *mut Context, len: u64, addresses: [u64; 2]) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        // One less than the memory's length.
        let last = (*cx).last_starts[0];
        // Addresses and lengths are below 2^32, so the sums don't wrap.
        let within = |start: u64| (start + len) as i64 <= last + 1;
        let left = (*cx).fuel - 1 - (len / BYTES as u64) as i64;
        let at_once = len <= (BYTES * PIECE) as u64 && within(addresses[0]) && within(addresses[1]) && left >= 0;
        if at_once && CHARGED {
            (*cx).fuel = left;
        }
        at_once
    }
}

handler_fn! {
    pub(super) unsafe fn memory_fill[a: Operand, b: Operand, c: Operand](pc, frame, mem, cx, acc, facc) {
        fetch!(pc [a b c] (0usize) a b c);
        let r = Registers { frame, acc, facc };
        // SAFETY: the operands are slots (rule V20); `begin` has checked the range.
        unsafe {
            let (to, value, count) = (a::get(a, &r) as u32 as u64, b::get(b, &r) as u8, c::get(c, &r) as u32 as u64);
            if !begin(cx, count, [to, to]) {
                return slow(pc, frame, mem, cx, acc, facc);
            }
            mem.add(to as usize).write_bytes(value, count as usize);
            next(pc.add(len!(a b c)), frame, mem, cx, acc, facc)
        }
    }
}

handler_fn! {
    pub(super) unsafe fn memory_copy[a: Operand, b: Operand, c: Operand](pc, frame, mem, cx, acc, facc) {
        fetch!(pc [a b c] (0usize) a b c);
        let r = Registers { frame, acc, facc };
        // SAFETY: the operands are slots (rule V20); `begin` has checked both ranges, which may overlap.
        unsafe {
            let (to, from, count) = (a::get(a, &r) as u32 as u64, b::get(b, &r) as u32 as u64, c::get(c, &r) as u32 as u64);
            if !begin(cx, count, [to, from]) {
                return slow(pc, frame, mem, cx, acc, facc);
            }
            mem.add(from as usize).copy_to(mem.add(to as usize), count as usize);
            next(pc.add(len!(a b c)), frame, mem, cx, acc, facc)
        }
    }
}
