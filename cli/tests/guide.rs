//! The guide: its console blocks are run, its files made, its links followed.
//!
//! A block marked `console` holds commands after `$ ` and what they print, where `…` stands for anything: in a line for any text, alone in a line for any
//! lines. A block marked `wat,NAME` is written to that file in the page's own directory first. Commands have to end well.

mod hardtack;

use hardtack::scratch;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn guide() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guide/src")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The pages, by name.
fn pages() -> Vec<(String, String)> {
    let entries = fs::read_dir(guide()).expect("the guide is there").flatten();
    let mut pages: Vec<_> = entries
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), read(&entry.path())))
        .filter(|(name, _)| name.ends_with(".md"))
        .collect();
    pages.sort();
    pages
}

/// A fenced block: what is said after the fence, and its lines.
struct Block {
    info: String,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for line in page.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => open = Some(Block { info: info.into(), text: String::new() }),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => assert!(!line.starts_with("    "), "blocks are fenced and say what they are: {line}"),
        }
    }
    assert!(open.is_none(), "a block isn't closed");
    blocks
}

/// Whether what was printed is what the page says.
fn is_like(printed: &[&str], said: &[&str]) -> bool {
    match said.split_first() {
        None => printed.is_empty(),
        Some((&"…", rest)) => (0..=printed.len()).any(|skipped| is_like(&printed[skipped..], rest)),
        Some((line, rest)) => {
            printed.split_first().is_some_and(|(found, others)| line_is_like(found, line) && is_like(others, rest))
        }
    }
}

fn line_is_like(found: &str, said: &str) -> bool {
    let (mut rest, parts) = (found, said.split('…').collect::<Vec<&str>>());
    for (i, part) in parts.iter().enumerate() {
        // The first part begins the line, the last ends it.
        let last = i + 1 == parts.len();
        match if last { rest.rfind(part) } else { rest.find(part) } {
            Some(at) if (at == 0 || i > 0) && (!last || rest.len() == at + part.len()) => {
                rest = &rest[at + part.len()..]
            }
            _ => return false,
        }
    }
    true
}

/// Runs a page's commands one after the other.
fn run(page: &str, text: &str) {
    let directory = scratch(&format!("guide-{}", page.trim_end_matches(".md")));
    let binary = Path::new(env!("CARGO_BIN_EXE_hardtack")).parent().expect("the binary lies somewhere");
    let path =
        env::join_paths([binary.into()].into_iter().chain(env::split_paths(&env::var_os("PATH").unwrap_or_default())));
    let path = path.expect("paths can be joined");
    for block in blocks(text) {
        if let Some(name) = block.info.strip_prefix("wat,") {
            fs::write(directory.join(name), &block.text).expect("files can be written");
        }
        if block.info != "console" {
            continue;
        }
        let mut lines = block.text.lines().peekable();
        while let Some(line) = lines.next() {
            let command = line.strip_prefix("$ ").unwrap_or_else(|| panic!("{page}: `{line}` belongs to no command"));
            let mut said = Vec::new();
            while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
                said.push(line);
            }
            let output = Command::new("sh").args(["-c", command]).env("PATH", &path).current_dir(&directory).output();
            let output = output.expect("there is a shell");
            let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert!(output.status.success(), "{page}: `{command}` fails with {}\n{out}\n{err}", output.status);
            let printed: Vec<&str> = out.lines().collect();
            assert!(is_like(&printed, &said), "{page}: `{command}` prints\n{out}\nrather than\n{}", said.join("\n"));
        }
    }
}

#[test]
fn commands_do_what_the_pages_say() {
    if cfg!(windows) {
        println!("skipped: the guide's commands are for a unix shell");
        return;
    }
    let mut run_any = false;
    for (name, text) in pages() {
        run_any |= text.contains("```console");
        run(&name, &text);
    }
    assert!(run_any, "there are commands in the guide");
}

#[test]
fn every_block_is_of_a_kind_that_is_tested() {
    let doctests = read(&guide().join("../lib.rs"));
    for (name, text) in pages() {
        for Block { info, text } in blocks(&text) {
            let (language, rest) = info.split_once(',').unwrap_or((&info, ""));
            let tested = match language {
                // By the doctests of the guide's crate.
                "rust" => doctests.contains(&format!("src/{name}\"")),
                // By the test above, and here as far as they are text.
                "console" => rest.is_empty(),
                "wat" => {
                    assert!(wat::parse_str(&text).is_ok(), "{name}: this isn't sound:\n{text}");
                    rest.ends_with(".wat")
                }
                "toml" => {
                    assert!(toml::from_str::<toml::Table>(&text).is_ok(), "{name}: this isn't TOML:\n{text}");
                    true
                }
                // By a test of the C API's.
                "c" => name == "c-api.md",
                // A drawing.
                "text" => name == "introduction.md",
                _ => false,
            };
            assert!(tested, "{name}: nothing tests the block marked `{info}`:\n{text}");
        }
    }
}

/// Targets of links in a page: `[text](target)`.
fn links(text: &str) -> Vec<String> {
    let starts = text.match_indices("](").map(|(at, _)| at + 2);
    starts.filter_map(|at| text[at..].find(')').map(|end| text[at..at + end].to_string())).collect()
}

/// The headings of a page as links name them.
fn headings(text: &str) -> BTreeSet<String> {
    let titles = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let kept = |c: &char| c.is_alphanumeric() || [' ', '-', '_'].contains(c);
    titles.map(|title| title.to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")).collect()
}

#[test]
fn the_summary_has_every_page_and_links_lead_somewhere() {
    let pages = pages();
    let names: BTreeSet<&str> =
        pages.iter().map(|(name, _)| name.as_str()).filter(|name| *name != "SUMMARY.md").collect();
    let summary = &pages.iter().find(|(name, _)| name == "SUMMARY.md").expect("there is a summary").1;
    let listed = links(summary);
    assert_eq!(names, listed.iter().map(String::as_str).collect(), "the summary and the pages differ");
    for (name, text) in &pages {
        for link in links(text).iter().filter(|link| !link.starts_with("https://")) {
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let page = pages.iter().find(|(other, _)| other == if file.is_empty() { name } else { file });
            let (_, text) = page.unwrap_or_else(|| panic!("{name} links to {link}, which isn't there"));
            assert!(heading.is_empty() || headings(text).contains(heading), "{name} links to {link}: no such heading");
        }
    }
}

#[test]
fn wildcards() {
    assert!(line_is_like("trap: unreachable", "…unreachable") && line_is_like("a b c", "a…c"));
    assert!(line_is_like("{a}, {b}", "{…}") && line_is_like("a a", "a…a") && !line_is_like("a", "a…a"));
    assert!(!line_is_like("a b", "a") && !line_is_like("b a", "a…"));
    assert!(is_like(&["1", "2", "3"], &["…", "3"]) && is_like(&[], &["…"]) && !is_like(&["1"], &[]));
}
