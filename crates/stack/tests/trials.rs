//! Every alert passes the trial that is made of its definition, and a broken alert fails it.

use std::time::Instant;

use monitoring::trials::{Rules, Trial, run};
use shop_monitoring::{Place, files, healthy};
use stack::tools::{self, Tool};

fn rules() -> Rules {
    let files = files(&Place::local()).unwrap_or_else(|refused| panic!("{refused}"));
    let rules = files.iter().filter(|file| file.path.starts_with("deploy/prometheus/rules/"));
    // Recordings before alerts, as Prometheus' groups do not depend on the order of files either.
    let mut texts: Vec<_> = rules.map(|file| file.contents.as_str()).collect();
    texts.reverse();
    Rules::read(texts).unwrap_or_else(|error| panic!("{error}"))
}

fn trials(rules: &Rules) -> Vec<Trial> {
    let world = healthy::world(&Place::local());
    let of = |alert| Trial::of(alert, rules, &world, healthy::duties("")).unwrap_or_else(|error| panic!("{error}"));
    rules.alerts().iter().map(of).collect()
}

#[test]
fn every_alert_passes_its_trial() {
    let rules = rules();
    let begun = Instant::now();
    let trials = trials(&rules);
    eprintln!("made in {:?}", begun.elapsed());
    for trial in &trials {
        eprintln!("{}: {:#?}", trial.alert, trial.cases().collect::<Vec<_>>());
    }
    let folder = tempfile::tempdir().expect("a folder");
    let promtool = tools::need(Tool::Promtool).unwrap_or_else(|error| panic!("{error}"));
    let failures = run(&promtool, folder.path(), &trials, &rules).unwrap_or_else(|error| panic!("{error}"));
    eprintln!("run in {:?}", begun.elapsed());
    std::mem::forget(folder);
    assert!(failures.is_empty(), "{}", failures.iter().map(ToString::to_string).collect::<String>());
}
