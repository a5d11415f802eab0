//! Functions whose moves can be counted by hand, and random ones that are checked and run.

mod generate;
mod interpret;

use super::{NARROW_SLOTS, TooLarge, allocate, check};
use crate::mach::{
    Allocation, Bank, MachBlock, MachBlockData, MachEdge, MachEnd, MachFunction, MachInst, Operand, Slot, Source, Vreg,
    When, Window,
};
use generate::{Random, Shape, generate};
use interpret::{run_registers, run_slots};

/// Builds functions block by block.
struct Builder {
    f: MachFunction,
}

/// A use in an operand without a wide form.
fn using(reg: Vreg) -> Operand {
    Operand::Use { reg, wide: false, when: When::Late }
}

impl Builder {
    /// A function with number parameters.
    fn new(params: usize) -> (Builder, Vec<Vreg>) {
        let f =
            MachFunction { index: 0, blocks: Vec::new(), vregs: Vec::new(), params: (params, 1), ref_params: (0, 0) };
        let mut builder = Builder { f };
        builder.block(1.0, params);
        let params = builder.f.blocks[0].params.clone();
        (builder, params)
    }

    /// A block with number parameters, which returns until it ends otherwise.
    fn block(&mut self, weight: f32, params: usize) -> (MachBlock, Vec<Vreg>) {
        let params: Vec<Vreg> = (0..params).map(|_| self.f.new_vreg(Bank::Number)).collect();
        let (insts, edges) = (Vec::new(), Vec::new());
        let data = MachBlockData { params: params.clone(), insts, end: MachEnd::Return, edges, weight };
        self.f.blocks.push(data);
        (MachBlock(self.f.blocks.len() as u32 - 1), params)
    }

    fn push(&mut self, block: MachBlock, operands: Vec<Operand>, window: Option<Box<Window>>) {
        self.f.blocks[block.index()].insts.push(MachInst { opcode: 0, operands: operands.into(), window, offset: 0 });
    }

    /// An instruction that reads some registers.
    fn read(&mut self, block: MachBlock, regs: &[Vreg]) {
        self.push(block, regs.iter().copied().map(using).collect(), None);
    }

    /// An instruction that reads some registers and defines another.
    fn op(&mut self, block: MachBlock, regs: &[Vreg]) -> Vreg {
        let reg = self.f.new_vreg(Bank::Number);
        let mut operands = vec![Operand::Def { reg, wide: false, when: When::Late }];
        operands.extend(regs.iter().copied().map(using));
        self.push(block, operands, None);
        reg
    }

    fn call(&mut self, block: MachBlock, args: &[Vreg]) -> Vreg {
        let result = self.f.new_vreg(Bank::Number);
        let args = args.iter().copied().map(Source::Reg).collect();
        let window = Window { args, results: vec![result], ..Window::default() };
        self.push(block, vec![Operand::Window], Some(Box::new(window)));
        result
    }

    /// Adds an edge to a block that ends like this.
    fn edge(&mut self, from: MachBlock, end: MachEnd, block: MachBlock, args: &[Source]) {
        let data = &mut self.f.blocks[from.index()];
        data.end = end;
        data.edges.push(MachEdge { block, args: args.into() });
    }

    /// A loop of a header, a latch that goes back with some values, and an exit.
    fn repeat(&mut self, start: &[Source], body: impl Fn(&mut Builder, MachBlock, &[Vreg]) -> Vec<Vreg>) -> MachBlock {
        let before = MachBlock(self.f.blocks.len() as u32 - 1);
        let (header, params) = self.block(8.0, start.len());
        let (latch, _) = self.block(8.0, 0);
        let (exit, _) = self.block(1.0, 0);
        self.edge(before, MachEnd::Jump, header, start);
        let next = body(self, header, &params);
        self.read(header, &next);
        self.edge(header, MachEnd::Branch, latch, &[]);
        self.edge(header, MachEnd::Branch, exit, &[]);
        let next: Vec<Source> = next.into_iter().map(Source::Reg).collect();
        self.edge(latch, MachEnd::Jump, header, &next);
        exit
    }
}

const ENTRY: MachBlock = MachBlock(0);

/// Allocates, checks and runs a function.
fn hold(f: &MachFunction, name: &dyn std::fmt::Display) -> Allocation {
    let a = allocate(f).unwrap();
    if let Err(e) = check(f, &a) {
        panic!("{name}: {e}");
    }
    assert_eq!(run_registers(f), run_slots(f, &a), "{name}");
    a
}

/// Moves that stand in the code, whatever their weight.
fn moves(a: &Allocation) -> usize {
    let insts = a.insts.iter().flatten().map(|inst| inst.before.len() + inst.after.len());
    let edges = a.starts.iter().chain(&a.ends).map(Vec::len);
    insts.chain(edges).sum()
}

#[test]
fn counting_loop_moves_only_its_start() {
    let (mut b, params) = Builder::new(1);
    let exit = b.repeat(&[Source::Const(0)], |b, header, i| {
        let next = b.op(header, &[i[0]]);
        b.read(header, &[next, params[0]]);
        vec![next]
    });
    b.read(exit, &[params[0]]);
    let a = hold(&b.f, &"counting loop");
    assert_eq!((moves(&a), a.frame), (1, 2));
}

#[test]
fn exchange_in_a_loop_takes_three_moves() {
    let (mut b, params) = Builder::new(2);
    let start = [Source::Reg(params[0]), Source::Reg(params[1])];
    let exit = b.repeat(&start, |b, header, values| {
        b.read(header, values);
        vec![values[1], values[0]]
    });
    b.read(exit, &[]);
    let a = hold(&b.f, &"exchange");
    assert_eq!((moves(&a), a.frame), (3, 3));
}

#[test]
fn rotation_through_a_new_value_takes_one_move_for_each_old_one() {
    // (x, y, z) = (y, z, x + y): the new value goes where x was, so nothing goes in circles.
    let (mut b, params) = Builder::new(3);
    let start: Vec<Source> = params.iter().copied().map(Source::Reg).collect();
    let exit = b.repeat(&start, |b, header, v| {
        let sum = b.op(header, &[v[0], v[1]]);
        vec![v[1], v[2], sum]
    });
    b.read(exit, &[]);
    let a = hold(&b.f, &"rotation");
    assert_eq!(moves(&a), 3);
}

#[test]
fn fib_takes_no_move() {
    let (mut b, params) = Builder::new(1);
    let first = b.op(ENTRY, &[params[0]]);
    let first = b.call(ENTRY, &[first]);
    let second = b.op(ENTRY, &[params[0]]);
    let second = b.call(ENTRY, &[second]);
    let sum = b.op(ENTRY, &[first, second]);
    b.read(ENTRY, &[sum]);
    let a = hold(&b.f, &"fib");
    // n; header; n - 1, then fib(n - 1); header; n - 2, then fib(n - 2).
    assert_eq!((moves(&a), a.frame), (0, 5));
}

#[test]
fn results_become_arguments_where_they_are() {
    let (mut b, params) = Builder::new(1);
    let kept = b.op(ENTRY, &[params[0]]);
    let mut value = b.op(ENTRY, &[kept]);
    for _ in 0..5 {
        value = b.call(ENTRY, &[value]);
    }
    b.read(ENTRY, &[value, kept]);
    let a = hold(&b.f, &"nested calls");
    assert_eq!((moves(&a), a.frame), (0, 3));
}

#[test]
fn arguments_that_live_on_are_copied_once() {
    let (mut b, params) = Builder::new(2);
    b.call(ENTRY, &[params[1], params[0]]);
    b.call(ENTRY, &[params[0]]);
    let a = hold(&b.f, &"arguments");
    assert_eq!(moves(&a), 3);
}

#[test]
fn windows_are_raised_to_where_arguments_are() {
    // Both arguments are computed before a call that they live across.
    let (mut b, _) = Builder::new(0);
    let args = [b.op(ENTRY, &[]), b.op(ENTRY, &[])];
    b.call(ENTRY, &[]);
    b.call(ENTRY, &args);
    let a = hold(&b.f, &"raised");
    assert_eq!(moves(&a), 0);
}

#[test]
fn nothing_is_spilled_while_there_are_low_slots() {
    let (mut b, _) = Builder::new(0);
    let regs: Vec<Vreg> = (0..NARROW_SLOTS).map(|_| b.op(ENTRY, &[])).collect();
    for reg in regs {
        b.read(ENTRY, &[reg]);
    }
    let a = hold(&b.f, &"low slots");
    assert_eq!((moves(&a), u32::from(a.frame)), (0, NARROW_SLOTS));
}

#[test]
fn hot_values_get_the_low_slots() {
    let (mut b, _) = Builder::new(0);
    let cold: Vec<Vreg> = (0..400).map(|_| b.op(ENTRY, &[])).collect();
    let hot: Vec<Vreg> = (0..100).map(|_| b.op(ENTRY, &[])).collect();
    let exit = b.repeat(&[Source::Const(0)], |b, header, i| {
        for pair in hot.chunks(2) {
            b.read(header, pair);
        }
        vec![b.op(header, i)]
    });
    for reg in cold {
        b.read(exit, &[reg]);
    }
    let a = hold(&b.f, &"hot values");
    for block in [1, 2] {
        let insts = &a.insts[block];
        assert!(insts.iter().all(|inst| inst.before.is_empty() && inst.after.is_empty()));
    }
}

#[test]
fn too_many_slots_are_refused() {
    let (mut b, _) = Builder::new(0);
    let regs: Vec<Vreg> = (0..70_000).map(|_| b.f.new_vreg(Bank::Ref)).collect();
    for reg in &regs {
        b.push(ENTRY, vec![Operand::Def { reg: *reg, wide: true, when: When::Late }], None);
    }
    for reg in &regs {
        b.push(ENTRY, vec![Operand::Use { reg: *reg, wide: true, when: When::Late }], None);
    }
    let refused = allocate(&b.f).unwrap_err();
    assert_eq!(refused, TooLarge { what: "reference slots", need: 70_000 });

    // Slots that are only the window of a call count too.
    let (mut b, params) = Builder::new(1);
    b.call(ENTRY, &vec![params[0]; 65_535]);
    let refused = allocate(&b.f).unwrap_err();
    assert_eq!(refused, TooLarge { what: "number slots", need: 65_536 });
}

/// A plain shape to vary.
const PLAIN: Shape = Shape { params: (4, 2), statements: 8, depth: 3, long_lived: 0, calls: 20, shuffled: false };

/// Allocates, checks and runs random functions.
fn hold_all(seeds: std::ops::Range<u64>, shape: Shape) {
    for seed in seeds {
        hold(&generate(seed, shape), &format_args!("seed {seed}, {shape:?}"));
    }
}

#[test]
fn random() {
    hold_all(0..300, PLAIN);
    hold_all(300..500, Shape { shuffled: true, ..PLAIN });
}

#[test]
fn random_nested() {
    hold_all(0..40, Shape { statements: 12, depth: 5, ..PLAIN });
}

#[test]
fn random_mostly_calls() {
    hold_all(0..200, Shape { calls: 60, ..PLAIN });
}

#[test]
fn random_many_live() {
    hold_all(0..4, Shape { long_lived: 320, ..PLAIN });
    hold_all(4..8, Shape { long_lived: 250, statements: 40, depth: 2, ..PLAIN });
}

#[test]
fn random_many_params() {
    hold_all(0..30, Shape { params: (400, 300), ..PLAIN });
}

/// Makes one random change to an allocation.
fn spoil(a: &mut Allocation, random: &mut Random) {
    let block = random.below(a.insts.len());
    let count = a.insts[block].len();
    let slot = Slot(random.below(12) as u16);
    let (number, inst) = (random.below(6), random.below(count));
    let lists = &mut a.insts[block];
    match number {
        0 | 1 if count > 0 => {
            let operands = lists[inst].slots.iter_mut().flatten();
            if let Some(operand) = operands.last() {
                *operand = slot;
            }
        }
        2 if count > 0 => lists[inst].window.0 = random.below(8) as u16,
        3 if count > 0 => {
            let before = &mut lists[inst].before;
            let last = before.len().saturating_sub(2);
            before.truncate(last);
        }
        4 if count > 0 => {
            lists[inst].after.pop();
        }
        _ => {
            a.starts[block].pop();
            a.ends[block].reverse();
        }
    }
}

/// What the checker accepts also runs right.
#[test]
fn checker_finds_spoilt_allocations() {
    let (mut refused, mut accepted) = (0, 0);
    for seed in 0..100 {
        let f = generate(seed, Shape { shuffled: seed % 2 == 0, ..PLAIN });
        let right = allocate(&f).unwrap();
        let mut random = Random::new(seed + 1000);
        for _ in 0..8 {
            let mut a = right.clone();
            spoil(&mut a, &mut random);
            if check(&f, &a).is_err() {
                refused += 1;
            } else {
                accepted += 1;
                assert_eq!(run_registers(&f), run_slots(&f, &a), "seed {seed}");
            }
        }
    }
    assert!(refused > 150 && accepted > 50, "refused {refused}, accepted {accepted}");
}

#[test]
fn the_same_every_time() {
    for seed in 0..20 {
        let f = generate(seed, PLAIN);
        let [a, b] = [(); 2].map(|()| format!("{:?}", allocate(&f).unwrap()));
        assert_eq!(a, b);
    }
}
