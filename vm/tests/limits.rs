//! What a guest may have at most: more fails or gives −1, and the store stays usable.

#[allow(dead_code)]
mod asm;

use asm::{Build, asm};
use hardtack_format::meta::{ExternKind, ValType as Ty};
use hardtack_vm::*;

/// `grow_memory(pages)`, `grow_table(elements)` and `ok`, with a memory of 1 page and a table of 1 element that may get large.
fn grower() -> Build {
    let mut b = Build::default();
    let grow = b.ty(&[Ty::I32], &[Ty::I32]);
    let ok = b.ty(&[], &[Ty::I32]);
    b.memory(1, 65536);
    b.table(Ty::FuncRef, 1, u32::MAX.into());
    b.func("grow_memory", grow, 1, 0, asm! { memory_grow Slot Slot = 0, 0; ret; });
    b.func(
        "grow_table",
        grow,
        1,
        1,
        asm! {
            ref_null RefSlot = 0;
            table_grow Table Slot RefSlot Slot = 0, 0, 0, 0;
            ret;
        },
    );
    b.func("ok", ok, 1, 0, asm! { constant Slot S8 = 0, 42; ret; });
    b
}

/// The same module, changed.
fn grower_with(change: impl Fn(&mut Build)) -> Module {
    let mut b = grower();
    change(&mut b);
    b.module()
}

/// A dynamic policy: what is refused is counted.
struct Policy {
    bytes: usize,
    elements: usize,
    refused: u32,
}

impl ResourceLimiter for Policy {
    fn memory_growing(&mut self, _: usize, desired: usize, maximum: Option<usize>) -> Result<bool, Error> {
        // Not where pointers have 32 bits.
        assert_eq!(maximum, usize::try_from(1u64 << 32).ok());
        self.refused += u32::from(desired > self.bytes);
        Ok(desired <= self.bytes)
    }
    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> Result<bool, Error> {
        self.refused += u32::from(desired > self.elements);
        Ok(desired <= self.elements)
    }
}

#[test]
fn growth_is_the_limiters_to_decide() {
    let policy = Policy { bytes: 4 << 16, elements: 10, refused: 0 };
    let mut store = Store::new(&Engine::default(), policy);
    store.limiter(|policy| policy);
    let instance = Instance::new(&mut store, &grower().module(), &[]).unwrap();
    let func = |store: &Store<Policy>, name| instance.get_typed_func::<u32, u32>(store, name).unwrap();
    let (memory, table) = (func(&store, "grow_memory"), func(&store, "grow_table"));
    for (func, delta, expected) in [
        (memory, 0, 1),
        (memory, 4, u32::MAX),
        (memory, 3, 1),
        (memory, 1, u32::MAX),
        (memory, 65535, u32::MAX),
        (memory, u32::MAX, u32::MAX),
        (table, 10, u32::MAX),
        (table, 9, 1),
        (table, 1, u32::MAX),
        (table, u32::MAX, u32::MAX),
        (table, 0, 10),
    ] {
        assert_eq!(func.call(&mut store, delta).unwrap(), expected, "{delta}");
    }
    // Those beyond the types' own limits weren't asked for.
    assert_eq!(store.data().refused, 4);
    store.data_mut().bytes = 5 << 16;
    assert_eq!(memory.call(&mut store, 1).unwrap(), 4);
    assert_eq!(instance.get_typed_func::<(), u32>(&store, "ok").unwrap().call(&mut store, ()).unwrap(), 42);
}

/// Modules that want more than there may be don't come to be, and leave nothing behind.
#[test]
fn what_is_too_large_is_not_instantiated() {
    let limits = StoreLimitsBuilder::new().memory_size(1 << 20).table_elements(100).instances(4).tables(3).memories(3);
    let mut store = Store::new(&Engine::default(), limits.build());
    store.limiter(|limits| limits);
    let ok = |store: &mut Store<StoreLimits>| {
        let instance = Instance::new(&mut *store, &grower().module(), &[])?;
        instance.get_typed_func::<(), u32>(&*store, "ok")?.call(store, ())
    };
    for module in [
        grower_with(|b| b.meta.memories[0].min = 65536),
        grower_with(|b| b.meta.memories[0].min = 17),
        grower_with(|b| b.meta.tables[0].min = 101),
        grower_with(|b| b.meta.tables[0].min = u32::MAX.into()),
        grower_with(|b| (0..4).for_each(|_| b.table(Ty::FuncRef, 1, 1))),
    ] {
        assert!(matches!(Instance::new(&mut store, &module, &[]), Err(Error::Limit(_))));
    }
    for _ in 0..3 {
        assert_eq!(ok(&mut store).unwrap(), 42);
    }
    // Of the fourth, the table is one too many.
    assert!(matches!(ok(&mut store), Err(Error::Limit("tables"))));
}

#[test]
fn stacks_and_references() {
    let mut b = grower();
    let unit = b.ty(&[], &[]);
    b.func("dig", unit, 4, 0, asm! { call Func16 Window = 3, 4; ret; });
    b.func("dig_refs", unit, 1, 9, asm! { call_refs Func32 Window RefWindow = 4, 1, 9; ret; });
    b.func("wide", unit, 1001, 0, asm! { ret; });
    b.func("wide_refs", unit, 1, 101, asm! { ret; });
    b.func("fits", unit, 999, 100, asm! { ret; });
    let mut config = Config::new();
    config.max_stack_slots(1000).max_reference_slots(100);
    let mut store = Store::new(&Engine::new(&config), ());
    let instance = Instance::new(&mut store, &b.module(), &[]).unwrap();
    for name in ["dig", "dig_refs", "wide", "wide_refs"] {
        let func = instance.get_typed_func::<(), ()>(&store, name).unwrap();
        let error = func.call(&mut store, ()).unwrap_err();
        assert_eq!(error.as_trap_code(), Some(TrapCode::StackOverflow), "{name}");
        instance.get_typed_func::<(), ()>(&store, "fits").unwrap().call(&mut store, ()).unwrap();
    }
}

/// When one stack grows and the other can't, the trap's backtrace is still found on the one that moved.
#[test]
fn one_stack_moves_and_the_other_is_full() {
    for width in 2..90 {
        let mut b = grower();
        let unit = b.ty(&[], &[]);
        b.func("dig", unit, width + 3, 9, asm! { call_refs Func32 Window RefWindow = 3, width + 2, 9; ret; });
        let mut config = Config::new();
        config.max_stack_slots(10_000).max_reference_slots(100);
        let mut store = Store::new(&Engine::new(&config), ());
        let instance = Instance::new(&mut store, &b.module(), &[]).unwrap();
        let error = instance.get_typed_func::<(), ()>(&store, "dig").unwrap().call(&mut store, ()).unwrap_err();
        let Error::Trap(trap) = &error else { panic!("{error}") };
        assert_eq!((trap.code(), trap.frames().len()), (TrapCode::StackOverflow, 11), "{width}");
    }
}

/// A call that is refused for the sake of one stack hasn't made the other grow, which the next call would be charged for.
#[test]
fn a_refused_call_leaves_nothing_to_pay() {
    let mut b = grower();
    let unit = b.ty(&[], &[]);
    b.func("wide", unit, 3000, 101, asm! { ret; });
    b.func("fits", unit, 1, 0, asm! { ret; });
    let mut config = Config::new();
    config.max_stack_slots(10_000).max_reference_slots(100);
    let mut store = Store::new(&Engine::new(&config), ());
    let instance = Instance::new(&mut store, &b.module(), &[]).unwrap();
    let mut fuel_of = |name| {
        store.set_fuel(1000);
        let outcome = instance.get_typed_func::<(), ()>(&store, name).unwrap().call(&mut store, ());
        (outcome.map_err(|error| error.as_trap_code()), 1000 - store.get_fuel())
    };
    assert_eq!(fuel_of("fits"), (Ok(()), 1));
    assert_eq!(fuel_of("wide"), (Err(Some(TrapCode::StackOverflow)), 0));
    assert_eq!(fuel_of("fits"), (Ok(()), 1));
}

/// What all memories and all tables may have together.
#[test]
fn totals() {
    let limits = StoreLimitsBuilder::new().total_memory_size(5 << 16).total_table_elements(4).build();
    let mut store = Store::new(&Engine::default(), limits);
    store.limiter(|limits| limits);
    let module = grower().module();
    let instances = [0; 3].map(|_| Instance::new(&mut store, &module, &[]).unwrap());
    let mut grow = |instance: usize, name: &str, delta: u32| {
        let func = instances[instance].get_typed_func::<u32, u32>(&store, name).unwrap();
        func.call(&mut store, delta).unwrap()
    };
    assert_eq!(grow(0, "grow_memory", 3), u32::MAX);
    assert_eq!(grow(0, "grow_memory", 1), 1);
    assert_eq!(grow(1, "grow_memory", 1), 1);
    assert_eq!(grow(2, "grow_memory", 1), u32::MAX);
    assert_eq!(grow(0, "grow_memory", 1), u32::MAX);
    assert_eq!(grow(0, "grow_table", 1), 1);
    assert_eq!(grow(1, "grow_table", 1), u32::MAX);
    // The fifth element is one too many.
    assert!(matches!(Instance::new(&mut store, &module, &[]), Err(Error::Limit("table elements"))));
}

/// What a store begins with is limited too: a file can't take as much as its types say.
#[test]
fn limits_without_a_limiter() {
    let mut store = Store::new(&Engine::default(), ());
    for (module, what) in [
        (grower_with(|b| b.meta.memories[0].min = 65536), "memory size"),
        (grower_with(|b| b.meta.tables[0].min = 9_000_000), "table elements"),
        (grower_with(|b| (0..200).for_each(|_| b.table(Ty::FuncRef, 100_000, 100_000))), "table elements"),
    ] {
        assert!(matches!(Instance::new(&mut store, &module, &[]), Err(Error::Limit(found)) if found == what), "{what}");
    }
    // What was granted to a module that failed stays granted, so this is another store.
    let mut store = Store::new(&Engine::default(), ());
    let instance = Instance::new(&mut store, &grower().module(), &[]).unwrap();
    let table = instance.get_typed_func::<u32, u32>(&store, "grow_table").unwrap();
    assert_eq!(table.call(&mut store, 2_000_000).unwrap(), u32::MAX);
    assert_eq!(table.call(&mut store, 50_000).unwrap(), 1);
    let memory = instance.get_typed_func::<u32, u32>(&store, "grow_memory").unwrap();
    assert_eq!(memory.call(&mut store, 60_000).unwrap(), u32::MAX);
    assert_eq!(memory.call(&mut store, 10).unwrap(), 1);
    // Others are set without a limiter, too.
    store.set_limits(StoreLimitsBuilder::new().total_memory_size(2 << 16).build());
    assert_eq!(memory.call(&mut store, 3).unwrap(), u32::MAX);
    assert_eq!(memory.call(&mut store, 2).unwrap(), 11);
}

/// A host function that makes references for the guest is stopped by the limit; releasing them makes room.
#[test]
fn references_of_the_hosts() {
    let mut b = Build::default();
    let make = b.ty(&[], &[Ty::ExternRef]);
    let unit = b.ty(&[], &[]);
    b.import("host", "make", ExternKind::Func, make);
    b.func(
        "hoard",
        unit,
        1,
        1,
        asm! {
            call_import ImportedFunc Window RefWindow = 0, 1, 0;
            br Back16 = asm! { call_import ImportedFunc Window RefWindow = 0, 1, 0; }.len() / 2;
        },
    );
    let mut store = Store::new(&Engine::default(), Vec::new());
    store.set_limits(StoreLimitsBuilder::new().references(100).build());
    let make = Func::wrap(&mut store, |mut caller: Caller<'_, Vec<ExternRef>>| -> Result<Option<ExternRef>, Error> {
        let value = ExternRef::new(&mut caller, "a value")?;
        caller.data_mut().push(value);
        Ok(Some(value))
    });
    let instance = Instance::new(&mut store, &b.module(), &[make.into()]).unwrap();
    let hoard = instance.get_typed_func::<(), ()>(&store, "hoard").unwrap();
    for _ in 0..3 {
        assert!(matches!(hoard.call(&mut store, ()), Err(Error::Limit("references"))));
        let values = std::mem::take(store.data_mut());
        assert_eq!(values.len(), 100);
        assert!(values.iter().all(|value| value.release(&mut store).is_some()));
    }
}
