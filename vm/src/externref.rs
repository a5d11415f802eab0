//! Values of the host's that guests hold references to.

use crate::error::Error;
use crate::store::{AnyStore, AsContextMut, StoreContext};
use crate::sync::{Handle, StoreId};
use crate::trap::TrapCode;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::any::Any;

/// A value of the host's that guests can hold and pass, but not look into.
///
/// The value lives in its store until the store is dropped or [`release`](ExternRef::release) takes it out.
///
/// ```
/// use hardtack_vm::{Engine, Error, ExternRef, Store};
///
/// let mut store = Store::new(&Engine::default(), ());
/// let file = ExternRef::new(&mut store, String::from("an open file"))?;
/// assert_eq!(file.downcast_ref::<String, _>(&store)?, "an open file");
/// assert!(file.downcast_ref::<u32, _>(&store).is_err());
/// assert!(file.release(&mut store).is_some());
/// assert!(file.data(&store).is_none(), "whoever still has the reference has nothing");
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ExternRef {
    pub(crate) handle: Handle,
    pub(crate) generation: u32,
}

impl ExternRef {
    /// Puts a value into a store.
    ///
    /// # Errors
    /// If the store's limiter forbids it: see [`ResourceLimiter::references`](crate::ResourceLimiter::references).
    pub fn new<V: Any + Send + Sync>(mut store: impl AsContextMut, value: V) -> Result<ExternRef, Error> {
        let store = store.as_context_mut().store;
        if store.entities.externs.live >= AnyStore::limiter(store).references() {
            return Err(Error::Limit("references"));
        }
        let entities = &mut store.entities;
        entities.externs.insert(entities.id, Box::new(value))
    }

    /// The value, unless it was released.
    ///
    /// # Panics
    /// If it belongs to another store.
    pub fn data<'a, T: 'a>(&self, store: impl Into<StoreContext<'a, T>>) -> Option<&'a (dyn Any + Send + Sync)> {
        let entities = &store.into().store.entities;
        let value = entities.externs.slots.get(self.handle.index_in(entities.id))?;
        if value.generation == self.generation { value.value.as_deref() } else { None }
    }

    /// Takes the value out of the store. References that guests still hold then refer to nothing.
    ///
    /// # Panics
    /// If it belongs to another store.
    pub fn release(&self, mut store: impl AsContextMut) -> Option<Box<dyn Any + Send + Sync>> {
        let entities = &mut store.as_context_mut().store.entities;
        entities.externs.remove(self.handle.index_in(entities.id), self.generation)
    }
}

/// The values of a store.
#[derive(Default)]
pub(crate) struct Externs {
    slots: Vec<Slot>,
    free: Vec<u32>,
    /// How many slots have a value.
    live: usize,
}

struct Slot {
    generation: u32,
    value: Option<Box<dyn Any + Send + Sync>>,
}

/// Generations have 24 bits; a slot that has used them up is left empty for good.
const LAST_GENERATION: u32 = 0xff_ffff;

impl Externs {
    /// How many places there are, taken or free.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// The generation that a place is in.
    pub fn generation(&self, number: usize) -> u32 {
        self.slots[number].generation
    }

    fn insert(&mut self, store: StoreId, value: Box<dyn Any + Send + Sync>) -> Result<ExternRef, Error> {
        if let Some(number) = self.free.pop() {
            let slot = &mut self.slots[number as usize];
            slot.value = Some(value);
            self.live += 1;
            return Ok(ExternRef { handle: Handle::new(store, number), generation: slot.generation });
        }
        let handle = Handle::next(store, self.slots.len(), "references")?;
        self.slots.push(Slot { generation: 0, value: Some(value) });
        self.live += 1;
        Ok(ExternRef { handle, generation: 0 })
    }

    fn remove(&mut self, number: usize, generation: u32) -> Option<Box<dyn Any + Send + Sync>> {
        let slot = self.slots.get_mut(number)?;
        if slot.generation != generation {
            return None;
        }
        let value = slot.value.take()?;
        self.live -= 1;
        if slot.generation < LAST_GENERATION {
            slot.generation += 1;
            self.free.push(number as u32);
        }
        Some(value)
    }
}

impl ExternRef {
    /// The value as one of a type. Fails as an invalid reference if it was released or is of another type.
    ///
    /// # Panics
    /// If it belongs to another store.
    pub fn downcast_ref<'a, V: Any, T: 'a>(&self, store: impl Into<StoreContext<'a, T>>) -> Result<&'a V, Error> {
        self.data(store).and_then(|value| value.downcast_ref()).ok_or_else(|| TrapCode::InvalidReference.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reused_slot_is_another_value() {
        let (store, mut values) = (StoreId::fresh(), Externs::default());
        let first = values.insert(store, Box::new(1)).unwrap();
        assert_eq!(values.remove(0, first.generation).unwrap().downcast_ref::<i32>(), Some(&1));
        assert!(values.remove(0, first.generation).is_none());
        let second = values.insert(store, Box::new(2)).unwrap();
        assert_eq!((second.handle, second.generation), (first.handle, 1));
        values.slots[0].generation = LAST_GENERATION;
        assert!(values.remove(0, LAST_GENERATION).is_some());
        assert_ne!(values.insert(store, Box::new(3)).unwrap().handle, first.handle);
    }
}
