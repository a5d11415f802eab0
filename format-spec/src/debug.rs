//! The DEBUG section: build id (16 bytes), checksum of the rest (8), entries.
//!
//! It lies outside the build id, so stripping or replacing it breaks nothing; it says itself which build it belongs to.
//! A symbol file ([`crate::symbols`]) is the same behind a magic number, with more entries.

use crate::error::Error;
use crate::meta::Names;
use crate::rules::Rule;
use alloc::vec::Vec;

/// Length of what stands before the entries.
pub(crate) const HEAD: usize = 24;

/// Checksum against damage, not against intent: 64-bit FNV-1a.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, b| (hash ^ u64::from(*b)).wrapping_mul(0x100_0000_01b3))
}

/// The bytes of a DEBUG section.
pub fn encode(names: &Names<'_>, build_id: [u8; 16]) -> Vec<u8> {
    seal(&names.encode(), build_id)
}

/// Puts build id and checksum before entries.
pub(crate) fn seal(entries: &[u8], build_id: [u8; 16]) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEAD + entries.len());
    out.extend_from_slice(&build_id);
    out.extend_from_slice(&checksum(entries).to_le_bytes());
    out.extend_from_slice(entries);
    out
}

/// The build that a section belongs to, and its entries. It begins at `offset` of its file.
pub(crate) fn open(section: &[u8], offset: usize) -> Result<([u8; 16], &[u8]), Error> {
    let broken = |why: &str| Error::malformed(Rule::Debug, offset, why.into());
    let Some((head, entries)) = section.split_first_chunk::<HEAD>() else {
        return Err(broken("the section is too short"));
    };
    if head[16..] != checksum(entries).to_le_bytes() {
        return Err(broken("the section is damaged"));
    }
    let mut build_id = [0; 16];
    build_id.copy_from_slice(&head[..16]);
    Ok((build_id, entries))
}

/// Reads a DEBUG section that begins at `offset` of its file and must belong to a build.
pub fn decode(section: &[u8], offset: usize, build_id: [u8; 16]) -> Result<Names<'_>, Error> {
    let (own, entries) = open(section, offset)?;
    if own != build_id {
        return Err(Error::malformed(Rule::Debug, offset, "the section belongs to another build".into()));
    }
    Names::decode(entries, offset + HEAD)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meta::{FuncName, Line};
    use std::vec;

    #[test]
    fn round_trip() {
        let names = Names {
            funcs: vec![FuncName { index: 3, name: "main".into() }, FuncName { index: 9, name: "é".into() }],
            lines: vec![Line { unit: 2, wasm: 40 }, Line { unit: 7, wasm: 41 }],
        };
        let bytes = encode(&names, [1; 16]);
        let read = decode(&bytes, 0, [1; 16]).unwrap();
        assert_eq!(read, names);
        assert_eq!((read.func(3), read.func(4)), (Some("main"), None));
        assert_eq!((read.line(1), read.line(2), read.line(6), read.line(900)), (None, Some(40), Some(40), Some(41)));
        assert!(decode(&bytes, 0, [2; 16]).is_err());
        for at in 0..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1;
            assert!(decode(&bytes, 0, [1; 16]).is_err());
        }
    }
}
