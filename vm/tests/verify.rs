//! The verifier, by the table: for every instruction a function that is accepted, and for every operand values that are not.

use hardtack_format::constexpr::{self, ConstOp};
use hardtack_format::encode::{encode, fits};
use hardtack_format::error::Error;
use hardtack_format::isa::{Group, Instr, Row, STANDARD};
use hardtack_format::meta::*;
use hardtack_format::operand::{Kind, Sort};
use hardtack_format::rules::Rule;
use hardtack_format::version::Groups;
use hardtack_format::write::{Function, Writer, reseal};
use hardtack_vm::Module;
use std::borrow::Cow;

const FRAME: u64 = 10;
const REF_FRAME: u64 = 3;

fn expr(op: ConstOp) -> Cow<'static, [u8]> {
    let mut out = vec![];
    constexpr::encode(&[op], &mut out);
    out.into()
}

/// Number globals that can't and can be written and a reference global, imported and own alike.
fn meta() -> Meta<'static> {
    let ty = |params: &'static [u8], results: &'static [u8]| FuncType {
        kind: TypeKind::Func,
        params: params.into(),
        results: results.into(),
    };
    let import = |kind, ty| Import { module: "m".into(), name: "n".into(), kind, ty };
    let global = |ty, mutability, init| Global { ty, mutability, init };
    let none = || Cow::Borrowed(&[][..]);
    Meta {
        types: vec![ty(&[0x7f, 0x7e], &[0x7f]), ty(&[], &[]), ty(&[0x70, 0x7f], &[0x70, 0x6f])],
        imports: vec![
            import(ExternKind::Func, 1),
            import(ExternKind::Func, 2),
            import(ExternKind::Global, 0),
            import(ExternKind::Global, 0),
            import(ExternKind::Global, 0),
        ],
        tables: vec![Table { elem: ValType::FuncRef, flags: 0, min: 0, max: 0 }; 2],
        memories: vec![],
        globals: vec![
            global(ValType::I32, Mutability::Const, none()),
            global(ValType::I32, Mutability::Var, none()),
            global(ValType::FuncRef, Mutability::Const, none()),
            global(ValType::I32, Mutability::Const, expr(ConstOp::I32(1))),
            global(ValType::I32, Mutability::Var, expr(ConstOp::I32(1))),
            global(ValType::FuncRef, Mutability::Var, expr(ConstOp::RefNull(ValType::FuncRef))),
        ],
        exports: vec![],
        elems: vec![Elem {
            ty: ValType::FuncRef,
            mode: SegmentMode::Passive,
            table: 0,
            offset: none(),
            items: ItemKind::Funcs,
            count: 0,
            bytes: none(),
        }],
        datas: vec![Data { mode: SegmentMode::Passive, memory: 0, offset: none(), end: 0 }],
        start: None,
    }
}

fn all_groups() -> Groups {
    Group::ALL.iter().fold(Groups::default(), |groups, group| groups.with(*group))
}

/// A file with this function and, as function 1, one that takes references.
fn file(function: Function<'_>, groups: Groups) -> Vec<u8> {
    let other = Function { ty: 2, frame: 1, ref_frame: 2, code: ret().into() };
    let meta = meta();
    Writer { groups, meta: &meta, funcs: &[function, other], data: &[], names: None }.finish(&STANDARD).unwrap()
}

fn push(code: &mut Vec<u8>, row: Row, kinds: &[Kind], values: &[u64]) {
    encode(&STANDARD, STANDARD.find(row.index(), kinds).unwrap(), values, &[], code).unwrap();
}

fn ret() -> Vec<u8> {
    let mut code = vec![];
    push(&mut code, Row::ret, &[], &[]);
    code
}

/// Two units that do nothing.
fn nothing(code: &mut Vec<u8>) {
    push(code, Row::copy, &[Kind::Slot, Kind::Slot], &[0, 0]);
}

const BEFORE: u64 = 2;

/// The instruction between others, all that verification knows of.
fn around(opcode: u16, values: &[u64], entries: &[u32]) -> Vec<u8> {
    let mut code = vec![];
    nothing(&mut code);
    encode(&STANDARD, opcode, values, entries, &mut code).unwrap();
    nothing(&mut code);
    code.extend(ret());
    code
}

fn verdict(code: Vec<u8>, ref_frame: u64, groups: Groups) -> Result<(), Error> {
    let function = Function { ty: 0, frame: FRAME as u16, ref_frame: ref_frame as u16, code: code.into() };
    Module::load(file(function, groups)).map(|_| ()).map_err(|e| e.format_error().clone())
}

/// Whether it calls without a reference window, and so only between functions without reference frames.
fn is_plain_call(instr: &Instr) -> bool {
    instr.operands().contains(&Kind::Window) && !instr.operands().contains(&Kind::RefWindow)
}

fn has_targets(instr: &Instr) -> Option<Kind> {
    instr.operands().iter().copied().find(|k| k.sort() == Sort::Targets)
}

/// Length in units of the instruction with three entries if it has a branch table.
fn length(instr: &Instr) -> u64 {
    let table = match has_targets(instr) {
        Some(Kind::Targets16) => 3,
        Some(_) => 6,
        None => 0,
    };
    u64::from(instr.units) + table
}

fn writes(instr: &Instr) -> bool {
    [Row::global_set, Row::imported_global_set, Row::ref_global_set].map(|r| r.index()).contains(&instr.row.into())
}

/// Slots that a callee needs: it is of type 0, which takes two numbers, or of type 2, which takes one and gives two references.
fn words(instr: &Instr) -> u64 {
    if is_plain_call(instr) { 2 } else { 1 }
}

/// A value that is accepted, as near to the edge as there is.
fn good(instr: &Instr, kind: Kind) -> u64 {
    match kind.sort() {
        Sort::Slot => FRAME - 1,
        Sort::RefSlot => REF_FRAME - 1,
        Sort::Acc | Sort::FAcc | Sort::Targets => 0,
        Sort::Signed | Sort::Unsigned => 1,
        Sort::Forward => length(instr),
        Sort::Backward => BEFORE,
        Sort::Func if is_plain_call(instr) => 0,
        Sort::Func | Sort::ImportedFunc => 1,
        Sort::AnyFunc => 3,
        Sort::TypeIndex => 2,
        Sort::Table => 1,
        Sort::Global | Sort::ImportedGlobal => 1,
        Sort::RefGlobal => 5,
        Sort::Data | Sort::Elem => 0,
        Sort::Window => FRAME - words(instr),
        Sort::RefWindow => REF_FRAME - 2,
    }
}

/// Values that are refused, and the rules that refuse them.
fn bad(instr: &Instr, kind: Kind) -> Vec<(u64, Rule)> {
    match kind.sort() {
        Sort::Acc | Sort::FAcc | Sort::Signed | Sort::Targets => vec![],
        Sort::Unsigned if usize::from(instr.row) == Row::trap.index() => {
            vec![(0, Rule::TrapNumber), (255, Rule::TrapNumber)]
        }
        Sort::Unsigned => vec![],
        Sort::Slot => vec![(FRAME, Rule::Slot), (255, Rule::Slot), (65535, Rule::Slot)],
        Sort::RefSlot => vec![(REF_FRAME, Rule::RefSlot), (65535, Rule::RefSlot)],
        Sort::Forward => vec![
            (0, Rule::Forward),
            (length(instr) + 3, Rule::Forward),
            (length(instr) + 1, Rule::TargetStart),
            (65535, Rule::Forward),
            (u64::from(u32::MAX), Rule::Forward),
        ],
        Sort::Backward => vec![
            (BEFORE + 1, Rule::Backward),
            (1, Rule::TargetStart),
            (65535, Rule::Backward),
            (u64::from(u32::MAX), Rule::Backward),
        ],
        Sort::Func if is_plain_call(instr) => vec![(1, Rule::PlainCall), (2, Rule::Func), (65535, Rule::Func)],
        Sort::Func => vec![(2, Rule::Func), (u64::from(u32::MAX), Rule::Func)],
        Sort::ImportedFunc => vec![(2, Rule::ImportedFunc), (65535, Rule::ImportedFunc)],
        Sort::AnyFunc => vec![(4, Rule::AnyFunc), (u64::from(u32::MAX), Rule::AnyFunc)],
        Sort::TypeIndex => vec![(3, Rule::TypeIndex), (65535, Rule::TypeIndex)],
        Sort::Table => vec![(2, Rule::Table), (65535, Rule::Table)],
        Sort::Global => {
            let mut out = vec![(2, Rule::Global), (3, Rule::Global), (65535, Rule::Global)];
            out.extend(writes(instr).then_some((0, Rule::Global)));
            out
        }
        Sort::ImportedGlobal => {
            let mut out = vec![(2, Rule::ImportedGlobal), (3, Rule::ImportedGlobal)];
            out.extend(writes(instr).then_some((0, Rule::ImportedGlobal)));
            out
        }
        Sort::RefGlobal => {
            let mut out = vec![(0, Rule::RefGlobal), (4, Rule::RefGlobal), (6, Rule::RefGlobal)];
            out.extend(writes(instr).then_some((2, Rule::RefGlobal)));
            out
        }
        Sort::Data => vec![(1, Rule::Data), (u64::from(u32::MAX), Rule::Data)],
        Sort::Elem => vec![(1, Rule::Elem), (u64::from(u32::MAX), Rule::Elem)],
        Sort::Window => vec![(0, Rule::Window), (FRAME - words(instr) + 1, Rule::Window), (65535, Rule::Window)],
        Sort::RefWindow => vec![(REF_FRAME - 1, Rule::RefWindow), (65535, Rule::RefWindow)],
    }
}

fn expect(result: Result<(), Error>, rule: Rule, what: impl std::fmt::Debug) {
    match result {
        Ok(()) => panic!("{what:?} is accepted"),
        Err(error) => assert_eq!(error.rule(), Some(rule), "{what:?}: {error}"),
    }
}

#[test]
fn every_operand_of_every_instruction() {
    for (opcode, instr) in STANDARD.instrs.iter().enumerate() {
        let Some(instr) = instr else { continue };
        let (opcode, row) = (opcode as u16, usize::from(instr.row));
        let name = STANDARD.name(opcode).unwrap();
        let ref_frame = if is_plain_call(instr) { 0 } else { REF_FRAME };
        let values: Vec<u64> = instr.operands().iter().map(|k| good(instr, *k)).collect();
        let entries = if has_targets(instr).is_some() { vec![length(instr) as u32; 3] } else { vec![] };
        let result = verdict(around(opcode, &values, &entries), ref_frame, all_groups());
        if row == Row::leave.index() {
            expect(result, Rule::Leave, name);
            continue;
        }
        assert_eq!(result, Ok(()), "{name}");

        let group = STANDARD.row(instr).group;
        let fewer = Groups(all_groups().0 & !group.bit());
        if group != Group::base {
            expect(verdict(around(opcode, &values, &entries), ref_frame, fewer), Rule::GroupNamed, &name);
        }
        for (i, kind) in instr.operands().iter().enumerate() {
            for (value, rule) in bad(instr, *kind).into_iter().filter(|(value, _)| fits(*kind, *value)) {
                let mut values = values.clone();
                values[i] = value;
                let result = verdict(around(opcode, &values, &entries), ref_frame, all_groups());
                expect(result, rule, (&name, i, value));
            }
        }
        for entry in 0..entries.len() {
            for (distance, rule) in [
                (0, Rule::Targets),
                (length(instr) as u32 + 1, Rule::TargetStart),
                (length(instr) as u32 + 3, Rule::Targets),
            ] {
                let mut entries = entries.clone();
                entries[entry] = distance;
                expect(verdict(around(opcode, &values, &entries), ref_frame, all_groups()), rule, (&name, distance));
            }
        }
        let used: usize = 2 + instr.operands().iter().map(|k| k.size()).sum::<usize>();
        if !used.is_multiple_of(2) {
            let mut code = around(opcode, &values, &entries);
            code[2 * BEFORE as usize + used] = 1;
            expect(verdict(code, ref_frame, all_groups()), Rule::Padding, &name);
        }
        // Cut off inside the instruction, which is the last.
        let mut code = vec![];
        encode(&STANDARD, opcode, &values, &entries, &mut code).unwrap();
        if code.len() > 2 {
            code.truncate(code.len() - 2);
            let error = verdict(code, ref_frame, all_groups()).unwrap_err();
            let rules = [Rule::InstrEnd, Rule::Targets, Rule::Forward, Rule::Backward, Rule::TargetStart];
            assert!(rules.contains(&error.rule().unwrap()), "{name}: {error}");
        }
    }
}

/// Slots at all places of wide frames, where the check of several at once has its edges.
#[test]
fn slots_against_frames_of_any_size() {
    for frame in [0, 1, 2, 127, 128, 129, 254, 255, 256, 257, 1000] {
        for slot in [0u64, 1, 2, 126, 127, 128, 129, 253, 254, 255] {
            let copies = STANDARD.find(Row::copy3.index(), &[Kind::Slot; 6]).unwrap();
            for place in 0..6 {
                let mut values = [0; 6];
                values[place] = slot;
                let mut code = vec![];
                encode(&STANDARD, copies, &values, &[], &mut code).unwrap();
                code.extend(ret());
                let function = Function { ty: 1, frame, ref_frame: 0, code: code.into() };
                let result = Module::load(file(function, all_groups()));
                assert_eq!(result.is_ok(), slot < u64::from(frame) && frame > 0, "{slot} of {frame} at {place}");
            }
        }
    }
}

fn function(ty: u16, frame: u16, ref_frame: u16, code: Vec<u8>) -> Result<(), Error> {
    let function = Function { ty, frame, ref_frame, code: code.into() };
    Module::load(file(function, all_groups())).map(|_| ()).map_err(|e| e.format_error().clone())
}

#[test]
fn functions_and_frames() {
    assert_eq!(function(1, 0, 0, ret()), Ok(()));
    expect(function(0, 1, 0, ret()), Rule::FrameSize, "parameters");
    expect(function(2, 1, 1, ret()), Rule::FrameSize, "reference results");
    assert_eq!(function(2, 1, 2, ret()), Ok(()));
    expect(function(1, 0, 0, vec![]), Rule::FuncEnds, "empty");
    let mut falls = ret();
    nothing(&mut falls);
    expect(function(1, 1, 0, falls), Rule::FallsOff, "falls off");
    expect(function(1, 1, 0, vec![0xff, 0x7f]), Rule::Opcode, "opcode");
    expect(function(1, 1, 0, vec![0xff, 0xff]), Rule::Opcode, "private opcode");
    let mut value = vec![];
    push(&mut value, Row::ret_value, &[Kind::Acc], &[0]);
    assert_eq!(function(0, 2, 0, value.clone()), Ok(()));
    expect(function(1, 2, 0, value.clone()), Rule::RetValue, "no results");
    expect(function(2, 2, 2, value), Rule::RetValue, "reference results");
    // One unit more than a function may have.
    let long = ret().repeat(1 << 20);
    assert_eq!(function(1, 0, 0, long.clone()), Ok(()));
    expect(function(1, 0, 0, [long, ret()].concat()), Rule::FuncLength, "long");
    // A caller with references and a plain call.
    let mut call = vec![];
    push(&mut call, Row::call, &[Kind::Func16, Kind::Window], &[0, 1]);
    call.extend(ret());
    assert_eq!(function(0, 3, 0, call.clone()), Ok(()));
    expect(function(0, 3, 1, call), Rule::PlainCall, "plain call");
}

/// Flipping any bit, with or without another, never panics.
#[test]
fn mutations_never_panic() {
    let mut code = vec![];
    nothing(&mut code);
    push(&mut code, Row::br_i32_lt_s, &[Kind::Fwd16, Kind::Slot, Kind::Slot], &[3, 0, 1]);
    push(&mut code, Row::br_i32_eqz, &[Kind::Back16, Kind::Acc], &[5, 0]);
    let table = STANDARD.find(Row::br_table.index(), &[Kind::Targets16, Kind::Acc]).unwrap();
    encode(&STANDARD, table, &[0, 0], &[4, 5], &mut code).unwrap();
    code.extend(ret());
    push(&mut code, Row::call_refs, &[Kind::Func32, Kind::Window, Kind::RefWindow], &[1, 1, 1]);
    push(&mut code, Row::ref_func, &[Kind::AnyFunc, Kind::RefSlot], &[1, 1]);
    push(&mut code, Row::trap, &[Kind::U8], &[1]);
    let function = Function { ty: 2, frame: 4, ref_frame: 3, code: code.into() };
    let bytes = file(function, all_groups());
    Module::load(bytes.clone()).unwrap();
    let mut accepted = 0;
    for bit in 0..bytes.len() * 8 {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(Module::load(bytes.clone()).is_err());
        if reseal(&mut bytes) {
            accepted += usize::from(Module::load(bytes).is_ok());
        }
    }
    assert!(accepted > 0);
}

#[test]
fn misaligned_bytes_are_copied() {
    let bytes = file(Function { ty: 1, frame: 0, ref_frame: 0, code: ret().into() }, all_groups());
    for shift in 0..4 {
        let mut shifted = vec![0; shift];
        shifted.extend_from_slice(&bytes);
        let shifted: &'static [u8] = shifted.leak();
        let module = Module::load(&shifted[shift..]).unwrap();
        assert_eq!(module.bytes(), bytes);
        assert_eq!(module.bytes().as_ptr().addr() % 4, 0);
    }
    // SAFETY: `load` has just accepted these bytes.
    let module = unsafe { Module::load_preverified(bytes) }.unwrap();
    assert_eq!(module.imports().len(), 5);
    assert_eq!(module.imports().nth(1).unwrap().ty().to_string(), "func (funcref, i32) -> (funcref, externref)");
}
