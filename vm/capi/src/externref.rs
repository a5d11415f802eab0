//! Values of the host's that guests hold references to.

use crate::boundary::{Env, guarded, guarded_or, hardtack_finalizer_t, out};
use crate::context::{cx, hardtack_context_t};
use crate::error::hardtack_error_t;
use crate::val::hardtack_externref_t;
use hardtack_vm::ExternRef;
use std::ffi::c_void;

/// Puts a value of the host's into a store, for guests to hold and pass. `finalizer` ends it when it is released, or together with
/// the store. Fails if the store's limits forbid it.
///
/// # Safety
/// Pointers point to what their types say; data and finalizer fit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_externref_new(
    context: *mut hardtack_context_t,
    data: *mut c_void,
    finalizer: hardtack_finalizer_t,
    out: *mut hardtack_externref_t,
) -> *mut hardtack_error_t {
    let env = Env::new(data, finalizer);
    guarded(|| {
        // SAFETY: as the caller promises.
        let (store, out) = unsafe { (cx(context)?, self::out(out)?) };
        out.put(hardtack_externref_t::of(ExternRef::new(store, env)?))
    })
}

/// The value, borrowed from the store. False, and nothing is written, if it was released or isn't of this store.
///
/// # Safety
/// Pointers point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_externref_data(
    context: *mut hardtack_context_t,
    value: hardtack_externref_t,
    data: *mut *mut c_void,
) -> bool {
    guarded_or(false, || {
        // SAFETY: as the caller promises.
        let (store, out) = unsafe { (cx(context)?, out(data)?) };
        let env = value.handle(&store)?.data(&store).and_then(|value| value.downcast_ref::<Env>());
        env.map_or(Ok(false), |env| out.put(env.data()).map(|()| true))
    })
}

/// Takes the value out of the store and ends it. References that guests still hold then refer to nothing. False if it was
/// released before or isn't of this store.
///
/// # Safety
/// Pointers point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_externref_release(
    context: *mut hardtack_context_t,
    value: hardtack_externref_t,
) -> bool {
    guarded_or(false, || {
        // SAFETY: as the caller promises.
        let store = unsafe { cx(context)? };
        Ok(value.handle(&store)?.release(store).is_some())
    })
}
