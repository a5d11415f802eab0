//! The handlers: one function for each instruction, made from the table's rows.
//!
//! A handler decodes its operands, evaluates its row's statements with the primitives' own meaning, and hands on to the next
//! handler. State travels in arguments so that it stays in machine registers; the two dispatchers differ in [`next`] alone.

use super::bulk;
use super::context::{Context, Exit};
#[cfg(feature = "stats")]
use super::counting::Counting;
use super::hand;
use super::operand::{Operand, Registers, entry};
use super::predict::Head;
use crate::forms::{self, COUNT};
use hardtack_format::isa::{self, Opcode};
use hardtack_format::operand::kind;
use hardtack_format::prim::{Bits, Machine};
use hardtack_format::trap::TrapCode;

/// Defines a function with the calling convention of handlers. On x86-64 that is System V's on every system: it passes six
/// integers and a float in registers and leaves three to work with and to call the next handler through.
#[doc(hidden)]
#[macro_export]
macro_rules! handler_fn {
    ($(#[$attr:meta])* $vis:vis unsafe fn $name:ident $([$($generic:tt)*])? ($pc:ident, $frame:ident, $mem:ident, $cx:ident, $acc:ident, $facc:ident, $head:ident) $body:block) => {
        // Nothing but handlers calls handlers; where the loop register is empty it is passed as nothing.
        $(#[$attr])*
        #[allow(improper_ctypes_definitions)]
        #[cfg(target_arch = "x86_64")]
        $vis unsafe extern "sysv64" fn $name $(<$($generic)*>)? ($pc: *const u8, $frame: *mut $crate::isa::parts::Bits, $mem: *mut u8, $cx: *mut $crate::isa::parts::Context, $acc: $crate::isa::parts::Bits, $facc: f64, $head: $crate::isa::parts::Head) -> $crate::isa::parts::Exit $body
        $(#[$attr])*
        #[allow(improper_ctypes_definitions)]
        #[cfg(not(target_arch = "x86_64"))]
        $vis unsafe extern "C" fn $name $(<$($generic)*>)? ($pc: *const u8, $frame: *mut $crate::isa::parts::Bits, $mem: *mut u8, $cx: *mut $crate::isa::parts::Context, $acc: $crate::isa::parts::Bits, $facc: f64, $head: $crate::isa::parts::Head) -> $crate::isa::parts::Exit $body
    };
}
pub(crate) use handler_fn;

/// Makes the function that it stands in begin at a cache line: most handlers fit into one, and fetching from two takes longer. Nothing on
/// stable Rust says so of a function. But it has a section of its own, which is aligned as the strictest directive in it asks, whether or
/// not the directive itself skips anything; this one skips no more than a byte.
#[inline(always)]
pub(crate) fn at_cache_line() {
    #[cfg(all(hardtack_threaded, target_arch = "x86_64", not(miri)))]
    // SAFETY: it is no instruction, or one that does nothing.
    unsafe {
        core::arch::asm!(".p2align 6, , 1", options(nomem, nostack, preserves_flags));
    }
}

/// Leaves it open where the function that it stands in begins: rows of an application's own are long, and are to take little room.
#[inline(always)]
pub fn anywhere() {}

/// A handler: program counter, number frame, memory base, context, integer accumulator, float accumulator, loop register.
#[allow(improper_ctypes_definitions)]
#[cfg(target_arch = "x86_64")]
pub type Handler = unsafe extern "sysv64" fn(*const u8, *mut Bits, *mut u8, *mut Context, Bits, f64, Head) -> Exit;
/// A handler: program counter, number frame, memory base, context, integer accumulator, float accumulator, loop register.
#[allow(improper_ctypes_definitions)]
#[cfg(not(target_arch = "x86_64"))]
pub type Handler = unsafe extern "C" fn(*const u8, *mut Bits, *mut u8, *mut Context, Bits, f64, Head) -> Exit;

/// The handler of the instruction at `pc`. Those of an application's own instructions lie before the standard ones: their opcodes are
/// negative as signed numbers.
///
/// # Safety
/// `pc` is at an instruction of verified code, and `cx` belongs to the running instance.
#[inline(always)]
unsafe fn handler_at(pc: *const u8, cx: *mut Context) -> Handler {
    // SAFETY: the caller's promise; the table has a handler for each opcode of verified code (rule V22), and units are aligned (rule V8).
    unsafe {
        let opcode = i16::from_le(pc.cast::<i16>().read());
        *(*cx).handlers.offset(opcode as isize)
    }
}

/// Leaves the loop, saving the registers. `$exit` is an [`Exit`].
macro_rules! exit {
    ($exit:expr, $pc:expr, $frame:ident, $cx:ident, $acc:ident, $facc:ident) => {{
        // SAFETY: `cx` is the running context.
        unsafe {
            (*$cx).pc = $pc;
            (*$cx).frame = $frame;
            (*$cx).acc = $acc;
            (*$cx).facc = $facc;
        }
        $exit
    }};
}
pub(crate) use exit;

/// Whether handlers hand on to one another by themselves; else they return to the loop in [`run`].
pub const THREADED: bool = cfg!(all(hardtack_threaded, not(debug_assertions), not(miri)));

/// Goes on at `pc`.
///
/// # Safety
/// `pc` is at an instruction of verified code, `frame` at a frame of its function, `mem` and `cx` belong to the running instance.
#[inline(always)]
pub(crate) unsafe fn next(
    pc: *const u8,
    frame: *mut Bits,
    mem: *mut u8,
    cx: *mut Context,
    acc: Bits,
    facc: f64,
    head: Head,
) -> Exit {
    // SAFETY: the caller's promise.
    unsafe { hand_on::<THREADED>(pc, frame, mem, cx, acc, facc, head) }
}

/// Like [`next`], by a jump or by way of the loop in [`run`].
///
/// # Safety
/// As for [`next`].
#[inline(always)]
pub unsafe fn hand_on<const BY_JUMP: bool>(
    pc: *const u8,
    frame: *mut Bits,
    mem: *mut u8,
    cx: *mut Context,
    acc: Bits,
    facc: f64,
    head: Head,
) -> Exit {
    if BY_JUMP {
        // SAFETY: the caller's promise.
        unsafe { handler_at(pc, cx)(pc, frame, mem, cx, acc, facc, head) }
    } else {
        exit!(Exit::CONTINUE, pc, frame, cx, acc, facc)
    }
}

/// Runs from `cx.pc` until something makes the loop be left; all registers are then back in `cx`.
///
/// # Safety
/// `cx` describes an activation of verified code: `pc` is at an instruction start, `frame` and `refs` at frames of its function within
/// their stacks, and all other pointers are what their docs say.
pub(crate) unsafe fn run(cx: *mut Context) -> Exit {
    loop {
        // SAFETY: the caller's promise, and handlers keep it (each branch target is an instruction start, rules V30 to V32).
        let exit = unsafe {
            handler_at((*cx).pc, cx)((*cx).pc, (*cx).frame, (*cx).memory, cx, (*cx).acc, (*cx).facc, Head::NONE)
        };
        if exit != Exit::CONTINUE {
            return exit;
        }
    }
}

#[cfg(feature = "stats")]
handler_fn! {
    /// Stands for every instruction in a [`Counting`] copy of the code: one instruction at a time.
    unsafe fn step(pc, frame, _mem, cx, acc, facc, _head) {
        exit!(Exit::CONTINUE, pc, frame, cx, acc, facc)
    }
}

/// Like [`run`], one instruction at a time, counting them. The same handlers run, on a copy of the code in which each
/// instruction is followed by one that leaves the loop; so that runs without counting are not slowed.
///
/// # Safety
/// As for [`run`]; `counting` was made of the code of the running instance.
#[cfg(feature = "stats")]
pub(crate) unsafe fn run_counting(cx: *mut Context, counting: &mut Counting) -> Exit {
    let copy = counting.copy.as_slice().as_ptr().cast::<u8>();
    // SAFETY: the caller's promise; in the copy everything lies where it does in the code, and only the opcodes differ.
    unsafe {
        let code = (*cx).code;
        (*cx).pc = copy.add((*cx).pc.offset_from(code) as usize);
        (*cx).code = copy;
        loop {
            let at = (*cx).pc.offset_from(copy) as usize;
            counting.count(at);
            let handler = handler_at(code.add(at), cx);
            let exit =
                counting.sampled(handler((*cx).pc, (*cx).frame, (*cx).memory, cx, (*cx).acc, (*cx).facc, Head::NONE));
            if exit != Exit::CONTINUE {
                (*cx).pc = code.add((*cx).pc.offset_from(copy) as usize);
                (*cx).code = code;
                return exit;
            }
        }
    }
}

handler_fn! {
    /// Leaves with an [`Exit`], which travels in place of the memory base so that a handler needs no frame of its own to come here.
    /// (Were there a function for each exit, LLVM would propagate its constant result and turn the jump into a call.)
    #[cold]
    #[inline(never)]
    pub(crate) unsafe fn depart(pc, frame, exit, cx, acc, facc, _head) {
        exit!(Exit(exit.addr() as u32), pc, frame, cx, acc, facc)
    }
}

/// Leaves with a trap; `pc` is at the instruction at fault.
///
/// # Safety
/// The state is that of a running activation.
#[inline(always)]
pub unsafe fn trap(code: TrapCode, pc: *const u8, cx: *mut Context, r: Registers) -> Exit {
    // SAFETY: the caller's promise.
    unsafe { depart(pc, r.frame, Exit::trap(code).as_base(), cx, r.acc, r.facc, r.head) }
}

/// Leaves for more fuel; `pc` is where execution goes on.
///
/// # Safety
/// The state is that of a running activation.
#[inline(always)]
pub(crate) unsafe fn out_of_slice(pc: *const u8, cx: *mut Context, r: Registers) -> Exit {
    // SAFETY: the caller's promise.
    unsafe { depart(pc, r.frame, Exit::FUEL.as_base(), cx, r.acc, r.facc, r.head) }
}

handler_fn! {
    /// Leaves for the driver to carry out the instruction.
    pub(crate) unsafe fn slow(pc, frame, _mem, cx, acc, facc, _head) {
        exit!(Exit::SLOW, pc, frame, cx, acc, facc)
    }
}

handler_fn! {
    /// Goes on where a branch went back to that didn't go there last. (Were it part of each branch, LLVM would write the loop register
    /// either way, and the next branch would wait for that.)
    #[inline(never)]
    unsafe fn elsewhere(pc, frame, mem, cx, acc, facc, head) {
        // SAFETY: `jump` comes here with the state of a running activation.
        unsafe { next(pc, frame, mem, cx, acc, facc, head) }
    }
}

handler_fn! {
    /// Stands at numbers that no instruction has; the verifier lets no such opcode pass (rule V22).
    pub(crate) unsafe fn retired(pc, frame, _mem, cx, acc, facc, _head) {
        exit!(Exit::trap(TrapCode::Unreachable), pc, frame, cx, acc, facc)
    }
}

/// Whether jumps and calls are charged: always, unless what that costs is to be measured.
pub(crate) const CHARGED: bool = cfg!(not(feature = "measure-without-fuel"));

/// Goes to the target of a branch, charging fuel if it lies backwards. `ALWAYS` says that it is unconditional, `site` which instruction
/// it is (see [`super::predict::site`]).
///
/// # Safety
/// `distance` was fetched at `pc` from verified code.
#[inline(always)]
pub unsafe fn jump<const BY_JUMP: bool, const ALWAYS: bool>(
    (distance, back): (usize, bool),
    pc: *const u8,
    mem: *mut u8,
    cx: *mut Context,
    r: Registers,
    site: usize,
) -> Exit {
    // SAFETY: rules V30 and V31: the target is an instruction of the same function.
    unsafe {
        if back {
            let to = pc.sub(distance);
            if CHARGED {
                // One more than the distance, so that an instruction that branches to itself can be stopped too.
                let fuel = (*cx).fuel - 1 - (distance / 2) as i64;
                (*cx).fuel = fuel;
                if fuel < 0 {
                    return out_of_slice(to, cx, r);
                }
            }
            match r.head.same(to) {
                Some(to) => hand_on::<BY_JUMP>(to, r.frame, mem, cx, r.acc, r.facc, r.head),
                None if BY_JUMP => elsewhere(to, r.frame, mem, cx, r.acc, r.facc, Head::new(to)),
                None => hand_on::<BY_JUMP>(to, r.frame, mem, cx, r.acc, r.facc, Head::new(to)),
            }
        } else {
            let to = pc.add(distance);
            let to = if BY_JUMP && ALWAYS { (*cx).targets.same(site, to) } else { to };
            hand_on::<BY_JUMP>(to, r.frame, mem, cx, r.acc, r.facc, r.head)
        }
    }
}

/// Goes to the entry of this number of a branch table, or to the last if there are fewer. `last` is where the number of that lies; the
/// entries follow the instruction, which is of so many bytes.
///
/// # Safety
/// The instruction at `pc` is one of verified code.
#[inline(always)]
unsafe fn through_table<T: Operand>(
    index: Bits,
    last: *const u8,
    bytes: usize,
    pc: *const u8,
    mem: *mut u8,
    cx: *mut Context,
    r: Registers,
) -> Exit {
    // SAFETY: rule V32: the entries follow the instruction and each is an instruction of the same function.
    unsafe {
        let index = (index as u32 as usize).min(T::number(last));
        next(pc.add(entry(T::KIND, pc.add(bytes), index)), r.frame, mem, cx, r.acc, r.facc, r.head)
    }
}

/// Memory 0 and the globals of the running instance, for the primitives.
pub struct Reach {
    pub base: *mut u8,
    pub cx: *mut Context,
}

impl Reach {
    /// The only place where an address of guest memory is computed: a checked sum, then one compare (see SPEC.md, memory addresses).
    #[inline(always)]
    fn at<const N: usize>(&self, address: u64, offset: u64) -> Result<*mut u8, TrapCode> {
        // SAFETY: `cx` is the running context.
        let last = unsafe { (*self.cx).last_starts[const { N.trailing_zeros() as usize }] };
        // Addresses and offsets are below 2^32, so the sum neither wraps nor is negative.
        let start = (address + offset) as i64;
        if start > last {
            return Err(TrapCode::MemoryOutOfBounds);
        }
        // SAFETY: the access ends within the memory.
        Ok(unsafe { self.base.add(start as usize) })
    }
}

impl Machine for Reach {
    #[inline(always)]
    fn load<const N: usize>(&self, address: u64, offset: u64) -> Result<[u8; N], TrapCode> {
        let at = self.at::<N>(address, offset)?;
        // SAFETY: `at` checked that N bytes lie there.
        Ok(unsafe { at.cast::<[u8; N]>().read() })
    }
    #[inline(always)]
    fn store<const N: usize>(&self, address: u64, offset: u64, bytes: [u8; N]) -> Result<(), TrapCode> {
        let at = self.at::<N>(address, offset)?;
        // SAFETY: as for `load`.
        unsafe { at.cast::<[u8; N]>().write(bytes) };
        Ok(())
    }
    #[inline(always)]
    fn memory_size(&self) -> u64 {
        // SAFETY: `cx` is the running context.
        unsafe { (((*self.cx).last_starts[0] + 1) >> 16) as u64 }
    }
    #[inline(always)]
    fn global(&self, index: u32) -> Bits {
        // SAFETY: rule V45: the module defines such a global.
        unsafe { *(*self.cx).globals.add(index as usize) }
    }
    #[inline(always)]
    fn set_global(&self, index: u32, value: Bits) {
        // SAFETY: rule V45.
        unsafe { *(*self.cx).globals.add(index as usize) = value }
    }
    #[inline(always)]
    fn imported_global(&self, index: u32) -> Bits {
        // SAFETY: rule V46: the module imports such a global, and instantiation found it.
        unsafe { **(*self.cx).imported_globals.add(index as usize) }
    }
    #[inline(always)]
    fn set_imported_global(&self, index: u32, value: Bits) {
        // SAFETY: rule V46.
        unsafe { **(*self.cx).imported_globals.add(index as usize) = value }
    }
}

/// Byte length of an instruction with these operand kinds.
#[doc(hidden)]
#[macro_export]
macro_rules! instr_len { ($($o:ident)*) => { const { $crate::isa::parts::length(&[$( <$o as $crate::isa::parts::OperandKind>::KIND.size() ),*]) } } }
pub(crate) use instr_len as len;

/// Makes variables of where operands lie, of the same names as their kinds' type parameters.
#[doc(hidden)]
#[macro_export]
macro_rules! fetch_operands {
    ($pc:ident [$($all:ident)*] ($n:expr)) => {};
    ($pc:ident [$($all:ident)*] ($n:expr) $o:ident $($rest:ident)*) => {
        // SAFETY: rule V23: the whole instruction lies in its function.
        #[allow(unused_variables)]
        let $o = unsafe {
            $pc.add(const { $crate::isa::parts::offset(&[$( <$all as $crate::isa::parts::OperandKind>::KIND.size() ),*], $n) })
        };
        $crate::fetch_operands!($pc [$($all)*] ($n + 1) $($rest)*);
    };
}
pub(crate) use fetch_operands as fetch;

/// Evaluates an expression to a cell; a trap leaves the handler.
#[doc(hidden)]
#[macro_export]
macro_rules! eval_row {
    ($h:ident $v:ident) => { unsafe { $v.get(&$h.r) } };
    ($h:ident $f:ident ( $($args:tt)* )) => { $crate::eval_row!(@ $h $f [] $($args)*) };
    (@ $h:ident $f:ident [$($done:tt)*]) => {
        match $crate::isa::parts::meaning::$f(&$h.m, $($done)*) {
            Ok(value) => value,
            Err(code) => return unsafe { $crate::isa::parts::trap(code, $h.pc, $h.cx, $h.r) },
        }
    };
    (@ $h:ident $f:ident [$($done:tt)*] $g:ident ( $($in:tt)* ) $(, $($rest:tt)*)?) => {
        $crate::eval_row!(@ $h $f [$($done)* $crate::eval_row!($h $g($($in)*)),] $($($rest)*)?)
    };
    (@ $h:ident $f:ident [$($done:tt)*] $v:ident $(, $($rest:tt)*)?) => {
        $crate::eval_row!(@ $h $f [$($done)* $crate::eval_row!($h $v),] $($($rest)*)?)
    };
}

/// Whether the handlers of the crate where this stands hand on by jumps: not if it is built for debugging, where a call in tail position
/// is a call.
#[doc(hidden)]
#[macro_export]
macro_rules! by_jump {
    () => {
        $crate::isa::parts::THREADED && ::core::cfg!(not(debug_assertions))
    };
}

/// Executes statements, then hands on.
#[doc(hidden)]
#[macro_export]
macro_rules! run_row {
    ($h:ident $end:expr;) => {
        unsafe { $crate::isa::parts::hand_on::<{ $crate::by_jump!() }>($h.pc.add($end), $h.r.frame, $h.mem, $h.cx, $h.r.acc, $h.r.facc, $h.r.head) }
    };
    ($h:ident $end:expr; if $f:ident ( $($args:tt)* ) goto $to:ident $(; $($rest:tt)*)?) => {
        // Conditions are i32: the high half of the cell doesn't count.
        if $crate::eval_row!($h $f($($args)*)) as u32 != 0 {
            unsafe { $crate::isa::parts::jump::<{ $crate::by_jump!() }, false>(<$to as $crate::isa::parts::Operand>::distance($to.place()), $h.pc, $h.mem, $h.cx, $h.r, $h.site) }
        } else {
            $crate::run_row!($h $end; $($($rest)*)?)
        }
    };
    ($h:ident $end:expr; goto $to:ident [ $($index:tt)* ]) => {{
        let index = $crate::eval_row!($h $($index)*);
        unsafe { through_table::<$to>(index, $to.place(), $end, $h.pc, $h.mem, $h.cx, $h.r) }
    }};
    ($h:ident $end:expr; goto $to:ident) => {
        unsafe { $crate::isa::parts::jump::<{ $crate::by_jump!() }, true>(<$to as $crate::isa::parts::Operand>::distance($to.place()), $h.pc, $h.mem, $h.cx, $h.r, $h.site) }
    };
    ($h:ident $end:expr; $d:ident = $f:ident ( $($args:tt)* ) $(; $($rest:tt)*)?) => {{
        let value = $crate::eval_row!($h $f($($args)*));
        // From here on the operand stands for the value.
        #[allow(unused_variables)]
        let $d = unsafe { $d.put(&mut $h.r, value) };
        $crate::run_row!($h $end; $($($rest)*)?)
    }};
    ($h:ident $end:expr; $f:ident ( $($args:tt)* ) $(; $($rest:tt)*)?) => {{
        $crate::eval_row!($h $f($($args)*));
        $crate::run_row!($h $end; $($($rest)*)?)
    }};
}

/// What a row's statements work on.
pub struct Hands {
    /// The instruction.
    pub pc: *const u8,
    /// First byte of memory 0.
    pub mem: *mut u8,
    /// The running context.
    pub cx: *mut Context,
    /// Memory and globals.
    pub m: Reach,
    /// The registers that operands reach.
    pub r: Registers,
    /// Which instruction it is: see [`super::predict::site`].
    pub site: usize,
}

impl Hands {
    /// At the start of an instruction.
    #[inline(always)]
    #[allow(clippy::too_many_arguments)]
    pub fn new(
        pc: *const u8,
        frame: *mut Bits,
        mem: *mut u8,
        cx: *mut Context,
        acc: Bits,
        facc: f64,
        head: Head,
        site: usize,
    ) -> Hands {
        Hands { pc, mem, cx, m: Reach { base: mem, cx }, r: Registers { frame, acc, facc, head }, site }
    }
}

/// The handler of a row as a function generic over the kinds of its operands. It begins with a call of `$begin`, which says where it
/// may lie: [`at_cache_line`] or [`anywhere`].
#[doc(hidden)]
#[macro_export]
macro_rules! row_handler {
    ($begin:ident $name:ident $ops:tt { hand $($rest:tt)* }) => {};
    ($begin:ident $name:ident $ops:tt { slow $($rest:tt)* }) => {};
    ($begin:ident $name:ident { $($o:ident),* } { $($e:tt)* }) => {
        $crate::handler_fn! {
            // SAFETY: every unsafe operation in a row's handler rests on its code having been verified, as the functions it
            // calls say one by one; the caller (dispatch) passes on the state of a running activation.
            #[allow(non_camel_case_types, unused_mut, unused_variables, clippy::undocumented_unsafe_blocks)]
            unsafe fn $name[$($o: $crate::isa::parts::Operand),*](pc, frame, mem, cx, acc, facc, head) {
                $begin();
                $crate::fetch_operands!(pc [$($o)*] (0usize) $($o)*);
                $( let $o = $crate::isa::parts::At::<$o>::new($o); )*
                let site = const {
                    let kinds = [$( <$o as $crate::isa::parts::OperandKind>::KIND as u8 ),*];
                    $crate::isa::parts::site(::core::stringify!($name), &kinds)
                };
                let mut h = $crate::isa::parts::Hands::new(pc, frame, mem, cx, acc, facc, head, site);
                $crate::run_row!(h ($crate::instr_len!($($o)*)); $($e)*)
            }
        }
    };
}

/// The handlers of a row in the order of its modes.
macro_rules! row_list {
    // What the driver carries out, unless it is little.
    (memory_fill [ $(($($mode:ident),*))* ] { slow $($rest:tt)* }) => { &[ $( bulk::memory_fill::<$(kind::$mode),*> as Handler ),* ] };
    (memory_copy [ $(($($mode:ident),*))* ] { slow $($rest:tt)* }) => { &[ $( bulk::memory_copy::<$(kind::$mode),*> as Handler ),* ] };
    ($name:ident $modes:tt { slow $($rest:tt)* }) => { row_list!(@ $modes |_m| slow) };
    ($name:ident [ $(($($mode:ident),*))* ] { hand $($rest:tt)* }) => { &[ $( hand::$name::<$(kind::$mode),*> as Handler ),* ] };
    ($name:ident [ $(($($mode:ident),*))* ] $body:tt) => { &[ $( $name::<$(kind::$mode),*> as Handler ),* ] };
    (@ [ $($mode:tt)* ] |$m:ident| $handler:ident) => { &[ $( { let _ = stringify!($mode); $handler as Handler } ),* ] };
}

/// Makes the handler table of the standard instruction set.
macro_rules! instruction_set {
    (($numbers:expr, $count:expr) $( family $group:ident $ops:tt $modes:tt { $( $name:ident => $body:tt )* } )*) => {
        $( $( row_handler!(at_cache_line $name $ops $body); )* )*
        static TABLE: [Handler; $count + cfg!(feature = "stats") as usize] = table(&[ $( $( row_list!($name $modes $body) ),* ),* ], &$numbers);
    };
}

/// Puts handlers, given in the order of rows and modes, at their opcodes. Those of groups that this VM is built without are
/// left out, and so never compiled to machine code.
const fn table<const N: usize>(rows: &[&[Handler]], numbers: &[Opcode]) -> [Handler; N] {
    let mut out: [Handler; N] = [retired; N];
    #[cfg(feature = "stats")]
    {
        out[N - 1] = step;
    }
    let (mut n, mut row) = (0, 0);
    while row < rows.len() {
        let mut mode = 0;
        while mode < rows[row].len() {
            if forms::has(&isa::ROWS[row], numbers[n]) {
                out[numbers[n] as usize] = rows[row][mode];
            }
            n += 1;
            mode += 1;
        }
        row += 1;
    }
    out
}

hardtack_format::standard_rows!(instruction_set isa::NUMBERS, COUNT);

/// The handlers of the standard instruction set, by opcode.
pub(crate) fn standard() -> &'static [Handler] {
    &TABLE
}
