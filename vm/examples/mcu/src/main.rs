//! Hardtack in firmware: a guest in flash, run in place, with one host function and a static heap.
//!
//!     cargo run --release --target thumbv7em-none-eabi
//!
//! runs it in an emulator (`qemu-system-arm`). It prints what the guest says, and what loading, instantiating and running took
//! of heap and native stack; both are also goals that `tests/hosts.sh` checks.
#![no_std]
#![no_main]

extern crate alloc;

mod console;
mod heap;
mod paint;

use console::{line, number};
use cortex_m_rt::entry;
use cortex_m_semihosting::debug;
use hardtack_vm::{Config, Engine, Error, Func, Instance, Module, Store, include_tack};

/// The guest, run where it lies.
static GUEST: &[u8] = include_tack!(concat!(env!("OUT_DIR"), "/guest.tack"));

/// A module that declares nothing, to see what any module takes of RAM.
static EMPTY: &[u8] = include_tack!(concat!(env!("OUT_DIR"), "/empty.tack"));

/// The guest's sieve has 64 KiB of its memory to work with.
const LIMIT: i32 = 60_000;
/// Primes below it.
const PRIMES: i32 = 6_057;

#[entry]
fn main() -> ! {
    heap::init();
    let status = match run() {
        Ok(PRIMES) => debug::EXIT_SUCCESS,
        Ok(other) => {
            number("wrong result", other as usize);
            debug::EXIT_FAILURE
        }
        Err(_) => {
            line("the guest failed");
            debug::EXIT_FAILURE
        }
    };
    debug::exit(status);
    loop {}
}

fn run() -> Result<i32, Error> {
    drop(measured("load what is empty", || Module::load(EMPTY))?);
    let module = measured("load", || Module::load(GUEST))?;
    number("file bytes", module.bytes().len());
    // 16 KiB of guest stack are plenty here.
    let mut config = Config::new();
    config.max_stack_slots(2048);
    let engine = Engine::new(&config);
    let mut store = Store::new(&engine, ());
    let report = Func::wrap(&mut store, |count: i32, prime: i32| {
        number("primes", count as usize);
        number("the last", prime as usize);
    });
    // The guest's only import. Where there are many, a `Linker` finds them by name, for a few kilobytes more of flash.
    let instance = measured("instantiate", || Instance::new(&mut store, &module, &[report.into()]))?;
    let primes = instance.get_typed_func::<i32, i32>(&store, "primes")?;
    measured("run", || primes.call(&mut store, LIMIT))
}

/// Does something and prints what it took: heap that it kept, the most heap at a time, native stack.
fn measured<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let before = heap::used();
    heap::begin();
    let (result, stack) = paint::measure(work);
    line(what);
    number("  heap kept", heap::used().saturating_sub(before));
    number("  heap at most", heap::most().saturating_sub(before));
    number("  native stack", stack);
    result
}

/// Formatting a message takes kilobytes of flash; the place of a panic can be found with a debugger.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    debug::exit(debug::EXIT_FAILURE);
    loop {}
}
