//! Random modules of the shapes that fused instructions serve: loops that count, branches and selections on comparisons of values that
//! differ, memory at computed addresses, copies between locals. Tests of the main workspace include this file too.
//!
//! Modules of wasm-smith reach every operator, but compute little that anybody looks at: most of what they compare is constant, most
//! branches go where they would have gone anyway, and hardly a loop runs twice. Here every function's locals start as its parameters,
//! end in its results, in memory and in globals, and nothing but rare traps ends it early.
//!
//! A module ends by itself: its loops count, and functions call only those before them. No NaN's bits are looked at: where a float
//! becomes bits, [`Body::canonical`] makes NaNs equal.

mod loops;
mod num;

use arbitrary::Unstructured;
use num::NUMS;
use num::Num::{self, *};
use wasm_encoder::Instruction::*;
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, DataSection, ElementSection, Elements, ExportKind, ExportSection, Function,
    FunctionSection, GlobalSection, GlobalType, Instruction, MemArg, MemArgTarget, MemorySection, MemoryType, Module,
    RefType, TableSection, TableType, TypeSection,
};

/// What a memory instruction adds to its address.
fn at(offset: u64) -> MemArg {
    MemArg { offset, align: 0, target: MemArgTarget::Memory(0), ordering: None }
}

#[derive(Clone)]
struct Signature {
    params: Vec<Num>,
    results: Vec<Num>,
}

/// Where functions leave their locals when they return; everything else lies below.
const LEFT: u64 = 0xe000;
/// Working locals of each type besides parameters and counters, and pointers.
const LOCALS: usize = 3;
/// Globals of each type.
const GLOBALS: usize = 2;
/// Statements of a function.
const STATEMENTS: u32 = 24;

/// Makes a module. What it exports: functions from numbers to numbers, a memory, mutable globals.
///
/// # Errors
/// Never for lack of bytes: the module is small then.
pub fn module(random: &mut Unstructured<'_>) -> arbitrary::Result<Vec<u8>> {
    let count = random.int_in_range(1..=3)?;
    let mut signatures: Vec<Signature> = Vec::new();
    let (mut types, mut functions, mut exports, mut code) =
        (TypeSection::new(), FunctionSection::new(), ExportSection::new(), CodeSection::new());
    for func in 0..count {
        let mut some = |least: usize, most: usize| -> arbitrary::Result<Vec<Num>> {
            (0..random.int_in_range(least..=most)?).map(|_| Ok(*random.choose(&NUMS)?)).collect()
        };
        let signature = Signature { params: some(1, 5)?, results: some(1, 3)? };
        let valtypes = |nums: &[Num]| nums.iter().map(|num| num.ty()).collect::<Vec<_>>();
        types.ty().function(valtypes(&signature.params), valtypes(&signature.results));
        functions.function(func);
        exports.export(&format!("f{func}"), ExportKind::Func, func);
        code.function(&Body::generate(random, &signature, &signatures)?);
        signatures.push(signature);
    }
    let mut globals = GlobalSection::new();
    for (i, num) in NUMS.iter().flat_map(|num| [num; GLOBALS]).enumerate() {
        globals.global(GlobalType { val_type: num.ty(), mutable: true, shared: false }, &num.zero());
        exports.export(&format!("g{i}"), ExportKind::Global, i as u32);
    }
    let mut memories = MemorySection::new();
    memories.memory(MemoryType { minimum: 1, maximum: Some(2), memory64: false, shared: false, page_size_log2: None });
    exports.export("memory", ExportKind::Memory, 0);
    let mut tables = TableSection::new();
    let len = u64::from(count);
    let table =
        TableType { element_type: RefType::FUNCREF, minimum: len, maximum: Some(len), table64: false, shared: false };
    tables.table(table);
    let mut elements = ElementSection::new();
    elements.active(None, &ConstExpr::i32_const(0), Elements::Functions((0..count).collect::<Vec<u32>>().into()));
    let mut data = DataSection::new();
    data.active(0, &ConstExpr::i32_const(0), (0..512u32).map(|i| (i.wrapping_mul(0x9e37_79b9) >> 21) as u8));
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&tables).section(&memories).section(&globals);
    module.section(&exports).section(&elements).section(&code).section(&data);
    Ok(module.finish())
}

/// A function in the making.
struct Body<'r, 'a> {
    random: &'r mut Unstructured<'a>,
    code: Vec<Instruction<'static>>,
    /// Types of the parameters and the other locals.
    locals: Vec<Num>,
    /// Locals that loops count with at the moment: only read.
    counters: Vec<u32>,
    /// Locals that point into the first part of memory: assigned with care.
    pointers: [u32; 2],
    /// For each label that can be seen, whether it is a block's without results, from the outermost on.
    labels: Vec<bool>,
    /// Loops around.
    loops: usize,
    /// Statements that may still be made.
    statements: u32,
    signature: &'r Signature,
    callees: &'r [Signature],
}

type Done = arbitrary::Result<()>;

impl<'r, 'a> Body<'r, 'a> {
    fn generate(
        random: &'r mut Unstructured<'a>,
        signature: &'r Signature,
        callees: &'r [Signature],
    ) -> arbitrary::Result<Function> {
        let mut locals = signature.params.clone();
        locals.extend(NUMS.iter().flat_map(|num| [*num; LOCALS]));
        let first = locals.len() as u32;
        locals.extend([I32; 2]);
        let mut body = Body {
            random,
            code: vec![],
            locals,
            counters: vec![],
            pointers: [first, first + 1],
            labels: vec![],
            loops: 0,
            statements: STATEMENTS,
            signature,
            callees,
        };
        body.point()?;
        for _ in 0..body.random.int_in_range(1..=8)? {
            body.statement()?;
        }
        body.leave_locals()?;
        body.results()?;
        body.push(End);
        let mut function = Function::new_with_locals_types(
            body.locals.iter().skip(signature.params.len()).map(|num| num.ty()).collect::<Vec<_>>(),
        );
        for instruction in &body.code {
            function.instruction(instruction);
        }
        Ok(function)
    }

    fn push(&mut self, instruction: Instruction<'static>) {
        // wasmi 2.0.0 fuses a comparison with zero into the `select` that follows, and then reads the condition from a register that nobody
        // wrote. This changes nothing.
        if matches!((self.code.last(), &instruction), (Some(I32Eqz | I64Eqz | I32Eq | I64Eq | I32Ne | I64Ne), Select)) {
            self.code.push(I32Extend8S);
        }
        self.code.push(instruction);
    }

    fn below(&mut self, end: usize) -> arbitrary::Result<usize> {
        self.random.int_in_range(0..=end - 1)
    }

    /// Once in so many times; never when the bytes have run out.
    fn rarely(&mut self, times: usize) -> arbitrary::Result<bool> {
        Ok(self.below(times)? == times - 1)
    }

    fn one_of(&mut self, from: &'static [Instruction<'static>]) -> Done {
        let chosen = self.random.choose(from)?.clone();
        self.push(chosen);
        Ok(())
    }

    /// A local of a type that may be assigned.
    fn local(&mut self, num: Num) -> arbitrary::Result<u32> {
        let free =
            |i: &u32| self.locals[*i as usize] == num && !self.counters.contains(i) && !self.pointers.contains(i);
        let locals: Vec<u32> = (0..self.locals.len() as u32).filter(free).collect();
        Ok(*self.random.choose(&locals)?)
    }

    /// A local that nothing else assigns until it is let go of.
    fn counter(&mut self, num: Num) -> u32 {
        self.locals.push(num);
        let counter = self.locals.len() as u32 - 1;
        self.counters.push(counter);
        counter
    }

    fn global(&mut self, num: Num) -> arbitrary::Result<u32> {
        Ok((num as usize * GLOBALS + self.below(GLOBALS)?) as u32)
    }

    fn constant(&mut self, num: Num) -> Done {
        let small = self.random.int_in_range(-8..=16)?;
        let bit = self.below(64)? as u32;
        let kind = self.below(7)?;
        let bits: i64 = match kind {
            0..=2 => small.into(),
            3 => 1i64.wrapping_shl(bit),
            4 => 1i64.wrapping_shl(bit).wrapping_sub(1),
            5 => [i64::MAX, i64::MIN, 0x7fff_ffff, -0x8000_0000, 0xffff_ffff][bit as usize % 5],
            _ => self.random.arbitrary()?,
        };
        self.push(match num {
            I32 => I32Const(bits as i32),
            I64 => I64Const(bits),
            F32 => F32Const((bits as f32 / [1.0, 2.0, 3.0][bit as usize % 3]).into()),
            F64 => F64Const((bits as f64 / [1.0, 4.0, 3.0][bit as usize % 3]).into()),
        });
        Ok(())
    }

    /// A value that costs nothing to have.
    fn leaf(&mut self, num: Num) -> Done {
        match self.below(8)? {
            0..=4 => {
                // Counters and pointers may be read, too.
                let locals: Vec<u32> =
                    (0..self.locals.len() as u32).filter(|i| self.locals[*i as usize] == num).collect();
                let local = *self.random.choose(&locals)?;
                self.push(LocalGet(local));
            }
            5 | 6 => self.constant(num)?,
            _ => {
                let global = self.global(num)?;
                self.push(GlobalGet(global));
            }
        }
        Ok(())
    }

    /// A value that takes up to so many operators one after the other.
    fn value(&mut self, num: Num, depth: u32) -> Done {
        if depth == 0 {
            return self.leaf(num);
        }
        let depth = depth - 1;
        match self.below(20)? {
            0..=2 => self.leaf(num)?,
            3..=8 => {
                self.value(num, depth)?;
                // What stands on the right is mostly simple.
                let right = self.below(2)? as u32;
                self.value(num, depth.min(right))?;
                self.one_of(num.binary())?;
            }
            9 => {
                self.value(num, depth)?;
                self.one_of(num.unary())?;
            }
            10..=12 => {
                let which = self.below(7)?;
                let at = self.address(depth)?;
                self.push(num.load(which, at));
            }
            13 | 14 => {
                self.value(num, depth)?;
                self.value(num, depth.min(1))?;
                self.condition(depth)?;
                self.push(Select);
            }
            15 => {
                let (from, conversion) = self.random.choose(num.conversions())?.clone();
                self.value(from, depth)?;
                if matches!(conversion, I32ReinterpretF32 | I64ReinterpretF64) {
                    self.canonical(from);
                }
                self.push(conversion);
            }
            16 if num == I32 => self.condition(depth)?,
            16 | 17 => {
                self.value(num, depth)?;
                let local = self.local(num)?;
                self.push(LocalTee(local));
            }
            18 => {
                self.condition(depth)?;
                self.push(If(BlockType::Result(num.ty())));
                self.labels.push(false);
                self.value(num, depth)?;
                self.push(Else);
                self.value(num, depth)?;
                self.labels.pop();
                self.push(End);
            }
            _ => {
                self.value(num, depth)?;
                self.value(num, 0)?;
                if !num.is_float() && !self.rarely(16)? {
                    self.push(num.constant(1));
                    self.push(if num == I32 { I32Or } else { I64Or });
                }
                self.one_of(num.division())?;
            }
        }
        Ok(())
    }

    /// Makes NaNs equal, in the value on top of the stack.
    fn canonical(&mut self, num: Num) {
        if !num.is_float() {
            return;
        }
        self.locals.push(num);
        let local = self.locals.len() as u32 - 1;
        self.push(LocalTee(local));
        self.push(match num {
            F32 => F32Const(f32::NAN.into()),
            _ => F64Const(f64::NAN.into()),
        });
        self.push(LocalGet(local));
        self.push(LocalGet(local));
        self.push(if num == F32 { F32Eq } else { F64Eq });
        self.push(Select);
    }

    /// An `i32` that says yes or no.
    fn condition(&mut self, depth: u32) -> Done {
        match self.below(12)? {
            0..=8 => {
                let num = *self.random.choose(&[I32, I32, I64, I32, I64, F64, F32])?;
                self.value(num, depth)?;
                let right = self.below(2)? as u32;
                self.value(num, depth.min(right))?;
                self.one_of(num.comparisons())?;
            }
            9 => {
                let num = *self.random.choose(&[I32, I64])?;
                self.value(num, depth)?;
                self.push(if num == I32 { I32Eqz } else { I64Eqz });
            }
            10 if depth > 0 => {
                self.condition(depth - 1)?;
                self.push(I32Eqz);
            }
            _ => self.value(I32, depth)?,
        }
        Ok(())
    }

    /// An address, mostly one within the memory.
    fn address(&mut self, depth: u32) -> arbitrary::Result<MemArg> {
        let offset = [0, 0, 0, 4, 8, 100, 1000][self.below(7)?];
        let pointer = self.pointers[self.below(2)?];
        let counters: Vec<u32> = self.counters.iter().copied().filter(|i| self.locals[*i as usize] == I32).collect();
        match self.below(8)? {
            0 | 1 => self.push(LocalGet(pointer)),
            2 | 3 if !counters.is_empty() => {
                let counter = *self.random.choose(&counters)?;
                self.push(LocalGet(pointer));
                self.push(LocalGet(counter));
                let scale = self.random.int_in_range(0..=3)?;
                if scale > 0 {
                    self.push(I32Const(scale));
                    self.push(I32Shl);
                }
                self.push(I32Add);
            }
            2..=4 => {
                self.push(LocalGet(pointer));
                self.value(I32, depth.min(1))?;
                let mask = [7, 63, 255][self.below(3)?];
                self.push(I32Const(mask));
                self.push(I32And);
                if self.below(2)? == 0 {
                    self.push(I32Const(8));
                    self.push(I32Mul);
                }
                self.push(I32Add);
            }
            5 => {
                self.push(LocalGet(pointer));
                let step = self.random.int_in_range(1..=64)?;
                self.push(I32Const(step));
                self.push(I32Add);
            }
            6 => {
                let at = self.random.int_in_range(0..=2000)?;
                self.push(I32Const(at));
            }
            _ => {
                self.value(I32, depth)?;
                if !self.rarely(24)? {
                    self.push(I32Const(0x3ff8));
                    self.push(I32And);
                }
            }
        }
        Ok(at(offset))
    }

    /// Assigns a pointer.
    fn point(&mut self) -> Done {
        let pointer = self.pointers[self.below(2)?];
        if self.below(2)? == 0 {
            self.value(I32, 2)?;
            self.push(I32Const(0x0ff8));
            self.push(I32And);
        } else {
            // Loops don't make it run far.
            self.push(LocalGet(pointer));
            let step = [1, 4, 8][self.below(3)?];
            self.push(I32Const(step));
            self.push(I32Add);
        }
        self.push(LocalSet(pointer));
        Ok(())
    }

    /// What stands on the stack when the function returns.
    fn results(&mut self) -> Done {
        let signature = self.signature;
        for num in &signature.results {
            self.value(*num, 2)?;
            self.canonical(*num);
        }
        Ok(())
    }

    /// Leaves locals in memory, so that they all matter.
    fn leave_locals(&mut self) -> Done {
        for local in 0..self.locals.len() {
            let num = self.locals[local];
            if self.rarely(3)? {
                continue;
            }
            self.push(I32Const(0));
            self.push(LocalGet(local as u32));
            self.canonical(num);
            self.push(num.store(0, at(LEFT + 8 * local as u64)));
        }
        Ok(())
    }

    /// Some statements, unless there have been enough.
    fn statements(&mut self, most: usize) -> Done {
        for _ in 0..self.random.int_in_range(1..=most)? {
            if self.statements == 0 {
                break;
            }
            self.statement()?;
        }
        Ok(())
    }

    fn statement(&mut self) -> Done {
        self.statements = self.statements.saturating_sub(1);
        let nested = self.statements > 0;
        match self.below(20)? {
            0..=2 => {
                let num = *self.random.choose(&NUMS)?;
                self.value(num, 3)?;
                let local = self.local(num)?;
                self.push(LocalSet(local));
            }
            3 | 4 => self.store()?,
            5 => {
                let num = *self.random.choose(&NUMS)?;
                self.value(num, 2)?;
                self.canonical(num);
                let global = self.global(num)?;
                self.push(GlobalSet(global));
            }
            6 => self.point()?,
            7 => self.exchange()?,
            8 => self.update()?,
            9 | 10 if nested => {
                self.condition(2)?;
                self.push(If(BlockType::Empty));
                self.labels.push(false);
                self.statements(3)?;
                if self.below(2)? == 0 {
                    self.push(Else);
                    self.statements(3)?;
                }
                self.labels.pop();
                self.push(End);
            }
            11 | 12 if nested => {
                self.begin(Block(BlockType::Empty));
                self.statements(2)?;
                self.condition(2)?;
                self.push(BrIf(0));
                self.statements(3)?;
                self.end();
            }
            13 => self.leave_block()?,
            14 => self.value_or_other()?,
            15 if nested => self.switch()?,
            16 => self.call()?,
            17 if self.below(2)? == 0 => self.meet()?,
            17 if self.rarely(2)? => self.bulk()?,
            _ if nested && self.loops < 3 => self.repeat()?,
            _ => {
                let num = *self.random.choose(&[I32, I64])?;
                self.value(num, 4)?;
                let local = self.local(num)?;
                self.push(LocalSet(local));
            }
        }
        Ok(())
    }

    fn begin(&mut self, block: Instruction<'static>) {
        self.labels.push(matches!(block, Block(_)));
        self.push(block);
    }

    fn end(&mut self) {
        self.labels.pop();
        self.push(End);
    }

    fn store(&mut self) -> Done {
        let num = *self.random.choose(&NUMS)?;
        let at = self.address(2)?;
        let which = self.below(4)?;
        if self.below(3)? == 0 {
            // From memory to memory: a NaN keeps its bits.
            let from = self.address(1)?;
            let load = self.below(7)?;
            self.push(num.load(load, from));
        } else {
            self.value(num, 2)?;
            self.canonical(num);
        }
        self.push(num.store(which, at));
        Ok(())
    }

    /// Changes a number in memory.
    fn update(&mut self) -> Done {
        let num = *self.random.choose(&NUMS)?;
        let pointer = self.pointers[self.below(2)?];
        let at = at([0, 8, 24][self.below(3)?]);
        let which = [0, 1, 3][self.below(3)?];
        // 16 bits have different places among loads and stores.
        let (load, store) = if which == 3 { (3, 2) } else { (which, which) };
        self.push(LocalGet(pointer));
        self.push(LocalGet(pointer));
        self.push(num.load(load, at));
        self.value(num, 1)?;
        self.one_of(num.binary())?;
        self.canonical(num);
        self.push(num.store(store, at));
        Ok(())
    }

    /// Reads a place again after a write to one near it, or to the very same, by way of another pointer.
    fn meet(&mut self) -> Done {
        let num = *self.random.choose(&NUMS)?;
        let [one, other] = self.pointers;
        self.push(LocalGet(one));
        let distance = [0, 0, 1, 4, 8, -4][self.below(6)?];
        self.push(I32Const(distance));
        self.push(I32Add);
        self.push(LocalSet(other));
        let kept = self.local(num)?;
        let (load, store) = (self.below(7)?, self.below(4)?);
        self.push(LocalGet(one));
        self.push(num.load(load, at(8)));
        self.push(LocalSet(kept));
        self.push(LocalGet(other));
        self.value(num, 1)?;
        self.canonical(num);
        self.push(num.store(store, at(8)));
        self.push(LocalGet(one));
        self.push(num.load(load, at(8)));
        self.push(LocalGet(kept));
        self.push(num.add());
        self.push(LocalSet(kept));
        Ok(())
    }

    /// Locals change places.
    fn exchange(&mut self) -> Done {
        let num = *self.random.choose(&NUMS)?;
        let locals = [self.local(num)?, self.local(num)?, self.local(num)?];
        for local in locals {
            self.push(LocalGet(local));
        }
        for local in [locals[1], locals[0], locals[2]] {
            self.push(LocalSet(local));
        }
        Ok(())
    }

    /// Leaves a block around, or the function.
    fn leave_block(&mut self) -> Done {
        let depth = self.labels.len();
        let blocks: Vec<u32> = (0..depth as u32).filter(|i| self.labels[depth - 1 - *i as usize]).collect();
        self.condition(2)?;
        if blocks.is_empty() || self.rarely(8)? {
            self.push(If(BlockType::Empty));
            self.results()?;
            self.push(Return);
            self.push(End);
        } else {
            let target = *self.random.choose(&blocks)?;
            self.push(BrIf(target));
        }
        Ok(())
    }

    /// A value that a branch takes out of a block, or another one.
    fn value_or_other(&mut self) -> Done {
        let num = *self.random.choose(&NUMS)?;
        self.push(Block(BlockType::Result(num.ty())));
        self.labels.push(false);
        self.value(num, 2)?;
        self.condition(2)?;
        self.push(BrIf(0));
        if self.below(2)? == 0 {
            let local = self.local(num)?;
            self.push(LocalSet(local));
            self.value(num, 2)?;
        } else {
            self.value(num, 1)?;
            self.push(num.add());
        }
        self.end();
        let local = self.local(num)?;
        self.push(LocalSet(local));
        Ok(())
    }

    fn switch(&mut self) -> Done {
        let count = self.random.int_in_range(1..=3)?;
        for _ in 0..=count {
            self.begin(Block(BlockType::Empty));
        }
        self.value(I32, 2)?;
        if self.below(2)? == 0 {
            self.push(I32Const(3));
            self.push(I32And);
        }
        self.push(BrTable((0..count).collect::<Vec<u32>>().into(), count));
        for _ in 0..=count {
            self.end();
            self.statements(1)?;
        }
        Ok(())
    }

    fn call(&mut self) -> Done {
        let callees = self.callees;
        // Loops in callees of loops take too long.
        if callees.is_empty() || self.loops > 1 {
            return self.exchange();
        }
        let callee = self.below(callees.len())?;
        for num in &callees[callee].params {
            self.value(*num, 1)?;
        }
        if self.below(2)? == 0 {
            self.push(Call(callee as u32));
        } else {
            self.push(I32Const(callee as i32));
            self.push(CallIndirect { type_index: callee as u32, table_index: 0 });
        }
        for num in callees[callee].results.iter().rev() {
            let local = self.local(*num)?;
            self.push(LocalSet(local));
        }
        Ok(())
    }

    fn bulk(&mut self) -> Done {
        for _ in 0..2 {
            self.push(LocalGet(self.pointers[0]));
            self.value(I32, 1)?;
            self.push(I32Const(63));
            self.push(I32And);
            self.push(I32Add);
        }
        self.push(I32Const(20));
        let copy = self.below(2)? == 0;
        self.push(if copy { MemoryCopy { src_mem: 0, dst_mem: 0 } } else { MemoryFill(0) });
        Ok(())
    }
}
