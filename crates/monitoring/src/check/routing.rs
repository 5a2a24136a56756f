//! Whether routes and inhibitions can ever do what they say, given the labels that the alerts can have.

use promql::{
    Checker, Finding, InhibitionText, LabelledAlert, RouteText, check_inhibitions, check_routes,
    syntax::{MatchOperator, Matcher},
};

use crate::{
    Alert,
    alertmanager::{Configuration, Inhibition, LabelMatcher, Operator, Route},
    rules,
};

/// What is certainly wrong with the configuration: routes that no alert takes, bundles by labels that no alert has, inhibitions
/// without a source, a target, or a label to agree in.
pub(super) fn findings<'a>(
    configuration: &Configuration,
    alerts: impl Iterator<Item = &'a Alert>,
    checker: &Checker<'_>,
) -> Vec<Finding> {
    let labelled: Vec<LabelledAlert> = alerts.filter_map(|alert| labelled(alert, checker)).collect();
    let inhibitions: Vec<_> = configuration.inhibit_rules.iter().map(inhibition_text).collect();
    let of_routes = check_routes(&route_text(&configuration.route), &labelled);
    let of_inhibitions = check_inhibitions(&inhibitions, &labelled);
    of_routes.into_iter().chain(of_inhibitions).map(|(_, finding)| finding).collect()
}

/// Nothing when it is not known which labels its query keeps.
fn labelled(alert: &Alert, checker: &Checker<'_>) -> Option<LabelledAlert> {
    let own: Vec<_> = rules::labels(alert).into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    LabelledAlert::new(checker, alert.name, &alert.when.to_string(), &own)
}

fn route_text(route: &Route) -> RouteText {
    RouteText {
        receiver: route.receiver.to_owned(),
        matchers: matchers(&route.matchers),
        group_by: route.group_by.iter().map(|key| (*key).to_owned()).collect(),
        continues: false,
        routes: route.routes.iter().map(route_text).collect(),
    }
}

fn inhibition_text(inhibition: &Inhibition) -> InhibitionText {
    InhibitionText {
        source: matchers(&inhibition.source_matchers),
        target: matchers(&inhibition.target_matchers),
        equal: inhibition.equal.iter().map(|key| (*key).to_owned()).collect(),
    }
}

fn matchers(matchers: &[LabelMatcher]) -> Vec<Matcher> {
    let read = |matcher: &LabelMatcher| {
        let op = match matcher.operator {
            Operator::Is => MatchOperator::Equal,
            Operator::IsNot => MatchOperator::NotEqual,
            Operator::Matches => MatchOperator::Matches,
        };
        // Their values are words, and words are patterns.
        Matcher::new(&matcher.key, op, &matcher.value).ok()
    };
    matchers.iter().filter_map(read).collect()
}
