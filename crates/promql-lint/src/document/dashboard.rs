//! Dashboards of Grafana in the classic JSON model
//! (<https://grafana.com/docs/grafana/latest/visualizations/dashboards/build-dashboards/view-dashboard-json-model/>).

mod datasource;
mod matchers;
mod panel;
mod reference;
mod standin;
mod substitute;
mod token;
mod variable;

use std::ops::Range;
use std::time::Duration;

pub use panel::{Override, OverrideOf, Panel, Target};
pub use substitute::{Interpolated, Open, Role};
pub use variable::{Variable, VariableKind, VariableQuery};

use super::defect::Defects;
use super::duration;
use super::located::Located;
use super::node::Node;
use super::waiver::Block;
use datasource::{Datasources, Speaks};
use substitute::Surroundings;

/// What Grafana shows of a dashboard that does not say it.
const SIX_HOURS: Duration = Duration::from_secs(6 * 3_600);

/// A dashboard, as far as it asks Prometheus.
#[derive(Clone, Debug)]
pub struct Dashboard {
    pub title: Option<Located>,
    pub uid: Option<Located>,
    /// How much time it shows at first.
    pub shown: Duration,
    pub variables: Vec<Variable>,
    /// All panels with queries, those in rows too.
    pub panels: Vec<Panel>,
    pub annotations: Vec<Annotation>,
}

/// Marks in all panels, where a query has a value.
#[derive(Clone, Debug)]
pub struct Annotation {
    /// The bytes of the file that define it.
    pub range: Range<usize>,
    pub name: Located,
    pub query: Interpolated,
    /// What is written beside a mark, with labels in double braces.
    pub texts: Vec<Located>,
}

impl Annotation {
    /// What findings call it.
    pub fn place(&self) -> String {
        format!("annotation \"{}\"", self.name)
    }
}

impl Dashboard {
    /// Every query, with what asks it.
    pub(super) fn queries(&self) -> impl Iterator<Item = &Interpolated> {
        let targets = self.panels.iter().flat_map(|panel| &panel.targets).map(|target| &target.query);
        let annotations = self.annotations.iter().map(|annotation| &annotation.query);
        targets.chain(annotations).chain(self.variables.iter().filter_map(Variable::query))
    }

    /// What a waiver in a query can hold for.
    pub(super) fn blocks(&self) -> Vec<Block> {
        let targets = self.panels.iter().flat_map(|panel| &panel.targets).map(|target| target.range.clone());
        let annotations = self.annotations.iter().map(|annotation| annotation.range.clone());
        let variables = self.variables.iter().map(|variable| variable.range.clone());
        targets.chain(annotations).chain(variables).map(Block::single).collect()
    }
}

/// The dashboard in a file: the whole, or what a request to Grafana or a manifest wraps.
pub(super) fn find(node: &Node) -> Option<&Node> {
    let wrapped = ["dashboard", "spec"].iter().filter_map(|key| node.get(key));
    std::iter::once(node).chain(wrapped).find(|node| is_dashboard(node))
}

fn is_dashboard(node: &Node) -> bool {
    ["panels", "rows"]
        .iter()
        .any(|key| matches!(node.get(key).map(|list| &list.value), Some(super::node::Value::List(_))))
        || (node.get("schemaVersion").is_some() && node.get("title").is_some())
}

/// Reads a dashboard, with values for its variables that presuppose this interval between scrapes.
pub(super) fn read(node: &Node, scrape_interval: Duration, defects: &mut Defects) -> Dashboard {
    let datasources = Datasources::of(node);
    let mut variables = variable::read(node, &datasources);
    let shown = shown(node).unwrap_or(SIX_HOURS);
    let names = variables.iter().enumerate().map(|(index, variable)| (variable.name.text.clone(), index)).collect();
    let surroundings =
        Surroundings { variables: &variables, names: &names, scrape_interval, min_interval: None, range: shown };
    let queries = variable_queries(node, &surroundings, defects);
    for (variable, query) in queries {
        variables[variable].kind = VariableKind::Query(query);
    }
    let surroundings =
        Surroundings { variables: &variables, names: &names, scrape_interval, min_interval: None, range: shown };
    let annotations = annotations(node, &datasources, &surroundings, defects);
    let panels = panel::read(node, &datasources, &surroundings, defects);
    defects.place.clear();
    Dashboard {
        title: node.text_of("title").cloned(),
        uid: node.text_of("uid").cloned(),
        shown,
        variables,
        panels,
        annotations,
    }
}

/// How much time a dashboard shows that ends now.
fn shown(node: &Node) -> Option<Duration> {
    let from = node.find(&["time", "from"])?.text()?.text.strip_prefix("now-")?;
    duration::parse(from.split('/').next()?).filter(|shown| !shown.is_zero())
}

/// What the variables ask that ask Prometheus, each with its index.
fn variable_queries(
    node: &Node,
    surroundings: &Surroundings,
    defects: &mut Defects,
) -> Vec<(usize, Option<VariableQuery>)> {
    let mut queries = Vec::new();
    for node in node.find(&["templating", "list"]).map_or(&[][..], Node::items) {
        let Some(&index) = node.word("name").and_then(|name| surroundings.names.get(name)) else { continue };
        let variable = &surroundings.variables[index];
        if variable.range == node.range && matches!(variable.kind, VariableKind::Query(_)) {
            defects.place = variable.place();
            queries.push((index, variable::read_query(node, surroundings, defects)));
        }
    }
    queries
}

fn annotations(
    node: &Node,
    datasources: &Datasources,
    surroundings: &Surroundings,
    defects: &mut Defects,
) -> Vec<Annotation> {
    let mut annotations = Vec::new();
    for node in node.find(&["annotations", "list"]).map_or(&[][..], Node::items) {
        let expr = node.text_of("expr").or_else(|| node.find(&["target", "expr"])?.text());
        let asks = datasources.speaks(node.get("datasource")) != Speaks::Other;
        let Some(expr) = expr.filter(|expr| asks && !expr.text.trim().is_empty()) else { continue };
        let name = node.text_of("name").cloned().unwrap_or_else(|| Located::empty(expr.range()));
        defects.place = format!("annotation \"{name}\"");
        let texts = ["titleFormat", "textFormat"].iter().filter_map(|key| node.text_of(key).cloned()).collect();
        let query = surroundings.interpolate(expr, defects);
        annotations.push(Annotation { range: node.range.clone(), name, query, texts });
    }
    annotations
}
