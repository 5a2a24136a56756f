//! Conditions: queries that have a value only where something is so. An alert fires by presence.

use std::{fmt, marker::PhantomData};

use crate::{
    AnyQuery, Dimension, Query, Up,
    expression::{Expression, Operator},
};

/// Has a value of the dimension `D` only where it holds.
#[derive(Clone, Debug)]
pub struct Condition<D> {
    expression: Expression,
    limit: Option<f64>,
    dimension: PhantomData<fn() -> D>,
}

impl<D> Condition<D> {
    pub(crate) fn new(expression: Expression, limit: Option<f64>) -> Self {
        Self { expression, limit, dimension: PhantomData }
    }

    fn joined(self, operator: Operator, other: Expression) -> Self {
        Self { expression: self.expression.binary(operator, other), ..self }
    }

    /// Holds where either does.
    #[must_use]
    pub fn or<E>(self, other: Condition<E>) -> Self {
        self.joined(Operator::Or, other.expression)
    }

    /// Holds where both do; the value is this one's.
    #[must_use]
    pub fn and<E>(self, other: Condition<E>) -> Self {
        self.joined(Operator::And, other.expression)
    }

    /// Holds where the other does not.
    #[must_use]
    pub fn unless<E>(self, other: Condition<E>) -> Self {
        self.joined(Operator::Unless, other.expression)
    }
}

/// Holds when there is no such series. Its labels are those that the query's matchers fix with `=`.
pub fn absent<D>(query: Query<D>) -> Condition<Up> {
    Condition::new(Expression::Call("absent", vec![query.expression]), None)
}

impl<D: Dimension> From<Condition<D>> for AnyQuery {
    fn from(condition: Condition<D>) -> Self {
        Self::new::<D>(condition.expression, condition.limit)
    }
}

impl<D> fmt::Display for Condition<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.expression.pretty())
    }
}
