//! Configurations of Alertmanager.

use std::time::Duration;

use promql_lint::document::{Condition, Content, Document, Routing};

use super::{check_defects, defects, read, written};

#[track_caller]
fn routing(document: &Document) -> &Routing {
    let Content::Routing(routing) = &document.content else { panic!("this is no routing: {document:?}") };
    routing
}

fn listed(conditions: &[Condition]) -> Vec<String> {
    conditions.iter().map(|condition| condition.matcher.to_string()).collect()
}

#[test]
fn a_configuration_is_read_whole() {
    let document = read(
        r#"global: {resolve_timeout: 5m}
route:
  receiver: everyone
  group_by: [alertname, cluster]
  repeat_interval: 4h
  routes:
  # promql-lint: allow(unreachable-route) because the database comes later
  - match: {service: database}
    match_re: {env: "prod|stage"}
    receiver: dba
    continue: true
    active_time_intervals: [office]
  - matchers: ['severity = critical', '{team!="x",area=~"a|b"}', "owner!~\"q.*\""]
    routes:
    - receiver: dba
      group_by: ['...']
inhibit_rules:
- source_matchers: [severity="critical"]
  target_match: {severity: warning}
  equal: [cluster, alertname]
receivers:
- name: everyone
  slack_configs: [{channel: "%23all"}]
- {name: dba, carrier_pigeon_configs: []}
time_intervals:
- name: office
  time_intervals: [{weekdays: ["monday:friday"]}]
templates: ["*.tmpl"]
"#,
    );
    assert_eq!(defects(&document), Vec::<String>::new());
    let routing = routing(&document);
    let root = routing.route.as_ref().expect("there is a root");
    assert_eq!(root.place(), "route to everyone");
    assert_eq!(root.repeat_interval.as_ref().map(|interval| interval.value), Some(Duration::from_secs(4 * 3_600)));
    let [database, critical] = root.routes.as_slice() else { panic!("two routes") };
    assert_eq!(listed(&database.conditions), ["service=\"database\"", "env=~\"prod|stage\""]);
    assert!(database.continues && !critical.continues);
    assert_eq!(database.active_time_intervals[0].text, "office");
    let found = listed(&critical.conditions);
    assert_eq!(found, ["severity=\"critical\"", "team!=\"x\"", "area=~\"a|b\"", "owner!~\"q.*\""]);
    assert_eq!(critical.place(), format!("route of {}", found.join(", ")));
    assert_eq!(written(&document, &critical.conditions[3].value, "q.*"), "q.*");
    assert_eq!(&document.source[critical.conditions[3].value.range()], "\\\"q.*\\\"");
    assert_eq!(document.position(critical.conditions[1].name.range().start).to_string(), "13:41");
    assert_eq!(critical.routes[0].group_by[0].text, "...");
    let [inhibition] = routing.inhibitions.as_slice() else { panic!("one inhibition") };
    assert_eq!(inhibition.place(), "inhibition of severity=\"warning\" by severity=\"critical\"");
    assert_eq!(inhibition.equal.len(), 2);
    assert_eq!(routing.receivers.len(), 2);
    assert!(document.waives("unreachable-route", &database.range));
    assert!(!document.waives("unreachable-route", &critical.range));
}

#[test]
fn matchers_are_read_in_all_their_ways() {
    #[track_caller]
    fn check(matcher: &str, expected: &[&str]) {
        let source = format!(
            "route: {{receiver: a, routes: [{{matchers: ['{}']}}]}}\nreceivers: [{{name: a}}]\n",
            matcher.replace('\'', "''")
        );
        let document = read(&source);
        assert_eq!(defects(&document), Vec::<String>::new());
        let root = routing(&document).route.as_ref().expect("there is a root");
        assert_eq!(listed(&root.routes[0].conditions), expected);
    }
    check("", &[]);
    check("{}", &[]);
    check("a=b", &["a=\"b\""]);
    check("a==b", &["a=\"=b\""]);
    check("a =~ \"b|c\" , d!=\"\",", &["a=~\"b|c\"", "d!=\"\""]);
    check("j = k l", &["j=\"k l\""]);
    check("a=\"b,c\"", &["a=\"b,c\""]);
    check("\"q r\"=\"x\"", &["q r=\"x\""]);
    check("ü=x", &["ü=\"x\""]);
    check("a='b'", &["a=\"'b'\""]);
    check("a=\\\"b\\\"", &["a=\"\\\"b\\\"\""]);
    check("a=\"\\d\\n\"", &["a=\"\\\\d\\n\""]);
    check("{a=b", &["a=\"b\""]);
    check("a=b}", &["a=\"b\""]);
    check("1a=", &["1a=\"\""]);
}

#[test]
fn what_alertmanager_refuses_is_named_with_its_place() {
    let with = |route: &str| format!("route: {{receiver: a, routes: [{{{route}}}]}}\nreceivers: [{{name: a}}]\n");
    let root =
        |route: &str| format!("route: {{{route}}}\nreceivers: [{{name: a}}]\ntime_intervals: [{{name: night}}]\n");
    check_defects(&with("receiver: b"), &[("1:42 undefined-receiver (route to b)", "there is only `a`")]);
    check_defects(
        &with("mute_time_intervals: [x]"),
        &[("1:54 undefined-time-interval", "there is none to choose from")],
    );
    check_defects(
        &root("receiver: a, routes: [{active_time_intervals: [nigt]}]"),
        &[("1:56 undefined-time-interval", "did you mean `night`?")],
    );
    check_defects(&root("group_by: [b]"), &[("1:9 missing-field", "no receiver")]);
    check_defects(
        &root("receiver: a, continue: true, matchers: [a=b], mute_time_intervals: [night]"),
        &[
            ("1:22 misplaced-field", "`continue`"),
            ("1:38 misplaced-field", "`matchers`"),
            ("1:55 misplaced-field", "`mute"),
        ],
    );
    check_defects(&root("receiver: a, group_by: [b, b]"), &[("1:36 repeated-name", "twice")]);
    check_defects(&root("receiver: a, group_by: [b, '...']"), &[("1:36 misplaced-field", "all labels")]);
    check_defects(&root("receiver: a, group_interval: 0s"), &[("1:38 unreadable-duration", "zero")]);
    check_defects(&with("group-by: [a]"), &[("1:32 unknown-field", "did you mean `group_by`?")]);
    for (matcher, word) in [
        ("a", "no condition"),
        ("a=\"b", "closing quote"),
        ("a=\"b\" c", "closing quote"),
        ("a=b\"c", "without a backslash"),
        ("a=b,,c=d", "no condition"),
        ("=b", "no condition"),
        ("a=~\"(\"", "no pattern"),
    ] {
        let source = with(&format!("matchers: ['{matcher}']"));
        check_defects(&source, &[("1:", word)]);
    }
    check_defects(&with("match_re: {a: '('}"), &[("1:46 unreadable-matcher", "no pattern")]);
    check_defects(&with("matchers: a=b"), &[("1:42 wrong-shape", "is a list")]);
    check_defects("receivers: [{name: a}]\n", &[("1:1 missing-field", "no `route`")]);
    check_defects(
        "route: {receiver: a}\nreceivers: [{name: a}, {name: a}, {slack_configs: []}, {name: b, slck_configs: []}]\n",
        &[("2:36 missing-field", "no name"), ("2:66 unknown-field", "`slack_configs`"), ("2:31 repeated-name", "`a`")],
    );
    check_defects(
        "route: {receiver: a}\nreceivers: [{name: a}]\ninhibit_rules: [{source_matcher: [a=b], equal: a}]\n",
        &[("3:18 unknown-field", "`source_matchers`"), ("3:48 wrong-shape", "is a list")],
    );
}
