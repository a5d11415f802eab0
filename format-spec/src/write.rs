//! From the parts to a file.

use crate::check::{self, TypeWords};
use crate::detail;
use crate::error::Error;
use crate::isa::{Isa, Row};
use crate::meta::{Meta, Names};
use crate::module::{FuncRecord, HEADER_LEN, Header, MAGIC, SECTION_ALIGN, SECTION_LEN, Section, SectionId};
use crate::read::File;
use crate::rules::Rule;
use crate::version::{self, Groups};
use alloc::borrow::Cow;
use alloc::vec;
use alloc::vec::Vec;

/// A function that the module defines.
#[derive(Clone, Debug)]
pub struct Function<'a> {
    /// Number of its type.
    pub ty: u16,
    /// Size of its frame in number slots.
    pub frame: u16,
    /// Size of its frame in reference slots.
    pub ref_frame: u16,
    /// Its instructions.
    pub code: Cow<'a, [u8]>,
}

/// What a file is made of.
#[derive(Clone, Debug)]
pub struct Writer<'a> {
    /// The groups of all instructions used. That of `leave` is added.
    pub groups: Groups,
    /// What the module declares.
    pub meta: &'a Meta<'a>,
    /// The functions it defines, in order.
    pub funcs: &'a [Function<'a>],
    /// Bytes of all data segments, one after the other.
    pub data: &'a [u8],
    /// Names and source offsets; the units count from the start of CODE, where `leave` comes first.
    pub names: Option<&'a Names<'a>>,
}

impl Writer<'_> {
    /// Assembles a file for an instruction set: lays out the sections, adds the prologue and `leave`, computes
    /// ends, counts of words and the build id. Fails if types don't exist or the file would exceed 2^32 bytes.
    pub fn finish(&self, isa: &Isa) -> Result<Vec<u8>, Error> {
        let meta = self.meta.encode();
        let (funcs, code) = self.code(isa)?;
        let required = [&meta[..], &funcs, &code, self.data];
        let groups = self.groups.with(Row::leave.info().group);
        let count = required.len() + usize::from(self.names.is_some());
        let mut header = Header {
            version: version::CURRENT,
            header_len: HEADER_LEN as u32,
            groups,
            build_id: [0; 16],
            file_len: 0,
            sections: count as u32,
            isa: isa.own.identity,
        };

        let mut out = vec![0; HEADER_LEN + count * SECTION_LEN];
        let mut table = Vec::new();
        for (id, bytes) in SectionId::REQUIRED.into_iter().zip(required) {
            table.push(append(&mut out, id, Section::REQUIRED, bytes)?);
        }
        header.build_id = crate::read::build_id(&out, &header, table.iter().copied());
        if let Some(names) = self.names {
            let debug = crate::debug::encode(names, header.build_id);
            table.push(append(&mut out, SectionId::DEBUG, 0, &debug)?);
        }
        finish(&mut out, header, &table)?;
        Ok(out)
    }

    /// The bytes of FUNCS and CODE.
    fn code(&self, isa: &Isa) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let broken = |detail| Error::malformed(Rule::FuncWords, 0, detail);
        let mut code = Vec::new();
        let leave = isa.find(Row::leave.index(), &[]).ok_or_else(|| broken("the set has no `leave`".into()))?;
        code.extend_from_slice(&leave.to_le_bytes());
        let mut funcs = FuncRecord::PROLOGUE.bytes().to_vec();
        for (i, func) in self.funcs.iter().enumerate() {
            let ty =
                self.meta.types.get(usize::from(func.ty)).ok_or_else(|| broken(detail!("function {i} has no type")))?;
            let words = |types| check::words(types).map_err(&broken);
            let ty = TypeWords { params: words(&ty.params)?, results: words(&ty.results)? };
            code.extend_from_slice(&func.code);
            let record = FuncRecord {
                end: length(code.len())? / 2,
                frame: func.frame,
                ref_frame: func.ref_frame,
                ty: func.ty,
                params: ty.params.numbers,
                results: ty.results.numbers,
                ref_params: ty.params.refs,
                ref_results: ty.results.refs,
            };
            funcs.extend_from_slice(&record.bytes());
        }
        Ok((funcs, code))
    }
}

/// The same file with other contents of an optional section, or without it. The build id stays: it doesn't cover such sections.
///
/// # Errors
/// If the section is one that every file has, or the file would exceed 2^32 bytes.
pub fn with_section(file: &File<'_>, id: SectionId, contents: Option<&[u8]>) -> Result<Vec<u8>, Error> {
    if SectionId::REQUIRED.contains(&id) {
        return Err(Error::malformed(Rule::SectionPresent, HEADER_LEN, detail!("section {:#x} is not optional", id.0)));
    }
    let bytes_of = |section: &Section| &file.bytes[section.offset as usize..][..section.len as usize];
    let mut sections: Vec<(SectionId, u16, &[u8])> =
        file.sections().filter(|s| s.id != id).map(|s| (s.id, s.flags, bytes_of(&s))).collect();
    if let Some(contents) = contents {
        let place = sections.partition_point(|(other, ..)| *other < id);
        sections.insert(place, (id, 0, contents));
    }
    let mut out = vec![0; HEADER_LEN + sections.len() * SECTION_LEN];
    let table = sections.iter().map(|(id, flags, bytes)| append(&mut out, *id, *flags, bytes));
    let table = table.collect::<Result<Vec<Section>, Error>>()?;
    finish(&mut out, Header { sections: table.len() as u32, ..file.header }, &table)?;
    Ok(out)
}

/// Writes header and section table before the sections.
fn finish(out: &mut [u8], header: Header, table: &[Section]) -> Result<(), Error> {
    let header = Header { file_len: length(out.len())?, ..header };
    out[..HEADER_LEN].copy_from_slice(&header.bytes());
    for (entry, section) in out[HEADER_LEN..].chunks_exact_mut(SECTION_LEN).zip(table) {
        entry.copy_from_slice(&section.bytes());
    }
    Ok(())
}

/// Gives a file that was changed in place the build id of its contents, and says whether it could: if header or section table
/// don't say what the build id covers, the bytes stay as they are.
///
/// DEBUG and SIGNATURE, which name the build they belong to, are not touched.
pub fn reseal(bytes: &mut [u8]) -> bool {
    let Some(head) = bytes.first_chunk().filter(|head| head.starts_with(&MAGIC)) else { return false };
    let header = Header::read(head);
    let (entries, _) = bytes[HEADER_LEN..].as_chunks();
    let Some(entries) = entries.get(..header.sections as usize) else { return false };
    let table: Vec<Section> = entries.iter().map(Section::read).collect();
    let inside = |s: &Section| s.offset as usize <= bytes.len() && s.len as usize <= bytes.len() - s.offset as usize;
    if !table.iter().all(inside) {
        return false;
    }
    let id = crate::read::build_id(bytes, &header, table.into_iter());
    bytes[32..48].copy_from_slice(&id);
    true
}

fn length(len: usize) -> Result<u32, Error> {
    u32::try_from(len).map_err(|_| Error::malformed(Rule::FileLength, 0, detail!("the file would have {len} bytes")))
}

/// Puts a section at the next place due.
fn append(out: &mut Vec<u8>, id: SectionId, flags: u16, bytes: &[u8]) -> Result<Section, Error> {
    out.resize(out.len().next_multiple_of(SECTION_ALIGN), 0);
    let section = Section { id, flags, offset: length(out.len())?, len: length(bytes.len())? };
    out.extend_from_slice(bytes);
    Ok(section)
}
