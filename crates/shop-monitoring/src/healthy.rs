//! How every series behaves while all is well: the world in which the alerts are tried.

use monitoring::trials::{Behaviour, Duty, Labels, World};
use shop::services::SERVICES;
use signals::{Declaration, Kind, Service};

use crate::{Place, scraping::SERVICES_JOB};

/// How many observations or events a second each source has that is busy while all is well.
const TRAFFIC: f64 = 1.0;
/// Up to where durations reach, in seconds.
const QUICK: f64 = 0.2;

/// Every series of the services' scrapes, with what it does while all is well.
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

/// The alerts that are to fire without traffic, or when series are missing.
pub fn duties(_alert: &str) -> &'static [Duty] {
    &[]
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
        let healthy = behaviour(declaration.kind, &name, &labels);
        world.add_histogram(&name, labels, declaration.buckets, healthy);
    }
}

fn behaviour(kind: Kind, name: &str, labels: &Labels) -> Behaviour {
    let is_good = is_good(name, labels);
    match kind {
        Kind::Histogram => Behaviour::Observed { per_second: if is_good { TRAFFIC } else { 0.0 }, up_to: QUICK },
        Kind::Counter => Behaviour::Growing(if is_good { TRAFFIC } else { 0.0 }),
        Kind::Gauge | Kind::UpDownCounter => gauge(name),
    }
}

fn gauge(_name: &str) -> Behaviour {
    Behaviour::Level(0.0)
}

fn is_good(_name: &str, labels: &Labels) -> bool {
    let status = labels.get("http_response_status_code").is_none_or(|status| status.starts_with('2'));
    status && !labels.contains_key("error_type")
}
