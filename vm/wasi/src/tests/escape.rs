//! Attempts to get out of a directory. Whatever the path, the function or the moment: what lies outside stays unread and as it was.
#![cfg(unix)]

use super::*;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// The second preopened directory.
const OTHER: u32 = 4;

const SECRET: &[u8] = b"secret";

/// Two directories side by side, `given` and `other`, with links of all kinds in the first, and secrets around them.
fn arena(test: &str) -> World {
    let base = std::env::temp_dir().join(format!("hardtack-wasi-{}-escape-{test}", std::process::id()));
    let _ = std::fs::remove_dir_all(&base);
    for dir in ["given/a/b", "other", "outside"] {
        std::fs::create_dir_all(base.join(dir)).unwrap();
    }
    std::fs::write(base.join("secret"), SECRET).unwrap();
    std::fs::write(base.join("outside/f"), SECRET).unwrap();
    std::fs::write(base.join("given/in.txt"), "inside").unwrap();
    let absolute = base.join("secret");
    for (name, target) in [
        ("relative", Path::new("../secret")),
        ("absolute", &absolute),
        ("up", Path::new("..")),
        ("chain", Path::new("chain-2")),
        ("chain-2", Path::new("a/chain-3")),
        ("a/chain-3", Path::new("../up/secret")),
        ("a/b/back", Path::new("../../..")),
        ("dangling", Path::new("../new")),
        ("inside", Path::new("in.txt")),
        ("circle", Path::new("circle-2")),
        ("circle-2", Path::new("circle")),
        ("root", Path::new("/")),
    ] {
        symlink(target, base.join("given").join(name)).unwrap();
    }
    let mut builder = WasiCtxBuilder::new();
    for name in ["given", "other"] {
        builder.preopened_host_dir(base.join(name), name, Access::ReadWrite).unwrap();
    }
    World { ctx: builder.build().unwrap(), bytes: vec![0; 65536], dir: base }
}

impl World {
    /// Fails unless what is outside of the two directories is as `arena` made it.
    #[track_caller]
    fn check_outside(&self, what: &str) {
        let mut names: Vec<_> = std::fs::read_dir(&self.dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["given", "other", "outside", "secret"], "{what}");
        assert_eq!(std::fs::read_dir(self.dir.join("outside")).unwrap().count(), 1, "{what}");
        for name in ["secret", "outside/f"] {
            assert_eq!(std::fs::read(self.dir.join(name)).unwrap(), SECRET, "{what}");
            let modified = std::fs::metadata(self.dir.join(name)).unwrap().modified().unwrap();
            assert_ne!(modified, std::time::SystemTime::UNIX_EPOCH, "{what}");
        }
    }

    fn path_call(
        &mut self,
        path: &str,
        call: impl FnOnce(&mut WasiCtx, &mut Guest<'_>, u32) -> Result<(), Errno>,
    ) -> Result<(), Errno> {
        self.put(TEXT, path.as_bytes());
        // Another name, for functions that take two.
        self.put(DATA, b"name");
        let len = path.len() as u32;
        self.call(|ctx, memory| call(ctx, memory, len))
    }
}

type Attempt = fn(&mut WasiCtx, &mut Guest<'_>, u32) -> Result<(), Errno>;

fn open(
    ctx: &mut WasiCtx,
    memory: &mut Guest<'_>,
    len: u32,
    lookup: u32,
    oflags: u32,
    rights: Rights,
) -> Result<(), Errno> {
    path::path_open(ctx, memory, DIR, lookup, TEXT, len, oflags, rights.bits(), 0, 0, OUT)
}

/// What follows links to the end, and so has to fail wherever they lead outside.
const FOLLOWING: &[(&str, Attempt)] = &[
    ("read", |ctx, memory, len| open(ctx, memory, len, 1, 0, Rights::FD_READ)),
    ("write", |ctx, memory, len| open(ctx, memory, len, 1, 0, Rights::FD_WRITE)),
    ("create", |ctx, memory, len| open(ctx, memory, len, 1, 1, Rights::FD_WRITE)),
    ("truncate", |ctx, memory, len| open(ctx, memory, len, 1, 8, Rights::FD_WRITE)),
    ("list", |ctx, memory, len| open(ctx, memory, len, 1, 2, Rights::FD_READDIR)),
    ("stat", |ctx, memory, len| path::path_filestat_get(ctx, memory, DIR, 1, TEXT, len, OUT, Version::Preview1)),
    ("set times", |ctx, memory, len| path::path_filestat_set_times(ctx, memory, DIR, 1, TEXT, len, 0, 0, 5)),
    ("link", |ctx, memory, len| path::path_link(ctx, memory, DIR, 1, TEXT, len, OTHER, DATA, 4)),
];

/// What works on a link itself: allowed, but on nothing outside.
const NOT_FOLLOWING: &[(&str, Attempt)] = &[
    ("read", |ctx, memory, len| open(ctx, memory, len, 0, 0, Rights::FD_READ)),
    ("create", |ctx, memory, len| open(ctx, memory, len, 0, 1, Rights::FD_WRITE)),
    ("create anew", |ctx, memory, len| open(ctx, memory, len, 0, 5, Rights::FD_WRITE)),
    ("create anew, following", |ctx, memory, len| open(ctx, memory, len, 1, 5, Rights::FD_WRITE)),
    ("truncate", |ctx, memory, len| open(ctx, memory, len, 0, 8, Rights::FD_WRITE)),
    ("set times", |ctx, memory, len| path::path_filestat_set_times(ctx, memory, DIR, 0, TEXT, len, 0, 0, 5)),
    ("create a directory", |ctx, memory, len| path::path_create_directory(ctx, memory, DIR, TEXT, len)),
    ("remove a directory", |ctx, memory, len| path::path_remove_directory(ctx, memory, DIR, TEXT, len)),
    ("unlink", |ctx, memory, len| path::path_unlink_file(ctx, memory, DIR, TEXT, len)),
    ("read the link", |ctx, memory, len| path::path_readlink(ctx, memory, DIR, TEXT, len, DATA, 99, OUT)),
    ("rename from", |ctx, memory, len| path::path_rename(ctx, memory, DIR, TEXT, len, OTHER, DATA, 4)),
    ("rename to", |ctx, memory, len| {
        memory.write(DATA, b"in.txt")?;
        path::path_rename(ctx, memory, DIR, DATA, 6, DIR, TEXT, len)
    }),
    ("link to", |ctx, memory, len| {
        memory.write(DATA, b"in.txt")?;
        path::path_link(ctx, memory, DIR, 0, DATA, 6, DIR, TEXT, len)
    }),
    ("make a link", |ctx, memory, len| path::path_symlink(ctx, memory, DATA, 4, DIR, TEXT, len)),
];

/// Paths out, through `..`, from the root, and through what `arena` laid out.
const PATHS_OUT: &[&str] = &[
    "..",
    "../",
    "../.",
    "../secret",
    "../new",
    "../outside",
    "../outside/f",
    "../outside/new",
    "../other/new",
    "../given/in.txt",
    "./../secret",
    "a/../../secret",
    "a/b/../../../secret",
    "//../secret",
    "/",
    "/in.txt",
    "/etc/passwd",
    "up/",
    "up/.",
    "up/secret",
    "up/new",
    "up/outside/f",
    "up/given/in.txt",
    "up/../secret",
    "a/b/back/secret",
    "a/b/back/new",
    "root/etc/passwd",
    "circle/x",
];

/// Links at the end of a path: what doesn't follow them may use them.
const LINKS_OUT: &[&str] =
    &["relative", "absolute", "up", "chain", "chain-2", "a/chain-3", "a/b/back", "dangling", "root", "circle"];

#[test]
fn no_function_follows_a_path_out() {
    let mut world = arena("paths");
    for path in PATHS_OUT {
        for (what, attempt) in FOLLOWING.iter().chain(NOT_FOLLOWING) {
            let result = world.path_call(path, attempt);
            assert!(result.is_err(), "{what} {path}");
            world.check_outside(&format!("{what} {path}"));
        }
    }
    let outside = world.dir.join("secret");
    for (what, attempt) in FOLLOWING.iter().chain(NOT_FOLLOWING) {
        assert!(world.path_call(outside.to_str().unwrap(), attempt).is_err(), "{what} {outside:?}");
    }
    assert_eq!(std::fs::read_dir(world.dir.join("other")).unwrap().count(), 0);
}

#[test]
fn no_function_follows_a_link_out() {
    let mut world = arena("links");
    for path in LINKS_OUT {
        for (what, attempt) in FOLLOWING {
            let result = world.path_call(path, attempt);
            assert!(result.is_err(), "{what} {path}");
            world.check_outside(&format!("{what} {path}"));
        }
    }
    assert_eq!(std::fs::read_dir(world.dir.join("other")).unwrap().count(), 0);
    for path in LINKS_OUT {
        for (what, attempt) in NOT_FOLLOWING {
            let mut world = arena("links-themselves");
            let _ = world.path_call(path, attempt);
            world.check_outside(&format!("{what} {path}"));
        }
    }
}

#[test]
fn slashes_at_the_end_want_directories() {
    let mut world = arena("slashes");
    for path in ["in.txt/", "inside/", "in.txt/.", "in.txt//", "relative/", "chain/"] {
        for (what, attempt) in FOLLOWING.iter().chain(NOT_FOLLOWING) {
            let result = world.path_call(path, attempt);
            assert!(result.is_err(), "{what} {path}");
            world.check_outside(&format!("{what} {path}"));
        }
        assert_eq!(std::fs::read(world.dir.join("given/inside")).unwrap(), b"inside", "{path}");
    }
}

#[test]
fn moving_a_link_makes_it_no_way_out() {
    let mut world = arena("moves");
    // Inside where it is made, this leads to `given/secret`; moved up, to the one outside.
    world.put(TEXT, b"../../secret");
    world.put(DATA, b"a/b/x");
    world.call(|ctx, memory| path::path_symlink(ctx, memory, TEXT, 12, DIR, DATA, 5)).unwrap();
    world.put(TEXT, b"x");
    world.call(|ctx, memory| path::path_rename(ctx, memory, DIR, DATA, 5, DIR, TEXT, 1)).unwrap();
    world.call(|ctx, memory| path::path_link(ctx, memory, DIR, 0, TEXT, 1, OTHER, TEXT, 1)).unwrap();
    for dir in [DIR, OTHER] {
        for oflags in [0, 1] {
            let result = world.call(|ctx, memory| {
                path::path_open(ctx, memory, dir, 1, TEXT, 1, oflags, Rights::FD_READ.bits(), 0, 0, OUT)
            });
            assert_eq!(result, Err(Errno::Perm));
        }
    }

    // A directory that is moved while open: what is above it is still no business of its holder.
    let inner = world.open_with("a/b", 2, Rights::DIRECTORY, 0).unwrap();
    world.put(TEXT, b"a/b");
    world.put(DATA, b"b");
    world.call(|ctx, memory| path::path_rename(ctx, memory, DIR, TEXT, 3, OTHER, DATA, 1)).unwrap();
    for path in ["..", "../../secret", "../x", "back/secret"] {
        world.put(TEXT, path.as_bytes());
        let result = world.call(|ctx, memory| {
            path::path_open(ctx, memory, inner, 1, TEXT, path.len() as u32, 0, Rights::FD_READ.bits(), 0, 0, OUT)
        });
        assert_eq!(result, Err(Errno::Perm), "{path}");
    }
    world.check_outside("moves");
}

#[test]
fn a_directory_that_becomes_a_link_in_between_is_no_way_out() {
    let mut world = arena("race");
    let given = world.dir.join("given");
    std::fs::create_dir(given.join("real")).unwrap();
    std::fs::write(given.join("real/f"), "inside").unwrap();
    symlink("../outside", given.join("fake")).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                for name in ["real", "fake"] {
                    // Each is `swap` for a moment.
                    std::fs::rename(given.join(name), given.join("swap")).unwrap();
                    std::thread::yield_now();
                    std::fs::rename(given.join("swap"), given.join(name)).unwrap();
                }
            }
        });
        let mut inside = 0;
        for round in 0..20_000 {
            if let Ok(file) = world.open_with("swap/f", 0, Rights::FD_READ, 0) {
                let text = world.read(file, 99);
                if text != Ok(b"inside".to_vec()) {
                    done.store(true, Ordering::Relaxed);
                    panic!("{text:?} in round {round}");
                }
                inside += 1;
                world.call(|ctx, memory| fd::fd_close(ctx, memory, file)).unwrap();
            }
            if let Ok(file) = world.open_with("swap/new", 1, Rights::FD_WRITE, 0) {
                world.call(|ctx, memory| fd::fd_close(ctx, memory, file)).unwrap();
            }
            let _ = world.path_call("swap/f", |ctx, memory, len| {
                path::path_filestat_set_times(ctx, memory, DIR, 1, TEXT, len, 0, 0, 5)
            });
        }
        done.store(true, Ordering::Relaxed);
        println!("the directory was found {inside} times");
    });
    world.check_outside("race");
}

/// The same, where it is our own code that resolves paths.
#[test]
fn nothing_leads_out_of_a_directory_in_memory() {
    let files = MemoryDir::new(1 << 20);
    files.write("in.txt", b"inside").unwrap();
    files.write("a/b/f", b"inside").unwrap();
    let mut builder = WasiCtxBuilder::new();
    for name in ["given", "other"] {
        builder.preopened_memory_dir(files.clone(), name, Access::ReadWrite);
    }
    let dir = std::env::temp_dir().join(format!("hardtack-wasi-{}-nowhere", std::process::id()));
    let mut world = World { ctx: builder.build().unwrap(), bytes: vec![0; 65536], dir };
    for (name, target) in [
        ("relative", "../secret"),
        ("up", ".."),
        ("chain", "chain-2"),
        ("chain-2", "a/chain-3"),
        ("a/chain-3", "../up/secret"),
        ("a/b/back", "../../.."),
        ("dangling", "../new"),
        ("inside", "in.txt"),
        ("circle", "circle-2"),
        ("circle-2", "circle"),
    ] {
        world.put(TEXT, target.as_bytes());
        world.put(DATA, name.as_bytes());
        let (len, name_len) = (target.len() as u32, name.len() as u32);
        world.call(|ctx, memory| path::path_symlink(ctx, memory, TEXT, len, DIR, DATA, name_len)).unwrap();
    }
    world.put(TEXT, b"/etc");
    world.put(DATA, b"root");
    let absolute = world.call(|ctx, memory| path::path_symlink(ctx, memory, TEXT, 4, DIR, DATA, 4));
    assert_eq!(absolute, Err(Errno::Perm));

    let (names, free) = (files.list("."), files.free());
    for path in PATHS_OUT {
        for (what, attempt) in FOLLOWING.iter().chain(NOT_FOLLOWING) {
            assert!(world.path_call(path, attempt).is_err(), "{what} {path}");
        }
    }
    for path in LINKS_OUT.iter().filter(|path| !["absolute", "root"].contains(*path)) {
        for (what, attempt) in FOLLOWING {
            assert!(world.path_call(path, attempt).is_err(), "{what} {path}");
        }
    }
    for path in ["in.txt/", "inside/", "in.txt/.", "relative/"] {
        for (what, attempt) in FOLLOWING.iter().chain(NOT_FOLLOWING) {
            assert!(world.path_call(path, attempt).is_err(), "{what} {path}");
        }
    }
    assert_eq!((files.list("."), files.free()), (names, free));
    // A directory opened by itself is a world of its own.
    let inner = world.open_with("a/b", 2, Rights::DIRECTORY, 0).unwrap();
    world.put(TEXT, b"../../in.txt");
    let result = world.call(|ctx, memory| path::path_open(ctx, memory, inner, 1, TEXT, 12, 0, 2, 0, 0, OUT));
    assert_eq!(result, Err(Errno::Perm));
    world.path_call("inside", FOLLOWING[0].1).unwrap();
}
