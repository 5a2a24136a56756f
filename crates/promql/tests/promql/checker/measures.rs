//! What is added, compared, averaged and summed though it means nothing.

use super::*;

const P95: &str =
    "histogram_quantile(0.95, sum by (service, le) (rate(http_server_request_duration_seconds_bucket[5m])))";

#[test]
fn units_that_do_not_agree_are_not_added_or_compared() {
    refused(
        "api:p95 > on (service) group_left () max by (service) (process_memory_usage_bytes)",
        Code::UnitMismatch,
        "measured in seconds",
    );
    refused("process_memory_usage_bytes + process_start_time_seconds", Code::UnitMismatch, "cannot be added");
    refused(
        "sum(rate(node_disk_read_bytes_total[5m])) > sum(rate(node_cpu_seconds_total[5m]))",
        Code::UnitMismatch,
        "bytes per second",
    );
    accepted("process_memory_usage_bytes / 1e6 > 500");
    accepted("time() - process_start_time_seconds > 600");
    accepted(
        "rate(node_cpu_seconds_total[5m]) > on (instance) group_left () (0.9 * count by (instance) (node_memory_MemTotal_bytes))",
    );
    accepted("deriv(process_memory_usage_bytes[1h]) * 3600 + process_memory_usage_bytes > 1e9");
}

#[test]
fn quantiles_and_quotients_are_not_averaged() {
    let share = "(sum by (service) (rate(errors_total[5m])) / sum by (service) (rate(http_server_request_duration_seconds_count[5m])))";
    refused(&format!("avg({P95})"), Code::AverageOfQuantiles, "is no quantile");
    refused("sum(api:p95)", Code::AverageOfQuantiles, "the sum of quantiles");
    accepted(&format!("max({P95})"));
    accepted("avg by (service, http_route) (api:p95{service=\"store\"})");
    refused(&format!("avg({share})"), Code::AverageOfRatios, "weighs one of a single request");
    refused("sum(api:error_share)", Code::AverageOfRatios, "before dividing");
    accepted("avg by (instance) (rate(node_cpu_seconds_total{mode=\"idle\"}[5m]))");
    accepted("avg by (service) (up)");
    doubted("avg_over_time(api:error_share[1h])", Code::AverageOverTimeOfRatio, "divide the sums");
    accepted("max_over_time(api:error_share[1h])");
}

#[test]
fn buckets_are_not_summed_without_their_bounds() {
    refused("sum(rate(http_server_request_duration_seconds_bucket[5m]))", Code::SumWithoutBuckets, "counts many times");
    refused("sum without (le) (http_server_request_duration_seconds_bucket)", Code::SumWithoutBuckets, "keep `le`");
    accepted("sum(rate(http_server_request_duration_seconds_bucket{le=\"0.5\"}[5m]))");
    accepted("sum by (le) (rate(http_server_request_duration_seconds_bucket[5m]))");
    accepted("count(http_server_request_duration_seconds_bucket)");
}

#[test]
fn a_counter_is_not_read_like_a_gauge() {
    doubted("errors_total > 100", Code::CounterWithoutRate, "starts anew at each restart");
    doubted("sum by (service) (errors_total) > 100", Code::CounterWithoutRate, "how much it grew");
    doubted("sum(errors_total) / sum(http_server_request_duration_seconds_count)", Code::CounterWithoutRate, "divide");
    doubted("delta(errors_total[5m])", Code::DeltaOfCounter, "for a fall");
    doubted("avg_over_time(errors_total[5m])", Code::OverTimeOfCounter, "how long it has run");
    doubted("resets(process_memory_usage_bytes[1h])", Code::RateOfGauge, "changes");
    accepted("errors_total > 0");
    accepted("max_over_time(errors_total[5m])");
    accepted("delta(process_memory_usage_bytes[5m])");
    accepted("resets(errors_total[1h])");
}

#[test]
fn a_moment_is_not_an_age() {
    doubted("process_start_time_seconds < 600", Code::AgeForgotten, "how long ago");
    accepted("time() - process_start_time_seconds < 600");
    accepted("process_start_time_seconds > 1.7e9");
    accepted("process_start_time_seconds == 0");
}

#[test]
fn what_is_reckoned_is_hardly_ever_exact() {
    doubted("rate(errors_total[5m]) == 2", Code::ExactComparison, "exactly 2");
    accepted("rate(errors_total[5m]) == 0");
    accepted("api:error_share == 1");
}

#[test]
fn count_counts_zeros_too() {
    doubted("count(up == bool 1)", Code::CountOfComparison, "`sum`");
    accepted("sum(up == bool 1)");
    accepted("count(up == 1)");
}

#[test]
fn a_number_beside_labels_fills_no_gap() {
    doubted("api:errors or vector(0)", Code::StrayVector, "fill each gap");
    accepted("sum(api:errors) or vector(0)");
    accepted("api:errors or on () vector(0)");
    accepted("api:errors or 0 * api:errors offset 1h");
}

#[test]
fn one_series_for_each_key_is_wanted() {
    refused(
        "sum by (service) (rate(errors_total[5m])) / on (service) sum by (service, error_type) (rate(errors_total[5m]))",
        Code::ManyToMany,
        "differ only in `error_type`",
    );
    refused("up * on (service) group_left () api:p95", Code::ManyToMany, "on the right");
    accepted(
        "sum by (service, error_type) (rate(errors_total[5m])) / on (service) group_left () sum by (service) (rate(errors_total[5m]))",
    );
    accepted("up * on (service) group_right () api:p95");
}

#[test]
fn a_panel_shows_the_unit_that_its_query_measures() {
    let symbols = symbols();
    let shown =
        |query: &str, unit: Unit| Checker::new(&symbols).check_unit("panel", query, &unit, "x").map(|it| it.severity);
    let mean = "sum(rate(http_server_request_duration_seconds_sum[5m])) / sum(rate(http_server_request_duration_seconds_count[5m]))";
    assert_eq!(shown(mean, Unit::seconds()), None);
    assert_eq!(shown(mean, Unit::bytes()), Some(Severity::Error));
    assert_eq!(shown("api:p95", Unit::seconds().scaled(1e-3)), Some(Severity::Error));
    assert_eq!(shown("1000 * api:p95", Unit::seconds().scaled(1e-3)), None);
    assert_eq!(shown("100 * api:error_share", Unit::percent()), None);
    assert_eq!(shown("api:error_share", Unit::percent()), Some(Severity::Error));
    assert_eq!(shown("1 - 1000 * api:error_share", Unit::one()), None);
    assert_eq!(shown("60 * api:errors", Unit::one()), None);
    assert_eq!(shown("api:errors", Unit::one()), Some(Severity::Error));
}
