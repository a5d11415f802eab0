//! A function as text, for people and snapshots.

use super::cfg::Cfg;
use super::{Block, Edge, Function, Inst, Op, Terminator, Type};
use hardtack_format::prim::{self, Bits};
use std::fmt::{self, Display, Formatter, Write};

impl Display for Type {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Type::I32 => "i32",
            Type::I64 => "i64",
            Type::F32 => "f32",
            Type::F64 => "f64",
            Type::FuncRef => "funcref",
            Type::ExternRef => "externref",
        })
    }
}

impl Display for Function {
    /// The blocks that can be reached, in reverse postorder.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.listing().iter().try_for_each(|line| writeln!(f, "{}", line.text))
    }
}

/// A line of a function's text.
///
/// ```
/// use hardtack_compiler::explain::{Line, explain};
///
/// let wat = b"(module (func (result i32) i32.const 42))";
/// let explained = explain(wat, &Default::default(), &|_, _| {})?;
/// for Line { text, offset } in &explained.functions[0].origin.ir {
///     println!("{offset:?}\t{text}");
/// }
/// # Ok::<(), hardtack_compiler::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The text.
    pub text: String,
    /// Offset in the wasm file of the operator that it came from, for instructions and terminators.
    pub offset: Option<u32>,
}

impl Function {
    /// The lines of its text: the blocks that can be reached, in reverse postorder.
    pub fn listing(&self) -> Vec<Line> {
        let signature = &self.signature;
        let head =
            format!("function {} ({}) -> ({})", self.index, Joined(&signature.params), Joined(&signature.results));
        let mut lines = vec![Line { text: head, offset: None }];
        for &block in Cfg::new(self).order() {
            let params: Vec<String> = self[block].params.iter().map(|v| format!("{v}: {}", self.ty(*v))).collect();
            let params = if params.is_empty() { String::new() } else { format!("({})", Joined(&params)) };
            lines.push(Line { text: format!("{block}{params}:"), offset: None });
            lines.extend(self[block].insts.iter().map(|inst| Line {
                text: format!("    {}", self.display_inst(*inst)),
                offset: Some(self[*inst].offset),
            }));
            let text = format!("    {}", self.display_terminator(block));
            lines.push(Line { text, offset: Some(self[block].offset) });
        }
        lines
    }

    /// An instruction as text, on one line.
    pub fn display_inst(&self, inst: Inst) -> String {
        let data = &self[inst];
        let mut s = String::new();
        let results = self.results(inst);
        // The type is said where the operator doesn't say it.
        let typed = match data.op {
            Op::Prim(prim, _) => prim.result() == prim::Type::Any,
            _ => !matches!(data.op, Op::Call(_) | Op::CallIndirect { .. }),
        };
        let names: Vec<String> =
            results.iter().map(|v| if typed { format!("{v}: {}", self.ty(*v)) } else { v.to_string() }).collect();
        if !names.is_empty() {
            write!(s, "{} = ", Joined(&names)).expect("strings take text");
        }
        self.write_op(&mut s, inst).expect("strings take text");
        s
    }

    fn write_op(&self, s: &mut String, inst: Inst) -> fmt::Result {
        let args = self.args(inst);
        let list = Joined(args);
        match self[inst].op {
            Op::Prim(prim, imm) => {
                s.write_str(prim.name())?;
                let mut separator = " ";
                for position in 0..prim.params().len() {
                    let constant = prim.constant_param();
                    if constant == Some(position) {
                        // An offset follows its address; no offset needs no words.
                        if position == 0 {
                            write!(s, "{separator}{imm}")?;
                        } else if imm != 0 {
                            write!(s, " +{imm}")?;
                        }
                    } else {
                        let nth = position - usize::from(constant.is_some_and(|at| at < position));
                        write!(s, "{separator}{}", args[nth])?;
                    }
                    separator = ", ";
                }
                Ok(())
            }
            Op::Const(bits) => write!(s, "const {}", Constant(self.ty(self.result(inst)), bits)),
            Op::RefNull => write!(s, "ref_null"),
            Op::RefFunc(func) => write!(s, "ref_func {func}"),
            Op::RefIsNull => write!(s, "ref_is_null {list}"),
            Op::Call(func) => write!(s, "call {func}({list})"),
            Op::CallIndirect { table, ty } => write!(s, "call_indirect table {table} type {ty} ({list})"),
            Op::RefGlobalGet(global) => write!(s, "ref_global_get {global}"),
            Op::RefGlobalSet(global) => write!(s, "ref_global_set {global}, {list}"),
            Op::MemoryGrow => write!(s, "memory_grow {list}"),
            Op::MemoryFill => write!(s, "memory_fill {list}"),
            Op::MemoryCopy => write!(s, "memory_copy {list}"),
            Op::MemoryInit(segment) => write!(s, "memory_init {segment}, {list}"),
            Op::DataDrop(segment) => write!(s, "data_drop {segment}"),
            Op::TableGet(table) => write!(s, "table_get {table}, {list}"),
            Op::TableSet(table) => write!(s, "table_set {table}, {list}"),
            Op::TableSize(table) => write!(s, "table_size {table}"),
            Op::TableGrow(table) => write!(s, "table_grow {table}, {list}"),
            Op::TableFill(table) => write!(s, "table_fill {table}, {list}"),
            Op::TableCopy { to, from } => write!(s, "table_copy {to}, {from}, {list}"),
            Op::TableInit { table, elem } => write!(s, "table_init {table}, {elem}, {list}"),
            Op::ElemDrop(segment) => write!(s, "elem_drop {segment}"),
        }
    }

    /// The terminator of a block as text, on one line.
    pub fn display_terminator(&self, block: Block) -> String {
        let edge = |edge: &Edge| {
            let args = self.values(edge.args);
            if args.is_empty() { edge.block.to_string() } else { format!("{}({})", edge.block, Joined(args)) }
        };
        match &self[block].terminator {
            Terminator::Jump(to) => format!("jump {}", edge(to)),
            Terminator::Branch { cond, then, otherwise } => {
                format!("branch {cond} → {}, {}", edge(then), edge(otherwise))
            }
            Terminator::BrTable { index, targets, default } => {
                let targets: Vec<String> = targets.iter().map(edge).collect();
                format!("br_table {index} → [{}], {}", Joined(&targets), edge(default))
            }
            Terminator::Return(values) => format!("return {}", Joined(self.values(*values))).trim_end().to_string(),
            Terminator::Trap(code) => format!("trap {code}"),
        }
    }
}

/// A constant of a type: numbers as such, not-a-numbers by their bits.
struct Constant(Type, Bits);

impl Display for Constant {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Constant(ty, bits) = *self;
        match ty {
            Type::I32 => write!(f, "{}", bits as i32),
            Type::I64 => write!(f, "{}", bits as i64),
            Type::F32 if f32::from_bits(bits as u32).is_nan() => write!(f, "nan:{:#x}", bits as u32),
            Type::F32 => write!(f, "{:?}", f32::from_bits(bits as u32)),
            Type::F64 if f64::from_bits(bits).is_nan() => write!(f, "nan:{bits:#x}"),
            Type::F64 => write!(f, "{:?}", f64::from_bits(bits)),
            Type::FuncRef | Type::ExternRef => write!(f, "{bits:#x}"),
        }
    }
}

struct Joined<'a, T>(&'a [T]);

impl<T: Display> Display for Joined<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (i, item) in self.0.iter().enumerate() {
            let separator = if i == 0 { "" } else { ", " };
            write!(f, "{separator}{item}")?;
        }
        Ok(())
    }
}
