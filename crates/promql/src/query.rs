//! Queries: an expression and, in its type, what its value measures and which labels its series carry.

use std::{collections::BTreeSet, fmt, marker::PhantomData, time::Duration};

use signals::units::{Each, Ratio, Seconds};

use crate::{
    Additive, By, Condition, Dimension, Factor, Grouping, Matching, Measure, PerMinute, PerSecond, Percent, Threshold,
    expression::{Expression, Operator},
    label::LabelName,
};

/// A query whose value has the dimension `D`, at each moment, for each group of the labels `L`.
pub struct Query<D, L> {
    pub(crate) expression: Expression,
    types: PhantomData<fn() -> (D, L)>,
}

impl<D, L> Clone for Query<D, L> {
    fn clone(&self) -> Self {
        Self::new(self.expression.clone())
    }
}

impl<D, L> Query<D, L> {
    pub(crate) fn new(expression: Expression) -> Self {
        Self { expression, types: PhantomData }
    }

    /// Reads only series that match, wherever it reads.
    #[must_use]
    pub fn only<At>(self, matchers: impl Matching<L, At>) -> Self {
        Self::new(self.expression.only(&matchers.conditions()))
    }

    /// The same, so long ago.
    #[must_use]
    pub fn ago(self, offset: Duration) -> Self {
        Self::new(self.expression.offset(offset))
    }

    /// The highest value of each group.
    pub fn max_by<G: Grouping<L, At>, At>(self, keys: G) -> Query<D, By<G::Keys>> {
        self.aggregate("max", &keys)
    }

    /// The lowest value of each group.
    pub fn min_by<G: Grouping<L, At>, At>(self, keys: G) -> Query<D, By<G::Keys>> {
        self.aggregate("min", &keys)
    }

    /// How many series each group has.
    pub fn count_by<G: Grouping<L, At>, At>(self, keys: G) -> Query<Each, By<G::Keys>> {
        self.aggregate("count", &keys)
    }

    /// The `n` series with the highest values, the highest first.
    #[must_use]
    pub fn top(self, n: u8) -> Self {
        self.selected("topk", n)
    }

    /// The `n` series with the lowest values, the lowest first.
    #[must_use]
    pub fn bottom(self, n: u8) -> Self {
        self.selected("bottomk", n)
    }

    fn selected(self, operator: &'static str, n: u8) -> Self {
        let parameter = Some(f64::from(n));
        Self::new(Expression::Aggregate { operator, parameter, by: Vec::new(), of: Box::new(self.expression) })
    }

    fn aggregate<G: Grouping<L, At>, At, E>(self, operator: &'static str, keys: &G) -> Query<E, By<G::Keys>> {
        Query::new(self.expression.aggregate(operator, keys.names()))
    }

    /// Zero for every group of `whole` that has no value here. (`or vector(0)` would drop the labels.)
    #[must_use]
    pub fn or_zero_of<E>(self, whole: Query<E, L>) -> Self {
        let zero = Expression::Number(0.0).binary(Operator::Times, whole.expression);
        Self::new(self.expression.binary(Operator::Or, zero))
    }

    /// The other's value for every group that has none here.
    #[must_use]
    pub fn or_else(self, other: Query<D, L>) -> Self {
        Self::new(self.expression.binary(Operator::Or, other.expression))
    }

    /// How far it is from zero.
    #[must_use]
    pub fn magnitude(self) -> Self {
        Self::new(Expression::call("abs", self.expression))
    }

    /// Both together, group by group.
    #[must_use]
    pub fn plus(self, other: Query<D, L>) -> Self {
        Self::new(self.expression.binary(Operator::Plus, other.expression))
    }

    /// What is left without the other, group by group.
    #[must_use]
    pub fn minus(self, other: Query<D, L>) -> Self {
        Self::new(self.expression.binary(Operator::Minus, other.expression))
    }

    /// So many times as much.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self::new(Expression::Number(factor).binary(Operator::Times, self.expression))
    }

    /// As a share of the other, group by group. Where this is the other with narrower matchers, it lies between 0 and 1.
    pub fn divided_by(self, whole: Query<D, L>) -> Query<Ratio, L> {
        Query::new(self.expression.binary(Operator::DividedBy, whole.expression))
    }

    /// The highest of its values over a window, looked at each `step`.
    #[must_use]
    pub fn highest_within(self, window: Duration, step: Duration) -> Self {
        let values = Expression::Subquery { of: Box::new(self.expression), range: window, step };
        Self::new(Expression::call("max_over_time", values))
    }

    /// Holds where there is a value at all.
    pub fn exists(self) -> Condition<D, L> {
        Condition::new(self.expression, None)
    }

    /// Only the groups that have any: a drawing of many that are zero hides the few that are not.
    pub fn without_zeros(self) -> Condition<D, L> {
        self.compared(Operator::Above, Threshold::ZERO)
    }

    /// Only the groups of which there is any in the whole: a share or a percentile of nothing is no number.
    #[must_use]
    pub fn where_any<E>(self, whole: Query<E, L>) -> Self {
        let any = whole.expression.binary(Operator::Above, 0.0);
        Self::new(self.expression.binary(Operator::And, any))
    }

    /// Holds where the value is higher.
    pub fn above(self, threshold: Threshold<D>) -> Condition<D, L> {
        self.compared(Operator::Above, threshold)
    }

    /// Holds where the value is at least this.
    pub fn at_least(self, threshold: Threshold<D>) -> Condition<D, L> {
        self.compared(Operator::AtLeast, threshold)
    }

    /// Holds where the value is at most this.
    pub fn at_most(self, threshold: Threshold<D>) -> Condition<D, L> {
        self.compared(Operator::AtMost, threshold)
    }

    /// Holds where the value is lower.
    pub fn below(self, threshold: Threshold<D>) -> Condition<D, L> {
        self.compared(Operator::Below, threshold)
    }

    /// Holds where the value is exactly this. Only states are compared so; a measured number hardly ever is exactly anything.
    pub fn equals(self, threshold: Threshold<D>) -> Condition<D, L> {
        self.compared(Operator::Equal, threshold)
    }

    fn compared(self, operator: Operator, threshold: Threshold<D>) -> Condition<D, L> {
        let compared = self.expression.binary(operator, threshold.value);
        Condition::new(compared, Some(threshold.value))
    }

    /// Zero where it would be negative: where two counts that are subtracted were not taken at one moment.
    #[must_use]
    pub fn at_least_zero(self) -> Self {
        Self::new(Expression::Call("clamp_min", vec![self.expression, Expression::Number(0.0)]))
    }

    /// Holds where the value is higher than the other's.
    pub fn exceeds(self, other: Query<D, L>) -> Condition<D, L> {
        Condition::new(self.expression.binary(Operator::Above, other.expression), None)
    }

    /// Holds where the value is lower than the other's.
    pub fn falls_below(self, other: Query<D, L>) -> Condition<D, L> {
        Condition::new(self.expression.binary(Operator::Below, other.expression), None)
    }

    /// Holds where the two differ.
    pub fn differs_from(self, other: Query<D, L>) -> Condition<D, L> {
        Condition::new(self.expression.binary(Operator::NotEqual, other.expression), None)
    }
}

impl<D: Additive, L> Query<D, L> {
    /// The sum of each group.
    pub fn by<G: Grouping<L, At>, At>(self, keys: G) -> Query<D, By<G::Keys>> {
        self.aggregate("sum", &keys)
    }

    /// The sum over everything.
    pub fn overall(self) -> Query<D, By<()>> {
        Query::new(self.expression.aggregate("sum", Vec::new()))
    }
}

impl<D: Dimension, L> Query<D, L> {
    /// The mean over the series of each group. Right for states and for how busy something is; of shares and percentiles it means
    /// nothing, so aggregate before dividing.
    pub fn average_by<G: Grouping<L, At>, At>(self, keys: G) -> Query<D::Average, By<G::Keys>>
    where
        D: Additive,
    {
        self.aggregate("avg", &keys)
    }
}

impl<L> Query<Ratio, L> {
    /// The share as a number from 0 to 100.
    pub fn as_percent(self) -> Query<Percent, L> {
        Query::new(Expression::Number(100.0).binary(Operator::Times, self.expression))
    }

    /// How many times this share it is.
    pub fn relative_to(self, share: f64) -> Query<Factor, L> {
        Query::new(self.expression.binary(Operator::DividedBy, share))
    }

    /// The rest of the whole: 1 less the share.
    #[must_use]
    pub fn complement(self) -> Self {
        Self::new(Expression::Number(1.0).binary(Operator::Minus, self.expression))
    }
}

impl<U, L> Query<PerSecond<U>, L> {
    /// How much came together, where this is the mean rate over the window.
    pub fn over_whole(self, window: Duration) -> Query<U, L> {
        Query::new(Expression::Number(window.as_secs_f64()).binary(Operator::Times, self.expression))
    }

    /// For those who count by the minute.
    pub fn per_minute(self) -> Query<PerMinute<U>, L> {
        Query::new(Expression::Number(60.0).binary(Operator::Times, self.expression))
    }

    /// How much of it there is for each of those, such as money for each order.
    pub fn for_each(self, counted: Query<PerSecond<Each>, L>) -> Query<U, L> {
        Query::new(self.expression.binary(Operator::DividedBy, counted.expression))
    }
}

impl<L> Query<PerSecond<Seconds>, L> {
    /// The share of their time that so many workers are busy, such as threads.
    pub fn share_of_time_of(self, workers: Query<Each, L>) -> Query<Ratio, L> {
        Query::new(self.expression.binary(Operator::DividedBy, workers.expression))
    }
}

impl<L> Query<Seconds, L> {
    /// How long ago that was, where the value is a time since 1970.
    #[must_use]
    pub fn age(self) -> Self {
        let now = Expression::Call("time", Vec::new());
        Self::new(now.binary(Operator::Minus, self.expression))
    }

    /// How long until then, where the value is a time since 1970.
    #[must_use]
    pub fn from_now(self) -> Self {
        let now = Expression::Call("time", Vec::new());
        Self::new(self.expression.binary(Operator::Minus, now))
    }
}

impl<D, L> fmt::Display for Query<D, L> {
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

type Build = dyn FnOnce(Vec<LabelName>) -> Expression;

/// A question whose answer is right only when the series are aggregated first: a share, a mean, a percentile.
pub struct PerGroup<D, L> {
    build: Box<Build>,
    types: PhantomData<fn() -> (D, L)>,
}

impl<D: 'static, L: 'static> PerGroup<D, L> {
    pub(crate) fn new(build: impl FnOnce(Vec<LabelName>) -> Expression + 'static) -> Self {
        Self { build: Box::new(build), types: PhantomData }
    }

    /// Reads only series that match, wherever it reads.
    #[must_use]
    pub fn only<At>(self, matchers: impl Matching<L, At>) -> Self {
        let conditions = matchers.conditions();
        Self::new(move |keys| (self.build)(keys).only(&conditions))
    }

    /// One answer for each group.
    pub fn by<G: Grouping<L, At>, At>(self, keys: G) -> Query<D, By<G::Keys>> {
        Query::new((self.build)(keys.names()))
    }

    /// One answer for everything.
    pub fn overall(self) -> Query<D, By<()>> {
        Query::new((self.build)(Vec::new()))
    }
}

/// A query whose dimension is data: what a panel, a rule or an alert keeps.
#[derive(Clone, Debug)]
pub struct AnyQuery {
    pub(crate) expression: Expression,
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

impl<D: Dimension, L> From<Query<D, L>> for AnyQuery {
    fn from(query: Query<D, L>) -> Self {
        Self::new::<D>(query.expression, None)
    }
}

impl AnyQuery {
    /// The names of the metrics that it reads; of a recording rule, its own name.
    pub fn metrics(&self) -> BTreeSet<&str> {
        self.expression.metrics()
    }
}

impl fmt::Display for AnyQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.expression.pretty())
    }
}
