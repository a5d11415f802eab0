//! What the standard library has no name for, on systems that have it.

pub(crate) use sys::*;

/// Whether a stream can be read or written now, or has been closed at the other end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ready {
    pub ready: bool,
    pub hangup: bool,
}

/// Which direction of a stream to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Read,
    Write,
}

#[cfg(unix)]
mod sys {
    use super::{Direction, Ready};
    use crate::errno::Errno;
    use crate::types::Advice;
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::fs::OFlags;
    use std::fs::File;
    use std::io::{IoSlice, IoSliceMut};
    use std::os::fd::BorrowedFd;
    use std::time::Duration;

    pub(crate) type Handle<'a> = BorrowedFd<'a>;

    /// Makes every write go to the end of the file, or not. Returns whether the system takes care of it from here.
    pub(crate) fn set_append(file: &File, append: bool) -> Result<bool, Errno> {
        let mut flags = rustix::fs::fcntl_getfl(file)?;
        flags.set(OFlags::APPEND, append);
        rustix::fs::fcntl_setfl(file, flags)?;
        Ok(true)
    }

    pub(crate) fn read_at(file: &File, buffers: &mut [IoSliceMut<'_>], offset: u64) -> Result<usize, Errno> {
        Ok(rustix::io::preadv(file, buffers, offset)?)
    }

    pub(crate) fn write_at(file: &File, buffers: &[IoSlice<'_>], offset: u64) -> Result<usize, Errno> {
        Ok(rustix::io::pwritev(file, buffers, offset)?)
    }

    #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd", target_vendor = "apple"))]
    pub(crate) fn allocate(file: &File, offset: u64, len: u64) -> Result<(), Errno> {
        Ok(rustix::fs::fallocate(file, rustix::fs::FallocateFlags::empty(), offset, len)?)
    }

    #[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd", target_vendor = "apple")))]
    pub(crate) fn allocate(_: &File, _: u64, _: u64) -> Result<(), Errno> {
        Err(Errno::NotSup)
    }

    #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
    pub(crate) fn advise(file: &File, offset: u64, len: u64, advice: Advice) -> Result<(), Errno> {
        use rustix::fs::Advice as Os;
        let advice = match advice {
            Advice::Normal => Os::Normal,
            Advice::Sequential => Os::Sequential,
            Advice::Random => Os::Random,
            Advice::WillNeed => Os::WillNeed,
            Advice::DontNeed => Os::DontNeed,
            Advice::NoReuse => Os::NoReuse,
        };
        Ok(rustix::fs::fadvise(file, offset, std::num::NonZeroU64::new(len), advice)?)
    }

    /// Advice may be ignored, and here the system takes none.
    #[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
    pub(crate) fn advise(_: &File, _: u64, _: u64, _: Advice) -> Result<(), Errno> {
        Ok(())
    }

    /// Waits until one of the streams is ready, or the time is over (`None`: for ever).
    pub(crate) fn wait(streams: &[(Handle<'_>, Direction)], timeout: Option<Duration>) -> Result<Vec<Ready>, Errno> {
        let mut fds: Vec<PollFd<'_>> = streams
            .iter()
            .map(|(handle, direction)| {
                PollFd::from_borrowed_fd(
                    *handle,
                    match direction {
                        Direction::Read => PollFlags::IN,
                        Direction::Write => PollFlags::OUT,
                    },
                )
            })
            .collect();
        let timeout = timeout.map(|time| Timespec::try_from(time).unwrap_or(Timespec { tv_sec: i64::MAX, tv_nsec: 0 }));
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) => {}
            // A signal: nothing is ready yet, and the caller looks at its clocks again.
            Err(rustix::io::Errno::INTR) => return Ok(vec![Ready::default(); streams.len()]),
            Err(error) => return Err(error.into()),
        }
        Ok(fds
            .iter()
            .map(|fd| {
                let events = fd.revents();
                Ready { ready: !events.is_empty(), hangup: events.intersects(PollFlags::HUP | PollFlags::ERR) }
            })
            .collect())
    }

    /// Bytes that can be read without waiting, if the system says.
    pub(crate) fn available(handle: Handle<'_>) -> Option<u64> {
        rustix::io::ioctl_fionread(handle).ok()
    }
}

#[cfg(not(unix))]
mod sys {
    use super::{Direction, Ready};
    use crate::errno::Errno;
    use crate::types::Advice;
    use std::fs::File;
    use std::io::{IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};
    use std::marker::PhantomData;
    use std::time::Duration;

    pub(crate) type Handle<'a> = PhantomData<&'a ()>;

    /// Nothing is set: the caller seeks to the end before it writes.
    pub(crate) fn set_append(_: &File, _: bool) -> Result<bool, Errno> {
        Ok(false)
    }

    fn at<R>(mut file: &File, offset: u64, act: impl FnOnce(&File) -> std::io::Result<R>) -> Result<R, Errno> {
        let position = file.stream_position()?;
        file.seek(SeekFrom::Start(offset))?;
        let result = act(file);
        file.seek(SeekFrom::Start(position))?;
        Ok(result?)
    }

    pub(crate) fn read_at(file: &File, buffers: &mut [IoSliceMut<'_>], offset: u64) -> Result<usize, Errno> {
        at(file, offset, |mut file| file.read_vectored(buffers))
    }

    pub(crate) fn write_at(file: &File, buffers: &[IoSlice<'_>], offset: u64) -> Result<usize, Errno> {
        at(file, offset, |mut file| file.write_vectored(buffers))
    }

    pub(crate) fn allocate(_: &File, _: u64, _: u64) -> Result<(), Errno> {
        Err(Errno::NotSup)
    }

    /// Advice may be ignored, and here the system takes none.
    pub(crate) fn advise(_: &File, _: u64, _: u64, _: Advice) -> Result<(), Errno> {
        Ok(())
    }

    /// Without a way to ask, every stream counts as ready.
    pub(crate) fn wait(streams: &[(Handle<'_>, Direction)], timeout: Option<Duration>) -> Result<Vec<Ready>, Errno> {
        if streams.is_empty() {
            std::thread::sleep(timeout.unwrap_or(Duration::MAX));
        }
        Ok(vec![Ready { ready: true, hangup: false }; streams.len()])
    }

    pub(crate) fn available(_: Handle<'_>) -> Option<u64> {
        None
    }
}
