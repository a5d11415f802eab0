//! The case library: small modules in text form, one idea each, in `cases/`.

use hardtack_compiler::Options;
use std::path::Path;

/// A case.
#[derive(Clone, Debug)]
pub struct Case {
    /// Name of its file, without the extension.
    pub name: String,
    /// Its text.
    pub text: String,
}

impl Case {
    /// How it is compiled: as by default, but for what its first lines say.
    pub fn options(&self) -> Options {
        let mut options = Options::default();
        if self.text.lines().take_while(|line| line.starts_with(";;")).any(|line| line == NO_INLINING) {
            options.passes.inline = false;
        }
        options
    }
}

/// The comment of a case whose calls are to stay.
const NO_INLINING: &str = ";; Compiled without inlining.";

/// All cases, in the order of their names.
pub fn all() -> Vec<Case> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let cases: Vec<Case> = crate::workspace::files(&dir, "wat")
        .into_iter()
        .map(|path| Case {
            name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            text: std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())),
        })
        .collect();
    assert!(!cases.is_empty(), "{} has no cases", dir.display());
    cases
}
