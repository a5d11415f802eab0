//! `hardtack keygen`: a pair of keys for signing.

use crate::exit::SUCCESS;
use anyhow::{Context, Result, bail};
use clap::{Args, ValueHint};
use ed25519_compact::KeyPair;
use hardtack_vm::signature::PublicKey;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  hardtack keygen release                      writes release.key and release.pub
  hardtack sign app.tack --key release.key     signs with the one
  hardtack verify app.tack --key release.pub   checks with the other

Whoever has the .key file can sign in your name: keep it where only the release process can read it. The .pub file goes into \
programs: `PublicKey::from_pem(include_str!(\"release.pub\"))`. Both are PEM, as `openssl pkey` reads them.";

/// Make a pair of keys for signing .tack files
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Keygen {
    /// Where to write: NAME.key is the secret key, NAME.pub the public one
    #[arg(value_name = "NAME", default_value = "hardtack", value_hint = ValueHint::AnyPath)]
    name: PathBuf,

    /// Replace keys that are there
    #[arg(long)]
    force: bool,
}

impl Keygen {
    /// Does it.
    pub fn execute(self) -> Result<i32> {
        let with = |extension: &str| {
            let mut path = self.name.clone().into_os_string();
            path.push(extension);
            PathBuf::from(path)
        };
        let (secret, public) = (with(".key"), with(".pub"));
        // Neither is written unless both can be, so that a pair stays one.
        if let Some(there) = [&secret, &public].into_iter().find(|path| path.exists() && !self.force) {
            bail!("{} is there already: another name, or --force to replace it", there.display());
        }
        let pair = KeyPair::generate();
        self.write(&secret, pair.sk.to_pem(), true)?;
        self.write(&public, pair.pk.to_pem(), false)?;
        let mut out = anstream::stdout().lock();
        writeln!(out, "{}: the secret key, to sign with", secret.display())?;
        writeln!(out, "{}: the public key {}", public.display(), PublicKey::from_bytes(*pair.pk)?)?;
        Ok(SUCCESS)
    }

    fn write(&self, path: &Path, text: String, secret: bool) -> Result<()> {
        if self.force {
            match std::fs::remove_file(path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(error).with_context(|| format!("can't replace {}", path.display()));
                }
                _ => {}
            }
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        if secret {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        #[cfg(not(unix))]
        let _ = secret;
        let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
        written.with_context(|| format!("can't write {}", path.display()))
    }
}
