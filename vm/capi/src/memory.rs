//! Linear memories.

use crate::boundary::{get, guarded, guarded_or, out, slice};
use crate::context::{cx, hardtack_context_t};
use crate::error::{Fault, hardtack_error_t};
use crate::types::hardtack_memorytype_t;
use crate::val::hardtack_memory_t;
use hardtack_vm::{Error, Memory};
use std::ptr;

/// A new memory of a type's minimal size.
///
/// # Safety
/// Pointers point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_memory_new(
    context: *mut hardtack_context_t,
    ty: *const hardtack_memorytype_t,
    out: *mut hardtack_memory_t,
) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        let (store, ty, out) = unsafe { (cx(context)?, get(ty, "ty")?, self::out(out)?) };
        out.put(hardtack_memory_t::of(Memory::new(store, ty.ty())?))
    })
}

/// Its type; the minimum is its present size.
///
/// # Safety
/// Pointers point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_memory_type(
    context: *mut hardtack_context_t,
    memory: hardtack_memory_t,
    out: *mut hardtack_memorytype_t,
) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        let (store, out) = unsafe { (cx(context)?, self::out(out)?) };
        out.put(hardtack_memorytype_t::of(memory.handle(&store)?.ty(&store)))
    })
}

/// Its size in pages of 64 KiB; 0 if it isn't of this store.
///
/// # Safety
/// The pointer is NULL or a context of this thread's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_memory_pages(context: *mut hardtack_context_t, memory: hardtack_memory_t) -> u64 {
    guarded_or(0, || {
        // SAFETY: as the caller promises.
        let store = unsafe { cx(context)? };
        Ok(memory.handle(&store)?.ty(&store).minimum())
    })
}

/// Its size in bytes; 0 if it isn't of this store.
///
/// # Safety
/// The pointer is NULL or a context of this thread's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_memory_size(context: *mut hardtack_context_t, memory: hardtack_memory_t) -> usize {
    guarded_or(0, || {
        // SAFETY: as the caller promises.
        let store = unsafe { cx(context)? };
        Ok(memory.handle(&store)?.data(&store).len())
    })
}

/// Its bytes, borrowed from the store until it may grow: until guest code runs or hardtack_memory_grow is called. NULL if it isn't
/// of this store.
///
/// # Safety
/// The pointer is NULL or a context of this thread's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_memory_data(context: *mut hardtack_context_t, memory: hardtack_memory_t) -> *mut u8 {
    guarded_or(ptr::null_mut(), || {
        // SAFETY: as the caller promises.
        let mut store = unsafe { cx(context)? };
        Ok(memory.handle(&store)?.data_mut(&mut store).as_mut_ptr())
    })
}

/// Grows it by so many pages. `previous`, which may be NULL, receives how many it had.
///
/// # Safety
/// The pointers are NULL or point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_memory_grow(
    context: *mut hardtack_context_t,
    memory: hardtack_memory_t,
    pages: u64,
    previous: *mut u64,
) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        let store = unsafe { cx(context)? };
        let had = memory.handle(&store)?.grow(store, pages)?;
        // SAFETY: as the caller promises.
        if let Ok(previous) = unsafe { out(previous) } { previous.put(had) } else { Ok(()) }
    })
}

/// Copies `len` bytes from `offset` on out of it. Fails if they aren't all within the memory.
///
/// # Safety
/// `buffer` has room for as many bytes, and isn't part of the memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_memory_read(
    context: *mut hardtack_context_t,
    memory: hardtack_memory_t,
    offset: usize,
    buffer: *mut u8,
    len: usize,
) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        let store = unsafe { cx(context)? };
        let bytes = memory.handle(&store)?.data(&store);
        let part = offset.checked_add(len).and_then(|end| bytes.get(offset..end));
        let part = part.ok_or(Fault::Vm(Error::OutOfBounds("memory")))?;
        if len != 0 {
            if buffer.is_null() {
                return Err(Fault::Null("buffer"));
            }
            // SAFETY: the caller promises room that isn't part of the memory; it may not be initialised.
            unsafe { ptr::copy_nonoverlapping(part.as_ptr(), buffer, len) };
        }
        Ok(())
    })
}

/// Copies `len` bytes into it, from `offset` on. Fails if they don't all fit into the memory; then none is written.
///
/// # Safety
/// There are as many bytes at `buffer`, which isn't part of the memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_memory_write(
    context: *mut hardtack_context_t,
    memory: hardtack_memory_t,
    offset: usize,
    buffer: *const u8,
    len: usize,
) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        let (store, bytes) = unsafe { (cx(context)?, slice(buffer, len, "buffer")?) };
        let memory = memory.handle(&store)?;
        memory.write(store, offset, bytes).map_err(|_| Fault::Vm(Error::OutOfBounds("memory")))
    })
}
