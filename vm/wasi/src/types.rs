//! Flags, small enumerations and records of preview 1, with the layouts that the guest sees.

use crate::errno::Errno;
use crate::memory::Guest;
use crate::rights::Rights;

/// Which of the two generations of the interface a guest was built for. They differ in a few layouts and numbers.
///
/// ```
/// use hardtack_vm::{Engine, Linker};
/// use hardtack_wasi::{Version, WasiCtx};
///
/// // Everything but the network, for guests of today.
/// let mut linker = Linker::<WasiCtx>::new(&Engine::default());
/// let wanted = |version, name: &str| version == Version::Preview1 && !name.starts_with("sock_");
/// hardtack_wasi::add_some_to_linker(&mut linker, wanted, |wasi| wasi)?;
/// # Ok::<(), hardtack_vm::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// `wasi_unstable`, also known as snapshot 0.
    Unstable,
    /// `wasi_snapshot_preview1`.
    Preview1,
}

impl Version {
    /// The module name that guests import from.
    pub const fn module(self) -> &'static str {
        match self {
            Version::Unstable => "wasi_unstable",
            Version::Preview1 => "wasi_snapshot_preview1",
        }
    }
}

macro_rules! flags {
    ($(#[$doc:meta])* $name:ident($repr:ident) { $($(#[$flag_doc:meta])* $flag:ident = $bit:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name($repr);

        impl $name {
            $($(#[$flag_doc])* pub const $flag: $name = $name($bit);)*
            /// The set with these bits.
            ///
            /// # Errors
            /// `inval` when a bit has no meaning.
            pub const fn from_bits(bits: u32) -> Result<$name, Errno> {
                let known = 0 $(| $bit)*;
                if bits & !known == 0 { Ok($name(bits as $repr)) } else { Err(Errno::Inval) }
            }

            /// Whether it has every flag of `other`.
            pub const fn contains(self, other: $name) -> bool {
                self.0 & other.0 == other.0
            }
        }
    };
}

flags! {
    /// How a descriptor reads and writes.
    FdFlags(u16) {
        /// Every write goes to the end of the file.
        APPEND = 1;
        /// Writes return when the data has reached the device.
        DSYNC = 2;
        /// Operations fail with `again` rather than wait.
        NONBLOCK = 4;
        /// Reads wait for pending writes to reach the device.
        RSYNC = 8;
        /// Writes return when data and metadata have reached the device.
        SYNC = 16;
    }
}

impl FdFlags {
    /// No flag.
    pub const NONE: FdFlags = FdFlags(0);

    /// Its bits.
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// Whether writes are to reach the device, with their metadata, before they return.
    pub const fn is_sync(self) -> bool {
        self.contains(FdFlags::SYNC) || self.contains(FdFlags::RSYNC)
    }
}

flags! {
    /// How a path is opened.
    OFlags(u16) {
        /// Create the file if it doesn't exist.
        CREAT = 1;
        /// Fail if it isn't a directory.
        DIRECTORY = 2;
        /// Fail if the file exists.
        EXCL = 4;
        /// Truncate the file to nothing.
        TRUNC = 8;
    }
}

flags! {
    /// How the last component of a path is looked up.
    LookupFlags(u32) {
        /// Follow a symbolic link there.
        SYMLINK_FOLLOW = 1;
    }
}

flags! {
    /// Which timestamps to set.
    FstFlags(u16) {
        /// Time of last access, to the value given.
        ATIM = 1;
        /// Time of last access, to now.
        ATIM_NOW = 2;
        /// Time of last modification, to the value given.
        MTIM = 4;
        /// Time of last modification, to now.
        MTIM_NOW = 8;
    }
}

flags! {
    /// How `sock_recv` receives.
    RiFlags(u16) {
        /// Leave the data in the queue.
        PEEK = 1;
        /// Wait until the buffers are full.
        WAITALL = 2;
    }
}

flags! {
    /// Which directions of a connection to shut down.
    SdFlags(u8) {
        /// Receiving.
        RD = 1;
        /// Sending.
        WR = 2;
    }
}

flags! {
    /// How a clock subscription's timeout is meant.
    SubClockFlags(u16) {
        /// As a time of the clock rather than a span from now.
        ABSTIME = 1;
    }
}

/// What a descriptor or directory entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum FileType {
    /// None of the others: a pipe, for instance.
    Unknown = 0,
    /// A block device.
    BlockDevice = 1,
    /// A character device, such as a terminal.
    CharacterDevice = 2,
    /// A directory.
    Directory = 3,
    /// A regular file.
    RegularFile = 4,
    /// A stream socket. (Datagram sockets have 5, but there is no way to get one.)
    SocketStream = 6,
    /// A symbolic link.
    SymbolicLink = 7,
}

/// Where a seek starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whence {
    /// The start of the file.
    Set,
    /// The current position.
    Cur,
    /// The end of the file.
    End,
}

impl Whence {
    /// The number in the given generation of the interface.
    ///
    /// # Errors
    /// `inval` when it has no meaning.
    pub const fn from_number(number: u32, version: Version) -> Result<Whence, Errno> {
        Ok(match (version, number) {
            (Version::Preview1, 0) | (Version::Unstable, 2) => Whence::Set,
            (Version::Preview1, 1) | (Version::Unstable, 0) => Whence::Cur,
            (Version::Preview1, 2) | (Version::Unstable, 1) => Whence::End,
            _ => return Err(Errno::Inval),
        })
    }
}

/// How a program means to use a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// No advice.
    Normal,
    /// From lower to higher offsets.
    Sequential,
    /// In random order.
    Random,
    /// Soon.
    WillNeed,
    /// Not soon.
    DontNeed,
    /// Once.
    NoReuse,
}

impl Advice {
    /// The advice with this number.
    ///
    /// # Errors
    /// `inval` when it has no meaning.
    pub const fn from_number(number: u32) -> Result<Advice, Errno> {
        Ok(match number {
            0 => Advice::Normal,
            1 => Advice::Sequential,
            2 => Advice::Random,
            3 => Advice::WillNeed,
            4 => Advice::DontNeed,
            5 => Advice::NoReuse,
            _ => return Err(Errno::Inval),
        })
    }
}

/// What is known of a file. Times are in nanoseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileStat {
    /// Device that holds it.
    pub dev: u64,
    /// Its number on the device.
    pub ino: u64,
    /// What it is.
    pub filetype: FileType,
    /// Hard links to it.
    pub nlink: u64,
    /// Length in bytes.
    pub size: u64,
    /// Last access.
    pub atim: u64,
    /// Last modification.
    pub mtim: u64,
    /// Last change of status.
    pub ctim: u64,
}

impl FileStat {
    /// Writes it at `at`.
    ///
    /// # Errors
    /// `fault` when it doesn't fit there; `overflow` when the older layout has no room for the number of links.
    pub fn store(&self, memory: &mut Guest<'_>, at: u32, version: Version) -> Result<(), Errno> {
        let mut bytes = [0; 64];
        bytes[0..8].copy_from_slice(&self.dev.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.ino.to_le_bytes());
        bytes[16] = self.filetype as u8;
        // The older layout has 32 bits for the links, right before the size.
        let sizes = match version {
            Version::Preview1 => {
                bytes[24..32].copy_from_slice(&self.nlink.to_le_bytes());
                32
            }
            Version::Unstable => {
                bytes[20..24].copy_from_slice(&u32::try_from(self.nlink)?.to_le_bytes());
                24
            }
        };
        for (index, value) in [self.size, self.atim, self.mtim, self.ctim].into_iter().enumerate() {
            bytes[sizes + 8 * index..sizes + 8 * index + 8].copy_from_slice(&value.to_le_bytes());
        }
        memory.write(at, &bytes[..sizes + 32])
    }
}

/// What is known of a descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FdStat {
    /// What it is.
    pub filetype: FileType,
    /// How it reads and writes.
    pub flags: FdFlags,
    /// What may be done with it.
    pub base: Rights,
    /// What may be done with what is opened through it.
    pub inheriting: Rights,
}

impl FdStat {
    /// Writes it at `at`.
    ///
    /// # Errors
    /// `fault` when it doesn't fit there.
    pub fn store(&self, memory: &mut Guest<'_>, at: u32) -> Result<(), Errno> {
        let mut bytes = [0; 24];
        bytes[0] = self.filetype as u8;
        bytes[2..4].copy_from_slice(&self.flags.bits().to_le_bytes());
        bytes[8..16].copy_from_slice(&self.base.bits().to_le_bytes());
        bytes[16..24].copy_from_slice(&self.inheriting.bits().to_le_bytes());
        memory.write(at, &bytes)
    }
}
