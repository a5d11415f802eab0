//! Blocks, edges and what ends a block.

use super::block::{Order, index_bind};
use super::{Bind, Pending, PendingBlock, Place, Selector};
use crate::ir::cfg::Cfg;
use crate::ir::{Block, Edge, Terminator, Value};
use crate::mach::MachInst;
use crate::mach::{MachBlock, MachEdge, MachEnd, Operand, Window};
use crate::select::rows::find_mode;
use hardtack_format::isa::Row;
use hardtack_format::operand::Kind;
use hardtack_format::trap::TrapCode;
use hashbrown::HashMap;
use smallvec::{SmallVec, smallvec};

impl Selector<'_> {
    /// Places the blocks: reverse postorder, and blocks for critical edges after the block they leave.
    pub(crate) fn lay_out(&mut self, cfg: &Cfg) {
        for &block in cfg.order() {
            self.placed[block.index()] = Some(self.push_block(block));
            // Room for the blocks that split its critical edges; those that aren't needed stay empty and unreachable,
            // so none is made here: `edges` asks for them when it meets the edge.
            let splits = self.critical_edges(cfg, block);
            for _ in 0..splits {
                self.push_block(block);
            }
        }
    }

    fn push_block(&mut self, of: Block) -> MachBlock {
        let weight = self.weight(of);
        self.blocks.push(PendingBlock {
            params: vec![],
            body: vec![],
            last: None,
            end: MachEnd::Trap(TrapCode::Unreachable),
            edges: vec![],
            weight,
        });
        MachBlock(self.blocks.len() as u32 - 1)
    }

    /// Number of different critical edges that leave a block.
    fn critical_edges(&mut self, cfg: &Cfg, block: Block) -> usize {
        if self.entries.is_empty() {
            self.entries = vec![0; self.f.blocks.len()];
            for &b in cfg.order() {
                self.f.for_each_edge(b, |e| self.entries[e.block.index()] += 1);
            }
        }
        self.distinct_edges(block).0.iter().filter(|e| self.is_critical(block, e)).count()
    }

    fn is_critical(&self, block: Block, edge: &Edge) -> bool {
        let mut leaving = 0;
        self.f.for_each_edge(block, |_| leaving += 1);
        leaving > 1 && self.entries[edge.block.index()] > 1
    }

    /// The edges of a block, equal ones of a branch table once, and for each edge in order which of them it is.
    fn distinct_edges(&self, block: Block) -> (SmallVec<[Edge; 2]>, SmallVec<[usize; 2]>) {
        let table = matches!(self.f[block].terminator, Terminator::BrTable { .. });
        let mut edges: SmallVec<[Edge; 2]> = smallvec![];
        let mut which = smallvec![];
        let mut seen: HashMap<(Block, &[Value]), usize> = HashMap::new();
        self.f.for_each_edge(block, |edge| {
            let mut add = || {
                edges.push(edge);
                edges.len() - 1
            };
            which.push(match table {
                true => *seen.entry((edge.block, self.f.values(edge.args))).or_insert_with(add),
                false => add(),
            });
        });
        (edges, which)
    }

    /// Makes the edges of a block, through split blocks where they are critical.
    fn edges(&mut self, block: Block, index: usize) -> SmallVec<[usize; 2]> {
        let (edges, which) = self.distinct_edges(block);
        let mut next_split = index + 1;
        for edge in edges {
            let target = self.placed[edge.block.index()].expect("successors of reachable blocks are reachable");
            let made =
                MachEdge { block: target, args: self.f.values(edge.args).iter().map(|v| self.source(*v)).collect() };
            if self.is_critical(block, &edge) {
                let split = MachBlock(next_split as u32);
                next_split += 1;
                let weight = self.weight(block).min(self.weight(edge.block));
                let s = &mut self.blocks[split.index()];
                s.end = MachEnd::Jump;
                s.edges = vec![made];
                s.weight = weight;
                self.blocks[index].edges.push(MachEdge { block: split, args: smallvec![] });
            } else {
                self.blocks[index].edges.push(made);
            }
        }
        which
    }

    /// Selects what ends a block.
    pub(crate) fn terminator(&mut self, block: Block, index: usize, order: &Order, list: &mut Vec<Pending>) {
        let offset = self.f[block].offset;
        let terminator = self.f[block].terminator.clone();
        match terminator {
            Terminator::Jump(_) => {
                self.edges(block, index);
                self.blocks[index].end = MachEnd::Jump;
            }
            // A table of the default alone decides nothing.
            Terminator::BrTable { targets, .. } if targets.is_empty() => {
                self.edges(block, index);
                self.blocks[index].end = MachEnd::Jump;
            }
            Terminator::Branch { cond, .. } => {
                self.edges(block, index);
                self.blocks[index].end = MachEnd::Branch;
                let pending = match self.branch_tile(cond, order, offset) {
                    Some(pending) => pending,
                    None => {
                        let cond = self.use_of(cond, offset, list);
                        Pending::new(Row::br_if, smallvec![Bind::Target(0), cond], offset)
                    }
                };
                self.blocks[index].last = Some(pending);
            }
            Terminator::BrTable { index: value, .. } => {
                let which = self.edges(block, index);
                self.tables.insert(MachBlock(index as u32), which.into_vec());
                self.blocks[index].end = MachEnd::Table;
                let pending = match self.table_tile(value, order, offset) {
                    Some(pending) => pending,
                    None => {
                        let value = self.use_of(value, offset, list);
                        Pending::new(Row::br_table, smallvec![Bind::Targets, value], offset)
                    }
                };
                self.blocks[index].last = Some(pending);
            }
            Terminator::Return(values) => {
                self.blocks[index].end = MachEnd::Return;
                let values = self.f.values(values).to_vec();
                let pending = match values[..] {
                    [] => Pending::new(Row::ret, smallvec![], offset),
                    [value] if !self.f.ty(value).is_ref() => {
                        let value = self.use_of(value, offset, list);
                        Pending::new(Row::ret_value, smallvec![value], offset)
                    }
                    _ => {
                        let window = self.window(&values, &[]);
                        let mut pending = Pending::new(Row::ret, smallvec![], offset);
                        pending.window = Some(Box::new(Window { fixed_at_zero: true, ..window }));
                        pending
                    }
                };
                self.blocks[index].last = Some(pending);
            }
            Terminator::Trap(code) => {
                self.blocks[index].end = MachEnd::Trap(code);
                self.blocks[index].last = Some(Pending::new(Row::trap, smallvec![index_bind(code as u32)], offset));
            }
        }
    }

    /// Gives a pending instruction its opcode.
    pub(crate) fn settle(&self, pending: Pending) -> MachInst {
        let isa = self.rows.isa;
        let (row, when) = (&isa.rows[pending.row], &self.rows.times[pending.row]);
        let opcode = find_mode(isa, pending.row, &self.needs(&pending))
            .unwrap_or_else(|| panic!("no mode of {} for {:?}", row.name, pending.binds));
        let kinds = isa.get(opcode).expect("find_mode returns an opcode of the set").operands();
        let operands = pending
            .binds
            .iter()
            .enumerate()
            .map(|(i, bind)| {
                let wide = !matches!(kinds[i], Kind::Slot | Kind::SlotAcc | Kind::SlotFAcc);
                match *bind {
                    Bind::Use(_, Place::Acc) | Bind::Def(_, Place::Acc) => Operand::Implicit,
                    Bind::Use(reg, _) => Operand::Use { reg, wide, when: when[i] },
                    Bind::Def(reg, _) => Operand::Def { reg, wide, when: when[i] },
                    Bind::UseDef(from, to) => Operand::UseDef { from, to, wide },
                    Bind::Const { bits, .. } => Operand::Imm(bits),
                    Bind::Target(edge) => Operand::Target(edge),
                    Bind::Targets => Operand::Targets(0),
                    Bind::Window => Operand::Window,
                    Bind::RefWindow => Operand::RefWindow,
                }
            })
            .collect();
        MachInst { opcode, operands, window: pending.window, offset: pending.offset }
    }
}
