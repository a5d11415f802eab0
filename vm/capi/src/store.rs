//! Stores, and how to stop their guests from outside.

use crate::boundary::{Env, end, get, get_mut, give, guarded, guarded_or, hardtack_finalizer_t};
use crate::context::{Data, context, hardtack_context_t};
use crate::engine::hardtack_engine_t;
use crate::error::hardtack_error_t;
use crate::limits::{Limiter, hardtack_growing_t, hardtack_limits_t};
use hardtack_vm::{InterruptHandle, Store, StoreLimits};
use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

static STORES: AtomicU64 = AtomicU64::new(0);

/// Instances, what they own and share, and data of the host's. Ended by hardtack_store_delete.
pub struct hardtack_store_t {
    store: Store<Data>,
}

/// An empty store with full fuel and the default limits. The caller owns it.
///
/// `data` is the host's own (see hardtack_context_data); `finalizer` ends it together with the store.
///
/// # Safety
/// The engine lives; data and finalizer fit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_store_new(
    engine: *const hardtack_engine_t,
    data: *mut c_void,
    finalizer: hardtack_finalizer_t,
) -> *mut hardtack_store_t {
    let env = Env::new(data, finalizer);
    guarded_or(ptr::null_mut(), || {
        // SAFETY: as the caller promises.
        let engine = unsafe { get(engine, "engine")? };
        let fixed = StoreLimits::default();
        let data = Data {
            number: STORES.fetch_add(1, Ordering::Relaxed),
            env,
            limiter: Limiter { fixed, memory: None, table: None, env: Env::new(ptr::null_mut(), None) },
            interrupted: Arc::new(AtomicBool::new(false)),
            #[cfg(feature = "wasi")]
            wasi: None,
        };
        let mut store = Store::new(&engine.engine, data);
        store.limiter(|data| &mut data.limiter);
        Ok(give(hardtack_store_t { store }))
    })
}

/// Ends a store and everything in it. Accepts NULL.
///
/// # Safety
/// The store and its contexts and handles are used no more, and no call into it is under way.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_store_delete(store: *mut hardtack_store_t) {
    // SAFETY: as the caller promises.
    unsafe { end(store) }
}

/// Access to the store, borrowed from it.
///
/// # Safety
/// The pointer is NULL or points to a store.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_store_context(store: *mut hardtack_store_t) -> *mut hardtack_context_t {
    if store.is_null() {
        return ptr::null_mut();
    }
    // SAFETY: the caller promises a store.
    context(unsafe { &raw mut (*store).store })
}

/// Limits what the store may come to hold from now on. The limits are copied; what was granted before doesn't count.
///
/// # Safety
/// The store lives and is used by this thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_store_set_limits(
    store: *mut hardtack_store_t,
    limits: *const hardtack_limits_t,
) -> *mut hardtack_error_t {
    // SAFETY: as the caller promises.
    unsafe { hardtack_store_set_limiter(store, limits, None, None, ptr::null_mut(), None) }
}

/// Limits what the store may come to hold from now on: a callback says whether, and the limits, NULL for the default ones, have
/// to allow it too. Each callback may be NULL. `env` is given to both, and ended by `finalizer` together with the store or when
/// other limits take their place.
///
/// # Safety
/// The store lives and is used by this thread only; callbacks, env and finalizer fit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_store_set_limiter(
    store: *mut hardtack_store_t,
    limits: *const hardtack_limits_t,
    memory: hardtack_growing_t,
    table: hardtack_growing_t,
    env: *mut c_void,
    finalizer: hardtack_finalizer_t,
) -> *mut hardtack_error_t {
    let env = Env::new(env, finalizer);
    guarded(|| {
        // SAFETY: as the caller promises.
        let (store, limits) = unsafe { (get_mut(store, "store")?, limits.as_ref()) };
        let fixed = limits.map_or_else(StoreLimits::default, |limits| limits.builder.clone().build());
        store.store.data_mut().limiter = Limiter { fixed, memory, table, env };
        Ok(())
    })
}

/// Stops the guest of a store from outside. Ended by hardtack_interrupt_handle_delete.
pub struct hardtack_interrupt_handle_t {
    handle: InterruptHandle,
    interrupted: Arc<AtomicBool>,
}

/// A handle by which another thread can stop the guest. The caller owns it; it may outlive the store.
///
/// # Safety
/// The pointer is NULL or points to a store.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_store_interrupt_handle(
    store: *const hardtack_store_t,
) -> *mut hardtack_interrupt_handle_t {
    guarded_or(ptr::null_mut(), || {
        // SAFETY: as the caller promises.
        let store = &unsafe { get(store, "store")? }.store;
        let interrupted = store.data().interrupted.clone();
        Ok(give(hardtack_interrupt_handle_t { handle: store.interrupt_handle(), interrupted }))
    })
}

/// Stops the guest that is running, or the next one to run, with HARDTACK_TRAP_INTERRUPTED; a guest that waits in WASI is woken up
/// for it. One request stops one call. May be called by any thread at any time, but not by a signal handler.
///
/// # Safety
/// The pointer is NULL or points to a handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_interrupt(handle: *const hardtack_interrupt_handle_t) {
    guarded_or((), || {
        // SAFETY: as the caller promises.
        let handle = unsafe { get(handle, "handle")? };
        // In this order: a guest that stops waiting finds the request.
        handle.handle.interrupt();
        handle.interrupted.store(true, Ordering::Release);
        Ok(())
    })
}

/// Ends a handle. Accepts NULL.
///
/// # Safety
/// The handle is used no more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_interrupt_handle_delete(handle: *mut hardtack_interrupt_handle_t) {
    // SAFETY: as the caller promises.
    unsafe { end(handle) }
}
