//! Files from anywhere, loaded and run. Seed tests of the VM include this file too, so it needs nothing but the VM and the format.

use hardtack_format::write::reseal;
use hardtack_vm::*;
use std::sync::LazyLock;

isa!(
    /// Instructions of an application's own, which the VM has as well.
    pub SET = "../../src/tailored.isa"
);

/// The set's text, for the compiler.
#[allow(dead_code)] // Not every target compiles.
pub const SET_TEXT: &str = include_str!("../../src/tailored.isa");

/// An engine with the set.
pub fn engine() -> Engine {
    static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::default().with_isa(&SET));
    ENGINE.clone()
}

/// Enough for what the files do as they were meant, and some rounds more.
const FUEL: u64 = 10_000;

/// Bytes that stand in for everything random.
pub struct Source<'a>(pub &'a [u8]);

impl Source<'_> {
    fn byte(&mut self) -> u8 {
        self.0.split_off_first().copied().unwrap_or(0)
    }

    fn number(&mut self) -> u64 {
        (0..8).fold(0, |sum, _| sum << 8 | u64::from(self.byte()))
    }

    pub fn below(&mut self, end: usize) -> usize {
        (u32::from(self.byte()) << 16 | u32::from(self.byte()) << 8 | u32::from(self.byte())) as usize % end.max(1)
    }
}

/// Loads bytes, and runs what they are if they are a module. Returns how many calls that were, or nothing if they are refused.
pub fn load(bytes: &[u8], args: &mut Source<'_>) -> Option<usize> {
    match engine().load(bytes.to_vec()) {
        Ok(module) => {
            // The smallest pieces take longest, so they aren't what bytes that have run out mean.
            let piece = 1 + (args.below(300) as u64 + 99) % 300;
            // What happens is not looked at, guests may trap; but in pieces it is the same.
            let whole = run(&module, &mut Source(args.0), None);
            let cut = run(&module, &mut Source(args.0), Some(piece));
            assert_eq!(whole, cut, "in pieces of {piece}");
            Some(whole.calls)
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            None
        }
    }
}

/// Changes a sound file in some places, gives it the build id of its new contents, then loads it and runs it.
pub fn mutate(sound: &[u8], changes: &[u8]) -> Option<usize> {
    let mut source = Source(changes);
    let mut bytes = sound.to_vec();
    for _ in 0..=source.below(8) {
        let at = source.below(bytes.len());
        match source.byte() % 8 {
            0 | 1 => bytes[at] ^= 1 << (source.byte() % 8),
            2 => bytes[at] = source.byte(),
            3 => bytes[at] = bytes[at].wrapping_add(source.byte() % 5).wrapping_sub(2),
            4 => {
                let (from, len) = (source.below(bytes.len()), source.below(16));
                let len = len.min(bytes.len() - from).min(bytes.len() - at);
                bytes.copy_within(from..from + len, at);
            }
            5 => {
                let value = source.number().to_le_bytes();
                let len = (1 << (source.byte() % 4)).min(bytes.len() - at);
                bytes[at..at + len].copy_from_slice(&value[..len]);
            }
            6 => bytes[at & !1] = source.byte(),
            _ => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][source.below(5)],
        }
    }
    reseal(&mut bytes);
    load(&bytes, &mut source)
}

/// Gives bytes that the fuzzer made of a sound file their build id, then loads and runs them.
pub fn resealed(bytes: &[u8]) -> Option<usize> {
    let mut file = bytes.to_vec();
    reseal(&mut file);
    // The end of CODE and DATA serves as arguments.
    load(&file, &mut Source(&bytes[bytes.len() / 4 * 3..]))
}

/// What came of running a module: results, traps, fuel, memory.
#[derive(Debug, Default, PartialEq)]
struct Log {
    lines: Vec<String>,
    /// Functions that were called, whatever they did.
    calls: usize,
}

/// Instantiates a module in a store with tight limits and calls everything that it exports, with so much fuel at a time if there is a
/// number.
fn run(module: &Module, args: &mut Source<'_>, piece: Option<u64>) -> Log {
    let mut log = Log::default();
    if let Err(error) = run_logged(module, args, piece, &mut log) {
        log.lines.push(error.to_string());
    }
    log
}

fn run_logged(module: &Module, args: &mut Source<'_>, piece: Option<u64>, log: &mut Log) -> Result<(), Error> {
    let mut config = Config::new();
    config.max_stack_slots(1 << 12).max_reference_slots(1 << 8).max_call_nesting(3).max_crossings(5);
    let engine = Engine::new(&config);
    let limits = StoreLimitsBuilder::new()
        .memory_size(1 << 20)
        .table_elements(1000)
        .instances(2)
        .tables(20)
        .total_memory_size(1 << 20)
        .total_table_elements(5000)
        .build();
    let mut store = Store::new(&engine, limits);
    store.limiter(|limits| limits);
    let imports =
        module.imports().map(|import| something(&mut store, import.ty())).collect::<Result<Vec<Extern>, Error>>()?;
    store.set_fuel(FUEL);
    let instance = Instance::new(&mut store, module, &imports)?;
    let exports: Vec<Extern> = instance.exports(&store).map(|e| e.into_extern()).collect();
    for export in exports.into_iter().take(40) {
        match export {
            Extern::Func(func) => {
                log.calls += 1;
                log.lines.push(call(&mut store, func, args, piece));
            }
            Extern::Global(global) => drop(global.get(&store)),
            Extern::Memory(memory) => {
                let bytes = memory.data(&store);
                assert!(bytes.len() <= 1 << 20);
                let sum = bytes.iter().fold(0u64, |sum, byte| sum.wrapping_mul(31).wrapping_add((*byte).into()));
                log.lines.push(format!("{} bytes {sum:x}", bytes.len()));
            }
            Extern::Table(table) => assert!((0..table.size(&store)).all(|i| table.get(&store, i).is_some())),
        }
    }
    Ok(())
}

fn call(store: &mut Store<StoreLimits>, func: Func, args: &mut Source<'_>, piece: Option<u64>) -> String {
    let ty = func.ty(&*store);
    let value = |ty: &ValType| match (*ty, args.number()) {
        (ValType::I32, bits) if bits & 1 != 0 => Val::I32((bits >> 1) as i32 & 15),
        (ValType::I32, bits) => Val::I32(bits as i32),
        (ValType::I64, bits) => Val::I64(bits as i64),
        (ValType::F32, bits) => Val::F32(bits as u32),
        (ValType::F64, bits) => Val::F64(bits),
        (other, _) => Val::default_for_ty(other),
    };
    let params: Vec<Val> = ty.params().iter().map(value).collect();
    let outcome = match piece {
        None => {
            let mut results: Vec<Val> = ty.results().iter().map(|ty| Val::default_for_ty(*ty)).collect();
            store.set_fuel(FUEL);
            func.call(&mut *store, &params, &mut results).map(|()| results)
        }
        Some(piece) => in_pieces(store, func, &params, piece),
    };
    assert!(store.get_fuel() <= FUEL);
    match outcome {
        // Handles differ from store to store.
        Ok(results) => {
            let shown = results.iter().map(|v| match v.reference() {
                Some(reference) => format!("null: {}", reference.is_null()),
                None => format!("{v:?}"),
            });
            format!("{} {:?}", store.get_fuel(), shown.collect::<Vec<_>>())
        }
        Err(error) => format!("{} {error}", store.get_fuel()),
    }
}

/// Calls with fuel given bit by bit until it was as much as in one piece; then the call is abandoned.
fn in_pieces(store: &mut Store<StoreLimits>, func: Func, params: &[Val], piece: u64) -> Result<Vec<Val>, Error> {
    let mut rest = FUEL - piece;
    store.set_fuel(piece);
    let mut call = func.call_resumable(&mut *store, params);
    let outcome = loop {
        match call {
            Ok(ResumableCall::Finished(results)) => break Ok(results.into_vec()),
            Ok(ResumableCall::OutOfFuel(_)) if rest == 0 => break Err(TrapCode::OutOfFuel.into()),
            Ok(ResumableCall::OutOfFuel(suspended)) => {
                assert!(suspended.fuel_needed() > 0 && store.get_fuel() == 0);
                let next = piece.min(rest);
                rest -= next;
                store.set_fuel(next);
                call = suspended.resume(&mut *store);
            }
            Err(error) => break Err(error),
        }
    };
    store.add_fuel(rest);
    outcome
}

/// Something that fits an import.
fn something(store: &mut Store<StoreLimits>, ty: &ExternType) -> Result<Extern, Error> {
    Ok(match ty {
        ExternType::Func(ty) => {
            let results = ty.results().to_vec();
            Extern::Func(Func::new(store, ty.clone(), move |_, _, out| {
                for (out, ty) in out.iter_mut().zip(&results) {
                    *out = Val::default_for_ty(*ty);
                }
                Ok(())
            }))
        }
        ExternType::Global(ty) => Extern::Global(Global::new(store, *ty, Val::default_for_ty(ty.content()))?),
        ExternType::Memory(ty) => Extern::Memory(Memory::new(store, *ty)?),
        ExternType::Table(ty) => {
            let null = if ty.element() == ValType::FuncRef { Ref::Func(None) } else { Ref::Extern(None) };
            Extern::Table(Table::new(store, *ty, null)?)
        }
    })
}
