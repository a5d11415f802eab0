//! Linkers: names for what modules import.

use crate::engine::Engine;
use crate::error::{Candidate, Error, LinkError, MOST_LISTED, UnknownImport};
use crate::func::{Caller, Func, IntoFunc, dynamic};
use crate::global::Global;
use crate::instance::{Extern, Instance};
use crate::memory::Memory;
use crate::module::Module;
use crate::store::{AsContext, AsContextMut, HostFunc, StoreContext};
#[cfg(feature = "std")]
use crate::suggest::close_matches;
use crate::sync::Arc;
use crate::table::Table;
use crate::trap::TrapCode;
use crate::types::{ExternType, FuncType, ImportType};
use crate::val::Val;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

/// Most definitions to mention for an unknown import.
#[cfg(feature = "std")]
const MOST_CANDIDATES: usize = 3;

/// Definitions by the two parts of their names, from which modules' imports are taken.
///
/// Host functions belong to no store until a module is instantiated, so one linker can serve many stores.
///
/// ```
/// # use hardtack_vm::{Engine, Error, Linker, Store};
/// let engine = Engine::default();
/// let mut linker = Linker::<()>::new(&engine);
/// linker.func_wrap("env", "add", |a: i32, b: i32| a.wrapping_add(b))?;
/// let mut store = Store::new(&engine, ());
/// let add = linker.get(&mut store, "env", "add").and_then(|add| add.into_func()).unwrap();
/// assert_eq!(add.typed::<(i32, i32), i32>(&store)?.call(&mut store, (1, 2))?, 3);
/// # Ok::<(), Error>(())
/// ```
pub struct Linker<T> {
    engine: Engine,
    definitions: BTreeMap<String, BTreeMap<String, Definition<T>>>,
    shadowing: bool,
}

enum Definition<T> {
    Extern(Extern),
    Host(FuncType, Arc<HostFunc<T>>),
}

impl<T> Definition<T> {
    /// What it is in a store.
    fn get(&self, store: &mut impl AsContextMut<Data = T>) -> Extern {
        match self {
            Definition::Extern(item) => *item,
            Definition::Host(ty, func) => Func::host(store.as_context_mut().store, ty.clone(), func.clone()).into(),
        }
    }
}

#[cfg(feature = "std")]
impl<T> Definition<T> {
    /// Its type; none if it belongs to another store.
    fn ty(&self, store: StoreContext<'_, T>) -> Option<ExternType> {
        match self {
            Definition::Extern(item) => item.is_of(store.store.entities.id).then(|| item.ty(store)),
            Definition::Host(ty, _) => Some(ExternType::Func(ty.clone())),
        }
    }
}

impl<T> Clone for Definition<T> {
    fn clone(&self) -> Self {
        match self {
            Definition::Extern(item) => Definition::Extern(*item),
            Definition::Host(ty, func) => Definition::Host(ty.clone(), func.clone()),
        }
    }
}

impl<T> Clone for Linker<T> {
    fn clone(&self) -> Self {
        Linker { engine: self.engine.clone(), definitions: self.definitions.clone(), shadowing: self.shadowing }
    }
}

impl<T> fmt::Debug for Linker<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.definitions.iter().flat_map(|(module, names)| names.keys().map(move |name| (module, name)));
        f.debug_list().entries(names).finish()
    }
}

impl<T> Default for Linker<T> {
    fn default() -> Self {
        Linker::new(&Engine::default())
    }
}

impl<T> Linker<T> {
    /// A linker without definitions.
    pub fn new(engine: &Engine) -> Linker<T> {
        Linker { engine: engine.clone(), definitions: BTreeMap::new(), shadowing: false }
    }

    /// Its engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Whether a definition may replace an earlier one of the same name; at first it may not.
    pub fn allow_shadowing(&mut self, allow: bool) -> &mut Self {
        self.shadowing = allow;
        self
    }

    fn insert(&mut self, module: &str, name: &str, definition: Definition<T>) -> Result<&mut Self, Error> {
        if !self.shadowing && self.find(module, name).is_some() {
            return Err(LinkError::Duplicate { module: module.into(), name: name.into() }.into());
        }
        self.definitions.entry(module.to_string()).or_default().insert(name.to_string(), definition);
        Ok(self)
    }

    fn find(&self, module: &str, name: &str) -> Option<&Definition<T>> {
        self.definitions.get(module)?.get(name)
    }

    /// Defines something of a store. The linker then serves only that store.
    ///
    /// # Errors
    /// This and all other methods that define fail if the name is defined already, unless
    /// [`allow_shadowing`](Self::allow_shadowing) allows it.
    pub fn define(&mut self, module: &str, name: &str, item: impl Into<Extern>) -> Result<&mut Self, Error> {
        self.insert(module, name, Definition::Extern(item.into()))
    }

    /// Defines a host function whose type is that of a Rust closure: see [`Func::wrap`].
    ///
    /// # Errors
    /// If the name is defined already.
    pub fn func_wrap<Params, Results>(
        &mut self,
        module: &str,
        name: &str,
        func: impl IntoFunc<T, Params, Results>,
    ) -> Result<&mut Self, Error> {
        let (ty, func) = func.into_func();
        self.insert(module, name, Definition::Host(ty, func))
    }

    /// Defines a host function of a type given at run time: see [`Func::new`].
    ///
    /// # Errors
    /// If the name is defined already.
    pub fn func_new(
        &mut self,
        module: &str,
        name: &str,
        ty: FuncType,
        func: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<(), Error> + Send + Sync + 'static,
    ) -> Result<&mut Self, Error> {
        let host = dynamic(&ty, func);
        self.insert(module, name, Definition::Host(ty, host))
    }

    /// Defines all exports of an instance, with this as the first part of their names.
    ///
    /// # Errors
    /// If a name is defined already.
    ///
    /// # Panics
    /// If the instance belongs to another store.
    pub fn instance(&mut self, store: impl AsContext, module: &str, instance: Instance) -> Result<&mut Self, Error> {
        let store = store.as_context();
        for export in instance.exports(store) {
            self.insert(module, export.name(), Definition::Extern(export.into_extern()))?;
        }
        Ok(self)
    }

    /// Gives a definition a second name.
    ///
    /// # Errors
    /// If there is no such definition, or the second name is defined already.
    pub fn alias(&mut self, module: &str, name: &str, as_module: &str, as_name: &str) -> Result<&mut Self, Error> {
        let definition = self.find(module, name).cloned();
        let definition = definition.ok_or_else(|| LinkError::Undefined { module: module.into(), name: name.into() })?;
        self.insert(as_module, as_name, definition)
    }

    /// Gives all definitions with this first part of their names another first part as well.
    ///
    /// # Errors
    /// If one of the new names is defined already.
    pub fn alias_module(&mut self, module: &str, as_module: &str) -> Result<&mut Self, Error> {
        for (name, definition) in self.definitions.get(module).cloned().unwrap_or_default() {
            self.insert(as_module, &name, definition)?;
        }
        Ok(self)
    }

    /// Defines a function that traps with [`TrapCode::UnknownImport`] for each function that a module imports and that isn't defined yet.
    pub fn define_unknown_imports_as_traps(&mut self, module: &Module) -> &mut Self {
        for import in module.imports() {
            if let ExternType::Func(ty) = import.ty()
                && self.find(import.module(), import.name()).is_none()
            {
                let trap = dynamic(ty, |_, _, _| Err(TrapCode::UnknownImport.into()));
                self.define_missing(import.module(), import.name(), Definition::Host(ty.clone(), trap));
            }
        }
        self
    }

    /// Defines something for everything that a module imports and that isn't defined yet: functions that return zeros and nulls, globals
    /// that hold them, tables and memories of the smallest size. The linker then serves only that store.
    ///
    /// # Errors
    /// If the store's limits don't allow it.
    pub fn define_unknown_imports_as_zero(
        &mut self,
        mut store: impl AsContextMut<Data = T>,
        module: &Module,
    ) -> Result<&mut Self, Error> {
        for import in module.imports() {
            if self.find(import.module(), import.name()).is_some() {
                continue;
            }
            let definition = match import.ty() {
                ExternType::Func(ty) => Definition::Host(ty.clone(), dynamic(ty, |_, _, _| Ok(()))),
                ExternType::Table(ty) => {
                    let null = Val::default_for_ty(ty.element()).reference().ok_or(TrapCode::InvalidReference)?;
                    Definition::Extern(Table::new(&mut store, *ty, null)?.into())
                }
                ExternType::Memory(ty) => Definition::Extern(Memory::new(&mut store, *ty)?.into()),
                ExternType::Global(ty) => {
                    Definition::Extern(Global::new(&mut store, *ty, Val::default_for_ty(ty.content()))?.into())
                }
            };
            self.define_missing(import.module(), import.name(), definition);
        }
        Ok(self)
    }

    fn define_missing(&mut self, module: &str, name: &str, definition: Definition<T>) {
        self.definitions.entry(module.to_string()).or_default().entry(name.to_string()).or_insert(definition);
    }

    /// What is defined under a name, in a store. A host function comes to be in the store anew each time.
    pub fn get(&self, mut store: impl AsContextMut<Data = T>, module: &str, name: &str) -> Option<Extern> {
        Some(self.find(module, name)?.get(&mut store))
    }

    /// Everything that is defined, by the two parts of its name in their order, in a store. As with [`get`](Self::get), host functions
    /// come to be in the store anew each time.
    ///
    /// ```
    /// # use hardtack_vm::{Engine, Error, Linker, Store};
    /// let engine = Engine::default();
    /// let mut linker = Linker::<()>::new(&engine);
    /// linker.func_wrap("env", "log", |_: i32| ())?.func_wrap("env", "abort", || ())?;
    /// let mut store = Store::new(&engine, ());
    /// let names: Vec<&str> = linker.iter(&mut store).map(|(_, name, _)| name).collect();
    /// assert_eq!(names, ["abort", "log"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn iter<S: AsContextMut<Data = T>>(&self, mut store: S) -> impl Iterator<Item = (&str, &str, Extern)> {
        let named =
            self.definitions.iter().flat_map(|(module, names)| names.iter().map(move |(name, d)| (module, name, d)));
        named.map(move |(module, name, definition)| (&**module, &**name, definition.get(&mut store)))
    }

    /// What a module imports and isn't defined, with definitions that may have been meant: why [`instantiate`](Self::instantiate)
    /// would refuse it. Only the first few come with what may have been meant.
    ///
    /// ```
    /// # use hardtack_vm::{Engine, Error, Linker, Module, Store};
    /// let wat = br#"(module (import "env" "log" (func (param i32))) (import "env" "now" (func (result i64))))"#;
    /// let module = Module::load(hardtack_compiler::compile(wat, &Default::default()).expect("it is sound"))?;
    /// let engine = Engine::default();
    /// let mut linker = Linker::<()>::new(&engine);
    /// linker.func_wrap("env", "log", |_: i32| ())?;
    /// let unknown = linker.unknown_imports(&Store::new(&engine, ()), &module);
    /// assert_eq!((&*unknown[0].module, &*unknown[0].name, unknown.len()), ("env", "now", 1));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn unknown_imports(&self, store: impl AsContext<Data = T>, module: &Module) -> Vec<UnknownImport> {
        let store = store.as_context();
        let unknown = module.imports().filter(|import| self.find(import.module(), import.name()).is_none());
        let described = unknown.enumerate().map(|(nth, import)| UnknownImport {
            module: import.module().into(),
            name: import.name().into(),
            ty: import.ty().clone(),
            candidates: if nth < MOST_LISTED { self.candidates(store, &import) } else { Vec::new() },
        });
        described.collect()
    }

    /// Definitions that an import may mean: those of its module with names like its own, and those of other modules with its very name.
    #[cfg(feature = "std")]
    fn candidates(&self, store: StoreContext<'_, T>, import: &ImportType<'_>) -> Vec<Candidate> {
        let (wanted, name) = (import.module(), import.name());
        let mut found: Vec<(&str, &str)> = Vec::new();
        let own = self.definitions.get_key_value(wanted);
        let alike = close_matches(wanted, self.definitions.keys().map(String::as_str));
        // A module that is there is meant; else one whose name is like it.
        let modules = own.into_iter().chain(alike.iter().filter_map(|alike| self.definitions.get_key_value(*alike)));
        for (module, names) in modules.chain(&self.definitions) {
            if names.contains_key(name) {
                found.push((module, name));
            }
            if module == wanted || own.is_none() && alike.contains(&module.as_str()) {
                found.extend(
                    close_matches(name, names.keys().map(String::as_str)).into_iter().map(|near| (&**module, near)),
                );
            }
        }
        let mut candidates: Vec<Candidate> = Vec::new();
        for (module, name) in found {
            let ty = self.find(module, name).and_then(|definition| definition.ty(store));
            let candidate = ty.map(|ty| Candidate { module: module.into(), name: name.into(), ty });
            candidates.extend(candidate.filter(|candidate| !candidates.contains(candidate)));
        }
        candidates.truncate(MOST_CANDIDATES);
        candidates
    }

    #[cfg(not(feature = "std"))]
    fn candidates(&self, _: StoreContext<'_, T>, _: &ImportType<'_>) -> Vec<Candidate> {
        Vec::new()
    }

    /// Instantiates a module with what is defined for its imports, and runs its start function.
    ///
    /// # Errors
    /// If something is not defined, and as [`Instance::new`].
    ///
    /// # Panics
    /// If something defined belongs to another store.
    pub fn instantiate(&self, mut store: impl AsContextMut<Data = T>, module: &Module) -> Result<Instance, Error> {
        let unknown = self.unknown_imports(&store, module);
        if !unknown.is_empty() {
            return Err(LinkError::UnknownImports(unknown).into());
        }
        let imports: Vec<Extern> =
            module.imports().filter_map(|import| self.get(&mut store, import.module(), import.name())).collect();
        Instance::new(store, module, &imports)
    }

    /// The same as [`instantiate`](Self::instantiate), by the name that it has in wasmi.
    ///
    /// # Errors
    /// As [`instantiate`](Self::instantiate).
    pub fn instantiate_and_start(
        &self,
        store: impl AsContextMut<Data = T>,
        module: &Module,
    ) -> Result<Instance, Error> {
        self.instantiate(store, module)
    }
}
