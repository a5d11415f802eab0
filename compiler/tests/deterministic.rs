//! The same input and options give the same bytes, with any number of threads.

use hardtack_compiler::{Options, compile};
use std::fmt::Write;

/// A module of many functions of different shapes.
fn module() -> String {
    let mut wat = String::from("(module (memory 1) (global $g (mut i32) (i32.const 0))\n");
    for i in 0..300 {
        let _ = writeln!(
            wat,
            "(func $f{i} (export \"f{i}\") (param i32 i32) (result i32) (local $n i32)
               (loop $again
                 (local.set $n (i32.add (local.get $n) (i32.mul (local.get 0) (i32.const {i}))))
                 (i32.store offset={i} (local.get $n) (i32.xor (local.get 1) (i32.load (local.get 0))))
                 (br_if $again (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (local.get 1))))
               (call $f{} (local.get $n) (i32.const {i})))",
            (i * 7 + 1) % 300
        );
    }
    wat.push(')');
    wat
}

#[test]
fn any_number_of_threads_gives_the_same_file() {
    let wat = module();
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be had");
        pool.install(|| compile(wat.as_bytes(), &Options::default())).expect("the module is valid")
    };
    let one = with(1);
    assert!(one == with(4) && one == with(3), "the number of threads shows in the file");
}

#[test]
fn of_several_faults_the_first_is_reported() {
    let fault = "(func (result i32) i64.const 0)";
    let wat = format!("(module {} {fault} {} {fault})", "(func)".repeat(50), "(func)".repeat(50));
    for _ in 0..20 {
        let error = compile(wat.as_bytes(), &Options::default()).expect_err("types differ").to_string();
        assert!(error.contains("function 50"), "{error}");
    }
}
