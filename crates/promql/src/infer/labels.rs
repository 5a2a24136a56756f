//! Which labels series carry, and which values those can take.

use std::collections::{BTreeMap, BTreeSet};

/// The values that a label can take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Values {
    Known(BTreeSet<String>),
    Open,
}

/// A label that series can carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    /// Whether every series carries it.
    pub(crate) always: bool,
    pub(crate) values: Values,
}

/// The labels that series can carry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Labels {
    pub(crate) keys: BTreeMap<String, Label>,
    /// Whether there may be labels that are not listed.
    pub(crate) others: bool,
}

impl Label {
    /// It is there, whatever it says.
    pub(crate) const fn open() -> Self {
        Self { always: true, values: Values::Open }
    }

    /// Perhaps it is there.
    pub(crate) const fn perhaps() -> Self {
        Self { always: false, values: Values::Open }
    }

    /// Whether both are there and can never agree.
    pub(crate) fn contradicts(&self, other: &Self) -> bool {
        let disjoint = match (&self.values, &other.values) {
            (Values::Known(ours), Values::Known(theirs)) => {
                !ours.is_empty() && !theirs.is_empty() && ours.is_disjoint(theirs)
            }
            _ => false,
        };
        self.always && other.always && disjoint
    }
}

impl Labels {
    pub(crate) fn unknown() -> Self {
        Self { keys: BTreeMap::new(), others: true }
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.others || self.keys.contains_key(key)
    }

    /// Whether no series carries it.
    pub(crate) fn never_has(&self, key: &str) -> bool {
        !self.has(key)
    }

    /// The keys, for a sentence.
    pub(crate) fn listed(&self) -> String {
        let keys: Vec<_> = self.keys.keys().map(|key| format!("`{key}`")).collect();
        if keys.is_empty() { "none".to_owned() } else { keys.join(", ") }
    }

    pub(crate) fn without(mut self, key: &str) -> Self {
        self.keys.remove(key);
        self
    }

    /// Only these.
    pub(crate) fn only<'k>(&self, keys: impl IntoIterator<Item = &'k String>) -> Self {
        let kept = keys.into_iter().filter_map(|key| {
            let unlisted = || self.others.then(Label::perhaps);
            Some((key.clone(), self.keys.get(key).cloned().or_else(unlisted)?))
        });
        Self { keys: kept.collect(), others: false }
    }

    /// Of series that are either these or those.
    pub(crate) fn or(self, other: Self) -> Self {
        let (mut keys, others) = (self.keys, self.others || other.others);
        for label in keys.iter_mut().filter(|(key, _)| !other.keys.contains_key(*key)) {
            label.1.always = false;
        }
        for (key, theirs) in other.keys {
            let joined = match keys.remove(&key) {
                Some(ours) => Label { always: ours.always && theirs.always, values: ours.values.joined(theirs.values) },
                None => Label { always: false, ..theirs },
            };
            keys.insert(key, joined);
        }
        Self { keys, others }
    }
}

impl Values {
    fn joined(self, other: Self) -> Self {
        match (self, other) {
            (Self::Known(ours), Self::Known(theirs)) => Self::Known(&ours | &theirs),
            _ => Self::Open,
        }
    }
}
