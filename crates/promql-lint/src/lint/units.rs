//! Whether panels show their queries in the unit that these measure.

use promql::{Base, Checker, Unit};

use super::{asked::labels_are_known, located};
use crate::{
    document::{Dashboard, Document, OverrideOf, Panel, Role, Target},
    report::Finding,
};

/// How panels are called whose lines are numbers over time.
const OVER_TIME: [&str; 2] = ["timeseries", "graph"];
/// And those whose axis is something else than the number asked for.
const OTHERWISE: [&str; 3] = ["heatmap", "histogram", "table"];

pub(super) fn findings(document: &Document, dashboard: &Dashboard, checker: &Checker<'_>) -> Vec<Finding> {
    let targets = dashboard.panels.iter().flat_map(|panel| panel.targets.iter().map(move |target| (panel, target)));
    let of = |(panel, target): (&Panel, &Target)| {
        let query = &target.query;
        let is_open = query.open.iter().any(|open| open.role == Role::Number);
        if is_open || !labels_are_known(query) {
            return Vec::new();
        }
        let (place, text) = (panel.place(), &query.query.text);
        let shown = shown(panel, target).filter(|_| !OTHERWISE.contains(&&*panel.kind) && !panel.is_transformed);
        let mismatch = shown.and_then(|name| checker.check_unit(&place, text, &unit(name)?, &format!("`{name}`")));
        let counter = || checker.check_drawn(&place, text).filter(|_| OVER_TIME.contains(&&*panel.kind));
        let found = mismatch.into_iter().chain(counter());
        found.map(|found| located(document, &query.query, &query.written, &panel.title.text, found)).collect()
    };
    targets.flat_map(of).collect()
}

/// The unit in which a query's values are shown; nothing when that depends on how their series are called.
fn shown<'p>(panel: &'p Panel, target: &Target) -> Option<&'p str> {
    let own = panel.overrides.iter().find(|it| it.of == OverrideOf::Query(target.ref_id.clone()));
    let by_name = panel.overrides.iter().any(|it| !matches!(it.of, OverrideOf::Query(_)));
    if by_name {
        return None;
    }
    own.map(|it| &it.unit).or(panel.unit.as_ref()).map(|unit| unit.text.as_str())
}

/// What a unit of Grafana's is (<https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/valueFormats/categories.ts>);
/// nothing for those that fit anything, and those that are not known.
fn unit(name: &str) -> Option<Unit> {
    let per_second = |unit: Unit| unit.per(&Unit::seconds());
    let bytes = |scale: f64| Unit::bytes().scaled(scale);
    Some(match name {
        "percentunit" => Unit::one(),
        "percent" => Unit::percent(),
        "s" | "dtdurations" | "clocks" => Unit::seconds(),
        "ms" | "dtdurationms" | "clockms" => Unit::seconds().scaled(1e-3),
        "µs" => Unit::seconds().scaled(1e-6),
        "ns" => Unit::seconds().scaled(1e-9),
        "m" => Unit::seconds().scaled(60.0),
        "h" => Unit::seconds().scaled(3600.0),
        "d" => Unit::seconds().scaled(86_400.0),
        "bytes" | "decbytes" => bytes(1.0),
        "bits" | "decbits" => bytes(0.125),
        "kbytes" => bytes(1024.0),
        "deckbytes" => bytes(1e3),
        "mbytes" => bytes(1_048_576.0),
        "decmbytes" => bytes(1e6),
        "gbytes" => bytes(1_073_741_824.0),
        "decgbytes" => bytes(1e9),
        "Bps" | "binBps" => per_second(bytes(1.0)),
        "bps" | "binbps" => per_second(bytes(0.125)),
        "cps" | "ops" | "reqps" | "rps" | "wps" | "iops" | "eps" | "mps" | "recps" | "rowsps" | "hertz" | "pps" => {
            per_second(Unit::one())
        }
        "cpm" | "opm" | "reqpm" | "rpm" | "wpm" | "epm" | "mpm" => per_second(Unit::one()).scaled(1.0 / 60.0),
        "celsius" => Unit::of(Base::Celsius),
        "volt" => Unit::of(Base::Volt),
        "amp" => Unit::of(Base::Ampere),
        "joule" => Unit::of(Base::Joule),
        "watt" => per_second(Unit::of(Base::Joule)),
        name if name.starts_with("currency") => Unit::of(Base::Money),
        _ => return None,
    })
}
