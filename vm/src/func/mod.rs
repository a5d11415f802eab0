//! Functions of a store, the guest's and the host's.

pub(crate) mod caller;
mod into_func;
mod resumable;
mod typed;

pub use self::caller::Caller;
pub use self::into_func::{IntoFunc, WasmParams, WasmResults, WasmRet, WasmTy, WasmTyList};
pub use self::resumable::{ResumableCall, SuspendedCall};
pub use self::typed::TypedFunc;

use crate::error::Error;
use crate::exec::driver;
use crate::few::Buffer;
use crate::store::{AsContext, AsContextMut, CallWindow, HostFunc, Store};
use crate::sync::{Arc, Handle, StoreId};
use crate::types::{FuncType, ValType};
use crate::val::{Val, sort_of};
use alloc::boxed::Box;

/// A function of a store.
///
/// ```
/// use hardtack_vm::{Engine, Error, Func, Store, Val};
///
/// let mut store = Store::new(&Engine::default(), ());
/// let double = Func::wrap(&mut store, |n: i64| n * 2);
/// assert_eq!(double.ty(&store).to_string(), "(i64) -> (i64)");
/// // With types of Rust's, checked once; or with values, checked each time.
/// assert_eq!(double.typed::<i64, i64>(&store)?.call(&mut store, 4)?, 8);
/// let mut results = [Val::I64(0)];
/// double.call(&mut store, &[Val::I64(5)], &mut results)?;
/// assert_eq!(results, [Val::I64(10)]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Func(pub(crate) Handle);

impl Func {
    /// A host function of a type given at run time.
    ///
    /// The closure gets the arguments and places for the results, which hold zeros and nulls of the right types at first. A store holds up
    /// to 2^32 functions: one more panics.
    ///
    /// ```
    /// # use hardtack_vm::{Engine, Error, Func, FuncType, Store, Val, ValType};
    /// let mut store = Store::new(&Engine::default(), ());
    /// let ty = FuncType::new([ValType::I32, ValType::I32], [ValType::I32]);
    /// let max = Func::new(&mut store, ty, |_caller, params, results| {
    ///     results[0] = Val::from(params[0].i32().max(params[1].i32()).unwrap_or(0));
    ///     Ok(())
    /// });
    /// let mut results = [Val::I32(0)];
    /// max.call(&mut store, &[Val::I32(4), Val::I32(7)], &mut results)?;
    /// assert_eq!(results, [Val::I32(7)]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn new<T>(
        mut store: impl AsContextMut<Data = T>,
        ty: FuncType,
        func: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<(), Error> + Send + Sync + 'static,
    ) -> Func {
        let host = dynamic(&ty, func);
        Func::host(store.as_context_mut().store, ty, host)
    }

    /// A host function whose type is that of a Rust closure.
    ///
    /// Parameters are up to 16 of `i32`, `u32`, `i64`, `u64`, `f32`, `f64`, `Option<Func>` and `Option<ExternRef>`, after a
    /// [`Caller`] if it wants one; the result is one of these, a tuple of them, `()`, or a `Result` of all that with an error
    /// that converts into [`Error`].
    ///
    /// ```
    /// # use hardtack_vm::{Caller, Engine, Error, Func, Store};
    /// let mut store = Store::new(&Engine::default(), 10);
    /// let add = Func::wrap(&mut store, |caller: Caller<'_, i32>, a: i32| caller.data() + a);
    /// assert_eq!(add.typed::<i32, i32>(&store)?.call(&mut store, 5)?, 15);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn wrap<T, Params, Results>(
        mut store: impl AsContextMut<Data = T>,
        func: impl IntoFunc<T, Params, Results>,
    ) -> Func {
        let (ty, host) = func.into_func();
        Func::host(store.as_context_mut().store, ty, host)
    }

    pub(crate) fn host<T>(store: &mut Store<T>, ty: FuncType, func: Arc<HostFunc<T>>) -> Func {
        let number = store.host_funcs.len();
        store.host_funcs.push(func);
        Func(store.entities.add_host_func(ty, number).expect("a store holds fewer than 2^32 functions"))
    }

    /// Its type.
    ///
    /// # Panics
    /// This and all other methods panic if it belongs to another store.
    pub fn ty(&self, store: impl AsContext) -> FuncType {
        let entities = &store.as_context().store.entities;
        entities.func_type(self.0.number_in(entities.id)).ty.clone()
    }

    /// Calls it.
    ///
    /// # Errors
    /// If numbers or types of the arguments or the number of places for results aren't the function's, if it traps, or if a host
    /// function that it calls fails. The store can be used on. A call that ends for lack of fuel is over;
    /// [`call_resumable`](Self::call_resumable) is for those that are to go on.
    pub fn call(&self, mut store: impl AsContextMut, params: &[Val], results: &mut [Val]) -> Result<(), Error> {
        let store = store.as_context_mut().store;
        let (id, number) = (store.id(), self.0.number_in(store.id()));
        let entry = store.entities.func_type(number);
        let (ty, (len, ref_len)) = (entry.ty.clone(), entry.window());
        check_count("arguments", ty.params(), params.len())?;
        check_count("results", ty.results(), results.len())?;
        let (mut numbers, mut refs) = (Buffer::new(len, 0), Buffer::new(ref_len, 0));
        let mut window = CallWindow { numbers: numbers.slice(), refs: refs.slice() };
        put_values(&mut window, ty.params(), params, id)?;
        driver::call(store, number, CallWindow { numbers: window.numbers, refs: window.refs })?;
        take_values(&window, ty.results(), results, id)
    }

    /// The function as one with Rust types, checked now instead of at each call.
    ///
    /// # Errors
    /// If it is of another type.
    pub fn typed<Params: WasmParams, Results: WasmResults>(
        &self,
        store: impl AsContext,
    ) -> Result<TypedFunc<Params, Results>, Error> {
        let ty = self.ty(store);
        check_type(&ty, Params::TYPES, Results::TYPES)?;
        Ok(TypedFunc::new(*self))
    }
}

fn check_type(ty: &FuncType, params: &[ValType], results: &[ValType]) -> Result<(), Error> {
    if ty.params() == params && ty.results() == results {
        return Ok(());
    }
    let expected = FuncType::new(params.iter().copied(), results.iter().copied());
    Err(Error::FuncType { expected, found: ty.clone() })
}

fn check_count(what: &'static str, types: &[ValType], found: usize) -> Result<(), Error> {
    if types.len() == found { Ok(()) } else { Err(Error::Count { what, expected: types.len(), found }) }
}

/// Puts values of these types into a window.
fn put_values(window: &mut CallWindow<'_>, types: &[ValType], values: &[Val], store: StoreId) -> Result<(), Error> {
    let (mut numbers, mut refs) = (window.numbers.iter_mut(), window.refs.iter_mut());
    for (ty, value) in types.iter().zip(values) {
        if value.ty() != *ty {
            return Err(Error::TypeMismatch { expected: *ty, found: value.ty() });
        }
        let cell = value.to_cell(store)?;
        let place = if sort_of(*ty).is_some() { refs.next() } else { numbers.next() };
        *place.expect("windows are made for their types") = cell;
    }
    Ok(())
}

/// Takes values of these types out of a window.
fn take_values(window: &CallWindow<'_>, types: &[ValType], values: &mut [Val], store: StoreId) -> Result<(), Error> {
    let (mut numbers, mut refs) = (window.numbers.iter(), window.refs.iter());
    for (ty, value) in types.iter().zip(values) {
        let cell = if sort_of(*ty).is_some() { refs.next() } else { numbers.next() };
        *value = Val::from_cell(*cell.expect("windows are made for their types"), *ty, store)?;
    }
    Ok(())
}

/// Makes a host function of a closure over lists of values.
pub(crate) fn dynamic<T>(
    ty: &FuncType,
    func: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<(), Error> + Send + Sync + 'static,
) -> Arc<HostFunc<T>> {
    // Plain lists: where shared ownership is `Rc`, a `FuncType` can't be part of what may be sent between threads.
    let (param_types, result_types): (Box<[ValType]>, Box<[ValType]>) = (ty.params().into(), ty.results().into());
    Arc::new(move |caller: Caller<'_, T>, mut window: CallWindow<'_>| {
        let store = caller.store.store.id();
        let mut values = Buffer::new(param_types.len() + result_types.len(), Val::I32(0));
        let (params, results) = values.slice().split_at_mut(param_types.len());
        take_values(&window, &param_types, params, store)?;
        for (value, ty) in results.iter_mut().zip(&result_types) {
            *value = Val::default_for_ty(*ty);
        }
        func(caller, params, results)?;
        put_values(&mut window, &result_types, results, store)
    })
}
