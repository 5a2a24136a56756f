//! The symbol table: every metric that can be read, with its kind, its labels and how high it can be.

use std::collections::{BTreeMap, BTreeSet};

use promql_parser::parser;
use signals::{Declaration, Kind, Service};

use crate::{
    ForeignKind, ForeignMetric, Rule,
    labels::{self, Labels, Values},
    reach::{self, Ceiling},
};

/// What is known of one metric.
#[derive(Clone, Debug)]
pub(crate) struct Metric {
    /// Whether a rate of it means something; unknown for foreign metrics.
    pub(crate) grows: Option<bool>,
    pub(crate) labels: Labels,
    /// The finite bounds, when it is the buckets of a histogram.
    pub(crate) bounds: &'static [f64],
    /// The value that it never exceeds.
    pub(crate) ceiling: Option<Ceiling>,
    /// Where it is declared.
    pub(crate) declared: String,
}

/// Every metric that a query may read.
#[derive(Clone, Debug, Default)]
pub struct Symbols {
    metrics: BTreeMap<String, Metric>,
    target_labels: BTreeMap<String, Values>,
}

impl Symbols {
    /// A table for metrics that the scrape gives these labels, such as `instance`, whatever their values are.
    pub fn new<'a>(target_labels: impl IntoIterator<Item = &'a str>) -> Self {
        let target_labels = target_labels.into_iter().map(|key| (key.to_owned(), Values::Open)).collect();
        Self { metrics: BTreeMap::new(), target_labels }
    }

    /// Adds a signal, with the label values that it can have in these services.
    pub fn declare(&mut self, declaration: &Declaration, services: &[&Service]) {
        let recorded = services.iter().filter(|service| (declaration.recorded_by)(service));
        let mut values: BTreeMap<String, BTreeSet<String>> =
            declaration.prometheus_keys().into_iter().map(|key| (key, BTreeSet::new())).collect();
        for label in recorded.flat_map(|service| (declaration.points)(service)).flatten() {
            values.entry(label.prometheus_key()).or_default().insert(label.value.into_owned());
        }
        let known = values.into_iter().map(|(key, values)| (key, Values::Known(values)));
        let labels = Labels { values: self.target_labels.clone().into_iter().chain(known).collect(), others: false };
        let metric = Metric {
            grows: Some(matches!(declaration.kind, Kind::Counter | Kind::Histogram)),
            labels,
            bounds: &[],
            ceiling: None,
            declared: format!("{}:{}", declaration.file, declaration.line),
        };
        let name = declaration.prometheus_name();
        if declaration.kind == Kind::Histogram {
            let mut buckets = metric.clone();
            buckets.bounds = declaration.buckets;
            buckets.labels.values.insert("le".to_owned(), Values::Open);
            self.metrics.insert(format!("{name}_bucket"), buckets);
            self.metrics.insert(format!("{name}_count"), metric.clone());
            self.metrics.insert(format!("{name}_sum"), metric);
        } else {
            self.metrics.insert(name, metric);
        }
    }

    /// Adds a metric that others measure. Which values its labels can take only they know.
    pub fn foreign(&mut self, metric: &ForeignMetric) {
        let own = metric.labels.iter().map(|(key, _)| (key.replace('.', "_"), Values::Open));
        let labels = Labels { values: self.target_labels.clone().into_iter().chain(own).collect(), others: false };
        let declared = format!("{}:{}", metric.file, metric.line);
        let grows = Some(metric.kind != ForeignKind::Gauge);
        let known = Metric { grows, labels, bounds: &[], ceiling: None, declared };
        let ForeignKind::Histogram(bounds) = metric.kind else {
            self.metrics.insert(metric.name.to_owned(), known);
            return;
        };
        let mut buckets = Metric { bounds, ..known.clone() };
        buckets.labels.values.insert("le".to_owned(), Values::Open);
        self.metrics.insert(format!("{}_bucket", metric.name), buckets);
        self.metrics.insert(format!("{}_count", metric.name), known.clone());
        self.metrics.insert(format!("{}_sum", metric.name), known);
    }

    /// Adds a recording rule. Rules that it reads must be there already. A query that cannot be read leaves its labels open; the
    /// checker says why.
    pub fn record(&mut self, rule: &Rule) {
        let (labels, ceiling) = match parser::parse(&rule.query.to_string()) {
            Ok(expression) => (labels::of(&expression, self), reach::ceiling(&expression, self)),
            Err(_) => (Labels { others: true, ..Labels::default() }, None),
        };
        let declared = format!("the recording rule {}", rule.name);
        let metric = Metric { grows: Some(false), labels, bounds: &[], ceiling, declared };
        self.metrics.insert(rule.name.clone().into_owned(), metric);
    }

    /// The declared name that is spelled most like this one, if any is near.
    pub(crate) fn nearest(&self, name: &str) -> Option<&str> {
        nearest(name, self.metrics.keys().map(String::as_str))
    }

    /// Whether series of the metric, or what a recording rule of this name records, can carry the label.
    pub fn has_label(&self, metric: &str, key: &str) -> bool {
        self.get(metric).is_some_and(|metric| metric.labels.has(key))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Metric> {
        self.metrics.get(name)
    }
}

/// The candidate that is spelled most like `name`, when at most a third of it differs.
pub(crate) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let best = candidates.map(|candidate| (distance(name, candidate), candidate)).min()?;
    (best.0 * 3 <= name.chars().count()).then_some(best.1)
}

/// How many letters must be changed, added or dropped (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, from) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in right.iter().enumerate() {
            let changed = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}
