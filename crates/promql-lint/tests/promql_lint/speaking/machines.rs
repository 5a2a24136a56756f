//! What machines read.

use promql_lint::report::{Finding, json, sarif};
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

#[test]
fn sarif_is_read_by_others_to_the_last_key() {
    let waived = Finding { waived: Some("on purpose".to_owned()), ..about(RULES, "rate") };
    let written = read(&sarif(&report([about(RULES, "upp"), waived])).expect("it has a form in JSON"));
    let understood: serde_sarif::sarif::Sarif = serde_json::from_value(written.clone()).expect("valid SARIF");
    assert_eq!(serde_json::to_value(&understood).expect("it has a form in JSON"), written, "a key is not SARIF's");
}

#[test]
fn sarif_says_the_place_the_level_and_the_rule_of_each_result() {
    let finding = Finding { file: "my rules.yml".to_owned(), ..about(RULES, "upp") };
    let mut report = report([]);
    report.read("my rules.yml", RULES);
    report.add([finding]);
    let written = read(&sarif(&report).expect("it has a form in JSON"));
    let (run, result) = (&written["runs"][0], &written["runs"][0]["results"][0]);
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(written["version"], "2.1.0");
    assert_eq!(result["level"], "error");
    assert_eq!(place["artifactLocation"]["uri"], "my%20rules.yml");
    assert_eq!(place["region"], json!({"startLine": 11, "startColumn": 11, "endLine": 11, "endColumn": 14}));
    let index = result["ruleIndex"].as_u64().and_then(|index| usize::try_from(index).ok()).expect("an index");
    assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
    assert!(result.get("suppressions").is_none(), "{result}");
}

#[test]
fn what_is_waived_is_suppressed_in_sarif_with_its_reason() {
    let waived = Finding { waived: Some("on purpose".to_owned()), ..about(RULES, "upp") };
    let written = read(&sarif(&report([waived])).expect("it has a form in JSON"));
    let suppressions = &written["runs"][0]["results"][0]["suppressions"];
    assert_eq!(*suppressions, json!([{"kind": "inSource", "justification": "on purpose"}]));
}
