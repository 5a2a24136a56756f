//! The guards that ask nobody: what the run itself has counted in the last seconds.

use std::{collections::VecDeque, time::Duration};

use crate::{
    engine::{Buckets, Quantile, Second, Times},
    threshold::{Measure, StopWhen, Threshold},
};

/// How far they look back.
pub(super) const WINDOW: Duration = Duration::from_secs(10);
/// A share is told only of so many that ended, or when so many of them failed: with fewer it is luck.
const ENOUGH: u64 = 20;

/// The last seconds of a run.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    seconds: VecDeque<Second>,
}

impl Recent {
    /// Adds a second, and gives why the run must end now, if it must.
    pub(crate) fn trips(&mut self, second: Second, guards: &[StopWhen]) -> Option<String> {
        self.seconds.push_back(second);
        let lasted = |seconds: &VecDeque<Second>| seconds.iter().map(|second| second.lasted).sum::<Duration>();
        while lasted(&self.seconds).saturating_sub(self.seconds.front()?.lasted) >= WINDOW {
            self.seconds.pop_front();
        }
        guards.iter().find_map(|StopWhen(threshold)| self.violated(threshold))
    }

    fn violated(&self, threshold: &Threshold) -> Option<String> {
        let mut buckets = Buckets::default();
        let mut latency = Times::default();
        for second in &self.seconds {
            buckets.add(second.buckets);
            latency.merge(&second.latency);
        }
        let finished = buckets.finished();
        let value = match threshold.measure {
            Measure::Errors if finished < ENOUGH => return None,
            #[expect(clippy::cast_precision_loss, reason = "exact below 2^53 requests")]
            Measure::Errors => buckets.errors() as f64 / finished as f64,
            Measure::Maximum => latency.longest()?,
            Measure::Mean => latency.mean()?,
            Measure::Quantile(thousandths) => match latency.quantile(thousandths, buckets.connection) {
                Quantile::Seconds(seconds) => seconds,
                Quantile::Never => f64::INFINITY,
                Quantile::TooFew => return None,
            },
        };
        let shown = if value.is_finite() { threshold.shown(value) } else { "never answered".to_owned() };
        (value > threshold.bound).then(|| {
            format!(
                "guard {threshold}: {shown} of the {finished} requests that ended in the last {} s",
                WINDOW.as_secs()
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(ok: u64, timeout: u64) -> Second {
        let buckets = Buckets { ok, timeout, ..Buckets::default() };
        Second { lasted: Duration::from_secs(1), buckets, ..Second::default() }
    }

    #[test]
    fn a_share_of_errors_counts_over_the_last_ten_seconds_and_from_enough() {
        let guards = ["errors > 20%".parse().expect("a guard")];
        let mut recent = Recent::default();
        assert_eq!(recent.trips(second(0, 19), &guards), None);
        assert!(recent.trips(second(0, 1), &guards).is_some_and(|why| why.contains("100.00 % of the 20 requests")));
        for _ in 0..10 {
            recent.trips(second(100, 0), &guards);
        }
        // What lies further back is forgotten.
        assert_eq!(recent.trips(second(100, 200), &guards), None);
        assert!(recent.trips(second(0, 100), &guards).is_some());
    }
}
