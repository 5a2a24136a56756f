//! What Grafana is given at its start: where it asks, and where its dashboards lie
//! (<https://grafana.com/docs/grafana/latest/administration/provisioning/>).

use std::net::SocketAddr;

use promql::{AnyQuery, Checker, Code, Finding, Symbols, prometheus_duration};
use serde::Serialize;

use super::{AROUND_A_TRACE, Grafana, PROMETHEUS};
use crate::finding::finding;

const ALERTMANAGER: &str = "alertmanager";
/// What stands in a query for the span's tags, as matchers.
const TAGS: &str = "$__tags";
/// The way from a span to what its process was doing.
#[derive(Clone, Debug)]
pub struct SpanLinks {
    /// Attributes of the resource that every span has, each with the label that says the same.
    ///
    /// `service.name` cannot be one: Jaeger keeps it apart from the tags, and a tag that is missing narrows nothing.
    pub tags: Vec<(&'static str, String)>,
    /// What is asked, each under a name; some part must read a metric that has all of the labels.
    pub queries: Vec<(&'static str, AnyQuery)>,
}

impl SpanLinks {
    /// What is certainly wrong with the queries.
    pub(crate) fn findings(&self, checker: &Checker<'_>) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (title, query) in &self.queries {
            let place = format!("span link \"{title}\"");
            findings.extend(checker.check(&place, &query.to_string()));
            if !self.narrowed(query, checker.symbols()).contains(TAGS) {
                let labels: Vec<_> = self.tags.iter().map(|(_, label)| label.as_str()).collect();
                let reason = format!("no part of it reads a metric with the labels {}", labels.join(" and "));
                let help = "let it read one that has them, such as `up`";
                findings.push(finding(Code::UnknownLabel, &place, &query.to_string(), &reason, help));
            }
        }
        findings
    }

    /// The query with the span's tags as matchers, wherever it reads a metric that has all of their labels.
    fn narrowed(&self, query: &AnyQuery, symbols: &Symbols) -> String {
        let Some((_, label)) = self.tags.first() else { return query.to_string() };
        let carries = |metric: &str| self.tags.iter().all(|(_, label)| symbols.has_label(metric, label));
        let narrowed = query.narrowed(label, TAGS, &carries).to_string();
        narrowed.replace(&format!("{label}=~\"{TAGS}\""), TAGS)
    }
}

/// The whole of a file under `provisioning/datasources`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DataSources {
    api_version: u8,
    /// Whether a data source goes that was provisioned once and is no longer.
    prune: bool,
    datasources: [DataSource; 3],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DataSource {
    name: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    uid: &'static str,
    access: &'static str,
    url: String,
    is_default: bool,
    editable: bool,
    json_data: Settings,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Settings {
    #[serde(rename_all = "camelCase")]
    Prometheus {
        prometheus_type: &'static str,
        http_method: &'static str,
        /// The scrape interval: `$__rate_interval` is four of it.
        time_interval: String,
        /// Whether Prometheus' rules and alerts are shown under Alerting.
        manage_alerts: bool,
        alertmanager_uid: &'static str,
    },
    #[serde(rename_all = "camelCase")]
    Jaeger { node_graph: NodeGraph, traces_to_metrics: TracesToMetrics },
    #[serde(rename_all = "camelCase")]
    Alertmanager { implementation: &'static str, handle_grafana_managed_alerts: bool },
}

#[derive(Serialize)]
struct NodeGraph {
    enabled: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TracesToMetrics {
    datasource_uid: &'static str,
    span_start_time_shift: String,
    span_end_time_shift: String,
    tags: Vec<Tag>,
    queries: Vec<Asked>,
}

#[derive(Serialize)]
struct Tag {
    key: &'static str,
    value: String,
}

#[derive(Serialize)]
struct Asked {
    name: &'static str,
    query: String,
}

impl DataSources {
    pub(super) fn of(grafana: &Grafana, symbols: &Symbols) -> Self {
        let source = |name, kind, address: SocketAddr, json_data| DataSource {
            name,
            kind,
            // Each is the only one of its kind.
            uid: kind,
            access: "proxy",
            url: format!("http://{address}"),
            is_default: kind == PROMETHEUS,
            editable: false,
            json_data,
        };
        let prometheus = Settings::Prometheus {
            prometheus_type: "Prometheus",
            http_method: "POST",
            time_interval: prometheus_duration(grafana.interval),
            manage_alerts: true,
            alertmanager_uid: ALERTMANAGER,
        };
        let jaeger = Settings::Jaeger {
            node_graph: NodeGraph { enabled: true },
            traces_to_metrics: TracesToMetrics::of(&grafana.span_links, symbols),
        };
        let alertmanager =
            Settings::Alertmanager { implementation: "prometheus", handle_grafana_managed_alerts: false };
        Self {
            api_version: 1,
            prune: true,
            datasources: [
                source("Prometheus", PROMETHEUS, grafana.prometheus, prometheus),
                source("Jaeger", "jaeger", grafana.jaeger, jaeger),
                source("Alertmanager", ALERTMANAGER, grafana.alertmanager, alertmanager),
            ],
        }
    }
}

impl TracesToMetrics {
    fn of(links: &SpanLinks, symbols: &Symbols) -> Self {
        let around = prometheus_duration(AROUND_A_TRACE);
        let asked = |(name, query): &(&'static str, AnyQuery)| Asked {
            name,
            // A single dollar would be replaced by a variable of Grafana's environment when it reads the file.
            query: links.narrowed(query, symbols).replace('$', "$$"),
        };
        Self {
            datasource_uid: PROMETHEUS,
            span_start_time_shift: format!("-{around}"),
            span_end_time_shift: around,
            tags: links.tags.iter().map(|(key, value)| Tag { key, value: value.clone() }).collect(),
            queries: links.queries.iter().map(asked).collect(),
        }
    }
}

/// The whole of a file under `provisioning/plugins`: which apps are switched on. None is needed, and a folder that is missing is an
/// error in Grafana's log.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Plugins {
    api_version: u8,
    apps: [(); 0],
}

impl Plugins {
    pub(super) const NONE: Self = Self { api_version: 1, apps: [] };
}

/// The whole of a file under `provisioning/dashboards`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Dashboards {
    api_version: u8,
    providers: [Provider; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Provider {
    name: &'static str,
    folder: &'static str,
    folder_uid: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    /// Whether a dashboard stays whose file is gone.
    disable_deletion: bool,
    allow_ui_updates: bool,
    update_interval_seconds: u64,
    options: Options,
}

#[derive(Serialize)]
struct Options {
    path: String,
}

impl Dashboards {
    pub(super) fn of(grafana: &Grafana) -> Self {
        let provider = Provider {
            name: grafana.folder.0,
            folder: grafana.folder.1,
            folder_uid: grafana.folder.0,
            kind: "file",
            disable_deletion: false,
            allow_ui_updates: false,
            update_interval_seconds: 10,
            options: Options { path: format!("${{{}}}/dashboards", grafana.root) },
        };
        Self { api_version: 1, providers: [provider] }
    }
}
