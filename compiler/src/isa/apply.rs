//! The use of an application's own instructions: neighbours in finished code that become one.
//!
//! *Requires* instructions in their final order, with their slots, and with branches that aren't longer than 16 bits can say.
//! *Ensures* the least number of dispatches along each straight line that the set's rows allow; among equals the shortest code.
//! *Preserves* the order of everything: a row's statements are executed one after the other, each reading what those before it have
//! written, just as the instructions it replaces.

use crate::alike::{Use, alike};
use crate::select::rows::root;
use hardtack_format::isa::{Body, Instr, Isa, Opcode, RowInfo, Stmt};
use hardtack_format::operand::{Kind, Sort};
use hardtack_format::own;
use hardtack_format::prim::Prim;
use hashbrown::HashMap;

/// The rows of a set, by the instruction that they begin with.
#[derive(Clone, Debug)]
pub struct OwnRows {
    isa: &'static Isa,
    /// Positions of rows, by the standard instruction that their first statements are.
    by_first: HashMap<Opcode, Vec<usize>>,
}

/// An instruction as it is before rows are applied. Targets are numbers of whatever the caller likes.
pub struct Plain<'a> {
    /// Its number among the standard ones.
    pub opcode: Opcode,
    /// Values of its operands; those of targets don't count.
    pub values: &'a [u64],
    /// Where it branches to: the target, and whether that lies forwards.
    pub target: Option<(usize, bool)>,
}

/// Neighbours that become one instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fused {
    /// Its opcode.
    pub opcode: Opcode,
    /// How many instructions it replaces.
    pub count: usize,
    /// Values of its operands; those of targets are 0.
    pub values: Vec<u64>,
    /// For each operand that is a target, where it goes.
    pub targets: Vec<(usize, usize)>,
}

fn statements(row: &RowInfo) -> Option<&'static [Stmt]> {
    match row.body {
        Body::Statements(stmts) => Some(stmts),
        Body::Hand { .. } => None,
    }
}

/// Whether a row's first statements may be those of a standard instruction, by shape and kinds alone.
fn begins(own: &Instr, stmts: &[Stmt], part: &Instr, part_stmts: &[Stmt]) -> bool {
    let mut fits = |o: usize, p: usize, used| match used {
        Use::Read => own.kinds[o] == part.kinds[p] || is_also_slot(own.kinds[o], part.kinds[p]),
        Use::Written => own.kinds[o] == part.kinds[p],
        // Which way it goes is known when it is laid out.
        Use::Target => true,
    };
    stmts.len() >= part_stmts.len() && stmts.iter().zip(part_stmts).all(|(own, part)| alike(own, part, &mut fits))
}

impl OwnRows {
    /// Those of a set; `None` if it has none.
    pub fn new(isa: &'static Isa) -> Option<OwnRows> {
        let mut by_prim: Vec<Vec<(Opcode, &Instr, &[Stmt])>> = vec![vec![]; Prim::ALL.len()];
        for (opcode, instr) in isa.instrs.iter().enumerate() {
            let Some(instr) = instr else { continue };
            if let Some(stmts) = statements(isa.row(instr))
                && let Some(prim) = stmts.first().and_then(root)
            {
                by_prim[prim as usize].push((opcode as Opcode, instr, stmts));
            }
        }
        let mut by_first: HashMap<Opcode, Vec<usize>> = HashMap::new();
        for (position, (row, own)) in isa.own.rows.iter().zip(isa.own.instrs).enumerate() {
            // A row that is nothing but a jump does what a standard one does.
            let Some(stmts) = statements(row) else { continue };
            let Some(prim) = stmts.first().and_then(root) else { continue };
            let first =
                by_prim[prim as usize].iter().filter(|(_, part, part_stmts)| begins(own, stmts, part, part_stmts));
            for (opcode, ..) in first {
                by_first.entry(*opcode).or_default().push(position);
            }
        }
        (!isa.own.rows.is_empty()).then_some(OwnRows { isa, by_first })
    }

    /// Covers a straight line with as few instructions as possible: what the instructions from each of these positions on become.
    /// Those in no entry stay as they are.
    pub fn cover(&self, line: &[Plain<'_>]) -> Vec<(usize, Fused)> {
        // From each position to the end: dispatches and units, and the row taken there.
        let mut best: Vec<(usize, usize, Option<Fused>)> = vec![(0, 0, None); line.len() + 1];
        for at in (0..line.len()).rev() {
            let Some(instr) = self.isa.get(line[at].opcode) else { continue };
            let next = &best[at + 1];
            let mut found = (next.0 + 1, next.1 + usize::from(instr.units), None);
            for fused in self.matches(&line[at..]) {
                let (next, own) = (&best[at + fused.count], self.isa.get(fused.opcode));
                let cost = (next.0 + 1, next.1 + own.map_or(0, |own| usize::from(own.units)));
                if cost < (found.0, found.1) {
                    found = (cost.0, cost.1, Some(fused));
                }
            }
            best[at] = found;
        }
        let (mut at, mut cover) = (0, vec![]);
        while at < line.len() {
            match best[at].2.take() {
                Some(fused) => {
                    let count = fused.count;
                    cover.push((at, fused));
                    at += count;
                }
                None => at += 1,
            }
        }
        cover
    }

    /// The rows that do what the line begins with.
    fn matches(&self, line: &[Plain<'_>]) -> impl Iterator<Item = Fused> {
        let rows = self.by_first.get(&line[0].opcode).map_or(&[][..], Vec::as_slice);
        rows.iter().filter_map(|position| self.try_row(*position, line))
    }

    fn try_row(&self, position: usize, line: &[Plain<'_>]) -> Option<Fused> {
        let own = &self.isa.own.instrs[position];
        let stmts = statements(&self.isa.own.rows[position])?;
        let mut bound = Bound { own, values: vec![None; usize::from(own.count)], targets: vec![], written: vec![] };
        let (mut done, mut count) = (0, 0);
        while done < stmts.len() {
            let plain = line.get(count)?;
            let instr = self.isa.get(plain.opcode)?;
            let part = statements(self.isa.row(instr))?;
            let rest = stmts.get(done..done + part.len())?;
            let mut bind = |own, part, used| bound.operand(own, part, used, instr, plain).is_some();
            if !rest.iter().zip(part).all(|(own, part)| alike(own, part, &mut bind)) {
                return None;
            }
            done += part.len();
            count += 1;
        }
        // One instruction for one is no gain, unless the row was made to be shorter; it never is.
        if count < 2 {
            return None;
        }
        let values = bound.values.into_iter().map(|value| value.unwrap_or(0)).collect();
        Some(Fused { opcode: own::opcode(position), count, values, targets: bound.targets })
    }
}

/// What the operands of a row stand for, so far.
struct Bound<'a> {
    own: &'a Instr,
    values: Vec<Option<u64>>,
    targets: Vec<(usize, usize)>,
    /// Operands in the order in which they were written last.
    written: Vec<usize>,
}

impl Bound<'_> {
    fn operand(&mut self, own: usize, part: usize, used: Use, instr: &Instr, plain: &Plain<'_>) -> Option<()> {
        let written = match used {
            Use::Target => return self.target(own, instr.kinds[part], plain),
            Use::Written => true,
            Use::Read => false,
        };
        let (kind, part_kind, value) = (self.own.kinds[own], instr.kinds[part], plain.values[part]);
        match self.values[own] {
            None if kind == part_kind => self.values[own] = Some(value),
            // A destination that is the accumulator as well is read like any slot.
            Some(bound) if bound == value && (kind == part_kind || (!written && is_also_slot(kind, part_kind))) => {}
            None | Some(_) => return None,
        }
        if kind.sort() == Sort::Slot {
            // What the row has written it reads as it wrote it: nothing else may have been written to the slot since.
            let since = self.written.iter().rev().take_while(|other| **other != own);
            if !written && self.written.contains(&own) && since.into_iter().any(|other| self.is_slot(*other, value)) {
                return None;
            }
            if written {
                self.written.retain(|other| *other != own);
                self.written.push(own);
            }
        }
        Some(())
    }

    fn is_slot(&self, operand: usize, slot: u64) -> bool {
        self.values[operand] == Some(slot)
    }

    fn target(&mut self, own: usize, kind: Kind, plain: &Plain<'_>) -> Option<()> {
        let (target, forwards) = plain.target?;
        let wanted = if forwards { Kind::Fwd16 } else { Kind::Back16 };
        if !Isa::is_target(kind) || self.own.kinds[own] != wanted || self.values[own].is_some() {
            return None;
        }
        self.values[own] = Some(0);
        self.targets.push((own, target));
        Some(())
    }
}

/// Whether reading an operand of a row's kind is reading the slot that the other kind names.
pub(super) fn is_also_slot(own: Kind, part: Kind) -> bool {
    part == Kind::Slot && own.size() == 1 && own.sort() == Sort::Slot
}
