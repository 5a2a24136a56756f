//! Where everything listens: the fixed ports, moved together by an offset, or free ones for tests.

use std::{
    env,
    fs::{self, File},
    io,
    net::TcpListener,
    ops::Range,
    sync::{Mutex, PoisonError},
};

use crate::services::ServiceName;

/// The two doors of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doors {
    /// Where customers, or the other services, come in.
    pub public: u16,
    /// Where `/metrics` and the health checks are; never exposed.
    pub admin: u16,
}

/// Where free ports are lent from: below those that the system gives to whoever asks for any (32768 and up on Linux), for one of
/// these can become the near end of somebody's connection between the moment it is found free and the moment it is listened on.
const FREE: Range<u16> = 20_000..32_000;
/// How many are lent together, under one lock.
const BLOCK: usize = 25;

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
    pub node_exporter: u16,
    pub blackbox_exporter: u16,
    pub postgres_exporter: u16,
    pub grafana: u16,
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
        node_exporter: 9100,
        blackbox_exporter: 9115,
        postgres_exporter: 9187,
        grafana: 3000,
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

    /// Free ports for tests and benches, which nobody else who asks here gets for as long as this process lives.
    ///
    /// # Errors
    /// When the temporary folder cannot be written to, or all are taken.
    pub fn free() -> io::Result<Ports> {
        static HELD: Mutex<Vec<File>> = Mutex::new(Vec::new());
        let locks = env::temp_dir().join("vitrine-ports");
        fs::create_dir_all(&locks)?;
        for first in FREE.step_by(BLOCK) {
            // What cannot be opened is locked by another user.
            let lock = File::create(locks.join(first.to_string())).ok().filter(|lock| lock.try_lock().is_ok());
            let Some(lock) = lock else { continue };
            let mut block = first..;
            let ports = Self::FIXED.map(|_| block.next().unwrap_or_default());
            if ports.all().into_iter().all(|(_, port)| TcpListener::bind(("127.0.0.1", port)).is_ok()) {
                HELD.lock().unwrap_or_else(PoisonError::into_inner).push(lock);
                return Ok(ports);
            }
        }
        Err(io::Error::new(io::ErrorKind::AddrInUse, format!("no block of ports is free within {FREE:?}")))
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
            node_exporter,
            blackbox_exporter,
            postgres_exporter,
            grafana,
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
        all.extend([
            ("postgres", postgres),
            ("node_exporter", node_exporter),
            ("blackbox_exporter", blackbox_exporter),
            ("postgres_exporter", postgres_exporter),
            ("grafana", grafana),
        ]);
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
            node_exporter: f(self.node_exporter),
            blackbox_exporter: f(self.blackbox_exporter),
            postgres_exporter: f(self.postgres_exporter),
            grafana: f(self.grafana),
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
    fn free_ports_are_lent_once_and_to_no_connection() {
        let lent = [Ports::free().expect("free ports"), Ports::free().expect("free ports")];
        let mut ports: Vec<u16> = lent.iter().flat_map(Ports::all).map(|(_, port)| port).collect();
        ports.sort_unstable();
        ports.dedup();
        assert_eq!(ports.len(), 2 * Ports::FIXED.all().len());
        assert!(Ports::FIXED.all().len() <= BLOCK);
        assert!(ports.iter().all(|port| FREE.contains(port)), "{ports:?}");
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
