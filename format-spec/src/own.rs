//! Instructions that an application adds to the standard ones, for its own modules.
//!
//! They are rows of the table's notation in a file of the application's (see the compiler's `isa` module for its syntax), each
//! with one mode. Statements name operands, not slots: an operand that the row has written and reads again is the value written, even if
//! another operand of the same slot was written since. (No standard row could tell the difference.) Their opcodes go down from the largest number, so that as signed numbers they stand before the standard ones in a
//! handler table. A file that uses them names them in its header by [`identity`].

use crate::isa::{Body, Expr, Instr, Opcode, PRIVATE, ROWS, RowInfo, Stmt};

/// Most rows that a set may have.
pub const MAX_ROWS: usize = 4096;

/// What an application added to the standard instructions.
#[derive(Clone, Copy, Debug)]
pub struct Own {
    /// Its rows; positions of rows go on from the standard ones.
    pub rows: &'static [RowInfo],
    /// Their instructions.
    pub instrs: &'static [Instr],
    /// Opcodes of standard instructions that its VM lacks, ascending.
    pub without: &'static [Opcode],
    /// The set's identity; 0 for the standard set.
    pub identity: u128,
}

impl Own {
    /// Nothing.
    pub const NONE: Own = Own { rows: &[], instrs: &[], without: &[], identity: 0 };
}

/// The opcode of the instruction at a position among an application's own.
pub const fn opcode(position: usize) -> Opcode {
    u16::MAX - position as u16
}

/// The position of an opcode's instruction among an application's own; `None` for standard opcodes.
pub const fn position(opcode: Opcode) -> Option<usize> {
    if opcode >= PRIVATE { Some((u16::MAX - opcode) as usize) } else { None }
}

/// The instructions that an application's rows make.
///
/// # Panics
/// At compile time, if a row hasn't exactly one mode or isn't sound, or there are more than [`MAX_ROWS`].
pub const fn instrs<const N: usize>(rows: &[RowInfo]) -> [Instr; N] {
    assert!(rows.len() == N && N <= MAX_ROWS, "an instruction set has too many rows");
    let mut out = [Instr::NONE; N];
    let mut row = 0;
    while row < N {
        assert!(rows[row].modes.len() == 1, "a row of an application's has one mode");
        assert!(is_sound(&rows[row]), "a row of an application's has statements, and none after a jump");
        out[row] = Instr::new(rows, row, 0).at_row(ROWS.len() + row);
        row += 1;
    }
    out
}

/// What the meaning of a set hashes to (FNV-1a with 128 bits). It tells sets apart; nothing about safety rests on it, since
/// files are verified against the rows that the VM has.
#[derive(Clone, Copy)]
struct Hash(u128);

impl Hash {
    const fn byte(self, byte: u8) -> Hash {
        Hash((self.0 ^ byte as u128).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b))
    }

    const fn word(self, word: usize) -> Hash {
        self.byte(word as u8).byte((word >> 8) as u8)
    }

    const fn text(mut self, text: &str) -> Hash {
        let bytes = text.as_bytes();
        let mut i = 0;
        while i < bytes.len() {
            self = self.byte(bytes[i]);
            i += 1;
        }
        self.byte(0)
    }

    const fn expr(mut self, expr: &Expr) -> Hash {
        match expr {
            Expr::Operand(operand) => self.byte(1).word(*operand),
            Expr::Prim { prim, args } => {
                self = self.byte(2).text(prim.name());
                let mut i = 0;
                while i < args.len() {
                    self = self.expr(&args[i]);
                    i += 1;
                }
                self.byte(3)
            }
        }
    }

    const fn stmt(self, stmt: &Stmt) -> Hash {
        match stmt {
            Stmt::Assign { to, value } => self.byte(4).word(*to).expr(value),
            Stmt::Effect(expr) => self.byte(5).expr(expr),
            Stmt::BranchIf { cond, to } => self.byte(6).word(*to).expr(cond),
            Stmt::Goto(to) => self.byte(7).word(*to),
            Stmt::GotoTable { index, to } => self.byte(10).word(*to).expr(index),
        }
    }

    const fn row(mut self, row: &RowInfo) -> Hash {
        let mut mode = 0;
        while mode < row.modes.len() {
            let kinds = row.modes[mode];
            let mut i = 0;
            while i < kinds.len() {
                self = self.text(kinds[i].name());
                i += 1;
            }
            self = self.byte(8);
            mode += 1;
        }
        if let Body::Statements(stmts) = row.body {
            let mut i = 0;
            while i < stmts.len() {
                self = self.stmt(&stmts[i]);
                i += 1;
            }
        }
        self.byte(9)
    }
}

/// The identity of a set: a hash of what its rows mean, in their order, and of what it leaves out. Names don't count. Never 0.
pub const fn identity(rows: &[RowInfo], without: &[Opcode]) -> u128 {
    let mut hash = Hash(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);
    let mut i = 0;
    while i < rows.len() {
        hash = hash.row(&rows[i]);
        i += 1;
    }
    let mut i = 0;
    while i < without.len() {
        hash = hash.word(without[i] as usize);
        i += 1;
    }
    if hash.0 == 0 { 1 } else { hash.0 }
}

/// Whether a row can be an application's: it has statements, none after a jump, and no branch table.
pub const fn is_sound(row: &RowInfo) -> bool {
    let Body::Statements(stmts) = row.body else { return false };
    let mut i = 0;
    while i < stmts.len() {
        match stmts[i] {
            Stmt::Goto(_) if i + 1 < stmts.len() => return false,
            Stmt::GotoTable { .. } => return false,
            Stmt::Goto(_) | Stmt::Assign { .. } | Stmt::Effect(_) | Stmt::BranchIf { .. } => {}
        }
        i += 1;
    }
    !stmts.is_empty()
}
