//! `cargo xtask exporters`: the tables of what common exporters expose, made by scraping the real ones.

mod fixtures;
mod servers;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fs, path::PathBuf, process::Command, slice};

use anyhow::Context as _;
use clap::Args;
use promql::{Observed, ObservedKind};
use promql_lint::sources::exporters::{read_table, write_table};
use stack::tools::{self, Tool};

use crate::Outcome;

/// Where the tables are kept.
const FOLDER: &str = "crates/promql-lint/exporters";
/// Beginnings of what every server says that is written in Go with Prometheus' own library.
const OF_GO: [&str; 3] = ["go_", "process_", "promhttp_"];

/// Labels whose values the software fixes. In the source of each nothing writes another value than those that are seen.
const FIXED: [(&str, &str); 20] = [
    ("alertmanager_alerts", "state"),
    ("alertmanager_alerts_received_total", "status"),
    ("alertmanager_notifications_failed_total", "reason"),
    ("alertmanager_silences", "state"),
    ("net_conntrack_dialer_conn_failed_total", "reason"),
    ("node_cpu_guest_seconds_total", "mode"),
    ("node_cpu_seconds_total", "mode"),
    ("node_md_disks", "state"),
    ("node_md_state", "state"),
    ("node_zfs_zpool_state", "state"),
    ("pg_locks_count", "mode"),
    ("pg_stat_activity_count", "state"),
    ("pg_stat_activity_max_tx_duration", "state"),
    ("probe_dns_duration_seconds", "phase"),
    ("probe_grpc_duration_seconds", "phase"),
    ("probe_grpc_healthcheck_response", "serving_status"),
    ("probe_http_duration_seconds", "phase"),
    ("probe_icmp_duration_seconds", "phase"),
    ("prometheus_engine_query_duration_seconds", "slice"),
    ("promhttp_metric_handler_errors_total", "cause"),
];

/// Beginnings of names that depend on the kernel, or on the version of PostgreSQL.
const OF_THE_MACHINE: [&str; 2] = ["node_", "pg_"];

/// Starts the real exporters and servers, and writes down which metrics they expose: names, kinds, labels.
///
/// What was seen of a version stays in its table, also if it is not seen again: some metrics come with what they count. The node exporter
/// is shown the machine that its own tests describe, whose kernel has nearly everything, and then this one.
#[derive(Args)]
pub(crate) struct Exporters {
    /// Writes nothing; fails when a table lacks what was seen.
    #[arg(long)]
    check: bool,
}

impl Exporters {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let seen = tokio::runtime::Runtime::new().context("no runtime")?.block_on(servers::seen())?;
        let tables =
            tables(seen).into_iter().map(|(name, seen)| Table::of(name, seen)).collect::<Result<Vec<_>, _>>()?;
        if !self.check {
            for table in &tables {
                table.write()?;
            }
            return Ok(Outcome::Done);
        }
        let findings: Vec<String> = tables.iter().flat_map(Table::findings).collect();
        for finding in &findings {
            println!("{finding}");
        }
        if findings.is_empty() {
            println!("all {} tables are what is exposed", tables.len());
            return Ok(Outcome::Done);
        }
        println!("\nrun cargo xtask exporters");
        Ok(Outcome::Findings)
    }
}

/// A table as it is kept, and what was seen now.
struct Table {
    title: String,
    path: PathBuf,
    kept: String,
    seen: Vec<Observed>,
}

impl Table {
    fn of(name: &str, seen: Vec<Observed>) -> anyhow::Result<Self> {
        let path = stack::workspace_root().join(FOLDER).join(format!("{name}.txt"));
        // One that is not there yet is empty.
        let kept = fs::read_to_string(&path).unwrap_or_default();
        Ok(Self { title: title(name)?, path, kept, seen })
    }

    /// What is seen, and what an earlier look saw of the same version.
    fn metrics(&self) -> Vec<Observed> {
        let kept = read_table(&self.kept).into_iter().filter(|metric| metric.source == self.title);
        let mut all = BTreeMap::new();
        for metric in kept.chain(self.seen.iter().cloned()) {
            add(&mut all, metric);
        }
        // Only now: a table that was made before its values were known to be fixed has none.
        all.into_values().map(reduced).collect()
    }

    fn write(&self) -> anyhow::Result<()> {
        let text = write_table(&self.title, &self.metrics());
        let is_new = text != self.kept;
        if is_new {
            fs::write(&self.path, text).with_context(|| format!("{} cannot be written", self.path.display()))?;
        }
        println!("{}: {}", self.title, if is_new { "changed" } else { "as it was" });
        Ok(())
    }

    /// In what the table that is kept is not what is exposed: what it lacks, and what it tells of that is not there.
    fn findings(&self) -> Vec<String> {
        let lines = |metrics: &[Observed]| -> BTreeMap<String, String> {
            let line = |metric: &Observed| write_table("", slice::from_ref(metric)).lines().skip(2).collect::<String>();
            metrics.iter().map(|metric| (metric.name.clone(), line(metric))).collect()
        };
        let kept = read_table(&self.kept);
        if let Some(metric) = kept.iter().find(|metric| metric.source != self.title) {
            return vec![format!("the table is of {}, and here is {}", metric.source, self.title)];
        }
        let (known, now) = (lines(&kept), lines(&self.metrics()));
        let lacking = now.iter().filter(|(name, line)| known.get(*name) != Some(*line));
        let lacking = lacking.map(|(name, line)| {
            let known = known.get(name).map_or("nothing", String::as_str);
            format!("{}: exposed is {line}; the table has {known}", self.title)
        });
        let seen = lines(&self.seen);
        let depends = |name: &str| OF_THE_MACHINE.iter().any(|beginning| name.starts_with(beginning));
        let gone = known.keys().filter(|name| !seen.contains_key(*name) && !depends(name));
        lacking.chain(gone.map(|name| format!("{}: {name} is not exposed", self.title))).collect()
    }
}

/// What goes into each table, of all that was seen of each server.
fn tables(seen: BTreeMap<&'static str, Vec<Observed>>) -> BTreeMap<&'static str, Vec<Observed>> {
    let mut tables: BTreeMap<&'static str, BTreeMap<String, Observed>> = BTreeMap::new();
    for (server, metrics) in seen {
        for metric in metrics {
            let is_of_go = OF_GO.iter().any(|beginning| metric.name.starts_with(beginning));
            let table = tables.entry(if is_of_go { "go" } else { server }).or_default();
            add(table, metric);
        }
    }
    tables.into_iter().map(|(name, table)| (name, table.into_values().collect())).collect()
}

fn add(table: &mut BTreeMap<String, Observed>, metric: Observed) {
    match table.get_mut(&metric.name) {
        Some(known) => known.join(metric),
        None => drop(table.insert(metric.name.clone(), metric)),
    }
}

/// A metric without what belongs to this machine: the values of its labels, unless the software fixes them.
fn reduced(mut metric: Observed) -> Observed {
    for (key, label) in &mut metric.labels {
        let is_fixed = FIXED.iter().any(|(name, fixed)| metric.name == *name && key == fixed);
        label.is_closed = is_fixed || (metric.kind == ObservedKind::StateSet && *key == metric.name);
        if !label.is_closed {
            label.values.clear();
        }
    }
    metric
}

/// A table's title: whose it is, and of which version, as the program itself says.
fn title(name: &str) -> anyhow::Result<String> {
    let Some(tool) = Tool::named(name) else { return Ok(name.to_owned()) };
    let said = Command::new("go").args(["version", "-m"]).arg(tools::need(tool)?).output().context("no Go")?;
    let said = String::from_utf8_lossy(&said.stdout);
    let module = match tool {
        // It is put together from modules that all have one version.
        Tool::Collector => "\tgo.opentelemetry.io/collector/otelcol\t",
        _ => "\tmod\t",
    };
    let line = said.lines().find(|line| line.contains(module));
    let version = line.and_then(|line| line.split('\t').find(|word| word.starts_with('v') && word.contains('.')));
    let version = version.with_context(|| format!("{name} does not say its version"))?.trim_start_matches('v');
    // As a module Prometheus 3.7.3 is 0.307.3.
    let prometheus = version.strip_prefix("0.").filter(|_| tool == Tool::Prometheus).and_then(|version| {
        let (minor, patch) = version.split_once('.')?;
        let (major, minor) = minor.split_at_checked(1)?;
        Some(format!("{major}.{}.{patch}", minor.trim_start_matches('0')))
    });
    Ok(format!("{name} {}", prometheus.as_deref().unwrap_or(version)))
}

/// A folder for what the servers need and leave.
fn folder() -> anyhow::Result<PathBuf> {
    let folder = stack::target_folder()?.join("exporters");
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    Ok(folder)
}
