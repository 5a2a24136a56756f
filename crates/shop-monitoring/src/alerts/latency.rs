//! Alerts on answers that take too long.

use std::time::Duration;

use faults::{Kind, Latency};
use monitoring::{Alert, Drill, Proof, Runbook, Severity, line};
use promql::{Threshold, minutes, quantile, seconds, value};
use shop::{routes::orders::PLACE, services::ServiceName};
use signals::{db, units::Seconds};

use super::SHOP_TEAM;
use crate::{
    dashboards::overview,
    drills::{USUAL, at_route},
    labels::{COLLECTION, SERVICE},
    recordings::API_RESPONSE_TIME_P95,
    requests::patient,
    windows::NOW,
};

pub const LATENCY: &str = "latency";

/// Nobody waits longer for a page.
const FAR_TOO_LONG: Threshold<Seconds> = seconds(10.0);

/// Longer than the limit, and shorter than the deadline, after which it would be an error instead.
const SLOW: Latency = Latency::fixed(Duration::from_secs(12));

/// One request of twenty takes longer than ten seconds.
pub fn api_latency_critical() -> Alert {
    let patient = patient(Duration::from_secs_f64(FAR_TOO_LONG.value()));
    Alert {
        name: "ApiLatencyCritical",
        severity: Severity::Critical,
        owner: SHOP_TEAM,
        topic: LATENCY,
        when: value(&API_RESPONSE_TIME_P95).only(SERVICE.any_of(patient)).above(FAR_TOO_LONG).into(),
        held: minutes(5),
        summary: "{http_route} of {service} answers in {value} (95th percentile)",
        description: "For {held} one request of twenty to {http_route} of {service} has taken {value} or longer; {limit} is \
            the limit.",
        runbook: Runbook {
            meaning: "The 95th percentile of the route's response time has been above the limit all the while. Services whose own deadline is shorter give up before and count as errors instead.",
            impact: "Customers wait, press again, and leave. Waiting requests hold connections, so other routes slow down too.",
            diagnosis: "1. Is it one route or all? See \"Slowest routes\" on the overview.\n\
                2. Look at a slow trace in Jaeger: the longest span without children is where the time goes.\n\
                3. Is it the database? Its statements are slow, or requests wait for a connection.",
            queries: || {
                let statements = quantile(0.95, &db::OPERATION_DURATION).over(NOW).by((SERVICE, COLLECTION));
                let waiting = value(&db::CONNECTIONS_PENDING);
                vec![
                    line("The database's statements, 95th percentile", statements),
                    line("Who waits for a connection", waiting),
                ]
            },
            mitigation: "After a bad release, go back to the version before. If connections run out, start further instances; if one \
                statement is slow, stop what sends it.",
        },
        shown_by: &overview::SLOWEST_ROUTES,
        proof: Proof::Drill(Drill {
            faults: || vec![at_route(ServiceName::Orders, &PLACE, Kind::Latency(SLOW)).share(0.2)],
            traffic: USUAL,
            // The slow answers fill the window, and then it is held.
            fires_within: minutes(9),
            clears_within: minutes(7),
        }),
    }
}
