//! How what was seen becomes part of the symbol table.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use super::{Observed, ObservedKind, ObservedLabel, Unlisted};
use crate::{
    infer::{Kind, Label, Labels, Measured, Presence, Range, Shape, Values},
    symbols::{Metric, Symbols, kind_by_name},
};

impl Symbols {
    /// Adds a metric that was seen. Labels that were not may be there all the same.
    pub fn observe(&mut self, observed: &Observed) {
        let labels = self.labels_of(observed);
        let with = |key: &str, values: &[String]| {
            let closed = Label::of(values.iter().map(String::as_str));
            if values.is_empty() { labels.clone() } else { labels.with(key, &closed) }
        };
        let metric = |kind, range, labels| Metric {
            measured: Measured::new(kind, None),
            is_recorded: false,
            labels,
            bounds: Cow::Borrowed(&[]),
            range,
            presence: Presence::Measured,
            declared: observed.source.clone(),
        };
        let counter = || metric(Kind::Counter, Range::counter(), labels.clone());
        let gauge = |range| metric(kind_by_name(&observed.name), range, labels.clone());
        let bounds = || {
            let numbers = observed.bounds.iter().filter_map(|bound| bound.parse::<f64>().ok());
            Cow::Owned(numbers.filter(|bound| bound.is_finite()).collect::<Vec<_>>())
        };
        // A sum falls when what is summed may be negative, which nothing tells.
        let sum = || metric(Kind::Counter, Range::default(), labels.clone());
        let name = &observed.name;
        let series = match observed.kind {
            ObservedKind::Counter => vec![(name.clone(), counter())],
            ObservedKind::Gauge => vec![(name.clone(), gauge(Range::default()))],
            ObservedKind::Info => vec![(
                name.clone(),
                metric(Kind::Info, Range::exactly(1.0).because("an info is always 1"), labels.clone()),
            )],
            ObservedKind::StateSet => vec![(name.clone(), metric(Kind::State, Range::state(), labels.clone()))],
            ObservedKind::NativeHistogram => {
                vec![(name.clone(), metric(Kind::NativeHistogram, Range::default(), labels.clone()))]
            }
            ObservedKind::Histogram => {
                let measured = Measured::new(Kind::Buckets, None);
                let buckets = Metric { bounds: bounds(), labels: with("le", &observed.bounds), measured, ..counter() };
                vec![
                    (format!("{name}_bucket"), buckets),
                    (format!("{name}_count"), counter()),
                    (format!("{name}_sum"), sum()),
                ]
            }
            ObservedKind::GaugeHistogram => {
                let buckets =
                    Metric { bounds: bounds(), labels: with("le", &observed.bounds), ..gauge(Range::at_least(0.0)) };
                vec![
                    (format!("{name}_bucket"), buckets),
                    (format!("{name}_gcount"), gauge(Range::at_least(0.0))),
                    (format!("{name}_gsum"), gauge(Range::default())),
                ]
            }
            ObservedKind::Summary => {
                let quantiles = metric(Kind::Quantile, Range::default(), with("quantile", &observed.quantiles));
                let parts = [(format!("{name}_count"), counter()), (format!("{name}_sum"), sum())];
                let has_quantiles = !observed.quantiles.is_empty();
                parts.into_iter().chain(has_quantiles.then(|| (name.clone(), quantiles))).collect()
            }
            ObservedKind::Unknown => {
                // Its `le` is closed, but nothing says that its numbers are buckets.
                let (le, quantiles) = (with("le", &observed.bounds), &observed.quantiles);
                let closed = Label::of(quantiles.iter().map(String::as_str));
                let labels = if quantiles.is_empty() { le } else { le.with("quantile", &closed) };
                vec![(name.clone(), metric(Kind::Unknown, Range::default(), labels))]
            }
        };
        let observed = Arc::new(observed.clone());
        for (name, metric) in series {
            self.seen.entry(name.clone()).or_default().push(Arc::clone(&observed));
            self.add(name, metric);
        }
    }

    /// What was seen of the metric whose series are called so: its unit, its help, and values of its labels that are not all there can be.
    pub fn seen(&self, series: &str) -> &[Arc<Observed>] {
        self.seen.get(series).map_or(&[], Vec::as_slice)
    }

    /// Says what it means that a name is not in the table.
    pub fn take_unlisted_as(&mut self, unlisted: Unlisted) {
        self.unlisted = unlisted;
    }

    fn labels_of(&self, observed: &Observed) -> Labels {
        let added = if observed.is_scraped { BTreeMap::new() } else { self.target_of([]) };
        let own = observed.labels.iter().map(|(key, label)| (key.clone(), Label::from(label)));
        Shape { keys: added.into_iter().chain(own).collect(), others: true }.into()
    }
}

impl From<&ObservedLabel> for Label {
    fn from(seen: &ObservedLabel) -> Self {
        let values = if seen.is_closed { Values::Known(seen.values.clone()) } else { Values::Open };
        Self { always: seen.always, values }
    }
}
