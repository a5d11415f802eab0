//! Program points and live ranges.
//!
//! Every instruction has four points, and so have the entry and the exit of every block, where edge moves are:
//!
//! | Stage    | At an instruction                                 | At the entry of a block  | At the exit     |
//! |----------|---------------------------------------------------|--------------------------|-----------------|
//! | `Before` | moves read window arguments and tied operands     | edge moves read (not     | edge moves read |
//! |          |                                                   | after `Jump`)            | (before `Jump`) |
//! | `Read`   | operands are read, early definitions written      |                          |                 |
//! | `Write`  | late definitions written, results in their window |                          |                 |
//! | `After`  | moves write the results to their slots            | parameters are written   |                 |
//!
//! A live range is a list of segments: disjoint, ascending, half open. Two registers may share a slot exactly if
//! their live ranges are disjoint. In particular an argument (last read `Before`) may lie anywhere in the window
//! of its call, while an operand of the call itself (`Read`) keeps out of the slots the arguments are moved to.

use crate::mach::{Bank, MachBlock, MachEnd, MachFunction, MachInst, Operand, Source, Vreg, When, Window};

/// A point of the program, in layout order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Point(pub(super) u32);

/// The four points of an instruction, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Before,
    Read,
    Write,
    After,
}

/// Points of an instruction.
const STAGES: u32 = 4;

impl Point {
    /// The point of this stage; `self` is the first point of an instruction.
    pub(super) fn at(self, stage: Stage) -> Point {
        debug_assert!(self.0.is_multiple_of(STAGES));
        Point(self.0 + stage as u32)
    }

    /// The next point, where a segment ends that has this one as its last.
    pub(super) fn next(self) -> Point {
        Point(self.0 + 1)
    }
}

/// Points from `start` up to but without `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) start: Point,
    pub(super) end: Point,
}

impl Segment {
    /// The segment of a single point.
    pub(super) fn point(point: Point) -> Segment {
        Segment { start: point, end: point.next() }
    }
}

/// Whether two live ranges have a point in common.
pub(super) fn overlap(a: &[Segment], b: &[Segment]) -> bool {
    let (few, many) = if a.len() < b.len() { (a, b) } else { (b, a) };
    let mut rest = many;
    for segment in few {
        let past = rest.partition_point(|other| other.end <= segment.start);
        rest = &rest[past..];
        match rest.first() {
            None => return false,
            Some(other) if other.start < segment.end => return true,
            Some(_) => {}
        }
    }
    false
}

/// An instruction with a window, by its position in program order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Site(pub(super) u32);

impl Site {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A slot that is fixed, or will be once a window is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// This slot.
    Slot(u32),
    /// The slot this far into the window of a call.
    Window(Site, u32),
}

/// Where an instruction with a window is.
pub(super) struct SiteData<'a> {
    /// Its first point.
    pub(super) position: Point,
    /// How often it is executed.
    pub(super) weight: f32,
    /// Its window.
    pub(super) window: &'a Window,
}

impl Window {
    /// Arguments in a bank.
    pub(super) fn args_in(&self, bank: Bank) -> &[Source] {
        match bank {
            Bank::Number => &self.args,
            Bank::Ref => &self.ref_args,
        }
    }

    /// Results in a bank.
    pub(super) fn results_in(&self, bank: Bank) -> &[Vreg] {
        match bank {
            Bank::Number => &self.results,
            Bank::Ref => &self.ref_results,
        }
    }
}

/// A function with its points numbered, its predecessors and its windows listed.
pub(super) struct Program<'a> {
    pub(super) f: &'a MachFunction,
    /// For each block the first point; one more at the end.
    bases: Vec<Point>,
    /// Predecessor edges, grouped by successor.
    predecessors: Vec<MachBlock>,
    /// For each block, where its group begins; one more at the end.
    predecessor_spans: Vec<u32>,
    /// Instructions with a window, in program order.
    pub(super) sites: Vec<SiteData<'a>>,
}

impl<'a> Program<'a> {
    /// Numbers the points of a function.
    pub(super) fn number(f: &'a MachFunction) -> Program<'a> {
        let mut bases = Vec::with_capacity(f.blocks.len() + 1);
        let mut next = Point(0);
        let mut sites = Vec::new();
        for block in &f.blocks {
            let base = next;
            bases.push(base);
            next.0 += STAGES * (block.insts.len() as u32 + 2);
            for (i, inst) in block.insts.iter().enumerate() {
                if let Some(window) = &inst.window {
                    sites.push(SiteData {
                        position: Point(base.0 + STAGES * (i as u32 + 1)),
                        weight: block.weight,
                        window,
                    });
                }
            }
        }
        bases.push(next);

        let mut spans = vec![0; f.blocks.len() + 1];
        for edge in f.blocks.iter().flat_map(|block| &block.edges) {
            spans[edge.block.index() + 1] += 1;
        }
        for i in 1..spans.len() {
            spans[i] += spans[i - 1];
        }
        let mut places = spans.clone();
        let mut predecessors = vec![MachBlock(0); *spans.last().unwrap_or(&0) as usize];
        for (index, block) in f.blocks.iter().enumerate() {
            for edge in &block.edges {
                let place = &mut places[edge.block.index()];
                predecessors[*place as usize] = MachBlock(index as u32);
                *place += 1;
            }
        }
        Program { f, bases, predecessors, predecessor_spans: spans, sites }
    }

    /// First point of the entry of a block, which is also the block's first.
    pub(super) fn entry(&self, block: MachBlock) -> Point {
        self.bases[block.index()]
    }

    /// First point of an instruction.
    pub(super) fn inst(&self, block: MachBlock, inst: usize) -> Point {
        Point(self.bases[block.index()].0 + STAGES * (inst as u32 + 1))
    }

    /// First point of the exit of a block.
    pub(super) fn exit(&self, block: MachBlock) -> Point {
        Point(self.end(block).0 - STAGES)
    }

    /// The point after the last one of a block.
    pub(super) fn end(&self, block: MachBlock) -> Point {
        self.bases[block.index() + 1]
    }

    /// The point after the last one of all.
    pub(super) fn last(&self) -> Point {
        self.bases[self.bases.len() - 1]
    }

    /// For each predecessor edge of a block, the block it comes from.
    pub(super) fn predecessors(&self, block: MachBlock) -> &[MachBlock] {
        let first = self.predecessor_spans[block.index()] as usize;
        let last = self.predecessor_spans[block.index() + 1] as usize;
        &self.predecessors[first..last]
    }

    /// The blocks, in layout order.
    pub(super) fn blocks(&self) -> impl Iterator<Item = MachBlock> + use<> {
        (0..self.f.blocks.len() as u32).map(MachBlock)
    }

    /// Every instruction with its block and first point.
    pub(super) fn insts(&self) -> impl Iterator<Item = (MachBlock, Point, &'a MachInst)> + '_ {
        self.blocks().flat_map(move |block| {
            let insts = &self.f.blocks[block.index()].insts;
            insts.iter().enumerate().map(move |(i, inst)| (block, self.inst(block, i), inst))
        })
    }

    /// How often the moves of an edge of `block` to `successor` are executed.
    pub(super) fn edge_weight(&self, block: MachBlock, successor: MachBlock) -> f32 {
        let place = match self.f.blocks[block.index()].end {
            MachEnd::Jump => block,
            _ => successor,
        };
        self.f.blocks[place.index()].weight
    }

    /// The sites that a segment lies across: it holds a value both when the operands are read and when
    /// definitions are written.
    pub(super) fn sites_across(&self, segment: Segment) -> std::ops::Range<usize> {
        let first = self.sites.partition_point(|site| site.position.at(Stage::Read) < segment.start);
        let count = self.sites[first..].partition_point(|site| site.position.at(Stage::Write) < segment.end);
        first..first + count
    }

    /// Whether a live range lies across a site.
    pub(super) fn crosses(&self, segments: &[Segment], site: Site) -> bool {
        let position = self.sites[site.index()].position;
        let write = position.at(Stage::Write);
        let at = segments.partition_point(|segment| segment.end <= write);
        segments.get(at).is_some_and(|segment| segment.start <= position.at(Stage::Read))
    }

    /// Calls `visit(register, block, point)` for every use.
    fn each_use(&self, mut visit: impl FnMut(Vreg, MachBlock, Point)) {
        for block in self.blocks() {
            let data = &self.f.blocks[block.index()];
            for (i, inst) in data.insts.iter().enumerate() {
                let position = self.inst(block, i);
                // A copy into the slot that is read and written stands before the instruction: before early uses as well.
                let tied = inst.operands.iter().any(|operand| matches!(operand, Operand::UseDef { .. }));
                for operand in &inst.operands {
                    match *operand {
                        Operand::Use { reg, when, .. } => {
                            let stage = if when == When::Early && !tied { Stage::Before } else { Stage::Read };
                            visit(reg, block, position.at(stage));
                        }
                        Operand::UseDef { from, .. } => {
                            visit(from, block, position.at(Stage::Before));
                        }
                        Operand::Def { .. }
                        | Operand::Imm(_)
                        | Operand::Implicit
                        | Operand::Window
                        | Operand::RefWindow
                        | Operand::Target(_)
                        | Operand::Targets(_) => {}
                    }
                }
                let args = inst.window.iter().flat_map(|w| w.args.iter().chain(&w.ref_args));
                for arg in args {
                    if let Source::Reg(reg) = *arg {
                        visit(reg, block, position.at(Stage::Before));
                    }
                }
            }
            for edge in &data.edges {
                let (place, point) = match data.end {
                    MachEnd::Jump => (block, self.exit(block)),
                    _ => (edge.block, self.entry(edge.block)),
                };
                for arg in &edge.args {
                    if let Source::Reg(reg) = *arg {
                        visit(reg, place, point.at(Stage::Before));
                    }
                }
            }
        }
    }

    /// Calls `visit(register, definition)` for every definition.
    fn each_definition(&self, mut visit: impl FnMut(Vreg, Definition)) {
        for block in self.blocks() {
            let data = &self.f.blocks[block.index()];
            let start = self.entry(block).at(Stage::After);
            for param in &data.params {
                visit(*param, Definition { block, start, end: start });
            }
        }
        for (block, position, inst) in self.insts() {
            // Even if nothing reads it, an operand is written: to a slot where nothing else is.
            let end = position.at(Stage::Write).next();
            for operand in &inst.operands {
                let (reg, stage) = match *operand {
                    Operand::Def { reg, when: When::Late, .. } => (reg, Stage::Write),
                    Operand::Def { reg, when: When::Early, .. } => (reg, Stage::Read),
                    Operand::UseDef { to, .. } => (to, Stage::Read),
                    Operand::Use { .. }
                    | Operand::Imm(_)
                    | Operand::Implicit
                    | Operand::Window
                    | Operand::RefWindow
                    | Operand::Target(_)
                    | Operand::Targets(_) => continue,
                };
                let start = position.at(stage);
                visit(reg, Definition { block, start, end });
            }
            let start = position.at(Stage::After);
            let results = inst.window.iter().flat_map(|w| w.results.iter().chain(&w.ref_results));
            for result in results {
                visit(*result, Definition { block, start, end: start });
            }
        }
    }
}

/// Where a register is defined, and up to where it needs its slot even if nothing uses it.
#[derive(Clone, Copy)]
struct Definition {
    block: MachBlock,
    start: Point,
    end: Point,
}

/// Where each register is live.
pub(super) struct LiveRanges {
    segments: Vec<Segment>,
    /// For each register, where its segments begin; one more at the end.
    spans: Vec<u32>,
    /// For each register, the one whose value it is.
    leaders: Vec<Vreg>,
}

impl LiveRanges {
    /// The register that stands for this one: a parameter of a block with a single predecessor is just another
    /// name of the register it receives.
    pub(super) fn leader(&self, reg: Vreg) -> Vreg {
        self.leaders[reg.index()]
    }

    /// The live range of a register that is its own leader; empty if it needs no slot.
    pub(super) fn of(&self, reg: Vreg) -> &[Segment] {
        &self.segments[self.spans[reg.index()] as usize..self.spans[reg.index() + 1] as usize]
    }

    /// Computes live ranges, register by register: from each use up to the definition. The time is proportional
    /// to the number of blocks the registers are live in, all told.
    ///
    /// **Requires** strict SSA form. **Ensures** that leaders' ranges cover the uses of the registers they stand
    /// for, and that a register which isn't its own leader, or is never read nor written by an operand, has none.
    pub(super) fn compute(program: &Program<'_>) -> LiveRanges {
        let f = program.f;
        let leaders = leaders(program);
        let leader = |reg: Vreg| leaders[reg.index()];

        let mut use_spans = vec![0u32; f.vregs.len() + 1];
        program.each_use(|reg, _, _| use_spans[leader(reg).index() + 1] += 1);
        for i in 1..use_spans.len() {
            use_spans[i] += use_spans[i - 1];
        }
        let total = *use_spans.last().unwrap_or(&0) as usize;
        let mut uses = vec![(MachBlock(0), Point(0)); total];
        let mut next = use_spans.clone();
        program.each_use(|reg, block, point| {
            let place = &mut next[leader(reg).index()];
            uses[*place as usize] = (block, point);
            *place += 1;
        });

        let nowhere = Definition { block: MachBlock(0), start: Point(0), end: Point(0) };
        let mut definitions = vec![nowhere; f.vregs.len()];
        program.each_definition(|reg, definition| definitions[reg.index()] = definition);

        let mut segments = Vec::with_capacity(f.vregs.len());
        let mut spans = Vec::with_capacity(f.vregs.len() + 1);
        let mut walk = Walk::new(program);
        for (index, definition) in definitions.iter().enumerate() {
            spans.push(segments.len() as u32);
            let reg = Vreg(index as u32);
            if leader(reg) == reg {
                let uses = &uses[use_spans[index] as usize..use_spans[index + 1] as usize];
                walk.range(reg, *definition, uses, &mut segments);
            }
        }
        spans.push(segments.len() as u32);
        LiveRanges { segments, spans, leaders }
    }
}

/// For each register its leader.
fn leaders(program: &Program<'_>) -> Vec<Vreg> {
    let f = program.f;
    let mut leaders: Vec<Vreg> = (0..f.vregs.len() as u32).map(Vreg).collect();
    let find = |leaders: &mut [Vreg], mut reg: Vreg| {
        while leaders[reg.index()] != reg {
            let up = leaders[leaders[reg.index()].index()];
            leaders[reg.index()] = up;
            reg = up;
        }
        reg
    };
    for edge in f.blocks.iter().flat_map(|block| &block.edges) {
        if program.predecessors(edge.block).len() != 1 {
            continue;
        }
        let params = &f.blocks[edge.block.index()].params;
        for (param, arg) in params.iter().zip(&edge.args) {
            if let Source::Reg(arg) = *arg {
                // In unreachable code a parameter may receive itself.
                let arg = find(&mut leaders, arg);
                if arg != *param {
                    leaders[param.index()] = arg;
                }
            }
        }
    }
    for index in 0..leaders.len() {
        leaders[index] = find(&mut leaders, Vreg(index as u32));
    }
    leaders
}

/// Storage for the walks from uses to definitions.
struct Walk<'a> {
    program: &'a Program<'a>,
    /// For each block, the register it was last found to be entered with.
    entered_with: Vec<Option<Vreg>>,
    /// For each block entered with the register at hand, where its segment ends.
    ends: Vec<Point>,
    /// The blocks entered with the register at hand.
    entered: Vec<MachBlock>,
    /// Those whose predecessors are still to be visited.
    pending: Vec<MachBlock>,
}

impl<'a> Walk<'a> {
    fn new(program: &'a Program<'a>) -> Walk<'a> {
        let blocks = program.f.blocks.len();
        Walk {
            program,
            entered_with: vec![None; blocks],
            ends: vec![Point(0); blocks],
            entered: Vec::new(),
            pending: Vec::new(),
        }
    }

    /// Notes that `block` is entered with `reg`, which is live there up to `end`.
    fn enter(&mut self, reg: Vreg, block: MachBlock, end: Point) {
        let known = &mut self.ends[block.index()];
        if self.entered_with[block.index()] == Some(reg) {
            *known = end.max(*known);
        } else {
            *known = end;
            self.entered_with[block.index()] = Some(reg);
            self.entered.push(block);
            self.pending.push(block);
        }
    }

    /// Appends the live range of `reg`.
    fn range(&mut self, reg: Vreg, definition: Definition, uses: &[(MachBlock, Point)], segments: &mut Vec<Segment>) {
        let Definition { block: home, start, mut end } = definition;
        for &(block, point) in uses {
            if block == home && point >= start {
                end = end.max(point.next());
            } else {
                self.enter(reg, block, point.next());
            }
        }
        while let Some(block) = self.pending.pop() {
            for &predecessor in self.program.predecessors(block) {
                let whole = self.program.end(predecessor);
                if predecessor == home {
                    end = whole;
                } else {
                    self.enter(reg, predecessor, whole);
                }
            }
        }
        if start == end {
            self.entered.clear();
            return;
        }

        self.entered.sort_unstable();
        let first = segments.len();
        let mut push = |segment: Segment| match segments[first..].last_mut() {
            Some(last) if last.end == segment.start => last.end = segment.end,
            _ => segments.push(segment),
        };
        let mut own = Some(Segment { start, end });
        for block in self.entered.drain(..) {
            if block > home
                && let Some(own) = own.take()
            {
                push(own);
            }
            let start = self.program.entry(block);
            push(Segment { start, end: self.ends[block.index()] });
        }
        if let Some(own) = own {
            push(own);
        }
    }
}
