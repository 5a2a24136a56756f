//! Mutants of which it is known that they mean the same as the original.

use std::{collections::BTreeMap, fmt};

/// A mutant that nothing can notice, since it means the same, and why it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Equivalent {
    /// Whose query it is a mutant of.
    pub place: &'static str,
    /// The operator's name.
    pub operator: &'static str,
    /// What the operator did, in its words.
    pub change: &'static str,
    /// One sentence.
    pub reason: &'static str,
}

/// All of them, each with how often it was met.
#[derive(Debug)]
pub struct Equivalents<'a> {
    named: &'a [Equivalent],
    met: BTreeMap<usize, bool>,
}

/// An entry that should not be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused<'a> {
    /// There is no such mutant.
    NoMutant(&'a Equivalent),
    /// Something notices it, so it does not mean the same.
    Caught(&'a Equivalent),
    /// It says no reason.
    NoReason(&'a Equivalent),
}

impl<'a> Equivalents<'a> {
    pub const fn new(named: &'a [Equivalent]) -> Self {
        Self { named, met: BTreeMap::new() }
    }

    /// Why the mutant means the same, if somebody says that it does; `is_caught` is whether something notices it all the same.
    pub fn meet(&mut self, place: &str, operator: &str, change: &str, is_caught: bool) -> Option<&'a str> {
        let is_it = |named: &Equivalent| (named.place, named.operator, named.change) == (place, operator, change);
        let at = self.named.iter().position(is_it)?;
        // Where two queries stand in one place, both must mean the same.
        *self.met.entry(at).or_default() |= is_caught;
        Some(self.named[at].reason)
    }

    /// What should not be there, once every mutant was met of the queries that `is_asked` says were.
    pub fn refused(&self, is_asked: impl Fn(&Equivalent) -> bool) -> Vec<Refused<'a>> {
        let of = |(at, named): (usize, &'a Equivalent)| match self.met.get(&at) {
            None => is_asked(named).then_some(Refused::NoMutant(named)),
            Some(true) => Some(Refused::Caught(named)),
            Some(false) => named.reason.trim().is_empty().then_some(Refused::NoReason(named)),
        };
        self.named.iter().enumerate().filter_map(of).collect()
    }
}

impl fmt::Display for Refused<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (why, Equivalent { place, operator, change, .. }) = match self {
            Refused::NoMutant(named) => ("there is no such mutant", named),
            Refused::Caught(named) => ("it is caught", named),
            Refused::NoReason(named) => ("it gives no reason", named),
        };
        write!(f, "named as equivalent, but {why}: {place}, {operator}: {change}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(change: &'static str, reason: &'static str) -> Equivalent {
        Equivalent { place: "rule a", operator: "window", change, reason }
    }

    #[test]
    fn an_entry_must_meet_a_mutant_that_nothing_catches_and_give_a_reason() {
        let list = [named("good", "it is"), named("caught", "it is"), named("gone", "it is"), named("mute", " ")];
        let mut equivalents = Equivalents::new(&list);
        for (change, is_caught) in [("good", false), ("caught", true), ("mute", false)] {
            assert!(equivalents.meet("rule a", "window", change, is_caught).is_some());
        }
        assert_eq!(equivalents.meet("rule b", "window", "good", false), None);
        let refused = equivalents.refused(|_| true);
        let [_, caught, gone, mute] = &list;
        assert_eq!(refused, [Refused::Caught(caught), Refused::NoMutant(gone), Refused::NoReason(mute)]);
        assert_eq!(equivalents.refused(|_| false).len(), 2);
    }
}
