//! Shared ownership and process-wide numbers, on targets with and without atomic read-modify-write.

#[cfg(not(target_has_atomic = "ptr"))]
pub(crate) use alloc::rc::Rc as Arc;
#[cfg(target_has_atomic = "ptr")]
pub(crate) use alloc::sync::Arc;

use crate::error::Error;
use core::sync::atomic::{AtomicUsize, Ordering};

static STORES: AtomicUsize = AtomicUsize::new(1);

/// Tells stores apart, so that a handle isn't used with a store it doesn't belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct StoreId(usize);

impl StoreId {
    /// An identity that no store had before.
    pub fn fresh() -> StoreId {
        #[cfg(target_has_atomic = "ptr")]
        return StoreId(STORES.fetch_add(1, Ordering::Relaxed));
        // Without read-modify-write, shared ownership is `Rc`: engines and stores stay on one thread.
        #[cfg(not(target_has_atomic = "ptr"))]
        {
            let id = STORES.load(Ordering::Relaxed);
            STORES.store(id.wrapping_add(1), Ordering::Relaxed);
            StoreId(id)
        }
    }
}

/// Something of a store: which store, and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Handle {
    store: StoreId,
    number: u32,
}

impl Handle {
    /// The thing with this number.
    pub fn new(store: StoreId, number: u32) -> Handle {
        Handle { store, number }
    }

    /// The thing that joins so many others of its kind.
    pub fn next(store: StoreId, count: usize, what: &'static str) -> Result<Handle, Error> {
        let number = u32::try_from(count).map_err(|_| Error::Limit(what))?;
        Ok(Handle { store, number })
    }

    /// The number of the store, and its own.
    pub fn parts(self) -> (usize, u32) {
        (self.store.0, self.number)
    }

    /// Whether it belongs to this store.
    pub fn is_of(self, store: StoreId) -> bool {
        self.store == store
    }

    /// Its number in this store.
    ///
    /// # Panics
    /// If it belongs to another store.
    #[inline]
    pub fn number_in(self, store: StoreId) -> u32 {
        assert!(self.is_of(store), "an object is used with a store that it does not belong to");
        self.number
    }

    /// Its number as an index.
    ///
    /// # Panics
    /// If it belongs to another store.
    #[inline]
    pub fn index_in(self, store: StoreId) -> usize {
        self.number_in(store) as usize
    }
}
