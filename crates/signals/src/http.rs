//! HTTP, by OpenTelemetry's semantic conventions (<https://opentelemetry.io/docs/specs/semconv/http/http-metrics/>).

use crate::{
    Label, LabelSet, Outcome, Point, Service, carries, errors::ErrorType, every_service, label_keys,
    services_that_call, signals,
};

/// The value for what nobody declared: an unknown method, an unmatched path, an undeclared outcome.
pub const OTHER: &str = "_OTHER";

pub const METHOD: &str = "http.request.method";
pub const ROUTE: &str = "http.route";
pub const STATUS_CODE: &str = "http.response.status_code";
pub const PEER: &str = "server.address";
pub use crate::errors::ERROR_TYPE;

label_keys! {
    /// The request's method.
    pub Method = METHOD;
    /// The path of the route that took the request, with holes.
    pub Route = ROUTE;
    /// The status of the answer.
    pub StatusCode = STATUS_CODE;
}

carries!(ServerRequest: Method, Route, StatusCode, ErrorType);
carries!(ClientCall: Peer, Method, StatusCode, ErrorType);
carries!(Peer: Peer = PEER);

/// The client went away, or the server closed, before the last byte was sent.
pub const CANCELLED: Outcome = Outcome::unanswered("cancelled");
/// The handler panicked; the client got a 500.
pub const PANICKED: Outcome = Outcome::error(500, "panic");
/// An error of ours that has no name of its own.
pub const INTERNAL: Outcome = Outcome::error(500, "internal_error");
/// The body, the query or the path could not be understood.
pub const INVALID: Outcome = Outcome::error(400, "validation_error");
/// The caller may not do this.
pub const FORBIDDEN: Outcome = Outcome::error(403, crate::errors::PERMISSION_ERROR);
/// The request's body did not arrive in time.
pub const BODY_TOO_SLOW: Outcome = Outcome::error(408, "body_timeout");
/// The request's body is larger than the service reads.
pub const BODY_TOO_LARGE: Outcome = Outcome::error(413, "body_too_large");
/// Our own deadline passed.
pub const TIMED_OUT: Outcome = Outcome::error(504, "timeout");
/// No route has this path.
pub const NOT_FOUND: Outcome = Outcome::error(404, "route_not_found");
/// A route has this path, but not with this method.
pub const METHOD_NOT_ALLOWED: Outcome = Outcome::error(405, "method_not_allowed");
/// An outcome outside the declared ones. Rules count it as a failure, since a forgotten declaration must not hide one.
pub const UNDECLARED: Outcome = Outcome { status: None, error_type: Some(OTHER) };

/// What any request to any route can end in.
pub const ANY_REQUEST: &[Outcome] = &[INVALID, FORBIDDEN, INTERNAL, PANICKED, TIMED_OUT, CANCELLED, UNDECLARED];
/// What a request that no route took can end in, besides.
pub const UNMATCHED_OUTCOMES: &[Outcome] = &[NOT_FOUND, METHOD_NOT_ALLOWED];

/// The other did not answer within the time that was left.
pub const CALL_TIMED_OUT: Outcome = Outcome::unanswered("timeout");
/// No connection, or it broke before the answer.
pub const CALL_NOT_CONNECTED: Outcome = Outcome::unanswered("connection_error");
/// What any call to another service can end in.
pub const ANY_CALL: &[Outcome] = &[CALL_TIMED_OUT, CALL_NOT_CONNECTED, CANCELLED, UNDECLARED];

/// Bounds for durations of requests, in seconds. They serve the promises and alerts exactly (2, 5 and 10 s), go on past the
/// deadline of 30 s so that a percentile can tell "at the deadline" from "just above ten", and follow OpenTelemetry's
/// advice below one second.
pub const DURATION_BUCKETS: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0];

/// A route's place in the service's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouteIndex(pub u16);

impl RouteIndex {
    /// No route took the request.
    pub const UNMATCHED: RouteIndex = RouteIndex(u16::MAX);
}

/// A request to one of our routes and how it ended: a sum over the routes of what each can end in.
#[derive(Clone, Copy, Debug)]
pub struct ServerRequest {
    pub route: RouteIndex,
    pub outcome: Outcome,
}

impl LabelSet for ServerRequest {
    fn keys() -> Vec<&'static str> {
        vec![METHOD, ROUTE, STATUS_CODE, ERROR_TYPE]
    }

    fn points(service: &Service) -> Vec<Point> {
        let of_route = |route: &crate::Route| {
            let labels = [Label::new(METHOD, route.method), Label::new(ROUTE, route.path)];
            route.outcomes().iter().map(move |outcome| [labels.to_vec(), outcome.labels()].concat()).collect::<Vec<_>>()
        };
        service.routes().iter().flat_map(of_route).collect()
    }

    #[inline]
    fn index(self, service: &Service) -> usize {
        service.route(self.route).series(self.outcome)
    }
}

/// A call to another service and how it ended: a sum over the calls of what each can end in.
#[derive(Clone, Copy, Debug)]
pub struct ClientCall {
    pub peer: &'static str,
    pub method: &'static str,
    pub outcome: Outcome,
}

impl LabelSet for ClientCall {
    fn keys() -> Vec<&'static str> {
        vec![PEER, METHOD, STATUS_CODE, ERROR_TYPE]
    }

    fn points(service: &Service) -> Vec<Point> {
        let of_call = |call: &crate::Call| {
            let labels = [Label::new(PEER, call.peer), Label::new(METHOD, call.method)];
            call.outcomes().iter().map(move |outcome| [labels.to_vec(), outcome.labels()].concat()).collect::<Vec<_>>()
        };
        service.calls().iter().flat_map(of_call).collect()
    }

    fn index(self, service: &Service) -> usize {
        let declared = service.calls().iter().find(|call| call.peer == self.peer && call.method == self.method);
        declared.map_or(usize::MAX, |call| call.series(self.outcome))
    }
}

impl Outcome {
    /// The labels of an outcome: the status unless there was none, the error type unless all went well.
    pub fn labels(&self) -> Point {
        let status = self.status.map(|status| Label::new(STATUS_CODE, status.to_string()));
        let undeclared = (*self == UNDECLARED).then(|| Label::new(STATUS_CODE, OTHER));
        let error_type = self.error_type.map(|error_type| Label::new(ERROR_TYPE, error_type));
        status.or(undeclared).into_iter().chain(error_type).collect()
    }
}

/// The other service of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub &'static str);

impl LabelSet for Peer {
    fn keys() -> Vec<&'static str> {
        vec![PEER]
    }

    fn points(service: &Service) -> Vec<Point> {
        peers(service).into_iter().map(|peer| vec![Label::new(PEER, peer)]).collect()
    }

    fn index(self, service: &Service) -> usize {
        peers(service).iter().position(|peer| *peer == self.0).unwrap_or(usize::MAX)
    }
}

fn peers(service: &Service) -> Vec<&'static str> {
    let mut peers = Vec::new();
    for call in service.calls() {
        if !peers.contains(&call.peer) {
            peers.push(call.peer);
        }
    }
    peers
}

signals! {
    recorded by every_service;

    /// Time from a request's head to the last byte of its answer.
    pub SERVER_DURATION: Histogram<ServerRequest> = "http.server.request.duration" in Seconds, buckets DURATION_BUCKETS;

    /// Requests whose head was read and whose answer is not finished.
    pub SERVER_ACTIVE: ObservedGauge<()> = "http.server.active_requests" in "{request}";

    /// Connections that clients hold open on the public port.
    pub SERVER_CONNECTIONS: UpDownCounter<()> = "http.server.open_connections" in "{connection}";
}

signals! {
    recorded by services_that_call;

    /// Time from sending a request to another service to the end of its answer.
    pub CLIENT_DURATION: Histogram<ClientCall> = "http.client.request.duration" in Seconds, buckets DURATION_BUCKETS;

    /// Calls that were sent once more after a failure.
    pub CLIENT_RETRIES: Counter<Peer> = "http.client.retries" in "{retry}";
}
