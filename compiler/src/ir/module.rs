//! What a module declares, apart from its code.

use super::{Signature, Type};
use std::ops::Range;

/// Limits of a memory (in pages) or table (in elements).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Initial size.
    pub min: u64,
    /// Largest size.
    pub max: Option<u64>,
}

/// A table's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableType {
    /// Type of the elements.
    pub elem: Type,
    /// Its size.
    pub limits: Limits,
}

/// A global's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GlobalType {
    /// Type of the value.
    pub ty: Type,
    /// Whether it may be written.
    pub mutable: bool,
}

/// What an import must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportKind {
    /// A function of the type with this index.
    Func(u32),
    /// A table.
    Table(TableType),
    /// A memory.
    Memory(Limits),
    /// A global.
    Global(GlobalType),
}

/// An import.
#[derive(Clone, Debug)]
pub struct Import {
    /// Name of the module asked for.
    pub module: String,
    /// Name in it.
    pub name: String,
    /// What it must be.
    pub kind: ImportKind,
}

/// Index spaces that exports name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportKind {
    /// A function.
    Func,
    /// A table.
    Table,
    /// A memory.
    Memory,
    /// A global.
    Global,
}

/// An export.
#[derive(Clone, Debug)]
pub struct Export {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: ExportKind,
    /// Index in its index space.
    pub index: u32,
}

/// An operator of a constant expression, in stack order (postfix).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConstOp {
    /// A number of this type.
    Const(Type, u64),
    /// The value of a global.
    GlobalGet(u32),
    /// A null reference of this type.
    RefNull(Type),
    /// A reference to a function.
    RefFunc(u32),
    /// Sum of the two on top.
    I32Add,
    /// Difference of the two on top.
    I32Sub,
    /// Product of the two on top.
    I32Mul,
    /// Sum of the two on top.
    I64Add,
    /// Difference of the two on top.
    I64Sub,
    /// Product of the two on top.
    I64Mul,
}

/// A constant expression: operators in stack order that leave one value.
pub type ConstExpr = Vec<ConstOp>;

/// What becomes of a segment.
#[derive(Clone, Debug)]
pub enum SegmentMode {
    /// Waits for `memory.init` or `table.init`.
    Passive,
    /// Copied at instantiation into the memory or table with this index.
    Active {
        /// Index of the memory or table.
        index: u32,
        /// Where it goes.
        offset: ConstExpr,
    },
    /// Only declares that its functions are referenced.
    Declared,
}

/// An element segment.
#[derive(Clone, Debug)]
pub struct Elem {
    /// Type of the elements.
    pub ty: Type,
    /// What becomes of it.
    pub mode: SegmentMode,
    /// The elements: one expression each.
    pub items: ElemItems,
}

/// Elements of a segment.
#[derive(Clone, Debug)]
pub enum ElemItems {
    /// References to these functions.
    Funcs(Vec<u32>),
    /// A constant expression for each.
    Exprs(Vec<ConstExpr>),
}

/// A data segment.
#[derive(Clone, Debug)]
pub struct Data {
    /// What becomes of it.
    pub mode: SegmentMode,
    /// Where its bytes lie in the wasm file.
    pub bytes: Range<usize>,
}

/// A module, apart from its function bodies. Index spaces hold imports first.
#[derive(Clone, Debug, Default)]
pub struct Module {
    /// All function types.
    pub types: Vec<Signature>,
    /// Imports in the order of the file.
    pub imports: Vec<Import>,
    /// Number of functions that are imported.
    pub imported_funcs: u32,
    /// Number of tables that are imported.
    pub imported_tables: u32,
    /// Number of memories that are imported.
    pub imported_memories: u32,
    /// Number of globals that are imported.
    pub imported_globals: u32,
    /// Type index of every function.
    pub funcs: Vec<u32>,
    /// Every table.
    pub tables: Vec<TableType>,
    /// Every memory.
    pub memories: Vec<Limits>,
    /// Every global.
    pub globals: Vec<GlobalType>,
    /// Initial values of the globals that are not imported.
    pub global_inits: Vec<ConstExpr>,
    /// Exports in the order of the file.
    pub exports: Vec<Export>,
    /// Element segments.
    pub elems: Vec<Elem>,
    /// Data segments.
    pub datas: Vec<Data>,
    /// The start function.
    pub start: Option<u32>,
    /// Byte ranges of the function bodies in the wasm file, for the functions that are not imported.
    pub bodies: Vec<Range<usize>>,
    /// Names of functions, by index, from the name section.
    pub func_names: std::collections::BTreeMap<u32, String>,
    /// Name of the module, from the name section.
    pub name: Option<String>,
}

impl Module {
    /// The number of a function among those that the module defines, unless it is imported.
    pub fn own(&self, index: u32) -> Option<usize> {
        index.checked_sub(self.imported_funcs).map(|own| own as usize)
    }
}
