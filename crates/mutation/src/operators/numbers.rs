//! Mistakes in numbers.

use promql::syntax::{Aggregator, Expr, NumberLiteral};

use crate::{Edit, Site, operator::Made};

/// By how much numbers are wrong when a unit is.
const FACTORS: [f64; 4] = [10.0, 60.0, 100.0, 1000.0];
/// Quantiles that people ask for.
const QUANTILES: [f64; 4] = [0.5, 0.9, 0.95, 0.99];

fn number<'a>(site: &Site<'a>) -> Option<&'a NumberLiteral> {
    match site.node {
        Expr::NumberLiteral(number) => Some(number),
        _ => None,
    }
}

/// Whether the number says how many series are picked.
fn picks(site: &Site<'_>) -> bool {
    matches!(site.parent, Some(Expr::Aggregate(aggregate)) if aggregate.op.picks())
}

/// Whether the number is a quantile.
fn is_quantile(site: &Site<'_>) -> bool {
    let first = |args: &[Expr]| args.first().is_some_and(|first| std::ptr::eq(first, site.node));
    match site.parent {
        Some(Expr::Aggregate(aggregate)) => {
            aggregate.op == Aggregator::Quantile
                && aggregate.param.as_ref().is_some_and(|param| std::ptr::eq(param, site.node))
        }
        Some(Expr::Call(call)) => call.func.name.contains("quantile") && first(&call.args),
        _ => false,
    }
}

fn written(number: &NumberLiteral, value: f64) -> Edit {
    // What a computer makes of 0.3 / 10 nobody writes.
    let value = (value * 1e12).round() / 1e12;
    Edit::new(number.place.0, value.to_string())
}

pub(crate) fn scale(site: &Site<'_>) -> Made {
    let Some(number) = number(site).filter(|number| number.value != 0.0) else { return Vec::new() };
    let scaled = FACTORS.into_iter().flat_map(|factor| [number.value * factor, number.value / factor]);
    // Only whole series can be picked.
    scaled.filter(|value| !picks(site) || *value >= 1.0).map(|value| written(number, value)).collect()
}

pub(crate) fn shift(site: &Site<'_>) -> Made {
    let Some(number) = number(site) else { return Vec::new() };
    let values = if picks(site) { vec![number.value + 1.0, 1.0] } else { vec![number.value + 1.0, 0.0, -number.value] };
    values.into_iter().filter(|value| *value != number.value).map(|value| written(number, value)).collect()
}

pub(crate) fn quantile(site: &Site<'_>) -> Made {
    let Some(number) = number(site).filter(|_| is_quantile(site)) else { return Vec::new() };
    let others = QUANTILES.into_iter().chain([1.0 - number.value]).filter(|other| *other != number.value);
    others.map(|other| written(number, other)).collect()
}
