//! Alertmanager's configuration: who hears of what, and what silences what
//! (<https://prometheus.io/docs/alerting/latest/configuration/>).

mod inhibition;
mod matcher;
mod notification;
mod receiver;

use std::time::Duration;

use serde::Serialize;

use crate::text;

pub use inhibition::Inhibition;
pub use matcher::{LabelMatcher, Operator};
pub use notification::{Links, notification};
pub use receiver::{Address, Receiver};

/// The whole of `alertmanager.yml`.
#[derive(Clone, Debug, Serialize)]
pub struct Configuration {
    pub(crate) route: Route,
    pub(crate) inhibit_rules: Vec<Inhibition>,
    pub(crate) receivers: Vec<Receiver>,
    /// Where the templates of notifications lie, seen from the file.
    templates: [&'static str; 1],
}

impl Configuration {
    /// A tree of routes, the inhibitions, and a receiver for each name that the routes know.
    pub fn new(route: Route, inhibit_rules: Vec<Inhibition>, receivers: Vec<Receiver>) -> Self {
        Self { route, inhibit_rules, receivers, templates: ["templates/*.tmpl"] }
    }
}

/// Whom alerts reach that match, and in which bundles.
#[derive(Clone, Debug, Serialize)]
pub struct Route {
    pub(crate) receiver: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) matchers: Vec<LabelMatcher>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) group_by: Vec<&'static str>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(crate) pace: Option<Pace>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) routes: Vec<Route>,
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
        self.matchers = matchers.to_vec();
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
