//! Sides that never meet, and functions of what they cannot be asked of.

use super::*;

#[test]
fn sides_that_never_meet_are_refused() {
    refused("api:p95 > 1 and api:errors > 1", Code::SidesNeverMatch, "every series on the left carries `http_route`");
    refused("api:errors / api:p95", Code::SidesNeverMatch, "every series on the right carries `http_route`");
    refused(
        "errors_total{error_type=\"panic\"} - errors_total{error_type=\"timeout\"}",
        Code::SidesNeverMatch,
        "`error_type` never has the same value on both sides",
    );
    refused("api:p95 > 1 and on (pool) api:errors > 1", Code::UnknownLabel, "what is matched here has no label `pool`");
    refused("api:errors * on (service) group_left (pool) up", Code::UnknownLabel, "no label `pool`");
    accepted("api:p95 > 1 and on (service) api:errors > 1");
    accepted("api:p95 > 1 and ignoring (http_route) api:errors > 1");
    accepted("api:errors / on (service) max by (service) (api:p95)");
    accepted("api:p95 or api:errors");
    accepted(
        "sum by (service) (errors_total{error_type=\"panic\"}) - sum by (service) (errors_total{error_type=\"timeout\"})",
    );
    // An unknown label may be anything, and so may agree.
    accepted("label_replace(api:errors, \"http_route\", \"/things\", \"\", \"\") and api:p95");
}

#[test]
fn sides_that_agree_in_each_label_and_never_in_all_are_refused() {
    let sold_out_here = "errors_total{service=\"shop\", error_type=\"sold_out\"}";
    let panics_there = "errors_total{service=\"store\", error_type=\"panic\"}";
    let either = format!("({sold_out_here} or {panics_there})");
    refused(
        &format!("{either} - errors_total{{service=\"shop\", error_type=\"panic\"}}"),
        Code::SidesNeverMatch,
        "never have the same values together on both sides",
    );
    accepted(&format!("{either} - errors_total{{service=\"store\", error_type=\"panic\"}}"));
    refused(
        "sum by (service, http_route) (rate(http_server_request_duration_seconds_count{service=\"shop\"}[5m])) / on (http_route) sum by (http_route) (api:p95{http_route=\"/stock\"})",
        Code::SidesNeverMatch,
        "`http_route` never has the same value",
    );
    accepted(
        "sum by (http_route) (rate(http_server_request_duration_seconds_count{service=\"shop\"}[5m])) / on (http_route) sum by (http_route) (api:p95{http_route=\"/things\"})",
    );
}

#[test]
fn a_number_that_is_filled_in_needs_no_other_side() {
    accepted("api:errors + fill(0) 2 * (api:errors offset 1h)");
    accepted("api:errors * fill(0) api:p95");
}

#[test]
fn a_quantile_needs_buckets() {
    refused(
        "histogram_quantile(0.95, sum by (service) (rate(http_server_request_duration_seconds_bucket[5m])))",
        Code::QuantileWithoutBuckets,
        "keep `le` in the aggregation",
    );
    refused(
        "histogram_quantile(0.95, rate(http_server_request_duration_seconds_count[5m]))",
        Code::QuantileWithoutBuckets,
        "`le`",
    );
    accepted("histogram_quantile(0.95, sum by (service, le) (rate(http_server_request_duration_seconds_bucket[5m])))");
    accepted("histogram_quantile(0.95, rate(http_server_request_duration_seconds_bucket[5m]))");
}

#[test]
fn a_rate_of_a_gauge_is_refused() {
    refused("rate(process_memory_usage_bytes[5m])", Code::RateOfGauge, "may also shrink");
    refused("increase(api:errors[5m])", Code::RateOfAggregate, "made of rates already");
    accepted("rate(process_cpu_time_seconds_total[5m])");
}

#[test]
fn a_rate_of_an_aggregate_is_refused() {
    refused("rate(sum(errors_total)[5m:1m])", Code::RateOfAggregate, "aggregate last");
    accepted("sum(rate(errors_total[5m]))");
    accepted("max_over_time(sum(rate(errors_total[5m]))[1h:1m])");
}
