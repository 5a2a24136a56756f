//! Rules as Prometheus reads them: from the text of rule files, so that what is tried is what is rendered.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use promql::{
    prometheus_duration,
    syntax::{self, Expr, duration},
};
use serde::{Deserialize, Serialize};

use super::{Error, query::selectors};

/// Recording rules and alerts, in the order of their files.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    pub(crate) recordings: Vec<RecordingRule>,
    pub(crate) alerts: Vec<AlertRule>,
}

/// A query as it is written, and as it is read.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    pub(crate) text: String,
    pub(crate) tree: Expr,
}

/// A recording rule.
#[derive(Clone, Debug)]
pub(crate) struct RecordingRule {
    pub(crate) record: String,
    pub(crate) query: Query,
    pub(crate) labels: BTreeMap<String, String>,
}

/// An alert as its rule file says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertRule {
    pub name: String,
    pub query: String,
    pub held: Duration,
    pub labels: BTreeMap<String, String>,
    pub annotations: BTreeMap<String, String>,
}

#[derive(Deserialize, Serialize)]
struct FileWritten {
    groups: Vec<GroupWritten>,
}

#[derive(Deserialize, Serialize)]
struct GroupWritten {
    name: String,
    rules: Vec<RuleWritten>,
}

#[derive(Default, Deserialize, Serialize)]
struct RuleWritten {
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alert: Option<String>,
    expr: String,
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    held: Option<String>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
}

impl Rules {
    /// Reads the texts of rule files; rules of other files come after those of earlier ones.
    ///
    /// # Errors
    /// When a text is no rule file, or a query cannot be read.
    pub fn read<'a>(files: impl IntoIterator<Item = &'a str>) -> Result<Self, Error> {
        let mut rules = Self::default();
        for file in files {
            let file: FileWritten =
                serde_norway::from_str(file).map_err(|error| Error::new("a rule file", error.to_string()))?;
            for rule in file.groups.into_iter().flat_map(|group| group.rules) {
                rules.take(rule)?;
            }
        }
        Ok(rules)
    }

    fn take(&mut self, rule: RuleWritten) -> Result<(), Error> {
        if let Some(record) = rule.record {
            let query = parsed(&record, &rule.expr)?;
            self.recordings.push(RecordingRule { record, query, labels: rule.labels });
        } else if let Some(name) = rule.alert {
            let held = rule.held.as_deref().unwrap_or("0s");
            let held = duration(held)
                .ok_or_else(|| Error::new(&name, format!("its `for` cannot be read: `{held}` is no duration")))?;
            let (labels, annotations) = (rule.labels, rule.annotations);
            self.alerts.push(AlertRule { name, query: rule.expr, held, labels, annotations });
        }
        Ok(())
    }

    /// Every alert.
    pub fn alerts(&self) -> &[AlertRule] {
        &self.alerts
    }

    /// The same rules with one alert changed: to see whether its trial notices.
    #[must_use]
    pub fn with(&self, alert: &str, change: impl FnOnce(&mut AlertRule)) -> Self {
        let mut rules = self.clone();
        if let Some(alert) = rules.alerts.iter_mut().find(|rule| rule.name == alert) {
            change(alert);
        }
        rules
    }

    /// The rules that record a metric.
    pub(crate) fn recording<'a>(&'a self, metric: &'a str) -> impl Iterator<Item = &'a RecordingRule> + 'a {
        self.recordings.iter().filter(move |rule| rule.record == metric)
    }

    pub(crate) fn is_recorded(&self, metric: &str) -> bool {
        self.recording(metric).next().is_some()
    }

    /// The metrics that a query rests on, recording rules and all that they rest on included.
    pub(crate) fn metrics(&self, query: &Expr) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open = vec![query];
        while let Some(query) = open.pop() {
            for selector in selectors(query) {
                let name = selector.name();
                if found.insert(name.to_owned()) {
                    open.extend(self.recordings.iter().filter(|rule| rule.record == name).map(|rule| &rule.query.tree));
                }
            }
        }
        found
    }

    /// The same rules without those that record these metrics.
    pub(crate) fn without(&self, metrics: &BTreeSet<String>) -> Self {
        let recordings = self.recordings.iter().filter(|rule| !metrics.contains(&rule.record)).cloned().collect();
        Self { recordings, alerts: self.alerts.clone() }
    }

    /// A rule file with one alert and the recording rules that it rests on.
    pub(crate) fn file_of(&self, alert: &str) -> Result<String, Error> {
        self.file_with(&[self.alert(alert)?])
    }

    /// The alert of this name.
    pub(crate) fn alert(&self, name: &str) -> Result<&AlertRule, Error> {
        let alert = self.alerts.iter().find(|rule| rule.name == name);
        alert.ok_or_else(|| Error::new("the rules", "the alert is not there".to_owned()))
    }

    /// A rule file with these alerts and the recording rules that they rest on.
    pub(crate) fn file_with(&self, alerts: &[&AlertRule]) -> Result<String, Error> {
        let mut metrics = BTreeSet::new();
        for alert in alerts {
            metrics.extend(self.metrics(&parsed(&alert.name, &alert.query)?.tree));
        }
        let recorded = self.recordings.iter().filter(|rule| metrics.contains(&rule.record));
        let recorded = recorded.map(|rule| RuleWritten {
            record: Some(rule.record.clone()),
            expr: rule.query.text.clone(),
            labels: rule.labels.clone(),
            ..RuleWritten::default()
        });
        let written = |alert: &&AlertRule| RuleWritten {
            alert: Some(alert.name.clone()),
            expr: alert.query.clone(),
            held: Some(prometheus_duration(alert.held)),
            labels: alert.labels.clone(),
            annotations: alert.annotations.clone(),
            record: None,
        };
        let rules = recorded.chain(alerts.iter().map(written)).collect();
        let file = FileWritten { groups: vec![GroupWritten { name: "tried".to_owned(), rules }] };
        serde_norway::to_string(&file).map_err(|error| Error::new("the rules", error.to_string()))
    }
}

/// Reads a query.
pub(crate) fn parsed(of: &str, query: &str) -> Result<Query, Error> {
    let tree =
        syntax::parse(query).map_err(|error| Error::new(of, format!("its query cannot be read: {error}\n{query}")))?;
    Ok(Query { text: query.to_owned(), tree })
}
