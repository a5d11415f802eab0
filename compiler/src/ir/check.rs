//! The invariants of the IR, checked.
//!
//! - Every reachable block is well formed: its instructions exist, are placed once, in it alone, and take
//!   and give values of the types their operators say; so does its terminator.
//! - Every use is dominated by its definition, and no use names an alias.
//! - Every edge gives its block as many arguments as it has parameters, of the same types.
//! - The entry block has no predecessors and its parameters are the function's.
//! - Definitions and values agree: a value says where it is defined, and is.

use super::cfg::{Cfg, Dominators};
use super::{Block, Edge, Function, Inst, Module, Op, Terminator, Type, Value, ValueDef};
use hardtack_format::prim::{self, Prim};

/// Says which invariant a function breaks, if any.
pub fn check(f: &Function, module: &Module) -> Result<(), String> {
    let cfg = Cfg::new(f);
    let dominators = Dominators::new(&cfg);
    let mut checker = Checker { f, module, cfg, dominators, place: vec![None; f.inst_count()] };
    checker.check().map_err(|problem| format!("function {}: {problem}", f.index))
}

struct Checker<'a> {
    f: &'a Function,
    module: &'a Module,
    cfg: Cfg,
    dominators: Dominators,
    /// Block and position of each instruction.
    place: Vec<Option<(Block, usize)>>,
}

macro_rules! ensure { ($condition:expr, $($message:tt)+) => {
    if !$condition {
        return Err(format!($($message)+));
    }
} }

impl Checker<'_> {
    fn check(&mut self) -> Result<(), String> {
        let f = self.f;
        self.check_entry()?;
        for block in self.cfg.order() {
            for (position, inst) in f[*block].insts.iter().enumerate() {
                let other = self.place[inst.index()].replace((*block, position));
                ensure!(other.is_none(), "{inst} is placed twice, in {block} and {other:?}");
            }
        }
        for block in self.cfg.order() {
            for (position, param) in f[*block].params.iter().enumerate() {
                let expected = ValueDef::Param(*block, position as u32);
                ensure!(f.def(*param) == expected, "parameter {param} of {block} says {:?}", f.def(*param));
            }
            for (position, inst) in f[*block].insts.iter().enumerate() {
                self.check_inst(*block, position, *inst)
                    .map_err(|problem| format!("{block}: `{}`: {problem}", f.display_inst(*inst)))?;
            }
            self.check_terminator(*block)
                .map_err(|problem| format!("{block}: `{}`: {problem}", f.display_terminator(*block)))?;
        }
        Ok(())
    }

    fn check_entry(&self) -> Result<(), String> {
        let entry = self.f.entry();
        ensure!(self.cfg.predecessors(entry).is_empty(), "the entry block has predecessors");
        let params: Vec<Type> = self.f[entry].params.iter().map(|v| self.f.ty(*v)).collect();
        ensure!(params == self.f.signature.params, "the entry block's parameters are {params:?}");
        Ok(())
    }

    fn check_inst(&self, block: Block, position: usize, inst: Inst) -> Result<(), String> {
        for arg in self.f.args(inst) {
            self.check_use(*arg, block, position)?;
        }
        for (nth, result) in self.f.results(inst).iter().enumerate() {
            let def = self.f.def(*result);
            ensure!(def == ValueDef::Inst(inst, nth as u32), "result {result} says {def:?}");
        }
        self.check_types(inst)
    }

    /// Checks that a value is defined before a position in a block.
    fn check_use(&self, value: Value, block: Block, position: usize) -> Result<(), String> {
        ensure!(value.index() < self.f.value_count(), "{value} doesn't exist");
        match self.f.def(value) {
            ValueDef::Alias(target) => Err(format!("{value} is an alias of {target}")),
            ValueDef::Param(home, nth) => {
                ensure!(self.f[home].params.get(nth as usize) == Some(&value), "{value} is no parameter of {home}");
                ensure!(self.dominators.dominates(home, block), "{value} comes from {home}, which doesn't dominate");
                Ok(())
            }
            ValueDef::Inst(inst, nth) => {
                ensure!(self.f.results(inst).get(nth as usize) == Some(&value), "{value} is no result of {inst}");
                let Some((home, at)) = self.place[inst.index()] else {
                    return Err(format!("{value} comes from {inst}, which isn't placed"));
                };
                let before = if home == block { at < position } else { self.dominators.dominates(home, block) };
                ensure!(before, "{value} comes from {home} and isn't defined yet");
                Ok(())
            }
        }
    }

    fn check_types(&self, inst: Inst) -> Result<(), String> {
        let f = self.f;
        let types = |values: &[Value]| -> Vec<Type> { values.iter().map(|v| f.ty(*v)).collect() };
        let (args, results) = (types(f.args(inst)), types(f.results(inst)));
        let (expected_args, expected_results) = match f[inst].op {
            Op::Prim(prim, imm) => return self.check_prim(prim, imm, &args, &results),
            Op::Const(bits) => {
                ensure!(matches!(results[..], [ty] if !ty.is_ref()), "constants are numbers");
                let fits = matches!(results[0], Type::I64 | Type::F64) || bits <= u32::MAX.into();
                ensure!(fits, "the cell has bits outside the type");
                ensure!(args.is_empty(), "constants take no arguments");
                return Ok(());
            }
            Op::RefNull => {
                ensure!(matches!(results[..], [ty] if ty.is_ref()), "null is a reference");
                ensure!(args.is_empty(), "constants take no arguments");
                return Ok(());
            }
            Op::RefIsNull => {
                ensure!(matches!(args[..], [ty] if ty.is_ref()), "only references may be null");
                (args.clone(), vec![Type::I32])
            }
            Op::RefFunc(_) => (vec![], vec![Type::FuncRef]),
            Op::Call(func) => self.signature(self.module.funcs[func as usize], &[]),
            Op::CallIndirect { ty, .. } => self.signature(ty, &[Type::I32]),
            Op::RefGlobalGet(global) => (vec![], vec![self.module.globals[global as usize].ty]),
            Op::RefGlobalSet(global) => (vec![self.module.globals[global as usize].ty], vec![]),
            Op::MemoryGrow => (vec![Type::I32], vec![Type::I32]),
            Op::MemoryFill | Op::MemoryCopy | Op::MemoryInit(_) => (vec![Type::I32; 3], vec![]),
            Op::TableCopy { .. } | Op::TableInit { .. } => (vec![Type::I32; 3], vec![]),
            Op::DataDrop(_) | Op::ElemDrop(_) => (vec![], vec![]),
            Op::TableGet(table) => (vec![Type::I32], vec![self.elem(table)]),
            Op::TableSet(table) => (vec![Type::I32, self.elem(table)], vec![]),
            Op::TableSize(_) => (vec![], vec![Type::I32]),
            Op::TableGrow(table) => (vec![self.elem(table), Type::I32], vec![Type::I32]),
            Op::TableFill(table) => (vec![Type::I32, self.elem(table), Type::I32], vec![]),
        };
        ensure!(args == expected_args, "takes {expected_args:?}, not {args:?}");
        ensure!(results == expected_results, "gives {expected_results:?}, not {results:?}");
        Ok(())
    }

    fn signature(&self, ty: u32, more: &[Type]) -> (Vec<Type>, Vec<Type>) {
        let signature = &self.module.types[ty as usize];
        ([&signature.params, more].concat(), signature.results.clone())
    }

    fn elem(&self, table: u32) -> Type {
        self.module.tables[table as usize].elem
    }

    fn check_prim(&self, prim: Prim, imm: u64, args: &[Type], results: &[Type]) -> Result<(), String> {
        ensure!(prim != Prim::copy, "copies are made later");
        let constant = prim.constant_param();
        ensure!(constant.is_some() || imm == 0, "has a constant parameter");
        let params: Vec<prim::Type> =
            prim.params().iter().enumerate().filter(|(i, _)| constant != Some(*i)).map(|(_, ty)| *ty).collect();
        ensure!(params.len() == args.len(), "takes {} arguments, not {}", params.len(), args.len());
        for (param, arg) in params.iter().zip(args) {
            if let Some(expected) = Type::from_prim(*param) {
                ensure!(*arg == expected, "takes {expected}, not {arg}");
            }
        }
        match prim.result() {
            prim::Type::None => ensure!(results.is_empty(), "gives nothing"),
            ty => {
                ensure!(results.len() == 1, "gives one value");
                ensure!(Type::from_prim(ty).is_none_or(|ty| ty == results[0]), "gives {ty:?}");
            }
        }
        let globals = self.module.imported_globals as usize;
        match prim {
            Prim::select => ensure!(args[0] == args[1] && args[0] == results[0], "selects between types"),
            Prim::global_get | Prim::global_set | Prim::imported_global_get | Prim::imported_global_set => {
                let imported = matches!(prim, Prim::imported_global_get | Prim::imported_global_set);
                let index = imm as usize + if imported { 0 } else { globals };
                let global = self.module.globals.get(index).filter(|_| imported == (index < globals));
                let Some(global) = global else { return Err("names no global".to_string()) };
                ensure!(args.iter().chain(results).all(|ty| *ty == global.ty), "the global is {}", global.ty);
            }
            _ => {}
        }
        Ok(())
    }

    fn check_terminator(&self, block: Block) -> Result<(), String> {
        let f = self.f;
        let mut result = Ok(());
        f.for_each_terminator_use(block, |value| {
            if result.is_ok() {
                result = self.check_use(value, block, usize::MAX);
            }
        });
        result?;
        match &f[block].terminator {
            Terminator::Branch { cond: value, .. } | Terminator::BrTable { index: value, .. } => {
                ensure!(f.ty(*value) == Type::I32, "decides by {}", f.ty(*value));
            }
            Terminator::Return(values) => {
                let types: Vec<Type> = f.values(*values).iter().map(|v| f.ty(*v)).collect();
                ensure!(types == f.signature.results, "returns {types:?}");
            }
            Terminator::Jump(_) | Terminator::Trap(_) => {}
        }
        let mut result = Ok(());
        f.for_each_edge(block, |edge| {
            if result.is_ok() {
                result = self.check_edge(edge);
            }
        });
        result
    }

    fn check_edge(&self, edge: Edge) -> Result<(), String> {
        let (args, params) = (self.f.values(edge.args), &self.f[edge.block].params);
        ensure!(args.len() == params.len(), "{} takes {} arguments, not {}", edge.block, params.len(), args.len());
        for (arg, param) in args.iter().zip(params) {
            let (given, taken) = (self.f.ty(*arg), self.f.ty(*param));
            ensure!(given == taken, "{param} of {} is {taken}, but {arg} is {given}", edge.block);
        }
        Ok(())
    }
}
