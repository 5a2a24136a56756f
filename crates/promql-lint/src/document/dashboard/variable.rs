//! The variables of a dashboard, its own and Grafana's, and what they can stand for.

use std::ops::Range;
use std::time::Duration;

use super::super::defect::{DefectCode, Defects};
use super::super::duration;
use super::super::located::Located;
use super::super::node::Node;
use super::datasource::{Datasources, Speaks};
use super::substitute::{Interpolated, Surroundings};
use promql::nearest;

/// What Grafana itself defines
/// (<https://grafana.com/docs/grafana/latest/dashboards/variables/add-template-variables/#global-variables>).
const BUILT_IN: [&str; 19] = [
    "__interval",
    "__interval_ms",
    "__rate_interval",
    "__rate_interval_ms",
    "__range",
    "__range_s",
    "__range_ms",
    "__from",
    "__to",
    "__dashboard",
    "__name",
    "__org",
    "__user",
    "__timezone",
    "__timeFilter",
    "__searchFilter",
    "__all_variables",
    "__url_time_range",
    "timeFilter",
];

/// How Grafana names the interval that it chooses for a variable with the choice `auto`.
const AUTO: &str = "__auto_interval_";

/// A variable that a dashboard defines.
#[derive(Clone, Debug)]
pub struct Variable {
    /// The bytes of the file that define it.
    pub range: Range<usize>,
    pub name: Located,
    pub kind: VariableKind,
}

/// Where a variable's values come from.
#[derive(Clone, Debug)]
pub enum VariableKind {
    /// Asked of Prometheus.
    Query(Option<VariableQuery>),
    /// One of a list, or several at once.
    Custom { values: Vec<String>, is_single: bool },
    /// Always the same.
    Constant(String),
    /// One of some durations.
    Interval(Vec<Duration>),
    /// What somebody types, with what stands there at first.
    Textbox(String),
    /// Which server is asked, ad hoc filters, and what else says nothing about queries.
    Other,
}

/// A query for a variable's values
/// (<https://grafana.com/docs/grafana/latest/datasources/prometheus/template-variables/>).
#[derive(Clone, Debug)]
pub enum VariableQuery {
    /// The values of a label, of some series or of all.
    LabelValues { series: Option<Interpolated>, label: Located },
    /// The result of a query.
    QueryResult(Interpolated),
    /// The names of metrics that match a pattern.
    Metrics(Located),
    /// The names of labels.
    LabelNames,
}

impl Variable {
    /// What findings call it.
    pub fn place(&self) -> String {
        format!("variable \"{}\"", self.name)
    }

    /// Its query in PromQL, if it has one.
    pub fn query(&self) -> Option<&Interpolated> {
        match &self.kind {
            VariableKind::Query(Some(
                VariableQuery::LabelValues { series: Some(query), .. } | VariableQuery::QueryResult(query),
            )) => Some(query),
            _ => None,
        }
    }

    /// What it always stands for, where that is known.
    pub(super) fn only_value(&self) -> Option<&str> {
        let value = match &self.kind {
            VariableKind::Constant(value) => value,
            VariableKind::Custom { values, is_single: true } if values.len() == 1 => &values[0],
            _ => return None,
        };
        (!value.is_empty() && !value.contains(['$', '"', '\'', '`', '\\'])).then_some(value)
    }

    /// One of the things that it can stand for.
    pub(super) fn some_value(&self) -> Option<&str> {
        match &self.kind {
            VariableKind::Custom { values, .. } => values.first().map(String::as_str),
            VariableKind::Constant(value) | VariableKind::Textbox(value) => Some(value.as_str()),
            _ => None,
        }
        .filter(|value| !value.is_empty())
    }

    /// The longest duration that it can stand for: what is too short then is too short always.
    pub(super) fn longest(&self) -> Option<Duration> {
        match &self.kind {
            VariableKind::Interval(choices) => choices.iter().max().copied(),
            VariableKind::Custom { values, .. } => values.iter().filter_map(|value| duration::parse(value)).max(),
            VariableKind::Constant(value) | VariableKind::Textbox(value) => duration::parse(value),
            _ => None,
        }
    }

    /// Whether its values are the names of metrics.
    pub(super) fn names_metrics(&self) -> bool {
        match &self.kind {
            VariableKind::Query(Some(VariableQuery::Metrics(_))) => true,
            VariableKind::Query(Some(VariableQuery::LabelValues { label, .. })) => label.text == "__name__",
            _ => false,
        }
    }
}

/// Reads what a dashboard defines. Queries are read later, once all names are known.
pub(super) fn read(node: &Node, datasources: &Datasources) -> Vec<Variable> {
    let list = node.find(&["templating", "list"]).map_or(&[][..], Node::items);
    list.iter().filter_map(|node| variable(node, datasources)).collect()
}

fn variable(node: &Node, datasources: &Datasources) -> Option<Variable> {
    let name = node.text_of("name")?.clone();
    let query = node.word("query").unwrap_or_default();
    let kind = match node.word("type").unwrap_or("query") {
        "query" if datasources.speaks(node.get("datasource")) != Speaks::Other => VariableKind::Query(None),
        "custom" => {
            let is_single = !node.is_set("includeAll") && !node.is_set("multi");
            VariableKind::Custom { values: choices(query), is_single }
        }
        "constant" => VariableKind::Constant(query.to_owned()),
        "interval" => {
            VariableKind::Interval(choices(query).iter().filter_map(|choice| duration::parse(choice)).collect())
        }
        "textbox" => VariableKind::Textbox(query.to_owned()),
        _ => VariableKind::Other,
    };
    Some(Variable { range: node.range.clone(), name, kind })
}

/// The values in a list such as `1m,10m` or `Production : prod, Test : test`.
fn choices(list: &str) -> Vec<String> {
    let value = |choice: &str| choice.rsplit_once(" : ").map_or(choice, |(_, value)| value).trim().to_owned();
    list.split(',').map(value).filter(|choice| !choice.is_empty()).collect()
}

/// Reads the query of a variable, given as its own text, in a `query` object, or as the `definition` of older dashboards.
pub(super) fn read_query(node: &Node, surroundings: &Surroundings, defects: &mut Defects) -> Option<VariableQuery> {
    let query = node.get("query").and_then(|query| query.text().or_else(|| query.text_of("query")));
    let query = query.or_else(|| node.text_of("definition"))?;
    let text = query.text.trim_end();
    let (function, rest) = text.split_once('(')?;
    let inner = rest.strip_suffix(')')?;
    let start = function.len() + 1;
    let mut interpolated = |span: Range<usize>| surroundings.interpolate(&trimmed(query, span), defects);
    Some(match function.trim() {
        "label_names" => VariableQuery::LabelNames,
        "metrics" => VariableQuery::Metrics(trimmed(query, start..start + inner.len())),
        "query_result" => VariableQuery::QueryResult(interpolated(start..start + inner.len())),
        "label_values" => match last_comma(inner) {
            Some(comma) => VariableQuery::LabelValues {
                series: Some(interpolated(start..start + comma)),
                label: trimmed(query, start + comma + 1..start + inner.len()),
            },
            None => VariableQuery::LabelValues { series: None, label: trimmed(query, start..start + inner.len()) },
        },
        _ => return None,
    })
}

/// The comma before a label's name, which stands behind all brackets.
fn last_comma(inner: &str) -> Option<usize> {
    inner.rfind(',').filter(|&comma| !inner[comma..].contains(['}', ')', '"', '\'']))
}

fn trimmed(text: &Located, span: Range<usize>) -> Located {
    let part = &text.text[span.clone()];
    let start = span.start + part.len() - part.trim_start().len();
    text.slice(start..start + part.trim().len())
}

/// Whether Grafana defines the name.
pub(super) fn is_built_in(name: &str) -> bool {
    BUILT_IN.contains(&name) || name.starts_with(AUTO)
}

/// Says that nobody defines a variable; of Grafana's own, new ones may come, so only what is near to a known one counts as a slip.
pub(super) fn report_unknown(name: &str, at: Range<usize>, own: &[Variable], defects: &mut Defects) {
    if defects.is_full() {
        return;
    }
    let own_names = own.iter().map(|variable| variable.name.text.as_str());
    let near = nearest(name, own_names.clone().chain(BUILT_IN));
    if near.is_none() && name.starts_with("__") {
        return;
    }
    let help = match near {
        Some(near) => format!("did you mean `${near}`?"),
        None if own.is_empty() => "define it among the dashboard's variables".to_owned(),
        None => {
            let some: Vec<&str> = own_names.take(5).collect();
            format!("define it, or use one of the dashboard's, such as `${}`", some.join("`, `$"))
        }
    };
    let reason = format!("neither the dashboard nor Grafana defines `${name}`, so it stays in the query as it is");
    defects.add(DefectCode::UnknownVariable, at, reason, help);
}
