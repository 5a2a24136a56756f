//! Guards: what ends a run before its time, asked of a Prometheus or counted by the run itself.
//!
//! No answer is not a pass: a guard that hears nothing stops the run as one that hears too much.

mod promise;
mod recent;
mod watched;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval},
};

pub(crate) use recent::Recent;
pub(crate) use watched::Watched;

use crate::{
    arguments::Target,
    ending::Ending,
    prometheus::{Prometheus, Refusal, Sample},
    table::time,
    threshold::StopWhen,
};
use promise::{Delay, Pace};

/// So many polls in a row without an answer end a run.
const SILENT_POLLS: u32 = 3;
/// How long a poll's answer is awaited.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often a guard's value is said.
const SAID_EVERY: Duration = Duration::from_secs(10);
/// So many of the last values are kept for the report.
const KEPT: usize = 30;

/// All that guards a run.
#[derive(Debug)]
pub(crate) struct Guards {
    guards: Vec<Guard>,
    pub(crate) stop_when: Vec<StopWhen>,
    poll: Duration,
}

/// A query that is polled.
#[derive(Clone, Debug)]
struct Guard {
    watched: Watched,
    prometheus: Arc<Prometheus>,
    delay: Delay,
    record: Arc<Mutex<GuardReport>>,
}

/// What became of a guard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct GuardReport {
    /// As it was written.
    pub guard: String,
    /// What was asked; none of a guard that counts for itself.
    pub query: Option<String>,
    /// The run stops within this time after errors begin.
    pub stops_within_seconds: f64,
    pub tripped: bool,
    /// The last that it was told.
    pub last: VecDeque<Reading>,
}

/// What a guard was told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reading {
    /// After the start.
    pub at_seconds: f64,
    /// The value that is nearest to tripping the guard, or beyond; none when there was none.
    pub worst: Option<f64>,
    /// Of how many series.
    pub series: usize,
    /// Whose value it is.
    pub of: Option<String>,
    /// Why there was none.
    pub trouble: Option<String>,
}

/// What guards say while a run lasts.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// Something worth a line.
    Said(String),
    /// The run must end; why.
    Trip(String),
}

impl Guards {
    /// Asks each guard for the first time: it must have an answer, and not be violated already.
    ///
    /// # Errors
    /// As what the verb ends, and why.
    pub(crate) async fn prepare(
        target: Option<&Target>,
        watched: &[Watched],
        stop_when: &[StopWhen],
        poll: Duration,
    ) -> Result<Self, (Ending, String)> {
        let mut guards = Vec::new();
        if let (Some(target), false) = (target, watched.is_empty()) {
            let prometheus = Arc::new(Prometheus::new(target.clone(), PATIENCE));
            let pace = pace(&prometheus).await?;
            for watched in watched {
                let delay = pace.delay(&watched.expr);
                let record = Arc::new(Mutex::new(GuardReport {
                    guard: watched.text.clone(),
                    query: Some(watched.query.clone()),
                    stops_within_seconds: within(delay, poll).as_secs_f64(),
                    tripped: false,
                    last: VecDeque::new(),
                }));
                let guard = Guard { watched: watched.clone(), prometheus: Arc::clone(&prometheus), delay, record };
                guard.check().await?;
                guards.push(guard);
            }
        }
        Ok(Self { guards, stop_when: stop_when.to_vec(), poll })
    }

    /// Within which time each stops the run after errors begin, a sentence each.
    pub(crate) fn promises(&self) -> Vec<String> {
        let polled = self.guards.iter().map(|guard| {
            let Delay { scrape, rules, window } = guard.delay;
            let mut parts = vec![format!("{} until they are scraped", spoken(scrape))];
            if !rules.is_zero() {
                parts.push(format!("{} until the rules have recorded them", spoken(rules)));
            }
            if !window.is_zero() {
                parts.push(format!("{} until they fill what the query looks back on", spoken(window)));
            }
            parts.push(format!("{} until the next poll and its answer", spoken(self.poll + PATIENCE)));
            let within = spoken(within(guard.delay, self.poll));
            format!("guard {} stops within {within} of errors that last: {}", guard.watched, parts.join(", "))
        });
        let counted = self.stop_when.iter().map(|StopWhen(threshold)| {
            let within = spoken(recent::WINDOW + Duration::from_secs(1));
            format!(
                "guard {threshold} looks at the last {} and stops within {within} of answers that are so",
                spoken(recent::WINDOW)
            )
        });
        polled.chain(counted).collect()
    }

    /// Polls until nobody listens any more.
    pub(crate) fn watch(&self, start: Instant) -> mpsc::Receiver<Event> {
        let (events, received) = mpsc::channel(16);
        for guard in &self.guards {
            tokio::spawn(guard.clone().poll(self.poll, start, events.clone()));
        }
        received
    }

    /// What became of each that was polled.
    pub(crate) fn reports(&self) -> Vec<GuardReport> {
        self.guards.iter().map(|guard| guard.record().clone()).collect()
    }
}

/// From the beginning of errors to the end of the arrivals, at the latest.
fn within(delay: Delay, poll: Duration) -> Duration {
    delay.sum().saturating_add(poll).saturating_add(PATIENCE)
}

fn spoken(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ 1..120 if duration.subsec_nanos() == 0 => format!("{seconds} s"),
        0..120 => time(duration.as_secs_f64()),
        seconds if seconds % 60 == 0 => format!("{} min", seconds / 60),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

/// How Prometheus is set, asked of itself.
async fn pace(prometheus: &Prometheus) -> Result<Pace, (Ending, String)> {
    let target = prometheus.target();
    let hint = "start it with `cargo xtask up`, or name another with --prometheus";
    let refused = |refusal: Refusal| (Ending::Unreachable, format!("{}; {hint}", refusal.sentence()));
    let scrape = prometheus.scrape_interval().await.map_err(refused)?;
    let nothing = || (Ending::Misused, format!("Prometheus at {target} scrapes nothing, so no guard could ever trip"));
    let scrape = scrape.ok_or_else(nothing)?;
    Ok(Pace::new(scrape, prometheus.recording_rules().await.map_err(refused)?))
}

impl Guard {
    async fn check(&self) -> Result<(), (Ending, String)> {
        let Self { watched, prometheus, .. } = self;
        let samples = prometheus.query(&watched.query, None).await.map_err(|refusal| match refusal {
            Refusal::Unreachable(why) => (Ending::Unreachable, format!("guard {watched}: {why}")),
            Refusal::Refused(why) => (Ending::Misused, format!("guard {watched}: {why}")),
        })?;
        if samples.is_empty() {
            let target = prometheus.target();
            return Err((
                Ending::Misused,
                format!(
                    "guard {watched}: Prometheus at {target} has no series for `{}`; is it spelled so, and scraped for long enough?",
                    watched.query
                ),
            ));
        }
        let reading = self.reading(&samples, Duration::ZERO);
        match reading.worst {
            Some(worst) if watched.is_beyond(worst) => {
                let of = reading.of.unwrap_or_default();
                Err((
                    Ending::Misused,
                    format!("guard {watched} is violated before the start: {worst} of {of}; nothing was sent"),
                ))
            }
            _ => Ok(()),
        }
    }

    async fn poll(self, every: Duration, start: Instant, events: mpsc::Sender<Event>) {
        let mut ticks = interval(every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut silent, mut said_at) = (0, None);
        let may_be_no_number = within(self.delay, every);
        loop {
            ticks.tick().await;
            let answer = self.prometheus.query(&self.watched.query, None).await;
            let at = start.elapsed();
            let reading = match answer {
                Ok(samples) => self.reading(&samples, at),
                Err(refusal) => Reading {
                    at_seconds: at.as_secs_f64(),
                    worst: None,
                    series: 0,
                    of: None,
                    trouble: Some(refusal.sentence().to_owned()),
                },
            };
            // Before there was traffic a ratio of it is no number.
            let is_early = reading.series > 0 && at < may_be_no_number;
            silent = if reading.worst.is_some() || is_early { 0 } else { silent + 1 };
            let line = self.line(&reading);
            let is_beyond = reading.worst.is_some_and(|worst| self.watched.is_beyond(worst));
            let trips = is_beyond || silent >= SILENT_POLLS;
            let mut event = None;
            if trips {
                let why = if is_beyond { line.clone() } else { format!("{line}, {silent} polls in a row") };
                event = Some(Event::Trip(why));
            } else if said_at.is_none_or(|said: Duration| at.saturating_sub(said) >= SAID_EVERY) {
                said_at = Some(at);
                event = Some(Event::Said(line));
            }
            self.keep(reading, trips);
            if let Some(event) = event
                && (events.send(event).await.is_err() || trips)
            {
                return;
            }
            if events.is_closed() {
                return;
            }
        }
    }

    fn reading(&self, samples: &[Sample], at: Duration) -> Reading {
        let mut worst: Option<(f64, &Sample)> = None;
        for sample in samples.iter().filter(|sample| !sample.value().is_nan()) {
            if worst.is_none_or(|(value, _)| self.watched.is_worse(sample.value(), value)) {
                worst = Some((sample.value(), sample));
            }
        }
        let trouble = match (worst, samples.is_empty()) {
            (Some(_), _) => None,
            (None, true) => Some("there are no series".to_owned()),
            (None, false) => Some("no series has a number".to_owned()),
        };
        Reading {
            at_seconds: at.as_secs_f64(),
            worst: worst.map(|(value, _)| value),
            series: samples.len(),
            of: worst.map(|(_, sample)| sample.labels()),
            trouble,
        }
    }

    fn line(&self, reading: &Reading) -> String {
        let Reading { worst, series, of, trouble, .. } = reading;
        let Some(value) = worst else {
            return format!("guard {}: {}", self.watched, trouble.as_deref().unwrap_or("no answer"));
        };
        let of = of.as_deref().filter(|of| *of != "{}").map_or(String::new(), |of| format!(", {of}"));
        let (worst, series) =
            (self.watched.worst(), if *series == 1 { "1 series".to_owned() } else { format!("{series} series") });
        format!("guard {}: {worst} {value:.4} of {series}{of}", self.watched)
    }

    fn keep(&self, reading: Reading, trips: bool) {
        let mut record = self.record();
        if record.last.len() == KEPT {
            record.last.pop_front();
        }
        record.last.push_back(reading);
        record.tripped |= trips;
    }

    fn record(&self) -> std::sync::MutexGuard<'_, GuardReport> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
