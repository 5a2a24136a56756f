//! One alert for each way in which alerts ask.

use std::{collections::BTreeMap, time::Duration};

use monitoring::trials::{Behaviour, Duty, Given, Rules, Trial, World, run};

use crate::{must_pass, play, promtool};

/// Recording rules that some of the alerts rest on.
const RECORDED: &[(&str, &str)] = &[
    ("service:request_rate", "sum by (service) (rate(requests_seconds_count[5m]))"),
    ("service:code:request_rate", "sum by (service, code) (rate(requests_seconds_count[5m]))"),
    (
        "service:error_rate",
        r#"sum by (service) (rate(requests_seconds_count{code=~"5.."}[5m])) / sum by (service) (rate(requests_seconds_count[5m]))"#,
    ),
    ("service:p95", "histogram_quantile(0.95, sum by (service, le) (rate(requests_seconds_bucket[5m])))"),
    (
        "bad5m",
        r#"sum by (service) (rate(requests_seconds_count{code=~"5.."}[5m])) / sum by (service) (rate(requests_seconds_count[5m]))"#,
    ),
    (
        "bad1h",
        r#"sum by (service) (rate(requests_seconds_count{code=~"5.."}[1h])) / sum by (service) (rate(requests_seconds_count[1h]))"#,
    ),
    (
        "bad30m",
        r#"sum by (service) (rate(requests_seconds_count{code=~"5.."}[30m])) / sum by (service) (rate(requests_seconds_count[30m]))"#,
    ),
    (
        "bad6h",
        r#"sum by (service) (rate(requests_seconds_count{code=~"5.."}[6h])) / sum by (service) (rate(requests_seconds_count[6h]))"#,
    ),
    (
        "bad30d",
        r#"sum by (service) (rate(requests_seconds_count{code=~"5.."}[30d])) / sum by (service) (rate(requests_seconds_count[30d]))"#,
    ),
    ("service:requests:rate1h", "sum by (service) (rate(requests_seconds_count[1h]))"),
];

/// Name, query, hold time, duty.
const ALERTS: &[(&str, &str, &str, &[Duty])] = &[
    ("Share", r#"service:error_rate{service=~"gateway|orders"} > 0.05 and service:request_rate > 0.1"#, "0s", &[]),
    ("Quantile", "service:p95 > 10", "5m", &[]),
    ("QuantileInside", "service:p95 > 0.8", "5m", &[]),
    (
        "TooSlow",
        r#"1 - sum by (service) (rate(requests_seconds_bucket{le="2.0"}[10m])) / sum by (service) (rate(requests_seconds_count[10m])) > 0.05"#,
        "2m",
        &[],
    ),
    (
        "Mean",
        "sum by (service) (rate(requests_seconds_sum[5m])) / sum by (service) (rate(requests_seconds_count[5m])) > 3",
        "1m",
        &[],
    ),
    ("Gauge", "pool_waiting > 5", "10m", &[]),
    ("GaugeByMax", "max by (service) (pool_waiting) >= 5", "2m", &[]),
    ("Ratio", "1 - node_memory_free / node_memory_total > 0.9", "5m", &[]),
    ("RatioJoined", "node_memory_free / on (instance) group_left (kind) node_info < 100", "5m", &[]),
    (
        "Filling",
        "predict_linear(node_disk_free[1h], 4 * 3600) < 0 and node_disk_free / node_disk_size < 0.4",
        "10m",
        &[],
    ),
    ("Busy", r#"1 - avg by (instance) (rate(node_cpu_seconds{mode="idle"}[5m])) > 0.95"#, "10m", &[]),
    ("Happened", "increase(oom_kills[10m]) > 0", "0s", &[]),
    ("Often", "increase(oom_kills[1h]) > 3", "0s", &[]),
    ("Down", r#"max by (service) (up) == 0 or absent(up{service="gateway"})"#, "1m", &[]),
    ("Gone", r#"absent(up{service="orders"})"#, "3m", &[]),
    ("LessThanOne", "min by (service) (up) < 1", "1m", &[]),
    ("Old", "time() - backup_finished > 86400", "10m", &[]),
    ("Expires", "certificate_ends - time() < 14 * 86400", "10m", &[]),
    (
        "Probe",
        "avg_over_time(probe_success[10m]) < 0.99 and sum_over_time((1 - probe_success)[10m:1m]) >= 2",
        "0s",
        &[],
    ),
    (
        "ProbeTwice",
        "avg_over_time(probe_success[10m]) < 0.99 and count_over_time(probe_success[10m]) - sum_over_time(probe_success[10m]) >= 2",
        "0s",
        &[],
    ),
    ("Pulse", "vector(1)", "0s", &[Duty::Always]),
    ("NotRecorded", r#"absent(service:code:request_rate{service="gateway"})"#, "5m", &[]),
    ("Restarts", "changes(started[15m]) > 2", "0s", &[]),
    ("Vanished", "service:request_rate < 0.01 and service:request_rate offset 1d > 0.1", "10m", &[Duty::NoTraffic]),
    ("Unless", "pool_waiting > 5 unless on (service) up == 0", "2m", &[]),
    (
        "LastWeeks",
        "service:requests:rate1h > 1.5 * (service:requests:rate1h offset 1w + service:requests:rate1h offset 2w) / 2 and service:requests:rate1h > 0.5",
        "30m",
        &[],
    ),
    ("Averaged", "avg_over_time(service:error_rate[6h]) > 0.02", "0s", &[]),
    (
        "FastBurn",
        r#"bad1h > 14.4 * 0.001 and bad5m > 14.4 * 0.001 and sum by (service) (increase(requests_seconds_count{code=~"5.."}[1h])) > 10"#,
        "0s",
        &[],
    ),
    (
        "SlowBurn",
        r#"bad6h > 6 * 0.001 and bad30m > 6 * 0.001 and sum by (service) (increase(requests_seconds_count{code=~"5.."}[6h])) > 10 and present_over_time(service:request_rate[3h] offset 3h)"#,
        "0s",
        &[],
    ),
    ("Spent", "1 - bad30d / 0.001 < 0", "1h", &[]),
];

fn rules() -> Rules {
    let mut text = "groups:\n- name: all\n  rules:\n".to_owned();
    for (record, query) in RECORDED {
        text += &format!("  - record: {record}\n    expr: {query:?}\n");
    }
    for (alert, query, held, _) in ALERTS {
        text += &format!(
            "  - alert: {alert}\n    expr: {query:?}\n    for: {held}\n    labels: {{severity: page}}\n    annotations: {{summary: \"{{{{ $value | humanize }}}}\"}}\n"
        );
    }
    Rules::read([text.as_str()]).unwrap_or_else(|error| panic!("{error}"))
}

fn world() -> World {
    let mut world = World::new();
    for service in ["gateway", "catalog", "orders"] {
        let of = |labels: &[(&'static str, &'static str)]| [&[("service", service)], labels].concat();
        for (code, per_second) in [("200", 2.0), ("404", 0.1), ("500", 0.0), ("503", 0.0)] {
            let bounds = [0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0];
            let healthy = Behaviour::Observed { per_second, up_to: 0.2 };
            world.add_histogram("requests_seconds", of(&[("code", code)]), &bounds, healthy);
        }
        world.add("pool_waiting", of(&[("pool", "read")]), Behaviour::Level(0.0));
        world.add("pool_waiting", of(&[("pool", "write")]), Behaviour::Level(0.0));
        world.add("up", of(&[]), Behaviour::State(true));
        world.add("started", of(&[]), Behaviour::Level(1e9));
    }
    for instance in ["a:9100", "b:9100"] {
        let of = |labels: &[(&'static str, &'static str)]| [&[("instance", instance)], labels].concat();
        world.add("node_memory_free", of(&[]), Behaviour::Level(6e9));
        world.add("node_memory_total", of(&[]), Behaviour::Level(8e9));
        world.add("node_disk_free", of(&[("device", "vda")]), Behaviour::Level(5e10));
        world.add("node_disk_size", of(&[("device", "vda")]), Behaviour::Level(1e11));
        world.add("node_info", of(&[("kind", "small")]), Behaviour::Level(1.0));
        world.add("oom_kills", of(&[]), Behaviour::Growing(0.0));
        world.add("probe_success", of(&[]), Behaviour::State(true));
        world.add("backup_finished", of(&[]), Behaviour::Age(3600.0));
        world.add("certificate_ends", of(&[]), Behaviour::Age(-60.0 * 86_400.0));
        for cpu in ["0", "1"] {
            world.add("node_cpu_seconds", of(&[("cpu", cpu), ("mode", "idle")]), Behaviour::Ticking(0.9));
            world.add("node_cpu_seconds", of(&[("cpu", cpu), ("mode", "user")]), Behaviour::Ticking(0.1));
        }
    }
    world
}

fn duties(name: &str) -> &'static [Duty] {
    ALERTS.iter().find(|(alert, ..)| *alert == name).expect("a row").3
}

fn trial(rules: &Rules, world: &World, name: &str) -> Trial {
    let alert = rules.alerts().iter().find(|alert| alert.name == name).unwrap_or_else(|| panic!("no alert {name}"));
    Trial::of(alert, rules, world, duties(name)).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_way_of_asking_can_be_tried() {
    let (rules, world) = (rules(), world());
    let trials =
        Trial::all(&rules, &world, |_| true, duties, &BTreeMap::new()).unwrap_or_else(|errors| panic!("{errors:#?}"));
    assert_eq!(trials.len(), ALERTS.len());
    must_pass(&trials, &rules);
}

#[test]
fn series_can_be_stated_by_hand() {
    let rules = rules().with("Gauge", |alert| alert.query = "deriv(pool_waiting[10m]) > 1".to_owned());
    let alert = rules.alerts().iter().find(|alert| alert.name == "Gauge").expect("there");
    let case = |name, values: &str, fires: &[(&str, &str)]| Given {
        name,
        series: vec![(r#"pool_waiting{pool="read"}"#.to_owned(), values.to_owned())],
        at: Duration::from_secs(1800),
        fires: if fires.is_empty() {
            Vec::new()
        } else {
            vec![fires.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect()]
        },
    };
    let of = |cases| Trial::given(alert, Duration::from_secs(60), cases);
    let (rising, level) = (case("rising", "0+61x30", &[("pool", "read")]), case("level", "0+59x30", &[]));
    must_pass(&[of(vec![rising.clone(), level.clone()]).expect("both")], &rules);
    let wrong = of(vec![Given { fires: Vec::new(), ..rising.clone() }, Given { fires: rising.fires.clone(), ..level }]);
    let failures = play(&[wrong.expect("both")], &rules);
    assert!(failures[0].said.contains("rising: it must not fire"), "{}", failures[0]);
    assert!(failures[0].said.contains("level: it must fire"), "{}", failures[0]);
    let error = of(vec![rising]).expect_err("no silent case");
    assert_eq!(error.to_string(), "Gauge: its trial: one of its cases must show it firing, and one silent");
}

/// Breaks an alert's query, by replacing a part of it, and sees its trial fail in a case whose name holds `case`.
#[track_caller]
fn fails(name: &str, part: &str, instead: &str, case: &str) {
    let broken = rules().with(name, |alert| {
        assert!(alert.query.contains(part), "{part} is no part of {}", alert.query);
        alert.query = alert.query.replace(part, instead);
    });
    fails_with(name, &broken, case);
}

#[track_caller]
fn fails_with(name: &str, broken: &Rules, case: &str) {
    let failures = play(&[trial(&rules(), &world(), name)], broken);
    let [failure] = failures.as_slice() else { panic!("{name} passes though it is broken") };
    assert!(failure.said.contains(case), "no case \"{case}\" in\n{failure}");
}

#[test]
fn a_threshold_that_is_moved_is_noticed() {
    fails("Gauge", "> 5", "> 5.1", "just past");
    fails("Gauge", "> 5", "> 4.9", "just below");
    fails("Gauge", "> 5", ">= 5.5", "just past");
    fails("Share", "0.05", "0.051", "just past");
    fails("Share", "0.05", "0.049", "just below");
    fails("Quantile", "10", "9", "just below");
    fails("Filling", "4 * 3600", "4.1 * 3600", "just below");
    fails("Old", "86400", "86000", "just below");
    fails("LastWeeks", "1.5", "1.6", "just past");
    fails("Often", "> 3", "> 4", "just past");
    fails("Probe", "0.99", "0.8", "just past");
    fails("ProbeTwice", "0.99", "0.98", "just past");
    fails("ProbeTwice", ">= 2", ">= 3", "just past");
    fails("Pulse", "vector(1)", "vector(1) > 1", "whatever happens");
    fails("FastBurn", "bad1h > 14.4", "bad1h > 15", "just past");
    fails("Spent", "< 0", "< 0.1", "just below");
}

#[test]
fn a_comparison_that_is_turned_round_is_noticed() {
    fails("GaugeByMax", ">= 5", "< 5", "just below");
    fails("Ratio", "> 0.9", "< 0.9", "without traffic");
    fails("Down", "== 0", "== 1", "just below");
}

#[test]
fn a_hold_time_that_is_changed_is_noticed() {
    for held in [0, 300, 1200] {
        let broken = rules().with("Gauge", |alert| alert.held = Duration::from_secs(held));
        fails_with("Gauge", &broken, "just past");
    }
}

#[test]
fn a_misspelt_matcher_or_metric_is_noticed() {
    fails("Down", r#"service="gateway""#, r#"service="gatewy""#, "branch 2, just past");
    fails("TooSlow", r#"le="2.0""#, r#"le="2""#, "just past");
    fails("Gauge", "pool_waiting", "pool_wating", "just past");
    fails("NotRecorded", r#"service="gateway""#, r#"service="gatewy""#, "just past");
}

#[test]
fn a_label_that_is_dropped_is_noticed() {
    fails("GaugeByMax", "by (service)", "by (pool)", "just past");
    fails("LessThanOne", "by (service) ", "", "just past");
}

#[test]
fn a_guard_that_is_removed_is_noticed() {
    fails("Share", " and service:request_rate > 0.1", "", "just below: service:request_rate > 0.1");
    fails("Unless", " unless on (service) up == 0", "", "just below: up == 0");
    fails("SlowBurn", " and present_over_time(service:request_rate[3h] offset 3h)", "", "all but the history");
    fails("FastBurn", " and bad5m > 14.4 * 0.001", "", "all but this: bad5m");
    fails("FastBurn", "bad1h > 14.4 * 0.001 and ", "", "all but this: bad1h");
    fails("Vanished", " and service:request_rate offset 1d > 0.1", "", "just below: service:request_rate offset 1d");
}

#[test]
fn an_alert_that_fires_without_traffic_or_with_series_missing_must_say_so() {
    let (rules, world) = (rules(), world());
    let missing = rules.with("Gauge", |alert| {
        alert.query = "pool_waiting > 5 or up unless on (service) sum by (service) (pool_waiting)".to_owned();
    });
    for (rules, name, case, duty) in [
        (&rules, "Vanished", "without traffic", Duty::NoTraffic),
        (&missing, "Gauge", "with series missing", Duty::Missing),
    ] {
        let alert = rules.alerts().iter().find(|alert| alert.name == name).expect("there");
        let of = |duties| Trial::of(alert, rules, &world, duties).unwrap_or_else(|error| panic!("{error}"));
        let failures = play(&[of(&[])], rules);
        assert!(failures[0].said.contains(case), "{}", failures[0]);
        must_pass(&[of(&[duty])], rules);
    }
}

#[test]
fn a_sentence_that_cannot_be_filled_in_is_noticed() {
    let broken = rules().with("Gauge", |alert| {
        alert.annotations.insert("summary".to_owned(), "{{ query \"gone\" | first | value }}".to_owned());
    });
    fails_with("Gauge", &broken, "error expanding template");
}

#[test]
fn an_alert_that_is_not_there_is_an_error() {
    let trial = trial(&rules(), &world(), "Gauge");
    let folder = tempfile::tempdir().expect("a folder");
    let error = run(&promtool(), folder.path(), &[trial], &Rules::default()).expect_err("no rules");
    assert_eq!(error.to_string(), "Gauge: the rules: the alert is not there");
}

#[test]
fn what_cannot_be_solved_is_told_with_the_alert_and_the_part() {
    let told = |query: &str| {
        let rules = rules().with("Gauge", |alert| alert.query = query.to_owned());
        let alert = rules.alerts().iter().find(|alert| alert.name == "Gauge").expect("there");
        Trial::of(alert, &rules, &world(), &[]).expect_err(query).to_string()
    };
    assert_eq!(told("nobody_knows > 1"), "Gauge: nobody_knows: no series of the world is taken by it");
    assert_eq!(told("pool_waiting < 1"), "Gauge: pool_waiting < 1: it holds while all is well");
    let cannot =
        "Gauge: service:error_rate > 1.5: nothing that can be turned makes this hold: state its series by hand";
    assert_eq!(told("service:error_rate > 1.5"), cannot);
    assert_eq!(told("hour() > 5"), "Gauge: hour: the function is not known");
}
