//! Whom Prometheus scrapes: every service of the table, and everything that watches.

use monitoring::{
    File,
    prometheus::{Configuration, Job, Relabel, Targets},
    yaml,
};
use shop::{services::SERVICES, signals::orders};
use signals::http;

use crate::place::{Place, loopback};

/// The job of the shop's own services.
pub const SERVICES_JOB: &str = "services";
/// The job of the metrics that came through the collector. Their own label `job` says the same.
pub const OTLP_JOB: &str = "otlp";
/// What stands before the name of a metric that came through the collector.
pub const OTLP_NAMESPACE: &str = "otlp";

pub(crate) fn file(place: &Place) -> Result<File, String> {
    let rules = ["rules/*.yml"];
    let configuration =
        Configuration::new(place.scrape_interval, &rules, loopback(place.ports.alertmanager), jobs(place))
            .labelling_alerts("environment", place.environment);
    yaml("deploy/prometheus/prometheus.yml", file!(), &configuration)
}

fn jobs(place: &Place) -> Vec<Job> {
    let target =
        |service: &str, port| Targets::new(loopback(port), [("service", service), ("environment", place.environment)]);
    let ports = place.ports;
    let services = SERVICES.iter().map(|row| target(row.name.as_str(), ports.doors(row.name).admin));
    let watching = [
        ("prometheus", ports.prometheus),
        ("alertmanager", ports.alertmanager),
        ("collector", ports.collector_self),
        ("jaeger", ports.jaeger_metrics),
    ];
    let mut jobs = vec![Job::new(SERVICES_JOB, services)];
    jobs.extend(watching.map(|(name, port)| Job::new(name, [target(name, port)])));
    jobs.push(
        Job::new(OTLP_JOB, [target("collector", ports.collector_made)]).honoring_labels().relabelling(second_road()),
    );
    jobs
}

/// The metrics that are compared with the pulled ones.
pub fn compared() -> [String; 2] {
    [
        format!("{OTLP_NAMESPACE}_{}_count", http::SERVER_DURATION.declaration.prometheus_name()),
        format!("{OTLP_NAMESPACE}_{}", orders::ORDERS.declaration.prometheus_name()),
    ]
}

/// Keeps the few series that are compared, and gives them the labels that the pulled ones have.
fn second_road() -> Vec<Relabel> {
    vec![
        Relabel::keep_metrics(&compared()),
        Relabel::copy("service_name", "service"),
        Relabel::copy("deployment_environment_name", "environment"),
        Relabel::write("job", OTLP_JOB),
        Relabel::drop_labels(&[
            "service_name",
            "service_instance_id",
            "service_version",
            "deployment_environment_name",
            "telemetry_sdk_.+",
            "otel_scope_.+",
        ]),
    ]
}
