//! Alertmanager's configuration: who hears of what, and what silences what
//! (<https://prometheus.io/docs/alerting/latest/configuration/>).

use std::time::Duration;

use serde::Serialize;

use crate::text;

/// The whole of `alertmanager.yml`.
#[derive(Clone, Debug, Serialize)]
pub struct Configuration {
    route: Route,
    inhibit_rules: Vec<Inhibition>,
    receivers: Vec<Receiver>,
}

impl Configuration {
    /// A tree of routes and the inhibitions; the receivers are those that the routes name.
    pub fn new(route: Route, inhibit_rules: Vec<Inhibition>) -> Self {
        let mut names: Vec<_> = [&route].into_iter().chain(&route.routes).map(|route| route.receiver).collect();
        names.sort_unstable();
        names.dedup();
        Self { receivers: names.into_iter().map(|name| Receiver { name }).collect(), route, inhibit_rules }
    }
}

/// Whom alerts reach that match, and in which bundles.
#[derive(Clone, Debug, Serialize)]
pub struct Route {
    receiver: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    matchers: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    group_by: Vec<&'static str>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pace: Option<Pace>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    routes: Vec<Route>,
}

/// How soon and how often a bundle of alerts is sent.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Pace {
    /// How long the first alert waits for others of its bundle.
    #[serde(serialize_with = "text::prometheus", rename = "group_wait")]
    pub wait: Duration,
    /// How soon a change of the bundle is sent.
    #[serde(serialize_with = "text::prometheus", rename = "group_interval")]
    pub interval: Duration,
    /// How soon an unchanged bundle is sent again.
    #[serde(serialize_with = "text::prometheus", rename = "repeat_interval")]
    pub repeat: Duration,
}

impl Route {
    /// A route for every alert that reaches it.
    pub fn to(receiver: &'static str) -> Self {
        Self { receiver, matchers: Vec::new(), group_by: Vec::new(), pace: None, routes: Vec::new() }
    }

    /// Takes only the alerts whose labels match all of these.
    #[must_use]
    pub fn when(mut self, matchers: &[LabelMatcher]) -> Self {
        self.matchers = matchers.iter().map(LabelMatcher::written).collect();
        self
    }

    /// Bundles alerts that agree in these labels.
    #[must_use]
    pub fn grouped_by(mut self, labels: &[&'static str]) -> Self {
        self.group_by = labels.to_vec();
        self
    }

    /// How soon and how often; without it the parent's pace holds.
    #[must_use]
    pub fn paced(mut self, pace: Pace) -> Self {
        self.pace = Some(pace);
        self
    }

    /// Routes that are tried first, in this order.
    #[must_use]
    pub fn with(mut self, routes: impl IntoIterator<Item = Route>) -> Self {
        self.routes.extend(routes);
        self
    }
}

/// A condition on one label of an alert.
#[derive(Clone, Debug)]
pub struct LabelMatcher {
    pub(crate) key: String,
    operator: &'static str,
    value: String,
}

impl LabelMatcher {
    /// The label has this value.
    pub fn is(key: &str, value: &str) -> Self {
        Self { key: key.to_owned(), operator: "=", value: value.to_owned() }
    }

    /// The label has one of these values.
    pub fn one_of(key: &str, values: &[&str]) -> Self {
        Self { key: key.to_owned(), operator: "=~", value: values.join("|") }
    }

    /// The label is there at all.
    pub fn present(key: &str) -> Self {
        Self { key: key.to_owned(), operator: "!=", value: String::new() }
    }

    /// Whether an alert with this value of the label matches; one without the label has an empty one.
    pub(crate) fn holds_for(&self, value: &str) -> bool {
        match self.operator {
            "=" => value == self.value,
            "!=" => value != self.value,
            _ => self.value.split('|').any(|one| one == value),
        }
    }

    fn written(&self) -> String {
        format!("{}{}{:?}", self.key, self.operator, self.value)
    }
}

impl Serialize for LabelMatcher {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.written())
    }
}

/// Alerts that are not sent while others fire.
#[derive(Clone, Debug, Serialize)]
pub struct Inhibition {
    pub(crate) source_matchers: Vec<LabelMatcher>,
    pub(crate) target_matchers: Vec<LabelMatcher>,
    pub(crate) equal: Vec<&'static str>,
}

impl Inhibition {
    /// While an alert fires that matches `source`, those that match `target` and agree with it in the labels `equal` are silent.
    ///
    /// Labels that are missing on both sides would count as equal and mute everything, so both sides must have them.
    pub fn new(source: &[LabelMatcher], target: &[LabelMatcher], equal: &[&'static str]) -> Self {
        let with_equal = |side: &[LabelMatcher]| {
            side.iter().cloned().chain(equal.iter().map(|key| LabelMatcher::present(key))).collect()
        };
        Self { source_matchers: with_equal(source), target_matchers: with_equal(target), equal: equal.to_vec() }
    }
}

#[derive(Clone, Debug, Serialize)]
struct Receiver {
    name: &'static str,
}
