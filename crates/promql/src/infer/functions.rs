//! Functions (<https://prometheus.io/docs/prometheus/latest/querying/functions/>).

use promql_parser::{
    label::{MatchOp, Matchers},
    parser::{Call, Expr, value::ValueType},
};

use super::{Label, Labels, Range, Values, Vector};
use crate::Symbols;

pub(super) fn of(call: &Call, symbols: &Symbols) -> Vector {
    let inner = argument(call).map_or_else(Vector::default, |argument| super::of(argument, symbols));
    let number = |position: usize| match call.args.args.get(position).map(|argument| &**argument) {
        Some(Expr::NumberLiteral(number)) => Some(number.val),
        _ => None,
    };
    match call.func.name {
        "rate" | "irate" | "increase" | "resets" | "changes" => {
            inner.with_range(Range::at_least(0.0).because("growth is never negative"))
        }
        "delta" | "idelta" | "deriv" | "predict_linear" | "double_exponential_smoothing" => {
            inner.with_range(Range::default())
        }
        "sum_over_time" => {
            let range = if inner.range.low >= 0.0 { Range::at_least(0.0) } else { Range::default() };
            inner.with_range(range)
        }
        "count_over_time" => inner.with_range(Range::at_least(1.0).because("what is not there is not counted")),
        "present_over_time" => inner.with_range(Range::exactly(1.0).because("`present_over_time` is 1, or absent")),
        "stddev_over_time" | "stdvar_over_time" => inner.with_range(Range::at_least(0.0)),
        "histogram_quantile" => {
            let range = quantile_of(call, symbols);
            Vector { labels: inner.labels.without("le"), range }
        }
        "absent" | "absent_over_time" => {
            let labels = argument(call).map_or_else(Labels::default, fixed);
            Vector { labels, range: Range::exactly(1.0).because("`absent` is 1, or absent") }
        }
        "label_replace" | "label_join" => Vector { labels: with_target(inner.labels, call), range: inner.range },
        "vector" => Vector { labels: Labels::default(), range: inner.range },
        "scalar" => Vector { labels: Labels::default(), range: Range::default() },
        "time" => Vector { labels: Labels::default(), range: Range::at_least(0.0) },
        "timestamp" => inner.with_range(Range::at_least(0.0)),
        "abs" => {
            let reach = inner.range.low.abs().max(inner.range.high.abs());
            let low = if inner.range.low <= 0.0 && inner.range.high >= 0.0 {
                0.0
            } else {
                inner.range.low.abs().min(inner.range.high.abs())
            };
            let why = inner.range.why.clone();
            inner.with_range(Range { low, high: reach, why })
        }
        "clamp_min" => match number(1) {
            Some(least) => {
                let range = Range {
                    low: inner.range.low.max(least),
                    high: inner.range.high.max(least),
                    why: inner.range.why.clone(),
                };
                inner.with_range(range)
            }
            None => inner.with_range(Range::default()),
        },
        "clamp_max" => match number(1) {
            Some(most) => {
                let range = Range {
                    low: inner.range.low.min(most),
                    high: inner.range.high.min(most),
                    why: inner.range.why.clone(),
                };
                inner.with_range(range)
            }
            None => inner.with_range(Range::default()),
        },
        "sgn" => inner.with_range(Range::between(-1.0, 1.0, "`sgn` is -1, 0 or 1", "compare with one of them")),
        "minute" => clock(inner, 59.0),
        "hour" => clock(inner, 23.0),
        "day_of_week" => clock(inner, 6.0),
        // What keeps its values: the mean, the least, the most and the last of them lie where they lie.
        "avg_over_time" | "min_over_time" | "max_over_time" | "last_over_time" | "first_over_time"
        | "quantile_over_time" | "sort" | "sort_desc" | "sort_by_label" | "sort_by_label_desc" => inner,
        _ => inner.with_range(Range::default()),
    }
}

fn clock(inner: Vector, highest: f64) -> Vector {
    inner.with_range(Range::between(
        0.0,
        highest,
        format!("it goes from 0 to {highest}"),
        "compare with a value of the clock",
    ))
}

/// The argument whose series the result keeps.
fn argument(call: &Call) -> Option<&Expr> {
    let arguments = || call.args.args.iter().map(|argument| &**argument);
    arguments()
        .find(|argument| matches!(argument.value_type(), ValueType::Vector | ValueType::Matrix))
        .or_else(|| arguments().next())
}

/// The values of a quantile lie within the buckets: it never exceeds the highest finite bound.
fn quantile_of(call: &Call, symbols: &Symbols) -> Range {
    let known = || {
        let phi = call.args.args.first().map(|argument| &**argument);
        if !matches!(phi, Some(Expr::NumberLiteral(phi)) if (0.0..=1.0).contains(&phi.val)) {
            return None;
        }
        let name = metric(call.args.args.last()?)?;
        let metric = symbols.get(name)?;
        let (first, last) = (*metric.bounds.first()?, *metric.bounds.last()?);
        let reason = format!(
            "a quantile never exceeds the highest finite bucket, and {name} ends at {last} ({})",
            metric.declared
        );
        let help = format!("compare with less than {last}, or give the histogram a higher bucket");
        Some(Range::between(first.min(0.0), last, reason, help))
    };
    known().unwrap_or_default()
}

/// The first metric that an expression reads.
fn metric(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::VectorSelector(selector) => selector.name.as_deref(),
        Expr::MatrixSelector(selector) => selector.vs.name.as_deref(),
        Expr::Paren(paren) => metric(&paren.expr),
        Expr::Aggregate(aggregate) => metric(&aggregate.expr),
        Expr::Call(call) => call.args.args.iter().find_map(|argument| metric(argument)),
        _ => None,
    }
}

/// The labels that `absent` makes: those that equality matchers fix.
fn fixed(expression: &Expr) -> Labels {
    let matchers: &Matchers = match expression {
        Expr::VectorSelector(selector) => &selector.matchers,
        Expr::MatrixSelector(selector) => &selector.vs.matchers,
        Expr::Paren(paren) => return fixed(&paren.expr),
        _ => return Labels::default(),
    };
    let equal = matchers.matchers.iter().filter(|matcher| matcher.op == MatchOp::Equal && !matcher.value.is_empty());
    let label = |value: &str| Label { always: true, values: Values::Known([value.to_owned()].into()) };
    let keys = equal.map(|matcher| (matcher.name.clone(), label(&matcher.value)));
    Labels { keys: keys.collect(), others: false }
}

/// The label that `label_replace` and `label_join` write is there if it comes to something.
fn with_target(mut labels: Labels, call: &Call) -> Labels {
    match call.args.args.get(1).map(|argument| &**argument) {
        Some(Expr::StringLiteral(target)) => {
            labels.keys.insert(target.val.clone(), Label::perhaps());
        }
        _ => labels.others = true,
    }
    labels
}
