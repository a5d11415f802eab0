//! Any guest can be stopped, and what stops it is counted the same by both dispatchers: debug builds loop, release builds thread, and
//! the numbers here hold for both.

#[allow(dead_code)]
mod asm;

use asm::{Build, asm};
use hardtack_format::meta::{ExternKind, ValType as Ty};
use hardtack_vm::*;
use std::time::Duration;

fn trap(error: Error) -> TrapCode {
    error.as_trap_code().unwrap_or_else(|| panic!("not a trap: {error}"))
}

/// Functions without parameters and results.
fn guest(funcs: &[(&'static str, u16, u16, Vec<u8>)]) -> Module {
    let mut b = Build::default();
    let unit = b.ty(&[], &[]);
    b.memory(4, 4);
    b.table(Ty::FuncRef, 100, 100);
    for (name, frame, ref_frame, code) in funcs {
        b.func(name, unit, *frame, *ref_frame, code.clone());
    }
    b.module()
}

fn run(module: &Module, name: &str, fuel: u64) -> (Result<(), TrapCode>, u64) {
    let mut store = Store::new(&Engine::default(), ());
    let instance = Instance::new(&mut store, module, &[]).unwrap();
    let func = instance.get_typed_func::<(), ()>(&store, name).unwrap();
    store.set_fuel(fuel);
    let result = func.call(&mut store, ()).map_err(trap);
    (result, fuel - store.get_fuel())
}

#[test]
fn golden_fuel() {
    let module = guest(&[
        // 1 + 999 jumps backwards over 3 units.
        (
            "loop",
            1,
            0,
            asm! {
                constant Slot S8 = 0, 0;
                i64_add Slot Slot S16 = 0, 0, 1;
                br_i64_lt_u Back16 Slot S32 = 3, 0, 1000;
                ret;
            },
        ),
        // A call of `nothing` each time.
        (
            "calls",
            2,
            0,
            asm! {
                call Func16 Window = 2, 1;
                call Func16 Window = 2, 1;
                ret;
            },
        ),
        ("nothing", 0, 0, asm! { ret; }),
        // A reference frame takes time to null.
        (
            "references",
            1,
            1,
            asm! {
                call_refs Func32 Window RefWindow = 4, 1, 0;
                ret;
            },
        ),
        ("wide", 0, 2004, asm! { ret; }),
        // 65,536 bytes, then 3.
        (
            "fill",
            3,
            0,
            asm! {
                constant Slot S8 = 0, 0;
                constant Slot S32 = 1, 65539;
                memory_fill Slot Slot Slot = 0, 0, 1;
                ret;
            },
        ),
        // Grows the number stack to 8000 slots: 1024 are free.
        ("large", 8000, 0, asm! { ret; }),
    ]);
    for (name, fuel) in [
        ("loop", 1 + 999 * 4),
        ("calls", 3),
        ("nothing", 1),
        // Only the stack that lacks room grows, by what is needed.
        ("references", 1 + 1 + 250 + (2004 - 1024) / 8),
        ("wide", 1 + 250 + (2004 - 1024) / 8),
        ("fill", 1 + 1 + 1024),
        ("large", 1 + (8001 - 1024) / 8),
    ] {
        assert_eq!(run(&module, name, 1 << 30), (Ok(()), fuel), "{name}");
        // Exactly enough is enough, and one less is not.
        assert_eq!(run(&module, name, fuel), (Ok(()), fuel), "{name}");
        assert_eq!(run(&module, name, fuel - 1), (Err(TrapCode::OutOfFuel), fuel - 1), "{name}");
        // Each call costs the same: nothing is left of the one before.
        let mut store = Store::new(&Engine::default(), ());
        let instance = Instance::new(&mut store, &module, &[]).unwrap();
        let func = instance.get_typed_func::<(), ()>(&store, name).unwrap();
        for _ in 0..3 {
            store.set_fuel(fuel);
            func.call(&mut store, ()).unwrap();
            assert_eq!(store.get_fuel(), 0, "{name}");
        }
    }
}

/// Bulk operations cost by what they do. Slot 0 holds how much that is; the others hold 0.
#[test]
fn bulk_operations_are_charged_by_size() {
    type Cost = fn(u64) -> u64;
    let bytes: Cost = |n| 1 + n / 65536 * 1024 + n % 65536 / 64;
    let elements: Cost = |n| 1 + n / 8192 * 1024 + n % 8192 / 8;
    // The memory may have 9 pages more and the table 100,000 elements more.
    let pages: Cost = |n| 1 + if n <= 9 { n } else { 0 };
    let more: Cost = |n| 1 + if n <= 100_000 { n / 8 } else { 0 };
    let operations: [(&str, Vec<u8>, Cost, &[u32]); 8] = [
        ("memory_fill", asm! { memory_fill Slot Slot Slot = 1, 1, 0; }, bytes, &[0, 1, 64, 65535, 65536, 200_000]),
        ("memory_copy", asm! { memory_copy Slot Slot Slot = 1, 1, 0; }, bytes, &[0, 63, 64, 65600, 327_680]),
        ("memory_init", asm! { memory_init Data Slot Slot Slot = 0, 1, 1, 0; }, bytes, &[0, 1, 130, 65537, 70_000]),
        (
            "table_fill",
            asm! { ref_null RefSlot = 0; table_fill Table Slot RefSlot Slot = 0, 1, 0, 0; },
            elements,
            &[0, 7, 8, 8191, 8192, 20_000],
        ),
        (
            "table_copy",
            asm! { table_copy Table Table Slot Slot Slot = 0, 0, 1, 1, 0; },
            elements,
            &[0, 8, 8193, 20_000],
        ),
        ("table_init", asm! { table_init Table Elem Slot Slot Slot = 0, 0, 1, 1, 0; }, elements, &[0, 15, 16, 9000]),
        ("memory_grow", asm! { memory_grow Slot Slot = 1, 0; }, pages, &[0, 1, 9, 10, 65536, u32::MAX]),
        (
            "table_grow",
            asm! { ref_null RefSlot = 0; table_grow Table Slot RefSlot Slot = 0, 1, 0, 0; },
            more,
            &[0, 7, 8, 100_000, 100_001, u32::MAX],
        ),
    ];
    let mut b = Build::default();
    let ty = b.ty(&[Ty::I32], &[]);
    b.memory(5, 14);
    b.table(Ty::FuncRef, 20_000, 120_000);
    b.data(None, &[1; 70_000]);
    b.elem(None, &[0; 9000]);
    for (name, code, ..) in &operations {
        let mut whole = asm! { constant Slot S8 = 1, 0; };
        whole.extend(code);
        whole.extend(asm! { ret; });
        b.func(name, ty, 2, 1, whole);
    }
    let module = b.module();
    let run = |name: &str, arg: u32, fuel: u64| {
        let mut store = Store::new(&Engine::default(), ());
        let instance = Instance::new(&mut store, &module, &[]).unwrap();
        store.set_fuel(fuel);
        let result = instance.get_typed_func::<u32, ()>(&store, name).unwrap().call(&mut store, arg).map_err(trap);
        (result, fuel - store.get_fuel())
    };
    for (name, _, cost, sizes) in &operations {
        for size in *sizes {
            // The call costs 1.
            let fuel = 1 + cost(u64::from(*size));
            assert_eq!(run(name, *size, 1 << 30), (Ok(()), fuel), "{name} of {size}");
            assert_eq!(run(name, *size, fuel), (Ok(()), fuel), "{name} of {size}");
            assert_eq!(run(name, *size, fuel - 1), (Err(TrapCode::OutOfFuel), fuel - 1), "{name} of {size}");
        }
    }
    // What is out of bounds traps before it is charged.
    for (name, size, code) in [
        ("memory_fill", 5 * 65536 + 1, TrapCode::MemoryOutOfBounds),
        ("memory_copy", u32::MAX, TrapCode::MemoryOutOfBounds),
        ("memory_init", 70_001, TrapCode::MemoryOutOfBounds),
        ("table_fill", 20_001, TrapCode::TableOutOfBounds),
        ("table_copy", u32::MAX, TrapCode::TableOutOfBounds),
        ("table_init", 9001, TrapCode::TableOutOfBounds),
    ] {
        assert_eq!(run(name, size, 1 << 30), (Err(code), 1), "{name} of {size}");
    }
}

/// A `trap` instruction with the number of an exhausted stack is no call that wants more room.
#[test]
fn a_trap_that_pretends() {
    let module = guest(&[("pretends", 0, 0, asm! { trap U8 = TrapCode::StackOverflow as u8; })]);
    assert_eq!(run(&module, "pretends", 100), (Err(TrapCode::StackOverflow), 1));
}

/// Refuses growth, and interrupts whoever asks for it.
struct Interrupter(Option<InterruptHandle>);

impl ResourceLimiter for Interrupter {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> Result<bool, Error> {
        self.0.iter().for_each(InterruptHandle::interrupt);
        Ok(current == 0 || desired == current)
    }
    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> Result<bool, Error> {
        Ok(true)
    }
}

/// The tightest loops that the format has. How soon an interrupt stops them is counted in fuel, which is the same on every host.
#[test]
fn interrupts_reach_the_tightest_loops() {
    // Each first asks for memory.
    let after_asking = |code: Vec<u8>| {
        let mut whole = asm! {
            constant Slot S8 = 0, 1;
            memory_grow Slot Slot = 0, 0;
            constant Slot S8 = 0, 0;
        };
        whole.extend(code);
        whole
    };
    let mut b = Build::default();
    let unit = b.ty(&[], &[]);
    b.memory(4, 5);
    for (name, frame, ref_frame, code) in [
        ("itself", 1, 0, asm! { br Back16 = 0; }),
        ("itself_wide", 1, 0, asm! { br Back32 = 0; }),
        ("if_itself", 1, 0, asm! { br_i64_lt_u Back16 Slot S32 = 0, 0, 1000; ret; }),
        (
            "calling",
            1,
            0,
            asm! {
                call Func16 Window = 6, 1;
                br Back16 = 3;
            },
        ),
        (
            "nulling",
            1,
            1,
            asm! {
                call_refs Func32 Window RefWindow = 7, 1, 0;
                br Back16 = 5;
            },
        ),
        (
            "filling",
            2,
            0,
            asm! {
                constant Slot S32 = 1, 0x40000;
                memory_fill Slot Slot Slot = 0, 0, 1;
                br Back16 = 3;
            },
        ),
    ] {
        b.func(name, unit, frame, ref_frame, after_asking(code));
    }
    b.func("nothing", unit, 0, 0, asm! { ret; });
    b.func("wide", unit, 60000, 60000, asm! { ret; });
    let module = b.module();
    // The wide frames fit on every host.
    let mut config = Config::new();
    config.max_stack_slots(1 << 17).max_reference_slots(1 << 16);
    let engine = Engine::new(&config);
    for name in ["itself", "itself_wide", "if_itself", "calling", "nulling", "filling"] {
        let mut store = Store::new(&engine, Interrupter(None));
        store.limiter(|interrupter| interrupter);
        let instance = Instance::new(&mut store, &module, &[]).unwrap();
        let func = instance.get_typed_func::<(), ()>(&store, name).unwrap();
        let handle = store.interrupt_handle();
        // Fuel stops it.
        store.set_fuel(100_000);
        assert_eq!(trap(func.call(&mut store, ()).unwrap_err()), TrapCode::OutOfFuel, "{name}");
        // Another thread stops it.
        store.set_fuel(u64::MAX);
        let from_outside = handle.clone();
        let timer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            from_outside.interrupt();
        });
        assert_eq!(trap(func.call(&mut store, ()).unwrap_err()), TrapCode::Interrupted, "{name}");
        timer.join().unwrap();
        // It stops within the fuel that `InterruptHandle::interrupt` names, and one charge: the largest here is for two wide frames.
        let fuel = 1 << 40;
        store.set_fuel(fuel);
        store.data_mut().0 = Some(handle);
        assert_eq!(trap(func.call(&mut store, ()).unwrap_err()), TrapCode::Interrupted, "{name}");
        let used = fuel - store.get_fuel();
        assert!(used <= (1 << 19) + (1 << 15), "{name} went on for {used} units of fuel");
    }
}

/// Guest, host, guest, host, …: the native stack has its own limit, and the store goes on.
#[test]
fn nesting_through_the_host() {
    let mut b = Build::default();
    let unit = b.ty(&[], &[]);
    b.import("host", "back", ExternKind::Func, unit);
    b.func("enter", unit, 2, 0, asm! { call_import ImportedFunc Window RefWindow = 0, 1, 0; ret; });
    let mut config = Config::new();
    config.max_call_nesting(7);
    let mut store = Store::new(&Engine::new(&config), (None::<TypedFunc<(), ()>>, 0));
    let back = Func::wrap(&mut store, |mut caller: Caller<'_, (Option<TypedFunc<(), ()>>, u32)>| {
        caller.data_mut().1 += 1;
        let enter = caller.data().0.ok_or(TrapCode::Unreachable)?;
        enter.call(&mut caller, ())
    });
    let instance = Instance::new(&mut store, &b.module(), &[back.into()]).unwrap();
    let enter = instance.get_typed_func::<(), ()>(&store, "enter").unwrap();
    store.data_mut().0 = Some(enter);
    for _ in 0..3 {
        store.data_mut().1 = 0;
        assert_eq!(trap(enter.call(&mut store, ()).unwrap_err()), TrapCode::StackOverflow);
        assert_eq!(store.data().1, 7);
    }
}

/// Frames of the largest size there is, and recursion through them.
#[test]
fn recursion_through_the_largest_frames() {
    let module = guest(&[
        ("numbers", u16::MAX, 0, asm! { call Func16 Window = 0, 65535; ret; }),
        ("references", 1, u16::MAX, asm! { call_refs Func32 Window RefWindow = 1, 1, 65535; ret; }),
        ("narrow", 1, 0, asm! { call Func16 Window = 2, 1; ret; }),
        ("nothing", 0, 0, asm! { ret; }),
    ]);
    let mut store = Store::new(&Engine::default(), ());
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    for name in ["numbers", "references", "narrow", "numbers"] {
        let func = instance.get_typed_func::<(), ()>(&store, name).unwrap();
        assert_eq!(trap(func.call(&mut store, ()).unwrap_err()), TrapCode::StackOverflow, "{name}");
        instance.get_typed_func::<(), ()>(&store, "nothing").unwrap().call(&mut store, ()).unwrap();
    }
}

/// As deep as the stacks allow, within an instance and from one to another and back, on a native stack that would hold a small part of it.
#[test]
fn the_native_stack_does_not_depend_on_the_depth_of_calls() {
    const NATIVE: usize = 128 << 10;
    let deep = || {
        let module = guest(&[("narrow", 1, 0, asm! { call Func16 Window = 0, 1; ret; })]);
        // As many slots as hosts of 64 bits allow by default.
        let mut store = Store::new(&Engine::new(Config::new().max_stack_slots(1 << 20)), ());
        let instance = Instance::new(&mut store, &module, &[]).unwrap();
        let narrow = instance.get_typed_func::<(), ()>(&store, "narrow").unwrap();
        store.set_fuel(1 << 40);
        assert_eq!(trap(narrow.call(&mut store, ()).unwrap_err()), TrapCode::StackOverflow);
        let frames = (1 << 40) - store.get_fuel();
        assert!(frames > 16 * NATIVE as u64 / 8, "{frames} frames");

        // Each instance's function calls element 0 of a table that holds the other's.
        let mut b = Build::default();
        let unit = b.ty(&[], &[]);
        b.import("env", "table", ExternKind::Table, 0);
        b.table(Ty::FuncRef, 1, 10);
        b.func(
            "other",
            unit,
            2,
            0,
            asm! { constant Slot S8 = 0, 0; call_indirect TypeIndex Table Window RefWindow Slot = 0, 0, 1, 0, 0; ret; },
        );
        let module = b.module();
        let mut config = Config::new();
        config.max_crossings(50_000);
        let mut store = Store::new(&Engine::new(&config), ());
        let ty = TableType::new(ValType::FuncRef, 1, Some(10));
        let tables = [(); 2].map(|()| Table::new(&mut store, ty, Ref::Func(None)).unwrap());
        let others = tables.map(|table| {
            Instance::new(&mut store, &module, &[table.into()]).unwrap().get_func(&store, "other").unwrap()
        });
        tables[0].set(&mut store, 0, Ref::from(others[1])).unwrap();
        tables[1].set(&mut store, 0, Ref::from(others[0])).unwrap();
        store.set_fuel(1 << 40);
        let error = others[0].call(&mut store, &[], &mut []).unwrap_err();
        assert_eq!(trap(error), TrapCode::StackOverflow);
        let calls = (1 << 40) - store.get_fuel();
        assert!(calls >= 50_000, "{calls} calls");
    };
    std::thread::Builder::new().stack_size(NATIVE).spawn(deep).unwrap().join().unwrap();
}
