//! The rules of this house, which others need not share.

use super::{Field, RuleKind, RuleText};
use crate::{Code, Finding, Symbols};

/// What an alert says to who is woken: the label or annotation, and what it is for.
const WANTED: [(&str, bool, Code, &str); 5] = [
    ("severity", true, Code::MissingSeverity, "how urgent it is"),
    ("owner", true, Code::MissingOwner, "whose it is"),
    ("summary", false, Code::MissingSummary, "what has happened"),
    ("runbook", false, Code::MissingRunbook, "what to do"),
    ("panel", false, Code::MissingPanel, "where to look"),
];

/// What a rule lacks by the rules of this house.
pub(super) fn findings(rule: &RuleText, symbols: &Symbols) -> Vec<Finding> {
    match rule.kind {
        RuleKind::Recording if symbols.may_be_named(&rule.name) => Vec::new(),
        RuleKind::Recording => named(rule).into_iter().collect(),
        RuleKind::Alert => wanted(rule).into_iter().chain(camel(rule)).collect(),
    }
}

/// Recordings are called `level:metric:operations` (<https://prometheus.io/docs/practices/rules/>).
fn named(rule: &RuleText) -> Option<Finding> {
    let parts: Vec<&str> = rule.name.split(':').collect();
    let is_named = parts.len() >= 3 && parts.iter().all(|part| !part.is_empty());
    if is_named {
        return None;
    }
    let reason = format!("`{}` does not say the level, the metric and the operations", rule.name);
    Some(rule.about(
        Code::Naming,
        Field::Name,
        reason,
        "call it `level:metric:operations`, such as `service:errors:rate5m`",
    ))
}

fn camel(rule: &RuleText) -> Option<Finding> {
    let is_camel = rule.name.starts_with(|first: char| first.is_ascii_uppercase())
        && rule.name.chars().all(|letter| letter.is_ascii_alphanumeric());
    let reason = format!("`{}` is no name in words that begin with capitals", rule.name);
    (!is_camel).then(|| rule.about(Code::Naming, Field::Name, reason, "call it as `DiskAlmostFull` is called"))
}

fn wanted(rule: &RuleText) -> Vec<Finding> {
    let has = |key: &str, is_label: bool| {
        let texts = if is_label { &rule.labels } else { &rule.annotations };
        let is_named = |name: &str| name == key || (!is_label && name.strip_suffix("_url") == Some(key));
        texts.iter().any(|(name, text)| is_named(name) && !text.trim().is_empty())
    };
    let missing = WANTED.into_iter().filter(|(key, is_label, ..)| !has(key, *is_label));
    missing
        .map(|(key, is_label, code, why)| {
            let what = if is_label { "label" } else { "annotation" };
            rule.about(code, Field::Name, format!("it does not say {why}"), format!("give it the {what} `{key}`"))
        })
        .collect()
}
