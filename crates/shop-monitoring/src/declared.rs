//! What queries may read: every declared signal with its label values, and what others measure.

use promql::Symbols;
use shop::services::SERVICES;
use signals::Service;

use crate::labels::{ENVIRONMENT, INSTANCE, JOB, SERVICE};

/// Every metric that a query may read, but for the recording rules.
pub fn symbols() -> Symbols {
    let services: Vec<&Service> = SERVICES.iter().map(|row| row.name.signals()).collect();
    let target_labels = [SERVICE.name(), INSTANCE.name(), ENVIRONMENT.name(), JOB.name()];
    let mut symbols = Symbols::new(target_labels.iter().map(String::as_str));
    for signal in signals::all() {
        symbols.declare(signal.declaration(), &services);
    }
    for metric in promql::foreign_metrics() {
        symbols.foreign(metric);
    }
    for recording in NAMED_FOR_PEOPLE {
        symbols.is_named_otherwise(recording);
    }
    for counter in BORN_AT_ZERO {
        symbols.is_born_at_zero(counter);
    }
    symbols
}

/// People ask for these by name, and so they are called by what they say: rate, share, percentile.
const NAMED_FOR_PEOPLE: [&str; 14] = [
    "api:request_rate",
    "api:error_rate",
    "api:error_percent",
    "api:response_time_mean",
    "api:response_time_p50",
    "api:response_time_p95",
    "api:response_time_p99",
    "service:request_rate",
    "service:error_rate",
    "service:error_percent",
    "service:response_time_mean",
    "service:response_time_p50",
    "service:response_time_p95",
    "service:response_time_p99",
];

/// Prometheus makes these when it loads a group of rules and when it finds an Alertmanager; the collector adds what it refused, mostly
/// nothing, with all that it accepted.
const BORN_AT_ZERO: [&str; 4] = [
    "prometheus_rule_evaluation_failures_total",
    "prometheus_notifications_errors_total",
    "otelcol_receiver_refused_spans_total",
    "otelcol_receiver_refused_metric_points_total",
];

#[cfg(test)]
mod tests {
    use promql::{Checker, Code};

    use super::*;

    #[track_caller]
    fn check(query: &str, expect: &[Code]) {
        let found = Checker::new(&symbols()).check("here", query);
        assert_eq!(found.iter().map(|finding| finding.code).collect::<Vec<_>>(), expect, "{query}: {found:#?}");
    }

    #[test]
    fn it_is_known_whose_each_metric_is() {
        check("node_memory_MemTotal_bytes{service=\"gateway\"}", &[Code::UnknownValue]);
        check("node_memory_MemTotal_bytes{service=\"node\"}", &[]);
        check("http_server_request_duration_seconds_count{service=\"node\"}", &[Code::UnknownValue]);
        check("process_start_time_seconds{service=~\"gateway|prometheus\"}", &[]);
        check("process_start_time_seconds{service=\"postgres\"}", &[]);
        check("otelcol_exporter_queue_size{service=\"jaeger\"}", &[]);
        for row in SERVICES {
            check(&format!("otlp_orders_total{{service=\"{}\"}}", row.name), &[]);
        }
        check("otlp_orders_total{service=\"node\"}", &[Code::UnknownValue]);
    }

    #[test]
    fn it_is_known_which_service_has_which_route_and_calls_whom() {
        let calls = "http_client_request_duration_seconds_count";
        check(&format!("{calls}{{service=\"gateway\", server_address=\"payments\"}}"), &[Code::UnknownValue]);
        check(&format!("{calls}{{service=\"orders\", server_address=\"payments\"}}"), &[]);
        let requests = "http_server_request_duration_seconds_count";
        check(&format!("{requests}{{service=\"catalog\", http_route=\"/api/v1/orders\"}}"), &[Code::UnknownValue]);
        check(&format!("{requests}{{service=\"gateway\", http_route=\"/api/v1/orders\"}}"), &[]);
        check(&format!("{requests}{{http_route!=\"/api/v1/openapi.jsn\"}}"), &[Code::UnknownValue]);
        check(&format!("{requests}{{http_route!=\"/api/v1/openapi.json\"}}"), &[]);
    }

    #[test]
    fn a_disk_is_told_from_its_host() {
        let read = "rate(node_disk_read_bytes_total[5m])";
        let (by_disk, by_host) = (format!("sum by (instance, device) ({read})"), format!("sum by (instance) ({read})"));
        check(&format!("{by_disk} / {by_host}"), &[Code::SidesNeverMatch]);
        check(&format!("{by_disk} / on (instance) group_left () {by_host}"), &[]);
        check(
            "sum by (service) (rate(node_cpu_seconds_total[5m])) > 0 and on (service) sum by (service) (rate(errors_total[5m])) > 1",
            &[Code::SidesNeverMatch],
        );
    }
}
