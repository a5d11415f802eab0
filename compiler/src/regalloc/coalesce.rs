//! Coalescing: registers that moves would connect become one class, and a class gets one slot.

use super::live::{LiveRanges, Place, Program, Segment, Site, overlap};
use super::{BANKS, Bank};
use crate::mach::{Operand, Source, Vreg};

/// Hints looked at when two classes may lose theirs by becoming one; the rest of a longer list is neglected.
const HINTS_WEIGHED: usize = 64;

/// Registers that share a slot. Classes are numbered by the first point they are live at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Class(u32);

impl Class {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A place where a class would save a move.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hint {
    /// Where.
    pub(super) place: Place,
    /// How often the move is executed otherwise.
    pub(super) weight: f32,
}

/// What is known of a class besides its segments and hints.
#[derive(Clone, Copy, Debug)]
struct ClassData {
    bank: Bank,
    /// How often operands without a wide form access it.
    narrow: f32,
    first_segment: u32,
    first_hint: u32,
}

/// The classes of a function.
pub(super) struct Classes {
    /// For each register its class, unless it needs no slot.
    of: Vec<Option<Class>>,
    /// One more at the end, whose spans are empty.
    data: Vec<ClassData>,
    segments: Vec<Segment>,
    hints: Vec<Hint>,
}

impl Classes {
    /// The class of a register, unless it needs no slot because nothing reads it and no operand writes it.
    pub(super) fn of(&self, reg: Vreg) -> Option<Class> {
        self.of[reg.index()]
    }

    /// The class of a source that is a register.
    pub(super) fn of_source(&self, source: Source) -> Option<Class> {
        match source {
            Source::Reg(reg) => self.of(reg),
            Source::Const(_) | Source::Null => None,
        }
    }

    /// Every class, in order.
    pub(super) fn all(&self) -> impl Iterator<Item = Class> + use<> {
        (0..self.len() as u32).map(Class)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.data.len() - 1
    }

    pub(super) fn bank(&self, class: Class) -> Bank {
        self.data[class.index()].bank
    }

    /// How often operands without a wide form access it: what it costs not to be nameable by them.
    pub(super) fn narrow_weight(&self, class: Class) -> f32 {
        self.data[class.index()].narrow
    }

    /// Where it is live.
    pub(super) fn segments(&self, class: Class) -> &[Segment] {
        let [this, next] = [class.index(), class.index() + 1].map(|i| self.data[i].first_segment);
        &self.segments[this as usize..next as usize]
    }

    /// Where it would like to be.
    pub(super) fn hints(&self, class: Class) -> &[Hint] {
        let [this, next] = [class.index(), class.index() + 1].map(|i| self.data[i].first_hint);
        &self.hints[this as usize..next as usize]
    }

    /// Unites the ends of moves, in order of descending weight, as long as their classes aren't live at the same
    /// time and nothing more valuable is lost by it.
    ///
    /// **Ensures** that registers of a class are of one bank and never live at the same point.
    pub(super) fn coalesce(program: &Program<'_>, ranges: &LiveRanges) -> Classes {
        let mut forest = Forest::new(program, ranges);
        for candidate in candidates(program, ranges) {
            forest.unite(candidate);
        }
        forest.finish()
    }
}

/// Two registers that a move would connect, and how often it would be executed.
#[derive(Clone, Copy)]
struct Candidate {
    one: Vreg,
    other: Vreg,
    weight: f32,
}

/// The moves that coalescing can avoid, in descending order of weight.
fn candidates(program: &Program<'_>, ranges: &LiveRanges) -> Vec<Candidate> {
    let f = program.f;
    let mut candidates = Vec::new();
    let mut note = |a: Vreg, b: Vreg, weight: f32| {
        let (a, b) = (ranges.leader(a), ranges.leader(b));
        let needed = |reg| !ranges.of(reg).is_empty();
        if a != b && needed(a) && needed(b) && f.vregs[a.index()] == f.vregs[b.index()] {
            candidates.push(Candidate { one: a.min(b), other: a.max(b), weight });
        }
    };
    for block in program.blocks() {
        let data = &f.blocks[block.index()];
        for operand in data.insts.iter().flat_map(|inst| &inst.operands) {
            if let Operand::UseDef { from, to, .. } = *operand {
                note(from, to, data.weight);
            }
        }
        for edge in &data.edges {
            let weight = program.edge_weight(block, edge.block);
            let params = &f.blocks[edge.block.index()].params;
            for (param, arg) in params.iter().zip(&edge.args) {
                if let Source::Reg(arg) = *arg {
                    note(arg, *param, weight);
                }
            }
        }
    }
    // Several moves between the same two count together, in place of the first. Both sorts are stable: ties go in
    // program order.
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by_key(|&i| (candidates[i].one, candidates[i].other));
    let ends = |i: usize| (candidates[i].one, candidates[i].other);
    let mut firsts: Vec<(usize, f32)> = order
        .chunk_by(|&i, &j| ends(i) == ends(j))
        .map(|same| (same[0], same.iter().map(|&i| candidates[i].weight).sum()))
        .collect();
    firsts.sort_by(|(i, a), (j, b)| b.total_cmp(a).then(i.cmp(j)));
    let sum = |(i, weight): (usize, f32)| Candidate { weight, ..candidates[i] };
    firsts.into_iter().map(sum).collect()
}

/// A hint in the list of its class.
struct Link {
    hint: Hint,
    next: Option<u32>,
}

/// Union-find over registers that are their own leaders.
struct Forest<'a> {
    program: &'a Program<'a>,
    ranges: &'a LiveRanges,
    parents: Vec<Vreg>,
    /// Segments of roots that stand for several registers; those of other roots are in `ranges`.
    united: Vec<Vec<Segment>>,
    /// For each root, first and last of its hints.
    hints: Vec<Option<(u32, u32)>>,
    links: Vec<Link>,
}

impl<'a> Forest<'a> {
    fn new(program: &'a Program<'a>, ranges: &'a LiveRanges) -> Forest<'a> {
        let f = program.f;
        let mut forest = Forest {
            program,
            ranges,
            parents: (0..f.vregs.len() as u32).map(Vreg).collect(),
            united: vec![Vec::new(); f.vregs.len()],
            hints: vec![None; f.vregs.len()],
            links: Vec::new(),
        };
        let mut arrived = [0u32; 2];
        for param in &f.blocks[0].params {
            let slot = &mut arrived[f.vregs[param.index()] as usize];
            let weight = f.blocks[0].weight;
            forest.hint(*param, Hint { place: Place::Slot(*slot), weight });
            *slot += 1;
        }
        for (index, site) in program.sites.iter().enumerate() {
            for bank in BANKS {
                let args = site.window.args_in(bank).iter().enumerate().filter_map(|(i, arg)| match *arg {
                    Source::Reg(reg) => Some((i, reg)),
                    Source::Const(_) | Source::Null => None,
                });
                let results = site.window.results_in(bank).iter().copied().enumerate();
                for (i, reg) in args.chain(results) {
                    let place = match site.window.fixed_at_zero {
                        true => Place::Slot(i as u32),
                        false => Place::Window(Site(index as u32), i as u32),
                    };
                    forest.hint(reg, Hint { place, weight: site.weight });
                }
            }
        }
        forest
    }

    /// Adds a hint to a register.
    fn hint(&mut self, reg: Vreg, hint: Hint) {
        let new = self.links.len() as u32;
        self.links.push(Link { hint, next: None });
        let list = &mut self.hints[self.ranges.leader(reg).index()];
        match list {
            None => *list = Some((new, new)),
            Some((_, last)) => {
                self.links[*last as usize].next = Some(new);
                *last = new;
            }
        }
    }

    /// The hints of a root.
    fn hints_of(&self, root: Vreg) -> impl Iterator<Item = Hint> {
        let mut at = self.hints[root.index()].map(|(first, _)| first);
        std::iter::from_fn(move || {
            let link = &self.links[at? as usize];
            at = link.next;
            Some(link.hint)
        })
    }

    /// The root that stands for a register.
    fn find(&mut self, mut reg: Vreg) -> Vreg {
        while self.parents[reg.index()] != reg {
            let up = self.parents[self.parents[reg.index()].index()];
            self.parents[reg.index()] = up;
            reg = up;
        }
        reg
    }

    /// The segments of a root.
    fn segments(&self, root: Vreg) -> &[Segment] {
        match self.united[root.index()].as_slice() {
            [] => self.ranges.of(root),
            united => united,
        }
    }

    /// What `root` loses at windows that it itself doesn't lie across, but `other` does: nothing that lies across
    /// a call can lie in the window.
    fn loss(&self, root: Vreg, other: Vreg) -> f32 {
        let (own, others) = (self.segments(root), self.segments(other));
        let lost = |hint: &Hint| match hint.place {
            Place::Slot(_) => false,
            Place::Window(site, _) => self.program.crosses(others, site) && !self.program.crosses(own, site),
        };
        let hints = self.hints_of(root).take(HINTS_WEIGHED);
        hints.filter(lost).map(|hint| hint.weight).sum()
    }

    /// Unites the classes of a candidate if they aren't live at the same time and it pays.
    fn unite(&mut self, candidate: Candidate) {
        let (a, b) = (self.find(candidate.one), self.find(candidate.other));
        if a == b || overlap(self.segments(a), self.segments(b)) || self.loss(a, b) + self.loss(b, a) > candidate.weight
        {
            return;
        }
        let (into, from) = match self.segments(a).len() < self.segments(b).len() {
            true => (b, a),
            false => (a, b),
        };
        let mut united = std::mem::take(&mut self.united[into.index()]);
        if united.is_empty() {
            united.extend_from_slice(self.ranges.of(into));
        }
        merge(&mut united, self.segments(from));
        self.united[into.index()] = united;
        self.united[from.index()] = Vec::new();
        self.parents[from.index()] = into;
        self.hints[into.index()] = match (self.hints[into.index()], self.hints[from.index()]) {
            (Some((first, joint)), Some((next, last))) => {
                self.links[joint as usize].next = Some(next);
                Some((first, last))
            }
            (one, other) => one.or(other),
        };
    }

    /// Numbers the classes.
    fn finish(mut self) -> Classes {
        let (program, ranges) = (self.program, self.ranges);
        let regs = || (0..program.f.vregs.len() as u32).map(Vreg);
        let mut roots: Vec<Vreg> = Vec::new();
        for reg in regs() {
            if ranges.leader(reg) == reg && self.find(reg) == reg && !ranges.of(reg).is_empty() {
                roots.push(reg);
            }
        }
        roots.sort_by_key(|root| (self.segments(*root)[0].start, *root));

        let mut classes = Classes {
            of: vec![None; program.f.vregs.len()],
            data: Vec::with_capacity(roots.len() + 1),
            segments: Vec::new(),
            hints: Vec::new(),
        };
        for (index, root) in roots.iter().enumerate() {
            classes.of[root.index()] = Some(Class(index as u32));
            classes.data.push(ClassData {
                bank: program.f.vregs[root.index()],
                narrow: 0.0,
                first_segment: classes.segments.len() as u32,
                first_hint: classes.hints.len() as u32,
            });
            classes.segments.extend_from_slice(self.segments(*root));
            classes.hints.extend(self.hints_of(*root));
        }
        classes.data.push(ClassData {
            bank: Bank::Number,
            narrow: 0.0,
            first_segment: classes.segments.len() as u32,
            first_hint: classes.hints.len() as u32,
        });
        for reg in regs() {
            let root = self.find(ranges.leader(reg));
            classes.of[reg.index()] = classes.of[root.index()];
        }
        for (block, _, inst) in program.insts() {
            for reg in inst.operands.iter().filter_map(narrow_register) {
                if let Some(class) = classes.of(reg) {
                    let weight = program.f.blocks[block.index()].weight;
                    classes.data[class.index()].narrow += weight;
                }
            }
        }
        classes
    }
}

/// The register that an operand without a wide form names.
pub(super) fn narrow_register(operand: &Operand) -> Option<Vreg> {
    match *operand {
        Operand::Use { reg, wide: false, .. }
        | Operand::Def { reg, wide: false, .. }
        | Operand::UseDef { to: reg, wide: false, .. } => Some(reg),
        Operand::Use { wide: true, .. }
        | Operand::Def { wide: true, .. }
        | Operand::UseDef { wide: true, .. }
        | Operand::Imm(_)
        | Operand::Implicit
        | Operand::Window
        | Operand::RefWindow
        | Operand::Target(_)
        | Operand::Targets(_) => None,
    }
}

/// Merges disjoint live ranges.
fn merge(into: &mut Vec<Segment>, from: &[Segment]) {
    if from.len() * 8 < into.len() {
        for segment in from {
            let at = into.partition_point(|other| other.start < segment.start);
            into.insert(at, *segment);
        }
        return;
    }
    let old = std::mem::take(into);
    into.reserve(old.len() + from.len());
    let (mut old, mut from) = (old.into_iter().peekable(), from.iter().copied().peekable());
    loop {
        let segment = match (old.peek(), from.peek()) {
            (Some(a), Some(b)) if a.start < b.start => old.next(),
            (Some(_), None) => old.next(),
            (_, Some(_)) => from.next(),
            (None, None) => return,
        };
        let Some(segment) = segment else { return };
        match into.last_mut() {
            Some(last) if last.end == segment.start => last.end = segment.end,
            _ => into.push(segment),
        }
    }
}
