//! Alerts on requests that no longer come, and on promises that are no longer measured.

use std::time::Duration;

use faults::Kind;
use monitoring::{Alert, AlertGroup, Drill, Proof, Runbook, Severity, Subject, line};
use promql::{Condition, Up, absent, average, count, days, increase, minutes, rate, value, weeks};
use shop::services::ServiceName;

use super::SHOP_TEAM;
use crate::{
    dashboards::{overview, service_levels},
    drills::{USUAL, at},
    foreign::prometheus::TARGET_UP,
    labels::{BY_SERVICE, ByService, ENVIRONMENT, SERVICE},
    place::Place,
    promises::{AVAILABILITY, CHECKOUT, PROMISES},
    requests::{ENOUGH_TRAFFIC, of_customers, requests},
    windows::HOUR,
};

/// Requests that no longer come.
pub const TRAFFIC: &str = "traffic";
pub const NO_TRAFFIC: &str = "NoTraffic";
/// Series that are no longer there.
pub const ABSENCE: &str = "absence";

/// The alerts of this file.
pub(crate) fn group(place: &Place) -> AlertGroup {
    AlertGroup { name: "traffic", alerts: vec![no_traffic(), promise_not_measured(place)] }
}

/// Nobody comes, though somebody did at this hour yesterday or a week ago.
pub fn no_traffic() -> Alert {
    let silent = increase(requests()).over(minutes(10)).only(of_customers()).by(BY_SERVICE).equals(count(0.0));
    // The hour around this moment, then.
    let then = |ago| average(&AVAILABILITY.events()).over(HOUR).ago(ago);
    let usual = then(days(1) - HOUR / 2).above(ENOUGH_TRAFFIC).or(then(weeks(1) - HOUR / 2).above(ENOUGH_TRAFFIC));
    Alert {
        name: NO_TRAFFIC,
        severity: Severity::Critical,
        owner: SHOP_TEAM,
        topic: TRAFFIC,
        about: Subject::Service,
        when: silent.and(usual).into(),
        held: Duration::ZERO,
        summary: "No request has reached {service} for ten minutes",
        description: "Not one request has reached {service} over the last ten minutes, though there were some at this hour yesterday \
            or a week ago. It runs; something before it keeps customers out.",
        runbook: Runbook {
            meaning: "The gateway answers its scrapes, but nobody asks it for anything, at an hour at which somebody did yesterday \
                or a week ago.",
            impact: "Customers most likely reach nothing at all: a name that no longer resolves, a load balancer without targets, a \
                certificate that browsers refuse. No error is counted, because nothing arrives.",
            diagnosis: "1. Can you reach the public address from outside?\n\
                2. Do the name, the certificate and the load balancer's targets still point here?\n\
                3. Did a campaign or a test end that made up all of the traffic?",
            queries: || {
                let requests = || rate(requests()).over(HOUR).only(of_customers()).by(SERVICE);
                vec![
                    line("Requests of customers a second, over the last hour", requests()),
                    line("The same a week ago", requests().ago(weeks(1))),
                ]
            },
            mitigation: "Go back to the last working name, certificate or route. Nothing of the shop itself needs a restart.",
        },
        shown_by: &overview::REQUEST_RATE,
        proof: Proof::Stated("it compares with yesterday, which no drill has; its rule test proves it"),
    }
}

/// A promise has no numbers, so nothing would tell if it broke.
pub fn promise_not_measured(place: &Place) -> Alert {
    let conditions = PROMISES.iter().map(|promise| {
        let service = if promise.name == CHECKOUT.name { ServiceName::Orders } else { ServiceName::Gateway };
        let of_service = (ENVIRONMENT.is(place.environment), SERVICE.is(service.as_str()));
        absent(&promise.measured(), of_service)
    });
    let any: Option<Condition<Up, ByService>> = conditions.reduce(Condition::or);
    let Some(any) = any else { unreachable!("there are promises") };
    Alert {
        name: "PromiseNotMeasured",
        severity: Severity::Warning,
        owner: SHOP_TEAM,
        topic: ABSENCE,
        about: Subject::Service,
        when: any.into(),
        held: minutes(5),
        summary: "A promise about {service} is no longer measured",
        description: "For {held} there has been no number for a promise about {service}: if it were broken now, no alert would tell.",
        runbook: Runbook {
            meaning: "The recorded share of bad events that a promise rests on has no series. The service is not scraped, or the recording \
                rules are not evaluated, or the signal is gone.",
            impact: "None for customers, as far as is known. But the alerts that guard the promise are blind.",
            diagnosis: "1. Is the service scraped? See \"Services\" on the overview.\n\
                2. Do the rules evaluate? See the rules' panels on the dashboard of the monitoring itself.\n\
                3. Did a release rename or drop the signal? `cargo xtask render --check` and the service's `/metrics` tell.",
            queries: || vec![line("Which targets answer", value(&TARGET_UP))],
            mitigation: "Bring the target or the rules back; after a release that dropped the signal, go back to the version before.",
        },
        shown_by: &service_levels::THROUGHPUT,
        proof: Proof::Drill(Drill {
            faults: || vec![at(ServiceName::Orders, Kind::ProcessKill)],
            traffic: USUAL,
            // The five minutes of the rate run out, and then it is held.
            fires_within: minutes(12),
            clears_within: minutes(3),
        }),
    }
}
