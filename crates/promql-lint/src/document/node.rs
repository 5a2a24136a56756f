//! What YAML and JSON have in common: texts, lists and mappings, each with its place.

use std::ops::Range;

use super::located::Located;

/// How deep lists and mappings may lie in one another; ten times what people write, and far from the end of the stack.
pub(super) const DEEPEST: usize = 128;

/// Why a file could not be read, and the byte where.
#[derive(Debug)]
pub(super) struct Trouble {
    pub(super) at: usize,
    pub(super) reason: String,
}

/// A value and the bytes of the file that it takes up.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) range: Range<usize>,
    pub(super) value: Value,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    /// What is written as text: quoted, or a block.
    Text(Located),
    /// What is written bare: a number, a truth, nothing, or in YAML a text too.
    Bare(Located),
    List(Vec<Node>),
    Mapping(Vec<(Node, Node)>),
}

impl Node {
    /// Whether it says that there is nothing.
    pub(super) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Bare(bare) if matches!(bare.text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// A single value, written as text or bare.
    pub(super) fn text(&self) -> Option<&Located> {
        match &self.value {
            Value::Text(text) => Some(text),
            Value::Bare(bare) if !self.is_null() => Some(bare),
            _ => None,
        }
    }

    /// The items, if it is a list.
    pub(super) fn items(&self) -> &[Node] {
        if let Value::List(items) = &self.value { items } else { &[] }
    }

    /// The keys and values, if it is a mapping.
    pub(super) fn entries(&self) -> &[(Node, Node)] {
        if let Value::Mapping(entries) = &self.value { entries } else { &[] }
    }

    /// The value under `key`, if it is a mapping that has one which is not null. Of several the last holds, as in JSON.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        let named = |(name, _): &&(Node, Node)| name.text().is_some_and(|name| name.text == key);
        self.entries().iter().rev().find(named).map(|(_, value)| value).filter(|value| !value.is_null())
    }

    /// The value at the end of a path of keys.
    pub(super) fn find(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The text under `key`.
    pub(super) fn text_of(&self, key: &str) -> Option<&Located> {
        self.get(key)?.text()
    }

    /// The text under `key` as a plain string.
    pub(super) fn word(&self, key: &str) -> Option<&str> {
        self.text_of(key).map(|text| text.text.as_str())
    }

    /// Whether `true` stands under `key`.
    pub(super) fn is_set(&self, key: &str) -> bool {
        let is_true = |bare: &Located| ["true", "yes", "on", "y"].contains(&bare.text.to_lowercase().as_str());
        matches!(self.get(key).map(|node| &node.value), Some(Value::Bare(bare)) if is_true(bare))
    }

    /// What it is, for messages.
    pub(super) fn what(&self) -> &'static str {
        match &self.value {
            _ if self.is_null() => "nothing",
            Value::Text(_) | Value::Bare(_) => "a single value",
            Value::List(_) => "a list",
            Value::Mapping(_) => "a mapping",
        }
    }
}
