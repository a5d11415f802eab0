//! The rows of an instruction set as the selector looks for them, and the choice of a row's mode.

use crate::alike::{alike, alike_exprs};
use crate::isa::InstructionSet;
use crate::isa::apply::OwnRows;
use crate::mach::When;
use fixedbitset::FixedBitSet;
use hardtack_format::isa::{Body, Expr, Group, Isa, Opcode, RowInfo, STANDARD, Stmt};
use hardtack_format::operand::{Kind, Role, Sort};
use hardtack_format::prim::{Bits, Prim};
use hardtack_format::version::Groups;
use smallvec::SmallVec;
use std::borrow::Cow;
use std::sync::OnceLock;

/// A row of one statement, found by the primitive at its root.
#[derive(Clone, Copy, Debug)]
pub struct Tile {
    /// Position of the row.
    pub row: usize,
    /// The operand it writes, if any.
    pub to: Option<usize>,
    /// The expression.
    pub expr: &'static Expr,
    /// Primitives in the expression.
    pub size: usize,
}

/// A row of two statements, found by the primitive at the root of the first.
#[derive(Clone, Copy, Debug)]
pub struct Sequence {
    /// Position of the row.
    pub row: usize,
    /// Its statements.
    pub stmts: &'static [Stmt],
    /// The primitive at the root of the second.
    pub second: Option<Prim>,
}

/// The primitive at the root of a statement.
pub fn root(stmt: &Stmt) -> Option<Prim> {
    match stmt.expr()? {
        Expr::Prim { prim, .. } => Some(*prim),
        Expr::Operand(_) => None,
    }
}

/// Tiles by root, larger ones first.
#[derive(Clone, Debug)]
pub struct Rows {
    /// The instruction set.
    pub isa: &'static Isa,
    /// The groups that rows may be of.
    pub groups: Groups,
    values: Vec<Vec<Tile>>,
    effects: Vec<Vec<Tile>>,
    branches: Vec<Vec<Tile>>,
    tables: Vec<Vec<Tile>>,
    sequences: Vec<Vec<Sequence>>,
    /// For each primitive those that the second statement of a sequence may have at its root, if that is at the root of the first.
    followers: Vec<FixedBitSet>,
    /// When each row reads and writes its operands.
    pub times: Vec<SmallVec<[When; 6]>>,
    /// Rows whose last statement branches on a condition.
    pub branching: Vec<usize>,
    /// For each row the one that does the same and then jumps: its first operand is the target, the others follow.
    jumping: Vec<Option<usize>>,
    /// Rows of an application's, which are used last of all.
    pub own: Option<OwnRows>,
}

/// What a VM that files are compiled for has.
pub struct Target {
    /// Its rows, and those that it leaves out: a way to instructions that it has may lead over some that it hasn't.
    pub rows: Cow<'static, Rows>,
    /// Only those that it has, for functions that end up with others.
    pub strict: Option<Rows>,
}

impl Target {
    /// Some groups of an instruction set.
    pub fn new(set: Option<InstructionSet>, groups: Groups) -> Target {
        let groups = groups.with(Group::base);
        let rows = match (set, groups) {
            (None, Groups::STANDARD) => Cow::Borrowed(Rows::standard()),
            (set, groups) => Cow::Owned(Rows::new(set.map_or(&STANDARD, |set| set.whole()), groups)),
        };
        let strict = set.filter(|set| !set.isa().own.without.is_empty());
        Target { rows, strict: strict.map(|set| Rows::new(set.isa(), groups)) }
    }

    /// Opcodes that it leaves out, ascending.
    pub fn without(&self) -> &'static [Opcode] {
        self.strict.as_ref().map_or(&[], |strict| strict.isa.own.without)
    }
}

impl Rows {
    /// Those of the standard instruction set.
    pub fn standard() -> &'static Rows {
        static ROWS: OnceLock<Rows> = OnceLock::new();
        ROWS.get_or_init(|| Rows::new(&STANDARD, Groups::STANDARD))
    }

    /// Indexes some groups of an instruction set.
    pub fn new(isa: &'static Isa, groups: Groups) -> Rows {
        let empty = || vec![vec![]; Prim::ALL.len()];
        let mut rows = Rows {
            isa,
            groups,
            values: empty(),
            effects: empty(),
            branches: empty(),
            tables: empty(),
            sequences: vec![vec![]; Prim::ALL.len()],
            followers: vec![FixedBitSet::with_capacity(Prim::ALL.len()); Prim::ALL.len()],
            times: isa.rows.iter().map(times).collect(),
            branching: vec![],
            jumping: vec![None; isa.rows.len()],
            own: OwnRows::new(isa),
        };
        for (row, info) in isa.rows.iter().enumerate() {
            if !rows.offers(info) {
                continue;
            }
            if let Body::Statements([.., Stmt::BranchIf { .. }]) = info.body {
                rows.branching.push(row);
            }
            if let Body::Statements([before @ .., Stmt::Goto(0)]) = info.body {
                for (plain, info) in isa.rows.iter().enumerate() {
                    if matches!(info.body, Body::Statements(stmts) if same_stmts(stmts, before, 1)) {
                        rows.jumping[plain] = Some(row);
                    }
                }
            }
            if let Body::Statements(stmts @ [first @ (Stmt::Assign { .. } | Stmt::Effect(_)), second]) = info.body
                && let Some(prim) = root(first)
            {
                rows.followers[prim as usize].extend(root(second).map(|prim| prim as usize));
                rows.sequences[prim as usize].push(Sequence { row, stmts, second: root(second) });
            }
            let Body::Statements([stmt]) = info.body else { continue };
            let (list, to, expr) = match stmt {
                Stmt::Assign { to, value } => (&mut rows.values, Some(*to), value),
                Stmt::Effect(expr) => (&mut rows.effects, None, expr),
                Stmt::BranchIf { cond, to } => (&mut rows.branches, Some(*to), cond),
                Stmt::GotoTable { index, to } => (&mut rows.tables, Some(*to), index),
                Stmt::Goto(_) => continue,
            };
            if let Expr::Prim { prim, .. } = expr {
                list[*prim as usize].push(Tile { row, to, expr, size: size(expr) });
            }
        }
        for list in [&mut rows.values, &mut rows.effects, &mut rows.branches, &mut rows.tables] {
            for tiles in list {
                tiles.sort_by_key(|t| std::cmp::Reverse(t.size));
            }
        }
        rows
    }

    /// Whether its groups suffice for a row.
    pub fn offers(&self, row: &RowInfo) -> bool {
        row.is_within(self.groups)
    }

    /// Tiles that compute a value with this primitive at the root.
    pub fn values(&self, prim: Prim) -> &[Tile] {
        &self.values[prim as usize]
    }

    /// Tiles executed for the effect of this primitive at the root.
    pub fn effects(&self, prim: Prim) -> &[Tile] {
        &self.effects[prim as usize]
    }

    /// Rows of two statements whose first has this primitive at the root.
    pub fn sequences(&self, prim: Prim) -> &[Sequence] {
        &self.sequences[prim as usize]
    }

    /// Whether there are rows of two statements with these primitives at their roots.
    pub fn follow(&self, first: Prim, second: Prim) -> bool {
        self.followers[first as usize].contains(second as usize)
    }

    /// The row that does what this one does and then jumps.
    pub fn jumping(&self, row: usize) -> Option<usize> {
        self.jumping[row]
    }

    /// Tiles that branch on a condition with this primitive at the root.
    pub fn branches(&self, prim: Prim) -> &[Tile] {
        &self.branches[prim as usize]
    }

    /// Tiles that branch through a table by an index with this primitive at the root.
    pub fn tables(&self, prim: Prim) -> &[Tile] {
        &self.tables[prim as usize]
    }
}

/// When a row reads its operands that are read, and writes those that are written.
fn times(row: &RowInfo) -> SmallVec<[When; 6]> {
    let time = |operand| match row.role(operand) {
        Role::EarlyDef => When::Early,
        Role::Use if !row.is_read_late(operand) => When::Early,
        Role::Use | Role::Def | Role::UseDef | Role::Constant => When::Late,
    };
    (0..row.operands.len()).map(time).collect()
}

/// Whether two expressions are the same, where the operands of the second are so much further on.
pub(super) fn same_expr(a: &Expr, b: &Expr, further: usize) -> bool {
    alike_exprs(a, b, &mut |a, b, _| a + further == b)
}

/// The same of statements.
pub(super) fn same_stmts(a: &[Stmt], b: &[Stmt], further: usize) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b, &mut |a, b, _| a + further == b))
}

/// Primitives in an expression.
pub(crate) fn size(expr: &Expr) -> usize {
    match expr {
        Expr::Operand(_) => 0,
        Expr::Prim { args, .. } => 1 + args.iter().map(size).sum::<usize>(),
    }
}

/// What a mode must offer for an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A number slot.
    Slot,
    /// The integer or float accumulator.
    Acc,
    /// A number slot and the accumulator, as a destination. `true` for the float one.
    SlotAnd(bool),
    /// The float accumulator.
    FAcc,
    /// A reference slot.
    RefSlot,
    /// This constant; only the low 32 bits matter if `narrow`.
    Const {
        /// The constant.
        bits: Bits,
        /// Whether readers look at the low half only.
        narrow: bool,
    },
    /// A branch target of any kind.
    Target,
    /// A window.
    Window,
}

/// What it must offer for all operands.
pub type Needs = SmallVec<[Need; 6]>;

/// Whether a kind offers it.
#[inline]
fn offers(kind: Kind, need: Need) -> bool {
    match need {
        Need::Slot => matches!(kind, Kind::Slot),
        Need::Acc => kind == Kind::Acc,
        Need::FAcc => kind == Kind::FAcc,
        Need::SlotAnd(float) => kind == if float { Kind::SlotFAcc } else { Kind::SlotAcc },
        Need::RefSlot => kind.sort() == Sort::RefSlot,
        Need::Const { bits, narrow } => holds(kind, bits, narrow),
        Need::Target => Isa::is_target(kind),
        Need::Window => matches!(kind.sort(), Sort::Window | Sort::RefWindow),
    }
}

/// Whether an operand of this kind can carry a constant or an index.
pub fn holds(kind: Kind, bits: Bits, narrow: bool) -> bool {
    let width = kind.size() as u32 * 8;
    match kind.sort() {
        Sort::Signed => {
            let value = if narrow { bits as u32 as i32 as i64 } else { bits as i64 };
            width == 64 || value >> (width - 1) == value >> 63
        }
        Sort::Unsigned
        | Sort::Func
        | Sort::ImportedFunc
        | Sort::AnyFunc
        | Sort::TypeIndex
        | Sort::Table
        | Sort::Global
        | Sort::ImportedGlobal
        | Sort::RefGlobal
        | Sort::Data
        | Sort::Elem => width == 64 || bits >> width == 0,
        Sort::Slot
        | Sort::RefSlot
        | Sort::Acc
        | Sort::FAcc
        | Sort::Forward
        | Sort::Backward
        | Sort::Targets
        | Sort::Window
        | Sort::RefWindow => false,
    }
}

/// The shortest instruction of a row that offers all of this.
pub fn find_mode(isa: &Isa, row: usize, needs: &[Need]) -> Option<Opcode> {
    let modes = isa.rows[row].modes;
    let fits = |mode: &usize| modes[*mode].iter().zip(needs).all(|(kind, need)| offers(*kind, *need));
    isa.by_length(row).filter(fits).find_map(|mode| isa.number(row, mode))
}
