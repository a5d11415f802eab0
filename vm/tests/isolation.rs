//! Hand-made bytecode that tries to read what isn't its own, and to pass references for what they are not.

#[allow(dead_code)]
mod asm;

use asm::{Build, asm};
use hardtack_format::constexpr::ConstOp;
use hardtack_format::meta::{ExternKind, Mutability, ValType as Ty};
use hardtack_vm::*;

const SECRET: i64 = 0x5ec2e7;

fn trap(error: Error) -> TrapCode {
    error.as_trap_code().unwrap_or_else(|| panic!("not a trap: {error}"))
}

/// Functions that leave secrets behind, and functions that look for them.
fn leaver() -> Build {
    let mut b = Build::default();
    let unit = b.ty(&[], &[]);
    let number = b.ty(&[], &[Ty::I64]);
    let reference = b.ty(&[Ty::ExternRef], &[]);
    b.func(
        "leave",
        unit,
        40,
        0,
        asm! {
            constant Slot S32 = 0, SECRET;
            constant Slot S32 = 5, SECRET;
            constant Slot S32 = 30, SECRET;
            constant Slot S32 = 39, SECRET;
            call Func16 Window = 1, 40;
            constant FAcc S64 = 0, SECRET;
            constant Acc S32 = 0, SECRET;
            ret;
        },
    );
    b.func(
        "deeper",
        unit,
        2000,
        0,
        asm! {
            constant Slot S32 = 5, SECRET;
            copy SlotW SlotW = 1999, 5;
            ret;
        },
    );
    for (name, slot) in [("look0", 0), ("look5", 5), ("look30", 30), ("look39", 39)] {
        b.func(name, number, 40, 0, asm! { ret_value Slot = slot; });
    }
    b.func("look_deep", number, 2040, 0, asm! { copy SlotW SlotW = 0, 2039; ret; });
    b.func("look_acc", number, 1, 0, asm! { ret_value Acc = 0; });
    b.func("look_facc", number, 1, 0, asm! { copy Slot FAcc = 0, 0; ret; });
    // The callee's frame is where `deeper` had its.
    b.func(
        "look_below",
        number,
        41,
        0,
        asm! {
            call Func16 Window = 3, 40;
            ret_value Slot = 40;
        },
    );
    b.func(
        "leave_refs",
        reference,
        1,
        3,
        asm! {
            ref_copy RefSlot RefSlot = 1, 0;
            ref_copy RefSlot RefSlot = 2, 0;
            ret;
        },
    );
    b.func(
        "look_refs",
        number,
        1,
        4,
        asm! {
            ref_is_null Slot RefSlot = 0, 0;
            ret_value Slot = 0;
        },
    );
    b.func(
        "look_refs_2",
        number,
        1,
        4,
        asm! {
            ref_is_null Slot RefSlot = 0, 2;
            ret_value Slot = 0;
        },
    );
    b
}

#[test]
fn nothing_of_an_earlier_call() {
    let mut store = Store::new(&Engine::default(), ());
    let instance = Instance::new(&mut store, &leaver().module(), &[]).unwrap();
    let number = |store: &mut Store<()>, name: &str| {
        instance.get_typed_func::<(), i64>(&*store, name).unwrap().call(store, ()).unwrap()
    };
    let leave = instance.get_typed_func::<(), ()>(&store, "leave").unwrap();
    for name in ["look0", "look5", "look30", "look39", "look_deep", "look_below", "look_acc", "look_facc"] {
        leave.call(&mut store, ()).unwrap();
        assert_eq!(number(&mut store, name), 0, "{name}");
        // Nor when it was stopped in the middle.
        store.set_fuel(1);
        assert_eq!(trap(leave.call(&mut store, ()).unwrap_err()), TrapCode::OutOfFuel);
        store.set_fuel(u64::MAX);
        assert_eq!(number(&mut store, name), 0, "{name}");
    }
    let value = ExternRef::new(&mut store, "a value").unwrap();
    for name in ["look_refs", "look_refs_2"] {
        let leave = instance.get_typed_func::<Option<ExternRef>, ()>(&store, "leave_refs").unwrap();
        leave.call(&mut store, Some(value)).unwrap();
        assert_eq!(number(&mut store, name), 1, "{name}");
    }
}

/// A module that calls another's function, which leaves secrets where it can, and then looks at what it has itself.
#[test]
fn nothing_of_another_instance() {
    let mut b = Build::default();
    let unit = b.ty(&[], &[]);
    let number = b.ty(&[], &[Ty::I64]);
    let args = b.ty(&[Ty::I64], &[]);
    b.import("other", "leave", ExternKind::Func, unit);
    b.import("other", "overwrite", ExternKind::Func, args);
    b.func(
        "acc",
        number,
        2,
        0,
        asm! {
            constant Acc S16 = 0, 7;
            call_import ImportedFunc Window RefWindow = 0, 1, 0;
            ret_value Acc = 0;
        },
    );
    b.func(
        "facc",
        number,
        2,
        0,
        asm! {
            constant FAcc S64 = 0, 7;
            call_import ImportedFunc Window RefWindow = 0, 1, 0;
            copy Slot FAcc = 0, 0;
            ret;
        },
    );
    // The callee's slot 0 is not among its results.
    b.func(
        "window",
        number,
        3,
        0,
        asm! {
            constant Slot S8 = 1, 7;
            call_import ImportedFunc Window RefWindow = 1, 1, 0;
            ret_value Slot = 1;
        },
    );
    b.func(
        "above",
        number,
        60,
        0,
        asm! {
            call_import ImportedFunc Window RefWindow = 0, 1, 0;
            ret_value Slot = 6;
        },
    );
    let mut other = leaver();
    let args = other.ty(&[Ty::I64], &[]);
    other.func("overwrite", args, 1, 0, asm! { constant Slot S32 = 0, SECRET; ret; });

    let mut store = Store::new(&Engine::default(), ());
    let other = Instance::new(&mut store, &other.module(), &[]).unwrap();
    let imports = ["leave", "overwrite"].map(|name| Extern::Func(other.get_func(&store, name).unwrap()));
    let instance = Instance::new(&mut store, &b.module(), &imports).unwrap();
    for (name, expected) in [("acc", 0), ("facc", 0), ("window", 7), ("above", 0)] {
        let func = instance.get_typed_func::<(), i64>(&store, name).unwrap();
        assert_eq!(func.call(&mut store, ()).unwrap(), expected, "{name}");
    }
    // Two calls from one activation: the other instance's stacks are as new each time.
    let mut b = Build::default();
    let unit = b.ty(&[], &[]);
    let number = b.ty(&[], &[Ty::I64]);
    b.import("other", "leave", ExternKind::Func, unit);
    b.import("other", "look5", ExternKind::Func, number);
    b.func(
        "both",
        number,
        2,
        0,
        asm! {
            call_import ImportedFunc Window RefWindow = 0, 1, 0;
            call_import ImportedFunc Window RefWindow = 1, 1, 0;
            ret_value Slot = 1;
        },
    );
    let imports = ["leave", "look5"].map(|name| Extern::Func(other.get_func(&store, name).unwrap()));
    let instance = Instance::new(&mut store, &b.module(), &imports).unwrap();
    assert_eq!(instance.get_typed_func::<(), i64>(&store, "both").unwrap().call(&mut store, ()).unwrap(), 0);
}

/// The verifier knows no types of references, so this module loads: `confuse` returns the value it is given as a function.
fn confuser() -> Build {
    let mut b = Build::default();
    let confuse = b.ty(&[Ty::ExternRef], &[Ty::FuncRef]);
    let take = b.ty(&[Ty::ExternRef], &[]);
    let func = b.ty(&[Ty::FuncRef], &[]);
    b.import("other", "take", ExternKind::Func, func);
    b.table(Ty::FuncRef, 4, 8);
    b.global(Ty::FuncRef, Mutability::Var, &[ConstOp::RefNull(Ty::FuncRef)]);
    b.func("confuse", confuse, 1, 1, asm! { ret; });
    b.func("set", take, 1, 1, asm! { table_set Table Slot RefSlot = 0, 0, 0; ret; });
    b.func("fill", take, 1, 1, asm! { table_fill Table Slot RefSlot Slot = 0, 0, 0, 0; ret; });
    b.func("grow", take, 1, 1, asm! { table_grow Table Slot RefSlot Slot = 0, 0, 0, 0; ret; });
    b.func("global", take, 1, 1, asm! { ref_global_set RefGlobal RefSlot = 0, 0; ret; });
    b.func("pass", take, 2, 1, asm! { call_import ImportedFunc Window RefWindow = 0, 1, 0; ret; });
    b
}

#[test]
fn references_keep_their_sort() {
    let mut sink = Build::default();
    let ty = sink.ty(&[Ty::FuncRef], &[]);
    sink.func("take", ty, 1, 1, asm! { ret; });
    let sink = sink.module();
    let mut store = Store::new(&Engine::default(), ());
    let value = ExternRef::new(&mut store, 5).unwrap();
    let guest = Instance::new(&mut store, &sink, &[]).unwrap().get_func(&store, "take").unwrap();
    let host = Func::wrap(&mut store, |_: Option<Func>| {});
    for take in [guest, host] {
        let instance = Instance::new(&mut store, &confuser().module(), &[take.into()]).unwrap();
        let confuse = instance.get_typed_func::<Option<ExternRef>, Option<Func>>(&store, "confuse").unwrap();
        assert_eq!(trap(confuse.call(&mut store, Some(value)).unwrap_err()), TrapCode::InvalidReference);
        assert!(confuse.call(&mut store, None).unwrap().is_none());
        let mut results = [Val::FuncRef(None)];
        let confuse = instance.get_func(&store, "confuse").unwrap();
        let error = confuse.call(&mut store, &[Val::ExternRef(Some(value))], &mut results).unwrap_err();
        assert_eq!(trap(error), TrapCode::InvalidReference);
        for name in ["set", "fill", "grow", "global", "pass"] {
            let func = instance.get_typed_func::<Option<ExternRef>, ()>(&store, name).unwrap();
            func.call(&mut store, None).unwrap();
            assert_eq!(trap(func.call(&mut store, Some(value)).unwrap_err()), TrapCode::InvalidReference, "{name}");
        }
    }
}

/// Traps deep in calls between instances and the host, over and over on a small stack: nothing of them stays.
#[test]
fn a_trap_leaves_the_store_consistent() {
    let mut inner = Build::default();
    let unit = inner.ty(&[], &[]);
    inner.import("host", "fail", ExternKind::Func, unit);
    inner.func("middle", unit, 50, 0, asm! { call_import ImportedFunc Window RefWindow = 0, 30, 0; ret; });
    inner.func("dig", unit, 10, 0, asm! { call Func16 Window = 1, 10; ret; });
    let mut outer = Build::default();
    let unit = outer.ty(&[], &[]);
    outer.import("inner", "middle", ExternKind::Func, unit);
    outer.import("inner", "dig", ExternKind::Func, unit);
    outer.func("run", unit, 50, 0, asm! { call_import ImportedFunc Window RefWindow = 0, 40, 0; ret; });
    outer.func("run_dig", unit, 50, 0, asm! { call_import ImportedFunc Window RefWindow = 1, 40, 0; ret; });

    let mut config = Config::new();
    config.max_stack_slots(500).max_reference_slots(10);
    let mut store = Store::new(&Engine::new(&config), true);
    let fail = Func::wrap(&mut store, |caller: Caller<'_, bool>| -> Result<(), Error> {
        if *caller.data() { Err(TrapCode::Unreachable.into()) } else { Ok(()) }
    });
    let inner = Instance::new(&mut store, &inner.module(), &[fail.into()]).unwrap();
    let imports = ["middle", "dig"].map(|name| Extern::Func(inner.get_func(&store, name).unwrap()));
    let outer = Instance::new(&mut store, &outer.module(), &imports).unwrap();
    let run = outer.get_typed_func::<(), ()>(&store, "run").unwrap();
    let dig = outer.get_typed_func::<(), ()>(&store, "run_dig").unwrap();
    for _ in 0..1000 {
        *store.data_mut() = true;
        assert_eq!(trap(run.call(&mut store, ()).unwrap_err()), TrapCode::Unreachable);
        assert_eq!(trap(dig.call(&mut store, ()).unwrap_err()), TrapCode::StackOverflow);
        *store.data_mut() = false;
        run.call(&mut store, ()).unwrap();
    }
}
