//! Runs the real binary.
#![allow(dead_code, reason = "each test file uses what it needs")]

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a run left behind.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// Fails the test unless the exit code is this one.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    /// Fails the test unless standard error mentions this.
    #[track_caller]
    pub fn complains(self, about: &str) -> Self {
        assert!(self.stderr.contains(about), "no {about:?} in {self:#?}");
        self
    }

    /// Fails the test unless standard output is this.
    #[track_caller]
    pub fn prints(self, output: &str) -> Self {
        assert_eq!(self.stdout, output, "{self:#?}");
        self
    }

    /// Fails the test unless standard output contains this.
    #[track_caller]
    pub fn mentions(self, output: &str) -> Self {
        assert!(self.stdout.contains(output), "no {output:?} in {self:#?}");
        self
    }
}

/// Runs `hardtack` with nothing on standard input.
pub fn hardtack(args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Ran {
    with_input(args, b"")
}

/// Runs `hardtack` with these bytes on standard input.
pub fn with_input(args: impl IntoIterator<Item = impl AsRef<OsStr>>, input: &[u8]) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hardtack"))
        .args(args)
        .env("FROM_OUTSIDE", "yes")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    // It may well end without reading its input.
    let _ = child.stdin.take().expect("a pipe").write_all(input);
    let output = child.wait_with_output().expect("the binary ends");
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// An empty directory of the test's own.
pub fn scratch(test: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    if dir.exists() {
        std::fs::remove_dir_all(&dir).expect("an old directory goes away");
    }
    std::fs::create_dir_all(&dir).expect("a directory");
    dir
}

/// Writes a file of the test's own and returns its path.
pub fn file(dir: &Path, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path = dir.join(name);
    std::fs::write(&path, bytes).expect("a file");
    path.to_str().expect("a path that is text").to_string()
}
