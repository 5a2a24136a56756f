//! What Prometheus itself says of every target (<https://prometheus.io/docs/concepts/jobs_instances/>) and of its alerts
//! (<https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/#inspecting-alerts-during-runtime>).

use std::{borrow::Cow, collections::BTreeMap};

use crate::{
    Unit,
    infer::{Kind, Label, Measured, Presence, Range, Shape},
    symbols::Metric,
};

/// Of each target, some of them only with the feature `extra-scrape-metrics`.
const OF_TARGETS: [&str; 7] = [
    "scrape_duration_seconds",
    "scrape_samples_scraped",
    "scrape_samples_post_metric_relabeling",
    "scrape_series_added",
    "scrape_timeout_seconds",
    "scrape_sample_limit",
    "scrape_body_size_bytes",
];

/// The metrics that are there without an exporter, where targets have these labels.
pub(crate) fn metrics(target_labels: &BTreeMap<String, Label>) -> Vec<(&'static str, Metric)> {
    let metric = |kind, unit: Option<Unit>, range, presence, shape: Shape| Metric {
        measured: Measured::new(kind, unit),
        labels: shape.into(),
        bounds: Cow::Borrowed(&[]),
        range,
        presence,
        declared: "Prometheus' own".to_owned(),
        is_recorded: false,
    };
    let of_target = |kind, unit, range| {
        metric(kind, unit, range, Presence::Measured, Shape { keys: target_labels.clone(), others: false })
    };
    let of_alerts = |keys: &[&str], kind, unit, range| {
        let keys = keys.iter().map(|key| ((*key).to_owned(), Label::open())).collect();
        // The labels of an alert's series and its own are there too.
        metric(kind, Some(unit), range, Presence::WhenSo, Shape { keys, others: true })
    };
    let targets = OF_TARGETS.map(|name| (name, of_target(Kind::Gauge, Unit::by_name(name), Range::at_least(0.0))));
    let firing = Range::exactly(1.0).telling_presence().because("`ALERTS` is 1, or absent");
    targets
        .into_iter()
        .chain([
            ("up", of_target(Kind::State, Some(Unit::one()), Range::state())),
            ("ALERTS", of_alerts(&["alertname", "alertstate"], Kind::State, Unit::one(), firing)),
            ("ALERTS_FOR_STATE", of_alerts(&["alertname"], Kind::Timestamp, Unit::seconds(), Range::at_least(0.0))),
        ])
        .collect()
}
