//! The shop's alerts, every one, tried on the rules as they are rendered.

use std::{fmt::Write as _, time::Duration};

use monitoring::trials::{Given, Rules, Trial};
use shop_monitoring::{Place, files, healthy};

use crate::must_pass;

/// The rules as they are rendered.
pub(crate) fn rules() -> Rules {
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

/// Orders that are accepted every seven seconds and paid two seconds later are at no moment all paid, and yet none is late.
#[test]
fn orders_under_way_spend_no_budget() {
    let rules = rules();
    let minutes = 26 * 60;
    let counted = |name: &str, labels: &str, count: &dyn Fn(u64) -> u64| {
        let mut samples = String::new();
        (0..=minutes).for_each(|minute| write!(samples, "{} ", count(minute * 60)).expect("text"));
        (format!(r#"{name}{{environment="local",service="orders",{labels}}}"#), samples)
    };
    let case = |name, paid_of_a_hundred: u64| {
        let accepted = counted("orders_total", r#"status="created",payment_method="card""#, &|second| second / 7);
        let paid = |second: u64| second.saturating_sub(2) / 7 * paid_of_a_hundred / 100;
        let labels = r#"le="120.0",outcome="confirmed""#;
        let series = vec![accepted, counted("shop_checkout_duration_seconds_bucket", labels, &paid)];
        Given { name, series, at: Duration::from_secs(minutes * 60), fires: Vec::new() }
    };
    let alert = |name: &str| rules.alerts().iter().find(|alert| alert.name == name).expect("an alert").clone();
    for name in ["CheckoutBurnsSteadily", "CheckoutBurnsFast"] {
        let lost = Given {
            fires: vec![[("environment", "local"), ("service", "orders")].map(|(k, v)| (k.into(), v.into())).into()],
            ..case("two of a hundred are lost", 98)
        };
        let trial = Trial::given(&alert(name), Duration::from_secs(60), vec![case("all are paid", 100), lost]);
        must_pass(&[trial.unwrap_or_else(|error| panic!("{error}"))], &rules);
    }
}
