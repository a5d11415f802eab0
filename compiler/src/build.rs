//! Build scripts: bakes a module into cargo's output directory, and tells cargo what it depends on and what is wrong with it.

use crate::isa::InstructionSet;
use crate::{Error, Groups, Options, compile, compile_with_symbols, opt};
use std::path::{Path, PathBuf};

/// Compiles a module in a build script, so that a program carries the `.tack` file in itself.
///
/// In `build.rs`, with `hardtack-compiler` among the build dependencies:
///
/// ```no_run
/// hardtack_compiler::Build::new("guest/plugin.wasm").compile();
/// ```
///
/// and in the program `hardtack_vm::include_tack!(concat!(env!("OUT_DIR"), "/plugin.tack"))`.
///
/// A small file to ship, and a symbol file to turn devices' backtraces into names, files and lines with:
///
/// ```no_run
/// hardtack_compiler::Build::new("guest/plugin.wasm").names(false).symbols("plugin.tacksym").compile();
/// ```
///
/// Cargo runs the script again when the module has changed. What is wrong with the module is shown as cargo shows its own errors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build {
    input: PathBuf,
    output: Option<PathBuf>,
    out_dir: Option<PathBuf>,
    symbols: Option<PathBuf>,
    isa: Option<PathBuf>,
    options: Options,
}

impl Build {
    /// Compiles this file, WebAssembly in binary or text; its path counts from the package's directory.
    pub fn new(input: impl Into<PathBuf>) -> Build {
        let options = Options::default();
        Build { input: input.into(), output: None, out_dir: None, symbols: None, isa: None, options }
    }

    /// The name of the file to write, in the output directory: else that of the input with the extension `.tack`.
    pub fn output(&mut self, name: impl Into<PathBuf>) -> &mut Build {
        self.output = Some(name.into());
        self
    }

    /// The directory to write to: else the one that cargo gives the build script, `OUT_DIR`.
    pub fn out_dir(&mut self, dir: impl Into<PathBuf>) -> &mut Build {
        self.out_dir = Some(dir.into());
        self
    }

    /// How to compile, all at once.
    pub fn options(&mut self, options: Options) -> &mut Build {
        self.options = options;
        self
    }

    /// How much to optimise, as `hardtack compile -O` does: 0 not at all, 1 what is cheap, 2 everything, which it does unless told
    /// otherwise.
    pub fn level(&mut self, level: u8) -> &mut Build {
        self.passes(opt::Options::level(level))
    }

    /// Which optimisations run, one by one.
    pub fn passes(&mut self, passes: opt::Options) -> &mut Build {
        self.options.passes = passes;
        self
    }

    /// Whether the file carries function names and a map from code to offsets in the module, for backtraces; it does unless told
    /// otherwise.
    pub fn names(&mut self, names: bool) -> &mut Build {
        self.options.names = names;
        self
    }

    /// Writes a symbol file as well, under this name in the output directory (an absolute path leads elsewhere): names, and files and
    /// lines if the module was built with debug information. It is for whoever reads devices' backtraces; the `.tack` file stays
    /// the same.
    pub fn symbols(&mut self, name: impl Into<PathBuf>) -> &mut Build {
        self.symbols = Some(name.into());
        self
    }

    /// The instruction groups that the file may use, for a VM that is built without some.
    pub fn groups(&mut self, groups: Groups) -> &mut Build {
        self.options.groups = groups;
        self
    }

    /// The file of the instruction set to compile for, which `hardtack tailor` wrote; its path counts from the package's directory. What is compiled runs
    /// only on VMs that have this set, which `hardtack_vm::isa!` makes of the same file.
    ///
    /// ```no_run
    /// hardtack_compiler::Build::new("guest/plugin.wasm").isa("guest/plugin.isa").compile();
    /// ```
    pub fn isa(&mut self, path: impl Into<PathBuf>) -> &mut Build {
        self.isa = Some(path.into());
        self
    }

    /// Compiles, and ends the build script if that fails.
    ///
    /// Returns the path of the file written.
    pub fn compile(&self) -> PathBuf {
        match self.try_compile() {
            Ok(path) => path,
            Err(error) => {
                for line in error.to_string().lines() {
                    println!("cargo::error={line}");
                }
                std::process::exit(1)
            }
        }
    }

    /// Like [`compile`](Self::compile), for build scripts that have something better to do with an error.
    ///
    /// # Errors
    /// As [`compile`](crate::compile()), and if a file can't be read or written.
    pub fn try_compile(&self) -> Result<PathBuf, Error> {
        // Even if compiling fails: the build is to be tried again when the input has changed.
        println!("cargo::rerun-if-changed={}", self.input.display());
        let mut options = self.options;
        if let Some(path) = &self.isa {
            println!("cargo::rerun-if-changed={}", path.display());
            options.isa = Some(InstructionSet::read(path)?);
        }
        let dir = self.dir()?;
        let name = match &self.output {
            Some(name) => name.clone(),
            None => Path::new(self.input.file_name().unwrap_or_default()).with_extension("tack"),
        };
        let output = dir.join(name);
        let bytes = std::fs::read(&self.input).map_err(|e| Error::file("read", &self.input, &e))?;
        let blame = |error: Error| error.in_file(&self.input);
        match &self.symbols {
            None => write(&output, &compile(&bytes, &options).map_err(blame)?)?,
            Some(name) => {
                let compiled = compile_with_symbols(&bytes, &options, &|_, _| {}).map_err(blame)?;
                write(&output, &compiled.tack)?;
                write(&dir.join(name), &compiled.symbols)?;
            }
        }
        Ok(output)
    }

    fn dir(&self) -> Result<PathBuf, Error> {
        match &self.out_dir {
            Some(dir) => Ok(dir.clone()),
            None => Ok(std::env::var_os("OUT_DIR").ok_or(Error::OutDir)?.into()),
        }
    }
}

/// Writes a file, in a directory that need not be there yet.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir).map_err(|e| Error::file("create", dir, &e))?;
    }
    std::fs::write(path, bytes).map_err(|e| Error::file("write", path, &e))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let dir = std::env::temp_dir().join(format!("hardtack-build-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        dir
    }

    #[test]
    fn writes_what_compile_returns() {
        let dir = scratch("writes");
        let (input, text) = (dir.join("answer.wat"), "(module (func (export \"answer\") (result i32) i32.const 42))");
        std::fs::write(&input, text).unwrap();
        let path = Build::new(&input).out_dir(&dir).try_compile().unwrap();
        assert_eq!(path, dir.join("answer.tack"));
        assert_eq!(std::fs::read(path).unwrap(), compile(text.as_bytes(), &Options::default()).unwrap());

        let mut build = Build::new(&input);
        build.out_dir(&dir).output("below/plain.tack").names(false).passes(opt::Options::NONE);
        let plain = Options { passes: opt::Options::NONE, names: false, ..Options::default() };
        let path = build.try_compile().unwrap();
        assert_eq!(path, dir.join("below/plain.tack"));
        assert_eq!(std::fs::read(path).unwrap(), compile(text.as_bytes(), &plain).unwrap());
        assert_eq!(build, *Build::new(&input).out_dir(&dir).output("below/plain.tack").options(plain));
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn levels_and_symbols_are_those_of_the_command_line() {
        let dir = scratch("levels");
        let (input, text) =
            (dir.join("f.wat"), "(module (func $f (export \"f\") (result i32) (i32.add (i32.const 1) (i32.const 2))))");
        std::fs::write(&input, text).unwrap();
        for level in 0..=opt::Options::LEVELS {
            let path =
                Build::new(&input).out_dir(&dir).level(level).names(false).symbols("symbols/f.tacksym").try_compile();
            let options = Options { passes: opt::Options::level(level), names: false, ..Options::default() };
            let expected = compile_with_symbols(text.as_bytes(), &options, &|_, _| {}).unwrap();
            assert_eq!(std::fs::read(path.unwrap()).unwrap(), expected.tack);
            assert_eq!(std::fs::read(dir.join("symbols/f.tacksym")).unwrap(), expected.symbols);
        }
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn instruction_sets_are_those_of_the_file() {
        let dir = scratch("isa");
        let (input, text) = (
            dir.join("f.wat"),
            "(module (memory 1) (func (export \"f\") (param i32 i32)
                (i32.store (i32.add (local.get 0) (local.get 1)) (i32.const 1))))",
        );
        std::fs::write(&input, text).unwrap();
        let plain = compile(text.as_bytes(), &Options::default()).unwrap();
        let input_of = crate::isa::tailor::Input { name: "f", tack: &plain };
        let budget = crate::isa::tailor::Budget::Rows(1);
        let wanted = crate::isa::tailor::Options { budget, profile: None, common: 1, prune: false };
        let set = crate::isa::tailor::tailor(&[input_of], &wanted).unwrap().text;
        std::fs::write(dir.join("f.isa"), &set).unwrap();
        let path = Build::new(&input).out_dir(&dir).isa(dir.join("f.isa")).try_compile().unwrap();
        let set = InstructionSet::parse(&set).unwrap();
        let expected = compile(text.as_bytes(), &Options { isa: Some(set), ..Options::default() }).unwrap();
        assert_eq!(std::fs::read(path).unwrap(), expected);
        assert_ne!(expected, plain, "the set is used");

        std::fs::write(dir.join("f.isa"), "rows! {\n    familly").unwrap();
        let error = Build::new(&input).out_dir(&dir).isa(dir.join("f.isa")).try_compile().unwrap_err().to_string();
        assert!(error.contains("f.isa") && error.contains('2'), "{error}");
        let error = Build::new(&input).out_dir(&dir).isa(dir.join("none.isa")).try_compile().unwrap_err();
        assert!(matches!(&error, Error::File { doing: "read", path, .. } if path.ends_with("none.isa")), "{error}");
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn errors_name_the_file() {
        let dir = scratch("errors");
        let input = dir.join("bad.wat");
        let error = Build::new(&input).out_dir(&dir).try_compile().unwrap_err();
        assert!(matches!(&error, Error::File { doing: "read", path, .. } if path.ends_with("bad.wat")), "{error}");
        std::fs::write(&input, "(module\n  (fun))").unwrap();
        let error = Build::new(&input).out_dir(&dir).try_compile().unwrap_err().to_string();
        assert!(error.contains("bad.wat:2:4"), "{error}");
        std::fs::write(&input, "(module (func (result i32)))").unwrap();
        let error = Build::new(&input).out_dir(&dir).try_compile().unwrap_err().to_string();
        assert!(error.contains("bad.wat: invalid WebAssembly at offset"), "{error}");
        std::fs::remove_dir_all(dir).unwrap();
    }
}
