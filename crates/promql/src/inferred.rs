//! What the checker infers of a query, as data: whatever Prometheus answers must lie within it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Checker,
    infer::{Inference, Label, Presence, Shape, Values, Vector},
    syntax,
};

/// What is known of a query's value before any sample exists.
#[derive(Clone, Debug)]
pub struct Inferred {
    /// The labels of the series: each is like one of these.
    pub shapes: Vec<InferredShape>,
    /// The least value, which belongs to the range.
    pub low: f64,
    /// The greatest value, which belongs to the range.
    pub high: f64,
    /// Whether a value may be no number.
    pub nan: bool,
    /// At most so many series; nothing when nobody knows.
    pub at_most: Option<u64>,
    /// Whether there is a value whatever there is to measure.
    pub is_always: bool,
}

/// The labels of series that are alike.
#[derive(Clone, Debug)]
pub struct InferredShape {
    /// What each label can be.
    pub keys: BTreeMap<String, InferredLabel>,
    /// Whether there may be labels that are not listed.
    pub others: bool,
}

/// What a label can be.
#[derive(Clone, Debug)]
pub struct InferredLabel {
    /// Whether every series of the shape carries it.
    pub always: bool,
    /// Its values; nothing when they are not all known.
    pub values: Option<BTreeSet<String>>,
}

impl Checker<'_> {
    /// What is known of a query's value; nothing of a text that is no query.
    pub fn inferred(&self, query: &str) -> Option<Inferred> {
        let expression = syntax::parse(query).ok()?;
        let Vector { labels, range, presence, series, .. } =
            Vector::clone(&Inference::new(self.symbols()).of(&expression));
        let shapes = labels.shapes().map(InferredShape::from).collect();
        let is_always = presence == Presence::Always;
        Some(Inferred { shapes, low: range.low, high: range.high, nan: range.nan, at_most: series, is_always })
    }
}

impl From<&Shape> for InferredShape {
    fn from(Shape { keys, others }: &Shape) -> Self {
        let label = |Label { always, values }: &Label| {
            let values = match values {
                Values::Known(values) => Some(values.clone()),
                Values::Open => None,
            };
            InferredLabel { always: *always, values }
        };
        Self { keys: keys.iter().map(|(key, known)| (key.clone(), label(known))).collect(), others: *others }
    }
}
