//! What can go wrong in using the VM, other than loading a module.

use crate::exec::storage::OutOfMemory;
use crate::module::LoadError;
use crate::trap::{Trap, TrapCode};
use crate::types::{ExternType, FuncType, ValType};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// Why an operation failed.
///
/// Host functions return it too: a [`TrapCode`] or any type that implements [`HostError`] converts into it with `?`, other errors
/// with [`Error::host`].
///
/// ```
/// use hardtack_vm::{Engine, Error, Func, Store, TrapCode};
///
/// let mut store = Store::new(&Engine::default(), ());
/// let picky = Func::wrap(&mut store, |n: i32| -> Result<i32, Error> {
///     match n {
///         0 => Err(TrapCode::IntegerDivideByZero.into()),
///         1..=100 => Ok(100 / n),
///         _ => Err(Error::host("too large")),
///     }
/// });
/// let picky = picky.typed::<i32, i32>(&store)?;
/// assert_eq!(picky.call(&mut store, 5)?, 20);
/// assert_eq!(picky.call(&mut store, 0).unwrap_err().as_trap_code(), Some(TrapCode::IntegerDivideByZero));
/// assert!(matches!(picky.call(&mut store, 101), Err(Error::Host(e)) if e.to_string() == "too large"));
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The guest was stopped for a fault of its own, by a limit, or on the host's request.
    #[error(transparent)]
    Trap(Trap),
    /// A host function failed.
    #[error(transparent)]
    Host(Box<dyn core::error::Error + Send + Sync>),
    /// A module can't be loaded.
    #[error(transparent)]
    Load(LoadError),
    /// A module's imports don't fit what is there.
    #[error(transparent)]
    Link(LinkError),
    /// There is no such export, or it is of another kind.
    #[error("there is no exported {kind} named `{}`{hint}", name.escape_debug())]
    NoExport {
        /// The name asked for.
        name: String,
        /// The kind asked for.
        kind: &'static str,
        /// What there is instead: exports with names like it, or the type of the one that has this name. The end of the message,
        /// and empty without the feature `std`.
        hint: String,
    },
    /// A value is of another type than is needed.
    #[error("a value is of type {found} where {expected} is needed")]
    TypeMismatch {
        /// The type needed.
        expected: ValType,
        /// The type found.
        found: ValType,
    },
    /// The number of arguments, or of places for results, isn't that of the function's type.
    #[error("{found} {what} are given to a function that has {expected}")]
    Count {
        /// `"arguments"` or `"results"`.
        what: &'static str,
        /// How many the function has.
        expected: usize,
        /// How many are given.
        found: usize,
    },
    /// A function isn't of the type that it is asked to be used with.
    #[error("a function of type {found} is used as one of type {expected}")]
    FuncType {
        /// The type that it is to be used with.
        expected: FuncType,
        /// The function's type.
        found: FuncType,
    },
    /// A global that can't change was to be changed.
    #[error("the global is immutable")]
    Immutable,
    /// An access from the host ended past the end of a table or memory.
    #[error("the access is out of bounds of the {0}")]
    OutOfBounds(&'static str),
    /// A type isn't valid, such as one whose minimum is above its maximum.
    #[error("invalid type: {0}")]
    InvalidType(&'static str),
    /// A limit of the store's forbids it.
    #[error("the limit of the store is reached: {0}")]
    Limit(&'static str),
    /// A table or memory can't grow by as much.
    #[error("the {0} cannot grow by as much")]
    Growth(&'static str),
    /// The host has no memory left.
    #[error("the host is out of memory")]
    OutOfMemory,
    /// A reference belongs to another store.
    #[error("a reference belongs to another store")]
    ForeignReference,
}

/// An error type of the host's that converts into [`Error`].
///
/// ```
/// # use hardtack_vm::{Engine, Error, Func, HostError, Store};
/// #[derive(Debug)]
/// struct Exit(i32);
/// impl core::fmt::Display for Exit {
///     fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result { write!(f, "exit {}", self.0) }
/// }
/// impl core::error::Error for Exit {}
/// impl HostError for Exit {}
///
/// let mut store = Store::new(&Engine::default(), ());
/// let exit = Func::wrap(&mut store, |code: i32| -> Result<(), Exit> { Err(Exit(code)) });
/// let error = exit.typed::<i32, ()>(&store)?.call(&mut store, 3).unwrap_err();
/// assert_eq!(error.downcast_ref::<Exit>().unwrap().0, 3);
/// # Ok::<(), Error>(())
/// ```
pub trait HostError: core::error::Error + Send + Sync + 'static {}

impl<E: HostError> From<E> for Error {
    fn from(error: E) -> Error {
        Error::Host(Box::new(error))
    }
}

impl Error {
    /// A host function's own failure.
    pub fn host(error: impl Into<Box<dyn core::error::Error + Send + Sync>>) -> Error {
        Error::Host(error.into())
    }

    /// The reason of a trap, if it is one.
    pub fn as_trap_code(&self) -> Option<TrapCode> {
        match self {
            Error::Trap(trap) => Some(trap.code()),
            _ => None,
        }
    }

    /// The host's own error, if it is one of this type.
    pub fn downcast_ref<E: core::error::Error + 'static>(&self) -> Option<&E> {
        match self {
            Error::Host(error) => error.downcast_ref(),
            _ => None,
        }
    }

    /// The host's own error if it is one of this type, else `self` again.
    pub fn downcast<E: core::error::Error + 'static>(self) -> Result<E, Error> {
        match self {
            Error::Host(error) => error.downcast().map(|e| *e).map_err(Error::Host),
            other => Err(other),
        }
    }
}

impl From<TrapCode> for Error {
    fn from(code: TrapCode) -> Error {
        Error::Trap(code.into())
    }
}

impl From<Trap> for Error {
    fn from(trap: Trap) -> Error {
        Error::Trap(trap)
    }
}

impl From<LoadError> for Error {
    fn from(error: LoadError) -> Error {
        Error::Load(error)
    }
}

impl From<LinkError> for Error {
    fn from(error: LinkError) -> Error {
        Error::Link(error)
    }
}

impl From<OutOfMemory> for Error {
    fn from(_: OutOfMemory) -> Error {
        Error::OutOfMemory
    }
}

/// Why a module can't be linked.
///
/// ```
/// use hardtack_vm::{Engine, Error, LinkError, Linker, Module, Store};
///
/// let tack = hardtack_compiler::compile(br#"(module (import "env" "now" (func (result i64))))"#, &Default::default())?;
/// let engine = Engine::default();
/// let result = Linker::new(&engine).instantiate(&mut Store::new(&engine, ()), &Module::load(tack)?);
/// match result {
///     Err(Error::Link(LinkError::UnknownImports(unknown))) => {
///         for import in unknown {
///             println!("who has {} {}, a {}?", import.module, import.name, import.ty);
///         }
///     }
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// The module imports what nobody defined: all such imports, in the order of the module.
    #[error("{}", List(_0))]
    UnknownImports(Vec<UnknownImport>),
    /// What is defined isn't of the type that the module needs.
    #[error(
        "incompatible import type: `{}` `{}` is {found}, and {expected} is needed",
        module.escape_debug(),
        name.escape_debug()
    )]
    IncompatibleImport {
        /// First part of the import's name.
        module: String,
        /// Second part of the import's name.
        name: String,
        /// What the module needs.
        expected: Box<ExternType>,
        /// What is there.
        found: Box<ExternType>,
    },
    /// The number of things given to [`Instance::new`](crate::Instance::new) isn't that of the module's imports.
    #[error("unknown import: the module has {expected} imports, {found} are given")]
    ImportCount {
        /// How many imports the module has.
        expected: usize,
        /// How many things are given.
        found: usize,
    },
    /// The linker has a definition of this name already.
    #[error("`{module}` `{name}` is defined already")]
    Duplicate {
        /// First part of the name.
        module: String,
        /// Second part of the name.
        name: String,
    },
    /// The linker has no definition of this name.
    #[error("`{module}` `{name}` is not defined")]
    Undefined {
        /// First part of the name.
        module: String,
        /// Second part of the name.
        name: String,
    },
}

/// Something that a module imports and nobody defined. As text, it is its name and type, and what may have been meant.
///
/// ```
/// use hardtack_vm::{Engine, Linker, Module, Store};
///
/// let tack = hardtack_compiler::compile(br#"(module (import "env" "lgo" (func (param i32))))"#, &Default::default())?;
/// let engine = Engine::default();
/// let mut linker = Linker::<()>::new(&engine);
/// linker.func_wrap("env", "log", |_: i32| ())?;
/// let unknown = linker.unknown_imports(&Store::new(&engine, ()), &Module::load(tack)?);
/// assert_eq!(unknown[0].name, "lgo");
/// # #[cfg(feature = "std")]
/// assert_eq!(unknown[0].to_string(), "`env` `lgo`, func (i32); did you mean `env` `log`, func (i32)?");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownImport {
    /// First part of the import's name.
    pub module: String,
    /// Second part of the import's name.
    pub name: String,
    /// What the module needs.
    pub ty: ExternType,
    /// What is defined under a name like it, the closest first: a few, and none without the feature `std`.
    pub candidates: Vec<Candidate>,
}

/// A definition that may have been meant, by its name: its type may be another than the one needed.
///
/// ```
/// use hardtack_vm::{Engine, Linker, Module, Store};
///
/// let tack = hardtack_compiler::compile(br#"(module (import "env" "now" (func (result i64))))"#, &Default::default())?;
/// let engine = Engine::default();
/// let mut linker = Linker::<()>::new(&engine);
/// linker.func_wrap("clock", "now", || 0.0)?;
/// let unknown = linker.unknown_imports(&Store::new(&engine, ()), &Module::load(tack)?);
/// # #[cfg(feature = "std")]
/// assert_eq!(unknown[0].candidates[0].to_string(), "`clock` `now`, func () -> (f64)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Candidate {
    /// First part of its name.
    pub module: String,
    /// Second part of its name.
    pub name: String,
    /// Its type.
    pub ty: ExternType,
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` `{}`, {}", self.module.escape_debug(), self.name.escape_debug(), self.ty)
    }
}

impl fmt::Display for UnknownImport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` `{}`, {}", self.module.escape_debug(), self.name.escape_debug(), self.ty)?;
        for (nth, candidate) in self.candidates.iter().enumerate() {
            write!(f, "{}{candidate}", if nth == 0 { "; did you mean " } else { ", or " })?;
        }
        f.write_str(if self.candidates.is_empty() { "" } else { "?" })
    }
}

/// Most unknown imports to list in a message.
pub(crate) const MOST_LISTED: usize = 20;

/// Unknown imports as a message.
struct List<'a>(&'a [UnknownImport]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [import] = self.0 {
            return write!(f, "unknown import: {import}");
        }
        f.write_str("unknown imports:")?;
        for import in self.0.iter().take(MOST_LISTED) {
            write!(f, "\n  {import}")?;
        }
        match self.0.len().saturating_sub(MOST_LISTED) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

/// An access from the host past the end of a memory.
///
/// ```
/// use hardtack_vm::{Engine, Memory, MemoryAccessError, MemoryType, Store};
///
/// let mut store = Store::new(&Engine::default(), ());
/// let memory = Memory::new(&mut store, MemoryType::new(1, None))?;
/// assert_eq!(memory.write(&mut store, 65_535, &[1, 2]), Err(MemoryAccessError));
/// # Ok::<(), hardtack_vm::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryAccessError;

impl fmt::Display for MemoryAccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the access is out of bounds of the memory")
    }
}

impl core::error::Error for MemoryAccessError {}
impl HostError for MemoryAccessError {}
