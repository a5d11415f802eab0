//! A function as text, after each stage of compilation.

use crate::callees::Callees;
use crate::ir::Module;
use crate::mach::{Allocation, MachEnd, MachFunction, MachInst, Operand, Source, Window};
use crate::select::rows::Target;
use crate::{Error, Options, emit, frontend, generate, opt, text};
use hardtack_format::disasm::{self, Style};
use hardtack_format::isa::{Isa, STANDARD};
use std::fmt::Write;

/// A stage of compilation.
///
/// ```
/// use hardtack_compiler::{Options, Stage, print_function};
///
/// let wat = b"(module (func (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))";
/// let stage = |stage| print_function(wat, &Options::default(), stage, Some(0));
/// assert!(stage(Stage::Opt)?.contains("return"));
/// assert!(stage(Stage::Tack)?.contains("ret_value"));
/// # Ok::<(), hardtack_compiler::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// SSA as it comes from the input.
    Ssa,
    /// SSA after optimisation.
    Opt,
    /// Instructions over virtual registers.
    Mach,
    /// The final code, disassembled.
    Tack,
}

/// Prints the functions that the module defines, or the one with this index (imports first), after a stage. A function that the file
/// doesn't need, since all calls of it were replaced by copies, is shown as it would be.
///
/// # Errors
/// As for [`crate::compile`]; [`Error::Limit`] if the module defines no function of that index.
pub fn print_function(input: &[u8], options: &Options, stage: Stage, func: Option<u32>) -> Result<String, Error> {
    let wasm = text::to_binary(input)?;
    let (module, bodies) = frontend::parse(&wasm)?;
    crate::pack::check_limits(&module)?;
    if let Some(func) = func
        && !bodies.iter().any(|b| b.index() == func)
    {
        return Err(Error::Limit {
            what: "index of a function that the module defines",
            function: Some(func),
            limit: module.funcs.len() as u64,
        });
    }
    let target = &Target::new(options.isa, options.groups);
    let inlining = if stage == Stage::Ssa { opt::Options::NONE } else { options.passes };
    let callees = Callees::find(&module, &bodies, &wasm, &inlining);
    let mut out = String::new();
    let mut scratch = frontend::Scratch::default();
    for body in bodies.iter().filter(|b| func.is_none_or(|f| b.index() == f)) {
        let mut function = callees.translate(&module, body, &wasm, &mut scratch, &options.passes)?;
        if stage != Stage::Ssa {
            opt::optimise(&mut function, &module, &options.passes);
        }
        if matches!(stage, Stage::Ssa | Stage::Opt) {
            let _ = writeln!(out, "{function}");
            continue;
        }
        let (selected, allocation, code) = generate(&function, &module, target)?;
        if stage == Stage::Mach {
            let _ = writeln!(out, "{}", MachText(&selected.mach));
            continue;
        }
        out.push_str(&tack_text(&module, &selected.mach, &allocation, &code, target.rows.isa));
    }
    Ok(out)
}

fn tack_text(
    module: &Module,
    mach: &MachFunction,
    allocation: &Allocation,
    code: &emit::Code,
    isa: &'static Isa,
) -> String {
    let mut out = format!("function {}", mach.index);
    if let Some(name) = module.func_names.get(&mach.index) {
        let _ = write!(out, " ${name}");
    }
    out.push('\n');
    out.push_str(&disasm::listing(isa, &code.bytes, 0, code.bytes.len(), Style { modes: false }));
    let _ = writeln!(out, "; {} bytes · {} slots · {} moves", code.bytes.len(), allocation.frame, code.moves);
    out
}

/// Shows a function over virtual registers.
struct MachText<'a>(&'a MachFunction);

impl std::fmt::Display for MachText<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "function {}", self.0.index)?;
        for (i, block) in self.0.blocks.iter().enumerate() {
            writeln!(f, "block{i}{:?}:", block.params)?;
            for inst in &block.insts {
                writeln!(f, "    {}", InstText(inst))?;
            }
            for (e, edge) in block.edges.iter().enumerate() {
                write!(f, "    edge {e} → {:?}(", edge.block)?;
                list(f, &edge.args)?;
                writeln!(f, ")")?;
            }
            if let MachEnd::Trap(code) = block.end {
                writeln!(f, "    ; {code}")?;
            }
        }
        Ok(())
    }
}

struct InstText<'a>(&'a MachInst);

impl std::fmt::Display for InstText<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", STANDARD.name(self.0.opcode).unwrap_or_default())?;
        for (i, operand) in self.0.operands.iter().enumerate() {
            f.write_str(if i == 0 { " " } else { ", " })?;
            match operand {
                Operand::Use { reg, .. } => write!(f, "{reg:?}")?,
                Operand::Def { reg, .. } => write!(f, "{reg:?}=")?,
                Operand::UseDef { from, to, .. } => write!(f, "{from:?}→{to:?}")?,
                Operand::Imm(bits) => write!(f, "#{}", *bits as i64)?,
                Operand::Implicit => f.write_str("acc")?,
                Operand::Window => f.write_str("window")?,
                Operand::RefWindow => f.write_str("ref window")?,
                Operand::Target(edge) => write!(f, "edge {edge}")?,
                Operand::Targets(edge) => write!(f, "edges {edge}…")?,
            }
        }
        if let Some(Window { args, ref_args, results, ref_results, .. }) = self.0.window.as_deref() {
            f.write_str(" (")?;
            list(f, args)?;
            list(f, ref_args)?;
            write!(f, ") → {results:?}{ref_results:?}")?;
        }
        Ok(())
    }
}

fn list(f: &mut std::fmt::Formatter<'_>, sources: &[Source]) -> std::fmt::Result {
    for (i, source) in sources.iter().enumerate() {
        f.write_str(if i == 0 { "" } else { ", " })?;
        match source {
            Source::Reg(reg) => write!(f, "{reg:?}")?,
            Source::Const(bits) => write!(f, "#{}", *bits as i64)?,
            Source::Null => f.write_str("null")?,
        }
    }
    Ok(())
}
