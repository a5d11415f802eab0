//! The fixed layout of a file: header, section table, function records.
//!
//! Everything is little-endian and read in place, byte by byte where a field is wider than one, so neither the
//! alignment nor the byte order of the host matters here.

use crate::detail;
use crate::error::Error;
use crate::rules::Rule;
use crate::version::{Groups, Version};
use core::fmt;

/// The first bytes of a file. The high bit, the line ends and the end-of-file character show damage by text transfers.
pub const MAGIC: [u8; 8] = *b"\x7ftack\r\n\x1a";

/// Length of the header before the section table.
pub const HEADER_LEN: usize = 72;

/// Length of an entry of the section table.
pub const SECTION_LEN: usize = 12;

/// Sections begin at multiples of this.
pub const SECTION_ALIGN: usize = 8;

/// Bytes must lie at a multiple of this in memory to be executed in place.
pub const ALIGN: usize = 4;

/// Most units of a function.
pub const MAX_FUNC_UNITS: u32 = 1 << 20;

/// A section's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SectionId(pub u16);

impl SectionId {
    /// What the module declares.
    pub const META: SectionId = SectionId(1);
    /// Records of functions.
    pub const FUNCS: SectionId = SectionId(2);
    /// Instructions.
    pub const CODE: SectionId = SectionId(3);
    /// Bytes of data segments.
    pub const DATA: SectionId = SectionId(4);
    /// Names and source offsets.
    pub const DEBUG: SectionId = SectionId(0x10);
    /// A signature of all bytes before it.
    pub const SIGNATURE: SectionId = SectionId(0x11);

    /// The sections that every file has, in their order.
    pub const REQUIRED: [SectionId; 4] = [SectionId::META, SectionId::FUNCS, SectionId::CODE, SectionId::DATA];
    /// The sections that a file may have beyond them, in their order.
    pub const OPTIONAL: [SectionId; 2] = [SectionId::DEBUG, SectionId::SIGNATURE];

    /// Its name, if it is known.
    pub const fn name(self) -> Option<&'static str> {
        match self {
            SectionId::META => Some("META"),
            SectionId::FUNCS => Some("FUNCS"),
            SectionId::CODE => Some("CODE"),
            SectionId::DATA => Some("DATA"),
            SectionId::DEBUG => Some("DEBUG"),
            SectionId::SIGNATURE => Some("SIGNATURE"),
            _ => None,
        }
    }
}

impl fmt::Display for SectionId {
    /// Its name, or its number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "section {:#x}", self.0),
        }
    }
}

/// A build id as it is shown, 32 hexadecimal digits; so it is found again in reports ([`crate::symbols::report`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShownId(pub [u8; 16]);

impl fmt::Display for ShownId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

/// An entry of the section table: id (2 bytes), flags (2), offset from the file's start (4), length (4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Section {
    /// What it holds.
    pub id: SectionId,
    /// Bit 0: a reader that doesn't know the id must refuse the file. The others are zero.
    pub flags: u16,
    /// Where it begins.
    pub offset: u32,
    /// Its length.
    pub len: u32,
}

impl Section {
    /// The flag that makes a section required.
    pub const REQUIRED: u16 = 1;

    /// Reads an entry.
    pub fn read(b: &[u8; SECTION_LEN]) -> Section {
        Section { id: SectionId(u16_at(b, 0)), flags: u16_at(b, 2), offset: u32_at(b, 4), len: u32_at(b, 8) }
    }

    /// The bytes of the entry.
    pub fn bytes(&self) -> [u8; SECTION_LEN] {
        let mut b = [0; SECTION_LEN];
        b[0..2].copy_from_slice(&self.id.0.to_le_bytes());
        b[2..4].copy_from_slice(&self.flags.to_le_bytes());
        b[4..8].copy_from_slice(&self.offset.to_le_bytes());
        b[8..12].copy_from_slice(&self.len.to_le_bytes());
        b
    }

    /// Whether readers that don't know it must refuse the file.
    pub fn is_required(&self) -> bool {
        self.flags & Section::REQUIRED != 0
    }
}

/// The header, in the order of its fields: the magic bytes come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Format version: major (2 bytes), minor (2).
    pub version: Version,
    /// Length of the header before the section table (4): 72.
    pub header_len: u32,
    /// Instruction groups that the code uses (16).
    pub groups: Groups,
    /// Hash of version, groups, instruction set and required sections (16).
    pub build_id: [u8; 16],
    /// Length of the file (4).
    pub file_len: u32,
    /// Number of sections (4).
    pub sections: u32,
    /// Identity of the instruction set (16): zero for the standard one.
    pub isa: u128,
}

impl Header {
    /// Reads the fields after the magic bytes.
    pub fn read(b: &[u8; HEADER_LEN]) -> Header {
        let mut build_id = [0; 16];
        build_id.copy_from_slice(&b[32..48]);
        Header {
            version: Version { major: u16_at(b, 8), minor: u16_at(b, 10) },
            header_len: u32_at(b, 12),
            groups: Groups(u128_at(b, 16)),
            build_id,
            file_len: u32_at(b, 48),
            sections: u32_at(b, 52),
            isa: u128_at(b, 56),
        }
    }

    /// The bytes of the header, the magic included.
    pub fn bytes(&self) -> [u8; HEADER_LEN] {
        let mut b = [0; HEADER_LEN];
        b[0..8].copy_from_slice(&MAGIC);
        b[8..10].copy_from_slice(&self.version.major.to_le_bytes());
        b[10..12].copy_from_slice(&self.version.minor.to_le_bytes());
        b[12..16].copy_from_slice(&self.header_len.to_le_bytes());
        b[16..32].copy_from_slice(&self.groups.0.to_le_bytes());
        b[32..48].copy_from_slice(&self.build_id);
        b[48..52].copy_from_slice(&self.file_len.to_le_bytes());
        b[52..56].copy_from_slice(&self.sections.to_le_bytes());
        b[56..72].copy_from_slice(&self.isa.to_le_bytes());
        b
    }
}

/// A record of the FUNCS section.
///
/// Record 0 is the prologue, which says only where function 0 begins; record i + 1 belongs to function i of those that
/// the module defines. A function's code begins where the record before it says that code ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct FuncRecord {
    /// Unit of CODE after its last instruction.
    pub end: u32,
    /// Size of its frame in number slots.
    pub frame: u16,
    /// Size of its frame in reference slots.
    pub ref_frame: u16,
    /// Its type.
    pub ty: u16,
    /// Number words of its parameters.
    pub params: u16,
    /// Number words of its results.
    pub results: u16,
    /// References among its parameters.
    pub ref_params: u8,
    /// References among its results.
    pub ref_results: u8,
}

impl FuncRecord {
    /// Length of a record.
    pub const LEN: usize = 16;
    /// Byte offset of `end`, 4 bytes.
    pub const END: usize = 0;
    /// Byte offset of `frame`, 2 bytes.
    pub const FRAME: usize = 4;
    /// Byte offset of `ref_frame`, 2 bytes.
    pub const REF_FRAME: usize = 6;
    /// Byte offset of `ty`, 2 bytes.
    pub const TY: usize = 8;
    /// Byte offset of `params`, 2 bytes.
    pub const PARAMS: usize = 10;
    /// Byte offset of `results`, 2 bytes.
    pub const RESULTS: usize = 12;
    /// Byte offset of `ref_params`, 1 byte.
    pub const REF_PARAMS: usize = 14;
    /// Byte offset of `ref_results`, 1 byte.
    pub const REF_RESULTS: usize = 15;

    /// The record before that of function 0.
    pub const PROLOGUE: FuncRecord =
        FuncRecord { end: 1, frame: 0, ref_frame: 0, ty: 0, params: 0, results: 0, ref_params: 0, ref_results: 0 };

    /// Reads a record.
    #[inline]
    pub fn read(b: &[u8; FuncRecord::LEN]) -> FuncRecord {
        FuncRecord {
            end: u32_at(b, FuncRecord::END),
            frame: u16_at(b, FuncRecord::FRAME),
            ref_frame: u16_at(b, FuncRecord::REF_FRAME),
            ty: u16_at(b, FuncRecord::TY),
            params: u16_at(b, FuncRecord::PARAMS),
            results: u16_at(b, FuncRecord::RESULTS),
            ref_params: b[FuncRecord::REF_PARAMS],
            ref_results: b[FuncRecord::REF_RESULTS],
        }
    }

    /// The bytes of the record.
    pub fn bytes(&self) -> [u8; FuncRecord::LEN] {
        let mut b = [0; FuncRecord::LEN];
        b[0..4].copy_from_slice(&self.end.to_le_bytes());
        b[4..6].copy_from_slice(&self.frame.to_le_bytes());
        b[6..8].copy_from_slice(&self.ref_frame.to_le_bytes());
        b[8..10].copy_from_slice(&self.ty.to_le_bytes());
        b[10..12].copy_from_slice(&self.params.to_le_bytes());
        b[12..14].copy_from_slice(&self.results.to_le_bytes());
        b[14] = self.ref_params;
        b[15] = self.ref_results;
        b
    }
}

// The layout is frozen: these are the numbers that SPEC.md gives.
const _: () = {
    assert!(MAGIC.len() + 2 + 2 + 4 + 16 + 16 + 4 + 4 + 16 == HEADER_LEN);
    assert!(2 + 2 + 4 + 4 == SECTION_LEN);
    assert!(FuncRecord::REF_RESULTS + 1 == FuncRecord::LEN);
    assert!(FuncRecord::LEN.is_multiple_of(ALIGN) && SECTION_ALIGN.is_multiple_of(ALIGN));
};

/// The FUNCS section, read in place.
#[derive(Clone, Copy, Debug)]
pub struct Funcs<'a> {
    records: &'a [[u8; FuncRecord::LEN]],
}

impl<'a> Funcs<'a> {
    /// Looks at a FUNCS section that begins at `offset` of the file.
    pub fn new(bytes: &'a [u8], offset: usize) -> Result<Funcs<'a>, Error> {
        let (records, rest) = bytes.as_chunks();
        let prologue = records.first().map(FuncRecord::read);
        if !rest.is_empty() || prologue != Some(FuncRecord::PROLOGUE) {
            return Err(Error::malformed(
                Rule::FuncsShape,
                offset,
                detail!("FUNCS has {} bytes and begins with {prologue:?}", bytes.len()),
            ));
        }
        Ok(Funcs { records })
    }

    /// Number of functions that the module defines.
    pub fn len(&self) -> u32 {
        self.records.len() as u32 - 1
    }

    /// Whether the module defines no functions.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The record of a function, if there is one of this number.
    #[inline]
    pub fn get(&self, func: u32) -> Option<FuncRecord> {
        self.records.get((func as usize).checked_add(1)?).map(FuncRecord::read)
    }

    /// The unit of CODE at which a function begins.
    pub fn start(&self, func: u32) -> Option<u32> {
        self.records.get(func as usize).map(|r| FuncRecord::read(r).end)
    }

    /// The records of all functions, the prologue left out.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = FuncRecord> + 'a {
        self.records[1..].iter().map(FuncRecord::read)
    }
}

/// The two bytes at an offset of an array.
#[inline(always)]
pub(crate) fn u16_at(b: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([b[at], b[at + 1]])
}

/// The four bytes at an offset of an array.
#[inline(always)]
pub(crate) fn u32_at(b: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([b[at], b[at + 1], b[at + 2], b[at + 3]])
}

fn u128_at(b: &[u8], at: usize) -> u128 {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&b[at..at + 16]);
    u128::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_round_trip() {
        let record = FuncRecord {
            end: 0x0403_0201,
            frame: 0x0605,
            ref_frame: 0x0807,
            ty: 0x0a09,
            params: 0x0c0b,
            results: 0x0e0d,
            ref_params: 0x0f,
            ref_results: 0x10,
        };
        assert_eq!(record.bytes(), core::array::from_fn(|i| i as u8 + 1));
        assert_eq!(FuncRecord::read(&record.bytes()), record);

        let header = Header {
            version: Version { major: 1, minor: 2 },
            header_len: 72,
            groups: Groups(5 << 100 | 1),
            build_id: [7; 16],
            file_len: 9,
            sections: 4,
            isa: 1 << 127,
        };
        assert_eq!(Header::read(&header.bytes()), header);

        let section = Section { id: SectionId::DEBUG, flags: 1, offset: 8, len: 12 };
        assert_eq!(Section::read(&section.bytes()), section);
    }
}
