//! What the builder writes, and that a parser reads it back.

use promql::{
    DOWN, Foreign, Key, Recording, Up, absent, bytes, count_of, increase, mean, minutes, percent, quantile, rate,
    seconds, share, spread, sum_of, value, within,
};
use signals::{
    db, errors, http, process,
    units::{Ratio, Seconds},
};

const SERVICE: Key = Key::target("service");
const ROUTE: Key = Key::of(http::ROUTE);
const STATUS: Key = Key::of(http::STATUS_CODE);
static TARGET_UP: Foreign<Up> = Foreign::new("up");
static P95: Recording<Seconds> = Recording::new("api:p95", "The 95th percentile.", || {
    quantile(0.95, &http::SERVER_DURATION).over(minutes(5)).overall()
});
static ERROR_SHARE: Recording<Ratio> = Recording::new("api:errors", "The share that failed.", || {
    share(STATUS.any_of(["5.."])).of(count_of(&http::SERVER_DURATION)).over(minutes(5)).by([SERVICE])
});

#[track_caller]
fn check(query: impl ToString, expect: &str) {
    let query = query.to_string();
    assert_eq!(query, expect);
    if let Err(error) = promql_parser::parser::parse(&query) {
        panic!("the parser refuses it: {error}\n{query}");
    }
}

#[test]
fn counters_have_rates_and_increases() {
    check(rate(&errors::ERRORS).over(minutes(5)), "rate(errors_total[5m])");
    check(rate(&errors::ERRORS).over(minutes(5)).by([SERVICE]), "sum by (service) (rate(errors_total[5m]))");
    check(increase(&db::SLOW_QUERIES).over(minutes(60)).overall(), "sum(increase(db_client_slow_queries_total[1h]))");
    check(
        rate(&process::CPU_TIME).over(minutes(1)).by([SERVICE]),
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
        quantile(0.5, &db::CONNECTION_WAIT).over(minutes(5)).by([SERVICE]),
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
        quantile(0.95, &http::SERVER_DURATION).over(minutes(5)).by([SERVICE, ROUTE]).above(seconds(10.0)),
        "histogram_quantile(\n  \
          0.95,\n  \
          sum by (service, http_route, le) (rate(http_server_request_duration_seconds_bucket[5m]))\n\
        ) > 10",
    );
}

#[test]
fn a_share_divides_like_by_like() {
    check(
        share(STATUS.any_of(["5..", http::OTHER])).of(&errors::ERRORS).over(minutes(5)).by([SERVICE]),
        "sum by (service) (rate(errors_total{http_response_status_code=~\"5..|_OTHER\"}[5m]))\n/\n\
        sum by (service) (rate(errors_total[5m]))",
    );
    check(
        within(seconds(2.0), &db::OPERATION_DURATION).over(minutes(5)).by([SERVICE]),
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
        value(&process::MEMORY).max_by([SERVICE]).above(bytes(1e9)),
        "max by (service) (process_memory_usage_bytes) > 1000000000",
    );
}

#[test]
fn matchers_narrow_everything_that_is_read() {
    check(
        mean(&db::CONNECTION_WAIT).over(minutes(5)).overall().only(&SERVICE.is("orders")),
        "sum(rate(db_client_connection_wait_time_seconds_sum{service=\"orders\"}[5m]))\n/\n\
        sum(rate(db_client_connection_wait_time_seconds_count{service=\"orders\"}[5m]))",
    );
    check(value(&TARGET_UP).only(&SERVICE.is("a\"b\\")), "up{service=\"a\\\"b\\\\\"}");
    check(value(&TARGET_UP).only(&SERVICE.is_not("payments")), "up{service!=\"payments\"}");
}

#[test]
fn conditions_join_with_the_parentheses_that_they_need() {
    let down = || value(&TARGET_UP).equals(DOWN);
    let gone = || absent(value(&TARGET_UP).only(&SERVICE.is("orders")));
    check(down().or(gone()), "up == 0 or absent(up{service=\"orders\"})");
    check(down().and(gone()).or(down()), "up == 0 and absent(up{service=\"orders\"}) or up == 0");
    check(down().and(gone().or(down())), "up == 0 and (absent(up{service=\"orders\"}) or up == 0)");
    check(down().unless(gone()), "up == 0 unless absent(up{service=\"orders\"})");
}

#[test]
fn a_missing_part_is_zero_with_the_labels_of_the_whole() {
    let whole = || rate(&errors::ERRORS).over(minutes(5)).by([SERVICE]);
    check(
        whole().only(&SERVICE.is("orders")).or_zero_of(whole()),
        "sum by (service) (rate(errors_total{service=\"orders\"}[5m]))\nor\n\
        0 * sum by (service) (rate(errors_total[5m]))",
    );
}
