//! Handlers of what no expression tells: calls, returns, branch tables, references.
//!
//! Each is generic like the table's own: one type parameter for each operand of its row. What they share is inlined into each for speed;
//! a small VM (feature `compact`) has it once.
#![allow(non_camel_case_types, unused_variables)]

use super::context::{Context, Exit, FuncEntry};
use super::handlers::{
    CHARGED, Handler, at_cache_line, depart, exit, fetch, handler_fn, len, next, out_of_slice, trap as leave_with,
};
use super::operand::{Operand, Registers};
use super::reference::{self, RefSort};
use hardtack_format::module::FuncRecord;
use hardtack_format::prim::Bits;
use hardtack_format::trap::TrapCode;

handler_fn! {
    pub(crate) unsafe fn leave(pc, frame, mem, cx, acc, facc, _head) {
        exit!(Exit::LEAVE, pc, frame, cx, acc, facc)
    }
}

handler_fn! {
    pub(crate) unsafe fn trap[k: Operand](pc, frame, mem, cx, acc, facc, head) {
        fetch!(pc [k] (0usize) k);
        // SAFETY: `depart` takes the state of any running activation.
        unsafe { depart(pc, frame, Exit(Exit::TRAP | k::number(k) as u32).as_base(), cx, acc, facc, head) }
    }
}

/// The record of a function that the running instance's module defines.
#[derive(Clone, Copy)]
struct Record(*const u8);

impl Record {
    /// The record with a number.
    ///
    /// # Safety
    /// `func` is below the number of functions that the module defines (rule V40; for an element, its function entry).
    #[inline(always)]
    unsafe fn of(cx: *mut Context, func: usize) -> Record {
        // SAFETY: FUNCS holds a record for each function and one before them (rule V11).
        Record(unsafe { (*cx).funcs.add(func * FuncRecord::LEN) })
    }

    /// Reads 16 bits of the record.
    #[inline(always)]
    unsafe fn half(self, at: usize) -> usize {
        // SAFETY: records are `FuncRecord::LEN` bytes long and aligned to 4 (rules V8, V11).
        u16::from_le(unsafe { self.0.add(at).cast::<u16>().read() }) as usize
    }

    /// Where the code ends, in units.
    #[inline(always)]
    unsafe fn end(self) -> usize {
        // SAFETY: as for `half`.
        u32::from_le(unsafe { self.0.add(FuncRecord::END).cast::<u32>().read() }) as usize
    }

    /// Where the code begins: where the function before it ends.
    #[inline(always)]
    unsafe fn start(self) -> usize {
        // SAFETY: rule V11: there is a record before the first function's.
        unsafe { Record(self.0.sub(FuncRecord::LEN)).end() }
    }
}

/// Enters a function of the running instance that needs no reference frame, from a function that has none or leaves it as it is.
/// `refs` goes on where that isn't so, `overflow` where the stack has no room: handlers of the same operands, which decode them
/// again. Written so that everything fits the registers that a handler may use freely.
///
/// A call that finds no room is tried again when there is some, so nothing is written before: the index of an element may lie where the
/// header goes.
///
/// # Safety
/// `pc` is at a verified call of this length with this window (rule V50), and `func` is a function that the module defines.
#[cfg_attr(not(feature = "compact"), inline(always))]
#[cfg_attr(feature = "compact", inline(never))]
#[allow(clippy::too_many_arguments)]
unsafe fn enter(
    func: usize,
    window: usize,
    length: usize,
    refs: Handler,
    overflow: Handler,
    pc: *const u8,
    mem: *mut u8,
    cx: *mut Context,
    r: Registers,
) -> Exit {
    // SAFETY: the window lies within the caller's frame (V50), the callee's frame is checked against the stack here, and
    // records' code lies within the CODE section (V12).
    unsafe {
        let record = Record::of(cx, func);
        if record.half(FuncRecord::REF_FRAME) != 0 {
            return refs(pc, r.frame, mem, cx, r.acc, r.facc, r.head);
        }
        let frame = r.frame.add(window);
        if ((*cx).stack_end as usize - frame as usize) < record.half(FuncRecord::FRAME) * size_of::<Bits>() {
            return overflow(pc, frame, mem, cx, r.acc, r.facc, r.head);
        }
        write_header(frame, pc.add(length).offset_from((*cx).code) as u32, window as u32);
        begin(record, frame, mem, cx, r)
    }
}

/// Where the low half of a word lies in it, counted in halves.
const LOW: usize = cfg!(target_endian = "big") as usize;

/// Writes the header below a frame: where to return, and how far back the caller's frames lie (numbers in the low half of
/// `distances`). In halves: put together first they would need more registers than a handler may use freely.
///
/// # Safety
/// There is a word below the frame that belongs to the header (rule V50).
#[inline(always)]
unsafe fn write_header(frame: *mut Bits, back: u32, distances: u32) {
    // SAFETY: the caller's promise.
    unsafe {
        let halves = frame.sub(1).cast::<u32>();
        halves.add(LOW).write(back);
        halves.add(1 - LOW).write(distances);
    }
}

/// Begins to execute a function whose frame is set up, charging for the call.
///
/// # Safety
/// The record is the one of a verified function, and its frames are within the stacks.
#[cfg_attr(not(feature = "compact"), inline(always))]
#[cfg_attr(feature = "compact", inline(never))]
unsafe fn begin(record: Record, frame: *mut Bits, mem: *mut u8, cx: *mut Context, r: Registers) -> Exit {
    // SAFETY: rule V12: the record's code lies within the CODE section.
    unsafe {
        let start = record.start();
        let fuel = (*cx).fuel - if CHARGED { (1 + (record.end() - start) / 64) as i64 } else { 0 };
        (*cx).fuel = fuel;
        let pc = (*cx).code.add(start * 2);
        if CHARGED && fuel < 0 {
            return out_of_slice(pc, cx, Registers { frame, ..r });
        }
        next(pc, frame, mem, cx, r.acc, r.facc, r.head)
    }
}

/// Enters a function when either side has a reference frame.
///
/// # Safety
/// As for [`enter`], and `ref_window` is the call's reference window (rule V51).
#[cfg_attr(not(feature = "compact"), inline(always))]
#[cfg_attr(feature = "compact", inline(never))]
#[allow(clippy::too_many_arguments)]
unsafe fn enter_with_refs(
    func: usize,
    window: usize,
    ref_window: usize,
    length: usize,
    pc: *const u8,
    mem: *mut u8,
    cx: *mut Context,
    r: Registers,
) -> Exit {
    // SAFETY: as for `enter`; the reference frame is checked against its stack here.
    unsafe {
        let record = Record::of(cx, func);
        let (frame, refs) = (r.frame.add(window), (*cx).refs.add(ref_window));
        let ref_frame = record.half(FuncRecord::REF_FRAME);
        if ((*cx).stack_end as usize - frame as usize) < record.half(FuncRecord::FRAME) * size_of::<Bits>()
            || ((*cx).refs_end as usize - refs as usize) < ref_frame * size_of::<u64>()
        {
            return leave_with(TrapCode::StackOverflow, pc, cx, r);
        }
        // Nothing of an earlier call is left for the callee to find: references beyond the parameters start null.
        for slot in record.0.add(FuncRecord::REF_PARAMS).read() as usize..ref_frame {
            *refs.add(slot) = reference::NULL;
        }
        // That takes time, so it is charged, as in `Run::charge_entry`.
        (*cx).fuel -= (ref_frame / 8) as i64;
        (*cx).refs = refs;
        let back = pc.add(length).offset_from((*cx).code) as u32;
        write_header(frame, back, window as u32 | (ref_window as u32) << 16);
        begin(record, frame, mem, cx, r)
    }
}

handler_fn! {
    pub(crate) unsafe fn call[f: Operand, w: Operand](pc, frame, mem, cx, acc, facc, head) {
        at_cache_line();
        fetch!(pc [f w] (0usize) f w);
        // SAFETY: rules V40, V50; the caller has no reference frame and the callee's type no references (V52).
        unsafe {
            let (refs, overflow) = (call_refs_at_zero::<f, w>, call_overflow::<f, w>);
            enter(f::number(f), w::number(w), len!(f w), refs, overflow, pc, mem, cx, Registers { frame, acc, facc, head })
        }
    }
}

handler_fn! {
    /// A `call` of a function that has references of its own.
    #[cold]
    #[inline(never)]
    unsafe fn call_refs_at_zero[f: Operand, w: Operand](pc, frame, mem, cx, acc, facc, head) {
        fetch!(pc [f w] (0usize) f w);
        // SAFETY: rules V40, V50; the caller's reference frame is empty (V52), so the callee's begins where it does.
        unsafe { enter_with_refs(f::number(f), w::number(w), 0, len!(f w), pc, mem, cx, Registers { frame, acc, facc, head }) }
    }
}

handler_fn! {
    /// A `call` without room on the stack; `frame` is the callee's.
    #[cold]
    #[inline(never)]
    unsafe fn call_overflow[f: Operand, w: Operand](pc, frame, mem, cx, acc, facc, head) {
        fetch!(pc [f w] (0usize) f w);
        // SAFETY: the caller's frame begins where the window says.
        unsafe { leave_with(TrapCode::StackOverflow, pc, cx, Registers { frame: frame.sub(w::number(w)), acc, facc, head }) }
    }
}

handler_fn! {
    pub(crate) unsafe fn call_refs[f: Operand, w: Operand, v: Operand](pc, frame, mem, cx, acc, facc, head) {
        fetch!(pc [f w v] (0usize) f w v);
        // SAFETY: rules V40, V50, V51.
        unsafe {
            enter_with_refs(f::number(f), w::number(w), v::number(v), len!(f w v), pc, mem, cx, Registers { frame, acc, facc, head })
        }
    }
}

/// Looks an element up for `call_indirect`: a function entry of the right type.
///
/// # Safety
/// `table` and `ty` are below the module's numbers of tables and types (rules V43, V44).
#[cfg_attr(not(feature = "compact"), inline(always))]
#[cfg_attr(feature = "compact", inline(never))]
unsafe fn element(cx: *mut Context, table: usize, ty: usize, index: Bits) -> Result<*const FuncEntry, TrapCode> {
    // SAFETY: the caller's promise; what the element says is checked here.
    unsafe {
        let table = *(*cx).tables.add(table);
        let index = index as u32 as u64;
        if index >= (*table).len {
            return Err(TrapCode::UndefinedElement);
        }
        let cell = *(*table).base.add(index as usize);
        if cell == reference::NULL {
            return Err(TrapCode::UninitializedElement);
        }
        let number = reference::number(cell);
        if reference::sort(cell) != Some(RefSort::Func) || number >= (*cx).func_count {
            return Err(TrapCode::InvalidReference);
        }
        let entry = (*cx).func_entries.add(number as usize);
        match (*entry).ty == *(*cx).types.add(ty) {
            true => Ok(entry),
            false => Err(TrapCode::IndirectCallTypeMismatch),
        }
    }
}

handler_fn! {
    pub(crate) unsafe fn call_indirect[t: Operand, x: Operand, w: Operand, v: Operand, a: Operand](pc, frame, mem, cx, acc, facc, head) {
        fetch!(pc [t x w v a] (0usize) t x w v a);
        let r = Registers { frame, acc, facc, head };
        // SAFETY: rules V20, V43, V44, V50, V51.
        unsafe {
            let entry = match element(cx, x::number(x), t::number(t), a::get(a, &r)) {
                Ok(entry) => entry,
                Err(code) => return leave_with(code, pc, cx, r),
            };
            if (*entry).instance != (*cx).instance {
                return depart(pc, frame, Exit::CROSS.as_base(), cx, acc, facc, head);
            }
            let refs = call_indirect_refs::<t, x, w, v, a>;
            if v::number(v) != 0 {
                return refs(pc, frame, mem, cx, acc, facc, head);
            }
            let overflow = call_indirect_overflow::<t, x, w, v, a>;
            enter((*entry).func as usize, w::number(w), len!(t x w v a), refs, overflow, pc, mem, cx, r)
        }
    }
}

handler_fn! {
    /// A `call_indirect` within the instance where either side has references.
    #[cold]
    #[inline(never)]
    unsafe fn call_indirect_refs[t: Operand, x: Operand, w: Operand, v: Operand, a: Operand](pc, frame, mem, cx, acc, facc, head) {
        fetch!(pc [t x w v a] (0usize) t x w v a);
        let r = Registers { frame, acc, facc, head };
        // SAFETY: rules V20, V43, V44, V50, V51.
        unsafe {
            match element(cx, x::number(x), t::number(t), a::get(a, &r)) {
                Ok(entry) => {
                    let length = len!(t x w v a);
                    enter_with_refs((*entry).func as usize, w::number(w), v::number(v), length, pc, mem, cx, r)
                }
                Err(code) => leave_with(code, pc, cx, r),
            }
        }
    }
}

handler_fn! {
    /// A `call_indirect` without room on the stack; `frame` is the callee's.
    #[cold]
    #[inline(never)]
    unsafe fn call_indirect_overflow[t: Operand, x: Operand, w: Operand, v: Operand, a: Operand](pc, frame, mem, cx, acc, facc, head) {
        fetch!(pc [t x w v a] (0usize) t x w v a);
        // SAFETY: the caller's frame begins where the window says.
        unsafe { leave_with(TrapCode::StackOverflow, pc, cx, Registers { frame: frame.sub(w::number(w)), acc, facc, head }) }
    }
}

/// Returns to the caller, or to `leave` if this is the bottom frame.
///
/// # Safety
/// `r.frame` is the frame of a verified function, so the word below it is the header that its caller wrote (rule V50: no
/// instruction reaches it).
#[cfg_attr(not(feature = "compact"), inline(always))]
#[cfg_attr(feature = "compact", inline(never))]
unsafe fn go_back(mem: *mut u8, cx: *mut Context, r: Registers) -> Exit {
    // SAFETY: the header was written by `enter` or the driver.
    unsafe {
        // In halves, as it was written, so that the stores can be forwarded.
        let halves = r.frame.sub(1).cast::<u32>();
        let (back, distances) = (halves.add(LOW).read(), halves.add(1 - LOW).read());
        let frame = r.frame.sub(distances as u16 as usize);
        let ref_window = (distances >> 16) as usize;
        if ref_window != 0 {
            (*cx).refs = (*cx).refs.sub(ref_window);
        }
        next((*cx).code.add(back as usize), frame, mem, cx, r.acc, r.facc, r.head)
    }
}

handler_fn! {
    pub(crate) unsafe fn ret(pc, frame, mem, cx, acc, facc, head) {
        at_cache_line();
        // SAFETY: `go_back`'s condition is that the code is verified.
        unsafe { go_back(mem, cx, Registers { frame, acc, facc, head }) }
    }
}

handler_fn! {
    pub(crate) unsafe fn ret_value[a: Operand](pc, frame, mem, cx, acc, facc, head) {
        at_cache_line();
        fetch!(pc [a] (0usize) a);
        let r = Registers { frame, acc, facc, head };
        // SAFETY: rule V26: the frame has a slot 0.
        unsafe {
            let value = a::get(a, &r);
            *frame = value;
            go_back(mem, cx, Registers { frame, acc: value, facc: f64::from_bits(value), head })
        }
    }
}

handler_fn! {
    pub(crate) unsafe fn ref_null[d: Operand](pc, frame, mem, cx, acc, facc, head) {
        fetch!(pc [d] (0usize) d);
        // SAFETY: rule V21.
        unsafe {
            *(*cx).refs.add(d::number(d)) = reference::NULL;
            next(pc.add(len!(d)), frame, mem, cx, acc, facc, head)
        }
    }
}

handler_fn! {
    pub(crate) unsafe fn ref_copy[d: Operand, a: Operand](pc, frame, mem, cx, acc, facc, head) {
        fetch!(pc [d a] (0usize) d a);
        // SAFETY: rule V21.
        unsafe {
            *(*cx).refs.add(d::number(d)) = *(*cx).refs.add(a::number(a));
            next(pc.add(len!(d a)), frame, mem, cx, acc, facc, head)
        }
    }
}

handler_fn! {
    pub(crate) unsafe fn ref_is_null[d: Operand, a: Operand](pc, frame, mem, cx, acc, facc, head) {
        fetch!(pc [d a] (0usize) d a);
        let mut r = Registers { frame, acc, facc, head };
        // SAFETY: rules V20, V21.
        unsafe {
            d::put(d, &mut r, (*(*cx).refs.add(a::number(a)) == reference::NULL) as Bits);
            next(pc.add(len!(d a)), frame, mem, cx, r.acc, r.facc, r.head)
        }
    }
}

handler_fn! {
    pub(crate) unsafe fn ref_select[d: Operand, a: Operand, b: Operand, c: Operand](pc, frame, mem, cx, acc, facc, head) {
        fetch!(pc [d a b c] (0usize) d a b c);
        let r = Registers { frame, acc, facc, head };
        // SAFETY: rules V20, V21.
        unsafe {
            let from = if c::get(c, &r) as u32 != 0 { a::number(a) } else { b::number(b) };
            *(*cx).refs.add(d::number(d)) = *(*cx).refs.add(from);
            next(pc.add(len!(d a b c)), frame, mem, cx, acc, facc, head)
        }
    }
}
