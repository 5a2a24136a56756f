//! Units: a closed set, since only what is known can be converted, compared and shown.

/// What a signal's number counts or measures. Codes follow UCUM, as OpenTelemetry asks
/// (<https://opentelemetry.io/docs/specs/semconv/general/metrics/#instrument-units>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Time. Durations stay `Duration` until they are recorded.
    Seconds,
    /// Memory, files and traffic.
    Bytes,
    /// A share between 0 and 1.
    Ratio,
    /// Things counted one by one; the annotation in braces says which, such as `{order}`.
    Each(&'static str),
}

impl Unit {
    /// The UCUM code.
    pub const fn code(self) -> &'static str {
        match self {
            Unit::Seconds => "s",
            Unit::Bytes => "By",
            Unit::Ratio => "1",
            Unit::Each(annotation) => annotation,
        }
    }

    /// What the Prometheus exporter appends to a name for it
    /// (<https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/>).
    pub(crate) const fn suffix(self, is_gauge: bool) -> Option<&'static str> {
        match self {
            Unit::Seconds => Some("seconds"),
            Unit::Bytes => Some("bytes"),
            Unit::Ratio if is_gauge => Some("ratio"),
            Unit::Ratio | Unit::Each(_) => None,
        }
    }
}
