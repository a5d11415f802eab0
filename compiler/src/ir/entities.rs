//! Typed numbers of the things in a function.

macro_rules! entity { ($( $(#[$doc:meta])* $name:ident, $prefix:literal; )*) => { $(
    $(#[$doc])*
    #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
    pub struct $name(u32);

    impl $name {
        /// The entity with this number.
        pub fn new(index: usize) -> Self { $name(u32::try_from(index).expect("entity number fits 32 bits")) }
        /// Its number.
        pub fn index(self) -> usize { self.0 as usize }
    }
    impl std::fmt::Display for $name {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { write!(f, concat!($prefix, "{}"), self.0) }
    }
    impl std::fmt::Debug for $name {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { write!(f, "{self}") }
    }
)* } }

entity! {
    /// An SSA value.
    Value, "v";
    /// A basic block.
    Block, "block";
    /// An instruction of the IR.
    Inst, "inst";
}

/// A list of values in the pool of a [`super::Function`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ValueList {
    pub(super) start: u32,
    pub(super) len: u32,
}

impl ValueList {
    /// Number of values.
    pub fn len(self) -> usize {
        self.len as usize
    }
    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.len == 0
    }
}
