//! What the guest is given: arguments, environment, streams, directories, sockets.

use crate::input::Input;
use anyhow::{Context, Result};
use clap::Args;
use hardtack_wasi::{Access, WasiCtxBuilder};
use std::ffi::OsString;
use std::fs::File;
use std::net::TcpListener;
use std::path::PathBuf;
use std::str::FromStr;

/// What the guest is given.
#[derive(Args, Debug)]
#[command(next_help_heading = "What the program is given")]
pub struct GuestArgs {
    /// A directory, with all that is in it: HOST is known as GUEST, or as the current directory; `:ro` for reading only
    #[arg(long = "dir", value_name = "HOST[::GUEST][:ro]")]
    dirs: Vec<DirArg>,

    /// An environment variable; without a value, the one it has here
    #[arg(long = "env", value_name = "NAME[=VALUE]")]
    envs: Vec<String>,

    /// All environment variables there are here
    #[arg(long)]
    inherit_env: bool,

    /// Standard input from a file
    #[arg(long, value_name = "FILE")]
    stdin: Option<PathBuf>,

    /// Standard output to a file
    #[arg(long, value_name = "FILE")]
    stdout: Option<PathBuf>,

    /// Standard error to a file
    #[arg(long, value_name = "FILE")]
    stderr: Option<PathBuf>,

    /// The name of the program, its argument 0; the file's name by default
    #[arg(long, value_name = "NAME")]
    argv0: Option<String>,

    /// A socket that listens at ADDRESS; sockets are the descriptors after the directories
    #[arg(long = "tcplisten", value_name = "ADDRESS")]
    listeners: Vec<String>,

    /// Clocks and random bytes that are the same in every run
    #[arg(long)]
    deterministic: bool,
}

/// `HOST[::GUEST][:ro]`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct DirArg {
    host: PathBuf,
    guest: String,
    access: Access,
}

impl FromStr for DirArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (text, access) = match text.strip_suffix(":ro") {
            Some(text) => (text, Access::ReadOnly),
            None => (text.strip_suffix(":rw").unwrap_or(text), Access::ReadWrite),
        };
        // C libraries take relative paths from the directory named `.`.
        let (host, guest) = text.split_once("::").unwrap_or((text, "."));
        if host.is_empty() || guest.is_empty() {
            return Err("a directory is written HOST, HOST::GUEST, HOST:ro or HOST::GUEST:ro".into());
        }
        Ok(DirArg { host: host.into(), guest: guest.into(), access })
    }
}

impl GuestArgs {
    /// The guest's world, all but built.
    pub fn context(&self, program: &Input, args: &[OsString]) -> Result<WasiCtxBuilder> {
        let mut builder = WasiCtxBuilder::new();
        self.streams(&mut builder)?;
        builder.arg(self.argv0.clone().unwrap_or_else(|| program_name(program)));
        builder.args(args.iter().map(|arg| arg.clone().into_encoded_bytes()));
        if self.inherit_env {
            builder.inherit_env();
        }
        for env in &self.envs {
            match env.split_once('=') {
                Some((name, value)) => {
                    builder.env(name, value);
                }
                None => {
                    let value = std::env::var_os(env).with_context(|| format!("--env {env}: it isn't set here"))?;
                    builder.env(env.as_str(), value.into_encoded_bytes());
                }
            }
        }
        for dir in &self.dirs {
            builder
                .preopened_host_dir(&dir.host, dir.guest.as_str(), dir.access)
                .with_context(|| format!("--dir {}", dir.host.display()))?;
        }
        for address in &self.listeners {
            builder.listener(TcpListener::bind(address).with_context(|| format!("--tcplisten {address}"))?);
        }
        if self.deterministic {
            builder.deterministic(0);
        }
        Ok(builder)
    }

    fn streams(&self, builder: &mut WasiCtxBuilder) -> Result<()> {
        let name = |option: &str, path: &PathBuf| format!("--{option} {}", path.display());
        match &self.stdin {
            Some(path) => builder.stdin_file(File::open(path).with_context(|| name("stdin", path))?),
            None => builder.inherit_stdin(),
        };
        match &self.stdout {
            Some(path) => builder.stdout_file(File::create(path).with_context(|| name("stdout", path))?),
            None => builder.inherit_stdout(),
        };
        match &self.stderr {
            Some(path) => builder.stderr_file(File::create(path).with_context(|| name("stderr", path))?),
            None => builder.inherit_stderr(),
        };
        Ok(())
    }
}

fn program_name(program: &Input) -> String {
    let name = program.path().and_then(|path| path.file_name());
    name.map_or_else(|| "-".into(), |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories() {
        let dir = |host: &str, guest: &str, access| DirArg { host: host.into(), guest: guest.into(), access };
        assert_eq!("a".parse(), Ok(dir("a", ".", Access::ReadWrite)));
        assert_eq!("a:ro".parse(), Ok(dir("a", ".", Access::ReadOnly)));
        assert_eq!("/a b::/c:ro".parse(), Ok(dir("/a b", "/c", Access::ReadOnly)));
        assert_eq!(r"C:\a::/:rw".parse(), Ok(dir(r"C:\a", "/", Access::ReadWrite)));
        assert!("::/".parse::<DirArg>().is_err());
        assert!("".parse::<DirArg>().is_err());
    }
}
