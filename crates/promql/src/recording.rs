//! Recording rules: a query with a name, evaluated in advance and read like a signal.

use crate::{AnyQuery, Dimension, Query};

/// A query that Prometheus evaluates in advance and keeps under a name.
pub struct Recording<D> {
    name: &'static str,
    help: &'static str,
    query: fn() -> Query<D>,
}

impl<D: Dimension> Recording<D> {
    /// A rule; `help` is a sentence for people.
    pub const fn new(name: &'static str, help: &'static str, query: fn() -> Query<D>) -> Self {
        Self { name, help, query }
    }

    pub const fn name(&self) -> &'static str {
        self.name
    }
}

/// A recording rule, as data.
#[derive(Clone, Debug)]
pub struct Rule {
    pub name: &'static str,
    pub help: &'static str,
    pub query: AnyQuery,
}

/// Any recording rule, whatever it measures.
pub trait Recorded: Sync {
    /// The rule as data.
    fn rule(&self) -> Rule;
}

impl<D: Dimension> Recorded for Recording<D> {
    fn rule(&self) -> Rule {
        Rule { name: self.name, help: self.help, query: (self.query)().into() }
    }
}
