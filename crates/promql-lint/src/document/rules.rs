//! Groups of rules, as Prometheus reads them from rule files and the operator from PrometheusRule manifests.
//!
//! What is refused, and with which limits, was seen on promtool 3.14
//! (<https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/>).

use std::collections::HashSet;
use std::ops::Range;
use std::time::Duration;

use super::defect::{DefectCode, Defects};
use super::fields::{self, Entry, Said};
use super::located::Located;
use super::node::Node;

/// Fields of groups. The last is read by Thanos and the operator only; Prometheus is not the only one who evaluates rules.
const GROUP_FIELDS: [&str; 7] =
    ["name", "interval", "limit", "query_offset", "labels", "rules", "partial_response_strategy"];

const RULE_FIELDS: [&str; 7] = ["record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations"];

/// Fields that only alerts have.
const ALERT_FIELDS: [&str; 3] = ["for", "keep_firing_for", "annotations"];

/// Rules that are evaluated one after the other.
#[derive(Clone, Debug)]
pub struct Group {
    /// The bytes of the file that it takes up.
    pub range: Range<usize>,
    pub name: Located,
    pub interval: Option<Said<Duration>>,
    pub limit: Option<Said<i64>>,
    pub query_offset: Option<Said<Duration>>,
    /// Labels that each of its rules adds.
    pub labels: Vec<Entry>,
    pub rules: Vec<Rule>,
}

/// A rule with an expression; what it lacks besides is among the file's defects.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The bytes of the file that it takes up.
    pub range: Range<usize>,
    pub kind: RuleKind,
    pub expr: Located,
    /// How long an alert must have been true before it fires.
    pub held: Option<Said<Duration>>,
    /// How long an alert fires on after it was last true.
    pub keep_firing: Option<Said<Duration>>,
    /// Its own labels, without those of its group.
    pub labels: Vec<Entry>,
    pub annotations: Vec<Entry>,
}

/// What a rule makes, and the name of that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleKind {
    Record(Located),
    Alert(Located),
}

impl Rule {
    /// The recording's or the alert's name.
    pub fn name(&self) -> &Located {
        let (RuleKind::Record(name) | RuleKind::Alert(name)) = &self.kind;
        name
    }

    /// What findings call it.
    pub fn place(&self) -> String {
        match &self.kind {
            RuleKind::Record(name) => format!("rule {name}"),
            RuleKind::Alert(name) => format!("alert {name}"),
        }
    }
}

/// Reads the list of groups under `groups`.
pub(super) fn read(node: &Node, defects: &mut Defects) -> Vec<Group> {
    let mut names = HashSet::new();
    let mut groups = Vec::new();
    for node in fields::list(node, "groups", defects).iter().filter(|node| !node.is_null()) {
        let Some(group) = group(node, defects) else { continue };
        if !group.name.text.is_empty() && !names.insert(group.name.text.clone()) {
            defects.place = place_of(&group.name);
            let reason =
                format!("another group of this file has the name `{}`, and Prometheus refuses the file", group.name);
            defects.add(DefectCode::RepeatedName, group.name.range(), reason, "give each group a name of its own");
        }
        groups.push(group);
    }
    defects.place.clear();
    groups
}

fn place_of(group: &Located) -> String {
    format!("group {group}")
}

fn group(node: &Node, defects: &mut Defects) -> Option<Group> {
    defects.place.clear();
    if !fields::is_mapping(node, "a group", defects) {
        return None;
    }
    let name = fields::text(node, "name", defects).unwrap_or_else(|| Located::empty(fields::start_of(node)));
    defects.place = place_of(&name);
    fields::check_names(node, "a group", &GROUP_FIELDS, defects);
    if name.text.is_empty() {
        defects.place.clear();
        defects.add(
            DefectCode::MissingField,
            name.range(),
            "a group has no name",
            "add `name:` with a name of its own",
        );
    }
    let interval = fields::duration(node, "interval", defects);
    let limit = fields::number(node, "limit", defects);
    let query_offset = fields::duration(node, "query_offset", defects);
    let labels = labels(node, defects);
    let place = defects.place.clone();
    let mut rules = Vec::new();
    for node in fields::list(node, "rules", defects).iter().filter(|node| !node.is_null()) {
        defects.place.clone_from(&place);
        rules.extend(rule(node, defects));
    }
    Some(Group { range: node.range.clone(), name, interval, limit, query_offset, labels, rules })
}

fn rule(node: &Node, defects: &mut Defects) -> Option<Rule> {
    if !fields::is_mapping(node, "a rule", defects) {
        return None;
    }
    let kind = kind(node, defects);
    fields::check_names(node, "a rule", &RULE_FIELDS, defects);
    if let Some(RuleKind::Record(_)) = kind {
        refuse_alert_fields(node, defects);
    }
    let held = fields::duration(node, "for", defects);
    let keep_firing = fields::duration(node, "keep_firing_for", defects);
    let labels = labels(node, defects);
    let annotations = fields::text_entries(node, "annotations", defects);
    let expr = fields::text(node, "expr", defects).filter(|expr| !expr.text.is_empty());
    if expr.is_none() && node.get("expr").is_none_or(|expr| expr.text().is_some()) {
        let reason = "a rule has no expression, and Prometheus refuses the file";
        defects.add(DefectCode::MissingField, fields::start_of(node), reason, "add `expr:` with a query");
    }
    Some(Rule { range: node.range.clone(), kind: kind?, expr: expr?, held, keep_firing, labels, annotations })
}

fn kind(node: &Node, defects: &mut Defects) -> Option<RuleKind> {
    let mut named = |key| fields::text(node, key, defects).filter(|name| !name.text.is_empty());
    match (named("record"), named("alert")) {
        (Some(record), Some(alert)) => {
            defects.place = format!("alert {alert}");
            let reason =
                format!("a rule is either a recording or an alert, and this one is both `{record}` and `{alert}`");
            defects.add(DefectCode::MisplacedField, alert.range(), reason, "make two rules of it");
            None
        }
        (Some(record), None) => {
            defects.place = format!("rule {record}");
            if record.text.contains(['{', '}']) {
                let reason =
                    "braces in the name of a recording: labels cannot be chosen there, and Prometheus refuses the file";
                defects.add(
                    DefectCode::UnreadableName,
                    record.range(),
                    reason,
                    "move what is in braces to `expr` or `labels`",
                );
            }
            Some(RuleKind::Record(record))
        }
        (None, Some(alert)) => {
            defects.place = format!("alert {alert}");
            Some(RuleKind::Alert(alert))
        }
        (None, None) => {
            if ["record", "alert"].iter().all(|key| node.get(key).is_none_or(|name| name.text().is_some())) {
                let reason = "a rule has neither `record` nor `alert`, and Prometheus refuses the file";
                defects.add(
                    DefectCode::MissingField,
                    fields::start_of(node),
                    reason,
                    "add one of the two, with a name",
                );
            }
            None
        }
    }
}

fn refuse_alert_fields(node: &Node, defects: &mut Defects) {
    for (key, value) in node.entries() {
        let Some(name) = key.text().filter(|name| ALERT_FIELDS.contains(&name.text.as_str())) else { continue };
        let says_nothing = value.is_null() || value.text().is_some_and(|text| text.text == "0s" || text.text == "0");
        if !says_nothing {
            let reason = format!("only alerts have `{name}`; Prometheus refuses a recording with it");
            defects.add(DefectCode::MisplacedField, name.range(), reason, "delete it");
        }
    }
}

fn labels(node: &Node, defects: &mut Defects) -> Vec<Entry> {
    let labels = fields::text_entries(node, "labels", defects);
    for (name, _) in labels.iter().filter(|(name, _)| name.text.is_empty() || name.text == "__name__") {
        let reason = format!("`{name}` cannot be the name of a rule's label, and Prometheus refuses the file");
        defects.add(DefectCode::UnreadableName, name.range(), reason, "choose another name");
    }
    labels
}
