//! What leaves by the push road, wrapped so that what was delivered, failed and dropped is known.

use std::{
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use opentelemetry::Context;
use opentelemetry_sdk::{
    Resource,
    error::{OTelSdkError, OTelSdkResult},
    metrics::{
        data::{AggregatedMetrics, MetricData, ResourceMetrics},
        exporter::PushMetricExporter,
        reader::MetricReader,
    },
    trace::{BatchConfigBuilder, BatchSpanProcessor, Span, SpanData, SpanExporter, SpanProcessor},
};
use signals::monitoring::{Delivery, EXPORT_DURATION, ExportedSignal, ITEMS};

fn count(items: usize, delivery: Delivery) {
    ITEMS.add(items as u64, delivery);
}

/// Ended spans on their way out: at most `capacity` wait, the rest is dropped and counted. The SDK's own queue drops in silence.
pub(crate) struct CountedSpans {
    batches: BatchSpanProcessor,
    waiting: Arc<AtomicUsize>,
    capacity: usize,
    closed: Arc<AtomicBool>,
}

impl CountedSpans {
    /// Spans go to `exporter` in batches, from a thread of its own.
    pub(crate) fn new<E: SpanExporter + 'static>(exporter: E, capacity: usize) -> (Self, Arc<AtomicUsize>) {
        let waiting = Arc::new(AtomicUsize::new(0));
        let closed = Arc::new(AtomicBool::new(false));
        let counted = CountedExporter { exporter, waiting: waiting.clone(), closed: closed.clone() };
        let config = BatchConfigBuilder::default().with_max_queue_size(capacity).build();
        let batches = BatchSpanProcessor::builder(counted).with_batch_config(config).build();
        (Self { batches, waiting: waiting.clone(), capacity, closed }, waiting)
    }
}

impl fmt::Debug for CountedSpans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CountedSpans").field("waiting", &self.waiting).finish_non_exhaustive()
    }
}

impl SpanProcessor for CountedSpans {
    fn on_start(&self, span: &mut Span, cx: &Context) {
        self.batches.on_start(span, cx);
    }

    fn on_end(&self, span: SpanData) {
        let room = |waiting| (waiting < self.capacity).then_some(waiting + 1);
        let closed = self.closed.load(Ordering::Relaxed);
        if closed || self.waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, room).is_err() {
            count(1, Delivery::SpansDropped);
        } else {
            self.batches.on_end(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.batches.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.closed.store(true, Ordering::Relaxed);
        self.batches.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.batches.set_resource(resource);
    }
}

struct CountedExporter<E> {
    exporter: E,
    waiting: Arc<AtomicUsize>,
    closed: Arc<AtomicBool>,
}

impl<E> fmt::Debug for CountedExporter<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CountedExporter")
    }
}

impl<E: SpanExporter> SpanExporter for CountedExporter<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let (spans, began) = (batch.len(), Instant::now());
        let result = self.exporter.export(batch).await;
        EXPORT_DURATION.record_duration(began.elapsed(), ExportedSignal::Traces);
        count(spans, if result.is_ok() { Delivery::SpansPushed } else { Delivery::SpansFailed });
        // What fails at the very end has no later to be counted in: it stays among the undelivered.
        if result.is_ok() || !self.closed.load(Ordering::Relaxed) {
            self.waiting.fetch_sub(spans, Ordering::Relaxed);
        }
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

/// Pushes what the shared reader collects, from a thread of its own. The SDK's periodic reader would store every measurement a second time.
#[derive(Debug)]
pub(crate) struct MetricPush {
    stop: SyncSender<()>,
    ended: Mutex<Receiver<OTelSdkResult>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl MetricPush {
    pub(crate) fn start<E: PushMetricExporter>(
        reader: Arc<dyn MetricReader>,
        exporter: E,
        interval: Duration,
    ) -> std::io::Result<Self> {
        let (stop, stopped) = sync_channel(1);
        let (end, ended) = sync_channel(1);
        let thread = thread::Builder::new().name("metric-push".to_owned()).spawn(move || {
            let _quiet = Context::enter_telemetry_suppressed_scope();
            while matches!(stopped.recv_timeout(interval), Err(RecvTimeoutError::Timeout)) {
                // A failed push is counted; the next one carries the later values.
                let _ = push(&*reader, &exporter);
            }
            let _ = end.send(push(&*reader, &exporter));
        })?;
        Ok(Self { stop, ended: Mutex::new(ended), thread: Mutex::new(Some(thread)) })
    }

    /// Pushes once more and ends, within `bound`.
    pub(crate) fn shutdown(&self, bound: Duration) -> OTelSdkResult {
        let _ = self.stop.try_send(());
        let ended = self.ended.lock().map_err(|_| OTelSdkError::AlreadyShutdown)?;
        let result = ended.recv_timeout(bound).map_err(|_| OTelSdkError::Timeout(bound))?;
        if let Some(thread) = self.thread.lock().ok().and_then(|mut thread| thread.take()) {
            let _ = thread.join();
        }
        result
    }
}

fn push(reader: &dyn MetricReader, exporter: &impl PushMetricExporter) -> OTelSdkResult {
    let mut metrics = ResourceMetrics::default();
    reader.collect(&mut metrics)?;
    let (points, began) = (data_points(&metrics), Instant::now());
    let result = futures_executor::block_on(exporter.export(&metrics));
    EXPORT_DURATION.record_duration(began.elapsed(), ExportedSignal::Metrics);
    count(points, if result.is_ok() { Delivery::MetricsPushed } else { Delivery::MetricsFailed });
    result
}

fn data_points(metrics: &ResourceMetrics) -> usize {
    fn of<T>(data: &MetricData<T>) -> usize {
        match data {
            MetricData::Gauge(gauge) => gauge.data_points().count(),
            MetricData::Sum(sum) => sum.data_points().count(),
            MetricData::Histogram(histogram) => histogram.data_points().count(),
            MetricData::ExponentialHistogram(histogram) => histogram.data_points().count(),
        }
    }
    let all = metrics.scope_metrics().flat_map(|scope| scope.metrics());
    all.map(|metric| match metric.data() {
        AggregatedMetrics::F64(data) => of(data),
        AggregatedMetrics::U64(data) => of(data),
        AggregatedMetrics::I64(data) => of(data),
    })
    .sum()
}
