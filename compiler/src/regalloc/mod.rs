//! The slot allocator: gives every virtual register a slot of its frame, every call a window, and inserts the
//! moves that remain.
//!
//! A move costs a whole dispatch and there are hundreds of cheap slots, so this allocator coalesces instead of
//! spilling. In order:
//!
//! 1. [`live`] numbers the points of the program and finds where each register is live.
//! 2. [`coalesce`] unites registers that moves would connect (edge arguments with block parameters, tied operands)
//!    into classes, the hottest moves first, as long as their live ranges stay disjoint.
//! 3. [`assign`] gives each class one slot, for its whole life, and each call its window: as low as what lives
//!    across the call allows ([`bounds`]), and where most arguments and results can simply stay. [`occupancy`] knows
//!    which slots are free when, [`cycles`] which slots would make exchanges out of copies.
//! 4. [`spill`] looks for operands that cannot name their slot; only then it sets aside low scratch slots and
//!    assigns once more, with the coldest classes beyond the nameable slots.
//! 5. [`insert`] writes the slots down and inserts the moves, each group sequentialised by [`moves`].
//!
//! Because windows float, no register ever has to move out of the way of a call, and a class never changes its
//! slot: live ranges aren't split.
//!
//! [`check`](fn@check) proves an allocation right without sharing any of this.

mod assign;
mod bounds;
mod check;
mod coalesce;
mod cycles;
mod insert;
mod live;
mod moves;
mod occupancy;
mod spill;
#[cfg(test)]
mod tests;

use crate::mach::{Allocation, Bank, MachFunction};
use std::fmt;

pub use check::check;

/// A frame holds at most this many slots of a bank.
const MAX_FRAME: u32 = 65_535;

/// Operands without a wide form can name the slots below this one.
const NARROW_SLOTS: u32 = 256;

/// A function whose frame would be too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge {
    /// Which of the frame's sizes.
    pub what: &'static str,
    /// The slots it would need.
    pub need: usize,
}

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the frame needs {} {}, more than {MAX_FRAME}", self.need, self.what)
    }
}

impl std::error::Error for TooLarge {}

/// Gives slots to the registers of `f`, and windows to its calls.
///
/// **Requires** strict SSA form (one definition, which dominates all uses); no critical edges, where a block that ends
/// in `Table` counts as having several successors even if it has one edge; windows at zero only in the last instruction
/// of a block that ends in `Return`, and then no narrow operands if the window has more than 128 slots.
///
/// **Ensures** an allocation that [`check`](fn@check) accepts, the same one every time.
///
/// **Preserves** the function itself: instructions are neither reordered nor changed.
///
/// # Errors
///
/// [`TooLarge`] if one of the stacks would need a frame of more than 65,535 slots.
pub fn allocate(f: &MachFunction) -> Result<Allocation, TooLarge> {
    let program = live::Program::number(f);
    let ranges = live::LiveRanges::compute(&program);
    let classes = coalesce::Classes::coalesce(&program, &ranges);
    let mut reserve = spill::Reserve::none();
    let mut assignment = assign::Assignment::compute(&program, &classes, &reserve)?;
    if spill::needed(&program, &classes, &assignment) {
        reserve = spill::Reserve::plan(&program, &classes);
        assignment = assign::Assignment::compute(&program, &classes, &reserve)?;
    }
    insert::insert(&program, &classes, &assignment, &reserve)
}

/// Refuses a frame that needs too many slots.
fn refuse(bank: Bank, need: u32) -> Result<(), TooLarge> {
    let what = match bank {
        Bank::Number => "number slots",
        Bank::Ref => "reference slots",
    };
    if need > MAX_FRAME { Err(TooLarge { what, need: need as usize }) } else { Ok(()) }
}

/// One of something for each bank.
#[derive(Clone, Copy, Debug, Default)]
struct PerBank<T> {
    number: T,
    reference: T,
}

impl<T> PerBank<T> {
    /// Makes both.
    fn new(mut make: impl FnMut(Bank) -> T) -> PerBank<T> {
        PerBank { number: make(Bank::Number), reference: make(Bank::Ref) }
    }
}

impl<T> std::ops::Index<Bank> for PerBank<T> {
    type Output = T;
    fn index(&self, bank: Bank) -> &T {
        match bank {
            Bank::Number => &self.number,
            Bank::Ref => &self.reference,
        }
    }
}

impl<T> std::ops::IndexMut<Bank> for PerBank<T> {
    fn index_mut(&mut self, bank: Bank) -> &mut T {
        match bank {
            Bank::Number => &mut self.number,
            Bank::Ref => &mut self.reference,
        }
    }
}

/// Both banks.
const BANKS: [Bank; 2] = [Bank::Number, Bank::Ref];
