//! Memory at stable addresses, for what handlers reach by pointer: linear memories, tables, globals and stacks.
//!
//! Everything here begins as zeros taken from the allocator as such, so that a large reservation costs nothing until it is used.

use alloc::alloc::{Layout, alloc_zeroed, dealloc};
use alloc::boxed::Box;
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;

/// The host has no memory left, or less than was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OutOfMemory;

/// Types that are plain bits.
///
/// # Safety
/// Every bit pattern is a value, all zeros among them; dropping does nothing; the size is not zero.
pub(crate) unsafe trait Plain: Copy {
    /// All bits zero.
    const ZERO: Self;
}
// SAFETY: unsigned integers are plain bits.
unsafe impl Plain for u8 {
    const ZERO: u8 = 0;
}
// SAFETY: unsigned integers are plain bits.
unsafe impl Plain for u64 {
    const ZERO: u64 = 0;
}

/// Bytes of address space that something takes at least if it may grow so far: growing then moves nothing for long, and each page is
/// touched once. Only where address space is plentiful and pages are committed on use.
const ROOM: usize = if cfg!(all(
    feature = "std",
    target_pointer_width = "64",
    any(target_os = "linux", target_os = "macos", target_os = "android", target_os = "freebsd")
)) {
    64 << 20
} else {
    0
};

/// A row of values that begin as zeros. It has the same address until it grows.
#[derive(Debug)]
pub(crate) struct Zeroed<T: Plain> {
    /// Allocated by the global allocator with `Layout::array::<T>(capacity)`; dangling if that is empty.
    values: NonNull<T>,
    /// Values in use, at most `capacity`; those beyond are zero.
    len: usize,
    capacity: usize,
}

// SAFETY: it owns its values, which are plain bits, and lends them only as it is borrowed itself.
unsafe impl<T: Plain + Send> Send for Zeroed<T> {}
// SAFETY: as for `Send`.
unsafe impl<T: Plain + Sync> Sync for Zeroed<T> {}

fn allocate<T: Plain>(capacity: usize) -> Result<NonNull<T>, OutOfMemory> {
    if capacity == 0 {
        return Ok(NonNull::dangling());
    }
    let layout = Layout::array::<T>(capacity).map_err(|_| OutOfMemory)?;
    // SAFETY: neither capacity nor the size of a plain type is zero.
    NonNull::new(unsafe { alloc_zeroed(layout) }.cast()).ok_or(OutOfMemory)
}

impl<T: Plain> Zeroed<T> {
    /// A row without values.
    pub fn empty() -> Zeroed<T> {
        Zeroed { values: NonNull::dangling(), len: 0, capacity: 0 }
    }

    /// A row of `len` zeros.
    pub fn new(len: usize) -> Result<Zeroed<T>, OutOfMemory> {
        Ok(Zeroed { values: allocate(len)?, len, capacity: len })
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.len
    }

    /// The first value. It stays there until the next growth.
    pub fn as_ptr(&self) -> *mut T {
        self.values.as_ptr()
    }

    /// Grows to `len` values, the new ones zero, keeping room for up to `most` so that growth by small steps stays cheap.
    pub fn grow(&mut self, len: usize, most: usize) -> Result<(), OutOfMemory> {
        if len <= self.len {
            return Ok(());
        }
        if len > self.capacity {
            // Room ahead is address space where the host commits pages on use; where it doesn't, only the exact size is taken.
            let ahead = if cfg!(feature = "std") {
                self.capacity.saturating_mul(2).max(ROOM / size_of::<T>()).min(most).max(len)
            } else {
                len
            };
            let (values, capacity) = match allocate(ahead) {
                Ok(values) => (values, ahead),
                Err(OutOfMemory) if ahead > len => (allocate(len)?, len),
                Err(OutOfMemory) => return Err(OutOfMemory),
            };
            // SAFETY: both hold at least `self.len` values, and the new ones are another allocation.
            unsafe { values.copy_from_nonoverlapping(self.values, self.len) };
            *self = Zeroed { values, len: self.len, capacity };
        }
        self.len = len;
        Ok(())
    }

    /// Takes all values out of use; the room stays.
    pub fn clear(&mut self) {
        self.as_mut_slice().fill(T::ZERO);
        self.len = 0;
    }

    /// The values.
    pub fn as_slice(&self) -> &[T] {
        // SAFETY: `len` values lie there (see the fields), lent as `self` is.
        unsafe { core::slice::from_raw_parts(self.values.as_ptr(), self.len) }
    }

    /// The values, to be written.
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        // SAFETY: `len` values lie there (see the fields), lent as `self` is.
        unsafe { core::slice::from_raw_parts_mut(self.values.as_ptr(), self.len) }
    }
}

impl<T: Plain> Drop for Zeroed<T> {
    fn drop(&mut self) {
        if self.capacity != 0
            && let Ok(layout) = Layout::array::<T>(self.capacity)
        {
            // SAFETY: it was allocated with this layout (see the fields).
            unsafe { dealloc(self.values.as_ptr().cast(), layout) }
        }
    }
}

/// A value in a place of its own that it keeps, to be reached by pointer while nobody borrows it.
#[derive(Debug)]
pub(crate) struct Stable<T>(NonNull<T>);

// SAFETY: it owns its value and lends it only as it is borrowed itself, as a box does.
unsafe impl<T: Send> Send for Stable<T> {}
// SAFETY: as for `Send`.
unsafe impl<T: Sync> Sync for Stable<T> {}

impl<T> Stable<T> {
    /// Gives a value its place.
    pub fn new(value: T) -> Stable<T> {
        Stable(NonNull::from(Box::leak(Box::new(value))))
    }

    /// The place.
    pub fn as_ptr(&self) -> *mut T {
        self.0.as_ptr()
    }
}

impl<T> Deref for Stable<T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: `new` put a value there, and only `drop` takes it away.
        unsafe { self.0.as_ref() }
    }
}

impl<T> DerefMut for Stable<T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as for `deref`.
        unsafe { self.0.as_mut() }
    }
}

impl<T> Drop for Stable<T> {
    fn drop(&mut self) {
        // SAFETY: `new` took it out of a box.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) })
    }
}

/// Addresses of things that the same store owns.
#[derive(Debug)]
pub(crate) struct Addresses<P>(pub alloc::vec::Vec<P>);

// SAFETY: they are only followed while the store that owns both ends is borrowed for running guest code.
unsafe impl<P> Send for Addresses<P> {}
// SAFETY: as for `Send`.
unsafe impl<P> Sync for Addresses<P> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_with_zeros() {
        let mut row = Zeroed::<u64>::new(0).unwrap();
        assert_eq!(row.as_slice(), &[]);
        row.grow(3, 100).unwrap();
        row.as_mut_slice().fill(7);
        for len in 4..60 {
            row.grow(len, 100).unwrap();
            assert_eq!(row.as_slice()[..3], [7; 3]);
            assert!(row.as_slice()[3..].iter().all(|v| *v == 0));
        }
        assert_eq!(row.grow(usize::MAX, usize::MAX), Err(OutOfMemory));
        assert_eq!(row.len(), 59);
        row.clear();
        assert_eq!(row.len(), 0);
        row.grow(10, 100).unwrap();
        assert_eq!(row.as_slice(), &[0; 10]);
    }

    #[test]
    fn stable_values_keep_their_place() {
        let mut all = alloc::vec::Vec::new();
        for i in 0..100 {
            all.push(Stable::new(i));
        }
        let first = all[0].as_ptr();
        *all[0] += 5;
        // SAFETY: nobody borrows it.
        assert_eq!(unsafe { *first }, 5);
    }
}
