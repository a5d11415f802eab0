use super::*;
use crate::error::Error;
use crate::ir::check::check;
use crate::ir::{Function, Module};

/// Translates all functions of a module in the text format, checking each.
fn functions(wat: &str) -> (Module, Vec<Function>) {
    translate_all(&wat::parse_str(wat).expect("well-formed text")).expect("valid module")
}

fn translate_all(wasm: &[u8]) -> Result<(Module, Vec<Function>), Error> {
    let (module, bodies) = parse(wasm)?;
    let mut scratch = Scratch::default();
    let mut all = vec![];
    for body in &bodies {
        let f = translate(&module, body, wasm, &mut scratch)?;
        if let Err(problem) = check(&f, &module) {
            panic!("{problem}\n{f}");
        }
        all.push(f);
    }
    Ok((module, all))
}

fn only(wat: &str) -> String {
    functions(wat).1[0].to_string()
}

fn refusal(wat: &str) -> String {
    translate_all(&wat::parse_str(wat).expect("well-formed text")).expect_err("must be refused").to_string()
}

#[test]
fn straight_line() {
    let wat = "(module (memory 1) (func (param i32 i32) (result i32) (local i64)
        (i32.store offset=8 (i32.add (local.get 0) (local.get 1)) (i32.load offset=16 (local.get 0)))
        (local.get 2) drop
        (call 0 (local.get 1) (i32.const 7))))";
    let expected = "\
function 0 (i32, i32) -> (i32)
block0(v0: i32, v1: i32):
    v4: i64 = const 0
    v2 = i32_add v0, v1
    v3 = i32_load v0 +16
    i32_store v2 +8, v3
    v5: i32 = const 7
    v6 = call 0(v1, v5)
    return v6
";
    assert_eq!(only(wat), expected);
}

#[test]
fn loop_keeps_only_what_changes() {
    let wat = "(module (func (param i32 i32) (result i32) (local i32)
        (loop (local.set 2 (i32.add (local.get 2) (local.get 1)))
              (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get 2)))";
    let expected = "\
function 0 (i32, i32) -> (i32)
block0(v0: i32, v1: i32):
    v8: i32 = const 0
    jump block1(v8, v0)
block1(v2: i32, v5: i32):
    v4 = i32_add v2, v1
    v6: i32 = const 1
    v7 = i32_sub v5, v6
    branch v7 → block1(v4, v7), block2
block2:
    return v4
";
    assert_eq!(only(wat), expected);
}

#[test]
fn values_through_blocks() {
    let wat = "(module (type $t (func (param i32) (result i32 i64))) (func (param i32) (result i32 i64)
        (local.get 0)
        (if (type $t) (local.get 0)
          (then (i64.const 1))
          (else drop (i32.const 2) (i64.const 3) (br 0)))
        drop (i64.const 4)
        (block (param i32 i64) (result i32 i64) (br_if 0 (local.get 0)) (br_if 1 (local.get 0)) (return))))";
    functions(wat);
}

#[test]
fn tables_of_branches() {
    let wat = "(module (func (param i32) (result i32)
        (block (block (block (br_table 0 1 2 1 3 0 (local.get 0) (local.get 0)))
          (return (i32.const 1))) (return (i32.const 2))) (i32.const 3)))";
    // Each operand travels with its edge; blocks without results take none.
    assert!(wat::parse_str(wat).is_ok());
    let wat = "(module (func (param i32) (result i32)
        (block (result i32) (block (result i32)
            (br_table 0 1 2 1 0 (i32.const 9) (local.get 0)))
          (i32.add (i32.const 1)))
        ))";
    functions(wat);
}

#[test]
fn dead_code_is_skipped() {
    let wat = "(module (func (result i32)
        (return (i32.const 1))
        (block (loop (br_if 0 (i32.const 2)) (if (i32.const 1) (then unreachable) (else (br 1)))))
        drop i32.add (if (result i32) (then (i32.const 1)) (else (i32.const 2)))))";
    let expected = "function 0 () -> (i32)\nblock0:\n    v0: i32 = const 1\n    return v0\n";
    assert_eq!(only(wat), expected);
}

#[test]
fn references_and_globals() {
    functions(
        "(module (import \"m\" \"g\" (global $a (mut i64))) (import \"m\" \"r\" (global $b (mut externref)))
        (global $c (mut f32) (f32.const 1)) (global $d i32 (i32.const 5)) (global $e (mut funcref) (ref.func 0))
        (table $t 1 funcref) (table $x 1 externref) (memory 1) (data \"abc\") (elem func 0)
        (func (result i32) (local funcref externref)
          (global.set $a (global.get $a)) (global.set $b (global.get $b)) (global.set $c (global.get $c))
          (global.set $e (global.get $e)) (table.set $t (global.get $d) (local.get 0))
          (table.set $x (i32.const 0) (local.get 1)) (table.fill $x (i32.const 0) (ref.null extern) (i32.const 1))
          (table.init $t 0 (i32.const 0) (i32.const 0) (i32.const 0)) (elem.drop 0)
          (memory.init 0 (i32.const 0) (i32.const 0) (i32.const 0)) (data.drop 0)
          (memory.copy (i32.const 0) (i32.const 0) (i32.const 0))
          (memory.fill (i32.const 0) (i32.const 0) (i32.const 0))
          (table.copy $t $t (i32.const 0) (i32.const 0) (i32.const 0))
          (drop (select (result externref) (local.get 1) (ref.null extern) (i32.const 1)))
          (drop (call_indirect $t (result i32) (i32.const 0)))
          (i32.add (i32.add (ref.is_null (table.get $t (i32.const 0))) (table.size $x))
            (i32.add (table.grow $x (ref.null extern) (i32.const 1))
              (i32.add (memory.size) (memory.grow (i32.const 1)))))))",
    );
}

#[test]
fn unsupported_proposals_are_named() {
    let simd = refusal("(module (func (param i32)) (func (result i32) (i32x4.extract_lane 0 (v128.const i64x2 1 2))))");
    assert!(simd.contains("SIMD") && simd.contains("function 1") && simd.contains("offset 0x"), "{simd}");
    for (wat, name) in [
        ("(module (func (param v128)))", "SIMD"),
        ("(module (memory 1 1 shared))", "threads"),
        ("(module (memory 1) (func (drop (i32.atomic.load (i32.const 0)))))", "threads"),
        ("(module (func return_call 0))", "tail calls"),
        ("(module (tag))", "exception handling"),
        ("(module (func (block $l (try_table (catch_all $l)))))", "exception handling"),
        ("(module (memory 1) (memory 1))", "multi-memory"),
        ("(module (memory i64 1))", "memory64"),
        ("(module (table i64 1 funcref))", "memory64"),
        ("(module (type $s (struct (field i32))))", "garbage collection"),
        ("(module (func (drop (ref.i31 (i32.const 1)))))", "garbage collection"),
        ("(module (type $f (func)) (func (param (ref $f)) (call_ref $f (local.get 0))))", "typed function references"),
        ("(module (func (result i64 i64) (i64.mul_wide_u (i64.const 1) (i64.const 1))))", "wide arithmetic"),
        ("(component)", "component model"),
    ] {
        let message = refusal(wat);
        assert!(message.starts_with(&format!("{name} is not supported")), "{wat}: {message}");
    }
}

#[test]
fn invalid_modules_keep_their_message() {
    let message = refusal("(module (func (result i32) (i64.const 1)))");
    assert!(message.contains("invalid WebAssembly") && message.contains("function 0"), "{message}");
    assert!(message.contains("type mismatch"), "{message}");
    assert!(matches!(parse(b"\0asm"), Err(Error::Invalid { .. })));
    assert!(matches!(parse(b""), Err(Error::Invalid { .. })));
}

#[test]
fn names_are_kept() {
    let (module, _) = functions("(module $m (import \"a\" \"b\" (func $f)) (func $g))");
    assert_eq!(module.name.as_deref(), Some("m"));
    assert_eq!(module.func_names.into_iter().collect::<Vec<_>>(), [(0, "f".to_string()), (1, "g".to_string())]);
}

#[test]
fn extremes_translate() {
    for wasm in super::samples::extremes() {
        translate_all(&wasm).expect("valid");
    }
}

#[test]
fn corpus_translates() {
    for (path, wasm) in super::samples::corpus() {
        let (_, functions) = translate_all(&wasm).unwrap_or_else(|e| panic!("{path}: {e}"));
        assert!(!functions.is_empty(), "{path}");
    }
}
