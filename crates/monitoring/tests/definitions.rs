//! Definitions without a mistake render; each kind of mistake in an alert or a panel is found and explained.

use std::{sync::LazyLock, time::Duration};

use monitoring::alertmanager::{Configuration, Inhibition, LabelMatcher, Receiver, Route};
use monitoring::{
    Alert, AlertGroup, Catalogue, Chapter, Colour, Command, Dashboard, Definitions, Drawing, Kubernetes, Mark, Panel,
    Placed, Proof, Question, RecordingGroup, Runbook, Runbooks, Severity, Subject, Traces, Unit, Unused, Variable,
    line, question, yaml,
};
use promql::{
    By, Error, Key, PerSecond, Recording, Rule, Symbols, increase, minutes, per_second, rate, target_labels, value,
};
use signals::{Service, db, errors, units::Each};

target_labels! {
    /// Which service.
    pub ServiceLabel = "service";
}

const SERVICE: Key<ServiceLabel> = Key::new();

static ERRORS: Recording<PerSecond<Each>, By<(ServiceLabel,)>> =
    Recording::new("service:errors", "Errors a second.", || rate(&errors::ERRORS).over(minutes(5)).by(SERVICE));

static PANEL: Panel = Panel {
    title: "Errors",
    description: "Errors a second.",
    unit: Unit::EventsPerSecond,
    drawing: Drawing::Lines,
    lines: || vec![line("{service}", value(&ERRORS))],
};

static WRONG_UNIT: Panel = Panel { title: "Seconds", unit: Unit::Seconds, ..PANEL };
static WRONG_LEGEND: Panel = Panel { title: "Instances", lines: || vec![line("{instance}", value(&ERRORS))], ..PANEL };

static OTHER_PANEL: Panel = Panel {
    title: "Errors now",
    description: "Errors a second, now.",
    unit: Unit::EventsPerSecond,
    drawing: Drawing::Figures { columns: &["service"] },
    lines: || vec![line("a second", value(&ERRORS)), line("again", value(&ERRORS)).of(Unit::RequestsPerSecond)],
};

fn alert() -> Alert {
    Alert {
        name: "ManyErrors",
        severity: Severity::Warning,
        owner: "somebody",
        topic: "errors",
        about: Subject::Service,
        when: value(&ERRORS).above(per_second(2.0)).into(),
        held: minutes(3),
        summary: "{service} has {value} errors a second",
        description: "More than {limit} for {held}.",
        runbook: Runbook { meaning: "M", impact: "I", diagnosis: "D", queries: Vec::new, mitigation: "Mi" },
        shown_by: &PANEL,
        proof: Proof::Stated("there is nothing to break"),
    }
}

fn dashboard(panels: &[&'static Panel]) -> Dashboard {
    let placed = |panel: &&'static Panel| Placed::panel(panel, 16, 8);
    Dashboard {
        uid: "test",
        title: "Test",
        description: "For a test.",
        refresh: Duration::from_secs(5),
        range: minutes(30),
        variables: vec![Variable { key: SERVICE.name(), title: "Service", metric: "service:errors" }],
        marks: vec![Mark {
            title: "Errors",
            query: value(&ERRORS).above(per_second(0.0)).into(),
            says: "{service}",
            colour: Colour::Bad,
        }],
        traces: "http://traces".to_owned(),
        panels: panels.iter().map(placed).collect(),
    }
}

fn notifications(route: Route, inhibitions: Vec<Inhibition>) -> Configuration {
    Configuration::new(route, inhibitions, vec![Receiver::nowhere("team")])
}

fn definitions(alerts: Vec<Alert>, panels: &[&'static Panel]) -> Definitions {
    Definitions {
        recordings: ("here", vec![RecordingGroup { name: "recorded", interval: None, rules: vec![ERRORS.rule()] }]),
        alerts: ("here", vec![AlertGroup { name: "alerts", alerts }]),
        dashboards: ("here", vec![dashboard(panels)]),
        notifications: notifications(Route::to("team"), Vec::new()),
        questions: ("here", vec![Chapter { title: "Errors", questions: vec![errors_in_an_hour()] }]),
        catalogue: Catalogue {
            signals: vec![&errors::ERRORS.declaration],
            services: vec![&SHOP],
            target_labels: vec!["service".to_owned()],
            unused: ("there", Vec::new()),
        },
        runbooks: runbooks(),
        kubernetes: Kubernetes { folder: "manifests", prefix: "test", labels: &[("part-of", "test")] },
    }
}

fn errors_in_an_hour() -> Question {
    question("Errors in an hour", "Fewer is better.", increase(&errors::ERRORS).over(minutes(60)).by(SERVICE))
}

fn runbooks() -> Runbooks {
    let command = |what: &str, line: &str| Command { what: what.to_owned(), line: line.to_owned() };
    let critical = [LabelMatcher::is("severity", "critical")];
    let warning = [LabelMatcher::is("severity", "warning")];
    Runbooks {
        commands: Box::new(move |alert| vec![command("What it says", &format!("echo {}", alert.name))]),
        traces: vec![Traces { service: "shop", address: "http://traces/shop".to_owned() }],
        inhibitions: vec![Inhibition::new(&critical, &warning, &["service", "topic"])],
        how_to_ask: "ask 'up'".to_owned(),
    }
}

static SHOP: LazyLock<Service> = LazyLock::new(|| Service::new("shop", "1", 100).with_errors([]));

fn symbols() -> Symbols {
    let mut symbols = Symbols::new(["service"]);
    symbols.declare(&errors::ERRORS.declaration, &[&SHOP]);
    symbols
}

#[track_caller]
fn rendered(definitions: &Definitions, path: &str) -> String {
    let files = definitions.files(&symbols()).expect("rendered");
    files.into_iter().find(|file| file.path == path).unwrap_or_else(|| panic!("{path} is not rendered")).contents
}

#[track_caller]
fn check(definitions: &Definitions, expect: &[(Error, &str)]) {
    let findings = definitions.findings(&symbols());
    let found: Vec<_> = findings.iter().map(|finding| (finding.error, finding.reason.as_str())).collect();
    assert_eq!(found, expect);
}

#[test]
fn definitions_without_a_mistake_render() {
    let definitions = definitions(vec![alert()], &[&PANEL, &OTHER_PANEL]);
    check(&definitions, &[]);
    let alerts = rendered(&definitions, "deploy/prometheus/rules/alerts.yml");
    for line in [
        "# Rendered by cargo xtask render from here; do not edit.",
        "    expr: service:errors > 2",
        "    for: 3m",
        "      severity: warning",
        "      panel: /d/test?viewPanel=1",
        "      summary: '{{ $labels.service }} has {{ $value | humanize }} errors a second'",
        "      description: More than 2 for 3m.",
    ] {
        assert!(alerts.lines().any(|written| written == line), "no line {line:?} in\n{alerts}");
    }
}

#[test]
fn a_panel_that_no_longer_fits_begins_a_row() {
    let dashboard = rendered(&definitions(vec![alert()], &[&PANEL, &OTHER_PANEL]), "dashboards/test.json");
    let dashboard: serde_json::Value = serde_json::from_str(&dashboard).expect("JSON");
    assert_eq!(dashboard["panels"][1]["gridPos"], serde_json::json!({ "h": 8, "w": 16, "x": 0, "y": 8 }));
}

fn drawn(panels: &[&'static Panel]) -> serde_json::Value {
    let files = definitions(vec![alert()], panels).files(&symbols()).expect("rendered");
    let dashboard = &files.iter().find(|file| file.path == "dashboards/test.json").expect("the dashboard").contents;
    serde_json::from_str(dashboard).expect("JSON")
}

#[test]
fn a_choice_narrows_what_has_the_label() {
    let dashboard = drawn(&[&PANEL]);
    let narrowed = r#"service:errors{service=~"$service"}"#;
    assert_eq!(dashboard["panels"][0]["targets"][0]["expr"], narrowed);
    assert_eq!(dashboard["annotations"]["list"][0]["expr"], format!("{narrowed} > 0"));
    assert_eq!(dashboard["templating"]["list"][0]["query"]["query"], "label_values(service:errors, service)");
}

#[test]
fn an_alerts_limit_is_a_line_on_its_panel() {
    let dashboard = drawn(&[&PANEL, &OTHER_PANEL]);
    let defaults = &dashboard["panels"][0]["fieldConfig"]["defaults"];
    assert_eq!(defaults["thresholds"]["steps"][1], serde_json::json!({ "color": "orange", "value": 2.0 }));
    assert_eq!(defaults["custom"]["thresholdsStyle"]["mode"], "dashed");
    assert!(dashboard["panels"][0]["description"].as_str().is_some_and(|text| text.contains("Watched by ManyErrors")));
    assert_eq!(dashboard["panels"][1]["fieldConfig"]["defaults"]["thresholds"]["steps"][1], serde_json::Value::Null);
}

#[test]
fn figures_have_a_column_for_each_line_in_its_own_unit() {
    let dashboard = drawn(&[&PANEL, &OTHER_PANEL]);
    let panel = &dashboard["panels"][1];
    let kept = &panel["transformations"][0]["options"]["include"]["names"];
    assert_eq!(*kept, serde_json::json!(["service", "Value #A", "Value #B"]));
    assert_eq!(panel["transformations"][2]["options"]["renameByName"]["Value #B"], "again");
    assert_eq!(panel["fieldConfig"]["overrides"][1]["properties"][0]["value"], "reqps");
}

#[test]
fn two_panels_of_one_name_are_refused() {
    check(&definitions(vec![alert()], &[&PANEL, &PANEL]), &[(Error::SameIdentity, "two panels are called \"Errors\"")]);
}

#[test]
fn a_label_that_an_alert_names_must_be_there() {
    let alert = Alert { summary: "{instance} has errors", ..alert() };
    let reason = "the alert needs the label `instance`, which its query does not keep";
    check(&definitions(vec![alert], &[&PANEL]), &[(Error::UnknownLabel, reason)]);
}

#[test]
fn an_alert_without_its_service_is_refused() {
    let when = rate(&errors::ERRORS).over(minutes(5)).overall().above(per_second(2.0)).into();
    let alert = Alert { when, summary: "errors", ..alert() };
    let reason = "the alert needs the label `service`, which its query does not keep";
    check(&definitions(vec![alert], &[&PANEL]), &[(Error::UnknownLabel, reason)]);
}

#[test]
fn an_alert_must_be_shown_by_a_panel_of_a_dashboard() {
    check(&definitions(vec![alert()], &[]), &[(Error::UnknownPanel, "no dashboard has the panel \"Errors\"")]);
}

#[test]
fn two_alerts_with_one_name_are_refused() {
    check(&definitions(vec![alert(), alert()], &[&PANEL]), &[(Error::SameIdentity, "two bear this name")]);
}

#[test]
fn two_recording_rules_with_one_name_are_refused() {
    let mut definitions = definitions(vec![alert()], &[&PANEL]);
    definitions.recordings.1.push(RecordingGroup { name: "again", interval: None, rules: vec![ERRORS.rule()] });
    check(&definitions, &[(Error::SameIdentity, "two bear this name")]);
    assert_eq!(definitions.findings(&symbols())[0].place, "rule service:errors");
    let other = Rule { name: "service:other_errors".into(), ..ERRORS.rule() };
    definitions.recordings.1[1].rules = vec![other];
    check(&definitions, &[]);
}

#[test]
fn a_panel_shows_what_its_query_measures() {
    let unit = "the panel shows Seconds, but the query measures CountPerSecond";
    check(&definitions(vec![alert()], &[&PANEL, &WRONG_UNIT]), &[(Error::UnitMismatch, unit)]);
    let legend = "the legend names the label `instance`, which the query does not keep";
    check(&definitions(vec![alert()], &[&PANEL, &WRONG_LEGEND]), &[(Error::UnknownLabel, legend)]);
}

#[test]
fn an_inhibition_wants_its_equal_labels_on_both_sides() {
    let side = |severity| [LabelMatcher::is("severity", severity)];
    let inhibition = Inhibition::new(&side("critical"), &side("warning"), &["topic"]);
    let written = yaml("a.yml", "here", &inhibition).expect("YAML").contents;
    assert_eq!(written.matches("topic!=\"\"").count(), 2, "{written}");
}

#[track_caller]
fn check_notifications(route: Route, inhibitions: Vec<Inhibition>, expect: &[(Error, &str)]) {
    let notifications = notifications(route, inhibitions);
    check(&Definitions { notifications, ..definitions(vec![alert()], &[&PANEL]) }, expect);
}

#[test]
fn a_route_that_no_alert_takes_is_refused() {
    let page = |severity| Route::to("team").with([Route::to("team").when(&[LabelMatcher::is("severity", severity)])]);
    check_notifications(page("warning"), Vec::new(), &[]);
    let reason = "no alert that comes here can match {severity=\"wraning\"}";
    check_notifications(page("wraning"), Vec::new(), &[(Error::UnreachableRoute, reason)]);
    let bundled = "alerts are bundled by `route`, which none of them has";
    check_notifications(
        Route::to("team").grouped_by(&["service", "route"]),
        Vec::new(),
        &[(Error::UnknownLabel, bundled)],
    );
}

#[test]
fn an_inhibition_that_can_never_be_is_refused() {
    let warning = LabelMatcher::is("severity", "warning");
    let by = |source: LabelMatcher, equal| Inhibition::new(&[source], &[LabelMatcher::is("topic", "errors")], equal);
    check_notifications(Route::to("team"), vec![by(warning.clone(), &["service"])], &[]);
    let source = "no alert can keep others quiet: none can match {severity=\"page\", service!=\"\"}";
    let page = LabelMatcher::is("severity", "page");
    check_notifications(Route::to("team"), vec![by(page, &["service"])], &[(Error::UnreachableRoute, source)]);
    let equal = Inhibition::new(&[warning], &[LabelMatcher::is("topic", "errors")], &[]).within("region");
    check_notifications(
        Route::to("team"),
        vec![equal],
        &[
            (
                Error::UnknownLabel,
                "they are to agree in `region`, which none of those that could keep others quiet has",
            ),
            (Error::UnknownLabel, "they are to agree in `region`, which none of those that could be kept quiet has"),
        ],
    );
}

#[test]
fn a_manifest_holds_the_same_groups_as_its_rule_file() {
    let definitions = definitions(vec![alert()], &[&PANEL]);
    for name in ["recording", "alerts"] {
        let read = |path: &str| -> serde_norway::Value {
            serde_norway::from_str(&rendered(&definitions, path)).expect("YAML")
        };
        let manifest = read(&format!("manifests/{name}.yaml"));
        assert_eq!(manifest["spec"], read(&format!("deploy/prometheus/rules/{name}.yml")));
        assert_eq!(manifest["metadata"]["name"].as_str(), Some(&*format!("test-{name}")));
        assert_eq!(manifest["metadata"]["labels"]["part-of"].as_str(), Some("test"));
    }
    let manifest = rendered(&definitions, "manifests/alerts.yaml");
    assert!(manifest.starts_with("# Rendered by cargo xtask render from here; do not edit.\n"), "{manifest}");
    assert!(manifest.contains("`ruleSelector: {matchLabels: {part-of: test}}`"), "{manifest}");
}

#[test]
fn a_signal_that_nothing_asks_for_needs_a_reason() {
    let mut definitions = definitions(vec![alert()], &[&PANEL]);
    let signal = &db::SLOW_QUERIES.declaration;
    definitions.catalogue.signals.push(signal);
    let reason = format!("nothing asks for db_client_slow_queries_total (crates/signals/src/db.rs:{})", signal.line);
    check(&definitions, &[(Error::UnusedSignal, &reason)]);
    definitions.catalogue.unused.1.push(Unused { signal, reason: "nobody waits for it." });
    check(&definitions, &[]);
    let page = rendered(&definitions, "docs/signals.md");
    assert!(page.contains("Asked for by nothing: nobody waits for it."), "{page}");
    definitions.catalogue.unused.1[0].reason = " ";
    check(&definitions, &[(Error::EmptyText, "the reason for not asking for it is empty")]);
}

#[test]
fn a_reason_is_refused_once_something_asks_for_the_signal() {
    let mut definitions = definitions(vec![alert()], &[&PANEL]);
    definitions.catalogue.unused.1.push(Unused { signal: &errors::ERRORS.declaration, reason: "it is boring." });
    let reason = "there says why nothing asks for it, but \"service:errors\" does";
    check(&definitions, &[(Error::NeedlessReason, reason)]);
}

#[test]
fn a_signal_is_shown_with_its_labels_its_series_and_who_asks_for_it() {
    let page = rendered(&definitions(vec![alert()], &[&PANEL]), "docs/signals.md");
    let series = SHOP.errors.len();
    for line in [
        "## `errors_total`".to_owned(),
        format!("| `shop` | {series} | 100 |"),
        format!("| `shop` | {series} |"),
        "- Recording rules: [service:errors](recording-rules.md#serviceerrors)".to_owned(),
        "- Queries: [Errors in an hour](queries.md#errors-in-an-hour)".to_owned(),
    ] {
        assert!(page.lines().any(|written| written == line), "no line {line:?} in\n{page}");
    }
    let page = rendered(&definitions(vec![alert()], &[&PANEL]), "docs/recording-rules.md");
    for line in ["- Alerts: [ManyErrors](runbooks/ManyErrors.md)", "- Panels: [Test: Errors](../dashboards/test.json)"]
    {
        assert!(page.lines().any(|written| written == line), "no line {line:?} in\n{page}");
    }
}

#[test]
fn a_part_of_a_runbook_that_says_nothing_is_refused() {
    let runbook = Runbook { impact: "", mitigation: " \n", ..alert().runbook };
    let mut definitions = definitions(vec![Alert { runbook, ..alert() }], &[&PANEL]);
    check(&definitions, &[(Error::EmptyText, "its impact is empty"), (Error::EmptyText, "its mitigation is empty")]);
    definitions.alerts.1[0].alerts[0].runbook = alert().runbook;
    definitions.runbooks.commands =
        Box::new(|_| vec![Command { what: "What it says".to_owned(), line: String::new() }]);
    check(&definitions, &[(Error::EmptyText, "its command is empty")]);
}

#[test]
fn a_question_is_checked_like_a_panel() {
    let mut definitions = definitions(vec![alert()], &[&PANEL]);
    let unknown = increase(&db::SLOW_QUERIES).over(minutes(60)).by(SERVICE);
    definitions.questions.1[0].questions = vec![question("Slow ones", "", unknown)];
    let findings = definitions.findings(&symbols());
    let found: Vec<_> = findings.iter().map(|finding| (finding.error, finding.place.as_str())).collect();
    let place = "question \"Slow ones\"";
    assert_eq!(found, [(Error::UnknownMetric, place), (Error::EmptyText, place)]);
    definitions.questions.1[0].questions = vec![errors_in_an_hour(), errors_in_an_hour()];
    check(&definitions, &[(Error::SameIdentity, "two bear this name")]);
}

#[test]
fn a_runbook_says_what_to_type_and_what_keeps_the_alert_quiet() {
    let graver = Alert { name: "FarTooManyErrors", severity: Severity::Critical, ..alert() };
    let elsewhere = Alert { name: "Slow", severity: Severity::Critical, topic: "latency", ..alert() };
    let definitions = definitions(vec![alert(), graver, elsewhere], &[&PANEL]);
    let page = rendered(&definitions, "docs/runbooks/ManyErrors.md");
    for part in [
        "It fires when this has a value for 3m without a break:\n\n```promql\nservice:errors > 2\n```\n\nIts limit is 2.\n",
        "It is not sent while\n\n- [FarTooManyErrors](FarTooManyErrors.md) fires with the same `service`\n\n## Meaning\n\nM\n",
        "What it says:\n\n```sh\necho ManyErrors\n```\n",
        "Failed requests in Jaeger: [shop](http://traces/shop).\n",
        "[Test: Errors](../../dashboards/test.json), at `/d/test?viewPanel=1` in Grafana",
    ] {
        assert!(page.contains(part), "no {part:?} in\n{page}");
    }
    assert!(!rendered(&definitions, "docs/runbooks/FarTooManyErrors.md").contains("It is not sent while"));
    let index = rendered(&definitions, "docs/runbooks/README.md");
    let places = ["## critical", "(FarTooManyErrors.md)", "(Slow.md)", "## warning", "(ManyErrors.md)"];
    let found = places.map(|place| index.find(place).unwrap_or_else(|| panic!("no {place} in\n{index}")));
    assert!(found.is_sorted(), "{index}");
}
