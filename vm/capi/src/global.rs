//! Globals.

use crate::boundary::{get, guarded, out};
use crate::context::{cx, hardtack_context_t};
use crate::error::hardtack_error_t;
use crate::types::hardtack_globaltype_t;
use crate::val::{hardtack_global_t, hardtack_val_t};
use hardtack_vm::Global;

/// A new global that holds `value`.
///
/// # Safety
/// Pointers point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_global_new(
    context: *mut hardtack_context_t,
    ty: *const hardtack_globaltype_t,
    value: *const hardtack_val_t,
    out: *mut hardtack_global_t,
) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        let (store, ty, value, out) =
            unsafe { (cx(context)?, get(ty, "ty")?.ty()?, get(value, "value")?, self::out(out)?) };
        // SAFETY: the caller promises an initialised value.
        let value = unsafe { value.val(&store)? };
        out.put(hardtack_global_t::of(Global::new(store, ty, value)?))
    })
}

/// Its type.
///
/// # Safety
/// Pointers point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_global_type(
    context: *mut hardtack_context_t,
    global: hardtack_global_t,
    out: *mut hardtack_globaltype_t,
) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        let (store, out) = unsafe { (cx(context)?, self::out(out)?) };
        out.put(hardtack_globaltype_t::of(global.handle(&store)?.ty(&store)))
    })
}

/// Its value.
///
/// # Safety
/// Pointers point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_global_get(
    context: *mut hardtack_context_t,
    global: hardtack_global_t,
    out: *mut hardtack_val_t,
) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        let (store, out) = unsafe { (cx(context)?, self::out(out)?) };
        out.put(hardtack_val_t::of(global.handle(&store)?.get(&store)))
    })
}

/// Changes its value. Fails if it is immutable or the value isn't of its type.
///
/// # Safety
/// Pointers point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_global_set(
    context: *mut hardtack_context_t,
    global: hardtack_global_t,
    value: *const hardtack_val_t,
) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        let (store, value) = unsafe { (cx(context)?, get(value, "value")?) };
        // SAFETY: the caller promises an initialised value.
        let value = unsafe { value.val(&store)? };
        global.handle(&store)?.set(store, value)?;
        Ok(())
    })
}
