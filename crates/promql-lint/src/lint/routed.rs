//! Routes and inhibitions, held against the alerts of the files beside them.

use promql::{InhibitionText, LabelledAlert, RoutePart, RouteText, check_inhibitions, check_routes, syntax::Matcher};

use crate::{
    document::{Condition, Document, Inhibition, Located, Route, Routing},
    report::Finding,
};

/// What is wrong with a configuration, given every alert that can come. Where alerts are not known, nothing is certain.
pub(super) fn findings(document: &Document, routing: &Routing, alerts: &[LabelledAlert]) -> Vec<Finding> {
    let of_routes = routing.route.iter().flat_map(|root| {
        let found = check_routes(&route_text(root, ""), alerts);
        found.into_iter().map(move |(part, found)| (route_range(root, &part), found.code.as_str(), found))
    });
    let inhibitions: Vec<_> = routing.inhibitions.iter().map(inhibition_text).collect();
    let of_inhibitions = check_inhibitions(&inhibitions, alerts).into_iter();
    let of_inhibitions = of_inhibitions.map(|(part, found)| {
        // A label that both sides lack is no slip: it decides whom they mute.
        let is_equal = matches!(part, RoutePart::Equal(..));
        let code = if is_equal { "inhibits-everything" } else { found.code.as_str() };
        (inhibition_range(&routing.inhibitions, &part), code, found)
    });
    let all = of_routes.chain(of_inhibitions);
    let mut findings: Vec<Finding> = all
        .map(|(span, code, found)| Finding {
            code,
            severity: found.severity,
            file: document.file.clone(),
            // Of what has no bytes of its own, the file's first are shown.
            span: span.unwrap_or(0..0),
            rule: found.place.strip_prefix("route to ").unwrap_or_default().to_owned(),
            place: found.place,
            message: found.reason,
            help: found.help,
            quoted: None,
            waived: None,
        })
        .collect();
    // One label may be missing on both sides.
    findings.dedup_by(|later, first| later.span == first.span && later.code == first.code);
    findings
}

/// A route tells whom the one above it tells, unless it says whom.
fn route_text(route: &Route, above: &str) -> RouteText {
    let receiver = route.receiver.as_ref().map_or(above, |receiver| &receiver.text);
    RouteText {
        receiver: receiver.to_owned(),
        matchers: matchers(&route.conditions),
        group_by: texts(&route.group_by),
        continues: route.continues,
        routes: route.routes.iter().map(|inner| route_text(inner, receiver)).collect(),
    }
}

fn inhibition_text(inhibition: &Inhibition) -> InhibitionText {
    InhibitionText {
        source: matchers(&inhibition.sources),
        target: matchers(&inhibition.targets),
        equal: texts(&inhibition.equal),
    }
}

fn matchers(conditions: &[Condition]) -> Vec<Matcher> {
    conditions.iter().map(|condition| condition.matcher.clone()).collect()
}

fn texts(texts: &[Located]) -> Vec<String> {
    texts.iter().map(|text| text.text.clone()).collect()
}

type Range = std::ops::Range<usize>;

fn route_range(root: &Route, part: &RoutePart) -> Option<Range> {
    let (RoutePart::Matchers(steps) | RoutePart::GroupBy(steps, _)) = part else { return None };
    let route = steps.iter().try_fold(root, |route, step| route.routes.get(*step))?;
    match part {
        RoutePart::GroupBy(_, key) => named(&route.group_by, key),
        _ => conditions(&route.conditions).or_else(|| Some(route.receiver.as_ref()?.range())),
    }
}

fn inhibition_range(inhibitions: &[Inhibition], part: &RoutePart) -> Option<Range> {
    match part {
        RoutePart::Source(at) => conditions(&inhibitions.get(*at)?.sources),
        RoutePart::Target(at) => conditions(&inhibitions.get(*at)?.targets),
        RoutePart::Equal(at, key) => named(&inhibitions.get(*at)?.equal, key),
        RoutePart::Matchers(_) | RoutePart::GroupBy(..) => None,
    }
}

fn named(texts: &[Located], key: &str) -> Option<Range> {
    texts.iter().find(|text| text.text == key).map(Located::range)
}

fn conditions(conditions: &[Condition]) -> Option<Range> {
    Some(conditions.first()?.name.range().start..conditions.last()?.value.range().end)
}
