//! The world that trials are made of: every series that can exist, and how each behaves while all is well.

use std::{collections::BTreeMap, sync::Arc};

/// A series' labels, without its name.
pub type Labels = BTreeMap<String, String>;

/// What a source's numbers do over time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Behaviour {
    /// There is no sample.
    Absent,
    /// A gauge that stays where it is.
    Level(f64),
    /// A gauge that shows how much flows a second, and so rises and falls with the traffic.
    Rate(f64),
    /// A gauge that can only be 0 or 1.
    State(bool),
    /// A gauge that shows a moment which stays so many seconds ago; a negative age lies in the future. A moment that does not move,
    /// such as a process's start, is a [`Behaviour::Level`].
    Age(f64),
    /// A counter that grows by so much a second, if there is traffic.
    Growing(f64),
    /// A counter that grows by so much a second, whether there is traffic or not: of time, or of what happens by itself.
    Ticking(f64),
    /// A histogram with so many observations a second, spread evenly from zero up to a value.
    Observed { per_second: f64, up_to: f64 },
    /// A gauge that goes on from where it was, by so much a second.
    Drifting(f64),
    /// A state that is the other one in `other` of every `of` samples.
    Flickering { other: u32, of: u32 },
    /// A gauge that changes `changes` times in every `of` samples.
    Stepping { changes: u32, of: u32 },
}

impl Behaviour {
    /// How much flows a second, if it shows what flows.
    pub(crate) const fn flow(self) -> Option<f64> {
        match self {
            Behaviour::Growing(per_second)
            | Behaviour::Ticking(per_second)
            | Behaviour::Rate(per_second)
            | Behaviour::Observed { per_second, .. } => Some(per_second),
            _ => None,
        }
    }
}

/// One source of samples: a series, or the series of one histogram.
#[derive(Clone, Debug)]
pub struct Source {
    pub name: String,
    pub labels: Labels,
    /// Upper bounds without `+Inf`; empty unless it is a histogram.
    pub bounds: Arc<[f64]>,
    /// While all is well.
    pub healthy: Behaviour,
}

/// Every source.
#[derive(Clone, Debug, Default)]
pub struct World {
    pub(crate) sources: Vec<Source>,
}

impl World {
    /// A world without a series.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a series; `healthy` is what it does while all is well.
    pub fn add<K: Into<String>, V: Into<String>>(
        &mut self,
        name: &str,
        labels: impl IntoIterator<Item = (K, V)>,
        healthy: Behaviour,
    ) {
        self.add_histogram(name, labels, &[], healthy);
    }

    /// Adds a histogram with these upper bounds, `+Inf` left out.
    pub fn add_histogram<K: Into<String>, V: Into<String>>(
        &mut self,
        name: &str,
        labels: impl IntoIterator<Item = (K, V)>,
        bounds: &[f64],
        healthy: Behaviour,
    ) {
        let labels = labels.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        self.sources.push(Source { name: name.to_owned(), labels, bounds: bounds.into(), healthy });
    }
}

/// What a part of a source is called and carries: `_bucket` with its `le`, `_sum`, `_count`, or the plain series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Part {
    Plain,
    Bucket(f64),
    Sum,
    Count,
}

impl Part {
    pub(crate) const fn suffix(self) -> &'static str {
        match self {
            Part::Plain => "",
            Part::Bucket(_) => "_bucket",
            Part::Sum => "_sum",
            Part::Count => "_count",
        }
    }

    /// How fast this part grows.
    pub(crate) fn share(self, up_to: f64) -> f64 {
        match self {
            Part::Plain | Part::Count => 1.0,
            Part::Bucket(bound) => (bound / up_to).clamp(0.0, 1.0),
            Part::Sum => up_to / 2.0,
        }
    }
}

impl Source {
    pub(crate) fn parts(&self) -> Vec<Part> {
        if self.bounds.is_empty() {
            return vec![Part::Plain];
        }
        let buckets = self.bounds.iter().copied().chain([f64::INFINITY]).map(Part::Bucket);
        buckets.chain([Part::Sum, Part::Count]).collect()
    }
}

/// A bound as Prometheus 3 stores it: always with a fraction.
pub(crate) fn written_bound(bound: f64) -> String {
    match bound {
        f64::INFINITY => "+Inf".to_owned(),
        bound if bound.fract() == 0.0 => format!("{bound:.1}"),
        bound => bound.to_string(),
    }
}
