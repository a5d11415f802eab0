//! Tables.

use crate::error::Error;
use crate::exec::context::TableView;
use crate::exec::storage::{Stable, Zeroed};
use crate::store::{AnyStore, AsContext, AsContextMut, StoreContext};
use crate::sync::Handle;
use crate::types::TableType;
use crate::val::Ref;

/// Most elements of a table, whatever its type says.
const MOST_ELEMENTS: u64 = 10_000_000;

/// A table of a store.
///
/// ```
/// use hardtack_vm::{Engine, Error, Func, Ref, Store, Table, TableType, ValType};
///
/// let mut store = Store::new(&Engine::default(), ());
/// let handlers = Table::new(&mut store, TableType::new(ValType::FuncRef, 2, Some(10)), Ref::Func(None))?;
/// let func = Func::wrap(&mut store, || ());
/// handlers.set(&mut store, 1, func.into())?;
/// assert_eq!(handlers.get(&store, 1), Some(Ref::Func(Some(func))));
/// assert_eq!(handlers.get(&store, 2), None);
/// assert_eq!(handlers.grow(&mut store, 3, Ref::Func(None))?, 2);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Table(pub(crate) Handle);

pub(crate) struct TableEntity {
    ty: TableType,
    cells: Zeroed<u64>,
    /// The cells as handlers see them.
    pub view: TableView,
}

// SAFETY: `view` points at `cells`, which it owns, and is followed only while the store runs guest code.
unsafe impl Send for TableEntity {}
// SAFETY: as for `Send`.
unsafe impl Sync for TableEntity {}

impl TableEntity {
    /// A table of a type's minimal size, all elements `init`, to join the store after `pending` others.
    pub fn new(
        store: &mut dyn AnyStore,
        ty: TableType,
        init: u64,
        pending: usize,
    ) -> Result<Stable<TableEntity>, Error> {
        let most = ty.maximum();
        if most.is_some_and(|most| most < ty.minimum()) {
            return Err(Error::InvalidType("limits of a table"));
        }
        let count = store.entities().tables.len() + pending;
        if count >= store.limiter().tables() {
            return Err(Error::Limit("tables"));
        }
        let cells = Zeroed::new(0)?;
        let view = TableView { base: cells.as_ptr(), len: 0 };
        let mut table = Stable::new(TableEntity { ty, cells, view });
        match permit(store, &table.ty, 0, ty.minimum())? {
            Some(len) => table.extend(len, init)?,
            None => return Err(Error::Limit("table elements")),
        }
        Ok(table)
    }

    /// Its type, with its present size as the minimum: that is what imports of it are checked against.
    pub fn ty(&self) -> TableType {
        TableType::new(self.ty.element(), self.cells.len() as u64, self.ty.maximum())
    }

    pub fn cells(&self) -> &[u64] {
        self.cells.as_slice()
    }

    pub fn cells_mut(&mut self) -> &mut [u64] {
        self.cells.as_mut_slice()
    }

    fn extend(&mut self, len: usize, init: u64) -> Result<(), Error> {
        let old = self.cells.len();
        let most = self.ty.maximum().and_then(|most| usize::try_from(most).ok());
        self.cells.grow(len, most.unwrap_or(usize::MAX))?;
        if init != 0 {
            self.cells.as_mut_slice()[old..].fill(init);
        }
        self.view = TableView { base: self.cells.as_ptr(), len: len as u64 };
        Ok(())
    }
}

impl Stable<TableEntity> {
    /// Where handlers find the table, for as long as the store lives.
    pub fn view_address(&self) -> *const TableView {
        // SAFETY: the place holds a table; no reference to it is made.
        unsafe { &raw const (*self.as_ptr()).view }
    }
}

/// Whether a table of this type, whose minimum is its present size, has room for so many elements more.
pub(crate) fn has_room_for(ty: &TableType, delta: u64) -> bool {
    ty.minimum().checked_add(delta).is_some_and(|desired| desired <= most_elements(ty))
}

fn most_elements(ty: &TableType) -> u64 {
    ty.maximum().unwrap_or(u64::MAX).min(MOST_ELEMENTS)
}

/// Asks whether a table may have so many elements.
fn permit(store: &mut dyn AnyStore, ty: &TableType, current: usize, desired: u64) -> Result<Option<usize>, Error> {
    if desired > most_elements(ty) {
        return Ok(None);
    }
    let most = ty.maximum().and_then(|most| usize::try_from(most).ok());
    let desired = desired as usize;
    let allowed = store.limiter().table_growing(current, desired, most)?;
    Ok(allowed.then_some(desired))
}

/// Grows a table by so many elements and returns how many it had; `None` if it can't. The caller checks the cell.
pub(crate) fn grow(store: &mut dyn AnyStore, number: u32, delta: u64, init: u64) -> Result<Option<u64>, Error> {
    let table = &store.entities().tables[number as usize];
    let (ty, old) = (table.ty, table.cells.len());
    let Some(desired) = (old as u64).checked_add(delta) else { return Ok(None) };
    let Some(len) = permit(store, &ty, old, desired)? else { return Ok(None) };
    Ok(store.entities().tables[number as usize].extend(len, init).ok().map(|()| old as u64))
}

impl Table {
    /// A new table of a type's minimal size, all elements `init`.
    ///
    /// # Errors
    /// If the types don't fit or aren't valid, the store's limiter forbids it, or the host has no memory left.
    pub fn new(mut store: impl AsContextMut, ty: TableType, init: Ref) -> Result<Table, Error> {
        let store = store.as_context_mut().store;
        let init = cell(&ty, init, store.id())?;
        let table = TableEntity::new(store, ty, init, 0)?;
        let entities = &mut store.entities;
        let handle = Handle::next(entities.id, entities.tables.len(), "tables")?;
        entities.tables.push(table);
        Ok(Table(handle))
    }

    /// Its type; the minimum is its present size.
    ///
    /// # Panics
    /// This and all other methods panic if it belongs to another store.
    pub fn ty(&self, store: impl AsContext) -> TableType {
        self.entity(&store.as_context()).ty()
    }

    /// Its size in elements.
    pub fn size(&self, store: impl AsContext) -> u64 {
        self.entity(&store.as_context()).cells.len() as u64
    }

    /// An element, or `None` past its end.
    pub fn get(&self, store: impl AsContext, index: u64) -> Option<Ref> {
        let store = store.as_context();
        let table = self.entity(&store);
        let cell = *table.cells().get(usize::try_from(index).ok()?)?;
        Ref::from_cell(cell, table.ty.element(), store.store.id()).ok()
    }

    /// Changes an element.
    ///
    /// # Errors
    /// If it is past the end, or the reference isn't of the table's type or store.
    pub fn set(&self, store: impl AsContextMut, index: u64, value: Ref) -> Result<(), Error> {
        self.fill(store, index, value, 1)
    }

    /// Grows it by so many elements, and returns how many it had.
    ///
    /// # Errors
    /// If its type or the store's limiter forbids it, the host has no memory left, or the reference isn't of the table's type or
    /// store.
    pub fn grow(&self, mut store: impl AsContextMut, delta: u64, init: Ref) -> Result<u64, Error> {
        let store = store.as_context_mut().store;
        let number = self.0.number_in(store.id());
        let init = cell(&store.entities.tables[number as usize].ty, init, store.id())?;
        grow(store, number, delta, init)?.ok_or(Error::Growth("table"))
    }

    /// Changes `len` elements from `at` on.
    ///
    /// # Errors
    /// If they aren't all within the table, or the reference isn't of the table's type or store; then none is changed.
    pub fn fill(&self, mut store: impl AsContextMut, at: u64, value: Ref, len: u64) -> Result<(), Error> {
        let store = store.as_context_mut().store;
        let id = store.id();
        let table = &mut store.entities.tables[self.0.index_in(id)];
        let value = cell(&table.ty, value, id)?;
        let size = table.cells.len() as u64;
        match at.checked_add(len) {
            Some(end) if end <= size => table.cells_mut()[at as usize..end as usize].fill(value),
            Some(_) | None => return Err(Error::OutOfBounds("table")),
        }
        Ok(())
    }

    fn entity<'a, T>(&self, store: &StoreContext<'a, T>) -> &'a TableEntity {
        &store.store.entities.tables[self.0.index_in(store.store.id())]
    }
}

/// The cell for a reference that goes into a table of a type.
fn cell(ty: &TableType, value: Ref, store: crate::sync::StoreId) -> Result<u64, Error> {
    if value.ty() != ty.element() {
        return Err(Error::TypeMismatch { expected: ty.element(), found: value.ty() });
    }
    value.to_cell(store)
}
