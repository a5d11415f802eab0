//! Types of what a file imports and exports, without a VM that can run it.

use anyhow::Result;
use hardtack_format::check;
use hardtack_format::meta::{Export, ExternKind, Import, Meta, limits};
use hardtack_format::read::File;
use hardtack_vm::{ExternType, FuncType, GlobalType, MemoryType, TableType, ValType};

/// The types in a file whose declarations are sound.
pub struct Types<'a> {
    meta: &'a Meta<'a>,
    /// Type number of every function, imported ones first.
    funcs: Vec<u32>,
}

impl<'a> Types<'a> {
    /// Those of a file; fails if the declarations aren't sound.
    pub fn new(file: &File<'_>, meta: &'a Meta<'a>) -> Result<Types<'a>> {
        Ok(Types { meta, funcs: check::check(file, meta)?.func_types })
    }

    /// The type of an import.
    pub fn import(&self, import: &Import<'_>) -> ExternType {
        // Imports of a kind have the first indices of that kind, in their order.
        let same = self.meta.imports.iter().filter(|other| other.kind == import.kind);
        let before = same.take_while(|other| !std::ptr::eq(*other, import)).count();
        self.of(import.kind, before)
    }

    /// The type of an export.
    pub fn export(&self, export: &Export<'_>) -> ExternType {
        self.of(export.kind, export.index as usize)
    }

    /// The type of the thing with an index among those of its kind, which the checks have found to be there.
    fn of(&self, kind: ExternKind, index: usize) -> ExternType {
        let maximum = |flags: u8, max: u64| (flags & limits::HAS_MAX != 0).then_some(max);
        match kind {
            ExternKind::Func => {
                let ty = &self.meta.types[self.funcs[index] as usize];
                let types = |bytes: &[u8]| bytes.iter().filter_map(|b| ValType::from_byte(*b)).collect::<Vec<_>>();
                ExternType::Func(FuncType::new(types(&ty.params), types(&ty.results)))
            }
            ExternKind::Table => {
                let ty = &self.meta.tables[index];
                ExternType::Table(TableType::new(ty.elem, ty.min, maximum(ty.flags, ty.max)))
            }
            ExternKind::Memory => {
                let ty = &self.meta.memories[index];
                ExternType::Memory(MemoryType::new(ty.min, maximum(ty.flags, ty.max)))
            }
            ExternKind::Global => {
                let ty = &self.meta.globals[index];
                ExternType::Global(GlobalType::new(ty.ty, ty.mutability))
            }
        }
    }
}
