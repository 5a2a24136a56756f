//! What queries may read: every declared signal with its label values, and what Prometheus itself says.

use promql::{Foreign, Symbols, Up};
use shop::services::SERVICES;
use signals::Service;

use crate::labels::{ENVIRONMENT, INSTANCE, JOB, SERVICE};

/// Whether a target answered its last scrape.
pub(crate) static TARGET_UP: Foreign<Up> = Foreign::new("up");
/// The alerts that are pending or firing now, as Prometheus sees them.
pub(crate) static ALERTS: Foreign<Up> = Foreign::new("ALERTS");

const PROMETHEUS: &str = "https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/";

/// Every metric that a query may read, but for the recording rules.
pub fn symbols() -> Symbols {
    let services: Vec<&Service> = SERVICES.iter().map(|row| row.name.signals()).collect();
    let mut symbols = Symbols::new([SERVICE, INSTANCE, ENVIRONMENT, JOB]);
    for signal in signals::all() {
        symbols.declare(signal.declaration(), &services);
    }
    symbols.foreign("up", &[], PROMETHEUS);
    symbols.foreign("ALERTS", &["alertname", "alertstate", "severity", "owner", "topic", "http_route"], PROMETHEUS);
    symbols
}
