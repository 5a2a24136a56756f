//! Which labels series carry, which values those can take, and which of them go together.
//!
//! An empty value is an absent label, in PromQL as here: a label that only some series carry is one that is empty on the others.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use crate::{
    symbols::METRIC_NAME,
    syntax::{MatchOperator, Matcher, pattern},
};

/// With more pairs than this nobody looks whether two sides meet, and they are taken to.
const MOST_PAIRS: usize = 200_000;

/// The values that a label can take.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Values {
    Known(BTreeSet<String>),
    Open,
}

/// A label that series can carry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Label {
    /// Whether every series carries it.
    pub(crate) always: bool,
    pub(crate) values: Values,
}

/// The labels of some series that are alike, such as those of one point of a signal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Shape {
    pub(crate) keys: BTreeMap<String, Label>,
    /// Whether there may be labels that are not listed.
    pub(crate) others: bool,
}

/// The labels that series can carry: each series has one of these shapes. Without a shape there is no series.
#[derive(Clone, Debug, Default)]
pub(crate) struct Labels {
    shapes: Vec<Arc<Shape>>,
}

/// The labels that say which target a series comes from.
const OF_TARGETS: [&str; 3] = ["service", "job", "instance"];

/// A label that may be there.
static PERHAPS: Label = Label::perhaps();
/// A label that is not there.
static NEVER: Label = Label { always: false, values: Values::Known(BTreeSet::new()) };

impl Values {
    pub(crate) fn one(value: &str) -> Self {
        Self::Known([value.to_owned()].into())
    }

    fn joined(self, other: Self) -> Self {
        match (self, other) {
            (Self::Known(ours), Self::Known(theirs)) => Self::Known(&ours | &theirs),
            _ => Self::Open,
        }
    }

    fn meet(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Known(ours), Self::Known(theirs)) => !ours.is_disjoint(theirs),
            (Self::Known(values), Self::Open) | (Self::Open, Self::Known(values)) => !values.is_empty(),
            (Self::Open, Self::Open) => true,
        }
    }
}

impl Label {
    /// It is there, whatever it says.
    pub(crate) const fn open() -> Self {
        Self { always: true, values: Values::Open }
    }

    /// It is there, and says one of these.
    pub(crate) fn of<'v>(values: impl IntoIterator<Item = &'v str>) -> Self {
        Self { always: true, values: Values::Known(values.into_iter().map(str::to_owned).collect()) }
    }

    /// Perhaps it is there.
    pub(crate) const fn perhaps() -> Self {
        Self { always: false, values: Values::Open }
    }

    /// What a matcher leaves of it; nothing if no value passes and it cannot be absent either.
    fn narrowed(&self, matcher: &Matcher) -> Option<Cow<'_, Self>> {
        let always = self.always || !matcher.is_match("");
        let values = match &self.values {
            Values::Known(values) if always == self.always && values.iter().all(|value| matcher.is_match(value)) => {
                return (!always || !values.is_empty()).then_some(Cow::Borrowed(self));
            }
            Values::Known(values) => Values::Known(values.iter().filter(|v| matcher.is_match(v)).cloned().collect()),
            Values::Open => match (&matcher.op, pattern::literals(matcher)) {
                (MatchOperator::Equal | MatchOperator::Matches, Some(literals)) => {
                    Values::Known(literals.into_iter().filter(|value| !value.is_empty()).collect())
                }
                _ => Values::Open,
            },
        };
        let is_impossible = always && matches!(&values, Values::Known(values) if values.is_empty());
        (!is_impossible).then_some(Cow::Owned(Self { always, values }))
    }

    /// Whether two series can agree in it.
    fn meets(&self, other: &Self) -> bool {
        (!self.always && !other.always) || self.values.meet(&other.values)
    }

    fn joined(self, other: Self) -> Self {
        Self { always: self.always && other.always, values: self.values.joined(other.values) }
    }
}

impl Shape {
    /// What is known of a label, also of one that is not listed.
    fn label(&self, key: &str) -> &Label {
        let unlisted = if self.others { &PERHAPS } else { &NEVER };
        self.keys.get(key).unwrap_or(unlisted)
    }

    fn can_have(&self, key: &str) -> bool {
        match self.keys.get(key) {
            Some(Label { values: Values::Known(values), .. }) => !values.is_empty(),
            Some(_) => true,
            None => self.others,
        }
    }

    /// What all matchers leave of it. It is copied only if they let it pass and change it.
    fn narrowed(self: &Arc<Self>, matchers: &[&Matcher]) -> Option<Arc<Self>> {
        let mut changed: Vec<(&str, Label)> = Vec::new();
        for matcher in matchers {
            let place = changed.iter().position(|(key, _)| *key == matcher.name);
            let label = place.map_or_else(|| self.label(&matcher.name), |place| &changed[place].1);
            if let Cow::Owned(label) = label.narrowed(matcher)? {
                place.map(|place| changed.swap_remove(place));
                changed.push((&matcher.name, label));
            }
        }
        if changed.is_empty() {
            return Some(Arc::clone(self));
        }
        let with = |shape: Self, (key, label)| shape.with(key, label);
        Some(Arc::new(changed.into_iter().fold(Shape::clone(self), with)))
    }

    fn with(mut self, key: &str, label: Label) -> Self {
        if label == NEVER && !self.others {
            self.keys.remove(key);
        } else {
            self.keys.insert(key.to_owned(), label);
        }
        self
    }

    /// The labels of these keys, in their order.
    fn labels(&self, keys: &[String]) -> Vec<&Label> {
        keys.iter().map(|key| self.label(key)).collect()
    }

    fn joined(&self, other: &Self) -> Self {
        let keys: BTreeSet<&String> = self.keys.keys().chain(other.keys.keys()).collect();
        let joined =
            keys.into_iter().map(|key| (key.clone(), self.label(key).clone().joined(other.label(key).clone())));
        Self { keys: joined.collect(), others: self.others || other.others }
    }

    /// Whether a series of this shape can agree with one of the other in every label that they are matched by.
    fn meets(&self, other: &Self, matches_by: &dyn Fn(&str) -> bool) -> bool {
        let keys = self.keys.keys().chain(other.keys.keys().filter(|key| !self.keys.contains_key(*key)));
        keys.filter(|key| matches_by(key)).all(|key| self.label(key).meets(other.label(key)))
    }
}

impl From<Shape> for Labels {
    fn from(shape: Shape) -> Self {
        Self { shapes: vec![Arc::new(shape)] }
    }
}

impl FromIterator<Shape> for Labels {
    fn from_iter<I: IntoIterator<Item = Shape>>(shapes: I) -> Self {
        Self::distinct(shapes.into_iter().map(Arc::new))
    }
}

impl Labels {
    /// Of one series without labels.
    pub(crate) fn none() -> Self {
        Shape::default().into()
    }

    pub(crate) fn unknown() -> Self {
        Shape { keys: BTreeMap::new(), others: true }.into()
    }

    fn distinct(shapes: impl Iterator<Item = Arc<Shape>>) -> Self {
        let mut seen = HashSet::new();
        Self { shapes: shapes.filter(|shape| seen.insert(Arc::clone(shape))).collect() }
    }

    fn each(&self, change: impl Fn(&Shape) -> Shape) -> Self {
        self.shapes.iter().map(|shape| change(shape)).collect()
    }

    pub(crate) fn shapes(&self) -> impl Iterator<Item = &Shape> {
        self.shapes.iter().map(|shape| &**shape)
    }

    /// Whether there is no such series.
    pub(crate) fn is_empty(&self) -> bool {
        self.shapes.is_empty()
    }

    /// Those, or the others if there are none.
    pub(crate) fn unless_empty(self, others: Self) -> Self {
        if self.is_empty() { others } else { self }
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.shapes.iter().any(|shape| shape.can_have(key))
    }

    /// Whether there are series, and none carries it. The metric's name is no label here, and none of them is told to lack it.
    pub(crate) fn never_has(&self, key: &str) -> bool {
        !self.is_empty() && key != METRIC_NAME && !self.has(key)
    }

    /// Whether it is known that some carry it.
    pub(crate) fn lists(&self, key: &str) -> bool {
        self.shapes.iter().any(|shape| shape.keys.contains_key(key) && shape.can_have(key))
    }

    /// Whether such series were seen, each with labels, and none with this one.
    pub(crate) fn was_seen_without(&self, key: &str) -> bool {
        let lacks = |shape: &Arc<Shape>| shape.keys.values().any(|label| label.always) && !shape.keys.contains_key(key);
        key != METRIC_NAME && !self.is_empty() && self.shapes.iter().all(lacks)
    }

    /// Every label that some carry, as far as is known.
    pub(crate) fn keys(&self) -> BTreeSet<&str> {
        self.shapes
            .iter()
            .flat_map(|shape| shape.keys.keys().filter(|key| shape.can_have(key)))
            .map(String::as_str)
            .collect()
    }

    /// The label that alone tells apart series which agree in all that they are matched by, and whether there surely are several: of
    /// shapes that differ in nothing else each has its series.
    pub(crate) fn repeated(&self, matches_by: &dyn Fn(&str) -> bool) -> Option<(String, bool)> {
        let is_open = |(_, label): &(&String, &Label)| label.values == Values::Open;
        let mut seen: HashMap<Vec<(&String, &Label)>, &Shape> = HashMap::new();
        for shape in &self.shapes {
            let key: Vec<_> = shape.keys.iter().filter(|(key, _)| matches_by(key)).collect();
            // Which value an open label has may depend on the target.
            let of_any_target = !key.iter().any(is_open);
            let Some(first) = seen.insert(key, shape) else { continue };
            let mut keys = shape.keys.keys().chain(first.keys.keys());
            let differing = keys.find(|key| shape.label(key) != first.label(key));
            if let Some(key) = differing.filter(|key| of_any_target || !OF_TARGETS.contains(&key.as_str())) {
                return Some((key.clone(), true));
            }
        }
        self.shapes.iter().find_map(|shape| {
            // What is always there is there to tell series apart.
            let has_many = |label: &Label| match &label.values {
                Values::Known(values) => values.len() > 1,
                Values::Open => true,
            };
            let many = shape.keys.iter().find(|(key, label)| {
                !matches_by(key) && label.always && has_many(label) && !OF_TARGETS.contains(&key.as_str())
            });
            many.map(|(key, _)| (key.clone(), false))
        })
    }

    /// At most so many series can be told apart by them; nothing when values are open.
    pub(crate) fn at_most(&self) -> Option<u64> {
        let of_label = |label: &Label| match &label.values {
            Values::Known(values) => Some(values.len() as u64 + u64::from(!label.always)),
            Values::Open => None,
        };
        let of_shape = |shape: &Shape| {
            let mut labels = shape.keys.values().map(of_label);
            if shape.others { None } else { labels.try_fold(1_u64, |most, label| most.checked_mul(label?)) }
        };
        self.shapes.iter().map(|shape| of_shape(shape)).try_fold(0_u64, |most, shape| most.checked_add(shape?))
    }

    /// The labels that every series carries.
    pub(crate) fn always(&self) -> Vec<&str> {
        let all = |key: &str| self.shapes.iter().all(|shape| shape.keys.get(key).is_some_and(|label| label.always));
        self.shapes
            .first()
            .into_iter()
            .flat_map(|shape| shape.keys.keys())
            .map(String::as_str)
            .filter(|key| all(key))
            .collect()
    }

    /// The keys, for a sentence.
    pub(crate) fn listed(&self) -> String {
        let keys: Vec<_> = self.keys().into_iter().map(|key| format!("`{key}`")).collect();
        if keys.is_empty() { "none".to_owned() } else { keys.join(", ") }
    }

    /// Whether a label can have a value, as far as is known.
    pub(crate) fn can_be(&self, key: &str, value: &str) -> bool {
        self.shapes.iter().any(|shape| match &shape.label(key).values {
            Values::Known(values) => values.contains(value),
            Values::Open => true,
        })
    }

    /// Every value of a label; nothing when they are not all known.
    pub(crate) fn values(&self, key: &str) -> Option<BTreeSet<&str>> {
        let mut all = BTreeSet::new();
        for shape in &self.shapes {
            match shape.keys.get(key) {
                Some(Label { values: Values::Known(values), .. }) => all.extend(values.iter().map(String::as_str)),
                Some(Label { values: Values::Open, .. }) => return None,
                None if shape.others => return None,
                None => {}
            }
        }
        Some(all)
    }

    /// The values of a label that are known, though there may be others.
    pub(crate) fn known_values(&self, key: &str) -> BTreeSet<&str> {
        let known = self.shapes.iter().filter_map(|shape| match shape.keys.get(key) {
            Some(Label { values: Values::Known(values), .. }) => Some(values.iter().map(String::as_str)),
            _ => None,
        });
        known.flatten().collect()
    }

    /// Everything as one shape, which is less than was known.
    pub(crate) fn merged(&self) -> Shape {
        let mut shapes = self.shapes.iter();
        let Some(first) = shapes.next() else { return Shape::default() };
        shapes.fold(Shape::clone(first), |merged, shape| merged.joined(shape))
    }

    /// Those that all matchers let pass. Two that were told apart by what these take away stay two.
    pub(crate) fn narrowed(&self, matchers: &[&Matcher]) -> Self {
        Self { shapes: self.shapes.iter().filter_map(|shape| shape.narrowed(matchers)).collect() }
    }

    /// Whether all matchers let some pass.
    pub(crate) fn can_match(&self, matchers: &[&Matcher]) -> bool {
        self.shapes.iter().any(|shape| shape.narrowed(matchers).is_some())
    }

    pub(crate) fn without(&self, keys: &[String]) -> Self {
        self.each(|shape| {
            let mut shape = shape.clone();
            for key in keys {
                if shape.others {
                    shape.keys.insert(key.clone(), NEVER.clone());
                } else {
                    shape.keys.remove(key);
                }
            }
            shape
        })
    }

    /// Only these.
    pub(crate) fn only(&self, keys: &[String]) -> Self {
        let mut labels: Vec<_> = self.shapes.iter().map(|shape| shape.labels(keys)).collect();
        // Neighbours are mostly alike, and that is seen sooner than a hash is made.
        labels.dedup();
        let mut seen = HashSet::new();
        let kept = labels.into_iter().filter(|labels| seen.insert(labels.clone()));
        let shape = |labels: Vec<&Label>| {
            let kept = keys.iter().zip(labels).filter(|(_, label)| **label != NEVER);
            let keys = kept.map(|(key, label)| (key.clone(), label.clone())).collect();
            Arc::new(Shape { keys, others: false })
        };
        Self { shapes: kept.map(shape).collect() }
    }

    pub(crate) fn with(&self, key: &str, label: &Label) -> Self {
        self.each(|shape| shape.clone().with(key, label.clone()))
    }

    /// The same, and perhaps labels that are not known.
    pub(crate) fn and_others(&self) -> Self {
        self.each(|shape| Shape { others: true, ..shape.clone() })
    }

    /// Of series that are either these or those.
    pub(crate) fn or(&self, other: &Self) -> Self {
        Self::distinct(self.shapes.iter().chain(&other.shapes).cloned())
    }

    /// Those that can agree with one of the others in every label that they are matched by, each with what they take from those.
    pub(crate) fn meeting(&self, others: &Self, matches_by: &dyn Fn(&str) -> bool, taken: &[String]) -> Self {
        let relevant = |shape: &Shape| {
            let keys = shape.keys.iter().filter(|(key, _)| matches_by(key) || taken.contains(key));
            Shape { keys: keys.map(|(key, label)| (key.clone(), label.clone())).collect(), others: shape.others }
        };
        let others = others.each(relevant);
        let is_too_many = self.shapes.len() * others.shapes.len() > MOST_PAIRS;
        let meeting = self.shapes.iter().filter_map(|shape| {
            let mut met = others.shapes.iter().filter(|other| is_too_many || shape.meets(other, matches_by));
            let first = Shape::clone(met.next()?);
            if taken.is_empty() {
                return Some(Shape::clone(shape));
            }
            let met = met.fold(first, |met, other| met.joined(other));
            Some(taken.iter().fold(Shape::clone(shape), |shape, key| shape.with(key, met.label(key).clone())))
        });
        meeting.collect()
    }
}
