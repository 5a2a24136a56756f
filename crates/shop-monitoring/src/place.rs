//! Where the shop is watched: what differs between one machine and production.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use monitoring::alertmanager::Links;
use shop::ports::Ports;

/// One stack: its addresses, its name and its pace.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub ports: Ports,
    /// The value of the target label `environment`.
    pub environment: &'static str,
    /// How often Prometheus scrapes and evaluates.
    pub scrape_interval: Duration,
    /// How often the dashboards are drawn again.
    pub refresh: Duration,
    /// Whether PostgreSQL keeps the services' state, and is watched too.
    pub has_postgres: bool,
    /// Whom alerts reach.
    pub receivers: Receivers,
    /// Where the links of a notification lead.
    pub links: Links,
}

/// Whom alerts reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receivers {
    /// Nobody: they are seen on Alertmanager's page only.
    Nobody,
    /// One listener that takes all posts, at a path named as the receiver: `/page`, `/ticket`, `/note`, `/watchdog`.
    Listener(SocketAddr),
    /// A pager, a ticket system, a chat and a watch outside, whose addresses are in files of this folder: `page_url`, `ticket_url`,
    /// `chat_url`, `watchdog_url`.
    SecretsIn(&'static str),
}

impl Place {
    /// One machine, the fixed ports, everything on loopback.
    pub const fn local() -> Self {
        Self {
            ports: Ports::FIXED,
            environment: "local",
            scrape_interval: Duration::from_secs(5),
            refresh: Duration::from_secs(5),
            has_postgres: false,
            receivers: Receivers::Nobody,
            // A runbook's address is then its path in the repository.
            links: Links { runbooks: "", panels: "http://127.0.0.1:3000" },
        }
    }

    /// Where customers are. The addresses of the links stand for those of whoever runs it: `.example` is a name that nobody has.
    pub const fn production() -> Self {
        Self {
            ports: Ports::FIXED,
            environment: "production",
            scrape_interval: Duration::from_secs(15),
            refresh: Duration::from_secs(10),
            has_postgres: true,
            receivers: Receivers::SecretsIn("/etc/alertmanager/secrets"),
            links: Links { runbooks: "https://runbooks.shop.example/", panels: "https://grafana.shop.example" },
        }
    }

    /// The same, with alerts for others.
    #[must_use]
    pub const fn telling(mut self, receivers: Receivers) -> Self {
        self.receivers = receivers;
        self
    }

    /// The same, with the services' state in PostgreSQL.
    #[must_use]
    pub const fn on_postgres(mut self) -> Self {
        self.has_postgres = true;
        self
    }

    /// The same, on other ports.
    #[must_use]
    pub const fn with_ports(mut self, ports: Ports) -> Self {
        self.ports = ports;
        self
    }
}

/// A port on this machine.
pub(crate) fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}
