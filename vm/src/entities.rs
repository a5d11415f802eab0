//! What a store owns, apart from what depends on the type of the host's data.

use crate::engine::Engine;
use crate::error::Error;
use crate::exec::context::FuncEntry;
use crate::exec::stack::Stack;
use crate::exec::storage::{Addresses, Stable, Zeroed};
use crate::externref::Externs;
use crate::global::GlobalEntity;
use crate::memory::MemoryEntity;
use crate::module::Module;
use crate::sync::{Arc, Handle, StoreId};
use crate::table::TableEntity;
use crate::types::{FuncType, ValType};
use crate::val::sort_of;
use alloc::boxed::Box;
#[cfg(any(not(feature = "compact"), feature = "stats"))]
use alloc::collections::BTreeMap;
#[cfg(not(feature = "compact"))]
use alloc::collections::btree_map::Entry;
use alloc::vec::Vec;
use core::sync::atomic::AtomicBool;

pub(crate) struct Entities {
    pub id: StoreId,
    pub engine: Engine,
    /// What is left of the fuel, without the slice that a running activation was granted.
    pub fuel: u64,
    pub interrupt: Arc<AtomicBool>,
    /// How many calls from the host are under way.
    pub nesting: u32,
    pub types: Types,
    pub func_entries: Vec<FuncEntry>,
    pub memories: Vec<MemoryEntity>,
    pub tables: Vec<Stable<TableEntity>>,
    pub globals: Vec<GlobalEntity>,
    pub instances: Vec<InstanceEntity>,
    pub externs: Externs,
    /// Functions found under way and how often, by builds, function numbers and code offsets.
    #[cfg(feature = "stats")]
    pub samples: BTreeMap<Vec<Position>, (Vec<crate::trap::Frame>, u64)>,
}

/// A build, a function's number and an offset in its code.
#[cfg(feature = "stats")]
pub type Position = ([u8; 16], u32, u32);

impl Entities {
    pub fn new(engine: Engine) -> Entities {
        Entities {
            id: StoreId::fresh(),
            engine,
            fuel: u64::MAX,
            interrupt: Arc::new(AtomicBool::new(false)),
            nesting: 0,
            types: Types::default(),
            func_entries: Vec::new(),
            memories: Vec::new(),
            tables: Vec::new(),
            globals: Vec::new(),
            instances: Vec::new(),
            externs: Externs::default(),
            #[cfg(feature = "stats")]
            samples: BTreeMap::new(),
        }
    }

    /// Adds a host function: `number` is its place among the store's.
    pub fn add_host_func(&mut self, ty: FuncType, number: usize) -> Result<Handle, Error> {
        let ty = self.types.number(&ty)?;
        let handle = Handle::next(self.id, self.func_entries.len(), "functions")?;
        let func = u32::try_from(number).map_err(|_| Error::Limit("functions"))?;
        self.func_entries.push(FuncEntry { instance: FuncEntry::HOST, func, ty });
        Ok(handle)
    }

    /// The type of a function.
    pub fn func_type(&self, func: u32) -> &StoreType {
        self.types.get(self.func_entries[func as usize].ty)
    }

    /// The cell of a global.
    pub fn global_cell(&self, global: u32) -> u64 {
        match &self.globals[global as usize].place {
            GlobalPlace::Own(cell) => cell.as_slice()[0],
            GlobalPlace::Instance { instance, index } => {
                self.instances[*instance as usize].cells.as_slice()[*index as usize]
            }
        }
    }

    /// Writes the cell of a global.
    pub fn set_global_cell(&mut self, global: u32, cell: u64) {
        match &mut self.globals[global as usize].place {
            GlobalPlace::Own(own) => own.as_mut_slice()[0] = cell,
            GlobalPlace::Instance { instance, index } => {
                self.instances[*instance as usize].cells.as_mut_slice()[*index as usize] = cell;
            }
        }
    }

    /// Where the cell of a global lies, for as long as the store lives.
    pub fn global_address(&self, global: u32) -> *mut u64 {
        match &self.globals[global as usize].place {
            GlobalPlace::Own(cell) => cell.as_ptr(),
            GlobalPlace::Instance { instance, index } => {
                self.instances[*instance as usize].cells.as_ptr().wrapping_add(*index as usize)
            }
        }
    }
}

/// Where the cell of a global is kept.
pub(crate) enum GlobalPlace {
    /// By itself.
    Own(Zeroed<u64>),
    /// Among those of the instance that defines it.
    Instance { instance: u32, index: u32 },
}

/// A function type with its counts of words.
pub(crate) struct StoreType {
    pub ty: FuncType,
    /// Number words and reference words.
    pub params: (usize, usize),
    pub results: (usize, usize),
}

impl StoreType {
    /// Number words and reference words of a window that holds the parameters, then the results.
    pub fn window(&self) -> (usize, usize) {
        (self.params.0.max(self.results.0), self.params.1.max(self.results.1))
    }
}

/// The function types of a store: equal numbers for structurally equal types.
#[derive(Default)]
pub(crate) struct Types {
    all: Vec<StoreType>,
    /// By the bytes of parameters and results. Where flash is short there is little RAM too, so there can't be many types, and all
    /// are looked at instead.
    #[cfg(not(feature = "compact"))]
    numbers: BTreeMap<Box<[u8]>, u32>,
}

impl Types {
    pub fn get(&self, number: u32) -> &StoreType {
        &self.all[number as usize]
    }

    /// The number of a type.
    pub fn number(&mut self, ty: &FuncType) -> Result<u32, Error> {
        let number = u32::try_from(self.all.len()).map_err(|_| Error::Limit("types"))?;
        if let Some(known) = self.known_or(number, ty) {
            return Ok(known);
        }
        self.all.push(StoreType { params: words(ty.params()), results: words(ty.results()), ty: ty.clone() });
        Ok(number)
    }

    /// The number that a type has already; else it gets this one.
    #[cfg(not(feature = "compact"))]
    fn known_or(&mut self, number: u32, ty: &FuncType) -> Option<u32> {
        const BETWEEN: u8 = u8::MAX;
        let code = |ty: &ValType| *ty as u8;
        let key: Box<[u8]> =
            ty.params().iter().map(code).chain([BETWEEN]).chain(ty.results().iter().map(code)).collect();
        match self.numbers.entry(key) {
            Entry::Occupied(known) => Some(*known.get()),
            Entry::Vacant(place) => {
                place.insert(number);
                None
            }
        }
    }

    /// The number that a type has already; else it gets this one.
    #[cfg(feature = "compact")]
    fn known_or(&mut self, _number: u32, ty: &FuncType) -> Option<u32> {
        self.all.iter().position(|known| known.ty == *ty).map(|known| known as u32)
    }
}

/// Number words and reference words that values of these types take.
pub(crate) fn words(types: &[ValType]) -> (usize, usize) {
    let refs = types.iter().filter(|ty| sort_of(**ty).is_some()).count();
    (types.len() - refs, refs)
}

/// The functions of an instance: the imported ones, and the number of the first that it defines. Its others follow in the store too.
#[derive(Default)]
pub(crate) struct Funcs {
    pub imported: Vec<u32>,
    pub first: u32,
}

impl Funcs {
    /// The store's number of a function.
    pub fn get(&self, index: usize) -> u32 {
        match self.imported.get(index) {
            Some(number) => *number,
            None => self.first + (index - self.imported.len()) as u32,
        }
    }
}

/// An instance. Its index spaces map the module's numbers to the store's.
pub(crate) struct InstanceEntity {
    pub module: Module,
    pub types: Vec<u32>,
    pub funcs: Funcs,
    pub tables: Vec<u32>,
    pub memories: Vec<u32>,
    pub globals: Vec<u32>,
    /// Cells of the globals that the module defines.
    pub cells: Zeroed<u64>,
    /// Where imported globals lie.
    pub imported_globals: Addresses<*mut u64>,
    /// Where its tables lie.
    pub table_views: Addresses<*const crate::exec::context::TableView>,
    /// Element segments; empty once dropped.
    pub elems: Vec<Box<[u64]>>,
    /// Which data segments are dropped.
    pub dropped_data: Vec<bool>,
    pub stack: Stack,
    /// If its instructions are counted.
    #[cfg(feature = "stats")]
    pub counting: Option<crate::exec::counting::Counting>,
}
