//! How every series behaves while all is well: the world in which the alerts are tried, and which of them are to fire in it.
//!
//! A new gauge is stated here as soon as an alert reads it; until then its trial says that no such series is known. What is counted
//! and not stated here is what does not happen while all is well.

use std::collections::BTreeMap;

use monitoring::trials::{Behaviour, Duty, Error, Labels, Rules, Trial, World};
use shop::{
    messages::PaymentMethod,
    services::SERVICES,
    signals::{catalog, orders, payments},
};
use signals::{Declaration, Kind, Service, db, http, monitoring as telemetry, process};

use promql::{ForeignKind, ForeignMetric, Measure};

use crate::{
    Place,
    alerts::traffic,
    foreign::{otlp, prometheus},
    routing::WATCHDOG_ALERT,
    scraping::{self, OTLP_JOB, SERVICES_JOB},
};

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
    trials_of(place, rules, |_| true)
}

/// The trial of each alert whose name is chosen.
///
/// # Errors
/// For each alert of which no trial can be made, why.
pub fn trials_of(place: &Place, rules: &Rules, is_chosen: impl Fn(&str) -> bool) -> Result<Vec<Trial>, Vec<Error>> {
    Trial::all(rules, &world(place), is_chosen, duties, &BTreeMap::new())
}

/// Every series that the alerts may read, with what it does while all is well.
pub fn world(place: &Place) -> World {
    let mut world = World::new();
    for row in SERVICES {
        let service = row.name.signals();
        let target = target(SERVICES_JOB, service.name, place);
        for signal in signals::of_service(service) {
            declared(&mut world, signal.declaration(), service, &target);
        }
        of_target(&mut world, &target);
    }
    for metric in promql::foreign_metrics() {
        if let Some(service) = metric.exporter.service.filter(|_| metric.exporter != &otlp::SECOND_ROAD) {
            foreign(&mut world, metric, &target(service, service, place));
        }
    }
    for (job, service) in scraping::expected(place) {
        of_target(&mut world, &target(job, service, place));
    }
    world
}

/// What Prometheus says of a target itself. Alerts that fire are no part of a healthy world.
fn of_target(world: &mut World, target: &Labels) {
    let metrics = promql::foreign_metrics().into_iter().filter(|metric| metric.exporter.service.is_none());
    for metric in metrics.filter(|metric| metric.name != prometheus::ALERTS.declaration.name) {
        foreign(world, metric, target);
    }
}

/// The copy of a signal that came by the second road, and tells what the first one tells.
fn copy_of(declaration: &Declaration) -> Option<&'static ForeignMetric> {
    let copies = [
        (&http::SERVER_DURATION.declaration, &otlp::PUSHED_REQUESTS.declaration),
        (&orders::ORDERS.declaration, &otlp::PUSHED_ORDERS.declaration),
    ];
    copies.into_iter().find(|(original, _)| original.name == declaration.name).map(|(_, copy)| copy)
}

/// What an exporter or a server says, with each of the values that its declaration names.
fn foreign(world: &mut World, metric: &ForeignMetric, target: &Labels) {
    let mut points = vec![target.clone()];
    for (key, values) in metric.labels {
        let with = |point: &Labels| {
            let each = values.iter().map(|value| {
                let label = (key.replace('.', "_"), (*value).to_owned());
                point.iter().map(|(key, value)| (key.clone(), value.clone())).chain([label]).collect::<Labels>()
            });
            each.collect::<Vec<_>>()
        };
        points = points.iter().flat_map(with).collect();
    }
    let healthy = match (metric.kind, metric.measure) {
        // Time passes, whether anybody comes or not.
        (ForeignKind::Counter, Measure::Seconds) => Behaviour::Ticking(metric.healthy),
        (ForeignKind::Counter, _) => Behaviour::Growing(metric.healthy),
        (ForeignKind::Gauge, Measure::State) => Behaviour::State(metric.healthy != 0.0),
        (ForeignKind::Gauge, _) => Behaviour::Level(metric.healthy),
        (ForeignKind::Histogram(_), _) => Behaviour::Observed { per_second: metric.healthy, up_to: QUICK },
    };
    let bounds = if let ForeignKind::Histogram(bounds) = metric.kind { bounds } else { &[] };
    for labels in points {
        world.add_histogram(metric.name, labels, bounds, healthy);
    }
}

/// What an alert is for, if it is to fire without traffic, when series are missing, or for ever.
fn duties(alert: &str) -> &'static [Duty] {
    match alert {
        traffic::NO_TRAFFIC => &[Duty::NoTraffic],
        WATCHDOG_ALERT => &[Duty::Always],
        _ => &[],
    }
}

/// What a gauge shows.
fn levels() -> [(&'static Declaration, f64); 17] {
    [
        (&catalog::PRODUCTS.declaration, 0.0),
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

fn target(job: &str, service: &str, place: &Place) -> Labels {
    let labels = [("service", service), ("instance", service), ("environment", place.environment), ("job", job)];
    labels.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn declared(world: &mut World, declaration: &Declaration, service: &Service, target: &Labels) {
    let name = declaration.prometheus_name();
    for point in (declaration.points)(service) {
        let mut labels = target.clone();
        labels.extend(point.iter().map(|label| (label.prometheus_key(), label.value.clone().into_owned())));
        if let Some(healthy) = behaviour(declaration, &labels) {
            if let Some(copy) = copy_of(declaration) {
                let mut pushed = labels.clone();
                pushed.insert("job".to_owned(), OTLP_JOB.to_owned());
                let per_second = if is_wanted(&labels) { TRAFFIC } else { 0.0 };
                world.add(copy.name, pushed, Behaviour::Growing(per_second));
            }
            world.add_histogram(&name, labels, declaration.buckets, healthy);
        }
    }
}

fn behaviour(declaration: &Declaration, labels: &Labels) -> Option<Behaviour> {
    let is = |other: &Declaration| other.name == declaration.name;
    let per_second = if is_wanted(labels) { TRAFFIC } else { 0.0 };
    match declaration.kind {
        // Every order that is created is checked out, however it is paid.
        Kind::Histogram if is(&orders::CHECKOUT_DURATION.declaration) => {
            Some(Behaviour::Observed { per_second: per_second * PaymentMethod::ALL.len() as f64, up_to: QUICK })
        }
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
