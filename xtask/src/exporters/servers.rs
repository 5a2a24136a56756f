//! Starts the real servers, gives them something to tell, and reads what they expose.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use promql::Observed;
use promql_lint::sources::{self, Access};
use serde_json::json;
use shop::ports::Ports;
use stack::{
    Binaries, Database, Launch, Plan, Process, Ready, Server, Stack,
    tools::{self, Tool},
};

use super::{add, fixtures};
use crate::tools::Progress;

/// How long an exporter may take to be ready.
const PATIENCE: Duration = Duration::from_secs(60);
/// When nothing new was seen for so long, all was seen; Prometheus evaluates every rule within it.
const QUIET: Duration = Duration::from_secs(15);
/// But these come only with the first alert that Prometheus sends, after its rule was evaluated often enough.
const LATE: [&str; 1] = ["prometheus_notifications_latency_seconds"];
/// Longer than this nobody waits.
const AT_MOST: Duration = Duration::from_secs(180);
const EVERY: Duration = Duration::from_secs(2);
/// What some of the servers' default configurations leave out.
const POSTGRES_COLLECTORS: [&str; 9] = [
    "buffercache_summary",
    "database_wraparound",
    "long_running_transactions",
    "postmaster",
    "process_idle",
    "stat_activity_autovacuum",
    "stat_checkpointer",
    "statio_user_indexes",
    "xlog_location",
];
/// Ways to probe, and whether the door is the one with TLS.
const MODULES: &str = "modules:
  http: { prober: http, http: { preferred_ip_protocol: ip4 } }
  https: { prober: http, http: { preferred_ip_protocol: ip4, tls_config: { insecure_skip_verify: true } } }
  tcp: { prober: tcp }
  tls: { prober: tcp, tcp: { tls: true, tls_config: { insecure_skip_verify: true } } }
  icmp: { prober: icmp, icmp: { preferred_ip_protocol: ip4 } }
  dns: { prober: dns, timeout: 1s, dns: { query_name: shop.example, transport_protocol: udp } }
  grpc: { prober: grpc, grpc: { preferred_ip_protocol: ip4 } }
";

/// Everything that runs, and from where it is read.
struct Running {
    stack: Stack,
    /// Each address with whose it is.
    addresses: Vec<(&'static str, String)>,
    /// Those that are no members of the stack; they end with it.
    _exporters: Vec<Process>,
}

/// What each server exposes.
pub(super) async fn seen() -> anyhow::Result<BTreeMap<&'static str, Vec<Observed>>> {
    let mut progress = Progress::new();
    tools::install(&Tool::ALL, &mut |event| progress.show(event))?;
    let mut running = start(&super::folder()?).await?;
    let (began, mut news) = (Instant::now(), Instant::now());
    let mut all: BTreeMap<&'static str, BTreeMap<String, Observed>> = BTreeMap::new();
    let is_there =
        |all: &BTreeMap<_, BTreeMap<String, Observed>>, name: &str| all.values().any(|seen| seen.contains_key(name));
    while began.elapsed() < AT_MOST && (news.elapsed() < QUIET || !LATE.iter().all(|name| is_there(&all, name))) {
        give_something_to_tell(&running.stack).await?;
        let before = all.clone();
        for (server, address) in &running.addresses {
            for metric in sources::fetch(address, &Access::default())? {
                add(all.entry(server).or_default(), Observed { source: String::new(), ..metric });
            }
        }
        let is_news =
            all.iter().any(|(server, metrics)| before.get(server).is_none_or(|before| shape(before) != shape(metrics)));
        if is_news {
            news = Instant::now();
        }
        tokio::time::sleep(EVERY).await;
    }
    running.stack.stop().await;
    Ok(all.into_iter().map(|(server, metrics)| (server, metrics.into_values().collect())).collect())
}

/// What would change a table: everything but values.
fn shape(metrics: &BTreeMap<String, Observed>) -> Vec<(&str, Vec<(&str, bool)>)> {
    let labels =
        metrics.values().map(|metric| metric.labels.iter().map(|(key, label)| (key.as_str(), label.always)).collect());
    metrics.keys().map(String::as_str).zip(labels).collect()
}

async fn start(folder: &Path) -> anyhow::Result<Running> {
    let ports = Ports::free()?;
    let plan = Plan::new(folder.join("stack")).services([]).ports(ports).database(Database::Postgres).servers([
        Server::Prometheus,
        Server::Collector,
        Server::Jaeger,
        Server::Alertmanager,
    ]);
    let mut stack = Stack::start(plan, Binaries::default()).await?;
    let mut exporters = Vec::new();
    // No service runs, so their ports are free for a second exporter of a kind.
    let (fixed, here) = (ports.node_exporter, ports.gateway.public);
    let (blackbox, doors) = (ports.blackbox_exporter, ports.gateway.admin);
    let launch = |tool: Tool, name: &str, port: u16| -> anyhow::Result<Launch> {
        let launch = Launch::new(name, tools::need(tool)?, folder.join(format!("{name}.log")));
        Ok(launch.arg(format!("--web.listen-address=127.0.0.1:{port}")))
    };

    let source = fixtures::source()?;
    let machine = folder.join("machine");
    fs::create_dir_all(&machine).with_context(|| format!("{} cannot be made", machine.display()))?;
    fixtures::unpack(&source, &machine)?;
    let arguments = fixtures::arguments(&source, &machine);
    exporters.push(launch(Tool::NodeExporter, "node_exporter_of_a_described_machine", fixed)?.args(arguments).start()?);
    exporters.push(
        launch(Tool::NodeExporter, "node_exporter_here", here)?
            .arg("--collector.tcpstat")
            .arg("--collector.network_route")
            .start()?,
    );

    let modules = folder.join("blackbox.yml");
    fs::write(&modules, MODULES).with_context(|| format!("{} cannot be written", modules.display()))?;
    let certificates = fixtures::module("github.com/prometheus/exporter-toolkit")?.join("web/testdata");
    let tls = folder.join("tls.yml");
    let (certificate, key) = (certificates.join("server.crt"), certificates.join("server.key"));
    let settings =
        format!("tls_server_config: {{ cert_file: {}, key_file: {} }}\n", certificate.display(), key.display());
    fs::write(&tls, settings).with_context(|| format!("{} cannot be written", tls.display()))?;
    let modules = format!("--config.file={}", modules.display());
    exporters.push(launch(Tool::BlackboxExporter, "blackbox_exporter", blackbox)?.arg(modules.clone()).start()?);
    let behind_tls = launch(Tool::BlackboxExporter, "blackbox_exporter_behind_tls", doors)?;
    exporters.push(behind_tls.arg(modules).arg(format!("--web.config.file={}", tls.display())).start()?);

    let postgres = format!("{}?sslmode=disable", stack.server_url(Server::Postgres));
    let collectors = POSTGRES_COLLECTORS.map(|name| format!("--collector.{name}"));
    let exporter = launch(Tool::PostgresExporter, "postgres_exporter", ports.postgres_exporter)?;
    exporters.push(exporter.args(collectors).env("DATA_SOURCE_NAME", postgres).start()?);
    let listening = [fixed, here, blackbox, doors, ports.postgres_exporter];
    for (exporter, port) in exporters.iter_mut().zip(listening) {
        exporter.wait_ready(&Ready::Tcp(port), PATIENCE).await?;
    }

    let at = |port: u16, path: &str| format!("http://127.0.0.1:{port}{path}");
    let probe = |module: &str, target: String| {
        ("blackbox_exporter", at(blackbox, &format!("/probe?module={module}&target={target}")))
    };
    let mut addresses = vec![
        ("prometheus", at(ports.prometheus, "/metrics")),
        ("alertmanager", at(ports.alertmanager, "/metrics")),
        ("collector", at(ports.collector_self, "/metrics")),
        ("jaeger", at(ports.jaeger_metrics, "/metrics")),
        ("node_exporter", at(fixed, "/metrics")),
        ("node_exporter", at(here, "/metrics")),
        ("postgres_exporter", at(ports.postgres_exporter, "/metrics")),
        ("blackbox_exporter", at(blackbox, "/metrics")),
    ];
    addresses.extend([
        probe("http", at(ports.prometheus, "/-/ready")),
        probe("http", at(ports.catalog.public, "/")),
        probe("https", format!("https://127.0.0.1:{doors}/")),
        probe("tcp", format!("127.0.0.1:{}", ports.postgres)),
        probe("tls", format!("127.0.0.1:{doors}")),
        probe("icmp", "127.0.0.1".to_owned()),
        probe("dns", format!("127.0.0.1:{}", ports.catalog.public)),
        probe("grpc", format!("127.0.0.1:{}", ports.collector_grpc)),
    ]);
    stack.wait_ready(stack::Member::Server(Server::Prometheus)).await?;
    Ok(Running { stack, addresses, _exporters: exporters })
}

/// Some metrics come with what they count: sends a span and a number to the collector, an alert to Alertmanager, questions to all.
async fn give_something_to_tell(stack: &Stack) -> anyhow::Result<()> {
    let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
    let ports = stack.ports();
    let at = |port: u16, path: &str| format!("http://127.0.0.1:{port}{path}");
    let resource = json!({ "attributes": [{ "key": "service.name", "value": { "stringValue": "customer" } }] });
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_nanos();
    let id = |length: usize| format!("{now:032x}")[32 - length..].to_owned();
    let span = json!({
        "traceId": id(32), "spanId": id(16), "name": "asks", "kind": 2,
        "startTimeUnixNano": now.to_string(), "endTimeUnixNano": (now + 1_000_000).to_string(),
    });
    let point = json!({ "asDouble": 1.0, "timeUnixNano": now.to_string() });
    let metric = json!({ "name": "asked", "gauge": { "dataPoints": [point] } });
    let alert = json!([{ "labels": { "alertname": "Asked", "severity": "warning" } }]);
    let posts = [
        (
            at(ports.collector_http, "/v1/traces"),
            json!({ "resourceSpans": [{ "resource": resource, "scopeSpans": [{ "spans": [span] }] }] }),
        ),
        (
            at(ports.collector_http, "/v1/metrics"),
            json!({ "resourceMetrics": [{ "resource": resource, "scopeMetrics": [{ "metrics": [metric] }] }] }),
        ),
        (at(ports.alertmanager, "/api/v2/alerts"), alert),
    ];
    for (url, body) in posts {
        let answer = http.post(&url).json(&body).send().await.with_context(|| format!("{url} does not answer"))?;
        answer.error_for_status().with_context(|| format!("{url} refuses"))?;
    }
    for (port, path) in [
        (ports.prometheus, "/api/v1/query?query=up"),
        (ports.prometheus, "/api/v1/query_range?query=up&start=0&end=1&step=1"),
        (ports.prometheus, "/api/v1/query?query=wrong("),
        (ports.alertmanager, "/api/v2/alerts"),
        (ports.jaeger, "/api/services"),
        (ports.jaeger, "/api/traces?service=customer"),
    ] {
        http.get(at(port, path)).send().await.with_context(|| format!("{path} is not answered"))?;
    }
    Ok(())
}
