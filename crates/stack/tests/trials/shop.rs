//! The shop's own alerts.

use std::time::Instant;

use monitoring::trials::{Rules, Trial};
use shop_monitoring::{Place, files, healthy};

use crate::must_pass;

fn rules() -> Rules {
    let files = files(&Place::local()).unwrap_or_else(|refused| panic!("{refused}"));
    let rules = files.iter().filter(|file| file.path.starts_with("deploy/prometheus/rules/"));
    Rules::read(rules.map(|file| file.contents.as_str())).unwrap_or_else(|error| panic!("{error}"))
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
    must_pass(&trials, &rules);
    eprintln!("{} alerts in {:.1} s", trials.len(), begun.elapsed().as_secs_f64());
}
