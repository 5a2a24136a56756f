//! Aggregations (<https://prometheus.io/docs/prometheus/latest/querying/operators/#aggregation-operators>).

use promql_parser::parser::{AggregateExpr, Expr, LabelModifier};

use super::{Inference, Label, Labels, Range, Vector};

pub(super) fn of<'a>(aggregate: &'a AggregateExpr, inference: &Inference<'a>) -> Vector {
    let inner = inference.of(&aggregate.expr);
    let operator = aggregate.op.to_string();
    let parameter = aggregate.param.as_deref();
    let range = match operator.as_str() {
        "sum" if inner.range.low >= 0.0 => {
            let range = Range::at_least(0.0).or_nan(inner.range.nan);
            let range = if inner.range.tells_presence { range.telling_presence() } else { range };
            range.because("a sum of what is never negative is not negative")
        }
        "sum" => Range::default(),
        "count" | "count_values" => Range::at_least(1.0)
            .telling_presence()
            .because("what is not there is not counted: a count is 1 or more, or absent"),
        "group" => Range::exactly(1.0).telling_presence().because("`group` is always 1"),
        "stddev" | "stdvar" => Range::at_least(0.0).or_nan(true),
        "quantile" if !parameter.is_some_and(|phi| is_share(inference, phi)) => Range::default(),
        _ => inner.range.clone(),
    };
    let labels = match operator.as_str() {
        "topk" | "bottomk" | "limitk" | "limit_ratio" => inner.labels.clone(),
        "count_values" => {
            let grouped = grouped(&inner.labels, aggregate.modifier.as_ref());
            match parameter {
                Some(Expr::StringLiteral(label)) => grouped.with(&label.val, &Label::open()),
                _ => grouped.and_others(),
            }
        }
        _ => grouped(&inner.labels, aggregate.modifier.as_ref()),
    };
    Vector { labels, range, presence: inner.presence }
}

/// Whether a quantile is asked for that there is: one between 0 and 1.
pub(super) fn is_share<'a>(inference: &Inference<'a>, phi: &'a Expr) -> bool {
    inference.of(phi).range.number().is_some_and(|phi| (0.0..=1.0).contains(&phi))
}

fn grouped(labels: &Labels, modifier: Option<&LabelModifier>) -> Labels {
    match modifier {
        None => labels.only(&[]),
        Some(LabelModifier::Include(keys)) => labels.only(&keys.labels),
        Some(LabelModifier::Exclude(keys)) => labels.without(&keys.labels),
    }
}
