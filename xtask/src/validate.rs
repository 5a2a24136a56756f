//! Has the real servers' own checkers read what is rendered for them.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
};

use anyhow::Context as _;
use shop_monitoring::Place;
use stack::tools::{self, Tool};

use crate::Outcome;

/// A checker, and the rendered files that it is to read: one file, or every file of a folder.
struct Check {
    tool: Tool,
    arguments: &'static [&'static str],
    path: &'static str,
}

const CONFIG: Check = Check {
    tool: Tool::Promtool,
    arguments: &["check", "config", "--lint=all", "--lint-fatal"],
    path: "deploy/prometheus/prometheus.yml",
};
const RULES: Check = Check {
    tool: Tool::Promtool,
    arguments: &["check", "rules", "--lint=all", "--lint-fatal"],
    path: "deploy/prometheus/rules/",
};
const CHECKS: [Check; 7] = [
    CONFIG,
    RULES,
    Check { tool: Tool::Amtool, arguments: &["check-config"], path: "deploy/alertmanager/alertmanager.yml" },
    Check { tool: Tool::Amtool, arguments: &["check-config"], path: "deploy/alertmanager/production/alertmanager.yml" },
    Check { tool: Tool::Collector, arguments: &["validate", "--config"], path: "deploy/collector/collector.yaml" },
    Check {
        tool: Tool::BlackboxExporter,
        arguments: &["--config.check", "--config.file"],
        path: "deploy/exporters/blackbox.yml",
    },
    Check { tool: Tool::Jaeger, arguments: &["validate", "--config"], path: "deploy/jaeger/jaeger.yaml" },
];

/// Runs every checker on the files as they are in the repository.
pub(crate) fn run() -> anyhow::Result<Outcome> {
    let root = stack::workspace_root();
    let rendered: Vec<String> = shop_monitoring::files(&Place::local())?.into_iter().map(|file| file.path).collect();
    let mut outcome = Outcome::Done;
    for check in CHECKS {
        let name = format!("{} {}", check.tool.program(), check.arguments[..check.arguments.len().min(2)].join(" "));
        match check.finding(&root, &rendered)? {
            None => println!("{name} accepts {}", check.path),
            Some(finding) => {
                println!("{name} on {}: {finding}", check.path);
                outcome = Outcome::Findings;
            }
        }
    }
    Ok(outcome)
}

impl Check {
    fn finding(&self, root: &Path, rendered: &[String]) -> anyhow::Result<Option<String>> {
        let files = below(self.path, rendered);
        // A checker that is given nothing finds nothing wrong with it.
        if files.is_empty() {
            return Ok(Some("nothing is rendered there".to_owned()));
        }
        if let Some(missing) = files.iter().find(|file| !root.join(file).is_file()) {
            return Ok(Some(format!("{missing} is missing; run cargo xtask render")));
        }
        let output = Command::new(tools::need(self.tool)?)
            .args(self.arguments)
            .args(&files)
            .current_dir(root)
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("{} could not be started", self.tool))?;
        let said = said(&output);
        if !output.status.success() {
            return Ok(Some(format!("{}\n{said}", output.status)));
        }
        if self.path != CONFIG.path {
            return Ok(None);
        }
        // A pattern under `rule_files` that matches nothing is accepted, and then no rule is loaded.
        let unread = below(RULES.path, rendered).into_iter().find(|rules| !said.contains(*rules));
        Ok(unread.map(|rules| format!("its `rule_files` do not name {rules}\n{said}")))
    }
}

/// The files at this path; at a folder, all of them.
fn below<'a>(path: &str, files: &'a [String]) -> Vec<&'a str> {
    let is_there = |file: &&str| *file == path || (path.ends_with('/') && file.starts_with(path));
    files.iter().map(String::as_str).filter(is_there).collect()
}

fn said(output: &Output) -> String {
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    text.trim_end().lines().map(|line| format!("    {line}\n")).collect()
}
