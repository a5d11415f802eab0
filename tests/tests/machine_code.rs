//! Reads the machine code of the handlers: those that programs spend their time in must neither call nor touch the native stack.
//!
//! This needs a release build for x86-64 Linux and `objdump`; elsewhere the test says so and passes.

use hardtack_compiler::{Options, compile};
use hardtack_format::isa::{Body, Expr, Row, RowInfo, Stmt};
use hardtack_format::prim::Prim;
use hardtack_tests::tailored;
use hardtack_vm::{Engine, Linker, Module, Store};
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Primitives whose handlers may call or use the stack: they call the mathematics library on processors of the first
/// generation (rounding), or need registers that dispatch holds (division).
const COLD: &[Prim] = &[
    Prim::f32_ceil,
    Prim::f32_floor,
    Prim::f32_trunc,
    Prim::f32_nearest,
    Prim::f64_ceil,
    Prim::f64_floor,
    Prim::f64_trunc,
    Prim::f64_nearest,
    Prim::i32_div_s,
    Prim::i32_div_u,
    Prim::i32_rem_s,
    Prim::i32_rem_u,
    Prim::i64_div_s,
    Prim::i64_div_u,
    Prim::i64_rem_s,
    Prim::i64_rem_u,
];

/// Handlers written by hand that programs spend time in. `call` is not among them yet: LLVM saves two registers in it.
const HOT_BY_HAND: [Row; 3] = [Row::ret, Row::ret_value, Row::leave];

/// Rows that need more registers than a handler may use freely, for two checked addresses: one saved register still costs less
/// than a second dispatch.
const TWO_ADDRESSES: [Row; 3] = [Row::i32_store_load, Row::i64_store_load, Row::i32_store8_load8_u];

#[test]
fn hot_handlers_neither_call_nor_touch_the_stack() {
    if cfg!(debug_assertions) || !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        println!("not checked: handlers are tail calls in release builds, and read here on x86-64 Linux only");
        return;
    }
    run_something();
    let binary = std::env::current_exe().expect("the test has a file");
    let Ok(output) = Command::new("objdump").args(["-d", "--no-show-raw-insn"]).arg(&binary).output() else {
        println!("not checked: there is no objdump");
        return;
    };
    assert!(output.status.success(), "objdump: {}", String::from_utf8_lossy(&output.stderr));
    let disassembly = String::from_utf8_lossy(&output.stdout);
    check(&disassembly);
    check_own(&disassembly);
}

/// So that the linker keeps the handlers.
fn run_something() {
    drop(tailored::engine());
    let file = compile(b"(module (func (export \"run\")))", &Options::default()).expect("the module is valid");
    let module = Module::load(file).expect("the file is whole");
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &module).expect("nothing is imported");
    let run = instance.get_typed_func::<(), ()>(&store, "run").expect("it is exported");
    run.call(&mut store, ()).expect("it returns");
}

/// Checks the handlers in a disassembly.
fn check(disassembly: &str) {
    let hot: BTreeMap<&str, Row> =
        Row::ALL.iter().filter(|row| is_hot(**row)).map(|row| (row.info().name, *row)).collect();
    let (mut handlers, mut rows, mut broken) = (0, BTreeSet::new(), Vec::new());
    for function in disassembly.split("\n\n") {
        let mut lines = function.trim_start().lines();
        let Some(row) = lines.next().and_then(handler_of).filter(|row| hot.contains_key(row)) else { continue };
        handlers += 1;
        rows.insert(row);
        let offence = lines.find(|line| {
            let instruction = line.split('\t').nth(1).unwrap_or_default();
            let mnemonic = instruction.split_whitespace().next().unwrap_or_default();
            ["call", "push", "pop"].iter().any(|bad| mnemonic.starts_with(bad) && mnemonic != "popcnt")
                || instruction.contains("%rsp")
        });
        broken.extend(offence.map(|line| format!("{row}: {}", line.trim())));
    }
    let absent: Vec<&&str> = hot.keys().filter(|name| !rows.contains(**name)).collect();
    // Handlers with the same code may be one function, so some rows have none of their own.
    assert!(absent.len() < hot.len() / 10, "handlers are missing from the binary: {absent:?}");
    println!("{handlers} handlers of {} hot rows read", rows.len());
    assert!(broken.is_empty(), "{} handlers call or touch the stack:\n{}", broken.len(), broken.join("\n"));
}

/// Checks the handlers of an application's own instructions: long ones may save a register, but none may call.
fn check_own(disassembly: &str) {
    let rows: BTreeMap<&str, &RowInfo> = tailored::set().isa().own.rows.iter().map(|row| (row.name, row)).collect();
    let (mut handlers, mut saving, mut calling) = (0, 0, Vec::new());
    for function in disassembly.split("\n\n") {
        let mut lines = function.trim_start().lines();
        let Some(row) = lines.next().and_then(|line| rows.get(name_after(line.split_once("8tailored3SET")?.1)?)) else {
            continue;
        };
        if !is_hot_body(&row.body) {
            continue;
        }
        handlers += 1;
        let mnemonics = lines.filter_map(|line| line.split('\t').nth(1)?.split_whitespace().next());
        let mnemonics: Vec<&str> = mnemonics.collect();
        saving += usize::from(mnemonics.contains(&"push"));
        if mnemonics.iter().any(|mnemonic| mnemonic.starts_with("call")) {
            calling.push(row.name);
        }
    }
    println!("{handlers} handlers of an application's own read; {saving} save a register");
    assert!(handlers > 100, "handlers are missing from the binary");
    assert!(saving < handlers / 10, "{saving} of {handlers} handlers save registers");
    assert!(calling.is_empty(), "handlers call:\n{}", calling.join("\n"));
}

/// The row that a symbol's line belongs to. Mangled paths hold each name after its length.
fn handler_of(line: &str) -> Option<&str> {
    let symbol = line.split_once('<')?.1;
    name_after(["4exec8handlers", "4exec4hand"].iter().find_map(|module| Some(symbol.split_once(module)?.1))?)
}

/// The name that a mangled path goes on with.
fn name_after(after: &str) -> Option<&str> {
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    let length: usize = after[..digits].parse().ok()?;
    after.get(digits..digits + length)
}

fn is_hot(row: Row) -> bool {
    match row.info().body {
        Body::Hand { .. } => HOT_BY_HAND.contains(&row),
        Body::Statements(_) if TWO_ADDRESSES.contains(&row) => false,
        Body::Statements(_) => is_hot_body(&row.info().body),
    }
}

/// Whether statements have no primitive whose handlers may call.
fn is_hot_body(body: &Body) -> bool {
    let Body::Statements(statements) = body else { return false };
    !statements.iter().filter_map(Stmt::expr).any(is_cold)
}

fn is_cold(e: &Expr) -> bool {
    match e {
        Expr::Operand(_) => false,
        Expr::Prim { prim, args } => COLD.contains(prim) || args.iter().any(is_cold),
    }
}
