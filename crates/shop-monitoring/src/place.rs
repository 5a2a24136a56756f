//! Where the shop is watched: what differs between one machine and production.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use shop::ports::Ports;

/// One stack: its addresses, its name and its pace.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub ports: Ports,
    /// The value of the target label `environment`.
    pub environment: &'static str,
    /// How often Prometheus scrapes, evaluates and the dashboards refresh.
    pub scrape_interval: Duration,
}

impl Place {
    /// One machine, the fixed ports, everything on loopback.
    pub const fn local() -> Self {
        Self { ports: Ports::FIXED, environment: "local", scrape_interval: Duration::from_secs(5) }
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
