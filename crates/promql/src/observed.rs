//! What was seen of metrics that nobody declared here: in exposition text, in the table of an exporter, in a running Prometheus.
//!
//! Seeing is not knowing all: another target may expose more, and the same one may later. An error has to be certain, so what is concluded
//! from seeing is less than what is concluded from a declaration:
//!
//! - **Names.** A name that was not seen is an error when it is a slip of one that was ([`slip`]). Otherwise it is as doubtful as
//!   [`Unlisted`] says.
//! - **Labels.** Those that were not seen may be there all the same; a slip of one that was is an error. A label that every series had
//!   is taken to be always there, since a metric's library gives all its series the same labels.
//! - **Values.** Those that were not seen are possible; a slip of one is doubtful. Only a set that the software fixes is closed.
//! - **Buckets and quantiles** are fixed by the software and closed, in the spelling that Prometheus 3 stores them in.
//! - **Kinds and units** are known as far as they are said. A unit that only the name's end tells of ([`ObservedUnit::Named`]) is never
//!   the reason of an error by itself.

mod slip;
mod table;
mod unit;

use std::collections::{BTreeMap, BTreeSet};

pub use slip::slip;
pub use unit::ObservedUnit;

/// What a metric's number does over time, as far as its source says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ObservedKind {
    /// It only grows, but for restarts.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Measurements over buckets that only grow, each a series of its own.
    Histogram,
    /// Things that are there now, over buckets that go up and down.
    GaugeHistogram,
    /// Measurements over buckets within one sample.
    NativeHistogram,
    /// Measurements as a sum, a count and quantiles that the source has computed.
    Summary,
    /// Always 1; what it says is in its labels.
    Info,
    /// 0 or 1 for each of the states that the label named as the metric lists.
    StateSet,
    /// The source does not say.
    #[default]
    Unknown,
}

/// A label that series of a metric were seen with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObservedLabel {
    /// Whether every series had it.
    pub always: bool,
    /// Values that were seen; not more than a few hundred are kept.
    pub values: BTreeSet<String>,
    /// Whether the software knows no other values than these.
    pub is_closed: bool,
}

/// What was seen of one metric.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// As its series are called; of a histogram or a summary, without `_bucket`, `_sum` and `_count`.
    pub name: String,
    pub kind: ObservedKind,
    pub unit: Option<ObservedUnit>,
    pub help: String,
    /// Its labels but for `le` and `quantile`.
    pub labels: BTreeMap<String, ObservedLabel>,
    /// The values of `le`, ascending, as Prometheus stores them.
    pub bounds: Vec<String>,
    /// The values of `quantile`, ascending, as Prometheus stores them.
    pub quantiles: Vec<String>,
    /// Whether what the scrape adds, such as `job` and `instance`, is among the labels already.
    pub is_scraped: bool,
    /// Whether series were seen; of a name alone the labels are not known.
    pub has_series: bool,
    /// Where it was seen, for a sentence: a file, an address, `node_exporter 1.12.1`.
    pub source: String,
}

/// What it means that a name was not seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unlisted {
    /// All that can be is declared: there is no such metric, which is an error.
    #[default]
    Impossible,
    /// Somebody showed what there is, and it is not among that, which is a warning.
    Doubtful,
    /// Nothing was shown but what is known of common software, and it may well be another's.
    Possible,
}

impl ObservedKind {
    /// The word of OpenMetrics for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::GaugeHistogram => "gaugehistogram",
            Self::NativeHistogram => "nativehistogram",
            Self::Summary => "summary",
            Self::Info => "info",
            Self::StateSet => "stateset",
            Self::Unknown => "unknown",
        }
    }

    /// The kind of this word, in either text format.
    pub fn named(word: &str) -> Option<Self> {
        let all = [
            Self::Counter,
            Self::Gauge,
            Self::Histogram,
            Self::GaugeHistogram,
            Self::NativeHistogram,
            Self::Summary,
            Self::Info,
            Self::StateSet,
            Self::Unknown,
        ];
        all.into_iter().find(|kind| kind.as_str() == word).or_else(|| (word == "untyped").then_some(Self::Unknown))
    }
}

impl Observed {
    /// Whether it is likely to be a counter though nobody says so: by the naming convention only counters end in `_total`
    /// (<https://prometheus.io/docs/practices/naming/>).
    pub fn is_probably_counter(&self) -> bool {
        self.kind == ObservedKind::Unknown && self.name.ends_with("_total")
    }
}

/// A bound or a quantile as Prometheus 3 stores it, whatever the source wrote: `1` is stored as `1.0`
/// (<https://prometheus.io/docs/prometheus/latest/migration/#le-and-quantile-label-values>). What is no number stays as it is.
pub fn stored_number(written: &str) -> String {
    written.parse::<f64>().map_or_else(|_| written.to_owned(), crate::label::written_bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_spelled_as_prometheus_stores_it() {
        let check = |written, stored| assert_eq!(stored_number(written), stored);
        check("1", "1.0");
        check("0.50", "0.5");
        check("1000000", "1e+06");
        check("+Inf", "+Inf");
        check("inf", "+Inf");
        check("NaN", "NaN");
        check("some", "some");
    }

    #[test]
    fn a_kind_is_read_by_either_formats_word() {
        assert_eq!(ObservedKind::named("untyped"), Some(ObservedKind::Unknown));
        assert_eq!(ObservedKind::named("unknown"), Some(ObservedKind::Unknown));
        assert_eq!(ObservedKind::named("gaugehistogram"), Some(ObservedKind::GaugeHistogram));
        assert_eq!(ObservedKind::named("Counter"), None);
    }
}
