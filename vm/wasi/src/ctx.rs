//! A guest's world: everything it can reach, and how to build it.

use crate::clocks::{Clocks, DeterministicClocks, SystemClocks};
use crate::dir::HostDir;
use crate::file::HostFile;
use crate::memory_fs::MemoryDir;
use crate::node::{DirNode, FileNode};
use crate::random::{RandomSource, SeededRandom, SystemRandom};
use crate::rights::Rights;
use crate::table::{Descriptor, Object, Table};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;

/// Descriptors that a guest may have open at once, unless the builder says otherwise.
const MAX_DESCRIPTORS: usize = 4096;

/// The state behind the functions: descriptors, arguments, environment, clocks, random.
///
/// ```
/// use hardtack_vm::{Engine, Linker, Store};
/// use hardtack_wasi::WasiCtx;
///
/// /// What a host keeps for a guest.
/// struct Guest {
///     wasi: WasiCtx,
///     score: u32,
/// }
/// let engine = Engine::default();
/// let mut linker = Linker::<Guest>::new(&engine);
/// hardtack_wasi::add_to_linker(&mut linker, |guest| &mut guest.wasi)?;
/// let wasi = WasiCtx::builder().args(["app"]).build()?;
/// let store = Store::new(&engine, Guest { wasi, score: 0 });
/// assert_eq!(store.data().score, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct WasiCtx {
    pub(crate) table: Table,
    pub(crate) args: Strings,
    pub(crate) env: Strings,
    pub(crate) clocks: Box<dyn Clocks>,
    pub(crate) random: Box<dyn RandomSource>,
    pub(crate) interrupted: Option<Interrupted>,
}

/// Asked while the guest waits whether it is to stop.
pub(crate) type Interrupted = Box<dyn Fn() -> bool + Send>;

impl WasiCtx {
    /// Starts building one.
    pub fn builder() -> WasiCtxBuilder {
        WasiCtxBuilder::new()
    }
}

impl fmt::Debug for WasiCtx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WasiCtx").finish_non_exhaustive()
    }
}

/// Strings as the guest gets them: one after the other, each ended by a zero byte.
#[derive(Debug, Default)]
pub(crate) struct Strings {
    pub bytes: Vec<u8>,
    /// Where each begins.
    pub starts: Vec<u32>,
}

impl Strings {
    fn push(&mut self, string: &[u8]) -> Result<(), BuildError> {
        if string.contains(&0) {
            return Err(BuildError::Nul(String::from_utf8_lossy(string).into_owned()));
        }
        self.starts.push(u32::try_from(self.bytes.len()).map_err(|_| BuildError::TooLong)?);
        self.bytes.extend_from_slice(string);
        self.bytes.push(0);
        u32::try_from(self.bytes.len()).map_err(|_| BuildError::TooLong)?;
        Ok(())
    }
}

/// What may be done with a preopened directory.
///
/// ```
/// use hardtack_wasi::{Access, MemoryDir, WasiCtxBuilder};
///
/// let (assets, saves) = (MemoryDir::new(1 << 20), MemoryDir::new(1 << 16));
/// let mut builder = WasiCtxBuilder::new();
/// builder.preopened_memory_dir(assets, "/assets", Access::ReadOnly);
/// builder.preopened_memory_dir(saves, "/saves", Access::ReadWrite);
/// # builder.build().unwrap();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Look around and read files.
    ReadOnly,
    /// Everything.
    ReadWrite,
}

/// Why a [`WasiCtx`] can't be built.
///
/// ```
/// use hardtack_wasi::{BuildError, WasiCtxBuilder};
///
/// let error = WasiCtxBuilder::new().args(["a\0b"]).build().unwrap_err();
/// assert!(matches!(error, BuildError::Nul(_)));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// An argument or an environment variable contains a zero byte, which is what ends it.
    Nul(String),
    /// The name of an environment variable is empty or contains `=`.
    BadVariable(String),
    /// Arguments or environment exceed 4 GiB.
    TooLong,
    /// More streams, directories and sockets than descriptors allowed.
    TooManyDescriptors,
    /// A standard stream couldn't be inherited.
    Stream(io::Error),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::Nul(string) => write!(f, "{string:?} contains a zero byte"),
            BuildError::BadVariable(name) => write!(f, "{name:?} can't be the name of an environment variable"),
            BuildError::TooLong => f.write_str("arguments or environment exceed 4 GiB"),
            BuildError::TooManyDescriptors => f.write_str("more preopened descriptors than are allowed"),
            BuildError::Stream(error) => write!(f, "can't inherit a standard stream: {error}"),
        }
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            BuildError::Stream(error) => Some(error),
            BuildError::Nul(_) | BuildError::BadVariable(_) | BuildError::TooLong | BuildError::TooManyDescriptors => {
                None
            }
        }
    }
}

enum Input {
    Empty,
    Inherit,
    File(File),
    Stream(Box<dyn Read + Send>),
}

enum Output {
    Discard,
    InheritStdout,
    InheritStderr,
    File(File),
    Stream(Box<dyn Write + Send>),
}

enum Preopen {
    Host(Dir),
    Memory(MemoryDir),
}

/// Builds a [`WasiCtx`]. To begin with there is nothing: no arguments, no environment, empty input, output that goes
/// nowhere, no files; but the system's clocks and random source.
///
/// ```
/// use hardtack_wasi::{MemoryOutput, WasiCtxBuilder};
///
/// let output = MemoryOutput::new();
/// let ctx = WasiCtxBuilder::new().args(["app", "--fast"]).env("LANG", "C").stdout(output.clone()).build()?;
/// // When the guest has run:
/// println!("{}", String::from_utf8_lossy(&output.contents()));
/// # Ok::<(), hardtack_wasi::BuildError>(())
/// ```
pub struct WasiCtxBuilder {
    args: Vec<Vec<u8>>,
    env: Vec<(Vec<u8>, Vec<u8>)>,
    stdin: Input,
    stdout: Output,
    stderr: Output,
    dirs: Vec<(Preopen, String, Access)>,
    sockets: Vec<Object>,
    clocks: Box<dyn Clocks>,
    random: Box<dyn RandomSource>,
    max_descriptors: usize,
    interrupted: Option<Interrupted>,
}

impl fmt::Debug for WasiCtxBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WasiCtxBuilder").finish_non_exhaustive()
    }
}

impl Default for WasiCtxBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl WasiCtxBuilder {
    /// With nothing.
    pub fn new() -> Self {
        WasiCtxBuilder {
            args: Vec::new(),
            env: Vec::new(),
            stdin: Input::Empty,
            stdout: Output::Discard,
            stderr: Output::Discard,
            dirs: Vec::new(),
            sockets: Vec::new(),
            clocks: Box::new(SystemClocks::new()),
            random: Box::new(SystemRandom),
            max_descriptors: MAX_DESCRIPTORS,
            interrupted: None,
        }
    }

    /// Adds an argument. The first one is the name of the program.
    pub fn arg(&mut self, arg: impl Into<Vec<u8>>) -> &mut Self {
        self.args.push(arg.into());
        self
    }

    /// Adds arguments.
    pub fn args(&mut self, args: impl IntoIterator<Item = impl Into<Vec<u8>>>) -> &mut Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Adds the host's own arguments.
    pub fn inherit_args(&mut self) -> &mut Self {
        self.args(std::env::args_os().map(std::ffi::OsString::into_encoded_bytes))
    }

    /// Sets an environment variable; a later value replaces an earlier one.
    pub fn env(&mut self, name: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> &mut Self {
        let (name, value) = (name.into(), value.into());
        match self.env.iter_mut().find(|(known, _)| *known == name) {
            Some(entry) => entry.1 = value,
            None => self.env.push((name, value)),
        }
        self
    }

    /// Sets environment variables.
    pub fn envs(&mut self, vars: impl IntoIterator<Item = (impl Into<Vec<u8>>, impl Into<Vec<u8>>)>) -> &mut Self {
        for (name, value) in vars {
            self.env(name, value);
        }
        self
    }

    /// Sets the host's own environment variables.
    pub fn inherit_env(&mut self) -> &mut Self {
        // Windows keeps per-drive directories under names that begin with `=`; they are not for programs.
        let vars = std::env::vars_os().filter(|(name, _)| !name.as_encoded_bytes().starts_with(b"="));
        self.envs(vars.map(|(name, value)| (name.into_encoded_bytes(), value.into_encoded_bytes())))
    }

    /// Standard input reads from `stream`: `std::io::Cursor::new(bytes)`, a socket, anything.
    pub fn stdin(&mut self, stream: impl Read + Send + 'static) -> &mut Self {
        self.stdin = Input::Stream(Box::new(stream));
        self
    }

    /// Standard input is a file, which the guest can also seek in.
    pub fn stdin_file(&mut self, file: File) -> &mut Self {
        self.stdin = Input::File(file);
        self
    }

    /// Standard input is the host's.
    pub fn inherit_stdin(&mut self) -> &mut Self {
        self.stdin = Input::Inherit;
        self
    }

    /// Standard output goes to `stream`: a [`MemoryOutput`](crate::MemoryOutput), a socket, anything.
    pub fn stdout(&mut self, stream: impl Write + Send + 'static) -> &mut Self {
        self.stdout = Output::Stream(Box::new(stream));
        self
    }

    /// Standard output is a file, which the guest can also seek in.
    pub fn stdout_file(&mut self, file: File) -> &mut Self {
        self.stdout = Output::File(file);
        self
    }

    /// Standard output is the host's.
    pub fn inherit_stdout(&mut self) -> &mut Self {
        self.stdout = Output::InheritStdout;
        self
    }

    /// Standard error goes to `stream`.
    pub fn stderr(&mut self, stream: impl Write + Send + 'static) -> &mut Self {
        self.stderr = Output::Stream(Box::new(stream));
        self
    }

    /// Standard error is a file, which the guest can also seek in.
    pub fn stderr_file(&mut self, file: File) -> &mut Self {
        self.stderr = Output::File(file);
        self
    }

    /// Standard error is the host's.
    pub fn inherit_stderr(&mut self) -> &mut Self {
        self.stderr = Output::InheritStderr;
        self
    }

    /// All three standard streams are the host's.
    pub fn inherit_stdio(&mut self) -> &mut Self {
        self.inherit_stdin().inherit_stdout().inherit_stderr()
    }

    /// Gives the guest a directory, under the path that it knows it by. Nothing outside can be reached through it.
    ///
    /// A directory named `.` is what C libraries take relative paths from.
    pub fn preopened_dir(&mut self, dir: Dir, guest_path: impl Into<String>, access: Access) -> &mut Self {
        self.dirs.push((Preopen::Host(dir), guest_path.into(), access));
        self
    }

    /// Gives the guest a directory that lives in memory, under the path that it knows it by.
    ///
    /// Under clocks that aren't real, its timestamps are counted too, so that runs stay equal.
    pub fn preopened_memory_dir(&mut self, dir: MemoryDir, guest_path: impl Into<String>, access: Access) -> &mut Self {
        self.dirs.push((Preopen::Memory(dir), guest_path.into(), access));
        self
    }

    /// Opens a directory of the host and gives it to the guest.
    ///
    /// # Errors
    /// When it can't be opened.
    pub fn preopened_host_dir(
        &mut self,
        host_path: impl AsRef<Path>,
        guest_path: impl Into<String>,
        access: Access,
    ) -> io::Result<&mut Self> {
        let dir = Dir::open_ambient_dir(host_path, ambient_authority())?;
        Ok(self.preopened_dir(dir, guest_path, access))
    }

    /// Gives the guest a listening socket. Sockets get the descriptors after the preopened directories, in order.
    pub fn listener(&mut self, listener: TcpListener) -> &mut Self {
        self.sockets.push(Object::Listener(listener));
        self
    }

    /// Gives the guest a connection. Sockets get the descriptors after the preopened directories, in order.
    pub fn socket(&mut self, socket: TcpStream) -> &mut Self {
        self.sockets.push(Object::Socket(socket));
        self
    }

    /// Takes time from `clocks`.
    pub fn clocks(&mut self, clocks: impl Clocks + 'static) -> &mut Self {
        self.clocks = Box::new(clocks);
        self
    }

    /// Takes random bytes from `source`.
    pub fn random(&mut self, source: impl RandomSource + 'static) -> &mut Self {
        self.random = Box::new(source);
        self
    }

    /// Clocks and random bytes that are the same in every run: [`DeterministicClocks`] and [`SeededRandom`].
    pub fn deterministic(&mut self, seed: u64) -> &mut Self {
        self.clocks(DeterministicClocks::new()).random(SeededRandom::new(seed))
    }

    /// Limits how many descriptors the guest may have open at once: each may cost the host one of its own.
    pub fn max_descriptors(&mut self, limit: usize) -> &mut Self {
        self.max_descriptors = limit;
        self
    }

    /// Asks `interrupted` every few milliseconds while the guest waits in `poll_oneoff` (which is how it sleeps). Once
    /// it says yes, the wait ends with `intr`.
    ///
    /// That alone doesn't stop a guest, which may go on to wait again: request the interruption of the store
    /// ([`InterruptHandle`](hardtack_vm::InterruptHandle)) too, before `interrupted` says yes. It takes effect when the
    /// wait ends.
    pub fn interrupt_when(&mut self, interrupted: impl Fn() -> bool + Send + 'static) -> &mut Self {
        self.interrupted = Some(Box::new(interrupted));
        self
    }

    /// Builds it, leaving the builder as [`WasiCtxBuilder::new`] makes it.
    ///
    /// # Errors
    /// See [`BuildError`].
    pub fn build(&mut self) -> Result<WasiCtx, BuildError> {
        let mut builder = std::mem::take(self);
        let mut args = Strings::default();
        for arg in &builder.args {
            args.push(arg)?;
        }
        let mut env = Strings::default();
        for (name, value) in &builder.env {
            if name.is_empty() || name.contains(&b'=') {
                return Err(BuildError::BadVariable(String::from_utf8_lossy(name).into_owned()));
            }
            env.push(&[name, &b"="[..], value].concat())?;
        }

        let mut table = Table::new(builder.max_descriptors);
        let mut push = |descriptor| table.push(descriptor).map_err(|_| BuildError::TooManyDescriptors);
        push(input(builder.stdin).map_err(BuildError::Stream)?)?;
        push(output(builder.stdout).map_err(BuildError::Stream)?)?;
        push(output(builder.stderr).map_err(BuildError::Stream)?)?;
        let time = if builder.clocks.is_real() { None } else { Some(builder.clocks.wall()) };
        for (number, (dir, guest_path, access)) in (1..).zip(builder.dirs) {
            let allowed = match access {
                Access::ReadOnly => Rights::READ_ONLY,
                Access::ReadWrite => Rights::ALL,
            };
            let object = Object::Dir(match dir {
                Preopen::Host(dir) => DirNode::Host(HostDir::new(dir)),
                Preopen::Memory(dir) => DirNode::Memory(dir.attach(number, time)),
            });
            let inheriting = (Rights::DIRECTORY | Rights::FILE) & allowed;
            let mut descriptor = Descriptor::new(object, Rights::DIRECTORY & allowed, inheriting);
            descriptor.preopen = Some(guest_path);
            push(descriptor)?;
        }
        for object in builder.sockets {
            push(match &object {
                Object::Listener(_) => Descriptor::new(object, Rights::LISTENER, Rights::SOCKET),
                _ => Descriptor::new(object, Rights::SOCKET, Rights::NONE),
            })?;
        }
        let WasiCtxBuilder { clocks, random, interrupted, .. } = builder;
        Ok(WasiCtx { table, args, env, clocks, random, interrupted })
    }
}

fn input(input: Input) -> io::Result<Descriptor> {
    match input {
        Input::Empty => Ok(input_stream(Box::new(io::empty()), false)),
        Input::Inherit => inherited::stdin(),
        Input::File(file) => Ok(file_descriptor(HostFile::own(file)?, Rights::FD_WRITE)),
        Input::Stream(stream) => Ok(input_stream(stream, false)),
    }
}

fn output(output: Output) -> io::Result<Descriptor> {
    match output {
        Output::Discard => Ok(output_stream(Box::new(io::sink()), false)),
        Output::InheritStdout => inherited::stdout(),
        Output::InheritStderr => inherited::stderr(),
        Output::File(file) => Ok(file_descriptor(HostFile::own(file)?, Rights::FD_READ)),
        Output::Stream(stream) => Ok(output_stream(stream, false)),
    }
}

fn input_stream(stream: Box<dyn Read + Send>, terminal: bool) -> Descriptor {
    let object = Object::Input { stream, terminal };
    Descriptor::new(object, Rights::STREAM.without(Rights::FD_WRITE), Rights::NONE)
}

fn output_stream(stream: Box<dyn Write + Send>, terminal: bool) -> Descriptor {
    let object = Object::Output { stream, terminal };
    Descriptor::new(object, Rights::STREAM.without(Rights::FD_READ), Rights::NONE)
}

/// A stream that is a file for the host. That it has no positions is how guests tell a terminal from a device.
fn file_descriptor(file: HostFile, without: Rights) -> Descriptor {
    let rights = if file.is_seekable() { Rights::FILE } else { Rights::STREAM };
    Descriptor::new(Object::File(FileNode::Host(file)), rights.without(without), Rights::NONE)
}

#[cfg(unix)]
mod inherited {
    use super::*;
    use std::os::fd::AsFd;

    // A descriptor of their own, rather than the standard library's buffers: guests have buffers themselves.
    fn duplicate(stream: impl AsFd, without: Rights) -> io::Result<Descriptor> {
        let file = File::from(stream.as_fd().try_clone_to_owned()?);
        Ok(file_descriptor(HostFile::shared(file)?, without))
    }

    pub(super) fn stdin() -> io::Result<Descriptor> {
        duplicate(io::stdin(), Rights::FD_WRITE)
    }

    pub(super) fn stdout() -> io::Result<Descriptor> {
        duplicate(io::stdout(), Rights::FD_READ)
    }

    pub(super) fn stderr() -> io::Result<Descriptor> {
        duplicate(io::stderr(), Rights::FD_READ)
    }
}

#[cfg(not(unix))]
mod inherited {
    use super::*;
    use std::io::IsTerminal;

    // A Windows console wants its text converted, which the standard library does.
    pub(super) fn stdin() -> io::Result<Descriptor> {
        Ok(input_stream(Box::new(io::stdin()), io::stdin().is_terminal()))
    }

    pub(super) fn stdout() -> io::Result<Descriptor> {
        Ok(output_stream(Box::new(io::stdout()), io::stdout().is_terminal()))
    }

    pub(super) fn stderr() -> io::Result<Descriptor> {
        Ok(output_stream(Box::new(io::stderr()), io::stderr().is_terminal()))
    }
}
