//! What the live view has seen: a few minutes of it second by second, and the last seconds in detail.

use std::collections::{BTreeMap, VecDeque};

use crate::engine::{Buckets, Quantile, Snapshot, Thousandths, Times};

/// So many seconds are drawn at most: a wide terminal has no more columns.
const SECONDS: usize = 300;
/// Percentiles are those of so many seconds: of one, there would be too few to tell any.
pub(super) const RECENT: usize = 10;
/// So many kinds of errors are told apart; a server could invent them without end.
const KINDS: usize = 50;

/// What came until now.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub last: Option<Snapshot>,
    /// How many ended in each way that nobody expects.
    pub errors: BTreeMap<String, u64>,
    /// Requests that were done in each second.
    pub rates: VecDeque<u64>,
    /// The 95th percentile of the seconds until each, in microseconds; none where too few tell it.
    pub p95s: VecDeque<Option<u64>>,
    pub recent: Recent,
    seconds: VecDeque<(Buckets, Times, Times)>,
}

/// The last seconds together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recent {
    pub ended: Buckets,
    pub latency: Times,
    pub lag: Times,
}

impl Seen {
    pub(super) fn add(&mut self, snapshot: &Snapshot) {
        let second = &snapshot.second;
        for (kind, count) in &second.errors {
            let is_known = self.errors.contains_key(kind) || self.errors.len() < KINDS;
            *self.errors.entry(if is_known { kind.clone() } else { "other".to_owned() }).or_default() += count;
        }
        push(&mut self.seconds, (second.buckets, second.latency.clone(), second.lag.clone()), RECENT);
        self.recent = Recent::default();
        for (ended, latency, lag) in &self.seconds {
            self.recent.ended.add(*ended);
            self.recent.latency.merge(latency);
            self.recent.lag.merge(lag);
        }
        let p95 = match self.recent.quantile(950) {
            Quantile::Seconds(seconds) => Some(whole(seconds * 1e6)),
            Quantile::Never | Quantile::TooFew => None,
        };
        push(&mut self.p95s, p95, SECONDS);
        push(&mut self.rates, whole(second.rate(second.buckets.finished())), SECONDS);
        self.last = Some(snapshot.clone());
    }
}

impl Recent {
    pub(super) fn quantile(&self, thousandths: Thousandths) -> Quantile {
        self.latency.quantile(thousandths, self.ended.without_answer())
    }
}

fn push<T>(row: &mut VecDeque<T>, item: T, most: usize) {
    if row.len() == most {
        row.pop_front();
    }
    row.push_back(item);
}

fn whole(number: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative; a bar's height")]
    let whole = number.round().max(0.0) as u64;
    whole
}
