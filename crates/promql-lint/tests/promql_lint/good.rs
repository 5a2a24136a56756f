//! Rules that are right, of the shapes that people write: no error may be found in them.

use std::path::PathBuf;

use clap::Parser as _;
use promql_lint::{command::Input, lint, report::Severity};

use crate::joining::Arguments;

/// What a file of the folder `good` shows, told with what `metrics` exposes.
#[track_caller]
fn check(file: &str, metrics: Option<&str>) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/good");
    let path = folder.join(file);
    let bytes = std::fs::read(&path).expect("a file of the corpus");
    let metrics = metrics.map(|metrics| folder.join(metrics).display().to_string());
    let mut settings = Arguments::parse_from(["promql-lint"]).lint;
    settings.metrics.extend(metrics);
    let input = Input { path: file.to_owned(), bytes, is_named: true };
    let report = lint(&settings, None, vec![input]).expect("a report");
    let errors: Vec<_> = report.findings().filter(|finding| finding.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{file}: {errors:#?}");
}

#[test]
fn rules_on_hosts_are_let_pass() {
    check("hosts.yml", None);
}

#[test]
fn rules_on_sites_are_let_pass() {
    check("probes.yml", None);
}

#[test]
fn rules_on_servers_and_databases_are_let_pass() {
    check("servers.yml", None);
}

#[test]
fn rules_on_a_service_of_ones_own_are_let_pass() {
    check("services.yml", Some("services.prom"));
}
