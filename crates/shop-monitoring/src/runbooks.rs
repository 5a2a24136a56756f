//! What every runbook says beside its own words: commands that can be typed as they stand, and where the traces are.

use monitoring::{Alert, Command, Runbooks, Traces};
use shop::services::{Row, SERVICES, ServiceName};

use crate::{
    alerts::{availability::AVAILABILITY, errors::ERRORS, latency::LATENCY},
    place::{Place, loopback},
    routing,
};

/// Tags of a span that failed, as Jaeger's search takes them: `{"error":"true"}`, with what an address may not hold written as %XX.
const FAILED: &str = "tags=%7B%22error%22%3A%22true%22%7D";
/// How many traces a command asks for.
const TRACES: u32 = 5;

pub(crate) fn all(place: &Place) -> Runbooks {
    let place = *place;
    let jaeger = loopback(place.ports.jaeger);
    let traces = SERVICES.iter().map(|row| Traces {
        service: row.name.as_str(),
        address: format!("http://{jaeger}/search?service={}&{FAILED}&lookback=1h", row.name),
    });
    Runbooks {
        commands: Box::new(move |alert| commands(alert, &place)),
        traces: traces.collect(),
        inhibitions: routing::inhibitions(),
        how_to_ask: ask(&place, "up"),
    }
}

fn commands(alert: &Alert, place: &Place) -> Vec<Command> {
    let ports = place.ports;
    let mut commands = vec![
        command("Whom it concerns now, with which value", ask(place, &alert.when.to_string())),
        command(
            "Since when, and whether something keeps it quiet",
            format!(
                "curl -sG http://{}/api/v2/alerts --data-urlencode 'filter=alertname={:?}'",
                loopback(ports.alertmanager),
                alert.name
            ),
        ),
    ];
    if alert.topic == AVAILABILITY {
        let ready =
            |row: &Row| format!("curl -s http://{}/readyz # {}", loopback(ports.doors(row.name).admin), row.name);
        commands.push(command("What each service says of itself", each_service(ready)));
        let forward =
            |row: &Row| format!("kubectl port-forward deployment/{} {}", row.name, ports.doors(row.name).admin);
        commands.push(command(
            "In Kubernetes the admin port is reached through the one of these that is needed; then ask as above",
            each_service(forward),
        ));
        commands.push(command(
            "Whether the pods run, and what their last words were",
            of_service(
                "kubectl get pods --selector app.kubernetes.io/name=$SERVICE\n\
             kubectl logs --selector app.kubernetes.io/name=$SERVICE --previous --tail 100",
            ),
        ));
        commands.push(command(
            "Why Prometheus cannot scrape a target",
            format!("curl -s 'http://{}/api/v1/targets?state=active'", loopback(ports.prometheus)),
        ));
    }
    if [ERRORS, LATENCY].contains(&alert.topic) {
        let (what, wanted) = match alert.topic {
            ERRORS => ("Traces of requests that failed", FAILED),
            _ => ("Traces that took longer than two seconds", "minDuration=2s"),
        };
        let jaeger = loopback(ports.jaeger);
        commands.push(command(
            what,
            of_service(&format!("curl -s \"http://{jaeger}/api/traces?service=$SERVICE&{wanted}&limit={TRACES}\"")),
        ));
        commands.push(command(
            "What it logged meanwhile, in Kubernetes",
            of_service("kubectl logs --selector app.kubernetes.io/name=$SERVICE --since 15m"),
        ));
    }
    commands
}

fn command(what: &str, line: String) -> Command {
    Command { what: what.to_owned(), line }
}

/// A query as a shell asks it. Single quotes in it would end the shell's own.
fn ask(place: &Place, query: &str) -> String {
    let query = query.replace('\'', r"'\''");
    format!("curl -sG http://{}/api/v1/query --data-urlencode 'query={query}'", loopback(place.ports.prometheus))
}

fn each_service(line: impl Fn(&Row) -> String) -> String {
    SERVICES.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Lines that name the service of the alert.
fn of_service(lines: &str) -> String {
    format!("SERVICE={} # the alert's label `service`\n{lines}", ServiceName::Gateway)
}
