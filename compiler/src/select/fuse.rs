//! Rows of several statements: neighbouring instructions that become one.
//!
//! *Requires* a block whose instructions all have modes with registers in slots.
//! *Ensures* the same with some neighbours replaced by the row that does what both do.
//! *Preserves* the order of effects; an operator without effects may move down to its user if nothing between reads its result.

use super::invert::inverse;
use super::rows::{Rows, Sequence, find_mode, root};
use super::{Bind, Binds, Pending, Place, Seen, Selector};
use crate::mach::Vreg;
use hardtack_format::isa::{Body, Expr, Flow, Stmt};
use smallvec::{SmallVec, smallvec};

impl Selector<'_> {
    /// Fuses neighbours in a block. The last instruction looks for a partner that can move to it; others look a few back.
    pub(crate) fn fuse(&mut self, index: usize) {
        self.reads();
        let mut body = std::mem::take(&mut self.blocks[index].body);
        let last = self.blocks[index].last.take();
        let (seen, walk) = self.see_reads(&body, &last, index);
        let (mut absorbed, reads) = (std::mem::take(&mut self.absorbed), std::mem::take(&mut self.reads));
        let deaths = Deaths { seen: &seen, walk, reads: &reads };
        if let Some(last) = last {
            let fused = (0..body.len()).rev().take(REACH).find_map(|at| {
                let fused = self.pair(&body[at], &last, |fused| deaths.allow(fused, body.len()))?;
                self.may_move_to_end(&body, at).then_some((at, fused))
            });
            self.blocks[index].last = Some(match fused {
                Some((at, fused)) => {
                    absorbed.extend([(body[at].offset, fused.offset), (last.offset, fused.offset)]);
                    body.remove(at);
                    fused
                }
                None => last,
            });
        }
        let mut done: Vec<Pending> = Vec::with_capacity(body.len());
        for (at, pending) in body.into_iter().enumerate() {
            match self.partner(&done, &pending, |fused| deaths.allow(fused, at)) {
                Some((earlier, moves_down, fused)) => {
                    absorbed.extend([(done[earlier].offset, fused.offset), (pending.offset, fused.offset)]);
                    if moves_down {
                        done.remove(earlier);
                        done.push(fused);
                    } else {
                        done[earlier] = fused;
                    }
                }
                None => done.push(pending),
            }
        }
        self.blocks[index].body = done;
        (self.absorbed, self.reads, self.seen) = (absorbed, reads, seen);
    }

    /// Notes where a block reads registers: the notes, to be given back, and the walk's number.
    fn see_reads(&mut self, body: &[Pending], last: &Option<Pending>, index: usize) -> (Vec<Seen>, u32) {
        let (mut seen, walk) = (std::mem::take(&mut self.seen), index as u32 + 1);
        seen.resize(self.banks.len(), Seen::default());
        for (at, pending) in body.iter().chain(last).enumerate() {
            for v in pending.reads() {
                let noted = &mut seen[v.index()];
                let count = if noted.walk == walk { noted.count } else { 0 };
                *noted = Seen { walk, count: count + 1, at: at as u32 };
            }
        }
        (seen, walk)
    }

    /// Whether the instruction can be the last of the body: it has no effects, and nothing after it reads what it defines.
    fn may_move_to_end(&self, body: &[Pending], at: usize) -> bool {
        let pending = &body[at];
        let Body::Statements([Stmt::Assign { value, .. }]) = self.rows.isa.rows[pending.row].body else { return false };
        at + 1 == body.len() || (is_pure(value) && !body[at + 1..].iter().any(|p| p.reads_result_of(pending)))
    }

    /// A near earlier instruction that can be one with this: which, whether it moves down to this one (else this one moves up), and
    /// what both become.
    fn partner(
        &self,
        done: &[Pending],
        pending: &Pending,
        allowed: impl Fn(&Pending) -> bool,
    ) -> Option<(usize, bool, Pending)> {
        for earlier in (done.len().saturating_sub(NEAR)..done.len()).rev() {
            let (first, between) = (&done[earlier], &done[earlier + 1..]);
            // Most pairs fall here.
            let (there, back) = (self.may_pair(first, pending), self.may_pair(pending, first));
            if !there && !back {
                continue;
            }
            let down = self.may_pass(first, between);
            let up = !down && between.iter().all(|p| self.may_pass(p, std::slice::from_ref(pending)));
            if !down && !up {
                continue;
            }
            let fused = self.pair(first, pending, &allowed).or_else(|| {
                let free = back && self.may_pass(first, std::slice::from_ref(pending));
                free.then(|| self.pair(pending, first, &allowed)).flatten()
            });
            if let Some(fused) = fused {
                return Some((earlier, down, fused));
            }
        }
        None
    }

    /// Whether an instruction may be executed after these, which follow it: they don't read what it writes, and one side has no
    /// effects.
    fn may_pass(&self, pending: &Pending, following: &[Pending]) -> bool {
        if following.is_empty() {
            return true;
        }
        let pure = |p: &Pending| match self.rows.isa.rows[p.row].body {
            Body::Statements(stmts) => stmts.iter().all(|stmt| match stmt {
                Stmt::Assign { value, .. } => is_pure(value),
                Stmt::Effect(_) | Stmt::BranchIf { .. } | Stmt::Goto(_) | Stmt::GotoTable { .. } => false,
            }),
            Body::Hand { .. } => false,
        };
        pending.window.is_none()
            && (pure(pending) || following.iter().all(pure))
            && !following.iter().any(|p| p.reads_result_of(pending))
    }

    /// Whether rows of two statements have the roots of these two.
    fn may_pair(&self, first: &Pending, second: &Pending) -> bool {
        let stmt = |pending: &Pending| match self.rows.isa.rows[pending.row].body {
            Body::Statements([stmt]) => root(stmt),
            Body::Statements(_) | Body::Hand { .. } => None,
        };
        matches!((stmt(first), stmt(second)), (Some(a), Some(b)) if self.rows.follow(a, b))
    }

    /// The instruction that does what these two do, one after the other.
    fn pair(&self, first: &Pending, second: &Pending, allowed: impl Fn(&Pending) -> bool) -> Option<Pending> {
        if first.window.is_some() || second.window.is_some() {
            return None;
        }
        let isa = self.rows.isa;
        let (Body::Statements([a]), Body::Statements([b])) = (isa.rows[first.row].body, isa.rows[second.row].body)
        else {
            return None;
        };
        let (sequences, then) = (self.rows.sequences(root(a)?), root(b));
        let mut found = sequences.iter().filter(|sequence| sequence.second == then).filter_map(|sequence| {
            let fused =
                match_pair(isa.rows[sequence.row].operands.len(), sequence, [(a, &first.binds), (b, &second.binds)])?;
            let offset = if isa.rows[first.row].may_trap() { first.offset } else { second.offset };
            let pending = Pending { row: sequence.row, binds: fused, window: None, offset };
            (allowed(&pending) && find_mode(isa, pending.row, &self.needs(&pending)).is_some()).then_some(pending)
        });
        // A branch that the layout can turn around is worth more than a shorter one.
        let first = found.next()?;
        if isa.rows[first.row].flow() != Flow::branches || turns(self.rows, &first) {
            return Some(first);
        }
        Some(found.find(|other| turns(self.rows, other)).unwrap_or(first))
    }
}

/// Whether the rows have the branch that is taken exactly when this one isn't.
fn turns(rows: &Rows, pending: &Pending) -> bool {
    let constant = match pending.binds.last() {
        Some(Bind::Const { bits, narrow }) => Some(if *narrow { *bits as i32 as i64 } else { *bits as i64 }),
        _ => None,
    };
    inverse(rows, pending.row, constant).is_some()
}

/// Where registers are read last, for those that nothing outside the block reads.
struct Deaths<'a> {
    /// What the walk over the block noted.
    seen: &'a [Seen],
    walk: u32,
    /// Reads of each register anywhere.
    reads: &'a [u32],
}

impl Deaths<'_> {
    /// The last place where a register is read, if that is in this block and so are all others.
    fn of(&self, v: Vreg) -> Option<usize> {
        let seen = &self.seen[v.index()];
        (seen.walk == self.walk && seen.count == self.reads[v.index()]).then_some(seen.at as usize)
    }

    /// Whether each register that the instruction overwrites is read by nothing after it, nor by another of its operands: else it
    /// would cost a copy.
    fn allow(&self, pending: &Pending, at: usize) -> bool {
        let reads = |v: Vreg| {
            pending.binds.iter().filter(|b| matches!(b, Bind::Use(u, _) | Bind::UseDef(u, _) if *u == v)).count()
        };
        pending.binds.iter().all(|bind| match bind {
            Bind::UseDef(from, _) => reads(*from) == 1 && self.of(*from).is_some_and(|last| last <= at),
            Bind::Use(..)
            | Bind::Def(..)
            | Bind::Const { .. }
            | Bind::Target(_)
            | Bind::Targets
            | Bind::Window
            | Bind::RefWindow => true,
        })
    }
}

/// How far back a partner for an instruction within a block is looked for.
const NEAR: usize = 4;

/// How far from the end of a block a partner for its last instruction is looked for.
const REACH: usize = 12;

fn is_pure(expr: &Expr) -> bool {
    match expr {
        Expr::Operand(_) => true,
        Expr::Prim { prim, args } => prim.effects().is_pure() && args.iter().all(is_pure),
    }
}

/// What a row's operand stands for, so far.
#[derive(Clone, Copy, Default)]
struct Role {
    /// Read before the row writes it, or never written.
    read: Option<Bind>,
    /// Written.
    written: Option<Vreg>,
}

/// Matches the statements of a row against instructions of one statement each; gives the row's operands.
fn match_pair(operands: usize, sequence: &Sequence, parts: [(&Stmt, &[Bind]); 2]) -> Option<Binds> {
    let mut roles: Roles = smallvec![Role::default(); operands];
    for (stmt, (own, binds)) in sequence.stmts.iter().zip(parts) {
        match (stmt, own) {
            (Stmt::Assign { to, value }, Stmt::Assign { to: own_to, value: own_value }) => {
                match_expr(value, own_value, binds, &mut roles)?;
                let Bind::Def(vreg, Place::Slot) = binds[*own_to] else { return None };
                if roles[*to].written.replace(vreg).is_some() {
                    return None;
                }
            }
            (Stmt::Effect(value), Stmt::Effect(own_value)) => match_expr(value, own_value, binds, &mut roles)?,
            (Stmt::BranchIf { cond, to }, Stmt::BranchIf { cond: own_cond, to: own_to }) => {
                match_expr(cond, own_cond, binds, &mut roles)?;
                roles[*to].read = Some(binds[*own_to]);
            }
            (
                Stmt::Goto(_) | Stmt::GotoTable { .. } | Stmt::Assign { .. } | Stmt::Effect(_) | Stmt::BranchIf { .. },
                _,
            ) => return None,
        }
    }
    // What the row computes it must read by the operand that it writes: another operand would be read too early.
    let computed = |v: Vreg| roles.iter().any(|role| role.written == Some(v));
    if roles.iter().any(|role| matches!(role.read, Some(Bind::Use(v, _)) if computed(v))) {
        return None;
    }
    roles
        .into_iter()
        .map(|role| match (role.read, role.written) {
            (Some(Bind::Use(from, Place::Slot)), Some(to)) => Some(Bind::UseDef(from, to)),
            (None, Some(to)) => Some(Bind::Def(to, Place::Slot)),
            (Some(bind), None) => Some(bind),
            (Some(_), Some(_)) | (None, None) => None,
        })
        .collect()
}

/// What all operands of a row stand for.
type Roles = SmallVec<[Role; 6]>;

fn match_expr(expr: &Expr, own: &Expr, binds: &[Bind], roles: &mut [Role]) -> Option<()> {
    match (expr, own) {
        (Expr::Prim { prim, args }, Expr::Prim { prim: own_prim, args: own_args }) if prim == own_prim => {
            if !prim.commutes() {
                return args.iter().zip(*own_args).try_for_each(|(a, b)| match_expr(a, b, binds, roles));
            }
            let saved = Roles::from_slice(roles);
            let straight = args.iter().zip(*own_args).try_for_each(|(a, b)| match_expr(a, b, binds, roles));
            if straight.is_some() {
                return straight;
            }
            roles.copy_from_slice(&saved);
            args.iter().zip(own_args.iter().rev()).try_for_each(|(a, b)| match_expr(a, b, binds, roles))
        }
        (Expr::Operand(o), Expr::Operand(own)) => {
            let (role, bind) = (&mut roles[*o], binds[*own]);
            match (role.written, role.read) {
                // The row has written it: it must be that value.
                (Some(vreg), _) => (bind == Bind::Use(vreg, Place::Slot)).then_some(()),
                (None, Some(read)) => (read == bind).then_some(()),
                (None, None) => {
                    role.read = Some(bind);
                    Some(())
                }
            }
        }
        (Expr::Prim { .. } | Expr::Operand(_), _) => None,
    }
}
