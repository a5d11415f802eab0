//! Access to a store: what a store and a caller have in common.

use crate::boundary::{Env, guarded_or};
use crate::error::Fault;
use hardtack_vm::{AsContextMut, Error, Store, StoreContextMut, TrapCode};
use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What the store of a C program holds for the host.
pub(crate) struct Data {
    /// Tells stores apart.
    pub number: u64,
    pub env: Env,
    pub limiter: crate::limits::Limiter,
    /// Whether an interrupt was requested: what a guest that waits is woken up by.
    pub interrupted: Arc<AtomicBool>,
    #[cfg(feature = "wasi")]
    pub wasi: Option<hardtack_wasi::WasiCtx>,
}

/// Access to a store. Belongs to the store, and lives as long; that of a caller, as long as the host function runs.
pub struct hardtack_context_t {
    _opaque: [u8; 0],
}

/// A store as C holds it.
pub(crate) fn context(store: *mut Store<Data>) -> *mut hardtack_context_t {
    store.cast()
}

/// The store of a caller as C holds it.
pub(crate) fn context_of(store: StoreContextMut<'_, Data>) -> *mut hardtack_context_t {
    // SAFETY: `StoreContextMut` is a transparent `&mut Store`.
    context(unsafe { std::mem::transmute::<StoreContextMut<'_, Data>, *mut Store<Data>>(store) })
}

/// The store that C holds.
///
/// # Safety
/// The pointer is null, or a context that lives and that nobody else uses during `'a`.
pub(crate) unsafe fn cx<'a>(context: *mut hardtack_context_t) -> Result<StoreContextMut<'a, Data>, Fault> {
    let store: *mut Store<Data> = context.cast();
    // SAFETY: contexts are made by `context` of a store; the caller promises that it lives and is used by nobody else.
    match unsafe { store.as_mut() } {
        None => Err(Fault::Null("context")),
        // SAFETY: as above. The detour makes the borrow last as long as the pointer says.
        Some(store) => Ok(unsafe { std::mem::transmute::<&'a mut Store<Data>, StoreContextMut<'a, Data>>(store) }),
    }
}

/// What comes out of running guest code. An interrupt stops one call, so a guest that waits is woken up once.
pub(crate) fn settled<R>(mut store: StoreContextMut<'_, Data>, result: Result<R, Error>) -> Result<R, Error> {
    if let Err(error) = &result
        && error.as_trap_code() == Some(TrapCode::Interrupted)
    {
        store.as_context_mut().data_mut().interrupted.store(false, Ordering::Relaxed);
    }
    result
}

/// The host's data that hardtack_store_new was given.
///
/// # Safety
/// The pointer is NULL or a context of this thread's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_context_data(context: *mut hardtack_context_t) -> *mut c_void {
    // SAFETY: as the caller promises.
    guarded_or(ptr::null_mut(), || Ok(unsafe { cx(context)? }.data().env.data()))
}

/// What is left of the fuel.
///
/// # Safety
/// The pointer is NULL or a context of this thread's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_context_fuel(context: *mut hardtack_context_t) -> u64 {
    // SAFETY: as the caller promises.
    guarded_or(0, || Ok(unsafe { cx(context)? }.get_fuel()))
}

/// Sets the fuel. UINT64_MAX, which a new store has, is practically without limit.
///
/// # Safety
/// The pointer is NULL or a context of this thread's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_context_set_fuel(context: *mut hardtack_context_t, fuel: u64) {
    guarded_or((), || {
        // SAFETY: as the caller promises.
        unsafe { cx(context)? }.set_fuel(fuel);
        Ok(())
    })
}

/// Adds fuel; it does not go above UINT64_MAX.
///
/// # Safety
/// The pointer is NULL or a context of this thread's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_context_add_fuel(context: *mut hardtack_context_t, fuel: u64) {
    guarded_or((), || {
        // SAFETY: as the caller promises.
        unsafe { cx(context)? }.add_fuel(fuel);
        Ok(())
    })
}
