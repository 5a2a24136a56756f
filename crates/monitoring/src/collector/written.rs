//! The collector's configuration, field by field, as it stands in the file.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use serde::Serialize;

use crate::text;

#[derive(Serialize)]
pub(crate) struct Configuration {
    pub(crate) extensions: Extensions,
    pub(crate) receivers: Receivers,
    pub(crate) processors: Processors,
    pub(crate) connectors: Connectors,
    pub(crate) exporters: Exporters,
    pub(crate) service: Service,
}

#[derive(Serialize)]
pub(crate) struct Extensions {
    pub(crate) health_check: Endpoint,
}

#[derive(Serialize)]
pub(crate) struct Receivers {
    pub(crate) otlp: Otlp,
}

/// The OTLP receiver, which Jaeger has too.
#[derive(Serialize)]
pub(crate) struct Otlp {
    pub(crate) protocols: Protocols,
}

impl Otlp {
    pub(crate) fn new(grpc: SocketAddr, http: Option<SocketAddr>) -> Self {
        Self {
            protocols: Protocols {
                grpc: Endpoint { endpoint: grpc },
                http: http.map(|endpoint| Endpoint { endpoint }),
            },
        }
    }
}

#[derive(Serialize)]
pub(crate) struct Protocols {
    pub(crate) grpc: Endpoint,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) http: Option<Endpoint>,
}

#[derive(Serialize)]
pub(crate) struct Endpoint {
    #[serde(serialize_with = "text::address")]
    pub(crate) endpoint: SocketAddr,
}

#[derive(Serialize)]
pub(crate) struct Processors {
    pub(crate) memory_limiter: MemoryLimiter,
    pub(crate) tail_sampling: Sampler,
    pub(crate) batch: Batch,
}

#[derive(Serialize)]
pub(crate) struct MemoryLimiter {
    #[serde(serialize_with = "text::go")]
    pub(crate) check_interval: Duration,
    pub(crate) limit_mib: u32,
    pub(crate) spike_limit_mib: u32,
}

#[derive(Serialize)]
pub(crate) struct Sampler {
    #[serde(serialize_with = "text::go")]
    pub(crate) decision_wait: Duration,
    pub(crate) num_traces: u32,
    pub(crate) decision_cache: DecisionCache,
    pub(crate) policies: Vec<Policy>,
}

/// A trace that was decided stays decided, so that a late span follows its trace.
#[derive(Serialize)]
pub(crate) struct DecisionCache {
    pub(crate) sampled_cache_size: u32,
    pub(crate) non_sampled_cache_size: u32,
}

#[derive(Serialize)]
pub(crate) struct Policy {
    pub(crate) name: &'static str,
    #[serde(flatten)]
    pub(crate) rule: PolicyRule,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum PolicyRule {
    StatusCode { status_code: StatusCodes },
    Latency { latency: Latency },
    Probabilistic { probabilistic: Probabilistic },
}

#[derive(Serialize)]
pub(crate) struct StatusCodes {
    pub(crate) status_codes: [&'static str; 1],
}

#[derive(Serialize)]
pub(crate) struct Latency {
    pub(crate) threshold_ms: u64,
}

#[derive(Serialize)]
pub(crate) struct Probabilistic {
    pub(crate) sampling_percentage: f64,
}

#[derive(Serialize)]
pub(crate) struct Batch {
    #[serde(serialize_with = "text::go")]
    pub(crate) timeout: Duration,
    pub(crate) send_batch_size: u32,
    pub(crate) send_batch_max_size: u32,
}

impl Batch {
    /// A fifth of a second or 512 items: soon enough for somebody who waits, large enough to be cheap.
    pub(crate) const SOON: Self =
        Self { timeout: Duration::from_millis(200), send_batch_size: 512, send_batch_max_size: 2048 };
}

#[derive(Serialize)]
pub(crate) struct Connectors {
    pub(crate) spanmetrics: SpanMetrics,
}

#[derive(Serialize)]
pub(crate) struct SpanMetrics {
    pub(crate) namespace: &'static str,
    #[serde(serialize_with = "text::go")]
    pub(crate) metrics_flush_interval: Duration,
    #[serde(serialize_with = "text::go")]
    pub(crate) metrics_expiration: Duration,
    pub(crate) aggregation_cardinality_limit: u32,
    pub(crate) histogram: SpanHistogram,
    pub(crate) exclude_dimensions: [&'static str; 1],
    pub(crate) dimensions: Vec<SpanDimension>,
}

#[derive(Serialize)]
pub(crate) struct SpanHistogram {
    pub(crate) unit: &'static str,
    pub(crate) explicit: SpanBuckets,
}

#[derive(Serialize)]
pub(crate) struct SpanBuckets {
    pub(crate) buckets: Vec<String>,
}

#[derive(Serialize)]
pub(crate) struct SpanDimension {
    pub(crate) name: &'static str,
}

#[derive(Serialize)]
pub(crate) struct Exporters {
    #[serde(rename = "otlp/jaeger")]
    pub(crate) jaeger: OtlpExporter,
    pub(crate) prometheus: PrometheusExporter,
}

#[derive(Serialize)]
pub(crate) struct OtlpExporter {
    #[serde(flatten)]
    pub(crate) endpoint: Endpoint,
    pub(crate) tls: Tls,
    #[serde(serialize_with = "text::go")]
    pub(crate) timeout: Duration,
    pub(crate) sending_queue: Queue,
    pub(crate) retry_on_failure: Retry,
}

#[derive(Serialize)]
pub(crate) struct Tls {
    pub(crate) insecure: bool,
}

#[derive(Serialize)]
pub(crate) struct Queue {
    pub(crate) queue_size: u32,
    pub(crate) num_consumers: u32,
}

#[derive(Serialize)]
pub(crate) struct Retry {
    #[serde(serialize_with = "text::go")]
    pub(crate) initial_interval: Duration,
    #[serde(serialize_with = "text::go")]
    pub(crate) max_interval: Duration,
    #[serde(serialize_with = "text::go")]
    pub(crate) max_elapsed_time: Duration,
}

#[derive(Serialize)]
pub(crate) struct PrometheusExporter {
    #[serde(flatten)]
    pub(crate) endpoint: Endpoint,
    pub(crate) namespace: &'static str,
    #[serde(serialize_with = "text::go")]
    pub(crate) metric_expiration: Duration,
    pub(crate) add_metric_suffixes: bool,
    pub(crate) resource_to_telemetry_conversion: Enabled,
}

#[derive(Serialize)]
pub(crate) struct Enabled {
    pub(crate) enabled: bool,
}

#[derive(Serialize)]
pub(crate) struct Service {
    pub(crate) extensions: [&'static str; 1],
    pub(crate) telemetry: Telemetry,
    pub(crate) pipelines: BTreeMap<&'static str, Pipeline>,
}

/// What a server of the collector's family tells about itself.
#[derive(Serialize)]
pub(crate) struct Telemetry {
    pub(crate) resource: BTreeMap<&'static str, &'static str>,
    pub(crate) metrics: OwnMetrics,
}

impl Telemetry {
    pub(crate) fn new(service: &'static str, own: SocketAddr) -> Self {
        let prometheus = Listen { host: own.ip().to_string(), port: own.port() };
        Self {
            resource: BTreeMap::from([("service.name", service)]),
            metrics: OwnMetrics {
                level: "detailed",
                readers: [Reader { pull: Pull { exporter: Exporter { prometheus } } }],
            },
        }
    }
}

#[derive(Serialize)]
pub(crate) struct OwnMetrics {
    pub(crate) level: &'static str,
    pub(crate) readers: [Reader; 1],
}

#[derive(Serialize)]
pub(crate) struct Reader {
    pub(crate) pull: Pull,
}

#[derive(Serialize)]
pub(crate) struct Pull {
    pub(crate) exporter: Exporter,
}

#[derive(Serialize)]
pub(crate) struct Exporter {
    pub(crate) prometheus: Listen,
}

#[derive(Serialize)]
pub(crate) struct Listen {
    pub(crate) host: String,
    pub(crate) port: u16,
}

/// Where data comes from, what happens to it, where it goes.
#[derive(Serialize)]
pub(crate) struct Pipeline {
    pub(crate) receivers: Vec<&'static str>,
    pub(crate) processors: Vec<&'static str>,
    pub(crate) exporters: Vec<&'static str>,
}
