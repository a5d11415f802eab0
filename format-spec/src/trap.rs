//! The faults a guest can commit.

use core::fmt;

macro_rules! trap_codes { ($( $(#[$doc:meta])* $name:ident = $number:literal, $message:literal; )*) => {
    /// Why a guest was stopped. The numbers are part of the format and never reused.
    ///
    /// ```
    /// use hardtack_format::trap::TrapCode;
    ///
    /// assert_eq!(TrapCode::from_number(4), Some(TrapCode::IntegerDivideByZero));
    /// assert_eq!(TrapCode::IntegerDivideByZero.message(), "integer divide by zero");
    /// ```
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    #[repr(u8)]
    #[non_exhaustive]
    pub enum TrapCode { $( $(#[$doc])* $name = $number ),* }

    impl TrapCode {
        /// Every code, in numeric order.
        pub const ALL: &'static [TrapCode] = &[ $( TrapCode::$name ),* ];

        /// The code with this number, if there is one.
        pub const fn from_number(number: u8) -> Option<TrapCode> {
            match number { $( $number => Some(TrapCode::$name), )* _ => None }
        }

        /// The message, worded as the WebAssembly test suite words it.
        pub const fn message(self) -> &'static str {
            match self { $( TrapCode::$name => $message ),* }
        }
    }
}}

trap_codes! {
    /// The `unreachable` instruction was executed.
    Unreachable = 1, "unreachable";
    /// A memory access reached past the end of its memory.
    MemoryOutOfBounds = 2, "out of bounds memory access";
    /// A table access reached past the end of its table.
    TableOutOfBounds = 3, "out of bounds table access";
    /// An integer was divided by zero.
    IntegerDivideByZero = 4, "integer divide by zero";
    /// A signed division or a float conversion left the range of its result.
    IntegerOverflow = 5, "integer overflow";
    /// A NaN was converted to an integer.
    InvalidConversionToInteger = 6, "invalid conversion to integer";
    /// `call_indirect` reached a function of another type.
    IndirectCallTypeMismatch = 7, "indirect call type mismatch";
    /// `call_indirect` reached an element that is null.
    UninitializedElement = 8, "uninitialized element";
    /// `call_indirect` named an element past the end of its table.
    UndefinedElement = 9, "undefined element";
    /// A stack, or the nesting of calls through the host, reached its limit.
    StackOverflow = 10, "call stack exhausted";
    /// The activation used up its fuel.
    OutOfFuel = 11, "all fuel consumed";
    /// The host asked the guest to stop.
    Interrupted = 12, "interrupted";
    /// A reference was of another sort or type than its consumer needs, or stale.
    InvalidReference = 13, "invalid reference";
    /// An imported function was called that the host only pretended to have.
    UnknownImport = 14, "unknown import called";
}

impl fmt::Display for TrapCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}
