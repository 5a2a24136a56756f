//! The shop's own alerts.

use monitoring::trials::Rules;
use shop_monitoring::{Place, files, healthy};

use crate::must_pass;

fn rules() -> Rules {
    let files = files(&Place::local()).unwrap_or_else(|refused| panic!("{refused}"));
    let rules = files.iter().filter(|file| file.path.starts_with("deploy/prometheus/rules/"));
    Rules::read(rules.map(|file| file.contents.as_str())).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_alert_passes_its_trial() {
    let rules = rules();
    assert!(!rules.alerts().is_empty(), "no alert is rendered");
    let trials = healthy::trials(&Place::local(), &rules).unwrap_or_else(|errors| {
        panic!(
            "no trial can be made of these:\n{}",
            errors.iter().map(|error| format!("{error}\n")).collect::<String>()
        )
    });
    assert_eq!(trials.len(), rules.alerts().len());
    must_pass(&trials, &rules);
}
