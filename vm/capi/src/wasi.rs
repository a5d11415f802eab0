//! WASI preview 1 for guests that expect it.

use crate::boundary::{Env, end, get_mut, give, guarded, guarded_or, hardtack_finalizer_t, hardtack_str_t};
use crate::context::{Data, cx, hardtack_context_t};
use crate::error::{Fault, hardtack_error_t};
use crate::linker::hardtack_linker_t;
use hardtack_wasi::{Access, MemoryDir, WasiCtx, WasiCtxBuilder};
use std::ffi::c_void;
use std::io;
use std::ptr;
use std::sync::atomic::Ordering;

/// What a guest may reach through WASI: to begin with clocks and random bytes, nothing else. Ended by
/// hardtack_wasi_config_delete, or by handing it to hardtack_context_set_wasi.
pub struct hardtack_wasi_config_t {
    builder: WasiCtxBuilder,
}

/// What a guest may do with a directory: HARDTACK_READ_ONLY or HARDTACK_READ_WRITE.
pub type hardtack_access_t = u8;
/// Look around and read files.
pub const HARDTACK_READ_ONLY: u8 = 0;
/// Everything.
pub const HARDTACK_READ_WRITE: u8 = 1;

fn access(access: hardtack_access_t) -> Access {
    if access == HARDTACK_READ_WRITE { Access::ReadWrite } else { Access::ReadOnly }
}

/// No arguments, no environment, empty input, output that goes nowhere, no files. The caller owns the config.
#[unsafe(no_mangle)]
pub extern "C" fn hardtack_wasi_config_new() -> *mut hardtack_wasi_config_t {
    guarded_or(ptr::null_mut(), || Ok(give(hardtack_wasi_config_t { builder: WasiCtxBuilder::new() })))
}

/// Ends a config. Accepts NULL.
///
/// # Safety
/// The config is used no more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_wasi_config_delete(config: *mut hardtack_wasi_config_t) {
    // SAFETY: as the caller promises.
    unsafe { end(config) }
}

/// Adds an argument, which is copied. The first one is the name of the program.
///
/// # Safety
/// The config is used by nobody else now; the argument is readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_wasi_config_arg(
    config: *mut hardtack_wasi_config_t,
    arg: hardtack_str_t,
) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        unsafe { get_mut(config, "config")?.builder.arg(arg.bytes("arg")?) };
        Ok(())
    })
}

/// Sets an environment variable, name and value being copied; a later value replaces an earlier one.
///
/// # Safety
/// The config is used by nobody else now; the strings are readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_wasi_config_env(
    config: *mut hardtack_wasi_config_t,
    name: hardtack_str_t,
    value: hardtack_str_t,
) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        unsafe { get_mut(config, "config")?.builder.env(name.bytes("name")?, value.bytes("value")?) };
        Ok(())
    })
}

/// Sets the host's own environment variables.
///
/// # Safety
/// The config is used by nobody else now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_wasi_config_inherit_env(config: *mut hardtack_wasi_config_t) {
    guarded_or((), || {
        // SAFETY: as the caller promises.
        unsafe { get_mut(config, "config")? }.builder.inherit_env();
        Ok(())
    })
}

/// Standard input is the host's.
///
/// # Safety
/// The config is used by nobody else now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_wasi_config_inherit_stdin(config: *mut hardtack_wasi_config_t) {
    guarded_or((), || {
        // SAFETY: as the caller promises.
        unsafe { get_mut(config, "config")? }.builder.inherit_stdin();
        Ok(())
    })
}

/// Standard output is the host's.
///
/// # Safety
/// The config is used by nobody else now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_wasi_config_inherit_stdout(config: *mut hardtack_wasi_config_t) {
    guarded_or((), || {
        // SAFETY: as the caller promises.
        unsafe { get_mut(config, "config")? }.builder.inherit_stdout();
        Ok(())
    })
}

/// Standard error is the host's.
///
/// # Safety
/// The config is used by nobody else now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_wasi_config_inherit_stderr(config: *mut hardtack_wasi_config_t) {
    guarded_or((), || {
        // SAFETY: as the caller promises.
        unsafe { get_mut(config, "config")? }.builder.inherit_stderr();
        Ok(())
    })
}

/// Standard input is these bytes, which are copied.
///
/// # Safety
/// The config is used by nobody else now; the bytes are readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_wasi_config_stdin_bytes(
    config: *mut hardtack_wasi_config_t,
    bytes: hardtack_str_t,
) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        let (config, bytes) = unsafe { (get_mut(config, "config")?, bytes.bytes("bytes")?.to_vec()) };
        config.builder.stdin(io::Cursor::new(bytes));
        Ok(())
    })
}

/// Takes `len` bytes that the guest writes; returns how many it took. Anything outside 1 to `len` is an input/output error to
/// the guest. It must not call into the store.
pub type hardtack_write_t = Option<unsafe extern "C" fn(env: *mut c_void, bytes: *const u8, len: usize) -> isize>;

struct Writer {
    callback: unsafe extern "C" fn(env: *mut c_void, bytes: *const u8, len: usize) -> isize,
    env: Env,
}

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        // SAFETY: callback and data were given together; the bytes live through the call.
        let taken = unsafe { (self.callback)(self.env.data(), bytes.as_ptr(), bytes.len()) };
        usize::try_from(taken)
            .ok()
            .filter(|taken| (1..=bytes.len()).contains(taken))
            .ok_or_else(|| io::ErrorKind::Other.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Standard output goes to a callback. `env` is given to it, and ended by `finalizer` together with the store or the config.
///
/// # Safety
/// The config is used by nobody else now; callback, env and finalizer fit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_wasi_config_stdout(
    config: *mut hardtack_wasi_config_t,
    callback: hardtack_write_t,
    env: *mut c_void,
    finalizer: hardtack_finalizer_t,
) -> *mut hardtack_error_t {
    let env = Env::new(env, finalizer);
    guarded(|| {
        let callback = callback.ok_or(Fault::Null("callback"))?;
        // SAFETY: as the caller promises.
        unsafe { get_mut(config, "config")? }.builder.stdout(Writer { callback, env });
        Ok(())
    })
}

/// Standard error goes to a callback. `env` is given to it, and ended by `finalizer` together with the store or the config.
///
/// # Safety
/// The config is used by nobody else now; callback, env and finalizer fit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_wasi_config_stderr(
    config: *mut hardtack_wasi_config_t,
    callback: hardtack_write_t,
    env: *mut c_void,
    finalizer: hardtack_finalizer_t,
) -> *mut hardtack_error_t {
    let env = Env::new(env, finalizer);
    guarded(|| {
        let callback = callback.ok_or(Fault::Null("callback"))?;
        // SAFETY: as the caller promises.
        unsafe { get_mut(config, "config")? }.builder.stderr(Writer { callback, env });
        Ok(())
    })
}

/// Opens a directory of the host and gives it to the guest, under the path that it knows it by. Nothing outside can be reached
/// through it.
///
/// # Safety
/// The config is used by nobody else now; the strings are readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_wasi_config_dir(
    config: *mut hardtack_wasi_config_t,
    host_path: hardtack_str_t,
    guest_path: hardtack_str_t,
    access: hardtack_access_t,
) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        let (config, host, guest) =
            unsafe { (get_mut(config, "config")?, host_path.text("host_path")?, guest_path.text("guest_path")?) };
        let opened = config.builder.preopened_host_dir(host, guest, self::access(access)).map(drop);
        opened.map_err(|error| Fault::Open { path: host.into(), error })
    })
}

/// A directory that lives in memory. Ended by hardtack_memory_dir_delete; a guest that was given it goes on with it.
pub struct hardtack_memory_dir_t {
    dir: MemoryDir,
}

/// An empty directory for at most `capacity` bytes (of contents, and 512 for each name). The caller owns it.
#[unsafe(no_mangle)]
pub extern "C" fn hardtack_memory_dir_new(capacity: u64) -> *mut hardtack_memory_dir_t {
    guarded_or(ptr::null_mut(), || Ok(give(hardtack_memory_dir_t { dir: MemoryDir::new(capacity) })))
}

/// Ends a directory in memory. Accepts NULL.
///
/// # Safety
/// It is used no more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_memory_dir_delete(dir: *mut hardtack_memory_dir_t) {
    // SAFETY: as the caller promises.
    unsafe { end(dir) }
}

/// Writes a file, making the directories on the way to it and replacing what it held. The bytes are copied.
///
/// # Safety
/// The directory lives; path and bytes are readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_memory_dir_write(
    dir: *const hardtack_memory_dir_t,
    path: hardtack_str_t,
    bytes: *const u8,
    len: usize,
) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        let (dir, path, bytes) = unsafe {
            (crate::boundary::get(dir, "dir")?, path.text("path")?, crate::boundary::slice(bytes, len, "bytes")?)
        };
        dir.dir.write(path, bytes).map_err(Fault::MemoryFile)
    })
}

/// Copies what a file holds, at most `capacity` bytes of it, into `buffer`, which may be NULL if that is 0. `len` receives how long
/// the file is.
///
/// # Safety
/// The directory lives; the path is readable; buffer and `len` can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_memory_dir_read(
    dir: *const hardtack_memory_dir_t,
    path: hardtack_str_t,
    buffer: *mut u8,
    capacity: usize,
    len: *mut usize,
) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        let (dir, path, out) =
            unsafe { (crate::boundary::get(dir, "dir")?, path.text("path")?, crate::boundary::out(len)?) };
        let bytes = dir.dir.read(path).map_err(Fault::MemoryFile)?;
        let part = bytes.len().min(capacity);
        if part != 0 {
            if buffer.is_null() {
                return Err(Fault::Null("buffer"));
            }
            // SAFETY: the caller promises room for `capacity` bytes, which can't be those read just now.
            unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), buffer, part) };
        }
        out.put(bytes.len())
    })
}

/// Gives the guest a directory that lives in memory, under the path that it knows it by. The directory is shared with the caller,
/// who goes on owning it.
///
/// # Safety
/// The config is used by nobody else now; the directory lives; the path is readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_wasi_config_memory_dir(
    config: *mut hardtack_wasi_config_t,
    dir: *const hardtack_memory_dir_t,
    guest_path: hardtack_str_t,
    access: hardtack_access_t,
) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        let (config, dir, guest) =
            unsafe { (get_mut(config, "config")?, crate::boundary::get(dir, "dir")?, guest_path.text("guest_path")?) };
        config.builder.preopened_memory_dir(dir.dir.clone(), guest, self::access(access));
        Ok(())
    })
}

/// Clocks and random bytes that are the same in every run.
///
/// # Safety
/// The config is used by nobody else now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_wasi_config_deterministic(config: *mut hardtack_wasi_config_t, seed: u64) {
    guarded_or((), || {
        // SAFETY: as the caller promises.
        unsafe { get_mut(config, "config")? }.builder.deterministic(seed);
        Ok(())
    })
}

/// Limits how many descriptors the guest may have open at once.
///
/// # Safety
/// The config is used by nobody else now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_wasi_config_max_descriptors(config: *mut hardtack_wasi_config_t, limit: usize) {
    guarded_or((), || {
        // SAFETY: as the caller promises.
        unsafe { get_mut(config, "config")? }.builder.max_descriptors(limit);
        Ok(())
    })
}

/// What the guests of a store reach through WASI from now on. Without this they have nothing but clocks and random bytes.
///
/// The config is the library's from now on, even if this fails: the caller doesn't delete it.
///
/// # Safety
/// The pointer is a context of this thread's; the config is used no more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_context_set_wasi(
    context: *mut hardtack_context_t,
    config: *mut hardtack_wasi_config_t,
) -> *mut hardtack_error_t {
    guarded(|| {
        if config.is_null() {
            return Err(Fault::Null("config"));
        }
        // SAFETY: it comes from `give`, and the caller gives it up.
        let mut config = unsafe { Box::from_raw(config) };
        // SAFETY: as the caller promises.
        let mut store = unsafe { cx(context)? };
        let interrupted = store.data().interrupted.clone();
        let wasi = config.builder.interrupt_when(move || interrupted.load(Ordering::Acquire)).build()?;
        store.data_mut().wasi = Some(wasi);
        Ok(())
    })
}

fn ctx(data: &mut Data) -> &mut WasiCtx {
    data.wasi.get_or_insert_with(|| WasiCtxBuilder::new().build().expect("there is nothing in it that could be wrong"))
}

/// Defines all functions of WASI preview 1, and of the older `wasi_unstable`.
///
/// # Safety
/// The linker is used by nobody else now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_linker_wasi(linker: *mut hardtack_linker_t) -> *mut hardtack_error_t {
    guarded(|| {
        // SAFETY: as the caller promises.
        let linker = unsafe { get_mut(linker, "linker")? };
        hardtack_wasi::add_to_linker(&mut linker.linker, ctx)?;
        Ok(())
    })
}
