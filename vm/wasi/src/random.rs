//! Where the guest's random bytes come from.

use crate::ctx::WasiCtx;
use crate::errno::Errno;
use crate::memory::Guest;
use std::io;

/// A source of random bytes. Implement it to give a guest one of your own.
///
/// ```
/// use hardtack_wasi::{RandomSource, WasiCtxBuilder};
///
/// /// Bytes that were recorded, for playing a run again.
/// struct Recorded(std::vec::IntoIter<u8>);
///
/// impl RandomSource for Recorded {
///     fn fill(&mut self, buffer: &mut [u8]) -> std::io::Result<()> {
///         for byte in buffer {
///             *byte = self.0.next().ok_or(std::io::ErrorKind::UnexpectedEof)?;
///         }
///         Ok(())
///     }
/// }
/// let ctx = WasiCtxBuilder::new().random(Recorded(vec![1, 2, 3].into_iter())).build()?;
/// # Ok::<(), hardtack_wasi::BuildError>(())
/// ```
pub trait RandomSource: Send {
    /// Fills `buffer`.
    ///
    /// # Errors
    /// When the source has none to give; the guest sees the error number that fits best.
    fn fill(&mut self, buffer: &mut [u8]) -> io::Result<()>;
}

/// The system's source, fit for keys.
///
/// ```
/// use hardtack_wasi::{RandomSource, SystemRandom};
///
/// let mut bytes = [0; 32];
/// SystemRandom.fill(&mut bytes)?;
/// assert_ne!(bytes, [0; 32]);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl RandomSource for SystemRandom {
    fn fill(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        getrandom::fill(buffer).map_err(|error| match error.raw_os_error() {
            Some(code) => io::Error::from_raw_os_error(code as _),
            None => io::Error::other("no random source"),
        })
    }
}

/// The same bytes in every run, from a seed (SplitMix64). Not fit for keys.
///
/// ```
/// use hardtack_wasi::{RandomSource, SeededRandom};
///
/// let (mut one, mut other) = ([0; 8], [0; 8]);
/// SeededRandom::new(7).fill(&mut one)?;
/// SeededRandom::new(7).fill(&mut other)?;
/// assert_eq!(one, other);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SeededRandom {
    state: u64,
    // Bytes of the last number that are still to be used: so the stream doesn't depend on how it is cut into calls.
    rest: [u8; 8],
    left: usize,
}

impl SeededRandom {
    /// From this seed.
    pub fn new(seed: u64) -> Self {
        SeededRandom { state: seed, rest: [0; 8], left: 0 }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

impl RandomSource for SeededRandom {
    fn fill(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        let mut buffer = buffer;
        while !buffer.is_empty() {
            if self.left == 0 {
                self.rest = self.next().to_le_bytes();
                self.left = 8;
            }
            let len = buffer.len().min(self.left);
            let (head, tail) = buffer.split_at_mut(len);
            head.copy_from_slice(&self.rest[8 - self.left..][..len]);
            self.left -= len;
            buffer = tail;
        }
        Ok(())
    }
}

/// `random_get`: fills a buffer with random bytes.
pub(crate) fn random_get(ctx: &mut WasiCtx, memory: &mut Guest<'_>, buffer: u32, len: u32) -> Result<(), Errno> {
    Ok(ctx.random.fill(memory.slice_mut(buffer, len)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_does_not_depend_on_the_calls() {
        let mut whole = [0; 40];
        SeededRandom::new(7).fill(&mut whole).unwrap();
        let mut parts = SeededRandom::new(7);
        for part in whole.chunks(3) {
            let mut bytes = vec![0; part.len()];
            parts.fill(&mut bytes).unwrap();
            assert_eq!(bytes, part);
        }
    }
}
