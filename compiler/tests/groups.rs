//! Files for VMs that are built without some instruction groups.

use hardtack_compiler::{Error, Groups, Options, compile};
use hardtack_format::isa::Group;
use hardtack_format::read::{File, Reader};

/// Integer work of all sorts, with shapes that fused rows exist for.
const INTEGERS: &str = r#"(module
    (import "host" "log" (func $log (param i32)))
    (memory 1)
    (table 1 funcref)
    (elem (i32.const 0) $sum)
    (global $sp (mut i32) (i32.const 1000))
    (func $sum (export "sum") (param $at i32) (param $n i32) (result i32)
        (local $sum i32)
        (loop $next
            (local.set $sum (i32.add (i32.add (local.get $sum) (i32.load (local.get $at))) (local.get $n)))
            (i32.store (local.get $at) (i32.add (i32.load (local.get $at)) (i32.const 1)))
            (local.set $at (i32.add (local.get $at) (i32.const 4)))
            (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.get $sum))
    (func (export "frame") (param i32 i64) (result i64)
        (global.set $sp (i32.sub (global.get $sp) (i32.const 16)))
        (call $log (call_indirect (param i32 i32) (result i32) (local.get 0) (i32.const 2) (i32.const 0)))
        (global.set $sp (i32.add (global.get $sp) (i32.const 16)))
        (select (i64.div_s (local.get 1) (i64.const 7)) (i64.rotl (local.get 1) (i64.const 3))
            (i32.lt_s (local.get 0) (i32.const 9)))))"#;

fn compile_for(wat: &str, groups: &str) -> Result<Vec<u8>, Error> {
    compile(wat.as_bytes(), &Options { groups: groups.parse().expect("groups of the table"), ..Options::default() })
}

/// The groups that a file's header names.
fn named(tack: &[u8]) -> Groups {
    File::parse(tack, &Reader::default()).expect("the compiler writes sound files").header.groups
}

#[test]
fn base_is_enough_for_integers() {
    let all = named(&compile_for(INTEGERS, "base,float,refs,fused").expect("it compiles"));
    assert!(all.has(Group::fused), "the module has something to fuse");
    let base = named(&compile_for(INTEGERS, "base").expect("base is complete"));
    assert_eq!(base.to_string(), "base");
}

/// Each primitive on integers alone, so that none needs a row of another group.
#[test]
fn base_has_every_integer_operator() {
    use hardtack_format::prim::{Prim, Type};
    use std::fmt::Write;
    let mut wat = String::from("(module (memory 1)");
    let name = |ty| match ty {
        Type::I32 => Some("i32"),
        Type::I64 => Some("i64"),
        Type::F32 | Type::F64 | Type::Any | Type::None => None,
    };
    let mut count = 0;
    for prim in Prim::ALL.iter().filter(|prim| !prim.effects().reads_memory && !prim.effects().writes_memory) {
        let (Some(params), Some(result)) = (prim.params().iter().map(|ty| name(*ty)).collect(), name(prim.result()))
        else {
            continue;
        };
        let (params, operator): (Vec<&str>, _) = (params, prim.name().replacen('_', ".", 1));
        let args: String = (0..params.len()).map(|i| format!("(local.get {i}) ")).collect();
        let types = params.join(" ");
        if prim.constant_param().is_none() && !params.is_empty() {
            let _ = write!(wat, "(func (param {types}) (result {result}) ({operator} {args}))");
            count += 1;
        }
    }
    wat.push(')');
    assert!(count > 50, "{count} operators");
    assert_eq!(named(&compile_for(&wat, "base").expect("base is complete")).to_string(), "base");
}

#[test]
fn what_the_target_lacks_is_refused_by_name() {
    let check = |body: &str, groups: &str, instruction: &str, group: &str| {
        let wat = format!("(module (memory 1) (table 1 funcref) (func) (func {body}))");
        let error = compile_for(&wat, groups).expect_err("the target lacks it");
        let Error::Group { instruction: found, groups: of, function } = &error else { panic!("{error}") };
        assert_eq!((&**found, &*of.to_string(), *function), (instruction, group, 1));
        assert!(error.to_string().contains("function 1"), "{error}");
    };
    check("(param f64) (result f64) (f64.sqrt (local.get 0))", "base", "f64_sqrt", "float");
    check("(param f32) (result i32) (f32.gt (local.get 0) (f32.const 1))", "base,fused", "f32_lt", "float");
    check("(result i32) (ref.is_null (table.get (i32.const 0)))", "base,float", "table_get", "refs");
    check(
        "(param f64 f64 f64) (result f64) (f64.add (f64.mul (local.get 0) (local.get 1)) (local.get 2))",
        "base,refs,fused",
        "f64_mul",
        "float",
    );
}

/// Moving floats about takes no float instruction.
#[test]
fn floats_may_pass_through() {
    let wat = r#"(module (func $id (param f64) (result f64) (local.get 0))
        (func (export "f") (param f64) (result f64) (call $id (select (local.get 0) (f64.const 2) (i32.const 0)))))"#;
    assert_eq!(named(&compile_for(wat, "base").expect("it compiles")).to_string(), "base");
}
