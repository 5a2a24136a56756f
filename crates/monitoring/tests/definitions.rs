//! Definitions without a mistake render; each kind of mistake in an alert or a panel is found and explained.

use std::{net::SocketAddr, sync::LazyLock, time::Duration};

use monitoring::alertmanager::{Configuration, Inhibition, LabelMatcher, Receiver, Route};
use monitoring::{
    Alert, AlertGroup, Catalogue, Chapter, Colour, Command, Dashboard, Definitions, Drawing, Drill, First, Grafana,
    Kubernetes, Limit, Mark, Panel, Placed, Proof, Question, RecordingGroup, Runbook, Runbooks, Severity, SpanLinks,
    Subject, Traces, Traffic, Unit, Unused, Variable, column, line, question, yaml,
};
use promql::{
    By, Checker, Code, Key, PerSecond, Recording, Rule, Symbols, increase, minutes, per_second, rate, target_labels,
    value,
};
use serde_json::json;
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

static OTHER_LINES: Panel = Panel { title: "Errors again", ..PANEL };

static OTHER_PANEL: Panel = Panel {
    title: "Errors now",
    description: "Errors a second, now.",
    unit: Unit::EventsPerSecond,
    drawing: Drawing::Figures { columns: &[column(SERVICE, "Service")], first: First::Highest },
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
        grafana: ("here", grafana(vec![("service.instance.id", SERVICE.name())])),
        runbooks: runbooks(),
        kubernetes: Kubernetes {
            folder: "manifests",
            prefix: "test",
            labels: &[("part-of", "test")],
            target_labels: &["service"],
        },
    }
}

fn grafana(tags: Vec<(&'static str, String)>) -> Grafana {
    let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
    Grafana {
        own: at(3000),
        prometheus: at(9090),
        jaeger: at(16686),
        alertmanager: at(9093),
        interval: Duration::from_secs(5),
        refresh: Duration::from_secs(5),
        root: "ROOT",
        folder: ("shop", "Shop"),
        home: "test",
        span_links: SpanLinks { tags, queries: vec![("Errors a second", value(&ERRORS).into())] },
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
        remedies: Box::new(move |_| vec![command("Start again", "restart")]),
        traces: Box::new(|_| vec![Traces { service: "shop", address: "http://traces/shop".to_owned() }]),
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

/// What a checker makes of the definitions.
fn checked<T>(definitions: &Definitions, look: impl FnOnce(&Definitions, &Checker<'_>) -> T) -> T {
    let symbols = definitions.symbols(&symbols());
    look(definitions, &Checker::new(&symbols))
}

#[track_caller]
fn rendered(definitions: &Definitions, path: &str) -> String {
    let files = checked(definitions, Definitions::files).expect("rendered");
    files.into_iter().find(|file| file.path == path).unwrap_or_else(|| panic!("{path} is not rendered")).contents
}

#[track_caller]
fn check(definitions: &Definitions, expect: &[(Code, &str)]) {
    let findings = checked(definitions, Definitions::findings);
    let found: Vec<_> = findings.iter().map(|finding| (finding.code, finding.reason.as_str())).collect();
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
fn nothing_is_rendered_while_there_is_a_mistake() {
    let alert = Alert { summary: "{instance} has errors", ..alert() };
    let definitions = definitions(vec![alert], &[&PANEL]);
    for made in [checked(&definitions, Definitions::files), checked(&definitions, Definitions::manifests)] {
        let told = made.expect_err("a label that is not there").to_string();
        assert!(told.starts_with("nothing is rendered while the definitions have mistakes (1 found)"), "{told}");
        assert!(told.contains("the alert needs the label `instance`"), "{told}");
    }
}

#[test]
fn a_panel_that_no_longer_fits_begins_a_row() {
    let dashboard = rendered(&definitions(vec![alert()], &[&PANEL, &OTHER_PANEL]), "dashboards/test.json");
    let dashboard: serde_json::Value = serde_json::from_str(&dashboard).expect("JSON");
    assert_eq!(dashboard["panels"][1]["gridPos"], serde_json::json!({ "h": 8, "w": 16, "x": 0, "y": 8 }));
}

fn drawn(panels: &[&'static Panel]) -> serde_json::Value {
    let alert = Alert { shown_by: panels[0], ..alert() };
    let files = checked(&definitions(vec![alert], panels), Definitions::files).expect("rendered");
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
    let headings = &panel["transformations"][2]["options"]["renameByName"];
    assert_eq!((&headings["Value #B"], &headings["service"]), (&json!("again"), &json!("Service")));
    assert_eq!(panel["options"]["sortBy"], json!([{ "displayName": "a second", "desc": true }]));
    assert_eq!(panel["fieldConfig"]["overrides"][1]["properties"][0]["value"], "reqps");
}

#[test]
fn a_panel_with_limits_of_its_own_shows_no_others() {
    static LIMITED: Panel =
        Panel { drawing: Drawing::Limited { limits: &[Limit { value: 7.0, colour: Colour::Good }] }, ..PANEL };
    let alert = Alert { shown_by: &LIMITED, ..alert() };
    let files = checked(&definitions(vec![alert], &[&LIMITED]), Definitions::files).expect("rendered");
    let dashboard = &files.iter().find(|file| file.path == "dashboards/test.json").expect("the dashboard").contents;
    let dashboard: serde_json::Value = serde_json::from_str(dashboard).expect("JSON");
    let defaults = &dashboard["panels"][0]["fieldConfig"]["defaults"];
    assert_eq!(
        defaults["thresholds"]["steps"].as_array().expect("steps")[1..],
        [json!({ "color": "green", "value": 7.0 })]
    );
    assert_eq!(defaults["custom"]["axisSoftMax"], 7.0, "the limit is in sight");
}

#[test]
fn lines_differ_in_what_is_their_own() {
    static COMPARED: Panel = Panel {
        lines: || {
            vec![
                line("{service}", value(&ERRORS).without_zeros()),
                line("{service} before", value(&ERRORS).ago(minutes(5))).dashed().coloured(Colour::Bad),
            ]
        },
        ..PANEL
    };
    let overrides = &drawn(&[&COMPARED])["panels"][0]["fieldConfig"]["overrides"];
    assert_eq!(overrides[0]["matcher"], json!({ "id": "byFrameRefID", "options": "B" }));
    let own: Vec<_> = overrides[0]["properties"].as_array().expect("properties").iter().map(|own| &own["id"]).collect();
    assert_eq!(own, ["color", "custom.lineStyle"]);
    assert_eq!(overrides[1], serde_json::Value::Null);
}

#[test]
fn nothing_is_called_so_only_where_it_is_good() {
    static FEW: Panel = Panel { lines: || vec![line("{service}", value(&ERRORS).without_zeros())], ..PANEL };
    let nothing = |panel: &'static Panel| drawn(&[panel])["panels"][0]["fieldConfig"]["defaults"]["noValue"].clone();
    assert_eq!((nothing(&FEW), nothing(&PANEL)), (json!("None seen"), serde_json::Value::Null));
}

#[test]
fn a_series_and_a_row_lead_to_the_traces_of_their_service() {
    let dashboard = drawn(&[&PANEL, &OTHER_PANEL]);
    let link =
        |of: &str| format!("http://traces/search?service={of}&start=${{__from}}000&end=${{__to}}000&lookback=custom");
    assert_eq!(dashboard["panels"][0]["fieldConfig"]["defaults"]["links"][0]["url"], link("${__field.labels.service}"));
    let overrides = dashboard["panels"][1]["fieldConfig"]["overrides"].as_array().expect("overrides");
    let of_row = overrides.iter().find(|rule| rule["matcher"]["options"] == "Service").expect("the column");
    assert_eq!(of_row["properties"][0]["value"][0]["url"], link("${__data.fields[\"Service\"]}"));
}

#[test]
fn a_wide_panel_has_its_legend_beside_it_and_a_narrow_one_below() {
    let mut definitions = definitions(vec![alert()], &[]);
    definitions.dashboards.1[0].panels = vec![Placed::panel(&PANEL, 12, 8), Placed::panel(&OTHER_LINES, 8, 8)];
    let dashboard: serde_json::Value =
        serde_json::from_str(&rendered(&definitions, "dashboards/test.json")).expect("JSON");
    let places: Vec<_> = (0..2).map(|i| &dashboard["panels"][i]["options"]["legend"]["placement"]).collect();
    assert_eq!(places, ["right", "bottom"]);
}

#[test]
fn two_panels_of_one_name_are_refused() {
    check(&definitions(vec![alert()], &[&PANEL, &PANEL]), &[(Code::SameIdentity, "two panels are called \"Errors\"")]);
}

#[test]
fn a_label_that_an_alert_names_must_be_there() {
    let alert = Alert { summary: "{instance} has errors", ..alert() };
    let reason = "the alert needs the label `instance`, which its query does not keep";
    check(&definitions(vec![alert], &[&PANEL]), &[(Code::UnknownLabel, reason)]);
}

#[test]
fn an_alert_without_its_service_is_refused() {
    let when = rate(&errors::ERRORS).over(minutes(5)).overall().above(per_second(2.0)).into();
    let alert = Alert { when, summary: "errors", ..alert() };
    let reason = "the alert needs the label `service`, which its query does not keep";
    check(&definitions(vec![alert], &[&PANEL]), &[(Code::UnknownLabel, reason)]);
}

#[test]
fn an_alert_must_be_shown_by_a_panel_of_a_dashboard() {
    check(&definitions(vec![alert()], &[]), &[(Code::UnknownPanel, "no dashboard has the panel \"Errors\"")]);
}

#[test]
fn two_alerts_with_one_name_are_refused() {
    check(&definitions(vec![alert(), alert()], &[&PANEL]), &[(Code::SameIdentity, "two bear this name")]);
}

#[test]
fn two_recording_rules_with_one_name_are_refused() {
    let mut definitions = definitions(vec![alert()], &[&PANEL]);
    definitions.recordings.1.push(RecordingGroup { name: "again", interval: None, rules: vec![ERRORS.rule()] });
    check(&definitions, &[(Code::SameIdentity, "two bear this name")]);
    assert_eq!(checked(&definitions, Definitions::findings)[0].place, "rule service:errors");
    let other = Rule { name: "service:other_errors".into(), ..ERRORS.rule() };
    definitions.recordings.1[1].rules = vec![other];
    check(&definitions, &[]);
}

#[test]
fn a_panel_shows_what_its_query_measures() {
    let unit = "the panel shows Seconds, but the query measures CountPerSecond";
    check(&definitions(vec![alert()], &[&PANEL, &WRONG_UNIT]), &[(Code::UnitMismatch, unit)]);
    let legend = "the legend names the label `instance`, which the query does not keep";
    check(&definitions(vec![alert()], &[&PANEL, &WRONG_LEGEND]), &[(Code::UnknownLabel, legend)]);
}

#[test]
fn an_inhibition_wants_its_equal_labels_on_both_sides() {
    let side = |severity| [LabelMatcher::is("severity", severity)];
    let inhibition = Inhibition::new(&side("critical"), &side("warning"), &["topic"]);
    let written = yaml("a.yml", "here", &inhibition).expect("YAML").contents;
    assert_eq!(written.matches("topic!=\"\"").count(), 2, "{written}");
}

#[track_caller]
fn check_notifications(route: Route, inhibitions: Vec<Inhibition>, expect: &[(Code, &str)]) {
    let notifications = notifications(route, inhibitions);
    check(&Definitions { notifications, ..definitions(vec![alert()], &[&PANEL]) }, expect);
}

#[test]
fn a_route_that_no_alert_takes_is_refused() {
    let page = |severity| Route::to("team").with([Route::to("team").when(&[LabelMatcher::is("severity", severity)])]);
    check_notifications(page("warning"), Vec::new(), &[]);
    let reason = "no alert that comes here can match {severity=\"wraning\"}";
    check_notifications(page("wraning"), Vec::new(), &[(Code::UnreachableRoute, reason)]);
    let bundled = "alerts are bundled by `route`, which none of them has";
    check_notifications(
        Route::to("team").grouped_by(&["service", "route"]),
        Vec::new(),
        &[(Code::UnknownLabel, bundled)],
    );
}

#[test]
fn an_inhibition_that_can_never_be_is_refused() {
    let warning = LabelMatcher::is("severity", "warning");
    let by = |source: LabelMatcher, equal| Inhibition::new(&[source], &[LabelMatcher::is("topic", "errors")], equal);
    check_notifications(Route::to("team"), vec![by(warning.clone(), &["service"])], &[]);
    let source = "no alert can keep others quiet: none can match {severity=\"page\", service!=\"\"}";
    let page = LabelMatcher::is("severity", "page");
    check_notifications(Route::to("team"), vec![by(page, &["service"])], &[(Code::UnreachableRoute, source)]);
    let equal = Inhibition::new(&[warning], &[LabelMatcher::is("topic", "errors")], &[]).within("region");
    check_notifications(
        Route::to("team"),
        vec![equal],
        &[
            (Code::UnknownLabel, "they are to agree in `region`, which none of those that could keep others quiet has"),
            (Code::UnknownLabel, "they are to agree in `region`, which none of those that could be kept quiet has"),
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
        let manifests = checked(&definitions, Definitions::manifests).expect("rendered");
        let manifest = manifests.iter().find(|file| file.path == format!("manifests/{name}.yaml")).expect("a manifest");
        let manifest: serde_norway::Value = serde_norway::from_str(&manifest.contents).expect("YAML");
        assert_eq!(manifest["spec"], read(&format!("deploy/prometheus/rules/{name}.yml")));
        assert_eq!(manifest["metadata"]["name"].as_str(), Some(&*format!("test-{name}")));
        assert_eq!(manifest["metadata"]["labels"]["part-of"].as_str(), Some("test"));
    }
    let manifest = &checked(&definitions, Definitions::manifests).expect("rendered")[1].contents;
    assert!(manifest.starts_with("# Rendered by cargo xtask render from here; do not edit.\n"), "{manifest}");
    assert!(manifest.contains("`ruleSelector: {matchLabels: {part-of: test}}`"), "{manifest}");
}

#[test]
fn a_signal_that_nothing_asks_for_needs_a_reason() {
    let mut definitions = definitions(vec![alert()], &[&PANEL]);
    let signal = &db::SLOW_QUERIES.declaration;
    definitions.catalogue.signals.push(signal);
    let reason = format!("nothing asks for db_client_slow_queries_total (crates/signals/src/db.rs:{})", signal.line);
    check(&definitions, &[(Code::UnusedSignal, &reason)]);
    definitions.catalogue.unused.1.push(Unused { signal, reason: "nobody waits for it." });
    check(&definitions, &[]);
    let page = rendered(&definitions, "docs/signals.md");
    assert!(page.contains("Asked for by nothing: nobody waits for it."), "{page}");
    definitions.catalogue.unused.1[0].reason = " ";
    check(&definitions, &[(Code::EmptyText, "the reason for not asking for it is empty")]);
}

#[test]
fn a_reason_is_refused_once_something_asks_for_the_signal() {
    let mut definitions = definitions(vec![alert()], &[&PANEL]);
    definitions.catalogue.unused.1.push(Unused { signal: &errors::ERRORS.declaration, reason: "it is boring." });
    let reason = "there says why nothing asks for it, but \"service:errors\" does";
    check(&definitions, &[(Code::NeedlessReason, reason)]);
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
    check(&definitions, &[(Code::EmptyText, "its impact is empty"), (Code::EmptyText, "its mitigation is empty")]);
    definitions.alerts.1[0].alerts[0].runbook = alert().runbook;
    definitions.runbooks.commands =
        Box::new(|_| vec![Command { what: "What it says".to_owned(), line: String::new() }]);
    check(&definitions, &[(Code::EmptyText, "its command is empty")]);
}

#[test]
fn an_alert_wants_every_word_and_a_proof() {
    let silent = Alert { owner: "", description: " ", proof: Proof::Stated(""), ..alert() };
    check(
        &definitions(vec![silent], &[&PANEL]),
        &[
            (Code::EmptyText, "its owner is empty"),
            (Code::EmptyText, "its description is empty"),
            (Code::EmptyText, "its reason why no fault proves it is empty"),
        ],
    );
    let drill = Drill {
        faults: Vec::new,
        traffic: Traffic { requests_per_second: 1, journey: "mix" },
        fires_within: minutes(1),
        clears_within: minutes(1),
    };
    let unproven = Alert { proof: Proof::Drill(drill), ..alert() };
    check(&definitions(vec![unproven], &[&PANEL]), &[(Code::EmptyText, "its drill is empty")]);
}

#[test]
fn a_runbook_names_only_panels_that_are_there() {
    let of = |diagnosis| Alert { runbook: Runbook { diagnosis, ..alert().runbook }, ..alert() };
    check(&definitions(vec![of("See \"Errors\" and `curl \"x\"`.")], &[&PANEL]), &[]);
    let reason = "its diagnosis names \"Erors\", and no panel, heading or dashboard is called so";
    check(&definitions(vec![of("See \"Erors\".")], &[&PANEL]), &[(Code::UnknownPanel, reason)]);
}

#[test]
fn a_question_is_checked_like_a_panel() {
    let mut definitions = definitions(vec![alert()], &[&PANEL]);
    let unknown = increase(&db::SLOW_QUERIES).over(minutes(60)).by(SERVICE);
    definitions.questions.1[0].questions = vec![question("Slow ones", "", unknown)];
    let findings = checked(&definitions, Definitions::findings);
    let found: Vec<_> = findings.iter().map(|finding| (finding.code, finding.place.as_str())).collect();
    let place = "question \"Slow ones\"";
    assert_eq!(found, [(Code::UnknownMetric, place), (Code::EmptyText, place)]);
    definitions.questions.1[0].questions = vec![errors_in_an_hour(), errors_in_an_hour()];
    check(&definitions, &[(Code::SameIdentity, "two bear this name")]);
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
        "## Mitigation\n\nMi\n\nStart again:\n\n```sh\nrestart\n```\n\n## Proof\n",
        "The same on Jaeger's own page, where it has one: [shop](http://traces/shop).\n",
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

#[test]
fn a_link_from_a_span_asks_for_what_is_of_its_process() {
    let sources =
        rendered(&definitions(vec![alert()], &[&PANEL]), "deploy/grafana/provisioning/datasources/datasources.yml");
    // Two dollars: Grafana makes one of them when it reads the file.
    assert!(sources.contains("query: service:errors{$$__tags}\n"), "{sources}");
}

#[test]
fn a_link_from_a_span_that_its_tags_cannot_narrow_is_refused() {
    let tags = vec![("service.instance.id", SERVICE.name()), ("host.name", "host".to_owned())];
    let reason = "no part of it reads a metric with the labels service and host";
    let definitions = definitions(vec![alert()], &[&PANEL]);
    check(&Definitions { grafana: ("here", grafana(tags)), ..definitions }, &[(Code::UnknownLabel, reason)]);
}

#[test]
fn what_grafana_shows_first_is_there() {
    let definitions = definitions(vec![alert()], &[&PANEL]);
    let grafana = ("here", Grafana { home: "weather", ..definitions.grafana.1.clone() });
    let reason = "there is no dashboard \"weather\" to show first";
    check(&Definitions { grafana, ..definitions }, &[(Code::UnknownPanel, reason)]);
}
