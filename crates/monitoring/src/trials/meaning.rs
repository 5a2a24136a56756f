//! What an expression means: its values in worlds that are made for it.
//!
//! [`Meaning::of`] reads what a query selects and makes series so that no two are alike and every label has several values; [`ask`]
//! has promtool evaluate texts on them. What the query is to answer there says the evaluation of our own: a text whose answers differ
//! from that asks something else.

pub(super) mod answer;
pub(super) mod ask;
mod leaves;
mod numbers;
mod reading;
mod series;

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use promql::{
    Checker, PossibleLabels,
    syntax::{self, MatchOperator},
};

use super::{
    Error,
    evaluate::Evaluation,
    rules::{Rules, parsed},
    timeline::Track,
};

pub use answer::Verdict;
pub use ask::ask;

use answer::Answer;
use leaves::Parted;
use reading::Reading;

/// What is known of metrics beside the query itself.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Which labels each metric's series can carry, with their values where these are known.
    labels: BTreeMap<String, PossibleLabels>,
    /// For each label the values that some query asks for.
    values: BTreeMap<String, BTreeSet<String>>,
}

impl Known {
    /// What the checker knows of the metrics that these queries read, and what these queries ask for.
    pub fn of<'q>(checker: &Checker<'_>, queries: impl IntoIterator<Item = &'q str>) -> Self {
        let mut known = Self::default();
        for query in queries.into_iter().filter_map(|query| syntax::parse(query).ok()) {
            for selector in query.selectors() {
                let name = selector.name.as_deref().unwrap_or_default();
                if let Some(labels) = checker.possible_labels(name).filter(|_| !known.labels.contains_key(name)) {
                    known.labels.insert(name.to_owned(), labels);
                }
                for matcher in selector.matchers.iter().filter(|matcher| matcher.op == MatchOperator::Equal) {
                    known.values.entry(matcher.name.clone()).or_default().insert(matcher.value.clone());
                }
            }
        }
        known
    }
}

/// A query's answers in worlds made for it.
#[derive(Clone, Debug)]
pub struct Meaning {
    parted: Parted,
    interval: f64,
    worlds: Vec<World>,
}

/// Series, and what the query and its parts answer on them.
#[derive(Clone, Debug)]
struct World {
    /// Each series with its samples, in promtool's notation.
    series: Vec<(String, String)>,
    /// In seconds after the first sample.
    moments: Vec<f64>,
    /// Of the whole query, and then of each of its parts; each at each moment.
    expected: Vec<Vec<Answer>>,
}

impl Meaning {
    /// What a query means.
    ///
    /// # Errors
    /// When it cannot be read, or asks in a way that our own evaluation does not know.
    pub fn of(query: &str, known: &Known) -> Result<Self, Error> {
        let tree = syntax::parse(query).map_err(|error| Error::new(query, error.to_string()))?;
        let reading = Reading::of(&tree, known);
        let parted = Parted::of(query, &tree);
        let interval = reading.interval.as_secs_f64();
        let rules = Rules::default();
        let texts: Vec<_> = parted.texts().map(|text| parsed("a part of it", text)).collect::<Result<_, _>>()?;
        let mut worlds = Vec::new();
        for scene in series::Scene::ALL {
            let tracks = series::made(&reading, scene);
            let mut named: BTreeMap<String, Vec<Rc<Track>>> = BTreeMap::new();
            for track in &tracks {
                named.entry(track.name.clone()).or_default().push(Rc::clone(track));
            }
            let evaluation = Evaluation { tracks: &named, rules: &rules, interval };
            let moments = reading.moments();
            let of = |text| moments.iter().map(|at| Ok(Answer::of(evaluation.answers_at(text, *at)?))).collect();
            let expected = texts.iter().map(of).collect::<Result<_, Error>>()?;
            let written =
                |track: &Rc<Track>| (super::trial::written_series(&track.name, &track.labels), track.written());
            worlds.push(World { series: tracks.iter().map(written).collect(), moments, expected });
        }
        Ok(Self { parted, interval, worlds })
    }
}
