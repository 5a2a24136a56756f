//! Counting: every intended request ends in exactly one bucket, and the sum says so.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

use crate::{client::Mark, steps::Step};

/// So many unexpected ends are kept to be shown.
const SHOWN: usize = 5;
/// So many ways to end are told apart for a step; a server could invent codes without end.
const LABELS: usize = 20;
/// A percentile is told only when this many samples lie above it; with fewer it is one request's luck.
const SAMPLES_ABOVE: usize = 5;

/// How a request ended.
#[derive(Clone, Debug)]
pub(crate) enum Ended {
    AsExpected {
        label: String,
    },
    Unexpectedly {
        label: String,
        objection: String,
    },
    TimedOut,
    ConnectionFailed(String),
    /// Too many were waiting already.
    NotSent,
    /// We were told to end before the answer came.
    Unfinished,
}

/// A request that has ended.
#[derive(Debug)]
pub(crate) struct Done {
    /// Its place in the run, from 1.
    pub number: u32,
    pub step: &'static Step,
    pub mark: Mark,
    pub ended: Ended,
    /// When it was due, after the start.
    pub due: Duration,
    /// When it was sent, after the start.
    pub sent: Option<Duration>,
    /// When it ended, after the start.
    pub over: Duration,
}

/// How many requests ended in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Buckets {
    pub as_expected: u64,
    pub unexpected_status: u64,
    pub timed_out: u64,
    pub connection_failed: u64,
    pub not_sent: u64,
    pub unfinished: u64,
}

impl Buckets {
    /// What the buckets hold together.
    pub(crate) fn sum(self) -> u64 {
        let Self { as_expected, unexpected_status, timed_out, connection_failed, not_sent, unfinished } = self;
        as_expected + unexpected_status + timed_out + connection_failed + not_sent + unfinished
    }

    /// How many of them nobody expected.
    pub(crate) fn unexpected(self) -> u64 {
        self.sum() - self.as_expected - self.unfinished
    }
}

/// One of the first ends that nobody expected.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Unexpected {
    pub number: u32,
    pub step: &'static str,
    pub ended: String,
    pub why: String,
    pub trace_id: String,
    pub session: String,
}

/// All that is counted while a run lasts.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub buckets: Buckets,
    pub steps: BTreeMap<&'static str, BTreeMap<String, u64>>,
    pub unexpected: Vec<Unexpected>,
    /// From the intended time to the end, of those that were answered or timed out.
    latencies: Vec<Duration>,
    first_sent: Option<Duration>,
    last_sent: Duration,
    sent: u32,
    /// The longest that a request left later than it was due.
    pub lag: Duration,
}

impl Tally {
    pub(crate) fn add(&mut self, done: Done) {
        let Done { number, step, mark, ended, due, sent, over } = done;
        if let Some(sent) = sent {
            self.sent += 1;
            self.first_sent = Some(self.first_sent.map_or(sent, |first| first.min(sent)));
            self.last_sent = self.last_sent.max(sent);
            self.lag = self.lag.max(sent.saturating_sub(due));
        }
        let buckets = &mut self.buckets;
        let (bucket, label, why, has_latency) = match ended {
            Ended::AsExpected { label } => (&mut buckets.as_expected, label, None, true),
            Ended::Unexpectedly { label, objection } => (&mut buckets.unexpected_status, label, Some(objection), true),
            // It counts: a server that answers late must not look faster than one that answers.
            Ended::TimedOut => {
                let why = "no answer in time".to_owned();
                (&mut buckets.timed_out, "timed out".to_owned(), Some(why), true)
            }
            // It does not: a refused connection is fast, and would make the rest look so.
            Ended::ConnectionFailed(why) => {
                (&mut buckets.connection_failed, "connection failed".to_owned(), Some(why), false)
            }
            Ended::NotSent => {
                let why = "too many requests were waiting for their answers already".to_owned();
                (&mut buckets.not_sent, "not sent".to_owned(), Some(why), false)
            }
            Ended::Unfinished => (&mut buckets.unfinished, "unfinished".to_owned(), None, false),
        };
        *bucket += 1;
        if has_latency {
            self.latencies.push(over.saturating_sub(due));
        }
        if let Some(why) = why.filter(|_| self.unexpected.len() < SHOWN) {
            let Mark { ref session, .. } = mark;
            let (session, trace_id) = (session.clone(), mark.trace_id());
            self.unexpected.push(Unexpected { number, step: step.name, ended: label.clone(), why, trace_id, session });
        }
        let labels = self.steps.entry(step.name).or_default();
        let label = if labels.len() < LABELS || labels.contains_key(&label) { label } else { "other".to_owned() };
        *labels.entry(label).or_default() += 1;
    }

    /// So many requests were never due, since we were told to end.
    pub(crate) fn never_due(&mut self, count: u32) {
        if count > 0 {
            self.buckets.not_sent += u64::from(count);
            self.steps.entry("(never due)").or_default().insert("not sent".to_owned(), u64::from(count));
        }
    }

    /// Requests a second as they really left; nothing when there were too few to say.
    pub(crate) fn achieved_rate(&self) -> Option<f64> {
        let spread = self.last_sent.saturating_sub(self.first_sent?).as_secs_f64();
        (self.sent > 1 && spread > 0.0).then(|| f64::from(self.sent - 1) / spread)
    }

    pub(crate) fn latency(&mut self) -> Latency {
        self.latencies.sort_unstable();
        let all = &self.latencies;
        Latency {
            samples: all.len(),
            minimum: all.first().map(Duration::as_secs_f64),
            p50: percentile(all, 500),
            p95: percentile(all, 950),
            p99: percentile(all, 990),
            maximum: all.last().map(Duration::as_secs_f64),
        }
    }
}

/// Latencies in seconds, from the time at which a request was to be sent.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Latency {
    pub samples: usize,
    pub minimum: Option<f64>,
    pub p50: Option<f64>,
    pub p95: Option<f64>,
    pub p99: Option<f64>,
    pub maximum: Option<f64>,
}

/// How many samples a percentile takes, in thousandths, before it is told.
pub(crate) fn samples_for(thousandths: usize) -> usize {
    (SAMPLES_ABOVE * 1000).div_ceil(1000 - thousandths)
}

/// The nearest-rank percentile of sorted samples: the smallest that so many thousandths do not exceed.
fn percentile(sorted: &[Duration], thousandths: usize) -> Option<f64> {
    if sorted.len() < samples_for(thousandths) {
        return None;
    }
    let rank = (sorted.len() * thousandths).div_ceil(1000);
    sorted.get(rank.saturating_sub(1)).map(Duration::as_secs_f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(samples: u64, thousandths: usize, expect: Option<u64>) {
        let sorted: Vec<Duration> = (1..=samples).map(Duration::from_secs).collect();
        #[expect(clippy::cast_precision_loss, reason = "small whole seconds")]
        let expect = expect.map(|seconds| seconds as f64);
        assert_eq!(percentile(&sorted, thousandths), expect);
    }

    #[test]
    fn a_percentile_is_a_sample_and_is_told_only_from_enough() {
        check(100, 500, Some(50));
        check(100, 950, Some(95));
        check(99, 950, None);
        check(500, 990, Some(495));
        check(499, 990, None);
        check(9, 500, None);
        check(0, 500, None);
    }
}
