//! The two stacks of an instance.
//!
//! They begin small and grow by moving, which they can do since nothing in them is a pointer: frames are found by distances. Whoever runs
//! code keeps pointers to its frames in a [`Context`] only while nothing else can make the stacks grow.
//!
//! Between two calls from outside they are empty: [`Stack::end`] zeroes what was in use, so that no call finds in a slot it never
//! wrote what an earlier one left. How much that is shows in how far the stacks grew, so calls within the instance needn't note it.

use super::context::{Context, last_starts};
use super::predict::Targets;
use super::storage::Zeroed;
use crate::engine::Config;
use crate::trap::TrapCode;
use core::ptr;

/// Slots that a stack begins with whenever it is used.
const FIRST: usize = 1 << 8;
const FIRST_REFS: usize = 1 << 6;

/// Slots that a stack may have without a charge.
const FREE: usize = 1 << 10;

#[derive(Debug)]
pub(crate) struct Stack {
    numbers: Zeroed<u64>,
    refs: Zeroed<u64>,
    /// First number slot and first reference slot that no call under way uses.
    pub top: Place,
    /// Slots that were made and not yet charged.
    unpaid: u64,
}

/// A number slot and a reference slot of an instance's stacks: where a frame or a window begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub number: usize,
    pub reference: usize,
}

impl Place {
    /// Where the stacks begin.
    const BOTTOM: Place = Place { number: 0, reference: 0 };

    /// So many number slots and reference slots further up.
    pub fn above(self, numbers: usize, refs: usize) -> Place {
        Place { number: self.number + numbers, reference: self.reference + refs }
    }
}

impl Stack {
    /// Stacks without slots.
    pub fn new() -> Stack {
        Stack { numbers: Zeroed::empty(), refs: Zeroed::empty(), top: Place::BOTTOM, unpaid: 0 }
    }

    /// Makes room below `end`, if the limits of both stacks allow: a call that is refused leaves nothing that the next one would pay for.
    pub fn reserve(&mut self, end: Place, config: &Config) -> Result<(), TrapCode> {
        if end.number > config.stack_slots || end.reference > config.reference_slots {
            return Err(TrapCode::StackOverflow);
        }
        self.unpaid += reserve(&mut self.numbers, end.number, FIRST, config.stack_slots)?;
        self.unpaid += reserve(&mut self.refs, end.reference, FIRST_REFS, config.reference_slots)?;
        Ok(())
    }

    /// The charge for what the stacks have grown since the last time: they have to be zeroed in the end.
    pub fn bill(&mut self) -> u64 {
        core::mem::take(&mut self.unpaid) / 8
    }

    /// Gives the slots from `top` on back. When that is all of them, nothing of what they held remains.
    pub fn end(&mut self, top: Place) {
        self.top = top;
        if top == Place::BOTTOM {
            self.numbers.clear();
            self.refs.clear();
            self.unpaid = 0;
        }
    }

    /// Points a context at a frame.
    pub fn show(&self, cx: &mut Context, frame: Place) {
        cx.frame = self.numbers.as_ptr().wrapping_add(frame.number);
        cx.stack_end = self.numbers.as_ptr().wrapping_add(self.numbers.len());
        cx.refs = self.refs.as_ptr().wrapping_add(frame.reference);
        cx.refs_end = self.refs.as_ptr().wrapping_add(self.refs.len());
    }

    /// Where the frame is that a context points at.
    pub fn find(&self, cx: &Context) -> Place {
        let slot = |at: *const u64, base: *const u64| (at.addr() - base.addr()) / size_of::<u64>();
        Place { number: slot(cx.frame, self.numbers.as_ptr()), reference: slot(cx.refs, self.refs.as_ptr()) }
    }

    /// Lays out a bottom frame: a header that returns to the `leave` at offset 0, and no references.
    ///
    /// # Panics
    /// If there isn't room for it.
    pub fn begin(&mut self, frame: Place, ref_slots: usize) {
        self.numbers.as_mut_slice()[frame.number - 1] = 0;
        self.refs.as_mut_slice()[frame.reference..frame.reference + ref_slots].fill(super::reference::NULL);
    }

    /// The header of the frame that begins at a number slot.
    pub fn header(&self, frame: usize) -> u64 {
        self.numbers.as_slice()[frame - 1]
    }

    /// The number cells and reference cells from a place on.
    ///
    /// # Panics
    /// If there aren't so many.
    pub fn cells(&self, at: Place, len: usize, ref_len: usize) -> (&[u64], &[u64]) {
        (&self.numbers.as_slice()[at.number..][..len], &self.refs.as_slice()[at.reference..][..ref_len])
    }

    /// Writes number cells and reference cells from a place on.
    ///
    /// # Panics
    /// If there aren't so many.
    pub fn put(&mut self, at: Place, numbers: &[u64], refs: &[u64]) {
        self.numbers.as_mut_slice()[at.number..][..numbers.len()].copy_from_slice(numbers);
        self.refs.as_mut_slice()[at.reference..][..refs.len()].copy_from_slice(refs);
    }
}

/// Grows a stack to at least `len` slots, which are no more than `most`: to twice its size if it may have as many. Returns how many of
/// the new ones are charged.
fn reserve(stack: &mut Zeroed<u64>, len: usize, first: usize, most: usize) -> Result<u64, TrapCode> {
    let old = stack.len();
    if len <= old {
        return Ok(0);
    }
    let len = len.max(2 * old).max(first).min(most);
    stack.grow(len, len).map_err(|_| TrapCode::StackOverflow)?;
    Ok(len.saturating_sub(old.max(FREE)) as u64)
}

impl Context {
    /// A context of no instance.
    pub fn idle() -> Context {
        Context {
            last_starts: last_starts(0),
            handlers: ptr::null(),
            fuel: 0,
            stack_end: ptr::null_mut(),
            code: ptr::null(),
            funcs: ptr::null(),
            globals: ptr::null_mut(),
            imported_globals: ptr::null(),
            refs: ptr::null_mut(),
            refs_end: ptr::null_mut(),
            tables: ptr::null(),
            types: ptr::null(),
            func_entries: ptr::null(),
            func_count: 0,
            instance: 0,
            memory: ptr::null_mut(),
            pc: ptr::null(),
            frame: ptr::null_mut(),
            acc: 0,
            facc: 0.0,
            targets: Targets::NONE,
            #[cfg(feature = "compact")]
            form: crate::forms::Form::of(0),
            #[cfg(feature = "compact")]
            primitive: super::compact::nothing,
            #[cfg(feature = "compact")]
            trapped: super::context::Exit::CONTINUE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_up_to_its_limits_and_keeps_its_cells() {
        let mut config = Config::new();
        config.max_stack_slots(3000).max_reference_slots(100);
        let mut stack = Stack::new();
        let place = |number, reference| Place { number, reference };
        stack.reserve(place(3, 0), &config).unwrap();
        stack.begin(place(1, 0), 0);
        stack.put(place(1, 0), &[5, 6], &[]);
        let mut cx = Context::idle();
        stack.show(&mut cx, place(1, 0));
        assert_eq!(stack.find(&cx), place(1, 0));
        assert_eq!(stack.bill(), 0);
        assert_eq!((stack.numbers.len(), stack.refs.len()), (FIRST, 0));
        // Twice as much, or what is needed, or what there may be; and only what lacks room grows.
        for (end, refs, len, ref_len) in
            [(257, 3, 512, 64), (1200, 3, 1200, 64), (1201, 65, 2400, 100), (2401, 3, 3000, 100)]
        {
            stack.reserve(place(end, refs), &config).unwrap();
            assert_eq!((stack.numbers.len(), stack.refs.len()), (len, ref_len));
        }
        assert_eq!(stack.bill(), (3000 - FREE as u64) / 8);
        assert_eq!(stack.cells(place(1, 0), 2, 0).0, [5, 6]);
        assert_eq!(stack.reserve(place(3001, 0), &config), Err(TrapCode::StackOverflow));
        assert_eq!(stack.reserve(place(3000, 101), &config), Err(TrapCode::StackOverflow));

        stack.end(place(2, 0));
        assert_eq!(stack.cells(place(1, 0), 2, 0).0, [5, 6]);
        stack.end(Place::BOTTOM);
        assert_eq!((stack.numbers.len(), stack.refs.len()), (0, 0));
        stack.reserve(place(3000, 0), &config).unwrap();
        assert!(stack.cells(place(0, 0), 3000, 0).0.iter().all(|cell| *cell == 0));
    }
}
