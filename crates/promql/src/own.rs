//! What Prometheus itself says of every target (<https://prometheus.io/docs/concepts/jobs_instances/>) and of its alerts
//! (<https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/#inspecting-alerts-during-runtime>).

use std::collections::BTreeMap;

use crate::{
    infer::{Label, Presence, Range, Shape},
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
    let metric = |range, presence, shape: Shape| Metric {
        grows: Some(false),
        labels: shape.into(),
        bounds: &[],
        range,
        presence,
        declared: "Prometheus' own".to_owned(),
    };
    let of_target = |range| metric(range, Presence::Measured, Shape { keys: target_labels.clone(), others: false });
    let of_alerts = |keys: &[&str], range| {
        let keys = keys.iter().map(|key| ((*key).to_owned(), Label::open())).collect();
        // The labels of an alert's series and its own are there too.
        metric(range, Presence::WhenSo, Shape { keys, others: true })
    };
    let targets = OF_TARGETS.map(|name| (name, of_target(Range::at_least(0.0))));
    let firing = Range::exactly(1.0).telling_presence().because("`ALERTS` is 1, or absent");
    targets
        .into_iter()
        .chain([
            ("up", of_target(Range::state())),
            ("ALERTS", of_alerts(&["alertname", "alertstate"], firing)),
            ("ALERTS_FOR_STATE", of_alerts(&["alertname"], Range::at_least(0.0))),
        ])
        .collect()
}
