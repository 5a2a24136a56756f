//! Rules as they are written: their labels, sentences, time, names and order.

use std::time::Duration;

use promql::{Checker, Code, RuleGroup, RuleKind, RuleText, Symbols};

use crate::checker::symbols;

fn alert(query: &str) -> RuleText {
    let text = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    RuleText {
        kind: RuleKind::Alert,
        name: "SomethingWrong".to_owned(),
        query: query.to_owned(),
        held: Duration::ZERO,
        labels: vec![text("severity", "warning"), text("owner", "shop")],
        annotations: vec![text("summary", "Something"), text("runbook", "docs/x.md"), text("panel", "/d/x")],
    }
}

fn recording(name: &str, query: &str) -> RuleText {
    RuleText { kind: RuleKind::Recording, name: name.to_owned(), labels: vec![], annotations: vec![], ..alert(query) }
}

/// Another alert watches for what vanishes.
fn watcher() -> RuleText {
    RuleText { name: "TargetDown".to_owned(), ..alert("up == 0") }
}

fn with(mut rule: RuleText, change: impl FnOnce(&mut RuleText)) -> RuleText {
    change(&mut rule);
    rule
}

#[track_caller]
fn check(rules: impl IntoIterator<Item = RuleText>, expect: &[(Code, &str)]) {
    let rules = rules.into_iter().collect();
    let groups = [RuleGroup { name: "test".to_owned(), interval: Some(Duration::from_secs(30)), rules }];
    let mut symbols: Symbols = symbols();
    symbols.record_groups(&groups);
    let found = Checker::new(&symbols).check_groups(&groups);
    let told: Vec<_> = found.iter().map(|found| (found.finding.code, found.finding.part())).collect();
    assert_eq!(told, expect, "{found:#?}");
}

#[track_caller]
fn check_alert(alert: RuleText, expect: &[(Code, &str)]) {
    check([alert, watcher()], expect);
}

#[test]
fn sentences_name_labels_that_are_there() {
    let says = |text: &str| with(alert("api:errors > 5"), |alert| alert.annotations[0].1 = text.to_owned());
    check_alert(says("{{ $labels.service }} fails {{ $value | humanize }} times"), &[]);
    check_alert(says("{{ $labels.severity }} {{ $labels.alertname }}"), &[]);
    check_alert(says("{{ $labels.http_route }} fails"), &[(Code::TemplateUnknownLabel, "http_route")]);
    check_alert(says("{{ $value | humanise }}"), &[(Code::TemplateUnreadable, "humanise")]);
    check_alert(says("{{ $labels.service"), &[(Code::TemplateUnreadable, "{{")]);
}

#[test]
fn own_labels_leave_apart_what_the_series_tell_apart() {
    let labelled = |key: &str, value: &str| {
        with(alert("api:errors > 5"), |alert| alert.labels.push((key.to_owned(), value.to_owned())))
    };
    check_alert(labelled("team", "shop"), &[]);
    check_alert(labelled("service", "shop"), &[(Code::LabelsCollide, "shop")]);
    check_alert(labelled("level", "{{ $value }}"), &[(Code::ValueInLabel, "$value")]);
    check_alert(labelled("route", "{{ $labels.http_route }}"), &[(Code::TemplateUnknownLabel, "http_route")]);
}

#[test]
fn what_must_hold_can_hold() {
    let held = |query: &str, seconds: u64| with(alert(query), |alert| alert.held = Duration::from_secs(seconds));
    check_alert(held("api:errors > 5", 60), &[]);
    check_alert(held("api:errors > 5", 10), &[(Code::ForBelowInterval, "")]);
    check_alert(held("increase(errors_total[5m]) > 0", 300), &[(Code::ForOutlastsWindow, "5m")]);
    check_alert(held("increase(errors_total[10m]) > 0", 300), &[]);
    check_alert(held("changes(up[1h]) > 4", 7200), &[(Code::ForOutlastsWindow, "1h")]);
    check_alert(held("increase(errors_total[5m]) > 3", 600), &[]);
}

#[test]
fn a_first_event_may_be_missed_where_series_are_born_late() {
    check_alert(alert("increase(errors_total[5m]) > 0"), &[]);
    check_alert(
        alert("increase(node_disk_read_bytes_total[5m]) > 0"),
        &[(Code::MissedFirstIncrease, "increase(node_disk_read_bytes_total[5m])")],
    );
    check_alert(alert("increase(node_disk_read_bytes_total{device=\"vda\"}[5m]) > 0"), &[]);
}

#[test]
fn somebody_watches_for_what_vanishes() {
    let query = "max by (service) (process_memory_usage_bytes) > 1e9";
    check([alert(query)], &[(Code::SilentWhenMissing, query)]);
    check_alert(alert(query), &[]);
    check([alert("absent(up{service=\"shop\"})")], &[]);
    check([alert("api:errors > 5")], &[]);
}

#[test]
fn names_tell_rules_apart() {
    check([recording("a:b:c", "sum(up)"), recording("a:b:c", "sum(up)")], &[(Code::SameIdentity, "a:b:c")]);
    let other = with(alert("api:errors > 7"), |alert| alert.labels[0].1 = "critical".to_owned());
    check([alert("api:errors > 5"), other], &[]);
    check([alert("api:errors > 5"), alert("api:errors > 7")], &[(Code::SameIdentity, "SomethingWrong")]);
}

#[test]
fn rules_stand_in_the_order_in_which_they_need_each_other() {
    let (total, half) = (recording("a:total:sum", "sum(up)"), recording("a:half:sum", "a:total:sum / 2"));
    check([total.clone(), half.clone()], &[]);
    check([half, total], &[(Code::OrderOfRules, "a:total:sum / 2")]);
    check(
        [recording("a:x:sum", "a:y:sum + 1"), recording("a:y:sum", "a:x:sum + 1")],
        &[
            (Code::OrderOfRules, "a:y:sum + 1"),
            (Code::RecordingCycle, "a:y:sum + 1"),
            (Code::RecordingCycle, "a:x:sum + 1"),
        ],
    );
}

#[test]
fn a_rule_records_a_vector() {
    check([recording("a:b:c", "up[5m]")], &[(Code::NothingToRecord, "up[5m]")]);
    check([recording("a:b:c", "1")], &[]);
}

#[test]
fn this_house_wants_more_of_a_rule() {
    check([recording("requests", "sum(up)")], &[(Code::Naming, "requests")]);
    let bare = with(watcher(), |alert| {
        alert.labels.clear();
        alert.annotations = vec![("runbook_url".to_owned(), "https://example.org".to_owned())];
    });
    let name = "TargetDown";
    check(
        [bare],
        &[
            (Code::MissingSeverity, name),
            (Code::MissingOwner, name),
            (Code::MissingSummary, name),
            (Code::MissingPanel, name),
        ],
    );
    check([with(watcher(), |alert| alert.name = "target_down".to_owned())], &[(Code::Naming, "target_down")]);
}
