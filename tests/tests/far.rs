//! Functions so large that branches and branch tables need their long forms.

use hardtack_compiler::{Options, compile};
use hardtack_vm::{Engine, Instance, Module, Store};

/// Stores to the memory whose code is longer than short distances reach, which is 128 KiB.
fn filler() -> String {
    (0..24_000).map(|i| format!("(i32.store offset={} (local.get 1) (local.get 0))\n", 4096 + 4 * i)).collect()
}

/// What the function does for each of these arguments.
fn run(body: &str, arguments: impl IntoIterator<Item = i32>) -> Vec<i32> {
    let wat = format!(
        r#"(module (memory 4) (data (i32.const 0) "\00\01\02\03\04\05\06\07")
             (func (export "run") (param i32 i32) (result i32) {body}))"#
    );
    let wasm = wat::parse_str(wat).expect("well-formed text");
    let tack = compile(&wasm, &Options::default()).expect("it is valid");
    let module = Module::load(tack).expect("what the compiler writes is sound");
    let mut store = Store::new(&Engine::default(), ());
    let instance = Instance::new(&mut store, &module, &[]).expect("it needs nothing");
    let run = instance.get_typed_func::<(i32, i32), i32>(&store, "run").expect("it is exported");
    arguments.into_iter().map(|x| run.call(&mut store, (x, 0)).expect("it doesn't trap")).collect()
}

#[test]
fn tables() {
    let filler = filler();
    for index in [
        "(local.get 0)",
        "(i32.mul (local.get 0) (i32.add (local.get 1) (i32.const 1)))",
        "(i32.load8_u (local.get 0))",
        "(i32.and (i32.load (local.get 0)) (i32.const 255))",
    ] {
        let body = format!(
            "(block $c (block $b (block $a (br_table $a $b $c {index})) {filler} (return (i32.const 10)))
               {filler} (return (i32.const 20)))
             (i32.const 30)"
        );
        assert_eq!(run(&body, 0..5), [10, 20, 30, 30, 30], "{index}");
    }
}

#[test]
fn branches() {
    let filler = filler();
    // The jump back ends the function: nothing may follow it.
    let body = format!(
        "(loop $again
           (if (i32.lt_s (local.get 0) (i32.const 3))
             (then
               {filler}
               (local.set 0 (i32.add (local.get 0) (i32.const 2)))
               (br $again))))
         (local.get 0)"
    );
    assert_eq!(run(&body, 0..5), [4, 3, 4, 3, 4]);
}
