//! What every runbook says beside its own words: commands that can be typed as they stand, and where the traces are.

use monitoring::{Alert, Command, Runbooks, Subject, Traces};
use shop::{
    routes::gateway::LIST_PRODUCTS,
    services::{Row, SERVICES, ServiceName},
};

use crate::{
    alerts::{
        availability::AVAILABILITY,
        errors::ERRORS,
        latency::LATENCY,
        monitoring::{CONFIGURATION, NOTIFICATIONS_TOPIC, RULES, RULES_PACE, TARGETS},
        process::{POOL_WAITS, POOLS, STATEMENTS},
    },
    business::{orders::ORDERS_TOPIC, payments::PAYMENTS_TOPIC, products::STOCK},
    place::{Place, loopback},
    promises::{AVAILABILITY_BUDGET, CHECKOUT_BUDGET, QUICK_BUDGET, RESPONSIVE_BUDGET},
    routing,
    scraping::PROBED,
};

/// Tags of a span that failed, as Jaeger's search takes them: `{"error":"true"}`, with what an address may not hold written as %XX.
const FAILED: &str = "tags=%7B%22error%22%3A%22true%22%7D";
/// How many traces a command asks for.
const TRACES: u32 = 5;

/// Topics whose cause may be seen in a trace: those of requests, orders and what they wait for.
const OF_REQUESTS: [&str; 12] = [
    AVAILABILITY,
    ERRORS,
    LATENCY,
    AVAILABILITY_BUDGET,
    QUICK_BUDGET,
    RESPONSIVE_BUDGET,
    CHECKOUT_BUDGET,
    ORDERS_TOPIC,
    PAYMENTS_TOPIC,
    STATEMENTS,
    POOLS,
    POOL_WAITS,
];
/// Of these, those that are about time.
const OF_TIME: [&str; 5] = [LATENCY, QUICK_BUDGET, RESPONSIVE_BUDGET, STATEMENTS, POOL_WAITS];

pub(crate) fn all(place: &Place) -> Runbooks {
    let place = *place;
    Runbooks {
        commands: Box::new(move |alert| commands(alert, &place)),
        remedies: Box::new(move |alert| remedies(alert, &place)),
        traces: Box::new(move |alert| traces(alert, &place)),
        inhibitions: routing::inhibitions(),
        how_to_ask: ask(&place, "up"),
    }
}

fn traces(alert: &Alert, place: &Place) -> Vec<Traces> {
    let jaeger = loopback(place.ports.jaeger);
    let of = |row: &Row| Traces {
        service: row.name.as_str(),
        address: format!("http://{jaeger}/search?service={}&{}&lookback=1h", row.name, wanted(alert).1),
    };
    if OF_REQUESTS.contains(&alert.topic) { SERVICES.iter().map(of).collect() } else { Vec::new() }
}

/// Which traces show what an alert is about, in words and as a search.
fn wanted(alert: &Alert) -> (&'static str, &'static str) {
    if OF_TIME.contains(&alert.topic) {
        ("Traces that took longer than two seconds", "minDuration=2s")
    } else {
        ("Traces of requests that failed", FAILED)
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
    let [prometheus, gateway] = [ports.prometheus, ports.gateway.public].map(loopback);
    let asked = |what: &str, path: &str| command(what, format!("curl -s 'http://{prometheus}/api/v1/{path}'"));
    match alert.topic {
        AVAILABILITY => {
            let ready =
                |row: &Row| format!("curl -s http://{}/readyz # {}", loopback(ports.doors(row.name).admin), row.name);
            commands.push(command("What each service says of itself", each_service(ready)));
            commands
                .push(command("To ask what the probe asks", format!("curl -si http://{gateway}{}", PROBED.door().1)));
            commands.push(asked("Why Prometheus cannot scrape a target", "targets?state=active"));
        }
        TARGETS => commands.push(asked("The targets, each with its last error", "targets?state=active")),
        RULES | RULES_PACE => {
            commands.push(asked("The rules, each with its last error and the time that it took", "rules"))
        }
        NOTIFICATIONS_TOPIC => commands.push(asked("The Alertmanagers that Prometheus knows", "alertmanagers")),
        STOCK => commands.push(command(
            "How many are left of each product",
            format!("curl -s 'http://{gateway}{}?limit=100'", LIST_PRODUCTS.door().1),
        )),
        _ => {}
    }
    if OF_REQUESTS.contains(&alert.topic) {
        let (what, wanted) = wanted(alert);
        let jaeger = loopback(ports.jaeger);
        commands.push(command(
            what,
            of_service(&format!("curl -s \"http://{jaeger}/api/traces?service=$SERVICE&{wanted}&limit={TRACES}\"")),
        ));
        commands.push(command(
            "What it logged meanwhile, of a stack that `cargo xtask up` started",
            of_service("tail -n 50 target/up/logs/$SERVICE.log"),
        ));
    }
    commands
}

/// How what an alert concerns is put right on the local stack. Whoever runs it elsewhere has a way of their own.
fn remedies(alert: &Alert, place: &Place) -> Vec<Command> {
    if alert.about == Subject::Host {
        return Vec::new();
    }
    let reload = |port| format!("curl -s -X POST http://{}/-/reload", loopback(port));
    let read_again = command(
        "To have Prometheus and Alertmanager read their configuration again",
        [place.ports.prometheus, place.ports.alertmanager].map(reload).join("\n"),
    );
    let mut remedies = if alert.topic == CONFIGURATION { vec![read_again] } else { Vec::new() };
    remedies.push(command(
        "To start everything of a local stack again, press Ctrl-C where it runs, which drains it, and start it; to go back to a version, \
         check it out before",
        "git switch --detach VERSION # only to go back\ncargo xtask up".to_owned(),
    ));
    remedies
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
