//! How what was seen becomes part of the symbol table.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use super::{Observed, ObservedKind, ObservedLabel, Unlisted};
use crate::{
    Unit,
    infer::{Kind, Label, Labels, Measured, Presence, Range, Shape, Values},
    symbols::{Metric, Symbols, kind_by_name},
};

impl Symbols {
    /// A table for what others declare: targets have these labels, and may have more.
    pub fn of_others<'a>(target_labels: impl IntoIterator<Item = &'a str>) -> Self {
        let mut symbols = Self::new(target_labels);
        for metric in symbols.metrics.values_mut() {
            metric.labels = metric.labels.and_others();
        }
        symbols
    }

    /// Adds a metric that was seen. Labels that were not may be there all the same.
    pub fn observe(&mut self, observed: &Observed) {
        let labels = self.labels_of(observed);
        let with = |key: &str, values: &[String]| {
            let closed = Label::of(values.iter().map(String::as_str));
            if values.is_empty() { labels.clone() } else { labels.with(key, &closed) }
        };
        let unit = observed.measured_in();
        let metric = |kind, range, labels| Metric {
            measured: Measured::new(kind, unit.clone()),
            labels,
            bounds: Cow::Borrowed(&[]),
            range,
            presence: Presence::Measured,
            declared: observed.source.clone(),
            is_recorded: false,
        };
        let counted = |kind, range| Metric {
            measured: Measured::new(kind, Some(Unit::one())),
            ..metric(kind, range, labels.clone())
        };
        let buckets = |kind, range| Metric {
            bounds: Cow::Owned(observed.finite_bounds()),
            labels: with("le", &observed.bounds),
            measured: Measured { observed: unit.clone(), ..Measured::new(kind, Some(Unit::one())) },
            ..metric(kind, range, labels.clone())
        };
        let plain = |kind, range| metric(kind, range, labels.clone());
        // A sum falls when what is summed may be negative.
        let is_positive = observed.finite_bounds().first().is_some_and(|first| *first >= 0.0);
        let sum = || plain(Kind::Counter, if is_positive { Range::counter() } else { Range::default() });
        let name = &observed.name;
        let series = match observed.kind {
            ObservedKind::Counter => vec![(name.clone(), plain(Kind::Counter, Range::counter()))],
            ObservedKind::Gauge => vec![(name.clone(), plain(kind_by_name(name), Range::default()))],
            ObservedKind::Info => {
                vec![(name.clone(), plain(Kind::Info, Range::exactly(1.0).because("an info is always 1")))]
            }
            ObservedKind::StateSet => vec![(name.clone(), plain(Kind::State, Range::state()))],
            ObservedKind::NativeHistogram => {
                let native = plain(Kind::NativeHistogram, Range::default());
                let measured = Measured { unit: None, observed: unit.clone(), ..native.measured };
                vec![(name.clone(), Metric { measured, ..native })]
            }
            ObservedKind::Histogram => vec![
                (format!("{name}_bucket"), buckets(Kind::Buckets, Range::counter())),
                (format!("{name}_count"), counted(Kind::Counter, Range::counter())),
                (format!("{name}_sum"), sum()),
            ],
            ObservedKind::GaugeHistogram => vec![
                (format!("{name}_bucket"), buckets(Kind::Gauge, Range::at_least(0.0))),
                (format!("{name}_gcount"), counted(Kind::Gauge, Range::at_least(0.0))),
                (format!("{name}_gsum"), plain(Kind::Gauge, Range::default())),
            ],
            ObservedKind::Summary => {
                let quantiles = metric(Kind::Quantile, Range::default(), with("quantile", &observed.quantiles));
                let count = counted(Kind::Counter, Range::counter());
                let parts = [(format!("{name}_count"), count), (format!("{name}_sum"), sum())];
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
            let metric = match self.metrics.get(&name).filter(|_| observed.kind == ObservedKind::Unknown) {
                // Who says no type does not contradict one that is known.
                Some(known) => Metric { labels: metric.labels, declared: metric.declared, ..known.clone() },
                None => metric,
            };
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
