//! Any text as what a target exposes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use promql::Symbols;
use promql_lint::sources;

fuzz_target!(|text: &str| {
    if let Ok(metrics) = sources::exposition(text, "fuzzed") {
        let mut symbols = Symbols::new(["instance", "job"]);
        for metric in &metrics {
            symbols.observe(metric);
        }
    }
});
