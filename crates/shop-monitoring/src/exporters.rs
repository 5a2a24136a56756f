//! How the exporters are started: the arguments that `up` gives them, as files that they read by `@FILE`.

use std::net::SocketAddr;

use monitoring::{File, arguments};

use crate::place::{Place, loopback};

/// What is measured of a host: what rules and dashboards ask for, and what helps to find a cause.
const NODE_COLLECTORS: [&str; 14] = [
    "cpu",
    "diskstats",
    "filefd",
    "filesystem",
    "loadavg",
    "meminfo",
    "netdev",
    "pressure",
    "stat",
    "textfile",
    "time",
    "timex",
    "uname",
    "vmstat",
];

/// Where the arguments of the node exporter are, from the repository's root.
pub const NODE: &str = "deploy/exporters/node_exporter.args";
/// Where those of the blackbox exporter are.
pub const BLACKBOX: &str = "deploy/exporters/blackbox_exporter.args";
/// Where those of the PostgreSQL exporter are.
pub const POSTGRES: &str = "deploy/exporters/postgres_exporter.args";

pub(crate) fn files(place: &Place) -> Vec<File> {
    let ports = place.ports;
    let mut node = vec![listening(loopback(ports.node_exporter)), "--collector.disable-defaults".to_owned()];
    node.extend(NODE_COLLECTORS.iter().map(|collector| format!("--collector.{collector}")));
    vec![
        arguments(NODE, file!(), &node),
        arguments(BLACKBOX, file!(), &[listening(loopback(ports.blackbox_exporter))]),
        arguments(POSTGRES, file!(), &[listening(loopback(ports.postgres_exporter))]),
    ]
}

fn listening(address: SocketAddr) -> String {
    format!("--web.listen-address={address}")
}
