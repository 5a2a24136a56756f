//! Conditions: queries that have a value only where something is so. An alert fires by presence.

use std::{fmt, marker::PhantomData};

use signals::units::Each;

use crate::{
    AnyQuery, By, Dimension, Grouping, Matching, Query, Readable, Up,
    expression::{Expression, Operator, Selector},
};

/// Has a value of the dimension `D`, with the labels `L`, only where it holds.
pub struct Condition<D, L> {
    expression: Expression,
    limit: Option<f64>,
    types: PhantomData<fn() -> (D, L)>,
}

impl<D, L> Clone for Condition<D, L> {
    fn clone(&self) -> Self {
        Self::new(self.expression.clone(), self.limit)
    }
}

impl<D, L> Condition<D, L> {
    pub(crate) fn new(expression: Expression, limit: Option<f64>) -> Self {
        Self { expression, limit, types: PhantomData }
    }

    fn joined<E, M>(self, operator: Operator, other: Condition<E, M>) -> Self {
        Self { expression: self.expression.binary(operator, other.expression), ..self }
    }

    fn joined_on<E, M, G, At>(self, operator: Operator, keys: &G, other: Condition<E, M>) -> Self
    where
        G: Grouping<L, At>,
    {
        Self { expression: self.expression.binary_on(operator, keys.names(), other.expression), ..self }
    }

    /// Holds where either does.
    #[must_use]
    pub fn or<E>(self, other: Condition<E, L>) -> Self {
        self.joined(Operator::Or, other)
    }

    /// Holds where both do; the value is this one's.
    #[must_use]
    pub fn and<E>(self, other: Condition<E, L>) -> Self {
        self.joined(Operator::And, other)
    }

    /// Holds where both do for the same values of these labels; the value is this one's.
    #[must_use]
    pub fn and_on<E, M, G, At, AtOther>(self, keys: G, other: Condition<E, M>) -> Self
    where
        G: Grouping<L, At> + Grouping<M, AtOther>,
    {
        self.joined_on::<E, M, G, At>(Operator::And, &keys, other)
    }

    /// Holds where the other does not.
    #[must_use]
    pub fn unless<E>(self, other: Condition<E, L>) -> Self {
        self.joined(Operator::Unless, other)
    }

    /// Holds where the other does not for the same values of these labels.
    #[must_use]
    pub fn unless_on<E, M, G, At, AtOther>(self, keys: G, other: Condition<E, M>) -> Self
    where
        G: Grouping<L, At> + Grouping<M, AtOther>,
    {
        self.joined_on::<E, M, G, At>(Operator::Unless, &keys, other)
    }

    /// How often it holds in each group.
    pub fn count_by<G: Grouping<L, At>, At>(self, keys: G) -> Query<Each, By<G::Keys>> {
        Query::new(self.expression.aggregate("count", keys.names()))
    }

    /// The highest of the values for which it holds, in each group.
    #[must_use]
    pub fn max_by<G: Grouping<L, At>, At>(self, keys: G) -> Condition<D, By<G::Keys>> {
        Condition::new(self.expression.aggregate("max", keys.names()), self.limit)
    }
}

/// Holds when there is no such series. Its labels are those that the matchers, which must say `is`, fix.
pub fn absent<S: Readable, M, At>(of: &S, matchers: M) -> Condition<Up, By<M::Keys>>
where
    M: Matching<S::Labels, At>,
{
    let series = Expression::from(Selector::new(of.metric())).only(&matchers.conditions());
    Condition::new(Expression::call("absent", series), None)
}

/// Holds when the metric has no series at all.
pub fn gone<S: Readable>(of: &S) -> Condition<Up, By<()>> {
    Condition::new(Expression::call("absent", Selector::new(of.metric()).into()), None)
}

/// Always holds: for the alert whose silence somebody outside notices, and for nothing else.
pub fn always() -> Condition<Up, By<()>> {
    Condition::new(Expression::call("vector", Expression::Number(1.0)), None)
}

impl<D: Dimension, L> From<Condition<D, L>> for AnyQuery {
    fn from(condition: Condition<D, L>) -> Self {
        Self::new::<D>(condition.expression, condition.limit)
    }
}

impl<D, L> fmt::Display for Condition<D, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.expression.pretty())
    }
}
