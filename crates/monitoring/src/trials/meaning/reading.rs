//! What a query reads: which metrics, by which labels, how far back; and what values these labels are given.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use promql::{
    PossibleLabels,
    syntax::{Aggregate, Expr, LabelModifier, Matcher, Offset, VectorSelector},
};

use super::Known;
use crate::trials::world::Labels;

/// How far an instant selector looks back.
const LOOK_BACK: Duration = Duration::from_mins(5);
/// How many samples the shortest window holds, if there are not too many in the longest.
const SAMPLES: u32 = 10;
/// How many samples a series has at most.
const MOST_SAMPLES: u32 = 3000;
/// How far apart samples may be.
const INTERVALS: [u64; 13] = [21_600, 7_200, 3_600, 1_800, 900, 600, 300, 120, 60, 30, 15, 5, 1];
/// How many values of a label that the query asks for are tried beside those that it names.
const MORE_VALUES: usize = 2;
/// How many more values a label has by which the query groups.
const GROUPS: usize = 3;
/// How many finite bounds a histogram has, beside those that the query names.
const BOUNDS: usize = 5;
/// A label that nobody declared: what carries it is there twice, so that to add is not to choose.
pub(super) const COPY: &str = "copy";
/// What Prometheus keeps bounds of buckets in.
pub(super) const BOUND: &str = "le";

/// A metric as a query reads it.
#[derive(Clone, Debug, Default)]
pub(super) struct Metric {
    /// The matchers of each selector.
    pub(super) selectors: Vec<Vec<Matcher>>,
    /// Whether some function takes it for a counter.
    pub(super) is_counter: bool,
    /// The bounds of its buckets as they are spelled, in the order of their values.
    pub(super) bounds: Vec<String>,
    pub(super) labels: BTreeSet<String>,
}

/// What a query reads.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    pub(super) metrics: BTreeMap<String, Metric>,
    /// For each label the values that it has somewhere; those that the query asks for come first.
    pub(super) values: BTreeMap<String, Vec<String>>,
    pub(super) interval: Duration,
    /// How many samples there are.
    pub(super) steps: usize,
    /// Whether it picks the highest or lowest, and so must not find two that are alike.
    pub(super) picks: bool,
    /// A label by which it groups and for which it asks no value: with a group for each change, none hides another.
    pub(super) group: Option<String>,
    /// The labels by which it groups and matches.
    pub(super) keys: BTreeSet<String>,
}

/// What is passed on the way to a selector.
#[derive(Clone, Copy, Default)]
struct Way<'a> {
    function: Option<&'a str>,
    reach: Duration,
}

#[derive(Default)]
struct Reader {
    metrics: BTreeMap<String, Metric>,
    /// The labels by which it groups and matches.
    keys: BTreeSet<String>,
    far: Duration,
    finest: Option<Duration>,
    /// How many series it picks at most.
    picked: usize,
}

impl Reading {
    pub(super) fn of(query: &Expr, known: &Known) -> Self {
        let mut reader = Reader::default();
        reader.read(query, Way::default());
        let far = reader.far + LOOK_BACK;
        let finest = reader.finest.unwrap_or(LOOK_BACK);
        let is_fine = |interval: &Duration| *interval * SAMPLES <= finest;
        let is_few = |interval: &Duration| far.div_duration_f64(*interval) <= f64::from(MOST_SAMPLES);
        let intervals = INTERVALS.map(Duration::from_secs);
        let fine = intervals.into_iter().find(is_fine).filter(is_few);
        let few = || intervals.into_iter().rev().find(is_few);
        let interval = fine.or_else(few).unwrap_or(intervals[0]);
        let steps = ((far + finest).div_duration_f64(interval) * 1.2).ceil() as usize + 4;
        let Reader { mut metrics, keys, picked, .. } = reader;
        let mut values = BTreeMap::new();
        for (name, metric) in &mut metrics {
            metric.declare(known.labels.get(name).cloned(), &known.keys);
        }
        let is_asked = |key: &&String| {
            let mut matchers = metrics.values().flat_map(|metric| metric.selectors.iter().flatten());
            matchers.any(|matcher| matcher.name == **key)
        };
        let is_had = |key: &&String| metrics.values().any(|metric| metric.labels.contains(*key));
        let group = keys.iter().rev().find(|key| *key != BOUND && !is_asked(key) && is_had(key)).cloned();
        let labels: BTreeSet<&String> = metrics.values().flat_map(|metric| &metric.labels).collect();
        for label in labels {
            let mut pool = pool(label, &metrics, known);
            if keys.contains(label) && !is_asked(&label) {
                pool.extend((0..GROUPS).map(|number| format!("group-{number}")));
            }
            if (keys.contains(label) || label == COPY) && picked > 1 {
                pool.extend((0..picked + 2).map(|number| format!("picked-{number}")));
            }
            values.insert(label.clone(), pool);
        }
        Self { metrics, values, interval, steps, picks: picked > 0, group, keys }
    }

    /// When it is asked: at a sample, and between samples.
    pub(super) fn moments(&self) -> Vec<f64> {
        let interval = self.interval.as_secs_f64();
        let last = (self.steps - 1) as f64 * interval;
        vec![last, last - 2.0 * interval + (interval / 3.0).floor()]
    }
}

impl Reader {
    fn read(&mut self, query: &Expr, way: Way<'_>) {
        match query {
            Expr::VectorSelector(selector) => self.take(selector, way),
            Expr::MatrixSelector(selector) => {
                let range = selector.range.unwrap_or_default();
                self.finest = self.finest.into_iter().chain([range]).min();
                self.take(&selector.vs, Way { reach: way.reach + range, ..way });
            }
            Expr::Subquery(subquery) => {
                let range = subquery.range.unwrap_or_default();
                self.finest = self.finest.into_iter().chain([range]).min();
                let reach = way.reach + range + past(subquery.shift.offset);
                self.read(&subquery.expr, Way { reach, ..way });
            }
            Expr::Call(call) => {
                call.args.iter().for_each(|arg| self.read(arg, Way { function: Some(call.func.name), ..way }));
            }
            Expr::Aggregate(aggregate) => {
                self.keys_of(aggregate.modifier.as_ref());
                self.picks(aggregate);
                self.read(&aggregate.expr, way);
            }
            Expr::Binary(binary) => {
                self.keys_of(binary.modifier.matching.as_ref());
                self.read(&binary.lhs, way);
                self.read(&binary.rhs, way);
            }
            other => other.parts().into_iter().for_each(|part| self.read(part, way)),
        }
    }

    fn take(&mut self, selector: &VectorSelector, way: Way<'_>) {
        self.far = self.far.max(way.reach + past(selector.shift.offset));
        let metric = self.metrics.entry(selector.name.clone().unwrap_or_default()).or_default();
        if !metric.selectors.contains(&selector.matchers) {
            metric.selectors.push(selector.matchers.clone());
        }
        metric.is_counter |= matches!(way.function, Some("rate" | "irate" | "increase" | "resets"));
        metric.labels.extend(selector.matchers.iter().map(|matcher| matcher.name.clone()));
    }

    fn keys_of(&mut self, modifier: Option<&LabelModifier>) {
        self.keys.extend(modifier.into_iter().flat_map(|modifier| modifier.keys().labels.iter().cloned()));
    }

    fn picks(&mut self, aggregate: &Aggregate) {
        if let (true, Some(Expr::NumberLiteral(number))) = (aggregate.op.picks(), &aggregate.param) {
            self.picked = self.picked.max(number.value as usize);
        }
    }
}

impl Metric {
    /// Adds what is known of it.
    fn declare(&mut self, known: Option<PossibleLabels>, keys: &BTreeSet<String>) {
        let known =
            known.unwrap_or_else(|| keys.iter().filter(|key| *key != BOUND).map(|key| (key.clone(), None)).collect());
        if let Some(Some(bounds)) = known.get(BOUND) {
            self.bounds = bounds.iter().filter(|bound| !bound.is_empty()).cloned().collect();
            self.bounds.sort_by(|left, right| bound(left).total_cmp(&bound(right)));
            let named = |spelled: &String| {
                let mut matchers = self.selectors.iter().flatten();
                matchers.any(|matcher| matcher.name == BOUND && matcher.is_match(spelled))
            };
            let (count, each) = (self.bounds.len(), self.bounds.len().div_ceil(BOUNDS + 1).max(1));
            let is_kept =
                |(place, spelled): &(usize, &String)| place % each == 0 || place + 2 >= count || named(spelled);
            self.bounds = self.bounds.iter().enumerate().filter(is_kept).map(|(_, spelled)| spelled.clone()).collect();
        }
        self.labels.extend(known.into_keys());
        self.labels.insert(COPY.to_owned());
        self.labels.remove("__name__");
        if !self.bounds.is_empty() {
            self.labels.remove(BOUND);
        }
    }

    /// The labels that a selector takes, by the first fitting value of each.
    pub(super) fn base(&self, matchers: &[Matcher], values: &BTreeMap<String, Vec<String>>) -> Labels {
        let fits = |label: &str, value: &str| {
            matchers.iter().filter(|matcher| matcher.name == label).all(|matcher| matcher.is_match(value))
        };
        let of = |label: &String| {
            let value = values.get(label)?.iter().find(|value| fits(label, value))?;
            Some((label.clone(), value.clone()))
        };
        self.labels.iter().filter_map(of).filter(|(_, value)| !value.is_empty()).collect()
    }
}

/// Every label that a query names.
pub(super) fn keys(query: &Expr, found: &mut BTreeSet<String>) {
    let modifier = match query {
        Expr::Aggregate(aggregate) => aggregate.modifier.as_ref(),
        Expr::Binary(binary) => binary.modifier.matching.as_ref(),
        Expr::VectorSelector(selector) => {
            found.extend(selector.matchers.iter().map(|matcher| matcher.name.clone()));
            None
        }
        _ => None,
    };
    found.extend(modifier.into_iter().flat_map(|modifier| modifier.keys().labels.iter().cloned()));
    query.parts().into_iter().for_each(|part| keys(part, found));
}

/// A bound's value.
pub(super) fn bound(text: &str) -> f64 {
    text.trim_start_matches('+').parse().unwrap_or(f64::INFINITY)
}

fn past(offset: Offset) -> Duration {
    match offset {
        Offset::Fixed(milliseconds) => Duration::from_millis(u64::try_from(milliseconds).unwrap_or_default()),
        Offset::Computed => Duration::ZERO,
    }
}

/// The values that a label is given: what matchers name and what is next to it, what is known of it, and nothing.
fn pool(label: &str, metrics: &BTreeMap<String, Metric>, known: &Known) -> Vec<String> {
    let matchers: Vec<&Matcher> = metrics
        .values()
        .flat_map(|metric| metric.selectors.iter().flatten())
        .filter(|matcher| matcher.name == label)
        .collect();
    let mut pool: Vec<String> = Vec::new();
    let mut add = |value: String| {
        if !pool.contains(&value) {
            pool.push(value);
        }
    };
    for matcher in &matchers {
        samples(matcher).into_iter().for_each(&mut add);
    }
    let declared = metrics.keys().filter_map(|name| known.labels.get(name)?.get(label)?.clone());
    let declared: BTreeSet<String> = declared.flatten().filter(|value| !value.is_empty()).collect();
    // Of what the query does not ask for, one value is like another.
    let more = if matchers.is_empty() { 0 } else { MORE_VALUES };
    let asked = known.values.get(label).into_iter().flatten();
    asked.take(more).cloned().for_each(&mut add);
    declared.into_iter().take(more).for_each(&mut add);
    ["one", "two"].map(str::to_owned).into_iter().for_each(&mut add);
    if !matchers.is_empty() {
        add(String::new());
    }
    pool
}

/// Values that a matcher is about: for a pattern one of each alternative, and one that a letter less takes.
fn samples(matcher: &Matcher) -> Vec<String> {
    if !matcher.op.is_pattern() {
        let mut shorter = matcher.value.clone();
        shorter.pop();
        return [matcher.value.clone(), shorter].into_iter().filter(|value| !value.is_empty()).collect();
    }
    let fitting = |alternative: &str| {
        let long = alternative.replace(".*", "ab1").replace(".+", "ab1").replace('\\', "");
        let plain = alternative.replace(".*", "").replace(".+", "a").replace('\\', "");
        [long.replace('.', "0"), plain.replace('.', "0")]
    };
    let mut values: Vec<String> = matcher.value.split('|').flat_map(fitting).collect();
    let mut shorter: Vec<String> = values
        .iter()
        .map(|value| value[..value.len() - value.chars().next_back().map_or(0, char::len_utf8)].to_owned())
        .collect();
    values.append(&mut shorter);
    values.retain(|value| !value.is_empty());
    values
}
