//! Where everything listens: the fixed ports, moved together by an offset, or free ones for tests.

use std::{io, net::TcpListener};

use crate::services::ServiceName;

/// The two doors of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doors {
    /// Where customers, or the other services, come in.
    pub public: u16,
    /// Where `/metrics` and the health checks are; never exposed.
    pub admin: u16,
}

/// One port for everything of the stack that listens; all of them on loopback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    pub gateway: Doors,
    pub catalog: Doors,
    pub orders: Doors,
    pub payments: Doors,
    pub prometheus: u16,
    pub alertmanager: u16,
    /// Jaeger's query API and page.
    pub jaeger: u16,
    /// Jaeger's own OTLP gRPC receiver; only the collector sends there.
    pub jaeger_otlp: u16,
    /// Jaeger's own metrics.
    pub jaeger_metrics: u16,
    pub collector_grpc: u16,
    pub collector_http: u16,
    /// The collector's metrics about itself.
    pub collector_self: u16,
    /// The metrics that the collector received or made, prefixed `otlp_`.
    pub collector_made: u16,
    /// The collector's health check.
    pub collector_health: u16,
    pub postgres: u16,
}

impl Ports {
    /// The ports that documentation and manifests name.
    pub const FIXED: Ports = Ports {
        gateway: Doors { public: 8080, admin: 9464 },
        catalog: Doors { public: 8081, admin: 9465 },
        orders: Doors { public: 8082, admin: 9466 },
        payments: Doors { public: 8083, admin: 9467 },
        prometheus: 9090,
        alertmanager: 9093,
        jaeger: 16686,
        jaeger_otlp: 14317,
        jaeger_metrics: 14269,
        collector_grpc: 4317,
        collector_http: 4318,
        collector_self: 8888,
        collector_made: 8889,
        collector_health: 13133,
        postgres: 5432,
    };

    /// The fixed ports, each moved up by `offset`, so that two stacks can live on one machine.
    ///
    /// # Errors
    /// When a port would pass 65535.
    pub fn moved_by(offset: u16) -> Result<Ports, String> {
        let highest = Self::FIXED.all().into_iter().map(|(_, port)| port).max().unwrap_or(0);
        if highest.checked_add(offset).is_none() {
            return Err(format!(
                "the offset {offset} is too high: port {highest} would pass 65535; use at most {}",
                u16::MAX - highest
            ));
        }
        Ok(Self::FIXED.map(|port| port + offset))
    }

    /// Ports that were free a moment ago, for tests.
    ///
    /// # Errors
    /// When loopback has no free port left.
    pub fn free() -> io::Result<Ports> {
        let mut held = Vec::new();
        let mut failure = None;
        let ports = Self::FIXED.map(|_| {
            match TcpListener::bind(("127.0.0.1", 0)).and_then(|l| Ok((l.local_addr()?.port(), l))) {
                Ok((port, listener)) => {
                    held.push(listener);
                    port
                }
                Err(error) => {
                    failure = Some(error);
                    0
                }
            }
        });
        failure.map_or(Ok(ports), Err)
    }

    /// The doors of a service.
    pub fn doors(&self, service: ServiceName) -> Doors {
        match service {
            ServiceName::Gateway => self.gateway,
            ServiceName::Catalog => self.catalog,
            ServiceName::Orders => self.orders,
            ServiceName::Payments => self.payments,
        }
    }

    /// Every port with the name of who listens there.
    pub fn all(&self) -> Vec<(&'static str, u16)> {
        let mut all = Vec::new();
        let Self {
            gateway,
            catalog,
            orders,
            payments,
            prometheus,
            alertmanager,
            jaeger,
            jaeger_otlp,
            jaeger_metrics,
            collector_grpc,
            collector_http,
            collector_self,
            collector_made,
            collector_health,
            postgres,
        } = *self;
        for (name, doors) in [("gateway", gateway), ("catalog", catalog), ("orders", orders), ("payments", payments)] {
            all.extend([(name, doors.public), (name, doors.admin)]);
        }
        all.extend([
            ("prometheus", prometheus),
            ("alertmanager", alertmanager),
            ("jaeger", jaeger),
            ("jaeger", jaeger_otlp),
            ("jaeger", jaeger_metrics),
        ]);
        all.extend(
            [collector_grpc, collector_http, collector_self, collector_made, collector_health]
                .map(|port| ("collector", port)),
        );
        all.push(("postgres", postgres));
        all
    }

    fn map(self, mut f: impl FnMut(u16) -> u16) -> Ports {
        let mut doors = |d: Doors| Doors { public: f(d.public), admin: f(d.admin) };
        let (gateway, catalog, orders, payments) =
            (doors(self.gateway), doors(self.catalog), doors(self.orders), doors(self.payments));
        Ports {
            gateway,
            catalog,
            orders,
            payments,
            prometheus: f(self.prometheus),
            alertmanager: f(self.alertmanager),
            jaeger: f(self.jaeger),
            jaeger_otlp: f(self.jaeger_otlp),
            jaeger_metrics: f(self.jaeger_metrics),
            collector_grpc: f(self.collector_grpc),
            collector_http: f(self.collector_http),
            collector_self: f(self.collector_self),
            collector_made: f(self.collector_made),
            collector_health: f(self.collector_health),
            postgres: f(self.postgres),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_listen_on_the_same_port() {
        let mut ports: Vec<u16> = Ports::FIXED.all().into_iter().map(|(_, port)| port).collect();
        ports.sort_unstable();
        let before = ports.len();
        ports.dedup();
        assert_eq!(ports.len(), before);
    }

    #[test]
    fn an_offset_moves_every_port_or_is_refused() {
        let moved = Ports::moved_by(100).expect("100 is fine");
        for ((_, from), (_, to)) in Ports::FIXED.all().into_iter().zip(moved.all()) {
            assert_eq!(to, from + 100);
        }
        assert!(Ports::moved_by(60_000).expect_err("too high").contains("use at most"));
    }
}
