//! Constants that no instruction can carry: each gets a register, defined where that costs least.

use super::block::constant_type;
use super::rows::{Need, Needs, find_mode};
use super::{Bind, Pending, Place, Selector};
use crate::ir::{Block, Type};
use crate::mach::{MachBlock, Vreg};
use hardtack_format::isa::Row;
use hardtack_format::operand::Kind;
use hardtack_format::prim::Bits;
use smallvec::smallvec;

impl Selector<'_> {
    /// Gives every pending instruction of a block a mode with all its registers in slots.
    ///
    /// A constant in a loop is defined once, before the outermost loop around it; elsewhere once in its block.
    pub(crate) fn legalise(&mut self, index: usize, block: Block) {
        let home = self.constant_home(block).filter(|h| h.index() != index);
        let mut done = vec![];
        let body = std::mem::take(&mut self.blocks[index].body);
        let last = self.blocks[index].last.take();
        let has_last = last.is_some();
        let mut here: Vec<(Bits, bool, Vreg)> = vec![];
        for mut pending in body.into_iter().chain(last) {
            let isa = self.rows.isa;
            let constant = pending.binds.iter().any(|bind| matches!(bind, Bind::Const { .. }));
            if constant && find_mode(isa, pending.row, &self.needs(&pending)).is_none() {
                for i in 0..pending.binds.len() {
                    let Bind::Const { bits, narrow } = pending.binds[i] else { continue };
                    let row = &isa.rows[pending.row];
                    if !row.modes.iter().any(|kinds| kinds[i] == Kind::Slot) {
                        continue;
                    }
                    let vreg = match home {
                        Some(home) => self.hoist(home, bits, narrow, pending.offset),
                        None => match here.iter().find(|(b, n, _)| (*b, *n) == (bits, narrow)) {
                            Some((_, _, vreg)) => *vreg,
                            None => {
                                let vreg = self.new_vreg(constant_type(narrow));
                                done.push(definition(vreg, bits, narrow, pending.offset));
                                here.push((bits, narrow, vreg));
                                vreg
                            }
                        },
                    };
                    pending.binds[i] = Bind::Use(vreg, Place::Slot);
                    if find_mode(isa, pending.row, &self.needs(&pending)).is_some() {
                        break;
                    }
                }
            }
            debug_assert!(
                find_mode(isa, pending.row, &self.needs(&pending)).is_some(),
                "no mode of {} for {:?}",
                isa.rows[pending.row].name,
                pending.binds
            );
            done.push(pending);
        }
        if has_last {
            self.blocks[index].last = done.pop();
        }
        self.blocks[index].body = done;
    }

    /// The block before the outermost loop around a block.
    fn constant_home(&self, block: Block) -> Option<MachBlock> {
        let mut at = self.loops.innermost(block)?;
        while let Some(parent) = self.loops.all()[at].parent {
            at = parent;
        }
        let home = self.dominators.parent(self.loops.all()[at].header)?;
        self.placed[home.index()]
    }

    fn hoist(&mut self, home: MachBlock, bits: Bits, narrow: bool, offset: u32) -> Vreg {
        let ty = constant_type(narrow);
        if let Some(vreg) = self.hoisted.get(&(home, bits, ty)) {
            return *vreg;
        }
        let vreg = self.new_vreg(ty);
        self.hoisted.insert((home, bits, ty), vreg);
        self.blocks[home.index()].body.push(definition(vreg, bits, narrow, offset));
        vreg
    }

    /// What a mode must offer for the operands of a pending instruction.
    pub(crate) fn needs(&self, pending: &Pending) -> Needs {
        pending
            .binds
            .iter()
            .map(|bind| match *bind {
                Bind::Use(vreg, place) | Bind::Def(vreg, place) => {
                    let ty = self.types[vreg.index()];
                    match place {
                        _ if ty.is_ref() => Need::RefSlot,
                        Place::Slot => Need::Slot,
                        Place::Acc if ty.is_float() => Need::FAcc,
                        Place::Acc => Need::Acc,
                        Place::Both => Need::SlotAnd(matches!(ty, Type::F32 | Type::F64)),
                    }
                }
                Bind::UseDef(..) => Need::Slot,
                Bind::Const { bits, narrow } => Need::Const { bits, narrow },
                Bind::Target(_) | Bind::Targets => Need::Target,
                Bind::Window | Bind::RefWindow => Need::Window,
            })
            .collect()
    }
}

fn definition(vreg: Vreg, bits: Bits, narrow: bool, offset: u32) -> Pending {
    Pending::new(Row::constant, smallvec![Bind::Def(vreg, Place::Slot), Bind::Const { bits, narrow }], offset)
}
