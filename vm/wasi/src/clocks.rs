//! Where the guest's time comes from.

use crate::ctx::WasiCtx;
use crate::errno::Errno;
use crate::memory::Guest;
use std::time::{Duration, Instant, SystemTime};

/// A source of time. Implement it to give a guest a clock of your own.
///
/// ```
/// use hardtack_wasi::{Clocks, WasiCtxBuilder};
/// use std::time::Duration;
///
/// /// A game's time, which the host advances frame by frame.
/// struct GameTime(Duration);
///
/// impl Clocks for GameTime {
///     fn wall(&mut self) -> Duration {
///         self.0
///     }
///     fn wall_resolution(&self) -> Duration {
///         Duration::from_millis(16)
///     }
///     fn monotonic(&mut self) -> Duration {
///         self.0
///     }
///     fn monotonic_resolution(&self) -> Duration {
///         Duration::from_millis(16)
///     }
///     fn cpu(&mut self) -> Option<Duration> {
///         None
///     }
///     fn sleep(&mut self, time: Duration) {
///         self.0 += time;
///     }
///     fn is_real(&self) -> bool {
///         false
///     }
/// }
/// let ctx = WasiCtxBuilder::new().clocks(GameTime(Duration::ZERO)).build()?;
/// # Ok::<(), hardtack_wasi::BuildError>(())
/// ```
pub trait Clocks: Send {
    /// Time since 1970.
    fn wall(&mut self) -> Duration;

    /// Smallest step of [`Clocks::wall`]; not zero.
    fn wall_resolution(&self) -> Duration;

    /// Time since some fixed moment; never goes back.
    fn monotonic(&mut self) -> Duration;

    /// Smallest step of [`Clocks::monotonic`]; not zero.
    fn monotonic_resolution(&self) -> Duration;

    /// Processor time used, if it is known.
    fn cpu(&mut self) -> Option<Duration> {
        None
    }

    /// Waits until that much time has passed on these clocks.
    fn sleep(&mut self, time: Duration);

    /// Whether time passes by itself. If not, only [`Clocks::sleep`] makes waiting end.
    fn is_real(&self) -> bool {
        true
    }
}

/// The system's clocks. The monotonic one starts near zero, so that it tells nothing about the host.
///
/// ```
/// use hardtack_wasi::{Clocks, SystemClocks};
///
/// let mut clocks = SystemClocks::new();
/// let before = clocks.monotonic();
/// assert!(clocks.monotonic() >= before && clocks.is_real());
/// ```
#[derive(Debug)]
pub struct SystemClocks {
    start: Instant,
}

impl SystemClocks {
    /// With a monotonic clock that starts now.
    pub fn new() -> Self {
        SystemClocks { start: Instant::now() }
    }
}

impl Default for SystemClocks {
    fn default() -> Self {
        Self::new()
    }
}

impl Clocks for SystemClocks {
    fn wall(&mut self) -> Duration {
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
    }

    fn wall_resolution(&self) -> Duration {
        resolution(Kind::Wall)
    }

    fn monotonic(&mut self) -> Duration {
        // Guests take zero for "never"; one nanosecond keeps clear of it.
        self.start.elapsed() + Duration::from_nanos(1)
    }

    fn monotonic_resolution(&self) -> Duration {
        resolution(Kind::Monotonic)
    }

    #[cfg(unix)]
    fn cpu(&mut self) -> Option<Duration> {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        Some(Duration::new(u64::try_from(time.tv_sec).ok()?, u32::try_from(time.tv_nsec).ok()?))
    }

    fn sleep(&mut self, time: Duration) {
        std::thread::sleep(time);
    }
}

enum Kind {
    Wall,
    Monotonic,
}

#[cfg(unix)]
fn resolution(kind: Kind) -> Duration {
    use rustix::time::{ClockId, clock_getres};
    let time = clock_getres(match kind {
        Kind::Wall => ClockId::Realtime,
        Kind::Monotonic => ClockId::Monotonic,
    });
    let nanos = u64::try_from(time.tv_sec).unwrap_or(0) * 1_000_000_000 + u64::try_from(time.tv_nsec).unwrap_or(0);
    Duration::from_nanos(nanos.max(1))
}

#[cfg(not(unix))]
fn resolution(kind: Kind) -> Duration {
    // The steps of Windows' precise system time and of its performance counter.
    match kind {
        Kind::Wall | Kind::Monotonic => Duration::from_nanos(100),
    }
}

/// Clocks that depend on nothing but how often they are read: the same program sees the same times in every run.
///
/// ```
/// use hardtack_wasi::{Clocks, DeterministicClocks};
///
/// let (mut one, mut other) = (DeterministicClocks::new(), DeterministicClocks::new());
/// assert_eq!((one.wall(), one.wall()), (other.wall(), other.wall()));
/// ```
#[derive(Clone, Debug)]
pub struct DeterministicClocks {
    now: Duration,
    step: Duration,
}

impl DeterministicClocks {
    /// When the wall clock starts, in seconds since 1970: 9 September 2001, 01:46:40 UTC.
    pub const START: u64 = 1_000_000_000;

    /// Clocks that advance by one microsecond at every reading.
    pub fn new() -> Self {
        DeterministicClocks { now: Duration::ZERO, step: Duration::from_micros(1) }
    }

    fn tick(&mut self) -> Duration {
        self.now += self.step;
        self.now
    }
}

impl Default for DeterministicClocks {
    fn default() -> Self {
        Self::new()
    }
}

impl Clocks for DeterministicClocks {
    fn wall(&mut self) -> Duration {
        Duration::from_secs(Self::START) + self.tick()
    }

    fn wall_resolution(&self) -> Duration {
        self.step
    }

    fn monotonic(&mut self) -> Duration {
        self.tick()
    }

    fn monotonic_resolution(&self) -> Duration {
        self.step
    }

    fn cpu(&mut self) -> Option<Duration> {
        Some(self.tick())
    }

    fn sleep(&mut self, time: Duration) {
        self.now = self.now.saturating_add(time);
    }

    fn is_real(&self) -> bool {
        false
    }
}

/// One of the clocks that a guest can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClockId {
    Realtime,
    Monotonic,
    Cpu,
}

impl ClockId {
    /// The specification wants `inval` for a clock that isn't supported.
    pub fn from_number(number: u32) -> Result<ClockId, Errno> {
        match number {
            0 => Ok(ClockId::Realtime),
            1 => Ok(ClockId::Monotonic),
            // A guest is one thread, so the thread's processor time is the process'.
            2 | 3 => Ok(ClockId::Cpu),
            _ => Err(Errno::Inval),
        }
    }

    pub fn now(self, clocks: &mut dyn Clocks) -> Result<Duration, Errno> {
        match self {
            ClockId::Realtime => Ok(clocks.wall()),
            ClockId::Monotonic => Ok(clocks.monotonic()),
            ClockId::Cpu => clocks.cpu().ok_or(Errno::Inval),
        }
    }
}

/// A duration in nanoseconds, as guests count them.
pub(crate) fn nanos(time: Duration) -> Result<u64, Errno> {
    Ok(u64::try_from(time.as_nanos())?)
}

/// `clock_res_get`: the resolution of a clock.
pub(crate) fn clock_res_get(ctx: &mut WasiCtx, memory: &mut Guest<'_>, id: u32, out: u32) -> Result<(), Errno> {
    let resolution = match ClockId::from_number(id)? {
        ClockId::Realtime => ctx.clocks.wall_resolution(),
        ClockId::Monotonic => ctx.clocks.monotonic_resolution(),
        ClockId::Cpu => {
            ctx.clocks.cpu().ok_or(Errno::Inval)?;
            ctx.clocks.monotonic_resolution()
        }
    };
    memory.write_u64(out, nanos(resolution)?)
}

/// `clock_time_get`: the time of a clock. These clocks are always as precise as they can be.
pub(crate) fn clock_time_get(
    ctx: &mut WasiCtx,
    memory: &mut Guest<'_>,
    id: u32,
    _precision: u64,
    out: u32,
) -> Result<(), Errno> {
    let time = ClockId::from_number(id)?.now(&mut *ctx.clocks)?;
    memory.write_u64(out, nanos(time)?)
}
