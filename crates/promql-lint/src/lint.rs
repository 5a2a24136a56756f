//! Joins what is read, what is known of it and what is judged into one report.

mod asked;
mod drawn;
mod known;
mod routed;
mod units;
mod waived;
mod written;

use std::ops::Range;

use known::Known;
use promql::{Checker, LabelledAlert, Settings, Symbols};
use saphyr_parser::Parser;

use crate::{
    command::{Input, Lint},
    document::{Content, Defect, Document, Located, Route},
    report::{Checked, Finding, Quoted, Report, Severity},
};

/// Checks these files; `known` are metrics that are declared.
///
/// # Errors
/// When something that is to be known of the metrics cannot be had.
pub fn lint(settings: &Lint, known: Option<Symbols>, inputs: Vec<Input>) -> anyhow::Result<Report> {
    let Known { mut symbols, scrape_interval } = known::known(settings, known)?;
    let mut report = Report::default();
    let mut documents = Vec::new();
    for Input { path, bytes, is_named } in inputs {
        match Document::read(&path, &bytes, scrape_interval) {
            Ok(document) => {
                report.read(&path, document.source.clone());
                report.checked += checked(&document);
                documents.push(document);
            }
            Err(_) if !is_named && is_of_other_kind(&bytes) => report.passed_over += 1,
            Err(unreadable) => report.refuse(String::from_utf8_lossy(&bytes), unreadable),
        }
    }
    let groups = written::groups(&documents);
    symbols.record_groups(&groups);
    let of_scrapes = Settings { scrape_interval, retention: settings.retention };
    let checker = Checker::with(&symbols, of_scrapes);
    let alerts = LabelledAlert::all(&checker, &groups).unwrap_or_default();
    let mut findings = written::findings(&documents, &groups, &checker);
    for (document, findings) in documents.iter().zip(&mut findings) {
        findings.extend(document.defects.iter().map(|defect| of_defect(document, defect)));
        match &document.content {
            Content::Rules(_) => {}
            Content::Dashboard(dashboard) => {
                findings.extend(asked::findings(document, dashboard, &checker));
                findings.extend(drawn::findings(document, dashboard, &checker));
                findings.extend(units::findings(document, dashboard, &checker));
            }
            Content::Routing(routing) => findings.extend(routed::findings(document, routing, &alerts)),
        }
        findings.retain(|finding| settings.house || finding.severity != Severity::House);
        report.add(waived::judge(document, std::mem::take(findings)));
    }
    Ok(report)
}

/// Whether a file that is none of ours can be read nevertheless.
fn is_of_other_kind(bytes: &[u8]) -> bool {
    str::from_utf8(bytes).is_ok_and(|text| Parser::new_from_str(text).all(|event| event.is_ok()))
}

fn checked(document: &Document) -> Checked {
    match &document.content {
        Content::Rules(groups) => {
            Checked { rules: groups.iter().map(|group| group.rules.len()).sum(), ..Checked::default() }
        }
        Content::Routing(routing) => Checked { routes: routing.route.as_ref().map_or(0, count), ..Checked::default() },
        Content::Dashboard(dashboard) => Checked { panels: dashboard.panels.len(), ..Checked::default() },
    }
}

/// A route and those below it.
fn count(route: &Route) -> usize {
    1 + route.routes.iter().map(count).sum::<usize>()
}

fn of_defect(document: &Document, defect: &Defect) -> Finding {
    Finding {
        code: defect.code.as_str(),
        severity: Severity::Error,
        file: document.file.clone(),
        span: defect.at.clone(),
        rule: defect.place.split_once(' ').map_or("", |(_, name)| name.trim_matches('"')).to_owned(),
        place: defect.place.clone(),
        message: defect.reason.clone(),
        help: defect.help.clone(),
        quoted: None,
        waived: None,
    }
}

/// A finding in a text, with its place in the file. What was checked and what is written differ where variables stand.
fn located(document: &Document, checked: &Located, written: &Located, rule: &str, found: promql::Finding) -> Finding {
    let part = found.span.map_or(0..checked.text.len(), |span| span.start..span.end);
    let span = checked.at(part);
    Finding {
        code: found.code.as_str(),
        severity: found.severity,
        file: document.file.clone(),
        quoted: quoted(document, written, &span),
        span,
        rule: rule.to_owned(),
        place: found.place,
        message: found.reason,
        help: found.help,
        waived: None,
    }
}

/// The query as it reads, if the file writes its line breaks as escapes; `span` are the bytes of the file that are meant.
fn quoted(document: &Document, written: &Located, span: &Range<usize>) -> Option<Quoted> {
    let text = &written.text;
    let raw = document.source.get(written.range()).unwrap_or_default();
    if !text.trim_end().contains('\n') || raw.trim_end().contains('\n') {
        return None;
    }
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let index = |byte| places.partition_point(|at| written.at(*at..*at).start < byte).min(places.len() - 1);
    let (start, end) = (places[index(span.start)], places[index(span.end)]);
    Some(Quoted { text: text.clone(), span: start..end.max(start) })
}
