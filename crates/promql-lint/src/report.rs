//! What was found in which files, in the order in which one reads them.

mod human;
mod json;
mod sarif;
mod text;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::{AddAssign, Range},
};

pub use human::Speaker;
pub use json::json;
pub use promql::Severity;
pub use sarif::sarif;
pub use text::Text;

use crate::document::{Position, Unreadable};

/// A query as it reads without the file's escapes, and the part of it that a finding is about, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quoted {
    pub text: String,
    pub span: Range<usize>,
}

/// One mistake at one place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub code: &'static str,
    pub severity: Severity,
    pub file: String,
    /// The bytes of the file that it is about.
    pub span: Range<usize>,
    /// The name of the alert, of the record or of the panel.
    pub rule: String,
    /// What it is, and its name, such as `alert HostDown`.
    pub place: String,
    /// What is so, and why.
    pub message: String,
    /// What to write instead.
    pub help: String,
    /// The query, where the file writes it otherwise than one reads it.
    pub quoted: Option<Quoted>,
    /// Why somebody lets it stand.
    pub waived: Option<String>,
}

/// How much was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Alerts and recording rules.
    pub rules: usize,
    /// Panels of dashboards.
    pub panels: usize,
    /// Routes of Alertmanager.
    pub routes: usize,
}

impl AddAssign for Checked {
    fn add_assign(&mut self, other: Self) {
        let Self { rules, panels, routes } = other;
        self.rules += rules;
        self.panels += panels;
        self.routes += routes;
    }
}

/// Where a file begins.
const FIRST: Position = Position { line: 1, column: 1 };

/// Every file that was read, and what was found in it.
#[derive(Clone, Debug, Default)]
pub struct Report {
    files: BTreeMap<String, Text>,
    findings: Vec<Finding>,
    unreadable: BTreeSet<String>,
    pub checked: Checked,
    /// How many files of a folder are of no kind that is read.
    pub passed_over: usize,
}

impl Report {
    /// Adds a file; what is found in it is shown from its text.
    pub fn read(&mut self, path: &str, text: impl Into<String>) {
        self.files.insert(path.to_owned(), Text::new(text.into()));
    }

    /// Adds what was found in a file that was read, and keeps all sorted by file and position.
    pub fn add(&mut self, findings: impl IntoIterator<Item = Finding>) {
        self.findings.extend(findings);
        let key = |finding: &Finding| (finding.file.clone(), finding.span.start, finding.severity, finding.code);
        self.findings.sort_by_cached_key(key);
    }

    /// Adds a file that cannot be read.
    pub fn refuse(&mut self, text: impl Into<String>, unreadable: Unreadable) {
        let Unreadable { file, position, reason, help } = unreadable;
        let text = Text::new(text.into());
        let at = text.byte(position);
        self.files.insert(file.clone(), text);
        self.unreadable.insert(file.clone());
        self.add([Finding {
            code: "unreadable",
            severity: Severity::Error,
            file,
            span: at..at + 1,
            rule: String::new(),
            place: String::new(),
            message: reason,
            help,
            quoted: None,
            waived: None,
        }]);
    }

    /// Whether there is a file that cannot be read.
    pub fn is_unreadable(&self) -> bool {
        !self.unreadable.is_empty()
    }

    /// Adds another report, on other files.
    pub fn extend(&mut self, other: Self) {
        let Self { files, findings, unreadable, checked, passed_over } = other;
        self.files.extend(files);
        self.unreadable.extend(unreadable);
        self.checked += checked;
        self.passed_over += passed_over;
        self.add(findings);
    }

    /// How many files were read.
    pub fn files(&self) -> usize {
        self.files.len()
    }

    /// What nobody let stand.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.waived.is_none())
    }

    /// What somebody let stand, with a reason.
    pub fn waived(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.waived.is_some())
    }

    /// How many findings there are of this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings().filter(|finding| finding.severity == severity).count()
    }

    /// Where a finding begins and ends.
    fn place(&self, finding: &Finding) -> Range<Position> {
        let [start, end] = [finding.span.start, finding.span.end];
        self.files.get(&finding.file).map_or(FIRST..FIRST, |text| text.position(start)..text.position(end.max(start)))
    }
}
