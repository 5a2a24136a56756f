//! Grafana's classic dashboard model (<https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/>).

mod options;

use promql::prometheus_duration;
use serde::Serialize;

use crate::{
    Dashboard, Drawing, File, Line, Panel, Placed,
    dashboard::{Position, panel_id},
    json, note, template,
};
use options::{Defaults, Options, Transformation};

/// The data source that provisioning creates under a fixed name.
const DATASOURCE: Datasource = Datasource { kind: "prometheus", uid: "prometheus" };

/// The dashboard's file.
pub(crate) fn file(dashboard: &Dashboard, source: &str) -> Result<File, String> {
    json(&dashboard.path(), &DashboardWritten::of(dashboard, source))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DashboardWritten {
    uid: &'static str,
    title: &'static str,
    description: String,
    tags: [&'static str; 1],
    schema_version: u32,
    editable: bool,
    /// 1: the pointer is shown at the same moment in every panel.
    graph_tooltip: u32,
    refresh: String,
    time: TimeRange,
    timezone: &'static str,
    templating: Listed,
    annotations: Listed,
    links: [(); 0],
    panels: Vec<PanelWritten>,
}

#[derive(Serialize)]
struct TimeRange {
    from: String,
    to: &'static str,
}

#[derive(Serialize)]
struct Listed {
    list: [(); 0],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PanelWritten {
    id: usize,
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    description: &'static str,
    datasource: Datasource,
    grid_pos: GridPosition,
    targets: Vec<Target>,
    field_config: FieldConfig,
    options: Options,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    transformations: Vec<Transformation>,
}

#[derive(Clone, Copy, Serialize)]
struct Datasource {
    #[serde(rename = "type")]
    kind: &'static str,
    uid: &'static str,
}

#[derive(Serialize)]
struct GridPosition {
    h: u32,
    w: u32,
    x: u32,
    y: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    ref_id: String,
    datasource: Datasource,
    expr: String,
    legend_format: String,
    format: &'static str,
    instant: bool,
    range: bool,
}

#[derive(Serialize)]
struct FieldConfig {
    defaults: Defaults,
    overrides: [(); 0],
}

impl DashboardWritten {
    fn of(dashboard: &Dashboard, source: &str) -> Self {
        let panels = dashboard.panels.iter().zip(dashboard.positions()).enumerate();
        Self {
            uid: dashboard.uid,
            title: dashboard.title,
            description: format!("{} {}", dashboard.description, note(source)),
            tags: ["vitrine"],
            schema_version: 39,
            editable: false,
            graph_tooltip: 1,
            refresh: prometheus_duration(dashboard.refresh),
            time: TimeRange { from: format!("now-{}", prometheus_duration(dashboard.range)), to: "now" },
            timezone: "browser",
            templating: Listed { list: [] },
            annotations: Listed { list: [] },
            links: [],
            panels: panels.map(|(i, (placed, position))| PanelWritten::of(panel_id(i), placed, position)).collect(),
        }
    }
}

impl PanelWritten {
    fn of(id: usize, placed: &Placed, Position { x, y }: Position) -> Self {
        let panel = placed.panel;
        let lines = (panel.lines)();
        Self {
            id,
            kind: options::kind(panel.drawing),
            title: panel.title,
            description: panel.description,
            datasource: DATASOURCE,
            grid_pos: GridPosition { h: placed.height, w: placed.width, x, y },
            targets: lines.iter().enumerate().map(|(i, line)| Target::of(panel, i, line)).collect(),
            field_config: FieldConfig { defaults: Defaults::of(panel), overrides: [] },
            options: Options::of(panel),
            transformations: Transformation::of(panel),
        }
    }
}

impl Target {
    fn of(panel: &Panel, position: usize, line: &Line) -> Self {
        let now = matches!(panel.drawing, Drawing::States | Drawing::Table { .. });
        let format = match panel.drawing {
            Drawing::HeatMap => "heatmap",
            Drawing::Table { .. } => "table",
            Drawing::Lines | Drawing::Areas | Drawing::States => "time_series",
        };
        Self {
            ref_id: ref_id(position),
            datasource: DATASOURCE,
            expr: line.query.to_string(),
            legend_format: template::for_grafana(line.legend),
            format,
            instant: now,
            range: !now,
        }
    }
}

/// A, B, C, and so on.
fn ref_id(position: usize) -> String {
    u8::try_from(position).map_or_else(|_| format!("Q{position}"), |i| char::from(b'A' + i % 26).to_string())
}
