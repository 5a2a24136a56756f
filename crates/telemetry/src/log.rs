//! Log lines: one JSON object each, joined to the trace by its id.

use std::{fmt, io};

use opentelemetry::{Context, trace::TraceContextExt};
use serde::{Serialize, Serializer};
use serde_json::Value;
use tracing::{Event, Subscriber, field::Field};
use tracing_subscriber::{
    EnvFilter,
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::Writer,
        time::{FormatTime, SystemTime},
    },
    registry::LookupSpan,
};

use crate::middleware::Session;

/// Sends every log line of the process to standard output, as JSON. `RUST_LOG` says how much; `info` unless told.
///
/// # Errors
/// When `RUST_LOG` cannot be understood, or logs go somewhere already.
pub fn init(service: &'static str) -> Result<(), String> {
    let wanted = std::env::var("RUST_LOG").ok().filter(|wanted| !wanted.is_empty());
    tracing_subscriber::fmt()
        .with_env_filter(filter(wanted)?)
        .event_format(Line { service })
        .with_writer(io::stdout)
        .try_init()
        .map_err(|error| error.to_string())
}

/// What of the log is wanted.
pub(crate) fn filter(wanted: Option<String>) -> Result<EnvFilter, String> {
    let wanted = wanted.as_deref().unwrap_or("info");
    EnvFilter::try_new(wanted).map_err(|error| format!("RUST_LOG: `{wanted}` cannot be understood: {error}"))?;
    // The SDK reports each failed push as an error; we count those and say it once.
    let quiet =
        "opentelemetry=off,opentelemetry_sdk=off,opentelemetry_otlp=off,opentelemetry-otlp=off,actix_server=warn";
    EnvFilter::try_new(format!("{quiet},{wanted}")).map_err(|error| error.to_string())
}

struct Line {
    service: &'static str,
}

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut line = Fields::default();
        let mut timestamp = String::new();
        SystemTime.format_time(&mut Writer::new(&mut timestamp))?;
        line.put("timestamp", timestamp);
        line.put("level", event.metadata().level().as_str());
        line.put("service", self.service);
        event.record(&mut line);
        line.put("target", event.metadata().target());
        Context::map_current(|cx| {
            let span = cx.span();
            let context = span.span_context();
            if context.is_valid() {
                line.put("trace_id", context.trace_id().to_string());
                line.put("span_id", context.span_id().to_string());
            }
            if let Some(Session(session)) = cx.get() {
                line.put("session", session.as_str());
            }
        });
        let line = serde_json::to_string(&line).map_err(|_| fmt::Error)?;
        writeln!(writer, "{line}")
    }
}

/// The fields of a line, in the order in which a person wants to read them.
#[derive(Default)]
struct Fields(Vec<(&'static str, Value)>);

impl Fields {
    fn put(&mut self, name: &'static str, value: impl Into<Value>) {
        self.0.push((name, value.into()));
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl tracing::field::Visit for Fields {
    /// An error with all that caused it, since the outermost sentence alone seldom helps.
    fn record_error(&mut self, field: &Field, error: &(dyn std::error::Error + 'static)) {
        let causes = std::iter::successors(error.source(), |cause| cause.source());
        let sentence = causes.fold(error.to_string(), |sentence, cause| format!("{sentence}: {cause}"));
        self.put(field.name(), sentence);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field.name(), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field.name(), value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field.name(), value);
    }
}
