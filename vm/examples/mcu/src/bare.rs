//! The firmware without the VM: console, heap, paint and the guest's bytes. What the other has more of flash is the VM.
#![no_std]
#![no_main]

extern crate alloc;

mod console;
mod heap;
mod paint;

use alloc::vec::Vec;
use console::{line, number};
use cortex_m_rt::entry;
use cortex_m_semihosting::debug;

static GUEST: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/guest.tack"));
static EMPTY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/empty.tack"));

#[entry]
fn main() -> ! {
    heap::init();
    let before = heap::used();
    heap::begin();
    let (copies, stack) = paint::measure(|| {
        let mut copies = Vec::new();
        for bytes in [GUEST, EMPTY] {
            copies.extend_from_slice(bytes);
        }
        copies
    });
    line("copy");
    number("  heap kept", heap::used() - before);
    number("  heap at most", heap::most() - before);
    number("  native stack", stack);
    number("bytes", copies.len());
    debug::exit(debug::EXIT_SUCCESS);
    loop {}
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    debug::exit(debug::EXIT_FAILURE);
    loop {}
}
