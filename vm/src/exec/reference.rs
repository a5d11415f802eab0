//! References as they lie in slots, tables and globals.
//!
//! A cell is 0 for null, else `sort << 56 | generation << 32 | number`. The sort is never 0. Numbers are the store's own, so a cell
//! that guest code could compute would still only name things of the store; guest code can't compute one, since number
//! instructions don't reach reference slots.

/// What a reference refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum RefSort {
    /// A function of the store.
    Func = 1,
    /// A value of the host's.
    Extern = 2,
}

/// The null reference.
pub const NULL: u64 = 0;

/// Packs a reference. Generations are 24 bits.
pub const fn pack(sort: RefSort, generation: u32, number: u32) -> u64 {
    (sort as u64) << 56 | ((generation & 0xff_ffff) as u64) << 32 | number as u64
}

/// The sort of a reference that isn't null.
pub const fn sort(cell: u64) -> Option<RefSort> {
    match (cell >> 56) as u8 {
        1 => Some(RefSort::Func),
        2 => Some(RefSort::Extern),
        _ => None,
    }
}

/// The generation of a reference.
pub const fn generation(cell: u64) -> u32 {
    (cell >> 32) as u32 & 0xff_ffff
}

/// The number of a reference.
pub const fn number(cell: u64) -> u32 {
    cell as u32
}
