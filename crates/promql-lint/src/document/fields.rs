//! Reads the fields of mappings, and says what Prometheus or Alertmanager would refuse about them.

use std::collections::HashSet;
use std::ops::Range;
use std::time::Duration;

use super::defect::{DefectCode, Defects, did_you_mean};
use super::duration;
use super::located::Located;
use super::node::{Node, Value};

/// What Go's reader of YAML takes for a truth where one is due, in small letters.
const TRUTHS: [&str; 8] = ["true", "false", "yes", "no", "on", "off", "y", "n"];

/// A value, and the text that says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said<T> {
    pub value: T,
    pub text: Located,
}

/// A name and what is said under it, such as a label with its value.
pub type Entry = (Located, Located);

/// Whether `node` is a mapping; if not, says so. Nothing counts as an empty one.
pub(super) fn is_mapping(node: &Node, what: &str, defects: &mut Defects) -> bool {
    if matches!(node.value, Value::Mapping(_)) {
        return true;
    }
    let reason = format!("{what} is a mapping of fields, and this is {}", node.what());
    defects.add(DefectCode::WrongShape, node.range.clone(), reason, "write one field a line, as `name: value`");
    false
}

/// Says which fields of `node` are not among `known`, and which stand there twice.
pub(super) fn check_names(node: &Node, what: &str, known: &[&str], defects: &mut Defects) {
    check_names_or(node, what, known, |_| false, defects);
}

/// The same, where `other` says which names are known besides.
pub(super) fn check_names_or(
    node: &Node,
    what: &str,
    known: &[&str],
    other: impl Fn(&str) -> bool,
    defects: &mut Defects,
) {
    let mut seen = HashSet::new();
    for (key, _) in node.entries() {
        let Some(name) = key.text() else {
            let reason = format!("a field's name is a text, and this is {}", key.what());
            defects.add(DefectCode::WrongShape, key.range.clone(), reason, "write `name: value`");
            continue;
        };
        if !seen.insert(name.text.as_str()) {
            let reason =
                format!("`{name}` stands twice in this mapping; a reader refuses the file or drops one of the two");
            defects.add(DefectCode::RepeatedField, name.range(), reason, "delete one of them");
        } else if !known.contains(&name.text.as_str()) && !other(&name.text) {
            let reason = format!("{what} has no field `{name}`");
            let help = did_you_mean(&name.text, known.iter().copied());
            defects.add(DefectCode::UnknownField, name.range(), reason, help);
        }
    }
}

/// The text under `key`.
pub(super) fn text(node: &Node, key: &str, defects: &mut Defects) -> Option<Located> {
    as_text(node.get(key)?, key, defects)
}

pub(super) fn as_text(value: &Node, key: &str, defects: &mut Defects) -> Option<Located> {
    let text = value.text();
    if text.is_none() {
        let reason = format!("`{key}` is a text, and this is {}", value.what());
        defects.add(DefectCode::WrongShape, value.range.clone(), reason, format!("write one text behind `{key}:`"));
    }
    text.cloned()
}

/// The duration under `key`.
pub(super) fn duration(node: &Node, key: &str, defects: &mut Defects) -> Option<Said<Duration>> {
    let text = text(node, key, defects)?;
    match duration::parse(&text.text) {
        Some(value) => Some(Said { value, text }),
        None => {
            let reason = format!(
                "`{text}` is no duration: a duration is whole numbers with units, from the longest to the shortest"
            );
            defects.add(
                DefectCode::UnreadableDuration,
                text.range(),
                reason,
                "write for example `30s`, `5m` or `1h30m`",
            );
            None
        }
    }
}

/// The whole number under `key`.
pub(super) fn number(node: &Node, key: &str, defects: &mut Defects) -> Option<Said<i64>> {
    let text = text(node, key, defects)?;
    match text.text.parse() {
        Ok(value) => Some(Said { value, text }),
        Err(_) => {
            let reason = format!("`{key}` is a whole number, and this is `{text}`");
            defects.add(DefectCode::WrongShape, text.range(), reason, "write a whole number without quotes");
            None
        }
    }
}

/// Whether `true` stands under `key`.
pub(super) fn truth(node: &Node, key: &str, defects: &mut Defects) -> bool {
    let Some(value) = node.get(key) else { return false };
    let is_truth = matches!(&value.value, Value::Bare(bare) if TRUTHS.contains(&bare.text.to_lowercase().as_str()));
    if !is_truth {
        let reason = format!("`{key}` is either `true` or `false`, and this is something else");
        defects.add(DefectCode::WrongShape, value.range.clone(), reason, "write `true` or `false` without quotes");
    }
    node.is_set(key)
}

/// The items of the list under `key`; none if there is no such field.
pub(super) fn list<'a>(node: &'a Node, key: &str, defects: &mut Defects) -> &'a [Node] {
    let Some(value) = node.get(key) else { return &[] };
    if !matches!(value.value, Value::List(_)) {
        let reason = format!("`{key}` is a list, and this is {}", value.what());
        defects.add(DefectCode::WrongShape, value.range.clone(), reason, "put a `-` and a space before each item");
    }
    value.items()
}

/// The texts of the list under `key`.
pub(super) fn texts(node: &Node, key: &str, defects: &mut Defects) -> Vec<Located> {
    list(node, key, defects).iter().filter_map(|item| as_text(item, key, defects)).collect()
}

/// The names and texts of the mapping under `key`, such as labels.
pub(super) fn text_entries(node: &Node, key: &str, defects: &mut Defects) -> Vec<Entry> {
    let Some(value) = node.get(key) else { return Vec::new() };
    if !is_mapping(value, &format!("`{key}`"), defects) {
        return Vec::new();
    }
    check_names_or(value, key, &[], |_| true, defects);
    let entries = value.entries().iter().filter_map(|(name, value)| {
        let name = name.text()?.clone();
        if value.is_null() {
            return Some((name, Located::empty(value.range.clone())));
        }
        let value = as_text(value, &name.text, defects)?;
        Some((name, value))
    });
    entries.collect()
}

/// Where a mapping begins, for what is not in it.
pub(super) fn start_of(node: &Node) -> Range<usize> {
    node.entries().first().map_or(node.range.clone(), |(key, _)| key.range.clone())
}
