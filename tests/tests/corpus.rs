//! Real programs, compiled and run with WASI: each must print what it should.
//!
//! The corpus isn't part of the repository. `HARDTACK_CORPUS` names its directory; without it the test says so and passes.
//! `cargo test --release --test corpus -- lua` runs some of it.

use hardtack_compiler::{Options, compile};
use hardtack_tests::corpus::{self, Row};
use hardtack_vm::{Caller, Engine, Error, Linker, Module, ResumableCall, Store, Val, ValType};
use hardtack_wasi::{Access, Clocks, Exit, MemoryOutput, WasiCtx, WasiCtxBuilder};
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use sha2::{Digest, Sha256};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Rows that a debug build would take too long for, and how many seconds it would.
const RELEASE_ONLY: &[(&str, u32)] = &[
    ("lua-mix", 160),
    ("so-base64", 320),
    ("so-ctype", 770),
    ("so-matrix", 200),
    ("so-minicsv", 450),
    ("so-sieve", 350),
    ("sg-sqlite3", 900),
];

/// Rows that are run again with so much fuel at a time: they must print, return and cost the same.
const IN_PIECES: &[(&str, u64)] = &[("fib-rec", 997), ("bulk-ops", 100), ("nbody", 10_000), ("brotli", 5_000)];

fn main() -> ExitCode {
    let args = Arguments::from_args();
    let Some(dir) = corpus::dir() else {
        println!("there is no corpus here: set HARDTACK_CORPUS to its directory to run its programs");
        return ExitCode::SUCCESS;
    };
    let rows = match corpus::manifest(&dir) {
        Ok(rows) => rows,
        Err(e) => {
            eprintln!("{e}");
            return ExitCode::FAILURE;
        }
    };
    let trials = rows.into_iter().map(|mut row| {
        let (name, dir) = (row.name.clone(), dir.clone());
        if row.stdout.starts_with("expected/") {
            row.stdout = dir.join(&row.stdout).display().to_string();
        }
        Trial::ignorable_test(name, move || trial(&row))
    });
    libtest_mimic::run(&args, trials.collect()).exit_code()
}

/// Runs a row, unless this build is too slow for it.
fn trial(row: &Row) -> Result<Completion, Failed> {
    let slow = RELEASE_ONLY.iter().find(|(name, _)| cfg!(debug_assertions) && *name == row.name);
    if let Some((_, seconds)) = slow {
        return Ok(Completion::ignored_with(format!("runs in release only: takes about {seconds} s in debug")));
    }
    let start = Instant::now();
    check(row)?;
    println!("{}: {:.1} s", row.name, start.elapsed().as_secs_f64());
    Ok(Completion::Completed)
}

/// What a program is expected to do, if it is not told by the manifest's fields alone.
fn check(row: &Row) -> Result<(), String> {
    let wasm = std::fs::read(&row.module).map_err(|e| format!("{}: {e}", row.module.display()))?;
    let file = compile(&wasm, &Options::default()).map_err(|e| e.to_string())?;
    let module = Module::load(file).map_err(|e| e.to_string())?;
    if row.compile_only {
        // A library without an entry: that it is compiled and verified is the test.
        return Ok(());
    }
    let ran = run(row, &module, None).map_err(|e| format!("{e:?}"))?;
    if let Some((_, piece)) = IN_PIECES.iter().find(|(name, _)| *name == row.name) {
        let cut = run(row, &module, Some(*piece)).map_err(|e| format!("in pieces of {piece}: {e:?}"))?;
        println!("{}: {} units of fuel, {} pieces", row.name, ran.fuel, cut.pieces);
        if cut.pieces < 100
            || (&cut.stdout, &cut.stderr, &cut.results, cut.fuel) != (&ran.stdout, &ran.stderr, &ran.results, ran.fuel)
        {
            return Err(format!(
                "in {} pieces of {piece}: {} instead of {} units of fuel",
                cut.pieces, cut.fuel, ran.fuel
            ));
        }
    }
    let Ran { stdout, stderr, results, .. } = ran;
    let text = String::from_utf8_lossy(&stdout);
    let fail = |what: &str| {
        Err(format!("{what}\nstandard output: {text}\nstandard error: {}", String::from_utf8_lossy(&stderr)))
    };
    match (row.name.as_str(), row.stdout.as_str()) {
        ("coremark", _) => match results[..] {
            [Val::F32(bits)] if f32::from_bits(bits) > 0.0 => return Ok(()),
            _ => return fail(&format!("the score is {results:?}")),
        },
        ("coremark-wasi", _) => {
            let ends = text.lines().last().is_some_and(|line| line.starts_with("CoreMark 1.0 :"));
            if !ends || !text.contains("Correct operation validated.") {
                return fail("the output is not that of a valid run");
            }
        }
        (_, "-") => {}
        (_, expected) => match expected.strip_prefix("sha256:") {
            Some(digest) if hex(&Sha256::digest(&stdout)) != digest => return fail("the output has another digest"),
            Some(_) => {}
            None => {
                let expected = std::fs::read(expected).map_err(|e| format!("{expected}: {e}"))?;
                if stdout != expected {
                    return fail("the output differs");
                }
            }
        },
    }
    let found = results.iter().map(shown).collect::<Vec<_>>().join(" ");
    match &row.result {
        Some(result) if *result != found => fail(&format!("returned {found}, expected {result}")),
        _ => Ok(()),
    }
}

/// A clock that goes ever faster: what a benchmark's trial foretells to take ten seconds takes more by it, even where the machine has got
/// quicker meanwhile.
struct Quickening(Instant);

impl Clocks for Quickening {
    fn wall(&mut self) -> Duration {
        self.monotonic()
    }
    fn wall_resolution(&self) -> Duration {
        self.monotonic_resolution()
    }
    fn monotonic(&mut self) -> Duration {
        let passed = self.0.elapsed();
        passed + passed.mul_f64(passed.as_secs_f64())
    }
    fn monotonic_resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }
    fn cpu(&mut self) -> Option<Duration> {
        Some(self.monotonic())
    }
    fn sleep(&mut self, time: Duration) {
        std::thread::sleep(time);
    }
}

/// Fuel that is a millisecond to programs that ask `env.clock_ms`.
const UNITS_OF_A_MILLISECOND: u64 = 10_000;

struct Ran {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    results: Vec<Val>,
    fuel: u64,
    pieces: usize,
}

/// Runs a row, with so much fuel at a time if there is a number.
fn run(row: &Row, module: &Module, piece: Option<u64>) -> Result<Ran, Box<dyn std::error::Error>> {
    let (stdout, stderr) = (MemoryOutput::new(), MemoryOutput::new());
    let mut ctx = WasiCtxBuilder::new();
    ctx.arg(row.module.file_name().unwrap_or_default().to_string_lossy().into_owned())
        .args(row.args.iter().map(String::as_str));
    ctx.stdout(stdout.clone()).stderr(stderr.clone()).clocks(Quickening(Instant::now()));
    if let Some(path) = &row.stdin {
        ctx.stdin_file(std::fs::File::open(path)?);
    }
    if let Some(dir) = &row.dir {
        ctx.preopened_host_dir(dir, ".", Access::ReadOnly)?;
    }
    let engine = Engine::default();
    let mut linker = Linker::<WasiCtx>::new(&engine);
    hardtack_wasi::add_to_linker(&mut linker, |ctx| ctx)?;
    // Marks of what is to be timed, and a clock that isn't WASI's. It goes with the work done: by the host's, a benchmark that measures
    // itself until it takes ten seconds fails where the machine gets quicker meanwhile.
    linker.func_wrap("bench", "start", || {})?;
    linker.func_wrap("bench", "end", || {})?;
    let fuel = piece.unwrap_or(u64::MAX);
    linker.func_wrap("env", "clock_ms", move |caller: Caller<'_, WasiCtx>| {
        ((fuel - caller.get_fuel()) / UNITS_OF_A_MILLISECOND) as i64
    })?;

    let mut store = Store::new(&engine, ctx.build()?);
    let instance = linker.instantiate(&mut store, module)?;
    let (name, args): (&str, &[String]) = row.invoke.as_ref().map_or(("_start", &[]), |(name, args)| (name, args));
    let func = instance.get_func(&store, name).ok_or_else(|| format!("no export {name}"))?;
    let ty = func.ty(&store);
    let args = ty.params().iter().zip(args).map(|(ty, arg)| argument(*ty, arg)).collect::<Result<Vec<_>, _>>()?;
    let mut results: Vec<Val> = ty.results().iter().map(|ty| Val::default_for_ty(*ty)).collect();
    store.set_fuel(fuel);
    let (mut given, mut pieces) = (fuel, 1);
    let mut call = match piece {
        None => func.call(&mut store, &args, &mut results).map(|()| ResumableCall::Finished(results.into())),
        Some(_) => func.call_resumable(&mut store, &args),
    };
    let results = loop {
        match call {
            Ok(ResumableCall::Finished(results)) => break results.into_vec(),
            Ok(ResumableCall::OutOfFuel(suspended)) => {
                (given, pieces) = (given + fuel, pieces + 1);
                store.set_fuel(fuel);
                call = suspended.resume(&mut store);
            }
            Err(e) if matches!(e.downcast_ref::<Exit>(), Some(Exit(0))) => break Vec::new(),
            Err(e) => return Err(failure(e, &stderr.contents()).into()),
        }
    };
    Ok(Ran { stdout: stdout.contents(), stderr: stderr.contents(), results, fuel: given - store.get_fuel(), pieces })
}

fn failure(e: Error, stderr: &[u8]) -> String {
    format!("{e:?}\nstandard error: {}", String::from_utf8_lossy(stderr))
}

fn argument(ty: ValType, text: &str) -> Result<Val, Box<dyn std::error::Error>> {
    Ok(match ty {
        ValType::I32 => Val::I32(text.parse()?),
        ValType::I64 => Val::I64(text.parse()?),
        other => return Err(format!("{other} arguments are not known").into()),
    })
}

fn shown(value: &Val) -> String {
    match value {
        Val::I32(v) => v.to_string(),
        Val::I64(v) => v.to_string(),
        Val::F32(v) => f32::from_bits(*v).to_string(),
        Val::F64(v) => f64::from_bits(*v).to_string(),
        other => format!("{other:?}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
