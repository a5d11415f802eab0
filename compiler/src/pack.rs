//! The file: what a module declares as metadata, and its code and data.

use crate::emit::Code;
use crate::error::Error;
use crate::ir::module::{ConstOp, Elem, ElemItems, ExportKind, ImportKind, Limits, SegmentMode};
use crate::ir::{Module, Type};
use hardtack_format::constexpr;
use hardtack_format::isa::Isa;
use hardtack_format::meta::{self, ExternKind, ItemKind, Meta, Mutability, TypeKind, ValType};
use hardtack_format::meta::{FuncName, Line, Names};
use hardtack_format::module::FuncRecord;
use hardtack_format::version::Groups;
use hardtack_format::write::{Function, Writer};
use std::borrow::Cow;

/// What to put into a file besides what running it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extras {
    /// Function names and code offsets, for backtraces and disassembly.
    pub names: bool,
}

/// Refuses modules with more of something than an operand can name.
pub fn check_limits(module: &Module) -> Result<(), Error> {
    let limit = |what, count: usize, limit: usize| match count > limit {
        true => Err(Error::Limit { what, function: None, limit: limit as u64 }),
        false => Ok(()),
    };
    let named_by_16_bits = 1 << 16;
    limit("number of types", module.types.len(), meta::MAX_TYPES)?;
    limit("number of imported functions", module.imported_funcs as usize, named_by_16_bits)?;
    limit("number of tables", module.tables.len(), named_by_16_bits)?;
    limit("number of globals", module.globals.len(), named_by_16_bits)?;
    let references = |types: &[Type]| types.iter().filter(|t| t.is_ref()).count();
    for ty in &module.types {
        limit("number of reference parameters of a type", references(&ty.params), u8::MAX as usize)?;
        limit("number of reference results of a type", references(&ty.results), u8::MAX as usize)?;
    }
    Ok(())
}

/// Writes the file, for a VM with an instruction set. `code` holds the functions that the module defines, in order.
pub fn pack(module: &Module, code: &[Code], wasm: &[u8], isa: &Isa, extras: Extras) -> Result<Vec<u8>, Error> {
    let mut data = vec![];
    let meta = meta_of(module, wasm, &mut data);
    let functions: Vec<Function> = code
        .iter()
        .zip(&module.funcs[module.imported_funcs as usize..])
        .map(|(code, ty)| Function {
            ty: *ty as u16,
            frame: code.frame,
            ref_frame: code.ref_frame,
            code: Cow::Borrowed(&code.bytes),
        })
        .collect();
    let groups = Groups(code.iter().fold(hardtack_format::isa::Group::base.bit(), |groups, c| groups | c.groups));
    let names = extras.names.then(|| names(module, code));
    let writer = Writer { groups, meta: &meta, funcs: &functions, data: &data, names: names.as_ref() };
    writer.finish(isa).map_err(|e| Error::Format { message: e.to_string() })
}

fn meta_of<'a>(module: &'a Module, wasm: &[u8], data: &mut Vec<u8>) -> Meta<'a> {
    let types = |types: &[Type]| -> Cow<[u8]> { types.iter().map(|t| val_type(*t).byte()).collect::<Vec<_>>().into() };
    Meta {
        types: (module.types.iter())
            .map(|t| meta::FuncType { kind: TypeKind::Func, params: types(&t.params), results: types(&t.results) })
            .collect(),
        imports: (module.imports.iter())
            .map(|i| meta::Import {
                module: Cow::Borrowed(&i.module),
                name: Cow::Borrowed(&i.name),
                kind: match i.kind {
                    ImportKind::Func(_) => ExternKind::Func,
                    ImportKind::Table(_) => ExternKind::Table,
                    ImportKind::Memory(_) => ExternKind::Memory,
                    ImportKind::Global(_) => ExternKind::Global,
                },
                ty: match i.kind {
                    ImportKind::Func(ty) => ty,
                    ImportKind::Table(_) | ImportKind::Memory(_) | ImportKind::Global(_) => 0,
                },
            })
            .collect(),
        tables: (module.tables.iter())
            .map(|t| {
                let (flags, min, max) = limits(t.limits);
                meta::Table { elem: val_type(t.elem), flags, min, max }
            })
            .collect(),
        memories: (module.memories.iter())
            .map(|m| {
                let (flags, min, max) = limits(*m);
                meta::Memory { flags, page_log2: meta::PAGE_LOG2, min, max }
            })
            .collect(),
        globals: (module.globals.iter().enumerate())
            .map(|(i, g)| meta::Global {
                ty: val_type(g.ty),
                mutability: if g.mutable { Mutability::Var } else { Mutability::Const },
                init: match i.checked_sub(module.imported_globals as usize) {
                    Some(own) => const_expr(&module.global_inits[own]).into(),
                    None => Cow::Borrowed(&[]),
                },
            })
            .collect(),
        exports: (module.exports.iter())
            .map(|e| meta::Export {
                name: Cow::Borrowed(&e.name),
                kind: match e.kind {
                    ExportKind::Func => ExternKind::Func,
                    ExportKind::Table => ExternKind::Table,
                    ExportKind::Memory => ExternKind::Memory,
                    ExportKind::Global => ExternKind::Global,
                },
                index: e.index,
            })
            .collect(),
        elems: module.elems.iter().map(elem).collect(),
        datas: (module.datas.iter())
            .map(|d| {
                data.extend_from_slice(&wasm[d.bytes.clone()]);
                let (mode, memory, offset) = mode(&d.mode);
                meta::Data { mode, memory, offset: offset.into(), end: data.len() as u32 }
            })
            .collect(),
        start: module.start,
    }
}

fn elem(e: &Elem) -> meta::Elem<'static> {
    let (mode, table, offset) = mode(&e.mode);
    let mut bytes = vec![];
    let (items, count) = match &e.items {
        ElemItems::Funcs(funcs) => {
            funcs.iter().for_each(|f| bytes.extend(f.to_le_bytes()));
            (ItemKind::Funcs, funcs.len())
        }
        ElemItems::Exprs(exprs) => {
            exprs.iter().for_each(|e| bytes.extend(const_expr(e)));
            (ItemKind::Exprs, exprs.len())
        }
    };
    meta::Elem {
        ty: val_type(e.ty),
        mode,
        table,
        offset: offset.into(),
        items,
        count: count as u32,
        bytes: bytes.into(),
    }
}

fn mode(mode: &SegmentMode) -> (meta::SegmentMode, u32, Vec<u8>) {
    match mode {
        SegmentMode::Passive => (meta::SegmentMode::Passive, 0, vec![]),
        SegmentMode::Active { index, offset } => (meta::SegmentMode::Active, *index, const_expr(offset)),
        SegmentMode::Declared => (meta::SegmentMode::Declared, 0, vec![]),
    }
}

fn limits(l: Limits) -> (u8, u64, u64) {
    match l.max {
        Some(max) => (meta::limits::HAS_MAX, l.min, max),
        None => (0, l.min, 0),
    }
}

fn val_type(ty: Type) -> ValType {
    match ty {
        Type::I32 => ValType::I32,
        Type::I64 => ValType::I64,
        Type::F32 => ValType::F32,
        Type::F64 => ValType::F64,
        Type::FuncRef => ValType::FuncRef,
        Type::ExternRef => ValType::ExternRef,
    }
}

fn const_expr(ops: &[ConstOp]) -> Vec<u8> {
    let ops: Vec<constexpr::ConstOp> = ops
        .iter()
        .map(|op| match *op {
            ConstOp::Const(Type::I32, bits) => constexpr::ConstOp::I32(bits as u32),
            ConstOp::Const(Type::F32, bits) => constexpr::ConstOp::F32(bits as u32),
            ConstOp::Const(Type::F64, bits) => constexpr::ConstOp::F64(bits),
            ConstOp::Const(Type::I64 | Type::FuncRef | Type::ExternRef, bits) => constexpr::ConstOp::I64(bits),
            ConstOp::GlobalGet(index) => constexpr::ConstOp::GlobalGet(index),
            ConstOp::RefNull(ty) => constexpr::ConstOp::RefNull(val_type(ty)),
            ConstOp::RefFunc(index) => constexpr::ConstOp::RefFunc(index),
            ConstOp::I32Add => constexpr::ConstOp::I32Add,
            ConstOp::I32Sub => constexpr::ConstOp::I32Sub,
            ConstOp::I32Mul => constexpr::ConstOp::I32Mul,
            ConstOp::I64Add => constexpr::ConstOp::I64Add,
            ConstOp::I64Sub => constexpr::ConstOp::I64Sub,
            ConstOp::I64Mul => constexpr::ConstOp::I64Mul,
        })
        .collect();
    let mut bytes = vec![];
    constexpr::encode(&ops, &mut bytes);
    bytes
}

/// Names of functions and the wasm offset of each instruction, for the DEBUG section.
fn names<'a>(module: &'a Module, code: &[Code]) -> Names<'a> {
    let funcs =
        module.func_names.iter().map(|(index, name)| FuncName { index: *index, name: Cow::Borrowed(name) }).collect();
    let mut lines = vec![];
    let mut start = FuncRecord::PROLOGUE.end;
    for code in code {
        lines.extend(code.map.iter().map(|(unit, wasm)| Line { unit: start + unit, wasm: *wasm }));
        start += code.bytes.len() as u32 / 2;
    }
    Names { funcs, lines }
}
