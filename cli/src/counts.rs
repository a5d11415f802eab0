//! A program's instructions with how often each was executed, and how often control went which way.

use hardtack_compiler::explain::Explained;
use hardtack_format::disasm::{self, Decoded};
use hardtack_format::isa::{Body, Expr, Flow, Isa, Row, Stmt};
use hardtack_format::operand::Sort;
use hardtack_format::prim::Prim;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Rounds of inference: what structured code needs, with room to spare.
const ROUNDS: usize = 200;

/// An instruction of a program that has run.
pub struct Executed<'a> {
    /// The instruction.
    pub decoded: Decoded<'a>,
    /// The function that it belongs to, among those that the module defines.
    pub func: usize,
    /// How often it was executed.
    pub count: u64,
    /// How often control went on at a target rather than at the next instruction, as far as counts tell.
    pub taken: Option<u64>,
}

/// A program that has run.
pub struct Counts<'a> {
    /// Its instructions, in the order of the code.
    pub instructions: Vec<Executed<'a>>,
    /// For each function, its first instruction; then one past the last.
    pub starts: Vec<usize>,
    edges: Vec<Edge>,
    targets: HashSet<usize>,
}

/// A way for control from one instruction to another.
struct Edge {
    from: usize,
    to: usize,
    falls: bool,
    times: Option<u64>,
}

/// A loop: from its header to the last branch back to it.
pub struct Loop {
    /// The first instruction.
    pub header: usize,
    /// The last one.
    pub last: usize,
    /// Branches back.
    pub iterations: Option<u64>,
    /// Instructions executed in it, loops inside included.
    pub executed: u64,
}

impl<'a> Counts<'a> {
    /// Puts a program and counts, by unit, together. `ends` are the units at which functions end, in order.
    pub fn new(isa: &'static Isa, code: &'a [u8], ends: impl Iterator<Item = u32>, counts: &[u64]) -> Counts<'a> {
        let ends: Vec<usize> = ends.map(|end| end as usize * 2).collect();
        let mut instructions: Vec<Executed<'_>> = vec![];
        // The first instruction is the `leave` that functions return to from the outside.
        let first = disasm::iter(isa, code, 0).flatten().next().map_or(0, |d| d.len);
        let mut starts = vec![0];
        for decoded in disasm::iter(isa, code, first).flatten() {
            while ends.get(starts.len() - 1).is_some_and(|end| *end <= decoded.at) {
                starts.push(instructions.len());
            }
            let (func, count) = (starts.len() - 1, counts.get(decoded.at / 2).copied().unwrap_or(0));
            instructions.push(Executed { decoded, func, count, taken: None });
        }
        starts.resize(ends.len() + 1, instructions.len());
        let mut all = Counts { instructions, starts, edges: vec![], targets: HashSet::new() };
        all.find_edges();
        all.infer();
        all
    }

    fn find_edges(&mut self) {
        let at: HashMap<usize, usize> = self.instructions.iter().enumerate().map(|(i, e)| (e.decoded.at, i)).collect();
        for (from, executed) in self.instructions.iter().enumerate() {
            let d = &executed.decoded;
            if d.flow() != Flow::ends && from + 1 < self.instructions.len() {
                let times = (d.flow() == Flow::falls).then_some(executed.count);
                self.edges.push(Edge { from, to: from + 1, falls: true, times });
            }
            let mut targets: Vec<usize> = d.targets().flatten().filter_map(|target| at.get(&target).copied()).collect();
            self.targets.extend(&targets);
            targets.sort_unstable();
            targets.dedup();
            let only = d.flow() == Flow::ends && targets.len() == 1;
            let edges =
                targets.into_iter().map(|to| Edge { from, to, falls: false, times: only.then_some(executed.count) });
            self.edges.extend(edges);
        }
    }

    /// What goes into an instruction comes out of it: that tells how often which edge was taken.
    fn infer(&mut self) {
        let entries: HashSet<usize> = self.starts.iter().copied().collect();
        let mut around: Vec<(Vec<usize>, Vec<usize>)> = self.instructions.iter().map(|_| (vec![], vec![])).collect();
        for (number, edge) in self.edges.iter().enumerate() {
            around[edge.from].1.push(number);
            around[edge.to].0.push(number);
        }
        for _ in 0..ROUNDS {
            let mut found = false;
            for (i, (into, out)) in around.iter().enumerate() {
                let count = self.instructions[i].count;
                // Functions are entered from elsewhere.
                let sides = [(!entries.contains(&i)).then_some(into), Some(out)];
                for side in sides.into_iter().flatten() {
                    let mut unknown = side.iter().filter(|e| self.edges[**e].times.is_none());
                    if let (Some(edge), None) = (unknown.next(), unknown.next()) {
                        let known: u64 = side.iter().filter_map(|e| self.edges[*e].times).sum();
                        let edge = *edge;
                        self.edges[edge].times = Some(count.saturating_sub(known));
                        found = true;
                    }
                }
            }
            if !found {
                break;
            }
        }
        for (i, (_, out)) in around.iter().enumerate() {
            let count = self.instructions[i].count;
            let jumps = out.iter().map(|e| &self.edges[*e]).filter(|e| !e.falls);
            let falls = out.iter().map(|e| &self.edges[*e]).find(|e| e.falls);
            let taken = match (falls, self.instructions[i].decoded.flow()) {
                (_, Flow::falls) => Some(0),
                (_, Flow::ends) => Some(if out.is_empty() { 0 } else { count }),
                (Some(Edge { times: Some(falls), .. }), Flow::branches) => Some(count.saturating_sub(*falls)),
                (_, Flow::branches) => jumps.map(|e| e.times).sum(),
            };
            self.instructions[i].taken = taken;
        }
    }

    /// Executed instructions.
    pub fn executed(&self) -> u64 {
        self.instructions.iter().map(|e| e.count).sum()
    }

    /// How often control left an instruction for one of its targets, by the order of its operands; `None` if counts don't tell.
    pub fn left_for(&self, at: usize, target: usize) -> Option<u64> {
        let decoded = &self.instructions[at].decoded;
        let place = |target: Option<usize>| self.instructions.binary_search_by_key(&target?, |e| e.decoded.at).ok();
        let targets: Vec<Option<usize>> = decoded.targets().map(place).collect();
        let to = (*targets.get(target)?)?;
        let times = self.edges.iter().find(|e| e.from == at && !e.falls && e.to == to)?.times?;
        // Branches to the same place share an edge.
        let alone = targets.iter().filter(|other| **other == Some(to)).count() == 1;
        (alone || times == 0).then_some(times)
    }

    /// How often a function was entered.
    pub fn entered(&self, func: usize) -> u64 {
        let first = self.starts[func];
        let back: u64 = self.edges.iter().filter(|e| e.to == first && e.from >= first).filter_map(|e| e.times).sum();
        self.instructions.get(first).map_or(0, |e| e.count.saturating_sub(back))
    }

    /// The loops that were executed, the hottest first.
    pub fn loops(&self) -> Vec<Loop> {
        let mut loops: BTreeMap<usize, (usize, Option<u64>)> = BTreeMap::new();
        for edge in self.edges.iter().filter(|e| !e.falls && e.to <= e.from && self.instructions[e.from].count > 0) {
            let (last, times) = loops.entry(edge.to).or_insert((edge.from, Some(0)));
            *last = edge.from.max(*last);
            *times = times.zip(edge.times).map(|(a, b)| a + b);
        }
        let executed = |header: usize, last: usize| self.instructions[header..=last].iter().map(|e| e.count).sum();
        let mut loops: Vec<Loop> = loops
            .into_iter()
            .map(|(header, (last, iterations))| Loop { header, last, iterations, executed: executed(header, last) })
            .collect();
        loops.sort_by_key(|l| (std::cmp::Reverse(l.executed), l.header));
        loops
    }

    /// Instructions that follow one another in a block, with how often, for each length of two to four.
    pub fn sequences(&self, name: impl Fn(&Executed<'_>) -> String) -> [Vec<(String, u64)>; 3] {
        let mut found: [HashMap<Vec<usize>, u64>; 3] = Default::default();
        let mut names: HashMap<String, usize> = HashMap::new();
        let mut texts = vec![];
        let mut numbers = Vec::with_capacity(self.instructions.len());
        for executed in &self.instructions {
            let number = *names.entry(name(executed)).or_insert_with_key(|name| {
                texts.push(name.clone());
                texts.len() - 1
            });
            numbers.push(number);
        }
        for (i, executed) in self.instructions.iter().enumerate().filter(|(_, e)| e.count > 0) {
            for length in 2..=4 {
                let last = i + length - 1;
                let joined = self.instructions.get(last).is_some_and(|end| end.func == executed.func)
                    && self.instructions[last - 1].decoded.flow() == Flow::falls
                    && !self.targets.contains(&last);
                if !joined {
                    break;
                }
                // All of a block are executed alike, but for the last run of one that traps.
                *found[length - 2].entry(numbers[i..=last].to_vec()).or_default() += self.instructions[last].count;
            }
        }
        found.map(|found| {
            let text = |key: &[usize]| key.iter().map(|n| texts[*n].as_str()).collect::<Vec<_>>().join("; ");
            let mut list: Vec<(String, u64)> = found.iter().map(|(key, count)| (text(key), *count)).collect();
            list.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            list
        })
    }

    /// How many operators of the WebAssembly the executed instructions stand for; those that only give structure don't count.
    ///
    /// Operators that have no instruction of their own (locals, constants, what was folded or optimised away) count as often as the
    /// next one in the function that has. Neighbouring instructions of one operator count once.
    pub fn operators(&self, explained: &Explained) -> u64 {
        let mut executions: HashMap<u32, u64> = HashMap::new();
        for (own, function) in explained.functions.iter().enumerate() {
            let range = self.starts[own]..self.starts[own + 1];
            let Some(start) = self.instructions.get(range.start).map(|e| e.decoded.at as u32 / 2) else { continue };
            let map: HashMap<u32, u32> = function.map.iter().map(|(unit, wasm)| (start + unit, *wasm)).collect();
            let mut before = None;
            for executed in &self.instructions[range] {
                let Some(wasm) = map.get(&(executed.decoded.at as u32 / 2)) else { continue };
                if before != Some(*wasm) {
                    *executions.entry(*wasm).or_default() += executed.count;
                }
                before = Some(*wasm);
            }
        }
        explained
            .functions
            .iter()
            .map(|function| {
                let mut next = 0;
                let counts = explained.operators(function).into_iter().rev().map(|offset| {
                    next = executions.get(&offset).copied().unwrap_or(next);
                    next
                });
                counts.sum::<u64>()
            })
            .sum()
    }
}

impl Executed<'_> {
    /// Whether it calls a function.
    pub fn is_call(&self) -> bool {
        self.decoded.operands().any(|(_, kind, _)| kind.sort() == Sort::Window)
    }

    /// Whether it moves values from slot to slot and does nothing else but perhaps jump.
    pub fn is_copy(&self) -> bool {
        let slot = |operand: usize| {
            let kind = self.decoded.instr.operands().get(operand);
            kind.is_some_and(|kind| matches!(kind.sort(), Sort::Slot | Sort::Acc | Sort::FAcc))
        };
        match self.decoded.row.body {
            Body::Statements(statements) => {
                let copies = |s: &Stmt| match s {
                    Stmt::Assign { value: Expr::Prim { prim: Prim::copy, args: [Expr::Operand(from)] }, .. } => {
                        slot(*from)
                    }
                    Stmt::Goto(_) => true,
                    Stmt::Assign { .. } | Stmt::Effect(_) | Stmt::BranchIf { .. } | Stmt::GotoTable { .. } => false,
                };
                statements.iter().all(copies) && !statements.iter().all(|s| matches!(s, Stmt::Goto(_)))
            }
            Body::Hand { .. } => usize::from(self.decoded.instr.row) == Row::ref_copy.index(),
        }
    }
}
