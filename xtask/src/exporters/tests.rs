//! Whether the tables are what the real servers expose, and what is declared by hand is what the tables say.

use std::collections::BTreeSet;

use promql::{ForeignKind, ForeignMetric, foreign_metrics, stored_number};
use promql_lint::sources::every_exporter;

use super::*;

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
        disagrees(format!("`{key}` is exposed, and not declared"));
    }
    all
}
