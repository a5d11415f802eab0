//! Files and directories, wherever they live: on the host or in memory.

use crate::dir::{Entry, HostDir, OpenRequest};
use crate::errno::Errno;
use crate::file::HostFile;
use crate::memory_fs::{MemoryFile, MemoryNode};
use crate::os;
use crate::types::{Advice, FdFlags, FileStat, FileType, Whence};
use std::io::{IoSlice, IoSliceMut};
use std::time::SystemTime;

/// An open file.
#[derive(Debug)]
pub(crate) enum FileNode {
    Host(HostFile),
    Memory(MemoryFile),
}

/// An open directory: a capability that no path leads out of.
#[derive(Debug)]
pub(crate) enum DirNode {
    Host(HostDir),
    Memory(MemoryNode),
}

/// What was opened.
pub(crate) enum Opened {
    File(FileNode),
    Dir(DirNode),
}

macro_rules! delegate {
    ($($name:ident($($arg:ident: $ty:ty),*) -> $result:ty;)*) => { $(
        pub fn $name(&self, $($arg: $ty),*) -> $result {
            match self {
                Self::Host(node) => node.$name($($arg),*),
                Self::Memory(node) => node.$name($($arg),*),
            }
        }
    )* };
}

impl FileNode {
    delegate! {
        filetype() -> FileType;
        is_seekable() -> bool;
        read(buffers: &mut [IoSliceMut<'_>], flags: FdFlags) -> Result<usize, Errno>;
        read_at(buffers: &mut [IoSliceMut<'_>], offset: u64, flags: FdFlags) -> Result<usize, Errno>;
        write(buffers: &[IoSlice<'_>], flags: FdFlags) -> Result<usize, Errno>;
        write_at(buffers: &[IoSlice<'_>], offset: u64) -> Result<usize, Errno>;
        seek(offset: i64, whence: Whence) -> Result<u64, Errno>;
        stat() -> Result<FileStat, Errno>;
        set_len(len: u64) -> Result<(), Errno>;
        set_times(atim: Option<SystemTime>, mtim: Option<SystemTime>) -> Result<(), Errno>;
        allocate(offset: u64, len: u64) -> Result<(), Errno>;
        available() -> u64;
    }

    /// For waiting on it, if waiting makes sense.
    pub fn handle(&self) -> Option<os::Handle<'_>> {
        match self {
            FileNode::Host(file) => file.handle(),
            FileNode::Memory(_) => None,
        }
    }

    pub fn advise(&self, offset: u64, len: u64, advice: Advice) -> Result<(), Errno> {
        match self {
            FileNode::Host(file) => file.advise(offset, len, advice),
            // Advice may be ignored, and memory has no use for any.
            FileNode::Memory(_) => {
                i64::try_from(offset).and(i64::try_from(len)).map_err(|_| Errno::Inval)?;
                Ok(())
            }
        }
    }

    pub fn sync_all(&self) -> Result<(), Errno> {
        match self {
            FileNode::Host(file) => file.sync_all(),
            FileNode::Memory(_) => Ok(()),
        }
    }

    pub fn sync_data(&self) -> Result<(), Errno> {
        match self {
            FileNode::Host(file) => file.sync_data(),
            FileNode::Memory(_) => Ok(()),
        }
    }

    /// Takes over new flags.
    pub fn set_flags(&mut self, flags: FdFlags) -> Result<(), Errno> {
        match self {
            FileNode::Host(file) => file.set_flags(flags),
            // Each operation is told the flags, and none waits for anything.
            FileNode::Memory(_) => Ok(()),
        }
    }
}

impl DirNode {
    delegate! {
        open(path: &str, request: OpenRequest) -> Result<Opened, Errno>;
        stat() -> Result<FileStat, Errno>;
        stat_path(path: &str, follow: bool) -> Result<FileStat, Errno>;
        set_times(
            path: &str, follow: bool, atim: Option<SystemTime>, mtim: Option<SystemTime>
        ) -> Result<(), Errno>;
        create_dir(path: &str) -> Result<(), Errno>;
        remove_dir(path: &str) -> Result<(), Errno>;
        unlink(path: &str) -> Result<(), Errno>;
        symlink(target: &str, path: &str) -> Result<(), Errno>;
        read_link(path: &str) -> Result<String, Errno>;
        entries() -> Result<Vec<Entry>, Errno>;
    }

    pub fn sync(&self) -> Result<(), Errno> {
        match self {
            DirNode::Host(dir) => dir.sync(),
            DirNode::Memory(_) => Ok(()),
        }
    }

    /// Moves what `from` names in this directory to `to` in another.
    pub fn rename(&self, from: &str, to_dir: &DirNode, to: &str) -> Result<(), Errno> {
        match (self, to_dir) {
            (DirNode::Host(dir), DirNode::Host(to_dir)) => dir.rename(from, to_dir, to),
            (DirNode::Memory(dir), DirNode::Memory(to_dir)) => dir.rename(from, to_dir, to),
            (DirNode::Host(_), DirNode::Memory(_)) | (DirNode::Memory(_), DirNode::Host(_)) => Err(Errno::Xdev),
        }
    }

    /// Gives what `from` names in this directory another name, in another directory.
    pub fn link(&self, from: &str, follow: bool, to_dir: &DirNode, to: &str) -> Result<(), Errno> {
        match (self, to_dir) {
            (DirNode::Host(dir), DirNode::Host(to_dir)) => dir.link(from, follow, to_dir, to),
            (DirNode::Memory(dir), DirNode::Memory(to_dir)) => dir.link(from, follow, to_dir, to),
            (DirNode::Host(_), DirNode::Memory(_)) | (DirNode::Memory(_), DirNode::Host(_)) => Err(Errno::Xdev),
        }
    }
}
