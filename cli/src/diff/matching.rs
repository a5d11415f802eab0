//! Which function of one file is which of the other.

use super::listing::{Func, Side};
use crate::exit::Usage;
use crate::names::FuncArg;
use hardtack_vm::suggest::did_you_mean;
use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Range;

/// Functions shorter than this are alike too often for their content to say that one is the other under a new name.
const TELLING: usize = 4;
/// How many neighbours without names are looked at.
const NEIGHBOURS: usize = 8;
/// The share of instructions that two functions must have in common to be one, in percent.
const ALIKE: usize = 60;

/// Functions by their positions among those that the files define.
pub struct Pairs {
    a: Vec<Option<usize>>,
    b: Vec<Option<usize>>,
}

impl Pairs {
    /// Matches the functions of two files.
    pub fn new(a: &Side, b: &Side) -> Pairs {
        let mut pairs = Pairs { a: vec![None; a.funcs.len()], b: vec![None; b.funcs.len()] };
        pairs.by(a, b, |func| func.name.clone());
        // Names that changed, and functions without: by what they do.
        pairs.by(a, b, |func| {
            let telling = func.name.is_none() || func.lines.len() >= TELLING;
            telling.then(|| (func.slots, func.ty.clone(), func.shape().map(str::to_string).collect::<Vec<_>>()))
        });
        pairs.by_place(a, b);
        pairs.by_type(a, b);
        pairs
    }

    /// The position in A of what is at a position in B.
    pub fn partner_of_b(&self, b: usize) -> Option<usize> {
        self.b.get(b).copied().flatten()
    }

    /// Positions in A and B: pairs and what only A has in the order of A, then what only B has.
    pub fn all(&self) -> Vec<(Option<usize>, Option<usize>)> {
        let in_a = self.a.iter().enumerate().map(|(a, b)| (Some(a), *b));
        let only_b = self.b.iter().enumerate().filter(|(_, a)| a.is_none()).map(|(b, _)| (None, Some(b)));
        in_a.chain(only_b).collect()
    }

    /// Where in [`all`](Self::all) the function is that the user means.
    pub fn find(&self, a: &Side, b: &Side, func: &FuncArg) -> Result<usize, Usage> {
        let is = |f: &Func| match func {
            FuncArg::Index(index) => f.index == *index,
            FuncArg::Name(name) => f.name.as_ref() == Some(name),
        };
        let at = |(in_a, in_b): &(Option<usize>, Option<usize>)| {
            in_a.is_some_and(|at| is(&a.funcs[at])) || in_b.is_some_and(|at| is(&b.funcs[at]))
        };
        self.all().iter().position(at).ok_or_else(|| match func {
            FuncArg::Index(index) => Usage(format!("neither file defines a function {index}")),
            FuncArg::Name(name) => {
                let names = a.funcs.iter().chain(&b.funcs).filter_map(|f| f.name.as_deref());
                Usage(format!("neither file has a function named `{name}`{}", did_you_mean(name, names)))
            }
        })
    }

    fn join(&mut self, a: usize, b: usize) {
        (self.a[a], self.b[b]) = (Some(b), Some(a));
    }

    /// Matches what has the same key; of several with one key the first with the first, and so on.
    fn by<K: Hash + Eq>(&mut self, a: &Side, b: &Side, key: impl Fn(&Func) -> Option<K>) {
        let mut open: HashMap<K, Vec<usize>> = HashMap::new();
        for (at, func) in b.funcs.iter().enumerate().rev().filter(|(at, _)| self.b[*at].is_none()) {
            if let Some(key) = key(func) {
                open.entry(key).or_default().push(at);
            }
        }
        for (at, func) in a.funcs.iter().enumerate() {
            if self.a[at].is_none()
                && let Some(found) = key(func).and_then(|key| open.get_mut(&key)?.pop())
            {
                self.join(at, found);
            }
        }
    }

    /// Matches what is left of functions without names, of which files that differ much have many: in order, for each type of which as
    /// many are left in one file as in the other.
    fn by_type(&mut self, a: &Side, b: &Side) {
        let left = |funcs: &[Func], partners: &[Option<usize>]| {
            let mut count: HashMap<String, usize> = HashMap::new();
            open(funcs, partners, 0..funcs.len()).for_each(|at| *count.entry(funcs[at].ty.clone()).or_default() += 1);
            count
        };
        let (left_a, left_b) = (left(&a.funcs, &self.a), left(&b.funcs, &self.b));
        self.by(a, b, |func| {
            let even = func.name.is_none() && left_a.get(&func.ty) == left_b.get(&func.ty);
            even.then(|| func.ty.clone())
        });
    }

    /// Matches functions without names that changed, between neighbours that did not: all with all in order if their types say that
    /// they are the same ones, else each with the likest of the next few.
    fn by_place(&mut self, a: &Side, b: &Side) {
        let ends = [(a.funcs.len(), b.funcs.len())];
        let mut from = (0, 0);
        for to in self.anchors().into_iter().chain(ends) {
            let left_a: Vec<usize> = open(&a.funcs, &self.a, from.0..to.0).collect();
            let mut left_b: Vec<usize> = open(&b.funcs, &self.b, from.1..to.1).collect();
            from = (to.0 + 1, to.1 + 1);
            let types_a = left_a.iter().map(|at| &a.funcs[*at].ty);
            if types_a.eq(left_b.iter().map(|at| &b.funcs[*at].ty)) {
                left_a.iter().zip(&left_b).for_each(|(a, b)| self.join(*a, *b));
                continue;
            }
            for at in left_a {
                let func = &a.funcs[at];
                let alike = left_b.iter().enumerate().filter(|(_, other)| b.funcs[**other].ty == func.ty);
                let scored = alike.take(NEIGHBOURS).map(|(i, other)| (likeness(func, &b.funcs[*other]), i));
                // Of equals the first.
                let best = scored.min_by_key(|(score, i)| (std::cmp::Reverse(*score), *i));
                if let Some((_, i)) = best.filter(|(score, _)| *score >= ALIKE) {
                    self.join(at, left_b[i]);
                    // What was passed over isn't looked at again: order is kept.
                    left_b.drain(..=i);
                }
            }
        }
    }

    /// Pairs that are in the same order in both files, as many as there can be.
    fn anchors(&self) -> Vec<(usize, usize)> {
        // The end of the longest rising sequence of each length that ends lowest, and what comes before each pair in its sequence.
        let mut ends: Vec<(usize, usize)> = Vec::new();
        let mut before: HashMap<usize, (usize, usize)> = HashMap::new();
        for (at, other) in self.a.iter().enumerate().filter_map(|(at, other)| Some((at, (*other)?))) {
            let len = ends.partition_point(|(_, end)| *end < other);
            if let Some(last) = len.checked_sub(1) {
                before.insert(at, ends[last]);
            }
            match ends.get_mut(len) {
                Some(end) => *end = (at, other),
                None => ends.push((at, other)),
            }
        }
        let mut anchors: Vec<(usize, usize)> =
            std::iter::successors(ends.last().copied(), |(at, _)| before.get(at).copied()).collect();
        anchors.reverse();
        anchors
    }
}

/// Functions in a range that have neither name nor partner.
fn open(funcs: &[Func], partners: &[Option<usize>], range: Range<usize>) -> impl Iterator<Item = usize> {
    // What lies behind an anchor may begin behind the end.
    range.filter(|at| funcs[*at].name.is_none() && partners[*at].is_none())
}

/// The share of instructions that two functions have in common, by their names alone and in percent of those of the longer one.
fn likeness(a: &Func, b: &Func) -> usize {
    let mut count: HashMap<&str, usize> = HashMap::new();
    a.instruction_names().for_each(|name| *count.entry(name).or_default() += 1);
    let common = b.instruction_names().filter(|name| match count.get_mut(name) {
        Some(left) if *left > 0 => {
            *left -= 1;
            true
        }
        _ => false,
    });
    100 * common.count() / a.instructions().max(b.instructions()).max(1)
}
