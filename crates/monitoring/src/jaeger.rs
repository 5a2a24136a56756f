//! Jaeger's configuration: traces in by OTLP, kept in memory, read by its query API
//! (<https://www.jaegertracing.io/docs/latest/configuration/>, Jaeger 2), and what its page links to
//! (<https://www.jaegertracing.io/docs/latest/frontend-ui/>).

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
};

use serde::{Serialize, Serializer};

use signals::http;

use crate::collector::written::{Batch, Endpoint, Otlp, Pipeline, Telemetry};
use crate::{Dashboard, grafana::AROUND_A_TRACE, note};

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

/// What Jaeger's page shows besides: the links back from traces to dashboards. Its file is named by
/// `extensions::jaeger_query::ui::config_file`, which depends on where the file is put.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Page {
    note: String,
    link_patterns: [LinkPattern; 2],
}

#[derive(Clone, Debug, Serialize)]
struct LinkPattern {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'static str>,
    url: String,
    text: String,
}

impl Page {
    /// Links to Grafana: from a trace to `overview`, and from a span's route to `of_routes`, where the reader can choose it.
    pub fn linked_to(grafana: &str, overview: &Dashboard, of_routes: &Dashboard, source: &str) -> Self {
        // Jaeger counts in microseconds.
        let shift = i64::try_from(AROUND_A_TRACE.as_micros()).unwrap_or(i64::MAX);
        let around = |trace: &str| {
            let moment = |end: &str, by: i64| format!("#{{{trace}{end} | add {by} | epoch_micros_to_date_iso}}");
            format!("from={}&to={}", moment("startTime", -shift), moment("endTime", shift))
        };
        let of_trace = LinkPattern {
            kind: "traces",
            key: None,
            url: format!("{grafana}/d/{}?{}", overview.uid, around("")),
            text: format!("{} at that time", overview.title),
        };
        let variable = http::ROUTE.replace('.', "_");
        let of_route = LinkPattern {
            kind: "tags",
            key: Some(http::ROUTE),
            url: format!("{grafana}/d/{}?var-{variable}=#{{{}}}&{}", of_routes.uid, http::ROUTE, around("trace.")),
            text: format!("{} of this route at that time", of_routes.title),
        };
        Self { note: note(source), link_patterns: [of_trace, of_route] }
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
