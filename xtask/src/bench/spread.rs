//! How long commands take, and how much that varies.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};

/// How long a command takes; it must end well.
pub(super) fn timed(command: &mut Command) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status().with_context(|| format!("{command:?}"))?;
    let taken = begun.elapsed();
    if !status.success() {
        bail!("{command:?} ended with {status}");
    }
    Ok(taken)
}

pub(super) struct Spread {
    pub(super) median: Duration,
    fastest: Duration,
    slowest: Duration,
}

impl Spread {
    pub(super) fn of(mut runs: Vec<Duration>) -> Self {
        runs.sort();
        Self { median: runs[runs.len() / 2], fastest: runs[0], slowest: runs[runs.len() - 1] }
    }

    /// The median.
    pub(super) fn seconds(&self) -> f64 {
        self.median.as_secs_f64()
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [median, fastest, slowest] = [self.median, self.fastest, self.slowest].map(milliseconds);
        write!(f, "{median:>6.1} ms (median; {fastest:.1} to {slowest:.1})")
    }
}

pub(super) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
