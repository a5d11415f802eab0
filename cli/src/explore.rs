//! `hardtack explore`: a page that shows what became of a module: text, IR and instructions side by side, and where the bytes are.

mod links;

use crate::compile::CompileOptions;
use crate::exit::{SUCCESS, Usage};
use crate::input::{Input, Output, is_tack};
use crate::names::FuncNames;
use crate::sets;
use anyhow::{Context, Result, bail};
use clap::Args;
use hardtack_compiler::explain::{Explained, ExplainedFunction};
use hardtack_compiler::isa::InstructionSet;
use hardtack_compiler::symbols::demangle;
use hardtack_format::disasm::{self, Labels, Style, Text};
use hardtack_format::isa::Isa;
use hardtack_format::meta::ExternKind;
use hardtack_format::module::ShownId;
use hardtack_format::operand::Sort;
use hardtack_format::symbols::Symbols;
use links::Links;
use serde_json::{Value, json};
use std::fmt::Write;

/// The page, with places for title and data.
const PAGE: &str = include_str!("explore/page.html");

const EXAMPLES: &str = "\
Examples:
  hardtack explore app.wasm                writes app.html, to be opened in a browser
  hardtack explore -O0 -o plain.html app.wasm
  hardtack explore app.tack                without the text and the IR, which the file doesn't have

The page is one file that needs nothing else and no network. Pointing at a line marks what it came from and what it became; a
click brings the other columns there. app.html#f12 shows function 12, app.html#f12@1a4 what came from the operator at
offset 0x1a4 of the WebAssembly file.";

/// Write a page that shows text, IR and instructions side by side, and where the bytes are
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Explore {
    /// WebAssembly, binary or text, or a .tack file; `-` is standard input
    #[arg(value_name = "FILE")]
    input: Input,

    /// Where to write the page; by default FILE with the extension .html
    #[arg(short, long, value_name = "OUT")]
    output: Option<Output>,

    #[command(flatten)]
    options: CompileOptions,
}

impl Explore {
    /// Does it.
    pub fn execute(self) -> Result<i32> {
        let output = match (&self.output, self.input.path()) {
            (Some(output), _) => output.clone(),
            (None, Some(path)) => Output::File(path.with_extension("html")),
            (None, None) => bail!(Usage("standard input has no name: name the page with -o".into())),
        };
        let bytes = self.input.read()?;
        let isa = self.options.get().isa;
        let page = match is_tack(&bytes) {
            true => page(&self.input.to_string(), &bytes, None, isa)?,
            false => {
                let explained = self.input.explain(&bytes, &self.options.get())?;
                page(&self.input.to_string(), &explained.tack, Some(&explained), isa)?
            }
        };
        output.write_for_viewer(page.as_bytes())?;
        Ok(SUCCESS)
    }
}

/// The page of a `.tack` file, with what it was made from if that is known.
fn page(title: &str, tack: &[u8], explained: Option<&Explained>, isa: Option<InstructionSet>) -> Result<String> {
    let file = sets::parse(tack).with_context(|| title.to_string())?;
    let isa = sets::instructions(&file, isa).with_context(|| title.to_string())?;
    let meta = file.decode_meta()?;
    let names = file.decode_names().transpose()?.unwrap_or_default();
    let names = FuncNames::new(&meta, &names);
    let imported = meta.imported(ExternKind::Func);
    let mut texts = explained.map(texts).transpose()?.unwrap_or_default();
    texts.resize(file.funcs.len() as usize, vec![]);

    let mut data = String::new();
    let mut list = vec![];
    for own in 0..file.funcs.len() {
        let (Some(record), Some(start)) = (file.funcs.get(own), file.funcs.start(own)) else { continue };
        let index = imported + own;
        let function = explained.map(|e| &e.functions[own as usize]);
        let (start, end) = (start as usize * 2, record.end as usize * 2);
        let code = file.code.get(..end).unwrap_or(file.code);
        let symbols = explained.map(|e| &e.symbols);
        let view = View { isa, code, start, index, imported, names: &names, symbols, explained, function };
        // `<` would end the element.
        let text = view.lines(&texts[own as usize]).to_string().replace('<', "\\u003c");
        writeln!(data, "<script type=\"application/json\" id=\"f{index}\">{text}</script>")?;
        list.push(json!([
            index,
            names.get(index).map(|name| demangle(name).into_owned()).unwrap_or_default(),
            end - start,
            function.map(|f| f.body.len()),
            record.frame,
            names.exports(index).collect::<Vec<_>>(),
        ]));
    }
    let sections: Vec<Value> = file.sections().map(|s| json!([s.id.to_string(), s.len])).collect();
    let module = json!({
        "title": title,
        "version": file.header.version.to_string(),
        "build": ShownId(file.header.build_id).to_string(),
        "tack": tack.len(),
        "wasm": explained.map(|e| e.wasm.len()),
        "sections": sections,
        "functions": list,
    });
    let module = module.to_string().replace('<', "\\u003c");
    let title = title.replace('&', "&amp;").replace('<', "&lt;");
    // The data last, so that nothing in it is taken for a place.
    let (head, rest) = PAGE.split_once("{{title}}").context("the page has a place for the title")?;
    let (middle, tail) = rest.split_once("{{data}}").context("the page has a place for the data")?;
    Ok(format!("{head}{title}{middle}<script type=\"application/json\" id=\"module\">{module}</script>\n{data}{tail}"))
}

/// A line of WebAssembly text, and the offset of the operator on it.
type TextLine = (Option<u32>, String);

/// The text of each function that a module defines.
fn texts(explained: &Explained) -> Result<Vec<Vec<TextLine>>> {
    let mut storage = String::new();
    let config = wasmprinter::Config::new();
    let lines = config.offsets_and_lines(&explained.wasm, &mut storage).context("the module can't be printed")?;
    let mut functions: Vec<Vec<TextLine>> = vec![];
    let mut inside = false;
    for (offset, line) in lines {
        // What belongs to the module itself is indented once.
        if let Some(field) = line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')) {
            inside = field.starts_with("(func ");
            if inside {
                functions.push(vec![]);
            }
        }
        if inside && let Some(function) = functions.last_mut() {
            let text = line.trim_end().strip_prefix("  ").unwrap_or(line.trim_end());
            function.push((offset.map(|offset| offset as u32), text.to_string()));
        }
    }
    Ok(functions)
}

/// What there is to show of a function.
struct View<'a> {
    isa: &'static Isa,
    code: &'a [u8],
    start: usize,
    index: u32,
    imported: u32,
    names: &'a FuncNames<'a>,
    symbols: Option<&'a Symbols<'static>>,
    explained: Option<&'a Explained>,
    function: Option<&'a ExplainedFunction>,
}

impl View<'_> {
    /// The three columns: for each line its link, 0 for none, and its text.
    fn lines(&self, text: &[TextLine]) -> Value {
        let links = match (self.explained, self.function) {
            (Some(explained), Some(function)) => Links::new(function, &explained.operators(function)),
            _ => Links::default(),
        };
        let wat: Vec<Value> = text.iter().map(|(offset, text)| json!([links.of(*offset), text, offset])).collect();
        let ir = self.function.map(|f| f.origin.ir.as_slice()).unwrap_or_default();
        let ir: Vec<Value> = ir.iter().map(|line| json!([links.of(line.offset), line.text])).collect();
        json!({ "wat": wat, "ir": ir, "code": self.instructions(&links) })
    }

    fn instructions(&self, links: &Links) -> Vec<Value> {
        let labels = Labels::of(self.isa, self.code, self.start);
        let map: &[(u32, u32)] = self.function.map(|f| f.map.as_slice()).unwrap_or_default();
        let mut lines = vec![];
        for decoded in disasm::iter(self.isa, self.code, self.start) {
            let Ok(decoded) = decoded else {
                lines.push(json!([0, "; what follows is no instruction"]));
                break;
            };
            if let Some(label) = labels.at(decoded.at) {
                lines.push(json!([0, format!("L{label}:")]));
            }
            let unit = ((decoded.at - self.start) / 2) as u32;
            let wasm = map.binary_search_by_key(&unit, |(unit, _)| *unit).ok().map(|at| map[at].1);
            let mut text = format!("  {}", Text { decoded: &decoded, labels: &labels, style: Style::default() });
            for (_, kind, value) in decoded.operands() {
                let index = match kind.sort() {
                    Sort::Func => u32::try_from(value).ok().and_then(|value| value.checked_add(self.imported)),
                    Sort::ImportedFunc | Sort::AnyFunc => u32::try_from(value).ok(),
                    _ => None,
                };
                if let Some(name) = index.and_then(|index| self.names.get(index)) {
                    text += &format!("  ; {}", demangle(name));
                }
            }
            let frames = self.symbols.into_iter().flat_map(|s| s.frames(self.index, decoded.at as u32));
            let place =
                frames.filter_map(|f| Some(format!("{}:{}", f.file?, f.line?))).next().filter(|_| wasm.is_some());
            lines.push(match place {
                Some(place) => json!([links.of(wasm), text, place]),
                None => json!([links.of(wasm), text]),
            });
        }
        lines
    }
}
