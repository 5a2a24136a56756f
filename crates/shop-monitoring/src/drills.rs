//! What the drills of the shop have in common: the load, and places by the contract's names.

use faults::{Fault, Kind};
use monitoring::Traffic;
use shop::{routes::Route, services::ServiceName};

/// Customers as on any day, who browse, buy and make mistakes.
pub(crate) const USUAL: Traffic = Traffic { requests_per_second: 20, journey: "mix" };

/// The fault at a service.
pub(crate) fn at(service: ServiceName, kind: Kind) -> Fault {
    kind.on(service.as_str())
}

/// The fault at one route of a service.
pub(crate) fn at_route(service: ServiceName, route: &Route, kind: Kind) -> Fault {
    let (method, path) = route.door();
    at(service, kind).route(method, path)
}
