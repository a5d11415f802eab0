//! What changed, in words and lines.

use super::listing::{Compared, Comparison, Func, Side, difference};
use anstyle::{AnsiColor, Style};
use anyhow::Result;
use similar::{ChangeTag, DiffOp, group_diff_ops};
use std::io::Write;

/// Most functions in the summary, so that it fits on a screen.
const MOST: usize = 12;

const TITLE: Style = Style::new().bold();
const PLACE: Style = AnsiColor::Cyan.on_default();
const REMOVED: Style = AnsiColor::Red.on_default();
const ADDED: Style = AnsiColor::Green.on_default();

/// Two files and what became of each function.
pub struct Report<'a> {
    pub a: &'a Side,
    pub b: &'a Side,
    pub compared: &'a Comparison<'a>,
    /// Lines of context.
    pub context: usize,
}

/// A function of which something is different, and by how much.
struct Row<'a> {
    sign: char,
    style: Style,
    a: Option<&'a Func>,
    b: Option<&'a Func>,
}

impl Row<'_> {
    fn bytes(&self) -> (usize, usize) {
        (self.a.map_or(0, |f| f.bytes), self.b.map_or(0, |f| f.bytes))
    }

    fn difference(&self) -> usize {
        let (a, b) = self.bytes();
        a.abs_diff(b)
    }
}

impl Report<'_> {
    /// Prints the summary; whether anything is different.
    pub fn summary(&self, out: &mut impl Write) -> Result<bool> {
        let (a, b) = (self.a, self.b);
        writeln!(out, "{TITLE}{} → {}{TITLE:#}", a.name, b.name)?;
        writeln!(out, "{:<12} {:>11} {:>11}", "", "A", "B")?;
        size(out, "file", a.bytes, b.bytes)?;
        for (name, len) in &a.sections {
            let other = b.sections.iter().find(|(other, _)| other == name);
            size(out, name, *len, other.map_or(0, |(_, len)| *len))?;
        }
        for (name, len) in b.sections.iter().filter(|(name, _)| !a.sections.iter().any(|(other, _)| other == name)) {
            size(out, name, 0, *len)?;
        }

        let rows = self.rows();
        let both =
            || self.compared.functions.iter().filter_map(|f| Some((f.a.as_ref()?.0, f.b.as_ref()?.0, f.differs())));
        let same = both().filter(|(.., differs)| !differs);
        let place = |f: &Func, side: &Side| f.index as usize - side.imports.len();
        let moved = same.clone().filter(|(f, g, _)| place(f, a) != place(g, b)).count();
        let renamed = both().filter(|(f, g, _)| f.name != g.name).count();
        let count = |sign: char| rows.iter().filter(|row| row.sign == sign).count();
        writeln!(
            out,
            "functions    {:>11} {:>11}  {} the same ({moved} moved), {} changed, {} removed, {} added, {renamed} renamed",
            a.funcs.len(),
            b.funcs.len(),
            same.count(),
            count('~'),
            count('-'),
            count('+'),
        )?;
        let [a_declared, b_declared] = &self.compared.declarations;
        let declared = a_declared != b_declared;
        writeln!(out, "declarations {:>11} {:>11}  {}", a.declarations.len(), b.declarations.len(), verdict(declared))?;
        let data = a.data != b.data;
        writeln!(out, "data         {:>11} {:>11}  {}", a.data.len(), b.data.len(), verdict(data))?;
        self.table(&rows, out)?;

        if declared || data || !rows.is_empty() {
            return Ok(true);
        }
        let word = match (a.build_id == b.build_id, a.bytes == b.bytes && a.sections == b.sections) {
            (true, true) => "The same build.",
            (true, false) => "The same build: only debug information or signature differ.",
            (false, _) => "The same, but for the order of things or the numbers that stand for them.",
        };
        writeln!(out, "{word}")?;
        Ok(false)
    }

    fn rows(&self) -> Vec<Row<'_>> {
        let differing = self.compared.functions.iter().filter(|f| f.differs());
        let rows = differing.map(|f| {
            let (a, b) = (f.a.as_ref().map(|(f, _)| *f), f.b.as_ref().map(|(f, _)| *f));
            let (sign, style) = match (a, b) {
                (Some(_), None) => ('-', REMOVED),
                (None, _) => ('+', ADDED),
                (Some(_), Some(_)) => ('~', Style::new()),
            };
            Row { sign, style, a, b }
        });
        let mut rows: Vec<Row> = rows.collect();
        // A stable sort: equals stay in the order of the files.
        rows.sort_by_key(|row| std::cmp::Reverse(row.difference()));
        rows
    }

    fn table(&self, rows: &[Row<'_>], out: &mut impl Write) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "\n{TITLE}  {:>8} {:>17} {:>13} {:>15}  function{TITLE:#}",
            "", "bytes", "slots", "instructions"
        )?;
        for row in rows.iter().take(MOST) {
            let (from, to) = row.bytes();
            let change = to as i64 - from as i64;
            let pair = |value: &dyn Fn(&Func) -> usize| match (row.a.map(value), row.b.map(value)) {
                (Some(a), Some(b)) if a == b => a.to_string(),
                (Some(a), Some(b)) => format!("{a} → {b}"),
                (Some(one), None) | (None, Some(one)) => one.to_string(),
                (None, None) => String::new(),
            };
            let (style, sign) = (row.style, row.sign);
            writeln!(
                out,
                "{style}{sign} {change:>+8} {:>17} {:>13} {:>15}  {}{style:#}",
                pair(&|f| f.bytes),
                pair(&|f| usize::from(f.slots)),
                pair(&Func::instructions),
                title(row.a, row.b)
            )?;
        }
        if rows.len() > MOST {
            writeln!(out, "  and {} more", rows.len() - MOST)?;
        }
        Ok(())
    }

    /// Prints what changed in declarations, data and each function.
    pub fn details(&self, out: &mut impl Write) -> Result<()> {
        let [a_declared, b_declared] = &self.compared.declarations;
        if a_declared != b_declared {
            let name = |side: &Side| format!("{} declarations", side.name);
            self.unified(out, [name(self.a), name(self.b)], a_declared, b_declared)?;
        }
        if self.a.data != self.b.data {
            let first = self.a.data.iter().zip(&self.b.data).position(|(a, b)| a != b);
            let first = first.unwrap_or_else(|| self.a.data.len().min(self.b.data.len()));
            writeln!(out, "\n{TITLE}data differ from byte {first:#x} of the section{TITLE:#}")?;
        }
        for function in self.compared.functions.iter().filter(|f| f.differs()) {
            self.function(function, out)?;
        }
        Ok(())
    }

    /// Prints what changed in a function.
    pub fn function(&self, function: &Compared<'_>, out: &mut impl Write) -> Result<()> {
        let only = |out: &mut dyn Write, style: Style, side: &Side, func: &Func| {
            let title = title(Some(func), None);
            writeln!(
                out,
                "\n{style}only in {}: {title}, {} bytes, {} slots{style:#}",
                side.name, func.bytes, func.slots
            )
        };
        match (&function.a, &function.b) {
            (Some((func, _)), None) => only(out, REMOVED, self.a, func)?,
            (None, Some((func, _))) => only(out, ADDED, self.b, func)?,
            (None, None) => {}
            (Some((a, _)), Some((b, _))) if !function.differs() => {
                writeln!(out, "{}: the same", title(Some(a), Some(b)))?
            }
            (Some((a, a_lines)), Some((b, b_lines))) => {
                let name = |side: &Side, f: &Func| format!("{} {}", side.name, title(Some(f), None));
                self.unified(
                    out,
                    [name(self.a, a), name(self.b, b)],
                    &with_footer(a, a_lines),
                    &with_footer(b, b_lines),
                )?;
            }
        }
        Ok(())
    }

    fn unified(&self, out: &mut impl Write, names: [String; 2], a: &[String], b: &[String]) -> Result<()> {
        writeln!(out, "\n{TITLE}--- {}\n+++ {}{TITLE:#}", names[0], names[1])?;
        for group in group_diff_ops(difference(a, b), self.context) {
            let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
            let range = |from: std::ops::Range<usize>, to: std::ops::Range<usize>| match to.end - from.start {
                0 => format!("{},0", from.start),
                1 => (from.start + 1).to_string(),
                len => format!("{},{len}", from.start + 1),
            };
            let old = range(first.old_range(), last.old_range());
            let new = range(first.new_range(), last.new_range());
            writeln!(out, "{PLACE}@@ -{old} +{new} @@{PLACE:#}")?;
            for change in group.iter().flat_map(|op: &DiffOp| op.iter_changes(a, b)) {
                let line = change.value();
                match change.tag() {
                    ChangeTag::Equal => writeln!(out, " {line}")?,
                    ChangeTag::Delete => writeln!(out, "{REMOVED}-{line}{REMOVED:#}")?,
                    ChangeTag::Insert => writeln!(out, "{ADDED}+{line}{ADDED:#}")?,
                }
            }
        }
        Ok(())
    }
}

/// The lines, and one with what they don't say.
fn with_footer(func: &Func, lines: &[String]) -> Vec<String> {
    let references = if func.ref_slots > 0 { format!(" · {} reference slots", func.ref_slots) } else { String::new() };
    let footer = format!("; {} bytes · {} slots{references}", func.bytes, func.slots);
    lines.iter().cloned().chain([footer]).collect()
}

/// A function's name or number, and what it was called if that has changed.
fn title(a: Option<&Func>, b: Option<&Func>) -> String {
    let name = |f: &Func| match &f.name {
        Some(name) => format!("${name} (function {})", f.index),
        None => format!("function {}", f.index),
    };
    match (a, b) {
        (Some(a), Some(b)) if a.name != b.name => format!("{} → {}", name(a), name(b)),
        (Some(a), Some(b)) if a.index != b.index => format!("{} → {}", name(a), b.index),
        (Some(one), _) | (None, Some(one)) => name(one),
        (None, None) => String::new(),
    }
}

fn verdict(different: bool) -> &'static str {
    if different { "different" } else { "the same" }
}

fn size(out: &mut impl Write, name: &str, a: usize, b: usize) -> Result<()> {
    let change = b as i64 - a as i64;
    let style = match change.signum() {
        1 => REMOVED,
        -1 => ADDED,
        _ => Style::new(),
    };
    let share = if a == 0 { String::new() } else { format!(" ({:+.1} %)", 100.0 * change as f64 / a as f64) };
    match change {
        0 => writeln!(out, "{name:<12} {a:>11} {b:>11}")?,
        _ => writeln!(out, "{name:<12} {a:>11} {b:>11}  {style}{change:+}{share}{style:#}")?,
    }
    Ok(())
}
