//! Random modules, run by several engines or compiled in several ways.

use crate::compile;
use arbitrary::Unstructured;
use hardtack_compiler::{Options, opt};

/// A module without imports that ends by itself.
fn module(data: &[u8]) -> Option<Vec<u8>> {
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
        max_imports: 0,
        max_instructions: 300,
        max_memories: 1,
        max_memory32_bytes: 4 << 16,
        max_table_elements: 40,
        max_tables: 3,
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
    let mut module = wasm_smith::Module::new(config, &mut Unstructured::new(data)).ok()?;
    module.ensure_termination(500).ok()?;
    Some(module.to_bytes())
}

/// What calling all exports in turn gives, each value as its bits, and a hash of the memory.
macro_rules! outcome {
    ($engine:ident, $store:ident, $instance:ident) => {{
        let mut exports: Vec<_> = $instance
            .exports(&$store)
            .filter_map(|e| Some((e.name().to_owned(), e.into_extern().into_func()?)))
            .collect();
        // The engines give them in orders of their own.
        exports.sort_by(|a, b| a.0.cmp(&b.0));
        let mut log = Vec::new();
        for (name, func) in exports {
            let ty = func.ty(&$store);
            let argument = |i: usize, ty: &$engine::ValType| match $engine::Val::default_for_ty(*ty) {
                $engine::Val::I32(_) => $engine::Val::I32(i as i32 * 3 - 1),
                $engine::Val::I64(_) => $engine::Val::I64(i as i64 * 5 + 2),
                other => other,
            };
            let args: Vec<_> = ty.params().iter().enumerate().map(|(i, ty)| argument(i, ty)).collect();
            let mut results: Vec<_> = ty.results().iter().map(|ty| $engine::Val::default_for_ty(*ty)).collect();
            $store.set_fuel(FUEL).ok();
            let end = match func.call(&mut $store, &args, &mut results) {
                Ok(()) => Ok(results
                    .iter()
                    .map(|v| match v {
                        $engine::Val::I32(v) => *v as u64,
                        $engine::Val::I64(v) => *v as u64,
                        $engine::Val::F32(v) => v.bits(),
                        $engine::Val::F64(v) => v.bits(),
                        _ => 0,
                    })
                    .collect::<Vec<u64>>()),
                Err(e) => match e.as_trap_code() {
                    Some($engine::TrapCode::OutOfFuel | $engine::TrapCode::StackOverflow) => {
                        log.push((name, Err("limit".to_owned())));
                        return Some(log);
                    }
                    Some(code) => Err(format!("{code:?}")),
                    None => Err("other".to_owned()),
                },
            };
            log.push((name, end));
        }
        Some(log)
    }};
}

const FUEL: u64 = 1_000_000;

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
    let module = vm::Module::load(file).expect("what the compiler makes loads");
    let mut store = vm::Store::new(&vm::Engine::default(), ());
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

/// Compares two logs up to where one of them ran out of something.
fn agree(a: &Option<Log>, b: &Option<Log>) {
    let (Some(a), Some(b)) = (a, b) else {
        assert_eq!(a.is_some(), b.is_some(), "one of them can't be instantiated: {a:?} {b:?}");
        return;
    };
    for (a, b) in a.iter().zip(b) {
        let limit = |end: &Result<_, String>| end.as_ref().is_err_and(|e| e == "limit");
        if limit(&a.1) || limit(&b.1) {
            return;
        }
        // Engines name their traps as they like.
        assert!(a.0 == b.0 && a.1.as_ref().ok() == b.1.as_ref().ok(), "{a:?} {b:?}");
    }
}

/// Random modules give what wasmi gives.
pub fn wasmi(data: &[u8]) {
    let Some(wasm) = module(data) else { return };
    // wasmi 2.0.0 fuses an `i32.eqz` or `i64.eqz` into the `select` that follows wrongly.
    if wasm.windows(2).any(|pair| matches!(pair, [0x45 | 0x50, 0x1b | 0x1c])) {
        return;
    }
    agree(&ours(compile(&wasm, &Options::default())), &theirs(&wasm));
}

/// Random modules give the same whatever passes are left out.
pub fn passes(data: &[u8]) {
    let Some(wasm) = module(data) else { return };
    let all = ours(compile(&wasm, &Options::default()));
    for set in 0..1 << 7 {
        let has = |bit: u32| set >> bit & 1 != 0;
        let passes = opt::Options {
            params: has(0),
            simplify: has(1),
            branches: has(2),
            gvn: has(3),
            dce: has(4),
            steps: has(5),
            unroll: has(6),
        };
        agree(&ours(compile(&wasm, &Options { passes, names: false, ..Options::default() })), &all);
    }
}
