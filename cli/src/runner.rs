//! The project that `hardtack tailor --runner` writes: this command line with one more instruction set.

use crate::exit::Usage;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The first line of a runner's manifest: what tells its directory from others.
const MARK: &str = "# Written by `hardtack tailor --runner`, which replaces it when it is run again.";

/// The same as this workspace's.
const PROFILE: &str = "\
[profile.release]
opt-level = 3
codegen-units = 1
debug = \"line-tables-only\"
";

const MAIN: &str = r#"//! `hardtack` on a VM that has the instruction set of `app.isa` as well.

use std::process::ExitCode;

hardtack_vm::isa!(APP = "../app.isa");

fn main() -> ExitCode {
    hardtack_cli::main_with(&[&APP])
}
"#;

/// The directory of a runner.
pub struct Runner<'a>(&'a Path);

impl<'a> Runner<'a> {
    /// One to be written to this directory: it must be new, empty, or a runner's already.
    pub fn new(dir: &'a Path) -> Result<Runner<'a>> {
        let runner = Runner(dir);
        let shown = dir.display();
        match dir.read_dir().map(Iterator::count) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(runner),
            Err(error) => Err(error).with_context(|| format!("can't read the directory {shown}")),
            Ok(0) => Ok(runner),
            Ok(_) => match std::fs::read_to_string(runner.manifest()) {
                Ok(text) if text.starts_with(MARK) => Ok(runner),
                _ => bail!(Usage(format!("{shown} isn't empty, and no runner: name another directory with --runner"))),
            },
        }
    }

    fn manifest(&self) -> PathBuf {
        self.0.join("Cargo.toml")
    }

    /// Writes the project, with this text of an instruction set.
    pub fn write(&self, set: &str) -> Result<()> {
        let src = self.0.join("src");
        std::fs::create_dir_all(&src).with_context(|| format!("can't create {}", src.display()))?;
        let write = |path: PathBuf, text: &str| {
            std::fs::write(&path, text).with_context(|| format!("can't write {}", path.display()))
        };
        write(self.0.join("app.isa"), set)?;
        write(src.join("main.rs"), MAIN)?;
        write(self.0.join(".gitignore"), "/target\n")?;
        let sources = sources();
        let lock = self.0.join("Cargo.lock");
        if let Some(ours) = sources.map(|root| root.join("Cargo.lock")).filter(|ours| ours.is_file() && !lock.exists())
        {
            // With the versions of libraries that this program was built with.
            std::fs::copy(&ours, &lock).with_context(|| format!("can't copy {}", ours.display()))?;
        }
        // Last: the mark is set on what is whole.
        write(self.manifest(), &manifest(sources))
    }
}

/// The workspace that this program was built from, if it is still there.
fn sources() -> Option<&'static Path> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?;
    let has = |package: &str| root.join(package).join("Cargo.toml").is_file();
    (has("cli") && has("vm")).then_some(root)
}

/// The manifest, with the crates taken from these sources, else from the repository.
fn manifest(sources: Option<&Path>) -> String {
    let place = |package: &str| match sources {
        // A JSON string is a TOML string as well.
        Some(root) => format!("path = {}", Value::from(root.join(package).to_string_lossy())),
        None => format!("git = {}", Value::from(env!("CARGO_PKG_REPOSITORY"))),
    };
    let (cli, vm) = (place("cli"), place("vm"));
    format!(
        r#"{MARK}
[package]
name = "hardtack-runner"
version = "0.1.0"
edition = "2024"
publish = false

[dependencies]
hardtack-cli = {{ {cli} }}
hardtack-vm = {{ {vm} }}

# It belongs to no workspace that it may lie in.
[workspace]

{PROFILE}"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> toml::Table {
        text.parse().unwrap_or_else(|e| panic!("{e}:\n{text}"))
    }

    #[test]
    fn manifests_are_toml_wherever_the_crates_are() {
        let crates = |sources| parsed(&manifest(sources))["dependencies"].clone();
        let from = crates(None);
        assert_eq!(from["hardtack-vm"]["git"].as_str(), Some(env!("CARGO_PKG_REPOSITORY")));
        let from = crates(Some(Path::new(r#"/a "b"\c"#)));
        let place = from["hardtack-cli"]["path"].as_str().unwrap();
        assert_eq!(Path::new(place), Path::new(r#"/a "b"\c"#).join("cli"));
        assert!(sources().is_some(), "tests are run where the sources are");
    }

    #[test]
    fn the_profile_is_that_of_the_workspace() {
        let root = sources().unwrap().join("Cargo.toml");
        let workspace = parsed(&std::fs::read_to_string(root).unwrap());
        assert_eq!(parsed(PROFILE)["profile"]["release"], workspace["profile"]["release"]);
    }
}
