//! The monitoring itself: what left this process, what did not, and how many series it keeps.

use crate::{Label, LabelSet, Point, Service, carries, every_service, label_keys, labels, signals};

labels! {
    /// What was exported.
    pub enum ExportedSignal = "telemetry.signal" { Metrics = "metrics", Traces = "traces" }
}

pub const ROAD: &str = "telemetry.road";
pub const RESULT: &str = "telemetry.result";

label_keys! {
    /// By which road items left: the scrape or the push.
    pub Road = ROAD;
    /// What became of them.
    pub DeliveryResult = RESULT;
}

carries!(Delivery: ExportedSignal, Road, DeliveryResult);
carries!(Version: Version = "version");

/// What became of items on their way out: only the combinations that can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Data points handed to a scrape; a histogram with its buckets is one.
    MetricsScraped,
    /// Data points that the collector took.
    MetricsPushed,
    /// Data points of a push that failed; the next push carries their later values.
    MetricsFailed,
    /// Spans that the collector took.
    SpansPushed,
    /// Spans of a push that failed; they are lost.
    SpansFailed,
    /// Spans that found the queue full, or ended after shutdown; they are lost.
    SpansDropped,
}

impl Delivery {
    const ALL: [(Delivery, [&'static str; 3]); 6] = [
        (Delivery::MetricsScraped, ["metrics", "prometheus", "exported"]),
        (Delivery::MetricsPushed, ["metrics", "otlp", "exported"]),
        (Delivery::MetricsFailed, ["metrics", "otlp", "failed"]),
        (Delivery::SpansPushed, ["traces", "otlp", "exported"]),
        (Delivery::SpansFailed, ["traces", "otlp", "failed"]),
        (Delivery::SpansDropped, ["traces", "otlp", "dropped"]),
    ];
}

impl LabelSet for Delivery {
    fn keys() -> Vec<&'static str> {
        vec![ExportedSignal::KEY, ROAD, RESULT]
    }

    fn points(_: &Service) -> Vec<Point> {
        let keys = Self::keys();
        Self::ALL
            .iter()
            .map(|(_, values)| keys.iter().zip(values).map(|(key, value)| Label::new(key, *value)).collect())
            .collect()
    }

    fn count(_: &Service) -> usize {
        Self::ALL.len()
    }

    fn index(self, _: &Service) -> usize {
        self as usize
    }
}

/// The running version.
#[derive(Clone, Copy, Debug)]
pub struct Version;

impl LabelSet for Version {
    fn keys() -> Vec<&'static str> {
        vec!["version"]
    }

    fn points(service: &Service) -> Vec<Point> {
        vec![vec![Label::new("version", service.version)]]
    }

    fn index(self, _: &Service) -> usize {
        0
    }
}

/// Bounds for durations of exports, in seconds; OpenTelemetry gives one up after 10 s unless told otherwise.
pub const EXPORT_BUCKETS: &[f64] = &[0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

signals! {
    recorded by every_service;

    /// Spans and data points by what became of them on each road.
    pub ITEMS: Counter<Delivery> = "telemetry.items" in "{item}";

    /// Time that a push to the collector took, also when it failed.
    pub EXPORT_DURATION: Histogram<ExportedSignal> = "telemetry.export.duration" in Seconds, buckets EXPORT_BUCKETS;

    /// Spans that ended and wait to be pushed.
    pub SPAN_QUEUE: ObservedGauge<()> = "telemetry.span_queue.size" in "{span}";

    /// Recordings that found no series: a signal or a label value that the service's row does not have.
    pub UNBOUND_RECORDINGS: ObservedCounter<()> = "telemetry.unbound_recordings" in "{recording}";

    /// Series that this process can ever have, counted from the declarations.
    pub SERIES: Gauge<()> = "telemetry.series" in "{series}";

    /// Series that this process may ever have.
    pub SERIES_BUDGET: Gauge<()> = "telemetry.series_budget" in "{series}";

    /// Always 1; the label names the running version.
    pub BUILD_INFO: Gauge<Version> = "build.info" in "{build}";
}
