//! Random modules, compiled and run, against wasmi: results, traps, host calls, memory, tables and globals are compared.
//!
//! `HARDTACK_SEEDS=100000 cargo test --release --test differential` tries more seeds than usual;
//! `HARDTACK_SEED=7` tries that one and prints its module. Each test takes modules of its own.

#[path = "../fuzz/src/shapes/mod.rs"]
mod shapes;

use arbitrary::Unstructured;
use hardtack_compiler::{Groups, Options, opt};
use hardtack_format::isa::Group;
use hardtack_tests::random::Random;
use hardtack_tests::tailored;
use hardtack_vm as tack;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::AddAssign;
use wasm_smith::{Config, Module};

const SEEDS: u64 = 2_500;
/// The same for modules of [`shapes`].
const SHAPES: u64 = 600;
/// Seeds of modules that are compiled with every combination of passes, of wasm-smith's and of [`shapes`].
const FIXED: ([u64; 3], [u64; 5]) = ([2, 13, 136], [1, 2, 4, 10, 11]);
/// What one call may use. The engines measure differently, so a module that uses it up is compared only so far.
const FUEL: u64 = 200_000;
/// Calls of functions and loops in an instance's life, where the module counts them itself: then all of it is compared.
const STEPS: u32 = 2_000;
/// Rounds of calls of all exports.
const ROUNDS: usize = 3;

#[test]
fn same_as_wasmi() {
    compare_seeds("same_as_wasmi", SEEDS, module);
}

/// Modules that compute more, with less of everything else.
#[test]
fn shapes_same_as_wasmi() {
    compare_seeds("shapes_same_as_wasmi", SHAPES, shape);
}

/// A few modules with each of the combinations of passes that there are. They are such that each pass does something to some.
#[test]
fn every_combination_of_passes() {
    let modules: Vec<Vec<u8>> = FIXED.0.into_iter().map(module).chain(FIXED.1.into_iter().map(shape)).collect();
    let results: Vec<Result<(Vec<u8>, Stats), String>> = (0..modules.len() * COMBINATIONS)
        .into_par_iter()
        .map(|i| {
            let wasm = &modules[i / COMBINATIONS];
            let options = Options { passes: passes(i % COMBINATIONS), ..Options::default() };
            let file = compile(wasm, &options)?;
            // Each module is called with the same arguments however it is compiled.
            let stats = check((i / COMBINATIONS) as u64, wasm, file.clone());
            Ok((file, stats.map_err(|e| format!("{:?}: {e}\n\n{}", options.passes, text(wasm)))?))
        })
        .collect();
    let mut total = Stats::default();
    let mut files = Vec::new();
    for result in results {
        let (file, stats) = result.unwrap_or_else(|e| panic!("{e}"));
        total += stats;
        files.push(file);
    }
    println!("{} modules, {COMBINATIONS} combinations: {total}", modules.len());
    for pass in 0..COMBINATIONS.trailing_zeros() {
        let changes = (0..files.len()).filter(|i| files[*i] != files[i ^ 1 << pass]).count();
        println!("pass {pass} changes {changes} of {} files", files.len());
        assert!(changes > 0, "{:?} changes nothing", passes(1 << pass));
    }
    let ended = total.cut_short + total.uninstantiable;
    assert!(ended == 0 && total.returned > 5 * files.len() as u64, "too little was compared: {total}");
}

fn compare_seeds(test: &str, seeds: u64, module: fn(u64) -> Vec<u8>) {
    let number = |name| std::env::var(name).ok().map(|v: String| v.parse::<u64>().expect("seeds are numbers"));
    if let Some(seed) = number("HARDTACK_SEED") {
        println!("{}", text(&module(seed)));
        let outcome = compare_seed(seed, &module(seed));
        println!("{outcome:?}");
        outcome.unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        return;
    }
    let seeds = number("HARDTACK_SEEDS").unwrap_or(seeds);
    let outcomes: Vec<(u64, Result<Stats, String>)> =
        (0..seeds).into_par_iter().map(|seed| (seed, compare_seed(seed, &module(seed)))).collect();
    let mut total = Stats::default();
    let mut failures = Vec::new();
    for (seed, outcome) in outcomes {
        match outcome {
            Ok(stats) => total += stats,
            Err(e) => failures.push((seed, e)),
        }
    }
    println!("{seeds} seeds: {total}");
    if let Some((seed, e)) = failures.first() {
        let others: Vec<u64> = failures.iter().skip(1).map(|(seed, _)| *seed).take(20).collect();
        panic!(
            "seed {seed}: {e}\n\n{}\nHARDTACK_SEED={seed} cargo test --test differential {test} -- --exact --nocapture \
             runs it again\n{} seeds failed; others: {others:?}",
            text(&module(*seed)),
            failures.len()
        );
    }
    assert!(total.returned > seeds && total.trapped > seeds / 10, "too little was compared: {total}");
}

/// What was compared.
#[derive(Clone, Copy, Debug, Default)]
struct Stats {
    returned: u64,
    trapped: u64,
    cut_short: u64,
    uninstantiable: u64,
}

impl AddAssign for Stats {
    fn add_assign(&mut self, other: Stats) {
        self.returned += other.returned;
        self.trapped += other.trapped;
        self.cut_short += other.cut_short;
        self.uninstantiable += other.uninstantiable;
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Stats { returned, trapped, cut_short, uninstantiable } = self;
        write!(
            f,
            "{returned} calls returned, {trapped} trapped, {cut_short} modules ran out of fuel or stack, {uninstantiable} could not be instantiated"
        )
    }
}

/// What modules may import. Host functions answer with a mixture of their arguments.
const IMPORTS: &str = r#"(module
    (import "host" "nothing" (func))
    (import "host" "i32" (func (param i32) (result i32)))
    (import "host" "mix" (func (param i64 f64 f32 i32) (result f64)))
    (import "host" "pair" (func (param i64) (result i32 i64)))
    (import "host" "extern" (func (param externref) (result externref)))
    (import "host" "constant" (global i32))
    (import "host" "constant64" (global i64))
    (import "host" "variable" (global (mut i32)))
    (import "host" "variable64" (global (mut i64)))
    (import "host" "float" (global (mut f64))))"#;

/// wasm-smith's module of a seed.
fn module(seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    let counts_steps = random.below(2) == 0;
    let config = Config {
        available_imports: (random.below(4) != 0).then(|| wat::parse_str(IMPORTS).expect("the imports are valid")),
        allow_floats: random.below(4) != 0,
        bulk_memory_enabled: true,
        canonicalize_nans: true,
        compact_imports_enabled: false,
        custom_page_sizes_enabled: false,
        disallow_traps: random.below(2) == 0,
        exceptions_enabled: false,
        export_everything: true,
        extended_const_enabled: true,
        gc_enabled: false,
        max_data_segments: 4,
        max_element_segments: 4,
        max_elements: 8,
        // The imported ones count.
        max_funcs: random.pick(&[7, 10, 15]),
        max_globals: 12,
        max_imports: 10,
        max_instructions: random.pick(&[30, 100, 300, 1000]),
        max_memories: 1,
        max_memory32_bytes: 4 << 16,
        max_table_elements: 40,
        max_tables: 3,
        max_types: 12,
        memory64_enabled: false,
        memory_max_size_required: true,
        min_funcs: 1,
        min_types: 1,
        multi_value_enabled: true,
        reference_types_enabled: true,
        relaxed_simd_enabled: false,
        saturating_float_to_int_enabled: true,
        sign_extension_ops_enabled: true,
        simd_enabled: false,
        table_max_size_required: true,
        tail_call_enabled: false,
        threads_enabled: false,
        wide_arithmetic_enabled: false,
        ..Config::default()
    };
    let bytes = random.bytes(random.clone().pick(&[1 << 10, 1 << 12, 1 << 14]));
    let mut module =
        Module::new(config, &mut Unstructured::new(&bytes)).expect("bytes suffice, since they may run out");
    if counts_steps {
        module.ensure_termination(STEPS).expect("all functions are generated");
    }
    around_wasmis_fault(&module.to_bytes())
}

/// wasmi 2.0.0 fuses `i32.eqz` of a local into a `select` that follows, and then reads the condition from a register that nobody wrote.
/// An operator between the two that changes nothing keeps it from that.
fn around_wasmis_fault(wasm: &[u8]) -> Vec<u8> {
    let text = wasmprinter::print_bytes(wasm).expect("a module can be printed");
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("select") && lines.last().is_some_and(|last| last.trim() == "i32.eqz") {
            lines.push("i32.extend8_s");
        }
        lines.push(line);
    }
    wat::parse_str(lines.join("\n")).expect("what was printed can be parsed")
}

/// A module of [`shapes`] of a seed.
fn shape(seed: u64) -> Vec<u8> {
    let bytes = Random::new(seed).bytes(1 << 12);
    shapes::module(&mut Unstructured::new(&bytes)).expect("bytes suffice, since they may run out")
}

fn text(wasm: &[u8]) -> String {
    wasmprinter::print_bytes(wasm).unwrap_or_else(|e| format!("; {e}"))
}

/// Sets of passes: each is there or not.
const COMBINATIONS: usize = 1 << 8;

fn passes(set: usize) -> opt::Options {
    let has = |bit: u32| set >> bit & 1 != 0;
    opt::Options {
        params: has(0),
        simplify: has(1),
        branches: has(2),
        gvn: has(3),
        steps: has(4),
        unroll: has(5),
        dce: has(6),
        inline: has(7),
    }
}

/// How the module of a seed is compiled: every other one with some passes left out.
fn options(seed: u64) -> Options {
    let mut random = Random::new(seed ^ 0x5eed);
    let mut options = Options::default();
    if seed % 2 == 1 {
        options.passes = passes(random.below(COMBINATIONS));
    }
    // Every eighth does without fused instructions, as for a VM built without them.
    if seed % 8 == 2 {
        options.groups = options.groups.without(Groups::default().with(Group::fused));
    }
    // Every fourth is for a VM with instructions of an application's own.
    if seed % 4 == 3 {
        options.isa = tailored::options().isa;
    }
    options
}

fn compile(wasm: &[u8], options: &Options) -> Result<Vec<u8>, String> {
    hardtack_compiler::compile(wasm, options).map_err(|e| format!("the compiler refused it: {e}"))
}

fn compare_seed(seed: u64, wasm: &[u8]) -> Result<Stats, String> {
    check(seed, wasm, compile(wasm, &options(seed))?)
}

/// Runs the module of a seed, and the file that was compiled of it, and compares.
fn check(seed: u64, wasm: &[u8], file: Vec<u8>) -> Result<Stats, String> {
    let ours = tailored::engine().load(file).map_err(|e| format!("the compiled file was refused: {e}"))?;
    let mut stats = Stats::default();
    let (mut ours, mut theirs) = match (Ours::new(&ours), Theirs::new(wasm)) {
        (Ok(ours), Ok(theirs)) => (ours, theirs),
        // The engines word differently what doesn't fit, and nothing is left to compare.
        (Err(_), Err(_)) => {
            stats.uninstantiable += 1;
            return Ok(stats);
        }
        (Err(Fault::Limit), _) | (_, Err(Fault::Limit)) => {
            stats.cut_short += 1;
            return Ok(stats);
        }
        (ours, theirs) => {
            return Err(format!("instantiation: ours {:?}, wasmi's {:?}", ours.err(), theirs.err()));
        }
    };
    let funcs = theirs.functions();
    let mut random = Random::new(!seed);
    for _ in 0..ROUNDS {
        for (name, params) in &funcs {
            let args: Vec<Value> = params.iter().map(|ty| Value::any(*ty, &mut random)).collect();
            let results = (ours.call(name, &args), theirs.call(name, &args));
            let context = |e: String| format!("{name}({args:x?}): {e}");
            match agree(&results.0, &results.1).map_err(context)? {
                End::Returned => stats.returned += 1,
                End::Trapped => stats.trapped += 1,
                End::CutShort => {
                    stats.cut_short += 1;
                    return Ok(stats);
                }
            }
            compare("host calls", ours.calls(), theirs.calls()).map_err(context)?;
            compare("state", ours.state(), theirs.state()).map_err(context)?;
            compare_memory(ours.memory(), theirs.memory()).map_err(context)?;
        }
    }
    Ok(stats)
}

enum End {
    Returned,
    Trapped,
    CutShort,
}

fn agree(ours: &Result<Vec<Value>, Fault>, theirs: &Result<Vec<Value>, Fault>) -> Result<End, String> {
    match (ours, theirs) {
        (Err(Fault::Limit), _) | (_, Err(Fault::Limit)) => Ok(End::CutShort),
        _ if ours != theirs => Err(format!("ours {ours:x?}, wasmi's {theirs:x?}")),
        (Ok(_), _) => Ok(End::Returned),
        (Err(_), _) => Ok(End::Trapped),
    }
}

fn compare<T: PartialEq + fmt::Debug>(what: &str, ours: T, theirs: T) -> Result<(), String> {
    if ours == theirs { Ok(()) } else { Err(format!("{what}: ours {ours:x?}, wasmi's {theirs:x?}")) }
}

fn compare_memory(ours: &[u8], theirs: &[u8]) -> Result<(), String> {
    if ours == theirs {
        return Ok(());
    }
    compare("size of memory", ours.len(), theirs.len())?;
    let at = ours.iter().zip(theirs).position(|(a, b)| a != b).unwrap_or_default();
    Err(format!("memory differs at {at:#x}: ours {:#x}, wasmi's {:#x}", ours[at], theirs[at]))
}

/// How a call ended that didn't return.
#[derive(Debug, PartialEq)]
enum Fault {
    /// Fuel or stack ran out: the engines differ in how much there is.
    Limit,
    /// A trap, by its message in the test suite.
    Trap(&'static str),
    /// Anything else.
    Other(String),
}

/// The type of a value, whichever engine's.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Ty {
    I32,
    I64,
    F32,
    F64,
    Func,
    Extern,
}

/// A value, whichever engine's. Functions are only null or not.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Value {
    I32(u32),
    I64(u64),
    F32(u32),
    F64(u64),
    Func(bool),
    Extern(Option<u32>),
}

impl Value {
    /// An argument: an edge value or anything, but no NaN.
    fn any(ty: Ty, random: &mut Random) -> Value {
        let bits = if random.below(2) == 0 { random.bits() } else { random.pick(&EDGES) };
        let small = random.below(100) as f64 - 50.0;
        match ty {
            Ty::I32 => Value::I32(bits as u32),
            Ty::I64 => Value::I64(bits),
            Ty::F32 if f32::from_bits(bits as u32).is_nan() => Value::F32((small as f32).to_bits()),
            Ty::F32 => Value::F32(bits as u32),
            Ty::F64 if f64::from_bits(bits).is_nan() => Value::F64(small.to_bits()),
            Ty::F64 => Value::F64(bits),
            Ty::Func => Value::Func(false),
            Ty::Extern => Value::Extern((random.below(3) != 0).then_some(bits as u32)),
        }
    }

    /// The bits of a number.
    fn bits(self) -> u64 {
        match self {
            Value::I32(v) | Value::F32(v) => v.into(),
            Value::I64(v) | Value::F64(v) => v,
            Value::Func(v) => v.into(),
            Value::Extern(v) => v.map_or(0, u64::from),
        }
    }
}

const EDGES: [u64; 12] =
    [0, 1, 2, 7, 64, 65_535, 65_536, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 1 << 63, 0x3ff0_0000_0000_0000];

/// What a host function answers.
fn answer(results: &[Ty], args: &[Value]) -> Vec<Value> {
    let mixed = args.iter().fold(1u64, |sum, arg| sum.rotate_left(7) ^ arg.bits());
    results
        .iter()
        .map(|ty| match ty {
            Ty::I32 => Value::I32(mixed as u32),
            Ty::I64 => Value::I64(mixed),
            Ty::F32 => Value::F32((mixed as i16 as f32).to_bits()),
            Ty::F64 => Value::F64((mixed as i16 as f64).to_bits()),
            Ty::Func => Value::Func(false),
            Ty::Extern => {
                args.iter().copied().find(|arg| matches!(arg, Value::Extern(_))).unwrap_or(Value::Extern(None))
            }
        })
        .collect()
}

/// The globals of `host`, by name.
const GLOBALS: [(&str, bool, Value); 5] = [
    ("constant", false, Value::I32(8)),
    ("constant64", false, Value::I64(0x1_0000_0001)),
    ("variable", true, Value::I32(3)),
    ("variable64", true, Value::I64(5)),
    ("float", true, Value::F64(0x3ff8_0000_0000_0000)),
];

/// The functions of `host`, by name.
const FUNCS: [(&str, &[Ty], &[Ty]); 5] = [
    ("nothing", &[], &[]),
    ("i32", &[Ty::I32], &[Ty::I32]),
    ("mix", &[Ty::I64, Ty::F64, Ty::F32, Ty::I32], &[Ty::F64]),
    ("pair", &[Ty::I64], &[Ty::I32, Ty::I64]),
    ("extern", &[Ty::Extern], &[Ty::Extern]),
];

/// Calls of host functions: which, with what.
type Calls = Vec<(usize, Vec<Value>)>;

/// Implements the host and what is compared for an engine: their APIs have the same shape.
macro_rules! engine {
    ($name:ident, $engine:ident) => {
        struct $name {
            store: $engine::Store<Calls>,
            instance: $engine::Instance,
            /// Ordered by name: wasmi gives them in an order of its own.
            exports: Vec<$engine::Extern>,
        }

        impl $name {
            fn link(mut store: $engine::Store<Calls>, module: &$engine::Module) -> Result<$name, Fault> {
                let mut linker = <$engine::Linker<Calls>>::new(store.engine());
                linker.allow_shadowing(true);
                for (number, (name, params, results)) in FUNCS.iter().enumerate() {
                    let types = |types: &[Ty]| types.iter().map(|ty| Self::ty(*ty)).collect::<Vec<_>>();
                    let host = move |mut caller: $engine::Caller<'_, Calls>,
                                     args: &[$engine::Val],
                                     out: &mut [$engine::Val]| {
                        let args: Vec<Value> = args.iter().map(|v| Self::value(v, &caller)).collect();
                        for (out, value) in out.iter_mut().zip(answer(results, &args)) {
                            *out = Self::val(value, &mut caller);
                        }
                        caller.data_mut().push((number, args));
                        Ok(())
                    };
                    let func =
                        $engine::Func::new(&mut store, $engine::FuncType::new(types(params), types(results)), host);
                    linker.define("host", name, func).expect("names may be defined again");
                }
                for (name, mutable, value) in GLOBALS {
                    let global = Self::global(&mut store, mutable, value);
                    linker.define("host", name, global).expect("names may be defined again");
                }
                Self::refuel(&mut store);
                let instance = linker.instantiate_and_start(&mut store, module).map_err(|e| Self::fault(&e))?;
                let exports = instance.exports(&store).map(|e| (e.name().to_string(), e.into_extern()));
                // wasmi orders them by name.
                let exports: BTreeMap<_, _> = exports.collect();
                Ok($name { store, instance, exports: exports.into_values().collect() })
            }

            fn call(&mut self, name: &str, args: &[Value]) -> Result<Vec<Value>, Fault> {
                Self::refuel(&mut self.store);
                let func = self.instance.get_func(&self.store, name).expect("both have the same exports");
                let ty = func.ty(&self.store);
                let args: Vec<_> = args.iter().map(|v| Self::val(*v, &mut self.store)).collect();
                let mut results: Vec<_> = ty.results().iter().map(|ty| $engine::Val::default_for_ty(*ty)).collect();
                match func.call(&mut self.store, &args, &mut results) {
                    Ok(()) => Ok(results.iter().map(|v| Self::value(v, &self.store)).collect()),
                    Err(e) => Err(Self::fault(&e)),
                }
            }

            fn fault(e: &$engine::Error) -> Fault {
                match e.as_trap_code() {
                    Some($engine::TrapCode::OutOfFuel | $engine::TrapCode::StackOverflow) => Fault::Limit,
                    Some(code) => Fault::Trap(Self::trap(code)),
                    None => Fault::Other(e.to_string()),
                }
            }

            /// Calls of the host since the last time.
            fn calls(&mut self) -> Calls {
                std::mem::take(self.store.data_mut())
            }

            /// Globals and tables, in the order of their names.
            fn state(&self) -> Vec<Vec<Value>> {
                let state = self.exports.iter().filter_map(|export| match export {
                    $engine::Extern::Global(global) => Some(vec![Self::value(&global.get(&self.store), &self.store)]),
                    $engine::Extern::Table(table) => {
                        let elements = (0..table.size(&self.store)).filter_map(|i| table.get(&self.store, i));
                        Some(elements.map(|element| Self::value(&element.into(), &self.store)).collect())
                    }
                    _ => None,
                });
                state.collect()
            }

            fn memory(&self) -> &[u8] {
                let memory = self.exports.iter().find_map(|export| match export {
                    $engine::Extern::Memory(memory) => Some(memory),
                    _ => None,
                });
                memory.map_or(&[], |memory| memory.data(&self.store))
            }
        }
    };
}

engine!(Ours, tack);
engine!(Theirs, wasmi);

impl Ours {
    fn new(module: &tack::Module) -> Result<Ours, Fault> {
        Ours::link(tack::Store::new(&tack::Engine::default(), Calls::new()), module)
    }

    fn refuel(store: &mut tack::Store<Calls>) {
        store.set_fuel(FUEL);
    }

    fn global(store: &mut tack::Store<Calls>, mutable: bool, value: Value) -> tack::Global {
        let value = Ours::val(value, &mut *store);
        let mutability = if mutable { tack::Mutability::Var } else { tack::Mutability::Const };
        let global = tack::Global::new(store, tack::GlobalType::new(value.ty(), mutability), value);
        global.expect("the value is of the type")
    }

    fn ty(ty: Ty) -> tack::ValType {
        match ty {
            Ty::I32 => tack::ValType::I32,
            Ty::I64 => tack::ValType::I64,
            Ty::F32 => tack::ValType::F32,
            Ty::F64 => tack::ValType::F64,
            Ty::Func => tack::ValType::FuncRef,
            Ty::Extern => tack::ValType::ExternRef,
        }
    }

    fn val(value: Value, store: impl tack::AsContextMut) -> tack::Val {
        match value {
            Value::I32(v) => tack::Val::I32(v as i32),
            Value::I64(v) => tack::Val::I64(v as i64),
            Value::F32(v) => tack::Val::F32(v),
            Value::F64(v) => tack::Val::F64(v),
            Value::Func(_) => tack::Val::FuncRef(None),
            Value::Extern(v) => tack::Val::ExternRef(v.map(|v| tack::ExternRef::new(store, v).unwrap())),
        }
    }

    fn value(value: &tack::Val, store: impl tack::AsContext) -> Value {
        match *value {
            tack::Val::I32(v) => Value::I32(v as u32),
            tack::Val::I64(v) => Value::I64(v as u64),
            tack::Val::F32(v) => Value::F32(v),
            tack::Val::F64(v) => Value::F64(v),
            tack::Val::FuncRef(v) => Value::Func(v.is_some()),
            tack::Val::ExternRef(v) => Value::Extern(v.map(|v| {
                let data = v.data(store.as_context()).and_then(|data| data.downcast_ref());
                *data.expect("the test makes all external references")
            })),
        }
    }

    fn trap(code: tack::TrapCode) -> &'static str {
        match code {
            // wasmi makes no difference.
            tack::TrapCode::UndefinedElement => tack::TrapCode::TableOutOfBounds.message(),
            code => code.message(),
        }
    }
}

impl Theirs {
    fn new(wasm: &[u8]) -> Result<Theirs, Fault> {
        let mut config = wasmi::Config::default();
        config.consume_fuel(true).set_max_recursion_depth(100_000).set_max_stack_height(64 << 20);
        let engine = wasmi::Engine::new(&config);
        let module = wasmi::Module::new(&engine, wasm).map_err(|e| Fault::Other(e.to_string()))?;
        Theirs::link(wasmi::Store::new(&engine, Calls::new()), &module)
    }

    fn functions(&self) -> Vec<(String, Vec<Ty>)> {
        let exports = self.instance.exports(&self.store).filter_map(|e| {
            let name = e.name().to_string();
            let ty = e.into_func()?.ty(&self.store);
            Some((name, ty.params().iter().map(|ty| Theirs::of_ty(*ty)).collect()))
        });
        exports.collect()
    }

    fn refuel(store: &mut wasmi::Store<Calls>) {
        store.set_fuel(FUEL).expect("the engine consumes fuel");
    }

    fn global(store: &mut wasmi::Store<Calls>, mutable: bool, value: Value) -> wasmi::Global {
        let value = Theirs::val(value, &mut *store);
        wasmi::Global::new(store, value, if mutable { wasmi::Mutability::Var } else { wasmi::Mutability::Const })
    }

    fn ty(ty: Ty) -> wasmi::ValType {
        match ty {
            Ty::I32 => wasmi::ValType::I32,
            Ty::I64 => wasmi::ValType::I64,
            Ty::F32 => wasmi::ValType::F32,
            Ty::F64 => wasmi::ValType::F64,
            Ty::Func => wasmi::ValType::FuncRef,
            Ty::Extern => wasmi::ValType::ExternRef,
        }
    }

    fn of_ty(ty: wasmi::ValType) -> Ty {
        match ty {
            wasmi::ValType::I32 => Ty::I32,
            wasmi::ValType::I64 => Ty::I64,
            wasmi::ValType::F32 => Ty::F32,
            wasmi::ValType::F64 => Ty::F64,
            wasmi::ValType::FuncRef => Ty::Func,
            wasmi::ValType::ExternRef => Ty::Extern,
            wasmi::ValType::V128 => unreachable!("no module uses vectors"),
        }
    }

    fn val(value: Value, store: impl wasmi::AsContextMut) -> wasmi::Val {
        match value {
            Value::I32(v) => wasmi::Val::I32(v as i32),
            Value::I64(v) => wasmi::Val::I64(v as i64),
            Value::F32(v) => wasmi::Val::F32(wasmi::F32::from_bits(v)),
            Value::F64(v) => wasmi::Val::F64(wasmi::F64::from_bits(v)),
            Value::Func(_) => wasmi::Val::FuncRef(wasmi::Nullable::Null),
            Value::Extern(None) => wasmi::Val::ExternRef(wasmi::Nullable::Null),
            Value::Extern(Some(v)) => wasmi::ExternRef::new(store, v).into(),
        }
    }

    fn value(value: &wasmi::Val, store: impl wasmi::AsContext) -> Value {
        match value {
            wasmi::Val::I32(v) => Value::I32(*v as u32),
            wasmi::Val::I64(v) => Value::I64(*v as u64),
            wasmi::Val::F32(v) => Value::F32(v.to_bits()),
            wasmi::Val::F64(v) => Value::F64(v.to_bits()),
            wasmi::Val::FuncRef(v) => Value::Func(!v.is_null()),
            wasmi::Val::ExternRef(v) => {
                Value::Extern(v.val().map(|v| {
                    *v.data(store.as_context()).downcast_ref().expect("the test makes all external references")
                }))
            }
            wasmi::Val::V128(_) => unreachable!("no module uses vectors"),
        }
    }

    /// The words of the test suite, as far as wasmi tells what they tell apart.
    fn trap(code: wasmi::TrapCode) -> &'static str {
        match code {
            wasmi::TrapCode::UnreachableCodeReached => "unreachable",
            wasmi::TrapCode::MemoryOutOfBounds => "out of bounds memory access",
            wasmi::TrapCode::TableOutOfBounds => "out of bounds table access",
            wasmi::TrapCode::IndirectCallToNull => "uninitialized element",
            wasmi::TrapCode::IntegerDivisionByZero => "integer divide by zero",
            wasmi::TrapCode::IntegerOverflow => "integer overflow",
            wasmi::TrapCode::BadConversionToInteger => "invalid conversion to integer",
            wasmi::TrapCode::StackOverflow => "call stack exhausted",
            wasmi::TrapCode::BadSignature => "indirect call type mismatch",
            wasmi::TrapCode::OutOfFuel => "all fuel consumed",
            wasmi::TrapCode::GrowthOperationLimited | wasmi::TrapCode::OutOfSystemMemory => "growth failed",
        }
    }
}
