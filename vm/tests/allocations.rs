//! What loading allocates: two bits for each unit of the largest function, and what the file's declarations bound.

#[allow(dead_code)]
mod asm;

use asm::{Build, asm};
use hardtack_format::isa::STANDARD;
use hardtack_format::meta::{ExternKind, ValType};
use hardtack_format::module::{HEADER_LEN, SECTION_LEN, Section};
use hardtack_format::version::Groups;
use hardtack_format::write::{Function, Writer, reseal};
use hardtack_vm::Module;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Counts what is allocated at once.
struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is the system allocator's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        MOST.fetch_max(NOW.fetch_add(layout.size(), Relaxed) + layout.size(), Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most bytes allocated at once while the file was loaded, and whether it loads.
fn load(bytes: Vec<u8>) -> (usize, bool) {
    let bytes: &'static [u8] = bytes.leak();
    let before = NOW.load(Relaxed);
    MOST.store(before, Relaxed);
    let loaded = Module::load(bytes).is_ok();
    (MOST.load(Relaxed) - before, loaded)
}

fn file(b: &Build) -> Vec<u8> {
    Writer { groups: Groups::STANDARD, meta: &b.meta, funcs: &b.funcs, data: &b.data, names: None }
        .finish(&STANDARD)
        .unwrap()
}

/// Bytes that loading may take whatever the file: messages, and room that lists take ahead.
const SOME: usize = 4096;

/// Everything in one test: others on other threads would be counted too.
#[test]
fn loading_allocates_what_the_file_bounds() {
    // The largest function there can be, and as many others.
    let mut b = Build::default();
    let unit = b.ty(&[], &[]);
    let code: Vec<u8> = asm! { ret; };
    b.func("long", unit, 0, 0, code.repeat(1 << 20));
    let (most, loaded) = load(file(&b));
    assert!(loaded);
    assert!(most <= (2 << 20) / 8 + SOME, "{most} bytes");

    // Many small functions: their records are of 16 bytes each.
    b.funcs[0].code = code.clone().into();
    for _ in 0..100_000 {
        b.funcs.push(Function { ty: unit, frame: 0, ref_frame: 0, code: code.clone().into() });
    }
    let (most, loaded) = load(file(&b));
    assert!(loaded);
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
    assert!(loaded);
    assert!(most <= 8 * meta + SOME, "{most} bytes for {meta} of META");

    // Counts and lengths that say more than there is, wherever there may be one.
    let sound = file(&small());
    assert!(load(sound.clone()).1);
    let meta = section(&sound, 0);
    let (start, end) = (meta.offset as usize, (meta.offset + meta.len) as usize);
    for at in (8..HEADER_LEN + 4 * SECTION_LEN).chain(start..end) {
        for value in [u64::MAX, 1 << 62, 1 << 40, (1 << 32) - 1, 1 << 28] {
            let mut bytes = sound.clone();
            let last = (at + 8).min(bytes.len());
            bytes[at..last].copy_from_slice(&value.to_le_bytes()[..last - at]);
            reseal(&mut bytes);
            let (most, _) = load(bytes);
            assert!(most <= 8 * sound.len() + SOME, "{most} bytes for {value:#x} at {at:#x}");
        }
    }
}

/// A bit of everything.
fn small() -> Build {
    let mut b = Build::default();
    let ty = b.ty(&[ValType::I32], &[ValType::I32]);
    b.import("m", "f", ExternKind::Func, ty);
    b.memory(1, 2);
    b.table(ValType::FuncRef, 1, 2);
    b.elem(Some(0), &[0]);
    b.data(Some(0), b"data");
    b.func("g", ty, 1, 0, asm! { ret; });
    b
}

fn section(bytes: &[u8], index: usize) -> Section {
    let (entries, _) = bytes[HEADER_LEN..].as_chunks::<SECTION_LEN>();
    Section::read(&entries[index])
}
