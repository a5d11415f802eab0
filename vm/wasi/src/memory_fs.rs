//! A file system in memory, for embedders that have none to give: plugins, tests, sandboxes.

use crate::dir::{Entry, OpenRequest};
use crate::errno::Errno;
use crate::file::since_epoch;
use crate::node::{DirNode, FileNode, Opened};
use crate::types::{FdFlags, FileStat, FileType, Whence};
use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io::{IoSlice, IoSliceMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// What a name in a directory takes from the capacity, with the bookkeeping behind it.
const ENTRY_COST: u64 = 512;

/// Longest name in a directory, as on most systems.
const NAME_MAX: usize = 255;

/// Symbolic links that a path may lead through, as on Linux.
const MAX_LINKS: usize = 40;

/// A directory that lives in memory, with all that is in it: files, directories, links. Clones share it: give one to
/// the guest ([`WasiCtxBuilder::preopened_memory_dir`](crate::WasiCtxBuilder::preopened_memory_dir)), keep the other.
///
/// Paths are relative to it, with `/` between their components.
///
/// ```
/// use hardtack_wasi::{Access, MemoryDir, WasiCtxBuilder};
///
/// let files = MemoryDir::new(1 << 20);
/// files.write("etc/app.conf", b"fast = true")?;
/// let ctx = WasiCtxBuilder::new().preopened_memory_dir(files.clone(), "/", Access::ReadWrite).build();
/// // When the guest has run:
/// assert_eq!(files.read("etc/app.conf")?, b"fast = true");
/// # Ok::<(), hardtack_wasi::Errno>(())
/// ```
#[derive(Clone)]
pub struct MemoryDir {
    fs: Shared,
}

impl fmt::Debug for MemoryDir {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryDir").finish_non_exhaustive()
    }
}

impl MemoryDir {
    /// Empty. When contents of files, and 512 bytes for each name, come to `capacity` bytes, writes fail as they do on
    /// a full device.
    pub fn new(capacity: u64) -> Self {
        let mut fs = FileSystem { nodes: HashMap::new(), next: Ino::ROOT, dev: 0, free: capacity, time: Time::System };
        let root = fs.add(Content::Directory { entries: BTreeMap::new(), parent: Ino::ROOT });
        fs.node_mut(root).links = 1;
        MemoryDir { fs: Shared(Arc::new(Mutex::new(fs))) }
    }

    /// Writes a file, making the directories on the way to it and replacing what it held.
    ///
    /// # Errors
    /// As for a guest: `nospc` when it doesn't fit, `isdir` when it is a directory, `perm` when the path leads out.
    pub fn write(&self, path: &str, contents: impl AsRef<[u8]>) -> Result<(), Errno> {
        let root = self.open();
        for (end, _) in path.match_indices('/') {
            match root.create_dir(&path[..end]) {
                Ok(()) | Err(Errno::Exist) => {}
                Err(errno) => return Err(errno),
            }
        }
        let request = OpenRequest { create: true, truncate: true, write: true, ..READ };
        match root.open(path, request)? {
            Opened::File(FileNode::Memory(file)) => {
                let contents = contents.as_ref();
                if file.write_at(&[IoSlice::new(contents)], 0)? < contents.len() {
                    return Err(Errno::NoSpc);
                }
                Ok(())
            }
            Opened::File(FileNode::Host(_)) | Opened::Dir(_) => Err(Errno::IsDir),
        }
    }

    /// What a file holds.
    ///
    /// # Errors
    /// As for a guest: `noent` when there is none, `isdir` when it is a directory, `perm` when the path leads out.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, Errno> {
        let fs = self.fs.lock();
        let place = fs.resolve(Ino::ROOT, path, true)?;
        let ino = fs.existing(&place)?;
        fs.node(ino).file().cloned()
    }

    /// Makes a directory. The one that it is in exists.
    ///
    /// # Errors
    /// As for a guest: `exist` when there is something, `nospc` when there is no room, `perm` when the path leads out.
    pub fn create_dir(&self, path: &str) -> Result<(), Errno> {
        self.open().create_dir(path)
    }

    /// Names in a directory, in order. `.` is this one.
    ///
    /// # Errors
    /// As for a guest: `noent` when there is none, `notdir` when it isn't one, `perm` when the path leads out.
    pub fn list(&self, path: &str) -> Result<Vec<String>, Errno> {
        let fs = self.fs.lock();
        let place = fs.resolve(Ino::ROOT, path, true)?;
        let ino = fs.existing(&place)?;
        Ok(fs.node(ino).entries()?.keys().cloned().collect())
    }

    /// Bytes that can still be written.
    pub fn free(&self) -> u64 {
        self.fs.lock().free
    }

    /// An open handle. `dev` is what the guest is told for a device, unless another one was told something already.
    pub(crate) fn attach(&self, dev: u64, time: Option<Duration>) -> MemoryNode {
        let mut fs = self.fs.lock();
        if fs.dev == 0 {
            fs.dev = dev;
        }
        if let Some(time) = time {
            fs.time = Time::Counted(time);
        }
        drop(fs);
        self.open()
    }

    fn open(&self) -> MemoryNode {
        self.fs.open(&mut self.fs.lock(), Ino::ROOT)
    }
}

const READ: OpenRequest = OpenRequest {
    follow: true,
    directory: false,
    create: false,
    exclusive: false,
    truncate: false,
    read: true,
    write: false,
    nonblock: false,
};

/// The number of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Ino(u64);

impl Ino {
    const ROOT: Ino = Ino(1);
}

/// The file system that handles share.
#[derive(Clone)]
struct Shared(Arc<Mutex<FileSystem>>);

impl Shared {
    fn lock(&self) -> MutexGuard<'_, FileSystem> {
        // Nothing here calls out, so there are no panics of others to have left it half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self, fs: &mut FileSystem, ino: Ino) -> MemoryNode {
        fs.node_mut(ino).handles += 1;
        MemoryNode { fs: self.clone(), ino }
    }
}

struct FileSystem {
    /// Each is named by `links` entries and used by `handles`; it goes when both are zero.
    nodes: HashMap<Ino, Node>,
    next: Ino,
    dev: u64,
    /// Bytes left of the capacity.
    free: u64,
    time: Time,
}

/// Where timestamps come from.
enum Time {
    System,
    /// One microsecond more at every use, so that runs are equal.
    Counted(Duration),
}

struct Node {
    content: Content,
    links: u64,
    handles: usize,
    atim: u64,
    mtim: u64,
    ctim: u64,
}

enum Content {
    File(Vec<u8>),
    Directory { entries: BTreeMap<String, Ino>, parent: Ino },
    Symlink(String),
}

impl Node {
    fn filetype(&self) -> FileType {
        match self.content {
            Content::File(_) => FileType::RegularFile,
            Content::Directory { .. } => FileType::Directory,
            Content::Symlink(_) => FileType::SymbolicLink,
        }
    }

    fn is_dir(&self) -> bool {
        matches!(self.content, Content::Directory { .. })
    }

    fn entries(&self) -> Result<&BTreeMap<String, Ino>, Errno> {
        match &self.content {
            Content::Directory { entries, .. } => Ok(entries),
            Content::File(_) | Content::Symlink(_) => Err(Errno::NotDir),
        }
    }

    fn entries_mut(&mut self) -> Result<&mut BTreeMap<String, Ino>, Errno> {
        match &mut self.content {
            Content::Directory { entries, .. } => Ok(entries),
            Content::File(_) | Content::Symlink(_) => Err(Errno::NotDir),
        }
    }

    fn file(&self) -> Result<&Vec<u8>, Errno> {
        match &self.content {
            Content::File(bytes) => Ok(bytes),
            Content::Directory { .. } => Err(Errno::IsDir),
            Content::Symlink(_) => Err(Errno::Loop),
        }
    }

    fn size(&self) -> u64 {
        match &self.content {
            Content::File(bytes) => bytes.len() as u64,
            Content::Directory { .. } => 0,
            Content::Symlink(target) => target.len() as u64,
        }
    }
}

/// Where a path leads.
struct Place<'a> {
    /// The directory and the name in it; none when the path names the directory that it starts from, or one by `..`.
    entry: Option<(Ino, &'a str)>,
    /// What is there.
    node: Option<Ino>,
    /// Whether the path says that it is a directory.
    directory: bool,
}

impl FileSystem {
    /// Handles and entries name nodes that are there: `release` keeps them until neither is left.
    fn node(&self, ino: Ino) -> &Node {
        &self.nodes[&ino]
    }

    fn node_mut(&mut self, ino: Ino) -> &mut Node {
        self.nodes.get_mut(&ino).expect("a node that is named or open")
    }

    fn now(&mut self) -> u64 {
        match &mut self.time {
            Time::System => since_epoch(SystemTime::now()),
            Time::Counted(time) => {
                *time += Duration::from_micros(1);
                u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
            }
        }
    }

    /// A node that nothing names yet.
    fn add(&mut self, content: Content) -> Ino {
        let now = self.now();
        let ino = self.next;
        self.next = Ino(ino.0 + 1);
        self.nodes.insert(ino, Node { content, links: 0, handles: 0, atim: now, mtim: now, ctim: now });
        ino
    }

    /// Marks a change of what a node holds.
    fn modified(&mut self, ino: Ino) {
        let now = self.now();
        let node = self.node_mut(ino);
        (node.mtim, node.ctim) = (now, now);
    }

    /// Takes bytes from the capacity.
    fn charge(&mut self, bytes: u64) -> Result<(), Errno> {
        self.free = self.free.checked_sub(bytes).ok_or(Errno::NoSpc)?;
        Ok(())
    }

    /// Lets go of a node that nothing uses any more.
    fn release(&mut self, ino: Ino) {
        let node = self.node(ino);
        if node.links == 0 && node.handles == 0 {
            self.free += node.size();
            self.nodes.remove(&ino);
        }
    }

    /// Follows a path from a directory, never above it.
    fn resolve<'a>(&'a self, base: Ino, path: &'a str, follow: bool) -> Result<Place<'a>, Errno> {
        if path.starts_with('/') {
            return Err(Errno::Perm);
        }
        // The directories that lead to where we are, and the components to go, the next one last.
        let mut walk = vec![base];
        let mut rest: Vec<&str> = path.rsplit('/').collect();
        let mut links = 0;
        while let Some(name) = rest.pop() {
            let here = *walk.last().ok_or(Errno::Perm)?;
            match name {
                "" | "." => continue,
                ".." => {
                    walk.pop();
                    if walk.is_empty() {
                        return Err(Errno::Perm);
                    }
                    continue;
                }
                _ => {}
            }
            if name.len() > NAME_MAX {
                return Err(Errno::NameTooLong);
            }
            // All that may come after the last name is slashes and dots, which want a directory.
            let last = rest.iter().all(|name| matches!(*name, "" | "."));
            let directory = !rest.is_empty();
            let node = self.node(here).entries()?.get(name).copied();
            match node.map(|ino| (ino, &self.node(ino).content)) {
                Some((_, Content::Symlink(target))) if follow || directory => {
                    links += 1;
                    if links > MAX_LINKS {
                        return Err(Errno::Loop);
                    }
                    if target.starts_with('/') {
                        return Err(Errno::Perm);
                    }
                    rest.extend(target.rsplit('/'));
                }
                _ if last => return Ok(Place { entry: Some((here, name)), node, directory }),
                Some((ino, Content::Directory { .. })) => walk.push(ino),
                Some((_, Content::File(_) | Content::Symlink(_))) => return Err(Errno::NotDir),
                None => return Err(Errno::NoEnt),
            }
        }
        Ok(Place { entry: None, node: walk.pop(), directory: true })
    }

    /// What is there.
    fn existing(&self, place: &Place<'_>) -> Result<Ino, Errno> {
        let ino = place.node.ok_or(Errno::NoEnt)?;
        if place.directory && !self.node(ino).is_dir() { Err(Errno::NotDir) } else { Ok(ino) }
    }

    /// Where something new can be made.
    fn vacant(&self, place: &Place<'_>) -> Result<(Ino, String), Errno> {
        let (parent, name) = place.entry.ok_or(Errno::Exist)?;
        if place.node.is_some() {
            return Err(Errno::Exist);
        }
        // A directory that was removed while open takes nothing in.
        if self.node(parent).links == 0 {
            return Err(Errno::NoEnt);
        }
        Ok((parent, name.to_string()))
    }

    /// Makes an entry for a node, for which there is room.
    fn enter(&mut self, parent: Ino, name: String, ino: Ino) -> Result<(), Errno> {
        self.node_mut(parent).entries_mut()?.insert(name, ino);
        self.modified(parent);
        let now = self.now();
        let node = self.node_mut(ino);
        node.links += 1;
        node.ctim = now;
        if let Content::Directory { parent: known, .. } = &mut node.content {
            *known = parent;
        }
        Ok(())
    }

    /// Removes an entry.
    fn leave(&mut self, parent: Ino, name: &str) -> Result<Ino, Errno> {
        let ino = self.node_mut(parent).entries_mut()?.remove(name).ok_or(Errno::NoEnt)?;
        self.modified(parent);
        let now = self.now();
        let node = self.node_mut(ino);
        node.links -= 1;
        node.ctim = now;
        Ok(ino)
    }

    /// Makes something new.
    fn create(&mut self, parent: Ino, name: String, content: Content) -> Result<Ino, Errno> {
        let size = if let Content::Symlink(target) = &content { target.len() as u64 } else { 0 };
        self.charge(ENTRY_COST + size)?;
        let ino = self.add(content);
        self.enter(parent, name, ino)?;
        Ok(ino)
    }

    /// Removes an entry for good.
    fn remove(&mut self, parent: Ino, name: &str) -> Result<(), Errno> {
        let ino = self.leave(parent, name)?;
        self.free += ENTRY_COST;
        self.release(ino);
        Ok(())
    }

    /// Whether `ino` is `dir` or lies somewhere above it.
    fn is_above(&self, ino: Ino, dir: Ino) -> bool {
        let mut at = dir;
        loop {
            if at == ino {
                return true;
            }
            match self.node(at).content {
                Content::Directory { parent, .. } if parent != at => at = parent,
                _ => return false,
            }
        }
    }

    fn stat(&self, ino: Ino) -> FileStat {
        let node = self.node(ino);
        FileStat {
            dev: self.dev,
            ino: ino.0,
            filetype: node.filetype(),
            nlink: node.links,
            size: node.size(),
            atim: node.atim,
            mtim: node.mtim,
            ctim: node.ctim,
        }
    }

    fn set_times(&mut self, ino: Ino, atim: Option<SystemTime>, mtim: Option<SystemTime>) {
        let now = self.now();
        let node = self.node_mut(ino);
        node.atim = atim.map_or(node.atim, since_epoch);
        node.mtim = mtim.map_or(node.mtim, since_epoch);
        node.ctim = now;
    }

    /// The bytes of a file, with room made or given back for this length.
    fn resize(&mut self, ino: Ino, len: u64) -> Result<(), Errno> {
        let FileSystem { nodes, free, .. } = self;
        let bytes = match nodes.get_mut(&ino).map(|node| &mut node.content) {
            Some(Content::File(bytes)) => bytes,
            _ => return Err(Errno::Badf),
        };
        let old = bytes.len() as u64;
        let left = (*free + old).checked_sub(len).ok_or(Errno::NoSpc)?;
        let new = usize::try_from(len).map_err(|_| Errno::Fbig)?;
        bytes.try_reserve(new.saturating_sub(bytes.len())).map_err(|_| Errno::NoSpc)?;
        bytes.resize(new, 0);
        *free = left;
        self.modified(ino);
        Ok(())
    }
}

/// A handle on a node; as a directory, a capability that no path leads out of.
pub(crate) struct MemoryNode {
    fs: Shared,
    ino: Ino,
}

impl fmt::Debug for MemoryNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MemoryNode").field(&self.ino).finish()
    }
}

impl Drop for MemoryNode {
    fn drop(&mut self) {
        let mut fs = self.fs.lock();
        fs.node_mut(self.ino).handles -= 1;
        fs.release(self.ino);
    }
}

impl MemoryNode {
    pub fn open(&self, path: &str, request: OpenRequest) -> Result<Opened, Errno> {
        let OpenRequest { follow, directory, create, exclusive, truncate, write, read: _, nonblock: _ } = request;
        // A directory can't be made, emptied or required to be new by opening it.
        if directory && (create || exclusive || truncate) {
            return Err(Errno::Inval);
        }
        let mut guard = self.fs.lock();
        let fs = &mut *guard;
        let place = fs.resolve(self.ino, path, follow && !(create && exclusive))?;
        let ino = match place.node {
            Some(_) if create && exclusive => return Err(Errno::Exist),
            None if create && place.directory => return Err(Errno::IsDir),
            None if create => {
                let (parent, name) = fs.vacant(&place)?;
                fs.create(parent, name, Content::File(Vec::new()))?
            }
            Some(_) | None => fs.existing(&place)?,
        };
        match &fs.node(ino).content {
            Content::Directory { .. } if write || create || truncate => Err(Errno::IsDir),
            Content::Directory { .. } => Ok(Opened::Dir(DirNode::Memory(self.fs.open(fs, ino)))),
            Content::File(_) | Content::Symlink(_) if directory => Err(Errno::NotDir),
            Content::Symlink(_) => Err(Errno::Loop),
            Content::File(_) => {
                if truncate {
                    fs.resize(ino, 0)?;
                }
                let node = self.fs.open(fs, ino);
                Ok(Opened::File(FileNode::Memory(MemoryFile { node, position: Cell::new(0) })))
            }
        }
    }

    pub fn stat(&self) -> Result<FileStat, Errno> {
        Ok(self.fs.lock().stat(self.ino))
    }

    pub fn stat_path(&self, path: &str, follow: bool) -> Result<FileStat, Errno> {
        let fs = self.fs.lock();
        let ino = fs.existing(&fs.resolve(self.ino, path, follow)?)?;
        Ok(fs.stat(ino))
    }

    pub fn set_times(
        &self,
        path: &str,
        follow: bool,
        atim: Option<SystemTime>,
        mtim: Option<SystemTime>,
    ) -> Result<(), Errno> {
        let mut fs = self.fs.lock();
        let ino = fs.existing(&fs.resolve(self.ino, path, follow)?)?;
        fs.set_times(ino, atim, mtim);
        Ok(())
    }

    pub fn create_dir(&self, path: &str) -> Result<(), Errno> {
        let mut fs = self.fs.lock();
        let (parent, name) = fs.vacant(&fs.resolve(self.ino, path, false)?)?;
        fs.create(parent, name, Content::Directory { entries: BTreeMap::new(), parent })?;
        Ok(())
    }

    pub fn remove_dir(&self, path: &str) -> Result<(), Errno> {
        let mut fs = self.fs.lock();
        let place = fs.resolve(self.ino, path, false)?;
        let ino = fs.existing(&place)?;
        let (parent, name) = place.entry.ok_or(Errno::Inval)?;
        if !fs.node(ino).entries()?.is_empty() {
            return Err(Errno::NotEmpty);
        }
        let name = name.to_string();
        fs.remove(parent, &name)
    }

    pub fn unlink(&self, path: &str) -> Result<(), Errno> {
        let mut fs = self.fs.lock();
        let place = fs.resolve(self.ino, path, false)?;
        let ino = fs.existing(&place)?;
        let (parent, name) = place.entry.ok_or(Errno::IsDir)?;
        if fs.node(ino).is_dir() {
            return Err(Errno::IsDir);
        }
        let name = name.to_string();
        fs.remove(parent, &name)
    }

    /// Two places in two handles' directories, which must be of one file system.
    fn same(&self, other: &MemoryNode) -> Result<(), Errno> {
        if Arc::ptr_eq(&self.fs.0, &other.fs.0) { Ok(()) } else { Err(Errno::Xdev) }
    }

    pub fn rename(&self, from: &str, to_dir: &MemoryNode, to: &str) -> Result<(), Errno> {
        self.same(to_dir)?;
        let mut fs = self.fs.lock();
        let old = fs.resolve(self.ino, from, false)?;
        let ino = fs.existing(&old)?;
        let (old_parent, old_name) = old.entry.ok_or(Errno::Busy)?;
        let new = fs.resolve(to_dir.ino, to, false)?;
        let (new_parent, new_name) = new.entry.ok_or(Errno::Busy)?;
        let is_dir = fs.node(ino).is_dir();
        if is_dir && fs.is_above(ino, new_parent) {
            return Err(Errno::Inval);
        }
        if new.directory && !is_dir {
            return Err(Errno::NotDir);
        }
        if new.node == Some(ino) {
            return Ok(());
        }
        if fs.node(new_parent).links == 0 {
            return Err(Errno::NoEnt);
        }
        if let Some(target) = new.node {
            let target = fs.node(target);
            match (is_dir, target.is_dir()) {
                (true, false) => return Err(Errno::NotDir),
                (false, true) => return Err(Errno::IsDir),
                (true, true) if !target.entries()?.is_empty() => return Err(Errno::NotEmpty),
                (true, true) | (false, false) => {}
            }
        }
        let replaces = new.node.is_some();
        let (old_name, new_name) = (old_name.to_string(), new_name.to_string());
        if replaces {
            fs.remove(new_parent, &new_name)?;
        }
        let ino = fs.leave(old_parent, &old_name)?;
        fs.enter(new_parent, new_name, ino)
    }

    pub fn link(&self, from: &str, follow: bool, to_dir: &MemoryNode, to: &str) -> Result<(), Errno> {
        self.same(to_dir)?;
        let mut fs = self.fs.lock();
        let ino = fs.existing(&fs.resolve(self.ino, from, follow)?)?;
        if fs.node(ino).is_dir() {
            return Err(Errno::Perm);
        }
        let place = fs.resolve(to_dir.ino, to, false)?;
        let (parent, name) = fs.vacant(&place)?;
        if place.directory {
            return Err(Errno::NoEnt);
        }
        fs.charge(ENTRY_COST)?;
        fs.enter(parent, name, ino)
    }

    pub fn symlink(&self, target: &str, path: &str) -> Result<(), Errno> {
        // It would lead out.
        if target.starts_with('/') {
            return Err(Errno::Perm);
        }
        let mut fs = self.fs.lock();
        let place = fs.resolve(self.ino, path, false)?;
        let (parent, name) = fs.vacant(&place)?;
        if place.directory {
            return Err(Errno::NoEnt);
        }
        fs.create(parent, name, Content::Symlink(target.to_string()))?;
        Ok(())
    }

    pub fn read_link(&self, path: &str) -> Result<String, Errno> {
        let fs = self.fs.lock();
        let ino = fs.existing(&fs.resolve(self.ino, path, false)?)?;
        match &fs.node(ino).content {
            Content::Symlink(target) => Ok(target.clone()),
            Content::File(_) | Content::Directory { .. } => Err(Errno::Inval),
        }
    }

    /// What is in it, `.` and `..` first.
    pub fn entries(&self) -> Result<Vec<Entry>, Errno> {
        let fs = self.fs.lock();
        let mut entries = vec![
            Entry { name: ".".into(), ino: self.ino.0, filetype: FileType::Directory },
            // What is above may be out of reach, so its number stays unknown.
            Entry { name: "..".into(), ino: 0, filetype: FileType::Directory },
        ];
        for (name, ino) in fs.node(self.ino).entries()? {
            entries.push(Entry { name: name.clone(), ino: ino.0, filetype: fs.node(*ino).filetype() });
        }
        Ok(entries)
    }
}

/// An open file: a handle on its node, and a position.
#[derive(Debug)]
pub(crate) struct MemoryFile {
    node: MemoryNode,
    position: Cell<u64>,
}

impl MemoryFile {
    pub fn filetype(&self) -> FileType {
        FileType::RegularFile
    }

    pub fn is_seekable(&self) -> bool {
        true
    }

    fn lock(&self) -> MutexGuard<'_, FileSystem> {
        self.node.fs.lock()
    }

    fn len(&self) -> u64 {
        self.lock().node(self.node.ino).size()
    }

    pub fn read(&self, buffers: &mut [IoSliceMut<'_>], flags: FdFlags) -> Result<usize, Errno> {
        let read = self.read_at(buffers, self.position.get(), flags)?;
        self.position.set(self.position.get() + read as u64);
        Ok(read)
    }

    pub fn read_at(&self, buffers: &mut [IoSliceMut<'_>], offset: u64, _: FdFlags) -> Result<usize, Errno> {
        i64::try_from(offset).map_err(|_| Errno::Inval)?;
        let fs = self.lock();
        let bytes = fs.node(self.node.ino).file()?;
        let mut rest = usize::try_from(offset).ok().and_then(|offset| bytes.get(offset..)).unwrap_or_default();
        let mut read = 0;
        for buffer in buffers {
            let (part, more) = rest.split_at(buffer.len().min(rest.len()));
            buffer[..part.len()].copy_from_slice(part);
            read += part.len();
            rest = more;
        }
        Ok(read)
    }

    pub fn write(&self, buffers: &[IoSlice<'_>], flags: FdFlags) -> Result<usize, Errno> {
        let offset = if flags.contains(FdFlags::APPEND) { self.len() } else { self.position.get() };
        let written = self.write_at(buffers, offset)?;
        self.position.set(offset + written as u64);
        Ok(written)
    }

    /// Writes what there is room for.
    pub fn write_at(&self, buffers: &[IoSlice<'_>], offset: u64) -> Result<usize, Errno> {
        i64::try_from(offset).map_err(|_| Errno::Inval)?;
        let wanted: usize = buffers.iter().map(|buffer| buffer.len()).sum();
        if wanted == 0 {
            return Ok(0);
        }
        let mut fs = self.lock();
        let ino = self.node.ino;
        let old = fs.node(ino).size();
        let end = (offset.checked_add(wanted as u64).ok_or(Errno::Fbig)?).min(old.saturating_add(fs.free)).max(old);
        if end <= offset {
            return Err(Errno::NoSpc);
        }
        if end > old {
            fs.resize(ino, end)?;
        } else {
            fs.modified(ino);
        }
        let Content::File(bytes) = &mut fs.node_mut(ino).content else { return Err(Errno::Badf) };
        // It lies inside what the file has just been made to hold.
        let start = usize::try_from(offset).map_err(|_| Errno::Fbig)?;
        let mut rest = &mut bytes[start..];
        let mut written = 0;
        for buffer in buffers {
            let len = buffer.len().min(rest.len());
            let (part, more) = rest.split_at_mut(len);
            part.copy_from_slice(&buffer[..len]);
            written += len;
            rest = more;
        }
        Ok(written)
    }

    pub fn seek(&self, offset: i64, whence: Whence) -> Result<u64, Errno> {
        let from = match whence {
            Whence::Set => 0,
            Whence::Cur => self.position.get(),
            Whence::End => self.len(),
        };
        let position = from.checked_add_signed(offset).filter(|position| i64::try_from(*position).is_ok());
        self.position.set(position.ok_or(Errno::Inval)?);
        Ok(self.position.get())
    }

    pub fn stat(&self) -> Result<FileStat, Errno> {
        self.node.stat()
    }

    pub fn set_len(&self, len: u64) -> Result<(), Errno> {
        i64::try_from(len).map_err(|_| Errno::Inval)?;
        self.lock().resize(self.node.ino, len)
    }

    pub fn set_times(&self, atim: Option<SystemTime>, mtim: Option<SystemTime>) -> Result<(), Errno> {
        self.lock().set_times(self.node.ino, atim, mtim);
        Ok(())
    }

    pub fn allocate(&self, offset: u64, len: u64) -> Result<(), Errno> {
        let end = offset.checked_add(len).filter(|end| i64::try_from(*end).is_ok()).ok_or(Errno::Fbig)?;
        if len == 0 {
            return Err(Errno::Inval);
        }
        let mut fs = self.lock();
        if end > fs.node(self.node.ino).size() { fs.resize(self.node.ino, end) } else { Ok(()) }
    }

    /// Bytes that a read gets.
    pub fn available(&self) -> u64 {
        self.len().saturating_sub(self.position.get())
    }
}
