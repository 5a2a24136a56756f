//! Runbook pages: what an alert means and what to do about it, as Markdown.

use promql::prometheus_duration;

use crate::{Alert, File, Line, Proof, note};

/// Where an alert's page is, from the repository's root.
pub(crate) fn path(alert: &Alert) -> String {
    format!("docs/runbooks/{}.md", alert.name)
}

/// An alert's page.
pub(crate) fn page(alert: &Alert, source: &str) -> File {
    let Alert { name, severity, owner, topic, when, held, runbook, shown_by, proof, .. } = alert;
    let proof = match proof {
        Proof::Drill(drill) => drill.to_string(),
        Proof::Stated(reason) => format!("No fault proves it: {reason}."),
    };
    let contents = format!(
        "<!-- {note} -->\n\n# {name}\n\n\
        Severity `{severity}`, owner `{owner}`, topic `{topic}`. Shown by the panel \"{panel}\".\n\n\
        It fires when this has been so for {held}:\n\n```promql\n{when}\n```\n\n\
        ## Meaning\n\n{meaning}\n\n## Impact\n\n{impact}\n\n## Diagnosis\n\n{diagnosis}\n\n{queries}## Mitigation\n\n{mitigation}\n\n\
        ## Proof\n\n{proof}\n",
        note = note(source),
        severity = severity.as_str(),
        panel = shown_by.title,
        held = if held.is_zero() { "a moment".to_owned() } else { prometheus_duration(*held) },
        meaning = runbook.meaning,
        impact = runbook.impact,
        diagnosis = runbook.diagnosis,
        queries = (runbook.queries)().iter().map(written).collect::<String>(),
        mitigation = runbook.mitigation,
    );
    File { path: path(alert), contents }
}

fn written(line: &Line) -> String {
    format!("{}:\n\n```promql\n{}\n```\n\n", line.legend, line.query)
}
