//! Labels in queries: keys to group by, and conditions on values.

use std::fmt;

/// A label's key. OpenTelemetry writes dots, Prometheus underscores: `http.route` becomes `http_route`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(&'static str);

impl Key {
    /// The key of a signal's label, as its declaration spells it.
    pub const fn of(declared: &'static str) -> Self {
        Self(declared)
    }

    /// A label that the scrape gives to every series of a target, such as `service`.
    pub const fn target(name: &'static str) -> Self {
        Self(name)
    }

    /// Bucket bounds; only where a histogram's buckets are read.
    pub(crate) const LE: Self = Self("le");

    /// The label has this value.
    pub fn is(self, value: &str) -> Matcher {
        Matcher { key: self, operator: "=", value: value.to_owned() }
    }

    /// The label has another value, or is not there.
    pub fn is_not(self, value: &str) -> Matcher {
        Matcher { key: self, operator: "!=", value: value.to_owned() }
    }

    /// The whole value matches one of these patterns (RE2), such as `5..`.
    pub fn any_of<'a>(self, patterns: impl IntoIterator<Item = &'a str>) -> Matcher {
        Matcher { key: self, operator: "=~", value: patterns.into_iter().collect::<Vec<_>>().join("|") }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.replace('.', "_"))
    }
}

/// A condition on one label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matcher {
    pub(crate) key: Key,
    operator: &'static str,
    value: String,
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.value.replace('\\', "\\\\").replace('"', "\\\"");
        write!(f, "{}{}\"{value}\"", self.key, self.operator)
    }
}
