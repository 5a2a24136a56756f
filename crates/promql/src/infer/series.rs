//! How many series there are at most, and how far back they are read.

use std::time::Duration;

use super::{Inference, Labels};
use crate::{
    symbols::selector_name,
    syntax::{Aggregate, Aggregator, Binary, BinaryOperator, Expr, GroupModifier, Offset, Shift},
};

/// At most so many series; nothing when nobody knows.
pub(super) fn at_most<'a>(expression: &'a Expr, labels: &Labels, inference: &Inference<'a>) -> Option<u64> {
    let inner = |expression: &'a Expr| inference.of(expression).series;
    match expression {
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) => Some(1),
        // Two metrics may have the same labels.
        Expr::VectorSelector(selector) => selector_name(selector).and_then(|_| labels.at_most()),
        Expr::MatrixSelector(selector) => selector_name(&selector.vs).and_then(|_| labels.at_most()),
        Expr::Paren(paren) => inner(&paren.expr),
        // At each step it can be others that are picked.
        Expr::Subquery(_) => labels.at_most(),
        Expr::Unary(unary) => inner(&unary.expr),
        Expr::Aggregate(aggregate) if aggregate.op.picks() => aggregated(aggregate, inference),
        Expr::Aggregate(aggregate) => least(aggregated(aggregate, inference), labels.at_most()),
        Expr::Call(call) => match call.func.name {
            "scalar" | "vector" | "time" | "pi" | "absent" | "absent_over_time" => Some(1),
            "info" | "histogram_quantiles" => None,
            _ => call.args.iter().find(|argument| !argument.is_scalar()).map_or(Some(1), inner),
        },
        Expr::Binary(binary) => of_binary(binary, inner(&binary.lhs), inner(&binary.rhs)),
    }
}

fn aggregated<'a>(aggregate: &'a Aggregate, inference: &Inference<'a>) -> Option<u64> {
    let inner = inference.of(&aggregate.expr).series;
    match aggregate.op {
        Aggregator::CountValues | Aggregator::LimitRatio => inner,
        op if op.picks() => {
            let picked = aggregate.param.as_ref().and_then(|parameter| inference.of(parameter).range.number());
            let picked = picked.filter(|_| aggregate.modifier.is_none()).map(|most| most.max(0.0) as u64);
            least(inner, picked)
        }
        _ if aggregate.modifier.is_none() => Some(1),
        _ => inner,
    }
}

fn of_binary(binary: &Binary, left: Option<u64>, right: Option<u64>) -> Option<u64> {
    if binary.modifier.fill.iter().any(Option::is_some) || binary.op == BinaryOperator::Or {
        return left?.checked_add(right?);
    }
    match (&binary.modifier.grouping, binary.lhs.is_scalar(), binary.rhs.is_scalar()) {
        _ if binary.op.is_set_operator() => left,
        (Some(GroupModifier::Left(_)), ..) | (None, false, true) => left,
        (Some(GroupModifier::Right(_)), ..) | (None, true, _) => right,
        (None, false, false) => least(left, right),
    }
}

fn least(ours: Option<u64>, theirs: Option<u64>) -> Option<u64> {
    match (ours, theirs) {
        (Some(ours), Some(theirs)) => Some(ours.min(theirs)),
        (known, None) | (None, known) => known,
    }
}

/// How far back an expression reads; nothing when that depends on who asks.
pub(crate) fn reach(expression: &Expr) -> Option<Duration> {
    let inner = |expressions: Vec<&Expr>| {
        expressions.into_iter().map(reach).try_fold(Duration::ZERO, |most, reach| Some(most.max(reach?)))
    };
    match expression {
        Expr::VectorSelector(selector) => shifted(&selector.shift),
        Expr::MatrixSelector(selector) => Some(selector.range? + shifted(&selector.vs.shift)?),
        Expr::Subquery(subquery) => Some(subquery.range? + shifted(&subquery.shift)? + reach(&subquery.expr)?),
        other => inner(other.parts()),
    }
}

fn shifted(shift: &Shift) -> Option<Duration> {
    match (shift.at, shift.offset) {
        (None, Offset::Fixed(offset)) => Some(Duration::from_millis(offset.max(0).unsigned_abs())),
        _ => None,
    }
}
