//! Limits on what a store may hold: fixed ones, and such as the host decides case by case.

use crate::boundary::{Env, end, get_mut, give, guarded_or};
use crate::error::hardtack_error_t;
use hardtack_vm::{Error, ResourceLimiter, StoreLimits, StoreLimitsBuilder};
use std::ffi::c_void;
use std::ptr;

/// Fixed limits. Ended by hardtack_limits_delete.
pub struct hardtack_limits_t {
    pub(crate) builder: StoreLimitsBuilder,
}

impl hardtack_limits_t {
    fn change(&mut self, change: impl FnOnce(StoreLimitsBuilder) -> StoreLimitsBuilder) {
        self.builder = change(std::mem::take(&mut self.builder));
    }
}

/// The default limits. The caller owns them.
#[unsafe(no_mangle)]
pub extern "C" fn hardtack_limits_new() -> *mut hardtack_limits_t {
    guarded_or(ptr::null_mut(), || Ok(give(hardtack_limits_t { builder: StoreLimitsBuilder::new() })))
}

/// Ends limits. Accepts NULL.
///
/// # Safety
/// The limits are used no more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_limits_delete(limits: *mut hardtack_limits_t) {
    // SAFETY: as the caller promises.
    unsafe { end(limits) }
}

/// Most bytes that each memory may have.
///
/// # Safety
/// The pointer points to limits that nobody else uses now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_limits_memory_size(limits: *mut hardtack_limits_t, bytes: usize) {
    guarded_or((), || {
        // SAFETY: as the caller promises.
        unsafe { get_mut(limits, "limits")? }.change(|limits| limits.memory_size(bytes));
        Ok(())
    })
}

/// Most bytes that all memories together may have.
///
/// # Safety
/// The pointer points to limits that nobody else uses now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_limits_total_memory_size(limits: *mut hardtack_limits_t, bytes: usize) {
    guarded_or((), || {
        // SAFETY: as the caller promises.
        unsafe { get_mut(limits, "limits")? }.change(|limits| limits.total_memory_size(bytes));
        Ok(())
    })
}

/// Most elements that each table may have.
///
/// # Safety
/// The pointer points to limits that nobody else uses now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_limits_table_elements(limits: *mut hardtack_limits_t, elements: usize) {
    guarded_or((), || {
        // SAFETY: as the caller promises.
        unsafe { get_mut(limits, "limits")? }.change(|limits| limits.table_elements(elements));
        Ok(())
    })
}

/// Most elements that all tables together may have.
///
/// # Safety
/// The pointer points to limits that nobody else uses now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_limits_total_table_elements(limits: *mut hardtack_limits_t, elements: usize) {
    guarded_or((), || {
        // SAFETY: as the caller promises.
        unsafe { get_mut(limits, "limits")? }.change(|limits| limits.total_table_elements(elements));
        Ok(())
    })
}

/// Most instances in the store.
///
/// # Safety
/// The pointer points to limits that nobody else uses now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_limits_instances(limits: *mut hardtack_limits_t, count: usize) {
    guarded_or((), || {
        // SAFETY: as the caller promises.
        unsafe { get_mut(limits, "limits")? }.change(|limits| limits.instances(count));
        Ok(())
    })
}

/// Most memories in the store.
///
/// # Safety
/// The pointer points to limits that nobody else uses now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_limits_memories(limits: *mut hardtack_limits_t, count: usize) {
    guarded_or((), || {
        // SAFETY: as the caller promises.
        unsafe { get_mut(limits, "limits")? }.change(|limits| limits.memories(count));
        Ok(())
    })
}

/// Most tables in the store.
///
/// # Safety
/// The pointer points to limits that nobody else uses now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_limits_tables(limits: *mut hardtack_limits_t, count: usize) {
    guarded_or((), || {
        // SAFETY: as the caller promises.
        unsafe { get_mut(limits, "limits")? }.change(|limits| limits.tables(count));
        Ok(())
    })
}

/// Most values of the host's in the store that guests can hold references to, not counting those released.
///
/// # Safety
/// The pointer points to limits that nobody else uses now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_limits_references(limits: *mut hardtack_limits_t, count: usize) {
    guarded_or((), || {
        // SAFETY: as the caller promises.
        unsafe { get_mut(limits, "limits")? }.change(|limits| limits.references(count));
        Ok(())
    })
}

/// Whether growth past a limit stops the guest instead of telling it −1; at first it doesn't.
///
/// # Safety
/// The pointer points to limits that nobody else uses now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_limits_trap_on_grow_failure(limits: *mut hardtack_limits_t, trap: bool) {
    guarded_or((), || {
        // SAFETY: as the caller promises.
        unsafe { get_mut(limits, "limits")? }.change(|limits| limits.trap_on_grow_failure(trap));
        Ok(())
    })
}

/// Decides whether a memory (sizes in bytes) or a table (in elements) of `current` may have `desired`. `maximum` is the most that
/// its type allows, SIZE_MAX if it doesn't say. An error, which the library then owns, stops the guest. It must not call into the
/// store.
pub type hardtack_growing_t = Option<
    unsafe extern "C" fn(
        env: *mut c_void,
        current: usize,
        desired: usize,
        maximum: usize,
        allowed: *mut bool,
    ) -> *mut hardtack_error_t,
>;

/// Fixed limits, and callbacks that are asked as well.
pub(crate) struct Limiter {
    pub fixed: StoreLimits,
    pub memory: hardtack_growing_t,
    pub table: hardtack_growing_t,
    pub env: Env,
}

impl Limiter {
    fn ask(
        &self,
        callback: hardtack_growing_t,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool, Error> {
        let Some(callback) = callback else { return Ok(true) };
        let mut allowed = false;
        // SAFETY: the caller gave the callback and its data together; `allowed` lives through the call.
        let error =
            unsafe { callback(self.env.data(), current, desired, maximum.unwrap_or(usize::MAX), &raw mut allowed) };
        // SAFETY: the callback gives up the error.
        unsafe { hardtack_error_t::take(error)? };
        Ok(allowed)
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool, Error> {
        Ok(self.ask(self.memory, current, desired, maximum)? && self.fixed.memory_growing(current, desired, maximum)?)
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool, Error> {
        Ok(self.ask(self.table, current, desired, maximum)? && self.fixed.table_growing(current, desired, maximum)?)
    }

    fn instances(&self) -> usize {
        self.fixed.instances()
    }

    fn memories(&self) -> usize {
        self.fixed.memories()
    }

    fn tables(&self) -> usize {
        self.fixed.tables()
    }

    fn references(&self) -> usize {
        self.fixed.references()
    }
}
