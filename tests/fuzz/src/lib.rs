//! What the fuzz targets do with the fuzzer's bytes. SECURITY.md says how to run them.

mod hostile;
#[cfg(feature = "random")]
mod random;
#[cfg(feature = "random")]
mod shapes;

#[cfg(feature = "wasmtime")]
pub use random::wasmtime;
#[cfg(feature = "random")]
pub use random::{passes, wasmi};

use hardtack_compiler::Options;
use hardtack_compiler::isa::InstructionSet;
use hostile::Source;
use std::sync::{LazyLock, Once};

/// Arbitrary bytes are refused, or run without harm.
pub fn load(data: &[u8]) {
    hostile::load(data, &mut Source(data));
}

/// Sound files that mutations begin with.
static SOUND: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let wat = include_bytes!("sound.wat");
    let plain = [true, false].map(|names| compile(wat, &Options { names, ..Options::default() }));
    plain.into_iter().chain([compile(wat, &tailored())]).collect()
});

/// How to compile for a VM with instructions of an application's own.
fn tailored() -> Options {
    static SET: LazyLock<InstructionSet> =
        LazyLock::new(|| InstructionSet::parse(hostile::SET_TEXT).expect("the set is well-formed"));
    Options { isa: Some(*SET), ..Options::default() }
}

/// What the fuzzer makes of the sound files that its corpus begins with, with the build id put right.
pub fn resealed(data: &[u8]) {
    hostile::resealed(data);
}

/// Mutations of sound files, with their build id put right.
pub fn mutate(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    hostile::mutate(&SOUND[usize::from(*first) % SOUND.len()], rest);
}

fn compile(wasm: &[u8], options: &Options) -> Vec<u8> {
    // Functions are compiled in this thread: handing them to others takes longer than compiling such small ones.
    static HERE: Once = Once::new();
    HERE.call_once(|| {
        rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global().expect("nobody built it");
    });
    hardtack_compiler::compile(wasm, options).expect("valid modules compile")
}
