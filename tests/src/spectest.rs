//! The host module `spectest` that the WebAssembly test suite imports from.

use hardtack_vm::{Error, ValType};
use hardtack_vm::{
    Func, Global, GlobalType, Linker, Memory, MemoryType, Mutability, Ref, Store, Table, TableType, Val,
};

/// Defines the module's functions, globals, table and memory.
pub fn define(linker: &mut Linker<()>, store: &mut Store<()>) -> Result<(), Error> {
    let funcs = [
        ("print", Func::wrap(&mut *store, || {})),
        ("print_i32", Func::wrap(&mut *store, |_: i32| {})),
        ("print_i64", Func::wrap(&mut *store, |_: i64| {})),
        ("print_f32", Func::wrap(&mut *store, |_: f32| {})),
        ("print_f64", Func::wrap(&mut *store, |_: f64| {})),
        ("print_i32_f32", Func::wrap(&mut *store, |_: i32, _: f32| {})),
        ("print_f64_f64", Func::wrap(&mut *store, |_: f64, _: f64| {})),
    ];
    for (name, func) in funcs {
        linker.define("spectest", name, func)?;
    }
    let globals = [
        ("global_i32", Val::I32(666)),
        ("global_i64", Val::I64(666)),
        ("global_f32", Val::from(666.6f32)),
        ("global_f64", Val::from(666.6f64)),
    ];
    for (name, value) in globals {
        let global = Global::new(&mut *store, GlobalType::new(value.ty(), Mutability::Const), value)?;
        linker.define("spectest", name, global)?;
    }
    let table = Table::new(&mut *store, TableType::new(ValType::FuncRef, 10, Some(20)), Ref::Func(None))?;
    linker.define("spectest", "table", table)?;
    let memory = Memory::new(&mut *store, MemoryType::new(1, Some(2)))?;
    linker.define("spectest", "memory", memory)?;
    Ok(())
}
