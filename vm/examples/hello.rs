//! Embedding in a dozen lines: a host function, and a typed call of the guest.
//!
//! Programs usually compile ahead of time, with `hardtack compile` or in a build script, and ship the `.tack` file.

use hardtack_vm::{Caller, Engine, Linker, Module, Store};

const GUEST: &str = r#"(module
    (import "host" "say" (func $say (param i32)))
    (func (export "count") (param $n i32) (result i32) (local $i i32)
        (loop $again
            (call $say (local.get $i))
            (br_if $again (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
        (i32.mul (local.get $i) (local.get $i))))"#;

pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let tack = hardtack_compiler::compile(GUEST.as_bytes(), &Default::default())?;
    let module = Module::load(tack)?;

    let engine = Engine::default();
    let mut linker = Linker::new(&engine);
    linker.func_wrap("host", "say", |mut caller: Caller<'_, u32>, number: i32| {
        *caller.data_mut() += 1;
        println!("the guest says {number}");
    })?;
    let mut store = Store::new(&engine, 0);
    let instance = linker.instantiate(&mut store, &module)?;
    let count = instance.get_typed_func::<i32, i32>(&store, "count")?;
    let square = count.call(&mut store, 4)?;
    println!("the guest returns {square} and has spoken {} times", store.data());
    assert_eq!((square, *store.data()), (16, 4));
    Ok(())
}
