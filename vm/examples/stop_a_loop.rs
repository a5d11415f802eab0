//! Two ways to stop a guest that never ends: fuel, which counts what it does, and an interrupt from another thread.

use hardtack_vm::{Engine, Error, Instance, Module, Store, TrapCode};
use std::thread;
use std::time::{Duration, Instant};

const GUEST: &str = r#"(module (func (export "spin") (loop $again (br $again))))"#;

pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let module = Module::load(hardtack_compiler::compile(GUEST.as_bytes(), &Default::default())?)?;
    let mut store = Store::new(&Engine::default(), ());
    let spin = Instance::new(&mut store, &module, &[])?.get_typed_func::<(), ()>(&store, "spin")?;

    // Fuel stops the guest at the same instruction every time, on every machine.
    store.set_fuel(1_000_000);
    let error = spin.call(&mut store, ()).expect_err("the loop never ends");
    assert_eq!(error.as_trap_code(), Some(TrapCode::OutOfFuel));
    println!("{error:?}");

    // An interrupt stops it at some time.
    store.set_fuel(u64::MAX);
    let handle = store.interrupt_handle();
    let start = Instant::now();
    let timer = thread::spawn(move || {
        thread::sleep(Duration::from_millis(50));
        handle.interrupt();
    });
    let error: Error = spin.call(&mut store, ()).expect_err("the loop never ends");
    assert_eq!(error.as_trap_code(), Some(TrapCode::Interrupted));
    println!("{error:?}\nafter {:?} and {} units of fuel", start.elapsed(), u64::MAX - store.get_fuel());
    timer.join().expect("the timer doesn't panic");
    Ok(())
}
