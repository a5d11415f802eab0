//! Rights: what may be done with a descriptor, and with what is opened through it.

use std::ops::{BitAnd, BitOr};

/// A set of rights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rights(u64);

macro_rules! rights {
    ($($name:ident = $bit:literal, $doc:literal;)*) => {
        impl Rights {
            $(#[doc = $doc] pub const $name: Rights = Rights(1 << $bit);)*
            /// Every right that preview 1 names.
            pub const ALL: Rights = Rights(0 $(| 1 << $bit)*);
        }
    };
}

rights! {
    FD_DATASYNC = 0, "`fd_datasync`";
    FD_READ = 1, "`fd_read`, `fd_pread`, `sock_recv`";
    FD_SEEK = 2, "`fd_seek`; includes [`Rights::FD_TELL`]";
    FD_FDSTAT_SET_FLAGS = 3, "`fd_fdstat_set_flags`";
    FD_SYNC = 4, "`fd_sync`";
    FD_TELL = 5, "`fd_tell`, and `fd_seek` that stays where it is";
    FD_WRITE = 6, "`fd_write`, `fd_pwrite`, `sock_send`";
    FD_ADVISE = 7, "`fd_advise`";
    FD_ALLOCATE = 8, "`fd_allocate`";
    PATH_CREATE_DIRECTORY = 9, "`path_create_directory`";
    PATH_CREATE_FILE = 10, "`path_open` with `oflags::creat`";
    PATH_LINK_SOURCE = 11, "`path_link` from here";
    PATH_LINK_TARGET = 12, "`path_link` to here";
    PATH_OPEN = 13, "`path_open`";
    FD_READDIR = 14, "`fd_readdir`";
    PATH_READLINK = 15, "`path_readlink`";
    PATH_RENAME_SOURCE = 16, "`path_rename` from here";
    PATH_RENAME_TARGET = 17, "`path_rename` to here";
    PATH_FILESTAT_GET = 18, "`path_filestat_get`";
    PATH_FILESTAT_SET_SIZE = 19, "`path_open` with `oflags::trunc`";
    PATH_FILESTAT_SET_TIMES = 20, "`path_filestat_set_times`";
    FD_FILESTAT_GET = 21, "`fd_filestat_get`";
    FD_FILESTAT_SET_SIZE = 22, "`fd_filestat_set_size`";
    FD_FILESTAT_SET_TIMES = 23, "`fd_filestat_set_times`";
    PATH_SYMLINK = 24, "`path_symlink`";
    PATH_REMOVE_DIRECTORY = 25, "`path_remove_directory`";
    PATH_UNLINK_FILE = 26, "`path_unlink_file`";
    POLL_FD_READWRITE = 27, "`poll_oneoff` on the descriptor";
    SOCK_SHUTDOWN = 28, "`sock_shutdown`";
    SOCK_ACCEPT = 29, "`sock_accept`";
}

impl Rights {
    /// No right at all.
    pub const NONE: Rights = Rights(0);

    /// What applies to an open file.
    pub const FILE: Rights = Rights(
        Self::FD_DATASYNC.0
            | Self::FD_READ.0
            | Self::FD_SEEK.0
            | Self::FD_FDSTAT_SET_FLAGS.0
            | Self::FD_SYNC.0
            | Self::FD_TELL.0
            | Self::FD_WRITE.0
            | Self::FD_ADVISE.0
            | Self::FD_ALLOCATE.0
            | Self::FD_FILESTAT_GET.0
            | Self::FD_FILESTAT_SET_SIZE.0
            | Self::FD_FILESTAT_SET_TIMES.0
            | Self::POLL_FD_READWRITE.0,
    );

    /// What applies to an open directory.
    pub const DIRECTORY: Rights = Rights(
        Self::FD_FDSTAT_SET_FLAGS.0
            | Self::FD_SYNC.0
            | Self::FD_DATASYNC.0
            | Self::PATH_CREATE_DIRECTORY.0
            | Self::PATH_CREATE_FILE.0
            | Self::PATH_LINK_SOURCE.0
            | Self::PATH_LINK_TARGET.0
            | Self::PATH_OPEN.0
            | Self::FD_READDIR.0
            | Self::PATH_READLINK.0
            | Self::PATH_RENAME_SOURCE.0
            | Self::PATH_RENAME_TARGET.0
            | Self::PATH_FILESTAT_GET.0
            | Self::PATH_FILESTAT_SET_SIZE.0
            | Self::PATH_FILESTAT_SET_TIMES.0
            | Self::FD_FILESTAT_GET.0
            | Self::FD_FILESTAT_SET_TIMES.0
            | Self::PATH_SYMLINK.0
            | Self::PATH_REMOVE_DIRECTORY.0
            | Self::PATH_UNLINK_FILE.0
            | Self::POLL_FD_READWRITE.0,
    );

    /// What remains under a directory that may only be read.
    pub const READ_ONLY: Rights = Rights(
        Self::FD_READ.0
            | Self::FD_SEEK.0
            | Self::FD_FDSTAT_SET_FLAGS.0
            | Self::FD_SYNC.0
            | Self::FD_DATASYNC.0
            | Self::FD_TELL.0
            | Self::FD_ADVISE.0
            | Self::PATH_OPEN.0
            | Self::FD_READDIR.0
            | Self::PATH_READLINK.0
            | Self::PATH_FILESTAT_GET.0
            | Self::FD_FILESTAT_GET.0
            | Self::POLL_FD_READWRITE.0,
    );

    /// What applies to a stream without positions: a terminal, a pipe, a stream of the embedder's.
    pub const STREAM: Rights = Rights(
        Self::FD_READ.0
            | Self::FD_WRITE.0
            | Self::FD_SYNC.0
            | Self::FD_DATASYNC.0
            | Self::FD_FDSTAT_SET_FLAGS.0
            | Self::FD_FILESTAT_GET.0
            | Self::POLL_FD_READWRITE.0,
    );

    /// What applies to a connected socket.
    pub const SOCKET: Rights = Rights(Self::STREAM.0 | Self::SOCK_SHUTDOWN.0);

    /// What applies to a listening socket.
    pub const LISTENER: Rights =
        Rights(Self::SOCK_ACCEPT.0 | Self::FD_FDSTAT_SET_FLAGS.0 | Self::FD_FILESTAT_GET.0 | Self::POLL_FD_READWRITE.0);

    /// The set with these bits. Bits without a meaning are dropped: some toolchains set all of them.
    pub const fn from_bits(bits: u64) -> Rights {
        Rights(bits & Self::ALL.0)
    }

    /// Its bits.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// Whether every right of `other` is in it.
    pub const fn contains(self, other: Rights) -> bool {
        self.0 & other.0 == other.0
    }

    /// Without the rights of `other`.
    #[must_use]
    pub const fn without(self, other: Rights) -> Rights {
        Rights(self.0 & !other.0)
    }
}

impl BitOr for Rights {
    type Output = Rights;
    fn bitor(self, other: Rights) -> Rights {
        Rights(self.0 | other.0)
    }
}

impl BitAnd for Rights {
    type Output = Rights;
    fn bitand(self, other: Rights) -> Rights {
        Rights(self.0 & other.0)
    }
}
