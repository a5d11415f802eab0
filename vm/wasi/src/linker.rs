//! The thin layer between the VM and the functions: names, types, the guest's memory, the way out.

use crate::ctx::WasiCtx;
use crate::errno::Errno;
use crate::memory::Guest;
use crate::process::{End, Exit};
use crate::types::Version;
use crate::{clocks, fd, path, poll, process, random, sock};
use hardtack_vm::{Caller, Error, Extern, HostError, Linker};
use std::fmt;

impl HostError for Exit {}

/// A function needed the guest's memory, but the guest exports none.
///
/// ```
/// use hardtack_vm::{Engine, Linker, Module, Store};
/// use hardtack_wasi::{NoMemory, WasiCtx};
///
/// let wat = br#"(module (import "wasi_snapshot_preview1" "args_sizes_get" (func $args (param i32 i32) (result i32)))
///     (func (export "_start") (drop (call $args (i32.const 0) (i32.const 4)))))"#;
/// let module = Module::load(hardtack_compiler::compile(wat, &Default::default())?)?;
/// let engine = Engine::default();
/// let mut linker = Linker::<WasiCtx>::new(&engine);
/// hardtack_wasi::add_to_linker(&mut linker, |wasi| wasi)?;
/// let mut store = Store::new(&engine, WasiCtx::builder().build()?);
/// let start = linker.instantiate(&mut store, &module)?.get_typed_func::<(), ()>(&store, "_start")?;
/// assert_eq!(start.call(&mut store, ()).unwrap_err().downcast_ref(), Some(&NoMemory));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoMemory;

impl fmt::Display for NoMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a module that uses WASI has to export its memory as `memory`")
    }
}

impl std::error::Error for NoMemory {}

impl HostError for NoMemory {}

/// Defines all functions of both generations of the interface, with the state that `get` finds in the store's data.
///
/// # Errors
/// When the linker has one of the names already.
pub fn add_to_linker<T: 'static>(
    linker: &mut Linker<T>,
    get: impl Fn(&mut T) -> &mut WasiCtx + Copy + Send + Sync + 'static,
) -> Result<(), Error> {
    add_some_to_linker(linker, |_, _| true, get)
}

/// Defines those functions that `wanted` says yes to. It is asked with the interface and the name of the function.
///
/// A guest that imports a function left out can't be instantiated, unless something else is linked for it.
///
/// # Errors
/// When the linker has one of the names already.
pub fn add_some_to_linker<T: 'static>(
    linker: &mut Linker<T>,
    wanted: impl Fn(Version, &str) -> bool,
    get: impl Fn(&mut T) -> &mut WasiCtx + Copy + Send + Sync + 'static,
) -> Result<(), Error> {
    define(linker, Version::Preview1, &wanted, get)?;
    define(linker, Version::Unstable, &wanted, get)
}

/// Runs a function on the guest's memory and state.
fn call<T, E: Into<End>>(
    caller: &mut Caller<'_, T>,
    get: impl Fn(&mut T) -> &mut WasiCtx,
    function: impl FnOnce(&mut WasiCtx, &mut Guest<'_>) -> Result<(), E>,
) -> Result<u32, Error> {
    let memory = caller.get_export("memory").and_then(Extern::into_memory);
    let result = match memory {
        Some(memory) => {
            let (bytes, data) = memory.data_and_store_mut(&mut *caller);
            function(get(data), &mut Guest::new(bytes))
        }
        None => function(get(caller.data_mut()), &mut Guest::new(&mut [])),
    };
    match result.map_err(Into::into) {
        Ok(()) => Ok(Errno::Success as u32),
        Err(End::Errno(Errno::Fault)) if memory.is_none() => Err(Error::host(NoMemory)),
        Err(End::Errno(errno)) => Ok(errno as u32),
        Err(End::Exit(exit)) => Err(Error::host(exit)),
    }
}

fn define<T: 'static>(
    linker: &mut Linker<T>,
    version: Version,
    wanted: &dyn Fn(Version, &str) -> bool,
    get: impl Fn(&mut T) -> &mut WasiCtx + Copy + Send + Sync + 'static,
) -> Result<(), Error> {
    let module = version.module();

    macro_rules! functions {
        ($($file:ident :: $name:ident ($($arg:ident: $ty:ident),*) $(with $extra:ident)?;)*) => { $(
            if wanted(version, stringify!($name)) {
                linker.func_wrap(module, stringify!($name), move |mut caller: Caller<'_, T>, $($arg: $ty),*| {
                    call(&mut caller, get, |ctx, memory| $file::$name(ctx, memory, $($arg,)* $($extra)?))
                })?;
            }
        )* };
    }

    functions! {
        process::args_get(pointers: u32, buffer: u32);
        process::args_sizes_get(count: u32, size: u32);
        process::environ_get(pointers: u32, buffer: u32);
        process::environ_sizes_get(count: u32, size: u32);
        clocks::clock_res_get(id: u32, out: u32);
        clocks::clock_time_get(id: u32, precision: u64, out: u32);
        fd::fd_advise(fd: u32, offset: u64, len: u64, advice: u32);
        fd::fd_allocate(fd: u32, offset: u64, len: u64);
        fd::fd_close(fd: u32);
        fd::fd_datasync(fd: u32);
        fd::fd_fdstat_get(fd: u32, out: u32);
        fd::fd_fdstat_set_flags(fd: u32, flags: u32);
        fd::fd_fdstat_set_rights(fd: u32, base: u64, inheriting: u64);
        fd::fd_filestat_get(fd: u32, out: u32) with version;
        fd::fd_filestat_set_size(fd: u32, size: u64);
        fd::fd_filestat_set_times(fd: u32, atim: u64, mtim: u64, flags: u32);
        fd::fd_pread(fd: u32, list: u32, count: u32, offset: u64, out: u32);
        fd::fd_prestat_get(fd: u32, out: u32);
        fd::fd_prestat_dir_name(fd: u32, path: u32, len: u32);
        fd::fd_pwrite(fd: u32, list: u32, count: u32, offset: u64, out: u32);
        fd::fd_read(fd: u32, list: u32, count: u32, out: u32);
        fd::fd_readdir(fd: u32, buffer: u32, len: u32, cookie: u64, out: u32);
        fd::fd_renumber(from: u32, to: u32);
        fd::fd_seek(fd: u32, offset: i64, whence: u32, out: u32) with version;
        fd::fd_sync(fd: u32);
        fd::fd_tell(fd: u32, out: u32);
        fd::fd_write(fd: u32, list: u32, count: u32, out: u32);
        path::path_create_directory(fd: u32, path: u32, len: u32);
        path::path_filestat_get(fd: u32, lookup: u32, path: u32, len: u32, out: u32) with version;
        path::path_filestat_set_times(
            fd: u32, lookup: u32, path: u32, len: u32, atim: u64, mtim: u64, flags: u32
        );
        path::path_link(
            old_fd: u32, lookup: u32, old_path: u32, old_len: u32, new_fd: u32, new_path: u32, new_len: u32
        );
        path::path_open(
            fd: u32, lookup: u32, path: u32, len: u32, oflags: u32, base: u64, inheriting: u64, flags: u32, out: u32
        );
        path::path_readlink(fd: u32, path: u32, len: u32, buffer: u32, buffer_len: u32, out: u32);
        path::path_remove_directory(fd: u32, path: u32, len: u32);
        path::path_rename(old_fd: u32, old_path: u32, old_len: u32, new_fd: u32, new_path: u32, new_len: u32);
        path::path_symlink(target: u32, target_len: u32, fd: u32, path: u32, len: u32);
        path::path_unlink_file(fd: u32, path: u32, len: u32);
        poll::poll_oneoff(list: u32, out: u32, count: u32, out_count: u32) with version;
        process::proc_raise(signal: u32);
        process::sched_yield();
        random::random_get(buffer: u32, len: u32);
        sock::sock_recv(fd: u32, list: u32, count: u32, flags: u32, out_len: u32, out_flags: u32);
        sock::sock_send(fd: u32, list: u32, count: u32, flags: u32, out: u32);
        sock::sock_shutdown(fd: u32, how: u32);
    }
    // The older interface has no way to accept.
    if version == Version::Preview1 {
        functions! { sock::sock_accept(fd: u32, flags: u32, out: u32); }
    }
    // The only one without a result: it never returns.
    if wanted(version, "proc_exit") {
        linker.func_wrap(module, "proc_exit", |code: u32| -> Result<(), Error> { Err(Error::host(Exit(code))) })?;
    }
    Ok(())
}
