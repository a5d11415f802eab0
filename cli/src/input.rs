//! Reading what the user names: a file, or `-` for standard input; WebAssembly in either form, or `.tack`.

use crate::progress::Progress;
use crate::sets::Sets;
use anyhow::{Context, Result};
use hardtack_compiler::explain::Explained;
use hardtack_compiler::{Compiled, Options};
use hardtack_format::module::MAGIC;
use hardtack_vm::Module;
use std::fmt;
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Where to read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Standard input.
    Stdin,
    /// A file.
    File(PathBuf),
}

impl FromStr for Input {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(if text == "-" { Input::Stdin } else { Input::File(text.into()) })
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Input::Stdin => f.write_str("standard input"),
            Input::File(path) => write!(f, "{}", path.display()),
        }
    }
}

impl Input {
    /// The path, if it is a file.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Input::Stdin => None,
            Input::File(path) => Some(path),
        }
    }

    /// All of its bytes.
    pub fn read(&self) -> Result<Vec<u8>> {
        match self {
            Input::Stdin => {
                let mut bytes = Vec::new();
                std::io::stdin().lock().read_to_end(&mut bytes).context("can't read standard input")?;
                Ok(bytes)
            }
            Input::File(path) => std::fs::read(path).with_context(|| format!("can't read {}", path.display())),
        }
    }

    /// Compiles bytes that came from here.
    pub fn compile(&self, bytes: &[u8], options: &Options) -> Result<Vec<u8>> {
        self.compiling(|progress| hardtack_compiler::compile_with_progress(bytes, options, progress))
    }

    /// Shows how far a compilation is, and says of its error where the input came from.
    fn compiling<R>(
        &self,
        compile: impl FnOnce(&(dyn Fn(usize, usize) + Sync)) -> Result<R, hardtack_compiler::Error>,
    ) -> Result<R> {
        let progress = Progress::new(format!("compiling {self}"));
        let result = compile(&|done, count| progress.set(done, count));
        progress.finish();
        result.map_err(|error| self.blame(error))
    }

    /// An error of the compiler's about what came from here.
    pub fn blame(&self, error: hardtack_compiler::Error) -> anyhow::Error {
        match self.path() {
            Some(path) => error.in_file(path).into(),
            None => anyhow::Error::from(error).context(self.to_string()),
        }
    }

    /// Compiles bytes that came from here, and makes symbols.
    pub fn compile_with_symbols(&self, bytes: &[u8], options: &Options) -> Result<Compiled> {
        self.compiling(|progress| hardtack_compiler::compile_with_symbols(bytes, options, progress))
    }

    /// Compiles bytes that came from here, and keeps what each function was made from.
    pub fn explain(&self, bytes: &[u8], options: &Options) -> Result<Explained> {
        self.compiling(|progress| hardtack_compiler::explain::explain(bytes, options, progress))
    }

    /// Loads bytes of a `.tack` file that came from here.
    pub fn load(&self, tack: Vec<u8>, sets: Sets<'_>) -> Result<Module> {
        sets.load(tack).with_context(|| self.to_string())
    }
}

/// Whether these are the bytes of a `.tack` file: by content, whatever the file is called.
pub fn is_tack(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// Where to write to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Standard output.
    Stdout,
    /// A file.
    File(PathBuf),
}

impl FromStr for Output {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(if text == "-" { Output::Stdout } else { Output::File(text.into()) })
    }
}

impl Output {
    /// Writes something to be looked at with another program, and says where it is if somebody watches.
    pub fn write_for_viewer(&self, bytes: &[u8]) -> Result<()> {
        self.write(bytes)?;
        if let Output::File(path) = self
            && std::io::stderr().is_terminal()
        {
            eprintln!("written: {}", path.display());
        }
        Ok(())
    }

    /// Writes all of it.
    pub fn write(&self, bytes: &[u8]) -> Result<()> {
        match self {
            Output::Stdout => {
                use std::io::Write;
                let mut out = std::io::stdout().lock();
                out.write_all(bytes)?;
                Ok(out.flush()?)
            }
            Output::File(path) => {
                std::fs::write(path, bytes).with_context(|| format!("can't write {}", path.display()))
            }
        }
    }
}
