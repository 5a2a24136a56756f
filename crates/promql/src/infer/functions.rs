//! Functions (<https://prometheus.io/docs/prometheus/latest/querying/functions/>).

use std::collections::BTreeMap;

use super::{Inference, Label, Labels, Presence, Range, Shape, Values, Vector, aggregation};
use crate::{
    Code,
    symbols::{METRIC_NAME, Named},
    syntax::{Call, Expr, MatchOperator, Matcher, ValueType, VectorSelector},
};

pub(super) fn of<'a>(call: &'a Call, inference: &Inference<'a>) -> Vector {
    let argument = argument(call).map(|argument| inference.of(argument));
    // Without an argument a function says something of the moment, and says it always.
    let inner = argument.map_or_else(|| Vector::scalar(Range::default()), |argument| Vector::clone(&argument));
    let number = |position: usize| inference.of(call.args.get(position)?).range.number();
    let range = inner.range.clone();
    match call.func.name {
        "rate" | "irate" | "increase" if range.low >= 0.0 => {
            let growth = Range::at_least(0.0).or_nan(range.nan).because("growth is never negative");
            inner.with_range(growth).at_best(Presence::Measured)
        }
        // Of what is there only once nothing can be said.
        "rate"
        | "irate"
        | "increase"
        | "delta"
        | "idelta"
        | "deriv"
        | "predict_linear"
        | "double_exponential_smoothing" => inner.with_range(Range::default()).at_best(Presence::Measured),
        "resets" | "changes" => inner.with_range(Range::at_least(0.0).because("a number of times is never negative")),
        "sum_over_time" if range.low >= 0.0 => inner.with_range(Range::at_least(0.0).or_nan(range.nan)),
        "count_over_time" => {
            inner.with_range(Range::at_least(1.0).telling_presence().because("what is not there is not counted"))
        }
        "present_over_time" => {
            inner.with_range(Range::exactly(1.0).telling_presence().because("`present_over_time` is 1, or absent"))
        }
        "stddev_over_time" | "stdvar_over_time" | "mad_over_time" => {
            inner.with_range(Range::at_least(0.0).or_nan(true))
        }
        "histogram_quantile" => {
            let range = quantile_of(call, inference);
            // What has no buckets has no quantile.
            Vector::new(inner.labels.without(&["le".to_owned()]), range, inner.presence.and(Presence::Measured))
        }
        "histogram_fraction" => {
            let range = Range::between(0.0, 1.0, "a part of a whole lies between 0 and 1", "compare with a share");
            let labels = inner.labels.without(&["le".to_owned()]);
            Vector::new(labels, range.or_nan(true), Presence::WhenSo)
        }
        // Only native histograms have them.
        "histogram_avg" | "histogram_count" | "histogram_sum" | "histogram_stddev" | "histogram_stdvar" => {
            inner.with_range(Range::default()).at_best(Presence::WhenSo)
        }
        "absent" | "absent_over_time" => {
            let labels = call.args.first().map_or_else(Labels::none, fixed);
            let range = Range::exactly(1.0).telling_presence().because("`absent` is 1, or absent");
            Vector::new(labels, range, Presence::WhenSo)
        }
        "label_replace" | "label_join" => Vector { labels: with_target(&inner.labels, call), ..inner },
        "info" => Vector { labels: inner.labels.and_others(), ..inner },
        "histogram_quantiles" => Vector { labels: inner.labels.and_others(), ..inner.with_range(Range::default()) },
        "vector" => Vector::scalar(range),
        // Of many series, or of none, it makes no number.
        "scalar" => Vector::scalar(range.or_nan(true)),
        "time" => Vector::scalar(Range::at_least(0.0)),
        "pi" => Vector::scalar(Range::exactly(std::f64::consts::PI)),
        "timestamp" => inner.with_range(Range::at_least(0.0)),
        "abs" => inner.with_range(range.magnitude()),
        "ceil" => inner.with_range(range.rising(f64::ceil)),
        "floor" => inner.with_range(range.rising(f64::floor)),
        "sqrt" | "ln" | "log2" | "log10" if range.low >= 0.0 => {
            let function = match call.func.name {
                "sqrt" => f64::sqrt,
                "ln" => f64::ln,
                "log2" => f64::log2,
                _ => f64::log10,
            };
            inner.with_range(range.rising(function).rounded())
        }
        "clamp_min" => {
            let range = number(1).map(|least| range.rising(|value| value.max(least)));
            inner.with_range(range.unwrap_or_default())
        }
        "clamp_max" => {
            let range = number(1).map(|most| range.rising(|value| value.min(most)));
            inner.with_range(range.unwrap_or_default())
        }
        "clamp" => {
            let ends = number(1).zip(number(2)).filter(|(least, most)| least <= most);
            let range = ends.map(|(least, most)| range.rising(|value| value.clamp(least, most)));
            // Between ends that are crossed nothing lies.
            let presence = if range.is_some() { Presence::Always } else { Presence::WhenSo };
            inner.with_range(range.unwrap_or_default()).at_best(presence)
        }
        "sgn" => {
            let signs = Range::between(-1.0, 1.0, "`sgn` is -1, 0 or 1", "compare with one of them");
            inner.with_range(signs.or_nan(range.nan))
        }
        "minute" => clock(inner, 0.0, 59.0),
        "hour" => clock(inner, 0.0, 23.0),
        "day_of_week" => clock(inner, 0.0, 6.0),
        "day_of_month" => clock(inner, 1.0, 31.0),
        "day_of_year" => clock(inner, 1.0, 366.0),
        "days_in_month" => clock(inner, 28.0, 31.0),
        "month" => clock(inner, 1.0, 12.0),
        "quantile_over_time" if !call.args.first().is_some_and(|phi| aggregation::is_share(inference, phi)) => {
            inner.with_range(Range::default())
        }
        "quantile_over_time" => inner.with_range(range.interpolated()),
        // What keeps its values: the mean, the least, the most and the last of them lie where they lie.
        "avg_over_time" | "min_over_time" | "max_over_time" | "last_over_time" | "first_over_time" | "sort"
        | "sort_desc" | "sort_by_label" | "sort_by_label_desc" => inner,
        _ => inner.with_range(Range::default()),
    }
}

fn clock(inner: Vector, lowest: f64, highest: f64) -> Vector {
    let reason = format!("it goes from {lowest} to {highest}");
    inner.with_range(Range::between(lowest, highest, reason, "compare with a value of the clock"))
}

/// The argument whose series the result keeps.
fn argument(call: &Call) -> Option<&Expr> {
    let arguments = || call.args.iter();
    arguments()
        .find(|argument| matches!(argument.value_type(), ValueType::Vector | ValueType::Matrix))
        .or_else(|| arguments().next())
}

/// The values of a quantile lie within the buckets: it never exceeds the highest finite bound. Without measurements it is no number.
fn quantile_of<'a>(call: &'a Call, inference: &Inference<'a>) -> Range {
    let known = || {
        if !aggregation::is_share(inference, call.args.first()?) {
            return None;
        }
        let Named::Known(name, metric) = inference.symbols.named(selector(call.args.last()?)?) else {
            return None;
        };
        let (first, last) = (*metric.bounds.first()?, *metric.bounds.last()?);
        let reason = format!(
            "a quantile never exceeds the highest finite bucket, and {name} ends at {last} ({})",
            metric.declared
        );
        let help = format!("compare with less than {last}, or give the histogram a higher bucket");
        Some(Range::between(first.min(0.0), last, reason, help).or_nan(true).beyond(Code::ThresholdBeyondBuckets))
    };
    known().unwrap_or_default()
}

/// The series that an expression of one metric reads.
fn selector(expression: &Expr) -> Option<&VectorSelector> {
    match expression {
        Expr::VectorSelector(read) => Some(read),
        Expr::MatrixSelector(read) => Some(&read.vs),
        Expr::Paren(paren) => selector(&paren.expr),
        Expr::Aggregate(aggregate) => selector(&aggregate.expr),
        Expr::Call(call) => call.args.iter().find_map(selector),
        _ => None,
    }
}

/// The labels that `absent` makes: those that one equality fixes, and nothing else is said of.
fn fixed(expression: &Expr) -> Labels {
    let matchers: &[Matcher] = match expression {
        Expr::VectorSelector(selector) => &selector.matchers,
        Expr::MatrixSelector(selector) => &selector.vs.matchers,
        Expr::Paren(paren) => return fixed(&paren.expr),
        _ => return Labels::none(),
    };
    let mut keys = BTreeMap::new();
    let mut named = Vec::new();
    for matcher in matchers.iter().filter(|matcher| matcher.name != METRIC_NAME) {
        let is_first = matcher.op == MatchOperator::Equal && !named.contains(&&matcher.name);
        if is_first {
            named.push(&matcher.name);
        }
        if is_first && !matcher.value.is_empty() {
            keys.insert(matcher.name.clone(), Label { always: true, values: Values::one(&matcher.value) });
        } else {
            keys.remove(&matcher.name);
        }
    }
    Shape { keys, others: false }.into()
}

/// The label that `label_replace` and `label_join` write is there if it comes to something.
fn with_target(labels: &Labels, call: &Call) -> Labels {
    match call.args.get(1) {
        Some(Expr::StringLiteral(target)) => labels.with(&target.value, &Label::perhaps()),
        _ => labels.and_others(),
    }
}
