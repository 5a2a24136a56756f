//! The collector's configuration: OTLP in; traces to Jaeger and into span metrics; metrics out for a second scrape
//! (<https://opentelemetry.io/docs/collector/configuration/>, component names as of 0.140).

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use serde::{Serialize, Serializer};

pub(crate) mod written;

use written::{
    Batch, Configuration, Connectors, DecisionCache, Enabled, Endpoint, Exporters, Extensions, Latency, MemoryLimiter,
    Otlp, OtlpExporter, Pipeline, Policy, PolicyRule, Probabilistic, Processors, PrometheusExporter, Queue, Receivers,
    Retry, Sampler, Service, SpanBuckets, SpanDimension, SpanHistogram, SpanMetrics, StatusCodes, Telemetry, Tls,
};

/// What differs from place to place.
#[derive(Clone, Debug)]
pub struct Collector {
    /// Where OTLP comes in by gRPC.
    pub grpc: SocketAddr,
    /// Where OTLP comes in by HTTP.
    pub http: SocketAddr,
    /// Where the metrics are scraped that came in or were made here.
    pub made: SocketAddr,
    /// Where the collector's metrics about itself are scraped.
    pub own: SocketAddr,
    /// Where it says that it lives.
    pub health: SocketAddr,
    /// Jaeger's OTLP gRPC receiver.
    pub jaeger: SocketAddr,
    /// What stands before the names of the metrics that it hands on.
    pub namespace: &'static str,
    /// From this much memory on it refuses data instead of growing, in MiB.
    pub memory_limit_mib: u32,
    /// Which traces are kept.
    pub sampling: TailSampling,
    /// Bounds of the span metrics' histograms, in seconds.
    pub span_buckets: &'static [f64],
    /// The span attributes that become labels of the span metrics.
    pub span_dimensions: Vec<&'static str>,
}

/// Which traces are kept, decided when they are whole. Errors always are.
#[derive(Clone, Copy, Debug)]
pub struct TailSampling {
    /// How long a trace's spans are awaited.
    pub wait: Duration,
    /// Traces that took longer are kept.
    pub slow: Duration,
    /// The share of the rest that is kept, in percent.
    pub rest_percent: f64,
    /// How many traces are held while they are awaited.
    pub traces: u32,
}

impl Serialize for Collector {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Configuration::of(self).serialize(serializer)
    }
}

impl Configuration {
    fn of(collector: &Collector) -> Self {
        let Collector { grpc, http, made, own, health, jaeger, namespace, memory_limit_mib, sampling, .. } = *collector;
        Self {
            extensions: Extensions { health_check: Endpoint { endpoint: health } },
            receivers: Receivers { otlp: Otlp::new(grpc, Some(http)) },
            processors: Processors {
                memory_limiter: MemoryLimiter {
                    check_interval: Duration::from_secs(1),
                    limit_mib: memory_limit_mib,
                    spike_limit_mib: memory_limit_mib / 4,
                },
                tail_sampling: Sampler::of(sampling),
                batch: Batch::SOON,
            },
            connectors: Connectors { spanmetrics: SpanMetrics::of(collector) },
            exporters: Exporters {
                jaeger: OtlpExporter {
                    endpoint: Endpoint { endpoint: jaeger },
                    tls: Tls { insecure: true },
                    timeout: Duration::from_secs(5),
                    sending_queue: Queue { queue_size: 1000, num_consumers: 2 },
                    retry_on_failure: Retry {
                        initial_interval: Duration::from_secs(1),
                        max_interval: Duration::from_secs(5),
                        max_elapsed_time: Duration::from_secs(60),
                    },
                },
                prometheus: PrometheusExporter {
                    endpoint: Endpoint { endpoint: made },
                    namespace,
                    // A service that stopped stays readable for a day.
                    metric_expiration: Duration::from_secs(24 * 3600),
                    add_metric_suffixes: true,
                    resource_to_telemetry_conversion: Enabled { enabled: true },
                },
            },
            service: Service {
                extensions: ["health_check"],
                telemetry: Telemetry::new("collector", own),
                pipelines: pipelines(),
            },
        }
    }
}

impl Sampler {
    fn of(TailSampling { wait, slow, rest_percent, traces }: TailSampling) -> Self {
        let threshold_ms = u64::try_from(slow.as_millis()).unwrap_or(u64::MAX);
        let policies = vec![
            Policy {
                name: "errors",
                rule: PolicyRule::StatusCode { status_code: StatusCodes { status_codes: ["ERROR"] } },
            },
            Policy { name: "slow", rule: PolicyRule::Latency { latency: Latency { threshold_ms } } },
            Policy {
                name: "the-rest",
                rule: PolicyRule::Probabilistic { probabilistic: Probabilistic { sampling_percentage: rest_percent } },
            },
        ];
        let remembered = traces.saturating_mul(2);
        let decision_cache = DecisionCache { sampled_cache_size: remembered, non_sampled_cache_size: remembered };
        Self { decision_wait: wait, num_traces: traces, decision_cache, policies }
    }
}

impl SpanMetrics {
    fn of(collector: &Collector) -> Self {
        let buckets = collector.span_buckets.iter().map(|bound| promql::go_duration(Duration::from_secs_f64(*bound)));
        Self {
            namespace: "traces.span.metrics",
            metrics_flush_interval: Duration::from_secs(5),
            metrics_expiration: Duration::from_secs(3600),
            aggregation_cardinality_limit: 2000,
            histogram: SpanHistogram { unit: "s", explicit: SpanBuckets { buckets: buckets.collect() } },
            // The route says more, and a name can hold anything.
            exclude_dimensions: ["span.name"],
            dimensions: collector.span_dimensions.iter().map(|name| SpanDimension { name }).collect(),
        }
    }
}

fn pipelines() -> BTreeMap<&'static str, Pipeline> {
    let pipeline = |receivers: &[_], processors: &[_], exporters: &[_]| Pipeline {
        receivers: receivers.to_vec(),
        processors: processors.to_vec(),
        exporters: exporters.to_vec(),
    };
    BTreeMap::from([
        ("traces", pipeline(&["otlp"], &["memory_limiter", "tail_sampling", "batch"], &["otlp/jaeger"])),
        // Beside the sampling, so that the span metrics count every span that arrives.
        ("traces/measured", pipeline(&["otlp"], &["memory_limiter"], &["spanmetrics"])),
        ("metrics", pipeline(&["otlp", "spanmetrics"], &["memory_limiter", "batch"], &["prometheus"])),
    ])
}
