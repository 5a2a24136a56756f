//! Alerts on requests that fail.

use std::time::Duration;

use faults::Kind;
use monitoring::{Alert, Drill, Proof, Runbook, Severity, line};
use promql::{PerSecond, Threshold, minutes, per_second, percent, rate, value};
use shop::services::ServiceName;
use signals::units::Each;

use super::SHOP_TEAM;
use crate::{
    dashboards::overview,
    drills::{USUAL, at},
    labels::{ERROR_TYPE, SERVICE},
    recordings::{SERVICE_ERROR_RATE, SERVICE_REQUEST_RATE},
    requests::promised,
    windows::NOW,
};

pub const ERRORS: &str = "errors";

/// Fewer requests than this (thirty in five minutes) are no reason to wake somebody: one failure among them is already a high share.
const ENOUGH_TRAFFIC: Threshold<PerSecond<Each>> = per_second(0.1);

/// More than one request of twenty fails.
pub fn api_high_error_rate() -> Alert {
    let high = value(&SERVICE_ERROR_RATE).only(SERVICE.any_of(promised())).above(percent(5.0));
    Alert {
        name: "APIHighErrorRate",
        severity: Severity::Critical,
        owner: SHOP_TEAM,
        topic: ERRORS,
        when: high.and(value(&SERVICE_REQUEST_RATE).above(ENOUGH_TRAFFIC)).into(),
        held: Duration::ZERO,
        summary: "{value} of the requests to {service} fail",
        description: "Over the last five minutes {value} of the requests to {service} failed; {limit} is the limit.",
        runbook: Runbook {
            meaning: "More of the requests to the service than the limit allows ended in a status of 500 or above, or in an \
                outcome that nobody declared.",
            impact: "At the gateway, customers see errors; behind it, the callers fail or wait.",
            diagnosis: "1. Which status code? See \"Errors by status code\" on the overview. 502, 503 and 504 point to a service \
                behind this one, 500 to this one.\n\
                2. Look at a trace with an error in Jaeger: its deepest failed span names the cause.",
            queries: || {
                let errors = rate(&signals::errors::ERRORS).over(NOW).by((SERVICE, ERROR_TYPE));
                vec![line("Which kind, where it arose", errors)]
            },
            mitigation: "After a bad release, go back to the version before. If a database or a dependency fails, see to that first; \
                errors further out follow it.",
        },
        shown_by: &overview::ERROR_SHARE,
        proof: Proof::Drill(Drill {
            faults: || vec![at(ServiceName::Orders, Kind::DatabaseError).share(0.5)],
            traffic: USUAL,
            fires_within: minutes(3),
            // The failures leave the window of five minutes.
            clears_within: minutes(7),
        }),
    }
}
