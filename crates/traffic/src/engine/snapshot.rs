//! How a run goes, each second: for a live line, a live view and the guards.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use super::{
    Model,
    lane::Shared,
    series::Series,
    tally::{Buckets, Tally},
    times::Times,
};

/// A run at a moment.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub model: Model,
    /// After the start.
    pub at: Duration,
    /// Requests a second as the schedule says; nothing in a closed run.
    pub scheduled_rate: f64,
    pub is_paused: bool,
    /// How many were due until now.
    pub intended: u64,
    /// How many there are to be; none when there is no end.
    pub planned: Option<u64>,
    pub sent: u64,
    /// How many are waiting for their answers.
    pub in_flight: u64,
    pub buckets: Buckets,
    /// What came since the last snapshot.
    pub second: Second,
}

/// What happened between two snapshots.
#[derive(Clone, Debug, Default)]
pub(crate) struct Second {
    pub lasted: Duration,
    pub intended: u64,
    pub sent: u64,
    pub buckets: Buckets,
    /// How many ended in each way that nobody expects, by status and code or in words.
    pub errors: BTreeMap<String, u64>,
    /// From when each was due.
    pub latency: Times,
    /// From when each was due until it left.
    pub lag: Times,
}

impl Snapshot {
    pub(super) fn first(model: Model) -> Self {
        Self {
            model,
            at: Duration::ZERO,
            scheduled_rate: 0.0,
            is_paused: false,
            intended: 0,
            planned: None,
            sent: 0,
            in_flight: 0,
            buckets: Buckets::default(),
            second: Second::default(),
        }
    }
}

impl Second {
    /// So many a second.
    pub(crate) fn rate(&self, count: u64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "exact below 2^53 requests")]
        let count = count as f64;
        if self.lasted.is_zero() { 0.0 } else { count / self.lasted.as_secs_f64() }
    }
}

/// Takes over what the threads have counted.
pub(super) struct Recorder {
    shared: Arc<Shared>,
    pub(super) total: Tally,
    pub(super) series: Series,
    at: Duration,
    intended: u64,
    /// Of each lane, to be exchanged for the one that it counts in.
    spares: Vec<Tally>,
}

impl Recorder {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let spares = shared.lanes.iter().map(|_| Tally::default()).collect();
        Self { shared, total: Tally::default(), series: Series::default(), at: Duration::ZERO, intended: 0, spares }
    }

    /// Adds all that was counted since the last time to the total.
    pub(super) fn take_over(&mut self) -> Snapshot {
        let mut second = Second::default();
        for (lane, spare) in self.shared.lanes.iter().zip(&mut self.spares) {
            lane.swap(spare);
            second.add(spare);
            self.total.absorb(spare);
        }
        let (at, intended) = (self.shared.elapsed(), self.shared.handed.load(Ordering::Acquire));
        second.lasted = at.saturating_sub(self.at);
        second.intended = intended - self.intended;
        (self.at, self.intended) = (at, intended);
        self.series.add(at, &second);
        Snapshot {
            model: self.shared.model,
            at,
            scheduled_rate: self.shared.rate(),
            is_paused: *self.shared.phase.borrow() == super::Phase::Paused,
            intended,
            planned: self.shared.planned(),
            sent: self.total.sent,
            in_flight: self.shared.in_flight(),
            buckets: self.total.buckets,
            second,
        }
    }
}

impl Second {
    fn add(&mut self, tally: &Tally) {
        self.sent += tally.sent;
        self.buckets.add(tally.buckets);
        self.latency.merge(&tally.latency);
        self.lag.merge(&tally.lag);
        for step in tally.steps.values() {
            for (end, count) in step.unexpected_ends() {
                *self.errors.entry(end.label()).or_default() += count;
            }
        }
    }
}
