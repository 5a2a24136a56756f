//! A service's row: the label values that are the service's own, fixed before anything is bound.

use crate::http::{self, RouteIndex};

/// How a request, or a call to another service, ended: its status and its error type are one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Outcome {
    /// The HTTP status; none when nobody got one.
    pub status: Option<u16>,
    /// A stable word for what went wrong; none when all went well.
    pub error_type: Option<&'static str>,
}

impl Outcome {
    /// It went well.
    pub const fn ok(status: u16) -> Self {
        Self { status: Some(status), error_type: None }
    }

    /// It was answered with an error.
    pub const fn error(status: u16, error_type: &'static str) -> Self {
        Self { status: Some(status), error_type: Some(error_type) }
    }

    /// It ended without an answer.
    pub const fn unanswered(error_type: &'static str) -> Self {
        Self { status: None, error_type: Some(error_type) }
    }
}

/// One method on one path, with all that it can end in.
#[derive(Clone, Debug)]
pub struct Route {
    /// The method, in capitals.
    pub method: &'static str,
    /// The path's template, such as `/products/{id}`.
    pub path: &'static str,
    /// Whether a trace that begins here is kept whatever the sampling ratio.
    pub always_sampled: bool,
    outcomes: Vec<Outcome>,
    first: usize,
}

impl Route {
    /// A route with its own outcomes; those that any request can have are added ([`http::ANY_REQUEST`]).
    pub fn new(method: &'static str, path: &'static str, own: impl IntoIterator<Item = Outcome>) -> Self {
        Self { method, path, always_sampled: false, outcomes: with(own, http::ANY_REQUEST), first: 0 }
    }

    /// The same route, whose traces are kept whatever the sampling ratio.
    #[must_use]
    pub fn always_sampled(mut self, always: bool) -> Self {
        self.always_sampled = always;
        self
    }

    /// All that a request to it can end in; the last stands for whatever was not declared.
    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// The series of an outcome; an undeclared one shares the last.
    #[inline]
    pub(crate) fn series(&self, outcome: Outcome) -> usize {
        self.first + slot(&self.outcomes, outcome)
    }
}

/// Calls of one method to one other service, with all that they can end in.
#[derive(Clone, Debug)]
pub struct Call {
    /// The other service's name.
    pub peer: &'static str,
    pub method: &'static str,
    outcomes: Vec<Outcome>,
    first: usize,
}

impl Call {
    /// Calls with the outcomes of the other's routes; those that any call can have are added ([`http::ANY_CALL`]).
    pub fn new(peer: &'static str, method: &'static str, own: impl IntoIterator<Item = Outcome>) -> Self {
        Self { peer, method, outcomes: with(own, http::ANY_CALL), first: 0 }
    }

    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    pub(crate) fn series(&self, outcome: Outcome) -> usize {
        self.first + slot(&self.outcomes, outcome)
    }
}

fn with(own: impl IntoIterator<Item = Outcome>, any: &[Outcome]) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = Vec::new();
    for outcome in own.into_iter().chain(any.iter().copied()) {
        if outcome != http::UNDECLARED && !outcomes.contains(&outcome) {
            outcomes.push(outcome);
        }
    }
    outcomes.push(http::UNDECLARED);
    outcomes
}

#[inline]
fn slot(outcomes: &[Outcome], outcome: Outcome) -> usize {
    outcomes.iter().position(|declared| *declared == outcome).unwrap_or(outcomes.len() - 1)
}

/// One kind of statement on one collection of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query {
    pub operation: crate::db::Operation,
    /// The table.
    pub collection: &'static str,
}

/// A service as its signals see it. Everything in it is fixed before the first series is made.
#[derive(Clone, Debug)]
pub struct Service {
    pub name: &'static str,
    pub version: &'static str,
    routes: Vec<Route>,
    calls: Vec<Call>,
    /// The statements it sends to its database; empty without one.
    pub queries: Vec<Query>,
    /// Its connection pools by name; empty without a database.
    pub pools: Vec<&'static str>,
    /// The error types that can arise in it.
    pub errors: Vec<&'static str>,
    /// How many series it may ever have on its scrape.
    pub series_budget: usize,
}

impl Service {
    /// A service without routes, calls or database, allowed no series beyond `series_budget`.
    pub fn new(name: &'static str, version: &'static str, series_budget: usize) -> Self {
        let service = Self {
            name,
            version,
            routes: Vec::new(),
            calls: Vec::new(),
            queries: Vec::new(),
            pools: Vec::new(),
            errors: Vec::new(),
            series_budget,
        };
        service.with_routes([])
    }

    /// Its public routes, in the order of their [`RouteIndex`].
    #[must_use]
    pub fn with_routes(mut self, routes: impl IntoIterator<Item = Route>) -> Self {
        let unmatched = Route::new(http::OTHER, http::OTHER, http::UNMATCHED_OUTCOMES.iter().copied());
        self.routes = routes.into_iter().chain([unmatched]).collect();
        let mut first = 0;
        for route in &mut self.routes {
            route.first = first;
            first += route.outcomes.len();
        }
        self
    }

    /// The calls it makes to other services.
    #[must_use]
    pub fn with_calls(mut self, calls: impl IntoIterator<Item = Call>) -> Self {
        self.calls = calls.into_iter().collect();
        let mut first = 0;
        for call in &mut self.calls {
            call.first = first;
            first += call.outcomes.len();
        }
        self
    }

    /// The statements it sends to its database and the pools that it sends them through.
    #[must_use]
    pub fn with_database(mut self, queries: impl IntoIterator<Item = Query>, pools: &[&'static str]) -> Self {
        self.queries = queries.into_iter().collect();
        self.pools = pools.to_vec();
        self
    }

    /// The error types that can arise in it, beside those that can arise in any service ([`crate::errors::ANY_SERVICE`]).
    #[must_use]
    pub fn with_errors(mut self, errors: impl IntoIterator<Item = &'static str>) -> Self {
        for error in errors.into_iter().chain(crate::errors::ANY_SERVICE.iter().copied()) {
            if !self.errors.contains(&error) {
                self.errors.push(error);
            }
        }
        self
    }

    /// Every route; the last stands for requests that no route took.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// A route; an index that is too high means the one that stands for unmatched requests.
    #[inline]
    pub fn route(&self, index: RouteIndex) -> &Route {
        self.routes.get(index.0 as usize).unwrap_or(&self.routes[self.routes.len() - 1])
    }

    pub fn calls(&self) -> &[Call] {
        &self.calls
    }
}

/// For signals of every service.
pub fn every_service(_: &Service) -> bool {
    true
}

/// For signals of services that call others.
pub fn services_that_call(service: &Service) -> bool {
    !service.calls.is_empty()
}

/// For signals of services that keep state.
pub fn services_with_a_database(service: &Service) -> bool {
    !service.pools.is_empty()
}
