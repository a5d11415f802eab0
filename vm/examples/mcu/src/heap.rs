//! A heap of fixed size that knows how much of it is in use.

use core::alloc::{GlobalAlloc, Layout};
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use embedded_alloc::LlffHeap;

/// A page of guest memory, a guest stack, and room to load.
const SIZE: usize = 112 * 1024;

struct Counted(LlffHeap);

#[global_allocator]
static HEAP: Counted = Counted(LlffHeap::empty());
static USED: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: all calls go to an allocator; counting changes nothing about what it returns.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        USED.store(USED.load(Relaxed) + layout.size(), Relaxed);
        MOST.store(MOST.load(Relaxed).max(USED.load(Relaxed)), Relaxed);
        // SAFETY: the caller's promise.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        USED.store(USED.load(Relaxed) - layout.size(), Relaxed);
        // SAFETY: the caller's promise.
        unsafe { self.0.dealloc(at, layout) }
    }
}

/// Gives the heap its memory. To be called once, first.
pub fn init() {
    static mut MEMORY: [u64; SIZE / 8] = [0; SIZE / 8];
    // SAFETY: called once, before anything is allocated, and nothing else names the memory.
    unsafe { HEAP.0.init(ptr::addr_of_mut!(MEMORY) as usize, SIZE) }
}

/// Bytes in use.
pub fn used() -> usize {
    USED.load(Relaxed)
}

/// Begins to look for the most bytes in use at a time.
pub fn begin() {
    MOST.store(used(), Relaxed);
}

/// The most bytes in use at a time since [`begin`].
pub fn most() -> usize {
    MOST.load(Relaxed)
}
