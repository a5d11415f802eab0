//! Modules put together instruction by instruction, for tests that must not depend on the compiler.

use hardtack_format::constexpr::{self, ConstOp};
use hardtack_format::encode::encode;
use hardtack_format::isa::{Row, STANDARD};
use hardtack_format::meta::*;
use hardtack_format::operand::Kind;
use hardtack_format::version::Groups;
use hardtack_format::write::{Function, Writer};
use hardtack_vm::Module;
use std::borrow::Cow;

/// The code of instructions: `asm!(row Kind Kind = value, value; …)`.
macro_rules! asm { ($( $row:ident $($kind:ident)* $(= $($value:expr),+)?; )*) => {{
    let mut code = Vec::new();
    $(
        $crate::asm::push(
            &mut code,
            hardtack_format::isa::Row::$row,
            &[$(hardtack_format::operand::Kind::$kind),*],
            &[$($(($value) as i64 as u64),+)?],
        );
    )*
    code
}} }
pub(crate) use asm;

pub fn push(code: &mut Vec<u8>, row: Row, kinds: &[Kind], values: &[u64]) {
    let opcode = STANDARD.find(row.index(), kinds).unwrap_or_else(|| panic!("{row:?} has no mode {kinds:?}"));
    encode(&STANDARD, opcode, values, &[], code).unwrap();
}

pub fn expr(ops: &[ConstOp]) -> Cow<'static, [u8]> {
    let mut out = vec![];
    constexpr::encode(ops, &mut out);
    out.into()
}

/// A module in the making.
#[derive(Default)]
pub struct Build {
    pub meta: Meta<'static>,
    pub funcs: Vec<Function<'static>>,
    pub data: Vec<u8>,
}

impl Build {
    pub fn ty(&mut self, params: &[ValType], results: &[ValType]) -> u16 {
        let bytes = |types: &[ValType]| types.iter().map(|ty| ty.byte()).collect::<Vec<u8>>().into();
        self.meta.types.push(FuncType { kind: TypeKind::Func, params: bytes(params), results: bytes(results) });
        self.meta.types.len() as u16 - 1
    }

    pub fn import(&mut self, module: &'static str, name: &'static str, kind: ExternKind, ty: u16) {
        self.meta.imports.push(Import { module: module.into(), name: name.into(), kind, ty: ty as u32 });
    }

    pub fn export(&mut self, name: &'static str, kind: ExternKind, index: u32) {
        self.meta.exports.push(Export { name: name.into(), kind, index });
    }

    /// Adds a function and exports it; its index is the imports' number and its place.
    pub fn func(&mut self, name: &'static str, ty: u16, frame: u16, ref_frame: u16, code: Vec<u8>) {
        let index = self.meta.imported(ExternKind::Func) + self.funcs.len() as u32;
        self.funcs.push(Function { ty, frame, ref_frame, code: code.into() });
        self.export(name, ExternKind::Func, index);
    }

    pub fn memory(&mut self, min: u64, max: u64) {
        self.meta.memories.push(Memory { flags: limits::HAS_MAX, page_log2: PAGE_LOG2, min, max });
    }

    pub fn table(&mut self, elem: ValType, min: u64, max: u64) {
        self.meta.tables.push(Table { elem, flags: limits::HAS_MAX, min, max });
    }

    pub fn global(&mut self, ty: ValType, mutability: Mutability, init: &[ConstOp]) {
        let init = if init.is_empty() { Cow::Borrowed(&[][..]) } else { expr(init) };
        self.meta.globals.push(Global { ty, mutability, init });
    }

    pub fn data(&mut self, offset: Option<u32>, bytes: &[u8]) {
        self.data.extend(bytes);
        let mode = if offset.is_some() { SegmentMode::Active } else { SegmentMode::Passive };
        let offset = offset.map_or(Cow::Borrowed(&[][..]), |at| expr(&[ConstOp::I32(at)]));
        self.meta.datas.push(Data { mode, memory: 0, offset, end: self.data.len() as u32 });
    }

    pub fn elem(&mut self, offset: Option<u32>, funcs: &[u32]) {
        let mode = if offset.is_some() { SegmentMode::Active } else { SegmentMode::Passive };
        self.meta.elems.push(Elem {
            ty: ValType::FuncRef,
            mode,
            table: 0,
            offset: offset.map_or(Cow::Borrowed(&[][..]), |at| expr(&[ConstOp::I32(at)])),
            items: ItemKind::Funcs,
            count: funcs.len() as u32,
            bytes: funcs.iter().flat_map(|f| f.to_le_bytes()).collect::<Vec<u8>>().into(),
        });
    }

    pub fn module(&self) -> Module {
        let writer =
            Writer { groups: Groups::STANDARD, meta: &self.meta, funcs: &self.funcs, data: &self.data, names: None };
        Module::load(writer.finish(&STANDARD).unwrap()).unwrap()
    }
}
