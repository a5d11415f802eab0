//! Files as part of a program.

/// Makes a `.tack` file part of the program, where it can be executed in place: a `&'static [u8]`, aligned as
/// [`Module::load`](crate::Module::load) likes it, while `include_bytes!` puts it anywhere, and then it has to be copied.
///
/// With a build script that calls `hardtack_compiler::Build::new("plugin.wasm").compile()`:
///
/// ```ignore
/// static PLUGIN: &[u8] = hardtack_vm::include_tack!(concat!(env!("OUT_DIR"), "/plugin.tack"));
/// let module = hardtack_vm::Module::load(PLUGIN)?;
/// ```
///
/// The path is one for `include_bytes!`: from the file where this stands, unless it is absolute.
///
/// ```
/// static BYTES: &[u8] = hardtack_vm::include_tack!("../Cargo.toml");
/// assert!(BYTES.as_ptr().addr().is_multiple_of(8));
/// // Any bytes can be embedded, and are looked at when they are loaded.
/// assert!(hardtack_vm::Module::load(BYTES).is_err());
/// ```
#[macro_export]
macro_rules! include_tack {
    ($path:expr $(,)?) => {{
        #[repr(C, align(8))]
        struct Aligned<T: ?Sized>(T);
        static FILE: &Aligned<[u8]> = &Aligned(*::core::include_bytes!($path));
        &FILE.0
    }};
}
