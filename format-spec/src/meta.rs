//! The META section: what a module declares, apart from its code.
//!
//! META is a list of entries, each an id (2 bytes), flags (2), a length (4) and a payload. A payload is a value of one of the
//! types below in bincode's layout with fixed-width little-endian integers, which SPEC.md writes down: integers as they
//! are, strings and byte strings as a length of 8 bytes and the bytes, lists as a count of 8 bytes and the elements,
//! structs as their fields in order. Payloads never change; a new fact gets a new id.
//!
//! This is the only file that names bincode, and it doesn't trust it: an entry's length is capped, lists grow as they are
//! read, types aren't recursive, kinds are explicit bytes, and a payload counts only if encoding its value again gives the
//! same bytes.

use crate::error::Error;
use crate::rules::Rule;
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;
use serde::{Deserialize, Serialize};

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
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[serde(try_from = "u8", into = "u8")]
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

    impl TryFrom<u8> for $name {
        type Error = UnknownByte;
        fn try_from(byte: u8) -> Result<$name, UnknownByte> {
            $name::from_byte(byte).ok_or(UnknownByte { what: stringify!($name), byte })
        }
    }

    impl fmt::Display for $name {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(match self { $( $name::$variant => $text ),* })
        }
    }
)* } }

/// A kind byte that stands for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownByte {
    what: &'static str,
    byte: u8,
}

impl fmt::Display for UnknownByte {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#04x} is not a known {}", self.byte, self.what)
    }
}

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

/// A function type. Parameters and results are bytes of [`ValType`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FuncType<'a> {
    /// What it is the type of.
    pub kind: TypeKind,
    /// Types of the parameters.
    #[serde(borrow, with = "byte_string")]
    pub params: Cow<'a, [u8]>,
    /// Types of the results.
    #[serde(borrow, with = "byte_string")]
    pub results: Cow<'a, [u8]>,
}

/// An import. Imports stand first in the index space of their kind, in the order of this list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import<'a> {
    /// The module asked for.
    #[serde(borrow)]
    pub module: Cow<'a, str>,
    /// The name in it.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// What it must be.
    pub kind: ExternKind,
    /// The type of a function; 0 for other kinds, whose types stand in their index spaces.
    pub ty: u32,
}

/// A table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Global<'a> {
    /// Type of its value.
    pub ty: ValType,
    /// Whether it may be written.
    pub mutability: Mutability,
    /// Its first value, a constant expression ([`crate::constexpr`]); empty if the global is imported.
    #[serde(borrow, with = "byte_string")]
    pub init: Cow<'a, [u8]>,
}

/// An export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export<'a> {
    /// Its name.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// What it is.
    pub kind: ExternKind,
    /// Its number in the index space of that kind.
    pub index: u32,
}

/// An element segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elem<'a> {
    /// Type of the items.
    pub ty: ValType,
    /// What becomes of it.
    pub mode: SegmentMode,
    /// The table that an active segment goes to; else 0.
    pub table: u32,
    /// Where an active segment goes, a constant expression; else empty.
    #[serde(borrow, with = "byte_string")]
    pub offset: Cow<'a, [u8]>,
    /// How the items are given.
    pub items: ItemKind,
    /// Number of items.
    pub count: u32,
    /// The items.
    #[serde(borrow, with = "byte_string")]
    pub bytes: Cow<'a, [u8]>,
}

/// A data segment. Its bytes lie in DATA, from where the segment before it ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Data<'a> {
    /// What becomes of it; never [`SegmentMode::Declared`].
    pub mode: SegmentMode,
    /// The memory that an active segment goes to; else 0.
    pub memory: u32,
    /// Where an active segment goes, a constant expression; else empty.
    #[serde(borrow, with = "byte_string")]
    pub offset: Cow<'a, [u8]>,
    /// Offset in DATA where its bytes end.
    pub end: u32,
}

/// A function's name, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FuncName<'a> {
    /// Index of the function, imports first.
    pub index: u32,
    /// Its name.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
}

/// Where an instruction comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Unit of CODE where the instruction begins.
    pub unit: u32,
    /// Offset in the WebAssembly file of the operator that it came from.
    pub wasm: u32,
}

/// A text that symbols name by its number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text<'a> {
    /// The text.
    #[serde(borrow)]
    pub text: Cow<'a, str>,
}

/// Bytes in a coding of their own.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Stream<'a>(#[serde(borrow, with = "byte_string")] Cow<'a, [u8]>);

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

/// A list of records, read one at a time: what a count promises is not reserved.
struct List<T>(Vec<T>);

impl<T: Serialize> Serialize for List<T> {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(&self.0)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Elements<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> serde::de::Visitor<'de> for Elements<T> {
            type Value = List<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<List<T>, A::Error> {
                let mut out = Vec::new();
                while let Some(element) = seq.next_element()? {
                    out.push(element);
                }
                Ok(List(out))
            }
        }
        d.deserialize_seq(Elements(PhantomData))
    }
}

/// Byte strings, borrowed when read and written in one piece.
mod byte_string {
    use super::*;

    pub fn serialize<S: serde::Serializer>(bytes: &[u8], s: S) -> Result<S::Ok, S::Error> {
        s.serialize_bytes(bytes)
    }

    pub fn deserialize<'de: 'a, 'a, D: serde::Deserializer<'de>>(d: D) -> Result<Cow<'a, [u8]>, D::Error> {
        <&'de [u8]>::deserialize(d).map(Cow::Borrowed)
    }
}

fn config() -> impl bincode::config::Config {
    bincode::config::standard().with_little_endian().with_fixed_int_encoding().with_limit::<MAX_PAYLOAD>()
}

/// Accepts exactly the bytes it expects.
struct Comparing<'a> {
    expected: &'a [u8],
}

impl bincode::enc::write::Writer for Comparing<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), bincode::error::EncodeError> {
        match self.expected.strip_prefix(bytes) {
            Some(rest) => {
                self.expected = rest;
                Ok(())
            }
            None => Err(bincode::error::EncodeError::Other("not canonical")),
        }
    }
}

/// Says what bincode has to say in words that don't change when it does.
fn explain(error: bincode::error::DecodeError) -> String {
    use bincode::error::DecodeError;
    match error {
        DecodeError::UnexpectedEnd { .. } => "the payload ends too early".into(),
        DecodeError::LimitExceeded | DecodeError::OutsideUsizeRange(_) => "a length exceeds the limit".into(),
        DecodeError::Utf8 { .. } => "a string is not UTF-8".into(),
        DecodeError::OtherString(message) => message,
        _ => "the payload is not decodable".into(),
    }
}

/// Decodes a payload that begins at `offset` of the file.
fn decode<'a, T: Deserialize<'a> + Serialize>(bytes: &'a [u8], offset: usize) -> Result<T, Error> {
    let broken = |detail| Error::malformed(Rule::MetaPayload, offset, detail);
    if bytes.len() > MAX_PAYLOAD {
        return Err(broken(format!("a payload of {} bytes; at most {MAX_PAYLOAD} are allowed", bytes.len())));
    }
    let (value, used) =
        bincode::serde::borrow_decode_from_slice::<T, _>(bytes, config()).map_err(|e| broken(explain(e)))?;
    if used != bytes.len() {
        return Err(broken(format!("the value has {used} bytes and the payload {}", bytes.len())));
    }
    let mut compare = Comparing { expected: bytes };
    if bincode::serde::encode_into_writer(&value, &mut compare, config()).is_err() || !compare.expected.is_empty() {
        return Err(broken("the payload is not the encoding of its value".into()));
    }
    Ok(value)
}

fn decode_list<'a, T: Deserialize<'a> + Serialize>(bytes: &'a [u8], offset: usize) -> Result<Vec<T>, Error> {
    let List(list) = decode::<List<T>>(bytes, offset)?;
    if list.is_empty() {
        return Err(Error::malformed(Rule::MetaPayload, offset, "an empty list stands in the section".into()));
    }
    Ok(list)
}

fn encode<T: Serialize>(out: &mut Vec<u8>, id: u16, value: &T) {
    let payload = bincode::serde::encode_to_vec(value, config());
    let Ok(payload) = payload else { unreachable!("types of this file always encode") };
    out.extend_from_slice(&id.to_le_bytes());
    out.extend_from_slice(&REQUIRED.to_le_bytes());
    // Sections have at most 2^32 bytes, which the writer of the file checks.
    out.extend_from_slice(&(payload.len() as u32).to_le_bytes());
    out.extend_from_slice(&payload);
}

fn encode_list<T: Serialize + Clone>(out: &mut Vec<u8>, id: u16, list: &[T]) {
    if !list.is_empty() {
        encode(out, id, &List(list.to_vec()));
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
            return broken(format!("{} bytes are left, too few for an entry", bytes.len()));
        };
        let (id, flags) = (u16::from_le_bytes([head[0], head[1]]), u16::from_le_bytes([head[2], head[3]]));
        let len = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        if last.is_some_and(|last| id <= last) || flags & !REQUIRED != 0 {
            return broken(format!("entry {id} with flags {flags:#x} comes after entry {last:?}"));
        }
        last = Some(id);
        let Some((payload, bytes)) = bytes.split_at_checked(len) else {
            return broken(format!("entry {id} has {len} bytes, of which {} are there", bytes.len()));
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
    let detail = format!("entry {} is required and unknown to this reader", e.id);
    Err(Error::malformed(Rule::MetaEntries, e.offset - ENTRY_LEN, detail))
}

/// Known entries must be marked as required: whether a reader may skip them isn't the file's to say.
fn demand(e: &Entry<'_>) -> Result<(), Error> {
    if e.flags & REQUIRED != 0 {
        return Ok(());
    }
    Err(Error::malformed(Rule::MetaEntries, e.offset - ENTRY_LEN, format!("entry {} is not marked as required", e.id)))
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
            return Err(Error::malformed(Rule::MetaPayload, offset, "names or lines are not in order".into()));
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
        let stream = |e: &Entry<'a>| decode::<Stream<'_>>(e.payload, e.offset).map(|s| s.0);
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
                encode(&mut out, id, &Stream(Cow::Borrowed(bytes)));
            }
        }
        out
    }
}
