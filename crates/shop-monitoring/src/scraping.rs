//! Whom Prometheus scrapes: every service of the table, and everything that watches.

use monitoring::{
    File, blackbox,
    prometheus::{Configuration, Job, Relabel, Targets},
    yaml,
};
use shop::{
    routes::{Route, gateway::OPENAPI},
    services::{SERVICES, ServiceName},
    signals::orders,
};
use signals::http;

use crate::place::{Place, loopback};

/// The job of the shop's own services.
pub const SERVICES_JOB: &str = "services";
/// The job of the host's metrics.
pub const NODE_JOB: &str = "node";
/// The job of the probes from outside.
pub const PROBE_JOB: &str = "probe";
/// The job of PostgreSQL's metrics.
pub const POSTGRES_JOB: &str = "postgres";
/// The job of the metrics that came through the collector. Their own label `job` says the same.
pub const OTLP_JOB: &str = "otlp";
/// What stands before the name of a metric that came through the collector.
pub const OTLP_NAMESPACE: &str = "otlp";

/// The job of Alertmanager's metrics about itself.
pub const ALERTMANAGER_JOB: &str = "alertmanager";
/// The service of the collector, which has two jobs: of its metrics about itself, and of those that it hands on.
const COLLECTOR: &str = "collector";

/// The servers that watch, each a job of its own name.
const WATCHING: [&str; 6] = ["prometheus", ALERTMANAGER_JOB, COLLECTOR, "jaeger", NODE_JOB, "blackbox"];

/// Job and service of every target that belongs to a stack, but for the services, which are watched each by itself.
pub(crate) fn expected(place: &Place) -> impl Iterator<Item = (&'static str, &'static str)> {
    let watching = WATCHING.into_iter().map(|name| (name, name));
    let door = (PROBE_JOB, ServiceName::Gateway.as_str());
    let postgres = place.has_postgres.then_some((POSTGRES_JOB, POSTGRES_JOB));
    watching.chain([door, (OTLP_JOB, COLLECTOR)]).chain(postgres)
}

/// What is knocked at from outside. It is the gateway's own, so that it tells whether the door opens; customers do not ask for it, so
/// that their requests can be told from the probe's.
pub static PROBED: &Route = &OPENAPI;
/// The way of the knocking.
const ANSWERS_200: &str = "answers_200";

/// Prometheus' configuration, its targets, and how the blackbox exporter knocks.
pub(crate) fn files(place: &Place) -> Result<Vec<File>, String> {
    let jobs = jobs(place);
    let mut files = Vec::new();
    for (job, targets) in &jobs {
        files.push(yaml(&format!("deploy/prometheus/{}", job.targets_file()), file!(), targets)?);
    }
    let jobs = jobs.into_iter().map(|(job, _)| job).collect();
    let configuration =
        Configuration::new(place.scrape_interval, &["rules/*.yml"], loopback(place.ports.alertmanager), jobs)
            .labelling_alerts("environment", place.environment);
    files.push(yaml("deploy/prometheus/prometheus.yml", file!(), &configuration)?);
    // Sooner than Prometheus gives the exporter up, so that a slow door is a failed probe and not a missing one.
    let knocking = blackbox::Configuration::http(ANSWERS_200, place.scrape_interval * 4 / 5);
    files.push(yaml("deploy/exporters/blackbox.yml", file!(), &knocking)?);
    Ok(files)
}

fn jobs(place: &Place) -> Vec<(Job, Vec<Targets>)> {
    fn target(place: &Place, service: &str, address: impl ToString) -> Targets {
        Targets::new(address, [("service", service), ("environment", place.environment)])
    }
    let ports = place.ports;
    let services = SERVICES.iter().map(|row| target(place, row.name.as_str(), loopback(ports.doors(row.name).admin)));
    let watching = [
        ports.prometheus,
        ports.alertmanager,
        ports.collector_self,
        ports.jaeger_metrics,
        ports.node_exporter,
        ports.blackbox_exporter,
    ];
    let mut jobs = vec![(Job::new(SERVICES_JOB), services.collect())];
    jobs.extend(
        WATCHING.iter().zip(watching).map(|(name, port)| (Job::new(name), vec![target(place, name, loopback(port))])),
    );
    let postgres = place.has_postgres.then(|| target(place, POSTGRES_JOB, loopback(ports.postgres_exporter)));
    jobs.push((Job::new(POSTGRES_JOB), postgres.into_iter().collect()));
    let door = format!("http://{}{}", loopback(ports.gateway.public), PROBED.door().1);
    jobs.push((
        Job::probing(PROBE_JOB, ANSWERS_200, loopback(ports.blackbox_exporter)),
        vec![target(place, ServiceName::Gateway.as_str(), door)],
    ));
    jobs.push((
        Job::new(OTLP_JOB).honoring_labels().relabelling(second_road()),
        vec![target(place, COLLECTOR, loopback(ports.collector_made))],
    ));
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
