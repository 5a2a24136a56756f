//! Grafana: the server's own files, and its classic dashboard model
//! (<https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/>).

mod options;
mod provisioning;
mod settings;

use std::{net::SocketAddr, time::Duration};

use promql::{AnyQuery, Symbols, prometheus_duration};
use serde_json::{Value, json};

use crate::{
    Alert, Dashboard, Drawing, File, Limit, Line, Mark, Panel, Placed, Variable,
    dashboard::{Position, panel_id},
    json as json_file, note,
    rendered::ini,
    runbook, template, yaml,
};

pub use provisioning::SpanLinks;

/// What all dashboards of a set bear, so that one leads to the others.
const TAG: &str = "vitrine";
/// Of a variable: everything, also series without the label.
const ALL: &str = ".*";

/// How much before and after a trace, or a part of it, what else happened is shown.
pub(crate) const AROUND_A_TRACE: Duration = Duration::from_mins(15);
/// The data source that all dashboards ask; its kind, too.
const PROMETHEUS: &str = "prometheus";
/// Where the server's files are, from the repository's root.
const FOLDER: &str = "deploy/grafana";
const PROVISIONING: &str = "deploy/grafana/provisioning";
pub(crate) const DATA_SOURCES: &str = "deploy/grafana/provisioning/datasources/datasources.yml";

/// A Grafana that shows the dashboards: where it listens, whom it asks, what it shows first.
#[derive(Clone, Debug)]
pub struct Grafana {
    pub own: SocketAddr,
    pub prometheus: SocketAddr,
    pub jaeger: SocketAddr,
    pub alertmanager: SocketAddr,
    /// How often Prometheus scrapes.
    pub interval: Duration,
    /// How often the dashboards ask again; none may more often.
    pub refresh: Duration,
    /// The variable of its environment that names the folder in which all rendered files lie, by their paths.
    pub root: &'static str,
    /// The name and the title of the dashboards' folder.
    pub folder: (&'static str, &'static str),
    /// The dashboard that is shown first.
    pub home: &'static str,
    pub span_links: SpanLinks,
}

impl Grafana {
    /// The settings and what is provisioned.
    pub(crate) fn files(&self, source: &str, symbols: &Symbols) -> Result<Vec<File>, String> {
        let data_sources = provisioning::DataSources::of(self, symbols);
        Ok(vec![
            ini(&format!("{FOLDER}/grafana.ini"), source, &settings::sections(self)),
            yaml(DATA_SOURCES, source, &data_sources)?,
            yaml(&format!("{PROVISIONING}/dashboards/dashboards.yml"), source, &provisioning::Dashboards::of(self))?,
            yaml(&format!("{PROVISIONING}/plugins/plugins.yml"), source, &provisioning::Plugins::NONE)?,
        ])
    }
}

/// What a dashboard is drawn from, besides itself.
pub(crate) struct Context<'a> {
    /// Which metrics carry which labels.
    pub(crate) symbols: &'a Symbols,
    pub(crate) alerts: Vec<&'a Alert>,
    /// The file of the definition.
    pub(crate) source: &'a str,
}

/// The data source that provisioning creates under a fixed name.
fn datasource() -> Value {
    json!({ "type": PROMETHEUS, "uid": PROMETHEUS })
}

impl Context<'_> {
    /// The dashboard's file.
    pub(crate) fn file(&self, dashboard: &Dashboard) -> Result<File, String> {
        let placed = dashboard.panels.iter().zip(dashboard.positions()).enumerate();
        let panels: Vec<Value> =
            placed.map(|(i, (placed, position))| self.placed(dashboard, panel_id(i), *placed, position)).collect();
        let written = json!({
            "uid": dashboard.uid,
            "title": dashboard.title,
            "description": format!("{} {}", dashboard.description, note(self.source)),
            "tags": [TAG],
            "schemaVersion": 39,
            "editable": false,
            // 1: the pointer is shown at the same moment in every panel.
            "graphTooltip": 1,
            "refresh": prometheus_duration(dashboard.refresh),
            "time": { "from": format!("now-{}", prometheus_duration(dashboard.range)), "to": "now" },
            "timezone": "browser",
            "templating": { "list": self.variables(dashboard) },
            "annotations": { "list": dashboard.marks.iter().map(|mark| self.mark(dashboard, mark)).collect::<Vec<_>>() },
            "links": links(dashboard),
            "panels": panels,
        });
        json_file(&format!("dashboards/{}.json", dashboard.uid), &written)
    }

    fn placed(&self, dashboard: &Dashboard, id: usize, placed: Placed, Position { x, y }: Position) -> Value {
        let (width, height) = placed.size();
        let place = json!({ "h": height, "w": width, "x": x, "y": y });
        match placed {
            Placed::Heading(title) => {
                json!({ "id": id, "type": "row", "title": title, "collapsed": false, "gridPos": place, "panels": [] })
            }
            Placed::Panel { panel, .. } => self.panel(dashboard, id, panel, (width, &place)),
        }
    }

    fn panel(&self, dashboard: &Dashboard, id: usize, panel: &Panel, (width, place): (u32, &Value)) -> Value {
        let lines = (panel.lines)();
        let shown: Vec<&Alert> =
            self.alerts.iter().copied().filter(|alert| std::ptr::eq(alert.shown_by, panel)).collect();
        let limits = Limit::on(panel, shown.iter().copied());
        let to_traces = options::to_traces(panel, &lines, &dashboard.traces).into_iter().collect();
        let mut written = json!({
            "id": id,
            "type": options::kind(panel.drawing),
            "title": panel.title,
            "description": described(panel, &shown),
            "datasource": datasource(),
            "gridPos": place,
            "targets": lines.iter().enumerate().map(|(i, line)| self.target(dashboard, panel, i, line)).collect::<Vec<_>>(),
            "fieldConfig": {
                "defaults": options::defaults(panel, &lines, &limits, to_traces),
                "overrides": options::overrides(panel, &lines, &dashboard.traces),
            },
            "options": options::options(panel, &lines, width),
        });
        let transformations = options::transformations(panel, &lines);
        if !transformations.is_empty() {
            written["transformations"] = Value::Array(transformations);
        }
        written
    }

    fn target(&self, dashboard: &Dashboard, panel: &Panel, position: usize, line: &Line) -> Value {
        let format = match panel.drawing {
            Drawing::HeatMap => "heatmap",
            Drawing::Table { .. } | Drawing::Figures { .. } => "table",
            _ => "time_series",
        };
        let now = panel.drawing.is_now();
        json!({
            "refId": ref_id(position),
            "datasource": datasource(),
            "expr": narrowed(dashboard, &line.query, self.symbols).to_string(),
            "legendFormat": template::for_grafana(line.legend),
            "format": format,
            "instant": now,
            "range": !now,
        })
    }

    fn variables(&self, dashboard: &Dashboard) -> Vec<Value> {
        let of = |(i, variable): (usize, &Variable)| {
            // A choice is offered among what the choices before it leave.
            let earlier =
                dashboard.variables[..i].iter().filter(|earlier| self.symbols.has_label(variable.metric, &earlier.key));
            let narrowed: Vec<String> = earlier.map(|earlier| format!("{0}=~\"${0}\"", earlier.key)).collect();
            let narrowed = if narrowed.is_empty() { String::new() } else { format!("{{{}}}", narrowed.join(", ")) };
            let query = format!("label_values({}{narrowed}, {})", variable.metric, variable.key);
            json!({
                "type": "query",
                "name": variable.key,
                "label": variable.title,
                "datasource": datasource(),
                "definition": query,
                "query": { "query": query, "refId": "values" },
                // 2: asked anew when the range changes; 1: sorted by name.
                "refresh": 2,
                "sort": 1,
                "multi": true,
                "includeAll": true,
                "allValue": ALL,
                "current": { "text": ["All"], "value": ["$__all"] },
            })
        };
        dashboard.variables.iter().enumerate().map(of).collect()
    }

    fn mark(&self, dashboard: &Dashboard, mark: &Mark) -> Value {
        json!({
            "name": mark.title,
            "datasource": datasource(),
            "enable": true,
            "hide": false,
            "iconColor": mark.colour.grafana(),
            "expr": narrowed(dashboard, &mark.query, self.symbols).to_string(),
            "titleFormat": mark.title,
            "textFormat": template::for_grafana(mark.says),
            "useValueForTime": false,
        })
    }
}

/// The query narrowed by each variable of the page, wherever it reads series that carry its label.
pub(crate) fn narrowed(dashboard: &Dashboard, query: &AnyQuery, symbols: &Symbols) -> AnyQuery {
    dashboard.variables.iter().fold(query.clone(), |query, variable| {
        let carries = |metric: &str| symbols.has_label(metric, &variable.key);
        query.narrowed(&variable.key, &format!("${}", variable.key), &carries)
    })
}

/// The description, and which alerts watch what is drawn here.
fn described(panel: &Panel, alerts: &[&Alert]) -> String {
    let mut description = panel.description.to_owned();
    if !alerts.is_empty() {
        let pages: Vec<String> =
            alerts.iter().map(|alert| format!("{} ({})", alert.name, runbook::path(alert))).collect();
        description += &format!("\n\nWatched by {}.", pages.join(", "));
    }
    description
}

/// From page to page with the same range and choices, and to the traces.
fn links(dashboard: &Dashboard) -> Value {
    json!([
        {
            "type": "dashboards", "title": "Dashboards", "tags": [TAG], "asDropdown": true, "includeVars": true,
            "keepTime": true, "targetBlank": false, "icon": "external link", "tooltip": "", "url": "",
        },
        {
            "type": "link", "title": "Traces in Jaeger", "tags": [], "asDropdown": false, "includeVars": false,
            "keepTime": false, "targetBlank": true, "icon": "external link", "tooltip": "Searches traces by service",
            "url": format!("{}/search", dashboard.traces),
        },
    ])
}

/// A, B, C, and so on.
fn ref_id(position: usize) -> String {
    u8::try_from(position).map_or_else(|_| format!("Q{position}"), |i| char::from(b'A' + i % 26).to_string())
}
