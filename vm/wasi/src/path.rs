//! The functions named `path_…`: on names in directories.

use crate::ctx::WasiCtx;
use crate::dir::OpenRequest;
use crate::errno::Errno;
use crate::fd::times;
use crate::memory::Guest;
use crate::node::Opened;
use crate::rights::Rights;
use crate::table::{Descriptor, Object};
use crate::types::{FdFlags, LookupFlags, OFlags, Version};

/// A path of the guest's. Where it may lead is the directory's business.
fn path<'m>(memory: &'m Guest<'_>, at: u32, len: u32) -> Result<&'m str, Errno> {
    let path = memory.str(at, len)?;
    if path.is_empty() {
        return Err(Errno::NoEnt);
    }
    if path.contains('\0') {
        return Err(Errno::Inval);
    }
    Ok(path)
}

fn follows(flags: u32) -> Result<bool, Errno> {
    Ok(LookupFlags::from_bits(flags)?.contains(LookupFlags::SYMLINK_FOLLOW))
}

/// `path_create_directory`.
pub(crate) fn path_create_directory(
    ctx: &mut WasiCtx,
    memory: &mut Guest<'_>,
    fd: u32,
    at: u32,
    len: u32,
) -> Result<(), Errno> {
    ctx.table.dir(fd, Rights::PATH_CREATE_DIRECTORY)?.create_dir(path(memory, at, len)?)
}

/// `path_filestat_get`.
#[expect(clippy::too_many_arguments, reason = "the interface has that many")]
pub(crate) fn path_filestat_get(
    ctx: &mut WasiCtx,
    memory: &mut Guest<'_>,
    fd: u32,
    flags: u32,
    at: u32,
    len: u32,
    out: u32,
    version: Version,
) -> Result<(), Errno> {
    let dir = ctx.table.dir(fd, Rights::PATH_FILESTAT_GET)?;
    let stat = dir.stat_path(path(memory, at, len)?, follows(flags)?)?;
    stat.store(memory, out, version)
}

/// `path_filestat_set_times`.
#[expect(clippy::too_many_arguments, reason = "the interface has that many")]
pub(crate) fn path_filestat_set_times(
    ctx: &mut WasiCtx,
    memory: &mut Guest<'_>,
    fd: u32,
    flags: u32,
    at: u32,
    len: u32,
    atim: u64,
    mtim: u64,
    fst_flags: u32,
) -> Result<(), Errno> {
    let dir = ctx.table.dir(fd, Rights::PATH_FILESTAT_SET_TIMES)?;
    let (atim, mtim) = times(&mut *ctx.clocks, atim, mtim, fst_flags)?;
    dir.set_times(path(memory, at, len)?, follows(flags)?, atim, mtim)
}

/// `path_link`: makes a hard link.
#[expect(clippy::too_many_arguments, reason = "the interface has that many")]
pub(crate) fn path_link(
    ctx: &mut WasiCtx,
    memory: &mut Guest<'_>,
    old_fd: u32,
    flags: u32,
    old_at: u32,
    old_len: u32,
    new_fd: u32,
    new_at: u32,
    new_len: u32,
) -> Result<(), Errno> {
    let old = ctx.table.dir(old_fd, Rights::PATH_LINK_SOURCE)?;
    let new = ctx.table.dir(new_fd, Rights::PATH_LINK_TARGET)?;
    old.link(path(memory, old_at, old_len)?, follows(flags)?, new, path(memory, new_at, new_len)?)
}

/// `path_open`.
#[expect(clippy::too_many_arguments, reason = "the interface has that many")]
pub(crate) fn path_open(
    ctx: &mut WasiCtx,
    memory: &mut Guest<'_>,
    fd: u32,
    lookup: u32,
    at: u32,
    len: u32,
    oflags: u32,
    base: u64,
    inheriting: u64,
    fdflags: u32,
    out: u32,
) -> Result<(), Errno> {
    let oflags = OFlags::from_bits(oflags)?;
    let fdflags = FdFlags::from_bits(fdflags)?;
    // Before anything is created: a guest that names no place for the descriptor couldn't close it either.
    ctx.table.check_room()?;
    memory.slice(out, 4)?;

    let mut needed = Rights::PATH_OPEN;
    if oflags.contains(OFlags::CREAT) {
        needed = needed | Rights::PATH_CREATE_FILE;
    }
    if oflags.contains(OFlags::TRUNC) {
        needed = needed | Rights::PATH_FILESTAT_SET_SIZE;
    }
    let dir = ctx.table.dir(fd, needed)?;
    let allowed = ctx.table.get(fd)?.inheriting;
    let wanted = Rights::from_bits(base);
    // Toolchains ask for every right they have a name for and live with fewer; but a file that can't be read or
    // written as asked isn't what they mean.
    let access = wanted & (Rights::FD_READ | Rights::FD_WRITE);
    if !allowed.contains(access) {
        return Err(Errno::NotCapable);
    }

    let opened = dir.open(
        path(memory, at, len)?,
        OpenRequest {
            follow: follows(lookup)?,
            directory: oflags.contains(OFlags::DIRECTORY),
            create: oflags.contains(OFlags::CREAT),
            exclusive: oflags.contains(OFlags::EXCL),
            truncate: oflags.contains(OFlags::TRUNC),
            read: access.contains(Rights::FD_READ),
            write: access.contains(Rights::FD_WRITE),
            nonblock: fdflags.contains(FdFlags::NONBLOCK),
        },
    )?;
    let granted = wanted & allowed;
    let descriptor = match opened {
        Opened::File(file) => {
            let mut descriptor = Descriptor::new(Object::File(file), granted & Rights::FILE, Rights::NONE);
            if fdflags != FdFlags::NONE {
                descriptor.set_flags(fdflags)?;
            }
            descriptor
        }
        Opened::Dir(dir) => {
            let inheriting = Rights::from_bits(inheriting) & allowed;
            Descriptor::new(Object::Dir(dir), granted & Rights::DIRECTORY, inheriting)
        }
    };
    let fd = ctx.table.push(descriptor)?;
    memory.write_u32(out, fd)
}

/// `path_readlink`: where a symbolic link leads, cut off at the end of the buffer.
#[expect(clippy::too_many_arguments, reason = "the interface has that many")]
pub(crate) fn path_readlink(
    ctx: &mut WasiCtx,
    memory: &mut Guest<'_>,
    fd: u32,
    at: u32,
    len: u32,
    buffer: u32,
    buffer_len: u32,
    out: u32,
) -> Result<(), Errno> {
    let target = ctx.table.dir(fd, Rights::PATH_READLINK)?.read_link(path(memory, at, len)?)?;
    let buffer = memory.slice_mut(buffer, buffer_len)?;
    let used = target.len().min(buffer.len());
    buffer[..used].copy_from_slice(&target.as_bytes()[..used]);
    memory.write_u32(out, u32::try_from(used)?)
}

/// `path_remove_directory`.
pub(crate) fn path_remove_directory(
    ctx: &mut WasiCtx,
    memory: &mut Guest<'_>,
    fd: u32,
    at: u32,
    len: u32,
) -> Result<(), Errno> {
    ctx.table.dir(fd, Rights::PATH_REMOVE_DIRECTORY)?.remove_dir(path(memory, at, len)?)
}

/// `path_rename`: moves a file or directory, also from one preopened directory to another.
#[expect(clippy::too_many_arguments, reason = "the interface has that many")]
pub(crate) fn path_rename(
    ctx: &mut WasiCtx,
    memory: &mut Guest<'_>,
    old_fd: u32,
    old_at: u32,
    old_len: u32,
    new_fd: u32,
    new_at: u32,
    new_len: u32,
) -> Result<(), Errno> {
    let old = ctx.table.dir(old_fd, Rights::PATH_RENAME_SOURCE)?;
    let new = ctx.table.dir(new_fd, Rights::PATH_RENAME_TARGET)?;
    old.rename(path(memory, old_at, old_len)?, new, path(memory, new_at, new_len)?)
}

/// `path_symlink`: makes a symbolic link. One to an absolute path would mean something else to the host: refused.
pub(crate) fn path_symlink(
    ctx: &mut WasiCtx,
    memory: &mut Guest<'_>,
    target_at: u32,
    target_len: u32,
    fd: u32,
    at: u32,
    len: u32,
) -> Result<(), Errno> {
    let dir = ctx.table.dir(fd, Rights::PATH_SYMLINK)?;
    dir.symlink(path(memory, target_at, target_len)?, path(memory, at, len)?)
}

/// `path_unlink_file`.
pub(crate) fn path_unlink_file(
    ctx: &mut WasiCtx,
    memory: &mut Guest<'_>,
    fd: u32,
    at: u32,
    len: u32,
) -> Result<(), Errno> {
    ctx.table.dir(fd, Rights::PATH_UNLINK_FILE)?.unlink(path(memory, at, len)?)
}
