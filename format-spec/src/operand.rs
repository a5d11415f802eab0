//! Operand kinds: what an operand looks like on the wire, what the verifier checks of it, how it is printed.

/// What a kind of operand names or carries; the verifier's rule follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// A number slot: below the frame's size (rule V20).
    Slot,
    /// A reference slot: below the reference frame's size (rule V21).
    RefSlot,
    /// The integer accumulator; no wire form.
    Acc,
    /// The float accumulator; no wire form.
    FAcc,
    /// A constant; any value (no rule).
    Signed,
    /// A constant; any value (no rule).
    Unsigned,
    /// Distance forwards in units from the instruction's start: to an instruction of the same function (V30).
    Forward,
    /// Distance backwards in units from the instruction's start: to an instruction of the same function (V31).
    Backward,
    /// A count n (16 bits), then, after the other operands, n + 1 forward distances (V32).
    Targets,
    /// A function that the module defines: below their number (V40).
    Func,
    /// An imported function: below their number (V41).
    ImportedFunc,
    /// Any function, imported or not: below their number (V42).
    AnyFunc,
    /// A type: below their number (V43).
    TypeIndex,
    /// A table: below their number (V44).
    Table,
    /// A number global that the module defines (V45).
    Global,
    /// A number global that the module imports (V46).
    ImportedGlobal,
    /// A reference global, imported or not (V47).
    RefGlobal,
    /// A data segment (V48).
    Data,
    /// An element segment (V49).
    Elem,
    /// First number slot of a call's window (V50).
    Window,
    /// First reference slot of a call's window (V51).
    RefWindow,
}

macro_rules! kinds { ($( $(#[$doc:meta])* $name:ident $letter:literal $size:literal $sort:ident; )*) => {
    /// A kind of operand.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    #[repr(u8)]
    pub enum Kind { $( $(#[$doc])* $name ),* }

    impl Kind {
        /// Every kind.
        pub const ALL: &'static [Kind] = &[ $( Kind::$name ),* ];
        /// Bytes that the operand occupies among the fixed operands.
        pub const fn size(self) -> usize { match self { $( Kind::$name => $size ),* } }
        /// Its letter in instruction names.
        pub const fn letter(self) -> u8 { match self { $( Kind::$name => $letter ),* } }
        /// What it names or carries.
        pub const fn sort(self) -> Sort { match self { $( Kind::$name => Sort::$sort ),* } }
        /// The identifier as it stands in the table.
        pub const fn name(self) -> &'static str { match self { $( Kind::$name => stringify!($name) ),* } }
    }

    /// The kinds as types, for code that is generic over them.
    pub mod kind {
        $( $(#[$doc])* #[derive(Clone, Copy, Debug)] pub struct $name; impl super::OperandKind for $name { const KIND: super::Kind = super::Kind::$name; } )*
    }
} }

/// A kind of operand as a type.
pub trait OperandKind {
    /// The kind.
    const KIND: Kind;
}

kinds! {
    /// A number slot in one byte.
    Slot b's' 1 Slot;
    /// A number slot in two bytes.
    SlotW b'w' 2 Slot;
    /// The integer accumulator.
    Acc b'a' 0 Acc;
    /// The float accumulator.
    FAcc b'f' 0 FAcc;
    /// As a destination: a number slot and the integer accumulator as well.
    SlotAcc b'S' 1 Slot;
    /// As a destination: a number slot and the float accumulator as well.
    SlotFAcc b'F' 1 Slot;
    /// A sign-extended constant of 8 bits.
    S8 b'b' 1 Signed;
    /// A sign-extended constant of 16 bits.
    S16 b'h' 2 Signed;
    /// A sign-extended constant of 32 bits.
    S32 b'i' 4 Signed;
    /// A constant of 64 bits.
    S64 b'l' 8 Signed;
    /// A zero-extended constant of 8 bits.
    U8 b'B' 1 Unsigned;
    /// A zero-extended constant of 16 bits.
    U16 b'H' 2 Unsigned;
    /// A zero-extended constant of 32 bits.
    U32 b'I' 4 Unsigned;
    /// A forward branch of up to 2^16 − 1 units.
    Fwd16 b't' 2 Forward;
    /// A forward branch.
    Fwd32 b'T' 4 Forward;
    /// A backward branch of up to 2^16 − 1 units.
    Back16 b'k' 2 Backward;
    /// A backward branch.
    Back32 b'K' 4 Backward;
    /// The targets of a branch table, 16 bits each.
    Targets16 b'j' 2 Targets;
    /// The targets of a branch table, 32 bits each.
    Targets32 b'J' 2 Targets;
    /// A reference slot.
    RefSlot b'r' 2 RefSlot;
    /// One of the first 2^16 functions that the module defines.
    Func16 b'n' 2 Func;
    /// A function that the module defines.
    Func32 b'N' 4 Func;
    /// An imported function.
    ImportedFunc b'm' 2 ImportedFunc;
    /// Any function.
    AnyFunc b'M' 4 AnyFunc;
    /// A type.
    TypeIndex b'y' 2 TypeIndex;
    /// A table.
    Table b'x' 2 Table;
    /// A number global that the module defines.
    Global b'g' 2 Global;
    /// A number global that the module imports.
    ImportedGlobal b'G' 2 ImportedGlobal;
    /// A reference global.
    RefGlobal b'R' 2 RefGlobal;
    /// A data segment.
    Data b'd' 4 Data;
    /// An element segment.
    Elem b'e' 4 Elem;
    /// The number window of a call.
    Window b'v' 2 Window;
    /// The reference window of a call.
    RefWindow b'V' 2 RefWindow;
}

/// What a row does with an operand that it reads or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Neither reads nor writes a slot or accumulator.
    Constant,
    /// Reads it.
    Use,
    /// Writes it after all reads of slots.
    Def,
    /// Writes it, possibly before another operand is read.
    EarlyDef,
    /// Reads and writes it.
    UseDef,
}
