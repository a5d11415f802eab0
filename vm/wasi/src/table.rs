//! The guest's descriptors.

use crate::errno::Errno;
use crate::node::{DirNode, FileNode};
use crate::rights::Rights;
use crate::types::{FdFlags, FileType};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

/// What a descriptor stands for.
pub(crate) enum Object {
    File(FileNode),
    Dir(DirNode),
    Input { stream: Box<dyn Read + Send>, terminal: bool },
    Output { stream: Box<dyn Write + Send>, terminal: bool },
    Listener(TcpListener),
    Socket(TcpStream),
}

impl Object {
    pub fn filetype(&self) -> FileType {
        match self {
            Object::File(file) => file.filetype(),
            Object::Dir(_) => FileType::Directory,
            Object::Input { terminal: true, .. } | Object::Output { terminal: true, .. } => FileType::CharacterDevice,
            Object::Input { .. } | Object::Output { .. } => FileType::Unknown,
            Object::Listener(_) | Object::Socket(_) => FileType::SocketStream,
        }
    }
}

/// An open descriptor.
pub(crate) struct Descriptor {
    pub object: Object,
    pub base: Rights,
    pub inheriting: Rights,
    pub flags: FdFlags,
    /// The path that the guest knows it by, if it was there from the start.
    pub preopen: Option<String>,
    /// Names for `fd_readdir`, as they were when it last started from the beginning.
    pub listing: Option<Vec<crate::dir::Entry>>,
}

impl Descriptor {
    pub fn new(object: Object, base: Rights, inheriting: Rights) -> Self {
        Descriptor { object, base, inheriting, flags: FdFlags::NONE, preopen: None, listing: None }
    }

    /// # Errors
    /// `notcapable` when it doesn't have the rights.
    pub fn require(&self, rights: Rights) -> Result<(), Errno> {
        if self.base.contains(rights) { Ok(()) } else { Err(Errno::NotCapable) }
    }
}

/// Descriptors by number; a new one gets the lowest number that is free.
pub(crate) struct Table {
    entries: Vec<Option<Descriptor>>,
    free: BinaryHeap<Reverse<u32>>,
    limit: usize,
}

impl Table {
    pub fn new(limit: usize) -> Self {
        Table { entries: Vec::new(), free: BinaryHeap::new(), limit }
    }

    /// # Errors
    /// `mfile` when the table is full. Ask before opening anything, so that nothing is created in vain.
    pub fn check_room(&self) -> Result<(), Errno> {
        if self.free.is_empty() && self.entries.len() >= self.limit { Err(Errno::Mfile) } else { Ok(()) }
    }

    pub fn push(&mut self, descriptor: Descriptor) -> Result<u32, Errno> {
        self.check_room()?;
        if let Some(Reverse(number)) = self.free.pop() {
            self.entries[number as usize] = Some(descriptor);
            return Ok(number);
        }
        let number = u32::try_from(self.entries.len())?;
        self.entries.push(Some(descriptor));
        Ok(number)
    }

    pub fn get(&self, fd: u32) -> Result<&Descriptor, Errno> {
        self.entries.get(fd as usize).and_then(Option::as_ref).ok_or(Errno::Badf)
    }

    pub fn get_mut(&mut self, fd: u32) -> Result<&mut Descriptor, Errno> {
        self.entries.get_mut(fd as usize).and_then(Option::as_mut).ok_or(Errno::Badf)
    }

    /// The descriptor, if it has the rights.
    pub fn with(&mut self, fd: u32, rights: Rights) -> Result<&mut Descriptor, Errno> {
        let descriptor = self.get_mut(fd)?;
        descriptor.require(rights)?;
        Ok(descriptor)
    }

    /// The directory behind a descriptor, if it has the rights.
    pub fn dir(&self, fd: u32, rights: Rights) -> Result<&DirNode, Errno> {
        let descriptor = self.get(fd)?;
        let Object::Dir(dir) = &descriptor.object else { return Err(Errno::NotDir) };
        descriptor.require(rights)?;
        Ok(dir)
    }

    pub fn remove(&mut self, fd: u32) -> Result<Descriptor, Errno> {
        let descriptor = self.entries.get_mut(fd as usize).and_then(Option::take).ok_or(Errno::Badf)?;
        self.free.push(Reverse(fd));
        Ok(descriptor)
    }

    /// Moves `from` to `to`, closing what was there. Both are open.
    pub fn renumber(&mut self, from: u32, to: u32) -> Result<(), Errno> {
        self.get(from)?;
        self.get(to)?;
        if from != to {
            let descriptor = self.remove(from)?;
            *self.get_mut(to)? = descriptor;
        }
        Ok(())
    }
}
