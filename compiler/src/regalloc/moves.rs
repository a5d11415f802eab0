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
    /// each cycle that has no way out. `scratch` is asked for a slot to break cycles with: one that may be overwritten
    /// and isn't among the slots given to it. Constants come last, since nothing depends on them.
    pub(super) fn sequentialize(mut self, moves: &mut Vec<Move>, mut scratch: impl FnMut(&[Slot]) -> Slot) {
        if self.copies.is_empty() && self.constants.is_empty() {
            return;
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    const SLOTS: u16 = 5;
    const SCRATCH: Slot = Slot(SLOTS);

    /// Makes every slot a copy of another, a constant, or nothing: all parallel moves there are on a few slots.
    fn every_move(mut visit: impl FnMut(&[Option<MoveSource>])) {
        let choices = u32::from(SLOTS) + 2;
        for number in 0..choices.pow(u32::from(SLOTS)) {
            let choice = |slot: u32| number / choices.pow(slot) % choices;
            let source = |slot: u32| match choice(slot) {
                from if from < u32::from(SLOTS) => Some(MoveSource::Slot(Slot(from as u16))),
                from if from == u32::from(SLOTS) => Some(MoveSource::Const(100 + u64::from(slot))),
                _ => None,
            };
            visit(&(0..u32::from(SLOTS)).map(source).collect::<Vec<_>>());
        }
    }

    /// Cycles from which nothing else reads.
    fn closed_cycles(sources: &[Option<MoveSource>]) -> usize {
        let from = |slot: usize| match sources[slot] {
            Some(MoveSource::Slot(from)) => Some(usize::from(from.0)),
            _ => None,
        };
        let readers = |slot: usize| (0..sources.len()).filter(|to| from(*to) == Some(slot)).count();
        let is_lowest_of_cycle = |first: usize| {
            let (mut at, mut length) = (first, 0);
            loop {
                match from(at) {
                    Some(next) if next >= first && readers(next) == 1 && length < sources.len() => {
                        (at, length) = (next, length + 1);
                    }
                    _ => return false,
                }
                if at == first {
                    return length > 1;
                }
            }
        };
        (0..sources.len()).filter(|slot| is_lowest_of_cycle(*slot)).count()
    }

    #[test]
    fn all_parallel_moves_on_few_slots() {
        every_move(|sources| {
            let mut parallel = ParallelMove::new(Bank::Number);
            for (to, from) in sources.iter().enumerate() {
                if let Some(from) = from {
                    parallel.add(Slot(to as u16), *from);
                }
            }
            let mut moves = Vec::new();
            let mut asked = false;
            parallel.sequentialize(&mut moves, |taken| {
                assert!(!taken.contains(&SCRATCH));
                asked = true;
                SCRATCH
            });

            let mut frame: Vec<u64> = (0..=u64::from(SLOTS)).collect();
            for m in &moves {
                frame[usize::from(m.to.0)] = match m.from {
                    MoveSource::Slot(from) => frame[usize::from(from.0)],
                    MoveSource::Const(bits) => bits,
                    MoveSource::Null => unreachable!(),
                };
            }
            let mut needed = 0;
            for (to, from) in sources.iter().enumerate() {
                let (expected, counts) = match *from {
                    None => (to as u64, false),
                    Some(MoveSource::Slot(from)) => (u64::from(from.0), usize::from(from.0) != to),
                    Some(MoveSource::Const(bits)) => (bits, true),
                    Some(MoveSource::Null) => unreachable!(),
                };
                assert_eq!(frame[to], expected, "slot {to} of {sources:?} by {moves:?}");
                needed += usize::from(counts);
            }
            let cycles = closed_cycles(sources);
            assert_eq!(moves.len(), needed + cycles, "{sources:?} by {moves:?}");
            assert!(!asked || cycles > 0);
        });
    }
}
