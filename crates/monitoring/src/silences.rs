//! Which alerts keep another quiet, by the inhibitions of the Alertmanager.

use std::collections::BTreeMap;

use promql::PossibleLabels;

use crate::{
    Alert,
    alertmanager::{Inhibition, LabelMatcher},
    rules,
};

/// An alert as Alertmanager sees it: what is known of its labels before it fires.
pub(crate) struct Labelled<'a> {
    pub(crate) alert: &'a Alert,
    /// The labels that the rule adds.
    own: BTreeMap<&'static str, &'static str>,
    /// The labels that its query keeps; none where that is not known.
    kept: Option<PossibleLabels>,
}

impl<'a> Labelled<'a> {
    pub(crate) fn new(alert: &'a Alert, kept: Option<PossibleLabels>) -> Self {
        Self { alert, own: rules::labels(alert), kept }
    }

    /// The value of a label that the definition fixes; empty where it can never be; none where it is known only when it fires.
    fn value(&self, key: &str) -> Option<&str> {
        match key {
            "alertname" => Some(self.alert.name),
            // The scrape and Prometheus' external labels say where an alert comes from.
            "environment" => None,
            key => match self.own.get(key) {
                Some(value) => Some(value),
                None if self.kept.as_ref().is_none_or(|kept| kept.contains_key(key)) => None,
                None => Some(""),
            },
        }
    }

    /// Whether some of its series may not have a label that its query keeps.
    fn may_lack(&self, key: &str) -> bool {
        let kept = self.kept.as_ref().and_then(|kept| kept.get(key));
        matches!(kept, Some(Some(values)) if values.contains(""))
    }

    fn may_match(&self, matchers: &[LabelMatcher]) -> bool {
        let matches = |matcher: &LabelMatcher| self.value(&matcher.key).is_none_or(|value| matcher.holds_for(value));
        matchers.iter().all(matches)
    }
}

/// The labels in which both must agree for `graver` to keep `milder` quiet, when it can at all.
pub(crate) fn agreeing_in(
    inhibition: &Inhibition,
    graver: &Labelled<'_>,
    milder: &Labelled<'_>,
) -> Option<Vec<&'static str>> {
    // An alert that matches both sides does not silence itself.
    let two = graver.alert.name != milder.alert.name;
    let sides = graver.may_match(&inhibition.source_matchers) && milder.may_match(&inhibition.target_matchers);
    let can_agree = |key: &&'static str| match (graver.value(key), milder.value(key)) {
        (Some(left), Some(right)) => left == right,
        // One side lacks the label, and what the other has is known only when it fires.
        (Some(""), None) => milder.may_lack(key),
        (None, Some("")) => graver.may_lack(key),
        _ => true,
    };
    let holds = two && sides && inhibition.equal.iter().all(can_agree);
    // What both definitions fix needs no telling.
    let open = |key: &&'static str| graver.value(key).is_none() || milder.value(key).is_none();
    holds.then(|| inhibition.equal.iter().copied().filter(open).collect())
}
