//! Why a file is refused.

use crate::rules::Rule;
use crate::version::{Groups, Version};
use alloc::string::String;
use core::fmt;
use core::ops::Deref;

/// Whether refusals say what was found, beside the rule that is broken and where: the feature `details`.
pub const DETAILS: bool = cfg!(feature = "details");

/// The words of a refusal: what was found and expected. Without the feature `details` there are none, and neither they nor what
/// passes them on takes room.
///
/// ```
/// use hardtack_format::error::{DETAILS, Detail};
///
/// assert_eq!(&*Detail::from("two"), if DETAILS { "two" } else { "" });
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Detail(#[cfg(feature = "details")] String);

impl Deref for Detail {
    type Target = str;
    #[cfg(feature = "details")]
    fn deref(&self) -> &str {
        &self.0
    }
    #[cfg(not(feature = "details"))]
    fn deref(&self) -> &str {
        ""
    }
}

impl From<String> for Detail {
    #[cfg(feature = "details")]
    fn from(words: String) -> Detail {
        Detail(words)
    }
    #[cfg(not(feature = "details"))]
    fn from(_: String) -> Detail {
        Detail()
    }
}

impl From<&str> for Detail {
    #[cfg(feature = "details")]
    fn from(words: &str) -> Detail {
        Detail(words.into())
    }
    #[cfg(not(feature = "details"))]
    fn from(_: &str) -> Detail {
        Detail()
    }
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl fmt::Debug for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

/// The words of a refusal, as `format!` makes them.
#[macro_export]
#[doc(hidden)]
macro_rules! detail {
    ($($arg:tt)*) => {
        if $crate::error::DETAILS { $crate::alloc::format!($($arg)*).into() } else { $crate::error::Detail::default() }
    };
}

/// Why a file is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file isn't a `.tack` file at all.
    #[error("this is not a .tack file: it does not begin with the magic bytes 7f 74 61 63 6b 0d 0a 1a")]
    NotTack,
    /// The file is of a version that this reader doesn't read.
    #[error(
        "the file has format version {file}, this reader reads version {own}; instruction groups that it lacks: {missing}"
    )]
    Version {
        /// The file's version.
        file: Version,
        /// The reader's version.
        own: Version,
        /// The groups the file needs and the reader lacks.
        missing: Groups,
    },
    /// The file has instructions that only readers of exactly its version read.
    #[error(
        "the file has format version {file} and fused instructions, which before 1.0 only readers of version {file} read; this reader is of version {own}"
    )]
    Provisional {
        /// The file's version.
        file: Version,
        /// The reader's version.
        own: Version,
    },
    /// The file needs instruction groups that this reader lacks.
    #[error(
        "the file (format version {file}) needs instruction groups that this reader (version {own}) was built without: {missing}"
    )]
    Groups {
        /// The file's version.
        file: Version,
        /// The reader's version.
        own: Version,
        /// The groups the file needs and the reader lacks.
        missing: Groups,
    },
    /// The file is for an instruction set that isn't the reader's.
    #[error("the file is for {}, this reader has {}{}", shown(*file), shown(*own), ADVICE)]
    InstructionSet {
        /// The file's instruction set.
        file: u128,
        /// The reader's instruction set.
        own: u128,
    },
    /// The file breaks a rule of the format.
    #[error("{0}")]
    Malformed(Malformed),
}

/// The rule that a file breaks, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The rule.
    pub rule: Rule,
    /// Byte offset in the file.
    pub offset: usize,
    /// Number of the function at fault, among those that the module defines.
    pub func: Option<u32>,
    /// What was found and expected; empty without the feature `details`.
    pub detail: Detail,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "malformed at offset {:#x}", self.offset)?;
        if let Some(func) = self.func {
            write!(f, " in function {func}")?;
        }
        f.write_str(if self.detail.is_empty() { ":" } else { ": " })?;
        write!(f, "{} (rule {}: {})", self.detail, self.rule, self.rule.text())
    }
}

impl Error {
    /// A broken rule outside the code of functions.
    #[cold]
    pub fn malformed(rule: Rule, offset: usize, detail: Detail) -> Error {
        Error::Malformed(Malformed { rule, offset, func: None, detail })
    }

    /// The rule that is broken, if the file is malformed.
    pub fn rule(&self) -> Option<Rule> {
        match self {
            Error::NotTack => Some(Rule::Magic),
            Error::Version { .. } | Error::Provisional { .. } => Some(Rule::Version),
            Error::Groups { .. } => Some(Rule::Groups),
            Error::InstructionSet { .. } => Some(Rule::InstructionSet),
            Error::Malformed(m) => Some(m.rule),
        }
    }
}

/// What to do about a file for an application's instruction set.
const ADVICE: &str = if DETAILS {
    ": a VM has the set if `hardtack_vm::isa!` names the file that was given as --isa when this was compiled, and the file is loaded by `Engine::load`"
} else {
    ""
};

/// An instruction set in words.
fn shown(identity: u128) -> Detail {
    match identity {
        0 => detail!("the standard instruction set"),
        identity => detail!("the instruction set {identity:032x}"),
    }
}
