//! The functions themselves, on a piece of memory, without a guest.

use crate::ctx::{Access, WasiCtx, WasiCtxBuilder};
use crate::errno::Errno;
use crate::memory::Guest;
use crate::process::{End, Exit};
use crate::rights::Rights;
use crate::types::Version;
use crate::{MemoryDir, MemoryOutput, clocks, fd, path, poll, process, random, sock};
use std::io::{Cursor, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;

mod escape;

/// Where the tests keep strings, lists and results.
const TEXT: u32 = 256;
const LIST: u32 = 1024;
const DATA: u32 = 4096;
const OUT: u32 = 64;

/// The first preopened directory.
const DIR: u32 = 3;

struct World {
    ctx: WasiCtx,
    bytes: Vec<u8>,
    dir: PathBuf,
}

impl Drop for World {
    fn drop(&mut self) {
        // Left behind at worst.
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// With a directory of the test's own, and what `build` adds.
fn world(test: &str, build: impl FnOnce(&mut WasiCtxBuilder)) -> World {
    let dir = std::env::temp_dir().join(format!("hardtack-wasi-{}-{test}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let mut builder = WasiCtxBuilder::new();
    builder.preopened_host_dir(&dir, "/", Access::ReadWrite).unwrap();
    build(&mut builder);
    World { ctx: builder.build().unwrap(), bytes: vec![0; 65536], dir }
}

impl World {
    /// Calls a function with the memory and the state.
    fn call<R>(&mut self, function: impl FnOnce(&mut WasiCtx, &mut Guest<'_>) -> R) -> R {
        function(&mut self.ctx, &mut Guest::new(&mut self.bytes))
    }

    fn u32(&self, at: u32) -> u32 {
        u32::from_le_bytes(self.bytes[at as usize..][..4].try_into().unwrap())
    }

    fn u64(&self, at: u32) -> u64 {
        u64::from_le_bytes(self.bytes[at as usize..][..8].try_into().unwrap())
    }

    fn put(&mut self, at: u32, bytes: &[u8]) {
        self.bytes[at as usize..][..bytes.len()].copy_from_slice(bytes);
    }

    fn open_with(&mut self, name: &str, oflags: u32, rights: Rights, fdflags: u32) -> Result<u32, Errno> {
        self.put(TEXT, name.as_bytes());
        let len = name.len() as u32;
        self.call(|ctx, memory| {
            let all = Rights::ALL.bits();
            path::path_open(ctx, memory, DIR, 0, TEXT, len, oflags, rights.bits(), all, fdflags, OUT)
        })?;
        Ok(self.u32(OUT))
    }

    /// Opens for everything, creating the file.
    fn open(&mut self, name: &str) -> u32 {
        self.open_with(name, 1, Rights::ALL, 0).unwrap()
    }

    fn write(&mut self, fd: u32, bytes: &[u8]) -> Result<u32, Errno> {
        self.put(DATA, bytes);
        self.put(LIST, &[DATA.to_le_bytes(), (bytes.len() as u32).to_le_bytes()].concat());
        self.call(|ctx, memory| fd::fd_write(ctx, memory, fd, LIST, 1, OUT))?;
        Ok(self.u32(OUT))
    }

    fn read(&mut self, fd: u32, len: u32) -> Result<Vec<u8>, Errno> {
        self.put(LIST, &[DATA.to_le_bytes(), len.to_le_bytes()].concat());
        self.call(|ctx, memory| fd::fd_read(ctx, memory, fd, LIST, 1, OUT))?;
        Ok(self.bytes[DATA as usize..][..self.u32(OUT) as usize].to_vec())
    }

    fn seek(&mut self, fd: u32, offset: i64, whence: u32, version: Version) -> Result<u64, Errno> {
        self.call(|ctx, memory| fd::fd_seek(ctx, memory, fd, offset, whence, OUT, version))?;
        Ok(self.u64(OUT))
    }

    /// Names in the directory, by reading into a buffer of this length again and again.
    fn list(&mut self, buffer: u32) -> Vec<String> {
        let (mut cookie, mut names) = (0, Vec::new());
        loop {
            self.call(|ctx, memory| fd::fd_readdir(ctx, memory, DIR, DATA, buffer, cookie, OUT)).unwrap();
            let used = self.u32(OUT);
            let mut at = 0;
            while at + 24 <= used {
                let len = self.u32(DATA + at + 16);
                if at + 24 + len > used {
                    break;
                }
                names
                    .push(String::from_utf8(self.bytes[(DATA + at + 24) as usize..][..len as usize].to_vec()).unwrap());
                cookie = self.u64(DATA + at);
                at += 24 + len;
            }
            if used < buffer {
                return names;
            }
        }
    }
}

#[test]
fn positions_are_counted_from_where_the_interface_says() {
    let mut world = world("whence", |_| {});
    let file = world.open("f");
    assert_eq!(world.write(file, b"0123456789"), Ok(10));
    for (version, set, cur, end) in [(Version::Preview1, 0, 1, 2), (Version::Unstable, 2, 0, 1)] {
        assert_eq!(world.seek(file, 4, set, version), Ok(4));
        assert_eq!(world.seek(file, 2, cur, version), Ok(6));
        assert_eq!(world.seek(file, -3, end, version), Ok(7));
        assert_eq!(world.read(file, 100), Ok(b"789".to_vec()));
        assert_eq!(world.seek(file, -1, set, version), Err(Errno::Inval));
        assert_eq!(world.seek(file, -11, end, version), Err(Errno::Inval));
        assert_eq!(world.seek(file, 0, 3, version), Err(Errno::Inval));
    }
}

#[test]
fn file_status_has_two_layouts() {
    let mut world = world("filestat", |_| {});
    let file = world.open("f");
    world.write(file, b"12345").unwrap();
    for (version, size_at) in [(Version::Preview1, 32), (Version::Unstable, 24)] {
        world.put(DATA, &[0xff; 128]);
        world.call(|ctx, memory| fd::fd_filestat_get(ctx, memory, file, DATA, version)).unwrap();
        assert_eq!(world.bytes[DATA as usize + 16], 4, "a regular file");
        match version {
            Version::Preview1 => assert_eq!(world.u64(DATA + 24), 1, "one link"),
            Version::Unstable => assert_eq!(world.u32(DATA + 20), 1, "one link"),
        }
        assert_eq!(world.u64(DATA + size_at), 5);
        assert!(world.u64(DATA + size_at + 16) > 1_600_000_000_000_000_000, "modified lately");
        assert_eq!(world.bytes[(DATA + size_at + 32) as usize], 0xff, "nothing is written past the end");
    }
}

#[test]
fn directories_are_listed_through_buffers_of_any_size() {
    let mut world = world("readdir", |_| {});
    for index in 0..50 {
        let file = world.open(&format!("file-{index}"));
        world.call(|ctx, memory| fd::fd_close(ctx, memory, file)).unwrap();
    }
    for buffer in [32, 33, 100, 4096, 32768] {
        let mut names = world.list(buffer);
        assert_eq!(names[..2], [".", ".."]);
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 52, "with a buffer of {buffer}");
    }
}

#[test]
fn appending_ignores_the_position_until_it_is_switched_off() {
    let mut world = world("append", |_| {});
    let file = world.open_with("f", 1, Rights::ALL, 1).unwrap();
    world.write(file, b"abc").unwrap();
    world.seek(file, 0, 0, Version::Preview1).unwrap();
    world.write(file, b"def").unwrap();
    world.call(|ctx, memory| fd::fd_fdstat_set_flags(ctx, memory, file, 0)).unwrap();
    world.seek(file, 0, 0, Version::Preview1).unwrap();
    world.write(file, b"X").unwrap();
    assert_eq!(std::fs::read(world.dir.join("f")).unwrap(), b"Xbcdef");
    let flags = world.call(|ctx, memory| fd::fd_fdstat_set_flags(ctx, memory, file, 32));
    assert_eq!(flags, Err(Errno::Inval));
}

#[test]
fn rights_only_shrink() {
    let mut world = world("rights", |_| {});
    let file = world.open("f");
    world.write(file, b"abc").unwrap();
    let read = Rights::FD_READ.bits();
    world.call(|ctx, memory| fd::fd_fdstat_set_rights(ctx, memory, file, read, 0)).unwrap();
    assert_eq!(world.write(file, b"abc"), Err(Errno::NotCapable));
    assert_eq!(world.seek(file, 0, 0, Version::Preview1), Err(Errno::NotCapable));
    let more = (Rights::FD_READ | Rights::FD_WRITE).bits();
    let more = world.call(|ctx, memory| fd::fd_fdstat_set_rights(ctx, memory, file, more, 0));
    assert_eq!(more, Err(Errno::NotCapable));
    // A directory hands down no more than it has itself.
    world.call(|ctx, memory| fd::fd_fdstat_set_rights(ctx, memory, DIR, Rights::PATH_OPEN.bits(), read)).unwrap();
    assert_eq!(world.open_with("f", 0, Rights::FD_READ | Rights::FD_WRITE, 0), Err(Errno::NotCapable));
    assert_eq!(world.open_with("g", 1, Rights::NONE, 0), Err(Errno::NotCapable));
    let file = world.open_with("f", 0, Rights::ALL.without(Rights::FD_WRITE), 0).unwrap();
    assert_eq!(world.read(file, 9), Ok(b"abc".to_vec()));
}

#[test]
fn descriptors_are_limited_and_reused() {
    let mut world = world("descriptors", |builder| {
        builder.max_descriptors(6);
    });
    assert_eq!((world.open("a"), world.open("b")), (4, 5));
    assert_eq!(world.open_with("c", 1, Rights::ALL, 0), Err(Errno::Mfile));
    assert!(!world.dir.join("c").exists());
    world.call(|ctx, memory| fd::fd_renumber(ctx, memory, 5, 4)).unwrap();
    assert_eq!(world.call(|ctx, memory| fd::fd_close(ctx, memory, 5)), Err(Errno::Badf));
    assert_eq!(world.call(|ctx, memory| fd::fd_renumber(ctx, memory, 4, 5)), Err(Errno::Badf));
    world.call(|ctx, memory| fd::fd_renumber(ctx, memory, 4, 4)).unwrap();
    assert_eq!(world.open("c"), 5);
    world.call(|ctx, memory| fd::fd_close(ctx, memory, 0)).unwrap();
    assert_eq!(world.open("d"), 0);
}

#[test]
fn a_result_without_a_place_changes_nothing() {
    let mut world = world("fault", |_| {});
    world.put(TEXT, b"new");
    let result = world.call(|ctx, memory| path::path_open(ctx, memory, DIR, 0, TEXT, 3, 1, 0, 0, 0, u32::MAX));
    assert_eq!(result, Err(Errno::Fault));
    assert!(!world.dir.join("new").exists());
}

#[test]
fn streams_of_the_embedder_are_used() {
    let output = MemoryOutput::with_capacity(5);
    let mut world = world("streams", |builder| {
        builder.stdin(Cursor::new(b"from memory".to_vec())).stdout(output.clone());
    });
    assert_eq!(world.read(0, 4), Ok(b"from".to_vec()));
    assert_eq!(world.read(0, 100), Ok(b" memory".to_vec()));
    assert_eq!(world.read(0, 100), Ok(vec![]));
    assert_eq!(world.write(1, b"abc"), Ok(3));
    assert_eq!(world.write(1, b"def"), Ok(2));
    assert_eq!(world.write(1, b"f"), Err(Errno::NoSpc));
    assert_eq!(output.take(), b"abcde");
    assert_eq!(world.write(2, b"to nowhere"), Ok(10));
    assert_eq!(world.write(0, b"x"), Err(Errno::NotCapable));
    assert_eq!(world.read(1, 1), Err(Errno::NotCapable));
    assert_eq!(world.seek(0, 0, 0, Version::Preview1), Err(Errno::Spipe));
}

/// A subscription to a clock that ends after a relative time.
fn clock(version: Version, userdata: u64, nanos: u64) -> Vec<u8> {
    let at = match version {
        Version::Preview1 => 16,
        Version::Unstable => 24,
    };
    let mut bytes = vec![0; if version == Version::Preview1 { 48 } else { 56 }];
    bytes[0..8].copy_from_slice(&userdata.to_le_bytes());
    bytes[at..at + 4].copy_from_slice(&1u32.to_le_bytes());
    bytes[at + 8..at + 16].copy_from_slice(&nanos.to_le_bytes());
    bytes
}

/// A subscription to a descriptor.
fn stream(version: Version, userdata: u64, event_type: u8, fd: u32) -> Vec<u8> {
    let mut bytes = vec![0; if version == Version::Preview1 { 48 } else { 56 }];
    bytes[0..8].copy_from_slice(&userdata.to_le_bytes());
    bytes[8] = event_type;
    bytes[16..20].copy_from_slice(&fd.to_le_bytes());
    bytes
}

/// Userdata, error number, type, and bytes available of each event.
fn poll(world: &mut World, version: Version, subscriptions: &[Vec<u8>]) -> Vec<(u64, u8, u8, u64)> {
    world.put(LIST, &subscriptions.concat());
    let count = subscriptions.len() as u32;
    world.call(|ctx, memory| poll::poll_oneoff(ctx, memory, LIST, DATA, count, OUT, version)).unwrap();
    let event = |index| {
        let at = DATA + 32 * index;
        (world.u64(at), world.bytes[at as usize + 8], world.bytes[at as usize + 10], world.u64(at + 16))
    };
    (0..world.u32(OUT)).map(event).collect()
}

#[test]
fn polling_waits_for_the_first_event() {
    let mut world = world("poll", |builder| {
        builder.deterministic(1).stdin(Cursor::new(b"x".to_vec()));
    });
    let file = world.open("f");
    world.write(file, b"12345").unwrap();
    world.seek(file, 2, 0, Version::Preview1).unwrap();
    for version in [Version::Preview1, Version::Unstable] {
        // An hour; nobody waits for it, as time passes only by waiting.
        let events = poll(&mut world, version, &[clock(version, 7, 3_600_000_000_000), clock(version, 8, u64::MAX)]);
        assert_eq!(events, [(7, 0, 0, 0)]);
        let subscriptions = [clock(version, 1, 1_000_000_000), stream(version, 2, 1, file), stream(version, 3, 2, 99)];
        let mut events = poll(&mut world, version, &subscriptions);
        events.sort_unstable();
        assert_eq!(events, [(2, 0, 1, 3), (3, Errno::Badf as u8, 2, 0)]);
        assert_eq!(poll(&mut world, version, &[stream(version, 4, 1, 0)]), [(4, 0, 1, 0)]);
        assert_eq!(poll(&mut world, version, &[stream(version, 5, 2, 0)]), [(5, Errno::Badf as u8, 2, 0)]);
    }
    let nothing = world.call(|ctx, memory| poll::poll_oneoff(ctx, memory, LIST, DATA, 0, OUT, Version::Preview1));
    assert_eq!(nothing, Err(Errno::Inval));
}

#[test]
fn unknown_clocks_are_refused() {
    // Not every system counts processor time.
    let ids = if cfg!(unix) { 0..4 } else { 0..2 };
    let mut world = world("clocks", |_| {});
    for id in ids {
        world.call(|ctx, memory| clocks::clock_res_get(ctx, memory, id, OUT)).unwrap();
        assert_ne!(world.u64(OUT), 0);
        world.call(|ctx, memory| clocks::clock_time_get(ctx, memory, id, 0, OUT)).unwrap();
        assert_ne!(world.u64(OUT), 0);
    }
    assert_eq!(world.call(|ctx, memory| clocks::clock_time_get(ctx, memory, 4, 0, OUT)), Err(Errno::Inval));
}

#[test]
fn signals_do_what_they_do_by_default() {
    let mut world = world("signals", |_| {});
    let mut raise = |signal| match world.call(|ctx, memory| process::proc_raise(ctx, memory, signal)) {
        Ok(()) => None,
        Err(End::Exit(Exit(code))) => Some(Ok(code)),
        Err(End::Errno(errno)) => Some(Err(errno)),
    };
    assert_eq!(raise(0), None);
    assert_eq!(raise(6), Some(Ok(134)));
    assert_eq!(raise(18), Some(Err(Errno::NotSup)));
    assert_eq!(raise(31), Some(Err(Errno::Inval)));
}

#[test]
fn connections_are_accepted_and_used() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut world = world("sockets", |builder| {
        builder.listener(listener);
    });
    // The listener comes after the directory.
    let listener = DIR + 1;
    let mut peer = TcpStream::connect(address).unwrap();
    world.call(|ctx, memory| sock::sock_accept(ctx, memory, listener, 0, OUT)).unwrap();
    let socket = world.u32(OUT);

    peer.write_all(b"hello").unwrap();
    assert_eq!(poll(&mut world, Version::Preview1, &[stream(Version::Preview1, 1, 1, socket)])[0].0, 1);
    // Two buffers, of which the first is looked at only.
    world.put(LIST, &[DATA, 2, DATA + 2, 3].map(u32::to_le_bytes).concat());
    world.call(|ctx, memory| sock::sock_recv(ctx, memory, socket, LIST, 2, 1, OUT, OUT + 8)).unwrap();
    assert_eq!((world.u32(OUT), &world.bytes[DATA as usize..][..2]), (2, &b"he"[..]));
    world.call(|ctx, memory| sock::sock_recv(ctx, memory, socket, LIST, 2, 2, OUT, OUT + 8)).unwrap();
    assert_eq!((world.u32(OUT), &world.bytes[DATA as usize..][..5]), (5, &b"hello"[..]));
    world.call(|ctx, memory| sock::sock_send(ctx, memory, socket, LIST, 2, 0, OUT)).unwrap();
    assert_eq!(world.write(socket, b"!"), Ok(1));

    let fail = |result: Result<(), Errno>, errno| assert_eq!(result, Err(errno));
    fail(world.call(|ctx, memory| sock::sock_send(ctx, memory, socket, LIST, 2, 1, OUT)), Errno::Inval);
    fail(world.call(|ctx, memory| sock::sock_send(ctx, memory, DIR, LIST, 2, 0, OUT)), Errno::NotSock);
    fail(world.call(|ctx, memory| sock::sock_send(ctx, memory, 99, LIST, 2, 0, OUT)), Errno::Badf);
    fail(world.call(|ctx, memory| sock::sock_shutdown(ctx, memory, socket, 0)), Errno::Inval);
    fail(world.call(|ctx, memory| sock::sock_accept(ctx, memory, socket, 0, OUT)), Errno::Inval);

    world.call(|ctx, memory| sock::sock_shutdown(ctx, memory, socket, 2)).unwrap();
    let mut sent = Vec::new();
    peer.read_to_end(&mut sent).unwrap();
    assert_eq!(sent, b"hello!");
    fail(world.write(socket, b"x").map(|_| ()), Errno::Pipe);

    // Nobody else wants in.
    world.call(|ctx, memory| fd::fd_fdstat_set_flags(ctx, memory, listener, 4)).unwrap();
    fail(world.call(|ctx, memory| sock::sock_accept(ctx, memory, listener, 0, OUT)), Errno::Again);
}

#[test]
fn directories_are_renamed_and_linked_across_preopens() {
    let mut world = world("across", |_| {});
    std::fs::create_dir(world.dir.join("other")).unwrap();
    let other = world.open_with("other", 2, Rights::DIRECTORY, 0).unwrap();
    let file = world.open("f");
    world.write(file, b"abc").unwrap();
    world.put(TEXT, b"f");
    world.put(TEXT + 8, b"g");
    world.call(|ctx, memory| path::path_link(ctx, memory, DIR, 0, TEXT, 1, other, TEXT + 8, 1)).unwrap();
    assert_eq!(std::fs::read(world.dir.join("other/g")).unwrap(), b"abc");
    world.call(|ctx, memory| path::path_rename(ctx, memory, DIR, TEXT, 1, other, TEXT, 1)).unwrap();
    assert_eq!(std::fs::read(world.dir.join("other/f")).unwrap(), b"abc");
    assert!(!world.dir.join("f").exists());
}

#[test]
fn a_directory_in_memory_is_limited() {
    let files = MemoryDir::new(2000);
    let mut world = world("memory", |builder| {
        builder.preopened_memory_dir(files.clone(), "/memory", Access::ReadWrite);
    });
    const MEMORY: u32 = DIR + 1;
    let open = |world: &mut World, name: &str, oflags| {
        world.put(TEXT, name.as_bytes());
        let (len, all) = (name.len() as u32, Rights::ALL.bits());
        world.call(|ctx, memory| path::path_open(ctx, memory, MEMORY, 1, TEXT, len, oflags, all, all, 0, OUT))?;
        Ok::<u32, Errno>(world.u32(OUT))
    };
    let file = open(&mut world, "f", 1).unwrap();
    assert_eq!(files.free(), 2000 - 512);
    assert_eq!(world.write(file, &[1; 1000]), Ok(1000));
    assert_eq!(world.write(file, &[2; 1000]), Ok(488), "as much as there is room for");
    assert_eq!(world.write(file, &[3; 1]), Err(Errno::NoSpc));
    assert_eq!(open(&mut world, "g", 1), Err(Errno::NoSpc));
    assert_eq!(files.create_dir("d"), Err(Errno::NoSpc));
    let grow = |world: &mut World, size| world.call(|ctx, memory| fd::fd_filestat_set_size(ctx, memory, file, size));
    assert_eq!(grow(&mut world, 1 << 62), Err(Errno::NoSpc));
    assert_eq!(grow(&mut world, u64::MAX), Err(Errno::Inval));
    assert_eq!(world.call(|ctx, memory| fd::fd_allocate(ctx, memory, file, 1 << 40, 1 << 40)), Err(Errno::NoSpc));
    // A hole is filled with zeros, and counts.
    grow(&mut world, 10).unwrap();
    world.seek(file, 20, 0, Version::Preview1).unwrap();
    assert_eq!(world.write(file, b"end"), Ok(3));
    assert_eq!(files.read("f").unwrap(), [&[1; 10][..], &[0; 10], b"end"].concat());
    assert_eq!(files.free(), 2000 - 512 - 23);

    // What is removed while open can still be used, and takes room until it is closed.
    world.put(TEXT, b"f");
    world.call(|ctx, memory| path::path_unlink_file(ctx, memory, MEMORY, TEXT, 1)).unwrap();
    assert_eq!((files.list("."), files.free()), (Ok(vec![]), 2000 - 23));
    world.seek(file, -3, 2, Version::Preview1).unwrap();
    assert_eq!(world.read(file, 9), Ok(b"end".to_vec()));
    world.call(|ctx, memory| fd::fd_close(ctx, memory, file)).unwrap();
    assert_eq!(files.free(), 2000);

    // Between memory and the host, nothing is renamed or linked.
    world.open("h");
    world.put(TEXT, b"h");
    let renamed = world.call(|ctx, memory| path::path_rename(ctx, memory, DIR, TEXT, 1, MEMORY, TEXT, 1));
    assert_eq!(renamed, Err(Errno::Xdev));
    let linked = world.call(|ctx, memory| path::path_link(ctx, memory, DIR, 0, TEXT, 1, MEMORY, TEXT, 1));
    assert_eq!(linked, Err(Errno::Xdev));
}

#[test]
fn directories_in_memory_are_renamed_as_elsewhere() {
    let files = MemoryDir::new(1 << 20);
    files.write("a/b/f", b"1").unwrap();
    files.write("c/g", b"2").unwrap();
    files.create_dir("empty").unwrap();
    let dir = files.attach(1, None);
    let rename = |from: &str, to: &str| dir.rename(from, &dir, to);
    assert_eq!(rename("a", "a/b/x"), Err(Errno::Inval));
    assert_eq!(rename("a", "c"), Err(Errno::NotEmpty));
    assert_eq!(rename("a", "c/g"), Err(Errno::NotDir));
    assert_eq!(rename("c/g", "a"), Err(Errno::IsDir));
    assert_eq!(rename("c/g", "new/"), Err(Errno::NotDir));
    assert_eq!(rename("missing", "new"), Err(Errno::NoEnt));
    assert_eq!(rename(".", "new"), Err(Errno::Busy));
    rename("a", "a").unwrap();
    rename("a/b", "empty").unwrap();
    rename("c/g", "empty/f").unwrap();
    assert_eq!(
        (files.read("empty/f").unwrap(), files.list("."), files.list("a")),
        (b"2".to_vec(), Ok(vec!["a".into(), "c".into(), "empty".into()]), Ok(vec![]))
    );
    assert_eq!(files.free(), (1 << 20) - 4 * 512 - 1);
}

#[test]
fn waiting_is_interrupted() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let asked = Arc::new(AtomicUsize::new(0));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut world = world("interrupt", |builder| {
        let asked = asked.clone();
        // Nobody ever connects.
        builder.listener(listener).interrupt_when(move || asked.fetch_add(1, Ordering::Relaxed) == 3);
    });
    let hour = clock(Version::Preview1, 1, 3_600_000_000_000);
    let socket = stream(Version::Preview1, 2, 1, DIR + 1);
    for subscriptions in [vec![hour.clone()], vec![socket.clone()], vec![hour, socket]] {
        asked.store(0, Ordering::Relaxed);
        world.put(LIST, &subscriptions.concat());
        let count = subscriptions.len() as u32;
        let result =
            world.call(|ctx, memory| poll::poll_oneoff(ctx, memory, LIST, DATA, count, OUT, Version::Preview1));
        assert_eq!((result, asked.load(Ordering::Relaxed)), (Err(Errno::Intr), 4));
    }
    // What ends by itself ends as it does without.
    asked.store(4, Ordering::Relaxed);
    let before = std::time::Instant::now();
    let millis = clock(Version::Preview1, 7, 35_000_000);
    assert_eq!(poll(&mut world, Version::Preview1, &[millis]), [(7, 0, 0, 0)]);
    assert!(before.elapsed() >= std::time::Duration::from_millis(35));
}

#[test]
fn deterministic_worlds_are_equal() {
    let run = |seed| {
        let files = MemoryDir::new(1 << 20);
        let mut world = world(&format!("deterministic-{seed}"), |builder| {
            builder.deterministic(seed).preopened_memory_dir(files.clone(), "/memory", Access::ReadWrite);
        });
        let mut seen = Vec::new();
        for id in 0..4 {
            world.call(|ctx, memory| clocks::clock_time_get(ctx, memory, id, 0, OUT)).unwrap();
            seen.push(world.u64(OUT));
        }
        // An hour passes in no time.
        poll(&mut world, Version::Preview1, &[clock(Version::Preview1, 1, 3_600_000_000_000)]);
        world.call(|ctx, memory| clocks::clock_time_get(ctx, memory, 1, 0, OUT)).unwrap();
        assert!(world.u64(OUT) > 3_600_000_000_000);
        seen.push(world.u64(OUT));
        world.call(|ctx, memory| random::random_get(ctx, memory, DATA, 64)).unwrap();
        seen.extend((0..8).map(|index| world.u64(DATA + 8 * index)));
        // Timestamps in memory come from no clock of the host's either.
        world.put(TEXT, b"f");
        world.call(|ctx, memory| path::path_open(ctx, memory, DIR + 1, 0, TEXT, 1, 1, 64, 0, 0, OUT)).unwrap();
        world.call(|ctx, memory| {
            path::path_filestat_get(ctx, memory, DIR + 1, 0, TEXT, 1, DATA, Version::Preview1).unwrap();
        });
        seen.extend((0..8).map(|index| world.u64(DATA + 8 * index)));
        seen
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn clocks_and_random_bytes_can_be_the_embedders() {
    struct Stopped;
    impl crate::Clocks for Stopped {
        fn wall(&mut self) -> std::time::Duration {
            std::time::Duration::from_secs(5)
        }
        fn wall_resolution(&self) -> std::time::Duration {
            std::time::Duration::from_secs(1)
        }
        fn monotonic(&mut self) -> std::time::Duration {
            std::time::Duration::from_secs(7)
        }
        fn monotonic_resolution(&self) -> std::time::Duration {
            std::time::Duration::from_secs(2)
        }
        fn sleep(&mut self, _: std::time::Duration) {}
    }
    struct Nines(usize);
    impl crate::RandomSource for Nines {
        fn fill(&mut self, buffer: &mut [u8]) -> std::io::Result<()> {
            self.0 = self.0.checked_sub(buffer.len()).ok_or(std::io::ErrorKind::WouldBlock)?;
            buffer.fill(9);
            Ok(())
        }
    }
    let mut world = world("custom", |builder| {
        builder.clocks(Stopped).random(Nines(10));
    });
    for (id, time, resolution) in [(0, 5, 1), (1, 7, 2)] {
        world.call(|ctx, memory| clocks::clock_time_get(ctx, memory, id, 0, OUT)).unwrap();
        assert_eq!(world.u64(OUT), time * 1_000_000_000);
        world.call(|ctx, memory| clocks::clock_res_get(ctx, memory, id, OUT)).unwrap();
        assert_eq!(world.u64(OUT), resolution * 1_000_000_000);
    }
    assert_eq!(world.call(|ctx, memory| clocks::clock_time_get(ctx, memory, 2, 0, OUT)), Err(Errno::Inval));
    world.call(|ctx, memory| random::random_get(ctx, memory, DATA, 8)).unwrap();
    assert_eq!(world.u64(DATA), 0x0909_0909_0909_0909);
    assert_eq!(world.call(|ctx, memory| random::random_get(ctx, memory, DATA, 8)), Err(Errno::Again));
}
