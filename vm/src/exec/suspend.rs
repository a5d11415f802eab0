//! Calls that stopped for lack of fuel and can go on.
//!
//! A [`Suspension`] is plain data: places on stacks, offsets in code, and the stacks themselves, which the run had for itself and takes
//! with it. So the store holds nothing of it: other calls may run in between, a suspension may be dropped, and there may be any number
//! of them, resumed in any order and at any nesting.

use super::driver::{Activation, Displaced, Nested, Run, Suspended, Then};
use super::stack::Place;
use crate::entities::StoreType;
use crate::error::Error;
use crate::few::Buffer;
use crate::store::{AnyStore, CallWindow};
use crate::sync::StoreId;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// A call into guest code that stopped for lack of fuel.
pub(crate) struct Suspension {
    store: StoreId,
    current: Activation,
    suspended: Vec<Suspended>,
    /// The run's stacks, by instance.
    stacks: Displaced,
    /// Where it stands in the code and on the stacks of the current activation.
    offset: u32,
    frame: Place,
    acc: u64,
    facc: f64,
    debt: u64,
    then: Then,
}

impl Suspension {
    /// What the store must have for it to go on: more than nothing.
    pub fn debt(&self) -> u64 {
        self.debt
    }

    /// Goes on, and hands what the call results in to `finished`.
    ///
    /// # Panics
    /// If it belongs to another store.
    pub fn resume<R>(
        self,
        store: &mut dyn AnyStore,
        finished: impl FnOnce(&StoreType, CallWindow<'_>) -> Result<R, Error>,
    ) -> Result<Result<R, Box<Suspension>>, Error> {
        assert!(store.entities().id == self.store, "a suspended call is resumed in a store that it does not belong to");
        let Suspension { store: _, current, suspended, mut stacks, offset, frame, acc, facc, debt, then } = self;
        let nested = Nested::new(&mut *store)?;
        exchange(&mut stacks, nested.store);
        let mut run = Run::new(nested, current, Some(stacks));
        run.suspended = suspended;
        run.at(offset, frame);
        (run.cx.acc, run.cx.facc) = (acc, facc);
        run.then = then;
        let ty = run.func_type();
        let (len, ref_len) = run.entities().types.get(ty).results;
        let (mut numbers, mut refs) = (Buffer::new(len, 0), Buffer::new(ref_len, 0));
        let window = CallWindow { numbers: numbers.slice(), refs: refs.slice() };
        let result = run.pay(debt).and_then(|()| run.go_on()).and_then(|()| run.drive(window));
        let outcome = run.conclude(result);
        drop(run);
        match outcome? {
            Some(again) => Ok(Err(again)),
            None => {
                let window = CallWindow { numbers: numbers.slice(), refs: refs.slice() };
                finished(store.entities().types.get(ty), window).map(Ok)
            }
        }
    }
}

/// Puts stacks in the place of those that their instances have, and those into theirs.
fn exchange(stacks: &mut Displaced, store: &mut dyn AnyStore) {
    let entities = store.entities();
    for (instance, stack) in stacks {
        core::mem::swap(stack, &mut entities.instances[*instance as usize].stack);
    }
}

impl Run<'_> {
    /// Pays what was charged when the fuel ran out.
    fn pay(&mut self, debt: u64) -> Result<(), Error> {
        // Below 2^63, as a charge is.
        self.cx.fuel = -(debt as i64);
        self.refuel()
    }

    /// Does what was to be done when the fuel ran out.
    fn go_on(&mut self) -> Result<(), Error> {
        match self.then {
            Then::Dispatch => Ok(()),
            Then::Slow(_) => self.slow(),
            Then::Host(entry, call) => {
                self.then = Then::Dispatch;
                self.call_host(entry, call)
            }
        }
    }

    /// What the call's end means: that a lack of fuel only suspends it, if it has stacks of its own.
    pub(super) fn conclude(&mut self, result: Result<(), Error>) -> Result<Option<Box<Suspension>>, Error> {
        match result {
            // A lack of fuel of its own: a host function's error, of a call within it perhaps, leaves no debt.
            Err(_) if self.debt != 0 && self.displaced.is_some() => Ok(self.suspend()),
            result => self.end(result),
        }
    }

    /// Takes the run out of the store; `None` if it has no stacks of its own.
    #[cold]
    #[inline(never)]
    fn suspend(&mut self) -> Option<Box<Suspension>> {
        let (offset, frame, store) = (self.offset(), self.frame(), self.entities().id);
        let mut stacks = self.displaced.take()?;
        self.return_fuel();
        exchange(&mut stacks, self.nested.store);
        self.over = true;
        Some(Box::new(Suspension {
            store,
            current: self.current,
            suspended: core::mem::take(&mut self.suspended),
            stacks,
            offset,
            frame,
            acc: self.cx.acc,
            facc: self.cx.facc,
            debt: self.debt,
            then: self.then,
        }))
    }
}
