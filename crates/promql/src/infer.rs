//! What can be known of a query's value before any sample exists: an abstract interpreter over its tree.
//!
//! Each node has a [`Vector`]: which labels its series carry, between which numbers its values lie, and when there is one. What is not
//! known is open, and an open thing contradicts nothing. Each concern has a file: labels, ranges, presence, kinds and units, numbers of
//! series, shares of a whole.

mod aggregation;
mod functions;
mod labels;
mod matching;
mod measure;
mod presence;
mod range;
pub(crate) mod series;
mod share;

use std::{cell::RefCell, collections::HashMap, rc::Rc};

pub(crate) use labels::{Label, Labels, Shape, Values};
pub(crate) use matching::{Naming, Several, Sides};
pub(crate) use measure::{Kind, Measured};
pub(crate) use presence::Presence;
pub(crate) use range::Range;
pub(crate) use share::divided_by_itself;

use crate::{
    Symbols,
    symbols::{METRIC_NAME, Named},
    syntax::{Aggregate, Expr, Matcher, VectorSelector},
};

/// What is known of the series of a node.
#[derive(Clone, Debug)]
pub(crate) struct Vector {
    pub(crate) labels: Labels,
    pub(crate) range: Range,
    pub(crate) presence: Presence,
    pub(crate) measured: Measured,
    /// At most so many; nothing when nobody knows.
    pub(crate) series: Option<u64>,
}

impl Vector {
    /// Of numbers of which only this is known.
    fn new(labels: Labels, range: Range, presence: Presence) -> Self {
        Self { labels, range, presence, measured: Measured::default(), series: None }
    }

    /// Nothing is known.
    pub(crate) fn unknown() -> Self {
        Self::new(Labels::unknown(), Range::default(), Presence::WhenSo)
    }

    /// One value without labels, which is always there.
    fn scalar(range: Range) -> Self {
        Self::new(Labels::none(), range, Presence::Always)
    }

    fn with_range(self, range: Range) -> Self {
        Self { range, ..self }
    }

    /// The same, which is there no more often than this says.
    fn at_best(self, presence: Presence) -> Self {
        Self { presence: self.presence.and(presence), ..self }
    }
}

/// What is known of the parts of one query. Each is looked into once, however often it is asked about.
pub(crate) struct Inference<'a> {
    symbols: &'a Symbols,
    known: RefCell<HashMap<*const Expr, Rc<Vector>>>,
}

impl<'a> Inference<'a> {
    pub(crate) fn new(symbols: &'a Symbols) -> Self {
        Self { symbols, known: RefCell::default() }
    }

    /// What is known of an expression's value.
    pub(crate) fn of(&self, expression: &'a Expr) -> Rc<Vector> {
        if let Some(known) = self.known.borrow().get(&std::ptr::from_ref(expression)) {
            return Rc::clone(known);
        }
        let vector = self.infer(expression);
        let series = series::at_most(expression, &vector.labels, self);
        let vector = Rc::new(Vector { measured: measure::of(expression, self), series, ..vector });
        self.known.borrow_mut().insert(expression, Rc::clone(&vector));
        vector
    }

    fn infer(&self, expression: &'a Expr) -> Vector {
        match expression {
            Expr::NumberLiteral(number) => Vector::scalar(Range::exactly(number.value)),
            Expr::StringLiteral(_) => Vector::scalar(Range::default()),
            Expr::VectorSelector(selector) => self.selector(selector),
            Expr::MatrixSelector(selector) => self.selector(&selector.vs),
            Expr::Paren(paren) => Vector::clone(&self.of(&paren.expr)),
            // A window may be too short for even one of its steps.
            Expr::Subquery(subquery) => Vector::clone(&self.of(&subquery.expr)).at_best(Presence::Measured),
            Expr::Unary(unary) => {
                let inner = Vector::clone(&self.of(&unary.expr));
                if unary.is_negative { Vector { range: inner.range.negated(), ..inner } } else { inner }
            }
            Expr::Aggregate(aggregate) => aggregation::of(aggregate, self),
            Expr::Call(call) => functions::of(call, self),
            Expr::Binary(binary) => matching::of(binary, self),
        }
    }

    /// The series of a metric, narrowed by the matchers.
    fn selector(&self, selector: &VectorSelector) -> Vector {
        match self.symbols.named(selector) {
            Named::Known(_, metric) => {
                // However surely a rule records it, matchers can leave nothing of it, and there was a time before the rule.
                let presence = metric.presence.and(Presence::Measured);
                Vector::new(narrowed(&metric.labels, &selector.matchers), metric.range.clone(), presence)
            }
            Named::Nobody(_) | Named::Anything => Vector::unknown(),
        }
    }

    /// The aggregation in an expression that drops a label which what it aggregates can carry.
    pub(crate) fn dropping(&self, expression: &'a Expr, key: &str) -> Option<&'a Aggregate> {
        if let Expr::Aggregate(aggregate) = expression
            && self.of(&aggregate.expr).labels.has(key)
            && self.of(expression).labels.never_has(key)
        {
            return Some(aggregate);
        }
        expression.parts().into_iter().find_map(|part| self.dropping(part, key))
    }

    /// Whether series that an expression reads can carry a label, wherever in it they are read.
    pub(crate) fn reads_label(&self, expression: &'a Expr, key: &str) -> bool {
        match expression {
            Expr::VectorSelector(_) | Expr::MatrixSelector(_) => self.of(expression).labels.has(key),
            Expr::Paren(paren) => self.reads_label(&paren.expr, key),
            Expr::Subquery(subquery) => self.reads_label(&subquery.expr, key),
            Expr::Unary(unary) => self.reads_label(&unary.expr, key),
            Expr::Aggregate(aggregate) => self.reads_label(&aggregate.expr, key),
            Expr::Call(call) => {
                self.of(expression).labels.has(key) || call.args.iter().any(|argument| self.reads_label(argument, key))
            }
            Expr::Binary(binary) => self.reads_label(&binary.lhs, key) || self.reads_label(&binary.rhs, key),
            Expr::NumberLiteral(_) | Expr::StringLiteral(_) => false,
        }
    }
}

/// A matcher that lets nothing pass is refused where it stands; what is read around it is looked into as if it were not there.
fn narrowed(labels: &Labels, matchers: &[Matcher]) -> Labels {
    let matchers: Vec<_> = matchers.iter().filter(|matcher| matcher.name != METRIC_NAME).collect();
    let one_by_one =
        || matchers.iter().fold(labels.clone(), |left, matcher| left.narrowed(&[matcher]).unless_empty(left));
    let narrowed = labels.narrowed(&matchers);
    if narrowed.is_empty() { one_by_one() } else { narrowed }
}
