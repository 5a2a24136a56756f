//! Counts every request whose head was read exactly once, whatever becomes of it, and gives it a span.
//!
//! The count is taken when the request's guard is dropped. The guard lives in the response's body once there is one, so a stream
//! lasts until its last byte; before that in the handler's future, so a request that the client gave up, a panic and a shutdown
//! in the middle are counted too. The route comes from the table: its last guard ([`mark`]) writes its index into a
//! thread-local cell that this middleware reads back after each poll. Nothing is allocated for it, no path is looked at.

use std::{
    cell::Cell,
    future::{Future, Ready, ready},
    pin::Pin,
    rc::Rc,
    sync::atomic::{AtomicUsize, Ordering},
    task::{Context as Task, Poll},
    time::Instant,
};

use actix_web::{
    Error,
    body::{BodySize, MessageBody},
    dev::{ResourceDef, Service, ServiceRequest, ServiceResponse, Transform},
    guard::{Guard, fn_guard},
    http::{
        Method, StatusCode,
        header::{HeaderMap, HeaderName, HeaderValue},
    },
};
use bytes::Bytes;
use opentelemetry::{
    Context, KeyValue,
    trace::{SpanKind, TraceContextExt},
};
use pin_project_lite::pin_project;
use signals::{
    Outcome,
    errors::{ERRORS, ErrorType},
    http::{self, RouteIndex, SERVER_DURATION, ServerRequest},
};

use crate::{injection, trace};

/// The header that tells a client its trace's id.
pub const TRACE_ID: HeaderName = HeaderName::from_static("x-trace-id");

/// The header in which a client may name its journey, for logs and faults.
pub const SESSION: HeaderName = HeaderName::from_static("x-session");

/// What a client calls its journey: at most 64 characters, and never a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session(pub String);

thread_local! {
    /// The route that took the request whose future is being polled on this thread.
    static ROUTE: Cell<RouteIndex> = const { Cell::new(RouteIndex::UNMATCHED) };
}

/// A guard that takes every request and says which route it came to. Give it to a route as its last guard.
pub fn mark(route: RouteIndex) -> impl Guard {
    fn_guard(move |_| {
        ROUTE.set(route);
        true
    })
}

/// Says which route takes the request at hand, for whoever answers in a handler's stead.
pub fn taken_by(route: RouteIndex) {
    ROUTE.set(route);
}

/// The route that took the request at hand; none outside of a handler.
pub(crate) fn current_route() -> Option<RouteIndex> {
    Some(ROUTE.get()).filter(|route| *route != RouteIndex::UNMATCHED)
}

static IN_FLIGHT: AtomicUsize = AtomicUsize::new(0);

/// Requests whose head was read and whose last byte is not on its way yet.
pub fn in_flight() -> usize {
    IN_FLIGHT.load(Ordering::Acquire)
}

/// How a response came about, for the count: put into a response's extensions by whoever makes an error of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    pub outcome: Outcome,
    /// The error type to count here, if the error did not arise elsewhere.
    pub counted_as: Option<&'static str>,
}

impl Ended {
    /// An error that arose here.
    pub const fn here(outcome: Outcome) -> Self {
        Self { outcome, counted_as: outcome.error_type }
    }
}

/// The middleware: the outermost of a service's public port.
#[derive(Clone, Debug)]
pub struct Telemetry(Rc<Traces>);

#[derive(Debug)]
struct Traces {
    service: &'static signals::Service,
    /// Whether requests get ids and spans at all.
    enabled: bool,
    /// The routes whose traces are kept whatever the sampling ratio.
    always: Vec<(Method, ResourceDef)>,
}

impl Telemetry {
    /// Counts and traces the requests of a service.
    pub fn new(service: &'static signals::Service) -> Self {
        let always = service.routes().iter().filter(|route| route.always_sampled);
        let always = always.filter_map(|route| Some((route.method.parse().ok()?, ResourceDef::new(route.path))));
        Self(Rc::new(Traces { service, enabled: true, always: always.collect() }))
    }

    /// Counts requests, but gives them neither ids nor spans.
    pub fn without_traces(service: &'static signals::Service) -> Self {
        Self(Rc::new(Traces { service, enabled: false, always: Vec::new() }))
    }
}

impl Traces {
    fn begin(&self, request: &ServiceRequest) -> Option<Context> {
        if !self.enabled {
            return None;
        }
        let head = request.head();
        let caller =
            head.headers().get(trace::TRACEPARENT).and_then(|header| trace::parse_traceparent(header.to_str().ok()?));
        let parent = match caller {
            Some(caller) => Context::new().with_remote_span_context(caller),
            None => Context::new(),
        };
        let always = injection::is_anything_armed()
            || self.always.iter().any(|(method, path)| *method == head.method && path.is_match(head.uri.path()));
        let mut cx = trace::root(method_label(&head.method), SpanKind::Server, &parent, always);
        if let Some(session) = head.headers().get(SESSION).and_then(|session| session.to_str().ok()) {
            cx = cx.with_value(Session(session.chars().take(64).collect()));
        }
        if trace::is_sampled(&cx) {
            let span = cx.span();
            span.set_attribute(KeyValue::new("url.path", head.uri.path().to_owned()));
            if let Some(Session(session)) = cx.get() {
                span.set_attribute(KeyValue::new("session.id", session.clone()));
            }
        }
        Some(cx)
    }
}

fn method_label(method: &Method) -> &'static str {
    let known = [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::HEAD, Method::OPTIONS];
    let names = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"];
    known.iter().position(|one| one == method).map_or(http::OTHER, |position| names[position])
}

/// One request, from its head to its last byte. Dropping it counts it.
#[derive(Debug)]
struct Request {
    service: &'static signals::Service,
    began: Instant,
    route: RouteIndex,
    ended: Option<Ended>,
    cx: Option<Context>,
}

impl Request {
    fn begin(traces: &Traces, request: &ServiceRequest) -> Self {
        IN_FLIGHT.fetch_add(1, Ordering::Relaxed);
        let cx = traces.begin(request);
        Self { service: traces.service, began: Instant::now(), route: RouteIndex::UNMATCHED, ended: None, cx }
    }

    /// Runs a piece of the request's work: in its context, with the route cell its own.
    fn enter<T>(&mut self, work: impl FnOnce() -> T) -> T {
        struct Restore<'a> {
            route: &'a mut RouteIndex,
            before: RouteIndex,
        }
        impl Drop for Restore<'_> {
            // Also while unwinding: a request that panics has a route.
            fn drop(&mut self) {
                *self.route = ROUTE.replace(self.before);
            }
        }
        let _context = self.cx.clone().map(Context::attach);
        let _restore = Restore { before: ROUTE.replace(self.route), route: &mut self.route };
        work()
    }

    fn answered(&mut self, status: StatusCode, ended: Option<Ended>) {
        let status = status.as_u16();
        self.ended = Some(ended.unwrap_or_else(|| match status {
            ..400 => Ended { outcome: Outcome::ok(status), counted_as: None },
            404 if self.route == RouteIndex::UNMATCHED => Ended::here(http::NOT_FOUND),
            405 => Ended::here(http::METHOD_NOT_ALLOWED),
            500 => Ended::here(http::INTERNAL),
            _ => Ended { outcome: Outcome { status: Some(status), error_type: None }, counted_as: Some(http::OTHER) },
        }));
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        let unfinished = if std::thread::panicking() { http::PANICKED } else { http::CANCELLED };
        let Ended { outcome, counted_as } = self.ended.unwrap_or(Ended::here(unfinished));
        SERVER_DURATION.record_duration(self.began.elapsed(), ServerRequest { route: self.route, outcome });
        if let Some(error_type) = counted_as {
            ERRORS.add(1, ErrorType(error_type));
        }
        if let Some(cx) = self.cx.take().filter(trace::is_sampled) {
            self.describe(&cx, outcome);
        }
        // At last: whoever waits for none in flight finds all of them counted.
        IN_FLIGHT.fetch_sub(1, Ordering::Release);
    }
}

impl Request {
    #[cold]
    fn describe(&self, cx: &Context, outcome: Outcome) {
        let (route, span) = (self.service.route(self.route), cx.span());
        if self.route != RouteIndex::UNMATCHED {
            span.update_name(format!("{} {}", route.method, route.path));
            span.set_attribute(KeyValue::new(http::ROUTE, route.path));
        }
        span.set_attribute(KeyValue::new(http::METHOD, route.method));
        if let Some(status) = outcome.status {
            span.set_attribute(KeyValue::new(http::STATUS_CODE, i64::from(status)));
        }
        match outcome.error_type {
            // A client's mistake is no failure of the server's span, by the conventions; its type is told all the same.
            Some(error_type) if outcome.status.is_some_and(|status| status < 500) => {
                span.set_attribute(KeyValue::new(http::ERROR_TYPE, error_type));
            }
            Some(error_type) => trace::fail(cx, error_type),
            None => {}
        }
        span.end();
    }
}

impl<S, B> Transform<S, ServiceRequest> for Telemetry
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<Counted<B>>;
    type Error = Error;
    type Transform = TelemetryService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(TelemetryService { service, traces: self.0.clone() }))
    }
}

#[derive(Debug)]
pub struct TelemetryService<S> {
    service: S,
    traces: Rc<Traces>,
}

impl<S, B> Service<ServiceRequest> for TelemetryService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<Counted<B>>;
    type Error = Error;
    type Future = Watched<S::Future>;

    fn poll_ready(&self, task: &mut Task<'_>) -> Poll<Result<(), Error>> {
        self.service.poll_ready(task)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let mut watched = Request::begin(&self.traces, &request);
        let future = watched.enter(|| self.service.call(request));
        Watched { future, request: Some(watched) }
    }
}

pin_project! {
    /// A request that is being answered.
    pub struct Watched<F> {
        #[pin]
        future: F,
        request: Option<Request>,
    }
}

impl<F, B> Future for Watched<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody,
{
    type Output = Result<ServiceResponse<Counted<B>>, Error>;

    fn poll(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Some(watched) = this.request else { return Poll::Pending };
        let result = match watched.enter(|| this.future.poll(task)) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(result) => result,
        };
        let Some(mut watched) = this.request.take() else { return Poll::Pending };
        Poll::Ready(match result {
            Ok(mut response) => {
                let ended = response.response().extensions().get::<Ended>().copied();
                watched.answered(response.status(), ended);
                if let Some(cx) = &watched.cx {
                    name_trace(cx, response.headers_mut());
                }
                Ok(response.map_body(|_, body| Counted::new(body, watched)))
            }
            Err(error) => {
                // A middleware refused it. What it says is sent as it is, so the request ends here.
                let response = error.error_response();
                let ended = response.extensions().get::<Ended>().copied();
                watched.answered(response.status(), ended);
                Err(error)
            }
        })
    }
}

fn name_trace(cx: &Context, headers: &mut HeaderMap) {
    let id = cx.span().span_context().trace_id().to_bytes();
    let mut digits = [0; 32];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(id) {
        let digit = |nibble: u8| b"0123456789abcdef"[usize::from(nibble)];
        pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
    }
    if let Ok(value) = HeaderValue::from_bytes(&digits) {
        headers.insert(TRACE_ID, value);
    }
}

pin_project! {
    /// A response's body that ends its request with its last byte.
    pub struct Counted<B> {
        #[pin]
        body: B,
        request: Request,
        left: Left,
    }

    impl<B> PinnedDrop for Counted<B> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            match this.left {
                Left::Nothing => {}
                Left::Broken => this.request.ended = Some(Ended::here(http::INTERNAL)),
                Left::Bytes(_) | Left::UntilItEnds => this.request.ended = None,
            }
        }
    }
}

/// What of a body is still to be sent.
#[derive(Debug, PartialEq, Eq)]
enum Left {
    Nothing,
    Bytes(u64),
    UntilItEnds,
    /// It failed on our side; the client sees it break off.
    Broken,
}

impl<B: MessageBody> Counted<B> {
    fn new(body: B, request: Request) -> Self {
        let left = match body.size() {
            BodySize::None | BodySize::Sized(0) => Left::Nothing,
            BodySize::Sized(bytes) => Left::Bytes(bytes),
            BodySize::Stream => Left::UntilItEnds,
        };
        Self { body, request, left }
    }
}

impl<B: MessageBody> MessageBody for Counted<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Option<Result<Bytes, B::Error>>> {
        let this = self.project();
        let polled = this.request.enter(|| this.body.poll_next(task));
        match &polled {
            Poll::Ready(None) => *this.left = Left::Nothing,
            Poll::Ready(Some(Ok(chunk))) => {
                if let Left::Bytes(bytes) = this.left {
                    *bytes = bytes.saturating_sub(chunk.len() as u64);
                    if *bytes == 0 {
                        *this.left = Left::Nothing;
                    }
                }
            }
            Poll::Ready(Some(Err(_))) => *this.left = Left::Broken,
            Poll::Pending => {}
        }
        polled
    }
}
