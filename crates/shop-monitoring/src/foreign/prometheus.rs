//! What Prometheus says of its targets, its alerts and itself.

use promql::{Exporter, Up, foreign};
use signals::http::Route;

use crate::labels::{AlertName, AlertState, Owner, Severity, Topic};

/// Of every target, whoever it is.
const TARGETS: Exporter = Exporter { service: None, page: "https://prometheus.io/docs/concepts/jobs_instances/" };

foreign! {
    of TARGETS;

    /// Whether a target answered its last scrape.
    pub TARGET_UP: Gauge<Up> = "up" {}, healthy 1.0;

    /// The alerts that are pending or firing now.
    pub ALERTS: Gauge<Up> = "ALERTS" {
        AlertName: ["ApiDown"], AlertState: ["firing"], Severity: ["critical"], Owner: ["shop"], Topic: ["availability"],
        Route: ["/"]
    }, healthy 1.0;
}
