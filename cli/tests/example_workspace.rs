//! The workspace in `examples/workspace`, built and run as a project of somebody else's: from a copy outside the repository.

mod hardtack;

use hardtack::{file, hardtack};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// This repository.
fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate lies in the workspace")
}

/// A copy of the workspace. Cargo builds it below, so that what was built is there for the next run.
fn workspace() -> &'static Path {
    static COPY: OnceLock<PathBuf> = OnceLock::new();
    COPY.get_or_init(|| {
        let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("example_workspace");
        copy_dir(&repository().join("cli/examples/workspace"), &copy);
        // It lies elsewhere now, so the way to the crates is another.
        let manifest = std::fs::read_to_string(copy.join("Cargo.toml")).expect("it is text");
        let root = repository().to_str().expect("a path that is text").replace('\\', "/");
        let manifest = manifest.replace("path = \"../../..", &format!("path = \"{root}"));
        std::fs::write(copy.join("Cargo.toml"), manifest).expect("the copy is ours");
        // Versions that are known to be there without a network.
        std::fs::copy(repository().join("Cargo.lock"), copy.join("Cargo.lock")).expect("the repository has one");
        copy
    })
}

fn copy_dir(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a directory");
    for entry in std::fs::read_dir(from).expect("the example is there").flatten() {
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        match path.is_dir() {
            // Of somebody who tried the example where it is.
            true if entry.file_name() == "target" => {}
            true => copy_dir(&path, &to),
            false => {
                std::fs::copy(&path, to).expect("a copy");
            }
        }
    }
}

/// Runs cargo in a workspace.
fn cargo(workspace: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO"));
    command.args(args).current_dir(workspace).env("CARGO_NET_OFFLINE", "true");
    // It is no part of the build that runs this test.
    for (name, _) in std::env::vars_os().filter(|(name, _)| {
        let name = name.to_string_lossy();
        name.starts_with("CARGO_PKG_")
            || name.starts_with("CARGO_BIN_")
            || name == "RUSTFLAGS"
            || name == "CARGO_MANIFEST_DIR"
    }) {
        command.env_remove(name);
    }
    // Both profiles of this test share it.
    command.env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("example_workspace_target"));
    // It is to be built quickly, not debugged.
    command.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_INCREMENTAL", "0");
    command.env("CARGO_TERM_COLOR", "never").output().expect("cargo starts")
}

#[track_caller]
fn succeeds(output: Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    out.into_owned()
}

/// One test, since cargo builds one thing at a time.
#[test]
fn the_example_workspace_works() {
    let workspace = workspace();
    embedded_guests_run(workspace);
    plugins_are_kept_in_bounds(workspace);
    mistakes_are_shown_as_cargo_shows_them(workspace);
}

fn embedded_guests_run(workspace: &Path) {
    let out = succeeds(cargo(workspace, &["run", "-q", "-p", "host"]));
    assert_eq!(out, "scores [280, 0, 660], 2 records\n6 words: The Quick Brown Fox, 2 Lazy Dogs\n");
}

fn plugins_are_kept_in_bounds(workspace: &Path) {
    let dir = workspace.join("compiled");
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir(&dir).expect("a directory");
    for entry in std::fs::read_dir(workspace.join("plugins/samples")).expect("samples").flatten() {
        let path = entry.path();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("wat") => {
                let out = dir.join(path.with_extension("tack").file_name().expect("a name"));
                hardtack(["compile".as_ref(), path.as_os_str(), "-o".as_ref(), out.as_os_str()]).exits(0);
            }
            _ => {
                std::fs::copy(&path, dir.join(entry.file_name())).expect("a copy");
            }
        }
    }
    // One that isn't what it says it is.
    let greet = std::fs::read(dir.join("greet.tack")).expect("it was compiled");
    file(&dir, "broken.tack", &greet[..greet.len() - 10]);
    let dir = dir.to_str().expect("a path that is text");

    let out = succeeds(cargo(workspace, &["run", "-q", "-p", "plugins", "--", dir]));
    let says = |line: &str| assert!(out.lines().any(|l| l.contains(line)), "no {line:?} in:\n{out}");
    says("  greet says: hello");
    says("greet: done");
    says("broken: ");
    // Whichever limit it meets first on this machine.
    assert!(out.contains("greedy: all fuel consumed") || out.contains("greedy: interrupted"), "{out}");
    says("deep: call stack exhausted");
    says("liar: out of bounds memory access");
    says("nosy: unknown import: `files` `read`");
    assert_eq!(out.matches(": done").count(), 1, "{out}");

    // With a key, only what is signed runs.
    let key = Path::new(dir).join("store");
    let key = key.to_str().expect("a path that is text");
    hardtack(["keygen", key]).exits(0);
    hardtack(["sign", &format!("{dir}/greet.tack"), "--key", &format!("{key}.key")]).exits(0);
    let out = succeeds(cargo(workspace, &["run", "-q", "-p", "plugins", "--", dir, &format!("{key}.pub")]));
    assert!(out.contains("greet: done") && out.contains("liar: the file is not signed"), "{out}");
}

fn mistakes_are_shown_as_cargo_shows_them(workspace: &Path) {
    let guest = workspace.join("guests/score.wat");
    let good = std::fs::read_to_string(&guest).expect("it is there");
    std::fs::write(&guest, good.replace("i32.sub (i32.mul", "i32.sub (i32.mull")).expect("the copy is ours");
    let output = cargo(workspace, &["build", "-p", "host"]);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{err}");
    assert!(err.lines().any(|l| l.starts_with("error: host@0.1.0: ../guests/score.wat: malformed text")), "{err}");
    assert!(err.contains("../guests/score.wat:9:17"), "{err}");
    // It is compiled again when it has changed, and not when nothing has.
    std::fs::write(&guest, good.replace("i32.const 100", "i32.const 10")).expect("the copy is ours");
    let out = succeeds(cargo(workspace, &["run", "-q", "-p", "host"]));
    assert!(out.starts_with("scores [10, 0, 30], 2 records\n"), "{out}");
    std::fs::write(&guest, good).expect("the copy is ours");
    succeeds(cargo(workspace, &["build", "-p", "host"]));
    let again = cargo(workspace, &["build", "-v", "-p", "host"]);
    let err = String::from_utf8_lossy(&again.stderr);
    assert!(err.contains("Fresh host v0.1.0"), "{err}");
}
