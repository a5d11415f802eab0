//! The error numbers of preview 1, and how the host's errors become them.

use std::io;

macro_rules! errnos {
    ($($name:ident = $number:literal, $doc:literal;)*) => {
        /// An error number as the guest sees it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub enum Errno { $(#[doc = $doc] $name = $number,)* }

        impl Errno {
            /// What it means, in a few words.
            pub const fn message(self) -> &'static str {
                match self { $(Errno::$name => $doc,)* }
            }
        }
    };
}

errnos! {
    Success = 0, "no error occurred";
    TooBig = 1, "argument list too long";
    Acces = 2, "permission denied";
    AddrInUse = 3, "address in use";
    AddrNotAvail = 4, "address not available";
    AfNoSupport = 5, "address family not supported";
    Again = 6, "resource unavailable, or operation would block";
    Already = 7, "connection already in progress";
    Badf = 8, "bad file descriptor";
    BadMsg = 9, "bad message";
    Busy = 10, "device or resource busy";
    Canceled = 11, "operation cancelled";
    Child = 12, "no child processes";
    ConnAborted = 13, "connection aborted";
    ConnRefused = 14, "connection refused";
    ConnReset = 15, "connection reset";
    Deadlk = 16, "resource deadlock would occur";
    DestAddrReq = 17, "destination address required";
    Dom = 18, "mathematics argument out of domain of function";
    Dquot = 19, "disk quota exceeded";
    Exist = 20, "file exists";
    Fault = 21, "bad address";
    Fbig = 22, "file too large";
    HostUnreach = 23, "host is unreachable";
    Idrm = 24, "identifier removed";
    Ilseq = 25, "illegal byte sequence";
    InProgress = 26, "operation in progress";
    Intr = 27, "interrupted function";
    Inval = 28, "invalid argument";
    Io = 29, "input/output error";
    IsConn = 30, "socket is connected";
    IsDir = 31, "is a directory";
    Loop = 32, "too many levels of symbolic links";
    Mfile = 33, "file descriptor value too large";
    Mlink = 34, "too many links";
    MsgSize = 35, "message too large";
    Multihop = 36, "multihop attempted";
    NameTooLong = 37, "filename too long";
    NetDown = 38, "network is down";
    NetReset = 39, "connection aborted by network";
    NetUnreach = 40, "network unreachable";
    Nfile = 41, "too many files open in system";
    NoBufs = 42, "no buffer space available";
    NoDev = 43, "no such device";
    NoEnt = 44, "no such file or directory";
    NoExec = 45, "executable file format error";
    NoLck = 46, "no locks available";
    NoLink = 47, "link has been severed";
    NoMem = 48, "not enough space";
    NoMsg = 49, "no message of the desired type";
    NoProtoOpt = 50, "protocol not available";
    NoSpc = 51, "no space left on device";
    NoSys = 52, "function not supported";
    NotConn = 53, "the socket is not connected";
    NotDir = 54, "not a directory, or a symbolic link to one";
    NotEmpty = 55, "directory not empty";
    NotRecoverable = 56, "state not recoverable";
    NotSock = 57, "not a socket";
    NotSup = 58, "not supported, or operation not supported on socket";
    NoTty = 59, "inappropriate I/O control operation";
    Nxio = 60, "no such device or address";
    Overflow = 61, "value too large to be stored in data type";
    OwnerDead = 62, "previous owner died";
    Perm = 63, "operation not permitted";
    Pipe = 64, "broken pipe";
    Proto = 65, "protocol error";
    ProtoNoSupport = 66, "protocol not supported";
    Prototype = 67, "protocol wrong type for socket";
    Range = 68, "result too large";
    Rofs = 69, "read-only file system";
    Spipe = 70, "invalid seek";
    Srch = 71, "no such process";
    Stale = 72, "stale file handle";
    TimedOut = 73, "connection timed out";
    TxtBsy = 74, "text file busy";
    Xdev = 75, "cross-device link";
    NotCapable = 76, "capabilities insufficient";
}

impl std::fmt::Display for Errno {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for Errno {}

impl From<io::Error> for Errno {
    fn from(error: io::Error) -> Self {
        from_os(&error).unwrap_or_else(|| from_kind(error.kind()))
    }
}

impl From<std::num::TryFromIntError> for Errno {
    fn from(_: std::num::TryFromIntError) -> Self {
        Errno::Overflow
    }
}

#[cfg(unix)]
impl From<rustix::io::Errno> for Errno {
    fn from(error: rustix::io::Errno) -> Self {
        io::Error::from(error).into()
    }
}

#[cfg(unix)]
fn from_os(error: &io::Error) -> Option<Errno> {
    use rustix::io::Errno as Os;
    Some(match Os::from_raw_os_error(error.raw_os_error()?) {
        Os::TOOBIG => Errno::TooBig,
        Os::ACCESS => Errno::Acces,
        Os::ADDRINUSE => Errno::AddrInUse,
        Os::ADDRNOTAVAIL => Errno::AddrNotAvail,
        Os::AFNOSUPPORT => Errno::AfNoSupport,
        Os::AGAIN => Errno::Again,
        Os::ALREADY => Errno::Already,
        Os::BADF => Errno::Badf,
        Os::BADMSG => Errno::BadMsg,
        Os::BUSY => Errno::Busy,
        Os::CANCELED => Errno::Canceled,
        Os::CHILD => Errno::Child,
        Os::CONNABORTED => Errno::ConnAborted,
        Os::CONNREFUSED => Errno::ConnRefused,
        Os::CONNRESET => Errno::ConnReset,
        Os::DEADLK => Errno::Deadlk,
        Os::DESTADDRREQ => Errno::DestAddrReq,
        Os::DOM => Errno::Dom,
        Os::DQUOT => Errno::Dquot,
        Os::EXIST => Errno::Exist,
        Os::FAULT => Errno::Fault,
        Os::FBIG => Errno::Fbig,
        Os::HOSTUNREACH => Errno::HostUnreach,
        Os::IDRM => Errno::Idrm,
        Os::ILSEQ => Errno::Ilseq,
        Os::INPROGRESS => Errno::InProgress,
        Os::INTR => Errno::Intr,
        Os::INVAL => Errno::Inval,
        Os::IO => Errno::Io,
        Os::ISCONN => Errno::IsConn,
        Os::ISDIR => Errno::IsDir,
        Os::LOOP => Errno::Loop,
        Os::MFILE => Errno::Mfile,
        Os::MLINK => Errno::Mlink,
        Os::MSGSIZE => Errno::MsgSize,
        Os::NAMETOOLONG => Errno::NameTooLong,
        Os::NETDOWN => Errno::NetDown,
        Os::NETRESET => Errno::NetReset,
        Os::NETUNREACH => Errno::NetUnreach,
        Os::NFILE => Errno::Nfile,
        Os::NOBUFS => Errno::NoBufs,
        Os::NODEV => Errno::NoDev,
        Os::NOENT => Errno::NoEnt,
        Os::NOEXEC => Errno::NoExec,
        Os::NOLCK => Errno::NoLck,
        Os::NOMEM => Errno::NoMem,
        Os::NOMSG => Errno::NoMsg,
        Os::NOPROTOOPT => Errno::NoProtoOpt,
        Os::NOSPC => Errno::NoSpc,
        Os::NOSYS => Errno::NoSys,
        Os::NOTCONN => Errno::NotConn,
        Os::NOTDIR => Errno::NotDir,
        Os::NOTEMPTY => Errno::NotEmpty,
        Os::NOTSOCK => Errno::NotSock,
        Os::NOTSUP => Errno::NotSup,
        Os::NOTTY => Errno::NoTty,
        Os::NXIO => Errno::Nxio,
        Os::OVERFLOW => Errno::Overflow,
        Os::PERM => Errno::Perm,
        Os::PIPE => Errno::Pipe,
        Os::PROTO => Errno::Proto,
        Os::PROTONOSUPPORT => Errno::ProtoNoSupport,
        Os::PROTOTYPE => Errno::Prototype,
        Os::RANGE => Errno::Range,
        Os::ROFS => Errno::Rofs,
        Os::SPIPE => Errno::Spipe,
        Os::SRCH => Errno::Srch,
        Os::STALE => Errno::Stale,
        Os::TIMEDOUT => Errno::TimedOut,
        Os::TXTBSY => Errno::TxtBsy,
        Os::XDEV => Errno::Xdev,
        _ => return None,
    })
}

#[cfg(not(unix))]
fn from_os(_: &io::Error) -> Option<Errno> {
    None
}

fn from_kind(kind: io::ErrorKind) -> Errno {
    use io::ErrorKind as Kind;
    match kind {
        Kind::NotFound => Errno::NoEnt,
        // cap-std reports a path that leads out of its directory like this, without an error of the system.
        Kind::PermissionDenied => Errno::Perm,
        Kind::ConnectionRefused => Errno::ConnRefused,
        Kind::ConnectionReset => Errno::ConnReset,
        Kind::HostUnreachable => Errno::HostUnreach,
        Kind::NetworkUnreachable => Errno::NetUnreach,
        Kind::ConnectionAborted => Errno::ConnAborted,
        Kind::NotConnected => Errno::NotConn,
        Kind::AddrInUse => Errno::AddrInUse,
        Kind::AddrNotAvailable => Errno::AddrNotAvail,
        Kind::NetworkDown => Errno::NetDown,
        Kind::BrokenPipe => Errno::Pipe,
        Kind::AlreadyExists => Errno::Exist,
        Kind::WouldBlock => Errno::Again,
        Kind::NotADirectory => Errno::NotDir,
        Kind::IsADirectory => Errno::IsDir,
        Kind::DirectoryNotEmpty => Errno::NotEmpty,
        Kind::ReadOnlyFilesystem => Errno::Rofs,
        Kind::StaleNetworkFileHandle => Errno::Stale,
        Kind::InvalidInput | Kind::InvalidData => Errno::Inval,
        Kind::TimedOut => Errno::TimedOut,
        Kind::StorageFull => Errno::NoSpc,
        Kind::NotSeekable => Errno::Spipe,
        Kind::QuotaExceeded => Errno::Dquot,
        Kind::FileTooLarge => Errno::Fbig,
        Kind::ResourceBusy => Errno::Busy,
        Kind::ExecutableFileBusy => Errno::TxtBsy,
        Kind::Deadlock => Errno::Deadlk,
        Kind::CrossesDevices => Errno::Xdev,
        Kind::TooManyLinks => Errno::Mlink,
        Kind::ArgumentListTooLong => Errno::TooBig,
        Kind::Interrupted => Errno::Intr,
        Kind::Unsupported => Errno::NotSup,
        Kind::OutOfMemory => Errno::NoMem,
        // `ErrorKind` is open: what it doesn't name is an input/output error.
        _ => Errno::Io,
    }
}
