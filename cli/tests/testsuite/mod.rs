//! The official preview 1 programs.
//!
//! They are looked for in `$HARDTACK_WASI_TESTSUITE`, then beside the repository. Each `NAME.wasm` may have a `NAME.json` that says
//! how it is run (arguments, environment, a directory to copy and give it as `/`) and what it should do (exit code, output).
#![allow(dead_code, reason = "each test file uses what it needs")]

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

fn directory() -> Option<PathBuf> {
    if let Some(dir) = std::env::var_os("HARDTACK_WASI_TESTSUITE") {
        let dir = PathBuf::from(dir);
        assert!(dir.is_dir(), "HARDTACK_WASI_TESTSUITE is {}, which is no directory", dir.display());
        return Some(dir);
    }
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/wasi-testsuite");
    dir.is_dir().then_some(dir)
}

pub fn entries(dir: &Path) -> impl Iterator<Item = PathBuf> {
    std::fs::read_dir(dir).expect("a directory").map(|entry| entry.expect("an entry").path())
}

/// What a program is given.
pub struct Given {
    pub program: PathBuf,
    /// `c/clock_getres-monotonic`.
    pub name: String,
    pub args: Vec<String>,
    pub env: Vec<(String, String)>,
    /// A directory to copy.
    pub root: Option<PathBuf>,
}

/// How a program ended.
#[derive(Debug)]
pub struct Ended {
    pub code: i64,
    pub stdout: String,
    pub stderr: String,
}

/// Runs every program; all are to end as they should, but those of `exceptions`, which mustn't: name, reason.
pub fn all_pass(exceptions: &[(&str, &str)], run: impl Fn(&Given) -> Result<Ended, String> + Sync) {
    let Some(suite) = directory() else {
        println!("SKIPPED: there is no WASI test suite here; name its directory in HARDTACK_WASI_TESTSUITE");
        eprintln!("SKIPPED: there is no WASI test suite here; name its directory in HARDTACK_WASI_TESTSUITE");
        return;
    };
    let mut programs = Vec::new();
    for language in entries(&suite).filter(|path| path.is_dir()) {
        programs.extend(entries(&language).filter(|path| path.extension().is_some_and(|ext| ext == "wasm")));
    }
    programs.sort();
    assert!(!programs.is_empty(), "no programs in {}", suite.display());

    let (next, problems) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let workers = std::thread::available_parallelism().map_or(1, |count| count.get());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(program) = programs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(problem) = judge(program, exceptions, &run) {
                        problems.lock().expect("no panics").push(problem);
                    }
                }
            });
        }
    });
    let problems = problems.into_inner().expect("no panics");
    println!("{} of {} programs pass", programs.len() - problems.len() - exceptions.len(), programs.len());
    for (name, reason) in exceptions {
        println!("excepted: {name}: {reason}");
    }
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
}

/// Runs a program; what is wrong with how it went, if it wasn't expected to.
fn judge(
    program: &Path,
    exceptions: &[(&str, &str)],
    run: &impl Fn(&Given) -> Result<Ended, String>,
) -> Result<(), String> {
    let language = program.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    let name = format!("{language}/{}", program.file_stem().unwrap_or_default().to_string_lossy());
    let spec: Value = match std::fs::read(program.with_extension("json")) {
        Ok(json) => serde_json::from_slice(&json).map_err(|error| error.to_string())?,
        Err(_) => Value::Null,
    };
    let given = Given {
        program: program.to_path_buf(),
        name: name.clone(),
        args: spec["args"].as_array().into_iter().flatten().filter_map(Value::as_str).map(String::from).collect(),
        env: spec["env"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_string()))
            .collect(),
        root: spec["root"].as_str().map(|root| program.with_file_name(root)),
    };
    let excepted = exceptions.iter().any(|(excepted, _)| *excepted == name);
    match (run(&given).and_then(|ended| compare(&spec, &ended)), excepted) {
        (Ok(()), false) | (Err(_), true) => Ok(()),
        (Ok(()), true) => Err(format!("{name} passes, so it is no exception any more")),
        (Err(problem), false) => Err(format!("{name}: {problem}")),
    }
}

fn compare(spec: &Value, ended: &Ended) -> Result<(), String> {
    let code = spec["exit_code"].as_i64().unwrap_or(0);
    if ended.code != code {
        return Err(format!("exit code {code} is expected: {ended:#?}"));
    }
    for (stream, output) in [("stdout", &ended.stdout), ("stderr", &ended.stderr)] {
        if spec[stream].as_str().is_some_and(|expected| expected != output) {
            return Err(format!("{stream} should be {}: {ended:#?}", spec[stream]));
        }
    }
    Ok(())
}
