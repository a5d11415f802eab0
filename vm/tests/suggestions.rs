//! What errors say may have been meant, where a name isn't there.
#![cfg(feature = "std")]

use hardtack_vm::{Engine, Error, Func, Instance, LinkError, Linker, Memory, MemoryType, Module, Store, UnknownImport};

fn module(wat: &str) -> Module {
    Module::load(hardtack_compiler::compile(wat.as_bytes(), &Default::default()).expect("it is sound"))
        .expect("it loads")
}

/// A linker with a few functions.
fn linker() -> Linker<()> {
    let mut linker = Linker::new(&Engine::default());
    linker.func_wrap("env", "log", |_: i32, _: i32| ()).unwrap();
    linker.func_wrap("env", "open_file", || 0i32).unwrap();
    linker.func_wrap("clock", "now", || 0i64).unwrap();
    linker
}

fn unknown(linker: &Linker<()>, store: &mut Store<()>, wat: &str) -> Vec<UnknownImport> {
    match linker.instantiate(store, &module(wat)) {
        Err(Error::Link(LinkError::UnknownImports(unknown))) => unknown,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_unknown_import_is_listed_with_what_may_have_been_meant() {
    let (linker, mut store) = (linker(), Store::new(&Engine::default(), ()));
    let wat = r#"(module
        (import "env" "log" (func (param i32 i32)))
        (import "env" "lgo" (func (param i32)))
        (import "env" "now" (func (result f64)))
        (import "envv" "open_file" (func (result i32)))
        (import "envv" "open_fil" (func (result i32)))
        (import "other" "memory" (memory 1)))"#;
    let error = linker.instantiate(&mut store, &module(wat)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "unknown imports:
  `env` `lgo`, func (i32); did you mean `env` `log`, func (i32, i32)?
  `env` `now`, func () -> (f64); did you mean `clock` `now`, func () -> (i64)?
  `envv` `open_file`, func () -> (i32); did you mean `env` `open_file`, func () -> (i32)?
  `envv` `open_fil`, func () -> (i32); did you mean `env` `open_file`, func () -> (i32)?
  `other` `memory`, memory 1 and more"
    );
    let all = unknown(&linker, &mut store, wat);
    assert_eq!(
        all.iter().map(|import| &*import.name).collect::<Vec<_>>(),
        ["lgo", "now", "open_file", "open_fil", "memory"]
    );
    assert_eq!(all, linker.unknown_imports(&store, &module(wat)));
    let one = linker.instantiate(&mut store, &module(r#"(module (import "a" "b\1b[2J" (func)))"#)).unwrap_err();
    assert_eq!(one.to_string(), r"unknown import: `a` `b\u{1b}[2J`, func ()");
}

#[test]
fn what_is_of_another_store_is_not_mentioned() {
    let (mut linker, mut store) = (linker(), Store::new(&Engine::default(), ()));
    let foreign = Memory::new(Store::new(&Engine::default(), ()), MemoryType::new(1, None)).unwrap();
    linker.define("env", "memory", foreign).unwrap();
    let wat = r#"(module (import "env" "memry" (memory 1)))"#;
    assert!(unknown(&linker, &mut store, wat)[0].candidates.is_empty());
    let own = Memory::new(&mut store, MemoryType::new(1, Some(3))).unwrap();
    linker.allow_shadowing(true).define("env", "memory", own).unwrap();
    assert_eq!(unknown(&linker, &mut store, wat)[0].candidates[0].to_string(), "`env` `memory`, memory 1 to 3");
}

#[test]
fn messages_about_strangers_modules_stay_short() {
    let imports: String =
        (0..5_000).map(|n| format!(r#"(import "env" "l{n:0300}" (func)) (import "env" "log{n}" (func))"#)).collect();
    let (linker, mut store) = (linker(), Store::new(&Engine::default(), ()));
    let wat = format!("(module {imports})");
    assert_eq!(unknown(&linker, &mut store, &wat).len(), 10_000);
    let text = linker.instantiate(&mut store, &module(&wat)).unwrap_err().to_string();
    assert!(text.lines().count() == 22 && text.ends_with("\n  and 9980 more"), "{text}");
}

#[test]
fn exports_that_may_have_been_meant_are_mentioned() {
    let mut store = Store::new(&Engine::default(), ());
    let plugin = module(r#"(module (memory (export "memory") 1 2) (func (export "run")) (func (export "resize")))"#);
    let instance = Instance::new(&mut store, &plugin, &[]).unwrap();
    let error = |name: &str| instance.get_typed_func::<(), ()>(&store, name).unwrap_err().to_string();
    assert_eq!(error("resise"), "there is no exported function named `resise`; did you mean `resize`?");
    assert_eq!(error("memory"), "there is no exported function named `memory`: it is memory 1 to 2");
    assert_eq!(error("memry"), "there is no exported function named `memry`");
    assert_eq!(error("rnu"), "there is no exported function named `rnu`; did you mean `run`?");
    assert_eq!(error("x\n"), r"there is no exported function named `x\n`");
    // A function of the host's has no say in it.
    let host = Func::wrap(&mut store, || 1);
    assert!(host.typed::<(), i32>(&store).is_ok());
    let error = host.typed::<(i64, f32), ()>(&store).unwrap_err();
    assert_eq!(error.to_string(), "a function of type () -> (i32) is used as one of type (i64, f32)");
}
