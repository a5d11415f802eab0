//! Executed instructions as text: a line for each, in the order of the code, with how often it was executed.

use hardtack_format::disasm;
use hardtack_format::isa::{Flow, STANDARD};
use hardtack_vm::Module;
use std::fmt::Write;

/// `count \t flow \t name \t operands` for each instruction that was executed; an empty line where control doesn't fall through.
pub fn text(module: &Module, counts: &[u64]) -> String {
    let mut out = String::new();
    let mut fell = true;
    for decoded in disasm::iter(&STANDARD, module.code(), 0) {
        let Ok(decoded) = decoded else { break };
        let count = counts[decoded.at / 2];
        if count == 0 {
            fell = false;
            continue;
        }
        if !fell {
            out.push('\n');
        }
        let operands: Vec<String> =
            decoded.operands().map(|(name, kind, value)| format!("{name}:{}={}", kind.name(), value as i64)).collect();
        let _ = writeln!(
            out,
            "{count}\t{:?}\t{}\t{}",
            decoded.flow(),
            STANDARD.name(decoded.opcode).unwrap_or_default(),
            operands.join(" ")
        );
        fell = decoded.flow() != Flow::ends;
    }
    out
}
