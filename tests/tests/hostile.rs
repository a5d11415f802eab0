//! Damaged files: refused, or run without harm. Nothing panics, hangs or reaches memory that isn't the guest's.

use hardtack_compiler::Options;
use hardtack_format::module::{HEADER_LEN, SECTION_LEN};
use hardtack_format::read::{File, Reader};
use hardtack_tests::random::Random;
use hardtack_tests::{tack, tailored};
use hardtack_vm::{
    Config, Engine, Error, Extern, ExternType, Func, Global, Linker, Memory, Module, Ref, Store, StoreLimits,
    StoreLimitsBuilder, Table, Val, ValType,
};
use rayon::prelude::*;
use std::ops::Range;

fn small_file() -> Vec<u8> {
    hardtack_compiler::compile(tailored::SMALL.as_bytes(), &Options::default()).expect("the module is valid")
}

/// The same, for a VM with instructions of an application's own.
fn tailored_file() -> Vec<u8> {
    let file =
        hardtack_compiler::compile(tailored::SMALL.as_bytes(), &tailored::options()).expect("the module is valid");
    assert!(tailored::own_instructions(&file) > 3, "the set is made for this module too");
    file
}

#[test]
fn every_prefix_is_refused() {
    prefixes(&small_file());
    prefixes(&tailored_file());
}

fn prefixes(file: &[u8]) {
    assert_eq!(check(file), Fate::Loaded);
    (0..file.len()).into_par_iter().for_each(|len| {
        assert_eq!(check(&file[..len]), Fate::Refused, "the first {len} bytes");
        // With a header that says so, and a hash that fits.
        let mut prefix = file[..len].to_vec();
        if let Some(field) = prefix.get_mut(FILE_LEN) {
            field.copy_from_slice(&(len as u32).to_le_bytes());
            tack::reseal(&mut prefix);
        }
        assert_eq!(check(&prefix), Fate::Refused, "the first {len} bytes, with that length in the header");
    });
}

#[test]
fn every_flipped_bit_is_refused_or_harmless() {
    flipped_bits(&small_file());
    flipped_bits(&tailored_file());
}

fn flipped_bits(file: &[u8]) {
    let bits = file.len() * 8;
    let loaded = (0..bits).into_par_iter().filter(|bit| {
        let mut damaged = file.to_vec();
        damaged[bit / 8] ^= 1 << (bit % 8);
        tack::reseal(&mut damaged);
        check(&damaged) == Fate::Loaded
    });
    let loaded = loaded.count();
    println!("{} bytes: of {bits} flipped bits {loaded} gave a file that loads", file.len());
    // Constants, slots and opcodes are next to others that are as good, so that a part of them must load.
    assert!(loaded > bits / 100, "flipped bits don't reach the code");
}

#[test]
fn without_a_fitting_hash_no_flipped_bit_loads() {
    let file = small_file();
    let parsed = File::parse(&file, &Reader::default()).expect("the file is whole");
    let optional = optional_bytes(&parsed);
    (0..file.len() * 8).into_par_iter().for_each(|bit| {
        let mut damaged = file.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let fate = check(&damaged);
        assert!(fate == Fate::Refused || optional.iter().any(|range| range.contains(&(bit / 8))), "bit {bit}");
    });
}

/// What lies outside the hash: the sections that a reader may skip, and their entries in the section table.
fn optional_bytes(file: &File<'_>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (i, section) in file.sections().enumerate().filter(|(_, section)| !section.is_required()) {
        let entry = HEADER_LEN + i * SECTION_LEN;
        let start = section.offset as usize;
        found.extend([entry..entry + SECTION_LEN, start..start + section.len as usize]);
    }
    found
}

#[test]
fn random_bytes_after_the_header_are_refused_or_harmless() {
    let files = [small_file(), tailored_file()];
    (0..2000u64).into_par_iter().for_each(|seed| {
        let mut random = Random::new(seed);
        let file = &files[seed as usize % files.len()];
        let mut damaged = file.clone();
        for _ in 0..1 + random.below(8) {
            let at = HEADER_LEN + random.below(file.len() - HEADER_LEN);
            damaged[at] = random.bits() as u8;
        }
        tack::reseal(&mut damaged);
        check(&damaged);
    });
}

/// Where the header says how long the file is.
const FILE_LEN: Range<usize> = 48..52;

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Refused,
    Loaded,
}

/// Loads bytes; if that works, does everything with them that an embedder could.
fn check(bytes: &[u8]) -> Fate {
    let Ok(module) = tailored::engine().load(bytes.to_vec()) else { return Fate::Refused };
    // What happens is the guest's affair; that the host survives it is the point.
    let _ = use_up(&module);
    Fate::Loaded
}

fn use_up(module: &Module) -> Result<(), Error> {
    let engine = Engine::new(Config::new().max_stack_slots(1 << 12).max_reference_slots(1 << 10));
    let mut store: Store<StoreLimits> =
        Store::new(&engine, StoreLimitsBuilder::new().memory_size(1 << 20).table_elements(1000).instances(1).build());
    store.limiter(|limits| limits);
    let mut linker = Linker::new(&engine);
    for import in module.imports() {
        let item = something(&mut store, import.ty())?;
        // The same name may be imported twice.
        linker.allow_shadowing(true);
        linker.define(import.module(), import.name(), item)?;
    }
    store.set_fuel(FUEL);
    let instance = linker.instantiate(&mut store, module)?;
    let exports: Vec<Extern> = instance.exports(&store).map(|e| e.into_extern()).collect();
    let mut random = Random::new(1);
    for export in exports {
        match export {
            Extern::Func(func) => call(&mut store, func, &mut random),
            Extern::Global(global) => drop(global.get(&store)),
            Extern::Memory(memory) => drop(memory.data(&store).iter().map(|b| u64::from(*b)).sum::<u64>()),
            Extern::Table(table) => drop((0..table.size(&store)).map(|i| table.get(&store, i)).collect::<Vec<_>>()),
        }
    }
    Ok(())
}

/// Enough for what the file does as it was meant, and some rounds more.
const FUEL: u64 = 20_000;

fn call(store: &mut Store<StoreLimits>, func: Func, random: &mut Random) {
    let ty = func.ty(&*store);
    let args: Vec<Val> = ty
        .params()
        .iter()
        .map(|ty| match Val::default_for_ty(*ty) {
            Val::I32(_) => Val::I32(random.below(12) as i32),
            Val::I64(_) => Val::I64(random.bits() as i64),
            other => other,
        })
        .collect();
    let mut results: Vec<Val> = ty.results().iter().map(|ty| Val::default_for_ty(*ty)).collect();
    store.set_fuel(FUEL);
    let _ = func.call(&mut *store, &args, &mut results);
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
