//! Symbol files: names of functions, and the places in the sources that instructions come from, by the guest's DWARF.
//!
//! *Requires* a module as it was parsed and the code of its functions.
//! *Ensures* symbols for each instruction that came from the input: the wasm offset always, files and lines as far as the module
//! carries debug information. Functions that the guest's compiler inlined are kept as frames, and those that this one did.

use crate::emit::Code;
use crate::frontend::DebugInfo;
use crate::ir::Module;
use crate::ir::module::ExportKind;
use addr2line::Context;
use addr2line::gimli::{Dwarf, EndianSlice, LittleEndian};
use hardtack_format::meta::{FuncName, Text};
use hardtack_format::module::FuncRecord;
use hardtack_format::symbols::{Location, MOST_INLINED, Position, Symbols};
use hashbrown::HashMap;
use std::borrow::Cow;

type Slice<'a> = EndianSlice<'a, LittleEndian>;

/// A name as its programmer wrote it: Rust and C++ names are demangled, others stay as they are.
///
/// ```
/// assert_eq!(hardtack_compiler::symbols::demangle("_ZN5shape4areaEd"), "shape::area(double)");
/// assert_eq!(hardtack_compiler::symbols::demangle("_RNvC4code4main"), "code::main");
/// assert_eq!(hardtack_compiler::symbols::demangle("main"), "main");
/// ```
pub fn demangle(name: &str) -> Cow<'_, str> {
    addr2line::demangle_auto(Cow::Borrowed(name), None)
}

/// What is known of a build. `code` holds the functions that the module defines, in order.
pub(crate) fn symbols(module: &Module, code: &[Code], info: &DebugInfo<'_>, build_id: [u8; 16]) -> Symbols<'static> {
    let mut builder = Builder {
        module,
        code_start: info.code_start,
        dwarf: dwarf(info),
        texts: Table::default(),
        locations: Table::default(),
        places: HashMap::new(),
    };
    let names = builder.names();
    let mut positions: Vec<Position> = vec![];
    let mut start = FuncRecord::PROLOGUE.end;
    for (own, code) in code.iter().enumerate() {
        let function = module.imported_funcs + own as u32;
        builder.places.clear();
        if code.map.first().is_none_or(|(unit, _)| *unit != 0) {
            // Moves that arrange the parameters come from nowhere, least of all from the function before.
            positions.push(Position { unit: start, wasm: 0, location: None });
        }
        for (unit, wasm) in &code.map {
            let location = builder.place(function, *wasm);
            let position = Position { unit: start + unit, wasm: *wasm, location };
            if positions.last().is_none_or(|p| (p.wasm, p.location) != (*wasm, location)) {
                positions.push(position);
            }
        }
        start += code.bytes.len() as u32 / 2;
    }
    let texts = builder.texts.items.into_iter().map(|text| Text { text: Cow::Owned(text) }).collect();
    Symbols { build_id, names, texts, locations: builder.locations.items, positions }
}

/// The module's DWARF, if it has any that can be read.
fn dwarf<'a>(info: &DebugInfo<'a>) -> Option<Context<Slice<'a>>> {
    let section = |name: &str| {
        let found = info.sections.iter().find(|(own, _)| *own == name);
        EndianSlice::new(found.map_or(&[][..], |(_, bytes)| *bytes), LittleEndian)
    };
    if section(".debug_info").is_empty() {
        return None;
    }
    let dwarf = Dwarf::load(|id| Ok::<_, addr2line::gimli::Error>(section(id.name()))).ok()?;
    Context::from_dwarf(dwarf).ok()
}

/// Things that are kept once each, by their numbers.
struct Table<T> {
    items: Vec<T>,
    numbers: HashMap<T, u32>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Table { items: vec![], numbers: HashMap::new() }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Table<T> {
    fn number(&mut self, item: T) -> u32 {
        *self.numbers.entry(item).or_insert_with_key(|item| {
            self.items.push(item.clone());
            self.items.len() as u32 - 1
        })
    }
}

struct Builder<'a> {
    module: &'a Module,
    code_start: u32,
    dwarf: Option<Context<Slice<'a>>>,
    texts: Table<String>,
    locations: Table<Location>,
    /// Locations of wasm offsets, in the function at hand.
    places: HashMap<u32, Option<u32>>,
}

impl Builder<'_> {
    /// Names of functions: those of the name section, else of the exports, else of the debug information.
    fn names(&self) -> Vec<FuncName<'static>> {
        let mut exported: HashMap<u32, &str> = HashMap::new();
        for export in self.module.exports.iter().filter(|e| e.kind == ExportKind::Func) {
            exported.entry(export.index).or_insert(&export.name);
        }
        (0..self.module.funcs.len() as u32)
            .filter_map(|index| {
                let known = self.module.func_names.get(&index).map(|name| demangle(name).into_owned());
                let known = known.or_else(|| exported.get(&index).map(|name| name.to_string()));
                let name = known.or_else(|| self.debug_name(index))?;
                Some(FuncName { index, name: Cow::Owned(name) })
            })
            .collect()
    }

    /// What the debug information calls the function of which this is the body.
    fn debug_name(&self, index: u32) -> Option<String> {
        let body = self.module.bodies.get(self.module.own(index)?)?;
        // The `end` belongs to the function for sure: nothing is inlined there.
        self.frames(body.end.checked_sub(1)? as u32).pop()?.function
    }

    /// The function whose body an operator stands in.
    fn home(&self, wasm: u32) -> Option<u32> {
        let after = self.module.bodies.partition_point(|body| body.start <= wasm as usize);
        let own = after.checked_sub(1)?;
        self.module.bodies[own].contains(&(wasm as usize)).then_some(self.module.imported_funcs + own as u32)
    }

    /// The functions of the sources at an operator, the innermost first.
    fn frames(&self, wasm: u32) -> Vec<DebugFrame> {
        let (Some(dwarf), Some(address)) = (&self.dwarf, wasm.checked_sub(self.code_start)) else { return vec![] };
        let Ok(mut found) = dwarf.find_frames(address.into()).skip_all_loads() else { return vec![] };
        let mut frames = vec![];
        while let Ok(Some(frame)) = found.next() {
            let name = frame.function.as_ref().and_then(|f| f.raw_name().ok().map(|n| demangle(&n).into_owned()));
            let place = frame.location.as_ref();
            frames.push(DebugFrame {
                function: name,
                file: place.and_then(|l| l.file).map(str::to_string),
                line: place.and_then(|l| l.line).unwrap_or(0),
                column: place.and_then(|l| l.column).unwrap_or(0),
            });
        }
        frames
    }

    /// The location of an operator in the code of a function.
    fn place(&mut self, function: u32, wasm: u32) -> Option<u32> {
        if let Some(known) = self.places.get(&wasm) {
            return *known;
        }
        let mut frames = self.frames(wasm);
        frames.drain(..frames.len().saturating_sub(MOST_INLINED - 1));
        let home = self.home(wasm).filter(|home| *home != function);
        let mut caller = None;
        if let Some(home) = home {
            // Its body was inlined here, at a call of which no more is known.
            caller = Some(self.locations.number(Location::default()));
            if frames.is_empty() {
                frames.push(DebugFrame::default());
            }
            let last = frames.last_mut().expect("there is one");
            let name = self.module.func_names.get(&home).map(|name| demangle(name).into_owned());
            last.function = name.or_else(|| last.function.take()).or_else(|| Some(format!("function {home}")));
        }
        let outermost = frames.len().wrapping_sub(1);
        for (nth, frame) in frames.into_iter().enumerate().rev() {
            let inlined = nth != outermost || home.is_some();
            let location = Location {
                file: frame.file.map(|file| self.texts.number(file)),
                line: frame.line,
                column: frame.column,
                function: frame.function.filter(|_| inlined).map(|name| self.texts.number(name)),
                caller,
            };
            caller = Some(self.locations.number(location));
        }
        self.places.insert(wasm, caller);
        caller
    }
}

/// A function of the sources, as the debug information has it.
#[derive(Default)]
struct DebugFrame {
    function: Option<String>,
    file: Option<String>,
    line: u32,
    column: u32,
}
