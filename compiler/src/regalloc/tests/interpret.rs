//! Runs functions before and after allocation. What instructions compute is a hash of what they read, so a wrong
//! value anywhere shows in the trace.

use crate::mach::{Allocation, Bank, MachBlock, MachEnd, MachFunction, Move, MoveSource, Operand, Slot, Source, When};

/// Instructions executed before giving up, in both runs.
const STEPS: usize = 3000;

fn mix(a: u64, b: u64) -> u64 {
    (a ^ b).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29)
}

/// The value of a parameter.
fn param(bank: Bank, position: usize) -> u64 {
    mix(bank as u64 + 77, position as u64)
}

/// Runs the function on registers; returns a hash of the inputs of each instruction executed.
pub fn run_registers(f: &MachFunction) -> Vec<u64> {
    let mut regs = vec![0u64; f.vregs.len()];
    let mut arrived = [0; 2];
    for reg in &f.blocks[0].params {
        let bank = f.vregs[reg.index()];
        regs[reg.index()] = param(bank, arrived[bank as usize]);
        arrived[bank as usize] += 1;
    }
    let source = |regs: &[u64], source: Source| match source {
        Source::Reg(reg) => regs[reg.index()],
        Source::Const(bits) => bits,
        Source::Null => u64::MAX,
    };
    let mut trace = Vec::new();
    let mut at = MachBlock(0);
    loop {
        let block = &f.blocks[at.index()];
        let mut hash = 0;
        for inst in &block.insts {
            hash = u64::from(inst.opcode);
            for operand in &inst.operands {
                match *operand {
                    Operand::Use { reg, .. } | Operand::UseDef { from: reg, .. } => {
                        hash = mix(hash, regs[reg.index()]);
                    }
                    _ => {}
                }
            }
            for arg in inst.window.iter().flat_map(|w| w.args.iter().chain(&w.ref_args)) {
                hash = mix(hash, source(&regs, *arg));
            }
            for (i, operand) in inst.operands.iter().enumerate() {
                match *operand {
                    Operand::Def { reg, .. } | Operand::UseDef { to: reg, .. } => {
                        regs[reg.index()] = mix(hash, i as u64);
                    }
                    _ => {}
                }
            }
            let results = inst.window.iter().flat_map(|w| w.results.iter().chain(&w.ref_results));
            for (i, reg) in results.enumerate() {
                regs[reg.index()] = mix(hash, 100 + i as u64);
            }
            trace.push(hash);
        }
        if trace.len() > STEPS || block.edges.is_empty() {
            return trace;
        }
        let edge = &block.edges[choose(&block.end, hash, block.edges.len())];
        let args: Vec<u64> = edge.args.iter().map(|arg| source(&regs, *arg)).collect();
        for (param, arg) in f.blocks[edge.block.index()].params.iter().zip(args) {
            regs[param.index()] = arg;
        }
        at = edge.block;
    }
}

/// The edge taken.
fn choose(end: &MachEnd, hash: u64, edges: usize) -> usize {
    match end {
        MachEnd::Jump => 0,
        _ => (hash >> 7) as usize % edges,
    }
}

/// Slots of both banks.
struct Frame([Vec<u64>; 2]);

impl Frame {
    fn get(&self, bank: Bank, slot: Slot) -> u64 {
        self.0[bank as usize][usize::from(slot.0)]
    }

    fn set(&mut self, bank: Bank, slot: Slot, value: u64) {
        self.0[bank as usize][usize::from(slot.0)] = value;
    }

    fn execute(&mut self, moves: &[Move]) {
        for m in moves {
            let value = match m.from {
                MoveSource::Slot(from) => self.get(m.bank, from),
                MoveSource::Const(bits) => bits,
                MoveSource::Null => u64::MAX,
            };
            self.set(m.bank, m.to, value);
        }
    }

    fn clobber(&mut self, bank: Bank, from: u16, garbage: u64) {
        for value in &mut self.0[bank as usize][usize::from(from)..] {
            *value = mix(*value, garbage | 1);
        }
    }
}

/// Runs the function on slots; returns a hash of the inputs of each instruction executed.
pub fn run_slots(f: &MachFunction, a: &Allocation) -> Vec<u64> {
    let sizes = [a.frame, a.ref_frame].map(usize::from);
    let mut frame = Frame(sizes.map(|size| vec![0xDEAD; size]));
    for (bank, count) in [(Bank::Number, f.params.0), (Bank::Ref, f.ref_params.0)] {
        for i in 0..count {
            frame.set(bank, Slot(i as u16), param(bank, i));
        }
    }
    let mut trace = Vec::new();
    let mut at = MachBlock(0);
    loop {
        let block = &f.blocks[at.index()];
        frame.execute(&a.starts[at.index()]);
        let mut hash = 0;
        for (inst, allocation) in block.insts.iter().zip(&a.insts[at.index()]) {
            frame.execute(&allocation.before);
            hash = u64::from(inst.opcode);
            let slots = || {
                let operands = inst.operands.iter().zip(&allocation.slots).enumerate();
                operands.filter_map(|(i, (operand, slot))| Some((i, *operand, (*slot)?)))
            };
            let bank = |reg: crate::mach::Vreg| f.vregs[reg.index()];
            // Early uses are read first; then early definitions come, before late uses.
            let mut early = Vec::new();
            for (_, operand, slot) in slots() {
                if let Operand::Use { reg, when: When::Early, .. } = operand {
                    early.push(frame.get(bank(reg), slot));
                }
            }
            let mut early = early.into_iter();
            let mut tied = Vec::new();
            for (_, operand, slot) in slots() {
                match operand {
                    Operand::UseDef { from, .. } => {
                        tied.push(frame.get(bank(from), slot));
                        frame.set(bank(from), slot, 0xBAD);
                    }
                    Operand::Def { reg, when: When::Early, .. } => {
                        frame.set(bank(reg), slot, 0xBAD);
                    }
                    _ => {}
                }
            }
            let mut tied = tied.into_iter();
            for (_, operand, slot) in slots() {
                match operand {
                    Operand::Use { when: When::Early, .. } => hash = mix(hash, early.next().unwrap()),
                    Operand::Use { reg, when: When::Late, .. } => hash = mix(hash, frame.get(bank(reg), slot)),
                    Operand::UseDef { .. } => hash = mix(hash, tied.next().unwrap()),
                    _ => {}
                }
            }
            let (start, ref_start) = allocation.window;
            if let Some(window) = &inst.window {
                for i in 0..window.args.len() as u16 {
                    hash = mix(hash, frame.get(Bank::Number, Slot(start + i)));
                }
                for i in 0..window.ref_args.len() as u16 {
                    hash = mix(hash, frame.get(Bank::Ref, Slot(ref_start + i)));
                }
                if !window.fixed_at_zero {
                    frame.clobber(Bank::Number, start - 1, hash);
                    frame.clobber(Bank::Ref, ref_start, hash);
                }
            }
            for (i, operand, slot) in slots() {
                match operand {
                    Operand::Def { reg, .. } | Operand::UseDef { to: reg, .. } => {
                        frame.set(bank(reg), slot, mix(hash, i as u64));
                    }
                    _ => {}
                }
            }
            if let Some(window) = &inst.window {
                let count = window.results.len() as u16;
                for i in 0..count {
                    frame.set(Bank::Number, Slot(start + i), mix(hash, 100 + u64::from(i)));
                }
                for i in 0..window.ref_results.len() as u16 {
                    let value = mix(hash, 100 + u64::from(count + i));
                    frame.set(Bank::Ref, Slot(ref_start + i), value);
                }
            }
            frame.execute(&allocation.after);
            trace.push(hash);
        }
        if trace.len() > STEPS || block.edges.is_empty() {
            return trace;
        }
        frame.execute(&a.ends[at.index()]);
        at = block.edges[choose(&block.end, hash, block.edges.len())].block;
    }
}
