//! Handles as plain numbers, for bindings to languages that can't hold Rust's types.
//!
//! Handles end up as references in guests' hands, and those are believed (see `exec::reference`); so numbers become a handle again
//! only together with the store, if it has such a thing.

use crate::externref::ExternRef;
use crate::func::Func;
use crate::global::Global;
use crate::instance::Instance;
use crate::memory::Memory;
use crate::store::AsContext;
use crate::sync::Handle;
use crate::table::Table;

/// A handle as plain numbers.
///
/// ```
/// # use hardtack_vm::{Engine, Func, RawHandle, Store};
/// let mut store = Store::new(&Engine::default(), ());
/// let func = Func::wrap(&mut store, || 7);
/// let raw = func.to_raw();
/// assert_eq!(Func::from_raw(&store, raw), Some(func));
/// // Numbers of another store, or of nothing, are no handle.
/// assert_eq!(Func::from_raw(Store::new(&Engine::default(), ()), raw), None);
/// assert_eq!(Func::from_raw(&store, RawHandle { number: 100, ..raw }), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RawHandle {
    /// Which store of the process it belongs to; never 0.
    pub store: u64,
    /// Its number among the store's things of its kind.
    pub number: u32,
    /// Tells a value of the host's from others that had its place; 0 for all other handles.
    pub generation: u32,
}

impl RawHandle {
    fn new(handle: Handle, generation: u32) -> RawHandle {
        let (store, number) = handle.parts();
        RawHandle { store: store as u64, number, generation }
    }

    /// The handle, if it is one of this store's, which has `len` things of its kind.
    fn handle(self, store: crate::sync::StoreId, len: usize) -> Option<Handle> {
        let handle = Handle::new(store, self.number);
        let there = usize::try_from(self.number).is_ok_and(|number| number < len);
        (there && handle.parts().0 as u64 == self.store).then_some(handle)
    }
}

macro_rules! raw { ($( $name:ident, $list:ident; )*) => { $(
    impl $name {
        /// The handle as plain numbers.
        pub fn to_raw(&self) -> RawHandle {
            RawHandle::new(self.0, 0)
        }

        /// The handle that these numbers stand for, if the store has it.
        pub fn from_raw(store: impl AsContext, raw: RawHandle) -> Option<$name> {
            let entities = &store.as_context().store.entities;
            if raw.generation == 0 { raw.handle(entities.id, entities.$list.len()).map($name) } else { None }
        }
    }
)* } }
raw! {
    Func, func_entries;
    Table, tables;
    Memory, memories;
    Global, globals;
    Instance, instances;
}

impl ExternRef {
    /// The handle as plain numbers.
    pub fn to_raw(&self) -> RawHandle {
        RawHandle::new(self.handle, self.generation)
    }

    /// The handle that these numbers stand for, if the store has it or had it: a value that was released is one that has no data.
    pub fn from_raw(store: impl AsContext, raw: RawHandle) -> Option<ExternRef> {
        let entities = &store.as_context().store.entities;
        let handle = raw.handle(entities.id, entities.externs.len())?;
        let was_there = raw.generation <= entities.externs.generation(handle.index_in(entities.id));
        was_there.then_some(ExternRef { handle, generation: raw.generation })
    }
}
