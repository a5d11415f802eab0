//! An interpreter of the IR, for tests: what a function means, independently of everything after it.

use super::module::{ConstOp, ElemItems, SegmentMode};
use super::{Edge, Function, Module, Op, Terminator, Type};
use hardtack_format::prim::{Bits, Machine, Prim};
use hardtack_format::trap::TrapCode;
use std::cell::{Cell, RefCell};

const PAGE: usize = 1 << 16;
const MAX_PAGES: usize = 1 << 12;
/// Deep enough for programs in tests, and shallow enough for the native stack of a test thread.
const MAX_CALLS: u32 = 200;

/// A running module. References are cells: zero is null, a function is its index plus one.
pub(crate) struct Instance<'a> {
    module: &'a Module,
    functions: &'a [Function],
    wasm: &'a [u8],
    pub(crate) memory: RefCell<Vec<u8>>,
    pub(crate) globals: RefCell<Vec<Bits>>,
    tables: RefCell<Vec<Vec<Bits>>>,
    dropped_data: RefCell<Vec<bool>>,
    dropped_elems: RefCell<Vec<bool>>,
    /// Calls of imports so far, with arguments. They all return zeros.
    pub(crate) calls: RefCell<Vec<(u32, Vec<Bits>)>>,
    /// Instructions left.
    pub(crate) fuel: Cell<u64>,
    depth: Cell<u32>,
}

type Outcome<T> = Result<T, TrapCode>;

impl<'a> Instance<'a> {
    /// Instantiates a module; `functions` are its own, in order.
    pub(crate) fn new(module: &'a Module, functions: &'a [Function], wasm: &'a [u8], fuel: u64) -> Outcome<Self> {
        let pages = module.memories.first().map_or(0, |limits| limits.min as usize).min(MAX_PAGES);
        let instance = Instance {
            module,
            functions,
            wasm,
            memory: RefCell::new(vec![0; pages * PAGE]),
            globals: RefCell::new(vec![0; module.imported_globals as usize]),
            tables: RefCell::new(module.tables.iter().map(|t| vec![0; (t.limits.min as usize).min(1 << 20)]).collect()),
            dropped_data: RefCell::new(vec![false; module.datas.len()]),
            dropped_elems: RefCell::new(vec![false; module.elems.len()]),
            calls: RefCell::default(),
            fuel: Cell::new(fuel),
            depth: Cell::new(0),
        };
        for init in &module.global_inits {
            let value = instance.constant(init);
            instance.globals.borrow_mut().push(value);
        }
        for (nth, elem) in module.elems.iter().enumerate() {
            if let SegmentMode::Active { index, offset } = &elem.mode {
                let to = instance.constant(offset);
                let items = instance.items(nth);
                instance.table_init(*index, &items, [to, 0, items.len() as u64])?;
            }
        }
        for data in &module.datas {
            if let SegmentMode::Active { offset, .. } = &data.mode {
                let to = instance.constant(offset);
                instance.memory_init(&wasm[data.bytes.clone()], [to, 0, data.bytes.len() as u64])?;
            }
        }
        Ok(instance)
    }

    fn constant(&self, expr: &[ConstOp]) -> Bits {
        let mut stack: Vec<Bits> = vec![];
        for op in expr {
            let prim = match op {
                ConstOp::Const(_, bits) => {
                    stack.push(*bits);
                    continue;
                }
                ConstOp::GlobalGet(global) => {
                    stack.push(self.globals.borrow()[*global as usize]);
                    continue;
                }
                ConstOp::RefNull(_) => {
                    stack.push(0);
                    continue;
                }
                ConstOp::RefFunc(func) => {
                    stack.push(u64::from(*func) + 1);
                    continue;
                }
                ConstOp::I32Add => Prim::i32_add,
                ConstOp::I32Sub => Prim::i32_sub,
                ConstOp::I32Mul => Prim::i32_mul,
                ConstOp::I64Add => Prim::i64_add,
                ConstOp::I64Sub => Prim::i64_sub,
                ConstOp::I64Mul => Prim::i64_mul,
            };
            let (b, a) = (stack.pop().unwrap(), stack.pop().unwrap());
            stack.push(prim.eval(self, &[a, b]).unwrap());
        }
        stack[0]
    }

    fn items(&self, segment: usize) -> Vec<Bits> {
        match &self.module.elems[segment].items {
            ElemItems::Funcs(funcs) => funcs.iter().map(|func| u64::from(*func) + 1).collect(),
            ElemItems::Exprs(exprs) => exprs.iter().map(|expr| self.constant(expr)).collect(),
        }
    }

    /// Calls a function by its index in the module.
    pub(crate) fn call(&self, index: u32, args: &[Bits]) -> Outcome<Vec<Bits>> {
        let Some(own) = self.module.own(index) else {
            self.calls.borrow_mut().push((index, args.to_vec()));
            let ty = &self.module.types[self.module.funcs[index as usize] as usize];
            return Ok(vec![0; ty.results.len()]);
        };
        if self.depth.get() >= MAX_CALLS {
            return Err(TrapCode::StackOverflow);
        }
        self.depth.set(self.depth.get() + 1);
        let result = self.run(&self.functions[own], args);
        self.depth.set(self.depth.get() - 1);
        result
    }

    fn run(&self, f: &Function, args: &[Bits]) -> Outcome<Vec<Bits>> {
        let mut cells = vec![0; f.value_count()];
        let mut block = f.entry();
        for (param, arg) in f[block].params.iter().zip(args) {
            cells[param.index()] = *arg;
        }
        loop {
            for inst in &f[block].insts {
                self.fuel.set(self.fuel.get().checked_sub(1).ok_or(TrapCode::OutOfFuel)?);
                let args: Vec<Bits> = f.args(*inst).iter().map(|v| cells[v.index()]).collect();
                let results = self.step(f[*inst].op, &args)?;
                for (value, cell) in f.results(*inst).iter().zip(results) {
                    // Narrow values are compared as whole cells by tests.
                    let narrow = matches!(f.ty(*value), Type::I32 | Type::F32);
                    cells[value.index()] = if narrow { cell & 0xffff_ffff } else { cell };
                }
            }
            self.fuel.set(self.fuel.get().checked_sub(1).ok_or(TrapCode::OutOfFuel)?);
            let edge: Edge = match &f[block].terminator {
                Terminator::Jump(edge) => *edge,
                Terminator::Branch { cond, then, otherwise } => {
                    if cells[cond.index()] as u32 != 0 {
                        *then
                    } else {
                        *otherwise
                    }
                }
                Terminator::BrTable { index, targets, default } => {
                    *targets.get(cells[index.index()] as u32 as usize).unwrap_or(default)
                }
                Terminator::Return(values) => return Ok(f.values(*values).iter().map(|v| cells[v.index()]).collect()),
                Terminator::Trap(code) => return Err(*code),
            };
            let args: Vec<Bits> = f.values(edge.args).iter().map(|v| cells[v.index()]).collect();
            for (param, arg) in f[edge.block].params.iter().zip(args) {
                cells[param.index()] = arg;
            }
            block = edge.block;
        }
    }

    fn step(&self, op: Op, args: &[Bits]) -> Outcome<Vec<Bits>> {
        let one = |bits| Ok(vec![bits]);
        let three = || [args[0] as u32 as u64, args[1] as u32 as u64, args[2] as u32 as u64];
        match op {
            Op::Prim(prim, imm) => {
                let mut all = args.to_vec();
                if let Some(position) = prim.constant_param() {
                    all.insert(position, imm);
                }
                return one(prim.eval(self, &all)?);
            }
            Op::Const(bits) => return one(bits),
            Op::RefNull => return one(0),
            Op::RefFunc(func) => return one(u64::from(func) + 1),
            Op::RefIsNull => return one((args[0] == 0).into()),
            Op::Call(func) => return self.call(func, args),
            Op::CallIndirect { table, ty } => {
                let (index, args) = args.split_last().unwrap();
                let element = self.tables.borrow()[table as usize].get(*index as u32 as usize).copied();
                let func = match element {
                    None => return Err(TrapCode::UndefinedElement),
                    Some(0) => return Err(TrapCode::UninitializedElement),
                    Some(bits) => bits as u32 - 1,
                };
                let types = &self.module.types;
                if types[self.module.funcs[func as usize] as usize] != types[ty as usize] {
                    return Err(TrapCode::IndirectCallTypeMismatch);
                }
                return self.call(func, args);
            }
            Op::RefGlobalGet(global) => return one(self.globals.borrow()[global as usize]),
            Op::RefGlobalSet(global) => self.globals.borrow_mut()[global as usize] = args[0],
            Op::MemoryGrow => {
                let mut memory = self.memory.borrow_mut();
                let old = memory.len() / PAGE;
                let max = self.module.memories[0].max.map_or(MAX_PAGES, |max| MAX_PAGES.min(max as usize));
                if old + args[0] as u32 as usize > max {
                    return one(u32::MAX.into());
                }
                memory.resize((old + args[0] as u32 as usize) * PAGE, 0);
                return one(old as u64);
            }
            Op::MemoryFill => {
                let [to, value, length] = three();
                let range = range(self.memory.borrow().len(), to, length, TrapCode::MemoryOutOfBounds)?;
                self.memory.borrow_mut()[range].fill(value as u8);
            }
            Op::MemoryCopy => {
                let [to, from, length] = three();
                let size = self.memory.borrow().len();
                let from = range(size, from, length, TrapCode::MemoryOutOfBounds)?;
                let to = range(size, to, length, TrapCode::MemoryOutOfBounds)?;
                self.memory.borrow_mut().copy_within(from, to.start);
            }
            Op::MemoryInit(segment) => {
                let dropped = self.dropped_data.borrow()[segment as usize];
                let bytes = if dropped { 0..0 } else { self.module.datas[segment as usize].bytes.clone() };
                self.memory_init(&self.wasm[bytes], three())?;
            }
            Op::DataDrop(segment) => self.dropped_data.borrow_mut()[segment as usize] = true,
            Op::TableGet(table) => {
                let element = self.tables.borrow()[table as usize].get(args[0] as u32 as usize).copied();
                return one(element.ok_or(TrapCode::TableOutOfBounds)?);
            }
            Op::TableSet(table) => {
                let mut tables = self.tables.borrow_mut();
                let element = tables[table as usize].get_mut(args[0] as u32 as usize);
                *element.ok_or(TrapCode::TableOutOfBounds)? = args[1];
            }
            Op::TableSize(table) => return one(self.tables.borrow()[table as usize].len() as u64),
            Op::TableGrow(table) => {
                let table = &mut self.tables.borrow_mut()[table as usize];
                let old = table.len();
                if old + args[1] as u32 as usize > 1 << 20 {
                    return one(u32::MAX.into());
                }
                table.resize(old + args[1] as u32 as usize, args[0]);
                return one(old as u64);
            }
            Op::TableFill(table) => {
                let table = &mut self.tables.borrow_mut()[table as usize];
                let range =
                    range(table.len(), args[0] as u32 as u64, args[2] as u32 as u64, TrapCode::TableOutOfBounds)?;
                table[range].fill(args[1]);
            }
            Op::TableCopy { to, from } => {
                let [at, start, length] = three();
                let items = {
                    let tables = self.tables.borrow();
                    let from = &tables[from as usize];
                    from[range(from.len(), start, length, TrapCode::TableOutOfBounds)?].to_vec()
                };
                self.table_init(to, &items, [at, 0, length])?;
            }
            Op::TableInit { table, elem } => {
                let dropped = self.dropped_elems.borrow()[elem as usize];
                let items = if dropped { vec![] } else { self.items(elem as usize) };
                self.table_init(table, &items, three())?;
            }
            Op::ElemDrop(segment) => self.dropped_elems.borrow_mut()[segment as usize] = true,
        }
        Ok(vec![])
    }

    fn memory_init(&self, bytes: &[u8], [to, from, length]: [u64; 3]) -> Outcome<()> {
        let from = range(bytes.len(), from, length, TrapCode::MemoryOutOfBounds)?;
        let to = range(self.memory.borrow().len(), to, length, TrapCode::MemoryOutOfBounds)?;
        self.memory.borrow_mut()[to].copy_from_slice(&bytes[from]);
        Ok(())
    }

    fn table_init(&self, table: u32, items: &[Bits], [to, from, length]: [u64; 3]) -> Outcome<()> {
        let table = &mut self.tables.borrow_mut()[table as usize];
        let from = range(items.len(), from, length, TrapCode::TableOutOfBounds)?;
        let to = range(table.len(), to, length, TrapCode::TableOutOfBounds)?;
        table[to].copy_from_slice(&items[from]);
        Ok(())
    }
}

fn range(size: usize, start: u64, length: u64, trap: TrapCode) -> Outcome<std::ops::Range<usize>> {
    let end = start + length;
    if end <= size as u64 { Ok(start as usize..end as usize) } else { Err(trap) }
}

impl Machine for Instance<'_> {
    fn load<const N: usize>(&self, address: u64, offset: u64) -> Outcome<[u8; N]> {
        let memory = self.memory.borrow();
        let range = range(memory.len(), address + offset, N as u64, TrapCode::MemoryOutOfBounds)?;
        Ok(memory[range].try_into().unwrap())
    }
    fn store<const N: usize>(&self, address: u64, offset: u64, bytes: [u8; N]) -> Outcome<()> {
        let mut memory = self.memory.borrow_mut();
        let range = range(memory.len(), address + offset, N as u64, TrapCode::MemoryOutOfBounds)?;
        memory[range].copy_from_slice(&bytes);
        Ok(())
    }
    fn memory_size(&self) -> u64 {
        (self.memory.borrow().len() / PAGE) as u64
    }
    fn global(&self, index: u32) -> Bits {
        self.globals.borrow()[(index + self.module.imported_globals) as usize]
    }
    fn set_global(&self, index: u32, value: Bits) {
        self.globals.borrow_mut()[(index + self.module.imported_globals) as usize] = value;
    }
    fn imported_global(&self, index: u32) -> Bits {
        self.globals.borrow()[index as usize]
    }
    fn set_imported_global(&self, index: u32, value: Bits) {
        self.globals.borrow_mut()[index as usize] = value;
    }
}
