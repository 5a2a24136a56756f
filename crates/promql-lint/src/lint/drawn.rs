//! How panels draw what they ask: the names of lines, and windows that follow the zoom.

use std::ops::Range;

use promql::Checker;

use super::{asked::labels_are_known, quoted};
use crate::{
    document::{Dashboard, Document, Located, Panel, Target},
    report::{Finding, Severity},
};

/// Windows that are too short when one looks closely, as Grafana's panels write them.
const SHORT_WINDOWS: [&str; 2] = ["[$__interval]", "[${__interval}]"];

/// What is wrong with how the panels of a dashboard draw.
pub(super) fn findings(document: &Document, dashboard: &Dashboard, checker: &Checker<'_>) -> Vec<Finding> {
    let targets = dashboard.panels.iter().flat_map(|panel| panel.targets.iter().map(move |target| (panel, target)));
    let of = |(panel, target): (&Panel, &Target)| {
        let found = legend(target, checker).into_iter().chain(windows(target));
        found.map(|found| found.of(document, panel)).collect::<Vec<_>>()
    };
    targets.flat_map(of).collect()
}

/// What was found in a text of a target.
struct Found<'d> {
    code: &'static str,
    severity: Severity,
    text: &'d Located,
    part: Range<usize>,
    message: String,
    help: String,
}

impl Found<'_> {
    fn of(self, document: &Document, panel: &Panel) -> Finding {
        let span = self.text.at(self.part);
        Finding {
            code: self.code,
            severity: self.severity,
            file: document.file.clone(),
            quoted: quoted(document, self.text, &span),
            span,
            rule: panel.title.text.clone(),
            place: panel.place(),
            message: self.message,
            help: self.help,
            waived: None,
        }
    }
}

/// Labels in a legend that the series never have.
fn legend<'d>(target: &'d Target, checker: &Checker<'_>) -> Vec<Found<'d>> {
    let Some(text) = target.legend.as_ref().filter(|_| labels_are_known(&target.query)) else { return Vec::new() };
    let holes = holes(&text.text);
    let keys = holes.iter().map(|hole| &text.text[hole.clone()]);
    let missing = checker.missing_labels(&target.query.query.text, keys);
    let of = |(key, has): (&str, String)| {
        let part = holes.iter().find(|hole| &text.text[(*hole).clone()] == key)?.clone();
        let message = format!("no series here has a label `{key}`, and Grafana leaves it empty");
        let (code, help) = ("legend-unknown-label", format!("show one that they have; they have {has}"));
        Some(Found { code, severity: Severity::Error, text, part, message, help })
    };
    missing.into_iter().filter_map(of).collect()
}

/// Where a legend names labels, between double braces.
fn holes(legend: &str) -> Vec<Range<usize>> {
    let mut holes = Vec::new();
    let mut at = 0;
    while let Some(open) = legend[at..].find("{{").map(|open| at + open + 2) {
        let Some(close) = legend[open..].find("}}").map(|close| open + close) else { break };
        let inner = &legend[open..close];
        let start = open + inner.len() - inner.trim_start().len();
        holes.push(start..start + inner.trim().len());
        at = close + 2;
    }
    holes
}

/// Windows as long as the step between two points.
fn windows(target: &Target) -> Vec<Found<'_>> {
    let text = &target.query.written;
    let of = |window: &'static str| {
        text.text.match_indices(window).map(|(at, window)| Found {
            code: "rate-interval",
            severity: Severity::Warning,
            text,
            part: at + 1..at + window.len() - 1,
            message: "this is the step between two points: when one looks closely it is shorter than the scrape interval, and nothing is drawn"
                .to_owned(),
            help: "write `$__rate_interval`, which is never less than four scrapes".to_owned(),
        })
    };
    // A step that is set is no shorter than it says.
    SHORT_WINDOWS.into_iter().filter(|_| target.min_interval.is_none()).flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_legend_names_labels_between_double_braces() {
        let check = |legend: &str, keys: &[&str]| {
            assert_eq!(holes(legend).into_iter().map(|hole| &legend[hole]).collect::<Vec<_>>(), keys);
        };
        check("{{instance}} of {{ job }}", &["instance", "job"]);
        check("P95 {instance}", &[]);
        check("{{never closed", &[]);
        check("{{}}", &[""]);
    }
}
