//! What the collector and Jaeger do with traces and pushed metrics.

use std::time::Duration;

use monitoring::{
    File,
    collector::{Collector, TailSampling},
    jaeger::{self, Jaeger},
    json, yaml,
};
use signals::http;

use crate::{
    dashboards,
    place::{Place, loopback},
    scraping::OTLP_NAMESPACE,
};

/// How many traces are remembered on one machine: a day of trying things out.
const TRACES: u32 = 20_000;

/// On one machine everything is kept; errors and slow traces are named so that turning down the rest keeps them.
const LOCAL_SAMPLING: TailSampling =
    TailSampling { wait: Duration::from_secs(2), slow: Duration::from_secs(1), rest_percent: 100.0, traces: TRACES };

pub(crate) fn collector(place: &Place) -> Result<File, String> {
    let ports = place.ports;
    let collector = Collector {
        grpc: loopback(ports.collector_grpc),
        http: loopback(ports.collector_http),
        made: loopback(ports.collector_made),
        own: loopback(ports.collector_self),
        health: loopback(ports.collector_health),
        jaeger: loopback(ports.jaeger_otlp),
        namespace: OTLP_NAMESPACE,
        memory_limit_mib: 200,
        sampling: LOCAL_SAMPLING,
        span_buckets: http::DURATION_BUCKETS,
        span_dimensions: vec![http::ROUTE, http::METHOD, http::STATUS_CODE],
    };
    yaml("deploy/collector/collector.yaml", file!(), &collector)
}

pub(crate) fn jaeger(place: &Place) -> Result<File, String> {
    let ports = place.ports;
    let jaeger = Jaeger {
        otlp: loopback(ports.jaeger_otlp),
        query: loopback(ports.jaeger),
        own: loopback(ports.jaeger_metrics),
        traces: TRACES,
    };
    yaml("deploy/jaeger/jaeger.yaml", file!(), &jaeger)
}

/// What Jaeger's page links to.
pub(crate) fn jaeger_page(place: &Place) -> Result<File, String> {
    let (overview, routes) = dashboards::reached_from_traces(place);
    json("deploy/jaeger/ui.json", &jaeger::Page::linked_to(place.links.panels, &overview, &routes, file!()))
}
