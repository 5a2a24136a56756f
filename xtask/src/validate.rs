//! Has the real servers' own checkers, and Grafana's own model, read what is rendered for them.

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Output, Stdio},
};

use anyhow::Context as _;
use shop_monitoring::Place;
use stack::tools::{self, Tool};

use crate::{Outcome, crd::Schema, foundation};

/// The folder of the manifests for the Prometheus operator.
const PROMETHEUS_RULES: &str = "deploy/kubernetes/monitoring/";

/// The folder of the dashboards.
const DASHBOARDS: &str = "dashboards/";

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
    match manifests(&root, &rendered)? {
        None => println!("the operator's schema and promtool check rules accept {PROMETHEUS_RULES}"),
        Some(finding) => {
            println!("{PROMETHEUS_RULES}{finding}");
            outcome = Outcome::Findings;
        }
    }
    let dashboards = below(DASHBOARDS, &rendered);
    let findings = foundation::findings(&root, &dashboards)?;
    if !dashboards.is_empty() && findings.is_empty() {
        println!("Grafana's Foundation SDK knows every key of {DASHBOARDS} ({} files)", dashboards.len());
    } else {
        println!(
            "{DASHBOARDS} and Grafana's Foundation SDK: {} findings\n    {}",
            findings.len(),
            findings.join("\n    ")
        );
        outcome = Outcome::Findings;
    }
    Ok(outcome)
}

/// What is wrong with the PrometheusRules: as custom resources, and as rules, which to their schema are only text.
fn manifests(root: &Path, rendered: &[String]) -> anyhow::Result<Option<String>> {
    let files = below(PROMETHEUS_RULES, rendered);
    if files.is_empty() {
        return Ok(Some(": nothing is rendered there".to_owned()));
    }
    let schema = Schema::prometheus_rule()?;
    for file in files {
        let name = &file[PROMETHEUS_RULES.len()..];
        let manifest = fs::read_to_string(root.join(file)).with_context(|| format!("{file} cannot be read"))?;
        let findings = schema.findings(&manifest).with_context(|| file.to_owned())?;
        if !findings.is_empty() {
            return Ok(Some(format!("{name}: the operator's schema refuses it\n    {}", findings.join("\n    "))));
        }
        let output = check_rules(&rule_file(&manifest)?)?;
        if !output.status.success() {
            return Ok(Some(format!("{name}: promtool check rules says\n{}", said(&output))));
        }
    }
    Ok(None)
}

/// The rule file that a PrometheusRule holds.
fn rule_file(manifest: &str) -> anyhow::Result<String> {
    let manifest: serde_norway::Value = serde_norway::from_str(manifest)?;
    Ok(serde_norway::to_string(&manifest["spec"])?)
}

/// Has promtool read rules that stand in no file of their own.
fn check_rules(rules: &str) -> anyhow::Result<Output> {
    let mut child = Command::new(tools::need(RULES.tool)?)
        .args(RULES.arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{} could not be started", RULES.tool))?;
    // It reads all of its input before it says anything.
    let written = child.stdin.take().map(|mut stdin| stdin.write_all(rules.as_bytes()));
    written.transpose().context("promtool does not read")?;
    child.wait_with_output().context("promtool did not end")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_holds_the_rule_file_itself() {
        let manifest = "kind: PrometheusRule\nspec:\n  groups:\n    - name: one\n";
        assert_eq!(rule_file(manifest).expect("YAML"), "groups:\n- name: one\n");
    }

    #[test]
    fn a_query_that_nobody_can_read_is_refused() {
        let rules = "groups: [{ name: one, rules: [{ record: a:b, expr: sum(up }] }]";
        let good = check_rules(&rules.replace("sum(up", "sum(up)")).expect("promtool");
        assert!(good.status.success(), "{}", said(&good));
        assert!(!check_rules(rules).expect("promtool").status.success());
    }
}
