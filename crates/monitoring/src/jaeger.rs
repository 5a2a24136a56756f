//! Jaeger's configuration: traces in by OTLP, kept in memory, read by its query API
//! (<https://www.jaegertracing.io/docs/latest/configuration/>, Jaeger 2).

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
};

use serde::{Serialize, Serializer};

use crate::collector::written::{Batch, Endpoint, Otlp, Pipeline, Telemetry};

/// What differs from place to place.
#[derive(Clone, Copy, Debug)]
pub struct Jaeger {
    /// Where the collector sends traces, by OTLP over gRPC.
    pub otlp: SocketAddr,
    /// Where its page and its query API are.
    pub query: SocketAddr,
    /// Where its metrics about itself are scraped.
    pub own: SocketAddr,
    /// How many traces it remembers; older ones are forgotten.
    pub traces: u32,
}

impl Serialize for Jaeger {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Configuration::of(*self).serialize(serializer)
    }
}

#[derive(Serialize)]
struct Configuration {
    extensions: Extensions,
    receivers: Receivers,
    processors: Processors,
    exporters: Exporters,
    service: Service,
}

#[derive(Serialize)]
struct Extensions {
    jaeger_storage: Storage,
    jaeger_query: Query,
}

#[derive(Serialize)]
struct Storage {
    backends: BTreeMap<&'static str, Backend>,
}

#[derive(Serialize)]
struct Backend {
    memory: Memory,
}

#[derive(Serialize)]
struct Memory {
    max_traces: u32,
}

#[derive(Serialize)]
struct Query {
    storage: QueryStorage,
    http: Endpoint,
    grpc: Endpoint,
}

#[derive(Serialize)]
struct QueryStorage {
    traces: &'static str,
}

#[derive(Serialize)]
struct Receivers {
    otlp: Otlp,
}

#[derive(Serialize)]
struct Processors {
    batch: Batch,
}

#[derive(Serialize)]
struct Exporters {
    jaeger_storage_exporter: StorageExporter,
}

#[derive(Serialize)]
struct StorageExporter {
    trace_storage: &'static str,
}

#[derive(Serialize)]
struct Service {
    extensions: [&'static str; 2],
    telemetry: Telemetry,
    pipelines: BTreeMap<&'static str, Pipeline>,
}

/// The name of the store, given once and referred to three times.
const STORE: &str = "traces";

impl Configuration {
    fn of(Jaeger { otlp, query, own, traces }: Jaeger) -> Self {
        // Nobody uses the query API by gRPC: the system may choose its port.
        let unused = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            extensions: Extensions {
                jaeger_storage: Storage {
                    backends: BTreeMap::from([(STORE, Backend { memory: Memory { max_traces: traces } })]),
                },
                jaeger_query: Query {
                    storage: QueryStorage { traces: STORE },
                    http: Endpoint { endpoint: query },
                    grpc: Endpoint { endpoint: unused },
                },
            },
            receivers: Receivers { otlp: Otlp::new(otlp, None) },
            processors: Processors { batch: Batch::SOON },
            exporters: Exporters { jaeger_storage_exporter: StorageExporter { trace_storage: STORE } },
            service: Service {
                extensions: ["jaeger_storage", "jaeger_query"],
                telemetry: Telemetry::new("jaeger", own),
                pipelines: BTreeMap::from([(
                    "traces",
                    Pipeline {
                        receivers: vec!["otlp"],
                        processors: vec!["batch"],
                        exporters: vec!["jaeger_storage_exporter"],
                    },
                )]),
            },
        }
    }
}
