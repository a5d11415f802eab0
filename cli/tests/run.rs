//! `hardtack run`: exit codes, traps, inputs of every form, limits, imports.

mod hardtack;

use hardtack::{file, hardtack, scratch, with_input};

const HELLO: &str = include_str!("../examples/hello.wat");

const PRIMES: &str = "Hello from Hardtack! The primes below 30: 2 3 5 7 11 13 17 19 23 29\n10 primes\n";

/// Exports of many types.
const EXPORTS: &str = r#"(module
    (memory (export "memory") 1)
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "wide") (param i64) (result i64) (local.get 0))
    (func (export "half") (param f64) (result f64) (f64.div (local.get 0) (f64.const 2)))
    (func (export "single") (param f32) (result f32) (local.get 0))
    (func (export "two") (result i32 f64) (i32.const 1) (f64.const 2.5))
    (func (export "null") (param externref) (result externref) (local.get 0))
    (func $inner (unreachable))
    (func $outer (export "fails") (call $inner) (call $inner))
    (func (export "spins") (loop (br 0)))
    (func (export "grows") (param i32) (result i32) (memory.grow (local.get 0))))"#;

/// A program that ends with an exit code.
const EXITS: &str = r#"(module
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (func (export "_start") (call $exit (i32.const 7)) (unreachable)))"#;

#[test]
fn text_binary_and_tack_run_alike() {
    let dir = scratch("text_binary_and_tack_run_alike");
    let text = file(&dir, "hello.wat", HELLO);
    let binary = file(&dir, "hello.wasm", wat::parse_str(HELLO).unwrap());
    let tack = dir.join("hello.tack").to_str().unwrap().to_string();
    hardtack(["compile", &binary, "-o", &tack]).exits(0);
    // Contents count, not names.
    let misnamed = file(&dir, "hello.bin", std::fs::read(&tack).unwrap());
    for input in [&text, &binary, &tack, &misnamed] {
        hardtack(["run", input, "--", "30"]).exits(0).prints(PRIMES);
        hardtack(["run", input, "30"]).exits(0).prints(PRIMES);
        with_input(["run", "-", "--", "30"], &std::fs::read(input).unwrap()).exits(0).prints(PRIMES);
    }
}

#[test]
fn the_exit_code_is_the_programs() {
    let dir = scratch("the_exit_code_is_the_programs");
    hardtack(["run", &file(&dir, "exits.wat", EXITS)]).exits(7).prints("");
}

#[test]
fn traps_exit_134_with_a_backtrace() {
    let dir = scratch("traps_exit_134_with_a_backtrace");
    let exports = file(&dir, "exports.wat", EXPORTS);
    hardtack(["run", &exports, "--invoke", "fails"])
        .exits(134)
        .complains("trap: unreachable")
        .complains("0: inner (function 6)")
        .complains("1: outer (function 7)");
    let ran = hardtack(["run", &exports, "--no-names", "--invoke", "fails"]).exits(134).complains("0: function 6");
    assert!(!ran.stderr.contains("inner"), "{ran:?}");
}

#[test]
fn exports_are_called_with_typed_arguments() {
    let dir = scratch("exports_are_called_with_typed_arguments");
    let exports = file(&dir, "exports.wat", EXPORTS);
    let invoke = |args: &[&str]| hardtack([&["run", &exports, "--invoke"][..], args].concat());
    invoke(&["add", "2", "-5"]).exits(0).prints("-3\n");
    invoke(&["add", "0x7fffffff", "1"]).exits(0).prints("-2147483648\n");
    invoke(&["add", "4294967295", "1"]).exits(0).prints("0\n");
    invoke(&["wide", "-9223372036854775808"]).exits(0).prints("-9223372036854775808\n");
    invoke(&["half", "5"]).exits(0).prints("2.5\n");
    invoke(&["half", "-inf"]).exits(2);
    invoke(&["half", "--", "-inf"]).exits(0).prints("-inf\n");
    invoke(&["single", "0.1"]).exits(0).prints("0.1\n");
    invoke(&["two"]).exits(0).prints("1\n2.5\n");
    invoke(&["null", "null"]).exits(0).prints("null\n");

    invoke(&["add", "2"]).exits(2).complains("(i32, i32) -> (i32): 2 arguments, and 1 is given");
    invoke(&["add", "2", "4294967296"]).exits(2).complains("argument 2 of `add`");
    invoke(&["wide", "1.5"]).exits(2).complains("`1.5` is no i64");
    invoke(&["ad"]).exits(2).complains("did you mean `add`?");
    invoke(&["memory"]).exits(2).complains("`memory` is no function: memory");
}

#[test]
fn a_module_without_start_says_what_it_has() {
    let dir = scratch("a_module_without_start_says_what_it_has");
    let exports = file(&dir, "exports.wat", EXPORTS);
    hardtack(["run", &exports]).exits(2).complains("no `_start`").complains("add, wide").complains("--invoke");
}

#[test]
fn libraries_are_initialised_first() {
    let dir = scratch("libraries_are_initialised_first");
    let library = file(
        &dir,
        "library.wat",
        r#"(module
            (global $ready (mut i32) (i32.const 0))
            (func (export "_initialize") (global.set $ready (i32.const 1)))
            (func (export "ready") (result i32) (global.get $ready)))"#,
    );
    hardtack(["run", &library, "--invoke", "ready"]).exits(0).prints("1\n");
}

#[test]
fn limits_stop_the_guest() {
    let dir = scratch("limits_stop_the_guest");
    let exports = file(&dir, "exports.wat", EXPORTS);
    hardtack(["run", &exports, "--invoke", "spins", "--fuel", "100000"])
        .exits(134)
        .complains("all fuel consumed after 100000 units (--fuel)");
    hardtack(["run", &exports, "--invoke", "spins", "--timeout", "100ms"])
        .exits(134)
        .complains("interrupted after 100ms (--timeout)");
    hardtack(["run", &exports, "--max-memory", "128K", "--invoke", "grows", "1"]).exits(0).prints("1\n");
    hardtack(["run", &exports, "--max-memory", "128K", "--invoke", "grows", "2"]).exits(0).prints("-1\n");
    hardtack(["run", &exports, "--timeout", "soon", "--invoke", "spins"]).exits(2).complains("no unit of time");
    hardtack(["run", &exports, "--max-memory", "lots", "--invoke", "spins"]).exits(2).complains("--max-memory");
}

#[test]
fn a_guest_that_waits_is_stopped_too() {
    let dir = scratch("a_guest_that_waits_is_stopped_too");
    let waits = file(
        &dir,
        "waits.wat",
        // Waits for an hour.
        r#"(module
            (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1)
            (func (export "_start")
                (i32.store (i32.const 16) (i32.const 1))
                (i64.store (i32.const 24) (i64.const 3600000000000))
                (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))))"#,
    );
    hardtack(["run", &waits, "--timeout", "100ms"]).exits(134).complains("interrupted after 100ms (--timeout)");
    // Time that doesn't pass by itself needn't be waited for.
    hardtack(["run", &waits, "--deterministic"]).exits(0);
}

#[test]
fn missing_imports_are_listed_or_made_up() {
    let dir = scratch("missing_imports_are_listed_or_made_up");
    let needy = file(
        &dir,
        "needy.wat",
        r#"(module
            (import "bench" "start" (func $start (param i32 f64) (result i64)))
            (import "wasi_snapshot_preview1" "fd_writ" (func (param i32)))
            (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
            (func (export "calls") (result i64) (call $start (i32.const 1) (f64.const 2)))
            (func (export "not") (result i32) (i32.const 5)))"#,
    );
    let run = |how: &str, what: &str| hardtack(["run", &needy, how, "--invoke", what]);
    hardtack(["run", &needy, "--invoke", "not"])
        .exits(1)
        .complains("unknown imports:\n  `bench` `start`, func (i32, f64) -> (i64)\n")
        .complains("  `wasi_snapshot_preview1` `fd_writ`, func (i32); did you mean ")
        .complains("`wasi_snapshot_preview1` `fd_write`, func (i32, i32, i32, i32) -> (i32)")
        .complains("there is `wasi_snapshot_preview1` with args_get, ")
        .complains("--unknown-imports=zero");
    run("--unknown-imports=zero", "calls").exits(0).prints("0\n");
    run("--unknown-imports=trap", "not").exits(0).prints("5\n");
    run("--unknown-imports=trap", "calls").exits(134).complains("unknown import called");
    run("--unknown-imports=maybe", "not").exits(2);
}

#[test]
fn wrong_usage_exits_2() {
    hardtack([] as [&str; 0]).exits(2).complains("Usage");
    hardtack(["bake"]).exits(2);
    hardtack(["run"]).exits(2);
    hardtack(["run", "x.wasm", "--no-such-option"]).exits(2);
    hardtack(["run", "x.wasm", "--dir", "::/"]).exits(2).complains("HOST::GUEST");
    hardtack(["--help"]).exits(0).mentions("Examples:").mentions("Exit codes:");
    hardtack(["run", "--help"]).exits(0).mentions("Examples:").mentions("--unknown-imports");
}

#[test]
fn what_cannot_be_read_exits_1() {
    let dir = scratch("what_cannot_be_read_exits_1");
    hardtack(["run", dir.join("missing.wasm").to_str().unwrap()]).exits(1).complains("can't read").complains("missing");
    let broken = file(&dir, "broken.wasm", b"\0asm\x01\0\0\0\x01\xff");
    hardtack(["run", &broken]).exits(1).complains("broken.wasm").complains("offset");
    let tack = file(&dir, "broken.tack", b"\x7ftack\r\n\x1a and more");
    hardtack(["run", &tack]).exits(1).complains("broken.tack");
    hardtack(["run", &file(&dir, "empty", b"")]).exits(1).complains("empty");
}

#[test]
fn simd_is_refused_by_name() {
    let dir = scratch("simd_is_refused_by_name");
    let simd = file(&dir, "simd.wat", "(module (func (result v128) (v128.const i64x2 0 0)))");
    hardtack(["run", &simd]).exits(1).complains("SIMD");
}
