//! What verifier and driver know of each opcode.
//!
//! Many instructions are alike but for what they compute: such share a [`Form`], so that an opcode needs two bytes here. Made at
//! compile time from the table, of the groups that this VM is built with; opcodes of other groups don't exist for it.

use hardtack_format::isa::{self, Body, Flow, Group, Instr, NUMBERS, Opcode, ROWS, Row, RowInfo};
use hardtack_format::operand::Kind;
#[cfg(not(feature = "compact"))]
use hardtack_format::operand::Sort;
use hardtack_format::version::Groups;

/// The groups that this VM is built with.
pub(crate) const GROUPS: Groups = {
    let (mut groups, mut i) = (Groups(0), 0);
    while i < Group::ALL.len() {
        if is_built(Group::ALL[i]) {
            groups = groups.with(Group::ALL[i]);
        }
        i += 1;
    }
    groups
};

const fn is_built(group: Group) -> bool {
    match group {
        Group::base => true,
        Group::float => cfg!(feature = "float"),
        Group::refs => cfg!(feature = "refs"),
        Group::fused => cfg!(feature = "fused"),
    }
}

include!(concat!(env!("OUT_DIR"), "/left_out.rs"));

/// For each opcode whether it is left out.
const IS_LEFT_OUT: [bool; isa::COUNT] = {
    let (mut out, mut i) = ([false; isa::COUNT], 0);
    while i < LEFT_OUT.len() {
        out[LEFT_OUT[i] as usize] = true;
        i += 1;
    }
    out
};

/// Whether this VM has instructions of a row.
pub(crate) const fn has_row(row: &RowInfo) -> bool {
    row.is_within(GROUPS)
}

/// Whether this VM has an instruction, by its row and opcode.
pub(crate) const fn has(row: &RowInfo, opcode: Opcode) -> bool {
    has_row(row) && !IS_LEFT_OUT[opcode as usize]
}

/// One more than the largest opcode that this VM has.
pub(crate) const COUNT: usize = {
    let (mut max, mut n, mut row) = (0, 0, 0);
    while row < ROWS.len() {
        let mut mode = 0;
        while mode < ROWS[row].modes.len() {
            if has(&ROWS[row], NUMBERS[n]) && NUMBERS[n] as usize >= max {
                max = NUMBERS[n] as usize + 1;
            }
            n += 1;
            mode += 1;
        }
        row += 1;
    }
    max
};

/// An operand's kind, and its byte offset from the instruction's start.
#[derive(Clone, Copy, Debug)]
pub struct Operand {
    /// Its kind.
    pub kind: Kind,
    /// Its offset.
    pub at: u8,
}

/// What instructions have in common.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// First of its operands in [`OPERANDS`], and their number.
    first: u16,
    count: u8,
    /// Length in units without a branch table; 0 if there is no such instruction.
    pub units: u8,
    /// What the verifier's quick way looks at, which a small VM does without.
    #[cfg(not(feature = "compact"))]
    pub quick: Quick,
    /// Bits of the last byte that are padding.
    pub padding: u8,
    /// Groups that it needs, one bit each.
    pub groups: u8,
    /// Whether control never goes on to the next instruction.
    pub ends: bool,
    /// Whether it writes the global that it names.
    pub writes_global: bool,
    /// The row, if no statements say what it does.
    pub row: Option<Row>,
}

/// What can be checked of an instruction without looking at its operands one by one.
#[cfg(not(feature = "compact"))]
#[derive(Clone, Copy, Debug)]
pub struct Quick {
    /// Which of the instruction's last eight bytes are slots: bit 7 for the last.
    pub slots: u8,
    /// Which operands it has beyond one-byte slots and constants.
    pub rest: Rest,
    /// Offset of the distance for [`Rest::Forward`] and [`Rest::Backward`], of the function for [`Rest::Call`].
    pub distance: u8,
}

/// Operands beyond one-byte slots, accumulators and constants.
#[cfg(not(feature = "compact"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Rest {
    /// None.
    None,
    /// One forward distance of 16 bits.
    Forward,
    /// One backward distance of 16 bits.
    Backward,
    /// A function of the module's in 16 bits and a window, right behind it.
    Call,
    /// That the function has one result, a number.
    Value,
    /// Others.
    Others,
}

impl Form {
    /// The form of numbers that no instruction has.
    const NONE: Form = Form {
        first: 0,
        count: 0,
        units: 0,
        #[cfg(not(feature = "compact"))]
        quick: Quick { slots: 0, rest: Rest::Others, distance: 0 },
        padding: 0,
        groups: 0,
        ends: false,
        writes_global: false,
        row: None,
    };

    /// The form of an opcode.
    #[inline(always)]
    pub fn of(opcode: Opcode) -> &'static Form {
        Form::at(place(opcode))
    }

    /// The units of an opcode's instructions: where the next begins hangs on this, so the verifier doesn't wait for the form.
    #[inline(always)]
    pub fn units_of(opcode: Opcode) -> u8 {
        #[cfg(not(feature = "compact"))]
        return UNITS.get(place(opcode)).copied().unwrap_or(0);
        #[cfg(feature = "compact")]
        Form::of(opcode).units
    }

    /// The form of the opcode whose place this is.
    #[inline(always)]
    pub fn at(place: usize) -> &'static Form {
        let form = FORM_OF.get(place).copied().unwrap_or(0);
        &FORMS[usize::from(form)]
    }

    /// Whether there are such instructions.
    pub fn exists(&self) -> bool {
        self.units != 0
    }

    /// Its operands, if it is a standard instruction's.
    pub fn operands(&self) -> &'static [Operand] {
        self.operands_in(&OPERANDS)
    }

    /// Its operands among those of its instruction set.
    pub fn operands_in(&self, all: &'static [Operand]) -> &'static [Operand] {
        let first = usize::from(self.first);
        all.get(first..first + usize::from(self.count)).unwrap_or(&[])
    }

    const fn new(instr: &Instr, info: &RowInfo, first: usize) -> Form {
        let length = instr.units as usize * 2;
        let row = row_of(instr, info);
        let mut form = Form {
            first: first as u16,
            count: instr.count,
            units: instr.units,
            #[cfg(not(feature = "compact"))]
            quick: Quick::new(instr, row),
            groups: info.groups.0 as u8,
            ends: matches!(instr.flow, Flow::ends),
            writes_global: writes_global(instr, info),
            row,
            ..Form::NONE
        };
        let (mut used, mut i) = (2, 0);
        while i < instr.count as usize {
            used += instr.kinds[i].size();
            i += 1;
        }
        if used < length {
            form.padding = 0xff;
        }
        form
    }
}

#[cfg(not(feature = "compact"))]
impl Quick {
    const fn new(instr: &Instr, row: Option<Row>) -> Quick {
        let length = instr.units as usize * 2;
        let mut quick = Quick { slots: 0, rest: Rest::None, distance: 0 };
        let mut i = 0;
        while i < instr.count as usize {
            let (kind, at) = (instr.kinds[i], instr.offsets[i] as usize);
            match kind.sort() {
                Sort::Slot if kind.size() == 1 && length - at <= 8 => quick.slots |= 1 << (8 - (length - at)),
                Sort::Acc | Sort::FAcc | Sort::Signed | Sort::Unsigned => {}
                Sort::Forward if kind.size() == 2 && matches!(quick.rest, Rest::None) => {
                    quick.rest = Rest::Forward;
                    quick.distance = at as u8;
                }
                Sort::Backward if kind.size() == 2 && matches!(quick.rest, Rest::None) => {
                    quick.rest = Rest::Backward;
                    quick.distance = at as u8;
                }
                _ => quick.rest = Rest::Others,
            }
            i += 1;
        }
        match (row, instr.kinds[0]) {
            (Some(Row::ret_value), _) if matches!(quick.rest, Rest::None) => quick.rest = Rest::Value,
            (Some(Row::call), Kind::Func16) => {
                assert!(instr.offsets[1] == instr.offsets[0] + 2);
                quick.rest = Rest::Call;
                quick.distance = instr.offsets[0];
            }
            // These have rules of their own.
            (Some(Row::trap | Row::leave), _) => quick.rest = Rest::Others,
            _ => {}
        }
        quick
    }
}

/// The row of an instruction that has no statements.
const fn row_of(instr: &Instr, info: &RowInfo) -> Option<Row> {
    match info.body {
        // Only standard rows have such handlers.
        Body::Hand { .. } => Some(Row::ALL[instr.row as usize]),
        Body::Statements(_) => None,
    }
}

/// Whether an instruction writes a global.
const fn writes_global(instr: &Instr, info: &RowInfo) -> bool {
    instr.row as usize == Row::ref_global_set.index() || info.writes_global()
}

/// Most operands that a standard instruction has.
const MOST_STANDARD: usize = {
    let (mut most, mut row) = (0, 0);
    while row < ROWS.len() {
        if ROWS[row].operands.len() > most {
            most = ROWS[row].operands.len();
        }
        row += 1;
    }
    most
};

/// Everything that a form is made of, in one number; 0 stands for no instruction.
const fn key(instr: &Instr, info: &RowInfo) -> u128 {
    const { assert!(Kind::ALL.len() < 64 && MOST_STANDARD <= 10, "the key has 60 bits for kinds") };
    const { assert!(Group::ALL.len() <= 8, "forms have 8 bits for groups") };
    let (mut key, mut i) = (0, 0);
    while i < instr.count as usize {
        key = key << 6 | (instr.kinds[i] as u128 + 1);
        i += 1;
    }
    let row = match row_of(instr, info) {
        Some(_) => instr.row as u128 + 1,
        None => 0,
    };
    let flags = (matches!(instr.flow, Flow::ends) as u128) << 1 | writes_global(instr, info) as u128;
    key | row << 64 | info.groups.0 << 96 | flags << 104 | 1 << 120
}

/// The key of each opcode.
const fn keys() -> [u128; COUNT] {
    let mut keys = [0; COUNT];
    let mut opcode = 0;
    while opcode < COUNT {
        if let Some(instr) = &isa::STANDARD.instrs[opcode] {
            let info = &ROWS[instr.row as usize];
            if has(info, opcode as Opcode) {
                keys[opcode] = key(instr, info);
            }
        }
        opcode += 1;
    }
    keys
}

/// The different keys, the first of them 0, and how many there are; for each opcode which it has.
const DISTINCT: ([u128; COUNT + 1], usize, [u16; COUNT]) = {
    let keys = keys();
    let (mut distinct, mut count, mut which) = ([0; COUNT + 1], 1, [0; COUNT]);
    let mut opcode = 0;
    while opcode < COUNT {
        let mut form = 0;
        while form < count && distinct[form] != keys[opcode] {
            form += 1;
        }
        if form == count {
            distinct[form] = keys[opcode];
            count += 1;
        }
        which[opcode] = form as u16;
        opcode += 1;
    }
    (distinct, count, which)
};

/// Numbers of so many things: bytes if those suffice. A table by opcodes is among the largest parts of a small VM.
pub(crate) trait Numbering {
    type Number;
}

/// Whether bytes suffice.
pub(crate) struct Bytes<const SUFFICE: bool>;

impl Numbering for Bytes<true> {
    type Number = u8;
}

impl Numbering for Bytes<false> {
    type Number = u16;
}

/// The number of a form.
type FormNumber = <Bytes<{ DISTINCT.1 <= 1 << 8 }> as Numbering>::Number;

/// Opcodes whose places follow each other in a small VM. Numbers are never reused, so those of its instructions stand in groups
/// with wide gaps between, and gaps get no places.
const PAGE: usize = 16;

/// For each page of opcodes the number of its places, which is 0 where a page has no instructions; and how many numbers there are.
const PAGED: ([u16; COUNT.div_ceil(PAGE)], usize) = {
    let (mut pages, mut count, mut opcode) = ([0; COUNT.div_ceil(PAGE)], 1, 0);
    while opcode < COUNT {
        if DISTINCT.2[opcode] != 0 && pages[opcode / PAGE] == 0 {
            pages[opcode / PAGE] = count as u16;
            count += 1;
        }
        opcode += 1;
    }
    (pages, count)
};

/// The number of a page.
#[cfg(feature = "compact")]
type PageNumber = <Bytes<{ PAGED.1 <= 1 << 8 }> as Numbering>::Number;

#[cfg(feature = "compact")]
static PAGES: [PageNumber; PAGED.0.len()] = {
    let (mut out, mut page) = ([0; PAGED.0.len()], 0);
    while page < out.len() {
        out[page] = PAGED.0[page] as PageNumber;
        page += 1;
    }
    out
};

/// Number of places.
pub(crate) const PLACES: usize = if cfg!(feature = "compact") { PAGED.1 * PAGE } else { COUNT };

/// Where tables by opcode have an opcode: below [`PLACES`] if this VM has it. A place of opcodes that it hasn't is one of no instruction.
#[cfg(feature = "compact")]
#[inline(always)]
pub(crate) fn place(opcode: Opcode) -> usize {
    let page = PAGES.get(usize::from(opcode) / PAGE).copied().unwrap_or(0);
    usize::from(page) * PAGE + usize::from(opcode) % PAGE
}

/// Where tables by opcode have an opcode: below [`PLACES`] if this VM has it.
#[cfg(not(feature = "compact"))]
#[inline(always)]
fn place(opcode: Opcode) -> usize {
    usize::from(opcode)
}

/// A table of the same numbers, by opcode, in another type.
macro_rules! by_opcode {
    ($numbers:expr, $number:ty) => {{
        let (mut out, mut opcode) = ([0 as $number; $crate::forms::PLACES], 0);
        while opcode < COUNT {
            out[$crate::forms::const_place(opcode)] = $numbers[opcode] as $number;
            opcode += 1;
        }
        out
    }};
}

/// [`place`] where tables are made.
pub(crate) const fn const_place(opcode: usize) -> usize {
    if cfg!(feature = "compact") { PAGED.0[opcode / PAGE] as usize * PAGE + opcode % PAGE } else { opcode }
}
#[cfg(feature = "compact")]
pub(crate) use by_opcode;

static FORM_OF: [FormNumber; PLACES] = by_opcode!(DISTINCT.2, FormNumber);

/// For each opcode the units of its form.
#[cfg(not(feature = "compact"))]
static UNITS: [u8; PLACES] = {
    let (mut out, mut opcode) = ([0; PLACES], 0);
    while opcode < PLACES {
        out[opcode] = FORMS[DISTINCT.2[opcode] as usize].units;
        opcode += 1;
    }
    out
};

const MADE: ([Form; DISTINCT.1], [Operand; DISTINCT.1 * MOST_STANDARD], usize) = {
    let mut forms = [Form::NONE; DISTINCT.1];
    let mut operands = [Operand { kind: Kind::Acc, at: 0 }; DISTINCT.1 * MOST_STANDARD];
    let (mut used, mut made, mut opcode) = (0, 1, 0);
    while opcode < COUNT {
        // Forms are numbered in the order in which opcodes first have them.
        if DISTINCT.2[opcode] as usize == made {
            let Some(instr) = &isa::STANDARD.instrs[opcode] else { panic!("form 0 is that of no instruction") };
            forms[made] = Form::new(instr, &ROWS[instr.row as usize], used);
            let mut i = 0;
            while i < instr.count as usize {
                operands[used] = Operand { kind: instr.kinds[i], at: instr.offsets[i] };
                used += 1;
                i += 1;
            }
            made += 1;
        }
        opcode += 1;
    }
    (forms, operands, used)
};

static FORMS: [Form; DISTINCT.1] = MADE.0;

static OPERANDS: [Operand; MADE.2] = {
    let (mut out, mut i) = ([Operand { kind: Kind::Acc, at: 0 }; MADE.2], 0);
    while i < MADE.2 {
        out[i] = MADE.1[i];
        i += 1;
    }
    out
};

/// The forms of an application's own instructions, one each.
pub const fn own_forms<const N: usize>(rows: &[RowInfo], instrs: &[Instr; N]) -> [Form; N] {
    let mut out = [Form::NONE; N];
    let (mut i, mut used) = (0, 0);
    while i < N {
        out[i] = Form::new(&instrs[i], &rows[i], used);
        used += instrs[i].count as usize;
        i += 1;
    }
    out
}

/// How many operands they have.
pub const fn own_operand_count(instrs: &[Instr]) -> usize {
    let (mut count, mut i) = (0, 0);
    while i < instrs.len() {
        count += instrs[i].count as usize;
        i += 1;
    }
    count
}

/// Their operands.
pub const fn own_operands<const M: usize>(instrs: &[Instr]) -> [Operand; M] {
    let mut out = [Operand { kind: Kind::Acc, at: 0 }; M];
    let (mut used, mut i) = (0, 0);
    while i < instrs.len() {
        let mut o = 0;
        while o < instrs[i].count as usize {
            out[used] = Operand { kind: instrs[i].kinds[o], at: instrs[i].offsets[o] };
            used += 1;
            o += 1;
        }
        i += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_does_not_exist() {
        assert!(LEFT_OUT.is_sorted());
        for opcode in LEFT_OUT {
            let row = isa::STANDARD.row(isa::STANDARD.get(*opcode).expect("the list is of instructions"));
            assert_eq!(row.group, Group::fused, "{}", row.name);
            assert!(!Form::of(*opcode).exists(), "{}", row.name);
        }
    }

    #[test]
    fn forms_are_those_of_the_table() {
        for opcode in 0..=u16::MAX {
            let form = Form::of(opcode);
            let Some(instr) = isa::STANDARD.get(opcode).filter(|i| has(isa::STANDARD.row(i), opcode)) else {
                assert!(!form.exists(), "{opcode}");
                continue;
            };
            let row = isa::STANDARD.row(instr);
            assert_eq!(form.units, instr.units, "{}", row.name);
            assert_eq!(u128::from(form.groups), row.groups.0, "{}", row.name);
            assert_eq!(form.ends, row.flow() == Flow::ends, "{}", row.name);
            let operands = form.operands().iter().map(|o| (o.kind, o.at));
            assert!(operands.eq(instr.operands().iter().copied().zip(instr.offsets)), "{}", row.name);
            let by_hand = matches!(row.body, Body::Hand { .. });
            assert_eq!(form.row.map(Row::index), by_hand.then_some(instr.row.into()), "{}", row.name);
        }
    }
}
