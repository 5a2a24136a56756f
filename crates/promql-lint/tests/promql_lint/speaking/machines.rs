//! What machines read.

use promql_lint::report::{Finding, json};
use serde_json::{Value, json};

use super::{RULES, about, report, unreachable_threshold};

fn read(text: &str) -> Value {
    serde_json::from_str(text).expect("valid JSON")
}

#[test]
fn json_is_a_list_of_findings_with_eight_keys_each() {
    let waived = Finding { waived: Some("on purpose".to_owned()), ..about(RULES, "rate") };
    let written = json(&report([about(RULES, "upp"), waived])).expect("it has a form in JSON");
    assert_eq!(
        read(&written),
        json!({"findings": [{
            "code": "unknown-metric",
            "severity": "error",
            "file": "rules.yml",
            "line": 11,
            "column": 11,
            "rule": "HostDown",
            "message": "there is no metric `upp`",
            "help": "write `up`",
        }]})
    );
}

#[test]
fn json_of_nothing_is_an_empty_list() {
    assert_eq!(read(&json(&report([])).expect("it has a form in JSON")), json!({"findings": []}));
}

#[test]
fn json_has_the_order_of_the_file() {
    let written = json(&report([about(RULES, "upp"), unreachable_threshold()])).expect("it has a form in JSON");
    let lines: Vec<_> =
        read(&written)["findings"].as_array().expect("a list").iter().map(|f| f["line"].clone()).collect();
    assert_eq!(lines, [8, 11]);
}
