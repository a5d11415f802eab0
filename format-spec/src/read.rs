//! From bytes to the parts of a file: header, section table, sections.

use crate::detail;
use crate::error::Error;
use crate::meta::{Meta, Names};
#[cfg(feature = "integrity")]
use crate::module::ShownId;
use crate::module::{Funcs, HEADER_LEN, Header, MAGIC, SECTION_ALIGN, SECTION_LEN, Section, SectionId};
use crate::rules::Rule;
use crate::version::{self, Groups};

/// A file whose header and section table keep rules V1 to V11.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// The whole file.
    pub bytes: &'a [u8],
    /// The header.
    pub header: Header,
    /// The META section.
    pub meta: &'a [u8],
    /// Offset of META in the file.
    pub meta_offset: usize,
    /// The FUNCS section.
    pub funcs: Funcs<'a>,
    /// Offset of FUNCS in the file.
    pub funcs_offset: usize,
    /// The CODE section.
    pub code: &'a [u8],
    /// Offset of CODE in the file.
    pub code_offset: usize,
    /// The DATA section.
    pub data: &'a [u8],
    /// Offset of DATA in the file.
    pub data_offset: usize,
    /// The DEBUG section and its offset, if there is one. Nothing of it is checked yet.
    pub debug: Option<(&'a [u8], usize)>,
    /// The SIGNATURE section and its offset, if there is one. Nothing of it is checked yet.
    pub signature: Option<(&'a [u8], usize)>,
}

/// What a reader can read.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    /// Instruction groups that it has.
    pub groups: Groups,
    /// The instruction set that it has: 0 is the standard one.
    pub isa: u128,
    /// Whether it checks the build id, if this crate is built with the feature `integrity`.
    pub integrity: bool,
}

impl Default for Reader {
    /// Everything that this crate knows.
    fn default() -> Reader {
        Reader { groups: Groups::STANDARD, isa: 0, integrity: true }
    }
}

impl Reader {
    /// The same, with the instruction set that these bytes name if they begin a file: for what doesn't look at code.
    pub fn with_isa_of(self, bytes: &[u8]) -> Reader {
        Reader { isa: bytes.first_chunk::<HEADER_LEN>().map_or(0, |head| Header::read(head).isa), ..self }
    }
}

/// The length that a file says it has, if these bytes begin one. Its first [`HEADER_LEN`] bytes suffice: this is for hosts that
/// keep files in larger regions.
pub fn stated_len(bytes: &[u8]) -> Option<u32> {
    let head = bytes.first_chunk::<HEADER_LEN>()?;
    head.starts_with(&MAGIC).then(|| Header::read(head).file_len)
}

impl<'a> File<'a> {
    /// Takes a file apart.
    pub fn parse(bytes: &'a [u8], reader: &Reader) -> Result<File<'a>, Error> {
        let header = header(bytes, reader)?;
        let table = section_table(bytes, &header)?;
        let mut found: [Option<(&'a [u8], usize)>; 6] = [None; 6];
        let known = || SectionId::REQUIRED.into_iter().chain(SectionId::OPTIONAL);
        for section in table {
            if let Some(place) = known().position(|id| id == section.id) {
                let start = section.offset as usize;
                // `section_table` checked the range.
                found[place] = Some((&bytes[start..start + section.len as usize], start));
            }
        }
        let [Some(meta), Some(funcs), Some(code), Some(data), debug, signature] = found else {
            let missing = known().zip(found).find(|(_, s)| s.is_none()).and_then(|(id, _)| id.name());
            return Err(Error::malformed(
                Rule::SectionPresent,
                HEADER_LEN,
                detail!("{} is missing", missing.unwrap_or("")),
            ));
        };
        #[cfg(feature = "integrity")]
        if reader.integrity {
            let actual = build_id(bytes, &header, table_of(bytes, &header));
            if actual != header.build_id {
                let detail = detail!("contents hash to {}, not {}", ShownId(actual), ShownId(header.build_id));
                return Err(Error::malformed(Rule::BuildId, 32, detail));
            }
        }
        Ok(File {
            bytes,
            header,
            meta: meta.0,
            meta_offset: meta.1,
            funcs: Funcs::new(funcs.0, funcs.1)?,
            funcs_offset: funcs.1,
            code: code.0,
            code_offset: code.1,
            data: data.0,
            data_offset: data.1,
            debug,
            signature,
        })
    }

    /// Decodes META.
    pub fn decode_meta(&self) -> Result<Meta<'a>, Error> {
        Meta::decode(self.meta, self.meta_offset)
    }

    /// Decodes DEBUG, if the file has it.
    pub fn decode_names(&self) -> Option<Result<Names<'a>, Error>> {
        let (section, offset) = self.debug?;
        Some(crate::debug::decode(section, offset, self.header.build_id))
    }

    /// The sections in the order of the file.
    pub fn sections(&self) -> impl Iterator<Item = Section> + 'a {
        table_of(self.bytes, &self.header)
    }
}

fn header(bytes: &[u8], reader: &Reader) -> Result<Header, Error> {
    if !bytes.starts_with(&MAGIC) {
        return Err(Error::NotTack);
    }
    let Some(head) = bytes.first_chunk::<HEADER_LEN>() else {
        let detail = detail!("the file has {} bytes, and a header {HEADER_LEN}", bytes.len());
        return Err(Error::malformed(Rule::FileLength, bytes.len(), detail));
    };
    let header = Header::read(head);
    version::check(header.version, header.groups, version::CURRENT, reader.groups)?;
    if header.isa != reader.isa {
        return Err(Error::InstructionSet { file: header.isa, own: reader.isa });
    }
    if header.header_len as usize != HEADER_LEN {
        return Err(Error::malformed(Rule::Header, 12, detail!("the header has {} bytes", header.header_len)));
    }
    if header.file_len as usize != bytes.len() {
        let detail = detail!("the header says {} bytes, and there are {}", header.file_len, bytes.len());
        return Err(Error::malformed(Rule::FileLength, 48, detail));
    }
    Ok(header)
}

/// The entries of a table that is known to lie in the file.
fn table_of<'a>(bytes: &'a [u8], header: &Header) -> impl Iterator<Item = Section> + Clone + 'a {
    let (entries, _) = bytes[HEADER_LEN..].as_chunks::<SECTION_LEN>();
    entries[..header.sections as usize].iter().map(Section::read)
}

/// Checks the section table: order, places, padding, flags.
fn section_table<'a>(bytes: &'a [u8], header: &Header) -> Result<impl Iterator<Item = Section> + Clone + 'a, Error> {
    let count = header.sections as usize;
    if count > (bytes.len() - HEADER_LEN) / SECTION_LEN {
        let detail = detail!("{count} sections do not fit into {} bytes", bytes.len());
        return Err(Error::malformed(Rule::SectionPlace, 52, detail));
    }
    let table = table_of(bytes, header);
    let mut end = HEADER_LEN + count * SECTION_LEN;
    let mut last = None;
    for (i, section) in table.clone().enumerate() {
        let broken = |rule, detail| Err(Error::malformed(rule, HEADER_LEN + i * SECTION_LEN, detail));
        let id = section.id;
        if last.is_some_and(|last| id <= last) || section.flags & !Section::REQUIRED != 0 {
            let detail = detail!("section {:#x} with flags {:#x} comes after {last:?}", id.0, section.flags);
            return broken(Rule::SectionOrder, detail);
        }
        last = Some(id);
        match id.name() {
            Some(name) if section.is_required() != SectionId::REQUIRED.contains(&id) => {
                return broken(Rule::SectionPresent, detail!("{name} has flags {:#x}", section.flags));
            }
            None if section.is_required() => {
                let detail = detail!("section {:#x} is required and unknown to this reader", id.0);
                return broken(Rule::SectionOrder, detail);
            }
            Some(_) | None => {}
        }
        let (start, len) = (section.offset as usize, section.len as usize);
        let place = end.next_multiple_of(SECTION_ALIGN);
        if start != place || start > bytes.len() || len > bytes.len() - start {
            let detail = detail!("section {:#x} has {len} bytes at {start:#x}, where {place:#x} is due", id.0);
            return broken(Rule::SectionPlace, detail);
        }
        if bytes[end..start].iter().any(|b| *b != 0) {
            return Err(Error::malformed(Rule::SectionPlace, end, detail!("the bytes before a section are not zero")));
        }
        end = start + len;
    }
    if end != bytes.len() {
        return Err(Error::malformed(
            Rule::SectionPlace,
            end,
            detail!("the sections end before byte {:#x}", bytes.len()),
        ));
    }
    Ok(table)
}

/// The hash that identifies a build: 128 bits of BLAKE3 over version, groups, instruction set and the required sections.
#[cfg(feature = "integrity")]
pub(crate) fn build_id(bytes: &[u8], header: &Header, table: impl Iterator<Item = Section>) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&header.version.major.to_le_bytes());
    hasher.update(&header.version.minor.to_le_bytes());
    hasher.update(&header.groups.0.to_le_bytes());
    hasher.update(&header.isa.to_le_bytes());
    for section in table.filter(Section::is_required) {
        hasher.update(&section.id.0.to_le_bytes());
        hasher.update(&section.flags.to_le_bytes());
        hasher.update(&section.len.to_le_bytes());
        hasher.update(&bytes[section.offset as usize..][..section.len as usize]);
    }
    let mut id = [0; 16];
    id.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    id
}
