use super::{Options, optimise};
use crate::callees::Callees;
use crate::frontend::{Scratch, parse};
use crate::ir::check::check;
use crate::ir::{Function, Module};

fn compile(wasm: &[u8], options: &Options) -> (Module, Vec<Function>) {
    let (module, bodies) = parse(wasm).expect("valid module");
    let callees = Callees::find(&module, &bodies, wasm, options);
    let mut scratch = Scratch::default();
    let mut functions = vec![];
    for body in &bodies {
        let mut f = callees.translate(&module, body, wasm, &mut scratch, options).expect("valid body");
        optimise(&mut f, &module, options);
        if let Err(problem) = check(&f, &module) {
            panic!("{problem}\n{f}");
        }
        functions.push(f);
    }
    (module, functions)
}

/// The first function of a module in the text format, optimised, as text.
fn optimised(wat: &str) -> String {
    let wasm = wat::parse_str(wat).expect("well-formed text");
    compile(&wasm, &Options::default()).1[0].to_string()
}

/// What is left of the body of `(func (param i32 i64) (result …) expression)`.
fn expression(result: &str, expression: &str) -> String {
    let wat = format!("(module (memory 1) (func (param i32 i64 i32) (result {result}) {expression}))");
    let text = optimised(&wat);
    let lines: Vec<&str> = text.lines().skip(2).map(str::trim).collect();
    lines.join("; ")
}

#[test]
fn algebra() {
    for (result, wat, expected) in [
        ("i32", "(i32.add (local.get 0) (i32.const 0))", "return v0"),
        ("i32", "(i32.mul (i32.const 2) (i32.const 21))", "const 42"),
        ("i32", "(i32.mul (i32.const 8) (local.get 0))", "i32_shl v0"),
        ("i32", "(i32.sub (local.get 0) (local.get 0))", "const 0"),
        ("i32", "(i32.add (i32.add (local.get 0) (i32.const 3)) (i32.const 4))", "const 7"),
        ("i32", "(i32.sub (local.get 0) (i32.const 5))", "const -5"),
        ("i32", "(i32.eqz (i32.lt_s (local.get 0) (local.get 2)))", "i32_ge_s v0, v2"),
        ("i32", "(i32.lt_s (i32.const 3) (local.get 0))", "i32_gt_s v0"),
        ("i32", "(i32.and (i32.load8_u (local.get 0)) (i32.const 255))", "= i32_load8_u v0; return"),
        ("i32", "(i32.wrap_i64 (i64.extend_i32_s (local.get 0)))", "return v0"),
        ("i64", "(i64.extend_i32_u (i32.wrap_i64 (local.get 1)))", "i64_and v1"),
        ("i32", "(i32.div_u (local.get 0) (i32.const 16))", "i32_shr_u v0"),
        ("i32", "(i32.rem_u (local.get 0) (i32.const 16))", "i32_and v0"),
        ("i32", "(i32.shr_s (i32.shl (local.get 0) (i32.const 24)) (i32.const 24))", "i32_extend8_s v0"),
        ("i32", "(i64.lt_u (i64.extend_i32_u (local.get 0)) (i64.const 9))", "i32_lt_u v0"),
        ("i32", "(select (local.get 0) (local.get 2) (i32.eqz (local.get 2)))", "select v2, v0, v2"),
        ("i32", "(i32.load offset=8 (i32.const 16))", "+24"),
        ("i32", "(i32.eqz (i32.sub (local.get 0) (local.get 2)))", "i32_eq v0, v2"),
        ("i32", "(i32.xor (i32.lt_s (local.get 0) (local.get 2)) (i32.const 1))", "i32_ge_s v0, v2"),
        ("i32", "(i32.xor (i64.eqz (local.get 1)) (i32.const 1))", "i64_ne v1"),
        ("i32", "(i32.xor (f32.lt (f32.const 1) (f32.load (local.get 0))) (i32.const 1))", "i32_eqz"),
        ("i32", "(i32.xor (i32.and (local.get 0) (i32.const 3)) (i32.const 1))", "i32_xor"),
        ("i64", "(i64.xor (i64.add (local.get 1) (i64.const 4)) (i64.const -1))", "const -5; v6 = i64_sub v7, v1"),
        ("i64", "(i64.xor (i64.sub (i64.const 4) (local.get 1)) (i64.const -1))", "i64_add v1"),
        ("i32", "(i32.sub (i32.const 9) (i32.xor (local.get 0) (i32.const -1)))", "const 10"),
        ("i32", "(i32.sub (i32.const -1) (local.get 0))", "i32_xor v0"),
        (
            "i32",
            "(i32.sub (i32.xor (local.get 0) (i32.const -1)) (i32.xor (local.get 2) (i32.const -1)))",
            "i32_sub v2, v0",
        ),
        (
            "i32",
            "(i32.xor (i32.and (i32.xor (local.get 0) (i32.const -1)) (i32.xor (local.get 2) (i32.const -1))) (i32.const -1))",
            "i32_or v0, v2",
        ),
        // A division by zero goes on to trap, and no constant NaN is made.
        ("i32", "(i32.div_u (i32.const 1) (i32.const 0))", "i32_div_u"),
        ("f32", "(f32.div (f32.const 0) (f32.const 0))", "f32_div"),
        ("i32", "(drop (i32.div_u (local.get 0) (i32.const 3))) (i32.const 1)", "const 1; return"),
    ] {
        let text = expression(result, wat);
        assert!(text.contains(expected), "{wat} became {text}");
    }
    assert!(expression("i32", "(drop (i32.div_u (local.get 0) (local.get 2))) (i32.const 1)").contains("div_u"));
    assert!(!expression("i32", "(drop (i32.div_u (local.get 0) (i32.const 3))) (i32.const 1)").contains("div_u"));
}

/// Complements, differences and sums of constants within one another, for a grid of constants and numbers.
#[test]
fn complements_keep_the_meaning() {
    use crate::ir::eval::Instance;
    const NUMBERS: [i64; 9] = [0, 1, -1, 2, -128, 127, 0x7FFF_FFFF, -0x8000_0000, 0x7FFF_FFFF_FFFF_FFFF];
    let simplify = Options { simplify: true, dce: true, ..Options::NONE };
    for ty in ["i32", "i64"] {
        let number = |n: i64| if ty == "i32" { i64::from(n as i32) } else { n };
        let not = |x: &str| format!("({ty}.xor {x} ({ty}.const -1))");
        let (mut expressions, x) = (vec![], "(local.get 0)".to_string());
        for c in NUMBERS.map(number) {
            // One operator, within each other one.
            let apply = |inner: &str, k: i64| {
                [
                    not(inner),
                    format!("({ty}.add {inner} ({ty}.const {k}))"),
                    format!("({ty}.sub ({ty}.const {k}) {inner})"),
                    format!("({ty}.xor {inner} ({ty}.const {k}))"),
                ]
            };
            for inner in apply(&x, c) {
                for k in [number(c ^ 5), 1, -1] {
                    for outer in apply(&inner, k) {
                        expressions.push(format!("(i64.extend_i32_u ({ty}.eq {outer} ({ty}.const {c})))"));
                        expressions.push(if ty == "i32" { format!("(i64.extend_i32_u {outer})") } else { outer });
                    }
                }
            }
        }
        let y = format!("({ty}.mul {x} ({ty}.const 7))");
        for op in ["and", "or", "sub", "add"] {
            let both = format!("({ty}.{op} {} {})", not(&x), not(&y));
            for outer in [not(&both), both] {
                expressions.push(if ty == "i32" { format!("(i64.extend_i32_u {outer})") } else { outer });
            }
        }
        for compare in ["eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u"] {
            let flipped = format!("(i32.xor ({ty}.{compare} {x} {y}) (i32.const 1))");
            expressions.push(format!("(i64.extend_i32_u {flipped})"));
            expressions.push(format!("(select (i64.const 3) (i64.const 4) {flipped})"));
            expressions.push(format!("(if (result i64) {flipped} (then (i64.const 3)) (else (i64.const 4)))"));
        }
        for compare in ["eq", "ne", "lt", "gt", "le", "ge"] {
            // Half of the numbers are NaNs as floats.
            let float = if ty == "i32" { "f32" } else { "f64" };
            let (a, b) = (format!("({float}.reinterpret_{ty} {x})"), format!("({float}.const 1)"));
            let flipped = format!("(i32.xor ({float}.{compare} {a} {b}) (i32.const 1))");
            expressions.push(format!("(i64.extend_i32_u {flipped})"));
            expressions.push(format!("(select (i64.const 3) (i64.const 4) {flipped})"));
        }
        let functions: Vec<String> =
            expressions.iter().map(|e| format!("(func (param {ty}) (result i64) {e})")).collect();
        let wasm = wat::parse_str(format!("(module {})", functions.concat())).expect("well-formed text");
        let (module, plain) = compile(&wasm, &Options::NONE);
        let (_, better) = compile(&wasm, &simplify);
        let plain_instance = Instance::new(&module, &plain, &wasm, u64::MAX).expect("nothing to initialise");
        let better_instance = Instance::new(&module, &better, &wasm, u64::MAX).expect("nothing to initialise");
        for (nth, expression) in expressions.iter().enumerate() {
            let count = |f: &Function| f.blocks.iter().map(|block| block.insts.len()).sum::<usize>();
            assert!(count(&better[nth]) <= count(&plain[nth]), "{expression} became {}", better[nth]);
            for x in NUMBERS.map(|n| number(n) as u64) {
                let x = if ty == "i32" { u64::from(x as u32) } else { x };
                let expected = plain_instance.call(nth as u32, &[x]);
                assert_eq!(better_instance.call(nth as u32, &[x]), expected, "{expression} of {x:#x}: {}", better[nth]);
            }
        }
    }
}

#[test]
fn bits_are_known_of_what_goes_around() {
    // The mask of what is a byte whichever way it came goes; that of a number that grows stays.
    let scan = |first: &str, next: &str| {
        optimised(&format!(
            "(module (memory 1) (func (param $p i32) (result i32) (local $c i32)
                (local.set $c {first})
                (loop $again
                    (if (i32.eq (i32.and (local.get $c) (i32.const 255)) (i32.load offset=9 (local.get $p)))
                        (then (return (local.get $p))))
                    (if (i32.load offset=5 (local.get $p)) (then (local.set $c {next})))
                    (br_if $again (local.tee $p (i32.add (local.get $p) (i32.const 1)))))
                (local.get $c)))"
        ))
    };
    let byte = "(i32.load8_u (local.get $p))";
    for next in [byte, "(i32.shr_u (local.get $c) (i32.const 1))", "(i32.or (local.get $c) (i32.const 7))"] {
        let text = scan(byte, next);
        assert!(!text.contains("i32_and"), "{next}: {text}");
    }
    for next in ["(i32.load8_s (local.get $p))", "(i32.shl (local.get $c) (i32.const 1))", "(local.get $p)"] {
        let text = scan(byte, next);
        assert!(text.contains("i32_and"), "{next}: {text}");
    }
    assert!(scan("(i32.load16_u (local.get $p))", byte).contains("i32_and"));
}

#[test]
fn steps_needed_by_the_way_back_alone_come_on_it() {
    // How far two strings are the same: the index is the result whichever way the loop ends.
    let wat = "(module (memory 1) (func (param $a i32) (param $b i32) (param $n i32) (result i32)
        (local $i i32) (local $next i32)
        (block $end (loop $again
          (br_if $end (i32.eq (local.get $n) (local.get $i)))
          (local.set $next (i32.add (local.get $i) (i32.const 1)))
          (if (i32.eq (i32.load8_u (i32.add (local.get $a) (local.get $i)))
                      (i32.load8_u (i32.add (local.get $b) (local.get $i))))
            (then (local.set $i (local.get $next)) (br $again)))))
        (local.get $i)))";
    let wasm = wat::parse_str(wat).expect("well-formed text");
    let shown = |steps| compile(&wasm, &Options { steps, ..Options::default() }).1[0].to_string();
    // The additions in the block that compares: two for addresses, and the step if it isn't late.
    let additions = |text: &str| {
        let latch = text.split("\nblock").find(|block| block.contains("load")).expect("a comparison");
        latch.matches("i32_add").count()
    };
    let (early, late) = (shown(false), shown(true));
    assert_eq!((additions(&early), additions(&late)), (3, 2), "{early}{late}");
    let way_back = late.split("\nblock").find(|block| block.contains("i32_add") && !block.contains("load"));
    assert!(way_back.is_some_and(|block| block.contains("jump block1(")), "{late}");
}

#[test]
fn flipped_conditions_exchange_what_is_branched_to() {
    let wat = "(module (func (param f64 f64) (result i32)
        (if (result i32) (i32.xor (f64.lt (local.get 0) (local.get 1)) (i32.const 1))
          (then (i32.const 1)) (else (i32.const 2)))))";
    let text = optimised(wat);
    assert!(text.contains("→ block2, block1") && !text.contains("xor") && !text.contains("eqz"), "{text}");
}

#[test]
fn conditions_are_plain() {
    let wat = "(module (func (param i32 i32) (result i32)
        (if (result i32) (i32.eqz (i32.eqz (i32.eqz (local.get 0))))
          (then (i32.const 1)) (else (i32.const 2)))))";
    let text = optimised(wat);
    assert!(text.contains("branch v0 → block2, block1") && !text.contains("eqz"), "{text}");
}

#[test]
fn decided_branches_go() {
    let wat = "(module (func (param i32) (result i32)
        (block (block (br_table 0 1 (i32.const 1))) (return (i32.const 5)))
        (if (i32.const 0) (then unreachable))
        (loop (block (br_if 0 (i32.const 1)) (br 1)))
        (local.get 0)))";
    assert_eq!(optimised(wat), "function 0 (i32) -> (i32)\nblock0(v0: i32):\n    return v0\n");
}

#[test]
fn tables_are_indexed_by_the_number_that_a_few_are_taken_from() {
    let switch = |from: i32| {
        optimised(&format!(
            "(module (func (param i32) (result i32)
                (block (block (block (br_table 0 1 2 (i32.add (local.get 0) (i32.const {from})))) (return (i32.const 5)))
                    (return (i32.const 6)))
                (i32.const 7)))"
        ))
    };
    // As many entries more as the constant says, which go where an index that wraps goes.
    let shifted = switch(-2);
    assert!(!shifted.contains("i32_add"), "{shifted}");
    let table = shifted.lines().find(|line| line.contains("br_table")).expect("a table");
    assert_eq!(table.matches("block").count(), 5, "{table}");
    // Too many would be needed, or the numbers before the table are many.
    for from in [-33, 1, i32::MIN] {
        assert!(switch(from).contains("i32_add"), "{from}");
    }
}

#[test]
fn loads_are_reused_until_something_may_change_them() {
    let wat = "(module (memory 1) (global $g (mut i32) (i32.const 0)) (func (param i32 i32) (result i32)
        (i32.store (local.get 0) (local.get 1))
        (i32.store offset=4 (local.get 0) (i32.load (local.get 0)))
        (global.set $g (i32.load (local.get 0)))
        (i32.store8 (local.get 1) (i32.const 1))
        (i32.add (i32.load (local.get 0)) (global.get $g))))";
    let text = optimised(wat);
    assert_eq!(text.matches("i32_load").count(), 1, "{text}");
    assert!(text.contains("i32_store v0 +4, v1"), "{text}");
    assert!(!text.contains("global_get"), "{text}");
}

#[test]
fn what_is_filled_is_not_copied() {
    let text = |between: &str, source: u32, count: &str| {
        optimised(&format!(
            "(module (memory 1) (func (param $to i32) (param $from i32) (param $v i32) (param $n i32)
                (memory.fill (local.get 1) (local.get $v) (local.get $n))
                {between}
                (memory.copy (local.get $to) (local.get {source}) {count})))"
        ))
    };
    let n = "(local.get $n)";
    assert!(text("", 1, n).contains("memory_fill v0, v2, v3"));
    assert!(text("(drop (i32.load (local.get 0)))", 1, n).contains("memory_fill v0, v2, v3"));
    for (between, source, count) in [
        ("(i32.store8 (local.get $to) (i32.const 1))", 1, n),
        ("(memory.copy (local.get $to) (local.get $v) (local.get $n))", 1, n),
        ("", 0, n),
        ("", 1, "(i32.add (local.get $n) (i32.const 1))"),
    ] {
        assert!(text(between, source, count).contains("memory_copy v0, v"), "{between}");
    }
}

#[test]
fn cyclic_parameters_go() {
    // Local 1 passes through two loops unchanged; local 2 counts and is never used.
    let wat = "(module (func (param i32 i32) (result i32) (local i32 i32)
        (block (loop (local.set 3 (local.get 1))
          (loop (local.set 2 (i32.add (local.get 2) (i32.const 1))) (local.set 1 (local.get 3))
            (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
          (br_if 1 (i32.eqz (local.get 0))) (br 0)))
        (local.get 1)))";
    let wasm = wat::parse_str(wat).expect("well-formed text");
    // Repeated loops have a block behind them that takes parameters.
    let text = compile(&wasm, &Options { unroll: false, ..Options::default() }).1[0].to_string();
    for line in text.lines().filter(|line| line.starts_with("block") && !line.starts_with("block0")) {
        assert!(line.matches(": i32").count() <= 1, "{text}");
    }
}

/// How often each function of a module in the text format calls another, once optimised.
fn calls(wat: &str) -> Vec<usize> {
    let wasm = wat::parse_str(wat).expect("well-formed text");
    let count = |f: &Function| f.to_string().matches("call ").count();
    compile(&wasm, &Options::default()).1.iter().map(count).collect()
}

#[test]
fn small_functions_are_taken_in() {
    let wat = "(module
        (func $sum (export \"run\") (param i32 i32) (result i32)
            (i32.add (call $double (local.get 0)) (call $triple (local.get 1))))
        (func $double (param i32) (result i32) (i32.add (local.get 0) (local.get 0)))
        (func $triple (param i32) (result i32) (i32.add (local.get 0) (call $double (local.get 0)))))";
    let expected = "\
function 0 (i32, i32) -> (i32)
block0(v0: i32, v1: i32):
    v4 = i32_add v0, v0
    v6 = i32_add v1, v1
    v7 = i32_add v1, v6
    v8 = i32_add v4, v7
    return v8
";
    let plain =
        |text: &str| text.split_whitespace().filter(|word| !word.starts_with('v')).collect::<Vec<_>>().join(" ");
    assert_eq!(plain(&optimised(wat)), plain(expected), "{}", optimised(wat));
}

#[test]
fn returns_meet_behind_the_call() {
    let wat = "(module
        (func (export \"run\") (param i32 i32) (result i32) (i32.mul (call $f (local.get 0) (local.get 1)) (i32.const 3)))
        (func $f (param i32 i32) (result i32)
            (if (i32.eqz (local.get 0)) (then (return (i32.const 7))))
            (if (local.get 1) (then unreachable))
            (i32.sub (local.get 1) (local.get 0))))";
    let text = optimised(wat);
    assert!(text.contains("trap unreachable") && !text.contains("call"), "{text}");
    assert_eq!(text.matches("return").count(), 1, "{text}");
}

#[test]
fn what_is_taken_in_is_not_too_much() {
    // Long enough that a copy isn't worth it, unless it is in the place of the only call.
    let long = "(i32.add (i32.mul (local.get 0) (i32.const 3)) (local.get 0))".to_string();
    let long =
        (0..20).fold(long, |inner, _| format!("(i32.div_u (i32.rotl {inner} (local.get 0)) (i32.load (local.get 0)))"));
    let module = |callers: &str| {
        format!("(module (memory 1) (func $f (param i32) (result i32) {long}) (export \"run\" (func 1)) {callers})")
    };
    let call = "(func (param i32) (result i32) (call $f (local.get 0)))";
    assert_eq!(calls(&module(call)), [0, 0]);
    assert_eq!(calls(&module(&call.repeat(2))), [0, 1, 1]);
    assert_eq!(calls(&module(&format!("(export \"f\" (func $f)) {call}"))), [0, 1]);
    // What goes on to trap isn't worth it either.
    assert_eq!(calls(&module("(func (param i32) (drop (call $f (local.get 0))) unreachable)")), [0, 1]);
}

#[test]
fn functions_that_call_themselves_are_unfolded() {
    let fib = "(func $fib (export \"fib\") (param i32) (result i32)
        (if (result i32) (i32.lt_u (local.get 0) (i32.const 2)) (then (local.get 0))
            (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                           (call $fib (i32.sub (local.get 0) (i32.const 2)))))))";
    assert_eq!(calls(&format!("(module {fib})")), [8]);
    // Two that call each other: one copy, and no end of copies of copies.
    let turns = |own: &str, other: &str| {
        format!("(func ${own} (export \"{own}\") (param i32) (result i32)
            (if (result i32) (local.get 0) (then (call ${other} (i32.sub (local.get 0) (i32.const 1)))) (else (i32.const 1))))")
    };
    let both = calls(&format!("(module {} {})", turns("even", "odd"), turns("odd", "even")));
    assert!(both.iter().all(|calls| *calls == 1), "{both:?}");
}

#[test]
fn each_pass_can_be_switched_off() {
    let wasm = wat::parse_str(
        "(module (memory 1) (func (param i32) (result i32) (local i32)
        (loop (local.set 1 (i32.add (i32.load (local.get 0)) (i32.load (local.get 0))))
          (br_if 0 (i32.eqz (i32.eqz (local.get 1))))) (local.get 1)))",
    )
    .expect("well-formed text");
    let all = Options::default();
    for options in [
        Options { inline: false, ..all },
        Options { params: false, ..all },
        Options { simplify: false, ..all },
        Options { branches: false, ..all },
        Options { gvn: false, ..all },
        Options { dce: false, ..all },
        Options { steps: false, ..all },
        Options { unroll: false, ..all },
        Options::NONE,
    ] {
        compile(&wasm, &options);
    }
}

#[test]
fn corpus_optimises() {
    for (name, wasm) in crate::frontend::samples::corpus() {
        let count = |functions: &[Function]| -> usize {
            let blocks = functions.iter().flat_map(|f| &f.blocks);
            blocks.map(|block| block.insts.len()).sum()
        };
        let start = std::time::Instant::now();
        let plain = compile(&wasm, &Options::NONE).1;
        let translated = start.elapsed();
        // Repeating loops makes more of them, and so do copies of callees.
        let better = compile(&wasm, &Options { inline: false, unroll: false, ..Options::default() }).1;
        let (before, after) = (count(&plain), count(&better));
        println!("{name}: {before} → {after}, {translated:?}, {:?}", start.elapsed() - translated);
        assert!(after <= before, "{name}");
    }
}

#[test]
fn extremes_optimise() {
    for (nth, wasm) in crate::frontend::samples::extremes().iter().enumerate() {
        let start = std::time::Instant::now();
        compile(wasm, &Options::default());
        println!("{nth}: {:?}", start.elapsed());
    }
}

/// What running an export did: its result, the calls of imports, and a digest of memory and globals.
type Behaviour = (Result<Vec<u64>, hardtack_format::trap::TrapCode>, Vec<(u32, Vec<u64>)>, u64);

fn behaviour(module: &Module, functions: &[Function], wasm: &[u8], export: u32, args: &[u64]) -> Behaviour {
    use crate::ir::eval::Instance;
    use std::hash::{Hash, Hasher};
    let instance = match Instance::new(module, functions, wasm, 100_000) {
        Ok(instance) => instance,
        Err(trap) => return (Err(trap), vec![], 0),
    };
    let result = instance.call(export, args);
    let mut hasher = std::hash::DefaultHasher::new();
    instance.memory.borrow().hash(&mut hasher);
    instance.globals.borrow().hash(&mut hasher);
    (result, instance.calls.take(), hasher.finish())
}

/// Runs functions of a module, as translated and optimised in several ways, on a few numbers, and compares.
/// Returns how many runs were compared to their end.
fn compare(name: &str, wasm: &[u8], samples: usize) -> usize {
    use hardtack_format::trap::TrapCode;
    let all = Options::default();
    let none = Options::NONE;
    let (module, plain) = compile(wasm, &none);
    let mut finished = 0;
    let variants: Vec<(Options, Vec<Function>)> = [
        all,
        Options { inline: true, ..none },
        Options { params: true, ..none },
        Options { simplify: true, ..none },
        Options { branches: true, ..none },
        Options { gvn: true, ..none },
        Options { dce: true, ..none },
        Options { steps: true, ..none },
        Options { unroll: true, ..none },
    ]
    .into_iter()
    .map(|options| (options, compile(wasm, &options).1))
    .collect();
    for f in plain.iter().step_by(plain.len().div_ceil(samples).max(1)) {
        for seed in [0u64, 1, 7, 0x1_0001, 0xffff_fff7] {
            let args: Vec<u64> = f
                .signature
                .params
                .iter()
                .zip(1..)
                .map(|(ty, nth)| match ty {
                    crate::ir::Type::I32 | crate::ir::Type::F32 => seed.wrapping_mul(nth) & 0xffff_ffff,
                    crate::ir::Type::I64 | crate::ir::Type::F64 => seed.wrapping_mul(nth),
                    crate::ir::Type::FuncRef | crate::ir::Type::ExternRef => 0,
                })
                .collect();
            let expected = behaviour(&module, &plain, wasm, f.index, &args);
            for (options, functions) in &variants {
                let actual = behaviour(&module, functions, wasm, f.index, &args);
                let context = || format!("{name}: function {} of {args:?} with {options:?}", f.index);
                if [&expected.0, &actual.0].contains(&&Err(TrapCode::OutOfFuel)) {
                    // The two stopped at different places: one may have come further.
                    let common = expected.1.len().min(actual.1.len());
                    assert_eq!(expected.1[..common], actual.1[..common], "{}", context());
                } else {
                    assert_eq!(expected, actual, "{}", context());
                    finished += 1;
                }
            }
            if args.is_empty() {
                break;
            }
        }
    }
    finished
}

#[test]
fn corpus_behaves_the_same() {
    let samples = std::env::var("HARDTACK_SAMPLES").ok().and_then(|n| n.parse().ok()).unwrap_or(4);
    for (name, wasm) in crate::frontend::samples::corpus() {
        // Instantiating the largest again and again takes too long for what it shows.
        if wasm.len() < 1_000_000 {
            println!("{name}: {} runs compared", compare(&name, &wasm, samples));
        }
    }
}

/// Numbers, the same every time.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % n
    }

    fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }

    /// An integer expression of a type over parameters 0 to 1 (i32) and 2 to 3 (i64).
    fn expression(&mut self, ty: &str, depth: usize) -> String {
        const BINARY: &[&str] = &[
            "add", "sub", "mul", "and", "or", "xor", "shl", "shr_s", "shr_u", "rotl", "rotr", "div_u", "rem_u",
            "div_s", "rem_s",
        ];
        const COMPARE: &[&str] = &["eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u"];
        const NUMBERS: &[&str] = &[
            "0",
            "1",
            "-1",
            "2",
            "8",
            "16",
            "24",
            "31",
            "32",
            "33",
            "48",
            "56",
            "63",
            "64",
            "127",
            "128",
            "255",
            "256",
            "65535",
            "65536",
            "0x7fffffff",
            "0x80000000",
            "0xffffffff",
            "-5",
        ];
        let leaf = depth == 0 || self.below(6) == 0;
        if leaf {
            let local = self.below(2) + if ty == "i64" { 2 } else { 0 };
            return if self.below(2) == 0 {
                format!("(local.get {local})")
            } else {
                format!("({ty}.const {})", self.of(NUMBERS))
            };
        }
        let depth = depth - 1;
        let other = if self.below(2) == 0 { "i32" } else { "i64" };
        match (self.below(10), ty) {
            (0..=4, _) => {
                let op = self.of(BINARY);
                format!("({ty}.{op} {} {})", self.expression(ty, depth), self.expression(ty, depth))
            }
            (5, _) => {
                let op = self.of(&["extend8_s", "extend16_s", "clz", "ctz", "popcnt"]);
                format!("({ty}.{op} {})", self.expression(ty, depth))
            }
            (6, _) => {
                let (a, b, c) = (self.expression(ty, depth), self.expression(ty, depth), self.expression("i32", depth));
                format!("(select {a} {b} {c})")
            }
            (7, "i32") => format!("({other}.eqz {})", self.expression(other, depth)),
            (7, _) => format!("(i64.extend32_s {})", self.expression(ty, depth)),
            (8, "i32") => format!("(i32.wrap_i64 {})", self.expression("i64", depth)),
            (_, "i32") => {
                let op = self.of(COMPARE);
                format!("({other}.{op} {} {})", self.expression(other, depth), self.expression(other, depth))
            }
            _ => {
                let op = self.of(&["extend_i32_s", "extend_i32_u"]);
                format!("(i64.{op} {})", self.expression("i32", depth))
            }
        }
    }
}

#[test]
fn algebra_keeps_the_meaning() {
    let mut random = Random(42);
    for _ in 0..20 {
        let functions: String = (0..100)
            .map(|_| {
                let ty = random.of(&["i32", "i64"]);
                let expression = random.expression(ty, 4);
                format!("(func (param i32 i32 i64 i64) (result {ty}) {expression})\n")
            })
            .collect();
        let wasm = wat::parse_str(format!("(module {functions})")).expect("well-formed text");
        let compared = compare(&functions, &wasm, usize::MAX / 2);
        assert!(compared > 0);
    }
}

#[test]
fn random_modules_behave_the_same() {
    let mut random = Random(7);
    let mut compared = 0;
    let count = std::env::var("HARDTACK_MODULES").ok().and_then(|n| n.parse().ok()).unwrap_or(30);
    for _ in 0..count {
        let bytes: Vec<u8> = (0..4096).map(|_| random.below(256) as u8).collect();
        let config = wasm_smith::Config {
            bulk_memory_enabled: true,
            compact_imports_enabled: false,
            custom_descriptors_enabled: false,
            exceptions_enabled: false,
            gc_enabled: false,
            max_imports: 3,
            max_memories: 1,
            max_memory32_bytes: 1 << 17,
            max_table_elements: 64,
            memory64_enabled: false,
            min_funcs: 3,
            reference_types_enabled: true,
            relaxed_simd_enabled: false,
            shared_everything_threads_enabled: false,
            simd_enabled: false,
            tail_call_enabled: false,
            threads_enabled: false,
            wide_arithmetic_enabled: false,
            ..wasm_smith::Config::default()
        };
        let mut input = arbitrary::Unstructured::new(&bytes);
        let Ok(module) = wasm_smith::Module::new(config, &mut input) else { continue };
        let wasm = module.to_bytes();
        compared += compare("random module", &wasm, usize::MAX / 2);
    }
    println!("{compared} runs compared");
    assert!(compared > 0);
}
