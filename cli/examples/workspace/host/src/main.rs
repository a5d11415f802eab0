//! A program that carries its guests in itself. They are executed where the linker put them: nothing is unpacked or compiled.

use hardtack_vm::{Caller, Engine, Error, Linker, Module, Store, include_tack};

static SCORE: &[u8] = include_tack!(concat!(env!("OUT_DIR"), "/score.tack"));
static TEXT: &[u8] = include_tack!(concat!(env!("OUT_DIR"), "/text.tack"));

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::default();
    let (scores, records) = rounds(&engine, &[(3, 20), (1, 150), (7, 40)])?;
    println!("scores {scores:?}, {records} records");
    let (words, text) = text(&engine, "the quick brown fox, 2 lazy dogs")?;
    println!("{words} words: {text}");
    Ok(())
}

/// The scores of rounds, and how many of them were records.
fn rounds(engine: &Engine, rounds: &[(i32, i32)]) -> Result<(Vec<i32>, u32), Error> {
    let module = Module::load(SCORE)?;
    let mut linker = Linker::new(engine);
    linker.func_wrap("game", "record", |mut caller: Caller<'_, u32>, _score: i32| *caller.data_mut() += 1)?;
    let mut store = Store::new(engine, 0);
    let instance = linker.instantiate(&mut store, &module)?;
    let score = instance.get_typed_func::<(i32, i32), i32>(&store, "score")?;
    let scores = rounds.iter().map(|round| score.call(&mut store, *round)).collect::<Result<_, Error>>()?;
    Ok((scores, *store.data()))
}

/// The number of words of a text, and the text with a capital letter to each.
fn text(engine: &Engine, text: &str) -> Result<(u32, String), Box<dyn std::error::Error>> {
    let module = Module::load(TEXT)?;
    let mut store = Store::new(engine, ());
    // It imports nothing, so there is nothing that it can do but compute.
    let instance = Linker::new(engine).instantiate(&mut store, &module)?;
    let memory = instance.get_memory(&store, "memory").ok_or("the guest exports no memory")?;
    let at = instance.get_typed_func::<(), u32>(&store, "buffer")?.call(&mut store, ())?;
    let capacity = instance.get_typed_func::<(), u32>(&store, "capacity")?.call(&mut store, ())?;
    let len = u32::try_from(text.len())?;
    if len > capacity {
        return Err(format!("the guest takes {capacity} bytes, and the text has {len}").into());
    }
    memory.write(&mut store, at as usize, text.as_bytes())?;
    let words = instance.get_typed_func::<u32, u32>(&store, "words")?.call(&mut store, len)?;
    instance.get_typed_func::<u32, ()>(&store, "capitalise")?.call(&mut store, len)?;
    let mut capitalised = vec![0; text.len()];
    memory.read(&store, at as usize, &mut capitalised)?;
    Ok((words, String::from_utf8(capitalised)?))
}
