//! Instructions that the driver carries out: what may call the host, move memory, or take long.

use super::driver::{Run, Then};
use super::operand;
use super::reference::{self, RefSort};
use crate::error::Error;
use crate::forms::{self, Form, Operand};
use crate::memory;
use crate::module::Module;
use crate::table;
use crate::trap::TrapCode;
use crate::val::check_cell;
use core::ops::Range;
use hardtack_format::isa::{Body, Row};
use hardtack_format::operand::Sort;

/// Bytes of a bulk operation that cost one.
pub(super) const BYTES: usize = 64;
/// Elements that cost one.
const CELLS: usize = BYTES / size_of::<u64>();
/// What a piece of a bulk operation costs, which is charged before it is done.
pub(super) const PIECE: usize = 1 << 10;

/// What a growth that fails returns.
const FAILED: u64 = u32::MAX as u64;

/// The instruction that a run stands at.
struct Operands {
    pc: *const u8,
    form: &'static Form,
}

impl Operands {
    /// Decodes the instruction at `pc`.
    fn at(run: &Run<'_>) -> Option<(Row, Operands)> {
        let pc = run.cx.pc;
        // SAFETY: between two instructions `pc` is at one of verified code, aligned to its units.
        let opcode = u16::from_le(unsafe { pc.cast::<u16>().read() });
        let form = Form::of(opcode);
        Some((form.row?, Operands { pc, form }))
    }

    /// The operand as it stands in the code.
    fn raw(&self, operand: usize) -> usize {
        let Operand { kind, at } = self.form.operands()[operand];
        let at = self.pc.wrapping_add(at as usize);
        // SAFETY: the instruction lies in its function's code (rule V23), and there its operands (layout of its form).
        unsafe { operand::raw(kind, at) as usize }
    }

    /// The instruction after it.
    fn after(&self) -> *const u8 {
        self.pc.wrapping_add(self.form.units as usize * 2)
    }

    /// The same as an offset, in bytes of the CODE section.
    fn offset_after(&self, run: &Run<'_>) -> u32 {
        (self.after().addr() - run.cx.code.addr()) as u32
    }

    /// The value of a number operand.
    fn get(&self, run: &Run<'_>, operand: usize) -> u32 {
        match self.form.operands()[operand].kind.sort() {
            // SAFETY: rule V20.
            Sort::Slot => unsafe { *run.cx.frame.add(self.raw(operand)) as u32 },
            Sort::Acc => run.cx.acc as u32,
            sort => unreachable!("{sort:?} is no number of a slow instruction"),
        }
    }

    /// Writes a number operand.
    fn set(&self, run: &mut Run<'_>, operand: usize, value: u64) {
        match self.form.operands()[operand].kind.sort() {
            // SAFETY: rule V20.
            Sort::Slot => unsafe { *run.cx.frame.add(self.raw(operand)) = value },
            Sort::Acc => run.cx.acc = value,
            sort => unreachable!("{sort:?} is no destination of a slow instruction"),
        }
    }

    /// The value of a reference operand.
    fn get_ref(&self, run: &Run<'_>, operand: usize) -> u64 {
        assert_eq!(self.form.operands()[operand].kind.sort(), Sort::RefSlot);
        // SAFETY: rule V21.
        unsafe { *run.cx.refs.add(self.raw(operand)) }
    }

    /// Writes a reference operand.
    fn set_ref(&self, run: &mut Run<'_>, operand: usize, cell: u64) {
        assert_eq!(self.form.operands()[operand].kind.sort(), Sort::RefSlot);
        // SAFETY: rule V21.
        unsafe { *run.cx.refs.add(self.raw(operand)) = cell }
    }
}

/// The slow rows and what carries each out; a row of the table that is missing here breaks the build.
macro_rules! slow_rows { ($( $row:ident => $carry_out:expr; )*) => {
    const fn is_carried_out(row: Row) -> bool {
        matches!(row, $( Row::$row )|*)
    }

    const _: () = {
        let mut i = 0;
        while i < Row::ALL.len() {
            if let Body::Hand { slow: true, .. } = Row::ALL[i].info().body {
                assert!(is_carried_out(Row::ALL[i]), "a slow row has nothing that carries it out");
            }
            i += 1;
        }
    };

    impl Run<'_> {
        /// Carries out the instruction at `pc` and goes on after it. What [`Then::Slow`] says of it is done or paid already.
        pub(super) fn slow(&mut self) -> Result<(), Error> {
            let Some((row, ops)) = Operands::at(self) else { unreachable!("verified code has no such opcode (rule V22)") };
            let carry_out: fn(&mut Run<'_>, &Operands) -> Result<(), Error> = match row {
                $( Row::$row if const { forms::has_row(Row::$row.info()) } => $carry_out, )*
                other => unreachable!("{other:?} is not a slow row"),
            };
            carry_out(self, &ops)?;
            // A call has gone on already: after itself or in the callee.
            if row != Row::call_import {
                self.cx.pc = ops.after();
                self.then = Then::Dispatch;
            }
            Ok(())
        }
    }
} }

slow_rows! {
    call_import => |run, ops| run.call_import(ops);
    memory_grow => |run, ops| run.memory_grow(ops);
    memory_fill => |run, ops| run.memory_fill(ops.get(run, 0), ops.get(run, 1) as u8, ops.get(run, 2));
    memory_copy => |run, ops| run.memory_copy(ops.get(run, 0), ops.get(run, 1), ops.get(run, 2));
    memory_init => |run, ops| run.memory_init(ops.raw(0), ops.get(run, 1), ops.get(run, 2), ops.get(run, 3));
    data_drop => |run, ops| {
        let instance = run.current.instance as usize;
        run.entities().instances[instance].dropped_data[ops.raw(0)] = true;
        Ok(())
    };
    ref_func => |run, ops| {
        let instance = run.current.instance as usize;
        let func = run.entities().instances[instance].funcs.get(ops.raw(0));
        ops.set_ref(run, 1, reference::pack(RefSort::Func, 0, func));
        Ok(())
    };
    ref_global_get => |run, ops| {
        let global = run.global(ops.raw(0));
        let cell = run.entities().global_cell(global);
        ops.set_ref(run, 1, cell);
        Ok(())
    };
    ref_global_set => |run, ops| {
        let (global, cell) = (run.global(ops.raw(0)), ops.get_ref(run, 1));
        let entities = run.entities();
        check_cell(cell, entities.globals[global as usize].ty.content())?;
        entities.set_global_cell(global, cell);
        Ok(())
    };
    table_get => |run, ops| {
        let (table, index) = (run.table(ops.raw(0)), ops.get(run, 2));
        let cell = run.entities().tables[table].cells().get(index as usize).copied();
        ops.set_ref(run, 1, cell.ok_or(TrapCode::TableOutOfBounds)?);
        Ok(())
    };
    table_set => |run, ops| {
        let (table, index, cell) = (run.table(ops.raw(0)), ops.get(run, 1), ops.get_ref(run, 2));
        let table = &mut run.entities().tables[table];
        check_cell(cell, table.ty().element())?;
        *table.cells_mut().get_mut(index as usize).ok_or(TrapCode::TableOutOfBounds)? = cell;
        Ok(())
    };
    table_size => |run, ops| {
        let table = run.table(ops.raw(0));
        let size = run.entities().tables[table].cells().len() as u64;
        ops.set(run, 1, size);
        Ok(())
    };
    table_grow => |run, ops| run.table_grow(ops);
    table_fill => |run, ops| {
        run.table_fill(ops.raw(0), ops.get(run, 1), ops.get_ref(run, 2), ops.get(run, 3))
    };
    table_copy => |run, ops| {
        run.table_copy((ops.raw(0), ops.get(run, 2)), (ops.raw(1), ops.get(run, 3)), ops.get(run, 4))
    };
    table_init => |run, ops| {
        run.table_init(ops.raw(0), ops.raw(1), ops.get(run, 2), ops.get(run, 3), ops.get(run, 4))
    };
    elem_drop => |run, ops| {
        let instance = run.current.instance as usize;
        run.entities().instances[instance].elems[ops.raw(0)] = [].into();
        Ok(())
    };
}

/// Where `len` things from `at` on lie, if they end within `size`.
#[inline(always)]
pub(super) fn range(at: u32, len: u32, size: usize) -> Option<Range<usize>> {
    let end = at as u64 + len as u64;
    (end <= size as u64).then_some(at as usize..end as usize)
}

/// The bytes of a data segment.
fn segment_bytes(module: &Module, segment: usize) -> &[u8] {
    module.part(module.datas()[segment].bytes)
}

/// Cuts a range into pieces of at most `step`.
fn pieces(range: Range<usize>, step: usize) -> impl DoubleEndedIterator<Item = Range<usize>> {
    let Range { start, end } = range;
    (0..(end - start).div_ceil(step)).map(move |i| start + i * step..(start + (i + 1) * step).min(end))
}

/// The pieces in which a range is to be copied so that none is overwritten before its turn, with where each goes.
fn moves(from: Range<usize>, to: usize, step: usize) -> impl Iterator<Item = (Range<usize>, usize)> {
    let start = from.start;
    let mut rest = pieces(from, step);
    core::iter::from_fn(move || {
        let piece = if to <= start { rest.next() } else { rest.next_back() }?;
        let to = to + (piece.start - start);
        Some((piece, to))
    })
}

// What takes much native stack isn't inlined into `slow`: calls from host functions stand on the frame of that.
impl Run<'_> {
    fn call_import(&mut self, ops: &Operands) -> Result<(), Error> {
        let instance = self.current.instance as usize;
        let func = self.entities().instances[instance].funcs.get(ops.raw(0));
        self.call(func, ops.raw(1), ops.raw(2), ops.offset_after(self))
    }

    /// A `call_indirect` whose element is of the right type and not of this instance.
    pub(super) fn cross(&mut self) -> Result<(), Error> {
        let Some((Row::call_indirect, ops)) = Operands::at(self) else {
            unreachable!("only `call_indirect` leaves for another instance")
        };
        let (table, index) = (self.table(ops.raw(1)), ops.get(self, 4));
        let cell = self.entities().tables[table].cells()[index as usize];
        self.call(reference::number(cell), ops.raw(2), ops.raw(3), ops.offset_after(self))
    }

    /// The callee of the call at `pc` that stays within the instance, and its windows; `None` at any other instruction.
    #[cold]
    #[inline(never)]
    pub(super) fn callee(&mut self) -> Option<(u32, usize, usize)> {
        let (_, ops) = Operands::at(self)?;
        let place = |wanted: &[Sort]| ops.form.operands().iter().position(|o| wanted.contains(&o.kind.sort()));
        let window = ops.raw(place(&[Sort::Window])?);
        let ref_window = place(&[Sort::RefWindow]).map_or(0, |operand| ops.raw(operand));
        let func = match (place(&[Sort::Func]), place(&[Sort::Table]), place(&[Sort::Slot, Sort::Acc])) {
            (Some(func), _, _) => ops.raw(func) as u32,
            // The handler has looked at the element.
            (None, Some(table), Some(index)) => {
                let (table, index) = (self.table(ops.raw(table)), ops.get(self, index));
                let entities = self.entities();
                let cell = entities.tables[table].cells()[index as usize];
                entities.func_entries[reference::number(cell) as usize].func
            }
            _ => return None,
        };
        Some((func, window, ref_window))
    }

    /// Carries out a bulk operation on a range that goes to another, piece by piece, each charged before: so many things cost one.
    ///
    /// After a lack of fuel it goes on where it was: what is done isn't done again, nor what is charged charged again.
    fn bulk(
        &mut self,
        cost_one: usize,
        from: Range<usize>,
        to: usize,
        carry_out: &mut dyn FnMut(&mut Self, Range<usize>, usize),
    ) -> Result<(), Error> {
        self.step(0, 1)?;
        // The piece that was charged last is still to be done.
        let done = if let Then::Slow(charged) = self.then { charged.saturating_sub(2) } else { 0 };
        for (step, (piece, to)) in (1..).zip(moves(from, to, cost_one * PIECE)).skip(done) {
            self.step(step, (piece.len() / cost_one) as u64)?;
            carry_out(self, piece, to);
        }
        Ok(())
    }

    /// Charges a step of the instruction at `pc`, unless that was done before a lack of fuel.
    fn step(&mut self, step: usize, amount: u64) -> Result<(), Error> {
        match self.then {
            Then::Slow(charged) if step < charged => Ok(()),
            Then::Slow(_) | Then::Dispatch | Then::Host(..) => {
                self.then = Then::Slow(step + 1);
                self.charge(amount)
            }
        }
    }

    /// The store's number of a global of the running instance.
    fn global(&mut self, index: usize) -> u32 {
        let instance = self.current.instance as usize;
        self.entities().instances[instance].globals[index]
    }

    /// The place in the store of a table of the running instance.
    fn table(&mut self, index: usize) -> usize {
        let instance = self.current.instance as usize;
        self.entities().instances[instance].tables[index] as usize
    }

    /// The store's number of the running instance's memory.
    fn memory(&mut self) -> Option<u32> {
        let instance = self.current.instance as usize;
        self.entities().instances[instance].memories.first().copied()
    }

    /// The bytes of the running instance's memory; none if it has no memory.
    fn bytes(&mut self) -> &mut [u8] {
        match self.memory() {
            Some(memory) => self.entities().memories[memory as usize].bytes.as_mut_slice(),
            None => &mut [],
        }
    }

    #[inline(never)]
    fn memory_grow(&mut self, ops: &Operands) -> Result<(), Error> {
        let delta = ops.get(self, 1) as u64;
        let mut old = None;
        if let Some(memory) = self.memory() {
            // What the type forbids is not charged by the page: no page is made.
            let fits = self.entities().memories[memory as usize].has_room_for(delta);
            self.step(0, if fits { 1 + delta } else { 1 })?;
            old = memory::grow(self.store(), memory, delta)?;
            self.reload_memory();
        }
        ops.set(self, 0, old.unwrap_or(FAILED));
        Ok(())
    }

    #[inline(never)]
    fn memory_fill(&mut self, to: u32, value: u8, len: u32) -> Result<(), Error> {
        let to = range(to, len, self.bytes().len()).ok_or(TrapCode::MemoryOutOfBounds)?;
        let start = to.start;
        self.bulk(BYTES, to, start, &mut |run, piece, _| run.bytes()[piece].fill(value))
    }

    #[inline(never)]
    fn memory_copy(&mut self, to: u32, from: u32, len: u32) -> Result<(), Error> {
        let size = self.bytes().len();
        let to = range(to, len, size).ok_or(TrapCode::MemoryOutOfBounds)?;
        let from = range(from, len, size).ok_or(TrapCode::MemoryOutOfBounds)?;
        self.bulk(BYTES, from, to.start, &mut |run, piece, to| run.bytes().copy_within(piece, to))
    }

    #[inline(never)]
    fn memory_init(&mut self, segment: usize, to: u32, from: u32, len: u32) -> Result<(), Error> {
        let number = self.current.instance as usize;
        let to = range(to, len, self.bytes().len()).ok_or(TrapCode::MemoryOutOfBounds)?;
        let instance = &self.entities().instances[number];
        let size = if instance.dropped_data[segment] { 0 } else { segment_bytes(&instance.module, segment).len() };
        let from = range(from, len, size).ok_or(TrapCode::MemoryOutOfBounds)?;
        let memory = self.memory();
        self.bulk(BYTES, from, to.start, &mut |run, piece, to| {
            // Without a memory there are no pieces.
            let Some(memory) = memory else { return };
            let entities = run.entities();
            let bytes = entities.memories[memory as usize].bytes.as_mut_slice();
            bytes[to..to + piece.len()]
                .copy_from_slice(&segment_bytes(&entities.instances[number].module, segment)[piece]);
        })
    }

    #[inline(never)]
    fn table_grow(&mut self, ops: &Operands) -> Result<(), Error> {
        let (table, cell, delta) = (self.table(ops.raw(0)), ops.get_ref(self, 2), ops.get(self, 3) as u64);
        let ty = self.entities().tables[table].ty();
        check_cell(cell, ty.element())?;
        let fits = table::has_room_for(&ty, delta);
        self.step(0, if fits { 1 + delta / 8 } else { 1 })?;
        let old = table::grow(self.store(), table as u32, delta, cell)?;
        ops.set(self, 1, old.unwrap_or(FAILED));
        Ok(())
    }

    #[inline(never)]
    fn table_fill(&mut self, table: usize, to: u32, cell: u64, len: u32) -> Result<(), Error> {
        let table = self.table(table);
        let entity = &self.entities().tables[table];
        check_cell(cell, entity.ty().element())?;
        let to = range(to, len, entity.cells().len()).ok_or(TrapCode::TableOutOfBounds)?;
        let start = to.start;
        self.bulk(CELLS, to, start, &mut |run, piece, _| run.entities().tables[table].cells_mut()[piece].fill(cell))
    }

    #[inline(never)]
    fn table_copy(&mut self, to: (usize, u32), from: (usize, u32), len: u32) -> Result<(), Error> {
        let (to_table, from_table) = (self.table(to.0), self.table(from.0));
        let tables = &self.entities().tables;
        let to = range(to.1, len, tables[to_table].cells().len()).ok_or(TrapCode::TableOutOfBounds)?;
        let from = range(from.1, len, tables[from_table].cells().len()).ok_or(TrapCode::TableOutOfBounds)?;
        // Tables hold only references of their types, so if the types are equal the cells needn't be looked at.
        let ty = tables[to_table].ty().element();
        if ty != tables[from_table].ty().element() {
            return Err(TrapCode::InvalidReference.into());
        }
        self.bulk(CELLS, from, to.start, &mut |run, piece, to| {
            let tables = &mut run.entities().tables;
            if to_table == from_table {
                tables[to_table].cells_mut().copy_within(piece, to);
            } else {
                let len = piece.len();
                let [into, out_of] = tables.get_disjoint_mut([to_table, from_table]).expect("two tables of the store");
                into.cells_mut()[to..to + len].copy_from_slice(&out_of.cells()[piece]);
            }
        })
    }

    #[inline(never)]
    fn table_init(&mut self, table: usize, segment: usize, to: u32, from: u32, len: u32) -> Result<(), Error> {
        let (table, number) = (self.table(table), self.current.instance as usize);
        let entities = self.entities();
        let entity = &entities.tables[table];
        let elem = &entities.instances[number].elems[segment];
        let to = range(to, len, entity.cells().len()).ok_or(TrapCode::TableOutOfBounds)?;
        let from = range(from, len, elem.len()).ok_or(TrapCode::TableOutOfBounds)?;
        // A segment holds only references of its type (rule V68), so if the types are equal the cells needn't be looked at.
        if entity.ty().element() != entities.instances[number].module.elems()[segment].ty {
            return Err(TrapCode::InvalidReference.into());
        }
        self.bulk(CELLS, from, to.start, &mut |run, piece, to| {
            let entities = run.entities();
            let cells = &entities.instances[number].elems[segment][piece];
            entities.tables[table].cells_mut()[to..to + cells.len()].copy_from_slice(cells);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn ranges_end_within() {
        assert_eq!(range(2, 3, 5), Some(2..5));
        assert_eq!(range(2, 4, 5), None);
        // Not with pointers of 32 bits.
        let end = (u32::MAX as usize).checked_mul(2);
        assert_eq!(range(u32::MAX, u32::MAX, usize::MAX), end.map(|end| u32::MAX as usize..end));
        assert_eq!(range(5, 0, 5), Some(5..5));
    }

    #[test]
    fn overlapping_moves_in_pieces_are_one_move() {
        for (from, to) in [(3, 9), (9, 3), (4, 4)] {
            let mut whole: Vec<usize> = (0..40).collect();
            let mut cut = whole.clone();
            whole.copy_within(from..from + 23, to);
            for (piece, to) in moves(from..from + 23, to, 5) {
                cut.copy_within(piece, to);
            }
            assert_eq!(whole, cut);
        }
    }
}
