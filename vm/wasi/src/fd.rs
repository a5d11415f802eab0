//! The functions named `fd_…`: on descriptors that are open already.

use crate::clocks::Clocks;
use crate::ctx::WasiCtx;
use crate::dir::Entry;
use crate::errno::Errno;
use crate::memory::Guest;
use crate::node::FileNode;
use crate::rights::Rights;
use crate::sock;
use crate::table::{Descriptor, Object};
use crate::types::{Advice, FdFlags, FdStat, FileStat, FileType, FstFlags, Version, Whence};
use std::io::{IoSlice, IoSliceMut};
use std::time::{Duration, SystemTime};

impl Descriptor {
    /// The file behind it, for what only files do.
    fn file(&self) -> Result<&FileNode, Errno> {
        match &self.object {
            Object::File(file) => Ok(file),
            Object::Dir(_) => Err(Errno::IsDir),
            Object::Input { .. } | Object::Output { .. } | Object::Listener(_) | Object::Socket(_) => Err(Errno::Spipe),
        }
    }

    fn read(&mut self, buffers: &mut [IoSliceMut<'_>]) -> Result<usize, Errno> {
        match &mut self.object {
            Object::File(file) => file.read(buffers, self.flags),
            Object::Input { stream, .. } => Ok(stream.read_vectored(buffers)?),
            Object::Socket(socket) => sock::receive(socket, buffers, self.flags),
            Object::Dir(_) => Err(Errno::IsDir),
            Object::Output { .. } | Object::Listener(_) => Err(Errno::Badf),
        }
    }

    fn write(&mut self, buffers: &[IoSlice<'_>]) -> Result<usize, Errno> {
        match &mut self.object {
            Object::File(file) => file.write(buffers, self.flags),
            Object::Output { stream, .. } => {
                let written = stream.write_vectored(buffers)?;
                stream.flush()?;
                Ok(written)
            }
            Object::Socket(socket) => sock::send(socket, buffers, self.flags),
            Object::Dir(_) => Err(Errno::IsDir),
            Object::Input { .. } | Object::Listener(_) => Err(Errno::Badf),
        }
    }

    /// Records new flags and makes them so.
    pub(crate) fn set_flags(&mut self, flags: FdFlags) -> Result<(), Errno> {
        match &mut self.object {
            Object::File(file) => file.set_flags(flags)?,
            // A stream's writes go to its end anyway, and are carried out at once.
            Object::Input { .. } | Object::Output { .. } => {
                if flags.contains(FdFlags::NONBLOCK) {
                    return Err(Errno::NotSup);
                }
            }
            Object::Dir(_) => {
                if flags != FdFlags::NONE {
                    return Err(Errno::Inval);
                }
            }
            Object::Listener(listener) => listener.set_nonblocking(flags.contains(FdFlags::NONBLOCK))?,
            Object::Socket(socket) => socket.set_nonblocking(flags.contains(FdFlags::NONBLOCK))?,
        }
        self.flags = flags;
        Ok(())
    }

    fn stat(&self) -> Result<FileStat, Errno> {
        match &self.object {
            Object::File(file) => file.stat(),
            Object::Dir(dir) => dir.stat(),
            object @ (Object::Input { .. } | Object::Output { .. } | Object::Listener(_) | Object::Socket(_)) => {
                let filetype = object.filetype();
                Ok(FileStat { dev: 0, ino: 0, filetype, nlink: 0, size: 0, atim: 0, mtim: 0, ctim: 0 })
            }
        }
    }
}

/// `fd_advise`: says how a file will be used.
pub(crate) fn fd_advise(
    ctx: &mut WasiCtx,
    _: &mut Guest<'_>,
    fd: u32,
    offset: u64,
    len: u64,
    advice: u32,
) -> Result<(), Errno> {
    let advice = Advice::from_number(advice)?;
    let descriptor = ctx.table.get(fd)?;
    if let Object::Dir(_) = descriptor.object {
        return Err(Errno::Badf);
    }
    descriptor.require(Rights::FD_ADVISE)?;
    descriptor.file()?.advise(offset, len, advice)
}

/// `fd_allocate`: makes sure that a range of a file has room on the device.
pub(crate) fn fd_allocate(ctx: &mut WasiCtx, _: &mut Guest<'_>, fd: u32, offset: u64, len: u64) -> Result<(), Errno> {
    ctx.table.with(fd, Rights::FD_ALLOCATE)?.file()?.allocate(offset, len)
}

/// `fd_close`.
pub(crate) fn fd_close(ctx: &mut WasiCtx, _: &mut Guest<'_>, fd: u32) -> Result<(), Errno> {
    ctx.table.remove(fd)?;
    Ok(())
}

/// `fd_datasync`: waits until the data has reached the device.
pub(crate) fn fd_datasync(ctx: &mut WasiCtx, _: &mut Guest<'_>, fd: u32) -> Result<(), Errno> {
    match &ctx.table.with(fd, Rights::FD_DATASYNC)?.object {
        Object::File(file) => file.sync_data(),
        Object::Dir(dir) => dir.sync(),
        // Writes to these don't linger.
        Object::Input { .. } | Object::Output { .. } | Object::Listener(_) | Object::Socket(_) => Ok(()),
    }
}

/// `fd_sync`: waits until data and metadata have reached the device.
pub(crate) fn fd_sync(ctx: &mut WasiCtx, _: &mut Guest<'_>, fd: u32) -> Result<(), Errno> {
    match &ctx.table.with(fd, Rights::FD_SYNC)?.object {
        Object::File(file) => file.sync_all(),
        Object::Dir(dir) => dir.sync(),
        // Writes to these don't linger.
        Object::Input { .. } | Object::Output { .. } | Object::Listener(_) | Object::Socket(_) => Ok(()),
    }
}

/// `fd_fdstat_get`: what a descriptor is and may do. Anybody may ask.
pub(crate) fn fd_fdstat_get(ctx: &mut WasiCtx, memory: &mut Guest<'_>, fd: u32, out: u32) -> Result<(), Errno> {
    let descriptor = ctx.table.get(fd)?;
    FdStat {
        filetype: descriptor.object.filetype(),
        flags: descriptor.flags,
        base: descriptor.base,
        inheriting: descriptor.inheriting,
    }
    .store(memory, out)
}

/// `fd_fdstat_set_flags`.
pub(crate) fn fd_fdstat_set_flags(ctx: &mut WasiCtx, _: &mut Guest<'_>, fd: u32, flags: u32) -> Result<(), Errno> {
    let flags = FdFlags::from_bits(flags)?;
    ctx.table.with(fd, Rights::FD_FDSTAT_SET_FLAGS)?.set_flags(flags)
}

/// `fd_fdstat_set_rights`: gives rights up; there is no way to get them back.
pub(crate) fn fd_fdstat_set_rights(
    ctx: &mut WasiCtx,
    _: &mut Guest<'_>,
    fd: u32,
    base: u64,
    inheriting: u64,
) -> Result<(), Errno> {
    let descriptor = ctx.table.get_mut(fd)?;
    let (base, inheriting) = (Rights::from_bits(base), Rights::from_bits(inheriting));
    if !descriptor.base.contains(base) || !descriptor.inheriting.contains(inheriting) {
        return Err(Errno::NotCapable);
    }
    descriptor.base = base;
    descriptor.inheriting = inheriting;
    Ok(())
}

/// `fd_filestat_get`.
pub(crate) fn fd_filestat_get(
    ctx: &mut WasiCtx,
    memory: &mut Guest<'_>,
    fd: u32,
    out: u32,
    version: Version,
) -> Result<(), Errno> {
    ctx.table.with(fd, Rights::FD_FILESTAT_GET)?.stat()?.store(memory, out, version)
}

/// `fd_filestat_set_size`: cuts a file off, or fills it up with zeros.
pub(crate) fn fd_filestat_set_size(ctx: &mut WasiCtx, _: &mut Guest<'_>, fd: u32, size: u64) -> Result<(), Errno> {
    ctx.table.with(fd, Rights::FD_FILESTAT_SET_SIZE)?.file()?.set_len(size)
}

/// `fd_filestat_set_times`.
pub(crate) fn fd_filestat_set_times(
    ctx: &mut WasiCtx,
    _: &mut Guest<'_>,
    fd: u32,
    atim: u64,
    mtim: u64,
    flags: u32,
) -> Result<(), Errno> {
    let descriptor = ctx.table.get(fd)?;
    descriptor.require(Rights::FD_FILESTAT_SET_TIMES)?;
    let (atim, mtim) = times(&mut *ctx.clocks, atim, mtim, flags)?;
    match &descriptor.object {
        Object::File(file) => file.set_times(atim, mtim),
        Object::Dir(dir) => dir.set_times(".", true, atim, mtim),
        Object::Input { .. } | Object::Output { .. } | Object::Listener(_) | Object::Socket(_) => Err(Errno::NotSup),
    }
}

/// The times that the flags ask for: for access, for modification.
pub(crate) fn times(
    clocks: &mut dyn Clocks,
    atim: u64,
    mtim: u64,
    flags: u32,
) -> Result<(Option<SystemTime>, Option<SystemTime>), Errno> {
    let flags = FstFlags::from_bits(flags)?;
    let mut time = |given: FstFlags, now: FstFlags, nanos: u64| match (flags.contains(given), flags.contains(now)) {
        (true, true) => Err(Errno::Inval),
        (false, false) => Ok(None),
        (given, _) => {
            let time = if given { Duration::from_nanos(nanos) } else { clocks.wall() };
            Ok(Some(SystemTime::UNIX_EPOCH.checked_add(time).ok_or(Errno::Overflow)?))
        }
    };
    Ok((time(FstFlags::ATIM, FstFlags::ATIM_NOW, atim)?, time(FstFlags::MTIM, FstFlags::MTIM_NOW, mtim)?))
}

/// `fd_pread`: reads at a position, leaving the descriptor's own alone.
pub(crate) fn fd_pread(
    ctx: &mut WasiCtx,
    memory: &mut Guest<'_>,
    fd: u32,
    list: u32,
    count: u32,
    offset: u64,
    out: u32,
) -> Result<(), Errno> {
    let descriptor = ctx.table.with(fd, Rights::FD_READ)?;
    let file = descriptor.file()?;
    let read = memory.scatter(list, count, |buffers| file.read_at(buffers, offset, descriptor.flags))?;
    memory.write_u32(out, u32::try_from(read)?)
}

/// `fd_pwrite`: writes at a position, leaving the descriptor's own alone.
pub(crate) fn fd_pwrite(
    ctx: &mut WasiCtx,
    memory: &mut Guest<'_>,
    fd: u32,
    list: u32,
    count: u32,
    offset: u64,
    out: u32,
) -> Result<(), Errno> {
    let file = ctx.table.with(fd, Rights::FD_WRITE)?.file()?;
    let written = memory.gather(list, count, |buffers| file.write_at(buffers, offset))?;
    memory.write_u32(out, u32::try_from(written)?)
}

/// `fd_read`.
pub(crate) fn fd_read(
    ctx: &mut WasiCtx,
    memory: &mut Guest<'_>,
    fd: u32,
    list: u32,
    count: u32,
    out: u32,
) -> Result<(), Errno> {
    let descriptor = ctx.table.with(fd, Rights::FD_READ)?;
    let read = memory.scatter(list, count, |buffers| descriptor.read(buffers))?;
    memory.write_u32(out, u32::try_from(read)?)
}

/// `fd_write`.
pub(crate) fn fd_write(
    ctx: &mut WasiCtx,
    memory: &mut Guest<'_>,
    fd: u32,
    list: u32,
    count: u32,
    out: u32,
) -> Result<(), Errno> {
    let descriptor = ctx.table.with(fd, Rights::FD_WRITE)?;
    let written = memory.gather(list, count, |buffers| descriptor.write(buffers))?;
    memory.write_u32(out, u32::try_from(written)?)
}

/// `fd_prestat_get`: whether a descriptor is a preopened directory, and how long its name is.
pub(crate) fn fd_prestat_get(ctx: &mut WasiCtx, memory: &mut Guest<'_>, fd: u32, out: u32) -> Result<(), Errno> {
    // Guests count up from 3 until they get this error.
    let name = ctx.table.get(fd)?.preopen.as_ref().ok_or(Errno::Badf)?;
    // The tag of a directory, the only kind there is.
    memory.write_u32(out, 0)?;
    memory.write_u32(out.checked_add(4).ok_or(Errno::Fault)?, u32::try_from(name.len())?)
}

/// `fd_prestat_dir_name`: the name of a preopened directory.
pub(crate) fn fd_prestat_dir_name(
    ctx: &mut WasiCtx,
    memory: &mut Guest<'_>,
    fd: u32,
    path: u32,
    len: u32,
) -> Result<(), Errno> {
    let name = ctx.table.get(fd)?.preopen.as_ref().ok_or(Errno::Badf)?;
    if name.len() > len as usize {
        return Err(Errno::NameTooLong);
    }
    memory.write(path, name.as_bytes())
}

/// `fd_readdir`: fills a buffer with entries of a directory. The last one may be cut off; then the guest asks again.
pub(crate) fn fd_readdir(
    ctx: &mut WasiCtx,
    memory: &mut Guest<'_>,
    fd: u32,
    buffer: u32,
    len: u32,
    cookie: u64,
    out: u32,
) -> Result<(), Errno> {
    let descriptor = ctx.table.get_mut(fd)?;
    let Object::Dir(dir) = &descriptor.object else { return Err(Errno::NotDir) };
    descriptor.require(Rights::FD_READDIR)?;
    // A cookie is the number of the entry to continue with, so the names must be those it was given out for.
    let entries: &[Entry] = match &mut descriptor.listing {
        Some(listing) if cookie != 0 => listing,
        listing => listing.insert(dir.entries()?),
    };
    let buffer = memory.slice_mut(buffer, len)?;
    let mut used = 0;
    for (index, entry) in entries.iter().enumerate().skip(usize::try_from(cookie).unwrap_or(usize::MAX)) {
        let mut header = [0; 24];
        header[0..8].copy_from_slice(&(index as u64 + 1).to_le_bytes());
        header[8..16].copy_from_slice(&entry.ino.to_le_bytes());
        header[16..20].copy_from_slice(&u32::try_from(entry.name.len())?.to_le_bytes());
        header[20] = entry.filetype as u8;
        for part in [&header[..], entry.name.as_bytes()] {
            let room = part.len().min(buffer.len() - used);
            buffer[used..used + room].copy_from_slice(&part[..room]);
            used += room;
        }
        if used == buffer.len() {
            break;
        }
    }
    memory.write_u32(out, u32::try_from(used)?)
}

/// `fd_renumber`: moves a descriptor to the number of another, which is closed.
pub(crate) fn fd_renumber(ctx: &mut WasiCtx, _: &mut Guest<'_>, from: u32, to: u32) -> Result<(), Errno> {
    ctx.table.renumber(from, to)
}

/// `fd_seek`.
pub(crate) fn fd_seek(
    ctx: &mut WasiCtx,
    memory: &mut Guest<'_>,
    fd: u32,
    offset: i64,
    whence: u32,
    out: u32,
    version: Version,
) -> Result<(), Errno> {
    let whence = Whence::from_number(whence, version)?;
    let right = if offset == 0 && whence == Whence::Cur { Rights::FD_TELL } else { Rights::FD_SEEK };
    let position = positioned(ctx.table.get(fd)?, right)?.seek(offset, whence)?;
    memory.write_u64(out, position)
}

/// `fd_tell`.
pub(crate) fn fd_tell(ctx: &mut WasiCtx, memory: &mut Guest<'_>, fd: u32, out: u32) -> Result<(), Errno> {
    let position = positioned(ctx.table.get(fd)?, Rights::FD_TELL)?.seek(0, Whence::Cur)?;
    memory.write_u64(out, position)
}

/// The file, if it may be asked for its position. That a stream has none is the clearer answer, so it comes first.
fn positioned(descriptor: &Descriptor, right: Rights) -> Result<&FileNode, Errno> {
    if descriptor.object.filetype() == FileType::Directory {
        return Err(Errno::Badf);
    }
    let file = descriptor.file()?;
    if !file.is_seekable() {
        return Err(Errno::Spipe);
    }
    // The right to seek includes the right to tell.
    if right != Rights::FD_TELL || !descriptor.base.contains(Rights::FD_SEEK) {
        descriptor.require(right)?;
    }
    Ok(file)
}
