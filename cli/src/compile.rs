//! `hardtack compile`: WebAssembly in, `.tack` out; or a look at a stage in between.

use crate::exit::{SUCCESS, Usage};
use crate::input::{Input, Output, is_tack};
use crate::names::{FuncArg, FuncNames};
use anyhow::{Result, bail};
use clap::{Args, ValueEnum, ValueHint};
use hardtack_compiler::isa::InstructionSet;
use hardtack_compiler::{Groups, Options, Stage, opt};
use hardtack_format::read::{File, Reader};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::str::FromStr;

const EXAMPLES: &str = "\
Examples:
  hardtack compile app.wasm                        writes app.tack
  hardtack compile app.wat -o plugin.tack          text works as well
  hardtack compile - -o - < app.wasm > app.tack    standard input and output
  hardtack compile app.wasm --no-names --symbols app.tacksym
                                                   a small file to ship; names and lines for `symbolize` to keep
  hardtack compile app.wasm --emit opt --func fib  the optimised SSA of a function
  hardtack compile app.wasm --isa app.isa          for the application's own VM: see `hardtack help tailor`
  hardtack compile app.wasm --target-groups base   for a VM without floats, references and fused instructions";

/// Compile WebAssembly to a .tack file
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Compile {
    /// WebAssembly, binary or text; `-` is standard input
    #[arg(value_name = "IN", value_hint = ValueHint::FilePath)]
    input: Input,

    /// Where to write; `-` is standard output. By default IN with the extension .tack, or standard output for text
    #[arg(short, long, value_name = "OUT", value_hint = ValueHint::FilePath)]
    output: Option<Output>,

    /// Write a symbol file: names, and files and lines if the module was built with debug information; `-` is standard output
    #[arg(long, value_name = "FILE", conflicts_with = "emit")]
    symbols: Option<Output>,

    /// Print the functions after a stage of compilation instead
    #[arg(long, value_name = "STAGE")]
    emit: Option<Emit>,

    /// With --emit: only the function with this index (imported ones count) or name
    #[arg(long, value_name = "N|NAME", requires = "emit")]
    func: Option<FuncArg>,

    #[command(flatten)]
    options: CompileOptions,
}

/// A stage of compilation to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Emit {
    /// SSA as it comes from the input
    Ssa,
    /// SSA after optimisation
    Opt,
    /// Instructions over virtual registers
    Mach,
    /// The final code
    Tack,
}

/// How to compile, for every subcommand that does.
#[derive(Args, Debug)]
#[command(next_help_heading = "How it is compiled")]
pub struct CompileOptions {
    /// How much to optimise: 0 not at all, 1 what is cheap, 2 everything
    #[arg(short = 'O', long, value_name = "LEVEL", default_value_t = opt::Options::LEVELS, value_parser = clap::value_parser!(u8).range(..=i64::from(opt::Options::LEVELS)))]
    level: u8,

    /// Keep all calls: each function under way is a frame of backtraces and profiles then, even without a symbol file
    #[arg(long)]
    no_inline: bool,

    /// Leave out the names of functions and the map to WebAssembly offsets: a smaller file, backtraces with numbers only
    #[arg(long, overrides_with = "names")]
    no_names: bool,

    /// Keep names (the default)
    #[arg(long, overrides_with = "no_names")]
    names: bool,

    /// Use only these instruction groups, for a VM built without the others: names separated by commas
    #[arg(long, value_name = "GROUPS", default_value_t = Groups::STANDARD, hide_default_value = true)]
    target_groups: Groups,

    /// Use the instruction set of this file, which `hardtack tailor` wrote: the result runs only on VMs that have it. For a
    /// .tack file: the set that it was compiled for
    #[arg(long, value_name = "SET", value_hint = ValueHint::FilePath)]
    isa: Option<SetFile>,
}

/// The file of an instruction set.
#[derive(Clone, Debug)]
pub struct SetFile {
    /// Where it lies.
    pub path: PathBuf,
    /// What is in it.
    pub set: InstructionSet,
}

impl FromStr for SetFile {
    type Err = hardtack_compiler::Error;

    fn from_str(path: &str) -> Result<SetFile, Self::Err> {
        Ok(SetFile { path: path.into(), set: InstructionSet::read(path)? })
    }
}

impl CompileOptions {
    /// The file of the instruction set.
    pub fn set_file(&self) -> Option<&SetFile> {
        self.isa.as_ref()
    }

    /// For the compiler.
    pub fn get(&self) -> Options {
        let passes = opt::Options::level(self.level);
        Options {
            passes: opt::Options { inline: passes.inline && !self.no_inline, ..passes },
            names: !self.no_names,
            groups: self.target_groups,
            isa: self.isa.as_ref().map(|file| file.set),
        }
    }
}

impl Compile {
    /// Does it.
    pub fn execute(self) -> Result<i32> {
        let options = self.options.get();
        let bytes = self.input.read()?;
        if is_tack(&bytes) {
            bail!("{} is a .tack file already", self.input);
        }
        match self.emit {
            Some(emit) => self.emit(emit, &bytes, &options)?,
            None => self.compile(&bytes, &options)?,
        }
        Ok(SUCCESS)
    }

    fn compile(&self, bytes: &[u8], options: &Options) -> Result<()> {
        let output = match (&self.output, self.input.path()) {
            (Some(output), _) => output.clone(),
            (None, Some(path)) => Output::File(path.with_extension("tack")),
            (None, None) => Output::Stdout,
        };
        if output == Output::Stdout && std::io::stdout().is_terminal() {
            bail!(Usage("a .tack file is nothing to look at on a terminal: name a file with -o".into()));
        }
        let Some(symbols) = &self.symbols else {
            return output.write(&self.input.compile(bytes, options)?);
        };
        if *symbols == Output::Stdout && (output == Output::Stdout || std::io::stdout().is_terminal()) {
            bail!(Usage("a symbol file can't go to standard output here: name a file with --symbols".into()));
        }
        let compiled = self.input.compile_with_symbols(bytes, options)?;
        output.write(&compiled.tack)?;
        symbols.write(&compiled.symbols)
    }

    fn emit(&self, emit: Emit, bytes: &[u8], options: &Options) -> Result<()> {
        let func = match &self.func {
            None => None,
            Some(FuncArg::Index(index)) => Some(*index),
            Some(name) => Some(self.resolve(name, bytes)?),
        };
        let stage = match emit {
            Emit::Ssa => Stage::Ssa,
            Emit::Opt => Stage::Opt,
            Emit::Mach => Stage::Mach,
            Emit::Tack => Stage::Tack,
        };
        let text = hardtack_compiler::print_function(bytes, options, stage, func);
        let text = text.map_err(|error| self.input.blame(error))?;
        self.output.as_ref().unwrap_or(&Output::Stdout).write(text.as_bytes())
    }

    /// Names are part of what compiling finds out, so it takes a compilation to know them.
    fn resolve(&self, name: &FuncArg, bytes: &[u8]) -> Result<u32> {
        let tack =
            self.input.compile(bytes, &Options { passes: opt::Options::NONE, names: true, ..Options::default() })?;
        let file = File::parse(&tack, &Reader::default())?;
        let names = file.decode_names().transpose()?.unwrap_or_default();
        Ok(FuncNames::new(&file.decode_meta()?, &names).resolve(name)?)
    }
}
