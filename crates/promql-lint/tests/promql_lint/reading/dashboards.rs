//! Dashboards of Grafana: what they ask, and what is put in place of their variables.

use std::time::Duration;

use promql_lint::document::{Content, Dashboard, Document, OverrideOf, Panel, Role, VariableKind, VariableQuery};
use serde_json::{Value, json};

use super::{SCRAPES, check_unreadable, defects, read, written};

#[track_caller]
fn dashboard(document: &Document) -> &Dashboard {
    let Content::Dashboard(dashboard) = &document.content else { panic!("this is no dashboard: {document:?}") };
    dashboard
}

fn variables() -> Value {
    json!([
        {"name": "job", "type": "query", "query": "label_values(up, job)", "multi": true},
        {"name": "metric", "type": "query", "query": {"query": "metrics(node_.*)", "refId": "a"}},
        {"name": "agg", "type": "custom", "query": "avg,min : min,max", "multi": true},
        {"name": "label", "type": "query", "query": "label_names()"},
        {"name": "group", "type": "custom", "query": "Zone : zone, node"},
        {"name": "window", "type": "interval", "query": "1m,10m,30m", "auto": true},
        {"name": "limit", "type": "custom", "query": "5,10"},
        {"name": "quantile", "type": "custom", "query": "0.5,0.9"},
        {"name": "floor", "type": "textbox", "query": ""},
        {"name": "tenant", "type": "constant", "query": "acme"},
        {"name": "filters", "type": "adhoc", "datasource": {"type": "prometheus"}},
        {"name": "ds", "type": "datasource", "query": "prometheus"},
        {"name": "logs", "type": "datasource", "query": "loki"}
    ])
}

fn with_targets(targets: &Value) -> String {
    let panel = json!({"title": "Panel", "type": "timeseries", "targets": targets});
    json!({"title": "D", "schemaVersion": 39, "templating": {"list": variables()}, "panels": [panel]}).to_string()
}

#[track_caller]
fn only_panel(document: &Document) -> &Panel {
    let [panel] = dashboard(document).panels.as_slice() else { panic!("not one panel: {document:?}") };
    panel
}

/// Reads a panel with this query; checks what it becomes, that it is PromQL, that what is not known is marked, and that everything else
/// stands where it was written.
#[track_caller]
fn check(expr: &str, becomes: &str, open: &[(&str, &str, Role)]) {
    let document = read(&with_targets(&json!([{"expr": expr}])));
    let query = &only_panel(&document).targets[0].query;
    assert_eq!(query.query.text, becomes);
    assert_eq!(query.written.text, expr);
    if let Err(unreadable) = promql::syntax::parse(becomes) {
        panic!("{becomes}: {unreadable}");
    }
    let found: Vec<_> =
        query.open.iter().map(|open| (open.variable.as_str(), &becomes[open.span.clone()], open.role)).collect();
    assert_eq!(found, open);
    let mut before = 0;
    for (at, character) in becomes.char_indices() {
        let range = query.query.at(at..at + 1);
        assert!(before <= range.start, "{character:?} at {at} of {becomes}");
        before = range.start;
        let wrote = &document.source[range];
        assert!(
            wrote == character.to_string() || wrote == "\\\"" || wrote.contains(['$', '[']) || wrote.is_empty(),
            "{character:?}: {wrote}"
        );
    }
    assert_eq!(defects(&document), Vec::<String>::new());
}

#[test]
fn a_matcher_with_a_variable_fits_every_value() {
    let any = |name: &'static str| (name, "=~\".*\"", Role::Value);
    check(r#"up{job=~"$job"}"#, r#"up{job=~".*"}"#, &[any("job")]);
    check(r#"up{job="${job:regex}", a!~"x|[[label]]"}"#, r#"up{job=~".*", a=~".*"}"#, &[any("job"), any("label")]);
    check(r#"up{job=~${job:doublequote}}"#, r#"up{job=~".*"}"#, &[any("job")]);
    check(r#"up{tenant="$tenant", job!="$job"}"#, r#"up{tenant="acme", job=~".*"}"#, &[any("job")]);
    check(r#"up{a="^(x)$", b="$1"}"#, r#"up{a="^(x)$", b="$1"}"#, &[]);
    check(r#"up{$filters}"#, "up{}", &[("filters", "", Role::Matcher)]);
    check(r#"up{a="b", $label="x", c=~"$job"}"#, r#"up{a="b",  c=~".*"}"#, &[("label", "", Role::Matcher), any("job")]);
    check(
        r#"{$filters}"#,
        r#"{__name__=~".+"}"#,
        &[("filters", "__name__=~\".+\"", Role::Metric), ("filters", "", Role::Matcher)],
    );
}

#[test]
fn a_metric_that_somebody_chooses_is_any_metric() {
    let any = |text| ("metric", text, Role::Metric);
    check("rate($metric[5m])", r#"rate({__name__=~".+"}[5m])"#, &[any("{__name__=~\".+\"}")]);
    check(
        r#"sum(node_${metric}_bytes{job="a"})"#,
        r#"sum({__name__=~"node_.*_bytes", job="a"})"#,
        &[any("{__name__=~\"node_.*_bytes\", ")],
    );
    check("$metric{}", r#"{__name__=~".+"}"#, &[any("{__name__=~\".+\"")]);
    check(r#"{"$metric", a="b"}"#, r#"{__name__=~".+", a="b"}"#, &[any("__name__=~\".+\"")]);
    check("$metric / 2", r#"{__name__=~".+"} / 2"#, &[any("{__name__=~\".+\"}")]);
    check("${tenant}_requests_total", "acme_requests_total", &[]);
}

#[test]
fn durations_are_long_enough_for_every_choice() {
    let open = |name, text| (name, text, Role::Duration);
    check("rate(a[$__rate_interval])", "rate(a[60s])", &[open("__rate_interval", "60s")]);
    check("rate(a[$window])", "rate(a[1800s])", &[open("window", "1800s")]);
    check(
        "max_over_time(rate(a[${__interval}])[$__range:[[window]]])",
        "max_over_time(rate(a[60s])[21600s:1800s])",
        &[open("__interval", "60s"), open("__range", "21600s"), open("window", "1800s")],
    );
    check("a offset -$window", "a offset -1800s", &[open("window", "1800s")]);
    check(
        "rate(a[${limit}m]) + rate(a[${floor}s])",
        "rate(a[5m]) + rate(a[60s])",
        &[open("limit", "5m"), open("floor", "60s")],
    );
    check("increase(a[${__range_s}s:1m])", "increase(a[21600s:1m])", &[open("__range_s", "21600s")]);
}

#[test]
fn numbers_functions_and_labels() {
    check("topk($limit, a)", "topk(5, a)", &[("limit", "5", Role::Number)]);
    check("topk by (job) ($floor, a)", "topk by (job) (1, a)", &[("floor", "1", Role::Number)]);
    check("histogram_quantile($quantile, a)", "histogram_quantile(0.5, a)", &[("quantile", "0.5", Role::Number)]);
    check("a > bool $floor", "a > bool 1", &[("floor", "1", Role::Number)]);
    check("clamp_max(a, $floor)", "clamp_max(a, 1)", &[("floor", "1", Role::Number)]);
    check("a @ ${__to:date:seconds} / $__range_s + ${__from}", "a @ 1750000000 / 21600 + 1750000000000", &[]);
    check("$agg(a) + ${agg}_over_time(a[5m])", "avg(a) + avg_over_time(a[5m])", &[]);
    check(
        "$floor(a[5m]) + $label by (job) (a) + $label(a)",
        "last_over_time(a[5m]) + max by (job) (a) + sort(a)",
        &[
            ("floor", "last_over_time", Role::Function),
            ("label", "max", Role::Function),
            ("label", "sort", Role::Function),
        ],
    );
    check("sum by (job, $label) (a)", "sum by (job, ) (a)", &[("label", "", Role::Label)]);
    check("sum by ($label, job) (a)", "sum by ( job) (a)", &[("label", "", Role::Label)]);
    check("sum by ($group) (a) / on ($group) b", "sum by (zone) (a) / on (zone) b", &[]);
    check(
        r#"label_replace(a, "$label", "$1", "job", "(?P<x>.*)${x}")"#,
        r#"label_replace(a, "label", "$1", "job", "(?P<x>.*)${x}")"#,
        &[("label", "label", Role::Text)],
    );
}

#[test]
fn what_is_open_is_known_by_its_place() {
    let document = read(&with_targets(&json!([{"expr": "rate(a[$window]) > 5"}])));
    let query = &only_panel(&document).targets[0].query;
    assert!(query.has(Role::Duration) && !query.has(Role::Number));
    assert!(query.is_open(&(0..15)) && query.is_open(&(8..9)));
    assert!(!query.is_open(&(0..6)) && !query.is_open(&(16..20)));
    assert_eq!(written(&document, &query.query, "1800s"), "$window");
    assert_eq!(written(&document, &query.query, "> 5"), "> 5");
}

#[test]
fn a_variable_that_nobody_defines_is_named() {
    let document = read(&with_targets(&json!([
        {"expr": "up{job=~\"$jobb\"} + up{job=~\"$jobb\"}"},
        {"expr": "rate(a[$__rate_intervall]) + b{x=\"$nothing_like_it\"} + c{d=\"[[ab]]\", e=\"$__new\"}"}
    ])));
    let found = defects(&document);
    assert_eq!(found.len(), 3, "{found:#?}");
    assert!(found[0].contains("unknown-variable (panel \"Panel\")") && found[0].ends_with("did you mean `$job`?"));
    assert!(found[1].ends_with("did you mean `$__rate_interval`?"));
    assert!(found[2].contains("defines `$nothing_like_it`") && found[2].contains("such as `$job`"));
    assert_eq!(&document.source[document.defects[0].at.clone()], "$jobb");
}

#[test]
fn steps_of_panels_make_windows_longer() {
    let source = json!({"title": "D", "panels": [{
        "title": "P", "interval": ">30s",
        "targets": [{"expr": "rate(a[$__rate_interval])"}, {"expr": "rate(a[$__rate_interval])", "interval": "2m"}]
    }]})
    .to_string();
    let document = read(&source);
    let queries: Vec<&str> =
        only_panel(&document).targets.iter().map(|target| target.query.query.text.as_str()).collect();
    assert_eq!(queries, ["rate(a[120s])", "rate(a[480s])"]);
    let slow = Document::read("file", source.as_bytes(), Duration::from_secs(60)).expect("the same file");
    assert_eq!(only_panel(&slow).targets[0].query.query.text, "rate(a[240s])");
}

/// A dashboard by hand, in the manner of those that come with exporters.
const NODE: &str = r#"{
	"dashboard": {
		"title": "Node", "uid": "node", "time": {"from": "now-1h", "to": "now"},
		"__inputs": [{"name": "DS_PROM", "type": "datasource", "pluginId": "prometheus"}, {"name": "DS_LOGS", "pluginId": "loki"}],
		"templating": {"list": [
			{"name": "datasource", "type": "datasource", "query": "prometheus"},
			{"name": "instance", "type": "query", "datasource": "$datasource", "query": "label_values(node_uname_info{job=\"node\"}, instance)", "refresh": 2},
			{"name": "top", "type": "query", "query": "query_result(topk(3, sum by (instance) (rate(node_cpu_seconds_total{instance=~\"$instance\"}[$__range]))))"},
			{"name": "names", "type": "query", "query": "label_values(__name__)"},
			{"name": "app", "type": "query", "datasource": {"type": "loki"}, "query": "label_values({a=\"b\"}, app)"}
		]},
		"annotations": {"list": [
			{"builtIn": 1, "datasource": "-- Grafana --", "name": "Annotations & Alerts"},
			{"datasource": "${DS_PROM}", "name": "Boot", "expr": "changes(node_boot_time_seconds[5m]) > 0", "titleFormat": "{{instance}} booted"}
		]},
		"panels": [
			{"type": "row", "title": "CPU", "collapsed": true, "panels": [
				{"type": "timeseries", "title": "Busy", "repeat": "instance", "datasource": {"type": "prometheus", "uid": "${datasource}"},
				 "fieldConfig": {"defaults": {"unit": "percentunit", "custom": {"stacking": {"mode": "percent"}}},
				  "overrides": [{"matcher": {"id": "byName", "options": "iowait"}, "properties": [{"id": "unit", "value": "s"}]},
				   {"matcher": {"id": "byFrameRefID", "options": "B"}, "properties": [{"id": "color"}, {"id": "unit", "value": "bytes"}]},
				   {"matcher": {"id": "byRegexp", "options": "/x/"}, "properties": [{"id": "unit", "value": "short"}]}]},
				 "targets": [
				  {"refId": "A", "expr": "1 - avg by (mode) (rate(node_cpu_seconds_total{instance=\"$instance\"}[$__rate_interval]))", "legendFormat": "{{mode}}"},
				  {"refId": "B", "expr": "node_memory_MemFree_bytes", "instant": true, "format": "table", "legendFormat": "__auto"},
				  {"refId": "C", "datasource": {"type": "__expr__", "uid": "__expr__"}, "type": "math", "expression": "$A * 2"}
				 ]}
			]},
			{"type": "logs", "title": "Logs", "datasource": {"uid": "loki-1"}, "targets": [{"expr": "{app=\"x\"} |= \"error\""}]},
			{"type": "timeseries", "title": "Errors in logs", "datasource": "${DS_LOGS}", "targets": [{"expr": "rate({app=\"x\"}[5m])"}]},
			{"type": "table", "title": "Rows", "datasource": {"type": "mysql"}, "targets": [{"rawSql": "select 1"}]},
			{"type": "timeseries", "title": "Mixed", "datasource": {"type": "datasource", "uid": "-- Mixed --"}, "transformations": [{"id": "merge"}], "targets": [
				{"datasource": {"type": "loki", "uid": "x"}, "expr": "count_over_time({a=\"b\"}[1m])"},
				{"datasource": {"type": "prometheus", "uid": "x"}, "expr": "up"}
			]},
			{"title": "From a library", "libraryPanel": {"uid": "x", "name": "y"}},
			{"type": "text", "title": "Words"}
		],
		"rows": [{"panels": [{"type": "graph", "title": "Old", "stack": true, "yaxes": [{"format": "Bps"}, {"format": "short"}], "targets": [{"expr": "rate(a[1m])"}]}]}]
	}
}"#;

#[test]
fn a_dashboard_is_read_whole() {
    let document = read(NODE);
    assert_eq!(defects(&document), Vec::<String>::new());
    let dashboard = dashboard(&document);
    assert_eq!(dashboard.uid.as_ref().map(|uid| uid.text.as_str()), Some("node"));
    assert_eq!(dashboard.shown, Duration::from_secs(3_600));
    let titles: Vec<&str> = dashboard.panels.iter().map(|panel| panel.title.text.as_str()).collect();
    assert_eq!(titles, ["Busy", "Mixed", "Old"]);
    let [busy, mixed, old] = dashboard.panels.as_slice() else { panic!("three panels") };
    assert_eq!(busy.place(), "panel \"Busy\"");
    assert_eq!(busy.unit.as_ref().map(|unit| unit.text.as_str()), Some("percentunit"));
    assert_eq!(busy.stacking.as_ref().map(|mode| mode.text.as_str()), Some("percent"));
    let overrides: Vec<_> = busy.overrides.iter().map(|own| (&own.of, own.unit.text.as_str())).collect();
    assert_eq!(
        overrides,
        [
            (&OverrideOf::Name("iowait".to_owned()), "s"),
            (&OverrideOf::Query("B".to_owned()), "bytes"),
            (&OverrideOf::Other, "short"),
        ]
    );
    let [first, second] = busy.targets.as_slice() else { panic!("two targets") };
    assert_eq!((first.ref_id.as_str(), first.is_instant, first.format.as_str()), ("A", false, "time_series"));
    assert_eq!(first.legend.as_ref().map(|legend| legend.text.as_str()), Some("{{mode}}"));
    assert_eq!((second.is_instant, second.format.as_str(), &second.legend), (true, "table", &None));
    assert_eq!(mixed.targets.len(), 1);
    assert!(mixed.is_transformed);
    assert_eq!(old.unit.as_ref().map(|unit| unit.text.as_str()), Some("Bps"));
    assert!(old.stacking.is_some());
    let [boot] = dashboard.annotations.as_slice() else { panic!("one annotation") };
    assert_eq!((boot.place().as_str(), boot.texts[0].text.as_str()), ("annotation \"Boot\"", "{{instance}} booted"));
}

#[test]
fn variables_say_what_they_ask() {
    let document = read(NODE);
    let variables = &dashboard(&document).variables;
    let kind = |name: &str| variables.iter().find(|variable| variable.name.text == name).map(|variable| &variable.kind);
    let Some(VariableKind::Query(Some(VariableQuery::LabelValues { series: Some(series), label }))) = kind("instance")
    else {
        panic!("{variables:?}")
    };
    assert_eq!((series.query.text.as_str(), label.text.as_str()), ("node_uname_info{job=\"node\"}", "instance"));
    assert_eq!(written(&document, label, "instance"), "instance");
    let Some(VariableKind::Query(Some(VariableQuery::QueryResult(result)))) = kind("top") else {
        panic!("{variables:?}")
    };
    assert_eq!(result.query.text, "topk(3, sum by (instance) (rate(node_cpu_seconds_total{instance=~\".*\"}[3600s])))");
    let names = kind("names");
    assert!(
        matches!(names, Some(VariableKind::Query(Some(VariableQuery::LabelValues { series: None, .. })))),
        "{names:?}"
    );
    assert!(matches!(kind("app"), Some(VariableKind::Other)));
}

#[test]
fn a_waiver_in_a_query_holds_for_that_query() {
    let document = read(&with_targets(&json!([
        {"expr": "# promql-lint: allow(rate-of-gauge) because it only grows\nrate(a[5m])", "legendFormat": "{{x}}"},
        {"expr": "rate(b[5m])"}
    ])));
    let [first, second] = only_panel(&document).targets.as_slice() else { panic!("two targets") };
    assert!(!document.waives("rate-of-gauge", &second.query.query.range()));
    let legend = first.legend.as_ref().expect("there is a legend");
    assert!(document.waives("rate-of-gauge", &legend.range()));
    assert_eq!(document.waivers[0].reason.as_ref().map(|reason| reason.text.as_str()), Some("it only grows"));
    assert_eq!(first.query.query.text.lines().last(), Some("rate(a[5m])"));
}

#[test]
fn the_newer_model_is_named() {
    let newer = br#"{"apiVersion": "dashboard.grafana.app/v2beta1", "kind": "Dashboard", "spec": {"elements": {}}}"#;
    check_unreadable(newer, "1:1", "newer model");
}

#[test]
fn a_large_dashboard_takes_no_time() {
    let targets: Vec<Value> = (0..10)
        .map(|at| json!({"expr": format!("sum by (a) (rate(m{at}{{b=~\"$job\"}}[$__rate_interval]))"), "legendFormat": "{{a}}"}))
        .collect();
    let panels: Vec<Value> = (0..1_000)
        .map(|at| json!({"title": format!("P{at}"), "targets": targets, "description": "x".repeat(100)}))
        .collect();
    let source =
        serde_json::to_string_pretty(&json!({"title": "D", "templating": {"list": variables()}, "panels": panels}));
    let source = source.expect("it can be written");
    assert!(source.len() > 1_000_000, "{}", source.len());
    let begun = std::time::Instant::now();
    let document = Document::read("file", source.as_bytes(), SCRAPES).expect("it can be read");
    let taken = begun.elapsed();
    assert_eq!(dashboard(&document).panels.len(), 1_000);
    assert!(taken < Duration::from_secs(20), "{} bytes took {taken:?}", source.len());
}
