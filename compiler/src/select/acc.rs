//! Accumulators: which values pass from one instruction to a later one in a machine register.
//!
//! *Requires* a block whose instructions all have modes with registers in slots.
//! *Ensures* the same with some places changed to accumulators, still with modes; an accumulator is written by
//! nothing between the write and the last read of a value in it.
//!
//! The shortest stretches go first: an instruction and the next. A value that is read from the accumulator by all its users
//! has no slot at all; others are written to both.

use super::rows::find_mode;
use super::{Bind, Pending, Place, Seen, Selector};
use crate::mach::{Source, Vreg};
use hardtack_format::isa::{Body, Expr, Stmt};
use smallvec::{SmallVec, smallvec};

/// Farthest use that a value waits for in an accumulator.
const REACH: usize = 6;

/// A value that might pass through an accumulator.
struct Candidate {
    def: usize,
    /// The operand that defines it; `None` for a call's result.
    operand: Option<usize>,
    vreg: Vreg,
    /// Where it is read in this block.
    uses: SmallVec<[(usize, usize); 2]>,
    /// Whether anything else needs it in a slot.
    escapes: bool,
}

impl Selector<'_> {
    /// Counts, once, how often each register is read anywhere.
    pub(crate) fn reads(&mut self) -> &[u32] {
        if self.reads.is_empty() {
            let mut reads = vec![0; self.banks.len()];
            for block in &self.blocks {
                for source in block.edges.iter().flat_map(|e| &e.args) {
                    if let Source::Reg(v) = source {
                        reads[v.index()] += 1;
                    }
                }
                for v in block.body.iter().chain(&block.last).flat_map(Pending::reads) {
                    reads[v.index()] += 1;
                }
            }
            self.reads = reads;
        }
        &self.reads
    }

    /// Assigns the accumulators in a block.
    pub(crate) fn assign_accumulators(&mut self, index: usize) {
        self.reads();
        let mut list = std::mem::take(&mut self.blocks[index].body);
        let has_last = self.blocks[index].last.is_some();
        list.extend(self.blocks[index].last.take());

        let mut candidates = self.candidates(&list, index);
        candidates.sort_by_key(|c| (c.uses[0].0 - c.def, c.def));
        // For each accumulator the stretches between instructions in which it holds a value: entry i is after instruction i.
        let mut held: [SmallVec<[bool; 64]>; 2] = [smallvec![false; list.len()], smallvec![false; list.len()]];
        for c in &candidates {
            let held = &mut held[self.types[c.vreg.index()].is_float() as usize];
            self.assign(c, &mut list, held);
        }

        if has_last {
            self.blocks[index].last = list.pop();
        }
        self.blocks[index].body = list;
    }

    fn candidates(&mut self, list: &[Pending], index: usize) -> Vec<Candidate> {
        let mut found: Vec<Candidate> = vec![];
        // Which candidate each register is. Blocks were walked before, to fuse.
        let (mut seen, walk) = (std::mem::take(&mut self.seen), (self.blocks.len() + index) as u32 + 1);
        seen.resize(self.banks.len(), Seen::default());
        for (i, pending) in list.iter().enumerate() {
            for (o, bind) in pending.binds.iter().enumerate() {
                if let Bind::Use(v, _) = bind
                    && let Seen { walk: noted, at, .. } = seen[v.index()]
                    && noted == walk
                {
                    let c: &mut Candidate = &mut found[at as usize];
                    if i - c.def <= REACH {
                        c.uses.push((i, o));
                    }
                }
            }
            let mut add = |vreg: Vreg, operand| {
                if !self.types[vreg.index()].is_ref() {
                    seen[vreg.index()] = Seen { walk, count: 0, at: found.len() as u32 };
                    found.push(Candidate { def: i, operand, vreg, uses: smallvec![], escapes: false });
                }
            };
            for (o, bind) in pending.binds.iter().enumerate() {
                if let Bind::Def(v, _) = bind {
                    add(*v, Some(o));
                }
            }
            if let Some(window) = &pending.window {
                // A function of one result leaves it in the accumulators as well.
                if let ([v], []) = (&window.results[..], &window.ref_results[..]) {
                    add(*v, None);
                }
            }
        }
        self.seen = seen;
        found.retain(|c| !c.uses.is_empty());
        for c in &mut found {
            c.escapes = self.reads[c.vreg.index()] as usize != c.uses.len();
        }
        found
    }

    fn assign(&self, c: &Candidate, list: &mut [Pending], held: &mut [bool]) {
        let clobbers = |p: &Pending| matches!(self.rows.isa.rows[p.row].body, Body::Hand { clobbers: true, .. });
        // As many of the first uses as can be reached.
        let mut reach = 0;
        let mut at = c.def;
        for (n, (use_at, _)) in c.uses.iter().enumerate() {
            let free = (at..*use_at).all(|i| !held[i]) && (c.def + 1..*use_at).all(|i| !clobbers(&list[i]));
            if !free {
                break;
            }
            at = *use_at;
            reach = n + 1;
        }
        while reach > 0 {
            if self.try_assign(c, reach, list) {
                let last = c.uses[reach - 1].0;
                held[c.def..last].iter_mut().for_each(|h| *h = true);
                return;
            }
            reach -= 1;
        }
    }

    /// Changes the places of a definition and its first uses, if modes for all of that exist.
    fn try_assign(&self, c: &Candidate, reach: usize, list: &mut [Pending]) -> bool {
        let mut changed: Vec<(usize, Pending)> = vec![];
        for &(at, operand) in &c.uses[..reach] {
            let mut pending = match changed.iter().position(|(i, _)| *i == at) {
                Some(i) => changed.swap_remove(i).1,
                None => list[at].clone(),
            };
            if !self.read_from_accumulator(&mut pending, operand, c.vreg) {
                return false;
            }
            changed.push((at, pending));
        }
        if let Some(operand) = c.operand {
            let mut def = list[c.def].clone();
            let all = reach == c.uses.len() && !c.escapes;
            let places: &[Place] = if all { &[Place::Acc, Place::Both] } else { &[Place::Both] };
            let fits = places.iter().any(|place| {
                def.binds[operand] = Bind::Def(c.vreg, *place);
                self.has_settled_mode(&def)
            });
            if !fits {
                return false;
            }
            list[c.def] = def;
        }
        for (at, pending) in changed {
            list[at] = pending;
        }
        true
    }

    fn has_settled_mode(&self, pending: &Pending) -> bool {
        find_mode(self.rows.isa, pending.row, &self.needs(pending)).is_some()
    }

    /// Makes an operand an accumulator, exchanging the operands of a commutative row if that helps.
    fn read_from_accumulator(&self, pending: &mut Pending, operand: usize, vreg: Vreg) -> bool {
        // An earlier use may have exchanged the operands.
        let Some(operand) = std::iter::once(operand)
            .chain(0..pending.binds.len())
            .find(|o| pending.binds[*o] == Bind::Use(vreg, Place::Slot))
        else {
            return false;
        };
        pending.binds[operand] = Bind::Use(vreg, Place::Acc);
        if self.has_settled_mode(pending) {
            return true;
        }
        if let Some((a, b)) = self.exchangeable(pending.row, operand) {
            pending.binds.swap(a, b);
            return self.has_settled_mode(pending);
        }
        false
    }

    /// The operand of a row that this one may be exchanged with, and this one: arguments of the same commutative primitive.
    fn exchangeable(&self, row: usize, operand: usize) -> Option<(usize, usize)> {
        fn find(expr: &Expr, operand: usize) -> Option<(usize, usize)> {
            let Expr::Prim { prim, args } = expr else { return None };
            match args {
                [Expr::Operand(a), Expr::Operand(b)] if prim.commutes() && (*a == operand || *b == operand) => {
                    Some((*a, *b))
                }
                args => args.iter().find_map(|arg| find(arg, operand)),
            }
        }
        match self.rows.isa.rows[row].body {
            // In a row of several statements an operand may be another's result.
            Body::Statements(
                [Stmt::Assign { value: expr, .. } | Stmt::BranchIf { cond: expr, .. } | Stmt::Effect(expr)],
            ) => find(expr, operand),
            Body::Statements(_) | Body::Hand { .. } => None,
        }
    }
}
