//! Several runs as one: their buckets are added, and their histograms, so that percentiles are those of all requests together.

use std::{collections::btree_map::Entry, time::Duration};

use anyhow::{Context as _, bail};

use super::{About, Followed, Latency, Recovery, Report, StepReport, by_route, milliseconds};
use crate::{conduct::Cut, engine::Model, slo::Judged, threshold::Slo};

/// So many unexpected ends are kept to be shown.
const SHOWN: usize = 5;

impl Report {
    /// One report of all.
    ///
    /// # Errors
    /// When there is none, or they are of different models, so that their latencies count from different moments.
    pub(crate) fn merged(reports: Vec<Self>) -> anyhow::Result<Self> {
        let mut reports = reports;
        // In the order in which they began: the first gives the moment from which all series count.
        reports.sort_by_key(|report| report.began_unix_ms);
        let intended_per_second = rate(&reports, |report| report.intended_per_second);
        let achieved_per_second = rate(&reports, |report| report.achieved_per_second);
        let promises = promises_of_all(&reports);
        let mut all = reports.into_iter();
        let mut merged = all.next().context("there is nothing to merge")?;
        for report in all {
            if report.model != merged.model {
                let [one, other] = [&merged, &report].map(|report| match report.model {
                    Model::Open => format!("{} is of an open model", report.about.run),
                    Model::Closed => format!("{} is of a closed model", report.about.run),
                });
                bail!("{one} and {other}: their latencies count from different moments");
            }
            merged.take(report);
        }
        merged.about.verb = "merge".to_owned();
        merged.routes = by_route(&merged.steps);
        (merged.intended_per_second, merged.achieved_per_second) = (intended_per_second, achieved_per_second);
        // What guards were told of each stands in its own report.
        let stop = merged.stop.take();
        Ok(merged.judged(&promises, Vec::new(), stop))
    }

    fn take(&mut self, other: Self) {
        let later_ms = other.began_unix_ms - self.began_unix_ms;
        let ends = |report: &Self| report.began_unix_ms + milliseconds(Duration::from_secs_f64(report.lasted_seconds));
        #[expect(clippy::cast_precision_loss, reason = "exact for as long as anybody runs this")]
        let (later, lasted) = (later_ms as f64 / 1e3, (ends(self).max(ends(&other)) - self.began_unix_ms) as f64 / 1e3);
        self.lasted_seconds = lasted;
        self.series.merge(later, &other.series);
        self.about.take(other.about);
        for (count, more) in [
            (&mut self.intended, other.intended),
            (&mut self.due, other.due),
            (&mut self.sent, other.sent),
            (&mut self.done, other.done),
            (&mut self.sum, other.sum),
            (&mut self.late, other.late),
        ] {
            *count += more;
        }
        self.ended.add(other.ended);
        self.sum_is_exact &= other.sum_is_exact;
        self.latency_seconds.take(&other.latency_seconds);
        self.service_seconds.take(&other.service_seconds);
        self.lag_seconds.take(&other.lag_seconds);
        self.unread_seconds.take(&other.unread_seconds);
        for (name, step) in other.steps {
            match self.steps.entry(name) {
                Entry::Vacant(entry) => _ = entry.insert(step),
                Entry::Occupied(mut entry) => entry.get_mut().take(step),
            }
        }
        for (name, Followed { customers, last_trace_id }) in other.journeys {
            let journey =
                self.journeys.entry(name).or_insert_with(|| Followed { customers: 0, last_trace_id: String::new() });
            journey.customers += customers;
            journey.last_trace_id = last_trace_id;
        }
        self.first_unexpected.extend(other.first_unexpected);
        self.first_unexpected.truncate(SHOWN);
        self.stop = self.stop.take().or(other.stop);
        // After one of the peaks is said what became of the shop: after one that it did not survive, if there was any.
        let is_down = |recovery: &Recovery| !recovery.has_recovered();
        self.recovery = match (self.recovery.take(), other.recovery) {
            (Some(one), Some(other)) if is_down(&other) && !is_down(&one) => Some(other),
            (one, other) => one.or(other),
        };
        self.cut = match (self.cut, other.cut) {
            (Some(Cut::Guard), _) | (_, Some(Cut::Guard)) => Some(Cut::Guard),
            (one, other) => one.or(other),
        };
    }
}

/// What was promised of every one of them, and so can be asked of all together.
fn promises_of_all(reports: &[Report]) -> Vec<Slo> {
    let Some((first, others)) = reports.split_first() else { return Vec::new() };
    let is_everywhere =
        |promise: &&Judged| others.iter().all(|report| report.slos.iter().any(|other| other.slo == promise.slo));
    // What was read once is read again.
    first.slos.iter().filter(is_everywhere).filter_map(|promise| promise.slo.parse().ok()).collect()
}

impl About {
    fn take(&mut self, other: Self) {
        let and = |ours: &mut String, other: &str| {
            if !ours.split(" + ").any(|one| one == other) {
                *ours = format!("{ours} + {other}");
            }
        };
        and(&mut self.run, &other.run);
        and(&mut self.target, &other.target);
        other.sends.into_iter().for_each(|name| self.also_sends(name));
        self.requests_before_the_start += other.requests_before_the_start;
    }
}

impl StepReport {
    fn take(&mut self, other: Self) {
        self.ended.add(other.ended);
        self.latency_seconds.take(&other.latency_seconds);
        for counted in other.ends {
            match self.ends.iter_mut().find(|known| known.key() == counted.key()) {
                Some(known) => known.requests += counted.requests,
                None => self.ends.push(counted),
            }
        }
        self.ends.sort_by(|one, other| one.key().cmp(&other.key()));
    }
}

impl Latency {
    fn take(&mut self, other: &Self) {
        let mut times = self.histogram.clone();
        times.merge(&other.histogram);
        *self = Self::new(&times, self.without_answer + other.without_answer);
    }
}

/// The rate of all, over the time in which any ran: rates of runs at the same time add up, and of runs in turn they are averaged.
fn rate(reports: &[Report], rate: impl Fn(&Report) -> Option<f64>) -> Option<f64> {
    let (mut requests, mut time, mut until) = (0.0, 0.0, f64::NEG_INFINITY);
    for report in reports {
        #[expect(clippy::cast_precision_loss, reason = "exact for as long as anybody runs this")]
        let began = report.began_unix_ms as f64 / 1e3;
        let ends = began + report.lasted_seconds;
        requests += rate(report)? * report.lasted_seconds;
        time += (ends - began.max(until)).max(0.0);
        until = until.max(ends);
    }
    (time > 0.0).then(|| requests / time)
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::engine::{Buckets, Ended, Series, Tally};

    fn report(run: &str, began: u64, milliseconds: std::ops::Range<u64>) -> Report {
        let buckets = Buckets { ok: milliseconds.end - milliseconds.start, ..Buckets::default() };
        let mut tally = Tally { buckets, ..Tally::default() };
        milliseconds.for_each(|time| tally.latency.record(Duration::from_millis(time)));
        let (lasted, began) = (Duration::from_secs(10), SystemTime::UNIX_EPOCH + Duration::from_secs(began));
        let (intended, intended_rate) = (tally.buckets.ok, Some(10.0));
        let ended =
            Ended { model: Model::Open, began, lasted, intended, intended_rate, tally, series: Series::default() };
        Report::new(About { run: run.to_owned(), ..About::default() }, &ended, None)
    }

    #[test]
    fn runs_at_the_same_time_are_one_run_of_both_rates() {
        let merged = Report::merged(vec![report("b", 100, 101..201), report("a", 100, 1..101)]).expect("one");
        assert_eq!((merged.ended.ok, merged.sum, merged.intended), (200, 200, 200));
        assert_eq!(merged.latency_seconds.maximum, Some(0.2));
        let mut all = report("c", 0, 1..201).latency_seconds;
        assert_eq!(merged.latency_seconds.p95, all.p95, "percentiles are those of all requests, and no averages");
        all.take(&report("d", 0, 1..1).latency_seconds);
        assert_eq!(merged.latency_seconds.histogram, all.histogram);
        assert_eq!((merged.intended_per_second, merged.lasted_seconds), (Some(20.0), 10.0));
    }

    #[test]
    fn runs_in_turn_have_the_mean_of_their_rates_and_the_time_of_both() {
        let merged = Report::merged(vec![report("a", 100, 1..101), report("b", 115, 1..101)]).expect("one");
        assert_eq!((merged.intended_per_second, merged.lasted_seconds), (Some(10.0), 25.0));
        assert_eq!(merged.about.run, "a + b");
    }

    #[test]
    fn an_open_and_a_closed_run_are_not_merged() {
        let closed = Report { model: Model::Closed, ..report("b", 0, 1..2) };
        let error = Report::merged(vec![report("a", 0, 1..2), closed]).expect_err("it is refused");
        assert!(error.to_string().contains("a is of an open model and b is of a closed model"), "{error}");
    }
}
