//! Names that may have been meant where one isn't there.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// How alike two names must be, from 0 to 1, to be mentioned.
const ALIKE: f64 = 0.75;
/// One letter in so many may be wrong, missing, too many, or in its neighbour's place.
const ONE_WRONG_IN: usize = 3;
/// Most names worth mentioning.
const MOST: usize = 3;
/// Longest name to compare, in bytes: comparing takes time with the product of lengths, and names may be a stranger's.
const LONGEST: usize = 256;

/// The names closest to one that doesn't exist, the closest first: three at most.
///
/// ```
/// use hardtack_vm::suggest::close_matches;
///
/// assert_eq!(close_matches("fibonaci", ["memory", "fib", "fibonacci"]), ["fibonacci", "fib"]);
/// assert!(close_matches("x", ["memory"]).is_empty());
/// ```
pub fn close_matches<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    if wrong.len() > LONGEST {
        return Vec::new();
    }
    let mut scored: Vec<(f64, &str)> = names
        .into_iter()
        .filter(|name| name.len() <= LONGEST)
        .map(|name| (likeness(wrong, name), name))
        .filter(|(score, _)| *score >= ALIKE)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    // A function may have the same name inside and outside.
    scored.dedup();
    scored.into_iter().take(MOST).map(|(_, name)| name).collect()
}

/// How alike two names are, from 0 to 1.
fn likeness(a: &str, b: &str) -> f64 {
    let likeness = strsim::jaro_winkler(a, b);
    // It sees nothing in common in short names with a slip of the finger in them.
    let slipped = strsim::osa_distance(a, b) * ONE_WRONG_IN <= a.len().min(b.len());
    if slipped { likeness.max(ALIKE) } else { likeness }
}

/// The same as the end of a sentence: `; did you mean …?`, or nothing.
///
/// ```
/// use hardtack_vm::suggest::did_you_mean;
///
/// assert_eq!(did_you_mean("start", ["memory", "_start"]), "; did you mean `_start`?");
/// assert_eq!(did_you_mean("x", ["memory"]), "");
/// ```
pub fn did_you_mean<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> =
        close_matches(wrong, names).into_iter().map(|name| format!("`{}`", name.escape_debug())).collect();
    if names.is_empty() { String::new() } else { format!("; did you mean {}?", names.join(" or ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_names_are_found() {
        let names = ["memory", "fib", "fibonacci", "fib", "_start"];
        assert_eq!(close_matches("fibonaci", names), ["fibonacci", "fib"]);
        assert_eq!(close_matches("fbi", names), ["fib"]);
        assert_eq!(close_matches("bif", names), [""; 0]);
        assert_eq!(did_you_mean("start", names), "; did you mean `_start`?");
        assert_eq!(did_you_mean("xyz", names), "");
    }

    #[test]
    fn long_names_are_not_compared() {
        let long = "a".repeat(LONGEST + 1);
        assert!(close_matches(&long, [&*long]).is_empty() && close_matches("aaaa", [&*long]).is_empty());
    }
}
