//! Runs plugins that others made. Nothing about them is trusted: not the bytes, not how long they run, not what they ask for.
//!
//! `plugins DIR [KEY]` loads each `.tack` file of a directory, gives it what the `.allow` file beside it lists, and calls its export
//! `run`. With a public key it runs only what is signed with it.

use hardtack_vm::signature::PublicKey;
use hardtack_vm::{
    Caller, Config, Engine, Error, Extern, Linker, Module, Store, StoreLimits, StoreLimitsBuilder, TrapCode,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

const MEMORY: usize = 1 << 20;
const FUEL: u64 = 1_000_000;
const TIME: Duration = Duration::from_millis(500);
/// Longest text that a plugin may log at once.
const LONGEST: usize = 1000;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// What the host keeps for one plugin.
struct Plugin {
    name: String,
    limits: StoreLimits,
    values: BTreeMap<i32, i64>,
}

/// What a plugin can be allowed to do: the module that it imports from has the same name.
#[derive(Clone, Copy)]
enum Capability {
    /// Write lines to standard output.
    Log,
    /// Keep numbers by number, until the plugin is done.
    Values,
}

impl Capability {
    fn named(name: &str) -> Option<Capability> {
        match name {
            "log" => Some(Capability::Log),
            "values" => Some(Capability::Values),
            _ => None,
        }
    }

    /// Makes the plugin able to.
    fn grant(self, linker: &mut Linker<Plugin>) -> Result<(), Error> {
        match self {
            Capability::Log => linker.func_wrap("log", "line", log)?,
            Capability::Values => linker
                .func_wrap("values", "get", |caller: Caller<'_, Plugin>, key: i32| {
                    caller.data().values.get(&key).copied().unwrap_or(0)
                })?
                .func_wrap("values", "set", |mut caller: Caller<'_, Plugin>, key: i32, value: i64| {
                    let values = &mut caller.data_mut().values;
                    // What a plugin makes the host keep has a limit too.
                    if values.len() < 1000 || values.contains_key(&key) {
                        values.insert(key, value);
                    }
                })?,
        };
        Ok(())
    }
}

/// The plugin says where the text is; where that isn't in its memory, the plugin is stopped.
fn log(mut caller: Caller<'_, Plugin>, at: u32, len: u32) -> Result<(), Error> {
    let Some(Extern::Memory(memory)) = caller.get_export("memory") else {
        return Err(Error::host("the plugin exports no memory"));
    };
    let (bytes, plugin) = memory.data_and_store_mut(&mut caller);
    let text = bytes.get(at as usize..).and_then(|rest| rest.get(..len as usize));
    let text = text.ok_or(TrapCode::MemoryOutOfBounds)?;
    // Escaped, so that a plugin can't play tricks with the terminal.
    let text = String::from_utf8_lossy(&text[..text.len().min(LONGEST)]).escape_debug().to_string();
    println!("  {} says: {text}", plugin.name);
    Ok(())
}

fn main() -> Outcome<()> {
    let mut args = std::env::args().skip(1);
    let dir = PathBuf::from(args.next().ok_or("usage: plugins DIR [KEY]")?);
    let keys = match args.next() {
        Some(path) => vec![PublicKey::from_pem(&std::fs::read_to_string(path)?)?],
        None => vec![],
    };
    let mut config = Config::new();
    config.max_stack_slots(10_000);
    let engine = Engine::new(&config);

    let mut files: Vec<PathBuf> = std::fs::read_dir(dir)?.map(|entry| Ok(entry?.path())).collect::<Outcome<_>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "tack"));
    files.sort();
    for path in files {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        // Whatever one does, the others get their turn.
        match run(&engine, &path, &name, &keys) {
            Ok(()) => println!("{name}: done"),
            Err(error) => println!("{name}: {error}"),
        }
    }
    Ok(())
}

fn run(engine: &Engine, path: &Path, name: &str, keys: &[PublicKey]) -> Outcome<()> {
    let bytes = std::fs::read(path)?;
    let module = if keys.is_empty() { Module::load(bytes)? } else { Module::load_signed(bytes, keys)? };

    let mut linker = Linker::new(engine);
    let granted = std::fs::read_to_string(path.with_extension("allow")).unwrap_or_default();
    for word in granted.split_whitespace() {
        Capability::named(word).ok_or_else(|| format!("there is no capability `{word}`"))?.grant(&mut linker)?;
    }

    let limits = StoreLimitsBuilder::new().memory_size(MEMORY).table_elements(1000).instances(1).build();
    let mut store = Store::new(engine, Plugin { name: name.into(), limits, values: BTreeMap::new() });
    store.limiter(|plugin| &mut plugin.limits);
    store.set_fuel(FUEL);

    // Fuel bounds what the plugin does, the clock what it costs the user's time. Whichever comes first.
    let (done, wait) = mpsc::channel::<()>();
    let handle = store.interrupt_handle();
    let timer = std::thread::spawn(move || {
        if wait.recv_timeout(TIME) == Err(mpsc::RecvTimeoutError::Timeout) {
            handle.interrupt();
        }
    });
    let result = linker
        .instantiate(&mut store, &module)
        .and_then(|instance| instance.get_typed_func::<(), ()>(&store, "run")?.call(&mut store, ()));
    drop(done);
    timer.join().map_err(|_| "the timer failed")?;
    Ok(result?)
}
