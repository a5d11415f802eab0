//! One function body to SSA.

use super::control::Frame;
use super::features::{self, SUPPORTED};
use super::operators;
use super::sections::{Body, heap_type, value_type};
use super::ssa::Builder;
use crate::error::Error;
use crate::ir::module::ConstOp;
use crate::ir::{Block, Function, Module, Op, Type, Value};
use hardtack_format::prim::{self, Prim};
use wasmparser::{BinaryReader, FuncValidatorAllocations, FunctionBody, Operator, OperatorsReader};

/// How large a function may grow in memory (values, uses and definitions together). A body of the
/// largest size stays far below it unless it was made to explode: calls of a thousand results, or
/// thousands of locals that meet in thousands of places.
const MAX_SIZE: usize = 1 << 26;

/// Memory that is reused from one body to the next; one for each thread.
#[derive(Default)]
pub struct Scratch {
    validator: FuncValidatorAllocations,
    operators: wasmparser::OperatorsReaderAllocations,
}

/// Validates a function body and translates it. `wasm` is the whole file.
pub fn translate(module: &Module, body: &Body, wasm: &[u8], scratch: &mut Scratch) -> Result<Function, Error> {
    let reader = BinaryReader::new_features(&wasm[body.range.clone()], body.range.start as u64, SUPPORTED);
    match translate_body(module, body, FunctionBody::new(reader), scratch) {
        Ok(Some(function)) => Ok(function),
        Ok(None) => {
            let what = "size in memory of the function under translation";
            Err(Error::Limit { what, function: Some(body.index), limit: MAX_SIZE as u64 })
        }
        Err(error) => Err(features::explain(wasm, Some(body.index), &error)),
    }
}

/// Nothing is returned if the function would get too large.
fn translate_body(
    module: &Module,
    body: &Body,
    bytes: FunctionBody<'_>,
    scratch: &mut Scratch,
) -> wasmparser::Result<Option<Function>> {
    let mut validator = body.to_validate().into_validator(std::mem::take(&mut scratch.validator));
    let mut reader = bytes.get_binary_reader();
    validator.read_locals(&mut reader)?;
    let locals = (0..validator.len_locals())
        .map(|local| value_type(validator.get_local_type(local).expect("one of the locals")))
        .collect();

    let mut operators = OperatorsReader::new_with_allocs(reader, std::mem::take(&mut scratch.operators));
    let mut translator = Translator::new(module, body, locals);
    while !operators.eof() {
        let (op, offset) = operators.read_with_offset()?;
        validator.op(offset, &op)?;
        translator.operator(&op, offset as u32);
        if translator.ssa.size() > MAX_SIZE {
            return Ok(None);
        }
    }
    operators.finish()?;
    scratch.operators = operators.into_allocations();
    scratch.validator = validator.into_allocations();
    Ok(Some(translator.ssa.finish()))
}

/// State of the translation between two operators.
pub(super) struct Translator<'m> {
    pub(super) module: &'m Module,
    pub(super) ssa: Builder,
    /// The operand stack.
    pub(super) stack: Vec<Value>,
    /// The open blocks of the body, outermost first.
    pub(super) frames: Vec<Frame>,
    /// Where instructions go, unless nothing gets here.
    pub(super) block: Option<Block>,
    /// Number of blocks opened where nothing gets to.
    pub(super) dead_frames: usize,
    /// Where the current operator stands in the file.
    pub(super) offset: u32,
}

impl<'m> Translator<'m> {
    fn new(module: &'m Module, body: &Body, locals: Vec<Type>) -> Self {
        let signature = module.types[body.ty as usize].clone();
        let ssa = Builder::new(body.index, signature, locals, body.range.start as u32);
        let block = Some(ssa.f.entry());
        let frames = vec![Frame::body(body.ty)];
        let offset = body.range.start as u32;
        Translator { module, ssa, stack: vec![], frames, block, dead_frames: 0, offset }
    }

    /// Translates an operator that has been found valid.
    fn operator(&mut self, op: &Operator<'_>, offset: u32) {
        self.offset = offset;
        match self.block {
            Some(block) => {
                if !self.control(op, block) {
                    self.plain(op, block);
                }
            }
            None => self.dead_control(op),
        }
    }

    pub(super) fn pop(&mut self) -> Value {
        self.stack.pop().expect("validated: the stack isn't empty")
    }

    /// Adds an instruction that takes the top `args` values of the stack.
    fn push(&mut self, block: Block, op: Op, args: usize, results: &[Type]) {
        let first = self.stack.len() - args;
        let inst = self.ssa.f.push(block, op, &self.stack[first..], results, self.offset);
        self.stack.truncate(first);
        self.stack.extend_from_slice(self.ssa.f.results(inst));
    }

    fn constant(&mut self, block: Block, ty: Type, bits: prim::Bits) {
        self.push(block, Op::Const(bits), 0, &[ty]);
    }

    fn primitive(&mut self, block: Block, prim: Prim, imm: u64) {
        let args = prim.params().len() - usize::from(prim.constant_param().is_some());
        let result = Type::from_prim(prim.result());
        self.push(block, Op::Prim(prim, imm), args, result.as_slice());
    }

    fn select(&mut self, block: Block) {
        let ty = self.ssa.f.ty(self.stack[self.stack.len() - 2]);
        self.push(block, Op::Prim(Prim::select, 0), 3, &[ty]);
    }

    fn call(&mut self, block: Block, op: Op, ty: u32, extra_args: usize) {
        let signature = &self.module.types[ty as usize];
        self.push(block, op, signature.params.len() + extra_args, &signature.results);
    }

    fn global_get(&mut self, block: Block, index: u32) {
        let module = self.module;
        let global = module.globals[index as usize];
        if global.ty.is_ref() {
            return self.push(block, Op::RefGlobalGet(index), 0, &[global.ty]);
        }
        let prim = match index.checked_sub(module.imported_globals) {
            None => (Prim::imported_global_get, index),
            Some(own) => {
                if !global.mutable
                    && let [ConstOp::Const(ty, bits)] = module.global_inits[own as usize][..]
                {
                    return self.constant(block, ty, bits);
                }
                (Prim::global_get, own)
            }
        };
        self.push(block, Op::Prim(prim.0, prim.1.into()), 0, &[global.ty]);
    }

    fn global_set(&mut self, block: Block, index: u32) {
        let op = if self.module.globals[index as usize].ty.is_ref() {
            Op::RefGlobalSet(index)
        } else {
            match index.checked_sub(self.module.imported_globals) {
                None => Op::Prim(Prim::imported_global_set, index.into()),
                Some(own) => Op::Prim(Prim::global_set, own.into()),
            }
        };
        self.push(block, op, 1, &[]);
    }

    /// Translates an operator that isn't control flow.
    fn plain(&mut self, op: &Operator<'_>, block: Block) {
        if let Some((prim, imm)) = operators::prim(op) {
            return self.primitive(block, prim, imm);
        }
        match *op {
            Operator::Nop => {}
            Operator::Drop => {
                self.pop();
            }
            Operator::Select | Operator::TypedSelect { .. } => self.select(block),
            Operator::LocalGet { local_index } => {
                let value = self.ssa.read(block, local_index);
                self.stack.push(value);
            }
            Operator::LocalSet { local_index } => {
                let value = self.pop();
                self.ssa.write(block, local_index, value);
            }
            Operator::LocalTee { local_index } => {
                let value = *self.stack.last().expect("validated: the stack isn't empty");
                self.ssa.write(block, local_index, value);
            }
            Operator::GlobalGet { global_index } => self.global_get(block, global_index),
            Operator::GlobalSet { global_index } => self.global_set(block, global_index),
            Operator::I32Const { value } => self.constant(block, Type::I32, value as u32 as u64),
            Operator::I64Const { value } => self.constant(block, Type::I64, value as u64),
            Operator::F32Const { value } => self.constant(block, Type::F32, value.bits().into()),
            Operator::F64Const { value } => self.constant(block, Type::F64, value.bits()),
            Operator::RefNull { hty } => self.push(block, Op::RefNull, 0, &[heap_type(hty)]),
            Operator::RefFunc { function_index } => {
                self.push(block, Op::RefFunc(function_index), 0, &[Type::FuncRef]);
            }
            Operator::RefIsNull => self.push(block, Op::RefIsNull, 1, &[Type::I32]),
            Operator::Call { function_index } => {
                self.call(block, Op::Call(function_index), self.module.funcs[function_index as usize], 0);
            }
            Operator::CallIndirect { type_index, table_index } => {
                self.call(block, Op::CallIndirect { table: table_index, ty: type_index }, type_index, 1);
            }
            Operator::MemorySize { .. } => self.push(block, Op::Prim(Prim::memory_size, 0), 0, &[Type::I32]),
            Operator::MemoryGrow { .. } => self.push(block, Op::MemoryGrow, 1, &[Type::I32]),
            Operator::MemoryFill { .. } => self.push(block, Op::MemoryFill, 3, &[]),
            Operator::MemoryCopy { .. } => self.push(block, Op::MemoryCopy, 3, &[]),
            Operator::MemoryInit { data_index, .. } => self.push(block, Op::MemoryInit(data_index), 3, &[]),
            Operator::DataDrop { data_index } => self.push(block, Op::DataDrop(data_index), 0, &[]),
            Operator::TableGet { table } => {
                let ty = self.module.tables[table as usize].elem;
                self.push(block, Op::TableGet(table), 1, &[ty]);
            }
            Operator::TableSet { table } => self.push(block, Op::TableSet(table), 2, &[]),
            Operator::TableSize { table } => self.push(block, Op::TableSize(table), 0, &[Type::I32]),
            Operator::TableGrow { table } => self.push(block, Op::TableGrow(table), 2, &[Type::I32]),
            Operator::TableFill { table } => self.push(block, Op::TableFill(table), 3, &[]),
            Operator::TableCopy { dst_table, src_table } => {
                self.push(block, Op::TableCopy { to: dst_table, from: src_table }, 3, &[]);
            }
            Operator::TableInit { elem_index, table } => {
                self.push(block, Op::TableInit { table, elem: elem_index }, 3, &[]);
            }
            Operator::ElemDrop { elem_index } => self.push(block, Op::ElemDrop(elem_index), 0, &[]),
            _ => unreachable!("validated: no operator of an unsupported proposal: {op:?}"),
        }
    }
}
