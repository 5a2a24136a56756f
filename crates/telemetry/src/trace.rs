//! Spans: whether a trace is kept is decided before its first span is built, and an unsampled request still has ids.

use std::{borrow::Cow, sync::OnceLock};

use opentelemetry::{
    Context, KeyValue,
    trace::{
        SpanBuilder, SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer,
    },
};
use opentelemetry_sdk::trace::SdkTracer;

use crate::settings::Sampler;

struct Tracing {
    tracer: SdkTracer,
    sampler: Sampler,
}

static TRACING: OnceLock<Tracing> = OnceLock::new();

pub(crate) fn install(tracer: SdkTracer, sampler: Sampler) {
    // A second pipeline in one process would split its traces; the first stands.
    let _ = TRACING.set(Tracing { tracer, sampler });
}

/// Whether the request at hand has a span that is recorded.
pub fn is_sampled(cx: &Context) -> bool {
    cx.span().span_context().is_sampled()
}

/// The trace id of the request at hand, as 32 hexadecimal digits; none outside of a request.
pub fn current_trace_id() -> Option<String> {
    Context::map_current(|cx| {
        let id = cx.span().span_context().trace_id();
        (id != TraceId::INVALID).then(|| id.to_string())
    })
}

/// Begins a span under the one at hand. Without a sampled parent nothing is built, and the context comes back as it is.
pub fn child(
    name: impl Into<Cow<'static, str>>,
    kind: SpanKind,
    attributes: impl FnOnce() -> Vec<KeyValue>,
) -> Context {
    let parent = Context::current();
    match TRACING.get() {
        Some(tracing) if is_sampled(&parent) => {
            let builder = SpanBuilder::from_name(name).with_kind(kind).with_attributes(attributes());
            let span = tracing.tracer.build_with_context(builder, &parent);
            parent.with_span(span)
        }
        _ => parent,
    }
}

/// Begins a trace, or goes on with the one that `parent` belongs to. The parent decides whether it is kept, else the sampler, unless
/// `always`. What is not kept has ids, so that logs and answers can name it.
pub fn root(name: impl Into<Cow<'static, str>>, kind: SpanKind, parent: &Context, always: bool) -> Context {
    let caller = parent.span().span_context().clone();
    let sampled = if caller.is_valid() { caller.is_sampled() } else { always || toss() };
    match TRACING.get() {
        Some(tracing) if sampled => {
            let span = tracing.tracer.build_with_context(SpanBuilder::from_name(name).with_kind(kind), parent);
            parent.with_span(span)
        }
        _ => {
            let trace_id =
                if caller.is_valid() { caller.trace_id() } else { TraceId::from(rand::random::<u128>() | 1) };
            let span_id = SpanId::from(rand::random::<u64>() | 1);
            let ids = SpanContext::new(trace_id, span_id, TraceFlags::default(), false, TraceState::default());
            parent.with_remote_span_context(ids)
        }
    }
}

fn toss() -> bool {
    match TRACING.get().map(|tracing| tracing.sampler) {
        None | Some(Sampler::AlwaysOff) => false,
        Some(Sampler::AlwaysOn) => true,
        Some(Sampler::Ratio(ratio)) => ratio >= 1.0 || rand::random::<f64>() < ratio,
    }
}

/// Marks the span of `cx` as failed, with a stable word for why.
pub fn fail(cx: &Context, error_type: &'static str) {
    let span = cx.span();
    span.set_attribute(KeyValue::new("error.type", error_type));
    span.set_status(Status::error(error_type));
}

/// The header in which a trace travels (W3C Trace Context).
pub const TRACEPARENT: &str = "traceparent";

/// Reads a `traceparent` header; what is malformed begins a new trace, as the specification asks
/// (<https://www.w3.org/TR/trace-context/#traceparent-header>).
pub fn parse_traceparent(header: &str) -> Option<SpanContext> {
    let mut parts = header.split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let lower_hex = |text: &str, digits: usize| {
        text.len() == digits && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    let well_formed = lower_hex(version, 2) && lower_hex(trace, 32) && lower_hex(span, 16) && lower_hex(flags, 2);
    if !well_formed || version == "ff" || (version == "00" && parts.next().is_some()) {
        return None;
    }
    let (trace, span) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()? & TraceFlags::SAMPLED.to_u8());
    let context = SpanContext::new(trace, span, flags, true, TraceState::default());
    context.is_valid().then_some(context)
}

/// Writes the `traceparent` header of a context; none when it has no span.
pub fn traceparent(cx: &Context) -> Option<String> {
    let span = cx.span();
    let context = span.span_context();
    context
        .is_valid()
        .then(|| format!("00-{}-{}-{:02x}", context.trace_id(), context.span_id(), context.trace_flags().to_u8() & 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceparent_is_read_or_left_alone() {
        let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert!(parse_traceparent(good).expect("well formed").is_sampled());
        assert!(!parse_traceparent(&good.replace("-01", "-00")).expect("well formed").is_sampled());
        for bad in [
            "",
            "00",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "00-+af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ] {
            assert_eq!(parse_traceparent(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_not_kept_has_ids_all_the_same() {
        let cx = root("GET", SpanKind::Server, &Context::new(), true);
        assert!(cx.span().span_context().is_valid());
        assert!(!is_sampled(&cx));
        let there = traceparent(&cx).expect("it has ids");
        assert_eq!(parse_traceparent(&there).expect("reads back").trace_id(), cx.span().span_context().trace_id());
    }
}
