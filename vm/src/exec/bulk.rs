//! Small fills and copies of memory, which handlers carry out themselves: leaving for the driver would cost more than the work.
//!
//! What is out of bounds, larger than one piece of a bulk operation, or costs more than the slice of fuel still has is left to the driver;
//! what is done here costs the same.

#![allow(non_camel_case_types)]

use super::context::Context;
use super::handlers::{CHARGED, fetch, handler_fn, len, next, slow};
use super::operand::{Operand, Registers};
use super::slow::{BYTES, PIECE, range};

/// Charges a bulk operation on so many bytes, from each of these addresses on, if it can be done at once.
///
/// # Safety
/// `cx` is the running context.
#[inline(always)]
unsafe fn begin(cx: *mut Context, len: u32, addresses: [u32; 2]) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        let size = ((*cx).last_starts[0] + 1) as usize;
        let within = addresses.iter().all(|at| range(*at, len, size).is_some());
        let left = (*cx).fuel - 1 - (len as usize / BYTES) as i64;
        let at_once = within && len as usize <= BYTES * PIECE && left >= 0;
        if at_once && CHARGED {
            (*cx).fuel = left;
        }
        at_once
    }
}

/// Less than what the nearest cache holds, in bytes.
const NEAR: usize = 16 << 10;

/// Copies towards higher addresses, the last pieces first: what was written last is near still, and copying from the first on would
/// push it away before its turn.
///
/// # Safety
/// `from + count` and `to + count` bytes lie at `mem`, and `to` is beyond `from`.
#[inline(never)]
unsafe fn copy_up(mem: *mut u8, from: usize, to: usize, count: usize) {
    let mut left = count;
    while left > 0 {
        let piece = left.min(NEAR);
        left -= piece;
        // SAFETY: the caller's promise. A piece written reaches no bytes of the pieces before it, which are yet to be read.
        unsafe { mem.add(from + left).copy_to(mem.add(to + left), piece) };
    }
}

handler_fn! {
    pub(super) unsafe fn memory_fill[a: Operand, b: Operand, c: Operand](pc, frame, mem, cx, acc, facc, head) {
        fetch!(pc [a b c] (0usize) a b c);
        let r = Registers { frame, acc, facc, head };
        // SAFETY: the operands are slots (rule V20); `begin` has checked the range.
        unsafe {
            let (to, value, count) = (a::get(a, &r) as u32, b::get(b, &r) as u8, c::get(c, &r) as u32);
            if !begin(cx, count, [to, to]) {
                return slow(pc, frame, mem, cx, acc, facc, head);
            }
            mem.add(to as usize).write_bytes(value, count as usize);
            next(pc.add(len!(a b c)), frame, mem, cx, acc, facc, head)
        }
    }
}

handler_fn! {
    pub(super) unsafe fn memory_copy[a: Operand, b: Operand, c: Operand](pc, frame, mem, cx, acc, facc, head) {
        fetch!(pc [a b c] (0usize) a b c);
        let r = Registers { frame, acc, facc, head };
        // SAFETY: the operands are slots (rule V20); `begin` has checked both ranges, which may overlap.
        unsafe {
            let (to, from, count) = (a::get(a, &r) as u32, b::get(b, &r) as u32, c::get(c, &r) as u32);
            if !begin(cx, count, [to, from]) {
                return slow(pc, frame, mem, cx, acc, facc, head);
            }
            if to > from && count as usize > NEAR {
                copy_up(mem, from as usize, to as usize, count as usize);
            } else {
                mem.add(from as usize).copy_to(mem.add(to as usize), count as usize);
            }
            next(pc.add(len!(a b c)), frame, mem, cx, acc, facc, head)
        }
    }
}
