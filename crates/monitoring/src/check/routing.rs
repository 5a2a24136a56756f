//! Whether routes and inhibitions can ever do what they say, given the labels that the alerts can have.

use promql::{Checker, Code, Finding, PossibleLabels};

use super::finding;
use crate::{
    Alert,
    alertmanager::{Configuration, Inhibition, LabelMatcher, Route},
    rules,
};

/// An alert with every label that it can bear.
struct Labelled(PossibleLabels);

/// What is certainly wrong with the configuration: routes that no alert takes, bundles by labels that no alert has, inhibitions
/// without a source, a target, or a label to agree in.
pub(super) fn findings<'a>(
    configuration: &Configuration,
    alerts: impl Iterator<Item = &'a Alert>,
    checker: &Checker<'_>,
) -> Vec<Finding> {
    let labelled: Vec<Labelled> = alerts.filter_map(|alert| Labelled::of(alert, checker)).collect();
    let mut findings = Vec::new();
    of_route(&configuration.route, &labelled.iter().collect::<Vec<_>>(), &mut findings);
    for inhibition in &configuration.inhibit_rules {
        of_inhibition(inhibition, &labelled, &mut findings);
    }
    findings
}

impl Labelled {
    /// Nothing when it is not known which labels its query keeps.
    fn of(alert: &Alert, checker: &Checker<'_>) -> Option<Self> {
        let mut labels = checker.possible_labels(&alert.when.to_string())?;
        let own = rules::labels(alert).into_iter().chain([("alertname", alert.name)]);
        labels.extend(own.map(|(key, value)| (key.to_owned(), Some([value.to_owned()].into()))));
        Some(Self(labels))
    }

    fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// Whether it can match all of these.
    fn can_match(&self, matchers: &[LabelMatcher]) -> bool {
        matchers.iter().all(|matcher| match self.0.get(&matcher.key) {
            None => matcher.holds_for(""),
            // Which value it has is known only when it fires.
            Some(None) => true,
            Some(Some(values)) => values.iter().any(|value| matcher.holds_for(value)),
        })
    }
}

fn of_route(route: &Route, arriving: &[&Labelled], findings: &mut Vec<Finding>) {
    let place = format!("route to {}", route.receiver);
    let taken: Vec<&Labelled> = arriving.iter().copied().filter(|alert| alert.can_match(&route.matchers)).collect();
    if taken.is_empty() {
        let reason = format!("no alert that comes here can match {}", listed(&route.matchers));
        findings.push(finding(
            Code::UnreachableRoute,
            &place,
            "",
            &reason,
            "match labels that alerts have, or drop the route",
        ));
        return;
    }
    for key in route.group_by.iter().filter(|key| !taken.iter().any(|alert| alert.has(key))) {
        let reason = format!("alerts are bundled by `{key}`, which none of them has");
        findings.push(finding(Code::UnknownLabel, &place, "", &reason, "bundle by a label that alerts have"));
    }
    for inner in &route.routes {
        of_route(inner, &taken, findings);
    }
}

fn of_inhibition(inhibition: &Inhibition, alerts: &[Labelled], findings: &mut Vec<Finding>) {
    let (sources, targets) = (&inhibition.source_matchers, &inhibition.target_matchers);
    let place = format!("inhibition of {} by {}", listed(targets), listed(sources));
    for (side, matchers) in [("keep others quiet", sources), ("be kept quiet", targets)] {
        let able: Vec<&Labelled> = alerts.iter().filter(|alert| alert.can_match(matchers)).collect();
        if able.is_empty() {
            let reason = format!("no alert can {side}: none can match {}", listed(matchers));
            findings.push(finding(Code::UnreachableRoute, &place, "", &reason, "match labels that alerts have"));
            continue;
        }
        for key in inhibition.equal.iter().filter(|key| !able.iter().any(|alert| alert.has(key))) {
            let reason = format!("they are to agree in `{key}`, which none of those that could {side} has");
            findings.push(finding(
                Code::UnknownLabel,
                &place,
                "",
                &reason,
                "missing on both sides it counts as equal and mutes everything: agree in a label that they have",
            ));
        }
    }
}

fn listed(matchers: &[LabelMatcher]) -> String {
    let matchers: Vec<String> = matchers.iter().map(ToString::to_string).collect();
    format!("{{{}}}", matchers.join(", "))
}
