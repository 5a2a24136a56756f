//! Queries: an expression and, in its type, what its value measures.

use std::{fmt, marker::PhantomData, time::Duration};

use signals::units::Ratio;

use crate::{
    Additive, Condition, Dimension, Key, Matcher, Measure, Percent, Threshold,
    expression::{Expression, Operator},
};

/// A query whose value has the dimension `D`, at each moment and for each group of labels.
#[derive(Clone, Debug)]
pub struct Query<D> {
    pub(crate) expression: Expression,
    dimension: PhantomData<fn() -> D>,
}

impl<D> Query<D> {
    pub(crate) fn new(expression: Expression) -> Self {
        Self { expression, dimension: PhantomData }
    }

    /// Reads only series that match, wherever it reads.
    #[must_use]
    pub fn only(self, matcher: &Matcher) -> Self {
        Self::new(self.expression.only(matcher))
    }

    /// The highest value of each group.
    #[must_use]
    pub fn max_by(self, keys: impl IntoIterator<Item = Key>) -> Self {
        Self::new(self.expression.aggregate("max", keys))
    }

    /// The lowest value of each group.
    #[must_use]
    pub fn min_by(self, keys: impl IntoIterator<Item = Key>) -> Self {
        Self::new(self.expression.aggregate("min", keys))
    }

    /// Zero for every group of `whole` that has no value here. (`or vector(0)` would drop the labels.)
    #[must_use]
    pub fn or_zero_of<E>(self, whole: Query<E>) -> Self {
        let zero = Expression::Number(0.0).binary(Operator::Times, whole.expression);
        Self::new(self.expression.binary(Operator::Or, zero))
    }

    /// Holds where the value is higher.
    pub fn above(self, threshold: Threshold<D>) -> Condition<D> {
        self.compared(Operator::Above, threshold)
    }

    /// Holds where the value is lower.
    pub fn below(self, threshold: Threshold<D>) -> Condition<D> {
        self.compared(Operator::Below, threshold)
    }

    /// Holds where the value is exactly this. Only states are compared so; a measured number hardly ever is exactly anything.
    pub fn equals(self, threshold: Threshold<D>) -> Condition<D> {
        self.compared(Operator::Equal, threshold)
    }

    fn compared(self, operator: Operator, threshold: Threshold<D>) -> Condition<D> {
        let compared = self.expression.binary(operator, Expression::Number(threshold.value));
        Condition::new(compared, Some(threshold.value))
    }
}

impl<D> Query<D> {
    /// The sum of each group.
    #[must_use]
    pub fn by(self, keys: impl IntoIterator<Item = Key>) -> Self
    where
        D: Additive,
    {
        Self::new(self.expression.aggregate("sum", keys))
    }

    /// The sum over everything.
    #[must_use]
    pub fn overall(self) -> Self
    where
        D: Additive,
    {
        self.by([])
    }
}

impl Query<Ratio> {
    /// The share as a number from 0 to 100.
    pub fn as_percent(self) -> Query<Percent> {
        Query::new(Expression::Number(100.0).binary(Operator::Times, self.expression))
    }
}

impl<D> fmt::Display for Query<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.expression.pretty())
    }
}

/// A question that waits for its window.
pub struct Windowless<T> {
    build: Box<dyn FnOnce(Duration) -> T>,
}

impl<T> Windowless<T> {
    pub(crate) fn new(build: impl FnOnce(Duration) -> T + 'static) -> Self {
        Self { build: Box::new(build) }
    }

    /// Asks about the last so long, at each moment.
    pub fn over(self, window: Duration) -> T {
        (self.build)(window)
    }
}

type Build = dyn FnOnce(&[Key]) -> Expression;

/// A question whose answer is right only when the series are aggregated first: a share, a mean, a percentile.
pub struct PerGroup<D> {
    build: Box<Build>,
    dimension: PhantomData<fn() -> D>,
}

impl<D> PerGroup<D> {
    pub(crate) fn new(build: impl FnOnce(&[Key]) -> Expression + 'static) -> Self {
        Self { build: Box::new(build), dimension: PhantomData }
    }

    /// One answer for each group.
    pub fn by(self, keys: impl IntoIterator<Item = Key>) -> Query<D> {
        let keys: Vec<_> = keys.into_iter().collect();
        Query::new((self.build)(&keys))
    }

    /// One answer for everything.
    pub fn overall(self) -> Query<D> {
        self.by([])
    }
}

/// A query whose dimension is data: what a panel, a rule or an alert keeps.
#[derive(Clone, Debug)]
pub struct AnyQuery {
    expression: Expression,
    /// What its value measures.
    pub measure: Measure,
    /// The threshold, when it is a condition that compares with one.
    pub limit: Option<f64>,
}

impl AnyQuery {
    pub(crate) fn new<D: Dimension>(expression: Expression, limit: Option<f64>) -> Self {
        Self { expression, measure: D::MEASURE, limit }
    }
}

impl<D: Dimension> From<Query<D>> for AnyQuery {
    fn from(query: Query<D>) -> Self {
        Self::new::<D>(query.expression, None)
    }
}

impl fmt::Display for AnyQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.expression.pretty())
    }
}
