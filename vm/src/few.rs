//! Short lists that need no allocator.

use alloc::vec::Vec;

/// How many values are kept in place.
pub(crate) const FEW: usize = 16;

/// A few values in place, or more on the heap.
pub(crate) struct Buffer<V> {
    few: [V; FEW],
    many: Vec<V>,
    len: usize,
}

impl<V: Copy> Buffer<V> {
    /// A list of equal values.
    #[inline]
    pub fn new(len: usize, value: V) -> Buffer<V> {
        let many = if len > FEW { alloc::vec![value; len] } else { Vec::new() };
        Buffer { few: [value; FEW], many, len }
    }

    /// The values.
    #[inline]
    pub fn slice(&mut self) -> &mut [V] {
        if self.len > FEW { &mut self.many } else { &mut self.few[..self.len] }
    }
}
