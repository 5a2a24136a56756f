//! What each kind of Grafana panel wants to be told.

use serde_json::{Value, json};

use crate::{Drawing, Line, Panel, Steps, Unit, panel::Limit, template};

/// Grafana's name for a drawing.
pub(super) const fn kind(drawing: Drawing) -> &'static str {
    match drawing {
        Drawing::Lines | Drawing::Areas | Drawing::Bars => "timeseries",
        Drawing::States | Drawing::Stat { .. } => "stat",
        Drawing::Gauge { .. } => "gauge",
        Drawing::Ranking { .. } => "bargauge",
        Drawing::HeatMap => "heatmap",
        Drawing::Table { .. } | Drawing::Figures { .. } => "table",
    }
}

/// How a panel's values are shown. `limits` are those of the alerts that the panel shows; `links` lead from its series elsewhere.
pub(super) fn defaults(panel: &Panel, limits: &[Limit], links: Vec<Value>) -> Value {
    let Panel { drawing, unit, .. } = panel;
    let coloured_by_value =
        matches!(drawing, Drawing::States | Drawing::Stat { .. } | Drawing::Gauge { .. } | Drawing::Ranking { .. });
    let mut defaults = json!({
        "unit": if *drawing == Drawing::HeatMap { Unit::Count.grafana() } else { unit.grafana() },
        "color": { "mode": if coloured_by_value { "thresholds" } else { "palette-classic" } },
        "mappings": if *drawing == Drawing::States { up_or_down() } else { json!([]) },
        "thresholds": { "mode": "absolute", "steps": steps(*drawing, limits) },
        "custom": custom(*drawing, *unit, !limits.is_empty()),
    });
    if let Drawing::Gauge { most, .. } = drawing {
        defaults["min"] = json!(0.0);
        defaults["max"] = json!(most);
    }
    if matches!(drawing, Drawing::Ranking { .. }) {
        defaults["min"] = json!(0.0);
    }
    if !links.is_empty() {
        defaults["links"] = Value::Array(links);
    }
    defaults
}

fn up_or_down() -> Value {
    json!([{
        "type": "value",
        "options": {
            "0": { "text": "DOWN", "color": "red", "index": 0 },
            "1": { "text": "UP", "color": "green", "index": 1 },
        },
    }])
}

fn steps(drawing: Drawing, limits: &[Limit]) -> Value {
    let of = |base: &str, steps: &[(&str, f64)]| {
        let first = json!({ "color": base, "value": null });
        let rest = steps.iter().map(|(color, value)| json!({ "color": color, "value": value }));
        [first].into_iter().chain(rest).collect::<Value>()
    };
    match drawing {
        Drawing::States => of("red", &[("green", 1.0)]),
        Drawing::Stat { steps } | Drawing::Gauge { steps, .. } | Drawing::Ranking { steps } => match steps {
            Steps::Neutral => of("blue", &[]),
            Steps::HigherIsWorse { doubtful, bad } => of("green", &[("orange", doubtful), ("red", bad)]),
            Steps::LowerIsWorse { doubtful, good } => of("red", &[("orange", doubtful), ("green", good)]),
        },
        _ => {
            let limits: Vec<_> = limits.iter().map(|limit| (limit.color(), limit.value)).collect();
            of("green", &limits)
        }
    }
}

fn custom(drawing: Drawing, unit: Unit, has_limits: bool) -> Value {
    let (style, fill, stacking) = match drawing {
        Drawing::Lines => ("line", 0, "none"),
        Drawing::Areas => ("line", 40, "normal"),
        Drawing::Bars => ("bars", 80, "normal"),
        _ => return json!({}),
    };
    let mut custom = json!({
        "drawStyle": style,
        "lineWidth": if style == "bars" { 0 } else { 2 },
        "fillOpacity": fill,
        // A lone sample between gaps is still seen.
        "showPoints": "auto",
        "spanNulls": false,
        "stacking": { "mode": stacking, "group": "A" },
        // Zero is on the axis, and what is below it is not cut off.
        "axisSoftMin": 0,
        "thresholdsStyle": { "mode": if has_limits { "dashed" } else { "off" } },
    });
    if unit == Unit::Share {
        // Without it the axis of a share that is always zero would end far above the whole.
        custom["axisSoftMax"] = json!(0.01);
    }
    custom
}

/// What differs for single columns of a table.
pub(super) fn overrides(panel: &Panel, lines: &[Line]) -> Value {
    if !matches!(panel.drawing, Drawing::Figures { .. }) {
        return json!([]);
    }
    let of = |line: &Line| {
        json!({
            "matcher": { "id": "byName", "options": line.legend },
            "properties": [{ "id": "unit", "value": line.unit.unwrap_or(panel.unit).grafana() }],
        })
    };
    lines.iter().map(of).collect()
}

/// The panel's own options.
pub(super) fn options(panel: &Panel) -> Value {
    let last = json!({ "calcs": ["lastNotNull"], "fields": "", "values": false });
    match panel.drawing {
        Drawing::Lines | Drawing::Areas | Drawing::Bars => json!({
            "legend": { "showLegend": true, "displayMode": "table", "placement": "bottom", "calcs": ["lastNotNull", "max"] },
            "tooltip": { "mode": "multi", "sort": "desc" },
        }),
        Drawing::States => json!({
            "reduceOptions": last, "colorMode": "background", "graphMode": "none", "justifyMode": "center",
            "textMode": "value_and_name", "orientation": "auto",
        }),
        Drawing::Stat { .. } => json!({
            "reduceOptions": last, "colorMode": "value", "graphMode": "area", "justifyMode": "auto", "textMode": "auto",
            "orientation": "auto",
        }),
        Drawing::Gauge { .. } => json!({
            "reduceOptions": last, "orientation": "auto", "showThresholdLabels": false, "showThresholdMarkers": true,
        }),
        Drawing::Ranking { .. } => json!({
            "reduceOptions": last, "orientation": "horizontal", "displayMode": "gradient", "showUnfilled": true,
            "valueMode": "color", "namePlacement": "auto", "sizing": "auto", "minVizHeight": 16, "minVizWidth": 8,
        }),
        Drawing::HeatMap => heat_map(panel.unit),
        Drawing::Table { .. } | Drawing::Figures { .. } => json!({ "showHeader": true, "cellHeight": "sm" }),
    }
}

/// Empty cells are left out, so that quiet stays dark.
fn heat_map(buckets: Unit) -> Value {
    json!({
        "calculate": false,
        "cellGap": 1,
        "color": {
            "mode": "scheme", "scheme": "Oranges", "scale": "exponential", "exponent": 0.5, "fill": "dark-orange",
            "reverse": false, "steps": 64,
        },
        "filterValues": { "le": 1e-9 },
        "legend": { "show": true },
        "rowsFrame": { "layout": "auto" },
        "showValue": "never",
        "tooltip": { "mode": "single", "showColorScale": true, "yHistogram": true },
        "yAxis": { "axisPlacement": "left", "reverse": false, "unit": buckets.grafana() },
    })
}

/// Steps between the answer and the table: the wanted columns, in their order and under their names.
pub(super) fn transformations(panel: &Panel, lines: &[Line]) -> Vec<Value> {
    match panel.drawing {
        Drawing::Table { columns } => vec![keep(columns.iter().map(|column| (*column).to_owned()).collect())],
        Drawing::Figures { columns } => {
            // A single query's values are called so; of several, each bears its query's letter.
            let value =
                |i: usize| if lines.len() == 1 { "Value".to_owned() } else { format!("Value #{}", super::ref_id(i)) };
            let names: Vec<String> =
                columns.iter().map(|column| (*column).to_owned()).chain((0..lines.len()).map(value)).collect();
            let order: serde_json::Map<_, _> =
                names.iter().enumerate().map(|(i, name)| (name.clone(), json!(i))).collect();
            let figures = lines.iter().enumerate().map(|(i, line)| (value(i), json!(line.legend)));
            let labels = columns.iter().filter(|column| column.contains('_'));
            let labels = labels.map(|column| ((*column).to_owned(), json!(column.replace('_', " "))));
            let headings: serde_json::Map<_, _> = figures.chain(labels).collect();
            vec![
                // First, since only rows that agree in all that is left become one.
                keep(names),
                json!({ "id": "merge", "options": {} }),
                json!({ "id": "organize", "options": { "indexByName": order, "renameByName": headings } }),
            ]
        }
        _ => Vec::new(),
    }
}

fn keep(names: Vec<String>) -> Value {
    json!({ "id": "filterFieldsByName", "options": { "include": { "names": names } } })
}

/// A link from each series to the traces of its service, where its legend names one.
pub(super) fn to_traces(panel: &Panel, lines: &[Line], traces: &str) -> Option<Value> {
    let named = lines.iter().all(|line| template::labels(line.legend).contains(&"service"));
    (panel.drawing.is_graph() && named && !lines.is_empty()).then(|| {
        json!({
            "title": "Traces of ${__field.labels.service}",
            "url": format!("{traces}/search?service=${{__field.labels.service}}"),
            "targetBlank": true,
        })
    })
}
