//! Parts of wholes.

use super::*;

#[test]
fn a_share_above_one_is_refused() {
    let share = "sum(rate(errors_total{error_type=\"panic\"}[5m])) / sum(rate(errors_total[5m]))";
    refused(&format!("{share} > 5"), Code::NeverTrue, "a part of a whole never exceeds 1");
    accepted(&format!("{share} > 0.05"));
    // Another window: the quotient is no share.
    accepted("sum(rate(errors_total{error_type=\"panic\"}[5m])) / sum(rate(errors_total[1h])) > 5");
}

#[test]
fn a_share_is_one_whatever_its_scale() {
    let (part, whole) = ("sum(rate(errors_total{error_type=\"panic\"}[5m]))", "sum(rate(errors_total[5m]))");
    refused(&format!("100 * {part} / {whole} > 500"), Code::NeverTrue, "taken 100 times");
    refused(&format!("{part} * 100 / {whole} > 101"), Code::NeverTrue, "taken 100 times");
    accepted(&format!("100 * {part} / {whole} > 5"));
    refused(
        "count by (service) (up{instance=\"a\"}) / count by (service) (up) > 2",
        Code::NeverTrue,
        "a part of a whole",
    );
    // Of gauges a part may be more than the whole.
    accepted("sum(process_memory_usage_bytes{instance=\"a\"}) / sum(process_memory_usage_bytes) > 2");
}

#[test]
fn a_quotient_that_divides_each_series_by_itself_is_refused_however_it_is_written() {
    let part = |keys: &str| format!("sum {keys} (rate(errors_total{{error_type=\"panic\"}}[5m]))");
    let whole = |keys: &str| format!("sum {keys} (rate(errors_total[5m]))");
    let one_by_one = |query: &str| refused(query, Code::MatchesOneByOne, "sum without (error_type)");
    let kept = "by (service, error_type)";
    one_by_one(&format!("100 * {} / {}", part(kept), whole(kept)));
    one_by_one(&format!("{} * 100 / ({} / 60)", part(kept), whole(kept)));
    one_by_one(&format!("{} / on (service, error_type) {}", part(kept), whole(kept)));
    one_by_one(&format!("{} / {}", part("without (instance)"), whole("without (instance)")));
    one_by_one(&format!("{} / ignoring (instance) {}", part(kept), whole("by (error_type, service)")));
    one_by_one("rate(errors_total{error_type=\"panic\"}[5m]) / ignoring (instance) rate(errors_total[5m])");
    one_by_one(&format!("{} / {}", whole(kept), part(kept)));
    one_by_one("count by (error_type) (errors_total{error_type=\"panic\"}) / count by (error_type) (errors_total)");
    accepted(&format!("100 * {} / {}", part("by (service)"), whole("by (service)")));
    accepted(&format!("{} / on (service) group_left () {}", part(kept), whole("by (service)")));
    accepted(&format!("{} / {}", part("without (instance, error_type)"), whole("without (instance, error_type)")));
    accepted("sum by (service) (rate(errors_total[5m])) / sum by (service) (rate(errors_total[5m] offset 1d))");
}

#[test]
fn a_part_that_is_narrowed_by_more_than_what_is_kept_is_a_part() {
    let requests = "http_server_request_duration_seconds_count";
    accepted(&format!(
        "sum by (service) (rate({requests}{{service=\"shop\",http_response_status_code=~\"5..\"}}[5m])) / sum by (service) (rate({requests}[5m])) > 0.05"
    ));
    refused(
        &format!(
            "sum by (service) (rate({requests}{{service=\"shop\"}}[5m])) / sum by (service) (rate({requests}[5m]))"
        ),
        Code::MatchesOneByOne,
        "sum without (service)",
    );
}

/// Three mistakes that a set of rules made which somebody meant well with.
mod well_meant {
    use super::*;

    #[test]
    fn a_label_named_status_where_the_status_code_is_written() {
        refused(
            "sum(rate(http_server_request_duration_seconds_count{status=~\"5..\"}[5m])) > 1",
            Code::UnknownLabel,
            "http_server_request_duration_seconds_count has no label `status`",
        );
    }

    #[test]
    fn a_ratio_that_divides_label_by_label() {
        let raw = "rate(http_server_request_duration_seconds_count{http_response_status_code=~\"2..\"}[5m]) \
            / rate(http_server_request_duration_seconds_count[5m]) > 0.05";
        refused(raw, Code::MatchesOneByOne, "what one side is narrowed to is divided by itself");
        let kept = "sum by (service, http_response_status_code) (rate(http_server_request_duration_seconds_count{http_response_status_code=~\"2..\"}[5m])) \
            / sum by (service, http_response_status_code) (rate(http_server_request_duration_seconds_count[5m])) > 0.05";
        refused(kept, Code::MatchesOneByOne, "aggregate `http_response_status_code` away on both sides");
        accepted(
            "sum by (service) (rate(http_server_request_duration_seconds_count{http_response_status_code=~\"2..\"}[5m])) \
            / sum by (service) (rate(http_server_request_duration_seconds_count[5m])) > 0.05",
        );
    }

    #[test]
    fn a_percentile_that_is_to_pass_the_last_bucket() {
        const TOP: f64 = http::DURATION_BUCKETS[http::DURATION_BUCKETS.len() - 1];
        let p95 = "histogram_quantile(0.95, sum by (le) (rate(http_server_request_duration_seconds_bucket[5m])))";
        refused(
            &format!("{p95} > {TOP}"),
            Code::ThresholdBeyondBuckets,
            "a quantile never exceeds the highest finite bucket",
        );
        accepted(&format!("{p95} > {}", TOP / 2.0));
    }
}
