//! How long the guest may run, and how much memory it may have.

use crate::exit::{TRAP, report};
use clap::Args;
use hardtack_vm::{Store, StoreLimits, StoreLimitsBuilder};
use hardtack_wasi::WasiCtxBuilder;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long a guest that was told to stop may take to, before the process ends: it may be waiting for the system.
const GRACE: Duration = Duration::from_secs(1);

/// Whether the time is up.
#[derive(Clone, Default)]
pub struct TimeUp(Arc<AtomicBool>);

/// The limits.
#[derive(Args, Debug)]
#[command(next_help_heading = "Limits")]
pub struct LimitArgs {
    /// Stop after this much fuel: roughly, two bytes of code executed cost one
    #[arg(long, value_name = "N")]
    fuel: Option<u64>,

    /// Stop after this time: 500ms, 2s, 1.5m, 1h
    #[arg(long, value_name = "TIME", value_parser = duration)]
    timeout: Option<Duration>,

    /// Let memory grow to at most this many bytes: 65536, 64K, 16M, 1G (the default)
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    max_memory: Option<usize>,
}

impl LimitArgs {
    /// Limits on what grows.
    pub fn store_limits(&self) -> StoreLimits {
        match self.max_memory {
            Some(bytes) => StoreLimitsBuilder::new().total_memory_size(bytes).build(),
            None => StoreLimits::default(),
        }
    }

    /// Lets the guest's waiting end with its time. What it returns says when that is: pass it on to `apply`.
    pub fn watch(&self, builder: &mut WasiCtxBuilder) -> TimeUp {
        let up = TimeUp::default();
        if self.timeout.is_some() {
            let flag = up.clone();
            builder.interrupt_when(move || flag.0.load(Ordering::Acquire));
        }
        up
    }

    /// Sets the fuel and starts the clock.
    pub fn apply<T>(&self, store: &mut Store<T>, up: TimeUp) {
        if let Some(fuel) = self.fuel {
            store.set_fuel(fuel);
        }
        let Some(timeout) = self.timeout else { return };
        let handle = store.interrupt_handle();
        let note = self.timeout_note();
        // The thread ends with the process.
        std::thread::spawn(move || {
            std::thread::sleep(timeout);
            handle.interrupt();
            // In this order: what waits finds the request when it returns.
            up.0.store(true, Ordering::Release);
            std::thread::sleep(GRACE);
            report("trap", &format!("interrupted{note} while waiting for the system"));
            std::process::exit(TRAP);
        });
    }

    /// For a message about the timeout.
    pub fn timeout_note(&self) -> String {
        self.timeout.map_or_else(String::new, |timeout| format!(" after {timeout:?} (--timeout)"))
    }

    /// For a message about the fuel.
    pub fn fuel_note(&self) -> String {
        self.fuel.map_or_else(String::new, |fuel| format!(" after {fuel} units (--fuel)"))
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let unit = match unit {
        "ms" => 0.001,
        "s" | "" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(format!("`{unit}` is no unit of time: ms, s, m and h are")),
    };
    let number: f64 =
        number.trim().parse().map_err(|_| "write a number and a unit, such as 500ms or 2s".to_string())?;
    Duration::try_from_secs_f64(number * unit).map_err(|error| error.to_string())
}

fn bytes(text: &str) -> Result<usize, String> {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let shift = match unit.trim_end_matches("iB").trim_end_matches('B') {
        "" => 0,
        "K" | "k" => 10,
        "M" | "m" => 20,
        "G" | "g" => 30,
        _ => return Err(format!("`{unit}` is no unit of size: K, M and G are")),
    };
    let number: usize = number.parse().map_err(|_| "write a number of bytes, such as 65536 or 64K".to_string())?;
    number.checked_mul(1 << shift).ok_or_else(|| "that is more than this machine can address".to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2"), Ok(Duration::from_secs(2)));
        assert_eq!(duration("1.5m"), Ok(Duration::from_secs(90)));
        assert!(duration("-1s").is_err());
        assert!(duration("5 parsecs").is_err());
        assert!(duration("s").is_err());
    }

    #[test]
    fn sizes() {
        assert_eq!(bytes("65536"), Ok(65536));
        assert_eq!(bytes("64K"), Ok(65536));
        assert_eq!(bytes("1MiB"), Ok(1 << 20));
        assert!(bytes("M").is_err());
        assert!(bytes("1T").is_err());
        assert!(bytes("99999999999G").is_err());
    }
}
