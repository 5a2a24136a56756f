//! Which alerts are not sent while others fire.

use serde::Serialize;

use super::LabelMatcher;

/// Alerts that are not sent while others fire.
#[derive(Clone, Debug, Serialize)]
pub struct Inhibition {
    pub(crate) source_matchers: Vec<LabelMatcher>,
    pub(crate) target_matchers: Vec<LabelMatcher>,
    pub(crate) equal: Vec<&'static str>,
}

impl Inhibition {
    /// While an alert fires that matches `source`, those that match `target` and agree with it in the labels `equal` are silent.
    ///
    /// Labels that are missing on both sides would count as equal and mute everything, so both sides must have them.
    pub fn new(source: &[LabelMatcher], target: &[LabelMatcher], equal: &[&'static str]) -> Self {
        let with_equal = |side: &[LabelMatcher]| {
            side.iter().cloned().chain(equal.iter().map(|key| LabelMatcher::present(key))).collect()
        };
        Self { source_matchers: with_equal(source), target_matchers: with_equal(target), equal: equal.to_vec() }
    }

    /// Both sides also agree in this label, or neither has it: for what only parts larger ones that agree anyway.
    #[must_use]
    pub fn within(mut self, key: &'static str) -> Self {
        self.equal.push(key);
        self
    }

    /// Holds only between alerts that both match this.
    #[must_use]
    pub fn among(mut self, both: &LabelMatcher) -> Self {
        self.source_matchers.push(both.clone());
        self.target_matchers.push(both.clone());
        self
    }

    /// Silences only what also matches this.
    #[must_use]
    pub fn silencing_only(mut self, target: LabelMatcher) -> Self {
        self.target_matchers.push(target);
        self
    }
}
