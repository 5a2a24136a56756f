//! What a query's value measures, and the thresholds that it can be compared with.

use std::marker::PhantomData;

use signals::units::{Bytes, Each, Ratio, Seconds};

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
    /// Seconds of work a second: how many processors, threads or devices are busy.
    Utilisation,
    BytesPerSecond,
    /// 1 for yes, 0 for no.
    State,
}

/// What a query's value measures, as a type.
pub trait Dimension: 'static {
    /// The same as data.
    const MEASURE: Measure;
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

/// So much a second.
#[derive(Clone, Copy, Debug)]
pub struct PerSecond<U>(PhantomData<U>);

macro_rules! dimensions {
    ($($Type:ty => $Measure:ident),+ $(,)?) => {
        $(impl Dimension for $Type { const MEASURE: Measure = Measure::$Measure; })+
    };
}

dimensions! {
    Seconds => Seconds, Bytes => Bytes, Ratio => Ratio, Each => Count, Percent => Percent, Up => State,
    PerSecond<Each> => CountPerSecond, PerSecond<Seconds> => Utilisation, PerSecond<Bytes> => BytesPerSecond,
}

impl Additive for Bytes {}
impl Additive for Each {}
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

/// Does not answer.
pub const DOWN: Threshold<Up> = Threshold::new(0.0);
