//! Who hears of which alert, and which alert keeps others quiet.

use std::time::Duration;

use monitoring::{
    File, Severity,
    alertmanager::{Configuration, Inhibition, LabelMatcher, Pace, Route},
    yaml,
};
use promql::{hours, minutes};

use crate::{
    alerts::{availability::API_DOWN, latency::LATENCY},
    place::Place,
};

/// Wakes somebody.
pub const PAGE: &str = "page";
/// Work for the next day.
pub const TICKET: &str = "ticket";
/// Outside; notices when the monitoring itself falls silent.
pub const WATCHDOG: &str = "watchdog";

pub(crate) fn file(_: &Place) -> Result<File, String> {
    yaml("deploy/alertmanager/alertmanager.yml", file!(), &Configuration::new(routes(), inhibitions()))
}

fn severity(is: Severity) -> LabelMatcher {
    LabelMatcher::is("severity", is.as_str())
}

/// What no other route takes is a ticket, so that a forgotten level loses no alert.
fn routes() -> Route {
    let page = Pace { wait: Duration::from_secs(10), interval: minutes(1), repeat: hours(1) };
    let ticket = Pace { wait: minutes(1), interval: minutes(5), repeat: hours(24) };
    let pulse = Pace { wait: Duration::ZERO, interval: minutes(1), repeat: minutes(2) };
    Route::to(TICKET).grouped_by(&["service", "topic"]).paced(ticket).with([
        Route::to(WATCHDOG).when(&[LabelMatcher::is("alertname", "Watchdog")]).grouped_by(&["alertname"]).paced(pulse),
        Route::to(PAGE).when(&[severity(Severity::Critical)]).paced(page),
    ])
}

/// The graver alert of a service and topic keeps the milder ones quiet; a service that is down, also its own others.
pub(crate) fn inhibitions() -> Vec<Inhibition> {
    let milder = LabelMatcher::one_of("severity", &[Severity::Warning.as_str(), Severity::Info.as_str()]);
    let same = ["service", "topic"];
    vec![
        Inhibition::new(&[severity(Severity::Critical)], &[milder], &same),
        Inhibition::new(&[severity(Severity::Warning)], &[severity(Severity::Info)], &same),
        Inhibition::new(
            &[LabelMatcher::is("alertname", API_DOWN)],
            &[LabelMatcher::is("topic", LATENCY)],
            &["service"],
        ),
    ]
}
