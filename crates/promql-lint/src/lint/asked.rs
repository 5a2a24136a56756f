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

/// Whether a finding holds whatever the variables of the dashboard are. A matcher's stand-in fits any value; where a variable decides
/// which series and labels there are, nothing is known but the names around it.
fn is_known(query: &Interpolated, found: &promql::Finding) -> bool {
    let part = found.span.map_or(0..query.query.text.len(), |span| span.start..span.end);
    if !labels_are_known(query) {
        return matches!(found.code, Code::UnknownMetric | Code::UndefinedRecording) && !query.is_open(&part);
    }
    let touched = query.open.iter().filter(|open| open.span.start <= part.end && part.start <= open.span.end);
    !touched.into_iter().any(|open| match open.role {
        Role::Number => true,
        Role::Duration => found.code == Code::WindowTooShort,
        _ => false,
    })
}

/// Whether no variable decides which labels the result has.
pub(super) fn labels_are_known(query: &Interpolated) -> bool {
    let decides = |role| matches!(role, Role::Metric | Role::Label | Role::Function | Role::Text);
    !query.open.iter().any(|open| decides(open.role))
}
