//! Functions as lines that can be compared: what is only a number in one file has a name that both share.

use super::declarations::{declarations, func_type};
use super::matching::Pairs;
use crate::sets::{self, Sets};
use crate::types::Types;
use anyhow::Result;
use hardtack_compiler::isa::InstructionSet;
use hardtack_format::disasm::{self, Labels, Style, Text};
use hardtack_format::isa::Isa;
use hardtack_format::meta::{ExternKind, Meta, Names};
use hardtack_format::operand::Sort;
use hardtack_format::read::File;
use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};
use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// One of the files.
pub struct Side {
    /// What the user calls it.
    pub name: String,
    /// Length of the file.
    pub bytes: usize,
    /// Sections by name, with their lengths.
    pub sections: Vec<(String, usize)>,
    /// What the code does is the same if this is.
    pub build_id: [u8; 16],
    /// What is declared beside functions, one thing a line.
    pub declarations: Vec<Line>,
    /// Bytes of data segments.
    pub data: Vec<u8>,
    /// Names of imported functions.
    pub imports: Vec<String>,
    /// The functions that it defines, in order.
    pub funcs: Vec<Func>,
}

/// A function of a file.
pub struct Func {
    /// Its index, imported ones first.
    pub index: u32,
    /// Its name, or the first it is exported by.
    pub name: Option<String>,
    /// Length of its code.
    pub bytes: usize,
    /// Number slots of its frame.
    pub slots: u16,
    /// Reference slots of its frame.
    pub ref_slots: u16,
    /// Its type.
    pub ty: String,
    /// Labels and instructions.
    pub lines: Vec<Line>,
}

/// A label, an instruction, or a declaration.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Line {
    /// The text, with `\u{1}` where a function and `\u{2}` where a label belongs.
    pub text: String,
    /// Functions, by index among all.
    pub funcs: Vec<u32>,
    /// Labels, by number.
    pub labels: Vec<usize>,
}

/// Stands for a function in a line.
const FUNC: char = '\u{1}';
/// Stands for a label in a line.
const LABEL: char = '\u{2}';

impl Side {
    /// Takes apart a file that is safe to load, for the standard instructions or these.
    pub fn new(name: String, bytes: &[u8], sets: Sets<'_>, isa: Option<InstructionSet>) -> Result<Side> {
        sets.check(bytes)?;
        let file = sets::parse(bytes)?;
        let isa = sets::instructions(&file, isa)?;
        let meta = file.decode_meta()?;
        // Nothing depends on names, so damaged ones are as good as none.
        let names = file.decode_names().and_then(Result::ok).unwrap_or_default();
        Ok(Side {
            name,
            bytes: bytes.len(),
            sections: file.sections().map(|s| (s.id.to_string(), s.len as usize)).collect(),
            build_id: file.header.build_id,
            declarations: declarations(&Types::new(&file, &meta)?, &meta),
            data: file.data.to_vec(),
            imports: imports(&meta),
            funcs: funcs(&file, isa, &meta, &names),
        })
    }

    /// What to call the function with an index in this file alone.
    pub fn label(&self, index: u32) -> String {
        let own = (index as usize).checked_sub(self.imports.len());
        match own {
            None => self.imports.get(index as usize).cloned().unwrap_or_default(),
            Some(own) => self.funcs.get(own).map(Func::label).unwrap_or_default(),
        }
    }
}

impl Func {
    /// What to call it.
    pub fn label(&self) -> String {
        self.name.as_ref().map_or_else(|| format!("function {}", self.index), |name| format!("${name}"))
    }

    /// Its lines without the numbers that depend on what else is in the file or function.
    pub fn shape(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(|line| &*line.text)
    }

    /// Names of its instructions.
    pub fn instruction_names(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().filter(|line| !line.is_label()).filter_map(|line| line.text.split_whitespace().next())
    }

    /// Number of instructions.
    pub fn instructions(&self) -> usize {
        self.lines.iter().filter(|line| !line.is_label()).count()
    }
}

impl Line {
    /// A line that refers to nothing yet.
    pub fn plain(text: String) -> Line {
        Line { text, funcs: vec![], labels: vec![] }
    }

    /// Appends a function, by its index among all.
    pub fn func(&mut self, index: u32) {
        self.text.push(FUNC);
        self.funcs.push(index);
    }

    fn is_label(&self) -> bool {
        self.text.starts_with(LABEL)
    }

    /// The text with names for what it refers to.
    fn resolve(&self, func: &dyn Fn(u32) -> String, label: &dyn Fn(usize) -> String) -> String {
        let (mut funcs, mut labels) = (self.funcs.iter(), self.labels.iter());
        let mut out = String::with_capacity(self.text.len() + 8);
        for c in self.text.chars() {
            match c {
                FUNC => out.push_str(&funcs.next().map(|f| func(*f)).unwrap_or_default()),
                LABEL => out.push_str(&labels.next().map(|l| label(*l)).unwrap_or_default()),
                c => out.push(c),
            }
        }
        out
    }
}

fn imports(meta: &Meta<'_>) -> Vec<String> {
    let funcs = meta.imports.iter().filter(|import| import.kind == ExternKind::Func);
    funcs.map(|import| format!("{:?} {:?}", import.module, import.name)).collect()
}

fn funcs(file: &File<'_>, isa: &Isa, meta: &Meta<'_>, names: &Names<'_>) -> Vec<Func> {
    let imported = meta.imported(ExternKind::Func);
    let known = crate::names::FuncNames::new(meta, names);
    let records = file.funcs.iter().enumerate().map(|(own, record)| {
        let index = imported + own as u32;
        let start = 2 * file.funcs.start(own as u32).unwrap_or_default() as usize;
        let end = 2 * record.end as usize;
        Func {
            index,
            name: known.get(index).map(str::to_string),
            bytes: end - start,
            slots: record.frame,
            ref_slots: record.ref_frame,
            ty: meta.types.get(usize::from(record.ty)).map(func_type).unwrap_or_default(),
            lines: lines(isa, &file.code[..end], start, imported, meta),
        }
    });
    records.collect()
}

fn lines(isa: &Isa, code: &[u8], start: usize, imported: u32, meta: &Meta<'_>) -> Vec<Line> {
    let labels = Labels::of(isa, code, start);
    let mut lines = Vec::new();
    // The code is verified, so everything decodes.
    for decoded in disasm::iter(isa, code, start).flatten() {
        if let Some(label) = labels.at(decoded.at) {
            lines.push(Line { text: format!("{LABEL}:"), funcs: vec![], labels: vec![label] });
        }
        let mut text = Text { decoded: &decoded, labels: &labels, style: Style { modes: false } }.to_string();
        let mut funcs = Vec::new();
        for (_, kind, value) in decoded.operands() {
            let (word, base) = match kind.sort() {
                Sort::Func => ("func", imported),
                Sort::ImportedFunc => ("import", 0),
                Sort::AnyFunc => ("function", 0),
                Sort::TypeIndex => {
                    let ty = meta.types.get(value as usize).map(func_type).unwrap_or_default();
                    text = text.replacen(&format!("type {value}"), &format!("type {ty}"), 1);
                    continue;
                }
                _ => continue,
            };
            text = text.replacen(&format!("{word} {value}"), &FUNC.to_string(), 1);
            funcs.push(base + value as u32);
        }
        let targets: Vec<usize> = decoded.targets().flatten().filter_map(|target| labels.at(target)).collect();
        if let Some(arrow) = text.find('→').filter(|_| !targets.is_empty()) {
            text.truncate(arrow);
            text.push('→');
            targets.iter().for_each(|_| text.extend([' ', LABEL]));
        }
        lines.push(Line { text: format!("  {text}"), funcs, labels: targets });
    }
    lines
}

/// A function of either file or of both, with its lines as they are compared and shown.
pub struct Compared<'a> {
    /// In A.
    pub a: Option<(&'a Func, Vec<String>)>,
    /// In B.
    pub b: Option<(&'a Func, Vec<String>)>,
}

impl Compared<'_> {
    /// Whether anything but its place and name is different.
    pub fn differs(&self) -> bool {
        match (&self.a, &self.b) {
            (Some((a, a_lines)), Some((b, b_lines))) => {
                a_lines != b_lines || (a.slots, a.ref_slots, &a.ty) != (b.slots, b.ref_slots, &b.ty)
            }
            (Some(_), None) | (None, Some(_)) | (None, None) => true,
        }
    }
}

/// Two files, with the same words for the same things.
pub struct Comparison<'a> {
    /// Functions in the order of A; what only B has follows in its order.
    pub functions: Vec<Compared<'a>>,
    /// Declarations of A and B.
    pub declarations: [Vec<String>; 2],
}

/// Compares two files.
pub fn compare<'a>(a: &'a Side, b: &'a Side, pairs: &Pairs) -> Comparison<'a> {
    let b_imports = b.imports.len() as u32;
    let in_a = |index: u32| a.label(index);
    // What has a partner is called as that is; imports are called by their names in both.
    let in_b = |index: u32| match index.checked_sub(b_imports).and_then(|own| pairs.partner_of_b(own as usize)) {
        Some(partner) => a.funcs[partner].label(),
        None => match b.funcs.get(index.wrapping_sub(b_imports) as usize) {
            Some(Func { name: None, index, .. }) => format!("new function {index}"),
            _ => b.label(index),
        },
    };
    let plain = |label: usize| format!("L{label}");
    let declarations = [
        a.declarations.iter().map(|line| line.resolve(&in_a, &plain)).collect(),
        b.declarations.iter().map(|line| line.resolve(&in_b, &plain)).collect(),
    ];
    let functions = pairs.all().into_iter().map(|(in_a_at, in_b_at)| {
        let (of_a, of_b) = (in_a_at.map(|at| &a.funcs[at]), in_b_at.map(|at| &b.funcs[at]));
        let names = match (of_a, of_b) {
            (Some(a), Some(b)) => labels(a, b),
            _ => HashMap::new(),
        };
        let renamed = |label: usize| names.get(&label).cloned().unwrap_or_else(|| plain(label));
        Compared {
            a: of_a.map(|f| (f, f.lines.iter().map(|line| line.resolve(&in_a, &plain)).collect())),
            b: of_b.map(|f| (f, f.lines.iter().map(|line| line.resolve(&in_b, &renamed)).collect())),
        }
    });
    Comparison { functions: functions.collect(), declarations }
}

/// How long to look for the smallest difference between two functions. Past that any is taken: it is right, but says more than it need.
const PATIENCE: Duration = Duration::from_secs(2);

/// What to do to make the one of the other.
pub fn difference<T: Hash + Ord>(a: &[T], b: &[T]) -> Vec<DiffOp> {
    capture_diff_slices_deadline(Algorithm::Myers, a, b, Some(Instant::now() + PATIENCE))
}

/// Names for the labels of B: those of A where they are at the same place of what both have in common, new ones elsewhere.
fn labels(a: &Func, b: &Func) -> HashMap<usize, String> {
    let (shape_a, shape_b): (Vec<&str>, Vec<&str>) = (a.shape().collect(), b.shape().collect());
    let mut names = HashMap::new();
    for op in difference(&shape_a, &shape_b) {
        if let DiffOp::Equal { old_index, new_index, len } = op {
            for i in 0..len {
                let (old, new) = (&a.lines[old_index + i], &b.lines[new_index + i]);
                if let (true, [old], [new]) = (old.is_label(), &old.labels[..], &new.labels[..]) {
                    names.insert(*new, format!("L{old}"));
                }
            }
        }
    }
    let taken = a.lines.iter().flat_map(|line| &line.labels).max().map_or(0, |most| most + 1);
    let own = b.lines.iter().filter(|line| line.is_label()).flat_map(|line| line.labels.iter().copied());
    for (i, label) in own.filter(|label| !names.contains_key(label)).collect::<Vec<_>>().into_iter().enumerate() {
        names.insert(label, format!("L{}", taken + i));
    }
    names
}
