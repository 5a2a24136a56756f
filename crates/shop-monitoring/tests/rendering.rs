//! What is rendered is what is committed, and all that it asks is declared, readable and told to somebody.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{self, Write as _},
    path::Path,
    sync::LazyLock,
};

use monitoring::Definitions;
use promql::{Checker, syntax};
use serde_norway::Value;
use shop::{
    ports::Ports,
    services::{SERVICES, ServiceName},
};
use shop_monitoring::{File, Place, definitions, files, requests, scraping, waiting::WAITING};

/// What is rendered, once for all tests.
fn rendered() -> &'static BTreeMap<String, String> {
    static RENDERED: LazyLock<BTreeMap<String, String>> = LazyLock::new(render);
    &RENDERED
}

fn render() -> BTreeMap<String, String> {
    let files = files(&Place::local()).unwrap_or_else(|refused| panic!("{refused}"));
    files.into_iter().map(|File { path, contents }| (path, contents)).collect()
}

fn yaml(path: &str) -> Value {
    let files = rendered();
    serde_norway::from_str(files.get(path).unwrap_or_else(|| panic!("{path} is not rendered"))).expect("YAML")
}

fn strings<'a>(value: &'a Value, key: &str) -> Vec<&'a str> {
    let mut found = Vec::new();
    match value {
        Value::Mapping(mapping) => {
            for (name, inner) in mapping {
                match (name.as_str(), inner.as_str()) {
                    (Some(name), Some(text)) if name == key => found.push(text),
                    _ => found.extend(strings(inner, key)),
                }
            }
        }
        Value::Sequence(items) => found.extend(items.iter().flat_map(|item| strings(item, key))),
        _ => {}
    }
    found
}

/// Every query of the rules and the dashboards, as it stands in the files.
fn queries() -> Vec<String> {
    let mut queries = Vec::new();
    for (path, contents) in rendered() {
        if path.starts_with("deploy/prometheus/rules/") || path.starts_with("dashboards/") {
            // JSON is YAML too.
            let value: Value = serde_norway::from_str(contents).expect("YAML or JSON");
            queries.extend(strings(&value, "expr").into_iter().map(str::to_owned));
        }
    }
    assert!(queries.len() > 20, "only {} queries were found", queries.len());
    queries
}

#[test]
fn every_committed_file_is_what_is_rendered() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for (path, contents) in rendered() {
        let committed = fs::read_to_string(root.join(path)).unwrap_or_default();
        assert!(committed == *contents, "{path} is not what its definition says: run cargo xtask render");
    }
}

#[test]
fn two_renderings_are_the_same_bytes() {
    assert_eq!(render(), render());
}

#[test]
fn every_query_is_read_back_and_asks_only_for_what_is_declared() {
    let mut known: BTreeSet<String> = promql::foreign_metrics().iter().map(|metric| metric.name.to_owned()).collect();
    for signal in signals::all() {
        let name = signal.declaration().prometheus_name();
        known.extend(["_bucket", "_count", "_sum", ""].map(|part| format!("{name}{part}")));
    }
    known.extend(strings(&yaml("deploy/prometheus/rules/recording.yml"), "record").into_iter().map(str::to_owned));
    for query in queries() {
        let expression = syntax::parse(&query).unwrap_or_else(|error| panic!("{error}\n{query}"));
        for metric in expression.selectors().into_iter().filter_map(|selector| selector.name.as_ref()) {
            assert!(known.contains(metric), "nobody declares {metric}, asked for in\n{query}");
        }
    }
}

#[test]
fn the_names_that_people_use_are_there() {
    let recording = yaml("deploy/prometheus/rules/recording.yml");
    let names = strings(&recording, "record");
    for name in
        ["api:request_rate", "api:error_rate", "api:error_percent", "api:response_time_p95", "service:request_rate"]
    {
        assert!(names.contains(&name), "{name} is not recorded");
    }
    let alerts = yaml("deploy/prometheus/rules/alerts.yml");
    assert!(strings(&alerts, "alert").contains(&"APIHighErrorRate"));
    assert!(strings(&recording, "interval").contains(&"30s"));
}

#[test]
fn failures_and_only_failures_count_as_errors() {
    let recording = yaml("deploy/prometheus/rules/recording.yml");
    let rule = strings(&recording, "expr")[1];
    assert!(rule.contains(r#"http_response_status_code=~"5..|_OTHER""#), "{rule}");
    assert_eq!(
        rule.matches("sum by (environment, service, http_route)").count(),
        2,
        "part and whole are grouped alike: {rule}"
    );
}

#[test]
fn every_alert_says_whom_it_concerns_and_what_to_do() {
    let alerts = yaml("deploy/prometheus/rules/alerts.yml");
    let count = strings(&alerts, "alert").len();
    for field in ["severity", "owner", "topic", "summary", "description", "runbook", "panel"] {
        let values = strings(&alerts, field);
        assert_eq!(values.len(), count, "{field}");
        assert!(values.iter().all(|value| !value.is_empty()), "an alert has an empty {field}");
    }
    let files = rendered();
    for runbook in strings(&alerts, "runbook") {
        let page = &files[runbook];
        for part in ["## Meaning", "## Impact", "## Diagnosis", "## Mitigation"] {
            assert!(page.contains(part), "{runbook} has no {part}");
        }
    }
}

#[test]
fn a_sandbox_pages_nobody_and_a_service_pages_only_for_what_it_can_do() {
    assert_eq!(requests::promised().collect::<Vec<_>>(), ["gateway", "catalog", "orders"]);
    let patient = requests::patient(std::time::Duration::from_secs(10)).collect::<Vec<_>>();
    assert_eq!(patient, ["gateway", "orders"], "the catalog gives up after five seconds");
    for alert in strings(&yaml("deploy/prometheus/rules/alerts.yml"), "expr") {
        let sandbox = ServiceName::Payments.as_str();
        let about = [format!("{{service=\"{sandbox}\""), format!(", service=\"{sandbox}\""), format!("|{sandbox}")];
        assert!(!about.iter().any(|about| alert.contains(about)), "{alert}");
    }
}

#[test]
fn every_service_is_scraped_where_it_listens() {
    let ports = Ports::moved_by(1000).expect("1000 is fine");
    let files = files(&Place::local().with_ports(ports)).expect("rendered");
    let services =
        files.iter().find(|file| file.path.ends_with("targets/services.yml")).expect("the services' targets");
    for row in SERVICES {
        let target = format!("127.0.0.1:{}", ports.doors(row.name).admin);
        assert!(services.contents.contains(&target), "{} is not scraped at {target}", row.name);
    }
    let fixed = Ports::FIXED.all().into_iter().map(|(_, port)| format!(":{port}\n"));
    for port in fixed {
        let left = files.iter().find(|file| file.contents.contains(&port));
        assert!(left.is_none(), "the offset left {port} in {}", left.map_or("", |file| &file.path));
    }
}

/// Prints the list, so that whoever runs the tests sees what is not there; and holds that nothing waits that is there.
#[test]
fn what_waits_is_listed_by_name() {
    let words =
        |signal: &&dyn signals::Signal| [vec![signal.declaration().name], (signal.declaration().keys)()].concat();
    let signals: BTreeSet<&str> = signals::all().iter().flat_map(words).collect();
    // What is written by `println!` is shown only of tests that fail.
    let mut seen = io::stderr().lock();
    for waiting in WAITING {
        writeln!(seen, "{waiting}").expect("the list can be written");
    }
    let arrived = |word: &str| signals.iter().any(|signal| signal.contains(word));
    for word in ["cache", "login", "session", "cart", "breaker", "slot", "fault"] {
        let waits = WAITING
            .iter()
            .any(|waiting| waiting.what.contains(word) || waiting.what.contains("log-in") && word == "login");
        assert!(waits != arrived(word), "{word} is both there and waited for, or neither: {signals:?}");
    }
}

#[test]
fn the_second_road_hands_on_what_is_compared() {
    assert_eq!(scraping::compared(), ["otlp_http_server_request_duration_seconds_count", "otlp_orders_total"]);
}

#[test]
fn every_panel_of_a_dashboard_has_a_description_and_a_unit() {
    for (path, contents) in rendered().iter().filter(|(path, _)| path.starts_with("dashboards/")) {
        let dashboard: serde_json::Value = serde_json::from_str(contents).expect("JSON");
        let panels = dashboard["panels"].as_array().expect("panels");
        assert!(!panels.is_empty(), "{path}");
        for panel in panels.iter().filter(|panel| panel["type"] != "row") {
            assert!(panel["description"].as_str().is_some_and(|text| text.len() > 20), "{path}: {}", panel["title"]);
            assert!(panel["fieldConfig"]["defaults"]["unit"].is_string(), "{path}: {}", panel["title"]);
        }
        assert_eq!(dashboard["refresh"], "5s");
    }
    for dashboard in definitions(&Place::production()).dashboards.1 {
        assert_eq!(dashboard.refresh.as_secs(), 10, "{} elsewhere than on one machine", dashboard.uid);
    }
}

#[test]
fn manifests_are_for_where_customers_are() {
    for (path, manifest) in rendered().iter().filter(|(path, _)| path.starts_with("deploy/kubernetes/")) {
        assert!(!manifest.contains("environment=\"local\""), "{path} asks for targets of one machine");
    }
    assert!(rendered()["deploy/kubernetes/monitoring/alerts.yaml"].contains("environment=\"production\""));
}

#[test]
fn no_two_panels_of_a_dashboard_overlap() {
    for (path, contents) in rendered().iter().filter(|(path, _)| path.starts_with("dashboards/")) {
        let dashboard: serde_json::Value = serde_json::from_str(contents).expect("JSON");
        let mut cells = BTreeSet::new();
        for panel in dashboard["panels"].as_array().expect("panels") {
            let side = |name: &str| panel["gridPos"][name].as_u64().expect("a number");
            for cell in
                (side("x")..side("x") + side("w")).flat_map(|x| (side("y")..side("y") + side("h")).map(move |y| (x, y)))
            {
                assert!(cell.0 < 24 && cells.insert(cell), "{path}: {} overlaps or sticks out", panel["title"]);
            }
        }
    }
}

#[test]
fn the_definitions_have_no_mistake_and_one_that_is_made_is_found() {
    let findings = |definitions: &Definitions| {
        let symbols = definitions.symbols(&shop_monitoring::symbols());
        definitions.findings(&Checker::new(&symbols))
    };
    let mut definitions = definitions(&Place::local());
    assert_eq!(findings(&definitions), []);
    definitions.alerts.1[0].alerts[0].summary = "{instance} is down";
    definitions.recordings.1[0].rules.remove(0);
    let told: Vec<_> = findings(&definitions).iter().map(ToString::to_string).collect();
    assert!(told.iter().any(|finding| finding.contains("the alert needs the label `instance`")), "{told:#?}");
    definitions.recordings.1.clear();
    let told: Vec<_> = findings(&definitions).iter().map(|finding| finding.code.as_str()).collect();
    assert!(told.contains(&"undefined-recording"), "{told:?}");
}
