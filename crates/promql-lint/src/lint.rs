//! Joins what is read, what is known of it and what is judged into one report.

mod known;
mod recorded;
mod waived;

use std::ops::Range;

use promql::{Checker, Code, Symbols};
use saphyr_parser::Parser;

use crate::{
    command::{Input, Lint},
    document::{Content, Dashboard, Defect, Document, Interpolated, Located, Role, Rule, RuleKind},
    report::{Checked, Finding, Quoted, Report, Severity},
};

/// Checks these files; `known` are metrics that are declared.
///
/// # Errors
/// When something that is to be known of the metrics cannot be had.
pub fn lint(settings: &Lint, known: Option<Symbols>, inputs: Vec<Input>) -> anyhow::Result<Report> {
    let mut symbols = known::symbols(settings, known)?;
    let mut report = Report::default();
    let mut documents = Vec::new();
    for Input { path, bytes, is_named } in inputs {
        match Document::read(&path, &bytes, settings.scrape_interval) {
            Ok(document) => {
                report.read(&path, document.source.clone());
                documents.push(document);
            }
            Err(_) if !is_named && is_of_other_kind(&bytes) => report.passed_over += 1,
            Err(unreadable) => report.refuse(String::from_utf8_lossy(&bytes), unreadable),
        }
    }
    recorded::record(&mut symbols, &documents);
    let checker = Checker::new(&symbols);
    for document in &documents {
        report.checked += checked(document);
        let judged = Judged { document, checker: &checker };
        report.add(waived::judge(document, judged.findings()));
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
        Content::Dashboard(dashboard) => Checked { panels: dashboard.panels.len(), ..Checked::default() },
    }
}

/// A document that is held against what is known.
struct Judged<'d> {
    document: &'d Document,
    checker: &'d Checker<'d>,
}

impl Judged<'_> {
    fn findings(&self) -> Vec<Finding> {
        let mut findings: Vec<Finding> = self.document.defects.iter().map(|defect| self.of_defect(defect)).collect();
        match &self.document.content {
            Content::Rules(groups) => {
                findings.extend(groups.iter().flat_map(|group| &group.rules).flat_map(|rule| self.of_rule(rule)));
            }
            Content::Dashboard(dashboard) => findings.extend(self.of_dashboard(dashboard)),
        }
        findings
    }

    fn of_defect(&self, defect: &Defect) -> Finding {
        Finding {
            code: defect.code.as_str(),
            severity: Severity::Error,
            file: self.document.file.clone(),
            span: defect.at.clone(),
            rule: defect.place.split_once(' ').map_or("", |(_, name)| name.trim_matches('"')).to_owned(),
            place: defect.place.clone(),
            message: defect.reason.clone(),
            help: defect.help.clone(),
            quoted: None,
            waived: None,
        }
    }

    fn of_rule(&self, rule: &Rule) -> Vec<Finding> {
        let (place, query) = (rule.place(), &rule.expr.text);
        let found = match rule.kind {
            RuleKind::Alert(_) => self.checker.check_condition(&place, query),
            RuleKind::Record(_) => self.checker.check(&place, query),
        };
        let name = &rule.name().text;
        found.into_iter().map(|found| self.of_query(&rule.expr, &rule.expr, name, found)).collect()
    }

    fn of_dashboard(&self, dashboard: &Dashboard) -> Vec<Finding> {
        let Dashboard { panels, annotations, variables, .. } = dashboard;
        let mut asked: Vec<(String, &str, &Interpolated)> = Vec::new();
        for panel in panels {
            asked.extend(panel.targets.iter().map(|target| (panel.place(), &*panel.title.text, &target.query)));
        }
        asked.extend(annotations.iter().map(|mark| (mark.place(), &*mark.name.text, &mark.query)));
        asked.extend(
            variables.iter().filter_map(|variable| Some((variable.place(), &*variable.name.text, variable.query()?))),
        );
        let of = |(place, name, query): (String, &str, &Interpolated)| {
            let found = self.checker.check(&place, &query.query.text);
            let known = found.into_iter().filter(|found| is_known(query, found));
            known.map(|found| self.of_query(&query.query, &query.written, name, found)).collect::<Vec<_>>()
        };
        asked.into_iter().flat_map(of).collect()
    }

    /// A finding in a query, with its place in the file. What was checked and what is written differ where variables stand.
    fn of_query(&self, checked: &Located, written: &Located, rule: &str, found: promql::Finding) -> Finding {
        let part = found.span.map_or(0..checked.text.len(), |span| span.start..span.end);
        let span = checked.at(part);
        Finding {
            code: found.code.as_str(),
            severity: found.severity,
            file: self.document.file.clone(),
            quoted: quoted(self.document, written, &span),
            span,
            rule: rule.to_owned(),
            place: found.place,
            message: found.reason,
            help: found.help,
            waived: None,
        }
    }
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
