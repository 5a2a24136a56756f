//! Watches over a run from its start to its end: the live line, Ctrl-C, a time to end, the guards.

use std::{
    pin::{Pin, pin},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::{
    select,
    sync::mpsc,
    time::{Instant, sleep_until, timeout},
};

use crate::{
    engine::{Ended, Quantile, Run, Snapshot},
    guard::{Event, GuardReport, Guards, Recent},
    interrupts::interrupts,
    scene::{Scene, Shown},
    table::time,
};

/// How long answers are still awaited after Ctrl-C.
const GRACE: Duration = Duration::from_secs(3);

/// What ended a run before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Cut {
    Interrupted,
    Guard,
}

/// Why and when a guard stopped a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stop {
    pub why: String,
    /// After the start.
    pub at_seconds: f64,
}

/// What is done at once when a guard stops a run, beside ending the arrivals.
pub(crate) type OnStop = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What may end a run before its time.
#[derive(Default)]
pub(crate) struct Watch {
    pub until: Option<Duration>,
    pub guards: Option<Guards>,
    pub on_stop: Option<OnStop>,
    pub scene: Scene,
}

/// A run that has ended.
#[derive(Clone, Debug)]
pub(crate) struct Conducted {
    pub ended: Ended,
    pub cut: Option<Cut>,
    pub guards: Vec<GuardReport>,
    pub stop: Option<Stop>,
}

/// Waits for a run to end, or ends it: after `until`, or when told so. The first Ctrl-C ends the arrivals and leaves what is under way
/// a moment; the second does not.
///
/// # Errors
/// When the system tells of no signals.
pub(crate) async fn conduct(run: Run, until: Option<Duration>, scene: Scene) -> anyhow::Result<(Ended, Option<Cut>)> {
    let Conducted { ended, cut, .. } = conduct_watched(run, Watch { until, scene, ..Watch::default() }).await?;
    Ok((ended, cut))
}

/// The same with guards, which end the arrivals as Ctrl-C does.
///
/// # Errors
/// When the system tells of no signals.
pub(crate) async fn conduct_watched(run: Run, watch: Watch) -> anyhow::Result<Conducted> {
    let Watch { until, guards, mut on_stop, scene } = watch;
    let mut interrupts = interrupts()?;
    let (handle, mut snapshots, watched) = (run.handle(), run.snapshots(), run.snapshots());
    let mut shown = Shown::begin(&scene);
    let mut finish = pin!(run.finish());
    let start = Instant::now();
    let mut events = guards.as_ref().map(|guards| guards.watch(start));
    let (stop_when, mut recent) = (guards.as_ref().map_or(&[][..], |guards| &guards.stop_when), Recent::default());
    let mut ends = until.map(|until| start + until);
    let (mut grace_ends, mut cut, mut stop, mut stopping) = (None, None, None, None);
    let ended = loop {
        let mut trips = None;
        select! {
            ended = &mut finish => break ended,
            () = shown.due() => shown.show(|| line(&watched.borrow())),
            Some(()) = interrupts.recv() => {
                if cut == Some(Cut::Interrupted) {
                    handle.give_up();
                } else {
                    handle.end();
                    cut = cut.or(Some(Cut::Interrupted));
                    grace_ends = Some(Instant::now() + GRACE);
                }
            }
            Some(event) = next(&mut events) => match event {
                Event::Said(sentence) => shown.note(&sentence),
                Event::Trip(why) => trips = Some(why),
            },
            Ok(()) = snapshots.changed() => {
                let snapshot = snapshots.borrow_and_update();
                shown.add(&snapshot);
                if !stop_when.is_empty() {
                    trips = recent.trips(snapshot.second.clone(), stop_when);
                }
            }
            () = sleep_until(grace_ends.unwrap_or(start)), if grace_ends.is_some() => {
                handle.give_up();
                grace_ends = None;
            }
            () = sleep_until(ends.unwrap_or(start)), if ends.is_some() => {
                handle.end();
                ends = None;
            }
        }
        if let (Some(why), None) = (trips, cut) {
            handle.end();
            cut = Some(Cut::Guard);
            grace_ends = Some(Instant::now() + GRACE);
            stopping = on_stop.take().map(tokio::spawn);
            shown.note(&format!("stopped: {why}"));
            stop = Some(Stop { why, at_seconds: start.elapsed().as_secs_f64() });
        }
    };
    shown.end();
    if let Some(stopping) = stopping {
        // Whatever it could not do, it has said.
        let _ = timeout(GRACE, stopping).await;
    }
    Ok(Conducted { ended, cut, guards: guards.map_or(Vec::new(), |guards| guards.reports()), stop })
}

/// The next that a guard says; never, where there is none.
async fn next(events: &mut Option<mpsc::Receiver<Event>>) -> Option<Event> {
    match events {
        Some(events) => events.recv().await,
        None => None,
    }
}

/// How it goes, in a line.
pub(crate) fn line(snapshot: &Snapshot) -> String {
    let Snapshot { at, intended, planned, in_flight, buckets, second, is_paused, .. } = snapshot;
    let of = planned.map_or(String::new(), |planned| format!("/{planned}"));
    let p95 = match second.latency.quantile(950, second.buckets.without_answer()) {
        Quantile::Seconds(seconds) => format!(", p95 {}", time(seconds)),
        Quantile::Never => ", p95 never answered".to_owned(),
        Quantile::TooFew => String::new(),
    };
    let mut text = format!(
        "{:>4} s  {intended}{of} due, {} ok, {} not, {in_flight} waiting; {:.1}/s{p95}",
        at.as_secs(),
        buckets.ok,
        buckets.errors() + buckets.shed,
        second.rate(second.buckets.finished()),
    );
    if *is_paused {
        text.push_str(" (paused)");
    }
    text
}
