//! Grafana on this machine: whom it asks, what it shows first, and the way from a span back to the metrics.

use monitoring::{Grafana, SpanLinks};
use promql::{AnyQuery, Dimension, Recording, value};

use crate::{
    dashboards::overview,
    foreign::prometheus::TARGET_UP,
    labels::{BY_SERVICE, ByService, ENVIRONMENT, INSTANCE},
    place::{Place, loopback},
    recordings::{SERVICE_ERROR_RATE, SERVICE_REQUEST_RATE, SERVICE_RESPONSE_TIME_P95},
};

/// The variable of Grafana's environment that names the folder in which `dashboards/` and `deploy/` lie.
pub const ROOT: &str = "VITRINE_ROOT";

pub(crate) fn grafana(place: &Place) -> (&'static str, Grafana) {
    let ports = place.ports;
    let grafana = Grafana {
        own: loopback(ports.grafana),
        prometheus: loopback(ports.prometheus),
        jaeger: loopback(ports.jaeger),
        alertmanager: loopback(ports.alertmanager),
        interval: place.scrape_interval,
        refresh: place.refresh,
        root: ROOT,
        folder: ("vitrine", "Vitrine"),
        home: overview::PAGE.uid,
        span_links: span_links(),
    };
    (file!(), grafana)
}

fn span_links() -> SpanLinks {
    SpanLinks {
        tags: vec![("deployment.environment.name", ENVIRONMENT.name()), ("service.instance.id", INSTANCE.name())],
        queries: vec![
            ("Requests a second of this service", of_its_service(&SERVICE_REQUEST_RATE)),
            ("Share of failed requests of this service", of_its_service(&SERVICE_ERROR_RATE)),
            ("Response time of this service (95th percentile)", of_its_service(&SERVICE_RESPONSE_TIME_P95)),
        ],
    }
}

/// What is recorded of the service that a target belongs to: a span names the target, and what is recorded the service.
fn of_its_service<D: Dimension>(recorded: &'static Recording<D, ByService>) -> AnyQuery {
    value(recorded).exists().and_on(BY_SERVICE, value(&TARGET_UP).exists()).into()
}
