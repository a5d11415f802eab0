//! What `hardtack run` gives a program, and what stays out of its reach.

mod hardtack;

use hardtack::{Ran, file, hardtack, scratch};
use std::path::Path;

/// A program that takes the first argument as a path below descriptor 3, opens it (creating it if the second argument begins with
/// `c`), and copies it to standard output, or standard input to it. Exit code: the error number.
const CAT: &str = r#"(module
    (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_open"
        (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
    (memory (export "memory") 2)
    (func $check (param $errno i32)
        (if (local.get $errno) (then (call $proc_exit (local.get $errno)))))
    (func $length (param $at i32) (result i32) (local $length i32)
        (block $end
            (loop $next
                (br_if $end (i32.eqz (i32.load8_u (i32.add (local.get $at) (local.get $length)))))
                (local.set $length (i32.add (local.get $length) (i32.const 1)))
                (br $next)))
        (local.get $length))
    (func (export "_start") (local $path i32) (local $create i32) (local $from i32) (local $to i32)
        (call $check (call $args_get (i32.const 1024) (i32.const 2048)))
        (call $check (call $args_sizes_get (i32.const 0) (i32.const 4)))
        (local.set $path (i32.load (i32.const 1028)))
        (if (i32.gt_u (i32.load (i32.const 0)) (i32.const 2))
            (then (local.set $create
                (i32.eq (i32.load8_u (i32.load (i32.const 1032))) (i32.const 99)))))
        (call $check (call $path_open
            (i32.const 3) (i32.const 1) (local.get $path) (call $length (local.get $path))
            (local.get $create)
            (select (i64.const 64) (i64.const 2) (local.get $create))
            (i64.const 0) (i32.const 0) (i32.const 8)))
        (local.set $from (select (i32.const 0) (i32.load (i32.const 8)) (local.get $create)))
        (local.set $to (select (i32.load (i32.const 8)) (i32.const 1) (local.get $create)))
        (loop $more
            (i32.store (i32.const 16) (i32.const 65536))
            (i32.store (i32.const 20) (i32.const 65536))
            (call $check (call $fd_read (local.get $from) (i32.const 16) (i32.const 1) (i32.const 20)))
            (call $check (call $fd_write (local.get $to) (i32.const 16) (i32.const 1) (i32.const 24)))
            (br_if $more (i32.load (i32.const 20))))))"#;

/// Error numbers.
const NOENT: i32 = 44;
const PERM: i32 = 63;
const NOTCAPABLE: i32 = 76;

struct Cat {
    program: String,
    data: std::path::PathBuf,
}

impl Cat {
    fn new(test: &str) -> Self {
        let dir = scratch(test);
        let data = dir.join("data");
        std::fs::create_dir(&data).unwrap();
        file(&data, "in.txt", "some text\n");
        file(&dir, "secret.txt", "secret\n");
        Cat { program: file(&dir, "cat.wat", CAT), data }
    }

    fn run(&self, suffix: &str, path: &str, how: &str) -> Ran {
        let dir = format!("{}{suffix}", self.data.display());
        hardtack::with_input(["run", &self.program, "--dir", &dir, "--", path, how], b"fresh text\n")
    }
}

#[test]
fn a_directory_is_read_and_written() {
    let cat = Cat::new("a_directory_is_read_and_written");
    for suffix in ["", "::/", "::.", ":ro", "::/x:ro"] {
        cat.run(suffix, "in.txt", "read").exits(0).prints("some text\n");
        cat.run(suffix, "./in.txt", "read").exits(0).prints("some text\n");
        cat.run(suffix, "missing.txt", "read").exits(NOENT);
    }
    cat.run("", "out.txt", "create").exits(0);
    assert_eq!(std::fs::read(cat.data.join("out.txt")).unwrap(), b"fresh text\n");
}

#[test]
fn a_read_only_directory_stays_as_it_is() {
    let cat = Cat::new("a_read_only_directory_stays_as_it_is");
    cat.run(":ro", "out.txt", "create").exits(NOTCAPABLE);
    cat.run(":ro", "in.txt", "create").exits(NOTCAPABLE);
    assert!(!cat.data.join("out.txt").exists());
    assert_eq!(std::fs::read(cat.data.join("in.txt")).unwrap(), b"some text\n");
}

#[test]
fn no_path_leads_outside() {
    let cat = Cat::new("no_path_leads_outside");
    let outside = cat.data.join("../secret.txt").canonicalize().unwrap();
    for path in ["../secret.txt", "x/../../secret.txt", "./../secret.txt", outside.to_str().unwrap(), "/in.txt"] {
        for how in ["read", "create"] {
            let ran = cat.run("", path, how);
            assert!([PERM, NOENT].contains(&ran.code) && ran.stdout.is_empty(), "{path}: {ran:?}");
        }
    }
    assert_eq!(std::fs::read(outside).unwrap(), b"secret\n");
}

#[cfg(unix)]
#[test]
fn no_symbolic_link_leads_outside() {
    use std::os::unix::fs::symlink;
    let cat = Cat::new("no_symbolic_link_leads_outside");
    let outside = cat.data.join("../secret.txt").canonicalize().unwrap();
    symlink("../secret.txt", cat.data.join("relative")).unwrap();
    symlink(&outside, cat.data.join("absolute")).unwrap();
    symlink("..", cat.data.join("up")).unwrap();
    symlink("in.txt", cat.data.join("inside")).unwrap();
    for path in ["relative", "absolute", "up/secret.txt", "up/data/in.txt"] {
        for how in ["read", "create"] {
            cat.run("", path, how).exits(PERM).prints("");
        }
    }
    assert_eq!(std::fs::read(outside).unwrap(), b"secret\n");
    cat.run("", "inside", "read").exits(0).prints("some text\n");
}

#[test]
fn without_a_directory_nothing_is_reachable() {
    let cat = Cat::new("without_a_directory_nothing_is_reachable");
    const BADF: i32 = 8;
    let ran = |path: &Path| hardtack(["run", &cat.program, "--", path.to_str().unwrap(), "read"]);
    ran(&cat.data.join("in.txt")).exits(BADF).prints("");
    ran(Path::new("in.txt")).exits(BADF).prints("");
}

#[test]
fn streams_can_be_files() {
    let cat = Cat::new("streams_can_be_files");
    let (input, output) = (cat.data.join("in.txt"), cat.data.join("copy.txt"));
    let dir = cat.data.to_str().unwrap();
    let (input, output) = (input.to_str().unwrap(), output.to_str().unwrap());
    hardtack(["run", &cat.program, "--dir", dir, "--stdout", output, "--", "in.txt", "read"]).exits(0).prints("");
    assert_eq!(std::fs::read(output).unwrap(), b"some text\n");
    hardtack(["run", &cat.program, "--dir", dir, "--stdin", input, "--", "new.txt", "create"]).exits(0);
    assert_eq!(std::fs::read(cat.data.join("new.txt")).unwrap(), b"some text\n");
    hardtack(["run", &cat.program, "--stdin", "no/such/file"]).exits(1).complains("--stdin no/such/file");
    hardtack(["run", &cat.program, "--dir", "no/such/dir"]).exits(1).complains("--dir no/such/dir");
}

/// Writes its arguments and its environment, each ended by a zero byte, and eight random bytes and the time.
const SELF: &str = r#"(module
    (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "environ_get" (func $environ_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 4)
    (func $write (param $at i32) (param $len i32)
        (i32.store (i32.const 0) (local.get $at))
        (i32.store (i32.const 4) (local.get $len))
        (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
    (func $strings (export "strings")
        (drop (call $args_sizes_get (i32.const 16) (i32.const 20)))
        (drop (call $args_get (i32.const 1024) (i32.const 65536)))
        (call $write (i32.const 65536) (i32.load (i32.const 20)))
        (drop (call $environ_sizes_get (i32.const 16) (i32.const 20)))
        (drop (call $environ_get (i32.const 1024) (i32.const 65536)))
        (call $write (i32.const 65536) (i32.load (i32.const 20))))
    (func (export "_start") (call $strings))
    (func (export "chance") (result i64 i64)
        (drop (call $random_get (i32.const 32) (i32.const 8)))
        (drop (call $clock_time_get (i32.const 0) (i64.const 0) (i32.const 40)))
        (i64.load (i32.const 32))
        (i64.load (i32.const 40))))"#;

#[test]
fn arguments_and_environment_are_given() {
    let dir = scratch("arguments_and_environment_are_given");
    let program = file(&dir, "self.wat", SELF);
    let run = |args: &[&str]| hardtack([&["run", &program][..], args].concat()).exits(0).stdout;
    assert_eq!(run(&[]), "self.wat\0");
    assert_eq!(run(&["a", "--b", "c d"]), "self.wat\0a\0--b\0c d\0");
    assert_eq!(run(&["--argv0", "me", "--env", "A=1", "--env", "B=x=y", "--env", "A=2"]), "me\0A=2\0B=x=y\0");
    assert_eq!(run(&["--env", "FROM_OUTSIDE"]), "self.wat\0FROM_OUTSIDE=yes\0");
    assert!(run(&["--inherit-env"]).contains("\0FROM_OUTSIDE=yes\0"));
    hardtack(["run", &program, "--env", "NOT_SET_ANYWHERE"]).exits(1).complains("isn't set");
    hardtack(["run", &program, "--env", "=x"]).exits(1).complains("environment variable");
}

#[test]
fn deterministic_runs_are_equal() {
    let dir = scratch("deterministic_runs_are_equal");
    let program = file(&dir, "self.wat", SELF);
    let run = |args: &[&str]| hardtack([&["run", &program, "--invoke", "chance"][..], args].concat()).exits(0).stdout;
    assert_eq!(run(&["--deterministic"]), run(&["--deterministic"]));
    assert_ne!(run(&[]), run(&[]));
}

/// Accepts a connection on descriptor 3, sends back what it reads, and ends.
const ECHO: &str = r#"(module
    (import "wasi_snapshot_preview1" "sock_accept" (func $accept (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
    (memory (export "memory") 2)
    (func $check (param $errno i32)
        (if (local.get $errno) (then (call $proc_exit (local.get $errno)))))
    (func (export "_start")
        (call $check (call $accept (i32.const 3) (i32.const 0) (i32.const 0)))
        (i32.store (i32.const 16) (i32.const 1024))
        (i32.store (i32.const 20) (i32.const 1024))
        (call $check (call $fd_read (i32.load (i32.const 0)) (i32.const 16) (i32.const 1) (i32.const 20)))
        (call $check (call $fd_write (i32.load (i32.const 0)) (i32.const 16) (i32.const 1) (i32.const 24)))))"#;

#[test]
fn sockets_can_be_listened_on() {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::time::{Duration, Instant};
    let dir = scratch("sockets_can_be_listened_on");
    let program = file(&dir, "echo.wat", ECHO);
    // A port that was free a moment ago.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let run = std::thread::spawn({
        let (program, address) = (program.clone(), address.to_string());
        move || hardtack(["run", &program, "--tcplisten", &address, "--timeout", "60s"])
    });
    let start = Instant::now();
    let mut socket = loop {
        match TcpStream::connect(address) {
            Ok(socket) => break socket,
            Err(error) => assert!(start.elapsed() < Duration::from_secs(30), "{error}"),
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    socket.write_all(b"hello").unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "hello");
    run.join().unwrap().exits(0);
    const BADF: i32 = 8;
    hardtack(["run", &program]).exits(BADF);
    hardtack(["run", &program, "--tcplisten", "nowhere"]).exits(1).complains("--tcplisten nowhere");
}

#[test]
fn errors_can_go_to_a_file() {
    let dir = scratch("errors_can_go_to_a_file");
    let program = r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\10\00\00\00\05\00\00\00")
        (data (i32.const 16) "oops\n")
        (func (export "_start") (drop (call $fd_write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)))))"#;
    let program = file(&dir, "oops.wat", program);
    let errors = dir.join("errors.txt");
    let ran = hardtack(["run", &program]).exits(0).prints("");
    assert_eq!(ran.stderr, "oops\n");
    let ran = hardtack(["run", &program, "--stderr", errors.to_str().unwrap()]).exits(0).prints("");
    assert_eq!((ran.stderr.as_str(), std::fs::read(errors).unwrap()), ("", b"oops\n".to_vec()));
}
