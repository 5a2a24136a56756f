//! Any text as a query: read, looked into and judged against the exporters' tables.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use promql::{Checker, Symbols};
use promql_lint::sources;

static SYMBOLS: LazyLock<Symbols> = LazyLock::new(|| {
    let mut symbols = Symbols::new(["instance", "job"]);
    for metric in sources::every_exporter() {
        symbols.observe(&metric);
    }
    symbols
});

fuzz_target!(|query: &str| {
    let checker = Checker::new(&SYMBOLS);
    for finding in checker.check_condition("alert Fuzzed", query) {
        let _ = finding.to_string();
    }
    checker.possible_labels(query);
});
