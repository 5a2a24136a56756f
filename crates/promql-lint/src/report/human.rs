//! The report for people, as a good compiler gives it.

use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Element, Level, Renderer, Snippet};

use crate::document::Position;

use super::{Checked, Finding, Quoted, Report, Severity, Text};

/// Tells people what was found.
#[derive(Clone, Copy, Debug)]
pub struct Speaker<'s> {
    /// The command to ask for more, such as `promql-lint`.
    pub command: &'s str,
    /// Whether colours and the like are written; they are escapes that a terminal takes.
    pub styled: bool,
}

impl Speaker<'_> {
    /// The whole report: each finding with its place, and a last line with how many there are.
    pub fn tell(&self, report: &Report) -> String {
        let mut said = String::new();
        for finding in report.findings() {
            said += &self.finding(report, finding);
            said += "\n\n";
        }
        said + &self.summary(report) + "\n"
    }

    fn finding(&self, report: &Report, finding: &Finding) -> String {
        let renderer = if self.styled { Renderer::styled() } else { Renderer::plain() };
        let text = report.files.get(&finding.file);
        // A line of JSON with line breaks written as escapes is no way to read a query.
        let quoted = finding.quoted.as_ref().filter(|quoted| quoted.text.trim_end().contains('\n'));
        let snippet = match (quoted, text) {
            (Some(quoted), _) => quote(&quoted.text, &quoted.span, 1).line_numbering(false),
            (None, Some(text)) => {
                let (lines, first, span) = text.lines(&finding.span);
                quote(lines, &span, first)
            }
            (None, None) => quote("", &(0..0), 1),
        };
        let mut elements: Vec<Element<'_>> = vec![snippet.path(&finding.file).into()];
        if !finding.place.is_empty() {
            elements.push(Level::NOTE.message(format!("in {}", finding.place)).into());
        }
        if !finding.help.is_empty() {
            elements.push(Level::HELP.message(&finding.help).into());
        }
        let title = level(finding.severity).primary_title(&finding.message).id(finding.code);
        let rendered = renderer.render(&[title.elements(elements)]);
        match quoted {
            Some(quoted) => at_its_place(&rendered, report, finding, quoted),
            None => rendered,
        }
    }

    fn summary(&self, report: &Report) -> String {
        let counts: Vec<_> = SEVERITIES
            .iter()
            .map(|(severity, one, many)| (report.count(*severity), *one, *many))
            .filter(|(count, ..)| *count > 0)
            .map(|(count, one, many)| counted(count, one, many))
            .collect();
        let mut said = String::new();
        if counts.is_empty() {
            said += &looked_at(report);
        } else {
            let mut with: Vec<_> = report.findings().map(|finding| &finding.file).collect();
            with.dedup();
            let files = counted(report.files(), "file", "files");
            let _ = write!(said, "{} in {} of {files}", counts.join(", "), with.len());
        }
        let waived = report.waived().count();
        if waived > 0 {
            let _ = write!(said, ", {waived} waived");
        }
        if report.passed_over > 0 {
            let files = counted(report.passed_over, "file", "files");
            let _ = write!(said, ", {files} of other kinds passed over");
        }
        if !counts.is_empty() {
            let _ = write!(said, "; {} --explain CODE says more", self.command);
        }
        said
    }
}

/// What was looked at without a finding.
fn looked_at(report: &Report) -> String {
    let Checked { rules, panels, routes } = report.checked;
    let kinds = [(rules, "rule", "rules"), (panels, "panel", "panels"), (routes, "route", "routes")];
    let there = kinds.into_iter().filter(|(count, ..)| *count > 0);
    let counts: Vec<_> = there.map(|(count, one, many)| counted(count, one, many)).collect();
    let what = match counts.as_slice() {
        [] => "no rule, no panel and no route".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    };
    format!("nothing found in {what} of {}", counted(report.files(), "file", "files"))
}

const SEVERITIES: [(Severity, &str, &str); 4] = [
    (Severity::Error, "error", "errors"),
    (Severity::Warning, "warning", "warnings"),
    (Severity::House, "house rule broken", "house rules broken"),
    (Severity::Unsupported, "unsupported query", "unsupported queries"),
];

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn level(severity: Severity) -> Level<'static> {
    let level = match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::House | Severity::Unsupported => Level::NOTE,
    };
    level.with_name(severity.as_str())
}

fn quote<'s>(
    text: &'s str,
    span: &std::ops::Range<usize>,
    first: usize,
) -> Snippet<'s, annotate_snippets::Annotation<'s>> {
    Snippet::source(text).line_start(first).annotation(AnnotationKind::Primary.span(span.clone()))
}

/// The renderer counts in what it shows; the place that is told is the one in the file.
fn at_its_place(rendered: &str, report: &Report, finding: &Finding, quoted: &Quoted) -> String {
    let shown = Text::new(quoted.text.clone()).position(quoted.span.start);
    let real = report.place(finding).start;
    let line = |place: Position| format!("{}:{}:{}\n", finding.file, place.line, place.column);
    rendered.replacen(&line(shown), &line(real), 1)
}
