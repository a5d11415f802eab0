//! Which slots of a bank are occupied when.

use super::live::{Point, Segment};
use std::collections::BTreeMap;
use std::ops::Range;

/// Points of a chunk.
const CHUNK: u32 = 64;

/// Words of chunks' bitmaps that are read before the slots themselves are looked at.
const WORDS_FILTERED: usize = 4096;

/// The slots of one bank.
pub(super) struct SlotTable {
    /// For each slot the segments that occupy it, from start to end.
    occupied: Vec<BTreeMap<Point, Point>>,
    /// Slots that may not be used at all.
    closed: Range<u32>,
    /// For each chunk of the program a bitmap of the slots that a single segment occupies throughout: a filter, which
    /// spares the search most of the slots that can't be free.
    full: Vec<Vec<u64>>,
}

impl SlotTable {
    /// A table for a program that ends at a point, in which all slots are free but the `closed` ones.
    pub(super) fn new(end: Point, closed: Range<u32>) -> SlotTable {
        SlotTable { occupied: Vec::new(), closed, full: vec![Vec::new(); end.0.div_ceil(CHUNK) as usize] }
    }

    /// Whether a slot is free in all of these segments.
    pub(super) fn fits(&self, slot: u32, segments: &[Segment]) -> bool {
        if self.closed.contains(&slot) {
            return false;
        }
        let Some(occupied) = self.occupied.get(slot as usize) else {
            return true;
        };
        segments.iter().all(|segment| {
            let before = occupied.range(..segment.end).next_back();
            before.is_none_or(|(_, end)| *end <= segment.start)
        })
    }

    /// The lowest slot from `lowest` on that is free in all of these segments.
    pub(super) fn first_fit(&self, lowest: u32, segments: &[Segment]) -> u32 {
        let mut full: Vec<u64> = Vec::new();
        let mut budget = WORDS_FILTERED;
        let touched = segments.iter().flat_map(|segment| {
            let last = segment.end.0.div_ceil(CHUNK);
            segment.start.0 / CHUNK..last
        });
        for chunk in touched {
            let words = &self.full[chunk as usize];
            if full.len() < words.len() {
                full.resize(words.len(), 0);
            }
            for (word, more) in full.iter_mut().zip(words) {
                *word |= more;
            }
            match budget.checked_sub(words.len() + 1) {
                Some(rest) => budget = rest,
                None => break,
            }
        }
        let mut slot = lowest;
        loop {
            // The bits of this word from the slot on, skipped while they are ones.
            let word = full.get(slot as usize / 64).map_or(0, |word| word >> (slot % 64));
            let skipped = word.trailing_ones();
            if skipped == 0 && self.fits(slot, segments) {
                return slot;
            }
            slot += skipped.max(1);
        }
    }

    /// Occupies a slot that is free in these segments.
    pub(super) fn occupy(&mut self, slot: u32, segments: &[Segment]) {
        debug_assert!(self.fits(slot, segments));
        let index = slot as usize;
        if self.occupied.len() <= index {
            self.occupied.resize_with(index + 1, BTreeMap::new);
        }
        for segment in segments {
            self.occupied[index].insert(segment.start, segment.end);
        }
        self.flip(slot, segments);
    }

    /// Undoes `occupy` with the same slot and segments.
    pub(super) fn vacate(&mut self, slot: u32, segments: &[Segment]) {
        for segment in segments {
            let end = self.occupied[slot as usize].remove(&segment.start);
            debug_assert_eq!(end, Some(segment.end));
        }
        self.flip(slot, segments);
    }

    /// Notes that a slot is now occupied, or isn't any more, in the chunks that a segment covers.
    fn flip(&mut self, slot: u32, segments: &[Segment]) {
        let (word, bit) = (slot as usize / 64, 1 << (slot % 64));
        for segment in segments {
            for chunk in segment.start.0.div_ceil(CHUNK)..segment.end.0 / CHUNK {
                let words = &mut self.full[chunk as usize];
                if words.len() <= word {
                    words.resize(word + 1, 0);
                }
                words[word] ^= bit;
            }
        }
    }

    /// The number of slots up to the last one that is used.
    pub(super) fn used(&self) -> u32 {
        let last = self.occupied.iter().rposition(|segments| !segments.is_empty());
        last.map_or(0, |last| last as u32 + 1)
    }
}
