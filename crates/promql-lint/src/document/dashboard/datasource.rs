//! Whether a panel asks Prometheus.

use std::collections::HashMap;

use super::super::node::Node;
use super::reference::references;

/// Parts of the names that people give to servers which do not speak PromQL.
const OTHERS: [&str; 12] = [
    "loki",
    "tempo",
    "jaeger",
    "elastic",
    "opensearch",
    "influx",
    "graphite",
    "cloudwatch",
    "postgres",
    "mysql",
    "testdata",
    "clickhouse",
];

/// What a datasource understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speaks {
    PromQl,
    Other,
    /// The default, several at once, or nothing that can be told from the file.
    Unknown,
}

/// The types of the datasources that a dashboard names itself: by variables, or as the inputs of an exported one.
#[derive(Default)]
pub(super) struct Datasources {
    types: HashMap<String, Speaks>,
}

impl Datasources {
    pub(super) fn of(dashboard: &Node) -> Self {
        let variables = dashboard.find(&["templating", "list"]).map_or(&[][..], Node::items);
        let inputs = dashboard.get("__inputs").map_or(&[][..], Node::items);
        let chosen = variables.iter().filter(|node| node.word("type") == Some("datasource"));
        let named = chosen.map(|node| (node.word("name"), node.word("query")));
        let named = named.chain(inputs.iter().map(|node| (node.word("name"), node.word("pluginId"))));
        let types = named.filter_map(|(name, kind)| Some((name?.to_owned(), of_type(kind?)))).collect();
        Self { types }
    }

    /// What is understood by the datasource that a panel, a target or a variable names.
    pub(super) fn speaks(&self, datasource: Option<&Node>) -> Speaks {
        let Some(node) = datasource else { return Speaks::Unknown };
        if let Some(name) = node.text() {
            return self.by_name(&name.text);
        }
        match node.word("type").filter(|kind| !kind.is_empty() && !kind.contains('$')) {
            Some("mixed") => Speaks::Unknown,
            Some("datasource") => self.by_name(node.word("uid").unwrap_or_default()),
            Some(kind) => of_type(kind),
            None => self.by_name(node.word("uid").unwrap_or_default()),
        }
    }

    fn by_name(&self, name: &str) -> Speaks {
        if let Some(variable) = references(name).first() {
            return self.types.get(variable.name).copied().unwrap_or(Speaks::Unknown);
        }
        match name {
            "-- Grafana --" | "-- Dashboard --" | "__expr__" | "grafana" => Speaks::Other,
            name if OTHERS.iter().any(|other| name.to_ascii_lowercase().contains(other)) => Speaks::Other,
            _ => Speaks::Unknown,
        }
    }
}

/// Plugins for other servers that take PromQL have its name in theirs, such as `grafana-amazonprometheus-datasource`.
fn of_type(kind: &str) -> Speaks {
    if kind.contains("prometheus") { Speaks::PromQl } else { Speaks::Other }
}
