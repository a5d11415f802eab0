//! Slot assignment: one slot for each class, one window for each call.
//!
//! A window begins above everything that lives across its call, so it is known only once those classes have their
//! slots; but those classes, too, would like to lie where windows will be: a result that lives across a later call
//! needn't be moved if the later window begins above it. So classes that lie across calls are placed first, in the
//! order in which they become live: when a call's result is reached, what lives across that call is usually placed
//! already and its window can be foretold. Then the windows are chosen, the hottest first, each where most of its
//! arguments and results are or can be; then come the classes that are left; last, whatever has turned out to be
//! better placed elsewhere is moved there. If many moves remain that windows elsewhere might save, all of this is done once
//! more with the windows just found as the ones foretold.

use super::bounds::{Ceilings, Floors};
use super::coalesce::{Class, Classes, Hint};
use super::cycles::Cycles;
use super::live::{Place, Point, Program, Segment, Site, SiteData, Stage};
use super::occupancy::SlotTable;
use super::spill::Reserve;
use super::{BANKS, Bank, MAX_FRAME, NARROW_SLOTS, PerBank, TooLarge, refuse};

/// A class that lies across calls follows a hint only up to this slot: each one that does may raise later windows
/// and with them the frame.
const HIGHEST_RAISING: u32 = 192;

/// How far a window may be raised above the lowest possible place to save moves.
const HIGHEST_RAISE: u32 = 32;

/// How often everything is assigned, knowing better each time where windows will be.
const ROUNDS: usize = 3;

/// Moves that aren't worth another round: a few of those in a loop.
const MISSABLE: f32 = 32.0;

/// Slots tried that are free but would make edge moves form a cycle.
const TRIES: usize = 8;

/// Hints of a class that are weighed, and that are read in search of as many.
const VOTES: usize = 32;
const HINTS_READ: usize = 256;

/// Slots and windows.
pub(super) struct Assignment {
    /// For each class its slot.
    slots: Vec<u32>,
    /// For each site the first slots of its window.
    windows: Vec<PerBank<u32>>,
    /// When the slots are occupied.
    pub(super) tables: PerBank<SlotTable>,
}

impl Assignment {
    /// The slot of a class.
    pub(super) fn slot(&self, class: Class) -> u32 {
        self.slots[class.index()]
    }

    /// The first slot of a window.
    pub(super) fn window(&self, site: Site, bank: Bank) -> u32 {
        self.windows[site.index()][bank]
    }

    /// Assigns slots and windows.
    ///
    /// **Requires** classes as coalescing makes them.
    ///
    /// **Ensures** that classes in the same slot are never live at the same point, that what lives across a call lies
    /// below the word below its window, and that nothing an instruction itself reads lies in the window slots its
    /// arguments are moved to.
    ///
    /// # Errors
    ///
    /// [`TooLarge`] if there aren't enough slots.
    pub(super) fn compute(program: &Program<'_>, classes: &Classes, reserve: &Reserve) -> Result<Assignment, TooLarge> {
        for bank in BANKS {
            refuse(bank, pressure(classes, bank))?;
        }
        let round = |earlier: Option<&[PerBank<u32>]>| {
            let mut assigner = Assigner::new(program, classes, reserve, earlier);
            assigner.assign();
            (assigner.missed(), assigner.finish())
        };
        let (mut missed, mut best) = round(None);
        // Windows at zero are where they are in every round.
        let floating = program.sites.iter().any(|site| !site.window.fixed_at_zero);
        for _ in 1..ROUNDS {
            if missed <= MISSABLE || !floating {
                break;
            }
            let (next_missed, next) = round(Some(&best.windows));
            if next_missed >= missed {
                break;
            }
            (missed, best) = (next_missed, next);
        }
        for bank in BANKS {
            refuse(bank, best.tables[bank].used())?;
        }
        Ok(best)
    }
}

/// How many classes of a bank are live at once, at most. Only functions with very many classes are looked at, to find
/// out early that a frame would be too large.
fn pressure(classes: &Classes, bank: Bank) -> u32 {
    if classes.len() <= MAX_FRAME as usize {
        return 0;
    }
    let mut changes: Vec<(Point, i32)> = Vec::new();
    for class in classes.all().filter(|class| classes.bank(*class) == bank) {
        for segment in classes.segments(class) {
            changes.extend([(segment.start, 1), (segment.end, -1)]);
        }
    }
    // What ends at a point makes room for what begins there.
    changes.sort_unstable();
    let (mut live, mut most) = (0, 0);
    for (_, change) in changes {
        live += change;
        most = most.max(live);
    }
    most.unsigned_abs()
}

/// Where a window will probably begin, and up to where it may.
struct Foretold {
    start: u32,
    highest: u32,
}

/// Slots that would save a move: from the likeliest up to the highest.
struct Wish {
    slot: u32,
    highest: u32,
    weight: f32,
}

/// What is saved in a slot.
fn granted(wishes: &[Wish], slot: u32) -> f32 {
    let granted = wishes.iter().filter(|wish| (wish.slot..=wish.highest).contains(&slot));
    granted.map(|wish| wish.weight).sum()
}

/// Words between what lives across a call and its window.
fn header(bank: Bank) -> u32 {
    match bank {
        Bank::Number => 1,
        Bank::Ref => 0,
    }
}

struct Assigner<'a> {
    program: &'a Program<'a>,
    classes: &'a Classes,
    reserve: &'a Reserve,
    cycles: Cycles,
    slots: Vec<Option<u32>>,
    windows: Vec<PerBank<u32>>,
    tables: PerBank<SlotTable>,
    floors: PerBank<Floors>,
    /// For each site how many classes lie across it.
    across: PerBank<Vec<u32>>,
    /// For each class whether it lies across a site.
    lies_across: Vec<bool>,
    /// Windows of the round before.
    earlier_windows: Option<&'a [PerBank<u32>]>,
    /// For each site whether its windows are chosen.
    decided: Vec<bool>,
}

impl<'a> Assigner<'a> {
    fn new(
        program: &'a Program<'a>,
        classes: &'a Classes,
        reserve: &'a Reserve,
        earlier_windows: Option<&'a [PerBank<u32>]>,
    ) -> Assigner<'a> {
        let sites = program.sites.len();
        let mut across = PerBank::new(|_| vec![0u32; sites + 1]);
        let mut lies_across = vec![false; classes.len()];
        for class in classes.all() {
            // Segments never meet within an instruction without being one, so each site counts a class once.
            let count = &mut across[classes.bank(class)];
            for segment in classes.segments(class) {
                let range = program.sites_across(*segment);
                if !range.is_empty() {
                    lies_across[class.index()] = true;
                    count[range.start] = count[range.start].wrapping_add(1);
                    count[range.end] = count[range.end].wrapping_sub(1);
                }
            }
        }
        for bank in BANKS {
            let mut sum = 0u32;
            for count in &mut across[bank] {
                sum = sum.wrapping_add(*count);
                *count = sum;
            }
        }
        Assigner {
            program,
            classes,
            reserve,
            cycles: Cycles::find(program, classes),
            slots: vec![None; classes.len()],
            windows: vec![PerBank::default(); sites],
            tables: PerBank::new(|bank| SlotTable::new(program.last(), reserve.scratch(bank))),
            floors: PerBank::new(|bank| Floors::new(sites, header(bank))),
            across,
            lies_across,
            earlier_windows,
            decided: vec![false; sites],
        }
    }

    /// Assigns everything.
    fn assign(&mut self) {
        self.hold_fixed_windows();
        self.place_params();
        self.place_across_calls();
        self.choose_windows();
        self.place_rest();
        self.settle();
    }

    /// Windows at zero: nothing their instructions read may be in them.
    fn hold_fixed_windows(&mut self) {
        for (index, site) in self.program.sites.iter().enumerate() {
            if site.window.fixed_at_zero {
                for bank in BANKS {
                    self.hold_window(Site(index as u32), bank, 0);
                }
            }
        }
    }

    /// Function parameters arrive in slots: first come, first served.
    fn place_params(&mut self) {
        for param in &self.program.f.blocks[0].params {
            if let Some(class) = self.classes.of(*param)
                && !self.reserve.is_cold(class)
            {
                self.place(class);
            }
        }
    }

    /// Everything that lives across calls, and everything cold.
    fn place_across_calls(&mut self) {
        for class in self.classes.all() {
            let first = self.lies_across[class.index()] || self.reserve.is_cold(class);
            if first && self.slots[class.index()].is_none() {
                self.place(class);
            }
        }
    }

    fn place_rest(&mut self) {
        for class in self.classes.all() {
            if self.slots[class.index()].is_none() {
                self.place(class);
            }
        }
    }

    /// Moves classes to slots that, now that windows are known, turn out to save more than theirs.
    fn settle(&mut self) {
        let ceilings = PerBank::new(|bank| {
            let of_site = |(site, window): (&SiteData<'_>, &PerBank<u32>)| match site.window.fixed_at_zero {
                true => u32::MAX,
                false => window[bank] - header(bank),
            };
            let pairs = self.program.sites.iter().zip(&self.windows);
            Ceilings::new(pairs.map(of_site).collect())
        });
        for class in self.classes.all() {
            let Some(old) = self.slots[class.index()] else { continue };
            let bank = self.classes.bank(class);
            let votes = self.votes(class);
            let saved = votes.iter().find(|(slot, _)| *slot == old).map_or(0.0, |vote| vote.1);
            let saved = saved - self.cycle_cost(class, old);
            if votes.iter().all(|(_, weight)| *weight <= saved) {
                continue;
            }
            let segments = self.classes.segments(class);
            let sites = segments.iter().map(|segment| self.program.sites_across(*segment));
            let ceiling = sites.map(|sites| ceilings[bank].over(sites)).min().unwrap_or(u32::MAX);
            self.tables[bank].vacate(old, segments);
            let better = votes.into_iter().find(|&(slot, weight)| {
                slot < ceiling
                    && weight - self.cycle_cost(class, slot) > saved
                    && self.may_take(class, slot, weight)
                    && self.tables[bank].fits(slot, segments)
            });
            let slot = better.map_or(old, |(slot, _)| slot);
            self.slots[class.index()] = Some(slot);
            self.tables[bank].occupy(slot, segments);
        }
    }

    fn finish(self) -> Assignment {
        Assignment {
            slots: self.slots.into_iter().map(|slot| slot.unwrap_or(0)).collect(),
            windows: self.windows,
            tables: self.tables,
        }
    }

    /// Gives a class a slot that is free in all of its segments.
    fn put(&mut self, class: Class, slot: u32) {
        let bank = self.classes.bank(class);
        let segments = self.classes.segments(class);
        self.slots[class.index()] = Some(slot);
        self.tables[bank].occupy(slot, segments);
        if self.lies_across[class.index()] {
            for segment in segments {
                let sites = self.program.sites_across(*segment);
                self.floors[bank].raise(sites, slot + 1 + header(bank));
            }
        }
    }

    /// Places a class where it saves most, else in the lowest slot that is free.
    fn place(&mut self, class: Class) {
        let table = &self.tables[self.classes.bank(class)];
        let segments = self.classes.segments(class);
        let lowest = if self.reserve.is_cold(class) { NARROW_SLOTS } else { 0 };
        let voted = self
            .votes(class)
            .into_iter()
            .find(|&(slot, weight)| slot >= lowest && self.may_take(class, slot, weight) && table.fits(slot, segments));
        let slot = match voted {
            Some((slot, _)) => slot,
            None => self.first_fit(class, lowest),
        };
        self.put(class, slot);
    }

    /// The lowest slot that is free, or one a little higher if that spares cycles of moves.
    fn first_fit(&self, class: Class, lowest: u32) -> u32 {
        let table = &self.tables[self.classes.bank(class)];
        let segments = self.classes.segments(class);
        let mut slot = table.first_fit(lowest, segments);
        let (mut best, mut least) = (slot, self.cycle_cost(class, slot));
        for _ in 0..TRIES {
            if least == 0.0 || slot >= NARROW_SLOTS {
                break;
            }
            slot = table.first_fit(slot + 1, segments);
            let cost = self.cycle_cost(class, slot);
            if cost < least {
                (best, least) = (slot, cost);
            }
        }
        best
    }

    /// Whether saving moves of this weight is worth being in a slot.
    fn may_take(&self, class: Class, slot: u32, weight: f32) -> bool {
        let reloads = if slot < NARROW_SLOTS { 0.0 } else { self.classes.narrow_weight(class) };
        let cost = reloads + self.cycle_cost(class, slot);
        cost == 0.0 || cost < weight
    }

    /// How often moves would be executed only to break cycles.
    fn cycle_cost(&self, class: Class, slot: u32) -> f32 {
        self.cycles.cost(self.classes, &self.slots, class, slot)
    }

    /// How often moves are executed because classes aren't where they would save them, though they could be.
    fn missed(&self) -> f32 {
        let of_class = |class: Class| {
            let bank = self.classes.bank(class);
            let missed = |hint: &&Hint| match hint.place {
                Place::Slot(slot) => self.slots[class.index()] != Some(slot),
                Place::Window(site, index) => {
                    let slot = self.windows[site.index()][bank] + index;
                    self.slots[class.index()] != Some(slot) && !self.program.crosses(self.classes.segments(class), site)
                }
            };
            let hints = self.classes.hints(class).iter().filter(missed);
            hints.map(|hint| hint.weight).sum::<f32>()
        };
        self.classes.all().map(of_class).sum()
    }

    /// The slots where a class would save moves, in descending order of what it would save.
    fn votes(&self, class: Class) -> Vec<(u32, f32)> {
        let wishes = self.wishes(class, None);
        let mut votes: Vec<(u32, f32)> = wishes.iter().map(|wish| (wish.slot, 0.0)).collect();
        votes.sort_unstable_by_key(|(slot, _)| *slot);
        votes.dedup_by_key(|(slot, _)| *slot);
        for (slot, weight) in &mut votes {
            *weight = granted(&wishes, *slot);
        }
        votes.sort_by(|(s, a), (t, b)| b.total_cmp(a).then(s.cmp(t)));
        votes
    }

    /// Where a class would save moves, those at one site apart.
    fn wishes(&self, class: Class, apart: Option<Site>) -> Vec<Wish> {
        let bank = self.classes.bank(class);
        let segments = self.classes.segments(class);
        let mut wishes: Vec<Wish> = Vec::new();
        for hint in self.classes.hints(class).iter().take(HINTS_READ) {
            let (slot, highest) = match hint.place {
                Place::Slot(slot) => (slot, slot),
                Place::Window(site, _) if apart == Some(site) || self.program.crosses(segments, site) => {
                    continue;
                }
                Place::Window(site, index) => {
                    let window = self.foretell(site, bank);
                    let slot = window.start + index;
                    if self.lies_across[class.index()] && slot > HIGHEST_RAISING {
                        continue;
                    }
                    (slot, window.highest + index)
                }
            };
            wishes.push(Wish { slot, highest, weight: hint.weight });
            if wishes.len() == VOTES {
                break;
            }
        }
        wishes
    }

    /// For each argument and result of a site in `bank` that is a register: its position in the window and its class.
    fn passed(&self, site: Site, bank: Bank) -> impl Iterator<Item = (u32, Class)> + use<'a> {
        let classes = self.classes;
        let window = self.program.sites[site.index()].window;
        let of_args = move |(i, arg): (usize, _)| Some((i as u32, classes.of_source(arg)?));
        let of_results = move |(i, result): (usize, _)| Some((i as u32, classes.of(result)?));
        let args = window.args_in(bank).iter().copied().enumerate();
        let results = window.results_in(bank).iter().copied().enumerate();
        args.filter_map(of_args).chain(results.filter_map(of_results))
    }

    /// The places at which a window, not below `floor`, matches an argument or result that has its slot.
    fn matching(&self, site: Site, bank: Bank, floor: u32) -> impl Iterator<Item = u32> + use<'_, 'a> {
        self.passed(site, bank).take(VOTES).filter_map(move |(index, class)| {
            let window = self.slots[class.index()]?.checked_sub(index)?;
            (floor..=floor + HIGHEST_RAISE).contains(&window).then_some(window)
        })
    }

    /// Where the window of a site begins, or will probably begin.
    fn foretell(&self, site: Site, bank: Bank) -> Foretold {
        if self.decided[site.index()] {
            let start = self.windows[site.index()][bank];
            return Foretold { start, highest: start };
        }
        let expected = match self.earlier_windows {
            Some(windows) => windows[site.index()][bank],
            None => self.across[bank][site.index()] + header(bank),
        };
        let floor = self.floors[bank].of(site).max(expected);
        let mut matching: Vec<u32> = self.matching(site, bank, floor).collect();
        matching.sort_unstable();
        let best = matching.chunk_by(u32::eq).max_by_key(|same| (same.len(), !same[0]));
        match best {
            Some(same) => Foretold { start: same[0], highest: same[0] },
            None => Foretold { start: floor, highest: floor + HIGHEST_RAISE },
        }
    }

    /// Chooses the windows of all sites, hottest first, and puts there what can be.
    fn choose_windows(&mut self) {
        let mut order: Vec<usize> = (0..self.program.sites.len()).collect();
        // The sort is stable: ties go in program order, after those that have no choice.
        order.sort_by(|&a, &b| {
            let (a, b) = (&self.program.sites[a], &self.program.sites[b]);
            let fixed_first = b.window.fixed_at_zero.cmp(&a.window.fixed_at_zero);
            b.weight.total_cmp(&a.weight).then(fixed_first)
        });
        for index in order {
            let site = Site(index as u32);
            if !self.program.sites[index].window.fixed_at_zero {
                for bank in BANKS {
                    let start = self.choose_window(site, bank);
                    self.windows[index][bank] = start;
                    self.hold_window(site, bank, start);
                }
            }
            self.decided[index] = true;
            for bank in BANKS {
                let start = self.windows[index][bank];
                for (offset, class) in self.passed(site, bank) {
                    if self.can_be_passed_at(site, class, start + offset) {
                        self.put(class, start + offset);
                    }
                }
            }
        }
    }

    /// Whether a class that has no slot yet can be given this one to save a move at `site`.
    fn can_be_passed_at(&self, site: Site, class: Class, slot: u32) -> bool {
        self.slots[class.index()].is_none()
            && self.may_take(class, slot, self.program.sites[site.index()].weight)
            && self.tables[self.classes.bank(class)].fits(slot, self.classes.segments(class))
    }

    /// The place of a window at which most is saved: arguments and results that are where they are passed, or can be
    /// put there and would be well placed otherwise, too.
    fn choose_window(&self, site: Site, bank: Bank) -> u32 {
        let floor = self.floors[bank].of(site);
        let weight = self.program.sites[site.index()].weight;
        let passed: Vec<(u32, Class)> = self.passed(site, bank).collect();
        let mut candidates: Vec<u32> = (floor..floor + 4).collect();
        candidates.extend(self.matching(site, bank, floor));
        let reach = floor..=floor + HIGHEST_RAISE;
        let mut wishes: Vec<Vec<Wish>> = Vec::with_capacity(passed.len());
        for (index, class) in &passed {
            wishes.push(match self.slots[class.index()] {
                Some(_) => Vec::new(),
                None => self.wishes(*class, Some(site)),
            });
            let of_class = wishes.last().into_iter().flatten();
            let starts = of_class.filter_map(|wish| wish.slot.checked_sub(*index));
            candidates.extend(starts.filter(|start| reach.contains(start)));
        }
        candidates.sort_unstable();
        candidates.dedup();

        let saved = |start: u32| -> f32 {
            let of_class = |((index, class), wishes): (&(u32, Class), &Vec<Wish>)| {
                let slot = start + index;
                match self.slots[class.index()] {
                    Some(taken) if taken == slot => weight,
                    Some(_) => 0.0,
                    None if self.can_be_passed_at(site, *class, slot) => weight + granted(wishes, slot),
                    None => 0.0,
                }
            };
            passed.iter().zip(&wishes).map(of_class).sum()
        };
        let open = |start: &u32| self.window_is_open(site, bank, *start);
        let mut best: Option<(f32, u32)> = None;
        for start in candidates.into_iter().filter(open) {
            let saved = saved(start);
            if best.is_none_or(|(most, _)| saved > most) {
                best = Some((saved, start));
            }
        }
        match best {
            Some((_, start)) => start,
            None => (floor..).find(open).unwrap_or(floor),
        }
    }

    /// The slots of a window and the points at which they are written: arguments are there before operands are
    /// read, results when late definitions are written.
    fn window_points(&self, site: Site, bank: Bank) -> [(u32, Point); 2] {
        let site = &self.program.sites[site.index()];
        [
            (site.window.args_in(bank).len() as u32, site.position.at(Stage::Read)),
            (site.window.results_in(bank).len() as u32, site.position.at(Stage::Write)),
        ]
    }

    /// Whether the window of a site can begin at a slot.
    fn window_is_open(&self, site: Site, bank: Bank, start: u32) -> bool {
        self.window_points(site, bank).iter().all(|&(count, point)| {
            let segment = [Segment::point(point)];
            (start..start + count).all(|slot| self.tables[bank].fits(slot, &segment))
        })
    }

    /// Keeps the slots of a window from classes placed later.
    fn hold_window(&mut self, site: Site, bank: Bank, start: u32) {
        for (count, point) in self.window_points(site, bank) {
            for slot in start..start + count {
                // Windows at zero may have to go over slots that are closed to classes anyway.
                if !self.reserve.scratch(bank).contains(&slot) {
                    self.tables[bank].occupy(slot, &[Segment::point(point)]);
                }
            }
        }
    }
}
