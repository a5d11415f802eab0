//! What counting an instance's instructions takes: counters, and a copy of the code that stops after each instruction.

use super::context::Exit;
use super::storage::{OutOfMemory, Zeroed};
use crate::forms::COUNT;
use crate::module::Module;
use hardtack_format::disasm;
use hardtack_format::isa::{Opcode, STANDARD};

/// The opcode that stops. No instruction has it: it is one more than the last that this VM has.
const STEP: Opcode = COUNT as Opcode;

/// Counters and copy.
pub(crate) struct Counting {
    /// Executions of the instruction at each unit of the code.
    pub counts: Zeroed<u64>,
    /// The code with [`STEP`] in place of each opcode, in whole cells.
    pub copy: Zeroed<u64>,
    /// Instructions until the next sample, at least 1.
    pub until_sample: u64,
}

impl Counting {
    /// For this verified code.
    pub fn new(module: &Module, until_sample: u64) -> Result<Counting, OutOfMemory> {
        let code = module.code();
        let counts = Zeroed::new(code.len() / 2)?;
        let mut copy = Zeroed::new(code.len().div_ceil(8))?;
        let cells = copy.as_mut_slice();
        for (cell, bytes) in cells.iter_mut().zip(code.chunks(8)) {
            *cell = cell_of(bytes);
        }
        let mut at = 0;
        while at < code.len() {
            let len = match disasm::decode(&STANDARD, code, at) {
                Ok(instruction) => instruction.len,
                // An application's own, which has no branch table.
                Err(_) => usize::from(module.form(u16::from_le_bytes([code[at], code[at + 1]])).units) * 2,
            };
            let mut bytes = cells[at / 8].to_ne_bytes();
            bytes[at % 8..][..2].copy_from_slice(&STEP.to_le_bytes());
            cells[at / 8] = u64::from_ne_bytes(bytes);
            // No instruction of verified code is shorter.
            at += len.max(2);
        }
        Ok(Counting { counts, copy, until_sample: until_sample.max(1) })
    }

    /// Counts the instruction at a byte of the code.
    pub fn count(&mut self, at: usize) {
        if let Some(count) = self.counts.as_mut_slice().get_mut(at / 2) {
            *count += 1;
        }
    }

    /// What becomes of an instruction's exit: a sample, if one is due and execution would go on.
    pub fn sampled(&mut self, exit: Exit) -> Exit {
        self.until_sample -= 1;
        let due = exit == Exit::CONTINUE && self.until_sample == 0;
        self.until_sample = self.until_sample.max(1);
        if due { Exit::SAMPLE } else { exit }
    }
}

/// Bytes as they lie in memory.
fn cell_of(bytes: &[u8]) -> u64 {
    let mut cell = [0; 8];
    cell[..bytes.len()].copy_from_slice(bytes);
    u64::from_ne_bytes(cell)
}
