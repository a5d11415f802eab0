//! Random modules, run by several engines or compiled in several ways.

use crate::{compile, shapes};
use arbitrary::Unstructured;
use hardtack_compiler::{Options, opt};

/// A module without imports that ends by itself: the first byte says whose.
fn module(data: &[u8]) -> Option<Vec<u8>> {
    let (first, rest) = data.split_first()?;
    let mut random = Unstructured::new(rest);
    if first % 2 == 1 { shapes::module(&mut random).ok() } else { smith(&mut random) }
}

/// A module of wasm-smith's. Small ones are many.
fn smith(random: &mut Unstructured<'_>) -> Option<Vec<u8>> {
    let config = wasm_smith::Config {
        allow_start_export: false,
        bulk_memory_enabled: true,
        canonicalize_nans: true,
        compact_imports_enabled: false,
        custom_page_sizes_enabled: false,
        exceptions_enabled: false,
        export_everything: true,
        extended_const_enabled: true,
        gc_enabled: false,
        max_data_segments: 3,
        max_element_segments: 3,
        max_elements: 8,
        max_funcs: 5,
        max_globals: 8,
        max_imports: 0,
        max_instructions: 150,
        max_memories: 1,
        max_memory32_bytes: 2 << 16,
        max_table_elements: 40,
        max_tables: 3,
        max_types: 10,
        memory64_enabled: false,
        memory_max_size_required: true,
        min_funcs: 1,
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
        ..Default::default()
    };
    let mut module = wasm_smith::Module::new(config, random).ok()?;
    module.ensure_termination(500).ok()?;
    Some(module.to_bytes())
}

/// What calling all exports in turn gives, each value as its bits, and what is then in memories and globals.
macro_rules! outcome {
    ($engine:ident, $store:ident, $instance:ident) => {{
        let mut exports: Vec<_> = $instance.exports(&$store).map(|e| (e.name().to_owned(), e.into_extern())).collect();
        // The engines give them in orders of their own.
        exports.sort_by(|a, b| a.0.cmp(&b.0));
        let bits = |v: &$engine::Val| match v {
            $engine::Val::I32(v) => *v as u64,
            $engine::Val::I64(v) => *v as u64,
            $engine::Val::F32(v) => v.bits(),
            $engine::Val::F64(v) => v.bits(),
            _ => 0,
        };
        let mut log = Vec::new();
        for (round, (name, export)) in (0..ROUNDS).flat_map(|round| exports.iter().map(move |e| (round, e))) {
            let Some(func) = export.clone().into_func() else { continue };
            let ty = func.ty(&$store);
            let argument = |(i, ty): (usize, &$engine::ValType)| match $engine::Val::default_for_ty(*ty) {
                $engine::Val::I32(_) => $engine::Val::I32(argument(round, i) as i32),
                $engine::Val::I64(_) => $engine::Val::I64(argument(round, i)),
                $engine::Val::F32(_) => $engine::Val::from(argument(round, i) as f32 / 4.0),
                $engine::Val::F64(_) => $engine::Val::from(argument(round, i) as f64 / 4.0),
                other => other,
            };
            let args: Vec<_> = ty.params().iter().enumerate().map(argument).collect();
            let mut results: Vec<_> = ty.results().iter().map(|ty| $engine::Val::default_for_ty(*ty)).collect();
            $store.set_fuel(FUEL).ok();
            let end = match func.call(&mut $store, &args, &mut results) {
                Ok(()) => Ok(results.iter().map(bits).collect()),
                Err(e) => match e.as_trap_code() {
                    Some($engine::TrapCode::OutOfFuel | $engine::TrapCode::StackOverflow) => {
                        log.push((name.clone(), Err(LIMIT.to_owned())));
                        return Some(log);
                    }
                    Some(code) => Err(trap(code)),
                    None => panic!("{name} fails without a trap: {e}"),
                },
            };
            log.push((name.clone(), end));
        }
        for (name, export) in exports {
            if let Some(memory) = export.clone().into_memory() {
                log.push((name, Ok(digest(memory.data(&$store)))));
            } else if let Some(global) = export.into_global() {
                log.push((name, Ok(vec![bits(&global.get(&$store))])));
            }
        }
        Some(log)
    }};
}

/// The size of a memory and something that tells its contents.
fn digest(memory: &[u8]) -> Vec<u64> {
    let words = memory.as_chunks().0.iter();
    let sum = words
        .fold(0u64, |sum, word| (sum ^ u64::from_le_bytes(*word)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23));
    vec![memory.len() as u64, sum]
}

const FUEL: u64 = 100_000;
/// How often everything is called.
const ROUNDS: usize = 3;

/// What is passed in a round for a parameter: little, a bit more, or much.
fn argument(round: usize, param: usize) -> i64 {
    let little = param as i64 * 3 - 1;
    [little, little * little * 37 + 5, (little + 7).wrapping_mul(0x0123_4567_89ab_cdef)][round]
}

/// Stands for having run out of fuel or stack, which the engines measure differently.
const LIMIT: &str = "limit";

type Log = Vec<(String, Result<Vec<u64>, String>)>;

/// `Store::set_fuel` gives nothing here and a `Result` in wasmi.
trait Fallible {
    fn ok(self) -> Option<()>;
}
impl Fallible for () {
    fn ok(self) -> Option<()> {
        Some(())
    }
}

/// Floats are bits here and types of their own in wasmi.
trait Bits {
    fn bits(&self) -> u64;
}
impl Bits for u32 {
    fn bits(&self) -> u64 {
        u64::from(*self)
    }
}
impl Bits for u64 {
    fn bits(&self) -> u64 {
        *self
    }
}
impl Bits for wasmi::F32 {
    fn bits(&self) -> u64 {
        u64::from(self.to_bits())
    }
}
impl Bits for wasmi::F64 {
    fn bits(&self) -> u64 {
        self.to_bits()
    }
}

fn ours(file: Vec<u8>) -> Option<Log> {
    use hardtack_vm as vm;
    let engine = crate::hostile::engine();
    let module = engine.load(file).expect("what the compiler makes loads");
    let mut store = vm::Store::new(&engine, ());
    store.set_fuel(FUEL);
    let instance = vm::Instance::new(&mut store, &module, &[]).ok()?;
    outcome!(vm, store, instance)
}

fn theirs(wasm: &[u8]) -> Option<Log> {
    let mut config = wasmi::Config::default();
    config.consume_fuel(true);
    let engine = wasmi::Engine::new(&config);
    let module = wasmi::Module::new(&engine, wasm).expect("the module is valid");
    let mut store = wasmi::Store::new(&engine, ());
    store.set_fuel(FUEL).ok()?;
    let instance = wasmi::Linker::new(&engine).instantiate_and_start(&mut store, &module).ok()?;
    outcome!(wasmi, store, instance)
}

/// Compares two logs up to where one of them ran out of something, and says how much that was. The kind of a trap counts, too.
fn agree(a: &Option<Log>, b: &Option<Log>) -> usize {
    let (Some(a), Some(b)) = (a, b) else {
        assert_eq!(a.is_some(), b.is_some(), "one of them can't be instantiated: {a:?} {b:?}");
        return 0;
    };
    for (done, (a, b)) in a.iter().zip(b).enumerate() {
        let limit = |end: &Result<_, String>| end.as_ref().is_err_and(|e| e == LIMIT);
        if limit(&a.1) || limit(&b.1) {
            return done;
        }
        assert_eq!(a, b);
    }
    assert_eq!(a.len(), b.len(), "one of them has more to say: {a:?} {b:?}");
    a.len()
}

/// What a trap is called here, by the name of its code in any engine. wasmi and wasmtime call what a table lacks alike, whoever asks.
fn trap(code: impl std::fmt::Debug) -> String {
    let name = format!("{code:?}");
    let ours = match name.as_str() {
        "UnreachableCodeReached" => "Unreachable",
        "IntegerDivisionByZero" => "IntegerDivideByZero",
        "BadConversionToInteger" => "InvalidConversionToInteger",
        "BadSignature" => "IndirectCallTypeMismatch",
        "IndirectCallToNull" => "UninitializedElement",
        "UndefinedElement" => "TableOutOfBounds",
        other => other,
    };
    ours.to_owned()
}

/// How to compile a module: every other one for a VM with instructions of an application's own.
fn options(wasm: &[u8]) -> Options {
    if wasm.len() % 2 == 0 { Options::default() } else { crate::tailored() }
}

/// Random modules give what wasmi gives. Returns how many calls, memories and globals were compared.
pub fn wasmi(data: &[u8]) -> usize {
    let Some(wasm) = module(data) else { return 0 };
    // wasmi 2.0.0 fuses a comparison with zero into the `select` that follows wrongly.
    if wasm.windows(2).any(|pair| matches!(pair, [0x45..=0x47 | 0x50..=0x52, 0x1b | 0x1c])) {
        return 0;
    }
    agree(&ours(compile(&wasm, &options(&wasm))), &theirs(&wasm))
}

/// Random modules give the same whatever passes are left out: all of them, those that the input names, and all but those.
/// Returns how much was compared.
pub fn passes(data: &[u8]) -> usize {
    let Some((set, rest)) = data.split_first() else { return 0 };
    let Some(wasm) = module(rest) else { return 0 };
    let all = ours(compile(&wasm, &Options::default()));
    let compare = |set: u8| {
        let has = |bit: u32| set >> bit & 1 != 0;
        let passes = opt::Options {
            params: has(0),
            simplify: has(1),
            branches: has(2),
            gvn: has(3),
            dce: has(4),
            steps: has(5),
            unroll: has(6),
            inline: has(7),
        };
        agree(&ours(compile(&wasm, &Options { passes, names: false, ..options(&wasm) })), &all)
    };
    [0, *set, !*set].map(compare).iter().sum()
}

/// Random modules give what wasmtime gives. Returns how many calls, memories and globals were compared.
#[cfg(feature = "wasmtime")]
pub fn wasmtime(data: &[u8]) -> usize {
    let Some(wasm) = module(data) else { return 0 };
    agree(&ours(compile(&wasm, &options(&wasm))), &cranelift(&wasm))
}

#[cfg(feature = "wasmtime")]
fn cranelift(wasm: &[u8]) -> Option<Log> {
    use std::sync::LazyLock;
    use wasmtime::{Config, Engine, Extern, Instance, Module, Store, Trap, Val, ValType};
    static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
        let mut config = Config::new();
        config.consume_fuel(true).cranelift_opt_level(wasmtime::OptLevel::None);
        Engine::new(&config).expect("the host is one that wasmtime knows")
    });
    let module = Module::new(&ENGINE, wasm).expect("the module is valid");
    let mut store = Store::new(&ENGINE, ());
    store.set_fuel(FUEL).ok()?;
    let instance = Instance::new(&mut store, &module, &[]).ok()?;
    let mut exports: Vec<(String, Extern)> =
        instance.exports(&mut store).map(|e| (e.name().to_owned(), e.into_extern())).collect();
    exports.sort_by(|a, b| a.0.cmp(&b.0));
    let bits = |v: &Val| match v {
        Val::I32(v) => *v as u64,
        Val::I64(v) => *v as u64,
        Val::F32(v) => u64::from(*v),
        Val::F64(v) => *v,
        _ => 0,
    };
    let mut log = Log::new();
    for (round, (name, export)) in (0..ROUNDS).flat_map(|round| exports.iter().map(move |e| (round, e))) {
        let Extern::Func(func) = export else { continue };
        let ty = func.ty(&store);
        let zero = |ty: ValType| Val::default_for_ty(&ty).unwrap_or(Val::I32(0));
        let argument = |(i, ty): (usize, ValType)| match ty {
            ValType::I32 => Val::I32(argument(round, i) as i32),
            ValType::I64 => Val::I64(argument(round, i)),
            ValType::F32 => Val::from(argument(round, i) as f32 / 4.0),
            ValType::F64 => Val::from(argument(round, i) as f64 / 4.0),
            other => zero(other),
        };
        let args: Vec<Val> = ty.params().enumerate().map(argument).collect();
        let mut results: Vec<Val> = ty.results().map(zero).collect();
        store.set_fuel(FUEL).ok()?;
        let end = match func.call(&mut store, &args, &mut results) {
            Ok(()) => Ok(results.iter().map(bits).collect()),
            Err(error) => match error.downcast_ref::<Trap>() {
                Some(Trap::OutOfFuel | Trap::StackOverflow) => {
                    log.push((name.clone(), Err(LIMIT.to_owned())));
                    return Some(log);
                }
                Some(code) => Err(trap(code)),
                None => panic!("{name} fails without a trap: {error}"),
            },
        };
        log.push((name.clone(), end));
    }
    for (name, export) in exports {
        match export {
            Extern::Memory(memory) => log.push((name, Ok(digest(memory.data(&store))))),
            Extern::Global(global) => {
                let value = global.get(&mut store);
                log.push((name, Ok(vec![bits(&value)])));
            }
            _ => {}
        }
    }
    Some(log)
}
