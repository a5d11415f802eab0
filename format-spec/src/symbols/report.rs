//! Backtraces with names and lines: of traps at hand, and of reports that a device has sent.
//!
//! A report is any text with frames in it, as the VM prints them, `function 3 at code offset 0x1a` on a line, and before them
//! the `build` that they belong to. Everything else stays as it is.

use super::{SourceFrame, Symbols};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Write;

/// Most bytes of a name that are shown: a hostile module may call its functions whatever it likes.
const MOST_SHOWN: usize = 1 << 10;

/// A report with its frames put into words.
///
/// ```
/// use hardtack_format::meta::FuncName;
/// use hardtack_format::symbols::{Symbols, report::symbolize};
///
/// let names = vec![FuncName { index: 3, name: "main".into() }];
/// let symbols = Symbols { names, ..Symbols::default() };
/// let done = symbolize("it broke:\n  0: function 3 at code offset 0x1a\n", &[symbols]);
/// assert_eq!(done.text, "it broke:\n  0: main (function 3) at code offset 0x1a\n");
/// assert_eq!((done.resolved, done.unresolved), (1, 0));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Symbolized {
    /// The text.
    pub text: String,
    /// Number of frames for which there were symbols.
    pub resolved: usize,
    /// Number of frames for which there were none.
    pub unresolved: usize,
    /// Builds that frames belong to and none of the symbols does.
    pub missing: Vec<String>,
}

/// A function under way in words, one line for each function in the sources, the innermost first.
///
/// `name` is what the function is called if the symbols don't know.
pub fn lines(symbols: &Symbols<'_>, function: u32, code_offset: u32, name: Option<&str>) -> Vec<String> {
    let frames: Vec<SourceFrame<'_>> = symbols.frames(function, code_offset).collect();
    let wasm = symbols.position(code_offset).map(|p| p.wasm).filter(|wasm| *wasm != 0);
    frames
        .iter()
        .map(|frame| {
            let mut line = String::new();
            match (frame.function.or(if frame.inlined { None } else { name }), frame.inlined) {
                (Some(name), true) => line = format!("{} (inlined)", Shown(name)),
                (None, true) => line.push_str("a function (inlined)"),
                (Some(name), false) => line = format!("{} (function {function})", Shown(name)),
                (None, false) => {
                    let _ = write!(line, "function {function}");
                }
            }
            match (frame.file, frame.line, frame.column) {
                (Some(file), None, _) => line += &format!(" in {}", Shown(file)),
                (Some(file), Some(number), None) => line += &format!(" at {}:{number}", Shown(file)),
                (Some(file), Some(number), Some(column)) => line += &format!(" at {}:{number}:{column}", Shown(file)),
                (None, ..) if frame.inlined => {}
                // What was inlined into it says where it was.
                (None, ..) if frames.len() > 1 => {}
                (None, ..) => {
                    line += &format!(" at code offset {code_offset:#x}");
                    if let Some(wasm) = wasm {
                        line += &format!(", wasm offset {wasm:#x}");
                    }
                }
            }
            line
        })
        .collect()
}

/// Puts the frames in a report into words. Each belongs to the build named last before it; where none is named, to the only
/// symbols given.
pub fn symbolize(report: &str, symbols: &[Symbols<'_>]) -> Symbolized {
    let mut out = Symbolized::default();
    let mut build: Option<&str> = None;
    for (nth, line) in report.lines().enumerate() {
        if nth > 0 {
            out.text.push('\n');
        }
        build = build_in(line).or(build);
        let Some(frame) = Frame::find(line) else {
            out.text.push_str(line);
            continue;
        };
        let found = match build {
            Some(build) => symbols.iter().find(|s| s.build().eq_ignore_ascii_case(build)),
            None => symbols.first().filter(|_| symbols.len() == 1),
        };
        let Some(found) = found else {
            out.unresolved += 1;
            let missing = build.unwrap_or("unknown").to_string();
            if !out.missing.contains(&missing) {
                out.missing.push(missing);
            }
            out.text.push_str(line);
            continue;
        };
        out.resolved += 1;
        let before = &line[..frame.start];
        for (nth, words) in lines(found, frame.function, frame.code_offset, frame.name).iter().enumerate() {
            if nth == 0 {
                out.text.push_str(before);
            } else {
                out.text.push('\n');
                out.text.extend(before.chars().map(|_| ' '));
            }
            out.text.push_str(words);
        }
        out.text.push_str(&line[frame.end..]);
    }
    if report.ends_with('\n') {
        out.text.push('\n');
    }
    out
}

/// The build that a line names.
fn build_in(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("build ")?;
    let digits = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
    (digits == 32).then(|| &rest[..digits])
}

/// A frame as the VM prints it, and where in a line it stands.
struct Frame<'l> {
    start: usize,
    end: usize,
    name: Option<&'l str>,
    function: u32,
    code_offset: u32,
}

impl<'l> Frame<'l> {
    fn find(line: &'l str) -> Option<Frame<'l>> {
        const AT: &str = " at code offset 0x";
        // A name may contain anything: what counts stands last.
        let at = line.rfind(AT)?;
        let digits = line[at + AT.len()..].bytes().take_while(u8::is_ascii_hexdigit).count();
        let end = at + AT.len() + digits;
        let code_offset = u32::from_str_radix(&line[at + AT.len()..end], 16).ok()?;
        let number = |text: &'l str| {
            let digits = text.bytes().rev().take_while(u8::is_ascii_digit).count();
            let number = text[text.len() - digits..].parse().ok()?;
            Some((text[..text.len() - digits].strip_suffix("function ")?, number))
        };
        if let Some((before, function)) = line[..at].strip_suffix(')').and_then(number) {
            let before = before.strip_suffix(" (")?;
            // The depth stands before the name: digits and a colon.
            let start = before.find(": ").filter(|at| depth(&before[..*at])).map_or(0, |at| at + 2);
            let start = start + (before[start..].len() - before[start..].trim_start().len());
            return Some(Frame { start, end, name: Some(&before[start..]), function, code_offset });
        }
        let (before, function) = number(&line[..at])?;
        Some(Frame { start: before.len(), end, name: None, function, code_offset })
    }
}

/// Whether a text ends in the number of a frame.
fn depth(text: &str) -> bool {
    text.ends_with(|c: char| c.is_ascii_digit())
}

/// A name without control codes, and not endlessly long.
struct Shown<'a>(&'a str);

impl core::fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut length = 0;
        for c in self.0.chars() {
            length += c.len_utf8();
            if length > MOST_SHOWN {
                return f.write_char('…');
            }
            if c.is_control() { write!(f, "{}", c.escape_debug())? } else { f.write_char(c)? }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Location, Position};
    use super::*;
    use crate::meta::{FuncName, Text};
    use std::vec;

    fn symbols(id: u8) -> Symbols<'static> {
        Symbols {
            build_id: [id; 16],
            names: vec![FuncName { index: 3, name: "main".into() }],
            texts: vec![Text { text: "a.c".into() }, Text { text: "in\u{1b}ner".into() }],
            locations: vec![
                Location { file: Some(0), line: 9, column: 2, function: None, caller: None },
                Location { file: Some(0), line: 4, column: 0, function: Some(1), caller: Some(0) },
            ],
            positions: vec![
                Position { unit: 1, wasm: 70, location: Some(1) },
                Position { unit: 9, wasm: 71, location: None },
            ],
        }
    }

    #[test]
    fn reports_get_names_and_lines() {
        let report = "trap: unreachable\n  build 01010101010101010101010101010101\n   0: function 3 at code offset 0x2\n   \
                      1: old (function 3) at code offset 0x12\nbye\n";
        let done = symbolize(report, &[symbols(2), symbols(1)]);
        let expected = "trap: unreachable\n  build 01010101010101010101010101010101\n   \
                        0: in\\u{1b}ner (inlined) at a.c:4\n      main (function 3) at a.c:9:2\n   \
                        1: main (function 3) at code offset 0x12, wasm offset 0x47\nbye\n";
        assert_eq!(done.text, expected);
        assert_eq!((done.resolved, done.unresolved), (2, 0));
    }

    #[test]
    fn frames_of_other_builds_stay() {
        let report = "build 0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f 0: main (function 3) at code offset 0x2";
        let done = symbolize(report, &[symbols(1)]);
        assert_eq!((&*done.text, done.resolved, done.unresolved), (report, 0, 1));
        assert_eq!(done.missing, ["0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"]);
        // Without a build it can only be the one there is.
        let report = "function 3 at code offset 0x2";
        assert_eq!(symbolize(report, &[symbols(1)]).resolved, 1);
        assert_eq!(symbolize(report, &[symbols(1), symbols(2)]).missing, ["unknown"]);
    }

    #[test]
    fn any_text_will_do() {
        for text in [
            "",
            "\n",
            " at code offset 0x",
            "function at code offset 0x1",
            "function 99999999999 at code offset 0x1",
            "function 3 at code offset 0xfffffffff",
            ") at code offset 0x0",
            "(function 3) at code offset 0x0",
            "é: (function 3) at code offset 0x0 é",
            "build",
            "build 12",
        ] {
            let done = symbolize(text, &[symbols(1)]);
            assert!(done.resolved + done.unresolved <= 1, "{text}");
        }
        let odd = symbolize("7: f at code offset 0x1: g (function 3) at code offset 0x12", &[]);
        assert_eq!(odd.unresolved, 1);
    }
}
