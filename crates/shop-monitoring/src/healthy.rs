//! How every series behaves while all is well: the world in which the alerts are tried, and which of them are to fire in it.
//!
//! A new gauge is stated here as soon as an alert reads it; until then its trial says that no such series is known. What is counted
//! and not stated here is what does not happen while all is well.

use std::collections::BTreeMap;

use monitoring::trials::{Behaviour, Duty, Error, Labels, Rules, Trial, World};
use shop::{
    services::SERVICES,
    signals::{catalog, orders, payments},
};
use signals::{Declaration, Kind, Service, db, http, monitoring as telemetry, process};

use crate::{Place, scraping::SERVICES_JOB};

/// How often a second each thing happens that happens at all.
const TRAFFIC: f64 = 1.0;
/// Up to where measurements reach, in the histogram's unit; durations in seconds.
const QUICK: f64 = 0.2;

/// Labels that say that something went wrong, or at least not as wished.
const UNWANTED: &[(&str, &[&str])] = &[
    ("telemetry_result", &["failed", "dropped"]),
    ("status", &["failed", "cancelled"]),
    ("event", &["declined", "voided"]),
    ("outcome", &["refused", "broken"]),
];

/// The trial of every alert.
///
/// # Errors
/// For each alert of which no trial can be made, why.
pub fn trials(place: &Place, rules: &Rules) -> Result<Vec<Trial>, Vec<Error>> {
    Trial::all(rules, &world(place), duties, &BTreeMap::new())
}

/// Every series that the alerts may read, with what it does while all is well.
pub fn world(place: &Place) -> World {
    let mut world = World::new();
    for row in SERVICES {
        let service = row.name.signals();
        let target = target(service, place);
        for signal in signals::of_service(service) {
            declared(&mut world, signal.declaration(), service, &target);
        }
        world.add("up", target, Behaviour::State(true));
    }
    world
}

/// What an alert is for, if it is to fire without traffic or when series are missing.
fn duties(_alert: &str) -> &'static [Duty] {
    &[]
}

/// What a gauge shows.
fn levels() -> [(&'static Declaration, f64); 16] {
    [
        (&http::SERVER_ACTIVE.declaration, 1.0),
        (&http::SERVER_CONNECTIONS.declaration, 5.0),
        (&db::CONNECTIONS.declaration, 2.0),
        (&db::CONNECTIONS_MAX.declaration, 10.0),
        (&db::CONNECTIONS_PENDING.declaration, 0.0),
        (&process::MEMORY.declaration, 60e6),
        (&process::OPEN_FILES.declaration, 40.0),
        (&process::OPEN_FILES_LIMIT.declaration, 1024.0),
        (&process::START_TIME.declaration, 0.0),
        (&process::RUNTIME_WORKERS.declaration, 2.0),
        (&process::RUNTIME_QUEUE.declaration, 0.0),
        (&telemetry::SPAN_QUEUE.declaration, 10.0),
        (&telemetry::SERIES.declaration, 500.0),
        (&telemetry::SERIES_BUDGET.declaration, 2000.0),
        (&orders::UNFINISHED.declaration, 1.0),
        (&orders::OLDEST_UNFINISHED.declaration, 2.0),
    ]
}

/// What is counted because customers come.
fn traffic() -> [&'static Declaration; 6] {
    [
        &catalog::PRODUCT_VIEWS.declaration,
        &catalog::UNITS_SOLD.declaration,
        &orders::ORDERS.declaration,
        &orders::REVENUE.declaration,
        &payments::PAYMENTS.declaration,
        &telemetry::ITEMS.declaration,
    ]
}

/// What is counted by itself, and how much of it a second.
fn ticking() -> [(&'static Declaration, f64); 2] {
    [(&process::CPU_TIME.declaration, 0.05), (&process::RUNTIME_BUSY.declaration, 0.1)]
}

fn target(service: &Service, place: &Place) -> Labels {
    let labels = [
        ("service", service.name),
        ("instance", service.name),
        ("environment", place.environment),
        ("job", SERVICES_JOB),
    ];
    labels.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn declared(world: &mut World, declaration: &Declaration, service: &Service, target: &Labels) {
    let name = declaration.prometheus_name();
    for point in (declaration.points)(service) {
        let mut labels = target.clone();
        labels.extend(point.iter().map(|label| (label.prometheus_key(), label.value.clone().into_owned())));
        if let Some(healthy) = behaviour(declaration, &labels) {
            world.add_histogram(&name, labels, declaration.buckets, healthy);
        }
    }
}

fn behaviour(declaration: &Declaration, labels: &Labels) -> Option<Behaviour> {
    let is = |other: &Declaration| other.name == declaration.name;
    let per_second = if is_wanted(labels) { TRAFFIC } else { 0.0 };
    match declaration.kind {
        Kind::Histogram => Some(Behaviour::Observed { per_second, up_to: QUICK }),
        Kind::Counter => {
            let ticks = ticking().into_iter().find(|(ticking, _)| is(ticking));
            let happens = traffic().into_iter().any(is);
            let counted = Behaviour::Growing(if happens { per_second } else { 0.0 });
            Some(ticks.map_or(counted, |(_, per_second)| Behaviour::Ticking(per_second)))
        }
        Kind::Gauge | Kind::UpDownCounter => {
            let level = levels().into_iter().find(|(gauge, _)| is(gauge));
            level.map(|(_, level)| Behaviour::Level(level))
        }
    }
}

/// Whether what bears these labels happens while all is well.
fn is_wanted(labels: &Labels) -> bool {
    let is_unwanted =
        |(key, values): &(&str, &[&str])| labels.get(*key).is_some_and(|value| values.contains(&&**value));
    !labels.contains_key("error_type") && !UNWANTED.iter().any(is_unwanted)
}
