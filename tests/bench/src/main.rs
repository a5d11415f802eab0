//! Runs one module and reports, as one line of JSON, CPU time from bytes to ready, to instantiate and to run.
//!
//!     hardtack-bench compile hardtack IN.wasm OUT.tack
//!     hardtack-bench run hardtack FILE.tack [--wasm ORIGINAL] [--invoke NAME [ARG..]] [--dir D] [--stdin F] [--show] [--no-run] [-- ARGS]
//!
//! Built with `HARDTACK_BENCH_ISA=app.isa` in the environment it compiles for that instruction set, and has it.
//!
//! `run_ns` is the time between the imports `bench.start` and `bench.end` where a module calls them, else of the whole call.
#![deny(unsafe_code)]

#[cfg(feature = "count")]
mod count;
mod report;

use anyhow::{Context as _, Result, anyhow, bail};
use hardtack_compiler::isa::InstructionSet;
use hardtack_vm::{Caller, Engine, Error, Func, Linker, Module, Store, Val, ValType};
use hardtack_wasi::{Access, WasiCtx};
use report::{CpuTime, Report, Tee};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

hardtack_vm::isa!(
    /// The instruction set that this was built with.
    ISA = concat!(env!("OUT_DIR"), "/bench.isa")
);
const ISA_TEXT: &str = include_str!(concat!(env!("OUT_DIR"), "/bench.isa"));

struct Job {
    file: String,
    invoke: Option<String>,
    args: Vec<String>,
    dir: Option<String>,
    stdin: Option<String>,
    guest_args: Vec<String>,
    show: bool,
    run: bool,
}

struct State {
    wasi: WasiCtx,
    started: Option<CpuTime>,
    marked_ns: Option<u128>,
}

fn main() -> ExitCode {
    let argv: Vec<String> = std::env::args().skip(1).collect();
    let done = match argv.first().map(String::as_str) {
        Some("compile") if argv.len() == 4 => compile(&argv[2], &argv[3]),
        Some("run") if argv.len() >= 3 => job(&argv[2..]).and_then(|job| run(&job)),
        _ => Err(anyhow!("usage: hardtack-bench compile NAME IN OUT | run NAME FILE [options] [-- ARGS]")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::from(2)
        }
    }
}

fn compile(from: &str, to: &str) -> Result<()> {
    let wasm = std::fs::read(from).with_context(|| from.to_owned())?;
    let start = CpuTime::now();
    let isa = Some(InstructionSet::parse(ISA_TEXT)?).filter(|isa| !isa.is_empty());
    let options = hardtack_compiler::Options { names: false, isa, ..Default::default() };
    let tack = hardtack_compiler::compile(&wasm, &options)?;
    let ns = start.elapsed_ns();
    println!(
        "{{\"engine\":\"hardtack\",\"compile_ns\":{ns},\"in_bytes\":{},\"out_bytes\":{}}}",
        wasm.len(),
        tack.len()
    );
    std::fs::write(to, tack).with_context(|| to.to_owned())
}

fn job(argv: &[String]) -> Result<Job> {
    let mut job = Job {
        file: argv[0].clone(),
        invoke: None,
        args: vec![],
        dir: None,
        stdin: None,
        guest_args: vec![],
        show: false,
        run: true,
    };
    let mut rest = argv[1..].iter().cloned().peekable();
    while let Some(word) = rest.next() {
        let mut value = |what: &str| rest.next().with_context(|| format!("{what} wants a value"));
        match word.as_str() {
            // The original tells other engines what a precompiled file imports; ours says so itself.
            "--wasm" => drop(value("--wasm")?),
            "--dir" => job.dir = Some(value("--dir")?),
            "--stdin" => job.stdin = Some(value("--stdin")?),
            "--invoke" => {
                job.invoke = Some(value("--invoke")?);
                while let Some(arg) = rest.next_if(|w| !w.starts_with("--")) {
                    job.args.push(arg);
                }
            }
            "--show" => job.show = true,
            "--no-run" => job.run = false,
            "--" => job.guest_args = rest.by_ref().collect(),
            other => bail!("unknown option {other}"),
        }
    }
    Ok(job)
}

fn run(job: &Job) -> Result<()> {
    let bytes = std::fs::read(&job.file).with_context(|| job.file.clone())?;
    let out = Tee::default();
    let mut wasi = WasiCtx::builder();
    wasi.arg(job.file.clone()).args(job.guest_args.iter().cloned()).stdout(out.clone()).stderr(Tee::default());
    if let Some(dir) = &job.dir {
        wasi.preopened_host_dir(dir, ".", Access::ReadWrite)?;
    }
    match &job.stdin {
        Some(file) => wasi.stdin_file(std::fs::File::open(file).with_context(|| file.clone())?),
        None => wasi.stdin(std::io::empty()),
    };
    let mut report = Report { file: job.file.clone(), in_bytes: bytes.len(), ..Report::default() };
    let state = State { wasi: wasi.build()?, started: None, marked_ns: None };

    let sets = Engine::default().with_isa(&ISA);
    let start = CpuTime::now();
    let module = sets.load(bytes)?;
    report.load_ns = start.elapsed_ns();

    let start = CpuTime::now();
    #[cfg(feature = "count")]
    let engine = Engine::new(hardtack_vm::Config::new().count_instructions(true));
    #[cfg(not(feature = "count"))]
    let engine = Engine::default();
    let mut store = Store::new(&engine, state);
    let mut linker = Linker::new(&engine);
    link(&mut linker, &mut store, &module)?;
    let instance = linker.instantiate(&mut store, &module)?;
    report.inst_ns = start.elapsed_ns();
    if job.run {
        let name = job.invoke.as_deref().unwrap_or("_start");
        let func = instance.get_func(&mut store, name).with_context(|| format!("no function is exported as {name}"))?;
        let wall = std::time::Instant::now();
        let start = CpuTime::now();
        let result = call(&mut store, func, &job.args);
        report.total_ns = start.elapsed_ns();
        report.wall_ns = wall.elapsed().as_nanos();
        report.run_ns = store.data().marked_ns.unwrap_or(report.total_ns);
        match result {
            Ok(values) => report.result = values,
            Err(error) => match error.downcast_ref::<hardtack_wasi::Exit>() {
                Some(exit) => report.exit = exit.0 as i32,
                None => (report.exit, report.result) = (101, format!("error: {error}")),
            },
        }
    }
    #[cfg(feature = "count")]
    {
        let counts = instance.instruction_counts(&store);
        report.result = format!("dispatched {}", counts.iter().sum::<u64>());
        if let Some(path) = std::env::var_os("HARDTACK_COUNTS") {
            std::fs::write(path, count::text(&module, counts))?;
        }
    }
    report.print(&out, job.show);
    Ok(())
}

/// WASI, the marks of the benchmark suites, and zeros for what else a module imports.
fn link(linker: &mut Linker<State>, store: &mut Store<State>, module: &Module) -> Result<()> {
    hardtack_wasi::add_to_linker(linker, |state: &mut State| &mut state.wasi)?;
    linker.func_wrap("bench", "start", |mut caller: Caller<'_, State>| {
        caller.data_mut().started = Some(CpuTime::now());
    })?;
    linker.func_wrap("bench", "end", |mut caller: Caller<'_, State>| {
        let state = caller.data_mut();
        state.marked_ns = state.started.as_ref().map(CpuTime::elapsed_ns);
    })?;
    let epoch = std::time::Instant::now();
    linker.func_wrap("env", "clock_ms", move || -> i64 { epoch.elapsed().as_millis() as i64 })?;
    linker.define_unknown_imports_as_zero(store, module)?;
    Ok(())
}

fn call(store: &mut Store<State>, func: Func, args: &[String]) -> Result<String, Error> {
    let ty = func.ty(&*store);
    let values: Vec<Val> = (ty.params().iter().zip(args))
        .map(|(ty, text)| match ty {
            ValType::I32 => Val::I32(text.parse::<i64>().unwrap_or_default() as i32),
            ValType::I64 => Val::I64(text.parse().unwrap_or_default()),
            ValType::F32 => Val::F32(text.parse::<f32>().unwrap_or_default().to_bits()),
            ValType::F64 => Val::F64(text.parse::<f64>().unwrap_or_default().to_bits()),
            ValType::FuncRef | ValType::ExternRef => Val::default_for_ty(*ty),
        })
        .collect();
    let mut results: Vec<Val> = ty.results().iter().map(|ty| Val::default_for_ty(*ty)).collect();
    func.call(store, &values, &mut results)?;
    let texts: Vec<String> = (results.iter())
        .map(|value| match value {
            Val::I32(v) => v.to_string(),
            Val::I64(v) => v.to_string(),
            Val::F32(v) => format!("{:?}", f32::from_bits(*v)),
            Val::F64(v) => format!("{:?}", f64::from_bits(*v)),
            Val::FuncRef(_) | Val::ExternRef(_) => "ref".to_owned(),
        })
        .collect();
    Ok(texts.join(","))
}
