//! Who a file comes from: Ed25519 signatures, in the file or beside it.
//!
//! A signature says that a file is the one that somebody released. It isn't needed for safety: any bytes are safe to load. It is for
//! files that travel, such as updates over the air, and for plugins whose makers must be known.
//!
//! ```
//! use hardtack_vm::signature::PublicKey;
//! use hardtack_vm::{Module, SignatureError};
//!
//! // Made by `hardtack keygen`, and part of the program: `include_str!("release.pub")`.
//! const KEY: &str = "-----BEGIN PUBLIC KEY-----
//! MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
//! -----END PUBLIC KEY-----";
//!
//! let update = b"what came over the air";
//! let error = Module::load_signed(update, &[PublicKey::from_pem(KEY)?]).unwrap_err();
//! assert!(matches!(error, SignatureError::Load(_)));
//! # Ok::<(), SignatureError>(())
//! ```
//!
//! The program decides which keys it trusts; the key that a file names only says who claims to have signed it. A rightly signed
//! *old* file is still rightly signed: a host that must not go back to one compares versions of its own.
//!
//! `hardtack sign` signs only what loads. So a small device that trusts the key may save the verification: [`verify()`], then
//! [`Module::load_preverified`], whose condition the key's owner then vouches for.

use crate::module::{LoadError, Module, ModuleBytes, READER};
use core::fmt;
use hardtack_format::read::{File, Reader};
use hardtack_format::signature::{self, KEY_LEN, SIGNATURE_LEN, SectionError};

/// A key that signatures are checked with.
///
/// ```
/// use hardtack_vm::signature::PublicKey;
///
/// // As `hardtack keygen` prints it, for hosts without PEM files.
/// let bytes = u128::to_be_bytes(0xd75a980182b10ab7_d54bfed3c964073a).into_iter();
/// let bytes = bytes.chain(u128::to_be_bytes(0x0ee172f3daa62325_af021a68f707511a));
/// let key: [u8; 32] = bytes.collect::<Vec<u8>>().try_into().unwrap();
/// assert!(PublicKey::from_bytes(key).is_ok());
/// assert!(PublicKey::from_bytes([0; 32]).is_err(), "with this one signatures could be forged");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(ed25519_compact::PublicKey);

impl PublicKey {
    /// A key from its 32 bytes.
    ///
    /// # Errors
    /// If they are not a point of the curve, or one with which signatures can be forged.
    pub fn from_bytes(bytes: [u8; KEY_LEN]) -> Result<PublicKey, SignatureError> {
        let key = ed25519_compact::PublicKey::new(bytes);
        key.validate().map_err(|_| SignatureError::Key)?;
        Ok(PublicKey(key))
    }

    /// A key from the text of its file, as `hardtack keygen` and OpenSSL write it. With the feature `std`; elsewhere the key is part of
    /// the program as bytes, the last 32 of what `openssl pkey -pubin -in release.pub -outform DER` prints.
    ///
    /// # Errors
    /// If it isn't a PEM file of an Ed25519 public key, or as [`from_bytes`](Self::from_bytes).
    #[cfg(feature = "std")]
    pub fn from_pem(text: &str) -> Result<PublicKey, SignatureError> {
        let key = ed25519_compact::PublicKey::from_pem(text).map_err(|_| SignatureError::Key)?;
        PublicKey::from_bytes(*key)
    }

    /// Its 32 bytes.
    pub fn to_bytes(&self) -> [u8; KEY_LEN] {
        *self.0
    }

    fn check(&self, message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> Result<(), SignatureError> {
        let signature = ed25519_compact::Signature::new(*signature);
        self.0.verify(message, &signature).map_err(|_| SignatureError::Mismatch)
    }
}

/// The bytes in hexadecimal.
impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

/// Why a file doesn't count as signed.
///
/// ```
/// use hardtack_vm::{Module, SignatureError};
///
/// let tack = hardtack_compiler::compile(b"(module)", &Default::default())?;
/// assert_eq!(Module::load_signed(tack, &[]).unwrap_err(), SignatureError::Missing);
/// # Ok::<(), hardtack_compiler::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// The file has no signature.
    #[error("the file is not signed")]
    Missing,
    /// The signature is cut short, or of a kind unknown here.
    #[error("the signature is malformed: {0}")]
    Malformed(SectionError),
    /// The file is signed with a key that isn't among those trusted.
    #[error("the file is signed with a key that is not trusted")]
    UnknownKey,
    /// The file isn't what was signed, or was signed by somebody else.
    #[error("the signature does not match: the file was changed after it was signed, or signed with another key")]
    Mismatch,
    /// A key isn't one.
    #[error("this is not an Ed25519 public key")]
    Key,
    /// The file can't be loaded, whoever signed it.
    #[error(transparent)]
    Load(LoadError),
}

impl From<LoadError> for SignatureError {
    fn from(error: LoadError) -> SignatureError {
        SignatureError::Load(error)
    }
}

/// Checks the signature in a file, and returns which of the trusted keys it was made with.
///
/// It covers every byte of the file. Nothing is copied or allocated for it.
///
/// # Errors
/// If the file isn't signed with one of the keys, or is no whole `.tack` file.
pub fn verify<'k>(file: &[u8], keys: &'k [PublicKey]) -> Result<&'k PublicKey, SignatureError> {
    // The signature covers what the build id covers.
    let reader = Reader { integrity: false, ..READER }.with_isa_of(file);
    let file = File::parse(file, &reader).map_err(LoadError::from)?;
    let found = signature::read(&file).map_err(SignatureError::Malformed)?.ok_or(SignatureError::Missing)?;
    let key = keys.iter().find(|key| key.to_bytes() == *found.key).ok_or(SignatureError::UnknownKey)?;
    key.check(found.signed, found.signature)?;
    Ok(key)
}

/// Checks a signature that is kept beside a file: 64 bytes, of all the bytes of the file. It names no key, so each is tried.
///
/// # Errors
/// If it wasn't made of these bytes with one of the keys.
pub fn verify_detached<'k>(
    file: &[u8],
    signature: &[u8],
    keys: &'k [PublicKey],
) -> Result<&'k PublicKey, SignatureError> {
    let malformed = || SignatureError::Malformed(SectionError::Length(signature.len()));
    let signature: &[u8; SIGNATURE_LEN] = signature.try_into().map_err(|_| malformed())?;
    keys.iter().find(|key| key.check(file, signature).is_ok()).ok_or(SignatureError::Mismatch)
}

impl Module {
    /// Loads a file that is signed with one of these keys, and no other: the signature is checked first, then everything that
    /// [`load`](Self::load) checks.
    ///
    /// # Errors
    /// As [`signature::verify`](crate::signature::verify) and [`load`](Self::load).
    pub fn load_signed(bytes: impl Into<ModuleBytes>, keys: &[PublicKey]) -> Result<Module, SignatureError> {
        // The very bytes that are checked are loaded.
        let bytes = bytes.into();
        verify(bytes.as_ref(), keys)?;
        Ok(Module::load(bytes)?)
    }
}

#[cfg(not(feature = "compact"))]
impl crate::Engine {
    /// Like [`Module::load_signed`], for files for one of the engine's instruction sets as well.
    ///
    /// # Errors
    /// As [`signature::verify`](crate::signature::verify) and [`load`](Self::load).
    pub fn load_signed(&self, bytes: impl Into<ModuleBytes>, keys: &[PublicKey]) -> Result<Module, SignatureError> {
        // The very bytes that are checked are loaded.
        let bytes = bytes.into();
        verify(bytes.as_ref(), keys)?;
        Ok(self.load(bytes)?)
    }
}
