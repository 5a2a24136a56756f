//! Where armed faults strike: each layer asks here, and what strikes is counted, logged and marked on the span.

use std::sync::{Arc, OnceLock};

use faults::{Fault, Hit, Injection, Kind, Occasion, Reach, Registry};
use opentelemetry::{Context, KeyValue, trace::TraceContextExt};
use signals::faults::{ARMED, FaultKind, INJECTED};

use crate::middleware::{self, Session};

/// Only there while faults are enabled.
static REGISTRY: OnceLock<Registry> = OnceLock::new();

/// Lets faults be armed in this process from now on. There is no way back.
pub fn enable(service: &'static signals::Service) -> &'static Registry {
    let registry = REGISTRY.get_or_init(|| Registry::new(service));
    ARMED.observe(move |now| {
        for kind in FaultKind::ALL {
            now.set(registry.count(|it| it.label() == Some(*kind)) as f64, *kind);
        }
    });
    registry
}

/// The faults of this process; none unless they are enabled.
pub fn registry() -> Option<&'static Registry> {
    REGISTRY.get()
}

/// Those of this process, if one may be armed.
#[inline]
fn armed() -> Option<&'static Registry> {
    REGISTRY.get().filter(|registry| !registry.is_empty())
}

/// Whether a fault may strike here, so that what it does to requests should be kept.
pub(crate) fn is_anything_armed() -> bool {
    armed().is_some()
}

/// What strikes the request at hand before its handler is called, of a kind that is meant; `route` is what took it.
pub fn request(route: (&str, &str), is_meant: impl Fn(Kind) -> bool) -> Option<Hit> {
    let here = Occasion { route: Some(route), ..Occasion::default() };
    strike(&Context::current(), here, |fault| fault.place.peer.is_none() && is_meant(fault.kind))
}

/// What strikes the call to another service that is about to be made in the span of `cx`.
pub(crate) fn call(peer: &str, cx: &Context) -> Option<Hit> {
    // A latency without a peer is the request's own.
    let is_meant = |fault: &Fault| match fault.kind {
        Kind::Latency(_) => fault.place.peer.is_some(),
        kind => kind.reach() == Reach::Call,
    };
    strike(cx, Occasion { peer: Some(peer), ..Occasion::default() }, is_meant)
}

/// What strikes the statement that is about to be sent, in its span where it is kept.
pub(crate) fn statement(collection: &str, span: Option<&Context>) -> Option<Hit> {
    armed()?;
    let current = Context::current();
    let here = Occasion { collection: Some(collection), ..Occasion::default() };
    strike(span.unwrap_or(&current), here, |fault| fault.kind.reach() == Reach::Statement)
}

/// A fault of the whole process that lives.
pub fn of_process(is_meant: impl Fn(Kind) -> bool) -> Option<Arc<Injection>> {
    armed()?.of_process(is_meant)
}

fn strike(cx: &Context, here: Occasion<'_>, is_meant: impl Fn(&Fault) -> bool) -> Option<Hit> {
    let registry = armed()?;
    let route = here.route.or_else(|| {
        let route = registry.service().route(middleware::current_route()?);
        Some((route.method, route.path))
    });
    let trace_id = cx.span().span_context().trace_id().to_bytes();
    let session = cx.get::<Session>().map(|Session(session)| session.as_str());
    let hit = registry.strike(&Occasion { trace_id, route, session, ..here }, is_meant)?;
    tell(hit.name(), hit.kind(), cx);
    Some(hit)
}

/// Whether a fault that nobody needs to arm, since the route is there for it, strikes the request at hand.
pub fn strikes_anyway(name: &str, fault: &Fault) -> bool {
    let cx = Context::current();
    let strikes = fault.hits(cx.span().span_context().trace_id().to_bytes());
    if strikes {
        tell(name, fault.kind, &cx);
    }
    strikes
}

/// Says that a fault of the whole process has begun.
pub fn began(fault: &Injection) {
    tell(fault.name(), fault.fault().kind, &Context::current());
}

/// Says that a fault struck: as a number, on the span of `cx` and in the log.
pub fn tell(name: &str, kind: Kind, cx: &Context) {
    if let Some(label) = kind.label() {
        INJECTED.add(1, label);
    }
    let span = cx.span();
    span.set_attribute(KeyValue::new("fault.name", name.to_owned()));
    span.set_attribute(KeyValue::new(FaultKind::KEY, kind.as_str()));
    let _attached = cx.clone().attach();
    tracing::warn!(fault.name = name, fault.kind = kind.as_str(), "a fault was injected");
}
