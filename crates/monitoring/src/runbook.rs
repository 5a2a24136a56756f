//! Runbook pages: what an alert means and what to do about it, as Markdown, and an index of them.

use std::collections::BTreeMap;

use promql::{Checker, Code, Finding, Measure, prometheus_duration};

use crate::{
    Alert, Definitions, File, Line, Proof, Severity,
    alertmanager::Inhibition,
    finding::{empty, finding},
    markdown::{self, block, code, link},
    silences::{self, Labelled},
    template,
};

const FOLDER: &str = "docs/runbooks";

/// What is to be said in more than one runbook.
pub struct Runbooks {
    /// What to type to find the cause of an alert.
    pub commands: Commands,
    /// What to type to end the harm.
    pub remedies: Commands,
    /// Where the traces are that an alert concerns, a search each.
    pub traces: Searches,
    /// Which alerts keep others quiet.
    pub inhibitions: Vec<Inhibition>,
    /// The command that asks Prometheus a query.
    pub how_to_ask: String,
}

/// The commands of an alert.
pub type Commands = Box<dyn Fn(&Alert) -> Vec<Command>>;

/// The searches for traces of an alert.
pub type Searches = Box<dyn Fn(&Alert) -> Vec<Traces>>;

/// A line for a shell, and what it tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    pub what: String,
    pub line: String,
}

/// The address of a search for traces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traces {
    pub service: &'static str,
    pub address: String,
}

/// Where an alert's page is, from the repository's root.
pub(crate) fn path(alert: &Alert) -> String {
    format!("{FOLDER}/{}.md", alert.name)
}

/// The parts of an alert's page that say nothing, and the panels that it names and that are nowhere.
pub(crate) fn findings(alert: &Alert, definitions: &Definitions) -> Vec<Finding> {
    let place = format!("runbook of {}", alert.name);
    let runbook = &alert.runbook;
    let parts = [
        ("meaning", runbook.meaning),
        ("impact", runbook.impact),
        ("diagnosis", runbook.diagnosis),
        ("mitigation", runbook.mitigation),
    ];
    let mut findings: Vec<_> = parts.into_iter().filter_map(|(part, text)| empty(&place, part, text)).collect();
    let commands = (definitions.runbooks.commands)(alert);
    findings.extend(commands.iter().filter_map(|command| empty(&place, "command's purpose", &command.what)));
    findings.extend(commands.iter().filter_map(|command| empty(&place, "command", &command.line)));
    let titles = definitions.titles();
    for (part, text) in parts {
        for title in quoted(text).filter(|title| !titles.contains(title)) {
            let reason = format!("its {part} names \"{title}\", and no panel, heading or dashboard is called so");
            findings.push(finding(Code::UnknownPanel, &place, "", &reason, "name a panel by its title"));
        }
    }
    findings
}

/// What stands in quotation marks, outside of code.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').step_by(2).flat_map(|text| text.split('"').skip(1).step_by(2))
}

/// What the pages are written from.
pub(crate) struct Context<'a> {
    pub(crate) definitions: &'a Definitions,
    /// Every alert, in the order of definition.
    alerts: Vec<Labelled<'a>>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(definitions: &'a Definitions, checker: &Checker<'_>) -> Self {
        let labelled = |alert: &'a Alert| Labelled::new(alert, checker.possible_labels(&alert.when.to_string()));
        Self { definitions, alerts: definitions.each_alert().map(labelled).collect() }
    }

    /// A page for each alert, and the index.
    pub(crate) fn pages(&self) -> Vec<File> {
        self.alerts.iter().map(|labelled| self.page(labelled)).chain([self.index()]).collect()
    }

    fn page(&self, labelled: &Labelled<'_>) -> File {
        let alert = labelled.alert;
        let Alert { name, severity, owner, topic, when, runbook, proof, .. } = alert;
        let proof = match proof {
            Proof::Drill(drill) => drill.to_string(),
            Proof::Stated(reason) => format!("No fault proves it: {reason}."),
        };
        let body = format!(
            "Severity `{severity}`, owner `{owner}`, topic `{topic}`. {panel}{index}\n\n\
            It fires when this has a value{held}:\n\n{when}{limit}{silenced}\
            ## Meaning\n\n{meaning}\n\n## Impact\n\n{impact}\n\n## Diagnosis\n\n{diagnosis}\n\n{queries}{commands}{traces}\
            ## Mitigation\n\n{mitigation}{remedies}\n\n## Proof\n\n{proof}\n",
            severity = severity.as_str(),
            panel = self.panel(alert),
            index = link("All runbooks", &path(alert), &index_path()) + ".",
            held = held(alert),
            when = block("promql", &when.to_string()),
            limit = limit(alert),
            silenced = self.silenced(labelled),
            meaning = runbook.meaning,
            impact = runbook.impact,
            diagnosis = runbook.diagnosis,
            queries = (runbook.queries)().iter().map(asked).collect::<String>(),
            commands = (self.definitions.runbooks.commands)(alert).iter().map(typed).collect::<String>(),
            traces = self.traces(alert),
            mitigation = runbook.mitigation,
            remedies = (self.definitions.runbooks.remedies)(alert)
                .iter()
                .map(|command| format!("\n\n{}", typed(command).trim_end()))
                .collect::<String>(),
        );
        markdown::page(&path(alert), self.definitions.alerts.0, name, &body)
    }

    /// Where to see it.
    fn panel(&self, alert: &Alert) -> String {
        let shown = self.definitions.dashboards.1.iter().find_map(|dashboard| {
            let address = dashboard.address_of(alert.shown_by)?;
            let panel =
                link(&format!("{}: {}", dashboard.title, alert.shown_by.title), &path(alert), &dashboard.path());
            Some(format!("Shown by the panel {panel}, at `{address}` in Grafana or in `cargo xtask preview`. "))
        });
        shown.unwrap_or_default()
    }

    /// The alerts that keep it quiet.
    fn silenced(&self, milder: &Labelled<'_>) -> String {
        let mut lines = String::new();
        for graver in &self.alerts {
            let agreeing = self.definitions.runbooks.inhibitions.iter();
            let Some(keys) = agreeing.filter_map(|rule| silences::agreeing_in(rule, graver, milder)).next() else {
                continue;
            };
            let keys: Vec<_> = keys.into_iter().map(code).collect();
            let same = if keys.is_empty() { String::new() } else { format!(" with the same {}", keys.join(" and ")) };
            lines += &format!("- {} fires{same}\n", link(graver.alert.name, &path(milder.alert), &path(graver.alert)));
        }
        if lines.is_empty() { lines } else { format!("It is not sent while\n\n{lines}\n") }
    }

    fn traces(&self, alert: &Alert) -> String {
        let traces = (self.definitions.runbooks.traces)(alert);
        let links: Vec<_> = traces.iter().map(|traces| format!("[{}]({})", traces.service, traces.address)).collect();
        if links.is_empty() {
            String::new()
        } else {
            format!("The same on Jaeger's own page, where it has one: {}.\n\n", links.join(", "))
        }
    }

    /// All alerts, the gravest first, by topic.
    fn index(&self) -> File {
        let mut by_severity: BTreeMap<Severity, Vec<&Alert>> = BTreeMap::new();
        for alert in self.definitions.each_alert() {
            by_severity.entry(alert.severity).or_default().push(alert);
        }
        let mut body = "A page for each alert: what it means, what customers notice, how to find the cause, how to stop the harm.\n".to_owned();
        for (severity, mut alerts) in by_severity {
            alerts.sort_by_key(|alert| (alert.topic, alert.name));
            let row = |alert: &&Alert| {
                vec![
                    alert.topic.to_owned(),
                    link(alert.name, &index_path(), &path(alert)),
                    if alert.held.is_zero() { "at once".to_owned() } else { prometheus_duration(alert.held) },
                    alert.runbook.meaning.to_owned(),
                ]
            };
            body += &format!("\n## {}: {}\n\n", severity.as_str(), severity.in_words());
            let rows: Vec<_> = alerts.iter().map(row).collect();
            body += markdown::table(&["topic", "alert", "fires after", "meaning"], &rows).trim_end();
            body += "\n";
        }
        markdown::page(&index_path(), self.definitions.alerts.0, "Runbooks", &body)
    }
}

fn index_path() -> String {
    format!("{FOLDER}/README.md")
}

fn held(alert: &Alert) -> String {
    if alert.held.is_zero() {
        ", at once".to_owned()
    } else {
        format!(" for {} without a break", prometheus_duration(alert.held))
    }
}

fn limit(alert: &Alert) -> String {
    // Of what is or is not so, or happens at all, the expression says enough.
    let limit = alert.when.limit.filter(|limit| alert.when.measure != Measure::State && *limit != 0.0);
    let limit = limit.map(|limit| template::written(limit, alert.when.measure));
    limit.map_or_else(String::new, |limit| format!("Its limit is {limit}.\n\n"))
}

fn asked(line: &Line) -> String {
    format!("{}:\n\n{}", line.legend, block("promql", &line.query.to_string()))
}

fn typed(command: &Command) -> String {
    format!("{}:\n\n{}", command.what, block("sh", &command.line))
}
