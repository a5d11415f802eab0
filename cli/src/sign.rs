//! `hardtack sign`: a signature into a file, or beside it.

use crate::exit::{SUCCESS, Usage};
use crate::input::{Input, Output, is_tack};
use crate::keys;
use crate::sets::{self, Sets};
use anyhow::{Context, Result, bail};
use clap::{Args, ValueHint};
use hardtack_format::module::SectionId;
use hardtack_format::signature;
use hardtack_format::write::with_section;
use std::io::IsTerminal;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  hardtack sign app.tack --key release.key                 signs app.tack in place
  hardtack sign app.tack --key release.key -o signed.tack  leaves app.tack as it is
  hardtack sign app.tack --key release.key --detached      writes app.tack.sig, 64 bytes
  hardtack sign app.tack --remove                          takes a signature out
  hardtack compile app.wasm -o - | hardtack sign - --key release.key -o app.tack

The signature is Ed25519 over every byte of the file before it, and the file's last 64 bytes; a signed file is loaded and run in \
place like any other. The same file and key give the same signature.

To check without Hardtack:
  head -c -64 app.tack > signed; tail -c 64 app.tack > signature
  openssl pkeyutl -verify -rawin -pubin -inkey release.pub -in signed -sigfile signature";

/// Sign a .tack file
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Sign {
    /// A .tack file; `-` is standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    input: Input,

    /// The secret key, from `hardtack keygen` or `openssl genpkey -algorithm ed25519`
    #[arg(short, long, value_name = "KEY", value_hint = ValueHint::FilePath, required_unless_present = "remove")]
    key: Option<PathBuf>,

    /// Where to write; `-` is standard output. By default FILE itself, or standard output for standard input
    #[arg(short, long, value_name = "OUT", value_hint = ValueHint::FilePath)]
    output: Option<Output>,

    /// Leave the file as it is, and write the signature alone: by default to FILE.sig
    #[arg(long)]
    detached: bool,

    /// Take the signature out
    #[arg(long, conflicts_with_all = ["key", "detached"])]
    remove: bool,
}

impl Sign {
    /// Does it.
    pub fn execute(self, sets: Sets<'_>) -> Result<i32> {
        let output = self.output();
        if output == Output::Stdout && std::io::stdout().is_terminal() {
            bail!(Usage("what is signed is nothing to look at on a terminal: name a file with -o".into()));
        }
        let bytes = self.input.read()?;
        let name = || self.input.to_string();
        if !is_tack(&bytes) {
            bail!("{} is not a .tack file: `hardtack compile` makes one of WebAssembly", self.input);
        }
        // Nobody should put their name to what can't be loaded.
        sets.load(bytes.clone()).with_context(name)?;
        let file = sets::parse(&bytes).with_context(name)?;
        let key = self.key.as_deref().map(keys::secret).transpose()?;
        output.write(&match key {
            None => with_section(&file, SectionId::SIGNATURE, None).with_context(name)?,
            Some(pair) if self.detached => pair.sk.sign(&bytes, None).to_vec(),
            Some(pair) => {
                signature::attach(&file, &pair.pk, |message| *pair.sk.sign(message, None)).with_context(name)?
            }
        })?;
        Ok(SUCCESS)
    }

    fn output(&self) -> Output {
        match (&self.output, self.input.path()) {
            (Some(output), _) => output.clone(),
            (None, Some(path)) if self.detached => {
                let mut path = path.as_os_str().to_owned();
                path.push(".sig");
                Output::File(path.into())
            }
            (None, Some(path)) => Output::File(path.into()),
            (None, None) => Output::Stdout,
        }
    }
}
