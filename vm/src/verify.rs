//! The verifier: the only constructor of verified code.
//!
//! One pass over each function, from its first instruction to its last. Everything an instruction needs is checked by the
//! kinds of its operands alone, so no state is carried from one instruction to the next. Two bitmaps say where
//! instructions begin and where forward branches go; at the end of a function no target may be outside of the starts.
//!
//! [`Verifier::slowly`] checks an instruction operand by operand and finds the words for a refusal. Most instructions don't get
//! there: for each opcode a [`Form`] says where its one-byte slots and its short branch distance lie, and
//! [`Verifier::quickly`] accepts what has nothing else by comparing eight bytes at once. What it doesn't accept goes the slow way,
//! so it decides nothing. Measured (x86-64, 3 GHz, a random mix of modes): 1.9 ns a byte
//! of code instead of 7.8. Where the next instruction begins is looked up apart from the form, and branches forwards are no case of
//! their own, since the processor can't predict which instructions have one: together with a quick way for calls two thirds of that again.

#[cfg(not(feature = "compact"))]
use crate::forms::Rest;
use crate::forms::{Form, LEFT_OUT, Operand};
use crate::module::{Set, form_in, units_in};
use alloc::vec;
use alloc::vec::Vec;
use hardtack_format::check::{Checked, TypeWords};
use hardtack_format::detail;
use hardtack_format::disasm::entry_size;
use hardtack_format::error::{DETAILS, Detail, Error, Malformed};
use hardtack_format::isa::{Opcode, Row, STANDARD};
use hardtack_format::meta::{ExternKind, Meta, Mutability};
use hardtack_format::module::FuncRecord;
use hardtack_format::operand::{Kind, Sort};
use hardtack_format::read::File;
use hardtack_format::rules::Rule;
use hardtack_format::trap::TrapCode;

/// Proof that a file's code keeps the rules.
#[derive(Debug)]
pub(crate) struct Verified(());

impl Verified {
    /// Proof by promise.
    ///
    /// # Safety
    /// [`verify`] must accept the file that it is used for.
    pub unsafe fn trust() -> Verified {
        Verified(())
    }
}

/// For each set of bytes the mask that selects them.
#[cfg(not(feature = "compact"))]
static MASKS: [u64; 256] = {
    let mut out = [0; 256];
    let mut set = 0;
    while set < 256 {
        let mut byte = 0;
        while byte < 8 {
            if set >> byte & 1 != 0 {
                out[set] |= 0xff << (byte * 8);
            }
            byte += 1;
        }
        set += 1;
    }
    out
};

/// A set of units of a function.
struct Bitmap {
    words: Vec<u64>,
}

impl Bitmap {
    fn new(units: usize) -> Bitmap {
        Bitmap { words: vec![0; units.div_ceil(64)] }
    }

    #[inline(always)]
    fn insert(&mut self, unit: usize) {
        self.words[unit / 64] |= 1 << (unit % 64);
    }

    /// Inserts a unit if `is` is 1, and not if it is 0.
    #[cfg(not(feature = "compact"))]
    #[inline(always)]
    fn insert_if(&mut self, unit: usize, is: usize) {
        self.words[unit / 64] |= (is as u64) << (unit % 64);
    }

    #[inline(always)]
    fn has(&self, unit: usize) -> bool {
        self.words[unit / 64] >> (unit % 64) & 1 != 0
    }
}

/// What instructions may name.
struct Verifier<'a> {
    file: &'a File<'a>,
    checked: &'a Checked,
    set: &'a Set,
    imported_funcs: usize,
    imported_globals: usize,
    tables: usize,
    datas: usize,
    elems: usize,
    /// Of each global whether it is a reference and whether it may be written.
    globals: Vec<(bool, bool)>,
}

/// A function under verification.
#[derive(Clone, Copy)]
struct Function {
    number: u32,
    start: usize,
    end: usize,
    record: FuncRecord,
    /// How far the frame's size is below 256, in four lanes.
    #[cfg(not(feature = "compact"))]
    excess: u64,
}

/// Why an instruction is refused.
type Refusal = (Rule, Detail);

/// Checks the code of a file whose declarations are checked.
pub(crate) fn verify(file: &File<'_>, meta: &Meta<'_>, checked: &Checked, set: &Set) -> Result<Verified, Error> {
    let verifier = Verifier {
        file,
        checked,
        set,
        imported_funcs: meta.imported(ExternKind::Func) as usize,
        imported_globals: meta.imported(ExternKind::Global) as usize,
        tables: meta.tables.len(),
        datas: meta.datas.len(),
        elems: meta.elems.len(),
        globals: meta.globals.iter().map(|g| (g.ty.is_ref(), g.mutability == Mutability::Var)).collect(),
    };
    verifier.prologue()?;
    let functions = || {
        let mut start = FuncRecord::PROLOGUE.end as usize;
        file.funcs.iter().enumerate().map(move |(number, record)| {
            let end = record.end as usize;
            let function = Function {
                number: number as u32,
                start,
                end,
                record,
                #[cfg(not(feature = "compact"))]
                excess: 256u64.saturating_sub(record.frame.into()) * 0x0001_0001_0001_0001,
            };
            start = end;
            function
        })
    };
    let longest = functions().map(|f| f.end - f.start).max().unwrap_or(0);
    let (mut starts, mut targets) = (Bitmap::new(longest), Bitmap::new(longest));
    let mut groups = Row::leave.info().groups;
    for function in functions() {
        groups.0 |= u128::from(verifier.function(function, &mut starts, &mut targets)?);
    }
    let unnamed = groups.without(file.header.groups);
    if !unnamed.is_empty() {
        return Err(Error::malformed(Rule::GroupNamed, 16, detail!("the header does not name: {unnamed}")));
    }
    Ok(Verified(()))
}

impl Verifier<'_> {
    /// The operands of an instruction.
    fn operands(&self, opcode: Opcode, form: &'static Form) -> &'static [Operand] {
        match self.set {
            Some(installed) if installed.set.form(opcode).is_some() => form.operands_in(installed.set.operands()),
            _ => form.operands(),
        }
    }

    /// CODE begins with the instruction that bottom frames return to.
    fn prologue(&self) -> Result<(), Error> {
        let first = self.file.code.first_chunk().map(|b| u16::from_le_bytes(*b));
        if first.is_none_or(|opcode| Form::of(opcode).row != Some(Row::leave)) {
            let detail = detail!("the first instruction is {first:?}");
            return Err(Error::malformed(Rule::Leave, self.file.code_offset, detail));
        }
        Ok(())
    }

    /// Checks a function and gives the groups of its instructions. The bitmaps are empty before and after.
    fn function(&self, f: Function, starts: &mut Bitmap, targets: &mut Bitmap) -> Result<u8, Error> {
        let (mut at, mut ends, mut groups) = (f.start, false, 0);
        while at < f.end {
            let opcode = self.u16_at(at * 2);
            let form = form_in(self.set, opcode);
            starts.insert(at - f.start);
            let mut next = at + usize::from(units_in(self.set, opcode));
            if next <= f.end && self.quickly(f, at, next, form, starts, targets) {
                debug_assert_eq!(self.slowly(f, at, form, starts, targets), Ok(next));
            } else {
                next = self.slowly(f, at, form, starts, targets).map_err(|refusal| self.refuse(f, at, refusal))?;
            }
            ends = form.ends;
            groups |= form.groups;
            at = next;
        }
        if !ends {
            let last = detail!("function {} goes on at its end", f.number);
            return Err(self.refuse(f, f.end - 1, (Rule::FallsOff, last)));
        }
        self.meet(f, starts, targets)?;
        Ok(groups)
    }

    /// Whether the instruction in units `at..next` has only one-byte slots, constants and at most one short distance, or is a plain call
    /// or returns a value, and keeps its rules.
    #[cfg(not(feature = "compact"))]
    #[inline(always)]
    fn quickly(&self, f: Function, at: usize, next: usize, form: &Form, starts: &Bitmap, targets: &mut Bitmap) -> bool {
        // The header lies before CODE, so eight bytes lie before every end.
        let end = self.file.code_offset + next * 2;
        let mut tail = [0; 8];
        tail.copy_from_slice(&self.file.bytes[end - 8..end]);
        let tail = u64::from_le_bytes(tail);
        let slots = tail & MASKS[usize::from(form.quick.slots)];
        // In lanes of 16 bits, `f.excess` carries into bit 8 from slots that are not below the frame's size.
        let even = (slots & 0x00ff_00ff_00ff_00ff) + f.excess;
        let odd = (slots >> 8 & 0x00ff_00ff_00ff_00ff) + f.excess;
        let wrong = (even | odd) & 0x0100_0100_0100_0100 | (tail >> 56) & u64::from(form.padding);
        if wrong != 0 {
            return false;
        }
        let rest = form.quick.rest;
        match rest {
            // Which of the two it is the processor can't predict, so they are one way: without a distance it is 0 and marks nothing.
            Rest::None | Rest::Forward => {
                let forward = usize::from(rest == Rest::Forward);
                let distance = usize::from(self.u16_at(at * 2 + usize::from(form.quick.distance))) * forward;
                let inside = distance >= forward && distance < f.end - at;
                if inside {
                    targets.insert_if(at + distance - f.start, forward);
                }
                inside
            }
            Rest::Backward => {
                let distance = usize::from(self.u16_at(at * 2 + usize::from(form.quick.distance)));
                distance <= at - f.start && starts.has(at - distance - f.start)
            }
            Rest::Call => {
                let at = at * 2 + usize::from(form.quick.distance);
                let func = usize::from(self.u16_at(at));
                func < self.file.funcs.len() as usize
                    && self
                        .windows(f, Some(self.words_of(self.imported_funcs + func)), self.u16_at(at + 2).into(), None)
                        .is_ok()
            }
            Rest::Value => f.record.results == 1 && f.record.ref_results == 0,
            Rest::Others => false,
        }
    }

    /// A small VM has only the slow way.
    #[cfg(feature = "compact")]
    fn quickly(&self, _: Function, _: usize, _: usize, _: &Form, _: &Bitmap, _: &mut Bitmap) -> bool {
        false
    }

    /// Checks that forward branches go to instructions, and empties the bitmaps.
    fn meet(&self, f: Function, starts: &mut Bitmap, targets: &mut Bitmap) -> Result<(), Error> {
        let used = (f.end - f.start).div_ceil(64);
        let pairs = starts.words[..used].iter_mut().zip(&mut targets.words[..used]);
        for (i, (start, target)) in pairs.enumerate() {
            let stray = *target & !*start;
            if stray != 0 {
                let at = f.start + i * 64 + stray.trailing_zeros() as usize;
                return Err(self.refuse(f, at, (Rule::TargetStart, detail!("unit {at} is a branch target"))));
            }
            (*start, *target) = (0, 0);
        }
        Ok(())
    }

    /// Two bytes of CODE.
    #[inline(always)]
    fn u16_at(&self, byte: usize) -> u16 {
        let mut unit = [0; 2];
        unit.copy_from_slice(&self.file.code[byte..byte + 2]);
        u16::from_le_bytes(unit)
    }

    /// Checks a backward distance: all starts before the instruction are known.
    fn backward(&self, f: Function, at: usize, distance: usize, starts: &Bitmap) -> Result<(), Refusal> {
        if distance > at - f.start {
            return Err((Rule::Backward, detail!("goes back {distance} units")));
        }
        if !starts.has(at - distance - f.start) {
            return Err((Rule::TargetStart, detail!("unit {} is a branch target", at - distance)));
        }
        Ok(())
    }

    /// Checks an instruction operand by operand and gives where it ends, with its branch table.
    #[inline(never)]
    fn slowly(
        &self,
        f: Function,
        at: usize,
        form: &'static Form,
        starts: &Bitmap,
        targets: &mut Bitmap,
    ) -> Result<usize, Refusal> {
        let opcode = self.u16_at(at * 2);
        if !form.exists() {
            return Err((Rule::Opcode, self.missing(opcode)));
        }
        let operands = self.operands(opcode, form);
        let next = at + usize::from(form.units);
        if next > f.end {
            return Err((Rule::InstrEnd, self.name(opcode)));
        }
        if self.file.code[next * 2 - 1] & form.padding != 0 {
            return Err((Rule::Padding, self.name(opcode)));
        }
        let value = |i: usize| {
            let Operand { kind, at: offset } = operands[i];
            let (from, size) = (at * 2 + usize::from(offset), kind.size());
            let mut wide = [0; 8];
            wide[..size].copy_from_slice(&self.file.code[from..from + size]);
            u64::from_le_bytes(wide) as usize
        };
        if form.row == Some(Row::leave) {
            return Err((Rule::Leave, detail!("`leave` stands in a function")));
        }
        if form.row == Some(Row::trap) && TrapCode::from_number(value(0) as u8).is_none() {
            return Err((Rule::TrapNumber, detail!("trap {}", value(0))));
        }
        if form.row == Some(Row::ret_value) && (f.record.results != 1 || f.record.ref_results != 0) {
            let counts = (f.record.results, f.record.ref_results);
            return Err((Rule::RetValue, detail!("the results are {} numbers and {} references", counts.0, counts.1)));
        }

        let mut end = next;
        let mut callee = None;
        let (mut window, mut ref_window) = (None, None);
        for (i, Operand { kind, .. }) in operands.iter().enumerate() {
            let sort = kind.sort();
            // Most are numbers below a count.
            let (count, rule) = match sort {
                Sort::Acc | Sort::FAcc | Sort::Signed | Sort::Unsigned => continue,
                Sort::Forward => {
                    let distance = value(i);
                    if distance == 0 || distance >= f.end - at {
                        return Err((Rule::Forward, self.went(opcode, distance)));
                    }
                    targets.insert(at + distance - f.start);
                    continue;
                }
                Sort::Backward => {
                    self.backward(f, at, value(i), starts)?;
                    continue;
                }
                Sort::Targets => {
                    end = self.table(f, at, next, *kind, value(i), targets)?;
                    continue;
                }
                Sort::Window => {
                    window = Some(value(i));
                    continue;
                }
                Sort::RefWindow => {
                    ref_window = Some(value(i));
                    continue;
                }
                Sort::Slot => (usize::from(f.record.frame), Rule::Slot),
                Sort::RefSlot => (usize::from(f.record.ref_frame), Rule::RefSlot),
                Sort::Func => (self.file.funcs.len() as usize, Rule::Func),
                Sort::ImportedFunc => (self.imported_funcs, Rule::ImportedFunc),
                Sort::AnyFunc => (self.checked.func_types.len(), Rule::AnyFunc),
                Sort::TypeIndex => (self.checked.words.len(), Rule::TypeIndex),
                Sort::Table => (self.tables, Rule::Table),
                Sort::Global => (self.globals.len() - self.imported_globals, Rule::Global),
                Sort::ImportedGlobal => (self.imported_globals, Rule::ImportedGlobal),
                Sort::RefGlobal => (self.globals.len(), Rule::RefGlobal),
                Sort::Data => (self.datas, Rule::Data),
                Sort::Elem => (self.elems, Rule::Elem),
            };
            let v = value(i);
            if v >= count {
                return Err((rule, self.operand(opcode, i, v, count)));
            }
            match sort {
                Sort::Func => callee = Some(self.words_of(self.imported_funcs + v)),
                Sort::ImportedFunc => callee = Some(self.words_of(v)),
                Sort::TypeIndex => callee = Some(self.checked.words[v]),
                Sort::Global => self.global(self.imported_globals + v, false, form.writes_global, rule)?,
                Sort::ImportedGlobal => self.global(v, false, form.writes_global, rule)?,
                Sort::RefGlobal => self.global(v, true, form.writes_global, rule)?,
                Sort::Slot | Sort::RefSlot | Sort::AnyFunc | Sort::Table | Sort::Data | Sort::Elem => {}
                Sort::Acc | Sort::FAcc | Sort::Signed | Sort::Unsigned => {}
                Sort::Forward | Sort::Backward | Sort::Targets | Sort::Window | Sort::RefWindow => {}
            }
        }
        if let Some(window) = window {
            self.windows(f, callee, window, ref_window)?;
        }
        Ok(end)
    }

    /// What the type of a function takes, which there must be.
    fn words_of(&self, func: usize) -> TypeWords {
        self.checked.words[self.checked.func_types[func] as usize]
    }

    /// Checks the windows of a call against the callee and the caller's frames.
    fn windows(
        &self,
        f: Function,
        callee: Option<TypeWords>,
        window: usize,
        ref_window: Option<usize>,
    ) -> Result<(), Refusal> {
        let Some(words) = callee else {
            return Err((Rule::Window, "there is no callee".into()));
        };
        let (numbers, refs) = (usize::from(words.numbers()), usize::from(words.refs()));
        let (frame, ref_frame) = (usize::from(f.record.frame), usize::from(f.record.ref_frame));
        if window == 0 || window + numbers > frame {
            return Err((Rule::Window, detail!("{numbers} slots from {window} on in a frame of {frame}")));
        }
        match ref_window {
            Some(window) if window + refs > ref_frame => {
                Err((Rule::RefWindow, detail!("{refs} slots from {window} on in a reference frame of {ref_frame}")))
            }
            None if ref_frame != 0 || refs != 0 => {
                let detail =
                    detail!("the caller has a reference frame of {ref_frame}, the callee passes {refs} references");
                Err((Rule::PlainCall, detail))
            }
            _ => Ok(()),
        }
    }

    /// Checks a branch table and gives where it ends.
    fn table(
        &self,
        f: Function,
        at: usize,
        start: usize,
        kind: Kind,
        last: usize,
        targets: &mut Bitmap,
    ) -> Result<usize, Refusal> {
        let size = entry_size(kind);
        let end = start + (last + 1) * size / 2;
        if end > f.end {
            return Err((Rule::InstrEnd, detail!("{} entries of a branch table", last + 1)));
        }
        for (i, entry) in self.file.code[start * 2..end * 2].chunks_exact(size).enumerate() {
            let mut wide = [0; 4];
            wide[..size].copy_from_slice(entry);
            let distance = u32::from_le_bytes(wide) as usize;
            if distance == 0 || distance >= f.end - at {
                return Err((Rule::Targets, detail!("entry {i} goes {distance} units forwards")));
            }
            targets.insert(at + distance - f.start);
        }
        Ok(end)
    }

    fn global(&self, global: usize, reference: bool, written: bool, rule: Rule) -> Result<(), Refusal> {
        let (is_ref, mutable) = self.globals[global];
        if is_ref != reference || (written && !mutable) {
            let sort = if is_ref { "reference" } else { "number" };
            let mutability = if mutable { "mutable" } else { "immutable" };
            return Err((rule, detail!("global {global} is a {mutability} {sort}")));
        }
        Ok(())
    }

    #[cold]
    fn operand(&self, opcode: Opcode, i: usize, value: usize, count: usize) -> Detail {
        let Some(instr) = STANDARD.get(opcode).filter(|_| DETAILS) else {
            // What an application's own instructions are called isn't kept.
            return detail!("operand {i} of opcode {opcode:#06x} is {value}, and there are {count}");
        };
        let (row, kind) = (STANDARD.row(instr), instr.kinds[i].name());
        detail!("operand {} of {} is {kind} {value}, and there are {count}", row.operands[i], row.name)
    }

    /// Why there is no instruction with an opcode.
    #[cold]
    fn missing(&self, opcode: Opcode) -> Detail {
        if LEFT_OUT.binary_search(&opcode).is_ok() {
            return detail!("{} is left out of this VM", self.name(opcode));
        }
        detail!("{opcode:#06x} is not an opcode")
    }

    #[cold]
    fn went(&self, opcode: Opcode, distance: usize) -> Detail {
        detail!("{} goes {distance} units forwards", self.name(opcode))
    }

    #[cold]
    fn name(&self, opcode: Opcode) -> Detail {
        let name = if DETAILS { STANDARD.name(opcode) } else { None };
        name.map_or_else(|| detail!("opcode {opcode:#06x}"), Detail::from)
    }

    #[cold]
    fn refuse(&self, f: Function, at: usize, (rule, detail): Refusal) -> Error {
        let offset = self.file.code_offset + at * 2;
        Error::Malformed(Malformed { rule, offset, func: Some(f.number), detail })
    }
}
