//! Instruction sets: those that the VM of this command line has, and the one that a file was compiled for.

use crate::exit::Usage;
use anyhow::{Result, bail};
use hardtack_compiler::isa::InstructionSet as Rows;
use hardtack_format::check;
use hardtack_format::error::Error;
use hardtack_format::isa::{Isa, STANDARD};
use hardtack_format::read::{File, Reader};
use hardtack_vm::{Config, Engine, InstructionSet, LoadError, Module, ModuleBytes};

/// The instruction sets that are built in beside the standard one.
#[derive(Clone, Copy, Debug)]
pub struct Sets<'a>(&'a [&'static InstructionSet]);

impl<'a> Sets<'a> {
    /// These.
    pub fn new(sets: &'a [&'static InstructionSet]) -> Sets<'a> {
        Sets(sets)
    }

    /// An engine that has them.
    pub fn engine(&self, config: &Config) -> Engine {
        self.0.iter().fold(Engine::new(config), |engine, set| engine.with_isa(set))
    }

    /// Loads a file that this VM can run.
    pub fn load(&self, tack: impl Into<ModuleBytes>) -> Result<Module, LoadError> {
        self.engine(&Config::default()).load(tack)
    }

    /// Fails unless a file is safe to load for VMs that have its instruction set. If this one hasn't, all but its code is checked.
    pub fn check(&self, tack: &[u8]) -> Result<(), LoadError> {
        match self.load(tack.to_vec()) {
            Err(error) if matches!(error.format_error(), Error::InstructionSet { .. }) => {
                let file = parse(tack)?;
                check::check(&file, &file.decode_meta()?)?;
                Ok(())
            }
            loaded => loaded.map(|_| ()),
        }
    }
}

/// Takes a file apart, whatever instruction set it is for.
pub fn parse(tack: &[u8]) -> Result<File<'_>, Error> {
    File::parse(tack, &Reader::default().with_isa_of(tack))
}

/// The instructions of a file: the standard ones, or those of the set that was given with `--isa`.
pub fn instructions(file: &File<'_>, given: Option<Rows>) -> Result<&'static Isa> {
    let wanted = file.header.isa;
    match given {
        _ if wanted == 0 => Ok(&STANDARD),
        Some(given) if given.identity() == wanted => Ok(given.isa()),
        Some(given) => {
            let given = given.identity();
            bail!(Usage(format!("it was compiled for instruction set {wanted:032x}, and --isa names set {given:032x}")))
        }
        None => bail!(Usage(format!(
            "it was compiled for instruction set {wanted:032x}: name that set's file with --isa to have its code read"
        ))),
    }
}
