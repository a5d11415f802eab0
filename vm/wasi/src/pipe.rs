//! Streams that live in memory.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// An output stream that keeps what is written. Clones share it: give one to the guest, keep the other.
///
/// For input from memory, any `Read` does: `std::io::Cursor::new(bytes)`.
///
/// ```
/// use hardtack_wasi::{MemoryOutput, WasiCtxBuilder};
///
/// // No more than a page of it, whatever the guest writes.
/// let output = MemoryOutput::with_capacity(4096);
/// let input = std::io::Cursor::new(b"lines\n");
/// let ctx = WasiCtxBuilder::new().stdin(input).stdout(output.clone()).build()?;
/// assert!(output.contents().is_empty(), "nothing has run yet");
/// # Ok::<(), hardtack_wasi::BuildError>(())
/// ```
#[derive(Clone, Debug)]
pub struct MemoryOutput {
    bytes: Arc<Mutex<Vec<u8>>>,
    capacity: usize,
}

impl MemoryOutput {
    /// Empty, and without a limit but the host's memory.
    pub fn new() -> Self {
        Self::with_capacity(usize::MAX)
    }

    /// Empty. When it holds `capacity` bytes, writes fail as they do on a full device.
    pub fn with_capacity(capacity: usize) -> Self {
        MemoryOutput { bytes: Arc::default(), capacity }
    }

    /// What was written so far.
    pub fn contents(&self) -> Vec<u8> {
        self.lock().clone()
    }

    /// What was written so far, which is forgotten.
    pub fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.lock())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<u8>> {
        // A panic elsewhere can't leave a vector of bytes half changed.
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryOutput {
    fn default() -> Self {
        Self::new()
    }
}

impl Write for MemoryOutput {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let mut bytes = self.lock();
        let len = data.len().min(self.capacity - bytes.len());
        if len == 0 && !data.is_empty() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        bytes.extend_from_slice(&data[..len]);
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
