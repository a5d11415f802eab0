//! Random functions: structured control flow, so that they are in strict SSA form by construction.

use crate::mach::{
    Bank, MachBlock, MachBlockData, MachEdge, MachEnd, MachFunction, MachInst, Operand, Source, Vreg, When, Window,
};
use hardtack_format::trap::TrapCode;

/// A xorshift generator.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    /// Less than `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    /// True in `percent` of cases.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// What to generate.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Numbers of function parameters in the two banks, at most.
    pub params: (usize, usize),
    /// Statements in the outermost region.
    pub statements: usize,
    /// Nesting depth.
    pub depth: usize,
    /// Registers of each bank defined at the beginning and used at the end.
    pub long_lived: usize,
    /// Percentage of calls among instructions.
    pub calls: usize,
    /// Whether blocks other than the entry are shuffled.
    pub shuffled: bool,
}

/// Generates a function.
pub fn generate(seed: u64, shape: Shape) -> MachFunction {
    let mut random = Random::new(seed);
    let params = random.below(shape.params.0 + 1);
    let ref_params = random.below(shape.params.1 + 1);
    let mut generator = Generator {
        f: MachFunction {
            index: 0,
            blocks: Vec::new(),
            vregs: Vec::new(),
            params: (params, random.below(3)),
            ref_params: (ref_params, random.below(3)),
        },
        random,
        shape,
    };
    let mut scope = Scope::default();
    let entry = generator.block(1.0);
    for i in 0..params + ref_params {
        let bank = if i < params { Bank::Number } else { Bank::Ref };
        let param = generator.define(&mut scope, bank);
        generator.f.blocks[entry.index()].params.push(param);
    }
    let mut kept = Vec::new();
    for i in 0..2 * shape.long_lived {
        let bank = if i % 2 == 0 { Bank::Number } else { Bank::Ref };
        let reg = generator.f.new_vreg(bank);
        kept.push(reg);
        let operands = vec![Operand::Def { reg, wide: i % 5 == 0, when: When::Late }];
        generator.push(entry, operands, None);
    }
    for reg in &kept {
        scope.of(generator.f.vregs[reg.index()]).push(*reg);
    }
    let last = generator.region(entry, &mut scope, shape.statements, shape.depth);
    if let Some(last) = last {
        for reg in kept {
            generator.push(last, vec![Operand::Use { reg, wide: false, when: When::Late }], None);
        }
        generator.leave(last, &mut scope);
    }
    let mut f = generator.f;
    if shape.shuffled {
        shuffle(&mut f, &mut generator.random);
    }
    f
}

/// Permutes all blocks but the entry.
fn shuffle(f: &mut MachFunction, random: &mut Random) {
    let mut order: Vec<usize> = (0..f.blocks.len()).collect();
    for i in (2..order.len()).rev() {
        order.swap(i, 1 + random.below(i));
    }
    let mut renamed = vec![MachBlock(0); order.len()];
    for (new, old) in order.iter().enumerate() {
        renamed[*old] = MachBlock(new as u32);
    }
    f.blocks = order.iter().map(|old| f.blocks[*old].clone()).collect();
    for edge in f.blocks.iter_mut().flat_map(|block| &mut block.edges) {
        edge.block = renamed[edge.block.index()];
    }
}

/// The registers whose definitions dominate the place at hand.
#[derive(Clone, Default)]
struct Scope {
    numbers: Vec<Vreg>,
    references: Vec<Vreg>,
}

impl Scope {
    fn of(&mut self, bank: Bank) -> &mut Vec<Vreg> {
        match bank {
            Bank::Number => &mut self.numbers,
            Bank::Ref => &mut self.references,
        }
    }
}

struct Generator {
    f: MachFunction,
    random: Random,
    shape: Shape,
}

impl Generator {
    fn block(&mut self, weight: f32) -> MachBlock {
        self.f.blocks.push(MachBlockData {
            params: Vec::new(),
            insts: Vec::new(),
            end: MachEnd::Trap(TrapCode::Unreachable),
            edges: Vec::new(),
            weight,
        });
        MachBlock(self.f.blocks.len() as u32 - 1)
    }

    fn push(&mut self, block: MachBlock, operands: Vec<Operand>, window: Option<Box<Window>>) {
        let data = &mut self.f.blocks[block.index()];
        let opcode = (block.index() * 31 + data.insts.len()) as u16;
        data.insts.push(MachInst { opcode, operands: operands.into(), window, offset: 0 });
    }

    fn weight(&self, block: MachBlock) -> f32 {
        self.f.blocks[block.index()].weight
    }

    fn bank(&mut self) -> Bank {
        if self.random.chance(80) { Bank::Number } else { Bank::Ref }
    }

    fn define(&mut self, scope: &mut Scope, bank: Bank) -> Vreg {
        let reg = self.f.new_vreg(bank);
        scope.of(bank).push(reg);
        reg
    }

    /// A register in scope, preferably a recent one.
    fn pick(&mut self, scope: &mut Scope, bank: Bank) -> Option<Vreg> {
        let regs = scope.of(bank);
        let near = if self.random.chance(80) { regs.len().min(6) } else { regs.len() };
        let back = 1 + self.random.below(near);
        regs.len().checked_sub(back).map(|i| regs[i])
    }

    fn source(&mut self, scope: &mut Scope, bank: Bank) -> Source {
        let reg = if self.random.chance(85) { self.pick(scope, bank) } else { None };
        match (reg, bank) {
            (Some(reg), _) => Source::Reg(reg),
            (None, Bank::Number) => Source::Const(self.random.next() % 16),
            (None, Bank::Ref) => Source::Null,
        }
    }

    fn sources(&mut self, scope: &mut Scope, bank: Bank, most: usize) -> Vec<Source> {
        let count = self.random.below(most + 1);
        (0..count).map(|_| self.source(scope, bank)).collect()
    }

    /// Random uses, then random definitions.
    fn operands(&mut self, scope: &mut Scope) -> Vec<Operand> {
        let mut operands = Vec::new();
        for _ in 0..self.random.below(4) {
            let (bank, wide) = (self.bank(), self.random.chance(20));
            if let Some(reg) = self.pick(scope, bank) {
                let when = if self.random.chance(50) { When::Early } else { When::Late };
                operands.push(Operand::Use { reg, wide, when });
            }
        }
        let mut defined = Vec::new();
        for _ in 0..self.random.below(3) {
            let (bank, wide) = (self.bank(), self.random.chance(20));
            let reg = self.f.new_vreg(bank);
            let from = if self.random.chance(30) { self.pick(scope, bank) } else { None };
            operands.push(match from {
                Some(from) => Operand::UseDef { from, to: reg, wide },
                None if self.random.chance(40) => Operand::Def { reg, wide, when: When::Early },
                None => Operand::Def { reg, wide, when: When::Late },
            });
            defined.push(reg);
        }
        for reg in defined {
            scope.of(self.f.vregs[reg.index()]).push(reg);
        }
        if self.random.chance(10) {
            operands.push(Operand::Imm(3));
        }
        operands
    }

    fn call(&mut self, block: MachBlock, scope: &mut Scope) {
        let mut operands = vec![Operand::Window, Operand::RefWindow];
        if self.random.chance(30)
            && let Some(reg) = self.pick(scope, Bank::Number)
        {
            operands.push(Operand::Use { reg, wide: self.random.chance(50), when: When::Late });
        }
        let mut window = Window {
            fixed_at_zero: false,
            args: self.sources(scope, Bank::Number, 4),
            ref_args: self.sources(scope, Bank::Ref, 2),
            ..Window::default()
        };
        for _ in 0..self.random.below(3) {
            window.results.push(self.define(scope, Bank::Number));
        }
        for _ in 0..self.random.below(2) {
            window.ref_results.push(self.define(scope, Bank::Ref));
        }
        self.push(block, operands, Some(Box::new(window)));
    }

    /// Edge arguments for a new successor with parameters, or for one that has them.
    fn args(&mut self, scope: &mut Scope, params: &[Bank]) -> Vec<Source> {
        params.iter().map(|bank| self.source(scope, *bank)).collect()
    }

    fn params(&mut self, most: usize) -> Vec<Bank> {
        (0..self.random.below(most + 1)).map(|_| self.bank()).collect()
    }

    /// Gives a block parameters.
    fn enter(&mut self, block: MachBlock, scope: &mut Scope, params: &[Bank]) {
        for bank in params {
            let param = self.define(scope, *bank);
            self.f.blocks[block.index()].params.push(param);
        }
    }

    fn jump(&mut self, from: MachBlock, block: MachBlock, args: Vec<Source>) {
        let data = &mut self.f.blocks[from.index()];
        data.end = MachEnd::Jump;
        data.edges = vec![MachEdge { block, args: args.into() }];
    }

    /// Ends a block in a branch or table to new blocks, and returns them with their scopes.
    fn split(&mut self, from: MachBlock, scope: &mut Scope, ways: usize) -> Vec<(MachBlock, Scope)> {
        let weight = self.weight(from) / ways as f32;
        let mut operands = self.operands(scope);
        operands.push(match ways {
            2 => Operand::Target(0),
            _ => Operand::Targets(0),
        });
        self.push(from, operands, None);
        let mut arms = Vec::new();
        let mut edges = Vec::new();
        for _ in 0..ways {
            let (block, params) = (self.block(weight), self.params(2));
            let args = self.args(scope, &params);
            edges.push(MachEdge { block, args: args.into() });
            let mut inner = scope.clone();
            self.enter(block, &mut inner, &params);
            arms.push((block, inner));
        }
        let data = &mut self.f.blocks[from.index()];
        data.end = if ways == 2 { MachEnd::Branch } else { MachEnd::Table };
        data.edges = edges;
        arms
    }

    /// Ends a block in a return.
    fn leave(&mut self, block: MachBlock, scope: &mut Scope) {
        if self.random.chance(10) {
            return;
        }
        let window = self.random.chance(60).then(|| Window {
            fixed_at_zero: self.random.chance(80),
            args: self.sources(scope, Bank::Number, 3),
            ref_args: self.sources(scope, Bank::Ref, 2),
            ..Window::default()
        });
        let mut operands = Vec::new();
        if self.random.chance(50)
            && let Some(reg) = self.pick(scope, Bank::Number)
        {
            operands.push(Operand::Use { reg, wide: false, when: When::Late });
        }
        let counts = window.as_ref().map_or((0, 0), |w| (w.args.len(), w.ref_args.len()));
        self.f.params.1 = self.f.params.1.max(counts.0);
        self.f.ref_params.1 = self.f.ref_params.1.max(counts.1);
        self.push(block, operands, window.map(Box::new));
        self.f.blocks[block.index()].end = MachEnd::Return;
    }

    /// Generates statements from `block` on; returns where control goes on, if it does.
    fn region(
        &mut self,
        mut block: MachBlock,
        scope: &mut Scope,
        statements: usize,
        depth: usize,
    ) -> Option<MachBlock> {
        for _ in 0..statements {
            let kind = self.random.below(100);
            if kind < self.shape.calls {
                self.call(block, scope);
            } else if depth == 0 || kind < 75 {
                let operands = self.operands(scope);
                self.push(block, operands, None);
            } else if kind < 88 {
                block = self.fork(block, scope, statements, depth)?;
            } else {
                block = self.repeat(block, scope, statements, depth)?;
            }
        }
        Some(block)
    }

    /// Branches whose arms meet again, unless they leave.
    fn fork(&mut self, block: MachBlock, scope: &mut Scope, statements: usize, depth: usize) -> Option<MachBlock> {
        let ways = if self.random.chance(70) { 2 } else { 3 + self.random.below(3) };
        let weight = self.weight(block);
        let mut meeting = Vec::new();
        for (arm, mut inner) in self.split(block, scope, ways) {
            let Some(arm) = self.region(arm, &mut inner, statements / 2, depth - 1) else {
                continue;
            };
            if self.random.chance(10) {
                self.leave(arm, &mut inner);
            } else {
                meeting.push((arm, inner));
            }
        }
        if meeting.is_empty() {
            return None;
        }
        let (join, params) = (self.block(weight), self.params(3));
        for (arm, mut inner) in meeting {
            let args = self.args(&mut inner, &params);
            self.jump(arm, join, args);
        }
        self.enter(join, scope, &params);
        Some(join)
    }

    /// A loop with its exit at the bottom.
    fn repeat(&mut self, block: MachBlock, scope: &mut Scope, statements: usize, depth: usize) -> Option<MachBlock> {
        let weight = self.weight(block) * 8.0;
        let (header, params) = (self.block(weight), self.params(4));
        let args = self.args(scope, &params);
        self.jump(block, header, args);
        let mut inner = scope.clone();
        self.enter(header, &mut inner, &params);
        let latch = self.region(header, &mut inner, statements / 2, depth - 1)?;
        let mut arms = self.split(latch, &mut inner, 2);
        let (exit, after) = arms.pop()?;
        let (back, mut inner) = arms.pop()?;
        let args = self.args(&mut inner, &params);
        self.jump(back, header, args);
        self.f.blocks[exit.index()].weight = weight / 8.0;
        *scope = after;
        Some(exit)
    }
}
