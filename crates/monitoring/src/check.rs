//! Everything that is defined, and what is certainly wrong with it.

mod routing;

use std::collections::BTreeSet;

use promql::{Checker, Code, Finding, Rule, Symbols};

use crate::{
    Alert, AlertGroup, Catalogue, Chapter, Column, Dashboard, Drawing, File, Grafana, Kubernetes, Panel, Placed, Proof,
    Question, RecordingGroup, Refused, Runbooks, Subject, Unit,
    alertmanager::Configuration,
    catalogue,
    finding::{empty, finding},
    grafana, question, rules,
    runbook::{self, Context},
    template,
    uses::Uses,
    yaml,
};

/// Rules, alerts, dashboards and pages that belong together, each with the source file that its rendering names.
pub struct Definitions {
    pub recordings: (&'static str, Vec<RecordingGroup>),
    pub alerts: (&'static str, Vec<AlertGroup>),
    pub dashboards: (&'static str, Vec<Dashboard>),
    /// Who hears of the alerts, and which keep others quiet.
    pub notifications: Configuration,
    pub questions: (&'static str, Vec<Chapter>),
    pub catalogue: Catalogue,
    pub grafana: (&'static str, Grafana),
    pub runbooks: Runbooks,
    pub kubernetes: Kubernetes,
}

impl Definitions {
    /// What is certainly wrong, by a table that [`Definitions::symbols`] made.
    pub fn findings(&self, checker: &Checker<'_>) -> Vec<Finding> {
        self.findings_with(checker, &Uses::of(self))
    }

    fn findings_with(&self, checker: &Checker<'_>, uses: &Uses) -> Vec<Finding> {
        let mut findings = self.identities();
        for rule in self.each_rule() {
            findings.extend(checker.check(&format!("rule {}", rule.name), &rule.query.to_string()));
        }
        for alert in self.each_alert() {
            findings.extend(of_alert(alert, checker));
            findings.extend(self.shown(alert));
            findings.extend(runbook::findings(alert, self));
        }
        findings.extend(routing::findings(&self.notifications, self.each_alert(), checker));
        for question in self.each_question() {
            findings.extend(of_question(question, checker));
        }
        findings.extend(catalogue::findings(&self.catalogue, uses));
        for dashboard in &self.dashboards.1 {
            for panel in dashboard.each_panel() {
                findings.extend(of_panel(&format!("{}, panel \"{}\"", dashboard.uid, panel.title), panel, checker));
            }
            findings.extend(of_page(dashboard, checker));
        }
        findings.extend(self.grafana.1.span_links.findings(checker));
        findings.extend(self.home());
        findings
    }

    /// A table of what is declared, of signals and foreign metrics, and of what the rules record.
    pub fn symbols(&self, declared: &Symbols) -> Symbols {
        let mut symbols = declared.clone();
        for rule in self.each_rule() {
            symbols.record(rule);
        }
        symbols
    }

    /// The rule files, the dashboards and Grafana's files, the runbooks and the pages about signals, rules and queries.
    ///
    /// # Errors
    /// When there are findings, or a value has no form in its file's format.
    pub fn files(&self, checker: &Checker<'_>) -> Result<Vec<File>, Refused> {
        self.unless_wrong(checker, |uses| self.files_with(checker, uses))
    }

    fn files_with(&self, checker: &Checker<'_>, uses: &Uses) -> Result<Vec<File>, String> {
        let mut files = Vec::new();
        for (name, source, rules) in self.rule_files() {
            files.push(yaml(&format!("deploy/prometheus/rules/{name}.yml"), source, &rules)?);
        }
        let context = Context::new(self, checker);
        files.extend(context.pages());
        let (source, dashboards) = &self.dashboards;
        let symbols = checker.symbols();
        let context = grafana::Context { symbols, alerts: self.each_alert().collect(), source };
        for dashboard in dashboards {
            files.push(context.file(dashboard)?);
        }
        let (source, grafana) = &self.grafana;
        files.extend(grafana.files(source, symbols)?);
        files.extend([catalogue::signals(self, uses), catalogue::recordings(self, uses)]);
        let (source, chapters) = &self.questions;
        files.push(question::page(chapters, source, &self.runbooks.how_to_ask));
        Ok(files)
    }

    /// The rule files as manifests.
    ///
    /// # Errors
    /// When there are findings, or a value has no form in its file's format.
    pub fn manifests(&self, checker: &Checker<'_>) -> Result<Vec<File>, Refused> {
        let manifest = |(name, source, rules)| self.kubernetes.rule(name, source, rules);
        self.unless_wrong(checker, |_| self.rule_files().into_iter().map(manifest).collect())
    }

    /// What is made of definitions in which nothing is wrong.
    fn unless_wrong(
        &self,
        checker: &Checker<'_>,
        make: impl FnOnce(&Uses) -> Result<Vec<File>, String>,
    ) -> Result<Vec<File>, Refused> {
        let uses = Uses::of(self);
        let findings = self.findings_with(checker, &uses);
        if findings.is_empty() { make(&uses).map_err(Refused::Unwritable) } else { Err(Refused::Wrong(findings)) }
    }

    /// Each rule file's name and the source that it is rendered from.
    fn rule_files(&self) -> [(&'static str, &'static str, rules::RuleFile); 2] {
        [
            ("recording", self.recordings.0, rules::recordings(&self.recordings.1)),
            ("alerts", self.alerts.0, rules::alerts(&self.alerts.1, &self.dashboards.1)),
        ]
    }

    /// Every name of something to look at: the titles of the dashboards and of their panels, and the headings over these.
    pub(crate) fn titles(&self) -> BTreeSet<&'static str> {
        let of = |dashboard: &Dashboard| {
            let placed = dashboard.panels.iter().map(|placed| match placed {
                Placed::Panel { panel, .. } => panel.title,
                Placed::Heading(heading) => heading,
            });
            placed.chain([dashboard.title]).collect::<Vec<_>>()
        };
        self.dashboards.1.iter().flat_map(of).collect()
    }

    /// Every recording rule of every group, in the order of evaluation.
    pub fn each_rule(&self) -> impl Iterator<Item = &Rule> {
        self.recordings.1.iter().flat_map(|group| &group.rules)
    }

    /// Every question of every chapter.
    pub fn each_question(&self) -> impl Iterator<Item = &Question> {
        self.questions.1.iter().flat_map(|chapter| &chapter.questions)
    }

    /// Every alert of every group.
    pub fn each_alert(&self) -> impl Iterator<Item = &Alert> {
        self.alerts.1.iter().flat_map(|group| &group.alerts)
    }

    /// Two rules, two alerts or two questions with one name cannot be told apart.
    fn identities(&self) -> Vec<Finding> {
        let recorded = self.each_rule().map(|rule| ("rule", &*rule.name));
        let alerts = self.each_alert().map(|alert| ("alert", alert.name));
        let questions = self.each_question().map(|question| ("question", question.title));
        let mut seen = BTreeSet::new();
        let twice = recorded.chain(alerts).chain(questions).filter(|name| !seen.insert(*name));
        twice
            .map(|(kind, name)| {
                finding(
                    Code::SameIdentity,
                    &format!("{kind} {name}"),
                    "",
                    "two bear this name",
                    "give one another name",
                )
            })
            .collect()
    }

    /// Grafana cannot show first what there is not.
    fn home(&self) -> Option<Finding> {
        let home = self.grafana.1.home;
        let is_there = self.dashboards.1.iter().any(|dashboard| dashboard.uid == home);
        let reason = format!("there is no dashboard \"{home}\" to show first");
        (!is_there).then(|| finding(Code::UnknownPanel, "grafana", "", &reason, "name one that is there"))
    }

    fn shown(&self, alert: &Alert) -> Option<Finding> {
        let shown = self.dashboards.1.iter().any(|dashboard| dashboard.address_of(alert.shown_by).is_some());
        let reason = format!("no dashboard has the panel \"{}\"", alert.shown_by.title);
        let place = format!("alert {}", alert.name);
        (!shown).then(|| finding(Code::UnknownPanel, &place, "", &reason, "place the panel on a dashboard"))
    }
}

fn of_alert(alert: &Alert, checker: &Checker<'_>) -> Vec<Finding> {
    let (place, query) = (format!("alert {}", alert.name), alert.when.to_string());
    let mut findings = checker.check_condition(&place, &query);
    let Alert { name, owner, topic, summary, description, .. } = alert;
    let texts =
        [("name", name), ("owner", owner), ("topic", topic), ("summary", summary), ("description", description)];
    findings.extend(texts.into_iter().filter_map(|(part, text)| empty(&place, part, text)));
    findings.extend(match &alert.proof {
        Proof::Stated(reason) => empty(&place, "reason why no fault proves it", reason),
        Proof::Drill(drill) if (drill.faults)().is_empty() => empty(&place, "drill", ""),
        Proof::Drill(_) => None,
    });
    for line in (alert.runbook.queries)() {
        findings.extend(checker.check(&format!("runbook of {}", alert.name), &line.query.to_string()));
    }
    let (subject, other) = match alert.about {
        Subject::Service => (Some("service"), None),
        Subject::Host => (Some("instance"), Some("service")),
        Subject::Named(_) => (None, Some("service")),
    };
    let own = rules::labels(alert);
    let named = template::labels_of(alert).into_iter().filter(|key| !own.contains_key(key)).chain(subject);
    if let Some(key) = other.filter(|key| checker.missing_labels(&query, [*key]).is_empty()) {
        let reason = format!("the alert is about {:?}, but its query keeps the label `{key}`", alert.about);
        findings.push(finding(
            Code::WrongSubject,
            &place,
            &query,
            &reason,
            "aggregate the label away, or let the alert be about a service",
        ));
    }
    for (key, has) in checker.missing_labels(&query, named) {
        let reason = format!("the alert needs the label `{key}`, which its query does not keep");
        findings.push(finding(Code::UnknownLabel, &place, &query, &reason, &format!("the query keeps {has}")));
    }
    findings
}

fn of_question(question: &Question, checker: &Checker<'_>) -> Vec<Finding> {
    let (place, query) = (format!("question \"{}\"", question.title), question.query.to_string());
    let mut findings = checker.check(&place, &query);
    for (part, text) in [("title", question.title), ("way of reading", question.reading)] {
        findings.extend(empty(&place, part, text));
    }
    findings
}

fn of_panel(place: &str, panel: &Panel, checker: &Checker<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for line in (panel.lines)() {
        let query = line.query.to_string();
        findings.extend(checker.check(place, &query));
        for (key, has) in checker.missing_labels(&query, template::labels(line.legend)) {
            let reason = format!("the legend names the label `{key}`, which the query does not keep");
            findings.push(finding(Code::UnknownLabel, place, &query, &reason, &format!("the query keeps {has}")));
        }
        // The cells of a heat map are counts; its unit is that of its buckets.
        let shown = if panel.drawing == Drawing::HeatMap { Unit::Count("") } else { line.unit.unwrap_or(panel.unit) };
        if !shown.shows(line.query.measure) {
            let reason = format!("the panel shows {:?}, but the query measures {:?}", shown, line.query.measure);
            findings.push(finding(Code::UnitMismatch, place, &query, &reason, "give the panel the query's unit"));
        }
    }
    findings
}

/// What is wrong with a page as a whole: its panels' places and names, and what it marks and lets the reader choose.
fn of_page(dashboard: &Dashboard, checker: &Checker<'_>) -> Vec<Finding> {
    let place = format!("dashboard {}", dashboard.uid);
    let mut findings = Vec::new();
    let mut titles = BTreeSet::new();
    for panel in dashboard.each_panel() {
        if !titles.insert(panel.title) {
            let reason = format!("two panels are called \"{}\"", panel.title);
            findings.push(finding(Code::SameIdentity, &place, "", &reason, "give one of them another title"));
        }
        if let Drawing::Table { columns } | Drawing::Figures { columns, .. } = panel.drawing {
            for line in (panel.lines)() {
                let query = line.query.to_string();
                let labels: Vec<_> = columns.iter().map(Column::label).collect();
                for (key, has) in checker.missing_labels(&query, labels.iter().map(String::as_str)) {
                    let reason =
                        format!("the table \"{}\" has the column `{key}`, which the query does not keep", panel.title);
                    findings.push(finding(
                        Code::UnknownLabel,
                        &place,
                        &query,
                        &reason,
                        &format!("the query keeps {has}"),
                    ));
                }
            }
        }
    }
    for mark in &dashboard.marks {
        let query = mark.query.to_string();
        findings.extend(checker.check(&format!("{place}, mark \"{}\"", mark.title), &query));
        for (key, has) in checker.missing_labels(&query, template::labels(mark.says)) {
            let reason = format!("the mark names the label `{key}`, which the query does not keep");
            findings.push(finding(Code::UnknownLabel, &place, &query, &reason, &format!("the query keeps {has}")));
        }
    }
    for variable in &dashboard.variables {
        for (key, has) in checker.missing_labels(variable.metric, [variable.key.as_str()]) {
            let reason = format!(
                "the choice \"{}\" offers the label `{key}`, which {} does not have",
                variable.title, variable.metric
            );
            findings.push(finding(Code::UnknownLabel, &place, variable.metric, &reason, &format!("it has {has}")));
        }
        findings.extend(checker.check(&format!("{place}, choice \"{}\"", variable.title), variable.metric));
    }
    findings
}
