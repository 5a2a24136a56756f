//! What a run came to: the same for people and for machines.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use crate::{
    Ending,
    arguments::Run,
    schedule::Evenly,
    table::{table, time},
    tally::{Buckets, Latency, Tally, Unexpected, samples_for},
    window::Window,
};

/// A lag that people should hear of, since it is a large part of any latency worth looking at.
const NOTABLE_LAG_SECONDS: f64 = 0.1;

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Summary {
    pub target: String,
    /// The run's name, with which the `x-session` of each of its journeys begins.
    pub run: String,
    pub seed: u64,
    pub verdict: &'static str,
    pub interrupted: bool,
    /// What was sent before the start, to learn what the shop sells; counted nowhere else.
    pub requests_before_the_start: u64,
    pub intended: u64,
    pub ended: Buckets,
    /// What the buckets hold together.
    pub sum: u64,
    pub sum_is_exact: bool,
    pub intended_per_second: f64,
    pub achieved_per_second: Option<f64>,
    pub latency_seconds: Latency,
    /// The longest that a request left later than it was due: our own fault, not the shop's.
    pub longest_lag_seconds: f64,
    pub steps: BTreeMap<&'static str, BTreeMap<String, u64>>,
    pub first_unexpected: Vec<Unexpected>,
}

impl Summary {
    pub(crate) fn new(
        options: &Run,
        run: &str,
        window: &Window,
        schedule: Evenly,
        tally: &mut Tally,
        interrupted: bool,
    ) -> Self {
        let intended = u64::from(schedule.requests);
        let sum = tally.buckets.sum();
        let mut summary = Self {
            target: options.common.target.to_string(),
            run: run.to_owned(),
            seed: options.seed,
            verdict: "",
            interrupted,
            requests_before_the_start: window.requests,
            intended,
            ended: tally.buckets,
            sum,
            sum_is_exact: sum == intended,
            intended_per_second: schedule.rate(),
            achieved_per_second: tally.achieved_rate(),
            latency_seconds: tally.latency(),
            longest_lag_seconds: tally.lag.as_secs_f64(),
            steps: tally.steps.clone(),
            first_unexpected: tally.unexpected.clone(),
        };
        summary.verdict = match summary.ending() {
            Ending::Passed => "passed",
            Ending::Unexpected => "unexpected",
            Ending::Unreachable => "unreachable",
            Ending::Interrupted => "interrupted",
        };
        summary
    }

    /// As what the run ended.
    pub(crate) fn ending(&self) -> Ending {
        if self.interrupted {
            Ending::Interrupted
        } else if self.ended.unexpected() > 0 || !self.sum_is_exact {
            Ending::Unexpected
        } else {
            Ending::Passed
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { target, run, seed, requests_before_the_start, .. } = self;
        let ended = if self.interrupted { "interrupted" } else { "ended" };
        writeln!(f, "{run} against {target} {ended} (seed {seed}; sessions {run}-1 and on)")?;
        writeln!(f, "Before the start, {requests_before_the_start} requests learned what the shop sells.\n")?;

        let mut rows = vec![vec!["step".to_owned(), "ended as".to_owned(), "requests".to_owned()]];
        for (step, ends) in &self.steps {
            for (i, (label, count)) in ends.iter().enumerate() {
                let step = if i == 0 { (*step).to_owned() } else { String::new() };
                rows.push(vec![step, label.clone(), count.to_string()]);
            }
        }
        writeln!(f, "{}", table(&rows, &[2]))?;

        let Buckets { as_expected, unexpected_status, timed_out, connection_failed, not_sent, unfinished } = self.ended;
        let mut rows: Vec<Vec<String>> = [
            ("as expected", as_expected),
            ("unexpected status", unexpected_status),
            ("timed out", timed_out),
            ("connection failed", connection_failed),
            ("not sent", not_sent),
        ]
        .map(|(bucket, count)| vec![bucket.to_owned(), count.to_string()])
        .to_vec();
        if unfinished > 0 {
            rows.push(vec!["unfinished".to_owned(), unfinished.to_string()]);
        }
        let verdict =
            if self.sum_is_exact { "exactly what was intended" } else { "NOT what was intended: a bug of ours" };
        rows.push(vec!["sum".to_owned(), self.sum.to_string(), format!("{verdict} ({})", self.intended)]);
        writeln!(f, "{}", table(&rows, &[1]))?;

        self.write_rates(f)?;
        for Unexpected { number, step, ended, why, trace_id, session } in &self.first_unexpected {
            writeln!(f, "request {number}, {step}: {ended}; {why}\n  trace {trace_id}, session {session}")?;
        }
        let shown = self.first_unexpected.len() as u64;
        if self.ended.unexpected() > shown && shown > 0 {
            writeln!(f, "(the first {shown} that were not as expected)")?;
        }
        Ok(())
    }
}

impl Summary {
    fn write_rates(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Latency { samples, minimum, p50, p95, p99, maximum } = self.latency_seconds;
        let achieved = self.achieved_per_second.map_or("too few to say".to_owned(), |rate| format!("{rate:.2}/s"));
        let lag = time(self.longest_lag_seconds);
        writeln!(f, "rate     {achieved}, intended {:.2}/s; sent at most {lag} late", self.intended_per_second)?;
        if self.longest_lag_seconds > NOTABLE_LAG_SECONDS {
            writeln!(
                f,
                "         this machine was too busy to send in time: latencies hold its lateness beside the shop's"
            )?;
        }
        if let (Some(minimum), Some(maximum)) = (minimum, maximum) {
            let percentile = |name: &str, thousandths: usize, value: Option<f64>| match value {
                Some(value) => format!("{name} {}", time(value)),
                None => format!("{name} not told below {} samples", samples_for(thousandths)),
            };
            let told = [("p50", 500, p50), ("p95", 950, p95), ("p99", 990, p99)]
                .map(|(name, thousandths, value)| percentile(name, thousandths, value));
            let (minimum, maximum) = (time(minimum), time(maximum));
            writeln!(f, "latency  from {minimum} to {maximum}; {}", told.join(", "))?;
            writeln!(f, "         of the {samples} that were answered or timed out, from when each was due")?;
        }
        writeln!(f)
    }
}
