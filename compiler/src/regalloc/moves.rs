//! Parallel moves, made sequential.

use crate::mach::{Bank, Move, MoveSource, Slot};

/// Moves that happen at once: all sources are read before anything is written.
#[derive(Debug)]
pub(super) struct ParallelMove {
    bank: Bank,
    /// Copies between different slots.
    copies: Vec<(Slot, Slot)>,
    /// Constants.
    constants: Vec<(Slot, MoveSource)>,
}

impl ParallelMove {
    /// No move.
    pub(super) fn new(bank: Bank) -> ParallelMove {
        ParallelMove { bank, copies: Vec::new(), constants: Vec::new() }
    }

    /// Adds a move. No slot may be written twice, except that the same move may be added again.
    pub(super) fn add(&mut self, to: Slot, from: MoveSource) {
        match from {
            MoveSource::Slot(from) if from == to => {}
            MoveSource::Slot(from) => self.copies.push((to, from)),
            MoveSource::Const(_) | MoveSource::Null => self.constants.push((to, from)),
        }
    }

    /// Appends moves to execute one after the other that have the same effect: one for each move, and one more for
    /// each cycle that has no way out. `scratch` is asked for a slot to break cycles with: one that may be overwritten and
    /// isn't among the slots given to it. Constants come last, since nothing depends on them.
    pub(super) fn sequentialize(mut self, moves: &mut Vec<Move>, mut scratch: impl FnMut(&[Slot]) -> Slot) {
        self.copies.sort_unstable();
        self.copies.dedup();
        debug_assert!(self.copies.windows(2).all(|pair| pair[0].0 != pair[1].0));
        let mut slots: Vec<Slot> = Vec::with_capacity(2 * self.copies.len());
        slots.extend(self.copies.iter().flat_map(|(to, from)| [*to, *from]));
        slots.sort_unstable();
        slots.dedup();
        let index = |slot: Slot| slots.partition_point(|other| *other < slot);

        // For each slot: the one its new value comes from; where its old value is by now; whether a move that
        // reads the old value is left to be made.
        let mut source: Vec<Option<usize>> = vec![None; slots.len()];
        let mut location: Vec<Slot> = slots.clone();
        let mut readers = vec![0usize; slots.len()];
        for (to, from) in &self.copies {
            source[index(*to)] = Some(index(*from));
            readers[index(*from)] += 1;
        }
        let mut pending: Vec<usize> = (0..slots.len()).rev().filter(|i| source[*i].is_some()).collect();
        let mut ready: Vec<usize> = Vec::new();
        ready.extend(pending.iter().copied().filter(|i| readers[*i] == 0));

        let mut emit = |to: Slot, from: MoveSource| moves.push(Move { bank: self.bank, to, from });
        loop {
            while let Some(to) = ready.pop() {
                let Some(from) = source[to].take() else { continue };
                emit(slots[to], MoveSource::Slot(location[from]));
                // From now on the value can be read here, so its old place may be overwritten.
                let was_in_place = location[from] == slots[from];
                location[from] = slots[to];
                if was_in_place && source[from].is_some() {
                    ready.push(from);
                }
            }
            // What is left are cycles.
            let Some(next) = pending.pop() else { break };
            if source[next].is_some() {
                let free = self.constants.iter().map(|(to, _)| *to);
                let mut free = free.filter(|to| slots.binary_search(to).is_err());
                let aside = free.next().unwrap_or_else(|| {
                    let mut taken = slots.clone();
                    taken.extend(self.constants.iter().map(|(to, _)| *to));
                    scratch(&taken)
                });
                emit(aside, MoveSource::Slot(slots[next]));
                location[next] = aside;
                ready.push(next);
            }
        }
        self.constants.sort_unstable_by_key(|(to, _)| *to);
        self.constants.dedup();
        for (to, from) in self.constants {
            emit(to, from);
        }
    }
}
