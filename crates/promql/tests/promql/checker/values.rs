//! Values that a label never has, and buckets that are not there.

use super::*;

const REQUESTS: &str = "http_server_request_duration_seconds";

#[test]
fn a_value_that_the_label_never_has_is_refused() {
    refused("errors_total{error_type=\"sold_uot\"}", Code::UnknownValue, "did you mean `sold_out`?");
    refused("errors_total{error_type=~\"panic|panick\"}", Code::UnknownValue, "never `panick`");
    refused("api:p95{http_route=\"/thing\"}", Code::UnknownValue, "did you mean `/things`?");
    accepted("errors_total{error_type=~\"sold_out|panic\"}");
    accepted("errors_total{error_type=~\"(sold|time).*\"}");
    refused("errors_total{service=\"shoop\"}", Code::UnknownValue, "did you mean `shop`?");
    accepted("up{service=\"whatever\"}");
}

#[test]
fn a_pattern_may_name_more_than_there_is() {
    accepted(&format!("{REQUESTS}_count{{http_response_status_code=~\"2..|3..\"}}"));
    accepted(&format!("{REQUESTS}_count{{http_response_status_code=~\"500|502|503|504\"}}"));
    accepted(&format!("{REQUESTS}_count{{http_response_status_code!~\"4..|502\"}}"));
    accepted("db_client_connection_count{service=~\"shop|store\"}");
    accepted("db_client_connection_count{service!=\"shop\"}");
    accepted("db_client_connection_count{service!~\"shop|elsewhere\"}");
    accepted(&format!("{REQUESTS}_count{{error_type=~\"(panick)?\"}}"));
    refused("errors_total{error_type=~\"panick|tiemout\"}", Code::UnknownValue, "never `panick|tiemout`");
    refused("db_client_connection_count{service=\"shop\"}", Code::UnknownValue, "is never `shop`");
    refused("db_client_connection_count{service=~\"shop|elsewhere\"}", Code::UnknownValue, "its values are store");
    refused("errors_total{error_type=~\"3..\"}", Code::UnknownValue, "never `3..`");
}

#[test]
fn an_exclusion_of_what_is_not_there_is_refused() {
    refused("api:p95{http_route!=\"/thngs\"}", Code::UnknownValue, "did you mean `/things`?");
    refused("errors_total{error_type!~\"panick\"}", Code::UnknownValue, "did you mean `panic`?");
    refused("errors_total{error_type!~\"timeout|panick\"}", Code::UnknownValue, "did you mean `panic`?");
    refused("errors_total{error_type!=\"never\"}", Code::UnknownValue, "`error_type` of errors_total is never `never`");
    refused(
        "db_client_connection_count{service!=\"store\"}",
        Code::UnknownValue,
        "no series of db_client_connection_count",
    );
    accepted("api:p95{http_route!=\"/things\"}");
    accepted("errors_total{error_type!~\"panic\"}");
    accepted("errors_total{error_type!=\"sold_out\"}");
    // What values an exporter has is not known.
    accepted("node_disk_read_bytes_total{device!=\"sda\"}");
    accepted("node_disk_read_bytes_total{device!~\"loop.*|sr0\"}");
    accepted("up{service!=\"never\"}");
}

#[test]
fn matchers_that_exclude_one_another_are_refused() {
    refused("errors_total{error_type=\"panic\",error_type=\"timeout\"}", Code::UnknownValue, "are panic");
    refused("errors_total{error_type=\"panic\",error_type!~\"p.*\"}", Code::UnknownValue, "error_type!~\"p.*\"");
    refused("up{instance=\"a\",instance=~\"b|c\"}", Code::UnknownValue, "instance=~\"b|c\"");
    accepted("errors_total{error_type=~\"panic|timeout\",error_type!=\"timeout\"}");
    accepted("up{instance=~\"a.*\",instance=~\".*b\"}");
}

#[test]
fn values_that_only_another_service_has_are_refused() {
    refused(
        &format!("{REQUESTS}_count{{service=\"store\", http_route=\"/things\"}}"),
        Code::UnknownValue,
        "are /stock, _OTHER",
    );
    refused(
        "http_client_request_duration_seconds_count{service=\"shop\", server_address=\"bank\"}",
        Code::UnknownValue,
        "are store",
    );
    refused("api:p95{service=\"store\", http_route=\"/things\"}", Code::UnknownValue, "are /stock, _OTHER");
    // Nor is this the answer of that route.
    refused(
        &format!("{REQUESTS}_count{{http_route=\"/things\", http_response_status_code=\"409\"}}"),
        Code::UnknownValue,
        "with the other matchers",
    );
    refused("errors_total{service=\"store\", error_type=\"sold_out\"}", Code::UnknownValue, "with the other matchers");
    accepted(&format!("{REQUESTS}_count{{service=\"shop\", http_route=\"/things\"}}"));
    accepted("http_client_request_duration_seconds_count{service=\"shop\", server_address=\"store\"}");
    accepted("api:p95{service=\"store\", http_route=\"/stock\"}");
    accepted(&format!("{REQUESTS}_count{{http_route=\"/orders\", http_response_status_code=\"409\"}}"));
}

#[test]
fn whose_a_foreign_metric_is_is_known() {
    refused("node_memory_MemTotal_bytes{service=\"shop\"}", Code::UnknownValue, "its values are node");
    accepted("node_memory_MemTotal_bytes{service=\"node\"}");
    accepted("up{service=\"shop\"}");
    refused(
        "sum by (service) (rate(node_cpu_seconds_total[5m])) > 0 and on (service) api:error_share > 0.05",
        Code::SidesNeverMatch,
        "`service` never has the same value on both sides",
    );
    accepted(
        "sum by (instance) (rate(node_cpu_seconds_total[5m])) > 0 and on (instance) process_memory_usage_bytes > 1",
    );
}

#[test]
fn a_bound_that_is_no_bucket_is_refused_also_by_its_spelling() {
    refused("rate(http_server_request_duration_seconds_bucket{le=\"3.0\"}[5m])", Code::NotABucketBound, "2.0, 5.0");
    refused("rate(http_server_request_duration_seconds_bucket{le=\"2\"}[5m])", Code::NotABucketBound, "no bucket 2");
    accepted("rate(http_server_request_duration_seconds_bucket{le=\"2.0\"}[5m])");
    accepted("rate(http_server_request_duration_seconds_bucket{le=\"+Inf\"}[5m])");
}

#[test]
fn a_bound_is_looked_for_in_patterns_and_exclusions_too() {
    let bucket = |matcher: &str| format!("rate({REQUESTS}_bucket{{le{matcher}}}[5m])");
    refused(&bucket("=~\"3.0|7.0\""), Code::NotABucketBound, "no bucket 3.0|7.0");
    refused(&bucket("=~\"2|5\""), Code::NotABucketBound, "no bucket 2|5");
    refused(&bucket("!=\"3.0\""), Code::NotABucketBound, "no bucket 3.0");
    refused(&bucket("!=\"2\""), Code::NotABucketBound, "no bucket 2");
    refused(&bucket("!~\"2\""), Code::NotABucketBound, "no bucket 2");
    accepted(&bucket("=~\"2.0|5.0\""));
    accepted(&bucket("=~\"2|2.0\""));
    accepted(&bucket("!=\"+Inf\""));
    accepted(&bucket("!~\"2|2.0\""));
    accepted(&bucket("=~\"0.+\""));
}
