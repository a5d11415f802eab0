//! Globals.

use crate::entities::GlobalPlace;
use crate::error::Error;
use crate::exec::storage::Zeroed;
use crate::store::{AsContext, AsContextMut};
use crate::sync::Handle;
use crate::types::GlobalType;
use crate::val::Val;

/// A global of a store.
///
/// ```
/// use hardtack_vm::{Engine, Error, Global, GlobalType, Mutability, Store, Val, ValType};
///
/// let mut store = Store::new(&Engine::default(), ());
/// let score = Global::new(&mut store, GlobalType::new(ValType::I64, Mutability::Var), Val::I64(10))?;
/// score.set(&mut store, Val::I64(11))?;
/// assert_eq!(score.get(&store).i64(), Some(11));
/// assert!(score.set(&mut store, Val::I32(0)).is_err(), "it is of another type");
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Global(pub(crate) Handle);

pub(crate) struct GlobalEntity {
    pub ty: GlobalType,
    pub place: GlobalPlace,
}

impl Global {
    /// A new global.
    ///
    /// # Errors
    /// If the value isn't of the type, or is a reference of another store's.
    pub fn new(mut store: impl AsContextMut, ty: GlobalType, value: Val) -> Result<Global, Error> {
        let entities = &mut store.as_context_mut().store.entities;
        if value.ty() != ty.content() {
            return Err(Error::TypeMismatch { expected: ty.content(), found: value.ty() });
        }
        let handle = Handle::next(entities.id, entities.globals.len(), "globals")?;
        let mut cell = Zeroed::new(1)?;
        cell.as_mut_slice()[0] = value.to_cell(entities.id)?;
        entities.globals.push(GlobalEntity { ty, place: GlobalPlace::Own(cell) });
        Ok(Global(handle))
    }

    /// Its type.
    ///
    /// # Panics
    /// This and all other methods panic if it belongs to another store.
    pub fn ty(&self, store: impl AsContext) -> GlobalType {
        let entities = &store.as_context().store.entities;
        entities.globals[self.0.index_in(entities.id)].ty
    }

    /// Its value.
    pub fn get(&self, store: impl AsContext) -> Val {
        let entities = &store.as_context().store.entities;
        let number = self.0.number_in(entities.id);
        let ty = entities.globals[number as usize].ty.content();
        Val::from_cell(entities.global_cell(number), ty, entities.id).unwrap_or(Val::default_for_ty(ty))
    }

    /// Changes its value.
    ///
    /// # Errors
    /// If it is immutable, the value isn't of its type, or is a reference of another store's.
    pub fn set(&self, mut store: impl AsContextMut, value: Val) -> Result<(), Error> {
        let entities = &mut store.as_context_mut().store.entities;
        let number = self.0.number_in(entities.id);
        let ty = entities.globals[number as usize].ty;
        if !ty.is_mutable() {
            return Err(Error::Immutable);
        }
        if value.ty() != ty.content() {
            return Err(Error::TypeMismatch { expected: ty.content(), found: value.ty() });
        }
        let cell = value.to_cell(entities.id)?;
        entities.set_global_cell(number, cell);
        Ok(())
    }
}
