//! What each kind of Grafana panel wants to be told.

use promql::Key;
use serde_json::{Value, json};
use signals::http::{self, Route};

use crate::{Colour, Column, Drawing, First, Limit, Line, Panel, Severity, Steps, Unit, dashboard::COLUMNS, template};

/// The label of an alert that says how urgent it is.
const SEVERITY: &str = "severity";
const SERVICE: &str = "service";

/// Grafana's name for a drawing.
pub(super) const fn kind(drawing: Drawing) -> &'static str {
    match drawing {
        Drawing::Lines | Drawing::Limited { .. } | Drawing::Areas | Drawing::Bars => "timeseries",
        Drawing::States { .. } | Drawing::Stat { .. } => "stat",
        Drawing::Gauge { .. } => "gauge",
        Drawing::Ranking { .. } => "bargauge",
        Drawing::HeatMap => "heatmap",
        Drawing::Table { .. } | Drawing::Figures { .. } => "table",
    }
}

/// How a panel's values are shown. `limits` are those of the alerts that the panel shows; `links` lead from its series elsewhere.
pub(super) fn defaults(panel: &Panel, lines: &[Line], limits: &[Limit], links: Vec<Value>) -> Value {
    let Panel { drawing, unit, .. } = panel;
    let coloured_by_value = matches!(
        drawing,
        Drawing::States { .. } | Drawing::Stat { .. } | Drawing::Gauge { .. } | Drawing::Ranking { .. }
    );
    let mut defaults = json!({
        "unit": if *drawing == Drawing::HeatMap { Unit::Count("").grafana() } else { unit.grafana() },
        "color": { "mode": if coloured_by_value { "thresholds" } else { "palette-classic" } },
        "mappings": if let Drawing::States { good, bad } = drawing { words(good, bad) } else { json!([]) },
        "thresholds": { "mode": "absolute", "steps": steps(*drawing, limits) },
        "custom": custom(*drawing, *unit, limits),
    });
    if let Drawing::Gauge { most, .. } = drawing {
        defaults["min"] = json!(0.0);
        defaults["max"] = json!(most);
    }
    if matches!(drawing, Drawing::Ranking { .. }) {
        defaults["min"] = json!(0.0);
        if *unit == Unit::Share {
            // A share is seen against the whole, not against the highest one.
            defaults["max"] = json!(1.0);
        }
    }
    // Of what is drawn only where there is any, nothing at all is mostly good news; that it was looked for, other panels show.
    if matches!(drawing, Drawing::Table { .. }) || lines.iter().all(|line| line.query.limit.is_some()) {
        defaults["noValue"] = json!("None seen");
    }
    if !links.is_empty() {
        defaults["links"] = Value::Array(links);
    }
    defaults
}

fn words(good: &str, bad: &str) -> Value {
    json!([{
        "type": "value",
        "options": {
            "0": { "text": bad, "color": "red", "index": 0 },
            "1": { "text": good, "color": "green", "index": 1 },
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
        Drawing::States { .. } => of("red", &[("green", 1.0)]),
        Drawing::Stat { steps } | Drawing::Gauge { steps, .. } | Drawing::Ranking { steps } => match steps {
            Steps::Neutral => of("blue", &[]),
            Steps::HigherIsWorse { doubtful, bad } => of("green", &[("orange", doubtful), ("red", bad)]),
            Steps::LowerIsWorse { doubtful, good } => of("red", &[("orange", doubtful), ("green", good)]),
        },
        _ => {
            let limits: Vec<_> = limits.iter().map(|limit| (limit.colour.grafana(), limit.value)).collect();
            of("green", &limits)
        }
    }
}

fn custom(drawing: Drawing, unit: Unit, limits: &[Limit]) -> Value {
    let (style, fill, stacking) = match drawing {
        Drawing::Lines | Drawing::Limited { .. } => ("line", 0, "none"),
        Drawing::Areas => ("line", 40, "normal"),
        Drawing::Bars => ("bars", 80, "normal"),
        _ => return json!({}),
    };
    json!({
        "drawStyle": style,
        "lineWidth": if style == "bars" { 0 } else { 2 },
        "fillOpacity": fill,
        // A lone sample between gaps is still seen.
        "showPoints": "auto",
        "spanNulls": false,
        "stacking": { "mode": stacking, "group": "A" },
        // Zero is on the axis, and what is below it is not cut off.
        "axisSoftMin": 0,
        "axisSoftMax": least_most(drawing, unit, limits),
        "axisLabel": unit.axis(),
        "thresholdsStyle": { "mode": if limits.is_empty() { "off" } else { "dashed" } },
    })
}

/// How far up an axis goes at least: of a share, and where a panel names its own limits, to the first limit, so that the reader sees how
/// far away it is. Times are left alone, since a limit of seconds would press milliseconds flat.
fn least_most(drawing: Drawing, unit: Unit, limits: &[Limit]) -> f64 {
    // The axis of what is always zero would else go up to 100.
    let least = match unit {
        Unit::Share => 0.01,
        Unit::Seconds => 0.001,
        Unit::RequestsPerSecond | Unit::EventsPerSecond => 0.1,
        _ => 1.0,
    };
    let is_limited = matches!(drawing, Drawing::Limited { .. });
    let first = limits.iter().map(|limit| limit.value).find(|value| *value > 0.0);
    match first {
        // The whole is a better end than just below it, and of what is left the best.
        Some(first) if unit == Unit::Share && (first >= 0.5 || is_limited) => 1.0,
        Some(first) if unit == Unit::Share || is_limited => first,
        _ => least,
    }
}

/// What differs for single columns of a table, and for single lines of a graph.
pub(super) fn overrides(panel: &Panel, lines: &[Line], traces: &str) -> Value {
    let of_columns = |columns: &'static [Column]| {
        let severity = columns.iter().filter(|column| column.label() == SEVERITY).map(coloured_by_severity);
        // What a panel says when it has no rows is not meant for a cell.
        let empty = overridden("byType", "string", &[("noValue", json!("–"))]);
        let of_width =
            |column: &Column| Some(overridden("byName", column.heading, &[("custom.width", json!(column.width?))]));
        let widths = columns.iter().filter_map(of_width);
        [empty].into_iter().chain(widths).chain(severity).chain(to_traces_from_row(columns, traces)).collect::<Vec<_>>()
    };
    let of_values = |line: &Line| {
        let unit = line.unit.unwrap_or(panel.unit).grafana();
        overridden("byName", line.legend, &[("unit", json!(unit))])
    };
    match panel.drawing {
        Drawing::Table { columns } => of_columns(columns).into(),
        Drawing::Figures { columns, .. } => lines.iter().map(of_values).chain(of_columns(columns)).collect(),
        _ => {
            let of = |(i, line)| Some(overridden("byFrameRefID", &super::ref_id(i), &own(line)?));
            lines.iter().enumerate().filter_map(of).collect()
        }
    }
}

/// What is a line's own.
fn own(line: &Line) -> Option<Vec<(&'static str, Value)>> {
    let unit = line.unit.map(|unit| ("unit", json!(unit.grafana())));
    let colour = line.colour.map(|colour| ("color", json!({ "mode": "fixed", "fixedColor": colour.grafana() })));
    let dashed = line.is_dashed.then(|| ("custom.lineStyle", json!({ "fill": "dash", "dash": [8, 6] })));
    let all: Vec<_> = [unit, colour, dashed].into_iter().flatten().collect();
    (!all.is_empty()).then_some(all)
}

fn overridden(matcher: &str, whom: &str, properties: &[(&str, Value)]) -> Value {
    let properties: Vec<_> = properties.iter().map(|(id, value)| json!({ "id": id, "value": value })).collect();
    json!({ "matcher": { "id": matcher, "options": whom }, "properties": properties })
}

fn coloured_by_severity(column: &Column) -> Value {
    let of = |(i, severity): (usize, Severity)| {
        let shown = json!({ "text": severity.as_str(), "color": Colour::of(severity).grafana(), "index": i });
        (severity.as_str().to_owned(), shown)
    };
    let severities = [Severity::Critical, Severity::Warning, Severity::Info];
    let colours: serde_json::Map<_, _> = severities.into_iter().enumerate().map(of).collect();
    let mappings = json!([{ "type": "value", "options": colours }]);
    let cell = json!({ "type": "color-text" });
    overridden("byName", column.heading, &[("mappings", mappings), ("custom.cellOptions", cell)])
}

/// The panel's own options.
pub(super) fn options(panel: &Panel, lines: &[Line], width: u32) -> Value {
    let last = json!({ "calcs": ["lastNotNull"], "fields": "", "values": false });
    match panel.drawing {
        Drawing::Lines | Drawing::Limited { .. } | Drawing::Areas | Drawing::Bars => json!({
            "legend": legend(width),
            "tooltip": { "mode": "multi", "sort": "desc" },
        }),
        Drawing::States { .. } => json!({
            "reduceOptions": last, "colorMode": "background", "graphMode": "none", "justifyMode": "center",
            "textMode": "value_and_name", "orientation": "auto",
        }),
        Drawing::Stat { .. } => json!({
            "reduceOptions": last, "colorMode": "value", "graphMode": "none", "justifyMode": "center", "textMode": "auto",
            "orientation": "auto",
        }),
        Drawing::Gauge { .. } => json!({
            "reduceOptions": last, "orientation": "auto", "showThresholdLabels": false, "showThresholdMarkers": true,
        }),
        Drawing::Ranking { .. } => json!({
            "reduceOptions": last, "orientation": "horizontal", "displayMode": "gradient", "showUnfilled": true,
            "valueMode": "color", "namePlacement": "top", "sizing": "auto", "minVizHeight": 16, "minVizWidth": 8,
        }),
        Drawing::HeatMap => heat_map(panel.unit),
        // What is gravest, and what is most, comes first.
        Drawing::Table { columns } => table(columns.first().map(|column| (column.heading, false))),
        Drawing::Figures { first, .. } => table(lines.first().map(|line| (line.legend, first == First::Highest))),
    }
}

fn table(sorted_by: Option<(&str, bool)>) -> Value {
    let sorted: Vec<_> =
        sorted_by.map(|(heading, falling)| json!({ "displayName": heading, "desc": falling })).into_iter().collect();
    json!({ "showHeader": true, "cellHeight": "sm", "sortBy": sorted })
}

/// Beside the graph where there is room, with the highest on top; below it only names, which else would take half of the panel.
fn legend(width: u32) -> Value {
    if width * 2 < COLUMNS {
        return json!({ "showLegend": true, "displayMode": "list", "placement": "bottom", "calcs": [] });
    }
    json!({
        "showLegend": true, "displayMode": "table", "placement": "right", "calcs": ["lastNotNull", "max"],
        "sortBy": "Last *", "sortDesc": true,
    })
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

/// Steps between the answer and the table: the wanted columns, in their order and under their headings.
pub(super) fn transformations(panel: &Panel, lines: &[Line]) -> Vec<Value> {
    let named = |columns: &[Column]| -> Vec<(String, &'static str)> {
        columns.iter().map(|column| (column.label(), column.heading)).collect()
    };
    match panel.drawing {
        Drawing::Table { columns } => {
            let columns = named(columns);
            vec![keep(&columns), under_headings(&columns)]
        }
        Drawing::Figures { columns, .. } => {
            // A single query's values are called so; of several, each bears its query's letter.
            let value =
                |i: usize| if lines.len() == 1 { "Value".to_owned() } else { format!("Value #{}", super::ref_id(i)) };
            let values = lines.iter().enumerate().map(|(i, line)| (value(i), line.legend));
            let columns: Vec<_> = named(columns).into_iter().chain(values).collect();
            // Kept first, since only rows that agree in all that is left become one.
            vec![keep(&columns), json!({ "id": "merge", "options": {} }), under_headings(&columns)]
        }
        _ => {
            if lines.iter().any(|line| line.is_path) {
                vec![only_last_parts()]
            } else {
                Vec::new()
            }
        }
    }
}

fn only_last_parts() -> Value {
    json!({ "id": "renameByRegex", "options": { "regex": "^.*/(.*)$", "renamePattern": "$1" } })
}

fn keep(columns: &[(String, &str)]) -> Value {
    let names: Vec<_> = columns.iter().map(|(name, _)| name).collect();
    json!({ "id": "filterFieldsByName", "options": { "include": { "names": names } } })
}

fn under_headings(columns: &[(String, &str)]) -> Value {
    let order: serde_json::Map<_, _> =
        columns.iter().enumerate().map(|(i, (name, _))| (name.clone(), json!(i))).collect();
    let headings: serde_json::Map<_, _> =
        columns.iter().map(|(name, heading)| (name.clone(), json!(heading))).collect();
    json!({ "id": "organize", "options": { "indexByName": order, "renameByName": headings } })
}

/// A link from each series to the traces of its service, and of its route, where its legend names them.
pub(super) fn to_traces(panel: &Panel, lines: &[Line], traces: &str) -> Option<Value> {
    let names = |label: &str| lines.iter().all(|line| template::labels(line.legend).contains(&label));
    let has_series = panel.drawing.is_graph()
        || matches!(panel.drawing, Drawing::States { .. } | Drawing::Gauge { .. } | Drawing::Ranking { .. });
    (has_series && names(SERVICE) && !lines.is_empty()).then(|| {
        let of = |label: &str| format!("${{__field.labels.{label}}}");
        let route = Key::<Route>::new().name();
        link_to_traces(traces, &of(SERVICE), names(&route).then(|| of(&route)).as_deref())
    })
}

/// The same from a row of a table, on the column that names the service.
fn to_traces_from_row(columns: &[Column], traces: &str) -> Option<Value> {
    let heading = |label: &str| columns.iter().find(|column| column.label() == label).map(|column| column.heading);
    let of = |heading: &str| format!("${{__data.fields[\"{heading}\"]}}");
    let service = heading(SERVICE)?;
    let link = link_to_traces(traces, &of(service), heading(&Key::<Route>::new().name()).map(of).as_deref());
    Some(overridden("byName", service, &[("links", json!([link]))]))
}

/// To Jaeger's search, for the time that the reader looks at; Jaeger counts in microseconds.
fn link_to_traces(traces: &str, service: &str, route: Option<&str>) -> Value {
    let tags = route.map_or_else(String::new, |route| format!("&tags=%7B%22{}%22%3A%22{route}%22%7D", http::ROUTE));
    let whose = route.map_or_else(|| service.to_owned(), |route| format!("{service} {route}"));
    json!({
        "title": format!("Traces of {whose}"),
        "url": format!("{traces}/search?service={service}&start=${{__from}}000&end=${{__to}}000&lookback=custom{tags}"),
        "targetBlank": true,
    })
}
