//! Functions, the guest's and the host's.

use crate::boundary::{
    Env, Out, end, get, give, guarded, guarded_or, hardtack_finalizer_t, hardtack_str_t, out, slice,
};
use crate::context::{Data, context_of, cx, hardtack_context_t, settled};
use crate::error::{Fault, hardtack_error_t};
use crate::types::hardtack_functype_t;
use crate::val::{hardtack_extern_t, hardtack_func_t, hardtack_instance_t, hardtack_val_t};
use hardtack_vm::{AsContextMut, Caller, Error, Func, Instance, ResumableCall, StoreContextMut, SuspendedCall, Val};
use std::ffi::c_void;
use std::ptr;

/// A host function.
///
/// It gets `env` as it was given with the callback, the arguments, which are of the function's parameter types, and places for
/// the results, which hold zeros and nulls of the right types. It returns NULL, or an error, which the library then owns and which
/// stops the guest. The arrays live until it returns.
pub type hardtack_callback_t = Option<
    unsafe extern "C" fn(
        env: *mut c_void,
        caller: *mut hardtack_caller_t,
        args: *const hardtack_val_t,
        nargs: usize,
        results: *mut hardtack_val_t,
        nresults: usize,
    ) -> *mut hardtack_error_t,
>;

/// Who calls a host function. Borrowed by the callback until it returns.
pub struct hardtack_caller_t {
    context: *mut hardtack_context_t,
    instance: Option<Instance>,
}

/// Values on the stack, if there are few.
pub(crate) struct Values<T> {
    few: [T; 8],
    many: Vec<T>,
    len: usize,
}

impl<T: Copy> Values<T> {
    pub fn new(len: usize, zero: T) -> Values<T> {
        let few = [zero; 8];
        let many = if len > few.len() { vec![zero; len] } else { Vec::new() };
        Values { few, many, len }
    }

    pub fn slice(&mut self) -> &mut [T] {
        if self.many.is_empty() { &mut self.few[..self.len] } else { &mut self.many }
    }
}

/// A host function of the VM's, over lists of values.
type HostFunction = Box<dyn Fn(Caller<'_, Data>, &[Val], &mut [Val]) -> Result<(), Error> + Send + Sync>;

/// A callback as a host function of the VM's.
pub(crate) fn host(callback: hardtack_callback_t, env: Env) -> Result<HostFunction, Fault> {
    let callback = callback.ok_or(Fault::Null("callback"))?;
    Ok(Box::new(move |mut caller: Caller<'_, Data>, params: &[Val], results: &mut [Val]| {
        let env: &Env = &env;
        let mut values = Values::new(params.len() + results.len(), hardtack_val_t::of(Val::I32(0)));
        let (c_params, c_results) = values.slice().split_at_mut(params.len());
        for (place, value) in c_params.iter_mut().zip(params).chain(c_results.iter_mut().zip(&*results)) {
            *place = hardtack_val_t::of(*value);
        }
        let instance = caller.instance();
        let mut c_caller = hardtack_caller_t { context: context_of(caller.as_context_mut()), instance };
        // SAFETY: callback and data were given together; the arrays have the lengths said, and live through the call.
        let error = unsafe {
            callback(
                env.data(),
                &raw mut c_caller,
                c_params.as_ptr(),
                c_params.len(),
                c_results.as_mut_ptr(),
                c_results.len(),
            )
        };
        // SAFETY: the callback gives up the error.
        unsafe { hardtack_error_t::take(error)? };
        for (place, value) in results.iter_mut().zip(&*c_results) {
            // SAFETY: all were initialised above, and the callback writes whole values.
            *place = unsafe { value.val(&caller) }.map_err(Fault::into_error)?;
        }
        Ok(())
    }))
}

/// A host function of a store. `env` is given to the callback, and ended by `finalizer` together with the store.
///
/// # Safety
/// Pointers point to what their types say; callback, env and finalizer fit, and may be used by every thread that uses the store.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_func_new(
    context: *mut hardtack_context_t,
    ty: *const hardtack_functype_t,
    callback: hardtack_callback_t,
    env: *mut c_void,
    finalizer: hardtack_finalizer_t,
    out: *mut hardtack_func_t,
) -> *mut hardtack_error_t {
    let env = Env::new(env, finalizer);
    guarded(|| {
        // SAFETY: as the caller promises.
        let (store, ty, out) = unsafe { (cx(context)?, get(ty, "ty")?, self::out(out)?) };
        let func = Func::new(store, ty.ty.clone(), host(callback, env)?);
        out.put(hardtack_func_t::of(func))
    })
}

/// A function's type, which the caller owns; NULL if the function isn't of this store.
///
/// # Safety
/// The pointer is NULL or a context of this thread's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_func_type(
    context: *mut hardtack_context_t,
    func: hardtack_func_t,
) -> *mut hardtack_functype_t {
    guarded_or(ptr::null_mut(), || {
        // SAFETY: as the caller promises.
        let store = unsafe { cx(context)? };
        Ok(give(hardtack_functype_t::of(func.handle(&store)?.ty(&store))))
    })
}

/// The arguments of a call.
///
/// # Safety
/// There are as many values as said, all initialised.
unsafe fn arguments(
    store: &StoreContextMut<'_, Data>,
    args: *const hardtack_val_t,
    nargs: usize,
    places: &mut [Val],
) -> Result<(), Fault> {
    // SAFETY: as the caller promises.
    for (place, value) in places.iter_mut().zip(unsafe { slice(args, nargs, "args")? }) {
        // SAFETY: as the caller promises.
        *place = unsafe { value.val(store)? };
    }
    Ok(())
}

/// Writes the results of a call.
///
/// # Safety
/// There are as many places.
unsafe fn put_results(values: &[Val], results: *mut hardtack_val_t) {
    for (i, value) in values.iter().enumerate() {
        // SAFETY: as the caller promises.
        unsafe { results.add(i).write(hardtack_val_t::of(*value)) };
    }
}

/// Calls a function. `results` has places for as many values as its type says; NULL does for none.
///
/// When it fails, the store can be used on.
///
/// # Safety
/// The pointer is a context of this thread's; the arrays have as many elements as said.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_func_call(
    context: *mut hardtack_context_t,
    func: hardtack_func_t,
    args: *const hardtack_val_t,
    nargs: usize,
    results: *mut hardtack_val_t,
    nresults: usize,
) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        let mut store = unsafe { cx(context)? };
        if results.is_null() && nresults != 0 {
            return Err(Fault::Null("results"));
        }
        let func = func.handle(&store)?;
        let mut values = Values::new(nargs + nresults, Val::I32(0));
        let (params, out) = values.slice().split_at_mut(nargs);
        // SAFETY: as the caller promises.
        unsafe { arguments(&store, args, nargs, params)? };
        let result = func.call(&mut store, params, out);
        settled(store, result)?;
        // SAFETY: the caller promises so many places.
        unsafe { put_results(out, results) };
        Ok(())
    })
}

/// A call that has stopped for lack of fuel and can go on. Ended by hardtack_suspended_call_resume, or by
/// hardtack_suspended_call_delete, which abandons it; at the latest before its store.
pub struct hardtack_suspended_call_t {
    call: SuspendedCall<Box<[Val]>>,
    /// The number of its store.
    store: u64,
    nresults: usize,
}

/// Writes what has become of a resumable call.
///
/// # Safety
/// There are `nresults` places for results.
unsafe fn outcome(
    call: ResumableCall<Box<[Val]>>,
    (store, nresults): (u64, usize),
    results: *mut hardtack_val_t,
    suspended: Out<*mut hardtack_suspended_call_t>,
) -> Result<(), Fault> {
    match call {
        ResumableCall::Finished(values) => {
            // SAFETY: the callers check that there are as many results as places.
            unsafe { put_results(&values, results) };
            suspended.put(ptr::null_mut())
        }
        ResumableCall::OutOfFuel(call) => suspended.put(give(hardtack_suspended_call_t { call, store, nresults })),
    }
}

fn check_places(results: *mut hardtack_val_t, found: usize, expected: usize) -> Result<(), Fault> {
    if results.is_null() && found != 0 {
        return Err(Fault::Null("results"));
    }
    let what = "results";
    if found == expected { Ok(()) } else { Err(Fault::Vm(Error::Count { what, expected, found })) }
}

/// Calls a function so that a lack of fuel only suspends the call. `suspended` receives NULL if the call is over, with its results
/// written; else the call, which the caller owns, to go on when there is fuel again.
///
/// # Safety
/// The pointers point to what their types say; the arrays have as many elements as said.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_func_call_resumable(
    context: *mut hardtack_context_t,
    func: hardtack_func_t,
    args: *const hardtack_val_t,
    nargs: usize,
    results: *mut hardtack_val_t,
    nresults: usize,
    suspended: *mut *mut hardtack_suspended_call_t,
) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        let (mut store, suspended) = unsafe { (cx(context)?, out(suspended)?) };
        let func = func.handle(&store)?;
        check_places(results, nresults, func.ty(&store).results().len())?;
        let mut params = Values::new(nargs, Val::I32(0));
        // SAFETY: as the caller promises.
        unsafe { arguments(&store, args, nargs, params.slice())? };
        let number = store.data().number;
        let call = func.call_resumable(&mut store, params.slice());
        let call = settled(store, call)?;
        // SAFETY: there are as many places as results.
        unsafe { outcome(call, (number, nresults), results, suspended) }
    })
}

/// Goes on with a call, which is the library's from now on, even if this fails. Results and `suspended` are as for
/// hardtack_func_call_resumable.
///
/// # Safety
/// The pointers point to what their types say; the call is used no more; the array has as many elements as said.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_suspended_call_resume(
    context: *mut hardtack_context_t,
    call: *mut hardtack_suspended_call_t,
    results: *mut hardtack_val_t,
    nresults: usize,
    suspended: *mut *mut hardtack_suspended_call_t,
) -> *mut hardtack_error_t {
    guarded(|| {
        if call.is_null() {
            return Err(Fault::Null("call"));
        }
        // SAFETY: it comes from `give`, and the caller gives it up.
        let call = unsafe { Box::from_raw(call) };
        // SAFETY: as the caller promises.
        let (mut store, suspended) = unsafe { (cx(context)?, out(suspended)?) };
        if call.store != store.data().number {
            return Err(Fault::Foreign("call"));
        }
        check_places(results, nresults, call.nresults)?;
        let of = (call.store, call.nresults);
        let call = call.call.resume(&mut store);
        let call = settled(store, call)?;
        // SAFETY: there are as many places as results.
        unsafe { outcome(call, of, results, suspended) }
    })
}

/// How much fuel is needed at least for the call to go on.
///
/// # Safety
/// The pointer is NULL or points to a suspended call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_suspended_call_fuel_needed(call: *const hardtack_suspended_call_t) -> u64 {
    // SAFETY: as the caller promises.
    guarded_or(0, || Ok(unsafe { get(call, "call")? }.call.fuel_needed()))
}

/// Abandons a call. Accepts NULL.
///
/// # Safety
/// The call is used no more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_suspended_call_delete(call: *mut hardtack_suspended_call_t) {
    // SAFETY: as the caller promises.
    unsafe { end(call) }
}

/// The context by which the host function uses the store, borrowed until it returns.
///
/// # Safety
/// The pointer is NULL or what the callback was given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_caller_context(caller: *const hardtack_caller_t) -> *mut hardtack_context_t {
    // SAFETY: as the caller promises.
    guarded_or(ptr::null_mut(), || Ok(unsafe { get(caller, "caller")? }.context))
}

/// The instance that calls. False, and nothing is written, if the host calls its function itself.
///
/// # Safety
/// The pointers are NULL or point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_caller_instance(
    caller: *const hardtack_caller_t,
    out: *mut hardtack_instance_t,
) -> bool {
    guarded_or(false, || {
        // SAFETY: as the caller promises.
        let (caller, out) = unsafe { (get(caller, "caller")?, self::out(out)?) };
        let Some(instance) = caller.instance else { return Ok(false) };
        out.put(hardtack_instance_t::of(instance)).map(|()| true)
    })
}

/// An export of the instance that calls, such as its memory. False, and nothing is written, if there is none.
///
/// # Safety
/// The pointers are NULL or point to what their types say; the name is readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_caller_export(
    caller: *const hardtack_caller_t,
    name: hardtack_str_t,
    out: *mut hardtack_extern_t,
) -> bool {
    guarded_or(false, || {
        // SAFETY: as the caller promises.
        let (caller, name, out) = unsafe { (get(caller, "caller")?, name.text("name")?, self::out(out)?) };
        // SAFETY: the context is the one that the host function was called with.
        let store = unsafe { cx(caller.context)? };
        let Some(item) = caller.instance.and_then(|instance| instance.get_export(&store, name)) else {
            return Ok(false);
        };
        out.put(hardtack_extern_t::of(item)).map(|()| true)
    })
}
