//! What a file declares beside its functions, one thing a line.

use super::listing::Line;
use crate::types::Types;
use hardtack_format::constexpr::{ConstOp, Reader};
use hardtack_format::meta::{Elem, ExternKind, FuncType, ItemKind, Meta, SegmentMode, ValType, limits};

/// The lines: imports and exports by name, since their order means nothing; the rest in the order of its numbers.
pub fn declarations(types: &Types<'_>, meta: &Meta<'_>) -> Vec<Line> {
    let mut lines = Vec::new();
    for import in &meta.imports {
        lines.push(Line::plain(format!("import {:?} {:?}: {}", import.module, import.name, types.import(import))));
    }
    for export in &meta.exports {
        let mut line = Line::plain(format!("export {:?}: {}", export.name, types.export(export)));
        match export.kind {
            ExternKind::Func => {
                line.text.push_str(" is ");
                line.func(export.index);
            }
            ExternKind::Table | ExternKind::Memory | ExternKind::Global => {
                line.text.push_str(&format!(" is number {}", export.index));
            }
        }
        lines.push(line);
    }
    // Each is a name first, and no name occurs twice among exports.
    lines.sort_by(|a, b| a.text.cmp(&b.text));
    if let Some(start) = meta.start {
        let mut line = Line::plain("start is ".into());
        line.func(start);
        lines.push(line);
    }
    for memory in &meta.memories {
        let size = size(memory.flags, memory.min, memory.max);
        lines.push(Line::plain(format!("memory of {size} pages of {} bytes", 1_u64 << memory.page_log2)));
    }
    for table in &meta.tables {
        lines.push(Line::plain(format!("table of {} {}", size(table.flags, table.min, table.max), table.elem)));
    }
    for global in &meta.globals {
        let mut line = Line::plain(format!("global {} {}:", global.mutability, global.ty));
        expression(&mut Reader::new(&global.init), &mut line);
        lines.push(line);
    }
    let mut start = 0;
    for data in &meta.datas {
        let mut line = Line::plain(format!("data of {} bytes", data.end - start));
        start = data.end;
        place("memory", data.mode, data.memory, &data.offset, &mut line);
        lines.push(line);
    }
    for elem in &meta.elems {
        lines.extend(elements(elem));
    }
    lines
}

/// A function type as WebAssembly writes it.
pub fn func_type(ty: &FuncType<'_>) -> String {
    let list = |types: &[u8]| {
        let names: Vec<String> =
            types.iter().map(|b| ValType::from_byte(*b).map_or_else(|| "?".into(), |ty| ty.to_string())).collect();
        format!("({})", names.join(", "))
    };
    format!("{} -> {}", list(&ty.params), list(&ty.results))
}

fn size(flags: u8, min: u64, max: u64) -> String {
    if flags & limits::HAS_MAX == 0 { format!("{min} or more") } else { format!("{min} to {max}") }
}

fn place(what: &str, mode: SegmentMode, index: u32, offset: &[u8], line: &mut Line) {
    match mode {
        SegmentMode::Passive => line.text.push_str(", passive"),
        SegmentMode::Declared => line.text.push_str(", declared"),
        SegmentMode::Active => {
            line.text.push_str(&format!(", into {what} {index} at"));
            expression(&mut Reader::new(offset), line);
        }
    }
}

/// A segment, and its items on lines of their own, so that a difference shows which.
fn elements(elem: &Elem<'_>) -> Vec<Line> {
    let mut head = Line::plain(format!("elements: {} of {}", elem.count, elem.ty));
    place("table", elem.mode, elem.table, &elem.offset, &mut head);
    let mut lines = vec![head];
    match elem.items {
        ItemKind::Funcs => {
            let (items, _) = elem.bytes.as_chunks();
            for item in items {
                let mut line = Line::plain("  ".into());
                line.func(u32::from_le_bytes(*item));
                lines.push(line);
            }
        }
        ItemKind::Exprs => {
            let mut reader = Reader::new(&elem.bytes);
            while !reader.is_empty() {
                let mut line = Line::plain(" ".into());
                if !expression(&mut reader, &mut line) {
                    break;
                }
                lines.push(line);
            }
        }
    }
    lines
}

/// Appends a constant expression; whether it could be read.
fn expression(reader: &mut Reader<'_>, line: &mut Line) -> bool {
    loop {
        match reader.next() {
            // Imported globals have none.
            Err(_) => return false,
            Ok(None) => return true,
            Ok(Some(ConstOp::RefFunc(func))) => {
                line.text.push_str(" ref.func ");
                line.func(func);
            }
            Ok(Some(ConstOp::I32(value))) => line.text.push_str(&format!(" {}", value as i32)),
            Ok(Some(ConstOp::I64(value))) => line.text.push_str(&format!(" {}", value as i64)),
            Ok(Some(ConstOp::F32(bits))) => line.text.push_str(&format!(" {:?}", f32::from_bits(bits))),
            Ok(Some(ConstOp::F64(bits))) => line.text.push_str(&format!(" {:?}", f64::from_bits(bits))),
            Ok(Some(op)) => line.text.push_str(&format!(" {op:?}")),
        }
    }
}
