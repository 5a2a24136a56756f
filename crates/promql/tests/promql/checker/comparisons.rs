//! Comparisons that say nothing, since they are always so or never.

use super::*;

#[test]
fn a_comparison_that_is_always_or_never_so_is_refused() {
    refused("rate(errors_total[5m]) >= 0", Code::AlwaysTrue, "growth is never negative");
    refused("rate(errors_total[5m]) < 0", Code::NeverTrue, "growth is never negative");
    refused("count(up == 1) < 1", Code::NeverTrue, "a count is 1 or more, or absent");
    refused("count by (service) (up) == 0", Code::NeverTrue, "`count` gives no result and not 0");
    refused("absent(up) == 0", Code::NeverTrue, "`absent` is 1");
    refused("up > 1", Code::NeverTrue, "a state is 0 or 1");
    refused("1 < up", Code::NeverTrue, "a state is 0 or 1");
    refused("up < 2", Code::AlwaysTrue, "a state is 0 or 1");
    refused("changes(up[1h]) >= 0", Code::AlwaysTrue, "a number of times is never negative");
    refused("clamp_max(process_memory_usage_bytes, 10) > 10", Code::NeverTrue, "between -inf and 10");
    accepted("count(up == 1) < 2");
    accepted("sum(up) == 0");
    accepted("process_memory_usage_bytes < 0");
    accepted("time() - process_start_time_seconds > 60");
    accepted("rate(errors_total[5m]) > bool 0");
}

#[test]
fn what_is_there_or_not_may_be_compared_with_what_it_is() {
    accepted("absent(up{service=\"gateway\"}) == 1");
    accepted("absent_over_time(up{service=\"gateway\"}[10m]) > 0");
    accepted("count by (service) (up == 0) > 0");
    accepted("count(up == 0) >= 1");
    accepted("group by (service) (up) == 1");
    accepted("present_over_time(up[1h]) == 1");
    accepted("sum(count_over_time(up[1h])) > 0");
    refused("absent(up) > 1", Code::NeverTrue, "`absent` is 1");
}

#[test]
fn a_comparison_that_drops_what_is_no_number_is_let_pass() {
    accepted("api:p95 >= 0");
    accepted("api:p95 < 61");
    accepted("api:error_share >= 0");
    accepted("api:error_share <= 1");
    accepted("sum by (service) (rate(errors_total[1h])) / sum by (service) (rate(errors_total[1h] offset 1d)) >= 0");
    accepted("(api:error_share >= 0) * 100");
    refused("(api:error_share >= 0) >= 0", Code::AlwaysTrue, "a part of a whole");
    refused("rate(errors_total[5m]) / 60 >= 0", Code::AlwaysTrue, "growth is never negative");
}

#[test]
fn a_threshold_that_the_buckets_cannot_reach_is_refused() {
    let quantile = "histogram_quantile(0.95, sum by (le) (rate(http_server_request_duration_seconds_bucket[5m])))";
    refused(&format!("{quantile} > 60"), Code::ThresholdBeyondBuckets, "ends at 60");
    refused(&format!("max({quantile}) >= 61"), Code::ThresholdBeyondBuckets, "crates/signals/src/http.rs");
    refused("api:p95 > 60", Code::ThresholdBeyondBuckets, "ends at 60");
    refused("1000 * api:p95 > 60000", Code::ThresholdBeyondBuckets, "never so");
    accepted(&format!("{quantile} > 59.9"));
    accepted("api:p95 > 10");
    accepted("api:p95 < 60");
}

#[test]
fn a_threshold_may_be_reckoned_out() {
    refused("api:p95 > 2 * 60", Code::ThresholdBeyondBuckets, "ends at 60");
    refused("api:p95 > (61)", Code::ThresholdBeyondBuckets, "ends at 60");
    refused("api:p95 > 61 + 0", Code::ThresholdBeyondBuckets, "ends at 60");
    refused("(60) < api:p95", Code::ThresholdBeyondBuckets, "ends at 60");
    refused("api:p95 > 2 ^ 6", Code::ThresholdBeyondBuckets, "ends at 60");
    refused("api:p95 > -(-60)", Code::ThresholdBeyondBuckets, "ends at 60");
    refused("max(api:p95) > vector(61)", Code::ThresholdBeyondBuckets, "ends at 60");
    refused(
        "api:p95 > on (service) group_left () (60 + 0 * min by (service) (time() - process_start_time_seconds))",
        Code::ThresholdBeyondBuckets,
        "ends at 60",
    );
    refused("(up == 1) == 0", Code::NeverTrue, "a state is 0 or 1");
    accepted("api:p95 > 2 * 5");
    accepted("(10) < api:p95");
    accepted("api:p95 > 2 * api:p95 offset 1d");
    accepted("api:p95 > on (service) group_left () (2 * max by (service) (api:p95))");
}

#[test]
fn a_quantile_that_there_is_not_is_refused() {
    let buckets = "sum by (le) (rate(http_server_request_duration_seconds_bucket[5m]))";
    refused(&format!("histogram_quantile(95, {buckets}) > 10"), Code::QuantileOutOfRange, "write 0.95");
    refused(&format!("histogram_quantile(-1, {buckets})"), Code::QuantileOutOfRange, "always -Inf");
    refused("quantile(99, api:p95)", Code::QuantileOutOfRange, "write 0.99");
    refused("quantile_over_time(1.5, api:p95[1h])", Code::QuantileOutOfRange, "always +Inf");
    accepted(&format!("histogram_quantile(0.95, {buckets}) > 10"));
    accepted("quantile(1, api:p95)");
    accepted("quantile_over_time(0, api:p95[1h])");
}

#[test]
fn of_few_series_a_sum_is_not_more_than_they_come_to() {
    refused("count by (service) (group by (service, http_route) (api:p95)) > 10", Code::NeverTrue, "there are at most");
    refused("sum(sgn(api:error_share)) > 5", Code::NeverTrue, "at most 2 series are summed");
    accepted("sum(sgn(api:error_share)) > 1");
    accepted("sum(up) > 1000");
    accepted("count({__name__=~\"api:.+\"}) > 4");
}
