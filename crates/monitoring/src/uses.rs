//! Who asks for which metric: rules, alerts, runbooks, panels, questions and links from spans, each with the page where it stands.

use std::collections::BTreeMap;

use promql::AnyQuery;

use crate::{Definitions, catalogue, grafana, markdown::anchor, question, runbook};

/// Somebody who asks for a metric.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Use {
    pub(crate) by: By,
    /// What it is called.
    pub(crate) name: String,
    /// Where it stands, from the repository's root.
    pub(crate) path: String,
}

/// Of which kind somebody is who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum By {
    Recording,
    Alert,
    Panel,
    Runbook,
    Question,
    SpanLink,
}

impl By {
    pub(crate) const ALL: [By; 6] = [By::Recording, By::Alert, By::Panel, By::Runbook, By::Question, By::SpanLink];

    /// The words before a list of them.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            By::Recording => "Recording rules",
            By::Alert => "Alerts",
            By::Panel => "Panels",
            By::Runbook => "Runbooks",
            By::Question => "Queries",
            By::SpanLink => "Links from spans",
        }
    }
}

/// For each metric, who reads it.
#[derive(Debug, Default)]
pub(crate) struct Uses(BTreeMap<String, Vec<Use>>);

impl Uses {
    pub(crate) fn of(definitions: &Definitions) -> Self {
        let mut uses = Self::default();
        for rule in definitions.each_rule() {
            let path = format!("{}#{}", catalogue::RECORDINGS, anchor(&rule.name));
            uses.add(&rule.query, By::Recording, &rule.name, &path);
        }
        for alert in definitions.each_alert() {
            let path = runbook::path(alert);
            uses.add(&alert.when, By::Alert, alert.name, &path);
            for line in (alert.runbook.queries)() {
                uses.add(&line.query, By::Runbook, alert.name, &path);
            }
        }
        for dashboard in &definitions.dashboards.1 {
            for panel in dashboard.each_panel() {
                let name = format!("{}: {}", dashboard.title, panel.title);
                for line in (panel.lines)() {
                    uses.add(&line.query, By::Panel, &name, &dashboard.path());
                }
            }
        }
        for question in definitions.each_question() {
            let path = format!("{}#{}", question::PATH, anchor(question.title));
            uses.add(&question.query, By::Question, question.title, &path);
        }
        for (title, query) in &definitions.grafana.1.span_links.queries {
            uses.add(query, By::SpanLink, title, grafana::DATA_SOURCES);
        }
        uses
    }

    fn add(&mut self, query: &AnyQuery, by: By, name: &str, path: &str) {
        for metric in query.metrics() {
            let users = self.0.entry(metric.to_owned()).or_default();
            let user = Use { by, name: name.to_owned(), path: path.to_owned() };
            if !users.contains(&user) {
                users.push(user);
            }
        }
    }

    /// Who reads any of these metrics, each once, in the order of definition.
    pub(crate) fn any_of(&self, metrics: &[String]) -> Vec<&Use> {
        let mut users: Vec<&Use> = Vec::new();
        for user in metrics.iter().filter_map(|metric| self.0.get(metric)).flatten() {
            if !users.contains(&user) {
                users.push(user);
            }
        }
        users
    }
}
