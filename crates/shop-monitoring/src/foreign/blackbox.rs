//! What the blackbox exporter says of a door that it probes. The series carry the labels of the door, not the exporter's.

use promql::{Exporter, Key, Up, foreign, label_keys};
use signals::units::{Each, Seconds};

label_keys! {
    /// A part of an HTTP request, such as the wait for the answer.
    pub Phase = "phase";
}

pub const PHASE: Key<Phase> = Key::new();

const BLACKBOX: Exporter = Exporter {
    service: Some("gateway"),
    also_of: &[],
    page: "https://github.com/prometheus/blackbox_exporter/blob/v0.28.0/README.md",
};

foreign! {
    of BLACKBOX;

    /// Whether the door opened as it should.
    pub PROBE_SUCCESS: Gauge<Up> = "probe_success" {}, healthy 1.0;

    /// How long the last probe took.
    pub PROBE_DURATION: Gauge<Seconds> = "probe_duration_seconds" {}, healthy 0.002;

    /// How long each part of the last probe took.
    pub PROBE_PHASES: Gauge<Seconds> = "probe_http_duration_seconds" {
        Phase: ["resolve", "connect", "tls", "processing", "transfer"]
    }, healthy 0.0004;

    /// The status of the last answer; 0 if there was none.
    pub PROBE_STATUS: Gauge<Each> = "probe_http_status_code" {}, healthy 200.0;
}
