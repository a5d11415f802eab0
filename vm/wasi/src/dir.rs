//! Directories of the host, each a capability: no path leads out of it.

use crate::errno::Errno;
use crate::file::{HostFile, filestat, filetype_of};
use crate::node::{DirNode, FileNode, Opened};
use crate::types::{FileStat, FileType};
use cap_fs_ext::{
    DirExt, FollowSymlinks, OpenOptionsFollowExt, OpenOptionsMaybeDirExt, OpenOptionsSyncExt, SystemTimeSpec,
};
use cap_std::fs::{Dir, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// An open directory.
#[derive(Debug)]
pub(crate) struct HostDir(Dir);

/// What to open, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenRequest {
    pub follow: bool,
    pub directory: bool,
    pub create: bool,
    pub exclusive: bool,
    pub truncate: bool,
    pub read: bool,
    pub write: bool,
    pub nonblock: bool,
}

/// A name in a directory.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub name: String,
    pub ino: u64,
    pub filetype: FileType,
}

impl HostDir {
    pub fn new(dir: Dir) -> Self {
        HostDir(dir)
    }

    pub fn open(&self, path: &str, request: OpenRequest) -> Result<Opened, Errno> {
        if request.directory {
            // A directory can't be made, emptied or required to be new by opening it.
            if request.create || request.exclusive || request.truncate {
                return Err(Errno::Inval);
            }
            let dir = if request.follow { self.0.open_dir(path)? } else { self.0.open_dir_nofollow(path)? };
            if request.write {
                return Err(Errno::IsDir);
            }
            return Ok(Opened::Dir(DirNode::Host(HostDir(dir))));
        }
        let file = match self.0.open_with(path, &options(request)) {
            Ok(file) => file,
            // Creating asks the host for writing; a file that exists and may only be read can still be opened.
            Err(error)
                if error.kind() == std::io::ErrorKind::PermissionDenied
                    && error.raw_os_error().is_some()
                    && request.create
                    && !(request.exclusive || request.truncate || request.write) =>
            {
                self.0.open_with(path, &options(OpenRequest { create: false, ..request }))?
            }
            Err(error) => return Err(error.into()),
        };
        if file.metadata()?.is_dir() {
            return Ok(Opened::Dir(DirNode::Host(HostDir(Dir::from_std_file(file.into_std())))));
        }
        Ok(Opened::File(FileNode::Host(HostFile::own(file.into_std())?)))
    }

    pub fn stat(&self) -> Result<FileStat, Errno> {
        Ok(filestat(&self.0.dir_metadata()?))
    }

    pub fn stat_path(&self, path: &str, follow: bool) -> Result<FileStat, Errno> {
        let metadata = if follow { self.0.metadata(path)? } else { self.0.symlink_metadata(path)? };
        Ok(filestat(&metadata))
    }

    pub fn set_times(
        &self,
        path: &str,
        follow: bool,
        atim: Option<SystemTime>,
        mtim: Option<SystemTime>,
    ) -> Result<(), Errno> {
        let spec = |time| SystemTimeSpec::Absolute(cap_std::time::SystemTime::from_std(time));
        let (atim, mtim) = (atim.map(spec), mtim.map(spec));
        if follow {
            Ok(DirExt::set_times(&self.0, path, atim, mtim)?)
        } else {
            Ok(self.0.set_symlink_times(path, atim, mtim)?)
        }
    }

    pub fn create_dir(&self, path: &str) -> Result<(), Errno> {
        Ok(self.0.create_dir(path)?)
    }

    pub fn remove_dir(&self, path: &str) -> Result<(), Errno> {
        Ok(self.0.remove_dir(path)?)
    }

    pub fn unlink(&self, path: &str) -> Result<(), Errno> {
        // Systems disagree on the error for a directory (POSIX even lets the superuser remove it like this).
        Ok(self.0.remove_file_or_symlink(path)?)
    }

    pub fn rename(&self, from: &str, to_dir: &HostDir, to: &str) -> Result<(), Errno> {
        // Slashes at the end are dropped on the way to the system, which would have refused.
        if to.ends_with('/') && !self.0.symlink_metadata(from)?.is_dir() {
            return Err(Errno::NotDir);
        }
        Ok(self.0.rename(from, &to_dir.0, to)?)
    }

    pub fn link(&self, from: &str, follow: bool, to_dir: &HostDir, to: &str) -> Result<(), Errno> {
        let resolved: PathBuf;
        let from = if follow {
            resolved = self.0.canonicalize(from)?;
            resolved.as_path()
        } else {
            Path::new(from)
        };
        Ok(self.0.hard_link(from, &to_dir.0, to)?)
    }

    pub fn symlink(&self, target: &str, path: &str) -> Result<(), Errno> {
        Ok(DirExt::symlink(&self.0, target, path)?)
    }

    pub fn read_link(&self, path: &str) -> Result<String, Errno> {
        self.0.read_link(path)?.into_os_string().into_string().map_err(|_| Errno::Ilseq)
    }

    pub fn sync(&self) -> Result<(), Errno> {
        // The handle itself may be good for naming only.
        Ok(self.0.open(".")?.sync_all()?)
    }

    /// What is in it, `.` and `..` first.
    pub fn entries(&self) -> Result<Vec<Entry>, Errno> {
        let own = self.stat()?;
        let mut entries = vec![
            Entry { name: ".".into(), ino: own.ino, filetype: FileType::Directory },
            // What is above may be out of reach, so its number stays unknown.
            Entry { name: "..".into(), ino: 0, filetype: FileType::Directory },
        ];
        for entry in self.0.entries()? {
            let entry = entry?;
            let name = entry.file_name().into_string().map_err(|_| Errno::Ilseq)?;
            entries.push(Entry { name, ino: ino(&entry)?, filetype: filetype_of(entry.file_type()?) });
        }
        Ok(entries)
    }
}

#[cfg(unix)]
fn ino(entry: &cap_std::fs::DirEntry) -> Result<u64, Errno> {
    use std::os::unix::fs::DirEntryExt;
    Ok(entry.ino())
}

#[cfg(not(unix))]
fn ino(entry: &cap_std::fs::DirEntry) -> Result<u64, Errno> {
    use cap_fs_ext::{DirEntryExt, MetadataExt};
    Ok(entry.full_metadata()?.ino())
}

fn options(request: OpenRequest) -> OpenOptions {
    let mut options = OpenOptions::new();
    // The host has no way to open without access, and to create or truncate it wants writing. The rights of the
    // descriptor say what the guest may do.
    options
        .read(request.read || !request.write)
        .write(request.write || request.create || request.truncate)
        .create(request.create && !request.exclusive)
        .create_new(request.create && request.exclusive)
        .truncate(request.truncate)
        .nonblock(request.nonblock)
        .maybe_dir(true)
        .follow(if request.follow { FollowSymlinks::Yes } else { FollowSymlinks::No });
    options
}
