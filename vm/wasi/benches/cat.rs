//! A gigabyte from one file to another: by a guest through `fd_read` and `fd_write`, and by the host through a buffer
//! of the same size. `cargo bench -p hardtack-wasi`; `HARDTACK_CAT_BYTES` says how much if not 1 GiB.
//!
//! The host's copy is a loop of reads and writes: `std::io::copy` between files hands the work to the kernel, which is
//! no buffered copy.

use hardtack_compiler::Options;
use hardtack_vm::{Engine, Linker, Module, Store};
use hardtack_wasi::{WasiCtx, WasiCtxBuilder};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// Each copy is made this often, in turns; the fastest counts.
const ROUNDS: usize = 5;

fn module(buffer: u32) -> Module {
    let pages = 1 + buffer.div_ceil(65536);
    let wasm = wat::parse_str(format!(
        r#"(module
            (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") {pages})
            (func (export "_start")
                (loop $more
                    (i32.store (i32.const 16) (i32.const 65536))
                    (i32.store (i32.const 20) (i32.const {buffer}))
                    (if (call $fd_read (i32.const 0) (i32.const 16) (i32.const 1) (i32.const 20)) (then unreachable))
                    (if (call $fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 24)) (then unreachable))
                    (br_if $more (i32.load (i32.const 20))))))"#
    ));
    let tack = hardtack_compiler::compile(&wasm.expect("a module"), &Options::default()).expect("it compiles");
    Module::from_slice(&tack).expect("it loads")
}

fn open(from: &Path, to: &Path) -> (File, File) {
    let output = OpenOptions::new().write(true).create(true).truncate(true).open(to).expect("an output file");
    (File::open(from).expect("the input file"), output)
}

fn by_guest(module: &Module, from: &Path, to: &Path) -> Duration {
    let (input, output) = open(from, to);
    let ctx = WasiCtxBuilder::new().stdin_file(input).stdout_file(output).build().expect("a context");
    let engine = Engine::default();
    let mut linker = Linker::<WasiCtx>::new(&engine);
    hardtack_wasi::add_to_linker(&mut linker, |ctx| ctx).expect("names that are free");
    let mut store = Store::new(&engine, ctx);
    let instance = linker.instantiate(&mut store, module).expect("an instance");
    let start = instance.get_typed_func::<(), ()>(&store, "_start").expect("an export");
    let begin = Instant::now();
    start.call(&mut store, ()).expect("it runs");
    begin.elapsed()
}

fn by_host(buffer: u32, from: &Path, to: &Path) -> Duration {
    let (mut input, mut output) = open(from, to);
    let mut buffer = vec![0; buffer as usize];
    let begin = Instant::now();
    loop {
        let len = input.read(&mut buffer).expect("it reads");
        if len == 0 {
            break begin.elapsed();
        }
        output.write_all(&buffer[..len]).expect("it writes");
    }
}

fn main() {
    let total: u64 = std::env::var("HARDTACK_CAT_BYTES").map_or(1 << 30, |bytes| bytes.parse().expect("a number"));
    let dir = std::env::temp_dir().join(format!("hardtack-cat-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a directory");
    let (from, copy) = (dir.join("from"), dir.join("to"));
    let mut input = File::create(&from).expect("the input file");
    std::io::copy(&mut std::io::repeat(b'x').take(total), &mut input).expect("an input");
    drop(input);

    println!("{total} bytes, fastest of {ROUNDS}");
    println!("{:>8}  {:<10} {:>8} {:>8} {:>6}", "buffer", "to", "host", "guest", "ratio");
    let null = Path::new("/dev/null");
    for buffer in [4 << 10, 64 << 10, 1 << 20] {
        let module = module(buffer);
        for (name, to) in [("a file", copy.as_path()), ("/dev/null", null)] {
            if !to.exists() && to == null {
                continue;
            }
            let (mut host, mut guest) = (Duration::MAX, Duration::MAX);
            for _ in 0..ROUNDS {
                host = host.min(by_host(buffer, &from, to));
                guest = guest.min(by_guest(&module, &from, to));
            }
            if to == copy {
                assert_eq!(std::fs::metadata(to).expect("a copy").len(), total);
            }
            let ratio = guest.as_secs_f64() / host.as_secs_f64();
            println!("{buffer:>8}  {name:<10} {:>6} ms {:>5} ms {ratio:>6.2}", host.as_millis(), guest.as_millis());
        }
    }
    std::fs::remove_dir_all(&dir).expect("it goes away");
}
