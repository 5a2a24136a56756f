//! Alerts pass the trials that are made of their definitions, expressions answer what they mean, and broken ones do not.

mod meaning;
mod operators;
mod shop;

use std::path::PathBuf;

use monitoring::trials::{Failure, Rules, Trial, run};
use stack::tools::{self, Tool};

fn promtool() -> PathBuf {
    tools::need(Tool::Promtool).unwrap_or_else(|error| panic!("{error}"))
}

fn play(trials: &[Trial], rules: &Rules) -> Vec<Failure> {
    let folder = tempfile::tempdir().expect("a folder");
    run(&promtool(), folder.path(), trials, rules).unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn must_pass(trials: &[Trial], rules: &Rules) {
    let failures = play(trials, rules);
    assert!(failures.is_empty(), "{}", failures.iter().map(ToString::to_string).collect::<String>());
}
