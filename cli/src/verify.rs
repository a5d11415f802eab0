//! `hardtack verify`: whether a file is safe to load, who signed it, and what it is.

use crate::exit::{FAILURE, SUCCESS};
use crate::input::{Input, is_tack};
use crate::keys;
use crate::sets::{self, Sets};
use anyhow::{Context, Result, bail};
use clap::{Args, ValueHint};
use hardtack_format::error::Error as FormatError;
use hardtack_format::module::ShownId;
use hardtack_format::signature;
use hardtack_vm::signature::{PublicKey, verify, verify_detached};
use hardtack_vm::{LoadError, SignatureError};
use serde_json::{Value, json};
use std::io::Write;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  hardtack verify app.tack                      says what it is, or what is wrong with it and where
  hardtack verify --json *.tack                 one line of JSON a file
  hardtack verify app.tack --key release.pub    and it must be signed with this key
  hardtack verify app.tack --key release.pub --signature app.tack.sig

Exit codes: 0 all files are safe to load, and signed if --key is given; 1 one of them isn't; 2 wrong usage.";

/// Check that .tack files are safe to load, and who signed them
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Verify {
    /// .tack files; `-` is standard input
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
    inputs: Vec<Input>,

    /// Accept only files signed with this public key, or with one of several if given more than once
    #[arg(short, long, value_name = "KEY", value_hint = ValueHint::FilePath)]
    key: Vec<PathBuf>,

    /// The signature, if it lies beside the file
    #[arg(long, value_name = "FILE.sig", requires = "key", value_hint = ValueHint::FilePath)]
    signature: Option<Input>,

    /// Print one line of JSON a file
    #[arg(long)]
    json: bool,
}

/// Why a file isn't accepted.
enum Rejected {
    Load(LoadError),
    Signature(SignatureError),
}

/// Whose signature a file has.
enum Signer {
    /// It has none.
    Nobody,
    /// It names this key; nobody asked whether it is right.
    Unchecked([u8; signature::KEY_LEN]),
    /// A key that is trusted.
    Trusted(PublicKey),
}

impl Verify {
    /// Does it.
    pub fn execute(self, sets: Sets<'_>) -> Result<i32> {
        if self.signature.is_some() && self.inputs.len() > 1 {
            bail!(crate::exit::Usage("a signature belongs to one file, and several are given".into()));
        }
        let keys = self.key.iter().map(|path| keys::public(path)).collect::<Result<Vec<PublicKey>>>()?;
        let detached = self.signature.as_ref().map(Input::read).transpose()?;
        let mut out = std::io::stdout().lock();
        let mut code = SUCCESS;
        for input in &self.inputs {
            let bytes = input.read()?;
            if !self.json && (bytes.starts_with(b"\0asm") || bytes.trim_ascii_start().starts_with(b"(module")) {
                bail!("{input} is WebAssembly: `hardtack compile` makes a .tack file of it");
            }
            match check(&bytes, sets, &keys, detached.as_deref()) {
                Ok(signer) => writeln!(out, "{}", self.accepted(input, &bytes, &signer)?)?,
                Err(error) => {
                    code = FAILURE;
                    if self.json {
                        writeln!(out, "{}", rejected(input, &bytes, &error))?;
                    } else {
                        crate::exit::report("error", &format!("{input}: {error}"));
                    }
                }
            }
        }
        Ok(code)
    }

    fn accepted(&self, input: &Input, bytes: &[u8], signer: &Signer) -> Result<String> {
        let file = sets::parse(bytes).with_context(|| input.to_string())?;
        let header = &file.header;
        let (version, groups) = (header.version.to_string(), header.groups.to_string());
        let build_id = ShownId(header.build_id).to_string();
        if !self.json {
            let signed = match signer {
                Signer::Nobody => String::new(),
                Signer::Unchecked(key) => format!(", signature by {} not checked", hex(key)),
                Signer::Trusted(key) => format!(", signed by {key}"),
            };
            let (bytes, functions) = (bytes.len(), file.funcs.len());
            let set = if header.isa == 0 { String::new() } else { format!(", instruction set {:032x}", header.isa) };
            let plural = if functions == 1 { "" } else { "s" };
            return Ok(format!(
                "{input}: ok, format {version}, {bytes} bytes, {functions} function{plural}, groups {groups}{set}, build {build_id}{signed}"
            ));
        }
        let sections = file.sections().map(|section| {
            let name = section.id.name().map_or_else(|| format!("{:#x}", section.id.0), str::to_string);
            (name, json!({ "offset": section.offset, "bytes": section.len, "required": section.is_required() }))
        });
        let sections: serde_json::Map<String, Value> = sections.collect();
        let signature = match signer {
            Signer::Nobody => Value::Null,
            Signer::Unchecked(key) => json!({ "key": hex(key), "checked": false }),
            Signer::Trusted(key) => json!({ "key": key.to_string(), "checked": true }),
        };
        let json = json!({
            "file": input.to_string(),
            "ok": true,
            "version": version,
            "groups": groups.split(", ").collect::<Vec<_>>(),
            "isa": (header.isa != 0).then(|| format!("{:032x}", header.isa)),
            "build_id": build_id,
            "bytes": bytes.len(),
            "functions": file.funcs.len(),
            "sections": sections,
            "signature": signature,
        });
        Ok(json.to_string())
    }
}

/// Checks one file: first that it is safe, since that says most about a file that is damaged.
fn check(bytes: &[u8], sets: Sets<'_>, keys: &[PublicKey], detached: Option<&[u8]>) -> Result<Signer, Rejected> {
    sets.load(bytes.to_vec()).map_err(Rejected::Load)?;
    let trusted = match (keys, detached) {
        ([], _) => {
            let file = sets::parse(bytes).map_err(|e| Rejected::Load(e.into()))?;
            let found = signature::read(&file).map_err(|e| Rejected::Signature(SignatureError::Malformed(e)))?;
            return Ok(found.map_or(Signer::Nobody, |found| Signer::Unchecked(*found.key)));
        }
        (keys, Some(signature)) => verify_detached(bytes, signature, keys),
        (keys, None) => verify(bytes, keys),
    };
    trusted.map(|key| Signer::Trusted(*key)).map_err(Rejected::Signature)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl std::fmt::Display for Rejected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Rejected::Load(error) => error.fmt(f),
            Rejected::Signature(error) => error.fmt(f),
        }
    }
}

fn rejected(input: &Input, bytes: &[u8], error: &Rejected) -> Value {
    let mut json = json!({
        "file": input.to_string(),
        "ok": false,
        "tack": is_tack(bytes),
        "error": error.to_string(),
    });
    if let Rejected::Load(error) = error {
        let format = error.format_error();
        let function = match format {
            FormatError::Malformed(malformed) => malformed.func,
            _ => None,
        };
        json["offset"] = json!(error.offset());
        json["function"] = json!(function);
        json["rule"] = json!(format.rule().map(|rule| rule.number()));
    }
    json
}
