//! The shop's alerts, tried on the rules as they are rendered.

use monitoring::trials::{AlertRule, Rules, Trial};
use shop_monitoring::{Place, files, healthy};

use crate::must_pass;

/// No trial is made of these yet: they look back for weeks, or ask for what the solver cannot turn by itself. Every other alert is
/// tried, a new one too.
const NOT_TRIED: [&str; 12] = [
    "ApiLatencyCritical",
    "ApiUnreachable",
    "ConversionFalling",
    "DatabaseSlow",
    "ErrorsAboveUsual",
    "LatencyAboveUsual",
    "NoTraffic",
    "PoolWaits",
    "PromiseNotMeasured",
    "RatesNotRecorded",
    "RoadsDisagree",
    "Watchdog",
];

/// The alerts on budgets look back for up to 30 days: to make and to play their trials takes minutes.
fn is_tried(alert: &AlertRule) -> bool {
    let guards_a_budget = alert.labels.get("topic").is_some_and(|topic| topic.ends_with("-budget"));
    !guards_a_budget && !NOT_TRIED.contains(&&*alert.name)
}

fn rules() -> Rules {
    let files = files(&Place::local()).unwrap_or_else(|refused| panic!("{refused}"));
    let rules = files.iter().filter(|file| file.path.starts_with("deploy/prometheus/rules/"));
    Rules::read(rules.map(|file| file.contents.as_str())).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn alerts_of_the_shop_pass_their_trials() {
    let rules = rules();
    let world = healthy::world(&Place::local());
    let alerts = rules.alerts().iter().filter(|alert| is_tried(alert));
    let trials: Vec<Trial> =
        alerts.map(|alert| Trial::of(alert, &rules, &world, &[]).unwrap_or_else(|error| panic!("{error}"))).collect();
    assert!(trials.len() >= 37, "only {} alerts are tried", trials.len());
    must_pass(&trials, &rules);
}
