//! Alerts: what must be so, for how long, who hears of it, and what they should do.

use std::time::Duration;

use promql::AnyQuery;

use crate::{Drill, Line, Panel};

/// How urgent an alert is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Wakes somebody.
    Critical,
    /// Work for the next day.
    Warning,
    /// For the next quiet hour.
    Info,
}

impl Severity {
    /// The value of the label `severity`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Critical => "critical",
            Severity::Warning => "warning",
            Severity::Info => "info",
        }
    }

    /// What it asks of people.
    pub(crate) const fn in_words(self) -> &'static str {
        match self {
            Severity::Critical => "wakes somebody",
            Severity::Warning => "work for the next day",
            Severity::Info => "for the next quiet hour",
        }
    }
}

/// An alert. Every field must be written, so none can be forgotten.
///
/// In `summary` and `description`, `{service}` stands for a label, `{value}` for the value in its unit, `{limit}` for the threshold and
/// `{held}` for how long it held.
#[derive(Clone, Debug)]
pub struct Alert {
    pub name: &'static str,
    pub severity: Severity,
    /// The team that is told.
    pub owner: &'static str,
    /// What it is about: of two alerts of a service on one topic, the graver silences the milder.
    pub topic: &'static str,
    pub about: Subject,
    /// A [`Condition`](promql::Condition): it has a value only when something is wrong.
    pub when: AnyQuery,
    /// How long it must be so without a break.
    pub held: Duration,
    /// One line, with numbers.
    pub summary: &'static str,
    /// What is so, and what it means for customers.
    pub description: &'static str,
    pub runbook: Runbook,
    /// The panel that shows it.
    pub shown_by: &'static Panel,
    pub proof: Proof,
}

/// Whom an alert concerns. Routes, bundles and inhibition tell alerts apart by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The service in its query's label `service`.
    Service,
    /// The host in its query's label `instance`; it has no `service`.
    Host,
    /// This service, which the rule itself adds: its query keeps none.
    Named(&'static str),
}

/// How it is known that an alert fires.
#[derive(Clone, Copy, Debug)]
pub enum Proof {
    /// These faults make it fire.
    Drill(Drill),
    /// No fault proves it, and this is why: a clause that follows "No fault proves it:".
    Stated(&'static str),
}

/// What to do about an alert: each part some lines of Markdown.
#[derive(Clone, Copy, Debug)]
pub struct Runbook {
    /// What it means that this alert fires.
    pub meaning: &'static str,
    /// What customers notice.
    pub impact: &'static str,
    /// How to find the cause.
    pub diagnosis: &'static str,
    /// What to ask Prometheus meanwhile, each with what it tells.
    pub queries: fn() -> Vec<Line>,
    /// How to stop the harm.
    pub mitigation: &'static str,
}

/// Alerts that are evaluated together.
#[derive(Clone, Debug)]
pub struct AlertGroup {
    pub name: &'static str,
    pub alerts: Vec<Alert>,
}
