//! Tables of references.

use crate::boundary::{get, guarded, guarded_or, out};
use crate::context::{cx, hardtack_context_t};
use crate::error::{Fault, hardtack_error_t};
use crate::types::hardtack_tabletype_t;
use crate::val::{hardtack_table_t, hardtack_val_t};
use hardtack_vm::{Error, Table};

/// A new table of a type's minimal size, all elements `init`.
///
/// # Safety
/// Pointers point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_table_new(
    context: *mut hardtack_context_t,
    ty: *const hardtack_tabletype_t,
    init: *const hardtack_val_t,
    out: *mut hardtack_table_t,
) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        let (store, ty, init, out) =
            unsafe { (cx(context)?, get(ty, "ty")?.ty()?, get(init, "init")?, self::out(out)?) };
        // SAFETY: the caller promises an initialised value.
        let init = unsafe { init.reference(&store)? };
        out.put(hardtack_table_t::of(Table::new(store, ty, init)?))
    })
}

/// Its type; the minimum is its present size.
///
/// # Safety
/// Pointers point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_table_type(
    context: *mut hardtack_context_t,
    table: hardtack_table_t,
    out: *mut hardtack_tabletype_t,
) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        let (store, out) = unsafe { (cx(context)?, self::out(out)?) };
        out.put(hardtack_tabletype_t::of(table.handle(&store)?.ty(&store)))
    })
}

/// Its size in elements; 0 if it isn't of this store.
///
/// # Safety
/// The pointer is NULL or a context of this thread's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_table_size(context: *mut hardtack_context_t, table: hardtack_table_t) -> u64 {
    guarded_or(0, || {
        // SAFETY: as the caller promises.
        let store = unsafe { cx(context)? };
        Ok(table.handle(&store)?.size(&store))
    })
}

/// An element. Fails past its end.
///
/// # Safety
/// Pointers point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_table_get(
    context: *mut hardtack_context_t,
    table: hardtack_table_t,
    index: u64,
    out: *mut hardtack_val_t,
) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        let (store, out) = unsafe { (cx(context)?, self::out(out)?) };
        let element = table.handle(&store)?.get(&store, index);
        out.put(hardtack_val_t::of(element.ok_or(Fault::Vm(Error::OutOfBounds("table")))?.into()))
    })
}

/// Changes an element. Fails past its end, or if the reference isn't of its type.
///
/// # Safety
/// Pointers point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_table_set(
    context: *mut hardtack_context_t,
    table: hardtack_table_t,
    index: u64,
    value: *const hardtack_val_t,
) -> *mut hardtack_error_t {
    // SAFETY: as the caller promises.
    unsafe { hardtack_table_fill(context, table, index, value, 1) }
}

/// Changes `len` elements from `index` on. Fails if they aren't all within the table; then none is changed.
///
/// # Safety
/// Pointers point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_table_fill(
    context: *mut hardtack_context_t,
    table: hardtack_table_t,
    index: u64,
    value: *const hardtack_val_t,
    len: u64,
) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        let (store, value) = unsafe { (cx(context)?, get(value, "value")?) };
        // SAFETY: the caller promises an initialised value.
        let value = unsafe { value.reference(&store)? };
        table.handle(&store)?.fill(store, index, value, len)?;
        Ok(())
    })
}

/// Grows it by so many elements, all `init`. `previous`, which may be NULL, receives how many it had.
///
/// # Safety
/// Pointers point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_table_grow(
    context: *mut hardtack_context_t,
    table: hardtack_table_t,
    delta: u64,
    init: *const hardtack_val_t,
    previous: *mut u64,
) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        let (store, init) = unsafe { (cx(context)?, get(init, "init")?) };
        // SAFETY: the caller promises an initialised value.
        let init = unsafe { init.reference(&store)? };
        let had = table.handle(&store)?.grow(store, delta, init)?;
        // SAFETY: as the caller promises.
        if let Ok(previous) = unsafe { out(previous) } { previous.put(had) } else { Ok(()) }
    })
}
