//! What an expression means: its values in worlds that are made for it.
//!
//! [`Meaning::of`] reads what a query selects and makes series so that no two are alike and every label has several values; [`ask`]
//! has promtool evaluate texts on them. What the query is to answer there says the evaluation of our own: a text whose answers differ
//! from that asks something else.

pub(super) mod answer;
pub(super) mod ask;
mod numbers;
mod parts;
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
    trial::written_series,
};

pub use answer::{Seen, Verdict};
pub use ask::ask;

use answer::Answer;
use parts::{Parted, Text};
use reading::Reading;
use series::Scene;

/// What is known of metrics beside the query itself.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Which labels each metric's series can carry, with their values where these are known.
    labels: BTreeMap<String, PossibleLabels>,
    /// For each label the values that some query asks for.
    values: BTreeMap<String, BTreeSet<String>>,
    /// Every label that some query names: what a metric may carry of which nothing is known.
    keys: BTreeSet<String>,
}

impl Known {
    /// What the checker knows of the metrics that these queries read, and what these queries ask for.
    pub fn of<'q>(checker: &Checker<'_>, queries: impl IntoIterator<Item = &'q str>) -> Self {
        let mut known = Self::default();
        for query in queries.into_iter().filter_map(|query| syntax::parse(query).ok()) {
            reading::keys(&query, &mut known.keys);
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

/// What a query is to answer in worlds made for it.
#[derive(Clone, Debug)]
pub struct Meaning {
    parted: Parted,
    reading: Reading,
}

/// Series, and what the query and its parts answer on them.
#[derive(Clone, Debug)]
struct World {
    /// Each series with its samples, in promtool's notation.
    series: Vec<(String, String)>,
    /// Of each text of the query, at each moment.
    expected: BTreeMap<Text, Vec<Answer>>,
}

impl Meaning {
    /// What a query means.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(query: &str, known: &Known) -> Result<Self, Error> {
        let tree = syntax::parse(query).map_err(|error| Error::new(query, error.to_string()))?;
        Ok(Self { parted: Parted::of(query, &tree), reading: Reading::of(&tree, known) })
    }

    /// A world; an error when the query asks in a way that our own evaluation does not know.
    fn world(&self, scene: Scene) -> Result<World, Error> {
        let tracks = series::made(&self.reading, scene);
        let mut named: BTreeMap<String, Vec<Rc<Track>>> = BTreeMap::new();
        for track in &tracks {
            named.entry(track.name.clone()).or_default().push(Rc::clone(track));
        }
        let interval = self.reading.interval.as_secs_f64();

        let rules = Rules::default();
        let answers = |(which, text): (Text, &str)| {
            let query = parsed("a part of it", text)?;
            let evaluation = Evaluation { text: &query.text, tracks: &named, rules: &rules, interval };
            let at = |at: &f64| evaluation.answers_at(&query.tree, *at).map(Answer::of);
            Ok((which, self.reading.moments().iter().map(at).collect::<Result<_, Error>>()?))
        };
        let expected = self.parted.texts().into_iter().map(answers).collect::<Result<_, Error>>()?;
        let written = |track: &Rc<Track>| (written_series(&track.name, &track.labels), track.written());
        Ok(World { series: tracks.iter().map(written).collect(), expected })
    }
}
