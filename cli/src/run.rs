//! `hardtack run`: compile if need be, link, run, and report how it ended.

mod guest;
mod imports;
mod invoke;
mod limits;

use crate::compile::CompileOptions;
use crate::exit::{FAILURE, SUCCESS, TRAP, Usage, report};
use crate::input::{Input, is_tack};
use crate::sets::{self, Sets};
use crate::symbols::{SymbolFile, backtrace, has_debug_info};
use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum, ValueHint};
use guest::GuestArgs;
use hardtack_compiler::Options;
use hardtack_compiler::explain::Explained;
use hardtack_format::isa::Isa;
use hardtack_format::meta::ExternKind;
use hardtack_vm::suggest::did_you_mean;
use hardtack_vm::{
    Config, Engine, Error, ExternType, Frame, Instance, Linker, Module, Store, StoreLimits, Trap, TrapCode, Val,
};
use hardtack_wasi::{Exit, WasiCtx};
use limits::LimitArgs;
use std::io::Write as _;

const EXAMPLES: &str = "\
Examples:
  hardtack run app.wasm                                  a program: runs `_start`
  hardtack run app.tack -- --verbose in.txt              with arguments of its own
  hardtack run lua.tack --dir scripts -- fib.lua         in the directory scripts
  hardtack run app.tack --dir data::/data:ro             /data is data, read-only
  hardtack run lib.wasm --invoke fib 30                  calls an export, prints its results
  hardtack run app.tack --fuel 1000000 --timeout 2s --max-memory 64M
  hardtack run bench.wasm --unknown-imports=zero         functions that nobody has do nothing

A program reaches nothing but its streams, clocks and random bytes unless it is given more.

Exit codes: the program's own; 134 when it traps, runs out of fuel or time; 1 when it can't be run; 2 wrong usage.";

/// Run WebAssembly or a .tack file
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Run {
    #[command(flatten)]
    program: Program,
}

/// The exit code of a run, how often the instruction at each unit of its code was executed, and the functions found under way.
type Counted = (i32, Vec<u64>, Vec<(Vec<Frame>, u64)>);

impl Run {
    /// Does it.
    pub fn execute(self, sets: Sets<'_>) -> Result<i32> {
        self.program.run(&Config::default(), sets)
    }
}

// A program, what it is given, and how it is run. (No doc comment: it would become that of each subcommand that has one.)
#[derive(Args)]
pub struct Program {
    /// WebAssembly (binary or text) or .tack, by content; `-` is standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    input: Input,

    /// Arguments of the program, or of the export. Write -- before the first if it begins with a dash
    #[arg(value_name = "ARGS", trailing_var_arg = true, allow_negative_numbers = true)]
    args: Vec<std::ffi::OsString>,

    /// Call this export rather than `_start`, and print its results, one a line
    #[arg(long, value_name = "NAME")]
    invoke: Option<String>,

    /// What to do about imports that nobody has: refuse, trap when called, or do nothing and return zeros
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = UnknownImports::Error)]
    unknown_imports: UnknownImports,

    /// A symbol file of `hardtack compile --symbols`, for backtraces with names and lines
    #[arg(long, value_name = "FILE")]
    symbols: Option<Input>,

    #[command(flatten)]
    guest: GuestArgs,

    #[command(flatten)]
    limits: LimitArgs,

    #[command(flatten)]
    options: CompileOptions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum UnknownImports {
    Error,
    Trap,
    Zero,
}

/// The host's data.
struct Host {
    wasi: WasiCtx,
    limits: StoreLimits,
}

/// A program that has run.
pub struct Ran {
    /// The exit code.
    pub code: i32,
    /// The program.
    pub module: Module,
    /// Number of functions that it imports.
    pub imported: u32,
    /// Its instructions.
    pub isa: &'static Isa,
    /// The units at which the functions that it defines end.
    pub ends: Vec<u32>,
    /// What it was compiled from, if it was compiled here.
    pub explained: Option<Explained>,
    /// Its symbols: those given, or those of the compilation.
    pub symbols: Option<SymbolFile>,
    /// How often each instruction was executed, by its unit; empty if that wasn't counted.
    pub counts: Vec<u64>,
    /// Functions found under way, and how often.
    pub samples: Vec<(Vec<Frame>, u64)>,
}

impl Program {
    /// Where it is read from.
    pub fn input(&self) -> &Input {
        &self.input
    }

    /// Runs it as it is.
    pub fn run(&self, config: &Config, sets: Sets<'_>) -> Result<i32> {
        let bytes = self.input.read()?;
        // Symbols are made only when there is something to say, from what is then at hand.
        let (tack, source) = match is_tack(&bytes) {
            true => (bytes, None),
            false => (self.input.compile(&bytes, &self.options.get())?, has_debug_info(&bytes).then_some(bytes)),
        };
        let made = || {
            let compiled = source.and_then(|source| self.input.compile_with_symbols(&source, &self.options.get()).ok());
            compiled.map(|compiled| SymbolFile::new(compiled.symbols))
        };
        let module = self.input.load(tack, sets)?;
        let symbols = self.symbols(&module)?;
        let (code, ..) = self.run_module(&module, &sets.engine(config), || symbols.or_else(made))?;
        Ok(code)
    }

    /// How it is compiled, if it is.
    pub fn options(&self) -> Options {
        self.options.get()
    }

    /// Runs it on an engine that counts instructions and takes samples, as it says.
    pub fn run_counting(&self, config: &Config, sets: Sets<'_>) -> Result<Ran> {
        let bytes = self.input.read()?;
        let (tack, explained) = match is_tack(&bytes) {
            true => (bytes, None),
            false => {
                let mut explained = self.input.explain(&bytes, &self.options.get())?;
                (std::mem::take(&mut explained.tack), Some(explained))
            }
        };
        let module = self.input.load(tack, sets)?;
        let file = sets::parse(module.bytes())?;
        // Before the program runs, so that a mistake has no effects.
        let isa = sets::instructions(&file, self.options.get().isa).with_context(|| self.input.to_string())?;
        let made = || explained.as_ref().map(|explained| SymbolFile::new(explained.symbols.encode()));
        let symbols = self.symbols(&module)?.or_else(made);
        let (code, counts, samples) = self.run_module(&module, &sets.engine(config), || symbols.clone())?;
        let imported = file.decode_meta()?.imported(ExternKind::Func);
        let ends = (0..file.funcs.len()).filter_map(|func| Some(file.funcs.get(func)?.end)).collect();
        Ok(Ran { code, imported, isa, ends, module, explained, symbols, counts, samples })
    }

    /// The symbols given, if they are the module's.
    fn symbols(&self, module: &Module) -> Result<Option<SymbolFile>> {
        let symbols = self.symbols.as_ref().map(SymbolFile::read).transpose()?;
        if let Some(symbols) = &symbols {
            symbols.check(module.build_id())?;
        }
        Ok(symbols)
    }

    /// Runs a module: the exit code, counts and samples.
    fn run_module(
        &self,
        module: &Module,
        engine: &Engine,
        symbols: impl FnOnce() -> Option<SymbolFile>,
    ) -> Result<Counted> {
        let args = if self.invoke.is_some() { &[][..] } else { &self.args[..] };
        let mut wasi = self.guest.context(&self.input, args)?;
        let up = self.limits.watch(&mut wasi);
        let host = Host { wasi: wasi.build()?, limits: self.limits.store_limits() };
        let mut store = Store::new(engine, host);
        store.limiter(|host| &mut host.limits);
        let linker = self.link(engine, &mut store, module)?;
        // Before anything of the guest runs, so that a mistake in the command line has no effects.
        let entry = self.entry(module)?;
        self.limits.apply(&mut store, up);

        let mut instance = None;
        let code = match self.call_entry(&linker, &mut store, module, &entry, &mut instance) {
            Ok(()) => SUCCESS,
            Err(error) => self.ended(error, symbols)?,
        };
        let counts = instance.map(|instance| instance.instruction_counts(&store).to_vec()).unwrap_or_default();
        let samples = store.samples().map(|(frames, count)| (frames.to_vec(), count)).collect();
        Ok((code, counts, samples))
    }

    fn link(&self, engine: &Engine, store: &mut Store<Host>, module: &Module) -> Result<Linker<Host>> {
        let mut linker = Linker::new(engine);
        hardtack_wasi::add_to_linker(&mut linker, |host: &mut Host| &mut host.wasi)?;
        match self.unknown_imports {
            UnknownImports::Error => imports::check(&linker, store, module).with_context(|| self.input.to_string())?,
            UnknownImports::Trap => {
                linker.define_unknown_imports_as_traps(module);
                // Only functions can trap.
                imports::check(&linker, store, module).with_context(|| self.input.to_string())?;
            }
            UnknownImports::Zero => {
                linker.define_unknown_imports_as_zero(&mut *store, module)?;
            }
        }
        Ok(linker)
    }

    /// What to call, with what.
    fn entry(&self, module: &Module) -> Result<Entry> {
        let find = |name: &str| module.exports().find(|export| export.name() == name);
        let name = self.invoke.as_deref().unwrap_or("_start");
        let Some(export) = find(name) else {
            let exports = module.exports().filter(|export| matches!(export.ty(), ExternType::Func(_)));
            let names: Vec<&str> = exports.map(|export| export.name()).collect();
            let list = if names.is_empty() { "no functions".into() } else { names.join(", ") };
            if self.invoke.is_none() {
                bail!(Usage(format!("{} has no `_start` to run; it exports {list}: use --invoke NAME", self.input)));
            }
            let hint = did_you_mean(name, names.iter().copied());
            bail!(Usage(format!("{} exports no function `{name}`{hint} (it exports {list})", self.input)));
        };
        let ExternType::Func(ty) = export.ty() else {
            bail!(Usage(format!("`{name}` is no function: {}", export.ty())));
        };
        let args = match &self.invoke {
            Some(_) => invoke::parse_args(name, ty, &self.args)?,
            None => invoke::parse_args(name, ty, &[])?,
        };
        let results = ty.results().iter().map(|ty| Val::default_for_ty(*ty)).collect();
        // A library wants to be set up before its functions are called.
        let initialize = self.invoke.is_some() && name != "_initialize" && find("_initialize").is_some();
        Ok(Entry { name: name.into(), args, results, initialize })
    }

    /// Instantiates the module, which is then told in `made`, and calls the entry.
    fn call_entry(
        &self,
        linker: &Linker<Host>,
        store: &mut Store<Host>,
        module: &Module,
        entry: &Entry,
        made: &mut Option<Instance>,
    ) -> Result<(), Error> {
        let instance = *made.insert(linker.instantiate(&mut *store, module)?);
        if entry.initialize {
            instance.get_typed_func::<(), ()>(&*store, "_initialize")?.call(&mut *store, ())?;
        }
        let results = self.call(&instance, store, entry)?;
        if self.invoke.is_some() {
            let mut out = std::io::stdout().lock();
            for value in &results {
                writeln!(out, "{}", invoke::Shown(value)).map_err(Error::host)?;
            }
        }
        Ok(())
    }

    fn call(&self, instance: &Instance, store: &mut Store<Host>, entry: &Entry) -> Result<Vec<Val>, Error> {
        let func = instance.get_func(&*store, &entry.name);
        let func = func.ok_or_else(|| instance.module(&*store).no_export(&entry.name, "function"))?;
        let mut results = entry.results.clone();
        func.call(&mut *store, &entry.args, &mut results)?;
        Ok(results)
    }

    /// The exit code for how the guest ended, and a word about it if it wasn't on its own terms.
    fn ended(&self, error: Error, symbols: impl FnOnce() -> Option<SymbolFile>) -> Result<i32> {
        if let Some(Exit(code)) = error.downcast_ref() {
            return Ok(i32::from_ne_bytes(code.to_ne_bytes()));
        }
        match error {
            Error::Trap(trap) => {
                let symbols = symbols();
                report("trap", &format!("{}{}", self.reason(&trap), backtrace(&trap, symbols.as_ref())));
                Ok(TRAP)
            }
            Error::Host(error) => match error.downcast::<std::io::Error>() {
                Ok(error) => Err((*error).into()),
                Err(error) => {
                    report("error", &format!("{}: {error}", self.input));
                    Ok(FAILURE)
                }
            },
            error => Err(error).with_context(|| self.input.to_string()),
        }
    }

    fn reason(&self, trap: &Trap) -> String {
        match trap.code() {
            TrapCode::Interrupted => format!("{trap}{}", self.limits.timeout_note()),
            TrapCode::OutOfFuel => format!("{trap}{}", self.limits.fuel_note()),
            _ => trap.to_string(),
        }
    }
}

/// What to call.
struct Entry {
    name: String,
    args: Vec<Val>,
    /// Values of the types of the results.
    results: Vec<Val>,
    /// Whether `_initialize` comes first.
    initialize: bool,
}
