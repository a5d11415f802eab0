//! The version of the format, and which versions a reader reads.
//!
//! A reader reads its own major version, and of it every minor version up to its own. Numbers are never reused within a
//! major version. Until 1.0 is declared fused instructions are provisional: a file that has any is read only by
//! readers of exactly its minor version.

use crate::error::Error;
use crate::isa::Group;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

/// A version of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// Incompatible changes.
    pub major: u16,
    /// Additions.
    pub minor: u16,
}

/// The version that this crate reads and writes.
pub const CURRENT: Version = Version { major: 0, minor: 1 };

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// A set of instruction groups, as the header holds it.
///
/// ```
/// use hardtack_format::isa::Group;
/// use hardtack_format::version::Groups;
///
/// let groups: Groups = "base,float".parse()?;
/// assert!(groups.has(Group::float) && !groups.has(Group::fused));
/// assert_eq!(Groups::STANDARD.without(groups).with(Group::base).to_string(), "base, refs, fused");
/// # Ok::<(), hardtack_format::version::UnknownGroup>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Groups(pub u128);

impl Groups {
    /// The groups that this crate's table has.
    pub const STANDARD: Groups = {
        let (mut bits, mut i) = (0, 0);
        while i < Group::ALL.len() {
            bits |= Group::ALL[i].bit();
            i += 1;
        }
        Groups(bits)
    };

    /// Adds a group.
    pub const fn with(self, group: Group) -> Groups {
        Groups(self.0 | group.bit())
    }

    /// Whether it holds a group.
    pub const fn has(self, group: Group) -> bool {
        self.0 & group.bit() != 0
    }

    /// Those that are not in another set.
    pub const fn without(self, other: Groups) -> Groups {
        Groups(self.0 & !other.0)
    }

    /// Whether it is empty.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// Names, separated by commas; a group without a name by its bit.
impl fmt::Display for Groups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for bit in (0..128).filter(|bit| self.0 >> bit & 1 != 0) {
            if !first {
                f.write_str(", ")?;
            }
            first = false;
            match Group::ALL.iter().find(|g| **g as u8 == bit) {
                Some(group) => f.write_str(group.name())?,
                None => write!(f, "number {bit}")?,
            }
        }
        if first {
            f.write_str("none")?;
        }
        Ok(())
    }
}

/// A group of a name that the table doesn't know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an instruction group; there are: {all}", all = Groups::STANDARD)]
pub struct UnknownGroup(pub String);

/// Names, separated by commas. `base` needn't be named: every file has an instruction of it.
impl FromStr for Groups {
    type Err = UnknownGroup;

    fn from_str(names: &str) -> Result<Groups, UnknownGroup> {
        names.split(',').map(str::trim).try_fold(Groups::default().with(Group::base), |groups, name| {
            let group = Group::ALL.iter().find(|group| group.name() == name);
            group.map(|group| groups.with(*group)).ok_or_else(|| UnknownGroup(name.into()))
        })
    }
}

/// Whether a reader of version `own` that has the groups `available` reads such a file; if not, why.
pub fn check(file: Version, needs: Groups, own: Version, available: Groups) -> Result<(), Error> {
    let missing = needs.without(available);
    if file.major != own.major || file.minor > own.minor {
        return Err(Error::Version { file, own, missing });
    }
    if own.major == 0 && file.minor != own.minor && needs.has(Group::fused) {
        return Err(Error::Provisional { file, own });
    }
    if !missing.is_empty() {
        return Err(Error::Groups { file, own, missing });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    const fn v(major: u16, minor: u16) -> Version {
        Version { major, minor }
    }

    #[test]
    fn older_minors_are_read_unless_fused() {
        let base = Groups::default().with(Group::base);
        let fused = base.with(Group::fused);
        assert!(check(v(0, 1), base, v(0, 3), fused).is_ok());
        assert!(check(v(0, 3), fused, v(0, 3), fused).is_ok());
        assert!(matches!(check(v(0, 1), fused, v(0, 3), fused), Err(Error::Provisional { .. })));
        assert!(check(v(1, 1), fused, v(1, 3), fused).is_ok());
    }

    #[test]
    fn refusals_name_both_versions_and_the_missing_groups() {
        let base = Groups::default().with(Group::base);
        let needs = Groups(base.0 | Group::float.bit() | 1 << 90);
        let text = check(v(0, 9), needs, v(0, 1), base).unwrap_err().to_string();
        assert!(text.contains("0.9") && text.contains("0.1") && text.contains("float, number 90"), "{text}");
        let text = check(v(0, 1), needs, v(0, 1), base).unwrap_err().to_string();
        assert!(text.contains("float, number 90"), "{text}");
        assert!(check(v(1, 0), base, v(0, 1), base).is_err());
    }

    #[test]
    fn groups_are_read_as_they_print() {
        for bits in 0..1 << Group::ALL.len() {
            let groups = Groups(bits).with(Group::base);
            assert_eq!(groups.to_string().parse(), Ok(groups));
        }
        assert_eq!("float".parse(), Ok(Groups::default().with(Group::base).with(Group::float)));
        let text = "base,decimal".parse::<Groups>().unwrap_err().to_string();
        assert!(text.contains("`decimal`") && text.contains("base, float"), "{text}");
    }
}
