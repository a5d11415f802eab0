//! `hardtack verify`: whether a file is safe to load, and what it is.

use crate::exit::{FAILURE, SUCCESS};
use crate::input::{Input, is_tack};
use anyhow::{Context, Result, bail};
use clap::Args;
use hardtack_format::error::Error as FormatError;
use hardtack_format::read::{File, Reader};
use hardtack_vm::LoadError;
use serde_json::{Value, json};
use std::io::Write;

const EXAMPLES: &str = "\
Examples:
  hardtack verify app.tack           says what it is, or what is wrong with it and where
  hardtack verify --json *.tack      one line of JSON a file

Exit codes: 0 all files are safe to load; 1 one of them isn't; 2 wrong usage.";

/// Check that .tack files are safe to load
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Verify {
    /// .tack files; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    inputs: Vec<Input>,

    /// Print one line of JSON a file
    #[arg(long)]
    json: bool,
}

impl Verify {
    /// Does it.
    pub fn execute(self) -> Result<i32> {
        let mut out = std::io::stdout().lock();
        let mut code = SUCCESS;
        for input in &self.inputs {
            let bytes = input.read()?;
            if !self.json && (bytes.starts_with(b"\0asm") || bytes.trim_ascii_start().starts_with(b"(module")) {
                bail!("{input} is WebAssembly: `hardtack compile` makes a .tack file of it");
            }
            match hardtack_vm::Module::from_slice(&bytes) {
                Ok(_) => writeln!(out, "{}", self.accepted(input, &bytes)?)?,
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

    fn accepted(&self, input: &Input, bytes: &[u8]) -> Result<String> {
        let file = File::parse(bytes, &Reader::default()).with_context(|| input.to_string())?;
        let header = &file.header;
        let (version, groups) = (header.version.to_string(), header.groups.to_string());
        let build_id = format!("{:032x}", u128::from_be_bytes(header.build_id));
        if !self.json {
            return Ok(format!(
                "{input}: ok, format {version}, {} bytes, {} functions, groups {groups}, build {build_id}",
                bytes.len(),
                file.funcs.len()
            ));
        }
        let sections = file.sections().map(|section| {
            let name = section.id.name().map_or_else(|| format!("{:#x}", section.id.0), str::to_string);
            (name, json!({ "offset": section.offset, "bytes": section.len, "required": section.is_required() }))
        });
        let sections: serde_json::Map<String, Value> = sections.collect();
        let json = json!({
            "file": input.to_string(),
            "ok": true,
            "version": version,
            "groups": groups.split(", ").collect::<Vec<_>>(),
            "build_id": build_id,
            "bytes": bytes.len(),
            "functions": file.funcs.len(),
            "sections": sections,
        });
        Ok(json.to_string())
    }
}

fn rejected(input: &Input, bytes: &[u8], error: &LoadError) -> Value {
    let format = error.format_error();
    let function = match format {
        FormatError::Malformed(malformed) => malformed.func,
        _ => None,
    };
    json!({
        "file": input.to_string(),
        "ok": false,
        "tack": is_tack(bytes),
        "error": error.to_string(),
        "offset": error.offset(),
        "function": function,
        "rule": format.rule().map(|rule| rule.number()),
    })
}
