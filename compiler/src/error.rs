//! What can be wrong with the input.

use hardtack_format::version::Groups;
use std::path::Path;

/// Why a module could not be compiled.
///
/// ```
/// use hardtack_compiler::{Error, Options, compile};
///
/// let error = compile(b"(module (func (result i32) i64.const 1))", &Options::default()).unwrap_err();
/// assert!(matches!(error, Error::Invalid { function: Some(0), .. }), "{error}");
/// let error = compile(b"(module (func (result v128) (v128.const i32x4 0 0 0 0)))", &Options::default()).unwrap_err();
/// assert!(matches!(error, Error::Unsupported { .. }), "{error}");
/// println!("{}", error.in_file("guest/plugin.wat".as_ref()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The input is not a valid WebAssembly module.
    #[error("invalid WebAssembly at offset {offset:#x}{}: {message}", in_function(*function))]
    Invalid {
        /// What is wrong, as the validator words it.
        message: String,
        /// The function whose body it is in, by its index in the module (imports first).
        function: Option<u32>,
        /// Offset in the file.
        offset: u64,
    },
    /// The input would be valid with a proposal that is not supported.
    #[error("{proposal} is not supported (used at offset {offset:#x}{}: {message})", in_function(*function))]
    Unsupported {
        /// Name of the proposal.
        proposal: &'static str,
        /// What the validator said without it.
        message: String,
        /// The function whose body uses it, by its index in the module (imports first).
        function: Option<u32>,
        /// Offset in the file.
        offset: u64,
    },
    /// The input is text, but not a well-formed module in the text format.
    #[error("malformed text: {message}")]
    Text {
        /// What is wrong, with line and column.
        message: String,
    },
    /// The input needs an instruction of a group that the target lacks.
    #[error("`{instruction}` needs instruction groups that the target lacks: {groups}{}", in_function(Some(*function)))]
    Group {
        /// The instruction needed.
        instruction: String,
        /// The groups it needs and the target lacks.
        groups: Groups,
        /// The function that needs it, by its index in the module (imports first).
        function: u32,
    },
    /// The text of an instruction set isn't in its notation, or a row of it can't be an instruction.
    #[error("line {line}, column {column}: expected {expected}, found {}", if found.is_empty() { "the end" } else { found })]
    InstructionSet {
        /// Where, from 1.
        line: usize,
        /// Where in the line, in bytes from 1.
        column: usize,
        /// What could stand there.
        expected: String,
        /// What does.
        found: String,
    },
    /// The text of a profile isn't one.
    #[error("line {line} of the profile: expected {expected}")]
    Profile {
        /// Where, from 1.
        line: usize,
        /// What could stand there.
        expected: String,
    },
    /// A file from which an instruction set is to be made can't be read.
    #[error("{file}: {message}")]
    Tailor {
        /// The file.
        file: String,
        /// What is wrong with it.
        message: String,
    },
    /// The file could not be written: the format refuses what the compiler made.
    #[error("cannot write the file: {message}")]
    Format {
        /// What the format says.
        message: String,
    },
    /// The input exceeds what the file format or the compiler can express.
    #[error("{what} exceeds the limit of {limit}{}", in_function(*function))]
    Limit {
        /// What there is too much of.
        what: &'static str,
        /// The function concerned, by its index in the module (imports first).
        function: Option<u32>,
        /// How much there may be.
        limit: u64,
    },
    /// The module defines no function of a name.
    #[error("there is no function `{name}`; the module defines {}", if known.is_empty() { "none with a name" } else { known })]
    UnknownFunction {
        /// The name asked for.
        name: String,
        /// Names that there are.
        known: String,
    },
    /// What is wrong with the module in a file.
    #[error("{path}: {error}")]
    InFile {
        /// The file.
        path: String,
        /// What is wrong.
        error: Box<Error>,
    },
    /// A build script can't read or write a file.
    #[error("can't {doing} {path}: {message}")]
    File {
        /// What was to be done with it.
        doing: &'static str,
        /// The file.
        path: String,
        /// What the system says.
        message: String,
    },
    /// Cargo sets `OUT_DIR` for build scripts only.
    #[error("OUT_DIR is not set: outside a build script, say where to write with `out_dir`")]
    OutDir,
}

impl Error {
    /// The same, as it concerns the module in a file. Places in text are then places in that file.
    pub fn in_file(self, path: &Path) -> Error {
        let path = path.display().to_string();
        let error = match self {
            Error::Text { message } => Error::Text { message: message.replace("<anon>", &path) },
            error => error,
        };
        Error::InFile { path, error: Box::new(error) }
    }

    pub(crate) fn file(doing: &'static str, path: &Path, error: &std::io::Error) -> Error {
        Error::File { doing, path: path.display().to_string(), message: error.to_string() }
    }
}

fn in_function(function: Option<u32>) -> String {
    function.map_or(String::new(), |index| format!(" in function {index}"))
}
