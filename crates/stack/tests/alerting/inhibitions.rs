//! Which alert keeps which quiet, on a real Alertmanager, rule by rule and both ways.

use shop_monitoring::Place;

use crate::alertmanager::{Alertmanager, Labels, eventually, labels, render};

/// Two alerts, and whether the first keeps the second quiet. The cases do not meet: each has a service and hosts of its own.
struct Case {
    what: String,
    source: Option<Labels>,
    target: Labels,
    is_inhibited: bool,
}

fn case(what: impl Into<String>, source: &Labels, target: &Labels, is_inhibited: bool) -> Case {
    Case { what: what.into(), source: Some(source.clone()), target: target.clone(), is_inhibited }
}

fn service(severity: &str) -> Labels {
    labels([
        ("alertname", "Some"),
        ("severity", severity),
        ("service", "a"),
        ("topic", "errors"),
        ("environment", "local"),
    ])
}

fn host(severity: &str) -> Labels {
    labels([
        ("alertname", "Some"),
        ("severity", severity),
        ("instance", "a"),
        ("topic", "memory"),
        ("environment", "local"),
    ])
}

fn with(mut of: Labels, key: &str, value: &str) -> Labels {
    of.insert(key.to_owned(), value.to_owned());
    of
}

fn without(mut of: Labels, key: &str) -> Labels {
    of.remove(key).expect("was there");
    of
}

/// A rule silences alerts that agree in `equal`, and none that differ in one of them, nor any while its source is absent, nor the
/// watchdog.
fn both_ways(rule: &str, source: &Labels, target: &Labels, equal: &[&str]) -> Vec<Case> {
    let mut cases = vec![case(rule, source, target, true)];
    for key in equal {
        cases.push(case(format!("{rule}, another {key}"), source, &with(target.clone(), key, "b"), false));
        cases.push(case(format!("{rule}, no {key} at the target"), source, &without(target.clone(), key), false));
        cases.push(case(format!("{rule}, no {key} at the source"), &without(source.clone(), key), target, false));
    }
    let watchdog = with(target.clone(), "alertname", "Watchdog");
    cases.push(case(format!("{rule}, the watchdog"), source, &watchdog, false));
    cases.push(Case { what: format!("{rule}, no source"), source: None, target: target.clone(), is_inhibited: false });
    cases
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let levels = ["critical", "warning", "info"];
    for (i, source) in levels.iter().enumerate() {
        for (j, target) in levels.iter().enumerate() {
            if i < j {
                let rule = |of| format!("{source} silences {target} of a {of}");
                let service_keys = ["service", "topic", "environment"];
                cases.extend(both_ways(&rule("service"), &service(source), &service(target), &service_keys));
                let host_keys = ["instance", "topic", "environment"];
                cases.extend(both_ways(&rule("host"), &host(source), &host(target), &host_keys));
            } else {
                let target = |of: Labels| with(of, "alertname", "Other");
                let rule = |of| format!("{source} does not silence {} of a {of}", levels[j]);
                cases.push(case(rule("service"), &service(source), &target(service(levels[j])), false));
                cases.push(case(rule("host"), &host(source), &target(host(levels[j])), false));
            }
        }
    }
    let down = with(with(service("critical"), "alertname", "ApiDown"), "topic", "availability");
    for topic in ["traffic", "absence", "latency"] {
        for severity in levels {
            let target = with(service(severity), "topic", topic);
            let rule = format!("down silences {severity} {topic}");
            cases.extend(both_ways(&rule, &down, &target, &["service", "environment"]));
            let other = with(down.clone(), "alertname", "Other");
            cases.push(case(format!("{rule}, but nothing else on its topic does"), &other, &target, false));
        }
    }
    cases.push(case("down does not silence errors", &down, &service("critical"), false));
    let (critical, warning) = (service("critical"), service("warning"));
    let bare = |of: &Labels, key: &str| without(of.clone(), key);
    cases.push(case("no topic is no common topic", &bare(&critical, "topic"), &bare(&warning, "topic"), false));
    cases.push(case("no environment is one", &bare(&critical, "environment"), &bare(&warning, "environment"), true));
    let same_topic = |of: Labels| with(of, "topic", "memory");
    let on_host = |severity| with(same_topic(service(severity)), "instance", "a");
    cases.push(case("a host does not silence a service on it", &host("critical"), &on_host("warning"), false));
    cases.push(case("a service does not silence its host", &on_host("critical"), &host("warning"), false));
    cases.push(case(
        "a service is silenced on all its instances",
        &on_host("critical"),
        &with(on_host("warning"), "instance", "b"),
        true,
    ));
    cases
}

/// Keeps a case's alerts apart from those of all others.
fn apart(mut of: Labels, number: usize, role: &str) -> Labels {
    for key in ["service", "instance"] {
        if let Some(value) = of.get_mut(key) {
            *value = format!("{value}-{number}");
        }
    }
    with(with(of, "case", &number.to_string()), "role", role)
}

fn source(case: &Case, number: usize) -> Option<Labels> {
    case.source.clone().map(|labels| apart(labels, number, "source"))
}

/// Whether each case's target is inhibited, once that of the last is as wanted.
async fn inhibited(alertmanager: &Alertmanager, cases: usize, last: bool) -> Vec<bool> {
    let look = async || {
        let mut seen = vec![None; cases];
        for (labels, is_inhibited) in alertmanager.alerts().await {
            if labels["role"] == "target" {
                seen[labels["case"].parse::<usize>().expect("a number")] = Some(is_inhibited);
            }
        }
        seen.into_iter().collect::<Option<Vec<bool>>>()
    };
    let is_so = async || look().await.filter(|seen| seen[cases - 1] == last);
    eventually(format_args!("the last case's target has `inhibited` at {last}"), is_so).await;
    // Once more: an answer is put together alert by alert, and some may have been looked at before their sources.
    look().await.expect("all are listed still")
}

#[track_caller]
fn check(cases: &[Case], seen: &[bool], expect: impl Fn(&Case) -> bool) {
    let wrong: Vec<_> = cases
        .iter()
        .zip(seen)
        .filter(|(case, seen)| expect(case) != **seen)
        .map(|(case, seen)| format!("{}: the target is {}inhibited", case.what, if *seen { "" } else { "not " }))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn each_rule_silences_what_it_is_to_silence_and_nothing_else() {
    let alertmanager = Alertmanager::start(&render("inhibitions", &Place::local())).await;
    let mut cases = cases();
    // Alertmanager looks at alerts in the order of their arrival: when the last case's source works, all before it were seen.
    cases.push(case("the last", &service("critical"), &service("warning"), true));
    let targets = || cases.iter().enumerate().map(|(number, case)| apart(case.target.clone(), number, "target"));
    let sources = || cases.iter().enumerate().filter_map(|(number, case)| source(case, number));
    let bare = |labels: Labels| (labels, Labels::new());

    alertmanager.fire(targets().map(bare)).await;
    alertmanager.fire(sources().map(bare)).await;
    let seen = inhibited(&alertmanager, cases.len(), true).await;
    check(&cases, &seen, |case| case.is_inhibited);
    assert!(cases.iter().filter(|case| case.is_inhibited).count() > 15, "most cases would pass without any rule");

    alertmanager.end(sources().map(bare)).await;
    let seen = inhibited(&alertmanager, cases.len(), false).await;
    check(&cases, &seen, |_| false);
}
