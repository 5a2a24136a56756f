//! The two roads of our metrics, compared: what Prometheus scraped, and what came through the collector.
//!
//! Both are read as growth over the same window. The pushed copy lags by a push and a scrape, so the window is long beside that.

use std::time::Duration;

use promql::{Condition, PerSecond, Query, minutes, rate};
use signals::units::{Each, Ratio};

use crate::{
    foreign::otlp::PUSHED_REQUESTS,
    labels::{BY_SERVICE, ByService, JOB},
    requests::{ENOUGH_TRAFFIC, requests},
    scraping::{OTLP_JOB, SERVICES_JOB},
};

const WINDOW: Duration = minutes(10);

/// Requests as they were scraped.
pub(crate) fn pulled() -> Query<PerSecond<Each>, ByService> {
    rate(requests()).over(WINDOW).only(JOB.is(SERVICES_JOB)).by(BY_SERVICE)
}

/// Requests as they were pushed.
pub(crate) fn pushed() -> Query<PerSecond<Each>, ByService> {
    rate(&PUSHED_REQUESTS).over(WINDOW).only(JOB.is(OTLP_JOB)).by(BY_SERVICE)
}

/// How far the two are apart, as a share of what was scraped; it does not matter which is higher.
pub(crate) fn disagreement() -> Query<Ratio, ByService> {
    pulled().minus(pushed()).magnitude().divided_by(pulled())
}

/// With less than this the roads cannot be told apart.
pub(crate) fn enough_pulled() -> Condition<PerSecond<Each>, ByService> {
    pulled().above(ENOUGH_TRAFFIC)
}
