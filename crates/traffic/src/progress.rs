//! How far it is, on the standard error: one line that changes on a terminal, plain lines now and then elsewhere.

use std::{
    env,
    io::{self, IsTerminal as _, Write as _},
    time::Duration,
};

use tokio::time::{Interval, MissedTickBehavior, interval};

#[derive(Debug)]
pub(crate) struct Progress {
    is_terminal: bool,
    interval: Interval,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self::on(io::stderr().is_terminal() && env::var_os("TERM").is_none_or(|term| term != "dumb"))
    }

    /// Plain lines, wherever they are read.
    pub(crate) fn plain() -> Self {
        Self::on(false)
    }

    fn on(is_terminal: bool) -> Self {
        let every = if is_terminal { Duration::from_millis(200) } else { Duration::from_secs(10) };
        let mut interval = interval(every);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // The first tick comes at once, before there is anything to tell.
        interval.reset();
        Self { is_terminal, interval }
    }

    /// Waits until a line is due.
    pub(crate) async fn due(&mut self) {
        self.interval.tick().await;
    }

    pub(crate) fn show(&self, line: &str) {
        let mut stderr = io::stderr().lock();
        let _ = if self.is_terminal { write!(stderr, "\r\x1b[2K{line}") } else { writeln!(stderr, "{line}") };
        let _ = stderr.flush();
    }

    /// Writes a sentence that stays.
    pub(crate) fn note(&self, sentence: &str) {
        self.clear();
        crate::complain(sentence);
    }

    /// Removes the line, so that what follows stands alone.
    pub(crate) fn clear(&self) {
        if self.is_terminal {
            self.show("");
        }
    }
}
