//! What loading allocates: two bits for each unit of the largest function, and what the file's declarations bound. And how long it takes:
//! as long as the file is, whatever stands in it.

#[allow(dead_code)]
mod asm;

use asm::{Build, asm};
use hardtack_format::constexpr::ConstOp;
use hardtack_format::encode::encode;
use hardtack_format::isa::{Row, STANDARD};
use hardtack_format::meta::{ExternKind, Mutability, ValType};
use hardtack_format::module::{HEADER_LEN, SECTION_LEN, Section};
use hardtack_format::operand::Kind;
use hardtack_format::version::Groups;
use hardtack_format::write::{Function, Writer, reseal};
use hardtack_vm::{Engine, Error, Func, Instance, LoadError, Module, Store};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::{Duration, Instant};

/// Counts what each thread allocates at once.
struct Counting;

thread_local! {
    static NOW: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

fn count(change: isize) {
    // Not while the thread ends, when nothing is measured.
    let _ = NOW.try_with(|now| {
        now.set(now.get() + change);
        MOST.with(|most| most.set(most.get().max(now.get())));
    });
}

// SAFETY: everything is the system allocator's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most bytes allocated at once meanwhile.
fn most<T>(what: impl FnOnce() -> T) -> (usize, T) {
    let before = NOW.get();
    MOST.set(before);
    let done = what();
    ((MOST.get() - before) as usize, done)
}

/// The most bytes allocated at once while the file was loaded, and the module.
fn load(bytes: Vec<u8>) -> (usize, Result<Module, LoadError>) {
    let bytes: &'static [u8] = bytes.leak();
    most(|| Module::load(bytes))
}

fn file(b: &Build) -> Vec<u8> {
    Writer { groups: Groups::STANDARD, meta: &b.meta, funcs: &b.funcs, data: &b.data, names: None }
        .finish(&STANDARD)
        .unwrap()
}

/// Bytes that loading may take whatever the file: messages, and room that lists take ahead.
const SOME: usize = 4096;

#[test]
fn loading_allocates_what_the_file_bounds() {
    // The largest function there can be, and as many others.
    let mut b = Build::default();
    let unit = b.ty(&[], &[]);
    let code: Vec<u8> = asm! { ret; };
    b.func("long", unit, 0, 0, code.repeat(1 << 20));
    let (most, loaded) = load(file(&b));
    loaded.unwrap();
    assert!(most <= (2 << 20) / 8 + SOME, "{most} bytes");

    // Many small functions: their records are of 16 bytes each.
    b.funcs[0].code = code.clone().into();
    for _ in 0..100_000 {
        b.funcs.push(Function { ty: unit, frame: 0, ref_frame: 0, code: code.clone().into() });
    }
    let (most, loaded) = load(file(&b));
    loaded.unwrap();
    assert!(most <= 100_000 * 16 * 5 + SOME, "{most} bytes");

    // Many declarations, of every sort.
    let mut b = Build::default();
    for i in 0..1000 {
        let ty = b.ty(&[ValType::I32; 3], &[ValType::FuncRef; 2]);
        b.import("module", "name", ExternKind::Func, ty);
        b.export(Box::leak(format!("export {i}").into_boxed_str()), ExternKind::Func, i);
        b.table(ValType::FuncRef, 1, 2);
        b.elem(Some(0), &[0, 1, 2]);
        b.data(None, b"some data");
    }
    let bytes = file(&b);
    let meta = section(&bytes, 0).len as usize;
    let (most, loaded) = load(bytes.clone());
    loaded.unwrap();
    assert!(most <= 8 * meta + SOME, "{most} bytes for {meta} of META");
}

/// Counts, lengths and offsets that say more than there is: refused before room is made for what they say.
#[test]
fn absurd_counts_are_refused() {
    const VALUES: [u64; 7] = [u64::MAX, 1 << 63, 1 << 62, 1 << 40, (1 << 32) - 1, 1 << 28, 1 << 20];
    let sound = file(&small());
    load(sound.clone()).1.unwrap();
    let meta = section(&sound, 0);
    let (start, end) = (meta.offset as usize, (meta.offset + meta.len) as usize);
    // Each entry of META: two bytes of id, two of flags, four of length, then the payload; lists begin with their count.
    let mut counts = Vec::new();
    let mut at = start;
    while at < end {
        counts.push(at + 8);
        at += 8 + u32::from_le_bytes(sound[at + 4..at + 8].try_into().unwrap()) as usize;
    }
    assert_eq!((at, counts.len()), (end, 8));
    // Each string and expression stands after its length.
    for stored in stored(&small()) {
        let bytes = [&(stored.len() as u64).to_le_bytes(), stored.as_slice()].concat();
        let at = sound[start..end].windows(bytes.len()).position(|found| found == bytes);
        counts.push(start + at.unwrap_or_else(|| panic!("{stored:?} is not in META")));
    }
    for at in (8..HEADER_LEN + 4 * SECTION_LEN).chain(start..end) {
        for value in VALUES {
            let mut bytes = sound.clone();
            let last = (at + 8).min(bytes.len());
            bytes[at..last].copy_from_slice(&value.to_le_bytes()[..last - at]);
            reseal(&mut bytes);
            // Of what was written to the build id nothing is left.
            let same = bytes == sound;
            let (most, loaded) = load(bytes);
            assert!(most <= 8 * sound.len() + SOME, "{most} bytes for {value:#x} at {at:#x}");
            // Elsewhere in META there are values that may be anything.
            let absurd = at < start && !same || counts.contains(&at);
            assert!(loaded.is_err() || !absurd, "{value:#x} at {at:#x} loads");
        }
    }
}

/// What a file says that it wants to begin with isn't had before it is instantiated, nor when the limits refuse it.
#[test]
fn absurd_minimums_are_not_allocated() {
    let mut memory = small();
    (memory.meta.memories[0].min, memory.meta.memories[0].max) = (65536, 65536);
    let mut table = small();
    (table.meta.tables[0].min, table.meta.tables[0].max) = (u32::MAX.into(), u32::MAX.into());
    for b in [memory, table] {
        let (most_loading, module) = load(file(&b));
        let module = module.unwrap();
        assert!(most_loading <= SOME, "{most_loading} bytes");
        let mut store = Store::new(&Engine::default(), ());
        let import = Func::wrap(&mut store, |x: i32| x);
        let (most, instance) = most(|| Instance::new(&mut store, &module, &[import.into()]));
        assert!(matches!(instance, Err(Error::Limit(_))));
        assert!(most <= SOME, "{most} bytes");
    }
}

/// Eight times as much of anything takes about eight times as long, where something quadratic would take 64 times.
#[test]
fn loading_takes_linear_time() {
    for (what, make) in GROWING {
        let (small, large): (&'static [u8], &'static [u8]) = (make(1).leak(), make(8).leak());
        assert!(large.len() > 4 * small.len(), "{what}");
        let time = |bytes: &'static [u8]| {
            let once = || {
                let start = Instant::now();
                Module::load(bytes).unwrap();
                start.elapsed()
            };
            (0..3).map(|_| once()).min().unwrap_or(Duration::MAX)
        };
        // The machine may be busy with other things at times, but not each time.
        let ratios: Vec<f64> = (0..5).map(|_| time(large).as_secs_f64() / time(small).as_secs_f64()).collect();
        println!("{what}: {} and {} bytes, {ratios:.1?}", small.len(), large.len());
        assert!(ratios.iter().any(|ratio| *ratio < 24.0), "{what}: {ratios:.1?}");
    }
}

/// Files of a size.
type Growing = (&'static str, fn(usize) -> Vec<u8>);

const GROWING: [Growing; 9] = [
    ("branches that all go to the same place", |n| {
        let n = n << 13;
        let mut code = Vec::new();
        // From the last but one backwards, so that each is as far from the end as it is.
        (0..n).for_each(|i| code.extend(asm! { br Fwd32 = 3 * (n - i); }));
        code.extend(asm! { ret; });
        one_function(code)
    }),
    ("branches back to the start", |n| {
        let mut code = Vec::new();
        (0..n << 13).for_each(|i| code.extend(asm! { br Back32 = 3 * i; }));
        code.extend(asm! { ret; });
        one_function(code)
    }),
    ("one branch table", |n| {
        let n = n << 13;
        let mut code = Vec::new();
        let opcode = STANDARD.find(Row::br_table.index(), &[Kind::Targets32, Kind::Slot]).unwrap();
        let length = (STANDARD.get(opcode).unwrap().units as usize + 2 * n) as u32;
        encode(&STANDARD, opcode, &[0, 0], &vec![length; n], &mut code).unwrap();
        code.extend(asm! { ret; });
        one_function(code)
    }),
    ("functions", |n| {
        let mut b = Build::default();
        let unit = b.ty(&[], &[]);
        let code: Vec<u8> = asm! { ret; };
        let function = Function { ty: unit, frame: 0, ref_frame: 0, code: code.into() };
        b.funcs = vec![function; n << 12];
        file(&b)
    }),
    ("types", |n| {
        let mut b = Build::default();
        for _ in 0..n << 12 {
            b.ty(&[ValType::I32; 3], &[ValType::I64]);
        }
        file(&b)
    }),
    ("imports", |n| {
        let mut b = Build::default();
        let unit = b.ty(&[], &[]);
        (0..n << 12).for_each(|_| b.import("module", "name", ExternKind::Func, unit));
        file(&b)
    }),
    ("exports", |n| {
        let mut b = Build::default();
        b.memory(1, 1);
        for i in 0..n << 12 {
            b.export(Box::leak(format!("a long name in common: {i:06}").into_boxed_str()), ExternKind::Memory, 0);
        }
        file(&b)
    }),
    ("globals, each from the one before", |n| {
        let mut b = Build::default();
        b.global(ValType::I32, Mutability::Const, &[ConstOp::I32(1)]);
        (0..n << 12).for_each(|i| b.global(ValType::I32, Mutability::Const, &[ConstOp::GlobalGet(i as u32)]));
        file(&b)
    }),
    ("segments", |n| {
        let mut b = Build::default();
        b.memory(1, 1);
        b.table(ValType::FuncRef, 1, 1);
        let unit = b.ty(&[], &[]);
        b.func("f", unit, 0, 0, asm! { ret; });
        for _ in 0..n << 11 {
            b.elem(Some(0), &[0, 0, 0]);
            b.data(Some(0), b"some data");
        }
        file(&b)
    }),
];

fn one_function(code: Vec<u8>) -> Vec<u8> {
    let mut b = Build::default();
    let unit = b.ty(&[], &[]);
    b.func("f", unit, 1, 0, code);
    file(&b)
}

/// A bit of everything.
fn small() -> Build {
    let mut b = Build::default();
    let ty = b.ty(&[ValType::I32], &[ValType::I32]);
    b.import("m", "f", ExternKind::Func, ty);
    b.memory(1, 2);
    b.table(ValType::FuncRef, 1, 2);
    b.global(ValType::I64, Mutability::Var, &[ConstOp::I64(5)]);
    b.elem(Some(0), &[0]);
    b.data(Some(0), b"data");
    b.func("g", ty, 1, 0, asm! { ret; });
    b
}

/// The strings, expressions and lists of bytes in its META, but for those that are empty.
fn stored(b: &Build) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for ty in &b.meta.types {
        found.extend([ty.params.to_vec(), ty.results.to_vec()]);
    }
    for import in &b.meta.imports {
        found.extend([import.module.as_bytes().to_vec(), import.name.as_bytes().to_vec()]);
    }
    found.extend(b.meta.globals.iter().map(|global| global.init.to_vec()));
    found.extend(b.meta.exports.iter().map(|export| export.name.as_bytes().to_vec()));
    for elem in &b.meta.elems {
        found.extend([elem.offset.to_vec(), elem.bytes.to_vec()]);
    }
    found.extend(b.meta.datas.iter().map(|data| data.offset.to_vec()));
    found.retain(|bytes| !bytes.is_empty());
    found
}

fn section(bytes: &[u8], index: usize) -> Section {
    let (entries, _) = bytes[HEADER_LEN..].as_chunks::<SECTION_LEN>();
    Section::read(&entries[index])
}
