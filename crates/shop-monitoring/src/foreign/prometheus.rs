//! What Prometheus says of its targets, its alerts and itself.

use promql::{Exporter, Up, foreign, label_keys};
use signals::{
    http::Route,
    units::{Each, Seconds},
};

use crate::labels::{AlertName, AlertState, Owner, Severity, Topic};

label_keys! {
    /// A group of rules, by its file and its name.
    pub RuleGroup = "rule_group";
    /// An Alertmanager, by its address.
    pub AlertmanagerAddress = "alertmanager";
}

/// Of every target, whoever it is.
const TARGETS: Exporter =
    Exporter { service: None, also_of: &[], page: "https://prometheus.io/docs/concepts/jobs_instances/" };
/// Of each server that is written in Go with Prometheus' own library. Our services say the same of themselves, under the same name.
const SERVERS: Exporter = Exporter {
    service: Some("prometheus"),
    also_of: &["alertmanager", "node", "blackbox", "postgres"],
    page: "https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics",
};
/// Of itself.
const ITSELF: Exporter =
    Exporter { service: Some("prometheus"), also_of: &[], page: "https://prometheus.io/docs/prometheus/latest/" };

foreign! {
    of TARGETS;

    /// Whether a target answered its last scrape.
    pub TARGET_UP: Gauge<Up> = "up" {}, healthy 1.0;

    /// How long the last scrape took.
    pub SCRAPE_DURATION: Gauge<Seconds> = "scrape_duration_seconds" {}, healthy 0.01;

    /// Samples that the last scrape brought.
    pub SCRAPE_SAMPLES: Gauge<Each> = "scrape_samples_scraped" {}, healthy 1000.0;

    /// The alerts that are pending or firing now.
    pub ALERTS: Gauge<Up> = "ALERTS" {
        AlertName: ["ApiDown"], AlertState: ["firing"], Severity: ["critical"], Owner: ["shop"], Topic: ["availability"], Route: ["/", ""]
    }, healthy 1.0;
}

foreign! {
    of SERVERS;

    /// When the server's process started, as seconds since 1970. It changes at a restart.
    pub SERVER_START_TIME: Gauge<Seconds> = "process_start_time_seconds" {}, healthy 0.0;
}

foreign! {
    of ITSELF;

    /// Rules whose evaluation failed.
    pub RULE_FAILURES: Counter<Each> = "prometheus_rule_evaluation_failures_total" { RuleGroup: ["rules/alerts.yml;errors"] }, healthy 0.0;

    /// Evaluations of a group that were left out, since the one before had not ended.
    pub MISSED_EVALUATIONS: Counter<Each> = "prometheus_rule_group_iterations_missed_total" { RuleGroup: ["rules/alerts.yml;errors"] }, healthy 0.0;

    /// How long the last evaluation of a group took.
    pub RULE_DURATION: Gauge<Seconds> = "prometheus_rule_group_last_duration_seconds" { RuleGroup: ["rules/alerts.yml;errors"] }, healthy 0.01;

    /// How often a group is to be evaluated.
    pub RULE_INTERVAL: Gauge<Seconds> = "prometheus_rule_group_interval_seconds" { RuleGroup: ["rules/alerts.yml;errors"] }, healthy 30.0;

    /// Whether the configuration that was read last could be used.
    pub CONFIG_RELOADED: Gauge<Up> = "prometheus_config_last_reload_successful" {}, healthy 1.0;

    /// Alerts that an Alertmanager did not take.
    pub NOTIFICATION_ERRORS: Counter<Each> = "prometheus_notifications_errors_total" { AlertmanagerAddress: ["http://127.0.0.1:9093/api/v2/alerts"] }, healthy 0.0;

    /// Alerts that were given up.
    pub NOTIFICATIONS_DROPPED: Counter<Each> = "prometheus_notifications_dropped_total" {}, healthy 0.0;

    /// Alertmanagers that alerts are sent to.
    pub ALERTMANAGERS: Gauge<Each> = "prometheus_notifications_alertmanagers_discovered" {}, healthy 1.0;

    /// Series in memory.
    pub HEAD_SERIES: Gauge<Each> = "prometheus_tsdb_head_series" {}, healthy 10000.0;

    /// Samples that came twice for one moment with different values.
    pub DUPLICATE_SAMPLES: Counter<Each> = "prometheus_target_scrapes_sample_duplicate_timestamp_total" {}, healthy 0.0;

    /// Samples that came later than they could be taken.
    pub LATE_SAMPLES: Counter<Each> = "prometheus_target_scrapes_sample_out_of_order_total" {}, healthy 0.0;

    /// Scrapes that brought more samples than allowed.
    pub OVERSIZED_SCRAPES: Counter<Each> = "prometheus_target_scrapes_exceeded_sample_limit_total" {}, healthy 0.0;
}
