//! Modules: loading them, and what they import and export.

use crate::boundary::{Env, end, get, give, guarded, guarded_or, hardtack_finalizer_t, hardtack_str_t, out, slice};
use crate::error::{Fault, hardtack_error_t};
use crate::types::hardtack_externtype_t;
use hardtack_vm::{Module, ModuleBytes};
use std::ffi::c_void;
use std::ptr;
use std::sync::OnceLock;

/// A verified module. Ended by hardtack_module_delete.
pub struct hardtack_module_t {
    pub(crate) module: Module,
    imports: OnceLock<Vec<hardtack_externtype_t>>,
    exports: OnceLock<Vec<hardtack_externtype_t>>,
}

impl hardtack_module_t {
    pub(crate) fn give(module: Module) -> *mut hardtack_module_t {
        give(hardtack_module_t { module, imports: OnceLock::new(), exports: OnceLock::new() })
    }
}

/// Loads a file, whatever its bytes, which are copied. The caller owns what `out` receives.
///
/// # Safety
/// There are `len` bytes, and `out` can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_module_load(
    bytes: *const u8,
    len: usize,
    out: *mut *mut hardtack_module_t,
) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        let (bytes, out) = unsafe { (slice(bytes, len, "bytes")?, self::out(out)?) };
        out.put(hardtack_module_t::give(Module::from_slice(bytes)?))
    })
}

/// Bytes of the caller's, with what ends them.
struct Kept {
    bytes: *const u8,
    len: usize,
    _env: Env,
}

// SAFETY: the caller of `hardtack_module_load_in_place` promises bytes that nobody changes, and a finalizer for any thread.
unsafe impl Send for Kept {}
// SAFETY: as above.
unsafe impl Sync for Kept {}

impl AsRef<[u8]> for Kept {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: the caller promises that the bytes are there until the finalizer is called, when `self` ends.
        unsafe { slice(self.bytes, self.len, "bytes") }.unwrap_or_default()
    }
}

/// Loads a file, whatever its bytes, and executes it where it lies, in a resource, a mapped file, flash. Only if it doesn't lie at
/// a multiple of 4 it is copied. The caller owns what `out` receives.
///
/// The bytes must stay there unchanged, even by another process, until `finalizer` is called with `env`. That happens when the
/// last module, instance and error that refers to them is gone, on whatever thread causes that; at once if loading fails or
/// copies. With NULL as the finalizer they must stay for good.
///
/// # Safety
/// There are `len` bytes, which nobody changes until the finalizer is called, and `out` can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_module_load_in_place(
    bytes: *const u8,
    len: usize,
    env: *mut c_void,
    finalizer: hardtack_finalizer_t,
    out: *mut *mut hardtack_module_t,
) -> *mut hardtack_error_t {
    let kept = Kept { bytes, len, _env: Env::new(env, finalizer) };
    guarded(|| {
        if kept.bytes.is_null() && len != 0 {
            return Err(Fault::Null("bytes"));
        }
        // SAFETY: as the caller promises.
        let out = unsafe { self::out(out)? };
        out.put(hardtack_module_t::give(Module::load(ModuleBytes::from_owner(kept))?))
    })
}

/// The same module once more; the caller owns it too.
///
/// # Safety
/// The pointer is NULL or points to a module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_module_clone(module: *const hardtack_module_t) -> *mut hardtack_module_t {
    // SAFETY: as the caller promises.
    guarded_or(ptr::null_mut(), || Ok(hardtack_module_t::give(unsafe { get(module, "module")? }.module.clone())))
}

/// Ends a module; its instances go on. Accepts NULL.
///
/// # Safety
/// The module and what is borrowed from it are used no more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_module_delete(module: *mut hardtack_module_t) {
    // SAFETY: as the caller promises.
    unsafe { end(module) }
}

/// The file, borrowed from the module, and its length.
///
/// # Safety
/// The pointers are NULL or point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_module_bytes(module: *const hardtack_module_t, len: *mut usize) -> *const u8 {
    guarded_or(ptr::null(), || {
        // SAFETY: as the caller promises.
        let (module, len) = unsafe { (get(module, "module")?, out(len)?) };
        len.put(module.module.bytes().len())?;
        Ok(module.module.bytes().as_ptr())
    })
}

/// The hash that identifies what the file does, 16 bytes: equal for files that differ only in debug information and signature.
///
/// # Safety
/// The pointers are NULL or point to a module and to 16 bytes that can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_module_build_id(module: *const hardtack_module_t, id: *mut [u8; 16]) {
    // SAFETY: as the caller promises.
    guarded_or((), || unsafe { out(id)?.put(get(module, "module")?.module.build_id()) })
}

/// The name of a function in the file's debug information, by its index, imported functions first. Borrowed from the module.
/// False, and nothing is written, if there is none.
///
/// # Safety
/// The pointers are NULL or point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_module_func_name(
    module: *const hardtack_module_t,
    index: u32,
    name: *mut hardtack_str_t,
) -> bool {
    guarded_or(false, || {
        // SAFETY: as the caller promises.
        let (module, place) = unsafe { (get(module, "module")?, out(name)?) };
        let Some(name) = module.module.func_name(index) else { return Ok(false) };
        place.put(hardtack_str_t::of(name)).map(|()| true)
    })
}

/// An import of a module, borrowed from the module.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct hardtack_import_t {
    /// The first part of its name.
    pub module: hardtack_str_t,
    /// The second part of its name.
    pub name: hardtack_str_t,
    /// What it must be.
    pub ty: *const hardtack_externtype_t,
}

/// An export of a module, borrowed from the module.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct hardtack_export_t {
    /// Its name.
    pub name: hardtack_str_t,
    /// What it is.
    pub ty: *const hardtack_externtype_t,
}

/// How many imports a module has.
///
/// # Safety
/// The pointer is NULL or points to a module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_module_import_count(module: *const hardtack_module_t) -> usize {
    // SAFETY: as the caller promises.
    guarded_or(0, || Ok(unsafe { get(module, "module")? }.module.imports().len()))
}

/// An import, in the order of the module. False, and nothing is written, past the last.
///
/// # Safety
/// The pointers are NULL or point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_module_import(
    module: *const hardtack_module_t,
    index: usize,
    import: *mut hardtack_import_t,
) -> bool {
    guarded_or(false, || {
        // SAFETY: as the caller promises.
        let (module, place) = unsafe { (get(module, "module")?, out(import)?) };
        let types = module.imports.get_or_init(|| {
            module.module.imports().map(|import| hardtack_externtype_t::of(import.ty().clone())).collect()
        });
        let Some((import, ty)) = module.module.imports().zip(types).nth(index) else { return Ok(false) };
        let (module, name) = (hardtack_str_t::of(import.module()), hardtack_str_t::of(import.name()));
        place.put(hardtack_import_t { module, name, ty }).map(|()| true)
    })
}

/// How many exports a module has.
///
/// # Safety
/// The pointer is NULL or points to a module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_module_export_count(module: *const hardtack_module_t) -> usize {
    // SAFETY: as the caller promises.
    guarded_or(0, || Ok(unsafe { get(module, "module")? }.module.exports().len()))
}

/// An export, in the order of the module. False, and nothing is written, past the last.
///
/// # Safety
/// The pointers are NULL or point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_module_export(
    module: *const hardtack_module_t,
    index: usize,
    export: *mut hardtack_export_t,
) -> bool {
    guarded_or(false, || {
        // SAFETY: as the caller promises.
        let (module, place) = unsafe { (get(module, "module")?, out(export)?) };
        let types = module.exports.get_or_init(|| {
            module.module.exports().map(|export| hardtack_externtype_t::of(export.ty().clone())).collect()
        });
        let Some((export, ty)) = module.module.exports().zip(types).nth(index) else { return Ok(false) };
        place.put(hardtack_export_t { name: hardtack_str_t::of(export.name()), ty }).map(|()| true)
    })
}
