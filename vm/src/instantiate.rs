//! Instantiation: from a module and things for its imports to an instance.

use crate::entities::{Entities, Funcs, GlobalPlace, InstanceEntity};
use crate::error::{Error, LinkError};
use crate::exec::context::FuncEntry;
use crate::exec::driver;
use crate::exec::reference::{self, RefSort};
use crate::exec::stack::Stack;
use crate::exec::storage::{Addresses, Zeroed};
use crate::global::GlobalEntity;
use crate::instance::{Extern, Instance};
use crate::memory::MemoryEntity;
use crate::module::{Elem, Import, ImportKind, ItemKind, Mode, Module, Span};
use crate::store::{AnyStore, CallWindow};
use crate::sync::Handle;
use crate::table::TableEntity;
use crate::trap::TrapCode;
use crate::types::ExternType;
use alloc::boxed::Box;
use alloc::string::ToString;
use alloc::vec::Vec;
use hardtack_format::constexpr::{ConstOp, Reader};

/// Instantiates a module, in the order that the specification sets.
pub(crate) fn instantiate(store: &mut dyn AnyStore, module: &Module, imports: &[Extern]) -> Result<Instance, Error> {
    let count = store.entities().instances.len();
    if count >= store.limiter().instances() {
        return Err(Error::Limit("instances"));
    }
    let types =
        module.types().iter().map(|ty| store.entities().types.number(ty)).collect::<Result<Vec<u32>, Error>>()?;
    let spaces = check_imports(store.entities(), module, &types, imports)?;
    let number = allocate(store, module, types, spaces)?;
    init_tables(store.entities(), number)?;
    init_memories(store.entities(), number)?;
    let entities = store.entities();
    let instance = Instance(Handle::next(entities.id, number, "instances")?);
    if let Some(start) = module.start() {
        let start = entities.instances[number].funcs.get(start as usize);
        driver::call(store, start, CallWindow { numbers: &mut [], refs: &mut [] })?;
    }
    Ok(instance)
}

/// Index spaces of an instance: store numbers by module index.
#[derive(Default)]
struct Spaces {
    funcs: Funcs,
    tables: Vec<u32>,
    memories: Vec<u32>,
    globals: Vec<u32>,
}

/// Checks what is given for the imports, and begins the index spaces with it.
fn check_imports(entities: &Entities, module: &Module, types: &[u32], imports: &[Extern]) -> Result<Spaces, Error> {
    let expected = module.import_list().len();
    if expected != imports.len() {
        return Err(LinkError::ImportCount { expected, found: imports.len() }.into());
    }
    let id = entities.id;
    let mut spaces = Spaces::default();
    for (import, given) in module.import_list().iter().zip(imports) {
        let fits = match (import.kind, given) {
            (ImportKind::Func(ty), Extern::Func(func)) => {
                let func = func.0.number_in(id);
                spaces.funcs.imported.push(func);
                entities.func_entries[func as usize].ty == types[ty as usize]
            }
            (ImportKind::Table(ty), Extern::Table(table)) => {
                let table = table.0.number_in(id);
                spaces.tables.push(table);
                let found = entities.tables[table as usize].ty();
                found.element() == ty.element() && fit((found.minimum(), found.maximum()), (ty.minimum(), ty.maximum()))
            }
            (ImportKind::Memory(ty), Extern::Memory(memory)) => {
                let memory = memory.0.number_in(id);
                spaces.memories.push(memory);
                let found = entities.memories[memory as usize].ty();
                fit((found.minimum(), found.maximum()), (ty.minimum(), ty.maximum()))
            }
            (ImportKind::Global(ty), Extern::Global(global)) => {
                let global = global.0.number_in(id);
                spaces.globals.push(global);
                entities.globals[global as usize].ty == ty
            }
            (ImportKind::Func(_) | ImportKind::Table(_) | ImportKind::Memory(_) | ImportKind::Global(_), _) => false,
        };
        if !fits {
            return Err(incompatible(entities, module, import, given));
        }
    }
    Ok(spaces)
}

/// Whether something of these limits, whose minimum is its present size, may be imported where those limits are needed.
fn fit(found: (u64, Option<u64>), needed: (u64, Option<u64>)) -> bool {
    found.0 >= needed.0 && needed.1.is_none_or(|needed| found.1.is_some_and(|found| found <= needed))
}

fn incompatible(entities: &Entities, module: &Module, import: &Import, given: &Extern) -> Error {
    let id = entities.id;
    let found = match given {
        Extern::Func(func) => ExternType::Func(entities.func_type(func.0.number_in(id)).ty.clone()),
        Extern::Table(table) => ExternType::Table(entities.tables[table.0.index_in(id)].ty()),
        Extern::Memory(memory) => ExternType::Memory(entities.memories[memory.0.index_in(id)].ty()),
        Extern::Global(global) => ExternType::Global(entities.globals[global.0.index_in(id)].ty),
    };
    let (first, second) = module.import_name(import);
    LinkError::IncompatibleImport {
        module: first.to_string(),
        name: second.to_string(),
        expected: Box::new(module.import_type(import)),
        found: Box::new(found),
    }
    .into()
}

/// Adds `count` things to an index space, numbered from `first` on.
fn extend(space: &mut Vec<u32>, first: usize, count: usize, what: &'static str) -> Result<(), Error> {
    let end = first.checked_add(count).and_then(|end| u32::try_from(end).ok());
    space.extend(first as u32..end.ok_or(Error::Limit(what))?);
    Ok(())
}

/// Makes everything that the module defines and puts it, and the instance, into the store. Returns the instance's number.
///
/// Nothing is put into the store until all is made, so a failure leaves nothing behind.
fn allocate(store: &mut dyn AnyStore, module: &Module, types: Vec<u32>, mut spaces: Spaces) -> Result<usize, Error> {
    let mut tables = Vec::new();
    for ty in &module.tables()[module.imported_tables() as usize..] {
        tables.push(TableEntity::new(store, *ty, reference::NULL, tables.len())?);
    }
    let mut memories = Vec::new();
    for ty in &module.memories()[module.imported_memories() as usize..] {
        memories.push(MemoryEntity::new(store, *ty, memories.len())?);
    }
    let entities = store.entities();
    let defined = module.func_count() as usize;
    // `FuncEntry::HOST` is not the number of an instance.
    let number = entities.instances.len();
    let instance_number =
        u32::try_from(number).ok().filter(|n| *n != FuncEntry::HOST).ok_or(Error::Limit("instances"))?;
    let first = entities.func_entries.len();
    let end = first.checked_add(defined).and_then(|end| u32::try_from(end).ok());
    spaces.funcs.first = end.map(|_| first as u32).ok_or(Error::Limit("functions"))?;
    extend(&mut spaces.tables, entities.tables.len(), tables.len(), "tables")?;
    extend(&mut spaces.memories, entities.memories.len(), memories.len(), "memories")?;
    let imported_globals = module.imported_globals() as usize;
    let own_globals = &module.globals()[imported_globals..];
    extend(&mut spaces.globals, entities.globals.len(), own_globals.len(), "globals")?;

    let mut cells = Zeroed::new(own_globals.len())?;
    for (i, global) in own_globals.iter().enumerate() {
        let scope = Scope { entities, funcs: &spaces.funcs, globals: &spaces.globals, cells: &cells };
        let value = scope.evaluate(&mut module.expressions(global.init));
        cells.as_mut_slice()[i] = value;
    }
    let scope = Scope { entities, funcs: &spaces.funcs, globals: &spaces.globals, cells: &cells };
    let elems = module.elems().iter().map(|elem| scope.items(module, elem)).collect();
    let imported_globals = spaces.globals[..imported_globals].iter().map(|g| entities.global_address(*g)).collect();

    entities.tables.extend(tables);
    entities.memories.extend(memories);
    for (index, global) in own_globals.iter().enumerate() {
        let place = GlobalPlace::Instance { instance: instance_number, index: index as u32 };
        entities.globals.push(GlobalEntity { ty: global.ty, place });
    }
    entities.func_entries.extend((0..).zip(module.own_func_types()).map(|(func, ty)| FuncEntry {
        instance: instance_number,
        func,
        ty: types[usize::from(ty)],
    }));
    let table_views = spaces.tables.iter().map(|table| entities.tables[*table as usize].view_address()).collect();
    entities.instances.push(InstanceEntity {
        module: module.clone(),
        types,
        funcs: spaces.funcs,
        tables: spaces.tables,
        memories: spaces.memories,
        globals: spaces.globals,
        cells,
        imported_globals: Addresses(imported_globals),
        table_views: Addresses(table_views),
        elems,
        dropped_data: alloc::vec![false; module.datas().len()],
        stack: Stack::new(),
        #[cfg(feature = "stats")]
        counting: match entities.engine.config().count_instructions {
            true => {
                let until_sample = entities.engine.config().sample_every;
                Some(crate::exec::counting::Counting::new(module, until_sample)?)
            }
            false => None,
        },
    });
    Ok(number)
}

/// What constant expressions can refer to.
struct Scope<'a> {
    entities: &'a Entities,
    funcs: &'a Funcs,
    globals: &'a [u32],
    /// Cells of the globals that the module defines, as far as they are known.
    cells: &'a Zeroed<u64>,
}

impl Scope<'_> {
    /// The value of the next expression. Loading has checked that it is well formed and well typed (rule V66).
    fn evaluate(&self, reader: &mut Reader<'_>) -> u64 {
        let mut stack = Vec::new();
        while let Ok(Some(op)) = reader.next() {
            let mut binary = |f: fn(u64, u64) -> u64| {
                let (b, a) = (stack.pop(), stack.pop());
                a.zip(b).map(|(a, b)| f(a, b))
            };
            let value = match op {
                ConstOp::I32(v) | ConstOp::F32(v) => Some(v as u64),
                ConstOp::I64(v) | ConstOp::F64(v) => Some(v),
                ConstOp::GlobalGet(global) => Some(self.global(global as usize)),
                ConstOp::RefNull(_) => Some(reference::NULL),
                ConstOp::RefFunc(func) => Some(self.func(func as usize)),
                ConstOp::I32Add => binary(|a, b| (a as u32).wrapping_add(b as u32) as u64),
                ConstOp::I32Sub => binary(|a, b| (a as u32).wrapping_sub(b as u32) as u64),
                ConstOp::I32Mul => binary(|a, b| (a as u32).wrapping_mul(b as u32) as u64),
                ConstOp::I64Add => binary(u64::wrapping_add),
                ConstOp::I64Sub => binary(u64::wrapping_sub),
                ConstOp::I64Mul => binary(u64::wrapping_mul),
            };
            stack.extend(value);
        }
        stack.pop().expect("constant expressions are checked at loading")
    }

    fn global(&self, index: usize) -> u64 {
        let imported = self.globals.len() - self.cells.len();
        match index.checked_sub(imported) {
            Some(own) => self.cells.as_slice()[own],
            None => self.entities.global_cell(self.globals[index]),
        }
    }

    fn func(&self, index: usize) -> u64 {
        reference::pack(RefSort::Func, 0, self.funcs.get(index))
    }

    /// The references of an element segment.
    fn items(&self, module: &Module, elem: &Elem) -> Box<[u64]> {
        match elem.items {
            ItemKind::Funcs => {
                let (numbers, _) = module.part(elem.bytes).as_chunks();
                numbers.iter().map(|bytes| self.func(u32::from_le_bytes(*bytes) as usize)).collect()
            }
            ItemKind::Exprs => {
                let mut reader = module.expressions(elem.bytes);
                (0..elem.count).map(|_| self.evaluate(&mut reader)).collect()
            }
        }
    }
}

/// The value of a segment's offset in an instance.
fn offset(entities: &Entities, instance: &InstanceEntity, span: Span) -> usize {
    let InstanceEntity { funcs, globals, cells, .. } = instance;
    let scope = Scope { entities, funcs, globals, cells };
    scope.evaluate(&mut instance.module.expressions(span)) as u32 as usize
}

/// Copies active element segments into their tables, and drops all that aren't passive.
fn init_tables(entities: &mut Entities, number: usize) -> Result<(), Error> {
    let module = entities.instances[number].module.clone();
    for (i, elem) in module.elems().iter().enumerate() {
        match elem.mode {
            Mode::Passive => continue,
            Mode::Declared => {}
            Mode::Active { index, offset: at } => {
                let instance = &entities.instances[number];
                let at = offset(entities, instance, at);
                let Entities { instances, tables, .. } = entities;
                let instance = &instances[number];
                let cells = &instance.elems[i];
                let table = &mut tables[instance.tables[index as usize] as usize];
                // The segment's references are of the table's type (rule V68).
                let into = at.checked_add(cells.len()).and_then(|end| table.cells_mut().get_mut(at..end));
                into.ok_or(TrapCode::TableOutOfBounds)?.copy_from_slice(cells);
            }
        }
        entities.instances[number].elems[i] = Box::new([]);
    }
    Ok(())
}

/// Copies active data segments into their memories, and drops them.
fn init_memories(entities: &mut Entities, number: usize) -> Result<(), Error> {
    let module = entities.instances[number].module.clone();
    for (i, data) in module.datas().iter().enumerate() {
        let Mode::Active { index, offset: at } = data.mode else { continue };
        let at = offset(entities, &entities.instances[number], at);
        let Entities { instances, memories, .. } = entities;
        let bytes = module.part(data.bytes);
        let memory = &mut memories[instances[number].memories[index as usize] as usize].bytes;
        let into = at.checked_add(bytes.len()).and_then(|end| memory.as_mut_slice().get_mut(at..end));
        into.ok_or(TrapCode::MemoryOutOfBounds)?.copy_from_slice(bytes);
        instances[number].dropped_data[i] = true;
    }
    Ok(())
}
