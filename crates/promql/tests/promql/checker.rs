//! For each kind of mistake the smallest wrong query and its right twin.

use promql::{
    By, Checker, Error, Exporter, Finding, Key, Recording, Symbols, Up, foreign, minutes, quantile, rate,
    target_labels, value,
};
use signals::{
    Outcome, Route, Service, Signal, db, errors, http, process,
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
    let signals: [&dyn Signal; 5] =
        [&http::SERVER_DURATION, &errors::ERRORS, &process::MEMORY, &process::CPU_TIME, &db::CONNECTIONS];
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
    accepted("errors_total{service=\"whatever\"}");
    accepted("errors_total{error_type!=\"never\"}");
}

#[test]
fn a_threshold_that_the_buckets_cannot_reach_is_refused() {
    let quantile = "histogram_quantile(0.95, sum by (le) (rate(http_server_request_duration_seconds_bucket[5m])))";
    refused(&format!("{quantile} > 60"), Error::UnreachableThreshold, "ends at 60");
    refused(&format!("max({quantile}) >= 61"), Error::UnreachableThreshold, "crates/signals/src/http.rs");
    refused("api:p95 > 60", Error::UnreachableThreshold, "ends at 60");
    refused("1000 * api:p95 > 60000", Error::UnreachableThreshold, "never so");
    accepted(&format!("{quantile} > 59.9"));
    accepted("api:p95 > 10");
    accepted("api:p95 < 60");
}

#[test]
fn a_share_above_one_is_refused() {
    let share = "sum(rate(errors_total{error_type=\"panic\"}[5m])) / sum(rate(errors_total[5m]))";
    refused(&format!("{share} > 5"), Error::UnreachableThreshold, "a part of a whole never exceeds 1");
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
