//! Mistakes in aggregations and functions.

use promql::syntax::{Aggregator, Expr, ValueType};

use crate::{Edit, Site, operator::Made};

/// Aggregations that take one thing and answer a number.
const PLAIN: [Aggregator; 5] = [Aggregator::Sum, Aggregator::Avg, Aggregator::Min, Aggregator::Max, Aggregator::Count];

/// What is put in place of a function. Where only presence counts, another number for presence would be no mistake.
const FUNCTIONS: &[(&str, &[&str])] = &[
    ("rate", &["increase", "irate", "delta", "deriv"]),
    ("irate", &["rate", "idelta"]),
    ("increase", &["rate", "irate", "delta", "changes"]),
    ("delta", &["increase", "deriv", "idelta"]),
    ("deriv", &["delta", "rate"]),
    ("changes", &["resets", "delta", "count_over_time"]),
    ("resets", &["changes"]),
    ("avg_over_time", &["min_over_time", "max_over_time", "sum_over_time", "last_over_time"]),
    ("min_over_time", &["max_over_time", "avg_over_time", "last_over_time"]),
    ("max_over_time", &["min_over_time", "avg_over_time", "last_over_time", "sum_over_time"]),
    ("sum_over_time", &["avg_over_time", "max_over_time", "count_over_time"]),
    ("count_over_time", &["sum_over_time", "present_over_time"]),
    ("last_over_time", &["max_over_time", "avg_over_time"]),
    ("present_over_time", &["absent_over_time"]),
    ("absent_over_time", &["present_over_time"]),
    ("clamp_min", &["clamp_max"]),
    ("clamp_max", &["clamp_min"]),
    ("ceil", &["floor"]),
    ("floor", &["ceil"]),
    ("abs", &["sgn", "ceil"]),
    ("absent", &["count"]),
];

/// Leaving these out changes only the order.
const SORTING: [&str; 2] = ["sort", "sort_desc"];

pub(crate) fn aggregation(site: &Site<'_>) -> Made {
    let Expr::Aggregate(aggregate) = site.node else { return Vec::new() };
    let others: Vec<Aggregator> = match aggregate.op {
        Aggregator::Topk => vec![Aggregator::Bottomk],
        Aggregator::Bottomk => vec![Aggregator::Topk],
        op if PLAIN.contains(&op) => PLAIN.into_iter().filter(|other| *other != op).collect(),
        _ => Vec::new(),
    };
    others.into_iter().map(|other| Edit::new(aggregate.op_place.0, other.as_str())).collect()
}

pub(crate) fn drop_aggregation(site: &Site<'_>) -> Made {
    let Expr::Aggregate(aggregate) = site.node else { return Vec::new() };
    vec![Edit::new(aggregate.place.0, format!("({})", site.text(&aggregate.expr)))]
}

pub(crate) fn function(site: &Site<'_>) -> Made {
    let Expr::Call(call) = site.node else { return Vec::new() };
    let others = FUNCTIONS.iter().find(|(name, _)| *name == call.func.name).map_or(&[][..], |(_, others)| *others);
    others.iter().map(|other| Edit::new(call.name_place.0, *other)).collect()
}

pub(crate) fn drop_function(site: &Site<'_>) -> Made {
    let Expr::Call(call) = site.node else { return Vec::new() };
    let Some(inner) = call.args.first().filter(|inner| inner.value_type() == ValueType::Vector) else {
        return Vec::new();
    };
    if SORTING.contains(&call.func.name) {
        return Vec::new();
    }
    vec![Edit::new(call.place.0, format!("({})", site.text(inner)))]
}
