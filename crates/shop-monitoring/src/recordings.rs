//! Recording rules: rate, errors and duration, evaluated once and read by dashboards, alerts and people.

use monitoring::RecordingGroup;
use promql::{Key, PerGroup, PerSecond, Percent, Query, Recording, mean, quantile, rate, share, value};
use signals::{
    http::SERVER_DURATION,
    units::{Each, Ratio, Seconds},
};

use crate::{
    labels::{ROUTE, SERVICE},
    requests::{failed, requests},
    windows::{NOW, PERFORMANCE},
};

const BY_ROUTE: [Key; 2] = [SERVICE, ROUTE];
const BY_SERVICE: [Key; 1] = [SERVICE];

fn request_rate() -> Query<PerSecond<Each>> {
    rate(requests()).over(NOW)
}

fn error_rate() -> PerGroup<Ratio> {
    share(failed()).of(requests()).over(NOW)
}

fn response_time(phi: f64) -> PerGroup<Seconds> {
    quantile(phi, &SERVER_DURATION).over(NOW)
}

fn response_time_mean() -> PerGroup<Seconds> {
    mean(&SERVER_DURATION).over(NOW)
}

pub static API_REQUEST_RATE: Recording<PerSecond<Each>> =
    Recording::new("api:request_rate", "Requests a second, by service and route.", || request_rate().by(BY_ROUTE));
pub static API_ERROR_RATE: Recording<Ratio> =
    Recording::new("api:error_rate", "The share of requests that failed, by service and route.", || {
        error_rate().by(BY_ROUTE)
    });
pub static API_ERROR_PERCENT: Recording<Percent> =
    Recording::new("api:error_percent", "Failed requests in percent, by service and route.", || {
        value(&API_ERROR_RATE).as_percent()
    });
pub static API_RESPONSE_TIME_MEAN: Recording<Seconds> =
    Recording::new("api:response_time_mean", "The mean response time, by service and route.", || {
        response_time_mean().by(BY_ROUTE)
    });
pub static API_RESPONSE_TIME_P50: Recording<Seconds> =
    Recording::new("api:response_time_p50", "The median response time, by service and route.", || {
        response_time(0.5).by(BY_ROUTE)
    });
pub static API_RESPONSE_TIME_P95: Recording<Seconds> =
    Recording::new("api:response_time_p95", "95 % of requests are answered within this, by service and route.", || {
        response_time(0.95).by(BY_ROUTE)
    });
pub static API_RESPONSE_TIME_P99: Recording<Seconds> =
    Recording::new("api:response_time_p99", "99 % of requests are answered within this, by service and route.", || {
        response_time(0.99).by(BY_ROUTE)
    });

pub static SERVICE_REQUEST_RATE: Recording<PerSecond<Each>> =
    Recording::new("service:request_rate", "Requests a second, by service.", || request_rate().by(BY_SERVICE));
pub static SERVICE_ERROR_RATE: Recording<Ratio> =
    Recording::new("service:error_rate", "The share of requests that failed, by service.", || {
        error_rate().by(BY_SERVICE)
    });
pub static SERVICE_ERROR_PERCENT: Recording<Percent> =
    Recording::new("service:error_percent", "Failed requests in percent, by service.", || {
        value(&SERVICE_ERROR_RATE).as_percent()
    });
pub static SERVICE_RESPONSE_TIME_MEAN: Recording<Seconds> =
    Recording::new("service:response_time_mean", "The mean response time, by service.", || {
        response_time_mean().by(BY_SERVICE)
    });
pub static SERVICE_RESPONSE_TIME_P50: Recording<Seconds> =
    Recording::new("service:response_time_p50", "The median response time, by service.", || {
        response_time(0.5).by(BY_SERVICE)
    });
pub static SERVICE_RESPONSE_TIME_P95: Recording<Seconds> =
    Recording::new("service:response_time_p95", "95 % of requests are answered within this, by service.", || {
        response_time(0.95).by(BY_SERVICE)
    });
pub static SERVICE_RESPONSE_TIME_P99: Recording<Seconds> =
    Recording::new("service:response_time_p99", "99 % of requests are answered within this, by service.", || {
        response_time(0.99).by(BY_SERVICE)
    });

pub(crate) fn groups() -> (&'static str, Vec<RecordingGroup>) {
    let performance = RecordingGroup {
        name: "api_performance",
        interval: Some(PERFORMANCE),
        rules: vec![
            &API_REQUEST_RATE,
            &API_ERROR_RATE,
            &API_ERROR_PERCENT,
            &API_RESPONSE_TIME_MEAN,
            &API_RESPONSE_TIME_P50,
            &API_RESPONSE_TIME_P95,
            &API_RESPONSE_TIME_P99,
            &SERVICE_REQUEST_RATE,
            &SERVICE_ERROR_RATE,
            &SERVICE_ERROR_PERCENT,
            &SERVICE_RESPONSE_TIME_MEAN,
            &SERVICE_RESPONSE_TIME_P50,
            &SERVICE_RESPONSE_TIME_P95,
            &SERVICE_RESPONSE_TIME_P99,
        ],
    };
    (file!(), vec![performance])
}
