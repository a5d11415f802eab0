//! A function named on the command line, by index or by name.

use crate::exit::Usage;
use hardtack_format::meta::{ExternKind, Meta, Names};
use hardtack_vm::suggest::did_you_mean;
use std::convert::Infallible;
use std::str::FromStr;

/// What the user wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FuncArg {
    /// Index, imported functions first.
    Index(u32),
    /// Name, from the debug information or the exports.
    Name(String),
}

impl FromStr for FuncArg {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.parse().map_or_else(|_| FuncArg::Name(text.into()), FuncArg::Index))
    }
}

/// Names of functions by index, from the debug information and the exports.
#[derive(Debug)]
pub struct FuncNames<'a> {
    meta: &'a Meta<'a>,
    names: &'a Names<'a>,
}

impl<'a> FuncNames<'a> {
    /// Names of a file.
    pub fn new(meta: &'a Meta<'a>, names: &'a Names<'a>) -> Self {
        FuncNames { meta, names }
    }

    /// The name of a function: the one it was given, or the first that it is exported by.
    pub fn get(&self, index: u32) -> Option<&'a str> {
        self.names.func(index).or_else(|| self.exports(index).next())
    }

    /// Names that a function is exported by.
    pub fn exports(&self, index: u32) -> impl Iterator<Item = &'a str> {
        let exports = self.meta.exports.iter();
        exports.filter(move |e| e.kind == ExternKind::Func && e.index == index).map(|e| &*e.name)
    }

    /// The index of the function that the user means.
    pub fn resolve(&self, arg: &FuncArg) -> Result<u32, Usage> {
        let name = match arg {
            FuncArg::Index(index) => return Ok(*index),
            FuncArg::Name(name) => name,
        };
        let exported = self.meta.exports.iter().filter(|e| e.kind == ExternKind::Func).map(|e| (&*e.name, e.index));
        let named = self.names.funcs.iter().map(|f| (&*f.name, f.index));
        let mut known = exported.chain(named);
        if let Some((_, index)) = known.clone().find(|(known, _)| known == name) {
            return Ok(index);
        }
        let hint = did_you_mean(name, known.by_ref().map(|(name, _)| name));
        Err(Usage(format!("there is no function named `{name}`{hint}")))
    }
}
