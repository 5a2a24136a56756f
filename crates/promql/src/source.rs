//! Where queries begin: at declared signals, at recording rules, and at what others measure.

use std::{marker::PhantomData, time::Duration};

use signals::{
    Bounded, Carries, Counter, Gauge, Histogram, LabelSet, Number, ObservedCounter, ObservedGauge, SlotGauge,
    UpDownCounter,
    units::{Each, Ratio, Seconds},
};

use crate::{
    Condition, Dimension, Matcher, PerGroup, PerSecond, Query, Scraped, Threshold, Up, Windowless,
    expression::{Expression, Operator, Selector},
    label::{LabelCondition, LabelName},
};

/// What only grows, and so has a rate.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not only grow, so it has no rate",
    note = "a counter has a rate, and so has the count or the sum of a histogram: `count_of(&…)`, `sum_of(&…)`"
)]
pub trait Growing {
    /// What it counts in.
    type Unit;
    /// The labels of its series.
    type Labels: 'static;

    #[doc(hidden)]
    fn part(&self) -> Part<Self::Unit, Self::Labels>;
}

macro_rules! growing {
    ($Signal:ident<L, U $(, $V:ident: $Bound:ident)?>) => {
        impl<L: LabelSet, U $(, $V: $Bound)?> Growing for &$Signal<L, U $(, $V)?> {
            type Unit = U;
            type Labels = Scraped<L>;

            fn part(&self) -> Part<U, Scraped<L>> {
                Part::new(self.declaration.prometheus_name())
            }
        }
    };
}

growing!(Counter<L, U, V: Number>);
growing!(ObservedCounter<L, U>);

/// Something that grows: the count, the sum or one bucket of a histogram.
pub struct Part<U, L> {
    metric: String,
    conditions: Vec<LabelCondition>,
    types: PhantomData<fn() -> (U, L)>,
}

impl<U, L> Part<U, L> {
    pub(crate) fn new(metric: String) -> Self {
        Self { metric, conditions: Vec::new(), types: PhantomData }
    }

    fn over(self, window: Duration) -> Expression {
        Selector { conditions: self.conditions, ..Selector::new(self.metric) }.over(window)
    }
}

impl<U, L: 'static> Growing for Part<U, L> {
    type Unit = U;
    type Labels = L;

    fn part(&self) -> Self {
        Self { conditions: self.conditions.clone(), ..Part::new(self.metric.clone()) }
    }
}

/// Measurements in buckets, and so percentiles.
#[diagnostic::on_unimplemented(
    message = "`{Self}` keeps no buckets, so it has no quantile",
    note = "only a histogram knows how its measurements are spread"
)]
pub trait Spread {
    /// What was measured.
    type Unit: 'static;
    /// The labels of its series, without the buckets' bounds.
    type Labels: 'static;

    #[doc(hidden)]
    fn name(&self) -> String;
}

impl<L: LabelSet, U: 'static> Spread for Histogram<L, U> {
    type Unit = U;
    type Labels = Scraped<L>;

    fn name(&self) -> String {
        self.declaration.prometheus_name()
    }
}

/// What can be read as it is: a state, or a recording rule. A counter cannot; ask for its [`rate`] or [`increase`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read as it is",
    note = "a counter's value means nothing by itself: ask for its `rate` or `increase`"
)]
pub trait Readable {
    type Dimension;
    /// The labels of its series.
    type Labels;

    #[doc(hidden)]
    fn metric(&self) -> String;
}

macro_rules! readable {
    ($($Signal:ident<$Labels:ident>),+) => { $(
        impl<L: $Labels, U> Readable for $Signal<L, U> {
            type Dimension = U;
            type Labels = Scraped<L>;

            fn metric(&self) -> String {
                self.declaration.prometheus_name()
            }
        }
    )+ };
}

readable!(Gauge<LabelSet>, ObservedGauge<LabelSet>, SlotGauge<Bounded>, UpDownCounter<LabelSet>);

/// The value as it stands.
pub fn value<S: Readable>(of: &S) -> Query<S::Dimension, S::Labels> {
    Query::new(Selector::new(of.metric()).into())
}

fn over_time<S: Readable, E: 'static>(function: &'static str, of: &S) -> Windowless<Query<E, S::Labels>> {
    let metric = of.metric();
    Windowless::new(move |window| Query::new(Expression::call(function, Selector::new(metric).over(window))))
}

/// The mean of its values; of a state, the share of the time that it was 1.
pub fn average<S: Readable>(of: &S) -> Windowless<Query<<S::Dimension as Dimension>::Average, S::Labels>>
where
    S::Dimension: Dimension,
{
    over_time("avg_over_time", of)
}

/// The highest of its values.
pub fn highest<S: Readable<Dimension: 'static>>(of: &S) -> Windowless<Query<S::Dimension, S::Labels>> {
    over_time("max_over_time", of)
}

/// The lowest of its values.
pub fn lowest<S: Readable<Dimension: 'static>>(of: &S) -> Windowless<Query<S::Dimension, S::Labels>> {
    over_time("min_over_time", of)
}

/// How often its value changed.
pub fn changes<S: Readable>(of: &S) -> Windowless<Query<Each, S::Labels>> {
    over_time("changes", of)
}

/// How many values it had.
pub fn samples<S: Readable>(of: &S) -> Windowless<Query<Each, S::Labels>> {
    over_time("count_over_time", of)
}

/// How many of a state's values were 1. Of an average one cannot tell whether it fell by one value or by many.
pub fn times_up<S: Readable<Dimension = Up>>(of: &S) -> Windowless<Query<Each, S::Labels>> {
    over_time("sum_over_time", of)
}

/// Holds where there was any value.
pub fn present<S: Readable<Labels: 'static>>(of: &S) -> Windowless<Condition<Up, S::Labels>> {
    let metric = of.metric();
    Windowless::new(move |window| {
        Condition::new(Expression::call("present_over_time", Selector::new(metric).over(window)), None)
    })
}

/// Holds where there was any value in the window that ended so long ago.
pub fn present_before<S: Readable<Labels: 'static>>(of: &S, ago: Duration) -> Windowless<Condition<Up, S::Labels>> {
    let metric = of.metric();
    Windowless::new(move |window| {
        let then = Selector { offset: Some(ago), ..Selector::new(metric) };
        Condition::new(Expression::call("present_over_time", then.over(window)), None)
    })
}

/// What it will be after so long, if it goes on as it went over the window (a straight line through its values).
pub fn predicted<S: Readable>(of: &S, after: Duration) -> Windowless<Query<S::Dimension, S::Labels>> {
    let metric = of.metric();
    Windowless::new(move |window| {
        let arguments = vec![Selector::new(metric).over(window), Expression::Number(after.as_secs_f64())];
        Query::new(Expression::Call("predict_linear", arguments))
    })
}

/// How fast it grows, a second.
pub fn rate<S: Growing>(of: S) -> Windowless<Query<PerSecond<S::Unit>, S::Labels>>
where
    S::Unit: 'static,
{
    let part = of.part();
    Windowless::new(move |window| Query::new(Expression::call("rate", part.over(window))))
}

/// How much it grew.
pub fn increase<S: Growing>(of: S) -> Windowless<Query<S::Unit, S::Labels>>
where
    S::Unit: 'static,
{
    let part = of.part();
    Windowless::new(move |window| Query::new(Expression::call("increase", part.over(window))))
}

/// How many measurements a histogram took.
pub fn count_of<S: Spread>(of: &S) -> Part<Each, S::Labels> {
    Part::new(format!("{}_count", of.name()))
}

/// What a histogram's measurements come to.
pub fn sum_of<S: Spread>(of: &S) -> Part<S::Unit, S::Labels> {
    Part::new(format!("{}_sum", of.name()))
}

/// The measurements of a histogram that took at most so long. The bound must be one of the buckets'.
pub fn up_to<S: Spread<Unit = Seconds>>(bound: Threshold<Seconds>, of: &S) -> Part<Each, S::Labels> {
    let buckets = Part::new(format!("{}_bucket", of.name()));
    Part { conditions: vec![LabelCondition::bucket(bound.value)], ..buckets }
}

/// The measurement below which the share `phi` of all lie, such as 0.95. It never exceeds the highest finite bucket.
pub fn quantile<S: Spread>(phi: f64, of: &S) -> Windowless<PerGroup<S::Unit, S::Labels>> {
    let buckets = format!("{}_bucket", of.name());
    Windowless::new(move |window| {
        PerGroup::new(move |keys| {
            let rates = Expression::call("rate", Selector::new(buckets).over(window));
            let spread = rates.aggregate("sum", with_le(keys));
            Expression::Call("histogram_quantile", vec![Expression::Number(phi), spread])
        })
    })
}

/// How many measurements fell into each bucket: for a heat map.
pub fn spread<S: Spread>(of: &S) -> Windowless<PerGroup<Each, S::Labels>> {
    let buckets = format!("{}_bucket", of.name());
    Windowless::new(move |window| {
        PerGroup::new(move |keys| {
            Expression::call("increase", Selector::new(buckets).over(window)).aggregate("sum", with_le(keys))
        })
    })
}

fn with_le(mut keys: Vec<LabelName>) -> Vec<LabelName> {
    keys.push(LabelName::LE);
    keys
}

/// The mean of all measurements, each weighing the same.
pub fn mean<S: Spread>(of: &S) -> Windowless<PerGroup<S::Unit, S::Labels>> {
    let (sum, count) = (sum_of(of), count_of(of));
    Windowless::new(move |window| PerGroup::new(move |keys| divided(sum.over(window), count.over(window), keys)))
}

/// The share of those that match: `share(failed).of(requests)`. Part and whole are the same counter, aggregated alike, so that
/// like divides like and the share lies between 0 and 1.
pub fn share<K>(part: Matcher<K>) -> Share<K> {
    Share { part }
}

/// A part that waits for its whole.
pub struct Share<K> {
    part: Matcher<K>,
}

impl<K> Share<K> {
    /// Of all that this counts.
    pub fn of<S: Growing, At>(self, whole: S) -> Windowless<PerGroup<Ratio, S::Labels>>
    where
        S::Labels: Carries<K, At>,
        S::Unit: 'static,
    {
        let conditions = crate::Matching::<S::Labels, At>::conditions(&self.part);
        let whole = whole.part();
        Windowless::new(move |window| {
            PerGroup::new(move |keys| {
                let all = whole.over(window);
                divided(all.clone().only(&conditions), all, keys)
            })
        })
    }
}

/// The share of measurements that took at most so long. The bound must be one of the buckets'.
pub fn within<S: Spread<Unit = Seconds>>(bound: Threshold<Seconds>, of: &S) -> Windowless<PerGroup<Ratio, S::Labels>> {
    let (quick, all) = (up_to(bound, of), count_of(of));
    Windowless::new(move |window| PerGroup::new(move |keys| divided(quick.over(window), all.over(window), keys)))
}

/// The rate of a part by the rate of its whole, aggregated alike.
fn divided(part: Expression, whole: Expression, keys: Vec<LabelName>) -> Expression {
    let summed = |side: Expression, keys| Expression::call("rate", side).aggregate("sum", keys);
    summed(part, keys.clone()).binary(Operator::DividedBy, summed(whole, keys))
}
