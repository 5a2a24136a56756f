//! `traffic compare`: two reports side by side, and which of their differences are more than chance.

mod statistics;
mod text;

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::{
    arguments::Format,
    complain,
    ending::Ending,
    engine::{Buckets, Model, Point, Quantile, Times, samples_for},
    report::{Report, StepReport},
    say,
};
use statistics::{Estimate, design_effect, deviations, difference, percentile, real, share};

/// Of a hundred comparisons of runs that are alike, so many may claim a difference, whichever of their lines claims it.
const CHANCE: f64 = 0.05;
/// Rates that differ by no more are the same.
const SAME_RATE: f64 = 0.01;

/// What `traffic compare` takes.
#[derive(Args, Debug)]
pub(crate) struct Compare {
    /// The report to compare with, as JSON.
    #[arg(value_name = "A")]
    pub before: PathBuf,

    /// The report of which it is asked whether it is worse.
    #[arg(value_name = "B")]
    pub after: PathBuf,

    /// How the result is written.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Two reports side by side.
#[derive(Debug, Serialize)]
struct Comparison {
    a: Side,
    b: Side,
    /// What makes them less comparable than they might be.
    notes: Vec<String>,
    /// The chance that any line of two runs which are alike claims a difference.
    chance: f64,
    lines: Vec<Line>,
    verdict: Finding,
}

/// A report, in short.
#[derive(Debug, Serialize)]
struct Side {
    run: String,
    target: String,
    verdict: Ending,
    requests: u64,
    lasted_seconds: f64,
    achieved_per_second: Option<f64>,
}

/// One measurement of both.
#[derive(Debug, Serialize)]
struct Line {
    /// The step; none for all requests together.
    step: Option<String>,
    measure: Measure,
    /// In seconds; of a share, from 0 to 1. None where it cannot be told, or is among what was never answered.
    a: Option<f64>,
    b: Option<f64>,
    /// How far B lies above A, at least and at most.
    difference: Option<(f64, f64)>,
    finding: Finding,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Measure {
    P50,
    P95,
    P99,
    /// The share of requests that did not end as the shop promises.
    Errors,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Finding {
    Worse,
    Better,
    NoDifference,
    /// Too few requests to tell how far it may be off.
    Unknown,
}

/// Compares them; a report that is worse fails.
pub(crate) fn compare(options: &Compare) -> anyhow::Result<Ending> {
    let (a, b) = match (Report::read(&options.before), Report::read(&options.after)) {
        (Ok(a), Ok(b)) => (a, b),
        (Err(error), _) | (_, Err(error)) => {
            complain(&format!("{error:#}"));
            return Ok(Ending::Misused);
        }
    };
    if a.model != b.model {
        let [a, b] = [&a, &b].map(|report| if report.model == Model::Open { "an open" } else { "a closed" });
        complain(&format!(
            "A is of {a} model and B of {b} one: their latencies count from different moments, and cannot be compared"
        ));
        return Ok(Ending::Misused);
    }
    let comparison = Comparison::of(&a, &b);
    match options.format {
        Format::Text => say(&comparison.to_string()),
        Format::Json => say(&format!("{}\n", serde_json::to_string_pretty(&comparison)?)),
    }
    Ok(if comparison.verdict == Finding::Worse { Ending::Failed } else { Ending::Passed })
}

/// What is measured of a run or of one of its steps.
#[derive(Clone, Copy)]
struct Measured<'a> {
    ended: Buckets,
    times: &'a Times,
    /// How all requests of the run fared over time.
    moments: &'a [Point],
}

impl<'a> Measured<'a> {
    fn run(report: &'a Report) -> Self {
        Self { ended: report.ended, times: &report.latency_seconds.histogram, moments: &report.series.points }
    }

    fn step(report: &'a Report, step: &'a StepReport) -> Self {
        Self { ended: step.ended, times: &step.latency_seconds.histogram, moments: &report.series.points }
    }

    fn len(self) -> u64 {
        self.times.len() + self.ended.without_answer()
    }
}

impl Comparison {
    fn of(a: &Report, b: &Report) -> Self {
        let mut pairs = vec![(None, Measured::run(a), Measured::run(b))];
        for (name, step) in &a.steps {
            if let Some(other) = b.steps.get(name) {
                pairs.push((Some(name.as_str()), Measured::step(a, step), Measured::step(b, other)));
            }
        }
        let asked = pairs.into_iter().flat_map(|pair| Measure::ALL.map(|measure| (pair, measure)));
        let told: Vec<_> = asked.filter(|((_, a, b), measure)| measure.is_told(*a) && measure.is_told(*b)).collect();
        // Each line has its part of the chance to be wrong (Bonferroni's correction).
        let z = deviations(1.0 - CHANCE / real(told.len().max(1) as u64));
        let lines: Vec<Line> = told.into_iter().map(|((step, a, b), measure)| measure.line(step, a, b, z)).collect();
        let verdict = Finding::of(&lines);
        Self { a: Side::of(a), b: Side::of(b), notes: notes(a, b), chance: CHANCE, lines, verdict }
    }
}

impl Measure {
    const ALL: [Self; 4] = [Self::P50, Self::P95, Self::P99, Self::Errors];

    /// Of a percentile; none of a share of errors.
    fn thousandths(self) -> Option<u16> {
        match self {
            Measure::P50 => Some(500),
            Measure::P95 => Some(950),
            Measure::P99 => Some(990),
            Measure::Errors => None,
        }
    }

    /// Whether there are enough requests for it to be told at all.
    fn is_told(self, measured: Measured<'_>) -> bool {
        measured.len() >= self.thousandths().map_or(1, |thousandths| samples_for(thousandths.into()))
    }

    fn line(self, step: Option<&str>, a: Measured<'_>, b: Measured<'_>, z: f64) -> Line {
        let told = |measured| self.estimate(measured, z);
        let (value, difference) = match (told(a), told(b)) {
            (Some(one), Some(other)) => ((Some(one.value), Some(other.value)), Some(difference(one, other))),
            (one, other) => ((one.map(|it| it.value), other.map(|it| it.value)), None),
        };
        let known = |value: Option<f64>| value.filter(|value| value.is_finite());
        let value = (known(value.0.or(self.value(a))), known(value.1.or(self.value(b))));
        let finding = match difference {
            Some(Estimate { low, .. }) if low > 0.0 => Finding::Worse,
            Some(Estimate { high, .. }) if high < 0.0 => Finding::Better,
            Some(_) => Finding::NoDifference,
            None => Finding::Unknown,
        };
        let difference = difference.map(|Estimate { low, high, .. }| (low, high));
        let difference = difference.filter(|(low, high)| low.is_finite() && high.is_finite());
        Line { step: step.map(str::to_owned), measure: self, a: value.0, b: value.1, difference, finding }
    }

    /// With its bounds; none where there are too few requests for bounds.
    fn estimate(self, measured: Measured<'_>, z: f64) -> Option<Estimate> {
        let Measured { ended, times, moments } = measured;
        let Some(thousandths) = self.thousandths() else {
            let effect = design_effect(moments, |point| judged(point.ended), |point| point.ended.errors());
            return Some(share(ended.errors(), judged(ended), effect, z));
        };
        let Some(Quantile::Seconds(middle)) = Some(times.quantile(thousandths.into(), ended.without_answer())) else {
            return percentile(times, ended.without_answer(), f64::from(thousandths) / 1000.0, 1.0, z);
        };
        let whole = |point: &Point| point.latency.len() + point.ended.without_answer();
        let above = |point: &Point| whole(point) - point.latency.up_to(middle);
        let effect = design_effect(moments, whole, above);
        percentile(times, ended.without_answer(), f64::from(thousandths) / 1000.0, effect, z)
    }

    /// Without bounds.
    fn value(self, measured: Measured<'_>) -> Option<f64> {
        match measured.times.quantile(self.thousandths()?.into(), measured.ended.without_answer()) {
            Quantile::Seconds(seconds) => Some(seconds),
            Quantile::Never | Quantile::TooFew => None,
        }
    }
}

impl Finding {
    /// What all lines come to: one that is worse is not made good by others.
    fn of(lines: &[Line]) -> Self {
        let any = |finding| lines.iter().any(|line| line.finding == finding);
        [Finding::Worse, Finding::Better, Finding::NoDifference]
            .into_iter()
            .find(|finding| any(*finding))
            .unwrap_or(Finding::Unknown)
    }
}

impl Side {
    fn of(report: &Report) -> Self {
        Self {
            run: report.about.run.clone(),
            target: report.about.target.clone(),
            verdict: report.verdict,
            requests: report.done,
            lasted_seconds: report.lasted_seconds,
            achieved_per_second: report.achieved_per_second,
        }
    }
}

/// How many of them the shop could have failed.
fn judged(ended: Buckets) -> u64 {
    ended.finished()
}

/// What makes two reports less comparable than they might be.
fn notes(a: &Report, b: &Report) -> Vec<String> {
    let mut notes = Vec::new();
    let mut differs = |what: &str, one: &str, other: &str| {
        if one != other {
            notes.push(format!("another {what}: {one} and {other}"));
        }
    };
    differs("verb", &a.about.verb, &b.about.verb);
    differs("target", &a.about.target, &b.about.target);
    if let (Some(one), Some(other)) = (a.intended_per_second, b.intended_per_second)
        && (one - other).abs() > SAME_RATE * one.max(other)
    {
        notes.push(format!("another rate: {one:.2}/s and {other:.2}/s were intended"));
    }
    let mix = |report: &Report| report.steps.keys().cloned().collect::<Vec<_>>();
    if mix(a) != mix(b) {
        notes.push(
            "other steps: what only one of them did is compared with nothing, and the whole is another mix".to_owned(),
        );
    } else if let Some((step, one, other)) = other_share(a, b) {
        notes.push(format!("another mix: `{step}` is {one:.1} % of A and {other:.1} % of B"));
    }
    for (name, report) in [("A", a), ("B", b)] {
        if report.verdict == Ending::Inconclusive || report.cut.is_some() {
            notes.push(format!("{name} is {}: {}", report.verdict, report.reasons.join("; ")));
        }
    }
    if [a, b].iter().any(|report| report.series.points.len() < statistics::MOMENTS) {
        notes.push(
            "so short a run says nothing of how unlike its moments are: chance may be larger than it looks".to_owned(),
        );
    }
    notes
}

/// The step whose part in the whole differs most, when by more than chance and a little.
fn other_share<'a>(a: &'a Report, b: &Report) -> Option<(&'a str, f64, f64)> {
    const LITTLE: f64 = 0.02;
    let z = deviations(0.999);
    let whole = |report: &Report| report.steps.values().map(|step| step.ended.sum()).sum::<u64>();
    let apart = a.steps.iter().filter_map(|(name, step)| {
        let one = share(step.ended.sum(), whole(a), 1.0, z);
        let other = share(b.steps.get(name)?.ended.sum(), whole(b), 1.0, z);
        let Estimate { value, low, high } = difference(one, other);
        ((low > 0.0 || high < 0.0) && value.abs() > LITTLE).then_some((
            name.as_str(),
            100.0 * one.value,
            100.0 * other.value,
        ))
    });
    apart.max_by(|one, other| (one.1 - one.2).abs().total_cmp(&(other.1 - other.2).abs()))
}

#[cfg(test)]
mod tests;
