//! The instruction set: what rows are, and the standard one built from the table in [`crate::table`].
//!
//! A row says what an instruction computes as statements over its operands; a list of modes says which kinds its
//! operands may have. Each combination of row and mode is an instruction with an opcode of its own. Numbers come from
//! the lock file `opcodes.lock`, whose lines only ever grow.

use crate::operand::{Kind, Role, Sort};
use crate::own::{self, Own};
use crate::prim::Prim;
use crate::version::Groups;
use alloc::string::String;

/// An instruction's number.
pub type Opcode = u16;

/// Opcodes from here up belong to instruction sets of applications.
pub const PRIVATE: Opcode = 0x8000;

/// Most operands an instruction has.
pub const MAX_OPERANDS: usize = 20;

macro_rules! groups { ($( $(#[$doc:meta])* $name:ident = $bit:literal; )*) => {
    /// Instructions that a VM may be built without, all but `base`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    #[allow(non_camel_case_types)]
    #[repr(u8)]
    pub enum Group { $( $(#[$doc])* $name = $bit ),* }

    impl Group {
        /// Every group.
        pub const ALL: &'static [Group] = &[ $( Group::$name ),* ];

        /// Its name, as the table, files' refusals, build features and the compiler's options use it.
        pub const fn name(self) -> &'static str {
            match self { $( Group::$name => stringify!($name) ),* }
        }

        /// Its bit in a file's header.
        pub const fn bit(self) -> u128 {
            1 << (self as u8)
        }
    }
} }

groups! {
    /// Everything but floats, references and fused forms.
    base = 0;
    /// Floating point.
    float = 1;
    /// References, tables beyond `call_indirect`, and bulk operations on tables.
    refs = 2;
    /// Instructions that do the work of several others.
    fused = 3;
}

/// An expression over operands.
#[derive(Clone, Copy, Debug)]
pub enum Expr {
    /// The operand at this position.
    Operand(usize),
    /// A primitive applied to expressions.
    Prim {
        /// The primitive.
        prim: Prim,
        /// Its arguments.
        args: &'static [Expr],
    },
}

/// A statement of a row.
#[derive(Clone, Copy, Debug)]
pub enum Stmt {
    /// Writes an operand.
    Assign {
        /// The operand written.
        to: usize,
        /// Its value.
        value: Expr,
    },
    /// Executes a primitive that has no result.
    Effect(Expr),
    /// Branches if the i32 expression is not zero.
    BranchIf {
        /// The condition.
        cond: Expr,
        /// The target operand.
        to: usize,
    },
    /// Branches always.
    Goto(usize),
    /// Branches to the entry of a branch table that the low 32 bits of the expression number, to the last if there are fewer.
    GotoTable {
        /// The number.
        index: Expr,
        /// The table operand.
        to: usize,
    },
}

impl Stmt {
    /// The expression that it evaluates, if any.
    pub const fn expr(&self) -> Option<&Expr> {
        match self {
            Stmt::Assign { value: e, .. }
            | Stmt::Effect(e)
            | Stmt::BranchIf { cond: e, .. }
            | Stmt::GotoTable { index: e, .. } => Some(e),
            Stmt::Goto(_) => None,
        }
    }
}

/// Where control goes after an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(non_camel_case_types)]
pub enum Flow {
    /// To the next instruction.
    falls,
    /// To the next instruction or a target.
    branches,
    /// Only to its targets, or out of the function.
    ends,
}

/// How an instruction is carried out.
#[derive(Clone, Copy, Debug)]
pub enum Body {
    /// As its statements say.
    Statements(&'static [Stmt]),
    /// By a handler written by hand.
    Hand {
        /// Operands that are read.
        uses: &'static [usize],
        /// Operands that are written, after all reads.
        defs: &'static [usize],
        /// Where control goes.
        flow: Flow,
        /// Carried out by the driver, outside the dispatch loop.
        slow: bool,
        /// Leaves anything at all in both accumulators.
        clobbers: bool,
    },
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct RowInfo {
    /// Its name.
    pub name: &'static str,
    /// The group it belongs to.
    pub group: Group,
    /// The groups that a VM must have to carry it out: its own, and that of floats if it computes with any.
    pub groups: Groups,
    /// Names of its operands.
    pub operands: &'static [&'static str],
    /// What it does.
    pub body: Body,
    /// The kinds that its operands may have, one list for each instruction.
    pub modes: &'static [&'static [Kind]],
}

impl RowInfo {
    /// Whether a VM with these groups can carry it out.
    pub const fn is_within(&self, groups: Groups) -> bool {
        self.groups.without(groups).is_empty()
    }

    /// Whether one of its statements may trap.
    pub const fn may_trap(&self) -> bool {
        has_prim(&self.body, Asked::Traps) || matches!(self.body, Body::Hand { .. })
    }

    /// Whether its statements write a global.
    pub const fn writes_global(&self) -> bool {
        has_prim(&self.body, Asked::WritesGlobal)
    }

    /// Where control goes after it.
    pub const fn flow(&self) -> Flow {
        match self.body {
            Body::Hand { flow, .. } => flow,
            Body::Statements(stmts) => {
                let (mut flow, mut i) = (Flow::falls, 0);
                while i < stmts.len() {
                    match stmts[i] {
                        Stmt::BranchIf { .. } => flow = Flow::branches,
                        Stmt::Goto(_) | Stmt::GotoTable { .. } => flow = Flow::ends,
                        Stmt::Assign { .. } | Stmt::Effect(_) => {}
                    }
                    i += 1;
                }
                flow
            }
        }
    }

    /// What it does with an operand.
    pub const fn role(&self, operand: usize) -> Role {
        match self.body {
            Body::Hand { uses, defs, .. } => {
                if contains(defs, operand) {
                    Role::Def
                } else if contains(uses, operand) {
                    Role::Use
                } else {
                    Role::Constant
                }
            }
            Body::Statements(stmts) => {
                let (mut read, mut written, mut early) = (false, false, false);
                let mut i = 0;
                while i < stmts.len() {
                    if written && reads_other(&stmts[i], operand) {
                        early = true;
                    }
                    match &stmts[i] {
                        Stmt::Assign { to, value } => {
                            // A read after the row's own write isn't a use: the value comes from the row itself.
                            read = read || (!written && reads(value, operand));
                            written = written || *to == operand;
                        }
                        Stmt::Effect(e) | Stmt::BranchIf { cond: e, .. } | Stmt::GotoTable { index: e, .. } => {
                            read = read || (!written && reads(e, operand))
                        }
                        Stmt::Goto(_) => {}
                    }
                    i += 1;
                }
                match (read, written, early) {
                    (true, true, _) => Role::UseDef,
                    (false, true, true) => Role::EarlyDef,
                    (false, true, false) => Role::Def,
                    (true, false, _) => Role::Use,
                    (false, false, _) => Role::Constant,
                }
            }
        }
    }

    /// Whether an operand is read after the row has written another one, so that those two must not be the same slot.
    pub const fn is_read_late(&self, operand: usize) -> bool {
        let Body::Statements(stmts) = self.body else { return true };
        let (mut written, mut i) = (false, 0);
        while i < stmts.len() {
            match &stmts[i] {
                Stmt::Assign { to, value } => {
                    if written && reads(value, operand) {
                        return true;
                    }
                    written = written || *to != operand;
                }
                Stmt::Effect(e) | Stmt::BranchIf { cond: e, .. } | Stmt::GotoTable { index: e, .. } => {
                    if written && reads(e, operand) {
                        return true;
                    }
                }
                Stmt::Goto(_) => {}
            }
            i += 1;
        }
        false
    }
}

/// What is asked of primitives.
#[derive(Clone, Copy)]
enum Asked {
    IsFloat,
    WritesGlobal,
    Traps,
}

/// Whether a body's statements have a primitive of which that is true.
const fn has_prim(body: &Body, asked: Asked) -> bool {
    let Body::Statements(stmts) = body else { return false };
    let mut i = 0;
    while i < stmts.len() {
        if let Some(e) = stmts[i].expr()
            && is_or_has(e, asked)
        {
            return true;
        }
        i += 1;
    }
    false
}

const fn is_or_has(e: &Expr, asked: Asked) -> bool {
    let Expr::Prim { prim, args } = e else { return false };
    let is = match asked {
        Asked::IsFloat => prim.is_float(),
        Asked::WritesGlobal => prim.effects().writes_global,
        Asked::Traps => prim.effects().traps,
    };
    let mut i = 0;
    while i < args.len() {
        if is_or_has(&args[i], asked) {
            return true;
        }
        i += 1;
    }
    is
}

/// [`RowInfo::groups`] of a row.
#[doc(hidden)]
pub const fn groups_of(group: Group, body: &Body) -> Groups {
    let own = Groups(group.bit());
    if has_prim(body, Asked::IsFloat) { own.with(Group::float) } else { own }
}

const fn contains(list: &[usize], item: usize) -> bool {
    let mut i = 0;
    while i < list.len() {
        if list[i] == item {
            return true;
        }
        i += 1;
    }
    false
}

const fn reads(e: &Expr, operand: usize) -> bool {
    match e {
        Expr::Operand(o) => *o == operand,
        Expr::Prim { args, .. } => {
            let mut i = 0;
            while i < args.len() {
                if reads(&args[i], operand) {
                    return true;
                }
                i += 1;
            }
            false
        }
    }
}

const fn reads_any_but(e: &Expr, operand: usize) -> bool {
    match e {
        Expr::Operand(o) => *o != operand,
        Expr::Prim { args, .. } => {
            let mut i = 0;
            while i < args.len() {
                if reads_any_but(&args[i], operand) {
                    return true;
                }
                i += 1;
            }
            false
        }
    }
}

const fn reads_other(s: &Stmt, operand: usize) -> bool {
    match s.expr() {
        Some(e) => reads_any_but(e, operand),
        None => false,
    }
}

/// An instruction: a row with kinds for its operands, and the layout that follows.
#[derive(Clone, Copy, Debug)]
pub struct Instr {
    /// Position of its row in the table.
    pub row: u16,
    /// Position of its mode in the row's list.
    pub mode: u16,
    /// Number of operands.
    pub count: u8,
    /// Length in units of two bytes, without the entries of a branch table.
    pub units: u8,
    /// Where control goes after it.
    pub flow: Flow,
    /// Kind of each operand.
    pub kinds: [Kind; MAX_OPERANDS],
    /// Byte offset of each operand from the instruction's start.
    pub offsets: [u8; MAX_OPERANDS],
}

impl Instr {
    /// No instruction.
    pub(crate) const NONE: Instr = Instr {
        row: 0,
        mode: 0,
        count: 0,
        units: 0,
        flow: Flow::falls,
        kinds: [Kind::Acc; MAX_OPERANDS],
        offsets: [0; MAX_OPERANDS],
    };

    /// The instruction with another position of its row.
    pub const fn at_row(self, row: usize) -> Instr {
        Instr { row: row as u16, ..self }
    }

    /// Lays out a row in one of its modes.
    pub const fn new(rows: &[RowInfo], row: usize, mode: usize) -> Instr {
        let kinds_of = rows[row].modes[mode];
        let mut sizes = [0; MAX_OPERANDS];
        let mut kinds = [Kind::Acc; MAX_OPERANDS];
        let mut i = 0;
        while i < kinds_of.len() {
            kinds[i] = kinds_of[i];
            sizes[i] = kinds_of[i].size();
            i += 1;
        }
        let mut offsets = [0; MAX_OPERANDS];
        let mut i = 0;
        while i < kinds_of.len() {
            offsets[i] = offset(&sizes, i) as u8;
            i += 1;
        }
        Instr {
            row: row as u16,
            mode: mode as u16,
            count: kinds_of.len() as u8,
            units: (length(&sizes) / 2) as u8,
            flow: rows[row].flow(),
            kinds,
            offsets,
        }
    }

    /// The kinds of its operands.
    pub fn operands(&self) -> &[Kind] {
        &self.kinds[..self.count as usize]
    }
}

/// Byte offset of an operand: after the opcode, wider operands first, equals in the row's order.
pub const fn offset(sizes: &[usize], operand: usize) -> usize {
    let mut at = 2;
    let mut i = 0;
    while i < sizes.len() {
        if sizes[i] > sizes[operand] || (sizes[i] == sizes[operand] && i < operand) {
            at += sizes[i];
        }
        i += 1;
    }
    at
}

/// Byte length of an instruction with operands of these sizes: rounded up to whole units.
pub const fn length(sizes: &[usize]) -> usize {
    let mut n = 2;
    let mut i = 0;
    while i < sizes.len() {
        n += sizes[i];
        i += 1;
    }
    (n + 1) & !1
}

/// Number of instructions that these rows make.
pub const fn instr_count(rows: &[RowInfo]) -> usize {
    let (mut n, mut i) = (0, 0);
    while i < rows.len() {
        n += rows[i].modes.len();
        i += 1;
    }
    n
}

const fn fnv(mut hash: u64, byte: u8) -> u64 {
    hash ^= byte as u64;
    hash = hash.wrapping_mul(0x100_0000_01b3);
    hash
}
const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;

const fn instr_hash(row: &RowInfo, mode: usize) -> u64 {
    let mut hash = FNV_START;
    let name = row.name.as_bytes();
    let mut i = 0;
    while i < name.len() {
        hash = fnv(hash, name[i]);
        i += 1;
    }
    let kinds = row.modes[mode];
    let mut i = 0;
    while i < kinds.len() {
        if i == 0 {
            hash = fnv(hash, b'.');
        }
        hash = fnv(hash, kinds[i].letter());
        i += 1;
    }
    hash
}

/// The name of an instruction: its row's, a dot, and a letter for each operand's kind.
pub fn instr_name(row: &RowInfo, mode: usize) -> String {
    let mut name = String::from(row.name);
    for (i, kind) in row.modes[mode].iter().enumerate() {
        if i == 0 {
            name.push('.');
        }
        name.push(kind.letter() as char);
    }
    name
}

/// Number of lines of a lock file.
pub const fn lock_lines(lock: &str) -> usize {
    let bytes = lock.as_bytes();
    let (mut n, mut i) = (0, 0);
    while i < bytes.len() {
        if bytes[i] == b'\n' {
            n += 1;
        }
        i += 1;
    }
    n
}

/// Gives each instruction of the rows its number: the line of the lock file that holds its name.
///
/// An instruction that the lock file doesn't name yet gets a number after the last line, in the table's order; a test
/// then asks for its line to be appended.
pub const fn numbers<const N: usize, const BUCKETS: usize>(rows: &[RowInfo], lock: &str) -> [Opcode; N] {
    let mut keys = [0u64; BUCKETS];
    let mut values = [0u16; BUCKETS];
    let bytes = lock.as_bytes();
    let (mut line, mut i, mut hash) = (0, 0, FNV_START);
    while i < bytes.len() {
        if bytes[i] == b'\n' {
            let mut at = hash as usize % BUCKETS;
            while keys[at] != 0 {
                assert!(keys[at] != hash, "a name stands twice in the lock file");
                at = (at + 1) % BUCKETS;
            }
            keys[at] = hash;
            values[at] = line;
            line += 1;
            hash = FNV_START;
        } else {
            hash = fnv(hash, bytes[i]);
        }
        i += 1;
    }
    let mut out = [0; N];
    let (mut n, mut row) = (0, 0);
    while row < rows.len() {
        let mut mode = 0;
        while mode < rows[row].modes.len() {
            let hash = instr_hash(&rows[row], mode);
            let mut at = hash as usize % BUCKETS;
            while keys[at] != 0 && keys[at] != hash {
                at = (at + 1) % BUCKETS;
            }
            if keys[at] == hash {
                out[n] = values[at];
            } else {
                out[n] = line;
                line += 1;
            }
            n += 1;
            mode += 1;
        }
        row += 1;
    }
    out
}

/// Where each row's modes begin among all.
pub const fn starts<const ROWS: usize>(rows: &[RowInfo]) -> [u16; ROWS] {
    let mut out = [0; ROWS];
    let (mut row, mut start) = (0, 0);
    while row < ROWS {
        assert!(start <= u16::MAX as usize);
        out[row] = start as u16;
        start += rows[row].modes.len();
        row += 1;
    }
    out
}

/// The modes of each row, in ascending length of their operands, those equally long in the table's order.
pub const fn by_length<const N: usize>(rows: &[RowInfo]) -> [u8; N] {
    let mut out = [0; N];
    let (mut row, mut start) = (0, 0);
    while row < rows.len() {
        let modes = rows[row].modes;
        let mut mode = 0;
        while mode < modes.len() {
            let mut at = start + mode;
            while at > start && operand_bytes(modes[out[at - 1] as usize]) > operand_bytes(modes[mode]) {
                out[at] = out[at - 1];
                at -= 1;
            }
            assert!(mode <= u8::MAX as usize);
            out[at] = mode as u8;
            mode += 1;
        }
        start += modes.len();
        row += 1;
    }
    out
}

/// Bytes of operands.
const fn operand_bytes(kinds: &[Kind]) -> usize {
    let (mut sum, mut i) = (0, 0);
    while i < kinds.len() {
        sum += kinds[i].size();
        i += 1;
    }
    sum
}

/// One more than the largest of these numbers.
pub const fn opcode_count(numbers: &[Opcode]) -> usize {
    let (mut max, mut i) = (0, 0);
    while i < numbers.len() {
        if numbers[i] as usize >= max {
            max = numbers[i] as usize + 1;
        }
        i += 1;
    }
    max
}

/// The instruction with each number; `None` where a number is retired.
pub const fn instrs<const COUNT: usize>(rows: &[RowInfo], numbers: &[Opcode]) -> [Option<Instr>; COUNT] {
    let mut out = [None; COUNT];
    let (mut n, mut row) = (0, 0);
    while row < rows.len() {
        let mut mode = 0;
        while mode < rows[row].modes.len() {
            out[numbers[n] as usize] = Some(Instr::new(rows, row, mode));
            n += 1;
            mode += 1;
        }
        row += 1;
    }
    out
}

/// The position of an operand among a row's names.
pub const fn position(names: &[&str], name: &str) -> usize {
    let mut i = 0;
    while i < names.len() {
        let (a, b) = (names[i].as_bytes(), name.as_bytes());
        let mut same = a.len() == b.len();
        let mut j = 0;
        while same && j < a.len() {
            same = a[j] == b[j];
            j += 1;
        }
        if same {
            return i;
        }
        i += 1;
    }
    panic!("the row has no operand of that name")
}

/// An instruction set as data.
#[derive(Debug)]
pub struct Isa {
    /// Its rows.
    pub rows: &'static [RowInfo],
    /// The instruction with each number.
    pub instrs: &'static [Option<Instr>],
    /// Number of each instruction, in the order of rows and modes.
    pub numbers: &'static [Opcode],
    /// Where each row's modes begin among them.
    pub starts: &'static [u16],
    /// The modes of each row, the shortest instructions first.
    pub by_length: &'static [u8],
    /// What an application added to them.
    pub own: Own,
}

impl Isa {
    /// The standard instructions, and some of an application's.
    pub const fn with_own(own: Own) -> Isa {
        Isa { rows: ROW_LIST, instrs: &INSTR_LIST, numbers: &NUMBERS, starts: &STARTS, by_length: &BY_LENGTH, own }
    }

    /// The instruction with a number, unless there is none.
    pub fn get(&self, opcode: Opcode) -> Option<&Instr> {
        match own::position(opcode) {
            Some(position) => self.own.instrs.get(position),
            None => self.instrs.get(opcode as usize)?.as_ref(),
        }
    }

    /// The row of an instruction.
    pub fn row(&self, instr: &Instr) -> &'static RowInfo {
        let row = instr.row as usize;
        if row < self.rows.len() { &self.rows[row] } else { &self.own.rows[row - self.rows.len()] }
    }

    /// The name of an instruction.
    pub fn name(&self, opcode: Opcode) -> Option<String> {
        let instr = self.get(opcode)?;
        Some(instr_name(self.row(instr), instr.mode as usize))
    }

    /// The number of a standard row in a mode, unless the set leaves it out.
    pub fn find(&self, row: usize, kinds: &[Kind]) -> Option<Opcode> {
        self.number(row, self.rows[row].modes.iter().position(|m| *m == kinds)?)
    }

    /// The modes of a standard row, the shortest instructions first.
    pub fn by_length(&self, row: usize) -> impl Iterator<Item = usize> {
        let start = usize::from(self.starts[row]);
        self.by_length[start..start + self.rows[row].modes.len()].iter().map(|mode| usize::from(*mode))
    }

    /// The number of a standard row in one of its modes, unless the set leaves it out.
    pub fn number(&self, row: usize, mode: usize) -> Option<Opcode> {
        let opcode = self.numbers[usize::from(self.starts[row]) + mode];
        self.own.without.binary_search(&opcode).is_err().then_some(opcode)
    }

    /// Whether the operand is a branch target.
    pub fn is_target(kind: Kind) -> bool {
        matches!(kind.sort(), Sort::Forward | Sort::Backward | Sort::Targets)
    }
}

/// Turns rows into the constants of an instruction set. Used through `standard_rows!(define_isa NAME "lock file text")`.
#[macro_export]
macro_rules! define_isa {
    (($lock:expr) $( family $group:ident $ops:tt $modes:tt { $( $name:ident => $body:tt )* } )*) => {
        /// The rows of the table, by name.
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub enum Row { $( $( #[doc = concat!("`", stringify!($body), "`")] $name ),* ),* }

        impl Row {
            /// Every row, in the order of the table.
            pub const ALL: &'static [Row] = &[ $( $( Row::$name ),* ),* ];

            /// Its position in the table.
            pub const fn index(self) -> usize { self as usize }

            /// What the table says of it.
            pub const fn info(self) -> &'static RowInfo { &ROWS[self as usize] }
        }

        /// The rows.
        pub static ROWS: &[RowInfo] = ROW_LIST;
        const ROW_LIST: &[RowInfo] = &[ $( $( $crate::row_info!($group $name $ops $modes $body) ),* ),* ];
        const INSTRS: usize = instr_count(ROW_LIST);
        const LOCK: &str = $lock;
        const BUCKETS: usize = (2 * (INSTRS + lock_lines(LOCK))).next_power_of_two();
        /// The number of each instruction, in the order of rows and modes.
        pub const NUMBERS: [Opcode; INSTRS] = numbers::<INSTRS, BUCKETS>(ROW_LIST, LOCK);
        static STARTS: [u16; ROW_LIST.len()] = starts(ROW_LIST);
        static BY_LENGTH: [u8; INSTRS] = by_length(ROW_LIST);
        /// One more than the largest opcode.
        pub const COUNT: usize = opcode_count(&NUMBERS);
        static INSTR_LIST: [Option<Instr>; COUNT] = instrs::<COUNT>(ROW_LIST, &NUMBERS);
    };
}

/// One row as data.
#[doc(hidden)]
#[macro_export]
macro_rules! row_info {
    ($group:ident $name:ident { $($o:ident),* } [ $(($($mode:ident),*))* ] $body:tt) => {{
        const NAMES: &[&str] = &[ $( stringify!($o) ),* ];
        const BODY: Body = $crate::row_body!(NAMES $body);
        RowInfo {
            name: stringify!($name),
            group: Group::$group,
            groups: groups_of(Group::$group, &BODY),
            operands: NAMES,
            body: BODY,
            modes: &[ $( &[ $( Kind::$mode ),* ] ),* ],
        }
    }};
}

/// A row's body as data.
#[doc(hidden)]
#[macro_export]
macro_rules! row_body {
    ($names:ident { hand $($rest:tt)* }) => { $crate::row_body!(@hand false $names $($rest)*) };
    ($names:ident { slow $($rest:tt)* }) => { $crate::row_body!(@hand true $names $($rest)*) };
    (@hand $slow:literal $names:ident uses($($u:ident)*) defs($($d:ident)*) $flow:ident $($clobbers:ident)?) => {
        Body::Hand {
            uses: &[ $( position($names, stringify!($u)) ),* ],
            defs: &[ $( position($names, stringify!($d)) ),* ],
            flow: Flow::$flow,
            slow: $slow,
            clobbers: $crate::row_body!(@flag $($clobbers)?),
        }
    };
    (@flag clobbers) => { true };
    (@flag) => { false };
    ($names:ident { $($e:tt)* }) => { Body::Statements($crate::row_stmts!($names [] $($e)*)) };
}

/// A row's statements as data.
#[doc(hidden)]
#[macro_export]
macro_rules! row_stmts {
    ($names:ident [$($done:tt)*]) => { &[$($done)*] };
    ($names:ident [$($done:tt)*] if $f:ident ( $($args:tt)* ) goto $to:ident $(; $($rest:tt)*)?) => {
        $crate::row_stmts!($names [$($done)* Stmt::BranchIf { cond: $crate::row_expr!($names $f($($args)*)), to: position($names, stringify!($to)) },] $($($rest)*)?)
    };
    ($names:ident [$($done:tt)*] goto $to:ident [ $($index:tt)* ]) => {
        $crate::row_stmts!($names [$($done)* Stmt::GotoTable { index: $crate::row_expr!($names $($index)*), to: position($names, stringify!($to)) },])
    };
    ($names:ident [$($done:tt)*] goto $to:ident $(; $($rest:tt)*)?) => {
        $crate::row_stmts!($names [$($done)* Stmt::Goto(position($names, stringify!($to))),] $($($rest)*)?)
    };
    ($names:ident [$($done:tt)*] $d:ident = $f:ident ( $($args:tt)* ) $(; $($rest:tt)*)?) => {
        $crate::row_stmts!($names [$($done)* Stmt::Assign { to: position($names, stringify!($d)), value: $crate::row_expr!($names $f($($args)*)) },] $($($rest)*)?)
    };
    ($names:ident [$($done:tt)*] $f:ident ( $($args:tt)* ) $(; $($rest:tt)*)?) => {
        $crate::row_stmts!($names [$($done)* Stmt::Effect($crate::row_expr!($names $f($($args)*))),] $($($rest)*)?)
    };
}

/// An expression as data.
#[doc(hidden)]
#[macro_export]
macro_rules! row_expr {
    ($names:ident $v:ident) => { Expr::Operand(position($names, stringify!($v))) };
    ($names:ident $f:ident ( $($args:tt)* )) => { $crate::row_expr!(@ $names $f [] $($args)*) };
    (@ $names:ident $f:ident [$($done:tt)*]) => { Expr::Prim { prim: Prim::$f, args: &[$($done)*] } };
    (@ $names:ident $f:ident [$($done:tt)*] $g:ident ( $($in:tt)* ) $(, $($rest:tt)*)?) => {
        $crate::row_expr!(@ $names $f [$($done)* $crate::row_expr!($names $g($($in)*)),] $($($rest)*)?)
    };
    (@ $names:ident $f:ident [$($done:tt)*] $v:ident $(, $($rest:tt)*)?) => {
        $crate::row_expr!(@ $names $f [$($done)* $crate::row_expr!($names $v),] $($($rest)*)?)
    };
}

crate::standard_rows!(define_isa include_str!("../opcodes.lock"));

/// The standard instruction set.
pub static STANDARD: Isa = Isa::with_own(Own::NONE);

#[cfg(test)]
mod tests;
