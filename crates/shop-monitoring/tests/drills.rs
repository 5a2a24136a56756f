//! A drill that is declared can be armed: it is spoken of services, routes and times that there are.

use std::time::Duration;

use faults::{Fault, Route};
use monitoring::{Alert, Drill, Proof};
use shop::services::{Row, SERVICES};
use shop_monitoring::{Place, definitions};

fn drills() -> Vec<(Alert, Drill)> {
    let definitions = definitions(&Place::local());
    let drill = |alert: &Alert| match alert.proof {
        Proof::Drill(drill) => Some((alert.clone(), drill)),
        Proof::Stated(_) => None,
    };
    let drills: Vec<_> = definitions.each_alert().filter_map(drill).collect();
    assert!(!drills.is_empty());
    drills
}

fn row(service: &str) -> &'static Row {
    SERVICES.iter().find(|row| row.name.as_str() == service).unwrap_or_else(|| panic!("there is no service {service}"))
}

#[test]
fn the_faults_of_a_drill_are_accepted_over_the_wire() {
    for (alert, drill) in drills() {
        let faults = (drill.faults)();
        assert!(!faults.is_empty(), "the drill of {} breaks nothing", alert.name);
        for fault in faults {
            let written = serde_json::to_string(&fault).expect("written");
            match serde_json::from_str::<Fault>(&written) {
                Ok(read) => assert_eq!(read, fault),
                Err(error) => panic!("the drill of {}: {error}", alert.name),
            }
        }
    }
}

#[test]
fn the_faults_of_a_drill_are_at_places_that_there_are() {
    for (alert, drill) in drills() {
        for fault in (drill.faults)() {
            let row = row(&fault.place.service);
            if let Some(Route { method, path }) = &fault.place.route {
                let is_there = row.name.routes().iter().any(|route| route.door() == (method, path));
                assert!(is_there, "{}: {} has no {method} {path}", alert.name, row.name);
            }
            if let Some(peer) = &fault.place.peer {
                assert!(
                    row.calls.iter().any(|called| called.as_str() == peer),
                    "{}: {} never calls {peer}",
                    alert.name,
                    row.name
                );
            }
        }
    }
}

#[test]
fn a_drill_waits_longer_than_the_alert_is_held() {
    for (alert, drill) in drills() {
        // Nothing fires before it was scraped and evaluated.
        let soonest = alert.held + Place::local().scrape_interval * 2;
        assert!(drill.fires_within >= soonest, "{} cannot fire before {soonest:?}", alert.name);
        assert!(drill.clears_within > Duration::ZERO && drill.traffic.requests_per_second > 0, "{}", alert.name);
    }
}
