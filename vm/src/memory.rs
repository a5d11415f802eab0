//! Linear memories.

use crate::error::{Error, MemoryAccessError};
use crate::exec::storage::{OutOfMemory, Zeroed};
use crate::store::{AnyStore, AsContext, AsContextMut, StoreContext, StoreContextMut};
use crate::sync::Handle;
use crate::types::MemoryType;

/// Most pages of a memory with 32-bit addresses.
const MOST_PAGES: u64 = 1 << 16;

/// A linear memory of a store.
///
/// Its bytes can be borrowed while no guest code runs:
///
/// ```
/// # use hardtack_vm::{Engine, Error, Memory, MemoryType, Store};
/// let mut store = Store::new(&Engine::default(), ());
/// let memory = Memory::new(&mut store, MemoryType::new(1, Some(4)))?;
/// memory.data_mut(&mut store)[..5].copy_from_slice(b"hello");
/// assert_eq!(memory.grow(&mut store, 1)?, 1);
/// assert_eq!(memory.data(&store).len(), 2 << 16);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Memory(pub(crate) Handle);

pub(crate) struct MemoryEntity {
    ty: MemoryType,
    pub bytes: Zeroed<u8>,
}

impl MemoryEntity {
    /// A memory of a type's minimal size, to join the store after `pending` others.
    pub fn new(store: &mut dyn AnyStore, ty: MemoryType, pending: usize) -> Result<MemoryEntity, Error> {
        let most = ty.maximum().unwrap_or(MOST_PAGES);
        if ty.minimum() > most || most > MOST_PAGES {
            return Err(Error::InvalidType("limits of a memory"));
        }
        let count = store.entities().memories.len() + pending;
        if count >= store.limiter().memories() {
            return Err(Error::Limit("memories"));
        }
        let mut memory = MemoryEntity { ty, bytes: Zeroed::new(0)? };
        let refused = Error::Limit("memory size");
        let Some((len, most)) = memory.may_grow(ty.minimum()) else { return Err(refused) };
        if !permit(store, 0, len, most)? {
            return Err(refused);
        }
        memory.extend(len, most)?;
        Ok(memory)
    }

    /// Its type, with its present size as the minimum: that is what imports of it are checked against.
    pub fn ty(&self) -> MemoryType {
        MemoryType::new(self.pages(), self.ty.maximum())
    }

    pub fn pages(&self) -> u64 {
        self.bytes.len() as u64 / MemoryType::PAGE
    }

    /// Whether its type and the host's addresses leave room for so many pages more.
    pub fn has_room_for(&self, delta: u64) -> bool {
        self.pages().checked_add(delta).is_some_and(|pages| self.may_grow(pages).is_some())
    }

    /// Grows it to so many bytes; there may once be `most`.
    fn extend(&mut self, len: usize, most: Option<usize>) -> Result<(), OutOfMemory> {
        self.bytes.grow(len, most.unwrap_or(usize::MAX))
    }

    /// The size in bytes of so many pages, and of the most pages, if its type and the host's addresses allow as many.
    fn may_grow(&self, pages: u64) -> Option<(usize, Option<usize>)> {
        let most = self.ty.maximum().unwrap_or(MOST_PAGES);
        let bytes = |pages: u64| usize::try_from(pages * MemoryType::PAGE).ok().filter(|n| isize::try_from(*n).is_ok());
        if pages > most { None } else { Some((bytes(pages)?, self.ty.maximum().and_then(bytes))) }
    }
}

/// Asks the limiter.
fn permit(store: &mut dyn AnyStore, current: usize, desired: usize, most: Option<usize>) -> Result<bool, Error> {
    store.limiter().memory_growing(current, desired, most)
}

/// Grows a memory by so many pages and returns how many it had; `None` if it can't.
pub(crate) fn grow(store: &mut dyn AnyStore, number: u32, delta: u64) -> Result<Option<u64>, Error> {
    let memory = &store.entities().memories[number as usize];
    let (old, current) = (memory.pages(), memory.bytes.len());
    let Some((desired, most)) = old.checked_add(delta).and_then(|pages| memory.may_grow(pages)) else {
        return Ok(None);
    };
    if !permit(store, current, desired, most)? {
        return Ok(None);
    }
    Ok(store.entities().memories[number as usize].extend(desired, most).ok().map(|()| old))
}

impl Memory {
    /// A new memory of a type's minimal size.
    ///
    /// # Errors
    /// If the type isn't valid, the store's limiter forbids it, or the host has no memory left.
    pub fn new(mut store: impl AsContextMut, ty: MemoryType) -> Result<Memory, Error> {
        let store = store.as_context_mut().store;
        let memory = MemoryEntity::new(store, ty, 0)?;
        let entities = &mut store.entities;
        let handle = Handle::next(entities.id, entities.memories.len(), "memories")?;
        entities.memories.push(memory);
        Ok(Memory(handle))
    }

    /// Its type; the minimum is its present size.
    ///
    /// # Panics
    /// This and all other methods panic if it belongs to another store.
    pub fn ty(&self, store: impl AsContext) -> MemoryType {
        self.entity(&store.as_context()).ty()
    }

    /// Its size in pages of 64 KiB.
    pub fn size(&self, store: impl AsContext) -> u64 {
        self.entity(&store.as_context()).pages()
    }

    /// Its size in bytes.
    pub fn data_size(&self, store: impl AsContext) -> usize {
        self.entity(&store.as_context()).bytes.len()
    }

    /// Grows it by so many pages and returns how many it had.
    ///
    /// # Errors
    /// If its type or the store's limiter forbids it, or the host has no memory left.
    pub fn grow(&self, mut store: impl AsContextMut, delta: u64) -> Result<u64, Error> {
        let store = store.as_context_mut().store;
        let number = self.0.number_in(store.id());
        grow(store, number, delta)?.ok_or(Error::Growth("memory"))
    }

    /// Its bytes.
    pub fn data<'a, T: 'a>(&self, store: impl Into<StoreContext<'a, T>>) -> &'a [u8] {
        let store = store.into().store;
        store.entities.memories[self.0.index_in(store.id())].bytes.as_slice()
    }

    /// Its bytes, to be changed.
    pub fn data_mut<'a, T: 'a>(&self, store: impl Into<StoreContextMut<'a, T>>) -> &'a mut [u8] {
        self.data_and_store_mut(store).0
    }

    /// Its bytes and the host's data, both to be changed.
    pub fn data_and_store_mut<'a, T: 'a>(&self, store: impl Into<StoreContextMut<'a, T>>) -> (&'a mut [u8], &'a mut T) {
        let store = store.into().store;
        let index = self.0.index_in(store.id());
        let (entities, data) = store.split();
        (entities.memories[index].bytes.as_mut_slice(), data)
    }

    /// Copies bytes out of it.
    ///
    /// # Errors
    /// If they aren't all within the memory.
    pub fn read(&self, store: impl AsContext, offset: usize, buffer: &mut [u8]) -> Result<(), MemoryAccessError> {
        let store = store.as_context();
        let bytes = self.entity(&store).bytes.as_slice();
        let end = offset.checked_add(buffer.len()).ok_or(MemoryAccessError)?;
        buffer.copy_from_slice(bytes.get(offset..end).ok_or(MemoryAccessError)?);
        Ok(())
    }

    /// Copies bytes into it.
    ///
    /// # Errors
    /// If they don't all fit into the memory; then none is written.
    pub fn write(&self, mut store: impl AsContextMut, offset: usize, buffer: &[u8]) -> Result<(), MemoryAccessError> {
        let mut store = store.as_context_mut();
        let bytes = self.data_mut(&mut store);
        let end = offset.checked_add(buffer.len()).ok_or(MemoryAccessError)?;
        bytes.get_mut(offset..end).ok_or(MemoryAccessError)?.copy_from_slice(buffer);
        Ok(())
    }

    fn entity<'a, T>(&self, store: &StoreContext<'a, T>) -> &'a MemoryEntity {
        &store.store.entities.memories[self.0.index_in(store.store.id())]
    }
}
