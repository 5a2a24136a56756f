//! What there is to demonstrate on: the shop, its faults, and the servers that watch it; and what is missing.

use std::{
    net::{TcpStream, ToSocketAddrs as _},
    time::Duration,
};

use shop::services::{SERVICES, ServiceName};

use super::entries::{Entry, Look};
use crate::{
    arguments::{Common, Target},
    engine::{Client, Mark},
    fault::{Admins, Doors, Silence},
    window::{Unlearned, Window},
};

const PATIENCE: Duration = Duration::from_secs(5);
/// Somebody who listens on this machine takes a connection at once.
const CONNECTING: Duration = Duration::from_millis(300);

/// What was found.
#[derive(Debug)]
pub(super) struct Surroundings {
    /// Why the shop does not answer.
    pub no_shop: Option<String>,
    /// Why no fault can be armed.
    pub no_faults: Option<String>,
}

impl Surroundings {
    /// Looks around.
    pub(super) async fn look(common: &Common, doors: &Doors) -> anyhow::Result<Self> {
        let client = Client::new(common.target.clone(), PATIENCE);
        let no_shop = match Window::learn(&client, &Mark::new("demo-0")).await {
            Ok(_) => None,
            Err(Unlearned::Unreachable(why) | Unlearned::Unexpected(why)) => Some(why),
        };
        let admins = Admins::of(doors)?;
        let mut silent: Option<(Silence, Vec<ServiceName>)> = None;
        for service in SERVICES.iter().map(|row| row.name) {
            if let Err(silence) = admins.list(service).await {
                let (said, services) = silent.get_or_insert_with(|| (silence.clone(), Vec::new()));
                if *said == silence {
                    services.push(service);
                }
            }
        }
        let no_faults = silent.map(|(silence, services)| admins.sentence(&services, &silence));
        Ok(Self { no_shop, no_faults })
    }

    /// Why this entry cannot be shown; nothing when it can.
    pub(super) fn missing_for(&self, entry: &Entry) -> Option<&str> {
        let needs_shop = entry.name != "look";
        let no_shop = self.no_shop.as_deref().filter(|_| needs_shop);
        no_shop.or_else(|| self.no_faults.as_deref().filter(|_| entry.needs_faults))
    }

    /// In a few words, for the menu's head.
    pub(super) fn sentence(&self, target: &Target) -> String {
        match (&self.no_shop, &self.no_faults) {
            (Some(why), _) => format!("No shop: {why}."),
            (None, Some(why)) => format!("The shop at {target} answers, but no faults can be armed: {why}."),
            (None, None) => format!("The shop at {target} answers, and faults can be armed."),
        }
    }
}

/// Where to look at what an entry has done.
pub(super) fn places(target: &Target, looks: &[Look]) -> String {
    let (offset, ports) = target.stack();
    let grafana = target.with_port(ports.grafana);
    let prometheus = target.with_port(ports.prometheus).at("/api/v1/query");
    let mut text = String::new();
    for look in looks {
        text.push_str(&match look {
            Look::Panel { dashboard, panel } => format!("  look  {grafana}/d/{dashboard}, `{panel}`\n"),
            Look::Query(query) => format!("  ask   curl -sG {prometheus} --data-urlencode 'query={query}'\n"),
        });
    }
    if !is_listening(target, ports.grafana) {
        let preview = preview(offset);
        text.push_str(&format!(
            "\nThere is no Grafana on {}; `{preview}` shows the dashboards there.\n",
            ports.grafana
        ));
    }
    if !is_listening(target, ports.prometheus) {
        let why = "`cargo xtask up` without --services-only starts one";
        text.push_str(&format!("There is no Prometheus on {}; {why}.\n", ports.prometheus));
    }
    text
}

/// Where everything is that watches.
pub(super) fn everything(target: &Target) -> String {
    let (offset, ports) = target.stack();
    let mut text = String::new();
    for (name, port, path, what) in [
        (
            "dashboards",
            ports.grafana,
            "/d/overview",
            "Overview first; then Errors and traffic, Performance, Business, Service levels",
        ),
        (
            "Prometheus",
            ports.prometheus,
            "/alerts",
            "which alerts are pending or firing; /targets: whether every service is scraped",
        ),
        ("Jaeger", ports.jaeger, "/search", "any trace, by the id that a report names: /trace/ID"),
        ("Alertmanager", ports.alertmanager, "/#/alerts", "what would have been sent to whom"),
    ] {
        let url = format!("{}{path}", target.with_port(port));
        let state = if is_listening(target, port) { "" } else { "  NOT THERE" };
        text.push_str(&format!("  {name:<13} {url}{state}\n                {what}\n"));
    }
    text.push_str(&format!("\n  without a Grafana: {}\n", preview(offset)));
    text.push_str("  anything missing: docs/operating.md\n");
    text
}

/// The command that shows the dashboards where no Grafana does.
fn preview(offset: u16) -> String {
    let option = if offset == 0 { String::new() } else { format!(" --port-offset {offset}") };
    format!("cargo xtask preview{option}")
}

fn is_listening(target: &Target, port: u16) -> bool {
    let (host, _) = target.address();
    let addresses = (host, port).to_socket_addrs().into_iter().flatten();
    addresses.into_iter().any(|address| TcpStream::connect_timeout(&address, CONNECTING).is_ok())
}
