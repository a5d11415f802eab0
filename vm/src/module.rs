//! Loaded modules: bytes that are verified, and what they declare.

use crate::error::Error;
#[cfg(not(feature = "compact"))]
use crate::exec::handlers::{self, Handler};
use crate::forms::{Form, GROUPS};
use crate::isa::Installed;
#[cfg(feature = "std")]
use crate::suggest::did_you_mean;
use crate::sync::Arc;
use crate::types::{ExportType, ExternType, FuncType, GlobalType, ImportType, MemoryType, TableType, ValType};
use crate::verify::{self, Verified};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use hardtack_format::check;
use hardtack_format::constexpr;
use hardtack_format::error::Error as FormatError;
use hardtack_format::isa::Opcode;
pub(crate) use hardtack_format::meta::{ExternKind, ItemKind};
use hardtack_format::meta::{Meta, SegmentMode, limits};
use hardtack_format::module::{ALIGN, FuncRecord, Header, ShownId};
use hardtack_format::read::{File, Reader};

/// Most exports to compare with a name that isn't there: there may be any number.
#[cfg(feature = "std")]
const MOST_COMPARED: usize = 1000;

/// Why a module can't be loaded: the file is malformed, or this VM can't run it. `Display` says where and what was expected.
///
/// ```
/// let error = hardtack_vm::Module::load(b"GIF89a").unwrap_err();
/// println!("{error}, at byte {:?}", error.offset());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct LoadError(#[from] FormatError);

impl LoadError {
    /// What the format has to say.
    pub fn format_error(&self) -> &FormatError {
        &self.0
    }

    /// The byte offset in the file, if the fault is at one place.
    pub fn offset(&self) -> Option<usize> {
        match &self.0 {
            FormatError::Malformed(malformed) => Some(malformed.offset),
            _ => None,
        }
    }
}

/// The bytes of a file: shared, part of the program, or lent by an owner.
///
/// ```
/// use hardtack_vm::{Module, ModuleBytes};
/// use std::sync::Arc;
///
/// let tack = hardtack_compiler::compile(b"(module)", &Default::default())?;
/// let shared: Arc<[u8]> = tack.into();
/// // Both modules run from the same bytes.
/// let modules = [Module::load(shared.clone())?, Module::load(ModuleBytes::from(shared))?];
/// assert_eq!(modules[0].bytes().as_ptr(), modules[1].bytes().as_ptr());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ModuleBytes(Bytes);

#[derive(Clone, Debug)]
enum Bytes {
    Static(&'static [u8]),
    Shared(Arc<[u8]>),
    Lent(Lent),
}

/// Bytes that live in something of the host's.
#[derive(Clone)]
struct Lent {
    /// In truth they live as long as their owner.
    bytes: &'static [u8],
    _owner: Arc<dyn core::any::Any + Send + Sync>,
}

impl core::fmt::Debug for Lent {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Debug::fmt(self.bytes, f)
    }
}

impl From<&'static [u8]> for ModuleBytes {
    fn from(bytes: &'static [u8]) -> ModuleBytes {
        ModuleBytes(Bytes::Static(bytes))
    }
}

impl<const N: usize> From<&'static [u8; N]> for ModuleBytes {
    fn from(bytes: &'static [u8; N]) -> ModuleBytes {
        ModuleBytes(Bytes::Static(bytes))
    }
}

impl From<Arc<[u8]>> for ModuleBytes {
    fn from(bytes: Arc<[u8]>) -> ModuleBytes {
        ModuleBytes(Bytes::Shared(bytes))
    }
}

/// Without a copy, as long as they lie at a multiple of 4, as allocators give them.
impl From<Vec<u8>> for ModuleBytes {
    fn from(bytes: Vec<u8>) -> ModuleBytes {
        ModuleBytes::from_owner(bytes)
    }
}

impl AsRef<[u8]> for ModuleBytes {
    fn as_ref(&self) -> &[u8] {
        match &self.0 {
            Bytes::Static(bytes) => bytes,
            Bytes::Shared(bytes) => bytes,
            Bytes::Lent(lent) => lent.bytes,
        }
    }
}

impl ModuleBytes {
    /// Bytes that belong to something of the host's, such as a buffer of another language. It is asked for them once, and dropped
    /// when the last module, instance and trap that refers to them is gone.
    ///
    /// ```
    /// # use hardtack_vm::{Module, ModuleBytes};
    /// struct Buffer(Box<[u8]>);
    /// impl AsRef<[u8]> for Buffer {
    ///     fn as_ref(&self) -> &[u8] { &self.0 }
    /// }
    /// let error = Module::load(ModuleBytes::from_owner(Buffer([0; 16].into()))).unwrap_err();
    /// println!("{error}");
    /// ```
    pub fn from_owner<O: AsRef<[u8]> + Send + Sync + 'static>(owner: O) -> ModuleBytes {
        let owner = Arc::new(owner);
        let bytes = core::ptr::from_ref::<[u8]>((*owner).as_ref());
        // SAFETY: the bytes are borrowed from `owner`, which `Lent` keeps where it is and nobody else has: nothing can borrow it to
        // change it. `Lent` hands the slice out for no longer than it lives itself (`as_ref` shortens the lifetime).
        let bytes: &'static [u8] = unsafe { &*bytes };
        ModuleBytes(Bytes::Lent(Lent { bytes, _owner: owner }))
    }

    /// The same bytes where they can be executed in place. Shared bytes follow two counters, so they are aligned.
    fn aligned(self) -> ModuleBytes {
        const { assert!(align_of::<usize>() >= ALIGN || size_of::<usize>() < 4) };
        match self.0 {
            Bytes::Static(bytes) | Bytes::Lent(Lent { bytes, .. }) if !bytes.as_ptr().addr().is_multiple_of(ALIGN) => {
                ModuleBytes(Bytes::Shared(bytes.into()))
            }
            _ => self,
        }
    }
}

/// A part of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    start: usize,
    len: usize,
}

impl Span {
    /// Where `part` lies in `file`, which it must be a part of.
    fn of(file: &[u8], part: &[u8]) -> Span {
        let start = part.as_ptr().addr().wrapping_sub(file.as_ptr().addr());
        // An empty part may be anywhere.
        let start = if part.is_empty() { 0 } else { start };
        assert!(start <= file.len() && part.len() <= file.len() - start, "decoding borrows from the file");
        Span { start, len: part.len() }
    }
}

/// What an import must be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ImportKind {
    /// A function of this type number.
    Func(u32),
    Table(TableType),
    Memory(MemoryType),
    Global(GlobalType),
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Import {
    module: Span,
    name: Span,
    pub kind: ImportKind,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Global {
    pub ty: GlobalType,
    /// Its first value; empty for imported globals.
    pub init: Span,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Export {
    name: Span,
    pub kind: ExternKind,
    pub index: u32,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Mode {
    Passive,
    /// Copied at instantiation into the table or memory of this index, at the value of this expression.
    Active {
        index: u32,
        offset: Span,
    },
    Declared,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Elem {
    pub ty: ValType,
    pub mode: Mode,
    pub items: ItemKind,
    pub count: u32,
    /// Function numbers of 4 bytes each, or constant expressions one after the other.
    pub bytes: Span,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Data {
    pub mode: Mode,
    pub bytes: Span,
}

/// What a module declares, with names and contents as parts of the file.
#[derive(Debug)]
struct Declarations {
    types: Vec<FuncType>,
    imports: Vec<Import>,
    tables: Vec<TableType>,
    memories: Vec<MemoryType>,
    globals: Vec<Global>,
    exports: Vec<Export>,
    elems: Vec<Elem>,
    datas: Vec<Data>,
    start: Option<u32>,
    /// Type numbers of the imported functions; those of others stand in FUNCS.
    imported_func_types: Vec<u32>,
    imported_tables: u32,
    imported_memories: u32,
    imported_globals: u32,
    code: Span,
    funcs: Span,
    build_id: [u8; 16],
}

/// A verified module. Cheap to clone, and shared by all its instances.
///
/// ```
/// use hardtack_vm::Module;
///
/// let wat = br#"(module (import "host" "log" (func (param i32 i32))) (func (export "run") (result i64) (i64.const 1)))"#;
/// let module = Module::load(hardtack_compiler::compile(wat, &Default::default())?)?;
/// let needs: Vec<String> = module.imports().map(|i| format!("{}.{}: {}", i.module(), i.name(), i.ty())).collect();
/// assert_eq!(needs, ["host.log: func (i32, i32)"]);
/// let offers: Vec<String> = module.exports().map(|e| format!("{}: {}", e.name(), e.ty())).collect();
/// assert_eq!(offers, ["run: func () -> (i64)"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Module(Arc<Inner>);

struct Inner {
    bytes: ModuleBytes,
    declared: Declarations,
    /// Holding it is the permission to execute the code unchecked.
    _verified: Verified,
    // The small dispatcher's modules have none.
    #[cfg_attr(feature = "compact", allow(dead_code))]
    set: Set,
    #[cfg(feature = "std")]
    names: std::sync::OnceLock<Vec<(u32, Span)>>,
}

/// The instruction set that a module is verified against: that of an application, or the standard one.
pub(crate) type Set = Option<Installed>;

/// What is known of the instructions with an opcode.
#[inline(always)]
pub(crate) fn form_in(set: &Set, opcode: Opcode) -> &'static Form {
    if !cfg!(feature = "compact")
        && let Some(installed) = set
        && let Some(form) = installed.set.form(opcode)
    {
        return form;
    }
    Form::of(opcode)
}

/// The length of the instructions with an opcode, in units: what [`form_in`] says of it, which takes one more step to look up.
#[inline(always)]
pub(crate) fn units_in(set: &Set, opcode: Opcode) -> u8 {
    match set {
        None => Form::units_of(opcode),
        Some(_) => form_in(set, opcode).units,
    }
}

/// What this VM can read.
pub(crate) const READER: Reader = Reader { groups: GROUPS, isa: 0, integrity: true };

impl Module {
    /// Loads a file: any bytes give a module or an error.
    ///
    /// The bytes are executed in place; only those that don't lie at a multiple of 4 are copied. With the feature `integrity` the
    /// build id is checked; safety doesn't rest on it.
    ///
    /// ```
    /// assert!(hardtack_vm::Module::load(b"not a module").is_err());
    /// ```
    ///
    /// A file that was compiled for an instruction set of an application's is loaded by [`Engine::load`](crate::Engine::load).
    pub fn load(bytes: impl Into<ModuleBytes>) -> Result<Module, LoadError> {
        Module::load_for(bytes.into(), None, READER)
    }

    /// Loads a file for one of these instruction sets, or the standard one.
    pub(crate) fn load_among(bytes: ModuleBytes, sets: &[Installed]) -> Result<Module, LoadError> {
        let named = bytes.as_ref().first_chunk().map_or(0, |head| Header::read(head).isa);
        let set = sets.iter().find(|installed| installed.set.identity() == named);
        let isa = set.map_or(0, |_| named);
        Module::load_for(bytes, set.cloned(), Reader { isa, ..READER })
    }

    fn load_for(bytes: ModuleBytes, set: Set, reader: Reader) -> Result<Module, LoadError> {
        let bytes = bytes.aligned();
        let file = File::parse(bytes.as_ref(), &reader)?;
        let meta = file.decode_meta()?;
        let checked = check::check(&file, &meta)?;
        let verified = verify::verify(&file, &meta, &checked, &set)?;
        let declared = Declarations::new(&file, &meta, checked);
        Ok(Module::assemble(bytes, declared, verified, set))
    }

    /// Loads a copy of a file.
    pub fn from_slice(bytes: &[u8]) -> Result<Module, LoadError> {
        Module::load(Arc::<[u8]>::from(bytes))
    }

    /// Loads a file without verifying its code and without checking its build id, for devices that have authenticated it by other
    /// means. Header and declarations are still checked.
    ///
    /// # Safety
    /// [`Module::load`] must accept these bytes.
    pub unsafe fn load_preverified(bytes: impl Into<ModuleBytes>) -> Result<Module, LoadError> {
        let bytes = bytes.into().aligned();
        let file = File::parse(bytes.as_ref(), &Reader { integrity: false, ..READER })?;
        let meta = file.decode_meta()?;
        let checked = check::check(&file, &meta)?;
        let declared = Declarations::new(&file, &meta, checked);
        // SAFETY: the caller's promise is that `load` accepts the bytes, and so that the verifier does.
        let verified = unsafe { Verified::trust() };
        Ok(Module::assemble(bytes, declared, verified, None))
    }

    fn assemble(bytes: ModuleBytes, declared: Declarations, verified: Verified, set: Set) -> Module {
        Module(Arc::new(Inner {
            bytes,
            declared,
            _verified: verified,
            set,
            #[cfg(feature = "std")]
            names: std::sync::OnceLock::new(),
        }))
    }

    /// The file.
    pub fn bytes(&self) -> &[u8] {
        self.0.bytes.as_ref()
    }

    /// The hash that identifies what the file does: equal for files that differ only in debug information and signature.
    pub fn build_id(&self) -> [u8; 16] {
        self.0.declared.build_id
    }

    /// What the module needs.
    pub fn imports(&self) -> impl ExactSizeIterator<Item = ImportType<'_>> {
        self.0.declared.imports.iter().map(|import| ImportType {
            module: self.text(import.module),
            name: self.text(import.name),
            ty: self.import_type(import),
        })
    }

    /// What the module offers.
    pub fn exports(&self) -> impl ExactSizeIterator<Item = ExportType<'_>> {
        self.0
            .declared
            .exports
            .iter()
            .map(|export| ExportType { name: self.text(export.name), ty: self.extern_type(export.kind, export.index) })
    }

    /// The error for a name that isn't exported, or not as a `"function"`, `"table"`, `"memory"` or `"global"`: with the feature `std` it
    /// says what is there instead.
    ///
    /// ```
    /// use hardtack_vm::{Engine, Instance, Module, Store};
    ///
    /// let wat = br#"(module (memory (export "memory") 1) (func (export "run")))"#;
    /// let module = Module::load(hardtack_compiler::compile(wat, &Default::default())?)?;
    /// let mut store = Store::new(&Engine::default(), ());
    /// let plugin = Instance::new(&mut store, &module, &[])?;
    /// let memory = plugin.get_memory(&store, "memroy").ok_or_else(|| module.no_export("memroy", "memory"));
    /// # #[cfg(feature = "std")]
    /// assert_eq!(memory.unwrap_err().to_string(), "there is no exported memory named `memroy`; did you mean `memory`?");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn no_export(&self, name: &str, kind: &'static str) -> Error {
        Error::NoExport { name: name.into(), kind, hint: self.hint(name, kind) }
    }

    #[cfg(feature = "std")]
    fn hint(&self, name: &str, kind: &str) -> String {
        if let Some(export) = self.export(name) {
            return alloc::format!(": it is {}", self.extern_type(export.kind, export.index));
        }
        let exports = self.exports().filter(|export| export.ty().kind() == kind).take(MOST_COMPARED);
        did_you_mean(name, exports.map(|export| export.name))
    }

    #[cfg(not(feature = "std"))]
    fn hint(&self, _: &str, _: &str) -> String {
        String::new()
    }

    /// The name of a function in the file's debug information, by its index, imported functions first.
    pub fn func_name(&self, index: u32) -> Option<&str> {
        #[cfg(feature = "std")]
        let names = self.0.names.get_or_init(|| self.decode_names());
        #[cfg(not(feature = "std"))]
        let names = self.decode_names();
        let at = names.binary_search_by_key(&index, |(index, _)| *index).ok()?;
        Some(self.text(names[at].1))
    }

    /// Names from the DEBUG section; none if it is missing or malformed, since nothing depends on it.
    fn decode_names(&self) -> Vec<(u32, Span)> {
        let reader = Reader { integrity: false, ..READER }.with_isa_of(self.bytes());
        let names = File::parse(self.bytes(), &reader).ok().and_then(|file| file.decode_names()?.ok());
        let span = |name: &str| Span::of(self.bytes(), name.as_bytes());
        names.map(|names| names.funcs.iter().map(|f| (f.index, span(&f.name))).collect()).unwrap_or_default()
    }
}

/// What the driver needs.
impl Module {
    /// The handler of opcode 0 in its instruction set.
    #[cfg(not(feature = "compact"))]
    pub(crate) fn handlers(&self) -> *const Handler {
        match &self.0.set {
            Some(installed) => installed.handlers(),
            None => handlers::standard().as_ptr(),
        }
    }

    /// The form of the instructions with an opcode.
    #[cfg(feature = "stats")]
    pub(crate) fn form(&self, opcode: Opcode) -> &'static Form {
        form_in(&self.0.set, opcode)
    }

    /// The bytes of a part of the file.
    pub(crate) fn part(&self, span: Span) -> &[u8] {
        &self.bytes()[span.start..span.start + span.len]
    }

    fn text(&self, span: Span) -> &str {
        // Decoding has checked that names are UTF-8.
        core::str::from_utf8(self.part(span)).unwrap_or_default()
    }

    /// The constant expressions in a part of the file.
    pub(crate) fn expressions(&self, span: Span) -> constexpr::Reader<'_> {
        constexpr::Reader::new(self.part(span))
    }

    /// The CODE section.
    pub fn code(&self) -> &[u8] {
        self.part(self.0.declared.code)
    }

    /// The FUNCS section: the prologue, then a record for each function that the module defines.
    pub(crate) fn funcs(&self) -> &[u8] {
        self.part(self.0.declared.funcs)
    }

    /// Number of functions that the module defines.
    pub(crate) fn func_count(&self) -> u32 {
        (self.funcs().len() / FuncRecord::LEN) as u32 - 1
    }

    /// The function that the module defines in which a byte of CODE lies.
    pub(crate) fn func_at(&self, offset: u32) -> Option<u32> {
        let unit = offset / 2;
        let records = self.records();
        // The prologue's end is where function 0 begins, so the records whose code ends at or before the unit count.
        let ended = records.partition_point(|r| FuncRecord::read(r).end <= unit);
        if ended == 0 || ended == records.len() { None } else { Some(ended as u32 - 1) }
    }

    /// Function types by number.
    pub(crate) fn types(&self) -> &[FuncType] {
        &self.0.declared.types
    }

    /// Type number of a function; imported ones come first.
    pub(crate) fn func_type(&self, func: u32) -> u32 {
        let imported = &self.0.declared.imported_func_types;
        match (func as usize).checked_sub(imported.len()) {
            None => imported[func as usize],
            // Record 0 is the prologue.
            Some(own) => FuncRecord::read(&self.records()[own + 1]).ty.into(),
        }
    }

    fn records(&self) -> &[[u8; FuncRecord::LEN]] {
        self.funcs().as_chunks().0
    }

    /// Type numbers of the functions that the module defines.
    pub(crate) fn own_func_types(&self) -> impl ExactSizeIterator<Item = u16> {
        self.records()[1..].iter().map(|record| FuncRecord::read(record).ty)
    }

    pub(crate) fn import_list(&self) -> &[Import] {
        &self.0.declared.imports
    }

    /// The two parts of an import's name.
    pub(crate) fn import_name(&self, import: &Import) -> (&str, &str) {
        (self.text(import.module), self.text(import.name))
    }

    /// What an import must be.
    pub(crate) fn import_type(&self, import: &Import) -> ExternType {
        match import.kind {
            ImportKind::Func(ty) => ExternType::Func(self.types()[ty as usize].clone()),
            ImportKind::Table(ty) => ExternType::Table(ty),
            ImportKind::Memory(ty) => ExternType::Memory(ty),
            ImportKind::Global(ty) => ExternType::Global(ty),
        }
    }

    /// All tables, imported ones first.
    pub(crate) fn tables(&self) -> &[TableType] {
        &self.0.declared.tables
    }

    /// All memories, imported ones first.
    pub(crate) fn memories(&self) -> &[MemoryType] {
        &self.0.declared.memories
    }

    /// All globals, imported ones first.
    pub(crate) fn globals(&self) -> &[Global] {
        &self.0.declared.globals
    }

    pub(crate) fn elems(&self) -> &[Elem] {
        &self.0.declared.elems
    }

    pub(crate) fn datas(&self) -> &[Data] {
        &self.0.declared.datas
    }

    /// The function that runs at instantiation.
    pub(crate) fn start(&self) -> Option<u32> {
        self.0.declared.start
    }

    pub(crate) fn imported_funcs(&self) -> u32 {
        self.0.declared.imported_func_types.len() as u32
    }

    pub(crate) fn imported_tables(&self) -> u32 {
        self.0.declared.imported_tables
    }

    pub(crate) fn imported_memories(&self) -> u32 {
        self.0.declared.imported_memories
    }

    pub(crate) fn imported_globals(&self) -> u32 {
        self.0.declared.imported_globals
    }

    pub(crate) fn export_list(&self) -> &[Export] {
        &self.0.declared.exports
    }

    pub(crate) fn export_name(&self, export: &Export) -> &str {
        self.text(export.name)
    }

    /// The export with a name.
    pub(crate) fn export(&self, name: &str) -> Option<&Export> {
        self.0.declared.exports.iter().find(|export| self.part(export.name) == name.as_bytes())
    }

    fn extern_type(&self, kind: ExternKind, index: u32) -> ExternType {
        let (declared, func, index) = (&self.0.declared, index, index as usize);
        match kind {
            ExternKind::Func => ExternType::Func(declared.types[self.func_type(func) as usize].clone()),
            ExternKind::Table => ExternType::Table(declared.tables[index]),
            ExternKind::Memory => ExternType::Memory(declared.memories[index]),
            ExternKind::Global => ExternType::Global(declared.globals[index].ty),
        }
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Module")
            .field("build_id", &format_args!("{}", ShownId(self.build_id())))
            .field("functions", &self.func_count())
            .finish_non_exhaustive()
    }
}

impl Declarations {
    /// Takes over what a checked file declares.
    fn new(file: &File<'_>, meta: &Meta<'_>, checked: check::Checked) -> Declarations {
        let span = |part: &[u8]| Span::of(file.bytes, part);
        let maximum = |flags: u8, max: u64| (flags & limits::HAS_MAX != 0).then_some(max);
        let tables: Vec<TableType> =
            meta.tables.iter().map(|t| TableType::new(t.elem, t.min, maximum(t.flags, t.max))).collect();
        let memories: Vec<MemoryType> =
            meta.memories.iter().map(|m| MemoryType::new(m.min, maximum(m.flags, m.max))).collect();
        let globals: Vec<Global> = meta
            .globals
            .iter()
            .map(|g| Global { ty: GlobalType::new(g.ty, g.mutability), init: span(&g.init) })
            .collect();
        let mode = |mode, index, offset: &[u8]| match mode {
            SegmentMode::Passive => Mode::Passive,
            SegmentMode::Active => Mode::Active { index, offset: span(offset) },
            SegmentMode::Declared => Mode::Declared,
        };
        // The imports of a kind stand first in its index space.
        let (mut next_table, mut next_memory, mut next_global) = (tables.iter(), memories.iter(), globals.iter());
        let imports = meta.imports.iter().filter_map(|import| {
            let kind = match import.kind {
                ExternKind::Func => ImportKind::Func(import.ty),
                ExternKind::Table => ImportKind::Table(*next_table.next()?),
                ExternKind::Memory => ImportKind::Memory(*next_memory.next()?),
                ExternKind::Global => ImportKind::Global(next_global.next()?.ty),
            };
            Some(Import { module: span(import.module.as_bytes()), name: span(import.name.as_bytes()), kind })
        });
        let mut data_start = 0;
        let datas = meta.datas.iter().map(|d| {
            let bytes = span(&file.data[data_start..d.end as usize]);
            data_start = d.end as usize;
            Data { mode: mode(d.mode, d.memory, &d.offset), bytes }
        });
        let elems = meta.elems.iter().map(|e| Elem {
            ty: e.ty,
            mode: mode(e.mode, e.table, &e.offset),
            items: e.items,
            count: e.count,
            bytes: span(&e.bytes),
        });
        Declarations {
            types: meta.types.iter().map(|ty| FuncType::from_bytes(&ty.params, &ty.results)).collect(),
            imports: imports.collect(),
            exports: meta
                .exports
                .iter()
                .map(|e| Export { name: span(e.name.as_bytes()), kind: e.kind, index: e.index })
                .collect(),
            elems: elems.collect(),
            datas: datas.collect(),
            start: meta.start,
            imported_func_types: checked.func_types[..meta.imported(ExternKind::Func) as usize].to_vec(),
            imported_tables: meta.imported(ExternKind::Table),
            imported_memories: meta.imported(ExternKind::Memory),
            imported_globals: meta.imported(ExternKind::Global),
            tables,
            memories,
            globals,
            code: span(file.code),
            funcs: Span { start: file.funcs_offset, len: (file.funcs.len() as usize + 1) * FuncRecord::LEN },
            build_id: file.header.build_id,
        }
    }
}
