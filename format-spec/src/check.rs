//! Whether what META and FUNCS declare makes sense (rules V11 to V15 and V62 to V70). The code is the VM's verifier's to check.

use crate::constexpr::{self, Reader, Scope};
use crate::detail;
use crate::error::{Detail, Error};
use crate::meta::{ExternKind, ItemKind, MAX_TYPES, Meta, Mutability, PAGE_LOG2, SegmentMode, ValType, limits};
use crate::module::{FuncRecord, MAX_FUNC_UNITS};
use crate::read::File;
use crate::rules::Rule;
use alloc::collections::BinaryHeap;
use alloc::vec::Vec;

/// Words that values of some types take on the two stacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Words {
    /// Number slots.
    pub numbers: u16,
    /// Reference slots.
    pub refs: u8,
}

/// Words of a function type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct TypeWords {
    /// Of the parameters.
    pub params: Words,
    /// Of the results.
    pub results: Words,
}

impl TypeWords {
    /// Number slots that a call's window needs: the larger of parameters and results.
    pub const fn numbers(&self) -> u16 {
        if self.params.numbers > self.results.numbers { self.params.numbers } else { self.results.numbers }
    }

    /// Reference slots that a call's window needs.
    pub const fn refs(&self) -> u8 {
        if self.params.refs > self.results.refs { self.params.refs } else { self.results.refs }
    }
}

/// The words that values of these types take; an error if a type is unknown or there are too many.
pub fn words(types: &[u8]) -> Result<Words, Detail> {
    let (mut numbers, mut refs) = (0usize, 0usize);
    for byte in types {
        match ValType::from_byte(*byte) {
            Some(ty) if ty.is_ref() => refs += 1,
            Some(_) => numbers += 1,
            None => return Err(detail!("{byte:#04x} is not a value type")),
        }
    }
    match (u16::try_from(numbers), u8::try_from(refs)) {
        (Ok(numbers), Ok(refs)) => Ok(Words { numbers, refs }),
        _ => Err(detail!("{numbers} numbers and {refs} references; at most 65535 and 255 are allowed")),
    }
}

/// What checking computes along the way.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Words of each type.
    pub words: Vec<TypeWords>,
    /// Type number of every function, imported ones first.
    pub func_types: Vec<u32>,
}

/// Checks META and FUNCS of a file against each other and against the lengths of CODE and DATA.
pub fn check(file: &File<'_>, meta: &Meta<'_>) -> Result<Checked, Error> {
    let at = |rule: Rule| move |detail: Detail| Error::malformed(rule, file.meta_offset, detail);
    let words = types(meta).map_err(at(Rule::Types))?;
    let mut func_types: Vec<u32> = imports(meta).map_err(at(Rule::Imports))?;
    records(file, &words)?;
    func_types.extend(file.funcs.iter().map(|r| u32::from(r.ty)));
    tables_and_memories(meta).map_err(at(Rule::Limits))?;

    let readable: Vec<Option<ValType>> =
        meta.globals.iter().map(|g| (g.mutability == Mutability::Const).then_some(g.ty)).collect();
    let scope = Scope { globals: &readable, funcs: func_types.len() as u32 };
    let imported = meta.imported(ExternKind::Global) as usize;
    for (i, global) in meta.globals.iter().enumerate() {
        if i < imported {
            if !global.init.is_empty() {
                return Err(at(Rule::Globals)(detail!("global {i} is imported and has an initial value")));
            }
            continue;
        }
        let before = Scope { globals: &readable[..i], ..scope };
        expression(&global.init, global.ty, before)
            .map_err(|why| at(Rule::ConstExpr)(detail!("initial value of global {i}: {why}")))?;
    }
    exports(meta, &func_types).map_err(at(Rule::Exports))?;
    elems(meta, scope).map_err(|(rule, why)| at(rule)(why))?;
    datas(file, meta, scope).map_err(|(rule, why)| at(rule)(why))?;
    if let Some(start) = meta.start {
        let ty = func_types.get(start as usize).map(|ty| words[*ty as usize]);
        if ty != Some(TypeWords::default()) {
            return Err(at(Rule::Start)(detail!("function {start} of {} is the start", func_types.len())));
        }
    }
    Ok(Checked { words, func_types })
}

fn types(meta: &Meta<'_>) -> Result<Vec<TypeWords>, Detail> {
    if meta.types.len() > MAX_TYPES {
        return Err(detail!("{} types", meta.types.len()));
    }
    let mut out = Vec::with_capacity(meta.types.len());
    for (i, ty) in meta.types.iter().enumerate() {
        let params = words(&ty.params).map_err(|why| detail!("parameters of type {i}: {why}"))?;
        let results = words(&ty.results).map_err(|why| detail!("results of type {i}: {why}"))?;
        out.push(TypeWords { params, results });
    }
    Ok(out)
}

/// Checks the imports and gives the types of the functions among them.
fn imports(meta: &Meta<'_>) -> Result<Vec<u32>, Detail> {
    let mut funcs = Vec::new();
    for (i, import) in meta.imports.iter().enumerate() {
        match import.kind {
            ExternKind::Func if (import.ty as usize) < meta.types.len() => funcs.push(import.ty),
            ExternKind::Func => {
                return Err(detail!("import {i} is a function of type {} of {}", import.ty, meta.types.len()));
            }
            _ if import.ty != 0 => {
                return Err(detail!("import {i} is a {} and names type {}", import.kind, import.ty));
            }
            _ => {}
        }
    }
    for (kind, count) in [
        (ExternKind::Table, meta.tables.len()),
        (ExternKind::Memory, meta.memories.len()),
        (ExternKind::Global, meta.globals.len()),
    ] {
        if meta.imported(kind) as usize > count {
            return Err(detail!("{} imports are of kind {kind}, and {count} of that kind exist", meta.imported(kind)));
        }
    }
    Ok(funcs)
}

fn records(file: &File<'_>, words: &[TypeWords]) -> Result<(), Error> {
    let units = (file.code.len() / 2) as u64;
    let mut start = u64::from(FuncRecord::PROLOGUE.end);
    for (i, r) in file.funcs.iter().enumerate() {
        let broken = |rule, detail| Err(Error::malformed(rule, file.funcs_offset + (i + 1) * FuncRecord::LEN, detail));
        let end = u64::from(r.end);
        if end <= start || end > units {
            return broken(Rule::FuncEnds, detail!("function {i} is units {start} to {end} of {units}"));
        }
        if end - start > u64::from(MAX_FUNC_UNITS) {
            return broken(Rule::FuncLength, detail!("function {i} has {} units", end - start));
        }
        start = end;
        let Some(ty) = words.get(usize::from(r.ty)) else {
            return broken(Rule::FuncWords, detail!("function {i} has type {} of {}", r.ty, words.len()));
        };
        let own = TypeWords {
            params: Words { numbers: r.params, refs: r.ref_params },
            results: Words { numbers: r.results, refs: r.ref_results },
        };
        if own != *ty {
            return broken(Rule::FuncWords, detail!("function {i} has {own:?} and its type {ty:?}"));
        }
        if r.frame < ty.numbers() || r.ref_frame < u16::from(ty.refs()) {
            return broken(Rule::FrameSize, detail!("function {i} has frames of {} and {}", r.frame, r.ref_frame));
        }
    }
    if start != units || !file.code.len().is_multiple_of(2) {
        let detail = detail!("functions end at unit {start}, and CODE has {} bytes", file.code.len());
        return Err(Error::malformed(Rule::FuncEnds, file.code_offset, detail));
    }
    Ok(())
}

fn tables_and_memories(meta: &Meta<'_>) -> Result<(), Detail> {
    for (i, table) in meta.tables.iter().enumerate() {
        if !table.elem.is_ref() {
            return Err(detail!("table {i} holds {}", table.elem));
        }
        range(table.flags, table.min, table.max, u64::from(u32::MAX)).map_err(|why| detail!("table {i}: {why}"))?;
    }
    for (i, memory) in meta.memories.iter().enumerate() {
        if memory.page_log2 != PAGE_LOG2 {
            return Err(detail!("memory {i} has pages of 2^{} bytes", memory.page_log2));
        }
        range(memory.flags, memory.min, memory.max, 1 << (32 - PAGE_LOG2))
            .map_err(|why| detail!("memory {i}: {why}"))?;
    }
    if meta.memories.len() > 1 {
        return Err(detail!("{} memories", meta.memories.len()));
    }
    Ok(())
}

fn range(flags: u8, min: u64, max: u64, most: u64) -> Result<(), Detail> {
    if flags & !limits::HAS_MAX != 0 {
        return Err(detail!("flags {flags:#x} are not of this version"));
    }
    let highest = if flags & limits::HAS_MAX != 0 { max } else { most };
    if min > highest || highest > most || (flags & limits::HAS_MAX == 0 && max != 0) {
        return Err(detail!("from {min} to {max}, where {most} is possible"));
    }
    Ok(())
}

fn expression(bytes: &[u8], ty: ValType, scope: Scope<'_>) -> Result<(), Detail> {
    let mut reader = Reader::new(bytes);
    constexpr::check(&mut reader, ty, scope)?;
    if reader.is_empty() { Ok(()) } else { Err(detail!("bytes follow its end")) }
}

fn exports(meta: &Meta<'_>, func_types: &[u32]) -> Result<(), Detail> {
    for export in &meta.exports {
        let count = match export.kind {
            ExternKind::Func => func_types.len(),
            ExternKind::Table => meta.tables.len(),
            ExternKind::Memory => meta.memories.len(),
            ExternKind::Global => meta.globals.len(),
        };
        if export.index as usize >= count {
            return Err(detail!("{:?} is {} {} of {count}", export.name, export.kind, export.index));
        }
    }
    // Sorted by way of a heap, since other code that sorts takes kilobytes.
    let names: BinaryHeap<&str> = meta.exports.iter().map(|e| &*e.name).collect();
    match names.into_sorted_vec().windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(detail!("{:?} is exported twice", pair[0])),
        None => Ok(()),
    }
}

/// Where a segment goes: its offset is an i32, and segments that go nowhere have neither index nor offset.
fn mode(mode: SegmentMode, index: u32, offset: &[u8], scope: Scope<'_>) -> Result<(), (Rule, Detail)> {
    match mode {
        SegmentMode::Active => {
            expression(offset, ValType::I32, scope).map_err(|why| (Rule::ConstExpr, detail!("its offset: {why}")))
        }
        SegmentMode::Passive | SegmentMode::Declared if index != 0 || !offset.is_empty() => {
            Err((Rule::MetaPayload, detail!("a segment that is not active has a destination")))
        }
        SegmentMode::Passive | SegmentMode::Declared => Ok(()),
    }
}

fn elems(meta: &Meta<'_>, scope: Scope<'_>) -> Result<(), (Rule, Detail)> {
    for (i, elem) in meta.elems.iter().enumerate() {
        let segment = |(rule, why)| (rule, detail!("element segment {i}: {why}"));
        let wrong = |why| Err(segment((Rule::Elements, why)));
        mode(elem.mode, elem.table, &elem.offset, scope).map_err(segment)?;
        if !elem.ty.is_ref() {
            return wrong(detail!("holds {}", elem.ty));
        }
        if elem.mode == SegmentMode::Active
            && meta.tables.get(elem.table as usize).is_none_or(|table| table.elem != elem.ty)
        {
            return wrong(detail!("table {} of {} does not hold {}", elem.table, meta.tables.len(), elem.ty));
        }
        match elem.items {
            ItemKind::Funcs => {
                let (items, rest) = elem.bytes.as_chunks::<4>();
                if !rest.is_empty() || items.len() != elem.count as usize || elem.ty != ValType::FuncRef {
                    return wrong(detail!("{} items of {} in {} bytes", elem.count, elem.ty, elem.bytes.len()));
                }
                if let Some(f) = items.iter().map(|b| u32::from_le_bytes(*b)).find(|f| *f >= scope.funcs) {
                    return wrong(detail!("function {f} of {}", scope.funcs));
                }
            }
            ItemKind::Exprs => {
                let mut reader = Reader::new(&elem.bytes);
                for item in 0..elem.count {
                    constexpr::check(&mut reader, elem.ty, scope)
                        .map_err(|why| segment((Rule::ConstExpr, detail!("item {item}: {why}"))))?;
                }
                if !reader.is_empty() {
                    return wrong(detail!("bytes follow its {} items", elem.count));
                }
            }
        }
    }
    Ok(())
}

fn datas(file: &File<'_>, meta: &Meta<'_>, scope: Scope<'_>) -> Result<(), (Rule, Detail)> {
    let mut start = 0;
    for (i, data) in meta.datas.iter().enumerate() {
        let segment = |(rule, why)| (rule, detail!("data segment {i}: {why}"));
        let wrong = |why| Err(segment((Rule::DataSegments, why)));
        mode(data.mode, data.memory, &data.offset, scope).map_err(segment)?;
        match data.mode {
            SegmentMode::Declared => return wrong(detail!("only declares")),
            SegmentMode::Active if data.memory as usize >= meta.memories.len() => {
                return wrong(detail!("memory {} of {}", data.memory, meta.memories.len()));
            }
            SegmentMode::Active | SegmentMode::Passive => {}
        }
        if data.end < start {
            return wrong(detail!("ends at {} and begins at {start}", data.end));
        }
        start = data.end;
    }
    if start as usize != file.data.len() {
        return Err((Rule::DataSegments, detail!("segments end at {start}, and DATA has {} bytes", file.data.len())));
    }
    Ok(())
}
