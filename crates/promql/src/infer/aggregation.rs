//! Aggregations (<https://prometheus.io/docs/prometheus/latest/querying/operators/#aggregation-operators>).

use promql_parser::parser::{AggregateExpr, LabelModifier};

use super::{Labels, Range, Vector};
use crate::Symbols;

pub(super) fn of(aggregate: &AggregateExpr, symbols: &Symbols) -> Vector {
    let inner = super::of(&aggregate.expr, symbols);
    let operator = aggregate.op.to_string();
    let range = match operator.as_str() {
        "sum" if inner.range.low >= 0.0 => {
            Range::at_least(0.0).because("a sum of what is never negative is not negative")
        }
        "sum" => Range::default(),
        "count" | "count_values" => {
            Range::at_least(1.0).because("what is not there is not counted: a count is 1 or more, or absent")
        }
        "group" => Range::exactly(1.0).because("`group` is always 1"),
        "stddev" | "stdvar" => Range::at_least(0.0),
        _ => inner.range.clone(),
    };
    let labels = match operator.as_str() {
        "topk" | "bottomk" | "limitk" | "limit_ratio" => inner.labels,
        "count_values" => Labels::unknown(),
        _ => grouped(inner.labels, aggregate.modifier.as_ref()),
    };
    Vector { labels, range }
}

fn grouped(labels: Labels, modifier: Option<&LabelModifier>) -> Labels {
    match modifier {
        None => Labels::default(),
        Some(LabelModifier::Include(keys)) => labels.only(&keys.labels),
        Some(LabelModifier::Exclude(keys)) => keys.labels.iter().fold(labels, |labels, key| labels.without(key)),
    }
}
