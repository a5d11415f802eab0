//! Progress of a long compilation, shown only when somebody watches.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Work that takes less than this is not worth a bar.
const PATIENCE: Duration = Duration::from_millis(400);

/// A bar on standard error, if that is a terminal and the work takes long.
pub struct Progress {
    what: String,
    start: Instant,
    watched: bool,
    bar: OnceLock<ProgressBar>,
}

impl Progress {
    /// Nothing is shown yet.
    pub fn new(what: String) -> Self {
        Progress { what, start: Instant::now(), watched: std::io::stderr().is_terminal(), bar: OnceLock::new() }
    }

    /// Says how much is done. Any thread may.
    pub fn set(&self, done: usize, count: usize) {
        if !self.watched || self.start.elapsed() < PATIENCE {
            return;
        }
        let bar = self.bar.get_or_init(|| {
            let bar = ProgressBar::with_draw_target(Some(count as u64), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{msg} [{bar:30}] {pos}/{len} functions, {elapsed}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
            bar.set_message(self.what.clone());
            bar
        });
        // Threads finish in any order.
        if done as u64 > bar.position() {
            bar.set_position(done as u64);
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}
