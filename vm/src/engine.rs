//! What all stores of a program share: the limits of execution.

use crate::isa::{Installed, InstructionSet};
use crate::module::{LoadError, Module, ModuleBytes};
use crate::sync::Arc;

/// Most slots that a stack may be configured to have: sizes in bytes then stay below 2^31 on every host.
const STACK_SLOTS: usize = 1 << 27;

/// Limits of execution.
///
/// ```
/// let mut config = hardtack_vm::Config::default();
/// config.max_stack_slots(1 << 14).max_call_nesting(8);
/// let engine = hardtack_vm::Engine::new(&config);
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) stack_slots: usize,
    pub(crate) reference_slots: usize,
    pub(crate) call_nesting: u32,
    pub(crate) crossings: usize,
    #[cfg(feature = "stats")]
    pub(crate) count_instructions: bool,
    #[cfg(feature = "stats")]
    pub(crate) sample_every: u64,
}

impl Default for Config {
    fn default() -> Config {
        let roomy = cfg!(target_pointer_width = "64");
        Config {
            stack_slots: if roomy { 1 << 20 } else { 1 << 16 },
            reference_slots: if roomy { 1 << 16 } else { 1 << 12 },
            call_nesting: 100,
            crossings: 1 << 14,
            #[cfg(feature = "stats")]
            count_instructions: false,
            #[cfg(feature = "stats")]
            sample_every: u64::MAX,
        }
    }
}

impl Config {
    /// The default limits.
    pub fn new() -> Config {
        Config::default()
    }

    /// Most slots of 8 bytes that each instance's number stack may have: 2^20 by default, 2^16 on hosts of less than 64 bits.
    ///
    /// A stack takes 2 KiB when its instance is first called, and grows as it is used. A call that needs more than the limit traps with
    /// [`TrapCode::StackOverflow`](crate::TrapCode::StackOverflow).
    pub fn max_stack_slots(&mut self, slots: usize) -> &mut Config {
        self.stack_slots = slots.clamp(1, STACK_SLOTS);
        self
    }

    /// Most slots of 8 bytes that each instance's reference stack may have: 2^16 by default, 2^12 on hosts of less than 64 bits.
    pub fn max_reference_slots(&mut self, slots: usize) -> &mut Config {
        self.reference_slots = slots.min(STACK_SLOTS);
        self
    }

    /// How many calls from the host into a store may be under way at once, one inside the other: 100 by default.
    ///
    /// Each takes native stack, for the host function that makes it and for the VM.
    pub fn max_call_nesting(&mut self, calls: u32) -> &mut Config {
        self.call_nesting = calls;
        self
    }

    /// How many calls from one instance to another may be under way at once in one call from the host: 2^14 by default.
    ///
    /// They take no native stack, but a record of less than 100 bytes each.
    pub fn max_crossings(&mut self, calls: usize) -> &mut Config {
        self.crossings = calls;
        self
    }

    /// Whether executions of instructions are counted: see [`Instance::instruction_counts`](crate::Instance::instruction_counts).
    /// Guests then run several times slower, and each instance has a copy of its code and a counter for each unit of it. Without
    /// this, the feature `stats` costs nothing at run time.
    #[cfg(feature = "stats")]
    pub fn count_instructions(&mut self, count: bool) -> &mut Config {
        self.count_instructions = count;
        self
    }

    /// After how many counted instructions of an instance each time the functions under way are noted: see
    /// [`Store::samples`](crate::Store::samples). The same program gives the same samples in every run.
    #[cfg(feature = "stats")]
    pub fn sample_every(&mut self, instructions: u64) -> &mut Config {
        self.sample_every = instructions.max(1);
        self
    }
}

/// What the stores of a program share. Cheap to clone.
///
/// ```
/// use hardtack_vm::{Config, Engine, Store};
///
/// let mut config = Config::new();
/// config.max_call_nesting(8);
/// let engine = Engine::new(&config);
/// // Stores share it; a clone is the same engine.
/// let stores = [Store::new(&engine, "one"), Store::new(&engine.clone(), "two")];
/// assert_eq!(stores[1].data(), &"two");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Engine {
    config: Arc<Config>,
    sets: Arc<[Installed]>,
}

impl Engine {
    /// An engine with these limits.
    pub fn new(config: &Config) -> Engine {
        Engine { config: Arc::new(config.clone()), sets: Arc::default() }
    }

    /// The same engine, which loads files that are compiled for this instruction set as well: see [`isa!`](crate::isa!). An engine may have
    /// several.
    ///
    /// With the feature `compact` it stays as it was, and files for the set are refused: the small dispatcher has the standard set alone.
    pub fn with_isa(self, set: &'static InstructionSet) -> Engine {
        if cfg!(feature = "compact") {
            return self;
        }
        let sets = self.sets.iter().cloned().chain([Installed::new(set)]).collect();
        Engine { sets, ..self }
    }

    /// Loads a file for one of the engine's instruction sets, or the standard one: else like [`Module::load`].
    ///
    /// # Errors
    /// Those of [`Module::load`], the instruction set by name if the engine lacks it.
    pub fn load(&self, bytes: impl Into<ModuleBytes>) -> Result<Module, LoadError> {
        Module::load_among(bytes.into(), &self.sets)
    }

    /// Its limits.
    pub fn config(&self) -> &Config {
        &self.config
    }
}
