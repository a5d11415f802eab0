//! The choice of an application's own instructions: the sequences in its modules that are worth one.
//!
//! Files compiled for the standard instruction set are taken apart into straight lines. Each sequence of neighbours in a line might become
//! one instruction and save the dispatches between. Of all those the one that saves most is taken, the lines that have it are covered
//! anew with what has been taken so far, and so on until the budget is spent.

use super::pattern::{self, Pattern};
use super::profile::Profile;
use crate::Error;
use hardtack_format::disasm::{self, Decoded, Labels};
use hardtack_format::isa::{Flow, Group, Opcode, STANDARD};
use hardtack_format::own;
use hardtack_format::read::{File, Reader};
use hashbrown::{HashMap, HashSet};
use std::collections::BinaryHeap;
use std::fmt::Write;

/// Most instructions that become one.
const LONGEST: usize = 8;

/// Parts of the weight of all modules that an instruction must have for sequences to be looked for there.
const LEAST: f64 = 1e-7;

/// How often room is made for more.
const ROUNDS: usize = 8;

/// How many instructions a set may have, or how much code.
///
/// ```
/// # use hardtack_compiler::isa::tailor::Budget;
/// let (many, small) = (Budget::Rows(300), Budget::Bytes(16 << 10));
/// # assert_ne!(many, small);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    /// So many rows, of no more than 150 bytes of handlers each on average.
    Rows(usize),
    /// So many bytes of handlers, as estimated.
    Bytes(usize),
}

/// How to choose.
///
/// ```
/// use hardtack_compiler::isa::InstructionSet;
/// use hardtack_compiler::isa::tailor::{Budget, Input, Options, tailor};
///
/// let wat = "(module (memory 1) (func (param i32) (loop
///     (i32.store (local.get 0) (i32.mul (i32.load (local.get 0)) (i32.const 7)))
///     (br_if 0 (local.tee 0 (i32.add (local.get 0) (i32.const 4)))))))";
/// let tack = hardtack_compiler::compile(wat.as_bytes(), &Default::default())?;
/// let options = Options { budget: Budget::Rows(3), profile: None, common: 1, prune: false };
/// let found = tailor(&[Input { name: "example", tack: &tack }], &options)?;
/// assert_eq!(InstructionSet::parse(&found.text)?.len(), found.rows);
/// # Ok::<(), hardtack_compiler::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// How much.
    pub budget: Budget,
    /// What was executed how often. Files that it knows nothing of are judged by their loops.
    pub profile: Option<&'a Profile>,
    /// In how many of the files a row must be good for something: more than one for a set that is to serve others as well.
    pub common: usize,
    /// Whether the set also leaves out the fused standard instructions that the files don't use.
    pub prune: bool,
}

/// A file compiled for the standard instruction set, and what to call it.
///
/// ```
/// # use hardtack_compiler::isa::tailor::{Budget, Input, Options, tailor};
/// let unread = Input { name: "plugin.tack", tack: b"not a file" };
/// let options = Options { budget: Budget::Rows(3), profile: None, common: 1, prune: false };
/// assert!(tailor(&[unread], &options).unwrap_err().to_string().starts_with("plugin.tack: "));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Its name, for the set's comments.
    pub name: &'a str,
    /// Its bytes.
    pub tack: &'a [u8],
}

/// A set that was chosen.
///
/// ```
/// # use hardtack_compiler::isa::tailor::{Budget, Options, tailor};
/// let found = tailor(&[], &Options { budget: Budget::Rows(3), profile: None, common: 1, prune: false })?;
/// assert_eq!((found.rows, found.bytes), (0, 0));
/// # Ok::<(), hardtack_compiler::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Tailored {
    /// The text of its file.
    pub text: String,
    /// How many rows it has.
    pub rows: usize,
    /// Instructions of the standard set that it leaves out.
    pub without: usize,
    /// Which part of the dispatches is expected to remain, for each file.
    pub remain: Vec<f64>,
    /// Bytes of handlers, as estimated.
    pub bytes: usize,
}

/// Which part of a file's dispatches a row must save there to count as good for something.
const GOOD: f64 = 2e-4;

/// Bytes of a row, as estimated, if there may be so many rows: the estimate is up to a tenth too low.
const BYTES_A_ROW: usize = 135;

/// Estimated bytes of a handler of this many primitives with this many operands, on a 64-bit host.
fn estimate(primitives: usize, operands: usize) -> usize {
    18 + 7 * primitives + 4 * operands
}

/// A straight line of code.
struct Line<'a> {
    file: usize,
    instructions: Vec<Decoded<'a>>,
    /// How much each counts: its part of what all files execute.
    weights: Vec<f64>,
    /// Whether an instruction begins at each, with what has been taken so far.
    begins: Vec<bool>,
    /// Taken sequences: where, and how many instructions.
    taken: Vec<(usize, usize)>,
}

/// A sequence that might become an instruction.
struct Candidate {
    pattern: Pattern,
    /// Lines and positions.
    places: Vec<(u32, u32)>,
    count: usize,
    bytes: usize,
    parts: String,
}

/// A candidate with what it would save for each byte, or would have saved when that was last computed.
#[derive(PartialEq)]
struct Ranked {
    saves: f64,
    candidate: usize,
}

impl Eq for Ranked {}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Ranked) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ranked {
    fn cmp(&self, other: &Ranked) -> std::cmp::Ordering {
        self.saves.total_cmp(&other.saves).then(other.candidate.cmp(&self.candidate))
    }
}

/// Chooses a set for these files.
///
/// # Errors
/// If a file can't be read, or is compiled for another instruction set already.
pub fn tailor(files: &[Input<'_>], options: &Options<'_>) -> Result<Tailored, Error> {
    let parsed = files
        .iter()
        .map(|input| {
            let unreadable =
                |e: &dyn std::fmt::Display| Error::Tailor { file: input.name.into(), message: e.to_string() };
            File::parse(input.tack, &Reader::default()).map_err(|e| unreadable(&e))
        })
        .collect::<Result<Vec<_>, Error>>()?;
    let mut lines = vec![];
    for (number, file) in parsed.iter().enumerate() {
        lines.extend(lines_of(number, file, options.profile));
    }
    // Each file counts as much as any other, however long it ran.
    for file in 0..files.len() {
        let own = || lines.iter().filter(move |line| line.file == file);
        let sum: f64 = own().flat_map(|line| &line.weights).sum();
        if sum > 0.0 {
            let scale = 1.0 / sum / files.len() as f64;
            let weights = lines.iter_mut().filter(|line| line.file == file).flat_map(|line| &mut line.weights);
            weights.for_each(|weight| *weight *= scale);
        }
    }
    let mut candidates = candidates(&lines);
    if options.common > 1 {
        candidates.retain(|candidate| serves(&lines, candidate, files.len()) >= options.common);
    }
    let chosen = choose(&mut lines, &candidates, options.budget);
    let without = if options.prune { unused(&parsed) } else { vec![] };
    let mut remain = vec![0.0; files.len()];
    for line in &lines {
        let begins = line.weights.iter().zip(&line.begins).filter(|(_, begins)| **begins);
        remain[line.file] += begins.map(|(weight, _)| weight).sum::<f64>() * files.len() as f64;
    }
    Ok(Tailored {
        text: text(files, &candidates, &chosen, &without, &remain, options),
        rows: chosen.len(),
        without: without.len(),
        remain,
        bytes: chosen.iter().map(|(candidate, _)| candidates[*candidate].bytes).sum(),
    })
}

/// Takes a file apart.
fn lines_of<'a>(number: usize, file: &File<'a>, profile: Option<&Profile>) -> Vec<Line<'a>> {
    let code = file.code;
    // The first instruction is the one that functions return to from the outside.
    let start = disasm::iter(&STANDARD, code, 0).flatten().next().map_or(0, |d| d.len);
    let labels = Labels::of(&STANDARD, code, start);
    let all: Vec<Decoded<'a>> = disasm::iter(&STANDARD, code, start).flatten().collect();
    let weights = match profile.and_then(|profile| profile.counts(file.header.build_id)) {
        Some(counts) => {
            let counts: HashMap<u32, u64> = counts.collect();
            all.iter().map(|d| counts.get(&((d.at / 2) as u32)).map_or(0.0, |count| *count as f64)).collect()
        }
        None => loops(&all),
    };
    let mut lines = vec![];
    let mut line: Vec<Decoded<'_>> = vec![];
    let mut line_weights = vec![];
    let mut functions = file.funcs.iter().map(|record| record.end as usize * 2).peekable();
    for (d, weight) in all.into_iter().zip(weights) {
        let begins = functions.next_if(|end| *end <= d.at).is_some();
        if (begins || labels.at(d.at).is_some()) && !line.is_empty() {
            lines.push((std::mem::take(&mut line), std::mem::take(&mut line_weights)));
        }
        let ends = d.flow() == Flow::ends || !pattern::is_open(&d);
        line.push(d);
        line_weights.push(weight);
        if ends {
            lines.push((std::mem::take(&mut line), std::mem::take(&mut line_weights)));
        }
    }
    lines.push((line, line_weights));
    let line = |(instructions, weights): (Vec<_>, Vec<_>)| {
        let begins = vec![true; weights.len()];
        Line { file: number, instructions, weights, begins, taken: vec![] }
    };
    lines.into_iter().map(line).collect()
}

/// Weights without a profile: eight times as much for each loop around, by the branches back.
fn loops(all: &[Decoded<'_>]) -> Vec<f64> {
    let mut depth = vec![0i32; all.len() + 1];
    let at: HashMap<usize, usize> = all.iter().enumerate().map(|(i, d)| (d.at, i)).collect();
    // The last branch back to a head ends its loop.
    let mut ends: HashMap<usize, usize> = HashMap::new();
    for (i, d) in all.iter().enumerate() {
        for head in d.targets().flatten().filter_map(|target| at.get(&target)).filter(|head| **head <= i) {
            ends.insert(*head, i);
        }
    }
    for (head, last) in ends {
        depth[head] += 1;
        depth[last + 1] -= 1;
    }
    let mut current = 0;
    let weights = depth[..all.len()].iter().map(|step| {
        current += step;
        8f64.powi(current.min(6))
    });
    weights.collect()
}

/// All sequences worth a look.
fn candidates(lines: &[Line<'_>]) -> Vec<Candidate> {
    let mut by_pattern: HashMap<Pattern, usize> = HashMap::new();
    let mut found: Vec<Candidate> = vec![];
    for (number, line) in lines.iter().enumerate() {
        for first in 0..line.instructions.len() {
            for count in 2..=LONGEST.min(line.instructions.len() - first) {
                let part = &line.instructions[first..first + count];
                if line.weights[first] < LEAST || !part.iter().all(pattern::is_open) {
                    break;
                }
                let Some(pattern) = Pattern::new(part) else { break };
                let candidate = *by_pattern.entry(pattern).or_insert_with_key(|pattern| {
                    let primitives = part.iter().map(pattern::size).sum();
                    let operands = pattern.operands.matches(',').count();
                    let names = part.iter().map(|d| STANDARD.name(d.opcode).unwrap_or_default());
                    found.push(Candidate {
                        pattern: pattern.clone(),
                        places: vec![],
                        count,
                        bytes: estimate(primitives, operands),
                        parts: names.collect::<Vec<_>>().join(" "),
                    });
                    found.len() - 1
                });
                found[candidate].places.push((number as u32, first as u32));
            }
        }
    }
    found
}

/// How many files a candidate is good for, as long as nothing else is taken.
fn serves(lines: &[Line<'_>], candidate: &Candidate, files: usize) -> usize {
    let mut saved = vec![0.0; files];
    for (line, first) in &candidate.places {
        let line = &lines[*line as usize];
        saved[line.file] += line.saves(*first as usize, candidate.count) * files as f64;
    }
    saved.into_iter().filter(|saved| *saved >= GOOD).count()
}

impl Line<'_> {
    /// What an instruction for the sequence at a position would save, with what has been taken so far.
    fn saves(&self, first: usize, count: usize) -> f64 {
        let weight = |at: usize| self.weights.get(at).copied().unwrap_or(0.0);
        let begins = |at: usize| self.begins.get(at).copied().unwrap_or(true);
        let inside: f64 = (first + 1..first + count).filter(|at| begins(*at)).map(weight).sum();
        // One that reaches in from before or beyond the end is cut there.
        let cut = [first, first + count].into_iter().filter(|at| !begins(*at)).map(weight).sum::<f64>();
        inside - cut
    }

    /// Covers the line anew with what has been taken: the least dispatches.
    fn cover(&mut self) {
        let len = self.instructions.len();
        let mut best: Vec<(f64, usize)> = vec![(0.0, 1); len + 1];
        for at in (0..len).rev() {
            best[at] = (self.weights[at] + best[at + 1].0, 1);
            for (_, count) in self.taken.iter().filter(|(first, _)| *first == at) {
                let cost = self.weights[at] + best[at + count].0;
                if cost < best[at].0 {
                    best[at] = (cost, *count);
                }
            }
        }
        self.begins.fill(false);
        let mut at = 0;
        while at < len {
            self.begins[at] = true;
            at += best[at].1;
        }
    }
}

fn saves(lines: &[Line<'_>], candidate: &Candidate) -> f64 {
    let mut sum = 0.0;
    let mut end = (u32::MAX, 0);
    for (line, first) in &candidate.places {
        // Places that overlap count once.
        if end.0 == *line && end.1 > *first {
            continue;
        }
        let saves = lines[*line as usize].saves(*first as usize, candidate.count);
        if saves > 0.0 {
            sum += saves;
            end = (*line, first + candidate.count as u32);
        }
    }
    sum
}

/// Takes one after the other. Gives candidates with what each saves in the end, the best first.
fn choose(lines: &mut [Line<'_>], candidates: &[Candidate], budget: Budget) -> Vec<(usize, f64)> {
    let mut chosen: Vec<usize> = vec![];
    for _ in 0..ROUNDS {
        take(lines, candidates, budget, &mut chosen);
        let useful = useful(lines, candidates, &chosen);
        if useful.len() == chosen.len() {
            return useful;
        }
        // What later ones have made superfluous makes room for others.
        chosen = useful.into_iter().map(|(candidate, _)| candidate).collect();
        lines.iter_mut().for_each(|line| line.taken.clear());
        for candidate in &chosen {
            mark(lines, &candidates[*candidate]);
        }
        lines.iter_mut().for_each(Line::cover);
    }
    useful(lines, candidates, &chosen)
}

/// Notes where a candidate could be used now that it is taken.
fn mark(lines: &mut [Line<'_>], candidate: &Candidate) {
    for (line, first) in &candidate.places {
        lines[*line as usize].taken.push((*first as usize, candidate.count));
    }
}

/// Takes candidates until the budget is spent or nothing is saved any more.
fn take(lines: &mut [Line<'_>], candidates: &[Candidate], budget: Budget, chosen: &mut Vec<usize>) {
    // By the byte, even where only rows are counted: long ones that are rarely used wouldn't be worth their code.
    let rank = |lines: &[Line<'_>], candidate: usize| {
        saves(lines, &candidates[candidate]) / candidates[candidate].bytes as f64
    };
    let taken: HashSet<usize> = chosen.iter().copied().collect();
    let mut queue: BinaryHeap<Ranked> = (0..candidates.len())
        .filter(|candidate| !taken.contains(candidate))
        .map(|candidate| Ranked { saves: rank(lines, candidate), candidate })
        .filter(|ranked| ranked.saves > 0.0)
        .collect();
    let mut bytes: usize = chosen.iter().map(|candidate| candidates[*candidate].bytes).sum();
    while let Some(top) = queue.pop() {
        let candidate = &candidates[top.candidate];
        let fits = match budget {
            Budget::Rows(rows) => {
                chosen.len() < rows.min(own::MAX_ROWS) && bytes + candidate.bytes <= rows * BYTES_A_ROW
            }
            Budget::Bytes(most) => bytes + candidate.bytes <= most && chosen.len() < own::MAX_ROWS,
        };
        if !fits {
            continue;
        }
        let now = rank(lines, top.candidate);
        if now <= 0.0 {
            continue;
        }
        if queue.peek().is_some_and(|next| next.saves > now) {
            queue.push(Ranked { saves: now, ..top });
            continue;
        }
        chosen.push(top.candidate);
        bytes += candidate.bytes;
        let touched: HashSet<u32> = candidate.places.iter().map(|(line, _)| *line).collect();
        mark(lines, candidate);
        for line in touched {
            lines[line as usize].cover();
        }
    }
}

/// What each of these is good for once all are there; those that are good for something, the best first.
fn useful(lines: &[Line<'_>], candidates: &[Candidate], chosen: &[usize]) -> Vec<(usize, f64)> {
    let mut used: Vec<(usize, f64)> = chosen
        .iter()
        .map(|candidate| {
            let count = candidates[*candidate].count;
            let uses = candidates[*candidate].places.iter().map(|(line, first)| {
                let (line, first) = (&lines[*line as usize], *first as usize);
                let inside = first + 1..first + count;
                let is_used = line.begins[first]
                    && inside.clone().all(|at| !line.begins[at])
                    && line.begins.get(first + count).copied().unwrap_or(true);
                if is_used { inside.map(|at| line.weights[at]).sum() } else { 0.0 }
            });
            (*candidate, uses.sum::<f64>())
        })
        .filter(|(_, saves)| *saves > 0.0)
        .collect();
    used.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    used
}

/// Fused standard instructions that none of the files has, a branch with its other direction only.
fn unused(files: &[File<'_>]) -> Vec<Opcode> {
    let mut used = HashSet::new();
    for file in files {
        for decoded in disasm::iter(&STANDARD, file.code, 0).flatten() {
            used.insert(decoded.opcode);
            used.extend(super::parse::turned(decoded.opcode));
        }
    }
    let opcodes = (0..STANDARD.instrs.len() as Opcode)
        .filter(|opcode| STANDARD.get(*opcode).is_some_and(|instr| STANDARD.row(instr).group == Group::fused));
    opcodes.filter(|opcode| !used.contains(opcode)).collect()
}

fn text(
    files: &[Input<'_>],
    candidates: &[Candidate],
    chosen: &[(usize, f64)],
    without: &[Opcode],
    remain: &[f64],
    options: &Options<'_>,
) -> String {
    let mut out = String::from(
        "// An instruction set, made by `hardtack tailor`: rows in the notation of the instruction table, the best first.\n\
         // To be kept with the application: files compiled with `--isa` run on VMs that have this very set.\n//\n",
    );
    let how = if options.profile.is_some() { "by profile" } else { "by its loops" };
    for (file, remain) in files.iter().zip(remain) {
        // Writing to a string can't fail.
        let _ = writeln!(out, "// {}: {:.1} % of the dispatches remain ({how})", file.name, remain * 100.0);
    }
    out.push_str("\nrows! {\n");
    if !without.is_empty() {
        out.push_str("    // Fused standard instructions that these files don't use.\n    without [\n");
        for opcode in without {
            let _ = writeln!(out, "        {opcode} // {}", STANDARD.name(*opcode).unwrap_or_default());
        }
        out.push_str("    ]\n");
    }
    for (number, (candidate, saves)) in chosen.iter().enumerate() {
        let candidate = &candidates[*candidate];
        let _ = writeln!(out, "    // {:.3} % of the dispatches: {}", saves * 100.0, candidate.parts);
        let Pattern { operands, body } = &candidate.pattern;
        let _ = writeln!(out, "    family base {operands} {{ own{} => {body} }}", number + 1);
    }
    out.push_str("}\n");
    out
}
