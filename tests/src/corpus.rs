//! The manifest of the corpus: real programs, and what they print.

use std::path::{Path, PathBuf};

/// A run of a program.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// The module's file.
    pub module: PathBuf,
    /// The export to call instead of `_start`, with its arguments.
    pub invoke: Option<(String, Vec<String>)>,
    /// The directory that the guest gets as its own.
    pub dir: Option<PathBuf>,
    /// What it reads from standard input.
    pub stdin: Option<PathBuf>,
    /// The guest's arguments.
    pub args: Vec<String>,
    /// What it must print, as the manifest says it.
    pub stdout: String,
    /// Whether the module is only to be compiled and loaded.
    pub compile_only: bool,
    /// What the invoked function must return, if the manifest knows.
    pub result: Option<String>,
}

/// The directory of the corpus: `HARDTACK_CORPUS`, or `shared/corpus` beside the workspace. `None` if it isn't there.
pub fn dir() -> Option<PathBuf> {
    let named = std::env::var_os("HARDTACK_CORPUS").map(PathBuf::from);
    let beside = || crate::workspace::root().parent().map(|dir| dir.join("shared/corpus"));
    named.or_else(beside).filter(|dir| dir.join("MANIFEST.tsv").is_file())
}

/// Reads the manifest of a corpus.
pub fn manifest(dir: &Path) -> Result<Vec<Row>, String> {
    let path = dir.join("MANIFEST.tsv");
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(|line| row(line, dir)).collect()
}

/// Name, module, arguments, expected output, result, source, separated by tabs. `{D}` in the arguments is the corpus.
fn row(line: &str, dir: &Path) -> Result<Row, String> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [name, module, args, stdout, result, _source] = fields[..] else {
        return Err(format!("not six fields: {line}"));
    };
    let mut row = Row {
        name: name.into(),
        module: dir.join(module),
        stdout: stdout.into(),
        result: (result != "-").then(|| result.into()),
        ..Row::default()
    };
    let args = args.replace("{D}", &dir.display().to_string());
    let mut words = args.split_whitespace().map(String::from);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{name}: {word} needs a value"));
        match word.as_str() {
            "--dir" => row.dir = Some(value()?.into()),
            "--stdin" => row.stdin = Some(value()?.into()),
            "--invoke" => {
                let function = value()?;
                row.invoke = Some((function, words.by_ref().collect()));
            }
            "--no-run" => row.compile_only = true,
            "--" => row.args = words.by_ref().collect(),
            other => return Err(format!("{name}: {other} is not an argument that this test knows")),
        }
    }
    Ok(row)
}
