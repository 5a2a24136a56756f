//! Counting: every intended request ends in exactly one bucket, and the sum says so.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    client::{Answer, Mark},
    times::Times,
};
use crate::steps::Step;

/// So many unexpected ends are kept to be shown.
const SHOWN: usize = 5;
/// So many ways to end are told apart for a step; a server could invent codes without end.
const ENDS: usize = 20;

/// How a request ended.
#[derive(Clone, Debug)]
pub(crate) enum Ended {
    AsExpected(Answer),
    Unexpectedly {
        answer: Answer,
        objection: String,
    },
    TimedOut,
    ConnectionFailed(String),
    /// It was due, but too many were waiting already.
    Shed,
    /// We were told to end before the answer came.
    Unfinished,
}

/// A request that has ended.
#[derive(Debug)]
pub(crate) struct Done {
    /// Its place in the run, from 1.
    pub number: u64,
    pub step: &'static Step,
    pub mark: Mark,
    pub ended: Ended,
    /// When it was due, after the start.
    pub due: Duration,
    /// When it was sent, after the start.
    pub sent: Option<Duration>,
    /// When it ended, after the start.
    pub over: Duration,
    /// How long its answer had been there when it was read.
    pub unread: Option<Duration>,
}

/// How many requests ended in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Buckets {
    /// Answered as the step expects, which may be a refusal.
    pub ok: u64,
    /// Answered otherwise.
    pub http_error: u64,
    pub timeout: u64,
    /// No connection, or one that broke before the answer was whole.
    pub connection: u64,
    /// Due, but so many were waiting already that it was not sent.
    pub shed: u64,
    /// Never due, since the run ended before its time.
    pub not_sent: u64,
    /// Sent, and no longer awaited when the run ended.
    pub unfinished: u64,
}

impl Buckets {
    /// What the buckets hold together.
    pub(crate) fn sum(self) -> u64 {
        let Self { ok, http_error, timeout, connection, shed, not_sent, unfinished } = self;
        ok + http_error + timeout + connection + shed + not_sent + unfinished
    }

    /// How many ended as nobody expects of a shop.
    pub(crate) fn errors(self) -> u64 {
        self.http_error + self.timeout + self.connection
    }

    /// How many have ended with or without an answer, whether or not it was as expected.
    pub(crate) fn finished(self) -> u64 {
        self.ok + self.errors()
    }

    /// How many were due and got no answer at all, and none in time.
    pub(crate) fn without_answer(self) -> u64 {
        self.connection + self.shed + self.unfinished
    }

    /// Each with its name.
    pub(crate) fn named(self) -> [(&'static str, u64); 7] {
        let Self { ok, http_error, timeout, connection, shed, not_sent, unfinished } = self;
        [
            ("ok", ok),
            ("HTTP error", http_error),
            ("timeout", timeout),
            ("connection", connection),
            ("shed", shed),
            ("not sent", not_sent),
            ("unfinished", unfinished),
        ]
    }

    /// Adds those of another.
    pub(crate) fn add(&mut self, other: Self) {
        let Self { ok, http_error, timeout, connection, shed, not_sent, unfinished } = other;
        self.ok += ok;
        self.http_error += http_error;
        self.timeout += timeout;
        self.connection += connection;
        self.shed += shed;
        self.not_sent += not_sent;
        self.unfinished += unfinished;
    }
}

/// One of the first ends that nobody expected.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Unexpected {
    pub number: u64,
    pub step: String,
    pub ended: String,
    pub why: String,
    pub trace_id: String,
    pub session: String,
}

/// A way to end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct End {
    pub status: Option<u16>,
    /// The stable code of a refusal or, without a status, what happened instead of an answer.
    pub code: Option<String>,
    pub is_expected: bool,
}

/// What has no status of its own.
const TIMED_OUT: &str = "timeout";
const CONNECTION: &str = "connection";
const SHED: &str = "shed";
const UNFINISHED: &str = "unfinished";
const OTHER: &str = "other";

impl End {
    fn is(&self, status: Option<u16>, code: Option<&str>, is_expected: bool) -> bool {
        self.status == status && self.code.as_deref() == code && self.is_expected == is_expected
    }

    /// As people say it.
    pub(crate) fn label(&self) -> String {
        match (self.status, &self.code) {
            (Some(status), Some(code)) => format!("{status} {code}"),
            (Some(status), None) => status.to_string(),
            (None, code) => code.as_deref().unwrap_or_default().to_owned(),
        }
    }
}

/// What is counted of a step.
#[derive(Clone, Debug)]
pub(crate) struct StepTally {
    pub step: &'static Step,
    pub ends: Vec<(End, u64)>,
    pub buckets: Buckets,
    /// From when each was due.
    pub latency: Times,
}

impl StepTally {
    fn new(step: &'static Step) -> Self {
        Self { step, ends: Vec::new(), buckets: Buckets::default(), latency: Times::default() }
    }

    fn count(&mut self, status: Option<u16>, code: Option<&str>, is_expected: bool, count: u64) {
        // Nothing is allocated for an end that was seen before.
        let known = self.ends.iter().position(|(end, _)| end.is(status, code, is_expected));
        let (status, code) =
            if known.is_none() && self.ends.len() >= ENDS { (None, Some(OTHER)) } else { (status, code) };
        match self.ends.iter_mut().find(|(end, _)| end.is(status, code, is_expected)) {
            Some((_, counted)) => *counted += count,
            None => self.ends.push((End { status, code: code.map(str::to_owned), is_expected }, count)),
        }
    }

    /// Those that nobody expects.
    pub(crate) fn unexpected_ends(&self) -> impl Iterator<Item = &(End, u64)> {
        self.ends.iter().filter(|(end, _)| !end.is_expected && end.code.as_deref() != Some(UNFINISHED))
    }

    fn absorb(&mut self, other: &mut Self) {
        for (end, count) in other.ends.drain(..) {
            self.count(end.status, end.code.as_deref(), end.is_expected, count);
        }
        self.buckets.add(std::mem::take(&mut other.buckets));
        self.latency.absorb(&mut other.latency);
    }
}

/// All that is counted: a run's, or what one of its threads counted since it was last asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub buckets: Buckets,
    pub steps: BTreeMap<&'static str, StepTally>,
    pub unexpected: Vec<Unexpected>,
    /// From the intended time to the end, of those that were answered or timed out.
    pub latency: Times,
    /// Of the same, from when they were really sent.
    pub service: Times,
    /// From the intended time until a request really left: our own fault, not the shop's.
    pub lag: Times,
    /// From when an answer had come until it was read: our own fault, too, and no part of the latency.
    pub unread: Times,
    /// How many left.
    pub sent: u64,
    pub first_sent: Option<Duration>,
    pub last_sent: Option<Duration>,
}

impl Tally {
    pub(crate) fn add_sent(&mut self, due: Duration, sent: Duration) {
        self.sent += 1;
        self.first_sent = Some(self.first_sent.map_or(sent, |first| first.min(sent)));
        self.last_sent = self.last_sent.max(Some(sent));
        self.lag.record(sent.saturating_sub(due));
    }

    pub(crate) fn add(&mut self, done: Done) {
        let Done { number, step, mark, ended, due, sent, over, unread } = done;
        let of_step = self.steps.entry(step.name).or_insert_with(|| StepTally::new(step));
        let one = |bucket: fn(&mut Buckets) -> &mut u64| {
            let mut buckets = Buckets::default();
            *bucket(&mut buckets) = 1;
            buckets
        };
        let (bucket, status, code, why, has_latency) = match &ended {
            Ended::AsExpected(answer) => {
                (one(|it| &mut it.ok), Some(answer.status), answer.code.as_deref(), None, true)
            }
            Ended::Unexpectedly { answer, objection } => {
                let why = Some(objection.as_str());
                (one(|it| &mut it.http_error), Some(answer.status), answer.code.as_deref(), why, true)
            }
            // It counts: a server that answers late must not look faster than one that answers.
            Ended::TimedOut => (one(|it| &mut it.timeout), None, Some(TIMED_OUT), Some("no answer in time"), true),
            // It does not: a refused connection is fast, and would make the rest look so.
            Ended::ConnectionFailed(why) => {
                (one(|it| &mut it.connection), None, Some(CONNECTION), Some(why.as_str()), false)
            }
            Ended::Shed => {
                let why = Some("too many requests were waiting for their answers already");
                (one(|it| &mut it.shed), None, Some(SHED), why, false)
            }
            Ended::Unfinished => (one(|it| &mut it.unfinished), None, Some(UNFINISHED), None, false),
        };
        self.buckets.add(bucket);
        of_step.buckets.add(bucket);
        of_step.count(status, code, bucket.ok > 0, 1);
        if has_latency {
            let latency = over.saturating_sub(due);
            self.latency.record(latency);
            of_step.latency.record(latency);
            self.service.record(over.saturating_sub(sent.unwrap_or(due)));
        }
        if let Some(unread) = unread {
            self.unread.record(unread);
        }
        if let Some(why) = why.filter(|_| self.unexpected.len() < SHOWN) {
            let ended = End { status, code: code.map(str::to_owned), is_expected: false }.label();
            let (trace_id, why) = (mark.trace_id(), why.to_owned());
            let step = step.name.to_owned();
            self.unexpected.push(Unexpected { number, step, ended, why, trace_id, session: mark.session });
        }
    }

    /// Takes over what another has counted, which begins anew.
    pub(crate) fn absorb(&mut self, other: &mut Self) {
        self.buckets.add(std::mem::take(&mut other.buckets));
        for (name, step) in &mut other.steps {
            self.steps.entry(name).or_insert_with(|| StepTally::new(step.step)).absorb(step);
        }
        self.unexpected.append(&mut other.unexpected);
        // Those of several threads do not come in order.
        self.unexpected.sort_by_key(|unexpected| unexpected.number);
        self.unexpected.truncate(SHOWN);
        self.latency.absorb(&mut other.latency);
        self.service.absorb(&mut other.service);
        self.lag.absorb(&mut other.lag);
        self.unread.absorb(&mut other.unread);
        self.sent += std::mem::take(&mut other.sent);
        if let Some(first) = other.first_sent.take() {
            self.first_sent = Some(self.first_sent.map_or(first, |known| known.min(first)));
        }
        self.last_sent = self.last_sent.max(other.last_sent.take());
    }

    /// So many requests were never due, since the run ended before its time.
    pub(crate) fn never_due(&mut self, count: u64) {
        self.buckets.not_sent += count;
    }

    /// Requests a second as they really left; nothing when there were too few to say.
    pub(crate) fn achieved_rate(&self) -> Option<f64> {
        let spread = self.last_sent?.saturating_sub(self.first_sent?).as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "exact below 2^53 requests")]
        let after_the_first = self.sent.checked_sub(1)? as f64;
        (after_the_first > 0.0 && spread > 0.0).then(|| after_the_first / spread)
    }
}
