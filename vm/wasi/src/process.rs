//! The process itself: arguments, environment, its end.

use crate::ctx::{Strings, WasiCtx};
use crate::errno::Errno;
use crate::memory::Guest;
use std::fmt;

/// The guest ended itself, with this exit code. A host function's error: look for it with `Error::downcast_ref`.
///
/// ```
/// use hardtack_vm::Error;
/// use hardtack_wasi::Exit;
///
/// /// The exit code of a program, from what calling its `_start` returned.
/// fn code(result: Result<(), Error>) -> Result<u32, Error> {
///     match result {
///         Ok(()) => Ok(0),
///         Err(error) => error.downcast::<Exit>().map(|exit| exit.0),
///     }
/// }
/// assert_eq!(code(Err(Exit(3).into())).unwrap(), 3);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Exit(pub u32);

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exited with code {}", self.0)
    }
}

impl std::error::Error for Exit {}

/// How a function ends that returns no result to the guest.
pub(crate) enum End {
    Errno(Errno),
    Exit(Exit),
}

impl From<Errno> for End {
    fn from(errno: Errno) -> End {
        End::Errno(errno)
    }
}

fn sizes(strings: &Strings, memory: &mut Guest<'_>, count: u32, size: u32) -> Result<(), Errno> {
    memory.write_u32(count, u32::try_from(strings.starts.len())?)?;
    memory.write_u32(size, u32::try_from(strings.bytes.len())?)
}

fn copy(strings: &Strings, memory: &mut Guest<'_>, pointers: u32, buffer: u32) -> Result<(), Errno> {
    memory.write(buffer, &strings.bytes)?;
    let addresses: Vec<u8> =
        strings.starts.iter().flat_map(|start| buffer.wrapping_add(*start).to_le_bytes()).collect();
    memory.write(pointers, &addresses)
}

/// `args_get`.
pub(crate) fn args_get(ctx: &mut WasiCtx, memory: &mut Guest<'_>, pointers: u32, buffer: u32) -> Result<(), Errno> {
    copy(&ctx.args, memory, pointers, buffer)
}

/// `args_sizes_get`.
pub(crate) fn args_sizes_get(ctx: &mut WasiCtx, memory: &mut Guest<'_>, count: u32, size: u32) -> Result<(), Errno> {
    sizes(&ctx.args, memory, count, size)
}

/// `environ_get`.
pub(crate) fn environ_get(ctx: &mut WasiCtx, memory: &mut Guest<'_>, pointers: u32, buffer: u32) -> Result<(), Errno> {
    copy(&ctx.env, memory, pointers, buffer)
}

/// `environ_sizes_get`.
pub(crate) fn environ_sizes_get(ctx: &mut WasiCtx, memory: &mut Guest<'_>, count: u32, size: u32) -> Result<(), Errno> {
    sizes(&ctx.env, memory, count, size)
}

/// `sched_yield`: lets other threads run.
pub(crate) fn sched_yield(_: &mut WasiCtx, _: &mut Guest<'_>) -> Result<(), Errno> {
    std::thread::yield_now();
    Ok(())
}

/// `proc_raise`: sends a signal to the guest itself. It can't catch any, so each does what it does by default.
pub(crate) fn proc_raise(_: &mut WasiCtx, _: &mut Guest<'_>, signal: u32) -> Result<(), End> {
    /// How systems report a process that a signal ended: this plus the signal's number.
    const BY_SIGNAL: u32 = 128;
    match signal {
        // None; and CHLD, CONT, URG, WINCH, which are ignored.
        0 | 16 | 17 | 22 | 27 => Ok(()),
        // STOP, TSTP, TTIN, TTOU: nobody could make it go on.
        18..=21 => Err(Errno::NotSup.into()),
        1..=30 => Err(End::Exit(Exit(BY_SIGNAL + signal))),
        _ => Err(Errno::Inval.into()),
    }
}
