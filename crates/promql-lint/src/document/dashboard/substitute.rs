//! Puts something that PromQL can read in place of each variable of a query, such that nothing is claimed which only the variable knows.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::time::Duration;

use super::super::defect::Defects;
use super::super::located::Located;
use super::reference::{Reference, references};
use super::standin;
use super::variable::{self, Variable};

/// How many scrapes Grafana's `$__rate_interval` holds at least
/// (<https://grafana.com/docs/grafana/latest/datasources/prometheus/template-variables/#use-__rate_interval>).
const SCRAPES: u32 = 4;

/// A query in which variables stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interpolated {
    /// As it stands in the dashboard.
    pub written: Located,
    /// With something in place of each variable.
    pub query: Located,
    /// What was put in whose value is not known, in order.
    pub open: Vec<Open>,
}

/// A part of a query that depends on what somebody chooses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// The name of the variable, or of the first of several.
    pub variable: String,
    /// Where in the query its stand-in is; empty where a label or a matcher was left out.
    pub span: Range<usize>,
    pub role: Role,
}

/// What a variable is in a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The name of a metric, or a part of it.
    Metric,
    /// A whole matcher, or its label's name; left out.
    Matcher,
    /// The value in a matcher; any value fits.
    Value,
    /// A label that is grouped or matched by; left out.
    Label,
    /// A function or an aggregation.
    Function,
    Number,
    Duration,
    /// A text among a function's arguments.
    Text,
}

impl Interpolated {
    /// Whether the given part of the query holds, touches or lies within something that is not known.
    pub fn is_open(&self, span: &Range<usize>) -> bool {
        self.open.iter().any(|open| open.span.start <= span.end && span.start <= open.span.end)
    }

    /// Whether any of what is not known plays this role.
    pub fn has(&self, role: Role) -> bool {
        self.open.iter().any(|open| open.role == role)
    }
}

/// What gives the variables of a query their values.
pub(super) struct Surroundings<'a> {
    pub(super) variables: &'a [Variable],
    /// Which of them has a name.
    pub(super) names: &'a HashMap<String, usize>,
    pub(super) scrape_interval: Duration,
    /// The shortest step of the panel.
    pub(super) min_interval: Option<Duration>,
    /// The time that the dashboard shows.
    pub(super) range: Duration,
}

/// A stand-in for a part of a query.
pub(super) struct Change {
    pub(super) range: Range<usize>,
    pub(super) text: String,
    /// The variable, and what it is there, if its value is not known.
    pub(super) open: Option<(String, Role)>,
}

impl<'a> Surroundings<'a> {
    /// Replaces the variables of a query, and reports those that nobody defines.
    pub(super) fn interpolate(&self, written: &Located, defects: &mut Defects) -> Interpolated {
        if !written.text.contains(['$', '[']) {
            return Interpolated { written: written.clone(), query: written.clone(), open: Vec::new() };
        }
        self.report_unknown(written, defects);
        let known = self.references(&written.text);
        let exact = known.iter().filter_map(|reference| {
            let value = self.variable(reference.name)?.only_value()?;
            Some((reference.range.clone(), value))
        });
        let fixed = written.replaced(exact);
        let changes = standin::find(&fixed.text, self);
        let query = fixed.replaced(changes.iter().map(|change| (change.range.clone(), change.text.as_str())));
        let mut open = Vec::new();
        let (mut added, mut removed) = (0, 0);
        for change in changes {
            let start = change.range.start + added - removed;
            added += change.text.len();
            removed += change.range.len();
            if let Some((variable, role)) = change.open {
                open.push(Open { variable, span: start..start + change.text.len(), role });
            }
        }
        Interpolated { written: written.clone(), query, open }
    }

    /// The variables in a text. Names in old brackets and of a pattern's groups count only if somebody defines them.
    pub(super) fn references<'t>(&self, text: &'t str) -> Vec<Reference<'t>> {
        let mut found = references(text);
        let groups = groups(text);
        found.retain(|reference| {
            let doubtful = reference.is_old || groups.contains(&reference.name);
            !doubtful || self.is_defined(reference.name)
        });
        found
    }

    fn is_defined(&self, name: &str) -> bool {
        variable::is_built_in(name) || self.variable(name).is_some()
    }

    pub(super) fn variable(&self, name: &str) -> Option<&'a Variable> {
        self.names.get(name).map(|&index| &self.variables[index])
    }

    pub(super) fn report_unknown(&self, written: &Located, defects: &mut Defects) {
        let mut reported = HashSet::new();
        let found = self.references(&written.text);
        for reference in found.iter().filter(|reference| !self.is_defined(reference.name)) {
            if reported.insert(reference.name) {
                let at = written.at(reference.range.clone());
                variable::report_unknown(reference.name, at, self.variables, defects);
            }
        }
    }

    /// A window that holds enough samples, and is not shorter than the panel's step.
    pub(super) fn window(&self) -> Duration {
        self.min_interval.unwrap_or_default().max(self.scrape_interval) * SCRAPES
    }

    /// The duration that a variable stands for; where that is not known, one that is not too short.
    pub(super) fn duration(&self, name: &str) -> Duration {
        match name {
            "__range" => self.range,
            _ => self.variable(name).and_then(Variable::longest).unwrap_or_else(|| self.window()),
        }
    }

    /// The number that a variable of Grafana stands for.
    pub(super) fn own_number(&self, reference: &Reference) -> Option<String> {
        /// Some moment: which one, no finding may depend on.
        const MOMENT: u64 = 1_750_000_000;
        let number = match reference.name {
            "__range_s" => u128::from(self.range.as_secs()),
            "__range_ms" => self.range.as_millis(),
            "__interval_ms" | "__rate_interval_ms" => self.window().as_millis(),
            "__from" | "__to" if reference.format == Some("date:seconds") => MOMENT.into(),
            "__from" | "__to" => u128::from(MOMENT) * 1_000,
            _ => return None,
        };
        Some(number.to_string())
    }
}

/// The names of the groups in the text's patterns, to which a replacement refers as one refers to a variable.
fn groups(text: &str) -> HashSet<&str> {
    let opened = text.split("(?P<").skip(1).chain(text.split("(?<").skip(1));
    opened.filter_map(|rest| rest.split_once('>')).map(|(name, _)| name).collect()
}
