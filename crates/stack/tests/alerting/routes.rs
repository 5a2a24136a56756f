//! Every alert reaches the receiver of its level, as Alertmanager's own tool walks the routes.

use std::{path::PathBuf, process::Command};

use monitoring::Severity;
use shop::services::SERVICES;
use shop_monitoring::{Place, definitions};
use stack::tools::Tool;

use crate::alertmanager::{Labels, configuration, labels, program, render};

/// Whom an alert is to reach: by its level, whatever the configuration says.
fn expected(alert: &str, severity: Severity) -> &'static str {
    match (alert, severity) {
        ("Watchdog", _) => "watchdog",
        (_, Severity::Critical) => "page",
        (_, Severity::Warning) => "ticket",
        (_, Severity::Info) => "note",
    }
}

/// Of which service, or of which host, an alert may be. Nobody is told by these, so any alert is tried with each.
fn origins() -> Vec<Labels> {
    let services = SERVICES.iter().map(|row| labels([("service", row.name.as_str())]));
    let instances = SERVICES.iter().take(1).map(|row| labels([("service", row.name.as_str()), ("instance", "a:1")]));
    services.chain(instances).chain([labels([("instance", "host-a:9100")])]).collect()
}

/// The rendered routes of a place, and the tool that walks them.
struct Routes {
    amtool: PathBuf,
    folder: PathBuf,
    environment: &'static str,
}

impl Routes {
    fn of(name: &str, place: &Place) -> Self {
        Self { amtool: program(Tool::Amtool), folder: render(name, place), environment: place.environment }
    }

    #[track_caller]
    fn check(&self, labels: &Labels, receiver: &str) {
        let output = Command::new(&self.amtool)
            .args(["config", "routes", "test", "--config.file"])
            .arg(configuration(&self.folder))
            .arg(format!("--verify.receivers={receiver}"))
            .args(labels.iter().map(|(key, value)| format!("{key}={value}")))
            .output()
            .expect("amtool");
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{labels:?} is to reach {receiver}: {said}");
    }

    #[track_caller]
    fn check_alert(&self, alert: &str, severity: Severity, owner: &str, topic: &str) {
        for origin in origins() {
            let mut labels = labels([
                ("alertname", alert),
                ("severity", severity.as_str()),
                ("owner", owner),
                ("topic", topic),
                ("environment", self.environment),
            ]);
            labels.extend(origin);
            self.check(&labels, expected(alert, severity));
        }
    }
}

#[test]
fn every_alert_reaches_the_receiver_of_its_level() {
    let routes = Routes::of("routes", &Place::local());
    for alert in definitions(&Place::local()).each_alert() {
        routes.check_alert(alert.name, alert.severity, alert.owner, alert.topic);
    }
}

#[test]
fn every_level_has_its_receiver_and_the_watchdog_its_own_whatever_its_level() {
    for (name, place) in [("levels", Place::local()), ("levels-production", Place::production())] {
        let routes = Routes::of(name, &place);
        for severity in [Severity::Critical, Severity::Warning, Severity::Info] {
            routes.check_alert("Another", severity, "somebody", "anything");
            routes.check_alert("Watchdog", severity, "somebody", "monitoring");
        }
    }
}

#[test]
fn what_no_route_takes_is_a_ticket() {
    let routes = Routes::of("routes-none", &Place::local());
    routes.check(&labels([("alertname", "Forgotten")]), "ticket");
    routes.check(&labels([("alertname", "Forgotten"), ("severity", "urgent")]), "ticket");
}
