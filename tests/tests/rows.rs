//! Runs the handler of every instruction that the table gives a meaning, against that meaning.
//!
//! For each row and mode, and for edge values of its constants, a function is made by hand that loads the accumulators,
//! executes the instruction and brings the accumulators back into slots. It is then called with edge values in the slots, and
//! what it leaves is compared with evaluating the row's statements. So is the fuel that it took: only branches backwards cost any.

use hardtack_format::isa::{Body, Expr, Isa, Opcode, Row, RowInfo, STANDARD, Stmt};
use hardtack_format::meta::{ExternKind, ValType};
use hardtack_format::operand::{Kind, Sort};
use hardtack_format::prim::{Bits, Machine, Prim, Type};
use hardtack_format::trap::TrapCode;
use hardtack_tests::random::Random;
use hardtack_tests::tack::{self, Code};
use hardtack_vm::{Engine, Func, Global, GlobalType, Instance, Linker, Memory, Module, Mutability, Store, Val};
use rayon::prelude::*;
use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Slots of operands come first.
const ACC_BEFORE: usize = 6;
const FACC_BEFORE: usize = 7;
const ACC_AFTER: usize = 8;
const FACC_AFTER: usize = 9;
/// 0 if a branch was taken forwards, 1 if execution fell through, 2 if a branch was taken backwards; of a branch table the number of the
/// entry, but 3 for the last.
const WAY: usize = 10;
const BACKWARDS: Bits = 2;
const LAST: Bits = 3;
const SLOTS: usize = 11;
/// Where operands of two bytes lie.
const WIDE: u64 = 300;

/// Most combinations of values that one function is called with.
const COMBINATIONS: usize = 300;
const PAGE: usize = 65_536;
/// What each call may use: plenty.
const FUEL: u64 = 1_000_000;

#[test]
fn handlers_do_what_their_rows_say() {
    let calls = AtomicUsize::new(0);
    let (told, by_hand): (Vec<Row>, Vec<Row>) =
        Row::ALL.iter().partition(|row| matches!(row.info().body, Body::Statements(_)));
    let failures: Vec<String> = told.par_iter().filter_map(|row| check(*row, &calls).err()).collect();
    assert!(failures.is_empty(), "{} rows fail:\n{}", failures.len(), failures.join("\n"));
    let modes = |rows: &[Row]| rows.iter().map(|row| row.info().modes.len()).sum::<usize>();
    println!(
        "{} instructions of {} rows did what their rows say in {} calls; {} instructions of {} rows are written by hand, and tested elsewhere",
        modes(&told),
        told.len(),
        calls.into_inner(),
        modes(&by_hand),
        by_hand.len(),
    );
}

/// One instruction with its constants and slots chosen.
struct Case {
    row: &'static RowInfo,
    opcode: Opcode,
    kinds: &'static [Kind],
    values: Vec<u64>,
}

/// Checks all instructions of a row.
fn check(row: Row, calls: &AtomicUsize) -> Result<(), String> {
    let info = row.info();
    let mut cases = Vec::new();
    for kinds in info.modes {
        let opcode = STANDARD.find(row.index(), kinds).ok_or("a mode has no number")?;
        for same_slot in [false, true] {
            let choices: Vec<Vec<u64>> =
                kinds.iter().enumerate().map(|(i, kind)| operand_values(*kind, i, same_slot)).collect();
            for values in combinations(&choices) {
                cases.push(Case { row: info, opcode, kinds, values });
            }
        }
    }
    let mut machine = Machines::new(&cases).map_err(|e| format!("{}: {e}", info.name))?;
    for (number, case) in cases.iter().enumerate() {
        let count = machine.check(case, number).map_err(|e| {
            let name = STANDARD.name(case.opcode).unwrap_or_default();
            format!("{name} with operands {:?}: {e}", case.values)
        })?;
        calls.fetch_add(count, Ordering::Relaxed);
    }
    Ok(())
}

/// The values that an operand is encoded with.
fn operand_values(kind: Kind, position: usize, same_slot: bool) -> Vec<u64> {
    let slot = if same_slot { 0 } else { position as u64 };
    let signed = |v: &[i64]| v.iter().map(|v| *v as u64).collect();
    match kind {
        Kind::Slot | Kind::SlotAcc | Kind::SlotFAcc => vec![slot],
        Kind::SlotW => vec![WIDE + slot],
        Kind::Acc | Kind::FAcc => vec![0],
        Kind::S8 => signed(&[0, 1, -1, 31, 127, -128]),
        Kind::S16 => signed(&[0, 1, -1, 0x7fff, -0x8000]),
        Kind::S32 => signed(&[0, 1, -1, i32::MAX.into(), i32::MIN.into()]),
        Kind::S64 => vec![0, u64::MAX, 1 << 63, 0x0123_4567_89ab_cdef, 1.5f64.to_bits(), f32::NAN.to_bits().into()],
        Kind::U8 => vec![0, 1, 63, 255],
        Kind::U16 => vec![0, 1, 0xffff],
        Kind::U32 => vec![0, 4, 0x1_0000, u32::MAX.into()],
        Kind::Global | Kind::ImportedGlobal => vec![0, 1],
        // Distances are filled in when the code is laid out.
        Kind::Fwd16 | Kind::Fwd32 | Kind::Back16 | Kind::Back32 | Kind::Targets16 | Kind::Targets32 => vec![0],
        other => panic!("{other:?} is not an operand of rows with statements"),
    }
}

/// Every way to choose one from each list.
fn combinations(choices: &[Vec<u64>]) -> Vec<Vec<u64>> {
    choices.iter().fold(vec![Vec::new()], |done, choice| {
        done.iter().flat_map(|prefix| choice.iter().map(|v| [prefix.as_slice(), &[*v]].concat())).collect()
    })
}

/// The function of a case: parameters and results are the slots. And how far back it branches, if it does.
fn code(case: &Case) -> (Code, u64) {
    let wide: Vec<u64> =
        case.kinds.iter().zip(&case.values).filter(|(k, _)| **k == Kind::SlotW).map(|(_, v)| *v).collect();
    let mut before = Code::new();
    let mut after = Code::new();
    for slot in wide {
        before.put(Row::copy, &[Kind::SlotW, Kind::SlotW], &[slot, slot - WIDE]);
        after.put(Row::copy, &[Kind::SlotW, Kind::SlotW], &[slot - WIDE, slot]);
    }
    before.put(Row::copy, &[Kind::Acc, Kind::Slot], &[0, ACC_BEFORE as u64]);
    before.put(Row::copy, &[Kind::FAcc, Kind::Slot], &[0, FACC_BEFORE as u64]);
    after.put(Row::copy, &[Kind::Slot, Kind::Acc], &[ACC_AFTER as u64, 0]);
    after.put(Row::copy, &[Kind::Slot, Kind::FAcc], &[FACC_AFTER as u64, 0]);
    after.put(Row::ret, &[], &[]);
    let way = |way: u64| {
        let mut code = Code::new();
        code.put(Row::constant, &[Kind::Slot, Kind::S8], &[WAY as u64, way]);
        code
    };
    let (fell, went_back) = (way(1), way(BACKWARDS));

    let mut code = Code::new();
    let mut values = case.values.clone();
    let length = tack::units_of(case.opcode);
    let mut back = 0;
    let jump = tack::units_of(STANDARD.find(Row::br.index(), &[Kind::Fwd16]).expect("`br` goes forwards"));
    let target = case.kinds.iter().position(|k| Isa::is_target(*k));
    let mut entries = vec![];
    let mut fell = fell;
    match target.map(|target| (target, case.kinds[target].sort())) {
        Some((target, Sort::Backward)) => {
            // br START; BACK: way = 2; br END; START: …; the instruction; way = 1; END: …
            code.put(Row::br, &[Kind::Fwd16], &[jump + went_back.units() + jump]);
            code.append(&went_back);
            code.put(Row::br, &[Kind::Fwd16], &[jump + before.units() + length + fell.units()]);
            back = before.units() + jump + went_back.units();
            values[target] = back;
        }
        Some((target, Sort::Targets)) => {
            // The instruction; its table; way = 1; br END; LAST: way = 3; END: …
            let first = length + if case.kinds[target] == Kind::Targets16 { 3 } else { 6 };
            let last = way(LAST);
            fell.put(Row::br, &[Kind::Fwd16], &[jump + last.units()]);
            entries =
                [first + fell.units() + last.units(), first, first + fell.units()].map(|units| units as u32).to_vec();
            fell.append(&last);
        }
        Some((target, _)) => values[target] = length + fell.units(),
        None => {}
    }
    code.append(&before).put_opcode(case.opcode, &values, &entries).append(&fell).append(&after);
    (code, back)
}

/// The VM with a row's cases, and the model that they are compared with.
struct Machines {
    store: Store<()>,
    instance: Instance,
    memory: Memory,
    /// Two of the module's own, then two imported ones.
    globals: [Global; 4],
    pattern: Vec<u8>,
    model: Model,
    /// Of each case, what a call costs that doesn't branch backwards, and how far back it would.
    charges: Vec<(u64, u64)>,
}

impl Machines {
    fn new(cases: &[Case]) -> Result<Machines, Box<dyn std::error::Error>> {
        let mut module = tack::Module::new();
        let ty = module.ty(&[ValType::I64; SLOTS], &[ValType::I64; SLOTS]);
        module.import_global("global0", ValType::I64);
        module.import_global("global1", ValType::I64);
        module.global(ValType::I64);
        module.global(ValType::I64);
        module.memory(1);
        module.export("memory", ExternKind::Memory, 0);
        module.export("own0", ExternKind::Global, 2);
        module.export("own1", ExternKind::Global, 3);
        let mut charges = Vec::new();
        for (number, case) in cases.iter().enumerate() {
            let (code, back) = code(case);
            charges.push((1 + code.units() / 64, back));
            let func = module.func(ty, WIDE as u16 + SLOTS as u16, 0, code);
            module.export(number.to_string(), ExternKind::Func, func);
        }
        let module = Module::load(module.finish()?)?;

        let engine = Engine::default();
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        let mut imported =
            || Global::new(&mut store, GlobalType::new(hardtack_vm::ValType::I64, Mutability::Var), Val::I64(0));
        let (global0, global1) = (imported()?, imported()?);
        linker.define("host", "global0", global0)?;
        linker.define("host", "global1", global1)?;
        let instance = linker.instantiate(&mut store, &module)?;
        let own = |name| instance.get_global(&store, name).ok_or("a global is missing");
        let globals = [own("own0")?, own("own1")?, global0, global1];
        let memory = instance.get_memory(&store, "memory").ok_or("the memory is missing")?;
        let mut pattern = Random::new(7).bytes(PAGE);
        // Numbers of a branch table's entries.
        pattern[..5].copy_from_slice(&[1, 0, 0, 0, 0]);
        memory.data_mut(&mut store).copy_from_slice(&pattern);
        let model = Model { memory: RefCell::new(pattern.clone()), globals: RefCell::new([0; 4]) };
        Ok(Machines { store, instance, memory, globals, pattern, model, charges })
    }

    /// Calls the function of a case with many values; the number of calls.
    fn check(&mut self, case: &Case, number: usize) -> Result<usize, String> {
        let Body::Statements(body) = case.row.body else { return Ok(0) };
        let func = self.instance.get_func(&self.store, &number.to_string()).ok_or("the function is missing")?;
        let inputs = inputs(case, body);
        for slots in &inputs {
            self.compare(case, body, func, self.charges[number], slots)
                .map_err(|e| format!("slots {slots:x?}: {e}"))?;
        }
        Ok(inputs.len())
    }

    fn compare(
        &mut self,
        case: &Case,
        body: &[Stmt],
        func: Func,
        (entry, back): (u64, u64),
        slots: &[Bits; SLOTS],
    ) -> Result<(), String> {
        let globals = [slots[0], slots[1] ^ 5, slots[2] ^ 6, slots[3] ^ 7];
        *self.model.globals.borrow_mut() = globals;
        for (global, value) in self.globals.iter().zip(globals) {
            global.set(&mut self.store, Val::I64(value as i64)).map_err(|e| e.to_string())?;
        }
        let mut state = State::new(slots);
        let expected = execute(case, body, &mut state, &self.model);

        self.store.set_fuel(FUEL);
        let args = slots.map(|bits| Val::I64(bits as i64));
        let mut results = [Val::I64(0); SLOTS];
        let found = func.call(&mut self.store, &args, &mut results);
        let charge = entry + if expected == Ok(BACKWARDS) { 1 + back } else { 0 };
        if FUEL - self.store.get_fuel() != charge {
            return Err(format!("took {} of fuel, expected {charge}", FUEL - self.store.get_fuel()));
        }
        match (found, expected) {
            (Err(found), Err(expected)) if found.as_trap_code() == Some(expected) => {}
            (Err(found), expected) => return Err(format!("failed with {found}, expected {expected:?}")),
            (Ok(()), Err(expected)) => return Err(format!("did not trap: {expected}")),
            (Ok(()), Ok(way)) => {
                let found = results.map(|v| v.i64().unwrap_or_default() as Bits);
                state.finish(way);
                for (slot, (found, expected)) in found.into_iter().zip(state.slots).enumerate() {
                    if !state.loose[slot].accepts(found, expected) {
                        return Err(format!("slot {slot} is {found:#x}, expected {expected:#x}"));
                    }
                }
            }
        }
        for (number, (global, expected)) in self.globals.iter().zip(*self.model.globals.borrow()).enumerate() {
            let found = global.get(&self.store);
            if found != Val::I64(expected as i64) {
                return Err(format!("global {number} is {found:?}, expected {expected:#x}"));
            }
        }
        if writes_memory(body) {
            let mut expected = self.model.memory.borrow_mut();
            let found = self.memory.data_mut(&mut self.store);
            if found != expected.as_slice() {
                let at = found.iter().zip(expected.iter()).position(|(a, b)| a != b);
                return Err(format!("memory differs at {at:?}"));
            }
            expected.copy_from_slice(&self.pattern);
            found.copy_from_slice(&self.pattern);
        }
        Ok(())
    }
}

fn writes_memory(body: &[Stmt]) -> bool {
    body.iter().any(|s| matches!(s, Stmt::Effect(Expr::Prim { prim, .. }) if prim.effects().writes_memory))
}

/// The values of all slots for the calls of a case: edge values of the types at which the operands are read.
fn inputs(case: &Case, body: &[Stmt]) -> Vec<[Bits; SLOTS]> {
    let mut random = Random::new(u64::from(case.opcode));
    let mut choices: [Vec<Bits>; SLOTS] = std::array::from_fn(|_| Vec::new());
    for statement in body {
        for_each_operand(statement, &mut |operand, ty, address| {
            let slot = match case.kinds[operand] {
                Kind::Slot | Kind::SlotAcc | Kind::SlotFAcc => case.values[operand] as usize,
                Kind::SlotW => (case.values[operand] - WIDE) as usize,
                Kind::Acc => ACC_BEFORE,
                Kind::FAcc => FACC_BEFORE,
                _ => return,
            };
            choices[slot] = edge_values(ty, address, &mut random);
        });
    }
    let full: usize = choices.iter().map(|c| c.len().max(1)).product();
    let mut inputs = Vec::new();
    for n in 0..full.min(COMBINATIONS) {
        let mut nth = if full <= COMBINATIONS { n } else { random.below(full) };
        let mut slots: [Bits; SLOTS] = std::array::from_fn(|_| random.bits());
        (slots[ACC_AFTER], slots[FACC_AFTER], slots[WAY]) = (0, 0, 0);
        for (slot, choice) in slots.iter_mut().zip(&choices) {
            if !choice.is_empty() {
                *slot = choice[nth % choice.len()];
                nth /= choice.len();
            }
        }
        inputs.push(slots);
    }
    inputs
}

/// Tells of each operand that a statement reads: its type there, and whether it is an address.
fn for_each_operand(statement: &Stmt, tell: &mut dyn FnMut(usize, Type, bool)) {
    fn walk(e: &Expr, ty: Type, address: bool, tell: &mut dyn FnMut(usize, Type, bool)) {
        match e {
            Expr::Operand(operand) => tell(*operand, ty, address),
            Expr::Prim { prim, args } => {
                let effects = prim.effects();
                let memory = effects.reads_memory || effects.writes_memory;
                for (i, (arg, ty)) in args.iter().zip(prim.params()).enumerate() {
                    walk(arg, *ty, memory && i == 0, tell);
                }
            }
        }
    }
    match statement {
        Stmt::Assign { value: e, .. } | Stmt::Effect(e) => walk(e, Type::Any, false, tell),
        Stmt::BranchIf { cond: e, .. } | Stmt::GotoTable { index: e, .. } => walk(e, Type::I32, false, tell),
        Stmt::Goto(_) => {}
    }
}

fn edge_values(ty: Type, address: bool, random: &mut Random) -> Vec<Bits> {
    // Readers of 32 bits ignore the high half, so something stands there.
    let mut narrow = |values: &[u32]| values.iter().map(|v| random.bits() << 32 | u64::from(*v)).collect::<Vec<_>>();
    if address {
        let end = PAGE as u32;
        return narrow(&[0, 1, 100, end - 8, end - 7, end - 4, end - 3, end - 2, end - 1, end, u32::MAX - 7, u32::MAX]);
    }
    let big = i32::MAX as u32;
    match ty {
        Type::I32 => {
            narrow(&[0, 1, 2, 3, 7, 31, 32, 33, 0x7f, 0x80, 0xff, 0x8000, 0xffff, big, big + 1, big + 2, !1, !0])
        }
        Type::I64 => {
            let wide = [
                0,
                1,
                2,
                3,
                31,
                32,
                63,
                64,
                65,
                0x80,
                0x8000,
                1 << 31,
                1 << 32,
                !0 >> 1,
                1 << 63,
                (1 << 63) + 1,
                !1,
                !0,
            ];
            wide.to_vec()
        }
        Type::F32 => narrow(&FLOATS.map(|f| (f as f32).to_bits()).into_iter().chain(NANS_32).collect::<Vec<_>>()),
        Type::F64 => FLOATS.map(f64::to_bits).into_iter().chain(NANS_64).collect(),
        Type::Any | Type::None => vec![0, 1, 1 << 32, 0x0123_4567_89ab_cdef, !0, random.bits()],
    }
}

const FLOATS: [f64; 22] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    1.5,
    -2.5,
    0.499_999_97,
    -0.999_999_94,
    1e-40,
    -1e-40,
    3.4e38,
    -1e300,
    f64::INFINITY,
    f64::NEG_INFINITY,
    2_147_483_648.0,
    -2_147_483_648.0,
    -2_147_483_649.0,
    4_294_967_296.0,
    9_223_372_036_854_775_808.0,
    18_446_744_073_709_551_616.0,
];
const NANS_32: [u32; 3] = [0x7fc0_0000, 0xffc1_2345, 0x7fa0_0000];
const NANS_64: [u64; 3] = [0x7ff8_0000_0000_0000, 0xfff8_1234_5678_9abc, 0x7ff4_0000_0000_0000];

/// How exactly a slot is compared: which NaN an operator returns is not said.
#[derive(Clone, Copy, PartialEq)]
enum Loose {
    No,
    F32,
    F64,
}

impl Loose {
    fn accepts(self, found: Bits, expected: Bits) -> bool {
        let nan = |bits: Bits| match self {
            Loose::No => false,
            Loose::F32 => f32::from_bits(bits as u32).is_nan() && bits >> 32 == 0,
            Loose::F64 => f64::from_bits(bits).is_nan(),
        };
        found == expected || (nan(found) && nan(expected))
    }

    /// Of what an expression leaves.
    fn of(e: &Expr) -> Loose {
        let Expr::Prim { prim, .. } = e else { return Loose::No };
        match prim {
            Prim::f32_abs | Prim::f32_neg | Prim::f32_copysign | Prim::f32_load | Prim::f32_reinterpret_i32 => {
                Loose::No
            }
            Prim::f64_abs | Prim::f64_neg | Prim::f64_copysign | Prim::f64_load | Prim::f64_reinterpret_i64 => {
                Loose::No
            }
            _ => match prim.result() {
                Type::F32 => Loose::F32,
                Type::F64 => Loose::F64,
                Type::I32 | Type::I64 | Type::Any | Type::None => Loose::No,
            },
        }
    }
}

/// Slots and accumulators of the model.
struct State {
    slots: [Bits; SLOTS],
    loose: [Loose; SLOTS],
    acc: Bits,
    facc: Bits,
    facc_loose: Loose,
}

impl State {
    fn new(slots: &[Bits; SLOTS]) -> State {
        State {
            slots: *slots,
            loose: [Loose::No; SLOTS],
            acc: slots[ACC_BEFORE],
            facc: slots[FACC_BEFORE],
            facc_loose: Loose::No,
        }
    }

    fn read(&self, kind: Kind, value: u64) -> Bits {
        match kind {
            Kind::Slot | Kind::SlotAcc | Kind::SlotFAcc => self.slots[value as usize],
            Kind::SlotW => self.slots[(value - WIDE) as usize],
            Kind::Acc => self.acc,
            Kind::FAcc => self.facc,
            _ => value,
        }
    }

    fn write(&mut self, kind: Kind, value: u64, bits: Bits, loose: Loose) {
        let slot = match kind {
            Kind::Slot | Kind::SlotAcc | Kind::SlotFAcc => Some(value),
            Kind::SlotW => Some(value - WIDE),
            _ => None,
        };
        if let Some(slot) = slot {
            self.slots[slot as usize] = bits;
            self.loose[slot as usize] = loose;
        }
        if matches!(kind, Kind::Acc | Kind::SlotAcc) {
            self.acc = bits;
        }
        if matches!(kind, Kind::FAcc | Kind::SlotFAcc) {
            (self.facc, self.facc_loose) = (bits, loose);
        }
    }

    /// What the instructions after the one under test do.
    fn finish(&mut self, way: Bits) {
        self.slots[WAY] = way;
        self.slots[ACC_AFTER] = self.acc;
        self.slots[FACC_AFTER] = self.facc;
        self.loose[FACC_AFTER] = self.facc_loose;
    }
}

/// Executes a row's statements on the model: which way it went, or the trap.
fn execute(case: &Case, body: &[Stmt], state: &mut State, model: &Model) -> Result<Bits, TrapCode> {
    let taken = |to: usize| if case.kinds[to].sort() == Sort::Backward { BACKWARDS } else { 0 };
    for statement in body {
        match statement {
            Stmt::Assign { to, value } => {
                let bits = evaluate(case, value, state, model)?;
                state.write(case.kinds[*to], case.values[*to], bits, Loose::of(value));
            }
            Stmt::Effect(e) => {
                evaluate(case, e, state, model)?;
            }
            Stmt::BranchIf { cond, to } => {
                if evaluate(case, cond, state, model)? as u32 != 0 {
                    return Ok(taken(*to));
                }
            }
            Stmt::Goto(to) => return Ok(taken(*to)),
            Stmt::GotoTable { index, .. } => {
                return Ok(match evaluate(case, index, state, model)? as u32 {
                    entry @ (0 | 1) => entry.into(),
                    _ => LAST,
                });
            }
        }
    }
    Ok(1)
}

fn evaluate(case: &Case, e: &Expr, state: &State, model: &Model) -> Result<Bits, TrapCode> {
    match e {
        Expr::Operand(operand) => Ok(state.read(case.kinds[*operand], case.values[*operand])),
        Expr::Prim { prim, args } => {
            let args = args.iter().map(|e| evaluate(case, e, state, model)).collect::<Result<Vec<_>, _>>()?;
            prim.eval(model, &args)
        }
    }
}

/// Memory and globals of the model.
struct Model {
    memory: RefCell<Vec<u8>>,
    globals: RefCell<[Bits; 4]>,
}

impl Model {
    fn range(&self, address: u64, offset: u64, len: usize) -> Result<std::ops::Range<usize>, TrapCode> {
        let start = usize::try_from(address + offset).map_err(|_| TrapCode::MemoryOutOfBounds)?;
        let range = start..start + len;
        if range.end <= PAGE { Ok(range) } else { Err(TrapCode::MemoryOutOfBounds) }
    }
}

impl Machine for Model {
    fn load<const N: usize>(&self, address: u64, offset: u64) -> Result<[u8; N], TrapCode> {
        let range = self.range(address, offset, N)?;
        Ok(self.memory.borrow()[range].try_into().expect("the range has N bytes"))
    }
    fn store<const N: usize>(&self, address: u64, offset: u64, bytes: [u8; N]) -> Result<(), TrapCode> {
        let range = self.range(address, offset, N)?;
        self.memory.borrow_mut()[range].copy_from_slice(&bytes);
        Ok(())
    }
    fn memory_size(&self) -> u64 {
        1
    }
    fn global(&self, index: u32) -> Bits {
        self.globals.borrow()[index as usize]
    }
    fn set_global(&self, index: u32, value: Bits) {
        self.globals.borrow_mut()[index as usize] = value;
    }
    fn imported_global(&self, index: u32) -> Bits {
        self.globals.borrow()[index as usize + 2]
    }
    fn set_imported_global(&self, index: u32, value: Bits) {
        self.globals.borrow_mut()[index as usize + 2] = value;
    }
}
