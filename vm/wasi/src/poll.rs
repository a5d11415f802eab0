//! `poll_oneoff`: waiting for clocks and descriptors.

use crate::clocks::ClockId;
use crate::ctx::WasiCtx;
use crate::errno::Errno;
use crate::memory::Guest;
use crate::os::{self, Direction, Ready};
use crate::rights::Rights;
use crate::table::Object;
use crate::types::{SubClockFlags, Version};
use std::time::Duration;

/// How long a wait goes on without asking whether it is to be interrupted.
const SLICE: Duration = Duration::from_millis(10);

/// Size of an event in the guest's memory.
const EVENT_LEN: u32 = 32;

/// What the guest waits for.
#[derive(Clone, Copy, Debug)]
enum Subscription {
    Clock {
        clock: ClockId,
        deadline: Duration,
    },
    Stream {
        fd: u32,
        direction: Direction,
    },
    /// Nothing that could ever happen: reported at once, with this error.
    Wrong {
        event_type: u8,
        errno: Errno,
    },
}

impl Subscription {
    /// Reads the one at `at`. Its layout differs in the older interface, whose clocks have an identifier in front.
    fn load(ctx: &mut WasiCtx, memory: &Guest<'_>, at: u32, version: Version) -> Result<(u64, Self), Errno> {
        let userdata = memory.read_u64(at)?;
        let subscription = match memory.read_u8(at + 8)? {
            0 => {
                let clock = match version {
                    Version::Preview1 => at + 16,
                    Version::Unstable => at + 24,
                };
                let id = memory.read_u32(clock)?;
                let timeout = Duration::from_nanos(memory.read_u64(clock + 8)?);
                let flags = SubClockFlags::from_bits(memory.read_u16(clock + 24)?.into());
                let parsed = flags.and_then(|flags| {
                    let clock = ClockId::from_number(id)?;
                    let now = clock.now(&mut *ctx.clocks)?;
                    let absolute = flags.contains(SubClockFlags::ABSTIME);
                    let deadline = if absolute { timeout } else { now.saturating_add(timeout) };
                    Ok(Subscription::Clock { clock, deadline })
                });
                parsed.unwrap_or_else(|errno| Subscription::Wrong { event_type: 0, errno })
            }
            1 => Subscription::Stream { fd: memory.read_u32(at + 16)?, direction: Direction::Read },
            2 => Subscription::Stream { fd: memory.read_u32(at + 16)?, direction: Direction::Write },
            _ => return Err(Errno::Inval),
        };
        Ok((userdata, subscription))
    }

    const fn len(version: Version) -> u32 {
        match version {
            Version::Preview1 => 48,
            Version::Unstable => 56,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Event {
    userdata: u64,
    errno: Errno,
    event_type: u8,
    available: u64,
    hangup: bool,
}

impl Event {
    fn store(&self, memory: &mut Guest<'_>, at: u32) -> Result<(), Errno> {
        let mut bytes = [0; EVENT_LEN as usize];
        bytes[0..8].copy_from_slice(&self.userdata.to_le_bytes());
        bytes[8..10].copy_from_slice(&(self.errno as u16).to_le_bytes());
        bytes[10] = self.event_type;
        bytes[16..24].copy_from_slice(&self.available.to_le_bytes());
        bytes[24..26].copy_from_slice(&u16::from(self.hangup).to_le_bytes());
        memory.write(at, &bytes)
    }
}

/// What waiting on a descriptor means.
enum Source<'a> {
    /// Ready without asking.
    Always { available: u64 },
    /// The system says.
    System(os::Handle<'a>),
}

fn source(ctx: &WasiCtx, fd: u32, direction: Direction) -> Result<Source<'_>, Errno> {
    let descriptor = ctx.table.get(fd)?;
    descriptor.require(Rights::POLL_FD_READWRITE)?;
    let always = Source::Always { available: 0 };
    match (&descriptor.object, direction) {
        (Object::File(file), _) => Ok(match file.handle() {
            Some(handle) => Source::System(handle),
            None => Source::Always { available: file.available() },
        }),
        (Object::Input { .. }, Direction::Read) | (Object::Output { .. }, Direction::Write) => Ok(always),
        (Object::Socket(socket), _) => Ok(handle(socket).map_or(always, Source::System)),
        (Object::Listener(listener), Direction::Read) => Ok(handle(listener).map_or(always, Source::System)),
        (Object::Dir(_) | Object::Input { .. } | Object::Output { .. } | Object::Listener(_), _) => Err(Errno::Badf),
    }
}

#[cfg(unix)]
fn handle<S: std::os::fd::AsFd>(socket: &S) -> Option<os::Handle<'_>> {
    Some(socket.as_fd())
}

#[cfg(not(unix))]
fn handle<S>(_: &S) -> Option<os::Handle<'_>> {
    None
}

/// `poll_oneoff`: waits until something that is subscribed to happens, and reports all that has.
pub(crate) fn poll_oneoff(
    ctx: &mut WasiCtx,
    memory: &mut Guest<'_>,
    list: u32,
    out: u32,
    count: u32,
    out_count: u32,
    version: Version,
) -> Result<(), Errno> {
    if count == 0 {
        return Err(Errno::Inval);
    }
    let len = Subscription::len(version);
    // Everything lies inside: from here on, addresses can't overflow.
    memory.slice(list, count.checked_mul(len).ok_or(Errno::Fault)?)?;
    memory.slice(out, count.checked_mul(EVENT_LEN).ok_or(Errno::Fault)?)?;
    memory.slice(out_count, 4)?;
    let mut subscriptions = Vec::with_capacity(count as usize);
    for index in 0..count {
        subscriptions.push(Subscription::load(ctx, memory, list + index * len, version)?);
    }
    let events = wait(ctx, &subscriptions)?;
    for (at, event) in (out..).step_by(EVENT_LEN as usize).zip(&events) {
        event.store(memory, at)?;
    }
    memory.write_u32(out_count, u32::try_from(events.len())?)
}

fn wait(ctx: &mut WasiCtx, subscriptions: &[(u64, Subscription)]) -> Result<Vec<Event>, Errno> {
    loop {
        let mut events = Vec::new();
        let mut nearest: Option<Duration> = None;
        for &(userdata, subscription) in subscriptions {
            let Subscription::Clock { clock, deadline } = subscription else { continue };
            let left = deadline.saturating_sub(clock.now(&mut *ctx.clocks)?);
            if left.is_zero() {
                events.push(Event { userdata, errno: Errno::Success, event_type: 0, available: 0, hangup: false });
            }
            nearest = Some(nearest.map_or(left, |nearest| nearest.min(left)));
        }

        let mut waiting = Vec::new();
        let mut streams = Vec::new();
        for &(userdata, subscription) in subscriptions {
            let (event_type, errno, available) = match subscription {
                Subscription::Clock { .. } => continue,
                Subscription::Wrong { event_type, errno } => (event_type, errno, 0),
                Subscription::Stream { fd, direction } => {
                    let event_type = match direction {
                        Direction::Read => 1,
                        Direction::Write => 2,
                    };
                    match source(ctx, fd, direction) {
                        Ok(Source::Always { available }) => (event_type, Errno::Success, available),
                        Ok(Source::System(handle)) => {
                            waiting.push((userdata, event_type));
                            streams.push((handle, direction));
                            continue;
                        }
                        Err(errno) => (event_type, errno, 0),
                    }
                }
            };
            events.push(Event { userdata, errno, event_type, available, hangup: false });
        }

        // Nothing to wait for any more; or time that only goes on when it is told to.
        let only_look = !events.is_empty() || (nearest.is_some() && !ctx.clocks.is_real());
        if events.is_empty() && ctx.interrupted.as_ref().is_some_and(|interrupted| interrupted()) {
            return Err(Errno::Intr);
        }
        // Time that doesn't pass by itself is over as soon as it is slept.
        let slice = if ctx.interrupted.is_some() && ctx.clocks.is_real() { SLICE } else { Duration::MAX };
        let nearest = nearest.map(|left| left.min(slice));
        let timeout =
            if only_look { Some(Duration::ZERO) } else { nearest.or(ctx.interrupted.is_some().then_some(SLICE)) };
        if !streams.is_empty() {
            let ready = os::wait(&streams, timeout)?;
            for ((&(userdata, event_type), &(handle, direction)), ready) in waiting.iter().zip(&streams).zip(ready) {
                let Ready { ready: true, hangup } = ready else { continue };
                let available = match direction {
                    Direction::Read => os::available(handle).unwrap_or(0),
                    Direction::Write => 0,
                };
                events.push(Event { userdata, errno: Errno::Success, event_type, available, hangup });
            }
        }
        if !events.is_empty() {
            return Ok(events);
        }
        if (streams.is_empty() || !ctx.clocks.is_real())
            && let Some(left) = nearest
        {
            ctx.clocks.sleep(left);
        }
    }
}
