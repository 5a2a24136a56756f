//! What is concluded from metrics that were only seen: errors that are certain, and none that another target could make right.

use std::collections::BTreeMap;

use promql::{Checker, Observed, ObservedKind, ObservedLabel, Severity, Symbols, Unlisted};

fn label(always: bool, is_closed: bool, values: &[&str]) -> ObservedLabel {
    ObservedLabel { always, is_closed, values: values.iter().map(|value| (*value).to_owned()).collect() }
}

fn seen(name: &str, kind: ObservedKind, labels: &[(&str, ObservedLabel)]) -> Observed {
    let labels: BTreeMap<_, _> = labels.iter().map(|(key, label)| ((*key).to_owned(), label.clone())).collect();
    Observed { name: name.to_owned(), kind, labels, has_series: true, source: "seen".to_owned(), ..Observed::default() }
}

fn symbols() -> Symbols {
    let written = |numbers: &[&str]| numbers.iter().map(|number| (*number).to_owned()).collect();
    let (code, state) = (label(true, false, &["200", "500"]), label(true, true, &["on", "off"]));
    let metrics = [
        seen("requests_total", ObservedKind::Counter, &[("code", code), ("tenant", label(false, false, &["a"]))]),
        seen("memory_bytes", ObservedKind::Gauge, &[("state", state)]),
        seen("odd_total", ObservedKind::Unknown, &[]),
        Observed {
            bounds: written(&["0.1", "1.0", "+Inf"]),
            ..seen("latency_seconds", ObservedKind::Histogram, &[("path", label(true, false, &["/"]))])
        },
        Observed { quantiles: written(&["0.5", "0.99"]), ..seen("pauses_seconds", ObservedKind::Summary, &[]) },
    ];
    let mut symbols = Symbols::new(["job", "instance"]);
    symbols.take_unlisted_as(Unlisted::Doubtful);
    for metric in &metrics {
        symbols.observe(metric);
    }
    symbols
}

/// What is wrong with a query, by its reasons.
fn errors(query: &str) -> Vec<String> {
    let symbols = symbols();
    let findings = Checker::new(&symbols).check("query", query).into_iter();
    findings.filter(|finding| finding.severity == Severity::Error).map(|finding| finding.reason).collect()
}

#[track_caller]
fn right(query: &str) {
    assert_eq!(errors(query), Vec::<String>::new(), "{query}");
}

#[track_caller]
fn wrong(query: &str, reason: &str) {
    let errors = errors(query);
    assert!(errors.iter().any(|error| error.contains(reason)), "{query}: {errors:?}");
}

#[test]
fn what_another_target_could_have_is_no_error() {
    right("sum by (zone) (rate(requests_total{zone=\"a\", code=\"404\", tenant=\"\"}[5m]))");
    right("requests_total / on (cluster) group_left () sum by (cluster) (memory_bytes)");
    right("rate(odd_total[5m]) or odd_total > 5");
    right("histogram_quantile(0.9, sum by (le, path) (rate(latency_seconds_bucket{path=\"/other\"}[5m]))) > 0.5");
    right("rate(pauses_seconds_sum[5m]) / rate(pauses_seconds_count[5m])");
    right("pauses_seconds{quantile=\"0.99\", anything=\"x\"}");
}

#[test]
fn what_the_software_fixes_is_certain() {
    wrong("rate(memory_bytes[5m])", "memory_bytes");
    wrong("memory_bytes{state=\"onn\"} or memory_bytes{state!=\"blue\"}", "is never `blue`");
    wrong("latency_seconds_bucket{le=\"1\"}", "has no bucket 1");
    wrong("histogram_quantile(0.9, sum by (le) (rate(latency_seconds_bucket[5m]))) > 2", "never exceeds");
    wrong("requests_total{code=\"\"}", "carries `code`");
    wrong("requests_total < 0", "never negative");
}

#[test]
fn values_that_were_seen_are_kept_for_whoever_compares_spellings() {
    let symbols = symbols();
    let [seen] = symbols.seen("requests_total") else { panic!("it was seen once") };
    assert!(seen.labels["code"].values.contains("500"));
    assert_eq!(symbols.seen("latency_seconds_bucket")[0].name, "latency_seconds");
    assert!(symbols.seen("latency_seconds").is_empty());
}
