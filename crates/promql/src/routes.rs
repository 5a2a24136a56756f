//! Where alerts go and which keep others quiet, judged by the labels that they can have
//! (<https://prometheus.io/docs/alerting/latest/configuration/>).

use std::{borrow::Borrow, fmt};

use crate::{Checker, Code, Field, Finding, PossibleLabels, RuleGroup, RuleKind, RuleText, syntax::Matcher};

/// Whatever bundles alerts by all their labels.
const ALL_LABELS: &str = "...";

/// A route as it is written.
#[derive(Clone, Debug)]
pub struct RouteText {
    pub receiver: String,
    pub matchers: Vec<Matcher>,
    pub group_by: Vec<String>,
    /// Whether an alert that it takes goes on to the routes behind it.
    pub continues: bool,
    pub routes: Vec<RouteText>,
}

/// Which alerts keep which others quiet, as it is written.
#[derive(Clone, Debug)]
pub struct InhibitionText {
    pub source: Vec<Matcher>,
    pub target: Vec<Matcher>,
    /// The labels in which both must agree; missing on both sides they count as equal.
    pub equal: Vec<String>,
}

/// What a finding about routes is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoutePart {
    /// The route that is found by these steps down from the root, each a place among the routes there.
    Matchers(Vec<usize>),
    /// A label that such a route bundles by.
    GroupBy(Vec<usize>, String),
    /// A side of the inhibition at this place.
    Source(usize),
    Target(usize),
    /// A label in which both sides of it are to agree.
    Equal(usize, String),
}

/// An alert with every label that it can bear.
#[derive(Clone, Debug)]
pub struct LabelledAlert(PossibleLabels);

impl LabelledAlert {
    /// Nothing when it is not known which labels its query keeps.
    pub fn new(checker: &Checker<'_>, name: &str, query: &str, own: &[(String, String)]) -> Option<Self> {
        let mut labels = checker.possible_labels(query)?;
        for (key, text) in own {
            // What a template comes to is known only when the alert fires.
            let value = (!text.contains("{{")).then(|| [text.clone()].into());
            labels.insert(key.clone(), value);
        }
        labels.insert("alertname".to_owned(), Some([name.to_owned()].into()));
        Some(Self(labels))
    }

    /// Those of groups; nothing when the labels of some are not known, so that nothing is certain of routes.
    pub fn all(checker: &Checker<'_>, groups: &[RuleGroup]) -> Option<Vec<Self>> {
        let alerts = groups.iter().flat_map(|group| &group.rules).filter(|rule| rule.kind == RuleKind::Alert);
        alerts.map(|RuleText { name, query, labels, .. }| Self::new(checker, name, query, labels)).collect()
    }

    fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// Whether it can match all of these.
    fn can_match(&self, matchers: &[Matcher]) -> bool {
        matchers.iter().all(|matcher| match self.0.get(&matcher.name) {
            None => matcher.is_match(""),
            Some(None) => true,
            Some(Some(values)) => values.iter().any(|value| matcher.is_match(value)),
        })
    }

    /// Whether it matches all of these, whenever it fires.
    fn must_match(&self, matchers: &[Matcher]) -> bool {
        matchers.iter().all(|matcher| match self.0.get(&matcher.name) {
            None => matcher.is_match(""),
            Some(None) => false,
            Some(Some(values)) => values.iter().all(|value| matcher.is_match(value)),
        })
    }
}

/// What is certainly wrong with routes: those that no alert takes, and bundles by labels that no alert has.
pub fn check_routes(root: &RouteText, alerts: &[impl Borrow<LabelledAlert>]) -> Vec<(RoutePart, Finding)> {
    let mut found = Vec::new();
    if !alerts.is_empty() {
        of_route(root, &[], &alerts.iter().map(Borrow::borrow).collect::<Vec<_>>(), &mut found);
    }
    found
}

fn of_route(route: &RouteText, steps: &[usize], arriving: &[&LabelledAlert], found: &mut Vec<(RoutePart, Finding)>) {
    let place = format!("route to {}", route.receiver);
    let taken: Vec<_> = arriving.iter().copied().filter(|alert| alert.can_match(&route.matchers)).collect();
    if taken.is_empty() {
        let reason = format!("no alert that comes here can match {}", listed(&route.matchers));
        let help = "match labels that alerts have, or drop the route";
        found.push((RoutePart::Matchers(steps.to_vec()), finding(Code::UnreachableRoute, place, reason, help)));
        return;
    }
    for key in route.group_by.iter().filter(|key| *key != ALL_LABELS && !taken.iter().any(|alert| alert.has(key))) {
        let reason = format!("alerts are bundled by `{key}`, which none of them has");
        let part = RoutePart::GroupBy(steps.to_vec(), key.clone());
        found.push((part, finding(Code::UnknownLabel, place.clone(), reason, "bundle by a label that alerts have")));
    }
    let mut left = taken;
    for (step, inner) in route.routes.iter().enumerate() {
        of_route(inner, &[steps, &[step]].concat(), &left, found);
        if !inner.continues {
            left.retain(|alert| !alert.must_match(&inner.matchers));
        }
    }
}

/// What is certainly wrong with inhibitions: without a source, a target, or a label to agree in.
pub fn check_inhibitions(
    inhibitions: &[InhibitionText],
    alerts: &[impl Borrow<LabelledAlert>],
) -> Vec<(RoutePart, Finding)> {
    let mut found = Vec::new();
    let each = inhibitions.iter().enumerate().filter(|_| !alerts.is_empty());
    for (at, inhibition) in each {
        let place = format!("inhibition of {} by {}", listed(&inhibition.target), listed(&inhibition.source));
        let sides = [
            ("keep others quiet", &inhibition.source, RoutePart::Source(at)),
            ("be kept quiet", &inhibition.target, RoutePart::Target(at)),
        ];
        for (side, matchers, part) in sides {
            let able: Vec<_> = alerts.iter().map(Borrow::borrow).filter(|alert| alert.can_match(matchers)).collect();
            if able.is_empty() {
                let reason = format!("no alert can {side}: none can match {}", listed(matchers));
                let help = "match labels that alerts have";
                found.push((part, finding(Code::UnreachableRoute, place.clone(), reason, help)));
                continue;
            }
            for key in inhibition.equal.iter().filter(|key| !able.iter().any(|alert| alert.has(key))) {
                let reason = format!("they are to agree in `{key}`, which none of those that could {side} has");
                let help =
                    "missing on both sides it counts as equal and mutes everything: agree in a label that they have";
                let part = RoutePart::Equal(at, key.clone());
                found.push((part, finding(Code::UnknownLabel, place.clone(), reason, help)));
            }
        }
    }
    found
}

fn finding(code: Code, place: String, reason: String, help: &str) -> Finding {
    let (severity, help) = (code.severity(), help.to_owned());
    Finding { code, severity, place, field: Field::default(), query: String::new(), span: None, reason, help }
}

fn listed<M: fmt::Display>(matchers: &[M]) -> String {
    let matchers: Vec<String> = matchers.iter().map(ToString::to_string).collect();
    format!("{{{}}}", matchers.join(", "))
}
