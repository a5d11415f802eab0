//! Functions whose types are checked once.

use super::Func;
use super::into_func::{Cells, WasmParams, WasmResults};
use crate::error::Error;
use crate::exec::driver;
use crate::few::FEW;
use crate::store::{AsContextMut, CallWindow};
use core::fmt;
use core::marker::PhantomData;

/// A function with Rust types for its parameters and results. Made by [`Func::typed`] and
/// [`Instance::get_typed_func`](crate::Instance::get_typed_func).
///
/// ```
/// use hardtack_vm::{Engine, Error, Func, Store, TypedFunc};
///
/// /// What a host keeps of a plugin.
/// struct Plugin {
///     resize: TypedFunc<(u32, u32), u64>,
/// }
/// let mut store = Store::new(&Engine::default(), ());
/// let resize = Func::wrap(&mut store, |width: u32, height: u32| width as u64 * height as u64);
/// let plugin = Plugin { resize: resize.typed(&store)? };
/// assert_eq!(plugin.resize.call(&mut store, (3, 4))?, 12);
/// assert!(resize.typed::<u32, u64>(&store).is_err(), "it has two parameters");
/// # Ok::<(), Error>(())
/// ```
pub struct TypedFunc<Params, Results> {
    func: Func,
    types: PhantomData<fn(Params) -> Results>,
}

impl<Params, Results> Clone for TypedFunc<Params, Results> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Params, Results> Copy for TypedFunc<Params, Results> {}

impl<Params, Results> fmt::Debug for TypedFunc<Params, Results> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TypedFunc").field(&self.func).finish()
    }
}

impl<Params: WasmParams, Results: WasmResults> TypedFunc<Params, Results> {
    pub(super) fn new(func: Func) -> Self {
        TypedFunc { func, types: PhantomData }
    }

    /// The function without the types.
    pub fn func(&self) -> &Func {
        &self.func
    }

    /// Calls it.
    ///
    /// # Errors
    /// If it traps, or a host function that it calls fails. The store can be used on.
    ///
    /// # Panics
    /// If it belongs to another store.
    pub fn call(&self, mut store: impl AsContextMut, params: Params) -> Result<Results, Error> {
        const { assert!(Params::TYPES.len() <= FEW && Results::TYPES.len() <= FEW) };
        let store = store.as_context_mut().store;
        let (id, number) = (store.id(), self.func.0.number_in(store.id()));
        let (mut numbers, mut refs) = ([0; FEW], [0; FEW]);
        params.put(&mut Cells::new(id, CallWindow { numbers: &mut numbers, refs: &mut refs }))?;
        driver::call(store, number, CallWindow { numbers: &mut numbers, refs: &mut refs })?;
        Ok(Results::take(&mut Cells::new(id, CallWindow { numbers: &mut numbers, refs: &mut refs }))?)
    }
}
