//! The symbol table: every metric that can be read, with its kind, its labels and how high it can be.

use std::collections::{BTreeMap, BTreeSet};

use promql_parser::parser;
use signals::{Declaration, Kind, Service};

use crate::{
    ForeignKind, ForeignMetric, Measure, Rule,
    infer::{self, Label, Labels, Range, Values, Vector},
};

/// The target label that names the service (OpenTelemetry's `service.name`).
const SERVICE: &str = "service";

/// What is known of one metric.
#[derive(Clone, Debug)]
pub(crate) struct Metric {
    /// Whether a rate of it means something; unknown for foreign metrics.
    pub(crate) grows: Option<bool>,
    pub(crate) labels: Labels,
    /// The finite bounds, when it is the buckets of a histogram.
    pub(crate) bounds: &'static [f64],
    /// Between which numbers its values lie.
    pub(crate) range: Range,
    /// Where it is declared.
    pub(crate) declared: String,
}

/// Every metric that a query may read.
#[derive(Clone, Debug, Default)]
pub struct Symbols {
    metrics: BTreeMap<String, Metric>,
    target_labels: BTreeMap<String, Label>,
}

impl Symbols {
    /// A table for metrics that the scrape gives these labels, such as `instance`, whatever their values are.
    pub fn new<'a>(target_labels: impl IntoIterator<Item = &'a str>) -> Self {
        let target_labels = target_labels.into_iter().map(|key| (key.to_owned(), Label::open())).collect();
        Self { metrics: BTreeMap::new(), target_labels }
    }

    /// Adds a signal, with the label values that it can have in these services; open labels can have any.
    pub fn declare(&mut self, declaration: &Declaration, services: &[&Service]) {
        let recorded = services.iter().filter(|service| (declaration.recorded_by)(service));
        let mut values: BTreeMap<String, (usize, BTreeSet<String>)> =
            declaration.prometheus_keys().into_iter().map(|key| (key, (0, BTreeSet::new()))).collect();
        let points: Vec<_> = recorded.flat_map(|service| (declaration.points)(service)).collect();
        for label in points.iter().flatten() {
            let (count, seen) = values.entry(label.prometheus_key()).or_default();
            *count += 1;
            seen.insert(label.value.to_string());
        }
        let known = values.into_iter().map(|(key, (count, values))| {
            let label = if declaration.is_open(&key) {
                Label::perhaps()
            } else {
                Label { always: count == points.len(), values: Values::Known(values) }
            };
            (key, label)
        });
        let mut keys: BTreeMap<String, Label> = self.target_labels.clone().into_iter().chain(known).collect();
        // Of a signal it is known which services record it.
        if let Some(service) = keys.get_mut(SERVICE) {
            let names = services.iter().filter(|service| (declaration.recorded_by)(service));
            service.values = Values::Known(names.map(|service| service.name.to_owned()).collect());
        }
        let labels = Labels { keys, others: false };
        let metric = Metric {
            grows: Some(matches!(declaration.kind, Kind::Counter | Kind::Histogram)),
            labels,
            bounds: &[],
            range: match declaration.kind {
                Kind::Counter => Range::at_least(0.0).because("a counter is never negative"),
                Kind::Histogram | Kind::Gauge | Kind::UpDownCounter => Range::default(),
            },
            declared: format!("{}:{}", declaration.file, declaration.line),
        };
        let name = declaration.prometheus_name();
        if declaration.kind == Kind::Histogram {
            let mut buckets = metric.clone();
            buckets.bounds = declaration.buckets;
            buckets.labels.keys.insert("le".to_owned(), Label::open());
            self.metrics.insert(format!("{name}_bucket"), buckets);
            self.metrics.insert(format!("{name}_count"), metric.clone());
            self.metrics.insert(format!("{name}_sum"), metric);
        } else {
            self.metrics.insert(name, metric);
        }
    }

    /// Adds a metric that others measure. Which values its labels can take only they know.
    pub fn foreign(&mut self, metric: &ForeignMetric) {
        let own = metric.labels.iter().map(|(key, _)| (key.replace('.', "_"), Label::perhaps()));
        let labels = Labels { keys: self.target_labels.clone().into_iter().chain(own).collect(), others: false };
        let declared = format!("{}:{}", metric.file, metric.line);
        let grows = Some(metric.kind != ForeignKind::Gauge);
        let range = match (metric.kind, metric.measure) {
            (ForeignKind::Counter, _) => Range::at_least(0.0).because("a counter is never negative"),
            (_, Measure::State) => Range::between(0.0, 1.0, "a state is 0 or 1", "compare with 0 or 1"),
            _ => Range::default(),
        };
        let known = Metric { grows, labels, bounds: &[], range, declared };
        let ForeignKind::Histogram(bounds) = metric.kind else {
            self.metrics.insert(metric.name.to_owned(), known);
            return;
        };
        let mut buckets = Metric { bounds, ..known.clone() };
        buckets.labels.keys.insert("le".to_owned(), Label::open());
        self.metrics.insert(format!("{}_bucket", metric.name), buckets);
        self.metrics.insert(format!("{}_count", metric.name), known.clone());
        self.metrics.insert(format!("{}_sum", metric.name), known);
    }

    /// Adds a recording rule. Rules that it reads must be there already. A query that cannot be read leaves its labels open; the
    /// checker says why.
    pub fn record(&mut self, rule: &Rule) {
        let known = parser::parse(&rule.query.to_string());
        let Vector { labels, range } =
            known.map_or_else(|_| Vector::unknown(), |expression| infer::of(&expression, self));
        let declared = format!("the recording rule {}", rule.name);
        let metric = Metric { grows: Some(false), labels, bounds: &[], range, declared };
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
