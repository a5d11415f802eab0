//! Files made by hand, instruction by instruction.

use hardtack_format::constexpr::{self, ConstOp};
use hardtack_format::encode::encode;
use hardtack_format::error::Error;
use hardtack_format::isa::{Isa, Opcode, Row, STANDARD};
use hardtack_format::meta::{
    Data, Elem, Export, ExternKind, FuncType, Global, Import, ItemKind, Memory, Meta, Mutability, PAGE_LOG2,
    SegmentMode, Table, TypeKind, ValType, limits,
};
use hardtack_format::module::{HEADER_LEN, Header, SECTION_LEN, Section};
use hardtack_format::operand::Kind;
use hardtack_format::version::Groups;
use hardtack_format::write::{Function, Writer};
use std::borrow::Cow;

/// Instructions one after the other.
#[derive(Clone, Debug, Default)]
pub struct Code(Vec<u8>);

impl Code {
    /// No instructions.
    pub fn new() -> Code {
        Code::default()
    }

    /// Appends an instruction, by row and kinds of its operands.
    pub fn put(&mut self, row: Row, kinds: &[Kind], values: &[u64]) -> &mut Code {
        let opcode = STANDARD.find(row.index(), kinds);
        self.put_opcode(opcode.unwrap_or_else(|| panic!("{row:?} has no mode {kinds:?}")), values, &[])
    }

    /// Appends an instruction, by number, with the entries of a branch table.
    pub fn put_opcode(&mut self, opcode: Opcode, values: &[u64], entries: &[u32]) -> &mut Code {
        encode(&STANDARD, opcode, values, entries, &mut self.0).expect("tests encode what can be encoded");
        self
    }

    /// Appends an instruction of another set than the standard one.
    pub fn put_in(&mut self, isa: &Isa, opcode: Opcode, values: &[u64]) -> &mut Code {
        encode(isa, opcode, values, &[], &mut self.0).expect("tests encode what can be encoded");
        self
    }

    /// Appends other instructions.
    pub fn append(&mut self, other: &Code) -> &mut Code {
        self.0.extend_from_slice(&other.0);
        self
    }

    /// Length in units of two bytes.
    pub fn units(&self) -> u64 {
        self.0.len() as u64 / 2
    }
}

/// Length of an instruction in units, without a branch table's entries.
pub fn units_of(opcode: Opcode) -> u64 {
    u64::from(STANDARD.get(opcode).expect("the opcode exists").units)
}

/// A constant expression of one operator.
fn expression(op: ConstOp) -> Cow<'static, [u8]> {
    let mut bytes = Vec::new();
    constexpr::encode(&[op], &mut bytes);
    Cow::Owned(bytes)
}

/// A module under construction.
#[derive(Clone, Debug, Default)]
pub struct Module {
    /// What it declares.
    pub meta: Meta<'static>,
    /// Bytes of its data segments.
    pub data: Vec<u8>,
    funcs: Vec<Function<'static>>,
}

impl Module {
    /// An empty module.
    pub fn new() -> Module {
        Module::default()
    }

    /// Adds a function type.
    pub fn ty(&mut self, params: &[ValType], results: &[ValType]) -> u16 {
        let bytes = |types: &[ValType]| Cow::Owned(types.iter().map(|ty| ty.byte()).collect());
        self.meta.types.push(FuncType { kind: TypeKind::Func, params: bytes(params), results: bytes(results) });
        self.meta.types.len() as u16 - 1
    }

    /// Adds an import of a function.
    pub fn import_func(&mut self, name: &'static str, ty: u16) {
        self.import(name, ExternKind::Func, u32::from(ty));
    }

    /// Adds an import of a mutable global.
    pub fn import_global(&mut self, name: &'static str, ty: ValType) {
        self.import(name, ExternKind::Global, 0);
        self.meta.globals.push(Global { ty, mutability: Mutability::Var, init: Cow::Borrowed(&[]) });
    }

    fn import(&mut self, name: &'static str, kind: ExternKind, ty: u32) {
        self.meta.imports.push(Import { module: "host".into(), name: name.into(), kind, ty });
    }

    /// Adds a mutable global whose first value is zero or null.
    pub fn global(&mut self, ty: ValType) {
        let zero = match ty {
            ValType::I32 => ConstOp::I32(0),
            ValType::I64 => ConstOp::I64(0),
            ValType::F32 => ConstOp::F32(0),
            ValType::F64 => ConstOp::F64(0),
            ValType::FuncRef | ValType::ExternRef => ConstOp::RefNull(ty),
        };
        self.meta.globals.push(Global { ty, mutability: Mutability::Var, init: expression(zero) });
    }

    /// Adds a memory of so many pages, which can't grow.
    pub fn memory(&mut self, pages: u64) {
        let flags = limits::HAS_MAX;
        self.meta.memories.push(Memory { flags, page_log2: PAGE_LOG2, min: pages, max: pages });
    }

    /// Adds a table of so many elements, which can't grow.
    pub fn table(&mut self, elem: ValType, len: u64) {
        self.meta.tables.push(Table { elem, flags: limits::HAS_MAX, min: len, max: len });
    }

    /// Adds an element segment of functions: active at the start of table 0, or passive.
    pub fn elems(&mut self, mode: SegmentMode, funcs: &[u32]) {
        let active = mode == SegmentMode::Active;
        self.meta.elems.push(Elem {
            ty: ValType::FuncRef,
            mode,
            table: 0,
            offset: if active { expression(ConstOp::I32(0)) } else { Cow::Borrowed(&[]) },
            items: ItemKind::Funcs,
            count: funcs.len() as u32,
            bytes: Cow::Owned(funcs.iter().flat_map(|f| f.to_le_bytes()).collect()),
        });
    }

    /// Adds a passive data segment.
    pub fn data(&mut self, bytes: &[u8]) {
        self.data.extend_from_slice(bytes);
        let end = self.data.len() as u32;
        self.meta.datas.push(Data { mode: SegmentMode::Passive, memory: 0, offset: Cow::Borrowed(&[]), end });
    }

    /// Adds a function; its number among all functions.
    pub fn func(&mut self, ty: u16, frame: u16, ref_frame: u16, code: Code) -> u32 {
        self.funcs.push(Function { ty, frame, ref_frame, code: Cow::Owned(code.0) });
        self.meta.imported(ExternKind::Func) + self.funcs.len() as u32 - 1
    }

    /// Exports something.
    pub fn export(&mut self, name: impl Into<String>, kind: ExternKind, index: u32) {
        self.meta.exports.push(Export { name: Cow::Owned(name.into()), kind, index });
    }

    /// The file.
    pub fn finish(&self) -> Result<Vec<u8>, Error> {
        self.finish_for(&STANDARD)
    }

    /// The file, for an instruction set.
    pub fn finish_for(&self, isa: &Isa) -> Result<Vec<u8>, Error> {
        let Module { meta, data, funcs } = self;
        Writer { groups: Groups::STANDARD, meta, funcs, data, names: None }.finish(isa)
    }
}

/// Makes the build id of a damaged file right again, so that it is refused for its damage, not for its hash. Where header or section
/// table don't say what it covers, the file stays as it is.
pub fn reseal(bytes: &mut [u8]) {
    let Some(head) = bytes.first_chunk::<HEADER_LEN>() else { return };
    let mut header = Header::read(head);
    let (entries, _) = bytes[HEADER_LEN..].as_chunks::<SECTION_LEN>();
    let Some(entries) = entries.get(..header.sections as usize) else { return };
    let mut hasher = blake3::Hasher::new();
    hasher.update(&header.version.major.to_le_bytes());
    hasher.update(&header.version.minor.to_le_bytes());
    hasher.update(&header.groups.0.to_le_bytes());
    hasher.update(&header.isa.to_le_bytes());
    for section in entries.iter().map(Section::read).filter(Section::is_required) {
        let start = section.offset as usize;
        let Some(contents) = bytes.get(start..start.saturating_add(section.len as usize)) else { return };
        hasher.update(&section.id.0.to_le_bytes());
        hasher.update(&section.flags.to_le_bytes());
        hasher.update(&section.len.to_le_bytes());
        hasher.update(contents);
    }
    header.build_id.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    bytes[..HEADER_LEN].copy_from_slice(&header.bytes());
}
