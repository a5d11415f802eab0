//! Which functions callers may take in, found out before functions are compiled one by one.
//!
//! Most functions are translated, compiled and forgotten, so that only those under way take memory. Those that are called and small,
//! or called once and not large, are translated here and kept: callers copy them ([`crate::opt::inline`]). They are made ready bottom up,
//! so that what is copied has already taken in what it calls itself. Where functions call one another in a circle, a call stays.
//!
//! A function that nothing but calls leads to need not be compiled once all its calls are gone: see [`Callees::is_optional`].

use crate::error::Error;
use crate::frontend::{self, Body, Calls, Scratch};
use crate::ir::module::{ConstOp, ElemItems, ExportKind};
use crate::ir::{Function, Module};
use crate::opt::{self, inline};
use rayon::prelude::*;

/// Bytes of a body beyond which a function isn't small, whatever is in it.
const SMALL: usize = 100;
/// Bytes of a body beyond which a function isn't copied even if it is called once.
const ONCE: usize = 1500;

/// What is known of the functions that a module defines, by their number among them.
#[derive(Default)]
pub struct Callees {
    imported: usize,
    functions: Vec<Known>,
}

#[derive(Default)]
struct Known {
    /// What callers may copy, once it is ready.
    callee: Option<inline::Callee>,
    /// How many calls of functions in the module there are.
    calls: usize,
    /// Whether there is another way to it: it is exported, say, or in a table.
    rooted: bool,
    /// Whether it calls itself.
    recursive: bool,
    /// What it takes in while it is made ready has a lower level.
    level: usize,
}

impl Callees {
    /// Looks at a whole module.
    pub fn find(module: &Module, bodies: &[Body], wasm: &[u8], options: &opt::Options) -> Callees {
        if !options.inline {
            return Callees::default();
        }
        let calls: Vec<Calls> = bodies.par_iter().map(|body| frontend::calls(body, wasm)).collect();
        let mut callees = Callees { imported: module.imported_funcs as usize, functions: known(module, &calls) };
        let mut ready: Vec<Option<Function>> = bodies
            .par_iter()
            .zip(&callees.functions)
            .map_init(Scratch::default, |scratch, (body, known)| {
                let small = known.calls > 0 && body.size() <= SMALL;
                let once = known.calls == 1 && !known.rooted && body.size() <= ONCE;
                if known.recursive || !(small || once) {
                    return None;
                }
                // What is wrong with it is reported when it is its turn.
                let mut f = frontend::translate(module, body, wasm, scratch).ok()?;
                opt::prepare(&mut f, module, options);
                inline::returns(&f).then_some(f)
            })
            .collect();
        for level in callees.rank(&ready, &calls) {
            let level: Vec<(usize, Function)> =
                level.into_iter().filter_map(|own| Some((own, ready[own].take()?))).collect();
            let level: Vec<(usize, inline::Callee)> = level
                .into_par_iter()
                .map(|(own, mut f)| {
                    let Known { level, calls, rooted, .. } = callees.functions[own];
                    opt::take_in(&mut f, module, options, |index| callees.get(index, level));
                    opt::prepare(&mut f, module, options);
                    (own, inline::Callee { size: inline::size(&f), function: f, once: calls == 1 && !rooted })
                })
                .collect();
            for (own, callee) in level {
                callees.functions[own].callee = Some(callee);
            }
        }
        callees
    }

    /// Gives each function that is to be kept its level; returns those of each.
    ///
    /// A level is above those of the functions called, but where that leads in a circle: then a function that is called while
    /// those that it calls are looked at has the higher one.
    fn rank(&mut self, kept: &[Option<Function>], calls: &[Calls]) -> Vec<Vec<usize>> {
        let mut levels: Vec<Vec<usize>> = vec![];
        let mut seen = vec![false; kept.len()];
        let mut done = vec![false; kept.len()];
        let mut stack: Vec<(usize, usize)> = vec![];
        for start in 0..kept.len() {
            if kept[start].is_some() && !seen[start] {
                seen[start] = true;
                stack.push((start, 0));
            }
            while let Some((own, visited)) = stack.last_mut() {
                let own = *own;
                if let Some(index) = calls[own].called.get(*visited) {
                    *visited += 1;
                    if let Some(next) = self.own(*index)
                        && kept[next].is_some()
                        && !seen[next]
                    {
                        seen[next] = true;
                        stack.push((next, 0));
                    }
                    continue;
                }
                stack.pop();
                let called = calls[own].called.iter().filter_map(|index| self.own(*index));
                let below = called.filter(|next| done[*next]).map(|next| self.functions[next].level + 1);
                let level = below.max().unwrap_or(0);
                self.functions[own].level = level;
                done[own] = true;
                levels.resize_with(levels.len().max(level + 1), Vec::new);
                levels[level].push(own);
            }
        }
        levels
    }

    /// The number among the defined functions of the one with an index, if it is defined.
    fn own(&self, index: u32) -> Option<usize> {
        (index as usize).checked_sub(self.imported).filter(|own| *own < self.functions.len())
    }

    /// What a function below a level, or of any, is to be copied from.
    fn get(&self, index: u32, below: usize) -> Option<&inline::Callee> {
        let known = &self.functions[self.own(index)?];
        known.callee.as_ref().filter(|_| known.level < below)
    }

    /// Whether the function of a number among the defined ones is needed only if code that calls it is left.
    pub fn is_optional(&self, own: usize) -> bool {
        self.functions.get(own).is_some_and(|known| known.callee.is_some() && !known.rooted)
    }

    /// A function with what it takes in, not yet optimised.
    pub fn translate(
        &self,
        module: &Module,
        body: &Body,
        wasm: &[u8],
        scratch: &mut Scratch,
        options: &opt::Options,
    ) -> Result<Function, Error> {
        let known = self.own(body.index()).map(|own| &self.functions[own]);
        if let Some(callee) = known.and_then(|known| known.callee.as_ref()) {
            return Ok(callee.function.clone());
        }
        let mut f = frontend::translate(module, body, wasm, scratch)?;
        if let Some(known) = known {
            opt::take_in(&mut f, module, options, |index| self.get(index, usize::MAX));
            if known.recursive {
                opt::prepare(&mut f, module, options);
                opt::unfold(&mut f, module, options);
            }
        }
        Ok(f)
    }
}

/// What the calls in a module, and what else refers to functions, say of those that it defines.
fn known(module: &Module, calls: &[Calls]) -> Vec<Known> {
    let mut all: Vec<Known> = calls.iter().map(|_| Known::default()).collect();
    for (caller, calls) in calls.iter().enumerate() {
        for own in calls.called.iter().filter_map(|index| module.own(*index)) {
            if let Some(known) = all.get_mut(own) {
                known.calls += 1;
                known.recursive |= own == caller;
            }
        }
    }
    let mut roots: Vec<u32> = module.start.into_iter().collect();
    roots.extend(module.exports.iter().filter(|e| e.kind == ExportKind::Func).map(|e| e.index));
    roots.extend(calls.iter().flat_map(|calls| &calls.referred));
    let mut exprs: Vec<&[ConstOp]> = module.global_inits.iter().map(|init| &init[..]).collect();
    for elem in &module.elems {
        match &elem.items {
            ElemItems::Funcs(funcs) => roots.extend(funcs),
            ElemItems::Exprs(items) => exprs.extend(items.iter().map(|item| &item[..])),
        }
    }
    for op in exprs.into_iter().flatten() {
        if let ConstOp::RefFunc(index) = op {
            roots.push(*index);
        }
    }
    for own in roots.into_iter().filter_map(|index| module.own(index)) {
        if let Some(known) = all.get_mut(own) {
            known.rooted = true;
        }
    }
    all
}
