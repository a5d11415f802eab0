//! `hardtack compile`, `verify` and `dump`.

mod hardtack;

use hardtack::{file, hardtack, scratch, with_input};

const SUM: &str = r#"(module
    (import "env" "log" (func $log (param i32)))
    (memory (export "memory") 1)
    (func $double (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
    (func $sum (export "sum") (param $n i32) (result i32) (local $total i32)
        (loop $next
            (local.set $total (i32.add (local.get $total) (call $double (local.get $n))))
            (call $log (local.get $total))
            (local.set $n (i32.sub (local.get $n) (i32.const 1)))
            (br_if $next (local.get $n)))
        (local.get $total)))"#;

#[test]
fn compile_writes_where_it_is_told() {
    let dir = scratch("compile_writes_where_it_is_told");
    let input = file(&dir, "sum.wat", SUM);
    let here = dir.join("sum.tack");
    let there = dir.join("there.tack").to_str().unwrap().to_string();
    hardtack(["compile", &input]).exits(0).prints("");
    hardtack(["compile", &input, "-o", &there]).exits(0).prints("");
    assert_eq!(std::fs::read(&here).unwrap(), std::fs::read(&there).unwrap());
    assert!(std::fs::read(&here).unwrap().starts_with(b"\x7ftack\r\n\x1a"));
    with_input(["compile", "-", "-o", &there, "--no-names", "-O0"], SUM.as_bytes()).exits(0);
    assert_ne!(std::fs::read(&here).unwrap(), std::fs::read(&there).unwrap());
    hardtack(["compile", &there]).exits(1).complains("is a .tack file already");
    hardtack(["compile", &input, "-O3"]).exits(2);
    hardtack(["compile", &input, "-o", dir.join("no/such/place").to_str().unwrap()]).exits(1).complains("can't write");
}

#[test]
fn compile_leaves_nothing_behind_when_it_fails() {
    let dir = scratch("compile_leaves_nothing_behind_when_it_fails");
    let input = file(&dir, "bad.wat", "(module (func (result i32)))");
    hardtack(["compile", &input]).exits(1).complains("bad.wat").complains("function 0");
    assert!(!dir.join("bad.tack").exists());
}

#[test]
fn stages_can_be_looked_at() {
    let dir = scratch("stages_can_be_looked_at");
    let input = file(&dir, "sum.wat", SUM);
    for stage in ["ssa", "opt", "mach", "tack"] {
        let all = hardtack(["compile", &input, "--emit", stage]).exits(0);
        let by_name = hardtack(["compile", &input, "--emit", stage, "--func", "sum"]).exits(0);
        let by_index = hardtack(["compile", &input, "--emit", stage, "--func", "2"]).exits(0);
        assert_eq!(by_name.stdout, by_index.stdout);
        assert!(all.stdout.contains(&by_name.stdout), "{all:?}");
        assert!(by_name.stdout.len() < all.stdout.len());
    }
    assert!(!dir.join("sum.tack").exists());
    hardtack(["compile", &input, "--emit", "opt", "--func", "summ"]).exits(2).complains("did you mean `sum`?");
    hardtack(["compile", &input, "--emit", "opt", "--func", "0"]).exits(1).complains("function");
    hardtack(["compile", &input, "--func", "sum"]).exits(2).complains("--emit");
}

#[test]
fn verify_says_what_a_file_is() {
    let dir = scratch("verify_says_what_a_file_is");
    let input = file(&dir, "sum.wat", SUM);
    let tack = dir.join("sum.tack").to_str().unwrap().to_string();
    hardtack(["compile", &input]).exits(0);
    hardtack(["verify", &tack]).exits(0).mentions("sum.tack: ok, format 0.").mentions("2 functions");
    with_input(["verify", "-"], &std::fs::read(&tack).unwrap()).exits(0).mentions("standard input: ok");
    hardtack(["verify", "--json", &tack])
        .exits(0)
        .mentions(r#""ok":true"#)
        .mentions(r#""functions":2"#)
        .mentions(r#""CODE":{"#);

    let mut bytes = std::fs::read(&tack).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    bytes[100] ^= 0x40;
    let bad = file(&dir, "bad.tack", bytes);
    hardtack(["verify", &bad]).exits(1).complains("bad.tack: ").complains("offset");
    hardtack(["verify", "--json", &tack, &bad])
        .exits(1)
        .mentions(r#""ok":true"#)
        .mentions(r#""ok":false"#)
        .mentions(r#""rule":"#);
    hardtack(["verify", &input]).exits(1).complains("hardtack compile");
    hardtack(["verify"]).exits(2);
}

#[test]
fn dump_is_readable() {
    let dir = scratch("dump_is_readable");
    let input = file(&dir, "sum.wat", SUM);
    hardtack(["compile", &input]).exits(0);
    let tack = dir.join("sum.tack").to_str().unwrap().to_string();
    let all = hardtack(["dump", &tack])
        .exits(0)
        .mentions(r#"import "env" "log": func (i32)"#)
        .mentions(r#"export "sum": func (i32) -> (i32)"#)
        .mentions("function 1 $double\n")
        .mentions("function 2 $sum (export \"sum\")\n")
        .mentions("L0:\n")
        .mentions("→ L0")
        .mentions("; log");
    let sum = hardtack(["dump", &tack, "--func", "sum"]).exits(0);
    assert!(sum.stdout.starts_with("function 2 $sum"), "{sum:?}");
    assert!(all.stdout.contains(&sum.stdout));
    assert_eq!(hardtack(["dump", &input, "--func", "2"]).exits(0).stdout, sum.stdout);
    let bytes = hardtack(["dump", &tack, "--func", "sum", "--bytes"]).exits(0);
    assert!(bytes.stdout.lines().any(|line| line.starts_with("  0000")), "{bytes:?}");

    hardtack(["dump", &tack, "--func", "0"]).exits(2).complains("imported");
    hardtack(["dump", &tack, "--func", "3"]).exits(2).complains("the module has 3");
    hardtack(["dump", &tack, "--func", "dubble"]).exits(2).complains("did you mean `double`?");
}
