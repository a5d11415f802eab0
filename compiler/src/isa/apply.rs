//! The use of an application's own instructions: neighbours in finished code that become one.
//!
//! *Requires* instructions in their final order, with their slots, and with branches that aren't longer than 16 bits can say.
//! *Ensures* the least number of dispatches along each straight line that the set's rows allow; among equals the shortest code.
//! *Preserves* the order of everything: a row's statements are executed one after the other, each reading what those before it have
//! written, just as the instructions it replaces.

use hardtack_format::isa::{Body, Expr, Instr, Isa, Opcode, RowInfo, Stmt};
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

/// The primitive at the root of a statement; `None` for jumps, which have none.
fn prim_of(stmt: &Stmt) -> Option<Prim> {
    match stmt {
        Stmt::Assign { value: Expr::Prim { prim, .. }, .. }
        | Stmt::Effect(Expr::Prim { prim, .. })
        | Stmt::BranchIf { cond: Expr::Prim { prim, .. }, .. } => Some(*prim),
        Stmt::Assign { .. } | Stmt::Effect(_) | Stmt::BranchIf { .. } | Stmt::Goto(_) => None,
    }
}

fn statements(row: &RowInfo) -> Option<&'static [Stmt]> {
    match row.body {
        Body::Statements(stmts) => Some(stmts),
        Body::Hand { .. } => None,
    }
}

/// Whether a row's first statements may be those of a standard instruction, by shape and kinds alone.
fn begins(own: &Instr, stmts: &[Stmt], part: &Instr, part_stmts: &[Stmt]) -> bool {
    fn expr(own: &Instr, e: &Expr, part: &Instr, p: &Expr) -> bool {
        match (e, p) {
            (Expr::Prim { prim, args }, Expr::Prim { prim: part_prim, args: part_args }) => {
                prim == part_prim && args.iter().zip(*part_args).all(|(e, p)| expr(own, e, part, p))
            }
            (Expr::Operand(e), Expr::Operand(p)) => {
                own.kinds[*e] == part.kinds[*p] || is_also_slot(own.kinds[*e], part.kinds[*p])
            }
            (Expr::Prim { .. } | Expr::Operand(_), _) => false,
        }
    }
    let same = |(s, p): (&Stmt, &Stmt)| match (s, p) {
        (Stmt::Assign { to, value }, Stmt::Assign { to: part_to, value: part_value }) => {
            own.kinds[*to] == part.kinds[*part_to] && expr(own, value, part, part_value)
        }
        (Stmt::Effect(e), Stmt::Effect(p)) | (Stmt::BranchIf { cond: e, .. }, Stmt::BranchIf { cond: p, .. }) => {
            expr(own, e, part, p)
        }
        (Stmt::Goto(_), Stmt::Goto(_)) => true,
        (Stmt::Assign { .. } | Stmt::Effect(_) | Stmt::BranchIf { .. } | Stmt::Goto(_), _) => false,
    };
    stmts.len() >= part_stmts.len() && stmts.iter().zip(part_stmts).all(same)
}

impl OwnRows {
    /// Those of a set; `None` if it has none.
    pub fn new(isa: &'static Isa) -> Option<OwnRows> {
        let mut by_prim: Vec<Vec<(Opcode, &Instr, &[Stmt])>> = vec![vec![]; Prim::ALL.len()];
        for (opcode, instr) in isa.instrs.iter().enumerate() {
            let Some(instr) = instr else { continue };
            if let Some(stmts) = statements(isa.row(instr))
                && let Some(prim) = stmts.first().and_then(prim_of)
            {
                by_prim[prim as usize].push((opcode as Opcode, instr, stmts));
            }
        }
        let mut by_first: HashMap<Opcode, Vec<usize>> = HashMap::new();
        for (position, (row, own)) in isa.own.rows.iter().zip(isa.own.instrs).enumerate() {
            // A row that is nothing but a jump does what a standard one does.
            let Some(stmts) = statements(row) else { continue };
            let Some(prim) = stmts.first().and_then(prim_of) else { continue };
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
            rest.iter().zip(part).try_for_each(|(own, part)| bound.stmt(own, part, instr, plain))?;
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
    fn stmt(&mut self, own: &Stmt, part: &Stmt, instr: &Instr, plain: &Plain<'_>) -> Option<()> {
        match (own, part) {
            (Stmt::Assign { to, value }, Stmt::Assign { to: part_to, value: part_value }) => {
                self.expr(value, part_value, instr, plain)?;
                self.operand(*to, *part_to, true, instr, plain)
            }
            (Stmt::Effect(expr), Stmt::Effect(part)) => self.expr(expr, part, instr, plain),
            (Stmt::BranchIf { cond, to }, Stmt::BranchIf { cond: part_cond, to: part_to }) => {
                self.expr(cond, part_cond, instr, plain)?;
                self.target(*to, instr.kinds[*part_to], plain)
            }
            (Stmt::Goto(to), Stmt::Goto(part_to)) => self.target(*to, instr.kinds[*part_to], plain),
            (Stmt::Assign { .. } | Stmt::Effect(_) | Stmt::BranchIf { .. } | Stmt::Goto(_), _) => None,
        }
    }

    fn expr(&mut self, own: &Expr, part: &Expr, instr: &Instr, plain: &Plain<'_>) -> Option<()> {
        match (own, part) {
            (Expr::Prim { prim, args }, Expr::Prim { prim: part_prim, args: part_args }) if prim == part_prim => {
                args.iter().zip(*part_args).try_for_each(|(own, part)| self.expr(own, part, instr, plain))
            }
            (Expr::Operand(own), Expr::Operand(part)) => self.operand(*own, *part, false, instr, plain),
            (Expr::Prim { .. } | Expr::Operand(_), _) => None,
        }
    }

    fn operand(&mut self, own: usize, part: usize, written: bool, instr: &Instr, plain: &Plain<'_>) -> Option<()> {
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
