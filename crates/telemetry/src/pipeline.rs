//! The one pipeline: what is recorded is stored once, and both the scrape and the push read it there.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, OnceLock, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use opentelemetry::{KeyValue, metrics::MeterProvider, trace::TracerProvider};
use opentelemetry_otlp::{MetricExporter, SpanExporter, WithHttpConfig};
use opentelemetry_prometheus::PrometheusExporter;
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    metrics::{
        Instrument, InstrumentKind, Pipeline, SdkMeterProvider, Stream, Temporality, data::ResourceMetrics,
        reader::MetricReader,
    },
    trace::{Sampler, SdkTracerProvider},
};
use signals::{
    Service, Signal,
    http::SERVER_ACTIVE,
    monitoring::{BUILD_INFO, SERIES, SERIES_BUDGET, SPAN_QUEUE, UNBOUND_RECORDINGS, Version},
};

use crate::{
    export::{CountedSpans, MetricPush},
    exposition, middleware, process, runtime,
    settings::Settings,
    trace,
};

/// The exporter of the scrape as the pipeline's only reader, shared with the push.
#[derive(Clone, Debug)]
struct Shared(Arc<PrometheusExporter>);

impl MetricReader for Shared {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.0.register_pipeline(pipeline);
    }

    fn collect(&self, metrics: &mut ResourceMetrics) -> OTelSdkResult {
        self.0.collect(metrics)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.0.temporality(kind)
    }
}

/// What could not be delivered before the end.
#[derive(Debug, PartialEq, Eq)]
pub struct Undelivered {
    /// Spans that ended and were still waiting, or failed in the last push.
    pub spans: usize,
    /// Whether the last push of metrics got through.
    pub metrics: bool,
}

impl fmt::Display for Undelivered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let metrics = if self.metrics { "the last metrics" } else { "no metrics" };
        write!(f, "{} spans and {metrics} were not delivered to the collector", self.spans)
    }
}

/// Keeps the pipeline alive. [`Guard::shutdown`] flushes it; dropped without, what waits is lost.
#[derive(Debug)]
pub struct Guard {
    meters: SdkMeterProvider,
    tracers: Option<SdkTracerProvider>,
    push: Option<MetricPush>,
    waiting: Arc<AtomicUsize>,
}

impl Guard {
    /// Delivers what waits and ends the pipeline, within `bound`, whatever the collector does. It blocks: call it from no async thread.
    ///
    /// # Errors
    /// What could not be delivered.
    pub fn shutdown(self, bound: Duration) -> Result<(), Undelivered> {
        let end = Instant::now() + bound;
        let left = || end.saturating_duration_since(Instant::now());
        if let Some(tracers) = &self.tracers {
            // Half of the time at most: the metrics that tell of failed spans must have their turn.
            let _ = tracers.shutdown_with_timeout(bound / 2);
        }
        let pushed = self.push.as_ref().is_none_or(|push| push.shutdown(left()).is_ok());
        let _ = self.meters.shutdown_with_timeout(left());
        let spans = self.waiting.load(Ordering::Relaxed);
        if spans == 0 && pushed { Ok(()) } else { Err(Undelivered { spans, metrics: !pushed }) }
    }
}

/// Sets up metrics (a scrape and a push that share one pipeline) and traces for a service, and makes every series of it, at zero. Call
/// it once, before anything is recorded, and from no async thread.
///
/// # Errors
/// When an exporter cannot be built, or the process has a pipeline already.
pub fn init(service: &'static Service, settings: &Settings) -> Result<Guard, String> {
    static STARTED: OnceLock<()> = OnceLock::new();
    STARTED.set(()).map_err(|()| "this process has a telemetry pipeline already".to_owned())?;
    let resource = Resource::builder()
        .with_service_name(service.name)
        .with_attribute(KeyValue::new("service.version", service.version))
        .build();

    let registry = prometheus::Registry::new();
    let scrape = opentelemetry_prometheus::exporter()
        .with_registry(registry.clone())
        .without_target_info()
        .scope_info_enabled(false)
        .build()
        .map_err(|error| format!("the scrape cannot be set up: {error}"))?;
    let reader = Shared(Arc::new(scrape));
    let kept = |signal: &&'static dyn Signal| {
        let declaration = signal.declaration();
        // The SDK forgets what no longer fills a slot only after it took down what fills it now.
        (declaration.points)(service).len() * if declaration.open.is_empty() { 1 } else { 2 }
    };
    let limits: HashMap<_, _> = signals::of_service(service).iter().map(|s| (s.declaration().name, kept(s))).collect();
    let meters = SdkMeterProvider::builder()
        .with_reader(reader.clone())
        .with_resource(resource.clone())
        .with_view(move |instrument: &Instrument| {
            // One more than can be, since the SDK keeps the last place for what overflows.
            let limit = limits.get(instrument.name())? + 1;
            Stream::builder().with_cardinality_limit(limit).build().ok()
        })
        .build();
    signals::bind(&meters.meter("vitrine"), service);
    exposition::install(registry);

    // Set after binding: the exporters below record their own deliveries.
    let waiting = Arc::new(AtomicUsize::new(0));
    let mut guard = Guard { meters, tracers: None, push: None, waiting };
    if settings.push_traces {
        let (processor, waiting) = CountedSpans::new(span_exporter(settings.traces_timeout)?, settings.span_queue);
        let tracers = SdkTracerProvider::builder()
            .with_span_processor(processor)
            // The decision is made before a span is built, so whatever is built is kept.
            .with_sampler(Sampler::AlwaysOn)
            .with_resource(resource)
            .build();
        trace::install(tracers.tracer("vitrine"), settings.sampler);
        guard.tracers = Some(tracers);
        guard.waiting = waiting;
    }
    if settings.push_metrics {
        let push =
            MetricPush::start(Arc::new(reader), metric_exporter(settings.metrics_timeout)?, settings.push_interval);
        guard.push = Some(push.map_err(|error| format!("no thread for the metrics' push: {error}"))?);
    }
    observe_ourselves(service, guard.waiting.clone());
    Ok(guard)
}

#[expect(clippy::cast_precision_loss, reason = "numbers of series and spans are far below 2^52")]
fn observe_ourselves(service: &'static Service, waiting: Arc<AtomicUsize>) {
    process::observe();
    runtime::observe();
    SERVER_ACTIVE.observe(|now| now.set(middleware::in_flight() as f64, ()));
    SPAN_QUEUE.observe(move |now| now.set(waiting.load(Ordering::Relaxed) as f64, ()));
    UNBOUND_RECORDINGS.observe(|now| now.set(signals::unbound_recordings() as f64, ()));
    SERIES.set(signals::series_of(service) as f64, ());
    SERIES_BUDGET.set(service.series_budget as f64, ());
    BUILD_INFO.set(1.0, Version);
}

/// The HTTP client is given, not found: another crate's features must not change which one is used. The exporter's own time-out
/// bounds its retries only, so the client has it too.
fn http_client(timeout: Duration) -> Result<reqwest::blocking::Client, String> {
    // Building a blocking client starts a runtime, which an async thread must not.
    let build =
        move || reqwest::blocking::Client::builder().timeout(timeout).build().map_err(|error| error.to_string());
    thread::spawn(build).join().map_err(|_| "the HTTP client of the push could not be built".to_owned())?
}

fn span_exporter(timeout: Duration) -> Result<SpanExporter, String> {
    let exporter = SpanExporter::builder().with_http().with_http_client(http_client(timeout)?).build();
    exporter.map_err(|error| format!("spans cannot be pushed: {error}"))
}

fn metric_exporter(timeout: Duration) -> Result<MetricExporter, String> {
    let exporter = MetricExporter::builder().with_http().with_http_client(http_client(timeout)?).build();
    exporter.map_err(|error| format!("metrics cannot be pushed: {error}"))
}
