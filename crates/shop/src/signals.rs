//! The shop's own signals, and each service's row of label values.

pub mod catalog;
pub mod orders;
pub mod payments;

use std::sync::LazyLock;

use signals::{Call, Outcome, Query, Route, Service, db::Operation};

use crate::{
    routes::Sampling,
    services::{Row, SERVICES, ServiceName},
};

/// The version that `build_info` shows: `VITRINE_VERSION` while compiling, else the package's.
pub const VERSION: &str = match option_env!("VITRINE_VERSION") {
    Some(version) => version,
    None => env!("CARGO_PKG_VERSION"),
};

/// The pools of a service with a database: on PostgreSQL both lead to the same one.
pub const WRITE_POOL: &str = "write";
pub const READ_POOL: &str = "read";

static ROWS: LazyLock<Vec<Service>> = LazyLock::new(|| SERVICES.iter().map(service).collect());

impl ServiceName {
    /// The service as its signals see it.
    pub fn signals(self) -> &'static Service {
        let position = SERVICES.iter().position(|row| row.name == self).unwrap_or_default();
        &ROWS[position]
    }

    /// How many series it may ever have on its scrape: what its declarations come to, with room for a few more.
    const fn series_budget(self) -> usize {
        match self {
            ServiceName::Gateway => 5_000,
            ServiceName::Catalog => 3_000,
            ServiceName::Orders => 4_000,
            ServiceName::Payments => 2_000,
        }
    }

    /// The statements that it sends to its database.
    fn queries(self) -> Vec<Query> {
        let statements: &[(&str, &[Operation])] = match self {
            ServiceName::Gateway => &[],
            ServiceName::Catalog => catalog::STATEMENTS,
            ServiceName::Orders => orders::STATEMENTS,
            ServiceName::Payments => payments::STATEMENTS,
        };
        statements
            .iter()
            .flat_map(|(collection, operations)| {
                operations.iter().map(|operation| Query { operation: *operation, collection })
            })
            .collect()
    }
}

fn service(row: &Row) -> Service {
    let name = row.name;
    // What was refused further in is counted there; here only that it was handed on, and that is said by the codes of forwarding.
    let codes = name.routes().iter().flat_map(|route| route.refusals_of_its_own());
    let mut service = Service::new(name.as_str(), VERSION, name.series_budget())
        .with_routes(name.routes().iter().map(|route| {
            let always = route.sampling == Sampling::Always;
            Route::new(route.method.as_str(), route.path, route.outcomes()).always_sampled(always)
        }))
        .with_calls(row.calls.iter().flat_map(|peer| calls(*peer)))
        .with_errors(codes.map(|code| code.as_str()));
    if row.has_database {
        service = service.with_database(name.queries(), &[WRITE_POOL, READ_POOL]);
    }
    service
}

/// The calls that can be made to a service: a method and every status that a route with it declares. Whose fault an error
/// is, the one who was called says by its own type; to the caller a status is enough, as the conventions have it.
fn calls(peer: ServiceName) -> Vec<Call> {
    let mut methods: Vec<&'static str> = peer.routes().iter().map(|route| route.method.as_str()).collect();
    methods.sort_unstable();
    methods.dedup();
    let answers = |method: &'static str| {
        let routes = peer.routes().iter().filter(move |route| route.method.as_str() == method);
        routes.flat_map(|route| route.outcomes()).map(|outcome| as_the_caller_sees_it(outcome.status.unwrap_or(500)))
    };
    let any = [400, 403, 404, 500, 503, 504].map(as_the_caller_sees_it);
    methods.into_iter().map(|method| Call::new(peer.as_str(), method, answers(method).chain(any))).collect()
}

/// What a status of a call means to the caller: from 400 on the status is also the error type, as the conventions have it
/// (<https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#http-client>).
pub fn as_the_caller_sees_it(status: u16) -> Outcome {
    let error_type = match status {
        ..400 => return Outcome::ok(status),
        400 => "400",
        402 => "402",
        403 => "403",
        404 => "404",
        408 => "408",
        409 => "409",
        413 => "413",
        500 => "500",
        502 => "502",
        503 => "503",
        504 => "504",
        _ => return signals::http::UNDECLARED,
    };
    Outcome::error(status, error_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_service_can_pass_its_series_budget() {
        for row in SERVICES {
            let service = row.name.signals();
            let series = signals::series_of(service);
            let budget = service.series_budget;
            assert!(series <= budget, "{} can have {series} series, but its budget is {budget}", row.name);
            assert!(
                series * 2 > budget,
                "{}'s budget of {budget} is far above its {series} series: lower it",
                row.name
            );
        }
    }

    #[test]
    fn every_status_that_a_service_declares_is_known_to_its_callers() {
        for row in SERVICES {
            for route in row.name.routes() {
                for outcome in route.outcomes() {
                    let seen = as_the_caller_sees_it(outcome.status.expect("declared outcomes have a status"));
                    assert_ne!(seen, signals::http::UNDECLARED, "{} {outcome:?}", route.path);
                }
            }
        }
    }
}
