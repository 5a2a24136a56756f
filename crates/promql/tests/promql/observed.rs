//! What is concluded from metrics that were only seen: errors that are certain, and none that another target could make right.

use std::collections::BTreeMap;

use promql::{Checker, Code, Observed, ObservedKind, ObservedLabel, Severity, Symbols, Unlisted};

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
    let mut symbols = Symbols::of_others(["job", "instance"]);
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

/// How sure it is that a query is wrong, and what is said of it, where what was not seen is this.
#[track_caller]
fn unseen(unlisted: Unlisted, query: &str, said: &[(Severity, &str)]) {
    let mut symbols = symbols();
    symbols.take_unlisted_as(unlisted);
    let findings = Checker::new(&symbols).check("query", query);
    let findings: Vec<_> = findings.iter().map(|finding| (finding.severity, finding.help.as_str())).collect();
    assert_eq!(findings.len(), said.len(), "{query}: {findings:?}");
    for ((severity, help), (expected, part)) in findings.iter().zip(said) {
        assert!(severity == expected && help.contains(part), "{query}: {findings:?}");
    }
}

#[test]
fn a_slip_of_a_name_is_an_error_and_another_name_is_as_doubtful_as_was_said() {
    let slip = [(Severity::Error, "did you mean `requests_total`?")];
    unseen(Unlisted::Doubtful, "rate(request_total[5m])", &slip);
    unseen(Unlisted::Possible, "rate(reqeusts_total[5m])", &slip);
    unseen(Unlisted::Possible, "rate(bookings_total[5m])", &[]);
    unseen(Unlisted::Doubtful, "rate(bookings_total[5m])", &[(Severity::Warning, "show the checker")]);
    unseen(Unlisted::Possible, "rate(requests_by_path_total[5m])", &[]);
    unseen(Unlisted::Possible, "job:requests:rate5m > 1", &[]);
    unseen(Unlisted::Doubtful, "job:requests:rate5m > 1", &[(Severity::Warning, "")]);
}

#[test]
fn a_slip_of_a_label_is_an_error_unless_something_else_has_it() {
    wrong("requests_total{tenent=\"a\"}", "has no label `tenent`");
    wrong("sum by (instnace) (rate(requests_total[5m]))", "instnace");
    right("requests_total{tents=\"a\"}");
    right("sum by (region) (rate(requests_total[5m]))");
    // `states` is a label of another metric.
    let mut symbols = symbols();
    symbols.observe(&seen("machines", ObservedKind::Gauge, &[("states", label(true, false, &["x"]))]));
    let checker = Checker::new(&symbols);
    let errors = checker.check("query", "memory_bytes{states=\"a\"}").into_iter();
    assert_eq!(errors.filter(|finding| finding.severity == Severity::Error).count(), 0);
}

#[test]
fn a_label_that_was_seen_on_one_side_only_keeps_the_sides_apart_as_far_as_anybody_knows() {
    let symbols = symbols();
    let checker = Checker::new(&symbols);
    let found = |query: &str| checker.check("query", query);
    for (query, label) in [
        ("requests_total / memory_bytes", "`code`"),
        ("memory_bytes unless odd_total", "`state`"),
        ("odd_total * ignoring (instance) memory_bytes", "`state`"),
    ] {
        let found = found(query);
        let [only] = &found[..] else { panic!("{query}: {found:?}") };
        assert_eq!((only.code, only.severity), (Code::SidesNeverMatch, Severity::Warning), "{query}");
        assert!(only.reason.contains(label), "{query}: {}", only.reason);
    }
    for query in [
        "requests_total / on (job, instance) group_left () odd_total",
        "requests_total / ignoring (code, tenant) group_left () odd_total",
        "sum without (code, tenant) (requests_total) / odd_total",
        "requests_total or memory_bytes",
        "unheard_of / memory_bytes",
        // Not every series has it.
        "sum without (code) (requests_total) / odd_total",
    ] {
        let warned = found(query).into_iter().any(|found| found.code == Code::SidesNeverMatch);
        assert!(!warned, "{query}");
    }
}

#[test]
fn a_slip_of_a_value_is_doubtful() {
    let mut symbols = symbols();
    symbols.observe(&seen("jobs", ObservedKind::Gauge, &[("phase", label(true, false, &["running", "waiting"]))]));
    let checker = Checker::new(&symbols);
    let severities = |query: &str| checker.check("query", query).iter().map(|found| found.severity).collect::<Vec<_>>();
    assert_eq!(severities("jobs{phase=\"runing\"} > 0"), [Severity::Warning]);
    assert_eq!(severities("jobs{phase=~\"waiting|wating\"} > 0"), [Severity::Warning]);
    assert_eq!(severities("jobs{phase=\"stopped\"} > 0"), []);
    assert_eq!(severities("jobs{phase=\"running\"} > 0"), []);
}

#[test]
fn targets_of_others_may_have_any_labels_and_their_own_metrics_keep_what_is_known() {
    right("up{zone=\"a\"} == 0");
    let mut symbols = symbols();
    symbols.observe(&Observed {
        is_scraped: true,
        ..seen("up", ObservedKind::Unknown, &[("zone", label(true, false, &["a"]))])
    });
    let errors = Checker::new(&symbols).check("query", "up > 1");
    assert!(errors.iter().any(|finding| finding.reason.contains("0 or 1")), "{errors:?}");
}
