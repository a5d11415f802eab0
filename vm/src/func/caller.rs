//! What a host function gets to see of who calls it.

use crate::engine::Engine;
use crate::instance::{Extern, Instance};
use crate::store::{AsContext, AsContextMut, Store, StoreContext, StoreContextMut};
use crate::sync::Handle;

/// The store during a call of a host function, and the instance that calls.
///
/// ```
/// use hardtack_vm::{Caller, Engine, Linker, Module, Store};
///
/// let wat = br#"(module (import "host" "hash" (func $hash (param i32) (result i32)))
///     (memory (export "memory") 1) (data (i32.const 0) "ab")
///     (func (export "run") (result i32) (call $hash (i32.const 2))))"#;
/// let engine = Engine::default();
/// let mut linker = Linker::<u32>::new(&engine);
/// linker.func_wrap("host", "hash", |mut caller: Caller<'_, u32>, len: u32| -> u32 {
///     let memory = caller.get_export("memory").and_then(|export| export.into_memory()).expect("the guest has one");
///     let sum = memory.data(&caller)[..len as usize].iter().map(|byte| *byte as u32).sum();
///     *caller.data_mut() += 1;
///     sum
/// })?;
/// let mut store = Store::new(&engine, 0);
/// let instance = linker.instantiate(&mut store, &Module::load(hardtack_compiler::compile(wat, &Default::default())?)?)?;
/// assert_eq!(instance.get_typed_func::<(), u32>(&store, "run")?.call(&mut store, ())?, 97 + 98);
/// assert_eq!(*store.data(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Caller<'a, T> {
    pub(crate) store: StoreContextMut<'a, T>,
    instance: Option<u32>,
}

impl<'a, T> Caller<'a, T> {
    pub(crate) fn new(store: &'a mut Store<T>, instance: Option<u32>) -> Caller<'a, T> {
        Caller { store: StoreContextMut { store }, instance }
    }

    /// The instance that calls; `None` if the host calls its function itself.
    pub fn instance(&self) -> Option<Instance> {
        Some(Instance(Handle::new(self.store.store.id(), self.instance?)))
    }

    /// An export of the instance that calls.
    pub fn get_export(&self, name: &str) -> Option<Extern> {
        self.instance()?.get_export(self, name)
    }

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

    /// Sets the fuel that the guest goes on with.
    pub fn set_fuel(&mut self, fuel: u64) {
        self.store.set_fuel(fuel);
    }

    /// Adds fuel; it does not go above `u64::MAX`.
    pub fn add_fuel(&mut self, fuel: u64) {
        self.store.add_fuel(fuel);
    }
}

impl<T> AsContext for Caller<'_, T> {
    type Data = T;
    fn as_context(&self) -> StoreContext<'_, T> {
        self.store.as_context()
    }
}

impl<T> AsContextMut for Caller<'_, T> {
    fn as_context_mut(&mut self) -> StoreContextMut<'_, T> {
        self.store.as_context_mut()
    }
}
