//! Key files: PEM, as OpenSSL writes and reads them.

use anyhow::{Context, Result, anyhow, bail};
use ed25519_compact::KeyPair;
use hardtack_vm::signature::PublicKey;
use std::path::Path;

/// Reads a file of a public key.
pub fn public(path: &Path) -> Result<PublicKey> {
    let name = path.display();
    let text = read(path)?;
    if text.contains("PRIVATE KEY") {
        bail!("{name} holds a secret key, where a public one is needed: the file ending in .pub that belongs to it");
    }
    PublicKey::from_pem(&text).with_context(|| name.to_string())
}

/// Reads a file of a secret key.
pub fn secret(path: &Path) -> Result<KeyPair> {
    let name = path.display();
    let text = read(path)?;
    if text.contains("PUBLIC KEY") && !text.contains("PRIVATE KEY") {
        bail!("{name} holds a public key, where the secret one is needed to sign");
    }
    KeyPair::from_pem(&text).map_err(|_| anyhow!("{name}: this is not an Ed25519 secret key in PEM"))
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))
}
