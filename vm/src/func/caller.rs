//! What a host function gets to see of who calls it.

use crate::engine::Engine;
use crate::instance::{Extern, Instance};
use crate::store::{AsContext, AsContextMut, Store, StoreContext, StoreContextMut};
use crate::sync::Handle;

/// The store during a call of a host function, and the instance that calls.
#[derive(Debug)]
pub struct Caller<'a, T> {
    pub(crate) store: StoreContextMut<'a, T>,
    instance: Option<u32>,
}

impl<'a, T> Caller<'a, T> {
    pub(crate) fn new(store: &'a mut Store<T>, instance: Option<u32>) -> Caller<'a, T> {
        Caller { store: StoreContextMut { store }, instance }
    }

    /// The instance that calls; `None` if the host calls its function itself.
    pub fn instance(&self) -> Option<Instance> {
        Some(Instance(Handle::new(self.store.store.id(), self.instance?)))
    }

    /// An export of the instance that calls.
    pub fn get_export(&self, name: &str) -> Option<Extern> {
        self.instance()?.get_export(self, name)
    }

    /// The store's engine.
    pub fn engine(&self) -> &Engine {
        self.store.engine()
    }

    /// The host's data.
    pub fn data(&self) -> &T {
        self.store.data()
    }

    /// The host's data, to be changed.
    pub fn data_mut(&mut self) -> &mut T {
        self.store.data_mut()
    }

    /// What is left of the fuel.
    pub fn get_fuel(&self) -> u64 {
        self.store.get_fuel()
    }

    /// Sets the fuel that the guest goes on with.
    pub fn set_fuel(&mut self, fuel: u64) {
        self.store.set_fuel(fuel);
    }

    /// Adds fuel; it does not go above `u64::MAX`.
    pub fn add_fuel(&mut self, fuel: u64) {
        self.store.add_fuel(fuel);
    }
}

impl<T> AsContext for Caller<'_, T> {
    type Data = T;
    fn as_context(&self) -> StoreContext<'_, T> {
        self.store.as_context()
    }
}

impl<T> AsContextMut for Caller<'_, T> {
    fn as_context_mut(&mut self) -> StoreContextMut<'_, T> {
        self.store.as_context_mut()
    }
}
