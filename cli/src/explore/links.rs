//! Which lines belong together: operators by their offset in the WebAssembly file, and all that one instruction was made of.

use hardtack_compiler::explain::ExplainedFunction;
use std::collections::HashMap;

/// Numbers for groups of operators.
#[derive(Debug, Default)]
pub struct Links {
    /// The group of each operator, from 1.
    groups: HashMap<u32, u32>,
}

impl Links {
    /// Groups of a function whose operators these are, ascending.
    pub fn new(function: &ExplainedFunction, operators: &[u32]) -> Links {
        let mut union = Union::default();
        for (own, other) in &function.origin.absorbed {
            union.join(*own, *other);
        }
        let shown = function.origin.ir.iter().filter_map(|line| line.offset);
        let shown: Vec<u32> = shown.chain(function.map.iter().map(|(_, wasm)| *wasm)).collect();
        let mut groups: HashMap<u32, u32> = HashMap::new();
        let mut numbers: HashMap<u32, u32> = HashMap::new();
        for offset in shown {
            let next = numbers.len() as u32 + 1;
            groups.insert(offset, *numbers.entry(union.root(offset)).or_insert(next));
        }
        // Locals and what else has no line of its own belong to the operator that comes to use them.
        let mut user = None;
        for offset in operators.iter().rev() {
            match groups.get(offset) {
                Some(group) => user = Some(*group),
                None => {
                    if let Some(user) = user {
                        groups.insert(*offset, user);
                    }
                }
            }
        }
        Links { groups }
    }

    /// The group of the operator at an offset; 0 if it has none.
    pub fn of(&self, offset: Option<u32>) -> u32 {
        offset.and_then(|offset| self.groups.get(&offset).copied()).unwrap_or(0)
    }
}

/// Sets that are joined.
#[derive(Default)]
struct Union {
    parents: HashMap<u32, u32>,
}

impl Union {
    fn root(&mut self, item: u32) -> u32 {
        let mut at = item;
        while let Some(parent) = self.parents.get(&at) {
            at = *parent;
        }
        // The next time is shorter.
        let mut walk = item;
        while walk != at {
            walk = self.parents.insert(walk, at).unwrap_or(at);
        }
        at
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        if a != b {
            self.parents.insert(a, b);
        }
    }
}
