//! Queries that are right, of the shapes that good rules have: none may be refused.

use super::*;

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
        "max by (service) (absent(up{service!=\"x\", service=\"shop\"}))".to_owned(),
        "sum(rate(errors_total{error_type=\"panic\"}[5m])) / on () group_right () sum by (service) (rate(errors_total[5m])) > 1".to_owned(),
        "api:errors and on (__name__) api:errors".to_owned(),
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
        "api:p95 > on (service) group_left () (2 * avg by (service) (time() - process_start_time_seconds))".to_owned(),
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
        "time() - process_start_time_seconds < 60".to_owned(),
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
        // Joins.
        "process_memory_usage_bytes * on (instance) group_left (service) up".to_owned(),
        "sum by (service) (rate(errors_total[5m])) * on (service) group_left () max by (service) (up)".to_owned(),
        "count by (service) (up == 1) / on (service) group_left () count by (service) (up) < 0.5".to_owned(),
        "sum by (service) (rate(errors_total[5m])) / on () group_left () sum(rate(errors_total[5m])) > 0.5".to_owned(),
        "topk(5, api:p95) and on (service) api:error_share > 0.01".to_owned(),
        "up == 0 unless on (service) (ALERTS{alertname=\"Maintenance\", alertstate=\"firing\"})".to_owned(),
        "up == 0 unless on () hour() >= 8 < 18".to_owned(),
        "api:errors > 1 unless api:errors offset 1d > 1".to_owned(),
        // The past.
        "sum(rate(errors_total[1h])) > 2 * sum(rate(errors_total[1h] offset 1w)) and sum(rate(errors_total[1h])) > 0.1"
            .to_owned(),
        "api:errors - api:errors offset 1d".to_owned(),
        "(api:errors - avg_over_time(api:errors[1w])) / stddev_over_time(api:errors[1w]) > 3".to_owned(),
        "up offset 5m == 1 and up == 0".to_owned(),
        "count_over_time((up == 0)[1h:1m]) > 5".to_owned(),
        "avg_over_time((sum by (service) (rate(errors_total[5m])))[1h:5m]) > 0.1".to_owned(),
        "max_over_time(deriv(process_memory_usage_bytes[10m])[1h:5m]) > 1e6".to_owned(),
        "quantile_over_time(0.95, sum(rate(errors_total[1m]))[1d:1m])".to_owned(),
        // What is not there.
        "absent(up{service=\"shop\"} == 1)".to_owned(),
        "absent(api:errors{service=\"shop\"}) == 1".to_owned(),
        "absent_over_time(errors_total{service=\"shop\"}[15m]) == 1".to_owned(),
        "count(up{service=\"shop\"}) < 2 or absent(up{service=\"shop\"})".to_owned(),
        "group by (service) (up offset 1h) unless on (service) group by (service) (up)".to_owned(),
        "sum by (service) (rate(errors_total{error_type=\"panic\"}[5m])) or 0 * sum by (service) (rate(errors_total[5m]))"
            .to_owned(),
        "(sum(rate(errors_total{error_type=\"panic\"}[5m])) or vector(0)) / sum(rate(errors_total[5m]))".to_owned(),
        // Labels that are made.
        "sum by (zone) (label_replace(up, \"zone\", \"$1\", \"instance\", \"(..).*\"))".to_owned(),
        "label_replace(api:errors, \"target\", \"$1\", \"service\", \"(.*)\") * on (target) group_left () sum by (target) (label_replace(up, \"target\", \"$1\", \"service\", \"(.*)\"))"
            .to_owned(),
        "count_values(\"version\", up)".to_owned(),
        "sum by (version) (count_values by (service) (\"version\", up))".to_owned(),
        // Ages, and what is going to be.
        "time() - process_start_time_seconds < 300".to_owned(),
        "(time() - process_start_time_seconds) / 86400 > 30".to_owned(),
        "predict_linear(process_memory_usage_bytes[1h], 4 * 3600) > on (instance) 0.9 * node_memory_MemTotal_bytes".to_owned(),
        "predict_linear(process_memory_usage_bytes[1h], 4 * 3600) > on () group_left () sum(node_memory_MemTotal_bytes)"
            .to_owned(),
        "changes(process_start_time_seconds[15m]) > 2".to_owned(),
        // Utilisations, and states.
        "1 - avg by (instance) (rate(node_cpu_seconds_total{mode=~\"idle|iowait\"}[5m])) > 0.9".to_owned(),
        "100 * (1 - avg by (instance) (rate(node_cpu_seconds_total{mode=\"idle\"}[5m]))) > 90".to_owned(),
        "avg by (service) (up) < 0.5".to_owned(),
        "avg_over_time(up[1h]) * 100 < 99.9".to_owned(),
        "sum by (service) (up == bool 0) > 0".to_owned(),
        "sum_over_time((up == bool 0)[1h:1m]) / count_over_time(up[1h:1m]) > 0.1".to_owned(),
        "avg_over_time((api:p95 > bool 2)[1h:1m]) > 0.05".to_owned(),
        "min_over_time(up[5m]) == 1 and up == 0".to_owned(),
        "abs(node_hwmon_temp_celsius - 40) > 30 or node_hwmon_temp_celsius == 0".to_owned(),
        "sgn(deriv(process_memory_usage_bytes[1h])) == -1".to_owned(),
        "clamp_max(api:errors / 10, 1) == 1".to_owned(),
        "scalar(sum(up)) == bool 0".to_owned(),
        // Promises: burn rates, and the satisfied with half of the tolerating (apdex).
        format!(
            "1 - sum(rate({requests}_bucket{{le=\"2.0\"}}[1h])) / sum(rate({requests}_count[1h])) > 14.4 * (1 - 0.95) and 1 - sum(rate({requests}_bucket{{le=\"2.0\"}}[5m])) / sum(rate({requests}_count[5m])) > 14.4 * (1 - 0.95)"
        ),
        "(api:error_share > 14.4 * 0.001 and api:error_share > 6 * 0.001) or api:error_share > 0.5".to_owned(),
        format!(
            "(sum by (service) (rate({requests}_bucket{{le=\"0.5\"}}[5m])) + sum by (service) (rate({requests}_bucket{{le=\"2.0\"}}[5m]))) / 2 / sum by (service) (rate({requests}_count[5m])) < 0.9"
        ),
        format!("sum by (le) (rate({requests}_bucket{{le=~\"0.5|2.0|[+]Inf\"}}[5m]))"),
        format!("sum by (service) (rate({requests}_bucket{{le=\"+Inf\"}}[5m])) - sum by (service) (rate({requests}_bucket{{le=\"5.0\"}}[5m]))"),
        format!("histogram_quantile(0.99, sum by (le, service) (rate({requests}_bucket[5m]))) > 2 * histogram_quantile(0.5, sum by (le, service) (rate({requests}_bucket[5m])))"),
        format!("sum by (service) (rate({requests}_count{{http_response_status_code!~\"5..|_OTHER\"}}[5m])) / sum by (service) (rate({requests}_count[5m])) < 0.99"),
        format!("sum by (http_route) (rate({requests}_count{{http_response_status_code=\"409\"}}[5m])) / ignoring (http_response_status_code) sum by (http_route) (rate({requests}_count[5m])) > 0.1"),
        "ALERTS{alertstate=\"firing\", severity=\"critical\"} == 1".to_owned(),
        "sort_desc(sum by (alertname) (ALERTS{alertstate=\"firing\"}))".to_owned(),
    ];
    assert!(shapes.len() >= 120);
    for query in &shapes {
        accepted(query);
    }
}
