//! Recording rules: a query with a name, evaluated in advance and read like a signal.

use std::{borrow::Cow, marker::PhantomData};

use crate::{AnyQuery, Dimension, Query, Readable};

/// A query that Prometheus evaluates in advance and keeps under a name.
pub struct Recording<D, L> {
    name: &'static str,
    help: &'static str,
    query: fn() -> Query<D, L>,
}

impl<D: Dimension, L> Recording<D, L> {
    /// A rule; `help` is a sentence for people.
    pub const fn new(name: &'static str, help: &'static str, query: fn() -> Query<D, L>) -> Self {
        Self { name, help, query }
    }

    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The rule as data.
    pub fn rule(&self) -> Rule {
        Rule { name: self.name.into(), help: self.help.into(), query: (self.query)().into() }
    }
}

/// A recording rule, as data.
#[derive(Clone, Debug)]
pub struct Rule {
    pub name: Cow<'static, str>,
    /// A sentence for people.
    pub help: Cow<'static, str>,
    pub query: AnyQuery,
}

/// What a rule records whose name is put together, such as one of a family that differs by its window.
pub struct Recorded<D, L> {
    name: String,
    types: PhantomData<fn() -> (D, L)>,
}

impl<D: Dimension, L> Recorded<D, L> {
    /// The rule, and the way to read what it records.
    pub fn new(name: String, help: String, query: Query<D, L>) -> (Self, Rule) {
        let rule = Rule { name: name.clone().into(), help: help.into(), query: query.into() };
        (Self { name, types: PhantomData }, rule)
    }
}

impl<D: Dimension, L> Readable for Recording<D, L> {
    type Dimension = D;
    type Labels = L;

    fn metric(&self) -> String {
        self.name.to_owned()
    }
}

impl<D: Dimension, L> Readable for Recorded<D, L> {
    type Dimension = D;
    type Labels = L;

    fn metric(&self) -> String {
        self.name.clone()
    }
}
