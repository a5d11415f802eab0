//! Runs every instruction in a long loop on a small native stack: handlers leave it as they found it.
//!
//! In release the handlers end in tail calls. One that kept as little as a word of the stack would use it up here.

use hardtack_format::isa::{Opcode, Row, STANDARD};
use hardtack_format::meta::{ExternKind, SegmentMode, ValType};
use hardtack_format::operand::{Kind, Sort};
use hardtack_tests::tack::{self, Code};
use hardtack_vm::{Engine, Error, Func, Global, GlobalType, Linker, Module, Mutability, Store, Val};

const STACK: usize = 128 * 1024;
/// In release a word left behind in each round would need six times the stack. In debug handlers return to a loop.
const ROUNDS: u64 = if cfg!(debug_assertions) { 200 } else { 100_000 };

const COUNTER: u64 = 20;
const FRAME: u16 = 32;
const WINDOW: u64 = 24;

// Functions, by their number among those of the module.
const RETURNS: u32 = 0;

#[test]
fn handlers_leave_the_native_stack_as_they_found_it() {
    let thread = std::thread::Builder::new().stack_size(STACK);
    let run = thread.spawn(|| run_all().map_err(|e| e.to_string())).expect("a thread can be had");
    let instructions = run.join().expect("the thread ends").expect("every loop ends");
    println!("{instructions} instructions in {ROUNDS} rounds each on a stack of {STACK} bytes");
}

fn run_all() -> Result<usize, Box<dyn std::error::Error>> {
    let (module, names) = module();
    let module = Module::load(module.finish()?)?;
    let engine = Engine::default();
    for name in &names {
        // Each in a store of its own: what one instruction stores would be another's address.
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        let nothing = Func::wrap(&mut store, || {});
        linker.define("host", "nothing", nothing)?;
        let global = Global::new(&mut store, GlobalType::new(hardtack_vm::ValType::I64, Mutability::Var), Val::I64(1))?;
        linker.define("host", "global", global)?;
        let instance = linker.instantiate(&mut store, &module)?;
        let func = instance.get_func(&store, name).ok_or("a function is missing")?;
        store.set_fuel(u64::MAX);
        func.call(&mut store, &[], &mut []).map_err(|e: Error| format!("{name}: {e}"))?;
    }
    Ok(names.len())
}

/// Instructions that end the run, so they can't stand in a loop: traps leave by the same way as running out of fuel does.
fn ends_the_run(row: Row) -> bool {
    matches!(row, Row::leave | Row::trap)
}

/// A module with a looping function for each instruction, exported by the instruction's name.
fn module() -> (tack::Module, Vec<String>) {
    let mut module = tack::Module::new();
    let nothing = module.ty(&[], &[]);
    let number = module.ty(&[], &[ValType::I64]);
    module.import_func("nothing", nothing);
    module.import_global("global", ValType::I64);
    module.global(ValType::I64);
    module.global(ValType::FuncRef);
    module.memory(1);
    module.table(ValType::FuncRef, 8);
    module.table(ValType::FuncRef, 8);
    module.data(b"data");
    module.data(b"dropped");

    let mut returns = Code::new();
    returns.put(Row::ret, &[], &[]);
    let first = module.func(nothing, 0, 0, returns);
    module.elems(SegmentMode::Active, &[first; 8]);
    module.elems(SegmentMode::Passive, &[first, first]);
    module.elems(SegmentMode::Passive, &[first]);

    let mut names = Vec::new();
    let mut callees = 1;
    for row in Row::ALL.iter().copied().filter(|row| !ends_the_run(*row)) {
        for kinds in row.info().modes {
            let opcode = STANDARD.find(row.index(), kinds).expect("each mode has a number");
            let mut body = Code::new();
            if matches!(row, Row::ret | Row::ret_value) {
                // The instruction stands in a function that the loop calls.
                let mut callee = Code::new();
                callee.put(Row::constant, &[Kind::Slot, Kind::S8], &[1, 1]);
                callee.put_opcode(opcode, &[1; 1][..kinds.len()], &[]);
                module.func(if row == Row::ret { nothing } else { number }, FRAME, 0, callee);
                body.put(Row::call, &[Kind::Func32, Kind::Window], &[callees, WINDOW]);
                callees += 1;
            } else {
                put(&mut body, opcode, kinds);
            }
            let name = STANDARD.name(opcode).expect("the opcode exists");
            let references = kinds.iter().any(|k| matches!(k.sort(), Sort::RefSlot | Sort::RefWindow));
            let ref_frame = if references { 4 } else { 0 };
            let func = module.func(nothing, FRAME, ref_frame, looping(&body, backward(opcode, kinds)));
            callees += 1;
            module.export(name.clone(), ExternKind::Func, func);
            names.push(name);
        }
    }
    (module, names)
}

/// Appends the instruction with operands that neither trap nor touch the counter. Branches go to what follows it.
fn put(code: &mut Code, opcode: Opcode, kinds: &[Kind]) {
    let after = tack::units_of(opcode);
    let entries = kinds.iter().find_map(|kind| match kind {
        Kind::Targets16 => Some([after as u32 + 2; 2]),
        Kind::Targets32 => Some([after as u32 + 4; 2]),
        _ => None,
    });
    let values: Vec<u64> = kinds
        .iter()
        .enumerate()
        .map(|(position, kind)| match kind.sort() {
            Sort::Slot | Sort::RefSlot => position as u64 % 4,
            Sort::Acc | Sort::FAcc | Sort::Targets => 0,
            Sort::Signed | Sort::Unsigned => 1,
            Sort::Forward => after,
            // To the jump that stands before the loop's body; see `looping`.
            Sort::Backward => backward_distance(),
            Sort::Func => u64::from(RETURNS),
            Sort::AnyFunc | Sort::ImportedFunc | Sort::TypeIndex | Sort::Global | Sort::ImportedGlobal => 0,
            // Calls go through table 0, so nothing else touches it.
            Sort::Table => u64::from(!kinds.contains(&Kind::TypeIndex)),
            Sort::RefGlobal => 2,
            Sort::Data => u64::from(opcode == only(Row::data_drop)),
            Sort::Elem => 1 + u64::from(opcode == only(Row::elem_drop)),
            Sort::Window => WINDOW,
            Sort::RefWindow => 0,
        })
        .collect();
    code.put_opcode(opcode, &values, entries.as_ref().map_or(&[], |e| e));
}

/// The opcode of a row with one mode.
fn only(row: Row) -> Opcode {
    STANDARD.find(row.index(), row.info().modes[0]).expect("the row has a mode")
}

/// If the instruction branches backwards, its length.
fn backward(opcode: Opcode, kinds: &[Kind]) -> Option<u64> {
    kinds.iter().any(|k| k.sort() == Sort::Backward).then(|| tack::units_of(opcode))
}

fn set_up() -> Code {
    let mut code = Code::new();
    for slot in 0..10 {
        code.put(Row::constant, &[Kind::Slot, Kind::S8], &[slot, 1]);
    }
    code.put(Row::constant, &[Kind::Acc, Kind::S16], &[0, 1]);
    code.put(Row::constant, &[Kind::FAcc, Kind::S64], &[0, 1f64.to_bits()]);
    code
}

fn backward_distance() -> u64 {
    set_up().units() + tack::units_of(jump())
}

fn jump() -> Opcode {
    STANDARD.find(Row::br.index(), &[Kind::Fwd16]).expect("`br` goes forwards")
}

/// Repeats instructions. `branches_back` is the length of the last of them if it branches backwards: it goes to a jump that
/// leads to what follows it.
fn looping(body: &Code, branches_back: Option<u64>) -> Code {
    let mut code = Code::new();
    code.put(Row::constant, &[Kind::Slot, Kind::S8], &[COUNTER, 0]);
    let set_up = set_up();
    let jump = tack::units_of(jump());
    let start = code.units();
    if let Some(length) = branches_back {
        code.put(Row::br, &[Kind::Fwd16], &[2 * jump]);
        code.put(Row::br, &[Kind::Fwd16], &[jump + set_up.units() + length]);
    }
    code.append(&set_up).append(body);
    code.put(Row::i64_add, &[Kind::Slot, Kind::Slot, Kind::S16], &[COUNTER, COUNTER, 1]);
    let distance = code.units() - start;
    code.put(Row::br_i64_lt_u, &[Kind::Back16, Kind::Slot, Kind::S32], &[distance, COUNTER, ROUNDS]);
    code.put(Row::ret, &[], &[]);
    code
}
