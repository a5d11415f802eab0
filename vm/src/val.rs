//! Values as the host sees them.

use crate::error::Error;
use crate::exec::reference::{self, RefSort};
use crate::externref::ExternRef;
use crate::func::Func;
use crate::sync::{Handle, StoreId};
use crate::trap::TrapCode;
use crate::types::ValType;

/// A value of WebAssembly.
///
/// Floats are given by their bits, as NaNs differ only in them; `Val::from(1.5f32)` and [`Val::f32`] convert.
///
/// ```
/// use hardtack_vm::{Val, ValType};
///
/// let values = [Val::from(-1), Val::from(2_u64), Val::from(1.5_f32), Val::default_for_ty(ValType::ExternRef)];
/// assert_eq!(values[0].i32(), Some(-1));
/// assert_eq!(values[2].f32(), Some(1.5));
/// assert_eq!(values[2], Val::F32(0x3fc0_0000), "floats are held as their bits");
/// assert!(values[3].reference().is_some_and(|reference| reference.is_null()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Val {
    /// A 32-bit integer.
    I32(i32),
    /// A 64-bit integer.
    I64(i64),
    /// The bits of a 32-bit float.
    F32(u32),
    /// The bits of a 64-bit float.
    F64(u64),
    /// A reference to a function, or null.
    FuncRef(Option<Func>),
    /// A reference to a value of the host's, or null.
    ExternRef(Option<ExternRef>),
}

/// A reference, or null.
///
/// ```
/// use hardtack_vm::{Engine, Func, Ref, Store, Val, ValType};
///
/// let mut store = Store::new(&Engine::default(), ());
/// let func = Func::wrap(&mut store, || ());
/// let reference = Ref::from(func);
/// assert!(!reference.is_null() && reference.ty() == ValType::FuncRef);
/// assert_eq!(Val::from(reference).funcref(), Some(Some(func)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ref {
    /// To a function.
    Func(Option<Func>),
    /// To a value of the host's.
    Extern(Option<ExternRef>),
}

impl Val {
    /// Its type.
    pub fn ty(&self) -> ValType {
        match self {
            Val::I32(_) => ValType::I32,
            Val::I64(_) => ValType::I64,
            Val::F32(_) => ValType::F32,
            Val::F64(_) => ValType::F64,
            Val::FuncRef(_) => ValType::FuncRef,
            Val::ExternRef(_) => ValType::ExternRef,
        }
    }

    /// Zero, or null.
    pub fn default_for_ty(ty: ValType) -> Val {
        match ty {
            ValType::I32 => Val::I32(0),
            ValType::I64 => Val::I64(0),
            ValType::F32 => Val::F32(0),
            ValType::F64 => Val::F64(0),
            ValType::FuncRef => Val::FuncRef(None),
            ValType::ExternRef => Val::ExternRef(None),
        }
    }

    /// The value, if it is a 32-bit integer.
    pub fn i32(&self) -> Option<i32> {
        if let Val::I32(v) = *self { Some(v) } else { None }
    }

    /// The value, if it is a 64-bit integer.
    pub fn i64(&self) -> Option<i64> {
        if let Val::I64(v) = *self { Some(v) } else { None }
    }

    /// The value, if it is a 32-bit float.
    pub fn f32(&self) -> Option<f32> {
        if let Val::F32(v) = *self { Some(f32::from_bits(v)) } else { None }
    }

    /// The value, if it is a 64-bit float.
    pub fn f64(&self) -> Option<f64> {
        if let Val::F64(v) = *self { Some(f64::from_bits(v)) } else { None }
    }

    /// The value, if it is a reference to a function or null.
    pub fn funcref(&self) -> Option<Option<Func>> {
        if let Val::FuncRef(v) = *self { Some(v) } else { None }
    }

    /// The value, if it is a reference to a value of the host's or null.
    pub fn externref(&self) -> Option<Option<ExternRef>> {
        if let Val::ExternRef(v) = *self { Some(v) } else { None }
    }

    /// The value, if it is a reference.
    pub fn reference(&self) -> Option<Ref> {
        match *self {
            Val::FuncRef(v) => Some(Ref::Func(v)),
            Val::ExternRef(v) => Some(Ref::Extern(v)),
            Val::I32(_) | Val::I64(_) | Val::F32(_) | Val::F64(_) => None,
        }
    }

    /// The cell that holds it, on the stack that its type says.
    pub(crate) fn to_cell(self, store: StoreId) -> Result<u64, Error> {
        match self {
            Val::I32(v) => Ok(v as u32 as u64),
            Val::I64(v) => Ok(v as u64),
            Val::F32(v) => Ok(v as u64),
            Val::F64(v) => Ok(v),
            Val::FuncRef(v) => Ref::Func(v).to_cell(store),
            Val::ExternRef(v) => Ref::Extern(v).to_cell(store),
        }
    }

    /// The value that a cell holds. Fails if it is a reference of another sort.
    pub(crate) fn from_cell(cell: u64, ty: ValType, store: StoreId) -> Result<Val, TrapCode> {
        Ok(match ty {
            ValType::I32 => Val::I32(cell as i32),
            ValType::I64 => Val::I64(cell as i64),
            ValType::F32 => Val::F32(cell as u32),
            ValType::F64 => Val::F64(cell),
            ValType::FuncRef => Val::FuncRef(func_from_cell(cell, store)?),
            ValType::ExternRef => Val::ExternRef(extern_from_cell(cell, store)?),
        })
    }
}

impl Ref {
    /// Its type.
    pub fn ty(&self) -> ValType {
        match self {
            Ref::Func(_) => ValType::FuncRef,
            Ref::Extern(_) => ValType::ExternRef,
        }
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Ref::Func(None) | Ref::Extern(None))
    }

    /// The cell that holds it.
    pub(crate) fn to_cell(self, store: StoreId) -> Result<u64, Error> {
        match self {
            Ref::Func(None) | Ref::Extern(None) => Ok(reference::NULL),
            Ref::Func(Some(func)) if func.0.is_of(store) => {
                Ok(reference::pack(RefSort::Func, 0, func.0.number_in(store)))
            }
            Ref::Extern(Some(value)) if value.handle.is_of(store) => {
                Ok(reference::pack(RefSort::Extern, value.generation, value.handle.number_in(store)))
            }
            Ref::Func(Some(_)) | Ref::Extern(Some(_)) => Err(Error::ForeignReference),
        }
    }

    /// The reference that a cell holds. Fails if it is of another sort than the type's.
    pub(crate) fn from_cell(cell: u64, ty: ValType, store: StoreId) -> Result<Ref, TrapCode> {
        Val::from_cell(cell, ty, store)?.reference().ok_or(TrapCode::InvalidReference)
    }
}

/// The sort of references of a type; `None` for numbers.
pub(crate) fn sort_of(ty: ValType) -> Option<RefSort> {
    match ty {
        ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64 => None,
        ValType::FuncRef => Some(RefSort::Func),
        ValType::ExternRef => Some(RefSort::Extern),
    }
}

/// The check of every typed boundary: a cell is null or of the type's sort.
pub(crate) fn check_cell(cell: u64, ty: ValType) -> Result<(), TrapCode> {
    if cell == reference::NULL || reference::sort(cell) == sort_of(ty) {
        Ok(())
    } else {
        Err(TrapCode::InvalidReference)
    }
}

pub(crate) fn func_from_cell(cell: u64, store: StoreId) -> Result<Option<Func>, TrapCode> {
    check_cell(cell, ValType::FuncRef)?;
    Ok((cell != reference::NULL).then(|| Func(Handle::new(store, reference::number(cell)))))
}

pub(crate) fn extern_from_cell(cell: u64, store: StoreId) -> Result<Option<ExternRef>, TrapCode> {
    check_cell(cell, ValType::ExternRef)?;
    Ok((cell != reference::NULL).then(|| ExternRef {
        handle: Handle::new(store, reference::number(cell)),
        generation: reference::generation(cell),
    }))
}

macro_rules! conversions { ($( $rust:ty, $to:ident: |$v:ident| $variant:expr; )*) => { $(
    impl From<$rust> for $to { fn from($v: $rust) -> $to { $variant } }
)* } }
conversions! {
    i32, Val: |v| Val::I32(v);
    u32, Val: |v| Val::I32(v as i32);
    i64, Val: |v| Val::I64(v);
    u64, Val: |v| Val::I64(v as i64);
    f32, Val: |v| Val::F32(v.to_bits());
    f64, Val: |v| Val::F64(v.to_bits());
    Func, Val: |v| Val::FuncRef(Some(v));
    Option<Func>, Val: |v| Val::FuncRef(v);
    ExternRef, Val: |v| Val::ExternRef(Some(v));
    Option<ExternRef>, Val: |v| Val::ExternRef(v);
    Func, Ref: |v| Ref::Func(Some(v));
    Option<Func>, Ref: |v| Ref::Func(v);
    ExternRef, Ref: |v| Ref::Extern(Some(v));
    Option<ExternRef>, Ref: |v| Ref::Extern(v);
}

impl From<Ref> for Val {
    fn from(v: Ref) -> Val {
        match v {
            Ref::Func(v) => Val::FuncRef(v),
            Ref::Extern(v) => Val::ExternRef(v),
        }
    }
}
