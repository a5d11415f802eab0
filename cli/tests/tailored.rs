//! The command line on a VM that has one more instruction set, as `hardtack tailor --runner` makes one.
//!
//! This is a program of its own rather than a list of tests: it is the runner too, when a test starts it as one.

use serde_json::Value;
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, ExitCode};

hardtack_vm::isa!(WORK = "tailored/work.isa");

/// Set where this program is the runner.
const AS_RUNNER: &str = "HARDTACK_TEST_AS_RUNNER";

fn main() -> ExitCode {
    if std::env::var_os(AS_RUNNER).is_some() {
        return hardtack_cli::main_with(&[&WORK]);
    }
    for (name, test) in [
        ("files_of_the_set_run", files_of_the_set_run as fn(&Path)),
        ("they_can_be_signed", they_can_be_signed),
        ("stats_say_how_well_it_fits", stats_say_how_well_it_fits),
        ("a_later_version_runs", a_later_version_runs),
    ] {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tailored").join(name);
        // One of an earlier run.
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).expect("a directory");
        test(&dir);
        println!("{name}: ok");
    }
    ExitCode::SUCCESS
}

/// Runs a command line: exit code, standard output and error.
#[track_caller]
fn exits<S: AsRef<OsStr>>(command: &mut Command, args: &[S], code: i32) -> (String, String) {
    let output = command.args(args).output().expect("it starts");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{out}\n{err}");
    (out.into_owned(), err.into_owned())
}

/// Runs the runner.
#[track_caller]
fn runner<S: AsRef<OsStr>>(args: &[S], code: i32) -> (String, String) {
    let mut command = Command::new(std::env::current_exe().expect("this program is a file"));
    exits(command.env(AS_RUNNER, "yes"), args, code)
}

/// Runs the command line without the set.
#[track_caller]
fn hardtack<S: AsRef<OsStr>>(args: &[S], code: i32) -> (String, String) {
    exits(&mut Command::new(env!("CARGO_BIN_EXE_hardtack")), args, code)
}

fn here(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tailored").join(name);
    path.to_str().expect("a path that is text").into()
}

/// The module compiled for the set, and as it is without.
fn compiled(dir: &Path) -> (String, String) {
    let path = |name: &str| dir.join(name).to_str().expect("a path that is text").to_string();
    let (own, plain) = (path("own.tack"), path("plain.tack"));
    hardtack(&["compile", &here("work.wat"), "--isa", &here("work.isa"), "-o", &own], 0);
    hardtack(&["compile", &here("work.wat"), "-o", &plain], 0);
    (own, plain)
}

fn files_of_the_set_run(dir: &Path) {
    let (own, plain) = compiled(dir);
    let identity = format!("{:032x}", WORK.identity());
    let (out, _) = runner(&["verify", &own, &plain], 0);
    assert!(out.contains(&format!("instruction set {identity}")) && out.lines().count() == 2, "{out}");
    let (out, _) = runner(&["verify", "--json", &own], 0);
    assert!(out.contains(&format!(r#""isa":"{identity}""#)), "{out}");
    let (_, err) = hardtack(&["verify", &own], 1);
    assert!(err.contains(&identity), "{err}");
    for n in ["1", "7", "1000"] {
        let expected = hardtack(&["run", &plain, "--invoke", "run", n], 0);
        assert_eq!(runner(&["run", &own, "--invoke", "run", n], 0), expected);
        assert_eq!(runner(&["run", &plain, "--invoke", "run", n], 0), expected, "the standard set is there, too");
        let on_the_fly = ["run", &here("work.wat"), "--isa", &here("work.isa"), "--invoke", "run", n];
        assert_eq!(runner(&on_the_fly, 0), expected);
    }
    let (_, err) = runner(&["run", &own, "--invoke", "beyond", "1"], 134);
    assert!(err.contains("out of bounds memory access") && err.contains("beyond"), "{err}");
    // Its code is shown with the rows at hand; the runner has only their handlers.
    let (_, err) = runner(&["dump", &own], 2);
    assert!(err.contains(&identity), "{err}");
    let (out, _) = runner(&["dump", &own, "--isa", &here("work.isa")], 0);
    assert!(out.contains("\n  own"), "{out}");
}

fn they_can_be_signed(dir: &Path) {
    let (own, _) = compiled(dir);
    let key = dir.join("key").to_str().expect("a path that is text").to_string();
    hardtack(&["keygen", &key], 0);
    let (secret, public) = (format!("{key}.key"), format!("{key}.pub"));
    hardtack(&["sign", &own, "--key", &secret], 1);
    runner(&["sign", &own, "--key", &secret], 0);
    let (out, _) = runner(&["verify", &own, "--key", &public], 0);
    assert!(out.contains("signed by"), "{out}");
    runner(&["run", &own, "--invoke", "run", "3"], 0);
}

#[track_caller]
fn stats(args: &[&str]) -> Value {
    let args: Vec<&str> = ["stats", "--json"].iter().chain(args).chain(&["--invoke", "run", "50"]).copied().collect();
    let (out, _) = runner(&args, 0);
    let last = out.lines().last().expect("a report");
    serde_json::from_str(last).unwrap_or_else(|e| panic!("{e}: {last}"))
}

fn stats_say_how_well_it_fits(dir: &Path) {
    let (own, plain) = compiled(dir);
    let path = |name: &str| dir.join(name).to_str().expect("a path that is text").to_string();
    let (work, set) = (here("work.wat"), here("work.isa"));
    let report = stats(&[&work, "--isa", &set, "--record", &path("own.profile")]);
    let without = stats(&[&work, "--record", &path("plain.profile")]);
    let isa = &report["isa"];
    assert!(without["isa"].is_null(), "{without}");
    // The run without the set is told exactly.
    assert_eq!(isa["standard"], without["executed"], "{report}");
    let profile = |name: &str| std::fs::read_to_string(path(name)).expect("it was recorded");
    assert_eq!(profile("own.profile"), profile("plain.profile"));
    let number = |value: &Value| value.as_f64().unwrap_or_else(|| panic!("{report}"));
    let (executed, standard) = (number(&report["executed"]), number(&without["executed"]));
    assert!((number(&isa["remain"]) - 100.0 * executed / standard).abs() < 0.01, "{report}");
    assert!(number(&isa["remain"]) < 80.0 && number(&isa["executed"]) > 0.0, "{report}");
    // A set that is made for this run leaves no more.
    assert!(number(&isa["remain_with_new"]) <= number(&isa["remain"]) + 0.01, "{report}");
    assert!(isa["used"].as_u64() <= isa["instructions"].as_u64(), "{report}");

    // The file alone tells the same but for what only the module tells.
    let baked = stats(&[&own, "--isa", &set]);
    for key in ["executed", "standard", "remain", "used", "identity"] {
        assert_eq!(baked["isa"][key], isa[key], "{baked}");
    }
    assert!(baked["isa"]["remain_with_new"].is_null(), "{baked}");
    let (out, _) = runner(&["stats", &work, "--isa", &set, "--invoke", "run", "50"], 0);
    assert!(out.contains("of those dispatches remain") && out.contains("with a new set"), "{out}");

    // A profile is of programs without a set; of this file alone it can't be told.
    let (_, err) = runner(&["stats", &own, "--isa", &set, "--record", &path("no.profile"), "--invoke", "run", "1"], 1);
    assert!(err.contains("give it as WebAssembly"), "{err}");
    assert_eq!(stats(&[&plain])["executed"], without["executed"]);
    // The set is asked for before anything runs.
    let (out, err) = runner(&["stats", &own, "--invoke", "run", "1"], 2);
    assert!(out.is_empty() && err.contains("--isa"), "{out}{err}");
}

fn a_later_version_runs(dir: &Path) {
    let text =
        std::fs::read_to_string(here("work.wat")).expect("it is there").replace("(i32.const 31)", "(i32.const 37)");
    let later = dir.join("later.wat").to_str().expect("a path that is text").to_string();
    std::fs::write(&later, text).expect("a file");
    let tack = dir.join("later.tack").to_str().expect("a path that is text").to_string();
    hardtack(&["compile", &later, "--isa", &here("work.isa"), "-o", &tack], 0);
    let expected = hardtack(&["run", &later, "--invoke", "run", "40"], 0);
    assert_eq!(runner(&["run", &tack, "--invoke", "run", "40"], 0), expected);
    assert!(stats(&[&tack, "--isa", &here("work.isa")])["isa"]["executed"].as_u64() > Some(0));
}
