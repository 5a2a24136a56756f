//! Files in the manner of those that others write are read without a word.

use std::path::Path;

use promql_lint::document::{Content, Document};

use super::{SCRAPES, defects};

#[track_caller]
fn read_foreign(name: &str) -> Document {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/promql_lint/reading/foreign").join(name);
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let document = Document::read(name, &bytes, SCRAPES).unwrap_or_else(|unreadable| panic!("{unreadable}"));
    assert_eq!(defects(&document), Vec::<String>::new());
    document
}

#[track_caller]
fn check_rules(name: &str, count: usize) {
    let document = read_foreign(name);
    let Content::Rules(groups) = &document.content else { panic!("{name} has no rules") };
    let rules: Vec<_> = groups.iter().flat_map(|group| &group.rules).collect();
    assert_eq!(rules.len(), count);
    for rule in rules {
        if let Err(unreadable) = promql::syntax::parse(&rule.expr.text) {
            panic!("{}: {}: {unreadable}", rule.place(), rule.expr);
        }
    }
}

#[test]
fn rules_that_a_program_wrote_as_yaml() {
    check_rules("mixin-rules.yaml", 3);
}

#[test]
fn rules_that_people_collected() {
    check_rules("collected-alerts.yml", 3);
}

#[test]
fn a_dashboard_that_a_program_wrote() {
    let document = read_foreign("mixin-dashboard.json");
    let Content::Dashboard(dashboard) = &document.content else { panic!("this is no dashboard") };
    let targets: Vec<_> = dashboard.panels.iter().flat_map(|panel| &panel.targets).collect();
    for target in &targets {
        if let Err(unreadable) = promql::syntax::parse(&target.query.query.text) {
            panic!("{}: {unreadable}", target.query.query);
        }
    }
    assert_eq!(
        targets[3].query.query.text,
        "topk(5, sum by (instance) (increase(node_disk_written_bytes_total{instance=~\".*\"}[21600s]))) / 3600"
    );
    assert!(targets[0].query.query.text.contains("[240s]"), "{}", targets[0].query.query);
    assert!(targets[2].query.query.text.contains("instance=~\".*\", }"), "{}", targets[2].query.query);
    assert_eq!(dashboard.variables.iter().filter_map(|variable| variable.query()).count(), 3);
}

#[test]
fn routes_in_the_older_syntax() {
    let document = read_foreign("older-alertmanager.yml");
    let Content::Routing(routing) = &document.content else { panic!("this is no routing") };
    let places: Vec<String> = routing.routes().map(|route| route.place()).collect();
    assert_eq!(
        places,
        [
            "route to front-desk",
            "route to front-desk",
            "route to caretaker",
            "route of shelf=\"files\", severity=~\"warning|critical\"",
        ]
    );
}
