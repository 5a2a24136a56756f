//! Prometheus' rule files (<https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/>).

use std::{collections::BTreeMap, time::Duration};

use promql::Rule;
use serde::Serialize;

use crate::{Alert, AlertGroup, Dashboard, Subject, runbook, template, text};

/// Recording rules that are evaluated together, one after the other.
pub struct RecordingGroup {
    pub name: &'static str,
    /// How often; without it, as often as Prometheus evaluates.
    pub interval: Option<Duration>,
    pub rules: Vec<Rule>,
}

/// A rule file; a PrometheusRule holds the same.
#[derive(Serialize)]
pub(crate) struct RuleFile {
    groups: Vec<GroupWritten>,
}

#[derive(Serialize)]
struct GroupWritten {
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "interval")]
    interval: Option<Duration>,
    rules: Vec<RuleWritten>,
}

#[expect(clippy::ref_option, reason = "serde hands over a reference")]
fn interval<S: serde::Serializer>(interval: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    match interval {
        Some(interval) => text::prometheus(interval, serializer),
        None => serializer.serialize_none(),
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum RuleWritten {
    Recording {
        record: String,
        expr: String,
    },
    Alert {
        alert: &'static str,
        expr: String,
        #[serde(rename = "for", serialize_with = "text::prometheus", skip_serializing_if = "Duration::is_zero")]
        held: Duration,
        labels: BTreeMap<&'static str, &'static str>,
        annotations: BTreeMap<&'static str, String>,
    },
}

/// What the file of recording rules holds.
pub(crate) fn recordings(groups: &[RecordingGroup]) -> RuleFile {
    let written = |rule: &Rule| RuleWritten::Recording { record: rule.name.to_string(), expr: rule.query.to_string() };
    let groups = groups.iter().map(|group| GroupWritten {
        name: group.name,
        interval: group.interval,
        rules: group.rules.iter().map(written).collect(),
    });
    RuleFile { groups: groups.collect() }
}

/// What the file of alerts holds. The dashboards say where the panels are that the alerts name.
pub(crate) fn alerts(groups: &[AlertGroup], dashboards: &[Dashboard]) -> RuleFile {
    let groups = groups.iter().map(|group| GroupWritten {
        name: group.name,
        interval: None,
        rules: group.alerts.iter().map(|alert| written(alert, dashboards)).collect(),
    });
    RuleFile { groups: groups.collect() }
}

/// The labels that the rule adds to those of its series.
pub(crate) fn labels(alert: &Alert) -> BTreeMap<&'static str, &'static str> {
    let own = [("severity", alert.severity.as_str()), ("owner", alert.owner), ("topic", alert.topic)];
    let service = match alert.about {
        Subject::Named(service) => Some(("service", service)),
        Subject::Service | Subject::Host => None,
    };
    own.into_iter().chain(service).collect()
}

fn written(alert: &Alert, dashboards: &[Dashboard]) -> RuleWritten {
    let sentence = |sentence| template::for_prometheus(sentence, alert);
    let panel = dashboards.iter().find_map(|dashboard| dashboard.address_of(alert.shown_by)).unwrap_or_default();
    RuleWritten::Alert {
        alert: alert.name,
        expr: alert.when.to_string(),
        held: alert.held,
        labels: labels(alert),
        annotations: BTreeMap::from([
            ("summary", sentence(alert.summary)),
            ("description", sentence(alert.description)),
            ("runbook", runbook::path(alert)),
            ("panel", panel),
        ]),
    }
}
