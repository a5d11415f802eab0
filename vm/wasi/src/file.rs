//! Files of the host: what they can do, whichever way they came to be open.

use crate::errno::Errno;
use crate::os;
use crate::types::{Advice, FdFlags, FileStat, FileType, Whence};
use cap_fs_ext::{FileTypeExt, MetadataExt};
use cap_std::fs::Metadata;
use std::fs::{File, FileTimes};
use std::io::{self, IoSlice, IoSliceMut, IsTerminal, Read, Seek, SeekFrom, Write};
use std::time::SystemTime;

/// An open file, or a stream that the system calls a file: a pipe, a terminal.
#[derive(Debug)]
pub(crate) struct HostFile {
    file: File,
    filetype: FileType,
    /// Whether it has positions.
    seekable: bool,
    /// Whether somebody else uses the same open file, so that its flags are not ours to change.
    shared: bool,
    /// Whether to seek to the end before each write, as the system won't.
    seek_to_end: bool,
    sync: Sync,
}

/// What a write waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sync {
    Nothing,
    Data,
    All,
}

impl HostFile {
    /// A file that nobody else uses.
    pub fn own(file: File) -> io::Result<Self> {
        Self::new(file, false)
    }

    /// A file that the host's own streams use too. (Elsewhere inherited streams aren't files.)
    #[cfg(unix)]
    pub fn shared(file: File) -> io::Result<Self> {
        Self::new(file, true)
    }

    fn new(file: File, shared: bool) -> io::Result<Self> {
        let filetype = filetype_of(Metadata::from_file(&file)?.file_type());
        let seekable = match filetype {
            FileType::RegularFile | FileType::BlockDevice => true,
            FileType::CharacterDevice => !file.is_terminal(),
            FileType::Unknown | FileType::Directory | FileType::SocketStream | FileType::SymbolicLink => false,
        };
        Ok(HostFile { file, filetype, seekable, shared, seek_to_end: false, sync: Sync::Nothing })
    }

    pub fn filetype(&self) -> FileType {
        self.filetype
    }

    pub fn is_seekable(&self) -> bool {
        self.seekable
    }

    /// For waiting on it, if waiting makes sense: regular files are always ready.
    #[cfg(unix)]
    pub fn handle(&self) -> Option<os::Handle<'_>> {
        use std::os::fd::AsFd;
        (self.filetype != FileType::RegularFile).then(|| self.file.as_fd())
    }

    #[cfg(not(unix))]
    pub fn handle(&self) -> Option<os::Handle<'_>> {
        None
    }

    /// Fails with `again` if the operation would have to wait and the descriptor isn't to.
    fn check_ready(&self, flags: FdFlags, direction: os::Direction) -> Result<(), Errno> {
        if !flags.contains(FdFlags::NONBLOCK) {
            return Ok(());
        }
        match self.handle() {
            Some(handle) if !os::wait(&[(handle, direction)], Some(std::time::Duration::ZERO))?[0].ready => {
                Err(Errno::Again)
            }
            _ => Ok(()),
        }
    }

    pub fn read(&self, buffers: &mut [IoSliceMut<'_>], flags: FdFlags) -> Result<usize, Errno> {
        self.check_ready(flags, os::Direction::Read)?;
        self.sync_before_read(flags)?;
        Ok((&self.file).read_vectored(buffers)?)
    }

    pub fn read_at(&self, buffers: &mut [IoSliceMut<'_>], offset: u64, flags: FdFlags) -> Result<usize, Errno> {
        self.check_offset(offset)?;
        self.sync_before_read(flags)?;
        os::read_at(&self.file, buffers, offset)
    }

    pub fn write(&self, buffers: &[IoSlice<'_>], flags: FdFlags) -> Result<usize, Errno> {
        self.check_ready(flags, os::Direction::Write)?;
        if self.seek_to_end {
            (&self.file).seek(SeekFrom::End(0))?;
        }
        let written = (&self.file).write_vectored(buffers)?;
        self.sync_after_write()?;
        Ok(written)
    }

    pub fn write_at(&self, buffers: &[IoSlice<'_>], offset: u64) -> Result<usize, Errno> {
        self.check_offset(offset)?;
        let written = os::write_at(&self.file, buffers, offset)?;
        self.sync_after_write()?;
        Ok(written)
    }

    /// Positions are signed in the system's interfaces.
    fn check_offset(&self, offset: u64) -> Result<(), Errno> {
        if !self.seekable {
            return Err(Errno::Spipe);
        }
        i64::try_from(offset).map_err(|_| Errno::Inval)?;
        Ok(())
    }

    pub fn seek(&self, offset: i64, whence: Whence) -> Result<u64, Errno> {
        if !self.seekable {
            return Err(Errno::Spipe);
        }
        Ok((&self.file).seek(match whence {
            Whence::Set => SeekFrom::Start(u64::try_from(offset).map_err(|_| Errno::Inval)?),
            Whence::Cur => SeekFrom::Current(offset),
            Whence::End => SeekFrom::End(offset),
        })?)
    }

    pub fn stat(&self) -> Result<FileStat, Errno> {
        Ok(filestat(&Metadata::from_file(&self.file)?))
    }

    pub fn set_len(&self, len: u64) -> Result<(), Errno> {
        i64::try_from(len).map_err(|_| Errno::Inval)?;
        Ok(self.file.set_len(len)?)
    }

    pub fn set_times(&self, atim: Option<SystemTime>, mtim: Option<SystemTime>) -> Result<(), Errno> {
        let mut times = FileTimes::new();
        if let Some(time) = atim {
            times = times.set_accessed(time);
        }
        if let Some(time) = mtim {
            times = times.set_modified(time);
        }
        Ok(self.file.set_times(times)?)
    }

    pub fn allocate(&self, offset: u64, len: u64) -> Result<(), Errno> {
        self.check_offset(offset)?;
        os::allocate(&self.file, offset, len)
    }

    pub fn advise(&self, offset: u64, len: u64, advice: Advice) -> Result<(), Errno> {
        self.check_offset(offset)?;
        self.check_offset(len)?;
        os::advise(&self.file, offset, len, advice)
    }

    pub fn sync_all(&self) -> Result<(), Errno> {
        // Streams have nothing to wait for, and some systems call it an error.
        if self.seekable { Ok(self.file.sync_all()?) } else { Ok(()) }
    }

    pub fn sync_data(&self) -> Result<(), Errno> {
        if self.seekable { Ok(self.file.sync_data()?) } else { Ok(()) }
    }

    fn sync_after_write(&self) -> Result<(), Errno> {
        match self.sync {
            Sync::Nothing => Ok(()),
            Sync::Data => self.sync_data(),
            Sync::All => self.sync_all(),
        }
    }

    fn sync_before_read(&self, flags: FdFlags) -> Result<(), Errno> {
        if flags.contains(FdFlags::RSYNC) { self.sync_after_write() } else { Ok(()) }
    }

    /// Takes over new flags. Synchronous writes are ours to carry out: most systems can't switch them on later.
    pub fn set_flags(&mut self, flags: FdFlags) -> Result<(), Errno> {
        let append = flags.contains(FdFlags::APPEND);
        let by_system = if self.shared { false } else { os::set_append(&self.file, append)? };
        self.seek_to_end = append && self.seekable && !by_system;
        self.sync = if flags.is_sync() {
            Sync::All
        } else if flags.contains(FdFlags::DSYNC) {
            Sync::Data
        } else {
            Sync::Nothing
        };
        Ok(())
    }

    /// Bytes that a read gets without waiting.
    pub fn available(&self) -> u64 {
        if self.filetype == FileType::RegularFile {
            let position = (&self.file).stream_position().unwrap_or(0);
            return self.file.metadata().map_or(0, |metadata| metadata.len().saturating_sub(position));
        }
        self.handle().and_then(os::available).unwrap_or(0)
    }
}

/// The kind of a file.
pub(crate) fn filetype_of(filetype: cap_std::fs::FileType) -> FileType {
    if filetype.is_file() {
        FileType::RegularFile
    } else if filetype.is_dir() {
        FileType::Directory
    } else if filetype.is_symlink() {
        FileType::SymbolicLink
    } else if FileTypeExt::is_char_device(&filetype) {
        FileType::CharacterDevice
    } else if FileTypeExt::is_block_device(&filetype) {
        FileType::BlockDevice
    } else if FileTypeExt::is_socket(&filetype) {
        FileType::SocketStream
    } else {
        FileType::Unknown
    }
}

/// The guest's view of metadata.
pub(crate) fn filestat(metadata: &Metadata) -> FileStat {
    let time = |time: io::Result<cap_std::time::SystemTime>| time.map_or(0, |time| since_epoch(time.into_std()));
    let mtim = time(metadata.modified());
    FileStat {
        dev: MetadataExt::dev(metadata),
        ino: MetadataExt::ino(metadata),
        filetype: filetype_of(metadata.file_type()),
        nlink: MetadataExt::nlink(metadata),
        size: metadata.len(),
        atim: time(metadata.accessed()),
        mtim,
        ctim: change_time(metadata).unwrap_or(mtim),
    }
}

#[cfg(unix)]
fn change_time(metadata: &Metadata) -> Option<u64> {
    use cap_std::fs::MetadataExt;
    let seconds = u64::try_from(metadata.ctime()).ok()?;
    let nanos = u64::try_from(metadata.ctime_nsec()).ok()?;
    seconds.checked_mul(1_000_000_000)?.checked_add(nanos)
}

#[cfg(not(unix))]
fn change_time(_: &Metadata) -> Option<u64> {
    None
}

/// Nanoseconds since 1970; earlier times count as 1970, as the guest has no sign for them.
pub(crate) fn since_epoch(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
}
