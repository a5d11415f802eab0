//! What part of a program a function's name says that it belongs to.

/// The crate or namespace that a demangled name begins with; none for what has no path, such as functions of C.
pub fn origin(name: &str) -> Option<&str> {
    // `<core::fmt::Formatter as core::fmt::Write>::write_str`, `<&T as …>`, `<[u8]>::…`, `<dyn core::any::Any>::…`
    let start = name.find(|c: char| c.is_alphabetic() || c == '_')?;
    let mut rest = &name[start..];
    if start > 0 {
        for word in ["dyn ", "mut ", "const "] {
            rest = rest.strip_prefix(word).unwrap_or(rest);
        }
    }
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    rest[end..].starts_with("::").then(|| &rest[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use hardtack_compiler::symbols::demangle;

    #[test]
    fn names_of_rust_and_cpp() {
        assert_eq!(demangle("_ZN4core3fmt5write17h0123456789abcdefE"), "core::fmt::write");
        assert_eq!(demangle("_RNvCs1234_7mycrate3foo"), "mycrate::foo");
        assert_eq!(demangle("_ZN3foo3barEi"), "foo::bar(int)");
        for plain in ["main", "_start", "_Zz", "$x", ""] {
            assert_eq!(demangle(plain), plain);
        }
    }

    #[test]
    fn origins() {
        for (name, expected) in [
            ("core::fmt::write", Some("core")),
            ("foo::bar(int)", Some("foo")),
            ("<core::fmt::Formatter as core::fmt::Write>::write_str", Some("core")),
            ("<dyn core::any::Any>::is", Some("core")),
            ("<&mut alloc::vec::Vec<T> as x::Y>::z", Some("alloc")),
            ("main", None),
            ("foo(std::string)", None),
            ("", None),
        ] {
            assert_eq!(origin(name), expected, "{name}");
        }
    }
}
