//! What every function of the boundary needs: no unwinding, checked pointers, strings, callers' data with their finalizers.

use crate::error::{Fault, hardtack_error_t};
use std::ffi::{CStr, c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

/// Ends what a `void *` points to.
pub type hardtack_finalizer_t = Option<unsafe extern "C" fn(data: *mut c_void)>;

/// A string: bytes in UTF-8, not necessarily ended by a NUL. `data` may be NULL if `len` is 0.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct hardtack_str_t {
    /// The first byte.
    pub data: *const c_char,
    /// How many bytes.
    pub len: usize,
}

impl hardtack_str_t {
    pub(crate) const EMPTY: hardtack_str_t = hardtack_str_t { data: ptr::null(), len: 0 };

    pub(crate) fn of(text: &str) -> hardtack_str_t {
        hardtack_str_t { data: text.as_ptr().cast(), len: text.len() }
    }

    /// The bytes.
    ///
    /// # Safety
    /// They are readable for `'a`.
    pub(crate) unsafe fn bytes<'a>(self, what: &'static str) -> Result<&'a [u8], Fault> {
        // SAFETY: as the caller promises.
        unsafe { slice(self.data.cast(), self.len, what) }
    }

    /// The text.
    ///
    /// # Safety
    /// The bytes are readable for `'a`.
    pub(crate) unsafe fn text<'a>(self, what: &'static str) -> Result<&'a str, Fault> {
        // SAFETY: as the caller promises.
        std::str::from_utf8(unsafe { self.bytes(what)? }).map_err(|_| Fault::NotUtf8(what))
    }
}

/// The bytes of a C string, which are borrowed: an empty string for NULL.
///
/// # Safety
/// `text` is NULL or ends in a NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_str(text: *const c_char) -> hardtack_str_t {
    if text.is_null() {
        return hardtack_str_t::EMPTY;
    }
    // SAFETY: the caller promises a C string.
    hardtack_str_t { data: text, len: unsafe { CStr::from_ptr(text) }.count_bytes() }
}

/// The version of the library, as the header's HARDTACK_VERSION: a C string that is never freed.
#[unsafe(no_mangle)]
pub extern "C" fn hardtack_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Runs a function that can fail. A panic becomes an error.
pub(crate) fn guarded(run: impl FnOnce() -> Result<(), Fault>) -> *mut hardtack_error_t {
    let result = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| Err(Fault::panic(&*panic)));
    match result {
        Ok(()) => ptr::null_mut(),
        Err(fault) => hardtack_error_t::give(fault),
    }
}

/// Runs a function that answers in some way whatever happens.
pub(crate) fn guarded_or<T>(otherwise: T, run: impl FnOnce() -> Result<T, Fault>) -> T {
    catch_unwind(AssertUnwindSafe(run)).ok().and_then(Result::ok).unwrap_or(otherwise)
}

/// Hands an object to the caller.
pub(crate) fn give<T>(object: T) -> *mut T {
    Box::into_raw(Box::new(object))
}

/// Ends an object that was handed out.
///
/// # Safety
/// It is null, or comes from [`give`] and is used no more.
pub(crate) unsafe fn end<T>(object: *mut T) {
    if !object.is_null() {
        // SAFETY: it comes from `Box::into_raw` in `give`, and the caller gives it up.
        let object = unsafe { Box::from_raw(object) };
        // A finalizer of the caller's could panic if it is written in Rust.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(object)));
    }
}

/// What a pointer points to.
///
/// # Safety
/// It is null or points to a `T` that nobody changes during `'a`.
pub(crate) unsafe fn get<'a, T>(pointer: *const T, what: &'static str) -> Result<&'a T, Fault> {
    // SAFETY: as the caller promises.
    unsafe { pointer.as_ref() }.ok_or(Fault::Null(what))
}

/// What a pointer points to, to be changed.
///
/// # Safety
/// It is null or points to a `T` that nobody else uses during `'a`.
pub(crate) unsafe fn get_mut<'a, T>(pointer: *mut T, what: &'static str) -> Result<&'a mut T, Fault> {
    // SAFETY: as the caller promises.
    unsafe { pointer.as_mut() }.ok_or(Fault::Null(what))
}

/// A list that is given as a pointer and a length.
///
/// # Safety
/// The pointer is null or points to `len` values that nobody changes during `'a`.
pub(crate) unsafe fn slice<'a, T>(pointer: *const T, len: usize, what: &'static str) -> Result<&'a [T], Fault> {
    match (pointer.is_null(), len) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(Fault::Null(what)),
        // SAFETY: as the caller promises.
        (false, _) => Ok(unsafe { std::slice::from_raw_parts(pointer, len) }),
    }
}

/// Where a result goes.
pub(crate) struct Out<T>(*mut T);

impl<T> Out<T> {
    /// Writes the result.
    pub fn put(self, value: T) -> Result<(), Fault> {
        // SAFETY: `out` was promised a pointer to writable memory, and it isn't null.
        unsafe { self.0.write(value) };
        Ok(())
    }
}

/// An out-parameter, checked before anything is done for it.
///
/// # Safety
/// It is null or can be written to until the call ends.
pub(crate) unsafe fn out<T>(pointer: *mut T) -> Result<Out<T>, Fault> {
    if pointer.is_null() { Err(Fault::Null("out")) } else { Ok(Out(pointer)) }
}

/// Data of the caller's, with what ends them.
pub(crate) struct Env {
    data: *mut c_void,
    finalizer: hardtack_finalizer_t,
}

// SAFETY: the header says on which threads callbacks and finalizers are called, and to lend only what bears that.
unsafe impl Send for Env {}
// SAFETY: as above.
unsafe impl Sync for Env {}

impl Env {
    pub fn new(data: *mut c_void, finalizer: hardtack_finalizer_t) -> Env {
        Env { data, finalizer }
    }

    pub fn data(&self) -> *mut c_void {
        self.data
    }
}

impl Drop for Env {
    fn drop(&mut self) {
        if let Some(finalizer) = self.finalizer {
            // SAFETY: the caller gave the two together, and this is the only call.
            unsafe { finalizer(self.data) }
        }
    }
}
