//! Slots that operands can't name: most operands have one byte for their slot.
//!
//! A frame of more than 256 slots is rare, so nothing is set aside for it at first. If a class with such operands
//! does end up too high, the slots are assigned once more: some low slots are now closed to classes and serve as
//! scratch slots, through which the operands reach high slots with a move each, and the classes that cost least by
//! this make room for the others.

use super::assign::Assignment;
use super::coalesce::{Class, Classes, narrow_register};
use super::live::Program;
use super::occupancy::SlotTable;
use super::{BANKS, Bank, NARROW_SLOTS, PerBank};
use std::ops::Range;

/// Low slots left to be used as windows and in gaps, when it is decided which classes are cold.
const SLACK: u32 = 32;

/// Whether an operand would have to name a slot that it can't.
pub(super) fn needed(program: &Program<'_>, classes: &Classes, assignment: &Assignment) -> bool {
    program.insts().any(|(_, _, inst)| {
        let named = inst.operands.iter().filter_map(narrow_register);
        let mut slots = named.filter_map(|reg| classes.of(reg)).map(|c| assignment.slot(c));
        slots.any(|slot| slot >= NARROW_SLOTS)
    })
}

/// What is set aside for operands that can't name the slot of their class.
pub(super) struct Reserve {
    /// Slots in which no class may be.
    scratch: PerBank<Range<u32>>,
    /// For each class whether it keeps out of the low slots; empty if none does.
    cold: Vec<bool>,
}

impl Reserve {
    /// Nothing.
    pub(super) fn none() -> Reserve {
        Reserve { scratch: PerBank::new(|_| NARROW_SLOTS..NARROW_SLOTS), cold: Vec::new() }
    }

    /// As many scratch slots as the operands of any instruction may need; classes are cold if there is no room left for
    /// them after all hotter ones.
    pub(super) fn plan(program: &Program<'_>, classes: &Classes) -> Reserve {
        let mut most = PerBank::new(|_| 0);
        for (_, _, inst) in program.insts() {
            for bank in BANKS {
                let named = inst.operands.iter().filter_map(narrow_register);
                let count = named.filter(|reg| program.f.vregs[reg.index()] == bank).count() as u32;
                most[bank] = count.max(most[bank]);
            }
        }
        let mut reserve = Reserve {
            scratch: PerBank::new(|bank| NARROW_SLOTS.saturating_sub(most[bank])..NARROW_SLOTS),
            cold: vec![false; classes.len()],
        };

        let mut order: Vec<Class> = classes.all().collect();
        let weight = |class: Class| classes.narrow_weight(class);
        order.sort_by(|a, b| weight(*b).total_cmp(&weight(*a)).then(a.cmp(b)));
        let mut tables = PerBank::new(|_| SlotTable::new(program.last(), 0..0));
        for class in order {
            let bank = classes.bank(class);
            let segments = classes.segments(class);
            let slot = tables[bank].first_fit(0, segments);
            if slot + SLACK < reserve.scratch[bank].start {
                tables[bank].occupy(slot, segments);
            } else {
                reserve.cold[class.index()] = true;
            }
        }
        reserve
    }

    /// The scratch slots of a bank.
    pub(super) fn scratch(&self, bank: Bank) -> Range<u32> {
        self.scratch[bank].clone()
    }

    /// Whether a class keeps out of the low slots.
    pub(super) fn is_cold(&self, class: Class) -> bool {
        self.cold.get(class.index()).is_some_and(|cold| *cold)
    }
}
