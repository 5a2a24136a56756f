//! What a query's value measures, and the thresholds that it can be compared with.

use std::marker::PhantomData;

use signals::units::{Bytes, Each, Ratio, Seconds};

use crate::Unit;

/// What a number measures, as data: for units on axes and for numbers in sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    Seconds,
    Bytes,
    /// A share between 0 and 1.
    Ratio,
    /// A share between 0 and 100.
    Percent,
    /// Things counted one by one.
    Count,
    /// Things a second.
    CountPerSecond,
    /// Things a minute.
    CountPerMinute,
    /// Seconds of work a second: how many processors, threads or devices are busy.
    Utilisation,
    BytesPerSecond,
    /// 1 for yes, 0 for no.
    State,
    /// So many times as much as something else.
    Factor,
}

impl Measure {
    /// The unit that the checker reckons with.
    pub fn unit(self) -> Unit {
        let per_second = |unit: Unit| unit.per(&Unit::seconds());
        match self {
            Measure::Seconds => Unit::seconds(),
            Measure::Bytes => Unit::bytes(),
            Measure::Percent => Unit::percent(),
            Measure::CountPerSecond => per_second(Unit::one()),
            Measure::CountPerMinute => per_second(Unit::one()).scaled(1.0 / 60.0),
            Measure::BytesPerSecond => per_second(Unit::bytes()),
            Measure::Ratio | Measure::Count | Measure::Utilisation | Measure::State | Measure::Factor => Unit::one(),
        }
    }
}

/// What a query's value measures, as a type.
pub trait Dimension: 'static {
    /// The same as data.
    const MEASURE: Measure;
    /// What a mean of such values measures: of states, the share for which it was 1.
    type Average: Dimension;
}

/// A dimension whose values may be summed over series. Shares and percentiles may not.
#[diagnostic::on_unimplemented(
    message = "values of `{Self}` cannot be summed over series",
    note = "a sum of shares or of percentiles means nothing: aggregate before dividing, with `share(…)`, `mean(…)` or `quantile(…)`"
)]
pub trait Additive: Dimension {}

/// A share between 0 and 100, for people who read percentages.
#[derive(Clone, Copy, Debug)]
pub struct Percent;

/// 1 for yes, 0 for no.
#[derive(Clone, Copy, Debug)]
pub struct Up;

/// So many times as much as something else.
#[derive(Clone, Copy, Debug)]
pub struct Factor;

/// So much a second.
#[derive(Clone, Copy, Debug)]
pub struct PerSecond<U>(PhantomData<U>);

/// So much a minute.
#[derive(Clone, Copy, Debug)]
pub struct PerMinute<U>(PhantomData<U>);

macro_rules! dimensions {
    ($($Type:ty => $Measure:ident, on average $Average:ty;)+) => { $(
        impl Dimension for $Type {
            const MEASURE: Measure = Measure::$Measure;
            type Average = $Average;
        }
    )+ };
}

dimensions! {
    Seconds => Seconds, on average Seconds;
    Bytes => Bytes, on average Bytes;
    Ratio => Ratio, on average Ratio;
    Each => Count, on average Each;
    Percent => Percent, on average Percent;
    Up => State, on average Ratio;
    Factor => Factor, on average Factor;
    PerSecond<Each> => CountPerSecond, on average PerSecond<Each>;
    PerSecond<Seconds> => Utilisation, on average Ratio;
    PerSecond<Bytes> => BytesPerSecond, on average PerSecond<Bytes>;
    PerMinute<Each> => CountPerMinute, on average PerMinute<Each>;
}

impl Additive for Bytes {}
impl Additive for Each {}
impl Additive for Up {}
impl<U: 'static> Additive for PerSecond<U> where PerSecond<U>: Dimension {}

/// A number that a query of the same dimension can be compared with.
#[derive(Debug)]
pub struct Threshold<D> {
    pub(crate) value: f64,
    dimension: PhantomData<fn() -> D>,
}

impl<D> Clone for Threshold<D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D> Copy for Threshold<D> {}

impl<D> Threshold<D> {
    /// Nothing, which is the same in every unit.
    pub(crate) const ZERO: Self = Self::new(0.0);

    const fn new(value: f64) -> Self {
        Self { value, dimension: PhantomData }
    }

    /// The number, in the dimension's base unit.
    pub const fn value(self) -> f64 {
        self.value
    }
}

/// A time.
pub const fn seconds(value: f64) -> Threshold<Seconds> {
    Threshold::new(value)
}

/// A share, from 0 to 100.
pub const fn percent(value: f64) -> Threshold<Ratio> {
    Threshold::new(value / 100.0)
}

/// So many bytes.
pub const fn bytes(value: f64) -> Threshold<Bytes> {
    Threshold::new(value)
}

/// So many things.
pub const fn count(value: f64) -> Threshold<Each> {
    Threshold::new(value)
}

/// So many things a second.
pub const fn per_second(value: f64) -> Threshold<PerSecond<Each>> {
    Threshold::new(value)
}

/// So much of a whole, from 0 to 1.
pub const fn ratio(value: f64) -> Threshold<Ratio> {
    Threshold::new(value)
}

/// So many seconds of work a second: processors, threads or devices that are busy.
pub const fn busy(value: f64) -> Threshold<PerSecond<Seconds>> {
    Threshold::new(value)
}

/// Answers.
pub const UP: Threshold<Up> = Threshold::new(1.0);

/// Does not answer.
pub const DOWN: Threshold<Up> = Threshold::new(0.0);
