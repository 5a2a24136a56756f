//! What is read at all: names, and text that is no query.

use promql::value;

use super::*;

#[test]
fn an_unknown_metric_is_refused_with_the_nearest_name() {
    refused("rate(error_total[5m])", Code::UnknownMetric, "did you mean `errors_total`?");
    refused("api:p59", Code::UndefinedRecording, "did you mean `api:p95`?");
    accepted("rate(errors_total[5m])");
    accepted("api:p95");
}

#[test]
fn a_metric_named_by_a_matcher_is_looked_up_too() {
    refused("{__name__=\"no_such_metric\"}", Code::UnknownMetric, "nobody declares `no_such_metric`");
    refused("rate({__name__=\"error_total\"}[5m])", Code::UnknownMetric, "did you mean `errors_total`?");
    refused("{__name__=\"api:p59\"}", Code::UndefinedRecording, "did you mean `api:p95`?");
    refused("{__name__=~\"no_such_.*\"}", Code::UnknownMetric, "nobody declares `no_such_.*`");
    refused("{__name__=\"api:p95\", http_route=\"/thing\"}", Code::UnknownValue, "did you mean `/things`?");
    refused("rate({__name__=\"process_memory_usage_bytes\"}[5m])", Code::RateOfGauge, "may also shrink");
    accepted("{__name__=\"api:p95\", http_route=\"/things\"}");
    accepted("{__name__=~\"errors_total|node_.*_total\"}");
    accepted("{__name__=~\"api:.*\", service=\"shop\"}");
    accepted("{service=\"whatever\"}");
    accepted("{__name__!=\"up\", service=\"whatever\"}");
}

#[test]
fn what_prometheus_itself_says_is_known() {
    accepted("scrape_samples_post_metric_relabeling / scrape_samples_scraped < 0.5");
    accepted("ALERTS{alertname=\"ApiDown\", alertstate=\"firing\", mountpoint=\"/\"}");
    accepted("time() - ALERTS_FOR_STATE > 3600");
    accepted("count by (alertname) (ALERTS{alertstate=\"firing\"}) > 3");
    refused("scrape_samples_post_metric_relabelling", Code::UnknownMetric, "`scrape_samples_post_metric_relabeling`");
}

#[test]
fn a_name_that_two_bear_is_read_as_either() {
    accepted("process_start_time_seconds{service=\"prometheus\"}");
    accepted("process_start_time_seconds{service=\"shop\"}");
    accepted("changes(process_start_time_seconds{service=~\"shop|alertmanager\"}[15m]) > 2");
    refused("process_start_time_seconds{service=\"prometehus\"}", Code::UnknownValue, "did you mean `prometheus`?");
}

#[test]
fn what_cannot_be_read_is_refused() {
    refused("sum(rate(errors_total[5m])", Code::Unreadable, "error[unreadable]: alert Test");
}

#[test]
fn the_place_is_underlined() {
    let text = findings("api:p95 > 60")[0].to_string();
    assert!(text.contains("  | api:p95 > 60\n  |         ^^^^\n"), "{text}");
}

#[test]
fn nothing_that_can_be_parsed_makes_it_panic() {
    let symbols = symbols();
    let values = [
        "NaN",
        "-Inf",
        "Inf",
        "0",
        "-0",
        "1e308",
        "api:p95",
        "errors_total",
        "vector(NaN)",
        "time()",
        "up{service=\"\"}",
    ];
    let operators = ["+", "-", "*", "/", "%", "^", "atan2", "> bool", "== bool", "and", "or", "unless", ">", "!="];
    for left in values {
        for right in values {
            for operator in operators {
                Checker::new(&symbols).check_condition("alert Test", &format!("{left} {operator} {right}"));
            }
        }
        for function in [
            "clamp(%, 2, 1)",
            "clamp(%, NaN, NaN)",
            "quantile(NaN, %)",
            "histogram_quantile(-1, %)",
            "abs(%)",
            "ln(%)",
            "%[5m:]",
        ] {
            Checker::new(&symbols).check_condition("alert Test", &function.replace('%', left));
        }
    }
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
fn a_deep_query_is_looked_into_as_well() {
    let deep = format!("{}up{}", "sum(".repeat(90), ")".repeat(90));
    accepted(&deep);
    accepted(&vec!["up"; 400].join(" or "));
}
