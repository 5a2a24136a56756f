//! The rules of all files together, as they are written.

use std::time::Duration;

use promql::{Checker, Field, Found, RuleGroup, RuleKind as Kind, RuleText};

use super::located;
use crate::{
    document::{Content, Document, Entry, Group, Located, Rule, RuleKind},
    report::Finding,
};

/// The groups of all files, in the order of the files.
pub(super) fn groups(documents: &[Document]) -> Vec<RuleGroup> {
    of_documents(documents).map(|(_, group)| group_text(group)).collect()
}

/// What is wrong with these groups, for each file of its own.
pub(super) fn findings(documents: &[Document], groups: &[RuleGroup], checker: &Checker<'_>) -> Vec<Vec<Finding>> {
    let mut findings = vec![Vec::new(); documents.len()];
    let places: Vec<_> = of_documents(documents).collect();
    for Found { group, rule, finding } in checker.check_groups(groups) {
        let (place, group) = places[group];
        let rule = &group.rules[rule];
        let text = field(group, rule, &finding.field);
        findings[place].push(located(&documents[place], text, text, &rule.name().text, finding));
    }
    findings
}

/// Every group, with the place of its file.
fn of_documents(documents: &[Document]) -> impl Iterator<Item = (usize, &Group)> {
    documents.iter().enumerate().flat_map(|(place, document)| {
        let groups = match &document.content {
            Content::Rules(groups) => groups.as_slice(),
            Content::Dashboard(_) | Content::Routing(_) => &[],
        };
        groups.iter().map(move |group| (place, group))
    })
}

fn group_text(group: &Group) -> RuleGroup {
    RuleGroup {
        name: group.name.text.clone(),
        interval: group.interval.as_ref().map(|interval| interval.value),
        rules: group.rules.iter().map(|rule| rule_text(group, rule)).collect(),
    }
}

fn rule_text(group: &Group, rule: &Rule) -> RuleText {
    RuleText {
        kind: match rule.kind {
            RuleKind::Alert(_) => Kind::Alert,
            RuleKind::Record(_) => Kind::Recording,
        },
        name: rule.name().text.clone(),
        query: rule.expr.text.clone(),
        held: rule.held.as_ref().map_or(Duration::ZERO, |held| held.value),
        labels: labels(group, rule).map(texts).collect(),
        annotations: rule.annotations.iter().map(texts).collect(),
    }
}

/// The labels that a rule adds: its own, and those of its group that it does not set itself.
fn labels<'d>(group: &'d Group, rule: &'d Rule) -> impl Iterator<Item = &'d Entry> {
    let is_own = |(key, _): &&Entry| rule.labels.iter().any(|(own, _)| own.text == key.text);
    rule.labels.iter().chain(group.labels.iter().filter(move |entry| !is_own(entry)))
}

fn texts((key, value): &Entry) -> (String, String) {
    (key.text.clone(), value.text.clone())
}

/// The text that a field of a rule is.
fn field<'d>(group: &'d Group, rule: &'d Rule, field: &Field) -> &'d Located {
    let text = match field {
        Field::Query => Some(&rule.expr),
        Field::Name => None,
        Field::Held => rule.held.as_ref().map(|held| &held.text),
        Field::Label(name) => named(labels(group, rule), name),
        Field::Annotation(name) => named(rule.annotations.iter(), name),
    };
    text.unwrap_or_else(|| rule.name())
}

fn named<'d>(mut entries: impl Iterator<Item = &'d Entry>, name: &str) -> Option<&'d Located> {
    entries.find(|(key, _)| key.text == name).map(|(_, value)| value)
}
