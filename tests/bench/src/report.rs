//! What is reported, and the clock it is measured with.

use rustix::time::{ClockId, clock_gettime};
use std::io::Write;
use std::sync::{Arc, Mutex};

/// A point in this process's CPU time: machines are shared, so wall time would measure others' work too.
#[derive(Clone, Copy, Debug)]
pub struct CpuTime(u128);

impl CpuTime {
    pub fn now() -> CpuTime {
        let t = clock_gettime(ClockId::ProcessCPUTime);
        CpuTime(t.tv_sec as u128 * 1_000_000_000 + t.tv_nsec as u128)
    }

    pub fn elapsed_ns(&self) -> u128 {
        CpuTime::now().0 - self.0
    }
}

/// A stream that keeps what is written to it.
#[derive(Clone, Debug, Default)]
pub struct Tee(Arc<Mutex<Vec<u8>>>);

impl Tee {
    fn bytes(&self) -> Vec<u8> {
        self.0.lock().map(|b| b.clone()).unwrap_or_default()
    }
}

impl Write for Tee {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if let Ok(mut kept) = self.0.lock() {
            kept.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// One run.
#[derive(Debug, Default)]
pub struct Report {
    pub file: String,
    pub in_bytes: usize,
    pub load_ns: u128,
    pub inst_ns: u128,
    pub run_ns: u128,
    pub total_ns: u128,
    pub wall_ns: u128,
    pub exit: i32,
    pub result: String,
}

impl Report {
    /// Prints the report as one line of JSON, after what the guest printed if that is asked for.
    pub fn print(&self, out: &Tee, show: bool) {
        let out = out.bytes();
        if show {
            let _ = std::io::stdout().write_all(&out);
        }
        let escaped = |s: &str| s.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', " ");
        println!(
            "{{\"engine\":\"hardtack\",\"file\":\"{}\",\"in_bytes\":{},\"load_ns\":{},\"inst_ns\":{},\"run_ns\":{},\"total_ns\":{},\
             \"wall_ns\":{},\"rss_kib\":{},\"exit\":{},\"out_len\":{},\"out_hash\":\"{:016x}\",\"result\":\"{}\"}}",
            escaped(&self.file),
            self.in_bytes,
            self.load_ns,
            self.inst_ns,
            self.run_ns,
            self.total_ns,
            self.wall_ns,
            peak_rss_kib(),
            self.exit,
            out.len(),
            fnv(&out),
            escaped(&self.result),
        );
    }
}

/// The largest resident set so far; 0 where the system doesn't say.
fn peak_rss_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// FNV-1a, 64 bits: how outputs are compared between engines.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ *byte as u64).wrapping_mul(0x100_0000_01b3))
}
