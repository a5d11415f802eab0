//! Which function of one file is which of the other.

use super::listing::{Func, Side};
use crate::exit::Usage;
use crate::names::FuncArg;
use crate::suggest::did_you_mean;
use std::collections::HashMap;
use std::hash::Hash;

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
        pairs.by_likeness(a, b);
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
            let left = funcs.iter().zip(partners).filter(|(f, partner)| f.name.is_none() && partner.is_none());
            left.for_each(|(f, _)| *count.entry(f.ty.clone()).or_default() += 1);
            count
        };
        let (left_a, left_b) = (left(&a.funcs, &self.a), left(&b.funcs, &self.b));
        self.by(a, b, |func| {
            let even = func.name.is_none() && left_a.get(&func.ty) == left_b.get(&func.ty);
            even.then(|| func.ty.clone())
        });
    }

    /// Matches functions without names that changed: with the likest of the next ones that are left behind the match of whatever
    /// comes before.
    fn by_likeness(&mut self, a: &Side, b: &Side) {
        let mut behind = 0;
        for at in 0..a.funcs.len() {
            if let Some(found) = self.a[at] {
                behind = found + 1;
                continue;
            }
            let func = &a.funcs[at];
            if func.name.is_some() {
                continue;
            }
            let left = (behind..b.funcs.len()).filter(|i| self.b[*i].is_none() && b.funcs[*i].name.is_none());
            let alike = left.filter(|i| b.funcs[*i].ty == func.ty).take(NEIGHBOURS);
            let scored = alike.map(|i| (likeness(func, &b.funcs[i]), i));
            // Of equals the first.
            let best = scored.min_by_key(|(score, i)| (std::cmp::Reverse(*score), *i));
            if let Some((_, found)) = best.filter(|(score, _)| *score >= ALIKE) {
                self.join(at, found);
                behind = found + 1;
            }
        }
    }
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
