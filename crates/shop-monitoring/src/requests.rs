//! Requests, as rules see them: which count, which failed, and whose are promised.

use std::time::Duration;

use promql::{Matcher, Part, PerSecond, Scraped, Threshold, count, count_of, per_second};
use shop::services::{Row, SERVICES, ServiceName};
use signals::{
    errors::ErrorType,
    http::{self, Route, ServerRequest, StatusCode},
    units::Each,
};

use crate::{
    labels::{ERROR_TYPE, ROUTE, SERVICE, STATUS_CODE, Service},
    scraping::PROBED,
};

/// Requests to any service.
pub fn requests() -> Part<Each, Scraped<ServerRequest>> {
    count_of(&http::SERVER_DURATION)
}

/// Requests of customers: at the gateway, and not the probe's.
pub fn of_customers() -> (Matcher<Service>, Matcher<Route>) {
    (SERVICE.is(ServiceName::Gateway.as_str()), not_probed())
}

/// Not the probe's: it asks always, and so would make a shop without customers look visited, and its failures few.
pub fn not_probed() -> Matcher<Route> {
    ROUTE.is_not(PROBED.door().1)
}

/// Requests that failed: the service's fault, or an outcome that nobody declared, lest a forgotten declaration hide a failure.
pub fn failed() -> Matcher<StatusCode> {
    STATUS_CODE.any_of(["5..", http::OTHER])
}

/// Requests that were answered as was asked. The shop redirects nowhere.
pub fn succeeded() -> Matcher<StatusCode> {
    STATUS_CODE.any_of(["2.."])
}

/// Requests that were answered with an error, whoever's fault it was.
pub fn answered_with_an_error() -> Matcher<StatusCode> {
    STATUS_CODE.any_of(["4..", "5..", http::OTHER])
}

/// Fewer failed or slow requests than this within an alert's window are chance: among few requests two make a large share.
pub const A_FEW: Threshold<Each> = count(5.0);

/// Fewer events a second than this (thirty in five minutes) make no share, no percentile and no mean.
pub const ENOUGH_TRAFFIC: Threshold<PerSecond<Each>> = per_second(0.1);

/// A call to another service that failed, whoever's fault it was: it answered with a failure of its own, or not in time, or not at all.
pub fn call_failed() -> Matcher<ErrorType> {
    let without_answer = http::ANY_CALL.iter().filter(|outcome| **outcome != http::CANCELLED);
    ERROR_TYPE.any_of(["5.."].into_iter().chain(without_answer.filter_map(|outcome| outcome.error_type)))
}

/// The services that we answer for; a stand-in for somebody else's is none of them.
pub fn promised() -> impl Iterator<Item = &'static str> {
    SERVICES.iter().filter(|row| !row.is_sandbox).map(|row| row.name.as_str())
}

/// The promised services that would still wait after so long. Those with a shorter deadline have given up by then, and a percentile
/// of theirs can never be as high.
pub fn patient(longer_than: Duration) -> impl Iterator<Item = &'static str> {
    let waits = move |row: &&Row| !row.is_sandbox && row.name.deadline() > longer_than;
    SERVICES.iter().filter(waits).map(|row| row.name.as_str())
}
