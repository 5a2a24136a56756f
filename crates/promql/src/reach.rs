//! How high a query's value can be: a percentile never exceeds the highest finite bucket, a share never exceeds 1
//! (<https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile>).

use promql_parser::parser::{BinaryExpr, Expr, LabelModifier};

use crate::Symbols;

/// A value that is never exceeded, and why.
#[derive(Clone, Debug)]
pub(crate) struct Ceiling {
    pub(crate) value: f64,
    pub(crate) why: String,
    /// What would raise it.
    pub(crate) help: String,
}

/// The value that the query never exceeds, if one is known.
pub(crate) fn ceiling(expression: &Expr, symbols: &Symbols) -> Option<Ceiling> {
    match expression {
        Expr::Paren(paren) => ceiling(&paren.expr, symbols),
        Expr::VectorSelector(selector) => symbols.get(selector.name.as_deref()?)?.ceiling.clone(),
        Expr::Call(call) if call.func.name == "histogram_quantile" => top_bucket(call.args.args.last()?, symbols),
        Expr::Aggregate(aggregate) => {
            let operator = aggregate.op.to_string();
            let keeps = ["max", "min", "avg", "topk", "bottomk"].contains(&operator.as_str());
            if keeps { ceiling(&aggregate.expr, symbols) } else { None }
        }
        Expr::Binary(binary) => of_binary(binary, symbols),
        _ => None,
    }
}

fn top_bucket(buckets: &Expr, symbols: &Symbols) -> Option<Ceiling> {
    let name = metric(buckets)?;
    let metric = symbols.get(name)?;
    let value = *metric.bounds.last()?;
    let why =
        format!("a quantile never exceeds the highest finite bucket, and {name} ends at {value} ({})", metric.declared);
    let help = format!("compare with less than {value}, or give the histogram a higher bucket");
    Some(Ceiling { value, why, help })
}

fn of_binary(binary: &BinaryExpr, symbols: &Symbols) -> Option<Ceiling> {
    let operator = binary.op.to_string();
    match (operator.as_str(), &*binary.lhs, &*binary.rhs) {
        ("*", Expr::NumberLiteral(number), other) | ("*", other, Expr::NumberLiteral(number)) if number.val > 0.0 => {
            let inner = ceiling(other, symbols)?;
            Some(Ceiling { value: inner.value * number.val, ..inner })
        }
        ("/", part, whole) if is_share(part, whole) => Some(Ceiling {
            value: 1.0,
            why: "a part of a whole never exceeds 1".to_owned(),
            help: "compare with a share below 1".to_owned(),
        }),
        _ => None,
    }
}

/// Whether one side is the other with narrower matchers, aggregated alike.
fn is_share(part: &Expr, whole: &Expr) -> bool {
    let (Expr::Aggregate(part), Expr::Aggregate(whole)) = (part, whole) else { return false };
    let keys = |modifier: &Option<LabelModifier>| format!("{modifier:?}");
    let alike = part.op == whole.op && part.op.to_string() == "sum" && keys(&part.modifier) == keys(&whole.modifier);
    let (Expr::Call(part), Expr::Call(whole)) = (&*part.expr, &*whole.expr) else { return false };
    let (Some(from), Some(to)) = (part.args.first(), whole.args.first()) else { return false };
    let (Expr::MatrixSelector(from), Expr::MatrixSelector(to)) = (&*from, &*to) else { return false };
    let narrower = to.vs.matchers.matchers.iter().all(|matcher| from.vs.matchers.matchers.contains(matcher));
    alike && part.func.name == whole.func.name && from.vs.name == to.vs.name && from.range == to.range && narrower
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
