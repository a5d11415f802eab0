//! Everything in a module but its function bodies.

use super::features::{self, SUPPORTED};
use crate::error::Error;
use crate::ir::module::{
    ConstExpr, ConstOp, Data, Elem, ElemItems, Export, ExportKind, GlobalType, Import, ImportKind, Limits, SegmentMode,
    TableType,
};
use crate::ir::{Module, Signature, Type};
use std::ops::Range;
use wasmparser::{
    DataKind, ElementItems, ElementKind, ExternalKind, FuncToValidate, KnownCustom, Name, Operator, Parser, Payload,
    TypeRef, ValType, ValidPayload, Validator, ValidatorResources,
};

/// A function body that has been found, but neither validated nor translated.
pub struct Body {
    pub(super) range: Range<usize>,
    pub(super) index: u32,
    pub(super) ty: u32,
    pub(super) resources: ValidatorResources,
}

impl Body {
    /// Index of the function in the module (imports first).
    pub fn index(&self) -> u32 {
        self.index
    }

    /// Offset in the file of its last operator, the `end`.
    pub fn last(&self) -> u32 {
        self.range.end.saturating_sub(1) as u32
    }

    /// Number of its bytes.
    pub fn size(&self) -> usize {
        self.range.len()
    }

    pub(super) fn to_validate(&self) -> FuncToValidate<ValidatorResources> {
        FuncToValidate { resources: self.resources.clone(), index: self.index, ty: self.ty, features: SUPPORTED }
    }
}

/// Reads and validates a module, all but the insides of its function bodies, which are returned in
/// order for [`super::translate`].
pub fn parse(wasm: &[u8]) -> Result<(Module, Vec<Body>), Error> {
    if wasm.len() > u32::MAX as usize {
        return Err(Error::Limit { what: "size of the file", function: None, limit: u32::MAX.into() });
    }
    if features::is_component(wasm) {
        let message = "the file is a component, not a core module".to_string();
        return Err(Error::Unsupported { proposal: "component model", message, function: None, offset: 4 });
    }
    read(wasm).map_err(|error| features::explain(wasm, None, &error))
}

fn read(wasm: &[u8]) -> wasmparser::Result<(Module, Vec<Body>)> {
    let mut module = Module::default();
    let mut bodies = vec![];
    let mut parser = Parser::new(0);
    parser.set_features(SUPPORTED);
    let mut validator = Validator::new_with_features(SUPPORTED);
    for payload in parser.parse_all(wasm) {
        let payload = payload?;
        if let ValidPayload::Func(func, body) = validator.payload(&payload)? {
            let range = body.range().start as usize..body.range().end as usize;
            module.bodies.push(range.clone());
            bodies.push(Body { range, index: func.index, ty: func.ty, resources: func.resources });
        } else {
            section(&mut module, payload)?;
        }
    }
    Ok((module, bodies))
}

fn section(module: &mut Module, payload: Payload<'_>) -> wasmparser::Result<()> {
    match payload {
        Payload::TypeSection(section) => {
            for ty in section.into_iter_err_on_gc_types() {
                let ty = ty?;
                let types = |list: &[ValType]| list.iter().copied().map(value_type).collect();
                module.types.push(Signature { params: types(ty.params()), results: types(ty.results()) });
            }
        }
        Payload::ImportSection(section) => {
            for entry in section.into_imports() {
                import(module, entry?);
            }
        }
        Payload::FunctionSection(section) => {
            for ty in section {
                module.funcs.push(ty?);
            }
        }
        Payload::TableSection(section) => {
            for table in section {
                module.tables.push(table_type(table?.ty));
            }
        }
        Payload::MemorySection(section) => {
            for memory in section {
                module.memories.push(memory_limits(memory?));
            }
        }
        Payload::GlobalSection(section) => {
            for global in section {
                let global = global?;
                module.globals.push(global_type(global.ty));
                module.global_inits.push(const_expr(&global.init_expr)?);
            }
        }
        Payload::ExportSection(section) => {
            for export in section {
                let export = export?;
                let kind = match export.kind {
                    ExternalKind::Func | ExternalKind::FuncExact => ExportKind::Func,
                    ExternalKind::Table => ExportKind::Table,
                    ExternalKind::Memory => ExportKind::Memory,
                    ExternalKind::Global => ExportKind::Global,
                    ExternalKind::Tag => unreachable!("tags need a feature that is off"),
                };
                module.exports.push(Export { name: export.name.to_string(), kind, index: export.index });
            }
        }
        Payload::StartSection { func, .. } => module.start = Some(func),
        Payload::ElementSection(section) => {
            for segment in section {
                module.elems.push(element(segment?)?);
            }
        }
        Payload::DataSection(section) => {
            for segment in section {
                module.datas.push(data(segment?)?);
            }
        }
        Payload::CustomSection(section) => {
            if let KnownCustom::Name(names) = section.as_known() {
                for subsection in names {
                    // Names are for people: what can't be read is as good as absent.
                    let Ok(subsection) = subsection else { break };
                    name(module, subsection);
                }
            }
        }
        // The rest says nothing about the module that isn't in what was returned already: versions,
        // counts, and sections that validation has refused.
        _ => {}
    }
    Ok(())
}

fn import(module: &mut Module, import: wasmparser::Import<'_>) {
    let kind = match import.ty {
        TypeRef::Func(ty) | TypeRef::FuncExact(ty) => {
            module.imported_funcs += 1;
            module.funcs.push(ty);
            ImportKind::Func(ty)
        }
        TypeRef::Table(ty) => {
            let ty = table_type(ty);
            module.imported_tables += 1;
            module.tables.push(ty);
            ImportKind::Table(ty)
        }
        TypeRef::Memory(ty) => {
            let limits = memory_limits(ty);
            module.imported_memories += 1;
            module.memories.push(limits);
            ImportKind::Memory(limits)
        }
        TypeRef::Global(ty) => {
            let ty = global_type(ty);
            module.imported_globals += 1;
            module.globals.push(ty);
            ImportKind::Global(ty)
        }
        TypeRef::Tag(_) => unreachable!("tags need a feature that is off"),
    };
    module.imports.push(Import { module: import.module.to_string(), name: import.name.to_string(), kind });
}

fn element(segment: wasmparser::Element<'_>) -> wasmparser::Result<Elem> {
    let mode = match segment.kind {
        ElementKind::Passive => SegmentMode::Passive,
        ElementKind::Declared => SegmentMode::Declared,
        ElementKind::Active { table_index, offset_expr } => {
            SegmentMode::Active { index: table_index.unwrap_or(0), offset: const_expr(&offset_expr)? }
        }
    };
    let (ty, items) = match segment.items {
        ElementItems::Functions(section) => {
            (Type::FuncRef, ElemItems::Funcs(section.into_iter().collect::<wasmparser::Result<_>>()?))
        }
        ElementItems::Expressions(ty, section) => {
            let exprs = section.into_iter().map(|expr| const_expr(&expr?)).collect::<wasmparser::Result<_>>()?;
            (ref_type(ty), ElemItems::Exprs(exprs))
        }
    };
    Ok(Elem { ty, mode, items })
}

fn data(segment: wasmparser::Data<'_>) -> wasmparser::Result<Data> {
    let mode = match segment.kind {
        DataKind::Passive => SegmentMode::Passive,
        DataKind::Active { memory_index, offset_expr } => {
            SegmentMode::Active { index: memory_index, offset: const_expr(&offset_expr)? }
        }
    };
    let end = segment.range.end as usize;
    Ok(Data { mode, bytes: end - segment.data.len()..end })
}

fn name(module: &mut Module, subsection: Name<'_>) {
    match subsection {
        Name::Module { name, .. } => module.name = Some(name.to_string()),
        Name::Function(names) => {
            for naming in names {
                let Ok(naming) = naming else { break };
                if (naming.index as usize) < module.funcs.len() {
                    module.func_names.insert(naming.index, naming.name.to_string());
                }
            }
        }
        _ => {}
    }
}

fn const_expr(expr: &wasmparser::ConstExpr<'_>) -> wasmparser::Result<ConstExpr> {
    let mut ops = vec![];
    for op in expr.get_operators_reader() {
        ops.push(match op? {
            Operator::I32Const { value } => ConstOp::Const(Type::I32, value as u32 as u64),
            Operator::I64Const { value } => ConstOp::Const(Type::I64, value as u64),
            Operator::F32Const { value } => ConstOp::Const(Type::F32, value.bits().into()),
            Operator::F64Const { value } => ConstOp::Const(Type::F64, value.bits()),
            Operator::GlobalGet { global_index } => ConstOp::GlobalGet(global_index),
            Operator::RefNull { hty } => ConstOp::RefNull(heap_type(hty)),
            Operator::RefFunc { function_index } => ConstOp::RefFunc(function_index),
            Operator::I32Add => ConstOp::I32Add,
            Operator::I32Sub => ConstOp::I32Sub,
            Operator::I32Mul => ConstOp::I32Mul,
            Operator::I64Add => ConstOp::I64Add,
            Operator::I64Sub => ConstOp::I64Sub,
            Operator::I64Mul => ConstOp::I64Mul,
            Operator::End => break,
            op => unreachable!("validated as constant: {op:?}"),
        });
    }
    Ok(ops)
}

/// The type of a value; validation has refused those that need features that are off.
pub(super) fn value_type(ty: ValType) -> Type {
    match ty {
        ValType::I32 => Type::I32,
        ValType::I64 => Type::I64,
        ValType::F32 => Type::F32,
        ValType::F64 => Type::F64,
        ValType::V128 => unreachable!("vectors need a feature that is off"),
        ValType::Ref(ty) => ref_type(ty),
    }
}

fn ref_type(ty: wasmparser::RefType) -> Type {
    if ty.is_func_ref() { Type::FuncRef } else { Type::ExternRef }
}

/// The reference type of a null of this heap type.
pub(super) fn heap_type(ty: wasmparser::HeapType) -> Type {
    if ty == wasmparser::HeapType::FUNC { Type::FuncRef } else { Type::ExternRef }
}

fn table_type(ty: wasmparser::TableType) -> TableType {
    TableType { elem: ref_type(ty.element_type), limits: Limits { min: ty.initial, max: ty.maximum } }
}

fn memory_limits(ty: wasmparser::MemoryType) -> Limits {
    Limits { min: ty.initial, max: ty.maximum }
}

fn global_type(ty: wasmparser::GlobalType) -> GlobalType {
    GlobalType { ty: value_type(ty.content_type), mutable: ty.mutable }
}
