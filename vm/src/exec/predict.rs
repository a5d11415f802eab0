//! Where branches are expected to go.
//!
//! A branch computes its target from the instruction, which the processor must load first: seven cycles in which nothing that follows can
//! begin, for all of it reads its operands relative to the program counter. Short loops take just as long as that, and after a branch that
//! the processor mispredicts everything waits for it. But a loop goes back to the same place each time, and the cases of a `switch` meet
//! at one. So a handler compares the target with the one of last time, and where they are equal goes on with the latter: the processor
//! predicts how a comparison comes out, and needn't wait for it.
//!
//! For conditional branches forwards this isn't worth it: which of them was taken last is too often anybody's guess.

/// Where the last branch backwards went, in a register. Of no size where handlers don't hand on to one another, for nothing is won there,
/// and where there is no register left for it.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Head {
    /// The address, as the bits of a float: handlers need the integer registers.
    #[cfg(all(hardtack_threaded, target_pointer_width = "64"))]
    at: f64,
}

impl Head {
    /// Nowhere yet.
    pub const NONE: Head = Head {
        #[cfg(all(hardtack_threaded, target_pointer_width = "64"))]
        at: 0.0,
    };

    /// At a place.
    #[inline(always)]
    #[cfg_attr(not(all(hardtack_threaded, target_pointer_width = "64")), allow(unused_variables))]
    pub fn new(to: *const u8) -> Head {
        Head {
            #[cfg(all(hardtack_threaded, target_pointer_width = "64"))]
            at: f64::from_bits(to.addr() as u64),
        }
    }

    /// The same place as `to`, if this is it.
    #[cfg(all(hardtack_threaded, target_pointer_width = "64", not(miri)))]
    #[inline(always)]
    pub fn same(self, to: *const u8) -> Option<*const u8> {
        let last = self.at.to_bits() as usize;
        if last == to.addr() { Some(apart(last, to)) } else { None }
    }

    /// `to` itself.
    #[cfg(not(all(hardtack_threaded, target_pointer_width = "64", not(miri))))]
    #[inline(always)]
    pub fn same(self, to: *const u8) -> Option<*const u8> {
        Some(to)
    }
}

/// Where the jumps forwards of each instruction went last; instructions may share a place.
#[derive(Debug)]
pub struct Targets {
    #[cfg(hardtack_threaded)]
    last: [usize; SITES],
}

#[cfg(hardtack_threaded)]
const SITES: usize = 64;

impl Targets {
    /// Nowhere yet.
    pub const NONE: Targets = Targets {
        #[cfg(hardtack_threaded)]
        last: [0; SITES],
    };

    /// The same place as `to`, which is the target of a jump forwards of the instruction that this is the [`site`] of.
    #[cfg(all(hardtack_threaded, not(miri)))]
    #[inline(always)]
    pub fn same(&mut self, site: usize, to: *const u8) -> *const u8 {
        let last = &mut self.last[site % SITES];
        if *last == to.addr() {
            return apart(*last, to);
        }
        *last = to.addr();
        to
    }

    /// `to` itself.
    #[cfg(not(all(hardtack_threaded, not(miri))))]
    #[inline(always)]
    pub fn same(&mut self, _site: usize, to: *const u8) -> *const u8 {
        to
    }
}

/// A number for an instruction, by its name and the kinds of its operands.
pub const fn site(name: &str, kinds: &[u8]) -> usize {
    const fn hash(mut hash: u32, bytes: &[u8]) -> u32 {
        // FNV-1a.
        let mut i = 0;
        while i < bytes.len() {
            hash = (hash ^ bytes[i] as u32).wrapping_mul(0x0100_0193);
            i += 1;
        }
        hash
    }
    (hash(hash(0x811c_9dc5, name.as_bytes()), kinds) >> 16) as usize
}

/// The address of `to` in another register: what is equal to another value the compiler takes for it, and would take the one that
/// has to be waited for.
#[cfg(all(hardtack_threaded, not(miri)))]
#[inline(always)]
#[allow(clippy::pointers_in_nomem_asm_block)]
fn apart(same: usize, to: *const u8) -> *const u8 {
    let at: *const u8;
    // SAFETY: it is no instruction, so it does nothing with what a pointer points to.
    unsafe {
        core::arch::asm!("/* {0} {1} */", inout(reg) same => at, in(reg) to, options(nomem, nostack, preserves_flags));
    }
    at
}
