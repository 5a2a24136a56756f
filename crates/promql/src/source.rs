//! Where queries begin: at declared signals, at recording rules, and at what Prometheus itself says.

use std::marker::PhantomData;

use signals::{
    Counter, Declaration, Gauge, Histogram, LabelSet, Number, ObservedCounter, ObservedGauge, UpDownCounter,
    units::{Each, Ratio, Seconds},
};

use crate::{
    Dimension, Key, Matcher, PerGroup, PerSecond, Query, Recording, Threshold, Windowless,
    expression::{Expression, Operator},
};

/// What only grows, and so has a rate.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not only grow, so it has no rate",
    note = "a counter has a rate, and so has the count or the sum of a histogram: `count_of(&…)`, `sum_of(&…)`"
)]
pub trait Growing {
    /// What it counts in.
    type Unit;

    /// The metric's name.
    fn metric(&self) -> String;
}

impl<L: LabelSet, U, V: Number> Growing for &Counter<L, U, V> {
    type Unit = U;

    fn metric(&self) -> String {
        self.declaration.prometheus_name()
    }
}

impl<L: LabelSet, U> Growing for &ObservedCounter<L, U> {
    type Unit = U;

    fn metric(&self) -> String {
        self.declaration.prometheus_name()
    }
}

/// The count or the sum of a histogram, which grow like counters.
#[derive(Clone, Debug)]
pub struct Part<U> {
    metric: String,
    unit: PhantomData<fn() -> U>,
}

impl<U> Growing for Part<U> {
    type Unit = U;

    fn metric(&self) -> String {
        self.metric.clone()
    }
}

/// Measurements in buckets, and so percentiles.
#[diagnostic::on_unimplemented(
    message = "`{Self}` keeps no buckets, so it has no quantile",
    note = "only a histogram knows how its measurements are spread"
)]
pub trait Spread {
    /// What was measured.
    type Unit;

    fn declared(&self) -> &Declaration;
}

impl<L: LabelSet, U> Spread for Histogram<L, U> {
    type Unit = U;

    fn declared(&self) -> &Declaration {
        &self.declaration
    }
}

/// What can be read as it is: a state, or a recording rule. A counter cannot; ask for its [`rate`] or [`increase`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read as it is",
    note = "a counter's value means nothing by itself: ask for its `rate` or `increase`"
)]
pub trait Readable {
    type Dimension;

    fn metric(&self) -> String;
}

macro_rules! readable {
    ($($Signal:ident),+) => { $(
        impl<L: LabelSet, U> Readable for $Signal<L, U> {
            type Dimension = U;

            fn metric(&self) -> String {
                self.declaration.prometheus_name()
            }
        }
    )+ };
}

readable!(Gauge, ObservedGauge, UpDownCounter);

impl<D: Dimension> Readable for Recording<D> {
    type Dimension = D;

    fn metric(&self) -> String {
        self.name().to_owned()
    }
}

/// A metric that nobody here declares, such as Prometheus' `up`.
#[derive(Clone, Copy, Debug)]
pub struct Foreign<D> {
    name: &'static str,
    dimension: PhantomData<fn() -> D>,
}

impl<D> Foreign<D> {
    /// A state by its name. Whoever reads it must tell the checker which labels it has.
    pub const fn new(name: &'static str) -> Self {
        Self { name, dimension: PhantomData }
    }
}

impl<D> Readable for Foreign<D> {
    type Dimension = D;

    fn metric(&self) -> String {
        self.name.to_owned()
    }
}

/// The value as it stands.
pub fn value<S: Readable>(of: &S) -> Query<S::Dimension> {
    Query::new(Expression::selector(of.metric()))
}

/// How fast it grows, a second.
pub fn rate<S: Growing>(of: S) -> Windowless<Query<PerSecond<S::Unit>>> {
    let metric = of.metric();
    Windowless::new(move |window| Query::new(Expression::over("rate", metric, window)))
}

/// How much it grew.
pub fn increase<S: Growing>(of: S) -> Windowless<Query<S::Unit>> {
    let metric = of.metric();
    Windowless::new(move |window| Query::new(Expression::over("increase", metric, window)))
}

/// How many measurements a histogram took.
pub fn count_of<S: Spread>(of: &S) -> Part<Each> {
    Part { metric: format!("{}_count", of.declared().prometheus_name()), unit: PhantomData }
}

/// What a histogram's measurements come to.
pub fn sum_of<S: Spread>(of: &S) -> Part<S::Unit> {
    Part { metric: format!("{}_sum", of.declared().prometheus_name()), unit: PhantomData }
}

/// The measurement below which the share `phi` of all lie, such as 0.95. It never exceeds the highest finite bucket.
pub fn quantile<S: Spread>(phi: f64, of: &S) -> Windowless<PerGroup<S::Unit>> {
    let buckets = format!("{}_bucket", of.declared().prometheus_name());
    Windowless::new(move |window| {
        PerGroup::new(move |keys| {
            let spread = Expression::over("rate", buckets, window).aggregate("sum", with_le(keys));
            Expression::Call("histogram_quantile", vec![Expression::Number(phi), spread])
        })
    })
}

/// How many measurements fell into each bucket: for a heat map.
pub fn spread<S: Spread>(of: &S) -> Windowless<PerGroup<Each>> {
    let buckets = format!("{}_bucket", of.declared().prometheus_name());
    Windowless::new(move |window| {
        PerGroup::new(move |keys| Expression::over("increase", buckets, window).aggregate("sum", with_le(keys)))
    })
}

fn with_le(keys: &[Key]) -> Vec<Key> {
    [keys, &[Key::LE]].concat()
}

/// The mean of all measurements, each weighing the same.
pub fn mean<S: Spread>(of: &S) -> Windowless<PerGroup<S::Unit>> {
    let (sum, count) = (sum_of(of).metric(), count_of(of).metric());
    Windowless::new(move |window| {
        PerGroup::new(move |keys| {
            let rate = |metric| Expression::over("rate", metric, window).aggregate("sum", keys.iter().copied());
            rate(sum).binary(Operator::DividedBy, rate(count))
        })
    })
}

/// The share of those that match: `share(failed).of(requests)`. Part and whole are the same counter, aggregated alike, so that
/// like divides like and the share lies between 0 and 1.
pub fn share(part: Matcher) -> Share {
    Share { part }
}

/// A part that waits for its whole.
pub struct Share {
    part: Matcher,
}

impl Share {
    /// Of all that this counts.
    pub fn of<S: Growing>(self, whole: S) -> Windowless<PerGroup<Ratio>> {
        let (metric, part) = (whole.metric(), self.part);
        Windowless::new(move |window| {
            PerGroup::new(move |keys| {
                let all = Expression::over("rate", metric, window);
                divided(all.clone().only(&part), all, keys)
            })
        })
    }
}

/// The share of measurements that took at most so long. The bound must be one of the buckets'.
pub fn within<L: LabelSet>(bound: Threshold<Seconds>, of: &Histogram<L, Seconds>) -> Windowless<PerGroup<Ratio>> {
    let (buckets, count) = (format!("{}_bucket", of.declaration.prometheus_name()), count_of(of).metric());
    // Prometheus 3 stores every scraped bound with a decimal point, as Rust's `Debug` writes it.
    let bound = Key::LE.is(&format!("{:?}", bound.value));
    Windowless::new(move |window| {
        PerGroup::new(move |keys| {
            let quick = Expression::over("rate", buckets, window).only(&bound);
            divided(quick, Expression::over("rate", count, window), keys)
        })
    })
}

fn divided(part: Expression, whole: Expression, keys: &[Key]) -> Expression {
    let summed = |side: Expression| side.aggregate("sum", keys.iter().copied());
    summed(part).binary(Operator::DividedBy, summed(whole))
}
