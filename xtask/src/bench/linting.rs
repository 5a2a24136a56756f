//! How long it takes to look into a thousand rules, beside promtool, which reads them and looks into nothing.

use std::{fmt::Write as _, process::Command};

use anyhow::Context as _;
use stack::tools::{self, Tool};

use super::spread::{Spread, timed};
use crate::{Outcome, cargo::cargo, tools::Progress};

/// As many rules as a big team has.
const RULES: usize = 1000;
/// Longer than this and nobody runs it before each commit.
const AIM_MILLISECONDS: u64 = 1000;
const RUNS: usize = 5;

/// The shapes of the rules, each with a place for its number.
const SHAPES: [&str; 5] = [
    "1 - avg by (instance) (rate(node_cpu_seconds_total{mode=\"idle\"}[5m])) > 0.#",
    "histogram_quantile(0.99, sum by (le, handler) (rate(prometheus_http_request_duration_seconds_bucket[5m]))) > 0.#",
    "node_filesystem_avail_bytes / node_filesystem_size_bytes < 0.# and on (instance, device, mountpoint) node_filesystem_readonly == 0",
    "sum by (job) (rate(alertmanager_notifications_failed_total[5m])) / sum by (job) (rate(alertmanager_notifications_total[5m])) > 0.#",
    "time() - node_boot_time_seconds < 6# or max_over_time(probe_duration_seconds[10m]) > #",
];

/// Looks into a rule file several times, by the released command and by promtool.
pub(super) fn run() -> anyhow::Result<Outcome> {
    let built = cargo(&["build", "--release", "--package", "promql-lint"])?;
    if built != Outcome::Done {
        return Ok(built);
    }
    let mut progress = Progress::new();
    tools::install(&[Tool::Promtool], &mut |event| progress.show(event))?;
    let folder = stack::target_folder()?.join("bench-lint");
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let file = folder.join("rules.yml");
    std::fs::write(&file, rules()).with_context(|| file.display().to_string())?;
    let linter = stack::target_folder()?.join("release/promql-lint");
    let promtool = tools::need(Tool::Promtool)?;
    let (mut ours, mut theirs, mut nothings) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        ours.push(timed(Command::new(&linter).arg(&file))?);
        theirs.push(timed(Command::new(&promtool).args(["check", "rules"]).arg(&file))?);
        nothings.push(timed(&mut Command::new("true"))?);
    }
    let [ours, theirs, nothing] = [ours, theirs, nothings].map(Spread::of);
    println!("{RULES} rules, {RUNS} runs each, release profile\n");
    println!("  an empty process     {nothing}");
    println!("  promtool check rules {theirs}");
    println!("  promql-lint          {ours}, {:.2} times promtool's", ours.seconds() / theirs.seconds());
    println!("  the aim              {AIM_MILLISECONDS:>6}.0 ms");
    let is_reached = ours.seconds() * 1e3 < AIM_MILLISECONDS as f64;
    Ok(if is_reached { Outcome::Done } else { Outcome::Findings })
}

fn rules() -> String {
    let mut rules = "groups:\n- name: watched\n  rules:\n  - alert: TargetDown\n    expr: up == 0\n".to_owned();
    for number in 1..RULES {
        let query = SHAPES[number % SHAPES.len()].replace('#', &number.to_string());
        let _ = writeln!(
            rules,
            "  - alert: Rule{number}\n    expr: |-\n      {query}\n    for: 5m\n    labels:\n      severity: warning"
        );
    }
    rules
}
