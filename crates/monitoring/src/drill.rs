//! Drills: the faults that prove an alert, the load under which they show, and how soon it fires and clears.

use std::{fmt, time::Duration};

use faults::Fault;
use promql::prometheus_duration;

/// How an alert is made to fire: `cargo xtask drill` arms the faults under the load, and times it.
#[derive(Clone, Copy, Debug)]
pub struct Drill {
    /// What is made to fail, all at once.
    pub faults: fn() -> Vec<Fault>,
    /// What goes on meanwhile.
    pub traffic: Traffic,
    /// From the arming to the alert's arrival at its receiver.
    pub fires_within: Duration,
    /// From the end of the faults to the arrival of the news that it is over.
    pub clears_within: Duration,
}

/// The load that a drill needs for its fault to be noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traffic {
    pub requests_per_second: u32,
    /// The name of what customers do.
    pub journey: &'static str,
}

/// As a runbook tells it, in Markdown.
impl fmt::Display for Drill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { faults, traffic: Traffic { requests_per_second, journey }, fires_within, clears_within } = self;
        writeln!(f, "A drill injects, under {requests_per_second} requests a second of the journey `{journey}`:\n")?;
        for fault in faults() {
            writeln!(f, "- {fault}")?;
        }
        let (fires, clears) = (prometheus_duration(*fires_within), prometheus_duration(*clears_within));
        write!(f, "\nIt is to fire within {fires}, and to clear within {clears} of the end.")
    }
}
