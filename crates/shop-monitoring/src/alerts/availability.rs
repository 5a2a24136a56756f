//! Alerts on services that do not answer at all.

use faults::Kind;
use monitoring::{Alert, AlertGroup, Drill, Proof, Runbook, Severity, Subject, line};
use promql::{Condition, DOWN, Up, absent, minutes, value};
use shop::services::ServiceName;

use super::SHOP_TEAM;
use crate::{
    dashboards::overview,
    drills::{USUAL, at},
    foreign::prometheus::TARGET_UP,
    labels::{BY_SERVICE, ByService, ENVIRONMENT, SERVICE},
    place::Place,
    requests::promised,
};

pub const AVAILABILITY: &str = "availability";
pub const API_DOWN: &str = "ApiDown";

/// The alerts of this file.
pub(crate) fn group(place: &Place) -> AlertGroup {
    AlertGroup { name: "availability", alerts: vec![api_down(place)] }
}

/// A service that we answer for does not answer its scrapes, or nobody looks for it any more.
pub fn api_down(place: &Place) -> Alert {
    Alert {
        name: API_DOWN,
        severity: Severity::Critical,
        owner: SHOP_TEAM,
        topic: AVAILABILITY,
        about: Subject::Service,
        when: promised().fold(no_instance_answers(), |down, service| down.or(nobody_looks_for(service, place))).into(),
        held: minutes(1),
        summary: "{service} is down",
        description: "No instance of {service} has answered Prometheus for {held}, or it is no longer scraped. \
            Customers meet errors wherever the shop needs it.",
        runbook: Runbook {
            meaning: "No instance of the service answered its scrapes (`up` is 0), or Prometheus has no such target.",
            impact: "Everything that needs the service fails. Without the gateway nothing of the shop can be reached.",
            diagnosis: "1. Does it run? Locally `cargo xtask up` says what died, with its last log lines.\n\
                2. Does it answer `/readyz` on its admin port?\n\
                3. Is it scraped? The list of targets, by the command below, shows each one's last error.",
            queries: || vec![line("Which instances answer", value(&TARGET_UP))],
            mitigation: "Start it again. If it dies at start, its last log line names the cause: a taken port, a database that \
                cannot be reached, a wrong setting. After a bad release, go back to the version before.",
        },
        shown_by: &overview::STATES,
        proof: Proof::Drill(Drill {
            faults: || vec![at(ServiceName::Catalog, Kind::ProcessKill)],
            traffic: USUAL,
            fires_within: minutes(2),
            clears_within: minutes(2),
        }),
    }
}

fn no_instance_answers() -> Condition<Up, ByService> {
    value(&TARGET_UP).only(SERVICE.any_of(promised())).max_by(BY_SERVICE).equals(DOWN)
}

fn nobody_looks_for(service: &str, place: &Place) -> Condition<Up, ByService> {
    absent(&TARGET_UP, (ENVIRONMENT.is(place.environment), SERVICE.is(service)))
}
