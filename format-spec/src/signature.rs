//! The SIGNATURE section: algorithm (4 bytes), zero (4), public key (32), signature (64).
//!
//! It comes last, so the signature is the end of the file, and what it signs is every byte before it: header and section table
//! included, and the key and algorithm too. Signing needs no secret of the format's, and nothing here decides whether a signature is
//! right: that takes the algorithm, and a key that is trusted.

use crate::read::File;

/// The number of the one algorithm that there is: Ed25519, as in RFC 8032.
pub const ED25519: u32 = 1;

/// Length of a public key.
pub const KEY_LEN: usize = 32;

/// Length of a signature.
pub const SIGNATURE_LEN: usize = 64;

/// Length of the section.
pub const LEN: usize = 8 + KEY_LEN + SIGNATURE_LEN;

/// What the SIGNATURE section of a file says. None of it is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature<'a> {
    /// The public key of whoever claims to have signed.
    pub key: &'a [u8; KEY_LEN],
    /// The signature.
    pub signature: &'a [u8; SIGNATURE_LEN],
    /// What is signed.
    pub signed: &'a [u8],
}

/// Why a SIGNATURE section can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SectionError {
    /// It isn't as long as a signature is.
    #[error("the section has {0} bytes, and a signature {LEN}")]
    Length(usize),
    /// Its algorithm isn't known here.
    #[error("the signature is of an unknown kind ({0})")]
    Algorithm(u32),
    /// Another section follows, which would not be signed.
    #[error("the signature is not at the end of the file")]
    NotLast,
}

/// Reads the signature of a file, if it has one.
///
/// # Errors
/// If the section isn't laid out as above.
pub fn read<'a>(file: &File<'a>) -> Result<Option<Signature<'a>>, SectionError> {
    let Some((section, start)) = file.signature else { return Ok(None) };
    let section: &[u8; LEN] = section.try_into().map_err(|_| SectionError::Length(section.len()))?;
    if start + LEN != file.bytes.len() {
        return Err(SectionError::NotLast);
    }
    let [a, b, c, d, e, f, g, h, ..] = *section;
    let algorithm = u32::from_le_bytes([a, b, c, d]);
    if algorithm != ED25519 || [e, f, g, h] != [0; 4] {
        return Err(SectionError::Algorithm(algorithm));
    }
    let (head, signature) = section.split_last_chunk().ok_or(SectionError::Length(LEN))?;
    let key = head.last_chunk().ok_or(SectionError::Length(LEN))?;
    Ok(Some(Signature { key, signature, signed: &file.bytes[..start + head.len()] }))
}

/// Adds a signature to a file, in the place of one that it may have. `sign` is given what is to be signed.
///
/// # Errors
/// If an unknown section would follow, or the file would exceed 2^32 bytes.
#[cfg(feature = "integrity")]
pub fn attach(
    file: &File<'_>,
    key: &[u8; KEY_LEN],
    sign: impl FnOnce(&[u8]) -> [u8; SIGNATURE_LEN],
) -> Result<alloc::vec::Vec<u8>, crate::error::Error> {
    use crate::error::Error;
    use crate::module::SectionId;
    use crate::rules::Rule;

    let mut section = [0; LEN];
    section[..4].copy_from_slice(&ED25519.to_le_bytes());
    section[8..8 + KEY_LEN].copy_from_slice(key);
    let mut out = crate::write::with_section(file, SectionId::SIGNATURE, Some(&section))?;
    if file.sections().any(|s| s.id > SectionId::SIGNATURE) {
        let detail = "a section would follow the signature, and not be signed";
        return Err(Error::malformed(Rule::SectionOrder, 0, detail.into()));
    }
    let end = out.len() - SIGNATURE_LEN;
    let signature = sign(&out[..end]);
    out[end..].copy_from_slice(&signature);
    Ok(out)
}
