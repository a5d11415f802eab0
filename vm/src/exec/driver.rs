//! The driver: enters guest code, and does for it whatever leaves the dispatch loop.
//!
//! A call from the host makes one [`Run`]. Calls from one instance to another don't recurse: each suspends an activation, on a
//! list, and begins another on the callee's own stacks. Only calls from host functions back into the store recurse on the
//! native stack; they are counted.

use super::context::{Context, Exit, FuncEntry, last_starts};
use super::dispatcher;
use super::reference;
use super::stack::{Place, Stack};
use super::suspend::Suspension;
use crate::entities::{Entities, InstanceEntity};
use crate::error::Error;
use crate::few::Buffer;
use crate::module::Module;
use crate::store::{AnyStore, CallWindow};
use crate::trap::TrapCode;
use crate::types::ValType;
use crate::val::{check_cell, sort_of};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ptr;
use core::sync::atomic::Ordering;
use hardtack_format::module::FuncRecord;

/// Most fuel granted at once: between slices the driver looks whether it should interrupt, about a millisecond of any work. A loop
/// around a large `br_table` pays for its whole body at each turn, tens of thousands of units, and must not leave for it each time.
const SLICE: u64 = 1 << 19;

/// Fuel that a call of a host function costs.
const HOST_CALL: u64 = 10;

/// Calls a function of the store. The window's slices hold at least what the function's type needs.
pub(crate) fn call(store: &mut dyn AnyStore, func: u32, window: CallWindow<'_>) -> Result<(), Error> {
    start(store, func, window, None, |run, result| run.end(result))?;
    Ok(())
}

/// Calls a function of the store so that it can go on after a lack of fuel: then there is a suspension.
pub(crate) fn call_resumable(
    store: &mut dyn AnyStore,
    func: u32,
    window: CallWindow<'_>,
) -> Result<Option<Box<Suspension>>, Error> {
    start(store, func, window, Some(Vec::new()), |run, result| run.conclude(result))
}

/// What makes of a run's end what the host is told. A host that resumes nothing needn't have what suspends.
type Conclude = fn(&mut Run<'_>, Result<(), Error>) -> Result<Option<Box<Suspension>>, Error>;

fn start(
    store: &mut dyn AnyStore,
    func: u32,
    window: CallWindow<'_>,
    mut displaced: Option<Displaced>,
    conclude: Conclude,
) -> Result<Option<Box<Suspension>>, Error> {
    let nested = Nested::new(store)?;
    let entities = nested.store.entities();
    let entry = entities.func_entries[func as usize];
    if entry.instance == FuncEntry::HOST {
        return nested.store.call_host(entry.func, None, window).map(|()| None);
    }
    let (params, ref_params) = entities.types.get(entry.ty).params;
    let current = match begin(entities, entry, &mut displaced) {
        Ok(current) => current,
        Err(code) => {
            restore(entities, &mut displaced);
            return Err(code.into());
        }
    };
    let stack = &mut entities.instances[entry.instance as usize].stack;
    stack.put(current.base, &window.numbers[..params], &window.refs[..ref_params]);
    let mut run = Run::new(nested, current, displaced);
    let Run { nested, cx, .. } = &mut run;
    enter(nested.store.entities(), cx, entry, current);
    let result = run.charge_entry(entry).and_then(|()| run.drive(window));
    conclude(&mut run, result)
}

/// A call from the host that is under way.
pub(super) struct Nested<'s> {
    pub store: &'s mut dyn AnyStore,
}

impl<'s> Nested<'s> {
    pub fn new(store: &'s mut dyn AnyStore) -> Result<Nested<'s>, TrapCode> {
        let entities = store.entities();
        if entities.nesting >= entities.engine.config().call_nesting {
            return Err(TrapCode::StackOverflow);
        }
        entities.nesting += 1;
        Ok(Nested { store })
    }
}

impl Drop for Nested<'_> {
    fn drop(&mut self) {
        self.store.entities().nesting -= 1;
    }
}

/// What runs on an instance's stacks from a bottom frame on.
#[derive(Clone, Copy)]
pub(super) struct Activation {
    pub instance: u32,
    /// Store-wide type of the function that it began with.
    ty: u32,
    /// The bottom frame; its header lies below.
    base: Place,
}

/// An activation that waits for another instance, and where it goes on.
pub(super) struct Suspended {
    pub activation: Activation,
    pub call: Call,
}

/// A call that leaves an instance.
#[derive(Clone, Copy)]
pub(super) struct Call {
    /// The instruction and the one after it, in bytes of the CODE section.
    pub pc: u32,
    after: u32,
    /// The caller's frame.
    pub frame: Place,
    /// The call's window, as slots of the caller's stacks.
    window: Place,
}

/// The stacks that instances had before a run put stacks of its own in their place, by instance
/// in ascending order: few, and seldom added to.
pub(super) type Displaced = Vec<(u32, Stack)>;

/// Gives the instances the stacks back that they had.
fn restore(entities: &mut Entities, displaced: &mut Option<Displaced>) {
    for (instance, stack) in displaced.take().into_iter().flatten() {
        entities.instances[instance as usize].stack = stack;
    }
}

/// What a run does first when it goes on after a lack of fuel.
#[derive(Clone, Copy)]
pub(super) enum Then {
    /// It executes the instruction at `pc`.
    Dispatch,
    /// It goes on with the slow instruction at `pc`: so many of its steps are charged.
    Slow(usize),
    /// It calls a function of the host's, which is charged.
    Host(FuncEntry, Call),
}

/// A call from the host into guest code.
pub(super) struct Run<'s> {
    pub nested: Nested<'s>,
    pub cx: Context,
    pub current: Activation,
    pub suspended: Vec<Suspended>,
    /// Only a run with stacks of its own can be suspended: then nobody else's frames lie above or below its own.
    pub displaced: Option<Displaced>,
    /// What it lacks of the fuel that it owes: not zero once it has failed for lack of fuel.
    pub debt: u64,
    pub then: Then,
    /// Whether nothing of it is left in the store that would have to be ended.
    pub over: bool,
}

/// Points a context at what the store holds of an instance now, and at a frame of its.
fn fill(entities: &Entities, cx: &mut Context, number: u32, frame: Place) {
    let instance = &entities.instances[number as usize];
    instance.stack.show(cx, frame);
    fill_memory(entities, cx, instance);
    #[cfg(not(feature = "compact"))]
    {
        cx.handlers = instance.module.handlers();
    }
    cx.code = instance.module.code().as_ptr();
    // The prologue stands before the record of function 0.
    cx.funcs = instance.module.funcs().as_ptr().wrapping_add(FuncRecord::LEN);
    cx.globals = instance.cells.as_ptr();
    cx.imported_globals = instance.imported_globals.0.as_ptr();
    cx.tables = instance.table_views.0.as_ptr();
    cx.types = instance.types.as_ptr();
    cx.func_entries = entities.func_entries.as_ptr();
    cx.func_count = entities.func_entries.len() as u32;
    cx.instance = number;
}

fn fill_memory(entities: &Entities, cx: &mut Context, instance: &InstanceEntity) {
    let (base, len) = match instance.memories.first() {
        Some(memory) => {
            let bytes = &entities.memories[*memory as usize].bytes;
            (bytes.as_ptr(), bytes.len())
        }
        None => (ptr::null_mut(), 0),
    };
    (cx.memory, cx.last_starts) = (base, last_starts(len));
}

/// Lays out a bottom frame for a function of an instance. The parameters are still to be put into it.
fn begin(entities: &mut Entities, entry: FuncEntry, displaced: &mut Option<Displaced>) -> Result<Activation, TrapCode> {
    let Entities { instances, engine, .. } = entities;
    let InstanceEntity { module, stack, .. } = &mut instances[entry.instance as usize];
    if let Some(displaced) = displaced
        && let Err(place) = displaced.binary_search_by_key(&entry.instance, |(instance, _)| *instance)
    {
        displaced.insert(place, (entry.instance, core::mem::replace(stack, Stack::new())));
    }
    let (_, record) = record(module, entry.func);
    // The header takes a word.
    let base = stack.top.above(1, 0);
    stack.reserve(base.above(record.frame as usize, record.ref_frame as usize), engine.config())?;
    stack.begin(base, record.ref_frame as usize);
    Ok(Activation { instance: entry.instance, ty: entry.ty, base })
}

/// Points a context at the first instruction of a function that was begun.
fn enter(entities: &Entities, cx: &mut Context, entry: FuncEntry, begun: Activation) {
    fill(entities, cx, begun.instance, begun.base);
    let (start, _) = record(&entities.instances[begun.instance as usize].module, entry.func);
    cx.pc = cx.code.wrapping_add(start as usize * 2);
    cx.acc = 0;
    cx.facc = 0.0;
}

/// The first unit of a function that a module defines, and its record.
fn record(module: &Module, func: u32) -> (u32, FuncRecord) {
    let (records, _) = module.funcs().as_chunks();
    // The record before is that of the function before, or the prologue.
    let (before, own) = (&records[func as usize], &records[func as usize + 1]);
    (FuncRecord::read(before).end, FuncRecord::read(own))
}

/// Checks the references among arguments or results: the typed boundary between instances.
fn check_refs(types: &[ValType], refs: &[u64]) -> Result<(), TrapCode> {
    let ref_types = types.iter().filter(|ty| sort_of(**ty).is_some());
    ref_types.zip(refs).try_for_each(|(ty, cell)| check_cell(*cell, *ty))
}

impl<'s> Run<'s> {
    pub(super) fn new(nested: Nested<'s>, current: Activation, displaced: Option<Displaced>) -> Run<'s> {
        let (cx, suspended, then) = (Context::idle(), Vec::new(), Then::Dispatch);
        Run { nested, cx, current, suspended, displaced, debt: 0, then, over: false }
    }
}

impl Run<'_> {
    pub(super) fn store(&mut self) -> &mut dyn AnyStore {
        self.nested.store
    }

    pub(super) fn entities(&mut self) -> &mut Entities {
        self.nested.store.entities()
    }

    /// Runs until the first function returns; its results are then in the window.
    pub(super) fn drive(&mut self, mut window: CallWindow<'_>) -> Result<(), Error> {
        loop {
            let exit = self.dispatch();
            match exit {
                Exit::LEAVE => {
                    if self.leave(&mut window)? {
                        return Ok(());
                    }
                }
                Exit::SLOW => self.slow()?,
                Exit::FUEL => self.refuel()?,
                Exit::CROSS => self.cross()?,
                #[cfg(feature = "stats")]
                Exit::SAMPLE => self.sample(),
                other => match other.as_trap() {
                    // A call that finds no room has changed nothing: with more room it is tried again.
                    Some(TrapCode::StackOverflow) => self.make_room()?,
                    Some(code) => return Err(code.into()),
                    None => unreachable!("the dispatch loop has no other exits: {other:?}"),
                },
            }
        }
    }

    /// What the end of a run means that nobody can resume.
    pub(super) fn end(&mut self, result: Result<(), Error>) -> Result<Option<Box<Suspension>>, Error> {
        result.map(|()| None).map_err(|error| self.with_backtrace(error))
    }

    /// Runs until something leaves the dispatch loop.
    fn dispatch(&mut self) -> Exit {
        #[cfg(feature = "stats")]
        if let Some(counting) = &mut self.nested.store.entities().instances[self.current.instance as usize].counting {
            // SAFETY: as below; `instantiate` made `counting` of the instance's code.
            return unsafe { dispatcher::run_counting(&raw mut self.cx, counting) };
        }
        // SAFETY: `enter` and `resume` left the context describing an activation: `pc` at an instruction of verified code,
        // frames within their stacks, all else as `fill` took it from the store, which nothing has changed since.
        unsafe { dispatcher::run(&raw mut self.cx) }
    }

    /// The frame of the running function.
    pub(super) fn frame(&mut self) -> Place {
        self.nested.store.entities().instances[self.current.instance as usize].stack.find(&self.cx)
    }

    /// The function that a run's results are those of.
    pub(super) fn func_type(&self) -> u32 {
        self.suspended.first().map_or(self.current.ty, |first| first.activation.ty)
    }

    /// Where the run stands, in bytes of the CODE section.
    pub(super) fn offset(&self) -> u32 {
        (self.cx.pc.addr() - self.cx.code.addr()) as u32
    }

    /// Makes room on the running instance's stacks for the callee of the call at `pc`.
    #[cold]
    #[inline(never)]
    fn make_room(&mut self) -> Result<(), Error> {
        // Only a call can be helped, not a `trap` of the same number.
        let Some((func, window, ref_window)) = self.callee() else { return Err(TrapCode::StackOverflow.into()) };
        let Entities { instances, engine, .. } = self.nested.store.entities();
        let InstanceEntity { module, stack, .. } = &mut instances[self.current.instance as usize];
        let (_, record) = record(module, func);
        let frame = stack.find(&self.cx);
        let end = frame.above(window + record.frame as usize, ref_window + record.ref_frame as usize);
        let made = stack.reserve(end, engine.config());
        // One of the two stacks may have moved even if the other couldn't grow.
        stack.show(&mut self.cx, frame);
        made?;
        self.charge_growth()
    }

    /// Charges what every call costs at the callee's entry.
    fn charge_entry(&mut self, entry: FuncEntry) -> Result<(), Error> {
        let InstanceEntity { module, stack, .. } = &mut self.entities().instances[entry.instance as usize];
        let (start, record) = record(module, entry.func);
        let growth = stack.bill();
        self.charge(1 + (record.end - start) as u64 / 64 + record.ref_frame as u64 / 8 + growth)
    }

    /// Charges for what the running instance's stacks have grown.
    fn charge_growth(&mut self) -> Result<(), Error> {
        let instance = self.current.instance as usize;
        let growth = self.entities().instances[instance].stack.bill();
        self.charge(growth)
    }

    /// Charges fuel.
    pub(super) fn charge(&mut self, amount: u64) -> Result<(), Error> {
        // Slices and amounts are below 2^62: amounts are counts of bytes or elements that the host's memory holds.
        self.cx.fuel -= amount as i64;
        if self.cx.fuel < 0 { self.refuel() } else { Ok(()) }
    }

    /// Grants a slice of the store's fuel.
    pub(super) fn refuel(&mut self) -> Result<(), Error> {
        self.look_for_interrupt()?;
        let owed = (-self.cx.fuel).max(0) as u64;
        let entities = self.nested.store.entities();
        if entities.fuel < owed {
            self.debt = owed - core::mem::take(&mut entities.fuel);
            self.cx.fuel = 0;
            return Err(TrapCode::OutOfFuel.into());
        }
        entities.fuel -= owed;
        let slice = entities.fuel.min(SLICE);
        entities.fuel -= slice;
        self.cx.fuel = slice as i64;
        Ok(())
    }

    /// Gives what is left of the slice back to the store, so that it has the true amount.
    pub(super) fn return_fuel(&mut self) {
        let left = core::mem::take(&mut self.cx.fuel);
        let entities = self.entities();
        entities.fuel = entities.fuel.saturating_add_signed(left);
    }

    fn look_for_interrupt(&mut self) -> Result<(), Error> {
        let flag = &self.entities().interrupt;
        if flag.load(Ordering::Relaxed) {
            flag.store(false, Ordering::Relaxed);
            return Err(TrapCode::Interrupted.into());
        }
        Ok(())
    }

    /// The memory may have moved or grown.
    pub(super) fn reload_memory(&mut self) {
        let entities = self.nested.store.entities();
        fill_memory(entities, &mut self.cx, &entities.instances[self.current.instance as usize]);
    }

    /// Calls a function of the host's or of another instance. The windows are those of the call that `pc` is at: they hold the
    /// parameters and results of its type (rules V50, V51), which is the function's. Instantiation checks that of imports, the handler of
    /// `call_indirect` of elements.
    pub(super) fn call(&mut self, func: u32, window: usize, ref_window: usize, after: u32) -> Result<(), Error> {
        let (number, pc) = (self.current.instance, self.offset());
        let entities = self.nested.store.entities();
        let entry = entities.func_entries[func as usize];
        let ty = entities.types.get(entry.ty);
        let (len, ref_len) = ty.window();
        let stack = &mut entities.instances[number as usize].stack;
        let frame = stack.find(&self.cx);
        let window = frame.above(window, ref_window);
        // Calls back into this instance begin above the window.
        stack.top = window.above(len, ref_len);
        let call = Call { pc, after, frame, window };
        if entry.instance == FuncEntry::HOST {
            self.then = Then::Host(entry, call);
            self.charge(HOST_CALL)?;
            self.then = Then::Dispatch;
            return self.call_host(entry, call);
        }

        let (params, ref_params) = ty.params;
        let (_, refs) = stack.cells(window, 0, ref_params);
        check_refs(ty.ty.params(), refs)?;
        if self.suspended.len() >= entities.engine.config().crossings || self.suspended.try_reserve(1).is_err() {
            return Err(TrapCode::StackOverflow.into());
        }
        let callee = begin(entities, entry, &mut self.displaced)?;
        let [caller, other] = entities
            .instances
            .get_disjoint_mut([number as usize, callee.instance as usize])
            .expect("calls within an instance don't leave the dispatch loop");
        let (numbers, refs) = caller.stack.cells(window, params, ref_params);
        other.stack.put(callee.base, numbers, refs);
        enter(entities, &mut self.cx, entry, callee);
        self.suspended.push(Suspended { activation: self.current, call });
        self.current = callee;
        self.charge_entry(entry)
    }

    /// Calls a function of the host's, which is charged.
    pub(super) fn call_host(&mut self, entry: FuncEntry, call: Call) -> Result<(), Error> {
        self.return_fuel();
        let number = self.current.instance;
        let entities = self.nested.store.entities();
        let ty = entities.types.get(entry.ty);
        let ((params, ref_params), (results, ref_results)) = (ty.params, ty.results);
        let (len, ref_len) = ty.window();
        // The function gets a copy: the stacks move if it calls back and they grow. Null is zero.
        let mut cells = Buffer::new(len + ref_len, reference::NULL);
        let (numbers, refs) = cells.slice().split_at_mut(len);
        let (from, from_refs) = entities.instances[number as usize].stack.cells(call.window, params, ref_params);
        numbers[..params].copy_from_slice(from);
        refs[..ref_params].copy_from_slice(from_refs);
        let window = CallWindow { numbers: &mut *numbers, refs: &mut *refs };
        let outcome = self.nested.store.call_host(entry.func, Some(number), window);
        if outcome.is_ok() {
            let stack = &mut self.entities().instances[number as usize].stack;
            stack.put(call.window, &numbers[..results], &refs[..ref_results]);
        }
        let first = numbers[..results].first().copied();
        self.resume(call, first);
        if let Err(error) = outcome {
            // The backtrace begins at the call.
            self.cx.pc = self.cx.code.wrapping_add(call.pc as usize);
            return Err(error);
        }
        self.refuel()
    }

    /// Points the context at an instruction, by its offset in bytes, and a frame of the current activation.
    pub(super) fn at(&mut self, offset: u32, frame: Place) {
        let Run { nested, cx, current, .. } = self;
        fill(nested.store.entities(), cx, current.instance, frame);
        cx.pc = cx.code.wrapping_add(offset as usize);
    }

    /// Goes on in the current activation after a call of which this is the first number result.
    fn resume(&mut self, call: Call, result: Option<u64>) {
        let current = self.current;
        let entities = self.nested.store.entities();
        current.release(entities);
        self.at(call.after, call.frame);
        // Without a result they are zero: what they held is another instance's.
        let bits = result.unwrap_or(0);
        self.cx.acc = bits;
        self.cx.facc = f64::from_bits(bits);
    }

    /// The bottom frame has returned. Takes its results to whoever called; true if that is the host.
    fn leave(&mut self, window: &mut CallWindow<'_>) -> Result<bool, Error> {
        let Activation { instance, ty, base } = self.current;
        let Entities { instances, types, .. } = self.nested.store.entities();
        let ty = types.get(ty);
        // Results are left in the first slots of the bottom frame, which holds them (rule V15).
        let (len, ref_len) = ty.results;
        let (numbers, refs) = instances[instance as usize].stack.cells(base, len, ref_len);
        let first = numbers.first().copied();
        let Some(caller) = self.suspended.last() else {
            window.numbers[..len].copy_from_slice(numbers);
            window.refs[..ref_len].copy_from_slice(refs);
            return Ok(true);
        };
        check_refs(ty.ty.results(), refs)?;
        let [callee, into] = instances
            .get_disjoint_mut([instance as usize, caller.activation.instance as usize])
            .expect("an instance is suspended only for another");
        let (numbers, refs) = callee.stack.cells(base, len, ref_len);
        into.stack.put(caller.call.window, numbers, refs);
        self.current.end(self.nested.store.entities());
        if let Some(Suspended { activation, call }) = self.suspended.pop() {
            self.current = activation;
            self.resume(call, first);
        }
        Ok(false)
    }
}

impl Activation {
    /// Gives the slots from its bottom frame on back to its instance.
    fn release(self, entities: &mut Entities) {
        entities.instances[self.instance as usize].stack.top = self.below();
    }

    /// The same for good: the activation is over.
    fn end(self, entities: &mut Entities) {
        entities.instances[self.instance as usize].stack.end(self.below());
    }

    /// Where its header lies.
    fn below(self) -> Place {
        Place { number: self.base.number - 1, ..self.base }
    }
}

/// However the call ends, by a panic of a host function too, stacks and fuel are as they should be.
impl Drop for Run<'_> {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        self.return_fuel();
        let entities = self.nested.store.entities();
        self.current.end(entities);
        for suspended in self.suspended.iter().rev() {
            suspended.activation.end(entities);
        }
        restore(entities, &mut self.displaced);
    }
}
