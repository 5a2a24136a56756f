//! Conditions on the labels of an alert, kept as data and written as Alertmanager reads them.

use std::fmt;

use serde::{Serialize, Serializer};

/// A condition on one label of an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelMatcher {
    pub(crate) key: String,
    pub(crate) operator: Operator,
    pub(crate) value: String,
}

/// How a label is compared. A label that is not there counts as the empty one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Is,
    IsNot,
    /// The whole value matches a regular expression.
    Matches,
}

impl LabelMatcher {
    fn new(key: &str, operator: Operator, value: String) -> Self {
        Self { key: key.to_owned(), operator, value }
    }

    /// The label has this value.
    pub fn is(key: &str, value: &str) -> Self {
        Self::new(key, Operator::Is, value.to_owned())
    }

    /// The label has another value, or is not there.
    pub fn is_not(key: &str, value: &str) -> Self {
        Self::new(key, Operator::IsNot, value.to_owned())
    }

    /// The label has one of these values, which are words without a meaning in regular expressions.
    pub fn one_of(key: &str, values: &[&str]) -> Self {
        Self::new(key, Operator::Matches, values.join("|"))
    }

    /// Whether an alert with this value of the label matches; one without the label has an empty one.
    pub(crate) fn holds_for(&self, value: &str) -> bool {
        match self.operator {
            Operator::Is => value == self.value,
            Operator::IsNot => value != self.value,
            Operator::Matches => self.value.split('|').any(|one| one == value),
        }
    }

    /// The label is there at all.
    pub fn present(key: &str) -> Self {
        Self::is_not(key, "")
    }

    /// The label is not there.
    pub fn absent(key: &str) -> Self {
        Self::is(key, "")
    }
}

impl fmt::Display for LabelMatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operator = match self.operator {
            Operator::Is => "=",
            Operator::IsNot => "!=",
            Operator::Matches => "=~",
        };
        write!(f, "{}{operator}{:?}", self.key, self.value)
    }
}

impl Serialize for LabelMatcher {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
