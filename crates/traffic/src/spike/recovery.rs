//! Looks at the shop before a peak, during it and after it, until it is back within its usual.

use std::time::Duration;

use crate::{
    engine::{Buckets, Quantile, Second, Times},
    report::{Latency, Looked, Recovery},
};

/// So many seconds in a row must be as before the peak, so that one lucky second is no recovery.
const IN_A_ROW: usize = 3;

/// When the shop was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Before,
    During,
    After,
}

/// What was seen in a phase.
#[derive(Clone, Debug, Default)]
struct Seen {
    buckets: Buckets,
    latency: Times,
}

/// What is seen, second by second.
#[derive(Clone, Debug, Default)]
pub(super) struct Watch {
    phases: [Seen; 3],
    /// The worst median of any second before the peak.
    usual: f64,
    /// How long after the peak the seconds ended that were as usual, as many as there were in a row.
    as_usual: Vec<Duration>,
    after: Duration,
}

impl Watch {
    /// Adds what was seen in a second.
    pub(super) fn add(&mut self, phase: Phase, second: &Second) {
        let seen = &mut self.phases[phase as usize];
        seen.buckets.add(second.buckets);
        seen.latency.merge(&second.latency);
        let median = match second.latency.quantile(500, second.buckets.without_answer()) {
            Quantile::Seconds(seconds) => Some(seconds),
            Quantile::Never => Some(f64::INFINITY),
            Quantile::TooFew => None,
        };
        match (phase, median) {
            (Phase::Before, Some(median)) => self.usual = self.usual.max(median),
            (Phase::After, median) if !self.has_recovered() => {
                self.after += second.lasted;
                let is_usual = median.is_some_and(|median| median <= self.usual) && second.buckets.errors() == 0;
                if is_usual {
                    self.as_usual.push(self.after);
                } else {
                    self.as_usual.clear();
                }
            }
            _ => {}
        }
    }

    pub(super) fn has_recovered(&self) -> bool {
        self.as_usual.len() >= IN_A_ROW
    }

    /// How long after the peak the first second ended that was as usual, and was followed by others.
    fn took(&self) -> Option<Duration> {
        self.as_usual.first().copied().filter(|_| self.has_recovered())
    }

    pub(super) fn told(&self) -> Recovery {
        let looked = |phase: Phase| {
            let Seen { buckets, latency } = &self.phases[phase as usize];
            Looked { ended: *buckets, latency_seconds: Latency::new(latency, buckets.without_answer()) }
        };
        Recovery {
            probes_per_second: super::PROBES,
            before: looked(Phase::Before),
            during: looked(Phase::During),
            after: looked(Phase::After),
            usual_median_seconds: Some(self.usual).filter(|usual| usual.is_finite()),
            steady_seconds: IN_A_ROW,
            watched_seconds: self.after.as_secs_f64(),
            recovered_after_seconds: self.took().map(|took| took.as_secs_f64()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(milliseconds: u64, errors: u64) -> Second {
        let mut second = Second { lasted: Duration::from_secs(1), ..Second::default() };
        for _ in 0..20 {
            second.latency.record(Duration::from_millis(milliseconds));
        }
        second.buckets.ok = 20 - errors;
        second.buckets.http_error = errors;
        second
    }

    #[track_caller]
    fn check(after: &[(u64, u64)], took: Option<u64>) {
        let mut recovery = Watch::default();
        for milliseconds in [2, 3, 2] {
            recovery.add(Phase::Before, &second(milliseconds, 0));
        }
        recovery.add(Phase::During, &second(500, 3));
        for (milliseconds, errors) in after {
            recovery.add(Phase::After, &second(*milliseconds, *errors));
        }
        assert_eq!(recovery.took(), took.map(Duration::from_secs), "{}", recovery.told());
    }

    #[test]
    fn what_was_not_even_answered_before_is_written_and_read_again() {
        let mut recovery = Watch::default();
        let mut refused = second(2, 0);
        (refused.latency, refused.buckets.connection) = (Times::default(), 20);
        recovery.add(Phase::Before, &refused);
        (0..IN_A_ROW).for_each(|_| recovery.add(Phase::After, &second(400, 0)));
        let written = serde_json::to_string(&recovery.told()).expect("it can be written");
        let read: Recovery = serde_json::from_str(&written).expect("it can be read");
        assert!(read.usual_median_seconds.is_none() && read.has_recovered(), "{read}");
    }

    #[test]
    fn it_has_recovered_when_it_is_as_before_for_a_while() {
        check(&[(2, 0), (3, 0), (2, 0)], Some(1));
        check(&[(400, 0), (20, 0), (3, 0), (2, 0), (2, 0)], Some(3));
        check(&[(2, 0), (2, 0), (9, 0), (2, 0), (2, 0), (2, 0)], Some(4));
        check(&[(2, 0), (2, 1), (2, 0), (2, 0)], None);
        check(&[(2, 0), (2, 0)], None);
    }
}
