//! Files from anywhere: a damaged one, one that never ends, one that wants too much. None of them harms the host.
//!
//! ```text
//! cargo run --release --example hostile [file.tack]
//! ```

use hardtack_vm::{Engine, Error, Instance, Module, Store, StoreLimitsBuilder, TrapCode};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

const ENDLESS: &str = r#"(module (func (export "spin") (loop $again (br $again))))"#;
const GREEDY: &str = r#"(module (memory (export "memory") 65536))"#;

type Outcome = Result<(), Box<dyn std::error::Error>>;

pub(crate) fn main() -> Outcome {
    damaged()?;
    endless()?;
    greedy()
}

fn compile(wat: &str) -> Result<Vec<u8>, hardtack_compiler::Error> {
    hardtack_compiler::compile(wat.as_bytes(), &Default::default())
}

/// Loads the file that is named, or one that is made and damaged here, and says what is wrong with it.
fn damaged() -> Outcome {
    let named = std::env::args_os().nth(1).map(PathBuf::from).filter(|p| p.extension().is_some_and(|e| e == "tack"));
    let own = named.is_none();
    let path = match named {
        Some(path) => path,
        None => {
            let mut bytes = compile(ENDLESS)?;
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x40;
            let path = std::env::temp_dir().join(format!("hostile-{}.tack", std::process::id()));
            std::fs::write(&path, bytes)?;
            path
        }
    };
    let bytes = std::fs::read(&path)?;
    if own {
        std::fs::remove_file(&path)?;
    }
    match Module::load(bytes) {
        Ok(_) if own => Err("a damaged file was loaded")?,
        Ok(module) => println!("{}: sound, {module:?}", path.display()),
        Err(error) => println!("{}: {error}", path.display()),
    }
    Ok(())
}

/// Stops a loop that never ends from another thread.
fn endless() -> Outcome {
    let module = Module::load(compile(ENDLESS)?)?;
    let mut store = Store::new(&Engine::default(), ());
    let spin = Instance::new(&mut store, &module, &[])?.get_typed_func::<(), ()>(&store, "spin")?;
    let handle = store.interrupt_handle();
    let start = Instant::now();
    let timer = thread::spawn(move || {
        thread::sleep(Duration::from_millis(50));
        handle.interrupt();
    });
    let error: Error = spin.call(&mut store, ()).expect_err("the loop never ends");
    assert_eq!(error.as_trap_code(), Some(TrapCode::Interrupted));
    println!("an endless loop: {error} after {:?}", start.elapsed());
    timer.join().expect("the timer doesn't panic");
    Ok(())
}

/// Refuses a module that wants 4 GiB.
fn greedy() -> Outcome {
    let module = Module::load(compile(GREEDY)?)?;
    let mut store = Store::new(&Engine::default(), StoreLimitsBuilder::new().memory_size(64 << 20).build());
    store.limiter(|limits| limits);
    let error = Instance::new(&mut store, &module, &[]).expect_err("64 MiB are allowed");
    println!("a module that wants 4 GiB: {error}");
    Ok(())
}
