//! Labels that are not there.

use promql::value;

use super::*;

#[test]
fn an_unknown_label_is_refused() {
    refused(
        "rate(http_server_request_duration_seconds_count{status=~\"5..\"}[5m])",
        Code::UnknownLabel,
        "has no label `status`",
    );
    refused("errors_total{eror_type=\"panic\"}", Code::UnknownLabel, "did you mean `error_type`?");
    refused("sum by (eror_type) (rate(errors_total[5m]))", Code::UnknownLabel, "did you mean `error_type`?");
    refused("sum without (eror_type) (rate(errors_total[5m]))", Code::UnknownLabel, "did you mean `error_type`?");
    refused("errors_total{eror_type!=\"panic\"}", Code::UnknownLabel, "did you mean `error_type`?");
    accepted("rate(http_server_request_duration_seconds_count{http_response_status_code=~\"5..\"}[5m])");
    accepted("sum by (instance) (rate(errors_total[5m]))");
}

#[test]
fn a_label_that_only_other_places_have_is_no_mistake() {
    // What many share groups by labels that only some of them have.
    accepted("sum by (pod) (rate(errors_total[5m]))");
    accepted("sum by (service, cluster) (rate(errors_total[5m]))");
    accepted("sum without (pod) (rate(errors_total[5m]))");
    accepted("max by (cluster) (sum by (cluster, service) (rate(errors_total[5m])))");
    accepted("api:errors * on (service, cluster) api:error_share");
    accepted("sum by (service, pod) (rate(errors_total[5m])) / sum by (service, pod) (rate(errors_total[1h]))");
    // An empty value is an absent label.
    accepted("up{cluster=\"\"}");
    accepted("up{cluster!=\"test\"}");
    refused("up{cluster=\"test\"}", Code::UnknownLabel, "up has no label `cluster`");
    refused("up{cluster!=\"\"}", Code::UnknownLabel, "up has no label `cluster`");
    refused(
        "sum by (service, pod) (rate(errors_total[5m])) / sum by (service) (rate(errors_total[1h]))",
        Code::UnknownLabel,
        "only one side is aggregated by it",
    );
    refused("sum by (pod) (up) / on (pod) sum by (pod) (up)", Code::UnknownLabel, "what is matched here");
}

#[test]
fn a_label_that_was_aggregated_away_is_refused() {
    refused(
        "max by (http_route) (max by (service) (api:p95))",
        Code::LabelAggregatedAway,
        "`max by (service)` dropped it",
    );
    refused("api:errors{instance=\"a\"}", Code::UnknownLabel, "api:errors has no label `instance`");
    accepted("max by (http_route) (api:p95)");
}

#[test]
fn a_foreign_label_is_there_unless_it_is_said_to_lack() {
    accepted(
        "sum by (instance) (rate(node_disk_read_bytes_total[5m])) / sum by (instance) (node_memory_MemTotal_bytes)",
    );
    refused(
        "sum by (instance, device) (rate(node_disk_read_bytes_total[5m])) / sum by (instance) (rate(node_disk_read_bytes_total[5m]))",
        Code::SidesNeverMatch,
        "every series on the left carries `device`",
    );
    accepted("node_hwmon_temp_celsius / ignoring (remark) node_memory_MemTotal_bytes");
    accepted("node_hwmon_temp_celsius / node_memory_MemTotal_bytes");
    accepted("node_hwmon_temp_celsius{remark=\"\"}");
    refused(
        "node_cpu_seconds_total{mode=\"\"}",
        Code::UnknownValue,
        "every series of node_cpu_seconds_total carries `mode`",
    );
}

#[test]
fn of_slots_the_number_is_known_and_what_fills_them_is_not() {
    accepted("top_sales{slot=\"20\"}");
    refused("top_sales{slot=\"21\"}", Code::UnknownValue, "`slot`");
    refused("top_sales{customer=\"ada\"}", Code::UnknownLabel, "`product`");
    accepted("max by (product) (top_sales{product!=\"\", product=~\"Oak.*\"})");
    // An empty slot has no product, so one side may lack what the other has.
    accepted("top_sales - on (service, slot) sum by (service, slot) (top_sales)");
    let query =
        value(&TOP_SALES).only(Key::<Product>::new().is_not("")).max_by((Key::<Slot>::new(), Key::<Product>::new()));
    accepted(&query.to_string());
}
