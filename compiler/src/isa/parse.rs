//! The text of an instruction set.

use super::InstructionSet;
use crate::Error;
use hardtack_format::isa::{
    Body, Expr, Group, Instr, Isa, MAX_OPERANDS, Opcode, PRIVATE, RowInfo, STANDARD, Stmt, groups_of,
};
use hardtack_format::operand::{Kind, Sort};
use hardtack_format::own::{self, MAX_ROWS, Own};
use hardtack_format::prim::{Prim, Type};
use hashbrown::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

/// A word, a number or a sign, and where it stands.
#[derive(Clone, Copy, Debug)]
struct Token<'a> {
    text: &'a str,
    line: usize,
    column: usize,
}

/// Reads a set. The same set is the same data, however often it is read.
pub fn parse(text: &str) -> Result<InstructionSet, Error> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0 };
    let (without, rows) = parser.file()?;
    let identity = own::identity(&rows, &without);
    static SETS: OnceLock<Mutex<HashMap<u128, InstructionSet>>> = OnceLock::new();
    let mut sets = SETS.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    Ok(*sets.entry(identity).or_insert_with(|| {
        let place = |row| Instr::new(&rows, row, 0).at_row(STANDARD.rows.len() + row);
        let instrs: Vec<Instr> = (0..rows.len()).map(place).collect();
        let own = Own { rows: rows.leak(), instrs: instrs.leak(), without: without.leak(), identity };
        let keep = |own| -> &'static Isa { Box::leak(Box::new(Isa::with_own(own))) };
        let isa = keep(own);
        InstructionSet { isa, whole: if own.without.is_empty() { isa } else { keep(Own { without: &[], ..own }) } }
    }))
}

/// Takes a text apart, without comments.
fn tokens(text: &str) -> Result<Vec<Token<'_>>, Error> {
    let mut tokens = vec![];
    for (line, text) in text.lines().enumerate() {
        let code = text.find("//").map_or(text, |comment| &text[..comment]);
        let mut at = 0;
        while let Some(c) = code[at..].chars().next() {
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let len = match c {
                c if c.is_whitespace() => {
                    at += c.len_utf8();
                    continue;
                }
                '=' if code[at..].starts_with("=>") => 2,
                c if word(c) => code[at..].find(|c| !word(c)).unwrap_or(code.len() - at),
                '{' | '}' | '[' | ']' | '(' | ')' | ',' | ';' | '=' | '!' => 1,
                _ => {
                    let found = Token { text: &code[at..at + c.len_utf8()], line, column: at };
                    return Err(wrong(found, "a row of the instruction table"));
                }
            };
            tokens.push(Token { text: &code[at..at + len], line, column: at });
            at += len;
        }
    }
    Ok(tokens)
}

fn wrong(found: Token<'_>, expected: impl Into<String>) -> Error {
    Error::InstructionSet {
        line: found.line + 1,
        column: found.column + 1,
        expected: expected.into(),
        found: found.text.into(),
    }
}

struct Parser<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Token<'a> {
        let end = || {
            let last = self.tokens.last();
            let (line, column) = last.map_or((0, 0), |t| (t.line, t.column + t.text.len()));
            Token { text: "", line, column }
        };
        self.tokens.get(self.at).copied().unwrap_or_else(end)
    }

    fn next(&mut self) -> Token<'a> {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn takes(&mut self, text: &str) -> bool {
        let takes = self.peek().text == text;
        self.at += usize::from(takes);
        takes
    }

    fn expect(&mut self, text: &str) -> Result<(), Error> {
        let found = self.next();
        if found.text == text { Ok(()) } else { Err(wrong(found, format!("`{text}`"))) }
    }

    fn name(&mut self) -> Result<Token<'a>, Error> {
        let found = self.next();
        let first = found.text.chars().next();
        let is_name = first.is_some_and(|c| c.is_ascii_alphabetic()) && !matches!(found.text, "if" | "goto");
        if is_name { Ok(found) } else { Err(wrong(found, "a name")) }
    }

    fn file(&mut self) -> Result<(Vec<Opcode>, Vec<RowInfo>), Error> {
        self.expect("rows")?;
        self.expect("!")?;
        self.expect("{")?;
        let without = if self.takes("without") { self.without()? } else { vec![] };
        let mut rows: Vec<RowInfo> = vec![];
        while !self.takes("}") {
            let at = self.peek();
            if rows.len() == MAX_ROWS {
                return Err(wrong(at, format!("no more than {MAX_ROWS} rows")));
            }
            let row = self.row()?;
            if rows.iter().any(|other| other.name == row.name) {
                return Err(wrong(Token { text: row.name, ..at }, "a row of another name"));
            }
            rows.push(row);
        }
        let rest = self.peek();
        if rest.text.is_empty() { Ok((without, rows)) } else { Err(wrong(rest, "the end of the file")) }
    }

    /// Opcodes of standard instructions, ascending. Whatever the others can't replace must stay.
    fn without(&mut self) -> Result<Vec<Opcode>, Error> {
        self.expect("[")?;
        let mut opcodes: Vec<(Opcode, Token<'_>)> = vec![];
        while !self.takes("]") {
            let token = self.next();
            let opcode = token.text.parse().ok().filter(|opcode| *opcode < PRIVATE);
            let row = opcode.and_then(|opcode| Some((opcode, STANDARD.row(STANDARD.get(opcode)?))));
            match row {
                Some((opcode, row)) if row.group == Group::fused => {
                    if opcodes.last().is_some_and(|(last, _)| *last >= opcode) {
                        return Err(wrong(token, "opcodes in ascending order"));
                    }
                    opcodes.push((opcode, token));
                }
                Some(_) | None => return Err(wrong(token, "the opcode of a fused instruction")),
            }
        }
        let list: Vec<Opcode> = opcodes.iter().map(|(opcode, _)| *opcode).collect();
        for (opcode, token) in opcodes {
            let other = turned(opcode);
            if other.is_some_and(|other| list.binary_search(&other).is_err()) {
                return Err(wrong(token, "a branch together with its other direction"));
            }
        }
        Ok(list)
    }

    /// `family base { operands } [(kinds)] { name => { statements } }`
    fn row(&mut self) -> Result<RowInfo, Error> {
        self.expect("family")?;
        self.expect("base")?;
        self.expect("{")?;
        let mut names: Vec<&'static str> = vec![];
        while !self.takes("}") {
            let name = self.name()?;
            if names.contains(&name.text) {
                return Err(wrong(name, "another name: the row has an operand of this one"));
            }
            names.push(String::from(name.text).leak());
            if self.peek().text != "}" {
                self.expect(",")?;
            }
        }
        let names: &'static [&'static str] = names.leak();
        self.expect("[")?;
        self.expect("(")?;
        let mut kinds: Vec<Kind> = vec![];
        while !self.takes(")") {
            let token = self.name()?;
            let kind = Kind::ALL.iter().find(|kind| kind.name() == token.text && is_open(**kind));
            kinds.push(*kind.ok_or_else(|| wrong(token, "a kind of operand that a row of statements may have"))?);
            if self.peek().text != ")" {
                self.expect(",")?;
            }
        }
        let end = self.peek();
        self.expect("]")?;
        if kinds.len() != names.len() || kinds.len() > MAX_OPERANDS {
            return Err(wrong(end, format!("a kind for each operand, and at most {MAX_OPERANDS}")));
        }
        self.expect("{")?;
        let name = self.name()?;
        self.expect("=>")?;
        self.expect("{")?;
        let mut row = Row { names, kinds: &kinds, used: vec![false; kinds.len()] };
        let mut stmts: Vec<Stmt> = vec![];
        loop {
            let at = self.peek();
            if stmts.last().is_some_and(|last| matches!(last, Stmt::Goto(_))) {
                return Err(wrong(at, "nothing after a jump"));
            }
            stmts.push(self.stmt(&mut row)?);
            if self.takes("}") {
                break;
            }
            self.expect(";")?;
        }
        if let Some(unused) = row.used.iter().position(|used| !used) {
            return Err(wrong(Token { text: names[unused], ..name }, "operands that occur in the row"));
        }
        self.expect("}")?;
        let body = Body::Statements(stmts.leak());
        let modes: &'static [Kind] = kinds.leak();
        let info = RowInfo {
            name: String::from(name.text).leak(),
            group: Group::base,
            groups: groups_of(Group::base, &body),
            operands: names,
            body,
            modes: vec![modes].leak(),
        };
        debug_assert!(own::is_sound(&info), "what the parser accepts is a row");
        Ok(info)
    }

    fn stmt(&mut self, row: &mut Row<'_>) -> Result<Stmt, Error> {
        if self.takes("if") {
            let cond = self.call(row, &[Type::I32, Type::Any])?;
            self.expect("goto")?;
            return Ok(Stmt::BranchIf { cond, to: self.target(row)? });
        }
        if self.takes("goto") {
            return Ok(Stmt::Goto(self.target(row)?));
        }
        if self.tokens.get(self.at + 1).is_some_and(|t| t.text == "=") {
            let token = self.name()?;
            let to =
                row.operand(token, |kind| matches!(kind.sort(), Sort::Slot | Sort::Acc | Sort::FAcc), "a destination")?;
            self.expect("=")?;
            let all = [Type::I32, Type::I64, Type::F32, Type::F64, Type::Any];
            return Ok(Stmt::Assign { to, value: self.call(row, &all)? });
        }
        Ok(Stmt::Effect(self.call(row, &[Type::None])?))
    }

    fn target(&mut self, row: &mut Row<'_>) -> Result<usize, Error> {
        let token = self.name()?;
        row.operand(token, |kind| matches!(kind.sort(), Sort::Forward | Sort::Backward), "a target")
    }

    /// `primitive(arguments)`, with a result of one of these types.
    fn call(&mut self, row: &mut Row<'_>, results: &[Type]) -> Result<Expr, Error> {
        let name = self.name()?;
        let prim = Prim::ALL.iter().find(|prim| prim.name() == name.text).copied();
        let prim = prim.filter(|prim| results.contains(&prim.result()));
        let prim = prim.ok_or_else(|| wrong(name, "a primitive that fits here"))?;
        self.expect("(")?;
        let mut args = vec![];
        while !self.takes(")") {
            let constant = prim.constant_param() == Some(args.len());
            let nested = !constant && self.tokens.get(self.at + 1).is_some_and(|t| t.text == "(");
            args.push(match nested {
                true => self.call(row, &[Type::I32, Type::I64, Type::F32, Type::F64, Type::Any])?,
                false => {
                    let token = self.name()?;
                    let globals = match prim {
                        Prim::global_get | Prim::global_set => Some(Kind::Global),
                        Prim::imported_global_get | Prim::imported_global_set => Some(Kind::ImportedGlobal),
                        _ => None,
                    };
                    let fits = |kind: Kind| match (constant, globals) {
                        (true, Some(global)) => kind == global,
                        (true, None) => kind.sort() == Sort::Unsigned,
                        (false, _) => {
                            matches!(kind.sort(), Sort::Slot | Sort::Acc | Sort::FAcc | Sort::Signed | Sort::Unsigned)
                        }
                    };
                    Expr::Operand(row.operand(token, fits, "an operand of a kind that fits here")?)
                }
            });
            if self.peek().text != ")" {
                self.expect(",")?;
            }
        }
        if args.len() != prim.params().len() {
            return Err(wrong(name, format!("{} arguments for the primitive", prim.params().len())));
        }
        Ok(Expr::Prim { prim, args: args.leak() })
    }
}

/// The operands of the row that is read.
struct Row<'a> {
    names: &'static [&'static str],
    kinds: &'a [Kind],
    used: Vec<bool>,
}

impl Row<'_> {
    fn operand(&mut self, name: Token<'_>, fits: impl Fn(Kind) -> bool, expected: &str) -> Result<usize, Error> {
        let found = self.names.iter().position(|own| *own == name.text).filter(|operand| fits(self.kinds[*operand]));
        let found = found.ok_or_else(|| wrong(name, expected))?;
        self.used[found] = true;
        Ok(found)
    }
}

/// Whether an application's row may have operands of a kind: statements can do something with it.
fn is_open(kind: Kind) -> bool {
    match kind.sort() {
        Sort::Slot | Sort::Acc | Sort::FAcc | Sort::Signed | Sort::Unsigned => true,
        Sort::Forward | Sort::Backward => kind.size() == 2,
        Sort::Global | Sort::ImportedGlobal => true,
        Sort::RefSlot
        | Sort::Targets
        | Sort::Func
        | Sort::ImportedFunc
        | Sort::AnyFunc
        | Sort::TypeIndex
        | Sort::Table
        | Sort::RefGlobal
        | Sort::Data
        | Sort::Elem
        | Sort::Window
        | Sort::RefWindow => false,
    }
}

/// The same branch in the other direction.
pub(super) fn turned(opcode: Opcode) -> Option<Opcode> {
    let instr = STANDARD.get(opcode)?;
    let mut kinds = instr.operands().to_vec();
    let target = kinds.iter().position(|kind| Isa::is_target(*kind))?;
    kinds[target] = match kinds[target] {
        Kind::Fwd16 => Kind::Back16,
        Kind::Back16 => Kind::Fwd16,
        Kind::Fwd32 => Kind::Back32,
        Kind::Back32 => Kind::Fwd32,
        _ => return None,
    };
    STANDARD.find(instr.row.into(), &kinds)
}
