//! Calls cut into pieces by a lack of fuel: however they are cut, and whatever is done in between, they do and cost the same.

#[allow(dead_code)]
mod asm;

use asm::{Build, asm};
use hardtack_format::meta::{ExternKind, Mutability, ValType as Ty};
use hardtack_vm::*;

const PLENTY: u64 = 1 << 40;

fn trap(error: Error) -> TrapCode {
    error.as_trap_code().unwrap_or_else(|| panic!("not a trap: {error}"))
}

/// Executes a body until one slot is no longer below another.
fn until(body: Vec<u8>, slot: u64, end: u64) -> Vec<u8> {
    let back = body.len() / 2;
    [body, asm! { br_i64_lt_u Back16 Slot Slot = back, slot, end; }].concat()
}

/// Executes a body, which doesn't go on after it, if the first slot is zero.
fn if_zero(body: Vec<u8>) -> Vec<u8> {
    let length = asm! { br_i64_ne Fwd16 Slot S32 = 0, 0, 0; }.len();
    [asm! { br_i64_ne Fwd16 Slot S32 = (length + body.len()) / 2, 0, 0; }, body].concat()
}

/// The instance that the programs call: its functions are `twice(i64) -> i64` and `pick(externref, externref) -> externref`.
fn other() -> Module {
    let mut b = Build::default();
    let twice = b.ty(&[Ty::I64], &[Ty::I64]);
    let pick = b.ty(&[Ty::ExternRef, Ty::ExternRef], &[Ty::ExternRef]);
    // The sum of i64 and itself in rounds of one, so that there is something to cut.
    b.func(
        "twice",
        twice,
        3,
        0,
        [
            asm! { constant Slot S8 = 1, 0; copy Slot Slot = 2, 0; },
            until(asm! { i64_add Slot Slot S16 = 2, 2, 1; i64_add Slot Slot S16 = 1, 1, 1; }, 1, 0),
            asm! { ret_value Slot = 2; },
        ]
        .concat(),
    );
    b.func("pick", pick, 1, 2, asm! { ref_copy RefSlot RefSlot = 0, 1; ret; });
    b.module()
}

/// A program of everything that is charged, with a function for each, from an `i64` to an `i64`.
fn programs() -> (Module, Vec<&'static str>) {
    let mut b = Build::default();
    let number = b.ty(&[Ty::I64], &[Ty::I64]);
    let pick = b.ty(&[Ty::ExternRef, Ty::ExternRef], &[Ty::ExternRef]);
    b.import("other", "twice", ExternKind::Func, number);
    b.import("host", "add", ExternKind::Func, number);
    b.import("other", "pick", ExternKind::Func, pick);
    b.memory(4, 12);
    b.table(Ty::FuncRef, 20_000, 40_000);
    b.table(Ty::FuncRef, 20_000, 20_000);
    b.global(Ty::I64, Mutability::Var, &[hardtack_format::constexpr::ConstOp::I64(0)]);
    b.data(None, &[7; 100_000]);
    b.elem(None, &[0, 1, 3, 4]);
    let mut names = Vec::new();
    let mut add = |name: &'static str, frame: u16, ref_frame: u16, code: Vec<u8>| {
        names.push(name);
        b.func(name, number, frame, ref_frame, code);
    };
    // A sum in the integer accumulator, and one in the float accumulator, that live across the jump.
    add(
        "accumulate",
        2,
        0,
        [
            asm! { constant Acc S16 = 0, 5; constant Slot S8 = 1, 0; },
            until(asm! { i64_add Slot Slot S16 = 1, 1, 1; i64_add Acc Acc Slot = 0, 0, 1; }, 1, 0),
            asm! { ret_value Acc = 0; },
        ]
        .concat(),
    );
    add(
        "accumulate_floats",
        3,
        0,
        [
            asm! { constant FAcc S64 = 0, 0x3ff0_0000_0000_0000u64; copy Slot FAcc = 2, 0; constant Slot S8 = 1, 0; },
            until(asm! { i64_add Slot Slot S16 = 1, 1, 1; f64_add FAcc FAcc Slot = 0, 0, 2; }, 1, 0),
            asm! { copy Slot FAcc = 0, 0; ret; },
        ]
        .concat(),
    );
    // Calls are by number among the module's own functions: this one is the first.
    add(
        "call",
        8,
        0,
        asm! {
            copy Slot Slot = 5, 0;
            call Func16 Window = 0, 5;
            copy Slot Slot = 4, 5;
            copy Slot Slot = 6, 0;
            call Func16 Window = 1, 6;
            i64_add Slot Slot Slot = 0, 4, 6;
            ret;
        },
    );
    // Recursion into frames so large that the stacks grow; the last one returns 0.
    add(
        "recurse",
        102,
        0,
        [
            if_zero(asm! { constant Slot S8 = 0, 9; ret; }),
            asm! {
                i64_add Slot Slot S16 = 101, 0, -1;
                call Func16 Window = 3, 101;
                i64_add Slot Slot S16 = 0, 101, 1;
                ret;
            },
        ]
        .concat(),
    );
    add(
        "recurse_with_references",
        3,
        70,
        [
            if_zero(asm! { constant Slot S8 = 0, 9; ret; }),
            asm! {
                i64_add Slot Slot S16 = 2, 0, -1;
                call_refs Func32 Window RefWindow = 4, 2, 69;
                i64_add Slot Slot S16 = 0, 2, 1;
                ret;
            },
        ]
        .concat(),
    );
    add(
        "other_instance",
        4,
        0,
        asm! {
            copy Slot Slot = 2, 0;
            call_import ImportedFunc Window RefWindow = 0, 2, 0;
            i64_add Slot Acc Slot = 0, 0, 2;
            ret;
        },
    );
    add(
        "host",
        4,
        0,
        asm! {
            copy Slot Slot = 2, 0;
            call_import ImportedFunc Window RefWindow = 1, 2, 0;
            call_import ImportedFunc Window RefWindow = 1, 2, 0;
            i64_add Slot Acc Slot = 0, 0, 2;
            ret;
        },
    );
    // The elements are: another instance's, the host's, and two of its own.
    for (name, element) in [("indirect_other", 0), ("indirect_host", 1), ("indirect", 2), ("indirect_floats", 3)] {
        add(
            name,
            5,
            0,
            asm! {
                constant Slot S32 = 1, 0;
                constant Slot S32 = 2, 4;
                table_init Table Elem Slot Slot Slot = 0, 0, 1, 1, 2;
                constant Slot S32 = 1, element;
                copy Slot Slot = 3, 0;
                call_indirect TypeIndex Table Window RefWindow Slot = 0, 0, 3, 0, 1;
                ret_value Slot = 3;
            },
        );
    }
    for (name, code) in [
        ("memory_fill", asm! { memory_fill Slot Slot Slot = 1, 0, 2; }),
        ("memory_copy_up", asm! { memory_copy Slot Slot Slot = 3, 1, 2; }),
        ("memory_copy_down", asm! { memory_copy Slot Slot Slot = 1, 3, 2; }),
        ("memory_init", asm! { memory_init Data Slot Slot Slot = 0, 1, 3, 5; }),
        ("table_fill", asm! { ref_func AnyFunc RefSlot = 3, 0; table_fill Table Slot RefSlot Slot = 0, 3, 0, 4; }),
        ("table_copy", asm! { table_copy Table Table Slot Slot Slot = 1, 0, 1, 3, 4; }),
        ("table_copy_within", asm! { table_copy Table Table Slot Slot Slot = 0, 0, 3, 1, 4; }),
    ] {
        let mut whole = asm! {
            constant Slot S32 = 1, 5;
            constant Slot S32 = 2, 180_003;
            constant Slot S32 = 3, 2000;
            constant Slot S32 = 4, 17_000;
            constant Slot S32 = 5, 90_000;
            // Something to be moved.
            i64_store U16 Slot Slot = 0, 1, 4;
        };
        whole.extend(code);
        whole.extend(asm! { ret_value Slot = 2; });
        add(name, 8, 1, whole);
    }
    for (name, code) in [
        ("memory_grow", asm! { memory_grow Slot Slot = 1, 0; }),
        ("table_grow", asm! { ref_null RefSlot = 0; table_grow Table Slot RefSlot Slot = 0, 1, 0, 0; }),
    ] {
        let mut whole = code.clone();
        whole.extend(code);
        whole.extend(asm! { copy Slot Slot = 0, 1; ret; });
        add(name, 2, 1, whole);
    }
    (b.module(), names)
}

/// A store with the programs, and what can be seen of it.
struct World {
    store: Store<u64>,
    instance: Instance,
}

impl World {
    fn new(programs: &Module) -> World {
        let mut store = Store::new(&Engine::default(), 0);
        let other = Instance::new(&mut store, &other(), &[]).unwrap();
        let add = Func::wrap(&mut store, |mut caller: Caller<'_, u64>, a: i64| {
            *caller.data_mut() += 1;
            a + 100
        });
        let import = |name: &str| Extern::Func(other.get_func(&store, name).unwrap());
        let imports = [import("twice"), add.into(), import("pick")];
        let instance = Instance::new(&mut store, programs, &imports).unwrap();
        World { store, instance }
    }

    fn func(&self, name: &str) -> TypedFunc<i64, i64> {
        self.instance.get_typed_func(&self.store, name).unwrap()
    }
}

/// How a call ends, what it costs, how often it called the host.
type Outcome = (Result<i64, TrapCode>, u64, u64);

fn whole(programs: &Module, name: &str, arg: i64) -> Outcome {
    let mut world = World::new(programs);
    world.store.set_fuel(PLENTY);
    let result = world.func(name).call(&mut world.store, arg).map_err(trap);
    (result, PLENTY - world.store.get_fuel(), *world.store.data())
}

/// The same with so much fuel at a time, and something done in between.
fn cut(programs: &Module, name: &str, arg: i64, piece: u64, between: impl Fn(&mut World)) -> Outcome {
    let mut world = World::new(programs);
    let func = world.func(name);
    let mut given = piece;
    world.store.set_fuel(piece);
    let mut call = func.call_resumable(&mut world.store, arg);
    let result = loop {
        match call {
            Ok(ResumableCall::Finished(result)) => break Ok(result),
            Ok(ResumableCall::OutOfFuel(suspended)) => {
                assert_eq!(world.store.get_fuel(), 0);
                assert!(suspended.fuel_needed() > 0);
                between(&mut world);
                world.store.set_fuel(piece);
                given += piece;
                call = suspended.resume(&mut world.store);
            }
            Err(error) => break Err(trap(error)),
        }
    };
    (result, given - world.store.get_fuel(), *world.store.data())
}

const ARGS: [i64; 3] = [1, 3, 40];

#[test]
fn every_piece_size_gives_the_same() {
    let (programs, names) = programs();
    for name in names {
        for arg in ARGS {
            let expected = whole(&programs, name, arg);
            assert!(expected.0.is_ok() && expected.1 > 0, "{name}({arg}): {expected:?}");
            let most = expected.1 + 1;
            // Every size up to that of the whole; of long ones not all.
            let step = most as usize / 60 + 1;
            for piece in (1..=most.min(20)).chain((20..=most).step_by(step)).chain([most - 1, most]).filter(|n| *n > 0)
            {
                assert_eq!(cut(&programs, name, arg, piece, |_| {}), expected, "{name}({arg}) in pieces of {piece}");
            }
        }
    }
}

/// Another call to the same instances in each pause, on stacks of its own, finds nothing there and leaves nothing behind.
#[test]
fn calls_in_between() {
    let (programs, names) = programs();
    for name in names {
        let expected = whole(&programs, name, 40);
        let piece = expected.1 / 50 + 1;
        for between in ["recurse", "recurse_with_references", "accumulate", "other_instance", "indirect"] {
            let found = cut(&programs, name, 40, piece, |world| {
                world.store.set_fuel(PLENTY);
                let func = world.func(between);
                let alone = whole(&programs, between, 3);
                assert_eq!(func.call(&mut world.store, 3).map_err(trap), alone.0);
                assert_eq!(PLENTY - world.store.get_fuel(), alone.1);
                *world.store.data_mut() -= alone.2;
            });
            assert_eq!(found, expected, "{name} with {between} in between");
        }
    }
}

/// Many suspended calls of a store, resumed in turn, some of them abandoned.
#[test]
fn many_at_once() {
    let (programs, names) = programs();
    let mut world = World::new(&programs);
    let mut calls = Vec::new();
    // Those whose results don't depend on what the others leave in memory and tables.
    let alone = |name: &&str| !name.ends_with("grow");
    for name in names.iter().filter(|name| alone(name)) {
        for arg in ARGS {
            world.store.set_fuel(1);
            let expected = whole(&programs, name, arg).0;
            calls.push((name, arg, expected, Some(world.func(name).call_resumable(&mut world.store, arg).unwrap())));
        }
    }
    let (mut round, mut finished) = (0, 0);
    while calls.iter().any(|call| call.3.is_some()) {
        round += 1;
        for (i, (name, arg, expected, call)) in calls.iter_mut().enumerate() {
            // Another order each time.
            if (i * 7 + round) % 3 == 0 {
                continue;
            }
            match call.take() {
                Some(ResumableCall::Finished(result)) => {
                    assert_eq!(Ok(result), *expected, "{name}({arg})");
                    finished += 1;
                }
                Some(ResumableCall::OutOfFuel(suspended)) if (i + round) % 97 != 0 => {
                    world.store.set_fuel(300);
                    *call = Some(suspended.resume(&mut world.store).unwrap());
                }
                // Abandoned.
                Some(ResumableCall::OutOfFuel(_)) | None => {}
            }
        }
    }
    assert!(finished > 20, "{finished}");
    let expected = whole(&programs, "recurse", 40);
    world.store.set_fuel(PLENTY);
    assert_eq!(world.func("recurse").call(&mut world.store, 40).map_err(trap), expected.0);
    assert_eq!(PLENTY - world.store.get_fuel(), expected.1);
}

/// What was begun of a bulk operation is not done again, and goes on although the host has changed what it works on.
#[test]
fn a_bulk_operation_goes_on_where_it_was() {
    let (programs, _) = programs();
    let mut world = World::new(&programs);
    let func = world.func("memory_fill");
    // Enough for the first 64 KiB.
    world.store.set_fuel(1 + 1 + 1024);
    let Ok(ResumableCall::OutOfFuel(suspended)) = func.call_resumable(&mut world.store, 9) else {
        panic!("it is done")
    };
    // Nothing reaches this memory but what is exported; another call sees it.
    world.store.set_fuel(PLENTY);
    world.func("memory_init").call(&mut world.store, 0).unwrap();
    assert!(matches!(suspended.resume(&mut world.store), Ok(ResumableCall::Finished(_))));
}

/// Guest, host, guest: whose fuel ends, and who can go on.
#[test]
fn nested_calls() {
    #[derive(Default)]
    struct State {
        inner: Option<TypedFunc<i64, i64>>,
        how: &'static str,
        kept: Option<SuspendedCall<i64>>,
    }
    let mut b = Build::default();
    let number = b.ty(&[Ty::I64], &[Ty::I64]);
    b.import("host", "back", ExternKind::Func, number);
    b.func(
        "inner",
        number,
        2,
        0,
        [
            asm! { constant Slot S8 = 1, 0; },
            until(asm! { i64_add Slot Slot S16 = 1, 1, 1; }, 1, 0),
            asm! { i64_add Slot Slot Slot = 0, 0, 1; ret; },
        ]
        .concat(),
    );
    b.func(
        "outer",
        number,
        9,
        0,
        asm! {
            copy Slot Slot = 8, 0;
            call_import ImportedFunc Window RefWindow = 0, 8, 0;
            i64_add Slot Slot Slot = 0, 0, 8;
            ret;
        },
    );
    let mut store = Store::new(&Engine::default(), State::default());
    let back = Func::wrap(&mut store, |mut caller: Caller<'_, State>, arg: i64| -> Result<i64, Error> {
        let inner = caller.data().inner.ok_or(TrapCode::Unreachable)?;
        if caller.data().how == "call" {
            return inner.call(&mut caller, arg);
        }
        let mut call = inner.call_resumable(&mut caller, arg)?;
        loop {
            match call {
                ResumableCall::Finished(result) => return Ok(result),
                ResumableCall::OutOfFuel(suspended) if caller.data().how == "keep" => {
                    caller.data_mut().kept = Some(suspended);
                    caller.set_fuel(PLENTY);
                    return Ok(-1);
                }
                ResumableCall::OutOfFuel(suspended) => {
                    caller.add_fuel(100);
                    call = suspended.resume(&mut caller)?;
                }
            }
        }
    });
    let instance = Instance::new(&mut store, &b.module(), &[back.into()]).unwrap();
    let outer = instance.get_typed_func::<i64, i64>(&store, "outer").unwrap();
    store.data_mut().inner = Some(instance.get_typed_func(&store, "inner").unwrap());

    // The host function resumes what it calls, while frames of the same instance lie below.
    store.data_mut().how = "resume";
    store.set_fuel(50);
    assert_eq!(outer.call(&mut store, 1000).unwrap(), 3000);
    // It leaves it suspended, returns, and the call is resumed from outside.
    store.data_mut().how = "keep";
    store.set_fuel(50);
    assert_eq!(outer.call(&mut store, 1000).unwrap(), 999);
    let kept = store.data_mut().kept.take().unwrap();
    assert!(matches!(kept.resume(&mut store), Ok(ResumableCall::Finished(2000))));
    // The same when the outer call could be suspended too.
    store.set_fuel(50);
    assert!(matches!(outer.call_resumable(&mut store, 1000), Ok(ResumableCall::Finished(999))));
    let kept = store.data_mut().kept.take().unwrap();
    assert!(matches!(kept.resume(&mut store), Ok(ResumableCall::Finished(2000))));
    // An inner call that isn't resumable ends for lack of fuel, and the outer one with it, as it gets a host function's error.
    store.data_mut().how = "call";
    store.set_fuel(50);
    assert_eq!(trap(outer.call_resumable(&mut store, 1000).unwrap_err()), TrapCode::OutOfFuel);
    store.set_fuel(PLENTY);
    assert_eq!(outer.call(&mut store, 1000).unwrap(), 3000);
    // Fuel that ends in the outer one, before the host is called, after it has returned.
    store.data_mut().how = "call";
    for fuel in 0..11 {
        store.set_fuel(fuel);
        let mut call = outer.call_resumable(&mut store, 1).unwrap();
        while let ResumableCall::OutOfFuel(suspended) = call {
            // The host is called only once there is enough for its own charge and for what it calls.
            store.set_fuel(1000);
            call = suspended.resume(&mut store).unwrap();
        }
        assert!(matches!(call, ResumableCall::Finished(3)));
    }
}

/// An interrupt ends a call that is resumed, and a trap too; the store goes on.
#[test]
fn ends_of_resumed_calls() {
    let (programs, _) = programs();
    let mut world = World::new(&programs);
    let func = world.func("other_instance");
    let suspend = |world: &mut World| {
        world.store.set_fuel(20);
        match func.call_resumable(&mut world.store, 1000).unwrap() {
            ResumableCall::OutOfFuel(suspended) => suspended,
            ResumableCall::Finished(_) => panic!("there was fuel enough"),
        }
    };
    for _ in 0..100 {
        let suspended = suspend(&mut world);
        world.store.interrupt_handle().interrupt();
        world.store.set_fuel(PLENTY);
        assert_eq!(trap(suspended.resume(&mut world.store).unwrap_err()), TrapCode::Interrupted);
        // Dropped.
        suspend(&mut world);
        let kept = suspend(&mut world);
        world.store.set_fuel(PLENTY);
        assert_eq!(func.call(&mut world.store, 3).unwrap(), 2 * 6);
        assert!(matches!(kept.resume(&mut world.store), Ok(ResumableCall::Finished(4000))));
    }
    // A recursion without end, however often it is resumed.
    let mut result = world.func("recurse").call_resumable(&mut world.store, -1);
    let code = loop {
        world.store.set_fuel(1000);
        match result {
            Ok(ResumableCall::OutOfFuel(suspended)) => result = suspended.resume(&mut world.store),
            Ok(ResumableCall::Finished(_)) => panic!("it has no end"),
            Err(error) => break trap(error),
        }
    };
    assert_eq!(code, TrapCode::StackOverflow);
}

/// Values of any type, and functions of the host's.
#[test]
fn untyped_calls() {
    let mut store = Store::new(&Engine::default(), ());
    let instance = Instance::new(&mut store, &other(), &[]).unwrap();
    let value = ExternRef::new(&mut store, 5).unwrap();
    let pick = instance.get_func(&store, "pick").unwrap();
    let args = [Val::ExternRef(None), Val::from(value)];
    store.set_fuel(0);
    let Ok(ResumableCall::OutOfFuel(suspended)) = pick.call_resumable(&mut store, &args) else { panic!("no fuel") };
    assert_eq!(suspended.fuel_needed(), 1);
    let Ok(ResumableCall::OutOfFuel(suspended)) = suspended.resume(&mut store) else { panic!("still no fuel") };
    store.set_fuel(1);
    let Ok(ResumableCall::Finished(results)) = suspended.resume(&mut store) else { panic!("enough") };
    assert_eq!(results[..], [Val::from(value)]);
    assert!(matches!(pick.call_resumable(&mut store, &args[1..]), Err(Error::Count { .. })));
    let host = Func::wrap(&mut store, |a: i32| a + 1);
    let Ok(ResumableCall::Finished(results)) = host.call_resumable(&mut store, &[Val::I32(1)]) else { panic!("host") };
    assert_eq!(results[..], [Val::I32(2)]);
}

#[test]
#[should_panic = "does not belong"]
fn another_store() {
    let mut stores = [(); 2].map(|()| Store::new(&Engine::default(), ()));
    let instance = Instance::new(&mut stores[0], &other(), &[]).unwrap();
    let twice = instance.get_typed_func::<i64, i64>(&stores[0], "twice").unwrap();
    stores[0].set_fuel(3);
    let Ok(ResumableCall::OutOfFuel(suspended)) = twice.call_resumable(&mut stores[0], 1000) else { panic!("no fuel") };
    let _ = suspended.resume(&mut stores[1]);
}

/// A host function that panics in a resumed call leaves the store as it should be.
#[test]
fn panics() {
    let (programs, _) = programs();
    let mut store = Store::new(&Engine::default(), false);
    let other = Instance::new(&mut store, &other(), &[]).unwrap();
    let add =
        Func::wrap(&mut store, |caller: Caller<'_, bool>, a: i64| if *caller.data() { panic!("as told") } else { a });
    let import = |name: &str| Extern::Func(other.get_func(&store, name).unwrap());
    let imports = [import("twice"), add.into(), import("pick")];
    let instance = Instance::new(&mut store, &programs, &imports).unwrap();
    let host = instance.get_typed_func::<i64, i64>(&store, "host").unwrap();
    for _ in 0..3 {
        *store.data_mut() = true;
        store.set_fuel(5);
        let Ok(ResumableCall::OutOfFuel(suspended)) = host.call_resumable(&mut store, 4) else { panic!("no fuel") };
        store.set_fuel(PLENTY);
        let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(suspended.resume(&mut store))));
        assert!(unwound.is_err());
        *store.data_mut() = false;
        assert_eq!(host.call(&mut store, 4).unwrap(), 8);
    }
}
