//! Limits on what a store may hold.

use crate::error::Error;

/// Decides whether a store may grow. Installed with [`Store::limiter`](crate::Store::limiter).
///
/// It doesn't see everything that is allocated: each instance also has its stacks (see [`Config`](crate::Config)) and tables of
/// what its module declares, the latter at most a small multiple of the module's file.
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
}

/// Fixed limits. Built with [`StoreLimitsBuilder`]; by default memories and tables are limited only by their types.
///
/// ```
/// # use hardtack_vm::{Engine, Store, StoreLimits, StoreLimitsBuilder};
/// let limits = StoreLimitsBuilder::new().memory_size(1 << 20).instances(2).build();
/// let mut store = Store::new(&Engine::default(), limits);
/// store.limiter(|limits| limits);
/// ```
#[derive(Clone, Debug)]
pub struct StoreLimits {
    memory_size: Option<usize>,
    table_elements: Option<usize>,
    instances: usize,
    tables: usize,
    memories: usize,
    trap_on_grow_failure: bool,
}

impl Default for StoreLimits {
    fn default() -> StoreLimits {
        StoreLimits {
            memory_size: None,
            table_elements: None,
            instances: 10_000,
            tables: 10_000,
            memories: 10_000,
            trap_on_grow_failure: false,
        }
    }
}

impl StoreLimits {
    fn allow(
        &self,
        desired: usize,
        limit: Option<usize>,
        maximum: Option<usize>,
        what: &'static str,
    ) -> Result<bool, Error> {
        let allowed = limit.is_none_or(|limit| desired <= limit) && maximum.is_none_or(|maximum| desired <= maximum);
        if !allowed && self.trap_on_grow_failure { Err(Error::Limit(what)) } else { Ok(allowed) }
    }
}

impl ResourceLimiter for StoreLimits {
    fn memory_growing(&mut self, _current: usize, desired: usize, maximum: Option<usize>) -> Result<bool, Error> {
        self.allow(desired, self.memory_size, maximum, "memory size")
    }

    fn table_growing(&mut self, _current: usize, desired: usize, maximum: Option<usize>) -> Result<bool, Error> {
        self.allow(desired, self.table_elements, maximum, "table elements")
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
}

/// Builds [`StoreLimits`].
#[derive(Clone, Debug, Default)]
pub struct StoreLimitsBuilder(StoreLimits);

impl StoreLimitsBuilder {
    /// The default limits.
    pub fn new() -> StoreLimitsBuilder {
        StoreLimitsBuilder::default()
    }

    /// Most bytes that each memory may have.
    pub fn memory_size(mut self, bytes: usize) -> StoreLimitsBuilder {
        self.0.memory_size = Some(bytes);
        self
    }

    /// Most elements that each table may have.
    pub fn table_elements(mut self, elements: usize) -> StoreLimitsBuilder {
        self.0.table_elements = Some(elements);
        self
    }

    /// Most instances in the store.
    pub fn instances(mut self, count: usize) -> StoreLimitsBuilder {
        self.0.instances = count;
        self
    }

    /// Most tables in the store.
    pub fn tables(mut self, count: usize) -> StoreLimitsBuilder {
        self.0.tables = count;
        self
    }

    /// Most memories in the store.
    pub fn memories(mut self, count: usize) -> StoreLimitsBuilder {
        self.0.memories = count;
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
