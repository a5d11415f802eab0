//! How well an instruction set fits a program that has run: what the same run would have executed with the standard instructions.

use crate::counts::{Counts, Executed};
use crate::run::{Program, Ran};
use anyhow::Result;
use hardtack_compiler::Options;
use hardtack_compiler::isa::InstructionSet;
use hardtack_compiler::isa::profile::Profile;
use hardtack_compiler::isa::tailor::{self, Budget, tailor};
use hardtack_format::disasm::{self, Decoded};
use hardtack_format::isa::{Body, Isa, Opcode, STANDARD, Stmt};
use hardtack_format::own;
use hardtack_format::read::{File, Reader};
use std::collections::{BTreeSet, HashMap};

/// What is known of the fit.
pub struct Fit {
    /// Instructions of the set's own that were executed.
    pub own: u64,
    /// How many different ones of them.
    pub used: usize,
    /// Instructions that the standard set would have needed.
    pub standard: u64,
    /// Whether it might have needed fewer: counts don't always tell how often an instruction was left by a branch in its middle.
    pub at_most: bool,
    /// The program as it is without the set, with how often each unit of its code would have been executed: if the WebAssembly is
    /// known, and differs from what was run in nothing else.
    pub without: Option<Without>,
}

/// A program compiled for the standard instructions, and the run that it would have been.
pub struct Without {
    tack: Vec<u8>,
    build_id: [u8; 16],
    counts: Vec<u64>,
}

impl Fit {
    /// The fit of the set that a program was compiled for.
    pub fn new(set: InstructionSet, program: &Program, ran: &Ran, counts: &Counts<'_>) -> Result<Fit> {
        let mut fit = Fit { own: 0, used: 0, standard: 0, at_most: false, without: None };
        let mut parts: HashMap<Opcode, Vec<usize>> = HashMap::new();
        let mut used = BTreeSet::new();
        for (at, executed) in counts.instructions.iter().enumerate().filter(|(_, executed)| executed.count > 0) {
            let opcode = executed.decoded.opcode;
            if own::position(opcode).is_none() {
                fit.standard += executed.count;
                continue;
            }
            fit.own += executed.count;
            used.insert(opcode);
            let lengths = parts.entry(opcode).or_insert_with(|| {
                // What the standard instructions can't do counts as much as it has statements.
                set.parts(opcode).unwrap_or_else(|| vec![1; statements(&executed.decoded).unwrap_or_default().len()])
            });
            let mut first = 0;
            for length in lengths {
                let (times, exact) = reached(counts, at, first);
                fit.standard += times;
                fit.at_most |= !exact;
                first += *length;
            }
        }
        fit.used = used.len();
        fit.without = without(program, ran, counts)?;
        if let Some(without) = &mut fit.without {
            fit.standard = without.counts.iter().sum();
            // The instruction that functions return to from the outside is none of a function's.
            without.counts.iter_mut().zip(&ran.counts).take(1).for_each(|(without, ran)| *without = *ran);
        }
        Ok(fit)
    }
}

impl Without {
    /// The run for `hardtack tailor`.
    pub fn add_to(&self, profile: &mut Profile) {
        profile.add(self.build_id, &self.counts);
    }

    /// Which part of the dispatches a set made for this run would leave, with as many rows at most.
    pub fn remain(&self, name: &str, rows: usize) -> Result<f64> {
        let mut profile = Profile::default();
        self.add_to(&mut profile);
        let options = tailor::Options { budget: Budget::Rows(rows), profile: Some(&profile), common: 1, prune: false };
        let found = tailor(&[tailor::Input { name, tack: &self.tack }], &options)?;
        Ok(found.remain.first().copied().unwrap_or(1.0))
    }
}

fn statements(decoded: &Decoded<'_>) -> Option<&'static [Stmt]> {
    match decoded.row.body {
        Body::Statements(stmts) => Some(stmts),
        Body::Hand { .. } => None,
    }
}

/// How often a statement of an instruction was reached: not after a branch before it was taken. And whether counts tell that; else it is
/// at most so often.
fn reached(counts: &Counts<'_>, at: usize, statement: usize) -> (u64, bool) {
    let Executed { decoded, count, .. } = &counts.instructions[at];
    let before = statements(decoded).unwrap_or_default().iter().take(statement);
    let targets = before.filter_map(|stmt| match stmt {
        Stmt::BranchIf { to, .. } => Some(*to),
        Stmt::Assign { .. } | Stmt::Effect(_) | Stmt::Goto(_) | Stmt::GotoTable { .. } => None,
    });
    let (mut times, mut exact) = (*count, true);
    for operand in targets {
        // Targets are told apart by their order.
        let target = decoded.instr.operands()[..operand].iter().filter(|kind| Isa::is_target(**kind)).count();
        match counts.left_for(at, target) {
            Some(left) => times = times.saturating_sub(left),
            None => exact = false,
        }
    }
    (times, exact)
}

/// The program without its set: `None` if its WebAssembly isn't known, or if what was compiled from that has other instructions
/// than those that the set's stand for, as with sets that leave some out.
fn without(program: &Program, ran: &Ran, counts: &Counts<'_>) -> Result<Option<Without>> {
    let Some(explained) = &ran.explained else { return Ok(None) };
    let tack = program.input().compile(&explained.wasm, &Options { isa: None, ..program.options() })?;
    let file = File::parse(&tack, &Reader::default())?;
    let Some(executions) = executions(&file, counts) else { return Ok(None) };
    let build_id = file.header.build_id;
    Ok(Some(Without { tack, build_id, counts: executions }))
}

/// How often each unit of a file's code would have been executed in the run of its tailored twin.
fn executions(file: &File<'_>, counts: &Counts<'_>) -> Option<Vec<u64>> {
    let mut executions = vec![0; file.code.len() / 2];
    for own in 0..file.funcs.len() {
        let (start, end) = (2 * file.funcs.start(own)? as usize, 2 * file.funcs.get(own)?.end as usize);
        let mut plain = disasm::iter(&STANDARD, file.code.get(..end)?, start).flatten();
        for at in *counts.starts.get(own as usize)?..*counts.starts.get(own as usize + 1)? {
            let executed = &counts.instructions[at];
            if own::position(executed.decoded.opcode).is_none() {
                let plain = plain.next()?;
                executions[plain.at / 2] = executed.count;
                if plain.instr.row != executed.decoded.instr.row {
                    return None;
                }
                continue;
            }
            let (all, mut done) = (statements(&executed.decoded)?.len(), 0);
            while done < all {
                let plain = plain.next()?;
                executions[plain.at / 2] = reached(counts, at, done).0;
                done += statements(&plain)?.len();
            }
            if done > all {
                return None;
            }
        }
        if plain.next().is_some() {
            return None;
        }
    }
    Some(executions)
}
