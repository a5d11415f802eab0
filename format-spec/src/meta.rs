//! The META section: what a module declares, apart from its code.
//!
//! META is a list of entries, each an id (2 bytes), flags (2), a length (4) and a payload. A payload is a value of one of the
//! types below in bincode's layout with fixed-width little-endian integers, which SPEC.md writes down: integers as they
//! are, strings and byte strings as a length of 8 bytes and the bytes, lists as a count of 8 bytes and the elements,
//! structs as their fields in order. Payloads never change; a new fact gets a new id.
//!
//! This is the only file that names bincode. It writes payloads; they are read by [`Payload`], field after field, since what a
//! file holds may be hostile: an entry's length is capped, lists grow as they are read, types aren't recursive, kinds are
//! explicit bytes. The layout gives each value one encoding, so a payload that is read to its last byte is canonical. Reading
//! is also what a small device has: a dozen kilobytes less than by serde.

use crate::detail;
use crate::error::{Detail, Error};
use crate::rules::Rule;
use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::fmt;
use serde::Serialize;

/// Longest payload.
pub const MAX_PAYLOAD: usize = 1 << 28;

/// Most types: their numbers have 16 bits in instructions and records.
pub const MAX_TYPES: usize = 1 << 16;

/// Binary logarithm of the size of a memory page in bytes.
pub const PAGE_LOG2: u8 = 16;

/// Flags of tables and memories.
pub mod limits {
    /// `max` counts.
    pub const HAS_MAX: u8 = 1;
    /// Reserved for shared memories.
    pub const SHARED: u8 = 2;
    /// Reserved for indexes of 64 bits.
    pub const INDEX_64: u8 = 4;
}

macro_rules! byte_enums { ($( $(#[$doc:meta])* $name:ident { $( $(#[$vdoc:meta])* $variant:ident = $byte:literal, $text:literal; )* } )*) => { $(
    $(#[$doc])*
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
    #[serde(into = "u8")]
    #[repr(u8)]
    pub enum $name { $( $(#[$vdoc])* $variant = $byte ),* }

    impl $name {
        /// Every one.
        pub const ALL: &'static [$name] = &[ $( $name::$variant ),* ];

        /// The one with this byte.
        pub const fn from_byte(byte: u8) -> Option<$name> {
            match byte { $( $byte => Some($name::$variant), )* _ => None }
        }

        /// Its byte.
        pub const fn byte(self) -> u8 { self as u8 }
    }

    impl From<$name> for u8 {
        fn from(v: $name) -> u8 { v as u8 }
    }

    impl Payload<'_> for $name {
        fn read(bytes: &mut Bytes<'_>) -> Result<$name, Detail> {
            let byte = u8::read(bytes)?;
            $name::from_byte(byte).ok_or_else(|| detail!("{byte:#04x} is not a known {}", stringify!($name)))
        }
    }

    impl fmt::Display for $name {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(match self { $( $name::$variant => $text ),* })
        }
    }
)* } }

/// What is left of a payload.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], Detail> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or_else(|| detail!("the payload ends too early"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn chunk<const N: usize>(&mut self) -> Result<[u8; N], Detail> {
        let mut chunk = [0; N];
        chunk.copy_from_slice(self.take(N)?);
        Ok(chunk)
    }

    /// A byte string: its length in 8 bytes, then the bytes.
    fn string(&mut self) -> Result<&'a [u8], Detail> {
        let len = usize::try_from(u64::read(self)?);
        self.take(len.map_err(|_| detail!("a length exceeds the limit"))?)
    }
}

/// What a payload is made of.
trait Payload<'a>: Sized {
    /// Reads a value from the front.
    fn read(bytes: &mut Bytes<'a>) -> Result<Self, Detail>;
}

macro_rules! integers { ($($name:ident)*) => { $(
    impl Payload<'_> for $name {
        fn read(bytes: &mut Bytes<'_>) -> Result<$name, Detail> {
            Ok($name::from_le_bytes(bytes.chunk()?))
        }
    }
)* } }
integers! { u8 u32 u64 }

impl<'a> Payload<'a> for Cow<'a, [u8]> {
    fn read(bytes: &mut Bytes<'a>) -> Result<Self, Detail> {
        bytes.string().map(Cow::Borrowed)
    }
}

impl<'a> Payload<'a> for Cow<'a, str> {
    fn read(bytes: &mut Bytes<'a>) -> Result<Self, Detail> {
        let text = core::str::from_utf8(bytes.string()?);
        text.map(Cow::Borrowed).map_err(|_| detail!("a string is not UTF-8"))
    }
}

impl<'a, T: Payload<'a>> Payload<'a> for Vec<T> {
    fn read(bytes: &mut Bytes<'a>) -> Result<Self, Detail> {
        // What the count promises is not reserved: records have bytes, so the list ends with the payload.
        let mut list = Vec::new();
        for _ in 0..u64::read(bytes)? {
            list.push(T::read(bytes)?);
        }
        Ok(list)
    }
}

/// Records: structs that are written and read field by field, in this order.
macro_rules! records { ($a:lifetime $(
    $(#[$doc:meta])* pub struct $name:ident $(<$l:lifetime>)? { $( $(#[$field_doc:meta])* pub $field:ident: $ty:ty, )* }
)*) => { $(
    $(#[$doc])*
    pub struct $name $(<$l>)? { $( $(#[$field_doc])* pub $field: $ty, )* }

    impl<$a> Payload<$a> for $name $(<$l>)? {
        fn read(bytes: &mut Bytes<$a>) -> Result<Self, Detail> {
            Ok($name { $( $field: Payload::read(bytes)? ),* })
        }
    }
)* } }

byte_enums! {
    /// The type of a value, by the byte that WebAssembly gives it.
    ///
    /// ```
    /// use hardtack_format::meta::ValType;
    ///
    /// assert_eq!(ValType::F64.to_string(), "f64");
    /// assert!(ValType::ExternRef.is_ref() && !ValType::I32.is_ref());
    /// ```
    ValType {
        /// 32-bit integer.
        I32 = 0x7f, "i32";
        /// 64-bit integer.
        I64 = 0x7e, "i64";
        /// 32-bit float.
        F32 = 0x7d, "f32";
        /// 64-bit float.
        F64 = 0x7c, "f64";
        /// Reference to a function, or null.
        FuncRef = 0x70, "funcref";
        /// Reference to a value of the host's, or null.
        ExternRef = 0x6f, "externref";
    }
    /// What a type is the type of.
    TypeKind {
        /// Functions.
        Func = 0x60, "func";
    }
    /// What is imported or exported.
    ExternKind {
        /// A function.
        Func = 0, "func";
        /// A table.
        Table = 1, "table";
        /// A memory.
        Memory = 2, "memory";
        /// A global.
        Global = 3, "global";
    }
    /// What becomes of a segment.
    SegmentMode {
        /// It waits for `memory_init` or `table_init`.
        Passive = 0, "passive";
        /// It is copied when the module is instantiated.
        Active = 1, "active";
        /// It only declares that its functions are referenced.
        Declared = 2, "declared";
    }
    /// How the items of an element segment are given.
    ItemKind {
        /// As function numbers of 4 bytes each.
        Funcs = 0, "funcs";
        /// As constant expressions, one after the other.
        Exprs = 1, "exprs";
    }
    /// Whether a global may be written.
    ///
    /// ```
    /// use hardtack_format::meta::Mutability;
    ///
    /// assert_eq!(Mutability::Var.to_string(), "var");
    /// ```
    Mutability {
        /// It may not.
        Const = 0, "const";
        /// It may.
        Var = 1, "var";
    }
}

impl ValType {
    /// Whether it is a reference.
    pub const fn is_ref(self) -> bool {
        matches!(self, ValType::FuncRef | ValType::ExternRef)
    }
}

records! { 'a
    /// A function type. Parameters and results are bytes of [`ValType`].
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    pub struct FuncType<'a> {
        /// What it is the type of.
        pub kind: TypeKind,
        /// Types of the parameters.
        #[serde(serialize_with = "byte_string")]
        pub params: Cow<'a, [u8]>,
        /// Types of the results.
        #[serde(serialize_with = "byte_string")]
        pub results: Cow<'a, [u8]>,
    }

    /// An import. Imports stand first in the index space of their kind, in the order of this list.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    pub struct Import<'a> {
        /// The module asked for.
        pub module: Cow<'a, str>,
        /// The name in it.
        pub name: Cow<'a, str>,
        /// What it must be.
        pub kind: ExternKind,
        /// The type of a function; 0 for other kinds, whose types stand in their index spaces.
        pub ty: u32,
    }

    /// A table.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
    pub struct Table {
        /// Type of its elements.
        pub elem: ValType,
        /// Of [`limits`].
        pub flags: u8,
        /// Number of elements at first.
        pub min: u64,
        /// Largest number of elements, 0 if there is none.
        pub max: u64,
    }

    /// A memory.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
    pub struct Memory {
        /// Of [`limits`].
        pub flags: u8,
        /// Binary logarithm of the page size: [`PAGE_LOG2`].
        pub page_log2: u8,
        /// Number of pages at first.
        pub min: u64,
        /// Largest number of pages, 0 if there is none.
        pub max: u64,
    }

    /// A global.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    pub struct Global<'a> {
        /// Type of its value.
        pub ty: ValType,
        /// Whether it may be written.
        pub mutability: Mutability,
        /// Its first value, a constant expression ([`crate::constexpr`]); empty if the global is imported.
        #[serde(serialize_with = "byte_string")]
        pub init: Cow<'a, [u8]>,
    }

    /// An export.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    pub struct Export<'a> {
        /// Its name.
        pub name: Cow<'a, str>,
        /// What it is.
        pub kind: ExternKind,
        /// Its number in the index space of that kind.
        pub index: u32,
    }

    /// An element segment.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    pub struct Elem<'a> {
        /// Type of the items.
        pub ty: ValType,
        /// What becomes of it.
        pub mode: SegmentMode,
        /// The table that an active segment goes to; else 0.
        pub table: u32,
        /// Where an active segment goes, a constant expression; else empty.
        #[serde(serialize_with = "byte_string")]
        pub offset: Cow<'a, [u8]>,
        /// How the items are given.
        pub items: ItemKind,
        /// Number of items.
        pub count: u32,
        /// The items.
        #[serde(serialize_with = "byte_string")]
        pub bytes: Cow<'a, [u8]>,
    }

    /// A data segment. Its bytes lie in DATA, from where the segment before it ends.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    pub struct Data<'a> {
        /// What becomes of it; never [`SegmentMode::Declared`].
        pub mode: SegmentMode,
        /// The memory that an active segment goes to; else 0.
        pub memory: u32,
        /// Where an active segment goes, a constant expression; else empty.
        #[serde(serialize_with = "byte_string")]
        pub offset: Cow<'a, [u8]>,
        /// Offset in DATA where its bytes end.
        pub end: u32,
    }

    /// A function's name, for people.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    pub struct FuncName<'a> {
        /// Index of the function, imports first.
        pub index: u32,
        /// Its name.
        pub name: Cow<'a, str>,
    }

    /// Where an instruction comes from.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
    pub struct Line {
        /// Unit of CODE where the instruction begins.
        pub unit: u32,
        /// Offset in the WebAssembly file of the operator that it came from.
        pub wasm: u32,
    }

    /// A text that symbols name by its number.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    pub struct Text<'a> {
        /// The text.
        pub text: Cow<'a, str>,
    }
}

/// Bytes in a coding of their own, to be written.
#[derive(Clone, Debug, Serialize)]
struct Stream<'a>(#[serde(serialize_with = "byte_string")] &'a [u8]);

/// Everything in META. A missing payload means an empty list.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Meta<'a> {
    /// Types.
    pub types: Vec<FuncType<'a>>,
    /// Imports.
    pub imports: Vec<Import<'a>>,
    /// All tables, imported ones first.
    pub tables: Vec<Table>,
    /// All memories, imported ones first.
    pub memories: Vec<Memory>,
    /// All globals, imported ones first.
    pub globals: Vec<Global<'a>>,
    /// Exports.
    pub exports: Vec<Export<'a>>,
    /// Element segments.
    pub elems: Vec<Elem<'a>>,
    /// Data segments.
    pub datas: Vec<Data<'a>>,
    /// The function that runs when the module is instantiated.
    pub start: Option<u32>,
}

/// Ids of payloads. Those that are reserved are refused until a version defines them.
pub mod id {
    /// List of [`super::FuncType`].
    pub const TYPES: u16 = 1;
    /// List of [`super::Import`].
    pub const IMPORTS: u16 = 2;
    /// List of [`super::Table`].
    pub const TABLES: u16 = 3;
    /// List of [`super::Memory`].
    pub const MEMORIES: u16 = 4;
    /// List of [`super::Global`].
    pub const GLOBALS: u16 = 5;
    /// List of [`super::Export`].
    pub const EXPORTS: u16 = 6;
    /// List of [`super::Elem`].
    pub const ELEMS: u16 = 7;
    /// List of [`super::Data`].
    pub const DATAS: u16 = 8;
    /// A function number of 4 bytes.
    pub const START: u16 = 9;
    /// Reserved for tags.
    pub const TAGS: u16 = 10;
    /// Reserved for recursion groups and subtypes.
    pub const TYPE_GROUPS: u16 = 11;
    /// Reserved for exception tables.
    pub const HANDLERS: u16 = 12;
    /// Reserved for the reference windows of calls, as roots of a collector.
    pub const WINDOWS: u16 = 13;

    /// In DEBUG: list of [`super::FuncName`].
    pub const FUNC_NAMES: u16 = 1;
    /// In DEBUG: list of [`super::Line`].
    pub const LINES: u16 = 2;
    /// In symbol files: list of [`super::Text`].
    pub const TEXTS: u16 = 3;
    /// In symbol files: byte string of locations ([`crate::symbols::Location`]).
    pub const LOCATIONS: u16 = 4;
    /// In symbol files: byte string of positions ([`crate::symbols::Position`]).
    pub const POSITIONS: u16 = 5;
}

/// Length of an entry before its payload.
pub const ENTRY_LEN: usize = 8;

/// The flag of an entry that readers that don't know it must refuse.
pub const REQUIRED: u16 = 1;

/// Byte strings are written in one piece.
fn byte_string<S: serde::Serializer>(bytes: &[u8], s: S) -> Result<S::Ok, S::Error> {
    s.serialize_bytes(bytes)
}

fn config() -> impl bincode::config::Config {
    bincode::config::standard().with_little_endian().with_fixed_int_encoding()
}

/// Decodes a payload that begins at `offset` of the file.
fn decode<'a, T: Payload<'a>>(payload: &'a [u8], offset: usize) -> Result<T, Error> {
    let broken = |detail| Error::malformed(Rule::MetaPayload, offset, detail);
    if payload.len() > MAX_PAYLOAD {
        return Err(broken(detail!("a payload of {} bytes; at most {MAX_PAYLOAD} are allowed", payload.len())));
    }
    let mut bytes = Bytes(payload);
    let value = T::read(&mut bytes).map_err(broken)?;
    if !bytes.0.is_empty() {
        let used = payload.len() - bytes.0.len();
        return Err(broken(detail!("the value has {used} bytes and the payload {}", payload.len())));
    }
    Ok(value)
}

fn decode_list<'a, T: Payload<'a>>(bytes: &'a [u8], offset: usize) -> Result<Vec<T>, Error> {
    let list: Vec<T> = decode(bytes, offset)?;
    if list.is_empty() {
        return Err(Error::malformed(Rule::MetaPayload, offset, detail!("an empty list stands in the section")));
    }
    Ok(list)
}

fn encode<T: Serialize + ?Sized>(out: &mut Vec<u8>, id: u16, value: &T) {
    let payload = bincode::serde::encode_to_vec(value, config());
    let Ok(payload) = payload else { unreachable!("types of this file always encode") };
    out.extend_from_slice(&id.to_le_bytes());
    out.extend_from_slice(&REQUIRED.to_le_bytes());
    // Sections have at most 2^32 bytes, which the writer of the file checks.
    out.extend_from_slice(&(payload.len() as u32).to_le_bytes());
    out.extend_from_slice(&payload);
}

fn encode_list<T: Serialize>(out: &mut Vec<u8>, id: u16, list: &[T]) {
    if !list.is_empty() {
        encode(out, id, list);
    }
}

/// An entry of META or DEBUG.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Its id.
    pub id: u16,
    /// Its flags.
    pub flags: u16,
    /// Offset of the payload in the file.
    pub offset: usize,
    /// The payload.
    pub payload: &'a [u8],
}

/// Iterates over the entries of a section that begins at `offset` of the file.
pub fn entries<'a>(section: &'a [u8], offset: usize) -> impl Iterator<Item = Result<Entry<'a>, Error>> {
    let mut rest = section;
    let mut last = None;
    core::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let at = offset + (section.len() - rest.len());
        let broken = |detail| Some(Err(Error::malformed(Rule::MetaEntries, at, detail)));
        let bytes = core::mem::take(&mut rest);
        let Some((head, bytes)) = bytes.split_first_chunk::<ENTRY_LEN>() else {
            return broken(detail!("{} bytes are left, too few for an entry", bytes.len()));
        };
        let (id, flags) = (u16::from_le_bytes([head[0], head[1]]), u16::from_le_bytes([head[2], head[3]]));
        let len = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        if last.is_some_and(|last| id <= last) || flags & !REQUIRED != 0 {
            return broken(detail!("entry {id} with flags {flags:#x} comes after entry {last:?}"));
        }
        last = Some(id);
        let Some((payload, bytes)) = bytes.split_at_checked(len) else {
            return broken(detail!("entry {id} has {len} bytes, of which {} are there", bytes.len()));
        };
        rest = bytes;
        Some(Ok(Entry { id, flags, offset: at + ENTRY_LEN, payload }))
    })
}

/// Refuses an entry that isn't known, unless it may be skipped.
fn skip(e: &Entry<'_>) -> Result<(), Error> {
    if e.flags & REQUIRED == 0 {
        return Ok(());
    }
    let detail = detail!("entry {} is required and unknown to this reader", e.id);
    Err(Error::malformed(Rule::MetaEntries, e.offset - ENTRY_LEN, detail))
}

/// Known entries must be marked as required: whether a reader may skip them isn't the file's to say.
fn demand(e: &Entry<'_>) -> Result<(), Error> {
    if e.flags & REQUIRED != 0 {
        return Ok(());
    }
    Err(Error::malformed(Rule::MetaEntries, e.offset - ENTRY_LEN, detail!("entry {} is not marked as required", e.id)))
}

impl<'a> Meta<'a> {
    /// Decodes a META section that begins at `offset` of the file. What the values mean is checked by [`crate::check`].
    pub fn decode(section: &'a [u8], offset: usize) -> Result<Meta<'a>, Error> {
        let mut meta = Meta::default();
        for entry in entries(section, offset) {
            let e = entry?;
            match e.id {
                id::TYPES => meta.types = decode_list(e.payload, e.offset)?,
                id::IMPORTS => meta.imports = decode_list(e.payload, e.offset)?,
                id::TABLES => meta.tables = decode_list(e.payload, e.offset)?,
                id::MEMORIES => meta.memories = decode_list(e.payload, e.offset)?,
                id::GLOBALS => meta.globals = decode_list(e.payload, e.offset)?,
                id::EXPORTS => meta.exports = decode_list(e.payload, e.offset)?,
                id::ELEMS => meta.elems = decode_list(e.payload, e.offset)?,
                id::DATAS => meta.datas = decode_list(e.payload, e.offset)?,
                id::START => meta.start = Some(decode(e.payload, e.offset)?),
                _ => {
                    skip(&e)?;
                    continue;
                }
            }
            demand(&e)?;
        }
        Ok(meta)
    }

    /// The bytes of the section.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        encode_list(&mut out, id::TYPES, &self.types);
        encode_list(&mut out, id::IMPORTS, &self.imports);
        encode_list(&mut out, id::TABLES, &self.tables);
        encode_list(&mut out, id::MEMORIES, &self.memories);
        encode_list(&mut out, id::GLOBALS, &self.globals);
        encode_list(&mut out, id::EXPORTS, &self.exports);
        encode_list(&mut out, id::ELEMS, &self.elems);
        encode_list(&mut out, id::DATAS, &self.datas);
        if let Some(start) = self.start {
            encode(&mut out, id::START, &start);
        }
        out
    }

    /// Number of imports of a kind: where the module's own begin in that index space.
    pub fn imported(&self, kind: ExternKind) -> u32 {
        self.imports.iter().filter(|i| i.kind == kind).count() as u32
    }
}

/// What DEBUG holds besides its identity.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Names<'a> {
    /// Names of functions, by ascending index.
    pub funcs: Vec<FuncName<'a>>,
    /// Where instructions come from, by ascending unit.
    pub lines: Vec<Line>,
}

impl<'a> Names<'a> {
    /// Decodes the entries of DEBUG. Unknown entries are skipped, required or not: nothing depends on them.
    pub fn decode(section: &'a [u8], offset: usize) -> Result<Names<'a>, Error> {
        let mut names = Names::default();
        for entry in entries(section, offset) {
            let e = entry?;
            match e.id {
                id::FUNC_NAMES => names.funcs = decode_list(e.payload, e.offset)?,
                id::LINES => names.lines = decode_list(e.payload, e.offset)?,
                _ => {}
            }
        }
        let sorted =
            names.funcs.is_sorted_by(|a, b| a.index < b.index) && names.lines.is_sorted_by(|a, b| a.unit < b.unit);
        if !sorted {
            return Err(Error::malformed(Rule::MetaPayload, offset, detail!("names or lines are not in order")));
        }
        Ok(names)
    }

    /// The entries' bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        encode_list(&mut out, id::FUNC_NAMES, &self.funcs);
        encode_list(&mut out, id::LINES, &self.lines);
        out
    }

    /// The name of the function with this index, imports first.
    pub fn func(&self, index: u32) -> Option<&str> {
        let at = self.funcs.binary_search_by_key(&index, |n| n.index).ok()?;
        Some(&self.funcs[at].name)
    }

    /// The offset in the WebAssembly file that a unit of CODE comes from.
    pub fn line(&self, unit: u32) -> Option<u32> {
        let after = self.lines.partition_point(|l| l.unit <= unit);
        Some(self.lines.get(after.checked_sub(1)?)?.wasm)
    }
}

/// What symbol files hold besides names; [`crate::symbols`] says what the bytes mean.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Sources<'a> {
    /// Texts, by their numbers.
    pub texts: Vec<Text<'a>>,
    /// Locations.
    pub locations: Cow<'a, [u8]>,
    /// Positions.
    pub positions: Cow<'a, [u8]>,
}

impl<'a> Sources<'a> {
    /// Decodes the entries of a symbol file; others are skipped.
    pub fn decode(section: &'a [u8], offset: usize) -> Result<Sources<'a>, Error> {
        let mut sources = Sources::default();
        let stream = |e: &Entry<'a>| decode::<Cow<'a, [u8]>>(e.payload, e.offset);
        for entry in entries(section, offset) {
            let e = entry?;
            match e.id {
                id::TEXTS => sources.texts = decode_list(e.payload, e.offset)?,
                id::LOCATIONS => sources.locations = stream(&e)?,
                id::POSITIONS => sources.positions = stream(&e)?,
                _ => {}
            }
        }
        Ok(sources)
    }

    /// The entries' bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        encode_list(&mut out, id::TEXTS, &self.texts);
        for (id, bytes) in [(id::LOCATIONS, &self.locations), (id::POSITIONS, &self.positions)] {
            if !bytes.is_empty() {
                encode(&mut out, id, &Stream(bytes));
            }
        }
        out
    }
}
