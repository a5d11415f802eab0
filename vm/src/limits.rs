//! Limits on what a store may hold.

use crate::error::Error;

/// Decides whether a store may grow. Installed with [`Store::limiter`](crate::Store::limiter).
///
/// It doesn't see everything that is allocated: each instance also has its stacks (see [`Config`](crate::Config)) and tables of
/// what its module declares, the latter at most a small multiple of the module's file.
///
/// ```
/// use hardtack_vm::{Engine, Error, Memory, MemoryType, ResourceLimiter, Store};
///
/// /// What is left for all plugins together would be shared; here it is one plugin's.
/// struct Budget(usize);
/// impl ResourceLimiter for Budget {
///     fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> Result<bool, Error> {
///         let more = desired - current;
///         let allowed = more <= self.0;
///         self.0 -= if allowed { more } else { 0 };
///         Ok(allowed)
///     }
///     fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> Result<bool, Error> {
///         Ok(desired <= 100)
///     }
/// }
/// let mut store = Store::new(&Engine::default(), Budget(3 << 16));
/// store.limiter(|budget| budget);
/// let memory = Memory::new(&mut store, MemoryType::new(2, None))?;
/// assert!(memory.grow(&mut store, 2).is_err());
/// assert!(memory.grow(&mut store, 1).is_ok());
/// # Ok::<(), Error>(())
/// ```
pub trait ResourceLimiter {
    /// A memory of `current` bytes wants to have `desired` bytes; `maximum` is the most that its type allows.
    ///
    /// `Ok(false)` makes `memory.grow` return −1, and creating a memory fail. An error stops the guest.
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool, Error>;

    /// A table of `current` elements wants to have `desired` elements; `maximum` is the most that its type allows.
    ///
    /// Results as for [`memory_growing`](Self::memory_growing).
    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool, Error>;

    /// Most instances in the store.
    fn instances(&self) -> usize {
        10_000
    }

    /// Most memories in the store.
    fn memories(&self) -> usize {
        10_000
    }

    /// Most tables in the store.
    fn tables(&self) -> usize {
        10_000
    }

    /// Most values of the host's in the store that guests can hold references to: see [`ExternRef`](crate::ExternRef).
    fn references(&self) -> usize {
        1_000_000
    }
}

/// Most bytes that all memories of a store together may have by default.
const MEMORY: usize = if cfg!(target_pointer_width = "64") { 1 << 30 } else { 1 << 28 };

/// Most elements that all tables of a store together may have by default.
const ELEMENTS: usize = if cfg!(target_pointer_width = "64") { 1_000_000 } else { 100_000 };

/// Fixed limits. Built with [`StoreLimitsBuilder`], which says what they are by default.
///
/// A store begins with the default limits. Others are set with [`Store::set_limits`](crate::Store::set_limits), or kept in the host's data
/// if it wants to change them later:
///
/// ```
/// # use hardtack_vm::{Engine, Store, StoreLimits, StoreLimitsBuilder};
/// let limits = StoreLimitsBuilder::new().total_memory_size(1 << 20).instances(2).build();
/// let mut store = Store::new(&Engine::default(), limits);
/// store.limiter(|limits| limits);
/// ```
#[derive(Clone, Debug)]
pub struct StoreLimits {
    memory_size: Option<usize>,
    table_elements: Option<usize>,
    total_memory_size: Budget,
    total_table_elements: Budget,
    instances: usize,
    tables: usize,
    memories: usize,
    references: usize,
    trap_on_grow_failure: bool,
}

impl Default for StoreLimits {
    fn default() -> StoreLimits {
        StoreLimits {
            memory_size: None,
            table_elements: None,
            total_memory_size: Budget { limit: MEMORY, granted: 0 },
            total_table_elements: Budget { limit: ELEMENTS, granted: 0 },
            instances: 10_000,
            tables: 10_000,
            memories: 10_000,
            references: 1_000_000,
            trap_on_grow_failure: false,
        }
    }
}

/// What all things of a kind together may have, and what was granted so far.
#[derive(Clone, Copy, Debug)]
struct Budget {
    limit: usize,
    granted: usize,
}

impl Budget {
    /// Grants growth if it fits.
    fn grant(&mut self, current: usize, desired: usize) -> bool {
        let granted = self.granted.saturating_add(desired.saturating_sub(current));
        let fits = granted <= self.limit;
        if fits {
            self.granted = granted;
        }
        fits
    }
}

/// Whether a size is within what it may be.
fn within(desired: usize, limit: Option<usize>, maximum: Option<usize>) -> bool {
    limit.is_none_or(|limit| desired <= limit) && maximum.is_none_or(|maximum| desired <= maximum)
}

impl StoreLimits {
    fn answer(&self, allowed: bool, what: &'static str) -> Result<bool, Error> {
        if !allowed && self.trap_on_grow_failure { Err(Error::Limit(what)) } else { Ok(allowed) }
    }
}

impl ResourceLimiter for StoreLimits {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool, Error> {
        let allowed = within(desired, self.memory_size, maximum) && self.total_memory_size.grant(current, desired);
        self.answer(allowed, "memory size")
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool, Error> {
        let allowed =
            within(desired, self.table_elements, maximum) && self.total_table_elements.grant(current, desired);
        self.answer(allowed, "table elements")
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn memories(&self) -> usize {
        self.memories
    }

    fn tables(&self) -> usize {
        self.tables
    }

    fn references(&self) -> usize {
        self.references
    }
}

/// Builds [`StoreLimits`].
///
/// ```
/// use hardtack_vm::StoreLimitsBuilder;
///
/// let limits = StoreLimitsBuilder::new()
///     .total_memory_size(16 << 20)
///     .table_elements(10_000)
///     .instances(4)
///     .trap_on_grow_failure(true)
///     .build();
/// ```
#[derive(Clone, Debug, Default)]
pub struct StoreLimitsBuilder(StoreLimits);

impl StoreLimitsBuilder {
    /// The default limits.
    pub fn new() -> StoreLimitsBuilder {
        StoreLimitsBuilder::default()
    }

    /// Most bytes that each memory may have: by default what its type allows. All together have a limit too.
    pub fn memory_size(mut self, bytes: usize) -> StoreLimitsBuilder {
        self.0.memory_size = Some(bytes);
        self
    }

    /// Most elements that each table may have: by default what its type allows. All together have a limit too.
    pub fn table_elements(mut self, elements: usize) -> StoreLimitsBuilder {
        self.0.table_elements = Some(elements);
        self
    }

    /// Most bytes that all memories together may have: by default 1 GiB, on hosts of less than 64 bits 256 MiB.
    ///
    /// What is granted stays granted, even if the host then has no memory left or an instantiation fails.
    pub fn total_memory_size(mut self, bytes: usize) -> StoreLimitsBuilder {
        self.0.total_memory_size.limit = bytes;
        self
    }

    /// Most elements that all tables together may have: by default 1,000,000, on hosts of less than 64 bits 100,000.
    ///
    /// As for [`total_memory_size`](Self::total_memory_size), what is granted stays granted.
    pub fn total_table_elements(mut self, elements: usize) -> StoreLimitsBuilder {
        self.0.total_table_elements.limit = elements;
        self
    }

    /// Most instances in the store: 10,000 by default.
    pub fn instances(mut self, count: usize) -> StoreLimitsBuilder {
        self.0.instances = count;
        self
    }

    /// Most tables in the store: 10,000 by default.
    pub fn tables(mut self, count: usize) -> StoreLimitsBuilder {
        self.0.tables = count;
        self
    }

    /// Most memories in the store: 10,000 by default.
    pub fn memories(mut self, count: usize) -> StoreLimitsBuilder {
        self.0.memories = count;
        self
    }

    /// Most values of the host's in the store that guests can hold references to, not counting those released: 1,000,000 by
    /// default.
    pub fn references(mut self, count: usize) -> StoreLimitsBuilder {
        self.0.references = count;
        self
    }

    /// Whether growth past a limit stops the guest instead of telling it −1: that finds out who asks for so much.
    pub fn trap_on_grow_failure(mut self, trap: bool) -> StoreLimitsBuilder {
        self.0.trap_on_grow_failure = trap;
        self
    }

    /// The limits.
    pub fn build(self) -> StoreLimits {
        self.0
    }
}
