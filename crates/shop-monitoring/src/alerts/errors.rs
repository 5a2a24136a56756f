//! Alerts on requests that fail.

use std::time::Duration;

use faults::{Fault, Kind};
use monitoring::{Alert, AlertGroup, Drill, Proof, Runbook, Severity, Subject, line};
use promql::{Condition, Query, count, minutes, percent, rate, share, value, weeks};
use shop::services::ServiceName;
use signals::units::{Each, Ratio};

use super::SHOP_TEAM;
use crate::{
    dashboards::overview,
    drills::{USUAL, at},
    labels::{BY_SERVICE, ByService, ERROR_TYPE, SERVICE},
    place::Place,
    recordings::{SERVICE_ERROR_RATE, SERVICE_FAILURES_HOURLY, SERVICE_REQUESTS_HOURLY},
    requests::{A_FEW, ENOUGH_TRAFFIC, failed, not_probed, promised, requests},
    windows::{HOUR, NOW},
};

pub const ERRORS: &str = "errors";

/// What an alert on failing requests asks of the reader; only the meaning differs.
const RUNBOOK: Runbook = Runbook {
    meaning: "",
    impact: "At the gateway, customers see errors; behind it, the callers fail or wait.",
    diagnosis: "1. Which status code? See \"Errors by status code\" on the overview.\n\
        2. Which kind of error, and where did it arise? The query below tells: `upstream_error`, `upstream_unavailable` and \
        `timeout_error` come from a service behind this one, every other kind from the service itself.\n\
        3. Look at a trace with an error in Jaeger: its deepest failed span names the cause.",
    queries: || {
        let errors = rate(&signals::errors::ERRORS).over(NOW).by((SERVICE, ERROR_TYPE));
        vec![line("Which kind, where it arose", errors)]
    },
    mitigation: "After a bad release, go back to the version before. If a database or a dependency fails, see to that first; \
        errors further out follow it.",
};

fn half_of_the_orders() -> Vec<Fault> {
    vec![at(ServiceName::Orders, Kind::DatabaseError).share(0.5)]
}

/// The alerts of this file.
pub(crate) fn group(_: &Place) -> AlertGroup {
    AlertGroup { name: "errors", alerts: vec![api_high_error_rate(), api_elevated_error_rate(), errors_above_usual()] }
}

/// More than one request of twenty fails.
pub fn api_high_error_rate() -> Alert {
    let high = value(&SERVICE_ERROR_RATE).only(SERVICE.any_of(promised())).above(percent(5.0));
    Alert {
        name: "APIHighErrorRate",
        severity: Severity::Critical,
        owner: SHOP_TEAM,
        topic: ERRORS,
        about: Subject::Service,
        when: high.and(a_few_failed(NOW)).into(),
        held: Duration::ZERO,
        summary: "{value} of the requests to {service} fail",
        description: "Over the last five minutes {value} of the requests to {service} failed; {limit} is the limit.",
        runbook: Runbook {
            meaning: "More than one request of twenty to the service ended in a status of 500 or above, or in an outcome that \
                nobody declared, over the last five minutes. At least five did.",
            ..RUNBOOK
        },
        shown_by: &overview::ERROR_SHARE,
        proof: Proof::Drill(Drill {
            faults: half_of_the_orders,
            traffic: USUAL,
            fires_within: minutes(3),
            // The failures leave the window of five minutes.
            clears_within: minutes(7),
        }),
    }
}

/// More than one request of fifty fails.
pub fn api_elevated_error_rate() -> Alert {
    let window = minutes(10);
    let of_promised = (SERVICE.any_of(promised()), not_probed());
    let elevated = share(failed()).of(requests()).over(window).only(of_promised).by(BY_SERVICE);
    Alert {
        name: "ApiElevatedErrorRate",
        severity: Severity::Warning,
        owner: SHOP_TEAM,
        topic: ERRORS,
        about: Subject::Service,
        when: elevated.above(percent(2.0)).and(a_few_failed(window)).into(),
        held: Duration::ZERO,
        summary: "{value} of the requests to {service} fail",
        description: "Over the last ten minutes {value} of the requests to {service} failed; {limit} is the limit.",
        runbook: Runbook {
            meaning: "More than one request of fifty to the service ended in a status of 500 or above, or in an outcome that \
                nobody declared, over the last ten minutes. At least five did.",
            ..RUNBOOK
        },
        shown_by: &overview::ERROR_SHARE,
        proof: Proof::Drill(Drill {
            faults: half_of_the_orders,
            traffic: USUAL,
            fires_within: minutes(4),
            clears_within: minutes(12),
        }),
    }
}

/// Holds where more requests failed than chance explains, however few there were.
fn a_few_failed(window: Duration) -> Condition<Each, ByService> {
    let failures = rate(requests()).over(window).only((failed(), not_probed())).by(BY_SERVICE);
    failures.over_whole(window).at_least(A_FEW)
}

/// More fails than in the same hour of the last weeks.
pub fn errors_above_usual() -> Alert {
    let last_hour = value(&SERVICE_FAILURES_HOURLY).divided_by(value(&SERVICE_REQUESTS_HOURLY));
    let enough = value(&SERVICE_REQUESTS_HOURLY).only(SERVICE.any_of(promised())).above(ENOUGH_TRAFFIC);
    let a_few = value(&SERVICE_FAILURES_HOURLY).over_whole(HOUR).at_least(count(10.0));
    Alert {
        name: "ErrorsAboveUsual",
        severity: Severity::Info,
        owner: SHOP_TEAM,
        topic: ERRORS,
        about: Subject::Service,
        when: last_hour.exceeds(usual_share_of_failures().times(1.5)).and(enough).and(a_few).into(),
        held: minutes(15),
        summary: "{value} of the requests to {service} fail, well above what is usual at this hour",
        description: "Over the last hour {value} of the requests to {service} failed: more than 1.5 times as many as in the same \
            hour of the last four weeks.",
        runbook: Runbook {
            meaning: "The share of requests that failed over the last hour is more than 1.5 times that of the same hour of the last \
                four weeks together. At least ten failed. It keeps quiet until four weeks have been recorded.",
            impact: "Perhaps nobody noticed yet. What grows now is an alert later.",
            diagnosis: "1. Since when? Compare \"Share of requests that fail\" on the overview with a week ago.\n\
                2. What changed then? See the deployments that are marked there.\n\
                3. Look at traces with an error in Jaeger from before and after.",
            mitigation: "No haste. Find the change that brought it, and mend it with the next release.",
            ..RUNBOOK
        },
        shown_by: &overview::ERROR_SHARE,
        proof: Proof::Stated("it compares with four weeks, which no drill has; its rule test proves it"),
    }
}

/// All failures of the same hour in the last four weeks by all requests of it: each request weighs the same.
fn usual_share_of_failures() -> Query<Ratio, ByService> {
    in_past_weeks(|| value(&SERVICE_FAILURES_HOURLY)).divided_by(in_past_weeks(|| value(&SERVICE_REQUESTS_HOURLY)))
}

/// The sum of what was at this time of the last four weeks.
pub(crate) fn in_past_weeks<D, L>(now: impl Fn() -> Query<D, L>) -> Query<D, L> {
    (2..=4).fold(now().ago(weeks(1)), |sum, week| sum.plus(now().ago(weeks(week))))
}
