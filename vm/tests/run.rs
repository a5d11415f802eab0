//! The driver and what embedders use, on modules put together by hand.

mod asm;

use asm::{Build, asm};
use hardtack_format::constexpr::ConstOp;
use hardtack_format::meta::ExternKind;
use hardtack_vm::ValType::{ExternRef as E, FuncRef as F, I32 as I};
use hardtack_vm::*;
use std::panic::{AssertUnwindSafe, catch_unwind};

fn store() -> Store<()> {
    Store::new(&Engine::default(), ())
}

fn trap(error: Error) -> TrapCode {
    error.as_trap_code().unwrap_or_else(|| panic!("not a trap: {error}"))
}

/// `call(x)` gives `f(x) + 1` with an imported `f`; `spin` never ends; `dig` recurses without end.
fn caller() -> Module {
    let mut b = Build::default();
    let ty = b.ty(&[I], &[I]);
    let unit = b.ty(&[], &[]);
    b.import("host", "f", ExternKind::Func, ty);
    b.func(
        "call",
        ty,
        3,
        0,
        asm! {
            copy Slot Slot = 2, 0;
            call_import ImportedFunc Window RefWindow = 0, 2, 0;
            i32_add Slot Acc S8 = 0, 0, 1;
            ret;
        },
    );
    b.func(
        "spin",
        unit,
        1,
        0,
        asm! {
            copy Slot Slot = 0, 0;
            br Back16 = 2;
        },
    );
    b.func(
        "dig",
        unit,
        1,
        0,
        asm! {
            call Func16 Window = 2, 1;
            ret;
        },
    );
    b.module()
}

#[test]
fn the_host_and_the_guest_call_each_other() {
    let mut store = Store::new(&Engine::default(), vec![]);
    let mut linker = Linker::new(store.engine());
    linker
        .func_wrap("host", "f", |mut caller: Caller<'_, Vec<i32>>, x: i32| {
            caller.data_mut().push(x);
            x * 2
        })
        .unwrap();
    let instance = linker.instantiate(&mut store, &caller()).unwrap();
    let call = instance.get_typed_func::<i32, i32>(&store, "call").unwrap();
    assert_eq!(call.call(&mut store, 20).unwrap(), 41);
    assert_eq!(call.call(&mut store, -1).unwrap(), -1);
    let mut results = [Val::I32(0)];
    call.func().call(&mut store, &[Val::I32(3)], &mut results).unwrap();
    assert_eq!(results, [Val::I32(7)]);
    assert_eq!(*store.data(), [20, -1, 3]);

    assert!(matches!(instance.get_typed_func::<i64, i32>(&store, "call"), Err(Error::FuncType { .. })));
    assert!(matches!(instance.get_typed_func::<i32, i32>(&store, "none"), Err(Error::NoExport { .. })));
    assert!(matches!(call.func().call(&mut store, &[], &mut results), Err(Error::Count { .. })));
    assert!(matches!(call.func().call(&mut store, &[Val::I64(0)], &mut results), Err(Error::TypeMismatch { .. })));
}

#[test]
fn imports_are_checked() {
    let mut store = store();
    let mut linker = Linker::<()>::new(store.engine());
    let error = linker.instantiate(&mut store, &caller()).unwrap_err();
    assert!(error.to_string().starts_with("unknown import"), "{error}");
    linker.func_wrap("host", "f", |x: i64| x).unwrap();
    let error = linker.instantiate(&mut store, &caller()).unwrap_err();
    assert!(error.to_string().starts_with("incompatible import type"), "{error}");
    assert!(linker.func_wrap("host", "f", |x: i64| x).is_err());

    let mut linker = Linker::<()>::new(store.engine());
    linker.define_unknown_imports_as_traps(&caller());
    let instance = linker.instantiate(&mut store, &caller()).unwrap();
    let call = instance.get_typed_func::<i32, i32>(&store, "call").unwrap();
    assert_eq!(trap(call.call(&mut store, 1).unwrap_err()), TrapCode::UnknownImport);
    let mut linker = Linker::<()>::new(store.engine());
    linker.define_unknown_imports_as_zero(&mut store, &caller()).unwrap();
    let instance = linker.instantiate(&mut store, &caller()).unwrap();
    assert_eq!(instance.get_typed_func::<i32, i32>(&store, "call").unwrap().call(&mut store, 7).unwrap(), 1);
}

fn with_zero(store: &mut Store<()>, module: &Module) -> Instance {
    let mut linker = Linker::new(store.engine());
    linker.define_unknown_imports_as_zero(&mut *store, module).unwrap();
    linker.instantiate(store, module).unwrap()
}

#[test]
fn fuel_stops_a_loop_and_is_counted() {
    let mut store = store();
    let instance = with_zero(&mut store, &caller());
    let spin = instance.get_typed_func::<(), ()>(&store, "spin").unwrap();
    for fuel in [0, 1, 2, 1000, 300_000] {
        store.set_fuel(fuel);
        assert_eq!(trap(spin.call(&mut store, ()).unwrap_err()), TrapCode::OutOfFuel);
        assert_eq!(store.get_fuel(), 0);
    }
    // The call costs 1, calling the host 10.
    let call = instance.get_typed_func::<i32, i32>(&store, "call").unwrap();
    store.set_fuel(11);
    call.call(&mut store, 0).unwrap();
    assert_eq!(store.get_fuel(), 0);
    store.set_fuel(10);
    assert_eq!(trap(call.call(&mut store, 0).unwrap_err()), TrapCode::OutOfFuel);
    store.set_fuel(u64::MAX);
    call.call(&mut store, 0).unwrap();
    assert_eq!(store.get_fuel(), u64::MAX - 11);
    store.add_fuel(100);
    assert_eq!(store.get_fuel(), u64::MAX);
}

#[test]
fn another_thread_interrupts() {
    let mut store = store();
    let instance = with_zero(&mut store, &caller());
    let spin = instance.get_typed_func::<(), ()>(&store, "spin").unwrap();
    let handle = store.interrupt_handle();
    let thread = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(20));
        handle.interrupt();
    });
    assert_eq!(trap(spin.call(&mut store, ()).unwrap_err()), TrapCode::Interrupted);
    thread.join().unwrap();
    // The request is spent.
    assert!(instance.get_typed_func::<i32, i32>(&store, "call").unwrap().call(&mut store, 0).is_ok());
    // Without a loop of its own: the host function's return is a place to stop at, too.
    store.interrupt_handle().interrupt();
    let error = instance.get_typed_func::<i32, i32>(&store, "call").unwrap().call(&mut store, 0).unwrap_err();
    assert_eq!(trap(error), TrapCode::Interrupted);
}

#[test]
fn deep_recursion_traps_and_the_store_goes_on() {
    let mut config = Config::new();
    config.max_stack_slots(1000);
    let mut store = Store::new(&Engine::new(&config), ());
    let instance = with_zero(&mut store, &caller());
    let dig = instance.get_typed_func::<(), ()>(&store, "dig").unwrap();
    for _ in 0..3 {
        let error = dig.call(&mut store, ()).unwrap_err();
        let Error::Trap(trap) = &error else { panic!("{error}") };
        assert_eq!(trap.code(), TrapCode::StackOverflow);
        assert_eq!(trap.frames().len(), 64);
        assert!(trap.is_truncated());
        assert!(trap.frames().iter().all(|f| f.function() == 3));
    }
    assert!(instance.get_typed_func::<i32, i32>(&store, "call").unwrap().call(&mut store, 0).is_ok());
}

#[test]
fn stacks_move_while_the_host_is_called() {
    let mut config = Config::new();
    config.max_stack_slots(20_000);
    let mut store = Store::new(&Engine::new(&config), ());
    let mut linker = Linker::<()>::new(store.engine());
    // The host digs 5000 frames deep in the same instance, whose stacks move, before the outer frames go on.
    linker
        .func_wrap("host", "f", |mut caller: Caller<'_, ()>, x: i32| -> Result<i32, Error> {
            let down = caller.get_export("down").unwrap().into_func().unwrap();
            if x > 0 { Ok(down.typed::<i32, i32>(&caller)?.call(&mut caller, x)? + 1) } else { Ok(7) }
        })
        .unwrap();
    let mut b = Build::default();
    let ty = b.ty(&[I], &[I]);
    b.import("host", "f", ExternKind::Func, ty);
    // down(x) = x ? down(x - 1) : f(0)
    let down = asm! {
        br_if Fwd16 Slot = 11, 0;
        copy Slot Slot = 2, 0;
        call_import ImportedFunc Window RefWindow = 0, 2, 0;
        ret_value Slot = 2;
        i32_add Slot Slot S16 = 2, 0, -1;
        call Func16 Window = 0, 2;
        ret_value Slot = 2;
    };
    b.func("down", ty, 3, 0, down);
    let module = b.module();
    let instance = linker.instantiate(&mut store, &module).unwrap();
    assert_eq!(instance.get_typed_func::<i32, i32>(&store, "down").unwrap().call(&mut store, 5000).unwrap(), 7);

    let mut linker = Linker::<()>::new(store.engine());
    linker
        .func_wrap("host", "f", |mut caller: Caller<'_, ()>, x: i32| -> Result<i32, Error> {
            let dig = caller.get_export("dig").unwrap().into_func().unwrap();
            let error = dig.call(&mut caller, &[], &mut []).unwrap_err();
            assert_eq!(error.as_trap_code(), Some(TrapCode::StackOverflow));
            if x < 0 { Err(error) } else { Ok(x) }
        })
        .unwrap();
    let instance = linker.instantiate(&mut store, &caller()).unwrap();
    let call = instance.get_typed_func::<i32, i32>(&store, "call").unwrap();
    assert_eq!(call.call(&mut store, 5).unwrap(), 6);
    assert_eq!(trap(call.call(&mut store, -1).unwrap_err()), TrapCode::StackOverflow);
    assert_eq!(call.call(&mut store, 5).unwrap(), 6);
}

#[test]
fn many_values_pass() {
    let mut store = store();
    let types = [I, F, I, E].repeat(9);
    let ty = hardtack_vm::FuncType::new(types.clone(), types.iter().rev().copied());
    let reverse = Func::new(&mut store, ty, |_, params, results| {
        for (result, param) in results.iter_mut().zip(params.iter().rev()) {
            *result = *param;
        }
        Ok(())
    });
    let mut b = Build::default();
    let back: Vec<_> = types.iter().rev().copied().collect();
    let ty = b.ty(&types, &back);
    b.import("host", "reverse", ExternKind::Func, ty);
    b.func("again", ty, 37, 36, {
        let mut code = vec![];
        for i in 0..18 {
            code.extend(asm! { copy Slot Slot = i + 19, i; ref_copy RefSlot RefSlot = i + 18, i; });
        }
        code.extend(asm! { call_import ImportedFunc Window RefWindow = 0, 19, 18; });
        for i in 0..18 {
            code.extend(asm! { copy Slot Slot = i, i + 19; ref_copy RefSlot RefSlot = i, i + 18; });
        }
        code.extend(asm! { ret; });
        code
    });
    let instance = Instance::new(&mut store, &b.module(), &[reverse.into()]).unwrap();
    let value = ExternRef::new(&mut store, "value").unwrap();
    let params: Vec<Val> = (0..36)
        .map(|i| match types[i] {
            I => Val::I32(i as i32),
            F => Val::FuncRef((i > 8).then_some(reverse)),
            _ => Val::ExternRef((i > 12).then_some(value)),
        })
        .collect();
    let mut results = vec![Val::I32(0); 36];
    instance.get_func(&store, "again").unwrap().call(&mut store, &params, &mut results).unwrap();
    assert!(results.iter().eq(params.iter().rev()));
}

#[test]
fn nesting_through_the_host_is_limited() {
    let mut store = Store::new(&Engine::default(), 0);
    let mut linker = Linker::new(store.engine());
    linker
        .func_wrap("host", "f", |mut caller: Caller<'_, i32>, x: i32| -> Result<i32, Error> {
            *caller.data_mut() += 1;
            let call = caller.get_export("call").unwrap().into_func().unwrap();
            if x == 0 { Ok(0) } else { call.typed::<i32, i32>(&caller)?.call(&mut caller, x - 1) }
        })
        .unwrap();
    let instance = linker.instantiate(&mut store, &caller()).unwrap();
    let call = instance.get_typed_func::<i32, i32>(&store, "call").unwrap();
    assert_eq!(call.call(&mut store, 99).unwrap(), 100);
    *store.data_mut() = 0;
    let error = call.call(&mut store, 100).unwrap_err();
    let Error::Trap(found) = &error else { panic!("{error}") };
    assert_eq!(found.code(), TrapCode::StackOverflow);
    assert_eq!((found.frames().len(), found.is_truncated()), (64, true));
    assert_eq!(*store.data(), 100);
    assert_eq!(call.call(&mut store, 99).unwrap(), 100);
}

#[test]
fn host_errors_come_back_as_they_are() {
    #[derive(Debug, PartialEq)]
    struct Exit(i32);
    impl std::fmt::Display for Exit {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "exit {}", self.0)
        }
    }
    impl std::error::Error for Exit {}
    impl HostError for Exit {}

    let mut store = store();
    let mut linker = Linker::<()>::new(store.engine());
    linker.func_wrap("host", "f", |x: i32| -> Result<i32, Exit> { Err(Exit(x)) }).unwrap();
    let instance = linker.instantiate(&mut store, &caller()).unwrap();
    let error = instance.get_typed_func::<i32, i32>(&store, "call").unwrap().call(&mut store, 5).unwrap_err();
    assert_eq!(error.to_string(), "exit 5");
    assert_eq!(error.downcast::<Exit>().unwrap(), Exit(5));
}

#[test]
fn a_panic_in_a_host_function_leaves_the_store_usable() {
    let mut config = Config::new();
    config.max_stack_slots(20);
    let mut store = Store::new(&Engine::new(&config), ());
    let mut linker = Linker::<()>::new(store.engine());
    linker.func_wrap("host", "f", |x: i32| if x == 0 { panic!("as the test wants") } else { x }).unwrap();
    let instance = linker.instantiate(&mut store, &caller()).unwrap();
    let call = instance.get_typed_func::<i32, i32>(&store, "call").unwrap();
    for _ in 0..200 {
        assert!(catch_unwind(AssertUnwindSafe(|| call.call(&mut store, 0))).is_err());
    }
    assert_eq!(call.call(&mut store, 1).unwrap(), 2);
    assert_eq!(store.get_fuel(), u64::MAX - 201 * 11);
}

/// `call(x, f)` calls `f` with `x` through table 0 of its own, which holds imports and its own functions; `ping` calls the import.
fn bouncer() -> Module {
    let mut b = Build::default();
    let ty = b.ty(&[I], &[I]);
    let two = b.ty(&[I, I], &[I]);
    b.import("other", "f", ExternKind::Func, ty);
    b.table(F, 4, 10);
    b.elem(Some(0), &[0, 1, 2]);
    // If x is 0 it gives 0, else f(x - 1) + 1.
    b.func(
        "ping",
        ty,
        3,
        0,
        asm! {
            br_if Fwd16 Slot = 5, 0;
            ret_value Slot = 0;
            i32_add Slot Slot S16 = 2, 0, -1;
            call_import ImportedFunc Window RefWindow = 0, 2, 0;
            i32_add Slot Acc S8 = 0, 0, 1;
            ret;
        },
    );
    b.func(
        "call",
        two,
        4,
        0,
        asm! {
            copy Slot Slot = 3, 0;
            call_indirect TypeIndex Table Window RefWindow Slot = 0, 0, 3, 0, 1;
            copy Slot Slot = 0, 3;
            ret;
        },
    );
    b.export("table", ExternKind::Table, 0);
    b.module()
}

#[test]
fn instances_call_each_other_without_native_recursion() {
    let mut config = Config::new();
    config.max_crossings(1000);
    let mut store = Store::new(&Engine::new(&config), ());
    let zero = Func::wrap(&mut store, |x: i32| x);
    // A chain in a ring: the table of the first is given what the last exports.
    let first = Instance::new(&mut store, &bouncer(), &[zero.into()]).unwrap();
    let first_ping = first.get_func(&store, "ping").unwrap();
    let second = Instance::new(&mut store, &bouncer(), &[first_ping.into()]).unwrap();
    let ping = second.get_typed_func::<i32, i32>(&store, "ping").unwrap();
    assert_eq!(ping.call(&mut store, 0).unwrap(), 0);
    // ping(10) = f(9) + 1, f(9) = zero(8) + 1.
    assert_eq!(ping.call(&mut store, 10).unwrap(), 10);

    let call = second.get_typed_func::<(i32, i32), i32>(&store, "call").unwrap();
    assert_eq!(call.call(&mut store, (10, 0)).unwrap(), 10);
    assert_eq!(call.call(&mut store, (10, 1)).unwrap(), 10);
    assert_eq!(trap(call.call(&mut store, (10, 2)).unwrap_err()), TrapCode::IndirectCallTypeMismatch);
    assert_eq!(trap(call.call(&mut store, (10, 3)).unwrap_err()), TrapCode::UninitializedElement);
    assert_eq!(trap(call.call(&mut store, (10, 4)).unwrap_err()), TrapCode::UndefinedElement);
    let table = second.get_table(&store, "table").unwrap();
    table.set(&mut store, 3, Ref::from(zero)).unwrap();
    assert_eq!(call.call(&mut store, (10, 3)).unwrap(), 10);
}

/// `down(x)` gives x = 0 ? 0 : element 0 of the imported table (x − 1) + 1.
fn through_a_table() -> Module {
    let mut b = Build::default();
    let ty = b.ty(&[I], &[I]);
    b.import("env", "table", ExternKind::Table, 0);
    b.table(F, 1, 10);
    b.func(
        "down",
        ty,
        4,
        0,
        asm! {
            br_if Fwd16 Slot = 5, 0;
            ret_value Slot = 0;
            i32_add Slot Slot S16 = 2, 0, -1;
            constant Slot S32 = 1, 0;
            call_indirect TypeIndex Table Window RefWindow Slot = 0, 0, 2, 0, 1;
            i32_add Slot Acc S8 = 0, 0, 1;
            ret;
        },
    );
    b.module()
}

#[test]
fn crossings_are_limited_by_count_and_by_stacks() {
    for (crossings, slots) in [(1000, 1 << 20), (1 << 20, 4000)] {
        let mut config = Config::new();
        config.max_crossings(crossings).max_stack_slots(slots);
        let mut store = Store::new(&Engine::new(&config), ());
        let ty = TableType::new(F, 1, Some(10));
        let tables = [(); 2].map(|()| Table::new(&mut store, ty, Ref::Func(None)).unwrap());
        let instances = tables.map(|t| Instance::new(&mut store, &through_a_table(), &[t.into()]).unwrap());
        let downs = instances.map(|i| i.get_func(&store, "down").unwrap());
        tables[0].set(&mut store, 0, Ref::from(downs[1])).unwrap();
        tables[1].set(&mut store, 0, Ref::from(downs[0])).unwrap();
        let down = downs[0].typed::<i32, i32>(&store).unwrap();
        for _ in 0..3 {
            assert_eq!(down.call(&mut store, 500).unwrap(), 500);
            let Error::Trap(trap) = down.call(&mut store, 100_000).unwrap_err() else { panic!("not a trap") };
            assert_eq!(trap.code(), TrapCode::StackOverflow);
            assert_eq!(trap.frames().len(), 64);
        }
    }
}

/// Functions that do one slow instruction each with a memory of 2 to 5 pages.
fn memories() -> Module {
    let mut b = Build::default();
    let (one, three) = (b.ty(&[I], &[I]), b.ty(&[I, I, I], &[]));
    let unit = b.ty(&[], &[]);
    b.memory(2, 5);
    b.data(Some(4), b"hardtack");
    b.data(None, b"biscuit");
    b.export("memory", ExternKind::Memory, 0);
    b.func("grow", one, 1, 0, asm! { memory_grow Slot Slot = 0, 0; ret; });
    b.func("fill", three, 3, 0, asm! { memory_fill Slot Slot Slot = 0, 1, 2; ret; });
    b.func("copy", three, 3, 0, asm! { memory_copy Slot Slot Slot = 0, 1, 2; ret; });
    b.func("init", three, 3, 0, asm! { memory_init Data Slot Slot Slot = 1, 0, 1, 2; ret; });
    b.func("init_active", three, 3, 0, asm! { memory_init Data Slot Slot Slot = 0, 0, 1, 2; ret; });
    b.func("drop", unit, 0, 0, asm! { data_drop Data = 1; ret; });
    b.func("load", one, 1, 0, asm! { i32_load U16 Slot Slot = 0, 0, 0; ret; });
    b.module()
}

#[test]
fn memory_instructions() {
    let mut store = store();
    let instance = Instance::new(&mut store, &memories(), &[]).unwrap();
    let memory = instance.get_memory(&store, "memory").unwrap();
    assert_eq!(&memory.data(&store)[..14], b"\0\0\0\0hardtack\0\0");
    let one = |store: &mut Store<()>, name: &str, x: u32| {
        instance.get_typed_func::<u32, u32>(&*store, name).unwrap().call(store, x)
    };
    let three = |store: &mut Store<()>, name: &str, x: (u32, u32, u32)| {
        instance.get_typed_func::<(u32, u32, u32), ()>(&*store, name).unwrap().call(store, x)
    };
    three(&mut store, "copy", (6, 4, 8)).unwrap();
    assert_eq!(&memory.data(&store)[4..14], b"hahardtack");
    three(&mut store, "fill", (65_535, 0x1_41, 65_537)).unwrap();
    assert_eq!(&memory.data(&store)[65_534..65_537], b"\0AA");
    assert_eq!(memory.data(&store).last(), Some(&b'A'));
    three(&mut store, "init", (0, 3, 4)).unwrap();
    assert_eq!(&memory.data(&store)[..5], b"cuith");
    let past = TrapCode::MemoryOutOfBounds;
    for (name, args) in [
        ("fill", (u32::MAX, 0, u32::MAX)),
        ("fill", (131_072, 0, 1)),
        ("copy", (0, 131_070, 3)),
        ("copy", (131_070, 0, 3)),
        ("init", (0, 3, 5)),
        ("init", (131_070, 0, 3)),
        ("init_active", (0, 0, 1)),
    ] {
        assert_eq!(trap(three(&mut store, name, args).unwrap_err()), past, "{name} {args:?}");
    }
    assert_eq!(&memory.data(&store)[..5], b"cuith");
    three(&mut store, "fill", (131_072, 0, 0)).unwrap();
    three(&mut store, "init_active", (131_072, 0, 0)).unwrap();
    instance.get_typed_func::<(), ()>(&store, "drop").unwrap().call(&mut store, ()).unwrap();
    assert_eq!(trap(three(&mut store, "init", (0, 0, 1)).unwrap_err()), past);

    assert_eq!(trap(one(&mut store, "load", 131_069).unwrap_err()), past);
    assert_eq!(one(&mut store, "grow", 1).unwrap(), 2);
    assert_eq!(one(&mut store, "load", 131_069).unwrap(), 0x41_4141);
    assert_eq!(memory.grow(&mut store, 1).unwrap(), 3);
    assert_eq!(one(&mut store, "load", 0x3_fffc).unwrap(), 0);
    assert_eq!(one(&mut store, "grow", 2).unwrap(), u32::MAX);
    assert_eq!(one(&mut store, "grow", u32::MAX).unwrap(), u32::MAX);
    assert!(memory.grow(&mut store, u64::MAX).is_err());
    assert_eq!(memory.ty(&store), MemoryType::new(4, Some(5)));
    assert_eq!(memory.write(&mut store, usize::MAX, b"xy"), Err(MemoryAccessError));
    assert_eq!(memory.write(&mut store, 0x3_ffff, b"xy"), Err(MemoryAccessError));
    memory.write(&mut store, 0x3_fffe, b"xy").unwrap();
    let mut buffer = [0; 2];
    memory.read(&store, 0x3_fffe, &mut buffer).unwrap();
    assert_eq!(&buffer, b"xy");
}

#[test]
fn limits_hold() {
    let limits = StoreLimitsBuilder::new().memory_size(3 << 16).instances(2).memories(2).build();
    let mut store = Store::new(&Engine::default(), limits);
    store.limiter(|limits| limits);
    let instance = Instance::new(&mut store, &memories(), &[]).unwrap();
    let grow = instance.get_typed_func::<u32, u32>(&store, "grow").unwrap();
    assert_eq!(grow.call(&mut store, 2).unwrap(), u32::MAX);
    assert_eq!(grow.call(&mut store, 1).unwrap(), 2);
    assert!(matches!(Memory::new(&mut store, MemoryType::new(4, None)), Err(Error::Limit(_))));
    Instance::new(&mut store, &memories(), &[]).unwrap();
    assert!(matches!(Memory::new(&mut store, MemoryType::new(0, None)), Err(Error::Limit("memories"))));
    assert!(matches!(Instance::new(&mut store, &memories(), &[]), Err(Error::Limit("instances"))));

    *store.data_mut() = StoreLimitsBuilder::new().memory_size(0).trap_on_grow_failure(true).build();
    assert!(matches!(grow.call(&mut store, 1), Err(Error::Limit(_))));
}

/// Tables 0 (functions) and 1 (values of the host's), and functions that do one instruction each.
fn tables() -> Module {
    let mut b = Build::default();
    let (get, set) = (b.ty(&[I], &[E]), b.ty(&[I, E], &[]));
    let (swap, unit) = (b.ty(&[E], &[F]), b.ty(&[], &[]));
    let (grow, three) = (b.ty(&[E, I], &[I]), b.ty(&[I, I, I], &[]));
    b.table(F, 3, 8);
    b.table(E, 2, 6);
    b.elem(None, &[0, 1, 2]);
    b.export("funcs", ExternKind::Table, 0);
    b.export("values", ExternKind::Table, 1);
    b.global(F, Mutability::Var, &[ConstOp::RefFunc(0)]);
    b.export("global", ExternKind::Global, 0);
    b.func("get", get, 1, 1, asm! { table_get Table RefSlot Slot = 1, 0, 0; ret; });
    b.func("set", set, 1, 1, asm! { table_set Table Slot RefSlot = 1, 0, 0; ret; });
    // Puts what it gets into a place that is for functions.
    b.func("swap", swap, 0, 1, asm! { ref_global_set RefGlobal RefSlot = 0, 0; ret; });
    b.func("pass", swap, 0, 1, asm! { ret; });
    b.func("grow", grow, 1, 1, asm! { table_grow Table Slot RefSlot Slot = 1, 0, 0, 0; ret; });
    b.func("init", three, 3, 0, asm! { table_init Table Elem Slot Slot Slot = 0, 0, 0, 1, 2; ret; });
    b.func("init_values", three, 3, 0, asm! { table_init Table Elem Slot Slot Slot = 1, 0, 0, 1, 2; ret; });
    b.func("copy", three, 3, 0, asm! { table_copy Table Table Slot Slot Slot = 0, 0, 0, 1, 2; ret; });
    b.func("drop", unit, 0, 0, asm! { elem_drop Elem = 0; ret; });
    b.func("own", swap, 0, 1, asm! { ref_func AnyFunc RefSlot = 9, 0; ret; });
    b.module()
}

#[test]
fn references_keep_their_sort() {
    let mut store = store();
    let instance = Instance::new(&mut store, &tables(), &[]).unwrap();
    let object = ExternRef::new(&mut store, 42).unwrap();
    let value = Some(object);
    let set = instance.get_typed_func::<(i32, Option<ExternRef>), ()>(&store, "set").unwrap();
    let get = instance.get_typed_func::<i32, Option<ExternRef>>(&store, "get").unwrap();
    set.call(&mut store, (1, value)).unwrap();
    assert_eq!(get.call(&mut store, 1).unwrap(), value);
    assert_eq!(get.call(&mut store, 0).unwrap(), None);
    assert_eq!(trap(get.call(&mut store, 2).unwrap_err()), TrapCode::TableOutOfBounds);
    assert_eq!(trap(set.call(&mut store, (-1, None)).unwrap_err()), TrapCode::TableOutOfBounds);
    assert_eq!(object.downcast_ref::<i32, _>(&store).unwrap(), &42);
    assert!(object.release(&mut store).is_some());
    assert!(object.data(&store).is_none());

    let swap = instance.get_typed_func::<Option<ExternRef>, Option<Func>>(&store, "swap").unwrap();
    let pass = instance.get_typed_func::<Option<ExternRef>, Option<Func>>(&store, "pass").unwrap();
    let own = instance.get_typed_func::<Option<ExternRef>, Option<Func>>(&store, "own").unwrap();
    assert_eq!(trap(swap.call(&mut store, value).unwrap_err()), TrapCode::InvalidReference);
    assert_eq!(trap(pass.call(&mut store, value).unwrap_err()), TrapCode::InvalidReference);
    assert_eq!(pass.call(&mut store, None).unwrap(), None);
    let global = instance.get_global(&store, "global").unwrap();
    assert_eq!(global.get(&store), Val::FuncRef(instance.get_func(&store, "get")));
    assert_eq!(swap.call(&mut store, None).unwrap(), None);
    assert_eq!(global.get(&store), Val::FuncRef(None));
    assert_eq!(own.call(&mut store, None).unwrap(), instance.get_func(&store, "own"));

    let grow = instance.get_typed_func::<(Option<ExternRef>, i32), i32>(&store, "grow").unwrap();
    assert_eq!(grow.call(&mut store, (value, 3)).unwrap(), 2);
    assert_eq!(get.call(&mut store, 4).unwrap(), value);
    assert_eq!(grow.call(&mut store, (value, 2)).unwrap(), -1);
    assert_eq!(grow.call(&mut store, (value, -1)).unwrap(), -1);

    let other = ExternRef::new(&mut Store::new(&Engine::default(), ()), 1).unwrap();
    assert!(matches!(set.call(&mut store, (0, Some(other))), Err(Error::ForeignReference)));
}

#[test]
fn table_instructions() {
    let mut store = store();
    let instance = Instance::new(&mut store, &tables(), &[]).unwrap();
    let funcs = instance.get_table(&store, "funcs").unwrap();
    let three = |store: &mut Store<()>, name: &str, x: (u32, u32, u32)| {
        instance.get_typed_func::<(u32, u32, u32), ()>(&*store, name).unwrap().call(store, x)
    };
    let names = |store: &Store<()>| {
        (0..3)
            .map(|i| match funcs.get(store, i) {
                Some(Ref::Func(func)) => instance.exports(store).find(|e| func.is_some() && e.into_func() == func),
                _ => panic!("not a function"),
            })
            .map(|e| e.map_or("-".to_string(), |e| e.name().to_string()))
            .collect::<Vec<_>>()
    };
    three(&mut store, "init", (1, 0, 2)).unwrap();
    assert_eq!(names(&store), ["-", "get", "set"]);
    three(&mut store, "copy", (0, 1, 2)).unwrap();
    assert_eq!(names(&store), ["get", "set", "set"]);
    three(&mut store, "copy", (1, 0, 2)).unwrap();
    assert_eq!(names(&store), ["get", "get", "set"]);
    let past = TrapCode::TableOutOfBounds;
    assert_eq!(trap(three(&mut store, "init", (1, 0, 3)).unwrap_err()), past);
    assert_eq!(trap(three(&mut store, "init", (0, 1, 3)).unwrap_err()), past);
    assert_eq!(trap(three(&mut store, "copy", (0, 1, u32::MAX)).unwrap_err()), past);
    assert_eq!(trap(three(&mut store, "init_values", (0, 0, 1)).unwrap_err()), TrapCode::InvalidReference);
    instance.get_typed_func::<(), ()>(&store, "drop").unwrap().call(&mut store, ()).unwrap();
    assert_eq!(trap(three(&mut store, "init", (0, 0, 1)).unwrap_err()), past);
    three(&mut store, "init", (0, 0, 0)).unwrap();
    assert!(funcs.set(&mut store, 3, Ref::Func(None)).is_err());
    assert!(funcs.set(&mut store, 0, Ref::Extern(None)).is_err());
    assert_eq!(funcs.grow(&mut store, 2, Ref::Func(None)).unwrap(), 3);
    assert_eq!(funcs.size(&store), 5);
    assert!(funcs.grow(&mut store, 4, Ref::Func(None)).is_err());
}

#[test]
fn what_a_failed_instantiation_did_stays_done() {
    let mut b = Build::default();
    b.import("env", "memory", ExternKind::Memory, 0);
    b.memory(1, 5);
    b.data(Some(0), b"first");
    b.data(Some(65_535), b"past");
    let mut store = store();
    let memory = Memory::new(&mut store, MemoryType::new(1, Some(5))).unwrap();
    let error = Instance::new(&mut store, &b.module(), &[memory.into()]).unwrap_err();
    assert_eq!(error.to_string(), "out of bounds memory access");
    assert_eq!(&memory.data(&store)[..5], b"first");

    let small = Memory::new(&mut store, MemoryType::new(0, Some(5))).unwrap();
    let open = Memory::new(&mut store, MemoryType::new(1, None)).unwrap();
    for memory in [small, open] {
        let error = Instance::new(&mut store, &b.module(), &[memory.into()]).unwrap_err();
        assert!(error.to_string().starts_with("incompatible import type"), "{error}");
    }
    // The present size counts.
    small.grow(&mut store, 2).unwrap();
    let error = Instance::new(&mut store, &b.module(), &[small.into()]);
    assert!(error.is_ok());
}

#[test]
fn globals_are_shared() {
    let mut b = Build::default();
    let (set, get) = (b.ty(&[I], &[]), b.ty(&[], &[I]));
    b.import("env", "counter", ExternKind::Global, 0);
    b.global(I, Mutability::Var, &[]);
    b.global(I, Mutability::Var, &[ConstOp::I32(40), ConstOp::I32(2), ConstOp::I32Add]);
    b.export("counter", ExternKind::Global, 1);
    b.func("set", set, 1, 0, asm! { imported_global_set ImportedGlobal Slot = 0, 0; ret; });
    b.func("get", get, 1, 0, asm! { imported_global_get ImportedGlobal Slot = 0, 0; ret; });
    b.func("own", get, 1, 0, asm! { global_get Global Slot = 0, 0; ret; });
    let module = b.module();
    let mut store = store();
    let ty = GlobalType::new(I, Mutability::Var);
    let counter = Global::new(&mut store, ty, Val::I32(5)).unwrap();
    let first = Instance::new(&mut store, &module, &[counter.into()]).unwrap();
    let own = first.get_global(&store, "counter").unwrap();
    let second = Instance::new(&mut store, &module, &[own.into()]).unwrap();
    let get = |store: &mut Store<()>, i: Instance| i.get_typed_func::<(), i32>(&*store, "get").unwrap().call(store, ());
    assert_eq!((get(&mut store, first).unwrap(), get(&mut store, second).unwrap()), (5, 42));
    second.get_typed_func::<i32, ()>(&store, "set").unwrap().call(&mut store, 7).unwrap();
    assert_eq!(own.get(&store), Val::I32(7));
    own.set(&mut store, Val::I32(8)).unwrap();
    assert_eq!(get(&mut store, second).unwrap(), 8);
    assert!(matches!(own.set(&mut store, Val::I64(8)), Err(Error::TypeMismatch { .. })));
    let constant = Global::new(&mut store, GlobalType::new(I, Mutability::Const), Val::I32(5)).unwrap();
    assert!(matches!(constant.set(&mut store, Val::I32(8)), Err(Error::Immutable)));
    assert!(Instance::new(&mut store, &module, &[constant.into()]).is_err());
}

#[test]
fn stores_move_between_threads() {
    fn is_send<T: Send>(_: &T) {}
    fn is_sync<T: Sync>(_: &T) {}
    let store = store();
    is_send(&store);
    is_sync(&store);
    is_send(&caller());
    is_sync(&caller());
    is_sync(&Linker::<()>::default());
    is_sync(&store.interrupt_handle());
}

#[test]
#[should_panic(expected = "does not belong to")]
fn handles_belong_to_a_store() {
    let memory = Memory::new(&mut store(), MemoryType::new(1, None)).unwrap();
    memory.size(store());
}

/// The index of a `call_indirect` may lie where the callee's header goes; a call that finds no room is tried again, with the same index.
#[test]
fn an_element_whose_index_lies_at_the_window() {
    let mut b = Build::default();
    let number = b.ty(&[I], &[I]);
    b.table(F, 3, 3);
    b.elem(Some(0), &[0, 0, 1]);
    let call = |index: u8| {
        asm! {
            copy Slot Slot = 9, 0;
            constant Slot S8 = index, 2;
            call_indirect TypeIndex Table Window RefWindow Slot = 0, 0, 9, 0, index;
            ret_value Slot = 9;
        }
    };
    b.func("indirect", number, 10, 0, call(8));
    b.func("large", number, 5000, 0, asm! { i32_add Slot Slot S16 = 0, 0, 1; ret; });
    let mut store = Store::new(&Engine::default(), ());
    let instance = Instance::new(&mut store, &b.module(), &[]).unwrap();
    let indirect = instance.get_typed_func::<i32, i32>(&store, "indirect").unwrap();
    assert_eq!(indirect.call(&mut store, 41).unwrap(), 42);
}
