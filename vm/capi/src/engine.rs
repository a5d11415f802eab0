//! Engines and their limits of execution.

use crate::boundary::{end, get, get_mut, give, guarded_or};
use hardtack_vm::{Config, Engine};
use std::ptr;

/// Limits of execution. Ended by hardtack_config_delete.
pub struct hardtack_config_t {
    config: Config,
}

/// What the stores of a program share. Ended by hardtack_engine_delete.
pub struct hardtack_engine_t {
    pub(crate) engine: Engine,
}

/// The default limits. The caller owns them.
#[unsafe(no_mangle)]
pub extern "C" fn hardtack_config_new() -> *mut hardtack_config_t {
    guarded_or(ptr::null_mut(), || Ok(give(hardtack_config_t { config: Config::new() })))
}

/// Most slots of 8 bytes that each instance's number stack may have: 2^20 by default, 2^16 on hosts of less than 64 bits.
///
/// # Safety
/// The pointer points to a config that nobody else uses now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_config_max_stack_slots(config: *mut hardtack_config_t, slots: usize) {
    guarded_or((), || {
        // SAFETY: as the caller promises.
        unsafe { get_mut(config, "config")? }.config.max_stack_slots(slots);
        Ok(())
    })
}

/// Most slots of 8 bytes that each instance's reference stack may have: 2^16 by default, 2^12 on hosts of less than 64 bits.
///
/// # Safety
/// The pointer points to a config that nobody else uses now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_config_max_reference_slots(config: *mut hardtack_config_t, slots: usize) {
    guarded_or((), || {
        // SAFETY: as the caller promises.
        unsafe { get_mut(config, "config")? }.config.max_reference_slots(slots);
        Ok(())
    })
}

/// How many calls from the host into a store may be under way at once, one inside the other: 100 by default.
///
/// # Safety
/// The pointer points to a config that nobody else uses now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_config_max_call_nesting(config: *mut hardtack_config_t, calls: u32) {
    guarded_or((), || {
        // SAFETY: as the caller promises.
        unsafe { get_mut(config, "config")? }.config.max_call_nesting(calls);
        Ok(())
    })
}

/// How many calls from one instance to another may be under way at once in one call from the host: 2^14 by default.
///
/// # Safety
/// The pointer points to a config that nobody else uses now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_config_max_crossings(config: *mut hardtack_config_t, calls: usize) {
    guarded_or((), || {
        // SAFETY: as the caller promises.
        unsafe { get_mut(config, "config")? }.config.max_crossings(calls);
        Ok(())
    })
}

/// Ends a config. Accepts NULL.
///
/// # Safety
/// The config is used no more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_config_delete(config: *mut hardtack_config_t) {
    // SAFETY: as the caller promises.
    unsafe { end(config) }
}

/// An engine with these limits, which are copied; NULL stands for the default ones. The caller owns the engine.
///
/// # Safety
/// The pointer is NULL or points to a config.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_engine_new(config: *const hardtack_config_t) -> *mut hardtack_engine_t {
    guarded_or(ptr::null_mut(), || {
        // SAFETY: as the caller promises.
        let config = unsafe { get(config, "config") };
        let engine = config.map_or_else(|_| Engine::default(), |config| Engine::new(&config.config));
        Ok(give(hardtack_engine_t { engine }))
    })
}

/// Ends an engine; its stores and linkers go on. Accepts NULL.
///
/// # Safety
/// The engine is used no more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_engine_delete(engine: *mut hardtack_engine_t) {
    // SAFETY: as the caller promises.
    unsafe { end(engine) }
}
