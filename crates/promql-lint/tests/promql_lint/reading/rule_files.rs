//! Rule files and PrometheusRule manifests.

use std::time::Duration;

use promql_lint::document::RuleKind;

use super::{check_defects, check_unreadable, defects, groups, only_rule, read, written};

#[test]
fn a_rule_file_is_read_whole() {
    let document = read(
        r#"groups:
  - name: node.rules
    interval: 1m30s
    limit: 10
    query_offset: 5s
    labels: {team: infra}
    rules:
      - record: instance:cpu:ratio
        expr: |
          avg by (instance) (
            rate(node_cpu_seconds_total{mode!="idle"}[5m])
          )
      - alert: 'HostHot'
        expr: instance:cpu:ratio > 0.9
        for: 10m
        keep_firing_for: 5m
        labels:
          severity: page
          level: 2
        annotations:
          summary: "{{ $labels.instance }} is \"hot\""
          runbook:
"#,
    );
    assert_eq!(defects(&document), Vec::<String>::new());
    let [group] = groups(&document) else { panic!("one group") };
    assert_eq!(group.name.text, "node.rules");
    assert_eq!(group.interval.as_ref().map(|interval| interval.value), Some(Duration::from_secs(90)));
    assert_eq!(group.limit.as_ref().map(|limit| limit.value), Some(10));
    assert_eq!(group.query_offset.as_ref().map(|offset| offset.text.text.as_str()), Some("5s"));
    assert_eq!(group.labels[0].1.text, "infra");
    let [record, alert] = group.rules.as_slice() else { panic!("two rules") };
    assert!(matches!(&record.kind, RuleKind::Record(name) if name.text == "instance:cpu:ratio"));
    assert_eq!(record.place(), "rule instance:cpu:ratio");
    assert_eq!(written(&document, &record.expr, "mode!=\"idle\""), "mode!=\"idle\"");
    let position = document.position(record.expr.at(20..21).start);
    assert_eq!((position.line, position.column), (11, 11));
    assert_eq!(alert.place(), "alert HostHot");
    assert_eq!(alert.held.as_ref().map(|held| held.value), Some(Duration::from_secs(600)));
    assert_eq!(alert.keep_firing.as_ref().map(|kept| kept.value), Some(Duration::from_secs(300)));
    assert_eq!(alert.labels[1].1.text, "2");
    assert_eq!(alert.annotations[0].1.text, "{{ $labels.instance }} is \"hot\"");
    assert_eq!(written(&document, &alert.annotations[0].1, "\"hot\""), "\\\"hot\\\"");
    assert_eq!(alert.annotations[1].1.text, "");
}

#[test]
fn what_prometheus_refuses_is_named_with_its_place() {
    let rule = |rule: &str| format!("groups:\n- name: a\n  rules:\n  - {rule}\n");
    check_defects(
        &rule("{record: x, expr: up, lables: {}}"),
        &[("4:27 unknown-field (rule x)", "did you mean `labels`?")],
    );
    check_defects(&rule("{record: x, expr: up, expr: up}"), &[("4:27 repeated-field (rule x)", "`expr` stands twice")]);
    check_defects(&rule("{record: x, alert: y, expr: up}"), &[("4:24 misplaced-field (alert y)", "both `x` and `y`")]);
    check_defects(&rule("{expr: up}"), &[("4:6 missing-field (group a)", "neither `record` nor `alert`")]);
    check_defects(&rule("{alert: x}"), &[("4:6 missing-field (alert x)", "no expression")]);
    check_defects(&rule("{alert: x, expr: ''}"), &[("4:6 missing-field (alert x)", "no expression")]);
    check_defects(&rule("{alert: x, expr: up, for: 5 minutes}"), &[("4:31 unreadable-duration (alert x)", "`5m`")]);
    check_defects(&rule("{alert: x, expr: up, for: 300}"), &[("4:31 unreadable-duration (alert x)", "with units")]);
    check_defects(
        &rule("{record: x, expr: up, for: 5m, annotations: {a: b}}"),
        &[("4:27 misplaced-field (rule x)", "`for`"), ("4:36 misplaced-field (rule x)", "`annotations`")],
    );
    check_defects(&rule("{record: 'x{a=\"b\"}', expr: up}"), &[("4:14 unreadable-name", "braces")]);
    check_defects(&rule("{record: x, expr: up, labels: {__name__: y}}"), &[("4:36 unreadable-name", "__name__")]);
    check_defects(&rule("{record: x, expr: [up]}"), &[("4:23 wrong-shape (rule x)", "this is a list")]);
    check_defects(&rule("up"), &[("4:5 wrong-shape (group a)", "a rule is a mapping")]);
    check_defects("groups: {}\n", &[("1:9 wrong-shape ()", "`groups` is a list")]);
    check_defects("groups:\n- rules: []\n", &[("2:3 missing-field ()", "no name")]);
    check_defects("groups:\n- {name: a}\n- {name: a}\n", &[("3:10 repeated-name (group a)", "another group")]);
    check_defects("groups:\n- {name: a, limit: many}\n", &[("2:20 wrong-shape (group a)", "whole number")]);
    check_defects("groups: []\nx: 1\n", &[("2:1 unknown-field ()", "there is only `groups`")]);
    check_defects("groups: []\n---\ngroups: []\n", &[("3:1 unread-document ()", "only the first")]);
}

#[test]
fn what_prometheus_accepts_is_no_defect() {
    for source in [
        "",
        "# nothing yet\n",
        "groups:\n",
        "groups:\n- name: 5\n  rules:\n  -\n",
        "groups:\n- name: a\n  interval: 0\n  rules:\n  - alert: x\n    expr: up\n    for: 0\n    labels:\n    annotations:\n",
        "groups:\n- name: a\n  rules:\n  - {record: x, expr: 5, labels: {a-b: true, c: 1, d: }}\n",
        "groups:\n- name: a\n  rules:\n  - &r\n    alert: x\n    expr: up\n    labels: &l {a: b}\n  - <<: *r\n    alert: y\n  \
         - {alert: z, expr: up, labels: {<<: [*l], c: d}}\n",
        "{\"groups\": [{\"name\": \"a\", \"rules\": [{\"record\": \"x\", \"expr\": \"up\"}]}]}",
    ] {
        assert_eq!(defects(&read(source)), Vec::<String>::new(), "{source}");
    }
}

#[test]
fn merge_keys_give_what_the_rule_does_not_say_itself() {
    let document = read(
        "groups:\n- name: a\n  rules:\n  - &r\n    alert: x\n    expr: up == 0\n    for: 5m\n  - <<: *r\n    alert: y\n    for: 1m\n",
    );
    let second = &groups(&document)[0].rules[1];
    assert_eq!((second.name().text.as_str(), second.expr.text.as_str()), ("y", "up == 0"));
    assert_eq!(second.held.as_ref().map(|held| held.value), Some(Duration::from_secs(60)));
}

#[test]
fn manifests_of_rules_are_read_among_others() {
    let rule = |name: &str| {
        format!(
            "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {{name: {name}}}\nspec:\n  groups:\n  - name: g\n    \
             rules:\n    - record: {name}\n      expr: up\n"
        )
    };
    let other = "apiVersion: v1\nkind: Service\nmetadata: {name: x}\n";
    let document = read(&format!("{other}---\n{}---\n{}...\n---\n", rule("a"), rule("b")));
    assert_eq!(defects(&document), Vec::<String>::new());
    let names: Vec<&str> =
        groups(&document).iter().flat_map(|group| &group.rules).map(|rule| rule.name().text.as_str()).collect();
    assert_eq!(names, ["a", "b"]);

    let item = rule("c").lines().map(|line| format!("  {line}\n")).collect::<String>();
    let document = read(&format!("apiVersion: v1\nkind: List\nitems:\n-{}", &item[1..]));
    assert_eq!(only_rule(&document).name().text, "c");

    check_unreadable(other.as_bytes(), "1:1", "there is `Service`");
    check_defects("apiVersion: v1\nkind: PrometheusRule\n", &[("1:1 missing-field", "no `spec`")]);
}

#[test]
fn other_files_are_told_apart() {
    check_unreadable(b"- a\n", "1:1", "there is a list");
    check_unreadable(b"just words", "1:1", "there is a single value");
    check_unreadable(b"group: []\n", "1:1", "did you mean `groups`?");
    check_unreadable(b"a: 1\nb: 2\n", "1:1", "its fields are `a`, `b`");
    check_unreadable(b"scrape_configs: []\n", "1:1", "`rule_files`");
}

#[test]
fn broken_files_say_where() {
    check_unreadable(b"groups:\n- name: 'a\n", "2:9", "not YAML");
    check_unreadable(b"groups:\n\t- name: a\n", "2:", "not YAML");
    check_unreadable("größe: [ü".as_bytes(), "1:", "not YAML");
    check_unreadable(b"{\"groups\": [\n  {\"name\" \"a\"}]}", "2:11", "a `:` is due here");
    check_unreadable(b"{\"groups\": [}", "1:13", "a value is due here");
    check_unreadable(b"groups: \xff", "1:9", "UTF-8");
    check_unreadable(b"groups: \x01", "1:9", "control character");
    check_unreadable(b"{{- if .Values.x }}\ngroups: []\n{{- end }}", "1:2", "Helm");
}
