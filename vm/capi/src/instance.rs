//! Instances and what they export.

use crate::boundary::{get, guarded, guarded_or, hardtack_str_t, out, slice};
use crate::context::{cx, hardtack_context_t, settled};
use crate::error::{Fault, hardtack_error_t};
use crate::module::hardtack_module_t;
use crate::types::hardtack_externtype_t;
use crate::val::{
    hardtack_extern_t, hardtack_func_t, hardtack_global_t, hardtack_instance_t, hardtack_memory_t, hardtack_table_t,
};
use hardtack_vm::{Extern, Instance};
use std::ptr;

/// Instantiates a module, with one thing for each of its imports in order, and runs its start function. A linker finds imports by
/// name.
///
/// # Safety
/// Pointers point to what their types say; there are `nimports` imports.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_instance_new(
    context: *mut hardtack_context_t,
    module: *const hardtack_module_t,
    imports: *const hardtack_extern_t,
    nimports: usize,
    out: *mut hardtack_instance_t,
) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        let (mut store, module, imports, out) =
            unsafe { (cx(context)?, get(module, "module")?, slice(imports, nimports, "imports")?, self::out(out)?) };
        // SAFETY: the caller promises initialised imports.
        let imports = imports.iter().map(|item| unsafe { item.item(&store) });
        let imports: Vec<Extern> = imports.collect::<Result<_, _>>()?;
        let result = Instance::new(&mut store, &module.module, &imports);
        out.put(hardtack_instance_t::of(settled(store, result)?))
    })
}

/// The instance's module, which the caller owns; NULL if the instance isn't of this store.
///
/// # Safety
/// The pointer is NULL or a context of this thread's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_instance_module(
    context: *mut hardtack_context_t,
    instance: hardtack_instance_t,
) -> *mut hardtack_module_t {
    guarded_or(ptr::null_mut(), || {
        // SAFETY: as the caller promises.
        let store = unsafe { cx(context)? };
        Ok(hardtack_module_t::give(instance.handle(&store)?.module(&store).clone()))
    })
}

/// The export of a name. False, and nothing is written, if there is none.
///
/// # Safety
/// Pointers are NULL or point to what their types say; the name is readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_instance_export(
    context: *mut hardtack_context_t,
    instance: hardtack_instance_t,
    name: hardtack_str_t,
    out: *mut hardtack_extern_t,
) -> bool {
    guarded_or(false, || {
        // SAFETY: as the caller promises.
        let (store, name, out) = unsafe { (cx(context)?, name.text("name")?, self::out(out)?) };
        let Some(item) = instance.handle(&store)?.get_export(&store, name) else { return Ok(false) };
        out.put(hardtack_extern_t::of(item)).map(|()| true)
    })
}

/// An export by its place in the module (see hardtack_module_export). False, and nothing is written, past the last.
///
/// # Safety
/// Pointers are NULL or point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_instance_export_at(
    context: *mut hardtack_context_t,
    instance: hardtack_instance_t,
    index: usize,
    out: *mut hardtack_extern_t,
) -> bool {
    guarded_or(false, || {
        // SAFETY: as the caller promises.
        let (store, out) = unsafe { (cx(context)?, self::out(out)?) };
        let Some(export) = instance.handle(&store)?.exports(&store).nth(index) else { return Ok(false) };
        out.put(hardtack_extern_t::of(export.into_extern())).map(|()| true)
    })
}

/// Finds an export of one kind.
///
/// # Safety
/// As for the functions below.
unsafe fn export<T>(
    context: *mut hardtack_context_t,
    instance: hardtack_instance_t,
    name: hardtack_str_t,
    kind: &'static str,
    place: *mut T,
    of_kind: impl FnOnce(Extern) -> Option<T>,
) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        let (store, name, out) = unsafe { (cx(context)?, name.text("name")?, out(place)?) };
        let instance = instance.handle(&store)?;
        let item = instance.get_export(&store, name).and_then(of_kind);
        let missing = || Fault::Vm(instance.module(&store).no_export(name, kind));
        out.put(item.ok_or_else(missing)?)
    })
}

/// The exported function of a name. Fails if there is none.
///
/// # Safety
/// Pointers are NULL or point to what their types say; the name is readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_instance_func(
    context: *mut hardtack_context_t,
    instance: hardtack_instance_t,
    name: hardtack_str_t,
    out: *mut hardtack_func_t,
) -> *mut hardtack_error_t {
    let of_kind = |item: Extern| item.into_func().map(hardtack_func_t::of);
    // SAFETY: as the caller promises.
    unsafe { export(context, instance, name, "function", out, of_kind) }
}

/// The exported table of a name. Fails if there is none.
///
/// # Safety
/// Pointers are NULL or point to what their types say; the name is readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_instance_table(
    context: *mut hardtack_context_t,
    instance: hardtack_instance_t,
    name: hardtack_str_t,
    out: *mut hardtack_table_t,
) -> *mut hardtack_error_t {
    let of_kind = |item: Extern| item.into_table().map(hardtack_table_t::of);
    // SAFETY: as the caller promises.
    unsafe { export(context, instance, name, "table", out, of_kind) }
}

/// The exported memory of a name. Fails if there is none.
///
/// # Safety
/// Pointers are NULL or point to what their types say; the name is readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_instance_memory(
    context: *mut hardtack_context_t,
    instance: hardtack_instance_t,
    name: hardtack_str_t,
    out: *mut hardtack_memory_t,
) -> *mut hardtack_error_t {
    let of_kind = |item: Extern| item.into_memory().map(hardtack_memory_t::of);
    // SAFETY: as the caller promises.
    unsafe { export(context, instance, name, "memory", out, of_kind) }
}

/// The exported global of a name. Fails if there is none.
///
/// # Safety
/// Pointers are NULL or point to what their types say; the name is readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_instance_global(
    context: *mut hardtack_context_t,
    instance: hardtack_instance_t,
    name: hardtack_str_t,
    out: *mut hardtack_global_t,
) -> *mut hardtack_error_t {
    let of_kind = |item: Extern| item.into_global().map(hardtack_global_t::of);
    // SAFETY: as the caller promises.
    unsafe { export(context, instance, name, "global", out, of_kind) }
}

/// The type of something in a store, which the caller owns; NULL if it isn't of this store.
///
/// # Safety
/// Pointers are NULL or point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_extern_type(
    context: *mut hardtack_context_t,
    item: *const hardtack_extern_t,
) -> *mut hardtack_externtype_t {
    guarded_or(ptr::null_mut(), || {
        // SAFETY: as the caller promises.
        let (store, item) = unsafe { (cx(context)?, get(item, "item")?) };
        // SAFETY: as the caller promises.
        let item = unsafe { item.item(&store)? };
        Ok(crate::boundary::give(hardtack_externtype_t::of(item.ty(&store))))
    })
}
