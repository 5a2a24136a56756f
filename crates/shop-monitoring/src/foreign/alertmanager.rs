//! What Alertmanager says of itself.

use promql::{Exporter, Up, foreign, label_keys};
use signals::units::Each;

label_keys! {
    /// Which kind of receiver.
    pub Integration = "integration";
    /// Why a notification failed.
    pub FailureReason = "reason";
    /// Whether alerts are active, silenced or waiting.
    pub AlertmanagerState = "state";
}

const ALERTMANAGER: Exporter = Exporter {
    service: Some("alertmanager"),
    also_of: &[],
    page: "https://prometheus.io/docs/alerting/latest/alertmanager/",
};

foreign! {
    of ALERTMANAGER;

    /// Whether the configuration that was read last could be used.
    pub ALERTMANAGER_RELOADED: Gauge<Up> = "alertmanager_config_last_reload_successful" {}, healthy 1.0;

    /// Alerts that it holds.
    pub ALERTS_HELD: Gauge<Each> = "alertmanager_alerts" { AlertmanagerState: ["active", "suppressed"] }, healthy 1.0;

    /// Notifications that were sent, also when that failed.
    pub NOTIFICATIONS: Counter<Each> = "alertmanager_notifications_total" { Integration: ["webhook"] }, healthy 0.01;

    /// Notifications that could not be sent.
    pub NOTIFICATIONS_FAILED: Counter<Each> = "alertmanager_notifications_failed_total" { Integration: ["webhook"], FailureReason: ["other"] }, healthy 0.0;
}
