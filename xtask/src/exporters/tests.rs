//! Whether the tables are what the real servers expose, and what is declared by hand is what the tables say.

use std::collections::BTreeSet;

use promql::{ForeignKind, ForeignMetric, foreign_metrics, stored_number};
use promql_lint::sources::every_exporter;

use super::*;

/// Labels that declarations leave out, by the beginning of the metrics' names. No query here names them; one that keeps all labels has
/// them.
const UNDECLARED: [(&str, &str); 9] = [
    ("otelcol_", "otel_scope_name"),
    ("otelcol_exporter_queue_", "data_type"),
    ("otelcol_receiver_", "transport"),
    ("pg_", "server"),
    ("pg_stat_activity_", "backend_type"),
    ("pg_stat_activity_", "usename"),
    ("pg_stat_activity_", "wait_event"),
    ("pg_stat_activity_", "wait_event_type"),
    ("pg_stat_database_", "datid"),
];

#[tokio::test]
async fn the_tables_are_what_the_real_servers_expose() {
    let seen = servers::seen().await.unwrap_or_else(|why| panic!("{why:#}"));
    let tables: Vec<Table> = tables(seen).into_iter().map(|(name, seen)| Table::of(name, seen).expect(name)).collect();
    assert_eq!(tables.len(), promql_lint::sources::exporters::TABLES.len());
    let findings: Vec<String> = tables.iter().flat_map(Table::findings).collect();
    assert!(findings.is_empty(), "run cargo xtask exporters:\n{}", findings.join("\n"));
}

#[test]
fn what_is_declared_of_others_is_what_they_expose() {
    let tables = every_exporter();
    let mut compared = 0;
    let mut disagreements = Vec::new();
    for declared in foreign_metrics() {
        // What Prometheus says of targets is not in its own exposition, and the copies of our own metrics are in nobody's.
        if declared.exporter.service.is_none() || declared.name.starts_with("otlp_") {
            continue;
        }
        match tables.iter().find(|metric| metric.name == declared.name) {
            Some(exposed) => disagreements.extend(disagreement(declared, exposed)),
            None => disagreements.push(format!("{}: nobody exposes it", declared.name)),
        }
        compared += 1;
    }
    assert!(compared > 50, "only {compared} were compared");
    let left_out = |(beginning, key): &&(&str, &str)| {
        let told = disagreements.iter().any(|told| told.starts_with(beginning) && told.ends_with(&not_declared(key)));
        !told
    };
    let needless: Vec<_> = UNDECLARED.iter().filter(left_out).collect();
    assert!(needless.is_empty(), "{needless:?} are declared");
    let is_known = |told: &String| {
        UNDECLARED.iter().any(|(beginning, key)| told.starts_with(beginning) && told.ends_with(&not_declared(key)))
    };
    disagreements.retain(|told| !is_known(told));
    assert!(disagreements.is_empty(), "{}", disagreements.join("\n"));
}

#[test]
fn every_label_whose_values_are_fixed_has_them_in_the_tables() {
    let tables = every_exporter();
    for (name, key) in FIXED {
        let of_that_name = || tables.iter().filter(|metric| metric.name == name);
        assert!(of_that_name().count() > 0, "{name} is in no table");
        assert!(of_that_name().all(|metric| metric.labels[key].is_closed), "`{key}` of {name} has no values");
    }
}

fn not_declared(key: &str) -> String {
    format!("`{key}` is exposed, and not declared")
}

/// In what a declaration is not what is exposed.
fn disagreement(declared: &ForeignMetric, exposed: &Observed) -> Vec<String> {
    let mut all = Vec::new();
    let mut disagrees = |what: String| all.push(format!("{} ({}): {what}", declared.name, exposed.source));
    let is_so = match (declared.kind, exposed.kind) {
        // What has no type in the exposition is what its description says.
        (ForeignKind::Counter | ForeignKind::Gauge, ObservedKind::Unknown)
        | (ForeignKind::Counter, ObservedKind::Counter)
        | (ForeignKind::Gauge, ObservedKind::Gauge | ObservedKind::Info) => true,
        (ForeignKind::Histogram(bounds), ObservedKind::Histogram) => {
            let exposed: Vec<&String> = exposed.bounds.iter().filter(|bound| *bound != "+Inf").collect();
            let declared: Vec<String> = bounds.iter().map(|bound| stored_number(&bound.to_string())).collect();
            declared.iter().collect::<Vec<_>>() == exposed
        }
        _ => false,
    };
    if !is_so {
        disagrees(format!(
            "declared as {:?}, exposed as {} {:?}",
            declared.kind,
            exposed.kind.as_str(),
            exposed.bounds
        ));
    }
    let known: BTreeSet<String> = declared.labels.iter().map(|(key, _)| key.replace('.', "_")).collect();
    for (key, examples) in declared.labels {
        let key = key.replace('.', "_");
        let Some(label) = exposed.labels.get(&key) else {
            disagrees(format!("`{key}` is declared, and no series has it"));
            continue;
        };
        if label.always == examples.contains(&"") {
            disagrees(format!("`{key}` is declared otherwise: every series has it is {}", label.always));
        }
        for example in examples.iter().filter(|example| label.is_closed && !label.values.contains(**example)) {
            disagrees(format!("`{key}` is never `{example}`"));
        }
    }
    for key in exposed.labels.keys().filter(|key| !known.contains(*key)) {
        disagrees(not_declared(key));
    }
    all
}
