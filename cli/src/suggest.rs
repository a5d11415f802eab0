//! Names that the user may have meant.

/// How alike two names must be, from 0 to 1, to be mentioned.
const ALIKE: f64 = 0.75;
/// Most names worth mentioning.
const MOST: usize = 3;

/// The names closest to one that doesn't exist, the closest first.
pub fn close_matches<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut scored: Vec<(f64, &str)> = names
        .into_iter()
        .map(|name| (strsim::jaro_winkler(wrong, name), name))
        .filter(|(score, _)| *score >= ALIKE)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    // A function may have the same name inside and outside.
    scored.dedup();
    scored.into_iter().take(MOST).map(|(_, name)| name).collect()
}

/// `; did you mean …?`, or nothing.
pub fn did_you_mean<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = close_matches(wrong, names).into_iter().map(|name| format!("`{name}`")).collect();
    if names.is_empty() { String::new() } else { format!("; did you mean {}?", names.join(" or ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_names_are_found() {
        let names = ["memory", "fib", "fibonacci", "fib", "_start"];
        assert_eq!(close_matches("fibonaci", names), ["fibonacci", "fib"]);
        assert_eq!(did_you_mean("start", names), "; did you mean `_start`?");
        assert_eq!(did_you_mean("xyz", names), "");
    }
}
