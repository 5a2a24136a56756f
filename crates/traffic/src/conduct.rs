//! Watches over a run from its start to its end: the live line, Ctrl-C, a time to end.

use std::{pin::pin, time::Duration};

use anyhow::Context as _;
use tokio::{
    select,
    signal::unix::{SignalKind, signal},
    sync::mpsc,
    time::{Instant, sleep_until},
};

use crate::{
    engine::{Ended, Quantile, Run, Snapshot},
    progress::Progress,
    table::time,
};

/// How long answers are still awaited after Ctrl-C.
const GRACE: Duration = Duration::from_secs(3);

/// What ended a run before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    Interrupted,
}

/// Waits for a run to end, or ends it: after `until`, or when told so. The first Ctrl-C ends the arrivals and leaves what is under way
/// a moment; the second does not.
///
/// # Errors
/// When the system tells of no signals.
pub(crate) async fn conduct(run: Run, until: Option<Duration>) -> anyhow::Result<(Ended, Option<Cut>)> {
    let mut interrupts = interrupts()?;
    let (handle, snapshots) = (run.handle(), run.snapshots());
    let mut progress = Progress::new();
    let mut finish = pin!(run.finish());
    let start = Instant::now();
    let mut ends = until.map(|until| start + until);
    let mut grace_ends = None;
    let mut cut = None;
    loop {
        select! {
            ended = &mut finish => {
                progress.clear();
                return Ok((ended, cut));
            }
            () = progress.due() => progress.show(&line(&snapshots.borrow())),
            Some(()) = interrupts.recv() => {
                if cut.is_some() {
                    handle.give_up();
                } else {
                    handle.end();
                    cut = Some(Cut::Interrupted);
                    grace_ends = Some(Instant::now() + GRACE);
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
    }
}

/// How it goes, in a line.
fn line(snapshot: &Snapshot) -> String {
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

/// Each Ctrl-C, and each SIGTERM.
fn interrupts() -> anyhow::Result<mpsc::Receiver<()>> {
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for Ctrl-C")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        loop {
            select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if sender.send(()).await.is_err() {
                return;
            }
        }
    });
    Ok(receiver)
}
