//! For each kind of mistake the smallest wrong query and its right twin.

use promql::{
    By, Checker, Error, Exporter, Finding, Key, Recording, Symbols, Up, foreign, minutes, quantile, rate,
    target_labels, value,
};
use signals::{
    Bounded, Outcome, Route, Service, Signal, Slot, carries, db, errors, every_service, http, process, signals,
    units::{Each, Seconds},
};

target_labels! {
    /// Which service.
    pub ServiceLabel = "service";
}

foreign! {
    of PROMETHEUS;

    /// Whether a target answered.
    pub TARGET_UP: Gauge<Up> = "up" {}, healthy 1.0;
}

signals! {
    recorded by every_service;

    /// Units of the products that are bought most.
    TOP_SALES: SlotGauge<Ranked> = "top_sales" in "{unit}";
}

signals::label_keys! {
    /// What a product is called.
    Product = "product";
}

carries!(Ranked: Slot, Product);

/// A product that is bought a lot.
struct Ranked(String);

impl Bounded for Ranked {
    const SLOTS: usize = 20;
    const KEYS: &'static [&'static str] = &["product"];

    fn values(&self) -> Vec<String> {
        vec![self.0.clone()]
    }
}

const PROMETHEUS: Exporter = Exporter { service: None, page: "https://prometheus.io/docs/concepts/jobs_instances/" };
const SERVICE: Key<ServiceLabel> = Key::new();
const ROUTE: Key<http::Route> = Key::new();

static P95: Recording<Seconds, By<(ServiceLabel, http::Route)>> = Recording::new("api:p95", "By route.", || {
    quantile(0.95, &http::SERVER_DURATION).over(minutes(5)).by((SERVICE, ROUTE))
});
static ERRORS: Recording<promql::PerSecond<Each>, By<(ServiceLabel,)>> =
    Recording::new("api:errors", "By service.", || rate(&errors::ERRORS).over(minutes(5)).by(SERVICE));

fn symbols() -> Symbols {
    let shop = Service::new("shop", "1", 1000)
        .with_routes([Route::new("GET", "/things", [Outcome::ok(200)])])
        .with_errors(["sold_out"]);
    let mut symbols = Symbols::new(["service", "instance"]);
    let signals: [&dyn Signal; 6] =
        [&http::SERVER_DURATION, &errors::ERRORS, &process::MEMORY, &process::CPU_TIME, &db::CONNECTIONS, &TOP_SALES];
    for signal in signals {
        symbols.declare(signal.declaration(), &[&shop]);
    }
    symbols.foreign(&TARGET_UP.declaration);
    symbols.record(&P95.rule());
    symbols.record(&ERRORS.rule());
    symbols
}

fn findings(query: &str) -> Vec<Finding> {
    Checker::new(&symbols()).check("alert Test", query)
}

#[track_caller]
fn refused(query: &str, error: Error, says: &str) {
    let findings = findings(query);
    let found: Vec<_> = findings.iter().map(|finding| finding.error).collect();
    assert_eq!(found, [error], "{query}: {findings:#?}");
    let text = findings[0].to_string();
    assert!(text.contains(says), "{text}\ndoes not say: {says}");
}

#[track_caller]
fn accepted(query: &str) {
    let findings = findings(query);
    assert!(findings.is_empty(), "{query}: {findings:#?}");
}

#[test]
fn an_unknown_metric_is_refused_with_the_nearest_name() {
    refused("rate(error_total[5m])", Error::UnknownMetric, "did you mean `errors_total`?");
    refused("api:p59", Error::UndefinedRule, "did you mean `api:p95`?");
    accepted("rate(errors_total[5m])");
    accepted("api:p95");
}

#[test]
fn an_unknown_label_is_refused() {
    refused(
        "rate(http_server_request_duration_seconds_count{status=~\"5..\"}[5m])",
        Error::UnknownLabel,
        "has no label `status`",
    );
    refused("errors_total{eror_type=\"panic\"}", Error::UnknownLabel, "did you mean `error_type`?");
    refused("sum by (route) (rate(errors_total[5m]))", Error::UnknownLabel, "has no label `route`");
    accepted("rate(http_server_request_duration_seconds_count{http_response_status_code=~\"5..\"}[5m])");
    accepted("sum by (instance) (rate(errors_total[5m]))");
}

#[test]
fn a_label_that_was_aggregated_away_is_refused() {
    refused("max by (http_route) (sum by (service) (rate(errors_total[5m])))", Error::UnknownLabel, "`http_route`");
    refused("api:errors{instance=\"a\"}", Error::UnknownLabel, "api:errors has no label `instance`");
    accepted("max by (http_route) (api:p95)");
}

#[test]
fn a_value_that_the_label_never_has_is_refused() {
    refused("errors_total{error_type=\"sold_uot\"}", Error::UnknownValue, "did you mean `sold_out`?");
    refused("errors_total{error_type=~\"panic|panick\"}", Error::UnknownValue, "never `panick`");
    refused("api:p95{http_route=\"/thing\"}", Error::UnknownValue, "did you mean `/things`?");
    accepted("errors_total{error_type=~\"sold_out|panic\"}");
    accepted("errors_total{error_type=~\"(sold|time).*\"}");
    refused("errors_total{service=\"shoop\"}", Error::UnknownValue, "did you mean `shop`?");
    accepted("up{service=\"whatever\"}");
    accepted("errors_total{error_type!=\"never\"}");
}

#[test]
fn of_slots_the_number_is_known_and_what_fills_them_is_not() {
    accepted("top_sales{slot=\"20\"}");
    refused("top_sales{slot=\"21\"}", Error::UnknownValue, "`slot`");
    refused("top_sales{customer=\"ada\"}", Error::UnknownLabel, "`product`");
    accepted("max by (product) (top_sales{product!=\"\", product=~\"Oak.*\"})");
    // An empty slot has no product, so one side may lack what the other has.
    accepted("top_sales - on (service, slot) sum by (service, slot) (top_sales)");
    let query =
        value(&TOP_SALES).only(Key::<Product>::new().is_not("")).max_by((Key::<Slot>::new(), Key::<Product>::new()));
    accepted(&query.to_string());
}

#[test]
fn a_threshold_that_the_buckets_cannot_reach_is_refused() {
    let quantile = "histogram_quantile(0.95, sum by (le) (rate(http_server_request_duration_seconds_bucket[5m])))";
    refused(&format!("{quantile} > 60"), Error::NeverTrue, "ends at 60");
    refused(&format!("max({quantile}) >= 61"), Error::NeverTrue, "crates/signals/src/http.rs");
    refused("api:p95 > 60", Error::NeverTrue, "ends at 60");
    refused("1000 * api:p95 > 60000", Error::NeverTrue, "never so");
    accepted(&format!("{quantile} > 59.9"));
    accepted("api:p95 > 10");
    accepted("api:p95 < 60");
}

#[test]
fn a_share_above_one_is_refused() {
    let share = "sum(rate(errors_total{error_type=\"panic\"}[5m])) / sum(rate(errors_total[5m]))";
    refused(&format!("{share} > 5"), Error::NeverTrue, "a part of a whole never exceeds 1");
    accepted(&format!("{share} > 0.05"));
    // Another window: the quotient is no share.
    accepted("sum(rate(errors_total{error_type=\"panic\"}[5m])) / sum(rate(errors_total[1h])) > 5");
}

#[test]
fn a_bound_that_is_no_bucket_is_refused_also_by_its_spelling() {
    refused("rate(http_server_request_duration_seconds_bucket{le=\"3.0\"}[5m])", Error::UnknownBound, "2.0, 5.0");
    refused("rate(http_server_request_duration_seconds_bucket{le=\"2\"}[5m])", Error::UnknownBound, "no bucket 2");
    accepted("rate(http_server_request_duration_seconds_bucket{le=\"2.0\"}[5m])");
    accepted("rate(http_server_request_duration_seconds_bucket{le=\"+Inf\"}[5m])");
}

#[test]
fn a_rate_of_a_gauge_is_refused() {
    refused("rate(process_memory_usage_bytes[5m])", Error::RateOfGauge, "may also shrink");
    refused("increase(api:errors[5m])", Error::RateOfGauge, "may also shrink");
    accepted("rate(process_cpu_time_seconds_total[5m])");
}

#[test]
fn what_cannot_be_read_is_refused() {
    refused("sum(rate(errors_total[5m])", Error::Unreadable, "error[unreadable]: alert Test");
}

#[test]
fn the_place_is_underlined() {
    let text = findings("api:p95 > 60")[0].to_string();
    assert!(text.contains("  | api:p95 > 60\n  |         ^^^^\n"), "{text}");
}

#[test]
fn labels_that_a_query_does_not_keep_are_named_with_those_that_it_keeps() {
    let symbols = symbols();
    let missing = |query: &str| Checker::new(&symbols).missing_labels(query, ["service", "http_route"]);
    assert_eq!(missing("api:p95 > 10"), []);
    assert_eq!(missing("api:errors > 0 and api:p95 > 1"), [("http_route", "`service`".to_owned())]);
    assert_eq!(missing("absent(up{service=\"a\"})"), [("http_route", "`service`".to_owned())]);
    assert_eq!(missing("api:errors or api:p95"), []);
    assert_eq!(missing(&value(&P95).max_by(()).to_string()).len(), 2);
}

#[test]
fn a_quantile_needs_buckets() {
    refused(
        "histogram_quantile(0.95, sum by (service) (rate(http_server_request_duration_seconds_bucket[5m])))",
        Error::QuantileWithoutBuckets,
        "keep `le` in the aggregation",
    );
    refused(
        "histogram_quantile(0.95, rate(http_server_request_duration_seconds_count[5m]))",
        Error::QuantileWithoutBuckets,
        "`le`",
    );
    accepted("histogram_quantile(0.95, sum by (service, le) (rate(http_server_request_duration_seconds_bucket[5m])))");
    accepted("histogram_quantile(0.95, rate(http_server_request_duration_seconds_bucket[5m]))");
}

#[test]
fn sides_that_never_meet_are_refused() {
    refused("api:p95 > 1 and api:errors > 1", Error::SidesNeverMatch, "every series on the left carries `http_route`");
    refused("api:errors / api:p95", Error::SidesNeverMatch, "every series on the right carries `http_route`");
    refused(
        "errors_total{error_type=\"panic\"} - errors_total{error_type=\"timeout\"}",
        Error::SidesNeverMatch,
        "`error_type` never has the same value on both sides",
    );
    refused(
        "api:p95 > 1 and on (pool) api:errors > 1",
        Error::UnknownLabel,
        "what is matched here has no label `pool`",
    );
    refused("api:errors * on (service) group_left (pool) up", Error::UnknownLabel, "no label `pool`");
    accepted("api:p95 > 1 and on (service) api:errors > 1");
    accepted("api:p95 > 1 and ignoring (http_route) api:errors > 1");
    accepted("api:errors / on (service) sum by (service) (api:p95)");
    accepted("api:p95 or api:errors");
    accepted(
        "sum by (service) (errors_total{error_type=\"panic\"}) - sum by (service) (errors_total{error_type=\"timeout\"})",
    );
    // An unknown label may be anything, and so may agree.
    accepted("label_replace(api:errors, \"http_route\", \"/things\", \"\", \"\") and api:p95");
}

#[test]
fn a_comparison_that_is_always_or_never_so_is_refused() {
    refused("rate(errors_total[5m]) >= 0", Error::AlwaysTrue, "growth is never negative");
    refused("rate(errors_total[5m]) < 0", Error::NeverTrue, "growth is never negative");
    refused("count(up == 1) < 1", Error::NeverTrue, "a count is 1 or more, or absent");
    refused("count by (service) (up) == 0", Error::NeverTrue, "what is not there is not counted");
    refused("absent(up) == 0", Error::NeverTrue, "`absent` is 1");
    refused("up > 1", Error::NeverTrue, "a state is 0 or 1");
    refused("1 < up", Error::NeverTrue, "a state is 0 or 1");
    refused("api:p95 < 61", Error::AlwaysTrue, "ends at 60");
    refused("clamp_max(process_memory_usage_bytes, 10) > 10", Error::NeverTrue, "between -inf and 10");
    accepted("count(up == 1) < 2");
    accepted("sum(up) == 0");
    accepted("process_memory_usage_bytes < 0");
    accepted("time() - process_memory_usage_bytes > 60");
    accepted("rate(errors_total[5m]) > bool 0");
}

#[test]
fn a_rate_of_an_aggregate_is_refused() {
    refused("rate(sum(errors_total)[5m:1m])", Error::RateOfAggregate, "aggregate last");
    accepted("sum(rate(errors_total[5m]))");
    accepted("max_over_time(sum(rate(errors_total[5m]))[1h:1m])");
}

#[test]
fn an_alert_without_a_comparison_is_refused() {
    let symbols = symbols();
    let errors = |query: &str| -> Vec<Error> {
        Checker::new(&symbols).check_condition("alert Test", query).iter().map(|finding| finding.error).collect()
    };
    assert_eq!(errors("api:errors"), [Error::NoComparison]);
    // Reads like "more than five", and is "the sum, or five more than nothing".
    assert_eq!(errors("sum(api:errors) or vector(0) > 5"), [Error::NeverTrue, Error::NoComparison]);
    assert_eq!(errors("(sum(api:errors) or vector(0)) > 5"), []);
    assert_eq!(errors("count by (service) (up == 0)"), []);
    assert_eq!(errors("absent(up) or up == 0"), []);
    assert_eq!(errors("api:errors unless api:errors offset 1h"), []);
    assert_eq!(errors("vector(1)"), []);
    assert_eq!(errors("api:errors > bool 5"), [Error::NoComparison]);
}

/// Three mistakes that a set of rules made which somebody meant well with.
mod well_meant {
    use super::*;

    #[test]
    fn a_label_named_status_where_the_status_code_is_written() {
        refused(
            "sum(rate(http_server_request_duration_seconds_count{status=~\"5..\"}[5m])) > 1",
            Error::UnknownLabel,
            "http_server_request_duration_seconds_count has no label `status`",
        );
    }

    #[test]
    fn a_ratio_that_divides_label_by_label() {
        let raw = "rate(http_server_request_duration_seconds_count{http_response_status_code=~\"2..\"}[5m]) \
            / rate(http_server_request_duration_seconds_count[5m]) > 0.05";
        refused(raw, Error::MatchesOneByOne, "each series is divided by itself, and every result is 1");
        let kept = "sum by (service, http_response_status_code) (rate(http_server_request_duration_seconds_count{http_response_status_code=~\"2..\"}[5m])) \
            / sum by (service, http_response_status_code) (rate(http_server_request_duration_seconds_count[5m])) > 0.05";
        refused(kept, Error::MatchesOneByOne, "aggregate both sides alike without `http_response_status_code`");
        accepted(
            "sum by (service) (rate(http_server_request_duration_seconds_count{http_response_status_code=~\"2..\"}[5m])) \
            / sum by (service) (rate(http_server_request_duration_seconds_count[5m])) > 0.05",
        );
    }

    #[test]
    fn a_percentile_that_is_to_pass_the_last_bucket() {
        const TOP: f64 = http::DURATION_BUCKETS[http::DURATION_BUCKETS.len() - 1];
        let p95 = "histogram_quantile(0.95, sum by (le) (rate(http_server_request_duration_seconds_bucket[5m])))";
        refused(&format!("{p95} > {TOP}"), Error::NeverTrue, "a quantile never exceeds the highest finite bucket");
        accepted(&format!("{p95} > {}", TOP / 2.0));
    }
}

#[test]
fn correct_queries_of_many_shapes_are_let_pass() {
    let requests = "http_server_request_duration_seconds";
    let shapes = [
        "up".to_owned(),
        "up == 0".to_owned(),
        "up == 1".to_owned(),
        "up != 1".to_owned(),
        "up{service=~\"shop|other\"} == 0".to_owned(),
        "avg_over_time(up[10m]) < 0.99".to_owned(),
        "min_over_time(up[5m]) == 0".to_owned(),
        "count(up == 0) > 2".to_owned(),
        "count by (service) (up == 0) / count by (service) (up) > 0.5".to_owned(),
        "sum by (service) (up) < 2".to_owned(),
        "absent(up{service=\"shop\"})".to_owned(),
        "absent_over_time(up{service=\"shop\"}[10m])".to_owned(),
        "absent(up{service=\"shop\"}) or up{service=\"shop\"} == 0".to_owned(),
        "changes(up[1h]) > 4".to_owned(),
        "resets(errors_total[1h]) > 2".to_owned(),
        "up unless on (service) api:errors".to_owned(),
        "increase(errors_total{error_type=\"panic\"}[1h]) > 0".to_owned(),
        "sum without (instance) (rate(errors_total[5m]))".to_owned(),
        "sum by (service, error_type) (rate(errors_total[5m]))".to_owned(),
        "topk(3, sum by (error_type) (rate(errors_total[5m])))".to_owned(),
        "sort_desc(sum by (error_type) (rate(errors_total[5m])))".to_owned(),
        "60 * sum by (service) (rate(errors_total[5m])) > 10".to_owned(),
        "sum by (service) (rate(errors_total[5m])) > 1.5 * sum by (service) (rate(errors_total[5m] offset 1w))"
            .to_owned(),
        "rate(errors_total[5m]) > rate(errors_total[5m] offset 1d) * 2".to_owned(),
        "api:errors > 2 * avg_over_time(api:errors[1d] offset 1d)".to_owned(),
        "(api:errors offset 1w + api:errors offset 2w) / 2".to_owned(),
        "api:errors or 0 * up".to_owned(),
        "sum(api:errors) or vector(0)".to_owned(),
        "sum by (service) (api:errors) * on (service) group_left (instance) up".to_owned(),
        "up * on (service) group_right (instance) api:p95".to_owned(),
        "api:p95 > on (service) group_left () (2 * api:errors)".to_owned(),
        "max by (service) (api:p95)".to_owned(),
        "max(api:p95) by (service) > 2".to_owned(),
        "quantile(0.9, api:p95)".to_owned(),
        "stddev by (service) (api:p95) > 1".to_owned(),
        "max_over_time(api:p95[1h]) > 10".to_owned(),
        "quantile_over_time(0.9, api:p95[1h]) > 10".to_owned(),
        "max_over_time(sum by (service) (rate(errors_total[5m]))[1h:1m]) > 3".to_owned(),
        "avg_over_time(api:errors[6h]) > 0.1 and api:errors > 0.1".to_owned(),
        "present_over_time(api:errors[3h] offset 3h)".to_owned(),
        "api:errors > 0.1 and present_over_time(api:errors[3h] offset 3h)".to_owned(),
        "count_over_time(api:errors[1h]) > 60".to_owned(),
        "predict_linear(process_memory_usage_bytes[6h], 14400) > 1e9".to_owned(),
        "predict_linear(process_memory_usage_bytes[6h], 14400) < 0".to_owned(),
        "deriv(process_memory_usage_bytes[15m]) > 0".to_owned(),
        "delta(process_memory_usage_bytes[15m]) < 0".to_owned(),
        "process_memory_usage_bytes / 1e6 > 500".to_owned(),
        "1 - avg by (service) (rate(process_cpu_time_seconds_total[5m]))".to_owned(),
        "sum by (service) (rate(process_cpu_time_seconds_total{cpu_mode=\"user\"}[5m])) > 0.9".to_owned(),
        "time() - process_memory_usage_bytes < 60".to_owned(),
        "timestamp(up) > 0".to_owned(),
        "hour() > 8 and on () api:errors > 1".to_owned(),
        "api:errors > 1 and on () (hour() > 8 < 18)".to_owned(),
        "day_of_week() == 0".to_owned(),
        "label_replace(up, \"host\", \"$1\", \"instance\", \"(.*):.*\")".to_owned(),
        "sum by (host) (label_replace(up, \"host\", \"$1\", \"instance\", \"(.*):.*\"))".to_owned(),
        "label_join(up, \"who\", \"-\", \"service\", \"instance\")".to_owned(),
        "clamp_min(api:errors - 1, 0) > 0".to_owned(),
        "clamp(api:errors, 0, 1) == 1".to_owned(),
        "abs(api:errors - api:errors offset 1h) > 1".to_owned(),
        "round(api:errors) > 2".to_owned(),
        "-api:errors < -1".to_owned(),
        "scalar(sum(api:errors)) > bool 1".to_owned(),
        "vector(1)".to_owned(),
        format!("histogram_quantile(0.99, sum by (le, service, http_route) (rate({requests}_bucket[5m]))) > 10"),
        format!("histogram_quantile(0.5, sum by (le) (increase({requests}_bucket[1h]))) < 0.1"),
        format!("sum(rate({requests}_bucket{{le=\"2.0\"}}[5m])) / sum(rate({requests}_count[5m])) < 0.95"),
        format!("1 - sum(rate({requests}_bucket{{le=\"2.0\"}}[5m])) / sum(rate({requests}_count[5m])) > 0.05"),
        format!("sum(rate({requests}_sum[5m])) / sum(rate({requests}_count[5m])) > 1"),
        format!("sum by (le) (increase({requests}_bucket[1m]))"),
        format!(
            "sum(rate({requests}_count{{http_response_status_code=~\"2..\"}}[1h])) / sum(rate({requests}_count[1h])) > 0.0144 and sum(rate({requests}_count{{http_response_status_code=~\"2..\"}}[5m])) / sum(rate({requests}_count[5m])) > 0.0144"
        ),
        format!("rate({requests}_count{{http_response_status_code!=\"\"}}[5m])"),
        format!("rate({requests}_count{{error_type=\"\"}}[5m])"),
        "{__name__=~\"api:.*\"}".to_owned(),
        "{__name__=\"up\"}".to_owned(),
    ];
    assert!(shapes.len() >= 60);
    for query in &shapes {
        accepted(query);
    }
}
