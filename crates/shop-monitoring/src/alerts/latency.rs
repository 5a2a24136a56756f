//! Alerts on answers that take too long.

use std::time::Duration;

use faults::{Fault, Kind, Latency};
use monitoring::{Alert, AlertGroup, Drill, Proof, Runbook, Severity, Subject, line};
use promql::{Threshold, minutes, quantile, rate, seconds, up_to, value};
use shop::{routes::orders::PLACE, services::ServiceName};
use signals::{db, http::SERVER_DURATION, units::Seconds};

use super::{SHOP_TEAM, errors::in_past_weeks};
use crate::{
    dashboards::overview,
    drills::{USUAL, at_route},
    labels::{BY_ROUTE, COLLECTION, SERVICE},
    place::Place,
    recordings::{API_RESPONSE_TIME_P95, SERVICE_REQUEST_SECONDS_HOURLY, SERVICE_REQUESTS_HOURLY},
    requests::{A_FEW, ENOUGH_TRAFFIC, patient, promised, requests},
    windows::NOW,
};

pub const LATENCY: &str = "latency";

/// Nobody waits longer for a page.
const FAR_TOO_LONG: Threshold<Seconds> = seconds(10.0);
/// Most people are gone by then.
const TOO_LONG: Threshold<Seconds> = seconds(5.0);

/// Longer than both limits, and shorter than the deadline, after which it would be an error instead.
const SLOW: Latency = Latency::fixed(Duration::from_secs(12));

/// What an alert on slow routes asks of the reader; only the meaning differs.
const RUNBOOK: Runbook = Runbook {
    meaning: "",
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
};

fn a_fifth_of_the_orders() -> Vec<Fault> {
    vec![at_route(ServiceName::Orders, &PLACE, Kind::Latency(SLOW)).share(0.2)]
}

/// The alerts of this file.
pub(crate) fn group(_: &Place) -> AlertGroup {
    AlertGroup { name: "latency", alerts: vec![api_latency_critical(), api_latency_high(), latency_above_usual()] }
}

/// One request of twenty takes longer than ten seconds.
pub fn api_latency_critical() -> Alert {
    Alert {
        name: "ApiLatencyCritical",
        severity: Severity::Critical,
        held: minutes(5),
        runbook: Runbook {
            meaning: "The 95th percentile of the route's response time has been above ten seconds all the while, and at least five \
                requests of each five minutes took that long. Services whose own \
                deadline is shorter give up before and count as errors instead.",
            ..RUNBOOK
        },
        proof: Proof::Drill(Drill {
            faults: a_fifth_of_the_orders,
            traffic: USUAL,
            // The slow answers fill the window, and then it is held.
            fires_within: minutes(9),
            clears_within: minutes(7),
        }),
        ..slow(FAR_TOO_LONG)
    }
}

/// One request of twenty takes longer than five seconds.
pub fn api_latency_high() -> Alert {
    Alert {
        name: "ApiLatencyHigh",
        severity: Severity::Warning,
        held: minutes(10),
        runbook: Runbook {
            meaning: "The 95th percentile of the route's response time has been above five seconds all the while, and at least five \
                requests of each five minutes took that long. Services whose own \
                deadline is shorter give up before and count as errors instead.",
            ..RUNBOOK
        },
        proof: Proof::Drill(Drill {
            faults: a_fifth_of_the_orders,
            traffic: USUAL,
            fires_within: minutes(14),
            clears_within: minutes(7),
        }),
        ..slow(TOO_LONG)
    }
}

/// What the alerts on a route's 95th percentile have in common.
fn slow(limit: Threshold<Seconds>) -> Alert {
    let patient = patient(Duration::from_secs_f64(limit.value()));
    let slow = value(&API_RESPONSE_TIME_P95).only(SERVICE.any_of(patient)).above(limit);
    let all = rate(requests()).over(NOW).by(BY_ROUTE);
    let a_few = all.minus(rate(up_to(limit, &SERVER_DURATION)).over(NOW).by(BY_ROUTE)).over_whole(NOW).at_least(A_FEW);
    Alert {
        name: "",
        severity: Severity::Info,
        owner: SHOP_TEAM,
        topic: LATENCY,
        about: Subject::Service,
        when: slow.and(a_few).into(),
        held: Duration::ZERO,
        summary: "{http_route} of {service} answers in {value} (95th percentile)",
        description: "For {held} one request of twenty to {http_route} of {service} has taken {value} or longer; {limit} is the limit.",
        runbook: RUNBOOK,
        shown_by: &overview::SLOWEST_ROUTES,
        proof: Proof::Stated(""),
    }
}

/// Answers take longer than in the same hour of the last weeks.
pub fn latency_above_usual() -> Alert {
    let seconds = || value(&SERVICE_REQUEST_SECONDS_HOURLY);
    let requests = || value(&SERVICE_REQUESTS_HOURLY);
    let usual = in_past_weeks(seconds).for_each(in_past_weeks(requests));
    let enough = requests().only(SERVICE.any_of(promised())).above(ENOUGH_TRAFFIC);
    Alert {
        name: "LatencyAboveUsual",
        severity: Severity::Info,
        owner: SHOP_TEAM,
        topic: LATENCY,
        about: Subject::Service,
        when: seconds().for_each(requests()).exceeds(usual.times(1.5)).and(enough).into(),
        held: minutes(15),
        summary: "{service} answers in {value} on average, well above what is usual at this hour",
        description: "Over the last hour a request to {service} took {value} on average: more than 1.5 times as long as in the same \
            hour of the last four weeks.",
        runbook: Runbook {
            meaning: "The mean response time over the last hour is more than 1.5 times that of the same hour of the last four weeks \
                together. The mean, because it can be compared over weeks exactly; a few very slow requests move it. It keeps quiet until \
                four weeks have been recorded.",
            impact: "Perhaps nobody noticed yet. What grows now is an alert later.",
            diagnosis: "1. Since when? Compare \"Mean response time\" on the overview with a week ago.\n\
                2. What changed then? See the deployments that are marked there.\n\
                3. Compare a trace from before with one from after in Jaeger.",
            mitigation: "No haste. Find the change that brought it, and mend it with the next release.",
            ..RUNBOOK
        },
        shown_by: &overview::MEAN,
        proof: Proof::Stated("it compares with four weeks, which no drill has; its rule test proves it"),
    }
}
