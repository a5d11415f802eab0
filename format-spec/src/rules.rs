//! The numbered rules that a file must keep. Errors cite them, SPEC.md lists them.

use core::fmt;

macro_rules! rules { ($( $name:ident $number:literal $text:literal; )*) => {
    /// A rule that a file must keep. The numbers are part of the format and never reused.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
    #[repr(u8)]
    #[non_exhaustive]
    pub enum Rule { $( #[doc = $text] $name = $number ),* }

    impl Rule {
        /// Every rule, in numeric order.
        pub const ALL: &'static [Rule] = &[ $( Rule::$name ),* ];

        /// Its number.
        pub const fn number(self) -> u8 { self as u8 }

        /// What it demands.
        pub const fn text(self) -> &'static str { match self { $( Rule::$name => $text ),* } }
    }
} }

rules! {
    Magic 1 "a file begins with the bytes 7f 74 61 63 6b 0d 0a 1a";
    Version 2 "the format version is one that the reader reads";
    Groups 3 "the reader has every instruction group that the header names";
    InstructionSet 4 "the header's instruction set is the reader's";
    Header 5 "the header's length is the one of its version, and its unused bits are zero";
    FileLength 6 "the header's file length is the file's length";
    SectionOrder 7 "section ids ascend strictly, and sections that are required and unknown are refused";
    SectionPlace 8 "each section begins at the next multiple of 8 after what is before it, the bytes between are zero, and the file ends with the last section";
    SectionPresent 9 "META, FUNCS, CODE and DATA are present and required, and DEBUG and SIGNATURE are not required";
    BuildId 10 "the build id is the hash of what it covers";

    FuncsShape 11 "FUNCS is a whole number of records, the first of which is the prologue: its end is 1 and the rest of it zero";
    FuncEnds 12 "functions are not empty, follow one another, and end where CODE ends";
    FuncLength 13 "a function has at most 2^20 units";
    FuncWords 14 "a record's type exists, and its counts of words are those of the type";
    FrameSize 15 "frames hold at least the parameters and at least the results, on both stacks";
    Leave 16 "CODE begins with a `leave` instruction, and there is no other";

    Slot 20 "a number slot is below the frame's size";
    RefSlot 21 "a reference slot is below the reference frame's size";
    Opcode 22 "an opcode is one of the instruction set";
    InstrEnd 23 "an instruction, with its branch table, ends inside its function";
    Padding 24 "the byte that rounds an instruction to whole units is zero";
    TrapNumber 25 "the number of a trap is one of the table of traps";
    RetValue 26 "`ret_value` stands only in functions whose results are one number";
    GroupNamed 27 "the header names the groups of every instruction";

    Forward 30 "a forward branch goes at least one unit forwards and stays inside its function";
    Backward 31 "a backward branch stays inside its function";
    Targets 32 "every entry of a branch table keeps the rule of forward branches";
    TargetStart 33 "a branch target is the first unit of an instruction";
    FallsOff 34 "the last instruction of a function does not go on to the next";

    Func 40 "a function that the module defines is below their number";
    ImportedFunc 41 "an imported function is below their number";
    AnyFunc 42 "a function is below the number of all functions";
    TypeIndex 43 "a type is below their number";
    Table 44 "a table is below their number";
    Global 45 "a global that the module defines is below their number, holds a number, and is written only if it is mutable";
    ImportedGlobal 46 "an imported global is below their number, holds a number, and is written only if it is mutable";
    RefGlobal 47 "a reference global is below the number of all globals, holds a reference, and is written only if it is mutable";
    Data 48 "a data segment is below their number";
    Elem 49 "an element segment is below their number";
    Window 50 "a call's number window is at least 1, and holds the callee's parameters and results inside the frame";
    RefWindow 51 "a call's reference window holds the callee's parameters and results inside the reference frame";
    PlainCall 52 "`call` stands in functions without a reference frame, and its callee's type has no references";

    MetaEntries 60 "META is a list of entries whose ids ascend strictly, and entries that are required and unknown are refused";
    MetaPayload 61 "a payload is the canonical encoding of its value, is as long as its entry says, and is left out if it would be empty";
    Types 62 "there are at most 2^16 types, of known kinds and value types, whose words fit the records of functions";
    Imports 63 "imports are of known kinds, and name existing types; what is imported stands first in its index space";
    Limits 64 "limits are in order and within what an index can reach, and there is at most one memory";
    Globals 65 "the globals that are imported have no initial value, the others have one of their type";
    ConstExpr 66 "a constant expression is well typed, ends with its end byte, and reads only immutable globals defined before";
    Exports 67 "exports have different names and name something that exists";
    Elements 68 "element segments hold references of their type, and go to tables of that type";
    DataSegments 69 "data segments follow one another and end where DATA ends, and go to a memory that exists";
    Start 70 "the start function exists, takes nothing and returns nothing";
    Debug 80 "DEBUG carries the file's build id and the checksum of its own contents";
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "V{}", self.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_ascend() {
        assert!(Rule::ALL.windows(2).all(|w| w[0].number() < w[1].number()));
    }
}
