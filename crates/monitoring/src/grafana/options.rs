//! What each kind of Grafana panel wants to be told.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{Drawing, Panel, Unit};

/// Grafana's name for a drawing.
pub(super) const fn kind(drawing: Drawing) -> &'static str {
    match drawing {
        Drawing::Lines | Drawing::Areas => "timeseries",
        Drawing::States => "stat",
        Drawing::HeatMap => "heatmap",
        Drawing::Table { .. } => "table",
    }
}

/// How a panel's values are shown.
#[derive(Serialize)]
pub(super) struct Defaults {
    unit: &'static str,
    color: Color,
    mappings: Vec<Mapping>,
    thresholds: Thresholds,
    #[serde(skip_serializing_if = "Option::is_none")]
    min: Option<f64>,
    custom: Custom,
}

#[derive(Serialize)]
struct Color {
    mode: &'static str,
}

#[derive(Serialize)]
struct Thresholds {
    mode: &'static str,
    steps: Vec<Step>,
}

#[derive(Serialize)]
struct Step {
    color: &'static str,
    value: Option<f64>,
}

/// Words in the place of values.
#[derive(Serialize)]
struct Mapping {
    #[serde(rename = "type")]
    kind: &'static str,
    options: BTreeMap<&'static str, Word>,
}

#[derive(Serialize)]
struct Word {
    text: &'static str,
    color: &'static str,
    index: u32,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Custom {
    #[serde(rename_all = "camelCase")]
    Graph {
        draw_style: &'static str,
        line_width: u32,
        fill_opacity: u32,
        show_points: &'static str,
        span_nulls: bool,
        stacking: Stacking,
    },
    None {},
}

#[derive(Serialize)]
struct Stacking {
    mode: &'static str,
    group: &'static str,
}

impl Defaults {
    pub(super) fn of(panel: &Panel) -> Self {
        let is_state = panel.unit == Unit::State;
        let up_or_down = Mapping {
            kind: "value",
            options: BTreeMap::from([
                ("0", Word { text: "DOWN", color: "red", index: 0 }),
                ("1", Word { text: "UP", color: "green", index: 1 }),
            ]),
        };
        let red_at_zero = vec![Step { color: "red", value: None }, Step { color: "green", value: Some(1.0) }];
        let neutral = vec![Step { color: "green", value: None }];
        let is_table = matches!(panel.drawing, Drawing::Table { .. });
        Self {
            unit: if panel.drawing == Drawing::HeatMap { Unit::Count.grafana() } else { panel.unit.grafana() },
            color: Color { mode: if is_state { "thresholds" } else { "palette-classic" } },
            mappings: if is_state && !is_table { vec![up_or_down] } else { Vec::new() },
            thresholds: Thresholds {
                mode: "absolute",
                steps: if is_state && !is_table { red_at_zero } else { neutral },
            },
            min: matches!(panel.drawing, Drawing::Lines | Drawing::Areas).then_some(0.0),
            custom: match panel.drawing {
                Drawing::Lines => graph(0, "none"),
                Drawing::Areas => graph(40, "normal"),
                Drawing::States | Drawing::HeatMap | Drawing::Table { .. } => Custom::None {},
            },
        }
    }
}

fn graph(fill_opacity: u32, stacking: &'static str) -> Custom {
    Custom::Graph {
        draw_style: "line",
        line_width: 2,
        fill_opacity,
        // A lone sample between gaps is still seen.
        show_points: "auto",
        span_nulls: false,
        stacking: Stacking { mode: stacking, group: "A" },
    }
}

/// The panel's own options.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Options {
    Graph {
        legend: Legend,
        tooltip: Tooltip,
    },
    #[serde(rename_all = "camelCase")]
    Stat {
        reduce_options: Reduce,
        color_mode: &'static str,
        graph_mode: &'static str,
        justify_mode: &'static str,
        text_mode: &'static str,
        orientation: &'static str,
    },
    #[serde(rename_all = "camelCase")]
    HeatMap {
        calculate: bool,
        cell_gap: u32,
        color: HeatMapColor,
        filter_values: FilterValues,
        legend: Show,
        rows_frame: RowsFrame,
        show_value: &'static str,
        tooltip: HeatMapTooltip,
        y_axis: YAxis,
    },
    #[serde(rename_all = "camelCase")]
    Table {
        show_header: bool,
        cell_height: &'static str,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Legend {
    show_legend: bool,
    display_mode: &'static str,
    placement: &'static str,
    calcs: [&'static str; 2],
}

#[derive(Serialize)]
pub(super) struct Tooltip {
    mode: &'static str,
    sort: &'static str,
}

#[derive(Serialize)]
pub(super) struct Reduce {
    calcs: [&'static str; 1],
    fields: &'static str,
    values: bool,
}

#[derive(Serialize)]
pub(super) struct HeatMapColor {
    mode: &'static str,
    scheme: &'static str,
    scale: &'static str,
    exponent: f64,
    fill: &'static str,
    reverse: bool,
    steps: u32,
}

#[derive(Serialize)]
pub(super) struct FilterValues {
    le: f64,
}

#[derive(Serialize)]
pub(super) struct Show {
    show: bool,
}

#[derive(Serialize)]
pub(super) struct RowsFrame {
    layout: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HeatMapTooltip {
    mode: &'static str,
    show_color_scale: bool,
    y_histogram: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct YAxis {
    axis_placement: &'static str,
    reverse: bool,
    unit: &'static str,
}

impl Options {
    pub(super) fn of(panel: &Panel) -> Self {
        match panel.drawing {
            Drawing::Lines | Drawing::Areas => Self::Graph {
                legend: Legend {
                    show_legend: true,
                    display_mode: "table",
                    placement: "bottom",
                    calcs: ["lastNotNull", "max"],
                },
                tooltip: Tooltip { mode: "multi", sort: "desc" },
            },
            Drawing::States => Self::Stat {
                reduce_options: Reduce { calcs: ["lastNotNull"], fields: "", values: false },
                color_mode: "background",
                graph_mode: "none",
                justify_mode: "center",
                text_mode: "value_and_name",
                orientation: "auto",
            },
            Drawing::HeatMap => Self::heat_map(panel.unit),
            Drawing::Table { .. } => Self::Table { show_header: true, cell_height: "sm" },
        }
    }

    /// Empty cells are left out, so that quiet stays dark.
    fn heat_map(buckets: Unit) -> Self {
        Self::HeatMap {
            calculate: false,
            cell_gap: 1,
            color: HeatMapColor {
                mode: "scheme",
                scheme: "Oranges",
                scale: "exponential",
                exponent: 0.5,
                fill: "dark-orange",
                reverse: false,
                steps: 64,
            },
            filter_values: FilterValues { le: 1e-9 },
            legend: Show { show: true },
            rows_frame: RowsFrame { layout: "auto" },
            show_value: "never",
            tooltip: HeatMapTooltip { mode: "single", show_color_scale: true, y_histogram: true },
            y_axis: YAxis { axis_placement: "left", reverse: false, unit: buckets.grafana() },
        }
    }
}

/// A step between the answer and the table: keeps the named labels, in their order.
#[derive(Serialize)]
pub(super) struct Transformation {
    id: &'static str,
    options: FilterFields,
}

#[derive(Serialize)]
struct FilterFields {
    include: IncludeNames,
}

#[derive(Serialize)]
struct IncludeNames {
    names: Vec<&'static str>,
}

impl Transformation {
    pub(super) fn of(panel: &Panel) -> Vec<Self> {
        match panel.drawing {
            Drawing::Table { columns } => vec![Self {
                id: "filterFieldsByName",
                options: FilterFields { include: IncludeNames { names: columns.to_vec() } },
            }],
            _ => Vec::new(),
        }
    }
}
