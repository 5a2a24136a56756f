//! Aggregations (<https://prometheus.io/docs/prometheus/latest/querying/operators/#aggregation-operators>).

use super::{Inference, Label, Labels, Presence, Range, Vector};
use crate::syntax::{Aggregate, Aggregator, Expr, LabelModifier};

pub(super) fn of<'a>(aggregate: &'a Aggregate, inference: &Inference<'a>) -> Vector {
    let inner = inference.of(&aggregate.expr);
    let parameter = aggregate.param.as_ref();
    let range = match aggregate.op {
        Aggregator::Sum => inner.range.clone().summed(inner.series),
        Aggregator::Count | Aggregator::CountValues => Range::counting(inner.series),
        Aggregator::Group => Range::exactly(1.0).telling_presence().because("`group` is always 1"),
        Aggregator::Stddev | Aggregator::Stdvar => Range::at_least(0.0).or_nan(true),
        Aggregator::Quantile if !parameter.is_some_and(|phi| is_share(inference, phi)) => Range::default(),
        Aggregator::Quantile => inner.range.clone().interpolated(),
        _ => inner.range.clone(),
    };
    let labels = match aggregate.op {
        op if op.picks() => inner.labels.clone(),
        Aggregator::CountValues => {
            let grouped = grouped(&inner.labels, aggregate.modifier.as_ref());
            match parameter {
                Some(Expr::StringLiteral(label)) if drops(aggregate.modifier.as_ref(), &label.value) => grouped,
                Some(Expr::StringLiteral(label)) => grouped.with(&label.value, &Label::open()),
                _ => grouped.and_others(),
            }
        }
        _ => grouped(&inner.labels, aggregate.modifier.as_ref()),
    };
    let presence = match aggregate.op {
        // Of few series nothing may be left.
        Aggregator::LimitRatio => Presence::WhenSo,
        op if op.picks() && !parameter.is_some_and(|it| inference.of(it).range.low >= 1.0) => Presence::WhenSo,
        _ => inner.presence,
    };
    Vector::new(labels, range, presence)
}

/// Whether a quantile is asked for that there is: one between 0 and 1.
pub(super) fn is_share<'a>(inference: &Inference<'a>, phi: &'a Expr) -> bool {
    inference.of(phi).range.number().is_some_and(|phi| (0.0..=1.0).contains(&phi))
}

/// Whether a grouping takes a label away, and be it one that was just made.
fn drops(modifier: Option<&LabelModifier>, key: &str) -> bool {
    matches!(modifier, Some(LabelModifier::Exclude(keys)) if keys.labels.iter().any(|dropped| dropped == key))
}

fn grouped(labels: &Labels, modifier: Option<&LabelModifier>) -> Labels {
    match modifier {
        None => labels.only(&[]),
        Some(LabelModifier::Include(keys)) => labels.only(&keys.labels),
        Some(LabelModifier::Exclude(keys)) => labels.without(&keys.labels),
    }
}
