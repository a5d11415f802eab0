//! Instances and what they export.

use crate::error::Error;
use crate::func::{Func, TypedFunc, WasmParams, WasmResults};
use crate::global::Global;
use crate::instantiate::instantiate;
use crate::memory::Memory;
use crate::module::{ExternKind, Module};
use crate::store::{AsContext, AsContextMut, StoreContext};
use crate::sync::Handle;
#[cfg(feature = "std")]
use crate::sync::StoreId;
use crate::table::Table;
use crate::types::ExternType;

/// Something that is imported or exported.
///
/// ```
/// use hardtack_vm::{Engine, Error, Extern, Memory, MemoryType, Store};
///
/// let mut store = Store::new(&Engine::default(), ());
/// let memory = Extern::from(Memory::new(&mut store, MemoryType::new(1, Some(2)))?);
/// assert_eq!(memory.ty(&store).to_string(), "memory 1 to 2");
/// assert!(memory.into_func().is_none() && memory.into_memory().is_some());
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Extern {
    /// A function.
    Func(Func),
    /// A table.
    Table(Table),
    /// A memory.
    Memory(Memory),
    /// A global.
    Global(Global),
}

impl Extern {
    /// Its type.
    ///
    /// # Panics
    /// If it belongs to another store.
    pub fn ty(&self, store: impl AsContext) -> ExternType {
        match self {
            Extern::Func(func) => ExternType::Func(func.ty(store)),
            Extern::Table(table) => ExternType::Table(table.ty(store)),
            Extern::Memory(memory) => ExternType::Memory(memory.ty(store)),
            Extern::Global(global) => ExternType::Global(global.ty(store)),
        }
    }

    /// Whether it belongs to this store.
    #[cfg(feature = "std")]
    pub(crate) fn is_of(self, store: StoreId) -> bool {
        match self {
            Extern::Func(func) => func.0.is_of(store),
            Extern::Table(table) => table.0.is_of(store),
            Extern::Memory(memory) => memory.0.is_of(store),
            Extern::Global(global) => global.0.is_of(store),
        }
    }

    /// The function, if it is one.
    pub fn into_func(self) -> Option<Func> {
        if let Extern::Func(func) = self { Some(func) } else { None }
    }

    /// The table, if it is one.
    pub fn into_table(self) -> Option<Table> {
        if let Extern::Table(table) = self { Some(table) } else { None }
    }

    /// The memory, if it is one.
    pub fn into_memory(self) -> Option<Memory> {
        if let Extern::Memory(memory) = self { Some(memory) } else { None }
    }

    /// The global, if it is one.
    pub fn into_global(self) -> Option<Global> {
        if let Extern::Global(global) = self { Some(global) } else { None }
    }
}

impl From<Func> for Extern {
    fn from(func: Func) -> Extern {
        Extern::Func(func)
    }
}

impl From<Table> for Extern {
    fn from(table: Table) -> Extern {
        Extern::Table(table)
    }
}

impl From<Memory> for Extern {
    fn from(memory: Memory) -> Extern {
        Extern::Memory(memory)
    }
}

impl From<Global> for Extern {
    fn from(global: Global) -> Extern {
        Extern::Global(global)
    }
}

/// An export of an instance.
///
/// ```
/// use hardtack_vm::{Engine, Instance, Module, Store};
///
/// let wat = br#"(module (memory (export "memory") 1) (func (export "run")))"#;
/// let mut store = Store::new(&Engine::default(), ());
/// let module = Module::load(hardtack_compiler::compile(wat, &Default::default())?)?;
/// let instance = Instance::new(&mut store, &module, &[])?;
/// let functions: Vec<&str> =
///     instance.exports(&store).filter(|export| export.into_func().is_some()).map(|export| export.name()).collect();
/// assert_eq!(functions, ["run"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Export<'a> {
    name: &'a str,
    value: Extern,
}

impl<'a> Export<'a> {
    /// Its name.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// What it is.
    pub fn into_extern(self) -> Extern {
        self.value
    }

    /// The function, if it is one.
    pub fn into_func(self) -> Option<Func> {
        self.value.into_func()
    }

    /// The table, if it is one.
    pub fn into_table(self) -> Option<Table> {
        self.value.into_table()
    }

    /// The memory, if it is one.
    pub fn into_memory(self) -> Option<Memory> {
        self.value.into_memory()
    }

    /// The global, if it is one.
    pub fn into_global(self) -> Option<Global> {
        self.value.into_global()
    }
}

/// A module brought to life in a store.
///
/// ```
/// use hardtack_vm::{Engine, Func, Instance, Module, Store};
///
/// let wat = br#"(module (import "host" "seven" (func $seven (result i32)))
///     (func (export "run") (result i32) (i32.mul (call $seven) (call $seven))))"#;
/// let module = Module::load(hardtack_compiler::compile(wat, &Default::default())?)?;
/// let mut store = Store::new(&Engine::default(), ());
/// let seven = Func::wrap(&mut store, || 7);
/// let instance = Instance::new(&mut store, &module, &[seven.into()])?;
/// assert_eq!(instance.get_typed_func::<(), i32>(&store, "run")?.call(&mut store, ())?, 49);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Instance(pub(crate) Handle);

impl Instance {
    /// Instantiates a module, with one thing for each of its imports in order, and runs its start function.
    ///
    /// [`Linker`](crate::Linker) finds imports by name.
    ///
    /// # Errors
    /// If imports are missing or don't fit, limits of the store are reached, an active segment is out of bounds, or the start
    /// function fails. In the last two cases what was done so far to imported tables and memories stays done.
    ///
    /// # Panics
    /// If an import belongs to another store.
    pub fn new(mut store: impl AsContextMut, module: &Module, imports: &[Extern]) -> Result<Instance, Error> {
        instantiate(store.as_context_mut().store, module, imports)
    }

    /// Its module.
    ///
    /// # Panics
    /// This and all other methods panic if it belongs to another store.
    pub fn module<'a, T: 'a>(&self, store: impl Into<StoreContext<'a, T>>) -> &'a Module {
        let entities = &store.into().store.entities;
        &entities.instances[self.0.index_in(entities.id)].module
    }

    /// How often the instruction at each unit of the code was executed (unit 0 is the `leave` before the first function); empty
    /// unless the store's engine [counts](crate::Config::count_instructions).
    #[cfg(feature = "stats")]
    pub fn instruction_counts<'a, T: 'a>(&self, store: impl Into<StoreContext<'a, T>>) -> &'a [u64] {
        let entities = &store.into().store.entities;
        let counting = entities.instances[self.0.index_in(entities.id)].counting.as_ref();
        counting.map_or(&[], |counting| counting.counts.as_slice())
    }

    /// The export of a name.
    pub fn get_export(&self, store: impl AsContext, name: &str) -> Option<Extern> {
        let store = store.as_context();
        let export = self.module(store).export(name)?;
        Some(self.item(store, export.kind, export.index))
    }

    /// The exported function of a name.
    pub fn get_func(&self, store: impl AsContext, name: &str) -> Option<Func> {
        self.get_export(store, name)?.into_func()
    }

    /// The exported function of a name, with Rust types.
    ///
    /// # Errors
    /// If there is none, or it is of another type.
    pub fn get_typed_func<Params: WasmParams, Results: WasmResults>(
        &self,
        store: impl AsContext,
        name: &str,
    ) -> Result<TypedFunc<Params, Results>, Error> {
        let store = store.as_context();
        let func = self.get_func(store, name).ok_or_else(|| self.module(store).no_export(name, "function"))?;
        func.typed(store)
    }

    /// The exported table of a name.
    pub fn get_table(&self, store: impl AsContext, name: &str) -> Option<Table> {
        self.get_export(store, name)?.into_table()
    }

    /// The exported memory of a name.
    pub fn get_memory(&self, store: impl AsContext, name: &str) -> Option<Memory> {
        self.get_export(store, name)?.into_memory()
    }

    /// The exported global of a name.
    pub fn get_global(&self, store: impl AsContext, name: &str) -> Option<Global> {
        self.get_export(store, name)?.into_global()
    }

    /// All exports, in the order of the module.
    pub fn exports<'a, T: 'a>(
        &self,
        store: impl Into<StoreContext<'a, T>>,
    ) -> impl ExactSizeIterator<Item = Export<'a>> {
        let (instance, store) = (*self, store.into());
        let module = instance.module(store);
        module.export_list().iter().map(move |export| Export {
            name: module.export_name(export),
            value: instance.item(store, export.kind, export.index),
        })
    }

    fn item<T>(self, store: StoreContext<'_, T>, kind: ExternKind, index: u32) -> Extern {
        let entities = &store.store.entities;
        let (instance, index) = (&entities.instances[self.0.index_in(entities.id)], index as usize);
        let handle = |number: u32| Handle::new(entities.id, number);
        match kind {
            ExternKind::Func => Extern::Func(Func(handle(instance.funcs.get(index)))),
            ExternKind::Table => Extern::Table(Table(handle(instance.tables[index]))),
            ExternKind::Memory => Extern::Memory(Memory(handle(instance.memories[index]))),
            ExternKind::Global => Extern::Global(Global(handle(instance.globals[index]))),
        }
    }
}
