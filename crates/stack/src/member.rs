//! Who there is in a stack: the services, and the real servers; how each is started and when it is ready.

use std::{fmt, path::Path};

use shop::{
    ports::Ports,
    services::{SERVICES, ServiceName},
};
use shop_monitoring::{exporters, grafana};

use crate::{
    process::{Launch, Ready},
    tools::Tool,
};

/// A real server of the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Server {
    /// Keeps the services' state when it is not in SQLite.
    Postgres,
    /// Scrapes, computes the rules and answers queries.
    Prometheus,
    /// Takes what the services push; makes span metrics; samples traces.
    Collector,
    /// Keeps traces.
    Jaeger,
    /// Groups alerts and sends them on.
    Alertmanager,
    /// Measures the host.
    NodeExporter,
    /// Knocks at the public door from outside.
    BlackboxExporter,
    /// Measures PostgreSQL, when that keeps the services' state.
    PostgresExporter,
    /// Shows the dashboards, where one is installed.
    Grafana,
}

/// A process of the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Member {
    /// One of the shop's services.
    Service(ServiceName),
    /// One of the real servers.
    Server(Server),
}

impl Server {
    /// The servers that watch the shop, whatever keeps its state.
    pub const WATCHING: [Server; 6] = [
        Self::Prometheus,
        Self::Collector,
        Self::Jaeger,
        Self::Alertmanager,
        Self::NodeExporter,
        Self::BlackboxExporter,
    ];

    /// The name as it is written everywhere, also in [`Ports::all`].
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Prometheus => "prometheus",
            Self::Collector => "collector",
            Self::Jaeger => "jaeger",
            Self::Alertmanager => "alertmanager",
            Self::NodeExporter => "node_exporter",
            Self::BlackboxExporter => "blackbox_exporter",
            Self::PostgresExporter => "postgres_exporter",
            Self::Grafana => "grafana",
        }
    }

    /// The tools without which it cannot be started. Grafana is none: it is never built here, see [`tools::grafana`](crate::tools::grafana).
    pub const fn tools(self) -> &'static [Tool] {
        match self {
            Self::Postgres => &[Tool::Postgres, Tool::Initdb],
            Self::Prometheus => &[Tool::Prometheus],
            Self::Collector => &[Tool::Collector],
            Self::Jaeger => &[Tool::Jaeger],
            Self::Alertmanager => &[Tool::Alertmanager],
            Self::NodeExporter => &[Tool::NodeExporter],
            Self::BlackboxExporter => &[Tool::BlackboxExporter],
            Self::PostgresExporter => &[Tool::PostgresExporter],
            Self::Grafana => &[],
        }
    }

    pub(crate) fn ready(self, ports: &Ports) -> Ready {
        let at = |port: u16, path: &str| Ready::Http(format!("http://127.0.0.1:{port}{path}"));
        match self {
            // A connection is accepted long before a query is.
            Self::Postgres => Ready::Says("database system is ready to accept connections"),
            Self::Prometheus => at(ports.prometheus, "/-/ready"),
            Self::Collector => at(ports.collector_health, "/"),
            Self::Jaeger => at(ports.jaeger, "/api/services"),
            Self::Alertmanager => at(ports.alertmanager, "/-/ready"),
            Self::NodeExporter => at(ports.node_exporter, "/"),
            Self::BlackboxExporter => at(ports.blackbox_exporter, "/-/healthy"),
            Self::PostgresExporter => at(ports.postgres_exporter, "/"),
            Self::Grafana => at(ports.grafana, "/api/health"),
        }
    }

    /// The command line of a watching server: `configuration` holds the rendered files, `data` is its own folder.
    pub(crate) fn arguments(self, launch: Launch, ports: &Ports, configuration: &Path, data: &Path) -> Launch {
        let file = |path: &str| configuration.join(path).display().to_string();
        let data = data.display();
        match self {
            Self::Postgres => launch,
            Self::Prometheus => launch
                .arg(format!("--config.file={}", file("deploy/prometheus/prometheus.yml")))
                .arg(format!("--storage.tsdb.path={data}"))
                .arg(format!("--web.listen-address=127.0.0.1:{}", ports.prometheus))
                // The default of 15 days is shorter than the 30-day window of an objective.
                .arg("--storage.tsdb.retention.time=40d")
                .arg("--web.enable-lifecycle"),
            Self::Alertmanager => launch
                .arg(format!("--config.file={}", file("deploy/alertmanager/alertmanager.yml")))
                .arg(format!("--storage.path={data}"))
                .arg(format!("--web.listen-address=127.0.0.1:{}", ports.alertmanager))
                // Links in notifications begin with it; the default is the machine's name, where nothing listens.
                .arg(format!("--web.external-url=http://127.0.0.1:{}", ports.alertmanager))
                .arg("--cluster.listen-address="),
            Self::NodeExporter => launch
                .arg(format!("@{}", file(exporters::NODE)))
                // What others measure of this host: files with metrics that it finds here.
                .arg(format!("--collector.textfile.directory={data}")),
            Self::BlackboxExporter => launch
                .arg(format!("@{}", file(exporters::BLACKBOX)))
                .arg(format!("--config.file={}", file("deploy/exporters/blackbox.yml"))),
            Self::PostgresExporter => launch.arg(format!("@{}", file(exporters::POSTGRES))),
            Self::Grafana => launch
                .arg(format!("--config={}", file("deploy/grafana/grafana.ini")))
                .env(grafana::ROOT, configuration.display().to_string())
                // Set over the file's, which are those of the machine that it is installed on.
                .env("GF_PATHS_DATA", data.to_string())
                .env("GF_PATHS_LOGS", format!("{data}/log"))
                .env("GF_PATHS_PLUGINS", format!("{data}/plugins")),
            Self::Collector => launch.arg("--config").arg(file("deploy/collector/collector.yaml")),
            Self::Jaeger => launch
                .arg("--config")
                .arg(file("deploy/jaeger/jaeger.yaml"))
                .arg(format!("--set=extensions.jaeger_query.ui.config_file={}", file("deploy/jaeger/ui.json")))
                // It would send spans about itself to the collector, which would send them back.
                .env("OTEL_TRACES_SAMPLER", "always_off"),
        }
    }
}

impl Member {
    /// All four services.
    pub fn services() -> impl Iterator<Item = Member> {
        SERVICES.iter().map(|row| Member::Service(row.name))
    }

    /// The name as it is written everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Service(service) => service.as_str(),
            Self::Server(server) => server.as_str(),
        }
    }

    /// The ports it listens on.
    pub fn ports(self, ports: &Ports) -> Vec<u16> {
        let name = self.as_str();
        ports.all().into_iter().filter(|(listener, _)| *listener == name).map(|(_, port)| port).collect()
    }

    pub(crate) fn ready(self, ports: &Ports) -> Ready {
        match self {
            Self::Service(service) => Ready::Http(format!("http://127.0.0.1:{}/readyz", ports.doors(service).admin)),
            Self::Server(server) => server.ready(ports),
        }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
