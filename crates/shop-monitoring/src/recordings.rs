//! Recording rules: rate, errors and duration, evaluated once and read by dashboards, alerts and people.

use monitoring::RecordingGroup;
use promql::{
    By, PerGroup, PerSecond, Percent, Query, Recording, Scraped, mean, minutes, quantile, rate, share, sum_of, value,
};
use shop::{
    messages::{Category, OrderStatus, PaymentMethod},
    money::Currency,
    signals::{
        catalog::{PRODUCT_VIEWS, UNITS_SOLD},
        orders::{ORDERS, REVENUE},
    },
};
use signals::{
    http::{SERVER_DURATION, ServerRequest},
    units::{Each, Ratio, Seconds},
};

use crate::{
    foreign::node,
    labels::{
        BY_HOST, BY_ROUTE, BY_SERVICE, ByHost, ByRoute, ByService, CATEGORY, CURRENCY, ENVIRONMENT, Environment,
        INSTANCE, ORDER_STATUS, PAYMENT_METHOD,
    },
    promises,
    requests::{failed, not_probed, requests},
    windows::{HOUR, NOW, PERFORMANCE},
};

type Requests = Scraped<ServerRequest>;

fn request_rate() -> Query<PerSecond<Each>, Requests> {
    rate(requests()).over(NOW)
}

fn error_rate() -> PerGroup<Ratio, Requests> {
    share(failed()).of(requests()).over(NOW)
}

fn response_time(phi: f64) -> PerGroup<Seconds, Requests> {
    quantile(phi, &SERVER_DURATION).over(NOW)
}

fn response_time_mean() -> PerGroup<Seconds, Requests> {
    mean(&SERVER_DURATION).over(NOW)
}

pub static API_REQUEST_RATE: Recording<PerSecond<Each>, ByRoute> =
    Recording::new("api:request_rate", "Requests a second, by service and route.", || request_rate().by(BY_ROUTE));
pub static API_ERROR_RATE: Recording<Ratio, ByRoute> =
    Recording::new("api:error_rate", "The share of requests that failed, by service and route.", || {
        error_rate().by(BY_ROUTE)
    });
pub static API_ERROR_PERCENT: Recording<Percent, ByRoute> =
    Recording::new("api:error_percent", "Failed requests in percent, by service and route.", || {
        value(&API_ERROR_RATE).as_percent()
    });
pub static API_RESPONSE_TIME_MEAN: Recording<Seconds, ByRoute> =
    Recording::new("api:response_time_mean", "The mean response time, by service and route.", || {
        response_time_mean().by(BY_ROUTE)
    });
pub static API_RESPONSE_TIME_P50: Recording<Seconds, ByRoute> =
    Recording::new("api:response_time_p50", "The median response time, by service and route.", || {
        response_time(0.5).by(BY_ROUTE)
    });
pub static API_RESPONSE_TIME_P95: Recording<Seconds, ByRoute> =
    Recording::new("api:response_time_p95", "95 % of requests are answered within this, by service and route.", || {
        response_time(0.95).by(BY_ROUTE)
    });
pub static API_RESPONSE_TIME_P99: Recording<Seconds, ByRoute> =
    Recording::new("api:response_time_p99", "99 % of requests are answered within this, by service and route.", || {
        response_time(0.99).by(BY_ROUTE)
    });

pub static SERVICE_REQUEST_RATE: Recording<PerSecond<Each>, ByService> =
    Recording::new("service:request_rate", "Requests a second, by service, without the probe's.", || {
        request_rate().only(not_probed()).by(BY_SERVICE)
    });
pub static SERVICE_ERROR_RATE: Recording<Ratio, ByService> =
    Recording::new("service:error_rate", "The share of requests that failed, by service, without the probe's.", || {
        error_rate().only(not_probed()).by(BY_SERVICE)
    });
pub static SERVICE_ERROR_PERCENT: Recording<Percent, ByService> =
    Recording::new("service:error_percent", "Failed requests in percent, by service.", || {
        value(&SERVICE_ERROR_RATE).as_percent()
    });
pub static SERVICE_RESPONSE_TIME_MEAN: Recording<Seconds, ByService> =
    Recording::new("service:response_time_mean", "The mean response time, by service, without the probe's.", || {
        response_time_mean().only(not_probed()).by(BY_SERVICE)
    });
pub static SERVICE_RESPONSE_TIME_P50: Recording<Seconds, ByService> =
    Recording::new("service:response_time_p50", "The median response time, by service, without the probe's.", || {
        response_time(0.5).only(not_probed()).by(BY_SERVICE)
    });
pub static SERVICE_RESPONSE_TIME_P95: Recording<Seconds, ByService> = Recording::new(
    "service:response_time_p95",
    "95 % of requests are answered within this, by service, without the probe's.",
    || response_time(0.95).only(not_probed()).by(BY_SERVICE),
);
pub static SERVICE_RESPONSE_TIME_P99: Recording<Seconds, ByService> = Recording::new(
    "service:response_time_p99",
    "99 % of requests are answered within this, by service, without the probe's.",
    || response_time(0.99).only(not_probed()).by(BY_SERVICE),
);

/// Requests a second over an hour, to compare with other hours.
pub static SERVICE_REQUESTS_HOURLY: Recording<PerSecond<Each>, ByService> = Recording::new(
    "service:requests:rate1h",
    "Requests a second over the last hour, by service, without the probe's.",
    || rate(requests()).over(HOUR).only(not_probed()).by(BY_SERVICE),
);
pub static SERVICE_FAILURES_HOURLY: Recording<PerSecond<Each>, ByService> = Recording::new(
    "service:failures:rate1h",
    "Requests that failed, a second, over the last hour, by service, without the probe's.",
    || rate(requests()).over(HOUR).only((failed(), not_probed())).by(BY_SERVICE),
);
pub static SERVICE_REQUEST_SECONDS_HOURLY: Recording<PerSecond<Seconds>, ByService> = Recording::new(
    "service:request_seconds:rate1h",
    "Seconds spent on requests, a second, over the last hour, by service, without the probe's.",
    || rate(sum_of(&SERVER_DURATION)).over(HOUR).only(not_probed()).by(BY_SERVICE),
);

pub static ORDERS_HOURLY: Recording<PerSecond<Each>, By<(Environment, OrderStatus, PaymentMethod)>> = Recording::new(
    "shop:orders:rate1h",
    "Orders a second over the last hour, by the state that they reached and how they were to be paid.",
    || rate(&ORDERS).over(HOUR).by((ENVIRONMENT, ORDER_STATUS, PAYMENT_METHOD)),
);
pub static REVENUE_HOURLY: Recording<PerSecond<Each>, By<(Environment, Currency)>> = Recording::new(
    "shop:revenue:rate1h",
    "Money from confirmed orders, a second, over the last hour, by currency.",
    || rate(&REVENUE).over(HOUR).by((ENVIRONMENT, CURRENCY)),
);
pub static UNITS_SOLD_HOURLY: Recording<PerSecond<Each>, By<(Environment, Category)>> =
    Recording::new("shop:units_sold:rate1h", "Units sold, a second, over the last hour, by category.", || {
        rate(&UNITS_SOLD).over(HOUR).by((ENVIRONMENT, CATEGORY))
    });
pub static VIEWS_HOURLY: Recording<PerSecond<Each>, By<(Environment, Category)>> = Recording::new(
    "shop:product_views:rate1h",
    "Products looked at, a second, over the last hour, by category.",
    || rate(&PRODUCT_VIEWS).over(HOUR).by((ENVIRONMENT, CATEGORY)),
);

/// How busy a host's processors are: how much of their time they had something to do.
pub static HOST_CPU: Recording<Ratio, ByHost> =
    Recording::new("instance:cpu_utilisation:rate5m", "The share of the time that a host's processors worked.", || {
        let idle = rate(&node::CPU_TIME).over(NOW).only(node::idle()).by((ENVIRONMENT, INSTANCE, node::CPU));
        idle.average_by(BY_HOST).complement()
    });
/// Memory that nobody else can have. What caches would give back is not counted.
pub static HOST_MEMORY: Recording<Ratio, ByHost> =
    Recording::new("instance:memory_utilisation:ratio", "The share of a host's memory that is in use.", || {
        value(&node::MEMORY_AVAILABLE).by(BY_HOST).divided_by(value(&node::MEMORY_TOTAL).by(BY_HOST)).complement()
    });

fn hosts() -> RecordingGroup {
    RecordingGroup { name: "hosts", interval: Some(PERFORMANCE), rules: vec![HOST_CPU.rule(), HOST_MEMORY.rule()] }
}

/// What is kept for a year: few series, and every sum one that may be summed again.
fn business() -> RecordingGroup {
    let rules = vec![ORDERS_HOURLY.rule(), REVENUE_HOURLY.rule(), UNITS_SOLD_HOURLY.rule(), VIEWS_HOURLY.rule()];
    RecordingGroup { name: "business", interval: Some(minutes(1)), rules }
}

fn hourly() -> RecordingGroup {
    let rules =
        vec![SERVICE_REQUESTS_HOURLY.rule(), SERVICE_FAILURES_HOURLY.rule(), SERVICE_REQUEST_SECONDS_HOURLY.rule()];
    RecordingGroup { name: "hourly", interval: Some(minutes(1)), rules }
}

pub(crate) fn groups() -> (&'static str, Vec<RecordingGroup>) {
    let performance = RecordingGroup {
        name: "api_performance",
        interval: Some(PERFORMANCE),
        rules: vec![
            API_REQUEST_RATE.rule(),
            API_ERROR_RATE.rule(),
            API_ERROR_PERCENT.rule(),
            API_RESPONSE_TIME_MEAN.rule(),
            API_RESPONSE_TIME_P50.rule(),
            API_RESPONSE_TIME_P95.rule(),
            API_RESPONSE_TIME_P99.rule(),
            SERVICE_REQUEST_RATE.rule(),
            SERVICE_ERROR_RATE.rule(),
            SERVICE_ERROR_PERCENT.rule(),
            SERVICE_RESPONSE_TIME_MEAN.rule(),
            SERVICE_RESPONSE_TIME_P50.rule(),
            SERVICE_RESPONSE_TIME_P95.rule(),
            SERVICE_RESPONSE_TIME_P99.rule(),
        ],
    };
    let promises = RecordingGroup { name: "promises", interval: Some(PERFORMANCE), rules: promises::rules() };
    (file!(), vec![performance, hosts(), hourly(), business(), promises])
}
