//! Files, what is known of their metrics and what is judged, together.

use clap::Parser;
use promql::Symbols;
use promql_lint::{
    command::{Input, Lint},
    lint,
    report::{Finding, Report},
};

#[derive(Parser)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub lint: Lint,
}

/// What is found when all metrics are declared, and these are none but Prometheus' own.
fn report(files: &[(&str, &str)]) -> Report {
    let inputs = files.iter().map(|(path, text)| Input {
        path: (*path).to_owned(),
        bytes: text.as_bytes().to_vec(),
        is_named: true,
    });
    let settings = Arguments::parse_from(["promql-lint"]).lint;
    lint(&settings, Some(Symbols::new(["instance", "job"])), inputs.collect())
        .expect("nothing is to be had from elsewhere")
}

fn codes(report: &Report) -> Vec<&str> {
    report.findings().map(|finding| finding.code).collect()
}

/// What the file says where a finding is.
fn part<'t>(text: &'t str, finding: &Finding) -> &'t str {
    &text[finding.span.clone()]
}

fn rules(rules: &str) -> String {
    format!("groups:\n- name: hosts\n  rules:\n{rules}")
}

#[test]
fn a_rule_of_one_file_is_known_in_another_whatever_their_order() {
    let alert = rules("  - alert: FewUp\n    expr: job:up:max < 1\n");
    let first = rules("  - record: job:up:max\n    expr: max_over_time(job:up:sum[1h])\n");
    let second = rules("  - record: job:up:sum\n    expr: sum by (job) (up)\n");
    let all = report(&[("alerts.yml", &alert), ("first.yml", &first), ("second.yml", &second)]);
    assert_eq!(codes(&all), Vec::<&str>::new());
    assert_eq!(codes(&report(&[("alerts.yml", &alert)])), ["undefined-recording"]);
}

#[test]
fn rules_that_read_each_other_in_a_circle_end_too() {
    let circle = rules("  - record: a:b:c\n    expr: d:e:f\n  - record: d:e:f\n    expr: a:b:c\n");
    report(&[("rules.yml", &circle)]);
}

#[test]
fn a_finding_has_its_place_in_the_file_also_in_a_block_of_text() {
    let text = rules("  - alert: HostDown\n    expr: |\n      up == 0\n      or\n      absent(upp)\n");
    let report = report(&[("rules.yml", &text)]);
    let findings: Vec<_> = report.findings().collect();
    let [finding] = findings.as_slice() else { panic!("{findings:?}") };
    assert_eq!((finding.code, part(&text, finding)), ("unknown-metric", "upp"));
    assert_eq!((finding.rule.as_str(), finding.place.as_str()), ("HostDown", "alert HostDown"));
}

fn board(expr: &str) -> String {
    let target = serde_json::json!({"refId": "A", "expr": expr});
    let panel = serde_json::json!({"type": "timeseries", "title": "Hosts", "targets": [target]});
    let list = serde_json::json!([{"type": "textbox", "name": "which"}, {"type": "custom", "name": "by", "query": "job,instance"}]);
    serde_json::json!({"title": "Hosts", "schemaVersion": 39, "panels": [panel], "templating": {"list": list}})
        .to_string()
}

#[test]
fn a_panels_query_is_checked_with_its_place_in_the_json() {
    let text = board("sum(up)\n/\nsum(upp{job=~\"$which\"})");
    let report = report(&[("board.json", &text)]);
    let findings: Vec<_> = report.findings().collect();
    let [finding] = findings.as_slice() else { panic!("{findings:?}") };
    assert_eq!((finding.code, part(&text, finding)), ("unknown-metric", "upp"));
    let quoted = finding.quoted.as_ref().expect("its line breaks are escapes");
    assert_eq!(&quoted.text[quoted.span.clone()], "upp");
}

#[test]
fn of_what_a_variable_decides_nothing_is_claimed() {
    assert_eq!(codes(&report(&[("board.json", &board("max by (job) (sum by ($by) (up))"))])), Vec::<&str>::new());
    assert_eq!(
        codes(&report(&[("board.json", &board("max by (job) (sum by (instance) (up))"))])),
        ["label-aggregated-away"]
    );
}

#[test]
fn a_waiver_with_a_reason_lets_its_code_stand_and_no_other() {
    let text = |waiver: &str| rules(&format!("  {waiver}\n  - alert: HostDown\n    expr: upp == 0\n"));
    let check = |waiver: &str, expected: &[&str]| {
        let report = report(&[("rules.yml", &text(waiver))]);
        assert_eq!(codes(&report), expected, "{waiver}");
        report.waived().map(|finding| finding.waived.clone()).collect::<Vec<_>>()
    };
    let because = check("# promql-lint: allow(unknown-metric) because it comes with the next release", &[]);
    assert_eq!(because, [Some("it comes with the next release".to_owned())]);
    check("# promql-lint: allow(unknown-metric)", &["waiver-without-reason", "unknown-metric"]);
    check("# promql-lint: allow(never-true) because it is so", &["unused-waiver", "unknown-metric"]);
    check("# promql-lint: alow(unknown-metric) because it is so", &["unreadable-waiver", "unknown-metric"]);
}

#[test]
fn what_was_looked_at_is_counted() {
    let alert = rules("  - alert: HostDown\n    expr: up == 0\n");
    let report = report(&[("rules.yml", &alert), ("board.json", &board("up"))]);
    assert_eq!((report.checked.rules, report.checked.panels, report.files()), (1, 1, 2));
}
