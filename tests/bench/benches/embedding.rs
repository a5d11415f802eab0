//! What a host pays around the guest's own work: loading a file, an instance of it, calls in both directions.
//!
//! ```text
//! cargo bench -p hardtack-bench
//! HARDTACK_BENCH_WASM=app.wasm cargo bench -p hardtack-bench load
//! ```
//!
//! Without that variable what is loaded is made here: functions like those that compilers make, enough to tell what a byte costs.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use hardtack_compiler::{Options, compile};
use hardtack_vm::{Caller, Engine, Instance, Linker, Module, Store, Val};
use std::hint::black_box;

const CALLS: &str = r#"(module
    (import "host" "add" (func $add (param i32 i32) (result i32)))
    (memory (export "memory") 16 16)
    (data (i32.const 0) "some bytes that every instance begins with")
    (table 8 funcref)
    (elem (i32.const 0) $identity $identity)
    (global $g (mut i32) (i32.const 0))
    (type $unary (func (param i32) (result i32)))
    (func $identity (export "identity") (param i32) (result i32) (local.get 0))
    (func (export "call") (param $n i32) (result i32)
        (loop $again (drop (call $identity (local.get $n)))
            (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.get $n))
    (func (export "call_indirect") (param $n i32) (result i32)
        (loop $again (drop (call_indirect (type $unary) (local.get $n) (i32.and (local.get $n) (i32.const 1))))
            (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.get $n))
    (func (export "call_host") (param $n i32) (result i32)
        (loop $again (drop (call $add (local.get $n) (i32.const 1)))
            (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.get $n)))"#;

/// Rounds of the guest's loops of calls.
const ROUNDS: i32 = 1000;

fn without_names() -> Options {
    Options { names: false, ..Options::default() }
}

/// A module of many functions, each with a loop over memory, a switch and a call.
fn sample() -> Vec<u8> {
    let mut text = String::from("(module (memory 1)");
    for i in 0..500 {
        text += &format!(
            "(func $f{i} (export \"f{i}\") (param $p i32) (param $n i32) (result i32) (local $sum i32)
                (loop $again
                    (local.set $sum (i32.add (local.get $sum) (i32.load8_u offset={i} (local.get $p))))
                    (block $a (block $b (block $c (br_table $a $b $c (i32.and (local.get $sum) (i32.const 3))))
                        (local.set $sum (i32.rotl (local.get $sum) (i32.const {shift}))))
                        (local.set $sum (i32.xor (local.get $sum) (local.get $p))))
                    (i32.store offset=4 (local.get $p) (local.get $sum))
                    (local.set $p (i32.add (local.get $p) (i32.const 8)))
                    (br_if $again (i32.lt_u (local.get $p) (local.get $n))))
                (call $f{next} (local.get $sum) (local.get $p)))",
            shift = i % 31 + 1,
            next = (i * 7 + 1) % 500,
        );
    }
    wat::parse_str(text + ")").expect("the text is right")
}

fn load(c: &mut Criterion) {
    let wasm = match std::env::var_os("HARDTACK_BENCH_WASM") {
        Some(path) => std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())),
        None => sample(),
    };
    let tack = compile(&wasm, &without_names()).expect("it compiles");
    let mut group = c.benchmark_group("load");
    // What a byte of the original costs.
    group.throughput(Throughput::Bytes(wasm.len() as u64));
    group.bench_function("whole, verified", |b| {
        b.iter_batched(|| tack.clone(), |tack| Module::load(tack).expect("it is whole"), BatchSize::LargeInput);
    });
    group.finish();
    let mut group = c.benchmark_group("compile");
    group.throughput(Throughput::Bytes(wasm.len() as u64)).sample_size(10);
    group.bench_function("everything", |b| b.iter(|| compile(black_box(&wasm), &without_names())));
    group.finish();
}

fn linker(engine: &Engine) -> Linker<u64> {
    let mut linker = Linker::new(engine);
    linker
        .func_wrap("host", "add", |mut caller: Caller<'_, u64>, a: i32, b: i32| {
            *caller.data_mut() += 1;
            a.wrapping_add(b)
        })
        .expect("nothing else has the name");
    linker
}

fn instance(engine: &Engine, module: &Module) -> (Store<u64>, Instance) {
    let mut store = Store::new(engine, 0);
    let instance = linker(engine).instantiate(&mut store, module).expect("its import is there");
    (store, instance)
}

fn embed(c: &mut Criterion) {
    let engine = Engine::default();
    let module =
        Module::load(compile(CALLS.as_bytes(), &Options::default()).expect("it compiles")).expect("it is whole");
    let linker = linker(&engine);
    c.bench_function("store and instance", |b| {
        b.iter(|| {
            let mut store = Store::new(&engine, 0);
            linker.instantiate(&mut store, &module).expect("its import is there")
        });
    });

    let (mut store, guest) = instance(&engine, &module);
    let identity = guest.get_typed_func::<i32, i32>(&store, "identity").expect("it is exported");
    c.bench_function("call of a guest function, typed", |b| {
        b.iter(|| identity.call(&mut store, black_box(1)).expect("it returns"));
    });
    let identity = guest.get_func(&store, "identity").expect("it is exported");
    c.bench_function("call of a guest function, by values", |b| {
        let mut results = [Val::I32(0)];
        b.iter(|| identity.call(&mut store, &[Val::I32(black_box(1))], &mut results).expect("it returns"));
    });

    let mut group = c.benchmark_group("calls by the guest");
    group.throughput(Throughput::Elements(ROUNDS as u64));
    for name in ["call", "call_indirect", "call_host"] {
        let run = guest.get_typed_func::<i32, i32>(&store, name).expect("it is exported");
        group.bench_function(name, |b| b.iter(|| run.call(&mut store, ROUNDS).expect("it returns")));
    }
    group.finish();
}

criterion_group!(benches, load, embed);
criterion_main!(benches);
