//! The small dispatcher: one handler for each row of the table instead of one for each instruction.
//!
//! A row's handler is made from the same statements as those in [`super::handlers`], but learns of what kinds its operands are
//! when it runs, from the instruction's [`Form`]. That takes a few times as long and a few times less room: the feature `compact`
//! is for devices that lack flash rather than time. Most rows compute one primitive and write it, or branch on it: they have one
//! handler for all, which finds the primitive in the [`Context`]. Rows written by hand keep a handler for each instruction.

use super::context::{Context, Exit};
#[cfg(feature = "stats")]
use super::counting::Counting;
use super::hand;
use super::handlers::{CHARGED, Handler, Reach, handler_fn, retired, slow};
use super::operand::{entry, raw};
use super::predict::Head;
use crate::forms::{self, Bytes, COUNT, Form, Numbering, PLACES, by_opcode};
use hardtack_format::isa::{NUMBERS, ROWS};
use hardtack_format::operand::{Kind, Sort, kind};
use hardtack_format::prim::{Bits, meaning};
use hardtack_format::trap::TrapCode;

/// A primitive of two arguments, or of one and another that it ignores. A trap is noted in the context.
pub(crate) type Primitive = fn(Bits, Bits, *mut Context) -> Bits;

/// What carries an instruction out.
#[derive(Clone, Copy)]
struct Work {
    handler: Handler,
    /// What the handler applies, if it is one for many rows.
    primitive: Primitive,
}

/// A handler that needs no primitive.
const fn alone(handler: Handler) -> Work {
    Work { handler, primitive: nothing }
}

/// The primitive of handlers that need none.
pub(crate) fn nothing(_: Bits, _: Bits, _: *mut Context) -> Bits {
    0
}

/// Runs from `cx.pc` until something makes the loop be left; all registers are then back in `cx`.
///
/// # Safety
/// As for [`super::handlers::run`].
pub(crate) unsafe fn run(cx: *mut Context) -> Exit {
    loop {
        // SAFETY: the caller's promise, and handlers keep it (each branch target is an instruction start, rules V30 to V32).
        let exit = unsafe { one(cx) };
        if exit != Exit::CONTINUE {
            return exit;
        }
    }
}

/// Executes the instruction at `cx.pc`.
///
/// # Safety
/// As for [`run`].
#[inline(always)]
unsafe fn one(cx: *mut Context) -> Exit {
    // SAFETY: the caller's promise. Places are below `PLACES`, and entries below the table's length.
    unsafe {
        let place = forms::place(u16::from_le((*cx).pc.cast::<u16>().read()));
        (*cx).form = Form::at(place);
        let work = TABLE.get_unchecked(*ENTRY_OF.get_unchecked(place) as usize);
        (*cx).primitive = work.primitive;
        (work.handler)((*cx).pc, (*cx).frame, (*cx).memory, cx, (*cx).acc, (*cx).facc, Head::NONE)
    }
}

/// Like [`run`], counting instructions. No copy of the code is needed: handlers return after each.
///
/// # Safety
/// As for [`run`]; `counting` was made of the code of the running instance.
#[cfg(feature = "stats")]
pub(crate) unsafe fn run_counting(cx: *mut Context, counting: &mut Counting) -> Exit {
    loop {
        // SAFETY: as for `run`; `pc` is in the code.
        let exit = unsafe {
            counting.count((*cx).pc.offset_from((*cx).code) as usize);
            one(cx)
        };
        let exit = counting.sampled(exit);
        if exit != Exit::CONTINUE {
            return exit;
        }
    }
}

/// Where an operand of the running instruction lies, and its kind.
///
/// # Safety
/// `cx` is the running context, its `form` that of the instruction at `pc`, and `operand` one of its operands (rule V23: it lies in
/// its function).
#[inline(always)]
unsafe fn operand(cx: *mut Context, operand: usize) -> (Kind, *const u8) {
    // SAFETY: the caller's promise.
    unsafe {
        let found = (*cx).form.operands()[operand];
        (found.kind, (*cx).pc.add(found.at as usize))
    }
}

/// Reads an operand.
///
/// # Safety
/// As for [`operand`].
#[inline(never)]
unsafe fn get(cx: *mut Context, number: usize) -> Bits {
    // SAFETY: the caller's promise; slots are within the frame (rule V20).
    unsafe {
        let (kind, at) = operand(cx, number);
        match kind.sort() {
            Sort::Slot => *(*cx).frame.add(raw(kind, at) as usize),
            Sort::Acc => (*cx).acc,
            Sort::FAcc => (*cx).facc.to_bits(),
            _ => raw(kind, at),
        }
    }
}

/// Writes an operand.
///
/// # Safety
/// As for [`operand`].
#[inline(never)]
unsafe fn put(cx: *mut Context, number: usize, value: Bits) {
    // SAFETY: the caller's promise; slots are within the frame (rule V20).
    unsafe {
        let (kind, at) = operand(cx, number);
        if kind.size() != 0 {
            *(*cx).frame.add(raw(kind, at) as usize) = value;
        }
        if matches!(kind, Kind::Acc | Kind::SlotAcc) {
            (*cx).acc = value;
        }
        if matches!(kind, Kind::FAcc | Kind::SlotFAcc) {
            (*cx).facc = f64::from_bits(value);
        }
    }
}

/// Goes on after the running instruction.
///
/// # Safety
/// As for [`operand`].
#[inline(never)]
unsafe fn step(cx: *mut Context) -> Exit {
    // SAFETY: the caller's promise; control doesn't fall off the end (rule V34).
    unsafe { (*cx).pc = (*cx).pc.add((*cx).form.units as usize * 2) };
    Exit::CONTINUE
}

/// Writes an operand, then goes on.
///
/// # Safety
/// As for [`operand`].
#[inline(never)]
unsafe fn finish(cx: *mut Context, number: usize, value: Bits) -> Exit {
    // SAFETY: the caller's promise.
    unsafe {
        put(cx, number, value);
        step(cx)
    }
}

/// Applies the instruction's primitive to the operands of these numbers, of which the second may be missing, and hands what it gives on;
/// a trap is given instead.
///
/// # Safety
/// As for [`operand`].
#[inline(always)]
unsafe fn apply<const A: usize, const B: usize>(cx: *mut Context) -> Result<Bits, Exit> {
    // SAFETY: the caller's promise.
    unsafe {
        let a = get(cx, A);
        let b = if B == MISSING { 0 } else { get(cx, B) };
        let value = ((*cx).primitive)(a, b, cx);
        match core::mem::replace(&mut (*cx).trapped, Exit::CONTINUE) {
            Exit::CONTINUE => Ok(value),
            trap => Err(trap),
        }
    }
}

/// Not the number of an operand.
const MISSING: usize = usize::MAX;

handler_fn! {
    /// Rows that write what a primitive gives.
    unsafe fn computes[const D: usize, const A: usize, const B: usize](_pc, _frame, _mem, cx, _acc, _facc, _head) {
        // SAFETY: code is verified, and the loop has set `form` and `primitive`.
        unsafe {
            match apply::<A, B>(cx) {
                Ok(value) => finish(cx, D, value),
                Err(trap) => trap,
            }
        }
    }
}

handler_fn! {
    /// Rows that branch on what a primitive gives.
    unsafe fn branches[const TO: usize, const A: usize, const B: usize](_pc, _frame, _mem, cx, _acc, _facc, _head) {
        // SAFETY: code is verified, and the loop has set `form` and `primitive`.
        unsafe {
            match apply::<A, B>(cx) {
                Ok(condition) => branch(cx, TO, condition as u32),
                Err(trap) => trap,
            }
        }
    }
}

/// What a primitive gives; a trap is noted.
#[inline(always)]
fn settle(outcome: Result<Bits, TrapCode>, cx: *mut Context) -> Bits {
    match outcome {
        Ok(value) => value,
        Err(code) => {
            // SAFETY: handlers pass the running context.
            unsafe { (*cx).trapped = Exit::trap(code) };
            0
        }
    }
}

/// Goes to the target of a branch if the condition, an i32, is not zero, else on.
///
/// # Safety
/// As for [`operand`].
#[inline(never)]
unsafe fn branch(cx: *mut Context, number: usize, condition: u32) -> Exit {
    if condition == 0 {
        // SAFETY: the caller's promise.
        return unsafe { step(cx) };
    }
    // SAFETY: rules V30 and V31: the target is an instruction of the same function.
    unsafe {
        let (kind, at) = operand(cx, number);
        let units = raw(kind, at);
        if kind.sort() == Sort::Forward {
            (*cx).pc = (*cx).pc.add(units as usize * 2);
            return Exit::CONTINUE;
        }
        (*cx).pc = (*cx).pc.sub(units as usize * 2);
        // One more than the distance, as the other dispatchers charge.
        if CHARGED {
            (*cx).fuel -= 1 + units as i64;
        }
        if (*cx).fuel < 0 { Exit::FUEL } else { Exit::CONTINUE }
    }
}

/// Goes to the entry of this number of the branch table that follows the instruction, or to the last if there are fewer.
///
/// # Safety
/// As for [`operand`].
#[inline(never)]
unsafe fn through_table(cx: *mut Context, number: usize, index: u32) -> Exit {
    // SAFETY: rule V32: the entries follow the instruction and each is an instruction of the same function.
    unsafe {
        let (kind, at) = operand(cx, number);
        let index = (index as usize).min(raw(kind, at) as usize);
        let entries = (*cx).pc.add((*cx).form.units as usize * 2);
        (*cx).pc = (*cx).pc.add(entry(kind, entries, index));
    }
    Exit::CONTINUE
}

/// Makes constants of the operands' numbers.
macro_rules! number {
    (($n:expr)) => {};
    (($n:expr) $o:ident $($rest:ident)*) => {
        #[allow(dead_code, non_upper_case_globals)]
        const $o: usize = $n;
        number!(($n + 1) $($rest)*);
    };
}

/// Evaluates an expression to a cell; a trap leaves the handler, `pc` at the instruction.
macro_rules! eval {
    ($cx:ident $v:ident) => { unsafe { get($cx, $v) } };
    ($cx:ident $f:ident ( $($args:tt)* )) => { eval!(@ $cx $f [] $($args)*) };
    (@ $cx:ident $f:ident [$($done:tt)*]) => {
        match meaning::$f(&unsafe { reach($cx) }, $($done)*) {
            Ok(value) => value,
            Err(code) => return Exit::trap(code),
        }
    };
    (@ $cx:ident $f:ident [$($done:tt)*] $g:ident ( $($in:tt)* ) $(, $($rest:tt)*)?) => {
        eval!(@ $cx $f [$($done)* eval!($cx $g($($in)*)),] $($($rest)*)?)
    };
    (@ $cx:ident $f:ident [$($done:tt)*] $v:ident $(, $($rest:tt)*)?) => { eval!(@ $cx $f [$($done)* eval!($cx $v),] $($($rest)*)?) };
}

/// Memory and globals for the primitives.
///
/// # Safety
/// `cx` is the running context.
#[inline(always)]
unsafe fn reach(cx: *mut Context) -> Reach {
    // SAFETY: the caller's promise.
    Reach { base: unsafe { (*cx).memory }, cx }
}

/// Executes statements, then goes on.
macro_rules! run_row {
    ($cx:ident) => { unsafe { step($cx) } };
    ($cx:ident if $f:ident ( $($args:tt)* ) goto $to:ident) => {{
        let condition = eval!($cx $f($($args)*)) as u32;
        unsafe { branch($cx, $to, condition) }
    }};
    ($cx:ident goto $to:ident [ $($index:tt)* ]) => {{
        let index = eval!($cx $($index)*) as u32;
        unsafe { through_table($cx, $to, index) }
    }};
    ($cx:ident goto $to:ident) => { unsafe { branch($cx, $to, 1) } };
    ($cx:ident $d:ident = $f:ident ( $($args:tt)* ) $(; $($rest:tt)*)?) => {{
        let value = eval!($cx $f($($args)*));
        unsafe { put($cx, $d, value) };
        run_row!($cx $($($rest)*)?)
    }};
    ($cx:ident $f:ident ( $($args:tt)* ) $(; $($rest:tt)*)?) => {{
        eval!($cx $f($($args)*));
        run_row!($cx $($($rest)*)?)
    }};
}

/// The handler of a row that statements describe.
macro_rules! row_handler {
    ($name:ident $ops:tt { hand $($rest:tt)* }) => {};
    ($name:ident $ops:tt { slow $($rest:tt)* }) => {};
    // One primitive: the handler is one for many.
    ($name:ident $ops:tt { $d:ident = $f:ident ( $a:ident $(, $b:ident)? ) }) => {};
    ($name:ident $ops:tt { if $f:ident ( $a:ident $(, $b:ident)? ) goto $to:ident }) => {};
    ($name:ident { $($o:ident),* } { $($e:tt)* }) => {
        handler_fn! {
            // SAFETY: every unsafe operation in a row's handler rests on its code having been verified, as the functions it
            // calls say one by one; the loop has set `form`.
            #[allow(non_camel_case_types, clippy::undocumented_unsafe_blocks)]
            unsafe fn $name(_pc, _frame, _mem, cx, _acc, _facc, _head) {
                number!((0usize) $($o)*);
                run_row!(cx $($e)*)
            }
        }
    };
}

/// A primitive as a function.
macro_rules! primitive {
    ($f:ident $a:ident) => {
        |a, _, cx| settle(meaning::$f(&unsafe { reach(cx) }, a), cx)
    };
    ($f:ident $a:ident $b:ident) => {
        |a, b, cx| settle(meaning::$f(&unsafe { reach(cx) }, a, b), cx)
    };
}

/// The handler of rows that do this with one primitive of these operands.
macro_rules! shared {
    ({ $($o:ident),* } $does:ident $to:ident $a:ident) => {{
        number!((0usize) $($o)*);
        $does::<{ $to }, { $a }, MISSING>
    }};
    ({ $($o:ident),* } $does:ident $to:ident $a:ident $b:ident) => {{
        number!((0usize) $($o)*);
        $does::<{ $to }, { $a }, { $b }>
    }};
}

/// What carries a row out: one thing, or for rows written by hand one for each mode.
macro_rules! row_list {
    ($name:ident $ops:tt $modes:tt { slow $($rest:tt)* }) => { &[alone(slow)] };
    ($name:ident $ops:tt [ $(($($mode:ident),*))* ] { hand $($rest:tt)* }) => {
        &[ $( alone(hand::$name::<$(kind::$mode),*>) ),* ]
    };
    ($name:ident $ops:tt $modes:tt { $d:ident = $f:ident ( $a:ident $(, $b:ident)? ) }) => {
        &[Work { handler: shared!($ops computes $d $a $($b)?), primitive: primitive!($f $a $($b)?) }]
    };
    ($name:ident $ops:tt $modes:tt { if $f:ident ( $a:ident $(, $b:ident)? ) goto $to:ident }) => {
        &[Work { handler: shared!($ops branches $to $a $($b)?), primitive: primitive!($f $a $($b)?) }]
    };
    ($name:ident $ops:tt $modes:tt $body:tt) => { &[alone($name)] };
}

macro_rules! compact_set { (() $( family $group:ident $ops:tt $modes:tt { $( $name:ident => $body:tt )* } )*) => {
    $( $( row_handler!($name $ops $body); )* )*
    /// What carries each row out.
    // SAFETY: the unsafe operations in it are `reach`'s, and handlers pass the running context.
    #[allow(clippy::undocumented_unsafe_blocks)]
    const LISTS: &[&[Work]] = &[ $( $( row_list!($name $ops $modes $body) ),* ),* ];
} }

hardtack_format::standard_rows!(compact_set);

/// How many things the rows that this VM has take, and one for what it hasn't.
const WORKS: usize = {
    let (mut count, mut row) = (1, 0);
    while row < ROWS.len() {
        if forms::has_row(&ROWS[row]) {
            count += LISTS[row].len();
        }
        row += 1;
    }
    count
};

/// What carries instructions out, and for each opcode which it has.
const MADE: ([Work; WORKS], [u16; COUNT]) = {
    let (mut table, mut entries) = ([alone(retired); WORKS], [0; COUNT]);
    let (mut made, mut n, mut row) = (1, 0, 0);
    while row < ROWS.len() {
        let modes = ROWS[row].modes.len();
        if forms::has_row(&ROWS[row]) {
            let mut mode = 0;
            while mode < modes {
                let own = LISTS[row].len() == modes;
                let opcode = NUMBERS[n + mode];
                if forms::has(&ROWS[row], opcode) {
                    entries[opcode as usize] = (made + if own { mode } else { 0 }) as u16;
                }
                mode += 1;
            }
            let mut i = 0;
            while i < LISTS[row].len() {
                table[made] = LISTS[row][i];
                made += 1;
                i += 1;
            }
        }
        n += modes;
        row += 1;
    }
    (table, entries)
};

static TABLE: [Work; WORKS] = MADE.0;

/// A number in the table.
type Entry = <Bytes<{ WORKS <= 1 << 8 }> as Numbering>::Number;

static ENTRY_OF: [Entry; PLACES] = by_opcode!(MADE.1, Entry);
