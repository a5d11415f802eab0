//! The official preview 1 programs, run by the real binary.
//!
//! They are looked for in `$HARDTACK_WASI_TESTSUITE`, then beside the repository. Each `NAME.wasm` may have a `NAME.json` that says
//! how it is run (arguments, environment, a directory to copy and give it as `/`) and what it should do (exit code, output).

mod hardtack;

use hardtack::{hardtack, scratch};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Programs that can't pass on this system, and why. One that passes all the same fails the test.
const EXCEPTIONS: &[(&str, &str)] = &[];

fn testsuite() -> Option<PathBuf> {
    if let Some(dir) = std::env::var_os("HARDTACK_WASI_TESTSUITE") {
        let dir = PathBuf::from(dir);
        assert!(dir.is_dir(), "HARDTACK_WASI_TESTSUITE is {}, which is no directory", dir.display());
        return Some(dir);
    }
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/wasi-testsuite");
    dir.is_dir().then_some(dir)
}

#[test]
fn all_programs_pass() {
    let Some(suite) = testsuite() else {
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

    let scratch = scratch("wasi_testsuite");
    let (next, problems) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let workers = std::thread::available_parallelism().map_or(1, |count| count.get());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(program) = programs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(problem) = judge(program, &scratch) {
                        problems.lock().expect("no panics").push(problem);
                    }
                }
            });
        }
    });
    let problems = problems.into_inner().expect("no panics");
    println!("{} of {} programs pass", programs.len() - problems.len() - EXCEPTIONS.len(), programs.len());
    for (name, reason) in EXCEPTIONS {
        println!("excepted: {name}: {reason}");
    }
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
}

fn entries(dir: &Path) -> impl Iterator<Item = PathBuf> {
    std::fs::read_dir(dir).expect("a directory").map(|entry| entry.expect("an entry").path())
}

/// Runs a program; what is wrong with how it went, if it wasn't expected to.
fn judge(program: &Path, scratch: &Path) -> Result<(), String> {
    let language = program.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    let name = format!("{language}/{}", program.file_stem().unwrap_or_default().to_string_lossy());
    let excepted = EXCEPTIONS.iter().any(|(excepted, _)| *excepted == name);
    match (run(program, &name, scratch), excepted) {
        (Ok(()), false) | (Err(_), true) => Ok(()),
        (Ok(()), true) => Err(format!("{name} passes, so it is no exception any more")),
        (Err(problem), false) => Err(format!("{name}: {problem}")),
    }
}

fn run(program: &Path, name: &str, scratch: &Path) -> Result<(), String> {
    let spec: Value = match std::fs::read(program.with_extension("json")) {
        Ok(json) => serde_json::from_slice(&json).map_err(|error| error.to_string())?,
        Err(_) => Value::Null,
    };
    let mut args: Vec<String> = vec!["run".into()];
    if let Some(root) = spec["root"].as_str() {
        let copy = scratch.join(name.replace('/', "-"));
        copy_dir(&program.with_file_name(root), &copy).map_err(|error| format!("copying {root}: {error}"))?;
        args.extend(["--dir".into(), format!("{}::/", copy.display())]);
    }
    for (name, value) in spec["env"].as_object().into_iter().flatten() {
        args.extend(["--env".into(), format!("{name}={}", value.as_str().unwrap_or_default())]);
    }
    args.extend([program.display().to_string(), "--".into()]);
    args.extend(spec["args"].as_array().into_iter().flatten().filter_map(|arg| arg.as_str()).map(String::from));

    let ran = hardtack(&args);
    let code = spec["exit_code"].as_i64().unwrap_or(0);
    if i64::from(ran.code) != code {
        return Err(format!("exit code {code} is expected: {ran:#?}"));
    }
    for (stream, output) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
        if spec[stream].as_str().is_some_and(|expected| expected != output) {
            return Err(format!("{stream} should be {}: {ran:#?}", spec[stream]));
        }
    }
    Ok(())
}

fn copy_dir(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for path in entries(from) {
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy_dir(&path, &target)?;
        } else {
            std::fs::copy(&path, &target)?;
        }
    }
    Ok(())
}
