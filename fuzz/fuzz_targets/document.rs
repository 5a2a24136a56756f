//! Any bytes as a file: read, and held against the exporters' tables.

#![no_main]

use clap::Parser;
use libfuzzer_sys::fuzz_target;
use promql_lint::{
    command::{Input, Lint},
    lint,
    report::{self, Speaker},
};

#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    lint: Lint,
}

fuzz_target!(|bytes: &[u8]| {
    let settings = Arguments::parse_from(["promql-lint", "--exporters", "blackbox"]).lint;
    let input = Input { path: "fuzzed.yml".to_owned(), bytes: bytes.to_vec(), is_named: true };
    let report = lint(&settings, None, vec![input]).expect("nothing is asked of others");
    report::json(&report).expect("a report can be told");
    report::sarif(&report).expect("a report can be told");
    Speaker { command: "promql-lint", styled: true }.tell(&report);
});
