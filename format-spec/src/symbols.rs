//! Symbol files (`.tacksym`): names of functions, and where in the sources the instructions of a build come from.
//!
//! A symbol file is kept by whoever built the module; the `.tack` file that is shipped need not carry any of it. It says which
//! build it belongs to, by the build id. Its bytes are [`MAGIC`] and then those of a DEBUG section ([`crate::debug`]), with
//! entries of its own ([`crate::meta::Sources`]): a DEBUG section inside a `.tack` file can be read as symbols too, for what it has.
//!
//! Anything may be in the bytes: reading them takes memory in proportion to their number, and time for an answer is bounded by
//! [`MOST_INLINED`].

use crate::debug;
use crate::error::Error;
use crate::meta::{FuncName, Names, Sources, Text};
use crate::module::{MAGIC as TACK_MAGIC, ShownId};
use crate::read::{File, Reader};
use crate::rules::Rule;
use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

pub mod report;

/// The first bytes of a symbol file.
pub const MAGIC: [u8; 8] = *b"\x7ftacksym";

/// Most functions that an instruction is said to have been inlined through.
pub const MOST_INLINED: usize = 32;

/// A place in the sources. Numbers name texts of the same symbols.
///
/// ```
/// use hardtack_format::symbols::{Location, Symbols};
///
/// /// Every place of which the symbols know file and line.
/// fn places<'s>(symbols: &'s Symbols<'_>) -> impl Iterator<Item = (&'s str, u32)> {
///     let file = |l: &Location| Some((&*symbols.texts.get(l.file? as usize)?.text, l.line));
///     symbols.locations.iter().filter_map(file)
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Location {
    /// The file.
    pub file: Option<u32>,
    /// The line, from 1; 0 if it isn't known.
    pub line: u32,
    /// The column, from 1; 0 if it isn't known.
    pub column: u32,
    /// The name of the function whose source this is, if it isn't the function whose code it is in.
    pub function: Option<u32>,
    /// Where that function was inlined: an earlier location.
    pub caller: Option<u32>,
}

/// Where the instructions from a unit on come from.
///
/// ```
/// use hardtack_format::symbols::{Position, Symbols};
///
/// let position = Position { unit: 10, wasm: 0x1a4, location: None };
/// let symbols = Symbols { positions: vec![position], ..Symbols::default() };
/// // A unit has two bytes.
/// assert_eq!(symbols.position(26), Some(position));
/// assert_eq!(symbols.position(18), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Unit of CODE.
    pub unit: u32,
    /// Offset in the WebAssembly file of the operator; 0 if there is none.
    pub wasm: u32,
    /// The place in the sources.
    pub location: Option<u32>,
}

/// What is known of a build.
///
/// ```
/// use hardtack_format::meta::FuncName;
/// use hardtack_format::symbols::Symbols;
///
/// let names = vec![FuncName { index: 3, name: "main".into() }];
/// let bytes = Symbols { build_id: [7; 16], names, ..Symbols::default() }.encode();
/// let symbols = Symbols::decode(&bytes)?;
/// assert_eq!((symbols.function(3), symbols.function(4)), (Some("main"), None));
/// assert!(symbols.build().starts_with("0707"));
/// # Ok::<(), hardtack_format::error::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Symbols<'a> {
    /// The build id of the `.tack` file that they belong to.
    pub build_id: [u8; 16],
    /// Names of functions, by ascending index.
    pub names: Vec<FuncName<'a>>,
    /// Names of files, and of functions that were inlined.
    pub texts: Vec<Text<'a>>,
    /// Places in the sources.
    pub locations: Vec<Location>,
    /// Where instructions come from, by ascending unit.
    pub positions: Vec<Position>,
}

/// A function as the sources have it: what was inlined is a frame of its own.
///
/// ```
/// use hardtack_format::symbols::{SourceFrame, Symbols};
///
/// /// Where to look first: the innermost line that is known.
/// fn line<'s>(symbols: &'s Symbols<'_>, function: u32, code_offset: u32) -> Option<(&'s str, u32)> {
///     symbols.frames(function, code_offset).find_map(|frame: SourceFrame<'_>| Some((frame.file?, frame.line?)))
/// }
/// assert_eq!(line(&Symbols::default(), 0, 0), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceFrame<'s> {
    /// Its name.
    pub function: Option<&'s str>,
    /// Its file.
    pub file: Option<&'s str>,
    /// The line in it, from 1.
    pub line: Option<u32>,
    /// The column in the line, from 1.
    pub column: Option<u32>,
    /// Whether it was inlined into the next frame.
    pub inlined: bool,
}

impl<'a> Symbols<'a> {
    /// Reads a symbol file, or what a `.tack` file has of symbols in itself.
    ///
    /// # Errors
    /// If the bytes are neither, are damaged, or are a `.tack` file without names.
    pub fn decode(bytes: &'a [u8]) -> Result<Symbols<'a>, Error> {
        let broken = |why: &str| Error::malformed(Rule::Debug, 0, why.into());
        if bytes.starts_with(&TACK_MAGIC) {
            let file = File::parse(bytes, &Reader::default().with_isa_of(bytes))?;
            let names = file.decode_names().ok_or_else(|| broken("the .tack file carries no names"))??;
            return Ok(Symbols::of_names(names, file.header.build_id));
        }
        let Some(debug) = bytes.strip_prefix(&MAGIC) else {
            return Err(broken("this is no symbol file: its first bytes are others"));
        };
        let (build_id, entries) = debug::open(debug, MAGIC.len())?;
        let at = MAGIC.len() + debug::HEAD;
        let names = Names::decode(entries, at)?;
        let sources = Sources::decode(entries, at)?;
        let mut symbols = Symbols::of_names(names, build_id);
        symbols.read(sources).map_err(|why| Error::malformed(Rule::Debug, at, why.into()))?;
        Ok(symbols)
    }

    fn of_names(names: Names<'a>, build_id: [u8; 16]) -> Symbols<'a> {
        let position = |line: &crate::meta::Line| Position { unit: line.unit, wasm: line.wasm, location: None };
        let positions = names.lines.iter().map(position).collect();
        Symbols { build_id, names: names.funcs, positions, ..Symbols::default() }
    }

    fn read(&mut self, sources: Sources<'a>) -> Result<(), &'static str> {
        let text = |number: Option<u32>| match number {
            Some(number) if number as usize >= sources.texts.len() => Err("a location names a text that isn't there"),
            number => Ok(number),
        };
        let mut line = 0;
        let mut bytes = &*sources.locations;
        while !bytes.is_empty() {
            let file = text(optional(leb(&mut bytes)?))?;
            line = apart(line, leb(&mut bytes)?);
            let column = leb(&mut bytes)?;
            let function = text(optional(leb(&mut bytes)?))?;
            let own = self.locations.len();
            // How far back, so that there are no cycles.
            let caller = match leb(&mut bytes)? as usize {
                0 => None,
                back if back <= own => Some((own - back) as u32),
                _ => return Err("a location is inlined into one that isn't there"),
            };
            self.locations.push(Location { file, line, column, function, caller });
        }
        if !sources.positions.is_empty() {
            self.positions.clear();
        }
        let (mut unit, mut wasm) = (0u32, 0);
        let mut bytes = &*sources.positions;
        while !bytes.is_empty() {
            let step = leb(&mut bytes)?;
            if step == 0 && !self.positions.is_empty() {
                return Err("two positions of one unit");
            }
            unit = unit.checked_add(step).ok_or("a position lies beyond every code")?;
            wasm = apart(wasm, leb(&mut bytes)?);
            let location = optional(leb(&mut bytes)?);
            if location.is_some_and(|l| l as usize >= self.locations.len()) {
                return Err("a position names a location that isn't there");
            }
            self.positions.push(Position { unit, wasm, location });
        }
        self.texts = sources.texts;
        Ok(())
    }

    /// The bytes of a symbol file. Locations and positions must be as [`Symbols`] says.
    pub fn encode(&self) -> Vec<u8> {
        let (mut locations, mut positions) = (Vec::new(), Vec::new());
        let mut before = 0;
        for (own, l) in self.locations.iter().enumerate() {
            put(&mut locations, l.file.map_or(0, |n| n + 1));
            put(&mut locations, between(before, l.line));
            put(&mut locations, l.column);
            put(&mut locations, l.function.map_or(0, |n| n + 1));
            put(&mut locations, l.caller.map_or(0, |caller| own as u32 - caller));
            before = l.line;
        }
        let mut before = (0, 0);
        for p in &self.positions {
            put(&mut positions, p.unit - before.0);
            put(&mut positions, between(before.1, p.wasm));
            put(&mut positions, p.location.map_or(0, |n| n + 1));
            before = (p.unit, p.wasm);
        }
        let sources =
            Sources { texts: self.texts.clone(), locations: Cow::Owned(locations), positions: Cow::Owned(positions) };
        let names = Names { funcs: self.names.clone(), lines: Vec::new() };
        let mut entries = names.encode();
        entries.extend(sources.encode());
        let mut out = MAGIC.to_vec();
        out.extend(debug::seal(&entries, self.build_id));
        out
    }

    /// The name of a function, by its index in the module (imported functions count first).
    pub fn function(&self, index: u32) -> Option<&str> {
        let at = self.names.binary_search_by_key(&index, |n| n.index).ok()?;
        Some(&self.names[at].name)
    }

    /// What is known of an offset in CODE, in bytes, as frames of a backtrace have it.
    pub fn position(&self, code_offset: u32) -> Option<Position> {
        let after = self.positions.partition_point(|p| p.unit <= code_offset / 2);
        Some(self.positions[after.checked_sub(1)?])
    }

    /// The functions that were under way at an offset in CODE, in bytes, of the function with this index: what was inlined into
    /// it, the innermost first, and in the end the function itself.
    pub fn frames(&self, function: u32, code_offset: u32) -> impl Iterator<Item = SourceFrame<'_>> {
        let mut next = Some(self.position(code_offset).and_then(|p| p.location));
        let mut left = MOST_INLINED;
        core::iter::from_fn(move || {
            let location = next.take()?.and_then(|number| self.locations.get(number as usize));
            let caller = location.and_then(|l| l.caller).filter(|_| left > 0);
            left = left.saturating_sub(1);
            if caller.is_some() {
                next = Some(caller);
            }
            let text = |number: Option<u32>| self.texts.get(number? as usize).map(|t| &*t.text);
            let name = location.and_then(|l| text(l.function));
            let known = |number: u32| (number != 0).then_some(number);
            Some(SourceFrame {
                function: name.or_else(|| if caller.is_none() { self.function(function) } else { None }),
                file: location.and_then(|l| text(l.file)),
                line: location.and_then(|l| known(l.line)),
                column: location.and_then(|l| known(l.column)),
                inlined: caller.is_some(),
            })
        })
    }

    /// The build id in the digits that `hardtack verify` and backtraces show.
    pub fn build(&self) -> String {
        ShownId(self.build_id).to_string()
    }
}

/// A number that may be missing: 0, or one more than it.
fn optional(value: u32) -> Option<u32> {
    value.checked_sub(1)
}

/// The difference of two numbers, small if they lie close, whichever is larger.
fn between(from: u32, to: u32) -> u32 {
    let difference = to.wrapping_sub(from) as i32;
    ((difference << 1) ^ (difference >> 31)) as u32
}

/// The number that lies that far from another.
fn apart(from: u32, difference: u32) -> u32 {
    from.wrapping_add((difference >> 1) ^ (difference & 1).wrapping_neg())
}

/// Writes a number in groups of seven bits, the lowest first.
fn put(out: &mut Vec<u8>, mut value: u32) {
    while value > 0x7f {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Reads such a number. There is one way to write each.
fn leb(bytes: &mut &[u8]) -> Result<u32, &'static str> {
    let mut value = 0u32;
    for shift in [0, 7, 14, 21, 28] {
        let (byte, rest) = bytes.split_first().ok_or("a number is cut off")?;
        *bytes = rest;
        if shift == 28 && *byte > 0xf || shift > 0 && *byte == 0 {
            break;
        }
        value |= u32::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            return Ok(value);
        }
    }
    Err("a number is too long")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;

    fn sample() -> Symbols<'static> {
        let location = |file, line, function, caller| Location { file, line, column: 7, function, caller };
        Symbols {
            build_id: [7; 16],
            names: vec![FuncName { index: 2, name: "main".into() }, FuncName { index: 5, name: "spin".into() }],
            texts: vec![Text { text: "src/main.c".into() }, Text { text: "inner".into() }],
            locations: vec![
                location(Some(0), 900, None, None),
                location(Some(0), 12, Some(1), Some(0)),
                Location::default(),
            ],
            positions: vec![
                Position { unit: 1, wasm: 4_000_000_000, location: Some(1) },
                Position { unit: 4, wasm: 3, location: None },
                Position { unit: 900_000, wasm: 77, location: Some(2) },
            ],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let symbols = sample();
        let bytes = symbols.encode();
        assert_eq!(Symbols::decode(&bytes).unwrap(), symbols);
        assert_eq!(Symbols::decode(&Symbols::default().encode()).unwrap(), Symbols::default());
    }

    #[test]
    fn inlined_functions_are_frames() {
        let symbols = sample();
        let frames: Vec<SourceFrame<'_>> = symbols.frames(2, 4).collect();
        let frame = |function, line, inlined| SourceFrame {
            function: Some(function),
            file: Some("src/main.c"),
            line: Some(line),
            column: Some(7),
            inlined,
        };
        assert_eq!(frames, [frame("inner", 12, true), frame("main", 900, false)]);
        let unknown: Vec<SourceFrame<'_>> = symbols.frames(5, 8).collect();
        let nothing = SourceFrame { function: Some("spin"), file: None, line: None, column: None, inlined: false };
        assert_eq!(unknown, [nothing]);
        assert_eq!(symbols.frames(9, 0).map(|f| f.function).collect::<Vec<_>>(), [None]);
        assert_eq!(symbols.position(1), None);
        assert_eq!(symbols.position(7).map(|p| p.wasm), Some(4_000_000_000));
    }

    /// A chain of inlined functions as long as a file may hold gives no more frames than it should.
    #[test]
    fn chains_end() {
        let mut symbols = sample();
        let long = (0..10_000u32).map(|n| Location { caller: n.checked_sub(1), ..Location::default() });
        symbols.locations = long.collect();
        symbols.positions = vec![Position { unit: 0, wasm: 0, location: Some(9_999) }];
        let bytes = symbols.encode();
        assert_eq!(Symbols::decode(&bytes).unwrap().frames(2, 0).count(), MOST_INLINED + 1);
    }

    /// Damage is found by the checksum; with the checksum made right again, what can be read still can be asked.
    #[test]
    fn damaged_files_are_refused_or_harmless() {
        let bytes = sample().encode();
        for end in 0..bytes.len() {
            Symbols::decode(&bytes[..end]).expect_err("cut off");
        }
        let head = MAGIC.len() + debug::HEAD;
        for at in 0..bytes.len() {
            for bit in [1, 0x80, 0xff] {
                let mut bytes = bytes.clone();
                bytes[at] ^= bit;
                // The build id is anybody's.
                if !(MAGIC.len()..MAGIC.len() + 16).contains(&at) {
                    Symbols::decode(&bytes).expect_err("damaged");
                }
                let sealed = [&MAGIC[..], &debug::seal(&bytes[head..], [1; 16])].concat();
                if let Ok(symbols) = Symbols::decode(&sealed) {
                    for offset in [0, 2, 8, 1_800_000, u32::MAX] {
                        assert!(symbols.frames(2, offset).count() <= MOST_INLINED + 1);
                    }
                }
            }
        }
    }

    #[test]
    fn numbers_have_one_form() {
        for value in [0, 1, 127, 128, 300, 1 << 28, u32::MAX] {
            let mut bytes = vec![];
            put(&mut bytes, value);
            assert_eq!(leb(&mut &bytes[..]), Ok(value));
        }
        for (from, to) in [(0, 0), (5, 3), (3, 5), (0, u32::MAX), (u32::MAX, 0), (1 << 31, 0)] {
            assert_eq!(apart(from, between(from, to)), to);
        }
        assert!(leb(&mut &[0x80, 0][..]).is_err());
        assert!(leb(&mut &[0xff, 0xff, 0xff, 0xff, 0x1f][..]).is_err());
        assert!(leb(&mut &[0x80][..]).is_err());
    }
}
