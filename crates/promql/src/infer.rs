//! What can be known of a query's value before any sample exists: an abstract interpreter over its tree.
//!
//! Each node has a [`Vector`]: which labels its series carry, and between which numbers its values lie. What is not known is open, and
//! an open thing contradicts nothing. Each concern has a file; kinds, units, numbers of series and presence will be further fields.

mod aggregation;
mod functions;
mod labels;
mod matching;
mod range;

use promql_parser::{
    label::{MatchOp, Matchers},
    parser::{Expr, VectorSelector},
};

pub(crate) use labels::{Label, Labels, Values};
pub(crate) use matching::{Sides, divided_by_itself};
pub(crate) use range::Range;

use crate::Symbols;

/// What is known of the series of a node.
#[derive(Clone, Debug, Default)]
pub(crate) struct Vector {
    pub(crate) labels: Labels,
    pub(crate) range: Range,
}

impl Vector {
    /// Nothing is known.
    pub(crate) fn unknown() -> Self {
        Self { labels: Labels::unknown(), range: Range::default() }
    }

    /// A number, which has no labels.
    fn number(value: f64) -> Self {
        Self { labels: Labels::default(), range: Range::exactly(value) }
    }

    fn with_range(self, range: Range) -> Self {
        Self { range, ..self }
    }
}

/// What is known of an expression's value.
pub(crate) fn of(expression: &Expr, symbols: &Symbols) -> Vector {
    match expression {
        Expr::NumberLiteral(number) => Vector::number(number.val),
        Expr::StringLiteral(_) => Vector::default(),
        Expr::VectorSelector(selector) => of_selector(selector, symbols),
        Expr::MatrixSelector(selector) => of_selector(&selector.vs, symbols),
        Expr::Paren(paren) => of(&paren.expr, symbols),
        Expr::Subquery(subquery) => of(&subquery.expr, symbols),
        Expr::Unary(unary) => {
            let inner = of(&unary.expr, symbols);
            Vector { labels: inner.labels, range: inner.range.negated() }
        }
        Expr::Aggregate(aggregate) => aggregation::of(aggregate, symbols),
        Expr::Call(call) => functions::of(call, symbols),
        Expr::Binary(binary) => matching::of(binary, symbols),
        Expr::Extension(_) => Vector::unknown(),
    }
}

/// The series of a metric, narrowed by the matchers.
fn of_selector(selector: &VectorSelector, symbols: &Symbols) -> Vector {
    let Some(metric) = selector.name.as_deref().and_then(|name| symbols.get(name)) else { return Vector::unknown() };
    Vector { labels: narrowed(metric.labels.clone(), &selector.matchers), range: metric.range.clone() }
}

fn narrowed(mut labels: Labels, matchers: &Matchers) -> Labels {
    for matcher in &matchers.matchers {
        if let Some(label) = labels.keys.get_mut(&matcher.name) {
            if let Values::Known(values) = &mut label.values {
                values.retain(|value| matcher.is_match(value));
            }
            // A value that must be something is there.
            label.always |= matcher.op == MatchOp::Equal && !matcher.value.is_empty();
            label.always |= matches!(matcher.op, MatchOp::Re(_)) && !matcher.is_match("");
            label.always |= matcher.op == MatchOp::NotEqual && matcher.value.is_empty();
            if matcher.op == MatchOp::Equal && !matcher.value.is_empty() {
                label.values = Values::Known([matcher.value.clone()].into());
            }
        }
    }
    labels
}
