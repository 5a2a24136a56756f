//! Words for mistakes that somebody could make: labels and values that other queries use, and what the metrics carry.

use std::collections::{BTreeMap, BTreeSet};

use promql::{
    Symbols,
    syntax::{self, Expr, LabelModifier, MatchOperator},
};

/// What a set of queries speaks of.
pub struct Vocabulary<'a> {
    symbols: &'a Symbols,
    labels: BTreeSet<String>,
    /// For each label the values that some query asks for by `=`.
    values: BTreeMap<String, BTreeSet<String>>,
    metrics: BTreeSet<String>,
}

impl<'a> Vocabulary<'a> {
    /// What these queries speak of. One that cannot be read is left out.
    pub fn of<'q>(symbols: &'a Symbols, queries: impl IntoIterator<Item = &'q str>) -> Self {
        let mut vocabulary =
            Self { symbols, labels: BTreeSet::new(), values: BTreeMap::new(), metrics: BTreeSet::new() };
        for query in queries.into_iter().filter_map(|query| syntax::parse(query).ok()) {
            vocabulary.read(&query);
        }
        vocabulary
    }

    fn read(&mut self, query: &Expr) {
        for selector in query.selectors() {
            self.metrics.extend(selector.name.clone());
            for matcher in &selector.matchers {
                self.labels.insert(matcher.name.clone());
                if matcher.op == MatchOperator::Equal && !matcher.value.contains('$') {
                    self.values.entry(matcher.name.clone()).or_default().insert(matcher.value.clone());
                }
            }
        }
        self.read_keys(query);
    }

    fn read_keys(&mut self, query: &Expr) {
        let modifier = match query {
            Expr::Aggregate(aggregate) => aggregate.modifier.as_ref(),
            Expr::Binary(binary) => binary.modifier.matching.as_ref(),
            _ => None,
        };
        self.labels.extend(modifier.map(LabelModifier::keys).into_iter().flat_map(|keys| keys.labels.clone()));
        query.parts().into_iter().for_each(|part| self.read_keys(part));
    }

    /// The labels that everything carries which a part of a query reads.
    pub(crate) fn labels_of(&self, query: &Expr) -> Vec<&str> {
        let selectors = query.selectors();
        let has = |label: &str| {
            let mut names = selectors.iter().filter_map(|selector| selector.name.as_deref());
            !selectors.is_empty() && names.all(|name| self.symbols.has_label(name, label))
        };
        self.labels.iter().map(String::as_str).filter(|label| has(label)).collect()
    }

    /// A value of the label that other queries ask for.
    pub(crate) fn other_value(&self, label: &str, than: &[&str]) -> Option<&str> {
        self.values.get(label)?.iter().map(String::as_str).find(|value| !than.contains(value))
    }

    /// Whether somebody asks for the metric.
    pub(crate) fn has_metric(&self, name: &str) -> bool {
        self.metrics.contains(name)
    }
}
