//! Types of what modules import, export and hold.

use crate::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
pub use hardtack_format::meta::{Mutability, ValType};

/// A function's type. Cheap to clone; types are equal if their parameters and results are.
///
/// ```
/// use hardtack_vm::{FuncType, ValType};
///
/// let ty = FuncType::new([ValType::I32, ValType::I64], [ValType::F32]);
/// assert_eq!(ty.params(), [ValType::I32, ValType::I64]);
/// assert_eq!(ty.to_string(), "(i32, i64) -> (f32)");
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct FuncType {
    /// Parameters, then results.
    types: Arc<[ValType]>,
    params: usize,
}

impl FuncType {
    /// A type with these parameters and results.
    pub fn new(params: impl IntoIterator<Item = ValType>, results: impl IntoIterator<Item = ValType>) -> FuncType {
        let mut types: Vec<ValType> = params.into_iter().collect();
        let params = types.len();
        types.extend(results);
        FuncType { types: types.into(), params }
    }

    /// A type with these bytes as parameters and results, which checking found to be known.
    pub(crate) fn from_bytes(params: &[u8], results: &[u8]) -> FuncType {
        let mut types = Vec::with_capacity(params.len() + results.len());
        for byte in params.iter().chain(results) {
            types.extend(ValType::from_byte(*byte));
        }
        FuncType { types: types.into(), params: params.len() }
    }

    /// Types of the parameters.
    pub fn params(&self) -> &[ValType] {
        &self.types[..self.params]
    }

    /// Types of the results.
    pub fn results(&self) -> &[ValType] {
        &self.types[self.params..]
    }
}

/// `(i32, i64) -> (f32)`.
impl fmt::Display for FuncType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(f, self.params())?;
        if self.results().is_empty() {
            return Ok(());
        }
        f.write_str(" -> ")?;
        list(f, self.results())
    }
}

fn list(f: &mut fmt::Formatter<'_>, types: &[ValType]) -> fmt::Result {
    f.write_str("(")?;
    for (i, ty) in types.iter().enumerate() {
        write!(f, "{}{ty}", if i == 0 { "" } else { ", " })?;
    }
    f.write_str(")")
}

impl fmt::Debug for FuncType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A global's type.
///
/// ```
/// use hardtack_vm::{GlobalType, Mutability, ValType};
///
/// let ty = GlobalType::new(ValType::F64, Mutability::Var);
/// assert!(ty.is_mutable() && ty.content() == ValType::F64);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GlobalType {
    content: ValType,
    mutability: Mutability,
}

impl GlobalType {
    /// A global that holds a value of a type.
    pub fn new(content: ValType, mutability: Mutability) -> GlobalType {
        GlobalType { content, mutability }
    }

    /// The type of its value.
    pub fn content(&self) -> ValType {
        self.content
    }

    /// Whether it may be written.
    pub fn mutability(&self) -> Mutability {
        self.mutability
    }

    /// Whether it may be written.
    pub fn is_mutable(&self) -> bool {
        self.mutability == Mutability::Var
    }
}

impl fmt::Display for GlobalType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.mutability, self.content)
    }
}

/// A table's type. Sizes are in elements.
///
/// ```
/// use hardtack_vm::{TableType, ValType};
///
/// let ty = TableType::new(ValType::FuncRef, 1, Some(100));
/// assert_eq!((ty.minimum(), ty.maximum()), (1, Some(100)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TableType {
    element: ValType,
    minimum: u64,
    maximum: Option<u64>,
}

impl TableType {
    /// A table of references.
    pub fn new(element: ValType, minimum: u64, maximum: Option<u64>) -> TableType {
        TableType { element, minimum, maximum }
    }

    /// The type of its elements.
    pub fn element(&self) -> ValType {
        self.element
    }

    /// How many it has at first.
    pub fn minimum(&self) -> u64 {
        self.minimum
    }

    /// How many it may come to have.
    pub fn maximum(&self) -> Option<u64> {
        self.maximum
    }
}

impl fmt::Display for TableType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        limits(f, self.minimum, self.maximum)?;
        write!(f, " {}", self.element)
    }
}

/// A memory's type. Sizes are in pages of 64 KiB.
///
/// ```
/// use hardtack_vm::MemoryType;
///
/// let ty = MemoryType::new(2, None);
/// assert_eq!(ty.minimum() * MemoryType::PAGE, 131_072);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MemoryType {
    minimum: u64,
    maximum: Option<u64>,
}

impl MemoryType {
    /// Bytes of a page.
    pub const PAGE: u64 = 1 << hardtack_format::meta::PAGE_LOG2;

    /// A memory.
    pub fn new(minimum: u64, maximum: Option<u64>) -> MemoryType {
        MemoryType { minimum, maximum }
    }

    /// How many pages it has at first.
    pub fn minimum(&self) -> u64 {
        self.minimum
    }

    /// How many pages it may come to have.
    pub fn maximum(&self) -> Option<u64> {
        self.maximum
    }
}

impl fmt::Display for MemoryType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        limits(f, self.minimum, self.maximum)
    }
}

fn limits(f: &mut fmt::Formatter<'_>, minimum: u64, maximum: Option<u64>) -> fmt::Result {
    match maximum {
        Some(maximum) => write!(f, "{minimum} to {maximum}"),
        None => write!(f, "{minimum} and more"),
    }
}

/// The type of something that is imported or exported.
///
/// ```
/// use hardtack_vm::{ExternType, Module};
///
/// let wat = br#"(module (memory (export "memory") 1 4))"#;
/// let module = Module::load(hardtack_compiler::compile(wat, &Default::default())?)?;
/// for export in module.exports() {
///     match export.ty() {
///         ExternType::Memory(memory) => assert_eq!(memory.maximum(), Some(4)),
///         other => println!("{} is a {other}", export.name()),
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ExternType {
    /// Of a function.
    Func(FuncType),
    /// Of a table.
    Table(TableType),
    /// Of a memory.
    Memory(MemoryType),
    /// Of a global.
    Global(GlobalType),
}

impl ExternType {
    /// What sort of thing it is the type of: `"function"`, `"table"`, `"memory"` or `"global"`.
    pub fn kind(&self) -> &'static str {
        match self {
            ExternType::Func(_) => "function",
            ExternType::Table(_) => "table",
            ExternType::Memory(_) => "memory",
            ExternType::Global(_) => "global",
        }
    }
}

impl fmt::Display for ExternType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExternType::Func(ty) => write!(f, "func {ty}"),
            ExternType::Table(ty) => write!(f, "table {ty}"),
            ExternType::Memory(ty) => write!(f, "memory {ty}"),
            ExternType::Global(ty) => write!(f, "global {ty}"),
        }
    }
}

/// An import of a module.
///
/// ```
/// use hardtack_vm::{ImportType, Module};
///
/// /// What a host shows before it accepts a plugin.
/// fn wants(module: &Module) -> Vec<String> {
///     let line = |import: ImportType<'_>| format!("{} {}: {}", import.module(), import.name(), import.ty());
///     module.imports().map(line).collect()
/// }
/// ```
#[derive(Clone, Debug)]
pub struct ImportType<'a> {
    pub(crate) module: &'a str,
    pub(crate) name: &'a str,
    pub(crate) ty: ExternType,
}

impl<'a> ImportType<'a> {
    /// The first part of its name.
    pub fn module(&self) -> &'a str {
        self.module
    }

    /// The second part of its name.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// What it must be.
    pub fn ty(&self) -> &ExternType {
        &self.ty
    }
}

/// An export of a module.
///
/// ```
/// use hardtack_vm::{ExternType, Module};
///
/// /// Whether a plugin has what the host calls.
/// fn is_plugin(module: &Module) -> bool {
///     module.exports().any(|export| export.name() == "run" && matches!(export.ty(), ExternType::Func(_)))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct ExportType<'a> {
    pub(crate) name: &'a str,
    pub(crate) ty: ExternType,
}

impl<'a> ExportType<'a> {
    /// Its name.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// What it is.
    pub fn ty(&self) -> &ExternType {
        &self.ty
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn shown() {
        let ty = FuncType::new([ValType::I32, ValType::FuncRef], [ValType::F64]);
        assert_eq!(ExternType::Func(ty).to_string(), "func (i32, funcref) -> (f64)");
        assert_eq!(FuncType::new([], []).to_string(), "()");
        assert_eq!(TableType::new(ValType::ExternRef, 1, Some(2)).to_string(), "1 to 2 externref");
        assert_eq!(GlobalType::new(ValType::I64, Mutability::Var).to_string(), "var i64");
    }
}
