//! How much native stack something takes: the stack below is painted first, and looked at afterwards.

use core::ptr;

/// What is looked at, in words: less than RAM has room for below `main`.
const WORDS: usize = 8 * 1024;
const PAINT: u32 = 0xacce_55ed;
/// Left alone right below the stack pointer: the painter's own frame.
const MARGIN: usize = 64;

/// In a frame of its own, below the paint's top.
#[inline(never)]
fn alone<T>(work: impl FnOnce() -> T) -> T {
    work()
}

/// Does something, and gives the bytes of native stack that it wrote to.
#[inline(never)]
pub fn measure<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let top = (cortex_m::register::msp::read() as usize - MARGIN) as *mut u32;
    // SAFETY: the linker script leaves far more RAM than this below the first frame, and nothing lies there yet.
    unsafe {
        for word in 1..=WORDS {
            ptr::write_volatile(top.sub(word), PAINT);
        }
    }
    let result = alone(work);
    let mut deepest = 0;
    for word in 1..=WORDS {
        // SAFETY: as above.
        if unsafe { ptr::read_volatile(top.sub(word)) } != PAINT {
            deepest = word;
        }
    }
    (result, deepest * 4 + MARGIN)
}
