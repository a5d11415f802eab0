//! Linkers: names for what modules import.

use crate::boundary::{Env, end, get, get_mut, give, guarded, guarded_or, hardtack_finalizer_t, hardtack_str_t, out};
use crate::context::{Data, cx, hardtack_context_t, settled};
use crate::engine::hardtack_engine_t;
use crate::error::{Fault, hardtack_error_t};
use crate::func::{hardtack_callback_t, host};
use crate::module::hardtack_module_t;
use crate::types::hardtack_functype_t;
use crate::val::{hardtack_extern_t, hardtack_instance_t};
use hardtack_vm::{Linker, StoreContextMut};
use std::ffi::c_void;
use std::ptr;

/// Definitions by the two parts of their names, from which modules' imports are taken. Host functions belong to no store until a
/// module is instantiated, so one linker can serve many stores. Ended by hardtack_linker_delete.
pub struct hardtack_linker_t {
    pub(crate) linker: Linker<Data>,
    /// The number of the store that things defined here belong to, if there are any.
    serves: Option<u64>,
}

impl hardtack_linker_t {
    /// The linker and a store that it can serve.
    fn for_store(&self, store: &StoreContextMut<'_, Data>) -> Result<&Linker<Data>, Fault> {
        let serves = self.serves.is_none_or(|number| number == store.data().number);
        if serves { Ok(&self.linker) } else { Err(Fault::Foreign("linker")) }
    }

    /// The linker, to be given something of a store.
    fn bound_to(&mut self, store: &StoreContextMut<'_, Data>) -> Result<&mut Linker<Data>, Fault> {
        self.for_store(store)?;
        self.serves = Some(store.data().number);
        Ok(&mut self.linker)
    }
}

/// A linker without definitions. The caller owns it.
///
/// # Safety
/// The pointer is NULL or points to an engine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_linker_new(engine: *const hardtack_engine_t) -> *mut hardtack_linker_t {
    guarded_or(ptr::null_mut(), || {
        // SAFETY: as the caller promises.
        let engine = unsafe { get(engine, "engine")? };
        Ok(give(hardtack_linker_t { linker: Linker::new(&engine.engine), serves: None }))
    })
}

/// A linker with the same definitions; the caller owns it. Callers' data are shared and ended with the last that needs them.
///
/// # Safety
/// The pointer is NULL or points to a linker.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_linker_clone(linker: *const hardtack_linker_t) -> *mut hardtack_linker_t {
    guarded_or(ptr::null_mut(), || {
        // SAFETY: as the caller promises.
        let hardtack_linker_t { linker, serves } = unsafe { get(linker, "linker")? };
        Ok(give(hardtack_linker_t { linker: linker.clone(), serves: *serves }))
    })
}

/// Ends a linker; what was instantiated with it goes on. Accepts NULL.
///
/// # Safety
/// The linker is used no more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_linker_delete(linker: *mut hardtack_linker_t) {
    // SAFETY: as the caller promises.
    unsafe { end(linker) }
}

/// Whether a definition may replace an earlier one of the same name; at first it may not.
///
/// # Safety
/// The pointer is NULL or points to a linker that nobody else uses now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_linker_allow_shadowing(linker: *mut hardtack_linker_t, allow: bool) {
    guarded_or((), || {
        // SAFETY: as the caller promises.
        unsafe { get_mut(linker, "linker")? }.linker.allow_shadowing(allow);
        Ok(())
    })
}

/// Defines a host function. `env` is given to the callback, and ended by `finalizer` when linker and stores need it no more.
///
/// # Safety
/// Pointers point to what their types say; callback, env and finalizer fit, and may be used by every thread that uses a store
/// into which the linker instantiates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_linker_func(
    linker: *mut hardtack_linker_t,
    module: hardtack_str_t,
    name: hardtack_str_t,
    ty: *const hardtack_functype_t,
    callback: hardtack_callback_t,
    env: *mut c_void,
    finalizer: hardtack_finalizer_t,
) -> *mut hardtack_error_t {
    let env = Env::new(env, finalizer);
    guarded(|| {
        // SAFETY: as the caller promises.
        let (linker, module, name, ty) =
            unsafe { (get_mut(linker, "linker")?, module.text("module")?, name.text("name")?, get(ty, "ty")?) };
        linker.linker.func_new(module, name, ty.ty.clone(), host(callback, env)?)?;
        Ok(())
    })
}

/// Defines something of a store. The linker then serves only that store.
///
/// # Safety
/// Pointers point to what their types say; names are readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_linker_define(
    linker: *mut hardtack_linker_t,
    context: *mut hardtack_context_t,
    module: hardtack_str_t,
    name: hardtack_str_t,
    item: *const hardtack_extern_t,
) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        let (linker, store, module, name, item) = unsafe {
            let (linker, store) = (get_mut(linker, "linker")?, cx(context)?);
            (linker, store, module.text("module")?, name.text("name")?, get(item, "item")?)
        };
        // SAFETY: the caller promises an initialised item.
        let item = unsafe { item.item(&store)? };
        linker.bound_to(&store)?.define(module, name, item)?;
        Ok(())
    })
}

/// Defines all exports of an instance, with this as the first part of their names. The linker then serves only that store.
///
/// # Safety
/// Pointers point to what their types say; the name is readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_linker_instance(
    linker: *mut hardtack_linker_t,
    context: *mut hardtack_context_t,
    module: hardtack_str_t,
    instance: hardtack_instance_t,
) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        let (linker, store, module) = unsafe { (get_mut(linker, "linker")?, cx(context)?, module.text("module")?) };
        let instance = instance.handle(&store)?;
        linker.bound_to(&store)?.instance(&store, module, instance)?;
        Ok(())
    })
}

/// Gives a definition a second name.
///
/// # Safety
/// The pointer points to a linker that nobody else uses now; names are readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_linker_alias(
    linker: *mut hardtack_linker_t,
    module: hardtack_str_t,
    name: hardtack_str_t,
    as_module: hardtack_str_t,
    as_name: hardtack_str_t,
) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        let (linker, names) = unsafe {
            let names =
                (module.text("module")?, name.text("name")?, as_module.text("as_module")?, as_name.text("as_name")?);
            (get_mut(linker, "linker")?, names)
        };
        linker.linker.alias(names.0, names.1, names.2, names.3)?;
        Ok(())
    })
}

/// Gives all definitions with this first part of their names another first part as well.
///
/// # Safety
/// The pointer points to a linker that nobody else uses now; names are readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_linker_alias_module(
    linker: *mut hardtack_linker_t,
    module: hardtack_str_t,
    as_module: hardtack_str_t,
) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        let (linker, module, as_module) =
            unsafe { (get_mut(linker, "linker")?, module.text("module")?, as_module.text("as_module")?) };
        linker.linker.alias_module(module, as_module)?;
        Ok(())
    })
}

/// Defines a function that traps for each function that a module imports and that isn't defined yet.
///
/// # Safety
/// The pointers point to a linker that nobody else uses now and a module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_linker_define_unknown_imports_as_traps(
    linker: *mut hardtack_linker_t,
    module: *const hardtack_module_t,
) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        let (linker, module) = unsafe { (get_mut(linker, "linker")?, get(module, "module")?) };
        linker.linker.define_unknown_imports_as_traps(&module.module);
        Ok(())
    })
}

/// Defines something for everything that a module imports and that isn't defined yet: functions that return zeros and nulls,
/// globals that hold them, tables and memories of the smallest size. The linker then serves only that store.
///
/// # Safety
/// Pointers point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_linker_define_unknown_imports_as_zero(
    linker: *mut hardtack_linker_t,
    context: *mut hardtack_context_t,
    module: *const hardtack_module_t,
) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        let (linker, store, module) = unsafe { (get_mut(linker, "linker")?, cx(context)?, get(module, "module")?) };
        linker.bound_to(&store)?.define_unknown_imports_as_zero(store, &module.module)?;
        Ok(())
    })
}

/// What is defined under a name, in a store. A host function comes to be in the store anew each time. False, and nothing is
/// written, if nothing is defined.
///
/// # Safety
/// Pointers point to what their types say; names are readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_linker_get(
    linker: *const hardtack_linker_t,
    context: *mut hardtack_context_t,
    module: hardtack_str_t,
    name: hardtack_str_t,
    out: *mut hardtack_extern_t,
) -> bool {
    guarded_or(false, || {
        // SAFETY: as the caller promises.
        let (linker, mut store, names, out) = unsafe {
            let names = (module.text("module")?, name.text("name")?);
            (get(linker, "linker")?, cx(context)?, names, self::out(out)?)
        };
        let Some(item) = linker.for_store(&store)?.get(&mut store, names.0, names.1) else { return Ok(false) };
        out.put(hardtack_extern_t::of(item)).map(|()| true)
    })
}

/// Instantiates a module with what is defined for its imports, and runs its start function.
///
/// # Safety
/// Pointers point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_linker_instantiate(
    linker: *const hardtack_linker_t,
    context: *mut hardtack_context_t,
    module: *const hardtack_module_t,
    out: *mut hardtack_instance_t,
) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        let (linker, mut store, module, out) =
            unsafe { (get(linker, "linker")?, cx(context)?, get(module, "module")?, self::out(out)?) };
        let result = linker.for_store(&store)?.instantiate(&mut store, &module.module);
        out.put(hardtack_instance_t::of(settled(store, result)?))
    })
}
