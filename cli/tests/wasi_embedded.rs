//! WASI as an embedder uses it: programs on a file system in memory (the official ones, and the one in C), and a choice of what is linked.

mod testsuite;

use hardtack_compiler::Options;
use hardtack_vm::{Engine, Linker, Module, Store};
use hardtack_wasi::{Access, Exit, MemoryDir, MemoryOutput, Version, WasiCtx, WasiCtxBuilder};
use std::io::Cursor;
use std::path::Path;
use testsuite::{Ended, Given, all_pass, entries};

/// Programs that can't pass in memory, and why. One that passes all the same fails the test.
const EXCEPTIONS: &[(&str, &str)] = &[];

/// Runs a module with this context, its output kept.
fn run(program: &Path, builder: &mut WasiCtxBuilder) -> Result<Ended, String> {
    let bytes = std::fs::read(program).map_err(|error| error.to_string())?;
    let tack = hardtack_compiler::compile(&bytes, &Options::default()).map_err(|error| error.to_string())?;
    let module = Module::from_slice(&tack).map_err(|error| error.to_string())?;
    let (stdout, stderr) = (MemoryOutput::new(), MemoryOutput::new());
    let ctx = builder.stdout(stdout.clone()).stderr(stderr.clone()).build().map_err(|error| error.to_string())?;

    let engine = Engine::default();
    let mut linker = Linker::<WasiCtx>::new(&engine);
    // Only what the module imports.
    let wanted = |version: Version, name: &str| {
        module.imports().any(|import| import.module() == version.module() && import.name() == name)
    };
    hardtack_wasi::add_some_to_linker(&mut linker, wanted, |ctx| ctx).map_err(|error| error.to_string())?;
    let mut store = Store::new(&engine, ctx);
    let start = linker
        .instantiate(&mut store, &module)
        .and_then(|instance| instance.get_typed_func::<(), ()>(&store, "_start"))
        .map_err(|error| error.to_string())?;
    let code = match start.call(&mut store, ()) {
        Ok(()) => 0,
        Err(error) => match error.downcast_ref::<Exit>() {
            Some(Exit(code)) => i64::from(*code),
            None => return Err(format!("{error}; {:?}", String::from_utf8_lossy(&stderr.contents()))),
        },
    };
    let text = |output: &MemoryOutput| String::from_utf8_lossy(&output.contents()).into_owned();
    Ok(Ended { code, stdout: text(&stdout), stderr: text(&stderr) })
}

fn copy_in(files: &MemoryDir, from: &Path, to: &str) {
    for path in entries(from) {
        let to = format!("{to}{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            files.create_dir(&to).unwrap();
            copy_in(files, &path, &format!("{to}/"));
        } else {
            files.write(&to, std::fs::read(&path).unwrap()).unwrap();
        }
    }
}

#[test]
fn the_official_programs_pass_in_memory() {
    all_pass(EXCEPTIONS, |given: &Given| {
        let mut builder = WasiCtxBuilder::new();
        builder.arg(given.program.file_name().unwrap().to_str().unwrap()).args(given.args.iter().map(String::as_str));
        builder.envs(given.env.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        if let Some(root) = &given.root {
            let files = MemoryDir::new(64 << 20);
            copy_in(&files, root, "");
            builder.preopened_memory_dir(files, "/", Access::ReadWrite);
        }
        run(&given.program, &mut builder)
    });
}

#[test]
fn the_program_in_c_finds_nothing_missing() {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/wasi-programs/built/c.wasm");
    let files = MemoryDir::new(1 << 20);
    let run = |capacity: &MemoryDir| {
        let mut builder = WasiCtxBuilder::new();
        builder
            .args(["c.wasm", "one", "two three"])
            .env("GREETING", "hello there")
            .stdin(Cursor::new(b"typed".to_vec()))
            .preopened_memory_dir(capacity.clone(), ".", Access::ReadWrite);
        run(&program, &mut builder).unwrap()
    };
    let ended = run(&files);
    assert_eq!(ended.stdout, include_str!("../../tests/wasi-programs/c/expected.txt"));
    assert_eq!((ended.code, ended.stderr.as_str()), (3, "done\n"));
    assert_eq!(files.list(".").unwrap(), ["numbers.txt"]);
    assert_eq!(files.read("numbers.txt").unwrap().len(), 6537);
    assert_eq!(files.free(), (1 << 20) - 512 - 6537, "what was removed is given back");

    // With room for half of the numbers.
    let ended = run(&MemoryDir::new(4096));
    assert_ne!((ended.code, ended.stderr.as_str()), (3, "done\n"), "{ended:?}");
}

#[test]
fn only_what_is_wanted_is_linked() {
    let wat = |functions: &[&str]| {
        let imports: String = functions
            .iter()
            .map(|name| {
                format!(r#"(import "wasi_snapshot_preview1" "{name}" (func (param i32 i32 i32 i32) (result i32)))"#)
            })
            .collect();
        let wasm = wat::parse_str(format!("(module {imports} (memory (export \"memory\") 1))")).unwrap();
        Module::from_slice(&hardtack_compiler::compile(&wasm, &Options::default()).unwrap()).unwrap()
    };
    let engine = Engine::default();
    let mut store = Store::new(&engine, WasiCtxBuilder::new().build().unwrap());
    let mut asked = Vec::new();
    let asked_of = std::cell::RefCell::new(&mut asked);
    let mut linker = Linker::<WasiCtx>::new(&engine);
    let only_write = |version, name: &str| {
        asked_of.borrow_mut().push((version, name.to_string()));
        (version, name) == (Version::Preview1, "fd_write")
    };
    hardtack_wasi::add_some_to_linker(&mut linker, only_write, |ctx| ctx).unwrap();
    linker.instantiate(&mut store, &wat(&["fd_write"])).unwrap();
    assert!(linker.instantiate(&mut store, &wat(&["fd_write", "fd_read"])).is_err());
    asked.retain(|(_, name)| name != "fd_write");
    // 46 functions of one generation and, as nothing accepts in the older one, 45 of the other.
    assert_eq!(asked.len(), 46 + 45 - 2);
    for (version, name) in asked {
        assert!(linker.get(&mut store, version.module(), &name).is_none(), "{name}");
    }
    assert!(linker.get(&mut store, "wasi_snapshot_preview1", "fd_write").is_some());
    assert!(linker.get(&mut store, "wasi_unstable", "fd_write").is_none());
}
