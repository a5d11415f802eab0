//! Values and handles as C sees them.

use crate::boundary::guarded_or;
use crate::error::Fault;
use crate::types::*;
use hardtack_vm::{AsContext, Extern, ExternRef, Func, Global, Instance, Memory, RawHandle, Ref, Table, Val};

macro_rules! handles { ($( $c:ident, $rust:ident, $what:literal; )*) => { $(
    impl $c {
        pub(crate) fn of(handle: $rust) -> $c {
            let RawHandle { store, number, generation } = handle.to_raw();
            $c { store, number, generation }
        }

        /// The handle, if it is one of the store's.
        pub(crate) fn handle(self, store: impl AsContext) -> Result<$rust, Fault> {
            let $c { store: id, number, generation } = self;
            $rust::from_raw(store, RawHandle { store: id, number, generation }).ok_or(Fault::Foreign($what))
        }
    }
)* } }
handles! {
    hardtack_func_t, Func, "function";
    hardtack_table_t, Table, "table";
    hardtack_memory_t, Memory, "memory";
    hardtack_global_t, Global, "global";
    hardtack_instance_t, Instance, "instance";
    hardtack_externref_t, ExternRef, "value";
}

/// A function of a store; as a value, null if all is zero. What is in it is the library's business.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct hardtack_func_t {
    /// Which store.
    pub store: u64,
    /// Which function.
    pub number: u32,
    /// 0.
    pub generation: u32,
}

/// A table of a store. What is in it is the library's business.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct hardtack_table_t {
    /// Which store.
    pub store: u64,
    /// Which table.
    pub number: u32,
    /// 0.
    pub generation: u32,
}

/// A memory of a store. What is in it is the library's business.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct hardtack_memory_t {
    /// Which store.
    pub store: u64,
    /// Which memory.
    pub number: u32,
    /// 0.
    pub generation: u32,
}

/// A global of a store. What is in it is the library's business.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct hardtack_global_t {
    /// Which store.
    pub store: u64,
    /// Which global.
    pub number: u32,
    /// 0.
    pub generation: u32,
}

/// A module brought to life in a store. What is in it is the library's business.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct hardtack_instance_t {
    /// Which store.
    pub store: u64,
    /// Which instance.
    pub number: u32,
    /// 0.
    pub generation: u32,
}

/// A value of the host's in a store; as a value of WebAssembly, null if all is zero. What is in it is the library's business.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct hardtack_externref_t {
    /// Which store.
    pub store: u64,
    /// Which place in it.
    pub number: u32,
    /// Which of the values that had this place.
    pub generation: u32,
}

/// What a value holds: the member that its type says.
#[repr(C)]
#[derive(Clone, Copy)]
pub union hardtack_valunion_t {
    /// If it is HARDTACK_I32.
    pub i32: i32,
    /// If it is HARDTACK_I64.
    pub i64: i64,
    /// If it is HARDTACK_F32.
    pub f32: f32,
    /// If it is HARDTACK_F64.
    pub f64: f64,
    /// If it is HARDTACK_FUNCREF; null if all is zero.
    pub funcref: hardtack_func_t,
    /// If it is HARDTACK_EXTERNREF; null if all is zero.
    pub externref: hardtack_externref_t,
}

/// A value of WebAssembly. Owns nothing.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct hardtack_val_t {
    /// Its type.
    pub kind: hardtack_valtype_t,
    /// What it holds.
    pub of: hardtack_valunion_t,
}

impl hardtack_val_t {
    const NO_FUNC: hardtack_func_t = hardtack_func_t { store: 0, number: 0, generation: 0 };
    const NO_EXTERN: hardtack_externref_t = hardtack_externref_t { store: 0, number: 0, generation: 0 };

    pub(crate) fn of(value: Val) -> hardtack_val_t {
        let kind = valtype_to_c(value.ty());
        let of = match value {
            Val::I32(v) => hardtack_valunion_t { i32: v },
            Val::I64(v) => hardtack_valunion_t { i64: v },
            // As integers, lest a processor quiets NaNs on the way.
            Val::F32(v) => hardtack_valunion_t { i32: v as i32 },
            Val::F64(v) => hardtack_valunion_t { i64: v as i64 },
            Val::FuncRef(v) => hardtack_valunion_t { funcref: v.map_or(Self::NO_FUNC, hardtack_func_t::of) },
            Val::ExternRef(v) => hardtack_valunion_t { externref: v.map_or(Self::NO_EXTERN, hardtack_externref_t::of) },
        };
        hardtack_val_t { kind, of }
    }

    /// The value, whose references must be of the store.
    ///
    /// # Safety
    /// The member that `kind` says is initialised.
    pub(crate) unsafe fn val(&self, store: impl AsContext) -> Result<Val, Fault> {
        // SAFETY: the caller promises the member, and any bits are a number or a handle, which is checked.
        unsafe {
            Ok(match self.kind {
                HARDTACK_I32 => Val::I32(self.of.i32),
                HARDTACK_I64 => Val::I64(self.of.i64),
                HARDTACK_F32 => Val::F32(self.of.i32 as u32),
                HARDTACK_F64 => Val::F64(self.of.i64 as u64),
                HARDTACK_FUNCREF if self.of.funcref.store == 0 => Val::FuncRef(None),
                HARDTACK_FUNCREF => Val::FuncRef(Some(self.of.funcref.handle(store)?)),
                HARDTACK_EXTERNREF if self.of.externref.store == 0 => Val::ExternRef(None),
                HARDTACK_EXTERNREF => Val::ExternRef(Some(self.of.externref.handle(store)?)),
                other => return Err(Fault::ValueType(other)),
            })
        }
    }

    /// The value as a reference.
    ///
    /// # Safety
    /// The member that `kind` says is initialised.
    pub(crate) unsafe fn reference(&self, store: impl AsContext) -> Result<Ref, Fault> {
        // SAFETY: as the caller promises.
        let value = unsafe { self.val(store)? };
        let expected = hardtack_vm::ValType::FuncRef;
        value.reference().ok_or(Fault::Vm(hardtack_vm::Error::TypeMismatch { expected, found: value.ty() }))
    }
}

/// Zero, or null, of a type; of HARDTACK_I32 if there is no such type.
#[unsafe(no_mangle)]
pub extern "C" fn hardtack_val_zero(ty: hardtack_valtype_t) -> hardtack_val_t {
    let zero = |ty| hardtack_val_t::of(Val::default_for_ty(ty));
    guarded_or(zero(hardtack_vm::ValType::I32), || Ok(zero(valtype_from_c(ty)?)))
}

/// A 32-bit integer as a value.
#[unsafe(no_mangle)]
pub extern "C" fn hardtack_val_i32(value: i32) -> hardtack_val_t {
    hardtack_val_t::of(Val::I32(value))
}

/// A 64-bit integer as a value.
#[unsafe(no_mangle)]
pub extern "C" fn hardtack_val_i64(value: i64) -> hardtack_val_t {
    hardtack_val_t::of(Val::I64(value))
}

/// A 32-bit float as a value.
#[unsafe(no_mangle)]
pub extern "C" fn hardtack_val_f32(value: f32) -> hardtack_val_t {
    hardtack_val_t::of(Val::F32(value.to_bits()))
}

/// A 64-bit float as a value.
#[unsafe(no_mangle)]
pub extern "C" fn hardtack_val_f64(value: f64) -> hardtack_val_t {
    hardtack_val_t::of(Val::F64(value.to_bits()))
}

/// A reference to a function as a value.
#[unsafe(no_mangle)]
pub extern "C" fn hardtack_val_func(func: hardtack_func_t) -> hardtack_val_t {
    hardtack_val_t { kind: HARDTACK_FUNCREF, of: hardtack_valunion_t { funcref: func } }
}

/// A reference to a value of the host's as a value of WebAssembly.
#[unsafe(no_mangle)]
pub extern "C" fn hardtack_val_externref(value: hardtack_externref_t) -> hardtack_val_t {
    hardtack_val_t { kind: HARDTACK_EXTERNREF, of: hardtack_valunion_t { externref: value } }
}

/// What a thing that is imported or exported holds: the member that its kind says.
#[repr(C)]
#[derive(Clone, Copy)]
pub union hardtack_externunion_t {
    /// If it is HARDTACK_FUNC.
    pub func: hardtack_func_t,
    /// If it is HARDTACK_TABLE.
    pub table: hardtack_table_t,
    /// If it is HARDTACK_MEMORY.
    pub memory: hardtack_memory_t,
    /// If it is HARDTACK_GLOBAL.
    pub global: hardtack_global_t,
}

/// Something that is imported or exported. Owns nothing.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct hardtack_extern_t {
    /// Its kind.
    pub kind: hardtack_externkind_t,
    /// What it holds.
    pub of: hardtack_externunion_t,
}

impl hardtack_extern_t {
    pub(crate) fn of(item: Extern) -> hardtack_extern_t {
        let (kind, of) = match item {
            Extern::Func(v) => (HARDTACK_FUNC, hardtack_externunion_t { func: hardtack_func_t::of(v) }),
            Extern::Table(v) => (HARDTACK_TABLE, hardtack_externunion_t { table: hardtack_table_t::of(v) }),
            Extern::Memory(v) => (HARDTACK_MEMORY, hardtack_externunion_t { memory: hardtack_memory_t::of(v) }),
            Extern::Global(v) => (HARDTACK_GLOBAL, hardtack_externunion_t { global: hardtack_global_t::of(v) }),
        };
        hardtack_extern_t { kind, of }
    }

    /// The thing, which must be of the store.
    ///
    /// # Safety
    /// The member that `kind` says is initialised.
    pub(crate) unsafe fn item(&self, store: impl AsContext) -> Result<Extern, Fault> {
        // SAFETY: the caller promises the member, and any bits are a handle, which is checked.
        unsafe {
            Ok(match self.kind {
                HARDTACK_FUNC => Extern::Func(self.of.func.handle(store)?),
                HARDTACK_TABLE => Extern::Table(self.of.table.handle(store)?),
                HARDTACK_MEMORY => Extern::Memory(self.of.memory.handle(store)?),
                HARDTACK_GLOBAL => Extern::Global(self.of.global.handle(store)?),
                other => return Err(Fault::ExternKind(other)),
            })
        }
    }
}

/// A function as something that is imported or exported.
#[unsafe(no_mangle)]
pub extern "C" fn hardtack_extern_func(func: hardtack_func_t) -> hardtack_extern_t {
    hardtack_extern_t { kind: HARDTACK_FUNC, of: hardtack_externunion_t { func } }
}

/// A table as something that is imported or exported.
#[unsafe(no_mangle)]
pub extern "C" fn hardtack_extern_table(table: hardtack_table_t) -> hardtack_extern_t {
    hardtack_extern_t { kind: HARDTACK_TABLE, of: hardtack_externunion_t { table } }
}

/// A memory as something that is imported or exported.
#[unsafe(no_mangle)]
pub extern "C" fn hardtack_extern_memory(memory: hardtack_memory_t) -> hardtack_extern_t {
    hardtack_extern_t { kind: HARDTACK_MEMORY, of: hardtack_externunion_t { memory } }
}

/// A global as something that is imported or exported.
#[unsafe(no_mangle)]
pub extern "C" fn hardtack_extern_global(global: hardtack_global_t) -> hardtack_extern_t {
    hardtack_extern_t { kind: HARDTACK_GLOBAL, of: hardtack_externunion_t { global } }
}
