//! What the builder writes, and that a parser reads it back.

use promql::{
    By, DOWN, Exporter, Key, PerSecond, Recording, Up, absent, average, bytes, count, count_of, days, foreign, gone,
    highest, hours, increase, label_keys, mean, minutes, percent, predicted, present_before, quantile, rate, samples,
    seconds, share, spread, sum_of, target_labels, times_up, up_to, value, weeks, within,
};
use signals::{
    db, errors, http, process,
    units::{Bytes, Each, Ratio, Seconds},
};

target_labels! {
    /// Which service.
    pub Service = "service";
}

label_keys! {
    /// What the processor did.
    pub Mode = "mode";
}

const EXPORTER: Exporter = Exporter { service: Some("node"), also_of: &[], page: "https://example.org" };

foreign! {
    of EXPORTER;

    /// Whether a target answered.
    pub TARGET_UP: Gauge<Up> = "up" {}, healthy 1.0;

    /// What the processors did.
    pub CPU: Counter<Seconds> = "node_cpu_seconds_total" { Mode: ["idle", "user"] }, healthy 0.9;

    /// Room on a disk.
    pub ROOM: Gauge<Bytes> = "node_filesystem_avail_bytes" {}, healthy 1e11;
}

const SERVICE: Key<Service> = Key::new();
const ROUTE: Key<http::Route> = Key::new();
const STATUS: Key<http::StatusCode> = Key::new();
const ERROR_TYPE: Key<errors::ErrorType> = Key::new();
const MODE: Key<Mode> = Key::new();
static P95: Recording<Seconds, By<()>> = Recording::new("api:p95", "The 95th percentile.", || {
    quantile(0.95, &http::SERVER_DURATION).over(minutes(5)).overall()
});
static ERROR_SHARE: Recording<Ratio, By<(Service,)>> = Recording::new("api:errors", "The share that failed.", || {
    share(STATUS.any_of(["5.."])).of(count_of(&http::SERVER_DURATION)).over(minutes(5)).by(SERVICE)
});

#[track_caller]
fn check(query: impl ToString, expect: &str) {
    let query = query.to_string();
    assert_eq!(query, expect);
    if let Err(error) = promql::syntax::parse(&query) {
        panic!("the parser refuses it: {error}\n{query}");
    }
}

#[test]
fn counters_have_rates_and_increases() {
    check(rate(&errors::ERRORS).over(minutes(5)), "rate(errors_total[5m])");
    check(rate(&errors::ERRORS).over(minutes(5)).by(SERVICE), "sum by (service) (rate(errors_total[5m]))");
    check(increase(&db::SLOW_QUERIES).over(minutes(60)).overall(), "sum(increase(db_client_slow_queries_total[1h]))");
    check(
        rate(&process::CPU_TIME).over(minutes(1)).by(SERVICE),
        "sum by (service) (rate(process_cpu_time_seconds_total[1m]))",
    );
}

#[test]
fn histograms_have_counts_sums_quantiles_means_and_buckets() {
    check(
        rate(count_of(&db::CONNECTION_WAIT)).over(minutes(5)),
        "rate(db_client_connection_wait_time_seconds_count[5m])",
    );
    check(rate(sum_of(&db::CONNECTION_WAIT)).over(minutes(5)), "rate(db_client_connection_wait_time_seconds_sum[5m])");
    check(
        quantile(0.5, &db::CONNECTION_WAIT).over(minutes(5)).by(SERVICE),
        "histogram_quantile(\n  0.5,\n  \
        sum by (service, le) (rate(db_client_connection_wait_time_seconds_bucket[5m]))\n)",
    );
    check(
        mean(&db::CONNECTION_WAIT).over(minutes(5)).overall(),
        "sum(rate(db_client_connection_wait_time_seconds_sum[5m]))\n/\n\
        sum(rate(db_client_connection_wait_time_seconds_count[5m]))",
    );
    check(
        spread(&db::CONNECTION_WAIT).over(minutes(1)).overall(),
        "sum by (le) (increase(db_client_connection_wait_time_seconds_bucket[1m]))",
    );
}

#[test]
fn a_long_query_is_broken_where_a_person_would() {
    check(
        quantile(0.95, &http::SERVER_DURATION).over(minutes(5)).by((SERVICE, ROUTE)).above(seconds(10.0)),
        "histogram_quantile(\n  \
          0.95,\n  \
          sum by (service, http_route, le) (rate(http_server_request_duration_seconds_bucket[5m]))\n\
        ) > 10",
    );
}

#[test]
fn a_share_divides_like_by_like() {
    check(
        share(ERROR_TYPE.any_of(["timeout.*", http::OTHER])).of(&errors::ERRORS).over(minutes(5)).by(SERVICE),
        "sum by (service) (rate(errors_total{error_type=~\"timeout.*|_OTHER\"}[5m]))\n/\n\
        sum by (service) (rate(errors_total[5m]))",
    );
    check(
        within(seconds(2.0), &db::OPERATION_DURATION).over(minutes(5)).by(SERVICE),
        "sum by (service) (rate(db_client_operation_duration_seconds_bucket{le=\"2.0\"}[5m]))\n/\n\
        sum by (service) (rate(db_client_operation_duration_seconds_count[5m]))",
    );
}

#[test]
fn recording_rules_and_states_are_read_as_they_are() {
    check(value(&P95).above(seconds(10.0)), "api:p95 > 10");
    check(value(&ERROR_SHARE).above(percent(5.0)), "api:errors > 0.05");
    check(value(&ERROR_SHARE).as_percent(), "100 * api:errors");
    check(
        value(&process::MEMORY).max_by(SERVICE).above(bytes(1e9)),
        "max by (service) (process_memory_usage_bytes) > 1000000000",
    );
}

#[test]
fn matchers_narrow_everything_that_is_read() {
    check(
        mean(&db::CONNECTION_WAIT).over(minutes(5)).only(SERVICE.is("orders")).overall(),
        "sum(rate(db_client_connection_wait_time_seconds_sum{service=\"orders\"}[5m]))\n/\n\
        sum(rate(db_client_connection_wait_time_seconds_count{service=\"orders\"}[5m]))",
    );
    check(value(&TARGET_UP).only(SERVICE.is("a\"b\\")), "up{service=\"a\\\"b\\\\\"}");
    check(value(&TARGET_UP).only(SERVICE.is_not("payments")), "up{service!=\"payments\"}");
}

#[test]
fn conditions_join_with_the_parentheses_that_they_need() {
    let down = || value(&TARGET_UP).max_by(SERVICE).equals(DOWN);
    let gone = || absent(&TARGET_UP, SERVICE.is("orders"));
    check(down().or(gone()), "max by (service) (up) == 0 or absent(up{service=\"orders\"})");
    check(
        down().and(gone()).or(down()),
        "max by (service) (up) == 0 and absent(up{service=\"orders\"}) or max by (service) (up) == 0",
    );
    check(
        down().and(gone().or(down())),
        "max by (service) (up) == 0 and (absent(up{service=\"orders\"}) or max by (service) (up) == 0)",
    );
    check(down().unless(gone()), "max by (service) (up) == 0 unless absent(up{service=\"orders\"})");
}

#[test]
fn a_missing_part_is_zero_with_the_labels_of_the_whole() {
    let whole = || rate(&errors::ERRORS).over(minutes(5)).by(SERVICE);
    check(
        whole().only(SERVICE.is("orders")).or_zero_of(whole()),
        "sum by (service) (rate(errors_total{service=\"orders\"}[5m]))\nor\n\
        0 * sum by (service) (rate(errors_total[5m]))",
    );
}

#[test]
fn what_is_nothing_can_be_left_out() {
    let errors = || rate(&errors::ERRORS).over(minutes(5)).by(SERVICE);
    check(errors().per_minute().without_zeros(), "60 * sum by (service) (rate(errors_total[5m])) > 0");
    check(
        value(&ERROR_SHARE).where_any(errors()).top(5),
        "topk(5, api:errors and sum by (service) (rate(errors_total[5m])) > 0)",
    );
}

#[test]
fn a_foreign_metric_is_read_like_a_signal() {
    check(
        rate(&CPU).over(minutes(5)).only(MODE.is("idle")).average_by(SERVICE).complement().above(percent(85.0)),
        "1 - avg by (service) (rate(node_cpu_seconds_total{mode=\"idle\"}[5m])) > 0.85",
    );
    check(average(&TARGET_UP).over(minutes(10)).below(percent(99.0)), "avg_over_time(up[10m]) < 0.99");
    check(
        samples(&TARGET_UP).over(minutes(10)).minus(times_up(&TARGET_UP).over(minutes(10))).at_least(count(2.0)),
        "count_over_time(up[10m]) - sum_over_time(up[10m]) >= 2",
    );
    check(
        rate(&process::RUNTIME_BUSY)
            .over(minutes(5))
            .by(SERVICE)
            .share_of_time_of(value(&process::RUNTIME_WORKERS).by(SERVICE)),
        "sum by (service) (rate(tokio_runtime_busy_time_seconds_total[5m]))\n/\nsum by (service) (tokio_runtime_workers)",
    );
    check(
        predicted(&ROOM, hours(4)).over(hours(6)).below(bytes(0.0)),
        "predict_linear(node_filesystem_avail_bytes[6h], 14400) < 0",
    );
    check(gone(&ROOM), "absent(node_filesystem_avail_bytes)");
    let listed = promql::foreign_metrics();
    assert!(
        listed.iter().any(|metric| metric.name == "node_cpu_seconds_total" && metric.labels[0].1 == ["idle", "user"])
    );
}

#[test]
fn a_guard_joins_on_the_labels_that_both_sides_carry() {
    let many = || increase(&errors::ERRORS).over(hours(1)).by(SERVICE).at_least(count(10.0));
    check(
        value(&ERROR_SHARE).above(percent(5.0)).and(many()),
        "api:errors > 0.05 and sum by (service) (increase(errors_total[1h])) >= 10",
    );
    check(
        value(&process::MEMORY).above(bytes(1.0)).and_on(SERVICE, many()),
        "process_memory_usage_bytes > 1 and on (service) sum by (service) (increase(errors_total[1h])) >= 10",
    );
    check(
        value(&ERROR_SHARE).above(percent(5.0)).and(present_before(&ERROR_SHARE, hours(3)).over(hours(3))),
        "api:errors > 0.05 and present_over_time(api:errors[3h] offset 3h)",
    );
}

#[test]
fn the_past_is_asked_for_and_reckoned_with() {
    let traffic = || rate(&errors::ERRORS).over(minutes(5)).by(SERVICE);
    check(
        traffic().exceeds(traffic().ago(weeks(1)).plus(traffic().ago(weeks(2))).times(0.75)),
        "sum by (service) (rate(errors_total[5m]))\n>\n\
        0.75 * (\n  sum by (service) (rate(errors_total[5m] offset 7d))\n  +\n  \
        sum by (service) (rate(errors_total[5m] offset 14d))\n)",
    );
    check(value(&P95).highest_within(hours(1), minutes(1)).above(seconds(2.0)), "max_over_time(api:p95[1h:1m]) > 2");
    check(highest(&P95).over(days(1)), "max_over_time(api:p95[1d])");
    check(value(&process::START_TIME).age().below(seconds(60.0)), "time() - process_start_time_seconds < 60");
}

#[test]
fn slow_requests_are_all_less_the_quick_ones() {
    let all = rate(count_of(&http::SERVER_DURATION)).over(minutes(5)).only(ERROR_TYPE.is("cancelled"));
    let quick = rate(up_to(seconds(5.0), &http::SERVER_DURATION)).over(minutes(5)).only(ERROR_TYPE.is("cancelled"));
    check(
        all.minus(quick),
        "rate(http_server_request_duration_seconds_count{error_type=\"cancelled\"}[5m])\n-\n\
        rate(http_server_request_duration_seconds_bucket{le=\"5.0\", error_type=\"cancelled\"}[5m])",
    );
}

#[test]
fn the_highest_few_are_picked() {
    check(rate(&errors::ERRORS).over(minutes(5)).top(5), "topk(5, rate(errors_total[5m]))");
    check(rate(&errors::ERRORS).over(minutes(5)).bottom(5), "bottomk(5, rate(errors_total[5m]))");
    let rate: promql::Query<PerSecond<Each>, _> = rate(&errors::ERRORS).over(minutes(5)).by(SERVICE);
    check(rate.per_minute(), "60 * sum by (service) (rate(errors_total[5m]))");
}

#[test]
fn a_finished_query_is_narrowed_where_the_label_is() {
    let share: promql::AnyQuery = value(&ERROR_SHARE).above(percent(5.0)).and(value(&ERROR_SHARE).exists()).into();
    check(
        share.narrowed("service", "$service", &|metric| metric == "api:errors"),
        "api:errors{service=~\"$service\"} > 0.05 and api:errors{service=~\"$service\"}",
    );
    check(share.narrowed("pool", "$pool", &|_| false), "api:errors > 0.05 and api:errors");
}
