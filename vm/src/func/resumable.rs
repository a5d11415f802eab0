//! Calls that a lack of fuel only suspends.

use super::into_func::{Cells, WasmParams, WasmResults};
use super::{Func, TypedFunc, check_count, put_values, take_values};
use crate::error::Error;
use crate::exec::driver;
use crate::exec::suspend::Suspension;
use crate::few::{Buffer, FEW};
use crate::store::{AsContextMut, CallWindow};
use crate::val::Val;
use alloc::boxed::Box;
use alloc::vec;
use core::fmt;
use core::marker::PhantomData;

/// What has become of a call made with [`Func::call_resumable`] or [`TypedFunc::call_resumable`].
///
/// ```
/// use hardtack_vm::{AsContextMut, Error, ResumableCall};
///
/// /// Lets a call go on to its end, in rounds of so much fuel; in between the host has time for other things.
/// fn finish<R: hardtack_vm::WasmResults>(
///     mut store: impl AsContextMut,
///     mut call: ResumableCall<R>,
///     fuel: u64,
/// ) -> Result<R, Error> {
///     loop {
///         match call {
///             ResumableCall::Finished(results) => return Ok(results),
///             ResumableCall::OutOfFuel(suspended) => {
///                 store.as_context_mut().add_fuel(fuel);
///                 call = suspended.resume(&mut store)?;
///             }
///         }
///     }
/// }
/// ```
#[derive(Debug)]
#[must_use = "a suspended call that is dropped is abandoned"]
pub enum ResumableCall<R> {
    /// It is over; these are its results.
    Finished(R),
    /// The store's fuel is used up, and the call can go on when there is more.
    OutOfFuel(SuspendedCall<R>),
}

/// A call that has stopped for lack of fuel and can go on.
///
/// It has stacks of its own, so whatever is done with the store in the meantime leaves it as it is: other calls, to the same
/// instance too, made and suspended and resumed in any order, from host functions as well. What is shared between calls, memories
/// and tables and globals, may have been changed by them. Dropping it abandons the call and frees its stacks.
///
/// However a call is cut into pieces, it does and costs what it does and costs in one piece.
///
/// ```
/// use hardtack_vm::{Engine, Instance, Module, ResumableCall, Store};
///
/// let wat = br#"(module (func (export "spin") (loop $again (br $again))))"#;
/// let mut store = Store::new(&Engine::default(), ());
/// let module = Module::load(hardtack_compiler::compile(wat, &Default::default())?)?;
/// let spin = Instance::new(&mut store, &module, &[])?.get_typed_func::<(), ()>(&store, "spin")?;
/// store.set_fuel(1_000);
/// match spin.call_resumable(&mut store, ())? {
///     ResumableCall::Finished(()) => unreachable!("it never ends"),
///     ResumableCall::OutOfFuel(suspended) => {
///         println!("it needs {} more", suspended.fuel_needed());
///         // To give up, drop it.
///         drop(suspended);
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SuspendedCall<R> {
    suspension: Box<Suspension>,
    results: PhantomData<fn() -> R>,
}

impl<R> ResumableCall<R> {
    fn of(outcome: Result<R, Box<Suspension>>) -> ResumableCall<R> {
        match outcome {
            Ok(results) => ResumableCall::Finished(results),
            Err(suspension) => ResumableCall::OutOfFuel(SuspendedCall::new(suspension)),
        }
    }
}

impl<R> SuspendedCall<R> {
    fn new(suspension: Box<Suspension>) -> SuspendedCall<R> {
        SuspendedCall { suspension, results: PhantomData }
    }

    /// How much fuel is needed at least for the call to go on. With less, [`resume`](SuspendedCall::resume) uses that up and the call stays
    /// suspended, needing so much less.
    pub fn fuel_needed(&self) -> u64 {
        self.suspension.debt()
    }
}

impl<R> fmt::Debug for SuspendedCall<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SuspendedCall").field("fuel_needed", &self.fuel_needed()).finish_non_exhaustive()
    }
}

impl<R: WasmResults> SuspendedCall<R> {
    /// Goes on with the call.
    ///
    /// # Errors
    /// As for [`TypedFunc::call`]; a lack of fuel is none. The call is then over.
    ///
    /// # Panics
    /// If it belongs to another store.
    pub fn resume(self, mut store: impl AsContextMut) -> Result<ResumableCall<R>, Error> {
        let store = store.as_context_mut().store;
        let id = store.id();
        let outcome = self.suspension.resume(store, |_, window| Ok(R::take(&mut Cells::new(id, window))?))?;
        Ok(ResumableCall::of(outcome))
    }
}

impl SuspendedCall<Box<[Val]>> {
    /// Goes on with the call.
    ///
    /// # Errors
    /// As for [`Func::call`]; a lack of fuel is none. The call is then over.
    ///
    /// # Panics
    /// If it belongs to another store.
    pub fn resume(self, mut store: impl AsContextMut) -> Result<ResumableCall<Box<[Val]>>, Error> {
        let store = store.as_context_mut().store;
        let id = store.id();
        let outcome = self.suspension.resume(store, |ty, window| {
            let mut results = vec![Val::I32(0); ty.ty.results().len()].into_boxed_slice();
            take_values(&window, ty.ty.results(), &mut results, id)?;
            Ok(results)
        })?;
        Ok(ResumableCall::of(outcome))
    }
}

impl Func {
    /// Calls it so that a lack of fuel only suspends the call, to go on when there is fuel again.
    ///
    /// The call begins on stacks of its own. Only it can be suspended itself: if a host function that it calls makes a call that runs out of
    /// fuel, that one has to be resumed by that host function, or be made resumable, kept, and resumed later. If it was made with
    /// [`call`](Self::call) it ends with a trap, and so does this one if the host function returns the trap. A start function can't be
    /// suspended.
    ///
    /// # Errors
    /// As for [`call`](Self::call), apart from a lack of fuel.
    ///
    /// # Panics
    /// If it belongs to another store.
    pub fn call_resumable(
        &self,
        mut store: impl AsContextMut,
        params: &[Val],
    ) -> Result<ResumableCall<Box<[Val]>>, Error> {
        let store = store.as_context_mut().store;
        let (id, number) = (store.id(), self.0.number_in(store.id()));
        let entry = store.entities.func_type(number);
        let (ty, (len, ref_len)) = (entry.ty.clone(), entry.window());
        check_count("arguments", ty.params(), params.len())?;
        let (mut numbers, mut refs) = (Buffer::new(len, 0), Buffer::new(ref_len, 0));
        let mut window = CallWindow { numbers: numbers.slice(), refs: refs.slice() };
        put_values(&mut window, ty.params(), params, id)?;
        let outcome = driver::call_resumable(store, number, CallWindow { numbers: window.numbers, refs: window.refs })?;
        if let Some(suspension) = outcome {
            return Ok(ResumableCall::OutOfFuel(SuspendedCall::new(suspension)));
        }
        let mut results = vec![Val::I32(0); ty.results().len()].into_boxed_slice();
        take_values(&window, ty.results(), &mut results, id)?;
        Ok(ResumableCall::Finished(results))
    }
}

impl<Params: WasmParams, Results: WasmResults> TypedFunc<Params, Results> {
    /// Calls it so that a lack of fuel only suspends the call, to go on when there is fuel again: see [`Func::call_resumable`].
    ///
    /// ```
    /// # use hardtack_vm::{Engine, Error, Instance, Module, ResumableCall, Store};
    /// # let wat = br#"(module (func (export "sum") (param i32) (result i32) (local i32)
    /// #     (loop $more
    /// #         (local.set 1 (i32.add (local.get 1) (local.get 0)))
    /// #         (br_if $more (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    /// #     (local.get 1)))"#;
    /// # let module = Module::load(hardtack_compiler::compile(wat, &Default::default()).unwrap())?;
    /// let mut store = Store::new(&Engine::default(), ());
    /// let instance = Instance::new(&mut store, &module, &[])?;
    /// let sum = instance.get_typed_func::<i32, i32>(&store, "sum")?;
    /// store.set_fuel(0);
    /// let mut pieces = 1;
    /// let mut call = sum.call_resumable(&mut store, 100_000)?;
    /// let result = loop {
    ///     call = match call {
    ///         ResumableCall::Finished(result) => break result,
    ///         ResumableCall::OutOfFuel(suspended) => {
    ///             pieces += 1;
    ///             store.add_fuel(10_000);
    ///             suspended.resume(&mut store)?
    ///         }
    ///     }
    /// };
    /// assert_eq!(result, 705082704);
    /// assert!(pieces > 10);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As for [`call`](Self::call), apart from a lack of fuel.
    ///
    /// # Panics
    /// If it belongs to another store.
    pub fn call_resumable(
        &self,
        mut store: impl AsContextMut,
        params: Params,
    ) -> Result<ResumableCall<Results>, Error> {
        const { assert!(Params::TYPES.len() <= FEW && Results::TYPES.len() <= FEW) };
        let store = store.as_context_mut().store;
        let (id, number) = (store.id(), self.func().0.number_in(store.id()));
        let (mut numbers, mut refs) = ([0; FEW], [0; FEW]);
        params.put(&mut Cells::new(id, CallWindow { numbers: &mut numbers, refs: &mut refs }))?;
        let window = CallWindow { numbers: &mut numbers, refs: &mut refs };
        Ok(match driver::call_resumable(store, number, window)? {
            Some(suspension) => ResumableCall::OutOfFuel(SuspendedCall::new(suspension)),
            None => {
                let window = CallWindow { numbers: &mut numbers, refs: &mut refs };
                ResumableCall::Finished(Results::take(&mut Cells::new(id, window))?)
            }
        })
    }
}
