//! The expression under a query: a small tree without types, which the typed surface builds and the printer writes.

use std::time::Duration;

use crate::label::{Key, Matcher};

#[derive(Clone, Debug)]
pub(crate) enum Expression {
    Number(f64),
    Selector(Selector),
    Call(&'static str, Vec<Expression>),
    Aggregate { operator: &'static str, by: Vec<Key>, of: Box<Expression> },
    Binary { operator: Operator, left: Box<Expression>, right: Box<Expression> },
}

/// Series by their name and labels; with a range, their samples over it.
#[derive(Clone, Debug)]
pub(crate) struct Selector {
    pub(crate) metric: String,
    pub(crate) matchers: Vec<Matcher>,
    pub(crate) range: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Or,
    And,
    Unless,
    Above,
    Below,
    Equal,
    Times,
    DividedBy,
}

impl Operator {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Operator::Or => "or",
            Operator::And => "and",
            Operator::Unless => "unless",
            Operator::Above => ">",
            Operator::Below => "<",
            Operator::Equal => "==",
            Operator::Times => "*",
            Operator::DividedBy => "/",
        }
    }

    /// How tightly it binds (<https://prometheus.io/docs/prometheus/latest/querying/operators/#binary-operator-precedence>).
    pub(crate) const fn binding(self) -> u8 {
        match self {
            Operator::Or => 1,
            Operator::And | Operator::Unless => 2,
            Operator::Above | Operator::Below | Operator::Equal => 3,
            Operator::Times | Operator::DividedBy => 5,
        }
    }
}

impl Expression {
    pub(crate) fn selector(metric: impl Into<String>) -> Self {
        Self::Selector(Selector { metric: metric.into(), matchers: Vec::new(), range: None })
    }

    /// A function of a counter's samples over a window.
    pub(crate) fn over(function: &'static str, metric: impl Into<String>, window: Duration) -> Self {
        let samples = Selector { metric: metric.into(), matchers: Vec::new(), range: Some(window) };
        Self::Call(function, vec![Self::Selector(samples)])
    }

    pub(crate) fn aggregate(self, operator: &'static str, by: impl IntoIterator<Item = Key>) -> Self {
        Self::Aggregate { operator, by: by.into_iter().collect(), of: Box::new(self) }
    }

    pub(crate) fn binary(self, operator: Operator, right: Expression) -> Self {
        Self::Binary { operator, left: Box::new(self), right: Box::new(right) }
    }

    /// The same, reading only series that match, wherever it reads.
    pub(crate) fn only(mut self, matcher: &Matcher) -> Self {
        self.narrow(matcher);
        self
    }

    fn narrow(&mut self, matcher: &Matcher) {
        match self {
            Self::Number(_) => {}
            Self::Selector(selector) => selector.matchers.push(matcher.clone()),
            Self::Call(_, arguments) => arguments.iter_mut().for_each(|argument| argument.narrow(matcher)),
            Self::Aggregate { of, .. } => of.narrow(matcher),
            Self::Binary { left, right, .. } => {
                left.narrow(matcher);
                right.narrow(matcher);
            }
        }
    }
}
