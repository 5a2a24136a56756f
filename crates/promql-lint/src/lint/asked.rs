//! What dashboards ask.

use promql::{Checker, Code};

use super::located;
use crate::{
    document::{Dashboard, Document, Interpolated, Role},
    report::Finding,
};

/// What is wrong with the queries of a dashboard's panels, annotations and variables.
pub(super) fn findings(document: &Document, dashboard: &Dashboard, checker: &Checker<'_>) -> Vec<Finding> {
    let of = |(place, name, query): (String, &str, &Interpolated)| {
        let found = checker.check(&place, &query.query.text);
        let known = found.into_iter().filter(|found| is_known(query, found));
        known.map(|found| located(document, &query.query, &query.written, name, found)).collect::<Vec<_>>()
    };
    asked(dashboard).into_iter().flat_map(of).collect()
}

/// Every query, with who asks it and the name of that.
fn asked(dashboard: &Dashboard) -> Vec<(String, &str, &Interpolated)> {
    let Dashboard { panels, annotations, variables, .. } = dashboard;
    let mut asked: Vec<(String, &str, &Interpolated)> = Vec::new();
    for panel in panels {
        asked.extend(panel.targets.iter().map(|target| (panel.place(), &*panel.title.text, &target.query)));
    }
    asked.extend(annotations.iter().map(|mark| (mark.place(), &*mark.name.text, &mark.query)));
    asked.extend(
        variables.iter().filter_map(|variable| Some((variable.place(), &*variable.name.text, variable.query()?))),
    );
    asked
}

/// Whether a finding holds whatever the variables of the dashboard are. A matcher's stand-in fits any value; of what else is left open
/// nothing is known but the names around it.
fn is_known(query: &Interpolated, found: &promql::Finding) -> bool {
    let is_closed = |role: Role| matches!(role, Role::Value | Role::Matcher);
    if query.open.iter().all(|open| is_closed(open.role)) {
        return true;
    }
    let part = found.span.map_or(0..query.query.text.len(), |span| span.start..span.end);
    matches!(found.code, Code::UnknownMetric | Code::UndefinedRecording) && !query.is_open(&part)
}
