//! What kind of number a value is, and in which unit: what may be added to what, compared with what, averaged and summed.

use super::Inference;
use crate::{
    Unit,
    symbols::Named,
    syntax::{Aggregate, Aggregator, Binary, BinaryOperator, Call, Expr, VectorSelector},
};

/// What kind of number it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nobody knows.
    #[default]
    Unknown,
    /// It only grows, until a restart.
    Counter,
    /// How many measurements were no more than a bucket's bound, ever.
    Buckets,
    /// How much a counter grew.
    Growth,
    /// How much buckets grew.
    BucketGrowth,
    /// It rises and falls.
    Gauge,
    /// 1 for yes, 0 for no.
    State,
    /// A quantile of measurements.
    Quantile,
    /// Growth divided by growth: a share or a mean that says nothing of how many there were.
    Quotient,
    /// Seconds since 1970.
    Timestamp,
    /// 1 always: it is there for its labels.
    Info,
    /// Measurements in one sample, without buckets of their own.
    NativeHistogram,
    /// A number that stands there.
    Number,
    /// Reckoned out of others.
    Plain,
}

/// A number's kind and unit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Measured {
    pub(crate) kind: Kind,
    /// Nothing when it is not known.
    pub(crate) unit: Option<Unit>,
    /// What was measured, of buckets and native histograms.
    pub(crate) observed: Option<Unit>,
    /// By which numbers it was multiplied; nothing when they are not known. To multiply by 1000 may be to convert.
    pub(crate) factor: Option<f64>,
}

/// Two units that were put together and do not agree.
pub(crate) struct Disagreement {
    pub(crate) left: String,
    pub(crate) right: String,
    pub(crate) is_certain: bool,
}

impl Kind {
    /// What is left of it when others of it were taken into account.
    const fn or(self, other: Self) -> Self {
        if self as u8 == other as u8 { self } else { Self::Unknown }
    }

    /// Whether it only grows.
    pub(crate) const fn grows(self) -> bool {
        matches!(self, Self::Counter | Self::Buckets)
    }

    /// Whether it is made of rates.
    pub(crate) const fn is_reckoned(self) -> bool {
        matches!(self, Self::Growth | Self::BucketGrowth | Self::Quotient | Self::Quantile)
    }

    /// Whether it certainly is no counter and no histogram.
    pub(crate) const fn shrinks(self) -> bool {
        !matches!(self, Self::Counter | Self::Buckets | Self::NativeHistogram | Self::Unknown)
    }

    /// Whether it is the same kind of number when a constant multiplied it.
    const fn survives_factors(self) -> bool {
        matches!(
            self,
            Self::Quantile
                | Self::Quotient
                | Self::Growth
                | Self::BucketGrowth
                | Self::Counter
                | Self::Gauge
                | Self::Timestamp
        )
    }
}

impl Measured {
    pub(crate) fn new(kind: Kind, unit: Option<Unit>) -> Self {
        Self { kind, unit, observed: None, factor: Some(1.0) }
    }

    fn count() -> Self {
        Self::new(Kind::Plain, Some(Unit::one()))
    }

    fn with_kind(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    fn with_unit(self, unit: Option<Unit>) -> Self {
        Self { unit, ..self }
    }

    /// Of values that are either this or that.
    pub(crate) fn or(self, other: Self) -> Self {
        let same = |ours: Option<Unit>, theirs: Option<Unit>| if ours == theirs { ours } else { None };
        Self {
            kind: self.kind.or(other.kind),
            unit: same(self.unit, other.unit),
            observed: same(self.observed, other.observed),
            factor: if self.factor == other.factor { self.factor } else { None },
        }
    }

    /// What a number of this kind comes to when a constant multiplies it.
    fn multiplied(self, by: Option<f64>) -> Self {
        let kind = if self.kind == Kind::Number || self.kind.survives_factors() { self.kind } else { Kind::Plain };
        let factor = self.factor.zip(by).map(|(ours, by)| ours * by);
        Self { kind, factor, ..self }
    }

    /// Whether two numbers may be added or compared; what stands in the way.
    pub(crate) fn disagreement(&self, other: &Self) -> Option<Disagreement> {
        if [self.kind, other.kind].contains(&Kind::Number) {
            return None;
        }
        let (left, right) = (self.unit.as_ref()?, other.unit.as_ref()?);
        let disagree = |is_certain| Some(Disagreement { left: left.to_string(), right: right.to_string(), is_certain });
        let is_converted = self.factor != Some(1.0) || other.factor != Some(1.0);
        if !left.measures_same(right) {
            // The number that one was multiplied by may be measured in something, mostly in seconds.
            let is_by_time = is_converted && left.per(right).is_of_time();
            return if is_by_time { None } else { disagree(!is_converted && left.certainly_differs(right)) };
        }
        if is_converted || (left.scale() / right.scale() - 1.0).abs() < 1e-9 {
            return None;
        }
        disagree(left.certainly_differs(right))
    }
}

/// What is known of an expression's numbers.
pub(super) fn of<'a>(expression: &'a Expr, inference: &Inference<'a>) -> Measured {
    let inner = |expression: &'a Expr| inference.of(expression).measured.clone();
    match expression {
        Expr::NumberLiteral(_) => Measured::new(Kind::Number, Some(Unit::one())),
        Expr::StringLiteral(_) => Measured::default(),
        Expr::VectorSelector(selector) => of_selector(selector, inference),
        Expr::MatrixSelector(selector) => of_selector(&selector.vs, inference),
        Expr::Paren(paren) => inner(&paren.expr),
        Expr::Subquery(subquery) => inner(&subquery.expr),
        Expr::Unary(unary) => inner(&unary.expr).multiplied(Some(if unary.is_negative { -1.0 } else { 1.0 })),
        Expr::Aggregate(aggregate) => of_aggregate(aggregate, inner(&aggregate.expr)),
        Expr::Call(call) => of_call(call, inference),
        Expr::Binary(binary) => of_binary(binary, inner(&binary.lhs), inner(&binary.rhs), inference),
    }
}

fn of_selector<'a>(selector: &'a VectorSelector, inference: &Inference<'a>) -> Measured {
    match inference.symbols.named(selector) {
        Named::Known(_, metric) => metric.measured.clone(),
        Named::Nobody(name) => Measured::new(Kind::Unknown, Unit::by_name(name)),
        Named::Anything => Measured::default(),
    }
}

fn of_aggregate(aggregate: &Aggregate, inner: Measured) -> Measured {
    match aggregate.op {
        Aggregator::Count | Aggregator::CountValues | Aggregator::Group => Measured::count(),
        Aggregator::Stdvar => Measured { kind: Kind::Plain, unit: squared(&inner), observed: None, factor: None },
        Aggregator::Stddev | Aggregator::Quantile => inner.with_kind(Kind::Plain),
        Aggregator::Sum | Aggregator::Avg if matches!(inner.kind, Kind::State | Kind::Info | Kind::Timestamp) => {
            inner.with_kind(Kind::Plain)
        }
        _ => inner,
    }
}

fn squared(inner: &Measured) -> Option<Unit> {
    inner.unit.as_ref().map(|unit| unit.times(unit))
}

fn of_call<'a>(call: &'a Call, inference: &Inference<'a>) -> Measured {
    let argument = |position: usize| call.args.get(position).map(|argument| inference.of(argument).measured.clone());
    let first = argument(0).unwrap_or_default();
    let last = call.args.len().checked_sub(1).and_then(argument).unwrap_or_default();
    let per_second = |measured: &Measured| measured.unit.as_ref().map(|unit| unit.per(&Unit::seconds()));
    match call.func.name {
        "rate" | "irate" => {
            let unit = per_second(&first);
            Measured { kind: grown(first.kind), unit, ..first }
        }
        "increase" => Measured { kind: grown(first.kind), ..first },
        "deriv" => Measured { kind: Kind::Plain, unit: per_second(&first), observed: None, ..first },
        "delta"
        | "idelta"
        | "predict_linear"
        | "double_exponential_smoothing"
        | "stddev_over_time"
        | "mad_over_time" => first.with_kind(Kind::Plain),
        "stdvar_over_time" | "histogram_stdvar" => Measured { kind: Kind::Plain, unit: squared(&first), ..first },
        "changes" | "resets" | "count_over_time" | "present_over_time" | "absent" | "absent_over_time" | "sgn"
        | "histogram_count" | "histogram_fraction" => Measured::count(),
        "avg_over_time" if first.kind == Kind::State => first.with_kind(Kind::Plain),
        "avg_over_time" | "min_over_time" | "max_over_time" | "last_over_time" | "first_over_time" => first,
        "sum_over_time" => first.with_kind(Kind::Plain),
        "quantile_over_time" => last.with_kind(Kind::Plain),
        "histogram_quantile" => {
            let unit = last.observed.clone();
            Measured { kind: Kind::Quantile, unit, observed: None, ..last }
        }
        "histogram_sum" | "histogram_avg" | "histogram_stddev" => {
            let unit = first.observed.clone();
            Measured { kind: Kind::Plain, unit, observed: None, ..first }
        }
        "sqrt" => Measured { kind: Kind::Plain, unit: first.unit.as_ref().and_then(Unit::root), factor: None, ..first },
        "time"
        | "timestamp"
        | "ts_of_first_over_time"
        | "ts_of_last_over_time"
        | "ts_of_max_over_time"
        | "ts_of_min_over_time" => Measured::new(Kind::Timestamp, Some(Unit::seconds())),
        "pi" => Measured::new(Kind::Number, Some(Unit::one())),
        "abs" | "ceil" | "floor" | "round" | "clamp" | "clamp_min" | "clamp_max" | "sort" | "sort_desc"
        | "sort_by_label" | "sort_by_label_desc" | "label_replace" | "label_join" | "scalar" | "vector" | "info" => {
            first
        }
        _ => Measured { kind: Kind::Plain, ..Measured::default() },
    }
}

const fn grown(kind: Kind) -> Kind {
    match kind {
        Kind::Counter => Kind::Growth,
        Kind::Buckets => Kind::BucketGrowth,
        Kind::NativeHistogram => Kind::NativeHistogram,
        Kind::Unknown => Kind::Unknown,
        _ => Kind::Plain,
    }
}

fn of_binary<'a>(binary: &'a Binary, left: Measured, right: Measured, inference: &Inference<'a>) -> Measured {
    let number = |side: &'a Expr| inference.of(side).range.number();
    let (is_left_number, is_right_number) = (left.kind == Kind::Number, right.kind == Kind::Number);
    match binary.op {
        BinaryOperator::Or => left.or(right),
        BinaryOperator::And | BinaryOperator::Unless => left,
        op if op.is_comparison() && binary.modifier.return_bool => Measured::new(Kind::State, Some(Unit::one())),
        op if op.is_comparison() => {
            if binary.lhs.is_scalar() {
                right
            } else {
                left
            }
        }
        BinaryOperator::Add | BinaryOperator::Sub if is_left_number && is_right_number => left,
        BinaryOperator::Add | BinaryOperator::Sub if is_right_number => shifted(left),
        BinaryOperator::Add | BinaryOperator::Sub if is_left_number => shifted(right),
        BinaryOperator::Add | BinaryOperator::Sub => added(binary.op, left, right),
        BinaryOperator::Mul | BinaryOperator::Div | BinaryOperator::Mod if is_left_number && is_right_number => left,
        BinaryOperator::Mul if is_right_number => left.multiplied(number(&binary.rhs)),
        BinaryOperator::Mul if is_left_number => right.multiplied(number(&binary.lhs)),
        BinaryOperator::Div if is_right_number => left.multiplied(number(&binary.rhs).map(|by| 1.0 / by)),
        BinaryOperator::Mul | BinaryOperator::Div => multiplied(binary.op, &left, &right),
        BinaryOperator::Mod => left.with_kind(Kind::Plain),
        _ => Measured { kind: Kind::Plain, ..Measured::default() },
    }
}

/// A constant was added: `1 - share` is a share still.
fn shifted(measured: Measured) -> Measured {
    let kind = match measured.kind {
        kind @ (Kind::Timestamp | Kind::Quotient | Kind::Quantile | Kind::Unknown) => kind,
        _ => Kind::Plain,
    };
    // The number that was added is measured in what it is added to: after a factor nobody knows in what.
    let factor = measured.factor.filter(|factor| *factor == 1.0);
    Measured { kind, factor, ..measured }
}

fn added(op: BinaryOperator, left: Measured, right: Measured) -> Measured {
    let kind = match (left.kind, right.kind) {
        // The time between two moments.
        (Kind::Timestamp, Kind::Timestamp) if op == BinaryOperator::Sub => Kind::Plain,
        // A moment may be called otherwise than moments are.
        (Kind::Timestamp, _) if op == BinaryOperator::Sub => Kind::Unknown,
        (Kind::Timestamp, _) => Kind::Timestamp,
        (Kind::Growth, Kind::Growth) => Kind::Growth,
        (Kind::BucketGrowth, Kind::BucketGrowth) => Kind::BucketGrowth,
        (Kind::Unknown, _) | (_, Kind::Unknown) => Kind::Unknown,
        _ => Kind::Plain,
    };
    let factor = if left.factor == right.factor { left.factor } else { None };
    let unit = left.unit.zip(right.unit).map(|(ours, _)| ours);
    Measured { kind, unit, observed: None, factor }
}

fn multiplied(op: BinaryOperator, left: &Measured, right: &Measured) -> Measured {
    let is_quotient = op == BinaryOperator::Div;
    let units = left.unit.as_ref().zip(right.unit.as_ref());
    let unit = units.map(|(ours, theirs)| if is_quotient { ours.per(theirs) } else { ours.times(theirs) });
    let kind = match (left.kind, right.kind) {
        (Kind::Growth, Kind::Growth) if is_quotient => Kind::Quotient,
        // Joined for its labels.
        (kind, Kind::Info | Kind::State) if !is_quotient => kind,
        (Kind::Unknown, _) | (_, Kind::Unknown) => Kind::Unknown,
        _ => Kind::Plain,
    };
    let factors = left.factor.zip(right.factor);
    let factor = factors.map(|(ours, theirs)| if is_quotient { ours / theirs } else { ours * theirs });
    Measured::default().with_kind(kind).with_unit(unit).with_factor(factor)
}

impl Measured {
    fn with_factor(self, factor: Option<f64>) -> Self {
        Self { factor, ..self }
    }
}
