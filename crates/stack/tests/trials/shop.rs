//! The shop's alerts, every one, tried on the rules as they are rendered.

use monitoring::trials::Rules;
use shop_monitoring::{Place, files, healthy};

use crate::must_pass;

fn rules() -> Rules {
    let files = files(&Place::local()).unwrap_or_else(|refused| panic!("{refused}"));
    let rules = files.iter().filter(|file| file.path.starts_with("deploy/prometheus/rules/"));
    Rules::read(rules.map(|file| file.contents.as_str())).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_alert_of_the_shop_passes_its_trial() {
    let rules = rules();
    let trials = healthy::trials(&Place::local(), &rules).unwrap_or_else(|errors| {
        panic!("{}", errors.iter().map(|error| format!("{error}\n")).collect::<String>());
    });
    assert_eq!(trials.len(), rules.alerts().len());
    must_pass(&trials, &rules);
}
