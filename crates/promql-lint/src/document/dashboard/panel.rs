//! The panels of a dashboard and what they ask.

use std::ops::Range;
use std::time::Duration;

use super::super::defect::Defects;
use super::super::duration;
use super::super::located::Located;
use super::super::node::{Node, Value};
use super::datasource::{Datasources, Speaks};
use super::substitute::{Interpolated, Surroundings};

/// What Loki's language has and PromQL has not, for panels that do not say whom they ask.
const SIGNS_OF_LOKI: [&str; 4] = ["|=", "|~", "| json", "| logfmt"];

/// A panel that asks Prometheus at least one thing.
#[derive(Clone, Debug)]
pub struct Panel {
    /// The bytes of the file that it takes up.
    pub range: Range<usize>,
    pub title: Located,
    /// How it draws, such as `timeseries` or `stat`.
    pub kind: String,
    /// The unit of its values, by Grafana's name for it.
    pub unit: Option<Located>,
    /// The units of some of its values.
    pub overrides: Vec<Override>,
    /// Whether what it draws is put on top of each other: `normal` or `percent`.
    pub stacking: Option<Located>,
    /// Whether Grafana changes what Prometheus answers before it is drawn.
    pub is_transformed: bool,
    /// The shortest step between its points, if it sets one.
    pub min_interval: Option<Duration>,
    pub targets: Vec<Target>,
}

/// A unit for some of a panel's values.
#[derive(Clone, Debug)]
pub struct Override {
    pub of: OverrideOf,
    pub unit: Located,
}

/// Which values have a unit of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OverrideOf {
    /// Those with this name, as the legend gives it.
    Name(String),
    /// Those of the query with this letter.
    Query(String),
    /// Chosen otherwise, such as by a pattern.
    Other,
}

/// A query of a panel.
#[derive(Clone, Debug)]
pub struct Target {
    /// The bytes of the file that it takes up; a waiver in its query holds for all of them.
    pub range: Range<usize>,
    /// Its letter.
    pub ref_id: String,
    pub query: Interpolated,
    /// How its series are named, with labels in double braces; Grafana's own way if it is not said.
    pub legend: Option<Located>,
    /// Whether one moment is asked for, not a range of time.
    pub is_instant: bool,
    /// `time_series`, `table` or `heatmap`.
    pub format: String,
    /// The shortest step between its points, its own or its panel's.
    pub min_interval: Option<Duration>,
}

impl Panel {
    /// What findings call it.
    pub fn place(&self) -> String {
        format!("panel \"{}\"", self.title)
    }
}

/// Reads the panels of a dashboard, in rows and beside them. What comes from a library of panels is not in the file.
pub(super) fn read(
    dashboard: &Node,
    datasources: &Datasources,
    surroundings: &Surroundings,
    defects: &mut Defects,
) -> Vec<Panel> {
    let mut nodes = Vec::new();
    collect(dashboard, &mut nodes);
    let mut panels = Vec::new();
    for node in nodes {
        panels.extend(panel(node, datasources, surroundings, defects));
    }
    panels
}

fn collect<'a>(node: &'a Node, panels: &mut Vec<&'a Node>) {
    for key in ["panels", "rows"] {
        for child in node.get(key).map_or(&[][..], Node::items) {
            panels.push(child);
            collect(child, panels);
        }
    }
}

fn panel(node: &Node, datasources: &Datasources, surroundings: &Surroundings, defects: &mut Defects) -> Option<Panel> {
    let title = node.text_of("title").cloned().unwrap_or_else(|| Located::empty(node.range.start..node.range.start));
    defects.place = format!("panel \"{title}\"");
    if let Some(repeated) = node.text_of("repeat").filter(|name| surroundings.variable(&name.text).is_none()) {
        super::variable::report_unknown(&repeated.text, repeated.range(), surroundings.variables, defects);
    }
    let min_interval = interval(node);
    let targets = node.get("targets").map_or(&[][..], Node::items);
    let asked = targets.iter().filter_map(|target| Some((target, expr(node, target, datasources)?)));
    let targets: Vec<Target> = asked
        .map(|(target, expr)| {
            let min_interval = interval(target).or(min_interval);
            let surroundings = Surroundings { min_interval, ..*surroundings };
            Target {
                range: target.range.clone(),
                ref_id: target.word("refId").unwrap_or_default().to_owned(),
                query: surroundings.interpolate(expr, defects),
                legend: target.text_of("legendFormat").filter(|legend| legend.text != "__auto").cloned(),
                is_instant: target.is_set("instant") && !target.is_set("range"),
                format: target.word("format").unwrap_or("time_series").to_owned(),
                min_interval,
            }
        })
        .collect();
    (!targets.is_empty()).then(|| Panel {
        range: node.range.clone(),
        title,
        kind: node.word("type").unwrap_or_default().to_owned(),
        unit: unit(node),
        overrides: overrides(node),
        stacking: stacking(node),
        is_transformed: !node.get("transformations").map_or(&[][..], Node::items).is_empty(),
        min_interval,
        targets,
    })
}

/// The query of a target, if it is one for Prometheus.
fn expr<'a>(panel: &Node, target: &'a Node, datasources: &Datasources) -> Option<&'a Located> {
    let expr = target.text_of("expr").filter(|expr| !expr.text.trim().is_empty())?;
    let speaks = match datasources.speaks(target.get("datasource")) {
        Speaks::Unknown => datasources.speaks(panel.get("datasource")),
        known => known,
    };
    let asks = match speaks {
        Speaks::PromQl => true,
        Speaks::Other => false,
        Speaks::Unknown => {
            panel.word("type") != Some("logs") && !SIGNS_OF_LOKI.iter().any(|sign| expr.text.contains(sign))
        }
    };
    asks.then_some(expr)
}

/// The shortest step under `interval`, such as `30s` or `>30s`.
fn interval(node: &Node) -> Option<Duration> {
    duration::parse(node.word("interval")?.trim_start_matches('>')).filter(|interval| !interval.is_zero())
}

/// The unit of a panel; older panels have it at their left axis, which holds for all only if no series has the right one.
fn unit(node: &Node) -> Option<Located> {
    let said = node.find(&["fieldConfig", "defaults", "unit"]).and_then(Node::text);
    let has_right_axis =
        node.get("seriesOverrides").map_or(&[][..], Node::items).iter().any(|series| series.get("yaxis").is_some());
    let axis = || node.get("yaxes")?.items().first()?.text_of("format");
    let single = || node.text_of("format").filter(|_| matches!(node.word("type"), Some("singlestat" | "gauge")));
    said.or_else(|| axis().filter(|_| !has_right_axis)).or_else(single).filter(|unit| !unit.text.is_empty()).cloned()
}

fn overrides(node: &Node) -> Vec<Override> {
    let nodes = node.find(&["fieldConfig", "overrides"]).map_or(&[][..], Node::items);
    let overrides = nodes.iter().filter_map(|node| {
        let options = node.find(&["matcher", "options"]).and_then(Node::text).map(|text| text.text.clone());
        let of = match (node.find(&["matcher", "id"]).and_then(Node::text).map(|id| id.text.as_str()), options) {
            (Some("byName"), Some(name)) => OverrideOf::Name(name),
            (Some("byFrameRefID"), Some(letter)) => OverrideOf::Query(letter),
            _ => OverrideOf::Other,
        };
        let properties = node.get("properties").map_or(&[][..], Node::items);
        let unit = properties.iter().find(|property| property.word("id") == Some("unit"))?.text_of("value")?;
        Some(Override { of, unit: unit.clone() })
    });
    overrides.collect()
}

/// How a panel stacks: time series in their field's settings, bars in the panel's, older graphs by a switch.
fn stacking(node: &Node) -> Option<Located> {
    let field = node.find(&["fieldConfig", "defaults", "custom", "stacking", "mode"]).and_then(Node::text);
    let panel = || node.find(&["options", "stacking"]).and_then(Node::text);
    let switch = || match &node.get("stack")?.value {
        Value::Bare(switch) if switch.text == "true" => Some(switch),
        _ => None,
    };
    field.or_else(panel).filter(|mode| mode.text != "none").or_else(switch).cloned()
}
