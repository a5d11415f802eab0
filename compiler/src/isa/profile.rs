//! What a program's run says about its code: how often each instruction was executed.
//!
//! A profile is text, so that it can be kept beside the application and reviewed: a line for each file, with its build id, then
//! a line for each instruction that was executed, with its unit in the file's code and the number.

use crate::Error;
use std::collections::BTreeMap;
use std::fmt;

/// The first line of a profile.
const HEAD: &str = "hardtack profile 1";

/// Executions of instructions, by the build id of the file and the unit of its code.
///
/// ```
/// use hardtack_compiler::isa::profile::Profile;
///
/// let mut profile = Profile::default();
/// profile.add([7; 16], &[0, 3]);
/// profile.add([7; 16], &[1, 1, 5]);
/// assert_eq!(profile.counts([7; 16]).unwrap().collect::<Vec<_>>(), [(0, 1), (1, 4), (2, 5)]);
/// assert_eq!(Profile::parse(&profile.to_string())?, profile);
/// # Ok::<(), hardtack_compiler::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    files: BTreeMap<[u8; 16], BTreeMap<u32, u64>>,
}

impl Profile {
    /// Adds a run of a file: executions by unit.
    pub fn add(&mut self, build_id: [u8; 16], counts: &[u64]) {
        let file = self.files.entry(build_id).or_default();
        for (unit, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let sum = file.entry(unit as u32).or_default();
            *sum = sum.saturating_add(*count);
        }
    }

    /// What is known of a file, by unit; `None` if nothing is.
    pub fn counts(&self, build_id: [u8; 16]) -> Option<impl Iterator<Item = (u32, u64)>> {
        self.files.get(&build_id).map(|file| file.iter().map(|(unit, count)| (*unit, *count)))
    }

    /// Reads the text of a profile.
    ///
    /// # Errors
    /// If it isn't one, with the line.
    pub fn parse(text: &str) -> Result<Profile, Error> {
        let mut profile = Profile::default();
        let mut file = None;
        for (line, text) in text.lines().enumerate() {
            let wrong = |expected: &str| Error::Profile { line: line + 1, expected: expected.into() };
            if line == 0 {
                if text != HEAD {
                    return Err(wrong(HEAD));
                }
            } else if let Some(id) = text.strip_prefix("file ") {
                let id = u128::from_str_radix(id, 16).ok().filter(|_| id.len() == 32);
                let id = id.ok_or_else(|| wrong("a build id of 32 hexadecimal digits"))?;
                file = Some(profile.files.entry(id.to_be_bytes()).or_default());
            } else {
                let pair =
                    text.split_once(' ').and_then(|(unit, count)| Some((unit.parse().ok()?, count.parse().ok()?)));
                let ((unit, count), file) =
                    pair.zip(file.as_mut()).ok_or_else(|| wrong("a unit and a number, below a file"))?;
                file.insert(unit, count);
            }
        }
        match text.is_empty() {
            true => Err(Error::Profile { line: 1, expected: HEAD.into() }),
            false => Ok(profile),
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEAD}")?;
        for (id, counts) in &self.files {
            writeln!(f, "file {:032x}", u128::from_be_bytes(*id))?;
            for (unit, count) in counts {
                writeln!(f, "{unit} {count}")?;
            }
        }
        Ok(())
    }
}
