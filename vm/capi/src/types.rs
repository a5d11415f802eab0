//! Types of values, functions, tables, memories and globals.

use crate::boundary::{end, get, give, guarded, guarded_or, out, slice};
use crate::error::{Fault, hardtack_error_t};
use hardtack_vm::{ExternType, FuncType, GlobalType, MemoryType, Mutability, TableType, ValType};
use std::ptr;

/// A type of values: one of the constants HARDTACK_I32 to HARDTACK_EXTERNREF.
pub type hardtack_valtype_t = u8;
/// 32-bit integers.
pub const HARDTACK_I32: u8 = 0;
/// 64-bit integers.
pub const HARDTACK_I64: u8 = 1;
/// 32-bit floats.
pub const HARDTACK_F32: u8 = 2;
/// 64-bit floats.
pub const HARDTACK_F64: u8 = 3;
/// References to functions, or null.
pub const HARDTACK_FUNCREF: u8 = 4;
/// References to values of the host's, or null.
pub const HARDTACK_EXTERNREF: u8 = 5;

pub(crate) fn valtype_to_c(ty: ValType) -> hardtack_valtype_t {
    match ty {
        ValType::I32 => HARDTACK_I32,
        ValType::I64 => HARDTACK_I64,
        ValType::F32 => HARDTACK_F32,
        ValType::F64 => HARDTACK_F64,
        ValType::FuncRef => HARDTACK_FUNCREF,
        ValType::ExternRef => HARDTACK_EXTERNREF,
    }
}

pub(crate) fn valtype_from_c(ty: hardtack_valtype_t) -> Result<ValType, Fault> {
    Ok(match ty {
        HARDTACK_I32 => ValType::I32,
        HARDTACK_I64 => ValType::I64,
        HARDTACK_F32 => ValType::F32,
        HARDTACK_F64 => ValType::F64,
        HARDTACK_FUNCREF => ValType::FuncRef,
        HARDTACK_EXTERNREF => ValType::ExternRef,
        other => return Err(Fault::ValueType(other)),
    })
}

/// A kind of imports and exports: one of the constants HARDTACK_FUNC to HARDTACK_GLOBAL.
pub type hardtack_externkind_t = u8;
/// A function.
pub const HARDTACK_FUNC: u8 = 0;
/// A table.
pub const HARDTACK_TABLE: u8 = 1;
/// A memory.
pub const HARDTACK_MEMORY: u8 = 2;
/// A global.
pub const HARDTACK_GLOBAL: u8 = 3;

/// A function's type. Ended by hardtack_functype_delete, unless it is borrowed.
pub struct hardtack_functype_t {
    pub(crate) ty: FuncType,
    params: Box<[hardtack_valtype_t]>,
    results: Box<[hardtack_valtype_t]>,
}

impl hardtack_functype_t {
    pub(crate) fn of(ty: FuncType) -> hardtack_functype_t {
        let list = |types: &[ValType]| types.iter().map(|ty| valtype_to_c(*ty)).collect();
        hardtack_functype_t { params: list(ty.params()), results: list(ty.results()), ty }
    }
}

/// A function type with these parameters and results, which are copied. The caller owns what `out` receives.
///
/// # Safety
/// The lists have as many elements as said, and `out` can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_functype_new(
    params: *const hardtack_valtype_t,
    nparams: usize,
    results: *const hardtack_valtype_t,
    nresults: usize,
    out: *mut *mut hardtack_functype_t,
) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        let (params, results, out) =
            unsafe { (slice(params, nparams, "params")?, slice(results, nresults, "results")?, self::out(out)?) };
        let list = |types: &[hardtack_valtype_t]| -> Result<Vec<ValType>, Fault> {
            types.iter().map(|ty| valtype_from_c(*ty)).collect()
        };
        let (params, results) = (list(params)?, list(results)?);
        out.put(give(hardtack_functype_t::of(FuncType::new(params, results))))
    })
}

/// A list, whose length goes to `place`.
///
/// # Safety
/// The place is null or can be written to.
unsafe fn list<T>(list: &[T], place: *mut usize) -> Result<*const T, Fault> {
    // SAFETY: as the caller promises.
    unsafe { out(place)? }.put(list.len())?;
    Ok(list.as_ptr())
}

/// The types of the parameters, borrowed from the function type, and their number.
///
/// # Safety
/// The pointers are NULL or point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_functype_params(
    ty: *const hardtack_functype_t,
    len: *mut usize,
) -> *const hardtack_valtype_t {
    guarded_or(ptr::null(), || {
        // SAFETY: as the caller promises.
        unsafe { list(&get(ty, "ty")?.params, len) }
    })
}

/// The types of the results, borrowed from the function type, and their number.
///
/// # Safety
/// The pointers are NULL or point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_functype_results(
    ty: *const hardtack_functype_t,
    len: *mut usize,
) -> *const hardtack_valtype_t {
    guarded_or(ptr::null(), || {
        // SAFETY: as the caller promises.
        unsafe { list(&get(ty, "ty")?.results, len) }
    })
}

/// Ends a function type that the caller owns. Accepts NULL.
///
/// # Safety
/// The type is used no more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_functype_delete(ty: *mut hardtack_functype_t) {
    // SAFETY: as the caller promises.
    unsafe { end(ty) }
}

/// A memory's type. Sizes are in pages of 64 KiB.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct hardtack_memorytype_t {
    /// How many pages it has at first.
    pub minimum: u64,
    /// How many it may come to have, if `has_maximum`.
    pub maximum: u64,
    /// Whether there is a maximum.
    pub has_maximum: bool,
}

impl hardtack_memorytype_t {
    pub(crate) fn of(ty: MemoryType) -> hardtack_memorytype_t {
        let maximum = ty.maximum();
        hardtack_memorytype_t { minimum: ty.minimum(), maximum: maximum.unwrap_or(0), has_maximum: maximum.is_some() }
    }

    pub(crate) fn ty(self) -> MemoryType {
        MemoryType::new(self.minimum, self.has_maximum.then_some(self.maximum))
    }
}

/// A table's type. Sizes are in elements.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct hardtack_tabletype_t {
    /// The type of its elements, a reference type.
    pub element: hardtack_valtype_t,
    /// How many it has at first.
    pub minimum: u64,
    /// How many it may come to have, if `has_maximum`.
    pub maximum: u64,
    /// Whether there is a maximum.
    pub has_maximum: bool,
}

impl hardtack_tabletype_t {
    pub(crate) fn of(ty: TableType) -> hardtack_tabletype_t {
        let maximum = ty.maximum();
        hardtack_tabletype_t {
            element: valtype_to_c(ty.element()),
            minimum: ty.minimum(),
            maximum: maximum.unwrap_or(0),
            has_maximum: maximum.is_some(),
        }
    }

    pub(crate) fn ty(self) -> Result<TableType, Fault> {
        let element = valtype_from_c(self.element)?;
        Ok(TableType::new(element, self.minimum, self.has_maximum.then_some(self.maximum)))
    }
}

/// A global's type.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct hardtack_globaltype_t {
    /// The type of its value.
    pub content: hardtack_valtype_t,
    /// Whether it may be written.
    pub is_mutable: bool,
}

impl hardtack_globaltype_t {
    pub(crate) fn of(ty: GlobalType) -> hardtack_globaltype_t {
        hardtack_globaltype_t { content: valtype_to_c(ty.content()), is_mutable: ty.is_mutable() }
    }

    pub(crate) fn ty(self) -> Result<GlobalType, Fault> {
        let mutability = if self.is_mutable { Mutability::Var } else { Mutability::Const };
        Ok(GlobalType::new(valtype_from_c(self.content)?, mutability))
    }
}

/// The type of something that is imported or exported. Ended by hardtack_externtype_delete, unless it is borrowed.
pub struct hardtack_externtype_t {
    ty: ExternType,
    func: Option<hardtack_functype_t>,
}

impl hardtack_externtype_t {
    pub(crate) fn of(ty: ExternType) -> hardtack_externtype_t {
        let func = if let ExternType::Func(ty) = &ty { Some(hardtack_functype_t::of(ty.clone())) } else { None };
        hardtack_externtype_t { ty, func }
    }
}

/// Which kind it is.
///
/// # Safety
/// The pointer points to a type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_externtype_kind(ty: *const hardtack_externtype_t) -> hardtack_externkind_t {
    guarded_or(u8::MAX, || {
        // SAFETY: as the caller promises.
        Ok(match unsafe { get(ty, "ty")? }.ty {
            ExternType::Func(_) => HARDTACK_FUNC,
            ExternType::Table(_) => HARDTACK_TABLE,
            ExternType::Memory(_) => HARDTACK_MEMORY,
            ExternType::Global(_) => HARDTACK_GLOBAL,
        })
    })
}

/// The function's type, borrowed from this type; NULL if it is no function.
///
/// # Safety
/// The pointer is NULL or points to a type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_externtype_func(ty: *const hardtack_externtype_t) -> *const hardtack_functype_t {
    guarded_or(ptr::null(), || {
        // SAFETY: as the caller promises.
        Ok(unsafe { get(ty, "ty")? }.func.as_ref().map_or(ptr::null(), ptr::from_ref))
    })
}

/// The table's type. False, and nothing is written, if it is no table.
///
/// # Safety
/// The pointers are NULL or point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_externtype_table(
    ty: *const hardtack_externtype_t,
    table: *mut hardtack_tabletype_t,
) -> bool {
    guarded_or(false, || {
        // SAFETY: as the caller promises.
        let (ty, place) = unsafe { (get(ty, "ty")?, out(table)?) };
        let ExternType::Table(table) = ty.ty else { return Ok(false) };
        place.put(hardtack_tabletype_t::of(table)).map(|()| true)
    })
}

/// The memory's type. False, and nothing is written, if it is no memory.
///
/// # Safety
/// The pointers are NULL or point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_externtype_memory(
    ty: *const hardtack_externtype_t,
    memory: *mut hardtack_memorytype_t,
) -> bool {
    guarded_or(false, || {
        // SAFETY: as the caller promises.
        let (ty, place) = unsafe { (get(ty, "ty")?, out(memory)?) };
        let ExternType::Memory(memory) = ty.ty else { return Ok(false) };
        place.put(hardtack_memorytype_t::of(memory)).map(|()| true)
    })
}

/// The global's type. False, and nothing is written, if it is no global.
///
/// # Safety
/// The pointers are NULL or point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_externtype_global(
    ty: *const hardtack_externtype_t,
    global: *mut hardtack_globaltype_t,
) -> bool {
    guarded_or(false, || {
        // SAFETY: as the caller promises.
        let (ty, place) = unsafe { (get(ty, "ty")?, out(global)?) };
        let ExternType::Global(global) = ty.ty else { return Ok(false) };
        place.put(hardtack_globaltype_t::of(global)).map(|()| true)
    })
}

/// Ends a type that the caller owns. Accepts NULL.
///
/// # Safety
/// The type is used no more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_externtype_delete(ty: *mut hardtack_externtype_t) {
    // SAFETY: as the caller promises.
    unsafe { end(ty) }
}
