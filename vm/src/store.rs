//! Stores: everything that instances share and own, with the host's data beside it.

use crate::engine::Engine;
use crate::entities::Entities;
use crate::error::Error;
use crate::func::caller::Caller;
use crate::limits::{ResourceLimiter, StoreLimits};
use crate::sync::{Arc, StoreId};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};

/// A host function as the store keeps it.
pub type HostFunc<T> = dyn Fn(Caller<'_, T>, CallWindow<'_>) -> Result<(), Error> + Send + Sync;

/// Where a call's arguments are found and its results left: numbers and references apart, in order, from the first cell on.
pub struct CallWindow<'a> {
    pub numbers: &'a mut [u64],
    pub refs: &'a mut [u64],
}

type Limiter<T> = Box<dyn (FnMut(&mut T) -> &mut dyn ResourceLimiter) + Send + Sync>;

/// Instances, what they own and share, and data of the host's.
///
/// Everything in a store lives as long as the store: handles such as [`Instance`](crate::Instance) and [`Func`](crate::Func) are
/// numbers that mean something only together with it. Using one with another store panics.
///
/// # Fuel
///
/// Guest code uses up fuel as it runs: a jump backwards costs its distance in units of two bytes, a call one and a
/// sixty-fourth of the callee's length in units, a call of a host function ten, bulk operations, reference frames
/// and the growth of stacks beyond 8 KiB a sixty-fourth of their bytes. The charges depend on the module's file alone, so they are the same on
/// every host. A new store has [`u64::MAX`], which lasts; with less, [`TrapCode::OutOfFuel`](crate::TrapCode::OutOfFuel) stops
/// the guest when it is used up. A call made with [`Func::call_resumable`](crate::Func::call_resumable) is only suspended, and goes on when
/// there is fuel again.
///
/// ```
/// use hardtack_vm::{Engine, Store};
///
/// struct Plugin {
///     log: Vec<String>,
/// }
/// let mut store = Store::new(&Engine::default(), Plugin { log: Vec::new() });
/// store.set_fuel(1_000_000);
/// store.data_mut().log.push("begins".into());
/// assert_eq!(store.into_data().log, ["begins"]);
/// ```
pub struct Store<T> {
    pub(crate) entities: Entities,
    pub(crate) host_funcs: Vec<Arc<HostFunc<T>>>,
    limits: StoreLimits,
    limiter: Option<Limiter<T>>,
    data: T,
}

impl<T> Store<T> {
    /// An empty store with full fuel and the default [limits](StoreLimits).
    pub fn new(engine: &Engine, data: T) -> Store<T> {
        let (entities, limits) = (Entities::new(engine.clone()), StoreLimits::default());
        Store { entities, host_funcs: Vec::new(), limits, limiter: None, data }
    }

    /// Its engine.
    pub fn engine(&self) -> &Engine {
        &self.entities.engine
    }

    /// The host's data.
    pub fn data(&self) -> &T {
        &self.data
    }

    /// The host's data, to be changed.
    pub fn data_mut(&mut self) -> &mut T {
        &mut self.data
    }

    /// Drops all else and returns the host's data.
    pub fn into_data(self) -> T {
        self.data
    }

    /// The functions that were found under way, the innermost first (at most one more than
    /// [`Trap::MOST_FRAMES`](crate::Trap::MOST_FRAMES)), and how often: a sample for every so many instructions as
    /// [`Config::sample_every`](crate::Config::sample_every) says.
    #[cfg(feature = "stats")]
    pub fn samples(&self) -> impl Iterator<Item = (&[crate::trap::Frame], u64)> {
        self.entities.samples.values().map(|(frames, count)| (&frames[..], *count))
    }

    /// What is left of the fuel.
    pub fn get_fuel(&self) -> u64 {
        self.entities.fuel
    }

    /// Sets the fuel. `u64::MAX` is practically without limit.
    pub fn set_fuel(&mut self, fuel: u64) {
        self.entities.fuel = fuel;
    }

    /// Adds fuel; it does not go above `u64::MAX`.
    pub fn add_fuel(&mut self, fuel: u64) {
        self.entities.fuel = self.entities.fuel.saturating_add(fuel);
    }

    /// Replaces the limits that the store began with. What it has already doesn't count against these.
    pub fn set_limits(&mut self, limits: StoreLimits) {
        self.limits = limits;
    }

    /// Asks a limiter, found in the host's data, before anything grows from now on, instead of the store's own limits.
    pub fn limiter(&mut self, limiter: impl (FnMut(&mut T) -> &mut dyn ResourceLimiter) + Send + Sync + 'static) {
        self.limiter = Some(Box::new(limiter));
    }

    /// A handle by which another thread can stop the guest.
    pub fn interrupt_handle(&self) -> InterruptHandle {
        InterruptHandle { flag: self.entities.interrupt.clone() }
    }

    /// The entities and the host's data, both to be changed.
    pub(crate) fn split(&mut self) -> (&mut Entities, &mut T) {
        (&mut self.entities, &mut self.data)
    }

    pub(crate) fn id(&self) -> StoreId {
        self.entities.id
    }
}

impl<T: Default> Default for Store<T> {
    fn default() -> Store<T> {
        Store::new(&Engine::default(), T::default())
    }
}

impl<T: fmt::Debug> fmt::Debug for Store<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("data", &self.data).field("fuel", &self.entities.fuel).finish_non_exhaustive()
    }
}

/// Stops the guest of a store from outside, for instance after a timeout.
///
/// ```
/// use hardtack_vm::{Engine, Instance, Module, Store, TrapCode};
///
/// let wat = br#"(module (func (export "spin") (loop $again (br $again))))"#;
/// let mut store = Store::new(&Engine::default(), ());
/// let module = Module::load(hardtack_compiler::compile(wat, &Default::default())?)?;
/// let spin = Instance::new(&mut store, &module, &[])?.get_typed_func::<(), ()>(&store, "spin")?;
/// let handle = store.interrupt_handle();
/// let timer = std::thread::spawn(move || handle.interrupt());
/// assert_eq!(spin.call(&mut store, ()).unwrap_err().as_trap_code(), Some(TrapCode::Interrupted));
/// timer.join().expect("the timer doesn't panic");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct InterruptHandle {
    flag: Arc<AtomicBool>,
}

impl InterruptHandle {
    /// Stops the guest that is running, or the next one to run, with [`TrapCode::Interrupted`](crate::TrapCode::Interrupted).
    ///
    /// It takes effect within 2^19 units of fuel, or when a host function returns. One request stops one call.
    pub fn interrupt(&self) {
        self.flag.store(true, Ordering::Relaxed);
    }
}

/// A store whatever the host's data, as the driver and the operations on entities need it.
pub(crate) trait AnyStore {
    /// Everything but what depends on the type of the host's data.
    fn entities(&mut self) -> &mut Entities;

    /// Calls a host function on behalf of an instance, or of the host itself.
    fn call_host(&mut self, number: u32, caller: Option<u32>, window: CallWindow<'_>) -> Result<(), Error>;

    /// Who decides about growth.
    fn limiter(&mut self) -> &mut dyn ResourceLimiter;
}

impl<T> AnyStore for Store<T> {
    fn entities(&mut self) -> &mut Entities {
        &mut self.entities
    }

    fn call_host(&mut self, number: u32, caller: Option<u32>, window: CallWindow<'_>) -> Result<(), Error> {
        // The function has the store to itself, so it can't be borrowed from it.
        let func = self.host_funcs[number as usize].clone();
        func(Caller::new(self, caller), window)
    }

    fn limiter(&mut self) -> &mut dyn ResourceLimiter {
        match &mut self.limiter {
            Some(limiter) => limiter(&mut self.data),
            None => &mut self.limits,
        }
    }
}

/// Shared access to a store.
///
/// ```
/// use hardtack_vm::{AsContext, Engine, Store, StoreContext};
///
/// fn name(store: StoreContext<'_, String>) -> &str {
///     store.data()
/// }
/// let store = Store::new(&Engine::default(), String::from("plugin"));
/// assert_eq!(name(store.as_context()), "plugin");
/// ```
#[derive(Debug)]
#[repr(transparent)]
pub struct StoreContext<'a, T> {
    pub(crate) store: &'a Store<T>,
}

/// Exclusive access to a store.
///
/// ```
/// use hardtack_vm::{AsContextMut, Engine, Store, StoreContextMut};
///
/// fn refuel(mut store: StoreContextMut<'_, ()>) {
///     store.set_fuel(1_000);
/// }
/// let mut store = Store::new(&Engine::default(), ());
/// refuel(store.as_context_mut());
/// assert_eq!(store.get_fuel(), 1_000);
/// ```
#[derive(Debug)]
#[repr(transparent)]
pub struct StoreContextMut<'a, T> {
    pub(crate) store: &'a mut Store<T>,
}

impl<T> Clone for StoreContext<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for StoreContext<'_, T> {}

impl<'a, T> StoreContext<'a, T> {
    /// The store's engine.
    pub fn engine(&self) -> &'a Engine {
        self.store.engine()
    }

    /// The host's data.
    pub fn data(&self) -> &'a T {
        self.store.data()
    }

    /// What is left of the fuel.
    pub fn get_fuel(&self) -> u64 {
        self.store.get_fuel()
    }
}

impl<T> StoreContextMut<'_, T> {
    /// The store's engine.
    pub fn engine(&self) -> &Engine {
        self.store.engine()
    }

    /// The host's data.
    pub fn data(&self) -> &T {
        self.store.data()
    }

    /// The host's data, to be changed.
    pub fn data_mut(&mut self) -> &mut T {
        self.store.data_mut()
    }

    /// What is left of the fuel.
    pub fn get_fuel(&self) -> u64 {
        self.store.get_fuel()
    }

    /// Sets the fuel.
    pub fn set_fuel(&mut self, fuel: u64) {
        self.store.set_fuel(fuel);
    }

    /// Adds fuel; it does not go above `u64::MAX`.
    pub fn add_fuel(&mut self, fuel: u64) {
        self.store.add_fuel(fuel);
    }
}

/// What gives shared access to a store: a [`Store`], a [`Caller`], a context, and references to them.
///
/// ```
/// use hardtack_vm::{AsContext, Engine, Store};
///
/// /// Reads the fuel of whatever has a store.
/// fn percent_left(store: impl AsContext, of: u64) -> u64 {
///     store.as_context().get_fuel() * 100 / of
/// }
/// let mut store = Store::new(&Engine::default(), ());
/// store.set_fuel(500);
/// assert_eq!(percent_left(&store, 1_000), 50);
/// ```
pub trait AsContext {
    /// The host's data in the store.
    type Data;

    /// Shared access to the store.
    fn as_context(&self) -> StoreContext<'_, Self::Data>;
}

/// What gives exclusive access to a store: a [`Store`], a [`Caller`], a [`StoreContextMut`], and references to them.
///
/// ```
/// use hardtack_vm::{AsContextMut, Caller, Engine, Func, Store};
///
/// /// Serves hosts, which have a store, and host functions, which have a caller.
/// fn reward(mut store: impl AsContextMut<Data = u32>) {
///     *store.as_context_mut().data_mut() += 1;
/// }
/// let mut store = Store::new(&Engine::default(), 0);
/// reward(&mut store);
/// let func = Func::wrap(&mut store, |mut caller: Caller<'_, u32>| reward(&mut caller));
/// func.typed::<(), ()>(&store)?.call(&mut store, ())?;
/// assert_eq!(*store.data(), 2);
/// # Ok::<(), hardtack_vm::Error>(())
/// ```
pub trait AsContextMut: AsContext {
    /// Exclusive access to the store.
    fn as_context_mut(&mut self) -> StoreContextMut<'_, Self::Data>;
}

impl<T> AsContext for Store<T> {
    type Data = T;
    fn as_context(&self) -> StoreContext<'_, T> {
        StoreContext { store: self }
    }
}

impl<T> AsContextMut for Store<T> {
    fn as_context_mut(&mut self) -> StoreContextMut<'_, T> {
        StoreContextMut { store: self }
    }
}

impl<T> AsContext for StoreContext<'_, T> {
    type Data = T;
    fn as_context(&self) -> StoreContext<'_, T> {
        *self
    }
}

impl<T> AsContext for StoreContextMut<'_, T> {
    type Data = T;
    fn as_context(&self) -> StoreContext<'_, T> {
        StoreContext { store: self.store }
    }
}

impl<T> AsContextMut for StoreContextMut<'_, T> {
    fn as_context_mut(&mut self) -> StoreContextMut<'_, T> {
        StoreContextMut { store: self.store }
    }
}

impl<C: AsContext> AsContext for &C {
    type Data = C::Data;
    fn as_context(&self) -> StoreContext<'_, C::Data> {
        C::as_context(self)
    }
}

impl<C: AsContext> AsContext for &mut C {
    type Data = C::Data;
    fn as_context(&self) -> StoreContext<'_, C::Data> {
        C::as_context(self)
    }
}

impl<C: AsContextMut> AsContextMut for &mut C {
    fn as_context_mut(&mut self) -> StoreContextMut<'_, C::Data> {
        C::as_context_mut(self)
    }
}

impl<'a, C: AsContext> From<&'a C> for StoreContext<'a, C::Data> {
    fn from(context: &'a C) -> Self {
        context.as_context()
    }
}

impl<'a, C: AsContext> From<&'a mut C> for StoreContext<'a, C::Data> {
    fn from(context: &'a mut C) -> Self {
        C::as_context(context)
    }
}

impl<'a, C: AsContextMut> From<&'a mut C> for StoreContextMut<'a, C::Data> {
    fn from(context: &'a mut C) -> Self {
        context.as_context_mut()
    }
}
