//! What this workspace renders is read without a word.

use std::path::{Path, PathBuf};

use promql_lint::document::{Content, Document};

use super::{SCRAPES, defects, groups};

fn read_file(path: &Path) -> Document {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let document = Document::read(&path.display().to_string(), &bytes, SCRAPES)
        .unwrap_or_else(|unreadable| panic!("{unreadable}"));
    assert_eq!(defects(&document), Vec::<String>::new(), "{}", path.display());
    document
}

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let mut paths: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|found| found == extension)).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} has no {extension}", folder.display());
    paths
}

#[test]
fn the_dashboards_ask_what_promql_can_read() {
    for path in files("dashboards", "json") {
        let document = read_file(&path);
        let Content::Dashboard(dashboard) = &document.content else { panic!("{} is no dashboard", path.display()) };
        assert!(dashboard.panels.len() > 5 && !dashboard.variables.is_empty(), "{dashboard:?}");
        let targets = dashboard.panels.iter().flat_map(|panel| &panel.targets).map(|target| &target.query);
        for query in targets.chain(dashboard.variables.iter().filter_map(|variable| variable.query())) {
            if let Err(unreadable) = promql::syntax::parse(&query.query.text) {
                panic!("{}: {}: {unreadable}", path.display(), query.query);
            }
        }
    }
}

#[test]
fn the_rules_and_their_manifests_say_the_same() {
    let rules = |paths: Vec<PathBuf>| -> Vec<(String, String)> {
        let documents: Vec<Document> = paths.iter().map(|path| read_file(path)).collect();
        let rules = documents.iter().flat_map(groups).flat_map(|group| &group.rules);
        rules
            .map(|rule| (rule.place(), rule.held.as_ref().map_or(String::new(), |held| held.text.text.clone())))
            .collect()
    };
    let own = rules(files("deploy/prometheus/rules", "yml"));
    assert!(own.len() > 50, "{own:?}");
    assert_eq!(own, rules(files("deploy/kubernetes/monitoring", "yaml")));
}

#[test]
fn the_routes_name_their_receivers() {
    for path in files("deploy/alertmanager", "yml").into_iter().chain(files("deploy/alertmanager/production", "yml")) {
        let document = read_file(&path);
        let Content::Routing(routing) = &document.content else { panic!("{} is no routing", path.display()) };
        let root = routing.route.as_ref().expect("there is a root");
        assert!(root.routes.len() > 2 && routing.inhibitions.len() > 2 && routing.receivers.len() > 2, "{routing:?}");
    }
}
