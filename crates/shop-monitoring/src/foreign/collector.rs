//! What the OpenTelemetry collector says of itself, and Jaeger, which is built on it.

use promql::{Exporter, foreign, label_keys};
use signals::units::{Bytes, Each};

label_keys! {
    /// Which of its ways in.
    pub Receiver = "receiver";
    /// Which of its ways out.
    pub ExporterName = "exporter";
    /// Over which protocol something came in.
    pub Transport = "transport";
    /// Of which signal a queue is.
    pub DataType = "data_type";
    /// Which library recorded it.
    pub Scope = "otel_scope_name";
}

/// The library that records what comes in.
const RECEIVED: &str = "go.opentelemetry.io/collector/receiver/receiverhelper";
/// The library that records what goes out.
const SENT: &str = "go.opentelemetry.io/collector/exporter/exporterhelper";

const COLLECTOR: Exporter = Exporter {
    service: Some("collector"),
    also_of: &["jaeger"],
    page: "https://opentelemetry.io/docs/collector/internal-telemetry/",
};

foreign! {
    of COLLECTOR;

    /// Spans that were taken in.
    pub ACCEPTED_SPANS: Counter<Each> = "otelcol_receiver_accepted_spans_total" {
        Receiver: ["otlp"], Transport: ["http"], Scope: [RECEIVED]
    }, healthy 20.0;

    /// Spans that were refused, and may come again.
    pub REFUSED_SPANS: Counter<Each> = "otelcol_receiver_refused_spans_total" {
        Receiver: ["otlp"], Transport: ["http"], Scope: [RECEIVED]
    }, healthy 0.0;

    /// Metric points that were taken in.
    pub ACCEPTED_POINTS: Counter<Each> = "otelcol_receiver_accepted_metric_points_total" {
        Receiver: ["otlp"], Transport: ["http"], Scope: [RECEIVED]
    }, healthy 20.0;

    /// Metric points that were refused, and may come again.
    pub REFUSED_POINTS: Counter<Each> = "otelcol_receiver_refused_metric_points_total" {
        Receiver: ["otlp"], Transport: ["http"], Scope: [RECEIVED]
    }, healthy 0.0;

    /// Spans that were handed on.
    pub SENT_SPANS: Counter<Each> = "otelcol_exporter_sent_spans_total" {
        ExporterName: ["otlp/jaeger"], Scope: [SENT]
    }, healthy 20.0;

    /// Spans that could not be handed on.
    pub UNSENT_SPANS: Counter<Each> = "otelcol_exporter_send_failed_spans_total" {
        ExporterName: ["otlp/jaeger"], Scope: [SENT]
    }, healthy 0.0;

    /// Batches that wait to be handed on.
    pub QUEUE_SIZE: Gauge<Each> = "otelcol_exporter_queue_size" {
        ExporterName: ["otlp/jaeger"], DataType: ["traces"], Scope: [SENT]
    }, healthy 0.0;

    /// Batches that may wait.
    pub QUEUE_CAPACITY: Gauge<Each> = "otelcol_exporter_queue_capacity" {
        ExporterName: ["otlp/jaeger"], DataType: ["traces"], Scope: [SENT]
    }, healthy 1000.0;

    /// Memory that the collector holds.
    pub COLLECTOR_MEMORY: Gauge<Bytes> = "otelcol_process_memory_rss_bytes" {
        Scope: ["go.opentelemetry.io/collector/service"]
    }, healthy 8e7;
}
