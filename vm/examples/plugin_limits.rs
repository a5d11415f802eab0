//! A plugin that may do only so much: limits on memory, tables, stack, fuel and on what it can reach.

use hardtack_vm::{
    Caller, Config, Engine, Error, Extern, Linker, Module, Store, StoreLimits, StoreLimitsBuilder, TrapCode,
};

const PLUGIN: &str = r#"(module
    (import "host" "log" (func $log (param i32 i32)))
    (memory (export "memory") 1)
    (data (i32.const 8) "hello from the plugin")
    (func (export "greet") (call $log (i32.const 8) (i32.const 21)))
    (func (export "lie") (call $log (i32.const -10) (i32.const 100)))
    ;; Takes as many pages as it gets and returns their number.
    (func (export "hoard") (result i32)
        (loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
        (memory.size))
    (func $dig (export "dig") (param i32) (result i32)
        (i32.add (i32.const 1) (call $dig (i32.add (local.get 0) (i32.const 1)))))
    (func (export "spin") (loop $again (br $again))))"#;

struct Plugin {
    limits: StoreLimits,
    log: Vec<String>,
}

/// The host doesn't trust the guest's addresses: a bad one is an error that stops the plugin.
fn log(mut caller: Caller<'_, Plugin>, at: u32, len: u32) -> Result<(), Error> {
    let Some(Extern::Memory(memory)) = caller.get_export("memory") else {
        return Err(Error::host("the plugin has no memory"));
    };
    let (bytes, plugin) = memory.data_and_store_mut(&mut caller);
    let text = bytes.get(at as usize..).and_then(|rest| rest.get(..len as usize));
    let text = text.ok_or(TrapCode::MemoryOutOfBounds)?;
    plugin.log.push(String::from_utf8_lossy(text).into_owned());
    Ok(())
}

pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let module = Module::load(hardtack_compiler::compile(PLUGIN.as_bytes(), &Default::default())?)?;

    let mut config = Config::new();
    config.max_stack_slots(10_000);
    let engine = Engine::new(&config);
    let mut linker = Linker::new(&engine);
    linker.func_wrap("host", "log", log)?;

    let limits = StoreLimitsBuilder::new().memory_size(16 << 16).table_elements(100).instances(1).build();
    let mut store = Store::new(&engine, Plugin { limits, log: Vec::new() });
    store.limiter(|plugin| &mut plugin.limits);
    store.set_fuel(1_000_000);
    let plugin = linker.instantiate(&mut store, &module)?;

    plugin.get_typed_func::<(), ()>(&store, "greet")?.call(&mut store, ())?;
    println!("logged: {:?}", store.data().log);
    assert_eq!(store.data().log, ["hello from the plugin"]);

    let pages = plugin.get_typed_func::<(), i32>(&store, "hoard")?.call(&mut store, ())?;
    println!("it asked for all memory and got {pages} pages");
    assert_eq!(pages, 16);

    // Each of these stops the call, not the host, and the plugin could be called again.
    for (name, expected) in [("lie", TrapCode::MemoryOutOfBounds), ("spin", TrapCode::OutOfFuel)] {
        let error = plugin.get_typed_func::<(), ()>(&store, name)?.call(&mut store, ()).expect_err("it misbehaves");
        println!("{name}: {error}");
        assert_eq!(error.as_trap_code(), Some(expected));
    }
    store.set_fuel(1_000_000);
    let error = plugin.get_typed_func::<i32, i32>(&store, "dig")?.call(&mut store, 0).expect_err("it misbehaves");
    println!("dig: {error}");
    assert_eq!(error.as_trap_code(), Some(TrapCode::StackOverflow));
    Ok(())
}
