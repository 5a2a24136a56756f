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
//! - **Kinds and units** are known as far as they are said. A unit that only the name's end tells of is a guess
//!   ([`Unit::by_name`]).

mod slip;
mod table;

use std::collections::{BTreeMap, BTreeSet};

pub use slip::slip;

use crate::Unit;

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
    /// Its unit as the source says it, such as `seconds`; where it says none, the name may.
    pub unit: Option<String>,
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
    /// What it is measured in: as is said, or as the name tells.
    pub fn measured_in(&self) -> Option<Unit> {
        let counts = ["_count", "_bucket"].iter().any(|ending| self.name.ends_with(ending));
        let by_name = || if counts { None } else { Unit::by_name(&self.name) };
        self.unit.as_deref().and_then(Unit::said).or_else(by_name)
    }

    /// The bounds of its buckets as numbers, ascending, without `+Inf`.
    pub fn finite_bounds(&self) -> Vec<f64> {
        let bounds = self.bounds.iter().filter_map(|bound| bound.parse::<f64>().ok());
        bounds.filter(|bound| bound.is_finite()).collect()
    }

    /// Whether it is likely to be a counter though nobody says so: by the naming convention only counters end in `_total`
    /// (<https://prometheus.io/docs/practices/naming/>).
    pub fn is_probably_counter(&self) -> bool {
        self.kind == ObservedKind::Unknown && self.name.ends_with("_total")
    }

    /// What is known when the same metric was also seen like this, elsewhere or later.
    pub fn join(&mut self, other: Self) {
        if self.kind != other.kind {
            self.kind = ObservedKind::Unknown;
        }
        if self.unit != other.unit {
            self.unit = None;
        }
        if self.help.is_empty() {
            self.help = other.help;
        }
        match (self.has_series, other.has_series) {
            (true, true) => {
                for (key, label) in &mut self.labels {
                    label.always &= other.labels.contains_key(key);
                }
                for (key, label) in other.labels {
                    let absent =
                        ObservedLabel { always: false, is_closed: label.is_closed, ..ObservedLabel::default() };
                    let known = self.labels.entry(key).or_insert(absent);
                    known.always &= label.always;
                    known.is_closed &= label.is_closed;
                    known.values.extend(label.values);
                }
            }
            (false, true) => self.labels = other.labels,
            (_, false) => {}
        }
        self.has_series |= other.has_series;
        joined(&mut self.bounds, other.bounds);
        joined(&mut self.quantiles, other.quantiles);
    }
}

/// A bound or a quantile as Prometheus 3 stores it, whatever the source wrote: `1` is stored as `1.0`
/// (<https://prometheus.io/docs/prometheus/latest/migration/#le-and-quantile-label-values>). What is no number stays as it is.
pub fn stored_number(written: &str) -> String {
    written.parse::<f64>().map_or_else(|_| written.to_owned(), crate::label::written_bound)
}

/// Sorts numbers in labels, each once.
pub fn in_order(numbers: &mut Vec<String>) {
    let number = |written: &String| written.parse::<f64>().unwrap_or(f64::NAN);
    numbers.sort_by(|left, right| number(left).total_cmp(&number(right)).then_with(|| left.cmp(right)));
    numbers.dedup();
}

fn joined(numbers: &mut Vec<String>, others: Vec<String>) {
    numbers.extend(others);
    in_order(numbers);
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

    #[test]
    fn what_is_seen_twice_is_known_as_far_as_both_agree() {
        let label = |always| ObservedLabel { always, values: ["x".to_owned()].into(), is_closed: false };
        let seen = |kind, keys: &[&str], bounds: &[&str]| Observed {
            kind,
            labels: keys.iter().map(|key| ((*key).to_owned(), label(true))).collect(),
            bounds: bounds.iter().map(|bound| (*bound).to_owned()).collect(),
            has_series: true,
            ..Observed::default()
        };
        let mut joined = seen(ObservedKind::Histogram, &["a", "b"], &["1.0", "+Inf"]);
        joined.join(seen(ObservedKind::Histogram, &["a", "c"], &["0.5", "10.0", "+Inf"]));
        assert_eq!(joined.bounds, ["0.5", "1.0", "10.0", "+Inf"]);
        let always: Vec<_> = joined.labels.iter().map(|(key, label)| (key.as_str(), label.always)).collect();
        assert_eq!(always, [("a", true), ("b", false), ("c", false)]);
        joined.join(Observed { kind: ObservedKind::Gauge, ..Observed::default() });
        assert_eq!(joined.kind, ObservedKind::Unknown);
        assert!(joined.labels["a"].always, "a name alone says nothing of labels");
    }
}
