//! What the report says of findings, to people and to machines.

mod human;
mod machines;

use std::ops::Range;

use promql_lint::report::{Checked, Finding, Report, Severity};

const RULES: &str = "\
groups:
- name: latency
  rules:
  - alert: QueriesSlow
    expr: |
      histogram_quantile(0.95,
        sum by (le) (rate(prometheus_http_request_duration_seconds_bucket[5m]))
      ) > 300
    for: 5m
  - alert: HostDown
    expr: upp == 0
";

/// A finding about this part of a text.
fn about(text: &str, part: &str) -> Finding {
    Finding {
        code: "unknown-metric",
        severity: Severity::Error,
        file: "rules.yml".to_owned(),
        span: place(text, part),
        rule: "HostDown".to_owned(),
        place: "alert HostDown".to_owned(),
        message: "there is no metric `upp`".to_owned(),
        help: "write `up`".to_owned(),
        quoted: None,
        waived: None,
    }
}

fn place(text: &str, part: &str) -> Range<usize> {
    let start = text.find(part).expect("the part stands in the text");
    start..start + part.len()
}

fn unreachable_threshold() -> Finding {
    Finding {
        code: "threshold-beyond-buckets",
        rule: "QueriesSlow".to_owned(),
        place: "alert QueriesSlow".to_owned(),
        message:
            "the quantile never exceeds 120, the highest bound of `prometheus_http_request_duration_seconds_bucket`"
                .to_owned(),
        help: "compare with less than 120".to_owned(),
        ..about(RULES, "> 300")
    }
}

fn report(findings: impl IntoIterator<Item = Finding>) -> Report {
    let mut report = Report::default();
    report.read("rules.yml", RULES);
    report.checked = Checked { rules: 2, panels: 0, routes: 0 };
    report.add(findings);
    report
}
