//! Tiling of one block: which operators become one instruction.
//!
//! The block is walked backwards; each instruction not yet part of another takes the largest tile whose inner operators have
//! no other user and may move down to it.

use super::node::Arg;
use super::rows::{Rows, Tile, find_mode};
use super::{Bind, Binds, Pending, Place, Selector};
use crate::ir::{Block, Inst, Op, Type, Value, ValueDef};
use crate::mach::Window;
use hardtack_format::isa::{Expr, Row};
use hardtack_format::prim::{Effects, Prim};
use smallvec::{SmallVec, smallvec};
use std::slice::from_ref;

/// What happened in a block before each position, counted, so that two counts tell what happened between.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    memory_writes: u32,
    global_writes: u32,
    /// Calls, growth and whatever else may do anything.
    barriers: u32,
    memory_traps: u32,
    other_traps: u32,
}

/// Positions and effects of a block's instructions.
pub(crate) struct Order {
    block: Block,
    counts: Vec<Counts>,
}

impl Order {
    fn new(s: &Selector, block: Block) -> Order {
        let insts = &s.f[block].insts;
        let mut order = Order { block, counts: Vec::with_capacity(insts.len() + 1) };
        let mut c = Counts::default();
        for &inst in insts {
            order.counts.push(c);
            match s.f[inst].op {
                Op::Prim(prim, _) => {
                    let e = prim.effects();
                    c.memory_writes += e.writes_memory as u32;
                    c.global_writes += e.writes_global as u32;
                    if e.traps {
                        if is_memory(e) { c.memory_traps += 1 } else { c.other_traps += 1 }
                    }
                }
                Op::Const(_) | Op::RefNull | Op::RefFunc(_) | Op::RefIsNull => {}
                Op::Call(_)
                | Op::CallIndirect { .. }
                | Op::RefGlobalGet(_)
                | Op::RefGlobalSet(_)
                | Op::MemoryGrow
                | Op::MemoryFill
                | Op::MemoryCopy
                | Op::MemoryInit(_)
                | Op::DataDrop(_)
                | Op::TableGet(_)
                | Op::TableSet(_)
                | Op::TableSize(_)
                | Op::TableGrow(_)
                | Op::TableFill(_)
                | Op::TableCopy { .. }
                | Op::TableInit { .. }
                | Op::ElemDrop(_) => c.barriers += 1,
            }
        }
        order.counts.push(c);
        order
    }

    /// Position of the terminator.
    pub fn end(&self) -> usize {
        self.counts.len() - 1
    }

    /// Whether an instruction with these effects may move from one position down to another.
    fn may_sink(&self, e: Effects, from: usize, to: usize) -> bool {
        let (a, b) = (self.counts[from + 1], self.counts[to]);
        let same_barriers = a.barriers == b.barriers;
        let ok = |needed: bool, free: bool| !needed || free;
        ok(e.reads_memory, same_barriers && a.memory_writes == b.memory_writes)
            && ok(e.reads_global, same_barriers && a.global_writes == b.global_writes)
            && ok(e.reads_size, same_barriers)
            && ok(
                e.traps,
                same_barriers
                    && a.memory_writes == b.memory_writes
                    && a.global_writes == b.global_writes
                    && if is_memory(e) {
                        a.other_traps == b.other_traps
                    } else {
                        a.memory_traps == b.memory_traps && a.other_traps == b.other_traps
                    },
            )
            && !e.writes_memory
            && !e.writes_global
    }
}

fn is_memory(e: Effects) -> bool {
    e.reads_memory || e.writes_memory
}

/// A match under way: what each operand stands for, and the instructions it would absorb.
#[derive(Clone, Default)]
struct Match {
    binds: SmallVec<[Option<Arg>; 6]>,
    inner: SmallVec<[Inst; 4]>,
}

/// What a tile does with the value of its expression.
#[derive(Clone, Copy)]
enum Does {
    /// Writes it to what stands for this, if anything.
    Write(Option<Value>),
    /// Decides by it where to go.
    Go(Bind),
}

impl<'a> Selector<'a> {
    /// Selects the instructions of a block.
    pub(crate) fn block(&mut self, block: Block) {
        let index = self.placed[block.index()].expect("reachable blocks are placed").index();
        let order = Order::new(self, block);
        let params = self.f[block].params.clone();
        self.blocks[index].params = params.into_iter().map(|p| self.vreg(p)).collect();
        // Backwards, so each pending instruction comes after what it needs.
        let mut list = vec![];
        self.terminator(block, index, &order, &mut list);
        for position in (0..order.end()).rev() {
            let inst = self.f[block].insts[position];
            if !self.folded[inst.index()] {
                self.inst(inst, position, &order, &mut list);
            }
        }
        list.reverse();
        self.blocks[index].body = list;
        self.legalise(index, block);
    }

    fn inst(&mut self, inst: Inst, position: usize, order: &Order, list: &mut Vec<Pending>) {
        let data = &self.f[inst];
        let (op, offset) = (data.op, data.offset);
        let result = self.f.results(inst).first().copied();
        let unused = result.is_none_or(|r| self.uses[r.index()] == 0);
        match op {
            Op::Const(_) | Op::RefNull => {}
            _ if Self::is_free(op) => {}
            Op::Prim(Prim::select, _) if self.f.ty(self.f.result(inst)).is_ref() => {
                if !unused {
                    self.simple(Row::ref_select, inst, &[1, 2, 3, 0], list);
                }
            }
            Op::Prim(prim, _) => {
                if unused && prim.effects().is_removable() {
                    return;
                }
                let pending = self.tile(inst, position, order);
                list.push(pending);
            }
            Op::RefFunc(func) => {
                if let Some(result) = result.filter(|_| !unused) {
                    let to = Bind::Def(self.vreg(result), Place::Slot);
                    list.push(Pending::new(Row::ref_func, smallvec![index_bind(func), to], offset));
                }
            }
            Op::RefIsNull => {
                if !unused {
                    self.simple(Row::ref_is_null, inst, &[1, 0], list)
                }
            }
            Op::Call(_) | Op::CallIndirect { .. } => self.call(inst, list),
            Op::RefGlobalGet(g) => self.indexed(Row::ref_global_get, &[g], inst, list),
            Op::RefGlobalSet(g) => self.indexed(Row::ref_global_set, &[g], inst, list),
            Op::MemoryGrow => self.indexed(Row::memory_grow, &[], inst, list),
            Op::MemoryFill => self.indexed(Row::memory_fill, &[], inst, list),
            Op::MemoryCopy => self.indexed(Row::memory_copy, &[], inst, list),
            Op::MemoryInit(s) => self.indexed(Row::memory_init, &[s], inst, list),
            Op::DataDrop(s) => self.indexed(Row::data_drop, &[s], inst, list),
            Op::TableGet(x) => self.indexed(Row::table_get, &[x], inst, list),
            Op::TableSet(x) => self.indexed(Row::table_set, &[x], inst, list),
            Op::TableSize(x) => self.indexed(Row::table_size, &[x], inst, list),
            Op::TableGrow(x) => self.indexed(Row::table_grow, &[x], inst, list),
            Op::TableFill(x) => self.indexed(Row::table_fill, &[x], inst, list),
            Op::TableCopy { to, from } => self.indexed(Row::table_copy, &[to, from], inst, list),
            Op::TableInit { table, elem } => self.indexed(Row::table_init, &[table, elem], inst, list),
            Op::ElemDrop(s) => self.indexed(Row::elem_drop, &[s], inst, list),
        }
    }

    /// An instruction whose operands are the results and arguments in the order given: 0 for the result, 1… for the arguments.
    fn simple(&mut self, row: Row, inst: Inst, order: &[usize], list: &mut Vec<Pending>) {
        let offset = self.f[inst].offset;
        let args: Vec<Value> = self.f.args(inst).to_vec();
        let result = self.f.results(inst).first().copied();
        let mut before = vec![];
        // Operand 0 is the destination; the order says which argument each further operand is.
        let mut binds: Binds = smallvec![Bind::Def(self.vreg(result.expect("it has a result")), Place::Slot)];
        for &i in order.iter().filter(|&&i| i != 0) {
            binds.push(self.use_of(args[i - 1], offset, &mut before));
        }
        list.push(Pending::new(row, binds, offset));
        list.append(&mut before);
    }

    /// An instruction of indices, then the result, then the arguments.
    fn indexed(&mut self, row: Row, indices: &[u32], inst: Inst, list: &mut Vec<Pending>) {
        let offset = self.f[inst].offset;
        let args: Vec<Value> = self.f.args(inst).to_vec();
        let mut before = vec![];
        let mut binds: Binds = indices.iter().map(|i| index_bind(*i)).collect();
        if let Some(&result) = self.f.results(inst).first() {
            binds.push(Bind::Def(self.vreg(result), Place::Slot));
        }
        for arg in args {
            binds.push(self.use_of(arg, offset, &mut before));
        }
        list.push(Pending::new(row, binds, offset));
        list.append(&mut before);
    }

    /// A value as an operand that is read. Constants stay constants until `legalise`; a null is made on the spot, in `before`.
    pub(crate) fn use_of(&mut self, value: Value, offset: u32, before: &mut Vec<Pending>) -> Bind {
        if let ValueDef::Inst(inst, _) = self.f.def(value)
            && matches!(self.f[inst].op, Op::RefNull)
        {
            let vreg = self.new_vreg(self.f.ty(value));
            before.push(Pending::new(Row::ref_null, smallvec![Bind::Def(vreg, Place::Slot)], offset));
            return Bind::Use(vreg, Place::Slot);
        }
        self.bind(self.arg(value))
    }

    fn bind(&mut self, arg: Arg) -> Bind {
        match arg {
            Arg::Value(value) => Bind::Use(self.vreg(value), Place::Slot),
            Arg::Const { bits, narrow } => Bind::Const { bits, narrow },
        }
    }

    fn call(&mut self, inst: Inst, list: &mut Vec<Pending>) {
        let data = &self.f[inst];
        let (op, offset) = (data.op, data.offset);
        let mut args: Vec<Value> = self.f.args(inst).to_vec();
        let results: Vec<Value> = self.f.results(inst).to_vec();
        let mut before = vec![];
        let refs = self.f.signature.params.iter().chain(&self.f.signature.results).any(|t| t.is_ref());
        let (row, mut binds): (Row, Binds) = match op {
            Op::Call(func) if func < self.m.imported_funcs => {
                (Row::call_import, smallvec![index_bind(func), Bind::Window, Bind::RefWindow])
            }
            Op::Call(func) => {
                let own = index_bind(func - self.m.imported_funcs);
                let ty = &self.m.types[self.m.funcs[func as usize] as usize];
                let callee = ty.params.iter().chain(&ty.results).any(|t| t.is_ref());
                // `call` moves no reference frame: legal only where neither side has one to move.
                if refs || callee || self.has_refs {
                    (Row::call_refs, smallvec![own, Bind::Window, Bind::RefWindow])
                } else {
                    (Row::call, smallvec![own, Bind::Window])
                }
            }
            Op::CallIndirect { table, ty } => {
                (Row::call_indirect, smallvec![index_bind(ty), index_bind(table), Bind::Window, Bind::RefWindow])
            }
            _ => unreachable!("only calls come here"),
        };
        if matches!(op, Op::CallIndirect { .. }) {
            let index = args.pop().expect("call_indirect has an index");
            binds.push(self.use_of(index, offset, &mut before));
        }
        let window = self.window(&args, &results);
        let mut pending = Pending::new(row, binds, offset);
        pending.window = Some(Box::new(window));
        list.push(pending);
        list.append(&mut before);
    }

    /// A window with these arguments and results.
    pub(crate) fn window(&mut self, args: &[Value], results: &[Value]) -> Window {
        let mut window = Window::default();
        for &arg in args {
            let source = self.source(arg);
            if self.f.ty(arg).is_ref() { window.ref_args.push(source) } else { window.args.push(source) }
        }
        for &result in results {
            let vreg = self.vreg(result);
            if self.f.ty(result).is_ref() { window.ref_results.push(vreg) } else { window.results.push(vreg) }
        }
        window
    }

    /// The largest tile at an operator.
    fn tile(&mut self, inst: Inst, position: usize, order: &Order) -> Pending {
        let node = self.node(inst).expect("a primitive");
        let offset = self.f[inst].offset;
        let rows = self.rows;
        let result = self.f.results(inst).first().copied();
        let tiles = |rows: &'a Rows| match result {
            Some(_) => rows.values(node.prim),
            None => rows.effects(node.prim),
        };
        // What the target's groups can't do, the smallest row of others does, and emission says so.
        let (tile, m) = self
            .best(tiles(rows), inst, position, order)
            .or_else(|| {
                tiles(Rows::standard()).iter().rev().find_map(|t| self.best(from_ref(t), inst, position, order))
            })
            .unwrap_or_else(|| panic!("no row for {}", node.prim.name()));
        self.accept(tile, m, Does::Write(result), offset)
    }

    /// The first tile that matches with a mode for it.
    fn best(&self, tiles: &[Tile], root: Inst, position: usize, order: &Order) -> Option<(Tile, Match)> {
        let node = self.node(root)?;
        let inner: SmallVec<[Prim; 3]> = node.args().iter().filter_map(|arg| self.argument_prim(*arg)).collect();
        let has = |arg: &Expr| match arg {
            Expr::Prim { prim, .. } => inner.contains(prim),
            Expr::Operand(_) => true,
        };
        tiles.iter().find_map(|tile| {
            // Most tiles fall here.
            if !matches!(tile.expr, Expr::Prim { args, .. } if args.iter().all(has)) {
                return None;
            }
            let operands = self.rows.isa.rows[tile.row].operands.len();
            let mut m = Match { binds: smallvec![None; operands], inner: smallvec![] };
            (self.matches(tile.expr, root, position, order, &mut m) && self.has_mode(*tile, &m)).then_some((*tile, m))
        })
    }

    /// The primitive that an argument is the result of.
    fn argument_prim(&self, arg: Arg) -> Option<Prim> {
        let Arg::Value(value) = arg else { return None };
        let ValueDef::Inst(inst, _) = self.f.def(value) else { return None };
        Some(self.node(inst)?.prim)
    }

    /// Finds the tile for a branch on a value: `None` if the value has no operator that the branch can absorb.
    pub(crate) fn branch_tile(&mut self, cond: Value, order: &Order, offset: u32) -> Option<Pending> {
        let cond = self.see_through(cond);
        self.tile_at_end(cond, Rows::branches, Bind::Target(0), order, offset)
    }

    /// Finds the tile for a branch through a table by a value: `None` if the value has no operator that the branch can absorb.
    pub(crate) fn table_tile(&mut self, index: Value, order: &Order, offset: u32) -> Option<Pending> {
        self.tile_at_end(index, Rows::tables, Bind::Targets, order, offset)
    }

    fn tile_at_end(
        &mut self,
        cond: Value,
        tiles: fn(&Rows, Prim) -> &[Tile],
        target: Bind,
        order: &Order,
        offset: u32,
    ) -> Option<Pending> {
        let ValueDef::Inst(inst, _) = self.f.def(cond) else { return None };
        let node = self.node(inst)?;
        let rows = self.rows;
        if !self.may_fold(cond, inst, order.end(), order) {
            return None;
        }
        let (tile, m) = self.best(tiles(rows, node.prim), inst, order.end(), order)?;
        self.folded[inst.index()] = true;
        let own = matches!(self.f[inst].op, Op::Prim(prim, _) if prim.effects().traps);
        let (own, other) = if own { (self.f[inst].offset, offset) } else { (offset, self.f[inst].offset) };
        self.absorbed.push((other, own));
        Some(self.accept(tile, m, Does::Go(target), own))
    }

    fn accept(&mut self, tile: Tile, m: Match, does: Does, offset: u32) -> Pending {
        let root = matches!(tile.expr, Expr::Prim { prim, .. } if prim.effects().traps);
        let offset = self.came_from(offset, root, &m.inner);
        for inner in &m.inner {
            self.folded[inner.index()] = true;
        }
        let binds = m
            .binds
            .iter()
            .enumerate()
            .map(|(i, arg)| match arg {
                _ if tile.to == Some(i) => match does {
                    Does::Go(target) => target,
                    Does::Write(result) => {
                        Bind::Def(self.vreg(result.expect("the tile has a destination")), Place::Slot)
                    }
                },
                Some(arg) => self.bind(*arg),
                None => unreachable!("every operand of a row occurs in it"),
            })
            .collect();
        Pending { row: tile.row, binds, window: None, offset }
    }

    /// The wasm offset of an instruction made of several operators: of the one that may trap, the root's if that does or none.
    fn came_from(&mut self, root: u32, root_traps: bool, inner: &[Inst]) -> u32 {
        let traps = |inst: &&Inst| matches!(self.f[**inst].op, Op::Prim(prim, _) if prim.effects().traps);
        let at = match inner.iter().find(traps) {
            Some(inst) if !root_traps => self.f[*inst].offset,
            Some(_) | None => root,
        };
        let all = inner.iter().map(|inst| self.f[*inst].offset).chain([root]);
        self.absorbed.extend(all.filter(|offset| *offset != at).map(|offset| (offset, at)));
        at
    }

    /// Whether a mode fits, constants in the instruction or, where that can't be, in slots.
    fn has_mode(&self, tile: Tile, m: &Match) -> bool {
        use super::rows::{Need, Needs};
        let needs = |spill: bool| -> Needs {
            let info = &self.rows.isa.rows[tile.row];
            m.binds
                .iter()
                .enumerate()
                .map(|(i, arg)| match arg {
                    None if tile.to == Some(i) && hardtack_format::isa::Isa::is_target(info.modes[0][i]) => {
                        Need::Target
                    }
                    None => Need::Slot,
                    Some(Arg::Value(_)) => Need::Slot,
                    Some(Arg::Const { bits, narrow }) => {
                        if spill && info.modes.iter().any(|kinds| kinds[i] == hardtack_format::operand::Kind::Slot) {
                            Need::Slot
                        } else {
                            Need::Const { bits: *bits, narrow: *narrow }
                        }
                    }
                })
                .collect()
        };
        let isa = self.rows.isa;
        find_mode(isa, tile.row, &needs(false)).is_some()
            || (tile.size == 1 && find_mode(isa, tile.row, &needs(true)).is_some())
    }

    /// Matches an expression whose root is the instruction.
    fn matches(&self, expr: &Expr, inst: Inst, root: usize, order: &Order, m: &mut Match) -> bool {
        let Expr::Prim { prim, args } = expr else { return false };
        let Some(node) = self.node(inst) else { return false };
        if node.prim != *prim || node.args().len() != args.len() {
            return false;
        }
        let turns = node.prim.commutes() && args.len() == 2 && args.iter().any(|a| matches!(a, Expr::Prim { .. }));
        let saved = turns.then(|| m.clone());
        if self.match_args(args, node.args().iter().copied(), root, order, m) {
            return true;
        }
        match saved {
            Some(saved) => {
                *m = saved;
                self.match_args(args, node.args().iter().rev().copied(), root, order, m)
            }
            None => false,
        }
    }

    fn match_args(
        &self,
        exprs: &[Expr],
        args: impl Iterator<Item = Arg>,
        root: usize,
        order: &Order,
        m: &mut Match,
    ) -> bool {
        exprs.iter().zip(args).all(|(expr, arg)| match expr {
            Expr::Operand(o) => match m.binds[*o] {
                None => {
                    m.binds[*o] = Some(arg);
                    true
                }
                Some(bound) => bound == arg,
            },
            Expr::Prim { .. } => {
                let Arg::Value(value) = arg else { return false };
                let ValueDef::Inst(inst, _) = self.f.def(value) else { return false };
                if !self.may_fold(value, inst, root, order) {
                    return false;
                }
                m.inner.push(inst);
                self.matches(expr, inst, root, order, m)
            }
        })
    }

    /// Whether the instruction may become part of its only user, at a later position of the block.
    fn may_fold(&self, value: Value, inst: Inst, root: usize, order: &Order) -> bool {
        let Op::Prim(prim, _) = self.f[inst].op else { return false };
        let (block, position) = self.positions[inst.index()];
        let position = position as usize;
        block == order.block
            && self.uses[value.index()] == 1
            && !self.folded[inst.index()]
            && order.may_sink(prim.effects(), position, root)
    }
}

/// An index as an operand.
pub(crate) fn index_bind(index: u32) -> Bind {
    Bind::Const { bits: index as u64, narrow: false }
}

/// The type of a constant, for the register that may hold it.
pub(crate) fn constant_type(narrow: bool) -> Type {
    if narrow { Type::I32 } else { Type::I64 }
}
