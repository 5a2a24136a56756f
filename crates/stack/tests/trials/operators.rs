//! One alert for each way in which alerts ask.

use std::time::Instant;

use monitoring::trials::{Behaviour, Duty, Rules, Trial, World};

use crate::must_pass;

/// Recording rules that some of the alerts rest on.
const RECORDED: &[(&str, &str)] = &[
    ("service:request_rate", "sum by (service) (rate(requests_seconds_count[5m]))"),
    (
        "service:error_rate",
        r#"sum by (service) (rate(requests_seconds_count{code=~"5.."}[5m])) / sum by (service) (rate(requests_seconds_count[5m]))"#,
    ),
    (
        "service:p95",
        "histogram_quantile(0.95, sum by (service, le) (rate(requests_seconds_bucket[5m])))",
    ),
    ("bad5m", r#"sum by (service) (rate(requests_seconds_count{code=~"5.."}[5m])) / sum by (service) (rate(requests_seconds_count[5m]))"#),
    ("bad1h", r#"sum by (service) (rate(requests_seconds_count{code=~"5.."}[1h])) / sum by (service) (rate(requests_seconds_count[1h]))"#),
    ("bad30m", r#"sum by (service) (rate(requests_seconds_count{code=~"5.."}[30m])) / sum by (service) (rate(requests_seconds_count[30m]))"#),
    ("bad6h", r#"sum by (service) (rate(requests_seconds_count{code=~"5.."}[6h])) / sum by (service) (rate(requests_seconds_count[6h]))"#),
    ("bad30d", r#"sum by (service) (rate(requests_seconds_count{code=~"5.."}[30d])) / sum by (service) (rate(requests_seconds_count[30d]))"#),
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
    ("Mean", "sum by (service) (rate(requests_seconds_sum[5m])) / sum by (service) (rate(requests_seconds_count[5m])) > 3", "1m", &[]),
    ("Gauge", "pool_waiting > 5", "10m", &[]),
    ("GaugeByMax", "max by (service) (pool_waiting) >= 5", "2m", &[]),
    ("Ratio", "1 - node_memory_free / node_memory_total > 0.9", "5m", &[]),
    ("RatioJoined", "node_memory_free / on (instance) group_left (kind) node_info < 100", "5m", &[]),
    ("Filling", "predict_linear(node_disk_free[1h], 4 * 3600) < 0 and node_disk_free / node_disk_size < 0.4", "10m", &[]),
    ("Busy", r#"1 - avg by (instance) (rate(node_cpu_seconds{mode="idle"}[5m])) > 0.95"#, "10m", &[]),
    ("Happened", "increase(oom_kills[10m]) > 0", "0s", &[]),
    ("Often", "increase(oom_kills[1h]) > 3", "0s", &[]),
    ("Down", r#"max by (service) (up) == 0 or absent(up{service="gateway"})"#, "1m", &[]),
    ("Gone", r#"absent(up{service="orders"})"#, "3m", &[]),
    ("LessThanOne", "min by (service) (up) < 1", "1m", &[]),
    ("Old", "time() - backup_finished > 86400", "10m", &[]),
    ("Expires", "certificate_ends - time() < 14 * 86400", "10m", &[]),
    ("Probe", "avg_over_time(probe_success[10m]) < 0.99 and sum_over_time((1 - probe_success)[10m:1m]) >= 2", "0s", &[]),
    ("Restarts", "changes(started[15m]) > 2", "0s", &[]),
    ("Vanished", "service:request_rate < 0.01 and service:request_rate offset 1d > 0.1", "10m", &[Duty::NoTraffic]),
    ("Unless", "pool_waiting > 5 unless on (service) up == 0", "2m", &[]),
    (
        "LastWeeks",
        "service:requests:rate1h > 1.5 * (service:requests:rate1h offset 1w + service:requests:rate1h offset 2w) / 2 and service:requests:rate1h > 0.5",
        "10m",
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
        world.add("started", of(&[]), Behaviour::Age(1e6));
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

#[test]
fn every_way_of_asking_can_be_tried() {
    let (rules, world) = (rules(), world());
    let mut trials = Vec::new();
    let mut errors = Vec::new();
    for (alert, (.., duties)) in rules.alerts().iter().zip(ALERTS) {
        let begun = Instant::now();
        match Trial::of(alert, &rules, &world, duties) {
            Ok(trial) => trials.push(trial),
            Err(error) => errors.push(error.to_string()),
        }
        eprintln!("{} {:.2} {:?}", alert.name, begun.elapsed().as_secs_f64(), trials.last().map(|t| t.cases().collect::<Vec<_>>()));
    }
    let begun = Instant::now();
    must_pass(&trials, &rules);
    eprintln!("{} alerts in {:.1} s", trials.len(), begun.elapsed().as_secs_f64());
    assert!(errors.is_empty(), "{errors:#?}");
}
