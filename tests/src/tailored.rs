//! A VM with instructions of an application's own. The application is the case library and a module with a bit of everything.

use hardtack_compiler::Options;
use hardtack_compiler::isa::InstructionSet;
use hardtack_format::disasm;
use hardtack_format::own;
use hardtack_format::read::{File, Reader};
use hardtack_vm::Engine;
use std::sync::LazyLock;

hardtack_vm::isa!(
    /// The set that `hardtack tailor` finds for the application.
    pub SET = "tailored.isa"
);

/// The text of the set.
pub const TEXT: &str = include_str!("tailored.isa");

/// A module with a bit of everything that a file can hold.
pub const SMALL: &str = include_str!("small.wat");

/// The set as the compiler reads it.
pub fn set() -> InstructionSet {
    static SET: LazyLock<InstructionSet> =
        LazyLock::new(|| InstructionSet::parse(TEXT).expect("the set is well-formed"));
    *SET
}

/// How to compile for the VM.
pub fn options() -> Options {
    Options { isa: Some(set()), ..Options::default() }
}

/// The VM.
pub fn engine() -> Engine {
    Engine::default().with_isa(&SET)
}

/// How many instructions of a file are the application's own.
pub fn own_instructions(tack: &[u8]) -> usize {
    let isa = set().isa();
    let reader = Reader { isa: isa.own.identity, ..Reader::default() };
    let file = File::parse(tack, &reader).expect("the compiler writes whole files");
    let instructions = disasm::iter(isa, file.code, 0).map(|decoded| decoded.expect("the code is whole"));
    instructions.filter(|decoded| own::position(decoded.opcode).is_some()).count()
}
