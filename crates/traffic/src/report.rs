//! What a run came to: the same for people and for machines, and whole enough that reports can be added up.

mod html;
mod latency;
mod merged;
mod recovery;
mod text;
mod verdict;
mod written;

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    time::{Duration, UNIX_EPOCH},
};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

pub(crate) use latency::Latency;
pub(crate) use recovery::{Looked, Recovery};
use verdict::percent;
pub(crate) use written::ReportFile;

use crate::{
    arguments::{Common, Files, Format, Target},
    conduct::{Cut, Stop},
    ending::Ending,
    engine::{Buckets, End, Ended, Model, Series, StepTally, Tally, Unexpected},
    guard::GuardReport,
    kept, say,
    slo::{self, Judged},
    threshold::Slo,
};

/// The format's version: another number is another meaning.
const FORMAT: u32 = 1;

/// What is known of a run before it begins.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct About {
    /// What was asked for, such as `run`.
    pub verb: String,
    pub target: String,
    /// The run's name, with which the `x-session` of each of its journeys begins.
    pub run: String,
    pub seed: u64,
    /// The mixes of journeys or, instead of them, the single steps that were sent.
    #[serde(default)]
    pub sends: Vec<String>,
    /// A request that left later than this after it was due left late; in a closed model none is due.
    pub late_after_seconds: Option<f64>,
    /// What was sent before the start, to learn what the shop sells; counted nowhere else.
    pub requests_before_the_start: u64,
}

impl About {
    /// Gives the run a name that no other has.
    pub(crate) fn new(verb: &str, common: &Common, seed: u64) -> Self {
        Self {
            verb: verb.to_owned(),
            target: common.target.to_string(),
            run: format!("{verb}-{:08x}", rand::random::<u32>()),
            seed,
            sends: Vec::new(),
            late_after_seconds: None,
            requests_before_the_start: 0,
        }
    }

    /// Adds a mix or a step to what is sent.
    pub(crate) fn sending(mut self, name: impl ToString) -> Self {
        self.also_sends(name.to_string());
        self
    }

    pub(crate) fn also_sends(&mut self, name: String) {
        if !self.sends.contains(&name) {
            self.sends.push(name);
        }
    }

    /// Says what is late.
    pub(crate) fn late_after(self, late_after: Duration) -> Self {
        Self { late_after_seconds: Some(late_after.as_secs_f64()), ..self }
    }

    pub(crate) fn learned(self, requests: u64) -> Self {
        Self { requests_before_the_start: requests, ..self }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    pub format: u32,
    #[serde(flatten)]
    pub about: About,
    pub model: Model,
    pub began_unix_ms: u64,
    pub lasted_seconds: f64,
    pub verdict: Ending,
    pub exit_code: u8,
    /// Why it did not pass, a sentence each.
    pub reasons: Vec<String>,
    /// How many requests there were to be.
    pub intended: u64,
    /// How many of them were due until the end.
    pub due: u64,
    /// How many left.
    pub sent: u64,
    /// How many ended with an answer or without.
    pub done: u64,
    pub ended: Buckets,
    /// What the buckets hold together.
    pub sum: u64,
    /// Whether the buckets, and those of all steps, hold exactly what was intended.
    pub sum_is_exact: bool,
    pub intended_per_second: Option<f64>,
    pub achieved_per_second: Option<f64>,
    /// From when each was due.
    pub latency_seconds: Latency,
    /// From when each was sent.
    pub service_seconds: Latency,
    /// From when each was due until it was sent: our own fault, not the shop's.
    pub lag_seconds: Latency,
    /// From when each answer had come until it was read: our own fault, too, and no part of the latency.
    #[serde(default)]
    pub unread_seconds: Latency,
    /// How many left late.
    pub late: u64,
    pub steps: BTreeMap<String, StepReport>,
    /// By route and end, over all steps.
    pub routes: Vec<Counted>,
    pub first_unexpected: Vec<Unexpected>,
    /// What ended it before its time.
    pub cut: Option<Cut>,
    pub slos: Vec<Judged>,
    pub guards: Vec<GuardReport>,
    /// Why a guard stopped it.
    pub stop: Option<Stop>,
    /// How it went over time.
    #[serde(default)]
    pub series: Series,
    /// Of customers who go through the shop on journeys, by the journey's name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub journeys: BTreeMap<String, Followed>,
    /// How the shop was around a peak.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery: Option<Recovery>,
}

/// Who went on a journey.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Followed {
    pub customers: u64,
    /// By which the last customer's whole journey can be looked up.
    pub last_trace_id: String,
}

/// What became of a step.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StepReport {
    /// The door's method and path; none where the customer finds none.
    pub route: Option<String>,
    pub ended: Buckets,
    pub ends: Vec<Counted>,
    pub latency_seconds: Latency,
}

/// How many requests of a route ended in one way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Counted {
    pub route: Option<String>,
    #[serde(flatten)]
    pub end: End,
    pub requests: u64,
}

impl Report {
    pub(crate) fn new(about: About, ended: &Ended, cut: Option<Cut>) -> Self {
        let Ended { model, began, lasted, intended, intended_rate, tally, series } = ended;
        let Tally { buckets, unexpected, latency, service, lag, unread, sent, .. } = tally;
        let steps: BTreeMap<String, StepReport> =
            tally.steps.iter().map(|(name, step)| ((*name).to_owned(), StepReport::new(step))).collect();
        let by_step: u64 = steps.values().flat_map(|step| &step.ends).map(|end| end.requests).sum();
        let sum = buckets.sum();
        let due = intended - buckets.not_sent;
        let late_after = about.late_after_seconds.map(Duration::from_secs_f64);
        let mut report = Self {
            format: FORMAT,
            about,
            model: *model,
            began_unix_ms: milliseconds(began.duration_since(UNIX_EPOCH).unwrap_or_default()),
            lasted_seconds: lasted.as_secs_f64(),
            verdict: Ending::Passed,
            exit_code: 0,
            reasons: Vec::new(),
            intended: *intended,
            due,
            sent: *sent,
            done: buckets.finished(),
            ended: *buckets,
            sum,
            sum_is_exact: sum == *intended && by_step == due,
            intended_per_second: *intended_rate,
            achieved_per_second: tally.achieved_rate(),
            latency_seconds: Latency::new(latency, buckets.without_answer()),
            service_seconds: Latency::new(service, 0),
            lag_seconds: Latency::new(lag, 0),
            unread_seconds: Latency::new(unread, 0),
            late: late_after.map_or(0, |late_after| lag.above(late_after)),
            routes: by_route(&steps),
            steps,
            first_unexpected: unexpected.clone(),
            cut,
            slos: Vec::new(),
            guards: Vec::new(),
            stop: None,
            series: series.clone(),
            journeys: BTreeMap::new(),
            recovery: None,
        };
        report.judge();
        report
    }

    /// Judges it by promises instead of by every request, and adds what guards said.
    pub(crate) fn judged(mut self, slos: &[Slo], guards: Vec<GuardReport>, stop: Option<Stop>) -> Self {
        self.slos = slos.iter().map(|Slo(threshold)| slo::judge(&self, threshold)).collect();
        self.guards = guards;
        self.stop = stop;
        self.judge();
        self
    }

    /// Where Jaeger is, when the shop is a stack of our own; of any other it is a guess.
    pub(super) fn jaeger(&self) -> Option<Target> {
        // A merged report may have several targets.
        let target: Target = self.about.target.parse().ok()?;
        let (_, ports) = target.stack();
        Some(target.with_port(ports.jaeger))
    }

    /// Adds where customers went.
    pub(crate) fn followed(self, journeys: BTreeMap<String, Followed>) -> Self {
        Self { journeys, ..self }
    }

    /// Judges it by whether the shop recovered, too.
    pub(crate) fn recovered(mut self, recovery: Recovery) -> Self {
        self.recovery = Some(recovery);
        self.judge();
        self
    }

    /// Keeps it and writes it to files and to the standard output.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub(crate) fn deliver(&self, format: Format, files: &Files) -> anyhow::Result<Ending> {
        kept::keep(self);
        files.write(self)?;
        self.show(format)?;
        Ok(self.verdict)
    }

    /// Writes it to the standard output.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub(crate) fn show(&self, format: Format) -> anyhow::Result<()> {
        match format {
            Format::Text => say(&self.to_string()),
            Format::Json => say(&format!("{}\n", serde_json::to_string_pretty(self)?)),
        }
        Ok(())
    }

    /// Reads a report that was written as JSON.
    ///
    /// # Errors
    /// When it cannot be read, or has another format than ours.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        #[derive(Deserialize)]
        struct Versioned {
            format: u32,
        }
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let no_report = || format!("{} is no report", path.display());
        let Versioned { format } = serde_json::from_str(&text).with_context(no_report)?;
        if format != FORMAT {
            bail!(
                "{} is a report of format {format}, and this tool reads {FORMAT}: they are of different versions",
                path.display()
            );
        }
        serde_json::from_str(&text).with_context(no_report)
    }
}

impl StepReport {
    fn new(tally: &StepTally) -> Self {
        let route = tally.step.route.map(|route| format!("{} {}", route.method.as_str(), route.path));
        let ends = tally.ends.iter().map(|(end, requests)| Counted {
            route: route.clone(),
            end: end.clone(),
            requests: *requests,
        });
        let mut ends: Vec<Counted> = ends.collect();
        ends.sort_by(|one, other| one.key().cmp(&other.key()));
        let latency_seconds = Latency::new(&tally.latency, tally.buckets.without_answer());
        Self { route, ended: tally.buckets, ends, latency_seconds }
    }
}

impl Counted {
    fn key(&self) -> (&Option<String>, Option<u16>, &Option<String>, bool) {
        (&self.route, self.end.status, &self.end.code, self.end.is_expected)
    }
}

fn by_route(steps: &BTreeMap<String, StepReport>) -> Vec<Counted> {
    let mut routes: Vec<Counted> = Vec::new();
    for counted in steps.values().flat_map(|step| &step.ends) {
        match routes.iter_mut().find(|known| known.key() == counted.key()) {
            Some(known) => known.requests += counted.requests,
            None => routes.push(counted.clone()),
        }
    }
    routes.sort_by(|one, other| one.key().cmp(&other.key()));
    routes
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
